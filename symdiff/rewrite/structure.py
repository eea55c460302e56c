"""Rules for broadcasting: NumPy stretches by itself, so arrays are stretched late or never."""

from __future__ import annotations

from symdiff.node import Node, intern
from symdiff.ops.structure import (
    BROADCAST_TO,
    EXPAND_DIMS,
    broadcast_to,
    expand_dims,
    without_leading_axes,
)
from symdiff.rewrite.engine import ELEMENTWISE, Rewriter, Rule


def _stretch_late(node: Node, rewriter: Rewriter) -> Node | None:
    """Compute on the small array, and stretch the result only if no other argument does."""
    if not any(arg.op is BROADCAST_TO for arg in node.args):
        return None
    args = tuple(arg.args[0] if arg.op is BROADCAST_TO else arg for arg in node.args)
    return intern(node.op, args, node.attrs)


def _leading_axes(node: Node, rewriter: Rewriter) -> Node | None:
    """Drop new axes in front: NumPy adds them by itself."""
    args = tuple(without_leading_axes(arg) for arg in node.args)
    if args == node.args:
        return None
    smaller = intern(node.op, args, node.attrs)
    return smaller if smaller.shape == node.shape else None


def _stretch_once(node: Node, rewriter: Rewriter) -> Node | None:
    """Stretch in one step; a scalar becomes any shape directly."""
    source = node.args[0]
    while source.op in (BROADCAST_TO, EXPAND_DIMS) and source.args[0].ndim == 0:
        source = source.args[0]
    if source.op is BROADCAST_TO:
        source = source.args[0]
    source = without_leading_axes(source)
    return None if source is node.args[0] else broadcast_to(source, node.shape)


def _expand_stretched(node: Node, rewriter: Rewriter) -> Node | None:
    """New axes of a stretched scalar: stretch it to the final shape."""
    source = node.args[0]
    if source.op is BROADCAST_TO and not source.args[0].ndim:
        return broadcast_to(source.args[0], node.shape)
    return None


def _reshape_stretched(node: Node, rewriter: Rewriter) -> Node | None:
    """Entries that are all equal need no order."""
    source = node.args[0]
    if source.op is BROADCAST_TO and not source.args[0].ndim:
        return broadcast_to(source.args[0], node.shape)
    return None


def _expand_once(node: Node, rewriter: Rewriter) -> Node | None:
    """Add axes in one step."""
    source = node.args[0]
    if source.op is not EXPAND_DIMS:
        return None
    old = [i for i in range(node.ndim) if i not in node.attrs]
    inner = tuple(old[i] for i in source.attrs)
    return expand_dims(source.args[0], (*node.attrs, *inner))


RULES = (
    Rule("stretch late", (ELEMENTWISE,), _stretch_late),
    Rule("no new axes in front", (ELEMENTWISE,), _leading_axes),
    Rule("stretch once", ("broadcast_to",), _stretch_once),
    Rule("expand a stretched scalar", ("expand_dims",), _expand_stretched),
    Rule("reshape a stretched scalar", ("reshape",), _reshape_stretched),
    Rule("expand once", ("expand_dims",), _expand_once),
)
