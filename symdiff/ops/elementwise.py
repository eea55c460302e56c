"""Elementwise ops: one declaration each. A new one is one call of `elementwise`.

Where the one-sided derivatives differ, the derivative is what `symdiff.conventions` says, by
default their mean. All rules with such a kink or a jump are written with `kink`.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Sequence
from math import inf
from typing import Any

from symdiff.conventions import at_kink, raises_at_kinks
from symdiff.errors import ArgumentError, quote
from symdiff.intervals import (
    ANYTHING,
    NONNEGATIVE,
    NUMBER,
    POSITIVE,
    SIGNED_UNIT,
    UNIT,
    Interval,
    exponential,
    hyperbolic_cosine,
    hyperbolic_sine,
    logarithm,
)
from symdiff.node import Node, intern
from symdiff.ops.declare import (
    Apply,
    elementwise,
    fixed_kind,
    increasing,
    numeric_kind,
    promoted,
    promoted_kind,
    unary,
    within,
)
from symdiff.ops.leaves import CONSTANT, as_node, constant, number_of
from symdiff.registry import (
    BRANCH,
    CONVENTION,
    FUNCTIONS,
    STEEP,
    UNDEFINED,
    Edge,
    Held,
    Linear,
    Op,
    Partials,
    PythonForm,
    Sample,
    Undefined,
    always,
    composite,
    function,
)
from symdiff.template import (
    ADD,
    ANY,
    COMPARE,
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
    "abs",
    "add",
    "ceil",
    "clip",
    "cos",
    "cosh",
    "divide",
    "equal",
    "exp",
    "expm1",
    "floor",
    "greater",
    "greater_equal",
    "heaviside",
    "less",
    "less_equal",
    "log",
    "log1p",
    "logical_and",
    "logical_not",
    "logical_or",
    "maximum",
    "minimum",
    "multiply",
    "negative",
    "not_equal",
    "off_kink",
    "power",
    "relu",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "square",
    "stop_gradient",
    "subtract",
    "tan",
    "tanh",
    "where",
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


def _sum_text(sign: str) -> Callable[[Node], Template]:
    """`1 + 2j` is read as one number; what is a sum of two is written as a call."""
    plain = infix(f" {sign} ", ADD)
    called = call("add" if sign == "+" else "subtract", 2)

    def template(node: Node) -> Template:
        return called if node.dtype == "complex" and _of_numbers(node) else plain

    return template


def _of_numbers(node: Node) -> bool:
    return all(arg.op is CONSTANT and not arg.shape for arg in node.args)


def _apart_from_matmul(symbol: str) -> Callable[[Node], Template]:
    """`(A @ b)*c`: `@` and `*` bind alike, but a reader should not have to remember that."""
    plain = infix(symbol, MULTIPLY)
    apart = Template(f"{{0:unary}}{symbol}{{1:unary}}", MULTIPLY)
    return lambda node: apart if node.args[0].op.name == "contract" else plain


def _product(scaled: str, dotted: str, hadamard: str, diag: str) -> Callable[[Node], Template]:
    """Matrix notation: a scalar in front is juxtaposed; two arrays are multiplied by entries.

    A vector in front of a matrix scales its rows or columns, as a diagonal matrix does.
    """

    def template(node: Node) -> Template:
        left, right = node.args
        if _is_column(left) and right.shape == node.shape:
            return Template(f"{diag.format('{0.0}')}{scaled}{{1:power}}", JUXTAPOSE)
        if left.ndim == 1 and right.ndim == 2 and right.shape == node.shape:
            return Template(f"{{1:{_chained(right)}}}{scaled}{diag.format('{0}')}", JUXTAPOSE)
        if left.ndim and right.ndim:
            return Template(f"{{0:multiply}}{hadamard}{{1:juxtapose}}", MULTIPLY)
        if left.ndim or number_of(right) is not None:
            return Template(f"{{0:multiply}}{dotted}{{1:juxtapose}}", MULTIPLY)
        second = "juxtapose" if right.op.name == "contract" or _scales(right) else "power"
        number = number_of(left)
        if number is not None and number < 0:  # the minus stands in front of the whole
            return Template(f"{{0}}{scaled}{{1:{second}}}", UNARY)
        first = {"contract": "power", "multiply": "unary"}.get(left.op.name, "juxtapose")
        return Template(f"{{0:{first}}}{scaled}{{1:{second}}}", JUXTAPOSE)

    return template


def _is_column(node: Node) -> bool:
    """True for `s[:, None]` of a vector."""
    return node.op.name == "expand_dims" and node.attrs == (1,) and node.ndim == 2


def _scales(node: Node) -> bool:
    """True for what is written `diag(s) X` or `X diag(s)`."""
    if node.op.name != "multiply" or node.ndim != 2:
        return False
    left, right = node.args
    return right.shape == node.shape and (_is_column(left) or left.ndim == 1)


def _chained(left: Node) -> str:
    """How tightly the left factor of a product must bind: a product of matrices continues."""
    return "juxtapose" if left.op.name == "contract" or _scales(left) else "power"


def _minus(sign: str) -> Callable[[Node], Template]:
    """`−(2 x)` keeps its parentheses: without them the number would be −2."""

    def template(node: Node) -> Template:
        arg = node.args[0]
        numbered = arg.op.name == "multiply" and number_of(arg.args[0]) is not None
        return Template(f"{sign}{{0:{'postfix' if numbered else 'juxtapose'}}}", UNARY)

    return template


_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def _power_pretty(node: Node) -> Template:
    exponent = number_of(node.args[1])
    if type(exponent) is int and exponent >= 0:
        raised = str(exponent).translate(_SUPERSCRIPTS)
        return _power_of_side(node) or Template("{0:postfix}" + raised, POWER)
    return Template("{0:postfix}^{1:postfix}", POWER)


def _power_latex(node: Node) -> Template:
    return _power_of_side(node, latex=True) or Template("{{{0:postfix}}}^{{{1}}}", POWER)


_SIDES = {"hypot": " + ", "leg": " − "}
"""The ops that are roots of sums or differences of two squares."""


def _power_of_side(node: Node, latex: bool = False) -> Template | None:
    """An even power of a root is a power of what is under it."""
    base, exponent = node.args[0], number_of(node.args[1])
    if base.op.name not in _SIDES or type(exponent) is not int or exponent < 2 or exponent % 2:
        return None
    under, half = squares(base, "0.", latex), exponent // 2
    if half == 1:
        return Template(under, ADD)
    if latex:
        return Template(f"\\left({under}\\right)^{{{{{half}}}}}", POWER)
    return Template(f"({under}){str(half).translate(_SUPERSCRIPTS)}", POWER)


def squares(node: Node, path: str = "", latex: bool = False) -> str:
    """The sum or difference under the root of a `hypot` or `leg`; its arguments are at `path`."""
    square = "^{{2}}" if latex else "²"
    terms = [
        "1" if number_of(arg) == 1 else f"{{{path}{k}:postfix}}{square}"
        for k, arg in enumerate(node.args)
    ]
    sign = _SIDES.get(node.op.name, " + ")
    return (sign.replace("−", "-") if latex else sign).join(terms)


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
    text=_sum_text("+"),
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
    text=_sum_text("-"),
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
    numpy=_apart_from_matmul(" * "),
    python=infix(" * ", MULTIPLY),
    text=_apart_from_matmul("*"),
    pretty=_product(" ", " · ", " ⊙ ", "diag({})"),
    latex=_product(" \\, ", " \\cdot ", " \\odot ", "\\operatorname{{{{diag}}}}\\left({}\\right)"),
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
    numpy=_apart_from_matmul(" / "),
    python=infix(" / ", MULTIPLY),
    text=_apart_from_matmul("/"),
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
    pretty=_power_pretty,
    latex=_power_latex,
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
    pretty=_minus("−"),
    latex=_minus("-"),
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


# Kinks ------------------------------------------------------------------------------------------


def kink(x: Node, below: float, above: float) -> Node | float:
    """The derivative `below` where `x < 0`, `above` where `x > 0`, and between as conventions say.

    Equal numbers are the flat sides of a jump.
    """
    between = at_kink(below, above)
    if below == above == between:
        return below
    if raises_at_kinks():
        x, between = intern(OFF_KINK, (x,)), (below + above) / 2
    if below == above:
        return where(equal(x, 0), math.nan, below)
    if (below, above) == (0, 1):
        return heaviside(x, between)
    if (below, above) == (1, 0):
        return heaviside(_opposite(x), between)
    if (below, above, between) == (-1, 1, 0):
        return sign(x)
    return below + (above - below) * heaviside(x, (between - below) / (above - below))


def _beyond(x: Node, other: Node) -> Node:
    """How far `x` is beyond the other; beyond 0 it is itself."""
    return x if number_of(other) == 0 and x.dtype == "float" else x - other


def _opposite(x: Node) -> Node:
    return subtract(*x.args[::-1]) if x.op.name == "subtract" else -x


OFF_KINK = Op(
    "off_kink",
    infer=lambda args, attrs: (args[0].shape, args[0].dtype),
    derivative=Partials((lambda y, x: 1.0,)),
    numpy=call("_off_kink"),
    text=call("off_kink"),
    pretty=call("off_kink"),
    latex=latex_call("\\operatorname{{off-kink}}"),
    elementwise=True,
    view=always,
    samples=(Sample("off_kink(x) * x", {"x": "n"}, 0.5, 2),),
)


@function
def off_kink(x: object) -> Node:
    """Return `x`, which must not be 0 anywhere: evaluation refuses a derivative at a kink.

    Derivatives contain it while `conventions(at_kinks="raise")` holds.
    """
    return intern(OFF_KINK, (as_node(x),))


def _abs_kind(name: str, args: tuple[Node, ...]) -> str:
    kind = numeric_kind(name, args)
    return "float" if kind == "complex" else kind


def _abs_partial(y: Node, x: Node) -> Node | float:
    if x.dtype != "complex":
        return kink(x, -1, 1)
    from symdiff.ops.complex import conj

    return conj(x) / where(equal(y, 0), 1, y)


relu: Apply = elementwise(
    "relu",
    lambda y, x: kink(x, 0, 1),
    doc="Return `maximum(x, 0)`. Its derivative at 0 is 1/2, the mean of both sides.",
    numpy=Template("np.maximum({0}, 0)"),
    python=Template("0.0 if {0:add} <= 0.0 else {0}", ANY),
    kind=numeric_kind,
    values=lambda node, x: x[0].upper(NUMBER(0)),
    edges=(Edge(lambda y, x: equal(x, 0), CONVENTION),),
)
abs: Apply = elementwise(
    "abs",
    _abs_partial,
    doc="Return the absolute value. Its derivative at 0 is 0, the mean of both sides.",
    python=call("abs"),
    pretty=Template("|{0}|"),
    latex=Template("\\left|{0}\\right|"),
    kind=_abs_kind,
    complex=True,
    values=lambda node, x: x[0].magnitude(),
    edges=(Edge(lambda y, x: equal(x, 0), CONVENTION),),
)
sign: Apply = elementwise(
    "sign",
    lambda y, x: kink(x, 0, 0),
    doc="Return -1, 0 or 1. Its derivative is 0, also at the jump.",
    python=Template(
        "1.0 if {0:add} > 0.0 else -1.0 if {0:add} < 0.0 else 0.0 if {0:add} == 0.0 else {0}", ANY
    ),
    kind=numeric_kind,
    values=within(SIGNED_UNIT),
    edges=(Edge(lambda y, x: equal(x, 0), CONVENTION),),
)
heaviside: Apply = elementwise(
    "heaviside",
    lambda y, x, h: kink(x, 0, 0),
    lambda y, x, h: where(equal(x, 0), 1.0, 0.0),
    doc="Return 0 where `x < 0`, 1 where `x > 0`, and `h` at 0. Its derivative in `x` is 0.",
    python=Template(
        "0.0 if {0:add} < 0.0 else 1.0 if {0:add} > 0.0 "
        "else {1:compare} if {0:add} == 0.0 else {0}",
        ANY,
    ),
    values=lambda node, x: UNIT.union(x[1]),
    edges=(Edge(lambda y, x, h: equal(x, 0), CONVENTION),),
)


def _chosen_by(sign: str) -> Callable[[Node], Template]:
    """The larger or the smaller of two floats; as in NumPy, NaN where either is NaN.

    Of zeros the second counts, also as in NumPy.
    """

    def template(node: Node) -> Template:
        number = number_of(node.args[1])
        known = number is not None and number == number
        wrong = "" if known else " or {1:add} != {1:add}"
        return Template(f"{{1:compare}} if {{0:add}} {sign} {{1:add}}{wrong} else {{0}}", ANY)

    return template


maximum: Apply = elementwise(
    "maximum",
    lambda y, a, b: kink(_beyond(a, b), 0, 1),
    lambda y, a, b: kink(_beyond(b, a), 0, 1),
    doc="Return the larger entry. Arguments that tie share the derivative equally.",
    python=_chosen_by("<="),
    kind=promoted_kind,
    values=lambda node, x: x[0].upper(x[1]),
    edges=(Edge(lambda y, a, b: equal(a, b), CONVENTION),),
)
minimum: Apply = elementwise(
    "minimum",
    lambda y, a, b: kink(_beyond(a, b), 1, 0),
    lambda y, a, b: kink(_beyond(b, a), 1, 0),
    doc="Return the smaller entry. Arguments that tie share the derivative equally.",
    python=_chosen_by(">="),
    kind=promoted_kind,
    values=lambda node, x: x[0].lower(x[1]),
    edges=(Edge(lambda y, a, b: equal(a, b), CONVENTION),),
)


def _between(lower: Node, upper: Node) -> Node | float:
    """1 where there is room between the bounds, else 0: there `clip` does not vary with `x`."""
    a, b = number_of(lower), number_of(upper)
    if a is not None and b is not None:
        return float(a < b)
    return where(less(lower, upper), 1.0, 0.0)


CLIP: Apply = elementwise(
    "clip",
    lambda y, x, lo, hi: kink(x - lo, 0, 1) * kink(x - hi, 1, 0) * _between(lo, hi),
    lambda y, x, lo, hi: kink(lo - x, 0, 1) * kink(maximum(x, lo) - hi, 1, 0),
    lambda y, x, lo, hi: kink(hi - maximum(x, lo), 1, 0),
    doc="Return `minimum(maximum(x, lower), upper)`.",
    python=call("_float_clip", 3),
    kind=promoted_kind,
    samples=(
        Sample("clip(x, -1, 0.5)", {"x": "n"}),
        Sample("clip(x, a, b)", {"x": "n", "a": "", "b": "n"}),
        Sample("clip(x, 0, None) + clip(x, None, 1)", {"x": "n"}),
    ),
    values=lambda node, x: x[0].upper(x[1]).lower(x[2]),
    edges=(
        Edge(lambda y, x, lo, hi: equal(x, lo), CONVENTION),
        Edge(lambda y, x, lo, hi: equal(x, hi), CONVENTION),
    ),
)


def clip(x: object, lower: object = None, upper: object = None) -> Node:
    """Return `x` limited to [lower, upper]; None leaves a side open.

    At a bound the derivative is 1/2, the mean of both sides.

    >>> import symdiff as sd
    >>> print(sd.clip(sd.vector("x", "n"), 0, 1))
    clip(x, 0, 1)
    """
    if lower is None and upper is None:
        return as_node(x)
    if lower is None:
        return minimum(x, upper)
    return maximum(x, lower) if upper is None else CLIP(x, lower, upper)


FUNCTIONS["clip"] = clip


# Comparisons and choices --------------------------------------------------------------------------


def _comparison(
    name: str, symbol: str, pretty: str, latex: str, doc: str, **facts: bool
) -> Callable[..., Node]:
    def form(sign: str) -> Template:
        return Template(f"{{0:add}} {sign} {{1:add}}", COMPARE)

    return elementwise(
        name,
        doc=doc,
        arity=2,
        derivative=Undefined(
            "a comparison is true or false",
            "sd.where(condition, a, b), whose derivative is that of the branch taken, "
            "or sd.stop_gradient to hold it constant",
        ),
        numpy=form(symbol),
        python=form(symbol),
        text=form(symbol),
        pretty=form(pretty),
        latex=form(latex),
        kind=fixed_kind("bool"),
        samples=(Sample(f"where(x {symbol} y, x * y, 3 * x)", {"x": "n 1", "y": "m"}),),
        **facts,
    )


less: Apply = _comparison("less", "<", "<", "<", "Return where `x < y`.")
less_equal: Apply = _comparison("less_equal", "<=", "≤", "\\le", "Return where `x <= y`.")
greater: Apply = _comparison("greater", ">", ">", ">", "Return where `x > y`.")
greater_equal: Apply = _comparison("greater_equal", ">=", "≥", "\\ge", "Return where `x >= y`.")
equal: Apply = _comparison(
    "equal", "==", "=", "=", "Return where `x` equals `y`, entry by entry.", complex=True
)
not_equal: Apply = _comparison(
    "not_equal", "!=", "≠", "\\ne", "Return where `x` differs from `y`.", complex=True
)


def logical(
    name: str, arity: int, sample: str, doc: str, python: PythonForm | None = None
) -> Callable[..., Node]:
    """Declare an op whose result is true or false."""
    return elementwise(
        name,
        doc=doc,
        arity=arity,
        derivative=Undefined("its result is true or false", "sd.where(condition, a, b)"),
        kind=fixed_kind("bool"),
        python=python,
        samples=(Sample(f"where({sample}, x, 2 * x)", {"x": "n"}),),
    )


logical_not: Apply = logical(
    "logical_not",
    1,
    "logical_not(x > 0)",
    "Return where `x` is false.",
    Template("(not {0:compare})"),
)
logical_and: Apply = logical(
    "logical_and",
    2,
    "logical_and(x > 0, x < 1)",
    "Return where `x` and `y` are both true.",
    Template("bool({0:compare} and {1:compare})"),
)
logical_or: Apply = logical(
    "logical_or",
    2,
    "logical_or(x > 1, x < 0)",
    "Return where `x` or `y` is true.",
    Template("bool({0:compare} or {1:compare})"),
)


def masked_product(g: Node, partial: Node | float) -> Node:
    """Multiply a cotangent that a `where` has masked, keeping the mask outside the product.

    Where the other branch was taken the cotangent is 0, whatever the partial is, even infinite.
    """
    condition, chosen, other = g.args
    if number_of(other) == 0:
        return WHERE(condition, chosen * partial, 0.0)
    if number_of(chosen) == 0:
        return WHERE(condition, 0.0, other * partial)
    return g * partial


def masked_sum(a: Node, b: Node) -> Node:
    """Add two cotangents; what one condition masks in both, it masks in their sum."""
    if a.op.name == b.op.name == "where" and a.args[0] is b.args[0] and a.shape == b.shape:
        condition, chosen, other = a.args
        if number_of(other) == 0 and number_of(b.args[2]) == 0:
            return WHERE(condition, chosen + b.args[1], 0.0)
        if number_of(chosen) == 0 and number_of(b.args[1]) == 0:
            return WHERE(condition, 0.0, other + b.args[2])
    return a + b


def _boundary(y: Node, condition: Node, a: Node, b: Node) -> Node | None:
    """Where the sides of a comparison meet: there the derivative is that of the branch taken."""
    ordered = condition.op.name in ("less", "less_equal", "greater", "greater_equal")
    return equal(*condition.args) if ordered else None


def _where_transpose(node: Node, k: int, g: Node) -> Node | None:
    if k == 0:
        return None
    return WHERE(node.args[0], g, 0.0) if k == 1 else WHERE(node.args[0], 0.0, g)


WHERE: Apply = elementwise(
    "where",
    arity=3,
    doc="Choose entries by a condition.",
    python=Template("{1:compare} if {0:compare} else {2}", ANY),
    condition=0,
    derivative=Linear(_where_transpose),
    latex=Template(
        "\\begin{{cases}} {1} & \\text{{if }} {0} \\\\ {2} & \\text{{otherwise}} \\end{{cases}}",
        ADD,
    ),
    kind=lambda name, args: promoted(args[1:]),
    complex=True,
    samples=(
        Sample("where(x > 0, x, y)", {"x": "n 1", "y": "m"}),
        Sample("where(x > 0, 1, 0.5) * x", {"x": "n"}),
    ),
    values=lambda node, x: x[1].union(x[2]),
    edges=(Edge(_boundary, BRANCH),),
)


def where(condition: object, x: object, y: object) -> Node:
    """Return `x` where the condition holds and `y` elsewhere, with NumPy broadcasting.

    The derivative is that of the branch taken; nothing flows into the condition.

    Raises ArgumentError for a condition that is not boolean.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> print(sd.where(x > 0, x, 0))
    where(x > 0, x, 0)
    """
    chosen = as_node(condition)
    if chosen.dtype != "bool" or number_of(chosen) is not None:
        raise ArgumentError(
            f"the condition of `where` must be a boolean expression, not {chosen}; compare with "
            "<, <=, >, >=, sd.equal or sd.not_equal (`==` on expressions asks for identity)"
        )
    return WHERE(chosen, x, y)


FUNCTIONS["where"] = where


# Steps and barriers -------------------------------------------------------------------------------


def staircase(name: str, doc: str, instead: str = "", **facts: Any) -> Callable[..., Node]:
    """Declare an op that is constant but for jumps, and refuses to be differentiated."""
    arguments = "x, y" if facts.get("arity") == 2 else "x"
    held = f"sd.stop_gradient(sd.{name}({arguments})) if it is to be held constant"
    straight = f"x + sd.stop_gradient(sd.{name}(x) - x) for a straight-through derivative of 1"
    facts.setdefault("kind", fixed_kind("float"))
    facts.setdefault("samples", (Sample(f"x * stop_gradient({name}(x))", {"x": "n"}),))
    return elementwise(
        name,
        doc=doc,
        derivative=Undefined(
            "it is a staircase, with derivative 0 on each step and none between",
            f"{held}, or {instead or straight}",
        ),
        **facts,
    )


def whole(function: str) -> Template:
    """A function that makes Python integers of floats, as one that keeps floats and their sign."""
    return Template(f"math.copysign({function}({{0}}), {{0}})")


floor: Apply = staircase(
    "floor", "Return the largest whole number that is not above `x`.", python=whole("math.floor"),
    latex=Template("\\left\\lfloor {0} \\right\\rfloor"),
)  # fmt: skip
ceil: Apply = staircase(
    "ceil", "Return the smallest whole number that is not below `x`.", python=whole("math.ceil"),
    latex=Template("\\left\\lceil {0} \\right\\rceil"),
)  # fmt: skip

stop_gradient: Apply = elementwise(
    "stop_gradient",
    derivative=Held(),
    doc="Return `x`, held constant by every derivative.",
    numpy=Template("{0:atom}"),
    python=Template("{0:atom}"),
    complex=True,
    view=always,
    kind=promoted_kind,
    samples=(Sample("x * stop_gradient(x + 1)", {"x": "n"}),),
)
