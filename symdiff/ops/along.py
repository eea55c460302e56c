"""Taking one entry per line of an axis: `take`, `take_along_axis` and its transpose."""

from __future__ import annotations

from symdiff.dims import Shape, Size, broadcast, product, spaced
from symdiff.errors import ArgumentError, ShapeError, describe
from symdiff.node import Node, intern
from symdiff.ops import advanced
from symdiff.ops.batching import next_axis, with_attrs
from symdiff.ops.gather import gather, place_requirements, scatter_add
from symdiff.ops.indexing import getitem
from symdiff.ops.leaves import as_node, eye, size_of
from symdiff.ops.reads import gathered, moved
from symdiff.ops.rows import beside, elementwise
from symdiff.ops.structure import expand_dims, normalize_axis, reshape, unbroadcast
from symdiff.registry import Fold, Linear, Op, Sample, composite, function, no_operations
from symdiff.template import Template

__all__ = ["add_along_axis", "one_hot", "take", "take_along_axis"]

_INT = {"i": "int"}


# Whole slices -------------------------------------------------------------------------------------


@composite(
    Sample("take(X, i, axis=1) * take(X, [0, -1], axis=-1)", {"X": "n 4", "i": "2"}, kinds=_INT),
    Sample("take(X, i)", {"X": "2 4", "i": "n m"}, kinds=_INT),
)
def take(x: object, indices: object, axis: int | None = None, mode: str = "raise") -> Node:
    """Return `x[indices]` along an axis; of all entries in C order if `axis` is None.

    Raises ArgumentError for a `mode` other than "raise", ShapeError for a place that does not
    exist.

    >>> import symdiff as sd
    >>> take(sd.matrix("X", "n", 4), [0, 2], axis=1)
    <X[:, [0, 2]] : (n, 2) float>
    """
    if mode != "raise":
        raise ArgumentError(f"`take` refuses places that do not exist; mode={mode!r} is not known")
    x = as_node(x)
    if axis is None:
        return getitem(reshape(x, -1), (indices,))
    place = normalize_axis(x, axis)
    return getitem(x, (*[slice(None)] * place, indices))


