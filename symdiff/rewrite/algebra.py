"""Algebra of sums and products: like terms and equal factors are collected, numbers folded.

Cancelling `x/x` gives 1 also where `x` is 0: a rule may fill a removable gap, never make one.
"""

from __future__ import annotations

from symdiff.node import Node
from symdiff.ops.elementwise import cosh, sigmoid, tanh
from symdiff.ops.leaves import constant, number_of
from symdiff.rewrite.cancellation import opposite
from symdiff.rewrite.common_products import with_common_products
from symdiff.rewrite.engine import Rewriter, Rule
from symdiff.rewrite.expansion import Reader, cheapest, is_sum, without_common_factors
from symdiff.rewrite.guards import without_guards
from symdiff.rewrite.ordering import factor_order
from symdiff.rewrite.polynomial import (
    Key,
    Product,
    add_term,
    factor,
    magnitude,
    read_product,
    read_sum,
    term_order,
    whole_exponent,
    write_product,
    write_sum,
)
from symdiff.rewrite.unlike import nothing_meets


def _collect_terms(node: Node, rewriter: Rewriter) -> Node | None:
    if node.dtype == "bool" or (node.op.name != "negative" and _is_settled(node, rewriter)):
        return None
    terms = _with_one_sigmoid(read_sum(node, rewriter.single))
    terms = cheapest(terms, _reader(rewriter))
    terms = with_common_products(terms, rewriter.single)
    return of_kind(_written_sum(terms), node)


def _with_one_sigmoid(terms: dict[Key, Product]) -> dict[Key, Product]:
    """Beside `sigmoid(u)`, `sigmoid(-u)` is its complement: then like terms can meet."""
    parts = {part for term in terms.values() for part in term.powers if part.op.name == "sigmoid"}
    mirrored = {
        part: 1 - other
        for part in parts
        if part.args[0].op.name == "negative" and (other := sigmoid(part.args[0].args[0])) in parts
    }
    if not mirrored:
        return terms
    result: dict[Key, Product] = {}
    for term in terms.values():
        here = {part: e for part, e in term.powers.items() if part in mirrored}
        changed = term.without(here) if here else term
        for part, e in here.items():  # the term may hold the complement already
            changed = changed.times(Product(1, {mirrored[part]: e}))
        add_term(result, changed)
    return {key: term for key, term in result.items() if term.number}


def _collect_factors(node: Node, rewriter: Rewriter) -> Node | None:
    if node.dtype == "bool" or _is_settled(node, rewriter):
        return None
    if node.op.name == "power" and whole_exponent(node) is None:
        return None
    product = read_product(node, rewriter.single)
    if not product.number:
        return of_kind(constant(0), node)
    if node.dtype != "complex":
        product = _with_ratios(product)
    product = without_guards(product)
    product = _with_numbers_of_sums(product, _reader(rewriter))
    terms = {product.key: product}
    better = cheapest(terms, _reader(rewriter))
    return of_kind(write_product(product) if better is terms else _written_sum(better), node)


def _with_ratios(product: Product) -> Product:
    """Quotients of exponentials that are functions which do not overflow."""
    for node, exponent in product.powers.items():
        name = node.op.name
        below = _below_sigmoid(node) if name == "add" and exponent < 0 else None
        if below is not None:
            above = product.powers.get(below, 0)
            u = below.args[0]
            share = sigmoid(u) if above > 0 else sigmoid(opposite(u))
            times = min(above, -exponent) if above > 0 else -exponent
            cancelled = {node: times, **({below: -times} if above > 0 else {})}
            return _with_ratios(product.times(Product(1, cancelled)).times(factor(share, times)))
        if name == "sinh" and exponent > 0:
            other = cosh(node.args[0])
            times = min(exponent, -product.powers.get(other, 0))
            if times > 0:
                cancelled = {node: -times, other: times, tanh(node.args[0]): times}
                return _with_ratios(product.times(Product(1, cancelled)))
    return product


def _below_sigmoid(total: Node) -> Node | None:
    """The exponential in `1 + exp(u)`."""
    first, second = total.args
    if number_of(first) == 1 and second.op.name == "exp":
        return second
    return first if number_of(second) == 1 and first.op.name == "exp" else None


def _with_numbers_of_sums(product: Product, reader: Reader) -> Product:
    """Take the number that all terms of a factor have, as in `(2 a - 2 b) x`, to the front."""
    result = product
    for node, exponent in product.powers.items():
        if exponent != 1 or not is_sum(node) or not reader.single(node):
            continue
        terms = reader.terms(node).values()
        sizes = {magnitude(term.number) for term in terms}
        if len(sizes) == 1 and len(terms) > 1 and sizes != {1}:
            plain = write_sum(Product(1 if t.number > 0 else -1, t.powers) for t in terms)
            result = result.without((node,)).times(factor(plain)).times(Product(sizes.pop(), {}))
    return result


def _is_settled(node: Node, rewriter: Rewriter) -> bool:
    """True if there is nothing to collect; where people read, also nothing to put in order."""
    if rewriter.readable:
        return _is_plain(node) and _is_in_order(node)
    return _is_plain(node) or nothing_meets(node, rewriter)


def _is_plain(node: Node) -> bool:
    """True for two different arguments, of which neither can be taken apart."""
    first, *rest = node.args
    return (
        bool(rest)
        and first is not rest[0]
        and not any(arg.op.name in _OPENED for arg in node.args)
        and not all(arg.op.name == "contract" for arg in node.args)
    )


def _is_in_order(node: Node) -> bool:
    if node.op.name == "add":
        first, second = map(factor, node.args)
        return term_order(first) < term_order(second)
    return node.op.name != "multiply" or factor_order(node.args[0]) < factor_order(node.args[1])


_OPENED = frozenset(
    {
        *("add", "subtract", "negative", "multiply", "divide", "power"),
        *("constant", "broadcast_to", "expand_dims"),
    }
)


def _written_sum(terms: dict[Key, Product]) -> Node:
    if not terms:
        return constant(0)
    common, rest = without_common_factors(terms)
    total = write_sum(rest.values())
    return write_product(common.times(factor(total))) if common.powers else total


def _reader(rewriter: Rewriter) -> Reader:
    return Reader(rewriter)


def of_kind(result: Node, node: Node) -> Node:
    """A number that is the result for a node is written as the node's kind has it."""
    value = number_of(result)
    return result if value is None or node.dtype == "int" else constant(float(value))


REGIONS = {
    "add": "sum",
    "subtract": "sum",
    "negative": "sum",
    "multiply": "product",
    "divide": "product",
}

RULES = (
    Rule(
        "collect like terms",
        ("add", "subtract", "negative"),
        _collect_terms,
        final=True,
        complex=True,
    ),
    Rule(
        "collect equal factors",
        ("multiply", "divide", "power"),
        _collect_factors,
        final=True,
        complex=True,
    ),
)
