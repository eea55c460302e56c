"""Products of arrays under NumPy's other names: contractions, and the cross product."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from typing import Any

from symdiff.dims import Shape, Size
from symdiff.dims import product as product_of
from symdiff.errors import ArgumentError, ShapeError, describe
from symdiff.node import Node, intern
from symdiff.ops.batching import in_front
from symdiff.ops.contraction import contract, einsum, matmul, summed_product
from symdiff.ops.declare import broadcast_shape, numeric_kind
from symdiff.ops.elementwise import multiply
from symdiff.ops.leaves import as_node, number_of
from symdiff.ops.linear_algebra import inv, solve
from symdiff.ops.rows import batched
from symdiff.ops.structure import normalize_axes, reshape, unbroadcast
from symdiff.registry import FUNCTIONS, Linear, Op, Sample, composite, function
from symdiff.template import MULTIPLY, Template, call

__all__ = [
    "cross",
    "inner",
    "matvec",
    "multi_dot",
    "tensordot",
    "tensorinv",
    "tensorsolve",
    "vecdot",
    "vecmat",
]


def _moved(x: Node, axis: int, place: int) -> Node:
    """The array with one axis elsewhere; both are counted from the front."""
    order = [i for i in range(x.ndim) if i != axis]
    order.insert(place, axis)
    return contract([x], [tuple(range(x.ndim))], tuple(order))


def _same_length(name: str, a: Node, b: Node, sizes: tuple[Size, Size]) -> None:
    if sizes[0] != sizes[1]:
        raise ShapeError(
            f"`{name}` cannot multiply {describe(a)} by {describe(b)}: "
            f"size {sizes[0]} differs from size {sizes[1]}",
            sizes,
        )


def _check_ranks(name: str, *needed: tuple[Node, int]) -> None:
    for x, rank in needed:
        if x.ndim < rank:
            what = "a vector" if rank == 1 else "a matrix"
            raise ArgumentError(f"`{name}` needs {what}, not {describe(x)}")


# Inner products -------------------------------------------------------------------------------


@composite(
    Sample("inner(A, B)", {"A": "n m", "B": "2 m"}),
    Sample("inner(x, y) * inner(s, x)", {"x": "n", "y": "n", "s": ""}),
    Sample("inner(K, x)", {"K": "2 n m", "x": "m"}),
)
def inner(a: object, b: object) -> Node:
    """Return the sum of products over the last axis of both; a scalar multiplies.

    Raises ShapeError where the last axes differ.

    >>> import symdiff as sd
    >>> inner(sd.matrix("A", "n", "d"), sd.matrix("B", "m", "d"))
    <A Bᵀ : (n, m) float>
    """
    a, b = as_node(a), as_node(b)
    if not a.ndim or not b.ndim:
        return multiply(a, b)
    _same_length("inner", a, b, (a.shape[-1], b.shape[-1]))
    return tensordot(a, b, axes=((-1,), (-1,)))


def _axis_pairs(a: Node, b: Node, axes: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes of the two arguments of `tensordot` that are summed together."""
    count = number_of(axes) if isinstance(axes, Node) else axes
    if isinstance(count, int) and not isinstance(count, bool):
        if not 0 <= count <= min(a.ndim, b.ndim):
            raise ArgumentError(
                f"`tensordot` cannot sum over {count} axes of {describe(a)} and {describe(b)}"
            )
        return tuple(range(a.ndim - count, a.ndim)), tuple(range(count))
    if not isinstance(axes, (tuple, list)) or len(axes) != 2:
        raise ArgumentError(
            f"`axes` of `tensordot` is a number or a pair such as ([0, 1], [1, 0]), not {axes!r}"
        )
    first, second = (normalize_axes(x, each, False) for x, each in zip((a, b), axes, strict=True))
    if len(first) != len(second):
        raise ArgumentError(
            f"`tensordot` needs as many axes of {describe(a)} as of {describe(b)}, "
            f"not {len(first)} and {len(second)}"
        )
    return first, second


