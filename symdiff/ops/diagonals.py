"""Diagonals: taken out of matrices, summed, and put into them."""

from __future__ import annotations

from symdiff.dims import Size, is_at_least_zero
from symdiff.errors import ArgumentError, ShapeError, describe
from symdiff.node import Node
from symdiff.ops import contraction
from symdiff.ops.axes import ravel
from symdiff.ops.contraction import contract
from symdiff.ops.indexing import getitem
from symdiff.ops.leaves import as_node, whole_number
from symdiff.ops.padding import pad
from symdiff.ops.structure import normalize_axes
from symdiff.registry import Sample, composite

__all__ = [
    "diag",
    "diagflat",
    "diagonal",
    "trace",
]


@composite(
    Sample("diagonal(A, 1) * diagonal(A, -1)", {"A": "n n"}),
    Sample(
        "diagonal(K, 0, 0, 2) * diagonal(K, axis1=2, axis2=0, offset=-1)[:, :1]", {"K": "4 2 4"}
    ),
    Sample("diagonal(X, 1) + diagonal(X, -2)", {"X": "5 4"}),
    Sample("diagonal(X, m) * sum(y)", {"X": "n n+m", "y": "m"}),
)
def diagonal(x: object, offset: object = 0, axis1: object = 0, axis2: object = 1) -> Node:
    """Return the diagonal `offset` places above the main one, as the last axis of the result.

    Raises ShapeError where the sizes do not tell how long the diagonal is.

    >>> import symdiff as sd
    >>> sd.diagonal(sd.matrix("A", "n", "n"), 1)
    <diag(A[:-1, 1:]) : (n - 1,) float>
    """
    return _diagonal("diagonal", as_node(x), offset, (axis1, axis2))


def _diagonal(
    name: str, x: Node, offset: object, plane: tuple[object, object], summed: bool = False
) -> Node:
    if x.ndim < 2:
        raise ArgumentError(f"`{name}` needs a matrix, not {describe(x)}")
    row, column = normalize_axes(x, plane, ordered=False)
    square = _square_part(name, x, row, column, whole_number(offset))
    own = tuple(row if axis == column else axis for axis in range(x.ndim))
    kept = tuple(axis for axis in range(x.ndim) if axis not in (row, column))
    return contract([square], [own], kept if summed else (*kept, row))


def _square_part(name: str, x: Node, row: int, column: int, offset: Size) -> Node:
    """The largest part whose main diagonal is the wanted one."""
    rows, columns = x.shape[row], x.shape[column]
    above = is_at_least_zero(offset)
    if not above and not is_at_least_zero(0 - offset):
        raise ArgumentError(f"the offset {offset} may lie on either side of the main diagonal")
    left, top = (offset, 0) if above else (0, 0 - offset)
    length = _smaller(rows - top, columns - left)
    if length is None:
        clash = f": {rows - top} and {columns - left} may differ" if offset != 0 else ""
        raise ShapeError(
            f"`{name}` needs a square matrix, not {describe(x)}{clash}", (rows, columns)
        )
    index: list[slice] = [slice(None)] * x.ndim
    index[row], index[column] = slice(top, top + length), slice(left, left + length)
    return getitem(x, tuple(index))


def _smaller(a: Size, b: Size) -> Size | None:
    if isinstance(a, int) and isinstance(b, int):
        return max(min(a, b), 0)
    if is_at_least_zero(b - a):
        return a
    return b if is_at_least_zero(a - b) else None


@composite(
    Sample("trace(A, 1) * A + trace(A)", {"A": "n n"}),
    Sample("trace(K, axis1=2, axis2=0)", {"K": "2 n 2"}),
)
def trace(x: object, offset: object = 0, axis1: object = 0, axis2: object = 1) -> Node:
    """Return the sum of the diagonal `offset` places above the main one.

    Raises ArgumentError for fewer than two axes, ShapeError where the sizes do not tell how long
    the diagonal is.

    >>> import symdiff as sd
    >>> sd.trace(sd.matrix("A", "n", "n"))
    <tr(A) : () float>
    """
    return _diagonal("trace", as_node(x), offset, (axis1, axis2), summed=True)


@composite(
    Sample("diag(x, 1) @ diag(y, -1)", {"x": "n", "y": "n"}),
    Sample("diag(A, -1) * 2", {"A": "n n"}),
    Sample("diag(x, k=m) + y", {"x": "2", "y": "m 1 1"}),
)
def diag(x: object, k: object = 0) -> Node:
    """Return the `k`-th diagonal of a matrix, or the matrix whose `k`-th diagonal is a vector.

    Raises ArgumentError for other numbers of axes, and what `diagonal` raises.

    >>> import symdiff as sd
    >>> sd.diag(sd.vector("s", "n")).shape, sd.diag(sd.matrix("A", "n", "n")).shape
    ((n, n), (n,))
    """
    x, offset = as_node(x), whole_number(k)
    if x.ndim == 2:
        return _diagonal("diag", x, offset, (0, 1))
    if x.ndim != 1:
        raise ArgumentError(f"`diag` needs a vector or a matrix, not {describe(x)}")
    above = is_at_least_zero(offset)
    width = offset if above else 0 - offset
    return pad(contraction.diag(x), ((0, width), (width, 0)) if above else ((width, 0), (0, width)))


@composite(Sample("diagflat(X) + diagflat(X, 1)[1:, 1:]", {"X": "n 2"}))
def diagflat(x: object, k: object = 0) -> Node:
    """Return the matrix whose `k`-th diagonal has all entries of `x`, in C order.

    >>> import symdiff as sd
    >>> sd.diagflat(sd.matrix("X", "n", 2)).shape
    (2*n, 2*n)
    """
    return diag(ravel(x), k)
