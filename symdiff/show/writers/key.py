"""The key of an exercise: what stands in its blanks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symdiff.show.document import (
    Blank,
    Block,
    Display,
    Document,
    Figure,
    Grid,
    Line,
    Listing,
    Paragraph,
    Section,
)
from symdiff.show.wording import Wording

KEY = "key"
"""The section's key, by which it can be left out."""


def with_key(document: Document) -> Document:
    """The document with its answers as the last section; as it is if it has no blanks.

    >>> asked = Document(("Sums",), (Paragraph(("1 + 1 = ", Blank(1, ("2",)))),), ())
    >>> with_key(asked).sections[-1].blocks
    (Paragraph(line=('(1) ', '2'), node=None),)
    """
    found = {blank.number: blank.answer for blank in blanks(document)}
    if not found:
        return document
    answers = tuple(Paragraph((f"({number}) ", *found[number])) for number in sorted(found))
    section = Section(KEY, Wording(document.language)("key.title"), answers)
    return replace(document, sections=(*document.sections, section))


def blanks(document: Document) -> Iterator[Blank]:
    """The blanks of a document, in order."""
    for line in (document.title, *(line for block in document.blocks() for line in lines(block))):
        yield from (piece for piece in line if isinstance(piece, Blank))


def lines(block: Block) -> Iterator[Line]:
    """All words and formulas of a block, without those of the blocks in it."""
    match block:
        case Paragraph():
            yield block.line
        case Section():
            yield block.title
        case Display():
            for formula, remark in block.lines:
                yield (formula,)
                yield remark
        case Grid():
            yield from block.head
            yield from (cell for row in block.rows for cell in row.cells)
        case Figure():
            yield block.caption
        case Listing():
            yield from ((line,) for line, _ in block.lines)
