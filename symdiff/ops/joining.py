"""Two arrays behind one another, as a sum of both put into zeros."""

from __future__ import annotations

from symdiff.errors import ShapeError, describe
from symdiff.node import Node, intern
from symdiff.ops.indexing import INDEX, PUT, getitem
from symdiff.ops.structure import zeros


def joined(name: str, a: Node, b: Node, axis: int) -> Node:
    """`a` and `b` along one axis.

    Raises ShapeError, in the name of a function, where the other sizes differ, or where neither
    size along the axis is a number.
    """
    if a.shape[:axis] + a.shape[axis + 1 :] != b.shape[:axis] + b.shape[axis + 1 :]:
        raise ShapeError(
            f"`{name}` cannot join {describe(a)} and {describe(b)} along axis {axis}: "
            "the other sizes differ"
        )
    first, second = a.shape[axis], b.shape[axis]
    if isinstance(first, int):
        cuts = slice(None, first), slice(first, None)
    elif isinstance(second, int):
        cuts = slice(None, -second), slice(-second, None)
    else:
        raise ShapeError(
            f"`{name}` cannot join {describe(a)} and {describe(b)} along axis {axis}: "
            "one of the sizes must be a number"
        )
    if 0 in (first, second):
        return a if second == 0 else b
    whole = zeros((*a.shape[:axis], first + second, *a.shape[axis + 1 :]))
    return _put(whole, a, axis, cuts[0]) + _put(whole, b, axis, cuts[1])


def _put(whole: Node, part: Node, axis: int, cut: slice) -> Node:
    place = getitem(whole, (*[slice(None)] * axis, cut))
    assert place.op is INDEX and place.shape == part.shape
    return intern(PUT, (part,), (place.attrs, whole.shape))
