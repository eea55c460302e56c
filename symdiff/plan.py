"""Plans of evaluations: which functions are applied to which values, in which order.

A plan is made once for some outputs and serves every evaluation of them. It holds no node but
those whose values are given, so that it can be kept without keeping graphs.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from symdiff import runtime
from symdiff.binding import Bound, requirements, size_names, variables_of
from symdiff.codegen.lowering import is_python_number, numpy_template, view_base
from symdiff.dims import Shape
from symdiff.node import Node, topological
from symdiff.ops.leaves import CONSTANT, INEXACT, SIZE, VARIABLE
from symdiff.ops.several import as_part, computed_together
from symdiff.recent import Recent
from symdiff.registry import Requirement
from symdiff.rewrite.accuracy import computed, is_computed_otherwise
from symdiff.rewrite.engine import leaving
from symdiff.template import ATOM, Template

Value = Any
Forms: TypeAlias = "dict[Node, Node]"


class Step(NamedTuple):
    """A function of (dtype, sizes, arguments), and the places of its arguments and its result.

    `last` are the places whose values no later step needs.
    """

    function: Callable[..., Value]
    args: tuple[int, ...]
    result: int
    last: tuple[int, ...]


class Result(NamedTuple):
    """The place of an output, its kind and shape, and whether others may hold its memory."""

    place: int
    dtype: str
    shape: Shape
    shared: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What an evaluation needs to know, found once.

    variables     the variables of the outputs
    sizes         the named sizes that they mention
    requirements  the sizes that must not be too small
    given         the nodes that get their values from outside, with their places among the values
    steps         how the other values are computed
    results       where the outputs are then
    count         how many values there are
    """

    variables: list[Node]
    sizes: tuple[str, ...]
    requirements: list[Requirement]
    given: dict[Node, int | None]
    steps: list[Step]
    results: list[Result]
    count: int

    def values(self, bound: Bound, keep: bool) -> list[Value]:
        """The value at each place; with `keep`, also those that no result needs any longer.

        Raises Failure for a step that NumPy refuses.
        """
        values: list[Value] = [None] * self.count
        for node, place in self.given.items():
            if place is not None:
                values[place] = bound.values[node]
        common = (bound.dtype, *(bound.sizes[name] for name in self.sizes))
        for function, args, result, last in self.steps:
            try:
                values[result] = function(*common, *[values[place] for place in args])
            except (TypeError, ValueError, IndexError, OverflowError) as error:
                raise Failure(result) from error
            if not keep:
                for place in last:
                    values[place] = None
        return values


