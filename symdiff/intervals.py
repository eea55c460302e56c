"""Intervals of real numbers: what values an expression can have, proven from how it is made.

Bounds hold for real arithmetic, and where they are reached also for floats: rounding is monotone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from typing import NamedTuple


class Interval(NamedTuple):
    """The numbers between two bounds; a bound that is `open` is not reached.

    >>> print(POSITIVE, POSITIVE.reciprocal() + NUMBER(1))
    (0, ∞) (1, ∞)
    """

    low: float
    high: float
    open_low: bool = False
    open_high: bool = False

    def __str__(self) -> str:
        low, high = (f"{bound:g}".replace("inf", "∞") for bound in (self.low, self.high))
        return f"{'(' if self.open_low else '['}{low}, {high}{')' if self.open_high else ']'}"

    def __add__(self, other: Interval) -> Interval:  # type: ignore[override]
        return Interval(
            _sum(self.low, other.low, -math.inf),
            _sum(self.high, other.high, math.inf),
            self.open_low or other.open_low,
            self.open_high or other.open_high,
        )

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low, self.open_high, self.open_low)

    def __mul__(self, other: Interval) -> Interval:  # type: ignore[override]
        ends = [
            (_product(a, b), (open_a or open_b) and not _attained_zero(a, open_a, b, open_b))
            for a, open_a in self._ends()
            for b, open_b in other._ends()
        ]
        low, high = min(end for end, _ in ends), max(end for end, _ in ends)
        open_low = all(is_open for end, is_open in ends if end == low)
        open_high = all(is_open for end, is_open in ends if end == high)
        return Interval(low, high, open_low, open_high)

    def reciprocal(self) -> Interval:
        """Of an interval on one side of 0; of any other, nothing is known."""
        if self.low > 0 or (self.low == 0 and self.open_low):
            high = math.inf if self.low == 0 else 1 / self.low
            return Interval(1 / self.high, high, self.open_high, self.open_low)
        return -(-self).reciprocal() if self.is_negative else ANYTHING

    def whole_power(self, exponent: int) -> Interval:
        """A whole power: of an even one, the sign is known."""
        if exponent < 0:
            return self.whole_power(-exponent).reciprocal()
        if exponent % 2 == 0:
            base = self.magnitude()
            return base.increasing(lambda x: _power(x, exponent))
        return self.increasing(lambda x: _power(x, exponent))

    def magnitude(self) -> Interval:
        """The absolute values."""
        if self.low >= 0:
            return self
        if self.high <= 0:
            return -self
        larger = self.upper(-self)
        return Interval(0, larger.high, False, larger.open_high)

    def increasing(self, function: Callable[[float], float]) -> Interval:
        """The values of an increasing function."""
        return Interval(function(self.low), function(self.high), self.open_low, self.open_high)

    def within(self, other: Interval) -> Interval:
        """What both have in common; the other, if that is nothing."""
        if not self.meets(other):
            return other
        low, open_low = max((self.low, self.open_low), (other.low, other.open_low))
        high, shut = min((self.high, not self.open_high), (other.high, not other.open_high))
        return Interval(low, high, open_low, not shut)

    def upper(self, other: Interval) -> Interval:
        """The larger of a number of each."""
        low, open_low = max((self.low, self.open_low), (other.low, other.open_low))
        high, shut = max((self.high, not self.open_high), (other.high, not other.open_high))
        return Interval(low, high, open_low, not shut)

    def lower(self, other: Interval) -> Interval:
        """The smaller of a number of each."""
        return -(-self).upper(-other)

    def union(self, other: Interval) -> Interval:
        """The smallest interval that holds both."""
        low, open_low = min((self.low, self.open_low), (other.low, other.open_low))
        high, shut = max((self.high, not self.open_high), (other.high, not other.open_high))
        return Interval(low, high, open_low, not shut)

    def meets(self, other: Interval) -> bool:
        """True unless no number is in both."""
        low, open_low = max((self.low, self.open_low), (other.low, other.open_low))
        high, shut = min((self.high, not self.open_high), (other.high, not other.open_high))
        return low < high or (low == high and shut and not open_low)

    def is_within(self, other: Interval) -> bool:
        """True if the other holds all its numbers."""
        return self.union(other) == other

    @property
    def is_negative(self) -> bool:
        """True if it holds negative numbers alone."""
        return self.high < 0 or (self.high == 0 and self.open_high)

    def _ends(self) -> tuple[tuple[float, bool], tuple[float, bool]]:
        return (self.low, self.open_low), (self.high, self.open_high)


ANYTHING = Interval(-math.inf, math.inf, True, True)
NONNEGATIVE = Interval(0, math.inf, False, True)
POSITIVE = Interval(0, math.inf, True, True)
UNIT = Interval(0, 1)
INSIDE_UNIT = Interval(0, 1, True, True)
SIGNED_UNIT = Interval(-1, 1)


def NUMBER(value: float) -> Interval:
    """The interval that holds one number."""
    return Interval(value, value)


def hull(intervals: list[Interval]) -> Interval:
    """The smallest interval that holds all."""
    return reduce(Interval.union, intervals) if intervals else ANYTHING


def _sum(a: float, b: float, unbounded: float) -> float:
    total = a + b
    return unbounded if math.isnan(total) else total


def _product(a: float, b: float) -> float:
    return 0.0 if a == 0 or b == 0 else a * b


def _attained_zero(a: float, open_a: bool, b: float, open_b: bool) -> bool:
    """True if the product 0 is reached, because one factor is 0 itself."""
    return (a == 0 and not open_a) or (b == 0 and not open_b)


def _power(base: float, exponent: int) -> float:
    try:
        return base**exponent
    except OverflowError:
        return math.copysign(math.inf, base) if exponent % 2 else math.inf


def exponential(x: float) -> float:
    """The exponential, infinite where it overflows."""
    return math.exp(x) if x < 700 else math.inf


def hyperbolic_cosine(x: float) -> float:
    """The hyperbolic cosine, infinite where it overflows."""
    return math.cosh(x) if abs(x) < 700 else math.inf


def hyperbolic_sine(x: float) -> float:
    """The hyperbolic sine, infinite where it overflows."""
    return math.sinh(x) if abs(x) < 700 else math.copysign(math.inf, x)


def logarithm(x: float) -> float:
    """The logarithm, with its limit at 0."""
    return math.log(x) if x > 0 else -math.inf
