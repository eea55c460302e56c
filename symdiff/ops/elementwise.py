"""Arithmetic and the elementary functions: one declaration each, by a call of `elementwise`."""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from math import inf

from symdiff.errors import ArgumentError, quote
from symdiff.intervals import (
    ANYTHING,
    NONNEGATIVE,
    POSITIVE,
    SIGNED_UNIT,
    Interval,
    exponential,
    hyperbolic_cosine,
    hyperbolic_sine,
    logarithm,
)
from symdiff.node import Node
from symdiff.ops.arithmetic_forms import (
    apart_from_matmul,
    minus,
    power_latex,
    power_pretty,
    product,
    sum_text,
)
from symdiff.ops.choices import equal, less, less_equal, logical_and, where
from symdiff.ops.declare import (
    Apply,
    elementwise,
    increasing,
    numeric_kind,
    promoted_kind,
    unary,
    within,
)
from symdiff.ops.leaves import CONSTANT, as_node, constant, number_of
from symdiff.registry import FUNCTIONS, STEEP, UNDEFINED, Edge, Sample, always, composite
from symdiff.template import (
    ADD,
    JUXTAPOSE,
    MULTIPLY,
    POWER,
    UNARY,
    Template,
    call,
    infix,
    latex_call,
)

__all__ = [
    "add",
    "cos",
    "cosh",
    "divide",
    "exp",
    "expm1",
    "log",
    "log1p",
    "multiply",
    "negative",
    "power",
    "sigmoid",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "square",
    "subtract",
    "tan",
    "tanh",
]

# Arithmetic -----------------------------------------------------------------------------------


def _power_kind(name: str, args: tuple[Node, ...]) -> str:
    kind = numeric_kind(name, args)
    exponent = number_of(args[1])
    if kind == "int" and exponent is not None and exponent < 0:
        raise ArgumentError(
            f"NumPy has no negative integer power of the integer {quote(args[0])}; "
            f"use 1/{args[0]} or a float exponent"
        )
    return kind


def _is_count(node: Node) -> bool:
    value = number_of(node)
    return type(value) is int and 0 <= value <= 16


_LARGEST_PRODUCT = 4
"""The largest power that is written as a product: beyond, its rounding errors exceed a power's."""


def _power_of_floats(node: Node) -> Template:
    """A product, which is faster, or a power; Python's own `**` of floats may be complex."""
    exponent = number_of(node.args[1])
    if exponent is not None and exponent in range(1, _LARGEST_PRODUCT + 1):
        return Template(" * ".join(["{0:unary}"] * builtins.int(exponent)), MULTIPLY)
    return call("math.pow", 2)


def _power_partial(y: Node, x: Node, p: Node) -> Node | float:
    exponent = number_of(p)
    if exponent is None:  # at x = p = 0 the derivative is 0, not 0 times infinity
        return p * where(logical_and(equal(x, 0), equal(p, 0)), 1, x) ** (p - 1)
    if exponent in (0, 1):
        return float(exponent)
    return exponent * x if exponent == 2 else exponent * x ** constant(exponent - 1)


def _power_values(node: Node, x: Sequence[Interval]) -> Interval:
    exponent = number_of(node.args[1])
    if exponent is not None and exponent == exponent // 1 and builtins.abs(exponent) < 100:
        return x[0].whole_power(int(exponent))
    if x[0].low > 0 or (x[0].low == 0 and x[0].open_low):
        return POSITIVE
    return NONNEGATIVE if x[0].low == 0 else ANYTHING


def _power_of_arrays(node: Node) -> Template:
    """The operator, but for booleans, of which that makes integers of eight bits."""
    if node.args[0].dtype == "bool" and node.dtype == "int":
        return call("np.power", 2, ", dtype=int")
    return Template("{0:postfix} ** {1:unary}", POWER)


