"""Verification: is the derived gradient that of the formula? Compared with finite differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from symdiff.binding import indexed_sizes, inputs, size_names
from symdiff.derive.grad import grad
from symdiff.dims import size_value
from symdiff.errors import DerivativeError, InputError
from symdiff.evaluate import evaluate
from symdiff.node import Node, topological

TOLERANCE = 1e-6
"""The largest relative error that counts as agreement, in float64."""

_DIRECTIONS = 5
_STEPS = (1e-4, 1e-6)
_FLOOR = 1e-4  # below it, differences of a target that is constant are rounding
_PLACES = (-2, -1, 1, 2)

Array: TypeAlias = "np.ndarray[Any, Any]"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The gradient by one variable against finite differences along random directions.

    error is the largest difference of the two, relative to the larger of them and the scale of
    the target; `ok` says whether it is within `TOLERANCE`.
    """

    wrt: Node
    derived: float
    measured: float
    error: float

    @property
    def ok(self) -> bool:
        """True if the gradient agrees with the differences."""
        return self.error <= TOLERANCE

    def __str__(self) -> str:
        verdict = "ok" if self.ok else "WRONG"
        return (
            f"d/d{self.wrt}: {verdict}, derived {self.derived:.10g}, "
            f"measured {self.measured:.10g}, relative error {self.error:.1e}"
        )


def check(
    target: Node,
    wrt: Node | Sequence[Node] | None = None,
    at: Mapping[Node, object] | None = None,
    sizes: Mapping[str, int] | None = None,
    seed: int = 0,
    gradients: Sequence[Node] | None = None,
) -> list[Comparison]:
    """Compare gradients with finite differences; by every float variable unless `wrt` says else.

    Values are those of `at`, and random in [0.2, 1.2] for variables that it leaves out; named
    sizes are those of `sizes`, 3 to 6 otherwise. Differences are central, extrapolated once
    (Richardson), along random directions, with a second, smaller step where a kink is near; the
    worst direction is reported. `gradients` checks expressions of yours instead of the derived.

    Raises DerivativeError for a target without a gradient, InputError where the target has no
    finite value.

    >>> import symdiff as sd
    >>> loss = sd.parse("sum((X @ w - y)**2)", X="n d", w="d", y="n")
    >>> all(comparison.ok for comparison in check(loss))
    True
    """
    variables = inputs(target)
    chosen = [v for v in variables if v.dtype == "float"] if wrt is None else _as_list(wrt)
    if any(x.op.name != "variable" for x in chosen):
        raise DerivativeError("finite differences need variables; give the variables below `wrt`")
    derived = list(gradients) if gradients is not None else grad(target, chosen)
    rng = np.random.default_rng(seed)
    point = _Point.draw(target, at or {}, sizes or {}, rng)
    return [_compare(target, x, g, point, rng) for x, g in zip(chosen, derived, strict=True)]


def _as_list(wrt: Node | Sequence[Node]) -> list[Node]:
    return [wrt] if isinstance(wrt, Node) else list(wrt)


@dataclass(frozen=True, slots=True)
class _Point:
    """Where the comparison is made: arrays for the variables, numbers for the named sizes."""

    values: dict[Node, Array]
    sizes: dict[str, int]

    @staticmethod
    def draw(
        target: Node,
        at: Mapping[Node, object],
        sizes: Mapping[str, int],
        rng: np.random.Generator,
    ) -> _Point:
        """Take what is given, and draw the rest at random."""
        numbers = dict(sizes)
        for v, value in at.items():
            for size, actual in zip(v.shape, np.asarray(value).shape, strict=False):
                numbers.setdefault(str(size), actual)
        for place, name in enumerate(size_names(topological([target]))):
            numbers.setdefault(name, 3 + place % 4)
        places = indexed_sizes(topological([target]), numbers)
        values = {v: _array(v, at, numbers, max(places.get(v, 4), 1), rng) for v in inputs(target)}
        return _Point(values, numbers)

    def value(self, expression: Node, x: Node, array: Array) -> Array:
        """The value of an expression with another array for `x`."""
        return self._computed(expression, {**self.values, x: array})

    def held(self, expression: Node) -> _Point:
        """The same point, at which what `stop_gradient` holds constant is a given value."""
        stopped = [n for n in topological([expression]) if n.op.name == "stop_gradient"]
        values = {node: self._computed(node, self.values) for node in stopped}
        return _Point({**self.values, **values}, self.sizes)

    def _computed(self, expression: Node, values: Mapping[Node, Array]) -> Array:
        names = size_names(topological([expression]))
        sizes = {name: self.sizes[name] for name in names}
        result: Array = evaluate(expression, values, **sizes)
        return result


def _array(
    v: Node,
    at: Mapping[Node, object],
    sizes: Mapping[str, int],
    below: int,
    rng: np.random.Generator,
) -> Array:
    """The value given, or one drawn; whole numbers are from 0 on and `below` a bound."""
    if v in at:
        return np.asarray(at[v], dtype=float if v.dtype == "float" else None)
    shape = tuple(size_value(size, sizes) for size in v.shape)
    if v.dtype == "float":
        return np.asarray(rng.uniform(0.2, 1.2, shape))
    return np.asarray(rng.integers(0, 2 if v.dtype == "bool" else below, shape)).astype(v.dtype)


def _compare(
    target: Node, x: Node, gradient: Node, point: _Point, rng: np.random.Generator
) -> Comparison:
    at = point.values[x]
    slope = point.value(gradient, x, at)
    point = point.held(target)
    worst = Comparison(x, 0.0, 0.0, 0.0)
    for _ in range(_DIRECTIONS):
        direction = np.asarray(rng.normal(size=at.shape))
        derived = float(np.sum(slope * direction))
        trials = (_along(target, x, at, direction, step, point) for step in _STEPS)
        compared = (_comparison(x, derived, *trial) for trial in trials)
        best = min(compared, key=lambda comparison: comparison.error)
        if not best.error <= worst.error:
            worst = best
    return worst


def _along(
    target: Node, x: Node, at: Array, direction: Array, step: float, point: _Point
) -> tuple[float, float]:
    values = {k: float(point.value(target, x, at + k * step * direction)) for k in _PLACES}
    return _difference(values, step)


def _comparison(x: Node, derived: float, measured: float, scale: float) -> Comparison:
    error = abs(derived - measured) / max(abs(derived), abs(measured), scale, _FLOOR)
    return Comparison(x, derived, measured, error)


def _difference(values: Mapping[int, float], step: float) -> tuple[float, float]:
    """The derivative at 0, and the size of the target, which bounds what rounding leaves of it."""
    if not all(np.isfinite(list(values.values()))):
        raise InputError("the target is not finite near the point; give other values with `at`")
    wide = (values[2] - values[-2]) / (4 * step)
    narrow = (values[1] - values[-1]) / (2 * step)
    return (4 * narrow - wide) / 3, max(abs(v) for v in values.values())
