"""Roots and quotients that are ops of their own for their precision, as the algebra they stand for.

To compare: `leg(1, x)` is `sqrt(1 - x**2)`, which is what somebody else would write.
"""

from __future__ import annotations

from collections.abc import Callable

from symdiff.node import Node, topological
from symdiff.ops.elementwise import sqrt
from symdiff.rewrite.engine import rebuild

ALGEBRA: dict[str, Callable[[Node, Node], Node]] = {
    "hypot": lambda x, y: sqrt(x**2 + y**2),
    "leg": lambda x, y: sqrt(x**2 - y**2),
    "direction_cosine": lambda x, y: x / sqrt(x**2 + y**2),
    "gap": lambda x, y: x - y,
}


def spelled_out(node: Node) -> Node:
    """Return an expression of plain algebra that equals `node` where both have a value.

    >>> import symdiff as sd
    >>> x = sd.scalar("x")
    >>> print(sd.text(spelled_out(1 / sd.leg(1, x))))
    1/sqrt(1**2 - x**2)
    """
    new: dict[Node, Node] = {}
    for each in topological([node]):
        algebra = ALGEBRA.get(each.op.name)
        args = tuple(new[arg] for arg in each.args)
        new[each] = rebuild(each, args) if algebra is None else algebra(*args)
    return new[node]
