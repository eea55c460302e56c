"""Products with `x[:, None] - mu`: multiply `x` and `mu` apart, and never build the differences.

`Q (x - mu)` for all pairs of rows of `x` and `mu` is `Q x - Q mu`: one large matrix product and a
small one, instead of many small ones with an array of all differences.

The price is cancellation: an error relative to `|x|` and `|mu|` instead of `|x - mu|`. So both are
first measured from a point amid `mu`, which changes no difference; then errors are relative to the
spread of the data, wherever that lies. Where a row of `x` is much closer to one of `mu` than that,
as many digits are lost; the same digits are uncertain if `x` was rounded. What would suffer more is
left alone: sums of squares of the differences themselves, and quadratic forms in them, which could
become negative.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from math import prod
from operator import or_
from typing import NamedTuple

from symdiff.dims import nominal, nominal_entries
from symdiff.node import Node, topological
from symdiff.ops.contraction import CONTRACT, contract
from symdiff.ops.elementwise import add, subtract
from symdiff.ops.leaves import EYE
from symdiff.ops.lowered_products import centre
from symdiff.ops.structure import BROADCAST_TO, EXPAND_DIMS
from symdiff.rewrite.engine import rebuild
from symdiff.rewrite.network import Indices
from symdiff.rewrite.planning import aligned

_MOST_SUMS = 64
"""Graphs with more outer sums stay as they are: each node would have to know which it needs."""

_MOST_WORK = 1.5
"""The products apart may cost so many times the operations of the product with the sum."""


class Term(NamedTuple):
    """An array that NumPy stretches to a sum, and the axes of the sum that it has."""

    node: Node
    axes: Indices


class OuterSum(NamedTuple):
    """A sum or a difference that is larger than both of its terms."""

    node: Node
    first: Term
    second: Term


def multiplied_apart(outputs: Sequence[Node]) -> list[Node]:
    """Take products with outer sums apart, where that leaves no need for the sum.

    >>> import symdiff as sd
    >>> x, mu, w = sd.matrix("x", "n", "d"), sd.matrix("mu", "k", "d"), sd.vector("w", "d")
    >>> print(*multiplied_apart([(x[:, None] - mu) @ w]))
    ((x − centre(mu)) w)[:, None] − (mu − centre(mu)) w
    """
    order = topological(outputs)
    sums = {node: found for node in order if (found := _outer_sum(node)) is not None}
    if not 0 < len(sums) <= _MOST_SUMS:
        return list(outputs)
    _keep_products(sums, order, outputs)
    apart: dict[Node, OuterSum] = {}
    new: dict[Node, Node] = {}
    for node in order:
        place = _place_of_sum(node, apart)
        if node in sums:
            new[node], apart[node] = node, _from_centre(sums[node], new)
        elif place is None:
            new[node] = rebuild(node, tuple([new[arg] for arg in node.args]))
        else:
            new[node] = _distributed(node, place, apart[node.args[place]], new)
    return [new[output] for output in outputs]


def _outer_sum(node: Node) -> OuterSum | None:
    if node.op.name not in ("add", "subtract") or node.ndim < 2 or node.dtype != "float":
        return None
    first, second = (_unstretched(arg, node) for arg in node.args)
    entries = nominal_entries(node.shape)
    for term in (first, second):
        exact = term.node.dtype != "float" or not term.node.ndim
        if exact or nominal_entries(term.node.shape) >= entries:
            return None
    whole = set(first.axes) | set(second.axes) == set(range(node.ndim))
    both = set(first.axes) & set(second.axes)
    return OuterSum(node, first, second) if whole and both else None


def _unstretched(arg: Node, node: Node) -> Term:
    """The array from which an argument is stretched, with the axes that it has."""
    axes = tuple(range(node.ndim - arg.ndim, node.ndim))
    while True:
        if arg.op is EXPAND_DIMS:
            axes = tuple(axis for k, axis in enumerate(axes) if k not in arg.attrs)
        elif arg.op is BROADCAST_TO and arg.args[0].ndim == arg.ndim:
            if arg.args[0].shape != arg.shape:
                break
        else:
            break
        arg = arg.args[0]
    if any(arg.shape[k] != node.shape[axis] for k, axis in enumerate(axes)):
        return Term(node, tuple(range(node.ndim)))  # it has an axis of size 1 that is stretched
    return Term(arg, axes)


# Which products are taken apart ------------------------------------------------------------------


def _keep_products(
    sums: dict[Node, OuterSum], order: Sequence[Node], outputs: Sequence[Node]
) -> None:
    """Keep the sums that are needed for nothing but products that can be taken apart."""
    bits = {node: 1 << k for k, node in enumerate(sums)}
    below: dict[Node, int] = {}
    for node in order:
        below[node] = reduce(or_, (below[arg] for arg in node.args), bits.get(node, 0))
    for node in order:
        for arg in node.args:
            if arg in sums and not _gains(node, sums[arg], below, bits[arg]):
                del sums[arg]
    for node in outputs:
        sums.pop(node, None)


def _gains(node: Node, total: OuterSum, below: Mapping[Node, int], bit: int) -> bool:
    """True for a product that is as cheap and as exact with the terms one by one."""
    arg = total.node
    if node.op is not CONTRACT or len(node.args) != 2 or node.args.count(arg) != 1:
        return False
    place = node.args.index(arg)
    own, other = node.attrs.inputs[place], node.attrs.inputs[1 - place]
    facing = node.args[1 - place]
    repeated = len(set(own)) < len(own) or len(set(other)) < len(other)
    if facing.op is EYE or facing.dtype != "float" or repeated:
        return False
    summed = [axis for axis, i in enumerate(own) if i not in node.attrs.output]
    over_pairs = any(not {*summed} <= {*term.axes} for term in (total.first, total.second))
    if not summed or not {own[axis] for axis in summed} <= {*other}:
        return False
    if not over_pairs and below[facing] & bit:
        return False
    sizes = dict(zip((*own, *other), (*arg.shape, *facing.shape), strict=True))
    work = 0.0
    for term in (total.first, total.second):
        indices = {own[axis] for axis in term.axes}
        needed = indices | ({*other} & {*node.attrs.output})  # the rest of `other` is summed first
        work += prod(nominal(sizes[i]) for i in needed)
    return work <= _MOST_WORK * prod(nominal(sizes[i]) for i in {*own, *other})


# Taking apart ------------------------------------------------------------------------------------


def _from_centre(total: OuterSum, new: dict[Node, Node]) -> OuterSum:
    """The same sum, of terms measured from a point amid the second."""
    first, second = (Term(new[term.node], term.axes) for term in (total.first, total.second))
    common = tuple(axis for axis in second.axes if axis in first.axes)
    alone = tuple(k for k, axis in enumerate(second.axes) if axis not in first.axes)
    point = centre(second.node, alone)
    moved = subtract if total.node.op.name == "subtract" else add
    return OuterSum(
        total.node,
        Term(moved(first.node, aligned(point, common, first.axes)), first.axes),
        Term(subtract(second.node, aligned(point, common, second.axes)), second.axes),
    )


def _place_of_sum(node: Node, sums: dict[Node, OuterSum]) -> int | None:
    if node.op is not CONTRACT:
        return None
    return next((k for k, arg in enumerate(node.args) if arg in sums), None)


def _distributed(node: Node, place: int, total: OuterSum, new: dict[Node, Node]) -> Node:
    """The products of both terms with the other factor, put together as the terms were."""
    own, other = node.attrs.inputs[place], node.attrs.inputs[1 - place]
    facing = new[node.args[1 - place]]
    products = []
    for term in (total.first, total.second):
        indices = tuple(own[axis] for axis in term.axes)
        kept = tuple(i for i in node.attrs.output if i in {*indices, *other})
        product = contract([term.node, facing], [indices, other], kept)
        products.append(aligned(product, kept, node.attrs.output))
    return rebuild(total.node, tuple(products))
