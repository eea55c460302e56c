"""Hypergeometric functions, and functions whose derivatives they are."""

from __future__ import annotations

import math

from symdiff.ops.declare import Apply
from symdiff.ops.elementwise import exp, sin
from symdiff.ops.special import helped, refused, special
from symdiff.registry import Sample
from symdiff.template import Template

__all__ = [
    "cosm1",
    "ellipb",
    "ellipc",
    "ellipd",
    "ellipe",
    "ellipk",
    "exp1",
    "expi",
    "exprel",
    "hyp1f1",
    "hyp2f1",
    "lambertw",
    "log_quotient",
    "log_quotient_slope",
    "spence",
]

_SLOPE_OF_C = 3 * math.pi / 64

hyp1f1: Apply = special(
    "hyp1f1",
    refused(0, "the parameter"),
    refused(1, "the parameter"),
    lambda y, a, b, x: a / b * hyp1f1(a + 1, b + 1, x),
    doc="Return Kummer's hypergeometric function of `z` with the parameters `x` and `y`.",
    latex=Template("{{}}_1F_1\\left({0}; {1}; {2}\\right)"),
    samples=(Sample("hyp1f1(1.5, 2.5, x) + hyp1f1(1, 3, y)", {"x": "n", "y": ""}),),
    reference="DLMF 13.3.15",
)
hyp2f1: Apply = special(
    "hyp2f1",
    refused(0, "the parameter"),
    refused(1, "the parameter"),
    refused(2, "the parameter"),
    lambda y, a, b, c, x: a * b / c * hyp2f1(a + 1, b + 1, c + 1, x),
    doc="Return Gauss's hypergeometric function of the fourth argument.",
    cast=True,
    latex=Template("{{}}_2F_1\\left({0}, {1}; {2}; {3}\\right)"),
    samples=(
        Sample("hyp2f1(1.5, 0.5, 2.5, x) + hyp2f1(1, 2, 3, y)", {"x": "n", "y": ""}, -2, 0.6),
    ),
    reference="DLMF 15.5.1",
)

# Integrals, and a logarithm over its argument ---------------------------------------------------

exprel: Apply = special(
    "exprel",
    lambda y, x: hyp1f1(2.0, 3.0, x) / 2,
    doc="Return `expm1(x)/x`, which is 1 at 0.",
    reference="DLMF 13.6.2 and 13.3.15",
)
cosm1: Apply = special(
    "cosm1", lambda y, x: -sin(x), doc="Return `cos(x) - 1`, precise near 0.",
)  # fmt: skip
expi: Apply = special(
    "expi",
    lambda y, x: exp(x) / x,
    doc="Return the exponential integral, that of `exp(t)/t` up to `x`.",
    latex=Template("\\operatorname{{Ei}}\\left({0}\\right)"),
    low=0.5,
    reference="DLMF 6.2.5",
)
exp1: Apply = special(
    "exp1",
    lambda y, x: -exp(-x) / x,
    doc="Return the exponential integral, that of `exp(-t)/t` from `x` on.",
    latex=Template("E_1\\left({0}\\right)"),
    low=0.5,
    reference="DLMF 6.2.1",
)
spence: Apply = special(
    "spence",
    lambda y, x: -log_quotient(x),
    doc="Return Spence's function, the dilogarithm of `1 - x`.",
    latex=Template("\\operatorname{{Li}}_2\\left(1 - {0:multiply}\\right)"),
    low=0.2,
    high=3,
    reference="DLMF 25.12.2",
)
log_quotient: Apply = helped(
    "log_quotient",
    lambda y, x: log_quotient_slope(x),
    doc="Return `log(x)/(x - 1)`, which is 1 at 1.",
    low=0.2,
    high=3,
    reference="DLMF 15.4.1",
)
log_quotient_slope: Apply = helped(
    "log_quotient_slope",
    lambda y, x: hyp2f1(3.0, 3.0, 4.0, 1 - x) * (2 / 3),
    doc="Return the derivative of `log_quotient`, which is -1/2 at 1.",
    low=0.2,
    high=3,
    reference="DLMF 15.4.1 and 15.5.1",
)
lambertw: Apply = helped(
    "lambertw",
    lambda y, x: exp(-y) / (1 + y),
    doc="Return the principal branch of Lambert's W, the inverse of `w*exp(w)` for `w` > -1.",
    latex=Template("W\\left({0}\\right)"),
    low=-0.3,
    high=3,
    reference="DLMF 4.13.4; Corless et al. 1996",
)

# Complete elliptic integrals --------------------------------------------------------------------
#
# With B + D = K, B + (1 - m) D = E and C = (D - B)/m, no derivative cancels at m = 0.

ellipk: Apply = special(
    "ellipk",
    lambda y, m: ellipb(m) / (2 * (1 - m)),
    doc="Return the complete elliptic integral K of the parameter `x`, the square of k.",
    latex=Template("K\\left({0}\\right)"),
    high=0.4,
    reference="DLMF 19.4.1; Jahnke and Emde 1945",
)
ellipe: Apply = special(
    "ellipe",
    lambda y, m: -ellipd(m) / 2,
    doc="Return the complete elliptic integral E of the parameter `x`, the square of k.",
    latex=Template("E\\left({0}\\right)"),
    high=0.4,
    reference="DLMF 19.4.2; Jahnke and Emde 1945",
)
ellipb: Apply = helped(
    "ellipb",
    lambda y, m: ellipc(m) / 2,
    doc="Return `(ellipe(x) - (1 - x)*ellipk(x))/x`, precise near 0.",
    latex=Template("B\\left({0}\\right)"),
    high=0.4,
    reference="DLMF 19.25.1; Jahnke and Emde 1945",
)
ellipd: Apply = helped(
    "ellipd",
    lambda y, m: (y - ellipc(m)) / (2 * (1 - m)),
    doc="Return `(ellipk(x) - ellipe(x))/x`, precise near 0.",
    latex=Template("D\\left({0}\\right)"),
    high=0.4,
    reference="DLMF 19.25.1; Jahnke and Emde 1945",
)
ellipc: Apply = helped(
    "ellipc",
    lambda y, m: _SLOPE_OF_C * hyp2f1(2.5, 2.5, 4.0, m),
    doc="Return `(ellipd(x) - ellipb(x))/x`, precise near 0.",
    latex=Template("C\\left({0}\\right)"),
    high=0.4,
    reference="DLMF 15.5.1 and 19.5.1; Jahnke and Emde 1945",
)
