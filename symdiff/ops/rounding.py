"""Rounding to whole numbers or decimals, and what division leaves over.

Rounding is a staircase: it has no derivative, and says what to use instead. A remainder is what is
added to a staircase of its arguments: where the staircase jumps it has no derivative either, and
elsewhere the staircase is constant.
"""

from __future__ import annotations

from symdiff.errors import ArgumentError, quote
from symdiff.node import Node
from symdiff.ops.choices import equal
from symdiff.ops.declare import Apply, elementwise, numeric_kind
from symdiff.ops.elementwise import divide, subtract
from symdiff.ops.leaves import as_node, number_of
from symdiff.ops.steps import staircase, stop_gradient, whole
from symdiff.registry import CONVENTION, FUNCTIONS, UNDEFINED, Edge, Sample, composite
from symdiff.template import MULTIPLY, Template, call, infix

__all__ = ["fix", "floor_divide", "fmod", "mod", "remainder", "rint", "round", "trunc"]

# Rounding ---------------------------------------------------------------------------------------

rint: Apply = staircase(
    "rint", "Return the nearest whole number; halves go to the even one.", python=whole("round")
)
trunc: Apply = staircase(
    "trunc", "Return the whole number next to `x` towards 0.", python=whole("math.trunc")
)


@composite(Sample("x * stop_gradient(fix(x))", {"x": "n"}))
def fix(x: object) -> Node:
    """Return the whole number next to `x` towards 0, as `trunc` does.

    >>> import symdiff as sd
    >>> print(fix(sd.scalar("x")))
    trunc(x)
    """
    return trunc(x)


def _rounded_kind(name: str, args: tuple[Node, ...]) -> str:
    decimals = number_of(args[1])
    if type(decimals) is not int:
        raise ArgumentError(
            f"`round` needs a whole number of decimals, not {quote(args[1])}, as in sd.round(x, 2)"
        )
    return numeric_kind(name, args[:1])


ROUND: Apply = staircase(
    "round",
    "Round to decimals.",
    arity=2,
    kind=_rounded_kind,
    numpy=lambda node: Template(f"np.round({{0}}, {number_of(node.args[1])})"),
    latex=Template("\\operatorname{{round}}_{{{1}}}\\left({0}\\right)"),
    samples=(Sample("x * stop_gradient(round(x, 1))", {"x": "n"}),),
)


def round(x: object, decimals: int = 0) -> Node:
    """Return `x` rounded to so many decimals, as NumPy rounds: halves go to the even digit.

    Raises ArgumentError for decimals that are not a whole number.

    >>> import symdiff as sd
    >>> x = sd.scalar("x")
    >>> print(sd.round(x, 2), sd.round(x))
    round(x, 2) rint(x)
    """
    node = as_node(x)
    whole = number_of(as_node(decimals)) == 0 and type(decimals) is not bool
    return rint(node) if whole and node.dtype == "float" else ROUND(node, decimals)


FUNCTIONS["round"] = round

# Division with a remainder ------------------------------------------------------------------------

_QUOTIENT = infix(" // ", MULTIPLY)
_SCALAR_QUOTIENT = call("np.floor_divide", 2)  # of Python numbers too, which refuse a zero
floor_divide: Apply = staircase(
    "floor_divide",
    "Return the largest whole number that is not above `x / y`.",
    arity=2,
    instead="sd.divide(x, y)",
    numpy=lambda node: _QUOTIENT if node.ndim else _SCALAR_QUOTIENT,
    python=_QUOTIENT,
    text=infix("//", MULTIPLY),
    latex=Template("\\left\\lfloor \\frac{{{0}}}{{{1}}} \\right\\rfloor"),
    kind=numeric_kind,
    samples=(Sample("x * stop_gradient(x // y)", {"x": "n 1", "y": "m"}, 0.5, 4),),
    edges=(Edge(lambda q, x, y: equal(y, 0), UNDEFINED),),
)
mod: Apply = elementwise(
    "mod",
    1,
    lambda r, x, y: -stop_gradient(floor_divide(x, y)),
    python=infix(" % ", MULTIPLY),
    doc="Return `x - y*floor(x/y)`, which has the sign of `y`; Python's `x % y`.\n\n"
    "Its derivatives are those between the jumps, where `floor(x/y)` is constant.",
    latex=infix(" \\bmod ", MULTIPLY),
    kind=numeric_kind,
    samples=(
        Sample("mod(x, y)", {"x": "n 1", "y": "m"}, 1.1, 1.9),
        Sample("x % 0.7 + 3 % y", {"x": "n", "y": ""}, 1.6, 2.0),
    ),
    edges=(
        Edge(lambda m, x, y: equal(y, 0), UNDEFINED),
        Edge(lambda m, x, y: equal(m, 0), CONVENTION),
    ),
)
fmod: Apply = elementwise(
    "fmod",
    1,
    lambda r, x, y: -stop_gradient(rint(divide(subtract(x, r), y))),
    python=call("math.fmod", 2),
    doc="Return `x - y*trunc(x/y)`, which has the sign of `x`.\n\n"
    "Its derivatives are those between the jumps, where `trunc(x/y)` is constant.",
    kind=numeric_kind,
    samples=(
        Sample("fmod(x, y)", {"x": "n 1", "y": "m"}, 1.1, 1.9),
        Sample("fmod(-x, 0.7) + fmod(3, -y)", {"x": "n", "y": ""}, 1.6, 2.0),
    ),
    edges=(
        Edge(lambda m, x, y: equal(y, 0), UNDEFINED),
        Edge(lambda m, x, y: equal(m, 0), CONVENTION),
    ),
)


@composite(Sample("remainder(x, y)", {"x": "n 1", "y": "m"}, 1.1, 1.9))
def remainder(x: object, y: object) -> Node:
    """Return `mod(x, y)`, under its other name.

    >>> import symdiff as sd
    >>> print(remainder(sd.scalar("x"), 2))
    mod(x, 2)
    """
    return mod(x, y)
