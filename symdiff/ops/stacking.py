"""Arrays joined as rows, columns, layers and blocks, all of them concatenations."""

from __future__ import annotations

from typing import Any

from symdiff.errors import ArgumentError
from symdiff.node import Node
from symdiff.ops.axes import with_axes
from symdiff.ops.joining import as_arrays, concatenate, stack
from symdiff.ops.leaves import as_node
from symdiff.ops.structure import expand_dims
from symdiff.registry import Sample, composite

__all__ = [
    "append",
    "block",
    "column_stack",
    "dstack",
    "hstack",
    "vstack",
]


@composite(
    Sample("hstack((x, y, a))", {"x": "n", "y": "m", "a": ""}),
    Sample("hstack((X, Y))", {"X": "2 n", "Y": "2 m"}),
)
def hstack(arrays: object) -> Node:
    """Return arrays joined side by side: along the second axis, or the only one.

    >>> import symdiff as sd
    >>> sd.hstack([sd.matrix("A", "n", "m"), sd.matrix("B", "n", 2)]).shape
    (n, m + 2)
    """
    nodes = [with_axes(node, 1) for node in as_arrays("hstack", arrays)]
    return concatenate(nodes, 0 if nodes[0].ndim == 1 else 1)


@composite(
    Sample("vstack((x, X))", {"x": "n", "X": "2 n"}),
    Sample("vstack((a, a * b))", {"a": "", "b": ""}),
)
def vstack(arrays: object) -> Node:
    """Return arrays joined one below the other: along the first axis, vectors being rows.

    >>> import symdiff as sd
    >>> sd.vstack([sd.vector("x", "n"), sd.vector("y", "n")]).shape
    (2, n)
    """
    nodes = as_arrays("vstack", arrays)
    if all(node.ndim == 1 for node in nodes):
        return stack(nodes)
    return concatenate([with_axes(node, 2) for node in nodes])


@composite(
    Sample("dstack((x, y))", {"x": "n", "y": "n"}),
    Sample("dstack((X, K))", {"X": "n m", "K": "n m 2"}),
)
def dstack(arrays: object) -> Node:
    """Return arrays joined along the third axis, which vectors and matrices are given.

    >>> import symdiff as sd
    >>> sd.dstack([sd.matrix("A", "n", "m"), sd.matrix("B", "n", "m")]).shape
    (n, m, 2)
    """
    nodes = as_arrays("dstack", arrays)
    if all(node.ndim == 2 for node in nodes):
        return stack(nodes, 2)
    return concatenate([with_axes(node, 3) for node in nodes], 2)


@composite(
    Sample("column_stack((x, y))", {"x": "n", "y": "n"}),
    Sample("column_stack((x, X))", {"x": "n", "X": "n m"}),
)
def column_stack(arrays: object) -> Node:
    """Return a matrix whose columns are vectors, or the columns of matrices.

    >>> import symdiff as sd
    >>> sd.column_stack([sd.vector("x", "n"), sd.vector("y", "n")]).shape
    (n, 2)
    """
    nodes = as_arrays("column_stack", arrays)
    if all(node.ndim == 1 for node in nodes):
        return stack(nodes, 1)
    return concatenate([expand_dims(x, 1) if x.ndim == 1 else with_axes(x, 2) for x in nodes], 1)


@composite(
    Sample("block([[A, B], [B.T, C]])", {"A": "n n", "B": "n m", "C": "m m"}),
    Sample("block([x, 1.0, y]) + block(a)", {"x": "n", "y": "m", "a": ""}),
)
def block(arrays: object) -> Node:
    """Return a matrix made of blocks, given as a list of rows; or a vector made of parts.

    Lists may be nested to any depth: the innermost are joined along the last axis, the next along
    the one before it, and so on.

    Raises ArgumentError where lists are nested to different depths.

    >>> import symdiff as sd
    >>> A, B = sd.matrix("A", "n", "n"), sd.matrix("B", "n", "m")
    >>> sd.block([[A, B]]).shape
    (n, m + n)
    """
    leaves, depth = _leaves(arrays)
    rank = max(depth, *(leaf.ndim for leaf in leaves))
    return _blocks(arrays, depth, rank)


def _leaves(arrays: object) -> tuple[list[Node], int]:
    """The arrays in nested lists, and how deep the lists are nested."""
    level: list[object] = [arrays]
    depth = 0
    while any(isinstance(item, list) for item in level):
        if not all(isinstance(item, list) and item for item in level):
            raise ArgumentError(
                "`block` needs lists that are nested equally deep, and none of them empty"
            )
        level = [inner for item in level for inner in item]  # type: ignore[attr-defined]
        depth += 1
    return [as_node(item) for item in level], depth


def _blocks(arrays: Any, depth: int, rank: int) -> Node:
    """Join from the inside: as many calls deep as the lists are, which is the number of axes."""
    if not depth:
        x = as_node(arrays)
        return expand_dims(x, tuple(range(rank - x.ndim)))
    return concatenate([_blocks(item, depth - 1, rank) for item in arrays], -depth)


@composite(
    Sample("append(x, y)", {"x": "n", "y": "m"}),
    Sample("append(X, Y, axis=1) + append(X, Y, axis=1)", {"X": "n 2", "Y": "n m"}),
    Sample("append(X, a)", {"X": "n 2", "a": ""}),
)
def append(x: object, values: object, axis: object = None) -> Node:
    """Return `x` with `values` behind it along an axis; without one, all entries in a row.

    >>> import symdiff as sd
    >>> sd.append(sd.vector("x", "n"), 1.0).shape
    (n + 1,)
    """
    return concatenate([as_node(x), as_node(values)], axis)
