"""Which expressions are proven to be linear, up to a constant, in some variables."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from symdiff.derive.backprop import dependents
from symdiff.node import Node, topological
from symdiff.ops.leaves import INEXACT, number_of
from symdiff.ops.structure import zeros
from symdiff.registry import Linear, Partials


def is_affine(expression: Node, wrt: Sequence[Node]) -> bool:
    """True if an expression is proven to be a linear function of `wrt` plus a constant.

    Each op on the way must be linear in the one argument that varies, or have slopes that are not
    zero and do not vary, and no place where it is not what it is elsewhere.

    >>> import symdiff as sd
    >>> A, x = sd.matrix("A", "m", "n"), sd.vector("x", "n")
    >>> [is_affine(e, [x]) for e in (1 - 2 * (A @ x)[0], x**2, abs(x), x * sd.sum(x), x % 2)]
    [True, False, False, False, False]
    """
    order = topological([expression])
    varying = dependents(order, wrt)
    known = set(order)
    return all(_step_is_affine(node, varying, known) for node in order if node in varying)


def _step_is_affine(node: Node, varying: Collection[Node], known: Collection[Node]) -> bool:
    """True for an op that is affine in its arguments that vary."""
    if not node.args:
        return True
    places = [k for k, arg in enumerate(node.args) if arg in varying]
    if node.dtype not in INEXACT or any(node.args[k].dtype not in INEXACT for k in places):
        return False
    rule = node.op.derivative
    if isinstance(rule, Linear):
        one = len(places) == 1
        return one and rule.cotangent(node, places[0], zeros(node.shape)) is not None
    if not isinstance(rule, Partials):
        return False
    slopes = [rule.functions[k](node, *node.args) for k in places]
    edges = [edge.where(node, *node.args) for edge in node.op.edges]
    return all(_is_fixed_slope(slope, varying, known) for slope in slopes) and not any(
        edge is not None and _varies(edge, varying, known) for edge in edges
    )


def _is_fixed_slope(
    slope: Node | float, varying: Collection[Node], known: Collection[Node]
) -> bool:
    if isinstance(slope, Node):
        return number_of(slope) != 0 and not _varies(slope, varying, known)
    return slope != 0


def _varies(node: Node, varying: Collection[Node], known: Collection[Node]) -> bool:
    """True if an expression that was made of nodes of the graph contains one that varies."""
    return any(part in varying for part in topological([node], known=known))
