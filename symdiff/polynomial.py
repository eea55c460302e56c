"""Polynomials in named sizes: how costs are written, evaluated and compared.

Sizes themselves are kept by SymPy, in its order. A cost is written as people write it: highest
degree first, names in the order in which the formula shows them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations, combinations_with_replacement, groupby
from math import prod
from typing import TypeAlias

from symdiff.dims import Dim, Size, monomial, names_in, nominal, size_value, terms

Monomial: TypeAlias = "tuple[Dim, ...]"
Terms: TypeAlias = "Mapping[Monomial, int]"


@dataclass(frozen=True, slots=True)
class Polynomial:
    """A sum of products of named sizes with whole coefficients, highest degree first."""

    terms: tuple[tuple[Monomial, int], ...]
    order: tuple[str, ...] = field(default=(), compare=False, repr=False)

    @property
    def degree(self) -> int:
        """The number of factors of the largest products."""
        return len(self.terms[0][0]) if self.terms else 0

    @property
    def leading(self) -> Polynomial:
        """The terms of the highest degree, which count alone when all sizes are large."""
        top = tuple(term for term in self.terms if len(term[0]) == self.degree)
        return Polynomial(top, self.order)

    @property
    def names(self) -> tuple[str, ...]:
        """The named sizes on which the value depends."""
        return names_in(factor for factors, _ in self.terms for factor in factors)

    def value(self, sizes: Mapping[str, int]) -> int:
        """The number that this is under the values of named sizes."""
        return sum(
            coefficient * prod(size_value(factor, sizes) for factor in factors)
            for factors, coefficient in self.terms
        )

    def nominal(self) -> float:
        """The number by which costs are compared: see `dims.nominal`."""
        return sum(c * prod(map(nominal, factors)) for factors, c in self.terms)

    @property
    def parts(self) -> tuple[Polynomial, Polynomial]:
        """The polynomials without minus signs of which this is the difference."""
        positive = tuple((factors, c) for factors, c in self.terms if c > 0)
        negative = tuple((factors, -c) for factors, c in self.terms if c < 0)
        return Polynomial(positive, self.order), Polynomial(negative, self.order)

    def sign(self) -> int | None:
        """1, 0 or -1 if that is the sign wherever all named sizes are at least 1, else None."""
        signs = {(c > 0) - (c < 0) for c in _above_one(dict(self.terms)).values() if c}
        return signs.pop() if len(signs) == 1 else None if signs else 0

    def factors(self) -> list[tuple[Polynomial, int]]:
        """The irreducible factors, each with its power; the first is the constant factor."""
        import sympy

        dims = list(dict.fromkeys(f for factors, _ in self.terms for f in factors))
        symbol = {dim: sympy.Symbol(str(dim)) for dim in dims}
        products = (c * sympy.prod([symbol[f] for f in factors]) for factors, c in self.terms)
        constant, factors = sympy.factor_list(sympy.Add(*products), *symbol.values())
        found = [(polynomial({(): int(constant)}, self.order), 1)]
        for factor, times in factors:
            own = sympy.Poly(factor, *symbol.values()).terms()
            parts = {monomial(dims, powers): int(c) for powers, c in own}
            found.append((polynomial(parts, self.order), times))
        return found

    def __str__(self) -> str:
        """The sum: `2 n d + n - 1`."""
        if not self.terms:
            return "0"
        words = [_term_text(factors, abs(c), self.order) for factors, c in self.terms]
        signs = [" - " if c < 0 else " + " for _, c in self.terms]
        first = "-" if self.terms[0][1] < 0 else ""
        return first + words[0] + "".join(s + w for s, w in zip(signs[1:], words[1:], strict=True))


def polynomial(found: Terms, order: Sequence[str]) -> Polynomial:
    """The polynomial with these terms, whose names are written in `order`.

    >>> from symdiff.dims import named
    >>> n, d = named("n"), named("d")
    >>> print(polynomial({(n,): 3, (d, n): 2, (d, d): 1, (): -1}, ["n", "d"]))
    2 n d + d**2 + 3 n - 1
    """
    kept = [(factors, c) for factors, c in found.items() if c]
    kept.sort(key=lambda term: (-len(term[0]), _places(term[0], order)))
    return Polynomial(tuple(kept), tuple(order))


def total(counts: Mapping[Size, int], order: Sequence[str]) -> Polynomial:
    """The sum of sizes, each so often, as a polynomial."""
    found: dict[Monomial, int] = {}
    for size, times in counts.items():
        for factors, coefficient in terms(size).items():
            found[factors] = found.get(factors, 0) + coefficient * times
    return polynomial(found, order)


def difference(left: Polynomial, right: Polynomial) -> Polynomial:
    """`left - right`.

    >>> from symdiff.dims import named
    >>> print(difference(total({named("n"): 2}, []), total({named("m"): 1}, [])))
    -m + 2 n
    """
    found = dict(left.terms)
    for factors, coefficient in right.terms:
        found[factors] = found.get(factors, 0) - coefficient
    return polynomial(found, left.order)


def _place(factor: Dim, order: Sequence[str]) -> tuple[int, str]:
    text = str(factor)
    return (order.index(text) if text in order else len(order)), text


def _places(factors: Monomial, order: Sequence[str]) -> list[tuple[int, str]]:
    return sorted(_place(factor, order) for factor in factors)


def _ordered(factors: Monomial, order: Sequence[str]) -> list[Dim]:
    return sorted(factors, key=lambda factor: _place(factor, order))


def _term_text(factors: Monomial, coefficient: int, order: Sequence[str]) -> str:
    words = [] if coefficient == 1 and factors else [str(coefficient)]
    for factor, group in groupby(_ordered(factors, order)):
        power = len(list(group))
        base = str(factor) if factor.is_name else f"({factor})"
        words.append(base if power == 1 else f"{base}**{power}")
    return " ".join(words)


# The largest of several -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Largest:
    """The maximum of polynomials of which none is always the largest, nominally largest first."""

    polynomials: tuple[Polynomial, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The named sizes on which the value depends."""
        return tuple(dict.fromkeys(name for p in self.polynomials for name in p.names))

    def value(self, sizes: Mapping[str, int]) -> int:
        """The number that this is under the values of named sizes."""
        return max(p.value(sizes) for p in self.polynomials)

    def nominal(self) -> float:
        """The number by which costs are compared: see `dims.nominal`."""
        return max(p.nominal() for p in self.polynomials)

    @property
    def leading(self) -> Polynomial:
        """The leading terms of the nominally largest."""
        return self.polynomials[0].leading

    def __str__(self) -> str:
        """The polynomial, or `max(n d, d**2)`."""
        words = ", ".join(map(str, self.polynomials))
        return words if len(self.polynomials) == 1 else f"max({words})"


