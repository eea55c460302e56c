"""A network and its backward pass as a picture, in SVG and TikZ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html import escape

from symdiff.draw.svg import STYLE
from symdiff.explain.network import Network
from symdiff.explain.network_drawing import drawing_of
from symdiff.explain.network_marks import Drawing, Form, Label, Mark, Wire
from symdiff.show.naming import Names
from symdiff.show.wording import Wording

_STYLE = """
.sd-network .title{font-size:13.5px;font-weight:bold}
.sd-network .pass{font-size:13.5px;font-weight:bold;fill:#0072b2}
.sd-network .backward.pass,.sd-network .back .inside,.sd-network .weight.back,
.sd-network .gain,.sd-network .entering,.sd-network .received{fill:#a83f00}
.sd-network .weight,.sd-network .inside,.sd-network .bias{font-size:15px}
.sd-network .gain,.sd-network .entering{font-size:12.5px}.sd-network .received{font-size:14px}
.sd-network .caption{font-size:12.5px}
.sd-network .math{font-style:italic}
.sd-network .elision{font-size:24px;fill:#55606b}
.sd-network .weight{paint-order:stroke;stroke:#fff;stroke-width:4px;stroke-linejoin:round}
.sd-network .back .shape{fill:#fdeee0;stroke:#d55e00}
.sd-network .faint .shape{stroke-dasharray:3 3}
.sd-network .dot{fill:#3c6e91}.sd-network .back .dot{fill:#d55e00}
.sd-network .wire{stroke:#3c6e91;stroke-width:.9}.sd-network .tip{fill:#3c6e91}
.sd-network .wire.back{stroke:#d55e00}.sd-network .tip.back{fill:#d55e00}
@media (prefers-color-scheme:dark){
.sd-network .pass{fill:#8fcdf5}
.sd-network .backward.pass,.sd-network .back .inside,.sd-network .weight.back,
.sd-network .gain,.sd-network .entering,.sd-network .received{fill:#ffab70}
.sd-network .weight{stroke:#16191d}
.sd-network .back .shape{fill:#3d2413;stroke:#f0913e}
.sd-network .wire{stroke:#7fb6da}.sd-network .tip,.sd-network .dot{fill:#7fb6da}
.sd-network .wire.back{stroke:#f0913e}
.sd-network .tip.back,.sd-network .back .dot{fill:#f0913e}}
"""


@dataclass(frozen=True)
class NetworkPicture:
    """A layered network with its backward pass below it; notebooks show it.

    drawing  what stands where
    title    what it shows, in words
    """

    drawing: Drawing
    title: str

    @cached_property
    def svg(self) -> str:
        """The picture as SVG."""
        return "\n".join(_svg(self.drawing, self.title))

    @cached_property
    def tikz(self) -> str:
        """The picture for LaTeX, with the package `tikz`."""
        return "\n".join(_tikz(self.drawing))

    def _repr_svg_(self) -> str:
        return self.svg


def network_picture(
    network: Network, say: Wording | None = None, names: Names | None = None
) -> NetworkPicture:
    """Draw a network, from left to right, and below it its backward pass, from right to left.

    >>> import symdiff as sd
    >>> from symdiff.explain.network import layers_of
    >>> W, x = sd.matrix("W", 2, 3), sd.vector("x", 3)
    >>> picture = network_picture(layers_of(sd.sum(sd.tanh(W @ x) ** 2), [W]))
    >>> picture.svg.count("<circle"), picture.svg.count("<polygon")
    (7, 2)
    """
    known = Names(network.target, made=network.names()) if names is None else names
    words = Wording() if say is None else say
    return NetworkPicture(drawing_of(network, known, words), words.text("network.picture.caption"))


# SVG --------------------------------------------------------------------------------------------


def _svg(drawing: Drawing, title: str) -> Iterator[str]:
    size = f"{_n(drawing.width)} {_n(drawing.height)}"
    width, height = size.split()
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="sd-picture sd-network" role="img" '
        f'aria-label="{escape(title)}" width="{width}" height="{height}" viewBox="0 0 {size}">'
    )
    yield f"<style>{STYLE}{_STYLE}</style>"
    yield f'<rect class="paper" width="{width}" height="{height}"/>'
    for wire in drawing.wires:
        yield from _svg_wire(wire)
    for mark in drawing.marks:
        yield from _svg_mark(mark)
    for words in drawing.words:
        classes = words.style + (" math" if words.math else "")
        yield _svg_text(words.x, words.y, words.text, classes, words.anchor)
    yield "</svg>"


def _svg_wire(wire: Wire) -> Iterator[str]:
    back = " back" if wire.back else ""
    x1, y1, x2, y2 = wire.x1, wire.y1, wire.x2, wire.y2
    line = f'x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}"'
    yield f'<line class="wire{back}" {line}/>'
    if wire.tip:
        dx, dy = x2 - x1, y2 - y1
        length = (dx * dx + dy * dy) ** 0.5
        ux, uy = 6 * dx / length, 6 * dy / length
        sides = (
            f"{_n(x2 - ux - uy * 0.4)} {_n(y2 - uy + ux * 0.4)}",
            f"{_n(x2 - ux + uy * 0.4)} {_n(y2 - uy - ux * 0.4)}",
        )
        yield f'<path class="tip{back}" d="M{_n(x2)} {_n(y2)}L{sides[0]}L{sides[1]}Z"/>'


def _svg_mark(mark: Mark) -> Iterator[str]:
    classes = " ".join(["mark", *["back"] * mark.back, *["faint"] * mark.faint])
    x, y, width, height = mark.x, mark.y, mark.width, mark.height
    yield f'<g class="{classes}">'
    match mark.form:
        case Form.CIRCLE:
            yield f'<circle class="shape" cx="{_n(x)}" cy="{_n(y)}" r="{_n(width / 2)}"/>'
        case Form.BOX:
            corner = f'x="{_n(x - width / 2)}" y="{_n(y - height / 2)}" rx="4"'
            yield f'<rect class="shape" {corner} width="{_n(width)}" height="{_n(height)}"/>'
        case Form.AMPLIFIER:
            points = f"{_n(x - width / 2)},{_n(y)} {_n(x + width / 2)},{_n(y - height / 2)}"
            points += f" {_n(x + width / 2)},{_n(y + height / 2)}"
            yield f'<polygon class="shape" points="{points}"/>'
        case Form.DOTS:
            for shift in (-height / 2.6, 0.0, height / 2.6):
                yield f'<circle class="dot" cx="{_n(x)}" cy="{_n(y + shift)}" r="1.8"/>'
    if mark.label is not None:
        turned = mark.form is Form.BOX and len(mark.label.pretty) > 2
        turn = f'<g transform="rotate(-90 {_n(x)} {_n(y)})">' if turned else "<g>"
        style = "inside" if turned else "inside math"
        yield turn + _svg_text(x, y + 5, mark.label, style, "middle") + "</g>"
    yield "</g>"


def _svg_text(x: float, y: float, label: Label, classes: str, anchor: str) -> str:
    place = f'x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}"'
    inside = escape(label.pretty)
    if label.below:
        inside += f'<tspan dy="3.5" font-size="75%">{escape(label.below)}</tspan>'
    if label.pretty.count("(") > label.pretty.count(")"):
        inside += f'<tspan dy="{-3.5 if label.below else 0}">)</tspan>'
    return f'<text class="{classes}" {place}>{inside}</text>'


def _n(number: float) -> str:
    """A coordinate with one decimal."""
    return f"{round(number, 1) + 0.0:.12g}"


_WIDTH = 440.0
"""How wide a picture is in LaTeX, in points."""


# TikZ -------------------------------------------------------------------------------------------

_COLOURS = {
    False: ("{rgb,255:red,60;green,110;blue,145}", "{rgb,255:red,227;green,240;blue,250}"),
    True: ("{rgb,255:red,213;green,94;blue,0}", "{rgb,255:red,253;green,238;blue,224}"),
}
_ANCHORS = {"middle": "base", "start": "base west"}


def _tikz(drawing: Drawing) -> Iterator[str]:
    unit = min(0.72, _WIDTH / drawing.width)
    size = "footnotesize" if unit > 0.6 else "scriptsize" if unit > 0.48 else "tiny"
    yield f"\\begin{{tikzpicture}}[x={unit:.3f}pt, y=-{unit:.3f}pt, font=\\{size}]"
    for wire in drawing.wires:
        line, _ = _COLOURS[wire.back]
        tip = ", -latex" if wire.tip else ""
        ends = f"({_n(wire.x1)},{_n(wire.y1)}) -- ({_n(wire.x2)},{_n(wire.y2)})"
        yield f"\\draw[line width=0.3pt, color={line}{tip}] {ends};"
    for mark in drawing.marks:
        yield from _tikz_mark(mark)
    for words in drawing.words:
        text = _tikz_label(words.text) if words.math else words.text.pretty
        if words.style == "elision":
            text = "$\\cdots$"
        if words.style == "title" or words.style.endswith("pass"):
            text = f"\\textbf{{{text}}}"
        fill = ", fill=white, inner sep=1pt" if words.style.startswith("weight") else ""
        colour = _COLOURS[True][0] if _is_back(words.style) else "black"
        anchor = _ANCHORS[words.anchor]
        place = f"({_n(words.x)},{_n(words.y)})"
        yield f"\\node[anchor={anchor}, text={colour}{fill}] at {place} {{{text}}};"
    yield "\\end{tikzpicture}"


def _is_back(style: str) -> bool:
    return style in ("weight back", "gain", "entering", "received", "backward pass")


def _tikz_mark(mark: Mark) -> Iterator[str]:
    line, fill = _COLOURS[mark.back]
    style = f"draw={line}, fill={fill}" + (", dashed" if mark.faint else "")
    x, y, width, height = mark.x, mark.y, mark.width / 2, mark.height / 2
    at = f"({_n(x)},{_n(y)})"
    match mark.form:
        case Form.CIRCLE:
            yield f"\\filldraw[{style}] {at} circle [radius={_n(width)}];"
        case Form.BOX:
            corners = (
                f"({_n(x - width)},{_n(y - height)}) rectangle ({_n(x + width)},{_n(y + height)})"
            )
            yield f"\\filldraw[{style}, rounded corners=1.5pt] {corners};"
        case Form.AMPLIFIER:
            ends = f"({_n(x + width)},{_n(y - height)}) -- ({_n(x + width)},{_n(y + height)})"
            yield f"\\filldraw[{style}] ({_n(x - width)},{_n(y)}) -- {ends} -- cycle;"
        case Form.DOTS:
            yield f"\\node[text={line}] at {at} {{$\\vdots$}};"
    if mark.label is not None:
        turned = mark.form is Form.BOX and len(mark.label.pretty) > 2
        text = mark.label.latex if turned else _tikz_label(mark.label)
        turn = "[rotate=90]" if turned else ""
        yield f"\\node{turn} at {at} {{{text}}};"


def _tikz_label(label: Label) -> str:
    below = f"_{{{label.below}}}" if label.below else ""
    close = ")" if label.latex.count("(") > label.latex.count(")") else ""
    return f"${label.latex}{below}{close}$"
