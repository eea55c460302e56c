"""What a comparison of a derivative with numbers found, and a second look where it failed.

A difference may be due to the point alone: a kink that is nearer than the steps are long, a jump,
numbers that cancel. So before a step counts as wrong, it is measured with shorter steps, and what
rounding leaves open is found and allowed for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple, Protocol

import numpy as np

from symdiff.check import TOLERANCE
from symdiff.derive.backprop import dependents
from symdiff.differences import COMPLEX_STEP, Point
from symdiff.node import Node, topological
from symdiff.ops.leaves import INEXACT
from symdiff.show.values import Array

COMPLEX, DIFFERENCES, VALUES = "complex step", "differences", "values"
HOLDS, DISCRETE, NOT_FINITE, ON_EDGE, ROUGH, ROUNDED, NO_PATH, OVERRIDDEN = (
    *("held", "does not vary", "not finite here", "on an edge"),
    *("differences do not settle", "rounding hides it", "no path", "overridden"),
)
"""Why nothing was compared: see `StepCheck.how`."""


class StepCheck(NamedTuple):
    """What a comparison with numbers found.

    ok     False if the step is wrong; True also where nothing could be compared, as `how` then says
    error  the relative difference between what was sent and what was measured; NaN without one
    how    "complex step" or "differences", by which it was measured, or "values", where two
           formulas were evaluated; or why nothing was:
           "held", by stop_gradient; "does not vary", a whole number or a truth value;
           "not finite here"; "on an edge", where the derivative is a convention;
           "differences do not settle"; "rounding hides it", where no digits are left to compare;
           "no path" from there to the target; "overridden", where another rule was given
    """

    ok: bool
    error: float
    how: str

    @property
    def compared(self) -> bool:
        """True if there was something to compare."""
        return self.how in (COMPLEX, DIFFERENCES, VALUES)


def verdict(terms: Array, measured: float, doubt: float, value: float, how: str) -> StepCheck:
    """Compare the sum of some terms with what was measured, up to the doubt about that."""
    derived = float(np.real(np.sum(terms)))
    if not np.isfinite(measured):
        return StepCheck(True, np.nan, NOT_FINITE)
    difference = abs(derived - measured)
    scale = max(float(np.sum(np.abs(terms))), abs(measured))
    beyond = max(difference - doubt, 0.0)
    if beyond > TOLERANCE * scale:
        return StepCheck(False, beyond / scale, how)
    if doubt > max(_ROUGHEST * max(scale, value), _ROUNDED):
        return StepCheck(True, np.nan, ROUGH)
    return StepCheck(True, difference / max(scale, value, COMPLEX_STEP), how)


_ROUGHEST = 1e-3
"""The largest doubt about what was measured, relative to it, with which it still says something."""

_ROUNDED = 1e-12
"""A doubt of this size is rounding alone."""

_SHORTEST_STEP = 1e-6
"""By so much an argument moves at least when differences are taken."""

_BESIDE = 1e-7
"""So near is a jump at the point itself."""


class Off(NamedTuple):
    """How far entries may be off by rounding: of what was derived, and of what was measured."""

    derived: Array
    measured: Array

    def of(self, direction: Array, weights: Array | float, how: str) -> float:
        """How far the comparison along a direction may be off."""
        derived = np.sum(np.abs(direction) * self.derived)
        step = 1.0 if how == COMPLEX else _SHORTEST_STEP
        return float(derived + np.sum(np.abs(weights) * self.measured) / step)


NOTHING = Off(np.zeros(()), np.zeros(()))


class _Compared(Protocol):
    def __call__(self, way: Array, length: float = ..., off: Off = ...) -> StepCheck: ...


def again(compared: _Compared, direction: Array, at: Array, off: Callable[[], Off]) -> StepCheck:
    """Compare with shorter steps, and then with what rounding leaves open."""
    for length in (1.0, *_shorter(at)):
        found = compared(length * direction, float(np.max(length, initial=0)))
        if found.ok:
            return found
    with np.errstate(all="ignore"):
        found = compared(direction, off=off())
    return StepCheck(True, np.nan, ROUNDED) if found.how == ROUGH else found


def _shorter(at: Array) -> Iterator[Array | float]:
    """Lengths of steps that cross no kink at 0, or none that is near."""
    size = np.minimum(np.abs(at), 1)
    yield np.where(size == 0, 1, size)
    yield 1e-4
    yield 1e-8


def jumps(target: Node, x: Node, point: Point, direction: Array) -> bool:
    """True if a whole number or a truth value in the target changes right beside the point."""
    order = topological([target])
    varying = dependents(order, [x])
    steps = [node for node in order if node in varying and node.dtype not in INEXACT]
    if not steps:
        return False
    at = point.values[x]
    beside = _BESIDE * np.maximum(np.abs(at), 1) * direction
    found = []
    with np.errstate(all="ignore"):
        for moved in (at - beside, at, at + beside):
            found.append(Point({**point.values, x: moved}, point.sizes).values_of(steps))
    return any(
        np.any(before != after)
        for first, second in pairwise(found)
        for before, after in zip(first, second, strict=True)
    )
