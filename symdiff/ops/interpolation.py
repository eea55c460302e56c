"""Piecewise linear interpolation, and where values belong among sorted ones."""

from __future__ import annotations

import numpy as np

from symdiff.dims import product
from symdiff.errors import ArgumentError, ShapeError, describe, quote
from symdiff.node import Node, intern
from symdiff.ops.batching import composed, unchanged, unless_mapped
from symdiff.ops.choices import equal, less, less_equal, logical_and, logical_or, where
from symdiff.ops.contraction import sum
from symdiff.ops.counting import all as all_
from symdiff.ops.counting import any as any_
from symdiff.ops.edges import ties
from symdiff.ops.gather import constant_places, scatter_add
from symdiff.ops.kinks import clip, kink
from symdiff.ops.leaves import as_node
from symdiff.ops.logic import isfinite, isnan
from symdiff.ops.rows import of_argument
from symdiff.ops.sorting import whole_numbers
from symdiff.ops.steps import stop_gradient
from symdiff.ops.structure import expand_dims
from symdiff.registry import (
    CONVENTION,
    UNDEFINED,
    Edge,
    Op,
    Pullback,
    Requirement,
    Sample,
    function,
)
from symdiff.template import Template, call, latex_call

__all__ = ["digitize", "interp", "searchsorted"]

# Where values belong ------------------------------------------------------------------------------


def _check_ascends(name: str, places: Node, strictly: bool) -> None:
    """Refuse a constant that does not ascend; of what is computed, this is taken for granted."""
    value = constant_places(places)
    if value is None:
        return
    steps = np.diff(value.astype(float))
    if not (np.all(steps > 0) if strictly else np.all(steps >= 0)):
        raise ArgumentError(f"`{name}` needs places that ascend, not {quote(places)}")


def _searched(prefix: str, node: Node) -> Template:
    return Template(f'{prefix}searchsorted({{0}}, {{1}}, side="{node.attrs}")')


def _counted(node: Node) -> Node:
    """How many of the sorted values stand before each: NaN stands behind all numbers."""
    places, values = node.args[0], expand_dims(node.args[1], node.ndim)
    before = less if node.attrs == "left" else less_equal
    last = isnan(values) if node.attrs == "right" else logical_and(isnan(values), ~isnan(places))
    return sum(logical_or(before(places, values), last), node.ndim)


SEARCHSORTED = Op(
    "searchsorted",
    infer=lambda args, side: (args[1].shape, "int"),
    attrs=str,
    derivative=whole_numbers("searchsorted"),
    numpy=lambda node: _searched("np.", node),
    text=lambda node: _searched("", node),
    pretty=lambda node: _searched("", node),
    latex=latex_call("\\operatorname{{searchsorted}}", 2),
    operations=lambda node: product(node.shape),
    rows=of_argument(1),
    batch=unless_mapped([0], composed(_counted), unchanged),
    samples=(
        Sample("y[searchsorted(sort(x), z)]", {"x": "n", "z": "m", "y": "5"}),
        Sample("y[searchsorted([0, 1], z, side='right')]", {"z": "n m", "y": "3"}),
    ),
)


@function
def searchsorted(a: object, v: object, side: str = "left") -> Node:
    """Return where the entries of `v` belong in the sorted vector `a`, before or after equal ones.

    Raises ArgumentError for an `a` that is no vector or, as a constant, not sorted, and for a side
    but "left" and "right".

    >>> import symdiff as sd
    >>> sd.evaluate(searchsorted([1.0, 2.0, 3.0], [0.5, 2.0], side="right"))
    array([0, 2])
    """
    vector, values = as_node(a), as_node(v)
    if vector.ndim != 1:
        raise ArgumentError(f"`searchsorted` needs a sorted vector, not {describe(vector)}")
    _check_ascends("searchsorted", vector, strictly=False)
    if side not in ("left", "right"):
        raise ArgumentError(f"the side of `searchsorted` is 'left' or 'right', not {side!r}")
    return intern(SEARCHSORTED, (vector, values), side)


def _counted_bins(node: Node) -> Node:
    """How many bins end before each value, from the end at which they are lowest."""
    (x, bins), right = node.args, node.attrs
    values = expand_dims(x, x.ndim)
    below = (less if right else less_equal)(bins, values)
    below = logical_or(below, isnan(values))
    ascends = all_(less_equal(bins[:-1], bins[1:]))
    return where(ascends, sum(below, x.ndim), sum(~below, x.ndim))


DIGITIZE = Op(
    "digitize",
    infer=lambda args, right: (args[0].shape, "int"),
    attrs=bool,
    derivative=whole_numbers("digitize"),
    numpy=lambda node: Template(f"np.digitize({{0}}, {{1}}{', right=True' * node.attrs})"),
    text=lambda node: Template(f"digitize({{0}}, {{1}}{', right=True' * node.attrs})"),
    pretty=lambda node: Template(f"digitize({{0}}, {{1}}{', right=True' * node.attrs})"),
    latex=latex_call("\\operatorname{{digitize}}", 2),
    rows=of_argument(0),
    batch=unless_mapped([1], composed(_counted_bins), unchanged),
    samples=(
        Sample("y[digitize(x, [-1, 0, 1])]", {"x": "n", "y": "4"}),
        Sample("y[digitize(x, [1, 0], right=True)]", {"x": "n m", "y": "3"}),
    ),
)


