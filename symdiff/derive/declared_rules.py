"""Cotangent rules that users declare: what an argument receives, as an expression.

Such a rule is written for a cotangent of the shape of the node. Where it is linear in the
cotangent, as rules are, its transpose is the forward mode, and the transpose of that is the rule
for cotangents with leading axes. Where it is not, as a rule that clips is not, both are refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from symdiff.derive.backprop import dependents, pull_back
from symdiff.errors import DerivativeError, ShapeError, describe, quote
from symdiff.node import Node, intern, topological
from symdiff.ops.leaves import INEXACT, VARIABLE, as_node, number_of
from symdiff.ops.structure import unstretched, zeros
from symdiff.registry import Linear
from symdiff.rewrite.engine import replaced
from symdiff.rewrite.simplify import simplify


class DeclaredRule(NamedTuple):
    """The rule of an op of a user: for node, place and cotangent what the argument receives.

    One that `overrides` the derivative is not to be compared with it.
    """

    rule: Callable[[Node, int, Node], object]
    overrides: bool = False

    def cotangent(self, node: Node, k: int, g: Node) -> Node | None:
        """Apply the rule; to a cotangent with leading axes, as a linear map."""
        if g.shape == node.shape:
            return self._received(node, k, g)
        transposed = self._transposed(node, k)
        if transposed is None:
            return None
        moved, tangent = transposed
        return _pulled_back(moved, tangent, g)

    def check_linear(self, node: Node, k: int) -> None:
        """Raise DerivativeError where the rule is not linear in the cotangent."""
        self._transposed(node, k)

    def _received(self, node: Node, k: int, g: Node) -> Node | None:
        found = self.rule(node, k, g)
        if found is None:
            return None
        sent, arg = as_node(found), node.args[k]
        if sent.dtype not in INEXACT:
            sent = sent * 1.0
        if number_of(sent) == 0:
            return None
        if sent.shape != arg.shape:
            raise ShapeError(
                f"the cotangent rule of `{node.op.title(node)}` gives {describe(sent)} for "
                f"{describe(arg)}; a cotangent has the shape of what receives it"
            )
        return sent

    def _transposed(self, node: Node, k: int) -> tuple[Node, Node] | None:
        """The transposed map: an expression, and the variable of the argument's shape in it."""
        g = intern(VARIABLE, (), ("the cotangent", node.shape, node.dtype))
        sent = self._received(node, k, g)
        if sent is None:
            return None
        arg = node.args[k]
        tangent = intern(VARIABLE, (), ("the tangent", arg.shape, arg.dtype))
        moved = _pulled_back(sent, g, tangent)
        if moved is None or g in topological([moved]) or not _is_zero_at_zero(sent, g):
            raise DerivativeError(
                f"the cotangent rule of `{node.op.title(node)}` by {quote(arg)} is not linear in "
                "the cotangent, so forward mode and Jacobians cannot follow it; the gradient of a "
                "scalar, sd.grad, can"
            )
        return moved, tangent


def _pulled_back(y: Node, x: Node, cotangent: Node) -> Node | None:
    order = topological([y])
    depends = dependents(order, [x])
    cotangents = {y: cotangent}
    if y in depends:
        pull_back(order, depends, cotangents, [])
    return cotangents.get(x)


def _is_zero_at_zero(sent: Node, g: Node) -> bool:
    """True if the rule makes nothing of nothing, as far as simplification tells."""
    nothing = simplify(replaced([sent], {g: zeros(g.shape)})[0])
    while not _is_zero(nothing):
        found = [node for node in topological([nothing]) if _is_linear_in_zeros(node)]
        if not found:
            return False
        nothing = simplify(replaced([nothing], {node: zeros(node.shape) for node in found})[0])
    return True


def _is_linear_in_zeros(node: Node) -> bool:
    """True for a sum of zeros, say, that is not seen to be zero; other arguments are indices."""
    if not isinstance(node.op.derivative, Linear) or _is_zero(node):
        return False
    terms = [arg for arg in node.args if arg.dtype in INEXACT]
    return bool(terms) and all(map(_is_zero, terms))


def _is_zero(node: Node) -> bool:
    return number_of(unstretched(node)) == 0


def overrides(node: Node) -> bool:
    """True for a node whose derivative is another than that of its value."""
    rule = node.op.derivative
    return isinstance(rule, DeclaredRule) and rule.overrides
