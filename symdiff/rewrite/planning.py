"""Writing a tensor network as nodes: in the cheapest order, and always the same one.

Arrays with the same indices are first multiplied entry by entry. Then the network is contracted
two factors at a time, in the order with the fewest operations; named sizes count as equally large.
Ties are broken by the order of nodes, so one network is written in one way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from math import prod
from typing import NamedTuple, TypeAlias

from symdiff.dims import nominal
from symdiff.node import Node
from symdiff.ops.contraction import contract
from symdiff.ops.leaves import EYE, constant
from symdiff.ops.structure import broadcast_to, expand_dims
from symdiff.rewrite.expansion import is_sum
from symdiff.rewrite.network import Indices, Network, Place, never
from symdiff.rewrite.ordering import factor_order, rank
from symdiff.rewrite.polynomial import (
    Product,
    Single,
    factor,
    read_product,
    read_sum,
    write_product,
    write_sum,
)
from symdiff.rewrite.symmetry import is_symmetric

EXACT = 7
"""So many factors are put in the best of all orders; more, in what is best step by step."""

Tree: TypeAlias = "int | tuple[Tree, Tree]"


_OPEN = ("multiply", "divide")
"""Products by entries, whose factors stand beside those of the whole."""


def write_network(network: Network, single: Single = never) -> Node:
    """Write a network as an expression of the shape of its output.

    Sums that are used once, as `single` tells, are transposed where that is simpler.
    """
    _turn_sums(network, single)
    scale, parts = network.scale, []
    for part in _components(network):
        if network.indices_of(part).isdisjoint(network.output):
            scalar = _Plan(network, part, ()).written()
            scale = scale.times(factor(scalar))
        else:
            parts.extend(part)
    units = [p for p in parts if p[0].op is EYE and network.factors[p] == 1]
    arrays = [place for place in parts if place not in units]
    output = tuple(i for i in network.output if i in network.indices_of(parts))
    result = _with_units(network, arrays, units, output) if parts else constant(1.0)
    whole = read_product(result, single) if result.op.name in _OPEN else factor(result)
    scaled = write_product(scale.times(whole._replace(node=None)))
    if output == network.output:
        return scaled
    missing = tuple(k for k, i in enumerate(network.output) if i not in output)
    shape = tuple(network.sizes[i] for i in network.output)
    if not output:
        return broadcast_to(scaled, shape)
    return broadcast_to(expand_dims(scaled, missing), shape)


def _turn_sums(network: Network, single: Single) -> None:
    """Transpose the terms of a sum where fewer of them are then transposed."""
    for place, exponent in list(network.factors.items()):
        node, indices = place
        if exponent != 1 or node.ndim != 2 or not is_sum(node) or not single(node):
            continue
        terms = list(read_sum(node, single).values())
        turned = write_sum(_transposed(term, node) for term in terms)
        if turned.shape == node.shape[::-1] and _turns(turned, node):
            del network.factors[place]
            network.times((turned, indices[::-1]), 1)


def _turns(turned: Node, node: Node) -> bool:
    return (rank(turned).size, rank(turned)) < (rank(node).size, rank(node))


def _transposed(term: Product, node: Node) -> Product:
    """A term of a matrix, with its arrays transposed."""
    result = Product(term.number, {})
    for part, exponent in term.powers.items():
        own = (0, 1)[node.ndim - part.ndim :]
        result = result.times(factor(aligned(part, own, (1, 0)), exponent))
    return result


def _components(network: Network) -> list[list[Place]]:
    """The factors that indices connect, in the order of the factors."""
    components: list[list[Place]] = []
    for place in network.factors:
        touching = [c for c in components if network.indices_of(c) & set(place[1])]
        components = [c for c in components if c not in touching]
        components.append([p for c in touching for p in c] + [place])
    return components


def _with_units(network: Network, arrays: list[Place], units: list[Place], output: Indices) -> Node:
    """The arrays' product where the indices of unit matrices agree, zero elsewhere."""
    inner = tuple(i for i in output if i in network.indices_of(arrays))
    if not units:
        return _Plan(network, arrays, inner).written()
    factors: list[Place] = list(units)
    if arrays:
        product = _Plan(network, arrays, inner).written()
        # factors that cancel leave fewer axes, which NumPy would stretch
        factors.append((product, inner[len(inner) - product.ndim :]))
    factors.sort(
        key=lambda place: (output.index((*place[1], output[-1])[0]), len(place[1]), place[1])
    )
    return contract([node for node, _ in factors], [ix for _, ix in factors], output)


