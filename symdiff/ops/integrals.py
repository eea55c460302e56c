"""Exponential, sine and elliptic integrals, and the dilogarithm."""

from __future__ import annotations

import math
from typing import NamedTuple

from symdiff.intervals import NONNEGATIVE, POSITIVE
from symdiff.node import Node
from symdiff.ops.bessel import spherical_jn
from symdiff.ops.choices import equal, greater, greater_equal, less, less_equal
from symdiff.ops.declare import Apply, within
from symdiff.ops.elementwise import cos, exp
from symdiff.ops.hypergeometric import hyp2f1
from symdiff.ops.special import helped, special
from symdiff.registry import STEEP, UNDEFINED, Edge
from symdiff.template import Template

__all__ = [
    "cosint",
    "ellipb",
    "ellipc",
    "ellipd",
    "ellipe",
    "ellipk",
    "exp1",
    "expi",
    "log_quotient",
    "log_quotient_slope",
    "sici",
    "sinint",
    "spence",
]

expi: Apply = special(
    "expi",
    lambda y, x: exp(x) / x,
    doc="Return the exponential integral, that of `exp(t)/t` up to `x`.",
    latex=Template("\\operatorname{{Ei}}\\left({0}\\right)"),
    low=0.5,
    reference="DLMF 6.2.5",
    edges=(Edge(lambda y, x: equal(x, 0), UNDEFINED),),
)
exp1: Apply = special(
    "exp1",
    lambda y, x: -exp(-x) / x,
    doc="Return the exponential integral, that of `exp(-t)/t` from `x` on.",
    latex=Template("E_1\\left({0}\\right)"),
    low=0.5,
    reference="DLMF 6.2.1",
    edges=(Edge(lambda y, x: less_equal(x, 0), UNDEFINED),),
)
sinint: Apply = special(
    "sinint",
    lambda y, x: spherical_jn(0, x),
    doc="Return the sine integral, that of `sin(t)/t` from 0 to `x`.",
    numpy=Template("special.sici({0})[0]"),
    latex=Template("\\operatorname{{Si}}\\left({0}\\right)"),
    reference="DLMF 6.2.9",
)
cosint: Apply = special(
    "cosint",
    lambda y, x: cos(x) / x,
    doc="Return the cosine integral, minus that of `cos(t)/t` from `x` on.",
    numpy=Template("special.sici({0})[1]"),
    latex=Template("\\operatorname{{Ci}}\\left({0}\\right)"),
    low=0.5,
    high=4,
    reference="DLMF 6.2.11",
    edges=(Edge(lambda y, x: less_equal(x, 0), UNDEFINED),),
)


class SineAndCosineIntegral(NamedTuple):
    """Both integrals at one argument, in SciPy's order."""

    si: Node
    ci: Node


def sici(x: object) -> SineAndCosineIntegral:
    """Return the sine and the cosine integral.

    >>> import symdiff as sd
    >>> si, ci = sici(sd.scalar("x"))
    >>> print(si, ci)
    sinint(x) cosint(x)
    """
    return SineAndCosineIntegral(sinint(x), cosint(x))


# The dilogarithm --------------------------------------------------------------------------------

spence: Apply = special(
    "spence",
    lambda y, x: -log_quotient(x),
    doc="Return Spence's function, the dilogarithm of `1 - x`.",
    latex=Template("\\operatorname{{Li}}_2\\left(1 - {0:multiply}\\right)"),
    low=0.2,
    high=3,
    reference="DLMF 25.12.2",
    edges=(
        Edge(lambda y, x: less(x, 0), UNDEFINED),
        Edge(lambda y, x: equal(x, 0), STEEP),
    ),
)
log_quotient: Apply = helped(
    "log_quotient",
    lambda y, x: log_quotient_slope(x),
    doc="Return `log(x)/(x - 1)`, which is 1 at 1.",
    low=0.2,
    high=3,
    edges=(Edge(lambda y, x: less_equal(x, 0), UNDEFINED),),
    reference="DLMF 15.4.1",
)
log_quotient_slope: Apply = helped(
    "log_quotient_slope",
    lambda y, x: hyp2f1(3.0, 3.0, 4.0, 1 - x) * (2 / 3),
    doc="Return the derivative of `log_quotient`, which is -1/2 at 1.",
    low=0.2,
    high=3,
    edges=(Edge(lambda y, x: less_equal(x, 0), UNDEFINED),),
    reference="DLMF 15.4.1 and 15.5.1",
)
# Complete elliptic integrals --------------------------------------------------------------------
#
# With B + D = K, B + (1 - m) D = E and C = (D - B)/m, no derivative cancels at m = 0.

_SLOPE_OF_C = 3 * math.pi / 64

ellipk: Apply = special(
    "ellipk",
    lambda y, m: ellipb(m) / (2 * (1 - m)),
    doc="Return the complete elliptic integral K of the parameter `x`, the square of k.",
    latex=Template("K\\left({0}\\right)"),
    high=0.4,
    reference="DLMF 19.4.1; Jahnke and Emde 1945",
    values=within(POSITIVE),
    edges=(Edge(lambda y, m: greater_equal(m, 1), UNDEFINED),),
)
ellipe: Apply = special(
    "ellipe",
    lambda y, m: -ellipd(m) / 2,
    doc="Return the complete elliptic integral E of the parameter `x`, the square of k.",
    latex=Template("E\\left({0}\\right)"),
    high=0.4,
    reference="DLMF 19.4.2; Jahnke and Emde 1945",
    values=within(NONNEGATIVE),
    edges=(
        Edge(lambda y, m: greater(m, 1), UNDEFINED),
        Edge(lambda y, m: equal(m, 1), STEEP),
    ),
)
ellipb: Apply = helped(
    "ellipb",
    lambda y, m: ellipc(m) / 2,
    doc="Return `(ellipe(x) - (1 - x)*ellipk(x))/x`, precise near 0.",
    latex=Template("B\\left({0}\\right)"),
    high=0.4,
    edges=(
        Edge(lambda y, m: greater(m, 1), UNDEFINED),
        Edge(lambda y, m: equal(m, 1), STEEP),
    ),
    reference="DLMF 19.25.1; Jahnke and Emde 1945",
)
ellipd: Apply = helped(
    "ellipd",
    lambda y, m: (y - ellipc(m)) / (2 * (1 - m)),
    doc="Return `(ellipk(x) - ellipe(x))/x`, precise near 0.",
    latex=Template("D\\left({0}\\right)"),
    high=0.4,
    edges=(Edge(lambda y, m: greater_equal(m, 1), UNDEFINED),),
    reference="DLMF 19.25.1; Jahnke and Emde 1945",
)
ellipc: Apply = helped(
    "ellipc",
    lambda y, m: _SLOPE_OF_C * hyp2f1(2.5, 2.5, 4.0, m),
    doc="Return `(ellipd(x) - ellipb(x))/x`, precise near 0.",
    latex=Template("C\\left({0}\\right)"),
    high=0.4,
    edges=(Edge(lambda y, m: greater_equal(m, 1), UNDEFINED),),
    reference="DLMF 15.5.1 and 19.5.1; Jahnke and Emde 1945",
)
