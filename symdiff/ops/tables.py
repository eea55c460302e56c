"""Tables of places in arrays, joined on the indices that arrays share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = "np.ndarray[Any, Any]"

_MOST = 1 << 29
"""Tables and patterns with more rows would fill the memory of most computers."""


class TooManyPlaces(Exception):
    """There are more than can be listed."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} places")
        self.count = count


def check_number(count: int) -> None:
    """Refuse to list so many places, before any memory is taken.

    Raises TooManyPlaces.
    """
    if count > _MOST:
        raise TooManyPlaces(count)


class Table:
    """Places in arrays, a row each: a column for each index, by which arrays share places."""

    def __init__(self, columns: dict[int, Array], length: int) -> None:
        self.columns, self.length = columns, length

    @classmethod
    def whole(cls, names: Sequence[int], sizes: Sequence[int]) -> Table:
        """All places of an array."""
        return cls.of_entries(names, sizes, None)

    @classmethod
    def of_entries(cls, names: Sequence[int], sizes: Sequence[int], entries: Array | None) -> Table:
        """The places of some entries, by default of all; on the diagonal where a name repeats."""
        if entries is None:
            check_number(prod(sizes))
            entries = np.arange(prod(sizes))
        columns: dict[int, Array] = {}
        kept = np.ones(entries.size, bool)
        plain = not sizes or not entries.size
        places = [entries] * len(sizes) if plain else np.unravel_index(entries, tuple(sizes))
        for name, place in zip(names, places, strict=True):
            kept &= columns.setdefault(name, place) == place
        return cls(columns, entries.size).where(kept)

    def where(self, kept: Array) -> Table:
        """Some of the rows."""
        return self._taken(np.flatnonzero(kept))

    def crossed(self, name: int, size: int) -> Table:
        """Each row with all places along one more index."""
        check_number(self.length * size)
        wider = self._taken(np.repeat(np.arange(self.length), size))
        wider.columns[name] = np.tile(np.arange(size), self.length)
        return wider

    def meeting(self, other: Table, kept: Iterable[int], sizes: Mapping[int, int]) -> Table:
        """The rows of both that agree where they share indices, with the `kept` indices of each."""
        names = [name for name in other.columns if name in kept]
        shared = [name for name in names if name in self.columns]
        ours = self.numbers(shared, [sizes[name] for name in shared])
        sizes_of = [sizes[name] for name in names]
        distinct = np.unique(other.numbers(names, sizes_of))
        theirs = Table.of_entries(names, sizes_of, distinct)
        keys = theirs.numbers(shared, [sizes[name] for name in shared])
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        first, last = np.searchsorted(keys, ours, "left"), np.searchsorted(keys, ours, "right")
        counts = last - first
        check_number(int(counts.sum()))
        found = self._taken(np.repeat(np.arange(self.length), counts))
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        matched = theirs._taken(order[np.repeat(first, counts) + within])
        return Table({**matched.columns, **found.columns}, found.length)

    def numbers(self, names: Iterable[int], sizes: Sequence[int]) -> Array:
        """The entries at these places in an array with such axes."""
        total = np.zeros(self.length, np.intp)
        for name, size in zip(names, sizes, strict=True):
            total = total * size + self.columns[name]
        return total

    def _taken(self, rows: Array) -> Table:
        return Table({name: column[rows] for name, column in self.columns.items()}, rows.size)