class Operand(NamedTuple):
    """An array to be contracted, with its indices."""

    node: Node
    indices: Indices


class _Plan:
    """The order in which some factors of a network are contracted to an output."""

    def __init__(self, network: Network, places: Sequence[Place], output: Indices) -> None:
        self._powers = _with_traces(network, places, output)
        self._output = output
        self._length = {i: nominal(network.sizes[i]) for place in places for i in place[1]}
        self._operands: list[Operand] = []
        self._free_of: dict[Tree, frozenset[int]] = {}
        self._steps: dict[tuple[Tree, Tree], tuple[float, int]] = {}

    def written(self) -> Node:
        """The result, with its axes in the order of the output."""
        if all(not indices for _, indices in self._powers):  # a trace
            return write_product(Product(1, {node: e for (node, _), e in self._powers.items()}))
        while self._sums_alone(self._grouped()):  # what is summed may meet its like, and so on
            pass
        operands = self._renumbered(_canonical(self._grouped(), self._output))
        if self._is_elementwise(operands):
            return self._multiplied(self._powers.items(), self._output)
        if len(operands) == 1:
            return self._summed(operands[0])
        self._operands = operands
        node, indices = self._write(self._tree(), self._output)
        return contract([node], [indices], self._output)

    def _sums_alone(self, operands: list[Operand]) -> bool:
        """Sum first over the indices that only one of several operands has, if there are such."""
        uses = Counter(i for operand in operands for i in operand.indices)
        alone = {i for i, count in uses.items() if count == 1} - {*self._output}
        if len(operands) < 2 or not alone:
            return False
        powers = {place: e for place, e in self._powers.items() if alone.isdisjoint(place[1])}
        for node, indices in operands:
            if not alone.isdisjoint(indices):
                kept = tuple(i for i in indices if i not in alone)
                place = (contract([node], [indices], kept), kept)
                powers[place] = 1 + powers.get(place, 0)
        self._powers = powers
        self._length = {i: length for i, length in self._length.items() if i not in alone}
        return True

    def _renumbered(self, operands: list[Operand]) -> list[Operand]:
        """Number the indices by their first appearance, so that no accident of numbers matters."""
        order = dict.fromkeys((*self._output, *(i for o in operands for i in o.indices)))
        number = {i: k for k, i in enumerate(order)}

        def renamed(indices: Indices) -> Indices:
            return tuple(number[i] for i in indices)

        self._output = renamed(self._output)
        self._length = {number[i]: n for i, n in self._length.items() if i in number}
        self._powers = {(node, renamed(ix)): e for (node, ix), e in self._powers.items()}
        return [Operand(node, renamed(indices)) for node, indices in operands]

    # Entry by entry

    def _grouped(self) -> list[Operand]:
        """One operand for all factors that have the same indices."""
        groups: dict[frozenset[int], list[Place]] = {}
        for place in self._powers:
            groups.setdefault(frozenset(place[1]), []).append(place)
        return [self._group(places) for places in groups.values()]

    def _group(self, places: list[Place]) -> Operand:
        if len(places) == 1 and self._powers[places[0]] == 1:
            return Operand(*places[0])
        orders = [indices for _, indices in places]
        first = min(places, key=lambda place: factor_order(place[0]))[1]
        order = max(orders, key=lambda o: (orders.count(o), o == first))
        return Operand(self._multiplied([(p, self._powers[p]) for p in places], order), order)

    def _is_elementwise(self, operands: Sequence[Operand]) -> bool:
        output = set(self._output)
        return set(self._length) <= output and any(set(o.indices) == output for o in operands)

    def _multiplied(self, powers: Iterable[tuple[Place, int]], order: Indices) -> Node:
        """The product of powers of arrays, aligned so that NumPy stretches them to `order`."""
        product = Product(1, {})
        for (node, indices), exponent in powers:
            product = product.times(factor(aligned(node, indices, order), exponent))
        return write_product(product)

    def _summed(self, operand: Operand) -> Node:
        """One operand, of which some indices are summed: two factors make a dot product."""
        places = sorted(self._powers, key=lambda place: factor_order(place[0]))
        last = next((p for p in places[::-1] if self._powers[p] == 1), None)
        rest = [(p, e) for p, e in self._powers.items() if p != last]
        matrices = len(operand.indices) == 2 and len(rest) == 1 and rest[0][1] == 1
        vectors = len(operand.indices) == 1 and any(e > 0 for _, e in rest)
        if last is None or self._output or not (matrices or vectors):
            return contract([operand.node], [operand.indices], self._output)
        order = rest[0][0][1]
        return contract([self._multiplied(rest, order), last[0]], [order, last[1]], ())

    # Two at a time

    def _tree(self) -> Tree:
        if len(self._operands) <= EXACT:
            return self._best_tree()
        return self._greedy_tree()

    def _best_tree(self) -> Tree:
        """The cheapest of all orders, found for every subset of the operands (as bits)."""
        count = len(self._operands)
        best: dict[int, tuple[float, int, Tree]] = {1 << k: (0, 0, k) for k in range(count)}
        for subset in sorted(range(1, 1 << count), key=int.bit_count):
            lowest = subset & -subset
            part = (subset - 1) & subset
            while part:
                if part & lowest:
                    left, right = best[part], best[subset ^ part]
                    tree = (left[2], right[2])
                    operations, turned = self._step(*tree)
                    plan = (left[0] + right[0] + operations, left[1] + right[1] + turned, tree)
                    if subset not in best or plan[:2] < best[subset][:2]:
                        best[subset] = plan
                part = (part - 1) & subset
        return best[(1 << count) - 1][2]

    def _greedy_tree(self) -> Tree:
        """Contract what is cheapest first; what is alike, from the first axis of the result on."""
        trees: list[Tree] = list(range(len(self._operands)))
        while len(trees) > 1:
            pairs = list(combinations(range(len(trees)), 2))
            touching = [(i, j) for i, j in pairs if self._free(trees[i]) & self._free(trees[j])]
            left, right = min(
                touching or pairs, key=lambda pair: self._preference(trees[pair[0]], trees[pair[1]])
            )
            joined = (trees[left], trees[right])
            trees = [joined, *(t for k, t in enumerate(trees) if k not in (left, right))]
        return trees[0]

    def _preference(self, left: Tree, right: Tree) -> tuple[float, int, bool]:
        operations, turned = self._step(left, right)
        first = self._output[:1]
        return operations, turned, not any(i in self._free(left) | self._free(right) for i in first)

    def _step(self, left: Tree, right: Tree) -> tuple[float, int]:
        """The operations of one contraction, and whether it reads a matrix by columns."""
        found = self._steps.get((left, right))
        if found is None:
            indices = self._free(left) | self._free(right)
            operations = prod(self._length[i] for i in indices)
            operations /= 1 + self._is_gram(left, right)
            found = self._steps[left, right] = operations, self._turned(left, right)
        return found

    def _is_gram(self, left: Tree, right: Tree) -> bool:
        """True for `MᵀM`, which is symmetric, so that BLAS computes one half of it."""
        if not isinstance(left, int) or not isinstance(right, int):
            return False
        first, second = self._operands[left], self._operands[right]
        common = [axis for axis in (0, 1) if first.indices[axis:][:1] == second.indices[axis:][:1]]
        return first.node is second.node and len(first.indices) == 2 and len(common) == 1

    def _turned(self, left: Tree, right: Tree) -> int:
        for matrix, vector in ((left, right), (right, left)):
            if isinstance(matrix, int) and len(self._free(vector)) == 1:
                operand = self._operands[matrix]
                turned = {operand.indices[0]} == self._free(vector)
                return len(operand.indices) == 2 and turned and not self._may_turn(operand)
        return 0

    def _may_turn(self, operand: Operand) -> bool:
        return len(operand.indices) == 2 and is_symmetric(operand.node)

    def _leaves(self, tree: Tree) -> list[int]:
        leaves, stack = [], [tree]
        while stack:
            part = stack.pop()
            if isinstance(part, int):
                leaves.append(part)
            else:
                stack.extend(part)
        return leaves

    def _free(self, tree: Tree) -> frozenset[int]:
        """The indices that the result of a tree has: others, or the output, need them."""
        found = self._free_of.get(tree)
        if found is None:
            own = self._leaves(tree)
            inside = {i for k in own for i in self._operands[k].indices}
            rest = (o.indices for k, o in enumerate(self._operands) if k not in own)
            found = frozenset(inside & {*self._output, *(i for ix in rest for i in ix)})
            self._free_of[tree] = found
        return found

    # Writing

    def _write(self, tree: Tree, wanted: Indices) -> Operand:
        """The result of a tree, with its axes as wanted; a leaf has them as it has them."""
        if isinstance(tree, int):
            operand = self._operands[tree]
            turns = set(wanted) == set(operand.indices) and self._may_turn(operand)
            return Operand(operand.node, wanted) if turns else operand
        if self._is_by_entries(tree, wanted):
            return Operand(self._multiplied(self._parts(tree, wanted), wanted), wanted)
        (left, first), (right, second) = self._sides(tree, wanted)
        a, b = self._write(left, first), self._write(right, second)
        if set(a.indices) == set(b.indices) != set(wanted) and wanted:
            product = contract([a.node, b.node], [a.indices, b.indices], a.indices)
            return Operand(contract([product], [a.indices], wanted), wanted)
        return Operand(contract([a.node, b.node], [a.indices, b.indices], wanted), wanted)

    def _is_by_entries(self, tree: Tree, wanted: Indices) -> bool:
        """True for a product without a sum, of which one factor has all indices."""
        if isinstance(tree, int):
            return False
        left, right = map(self._free, tree)
        return left | right == set(wanted) and set(wanted) in (left, right)

    def _parts(self, tree: Tree, wanted: Indices) -> Iterator[tuple[Place, int]]:
        """The factors of a product by entries, however it was put together."""
        if isinstance(tree, int):
            own = frozenset(self._operands[tree].indices)
            yield from ((place, e) for place, e in self._powers.items() if set(place[1]) == own)
        elif self._is_by_entries(tree, tuple(i for i in wanted if i in self._free(tree))):
            for part in tree:
                yield from self._parts(part, wanted)
        else:
            operand = self._write(tree, tuple(i for i in wanted if i in self._free(tree)))
            yield (operand.node, operand.indices), 1

    def _sides(
        self, tree: tuple[Tree, Tree], wanted: Indices
    ) -> tuple[tuple[Tree, Indices], tuple[Tree, Indices]]:
        """Which factor stands left, and how the axes of both are best arranged."""
        left, right = tree
        if self._reads_from_right(left, right, wanted):
            left, right = right, left
        a, b = self._free(left), self._free(right)
        batch = tuple(i for i in wanted if i in a and i in b)
        inner = self._inner_order(left, right, (a & b).difference(wanted))
        own_left = tuple(i for i in wanted if i in a and i not in b)
        own_right = tuple(i for i in wanted if i in b and i not in a)
        return (left, (*batch, *own_left, *inner)), (right, (*batch, *inner, *own_right))

    def _reads_from_right(self, left: Tree, right: Tree, wanted: Indices) -> bool:
        """True if the right factor has what comes first in the result, or has all of it."""
        a, b = self._free(left), self._free(right)
        own = [i for i in wanted if (i in a) != (i in b)]
        if own:
            return own[0] in b
        return isinstance(right, int) and not isinstance(left, int)

    def _inner_order(self, left: Tree, right: Tree, inner: Iterable[int]) -> Indices:
        """The order of the indices over which two factors are summed."""
        for tree in (left, right):
            if isinstance(tree, int):
                own = tuple(i for i in self._operands[tree].indices if i in inner)
                other = right if tree == left else left
                return self._order_for_trace(other, own)
        return tuple(sorted(inner))

    def _order_for_trace(self, other: Tree, own: Indices) -> Indices:
        """`tr(A (B C))` or `tr(Aᵀ (B C))`: as fewer factors are transposed."""
        if isinstance(other, int) or len(own) != 2 or self._free(other) != set(own):
            return own
        return min(own[::-1], own, key=lambda order: self._transposes(other, order))

    def _transposes(self, tree: Tree, wanted: Indices) -> int:
        if isinstance(tree, int):
            operand = self._operands[tree]
            return operand.indices != wanted and not self._may_turn(operand)
        return sum(self._transposes(part, order) for part, order in self._sides(tree, wanted))


