"""Values under sums and products over indices: arrays with an axis for each open index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from symdiff.dims import Size
from symdiff.node import Node
from symdiff.ops.leaves import as_node
from symdiff.ops.leaves import size as number_of_size
from symdiff.registry import FUNCTIONS


class Index(NamedTuple):
    """An index that a sum or product binds: its name, its first value and how many it has.

    `place` tells apart indices of one name in different sums.
    """

    name: str
    start: Size
    length: Size
    place: int


class Value(NamedTuple):
    """A node whose first axes belong to open indices, in their order."""

    node: Node
    indices: tuple[Index, ...] = ()

    @property
    def rest(self) -> int:
        """How many axes belong to no index."""
        return self.node.ndim - len(self.indices)


def applied(function: Callable[..., Any], values: Sequence[Value]) -> Value:
    """A function of entries, of values whose indices are brought together."""
    indices = tuple(dict.fromkeys(index for value in values for index in value.indices))
    rest = max((value.rest for value in values), default=0)
    return Value(as_node(function(*(_aligned(value, indices, rest) for value in values))), indices)


def _aligned(value: Value, indices: Sequence[Index], rest: int) -> Node:
    """The node with an axis for each of `indices`, of size 1 for those that it has not."""
    node, own = value
    if not own:  # broadcasting puts the other axes in front
        return node
    order = [own.index(index) for index in indices if index in own]
    tail = list(range(len(own), node.ndim))
    if order != list(range(len(own))):
        node = FUNCTIONS["transpose"](node, (*order, *tail))
    missing = [place for place, index in enumerate(indices) if index not in own]
    missing += range(len(indices), len(indices) + rest - value.rest)
    return FUNCTIONS["expand_dims"](node, tuple(missing)) if missing else node


def summed(factors: Sequence[Value], over: Sequence[Index]) -> Value:
    """The sum of a product over indices: a contraction, and a factor for indices without use."""
    indices = tuple(dict.fromkeys(index for value in factors for index in value.indices))
    kept = tuple(index for index in indices if index not in over)
    result = _contracted(factors, indices, kept)
    for index in over:
        if index not in indices:
            result = Value(result.node * number_of_size(index.length), kept)
    return result


def _contracted(
    factors: Sequence[Value], indices: tuple[Index, ...], kept: tuple[Index, ...]
) -> Value:
    if any(value.rest for value in factors) or len(factors) == 1:
        whole = applied(_product, factors)
        axes = tuple(i for i, index in enumerate(whole.indices) if index not in kept)
        return Value(FUNCTIONS["sum"](whole.node, axes) if axes else whole.node, kept)
    letters = dict(zip(indices, "abcdefghijklmnopqrstuvwxyz", strict=False))
    inputs = ["".join(letters[index] for index in value.indices) for value in factors]
    output = "".join(letters[index] for index in kept)
    nodes = [value.node for value in factors]
    return Value(FUNCTIONS["einsum"](f"{','.join(inputs)}->{output}", *nodes), kept)


def multiplied(value: Value, over: Sequence[Index]) -> Value:
    """The product over indices."""
    kept = tuple(index for index in value.indices if index not in over)
    axes = tuple(i for i, index in enumerate(value.indices) if index in over)
    node = FUNCTIONS["prod"](value.node, axes) if axes else value.node
    for index in over:
        if index not in value.indices:
            node = node ** number_of_size(index.length)
    return Value(node, kept)


def _product(*nodes: Node) -> Node:
    first, *others = nodes
    for other in others:
        first = first * other
    return first
