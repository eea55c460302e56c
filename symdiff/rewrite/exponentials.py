"""Products of exponentials whose exponents add up to the same: one is written by the other.

In the derivatives of the Black-Scholes formula, `S*exp(-d1**2/2)` stands beside
`K*exp(-r*T)*exp(-d2**2/2)`. Multiplied out, the exponents of the latter are that of the former
plus `log(S/K)`: the two are equal, and their difference, which is rounding alone, is gone.

A product is rewritten only where that costs nothing at the edges: no new denominator, logarithm
or root; no exponential that could overflow where none did.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cached_property

from symdiff.node import Node, topological
from symdiff.rewrite.engine import Step, rebuild
from symdiff.rewrite.exponential_products import (
    NO_EXPONENTIAL,
    Found,
    Kind,
    fits,
    in_graph,
    inside,
    is_at_most_one,
    is_met,
    is_positive,
    products_of_exponentials,
    size,
    written_alike,
)
from symdiff.rewrite.exponents import (
    Expander,
    Monomial,
    Need,
    Terms,
    add_to,
    are_same,
    exponent_of,
    without_logarithms,
)
from symdiff.rewrite.polynomial import Key, Product, factor

NAME = "exponents that add up to the same"

LARGEST_GRAPH = 2000
"""Larger graphs are left as they are."""

_MOST_KINDS = 64
"""So many different products of exponentials are compared."""

_MOST_GOALS = 8
"""So many ways to write the products of one group are tried, the shallowest first."""

_COST = 8
"""What an exponential costs, in multiplications."""

_LARGEST_CONSTANT = 32
"""Exponents that differ by a larger number are not written by each other: one could vanish."""


def with_equal_exponentials(outputs: list[Node], log: list[Step] | None = None) -> list[Node]:
    """Write products of exponentials by others that the graph has, if that is less to compute.

    >>> import symdiff as sd
    >>> x, a = sd.scalar("x"), sd.scalar("a")
    >>> first, second = x * sd.exp(-a**2), sd.exp(sd.log(x) - a**2 - a) * sd.exp(a)
    >>> print(*with_equal_exponentials([first, second]), sep=", ")
    x exp(−a²), x exp(−a²)
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
        self._found = products_of_exponentials(order, outputs)
        self._exponentials = {each.root: dict(each.kind) for each in self._found}
        self._uses: dict[Node, set[Node]] = {}
        for root, exponentials in self._exponentials.items():
            for node in exponentials:
                self._uses.setdefault(node, set()).add(root)

    def replacements(self) -> dict[Node, Node]:
        """The products that are written otherwise, each with its new form."""
        members: dict[Key, list[Found]] = {}
        for each in self._found:
            members.setdefault(each.kind, []).append(each)
        if len(members) > _MOST_KINDS:
            return {}
        replaced: dict[Node, Node] = {}
        for group in self._groups(members):
            found = [each for key in group for each in members[key]]
            replaced.update(self._best(found, group))
        return replaced

    def _groups(self, keys: Iterable[Key]) -> list[dict[Key, Kind]]:
        """Kinds of products with one core in common."""
        groups: dict[frozenset[Monomial], list[dict[Key, Kind]]] = {}
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

    def _kind(self, exponentials: dict[Node, int]) -> Kind:
        terms: Terms = {}
        needs: frozenset[Need] = frozenset()
        for node, exponent in exponentials.items():
            expanded = self._expander.expanded(inside(node))
            add_to(terms, expanded.terms, float(exponent))
            needs |= expanded.needs
        core, factors = without_logarithms(terms)
        constant = core.pop(frozenset(), 0.0)
        return Kind(exponentials, core, factors, constant, needs)

    # Choosing -----------------------------------------------------------------------------------

    def _best(self, found: list[Found], group: dict[Key, Kind]) -> dict[Node, Node]:
        """The cheapest way to write the products of one group."""
        plain = {each.root: each.product for each in found}
        best, least = plain, self._cost(plain)
        goals = sorted(group.values(), key=self._depth)
        goals = goals[:_MOST_GOALS] + [NO_EXPONENTIAL] * (not goals[0].core)
        for goal in goals:
            changed: dict[Node, Product] = {}
            for each in found:
                try:
                    product = self._rewritten(each, group[each.kind], goal)
                except OverflowError:  # its numbers cannot be folded
                    continue
                if product is not None:
                    changed[each.root] = product
            smaller = {r: p for r, p in changed.items() if size(p) <= size(plain[r])}
            for some in (changed, smaller):
                cost = self._cost({**plain, **some})
                if cost < least:
                    best, least = {**plain, **some}, cost
        return {} if best is plain else written_alike(best, plain)

    def _depth(self, kind: Kind) -> list[tuple[int, int]]:
        return sorted((self._place(node) for node in kind.exponentials), reverse=True)

    def _cost(self, products: Mapping[Node, Product]) -> int:
        """The multiplications of some products, and the exponentials that are needed for them."""
        different = {product.key: product for product in products.values()}
        inside = {node for product in products.values() for node in product.powers}
        concerned = {node for root in products for node in self._exponentials[root]}
        alive = {n for n in concerned if n in inside or self._uses[n] - products.keys()}
        alive |= {node for node in inside if exponent_of(node) is not None}
        return sum(map(size, different.values())) + _COST * len(alive)

    # Rewriting ----------------------------------------------------------------------------------

    def _rewritten(self, found: Found, kind: Kind, goal: Kind) -> Product | None:
        """A product written with the exponentials of `goal`, if nothing speaks against it."""
        constant = kind.constant - goal.constant
        factors = {n: kind.factors.get(n, 0) - goal.factors.get(n, 0)
                   for n in kind.factors | goal.factors}  # fmt: skip
        factors = {node: exponent for node, exponent in factors.items() if exponent}
        if goal.exponentials == kind.exponentials or abs(constant) > _LARGEST_CONSTANT:
            return None
        product = found.product.without(kind.exponentials)
        for node, exponent in factors.items():
            product = product.times(factor(node, exponent))
        number = math.exp(constant) if constant else 1
        product = product.times(Product(number, dict(goal.exponentials)))
        exact = not (factors or constant)
        allowed = (
            self._are_earlier(goal, found.root)
            and all(is_met(need, kind.needs) for need in goal.needs - kind.needs)
            and not _has_new_denominator(product, found.product, factors)
            and self._stays_finite(goal, kind, found.root, exact)
            and fits(product, found.root)
        )
        return product if allowed else None

    def _are_earlier(self, goal: Kind, root: Node) -> bool:
        """True if the graph stays without cycles when `root` is made of these exponentials."""
        place = self._places[root]
        return all(self._place(node) < place for node in goal.exponentials)

    def _place(self, exponential: Node) -> tuple[int, int]:
        return self._places[in_graph(exponential, self._places)]

    @cached_property
    def _places(self) -> dict[Node, tuple[int, int]]:
        """For each node how deep it is, and where it stands in the order: later than its parts."""
        places: dict[Node, tuple[int, int]] = {}
        for position, node in enumerate(self._order):
            depth = 1 + max((places[arg][0] for arg in node.args), default=0)
            places[node] = depth, position
        return places

    def _stays_finite(self, goal: Kind, kind: Kind, root: Node, exact: bool) -> bool:
        """True if no exponential overflows where none did, or where all is lost anyway."""
        new = dict(goal.exponentials.items() - kind.exponentials.items())
        if any(exponent < 0 for exponent in new.values()):
            return False
        if exact and len(goal.exponentials) == 1:
            return True
        reached = self._reached
        return all(
            is_at_most_one(node)
            or not (self._has_choices or reached[root] & ~reached[in_graph(node, reached)])
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


def _has_new_denominator(product: Product, before: Product, factors: Mapping[Node, int]) -> bool:
    """True if one of the factors has come below the line and may be 0."""
    below = [n for n in factors if product.powers.get(n, 0) < 0 <= before.powers.get(n, 0)]
    return any(not is_positive(node) for node in below)
