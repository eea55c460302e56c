"""Odds and entropies: functions with a logarithm that meets a zero.

Where a logarithm's factor is 0 the product is 0, whatever the logarithm is. Derivatives are those
of the formula there: `xlogy(x, y)` has `log(y)` by `x` also where `x` is 0, and `x/y` by `y`, which
is 0 where both are; `entr` has at 0 the infinite derivative that it has.
"""

from __future__ import annotations

from symdiff.intervals import NONNEGATIVE
from symdiff.node import Node
from symdiff.ops.choices import (
    equal,
    greater,
    greater_equal,
    less,
    less_equal,
    logical_and,
    not_equal,
    where,
)
from symdiff.ops.declare import Apply, within
from symdiff.ops.elementwise import log, log1p, sigmoid, softplus
from symdiff.ops.kinks import minimum
from symdiff.ops.leaves import as_node, number_of
from symdiff.ops.special import alias, special, with_numbers
from symdiff.registry import STEEP, UNDEFINED, Edge, Sample, composite

__all__ = [
    "entr",
    "expit",
    "kl_div",
    "log_expit",
    "logit",
    "rel_entr",
    "xlog1py",
    "xlogy",
]

expit: Apply = alias("expit", sigmoid)

logit: Apply = special(
    "logit",
    lambda y, x: 1 / x + 1 / (1 - x),
    doc="Return the logarithm of the odds `x/(1 - x)`, the inverse of `expit`.",
    low=0.1,
    high=0.9,
    reference="inverse function of the logistic function",
    edges=(
        Edge(lambda y, x: less_equal(x, 0), UNDEFINED),
        Edge(lambda y, x: greater_equal(x, 1), UNDEFINED),
    ),
)


@composite(Sample("log_expit(x)", {"x": "n"}))
def log_expit(x: object) -> Node:
    """Return the logarithm of `expit(x)`, without overflow: `-softplus(-x)`.

    >>> import symdiff as sd
    >>> print(sd.log_expit(sd.scalar("x")), sd.grad(sd.log_expit(sd.scalar("x")), sd.scalar("x")))
    −softplus(−x) σ(−x)
    """
    return -softplus(-as_node(x))


def _over(x: Node, y: Node) -> Node:
    """The quotient, but 0 where both are 0."""
    if number_of(x):
        return x / y
    return x / where(logical_and(equal(x, 0), equal(y, 0)), 1, y)


def _and_zero(outside: Node, a: Node, zero: bool) -> Node | None:
    """A condition, where `a` is 0 besides, or is not; None if that is known not to be."""
    number = number_of(a)
    if number is not None:
        return outside if (number == 0) == zero else None
    return logical_and(outside, equal(a, 0) if zero else not_equal(a, 0))


xlogy: Apply = special(
    "xlogy",
    lambda y, a, b: log(b),
    lambda y, a, b: _over(a, b),
    doc="Return `x*log(y)`, which is 0 where `x` is 0.",
    samples=with_numbers("xlogy", 0.2, 2),
    cast=True,
    edges=(
        Edge(lambda y, a, b: _and_zero(less_equal(b, 0), a, False), UNDEFINED),
        Edge(lambda y, a, b: _and_zero(less_equal(b, 0), a, True), STEEP),
    ),
    reference="DLMF 4.7.1",
)
xlog1py: Apply = special(
    "xlog1py",
    lambda y, a, b: log1p(b),
    lambda y, a, b: _over(a, 1 + b),
    doc="Return `x*log1p(y)`, which is 0 where `x` is 0.",
    samples=with_numbers("xlog1py", -0.8, 2),
    cast=True,
    edges=(
        Edge(lambda y, a, b: _and_zero(less_equal(b, -1), a, False), UNDEFINED),
        Edge(lambda y, a, b: _and_zero(less_equal(b, -1), a, True), STEEP),
    ),
    reference="DLMF 4.7.1",
)
entr: Apply = special(
    "entr",
    lambda y, x: -log(x) - 1,
    doc="Return `-x*log(x)`, which is 0 at 0, and minus infinity below.",
    low=0.2,
    reference="DLMF 4.7.1",
    edges=(
        Edge(lambda y, x: less(x, 0), UNDEFINED),
        Edge(lambda y, x: equal(x, 0), STEEP),
    ),
)
_RELATIVE = (
    Edge(lambda y, a, b: less(minimum(a, b), 0), UNDEFINED),
    Edge(lambda y, a, b: logical_and(equal(b, 0), greater(a, 0)), UNDEFINED),
    Edge(lambda y, a, b: equal(a, 0), STEEP),
)
rel_entr: Apply = special(
    "rel_entr",
    lambda y, a, b: log(a) - log(b) + 1,
    lambda y, a, b: -_over(a, b),
    doc="Return `x*log(x/y)`, which is 0 where `x` is 0 and infinite outside the domain.",
    samples=with_numbers("rel_entr", 0.2, 2),
    edges=_RELATIVE,
    reference="DLMF 4.7.1",
)
kl_div: Apply = special(
    "kl_div",
    lambda y, a, b: log(a) - log(b),
    lambda y, a, b: 1 - _over(a, b),
    doc="Return `x*log(x/y) - x + y`, which is `y` where `x` is 0 and infinite outside the domain.",
    samples=with_numbers("kl_div", 0.2, 2),
    edges=_RELATIVE,
    reference="DLMF 4.7.1",
    values=within(NONNEGATIVE),
)
