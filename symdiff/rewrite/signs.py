"""Which expressions are nowhere negative, proven from how they are made."""

from __future__ import annotations

from symdiff.node import Node, topological
from symdiff.ops.contraction import CONTRACT
from symdiff.ops.leaves import number_of
from symdiff.rewrite.polynomial import whole_exponent

_POSITIVE = frozenset(
    {
        "exp",
        "cosh",
        "sigmoid",
        "softplus",
        "softmax",
        "abs",
        "relu",
        "sqrt",
        "norm",
        "p_norm",
        "size",
        "eye",
    }
)
_PRESERVING = frozenset(
    {"add", "multiply", "divide", "maximum", "prod", "expand_dims", "broadcast_to", "reshape"}
)
_AT_MOST_ONE = frozenset({"sigmoid", "softmax"})


def is_nonnegative(node: Node) -> bool:
    """True for what is proven to be at least 0 wherever it is defined.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> is_nonnegative(sd.sigmoid(x) * (1 - sd.sigmoid(x))), is_nonnegative(x)
    (True, False)
    """
    known: dict[Node, bool] = {}
    for each in topological([node]):
        known[each] = _follows(each, known)
    return known[node]


def _follows(node: Node, known: dict[Node, bool]) -> bool:
    name = node.op.name
    number = number_of(node)
    if number is not None:
        return number >= 0
    if name in _POSITIVE:
        return True
    if name in _PRESERVING or (node.op is CONTRACT and node.args):
        return all(known[arg] for arg in node.args)
    if name == "where":
        return all(known[arg] for arg in node.args[1:])
    if name == "power":
        exponent = whole_exponent(node)
        return known[node.args[0]] or (exponent is not None and exponent % 2 == 0)
    return name == "subtract" and _is_one_less_a_share(node)


def _is_one_less_a_share(node: Node) -> bool:
    """`1 - sigmoid(x)`, `1 - tanh(x)**2` and their like, also when rounded."""
    one, share = node.args
    if number_of(one) != 1:
        return False
    if share.op.name == "power":
        exponent = whole_exponent(share)
        bounded = share.args[0].op.name in ("tanh", "sin", "cos", *_AT_MOST_ONE)
        return bounded and exponent is not None and exponent > 0 and exponent % 2 == 0
    return share.op.name in _AT_MOST_ONE
