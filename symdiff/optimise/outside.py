"""Points outside of where a loss or a constraint is defined, which methods of SciPy may try.

The logarithm of what has become negative is NaN, and the Cholesky factor of what has become
indefinite is an error. Most methods are led astray by NaN, some by infinity, and a few then call a
point converged. What all turn back from is a finite value worse than that where they come from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symdiff.errors import InputError
from symdiff.optimise.jacobians import VectorFunction
from symdiff.optimise.objective import Objective
from symdiff.optimise.packing import Array


def value_or_nan(loss: Callable[[Array], float], x: Array) -> float:
    """A loss; NaN where it cannot be evaluated, as where a matrix has become singular."""
    try:
        return loss(x)
    except InputError:
        return float("nan")


def vector_or_nan(function: VectorFunction, x: Array) -> Array:
    """A vector; NaN where it cannot be evaluated."""
    try:
        return function.value(x)
    except InputError:
        return np.full(sum(function.rows), np.nan)


class Loss:
    """An objective that is finite outside, too: worse than before, and flat.

    Outside is also where `others`, such as the way that the gradient points or constraints, are not
    finite.
    """

    def __init__(
        self, objective: Objective, others: Sequence[Callable[[Array], Array]], start: Array
    ) -> None:
        self._objective, self._others = objective, others
        self._first = self._last = objective.fun(start)

    def value(self, x: Array) -> float:
        """The loss; outside, more than at the start and at the last point inside."""
        if self._is_outside(x):
            highest = max(self._first, self._last)
            return highest + abs(highest) + 1
        self._last = self._objective.fun(x)
        return self._last

    def gradient(self, x: Array) -> Array:
        """The gradient; outside, zero."""
        return np.zeros_like(x) if self._is_outside(x) else self._objective.jac(x)

    def _is_outside(self, x: Array) -> bool:
        loss = value_or_nan(self._objective.fun, x)
        defined = loss == -np.inf or np.isfinite(loss)  # no loss is better than -inf
        return not (defined and all(np.all(np.isfinite(other(x))) for other in self._others))


class Gaps:
    """Gaps of constraints and their Jacobian that are finite outside, too: wider than the last."""

    def __init__(
        self,
        gaps: Callable[[Array], Array],
        jacobian: Callable[[Array], Any],
        equality: bool,
        start: Array,
    ) -> None:
        self._gaps, self._jacobian, self._equality = gaps, jacobian, equality
        self._last, self._slopes = gaps(start), jacobian(start)

    def value(self, x: Array) -> Array:
        """The gaps; where one is not defined, it is violated by more than at the last point."""
        gaps = self._gaps(x)
        inside = np.isfinite(gaps)
        amount = np.abs(self._last) if self._equality else np.maximum(-self._last, 0)
        self._last = np.where(inside, gaps, self._last)
        return np.where(inside, gaps, -2 * amount - 1)

    def jacobian(self, x: Array) -> Any:
        """The slopes of the gaps; outside, those of the last point inside."""
        if np.all(np.isfinite(self._gaps(x))):
            self._slopes = self._jacobian(x)
        return self._slopes
