"""Pictures as Graphviz DOT, which lays them out by itself: `dot -Tsvg`."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from symdiff.draw.diagram import Diagram, Edge, Kind, Role, Vertex
from symdiff.draw.placing import is_square

_FORWARD, _FORWARD_FILL = "#0072b2", "#e3f0fa"
_DERIVATIVE, _DERIVATIVE_FILL, _DERIVATIVE_TEXT = "#d55e00", "#fdeee0", "#a83f00"
_GREY = "#55606b"


def dot(
    diagrams: Sequence[Diagram], prefixes: Sequence[str], captions: Sequence[str], direction: str
) -> str:
    """The diagrams in one graph; each in a frame with its caption, if there are several."""
    lines = [
        "digraph {",
        f"  rankdir={'BT' if direction == 'up' else 'LR'};",
        '  node [fontname="Times", fontsize=14, penwidth=1.3, margin="0.12,0.06", height=0.3];',
        f'  edge [fontname="Times", fontsize=10, arrowsize=0.6, color="{_FORWARD}"];',
    ]
    several = len(diagrams) > 1
    for k, (diagram, prefix, words) in enumerate(zip(diagrams, prefixes, captions, strict=True)):
        inside = _Writer(diagram, prefix).lines()
        if several:
            inside = _cluster(f"sheet{k}", words, inside, "invis")
        lines += [f"  {line}" for line in inside]
    return "\n".join([*lines, "}"]) + "\n"


class _Writer:
    def __init__(self, diagram: Diagram, prefix: str) -> None:
        self.diagram, self.prefix = diagram, prefix

    def lines(self) -> list[str]:
        """Groups with their members, other vertices, edges, and what stands side by side."""
        diagram = self.diagram
        grouped = {member for group in diagram.groups for member in group.members}
        lines: list[str] = []
        for k, group in enumerate(diagram.groups):
            members = [self._vertex(v) for v in diagram.vertices if v.id in group.members]
            lines += _cluster(f"{self.prefix}group{k}", group.label, members, "solid")
        lines += [self._vertex(v) for v in diagram.vertices if v.id not in grouped]
        for edge in diagram.edges:
            lines += self._edge(edge)
        for one, other in (*diagram.anchors.items(), *diagram.beside.items()):
            if one not in grouped and other not in grouped:
                lines.append(f"{{rank=same; {self._id(one)}; {self._id(other)};}}")
        return lines

    def _id(self, name: str) -> str:
        return _quoted(self.prefix + name)

    def _vertex(self, v: Vertex) -> str:
        more = [v.value or "", *(note.pretty for note, _ in v.notes)]
        small = [(line, _DERIVATIVE_TEXT if k else _FORWARD) for k, line in enumerate(more) if line]
        if v.operation is not None:
            small.insert(0, (v.operation.pretty, _GREY))
        label = escape(v.name.pretty) + "".join(
            f'<br/><font point-size="10" color="{color}">{escape(text)}</font>'
            for text, color in small
        )
        line, fill = (_DERIVATIVE, _DERIVATIVE_FILL) if v.appended else (_FORWARD, _FORWARD_FILL)
        if v.kind is Kind.VARIABLE:
            fill = "white"
        style = "filled,dashed" if v.kind is Kind.BOX else "filled"
        shape = "box" if is_square(v) else "plaintext" if v.kind is Kind.CONSTANT else "ellipse"
        width = ", penwidth=2.6" if v.kind is Kind.OUTPUT else ""
        return (
            f"{self._id(v.id)} [label=<{label}>, tooltip={_quoted(v.title)}, shape={shape}, "
            f'style="{style}", color="{line}", fillcolor="{fill}"{width}];'
        )

    def _edge(self, edge: Edge) -> list[str]:
        """Derivative edges lead down, which DOT is told by turning them round."""
        tail, head = self._id(edge.tail), self._id(edge.head)
        if self.diagram.beside.get(edge.tail) == edge.head:
            return [f'{tail} -> {head} [color="{_DERIVATIVE}"];']
        if edge.role is Role.CHAIN:
            return [f'{head} -> {tail} [dir=back, color="{_DERIVATIVE}"];']
        if edge.role is Role.LOCAL:
            level = self.diagram.anchors.get(self.diagram.beside.get(edge.head, edge.head))
            free = "" if level == edge.tail else ", constraint=false"
            return [f'{tail} -> {head} [style=dotted, color="{_GREY}"{free}];']
        lines = [f"{tail} -> {head};"]
        if edge.label is not None:
            colours = f'color="{_DERIVATIVE}", fontcolor="{_DERIVATIVE_TEXT}"'
            label = _quoted(edge.label.pretty)
            lines.append(f"{tail} -> {head} [dir=back, style=dashed, {colours}, label={label}];")
        return lines


def _cluster(name: str, label: str, inside: Sequence[str], style: str) -> list[str]:
    return [
        f"subgraph {_quoted('cluster_' + name)} {{",
        f"  label={_quoted(label)};",
        f'  fontname="Times"; fontcolor="{_GREY}"; color="#aab2bb"; style={style};',
        *(f"  {line}" for line in inside),
        "}",
    ]


def _quoted(text: str) -> str:
    """A string as DOT reads it."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{plain}"'