def aligned(node: Node, indices: Indices, order: Indices) -> Node:
    """Put an array's axes in the order of `order`, with new axes where NumPy needs them."""
    if not indices:
        return node
    own = tuple(i for i in order if i in indices)
    first = order.index(own[0])
    missing = tuple(k - first for k, i in enumerate(order) if k > first and i not in own)
    moved = contract([node], [indices], own)
    return expand_dims(moved, missing) if missing else moved


def _with_traces(network: Network, places: Sequence[Place], output: Indices) -> dict[Place, int]:
    """The factors, with traces and diagonals taken of arrays that have an index twice."""
    uses = Counter(i for _, indices in places for i in set(indices))
    powers: dict[Place, int] = {}
    for place in places:
        node, indices = place
        distinct = tuple(dict.fromkeys(indices))
        exponent = network.factors[place]
        if distinct != indices:
            traced = {i for i in indices if indices.count(i) > 1 and uses[i] == 1}
            gone = traced.difference(output) if exponent == 1 else set()
            distinct = tuple(i for i in distinct if i not in gone)
            node = contract([node], [indices], distinct)
        distinct = _either_way(node, distinct, output)
        powers[node, distinct] = exponent + powers.get((node, distinct), 0)
    return powers


def _either_way(node: Node, indices: Indices, output: Indices) -> Indices:
    """A symmetric matrix has its indices in one order, however it was read."""
    if len(indices) != 2 or not is_symmetric(node):
        return indices
    places = {i: output.index(i) if i in output else len(output) + i for i in indices}
    return tuple(sorted(indices, key=places.__getitem__))


def _canonical(operands: list[Operand], output: Indices) -> list[Operand]:
    """Put operands in an order that follows from what they are and how they are connected."""
    colour = {i: place for place, i in enumerate(output)}
    for i in (i for operand in operands for i in operand.indices):
        colour.setdefault(i, len(output))
    count = 0
    while True:
        seen = {o: (factor_order(o.node), _colours(o, colour)) for o in operands}
        places = {key: k for k, key in enumerate(sorted(set(seen.values())))}
        if len(places) == count:
            return sorted(operands, key=lambda operand: seen[operand])
        count = len(places)
        around: dict[int, list[tuple[int, int]]] = {i: [] for i in colour}
        for operand, key in seen.items():
            turns = is_symmetric(operand.node)
            for axis, i in enumerate(operand.indices):
                around[i].append((places[key], 0 if turns else axis))
        told = {i: (colour[i], sorted(around[i])) for i in colour}
        ordered = sorted(told.values())
        colour = {i: ordered.index(told[i]) for i in colour}


def _colours(operand: Operand, colour: dict[int, int]) -> tuple[int, ...]:
    colours = [colour[i] for i in operand.indices]
    return tuple(sorted(colours) if is_symmetric(operand.node) else colours)
