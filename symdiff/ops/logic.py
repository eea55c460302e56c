"""Questions about entries, choices that follow from the answers, and what passes over NaN.

Answers are booleans, which have no derivative. Choices have that of the branch taken.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from symdiff.errors import ArgumentError, quote
from symdiff.node import Node
from symdiff.ops.choices import (
    equal,
    less_equal,
    logical,
    logical_and,
    logical_not,
    logical_or,
    where,
)
from symdiff.ops.declare import Apply, elementwise, promoted_kind
from symdiff.ops.exponentials import gap
from symdiff.ops.kinks import abs, kink
from symdiff.ops.leaves import as_node, number_of
from symdiff.registry import CONVENTION, FUNCTIONS, Edge, Sample, composite
from symdiff.template import ANY, COMPARE, Template, call

__all__ = [
    "fmax",
    "fmin",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "logical_xor",
    "nan_to_num",
    "select",
    "signbit",
]

# Questions --------------------------------------------------------------------------------------

isfinite: Apply = logical(
    "isfinite",
    1,
    "isfinite(1/x)",
    "Return where `x` is neither infinite nor NaN.",
    call("math.isfinite"),
)
isinf: Apply = logical(
    "isinf", 1, "isinf(1/x)", "Return where `x` is infinite.", call("math.isinf")
)
isnan: Apply = logical("isnan", 1, "isnan(x)", "Return where `x` is NaN.", call("math.isnan"))
signbit: Apply = logical(
    "signbit",
    1,
    "signbit(x)",
    "Return where `x` is negative, also -0.0.",
    Template("math.copysign(1.0, {0}) < 0.0", COMPARE),
)
logical_xor: Apply = logical(
    "logical_xor", 2, "logical_xor(x > 0, x < 1)", "Return where one of `x` and `y` is true."
)


@composite(
    Sample("where(isclose(x, y), x, 2 * y)", {"x": "n 1", "y": "m"}),
    Sample("where(isclose(x, 0, atol=1, equal_nan=True), x, 2 * x)", {"x": "n"}),
)
def isclose(
    a: object, b: object, rtol: object = 1e-5, atol: object = 1e-8, equal_nan: bool = False
) -> Node:
    """Return where `|a - b| <= atol + rtol*|b|`, or both are the same infinity.

    `equal_nan` counts two NaN as close.

    >>> import symdiff as sd
    >>> sd.evaluate(isclose([1.0, 2.0, 1e-9], [1.000001, 2.1, 0.0]))
    array([ True, False,  True])
    """
    first, second = as_node(a), as_node(b)
    margin = as_node(atol) + as_node(rtol) * abs(second)
    near = logical_and(isfinite(second), less_equal(abs(gap(first, second)), margin))
    close = logical_or(near, equal(first, second))
    return logical_or(close, logical_and(isnan(first), isnan(second))) if equal_nan else close


# Choices ----------------------------------------------------------------------------------------


@composite(
    Sample("select([x < -1, x > 1], [x**2, 3 * x], y)", {"x": "n 1", "y": "m"}),
    Sample("select([x > 0], [x])", {"x": "n"}),
)
def select(condlist: Sequence[object], choicelist: Sequence[object], default: object = 0) -> Node:
    """Return the choice that belongs to the first condition that holds, else the default.

    The derivative is that of the branch taken.

    Raises ArgumentError for lists that are empty or of different lengths.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> print(select([x < 0, x > 1], [-x, x**2], 1))
    where(x < 0, −x, where(x > 1, x², 1))
    """
    for given in (condlist, choicelist):
        if not isinstance(given, (list, tuple)):
            raise ArgumentError(
                f"`select` takes a list of conditions and a list of choices, not {given}; "
                "for one condition use sd.where(condition, x, y)"
            )
    if not condlist or len(condlist) != len(choicelist):
        raise ArgumentError(
            f"`select` needs as many choices as conditions, and one at least, "
            f"not {len(choicelist)} for {len(condlist)}"
        )
    chosen = as_node(default)
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        chosen = where(condition, choice, chosen)
    return chosen


# Infinities and NaN -------------------------------------------------------------------------------

NAN_TO_NUM: Apply = elementwise(
    "nan_to_num",
    lambda y, x: where(isfinite(x), 1.0, 0.0),
    doc="Replace what is not finite.",
    samples=(Sample("nan_to_num(x) * x", {"x": "n"}),),
)


def nan_to_num(
    x: object,
    copy: bool = True,
    nan: object = 0.0,
    posinf: object = None,
    neginf: object = None,
) -> Node:
    """Return `x` with NaN and infinities replaced, by default by 0 and the largest floats.

    The derivative is 1 where `x` is finite and 0 elsewhere. `copy` makes no difference: nothing
    is ever overwritten.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> sd.evaluate(nan_to_num(x, posinf=9.0), x=[1.0, math.inf, math.nan])
    array([1., 9., 0.])
    """
    node = as_node(x)
    if node.dtype in ("bool", "int"):
        return node
    result = NAN_TO_NUM(node)
    if number_of(as_node(nan)) != 0:
        result = where(isnan(node), nan, result)
    for place, value in ((math.inf, posinf), (-math.inf, neginf)):
        if value is not None:
            result = where(equal(node, place), value, result)
    return result


FUNCTIONS["nan_to_num"] = nan_to_num


def _unless_nan(y: Node, share: Node | float, x: Node) -> Node:
    return where(isnan(y), 1.0, where(isnan(x), 0.0, share))


fmax: Apply = elementwise(
    "fmax",
    lambda m, x, y: _unless_nan(y, kink(gap(x, y), 0, 1), x),
    lambda m, x, y: _unless_nan(x, kink(gap(y, x), 0, 1), y),
    python=Template("{1:compare} if {0:add} < {1:add} or {0:add} != {0:add} else {0}", ANY),
    doc="Return the larger entry; where one is NaN, the other. Ties share the derivative equally.",
    kind=promoted_kind,
    edges=(Edge(lambda m, x, y: equal(x, y), CONVENTION),),
)
fmin: Apply = elementwise(
    "fmin",
    lambda m, x, y: _unless_nan(y, kink(gap(x, y), 1, 0), x),
    lambda m, x, y: _unless_nan(x, kink(gap(y, x), 1, 0), y),
    python=Template("{1:compare} if {0:add} > {1:add} or {0:add} != {0:add} else {0}", ANY),
    doc="Return the smaller entry; where one is NaN, the other. Ties share the derivative equally.",
    kind=promoted_kind,
    edges=(Edge(lambda m, x, y: equal(x, y), CONVENTION),),
)

# Operators ----------------------------------------------------------------------------------------

_LOGICAL = {"&": logical_and, "|": logical_or, "^": logical_xor, "~": logical_not}


def combine(symbol: str, *operands: object) -> Node:
    """Apply Python's `&`, `|`, `^` or `~` to booleans, for which alone they are defined.

    Raises ArgumentError for numbers, whose bits NumPy would combine.
    """
    nodes = [as_node(operand) for operand in operands]
    for node in nodes:
        if node.dtype != "bool":
            example = "~(x > 0)" if symbol == "~" else f"(x > 0) {symbol} (x < 1)"
            power = "; for a power write **" if symbol == "^" else ""
            raise ArgumentError(
                f"`{symbol}` combines booleans, such as {example} with its parentheses, "
                f"not {quote(node)} of kind {node.dtype}{power}"
            )
    return _LOGICAL[symbol](*nodes)
