"""Other names and other forms of arithmetic: opposites, reciprocals, angles in degrees, sinc."""

from __future__ import annotations

import math

from symdiff.errors import ArgumentError, quote
from symdiff.intervals import SIGNED_UNIT
from symdiff.node import Node
from symdiff.ops.choices import equal
from symdiff.ops.declare import Apply, elementwise, unary, within
from symdiff.ops.elementwise import divide, power
from symdiff.ops.kinks import abs, kink
from symdiff.ops.leaves import INEXACT, as_node, constant, number_of
from symdiff.registry import CONVENTION, Edge, Sample, composite
from symdiff.template import Template, call

__all__ = [
    "absolute",
    "copysign",
    "deg2rad",
    "degrees",
    "fabs",
    "float_power",
    "positive",
    "rad2deg",
    "radians",
    "reciprocal",
    "sinc",
    "sinc_derivative",
]


def as_float(x: object) -> Node:
    """The same expression as a float; integers and booleans are converted as NumPy does.

    >>> as_float(2), as_float(0.5)
    (<2.0 : () float>, <0.5 : () float>)
    """
    node = as_node(x)
    number = number_of(node)
    if node.dtype in INEXACT:
        return node
    return node * 1.0 if number is None else constant(float(number))


# Signs ------------------------------------------------------------------------------------------


@composite(Sample("positive(x) * x", {"x": "n"}))
def positive(x: object) -> Node:
    """Return `+x`, which is `x`. Raises ArgumentError for booleans, as NumPy does.

    >>> import symdiff as sd
    >>> print(positive(sd.scalar("x")))
    x
    """
    node = as_node(x)
    if node.dtype == "bool":
        raise ArgumentError(
            f"`positive` is not defined for booleans such as {quote(node)}; "
            "use sd.where(condition, 1, 0) for a number"
        )
    return node


@composite(Sample("absolute(x)", {"x": "n"}))
def absolute(x: object) -> Node:
    """Return `abs(x)`, under its other name.

    >>> import symdiff as sd
    >>> print(absolute(sd.scalar("x")))
    |x|
    """
    return abs(x)


@composite(
    Sample("fabs(x)", {"x": "n"}), Sample("x * fabs(i)", {"x": "n", "i": "n"}, kinds={"i": "int"})
)
def fabs(x: object) -> Node:
    """Return the absolute value as a float.

    >>> import symdiff as sd
    >>> print(fabs(sd.scalar("x")))
    |x|
    """
    node = as_float(x)
    if node.dtype == "complex":
        raise ArgumentError(
            f"`fabs` is not defined for complex numbers such as {quote(node)}; use sd.abs"
        )
    return abs(node)


copysign: Apply = elementwise(
    "copysign",
    lambda c, x, y: kink(x, -1, 1) * copysign(1.0, y),
    0,
    python=call("math.copysign", 2),
    doc="Return `|x|` with the sign of `y`, also that of a zero. Its derivative in `y` is 0.",
    edges=(
        Edge(lambda z, x, y: equal(x, 0), CONVENTION),
        Edge(lambda z, x, y: equal(y, 0), CONVENTION),
    ),
)

# Quotients and powers -----------------------------------------------------------------------------


@composite(Sample("reciprocal(x)", {"x": "n"}, 0.5, 2))
def reciprocal(x: object) -> Node:
    """Return `1/x` of floats. Raises ArgumentError for integers, whose reciprocal NumPy rounds.

    >>> import symdiff as sd
    >>> print(reciprocal(sd.vector("x", "n")))
    1/x
    """
    node = as_node(x)
    if node.dtype not in INEXACT:
        raise ArgumentError(
            f"NumPy rounds the reciprocal of {node.dtype}s such as {quote(node)} towards 0; "
            "use 1/x for a float, or 1//x to round down"
        )
    return divide(1, node)


@composite(
    Sample("float_power(x, y)", {"x": "n 1", "y": "m"}, 0.5, 2),
    Sample("x * float_power(i, -2)", {"x": "n", "i": "n"}, 1, 3, kinds={"i": "int"}),
)
def float_power(x: object, y: object) -> Node:
    """Return `x ** y` as a float, so that integers have negative powers too.

    >>> import symdiff as sd
    >>> print(sd.evaluate(float_power(2, -1)))
    0.5
    """
    return power(as_float(x), y)


# Degrees ----------------------------------------------------------------------------------------

deg2rad: Apply = unary(
    "deg2rad", math.pi / 180, "Return degrees as radians.", python=call("math.radians")
)
rad2deg: Apply = unary(
    "rad2deg", 180 / math.pi, "Return radians as degrees.", python=call("math.degrees")
)


@composite(Sample("radians(x)", {"x": "n"}))
def radians(x: object) -> Node:
    """Return `deg2rad(x)`, under its other name.

    >>> import symdiff as sd
    >>> print(radians(sd.scalar("x")))
    deg2rad(x)
    """
    return deg2rad(x)


@composite(Sample("degrees(x)", {"x": "n"}))
def degrees(x: object) -> Node:
    """Return `rad2deg(x)`, under its other name.

    >>> import symdiff as sd
    >>> print(degrees(sd.scalar("x")))
    rad2deg(x)
    """
    return rad2deg(x)


# The cardinal sine --------------------------------------------------------------------------------


def _order(node: Node) -> int:
    order = number_of(node)
    if type(order) is not int or order < 0:
        raise ArgumentError(
            f"the order of `sinc_derivative` must be a whole number such as 1, not {quote(node)}"
        )
    return order


def _order_checked(name: str, args: tuple[Node, ...]) -> str:
    _order(args[1])
    return "float"


sinc: Apply = unary(
    "sinc",
    lambda y, x: sinc_derivative(x, 1),
    "Return `sin(pi*x)/(pi*x)`, and 1 at 0.",
    values=within(SIGNED_UNIT),
)
sinc_derivative: Apply = elementwise(
    "sinc_derivative",
    lambda y, x, order: sinc_derivative(x, _order(order) + 1),
    0,
    doc="Return the derivative of `sinc(x)` of the whole order `y`, precise near 0.",
    numpy=lambda node: Template(f"_sinc_derivative({{0}}, {_order(node.args[1])})"),
    latex=Template("\\operatorname{{sinc}}^{{\\left({1}\\right)}}\\left({0}\\right)"),
    kind=_order_checked,
    samples=(
        Sample("sinc_derivative(x, 1) + sinc_derivative(x, 4)", {"x": "n"}),
        Sample("sinc_derivative(x, 2)", {"x": ""}),
    ),
)
