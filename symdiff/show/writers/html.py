"""Documents as HTML: a fragment without script or style, its formulas in MathML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from importlib.resources import files

from symdiff.errors import MissingDependencyError
from symdiff.node import Node
from symdiff.show.document import (
    Blank,
    Block,
    Code,
    Display,
    Document,
    Figure,
    Grid,
    Inline,
    Line,
    Listing,
    Math,
    Paragraph,
    Row,
    Section,
    Strong,
)
from symdiff.show.writers.mathml import mathml
from symdiff.show.writers.tex_formulas import parted
from symdiff.show.writers.text import blank_width, is_narrow

_CLOSING = re.compile(r"[，。、；：！？）」』”.,;:!?)]+")
"""Punctuation at the beginning of words: browsers would break the line before it."""
_WIDEST = 80
"""Formulas that are wider than so many characters may be broken."""


def as_html(document: Document, ids: Mapping[Node, str] | None = None) -> str:
    """Write a document as an `<article>`, for a page of any kind; `stylesheet()` goes with it.

    ids  what nodes are called in the page: pieces about them say so in `data-node`, rows say
         their place in the pass in `data-step`, and sections their key in `data-section`

    Raises MissingDependencyError where latex2mathml is not installed.

    >>> print(as_html(Document(("Two paths",), (Paragraph(("They add up.",)),), ())))
    <article class="symdiff" lang="en">
    <h1>Two paths</h1>
    <p>They add up.</p>
    </article>
    """
    writer = _Writer(ids or {})
    title = [f"<h1>{writer.line(document.title)}</h1>"] if document.title else []
    blocks = [writer.block(block, 2) for block in (*document.opening, *document.sections)]
    language = escape(document.language)
    opening = f'<article class="symdiff" lang="{language}">'
    return "\n".join([opening, *title, *blocks, "</article>"])


def line_html(line: Line) -> str:
    """Write a line as HTML, for a place within a page.

    >>> line_html(("a < b in ", Code("where")))
    'a &lt; b in <code>where</code>'
    """
    return _Writer({}).line(line)


def stylesheet() -> str:
    """The style of what `as_html` writes, for a `<style>` element."""
    return files("symdiff.show.writers").joinpath("document.css").read_text(encoding="utf-8")


def styled(document: Document) -> str | None:
    """Write a document with its style, for notebooks; None where latex2mathml is not installed."""
    try:
        return f"<style>{stylesheet()}</style>\n{as_html(document)}"
    except MissingDependencyError:
        return None


class _Writer:
    """Writes blocks, with the names that nodes have in the page."""

    def __init__(self, ids: Mapping[Node, str]) -> None:
        self.ids = ids

    def block(self, block: Block, level: int) -> str:
        match block:
            case Section():
                return self.section(block, level)
            case Paragraph():
                return f"<p{self.about(_one(block.node))}>{self.line(block.line)}</p>"
            case Display():
                return self.display(block)
            case Listing():
                return self.listing(block)
            case Grid():
                return self.grid(block)
            case Figure():
                return self.figure(block)

    def figure(self, figure: Figure) -> str:
        pictures = "\n".join(picture.svg for picture in figure.pictures)
        caption = f"<figcaption>{self.line(figure.caption)}</figcaption>" if figure.caption else ""
        return f'<figure class="pictures">\n{pictures}\n{caption}</figure>'

    def section(self, section: Section, level: int) -> str:
        title = f"<h{min(level, 6)}>{self.line(section.title)}</h{min(level, 6)}>"
        blocks = [self.block(each, level + 1) for each in section.blocks]
        opening = f'<section data-section="{escape(section.key)}">'
        return "\n".join([opening, title, *blocks, "</section>"])

    def display(self, display: Display) -> str:
        rows = [self.displayed(formula, remark) for formula, remark in display.lines]
        about = self.about(_one(display.node))
        return "\n".join([f'<figure class="display"{about}>', *_table(rows), "</figure>"])

    def displayed(self, formula: Math | Blank, remark: Line) -> str:
        """A formula on a line of its own, with the remark beside it, or below if it is wide."""
        written = _formula(formula, True) if isinstance(formula, Math) else self.piece(formula)
        said = self.line(remark)
        if said and is_narrow(formula):
            return f"<tr><td>{written}</td><td>{said}</td></tr>"
        below = f'<div class="remark">{said}</div>' if said else ""
        return f'<tr><td colspan="2">{written}{below}</td></tr>'

    def grid(self, grid: Grid) -> str:
        cells = "".join(f"<th>{self.line(cell)}</th>" for cell in grid.head)
        head = f"<thead><tr>{cells}</tr></thead>" if cells else ""
        rows = [self.row(row) for row in grid.rows]
        return "\n".join(['<figure class="grid">', *_table(rows, head), "</figure>"])

    def row(self, row: Row) -> str:
        step = "" if row.step is None else f' data-step="{row.step}"'
        cells = "".join(f"<td>{self.line(cell)}</td>" for cell in row.cells)
        return f"<tr{self.about(row.nodes)}{step}>{cells}</tr>"

    def listing(self, listing: Listing) -> str:
        language = f' data-language="{escape(listing.language)}"' if listing.language else ""
        lines = "\n".join(
            f'<span class="line"{self.about(nodes)}>{escape(line)}</span>'
            for line, nodes in listing.lines
        )
        return f"<pre{language}><code>{lines}</code></pre>"

    def about(self, nodes: Iterable[Node]) -> str:
        """The attribute that names nodes, of those that have a name in the page."""
        named = " ".join(self.ids[node] for node in nodes if node in self.ids)
        return f' data-node="{escape(named)}"' if named else ""

    def line(self, line: Line) -> str:
        """The pieces; a formula stays on the line of the punctuation that comes after it."""
        written: list[str] = []
        for piece in line:
            text = self.piece(piece)
            marks = _CLOSING.match(text) if isinstance(piece, str) else None
            if marks and written and written[-1].startswith("<math"):
                written[-1] = f'<span class="kept">{written[-1]}{marks[0]}</span>'
                text = text[marks.end() :]
            written.append(text)
        return "".join(written)

    def piece(self, piece: Inline) -> str:
        match piece:
            case str():
                return escape(piece)
            case Math():
                return _formula(piece)
            case Code():
                return f"<code>{escape(piece.text)}</code>"
            case Strong():
                return f"<strong>{escape(piece.text)}</strong>"
            case Blank():
                room = "&nbsp;" * blank_width(piece)
                number = piece.number
                return f'<span class="blank" data-blank="{number}">{room}</span>({number})'


def _formula(formula: Math, display: bool = False) -> str:
    """A formula, in parts if it is wide: browsers break lines between formulas alone."""
    parts = parted(formula, _WIDEST)
    if len(parts) == 1:
        return mathml(formula.latex, display)
    return f'<span class="parted">{"<wbr>".join(map(mathml, parts))}</span>'


def _one(node: Node | None) -> tuple[Node, ...]:
    return () if node is None else (node,)


def _table(rows: list[str], head: str = "") -> list[str]:
    return ["<table>", *([head] if head else []), "<tbody>", *rows, "</tbody>", "</table>"]
