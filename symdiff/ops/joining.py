"""Joining arrays along an axis, old or new: concatenate, stack, and what is made of them."""

from __future__ import annotations

import operator
from functools import lru_cache
from itertools import accumulate
from typing import Any

from symdiff.dims import Shape, Size
from symdiff.errors import ArgumentError, ShapeError, describe
from symdiff.node import Node, intern
from symdiff.ops.batching import next_axis, with_attrs
from symdiff.ops.declare import promoted
from symdiff.ops.indexing import getitem
from symdiff.ops.leaves import INEXACT, as_node, numpy_type
from symdiff.ops.reads import moved
from symdiff.ops.rows import elementwise
from symdiff.ops.structure import normalize_axis, reshape
from symdiff.registry import FUNCTIONS, Linear, Op, Sample, composite, no_operations
from symdiff.template import Template

__all__ = [
    "concat",
    "concatenate",
    "stack",
]


# Along an axis ----------------------------------------------------------------------------------


def _infer_concatenated(args: tuple[Node, ...], axis: int) -> tuple[Shape, str]:
    shape = list(args[0].shape)
    for arg in args[1:]:
        _check_fits("concatenate", args[0], arg, axis)
        shape[axis] = shape[axis] + arg.shape[axis]
    return tuple(shape), promoted(args)


def _check_fits(name: str, first: Node, other: Node, along: int | None) -> None:
    """Refuse arrays whose shapes differ in an axis other than `along`."""
    if first.ndim != other.ndim:
        raise ShapeError(
            f"`{name}` needs arrays with equally many axes, not {describe(first)} "
            f"and {describe(other)}"
        )
    for axis, (a, b) in enumerate(zip(first.shape, other.shape, strict=True)):
        if a != b and axis != along:
            raise ShapeError(
                f"`{name}` cannot join {describe(first)} and {describe(other)}: "
                f"size {a} differs from size {b} on axis {axis}",
                (a, b),
            )


def _part(node: Node, k: int, g: Node) -> Node:
    """The slice of a cotangent that belongs to argument `k`."""
    axis = node.attrs
    start, stop = bounds_of_part(node, k)
    return getitem(g, (slice(None),) * (g.ndim - node.ndim + axis) + (slice(start, stop),))


def bounds_of_part(node: Node, k: int) -> tuple[Size, Size]:
    """Where argument `k` of a concatenation begins, and where the next one does."""
    bounds = _bounds(tuple(arg.shape[node.attrs] for arg in node.args))
    return bounds[k], bounds[k + 1]


@lru_cache(maxsize=1024)
def _bounds(sizes: Shape) -> Shape:
    return tuple(accumulate(sizes, operator.add, initial=0))


def _listed(node: Node) -> str:
    return ", ".join(f"{{{k}}}" for k in range(len(node.args)))


def _axis(node: Node) -> str:
    return f", axis={node.attrs}" if node.attrs else ""


def _joined_latex(name: str) -> Any:
    def form(node: Node) -> Template:
        axis = f"_{{{{\\mathrm{{{{axis}}}}\\,{node.attrs}}}}}" if node.attrs else ""
        return Template(f"\\operatorname{{{{{name}}}}}{axis}\\left({_listed(node)}\\right)")

    return form


def _joined_text(name: str) -> Any:
    """A tuple of one has a comma, without which it would be a group."""

    def form(node: Node) -> Template:
        comma = "," if len(node.args) == 1 else ""
        return Template(f"{name}(({_listed(node)}{comma}){_axis(node)})")

    return form


def _concatenated_rows(node: Node, axes: tuple[int | None, ...]) -> int | None:
    """All arguments must have the rows, as nothing stretches."""
    place = None if None in axes else elementwise(node, axes)
    return None if place == node.attrs else place


CONCATENATE = Op(
    "concatenate",
    infer=_infer_concatenated,
    attrs=int,
    derivative=Linear(_part),
    operations=no_operations,
    numpy=lambda node: Template(f"np.concatenate([{_listed(node)}]{_axis(node)})"),
    text=_joined_text("concatenate"),
    pretty=_joined_text("concatenate"),
    latex=_joined_latex("concatenate"),
    complex=True,
    rows=_concatenated_rows,
    reads=moved,
    batch=with_attrs(next_axis),
    samples=(
        Sample("concatenate((x, y)) * z", {"x": "n", "y": "m", "z": "n+m"}),
        Sample("concatenate((X, 2 * Y, X), axis=-1)", {"X": "2 n", "Y": "2 m"}),
        Sample("concatenate((X, x), axis=None)", {"X": "n m", "x": ""}),
        Sample(
            "concatenate((x, k, b))",
            {"x": "n", "k": "2", "b": "n"},
            kinds={"k": "int", "b": "bool"},
        ),
    ),
)


