"""What NumPy lacks of indexing: `x.at[index].set(v)`, by assignment and by the `at` of ufuncs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Array = Any


class WithAt(np.ndarray[Any, Any]):
    """An array that has JAX's `at`."""

    @property
    def at(self) -> At:
        """What takes an index."""
        return At(self)


class At:
    """`x.at`, and with an index `x.at[index]`."""

    def __init__(self, x: Array, index: Any = None) -> None:
        self.x, self.index = x, index

    def __getitem__(self, index: Any) -> At:
        return At(self.x, index)

    def _each(self, one_by_one: Callable[..., None], v: Array) -> Array:
        result = np.array(self.x, dtype=np.result_type(self.x, v))
        one_by_one(result, self.index, v)
        return result.view(WithAt)

    def set(self, v: Array) -> Array:
        """Assign to a copy."""
        return self._each(lambda result, index, v: result.__setitem__(index, v), v)

    def add(self, v: Array) -> Array:
        """Add one value after the other."""
        return self._each(np.add.at, v)

    def subtract(self, v: Array) -> Array:
        """Subtract one value after the other."""
        return self._each(np.subtract.at, v)

    def multiply(self, v: Array) -> Array:
        """Multiply by one value after the other."""
        return self._each(np.multiply.at, v)

    def divide(self, v: Array) -> Array:
        """Divide by one value after the other."""
        return self._each(np.divide.at, v)

    def min(self, v: Array) -> Array:
        """Take the smaller, one after the other."""
        return self._each(np.minimum.at, v)

    def max(self, v: Array) -> Array:
        """Take the larger, one after the other."""
        return self._each(np.maximum.at, v)

    def get(self) -> Array:
        """Take the entries."""
        return self.x[self.index]


def with_at(point: Mapping[str, Array]) -> dict[str, Array]:
    """The same arrays, with `at`."""
    return {name: np.asarray(value).view(WithAt) for name, value in point.items()}


def last_written(shape: tuple[int, ...], *index: Array) -> Array:
    """Whether no later entry of an index names the same place, entry by entry."""
    columns = [
        np.asarray(i).reshape(-1) % size
        for i, size in zip(np.broadcast_arrays(*index), shape, strict=True)
    ]
    places = list(zip(*columns, strict=True))
    last = [place not in places[k + 1 :] for k, place in enumerate(places)]
    return np.array(last, dtype=bool).reshape(np.broadcast_shapes(*map(np.shape, index)))


def add_along_axis(values: Array, indices: Array, axis: int, size: int) -> Array:
    """Zeros with values added line by line."""
    values, indices = np.broadcast_arrays(values, indices)
    shape = list(values.shape)
    shape[axis] = size
    result = np.zeros(shape, values.dtype)
    for place in np.ndindex(values.shape):
        there = list(place)
        there[axis] = indices[place]
        result[tuple(there)] += values[place]
    return result


def interp(x: Array, xp: Array, fp: Array) -> Array:
    """The piecewise linear function, as a sum of hats, in any float type."""
    x, xp, fp = np.asarray(x), np.asarray(xp), np.asarray(fp)
    inside = np.clip(x, xp[0], xp[-1])
    total = fp[0] + 0 * inside
    for k in range(len(xp) - 1):
        slope = (fp[k + 1] - fp[k]) / (xp[k + 1] - xp[k])
        total = total + slope * (np.clip(inside, xp[k], xp[k + 1]) - xp[k])
    return total


FUNCTIONS: dict[str, Any] = {
    "last_written": last_written,
    "add_along_axis": add_along_axis,
    "argsort": lambda x, axis=-1: np.argsort(x, axis=axis, kind="stable"),
    "interp": interp,
    "one_hot": lambda indices, n: np.stack([np.asarray(indices) % n == k for k in range(n)], -1),
    "zeros": lambda shape, dtype=float: np.zeros(shape, dtype).view(WithAt),
}
