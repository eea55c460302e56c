"""The generated NumPy beside a derivation: which nodes of a graph each line of source computes.

Simplification and lowering leave few nodes of a pass as they were. So nodes are found again by
their values: a line computes a node where something on it has the node's value at random points,
of either sign. What no line has the value of was absorbed, such as the squares in `t1 @ t1`; it
belongs to the lines of what it is used for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from symdiff.answers.compare import in_double
from symdiff.answers.points import points
from symdiff.binding import size_names
from symdiff.codegen.listing import Computing
from symdiff.errors import InputError
from symdiff.evaluate import evaluate
from symdiff.node import Node, topological
from symdiff.ops.leaves import SIZE, VARIABLE
from symdiff.show.values import Array

_POINTS = 6
_TOLERANCE = 1e-9
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
        for node, equal in _equal_values(_varying(order), computed).items()
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


# Values -----------------------------------------------------------------------------------------


def _equal_values(nodes: Sequence[Node], others: Sequence[Node]) -> dict[Node, list[Node]]:
    """For each of `nodes`, those of `others` that have its value wherever both were computed."""
    candidates = {
        node: [o for o in others if (o.shape, o.dtype) == (node.shape, node.dtype)]
        for node in nodes
    }
    compared: set[Node] = set()
    for values in _values(list(dict.fromkeys([*nodes, *others]))):
        for node in nodes:
            mine = values[node]
            if np.any(np.isfinite(mine)):
                compared.add(node)
            candidates[node] = [o for o in candidates[node] if _agree(mine, values[o])]
    return {node: candidates[node] if node in compared else [] for node in nodes}


def _agree(a: Array, b: Array) -> bool:
    scale = np.max(np.abs(a[np.isfinite(a)]), initial=0)
    return np.allclose(a, b, rtol=0, atol=_TOLERANCE * scale, equal_nan=True)


def _values(nodes: Sequence[Node]) -> Iterator[dict[Node, Array]]:
    """The values of nodes at the first points at which all can be computed."""
    sizes = size_names(topological(nodes))
    found = 0
    for point in points(nodes) if nodes else ():
        try:
            with np.errstate(all="ignore"):
                values = evaluate(nodes, point.values, **{name: point.sizes[name] for name in sizes})
        except InputError:  # such as a singular matrix
            continue
        yield {node: in_double(value) for node, value in zip(nodes, values, strict=True)}
        found += 1
        if found == _POINTS:
            return
