"""NumPy's advanced indexing: arrays of whole numbers and masks among the indices of an array.

NumPy's rule is that the arrays are broadcast together; their axes go where the arrays stand if
these are neighbours (ints count as arrays), and to the front if a slice, `...` or a new axis parts
them. So an index is basic indexing, then a transpose that brings the axes together, then a gather.

The number of entries that a mask chooses must be known, so masks hold given booleans. A mask that
is computed has its place in `sd.where`, `sd.sum(x, where=mask)` and `x.at[mask].set(v)`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from symdiff.dims import Size
from symdiff.errors import ArgumentError, ShapeError, describe, quote
from symdiff.node import Node
from symdiff.ops.contraction import transpose
from symdiff.ops.gather import constant_places, gather
from symdiff.ops.indexing import getitem, without_ellipsis
from symdiff.ops.leaves import constant, number_of

Array: TypeAlias = "np.ndarray[Any, Any]"


def is_array(item: object) -> bool:
    """True for an index that is no int, slice, `...` or None: an array, a list, an expression."""
    if isinstance(item, Node):
        return number_of(item) is None and (item.ndim > 0 or item.dtype != "float")
    if isinstance(item, np.ndarray):
        return item.ndim > 0
    return isinstance(item, (list, tuple, range))


class Reading(NamedTuple):
    """An index in three steps.

    basic     an index without arrays, which takes the axes that have arrays whole
    order     the axes of what it takes, in the order that brings those with arrays together
    together  what is left after both
    places    the arrays
    axis      the first axis of `together` that has an array
    """

    basic: tuple[object, ...]
    order: tuple[int, ...]
    together: Node
    places: tuple[Node, ...]
    axis: int

    def taken(self) -> Node:
        """The entries at the index."""
        return gather(self.together, self.places, self.axis)


def read(x: Node, items: tuple[object, ...]) -> Reading:
    """Take an index with arrays apart.

    Raises ArgumentError for an array that is no index and for a computed mask, ShapeError for
    places that do not exist, masks of another shape, and arrays that do not broadcast.
    """
    items = tuple(_without_masks(x, items))
    advanced = [k for k, item in enumerate(items) if _counts_as_array(item)]
    parted = advanced[-1] - advanced[0] >= len(advanced)
    items = without_ellipsis(x, items)
    basic = tuple(slice(None) if isinstance(item, Node) else item for item in items)
    whole = getitem(x, basic)
    kept = [item for item in items if not _is_int(item)]
    own = [axis for axis, item in enumerate(kept) if isinstance(item, Node)]
    order = tuple(range(whole.ndim))
    if parted:
        order = (*own, *(axis for axis in order if axis not in own))
        whole = transpose(whole, order)
    return Reading(basic, order, whole, _checked(x, items), 0 if parted else own[0])


def _is_int(item: object) -> bool:
    return not (item is None or isinstance(item, (slice, Node)))


def _counts_as_array(item: object) -> bool:
    return item is not Ellipsis and (_is_int(item) or isinstance(item, Node))


# Arrays of whole numbers --------------------------------------------------------------------------


def as_places(item: object) -> Node:
    """An index array as a node: constants as 64-bit integers.

    Raises ArgumentError for entries that are not whole numbers.
    """
    array = _given(item)
    if array is not None:
        if array.dtype.kind not in "iu" and array.size:
            raise ArgumentError(f"an index holds whole numbers, not {array.dtype}: {_shown(item)}")
        return constant(array.astype(np.int64))
    assert isinstance(item, Node)
    if item.dtype != "int":
        raise ArgumentError(
            f"an index must be of kind int, but {quote(item)} is of kind {item.dtype}; "
            'declare it with dtype="int", or in words as "n int"'
        )
    return item


def _given(item: object) -> Array | None:
    """The entries of an array, a list or a constant; None for what is computed."""
    if isinstance(item, Node):
        return constant_places(item)
    if any(isinstance(part, Node) for part in _leaves(item)):
        raise ArgumentError(
            "an index list holds whole numbers, not expressions; give one expression of kind int"
        )
    try:
        return np.asarray(item)
    except ValueError as error:
        raise ArgumentError(f"{_shown(item)} is no index: {error}") from None


def _leaves(item: object) -> Iterable[object]:
    stack = [item]
    while stack:
        part = stack.pop()
        if isinstance(part, (list, tuple)):
            stack.extend(part)
        else:
            yield part


def _shown(item: object) -> str:
    text = quote(item) if isinstance(item, Node) else repr(item)
    return text if len(text) <= 60 else text[:59] + "…"


def _checked(x: Node, items: tuple[object, ...]) -> tuple[Node, ...]:
    """The index arrays, after a look at whether constant ones stay within `x`."""
    axes = [item for item in items if item is not None]
    return tuple(
        within(x, axis, place) for axis, place in enumerate(axes) if isinstance(place, Node)
    )


def within(x: Node, axis: int, place: Node) -> Node:
    """An index array along an axis of `x`; constants for a numeric size are counted from 0.

    Raises ShapeError for a constant place that does not exist.
    """
    value, size = constant_places(place), x.shape[axis]
    if value is None or not isinstance(size, int):
        return place
    outside = value[(value < -size) | (value >= size)]
    if outside.size:
        raise ShapeError(
            f"place {outside.flat[0]} does not exist on axis {axis} of {describe(x)}, "
            f"which has size {size}"
        )
    return constant(value % size) if value.size and value.min() < 0 else place


# Masks --------------------------------------------------------------------------------------------


def is_mask(item: object) -> bool:
    """True for an array or an expression of booleans."""
    if isinstance(item, Node):
        return item.dtype == "bool"
    array = _given(item) if is_array(item) else None
    return array is not None and array.dtype.kind == "b"


def is_computed_mask(item: Node) -> bool:
    """True for an expression of booleans that is no constant."""
    return item.dtype == "bool" and item.ndim > 0 and constant_places(item) is None


def _without_masks(x: Node, items: tuple[object, ...]) -> Iterable[object]:
    """Index arrays as nodes, and for each mask the places that it chooses."""
    dots = sum(item is Ellipsis for item in items)
    given = sum(_axes_taken(item) for item in items)
    axis = 0
    for item in items:
        if is_mask(item):
            yield from _chosen(x, axis, item)
        else:
            yield as_places(item) if is_array(item) else item
        axis += max(x.ndim - given, 0) if item is Ellipsis and dots == 1 else _axes_taken(item)


def _axes_taken(item: object) -> int:
    if item is None or item is Ellipsis:
        return 0
    if is_mask(item):
        return item.ndim if isinstance(item, Node) else np.ndim(item)  # type: ignore[arg-type]
    return 1


def _chosen(x: Node, axis: int, item: object) -> list[Node]:
    """The places that a mask chooses, one array for each of its axes."""
    mask = _given(item)
    if mask is None:
        assert isinstance(item, Node)
        raise ArgumentError(
            f"how many entries {describe(x)} has where {quote(item)} is not known before it is "
            "computed, so this has no shape; use sd.where(mask, x, other), sd.sum(x, where=mask), "
            "or x.at[mask].set(value)"
        )
    sizes: tuple[Size, ...] = x.shape[axis : axis + mask.ndim]
    if sizes != mask.shape:
        raise ShapeError(
            f"a mask of shape {mask.shape} cannot choose from axis {axis} on of {describe(x)}; "
            "its sizes must be those numbers"
        )
    return [constant(places.astype(np.int64)) for places in np.nonzero(mask)]
