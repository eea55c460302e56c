"""Basic indexing by integers, slices, `...` and new axes; and its transpose, putting back.

Bounds of slices may be symbolic sizes, so that what is joined can be taken apart again.
Arrays among the indices are the business of `advanced`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from symdiff.dims import Dim, Shape, Size, is_at_least_zero, spaced, spaced_shape
from symdiff.errors import ArgumentError, ShapeError, describe, shape_text
from symdiff.intervals import NUMBER
from symdiff.node import Node, intern
from symdiff.ops.batching import Args, batch_size, with_attrs
from symdiff.ops.leaves import as_node, size_expressed
from symdiff.ops.reads import moved
from symdiff.ops.structure import expand_dims, latex_sizes
from symdiff.registry import FUNCTIONS, Linear, Op, Requirement, Sample, always, no_operations
from symdiff.template import POSTFIX, Template


class Span(NamedTuple):
    """A slice in lowest terms: None where the default says the same.

    An int below 0 counts from the end, as in Python; a symbolic bound counts from the front.
    """

    start: Size | None
    stop: Size | None
    step: int

    @property
    def symbolic(self) -> tuple[Dim, ...]:
        """The bounds that are symbolic."""
        return tuple(bound for bound in (self.start, self.stop) if isinstance(bound, Dim))

    def __str__(self) -> str:
        return self.written(str)

    def written(self, write: Callable[[Size], str]) -> str:
        """The slice with its bounds as `write` gives them, spaced out as formatters do.

        >>> from symdiff.dims import as_size
        >>> str(Span(1, None, 2)), str(Span(as_size("n+1"), None, 1))
        ('1::2', 'n + 1 :')
        """
        start, stop = ("" if bound is None else write(bound) for bound in (self.start, self.stop))
        step = "" if self.step == 1 else str(self.step)
        if all(bound.is_name for bound in self.symbolic):
            return f"{start}:{stop}" + (f":{step}" if step else "")
        text = f"{start} : {stop}".strip()
        return text + (f" : {step}" if stop else f": {step}" if start else f":{step}") * bool(step)


WHOLE = Span(None, None, 1)
Entry: TypeAlias = int | Span
Index: TypeAlias = tuple[Entry, ...]


class Place(NamedTuple):
    """A place on an axis of `n` entries: `offset`, or `n + offset` from the end."""

    from_end: int
    offset: Size

    def on(self, size: Size) -> Size:
        """The place counted from the front, on an axis of some size."""
        return size + self.offset if self.from_end else self.offset


def _place(bound: Size | None, default: Place) -> Place:
    if bound is None:
        return default
    return Place(int(isinstance(bound, int) and bound < 0), bound)


def _ends(span: Span) -> tuple[Place, Place]:
    """The first place of a slice and the one that it stops before."""
    if span.step > 0:
        return _place(span.start, Place(0, 0)), _place(span.stop, Place(1, 0))
    return _place(span.start, Place(1, -1)), _place(span.stop, Place(0, -1))


def _distance(span: Span) -> Place:
    """From the first place to the last, in the direction of the step."""
    start, stop = _ends(span)
    if span.step > 0:
        return Place(stop.from_end - start.from_end, stop.offset - start.offset)
    return Place(start.from_end - stop.from_end, start.offset - stop.offset)


def _length(span: Span, size: Size) -> Size:
    """How many entries a slice takes, assuming that symbolic sizes and bounds fit together."""
    start, stop = span.start, span.stop
    if isinstance(size, int) and not isinstance(start, Dim) and not isinstance(stop, Dim):
        return len(range(size)[start : stop : span.step])
    grows, offset = _distance(span)
    distance = offset + grows * size if grows else offset
    step = abs(span.step)
    if isinstance(distance, int):
        return len(range(0, distance, step))
    return distance if step == 1 else (distance + (step - 1)) // step


def index_requirements(index: Index, shape: Shape) -> tuple[Requirement, ...]:
    """The least sizes with which the places of an index exist."""
    required: list[Requirement] = []
    for entry, size in zip(index, shape, strict=False):
        reason = f"the index [{entry}]"
        if isinstance(entry, Span) and entry.symbolic:
            gaps = [gap for gap in _gaps(entry, size) if not is_at_least_zero(gap)]
            required += [Requirement(gap, 0, reason) for gap in gaps]
        elif isinstance(size, Dim) and (least := _least(entry)) > 0:
            required.append(Requirement(size, least, reason))
    return tuple(required)


def _gaps(span: Span, size: Size) -> tuple[Size, ...]:
    """What must not be negative for a slice with symbolic bounds to lie within its axis."""
    first, last = (place.on(size) for place in _ends(span))
    if span.step > 0:
        return first, last - first, size - last
    given = (_place(bound, Place(0, 0)).on(size) for bound in span[:2] if bound is not None)
    return size - 1 - first, first - last, *given


def index_sizes(index: Index) -> tuple[Size, ...]:
    """The symbolic bounds of an index."""
    return tuple(bound for entry in index if isinstance(entry, Span) for bound in entry.symbolic)


def _least(entry: Entry) -> int:
    if isinstance(entry, int):
        return entry + 1 if entry >= 0 else -entry
    ends, (grows, offset) = _ends(entry), _distance(entry)
    assert isinstance(offset, int)
    start, stop = (-p.offset if p.from_end else p.offset for p in ends if isinstance(p.offset, int))
    inclusive = entry.step < 0 and entry.start is not None and not ends[0].from_end
    return max(start + inclusive, stop, -offset if grows else 0)


def _infer_index(args: tuple[Node, ...], index: Index) -> tuple[Shape, str]:
    return _indexed_shape(args[0].shape, index), args[0].dtype


def _indexed_shape(shape: Shape, index: Index) -> Shape:
    taken = [
        _length(entry, size)
        for entry, size in zip(index, shape, strict=False)
        if isinstance(entry, Span)
    ]
    return (*taken, *shape[len(index) :])


def _entries_text(index: Index, write: Callable[[Size], str] = str) -> str:
    entries = (entry.written(write) if isinstance(entry, Span) else str(entry) for entry in index)
    return ", ".join(entries)


def _brackets(index: Index) -> str:
    return f"[{_entries_text(index)}]"


def _numpy_brackets(index: Index) -> str:
    return f"[{_entries_text(index, spaced)}]"


def _index_form(node: Node) -> Template:
    return Template(f"{{0:postfix}}{_brackets(node.attrs)}", POSTFIX)


def _index_latex(node: Node) -> Template:
    inner = latex_sizes(_entries_text(node.attrs))
    if node.args[0].args:
        return Template(f"\\left({{0}}\\right)_{{{{{inner}}}}}", POSTFIX)
    return Template(f"{{{{{{0}}}}}}_{{{{{inner}}}}}", POSTFIX)


def _index_transpose(node: Node, k: int, g: Node) -> Node:
    lead = g.shape[: g.ndim - node.ndim]
    index = (WHOLE,) * len(lead) + node.attrs
    return intern(PUT, (g,), (index, (*lead, *node.args[0].shape)))


def _places_beside(index: Index, rank: int) -> dict[int, int]:
    """For each axis that an index takes whole, among `rank` axes, which one of the result it is."""
    entries = [*index, *[WHOLE] * (rank - len(index))]
    kept = [axis for axis, entry in enumerate(entries) if isinstance(entry, Span)]
    return {axis: place for place, axis in enumerate(kept) if entries[axis] == WHOLE}


def _index_rows(node: Node, axes: tuple[int | None, ...]) -> int | None:
    (axis,) = axes
    assert axis is not None
    return _places_beside(node.attrs, node.args[0].ndim).get(axis)


INDEX = Op(
    "index",
    infer=_infer_index,
    attrs=Index,
    derivative=Linear(_index_transpose),
    complex=True,
    view=always,
    numpy=lambda node: Template(f"{{0:postfix}}{_numpy_brackets(node.attrs)}", POSTFIX),
    text=_index_form,
    pretty=_index_form,
    latex=_index_latex,
    requires=lambda node: index_requirements(node.attrs, node.args[0].shape),
    sizes=lambda node: index_sizes(node.attrs),
    rows=_index_rows,
    reads=moved,
    batch=with_attrs(lambda index: (WHOLE, *index)),
    samples=(
        Sample("x[0] * x[-1]", {"x": "n"}),
        Sample("x[1:] * x[:-1]", {"x": "n"}),
        Sample("X[1, ::2] + X[-1, 1::2]", {"X": "n 4"}),
        Sample("x[::-1] * x[::2][0] + x[1:-1:2][0]", {"x": "n"}),
        Sample("K[..., 0] + K[:, 1, :1]", {"K": "2 n 3"}),
        Sample("X[:, None] * X", {"X": "n m"}),
        Sample("x[:n] * y + x[m:] * sum(x[n:] * z)", {"x": "n+m", "y": "n", "z": "m"}),
        Sample("X[m - 1::-1, :m] * y", {"X": "2*m 2*m", "y": "m"}),
    ),
)


def _put_transpose(node: Node, k: int, g: Node) -> Node:
    index, _ = node.attrs
    lead = g.ndim - node.ndim
    return indexed(g, (WHOLE,) * lead + index)


def zeros_text(node: Node) -> str:
    """Zeros of the shape and kind of a node, for a template."""
    shape = shape_text(node.shape)
    if node.dtype == "float":
        return f"zeros({shape})"
    if node.dtype == "complex":  # not 0j, since `j` may be a variable
        return f'zeros({shape}, dtype="complex")'
    return f"broadcast_to(0, {shape})"


def _put_rows(node: Node, axes: tuple[int | None, ...]) -> int | None:
    index, _ = node.attrs
    beside = _places_beside(index, node.ndim)
    return next((axis for axis, place in beside.items() if place == axes[0]), None)


def _put_batch(node: Node, args: Args) -> Node:
    index, shape = node.attrs
    return intern(PUT, args, ((WHOLE, *index), (batch_size(node, args), *shape)))


PUT = Op(
    "put",
    infer=lambda args, attrs: (attrs[1], args[0].dtype),
    attrs=tuple[Index, Shape],
    derivative=Linear(_put_transpose),
    complex=True,
    numpy=lambda node: Template(
        f"_put({spaced_shape(node.shape)}, np.s_{_numpy_brackets(node.attrs[0])}, {{0}})"
    ),
    text=lambda node: Template(f"{zeros_text(node)}.at{_brackets(node.attrs[0])}.set({{0}})"),
    pretty=lambda node: Template(f"{zeros_text(node)}.at{_brackets(node.attrs[0])}.set({{0}})"),
    latex=lambda node: Template(
        f"\\operatorname{{{{put}}}}_{{{{{latex_sizes(_entries_text(node.attrs[0]))}}}}}"
        "\\left({0}\\right)"
    ),
    requires=lambda node: index_requirements(node.attrs[0], node.shape),
    values=lambda node, arguments: arguments[0].union(NUMBER(0)),
    sizes=lambda node: index_sizes(node.attrs[0]),
    rows=_put_rows,
    batch=_put_batch,
    operations=no_operations,
    reads=moved,
)


def indexed(x: Node, index: Index) -> Node:
    """The entries of `x` at an index in lowest terms."""
    while index and index[-1] == WHOLE:
        index = index[:-1]
    return intern(INDEX, (x,), index) if index else x


def getitem(x: object, index: object) -> Node:
    """Return `x[index]` as NumPy does, for integers, slices of integers, `...`, None and arrays.

    Negative places count from the end. Bounds may be named sizes, or sums of them, which count from
    the front. With a symbolic size the entries are assumed to exist, and a call with too small an
    array is refused. Arrays hold whole numbers, given or computed, or
    are masks of given booleans; see `advanced`.

    Raises ArgumentError for any other index, ShapeError for a place that does not exist.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> x[1:], x[-1], x[:, None].shape
    (<x[1:] : (n - 1,) float>, <x[-1] : () float>, (n, 1))
    >>> m = sd.size("m")
    >>> x[m : m + 2], x[m:]
    (<x[m : m + 2] : (2,) float>, <x[m:] : (-m + n,) float>)
    >>> x[[0, 2, 0]]
    <x[[0, 2, 0]] : (3,) float>
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
        return span_of(item, size)
    place = _whole(item)
    if isinstance(size, int):
        if not -size <= place < size:
            raise ShapeError(f"place {place} does not exist on axis {axis} of {describe(x)}")
        return place % size
    return place


