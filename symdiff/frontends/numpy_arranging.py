"""NumPy's functions that arrange entries, with the arguments that symdiff's own do not take."""

from __future__ import annotations

from string import ascii_lowercase, ascii_uppercase
from typing import Any

import numpy as np

from symdiff.errors import ArgumentError, describe
from symdiff.node import Node
from symdiff.ops.creation import zeros
from symdiff.ops.leaves import as_node
from symdiff.ops.structure import normalize_axis
from symdiff.registry import FUNCTIONS

# Orders -----------------------------------------------------------------------------------------


def reshape(a: object, shape: Any, order: str = "C") -> Node:
    """The same entries in another shape; for order "F" the first axis runs fastest."""
    node = as_node(a)
    if not _by_columns(order):
        return FUNCTIONS["reshape"](node, shape)
    sizes = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    return FUNCTIONS["reshape"](node.T, sizes[::-1]).T


def ravel(a: object, order: str = "C") -> Node:
    """All entries in a row."""
    node = as_node(a)
    return FUNCTIONS["ravel"](node.T if _by_columns(order) else node)


def _by_columns(order: object) -> bool:
    """Whether the first axis runs fastest. "A" and "K" ask for the memory, which is as "C" here."""
    if order not in ("C", "F", "A", "K"):
        raise ArgumentError(f"order= is 'C' or 'F', not {order!r}")
    return order == "F"


# Arrays of the shape of others ------------------------------------------------------------------


def zeros_like(a: object, dtype: str | None = None, shape: object = None) -> Node:
    """Zeros of the kind and shape of `a`, or of those that are given."""
    node = as_node(a)
    return zeros(node.shape if shape is None else shape, dtype or node.dtype)


def ones_like(a: object, dtype: str | None = None, shape: object = None) -> Node:
    """Ones of the kind and shape of `a`, or of those that are given."""
    return FUNCTIONS["ones_like"](zeros_like(a, dtype, shape))


def full_like(
    a: object, fill_value: object, dtype: str | None = None, shape: object = None
) -> Node:
    """One value everywhere, in the kind and shape of `a`, or in those that are given."""
    return FUNCTIONS["full_like"](zeros_like(a, dtype, shape), fill_value)


# Entries put in and left out --------------------------------------------------------------------


def insert(arr: object, obj: Any, values: object, axis: int | None = None) -> Node:
    """The array with `values` before one place, or before several."""
    if not isinstance(obj, slice) and np.ndim(obj) == 0:
        return FUNCTIONS["insert"](arr, obj, values, axis)
    node = as_node(arr) if axis is not None else ravel(arr)
    along = normalize_axis(node, axis or 0)
    size = _number("insert", node, along)
    places = _places(size, obj)
    shape = (*node.shape[:along], len(places), *node.shape[along + 1 :])
    both = FUNCTIONS["concatenate"]((node, FUNCTIONS["broadcast_to"](values, shape)), along)
    order = np.insert(np.arange(size), places, np.arange(size, size + len(places)))
    return FUNCTIONS["take"](both, order, along)


def delete(arr: object, obj: Any, axis: int | None = None) -> Node:
    """The array without the entries at one place, at several, or in a slice."""
    node = as_node(arr) if axis is not None else ravel(arr)
    along = normalize_axis(node, axis or 0)
    slices = isinstance(obj, slice)
    masks = isinstance(obj, np.ndarray) and obj.dtype == bool
    places = _places(_number("delete", node, along), obj) if slices or masks else obj
    listed = places.tolist() if isinstance(places, np.ndarray) else places
    return FUNCTIONS["delete"](node, listed, along)


def _number(name: str, node: Node, along: int) -> int:
    """The size of an axis, which must be a number."""
    size = node.shape[along]
    if not isinstance(size, int):
        raise ArgumentError(
            f"`np.{name}` takes one place or a list of places here, as the size {size} of axis "
            f"{along} of {describe(node)} is not a number: use np.concatenate and slices"
        )
    return size


def _places(size: int, obj: Any) -> list[int]:
    """The places on an axis that a list, a slice or a mask means."""
    if isinstance(obj, slice):
        return [*range(*obj.indices(size))]
    given = np.asarray(obj)
    found: list[int] = (np.flatnonzero(given) if given.dtype == bool else given.ravel()).tolist()
    return found


# Letters ----------------------------------------------------------------------------------------


def einsum(*operands: Any) -> Node:
    """A contraction in letters, or in lists of numbers behind each array."""
    spec, arrays = operands[0], operands[1:]
    if not isinstance(spec, str):
        spec, arrays = _in_letters(operands)
    result = FUNCTIONS["einsum"](spec, *arrays)
    if len(arrays) == 1 and as_node(arrays[0]).dtype == "bool":
        return FUNCTIONS["not_equal"](result, 0) if result.dtype == "int" else result
    return result


def _in_letters(operands: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """The specification that numbered indices mean, and the arrays."""
    pairs = len(operands) // 2
    arrays, lists = operands[: 2 * pairs : 2], operands[1 : 2 * pairs : 2]
    output = f"->{_word(operands[-1])}" if len(operands) % 2 else ""
    return ",".join(map(_word, lists)) + output, arrays


def _word(indices: Any) -> str:
    letters = ascii_uppercase + ascii_lowercase
    try:
        return "".join("..." if index is Ellipsis else letters[index] for index in indices)
    except (TypeError, IndexError):
        raise ArgumentError(
            "`np.einsum` takes letters such as 'ij,jk->ik', or each array with a list of indices "
            f"from 0 to {len(letters) - 1}, such as np.einsum(A, [0, 1], B, [1, 2]), not "
            f"{indices!r}"
        ) from None
