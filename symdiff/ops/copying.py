"""Copies of entries: whole arrays side by side, or each entry as often as it is wanted."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from symdiff.dims import Dim, Shape, Size, is_at_least_zero
from symdiff.errors import ArgumentError, ShapeError, describe
from symdiff.node import Node, intern
from symdiff.ops.axes import ravel
from symdiff.ops.batching import along_next_axis, with_attrs, with_rank
from symdiff.ops.contraction import contract, sum
from symdiff.ops.leaves import as_node, constant, whole_number
from symdiff.ops.reads import moved
from symdiff.ops.rows import beside
from symdiff.ops.sizes import not_negative, sizes_text, symbolic
from symdiff.ops.structure import axis_subscript, latex_sizes, normalize_axis, reshape
from symdiff.registry import FUNCTIONS, Linear, Op, Sample, no_operations
from symdiff.template import Template

__all__ = [
    "repeat",
    "tile",
]


# Tiling -----------------------------------------------------------------------------------------


def _tiled(shape: Shape, times: Shape) -> list[tuple[Size, Size]]:
    """For each axis of a tiled array how many copies it has, and how long each is."""
    padded = (1,) * (len(times) - len(shape)) + shape
    return list(zip(times, padded, strict=True))


def _infer_tile(args: tuple[Node, ...], times: Shape) -> tuple[Shape, str]:
    pairs = _tiled(args[0].shape, times)
    return tuple(size if copies == 1 else copies * size for copies, size in pairs), args[0].dtype


def _tile_transpose(node: Node, k: int, g: Node) -> Node:
    """Add up the copies."""
    lead = g.shape[: g.ndim - node.ndim]
    pairs = _tiled(node.args[0].shape, node.attrs)
    copies = reshape(g, (*lead, *(size for pair in pairs for size in pair)))
    total = sum(copies, tuple(range(len(lead), copies.ndim, 2)))
    return reshape(total, (*lead, *node.args[0].shape))


def _tile_form(prefix: str, spaces: bool = False) -> Any:
    return lambda node: Template(f"{prefix}tile({{0}}, {sizes_text(node.attrs, spaces)})")


def _tile_latex(node: Node) -> Template:
    times = latex_sizes(sizes_text(node.attrs))
    return Template(f"\\operatorname{{{{tile}}}}\\left({{0}}, {times}\\right)")


def _tile_rows(node: Node, axes: tuple[int | None, ...]) -> int | None:
    (axis,) = axes
    assert axis is not None
    place = node.ndim - node.args[0].ndim + axis
    return place if node.attrs[place] == 1 else None


def _tile_batch(node: Node, args: tuple[Node, ...]) -> Node:
    (own,), (arg,) = node.args, args
    return intern(TILE, (with_rank(own, arg, node.ndim),), (1, *node.attrs))


TILE = Op(
    "tile",
    infer=_infer_tile,
    attrs=Shape,
    derivative=Linear(_tile_transpose),
    operations=no_operations,
    numpy=_tile_form("np.", spaces=True),
    text=_tile_form(""),
    pretty=_tile_form(""),
    latex=_tile_latex,
    requires=lambda node: not_negative("a number of copies", node.attrs),
    sizes=lambda node: symbolic(node.attrs),
    complex=True,
    rows=_tile_rows,
    reads=moved,
    batch=_tile_batch,
    samples=(
        Sample("tile(x, 2) * y", {"x": "n", "y": "2*n"}),
        Sample("tile(X, (2, 1, 3)) + tile(a, 3)", {"X": "n m", "a": "m"}),
        Sample("tile(X, m) * tile(b, (n, 1)) * sum(y)", {"X": "n 2", "y": "m", "b": ""}),
    ),
)


def tile(x: object, reps: object) -> Node:
    """Return copies of `x` side by side, `reps` along each axis, counted from the last.

    Raises ArgumentError for a number of copies that is negative.

    >>> import symdiff as sd
    >>> sd.tile(sd.vector("x", "n"), (2, 3)).shape
    (2, 3*n)
    """
    x = as_node(x)
    times = tuple(_copies(r) for r in (reps if isinstance(reps, (tuple, list)) else [reps]))
    times = (1,) * (x.ndim - len(times)) + times
    if all(copies == 1 for copies in times):
        return reshape(x, (*(1 for _ in range(len(times) - x.ndim)), *x.shape))
    return intern(TILE, (x,), times)


FUNCTIONS["tile"] = tile


def _copies(value: object) -> Size:
    copies = whole_number(value)
    if is_at_least_zero(-1 - copies):
        raise ArgumentError(f"a number of copies cannot be negative: {copies}")
    return copies


# Repeating --------------------------------------------------------------------------------------


class Repeats(NamedTuple):
    """How often each entry along an axis is repeated: all as often, or each as it says."""

    counts: Size | tuple[int, ...]
    axis: int


def _infer_repeat(args: tuple[Node, ...], repeats: Repeats) -> tuple[Shape, str]:
    shape = list(args[0].shape)
    counts, axis = repeats
    shape[axis] = int(np.sum(counts)) if isinstance(counts, tuple) else shape[axis] * counts
    return tuple(shape), args[0].dtype


def _repeat_transpose(node: Node, k: int, g: Node) -> Node:
    """Add up the repetitions."""
    (counts, axis), lead = node.attrs, g.ndim - node.ndim
    place = lead + axis
    if isinstance(counts, tuple):
        owner = np.repeat(np.arange(len(counts)), counts)
        chooses = constant((owner == np.arange(len(counts))[:, None]).astype(float))
        indices = tuple(range(g.ndim))
        output = tuple(g.ndim if i == place else i for i in indices)
        return contract([g, chooses], [indices, (g.ndim, place)], output)
    size = node.args[0].shape[axis]
    return sum(reshape(g, (*g.shape[:place], size, counts, *g.shape[place + 1 :])), place + 1)


def _repeat_form(prefix: str, spaces: bool = False) -> Any:
    def form(node: Node) -> Template:
        counts, axis = node.attrs
        text = str(list(counts)) if isinstance(counts, tuple) else sizes_text([counts], spaces)
        where = "" if node.ndim == 1 else f", axis={axis}"
        return Template(f"{prefix}repeat({{0}}, {text}{where})")

    return form


def _repeat_latex(node: Node) -> Template:
    counts, axis = node.attrs
    text = latex_sizes(str(counts))
    subscript = axis_subscript((axis,), node.ndim)
    return Template(f"\\operatorname{{{{repeat}}}}{subscript}\\left({{0}}, {text}\\right)")


def _symbolic_count(node: Node) -> tuple[Size, ...]:
    counts = node.attrs.counts
    return () if isinstance(counts, tuple) else symbolic([counts])


REPEAT = Op(
    "repeat",
    infer=_infer_repeat,
    attrs=Repeats,
    derivative=Linear(_repeat_transpose),
    operations=no_operations,
    numpy=_repeat_form("np.", spaces=True),
    text=_repeat_form(""),
    pretty=_repeat_form(""),
    latex=_repeat_latex,
    requires=lambda node: not_negative("a number of repeats", _symbolic_count(node)),
    sizes=_symbolic_count,
    complex=True,
    rows=beside(lambda node: (node.attrs.axis,)),
    reads=moved,
    batch=with_attrs(along_next_axis),
    samples=(
        Sample("repeat(x, 2) * y", {"x": "n", "y": "2*n"}),
        Sample("repeat(X, 3, axis=-1) * y + sum(repeat(X, 2)**2)", {"X": "4 n", "y": "4 1"}),
        Sample("repeat(X, m, axis=0) + z", {"X": "n 2", "z": "m 1 1"}),
        Sample("repeat(X, [2, 0, 1], axis=1) * 2", {"X": "n 3"}),
    ),
)


def repeat(x: object, repeats: object, axis: object = None) -> Node:
    """Return `x` with each entry along `axis` repeated; without an axis, of all entries in a row.

    `repeats` is one number, which may be symbolic, or a list of ints, one for each entry.

    Raises ShapeError for a list of another length than the axis.

    >>> import symdiff as sd
    >>> sd.repeat(sd.vector("x", "n"), 2).shape, sd.repeat(sd.vector("x", 2), [1, 3]).shape
    ((2*n,), (4,))
    """
    x = as_node(x)
    if axis is None:
        return repeat(ravel(x), repeats, 0)
    place = normalize_axis(x, axis)
    counts = _repetitions(repeats)
    size = x.shape[place]
    if isinstance(counts, tuple) and len(counts) == 1:
        counts = counts[0]
    if isinstance(counts, tuple) and size != len(counts):
        raise ShapeError(
            f"`repeat` has {len(counts)} numbers for axis {place} of {describe(x)}, "
            f"whose size is {size}",
            (size, len(counts)),
        )
    return x if counts == 1 else intern(REPEAT, (x,), Repeats(counts, place))


FUNCTIONS["repeat"] = repeat


def _repetitions(repeats: object) -> Size | tuple[int, ...]:
    if isinstance(repeats, np.ndarray) and repeats.ndim == 1:
        repeats = repeats.tolist()
    if not isinstance(repeats, (tuple, list)):
        return _copies(repeats)
    counts = [_copies(each) for each in repeats]
    if any(isinstance(each, Dim) for each in counts):
        raise ArgumentError("`repeat` takes one symbolic number, or a list of ints")
    return tuple(each for each in counts if isinstance(each, int))
