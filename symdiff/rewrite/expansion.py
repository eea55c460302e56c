"""Multiplying sums out where that leaves less to compute, and common factors back in."""

from __future__ import annotations

from symdiff.node import Node
from symdiff.rewrite.engine import Rewriter
from symdiff.rewrite.polynomial import Key, Product, add_term, read_sum

EXPANSION_LIMIT = 16
"""The most terms that multiplying out may make."""

_MOST_SUMS = 4
_MOST_COMPARED = 8


class Reader:
    """Reads the sums of one graph, each once."""

    def __init__(self, rewriter: Rewriter) -> None:
        self._rewriter = rewriter
        self.single = rewriter.single

    def terms(self, node: Node) -> dict[Key, Product]:
        """The terms of a sum that stands as a factor."""
        return self._rewriter.remembered(("terms", node), lambda: read_sum(node, self.single))

    def factors(self, node: Node) -> list[tuple[Node, int]]:
        """The factors of all terms of a sum, with their exponents."""
        return self._rewriter.remembered(("factors", node), lambda: self._factors(node))

    def _factors(self, node: Node) -> list[tuple[Node, int]]:
        return [item for term in self.terms(node).values() for item in term.powers.items()]


def is_sum(node: Node) -> bool:
    """True for a sum or a difference."""
    return node.op.name in ("add", "subtract")


def cheapest(terms: dict[Key, Product], reader: Reader) -> dict[Key, Product]:
    """Multiply sums out as long as that leaves less to compute, as in `y(1 - s) + (1 - y)s`."""
    while True:
        sums = {
            node: None
            for term in terms.values()
            for node in term.powers
            if is_sum(node) and len(reader.terms(node)) <= EXPANSION_LIMIT
        }
        if not sums or len(sums) > _MOST_SUMS or not _may_shrink(terms, list(sums), reader):
            return terms
        choices = [[node] for node in sums] + ([list(sums)] if len(sums) > 1 else [])
        best, least = None, _cost(terms, reader)
        for chosen in choices:
            opened = _multiplied_out(terms, chosen, reader)
            if opened is not None and (cost := _cost(opened, reader)) < least:
                best, least = opened, cost
        if best is None:
            return terms
        terms = best


def _may_shrink(terms: dict[Key, Product], sums: list[Node], reader: Reader) -> bool:
    """A quick look: could a factor cancel, or could two opened products be like terms?"""
    inner = {node: reader.factors(node) for node in sums}
    seen: list[tuple[set[Node], set[Node]]] = []
    for term in terms.values():
        outside = {node for node in term.powers if node not in inner}
        inside: set[Node] = set()
        for node in term.powers:
            if node in inner:
                if any(term.powers.get(f) == -e for f, e in inner[node]):
                    return True
                inside.update(f for f, _ in inner[node])
        everything = outside | inside
        if any(o <= everything and outside <= all_of for o, all_of in seen):
            return True
        if len(seen) < _MOST_COMPARED:
            seen.append((outside, everything))
    return False


def _multiplied_out(
    terms: dict[Key, Product], chosen: list[Node], reader: Reader
) -> dict[Key, Product] | None:
    result: dict[Key, Product] = {}
    for term in terms.values():
        opened = [node for node in chosen if term.powers.get(node) == 1]
        products = [term]
        if opened:
            products = [term.without(opened)]
        for node in opened:
            inner = reader.terms(node).values()
            if len(products) * len(inner) > EXPANSION_LIMIT:
                return None
            products = [left.times(right) for left in products for right in inner]
        for product in products:
            add_term(result, product)
    return {key: term for key, term in result.items() if term.number}


def without_common_factors(
    terms: dict[Key, Product],
) -> tuple[Product, dict[Key, Product]]:
    """Take the factors that all terms of a sum share out of it; numbers stay where they are."""
    first, *others = terms.values()
    common = {
        node: exponent
        for node, exponent in first.powers.items()
        if others and all(term.powers.get(node) == exponent for term in others)
    }
    if not common:
        return Product(1, {}), terms
    rest: dict[Key, Product] = {}
    for term in terms.values():
        add_term(rest, term.without(common))
    return Product(1, common), rest


def _cost(terms: dict[Key, Product], reader: Reader) -> int:
    """How many operations a sum takes; sums that nothing else uses count with it."""
    if not terms:
        return 0
    common, rest = without_common_factors(terms)
    total = len(rest) - 1 + len(common.powers) + _cost_of_factors(common.powers, reader)
    for term in rest.values():
        total += max(len(term.powers) - 1, 0) + (abs(term.number) != 1)
        total += _cost_of_factors(term.powers, reader)
    return total


def _cost_of_factors(powers: dict[Node, int], reader: Reader) -> int:
    total = sum(abs(exponent) > 1 for exponent in powers.values())
    for node in powers:
        if is_sum(node) and reader.single(node):
            inner = reader.terms(node)
            total += len(inner) - 1 + sum(max(len(t.powers) - 1, 0) for t in inner.values())
    return total
