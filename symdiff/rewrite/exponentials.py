"""Products of exponentials whose exponents add up to the same: one is written by the other.

In the derivatives of the Black-Scholes formula, `S*exp(-d1**2/2)` stands beside
`K*exp(-r*T)*exp(-d2**2/2)`. Multiplied out, the exponents of the latter are that of the former
plus `log(S/K)`: the two are equal, and their difference, which is rounding alone, is gone.

A product is rewritten only where that costs nothing at the edges: no new denominator, logarithm
or root; no exponential that could overflow where none did.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple, TypeAlias

from symdiff.dims import Shape, broadcast
from symdiff.errors import ShapeError
from symdiff.node import Node, topological
from symdiff.ops.leaves import number_of
from symdiff.ops.structure import broadcast_to, unstretched
from symdiff.rewrite.engine import Step, rebuild
from symdiff.rewrite.exponents import (
    Expander,
    Monomial,
    Need,
    Terms,
    add_to,
    are_same,
    exponent_of,
    is_same,
    without_logarithms,
)
from symdiff.rewrite.polynomial import (
    Key,
    Number,
    Product,
    factor,
    read_product,
    whole_exponent,
    write_product,
)
from symdiff.rewrite.ranges import values_of

NAME = "exponents that add up to the same"

LARGEST_GRAPH = 2000
"""Larger graphs are left as they are."""

_MOST_EXPONENTIALS = 6
"""A product of more exponentials is left as it is."""

_MOST_KINDS = 64
"""So many different products of exponentials are compared."""

_MOST_GOALS = 8
"""So many ways to write the products of one group are tried, the shallowest first."""

_COST = 8
"""What an exponential costs, in multiplications."""

Exponentials: TypeAlias = "Mapping[Node, int]"


class _Found(NamedTuple):
    """A product with exponentials in it, as it is used by something that is no product."""

    root: Node
    product: Product
    kind: Key


class _Kind(NamedTuple):
    """A product of exponentials alone: `constant * f**k * … * exp(core)`, and what it needs."""

    exponentials: dict[Node, int]
    core: Terms
    factors: dict[Node, int]
    constant: Number
    needs: frozenset[Need]


_NO_EXPONENTIAL = _Kind({}, {}, {}, 0, frozenset())


def with_equal_exponentials(outputs: list[Node], log: list[Step] | None = None) -> list[Node]:
    """Write products of exponentials by others that the graph has, if that is less to compute.

    >>> import symdiff as sd
    >>> x, a = sd.scalar("x"), sd.scalar("a")
    >>> first, second = x * sd.exp(-a), sd.exp(sd.log(x) - 2 * a) * sd.exp(a)
    >>> print(*with_equal_exponentials([first, second]), sep=", ")
    x exp(−a), x exp(−a)
    """
    order = topological(outputs)
    exponentials = [node for node in order if node.op.name == "exp" and node.dtype == "float"]
    if len(exponentials) < 2 or len(order) > LARGEST_GRAPH:
        return outputs
    graph = _Graph(order, outputs)
    replaced = graph.replacements()
    if not replaced:
        return outputs
    if log is not None:
        log += [Step(NAME, before, after) for before, after in replaced.items()]
    return graph.rebuilt(replaced)


class _Graph:
    """The products of exponentials of one graph."""

    def __init__(self, order: list[Node], outputs: list[Node]) -> None:
        self._order, self._outputs = order, outputs
        self._expander = Expander(node.args[0] for node in order if node.op.name == "exp")
        self._found = _products_of_exponentials(order, outputs)
        self._uses: dict[Node, set[Node]] = {}
        for each in self._found:
            for node, _ in each.kind:
                self._uses.setdefault(node, set()).add(each.root)

    def replacements(self) -> dict[Node, Node]:
        """The products that are written otherwise, each with its new form."""
        members: dict[Key, list[_Found]] = {}
        for each in self._found:
            members.setdefault(each.kind, []).append(each)
        if len(members) > _MOST_KINDS:
            return {}
        replaced: dict[Node, Node] = {}
        for group in self._groups(members):
            found = [each for key in group for each in members[key]]
            replaced.update(self._best(found, group))
        return replaced

    def _groups(self, keys: Iterable[Key]) -> list[dict[Key, _Kind]]:
        """Kinds of products with one core in common."""
        groups: dict[frozenset[Monomial], list[dict[Key, _Kind]]] = {}
        for key in keys:
            kind = self._kind(dict(key))
            similar = groups.setdefault(frozenset(kind.core), [])
            for group in similar:
                if are_same(next(iter(group.values())).core, kind.core):
                    group[key] = kind
                    break
            else:
                similar.append({key: kind})
        every = [group for similar in groups.values() for group in similar]
        return [g for g in every if len(g) > 1 or not next(iter(g.values())).core]

    def _kind(self, exponentials: dict[Node, int]) -> _Kind:
        terms: Terms = {}
        needs: frozenset[Need] = frozenset()
        for node, exponent in exponentials.items():
            expanded = self._expander.expanded(_exponent(node))
            add_to(terms, expanded.terms, float(exponent))
            needs |= expanded.needs
        core, factors = without_logarithms(terms)
        constant = core.pop(frozenset(), 0)
        return _Kind(exponentials, core, factors, constant, needs)

    # Choosing -----------------------------------------------------------------------------------

    def _best(self, found: list[_Found], group: dict[Key, _Kind]) -> dict[Node, Node]:
        """The cheapest way to write the products of one group."""
        plain = {each.root: each.product for each in found}
        best, least = plain, self._cost(plain)
        goals = sorted(group.values(), key=self._depth)
        goals = goals[:_MOST_GOALS] + [_NO_EXPONENTIAL] * (not goals[0].core)
        for goal in goals:
            changed = {
                each.root: product
                for each in found
                if (product := self._rewritten(each, group[each.kind], goal)) is not None
            }
            smaller = {r: p for r, p in changed.items() if _size(p) <= _size(plain[r])}
            for some in (changed, smaller):
                cost = self._cost({**plain, **some})
                if cost < least:
                    best, least = {**plain, **some}, cost
        return {} if best is plain else _written(best, plain)

    def _depth(self, kind: _Kind) -> list[tuple[int, int]]:
        return sorted((self._place(node) for node in kind.exponentials), reverse=True)

    def _cost(self, products: Mapping[Node, Product]) -> int:
        """The multiplications of some products, and the exponentials that are needed for them."""
        different = {product.key: product for product in products.values()}
        inside = {node for product in products.values() for node in product.powers}
        concerned = {node for root in products for node in self._of(root)}
        alive = {n for n in concerned if n in inside or self._uses[n] - products.keys()}
        alive |= {node for node in inside if exponent_of(node) is not None}
        return sum(map(_size, different.values())) + _COST * len(alive)

    def _of(self, root: Node) -> set[Node]:
        return self._by_root[root]

    @cached_property
    def _by_root(self) -> dict[Node, set[Node]]:
        return {each.root: {node for node, _ in each.kind} for each in self._found}

    # Rewriting ----------------------------------------------------------------------------------

    def _rewritten(self, found: _Found, kind: _Kind, goal: _Kind) -> Product | None:
        """A product written with the exponentials of `goal`, if nothing speaks against it."""
        if goal.exponentials == kind.exponentials or not self._are_earlier(goal, found.root):
            return None
        factors = {
            node: kind.factors.get(node, 0) - goal.factors.get(node, 0)
            for node in kind.factors | goal.factors
        }
        difference = kind.constant - goal.constant
        number = math.exp(difference) if difference else 1
        product = found.product.without(kind.exponentials)
        for node, exponent in factors.items():
            if exponent:
                product = product.times(factor(node, exponent))
        product = product.times(Product(number, dict(goal.exponentials)))
        below = [n for n in factors if product.powers.get(n, 0) < 0 <= found.product.powers.get(n, 0)]
        if any(not _is_positive(node) for node in below):
            return None
        if not (self._is_safe(goal, kind) and self._stays_finite(goal, kind, factors, found.root)):
            return None
        return product if _fits(product, found.root) else None

    def _are_earlier(self, goal: _Kind, root: Node) -> bool:
        """True if the graph stays without cycles when `root` is made of these exponentials."""
        place = self._places[root]
        return all(self._place(node) < place for node in goal.exponentials)

    def _place(self, exponential: Node) -> tuple[int, int]:
        return self._places[_in_graph(exponential, self._places)]

    @cached_property
    def _places(self) -> dict[Node, tuple[int, int]]:
        """For each node how deep it is, and where it stands in the order: later than its parts."""
        places: dict[Node, tuple[int, int]] = {}
        for position, node in enumerate(self._order):
            depth = 1 + max((places[arg][0] for arg in node.args), default=0)
            places[node] = depth, position
        return places

    def _is_safe(self, goal: _Kind, kind: _Kind) -> bool:
        """True if `goal` is defined wherever the other is."""
        return all(_is_met(need, kind.needs) for need in goal.needs - kind.needs)

    def _stays_finite(
        self, goal: _Kind, kind: _Kind, factors: Mapping[Node, int], root: Node
    ) -> bool:
        """True if no exponential overflows where none did, or where all is lost anyway."""
        new = dict(goal.exponentials.items() - kind.exponentials.items())
        if any(exponent < 0 for exponent in new.values()):
            return False
        if len(goal.exponentials) == 1 and not any(factors.values()):
            return True
        reached = self._reached
        return all(
            _is_at_most_one(node)
            or not (self._has_choices or reached[root] & ~reached[_in_graph(node, reached)])
            for node in new
        )

    @cached_property
    def _has_choices(self) -> bool:
        return any(node.op.name == "where" for node in self._order)

    @cached_property
    def _reached(self) -> dict[Node, int]:
        """For each node the outputs that need it, as the bits of a number."""
        reached = dict.fromkeys(self._order, 0)
        for k, output in enumerate(self._outputs):
            reached[output] |= 1 << k
        for node in reversed(self._order):
            for arg in node.args:
                reached[arg] |= reached[node]
        return reached

    # Rebuilding ---------------------------------------------------------------------------------

    def rebuilt(self, replaced: Mapping[Node, Node]) -> list[Node]:
        """The outputs with products replaced, those in their new forms too."""
        new: dict[Node, Node] = {}
        for node in sorted(self._order, key=self._places.__getitem__):
            result = replaced.get(node, node)
            for part in topological([result], known=new):
                if part not in new and part is not node:
                    new[part] = rebuild(part, tuple(new[arg] for arg in part.args))
            if result is node:
                new[node] = rebuild(node, tuple(new[arg] for arg in node.args))
            else:
                new[node] = new[result]
        return [new[output] for output in self._outputs]


# Reading products -------------------------------------------------------------------------------


def _products_of_exponentials(order: Sequence[Node], outputs: Iterable[Node]) -> list[_Found]:
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
            found.append(_Found(root, product, frozenset(kind.items())))
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


def _in_graph(exponential: Node, graph: Container[Node]) -> Node:
    """The exponential itself, or that which got new axes when a product was read."""
    return exponential if exponential in graph else exponential.args[0]


def _exponent(node: Node) -> Node:
    found = exponent_of(node)
    assert found is not None
    return found


def _size(product: Product) -> int:
    """The multiplications and divisions of a product, one more than there are."""
    return sum(1 + (abs(e) > 1) for e in product.powers.values()) + (abs(product.number) != 1)


# Writing products -------------------------------------------------------------------------------


def _written(products: Mapping[Node, Product], plain: Mapping[Node, Product]) -> dict[Node, Node]:
    """Products as nodes, where they are not `plain`.

    Multiples of one product have that in common, so that they are seen to be like terms; where
    they differ in the rounding of their numbers alone, they are the same.
    """
    multiples: dict[Key, dict[Node, Number]] = {}
    for root in sorted(products, key=lambda root: products[root] is not plain[root]):
        numbers = multiples.setdefault(products[root].key, {})
        number = products[root].number
        sizes = [abs(n) for n in numbers.values() if is_same(abs(n), abs(number))]
        numbers[root] = math.copysign(sizes[0], number) if sizes else number
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


def _is_met(need: Need, needs: frozenset[Need]) -> bool:
    """True if something is finite, not 0 or positive wherever the needs of a product are met."""
    kind, node = need
    if kind == "log":
        powers = read_product(node, lambda part: True).powers
        return all(("log", n) in needs or _is_positive(n) for n, e in powers.items() if e % 2)
    if kind == "nonzero":
        return ("log", node) in needs or _is_positive(node)
    return kind == "value" and any(each == node for _, each in needs)


def _is_positive(node: Node) -> bool:
    """True for what is proven to be above 0, and not just close to it."""
    return values_of([node])[node].low > 0


def _is_at_most_one(node: Node) -> bool:
    """True for an exponential of what is proven to be at most 0."""
    exponent = unstretched(_exponent(node))
    return values_of([exponent])[exponent].high <= 0


def _fits(product: Product, root: Node) -> bool:
    """True if the factors stretch to the shape of the root, and not beyond."""
    shape: Shape = root.shape
    try:
        for node in product.powers:
            shape = broadcast(shape, node.shape)
    except ShapeError:
        return False
    return shape == root.shape


def _like(result: Node, root: Node) -> Node:
    return result if result.shape == root.shape else broadcast_to(result, root.shape)
