"""Tables that are long lose their middle, and say so; columns without entries are left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from symdiff.show.document import Grid, Row

T = TypeVar("T")

LONGEST = 400
"""Of more items than this, the first and the last are written, and checked."""


def ends(items: Sequence[T]) -> list[T]:
    """All items, or the first and the last of them."""
    if len(items) <= LONGEST:
        return list(items)
    return [*items[: LONGEST // 2], *items[-LONGEST // 2 :]]


def abridged(items: Sequence[T], row: Callable[[T], Row], of: int, width: int) -> list[Row]:
    """A row for each of the items, which are the `ends` of so many; dots stand for the others."""
    rows = [row(item) for item in items]
    if of > len(items):
        rows.insert(len(items) // 2, Row((("…",),) * width))
    return rows


def without_empty(grid: Grid) -> Grid:
    """The table without columns in which nothing stands."""
    kept = [k for k in range(len(grid.head)) if any(row.cells[k] for row in grid.rows)]
    return Grid(
        tuple(grid.head[k] for k in kept),
        tuple(row._replace(cells=tuple(row.cells[k] for k in kept)) for row in grid.rows),
        tuple(grid.columns[k] for k in kept),
    )
