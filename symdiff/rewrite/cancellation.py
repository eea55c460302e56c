"""Sums in which digits cancel, as products in which none do.

`1 - sigmoid(u)` is 0 in floats where `u` is above 37; `sigmoid(-u)`, which is equal, is right. In
general, a polynomial in `sigmoid(u)` that is 0 where `sigmoid(u)` is 1 has the factor
`1 - sigmoid(u)`, and so it is with other functions that come close to a value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import comb
from typing import NamedTuple, TypeAlias

from symdiff.node import Node
from symdiff.ops.choices import where
from symdiff.ops.elementwise import cos, expm1, sigmoid, sin, sinh, tanh
from symdiff.ops.lowered import sech
from symdiff.ops.structure import EXPAND_DIMS, expand_dims
from symdiff.registry import FUNCTIONS
from symdiff.rewrite.polynomial import Key, Number, Product, factor, write_sum

Polynomial: TypeAlias = "dict[int, Fraction]"
"""The coefficients by exponent, none of them 0."""


class Near(NamedTuple):
    """What a function `s` of `u` minus a value is: `number * function(u)**exponent`."""

    value: Fraction
    number: Fraction
    function: Callable[[Node], Node]
    exponent: int = 1


_NEAR: dict[str, tuple[Near, ...]] = {
    "sigmoid": (
        Near(Fraction(1), Fraction(-1), lambda u: sigmoid(opposite(u))),
        Near(Fraction(1, 2), Fraction(1, 2), lambda u: tanh(u / 2)),
    ),
    "tanh": (
        Near(Fraction(1), Fraction(-2), lambda u: sigmoid(-2 * u)),
        Near(Fraction(-1), Fraction(2), lambda u: sigmoid(2 * u)),
    ),
    "exp": (Near(Fraction(1), Fraction(1), lambda u: expm1(u)),),
    "cosh": (Near(Fraction(1), Fraction(2), lambda u: sinh(u / 2), 2),),
    "cos": (
        Near(Fraction(1), Fraction(-2), lambda u: sin(u / 2), 2),
        Near(Fraction(-1), Fraction(2), lambda u: cos(u / 2), 2),
    ),
    "erf": (
        Near(Fraction(1), Fraction(-1), lambda u: FUNCTIONS["erfc"](u)),
        Near(Fraction(-1), Fraction(1), lambda u: FUNCTIONS["erfc"](-u)),
    ),
}
CLOSE_TO_A_VALUE = frozenset(_NEAR)
"""The functions in which such polynomials are looked for."""
COMPANIONS = frozenset({"sech", "sigmoid"})
"""Those that polynomials in such a function may have beside it."""

_NEAR_BOTH = "tanh"
"""The function for which both differences together, `s**2 - 1`, are one: minus a squared sech."""

_HIGHEST = 8
"""Polynomials of a higher degree are left as they are."""


def opposite(u: Node) -> Node:
    """`-u`, or what `u` is the negative of."""
    if u.dtype == "bool":
        return where(u, -1, 0)
    return u.args[0] if u.op.name == "negative" else -u


def without_cancellation(terms: Mapping[Key, Product]) -> list[Product] | None:
    """The terms of a sum, where those that cancel have become one; None if none do.

    >>> import symdiff as sd
    >>> from symdiff.rewrite.polynomial import read_sum, write_sum
    >>> s = sd.sigmoid(sd.scalar("x"))
    >>> print(write_sum(without_cancellation(read_sum(s - s**2, lambda node: True))))
    σ(x) σ(−x)
    """
    found: list[Product] = []
    taken: set[Key] = set()
    for group in _groups(terms):
        keys = [key for key in group.keys if key in terms]
        if len(keys) < 2 or not taken.isdisjoint(keys):
            continue
        product = group.factored()
        if product is not None:
            found.append(product)
            taken.update(keys)
    if not found:
        return None
    return found + [term for key, term in terms.items() if key not in taken]


class _Function(NamedTuple):
    """A function that comes close to a value, as it stands in products; perhaps with new axes."""

    node: Node

    @property
    def base(self) -> Node:
        """The function without new axes."""
        return self.node.args[0] if self.node.op is EXPAND_DIMS else self.node

    def like(self, other: Node) -> Node:
        """Another expression with the same new axes."""
        return expand_dims(other, self.node.attrs) if self.node.op is EXPAND_DIMS else other

    def companion(self) -> tuple[Node, Polynomial, int] | None:
        """What goes with the function, a polynomial in it that it is a root of, and which root."""
        base = self.base
        if base.op.name == "sigmoid":
            other = self.like(sigmoid(opposite(base.args[0])))
            return other, {0: Fraction(1), 1: Fraction(-1)}, 1
        if base.op.name == "tanh":
            other = self.like(sech(base.args[0]))
            return other, {0: Fraction(1), 2: Fraction(-1)}, 2
        return None

    def near(self) -> tuple[Near, ...]:
        """The values that it comes close to, which have functions of their own."""
        known = self.base.op.name != "erf" or "erfc" in FUNCTIONS
        return _NEAR[self.base.op.name] if known else ()


def _function(node: Node) -> _Function | None:
    base = node.args[0] if node.op is EXPAND_DIMS else node
    return _Function(node) if base.op.name in _NEAR else None


@dataclass(slots=True, eq=False, repr=False)
class _Group:
    """Terms with one cofactor: a polynomial in one function."""

    function: _Function
    cofactor: dict[Node, int]
    polynomial: Polynomial = field(default_factory=dict)
    keys: list[Key] = field(default_factory=list)
    is_exact: bool = True

    def add(self, term: Product, part: Polynomial) -> None:
        """Add a term whose factor, apart from the cofactor, is `part`."""
        self.keys.append(term.key)
        self.is_exact &= not isinstance(term.number, float)
        for exponent, coefficient in part.items():
            total = self.polynomial.get(exponent, 0) + coefficient * Fraction(term.number)
            self.polynomial[exponent] = Fraction(total)

    def factored(self) -> Product | None:
        """The polynomial times the cofactor, as a product; None if it vanishes at no value."""
        rest = {exponent: c for exponent, c in self.polynomial.items() if c}
        if not rest or max(rest) > _HIGHEST:
            return None
        product = Product(1, dict(self.cofactor))
        roots: list[Near] = []
        for near in self.function.near():
            while (quotient := _divided(rest, near.value)) is not None:
                rest = quotient
                roots.append(near)
        if not roots:
            return None
        for root in self._paired(roots):
            product = product.times(root)
        return self._times_rest(product, rest)

    def _paired(self, roots: list[Near]) -> list[Product]:
        u = self.function.base.args[0]
        like = self.function.like
        pairs: list[Product] = []
        if self.function.base.op.name == _NEAR_BOTH:
            first, second = self.function.near()
            while first in roots and second in roots:
                roots.remove(first)
                roots.remove(second)
                pairs.append(Product(-1, {like(sech(u)): 2}))
        single = [Product(r.number, {like(r.function(u)): r.exponent}) for r in roots]
        return pairs + single

    def _times_rest(self, product: Product, rest: Polynomial) -> Product:
        lowest = min(rest)
        shifted = {exponent - lowest: c for exponent, c in rest.items()}
        node = self.function.node
        if lowest:
            product = product.times(factor(node, lowest))
        if len(shifted) == 1:
            return product.times(Product(self._number(shifted[0]), {}))
        powers = {e: {node: e} if e else {} for e in shifted}
        total = write_sum(Product(self._number(c), powers[e]) for e, c in shifted.items())
        return product.times(factor(total))

    def _number(self, value: Fraction) -> Number:
        return value if self.is_exact else float(value)


def _groups(terms: Mapping[Key, Product]) -> list[_Group]:
    """The terms in groups, by the function in them and by the cofactor."""
    groups: dict[tuple[Node, Key], _Group] = {}
    primary: dict[Node, Node] = {}
    for term in terms.values():
        for node in term.powers:
            function = _function(node)
            if function is None:
                continue
            companion = function.companion()
            if companion is not None and node not in primary:
                primary.setdefault(companion[0], node)
            primary.setdefault(node, node)
            _add_to_group(groups, term, primary[node])
    for group in groups.values():
        bare = terms.get(frozenset(group.cofactor.items()))
        if bare is not None:
            group.add(bare, {0: Fraction(1)})
    return list(groups.values())


def _add_to_group(groups: dict[tuple[Node, Key], _Group], term: Product, node: Node) -> None:
    function = _Function(node)
    companion = function.companion()
    exponent = term.powers.get(node, 0)
    other = 0 if companion is None else term.powers.get(companion[0], 0)
    step = 1 if companion is None else companion[2]
    if exponent < 0 or other < 0 or other % step or exponent + other > _HIGHEST:
        return
    without = {node} if companion is None else {node, companion[0]}
    cofactor = term.without(without).powers
    key = (node, frozenset(cofactor.items()))
    group = groups.setdefault(key, _Group(function, cofactor))
    if term.key not in group.keys:
        power = {0: Fraction(1)} if not other else _binomial(other // step, step)
        group.add(term, {e + exponent: c for e, c in power.items()})


def _binomial(n: int, step: int) -> Polynomial:
    """The coefficients of `(1 - s**step)**n`."""
    return {step * k: Fraction((-1) ** k * comb(n, k)) for k in range(n + 1)}


def _divided(polynomial: Polynomial, root: Fraction) -> Polynomial | None:
    """The quotient by `s - root`, if that leaves no remainder."""
    degree = max(polynomial)
    if not degree:
        return None
    quotient: Polynomial = {}
    carried = Fraction(0)
    for exponent in range(degree, 0, -1):
        carried = carried * root + polynomial.get(exponent, 0)
        if carried:
            quotient[exponent - 1] = carried
    return quotient if carried * root + polynomial.get(0, 0) == 0 else None
