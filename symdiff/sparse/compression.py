"""How a matrix of known pattern is found from few products, and read off them.

Products with Jacobians come in lanes: the columns of one colour are summed in one lane of a forward
pass, the rows of one colour in one lane of a reverse pass. Which lane holds which entry is worked
out once; each evaluation then takes it from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, TypeAlias

import numpy as np

from symdiff.sparse.colouring import column_colours, count_of, star_colours
from symdiff.sparse.pattern import matrix

Array: TypeAlias = "np.ndarray[Any, Any]"
Matrix: TypeAlias = Any
Shapes: TypeAlias = "Sequence[tuple[int, ...]]"

_ENTRIES = 1 << 22
"""At most so many entries does a result of one call have, so that memory stays bounded."""
_SEPARATE = 16
"""At most so many variables have lanes of their own."""


@dataclass(frozen=True, slots=True)
class Lanes:
    """One kind of pass, and which of its lanes hold which entries of the matrix.

    forward  whether columns are summed, by forward mode; else rows, by reverse mode
    sides    which of the arrays that columns (or rows) belong to take part, and no others move
    colours  the lane of each column (or row) of these; -1 for one that takes no part
    entries  the places, among all entries of the pattern, that are found here
    lane     for each of these, its lane
    place    for each of these, its row in that lane, or its column if rows are summed
    """

    forward: bool
    sides: tuple[int, ...]
    colours: Array
    entries: Array
    lane: Array
    place: Array

    @property
    def count(self) -> int:
        """How many lanes there are."""
        return count_of(self.colours)

    def seeds(self, shapes: Shapes, first: int, last: int, dtype: Any) -> list[Array]:
        """The directions of some lanes, for each array that takes part, of all these shapes."""
        lanes = np.arange(first, last)[:, None]
        own = [shapes[side] for side in self.sides]
        ends = np.cumsum([prod(shape) for shape in own])[:-1]
        return [
            (lanes == part).astype(dtype).reshape(last - first, *shape)
            for part, shape in zip(np.split(self.colours, ends), own, strict=True)
        ]

    def chunks(self, seeded: Shapes, found: Shapes) -> Iterator[tuple[int, int]]:
        """The lanes in groups that are computed at once."""
        largest = max(sum(map(prod, seeded)), sum(map(prod, found)), 1)
        step = max(_ENTRIES // largest, 1)
        for first in range(0, self.count, step):
            yield first, min(first + step, self.count)

    def taken(self, shapes: Shapes, first: int, last: int) -> list[tuple[Array | slice, Array]]:
        """For each result of some lanes: which entries are in it, and where in a row."""
        found: list[tuple[Array | slice, Array]] = []
        start = 0
        here = (self.lane >= first) & (self.lane < last)
        for size in map(prod, shapes):
            inside = np.flatnonzero(here & (self.place >= start) & (self.place < start + size))
            where = (self.lane[inside] - first) * size + self.place[inside] - start
            found.append((_evenly(self.entries[inside]), where))
            start += size
        return found


def _evenly(entries: Array) -> Array | slice:
    """Entries that follow each other as a slice, which is faster."""
    if entries.size and entries[-1] - entries[0] == entries.size - 1:  # they are in order
        return slice(int(entries[0]), int(entries[-1]) + 1)
    return entries


def compressed(
    pattern: Matrix, rows: Sequence[int], columns: Sequence[int], symmetric: bool
) -> list[Lanes]:
    """The passes by which a matrix is found from the fewest products.

    `rows` and `columns` say how many of each belong to one array.
    """
    if not pattern.nnz:
        return []
    if symmetric:
        return [_by_stars(pattern, len(columns))]
    longest_row, longest_column = np.diff(pattern.indptr).max(), np.bincount(pattern.indices).max()
    whole = _Part(pattern, pattern, np.arange(pattern.nnz))
    several = 1 < len(columns) <= _SEPARATE
    best = _by_columns_of_each(pattern, columns) if several else [_by_columns(whole, len(columns))]
    if several and _products(best) > longest_row:
        best = min(best, [_by_columns(whole, len(columns))], key=_products)
    if _products(best) > longest_column:
        best = min(best, [_by_rows(whole, len(rows))], key=_products)
    for forward in (True, False):
        found = _with_few_apart(pattern, forward, len(rows), len(columns), _products(best))
        best = min(best, found, key=_products) if found else best
    return best


def _products(passes: Sequence[Lanes]) -> int:
    return sum(lanes.count for lanes in passes)


@dataclass(frozen=True, slots=True)
class _Part:
    """Some entries of a pattern: a pattern of the same shape, and their places in the whole."""

    whole: Matrix
    pattern: Matrix
    entries: Array

    @classmethod
    def of(cls, whole: Matrix, inside: Array) -> _Part:
        """The entries that a mask chooses."""
        entries = np.flatnonzero(inside)
        places = rows_of(whole)[entries], whole.indices[entries]
        return cls(whole, matrix(*places, whole.shape), entries)


def _by_columns(part: _Part, arrays: int) -> Lanes:
    """Entries from sums of columns; those without entries take no part."""
    pattern = part.pattern
    colours = _only_of_use(column_colours(pattern), pattern.indices)
    lane = colours[pattern.indices]
    return Lanes(True, tuple(range(arrays)), colours, part.entries, lane, rows_of(pattern))


def _by_rows(part: _Part, arrays: int) -> Lanes:
    """Entries from sums of rows; those without entries take no part."""
    pattern = part.pattern
    colours = _only_of_use(column_colours(pattern.T.tocsr()), rows_of(pattern))
    lane = colours[rows_of(pattern)]
    return Lanes(False, tuple(range(arrays)), colours, part.entries, lane, pattern.indices)


def _only_of_use(colours: Array, used: Array) -> Array:
    """The colours of columns that are used; -1 for others."""
    found = np.full_like(colours, -1)
    found[used] = colours[used]
    return found


def _by_columns_of_each(pattern: Matrix, columns: Sequence[int]) -> list[Lanes]:
    """Entries from sums of columns of one array each, so that no pass goes on from all arrays."""
    found: list[Lanes] = []
    start = 0
    for side, size in enumerate(columns):
        inside = (pattern.indices >= start) & (pattern.indices < start + size)
        if inside.any():
            part = _Part.of(pattern, inside)
            lanes = _by_columns(part, 1)
            colours = lanes.colours[start : start + size]
            found.append(Lanes(True, (side,), colours, lanes.entries, lanes.lane, lanes.place))
        start += size
    return found


def _with_few_apart(
    pattern: Matrix, forward: bool, rows: int, columns: int, best: int
) -> list[Lanes]:
    """Columns summed, but for the few longest rows, which are found one by one; or the other way.

    One long row would need a product for each of its columns. Nothing, where that cannot help.
    """
    line = rows_of(pattern) if forward else pattern.indices
    lengths = np.bincount(line, minlength=pattern.shape[0 if forward else 1])
    order = np.argsort(-lengths, kind="stable")
    bounds = np.arange(lengths.size) + lengths[order]
    few = int(np.argmin(bounds))
    if not few or bounds[few] >= best:
        return []
    apart = np.zeros(lengths.size, bool)
    apart[order[:few]] = True
    long, others = _Part.of(pattern, apart[line]), _Part.of(pattern, ~apart[line])
    by_columns, by_rows = (others, long) if forward else (long, others)
    return [_by_columns(by_columns, columns), _by_rows(by_rows, rows)]


def _by_stars(pattern: Matrix, arrays: int) -> Lanes:
    """All entries of a symmetric matrix from sums of columns, each from its row or its column.

    An entry is read in its own row, unless other columns there have the same colour.
    """
    colours = star_colours(pattern)
    rows, columns = rows_of(pattern), pattern.indices
    own = rows * count_of(colours) + colours[columns]
    _, which, often = np.unique(own, return_inverse=True, return_counts=True)
    alone = often[which] == 1
    lane = np.where(alone, colours[columns], colours[rows])
    place = np.where(alone, rows, columns)
    entries = np.arange(pattern.nnz)
    return Lanes(True, tuple(range(arrays)), colours, entries, lane, place)


def rows_of(pattern: Matrix) -> Array:
    """The row of each entry."""
    return np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr))
