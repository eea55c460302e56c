"""Padding, and taking out or putting in entries along an axis."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from symdiff.dims import Dim, Shape, Size, is_at_least_zero, spaced
from symdiff.errors import ArgumentError, ShapeError, describe
from symdiff.node import Node, intern
from symdiff.ops.arranging import flip
from symdiff.ops.axes import moveaxis, ravel
from symdiff.ops.batching import with_attrs
from symdiff.ops.copying import repeat
from symdiff.ops.indexing import getitem
from symdiff.ops.joining import concatenate
from symdiff.ops.leaves import KINDS, as_node, number_of, whole_number
from symdiff.ops.reads import moved
from symdiff.ops.rows import beside
from symdiff.ops.sizes import not_negative, symbolic
from symdiff.ops.structure import broadcast_to, expand_dims, latex_sizes, normalize_axis
from symdiff.registry import FUNCTIONS, Op, Pullback, Sample, composite, no_operations
from symdiff.template import Template

__all__ = [
    "delete",
    "insert",
    "pad",
]

Number: TypeAlias = bool | int | float
Widths: TypeAlias = tuple[tuple[Size, Size], ...]


# With constants ---------------------------------------------------------------------------------


class Border(NamedTuple):
    """For each axis how much is put before and behind, and which number stands there."""

    widths: Widths
    values: tuple[tuple[Number, Number], ...]


def _infer_pad(args: tuple[Node, ...], border: Border) -> tuple[Shape, str]:
    pairs = zip(args[0].shape, border.widths, strict=True)
    return tuple(before + size + behind for size, (before, behind) in pairs), args[0].dtype


def _inner(node: Node, k: int, g: Node) -> Node:
    """The cotangent without the border, on which nothing depends."""
    own = zip(node.args[0].shape, node.attrs.widths, strict=True)
    inside = [slice(before, before + size) for size, (before, _) in own]
    return getitem(g, (*[slice(None)] * (g.ndim - node.ndim), *inside))


def _flat(widths: Widths) -> list[Size]:
    return [width for pair in widths for width in pair]


def _pairs_text(pairs: Sequence[tuple[Any, Any]], write: Callable[[Any], str]) -> str:
    """The pairs of all axes in the shortest form that NumPy reads."""
    written = [(write(before), write(behind)) for before, behind in pairs]
    if len(set(written)) == 1:
        before, behind = written[0]
        return before if before == behind else f"({before}, {behind})"
    return f"({', '.join(f'({before}, {behind})' for before, behind in written)})"


def _pad_form(name: str, write: Callable[[Any], str], number: Callable[[Any], str]) -> Any:
    def form(node: Node) -> Template:
        border: Border = node.attrs
        widths = _pairs_text(border.widths, write)
        values = _pairs_text(border.values, number)
        constant = "" if values in ("0", "0.0", "False") else f", constant_values={values}"
        return Template(f"{name}({{0}}, {widths}{constant})")

    return form


def _numpy_number(value: Number) -> str:
    return repr(value).replace("inf", "np.inf").replace("nan", "np.nan")


def _pad_latex(node: Node) -> Template:
    widths = latex_sizes(_pairs_text(node.attrs.widths, str))
    values = _pairs_text(node.attrs.values, repr).replace("inf", "\\infty")
    return Template(f"\\operatorname{{{{pad}}}}_{{{{{values}}}}}\\left({{0}}, {widths}\\right)")


def _bordered(node: Node) -> list[int]:
    return [axis for axis, width in enumerate(node.attrs.widths) if width != (0, 0)]


def _behind_batch(border: Border) -> Border:
    """No border around the batch; the numbers that would stand there are those of the next axis."""
    return Border(((0, 0), *border.widths), (border.values[0], *border.values))


PAD = Op(
    "pad",
    infer=_infer_pad,
    attrs=Border,
    derivative=Pullback(_inner),
    complex=True,
    operations=no_operations,
    numpy=_pad_form("np.pad", spaced, _numpy_number),
    text=_pad_form("pad", str, repr),
    pretty=_pad_form("pad", str, repr),
    latex=_pad_latex,
    requires=lambda node: not_negative("a border", _flat(node.attrs.widths)),
    sizes=lambda node: symbolic(_flat(node.attrs.widths)),
    rows=beside(_bordered),
    reads=moved,
    batch=with_attrs(_behind_batch),
    samples=(
        Sample("pad(x, 1) * pad(x, (2, 0))", {"x": "n"}),
        Sample("pad(X, ((0, 1), (m, 2))) * y", {"X": "n 2", "y": "m 1 1"}),
        Sample("pad(X, 1, constant_values=2) * pad(X, 1, constant_values=(1, -0.5))", {"X": "n m"}),
        Sample("pad(X, (1, 2), mode='constant', constant_values=((1, 2), (3, 4)))", {"X": "n m"}),
        Sample("pad(x, (1, 2), mode='edge') * pad(x, (2, 1), mode='symmetric')", {"x": "n"}),
        Sample(
            "pad(X, ((1, 1), (2, 0)), mode='reflect') * pad(x, (1, 2), mode='wrap')",
            {"X": "n 3", "x": "2"},
        ),
        Sample("pad(x, (0, 1), mode='wrap') * pad(x, (1, 0), mode='reflect')", {"x": "n"}),
    ),
)


def pad(
    x: object,
    pad_width: object,
    mode: str = "constant",
    *,
    constant_values: object = 0,
) -> Node:
    """Return `x` with a border, as wide before and behind each axis as `pad_width` says.

    The modes are NumPy's "constant", "edge", "reflect", "symmetric" and "wrap". Widths are one
    number, a pair for all axes, or a pair for each, and may be symbolic. What is taken from an axis
    of symbolic size must exist: a call in which it is too short is refused.

    Raises ArgumentError for other modes, and for widths that fit neither form or are negative.

    >>> import symdiff as sd
    >>> sd.pad(sd.vector("x", "n"), 1).shape, sd.pad(sd.vector("x", "n"), (0, 2), mode="edge").shape
    ((n + 2,), (n + 2,))
    """
    x = as_node(x)
    widths = tuple((_width(a), _width(b)) for a, b in _pairs("pad_width", pad_width, x.ndim))
    if mode == "constant":
        return _padded(x, widths, constant_values)
    if mode not in _BORDERS:
        known = ", ".join(map(repr, ("constant", *_BORDERS)))
        raise ArgumentError(f"`pad` has the modes {known}, not {mode!r}")
    for axis, (before, behind) in enumerate(widths):
        x = _extended(x, axis, before, behind, mode)
    return x


FUNCTIONS["pad"] = pad


def _padded(x: Node, widths: Widths, constant_values: object) -> Node:
    pairs = _pairs("constant_values", constant_values, x.ndim)
    values = tuple((_number(before, x), _number(behind, x)) for before, behind in pairs)
    if all(width == 0 for pair in widths for width in pair):
        return x
    return intern(PAD, (x,), Border(widths, values))


def _number(value: object, x: Node) -> Number:
    """A number in the border, of the kind of what it surrounds."""
    number = number_of(as_node(value))
    if number is None:
        raise ArgumentError(
            f"`constant_values` of `pad` are numbers, not {value}; to put an expression around "
            "an array use sd.concatenate"
        )
    if KINDS.index(type(number).__name__) > KINDS.index(x.dtype):
        raise ArgumentError(f"`pad` cannot put {number!r} around {describe(x)} of kind {x.dtype}")
    kinds: dict[str, Callable[[Number], Number]] = {"bool": bool, "int": int}
    number = kinds.get(x.dtype, float)(number)
    return number if number == number else math.nan  # one for all, so that the node is one


def _width(value: object) -> Size:
    width = whole_number(value)
    if is_at_least_zero(-1 - width):
        raise ArgumentError(f"a width of `pad` cannot be negative: {width}")
    return width


def _pairs(name: str, value: object, rank: int) -> list[tuple[object, object]]:
    """A pair for each axis, from any form that NumPy takes."""
    items = value.tolist() if isinstance(value, np.ndarray) else value
    if not isinstance(items, (tuple, list)):
        return [(items, items)] * rank
    nested = [isinstance(item, (tuple, list)) for item in items]
    if not any(nested) and len(items) in (1, 2):
        return [(items[0], items[-1])] * rank
    pairs = [(item[0], item[-1]) for item in items if isinstance(item, (tuple, list)) and item]
    if all(nested) and len(pairs) in (1, rank) and all(len(item) < 3 for item in items):
        return pairs * rank if len(pairs) == 1 else pairs
    raise ArgumentError(f"`{name}` must be a number, a pair, or a pair for each of {rank} axes")


# With entries of the array itself ---------------------------------------------------------------


def _along(x: Node, axis: int, start: Size | None, stop: Size | None) -> Node:
    return getitem(x, (slice(None),) * axis + (slice(start, stop),))


def _edge(x: Node, axis: int, before: Size, behind: Size) -> list[Node]:
    n = x.shape[axis]
    first, last = _along(x, axis, 0, 1), _along(x, axis, n - 1, n)
    return [repeat(first, before, axis), x, repeat(last, behind, axis)]


def _reflect(x: Node, axis: int, before: Size, behind: Size) -> list[Node]:
    n = x.shape[axis]
    front, back = _along(x, axis, 1, before + 1), _along(x, axis, n - 1 - behind, n - 1)
    return [flip(front, axis), x, flip(back, axis)]


def _symmetric(x: Node, axis: int, before: Size, behind: Size) -> list[Node]:
    n = x.shape[axis]
    front, back = _along(x, axis, 0, before), _along(x, axis, n - behind, n)
    return [flip(front, axis), x, flip(back, axis)]


def _wrap(x: Node, axis: int, before: Size, behind: Size) -> list[Node]:
    n = x.shape[axis]
    return [_along(x, axis, n - before, n), x, _along(x, axis, 0, behind)]


_BORDERS: dict[str, Callable[[Node, int, Size, Size], list[Node]]] = {
    "edge": _edge,
    "reflect": _reflect,
    "symmetric": _symmetric,
    "wrap": _wrap,
}


def _extended(x: Node, axis: int, before: Size, behind: Size, mode: str) -> Node:
    """One axis with its own entries before and behind it."""
    if before == behind == 0:
        return x
    n = x.shape[axis]
    if n == 0:
        raise ShapeError(f"`pad` cannot extend the empty axis {axis} of {describe(x)}")
    if isinstance(n, int) and isinstance(before, int) and isinstance(behind, int):
        parts = _periodic(x, axis, before, behind, mode)
    else:
        parts = _BORDERS[mode](x, axis, before, behind)
    return concatenate([part for part in parts if part.shape[axis] != 0], axis)


def _periodic(x: Node, axis: int, before: int, behind: int, mode: str) -> list[Node]:
    """The parts where all sizes are numbers; a border wider than the axis goes round again."""
    n = x.shape[axis]
    assert isinstance(n, int)
    places = np.pad(np.arange(n), (before, behind), mode=mode).tolist()  # type: ignore[call-overload]
    front, back = places[:before], places[before + n :]
    if mode == "edge":
        return _edge(x, axis, before, behind)
    return [*_runs(x, axis, front), x, *_runs(x, axis, back)]


def _runs(x: Node, axis: int, places: Sequence[int]) -> list[Node]:
    """Slices that together have the entries at some places, each going up or down in ones."""
    runs: list[list[int]] = []
    for place in places:
        run = runs[-1] if runs else []
        step = place - run[-1] if run else 0
        if step in (1, -1) and (len(run) == 1 or step == run[1] - run[0]):
            run.append(place)
        else:
            runs.append([place])
    slices = [slice(run[0], run[-1] + 1) if run[-1] >= run[0] else _down(run) for run in runs]
    return [getitem(x, (slice(None),) * axis + (each,)) for each in slices]


def _down(run: Sequence[int]) -> slice:
    return slice(run[0], run[-1] - 1 if run[-1] else None, -1)


# Taking out and putting in ----------------------------------------------------------------------


@composite(
    Sample("delete(x, 1) * delete(x, -1)", {"x": "n"}, -2, 2),
    Sample("delete(X, [0, 2], axis=1) * delete(X, (-1, -2), axis=-1)", {"X": "n 4"}),
    Sample("delete(X, 3) + delete(X, 2)", {"X": "2 3"}),
)
def delete(x: object, places: object, axis: object = None) -> Node:
    """Return `x` without the entries at some places along an axis; without one, of all in a row.

    Raises ShapeError for a place that does not exist, ArgumentError for places that are no ints, or
    are counted from both ends of an axis of symbolic size.

    >>> import symdiff as sd
    >>> sd.delete(sd.vector("x", "n"), 1)
    <concatenate((x[:1], x[2:])) : (n - 1,) float>
    """
    x = as_node(x)
    if axis is None:
        return delete(ravel(x), places, 0)
    along = normalize_axis(x, axis)
    listed = places if isinstance(places, (tuple, list)) else [places]
    gone = sorted({_existing(x, along, place) for place in listed})
    if gone and gone[0] < 0 <= gone[-1]:
        raise ArgumentError(
            f"`delete` cannot tell in which order places from both ends of {describe(x)} stand"
        )
    bounds = [(place, place + 1 if place != -1 else None) for place in gone]
    starts, stops = [None, *(b for _, b in bounds)], [*(a for a, _ in bounds), None]
    kept = [
        _along(x, along, start, stop)
        for k, (start, stop) in enumerate(zip(starts, stops, strict=True))
        if not (k and start is None)
    ]
    parts = [part for part in kept if part.shape[along] != 0]
    return concatenate(parts or kept[:1], along)


def _existing(x: Node, axis: int, value: object) -> int:
    place = whole_number(value)
    if isinstance(place, Dim):
        raise ArgumentError(f"a place along an axis must be an int, not {place}")
    size = x.shape[axis]
    if isinstance(size, int):
        if not -size <= place < size:
            raise ShapeError(f"place {place} does not exist on axis {axis} of {describe(x)}")
        return place % size
    return place


@composite(
    Sample("insert(x, 1, y)", {"x": "n", "y": "m"}, -2, 2),
    Sample("insert(X, -1, a, axis=1) + insert(X, 2, x, axis=1)", {"X": "n 3", "x": "n", "a": ""}),
    Sample("insert(X, 2, X[0], axis=0)", {"X": "2 m"}),
)
def insert(x: object, place: object, values: object, axis: object = None) -> Node:
    """Return `x` with `values` before one place along an axis; without one, of all in a row.

    Raises ShapeError for a place that does not exist or values that do not fit, ArgumentError for
    a place that is no int.

    >>> import symdiff as sd
    >>> sd.insert(sd.vector("x", "n"), 1, 0.0).shape
    (n + 1,)
    """
    x, new = as_node(x), as_node(values)
    if axis is None:
        return insert(ravel(x), place, values, 0)
    along = normalize_axis(x, axis)
    if new.ndim > x.ndim:
        raise ShapeError(f"`insert` cannot put {describe(new)} into {describe(x)}")
    before = whole_number(place)
    new = moveaxis(expand_dims(new, tuple(range(x.ndim - new.ndim))), 0, along)
    shape = (*x.shape[:along], new.shape[along], *x.shape[along + 1 :])
    new = broadcast_to(new, shape)
    size = x.shape[along]
    if isinstance(size, int) and isinstance(before, int) and not -size <= before <= size:
        raise ShapeError(f"place {before} does not exist on axis {along} of {describe(x)}")
    parts = [_along(x, along, None, before), new, _along(x, along, before, None)]
    return concatenate([part for part in parts if part.shape[along] != 0] or parts[:1], along)