@function
def digitize(x: object, bins: object, right: bool = False) -> Node:
    """Return the number of the bin in which each entry of `x` lies; `bins` ascend or descend.

    `right` says that bins have their right ends.

    >>> import symdiff as sd
    >>> sd.evaluate(digitize([0.5, 2.0], [0.0, 1.0, 2.0]))
    array([1, 3])
    """
    values, edges = as_node(x), as_node(bins)
    if edges.ndim != 1:
        raise ArgumentError(f"`digitize` needs a vector of bins, not {describe(edges)}")
    return intern(DIGITIZE, (values, edges), bool(right))


# Interpolation ------------------------------------------------------------------------------------


def _piece(x: Node, xp: Node, side: str) -> Node:
    """The number of the piece in which each entry of `x` lies; the outer ones have no end."""
    return searchsorted(xp[1:-1], x, side)


def _slope(x: Node, xp: Node, fp: Node) -> Node:
    """The derivative by `x`: between two pieces, and at both ends, the mean of both sides."""
    slopes = (fp[1:] - fp[:-1]) / (xp[1:] - xp[:-1])
    mean = 0.5 * (slopes[_piece(x, xp, "left")] + slopes[_piece(x, xp, "right")])
    return kink(x - xp[0], 0, 1) * kink(x - xp[-1], 1, 0) * mean


def _interp_rule(node: Node, k: int, g: Node) -> Node:
    x, xp, fp = node.args
    if k == 0:
        return g * _slope(x, xp, fp)
    if k == 1:  # to move a point is to move `x` and the value at that point the other way
        g = -g * _slope(x, xp, fp)
    piece = _piece(x, xp, "right")
    left, right = xp[:-1][piece], xp[1:][piece]
    part = clip((x - left) / (right - left), 0, 1)
    lead = g.ndim - node.ndim
    return scatter_add(g * (1 - part), (piece,), lead, xp.shape) + scatter_add(
        g * part, (piece + 1,), lead, xp.shape
    )


def _interpolated(node: Node) -> Node:
    """Weighted values of two points, and as the slope between pieces is a mean, that beside it."""
    x, xp, fp = node.args
    piece = _piece(x, xp, "right")
    left, right = xp[:-1][piece], xp[1:][piece]
    part = stop_gradient(clip((x - left) / (right - left), 0, 1))
    between = fp[:-1][piece] * (1 - part) + fp[1:][piece] * part
    moved = x - (left * (1 - part) + right * part)
    return between + where(isfinite(moved), moved, 0.0) * _slope(x, xp, fp)


INTERP = Op(
    "interp",
    infer=lambda args, attrs: (args[0].shape, "float"),
    derivative=Pullback(_interp_rule),
    edges=(
        Edge(lambda y, x, xp, fp: ties(xp), UNDEFINED),
        Edge(lambda y, x, xp, fp: any_(equal(expand_dims(x, -1), xp)), CONVENTION),
    ),
    numpy=Template("np.interp({0}, {1}, {2}).astype(dtype)"),
    text=call("interp", 3),
    pretty=call("interp", 3),
    latex=latex_call("\\operatorname{{interp}}", 3),
    requires=lambda node: (Requirement(node.args[1].shape[0], 2, "`interp`"),),
    operations=lambda node: product(node.shape),
    rows=of_argument(0),
    batch=unless_mapped([1, 2], composed(_interpolated), unchanged),
    samples=(
        Sample("interp(x, [-1, 0.1, 1.5], y) * x", {"x": "n", "y": "3"}),
        Sample("interp(x, sort(p), y)", {"x": "n m", "p": "4", "y": "4"}, -0.9),
        Sample("interp(x, [0.5, 1], y)", {"x": "", "y": "2"}),
    ),
)


@function
def interp(x: object, xp: object, fp: object) -> Node:
    """Return the piecewise linear function through the points (xp, fp), constant outside.

    `xp` must ascend. At a point the derivative by `x` is the mean of both sides.

    Raises ArgumentError for points that are no vectors, fewer than two, or constants that do not
    ascend, ShapeError if there are not as many of both.

    >>> import symdiff as sd
    >>> sd.evaluate(interp([0.5, 3.0], [0.0, 1.0, 2.0], [0.0, 10.0, 30.0]))
    array([ 5., 30.])
    """
    at, places, values = as_node(x), as_node(xp), as_node(fp)
    for points in (places, values):
        if points.ndim != 1:
            raise ArgumentError(f"`interp` needs vectors of points, not {describe(points)}")
    if places.shape != values.shape:
        raise ShapeError(
            f"`interp` needs as many values as places: {describe(places)} and {describe(values)}",
            (places.shape[0], values.shape[0]),
        )
    _check_ascends("interp", places, strictly=True)
    if places.shape[0] in (0, 1):
        raise ArgumentError(f"`interp` needs at least two points, not {describe(places)}")
    return intern(INTERP, (at, places, values))
