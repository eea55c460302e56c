"""The sides and angles of right triangles, and the inverse functions that they differentiate.

The derivative of an angle is made of sides: that of `arcsin` is `1/sqrt(1 - x**2)`, where the root
is the `leg` beside the hypotenuse 1 and the leg `x`. As ops of their own, sides keep their digits
where the squares under the root overflow or cancel, in derivatives of every order.

Convention at the origin: `hypot` has derivative 0 there, the mean of the one-sided derivatives
along any line, as a norm has. The derivatives of `arctan2` have no limit there; they are 0 too.
"""

from __future__ import annotations

import math

from symdiff.intervals import NONNEGATIVE, SIGNED_UNIT
from symdiff.node import Node
from symdiff.ops.arithmetic_forms import squares
from symdiff.ops.choices import equal, greater, greater_equal, less, where
from symdiff.ops.declare import Apply, elementwise, increasing, unary, within
from symdiff.ops.elementwise import sqrt
from symdiff.ops.kinks import abs
from symdiff.ops.leaves import number_of
from symdiff.registry import CONVENTION, STEEP, UNDEFINED, Edge, Sample
from symdiff.template import MULTIPLY, Template, call

__all__ = [
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "direction_cosine",
    "hypot",
    "leg",
]

# Sides ------------------------------------------------------------------------------------------


def _pretty_root(node: Node) -> Template:
    return Template(f"sqrt({squares(node)})")


def _latex_root(node: Node) -> Template:
    return Template(f"\\sqrt{{{{{squares(node, latex=True)}}}}}")


def _divisor(x: Node, y: Node) -> Node:
    """The hypotenuse to divide by: 1 at the origin, where what it divides is 0."""
    length = hypot(x, y)
    return length if number_of(x) or number_of(y) else where(equal(length, 0), 1, length)


hypot: Apply = elementwise(
    "hypot",
    lambda h, x, y: direction_cosine(x, y),
    lambda h, x, y: direction_cosine(y, x),
    doc="Return `sqrt(x**2 + y**2)` without overflow. Its derivative at the origin is 0.",
    python=call("math.hypot", 2),
    pretty=_pretty_root,
    latex=_latex_root,
    samples=(
        Sample("hypot(x, y)", {"x": "n 1", "y": "m"}),
        Sample("hypot(1, x) + hypot(x, -2)**2 + hypot(x, y)**4", {"x": "n", "y": ""}),
    ),
    values=within(NONNEGATIVE),
    edges=(Edge(lambda h, x, y: equal(h, 0), CONVENTION),),
)
leg: Apply = elementwise(
    "leg",
    lambda b, c, a: c / b,
    lambda b, c, a: -a / b,
    doc="Return `sqrt(x**2 - y**2)`, the other leg of a right triangle, without cancellation.",
    numpy=call("_leg", 2),
    python=call("_float_leg", 2),
    pretty=_pretty_root,
    latex=_latex_root,
    samples=(
        Sample("leg(x, y/10)", {"x": "n 1", "y": "m"}, 0.5, 2),
        Sample("leg(1, x)**2 + leg(-2, x)", {"x": "n"}, -0.8, 0.8),
    ),
    values=within(NONNEGATIVE),
    edges=(
        Edge(lambda b, c, a: greater(abs(a), abs(c)), UNDEFINED),
        Edge(lambda b, c, a: equal(abs(a), abs(c)), STEEP),
    ),
)
direction_cosine: Apply = elementwise(
    "direction_cosine",
    lambda c, x, y: direction_cosine(y, x) ** 2 / _divisor(x, y),
    lambda c, x, y: -c * direction_cosine(y, x) / _divisor(x, y),
    doc="Return `x/hypot(x, y)`, the cosine of the angle to the axis of `x`; 0 at the origin.",
    numpy=call("_direction_cosine", 2),
    pretty=lambda node: Template(f"{{0:multiply}}/sqrt({squares(node)})", MULTIPLY),
    latex=lambda node: Template(
        f"\\frac{{{{{{0}}}}}}{{{{\\sqrt{{{{{squares(node, latex=True)}}}}}}}}}"
    ),
    samples=(
        Sample("direction_cosine(x, y)", {"x": "n 1", "y": "m"}),
        Sample("direction_cosine(1, x)", {"x": "n"}),
    ),
    values=within(SIGNED_UNIT),
    edges=(Edge(lambda c, x, y: equal(hypot(x, y), 0), CONVENTION),),
)


def _leg_to_one(x: Node) -> Node:
    return sqrt(1 - x**2) if x.dtype == "complex" else leg(1, x)


def _squared_length(x: Node) -> Node:
    return 1 + x**2 if x.dtype == "complex" else hypot(1, x) ** 2


# Angles -----------------------------------------------------------------------------------------

arcsin: Apply = unary(
    "arcsin", lambda y, x: 1 / _leg_to_one(x), "Return the inverse sine, in radians.",
    low=-0.8, high=0.8, complex=True, python=call("math.asin"),
    edges=(
        Edge(lambda y, x: greater(abs(x), 1), UNDEFINED),
        Edge(lambda y, x: equal(abs(x), 1), STEEP),
    ),
)  # fmt: skip
arccos: Apply = unary(
    "arccos", lambda y, x: -1 / _leg_to_one(x), "Return the inverse cosine, in radians.",
    low=-0.8, high=0.8, complex=True, python=call("math.acos"),
    edges=(
        Edge(lambda y, x: greater(abs(x), 1), UNDEFINED),
        Edge(lambda y, x: equal(abs(x), 1), STEEP),
    ),
)  # fmt: skip
arctan: Apply = unary(
    "arctan",
    lambda y, x: 1 / _squared_length(x),
    "Return the inverse tangent, in radians.",
    python=call("math.atan"),
    complex=True,
    values=increasing(math.atan),
)
arctan2: Apply = elementwise(
    "arctan2",
    lambda angle, y, x: direction_cosine(x, y) / _divisor(x, y),
    lambda angle, y, x: -direction_cosine(y, x) / _divisor(x, y),
    python=call("math.atan2", 2),
    doc="Return the angle of the point with ordinate `x` and abscissa `y`, as NumPy orders them.",
    samples=(
        Sample("arctan2(y, x)", {"x": "n 1", "y": "m"}),
        Sample("arctan2(y, -1) + arctan2(-1, y)", {"y": "n"}),
    ),
    edges=(Edge(lambda angle, y, x: equal(hypot(x, y), 0), CONVENTION),),
)

# Hyperbolic angles --------------------------------------------------------------------------------

arcsinh: Apply = unary(
    "arcsinh",
    lambda y, x: 1 / hypot(1, x),
    "Return the inverse hyperbolic sine.",
    python=call("math.asinh"),
    values=increasing(math.asinh),
)
arccosh: Apply = unary(
    "arccosh", lambda y, x: 1 / leg(x, 1), "Return the inverse hyperbolic cosine.",
    low=1.2, high=4, python=call("math.acosh"),
    values=within(NONNEGATIVE),
    edges=(Edge(lambda y, x: less(x, 1), UNDEFINED), Edge(lambda y, x: equal(x, 1), STEEP),),
)  # fmt: skip
arctanh: Apply = unary(
    "arctanh", lambda y, x: 1 / leg(1, x) ** 2, "Return the inverse hyperbolic tangent.",
    low=-0.8, high=0.8, python=call("math.atanh"),
    edges=(Edge(lambda y, x: greater_equal(abs(x), 1), UNDEFINED),),
)  # fmt: skip
