"""Rosenbrock's function of two floats, with its gradient: plain Python floats by hand."""

from __future__ import annotations

from typing import Any

from .workload import Case, Workload


def formula(m: Any, x: Any, y: Any) -> Any:
    """A curved valley with its floor at (1, 1)."""
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def by_hand(x: float, y: float) -> tuple[float, float, float]:
    """Value and gradient."""
    u = 1 - x
    v = y - x * x
    slope = 200 * v
    return u * u + 100 * v * v, -2 * (u + x * slope), slope


WORKLOAD = Workload(
    "rosenbrock",
    formula,
    {"x": (), "y": ()},
    lambda rng: {"x": -1.2, "y": 1.1},
    ("x", "y"),
    by_hand,
    (Case(target=1.3),),
    Case(),
)