class Failure(Exception):
    """A step failed, that of the place given; its cause says why."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


# Making plans -----------------------------------------------------------------------------------

_plans: Recent[Plan] = Recent(16)


def plan_of(outputs: Sequence[Node], given: Iterable[Node]) -> Plan:
    """The plan for computing outputs from variables and from `given` nodes; kept for next time.

    It is not kept where a node whose value is given could hold an output.
    """
    inner = [node for node in given if node.args]
    if (len(outputs) > 1 and inner) or any(not node.args or node in inner for node in outputs):
        return _made(outputs, inner)
    plan = _plans.get(outputs, inner)
    if plan is None:
        plan = _made(outputs, inner)
        _plans.put(plan, outputs, inner)
    return plan


def plan_as_written(outputs: Sequence[Node], given: Iterable[Node]) -> Plan:
    """The plan that computes everything as it is written, without the rules for computing."""
    return _made(outputs, [node for node in given if node.args], as_written=True)


def schedule(
    outputs: Sequence[Node], given: Iterable[Node], as_written: bool = False
) -> tuple[list[Node], Forms]:
    """The outputs as they are computed, and what each place of the plan stands for, in order."""
    inner = {node: None for node in given if node.args}
    return _scheduled(outputs, topological(outputs, known=inner), inner, as_written)


def _scheduled(
    outputs: Sequence[Node], order: list[Node], inner: Mapping[Node, None], as_written: bool
) -> tuple[list[Node], Forms]:
    if as_written or not is_computed_otherwise(order):
        return list(outputs), _forms(order, inner)
    computing = leaving(inner, outputs, computed)
    return computing, _forms(topological(computing, known=inner), inner)


def _made(outputs: Sequence[Node], given: Iterable[Node], as_written: bool = False) -> Plan:
    inner = dict.fromkeys(given)
    order = topological(outputs, known=inner)
    sizes = size_names(order)
    computing, forms = _scheduled(outputs, order, inner, as_written)
    places = {node: place for place, node in enumerate(forms)}
    sources = {n: places.get(n) for n in order if n.op is VARIABLE or n in inner}
    return Plan(
        variables_of(order),
        sizes,
        requirements(node for node in order if node not in inner),
        sources,
        _steps(forms, places, sources, sizes, {places[node] for node in computing}),
        [_result(node, places[node], sources) for node in computing],
        len(places),
    )


def _forms(order: Sequence[Node], given: Container[Node]) -> Forms:
    """Nodes in order, each with the form in which it is computed.

    Several results of one call are parts of a whole, which comes before them.
    """
    unknown = [node for node in order if node not in given]
    together = {node for group in computed_together(unknown) for node in group}
    forms: Forms = {}
    for node in order:
        form = as_part(node, node.args) if node in together else node
        if form is not node:
            forms.setdefault(form.args[0], form.args[0])
        forms[node] = form
    return forms


def _steps(
    forms: Forms,
    places: Mapping[Node, int],
    given: Container[Node],
    sizes: tuple[str, ...],
    kept: set[int],
) -> list[Step]:
    numbers: set[Node] = set()
    functions: dict[int, Callable[..., Value]] = {}
    args: dict[int, tuple[int, ...]] = {}
    for place, (node, form) in enumerate(forms.items()):
        if node not in given:
            if is_python_number(node, numbers):
                numbers.add(node)
            functions[place] = _function(form, numbers, sizes)
            args[place] = tuple([places[arg] for arg in form.args])
    last = _last_uses(args, kept)
    return [Step(function, args[k], k, last.get(k, ())) for k, function in functions.items()]


def _last_uses(args: Mapping[int, tuple[int, ...]], kept: set[int]) -> dict[int, tuple[int, ...]]:
    """For each place, the arguments that nothing after it needs."""
    needed = set(kept)
    last: dict[int, tuple[int, ...]] = {}
    for place in reversed(list(args)):
        if not needed.issuperset(args[place]):
            last[place] = tuple([arg for arg in {*args[place]} if arg not in needed])
            needed.update(last[place])
    return last


def _function(node: Node, numbers: set[Node], sizes: tuple[str, ...]) -> Callable[..., Value]:
    """The function of (dtype, sizes, arguments) that computes a node."""
    if node.op is CONSTANT:
        return _constant(node.attrs.value, node.dtype)
    if node.op is SIZE:
        place = sizes.index(str(node.attrs))
        return lambda dtype, *rest: rest[place]
    return node_function(node, numbers, sizes)


def node_function(
    node: Node, numbers: Container[Node], sizes: tuple[str, ...]
) -> Callable[..., Value]:
    """The function of (dtype, sizes, arguments) that the NumPy form of a node writes."""
    template, count = numpy_template(node, numbers), len(node.args)
    own = [each.call for each in node.op.functions(node)]
    if not own:
        return template_function(template, count, sizes)
    with_own = template_function(template, count + len(own), sizes)
    return lambda *given: with_own(*given, *own)


def _constant(value: Value, kind: str) -> Callable[..., Value]:
    if isinstance(value, np.ndarray) and kind in INEXACT:
        return lambda dtype, *rest: value.astype(type_of_kind(kind, dtype))
    return lambda dtype, *rest: value


@lru_cache(maxsize=4096)
def template_function(
    template: Template, count: int, sizes: tuple[str, ...]
) -> Callable[..., Value]:
    """The function of (dtype, sizes, `count` arguments) that a NumPy template writes."""
    arguments = [f"_{k}" for k in range(count)]
    text = template.render([(name, ATOM) for name in arguments])
    return _compiled(text, ", ".join(["dtype", *sizes, *arguments]))


@lru_cache(maxsize=4096)
def _compiled(text: str, parameters: str) -> Callable[..., Value]:
    # the text comes from an op's own template; names in it are checked identifiers
    function: Callable[..., Value] = eval(f"lambda {parameters}: {text}", vars(runtime))
    return function


def type_of_kind(kind: str, dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The type of floats, or of complex numbers, where that of floats is `dtype`."""
    result: np.dtype[Any] = runtime._complex_type(dtype) if kind == "complex" else dtype  # type: ignore[no-untyped-call]
    return result


def _result(node: Node, place: int, given: Container[Node]) -> Result:
    shared = view_base(node) is not node or node in given or node.op is CONSTANT
    return Result(place, node.dtype, node.shape, shared)