@composite(Sample("one_hot(i, 4) * x", {"x": "n 4", "i": "n"}, kinds=_INT))
def one_hot(indices: object, n: object) -> Node:
    """Return rows of the unit matrix with `n` rows: a new last axis, with 1 at each index.

    >>> import symdiff as sd
    >>> sd.evaluate(one_hot([2, 0], 3))
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    return getitem(eye(size_of(n)), (indices,))


# One entry per line -------------------------------------------------------------------------------


def _infer_take(args: tuple[Node, ...], axis: int) -> tuple[Shape, str]:
    x, indices = args
    return _with_size(_lines(x, indices, axis), axis, indices.shape[axis]), x.dtype


def _lines(x: Node, indices: Node, axis: int) -> Shape:
    """The common shape of two arrays, which broadcast apart from `axis`."""
    try:
        return broadcast(_with_size(x.shape, axis, 1), _with_size(indices.shape, axis, 1))
    except ShapeError as error:
        raise ShapeError(
            f"`take_along_axis` along axis {axis} cannot broadcast {describe(x)} with "
            f"{describe(indices)}: {error}",
            error.clash,
        ) from None


def _with_size(shape: Shape, axis: int, size: Size) -> Shape:
    return (*shape[:axis], size, *shape[axis + 1 :])


def _take_transpose(node: Node, k: int, g: Node) -> Node | None:
    if k:
        return None
    x, indices = node.args
    return unbroadcast(added_along(g, indices, node.attrs, x.shape[node.attrs]), node.ndim, x.shape)


def _take_rows(node: Node, axes: tuple[int | None, ...]) -> int | Fold | None:
    """Lines are taken each by itself, and each index of a line that is whole."""
    if axes == (None, node.attrs):
        return int(node.attrs)
    return beside(lambda node: (node.attrs,))(node, axes)


TAKE_ALONG = Op(
    "take_along_axis",
    infer=_infer_take,
    attrs=int,
    derivative=Linear(_take_transpose),
    numpy=lambda node: Template(f"np.take_along_axis({{0}}, {{1}}, axis={node.attrs})"),
    text=lambda node: Template(f"take_along_axis({{0}}, {{1}}, axis={node.attrs})"),
    pretty=lambda node: Template(f"take_along_axis({{0}}, {{1}}, axis={node.attrs})"),
    latex=lambda node: Template(
        f"\\operatorname{{{{take}}}}_{{{{{node.attrs}}}}}\\left({{0}}, {{1}}\\right)"
    ),
    indices=lambda node: (node.args[0].shape[node.attrs],),
    requires=place_requirements,
    operations=no_operations,
    complex=True,
    rows=_take_rows,
    reads=moved,
    batch=with_attrs(next_axis),
    samples=(
        Sample("take_along_axis(X, i, axis=1)", {"X": "n 4", "i": "n m"}, kinds=_INT),
        Sample("take_along_axis(X, i, axis=0)", {"X": "4 1", "i": "n m"}, kinds=_INT),
        Sample("take_along_axis(K, i, -2)", {"K": "m 4 n", "i": "1 2 1"}, kinds=_INT),
        Sample(
            "take_along_axis(x, i, 0) + take_along_axis(X, i, None)",
            {"x": "4", "X": "2 2", "i": "m"},
            kinds=_INT,
        ),
    ),
)


@function
def take_along_axis(x: object, indices: object, axis: int | None) -> Node:
    """Return for each line along `axis` the entries of `x` at the indices of that line.

    `x` and `indices` have as many axes and broadcast apart from `axis`; with None, all entries in
    C order are one line.

    Raises ArgumentError for indices that are no whole numbers or have other axes, ShapeError for
    shapes that do not broadcast and places that do not exist.

    >>> import symdiff as sd
    >>> Z, label = sd.matrix("Z", "n", 10), sd.vector("label", "n", dtype="int")
    >>> take_along_axis(Z, label[:, None], axis=1).shape
    (n, 1)
    """
    x, places = as_node(x), advanced.as_places(indices)
    if axis is None:
        x, axis = reshape(x, -1), 0
    along = normalize_axis(x, axis)
    if places.ndim != x.ndim:
        raise ArgumentError(
            f"`take_along_axis` needs indices with as many axes as {describe(x)}, "
            f"not {describe(places)}"
        )
    return taken_along(x, advanced.within(x, along, places), along)


def taken_along(x: Node, indices: Node, axis: int) -> Node:
    """`take_along_axis`, which for vectors is `x[indices]`; `x` may have leading axes more."""
    if indices.ndim == 1:
        return gather(x, (indices,), x.ndim - 1)
    lead = x.ndim - indices.ndim
    return intern(TAKE_ALONG, (x, expanded(indices, lead)), lead + axis)


def expanded(indices: Node, lead: int) -> Node:
    """Indices with leading axes of size 1."""
    return expand_dims(indices, tuple(range(lead))) if lead else indices


# Its transpose ------------------------------------------------------------------------------------


def _infer_add(args: tuple[Node, ...], attrs: tuple[int, Size]) -> tuple[Shape, str]:
    values, indices = args
    axis, size = attrs
    try:
        shape = broadcast(values.shape, indices.shape)
    except ShapeError as error:
        raise ShapeError(
            f"`add_along_axis` cannot broadcast {describe(values)} with {describe(indices)}: "
            f"{error}",
            error.clash,
        ) from None
    return _with_size(shape, axis, size), values.dtype


def _add_transpose(node: Node, k: int, g: Node) -> Node | None:
    if k:
        return None
    values, indices = node.args
    return unbroadcast(taken_along(g, indices, node.attrs[0]), node.ndim, values.shape)


def _add_text(node: Node) -> Template:
    axis, size = node.attrs
    return Template(f"add_along_axis({{0}}, {{1}}, {axis}, {size})")


def _add_numpy(node: Node) -> Template:
    axis, size = node.attrs
    return Template(f"_add_along_axis({{0}}, {{1}}, {axis}, {spaced(size)})")


def _add_rows(node: Node, axes: tuple[int | None, ...]) -> int | Fold | None:
    """Lines are added up each by itself, and the values along one in parts."""
    place = elementwise(node, axes)
    return Fold.ADD if place == node.attrs[0] else place


ADD_ALONG = Op(
    "add_along_axis",
    infer=_infer_add,
    attrs=tuple[int, Size],
    derivative=Linear(_add_transpose),
    numpy=_add_numpy,
    text=_add_text,
    pretty=_add_text,
    latex=lambda node: Template(
        f"\\operatorname{{{{add}}}}_{{{{{node.attrs[0]}}}}}\\left({{0}}, {{1}}\\right)"
    ),
    indices=lambda node: (node.attrs[1],),
    requires=place_requirements,
    operations=lambda node: product(node.args[0].shape),
    complex=True,
    rows=_add_rows,
    reads=gathered,
    batch=with_attrs(lambda target: (target[0] + 1, target[1])),
    samples=(
        Sample("add_along_axis(X, i, 1, 4)", {"X": "n m", "i": "n m"}, kinds=_INT),
        Sample("add_along_axis(X, i, 0, 3)", {"X": "n 1", "i": "n m"}, kinds=_INT),
    ),
)


@function
def add_along_axis(values: object, indices: object, axis: int, size: object) -> Node:
    """Return zeros, of that size along `axis`, with values added at the indices of each line.

    This is the transpose of `take_along_axis`; indices may repeat.

    >>> import symdiff as sd
    >>> sd.evaluate(add_along_axis([[1.0, 2.0, 4.0]], [[0, 2, 0]], 1, 3))
    array([[5., 0., 2.]])
    """
    node, places = as_node(values), advanced.as_places(indices)
    along = normalize_axis(places, axis)
    if node.ndim != places.ndim:
        raise ArgumentError(
            f"`add_along_axis` needs indices with as many axes as {describe(node)}, "
            f"not {describe(places)}"
        )
    return added_along(node, places, along, size_of(size))


def added_along(values: Node, indices: Node, axis: int, size: Size) -> Node:
    """`add_along_axis`; `values` may have leading axes more than `indices`."""
    lead = values.ndim - indices.ndim
    if indices.ndim == 1 and values.shape[-1] == indices.shape[0]:
        return scatter_add(values, (indices,), lead, (size,))
    return intern(ADD_ALONG, (values, expanded(indices, lead)), (lead + axis, size))
