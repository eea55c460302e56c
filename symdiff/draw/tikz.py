"""Pictures as TikZ, in the places that the SVG has, with formulas set by TeX."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from symdiff.draw.diagram import Diagram, Edge, Vertex
from symdiff.draw.geometry import Curve, Layout, Point, Shape
from symdiff.draw.labels import latex_words
from symdiff.draw.placing import is_square

_STYLES = r"""[x=0.75pt, y=-0.75pt, >=stealth,
  sd name/.style={font=\normalsize, inner sep=0pt, align=center},
  sd small/.style={font=\footnotesize, inner sep=0pt},
  sd node/.style={draw=sdforward, fill=sdforward!10, line width=0.8pt, sd name},
  sd variable/.style={sd node, fill=white},
  sd constant/.style={sd node, draw=black!40, fill=black!5, font=\footnotesize},
  sd inner/.style={sd node}, sd output/.style={sd node, line width=1.6pt},
  sd box/.style={sd node, dashed},
  sd appended/.style={draw=sdderivative, fill=sdderivative!12, rounded corners=3pt},
  sd argument/.style={->, draw=sdforward!80!black, line width=0.6pt},
  sd chain/.style={->, draw=sdderivative, line width=0.6pt},
  sd local/.style={->, draw=black!55, densely dotted, line width=0.6pt},
  sd back/.style={->, draw=sdderivative, dashed, line width=0.6pt},
  sd frame/.style={draw=black!35, fill=black!4, rounded corners=2pt}]"""

_COLOURS = r"""\definecolor{sdforward}{HTML}{0072B2}
\definecolor{sdderivative}{HTML}{D55E00}"""

_BETWEEN = 44.0


def tikz(
    diagrams: Sequence[Diagram],
    layouts: Sequence[Layout],
    prefixes: Sequence[str],
    captions: Sequence[str],
) -> str:
    """A `tikzpicture` with the diagrams side by side; it needs the packages tikz and amsmath."""
    tallest = max(layout.height for layout in layouts)
    lines: list[str] = []
    x = 0.0
    for diagram, layout, prefix, words in zip(diagrams, layouts, prefixes, captions, strict=True):
        drop = tallest - layout.height
        lines.append(f"\\begin{{scope}}[shift={{({_n(x)},{_n(drop)})}}]")
        lines += [f"  {line}" for line in _scope(diagram, layout, prefix)]
        if words:
            middle = _at(Point(layout.width / 2, layout.height + 8))
            lines.append(f"  \\node[sd small] at {middle} {{{_words(words)}}};")
        lines.append("\\end{scope}")
        x += layout.width + _BETWEEN
    body = "\n".join(f"  {line}" for line in lines)
    return f"{_COLOURS}\n\\begin{{tikzpicture}}{_STYLES}\n{body}\n\\end{{tikzpicture}}\n"


def document(picture: str) -> str:
    """A document with the picture alone, which pdflatex takes unless it has letters beyond ASCII.

    With these, fonts are needed that xelatex and lualatex load.
    """
    packages = ["\\usepackage{amsmath}"]
    remark = ""
    if not picture.isascii():
        remark = "% compile with xelatex\n"
        packages.append("\\usepackage{fontspec}")
        if any(_is_han(letter) for letter in picture):
            packages.append("\\usepackage[UTF8, scheme=plain]{ctex}")
    return "\n".join([
        f"{remark}\\documentclass[tikz, border=4pt]{{standalone}}", *packages,
        "\\begin{document}", picture.rstrip(), "\\end{document}", "",
    ])  # fmt: skip


def _scope(diagram: Diagram, layout: Layout, prefix: str) -> Iterable[str]:
    for group, outlines in zip(diagram.groups, layout.frames, strict=True):
        for outline in outlines:
            yield f"\\draw[sd frame] {' -- '.join(map(_at, outline))} -- cycle;"
            corner = min(outline, key=lambda p: (p.y, p.x))
            place = _at(Point(corner.x + 7, corner.y + 10))
            yield f"\\node[sd small, anchor=west] at {place} {{{_words(group.label)}}};"
    for v in diagram.vertices:
        yield from _vertex(v, layout.shapes[v.id], prefix)
    for edge, curve in zip(diagram.edges, layout.curves, strict=True):
        yield from _edge(edge, curve)


def _vertex(v: Vertex, s: Shape, prefix: str) -> Iterable[str]:
    rounded = "" if is_square(v) else f", rounded corners={_n(0.74 * min(s.width, s.height) / 2)}pt"
    style = f"sd {v.kind.value}" + (", sd appended" if v.appended else rounded)
    size = f"minimum width={_n(0.75 * s.width)}pt, minimum height={_n(0.75 * s.height)}pt"
    text = "\\\\".join([
        _math(v.name.latex),
        *([f"\\footnotesize {_words(v.value)}"] if v.value else []),
        *(f"\\footnotesize\\color{{sdderivative}}{_math(note.latex)}" for note, _ in v.notes),
    ])  # fmt: skip
    yield f"\\node[{style}, {size}] ({prefix}{v.id}) at {_at(Point(s.x, s.y))} {{{text}}};"
    if v.operation is not None and s.label is not None:
        anchor = {"start": "west", "end": "east", "middle": "center"}[s.anchor]
        label = _math(v.operation.latex)
        yield f"\\node[sd small, anchor={anchor}] at {_at(s.label)} {{{label}}};"


def _edge(edge: Edge, curve: Curve) -> Iterable[str]:
    yield f"\\draw[sd {edge.role.value}] {_path(curve)};"
    if curve.order is not None:
        yield f"\\node[font=\\tiny] at {_at(curve.order)} {{{edge.place + 1}}};"
    if curve.back is not None and edge.label is not None and curve.label is not None:
        yield f"\\draw[sd back] {_path(curve.back)};"
        label = _math(edge.label.latex)
        yield f"\\node[sd small, anchor=west, sdderivative] at {_at(curve.label)} {{{label}}};"


def _path(curve: Curve) -> str:
    path = _at(curve.start)
    for piece in curve.pieces:
        if len(piece) == 1:
            path += f" -- {_at(piece[0])}"
        else:
            first, second, end = map(_at, piece)
            path += f" .. controls {first} and {second} .. {end}"
    return path


def _at(p: Point) -> str:
    return f"({_n(p.x)},{_n(p.y)})"


def _n(number: float) -> str:
    return f"{round(number, 1) + 0.0:.12g}"


# Letters ----------------------------------------------------------------------------------------

_ACCENTS = {
    "\u0300": "grave", "\u0301": "acute", "\u0302": "hat", "\u0303": "tilde", "\u0304": "bar",
    "\u0306": "breve", "\u0307": "dot", "\u0308": "ddot", "\u030c": "check",
}  # fmt: skip
_SIGNS = {"ℓ": "\\ell", "∂": "\\partial", "∇": "\\nabla", "−": "-", "…": "\\dots", "∞": "\\infty"}


def _math(latex: str) -> str:
    return f"${_PIECES.sub(_piece, unicodedata.normalize('NFC', latex))}$"


_PIECES = re.compile(r"\\text\{([^{}]*)\}|[^\x00-\x7f]")
"""Words within a formula, and other letters that are not ASCII."""


def _piece(found: re.Match[str]) -> str:
    words = found[1]
    return found[0] if words is not None and len(words) != 1 else _letter(words or found[0])


def _letter(letter: str) -> str:
    """A letter of a formula as every TeX knows it, if it does."""
    if letter in _SIGNS:
        return _SIGNS[letter] + " "
    plain = unicodedata.normalize("NFD", letter)
    if len(plain) == 2 and plain[1] in _ACCENTS:
        return f"\\{_ACCENTS[plain[1]]}{{{plain[0]}}}"
    return f"\\text{{{letter}}}"


def _words(text: str) -> str:
    """Words outside formulas."""
    return latex_words(text)


def _is_han(letter: str) -> bool:
    return "CJK" in unicodedata.name(letter, "")
