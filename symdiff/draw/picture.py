"""`Picture`: diagrams side by side, in every format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from symdiff.draw.animation import animation
from symdiff.draw.diagram import Diagram
from symdiff.draw.dot import dot
from symdiff.draw.geometry import Layout
from symdiff.draw.layout import lay_out
from symdiff.draw.mermaid import mermaid
from symdiff.draw.svg import Panel, picture
from symdiff.draw.tikz import document, tikz
from symdiff.errors import ArgumentError
from symdiff.node import Node


@dataclass(frozen=True)
class Sheet:
    """One diagram of a picture, with the ids of its nodes and a caption under it."""

    diagram: Diagram
    ids: Mapping[Node, str]
    direction: str
    caption: str = ""

    @cached_property
    def layout(self) -> Layout:
        """Where everything stands."""
        return lay_out(self.diagram, self.direction)


FORMATS = {
    ".svg": "svg",
    ".dot": "dot",
    ".gv": "dot",
    ".mmd": "mermaid",
    ".tex": "tikz_document",
    ".html": "animation",
}
"""Suffixes of files, and what of a picture is written to them."""


class Picture:
    """A graph as a picture; `draw` makes it.

    ids  what each node is called in all formats. In a picture of several graphs, the ids of the
         second begin with `b_`, those of the third with `c_`, and so on. Before all of them stands
         the `prefix`, by which several pictures on a page differ.

    In the SVG, what shows a node has its id as `data-node`; ids of numbers that are written into an
    operation are its `data-written`. What the backward pass appends has as
    `data-step` the place of the first step of `GradientTable.steps` after which it is there.
    """

    def __init__(self, sheets: Sequence[Sheet], prefix: str = "") -> None:
        self._sheets = tuple(sheets)
        self._prefix = prefix
        self.ids: dict[Node, str] = {}
        for sheet, prefix in zip(self._sheets, self._prefixes, strict=True):
            for node, name in sheet.ids.items():
                self.ids.setdefault(node, prefix + name)

    @property
    def _prefixes(self) -> list[str]:
        letters = ["", *(f"{_letter(k)}_" for k in range(1, len(self._sheets)))]
        return [self._prefix + letter for letter in letters]

    @cached_property
    def _panels(self) -> list[Panel]:
        pairs = zip(self._sheets, self._prefixes, strict=True)
        return [Panel(sheet.diagram, sheet.layout, prefix) for sheet, prefix in pairs]

    @property
    def steps(self) -> int:
        """How many steps the pass has that the picture shows."""
        return max(sheet.diagram.steps for sheet in self._sheets)

    @cached_property
    def svg(self) -> str:
        """The picture as SVG."""
        return self._frame(None)

    @cached_property
    def frames(self) -> list[str]:
        """The pass as SVG: the graph before it, then the picture after each step."""
        return [self._frame(k) for k in range(-1, self.steps)]

    def _frame(self, until: int | None) -> str:
        return picture(self._panels, self._captions, self.title, until)

    @property
    def title(self) -> str:
        """What the picture shows, in words."""
        return "; ".join(dict.fromkeys(sheet.diagram.title for sheet in self._sheets))

    def beside(self, *others: Picture, captions: Sequence[str] = ()) -> Picture:
        """Put this picture and others side by side, with captions under them.

        Raises ArgumentError for another number of captions than of pictures.
        """
        sheets = [sheet for each in (self, *others) for sheet in each._sheets]
        if captions and len(captions) != len(sheets):
            raise ArgumentError(
                f"{len(sheets)} pictures need as many captions, not {len(captions)}"
            )
        words = captions or [sheet.caption for sheet in sheets]
        return Picture(
            [Sheet(s.diagram, s.ids, s.direction, w) for s, w in zip(sheets, words, strict=True)]
        )

    @cached_property
    def dot(self) -> str:
        """The picture as Graphviz DOT."""
        return dot(self._diagrams, self._prefixes, self._captions, self._sheets[0].direction)

    @cached_property
    def mermaid(self) -> str:
        """The picture as a Mermaid flowchart."""
        return mermaid(self._diagrams, self._prefixes, self._captions, self._sheets[0].direction)

    @cached_property
    def tikz(self) -> str:
        """The picture as a `tikzpicture`, which needs the packages tikz and amsmath."""
        layouts = [sheet.layout for sheet in self._sheets]
        return tikz(self._diagrams, layouts, self._prefixes, self._captions)

    @property
    def tikz_document(self) -> str:
        """A LaTeX document with the picture alone."""
        return document(self.tikz)

    @property
    def animation(self) -> str:
        """The pass step by step, as an HTML page that stands alone."""
        return animation(self.svg, self.title, self.steps, self._sheets[0].diagram.language)

    def save(self, path: str | Path) -> None:
        """Write the picture to a file, in the format that its suffix names.

        `.svg`, `.dot`, `.mmd` (Mermaid), `.tex` (a document with TikZ), `.html` (step by step).

        Raises ArgumentError for another suffix.
        """
        suffix = Path(path).suffix
        if suffix not in FORMATS:
            known = ", ".join(FORMATS)
            raise ArgumentError(f"a picture is saved as one of {known}, not as {str(path)!r}")
        Path(path).write_text(getattr(self, FORMATS[suffix]), encoding="utf-8")

    @property
    def _diagrams(self) -> list[Diagram]:
        return [sheet.diagram for sheet in self._sheets]

    @property
    def _captions(self) -> list[str]:
        return [sheet.caption for sheet in self._sheets]

    def __repr__(self) -> str:
        vertices = sum(len(sheet.diagram.vertices) for sheet in self._sheets)
        return f"<picture of {vertices} nodes, {self.steps} steps: {self.title}>"

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": repr(self)}


def _letter(place: int) -> str:
    return chr(ord("a") + place) if place < 26 else f"p{place}"
