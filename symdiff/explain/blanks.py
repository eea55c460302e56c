"""Exercises: parts of an explanation left blank, with a key at the end."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from symdiff.errors import ArgumentError
from symdiff.show.document import Blank, Block, Document, Grid, Line, Row, Section
from symdiff.show.writers.key import with_key

ASKED = ("local", "contribution", "entry", "value", "shape", "formula")
"""The columns of which exercises can ask."""


def with_blanks(document: Document, blanks: str | float, seed: int) -> Document:
    """Leave a column of the tables blank, or at random such a part of all that can be asked.

    Raises ArgumentError for a column that no table of the document has, or a number that is no
    part of a whole.
    """
    chosen = _choice(document, blanks, seed)
    answers: list[Line] = []

    def filled(cell: Line, column: str) -> Line:
        if not cell or cell == ("()",) or not chosen(column):
            return cell
        answers.append(cell)
        return (Blank(len(answers), cell),)

    def blanked(block: Block) -> Block:
        if isinstance(block, Section):
            return replace(block, blocks=tuple(map(blanked, block.blocks)))
        if not isinstance(block, Grid) or not block.columns:
            return block
        return block._replace(rows=tuple(_row(row, block.columns, filled) for row in block.rows))

    sections = tuple(
        replace(section, blocks=tuple(map(blanked, section.blocks)))
        for section in document.sections
    )
    return with_key(replace(document, sections=sections))


def _row(row: Row, columns: tuple[str, ...], filled: Callable[[Line, str], Line]) -> Row:
    if len(row.cells) != len(columns):
        return row
    cells = tuple(filled(cell, column) for cell, column in zip(row.cells, columns, strict=True))
    return row._replace(cells=cells)


def _choice(document: Document, blanks: str | float, seed: int) -> Callable[[str], bool]:
    """Whether to leave a cell of a column blank."""
    if isinstance(blanks, str):
        present = {
            c for block in document.blocks() if isinstance(block, Grid) for c in block.columns
        }
        known = [column for column in ASKED if column in present]
        if not known:
            raise ArgumentError("nothing here can be left blank; the tables are in detail='full'")
        if blanks not in known:
            raise ArgumentError(
                f"blanks must be one of {', '.join(map(repr, known))} or a number between 0 and 1, "
                f"not {blanks!r}"
            )
        return lambda column: column == blanks
    if isinstance(blanks, bool) or not isinstance(blanks, (int, float)) or not 0 <= blanks <= 1:
        raise ArgumentError(f"blanks must be a column or a number between 0 and 1, not {blanks!r}")
    draw = random.Random(seed)
    return lambda column: column in ASKED and draw.random() < blanks
