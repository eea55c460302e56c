"""Copies of an array with other entries at an index: `x.at[index].set(v)` and its relatives.

The names are those of JAX, as NumPy's assignments have no functional form. Any index of `x[…]` is
one here; a computed mask is one as well, since it leaves the shape as it is.

`add` adds every value where places repeat. `set` writes one value after the other, as NumPy does:
the last one stays, and nothing flows back to the others. `multiply`, `divide`, `min` and `max` need
places that are known to differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from symdiff.dims import Shape, broadcast, spaced_shape
from symdiff.errors import ArgumentError, ShapeError, describe, quote, shape_text
from symdiff.node import Node, intern
from symdiff.ops import advanced, batched_places
from symdiff.ops.batching import Args, stretched, with_rank
from symdiff.ops.choices import where
from symdiff.ops.complex import as_complex
from symdiff.ops.contraction import sum, transpose
from symdiff.ops.declare import broadcast_shape
from symdiff.ops.gather import (
    brackets,
    constant_places,
    gather,
    index_argument,
    place_requirements,
    places_text,
    scatter_add,
    slots,
)
from symdiff.ops.indexing import (
    PUT,
    WHOLE,
    Index,
    basic_index,
    getitem,
    index_requirements,
    index_sizes,
    indexed,
)
from symdiff.ops.kinks import maximum, minimum
from symdiff.ops.leaves import INEXACT, KINDS, LEAF, as_node, constant, is_zero, number_of, zero_of
from symdiff.ops.reads import moved
from symdiff.ops.rows import meeting
from symdiff.ops.structure import (
    BROADCAST_TO,
    broadcast_to,
    expand_dims,
    shape_of,
    unbroadcast,
)
from symdiff.registry import Linear, Op, Sample, function, no_operations
from symdiff.template import POSTFIX, Template, latex_call

__all__ = ["last_written"]

Change: TypeAlias = "Callable[[Node, Node], Node]"

UPDATES = ("set", "add", "subtract", "multiply", "divide", "min", "max", "get")
"""What `x.at[index]` can do."""

_I, _IJ = {"i": "int"}, {"i": "int", "j": "int"}


# Writing at a basic index -------------------------------------------------------------------------


def _set_transpose(node: Node, k: int, g: Node) -> Node:
    lead = g.ndim - node.ndim
    index = (WHOLE,) * lead + node.attrs
    if k == 0:
        return intern(SET, (g, constant(0.0)), index)
    place = indexed(g, index)
    return unbroadcast(place, place.ndim - lead, node.args[1].shape)


def _set_latex(node: Node, index: str) -> Template:
    return Template(f"{{0:atom}}\\left[{index} \\leftarrow {{1}}\\right]", POSTFIX)


def _written(index: Index) -> str:
    return ", ".join(map(str, index))


def _set_rows(node: Node, axes: tuple[int | None, ...]) -> int | None:
    """Along an axis of `x` that the index takes whole; a value may have it, or is stretched."""
    (x, value), (axis, own) = node.args, axes
    if axis is None:
        return None
    place = indexed(x, node.attrs)
    within = place.op.rows(place, (axis,))
    return axis if isinstance(within, int) and _fits(value, own, place, within) else None


def _fits(value: Node, own: int | None, place: Node, axis: int) -> bool:
    """Whether the rows of a value, if it has some, lie along an axis of its place."""
    return meeting((place, value), (axis, own)) == axis


def _set_batch(node: Node, args: Args) -> Node:
    """Each case is written into a copy of its own."""
    place = indexed(node.args[0], node.attrs)
    value = with_rank(node.args[1], args[1], place.ndim)
    return intern(SET, (stretched(node, args)[0], value), (WHOLE, *node.attrs))


SET = Op(
    "set",
    infer=lambda args, index: (args[0].shape, args[0].dtype),
    attrs=Index,
    derivative=Linear(_set_transpose),
    numbers=True,
    numpy=lambda node: Template(f"_updated({{0}}, np.s_[{_written(node.attrs)}], {{1}})"),
    text=lambda node: Template(f"{{0:postfix}}.at[{_written(node.attrs)}].set({{1}})", POSTFIX),
    pretty=lambda node: Template(f"{{0:postfix}}.at[{_written(node.attrs)}].set({{1}})", POSTFIX),
    latex=lambda node: _set_latex(node, _written(node.attrs)),
    requires=lambda node: index_requirements(node.attrs, node.args[0].shape),
    sizes=lambda node: index_sizes(node.attrs),
    operations=no_operations,
    complex=True,
    rows=_set_rows,
    reads=moved,
    batch=_set_batch,
    samples=(
        Sample("x.at[1:].set(y) * x", {"x": "n", "y": ""}),
        Sample("X.at[0, ::2].set(y).at[..., -1].set(2)", {"X": "n 4", "y": "2"}),
        Sample("X.at[1:].multiply(y).at[None, :, 0].min(0.1)", {"X": "n 3", "y": "3"}),
    ),
)


# Writing at index arrays --------------------------------------------------------------------------


def _set_at_transpose(node: Node, k: int, g: Node) -> Node | None:
    base, value, *places = node.args
    lead = g.ndim - node.ndim
    axis = lead + node.attrs
    if k == 0:
        return intern(SET_AT, (g, constant(0.0), *places), axis)
    if k > 1:
        return None
    place = gather(g, places, axis)
    if not _distinct(places):
        place = where(_stays(base, places, node.attrs), place, 0.0)
    return unbroadcast(place, place.ndim - lead, value.shape)


def _stays(base: Node, places: Sequence[Node], axis: int) -> Node:
    """Where a value is the last one for its place, as an array that broadcasts with the values."""
    sizes = base.shape[axis : axis + len(places)]
    last = intern(LAST_WRITTEN, tuple(places), sizes)
    behind = base.ndim - axis - len(places)
    return expand_dims(last, tuple(range(last.ndim, last.ndim + behind)))


def _distinct(places: Sequence[Node]) -> bool:
    """True if places are known to differ: one place, or constants that are no two times the same.

    Places counted from both ends may be the same.
    """
    if not any(place.ndim for place in places):
        return True
    values = [constant_places(place) for place in places]
    known = [value for value in values if value is not None]
    if len(known) < len(values) or any((v < 0).any() for v in known):
        return False
    rows = np.stack([v.reshape(-1) for v in np.broadcast_arrays(*known)], axis=1)
    return len(np.unique(rows, axis=0)) == len(rows)


def _set_at_text(node: Node, abridged: bool = False) -> Template:
    index = brackets(node.attrs, places_text(node.args[2:], 2, abridged))
    return Template(f"{{0:postfix}}.at[{index}].set({{1}})", POSTFIX)


def _set_at_numpy(node: Node) -> Template:
    index = index_argument(node.attrs, len(node.args) - 2, 2)
    return Template(f"_updated({{0}}, {index}, {{1}})")


def _set_at_rows(node: Node, axes: tuple[int | None, ...]) -> int | None:
    """Along an axis of `x` beside those of which entries are replaced."""
    (x, value, *places), (axis, own, *rest) = node.args, axes
    if axis is None or any(k is not None for k in rest):
        return None
    place = gather(x, places, node.attrs)
    within = place.op.rows(place, (axis, *rest))
    return axis if isinstance(within, int) and _fits(value, own, place, within) else None


SET_AT = Op(
    "set_at",
    infer=lambda args, axis: (args[0].shape, args[0].dtype),
    attrs=int,
    derivative=Linear(_set_at_transpose),
    numbers=True,
    numpy=_set_at_numpy,
    text=_set_at_text,
    pretty=lambda node: _set_at_text(node, abridged=True),
    latex=lambda node: _set_latex(
        node, brackets(node.attrs, places_text(node.args[2:], 2, abridged=True))
    ),
    indices=lambda node: node.args[0].shape[node.attrs : node.attrs + len(node.args) - 2],
    requires=place_requirements,
    operations=no_operations,
    complex=True,
    rows=_set_at_rows,
    reads=moved,
    batch=batched_places.set_at,
    samples=(
        Sample(
            "x.at[i].set(y) * x.at[[0, 2, 0]].set(z)",
            {"x": "4", "i": "n", "y": "n", "z": "3"},
            kinds=_I,
        ),
        Sample("X.at[:, i].set(y)", {"X": "n 3", "i": "m", "y": "m"}, kinds=_I),
        Sample(
            "K.at[i, :, j].set(y).at[1:, [0, 1]].set(0.5)",
            {"K": "3 n 4", "i": "m", "j": "", "y": "m n"},
            kinds=_IJ,
        ),
        Sample("x.at[x > 0].set(2 * y).at[x < 0].add(1)", {"x": "n", "y": ""}),
        Sample("x.at[array([True, False, True])].max(y)", {"x": "3", "y": "2"}),
    ),
)


# Which of several values stays --------------------------------------------------------------------


def _last_text(node: Node) -> Template:
    places = ", ".join(f"{{{k}}}" for k in range(len(node.args)))
    return Template(f"last_written({shape_text(node.attrs)}, {places})")


def _last_numpy(node: Node) -> Template:
    index = slots(0, len(node.args), 0) + "," * (len(node.args) == 1)
    return Template(f"_last_written({spaced_shape(node.attrs)}, ({index}))")


LAST_WRITTEN = Op(
    "last_written",
    infer=lambda args, sizes: (broadcast_shape("index", args), "bool"),
    attrs=Shape,
    derivative=LEAF,  # nothing flows into an index
    batch=batched_places.last_written,
    numpy=_last_numpy,
    text=_last_text,
    pretty=_last_text,
    latex=lambda node: latex_call("\\operatorname{{last}}", len(node.args)),
    indices=lambda node: node.attrs,
    requires=place_requirements,
    samples=(
        Sample("where(last_written((4,), i), x, 0)", {"x": "n", "i": "n"}, kinds=_I),
        Sample(
            "where(last_written((3, 2), i, j), x, 0)",
            {"x": "2 n", "i": "n", "j": "2 1"},
            low=-1,
            high=1,
            kinds=_IJ,
        ),
    ),
)


@function
def last_written(shape: object, *places: object) -> Node:
    """Return where an index array names a place for the last time: there, what is written stays.

    The derivative of `x.at[i].set(v)` by `v` needs it.

    >>> import symdiff as sd
    >>> sd.evaluate(last_written((4,), [0, 2, 0, -2]))
    array([False, False,  True,  True])
    """
    sizes = shape_of(shape)
    if not places or len(places) != len(sizes):
        raise ArgumentError(
            f"`last_written` takes an index array for each of {len(sizes)} axes, not {len(places)}"
        )
    return intern(LAST_WRITTEN, tuple(advanced.as_places(place) for place in places), sizes)


# The public form ----------------------------------------------------------------------------------


class At:
    """What `x.at` is: give it an index."""

    __slots__ = ("_x",)

    def __init__(self, x: Node) -> None:
        self._x = x

    def __getitem__(self, index: object) -> Place:
        return Place(self._x, index if isinstance(index, tuple) else (index,))


class Place:
    """What `x.at[index]` is. Every method returns a new expression; `x` stays as it is.

    Values are broadcast to the shape of `x[index]`, and must not be of a wider kind than `x`.
    Methods raise ShapeError for values that do not fit, ArgumentError for places that may repeat
    where that matters, and what `x[index]` raises.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> x.at[1:].set(0)
    <x.at[1:].set(0) : (n,) float>
    >>> print(sd.grad(sd.sum(x.at[0].set(3)), x))
    𝟏.at[0].set(0.0)
    """

    __slots__ = ("_items", "_x")

    def __init__(self, x: Node, items: tuple[object, ...]) -> None:
        self._x, self._items = x, items

    def get(self) -> Node:
        """Return `x[index]`."""
        return getitem(self._x, self._items)

    def set(self, value: object) -> Node:
        """Return `x` with `value` at the index; of values for one place the last stays."""
        return self._changed("set", value, lambda old, new: new)

    def add(self, value: object) -> Node:
        """Return `x` with `value` added at the index; where places repeat, all are added."""
        x, new = self._x, self._held("add", value)
        if x.dtype == "bool":
            raise ArgumentError(f"`add` is not defined for booleans such as {quote(x)}")
        if self._mask() is not None:
            return self._changed("add", new, lambda old, new: old + new)
        added = _put_back(x, self._items, in_kind(new, x.dtype))
        return added if is_zeros(x) else x + added

    def subtract(self, value: object) -> Node:
        """Return `x` with `value` subtracted at the index; where places repeat, all are."""
        return self.add(-as_node(value))

    def multiply(self, value: object) -> Node:
        """Return `x` with the entries at the index multiplied by `value`."""
        return self._changed("multiply", value, lambda old, new: old * new)

    def divide(self, value: object) -> Node:
        """Return `x` with the entries at the index divided by `value`."""
        if self._x.dtype not in INEXACT:
            raise ArgumentError(f"{quote(self._x)} is of kind {self._x.dtype}: no quotient fits")
        return self._changed("divide", value, lambda old, new: old / new)

    def min(self, value: object) -> Node:
        """Return `x` with the smaller of `value` and what is there at the index."""
        return self._changed("min", value, minimum)

    def max(self, value: object) -> Node:
        """Return `x` with the larger of `value` and what is there at the index."""
        return self._changed("max", value, maximum)

    def _changed(self, name: str, value: object, change: Change) -> Node:
        new, mask = self._held(name, value), self._mask()
        if mask is None:
            return _replaced(self._x, self._items, lambda old: change(old, new), name)
        chosen = expand_dims(mask, tuple(range(mask.ndim, self._x.ndim)))
        return where(chosen, change(self._x, new), self._x)

    def _held(self, name: str, value: object) -> Node:
        """The value as a node, of a kind that the array can hold, which fits the place."""
        x, new, mask = self._x, as_node(value), self._mask()
        if KINDS.index(new.dtype) > KINDS.index(x.dtype):
            raise ArgumentError(
                f"{quote(x)} is of kind {x.dtype} and cannot hold {quote(new)} of kind {new.dtype}"
            )
        place = self.get().shape if mask is None else x.shape[mask.ndim :]
        if mask is not None and new.ndim > len(place):
            raise ShapeError(
                f"how many places {quote(mask)} chooses is not known before it is computed, so "
                f"{describe(new)} cannot have a value for each; use sd.where(mask, values, x)"
            )
        try:
            fits = broadcast(new.shape, place) == place
        except ShapeError:
            fits = False
        if not fits:
            raise ShapeError(
                f"`{name}` needs values that broadcast to {shape_text(place)}, the shape of that "
                f"part of {describe(x)}, not {describe(new)}"
            )
        return new

    def _mask(self) -> Node | None:
        """The computed mask, if the index is one."""
        first = self._items[0] if len(self._items) == 1 else None
        if not isinstance(first, Node) or not advanced.is_computed_mask(first):
            return None
        if first.shape != self._x.shape[: first.ndim]:
            raise ShapeError(
                f"the mask {describe(first)} must have the sizes of the first axes of "
                f"{describe(self._x)}"
            )
        return first


# Writing and adding at any index ------------------------------------------------------------------


def _replaced(
    x: Node, items: tuple[object, ...], change: Callable[[Node], Node], name: str
) -> Node:
    """`x` with what is at an index changed."""
    if not any(map(advanced.is_array, items)):
        return _written_into(x, items, change(getitem(x, items)))
    index = advanced.read(x, items)
    if name != "set" and not _distinct(index.places):
        raise ArgumentError(
            f"`{name}` needs places that are known to differ, but those of {quote(x)} may repeat; "
            f"if they never do, write x.at[i].set(…) with what x[i] becomes"
        )
    written = intern(SET_AT, (index.together, change(index.taken()), *index.places), index.axis)
    return _written_into(x, index.basic, transpose(written, _inverse(index.order)))


def _put_back(x: Node, items: tuple[object, ...], values: Node) -> Node:
    """Zeros of the shape of `x` with values added at an index: the transpose of `x[index]`."""
    empty = broadcast_to(zero_of(values.dtype), x.shape)
    if not any(map(advanced.is_array, items)):
        return _written_into(empty, items, values)
    index = advanced.read(x, items)
    values = broadcast_to(values, index.taken().shape)
    sizes = index.together.shape[index.axis : index.axis + len(index.places)]
    added = scatter_add(values, index.places, index.axis, sizes)
    return _written_into(empty, index.basic, transpose(added, _inverse(index.order)))


def _written_into(x: Node, items: tuple[object, ...], values: Node) -> Node:
    """`x` with values at an index without arrays; of zeros, the transpose of indexing."""
    entries, new_axes = basic_index(x, items)
    while entries and entries[-1] == WHOLE:
        entries = entries[:-1]
    if new_axes:
        values = sum(broadcast_to(values, getitem(x, items).shape), new_axes)
    if not entries:
        return broadcast_to(in_kind(values, x.dtype), x.shape)
    if is_zeros(x):
        return put(in_kind(values, x.dtype), entries, x.shape)
    return intern(SET, (x, values), entries)


def put(values: Node, index: Index, shape: Shape) -> Node:
    """Zeros with values at an index in lowest terms: the transpose of indexing."""
    place = indexed(broadcast_to(0, shape), index)
    return intern(PUT, (broadcast_to(values, place.shape),), (index, shape))


def in_kind(values: Node, kind: str) -> Node:
    """Values of a narrower kind in the kind wanted."""
    if values.dtype == kind or kind == "bool":
        return values
    if kind == "complex":
        return as_complex(values)
    number = number_of(values)
    if number is not None:
        return constant(float(number) if kind == "float" else int(number))
    if values.dtype == "bool":
        values = where(values, 1, 0)
    return values * 1.0 if kind == "float" else values


def is_zeros(x: Node) -> bool:
    """True for an array of zeros."""
    return x.op is BROADCAST_TO and is_zero(x.args[0])


def _inverse(order: Sequence[int]) -> tuple[int, ...]:
    return tuple(order.index(axis) for axis in range(len(order)))
