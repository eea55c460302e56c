"""Peak memory: the most entries that are alive at once while expressions are evaluated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from symdiff.dims import Size, product, terms
from symdiff.node import Node, use_counts
from symdiff.ops.leaves import CONSTANT, SIZE, VARIABLE
from symdiff.polynomial import Maxima, Monomial

_HELD = (VARIABLE, CONSTANT, SIZE)
"""What the caller or the formula holds, whether or not anything is evaluated."""


def peak(order: Sequence[Node], outputs: Sequence[Node]) -> Maxima:
    """The numbers of live entries along `order`, of which the largest is the peak.

    The evaluator computes a node while its arguments are alive, then frees each argument that
    nothing else needs. The memory of a view is freed with the last value that shows it.
    """
    owners = memory_owners(order)
    left = use_counts(order, outputs)
    shown: Counter[Node] = Counter()
    live: Counter[Monomial] = Counter()
    maxima = Maxima()
    for node in order:
        shown[owners[node]] += 1
        if owners[node] is node:
            _add(live, entries(node), 1)
        for arg in node.args:
            left[arg] -= 1
        done = [arg for arg in dict.fromkeys(node.args) if not left[arg]]
        if done:
            maxima.offer(live)
        for arg in done:
            shown[owners[arg]] -= 1
            if not shown[owners[arg]]:
                _add(live, entries(owners[arg]), -1)
    maxima.offer(live)
    return maxima


def entries(node: Node) -> Size:
    """How many entries the value of a node has, apart from what is held anyway."""
    return 0 if node.op in _HELD else size_in_floats(node)


def size_in_floats(node: Node) -> Size:
    """How many floats the value of a node takes: two for each complex entry."""
    return product((2, *node.shape) if node.dtype == "complex" else node.shape)


def memory_owners(order: Sequence[Node]) -> dict[Node, Node]:
    """For each node the one whose memory its value shows: itself, unless it is a view."""
    owners: dict[Node, Node] = {}
    for node in order:
        owners[node] = owners[node.args[0]] if node.args and node.op.view(node) else node
    return owners


def _add(live: Counter[Monomial], size: Size, times: int) -> None:
    for factors, coefficient in terms(size).items():
        live[factors] += coefficient * times
        if not live[factors]:
            del live[factors]
