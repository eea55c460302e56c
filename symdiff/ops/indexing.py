"""Basic indexing by integers, slices, `...` and new axes; and its transpose, putting back.

Arrays among the indices are the business of `advanced`.
"""

from __future__ import annotations

import operator
from typing import NamedTuple, TypeAlias

from symdiff.dims import Dim, Shape, Size, spaced_shape
from symdiff.errors import ArgumentError, ShapeError, describe, shape_text
from symdiff.node import Node, intern
from symdiff.ops.leaves import as_node
from symdiff.ops.structure import expand_dims
from symdiff.registry import FUNCTIONS, Linear, Op, Requirement, Sample, always, no_operations
from symdiff.template import POSTFIX, Template


class Span(NamedTuple):
    """A slice in lowest terms: None where the default says the same."""

    start: int | None
    stop: int | None
    step: int

    def __str__(self) -> str:
        start, stop = ("" if bound is None else str(bound) for bound in (self.start, self.stop))
        return f"{start}:{stop}" + (f":{self.step}" if self.step != 1 else "")


WHOLE = Span(None, None, 1)
Entry: TypeAlias = "int | Span"
Index: TypeAlias = "tuple[Entry, ...]"


class Place(NamedTuple):
    """A place on an axis of `n` entries: `offset`, or `n + offset` from the end."""

    from_end: int
    offset: int


def _place(bound: int | None, default: Place) -> Place:
    if bound is None:
        return default
    return Place(int(bound < 0), bound)


def _ends(span: Span) -> tuple[Place, Place]:
    """The first place of a slice and the one that it stops before."""
    if span.step > 0:
        return _place(span.start, Place(0, 0)), _place(span.stop, Place(1, 0))
    return _place(span.start, Place(1, -1)), _place(span.stop, Place(0, -1))


def _distance(span: Span) -> Place:
    """From the first place to the last, in the direction of the step."""
    start, stop = _ends(span)
    sign = 1 if span.step > 0 else -1
    return Place(sign * (stop.from_end - start.from_end), sign * (stop.offset - start.offset))


def _length(span: Span, size: Size) -> Size:
    """How many entries a slice takes, assuming that a symbolic size is large enough."""
    if isinstance(size, int):
        return len(range(size)[span.start : span.stop : span.step])
    grows, offset = _distance(span)
    if not grows:
        return len(range(0, offset, abs(span.step)))
    step = abs(span.step)
    distance = size + offset
    return distance if step == 1 else (distance + (step - 1)) // step


def index_requirements(index: Index, shape: Shape) -> tuple[Requirement, ...]:
    """The least sizes with which the places of an index exist."""
    return tuple(
        Requirement(size, least, f"the index [{entry}]")
        for entry, size in zip(index, shape, strict=False)
        if isinstance(size, Dim) and (least := _least(entry)) > 0
    )


def _least(entry: Entry) -> int:
    if isinstance(entry, int):
        return entry + 1 if entry >= 0 else -entry
    start, stop = _ends(entry)
    grows, offset = _distance(entry)
    inclusive = entry.start is not None and entry.start >= 0 and entry.step < 0
    bounds = [-p.offset if p.from_end else p.offset for p in (start, stop)]
    return max(bounds[0] + inclusive, bounds[1], -offset if grows else 0)


def _infer_index(args: tuple[Node, ...], index: Index) -> tuple[Shape, str]:
    return _indexed_shape(args[0].shape, index), args[0].dtype


def _indexed_shape(shape: Shape, index: Index) -> Shape:
    taken = [
        _length(entry, size)
        for entry, size in zip(index, shape, strict=False)
        if isinstance(entry, Span)
    ]
    return (*taken, *shape[len(index) :])


def _brackets(index: Index, lead: int = 0) -> str:
    entries = ["..."] * bool(lead) + [str(entry) for entry in index]
    return f"[{', '.join(entries)}]"


def _index_form(node: Node) -> Template:
    return Template(f"{{0:postfix}}{_brackets(node.attrs)}", POSTFIX)


def _index_transpose(node: Node, k: int, g: Node) -> Node:
    lead = g.shape[: g.ndim - node.ndim]
    index = (WHOLE,) * len(lead) + node.attrs
    return intern(PUT, (g,), (index, (*lead, *node.args[0].shape)))


INDEX = Op(
    "index",
    infer=_infer_index,
    derivative=Linear(_index_transpose),
    view=always,
    numpy=_index_form,
    text=_index_form,
    pretty=_index_form,
    latex=lambda node: Template(
        f"\\left({{0}}\\right)_{{{{{_brackets(node.attrs)[1:-1]}}}}}"
        if node.args[0].args
        else f"{{{{{{0}}}}}}_{{{{{_brackets(node.attrs)[1:-1]}}}}}",
        POSTFIX,
    ),
    requires=lambda node: index_requirements(node.attrs, node.args[0].shape),
    samples=(
        Sample("x[0] * x[-1]", {"x": "n"}),
        Sample("x[1:] * x[:-1]", {"x": "n"}),
        Sample("X[1, ::2] + X[-1, 1::2]", {"X": "n 4"}),
        Sample("x[::-1] * x[::2][0] + x[1:-1:2][0]", {"x": "n"}),
        Sample("K[..., 0] + K[:, 1, :1]", {"K": "2 n 3"}),
        Sample("X[:, None] * X", {"X": "n m"}),
    ),
)


