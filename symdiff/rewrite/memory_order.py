"""Elementwise work in the order in which its arrays lie in memory.

A product asks for its factors with their axes in some order, and so do the sums and products by
entries inside. Where all of their arrays are transposed alike, they are computed as the arrays lie,
and the result is transposed, which moves nothing: its axes can then be merged. (NumPy itself would
choose that order in memory, but the graph would not know. For matrices there is nothing to merge.)
Products that stand in memory already are summed
instead of multiplied again.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.node import Node, topological
from symdiff.ops.contraction import CONTRACT, contract, is_transpose
from symdiff.ops.elementwise import multiply
from symdiff.ops.leaves import INEXACT
from symdiff.ops.structure import EXPAND_DIMS
from symdiff.rewrite.engine import rebuild
from symdiff.rewrite.network import Indices
from symdiff.rewrite.planning import aligned


def in_memory_order(outputs: Sequence[Node]) -> list[Node]:
    """Transpose results of elementwise functions instead of all of their arguments.

    >>> import symdiff as sd
    >>> X, Y = sd.tensor("X", "n", "d", 2), sd.tensor("Y", "n", "d", 2)
    >>> print(*in_memory_order([X.T * sd.exp(Y.T)]))
    (X ⊙ exp(Y))ᵀ
    """
    new: dict[Node, Node] = {}
    for node in topological(outputs):
        result = rebuild(node, tuple([new[arg] for arg in node.args]))
        new[node] = _turned(result) if result.op.elementwise and result.ndim > 2 else result
    return [new[output] for output in outputs]


def _turned(node: Node) -> Node:
    """The same function of arrays as they lie, transposed."""
    whole = [arg for arg in node.args if arg.shape == node.shape]
    orders = {_order(arg) for arg in whole}
    order = orders.pop() if len(orders) == 1 else None
    if order is None:
        return node
    back = tuple(order.index(axis) for axis in range(node.ndim))
    args = tuple(_moved(arg, node.ndim, back) for arg in node.args)
    turned = rebuild(node, args)
    return contract([turned], [order], tuple(range(node.ndim)))


def _order(node: Node) -> Indices | None:
    """For each axis in memory, the axis of the transposed array that it is."""
    if not is_transpose(node):
        return None
    (own,), output = node.attrs
    return tuple(output.index(i) for i in own)


def _moved(arg: Node, rank: int, back: Indices) -> Node:
    """An argument, where axis `k` of the result is to be axis `back[k]`."""
    indices = tuple(range(rank - arg.ndim, rank))
    while arg.op is EXPAND_DIMS:
        indices = tuple(i for k, i in enumerate(indices) if k not in arg.attrs)
        arg = arg.args[0]
    return aligned(arg, indices, tuple(sorted(range(rank), key=back.__getitem__)))


# Products that are there already -----------------------------------------------------------------


def summed_where_multiplied(outputs: Sequence[Node]) -> list[Node]:
    """Sum a product by entries that is needed anyway, instead of multiplying while summing.

    >>> import symdiff as sd
    >>> x, y = sd.vector("x", "n"), sd.vector("y", "n")
    >>> A = sd.tensor("A", "m", "n", "n")
    >>> print(*summed_where_multiplied([sd.exp(x * y), sd.einsum("i,i->", x, y)]))
    exp(x ⊙ y) sum(x ⊙ y)
    """
    order = topological(outputs)
    products = {node for node in order if node.op.name == "multiply" and node.ndim}
    if not products:
        return list(outputs)
    new: dict[Node, Node] = {}
    for node in order:
        found = _as_sum(node, products, new)
        new[node] = rebuild(node, tuple([new[a] for a in node.args])) if found is None else found
    return [new[output] for output in outputs]


def _as_sum(node: Node, products: set[Node], new: dict[Node, Node]) -> Node | None:
    """The contraction of two arrays as a sum of what a product in `products` became."""
    if node.op is not CONTRACT or len(node.args) != 2 or node.dtype not in INEXACT:
        return None
    if node.args[0] is node.args[1] or any(len({*own}) < len(own) for own in node.attrs.inputs):
        return None
    pairs = list(zip(node.args, node.attrs.inputs, strict=True))
    for (large, indices), (small, own) in (pairs, pairs[::-1]):
        if not {*own} <= {*indices} or {*indices} <= {*node.attrs.output}:
            continue
        for turned in (False, True):
            if _stretched(large, aligned(small, own, indices), turned) in products:
                product = _stretched(new[large], aligned(new[small], own, indices), turned)
                return contract([product], [indices], node.attrs.output)
    return None


def _stretched(large: Node, small: Node, turned: bool) -> Node:
    return multiply(small, large) if turned else multiply(large, small)
