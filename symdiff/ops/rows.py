"""Rules for the rows of an op: which row of the result comes from which row of the arguments.

A rule takes a node, and for each argument the axis along which its rows lie, or None where it is
the same for all rows; `Op.rows` says what it returns. It answers None for arguments that cannot
be cut so: rows that meet others, or an argument without rows that has as many entries as there are
rows.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from symdiff.node import intern, topological
from symdiff.ops.leaves import VARIABLE

if TYPE_CHECKING:
    from symdiff.dims import Shape, Size
    from symdiff.node import Node
    from symdiff.registry import Fold, Rows


def meeting(
    args: Sequence[Node], axes: Sequence[int | None], cores: Sequence[int] | None = None
) -> int | None:
    """Where rows lie once arguments are broadcast together, but for the last `cores` of each.

    An argument without rows must be the same all along there.
    """
    ranks = [arg.ndim - core for arg, core in zip(args, cores or [0] * len(args), strict=True)]
    rank = max(ranks)
    place: int | None = None
    size = None
    for arg, own, axis in zip(args, ranks, axes, strict=True):
        if axis is not None:
            here = rank - own + axis
            if axis >= own or place not in (None, here) or size not in (None, arg.shape[axis]):
                return None
            place, size = here, arg.shape[axis]
    if place is None:
        return None
    for arg, own, axis in zip(args, ranks, axes, strict=True):
        here = place - rank + own
        if axis is None and here >= 0 and arg.shape[here] != 1:
            return None
    return place


def elementwise(node: Node, axes: tuple[int | None, ...]) -> int | None:
    """The rows of an op that acts on each entry alone, with broadcasting."""
    return meeting(node.args, axes)


def batched(*cores: int) -> Rows:
    """The rows of an op on so many last axes of each argument; the others broadcast."""
    return lambda node, axes: meeting(node.args, axes, cores)


def beside(mixed: Callable[[Node], Container[int]]) -> Rows:
    """The rows of an op that mixes entries along some axes, and keeps the others in place."""

    def rows(node: Node, axes: tuple[int | None, ...]) -> int | None:
        place = elementwise(node, axes)
        return None if place is None or place in mixed(node) else place

    return rows


def reduced(fold: Fold | None) -> Rows:
    """The rows of an op over the axes in its attribute, which the result may have or not.

    `fold` combines results over parts of these axes, if something does.
    """

    def rows(node: Node, axes: tuple[int | None, ...]) -> int | Fold | None:
        place = elementwise(node, axes)
        if place is None or place in node.attrs:
            return None if place is None else fold
        gone = node.args[0].ndim - node.ndim
        return place - sum(axis < place for axis in node.attrs) if gone else place

    return rows


def of_argument(k: int) -> Rows:
    """The rows of an op on each entry of argument `k`, which needs all of the others."""

    def rows(node: Node, axes: tuple[int | None, ...]) -> int | None:
        others = [axis for j, axis in enumerate(axes) if j != k]
        return axes[k] if all(axis is None for axis in others) else None

    return rows


def followed(outputs: Sequence[Node], axes: Mapping[Node, int | None]) -> list[int | None] | None:
    """Where the rows of expressions lie, given where those of some nodes do, or None if they mix.

    An expression without rows is the same for all of them.
    """
    found = dict(axes)
    for node in topological(outputs, known=axes):
        own = tuple([found.get(arg) for arg in node.args])
        if node not in found and any(axis is not None for axis in own):
            place = node.op.rows(node, own)
            if not isinstance(place, int):
                return None
            found[node] = place
    return [found.get(output) for output in outputs]


def part(node: Node, axes: Sequence[int | None], place: int | None, count: Size) -> Node:
    """The same operation on `count` rows, which lie in the result along `place`, if anywhere.

    Variables stand for the arguments that have rows.
    """
    args = tuple(
        arg if axis is None else _standing_for(arg, k, _resized(arg.shape, axis, count))
        for k, (arg, axis) in enumerate(zip(node.args, axes, strict=True))
    )
    shape = _resized(node.shape, place, count)
    result = intern(node.op, args, node.attrs)
    if result.shape == shape:
        return result
    return intern(node.op, args, _with_shape(node.attrs, node.shape, shape))


def _standing_for(arg: Node, k: int, shape: Shape) -> Node:
    return intern(VARIABLE, (), (f"arg{k}", shape, arg.dtype))


def _resized(shape: Shape, place: int | None, count: Size) -> Shape:
    return tuple([count if axis == place else size for axis, size in enumerate(shape)])


def _with_shape(attrs: Any, old: Shape, new: Shape) -> Any:
    """The attribute of an op, with another shape where it holds that of the result."""
    if attrs == old:
        return new
    if type(attrs) is tuple:
        return tuple([new if item == old else item for item in attrs])
    return attrs
