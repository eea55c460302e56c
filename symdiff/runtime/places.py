"""Entries put in places: of an index, a diagonal, windows, an axis of another length."""

import numpy as np

__all__ = [
    "_add_along_axis",
    "_add_diagonal",
    "_cut_or_pad",
    "_last_written",
    "_on_diagonal",
    "_overlap_add",
    "_put",
    "_rfft_weights",
    "_scatter_add",
    "_set_diagonal",
    "_updated",
    "_windows",
]


def _put(shape, index, values):
    """Return zeros of a shape with values at an index."""
    values = np.asarray(values)
    result = np.zeros(shape, dtype=values.dtype)
    result[index] = values
    return result


def _on_diagonal(values, letters, shape):
    """Return zeros with values where the indices that `letters` repeats agree."""
    values = np.asarray(values)
    result = np.zeros(shape, dtype=values.dtype)
    np.einsum(letters, result)[...] = values
    return result


def _add_diagonal(matrix, entries):
    """Add to the diagonal of a matrix, in place: it must be one that nothing else uses."""
    np.einsum("ii->i", matrix)[...] += entries
    return matrix


def _set_diagonal(matrix, entries):
    """Write onto the diagonal of a matrix, in place: it must be one that nothing else uses."""
    np.einsum("ii->i", matrix)[...] = entries
    return matrix


def _cut_or_pad(x, n, axis):
    """Return the first n entries along an axis, followed by zeros if there are fewer."""
    x = np.moveaxis(x, axis, -1)
    result = np.zeros((*x.shape[:-1], n), dtype=x.dtype)
    result[..., : x.shape[-1]] = x[..., :n]
    return np.moveaxis(result, -1, axis)


def _rfft_weights(n, dtype):
    """Return how often each entry of `rfft` of n numbers stands in `fft` of them."""
    weights = np.full(n // 2 + 1, 2, dtype=dtype)
    weights[0] = 1
    if n % 2 == 0:
        weights[-1] = 1
    return weights


def _windows(x, size, axis, stride=None, dilation=None):
    """Windows along axes, each along new last axes, as a view."""
    stride, dilation = stride or (1,) * len(axis), dilation or (1,) * len(axis)
    span = [(k - 1) * gap + 1 for k, gap in zip(size, dilation, strict=True)]
    every = [slice(None)] * x.ndim + [slice(None, None, gap) for gap in dilation]
    for a, step in zip(axis, stride, strict=True):
        every[a] = slice(None, None, step)
    return np.lib.stride_tricks.sliding_window_view(x, span, axis=axis)[tuple(every)]


def _overlap_add(windows, length, axis, stride=None, dilation=None):
    """Sum of windows where they lie along axes of some lengths, entry by entry of a window."""
    stride, dilation = stride or (1,) * len(axis), dilation or (1,) * len(axis)
    rank = windows.ndim - len(axis)
    shape = list(windows.shape[:rank])
    for a, n in zip(axis, length, strict=True):
        shape[a] = n
    total = np.zeros(shape, dtype=windows.dtype)
    for entry in np.ndindex(windows.shape[rank:]):
        place = [slice(None)] * rank
        for a, k, step, gap in zip(axis, entry, stride, dilation, strict=True):
            first = k * gap
            place[a] = slice(first, first + windows.shape[a] * step, step)
        total[tuple(place)] += windows[(..., *entry)]
    return total


def _scatter_add(shape, index, values):
    """Return zeros of a shape with values added at an index, whose places may repeat."""
    values = np.asarray(values)
    result = np.zeros(shape, dtype=values.dtype)
    if result.ndim == 1:
        np.add.at(result, index, values)
    else:  # by the number of each entry: `add.at` is fast with one index
        places = np.arange(result.size).reshape(shape)[index]
        np.add.at(result.reshape(-1), places.reshape(-1), values.reshape(-1))
    return result


def _updated(x, index, values):
    """Return a copy of an array with other values at an index."""
    result = np.array(x)
    result[index] = values
    return result


def _last_written(shape, index):
    """Return where an index names a place of an array of that shape for the last time."""
    number = np.arange(np.prod(np.broadcast_shapes(*map(np.shape, index)), dtype=int))
    number = number.reshape(np.broadcast_shapes(*map(np.shape, index)))
    last = np.zeros(shape, dtype=int)
    last[index] = number
    return last[index] == number


def _add_along_axis(values, index, axis, size):
    """Return zeros with values added at indices along an axis; indices may repeat."""
    values, index = np.broadcast_arrays(values, index)
    shape = (*values.shape[:axis], size, *values.shape[axis + 1 :])
    result = np.zeros(shape, dtype=values.dtype)
    places = np.take_along_axis(np.arange(result.size).reshape(shape), index, axis=axis)
    np.add.at(result.reshape(-1), places.reshape(-1), values.reshape(-1))
    return result
