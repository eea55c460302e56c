"""Differences of neighbours, and the integrals and slopes of samples that are made of them."""

from __future__ import annotations

import operator

from symdiff.errors import ArgumentError, ShapeError, describe
from symdiff.node import Node
from symdiff.ops.choices import not_equal
from symdiff.ops.contraction import sum
from symdiff.ops.elementwise import multiply
from symdiff.ops.indexing import getitem
from symdiff.ops.joining import concatenate
from symdiff.ops.leaves import as_node
from symdiff.ops.masks import as_float
from symdiff.ops.structure import broadcast_to, expand_dims, normalize_axes
from symdiff.registry import Sample, composite

__all__ = ["diff", "gradient", "trapezoid"]


def _one_axis(name: str, x: Node, axis: object) -> int:
    if not x.ndim:
        raise ArgumentError(f"`{name}` needs at least one axis, not the scalar {describe(x)}")
    axes = normalize_axes(x, axis)
    if axis is None or len(axes) != 1:
        raise ArgumentError(f"`{name}` works along one axis of {describe(x)}, not {axis}")
    return axes[0]


def _slice(x: Node, axis: int, start: int | None, stop: int | None, step: int = 1) -> Node:
    return getitem(x, (*[slice(None)] * axis, slice(start, stop, step)))


def _with_edge(x: Node, edge: object, axis: int, before: bool) -> Node:
    """`x` with values put before or behind it; a scalar stands for one entry of each line."""
    part = as_node(edge)
    if not part.ndim:
        part = broadcast_to(part, (*x.shape[:axis], 1, *x.shape[axis + 1 :]))
    if part.ndim != x.ndim:
        raise ShapeError(f"`diff` needs {describe(part)} to have the axes of {describe(x)}")
    return concatenate((part, x) if before else (x, part), axis)


@composite(
    Sample("diff(x)**2", {"x": "n"}),
    Sample("diff(X, axis=0)**3 + diff(X, axis=-2)", {"X": "n m"}),
    Sample("diff(x, n=2)**2", {"x": "n"}),
    Sample("diff(x, prepend=0)**2 + diff(x, append=x[:1])", {"x": "n"}),
)
def diff(
    x: object, n: int = 1, axis: int = -1, prepend: object = None, append: object = None
) -> Node:
    """Return the differences of neighbours along `axis`, taken `n` times.

    Of booleans they are whether neighbours differ, as in NumPy. `prepend` and `append`
    are put at the ends of `x` first.

    Raises ArgumentError for a scalar, an axis that does not exist, or an `n` that is no count;
    ShapeError for edges that do not fit.

    >>> import symdiff as sd
    >>> print(sd.diff(sd.vector("x", "n")))
    x[1:] − x[:-1]
    """
    x = as_node(x)
    place = _one_axis("diff", x, axis)
    try:
        times = operator.index(n)
    except TypeError:
        times = -1
    if times < 0:
        raise ArgumentError(f"`diff` is taken n times, a whole number such as 2, not {n}")
    if times and prepend is not None:
        x = _with_edge(x, prepend, place, before=True)
    if times and append is not None:
        x = _with_edge(x, append, place, before=False)
    for _ in range(times):
        later, earlier = _slice(x, place, 1, None), _slice(x, place, None, -1)
        x = not_equal(later, earlier) if x.dtype == "bool" else later - earlier
    return x


@composite(
    Sample("trapezoid(x)**2", {"x": "n"}),
    Sample("trapezoid(Y, x, axis=0)", {"Y": "n m", "x": "n"}),
    Sample("trapezoid(Y, dx=h)**2", {"Y": "n m", "h": ""}),
    Sample("trapezoid(Y, x=X)", {"Y": "m n", "X": "m n"}),
)
def trapezoid(y: object, x: object = None, dx: object = 1.0, axis: int = -1) -> Node:
    """Return the integral of samples `y` along `axis` by the trapezoidal rule.

    `x` has the places of the samples: one for each along the axis, or an array like `y`. Without
    it they are `dx` apart.

    Raises ArgumentError for a scalar or an axis that does not exist, ShapeError where `x` does not
    fit.

    >>> import symdiff as sd
    >>> print(sd.trapezoid(sd.vector("y", "n"), dx=sd.scalar("h")))
    sum(h (y[1:] + y[:-1])/2.0)
    """
    y = as_float(as_node(y))
    place = _one_axis("trapezoid", y, axis)
    step = as_node(dx)
    if x is not None:
        places = as_node(x)
        if places.ndim == 1 and places.shape[0] == y.shape[place]:
            step = expand_dims(diff(places), tuple(range(1, y.ndim - place)))
        elif places.shape == y.shape:
            step = diff(places, axis=place)
        else:
            raise ShapeError(
                f"the places {describe(places)} of `trapezoid` do not fit {describe(y)}: give one "
                f"for each of its {y.shape[place]} samples along axis {place}"
            )
    pairs = _slice(y, place, 1, None) + _slice(y, place, None, -1)
    return sum(multiply(step, pairs) / 2.0, place)


@composite(
    Sample("gradient(x)**2", {"x": "n"}),
    Sample("gradient(X, h, axis=0)", {"X": "n 2", "h": ""}, 0.5, 2),
)
def gradient(f: object, dx: object = 1.0, axis: int | None = None) -> Node:
    """Return the slopes of samples that are `dx` apart: central differences, one-sided at the ends.

    Of an array with several axes, `axis` says along which; NumPy's list of all is not made.

    Raises ArgumentError for several axes without `axis`, and for places given one by one.

    >>> import symdiff as sd
    >>> sd.evaluate(sd.gradient(sd.vector("f", 4)), f=[0, 1, 4, 9])
    array([1., 2., 4., 5.])
    """
    f = as_float(as_node(f))
    step = as_node(dx)
    if step.ndim:
        raise ArgumentError(
            f"`gradient` needs one distance between samples, not {describe(step)}; "
            "divide differences of your own, sd.diff(f)/sd.diff(x)"
        )
    if axis is None and f.ndim > 1:
        raise ArgumentError(f"`gradient` of {describe(f)} needs axis=; call it for each axis")
    place = _one_axis("gradient", f, 0 if axis is None else axis)
    first = _slice(f, place, 1, 2) - _slice(f, place, 0, 1)
    last = _slice(f, place, -1, None) - _slice(f, place, -2, -1)
    middle = (_slice(f, place, 2, None) - _slice(f, place, None, -2)) / 2.0
    slopes = concatenate((first, middle, last), place)
    return slopes / step
