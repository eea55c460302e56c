"""Rules for batches of ops with index arrays: taking entries at places, and writing there.

If each case has places of its own, the number of the case becomes one index array more, and the
axis of the batch one more axis that is indexed.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.dims import Size
from symdiff.node import Node, intern
from symdiff.ops.batching import Args, aligned, batch_size, is_mapped, stretched, with_rank
from symdiff.ops.contraction import transpose
from symdiff.ops.structure import broadcast_to, expand_dims
from symdiff.registry import FUNCTIONS


def _any_mapped(owns: Sequence[Node], args: Sequence[Node]) -> bool:
    return any(is_mapped(own, arg) for own, arg in zip(owns, args, strict=True))


def _with_case(owns: Sequence[Node], places: Sequence[Node], size: Size) -> Args:
    """Index arrays for arrays whose first indexed axis is that of the batch."""
    rank = _rank(owns)
    cases = expand_dims(FUNCTIONS["arange"](size), tuple(range(1, 1 + rank)))
    pairs = zip(owns, places, strict=True)
    return (cases, *[with_rank(own, place, rank) for own, place in pairs])


def _rank(places: Sequence[Node]) -> int:
    """How many axes index arrays have that are broadcast together."""
    return max(place.ndim for place in places)


def _moved(x: Node, start: int, count: int, place: int) -> Node:
    """An array with `count` neighbouring axes moved, so that they begin at `place`."""
    order = list(range(x.ndim))
    block = order[start : start + count]
    del order[start : start + count]
    order[place:place] = block
    return transpose(x, order)


def gather(node: Node, args: Args) -> Node:
    """The batch of a gather."""
    (own, *owns), (x, *places), axis = node.args, args, node.attrs
    if not _any_mapped(owns, places):
        return intern(node.op, args, axis + 1)
    if not is_mapped(own, x):
        taken = intern(node.op, (x, *aligned(owns, places)), axis)
        return _moved(taken, axis, 1, 0)
    in_front = _moved(x, 1 + axis, len(places), 1)
    taken = intern(node.op, (in_front, *_with_case(owns, places, x.shape[0])), 0)
    return _moved(taken, 1, _rank(owns), 1 + axis)


def scatter_add(node: Node, args: Args) -> Node:
    """The batch of its transpose."""
    (_, *owns), (_, *places), target = node.args, args, node.attrs
    if not _any_mapped(owns, places):
        return intern(node.op, args, target._replace(axis=target.axis + 1))
    size = batch_size(node, args)
    values = _moved(stretched(node, args)[0], 1 + target.axis, _rank(owns), 1)
    whole = target._replace(axis=0, sizes=(size, *target.sizes))
    added = intern(node.op, (values, *_with_case(owns, places, size)), whole)
    return _moved(added, 1, len(places), 1 + target.axis)


def set_at(node: Node, args: Args) -> Node:
    """The batch of writing at index arrays."""
    (own, own_value, *owns), (_, value, *places), axis = node.args, args, node.attrs
    taken = _rank(owns)
    base = stretched(node, args)[0]
    value = with_rank(own_value, value, own.ndim - len(places) + taken)
    if not _any_mapped(owns, places):
        return intern(node.op, (base, value, *places), axis + 1)
    in_front, indices = (
        _moved(base, 1 + axis, len(places), 1),
        _with_case(owns, places, base.shape[0]),
    )
    if axis:  # else the axes of the places are the first ones already
        there = FUNCTIONS["getitem"](in_front, indices)
        value = _moved(
            broadcast_to(value, _moved(there, 1, taken, 1 + axis).shape), 1 + axis, taken, 1
        )
    return _moved(intern(node.op, (in_front, value, *indices), 0), 1, len(places), 1 + axis)


def last_written(node: Node, args: Args) -> Node:
    """The batch of what tells which of several values stays."""
    size = batch_size(node, args)
    return intern(node.op, _with_case(node.args, args, size), (size, *node.attrs))