class Maxima:
    """Keeps, of all polynomials offered, those that are the largest for some sizes.

    One that another exceeds in every coefficient is dropped, as is one that a mean of two others
    so exceeds. The second question is asked when there are many, and at the end.
    """

    _MANY = 8

    def __init__(self) -> None:
        self._kept: list[Terms] = []
        self._most = self._MANY

    def offer(self, found: Terms) -> None:
        """Keep a copy of these terms, unless they cannot be the largest."""
        if any(_exceeds(other, found) for other in self._kept):
            return
        self._kept = [other for other in self._kept if not _exceeds(found, other)]
        self._kept.append({factors: c for factors, c in found.items() if c})
        if len(self._kept) > self._most:
            self._kept = _largest_somewhere(self._kept)
            self._most = max(self._MANY, 2 * len(self._kept))

    def largest(self, order: Sequence[str]) -> Largest:
        """The maximum of all that was offered, where every named size is at least 1."""
        above = [_above_one(each) for each in self._kept]
        kept = _largest_somewhere(above)
        pairs = zip(self._kept, above, strict=True)
        found = [polynomial(each, order) for each, shifted in pairs if shifted in kept]
        found.sort(key=lambda p: (-p.nominal(), [_places(t, order) for t, _ in p.terms]))
        return Largest(tuple(found) or (polynomial({}, order),))


def _largest_somewhere(found: list[Terms]) -> list[Terms]:
    """Without those that another, or a mean of two others, exceeds in every coefficient."""
    for each in list(found):
        others = [other for other in found if other is not each]
        if any(_mean_exceeds(a, b, each) for a, b in combinations_with_replacement(others, 2)):
            found = others
    return found


def _above_one(found: Terms) -> Terms:
    """The same in what each named size exceeds 1 by, so that `n d` is seen to exceed `n`."""
    result: dict[Monomial, int] = {}
    for factors, coefficient in found.items():
        names = [factor for factor in factors if factor.is_name]
        others = [factor for factor in factors if not factor.is_name]
        for count in range(len(names) + 1):
            for chosen in combinations(names, count):
                key = tuple(sorted([*chosen, *others], key=str))
                result[key] = result.get(key, 0) + coefficient
    return result


def _exceeds(left: Terms, right: Terms) -> bool:
    """True if no coefficient of `right` is larger, so that `right` is smaller for all sizes."""
    return all(left.get(k, 0) >= c for k, c in right.items()) and all(
        c >= 0 for k, c in left.items() if k not in right
    )


def _mean_exceeds(a: Terms, b: Terms, found: Terms) -> bool:
    """True if some weighted mean of `a` and `b` exceeds `found` in every coefficient."""
    low, high = Fraction(0), Fraction(1)
    for key in {**a, **b, **found}:
        slope = a.get(key, 0) - b.get(key, 0)
        need = found.get(key, 0) - b.get(key, 0)
        if slope > 0:
            low = max(low, Fraction(need, slope))
        elif slope < 0:
            high = min(high, Fraction(need, slope))
        elif need > 0:
            return False
    return low <= high
