"""Products of several arrays in the order with the fewest operations at the sizes of a call.

A formula with named sizes is written for sizes of no particular proportion. When they are known,
another order may be cheaper: `A @ B @ C` is `(A B) C` or `A (B C)`. What a run of products is made
of is found once; for each new set of sizes, only numbers are compared. The answer is a key, so
that sizes with the same answer can share one function.

Only products that nothing else needs are taken apart, so nothing is computed twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from math import prod
from typing import NamedTuple, TypeAlias

from symdiff.dims import Size, size_value
from symdiff.node import Node, topological, use_counts
from symdiff.ops.contraction import CONTRACT, contract, inside
from symdiff.ops.leaves import EYE, INEXACT
from symdiff.rewrite.engine import rebuild
from symdiff.rewrite.network import Indices
from symdiff.rewrite.orders import MULTIPLY, Order, Tree, best_splits, good_splits, postfix

Choice: TypeAlias = "tuple[tuple[int, Order], ...]"
"""For each run of products that is reordered, its number and its order. It can be a key."""

EXACT = 7
"""So many factors that are no chain are put in the best of all orders; more, step by step."""

LONGEST_CHAIN = 40
"""The best order of a chain takes the cube of its length; longer ones get one nearly as good."""

MOST_FACTORS = 64
"""Runs of more factors that are no chain stay as they are."""


class Factor(NamedTuple):
    """An array and the indices of its axes."""

    node: Node
    indices: Indices


class Run(NamedTuple):
    """Products that feed each other alone.

    root     the last of them
    factors  what is multiplied
    output   the indices of the result
    sizes    the size of each index
    order    the order as it is written
    chain    the factors as a chain of matrices, if they are one
    """

    root: Node
    factors: tuple[Factor, ...]
    output: Indices
    sizes: dict[int, Size]
    order: Order
    chain: Chain | None


class Chain(NamedTuple):
    """Factors in the order of a matrix product.

    `bonds` are the indices before the first, between neighbours and after the last; None stands for
    the missing axis of a vector. All factors have the indices of `batch` besides.
    """

    places: tuple[int, ...]
    bonds: tuple[int | None, ...]
    batch: Indices


class Association:
    """The orders in which the products of some expressions can be computed.

    >>> import symdiff as sd
    >>> A, B, C = sd.matrix("A", "n", "m"), sd.matrix("B", "m", "k"), sd.matrix("C", "k", "p")
    >>> found = Association([A @ B @ C])
    >>> print(*found.written(found.choice({"n": 9, "m": 9, "k": 9, "p": 1})))
    A (B C)
    >>> found.choice({"n": 1, "m": 9, "k": 9, "p": 9})
    ()
    """

    def __init__(self, outputs: Sequence[Node]) -> None:
        self._outputs = list(outputs)
        self._runs = _runs(self._outputs)

    def __bool__(self) -> bool:
        """False if there is no choice, whatever the sizes."""
        return bool(self._runs)

    def choice(self, sizes: Mapping[str, int]) -> Choice:
        """The best orders for these sizes, of the runs that are not in their best order already."""
        found = []
        for number, run in enumerate(self._runs):
            lengths = {i: size_value(size, sizes) for i, size in run.sizes.items()}
            work = _Work(run, lengths)
            best = work.best()
            if work.of(best) < work.of(run.order):
                found.append((number, best))
        return tuple(found)

    def written(self, choice: Choice) -> list[Node]:
        """The expressions with the orders of a choice."""
        if not choice:
            return self._outputs
        runs = {self._runs[number].root: (self._runs[number], order) for number, order in choice}
        new: dict[Node, Node] = {}
        for node in topological(self._outputs):
            if node in runs:
                new[node] = _written(*runs[node], new)
            else:
                new[node] = rebuild(node, tuple([new[arg] for arg in node.args]))
        return [new[output] for output in self._outputs]


def reassociated(outputs: Sequence[Node], sizes: Mapping[str, int]) -> list[Node]:
    """Expressions with their products in the best order for these values of the named sizes.

    >>> import symdiff as sd
    >>> u, v, w = (sd.vector(name, "n") for name in "uvw")
    >>> print(*reassociated([sd.outer(u, v) @ w], {"n": 100}))
    (vᵀ w) u
    """
    association = Association(outputs)
    return association.written(association.choice(sizes))


# Reading ----------------------------------------------------------------------------------------


def _runs(outputs: Sequence[Node]) -> list[Run]:
    """The runs of three factors or more."""
    order = topological(outputs)
    uses = use_counts(order, outputs)
    products = {node for node in order if _is_product(node)}
    within = {
        arg for node in order if node in products for arg in node.args
        if arg in products and uses[arg] == 1
    }  # fmt: skip
    roots = [node for node in order if node in products and node not in within]
    runs = [_read(root, within) for root in roots if not within.isdisjoint(root.args)]
    return [run for run in runs if run.chain is not None or len(run.factors) <= MOST_FACTORS]


def _is_product(node: Node) -> bool:
    """True for a product of two arrays along distinct indices, without a unit matrix."""
    return (
        node.op is CONTRACT
        and len(node.args) == 2
        and node.dtype in INEXACT
        and not any(arg.op is EYE for arg in node.args)
        and all(len({*own}) == len(own) for own in node.attrs.inputs)
    )


def _read(root: Node, within: set[Node]) -> Run:
    output = tuple(range(root.ndim))
    sizes: dict[int, Size] = dict(enumerate(root.shape))
    factors: list[Factor] = []
    order: list[int] = []
    stack: list[Factor | None] = [Factor(root, output)]
    while stack:
        item = stack.pop()
        if item is None:  # both factors of a product are read
            order.append(MULTIPLY)
            continue
        node, indices = item
        if node is not root and node not in within:
            order.append(len(factors))
            factors.append(item)
            continue
        first, second = inside(node, indices, len(sizes))
        fresh = {
            i: len(sizes) + k for k, i in enumerate(sorted({*first[1], *second[1]} - {*sizes}))
        }
        parts = []
        for part, own in (first, second):
            named = tuple(fresh.get(i, i) for i in own)
            sizes.update(zip(named, part.shape, strict=True))
            parts.append(Factor(part, named))
        stack += [None, parts[1], parts[0]]
    found = tuple(factors)
    return Run(root, found, output, sizes, tuple(order), _as_chain(found, output))


def _as_chain(factors: Sequence[Factor], output: Indices) -> Chain | None:
    """Factors as a chain: each index but those of all factors joins two neighbours or is an end."""
    batch = set(output).intersection(*(factor.indices for factor in factors))
    own = [[i for i in factor.indices if i not in batch] for factor in factors]
    uses: dict[int, list[int]] = {}
    for place, indices in enumerate(own):
        if not 0 < len(indices) <= 2:
            return None
        for i in indices:
            uses.setdefault(i, []).append(place)
    ends = [i for i, places in uses.items() if len(places) == 1]
    if any((len(uses[i]) == 1) != (i in output) or len(uses[i]) > 2 for i in uses):
        return None
    firsts = [place for place, indices in enumerate(own) if len(indices) == 1]
    starts: list[tuple[int | None, int]] = [(i, uses[i][0]) for i in ends]
    starts += [(None, place) for place in firsts]
    if len(starts) != 2:
        return None
    outer = [i for i in output if i in ends]
    bond, place = min(starts, key=lambda s: (s[0] not in outer[:1], s[1]))
    places, bonds = [place], [bond]
    while True:
        following = [i for i in own[place] if i != bond]
        bond = following[0] if following else None
        bonds.append(bond)
        others = [p for p in uses[bond] if p != place] if bond is not None else []
        if not others:
            break
        place = others[0]
        places.append(place)
    whole = len(places) == len(factors)
    return Chain(tuple(places), tuple(bonds), tuple(batch)) if whole else None


# Choosing ---------------------------------------------------------------------------------------


class _Work:
    """What the orders of a run cost at given sizes, as `symdiff.cost` counts."""

    def __init__(self, run: Run, lengths: Mapping[int, int]) -> None:
        self._run = run
        self._lengths = lengths
        self._count = Counter(i for factor in run.factors for i in factor.indices)

    def best(self) -> Order:
        """The order with the fewest operations, or one that has few."""
        chain = self._run.chain
        if chain is not None:
            lengths = [1 if bond is None else self._lengths[bond] for bond in chain.bonds]
            split = best_splits if len(chain.places) <= LONGEST_CHAIN else good_splits
            found = postfix(split(lengths))
            return tuple(MULTIPLY if k == MULTIPLY else chain.places[k] for k in found)
        exact = len(self._run.factors) <= EXACT
        return postfix(self._best_of_all() if exact else self._step_by_step())

    def of(self, order: Order) -> int:
        """The operations of an order."""
        total = 0
        known: list[Counter[int]] = []
        for place in order:
            if place != MULTIPLY:
                known.append(Counter(self._run.factors[place].indices))
                continue
            right, left = known.pop(), known.pop()
            uses = left + right
            kept = self._kept(uses)
            total += self._operations(frozenset(uses), kept)
            known.append(Counter({i: uses[i] for i in kept}))
        return total

    def _kept(self, uses: Mapping[int, int]) -> frozenset[int]:
        """The indices of a product that others or the result need, given how many factors used."""
        return frozenset(
            i for i, count in uses.items() if i in self._run.output or count < self._count[i]
        )

    def _operations(self, indices: frozenset[int], kept: frozenset[int]) -> int:
        return (1 + (kept != indices)) * prod(self._lengths[i] for i in indices)

    def _best_of_all(self) -> Tree:
        """The cheapest of all orders, found for every subset of the factors (as bits)."""
        count = len(self._run.factors)
        free = {subset: self._free(subset) for subset in range(1, 1 << count)}
        best: dict[int, tuple[int, Tree]] = {1 << k: (0, k) for k in range(count)}
        for subset in sorted(free, key=int.bit_count):
            part = (subset - 1) & subset
            while part > subset ^ part:
                left, right = best[part], best[subset ^ part]
                indices = free[part] | free[subset ^ part]
                work = left[0] + right[0] + self._operations(indices, free[subset])
                if subset not in best or work < best[subset][0]:
                    best[subset] = work, (right[1], left[1])
                part = (part - 1) & subset
        return best[(1 << count) - 1][1]

    def _free(self, subset: int) -> frozenset[int]:
        own = [f.indices for k, f in enumerate(self._run.factors) if subset >> k & 1]
        return self._kept(Counter(i for indices in own for i in indices))

    def _step_by_step(self) -> Tree:
        """The cheapest product first, again and again, of factors that share an index."""
        parts: list[tuple[int, Tree]] = [(1 << k, k) for k in range(len(self._run.factors))]
        free = {subset: self._free(subset) for subset, _ in parts}
        while len(parts) > 1:
            pairs = list(combinations(parts, 2))
            touching = [(a, b) for a, b in pairs if free[a[0]] & free[b[0]]]

            def work(pair: tuple[tuple[int, Tree], tuple[int, Tree]]) -> int:
                indices = free[pair[0][0]] | free[pair[1][0]]
                return prod(self._lengths[i] for i in indices)

            left, right = min(touching or pairs, key=work)
            joined = (left[0] | right[0], (left[1], right[1]))
            free[joined[0]] = self._free(joined[0])
            parts = [joined, *(part for part in parts if part not in (left, right))]
        return parts[0][1]


# Writing ----------------------------------------------------------------------------------------


def _written(run: Run, order: Order, new: Mapping[Node, Node]) -> Node:
    """The product of a run in another order."""
    count = Counter(i for factor in run.factors for i in factor.indices)
    known: list[tuple[Factor, Counter[int]]] = []
    for step, place in enumerate(order, 1):
        if place != MULTIPLY:
            node, indices = run.factors[place]
            known.append((Factor(new[node], indices), Counter(indices)))
            continue
        (right, right_uses), (left, left_uses) = known.pop(), known.pop()
        uses = left_uses + right_uses
        kept = [i for i in uses if i in run.output or uses[i] < count[i]]
        kept.sort(key=lambda i: not (i in left.indices and i in right.indices))
        axes = run.output if step == len(order) else tuple(kept)
        product = contract([left.node, right.node], [left.indices, right.indices], axes)
        known.append((Factor(product, axes), Counter({i: uses[i] for i in kept})))
    return known[0][0].node
