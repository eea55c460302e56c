"""Rules for deviations from a mean: what has no mean, and what is nothing but mean."""

from __future__ import annotations

from symdiff.node import Node
from symdiff.ops.leaves import EYE, size
from symdiff.ops.norms import NORMALIZED
from symdiff.ops.structure import BROADCAST_TO, zeros
from symdiff.rewrite.engine import Rewriter, Rule


def _twice(node: Node, rewriter: Rewriter) -> Node | None:
    """Deviations have mean 0 along the same axes, also when they are divided by their norm."""
    result = inner = node.args[0]
    if inner.op is NORMALIZED and set(node.attrs) <= set(inner.attrs):
        inner = inner.args[0]
    same = inner.op is node.op and inner.attrs == node.attrs and inner.args[1:] == node.args[1:]
    return result if same else None


def _of_constants(node: Node, rewriter: Rewriter) -> Node | None:
    """Entries that are all equal do not deviate."""
    inner = node.args[0]
    return zeros(node.shape) if inner.op is BROADCAST_TO and not inner.args[0].ndim else None


def _of_unit(node: Node, rewriter: Rewriter) -> Node | None:
    """The centring matrix, which takes means out."""
    unit = node.args[0]
    if unit.op is not EYE or len(node.args) > 1 or len(node.attrs) != 1:
        return None
    return unit - 1 / size(unit.attrs)


RULES = (
    Rule("deviations of deviations", ("centered",), _twice),
    Rule("deviations of equal entries", ("centered",), _of_constants),
    Rule("deviations of a unit matrix", ("centered",), _of_unit),
)
