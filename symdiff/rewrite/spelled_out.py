"""Roots and quotients that are ops of their own for their precision, as the algebra they stand for.

To compare: `leg(1, x)` is `sqrt(1 - x**2)`, which is what somebody else would write.
"""

from __future__ import annotations

from collections.abc import Callable

from symdiff.node import Node, topological
from symdiff.ops.elementwise import sqrt
from symdiff.rewrite.engine import rebuild
from symdiff.rewrite.polynomial import whole_exponent

SQUARED: dict[str, Callable[[Node, Node], Node]] = {
    "hypot": lambda x, y: x**2 + y**2,
    "leg": lambda x, y: x**2 - y**2,
}
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
    >>> print(sd.text(spelled_out(x / sd.leg(1, x) + sd.leg(1, x) ** 4)))
    x/sqrt(1 - x**2) + (1 - x**2)**2
    """
    new: dict[Node, Node] = {}
    for each in topological([node]):
        args = tuple(new[arg] for arg in each.args)
        name = each.op.name
        if name in ALGEBRA:
            new[each] = ALGEBRA[name](*args)
        elif name == "power" and each.args[0].op.name in SQUARED:
            new[each] = _power(each, args, tuple(new[arg] for arg in each.args[0].args))
        else:
            new[each] = rebuild(each, args)
    return new[node]


def _power(node: Node, args: tuple[Node, ...], sides: tuple[Node, ...]) -> Node:
    """An even power of a root is a power of what is under it."""
    exponent = whole_exponent(node)
    if exponent is None or exponent % 2:
        return rebuild(node, args)
    under: Node = SQUARED[node.args[0].op.name](*sides)
    return under if exponent == 2 else under ** (exponent // 2)
