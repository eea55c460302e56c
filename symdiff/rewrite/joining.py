"""Rules for what is joined and taken apart again: slices along the seams are the parts themselves.

A cotangent of joined arrays is sliced, and a tangent is put into zeros; what is computed with them
for one slice alone is computed with that slice.
"""

from __future__ import annotations

from symdiff.node import Node
from symdiff.ops.contraction import CONTRACT
from symdiff.ops.indexing import PUT, WHOLE, Index, indexed, span_of
from symdiff.ops.joining import CONCATENATE, STACK, bounds_of_part
from symdiff.ops.structure import BROADCAST_TO, broadcast_to
from symdiff.rewrite.engine import Rewriter, Rule, rebuild


def _indexed_stretched(node: Node, rewriter: Rewriter) -> Node | None:
    """Entries that are all equal, wherever they are taken from."""
    source = node.args[0]
    if source.op is BROADCAST_TO and not source.args[0].ndim:
        return broadcast_to(source.args[0], node.shape)
    return None


def _part(node: Node, rewriter: Rewriter) -> Node | None:
    """What is taken out of joined arrays along the seams is one of them."""
    return _taken_apart(node.args[0], node.attrs)


def _taken_apart(source: Node, index: Index) -> Node | None:
    if source.op is PUT:
        return source.args[0] if source.attrs[0] == index else None
    if source.op not in (CONCATENATE, STACK) or len(index) <= source.attrs:
        return None
    axis = source.attrs
    before, entry, behind = index[:axis], index[axis], index[axis + 1 :]
    if source.op is STACK:
        return indexed(source.args[entry], before + behind) if isinstance(entry, int) else None
    for k, arg in enumerate(source.args):
        if span_of(slice(*bounds_of_part(source, k)), source.shape[axis]) == entry:
            return indexed(arg, (*before, WHOLE, *behind))
    return None


def _part_of_result(node: Node, rewriter: Rewriter) -> Node | None:
    """Compute with a part of what is joined, where nothing else needs the result."""
    source, index = node.args[0], node.attrs
    if not rewriter.single(source):
        return None
    if source.op.elementwise:
        entries = [_aligned(arg, source, index) for arg in source.args]
    elif source.op is CONTRACT and all(not isinstance(entry, int) for entry in index):
        spec = source.attrs
        taken = dict(zip(spec.output, index, strict=False))
        entries = [tuple(taken.get(i, WHOLE) for i in indices) for indices in spec.inputs]
    else:
        return None
    pairs = list(zip(source.args, entries, strict=True))
    if all(_taken_apart(arg, _trimmed(own)) is None for arg, own in pairs):
        return None
    return rebuild(source, tuple(indexed(arg, own) for arg, own in pairs))


def _aligned(arg: Node, result: Node, index: Index) -> Index:
    """An index of the result of an elementwise op, as an argument needs it; 1 is not cut."""
    missing = result.ndim - arg.ndim
    entries = list(index[missing:])
    for axis, entry in enumerate(entries):
        if arg.shape[axis] != result.shape[missing + axis]:
            entries[axis] = 0 if isinstance(entry, int) else WHOLE
    return tuple(entries)


def _trimmed(index: Index) -> Index:
    """An index without what takes whole axes at its end."""
    while index and index[-1] == WHOLE:
        index = index[:-1]
    return index


RULES = (
    Rule("index a stretched scalar", ("index",), _indexed_stretched),
    Rule("part of what is joined", ("index",), _part),
    Rule("part of what is joined first", ("index",), _part_of_result),
)
