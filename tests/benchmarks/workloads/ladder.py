"""A ladder `x[i+1] = sin(x[i])*x[i-1] + x[i]` of many steps, with its gradient by the start.

By hand it is a plain Python loop up, which keeps what the loop down needs. The start is negative,
so that the rungs tend to 0 like -1/i, and numbers stay numbers however long the ladder.
"""

from __future__ import annotations

from math import cos, sin
from typing import Any

from .workload import Case, Workload


def formula(m: Any, a: Any, b: Any, steps: int) -> Any:
    """The last rung."""
    before, last = a, b
    for _ in range(steps):
        before, last = last, m.sin(last) * before + last
    return last


def by_hand(a: float, b: float, steps: int) -> tuple[float, float, float]:
    """Value, and gradient by the first two rungs."""
    before, last = a, b
    tape = []
    for _ in range(steps):
        s = sin(last)
        tape.append((before, last, s))
        before, last = last, s * before + last
    by_last, by_before = 1.0, 0.0
    for before, x, s in tape[::-1]:
        by_last, by_before = by_before + by_last * (cos(x) * before + 1), by_last * s
    return last, by_before, by_last


WORKLOAD = Workload(
    "ladder",
    formula,
    {"a": (), "b": ()},
    lambda rng, steps: {"a": -0.5, "b": -0.4},
    ("a", "b"),
    by_hand,
    (
        Case({"steps": 10**2}, target=0.8, cold=0.010),
        Case({"steps": 10**3}, target=0.8, cold=0.1),
        Case({"steps": 10**4}, target=0.8, cold=1.0),
        Case({"steps": 10**5}, cold=10.0),
    ),
    Case({"steps": 5}),
    told=("steps",),
)
