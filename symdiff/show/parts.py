"""What objects show of themselves, see `symdiff.shown`, as text, HTML and LaTeX."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symdiff.node import Node
from symdiff.show.document import Block, Document, Grid, Inline, Line, Math, Paragraph, Row
from symdiff.show.naming import in_both
from symdiff.show.text import pretty
from symdiff.show.writers.html import styled
from symdiff.show.writers.mathjax import as_mathjax
from symdiff.shown import Part, Piece, Rows, Sentence

LONGEST = 400
"""Tables with more rows are shown with their middle left out."""

_LONGEST_LATEX = 60
"""Tables with more rows than fit on a page are not shown as LaTeX, where they are one formula."""
_WIDTH = 60


def plain(parts: Sequence[Part]) -> str:
    """Write sentences on lines, and tables in columns."""
    lines: list[str] = []
    for part in parts:
        lines += aligned(_abridged(part)) if isinstance(part, Rows) else [_text(part)]
    return "\n".join(lines)


def html(parts: Sequence[Part]) -> str | None:
    """Write a piece of a page with its style; None where latex2mathml is not installed."""
    return styled(document(parts))


def latex(parts: Sequence[Part]) -> str | None:
    """Write LaTeX that MathJax reads; None for tables that are longer than a page."""
    if any(isinstance(part, Rows) and len(part.rows) > _LONGEST_LATEX for part in parts):
        return None
    return as_mathjax(document(parts))


def document(parts: Sequence[Part]) -> Document:
    """The parts as a document without a title."""
    return Document((), tuple(map(_block, parts)), ())


def aligned(rows: Sequence[Sequence[Piece]]) -> list[str]:
    """Rows of cells as lines in which columns stand below each other."""
    cells = [[_text((cell,)) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in cells]


def _text(sentence: Sentence) -> str:
    return "".join(
        pretty(piece, _WIDTH) if isinstance(piece, Node) else piece for piece in sentence
    )


def _abridged(table: Rows) -> list[tuple[Piece, ...]]:
    """Head and rows, of a long table the first and the last."""
    rows = list(table.rows)
    if len(rows) > LONGEST:
        rows[LONGEST // 2 : -LONGEST // 2] = [("…",) * len(rows[0])]
    return [table.head, *rows] if table.head else rows


def _block(part: Part) -> Block:
    if not isinstance(part, Rows):
        return Paragraph(tuple(map(_inline, part)))
    rows = list(_lines(_abridged(part)))
    head = rows.pop(0) if part.head else ()
    return Grid(head, tuple(map(Row, rows)))


def _lines(rows: Sequence[Sequence[Piece]]) -> Iterator[tuple[Line, ...]]:
    for row in rows:
        yield tuple((_inline(cell),) for cell in row)


def _inline(piece: Piece) -> Inline:
    return Math(*in_both(piece, width=_WIDTH)) if isinstance(piece, Node) else piece
