"""The median and quantiles. Like `max` and `min`, they share the derivative among ties.

A quantile is one entry, or lies between two of them: the lower and the higher one. So its
derivative is made of those of two quantiles that are entries, by the methods "lower" and "higher".
Entries equal to such a quantile share its derivative equally, as those that tie for a maximum do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from symdiff.dims import Shape, Size, product
from symdiff.errors import ArgumentError, DerivativeError, quote
from symdiff.node import Node, intern
from symdiff.ops import batched_quantiles
from symdiff.ops.choices import equal, where
from symdiff.ops.contraction import sum
from symdiff.ops.edges import sorted_ties
from symdiff.ops.kinks import maximum, minimum
from symdiff.ops.leaves import as_node, constant, count, number_of
from symdiff.ops.rows import reduced
from symdiff.ops.steps import ceil, floor, stop_gradient
from symdiff.ops.structure import (
    axis_keyword,
    axis_subscript,
    expand_dims,
    normalize_axes,
)
from symdiff.registry import (
    CONVENTION,
    Edge,
    Op,
    Pullback,
    Requirement,
    Sample,
    composite,
    function,
)
from symdiff.template import Template

__all__ = ["median", "percentile", "quantile"]

METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


class Quantile(NamedTuple):
    """Along which axes, and how a quantile between two entries is found."""

    axes: tuple[int, ...]
    method: str


def _reduced(x: Node, axes: tuple[int, ...]) -> Shape:
    return tuple(size for axis, size in enumerate(x.shape) if axis not in axes)


def _requires(x: Node, axes: tuple[int, ...], name: str) -> tuple[Requirement, ...]:
    return tuple(Requirement(x.shape[axis], 1, f"`{name}` of no entries") for axis in axes)


def _entries(node: Node) -> Size:
    return product(node.args[0].shape)


def _restored(value: Node, axes: tuple[int, ...], rank: int) -> Node:
    """Put the reduced axes of an array of `rank` axes back, behind whatever stands in front."""
    front = value.ndim - (rank - len(axes))
    return expand_dims(value, tuple(front + axis for axis in axes))


def _shared(g: Node, x: Node, entry: Node, axes: tuple[int, ...]) -> Node:
    """What `x` receives if `entry`, one of its entries along `axes`, has the cotangent `g`.

    `entry` may have axes in front, one for each of several quantiles, and `g` more in front of
    these. Entries that are equal share.
    """
    chosen = equal(x, _restored(entry, axes, x.ndim))
    several = chosen.ndim - x.ndim
    places = tuple(several + axis for axis in axes)
    share = g * stop_gradient(1 / sum(chosen, places))
    received = where(chosen, _restored(share, axes, x.ndim), 0.0)
    lead = received.ndim - chosen.ndim
    return sum(received, tuple(range(lead, lead + several))) if several else received


# The median ---------------------------------------------------------------------------------------


def _median_rule(node: Node, k: int, g: Node) -> Node:
    (x,), axes = node.args, node.attrs
    low, high = (_quantile(x, constant(0.5), axes, method) for method in ("lower", "higher"))
    return _shared(0.5 * g, x, low, axes) + _shared(0.5 * g, x, high, axes)


def _median_text(prefix: str) -> Callable[[Node], Template]:
    return lambda node: Template(
        f"{prefix}median({{0}}{axis_keyword(node.attrs, node.args[0].ndim)})"
    )


MEDIAN = Op(
    "median",
    infer=lambda args, axes: (_reduced(args[0], axes), "float"),
    attrs=tuple[int, ...],
    derivative=Pullback(_median_rule),
    numpy=_median_text("np."),
    text=_median_text(""),
    pretty=_median_text(""),
    latex=lambda node: Template(
        "\\operatorname{{median}}"
        f"{axis_subscript(node.attrs, node.args[0].ndim)}\\left({{0}}\\right)"
    ),
    requires=lambda node: _requires(node.args[0], node.attrs, "median"),
    operations=_entries,
    edges=(Edge(lambda y, x: sorted_ties(x, y.attrs), CONVENTION),),
    rows=reduced(None),
    batch=batched_quantiles.median,
    samples=(
        Sample("median(x) * x", {"x": "n"}),
        Sample("median(X, axis=0) * median(X, axis=1, keepdims=True)", {"X": "n m"}),
        Sample("median(K, axis=(1, -1))", {"K": "2 n 3"}),
    ),
)


@function
def median(x: object, axis: object = None, keepdims: bool = False) -> Node:
    """Return the middle entry over `axis`, or the mean of the two; ties share the derivative.

    Raises ArgumentError for an axis that does not exist, and for no entries.

    >>> import symdiff as sd
    >>> x = sd.vector("x", 4)
    >>> sd.evaluate(sd.grad(median(x), x), x=[1.0, 7.0, 2.0, 5.0])
    array([0. , 0. , 0.5, 0.5])
    """
    node = as_node(x)
    axes = _own_axes("median", node, axis)
    value = intern(MEDIAN, (node,), axes)
    return _restored(value, axes, node.ndim) if keepdims and axes else value


def _own_axes(name: str, x: Node, axis: object) -> tuple[int, ...]:
    axes = normalize_axes(x, axis)
    if any(x.shape[i] == 0 for i in axes):
        raise ArgumentError(f"`{name}` of no entries is not defined: {quote(x)} has an empty axis")
    return axes


# Quantiles ----------------------------------------------------------------------------------------


def _quantile_rule(node: Node, k: int, g: Node) -> Node | None:
    (x, q), (axes, method) = node.args, node.attrs
    if k:
        return None if q.op.name == "stop_gradient" else _by_place(node, g)
    if method not in ("linear", "midpoint"):
        return _shared(g, x, node, axes)
    if method == "midpoint":
        low, high = (_quantile(x, _held(q), axes, each) for each in ("lower", "higher"))
        return _shared(0.5 * g, x, low, axes) + _shared(0.5 * g, x, high, axes)
    steps = _steps(node)
    place = q * steps
    first = stop_gradient(floor(place))  # both entries from one place, however it was rounded
    low, high = (_nearest(x, p, steps, axes) for p in (first, minimum(first + 1, steps)))
    part = place - first
    part = expand_dims(part, tuple(range(q.ndim, node.ndim))) if part.ndim else part
    return _shared(g * (1 - part), x, low, axes) + _shared(g * part, x, high, axes)


def _steps(node: Node) -> Node:
    """How many steps there are from the smallest entry to the largest."""
    x = node.args[0]
    return count(tuple(x.shape[axis] for axis in node.attrs.axes)) - 1


def _held(q: Node) -> Node:
    return q if q.op.name == "constant" else stop_gradient(q)


def _by_place(node: Node, g: Node) -> Node:
    """What `q` receives: the slope between two entries, or at an entry the mean of both sides."""
    (x, q), (axes, method) = node.args, node.attrs
    if method != "linear":
        raise DerivativeError(
            f"`quantile` by the method {method!r} is a staircase in {quote(q)}, without a "
            "derivative; use method='linear', or sd.stop_gradient to hold it constant"
        )
    steps = _steps(node)
    place = q * steps
    above = stop_gradient(minimum(floor(place) + 1, steps))
    below = stop_gradient(maximum(ceil(place) - 1, 0))
    rise = _nearest(x, above, steps, axes) - _nearest(x, below, steps, axes)
    lead = g.ndim - node.ndim
    behind = tuple(range(lead + q.ndim, g.ndim))
    total = sum(g * rise, behind) if behind else g * rise
    return total * (steps / maximum(above - below, 1))


def _nearest(x: Node, place: Node, steps: Node, axes: tuple[int, ...]) -> Node:
    """The entry at a place in the sorted array."""
    return _quantile(x, _held(place / maximum(steps, 1)), axes, "nearest")


def _quantile_text(prefix: str) -> Callable[[Node], Template]:
    def template(node: Node) -> Template:
        axes, method = node.attrs
        axis = axis_keyword(axes, node.args[0].ndim)
        rest = "" if method == "linear" else f', method="{method}"'
        return Template(f"{prefix}quantile({{0}}, {{1}}{axis}{rest})")

    return template


def _quantile_rows(node: Node, axes: tuple[int | None, ...]) -> int | None:
    """Several quantiles are the first axes of the result."""
    (axis, several), gone = axes, node.attrs.axes
    if axis is None:
        return several
    if several is not None or axis in gone:
        return None
    return node.args[1].ndim + axis - len([place for place in gone if place < axis])


QUANTILE = Op(
    "quantile",
    infer=lambda args, attrs: ((*args[1].shape, *_reduced(args[0], attrs.axes)), "float"),
    attrs=Quantile,
    derivative=Pullback(_quantile_rule),
    numpy=_quantile_text("np."),
    text=_quantile_text(""),
    pretty=_quantile_text(""),
    latex=lambda node: Template("\\operatorname{{quantile}}\\left({0}, {1}\\right)"),
    requires=lambda node: _requires(node.args[0], node.attrs.axes, "quantile"),
    operations=_entries,
    edges=(Edge(lambda y, x, q: sorted_ties(x, y.attrs.axes), CONVENTION),),
    rows=_quantile_rows,
    batch=batched_quantiles.quantile,
    samples=(
        Sample("quantile(x, 0.3) * quantile(x, 0.5)", {"x": "n"}),
        Sample("quantile(X, [0.1, 0.9], axis=0, keepdims=True) * X", {"X": "n m"}),
        Sample("quantile(X, q, axis=1)", {"X": "n m", "q": ""}, 0.1, 0.9),
        Sample("quantile(K, q, axis=(0, 1))", {"K": "2 n 3", "q": "2"}, 0.1, 0.9),
        Sample("quantile(x, 0.3, method='lower') - quantile(x, 0.3, method='higher')", {"x": "n"}),
        Sample("quantile(x, 0.4, method='nearest')", {"x": "n"}),
        Sample("quantile(x, 0.3, method='midpoint')", {"x": "n"}),
    ),
)


def _quantile(x: Node, q: Node, axes: tuple[int, ...], method: str) -> Node:
    return intern(QUANTILE, (x, q), Quantile(axes, method))


@function
def quantile(
    x: object, q: object, axis: object = None, method: str = "linear", keepdims: bool = False
) -> Node:
    """Return the `q`-th quantile over `axis`, for `q` from 0 to 1; several are a new first axis.

    `method` is "linear", "lower", "higher", "midpoint" or "nearest", as in NumPy. Where a
    quantile is one entry, ties share its derivative, and the derivative by `q` is the mean of
    both sides.

    Raises ArgumentError for an unknown method, an axis that does not exist, no entries, or a
    constant `q` outside [0, 1].

    >>> import symdiff as sd
    >>> x = sd.vector("x", 3)
    >>> sd.evaluate(sd.grad(quantile(x, 0.25), x), x=[1.0, 7.0, 2.0])
    array([0.5, 0. , 0.5])
    """
    node, places = as_node(x), as_node(q)
    axes = _own_axes("quantile", node, axis)
    if method not in METHODS:
        known = ", ".join(map(repr, METHODS))
        raise ArgumentError(f"`quantile` knows the methods {known}, not {method!r}")
    if places.op.name == "constant":
        _check_range(places)
        number = number_of(places)
        places = places if number is None else constant(float(number))
    value = _quantile(node, places, axes, method)
    return _restored(value, axes, node.ndim) if keepdims and axes else value


def _check_range(q: Node) -> None:
    for value in np.ravel(q.attrs.value):
        if not 0 <= value <= 1:
            raise ArgumentError(f"quantiles are taken from 0 to 1, not at {value}")


@composite(
    Sample("percentile(x, 30) + percentile(x, [0, 50])", {"x": "n"}),
    Sample("percentile(X, 80, axis=0, method='nearest')", {"X": "n m"}),
)
def percentile(
    x: object, q: object, axis: object = None, method: str = "linear", keepdims: bool = False
) -> Node:
    """Return `quantile(x, q/100)`.

    >>> import symdiff as sd
    >>> float(sd.evaluate(percentile([1.0, 2.0, 4.0], 50)))
    2.0
    """
    places = as_node(q)
    if places.op.name == "constant":
        return quantile(x, constant(places.attrs.value / 100), axis, method, keepdims)
    return quantile(x, places / 100, axis, method, keepdims)
