"""Pictures as SVG. Every element knows its node, and from which step of the pass it is there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from symdiff.draw.diagram import Diagram, Edge, Kind, Vertex
from symdiff.draw.geometry import Curve, Layout, Outline, Point, Shape
from symdiff.draw.measure import LINE, NAME, SMALL, text_width
from symdiff.draw.placing import is_square
from symdiff.show.wording import Wording

STYLE = """
.sd-picture text{font-family:"Latin Modern Math","STIX Two Text",Cambria,"DejaVu Serif",
"Noto Serif CJK SC",serif;fill:#1b1b1b}
.sd-picture .paper{fill:#fff}
.sd-picture .name{font-size:15px}
.sd-picture .name,.sd-picture .note,.sd-picture .label{font-style:italic}
.sd-picture .word{font-style:normal}
.sd-picture .small,.sd-picture .operation,.sd-picture .value,.sd-picture .note,.sd-picture .label,
.sd-picture .caption,.sd-picture .order{font-size:11.5px}
.sd-picture .order{font-size:9px}
.sd-picture .operation,.sd-picture .order{fill:#55606b}
.sd-picture .value{fill:#00507d}
.sd-picture .note,.sd-picture .label,.sd-picture .appended .value{fill:#a83f00}
.sd-picture .shape{fill:#e3f0fa;stroke:#0072b2;stroke-width:1.3}
.sd-picture .variable .shape{fill:#fff}
.sd-picture .constant .shape{fill:#f4f4f4;stroke:#9aa3ab;stroke-width:.8}
.sd-picture .constant .name{font-size:11.5px;font-style:normal}
.sd-picture .output .shape{stroke-width:2.6}
.sd-picture .appended .shape{fill:#fdeee0;stroke:#d55e00}
.sd-picture .box .shape{stroke-dasharray:2 3}
.sd-picture .edge path{fill:none;stroke:#3c6e91;stroke-width:1.2}
.sd-picture .edge.chain path{stroke:#d55e00}
.sd-picture .edge.local path{stroke:#7b8794;stroke-dasharray:1.5 3}
.sd-picture .edge.back path{stroke:#d55e00;stroke-dasharray:5 3}
.sd-picture .edge .tip{fill:#3c6e91;stroke:none}
.sd-picture .edge.chain .tip,.sd-picture .edge.back .tip{fill:#d55e00;stroke:none}
.sd-picture .edge.local .tip{fill:#7b8794;stroke:none}
.sd-picture [data-new] .shape{stroke-width:3}
.sd-picture .edge[data-new] path{stroke-width:2.4}
.sd-picture .frame{fill:#f3f4f6;fill-opacity:.75;stroke:#aab2bb;stroke-width:1;
stroke-linejoin:round}
.sd-picture .caption{fill:#55606b}
.sd-picture .caption,.sd-picture .label,.sd-picture .order{paint-order:stroke;stroke:#fff;
stroke-width:3px;stroke-linejoin:round;stroke-opacity:.8}
@media (prefers-color-scheme:dark){
.sd-picture text{fill:#ececec}.sd-picture .paper{fill:#16191d}
.sd-picture .operation,.sd-picture .order,.sd-picture .caption{fill:#a9b4be}
.sd-picture .value{fill:#8fcdf5}
.sd-picture .caption,.sd-picture .label,.sd-picture .order{stroke:#16191d}
.sd-picture .note,.sd-picture .label,.sd-picture .appended .value{fill:#ffab70}
.sd-picture .shape{fill:#11304a;stroke:#56b4e9}.sd-picture .variable .shape{fill:#16191d}
.sd-picture .constant .shape{fill:#23272c;stroke:#77818b}
.sd-picture .appended .shape{fill:#3d2413;stroke:#f0913e}
.sd-picture .edge path{stroke:#7fb6da}.sd-picture .edge .tip{fill:#7fb6da}
.sd-picture .edge.chain path,.sd-picture .edge.back path{stroke:#f0913e}
.sd-picture .edge.chain .tip,.sd-picture .edge.back .tip{fill:#f0913e}
.sd-picture .frame{fill:#22272d;stroke:#5b6670}}
"""

_TIP = 6.5


class Panel:
    """A diagram in its place, drawn as a group of elements."""

    def __init__(self, diagram: Diagram, layout: Layout, prefix: str = "") -> None:
        self.diagram, self.layout, self.prefix = diagram, layout, prefix

    def elements(self, until: int | None = None) -> list[str]:
        """All elements, or those that are there after the step at the place `until`."""
        diagram, layout = self.diagram, self.layout
        pieces: list[str] = []
        for outlines in layout.frames:
            pieces += map(_frame, outlines)
        for edge, curve in zip(diagram.edges, layout.curves, strict=True):
            pieces += self._edge(edge, curve, until)
        for vertex in diagram.vertices:
            if _is_there(vertex.step, until):
                pieces += self._vertex(vertex, layout.shapes[vertex.id], until)
        for group, outlines in zip(diagram.groups, layout.frames, strict=True):
            pieces += [_frame_title(group.label, outline) for outline in outlines]
        return pieces

    def _vertex(self, v: Vertex, shape: Shape, until: int | None) -> list[str]:
        classes = " ".join(["node", v.kind.value, *(["appended"] if v.appended else [])])
        written = "".join(f" {self.prefix}{each}" for each in v.written)
        more = f' data-written="{written.strip()}"' if written else ""
        pieces = [
            f'<g class="{classes}" data-node="{self.prefix}{v.id}"{more}{_step(v.step, until)}>',
            f"<title>{escape(v.title)}</title>",
            _outline(v, shape),
        ]
        y = shape.y - _text_height(v) / 2
        for text, style, size, step in _lines(v):
            y += size * LINE
            if _is_there(step, until):
                own = _step(step, until) if style == "note" else ""
                pieces.append(_text(shape.x, y - size * 0.36, text, style, "middle", own))
        if v.operation is not None and shape.label is not None:
            pieces.append(
                _text(shape.label.x, shape.label.y + SMALL * 0.34, v.operation.pretty,
                      "operation", shape.anchor)
            )  # fmt: skip
        return [*pieces, "</g>"]

    def _edge(self, edge: Edge, curve: Curve, until: int | None) -> list[str]:
        ends = f'data-tail="{self.prefix}{edge.tail}" data-head="{self.prefix}{edge.head}"'
        pieces: list[str] = []
        if edge.label is not None or _is_there(edge.step, until):
            own = "" if edge.label is not None else _step(edge.step, until)
            pieces.append(f'<g class="edge {edge.role.value}" {ends}{own}>')
            pieces += _arrow(curve)
            if curve.order is not None:
                pieces.append(_text(*curve.order, str(edge.place + 1), "order", "middle"))
            pieces.append("</g>")
        if edge.label is not None and curve.back is not None and _is_there(edge.step, until):
            pieces.append(f'<g class="edge back" {ends}{_step(edge.step, until)}>')
            pieces.append(f"<title>{escape(edge.title)}</title>")
            pieces += _arrow(curve.back)
            if curve.label is not None:
                x, y = curve.label
                pieces.append(_text(x, y + SMALL * 0.34, edge.label.pretty, "label", "start"))
            pieces.append("</g>")
        return pieces


def picture(
    panels: Sequence[Panel], captions: Sequence[str], title: str, until: int | None = None
) -> str:
    """One SVG with panels side by side and captions under them."""
    entries = list(dict.fromkeys(entry for panel in panels for entry in _entries(panel.diagram)))
    tallest = max(panel.layout.height for panel in panels)
    foot = tallest + (_CAPTION if any(captions) else 0.0)
    height = foot + (_LEGEND if entries else 0.0)
    width = sum(panel.layout.width for panel in panels) + _BETWEEN * (len(panels) - 1)
    width = max(width, _legend_width(entries))
    inside: list[str] = []
    x = 0.0
    for panel, words in zip(panels, captions, strict=True):
        drop = tallest - panel.layout.height
        inside.append(f'<g transform="translate({_n(x)} {_n(drop)})">')
        inside += [*panel.elements(until), "</g>"]
        if words:
            middle = x + panel.layout.width / 2
            inside.append(_text(middle, tallest + 8, words, "caption", "middle"))
        x += panel.layout.width + _BETWEEN
    inside += _legend(entries, foot)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="sd-picture" role="img" '
        f'aria-label={quoteattr(title)} width="{_n(width)}" height="{_n(height)}" '
        f'viewBox="0 0 {_n(width)} {_n(height)}">'
    )
    paper = f'<rect class="paper" width="{_n(width)}" height="{_n(height)}"/>'
    return "\n".join([head, f"<style>{STYLE}</style>", paper, *inside, "</svg>"])


_BETWEEN = 44.0
_CAPTION = 22.0
_LEGEND = 26.0


def _is_there(step: int | None, until: int | None) -> bool:
    return step is None or until is None or step <= until


def _step(step: int | None, until: int | None) -> str:
    """The attribute that says from which step an element is there; what is new is marked."""
    if step is None:
        return ""
    return f' data-step="{step}"' + (' data-new=""' if step == until else "")


def _lines(v: Vertex) -> list[tuple[str, str, float, int | None]]:
    """The lines of text in a vertex: what, in which style, how large, from which step on."""
    size = SMALL if v.kind is Kind.CONSTANT else NAME
    lines: list[tuple[str, str, float, int | None]] = [(v.name.pretty, "name", size, None)]
    if v.value:
        lines.append((v.value, "value", SMALL, None))
    return lines + [(note.pretty, "note", SMALL, step) for note, step in v.notes]


def _text_height(v: Vertex) -> float:
    return sum(size * LINE for _, _, size, _ in _lines(v))


def _outline(v: Vertex, s: Shape) -> str:
    radius = 5.0 if is_square(v) else min(s.width, s.height) / 2
    return _rect(s.x - s.width / 2, s.y - s.height / 2, s.width, s.height, radius)


def _rect(x: float, y: float, width: float, height: float, radius: float) -> str:
    return (
        f'<rect class="shape" x="{_n(x)}" y="{_n(y)}" '
        f'width="{_n(width)}" height="{_n(height)}" rx="{_n(radius)}"/>'
    )


def _arrow(curve: Curve) -> list[str]:
    """A line with a tip, which ends where the line would."""
    *_, before, end = curve.points()
    dx, dy = end.x - before.x, end.y - before.y
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    ux, uy = dx / length * _TIP, dy / length * _TIP
    neck = Point(end.x - ux, end.y - uy)
    path = f"M{_n(curve.start.x)} {_n(curve.start.y)}"
    for piece in (*curve.pieces[:-1], (*curve.pieces[-1][:-1], neck)):
        path += ("C" if len(piece) == 3 else "L") + " ".join(f"{_n(x)} {_n(y)}" for x, y in piece)
    wing = Point(-uy * 0.42, ux * 0.42)
    tip = (
        f"M{_n(end.x)} {_n(end.y)}L{_n(neck.x + wing.x)} {_n(neck.y + wing.y)}"
        f"L{_n(neck.x - wing.x)} {_n(neck.y - wing.y)}Z"
    )
    return [f'<path d="{path}"/>', f'<path class="tip" d="{tip}"/>']


def _frame(outline: Outline) -> str:
    corners = " ".join(f"{_n(p.x)},{_n(p.y)}" for p in outline)
    return f'<polygon class="frame" points="{corners}"/>'


def _frame_title(label: str, outline: Outline) -> str:
    corner = min(outline, key=lambda p: (p.y, p.x))
    return _text(corner.x + 7, corner.y + 14, label, "caption", "start")


def _text(x: float, y: float, text: str, style: str, anchor: str, more: str = "") -> str:
    written = _WORD.sub(_upright, escape(text)) if style in _FORMULAS else escape(text)
    place = f'x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}"'
    return f'<text class="{style}" {place}{more}>{written}</text>'


_FORMULAS = ("name", "note", "label")
"""What is set as formulas are: letters alone are italic, words and numbers are not."""

_WORD = re.compile(r"&\w+;|[^\W\d_][\w.]+|[\d()\[\]{}.,]+")


def _upright(found: re.Match[str]) -> str:
    word = found[0]
    alone = word[1:].strip(_SUBSCRIPTS) == "" and not word[0].isdigit()
    return word if alone or word[0] == "&" else f'<tspan class="word">{word}</tspan>'


_SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉ᵀ"


def _n(number: float) -> str:
    """A coordinate with one decimal."""
    return f"{round(number, 1) + 0.0:.12g}"


# The legend -------------------------------------------------------------------------------------


def _entries(diagram: Diagram) -> list[tuple[str, str]]:
    say = Wording(diagram.language).text
    if any(v.appended for v in diagram.vertices):
        appended = "picture.backward" if diagram.steps else "picture.simplified"
        return [("node inner", say("picture.forward")), ("node inner appended", say(appended))]
    if any(e.label is not None for e in diagram.edges):
        return [("edge argument", say("picture.forward")), ("edge back", say("picture.sent"))]
    return []


def _legend_width(entries: Sequence[tuple[str, str]]) -> float:
    return 20 + sum(44 + text_width(words, SMALL) for _, words in entries)


def _legend(entries: Sequence[tuple[str, str]], top: float) -> list[str]:
    pieces: list[str] = []
    x, y = 18.0, top + 6
    for classes, words in entries:
        pieces.append(f'<g class="{classes} legend">')
        if "edge" in classes:
            pieces += _arrow(Curve(Point(x, y), ((Point(x + 18, y),),)))
        else:
            pieces.append(_rect(x, y - 6, 18, 12, 2 if "appended" in classes else 6))
        pieces.append(_text(x + 24, y + 4, words, "caption", "start"))
        pieces.append("</g>")
        x += 44 + text_width(words, SMALL)
    return pieces
