"""How many rounds of each stretch the body of a loop does at once.

Several rounds at once spare most of what looping costs. A loop that runs through the values of
another has to keep in step with it: one round of the one for one of the other.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm

import numpy as np

from symdiff.codegen.repeats import Integers, Moves, Stretch, Table

_AT_ONCE = (8, 4, 2, 1)
_STATEMENTS = 64
"""The most statements that a body has, unless one round has more."""


def paces(table: Table, stretches: list[Stretch]) -> dict[Stretch, int]:
    """For each stretch, how many of its rounds are done at once."""
    beside = _ratios(table, stretches)
    found: dict[Stretch, int] = {}
    for stretch in stretches:
        if stretch in found:
            continue
        rates = {stretch: Fraction(1)}
        waiting = [stretch]
        while waiting:
            one = waiting.pop()
            for other, ratio in beside[one].items():
                if other not in rates:
                    rates[other] = rates[one] * ratio
                    waiting.append(other)
        found.update(_whole(rates))
    return found


def _whole(rates: dict[Stretch, Fraction]) -> dict[Stretch, int]:
    """Whole numbers in these proportions: as large as bodies may be, but as small as they must."""
    below = lcm(*(rate.denominator for rate in rates.values()))
    above = gcd(*(rate.numerator * below // rate.denominator for rate in rates.values()))
    least = {stretch: int(rate * below / above) for stretch, rate in rates.items()}
    widest = max(stretch.period * count for stretch, count in least.items())
    more = next((k for k in _AT_ONCE if k * widest <= _STATEMENTS), 1)
    return {stretch: count * more for stretch, count in least.items()}


def _ratios(table: Table, stretches: list[Stretch]) -> dict[Stretch, dict[Stretch, Fraction]]:
    """Beside each stretch those that it reads or that read it: rounds there for one round here."""
    owner: Integers = np.full(len(table.steps), -1, dtype=np.int64)
    for number, (start, end, _) in enumerate(stretches):
        owner[start:end] = number
    beside: dict[Stretch, dict[Stretch, Fraction]] = {stretch: {} for stretch in stretches}
    for stretch in stretches:
        start, end, period = stretch
        half = (end - start) // period // 2
        for at, by in Moves(table, start, period).reads():
            place = at + by * half
            number = int(owner[place]) if 0 <= place < start else -1
            if number >= 0:
                other = stretches[number]
                ratio = Fraction(abs(by), other.period)
                beside[stretch].setdefault(other, ratio)
                beside[other].setdefault(stretch, 1 / ratio)
    return beside
