"""Graphs that are too large to read: most nodes go into boxes, and the two ends stay.

What is kept are the first nodes, the last ones, and their cotangents. What is left falls into
connected parts, and each part becomes a box. Boxes that need each other both ways become one, so
that the picture has no cycles.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from symdiff.node import Node

_FIRST, _LAST = 8, 16
"""How many nodes stay at the ends of a graph that is too large."""

_MOST_BOXES = 6
_SMALL = 4
"""Parts of fewer nodes than this are no boxes of their own."""


def parts(sides: Sequence[Sequence[Node]], kept: Container[Node]) -> dict[Node, int]:
    """The number of its box for every node that is not kept.

    `sides` are the nodes, such as the forward ones and those appended; no box holds nodes of both.
    """
    box: dict[Node, int] = {}
    count = 0
    for side in sides:
        left = [node for node in side if node not in kept]
        for component in _largest(_connected(left)):
            box.update(dict.fromkeys(component, count))
            count += 1
    return without_cycles([node for side in sides for node in side], box)


def ends(order: Sequence[Node]) -> set[Node]:
    """The first nodes and the last, of which no path goes out and back in."""
    return {*order[:_FIRST], *order[-_LAST:]}


def _connected(nodes: Sequence[Node]) -> list[list[Node]]:
    """The connected parts of some nodes."""
    parent = {node: node for node in nodes}

    def root(node: Node) -> Node:
        while parent[node] is not node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for node in nodes:
        for arg in node.args:
            if arg in parent:
                parent[root(arg)] = root(node)
    found: dict[Node, list[Node]] = {}
    for node in nodes:
        found.setdefault(root(node), []).append(node)
    return list(found.values())


def _largest(components: list[list[Node]]) -> list[list[Node]]:
    """Not too many parts: small ones are taken together."""
    ranked = sorted(components, key=len, reverse=True)
    count = sum(len(component) >= _SMALL for component in ranked)
    if count < len(ranked) or count > _MOST_BOXES:
        count = min(count, _MOST_BOXES - 1)
    rest = [node for component in ranked[count:] for node in component]
    return [*ranked[:count], *([rest] if rest else [])]


def without_cycles(order: Sequence[Node], box: Mapping[Node, int]) -> dict[Node, int]:
    """Put together what is on a cycle once boxes stand for their nodes."""
    count = len(order)
    here = {node: box[node] + count if node in box else k for k, node in enumerate(order)}
    below: dict[int, set[int]] = {place: set() for place in here.values()}
    for node in order:
        below[here[node]].update(here[arg] for arg in node.args if arg in here)
    merged: dict[int, int] = {}
    for cycle in _cycles(below):
        merged.update(dict.fromkeys(cycle, max(cycle)))  # which is a box: without, no cycle
    found = {node: merged.get(place, place) for node, place in here.items()}
    return {node: place - count for node, place in found.items() if place >= count}


def _cycles(graph: Mapping[int, set[int]]) -> list[list[int]]:
    """The strongly connected parts with more than one vertex (Tarjan 1972), without recursion."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    waiting: set[int] = set()
    found: list[list[int]] = []
    for start in graph:
        work = [] if start in index else [(start, iter(graph[start]))]
        while work:
            here, rest = work[-1]
            if here not in index:
                index[here] = low[here] = len(index)
                stack.append(here)
                waiting.add(here)
            for below in rest:
                if below not in index:
                    work.append((below, iter(graph[below])))
                    break
                if below in waiting:
                    low[here] = min(low[here], index[below])
            else:
                work.pop()
                if work:
                    above = work[-1][0]
                    low[above] = min(low[above], low[here])
                if low[here] == index[here]:
                    part = [stack.pop()]
                    while part[-1] != here:
                        part.append(stack.pop())
                    waiting.difference_update(part)
                    if len(part) > 1:
                        found.append(part)
    return found
