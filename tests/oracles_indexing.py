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


FUNCTIONS: dict[str, Any] = {
    "last_written": last_written,
    "zeros": lambda shape: np.zeros(shape).view(WithAt),
}
