"""The error function, the normal distribution function, and their complements and inverses."""

from __future__ import annotations

import math

from symdiff.intervals import INSIDE_UNIT, POSITIVE, Interval
from symdiff.node import Node
from symdiff.ops.choices import greater_equal, less_equal
from symdiff.ops.declare import Apply, within
from symdiff.ops.elementwise import exp, square
from symdiff.ops.kinks import abs
from symdiff.ops.leaves import number_of
from symdiff.ops.special import A_WHOLE_NUMBER, helped, next_order, refused, special, whole_number
from symdiff.registry import FUNCTIONS, UNDEFINED, Edge, Sample
from symdiff.template import latex_call

__all__ = [
    "erf",
    "erfc",
    "erfcinv",
    "erfcx",
    "erfinv",
    "ierfcx",
    "log_ndtr",
    "mills_excess",
    "ndtr",
    "ndtri",
    "normal_hazard",
]

TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)
ROOT_TWO_PI = math.sqrt(2 * math.pi)


def _slope_of_erf(y: Node, x: Node) -> Node:
    return TWO_OVER_ROOT_PI * exp(-square(x))


def _slope_of_ndtr(y: Node, x: Node) -> Node:
    return exp(-0.5 * square(x)) / ROOT_TWO_PI


erf: Apply = special(
    "erf",
    _slope_of_erf,
    doc="Return the error function.",
    latex=latex_call("\\operatorname{{erf}}"),
    reference="DLMF 7.2.1",
    values=within(Interval(-1, 1, True, True)),
)
erfc: Apply = special(
    "erfc",
    lambda y, x: -_slope_of_erf(y, x),
    doc="Return `1 - erf(x)`, precise where that is tiny.",
    latex=latex_call("\\operatorname{{erfc}}"),
    reference="DLMF 7.2.2",
    values=within(Interval(0, 2, True, True)),
)
erfcx: Apply = special(
    "erfcx",
    lambda y, x: -2 * ierfcx(1, x),
    doc="Return `exp(x**2)*erfc(x)`, which falls off like `1/x`.",
    latex=latex_call("\\operatorname{{erfcx}}"),
    reference="DLMF 7.18.3 and 7.18.7",
    values=within(POSITIVE),
)
IERFCX: Apply = helped(
    "ierfcx",
    refused(0, "the order", A_WHOLE_NUMBER),
    lambda y, n, x: -2 * next_order(n) * ierfcx(next_order(n), x),
    doc="Return `exp(x**2)` times a repeated integral of `erfc`.",
    samples=(
        Sample("ierfcx(1, x) + ierfcx(2, y)", {"x": "n", "y": ""}),
        Sample("ierfcx(1, x)", {"x": "n"}, 2, 6),
    ),
    reference="DLMF 7.18.3 and 7.18.7",
)


def ierfcx(n: object, x: object) -> Node:
    """Return `exp(x**2)` times the integral of `erfc` from `x` to infinity, repeated `n` times.

    These are the derivatives of `erfcx` but for a factor, and cancel nothing.

    Raises ArgumentError for an `n` that is no whole number from 0 on.

    >>> import symdiff as sd
    >>> x = sd.scalar("x")
    >>> print(sd.grad(sd.erfcx(x), x), sd.grad(sd.ierfcx(1, x), x))
    −2 ierfcx(1, x) −4 ierfcx(2, x)
    """
    order = whole_number("ierfcx", n)
    return IERFCX(order, x) if number_of(order) else erfcx(x)


FUNCTIONS["ierfcx"] = ierfcx

erfinv: Apply = special(
    "erfinv",
    lambda y, x: exp(square(y)) / TWO_OVER_ROOT_PI,
    doc="Return the inverse of `erf`.",
    latex=latex_call("\\operatorname{{erf}}^{{-1}}"),
    low=-0.9,
    high=0.9,
    reference="inverse function of DLMF 7.2.1",
    edges=(Edge(lambda y, x: greater_equal(abs(x), 1), UNDEFINED),),
)
erfcinv: Apply = special(
    "erfcinv",
    lambda y, x: -exp(square(y)) / TWO_OVER_ROOT_PI,
    doc="Return the inverse of `erfc`, precise for tiny arguments.",
    latex=latex_call("\\operatorname{{erfc}}^{{-1}}"),
    low=0.1,
    high=1.9,
    reference="inverse function of DLMF 7.2.2",
    edges=(
        Edge(lambda y, x: less_equal(x, 0), UNDEFINED),
        Edge(lambda y, x: greater_equal(x, 2), UNDEFINED),
    ),
)
ndtr: Apply = special(
    "ndtr",
    _slope_of_ndtr,
    doc="Return the distribution function of the standard normal distribution.",
    latex=latex_call("\\Phi"),
    reference="DLMF 7.2.1 with x/√2",
    values=within(INSIDE_UNIT),
)
ndtri: Apply = special(
    "ndtri",
    lambda y, x: ROOT_TWO_PI * exp(0.5 * square(y)),
    doc="Return the inverse of `ndtr`: the quantiles of the standard normal distribution.",
    latex=latex_call("\\Phi^{{-1}}"),
    low=0.1,
    high=0.9,
    reference="inverse function of `ndtr`",
    edges=(
        Edge(lambda y, x: less_equal(x, 0), UNDEFINED),
        Edge(lambda y, x: greater_equal(x, 1), UNDEFINED),
    ),
)


# The logarithm of a tail ------------------------------------------------------------------------
#
# log Φ has the derivative λ = φ/Φ, and λ' = -λ (x + λ). Far in the lower tail λ is nearly -x, so
# that the sum must be a function of its own, which cancels nothing.

log_ndtr: Apply = special(
    "log_ndtr",
    lambda y, x: normal_hazard(x),
    doc="Return the logarithm of `ndtr`, also where that is too small for a float.",
    latex=latex_call("\\log \\Phi"),
    reference="Mills 1926; DLMF 7.8",
    values=within(-POSITIVE),
)
normal_hazard: Apply = helped(
    "normal_hazard",
    lambda y, x: -y * mills_excess(x),
    doc="Return the normal density over `ndtr(x)`, the derivative of `log_ndtr`.",
    reference="Mills 1926; DLMF 7.8",
    values=within(POSITIVE),
)
mills_excess: Apply = helped(
    "mills_excess",
    lambda y, x: 1 - normal_hazard(x) * y,
    doc="Return `x + normal_hazard(x)`, precise where the two nearly cancel.",
    reference="Laplace's continued fraction, DLMF 7.9.3",
    values=within(POSITIVE),
)
