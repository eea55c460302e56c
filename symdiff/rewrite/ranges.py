"""What numbers expressions can be, proven from how they are made."""

from __future__ import annotations

from collections.abc import Iterable

from symdiff.intervals import ANYTHING, Interval
from symdiff.node import Node, topological


def values_of(nodes: Iterable[Node]) -> dict[Node, Interval]:
    """For each of `nodes`, and all that they need, an interval that holds its entries.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> e = 1 - sd.tanh(x) ** 2
    >>> print(values_of([e])[e])
    (0, 1]
    """
    known: dict[Node, Interval] = {}
    for node in topological(nodes):
        arguments = [known[arg] for arg in node.args]
        known[node] = ANYTHING if node.dtype == "complex" else node.op.values(node, arguments)
    return known


def is_nonnegative(node: Node) -> bool:
    """True for what is proven to be at least 0 wherever it is defined.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> is_nonnegative(sd.sigmoid(x) * (1 - sd.sigmoid(x))), is_nonnegative(x)
    (True, False)
    """
    return node.dtype != "complex" and values_of([node])[node].low >= 0
