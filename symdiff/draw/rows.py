"""Vertices and the bends of long edges, row by row: what the order and the places are found for.

Vertices of level k are in row 2k. The rows between hold the labels of edges, and the bends of edges
between vertices of one level. An edge has a bend in every row that it crosses, so that it runs
between neighbouring rows only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple, TypeGuard

from symdiff.draw.diagram import Diagram, Edge


class Bend(NamedTuple):
    """Where the edge of that number crosses a row."""

    edge: int
    row: int


Item = str | Bend


@dataclass
class Rows:
    """The rows of a picture from the bottom.

    items  what is in each row, in order
    paths  what each edge goes through, tail and head included
    right  the items of the right half, where derivatives are
    blocks vertices that stand side by side
    labelled  the rows in which edges have labels
    """

    items: dict[int, list[Item]]
    paths: list[tuple[Item, ...]]
    right: set[Item]
    blocks: dict[Item, tuple[Item, ...]] = field(default_factory=dict)
    labelled: set[int] = field(default_factory=set)

    def links(self) -> list[tuple[Item, Item]]:
        """Pairs of items between which an edge runs."""
        return [pair for path in self.paths for pair in pairwise(path)]

    def row_of(self) -> dict[Item, int]:
        """The row of each item."""
        return {item: row for row, items in self.items.items() for item in items}


def rows(diagram: Diagram, level: dict[str, int]) -> Rows:
    """Rows with the items in the order in which a walk from the results down meets them."""
    appended = {v.id for v in diagram.vertices if v.appended}
    spans = [(2 * level[e.tail], 2 * level[e.head]) for e in diagram.edges]
    used = {2 * each for each in level.values()}
    labelled = {
        min(span) + 1 for e, span in zip(diagram.edges, spans, strict=True) if e.label is not None
    }
    used |= labelled
    for edge, (a, b) in zip(diagram.edges, spans, strict=True):
        if a == b and diagram.beside.get(edge.tail) != edge.head:
            used.add(a + 1)
    order = sorted(used)
    paths: list[tuple[Item, ...]] = []
    right: set[Item] = set(appended)
    for number, (edge, (a, b)) in enumerate(zip(diagram.edges, spans, strict=True)):
        between = _crossed(order, a, b, diagram.beside.get(edge.tail) == edge.head)
        bends = [Bend(number, row) for row in between]
        paths.append((edge.tail, *bends, edge.head))
        if edge.tail in appended or edge.head in appended:
            right.update(bends)
    items: dict[int, list[Item]] = {row: [] for row in order}
    for item in _met(diagram, paths):
        items[item.row if isinstance(item, Bend) else 2 * level[item]].append(item)
    blocks = _blocks(diagram)
    for row, inside in items.items():
        left = [i for i in inside if i not in right]
        items[row] = left + adjacent([i for i in inside if i in right], blocks)
    return Rows(items, paths, right, blocks, labelled)


def _crossed(order: list[int], a: int, b: int, beside: bool) -> list[int]:
    if a == b:
        return [] if beside else [a + 1]
    between = [row for row in order if min(a, b) < row < max(a, b)]
    return between if a < b else between[::-1]


def _met(diagram: Diagram, paths: list[tuple[Item, ...]]) -> list[Item]:
    """All items: first those that carry the results, arguments from left to right."""
    into: dict[str, list[tuple[Edge, tuple[Item, ...]]]] = {v.id: [] for v in diagram.vertices}
    for edge, path in zip(diagram.edges, paths, strict=True):
        into[edge.head].append((edge, path))
    carried = {e.tail for e in diagram.edges}
    starts = [v.id for v in diagram.vertices if v.id not in carried]
    found: dict[Item, None] = {}
    stack: list[Item] = [*starts[::-1]]
    while stack:
        item = stack.pop()
        if item in found:
            continue
        found[item] = None
        if isinstance(item, Bend):
            continue
        for _, path in sorted(into[item], key=lambda each: -each[0].place):
            stack.append(path[0])
            stack.extend(path[1:-1])
    for v in diagram.vertices:
        found.setdefault(v.id)
    return list(found)


def _blocks(diagram: Diagram) -> dict[Item, tuple[Item, ...]]:
    """For each vertex that has another right before it, both."""
    blocks: dict[Item, tuple[Item, ...]] = {}
    for before, after in diagram.beside.items():
        blocks[before] = blocks[after] = (before, after)
    return blocks


def adjacent(items: list[Item], blocks: dict[Item, tuple[Item, ...]]) -> list[Item]:
    """The items with those of a block put together."""
    found: dict[Item, None] = {}
    for item in items:
        found.update(dict.fromkeys(blocks.get(item, (item,))))
    return list(found)


def straighten(rows: Rows) -> None:
    """Let edges between neighbours in a row run straight, and drop rows that nothing needs."""
    beside = {pair for items in rows.items.values() for pair in pairwise(items)}
    row = rows.row_of()
    for number, path in enumerate(rows.paths):
        ends = path[0], path[-1]
        if len(path) == 3 and row[ends[0]] == row[ends[1]] and ends in beside:
            rows.paths[number] = ends
            rows.items[row[path[1]]].remove(path[1])
    needed = {path[1].row for path in rows.paths if _turns(path, row)} | rows.labelled
    for each in [r for r in rows.items if r % 2 and r not in needed]:
        del rows.items[each]
        rows.paths[:] = [tuple(i for i in path if not _bends_at(i, each)) for path in rows.paths]


def _turns(path: tuple[Item, ...], row: Mapping[Item, int]) -> TypeGuard[tuple[str, Bend, str]]:
    return len(path) == 3 and row[path[0]] == row[path[-1]]


def _bends_at(item: Item, row: int) -> bool:
    return isinstance(item, Bend) and item.row == row
