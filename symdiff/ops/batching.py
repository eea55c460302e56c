"""Rules for mapping an op over a batch, and the walk that maps whole expressions by them.

A rule takes a node, and its arguments as they are in a batch: some of them have a leading axis
more, along which the cases of the batch lie, and the others are the node's own. It returns the node
that holds the results of all cases, along a leading axis as well. No rule makes a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from symdiff.node import Node, intern, topological
from symdiff.ops.structure import broadcast_to, expand_dims

if TYPE_CHECKING:
    from symdiff.dims import Size
    from symdiff.registry import Batch

Args: TypeAlias = tuple[Node, ...]


# The walk ---------------------------------------------------------------------------------------


def mapped(outputs: Iterable[Node], cases: Mapping[Node, Node]) -> dict[Node, Node]:
    """Of the nodes that `outputs` need, those that change with the batch, and what they become.

    `cases` gives nodes, mostly variables, the arrays that hold all their cases along a leading
    axis, or themselves if they are the same for all; it is not looked at what these are made of.
    """
    found = dict(cases)
    for node in topological(outputs, known=cases):
        if node not in found:
            args = tuple([found.get(arg, arg) for arg in node.args])
            if args != node.args:
                found[node] = node.op.batch(node, args)
    return found


def with_batch(node: Node, found: Mapping[Node, Node], size: Size) -> Node:
    """What a node becomes; one that is the same for all cases is stretched."""
    new = found.get(node, node)
    return broadcast_to(node, (size, *node.shape)) if new is node else new


# Arguments --------------------------------------------------------------------------------------


def is_mapped(own: Node, arg: Node) -> bool:
    """Whether an argument has the axis of the batch."""
    return arg.ndim > own.ndim


def batch_size(node: Node, args: Args) -> Size:
    """How many cases there are."""
    pairs = zip(node.args, args, strict=True)
    return next(arg.shape[0] for own, arg in pairs if is_mapped(own, arg))


def stretched(node: Node, args: Args) -> Args:
    """The arguments, each with the axis of the batch."""
    size = batch_size(node, args)
    return tuple(
        arg if is_mapped(own, arg) else broadcast_to(arg, (size, *arg.shape))
        for own, arg in zip(node.args, args, strict=True)
    )


def with_rank(own: Node, arg: Node, rank: int) -> Node:
    """An argument that broadcasts with others of `rank` axes, not counting that of the batch."""
    missing = rank - own.ndim if is_mapped(own, arg) else 0
    return expand_dims(arg, tuple(range(1, 1 + missing))) if missing > 0 else arg


def aligned(owns: Sequence[Node], args: Sequence[Node], cores: Sequence[int] = ()) -> Args:
    """Arguments that broadcast as before, but for the last `cores` axes of each."""
    counts = [own.ndim - core for own, core in zip(owns, cores or [0] * len(owns), strict=True)]
    rank = max(counts)
    return tuple(
        with_rank(own, arg, own.ndim + rank - count)
        for own, arg, count in zip(owns, args, counts, strict=True)
    )


# Rules ------------------------------------------------------------------------------------------


def elementwise(node: Node, args: Args) -> Node:
    """An op that acts on each entry alone, with broadcasting."""
    return intern(node.op, aligned(node.args, args), node.attrs)


def in_front(*cores: int) -> Batch:
    """An op on so many last axes of each argument, whose other axes broadcast."""
    return lambda node, args: intern(node.op, aligned(node.args, args, cores), node.attrs)


def unchanged(node: Node, args: Args) -> Node:
    """An op of one argument that counts axes from the last, if it counts any."""
    return intern(node.op, args, node.attrs)


def with_attrs(shifted: Callable[[Any], Any]) -> Batch:
    """An op whose attribute, in which axes are counted from the first, moves one axis on.

    Its arguments, if there are several, have all their axes in common.
    """
    return lambda node, args: intern(node.op, stretched(node, args), shifted(node.attrs))


def next_axis(axis: int) -> int:
    """The same axis behind that of the batch."""
    return axis + 1


def next_axes(axes: tuple[int, ...]) -> tuple[int, ...]:
    """The same axes behind that of the batch."""
    return tuple([axis + 1 for axis in axes])


def along_next_axis(attrs: Any) -> Any:
    """An attribute that has an axis, and perhaps axes, among its fields, behind the batch."""
    return attrs._replace(axis=attrs.axis + 1)


def composed(expression: Callable[[Node], Node]) -> Batch:
    """An op for which NumPy has no batches: the rules of what it is made of.

    `expression` says in other ops, of the arguments of a node, what the node is.
    """

    def rule(node: Node, args: Args) -> Node:
        same = expression(node)
        found = mapped([same], dict(zip(node.args, args, strict=True)))
        return with_batch(same, found, batch_size(node, args))

    return rule


def unless_mapped(places: Iterable[int], otherwise: Batch, rule: Batch) -> Batch:
    """`rule`, but `otherwise` where one of the arguments at some places has the batch's axis."""
    chosen = tuple(places)

    def either(node: Node, args: Args) -> Node:
        pairs = list(zip(node.args, args, strict=True))
        hard = any(is_mapped(*pairs[place]) for place in chosen if place < len(pairs))
        return (otherwise if hard else rule)(node, args)

    return either
