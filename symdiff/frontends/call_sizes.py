"""Sizes of a call's arrays: named apart at first, made equal or numbers where a function needs it.

A function that runs on expressions shows which sizes must be the same: where two clash, and where
it asks whether they are equal. Whatever else it asks of sizes is answered by those of the call, and
noted: the run serves all calls of which the same is true.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any, NamedTuple

from symdiff.dims import Dim, Shape, Size, named, names_in, size_value
from symdiff.errors import ShapeError
from symdiff.frontends.declared import nice_names, solved, with_equation

PATIENCE = 30
"""After so many runs, sizes that are equal in a call are the same: a program for fewer calls."""

Relation = Callable[[Any, Any], bool]

_SYMBOLS: dict[Relation, str] = {
    operator.eq: "==",
    operator.lt: "<",
    operator.le: "<=",
    operator.gt: ">",
    operator.ge: ">=",
}


class Fact(NamedTuple):
    """How two sizes compare in a call, which a function has asked."""

    left: Size
    relation: Relation
    right: Size
    holds: bool

    def __str__(self) -> str:
        return f"({self.left} {_SYMBOLS[self.relation]} {self.right}) is {self.holds}"


class UnsettledError(Exception):
    """A run has ended early: sizes have to be made equal, or numbers, first."""


class CallSizes:
    """What is known of the sizes of a call's arrays; answers a function that asks for them.

    A size of 1 is a number from the beginning, since it stretches as others do not; so are those
    whose names are `fixed`.
    """

    def __init__(
        self, shapes: Sequence[tuple[int, ...]], taken: Container[str], fixed: Iterable[str] = ()
    ) -> None:
        fresh = nice_names(taken)
        self.actual: dict[str, int] = {}
        self._axes: list[Shape] = []
        for shape in shapes:
            axes: list[Size] = []
            for size in shape:
                name = next(fresh) if size != 1 else ""
                if name:
                    self.actual[name] = size
                axes.append(named(name) if name else size)
            self._axes.append(tuple(axes))
        self._found: dict[str, Size] = {name: self.actual[name] for name in fixed}
        self.facts: dict[Fact, None] = {}
        self._patience = PATIENCE
        self._equal: list[tuple[Size, Size]] = []
        self._wanted: dict[str, Size] = {}

    @property
    def shapes(self) -> list[Shape]:
        """The shapes of the arrays, as far as is known."""
        return [tuple(self._found.get(str(size), size) for size in axes) for axes in self._axes]

    @property
    def open(self) -> list[str]:
        """The names of sizes that are not found to be numbers, or others."""
        return [name for name in self.actual if name not in self._found]

    # What a function asks

    def value(self, size: Size) -> int:
        """The number that a size is; the next run has the number in its place."""
        self._wanted |= {name: self.actual[name] for name in names_in([size])}
        return size_value(size, self.actual)

    def holds(self, relation: Relation, left: Size, right: Size) -> bool:
        """Whether two sizes compare so; where they are equal, the next run has one of them."""
        answer = relation(size_value(left, self.actual), size_value(right, self.actual))
        if answer and relation is operator.eq:
            self._equal.append((left, right))
        else:
            self.facts[Fact(left, relation, right, answer)] = None
        return answer

    def require(self, size: Size, minimum: int) -> None:
        """Note that a size reaches a minimum; where it does not, the next run has its number."""
        names = names_in([size])
        known = bool(names) and all(name in self.actual for name in names)
        if known and not self.holds(operator.ge, size, minimum):
            self.value(size)

    # What a run shows

    def settle(self) -> None:
        """End a run of which the rest would be in vain, since another one has to follow."""
        if self._wanted or self._equal:
            raise UnsettledError

    def learn(self, error: Exception | None) -> bool:
        """Take in what a run has shown that ended, with an error or without: whether it was new."""
        news = self._wanted
        if not news:
            clash = error.clash if isinstance(error, ShapeError) else None
            pairs = [*self._equal, *([clash] if clash else [])]
            news = next((found for pair in pairs if (found := self._equation(*pair))), {})
        if news and self._patience == 0:
            news = self._equal_in_call() or news
        self._patience -= 1
        self._found = with_equation(self._found, news)
        self._wanted, self._equal = {}, []
        if news:
            self.facts = {}
        return bool(news)

    def _equal_in_call(self) -> dict[str, Size]:
        """Every open size that has the number of one before it, with that."""
        first: dict[int, str] = {}
        for name in self.open:
            first.setdefault(self.actual[name], name)
        pairs = {name: first[self.actual[name]] for name in self.open}
        return {name: named(other) for name, other in pairs.items() if name != other}

    def _equation(self, one: Size, other: Size) -> dict[str, Size]:
        """What makes two sizes equal, if they are equal in this call."""
        names = names_in([one, other])
        if any(name not in self.actual for name in names):  # a size of somebody else's
            return {}
        if size_value(one, self.actual) != size_value(other, self.actual):
            return {}
        found = solved(one, other, [name for name in self.actual if name in names])
        return found or {name: self.actual[name] for name in names}


def condition(shapes: Sequence[Shape], facts: Sequence[Fact]) -> Callable[..., bool]:
    """Whether a run for some call serves another one, as a function of all axes of its arrays.

    >>> n, d = named("n"), named("d")
    >>> fits = condition([(n, d), (d,), (n - d, 3)], [Fact(n, operator.gt, 5, True)])
    >>> fits(6, 2, 2, 4, 3), fits(6, 2, 3, 4, 3), fits(5, 2, 2, 3, 3)
    (True, False, False)
    """
    parameters: list[str] = []
    terms: list[str] = []
    for place, size in enumerate(size for shape in shapes for size in shape):
        if isinstance(size, Dim) and size.is_name and str(size) not in parameters:
            parameters.append(str(size))
            terms.append(f"{size} != 1")
        else:
            parameters.append(f"_{place}")
            terms.append(f"_{place} == {size}")
    text = " and ".join([*terms, *map(str, facts)]) or "True"
    # the text is made of names that were checked, numbers and the signs of arithmetic
    fits: Callable[..., bool] = eval(f"lambda {', '.join(parameters)}: {text}", {})
    return fits
