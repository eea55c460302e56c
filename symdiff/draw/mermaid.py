"""Pictures as Mermaid flowcharts, for Markdown pages that draw them."""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.draw.diagram import Diagram, Kind, Role, Vertex
from symdiff.show.wording import Wording

_CLASSES = (
    "classDef forward fill:#e3f0fa,stroke:#0072b2,color:#1b1b1b",
    "classDef variable fill:#ffffff,stroke:#0072b2,color:#1b1b1b",
    "classDef output fill:#e3f0fa,stroke:#0072b2,stroke-width:3px,color:#1b1b1b",
    "classDef derivative fill:#fdeee0,stroke:#d55e00,color:#1b1b1b",
    "classDef result fill:#fdeee0,stroke:#d55e00,stroke-width:3px,color:#1b1b1b",
)

_BRACKETS = {
    Kind.VARIABLE: ("((", "))"),
    Kind.CONSTANT: ("[", "]"),
    Kind.INNER: ("([", "])"),
    Kind.OUTPUT: ("([", "])"),
    Kind.BOX: ("[[", "]]"),
}


def mermaid(
    diagrams: Sequence[Diagram], prefixes: Sequence[str], captions: Sequence[str], direction: str
) -> str:
    """The diagrams in one flowchart; each in a frame with its caption, if there are several."""
    lines = [f"flowchart {'BT' if direction == 'up' else 'LR'}"]
    for k, (diagram, prefix, words) in enumerate(zip(diagrams, prefixes, captions, strict=True)):
        inside = _lines(diagram, prefix)
        if len(diagrams) > 1:
            inside = _subgraph(f"{prefix}sheet{k}", words or " ", inside)
        lines += [f"  {line}" for line in inside]
    lines += [f"  {line}" for line in _CLASSES]
    return "\n".join(lines) + "\n"


def _lines(diagram: Diagram, prefix: str) -> list[str]:
    """Groups with their members, forward vertices, derivative ones in a frame, edges."""
    grouped = {member for group in diagram.groups for member in group.members}
    lines: list[str] = []
    for k, group in enumerate(diagram.groups):
        members = [_vertex(v, prefix) for v in diagram.vertices if v.id in group.members]
        lines += _subgraph(f"{prefix}group{k}", group.label, members)
    lines += [
        _vertex(v, prefix) for v in diagram.vertices if not v.appended and v.id not in grouped
    ]
    appended = [_vertex(v, prefix) for v in diagram.vertices if v.appended]
    if appended:
        key = "picture.backward" if diagram.steps else "picture.simplified"
        lines += _subgraph(f"{prefix}derivative", Wording(diagram.language).text(key), appended)
    for edge in diagram.edges:
        arrow = "-.->" if edge.role is Role.LOCAL else "-->"
        lines.append(f"{prefix}{edge.tail} {arrow} {prefix}{edge.head}")
        if edge.label is not None:
            label = _escaped(edge.label.pretty)
            lines.append(f'{prefix}{edge.head} -. "{label}" .-> {prefix}{edge.tail}')
    return lines


def _vertex(v: Vertex, prefix: str) -> str:
    texts = [v.name.pretty, *([v.operation.pretty] if v.operation is not None else [])]
    texts += [*([v.value] if v.value else []), *(note.pretty for note, _ in v.notes)]
    opening, closing = ("[", "]") if v.appended and v.kind is not Kind.BOX else _BRACKETS[v.kind]
    return f'{prefix}{v.id}{opening}"{"<br/>".join(map(_escaped, texts))}"{closing}:::{_class(v)}'


def _class(v: Vertex) -> str:
    if v.appended:
        return "result" if v.kind is Kind.OUTPUT else "derivative"
    known = {Kind.VARIABLE: "variable", Kind.OUTPUT: "output"}
    return known.get(v.kind, "forward")


def _subgraph(name: str, label: str, inside: Sequence[str]) -> list[str]:
    return [f'subgraph {name} ["{_escaped(label)}"]', *(f"  {line}" for line in inside), "end"]


def _escaped(text: str) -> str:
    """Text as Mermaid takes it between quotes: what it would read itself is given by number."""
    return "".join(f"#{ord(c)};" if c in _READ else c for c in " ".join(text.split()))


_READ = frozenset('"#;<>&`\\*_~[]{}()|%$')