def _power_undefined(y: Node, x: Node, p: Node) -> Node | None:
    exponent = number_of(p)
    whole = p.dtype != "float" or (exponent is not None and exponent == exponent // 1)
    return None if whole else less(x, 0)


def _power_pole(y: Node, x: Node, p: Node) -> Node | None:
    exponent = number_of(p)
    if exponent is None:
        return logical_and(equal(x, 0), less(p, 0))
    return equal(x, 0) if exponent < 0 else None


def _power_steep(y: Node, x: Node, p: Node) -> Node | None:
    """At 0 the slope of a power below 1 is infinite, and so is that in the exponent at 0."""
    exponent = number_of(p)
    if exponent is None:
        return logical_and(equal(x, 0), logical_and(less_equal(0, p), less(p, 1)))
    return equal(x, 0) if 0 < exponent < 1 else None


def _exponent_partial(y: Node, x: Node, p: Node) -> Node:
    base = x if number_of(x) else where(equal(x, 0), 1, x)
    if y.dtype == "complex":  # which has a logarithm of a negative base
        from symdiff.ops.complex import as_complex

        base = as_complex(base)
    return y * log(base)


add: Apply = elementwise(
    "add",
    1,
    1,
    doc="Return the sum `x + y`.",
    numpy=infix(" + ", ADD),
    python=infix(" + ", ADD),
    text=sum_text("+"),
    latex=infix(" + ", ADD),
    kind=promoted_kind,
    complex=True,
    commutative=True,
    polymorphic=always,
    samples=(Sample("x + y", {"x": "n 1", "y": "m"}), Sample("1 + x", {"x": "0"})),
    values=lambda node, x: x[0] + x[1],
)
subtract: Apply = elementwise(
    "subtract",
    1,
    -1,
    doc="Return the difference `x - y`.",
    numpy=infix(" - ", ADD),
    python=infix(" - ", ADD),
    text=sum_text("-"),
    pretty=infix(" − ", ADD),
    latex=infix(" - ", ADD),
    kind=numeric_kind,
    complex=True,
    polymorphic=always,
    samples=(Sample("x - y", {"x": "n 1", "y": "m"}), Sample("x - (y - x)", {"x": "", "y": ""})),
    values=lambda node, x: x[0] + -x[1],
)
multiply: Apply = elementwise(
    "multiply",
    lambda y, a, b: b,
    lambda y, a, b: a,
    doc="Return the entrywise product `x * y`.",
    numpy=apart_from_matmul(" * "),
    python=infix(" * ", MULTIPLY),
    text=apart_from_matmul("*"),
    pretty=product(" ", " · ", " ⊙ ", "diag({})"),
    latex=product(" \\, ", " \\cdot ", " \\odot ", "\\operatorname{{{{diag}}}}\\left({}\\right)"),
    kind=promoted_kind,
    complex=True,
    commutative=True,
    polymorphic=always,
    samples=(Sample("x * y", {"x": "n 1", "y": "m"}), Sample("x * (y * x)", {"x": "", "y": "n"})),
    values=lambda node, x: x[0].whole_power(2) if node.args[0] is node.args[1] else x[0] * x[1],
)
divide: Apply = elementwise(
    "divide",
    lambda y, a, b: 1 / b,
    lambda y, a, b: -y / b,
    doc="Return the entrywise quotient `x / y`, a float.",
    numpy=apart_from_matmul(" / "),
    python=infix(" / ", MULTIPLY),
    text=apart_from_matmul("/"),
    pretty=Template("{0:multiply}/{1:power}", MULTIPLY),
    latex=Template("\\frac{{{0}}}{{{1}}}", JUXTAPOSE),
    complex=True,
    samples=(Sample("x / y", {"x": "n 1", "y": "m"}, 0.5, 2), Sample("1 / x", {"x": "0"})),
    values=lambda node, x: x[0] * x[1].reciprocal(),
    edges=(Edge(lambda y, a, b: equal(b, 0), UNDEFINED),),
)
POWER_OF: Apply = elementwise(
    "power",
    _power_partial,
    _exponent_partial,
    doc="Return `x ** y`. As in NumPy, a negative float to a fractional power is NaN.",
    numpy=_power_of_arrays,
    python=_power_of_floats,
    text=Template("{0:postfix}**{1:unary}", POWER),
    pretty=power_pretty,
    latex=power_latex,
    complex=True,
    kind=_power_kind,
    polymorphic=lambda node: node.args[0].op.name == "size" and _is_count(node.args[1]),
    samples=(
        Sample("x ** y", {"x": "n 1", "y": "m"}, 0.5, 2),
        Sample("x ** 2 + x ** 3 + x ** 1 + x ** 0", {"x": "n"}),
        Sample("x ** -2 + x ** 0.5", {"x": ""}, 0.5, 2),
        Sample("2 ** x", {"x": "n"}),
    ),
    values=_power_values,
    edges=(
        Edge(_power_undefined, UNDEFINED),
        Edge(_power_pole, UNDEFINED),
        Edge(_power_steep, STEEP),
    ),
)

NEGATIVE: Apply = elementwise(
    "negative",
    -1,
    doc="Return `-x`.",
    numpy=Template("-{0:postfix}", UNARY),
    python=Template("-{0:postfix}", UNARY),
    text=Template("-{0:unary}", UNARY),
    pretty=minus("−"),
    latex=minus("-"),
    kind=numeric_kind,
    complex=True,
    polymorphic=always,
    samples=(Sample("-x", {"x": "n"}), Sample("-x ** 2", {"x": ""}, 0.5, 2)),
    values=lambda node, x: -x[0],
)


def negative(x: object) -> Node:
    """Return `-x`; the negative of a number is a number, as in text."""
    node = as_node(x)
    if node.op is CONSTANT and not node.shape and node.dtype != "bool":
        return constant(-node.attrs.value)
    return NEGATIVE(node)


FUNCTIONS["negative"] = negative


def power(x: object, y: object) -> Node:
    """Return `x ** y`; of two whole numbers, the number. A negative to a fraction is NaN.

    Raises ArgumentError for an integer to a negative power, and for integers beyond NumPy's.

    >>> import symdiff as sd
    >>> print(sd.power(sd.scalar("x"), 3), sd.power(2, 10))
    x³ 1024
    """
    base, exponent = number_of(as_node(x)), number_of(as_node(y))
    if type(base) is int and type(exponent) is int and exponent >= 0:
        if not -1 <= base <= 1 and exponent >= 64:
            raise ArgumentError(f"{base}**{exponent} is too large for NumPy; write {base}.0")
        return constant(base**exponent)
    return POWER_OF(x, y)


FUNCTIONS["power"] = power


@composite(Sample("square(x) + square(3)", {"x": "n"}))
def square(x: object) -> Node:
    """Return `x ** 2`.

    >>> import symdiff as sd
    >>> print(sd.square(sd.scalar("x")))
    x²
    """
    return power(x, 2)


# Exponentials, roots, trigonometry --------------------------------------------------------------


exp: Apply = unary(
    "exp",
    lambda y, x: y,
    "Return e to the power `x`.",
    complex=True,
    python=call("math.exp"),
    values=increasing(exponential),
)
expm1: Apply = unary(
    "expm1", lambda y, x: exp(x), "Return `exp(x) - 1`, precise near 0.", complex=True,
    python=call("math.expm1"),
    values=increasing(lambda x: exponential(x) - 1),
)  # fmt: skip
log: Apply = unary(
    "log",
    lambda y, x: 1 / x,
    "Return the natural logarithm.",
    low=0.2,
    complex=True,
    python=call("math.log"),
    values=increasing(logarithm, NONNEGATIVE),
    edges=(Edge(lambda y, x: less_equal(x, 0), UNDEFINED),),
)
log1p: Apply = unary(
    "log1p", lambda y, x: 1 / (1 + x), "Return `log(1 + x)`, precise near 0.", low=-0.8,
    complex=True, python=call("math.log1p"),
    values=increasing(lambda x: logarithm(1 + x), Interval(-1, inf)),
    edges=(Edge(lambda y, x: less_equal(x, -1), UNDEFINED),),
)  # fmt: skip
sqrt: Apply = unary(
    "sqrt", lambda y, x: 0.5 / y, "Return the square root.", low=0.2,
    latex=Template("\\sqrt{{{0}}}"), complex=True, python=call("math.sqrt"),
    values=increasing(math.sqrt, NONNEGATIVE),
    edges=(Edge(lambda y, x: less(x, 0), UNDEFINED), Edge(lambda y, x: equal(x, 0), STEEP)),
)  # fmt: skip
sin: Apply = unary(
    "sin",
    lambda y, x: cos(x),
    "Return the sine of `x` radians.",
    complex=True,
    python=call("math.sin"),
    values=within(SIGNED_UNIT),
)
cos: Apply = unary(
    "cos",
    lambda y, x: -sin(x),
    "Return the cosine of `x` radians.",
    complex=True,
    python=call("math.cos"),
    values=within(SIGNED_UNIT),
)
tan: Apply = unary(
    "tan", lambda y, x: 1 + y**2, "Return the tangent of `x` radians.", high=1, low=-1,
    complex=True, python=call("math.tan"),
    edges=(Edge(lambda y, x: equal(cos(x), 0), UNDEFINED),),
)  # fmt: skip
sinh: Apply = unary(
    "sinh",
    lambda y, x: cosh(x),
    "Return the hyperbolic sine.",
    complex=True,
    python=call("math.sinh"),
    values=increasing(hyperbolic_sine),
)
cosh: Apply = unary(
    "cosh",
    lambda y, x: sinh(x),
    "Return the hyperbolic cosine.",
    complex=True,
    python=call("math.cosh"),
    values=lambda node, x: x[0].magnitude().increasing(hyperbolic_cosine),
)
tanh: Apply = unary(
    "tanh",
    lambda y, x: 1 - y**2,
    "Return the hyperbolic tangent.",
    complex=True,
    python=call("math.tanh"),
    values=increasing(math.tanh),
)
sigmoid: Apply = unary(
    "sigmoid", lambda y, x: y * (1 - y), "Return the logistic function `1/(1 + exp(-x))`.",
    numpy=call("_sigmoid"), python=call("_float_sigmoid"),
    pretty=call("σ"), latex=latex_call("\\sigma"),
    values=increasing(lambda x: 1 / (1 + exponential(-x))),
)  # fmt: skip
softplus: Apply = unary(
    "softplus", lambda y, x: sigmoid(x), "Return `log(1 + exp(x))` without overflow.",
    numpy=Template("np.logaddexp(0, {0})"), python=call("_float_softplus"),
    values=increasing(lambda x: logarithm(1 + exponential(x))),
)  # fmt: skip
