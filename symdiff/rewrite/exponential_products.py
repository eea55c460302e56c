"""Products with exponentials among their factors: read, compared by what they need, written."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import NamedTuple

from symdiff.dims import Shape, broadcast
from symdiff.errors import ShapeError
from symdiff.node import Node
from symdiff.ops.leaves import number_of
from symdiff.ops.structure import broadcast_to, unstretched
from symdiff.rewrite.algebra import of_kind
from symdiff.rewrite.exponents import Need, Terms, exponent_of, is_same
from symdiff.rewrite.polynomial import (
    Key,
    Number,
    Product,
    read_product,
    whole_exponent,
    write_product,
)
from symdiff.rewrite.ranges import values_of

_MOST_EXPONENTIALS = 6
"""A product of more exponentials is left as it is."""


class Found(NamedTuple):
    """A product with exponentials in it, as it is used by something that is no product."""

    root: Node
    product: Product
    kind: Key


class Kind(NamedTuple):
    """A product of exponentials alone, `exp(constant) * f**k * … * exp(core)`; what it needs."""

    exponentials: dict[Node, int]
    core: Terms
    factors: dict[Node, int]
    constant: float
    needs: frozenset[Need]


NO_EXPONENTIAL = Kind({}, {}, {}, 0.0, frozenset())


# Reading products -------------------------------------------------------------------------------


def products_of_exponentials(order: Sequence[Node], outputs: Iterable[Node]) -> list[Found]:
    """The products that have exponentials among their factors, each as large as it is used."""
    holds: dict[Node, int] = {}
    roots: dict[Node, None] = {}
    for node in order:
        count = 0 if node.dtype != "float" else _count(node, holds)
        if 0 < count <= _MOST_EXPONENTIALS:
            holds[node] = count
        else:
            roots.update((arg, None) for arg in node.args if arg in holds)
    roots.update((output, None) for output in outputs if output in holds)
    found = []
    for root in roots:
        try:
            product = read_product(unstretched(root), lambda n: n in holds or _has_number(n))
        except OverflowError:
            continue
        kind = {n: e for n, e in product.powers.items() if exponent_of(n) is not None}
        if kind:
            found.append(Found(root, product, frozenset(kind.items())))
    return found


def _count(node: Node, holds: Mapping[Node, int]) -> int:
    """How many exponentials a product has as factors, as often as they are written."""
    if exponent_of(node) is not None:
        return 1
    name = node.op.name
    if name == "power" and whole_exponent(node) is None:
        return 0
    if name in ("multiply", "divide"):
        return sum(holds.get(arg, 0) for arg in node.args)
    return holds.get(node.args[0], 0) if name in _PASSING else 0


def _has_number(node: Node) -> bool:
    return any(number_of(unstretched(arg)) is not None for arg in node.args)


_PASSING = ("negative", "power", "broadcast_to", "expand_dims")


def in_graph(exponential: Node, graph: Container[Node]) -> Node:
    """The exponential itself, or that which got new axes when a product was read."""
    return exponential if exponential in graph else exponential.args[0]


def inside(node: Node) -> Node:
    found = exponent_of(node)
    assert found is not None
    return found


def size(product: Product) -> int:
    """The multiplications and divisions of a product, one more than there are."""
    return sum(1 + (abs(e) > 1) for e in product.powers.values()) + (abs(product.number) != 1)


# Writing products -------------------------------------------------------------------------------


def written_alike(
    products: Mapping[Node, Product], plain: Mapping[Node, Product]
) -> dict[Node, Node]:
    """Products as nodes, where they are not `plain`.

    Multiples of one product have that in common, so that they are seen to be like terms; where
    they differ in the rounding of their numbers alone, they are the same.
    """
    multiples: dict[Key, dict[Node, Number]] = {}
    for root in sorted(products, key=lambda root: products[root] is not plain[root]):
        numbers = multiples.setdefault(products[root].key, {})
        number = products[root].number
        alike = (n for m in numbers.values() for n in (m, -m) if is_same(n, number))
        numbers[root] = next(alike, number)
    written: dict[Node, Node] = {}
    for numbers in multiples.values():
        several = len(set(numbers.values())) > 1
        for root, number in numbers.items():
            product = Product(number, products[root].powers)
            if several and len(product.powers) > 1:
                product = Product(number, {write_product(product._replace(number=1)): 1})
            elif products[root] is plain[root]:
                continue
            written[root] = _like(write_product(product), root)
    return written


# What has to hold -------------------------------------------------------------------------------


def is_met(need: Need, needs: frozenset[Need]) -> bool:
    """True if something is finite, not 0 or positive wherever the needs of a product are met."""
    kind, node = need
    if kind == "log":
        powers = read_product(node, lambda part: True).powers
        return all(("log", n) in needs or is_positive(n) for n, e in powers.items() if e % 2)
    if kind == "nonzero":
        return ("log", node) in needs or is_positive(node)
    return kind == "value" and any(each == node for _, each in needs)


def is_positive(node: Node) -> bool:
    """True for what is proven to be above 0, and not just close to it."""
    return values_of([node])[node].low > 0


def is_at_most_one(node: Node) -> bool:
    """True for an exponential of what is proven to be at most 0."""
    exponent = unstretched(inside(node))
    return values_of([exponent])[exponent].high <= 0


def fits(product: Product, root: Node) -> bool:
    """True if the factors stretch to the shape of the root and not beyond, and are of its kind."""
    if product.powers and all(node.dtype != root.dtype for node in product.powers):
        return False
    shape: Shape = root.shape
    try:
        for node in product.powers:
            shape = broadcast(shape, node.shape)
    except ShapeError:
        return False
    return shape == root.shape


def _like(result: Node, root: Node) -> Node:
    result = of_kind(result, root)
    return result if result.shape == root.shape else broadcast_to(result, root.shape)
