"""What the grammar's words mean: operators, constants, and the parts that are not functions."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from functools import cache
from types import EllipsisType
from typing import Any, NamedTuple, TypeAlias

from symdiff.errors import ArgumentError, SymdiffError, describe
from symdiff.node import Node
from symdiff.ops.leaves import as_node, variable
from symdiff.ops.linear_algebra import inv, kron
from symdiff.ops.update import At
from symdiff.registry import FUNCTIONS
from symdiff.template import ADD, COMPARE, MULTIPLY, POWER

Value: TypeAlias = (
    Node
    | bool
    | int
    | float
    | complex
    | str
    | slice
    | EllipsisType
    | tuple[Any, ...]
    | list[Any]
    | None
)
Function: TypeAlias = Callable[..., Value]


_NUMBERS = (int, float, complex)

# Words ------------------------------------------------------------------------------------------


def negative(x: Value) -> Value:
    """Negate; the negative of a number is a number, so that `-1` can be an axis."""
    return -x if type(x) in _NUMBERS else FUNCTIONS["negative"](x)  # type: ignore[operator]


def positive(x: Value) -> Value:
    """Leave as it is what could be negated."""
    return x if type(x) in _NUMBERS else as_node(x)


def add(x: Value, y: Value) -> Value:
    """Add; of a real and an imaginary number that is a number: `1 + 2j`."""
    return x + y if _is_complex_number(x, y) else FUNCTIONS["add"](x, y)  # type: ignore[operator]


def subtract(x: Value, y: Value) -> Value:
    """Subtract; of a real and an imaginary number that is a number: `1 - 2j`."""
    numbers = _is_complex_number(x, y)
    return x - y if numbers else FUNCTIONS["subtract"](x, y)  # type: ignore[operator]


def _is_complex_number(x: Value, y: Value) -> bool:
    return type(y) is complex and not y.real and type(x) in (int, float)


def transpose(x: Value) -> Node:
    """Reverse the axes, without the option of a permutation."""
    reversed_: Node = FUNCTIONS["transpose"](x)
    return reversed_


def inverse(x: Value) -> Node:
    """Invert a matrix; of a number or a vector, each entry."""
    node = as_node(x)
    result: Node = inv(node) if node.ndim > 1 else FUNCTIONS["power"](node, -1)
    return result


def inverse_transpose(x: Value) -> Node:
    """Invert and transpose a matrix."""
    return transpose(inv(x))


class Operator(NamedTuple):
    """A binary operator: what it does, how tightly it binds, and whether it groups to the right."""

    function: Function
    binding: int
    right: bool = False


BINARY = {
    "<": Operator(FUNCTIONS["less"], COMPARE),
    "<=": Operator(FUNCTIONS["less_equal"], COMPARE),
    "≤": Operator(FUNCTIONS["less_equal"], COMPARE),
    ">": Operator(FUNCTIONS["greater"], COMPARE),
    ">=": Operator(FUNCTIONS["greater_equal"], COMPARE),
    "≥": Operator(FUNCTIONS["greater_equal"], COMPARE),
    "==": Operator(FUNCTIONS["equal"], COMPARE),
    "=": Operator(FUNCTIONS["equal"], COMPARE),
    "!=": Operator(FUNCTIONS["not_equal"], COMPARE),
    "≠": Operator(FUNCTIONS["not_equal"], COMPARE),
    "+": Operator(add, ADD),
    "-": Operator(subtract, ADD),
    "−": Operator(subtract, ADD),
    "*": Operator(FUNCTIONS["multiply"], MULTIPLY),
    "⊙": Operator(FUNCTIONS["multiply"], MULTIPLY),
    "⊗": Operator(kron, MULTIPLY),
    "·": Operator(FUNCTIONS["multiply"], MULTIPLY),
    "⋅": Operator(FUNCTIONS["multiply"], MULTIPLY),
    "/": Operator(FUNCTIONS["divide"], MULTIPLY),
    "//": Operator(FUNCTIONS["floor_divide"], MULTIPLY),
    "%": Operator(FUNCTIONS["mod"], MULTIPLY),
    "@": Operator(FUNCTIONS["matmul"], MULTIPLY),
    "**": Operator(FUNCTIONS["power"], POWER, right=True),
    "^": Operator(FUNCTIONS["power"], POWER, right=True),
}
PREFIX: dict[str, Function] = {"-": negative, "−": negative, "+": positive}
BARS = {"|": "abs", "‖": "norm"}
CONSTANTS: dict[str, Value] = {
    "True": True,
    "False": False,
    "None": None,
    "newaxis": None,
    "inf": math.inf,
    "nan": math.nan,
    "pi": math.pi,
}
_SPOKEN = {"σ": "sigmoid", "ψ": "digamma", "tr": "trace"}
_OPERATORS_ONLY = {"getitem"}
BINDERS = ("solve_for", "fixed_point", "minimizer")
"""Functions that are written with names of their own, as `solve_for(x=1.0, x**2 - a)` is."""


def function_names() -> list[str]:
    """The names of the functions that text can call."""
    return sorted({*FUNCTIONS, *BINDERS} - _OPERATORS_ONLY)


def function_called(word: str) -> str | None:
    """The name of the function that a word calls, if it calls one."""
    name = _SPOKEN.get(word, word)
    known = name in BINDERS or (name in FUNCTIONS and name not in _OPERATORS_ONLY)
    return name if known else None


def _function(name: str) -> Callable[..., Any]:
    if name not in BINDERS:
        return FUNCTIONS[name]
    from symdiff.frontends import equations  # which needs derivatives

    return getattr(equations, name)  # type: ignore[no-any-return]


# Calls ------------------------------------------------------------------------------------------


def signature(name: str) -> inspect.Signature:
    """How the function of that name is called, without the types."""
    return _signature(_function(name))


@cache
def _signature(function: Callable[..., Any]) -> inspect.Signature:
    full = inspect.signature(function)
    plain = [p.replace(annotation=p.empty) for p in full.parameters.values()]
    return full.replace(parameters=plain, return_annotation=full.empty)


def has_option(name: str, option: str) -> bool:
    """True for a parameter with a default, such as `axis`."""
    known = name in FUNCTIONS or name in BINDERS
    parameter = signature(name).parameters.get(option) if known else None
    return parameter is not None and parameter.default is not parameter.empty


def call(name: str, keywords: tuple[str, ...], *values: Value) -> Value:
    """Call a function with positional values, then one value for each keyword.

    Raises ArgumentError where the arguments do not fit the function.
    """
    return call_function(_function(name), name, keywords, *values)


def call_function(
    function: Callable[..., Any], name: str, keywords: tuple[str, ...], *values: Value
) -> Value:
    """Call a function that has a name; see `call`."""
    count = len(values) - len(keywords)
    named = dict(zip(keywords, values[count:], strict=True))
    try:
        _signature(function).bind(*values[:count], **named)
    except TypeError as error:
        raise ArgumentError(f"{error}; the function is {name}{_signature(function)}") from None
    try:
        result: Value = function(*values[:count], **named)
        return result
    except SymdiffError:
        raise
    except (TypeError, ValueError, OverflowError) as error:
        raise ArgumentError(f"`{name}` cannot take these arguments: {error}") from error


def unknown(name: str, start: Value) -> Node:
    """The unknown called `name`, of the shape of its start."""
    like = as_node(start)
    return variable(name, like.shape, like.dtype if like.dtype == "complex" else "float")


def solve(name: str, count: int, keywords: tuple[str, ...], *values: Value) -> Node:
    """Solve for `count` unknowns: their starts and variables in turn, bodies, and options.

    Raises ArgumentError where the arguments do not fit the function.
    """
    from symdiff.frontends.equations import solution_of  # which needs derivatives

    last = len(values) - len(keywords)
    options: dict[str, Any] = dict(zip(keywords, values[last:], strict=True))
    for option in options:
        if option == "start" or not has_option(name, option):
            raise ArgumentError(f"`{name}` has no option {option!r} behind its equations")
    starts, unknowns = values[: 2 * count : 2], values[1 : 2 * count : 2]
    return solution_of(name, values[2 * count : last], unknowns, starts, **options)


# Indices ----------------------------------------------------------------------------------------


def make_tuple(*items: Value) -> tuple[Value, ...]:
    """Collect the items of a tuple."""
    return items


def make_list(*items: Value) -> list[Value]:
    """Collect the items of a list."""
    return list(items)


def make_slice(given: tuple[bool, ...], *bounds: Value) -> slice:
    """Return a slice of which only some bounds are given."""
    left = iter(bounds)
    return slice(*(next(left) if here else None for here in (*given, False)[:3]))


def take(x: Value, *items: Value) -> Value:
    """Return `x[items]`; of a list, such as `split` returns, the item at a place."""
    if isinstance(x, (list, tuple)):
        return _item(x, items)
    return call("getitem", (), x, items)


def _item(several: list[Any] | tuple[Any, ...], places: tuple[Value, ...]) -> Value:
    place = places[0] if len(places) == 1 else None
    if type(place) is not int or not -len(several) <= place < len(several):
        raise ArgumentError(f"of {len(several)} results, one is chosen by an int, such as [0]")
    item: Value = several[place]
    return item


def update(method: str, base: Value, index: Value, *values: Value) -> Value:
    """Return `base.at[index].method(values)`."""
    result: Value = getattr(At(as_node(base))[index], method)(*values)
    return result


# Juxtaposition ----------------------------------------------------------------------------------


def juxtapose(rows: tuple[bool, ...], *factors: Value) -> Node:
    """Multiply factors as matrix notation does: scalars in front, then matrices and vectors.

    `rows` marks the factors written with a transpose; a vector so written is a row. Thus `aᵀ b` is
    a scalar and `a bᵀ` a matrix.

    Raises ArgumentError where a row or a column cannot stand.
    """
    nodes = [as_node(factor) for factor in factors]
    scale: Node | None = None
    product: Node | None = None
    row = False
    for node, turned in zip(nodes, rows, strict=True):
        if product is not None:
            product, row = _times(product, row, node, turned)
        elif node.ndim:
            product, row = node, turned
        else:
            scale = node if scale is None else FUNCTIONS["multiply"](scale, node)
    if product is None or scale is None:
        result = scale if product is None else product
        assert result is not None
        return result
    scaled: Node = FUNCTIONS["multiply"](scale, product)
    return scaled


def _times(a: Node, a_row: bool, b: Node, b_row: bool) -> tuple[Node, bool]:
    if not a.ndim or not b.ndim:
        return FUNCTIONS["multiply"](a, b), a_row if a.ndim else b_row
    column, row = a.ndim == 1 and not a_row, b.ndim == 1 and b_row
    if column and row:
        return FUNCTIONS["outer"](a, b), False
    if not column and not row:
        return FUNCTIONS["matmul"](a, b), a.ndim == 1 and b.ndim > 1
    raise ArgumentError(
        f"side by side, {describe(a)} and {describe(b)} are no matrix product, because "
        + ("the first is a column" if column else "the second is a row")
        + "; write aᵀ b, a bᵀ, xᵀ W, W x, or * for entries"
    )
