"""Where edges touch their vertices: side by side, in the order in which they arrive."""

from __future__ import annotations

from collections.abc import Mapping

from symdiff.draw.diagram import Diagram
from symdiff.draw.rows import Item, Rows

_DISTANCE = 13.0
_WITH_WAY_BACK = 20.0
_USED = 0.7
"""How much of a vertex's side edges may use."""

Ports = Mapping[tuple[int, bool], float]
"""For the tail (False) or head (True) of an edge, how far from the vertex's middle it touches."""


def ports(diagram: Diagram, grid: Rows, sides: Mapping[str, float]) -> Ports:
    """Ports for all edges; `sides` is how long the sides of vertices are."""
    row = grid.row_of()
    place = {item: k for items in grid.items.values() for k, item in enumerate(items)}
    touching: dict[tuple[str, int], list[tuple[int, int, int, bool]]] = {}
    for number, (edge, path) in enumerate(zip(diagram.edges, grid.paths, strict=True)):
        for vertex, other, is_head in ((edge.tail, path[1], False), (edge.head, path[-2], True)):
            side = _sign(row[other] - row[vertex])
            if side:
                end = (place[other], edge.place, number, is_head)
                touching.setdefault((vertex, side), []).append(end)
    found: dict[tuple[int, bool], float] = {}
    for (vertex, _), ends in touching.items():
        double = any(diagram.edges[number].label is not None for _, _, number, _ in ends)
        usual = _WITH_WAY_BACK if double else _DISTANCE
        step = min(usual, _USED * sides[vertex] / max(len(ends) - 1, 1))
        for k, (_, _, number, is_head) in enumerate(sorted(ends)):
            found[number, is_head] = (k - (len(ends) - 1) / 2) * step
    return found


def out_of_order(diagram: Diagram, grid: Rows) -> set[str]:
    """Vertices whose arguments do not arrive from one side in their order."""
    row = grid.row_of()
    place = {item: k for items in grid.items.values() for k, item in enumerate(items)}
    arriving: dict[str, list[tuple[int, int, Item]]] = {}
    for edge, path in zip(diagram.edges, grid.paths, strict=True):
        arriving.setdefault(edge.head, []).append((edge.place, place[path[-2]], path[-2]))
    return {
        head
        for head, ends in arriving.items()
        if len({_sign(row[item] - row[head]) for _, _, item in ends}) > 1
        or [at for _, at, _ in sorted(ends, key=_first)] != sorted(at for _, at, _ in ends)
    }


def _first(end: tuple[int, int, Item]) -> int:
    return end[0]


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
