"""Rearranging entries along axes: rolling, flipping, rotating, tiling, repeating."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from symdiff.dims import Dim, Shape, Size, is_at_least_zero, spaced, spaced_shape
from symdiff.errors import ArgumentError, ShapeError, describe, shape_text
from symdiff.node import Node, intern
from symdiff.ops.axes import ravel
from symdiff.ops.contraction import contract, sum, transpose
from symdiff.ops.indexing import getitem
from symdiff.ops.leaves import as_node, constant, whole_number
from symdiff.ops.structure import axis_subscript, latex_sizes, normalize_axes, reshape
from symdiff.registry import FUNCTIONS, Linear, Op, Requirement, Sample, composite, no_operations
from symdiff.template import Template

__all__ = [
    "flip",
    "fliplr",
    "flipud",
    "repeat",
    "roll",
    "rot90",
    "tile",
]


def sizes_text(sizes: Sequence[Size], spaces: bool = False) -> str:
    """One size as it is, several as a tuple; with the spaces of formatted source, or without."""
    if len(sizes) == 1:
        return spaced(sizes[0]) if spaces else str(sizes[0])
    return spaced_shape(tuple(sizes)) if spaces else shape_text(tuple(sizes))


def symbolic(sizes: Sequence[Size]) -> tuple[Size, ...]:
    """Those of some sizes that are no numbers."""
    return tuple(size for size in sizes if isinstance(size, Dim))


def not_negative(reason: str, sizes: Sequence[Size]) -> tuple[Requirement, ...]:
    """The requirement that symbolic sizes such as `n - 1` are not negative."""
    doubtful = (size for size in symbolic(sizes) if not is_at_least_zero(size))
    return tuple(Requirement(size, 0, reason) for size in doubtful)


# Rolling ----------------------------------------------------------------------------------------


class Shifts(NamedTuple):
    """By how many places entries move, along which axes; round the end to the beginning."""

    places: tuple[Size, ...]
    axes: tuple[int, ...]


def _roll_transpose(node: Node, k: int, g: Node) -> Node:
    lead = g.ndim - node.ndim
    back = tuple(0 - place for place in node.attrs.places)
    return intern(ROLL, (g,), Shifts(back, tuple(lead + axis for axis in node.attrs.axes)))


def _roll_form(prefix: str, spaces: bool = False) -> Any:
    def form(node: Node) -> Template:
        shifts: Shifts = node.attrs
        places = sizes_text(shifts.places, spaces)
        axes = "" if node.ndim == 1 else f", axis={sizes_text(shifts.axes)}"
        return Template(f"{prefix}roll({{0}}, {places}{axes})")

    return form


def _roll_latex(node: Node) -> Template:
    axes = axis_subscript(node.attrs.axes, node.ndim)
    places = latex_sizes(sizes_text(node.attrs.places))
    return Template(f"\\operatorname{{{{roll}}}}{axes}\\left({{0}}, {places}\\right)")


ROLL = Op(
    "roll",
    infer=lambda args, shifts: (args[0].shape, args[0].dtype),
    derivative=Linear(_roll_transpose),
    operations=no_operations,
    numpy=_roll_form("np.", spaces=True),
    text=_roll_form(""),
    pretty=_roll_form(""),
    latex=_roll_latex,
    sizes=lambda node: symbolic(node.attrs.places),
    samples=(
        Sample("roll(x, 1) * x + roll(x, -5)", {"x": "n"}),
        Sample("roll(X, 1, axis=1) * roll(X, (1, 2), axis=(0, 1))", {"X": "n m"}),
        Sample("roll(X, 1) * X + roll(X, m, axis=-2)", {"X": "n m"}),
    ),
)


def roll(x: object, shift: object, axis: object = None) -> Node:
    """Return `x` with its entries moved by `shift` places, round the end to the beginning.

    Several shifts and axes are paired as NumPy pairs them. Without an axis, all entries are rolled
    as if they stood in a row.

    >>> import symdiff as sd
    >>> sd.roll(sd.vector("x", "n"), 1)
    <roll(x, 1) : (n,) float>
    """
    x = as_node(x)
    if axis is None:
        return reshape(roll(ravel(x), shift, 0), x.shape) if x.ndim != 1 else roll(x, shift, 0)
    many = shift if isinstance(shift, (tuple, list)) else [shift]
    wanted = axis if isinstance(axis, (tuple, list)) else [axis]
    if len(many) != len(wanted) and 1 not in (len(many), len(wanted)):
        raise ArgumentError(f"`roll` cannot pair {len(many)} shifts with {len(wanted)} axes")
    count = max(len(many), len(wanted)) if many and wanted else 0
    moves: dict[int, Size] = {}
    for k in range(count):
        (place,) = normalize_axes(x, wanted[k % len(wanted)])
        moves[place] = moves.get(place, 0) + whole_number(many[k % len(many)])
    kept = sorted((place, move) for place, move in moves.items() if move != 0)
    if not kept:
        return x
    return intern(ROLL, (x,), Shifts(tuple(m for _, m in kept), tuple(p for p, _ in kept)))


FUNCTIONS["roll"] = roll


# Flipping ---------------------------------------------------------------------------------------


@composite(
    Sample("flip(x) * x", {"x": "n"}),
    Sample("flip(X) + flip(X, axis=-1) * flip(X, axis=(0,))", {"X": "n m"}),
)
def flip(x: object, axis: object = None) -> Node:
    """Return `x` with its entries in reverse order along `axis`, or along all axes.

    >>> import symdiff as sd
    >>> sd.flip(sd.matrix("X", "n", "m"), 1)
    <X[:, ::-1] : (n, m) float>
    """
    x = as_node(x)
    axes = normalize_axes(x, axis)
    last = max(axes, default=-1)
    return getitem(x, tuple(slice(None, None, -1 if k in axes else 1) for k in range(last + 1)))


@composite(Sample("fliplr(X) * X", {"X": "n m"}))
def fliplr(x: object) -> Node:
    """Return `x` with its second axis reversed.

    >>> import symdiff as sd
    >>> sd.fliplr(sd.matrix("X", "n", "m"))
    <X[:, ::-1] : (n, m) float>
    """
    return flip(x, 1)


@composite(Sample("flipud(X) * X", {"X": "n m"}))
def flipud(x: object) -> Node:
    """Return `x` with its first axis reversed.

    >>> import symdiff as sd
    >>> sd.flipud(sd.matrix("X", "n", "m"))
    <X[::-1] : (n, m) float>
    """
    return flip(x, 0)


@composite(
    Sample("rot90(X) * Y + rot90(X, -1) + rot90(X, 5)", {"X": "n m", "Y": "m n"}),
    Sample("rot90(K, 2, axes=(2, 0)) + rot90(K, 4)", {"K": "2 n 3"}),
)
def rot90(x: object, k: int = 1, axes: Sequence[int] = (0, 1)) -> Node:
    """Return `x` turned `k` times by a right angle, from the first of two axes to the second.

    Raises ArgumentError unless there are two different axes.

    >>> import symdiff as sd
    >>> sd.rot90(sd.matrix("X", "n", "m")).shape
    (m, n)
    """
    x = as_node(x)
    plane = normalize_axes(x, tuple(axes), ordered=False)
    if len(plane) != 2:
        raise ArgumentError(f"`rot90` turns a plane of two axes, not {len(plane)}")
    order = list(range(x.ndim))
    order[plane[0]], order[plane[1]] = plane[1], plane[0]
    match k % 4:
        case 1:
            return transpose(flip(x, plane[1]), order)
        case 2:
            return flip(x, plane)
        case 3:
            return flip(transpose(x, order), plane[1])
    return x


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


TILE = Op(
    "tile",
    infer=_infer_tile,
    derivative=Linear(_tile_transpose),
    operations=no_operations,
    numpy=_tile_form("np.", spaces=True),
    text=_tile_form(""),
    pretty=_tile_form(""),
    latex=_tile_latex,
    requires=lambda node: not_negative("a number of copies", node.attrs),
    sizes=lambda node: symbolic(node.attrs),
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
    derivative=Linear(_repeat_transpose),
    operations=no_operations,
    numpy=_repeat_form("np.", spaces=True),
    text=_repeat_form(""),
    pretty=_repeat_form(""),
    latex=_repeat_latex,
    requires=lambda node: not_negative("a number of repeats", _symbolic_count(node)),
    sizes=_symbolic_count,
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
    (place,) = normalize_axes(x, axis)
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
