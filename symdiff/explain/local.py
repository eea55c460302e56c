"""The local derivative of a node by one of its arguments, in the form that suits both shapes.

An elementwise function has a partial derivative, which acts entry by entry. Between vectors and
scalars it is a gradient or a Jacobian. Of a larger product it is written with indices. Of anything
else it is the linear map itself, as a differential.
"""

from __future__ import annotations

from typing import NamedTuple

from symdiff.derive.backprop import Contribution, sent_back
from symdiff.derive.forward import check_path, push_forward
from symdiff.derive.jacobian import jacobian
from symdiff.errors import DerivativeError
from symdiff.explain.index_form import IndexForm
from symdiff.explain.stand_ins import StandIns
from symdiff.node import Node, intern
from symdiff.ops.leaves import INEXACT, VARIABLE, constant
from symdiff.registry import Partials
from symdiff.rewrite.engine import replaced
from symdiff.show.document import Math
from symdiff.show.naming import Names

PARTIAL, JACOBIAN, INDEXED, DIFFERENTIAL, ZERO, OPEN = (
    *("partial", "jacobian", "indexed"),
    *("differential", "zero", "open"),
)
"""The forms of a local derivative, see `Local`."""

_LONGEST = 60
"""A Jacobian that is longer than this in print is written as a differential; one that is twice as
long, as those of factorizations are, not at all: the contribution says it all."""


class Local(NamedTuple):
    """A local derivative: a formula such as `∂u₂/∂u₁ = cos(u₁)`, its right side, and its form.

    "partial"      the partial derivative of an elementwise function, entry by entry
    "jacobian"     the gradient or the Jacobian
    "indexed"      entry by entry, `∂(u₁)ᵢⱼ/∂Aₖₗ = δᵢₖ Bₗⱼ`
    "differential" the linear map, `du₁ = X dW`
    "zero"         nothing, which the rule has proven, or because the argument does not vary
    "open"         not written: the rule gives none by an argument that is held, or a long one
    """

    math: Math
    value: Math
    form: str


def local(step: Contribution, names: Names, entries: IndexForm | None) -> Local:
    """The derivative of a node by the argument of the step, all else held."""
    consumer, place = step.consumer, step.place
    stand = StandIns(consumer, names, moves=place)
    derivative = _fraction(consumer, place, names)
    try:
        flat = consumer.args[place].dtype not in INEXACT or _is_flat(stand, place)
    except DerivativeError:
        return Local(derivative, derivative, OPEN)
    if flat:
        return Local(derivative + " = 0", Math("0", "0"), ZERO)
    partial = _partial(stand, place) if consumer.op.elementwise else None
    if partial is not None:
        return Local(derivative + " = " + partial, partial, PARTIAL)
    small = consumer.ndim + consumer.args[place].ndim <= 2
    closed = _jacobian(stand, place) if small else None
    if closed is not None and len(closed.pretty) <= _LONGEST:
        return Local(derivative + " = " + closed, closed, JACOBIAN)
    if entries is not None:
        return Local(entries.local, entries.local_value, INDEXED)
    moved = differential(stand, place)
    if len(moved.pretty) > 2 * _LONGEST:
        return Local(derivative, derivative, OPEN)
    return Local(_differential(consumer, names) + " = " + moved, moved, DIFFERENTIAL)


def differential(stand: StandIns, place: int) -> Math:
    """What the node's value changes by when the argument at `place` does."""
    d = stand.differential(place)
    pushed = push_forward([stand.node], [stand.args[place]], [d])[0]
    return stand.written(stand.simplified(pushed))


def _is_flat(stand: StandIns, place: int) -> bool:
    return sent_back(stand.node, place, stand.cotangent(stand.node)) is None


def _partial(stand: StandIns, place: int) -> Math | None:
    """The factor of an elementwise function; None for one of complex numbers without it."""
    rule = stand.node.op.derivative
    if isinstance(rule, Partials):
        factor = rule.functions[place](stand.node, *stand.args)
        node = factor if isinstance(factor, Node) else constant(_whole(factor))
    elif _has_factor(stand, place):
        kind = stand.node.dtype
        g = intern(VARIABLE, (), ("one", stand.node.shape, kind))
        answer = stand.node.op.derivative.cotangent(stand.node, place, g)
        if answer is None:
            return None
        node = replaced([answer], {g: constant(1.0)})[0]
    else:
        return None
    raw, simple = stand.written(node), stand.written(stand.simplified(node))
    return simple if len(simple.pretty) < len(raw.pretty) else raw


def _whole(number: float) -> float:
    return int(number) if number == int(number) else number


def _has_factor(stand: StandIns, place: int) -> bool:
    """False for functions of complex numbers that have no complex derivative."""
    if "complex" not in (stand.node.dtype, stand.args[place].dtype):
        return True
    try:
        check_path(stand.node, stand.args[place])
    except DerivativeError:
        return False
    return stand.args[place].dtype == "complex"


def _jacobian(stand: StandIns, place: int) -> Math | None:
    """The closed form of the derivative, where there is one that can be written as an array."""
    moving = stand.args[place]
    if "complex" in (stand.node.dtype, moving.dtype):
        return None
    return stand.written(stand.simplified(jacobian(stand.node, moving)))


def _fraction(consumer: Node, place: int, names: Names) -> Math:
    above, below = names.of(consumer), names.of(consumer.args[place])
    return Math(
        f"∂{above.pretty}/∂{below.pretty}",
        f"\\frac{{\\partial {above.latex}}}{{\\partial {below.latex}}}",
    )


def _differential(consumer: Node, names: Names) -> Math:
    name = names.differential(consumer)
    return Math(name.pretty, name.latex)
