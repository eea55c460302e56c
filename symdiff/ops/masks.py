"""The options that NumPy's reductions share: `where`, `initial`, and `dtype`, which is refused."""

from __future__ import annotations

from symdiff.dims import broadcast
from symdiff.errors import ArgumentError, ShapeError, describe, quote
from symdiff.node import Node
from symdiff.ops.choices import where as choose
from symdiff.ops.leaves import INEXACT, KINDS, as_node, number_of


def refuse_dtype(name: str, dtype: object) -> None:
    """Refuse a float type: it is that of the arrays given at each call."""
    if dtype is not None:
        raise ArgumentError(
            f"`{name}` takes no dtype: the precision is that of the arrays given at each call; "
            "for integers as floats multiply by 1.0"
        )


def mask_of(name: str, x: Node, where: object) -> Node | None:
    """The condition under which entries of `x` take part; None if all do.

    Raises ArgumentError for what is not boolean, ShapeError where it does not broadcast to `x`.
    """
    if where is None or where is True:
        return None
    mask = as_node(where)
    if mask.dtype != "bool" or number_of(mask) is not None:
        raise ArgumentError(
            f"`where` of `{name}` must be a boolean expression, not {quote(mask)}; "
            "compare with <, <=, >, >=, sd.equal or sd.not_equal"
        )
    try:
        fits = broadcast(mask.shape, x.shape) == x.shape
    except ShapeError:
        fits = False
    if not fits:
        raise ShapeError(f"`where` of `{name}`, {describe(mask)}, does not fit {describe(x)}")
    return mask


def masked(x: Node, mask: Node | None, fill: float) -> Node:
    """`x` where the mask holds, and elsewhere `fill`, as a number of the kind of `x`."""
    if mask is None:
        return x
    return choose(mask, x, {"bool": bool, "int": int}.get(x.dtype, float)(fill))


def initial_of(name: str, x: Node, initial: object) -> Node:
    """The value with which a reduction of `x` begins.

    Raises ArgumentError for an array, and for a kind that NumPy would cut to that of `x`.
    """
    node = as_node(initial)
    if node.ndim:
        raise ArgumentError(f"`initial` of `{name}` must be a scalar, not {describe(node)}")
    if KINDS.index(node.dtype) > KINDS.index(x.dtype):
        raise ArgumentError(
            f"`initial` of `{name}` is {quote(node)} of kind {node.dtype}, which does not fit "
            f"{quote(x)} of kind {x.dtype}; multiply that by 1.0 first"
        )
    return node


def as_float(x: Node) -> Node:
    """The same numbers, as floats."""
    if x.dtype == "bool":
        return choose(x, 1.0, 0.0)
    return x if x.dtype in INEXACT else 1.0 * x