@composite(
    Sample("tensordot(A, B)", {"A": "2 n m", "B": "n m 3"}),
    Sample("tensordot(A, B, axes=1) + tensordot(A, B, ((1,), (0,)))", {"A": "n m", "B": "m 2"}),
    Sample("tensordot(A, B, axes=([0, 2], [1, 0]))", {"A": "n 2 m", "B": "m n"}),
    Sample("tensordot(x, y, 0) * tensordot(y, x, axes=(0, 0))", {"x": "n", "y": "n"}),
)
def tensordot(a: object, b: object, axes: Any = 2) -> Node:
    """Return the sum of products over pairs of axes.

    `axes` is how many of the last axes of `a` meet the first ones of `b`, or a pair of axes or
    of lists of axes. The other axes follow, those of `a` first.

    Raises ShapeError where axes that meet differ, ArgumentError for axes that do not exist.

    >>> import symdiff as sd
    >>> tensordot(sd.tensor("K", 2, "n", "m"), sd.matrix("B", "n", "m"))
    <einsum("ijk,jk->i", K, B) : (2,) float>
    """
    a, b = as_node(a), as_node(b)
    first, second = _axis_pairs(a, b, axes)
    right = list(range(a.ndim, a.ndim + b.ndim))
    for i, j in zip(first, second, strict=True):
        _same_length("tensordot", a, b, (a.shape[i], b.shape[j]))
        right[j] = i
    output = [i for i in (*range(a.ndim), *right) if i not in first]
    return summed_product([a, b], [tuple(range(a.ndim)), tuple(right)], tuple(output))


@composite(
    Sample("vecdot(A, B)", {"A": "n m", "B": "n m"}),
    Sample("vecdot(A, x)", {"A": "2 n 3", "x": "3"}),
    Sample("vecdot(A, B, axis=0)", {"A": "n m", "B": "n 1"}),
)
def vecdot(x1: object, x2: object, axis: int = -1) -> Node:
    """Return the sum of products over one axis of both, with broadcasting of the others.

    As in NumPy, a complex `x1` is conjugated.

    Raises ShapeError where the shapes do not fit, ArgumentError for a scalar.

    >>> import symdiff as sd
    >>> vecdot(sd.matrix("A", "n", "d"), sd.matrix("B", "n", "d"))
    <einsum("ij,ij->i", A, B) : (n,) float>
    """
    a, b = as_node(x1), as_node(x2)
    _check_ranks("vecdot", (a, 1), (b, 1))
    rows, columns = (_last(x, axis) for x in (a, b))
    _same_length("vecdot", a, b, (rows.shape[-1], columns.shape[-1]))
    return einsum("...i,...i->...", FUNCTIONS["conj"](rows), columns)


def _last(x: Node, axis: object) -> Node:
    """The array with one axis last."""
    places = normalize_axes(x, axis)
    if len(places) != 1:
        raise ArgumentError(f"`axis` is one axis such as -1, not {axis!r}")
    return _moved(x, places[0], x.ndim - 1)


@composite(
    Sample("matvec(A, x)", {"A": "n m", "x": "m"}),
    Sample("matvec(A, B)", {"A": "2 1 n m", "B": "3 m"}),
)
def matvec(x1: object, x2: object) -> Node:
    """Return the product of a matrix and a vector; leading axes of both broadcast.

    Raises ShapeError where the sizes differ, ArgumentError for too few axes.

    >>> import symdiff as sd
    >>> matvec(sd.matrix("A", "n", "m"), sd.matrix("B", "n", "m")).shape
    (n, n)
    """
    a, b = as_node(x1), as_node(x2)
    _check_ranks("matvec", (a, 2), (b, 1))
    _same_length("matvec", a, b, (a.shape[-1], b.shape[-1]))
    return einsum("...ij,...j->...i", a, b)


