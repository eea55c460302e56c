"""The soft maximum and its family with their exponentials computed once.

`softmax(x)`, `log_softmax(x)` and `logsumexp(x)` of the same entries along the same axes have the
largest entry, the exponentials and their sum in common. What a share lacks to 1, which residuals
and second derivatives need to all digits, follows from the shares themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from symdiff.node import Node, intern, topological
from symdiff.ops.choices import where
from symdiff.ops.contraction import sum
from symdiff.ops.elementwise import add, divide, exp, log, multiply, subtract
from symdiff.ops.leaves import number_of
from symdiff.ops.logic import isfinite
from symdiff.ops.lowered import lacking
from symdiff.ops.reduction import MAX
from symdiff.ops.soft_maximum import softmax
from symdiff.ops.structure import expand_dims
from symdiff.rewrite.engine import rebuild

_FAMILY = ("softmax", "log_softmax", "logsumexp")
SOFTMAXES = (*_FAMILY, "softmax_minus", "softmax_slope")
"""The ops that this is about."""


def softmaxes_shared(outputs: Sequence[Node]) -> list[Node]:
    """Take residuals of a softmax from its shares, and exponentials from one place.

    >>> import symdiff as sd
    >>> z = sd.vector("z", "n")
    >>> print(softmaxes_shared([sd.softmax(z), sd.log_softmax(z)])[0])
    exp(z − max(z))/sum(exp(z − max(z)))
    >>> print(*softmaxes_shared([sd.softmax(z)]))
    softmax(z)
    """
    return _with_exponentials_shared(_by_shares(outputs))


def _by_shares(outputs: Sequence[Node]) -> list[Node]:
    """Write `total*p - t` and `p*(1 - p)` by `p = softmax(x)` and what it lacks to 1."""
    new: dict[Node, Node] = {}
    for node in topological(outputs):
        args = tuple([new[arg] for arg in node.args])
        if node.op.name == "softmax_minus":
            shares = softmax(args[0], node.attrs)
            new[node] = _residual(shares, lacking(shares, axes=node.attrs), *args[1:])
        elif node.op.name == "softmax_slope":
            shares = softmax(args[0], node.attrs)
            new[node] = multiply(shares, lacking(shares, axes=node.attrs))
        else:
            new[node] = rebuild(node, args)
    return [new[output] for output in outputs]


def _residual(shares: Node, lack: Node, target: Node, total: Node) -> Node:
    """`total*p - t`, where the two may nearly cancel."""
    if number_of(target) == 0:
        return multiply(total, shares)
    return subtract(multiply(shares, subtract(total, target)), multiply(target, lack))


def _with_exponentials_shared(outputs: Sequence[Node]) -> list[Node]:
    order = topological(outputs)
    groups: dict[tuple[Node, tuple[int, ...]], set[Node]] = defaultdict(set)
    for node in order:
        if node.op.name in _FAMILY and len(node.args) == 1:
            groups[node.args[0], node.attrs].add(node)
    shared = {node for group in groups.values() if len(group) > 1 for node in group}
    if not shared:
        return list(outputs)
    new: dict[Node, Node] = {}
    for node in order:
        args = tuple([new[arg] for arg in node.args])
        new[node] = _spelled_out(node, args[0]) if node in shared else rebuild(node, args)
    return [new[output] for output in outputs]


def _spelled_out(node: Node, x: Node) -> Node:
    """A function of the family by the largest entry, the exponentials and their sum.

    Where the largest entry is infinite, no entry has a share, and it is the `logsumexp` itself.
    """
    axes = node.attrs
    top = intern(MAX, (x,), axes)
    shifted = subtract(x, _stretched(top, axes))
    exponentials = exp(shifted)
    total = sum(exponentials, axes)
    if node.op.name == "softmax":
        return divide(exponentials, _stretched(total, axes))
    if node.op.name == "log_softmax":
        return subtract(shifted, _stretched(log(total), axes))
    return where(isfinite(top), add(top, log(total)), top)


def _stretched(reduced: Node, axes: tuple[int, ...]) -> Node:
    """What was reduced over some axes, such that NumPy stretches it along them."""
    return expand_dims(reduced, axes) if reduced.ndim else reduced
