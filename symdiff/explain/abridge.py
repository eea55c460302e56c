"""Tables that are long lose their middle, and say so; columns without entries are left out."""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.show.document import Grid, Row

LONGEST = 400
"""Tables with more rows are written with their middle left out."""


def abridged(rows: Sequence[Row], width: int) -> tuple[Row, ...]:
    """The rows, or the first and the last of them with a row of dots between."""
    if len(rows) <= LONGEST:
        return tuple(rows)
    dots = Row((("…",),) * width)
    return (*rows[: LONGEST // 2], dots, *rows[-LONGEST // 2 :])


def without_empty(grid: Grid) -> Grid:
    """The table without columns in which nothing stands."""
    kept = [k for k in range(len(grid.head)) if any(row.cells[k] for row in grid.rows)]
    return Grid(
        tuple(grid.head[k] for k in kept),
        tuple(row._replace(cells=tuple(row.cells[k] for k in kept)) for row in grid.rows),
        tuple(grid.columns[k] for k in kept),
    )