def span_of(item: slice, size: Size) -> Span:
    """A slice of an axis of some size, in lowest terms.

    Raises ArgumentError for bounds that are no ints or sizes, or a slice that shrinks as the axis
    grows, ShapeError for one that lies within its axis for no sizes.
    """
    start, stop = (_bound(bound, size) for bound in (item.start, item.stop))
    step = 1 if item.step is None else _whole(item.step)
    if step == 0:
        raise ArgumentError("a slice step cannot be 0")
    if isinstance(start, Dim) or isinstance(stop, Dim):
        return _symbolic_span(start, stop, step, size)
    if isinstance(size, int):
        start, stop, step = slice(start, stop, step).indices(size)
        if step > 0:
            return Span(start or None, stop if stop < size else None, step)
        if start < 0 < size:
            start = stop = 0  # backwards from before the first entry: nothing, not from the last
        return Span(start if start < size - 1 else None, stop if stop >= 0 else None, step)
    span = Span(None if start == 0 and step > 0 else start, stop, step)
    if _distance(span).from_end < 0:
        raise ArgumentError(
            f"the slice [{span}] of an axis of size {size} gets shorter as {size} grows; count "
            "both its ends from the same side, or give the axis a number as its size"
        )
    return span


def _symbolic_span(start: Size | None, stop: Size | None, step: int, size: Size) -> Span:
    """A slice with a symbolic bound, which must lie within its axis."""
    if step > 0:
        start, stop = None if start == 0 else start, None if stop is size else stop
    span = Span(None if start == -1 and step < 0 else start, stop, step)
    for gap in _gaps(span, size):
        if isinstance(gap, int) and gap < 0:
            raise ShapeError(f"the slice [{span}] does not lie within an axis of size {size}")
    return span


def _bound(value: object, size: Size) -> Size | None:
    """One bound of a slice: a symbolic one that is so many places from the end is an int.

    The end itself stays as it is.
    """
    if value is None:
        return None
    bound = size_expressed(value) if isinstance(value, Node) else value
    if not isinstance(bound, Dim):
        return _whole(value)
    if is_at_least_zero(0 - bound):
        raise ArgumentError(
            f"a symbolic bound of a slice counts from the front, unlike {bound}; "
            f"from the end of an axis of size {size} it is {size + bound}"
        )
    below = bound - size
    return below if isinstance(below, int) and below < 0 else bound


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
