"""Documents as plain text, for terminals and files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symdiff.show.document import (
    Blank,
    Block,
    Display,
    Document,
    Figure,
    Grid,
    Inline,
    Line,
    Listing,
    Math,
    Paragraph,
    Section,
)
from symdiff.show.writers.layout import KEPT, longest_word, padded, shared, width, wrapped

WIDTH = 100
"""Lines are no longer, as far as words allow."""

_INDENT = "    "
_GAP = "  "
_WHOLE = 40
"""Formulas within words are not torn apart up to this width."""
_NARROWEST = 18
"""Words that are longer than this are cut where columns are short of room."""
_RULES = "=-~."
"""What underlines titles, level by level."""


def as_text(document: Document) -> str:
    """Write a document as text, with aligned tables, in lines of some hundred columns.

    >>> from symdiff.show.document import Math, Row
    >>> shape = Row((("x",), (Math("(n,)", "(n,)"),)))
    >>> print(as_text(Document(("Shapes",), (Grid((("node",), ("shape",)), (shape,)),), ())))
    Shapes
    ======
    <BLANKLINE>
    node  shape
    ────  ─────
    x     (n,)
    """
    parts = [_title(document.title, 0)] if document.title else []
    parts += [_written(block, 1) for block in (*document.opening, *document.sections)]
    return "\n\n".join(part for part in parts if part)


def plain(line: Line) -> str:
    """A line of words and formulas as text, not broken.

    >>> plain(("by ", Math("∂L/∂u₁", ""), ": ", Blank(2, ("4",))))
    'by ∂L/∂u₁: ________(2)'
    """
    return "".join(map(_piece, line)).replace(KEPT, " ")


def _written(block: Block, level: int) -> str:
    match block:
        case Section():
            inner = [_written(each, level + 1) for each in block.blocks]
            return "\n\n".join(part for part in [_title(block.title, level), *inner] if part)
        case Paragraph():
            return "\n".join(wrapped(_joined(block.line), WIDTH))
        case Display():
            return "\n".join(_INDENT + line for line in _displayed(block))
        case Listing():
            return "\n".join(f"{_INDENT}{line}".rstrip() for line, _ in block.lines)
        case Grid():
            return "\n".join(_table(block))
        case Figure():
            return "\n".join(wrapped(_joined(block.caption), WIDTH))


def _title(line: Line, level: int) -> str:
    written = plain(line)
    return f"{written}\n{_RULES[min(level, len(_RULES) - 1)] * width(written)}"


def _joined(line: Line) -> str:
    return "".join(map(_piece, line))


def _piece(piece: Inline) -> str:
    match piece:
        case Blank():
            return "_" * blank_width(piece) + f"({piece.number})"
        case Math():
            short = width(piece.pretty) <= _WHOLE
            return piece.pretty.replace(" ", KEPT) if short else piece.pretty
        case str():
            return piece
        case _:
            return piece.text


def blank_width(blank: Blank) -> int:
    """The room that an answer is given: enough, and in steps, so that it does not tell much."""
    return min(max(8, -(-width(plain(blank.answer)) // 8) * 8), 32)


# Formulas with remarks --------------------------------------------------------------------------


def is_narrow(formula: Math | Blank) -> bool:
    """True for a formula that leaves room for a remark beside it."""
    return width(_piece(formula)) <= WIDTH // 2


def _displayed(display: Display) -> Iterator[str]:
    room = WIDTH - len(_INDENT)
    beside = [_piece(formula) for formula, remark in display.lines if remark and is_narrow(formula)]
    column = max(map(width, beside), default=0)
    for formula, remark in display.lines:
        if remark and is_narrow(formula):
            widths = (column, room - column - len(_GAP))
            yield from _lines((_piece(formula), _joined(remark)), widths)
            continue
        yield from wrapped(_piece(formula), room)
        yield from (_INDENT + line for line in wrapped(_joined(remark), room - 4) if line)


# Tables -----------------------------------------------------------------------------------------


def _table(grid: Grid) -> Iterator[str]:
    cells = [[plain(cell) for cell in row.cells] for row in grid.rows]
    head = [plain(cell) for cell in grid.head]
    widths = _widths([head, *cells] if head else cells, WIDTH)
    if head:
        yield from _lines(head, widths)
        yield _GAP.join("─" * each for each in widths)
    for row in cells:
        yield from _lines(row, widths)


def _widths(rows: Sequence[Sequence[str]], room: int) -> list[int]:
    columns = list(zip(*rows, strict=True))
    wanted = [max(map(width, column)) for column in columns]
    least = [min(longest_word(column), _NARROWEST) for column in columns]
    return shared(wanted, least, room - len(_GAP) * (len(columns) - 1))


def _lines(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    """A row of cells, as many lines as its highest cell has."""
    blocks = [wrapped(cell, max(room, 1)) for cell, room in zip(cells, widths, strict=True)]
    for k in range(max(map(len, blocks))):
        parts = [block[k] if k < len(block) else "" for block in blocks]
        yield _GAP.join(map(padded, parts, widths)).rstrip()