@composite(
    Sample("vecmat(x, A)", {"A": "n m", "x": "n"}),
    Sample("vecmat(B, A)", {"A": "2 1 n m", "B": "3 n"}),
)
def vecmat(x1: object, x2: object) -> Node:
    """Return the product of a vector and a matrix; leading axes of both broadcast.

    As in NumPy, a complex vector is conjugated.

    Raises ShapeError where the sizes differ, ArgumentError for too few axes.

    >>> import symdiff as sd
    >>> vecmat(sd.vector("x", "n"), sd.matrix("A", "n", "m"))
    <Aᵀ x : (m,) float>
    """
    a, b = as_node(x1), as_node(x2)
    _check_ranks("vecmat", (a, 1), (b, 2))
    _same_length("vecmat", a, b, (a.shape[-1], b.shape[-2]))
    return einsum("...i,...ij->...j", FUNCTIONS["conj"](a), b)


# The cross product ----------------------------------------------------------------------------


def _infer_cross(args: tuple[Node, ...], attrs: None) -> tuple[Shape, str]:
    for x in args:
        if not x.ndim or x.shape[-1] != 3:
            raise ShapeError(
                f"`cross` needs vectors of 3 components, not {describe(x)}; that of two components "
                "each is x[0]*y[1] - x[1]*y[0]"
            )
    return broadcast_shape("cross", args), numeric_kind("cross", args)


def _cross_transpose(node: Node, k: int, g: Node) -> Node:
    """ā = b × c̄ and b̄ = c̄ × a."""
    a, b = node.args
    sent = intern(CROSS, (b, g) if k == 0 else (g, a))
    return unbroadcast(sent, node.ndim, node.args[k].shape)


CROSS = Op(
    "cross",
    infer=_infer_cross,
    derivative=Linear(_cross_transpose),
    operations=lambda node: product_of((3, *node.shape)),
    numpy=call("np.cross", 2),
    text=call("cross", 2),
    pretty=call("cross", 2),
    latex=Template("{0:power} \\times {1:power}", MULTIPLY),
    rows=batched(1, 1),
    batch=in_front(1, 1),
    samples=(
        Sample("cross(x, y)", {"x": "3", "y": "3"}),
        Sample("cross(A, x) * cross(x, B)", {"A": "n 3", "B": "m 1 3", "x": "3"}),
        Sample("cross(A, B, axis=0)", {"A": "3 n", "B": "3 n"}),
        Sample("cross(A, B, axisa=0, axisc=0)", {"A": "3 n m", "B": "n m 3"}),
    ),
)


