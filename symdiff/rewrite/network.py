"""Tensor networks: a contraction and all that it is made of, read as one product.

A network is a number and scalar factors, times powers of arrays whose axes carry indices, summed
over the indices that the result does not have. Products of products, transposes, scalings,
broadcasts, diagonals and unit matrices are all the same thing in it. It is read off a region of
nodes that nothing else uses, so nothing that is shared is computed twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from symdiff.dims import Size
from symdiff.node import Node
from symdiff.ops.contraction import CONTRACT, has_unit, inside, is_transpose
from symdiff.ops.leaves import EYE, INEXACT, size
from symdiff.ops.structure import BROADCAST_TO, EXPAND_DIMS
from symdiff.rewrite.guards import guarded_quotient, unmasked
from symdiff.rewrite.polynomial import (
    Product,
    Single,
    factor,
    read_product,
    scales_one_array,
    whole_exponent,
)

Indices: TypeAlias = "tuple[int, ...]"
Place: TypeAlias = "tuple[Node, Indices]"

MOST_FACTORS = 64
"""The most factors that are read into one network; what is deeper stays as it is."""


@dataclass(slots=True, eq=False, repr=False)
class Network:
    """A number and scalars, times powers of arrays with indices; what `output` lacks is summed."""

    output: Indices
    sizes: dict[int, Size]
    scale: Product = field(default_factory=lambda: Product(1, {}))
    factors: dict[Place, int] = field(default_factory=dict)

    def fresh(self, length: Size) -> int:
        """A new index of the given size."""
        index = 1 + max(self.sizes, default=-1)
        self.sizes[index] = length
        return index

    def times(self, place: Place, exponent: int) -> None:
        """Multiply by a power of an array."""
        exponent += self.factors.get(place, 0)
        if place[0].op is EYE and exponent > 1:
            exponent = 1  # its entries are 0 and 1
        self.factors[place] = exponent
        if not exponent:
            del self.factors[place]

    def rename(self, old: int, new: int) -> None:
        """Give an index another name, which merges the two."""
        factors, self.factors = self.factors, {}
        for (node, indices), exponent in factors.items():
            self.times((node, tuple(new if i == old else i for i in indices)), exponent)
        self.output = tuple(new if i == old else i for i in self.output)
        del self.sizes[old]

    def indices_of(self, places: Iterable[Place]) -> set[int]:
        """All indices of some factors."""
        return {i for _, indices in places for i in indices}


def read_network(root: Node, single: Single) -> Network:
    """Take a product apart, down to nodes that are shared or are no products.

    Raises OverflowError where numbers cannot be folded.
    """
    network = Network(tuple(range(root.ndim)), dict(enumerate(root.shape)))
    _Reading(network, single, root).run([(root, network.output, 1)])
    return _settled(network)


def with_factor(
    network: Network, place: Place, term: Product, single: Single, scalars: bool = False
) -> Network:
    """The network in which a product stands for a factor, or once for a power of it.

    With `scalars`, scalar products of arrays are taken apart too.
    """
    node, indices = place
    result = Network(network.output, dict(network.sizes), network.scale, dict(network.factors))
    if node.ndim:
        result.times(place, -1)
    elif place in result.factors:
        del result.factors[place]
    else:
        result.scale = result.scale.times(factor(node, -1))
    result.scale = result.scale.times(Product(term.number, {}))
    reading = _Reading(result, single, scalars=scalars)
    reading.run([reading.aligned(part, node, indices, e) for part, e in term.powers.items()])
    return _settled(result)


def _settled(network: Network) -> Network:
    substitute_units(network)
    for place, exponent in list(network.factors.items()):
        node, indices = place
        quotient = guarded_quotient(node)
        if quotient is not None:
            v, norm, guard = quotient
            others = [other for other, _ in network.factors]
            if norm in network.scale.powers or v in others:
                del network.factors[place]
                network.times((v, indices), exponent)
                network.scale = network.scale.times(factor(guard, -exponent))
            continue
        plain = unmasked(node, [other for other, _ in network.factors]) if exponent == 1 else None
        if plain is not None:
            del network.factors[place]
            network.times((plain, indices), 1)
    return network


class _Reading:
    """Opens nodes as long as that repeats no work."""

    def __init__(
        self, network: Network, single: Single, root: Node | None = None, scalars: bool = False
    ) -> None:
        self._scalars = scalars
        self._network = network
        self._single = single
        self._root = root
        self._stack: list[tuple[Node, Indices, int]] = []

    def run(self, parts: Sequence[tuple[Node, Indices, int]]) -> None:
        """Multiply the network by the powers of some nodes."""
        network, self._stack = self._network, list(reversed(parts))
        while self._stack:
            node, indices, exponent = self._stack.pop()
            if not node.ndim:
                self._scale(node, exponent)
            elif not self._opened(node, indices, exponent):
                network.times((node, indices), exponent)

    def _scale(self, node: Node, exponent: int) -> None:
        """A scalar contraction that is read as the root keeps its factors; others are closed."""
        if node is self._root and node.op is CONTRACT:
            self._push_inside(node, ())
            return
        product = read_product(node, self._single)
        if not product.number and exponent < 0:
            product = Product(1, {node: 1})  # what is divided by 0 stays as it is written
        self._network.scale = self._network.scale.times(_raised_number(product, exponent))
        for part, e in product.powers.items():
            if self._scalars and part.op is CONTRACT and e * exponent > 0:
                for _ in range(e * exponent):
                    self._push_inside(part, ())
            else:
                self._network.scale = self._network.scale.times(factor(part, e * exponent))

    def _opened(self, node: Node, indices: Indices, exponent: int) -> bool:
        """Put the parts of a node on the stack, if it has parts that may be taken apart."""
        if node.op is EXPAND_DIMS:
            kept = tuple(i for axis, i in enumerate(indices) if axis not in node.attrs)
            self._stack.append((node.args[0], kept, exponent))
        elif node.op is BROADCAST_TO:
            self._stack.append(self.aligned(node.args[0], node, indices, exponent))
        elif node.dtype not in INEXACT or node.op is EYE:
            return False
        elif node.op is CONTRACT:
            free = has_unit(node) or is_transpose(node) or _is_outer(node)
            if not (free or self._may_open(node)) or (exponent != 1 and not is_transpose(node)):
                return False
            self._push_inside(node, indices, exponent)
        else:
            return self._opened_product(node, indices, exponent)
        return True

    def _push_inside(self, node: Node, indices: Indices, exponent: int = 1) -> None:
        network = self._network
        first = 1 + max(network.sizes, default=-1)
        for part, own in reversed(inside(node, indices, first)):
            network.sizes.update(zip(own, part.shape, strict=True))
            self._stack.append((part, own, exponent))

    def _opened_product(self, node: Node, indices: Indices, exponent: int) -> bool:
        name, args = node.op.name, node.args
        if name not in ("multiply", "divide", "negative", "power"):
            return False
        scaling = not self._may_open(node) and name != "power"
        if scaling and not scales_one_array(read_product(node, never)):
            return False
        exponents = (exponent, exponent)
        if name == "negative":
            self._network.scale = self._network.scale.times(Product((-1) ** exponent, {}))
        elif name == "divide":
            exponents = (exponent, -exponent)
        elif name == "power":
            whole = whole_exponent(node)
            if whole is None:
                return False
            args, exponents = args[:1], (exponent * whole, 0)
        pairs = zip(args, exponents, strict=False)
        parts = [self.aligned(arg, node, indices, e) for arg, e in pairs]
        self._stack.extend(reversed(parts))
        return True

    def aligned(
        self, arg: Node, node: Node, indices: Indices, exponent: int
    ) -> tuple[Node, Indices, int]:
        """An argument with its indices: where NumPy stretches an axis, one of its own."""
        own: list[int] = []
        missing = node.ndim - arg.ndim
        for axis, length in enumerate(arg.shape):
            index = indices[missing + axis]
            stretched = length == 1 and node.shape[missing + axis] != 1
            own.append(self._network.fresh(1) if stretched else index)
        return arg, tuple(own), exponent

    def _may_open(self, node: Node) -> bool:
        room = len(self._stack) + len(self._network.factors) < MOST_FACTORS
        return node is self._root or (room and self._single(node))


def never(node: Node) -> bool:
    """Take nothing for used once."""
    return False


def _is_outer(node: Node) -> bool:
    """True for a product of vectors, which other factors meet more cheaply one by one."""
    return len(node.args) > 1 and not node.attrs.summed and all(a.ndim == 1 for a in node.args)


def _raised_number(product: Product, exponent: int) -> Product:
    """The number of a product raised to a power, as a product."""
    number = product.number
    if exponent == 1:
        return Product(number, {})
    base = number if isinstance(number, float) else Fraction(number)
    return Product(base**exponent, {})


# Units ------------------------------------------------------------------------------------------


def substitute_units(network: Network) -> None:
    """Give the indices of each unit matrix one name; it stays where the result has both.

    A sum over an index that no factor has is a product with its size.
    """
    while (found := _superfluous_unit(network)) is not None:
        place, old, new = found
        del network.factors[place]
        if old != new:
            kept = old in network.output
            output = network.output
            network.rename(old, new)
            if kept:
                network.output = output
                network.sizes[old] = network.sizes[new]
                network.times((place[0], tuple(sorted((old, new), key=output.index))), 1)
    _count_idle_indices(network)


def _superfluous_unit(network: Network) -> tuple[Place, int, int] | None:
    output = network.output
    for place, exponent in network.factors.items():
        node, indices = place
        if node.op is not EYE or exponent != 1:
            continue
        first, second = indices
        if first == second:
            return place, first, first
        gone = [i for i in indices if i not in output]
        if gone:
            return place, gone[0], first if gone[0] == second else second
        old = max(indices, key=output.index)
        new = first if old == second else second
        if old in network.indices_of(other for other in network.factors if other != place):
            return place, old, new
        if output.index(first) > output.index(second):
            return place, old, new
    return None


def _count_idle_indices(network: Network) -> None:
    """Multiply by the size of each summed index that no factor has."""
    used = network.indices_of(network.factors) | set(network.output)
    for index in [i for i in network.sizes if i not in used]:
        length = network.sizes.pop(index)
        network.scale = network.scale.times(factor(size(length)))
