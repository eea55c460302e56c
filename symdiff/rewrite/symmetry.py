"""Which matrices are symmetric, proven from how they are made."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from symdiff.node import Node, topological
from symdiff.ops.contraction import CONTRACT, contract
from symdiff.ops.contraction_forms import recognise
from symdiff.ops.leaves import EYE
from symdiff.ops.linear_algebra import INV, MATRIX_POWER

_known: WeakKeyDictionary[Node, bool] = WeakKeyDictionary()


def is_symmetric(node: Node) -> bool:
    """True for a matrix that is proven to equal its transpose.

    >>> import symdiff as sd
    >>> is_symmetric(sd.parse("inv(X.T @ X + 3*eye(d))", X="n d"))
    True
    """
    if node.ndim != 2 or node.shape[0] != node.shape[1] or not node.args:
        return node.op is EYE
    for each in topological([node], known=_known):
        if each not in _known:
            _known[each] = each.ndim == 2 and _follows(each)
    return _known[node]


def _follows(node: Node) -> bool:
    """Whether a matrix is symmetric, given which of its arguments are."""
    if node.op is EYE:
        return True
    if node.op is CONTRACT:
        return _is_symmetric_product(node)
    if node.op in (INV, MATRIX_POWER) or node.op.elementwise:
        whole = all(not arg.ndim or _known[arg] for arg in node.args)
        return whole or (node.op.name == "add" and _is_sum_with_transpose(node))
    return False


def _is_sum_with_transpose(node: Node) -> bool:
    left, right = node.args
    return left.shape == right.shape and contract([left], [(0, 1)], (1, 0)) is right


def _is_symmetric_product(node: Node) -> bool:
    form = recognise(node)
    if form is None:
        return False
    first, last = node.args[0], node.args[-1]
    if form.kind in ("diag", "outer"):
        return form.kind == "diag" or first is last
    if form.kind == "transpose":
        return _known[first]
    if form.kind not in ("matmul", "scaled matmul"):
        return False
    gram = first is last and form.flipped[0] != form.flipped[1]
    return gram or (form.kind == "matmul" and _is_congruence(first, last, form.flipped))


def _is_congruence(first: Node, last: Node, flipped: tuple[bool, bool]) -> bool:
    """`Pᵀ S P`, however it is put in parentheses."""
    for product, outer, turned in ((first, last, flipped[1]), (last, first, flipped[0])):
        inner = recognise(product) if product.op is CONTRACT else None
        if inner is None or inner.kind != "matmul" or any(flipped[k] for k in (0, 1)) != turned:
            continue
        left = product is first
        own, middle = product.args if left else product.args[::-1]
        if own is outer and _known.get(middle, False) and inner.flipped[0 if left else 1] != turned:
            return True
    return False