@function
def cross(
    a: object,
    b: object,
    axisa: int = -1,
    axisb: int = -1,
    axisc: int = -1,
    axis: int | None = None,
) -> Node:
    """Return the cross product of vectors of three components; leading axes broadcast.

    `axisa`, `axisb` and `axisc` say where the components are in the arguments and in the result;
    `axis` says all three. The cotangents are b × g and g × a.

    Raises ShapeError for vectors that do not have three components, ArgumentError for scalars and
    for axes that do not exist.

    >>> import symdiff as sd
    >>> x, y, z = (sd.vector(name, 3) for name in "xyz")
    >>> print(sd.grad(sd.dot(cross(x, y), z), x))
    cross(y, z)
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    first, second = as_node(a), as_node(b)
    _check_ranks("cross", (first, 1), (second, 1))
    result = intern(CROSS, (_last(first, axisa), _last(second, axisb)))
    places = normalize_axes(result, axisc)
    return _moved(result, result.ndim - 1, places[0])


# Chains ---------------------------------------------------------------------------------------


@composite(
    Sample("multi_dot([A, B, x])", {"A": "n m", "B": "m 2", "x": "2"}),
    Sample("multi_dot((x, A, B, y))", {"A": "n m", "B": "m 2", "x": "n", "y": "2"}),
    Sample("multi_dot([A, B, A])", {"A": "n m", "B": "m n"}),
)
def multi_dot(arrays: Sequence[object]) -> Node:
    """Return the product of a chain of matrices; the first and the last may be vectors.

    Generated code multiplies in the order with the fewest operations, whatever the parentheses.

    Raises ShapeError where the sizes differ, ArgumentError for fewer than two arrays, for one that
    is no matrix, and for a vector in the middle.

    >>> import symdiff as sd
    >>> A, B, x = sd.matrix("A", "n", "m"), sd.matrix("B", "m", "k"), sd.vector("x", "k")
    >>> sd.multi_dot([A, B, x])
    <A B x : (n,) float>
    """
    chain = [as_node(x) for x in arrays] if isinstance(arrays, (list, tuple)) else []
    if len(chain) < 2:
        raise ArgumentError(f"`multi_dot` needs a list of two arrays or more, not {arrays!r}")
    for place, x in enumerate(chain):
        inside = 0 < place < len(chain) - 1
        if x.ndim != 2 and (inside or x.ndim != 1):
            allowed = "" if inside else " or a vector"
            raise ArgumentError(f"`multi_dot` needs a matrix{allowed}, not {describe(x)}")
    for left, right in pairwise(chain):
        _same_length("multi_dot", left, right, (left.shape[-1], right.shape[0]))
    return reduce(matmul, chain)


# Equations between tensors --------------------------------------------------------------------


@composite(
    Sample(
        "tensorsolve(A + reshape(4*eye(6), (2, 3, 6)), B)", {"A": "2 3 6", "B": "2 3"}, -0.4, 0.4
    ),
    Sample("tensorsolve(A + reshape(4*eye(6), (6, 2, 3)), x)", {"A": "6 2 3", "x": "6"}, -0.4, 0.4),
)
def tensorsolve(a: object, b: object) -> Node:
    """Return the `x` with `tensordot(a, x, x.ndim) = b`; the first axes of `a` are those of `b`.

    Raises ShapeError where these do not make a square matrix.

    >>> import symdiff as sd
    >>> tensorsolve(sd.tensor("A", 2, 3, 6), sd.matrix("B", 2, 3)).shape
    (6,)
    """
    a, b = as_node(a), as_node(b)
    rest = a.shape[b.ndim :]
    rows, columns = product_of(b.shape), product_of(rest)
    if a.shape[: b.ndim] != b.shape or rows != columns:
        raise ShapeError(f"`tensorsolve` cannot solve {describe(a)} for {describe(b)}")
    return reshape(solve(reshape(a, (rows, columns)), reshape(b, rows)), rest)


@composite(
    Sample("tensorinv(A + reshape(4*eye(6), (2, 3, 6)), ind=2)", {"A": "2 3 6"}, -0.4, 0.4),
    Sample("tensorinv(A + reshape(4*eye(6), (6, 2, 3)), ind=1)", {"A": "6 2 3"}, -0.4, 0.4),
)
def tensorinv(a: object, ind: int = 2) -> Node:
    """Return the inverse of `tensordot` with `a`, whose first `ind` axes belong together.

    Raises ShapeError where these and the rest do not make a square matrix, ArgumentError for an
    `ind` that is not a number above 0.

    >>> import symdiff as sd
    >>> tensorinv(sd.tensor("A", 6, 2, 3), ind=1).shape
    (2, 3, 6)
    """
    a = as_node(a)
    if isinstance(ind, bool) or not isinstance(ind, int) or ind < 1:
        raise ArgumentError(f"`ind` of `tensorinv` is a whole number above 0, not {ind!r}")
    first, rest = a.shape[:ind], a.shape[ind:]
    rows, columns = product_of(first), product_of(rest)
    if rows != columns:
        raise ShapeError(
            f"`tensorinv` with ind={ind} cannot invert {describe(a)}: "
            f"{rows} entries differ from {columns}"
        )
    return reshape(inv(reshape(a, (rows, columns))), (*rest, *first))
