"""Bodies of functions: formulas in text, or functions of Python that are run on expressions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, TypeAlias

from symdiff.dims import named
from symdiff.errors import ArgumentError, ParseError, SymdiffError, quote
from symdiff.frontends.grammar import Apply, Step, read
from symdiff.frontends.meaning import call, call_function
from symdiff.frontends.text import run_program
from symdiff.node import Node, intern, topological
from symdiff.ops.leaves import VARIABLE, as_node
from symdiff.registry import OPS, Op
from symdiff.rewrite.engine import replaced


@dataclass(frozen=True)
class Formula:
    """A formula in text.

    words  the names that may occur in it
    uses   the functions that users have declared and that it calls, as it was when it was read:
           declaring them anew changes nothing
    """

    text: str
    words: tuple[str, ...]
    uses: tuple[tuple[str, Op], ...] = ()

    @cached_property
    def program(self) -> list[Step]:
        """The formula as it is run."""
        uses = dict(self.uses)
        return [_bound(step, uses) for step in read(self.text, self.words, uses)]

    def run(self, stands: Mapping[str, Node], parameters: Sequence[str]) -> Node:
        """What the formula is, with what its names stand for. Errors point into the text."""
        return run_program(self.text, self.program, dict(stands))

    def __reduce__(self) -> tuple[Any, ...]:
        return Formula, (self.text, self.words, self.uses)


@dataclass(frozen=True)
class Procedure:
    """A function of Python, which makes an expression of expressions."""

    function: Callable[..., object]

    def run(self, stands: Mapping[str, Node], parameters: Sequence[str]) -> Node:
        """What the function returns for what its parameters stand for."""
        given = [stands[name] for name in parameters]
        result = as_node(self.function(*given))
        others = [v for v in topological([result], known={*given}) if v.op is VARIABLE]
        strange = next((v for v in others if v not in given), None)
        if strange is not None:
            raise ArgumentError(
                f"{quote(strange)} is no parameter, but the result of the function depends on it; "
                "make it a parameter"
            )
        return result


@dataclass(frozen=True)
class Written:
    """An expression over variables, one for each parameter."""

    variables: tuple[Node, ...]
    value: Node

    def run(self, stands: Mapping[str, Node], parameters: Sequence[str]) -> Node:
        """The expression with what its variables stand for."""
        given = (stands[name] for name in parameters)
        return replaced([self.value], dict(zip(self.variables, given, strict=True)))[0]


Body: TypeAlias = Formula | Procedure | Written


def read_formula(
    text: str, words: Collection[str], known: Mapping[str, Op] | None = None
) -> Formula:
    """Read a formula in which only some words may occur.

    The functions of users that it may call are those `known`, by default those declared.

    Raises ParseError with the place.
    """
    declared = {name: op for name, op in list(OPS.items()) if op.own is not None}
    functions = declared if known is None else known
    calls = [step.function.args[0] for step in read(text, words, functions) if _is_call(step)]  # type: ignore
    for name in calls:
        if name in declared and name not in functions:
            raise ParseError(f"the function {name!r} is not known here")
    uses = {name: functions[name] for name in calls if name in functions}
    return Formula(text, tuple(words), tuple(uses.items()))


def _is_call(step: Step) -> bool:
    return (
        isinstance(step, Apply)
        and isinstance(step.function, partial)
        and step.function.func is call
    )


def _bound(step: Step, uses: Mapping[str, Op]) -> Step:
    """A step that calls the very function that its formula means."""
    if not _is_call(step):
        return step
    assert isinstance(step, Apply) and isinstance(step.function, partial)
    name, keywords = step.function.args
    op = uses.get(name)
    if op is None:
        return step
    from symdiff.own.declared import node_function

    function = partial(call_function, node_function(op), name, keywords)
    return step._replace(function=function)


def is_elementwise(body: Body, parameters: Sequence[str], scalars: Sequence[Node]) -> bool:
    """Whether a body means the same for each entry of arrays as for scalars, and nothing else.

    It is run on scalars and on arrays with three axes; both must give the same formula, as must
    scalars of other kinds: `conj` of real numbers leaves nothing, and `round` of whole ones.
    """
    shape = tuple(map(named, "nmk"))
    arrays = [intern(VARIABLE, (), (v.attrs[0], shape, v.dtype)) for v in scalars]
    try:
        value = body.run(dict(zip(parameters, scalars, strict=True)), parameters)
        of_arrays = body.run(dict(zip(parameters, arrays, strict=True)), parameters)
    except SymdiffError:
        return False
    order = topological([value])
    if not all(node.op.elementwise or not (node.args or node.shape) for node in order):
        return False
    same = replaced([value], dict(zip(scalars, arrays, strict=True)))[0] is of_arrays
    kinds = ("bool", "int", "complex")
    return same and all(_same_of(kind, body, parameters, scalars, value) for kind in kinds)


def _same_of(
    kind: str, body: Body, parameters: Sequence[str], scalars: Sequence[Node], value: Node
) -> bool:
    """Whether the formula that a body is of these scalars is that of another kind, if any is."""
    others = [intern(VARIABLE, (), (v.attrs[0], (), kind)) for v in scalars]
    try:
        found = replaced([value], dict(zip(scalars, others, strict=True)))[0]
    except SymdiffError:
        return True  # the name refuses that kind
    try:
        return body.run(dict(zip(parameters, others, strict=True)), parameters) is found
    except SymdiffError:
        return False
