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

Array: TypeAlias = "np.ndarray[Any, Any]"
Matrix: TypeAlias = Any
Shapes: TypeAlias = "Sequence[tuple[int, ...]]"

_ENTRIES = 1 << 22
"""At most so many entries does a result of one call have, so that memory stays bounded."""


@dataclass(frozen=True, slots=True)
class Lanes:
    """One kind of pass, and which of its lanes hold which entries of the matrix.

    forward  whether columns are summed, by forward mode; else rows, by reverse mode
    colours  the lane of each column, or row; -1 for one that takes no part
    count    how many lanes there are
    entries  the places, among all entries of the pattern, that are found here
    lane     for each of these, its lane
    place    for each of these, its row in that lane, or its column if rows are summed
    """

    forward: bool
    colours: Array
    count: int
    entries: Array
    lane: Array
    place: Array

    def seeds(self, shapes: Shapes, first: int, last: int, dtype: Any) -> list[Array]:
        """The directions of some lanes, one array of a lane for each array of such shapes."""
        lanes = np.arange(first, last)[:, None]
        ends = np.cumsum([prod(shape) for shape in shapes])[:-1]
        parts = np.split(self.colours, ends)
        return [
            (lanes == part).astype(dtype).reshape(last - first, *shape)
            for part, shape in zip(parts, shapes, strict=True)
        ]

    def chunks(self, seeded: Shapes, found: Shapes) -> Iterator[tuple[int, int]]:
        """The lanes in groups that are computed at once."""
        largest = max(sum(map(prod, seeded)), sum(map(prod, found)), 1)
        step = max(_ENTRIES // largest, 1)
        for first in range(0, self.count, step):
            yield first, min(first + step, self.count)

    def taken(self, shapes: Shapes, first: int, last: int) -> list[tuple[Array, Array]]:
        """For each result of some lanes: which entries are in it, and where in a row."""
        found: list[tuple[Array, Array]] = []
        start = 0
        here = (self.lane >= first) & (self.lane < last)
        for size in map(prod, shapes):
            inside = np.flatnonzero(here & (self.place >= start) & (self.place < start + size))
            where = (self.lane[inside] - first) * size + self.place[inside] - start
            found.append((self.entries[inside], where))
            start += size
        return found


def by_columns(pattern: Matrix) -> Lanes:
    """All entries from sums of columns."""
    colours = column_colours(pattern)
    entries = np.arange(pattern.nnz)
    lane = colours[pattern.indices]
    return Lanes(True, colours, count_of(colours), entries, lane, rows_of(pattern))


def by_rows(pattern: Matrix) -> Lanes:
    """All entries from sums of rows."""
    colours = column_colours(pattern.T.tocsr())
    entries = np.arange(pattern.nnz)
    lane = colours[rows_of(pattern)]
    return Lanes(False, colours, count_of(colours), entries, lane, pattern.indices)


def by_stars(pattern: Matrix) -> Lanes:
    """All entries of a symmetric matrix from sums of columns, each from its row or its column.

    An entry is read in its own row, unless other columns there have the same colour.
    """
    colours = star_colours(pattern)
    rows, columns = rows_of(pattern), pattern.indices
    count = count_of(colours)
    own = rows * count + colours[columns]
    _, which, often = np.unique(own, return_inverse=True, return_counts=True)
    alone = often[which] == 1
    lane = np.where(alone, colours[columns], colours[rows])
    place = np.where(alone, rows, columns)
    return Lanes(True, colours, count, np.arange(pattern.nnz), lane, place)


def compressed(pattern: Matrix, symmetric: bool) -> list[Lanes]:
    """The passes by which a matrix is found from the fewest products."""
    if not pattern.nnz:
        return []
    if symmetric:
        return [by_stars(pattern)]
    forward = by_columns(pattern)
    if np.bincount(pattern.indices).max() >= forward.count:  # reverse mode needs as many
        return [forward]
    reverse = by_rows(pattern)
    return [reverse if reverse.count < forward.count else forward]


def rows_of(pattern: Matrix) -> Array:
    """The row of each entry."""
    return np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr))
