"""Identities between elementwise functions, each a pair of expressions over wildcards."""

from __future__ import annotations

from math import isfinite

from symdiff.node import Node
from symdiff.ops.angles import hypot
from symdiff.ops.choices import where
from symdiff.ops.complex import conj, imag, real
from symdiff.ops.elementwise import exp, log, power, sigmoid, softplus, subtract
from symdiff.ops.exponentials import logaddexp
from symdiff.ops.information import logit
from symdiff.ops.kinks import abs, maximum, minimum
from symdiff.ops.leaves import number_of, scalar
from symdiff.rewrite.engine import Rewriter, Rule, any_of, pattern
from symdiff.rewrite.ordering import factor_order
from symdiff.rewrite.polynomial import whole_exponent

a, b, c = scalar("a"), scalar("b"), scalar("c", dtype="bool")
z = scalar("z", dtype="complex")

COMPLEX_PATTERNS = (
    ("exponential of a logarithm", exp(log(a)), a),
    ("absolute value of a conjugate", abs(conj(z)), abs(z)),
    ("real part of a conjugate", real(conj(z)), real(z)),
    ("imaginary part of a conjugate", imag(conj(z)), -imag(z)),
)
"""Those that hold for complex numbers too."""

PATTERNS = (
    ("softplus", logaddexp(0, a), softplus(a)),
    ("softplus", logaddexp(a, 0), softplus(a)),
    ("logit of a sigmoid", logit(sigmoid(a)), a),
    ("sigmoid of a logit", sigmoid(logit(a)), a),
    ("larger of one", maximum(a, a), a),
    ("smaller of one", minimum(a, a), a),
    ("one choice for two", where(c, a, 0) + where(c, 0, b), where(c, a, b)),
)


def _power_of_root(node: Node, rewriter: Rewriter) -> Node | None:
    exponent = whole_exponent(node)
    if node.args[0].op.name != "sqrt" or exponent is None or exponent % 2:
        return None
    inner = node.args[0].args[0]
    return inner if exponent == 2 else power(inner, exponent // 2)


def _order_of_legs(node: Node, rewriter: Rewriter) -> Node | None:
    """A hypotenuse is the same whichever leg is named first; numbers are."""
    first, second = sorted(node.args, key=lambda arg: (number_of(arg) is None, factor_order(arg)))
    return None if (first, second) == node.args else hypot(first, second)


def _gap_from_a_number(node: Node, rewriter: Rewriter) -> Node | None:
    """Infinities cannot be equal where one side is a finite number."""
    numbers = [number for arg in node.args if (number := number_of(arg)) is not None]
    return subtract(*node.args) if any(map(isfinite, numbers)) else None


RULES = (
    *(pattern(name, before, after, complex=True) for name, before, after in COMPLEX_PATTERNS),
    *(pattern(name, before, after) for name, before, after in PATTERNS),
    Rule("gap from a number", ("gap",), _gap_from_a_number),
    Rule("order of the legs", ("hypot",), _order_of_legs),
    Rule("even power of a root", ("power",), _power_of_root, complex=True, needs=any_of("sqrt")),
)
