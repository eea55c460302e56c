"""Which matrices are symmetric, proven from how they are made."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from symdiff.node import Node, topological
from symdiff.ops.contraction import CONTRACT, contract
from symdiff.ops.contraction_forms import recognise
from symdiff.ops.leaves import EYE
from symdiff.ops.linear_algebra import INV, MATRIX_POWER
from symdiff.ops.lowered import ADD_DIAGONAL

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
    if node.op is ADD_DIAGONAL:
        return _known[node.args[0]]
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
    """`P S Pᵀ` and `Pᵀ S P`, in either parentheses, with a symmetric `S`."""
    return _is_half(first, last, flipped[0], flipped[1], 0) or _is_half(
        last, first, flipped[1], flipped[0], 1
    )


def _is_half(product: Node, outer: Node, turned: bool, outer_turned: bool, side: int) -> bool:
    """Whether `product` is `outer` times a symmetric matrix, with `outer` on the given side.

    The product itself must stand as it is, and the two must be transposes of each other.
    """
    form = recognise(product) if product.op is CONTRACT else None
    if turned or form is None or form.kind != "matmul" or len(product.args) != 2:
        return False
    own, middle = product.args[side], product.args[1 - side]
    return own is outer and _known.get(middle, False) and form.flipped[side] != outer_turned
