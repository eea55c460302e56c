"""The generated NumPy beside a derivation: which nodes of a graph each line of source computes.

Simplification and lowering leave few nodes of a pass as they were. So nodes are found again by
their values: a line computes a node where something on it has the node's value at random points,
of either sign. What no line has the value of was absorbed, such as the squares in `t1 @ t1`; it
belongs to the lines of what it is used for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symdiff.codegen.listing import Computing
from symdiff.explain.equal_values import equal_values
from symdiff.node import Node, topological
from symdiff.ops.leaves import SIZE, VARIABLE

MOST_LINKED = 2000
"""The lines of larger graphs are not linked."""


def linked(lines: Sequence[Computing], graph: Iterable[Node]) -> list[Computing]:
    """The same lines, each with the nodes of a graph that it computes, given its results.

    >>> import symdiff as sd
    >>> x, y = sd.vector("x", "n"), sd.vector("y", "n")
    >>> lines = [("t1 = x - y", (x - y,)), ("value = t1 @ t1", ((x - y) @ (x - y),))]
    >>> for line, nodes in linked(lines, [sd.sum((x - y) ** 2)]):
    ...     print(line, *nodes, sep=" | ")
    t1 = x - y | x − y
    value = t1 @ t1 | (x − y)² | sum((x − y)²)
    """
    order = [node for node in topological(graph) if node.args]
    computed = list(dict.fromkeys(node for _, nodes in lines for node in nodes))
    if len(order) + len(computed) > MOST_LINKED:
        return [(line, ()) for line, _ in lines]
    places: dict[Node, set[int]] = {node: set() for node in computed}
    for place, (_, nodes) in enumerate(lines):
        for node in nodes:
            places[node].add(place)
    found = {
        node: set().union(*(places[same] for same in equal))
        for node, equal in equal_values(_varying(order), computed).items()
    }
    _absorb(order, found)
    return [
        (line, tuple(node for node in order if place in found.get(node, ())))
        for place, (line, _) in enumerate(lines)
    ]


def _varying(order: Sequence[Node]) -> list[Node]:
    """The nodes of `order` that depend on some variable or size."""
    known: set[Node] = set()
    for node in order:
        if any(arg.op in (VARIABLE, SIZE) or arg in known for arg in node.args):
            known.add(node)
    return [node for node in order if node in known]


def _absorb(order: Sequence[Node], found: dict[Node, set[int]]) -> None:
    """Give the nodes that no line computes the lines of what they are used for."""
    consumers: dict[Node, list[Node]] = {}
    for node in order:
        for arg in node.args:
            consumers.setdefault(arg, []).append(node)
    for node in reversed(order):
        if found.get(node) == set():
            found[node] = set().union(*(found.get(c, set()) for c in consumers.get(node, [])))
