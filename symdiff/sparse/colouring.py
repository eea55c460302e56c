"""Colouring: columns that never meet in a row share a colour, and one product finds them all.

Sets of colours are whole numbers, a bit for each, so that each entry of a pattern costs a few
operations and the whole is linear in the entries. See Gebremedhin, Manne and Pothen, "What Color Is
Your Jacobian?", SIAM Review 47, 2005, and for stars Gebremedhin, Tarafdar, Manne and Pothen, SIAM
Journal on Scientific Computing 29, 2007.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = "np.ndarray[Any, Any]"
Matrix: TypeAlias = Any

_LARGE = 200_000
"""For patterns with more entries, a second try at colouring takes too long for what it gains."""


def column_colours(pattern: Matrix) -> Array:
    """A colour for each column, such that no row has entries in two columns of one colour."""
    rows, columns = pattern.shape
    least = _most(pattern.indptr)
    if least == columns:  # some row has them all
        return np.arange(columns)
    by_column = pattern.tocsc()
    return _fewest(lambda order: _spread(by_column, rows, order), by_column.indptr, least)


def _spread(by_column: Matrix, rows: int, order: Iterable[int]) -> Array:
    """Give each column in turn the least colour that none of its rows has yet."""
    starts, places = by_column.indptr.tolist(), by_column.indices.tolist()
    taken = [0] * rows
    colours = [0] * (len(starts) - 1)
    for column in order:
        mine = places[starts[column] : starts[column + 1]]
        used = 0
        for row in mine:
            used |= taken[row]
        free = ~used & (used + 1)
        for row in mine:
            taken[row] |= free
        colours[column] = free.bit_length() - 1
    return np.array(colours, np.intp)


def star_colours(pattern: Matrix) -> Array:
    """A colour for each column of a symmetric pattern, by which products tell each entry.

    Columns that meet have two colours, and no path over four columns has but two: so of two
    entries in one row and of one colour, each is alone with its colour in its own column's row.
    """
    count = pattern.shape[0]
    if pattern.nnz == count**2:  # all columns meet
        return np.arange(count)
    rows = np.repeat(np.arange(count), np.diff(pattern.indptr))
    apart = rows != pattern.indices
    starts = np.searchsorted(rows[apart], np.arange(count + 1))
    places = pattern.indices[apart].tolist()
    neighbours = [places[i:j] for i, j in itertools.pairwise(starts.tolist())]
    return _fewest(lambda order: _stars(neighbours, order), starts, 2)


def _stars(neighbours: list[list[int]], order: Iterable[int]) -> Array:
    """Give each column in turn the least colour that closes no path of two colours.

    near    the colours of the neighbours of each column
    twice   those that two or more of its neighbours have
    barred  for a coloured column, those of neighbours that have two or more of its own colour
    first   for a column and a colour, the first neighbour that has it
    """
    count = len(neighbours)
    colour, near, twice, barred = [0] * count, [0] * count, [0] * count, [0] * count
    first: dict[int, int] = {}
    for v in order:
        used, doubled = near[v], twice[v]
        for w in neighbours[v]:
            own = colour[w]
            if own:
                used |= barred[w]
                if doubled & own:
                    used |= near[w]
        mine = colour[v] = ~used & (used + 1)
        key = (mine.bit_length() - 1) * count
        found = 0
        for w in neighbours[v]:
            own = colour[w]
            if not near[w] & mine:
                near[w] |= mine
                first[key + w] = v
            else:
                if not twice[w] & mine:
                    twice[w] |= mine
                    barred[first[key + w]] |= own
                found |= own
            if doubled & own:
                barred[w] |= mine
        barred[v] = found
    return np.array([bit.bit_length() - 1 for bit in colour], np.intp)


def _fewest(colour: Callable[[Iterable[int]], Array], starts: Array, least: int) -> Array:
    """The better of two orders: as they stand, and those with the most entries first.

    Of large patterns the first has to do, if it does not need far more than the `least` number.
    """
    found = colour(range(starts.size - 1))
    enough = max(least, 1) if starts[-1] < _LARGE else 4 * max(least, 1)
    if count_of(found) > enough:
        other = colour(np.argsort(-np.diff(starts), kind="stable").tolist())
        if count_of(other) < count_of(found):
            return other
    return found


def count_of(colours: Array) -> int:
    """How many colours there are."""
    return int(colours.max(initial=-1)) + 1


def _most(starts: Array) -> int:
    """The most entries in one row."""
    return int(np.diff(starts).max(initial=0))
