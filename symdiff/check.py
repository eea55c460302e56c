"""Verification: is the derived gradient that of the formula? Compared with finite differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from symdiff.binding import inputs
from symdiff.derive.grad import grad
from symdiff.differences import At, Measure, Point, drawn
from symdiff.errors import DerivativeError, InputError
from symdiff.node import Node
from symdiff.ops.leaves import INEXACT
from symdiff.shown import Part, Shown

TOLERANCE = 1e-6
"""The largest relative error that counts as agreement, in float64."""

_DIRECTIONS = 5


@dataclass(frozen=True, slots=True, repr=False)
class Comparison(Shown):
    """The gradient by one variable against finite differences along random directions.

    error is the largest difference of the two beyond the doubt about the measured, relative to
    the larger of them; `ok` says whether it is within `TOLERANCE`.
    """

    wrt: Node
    derived: float
    measured: float
    error: float

    @property
    def ok(self) -> bool:
        """True if the gradient agrees with the differences."""
        return self.error <= TOLERANCE

    def _parts_(self) -> list[Part]:
        found = (
            f": {'ok' if self.ok else 'WRONG'}, derived {self.derived:.10g}, "
            f"measured {self.measured:.10g}, relative error {self.error:.1e}"
        )
        return [("d/d", self.wrt, found)]


def check(
    target: Node,
    wrt: Node | Sequence[Node] | None = None,
    at: At | None = None,
    sizes: Mapping[str, int] | None = None,
    seed: int = 0,
    gradients: Sequence[Node] | None = None,
) -> list[Comparison]:
    """Compare gradients with finite differences; by all float and complex variables, or `wrt`.

    Values are those of `at`, and random in [0.2, 1.2] for variables that it leaves out; named
    sizes are those of `sizes`, 3 to 6 otherwise. Differences are extrapolated until
    they no longer improve, along random directions; the worst direction is reported.
    `check_gradient` is more thorough. `gradients` checks expressions of yours instead of the
    derived.

    Raises DerivativeError for a target without a gradient, InputError where the target has no
    finite value.

    >>> import symdiff as sd
    >>> loss = sd.parse("sum((X @ w - y)**2)", X="n d", w="d", y="n")
    >>> all(comparison.ok for comparison in check(loss))
    True
    """
    variables = inputs(target)
    chosen = [v for v in variables if v.dtype in INEXACT] if wrt is None else _as_list(wrt)
    if any(x.op.name != "variable" for x in chosen):
        raise DerivativeError("finite differences need variables; give the variables below `wrt`")
    derived = list(gradients) if gradients is not None else grad(target, chosen)
    rng = np.random.default_rng(seed)
    point = Point.draw(target, at or {}, sizes or {}, rng)
    return [_compare(target, x, g, point, rng) for x, g in zip(chosen, derived, strict=True)]


def _as_list(wrt: Node | Sequence[Node]) -> list[Node]:
    return [wrt] if isinstance(wrt, Node) else list(wrt)


def _compare(
    target: Node, x: Node, gradient: Node, point: Point, rng: np.random.Generator
) -> Comparison:
    slope, measure = point.value(gradient), Measure(target, x, point)
    found: list[Comparison] = []
    for _ in range(_DIRECTIONS):
        direction = drawn(x, lambda: np.asarray(rng.normal(size=slope.shape)))
        derived = float(np.real(np.sum(slope * direction)))
        found.append(_comparison(x, derived, *measure.along(direction)))
    return max(found, key=lambda each: np.nan_to_num(each.error, nan=np.inf))


def _comparison(x: Node, derived: float, measured: float, doubt: float) -> Comparison:
    difference = max(abs(derived - measured) - doubt, 0.0)
    if not np.isfinite(measured):
        raise InputError("the target is not finite near the point; give other values with `at`")
    scale = max(abs(derived), abs(measured))
    return Comparison(x, derived, measured, difference / scale if difference else 0.0)
