"""Pooling: the largest entry or the mean of each window."""

from __future__ import annotations

from typing import NamedTuple

from symdiff.dims import Size
from symdiff.errors import ArgumentError, describe
from symdiff.node import Node
from symdiff.ops.channels import margins_of
from symdiff.ops.contraction import sum
from symdiff.ops.creation import ones_like
from symdiff.ops.leaves import as_node
from symdiff.ops.padding import pad
from symdiff.ops.reduction import max
from symdiff.ops.statistics import mean
from symdiff.ops.windows import positive_ints, sliding_window_view, window_sizes
from symdiff.registry import Sample, composite

__all__ = [
    "avg_pool",
    "max_pool",
]


class Pool(NamedTuple):
    """How windows lie along the last axes of an array, and the border around it."""

    sizes: tuple[Size, ...]
    strides: tuple[int, ...]
    border: tuple[tuple[Size, Size], ...]

    def windows(self, x: Node, outside: float) -> Node:
        """The windows of an array with `outside` around it."""
        axes = tuple(range(x.ndim - len(self.sizes), x.ndim))
        padded = pad(x, self.border, constant_values=outside)
        return sliding_window_view(padded, self.sizes, axes, stride=self.strides)

    def entries(self, windows: Node) -> tuple[int, ...]:
        """The axes along which the entries of each window lie."""
        return tuple(range(windows.ndim - len(self.sizes), windows.ndim))


def _pool(name: str, x: Node, window: object, stride: object, padding: object) -> Pool:
    sizes = window_sizes(window)
    count = len(sizes)
    if x.ndim < count or not count:
        raise ArgumentError(f"`{name}` has a window of {count} axes, too many for {describe(x)}")
    if x.dtype != "float":
        raise ArgumentError(f"`{name}` needs floats, not {describe(x)} of kind {x.dtype}")
    strides = positive_ints("stride", sizes if stride is None else stride, count)
    margins = margins_of(padding, x.shape[-count:], sizes, strides, (1,) * count)
    return Pool(sizes, strides, ((0, 0),) * (x.ndim - count) + margins)


@composite(
    Sample("max_pool(x, 2) * 2", {"x": "n"}),
    Sample("max_pool(x, (2, 2), stride=1, padding=((0, 1), (1, 0)))", {"x": "2 n 3"}),
    Sample("max_pool(x, (2, 3), padding='same')", {"x": "1 3 4"}),
)
def max_pool(x: object, window: object, stride: object = None, padding: object = 0) -> Node:
    """Return the largest entry of each window along the last axes, as many as `window` has sizes.

    Windows are `stride` apart, by default side by side. `padding` is that of `conv1d`, and never
    the largest entry. Entries that tie share the derivative equally.

    Raises ArgumentError for options of another form, ShapeError for a window that does not fit.

    >>> import symdiff as sd
    >>> sd.max_pool(sd.tensor("x", "b", 16, 32, 32), (2, 2)).shape
    (b, 16, 16, 16)
    """
    x = as_node(x)
    pool = _pool("max_pool", x, window, stride, padding)
    windows = pool.windows(x, float("-inf"))
    return max(windows, pool.entries(windows))


@composite(
    Sample("avg_pool(x, 2) * 2", {"x": "n"}),
    Sample("avg_pool(x, (2, 2), stride=(1, 2), padding=1)", {"x": "2 n 3"}),
    Sample("avg_pool(x, 3, stride=1, padding='same', count_include_pad=False)", {"x": "2 n"}),
)
def avg_pool(
    x: object,
    window: object,
    stride: object = None,
    padding: object = 0,
    count_include_pad: bool = True,
) -> Node:
    """Return the mean of each window along the last axes, as many as `window` has sizes.

    Options are those of `max_pool`. Padding counts as zeros, or not at all if `count_include_pad`
    is False.

    Raises ArgumentError for options of another form, ShapeError for a window that does not fit.

    >>> import symdiff as sd
    >>> sd.avg_pool(sd.tensor("x", "b", 16, "n"), 3, stride=1).shape
    (b, 16, n - 2)
    """
    x = as_node(x)
    pool = _pool("avg_pool", x, window, stride, padding)
    windows = pool.windows(x, 0.0)
    if count_include_pad:
        return mean(windows, pool.entries(windows))
    inside = pool.windows(ones_like(x), 0.0)
    return sum(windows, pool.entries(windows)) / sum(inside, pool.entries(inside))
