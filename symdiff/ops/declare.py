"""Declaring elementwise ops: NumPy's broadcasting and kinds, and forms by default."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeAlias

from symdiff.dims import Shape, broadcast
from symdiff.errors import ArgumentError, ShapeError, describe, quote
from symdiff.intervals import ANYTHING, Interval
from symdiff.node import Node, intern
from symdiff.ops import batching, rows
from symdiff.ops.leaves import INEXACT, KINDS, as_node
from symdiff.registry import Derivative, Form, Op, Partials, Sample, function
from symdiff.template import call, latex_call

Partial: TypeAlias = "Callable[..., Node | float] | float"
Apply: TypeAlias = "Callable[..., Node]"
KindRule: TypeAlias = "Callable[[str, tuple[Node, ...]], str]"

Values: TypeAlias = "Callable[[Node, Sequence[Interval]], Interval]"


# Shapes and kinds -----------------------------------------------------------------------------


def promoted(args: tuple[Node, ...]) -> str:
    """The widest kind among the arguments: bool, int, float, complex."""
    kind = args[0].dtype
    for arg in args[1:]:
        if arg.dtype != kind:
            kind = max(kind, arg.dtype, key=KINDS.index)
    return kind


def broadcast_shape(name: str, args: tuple[Node, ...]) -> Shape:
    """The shape that NumPy broadcasting gives; a mismatch names both arguments and both sizes."""
    shape = args[0].shape
    for arg in args[1:]:
        if arg.shape is not shape and arg.shape != shape:
            try:
                shape = broadcast(shape, arg.shape)
            except ShapeError as error:
                assert error.clash is not None
                first, second = error.clash
                other = next(a for a in args if first in a.shape)
                raise ShapeError(
                    f"`{name}` cannot broadcast {describe(other)} with {describe(arg)}: "
                    f"size {first} differs from size {second}",
                    error.clash,
                ) from None
    return shape


def promoted_kind(name: str, args: tuple[Node, ...]) -> str:
    """The kind of the widest argument."""
    return promoted(args)


def numeric_kind(name: str, args: tuple[Node, ...]) -> str:
    """The kind of the widest argument; booleans alone are refused."""
    kind = promoted(args)
    if kind == "bool":
        raise ArgumentError(
            f"`{name}` is not defined for booleans such as {quote(args[0])}; "
            "use sd.logical_not, or sd.where(condition, 1, 0) for a number"
        )
    return kind


def inexact_kind(args: tuple[Node, ...]) -> str:
    """The kind of functions that are not whole: complex for complex arguments, else float."""
    kind = promoted(args)
    return kind if kind in INEXACT else "float"


def fixed_kind(kind: str) -> KindRule:
    """The same kind, whatever the arguments."""
    return lambda name, args: kind


# What values come out --------------------------------------------------------------------------


def increasing(function: Callable[[float], float], domain: Interval = ANYTHING) -> Values:
    """The values of an increasing function of one argument, which is taken to be in its domain."""

    def values(node: Node, arguments: Sequence[Interval]) -> Interval:
        return arguments[0].within(domain).increasing(function)

    return values


def within(interval: Interval) -> Values:
    """These values, whatever the argument."""
    return lambda node, arguments: interval


# Declaring ------------------------------------------------------------------------------------


def elementwise(
    name: str,
    *partials: Partial,
    doc: str,
    derivative: Derivative | None = None,
    numpy: Form | None = None,
    text: Form | None = None,
    pretty: Form | None = None,
    latex: Form | None = None,
    kind: KindRule | None = None,
    low: float = -2.0,
    high: float = 2.0,
    samples: tuple[Sample, ...] | None = None,
    **facts: Any,
) -> Callable[..., Node]:
    """Declare an elementwise op and return the function that applies it.

    `partials` holds one partial derivative per argument, a number or a function of the output and
    the arguments. An op that cannot be given by partials passes `derivative` instead. Complex
    arguments are refused unless it says `complex=True`; its partials must then be complex ones.
    """
    functions = tuple(p if callable(p) else _always(p) for p in partials)
    arity = len(functions) or facts.pop("arity", 1)

    def infer(args: tuple[Node, ...], attrs: Any) -> tuple[Shape, str]:
        return broadcast_shape(name, args), kind(name, args) if kind else inexact_kind(args)

    op = Op(
        name,
        infer,
        derivative or Partials(functions),
        numpy or call(f"np.{name}", arity),
        text or call(name, arity),
        pretty or text or call(name, arity),
        latex or latex_call(f"\\operatorname{{{{{name.replace('_', '-')}}}}}", arity),
        elementwise=True,
        rows=rows.elementwise,
        batch=batching.elementwise,
        samples=_samples(name, arity, low, high) if samples is None else samples,
        **facts,
    )

    def apply(*operands: object) -> Node:
        if len(operands) != arity:
            raise ArgumentError(f"`{name}` takes {arity} argument(s), not {len(operands)}")
        return intern(op, tuple([x if type(x) is Node else as_node(x) for x in operands]))

    apply.__name__ = apply.__qualname__ = name
    apply.__signature__ = _signature(arity)  # type: ignore[attr-defined]
    apply.__doc__ = doc + "\n\nActs on each entry, with NumPy broadcasting."
    return function(apply)


@cache
def _signature(arity: int) -> inspect.Signature:
    kind = inspect.Parameter.POSITIONAL_ONLY
    return inspect.Signature([inspect.Parameter(name, kind) for name in "xyzt"[:arity]])


def _always(value: float) -> Callable[..., float]:
    return lambda y, *args: value


def _samples(name: str, arity: int, low: float, high: float) -> tuple[Sample, ...]:
    variables = {1: {"x": "n"}, 2: {"x": "n 1", "y": "m"}, 3: {"x": "n", "y": "n", "z": ""}}[arity]
    scalars = dict.fromkeys(variables, "")
    formula = f"{name}({', '.join(variables)})"
    return (Sample(formula, variables, low, high), Sample(formula, scalars, low, high))


def unary(
    name: str,
    partial: Partial,
    doc: str,
    *,
    low: float = -2.0,
    high: float = 2.0,
    **rest: Any,
) -> Callable[..., Node]:
    """Declare a float function of one argument, under NumPy's name unless `numpy` says else."""
    if name in _LATEX_OPERATORS:
        rest.setdefault("latex", latex_call(f"\\{name}"))
    return elementwise(name, partial, doc=doc, low=low, high=high, **rest)


_LATEX_OPERATORS = frozenset(
    {
        *("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh"),
        *("arcsin", "arccos", "arctan"),
    }
)
