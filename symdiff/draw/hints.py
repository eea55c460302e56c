"""What the layout should know of a diagram: what stands at one level, and what side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symdiff.draw.diagram import Edge, Kind, Role, Vertex
from symdiff.draw.tape import Tape
from symdiff.node import Node


def anchors(tape: Tape, ids: Mapping[Node, str], vertices: Mapping[str, Vertex]) -> dict[str, str]:
    """For each cotangent the first node that it belongs to, at whose level it stands."""
    found: dict[str, str] = {}
    for cotangent, nodes in tape.belongs.items():
        name, owner = ids.get(cotangent, ""), ids[nodes[0]]
        if name in vertices and vertices[name].appended and owner in vertices:
            found.setdefault(name, owner)
    return found


def beside(tape: Tape, edges: Sequence[Edge], vertices: Mapping[str, Vertex]) -> dict[str, str]:
    """For local derivatives the one product that takes them, right before which they stand."""
    uses: dict[str, list[Edge]] = {}
    for edge in edges:
        uses.setdefault(edge.tail, []).append(edge)
    fed = {edge.head for edge in edges if edge.role is Role.CHAIN}
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name, out in uses.items():
        v, head = vertices[name], out[0].head
        is_local = v.appended and v.kind is Kind.INNER and v.nodes[0] not in tape.belongs
        if is_local and name not in fed and len(out) == 1 and head not in {*taken, *found}:
            found[name] = head
            taken.add(head)
    return {before: after for before, after in found.items() if after not in found}
