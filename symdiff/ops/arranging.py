"""Rearranging entries along axes: rolling, flipping, rotating."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from symdiff.dims import Size
from symdiff.errors import ArgumentError
from symdiff.node import Node, intern
from symdiff.ops.axes import ravel
from symdiff.ops.batching import next_axes, with_attrs
from symdiff.ops.contraction import transpose
from symdiff.ops.indexing import getitem
from symdiff.ops.leaves import as_node, whole_number
from symdiff.ops.reads import moved
from symdiff.ops.rows import beside
from symdiff.ops.sizes import sizes_text, symbolic
from symdiff.ops.structure import (
    axis_subscript,
    latex_sizes,
    normalize_axes,
    normalize_axis,
    reshape,
)
from symdiff.registry import FUNCTIONS, Linear, Op, Sample, composite, no_operations
from symdiff.template import Template

__all__ = [
    "flip",
    "fliplr",
    "flipud",
    "roll",
    "rot90",
]


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
    attrs=Shifts,
    derivative=Linear(_roll_transpose),
    operations=no_operations,
    numpy=_roll_form("np.", spaces=True),
    text=_roll_form(""),
    pretty=_roll_form(""),
    latex=_roll_latex,
    sizes=lambda node: symbolic(node.attrs.places),
    complex=True,
    rows=beside(lambda node: node.attrs.axes),
    reads=moved,
    batch=with_attrs(lambda shifts: shifts._replace(axes=next_axes(shifts.axes))),
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
        place = normalize_axis(x, wanted[k % len(wanted)])
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
    plane = normalize_axes(x, axes, ordered=False)
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
