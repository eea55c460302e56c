"""A test bench for corrections: does an expression have the right values, or a multiple of them?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from typing import NamedTuple

import numpy as np

from symdiff.answers.compare import Trial, finite_values
from symdiff.answers.points import Array, Point
from symdiff.answers.rounding import shaken_values
from symdiff.node import Node, topological
from symdiff.ops.leaves import constant, size

BUDGET = 100_000
"""So many nodes are evaluated in the search for a mistake."""

_CLOSE = 1e-9
_LARGEST_NUMBER = 64
_LEAST_POINTS = 4  # where the answer is wrong; at the others a correction may divide 0 by 0
_NOISY = 1e-12


class Factor(NamedTuple):
    """A simple number, times or divided by named sizes, such as 2/n."""

    number: Fraction
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()

    @property
    def is_one(self) -> bool:
        """True if nothing is multiplied."""
        return self == Factor(Fraction(1))

    def times(self, expression: Node) -> Node:
        """The expression multiplied by the factor."""
        for name in self.above:
            expression = size(name) * expression
        for name in self.below:
            expression = expression / size(name)
        if self.number.numerator != 1:
            expression = constant(self.number.numerator) * expression
        denominator = self.number.denominator
        return expression if denominator == 1 else expression / constant(denominator)

    def __str__(self) -> str:
        above = [str(n) for n in [self.number.numerator] if n != 1 or not self.above]
        below = [str(n) for n in [self.number.denominator] if n != 1]
        top, bottom = "*".join([*above, *self.above]), "*".join([*below, *self.below])
        if not bottom:
            return top
        return f"{top}/({bottom})" if "*" in bottom else f"{top}/{bottom}"


class Bench:
    """Values that a correction should have, at some points.

    What was evaluated is counted by all benches made of one another, against `BUDGET`.
    """

    def __init__(self, trials: Sequence[Trial]) -> None:
        trials = [trial for trial in trials if _is_sharp(trial.theirs, trial.tolerance)]
        self._points = [trial.point for trial in trials]
        self._wanted = [trial.theirs for trial in trials]
        self._tolerances = [trial.tolerance for trial in trials]
        self._telling = [trial.differs for trial in trials]
        self._spent = [0]

    @property
    def is_spent(self) -> bool:
        """True if no more is evaluated."""
        return self._spent[0] > BUDGET

    def minus(self, expression: Node) -> Bench:
        """A bench for what is left of the wanted values when an expression is taken away."""
        rest = Bench([])
        rest._spent = self._spent
        for point, value, wanted, tolerance, telling in self._rows(expression):
            rest._points.append(point)
            rest._wanted.append(wanted - value)
            rest._tolerances.append(tolerance + _CLOSE * _largest(wanted))
            rest._telling.append(telling)
        return rest

    def factor(self, expression: Node) -> Factor | None:
        """The simple factor, often 1, by which the expression falls short of the wanted values."""
        ratios: list[float] = []
        points: list[Point] = []
        compared = 0
        for point, value, wanted, tolerance, telling in self._rows(expression):
            ratio = _ratio(value, wanted, tolerance)
            if ratio is None:
                if self._is_noisy(expression, point, value):
                    continue
                return None
            compared += telling
            if ratio:
                ratios.append(ratio)
                points.append(point)
        if not 0 < min(_LEAST_POINTS, sum(self._telling)) <= compared:
            return None
        return simple_factor(ratios, points) if ratios else Factor(Fraction(1))

    def number(self) -> Fraction | None:
        """The one simple number that all wanted values are, if they are."""
        entries = np.concatenate([wanted.ravel() for wanted in self._wanted] or [np.zeros(0)])
        return _simple(list(entries), max(self._tolerances, default=0.0))

    def _rows(self, expression: Node) -> Iterator[tuple[Point, Array, Array, float, bool]]:
        """Each point with the value and what is wanted, while the budget lasts."""
        count = len(topological([expression]))
        for row in zip(self._points, self._wanted, self._tolerances, self._telling, strict=True):
            self._spent[0] += count
            found = None if self.is_spent else finite_values([expression], row[0])
            if found is not None and found[0].shape == row[1].shape:
                yield row[0], found[0], *row[1:]

    def _is_noisy(self, expression: Node, point: Point, value: Array) -> bool:
        """True where rounding alone explains that a value is not the wanted one."""
        self._spent[0] += len(topological([expression]))
        apart = _largest(shaken_values([expression], point)[0] - value)
        return not apart <= _NOISY * _largest(value)


def _is_sharp(wanted: Array, tolerance: float) -> bool:
    """True unless rounding leaves too few digits to tell a factor."""
    largest = _largest(wanted)
    return largest <= tolerance or tolerance <= _CLOSE * largest


def _ratio(value: Array, wanted: Array, tolerance: float) -> float | None:
    """The number by which a value is to be multiplied, 0 if nothing is wanted or there."""
    if _largest(wanted) <= tolerance and _largest(value) <= tolerance:
        return 0.0
    square = float(np.sum(value * value))
    if not square or _largest(wanted) <= tolerance:
        return None
    ratio = float(np.sum(value * wanted)) / square
    return ratio if _agree(ratio * value, wanted, tolerance) else None


def simple_factor(ratios: Sequence[float], points: Sequence[Point]) -> Factor | None:
    """A simple number times or divided by named sizes that gives each point its ratio."""
    names = list(points[0].sizes) if points else []
    groups = [group for count in (0, 1, 2) for group in combinations(names, count)]
    for group in groups:
        lengths = [float(np.prod([point.sizes[name] for name in group])) for point in points]
        for sign in (1, -1) if group else (1,):
            number = _simple([r / n**sign for r, n in zip(ratios, lengths, strict=True)])
            if number:
                return Factor(number, *((group, ()) if sign == 1 else ((), group)))
    return None


def _simple(values: Sequence[float], tolerance: float = 0.0) -> Fraction | None:
    """The one simple fraction that all values are, up to rounding."""
    if not values or not np.all(np.isfinite(values)) or abs(values[0]) > _LARGEST_NUMBER:
        return None
    fraction = Fraction(float(values[0])).limit_denominator(_LARGEST_NUMBER)
    apart = max(abs(value - float(fraction)) for value in values)
    return fraction if fraction and apart <= _CLOSE * abs(float(fraction)) + tolerance else None


def _agree(value: Array, wanted: Array, tolerance: float) -> bool:
    close = tolerance + _CLOSE * max(_largest(value), _largest(wanted))
    return bool(np.max(np.abs(value - wanted), initial=0.0) <= close)


def _largest(values: Array) -> float:
    return float(np.max(np.abs(values), initial=0.0))
