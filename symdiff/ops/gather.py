"""Gathering entries at whole numbers along neighbouring axes, and its transpose, adding them up.

`gather` takes `x[:, i, j]`: the axes of `x` from `axis` on, as many as there are index arrays, give
way to the axes that the index arrays have when they are broadcast together. `scatter_add` begins
with zeros and adds each value at its place, so that places may repeat. Each is the transpose of the
other; nothing flows into an index. `advanced` brings every index of NumPy's into this form.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from symdiff.dims import Dim, Shape, Size, product, spaced_shape
from symdiff.node import Node, intern
from symdiff.ops import batched_places
from symdiff.ops.declare import broadcast_shape
from symdiff.ops.indexing import INDEX, WHOLE, Span, zeros_text
from symdiff.ops.leaves import CONSTANT
from symdiff.ops.reads import gathered, moved
from symdiff.ops.rows import meeting
from symdiff.registry import Fold, Linear, Op, Requirement, Sample, no_operations
from symdiff.template import POSTFIX, Template

_I, _IJ = {"i": "int"}, {"i": "int", "j": "int"}

# Writing ----------------------------------------------------------------------------------------


def constant_places(place: Node) -> np.ndarray[Any, Any] | None:
    """The entries of an index array that is a constant, else None."""
    value = place.attrs.value if place.op is CONSTANT else None
    return value if isinstance(value, np.ndarray) else None


def places_text(places: Sequence[Node], first: int = 1, abridged: bool = False) -> list[str]:
    """Index arrays for a template: constants as lists, the others as slots from `first` on."""
    texts: list[str] = []
    for k, place in enumerate(places):
        value = constant_places(place)
        if value is None:
            texts.append(f"{{{first + k}}}")
        else:
            texts.append("[…]" if abridged and value.size > 100 else str(value.tolist()))
    return texts


def brackets(axis: int, texts: Sequence[str]) -> str:
    """An index behind `axis` whole axes, as it is written."""
    return ", ".join([":"] * axis + list(texts))


def slots(axis: int, count: int, first: int) -> str:
    """The same with a slot for each of `count` index arrays."""
    return brackets(axis, [f"{{{k}}}" for k in range(first, first + count)])


def index_argument(axis: int, count: int, first: int) -> str:
    """The same as an argument of a function in NumPy source."""
    index = slots(axis, count, first)
    if axis:
        return f"np.s_[{index}]"
    return index if count == 1 else f"({index})"


def place_requirements(node: Node) -> tuple[Requirement, ...]:
    """The least named sizes with which the constant places of an op with indices exist."""
    found: list[Requirement] = []
    sizes = node.op.indices(node)
    for place, size in zip(node.args[len(node.args) - len(sizes) :], sizes, strict=True):
        value = constant_places(place)
        if value is not None and value.size and isinstance(size, Dim):
            least = max(int(value.max()) + 1, -int(value.min()))
            shown = value.tolist() if value.size <= 20 else "[…]"
            found.append(Requirement(size, least, f"the index [{shown}]"))
    return tuple(found)


# Gather -------------------------------------------------------------------------------------------


def gather(x: Node, places: Sequence[Node], axis: int) -> Node:
    """Take the entries of `x` at index arrays, which stand for its axes from `axis` on."""
    return intern(GATHER, (x, *places), axis) if places else x


def gathered_axes(node: Node) -> Shape:
    """The sizes of the axes of which `gather` takes entries."""
    return node.args[0].shape[node.attrs : node.attrs + len(node.args) - 1]


def _infer_gather(args: tuple[Node, ...], axis: int) -> tuple[Shape, str]:
    x, *places = args
    taken = broadcast_shape("index", tuple(places))
    return (*x.shape[:axis], *taken, *x.shape[axis + len(places) :]), x.dtype


def _gather_transpose(node: Node, k: int, g: Node) -> Node | None:
    if k:
        return None
    lead = g.ndim - node.ndim
    return scatter_add(g, node.args[1:], lead + node.attrs, gathered_axes(node))


def _gather_numpy(node: Node) -> Template:
    """`np.take` is faster along later axes; along the first, brackets read better."""
    if len(node.args) == 2 and node.attrs:
        return Template(f"np.take({{0}}, {{1}}, axis={node.attrs})")
    return Template(f"{{0:postfix}}[{slots(node.attrs, len(node.args) - 1, 1)}]", POSTFIX)


def _gather_text(node: Node, abridged: bool = False) -> Template:
    slot, index = _one_index(node, places_text(node.args[1:], abridged=abridged))
    return Template(f"{{{slot}:postfix}}[{index}]", POSTFIX)


def _gather_latex(node: Node) -> Template:
    slot, index = _one_index(node, places_text(node.args[1:], abridged=True))
    x = node.args[0] if slot == "0" else node.args[0].args[0]
    base = f"\\left({{{slot}}}\\right)" if x.args else f"{{{{{{{slot}}}}}}}"
    return Template(f"{base}_{{{{{index}}}}}", POSTFIX)


def _one_index(node: Node, texts: list[str]) -> tuple[str, str]:
    """The slot of what is indexed, and the index; `X[1:][:, i]` is written `X[1:, i]`.

    Ints count as arrays, so they can join only where they are neighbours of the arrays.
    """
    x, axis = node.args[0], node.attrs
    if x.op is INDEX:
        entries = [*x.attrs, *[WHOLE] * (x.args[0].ndim - len(x.attrs))]
        spans = [place for place, entry in enumerate(entries) if isinstance(entry, Span)]
        own = spans[axis : axis + len(texts)]
        arrays = [place for place in range(len(entries)) if place in own or place not in spans]
        neighbours = arrays[-1] - arrays[0] < len(arrays)
        if neighbours and all(entries[place] == WHOLE for place in own):
            joined = {place: str(entry) for place, entry in enumerate(entries)}
            joined.update(zip(own, texts, strict=True))
            last = max(place for place in joined if place in own or entries[place] != WHOLE)
            return "0.0", ", ".join(joined[place] for place in range(last + 1))
    return "0", brackets(axis, texts)


def _gather_rows(node: Node, axes: tuple[int | None, ...]) -> int | None:
    """Rows of `x` beside the axes of which entries are taken, or those of the index arrays."""
    (x, *places), (axis, *own) = node.args, axes
    if axis is None:
        place = meeting(places, own)
        return None if place is None else int(node.attrs) + place
    if any(k is not None for k in own) or node.attrs <= axis < node.attrs + len(places):
        return None
    return axis if axis < node.attrs else axis + node.ndim - x.ndim


GATHER = Op(
    "gather",
    infer=_infer_gather,
    attrs=int,
    derivative=Linear(_gather_transpose),
    numpy=_gather_numpy,
    text=_gather_text,
    pretty=lambda node: _gather_text(node, abridged=True),
    latex=_gather_latex,
    indices=gathered_axes,
    requires=place_requirements,
    operations=no_operations,
    complex=True,
    rows=_gather_rows,
    reads=moved,
    batch=batched_places.gather,
    samples=(
        Sample("x[i] * y", {"x": "4", "i": "n", "y": "n"}, kinds=_I),
        Sample("X[:, i] + X[i[:, None], i]", {"X": "4 4", "i": "4"}, kinds=_I),
        Sample("K[:, i, j]", {"K": "n 3 4 2", "i": "m", "j": "2 1"}, kinds=_IJ),
        Sample("K[i, :, j] * K[0, :, i]", {"K": "3 n 3", "i": "m", "j": ""}, kinds=_IJ),
        Sample("x[[0, 2, 1, 0, -1]]", {"x": "n"}),
        Sample("X[[0, 1], 1:] * X[-1, [[1], [0]]]", {"X": "n m"}),
    ),
)


# Scatter ------------------------------------------------------------------------------------------


class Target(NamedTuple):
    """Where values go: the first axis that is indexed, and the sizes of all that are."""

    axis: int
    sizes: Shape


def scatter_add(values: Node, places: Sequence[Node], axis: int, sizes: Shape) -> Node:
    """Return zeros, with values added at index arrays that stand for the axes from `axis` on.

    `values` has the axes of the broadcast index arrays there, and the result has `sizes`.
    """
    return intern(SCATTER_ADD, (values, *places), Target(axis, sizes)) if places else values


def _infer_scatter(args: tuple[Node, ...], target: Target) -> tuple[Shape, str]:
    values, *places = args
    behind = target.axis + len(broadcast_shape("index", tuple(places)))
    return (*values.shape[: target.axis], *target.sizes, *values.shape[behind:]), values.dtype


def _scatter_transpose(node: Node, k: int, g: Node) -> Node | None:
    return None if k else gather(g, node.args[1:], g.ndim - node.ndim + node.attrs.axis)


def _scatter_numpy(node: Node) -> Template:
    index = index_argument(node.attrs.axis, len(node.args) - 1, 1)
    return Template(f"_scatter_add({spaced_shape(node.shape)}, {index}, {{0}})")


def _scatter_text(node: Node, abridged: bool = False) -> Template:
    index = brackets(node.attrs.axis, places_text(node.args[1:], abridged=abridged))
    return Template(f"{zeros_text(node)}.at[{index}].add({{0}})", POSTFIX)


def _scatter_latex(node: Node) -> Template:
    index = brackets(node.attrs.axis, places_text(node.args[1:], abridged=True))
    return Template(f"\\operatorname{{{{scatter}}}}_{{{{{index}}}}}\\left({{0}}\\right)")


def _additions(node: Node) -> Size:
    return product(node.args[0].shape)


def _scatter_rows(node: Node, axes: tuple[int | None, ...]) -> int | Fold | None:
    """Rows of values beside the places where they go; values that go to places add up in parts."""
    (values, *places), (axis, *own) = node.args, axes
    target: Target = node.attrs
    if axis is None:
        return None
    taken = len(broadcast_shape("index", tuple(places)))
    if target.axis <= axis < target.axis + taken:
        size = values.shape[axis]
        return Fold.ADD if _go_along(places, own, axis - target.axis - taken, size) else None
    if any(k is not None for k in own):
        return None
    return axis if axis < target.axis else axis + node.ndim - values.ndim


def _go_along(places: Sequence[Node], own: Sequence[int | None], axis: int, size: Size) -> bool:
    """Whether each index array has the rows of the values, `axis` from the end, or is one place."""
    for place, k in zip(places, own, strict=True):
        here = place.shape[axis] if -axis <= place.ndim else 1
        if here != (1 if k is None else size) or (k is not None and k != place.ndim + axis):
            return False
    return True


SCATTER_ADD = Op(
    "scatter_add",
    infer=_infer_scatter,
    attrs=Target,
    derivative=Linear(_scatter_transpose),
    numpy=_scatter_numpy,
    text=_scatter_text,
    pretty=lambda node: _scatter_text(node, abridged=True),
    latex=_scatter_latex,
    indices=lambda node: node.attrs.sizes,
    requires=place_requirements,
    operations=_additions,
    complex=True,
    rows=_scatter_rows,
    reads=gathered,
    batch=batched_places.scatter_add,
    samples=(
        Sample("zeros(4).at[i].add(x)", {"x": "n", "i": "n"}, kinds=_I),
        Sample("zeros((n, 4)).at[:, i].add(x)", {"x": "n m", "i": "m"}, kinds=_I),
        Sample("zeros((3, 3)).at[i, j].add(x)", {"x": "m n", "i": "n", "j": "m 1"}, kinds=_IJ),
        Sample("zeros(n).at[[0, 2, 0]].add(x)", {"x": "3", "y": "n"}),
    ),
)
