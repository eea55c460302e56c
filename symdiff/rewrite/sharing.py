"""Derivatives beside what they are the derivatives of: parts that both have are one node.

Simplification puts terms and factors in its own order. Where a part of the target differs from a
part of the derivative in nothing but that order, the derivative takes the target's, so that the
two share it and read alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from symdiff.node import Node, topological
from symdiff.rewrite.engine import is_plain_product, rebuild
from symdiff.rewrite.network import read_network
from symdiff.rewrite.ordering import rank
from symdiff.rewrite.planning import write_network
from symdiff.rewrite.simplify import normal_forms


def shared_with(target: Node, expressions: Sequence[Node]) -> list[Node]:
    """Expressions in which parts of the target stand as they stand in the target.

    >>> import symdiff as sd
    >>> x, y = sd.scalar("x"), sd.scalar("y")
    >>> print(*shared_with(sd.sin(y + x), [sd.cos(x + y)]))
    cos(y + x)
    """
    order = topological(expressions)
    present = set(order)
    written = {
        normal: node
        for node, normal in _forms(target).items()
        if normal is not node and normal in present and _is_the_same_work(node, normal)
    }
    if not written:
        return list(expressions)
    new: dict[Node, Node] = {}
    for node in order:
        new[node] = written[node] if node in written else rebuild(node, _args(node, new))
    return [new[expression] for expression in expressions]


def _args(node: Node, new: dict[Node, Node]) -> tuple[Node, ...]:
    return tuple(new[arg] for arg in node.args)


def _forms(target: Node) -> dict[Node, Node]:
    """The normal forms of the parts of the target, and of the products inside of products."""
    forms = normal_forms(target)
    for node in topological([target]):
        if is_plain_product(node) and forms[node] is node:
            product = rebuild(node, _args(node, forms))
            if product.op is node.op:
                forms[node] = write_network(read_network(product, _never))
    return forms


def _never(node: Node) -> bool:
    return False


def _is_the_same_work(node: Node, normal: Node) -> bool:
    """True for the same operations on the same leaves, in another order."""
    if node.shape != normal.shape or rank(node).size != rank(normal).size:
        return False
    return _operations(node) == _operations(normal)


def _operations(node: Node) -> Counter[object]:
    """The operations of a small expression: of each op on each shape; of a large one, its own."""
    counted: Counter[object] = Counter()
    stack = [node]
    while stack and len(counted) < _MOST_COMPARED:
        part = stack.pop()
        counted[part.op, part.shape, tuple(sorted(arg.ndim for arg in part.args))] += 1
        stack.extend(part.args)
    return counted


_MOST_COMPARED = 40
