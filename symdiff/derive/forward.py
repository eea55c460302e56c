"""Forward mode: tangents pushed from `wrt` towards the target, by the rules of reverse mode.

An op's cotangent rule is linear in the cotangent, so the transpose of that rule is the op's
derivative: differentiate the cotangent expression by the cotangent. No op needs a second rule.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.derive.backprop import (
    check_direction,
    check_holomorphic,
    dependents,
    held,
    of_kind,
    pull_back,
    real_for,
    sent_back,
)
from symdiff.derive.declared_rules import DeclaredRule
from symdiff.errors import ShapeError, describe, shape_text
from symdiff.node import Node, intern, topological
from symdiff.ops.leaves import VARIABLE
from symdiff.ops.structure import zeros

_Edge = tuple[int, Node, Node]
"""The place of an argument, the cotangent of the node, and what the argument would receive."""


def push_forward(
    targets: Sequence[Node], wrt: Sequence[Node], tangents: Sequence[Node]
) -> list[Node]:
    """The tangents of `targets` when those of `wrt` are given.

    Tangents have the shapes of their nodes, behind leading axes that are the same for all.
    """
    found: dict[Node, Node] = dict(zip(wrt, tangents, strict=True))
    lead = tangents[0].shape[: tangents[0].ndim - wrt[0].ndim] if wrt else ()
    for node, edges in flow(targets, wrt):
        for place, g, sent in edges:
            tangent = found.get(node.args[place])
            received = None if tangent is None else _transposed(node, g, sent, tangent)
            if received is not None:
                sofar = found.get(node)
                found[node] = received if sofar is None else sofar + received
    return [of_kind(y, found.get(y, zeros((*lead, *y.shape)))) for y in targets]


def flow(targets: Sequence[Node], wrt: Sequence[Node]) -> list[tuple[Node, list[_Edge]]]:
    """The edges along which derivatives flow, of each node in order.

    They are found from the targets down, as reverse mode would visit them, so that forward mode
    asks no rule that reverse mode would not ask.
    """
    order = topological(targets)
    depends = dependents(order, wrt)
    still = held(order, depends, wrt)
    reached = depends.intersection(targets)
    found: list[tuple[Node, list[_Edge]]] = []
    for node in reversed(order):
        if node not in reached:
            continue
        g = intern(VARIABLE, (), ("cotangent of the node", node.shape, node.dtype))
        edges: list[_Edge] = []
        for place, arg in enumerate(node.args):
            asked = arg in depends and arg not in still
            if asked and isinstance(node.op.derivative, DeclaredRule):
                node.op.derivative.check_linear(node, place)
            sent = sent_back(node, place, g) if asked else None
            if sent is not None:
                reached.add(arg)
                edges.append((place, g, sent))
        found.append((node, edges))
    return found[::-1]


def _transposed(node: Node, g: Node, sent: Node, tangent: Node) -> Node | None:
    """Transpose `g -> sent`, which is linear in the cotangent `g` of `node`, and apply it."""
    order = topological([sent], known={node, *node.args})
    depends = dependents(order, [g])
    received = {sent: real_for(sent, tangent)}
    if sent in depends:
        pull_back(order, depends, received, [])
    return received.get(g)


def check_path(y: Node, x: Node) -> None:
    """Refuse a function that is not holomorphic on the way from `x` to `y`."""
    nodes = flow([y], [x])
    check_holomorphic((node, node.args[place]) for node, edges in nodes for place, _, _ in edges)


def check_tangent(x: Node, tangent: Node) -> None:
    """Refuse a tangent that does not have the shape of what moves, or is complex where it is not.

    Any derivative is linear over the real numbers, which is what forward mode needs.
    """
    check_direction(x, tangent, "direction")
    if tangent.shape != x.shape:
        raise ShapeError(
            f"the direction in which {describe(x)} moves has that shape, "
            f"not {shape_text(tangent.shape)}"
        )
