"""Windows, convolutions and pooling by plain loops over entries, in any float type."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

Array = Any


def each(value: Any, count: int) -> Sequence[Any]:
    """One value for each of some axes."""
    return value if isinstance(value, (tuple, list)) else (value,) * count


def sliding_window_view(
    x: Array, window_shape: Any, axis: Any = None, *, stride: Any = 1, dilation: Any = 1
) -> Array:
    """Every window, copied entry by entry."""
    x = np.asarray(x)
    axes = list(range(x.ndim)) if axis is None else [a % x.ndim for a in each(axis, 1)]
    sizes = each(window_shape, 1)
    steps, gaps = each(stride, len(axes)), each(dilation, len(axes))
    shape = list(x.shape)
    for a, k, step, gap in zip(axes, sizes, steps, gaps, strict=True):
        shape[a] = len(range(0, x.shape[a] - (k - 1) * gap, step))
    result = np.empty((*shape, *sizes), x.dtype)
    for place in np.ndindex(result.shape):
        source = list(place[: x.ndim])
        for a, entry, step, gap in zip(axes, place[x.ndim :], steps, gaps, strict=True):
            source[a] = source[a] * step + entry * gap
        result[place] = x[tuple(source)]
    return result


def overlap_add(
    windows: Array, length: Any, axis: Any = None, *, stride: Any = 1, dilation: Any = 1
) -> Array:
    """Every entry of every window, added where it lies."""
    windows = np.asarray(windows)
    lengths = each(length, 1)
    rank = windows.ndim - len(lengths)
    axes = list(range(rank)) if axis is None else [a % rank for a in each(axis, 1)]
    steps, gaps = each(stride, len(axes)), each(dilation, len(axes))
    shape = list(windows.shape[:rank])
    for a, n in zip(axes, lengths, strict=True):
        shape[a] = n
    result = np.zeros(shape, windows.dtype)
    for place in np.ndindex(windows.shape):
        target = list(place[:rank])
        for a, entry, step, gap in zip(axes, place[rank:], steps, gaps, strict=True):
            target[a] = target[a] * step + entry * gap
        result[tuple(target)] += windows[place]
    return result


def margins(
    padding: Any, sizes: Sequence[int], kernel: Sequence[int], steps: Any, gaps: Any
) -> Any:
    """How much is put before and behind each axis."""
    if padding == "valid":
        return [(0, 0)] * len(sizes)
    if padding == "same":
        pairs = []
        for n, k, step, gap in zip(sizes, kernel, steps, gaps, strict=True):
            wanted = -(-n // step)
            total = max((wanted - 1) * step + (k - 1) * gap + 1 - n, 0)
            pairs.append((total // 2, total - total // 2))
        return pairs
    single = len(sizes) == 1 and np.ndim(padding) == 1
    return [tuple(each(p, 2)) for p in ([padding] if single else each(padding, len(sizes)))]


def convolution(x: Array, w: Array, stride: Any, padding: Any, dilation: Any, groups: int) -> Array:
    """Every entry of the result as a sum, over channels and entries of the kernel."""
    x, w = np.asarray(x), np.asarray(w)
    m = w.ndim - 2
    kernel, steps, gaps = w.shape[2:], each(stride, m), each(dilation, m)
    pairs = margins(padding, x.shape[-m:], kernel, steps, gaps)
    x = np.pad(x, [(0, 0)] * (x.ndim - m) + list(pairs))
    sizes = [
        len(range(0, n - (k - 1) * gap, step))
        for n, k, step, gap in zip(x.shape[-m:], kernel, steps, gaps, strict=True)
    ]
    own, outputs = w.shape[1], w.shape[0] // groups
    result = np.zeros((*x.shape[: -m - 1], w.shape[0], *sizes), np.result_type(x, w))
    for o in range(w.shape[0]):
        for c, place in itertools.product(range(own), np.ndindex(*sizes)):
            for entry in np.ndindex(*kernel):
                at = [p * s + e * g for p, s, e, g in zip(place, steps, entry, gaps, strict=True)]
                source = x[(..., (o // outputs) * own + c, *at)]
                result[(..., o, *place)] += source * w[(o, c, *entry)]
    return result


def conv1d(
    x: Array, w: Array, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Array:
    """One axis."""
    return convolution(x, w, stride, padding, dilation, groups)


conv2d = conv1d


def pooled(x: Array, window: Any, stride: Any, padding: Any, empty: float) -> Array:
    """The windows of an array with a border of `empty`, and those of ones with a border of 0."""
    x = np.asarray(x)
    sizes = each(window, 1)
    m = len(sizes)
    steps = sizes if stride is None else each(stride, m)
    pairs = margins(padding, x.shape[-m:], sizes, steps, (1,) * m)
    border = [(0, 0)] * (x.ndim - m) + list(pairs)
    axes = tuple(range(x.ndim - m, x.ndim))
    inside = np.pad(np.ones_like(x), border)
    return tuple(
        sliding_window_view(a, tuple(sizes), axes, stride=tuple(steps))
        for a in (np.pad(x, border, constant_values=empty), inside)
    )


def max_pool(x: Array, window: Any, stride: Any = None, padding: Any = 0) -> Array:
    """The largest entry of each window."""
    windows, _ = pooled(x, window, stride, padding, -np.inf)
    return np.max(windows, axis=tuple(range(np.ndim(x), windows.ndim)))


def avg_pool(
    x: Array, window: Any, stride: Any = None, padding: Any = 0, count_include_pad: bool = True
) -> Array:
    """The mean of each window."""
    windows, inside = pooled(x, window, stride, padding, 0)
    axes = tuple(range(np.ndim(x), windows.ndim))
    if count_include_pad:
        return np.mean(windows, axis=axes)
    return np.sum(windows, axis=axes) / np.sum(inside, axis=axes)


FUNCTIONS: dict[str, Any] = {
    "sliding_window_view": sliding_window_view,
    "overlap_add": overlap_add,
    "conv1d": conv1d,
    "conv2d": conv2d,
    "max_pool": max_pool,
    "avg_pool": avg_pool,
}
