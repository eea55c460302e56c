"""What an explanation says, apart from how it is written: sections of words, formulas and tables.

A builder makes a document of these; `symdiff.show.writers` write it as text, LaTeX or HTML.
A piece that is about a node carries that node, so that a page can link it with the picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from symdiff.node import Node


class Math(NamedTuple):
    r"""A formula in two notations: Unicode for terminals, LaTeX without dollar signs.

    >>> print((Math("√x", r"\sqrt{x}") + " = 2").latex)
    \sqrt{x} = 2
    """

    pretty: str
    latex: str

    def __add__(self, other: object) -> Math:
        """Put formulas side by side; a string means the same in both notations."""
        more = other if isinstance(other, Math) else Math(str(other), str(other))
        return Math(self.pretty + more.pretty, self.latex + more.latex)


class Code(NamedTuple):
    """A name in a program, such as `grad_table`."""

    text: str


class Blank(NamedTuple):
    """A place for the reader to fill in; `answer` is what the key says under `number`."""

    number: int
    answer: Line


class Strong(NamedTuple):
    """Words that are stressed, such as the verdict of a check."""

    text: str


Inline: TypeAlias = str | Math | Code | Blank | Strong
Line: TypeAlias = tuple[Inline, ...]
"""Words and formulas in a row."""


class Paragraph(NamedTuple):
    """A line of words and formulas, about `node` if it is given."""

    line: Line
    node: Node | None = None


class Display(NamedTuple):
    """Formulas on lines of their own, one below the other, each with a remark."""

    lines: tuple[tuple[Math | Blank, Line], ...]
    node: Node | None = None


class Row(NamedTuple):
    """A row of a table; `nodes` are those that it is about, `step` is its place in the pass."""

    cells: tuple[Line, ...]
    nodes: tuple[Node, ...] = ()
    step: int | None = None


class Grid(NamedTuple):
    """A table; its head may be empty. `columns` says what each column holds, such as "local"."""

    head: tuple[Line, ...]
    rows: tuple[Row, ...]
    columns: tuple[str, ...] = ()


class Listing(NamedTuple):
    """Source or pseudo-code, line by line; each with the nodes that it is about."""

    lines: tuple[tuple[str, tuple[Node, ...]], ...]
    language: str = ""


class Drawn(Protocol):
    """What can stand in a document as a picture."""

    @property
    def svg(self) -> str:
        """The picture for pages."""

    @property
    def tikz(self) -> str:
        """The picture for LaTeX, a `tikzpicture`."""


class Figure(NamedTuple):
    """Pictures beside each other, with a caption, which is all that plain text says of them."""

    pictures: tuple[Drawn, ...]
    caption: Line


Block: TypeAlias = "Paragraph | Display | Grid | Listing | Figure | Section"


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part. `key` names it, so that it can be left out."""

    key: str
    title: Line
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """An explanation: a title, what comes before the first section, and the sections."""

    title: Line
    opening: tuple[Block, ...]
    sections: tuple[Section, ...]
    language: str = "en"

    def blocks(self) -> Iterator[Block]:
        """All blocks in order, sections included, each before what is in it."""
        waiting: list[Block] = [*self.opening, *self.sections][::-1]
        while waiting:
            block = waiting.pop()
            yield block
            if isinstance(block, Section):
                waiting.extend(reversed(block.blocks))
