"""Identities between elementwise functions, each a pair of expressions over wildcards."""

from __future__ import annotations

from symdiff.ops.elementwise import (
    abs,
    exp,
    log,
    maximum,
    minimum,
    relu,
    sqrt,
)
from symdiff.ops.leaves import scalar
from symdiff.rewrite.engine import pattern

a = scalar("a")

PATTERNS = (
    ("exponential of a logarithm", exp(log(a)), a),
    ("square of a root", sqrt(a) ** 2, a),
    ("absolute value of an opposite", abs(-a), abs(a)),
    ("absolute value twice", abs(abs(a)), abs(a)),
    ("relu twice", relu(relu(a)), relu(a)),
    ("larger of one", maximum(a, a), a),
    ("smaller of one", minimum(a, a), a),
)


RULES = tuple(pattern(name, before, after) for name, before, after in PATTERNS)
