"""Rules for batches of medians and quantiles."""

from __future__ import annotations

from symdiff.dims import product
from symdiff.node import Node, intern
from symdiff.ops.axes import moveaxis
from symdiff.ops.batching import Args, composed, is_mapped, next_axes
from symdiff.ops.choices import where
from symdiff.ops.contraction import transpose
from symdiff.ops.gather import gather
from symdiff.ops.indexing import getitem
from symdiff.ops.interpolation import searchsorted
from symdiff.ops.kinks import maximum, minimum
from symdiff.ops.leaves import size
from symdiff.ops.logic import isnan
from symdiff.ops.rounding import rint
from symdiff.ops.sorting import sort
from symdiff.ops.steps import ceil, floor, stop_gradient
from symdiff.ops.structure import expand_dims, reshape
from symdiff.registry import FUNCTIONS

Axes = tuple[int, ...]


def _merged(x: Node, axes: Axes) -> tuple[Node, Axes]:
    """An array with one axis, the last, for several: over these NumPy refuses an empty batch."""
    if len(axes) == 1:
        return x, axes
    rest = [axis for axis in range(x.ndim) if axis not in axes]
    entries = product(x.shape[axis] for axis in axes)
    lines = transpose(x, (*rest, *axes))
    return reshape(lines, (*lines.shape[: len(rest)], entries)), (len(rest),)


def median(node: Node, args: Args) -> Node:
    """The batch of a median."""
    lines, axes = _merged(args[0], next_axes(node.attrs))
    return intern(node.op, (lines,), axes)


def quantile(node: Node, args: Args) -> Node:
    """The batch of one quantile or several, of which each case may have its own."""
    (x, q), (own, several) = args, node.args
    if not is_mapped(several, q):
        lines, axes = _merged(x, next_axes(node.attrs.axes))
        found = intern(node.op, (lines, q), node.attrs._replace(axes=axes))
        return moveaxis(found, several.ndim, 0)
    if is_mapped(own, x):
        return composed(_among_sorted)(node, args)
    found = intern(node.op, (own, reshape(q, -1)), node.attrs)
    return reshape(found, (q.shape[0], *node.shape))


def _among_sorted(node: Node) -> Node:
    """Quantiles as entries of the sorted array. By `q` their slope is the mean of both sides."""
    x, q = node.args
    lines, (axis,) = _merged(x, node.attrs.axes)
    entries = lines.shape[axis]
    place = q * (size(entries) - 1)
    low, high = floor(place), ceil(place)

    def entry(at: Node) -> Node:
        whole = searchsorted(FUNCTIONS["arange"](entries), stop_gradient(at))
        found = gather(_sorted(lines, axis), (whole,), axis)
        return moveaxis(found, tuple(range(axis, axis + q.ndim)), tuple(range(q.ndim)))

    def spread(value: Node) -> Node:
        return expand_dims(value, tuple(range(q.ndim, node.ndim)))

    match node.attrs.method:
        case "lower":
            return entry(low)
        case "higher":
            return entry(high)
        case "nearest":
            return entry(rint(place))
        case "midpoint":
            return 0.5 * (entry(low) + entry(high))
    below, above = maximum(high - 1, 0), minimum(low + 1, size(entries) - 1)
    slope = (entry(above) - entry(below)) / spread(stop_gradient(maximum(above - below, 1)))
    part = spread(stop_gradient(place - low))
    between = entry(low) * (1 - part) + entry(high) * part
    return between + spread(place - stop_gradient(place)) * slope


def _sorted(lines: Node, axis: int) -> Node:
    """Sorted lines; one that holds NaN, which is sorted last, holds nothing else then."""
    ordered = sort(lines, axis)
    last = getitem(ordered, (*[slice(None)] * axis, slice(-1, None)))
    return where(isnan(last), last, ordered)
