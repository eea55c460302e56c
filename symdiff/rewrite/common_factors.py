"""Factors that several products have in common are multiplied once: `a*b*c` and `a*b*d`.

The pair of factors that most products have is made a factor of its own, as long as that saves a
multiplication. In NumPy each is a pass over the arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from itertools import combinations
from typing import TypeAlias

from symdiff.node import Node, topological, use_counts
from symdiff.ops.elementwise import multiply
from symdiff.rewrite.engine import rebuild
from symdiff.rewrite.ordering import factor_order
from symdiff.rewrite.polynomial import Product, factor, read_product, write_product

_MOST_FACTORS = 12
"""Products of more factors are left as they are: pairs grow with the square."""

_MOST_PRODUCTS = 4000
"""Graphs of more multiplications are left as they are, so that they are compiled quickly."""

_PRODUCTS = ("multiply", "divide", "negative")

_SCALAR = 0.1
"""What multiplying two scalars costs where other factors are arrays."""

Pair: TypeAlias = "tuple[Node, Node]"


def with_common_factors(outputs: Sequence[Node]) -> list[Node]:
    """Multiply factors that several products have in common once.

    >>> import symdiff as sd
    >>> a, b, c, d = (sd.vector(name, "n") for name in "abcd")
    >>> print(*with_common_factors([c * (a * d), (c * b) * d]), sep=", ")
    a ⊙ (c ⊙ d), b ⊙ (c ⊙ d)
    """
    order = topological(outputs)
    if sum(node.op.name in _PRODUCTS for node in order) > _MOST_PRODUCTS:
        return list(outputs)
    products = _products(order, outputs)
    if len(products) < 2:
        return list(outputs)
    changed = _shared(products)
    if not changed:
        return list(outputs)
    new: dict[Node, Node] = {}
    for node in order:
        product = changed.get(node)
        if product is not None:
            # its factors may be made of products that have changed
            written = write_product(product)
            for part in topological([written], known=new):
                if part not in new:
                    new[part] = rebuild(part, tuple(new[arg] for arg in part.args))
            new[node] = new[written]
        else:
            new[node] = rebuild(node, tuple(new[arg] for arg in node.args))
    return [new[output] for output in outputs]


def _products(order: Sequence[Node], outputs: Sequence[Node]) -> dict[Node, Product]:
    """Products of arrays of one shape and scalars, each as large as nothing else uses its parts."""
    uses = use_counts(order, outputs)
    inner = {
        arg
        for node in order
        if node.op.name in _PRODUCTS
        for arg in node.args
        if uses[arg] == 1 and arg.op.name in _PRODUCTS
    }
    found: dict[Node, Product] = {}
    for node in order:
        if node.op.name not in _PRODUCTS or node in inner or node.dtype != "float":
            continue
        try:
            product = read_product(node, lambda part: uses.get(part, 1) == 1)
        except OverflowError:
            continue
        plain = all(n.dtype == "float" and n.shape in ((), node.shape) for n in product.powers)
        if plain and 2 <= len(product.powers) <= _MOST_FACTORS and product.number:
            found[node] = product
    return found


class _Pairs:
    """The pairs of factors of some products, those of most products first."""

    def __init__(self, products: dict[Node, Product]) -> None:
        self.products = products
        self.of: dict[Pair, dict[Node, None]] = {}
        for root in products:
            self._add(root)
        self._heap = [self._entry(pair) for pair in self.of]
        heapify(self._heap)

    def _entry(self, pair: Pair) -> tuple[int, tuple[object, ...], Pair]:
        return -len(self.of[pair]), tuple(map(factor_order, pair)), pair

    def _add(self, root: Node) -> list[Pair]:
        pairs = _pairs(self.products[root])
        for pair in pairs:
            self.of.setdefault(pair, {})[root] = None
        return pairs

    def replace(self, root: Node, product: Product) -> None:
        """Note that a product is now another."""
        for pair in _pairs(self.products[root]):
            self.of[pair].pop(root, None)
        self.products[root] = product
        for pair in self._add(root):
            heappush(self._heap, self._entry(pair))

    def next(self) -> Pair | None:
        """The pair that most products have, if two have one."""
        while self._heap:
            count, _, pair = heappop(self._heap)
            if len(self.of[pair]) < 2:
                continue
            if len(self.of[pair]) == -count:
                return pair
            heappush(self._heap, self._entry(pair))
        return None


def _shared(products: dict[Node, Product]) -> dict[Node, Product]:
    """The products in which a common pair of factors is one factor."""
    pairs = _Pairs(products)
    changed: dict[Node, Product] = {}
    while (pair := pairs.next()) is not None:
        roots = list(pairs.of[pair])
        joined = multiply(*pair)
        after = {root: _with_one(pairs.products[root], pair, joined) for root in roots}
        saved = sum(_cost(pairs.products[root], root) - _cost(after[root], root) for root in roots)
        if saved <= _cost(Product(1, {pair[0]: 1, pair[1]: 1}), roots[0]) + _SCALAR:
            pairs.of[pair] = {}
            continue
        for root, product in after.items():
            pairs.replace(root, product)
            changed[root] = product
    return changed


def _pairs(product: Product) -> list[Pair]:
    """Two factors above the line, or two below it."""
    found: list[Pair] = []
    for side in (1, -1):
        factors = sorted((n for n, e in product.powers.items() if e == side), key=factor_order)
        found += combinations(factors, 2)
    return found


def _with_one(product: Product, pair: Pair, joined: Node) -> Product:
    exponent = product.powers[pair[0]]
    return product.without(pair).times(factor(joined, exponent))


def _cost(product: Product, root: Node) -> float:
    """How many passes over arrays of the shape of the root a product takes."""
    whole = sum(1 for node in product.powers if node.shape == root.shape)
    scalars = len(product.powers) - whole + (abs(product.number) != 1 and bool(root.ndim))
    return max(whole - 1, 0) + (scalars > 0 and whole > 0) + _SCALAR * max(scalars - 1, 0)
