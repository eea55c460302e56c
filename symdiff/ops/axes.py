"""Views with other axes: permuted, flattened, with axes of size 1 or without."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symdiff.dims import is_one
from symdiff.errors import ArgumentError, ShapeError, describe
from symdiff.node import Node
from symdiff.ops.contraction import transpose
from symdiff.ops.declare import broadcast_shape
from symdiff.ops.leaves import as_node
from symdiff.ops.structure import broadcast_to, expand_dims, normalize_axes, normalize_axis, reshape
from symdiff.registry import Sample, composite

__all__ = [
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "broadcast_arrays",
    "matrix_transpose",
    "moveaxis",
    "permute_dims",
    "ravel",
    "rollaxis",
    "squeeze",
    "swapaxes",
]


# The order of axes ------------------------------------------------------------------------------


@composite(Sample("permute_dims(K, (2, 0, 1)) * permute_dims(K, (-1, 0, 1))", {"K": "2 n 3"}))
def permute_dims(x: object, axes: Sequence[int]) -> Node:
    """Return `transpose(x, axes)`, the name of the array API standard.

    >>> import symdiff as sd
    >>> sd.permute_dims(sd.tensor("K", 2, 3, 4), (2, 0, 1)).shape
    (4, 2, 3)
    """
    return transpose(x, axes)


@composite(Sample("matrix_transpose(K) @ K", {"K": "2 n m"}))
def matrix_transpose(x: object) -> Node:
    """Return `x` with its last two axes swapped: the transpose of each matrix.

    Raises ArgumentError for fewer than two axes.

    >>> import symdiff as sd
    >>> sd.matrix_transpose(sd.tensor("K", "b", "n", "m")).shape
    (b, m, n)
    """
    x = as_node(x)
    if x.ndim < 2:
        raise ArgumentError(f"`matrix_transpose` needs a matrix, not {describe(x)}")
    return swapaxes(x, -1, -2)


@composite(Sample("swapaxes(K, 0, -1) * y", {"K": "2 n 3", "y": "3 1 1"}))
def swapaxes(x: object, axis1: object, axis2: object) -> Node:
    """Return `x` with two axes swapped.

    Raises ArgumentError for an axis that `x` does not have.

    >>> import symdiff as sd
    >>> sd.swapaxes(sd.tensor("K", "a", "b", "c"), 0, 2).shape
    (c, b, a)
    """
    x = as_node(x)
    first, second = normalize_axis(x, axis1), normalize_axis(x, axis2)
    order = list(range(x.ndim))
    order[first], order[second] = second, first
    return transpose(x, order)


@composite(
    Sample("moveaxis(K, 0, -1) * y", {"K": "2 n 3", "y": "n 1 1"}),
    Sample("moveaxis(K, (0, 1), (-1, 0))", {"K": "2 n 3"}),
)
def moveaxis(x: object, source: object, destination: object) -> Node:
    """Return `x` with the axes `source` moved to `destination`; the others stay in order.

    Raises ArgumentError for axes that do not exist, or not as many places as axes.

    >>> import symdiff as sd
    >>> sd.moveaxis(sd.tensor("K", "a", "b", "c"), 0, -1).shape
    (b, c, a)
    """
    x = as_node(x)
    moved = normalize_axes(x, source, ordered=False)
    places = normalize_axes(x, destination, ordered=False)
    if len(moved) != len(places):
        raise ArgumentError(
            f"`moveaxis` needs as many places as axes, not {len(places)} for {len(moved)}"
        )
    order = [axis for axis in range(x.ndim) if axis not in moved]
    for place, axis in sorted(zip(places, moved, strict=True)):
        order.insert(place, axis)
    return transpose(x, order)


@composite(Sample("rollaxis(K, 2) * rollaxis(K, -1, 0) + y", {"K": "2 n 3", "y": "3 2 n"}))
def rollaxis(x: object, axis: object, start: int = 0) -> Node:
    """Return `x` with an axis moved back until it stands before place `start`, as NumPy does.

    Raises ArgumentError for an axis or a place that does not exist.

    >>> import symdiff as sd
    >>> sd.rollaxis(sd.tensor("K", "a", "b", "c"), 2).shape
    (c, a, b)
    """
    x = as_node(x)
    moved = normalize_axis(x, axis)
    if not -x.ndim <= start <= x.ndim:
        raise ArgumentError(f"`rollaxis` cannot move an axis to place {start} of {describe(x)}")
    place = start + x.ndim if start < 0 else start
    return moveaxis(x, moved, place - (moved < place))


# Axes of size 1, and one axis for all -----------------------------------------------------------


@composite(Sample("ravel(X) * ravel(Y)", {"X": "n 2", "Y": "2 n"}))
def ravel(x: object) -> Node:
    """Return all entries in one axis, in C order.

    >>> import symdiff as sd
    >>> sd.ravel(sd.matrix("X", "n", 3)).shape
    (3*n,)
    """
    return reshape(x, -1)


@composite(
    Sample("squeeze(K) * y", {"K": "1 n 1 2", "y": "n 2"}),
    Sample("squeeze(K, axis=(0, -2))", {"K": "1 n 1 1"}),
)
def squeeze(x: object, axis: object = None) -> Node:
    """Return `x` without axes of size 1: without all of them, or without those given.

    Raises ShapeError for an axis of another size.

    >>> import symdiff as sd
    >>> sd.squeeze(sd.tensor("K", 1, "n", 1)).shape
    (n,)
    """
    x = as_node(x)
    if axis is None:
        gone = tuple(place for place, size in enumerate(x.shape) if is_one(size))
    else:
        gone = normalize_axes(x, axis)
    for place in gone:
        if x.shape[place] != 1:
            raise ShapeError(
                f"`squeeze` removes axes of size 1, but axis {place} of {describe(x)} "
                f"has size {x.shape[place]}",
                (x.shape[place], 1),
            )
    return reshape(x, [size for place, size in enumerate(x.shape) if place not in gone])


def _at_least(rank: int, arrays: Sequence[object]) -> Node | list[Node]:
    if not arrays:
        raise ArgumentError(f"`atleast_{rank}d` needs at least one array")
    results = [with_axes(as_node(array), rank) for array in arrays]
    return results[0] if len(results) == 1 else results


def with_axes(x: Node, rank: int) -> Node:
    """New axes in front; but a matrix gets its third axis behind, as in NumPy."""
    match rank, x.ndim:
        case 3, 1:
            return expand_dims(x, (0, 2))
        case 3, 2:
            return expand_dims(x, 2)
    return expand_dims(x, tuple(range(rank - x.ndim)))


@composite(Sample("atleast_1d(x) * atleast_1d(a)", {"x": "n", "a": ""}))
def atleast_1d(*arrays: object) -> Any:
    """Return arrays with at least one axis: one, or a list.

    >>> import symdiff as sd
    >>> sd.atleast_1d(sd.scalar("a")).shape
    (1,)
    """
    return _at_least(1, arrays)


@composite(Sample("atleast_2d(x) * atleast_2d(a)", {"x": "n", "a": ""}))
def atleast_2d(*arrays: object) -> Any:
    """Return arrays with at least two axes: one, or a list. A vector becomes a row.

    >>> import symdiff as sd
    >>> sd.atleast_2d(sd.vector("x", "n")).shape
    (1, n)
    """
    return _at_least(2, arrays)


@composite(Sample("atleast_3d(x) * atleast_3d(X) * atleast_3d(a)", {"x": "m", "X": "n m", "a": ""}))
def atleast_3d(*arrays: object) -> Any:
    """Return arrays with at least three axes: one, or a list. Of a matrix, the new one is last.

    >>> import symdiff as sd
    >>> sd.atleast_3d(sd.matrix("X", "n", "m")).shape, sd.atleast_3d(sd.vector("x", "n")).shape
    ((n, m, 1), (1, n, 1))
    """
    return _at_least(3, arrays)


@composite(
    Sample("broadcast_arrays(x, X, 2.0)[0] * broadcast_arrays(x, X)[1]", {"x": "m", "X": "n 1"})
)
def broadcast_arrays(*arrays: object) -> list[Node]:
    """Return arrays stretched to their common shape by NumPy's rule.

    Raises ShapeError where they do not broadcast together.

    >>> import symdiff as sd
    >>> [x.shape for x in sd.broadcast_arrays(sd.vector("x", "m"), sd.matrix("X", "n", 1))]
    [(n, m), (n, m)]
    """
    if not arrays:
        raise ArgumentError("`broadcast_arrays` needs at least one array")
    nodes = [as_node(array) for array in arrays]
    shape = broadcast_shape("broadcast_arrays", tuple(nodes))
    return [broadcast_to(node, shape) for node in nodes]
