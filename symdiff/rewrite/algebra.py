"""Algebra of sums and products: like terms and equal factors are collected, numbers folded.

A product is a number times powers of factors; a sum is a number of such products. A region of
additions (or of multiplications) whose inner nodes are used only within it is rewritten as a whole,
so the cost is linear; shared nodes are factors and terms as they stand.

Cancelling `x/x` gives 1 also where `x` is 0: a rule may fill a removable gap, never make one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import reduce
from math import isfinite
from typing import NamedTuple, TypeAlias

from symdiff.node import Node
from symdiff.ops.elementwise import add, divide, multiply, negative, power, subtract
from symdiff.ops.leaves import CONSTANT, constant, number_of
from symdiff.ops.structure import unstretched
from symdiff.rewrite.engine import Rewriter, Rule

Number: TypeAlias = "int | Fraction | float"
Single: TypeAlias = "Callable[[Node], bool]"
Key: TypeAlias = "frozenset[tuple[Node, int]]"

EXPANSION_LIMIT = 16
"""The most terms that multiplying out may make."""


class Product(NamedTuple):
    """A number times powers of nodes; `node` is one that equals it up to sign, if there is one."""

    number: Number
    powers: dict[Node, int]
    node: Node | None = None

    @property
    def key(self) -> Key:
        """What must agree for two products to be like terms."""
        return frozenset(self.powers.items())


# Reading ----------------------------------------------------------------------------------------


def _number(node: Node) -> Number | None:
    if node.op is not CONSTANT:
        return None
    value = number_of(node)
    return None if value is None or isinstance(value, bool) or not isfinite(value) else value


def _whole_exponent(node: Node) -> int | None:
    value = number_of(node.args[1])
    if value is None or isinstance(value, bool) or value != value // 1 or abs(value) > 100:
        return None
    return int(value)


def read_product(root: Node, single: Single) -> Product:
    """Take a product apart, down to nodes that are shared or are no products."""
    number: Number = 1
    powers: dict[Node, int] = {}
    stack = [(root, 1)]
    while stack:
        node, exponent = stack.pop()
        node = unstretched(node)  # the root's shape is restored when all is done
        value = _number(node)
        if value is not None and (value or exponent > 0):
            number *= value if exponent == 1 else _raised(value, exponent)
            continue
        opens = node is root or single(node) or node.op.name == "negative"
        inside = _inside(node, exponent) if opens else None
        if inside is None:
            powers[node] = powers.get(node, 0) + exponent
        else:
            sign, parts = inside
            number *= sign
            stack.extend(reversed(parts))
    powers = {node: e for node, e in powers.items() if e}
    return _cancelled(Product(number, powers, root))


def _raised(value: Number, exponent: int) -> Number:
    return value**exponent if isinstance(value, float) else Fraction(value) ** exponent


def _cancelled(product: Product) -> Product:
    """Open a shared quotient if its parts cancel against other factors, as in `(t/s) s`."""
    for node, exponent in product.powers.items():
        inside = _inside(node, exponent)
        if inside is None:
            continue
        sign, parts = inside
        others = {n: e for n, e in product.powers.items() if n is not node}
        if any(others.get(part, 0) == -e for part, e in parts):
            for part, e in parts:
                others[part] = others.get(part, 0) + e
            return Product(product.number * sign, {n: e for n, e in others.items() if e}, None)
    return product


def _inside(node: Node, exponent: int) -> tuple[int, list[tuple[Node, int]]] | None:
    """The sign and the factors of one product node raised to `exponent`."""
    name, args = node.op.name, node.args
    if name == "multiply":
        return 1, [(args[0], exponent), (args[1], exponent)]
    if name == "divide":
        return 1, [(args[0], exponent), (args[1], -exponent)]
    if name == "negative":
        return (-1) ** exponent, [(args[0], exponent)]
    if name == "power" and (whole := _whole_exponent(node)) is not None:
        return 1, [(args[0], exponent * whole)]
    return None


def read_sum(root: Node, single: Single) -> dict[Key, Product]:
    """Take a sum apart and add up like terms; terms keep the order of their first appearance."""
    terms: dict[Key, Product] = {}
    stack = [(root, 1)]
    while stack:
        node, sign = stack.pop()
        name, args = node.op.name, node.args
        if name == "negative":  # a sign is free in a sum, also one that others use
            stack.append((args[0], -sign))
            continue
        if node is root or single(node):
            if name in ("add", "subtract"):
                stack.append((args[1], sign if name == "add" else -sign))
                stack.append((args[0], sign))
                continue
            product = read_product(node, single)
        else:
            product = _as_term(node)
        positive = product.node if product.number > 0 else None
        _add_term(terms, Product(sign * product.number, product.powers, positive))
    return {key: term for key, term in terms.items() if term.number}


def _as_term(node: Node) -> Product:
    node = unstretched(node)
    value = _number(node)
    return Product(1, {node: 1}, node) if value is None else Product(value, {})


def _add_term(terms: dict[Key, Product], product: Product) -> None:
    key = product.key
    before = terms.get(key)
    terms[key] = (
        product if before is None else Product(before.number + product.number, product.powers)
    )


# Writing ----------------------------------------------------------------------------------------


def _folded(operation: Callable[..., Node], nodes: Iterable[Node]) -> Node:
    return reduce(lambda total, node: operation(total, node), nodes)


def _fraction(number: Number, integral: bool) -> tuple[Node | None, Node | None]:
    """A number as a factor above and one below the line; None stands for 1."""
    if isinstance(number, float):
        whole = not integral and number.is_integer() and abs(number) < 2**53
        above = constant(int(number) if whole else number)
        return (None if whole and number == 1 else above), None
    above_line, below_line = number.numerator, number.denominator
    return (
        None if above_line == 1 else constant(above_line),
        None if below_line == 1 else constant(below_line),
    )


def write_product(product: Product) -> Node:
    """Write a product: number and scalars first, so that arrays are passed over once."""
    number, powers, _ = product
    if not powers:
        return _write_number(number)
    ordered = sorted(powers.items(), key=lambda item: item[0].ndim > 0)
    top = [node if e == 1 else power(node, e) for node, e in ordered if e > 0]
    bottom = [node if e == -1 else power(node, -e) for node, e in ordered if e < 0]
    minus = number == -1 if isinstance(number, float) else number.numerator == -1
    integral = all(node.dtype != "float" for node in powers) and not bottom
    above, below = _fraction(-number if minus else number, integral)
    top = top if above is None else [above, *top]
    bottom = bottom if below is None else [below, *bottom]
    written = _folded(multiply, top) if top else constant(1)
    if bottom:
        written = divide(written, _folded(multiply, bottom))
    return negative(written) if minus else written


def _write_number(number: Number) -> Node:
    above, below = _fraction(number, integral=True)
    above = constant(1) if above is None else above
    return above if below is None else divide(above, below)


def write_sum(terms: Iterable[Product]) -> Node:
    """Write a sum: what is added first, then what is subtracted."""
    added = [term for term in terms if term.number > 0]
    taken = [term for term in terms if term.number < 0]
    total = _folded(add, map(_written, added)) if added else write_product(taken.pop(0))
    return _folded(subtract, [total, *(_written(_negated(term)) for term in taken)])


def _written(term: Product) -> Node:
    return write_product(term) if term.node is None else term.node


def _negated(term: Product) -> Product:
    return term._replace(number=-term.number)


# Multiplying out ----------------------------------------------------------------------------------


def _is_sum(node: Node) -> bool:
    return node.op.name in ("add", "subtract")


def cheapest(terms: dict[Key, Product], single: Single) -> dict[Key, Product]:
    """Multiply sums out as long as that leaves less to compute, as in `y(1 - s) + (1 - y)s`."""
    while True:
        sums = {node: None for term in terms.values() for node in term.powers if _is_sum(node)}
        if not sums or len(sums) > _MOST_SUMS or not _may_shrink(terms, list(sums), single):
            return terms
        choices = [[node] for node in sums] + ([list(sums)] if len(sums) > 1 else [])
        best, least = None, _cost(terms, single)
        for chosen in choices:
            opened = _multiplied_out(terms, chosen, single)
            if opened is not None and (cost := _cost(opened, single)) < least:
                best, least = opened, cost
        if best is None:
            return terms
        terms = best


def _may_shrink(terms: dict[Key, Product], sums: list[Node], single: Single) -> bool:
    """A quick look: could a factor cancel, or could two opened products be like terms?"""
    inner = {node: _factors_of_terms(node, single) for node in sums}
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


_MOST_COMPARED = 8


def _factors_of_terms(node: Node, single: Single) -> list[tuple[Node, int]]:
    return [item for term in read_sum(node, single).values() for item in term.powers.items()]


_MOST_SUMS = 4


def _multiplied_out(
    terms: dict[Key, Product], chosen: list[Node], single: Single
) -> dict[Key, Product] | None:
    result: dict[Key, Product] = {}
    for term in terms.values():
        opened = [node for node in chosen if term.powers.get(node) == 1]
        products = [term]
        if opened:
            rest = {n: e for n, e in term.powers.items() if n not in opened}
            products = [Product(term.number, rest)]
        for node in opened:
            inner = read_sum(node, single).values()
            if len(products) * len(inner) > EXPANSION_LIMIT:
                return None
            products = [_times(left, right) for left in products for right in inner]
        for product in products:
            _add_term(result, product)
    return {key: term for key, term in result.items() if term.number}


def without_common_factors(
    terms: dict[Key, Product],
) -> tuple[dict[Node, int], dict[Key, Product]]:
    """Take the factors that all terms of a sum share out of it; numbers stay where they are."""
    first, *others = terms.values()
    common = {
        node: exponent
        for node, exponent in first.powers.items()
        if others and all(term.powers.get(node) == exponent for term in others)
    }
    if not common:
        return {}, terms
    rest: dict[Key, Product] = {}
    for term in terms.values():
        powers = {n: e for n, e in term.powers.items() if n not in common}
        _add_term(rest, Product(term.number, powers))
    return common, rest


def _times(left: Product, right: Product) -> Product:
    powers = dict(left.powers)
    for node, exponent in right.powers.items():
        powers[node] = powers.get(node, 0) + exponent
    return Product(left.number * right.number, {n: e for n, e in powers.items() if e})


def _cost(terms: dict[Key, Product], single: Single) -> int:
    """How many operations a sum takes; sums that nothing else uses count with it."""
    if not terms:
        return 0
    common, rest = without_common_factors(terms)
    total = len(rest) - 1 + len(common) + _cost_of_factors(common, single)
    for term in rest.values():
        total += max(len(term.powers) - 1, 0) + (abs(term.number) != 1)
        total += _cost_of_factors(term.powers, single)
    return total


def _cost_of_factors(powers: dict[Node, int], single: Single) -> int:
    total = sum(abs(exponent) > 1 for exponent in powers.values())
    for node in powers:
        if _is_sum(node) and single(node):
            inner = read_sum(node, single)
            total += len(inner) - 1 + sum(max(len(t.powers) - 1, 0) for t in inner.values())
    return total


# Rules --------------------------------------------------------------------------------------------


def _collect_terms(node: Node, rewriter: Rewriter) -> Node | None:
    if node.op.name != "negative" and _is_plain(node):
        return None
    terms = cheapest(read_sum(node, rewriter.single), rewriter.single)
    return _of_kind(_written_sum(terms), node)


def _collect_factors(node: Node, rewriter: Rewriter) -> Node | None:
    if (node.op.name == "power" and _whole_exponent(node) is None) or _is_plain(node):
        return None
    product = read_product(node, rewriter.single)
    if not product.number:
        return _of_kind(constant(0), node)
    terms = {product.key: product}
    better = cheapest(terms, rewriter.single)
    return _of_kind(write_product(product) if better is terms else _written_sum(better), node)


def _is_plain(node: Node) -> bool:
    """Two different arguments, of which neither can be taken apart, in their order."""
    first, *rest = node.args
    return (
        bool(rest)
        and first is not rest[0]
        and not any(arg.op.name in _OPENED for arg in node.args)
        and (not first.ndim or bool(rest[0].ndim) or node.op.name != "multiply")
    )


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
    return write_product(Product(1, {**common, total: 1})) if common else total


def _of_kind(result: Node, node: Node) -> Node:
    value = number_of(result)
    return result if value is None or node.dtype != "float" else constant(float(value))


REGIONS = {
    "add": "sum",
    "subtract": "sum",
    "negative": "sum",
    "multiply": "product",
    "divide": "product",
}

RULES = (
    Rule("collect like terms", ("add", "subtract", "negative"), _collect_terms, final=True),
    Rule("collect equal factors", ("multiply", "divide", "power"), _collect_factors, final=True),
)
