"""Exponents multiplied out: sums of products of powers, by which exponentials are compared.

It is no form to compute with. The product `exp(a)*exp(b)` equals `x*exp(c)` where `a + b` and
`c + log(x)` are the same sum. Whole and half powers cancel here as on paper: `sqrt(t)**2` is `t`,
and a quotient times its own denominator is its numerator. What this takes for granted, such as
that a denominator is not 0, is noted as a need.

Numbers that agree but for rounding are the same here: `0.7071067811865475**2`, which is
0.49999999999999994, and a half. An exponent computed with either has larger errors than that.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from symdiff.node import Node
from symdiff.ops.elementwise import log
from symdiff.ops.leaves import number_of
from symdiff.ops.structure import EXPAND_DIMS, expand_dims, unstretched
from symdiff.rewrite.polynomial import Number, Product, read_product, write_product

Monomial: TypeAlias = "frozenset[tuple[Node, int]]"
"""The factors of a product, each with its exponent in halves: 2 is the factor itself."""

Terms: TypeAlias = "dict[Monomial, float]"
Need: TypeAlias = "tuple[str, Node]"

MOST_TERMS = 48
"""What has more terms when multiplied out is left as it is."""

_MOST_PRODUCTS = 4 * MOST_TERMS
_HIGHEST_POWER = 4
_UNIT: Monomial = frozenset()
_SUMS = ("add", "subtract")
_OPENED = frozenset(
    {*_SUMS, "negative", "multiply", "divide", "power", "sqrt", "log", "expand_dims"}
)


class Expanded(NamedTuple):
    """A sum of products of powers, and what has to hold for it to be the expression.

    A need is one of ("value", node): the node is finite; ("nonzero", node): it is divided by;
    ("root", node) and ("log", node): its root or logarithm is taken.
    """

    terms: Terms
    needs: frozenset[Need]


# Sums -------------------------------------------------------------------------------------------

_ROUNDING = 2.0**-50


def is_same(a: Number, b: Number) -> bool:
    """True for numbers that are equal but for the rounding of a few operations."""
    a, b = float(a), float(b)
    return a == b or abs(a - b) <= _ROUNDING * max(abs(a), abs(b))


def add_to(result: Terms, terms: Terms, times: float = 1.0) -> None:
    """Add a multiple of a sum to another; what cancels is gone."""
    for monomial, number in terms.items():
        number *= times
        before = result.get(monomial, 0.0)
        if is_same(before, -number):
            result.pop(monomial, None)
        else:
            result[monomial] = before + number


def are_same(first: Terms, second: Terms) -> bool:
    """True for sums that are equal but for the rounding of their numbers."""
    return first.keys() == second.keys() and all(is_same(n, second[m]) for m, n in first.items())


def without_logarithms(terms: Terms) -> tuple[Terms, dict[Node, int]]:
    """A sum without whole multiples of logarithms, and what these are the logarithms of.

    Of `-log(x)/2` a half is left and -1 taken, so that sums that differ by whole multiples agree.
    """
    rest, factors = dict(terms), {}
    for monomial, number in terms.items():
        if len(monomial) != 1:
            continue
        ((node, halves),) = monomial
        if node.op.name != "log" or halves != 2:
            continue
        whole = round(number) if is_same(number, round(number)) else math.floor(number)
        if whole:
            factors[node.args[0]] = whole
            add_to(rest, {monomial: -float(whole)})
    return rest, factors


# Expanding --------------------------------------------------------------------------------------


class Expander:
    """Multiplies exponents out, each part of them once.

    Sums by which something is divided, or whose root is taken, are taken whole.
    """

    def __init__(self, exponents: Iterable[Node]) -> None:
        self._known: dict[Node, Expanded] = {}
        self._under_roots: dict[Node, Terms] = {}
        self._whole = _sums_below(exponents)

    def expanded(self, root: Node) -> Expanded:
        """The expanded form of one expression."""
        root = unstretched(root)
        stack = [root]
        while stack:
            node = stack[-1]
            waiting = [arg for arg in _parts(node) if arg not in self._known]
            if node not in self._known and waiting:
                stack += waiting
                continue
            stack.pop()
            if node not in self._known:
                found = self._opened(node)
                fits = found is not None and len(found.terms) <= MOST_TERMS
                self._known[node] = found if found is not None and fits else _atom(node)
        return self._known[root]

    def _opened(self, node: Node) -> Expanded | None:
        """One operation on what its arguments are; None if it stays as it is."""
        number = _number(node)
        if number is not None:
            return Expanded({_UNIT: number} if number else {}, frozenset())
        name = node.op.name
        if node in self._whole or not _opens(node):
            return None
        if name == "log":
            return self._logarithm(node)
        if name in ("power", "sqrt"):
            return self._power(node)
        args = [self._known[arg] for arg in _parts(node)]
        needs = frozenset[Need]().union(*(arg.needs for arg in args))
        if name == "expand_dims":
            return Expanded(_with_axes(args[0].terms, node), needs)
        if name in ("multiply", "divide"):
            return self._product(args[0], args[1] if name == "multiply" else _inverse(args[1]))
        terms: Terms = {}
        for k, arg in enumerate(args):
            minus = name == "negative" or (k and name == "subtract")
            add_to(terms, arg.terms, -1.0 if minus else 1.0)
        return Expanded(terms, needs)

    def _product(self, first: Expanded, second: Expanded | None) -> Expanded | None:
        if second is None or len(first.terms) * len(second.terms) > _MOST_PRODUCTS:
            return None
        terms: Terms = {}
        for left, number in first.terms.items():
            for right, other in second.terms.items():
                add_to(terms, self._settled(_times(left, right), number * other))
        return Expanded(terms, first.needs | second.needs)

    def _power(self, node: Node) -> Expanded | None:
        halves = _halves(node)
        if halves is None:
            return None
        if halves % 2:
            return self._root(node, halves)
        base: Expanded | None = self._known[unstretched(node.args[0])]
        assert base is not None
        if halves < 0:
            base = _inverse(base)
        if base is None or (abs(halves) > 2 * _HIGHEST_POWER and len(base.terms) > 1):
            return None
        result: Expanded | None = Expanded({_UNIT: 1.0}, base.needs)
        for _ in range(abs(halves) // 2):
            result = None if result is None else self._product(result, base)
        return result

    def _root(self, node: Node, halves: int) -> Expanded | None:
        """A half power: of each factor, where none is raised; else of the product as it is."""
        inner = unstretched(node.args[0])
        product = read_product(inner, _always)
        needs: set[Need] = {("root", inner), ("value", inner)}
        apart = product.number == 1 and all(abs(e) == 1 for e in product.powers.values())
        if apart and all(n in self._whole or not _opens(n) for n in product.powers):
            powers = {unstretched(n): e * halves for n, e in product.powers.items()}
        else:
            powers = {inner: halves}
            known = self._known[inner]
            if known.terms != _atom(inner).terms:
                self._under_roots[inner] = known.terms
                needs |= known.needs
        needs |= {("nonzero", n) for n, e in powers.items() if e < 0}
        return Expanded({frozenset(powers.items()): 1.0}, frozenset(needs))

    def _logarithm(self, node: Node) -> Expanded | None:
        """The logarithms of the factors; that of an exponential is its exponent."""
        inner = unstretched(node.args[0])
        product = read_product(inner, _always)
        if product.number <= 0 or len(product.powers) > MOST_TERMS:
            return None
        terms: Terms = {} if product.number == 1 else {_UNIT: math.log(product.number)}
        needs: set[Need] = {("log", inner)}
        for part, exponent in product.powers.items():
            if part.op.name == "exp":
                inside = self._known[unstretched(part.args[0])]
                add_to(terms, inside.terms, float(exponent))
                needs |= inside.needs
                continue
            raised = write_product(Product(1, {part: abs(exponent)}))
            add_to(terms, {frozenset({(log(raised), 2)}): math.copysign(1.0, exponent)})
        return Expanded(terms, frozenset(needs))

    def _settled(self, monomial: Monomial, number: float) -> Terms:
        """A product, in which whole powers of what a root was taken of are opened."""
        for node, halves in monomial:
            inner = self._under_roots.get(node)
            if inner is None or halves % 2 or abs(halves) > 2 * _HIGHEST_POWER:
                continue
            base: Expanded | None = Expanded(inner, frozenset())
            if halves < 0:
                base = _inverse(Expanded(inner, frozenset()))
            result: Expanded | None = Expanded({monomial - {(node, halves)}: number}, frozenset())
            for _ in range(abs(halves) // 2):
                result = None if base is None or result is None else self._product(result, base)
            if result is not None:
                return result.terms
        return {monomial: number}


def _opens(node: Node) -> bool:
    """True for arithmetic with real numbers."""
    return node.op.name in _OPENED and all(arg.dtype in ("float", "int") for arg in node.args)


def _parts(node: Node) -> list[Node]:
    """What has to be expanded before a node can be."""
    if not _opens(node):
        return []
    if node.op.name == "log":
        powers = read_product(unstretched(node.args[0]), _always).powers
        return [unstretched(part.args[0]) for part in powers if part.op.name == "exp"]
    count = 1 if node.op.name == "power" else len(node.args)
    return [unstretched(arg) for arg in node.args[:count]]


def _sums_below(exponents: Iterable[Node]) -> set[Node]:
    """The sums by which something is divided, or whose root is taken."""
    found: set[Node] = set()
    seen: set[Node] = set()
    stack = [unstretched(exponent) for exponent in exponents]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        below = None
        if node.op.name == "divide":
            below = node.args[1]
        elif node.op.name in ("power", "sqrt"):
            halves = _halves(node)
            below = node.args[0] if halves is not None and (halves < 0 or halves % 2) else None
        if below is not None:
            found.update(n for n in read_product(below, _always).powers if n.op.name in _SUMS)
        stack += _parts(node)
    return found


def _atom(node: Node) -> Expanded:
    return Expanded({frozenset({(node, 2)}): 1.0}, frozenset({("value", node)}))


def _number(node: Node) -> float | None:
    value = number_of(node)
    if value is None or isinstance(value, bool) or not abs(value) < 2.0**500:
        return None
    return float(value)


def _halves(node: Node) -> int | None:
    """How many halves the exponent of a power or root is, if it is a small number of them."""
    if node.op.name == "sqrt":
        return 1
    value = number_of(node.args[1])
    if value is None or isinstance(value, bool) or not abs(value) <= 16 or value * 2 % 1:
        return None
    return int(value * 2)


def _inverse(divisor: Expanded) -> Expanded | None:
    """One over a single product."""
    if len(divisor.terms) != 1:
        return None
    ((monomial, number),) = divisor.terms.items()
    inverse = frozenset((node, -halves) for node, halves in monomial)
    needs = {("nonzero", node) for node, _ in monomial}
    return Expanded({inverse: 1 / number}, divisor.needs | needs)


def _times(left: Monomial, right: Monomial) -> Monomial:
    if not left or not right:
        return left or right
    powers = dict(left)
    for node, halves in right:
        powers[node] = powers.get(node, 0) + halves
    return frozenset([item for item in powers.items() if item[1]])


def _with_axes(terms: Terms, node: Node) -> Terms:
    """The terms of an expression that has new axes: each of its parts has them."""

    def moved(part: Node) -> Node:
        if part.ndim != node.args[0].ndim:
            return part
        if part.op.name == "log":
            return log(expand_dims(part.args[0], node.attrs))
        return expand_dims(part, node.attrs)

    return {frozenset((moved(n), e) for n, e in m): number for m, number in terms.items()}


def _always(node: Node) -> bool:
    return True


def exponent_of(node: Node) -> Node | None:
    """What an exponential is the exponential of; it may have new axes."""
    if node.op is EXPAND_DIMS and node.args[0].op.name == "exp":
        return expand_dims(node.args[0].args[0], node.attrs)
    return node.args[0] if node.op.name == "exp" else None
