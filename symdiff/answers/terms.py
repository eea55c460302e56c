"""The terms of a sum, also of one inside products and contractions, multiplied out."""

from __future__ import annotations

from itertools import product

from symdiff.errors import SymdiffError
from symdiff.node import Node, topological
from symdiff.ops.structure import broadcast_to
from symdiff.registry import Linear
from symdiff.rewrite.engine import rebuild

MOST_TERMS = 16
"""A product that would have more terms is left as it is."""

_SUMS = ("add", "subtract", "negative")


def terms(expression: Node, multiplied_out: bool = False) -> list[Node]:
    """The terms of which an expression is the sum, each of its shape.

    >>> import symdiff as sd
    >>> A, x = sd.matrix("A", "n", "n"), sd.vector("x", "n")
    >>> [str(term) for term in terms((A + A.T) @ x - x, multiplied_out=True)]
    ['A x', 'Aᵀ x', '−x']
    """
    parts: dict[Node, list[Node]] = {}
    for node in topological([expression]):
        opened = node.op.name in _SUMS or (multiplied_out and _distributes(node))
        found = _parts(node, [parts[arg] for arg in node.args]) if opened else [node]
        parts[node] = found if len(found) <= MOST_TERMS else [node]
    return [broadcast_to(part, expression.shape) for part in parts[expression]]


def _distributes(node: Node) -> bool:
    linear = isinstance(node.op.derivative, Linear) and node.op.name != "where"
    return node.dtype == "float" and (linear or node.op.name in ("multiply", "divide"))


def _parts(node: Node, inner: list[list[Node]]) -> list[Node]:
    try:
        match node.op.name:
            case "add":
                return [*inner[0], *inner[1]]
            case "subtract":
                return [*inner[0], *(-part for part in inner[1])]
            case "negative":
                return [-part for part in inner[0]]
            case "divide":
                return [part / node.args[1] for part in inner[0]]
        if all(len(part) == 1 for part in inner):
            return [node]
        choices = zip(inner, node.args, strict=True)
        fitted = [[broadcast_to(p, arg.shape) for p in found] for found, arg in choices]
        if len(inner) > 1 and len(inner[0]) * len(inner[1]) > MOST_TERMS:
            return [node]
        return [rebuild(node, args) for args in product(*fitted)]
    except SymdiffError:  # booleans and integers have no part that is negative
        return [node]