def concatenate(arrays: object, axis: object = 0) -> Node:
    """Return arrays joined along an axis; with `axis=None`, their entries one after the other.

    Raises ShapeError for arrays that differ along another axis, ArgumentError for no arrays, for a
    scalar among them, or for an axis that does not exist.

    >>> import symdiff as sd
    >>> sd.concatenate([sd.vector("x", "n"), sd.vector("y", "m")])
    <concatenate((x, y)) : (m + n,) float>
    """
    nodes = as_arrays("concatenate", arrays)
    if axis is None:
        return concatenate([reshape(node, -1) for node in nodes])
    for node in nodes:
        if not node.ndim:
            raise ArgumentError(
                f"`concatenate` needs arrays with an axis, not {describe(node)}; use sd.stack"
            )
    place = normalize_axis(nodes[0], axis)
    return nodes[0] if len(nodes) == 1 else intern(CONCATENATE, tuple(nodes), place)


FUNCTIONS["concatenate"] = concatenate


def as_arrays(name: str, arrays: object) -> list[Node]:
    """The arrays that a function is to join: of a list, or along the first axis of one array.

    Raises ArgumentError for an empty list, and for an array whose first axis has no number.
    """
    if isinstance(arrays, Node) and not (arrays.shape and isinstance(arrays.shape[0], int)):
        raise ArgumentError(f"`{name}` needs a list of arrays, not {describe(arrays)}")
    try:
        nodes = [as_node(array) for array in arrays]  # type: ignore[attr-defined]
    except TypeError as error:
        if isinstance(error, ArgumentError):
            raise
        raise ArgumentError(f"`{name}` needs a list of arrays, not {arrays!r}") from None
    if not nodes:
        raise ArgumentError(f"`{name}` needs at least one array")
    return nodes


@composite(Sample("concat((x, y))", {"x": "n", "y": "m"}))
def concat(arrays: object, axis: object = 0) -> Node:
    """Return `concatenate(arrays, axis)`, the name of the array API standard.

    >>> import symdiff as sd
    >>> sd.concat([sd.vector("x", "n"), sd.vector("y", "n")]).shape
    (2*n,)
    """
    return concatenate(arrays, axis)


# Along a new axis -------------------------------------------------------------------------------


def _infer_stacked(args: tuple[Node, ...], axis: int) -> tuple[Shape, str]:
    for arg in args[1:]:
        _check_fits("stack", args[0], arg, None)
    shape = args[0].shape
    return (*shape[:axis], len(args), *shape[axis:]), promoted(args)


def _layer(node: Node, k: int, g: Node) -> Node:
    """The layer of a cotangent that belongs to argument `k`."""
    return getitem(g, (slice(None),) * (g.ndim - node.ndim + node.attrs) + (k,))


def _stack_numpy(node: Node) -> Template:
    if node.ndim > 1:
        return Template(f"np.stack([{_listed(node)}]{_axis(node)})")
    dtype = f", dtype={numpy_type(node.dtype)}" if node.dtype in INEXACT else ""
    return Template(f"np.array([{_listed(node)}]{dtype})")


def _stack_python(node: Node) -> Template | None:
    """A list, nested for rows: the array is made of it at once, where it is needed."""
    return Template(f"[{_listed(node)}]") if node.attrs == 0 else None


def _stacked_rows(node: Node, axes: tuple[int | None, ...]) -> int | None:
    place = None if None in axes else elementwise(node, axes)
    return None if place is None else place + (place >= node.attrs)


STACK = Op(
    "stack",
    infer=_infer_stacked,
    attrs=int,
    derivative=Linear(_layer),
    operations=no_operations,
    numbers=True,
    numpy=_stack_numpy,
    python=_stack_python,
    text=_joined_text("stack"),
    pretty=_joined_text("stack"),
    latex=_joined_latex("stack"),
    complex=True,
    rows=_stacked_rows,
    reads=moved,
    batch=with_attrs(next_axis),
    samples=(
        Sample("stack((x, y, x))", {"x": "n", "y": "n"}),
        Sample("stack((X, Y), axis=-1) * 2", {"X": "n m", "Y": "n m"}),
        Sample(
            "stack((a, 1, b, 0.5, k, n)) * x + y[0]",
            {"a": "", "b": "", "k": "", "x": "6", "y": "n"},
            kinds={"k": "int"},
        ),
        Sample("stack((x, k), axis=1)", {"x": "n", "k": "n"}, kinds={"k": "int"}),
    ),
)


def stack(arrays: object, axis: object = 0) -> Node:
    """Return arrays of one shape joined along a new axis, which the result has at `axis`.

    Of scalars it makes a vector, as `np.array` does.

    Raises ShapeError for arrays whose shapes differ, ArgumentError for none.

    >>> import symdiff as sd
    >>> a, b = sd.scalar("a"), sd.scalar("b")
    >>> sd.stack([a, b, a * b])
    <stack((a, b, a b)) : (3,) float>
    """
    nodes = as_arrays("stack", arrays)
    place = new_axis(axis, nodes[0].ndim + 1)
    return intern(STACK, tuple(nodes), place)


FUNCTIONS["stack"] = stack


def new_axis(axis: object, rank: int) -> int:
    """The place of a new axis in a result that has `rank` axes."""
    try:
        place = int(axis.__index__())  # type: ignore[attr-defined]
    except (AttributeError, TypeError):
        raise ArgumentError(f"an axis must be an int, not {axis!r}") from None
    if not -rank <= place < rank:
        raise ArgumentError(f"axis {place} does not exist in the result, which has {rank} axes")
    return place % rank
