"""Hypergeometric functions, and elementary functions that need care."""

from __future__ import annotations

import math

from symdiff.intervals import POSITIVE
from symdiff.ops.choices import equal, greater_equal, less
from symdiff.ops.declare import Apply, within
from symdiff.ops.elementwise import exp, sin
from symdiff.ops.special import helped, refused, special
from symdiff.registry import STEEP, UNDEFINED, Edge, Sample
from symdiff.template import Template

__all__ = [
    "cosm1",
    "exprel",
    "hyp1f1",
    "hyp2f1",
    "lambertw",
]

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
    edges=(Edge(lambda y, a, b, c, x: greater_equal(x, 1), UNDEFINED),),
    reference="DLMF 15.5.1",
)

exprel: Apply = special(
    "exprel",
    lambda y, x: hyp1f1(2.0, 3.0, x) / 2,
    doc="Return `expm1(x)/x`, which is 1 at 0.",
    reference="DLMF 13.6.2 and 13.3.15",
    values=within(POSITIVE),
)
cosm1: Apply = special(
    "cosm1",
    lambda y, x: -sin(x),
    doc="Return `cos(x) - 1`, precise near 0.",
    reference="DLMF 4.20.2",
)
lambertw: Apply = helped(
    "lambertw",
    lambda y, x: exp(-y) / (1 + y),
    doc="Return the principal branch of Lambert's W, the inverse of `w*exp(w)` for `w` > -1.",
    latex=Template("W\\left({0}\\right)"),
    low=-0.3,
    high=3,
    reference="DLMF 4.13.4; Corless et al. 1996",
    edges=(
        Edge(lambda w, x: less(x, -math.exp(-1)), UNDEFINED),
        Edge(lambda w, x: equal(x, -math.exp(-1)), STEEP),
    ),
)