def _put_transpose(node: Node, k: int, g: Node) -> Node:
    index, _ = node.attrs
    lead = g.ndim - node.ndim
    return indexed(g, (WHOLE,) * lead + index)


def zeros_text(node: Node) -> str:
    """Zeros of the shape and kind of a node, for a template."""
    shape = shape_text(node.shape)
    return f"zeros({shape})" if node.dtype == "float" else f"broadcast_to(0, {shape})"


PUT = Op(
    "put",
    infer=lambda args, attrs: (attrs[1], args[0].dtype),
    derivative=Linear(_put_transpose),
    numpy=lambda node: Template(
        f"_put({spaced_shape(node.shape)}, {_slices(node.attrs[0])}, {{0}})"
    ),
    text=lambda node: Template(f"{zeros_text(node)}.at{_brackets(node.attrs[0])}.set({{0}})"),
    pretty=lambda node: Template(f"{zeros_text(node)}.at{_brackets(node.attrs[0])}.set({{0}})"),
    latex=lambda node: Template(
        f"\\operatorname{{{{put}}}}_{{{{{_brackets(node.attrs[0])[1:-1]}}}}}\\left({{0}}\\right)"
    ),
    requires=lambda node: index_requirements(node.attrs[0], node.shape),
    operations=no_operations,
)


def _slices(index: Index) -> str:
    return f"np.s_{_brackets(index)}"


def indexed(x: Node, index: Index) -> Node:
    """`x` at an index in lowest terms."""
    while index and index[-1] == WHOLE:
        index = index[:-1]
    return intern(INDEX, (x,), index) if index else x


def getitem(x: object, index: object) -> Node:
    """Return `x[index]` as NumPy does, for integers, slices of integers, `...`, None and arrays.

    Negative places count from the end. With a symbolic size the entries are assumed to exist, and
    a call with too small an array is refused. Arrays hold whole numbers, given or computed, or
    are masks of given booleans; see `advanced`.

    Raises ArgumentError for any other index, ShapeError for a place that does not exist.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> x[1:], x[-1], x[:, None].shape, x[[0, 2, 0]]
    (<x[1:] : (n - 1,) float>, <x[-1] : () float>, (n, 1), <x[[0, 2, 0]] : (3,) float>)
    """
    from symdiff.ops import advanced

    x = as_node(x)
    items = index if isinstance(index, tuple) else (index,)
    if any(map(advanced.is_array, items)):
        return advanced.read(x, items).taken()
    entries, new_axes = basic_index(x, items)
    result = indexed(x, entries)
    return expand_dims(result, new_axes) if new_axes else result


def basic_index(x: Node, items: tuple[object, ...]) -> tuple[Index, tuple[int, ...]]:
    """The places that an index without arrays takes, and the axes that it then adds."""
    items = without_ellipsis(x, items)
    axes = [item for item in items if item is not None]
    if len(axes) > x.ndim:
        raise ArgumentError(f"{len(axes)} indices are too many for {describe(x)}")
    return tuple(_entry(x, axis, item) for axis, item in enumerate(axes)), _new_axes(items)


def without_ellipsis(x: Node, items: tuple[object, ...]) -> tuple[object, ...]:
    """The items of an index, with a slice for each axis that `...` stands for."""
    dots = [place for place, item in enumerate(items) if item is Ellipsis]
    if len(dots) > 1:
        raise ArgumentError("an index can have only one `...`")
    if not dots:
        return items
    given = sum(item is not None and item is not Ellipsis for item in items)
    rest = (slice(None),) * max(x.ndim - given, 0)
    return (*items[: dots[0]], *rest, *items[dots[0] + 1 :])


def _new_axes(items: tuple[object, ...]) -> tuple[int, ...]:
    kept = [item for item in items if item is None or isinstance(item, slice)]
    return tuple(place for place, item in enumerate(kept) if item is None)


def _entry(x: Node, axis: int, item: object) -> Entry:
    size = x.shape[axis]
    if isinstance(item, slice):
        return _span(item, size)
    place = _whole(item)
    if isinstance(size, int):
        if not -size <= place < size:
            raise ShapeError(f"place {place} does not exist on axis {axis} of {describe(x)}")
        return place % size
    return place


def _span(item: slice, size: Size) -> Span:
    start, stop = (None if b is None else _whole(b) for b in (item.start, item.stop))
    step = 1 if item.step is None else _whole(item.step)
    if step == 0:
        raise ArgumentError("a slice step cannot be 0")
    if isinstance(size, int):
        start, stop, step = slice(start, stop, step).indices(size)
        if step > 0:
            return Span(start or None, stop if stop < size else None, step)
        return Span(start if start < size - 1 else None, stop if stop >= 0 else None, step)
    span = Span(None if start == 0 and step > 0 else start, stop, step)
    if _distance(span).from_end < 0:
        raise ArgumentError(
            f"the slice [{span}] of an axis of size {size} gets shorter as {size} grows; count "
            "both its ends from the same side, or give the axis a number as its size"
        )
    return span


def _whole(value: object) -> int:
    from symdiff.ops.leaves import number_of

    number = number_of(value) if isinstance(value, Node) else value
    try:
        if isinstance(number, bool):
            raise TypeError
        return operator.index(number)  # type: ignore[arg-type]
    except TypeError:
        raise ArgumentError(
            f"an index must be an int, a slice of ints, `...` or None, not {value}; "
            "to choose by a condition use sd.where"
        ) from None


FUNCTIONS["getitem"] = getitem
