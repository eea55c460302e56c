"""Rules for broadcasting: NumPy stretches by itself, so arrays are stretched late or never."""

from __future__ import annotations

from symdiff.dims import Shape, Size
from symdiff.node import Node, intern
from symdiff.ops.contraction import contract, is_transpose
from symdiff.ops.leaves import EYE, eye
from symdiff.ops.structure import (
    BROADCAST_TO,
    EXPAND_DIMS,
    RESHAPE,
    broadcast_to,
    expand_dims,
    reshape,
    without_leading_axes,
)
from symdiff.rewrite.engine import ELEMENTWISE, Rewriter, Rule, any_of


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


def _reshaped_transpose(node: Node, rewriter: Rewriter) -> Node | None:
    """The transpose of a reshaped array: transpose first, where whole groups of axes move."""
    if not is_transpose(node) or node.args[0].op is not RESHAPE:
        return None
    reshaped = node.args[0]
    source = reshaped.args[0]
    groups = _groups(source.shape, reshaped.shape)
    if groups is None:
        return None
    (own,), output = node.attrs
    order = tuple(axis for i in output for axis in groups[own.index(i)])
    return reshape(contract([source], [tuple(range(source.ndim))], order), node.shape)


def _groups(source: Shape, shape: Shape) -> list[tuple[int, ...]] | None:
    """For each axis of `shape` the axes of `source` that it runs through; None if they overlap."""
    groups: list[tuple[int, ...]] = []
    axis = 0
    for size in shape:
        first = axis
        total: Size = 1
        while axis < len(source) and total != size:
            total = total * source[axis]
            axis += 1
        if total != size:
            return None
        groups.append(tuple(range(first, axis)))
    return groups if axis == len(source) else None


def _reshaped_unit(node: Node, rewriter: Rewriter) -> Node | None:
    """A unit matrix with split axes is a product of unit matrices."""
    unit = node.args[0]
    half = node.ndim // 2
    if unit.op is not EYE or node.shape[:half] != node.shape[half:]:
        return None
    pairs = [(axis, half + axis) for axis in range(half)]
    return contract([eye(size) for size in node.shape[:half]], pairs, tuple(range(node.ndim)))


def _reshape_twice(node: Node, rewriter: Rewriter) -> Node | None:
    """Reshape in one step."""
    source = node.args[0]
    return reshape(source.args[0], node.shape) if source.op is RESHAPE else None


RULES = (
    Rule("stretch late", (ELEMENTWISE,), _stretch_late, complex=True, needs=any_of("broadcast_to")),
    Rule(
        "no new axes in front",
        (ELEMENTWISE,),
        _leading_axes,
        complex=True,
        needs=any_of("expand_dims"),
    ),
    Rule("stretch once", ("broadcast_to",), _stretch_once, complex=True),
    Rule("expand a stretched scalar", ("expand_dims",), _expand_stretched, complex=True),
    Rule("reshape a stretched scalar", ("reshape",), _reshape_stretched, complex=True),
    Rule("expand once", ("expand_dims",), _expand_once, complex=True),
    Rule("reshape once", ("reshape",), _reshape_twice, complex=True),
    Rule("reshape a unit matrix", ("reshape",), _reshaped_unit, complex=True),
    Rule("reshape after transposing", ("contract",), _reshaped_transpose, complex=True),
)
