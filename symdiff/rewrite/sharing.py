"""Derivatives beside what they are the derivatives of: parts that both have are one node.

Simplification puts terms and factors in its own order. Where a part of the target differs from a
part of the derivative in nothing but that order, the derivative takes the target's, so that the
two share it and read alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence

from symdiff.node import Node, topological
from symdiff.rewrite.engine import is_plain_product, rebuild
from symdiff.rewrite.network import never, read_network
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
    forms = normal_forms(target)
    written = {
        normal: node
        for each in (forms, _closed_forms(target, forms))
        for node, normal in each.items()
        if normal is not node and normal in present and _is_the_same_work(node, normal, each)
    }
    if not written:
        return list(expressions)
    _with_arguments(written, forms, present)
    new: dict[Node, Node] = {}
    for node in order:
        new[node] = written[node] if node in written else rebuild(node, _args(node, new))
    return [new[expression] for expression in expressions]


def _with_arguments(
    written: dict[Node, Node], forms: Mapping[Node, Node], present: Container[Node]
) -> None:
    """Add what parts of the target that stand as written are made of, which is computed anyway.

    A maximum, say, must be compared with the very entries of which it is one.
    """
    stack = list(written.values())
    while stack:
        for arg in stack.pop().args:
            normal = forms.get(arg, arg)
            fits = normal is not arg and normal.shape == arg.shape
            if fits and normal in present and normal not in written:
                written[normal] = arg
                stack.append(arg)


def _args(node: Node, new: dict[Node, Node]) -> tuple[Node, ...]:
    return tuple(new[arg] for arg in node.args)


def _closed_forms(target: Node, forms: Mapping[Node, Node]) -> dict[Node, Node]:
    """The normal forms of products of two as they stand, where neither is taken apart."""
    closed: dict[Node, Node] = {}
    for node in topological([target]):
        closed[node] = forms[node]
        if is_plain_product(node):
            product = rebuild(node, _args(node, closed))
            if product.op is node.op:
                closed[node] = write_network(read_network(product, never))
    return closed


def _is_the_same_work(node: Node, normal: Node, forms: Mapping[Node, Node]) -> bool:
    """True for the same operation on the same arguments, or the same sum, in another order."""
    if node.shape != normal.shape:
        return False
    for ops in (("add", "subtract", "negative"), ("multiply",)):
        if node.op.name in ops and normal.op.name in ops:
            return _operands(node, ops, forms) == _operands(normal, ops, {})
    args = Counter(forms.get(arg, arg) for arg in node.args)
    return node.op is normal.op and args == Counter(normal.args)


def _operands(node: Node, ops: tuple[str, ...], forms: Mapping[Node, Node]) -> Counter[object]:
    """What is added up with its sign, or multiplied; of a long one, only as much as is unique."""
    found: Counter[object] = Counter()
    stack = [(node, 1)]
    for _ in range(_MOST_COMPARED):
        if not stack:
            return found
        part, sign = stack.pop()
        if part.op.name not in ops:
            found[forms.get(part, part), sign] += 1
            continue
        signs = (sign, -sign if part.op.name == "subtract" else sign)
        if part.op.name == "negative":
            signs = (-sign, 1)
        stack.extend(zip(part.args, signs, strict=False))
    return Counter({node: 1})


_MOST_COMPARED = 100
