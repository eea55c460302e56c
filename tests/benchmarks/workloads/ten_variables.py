"""Hessians by ten variables, given as ten numbers: a (10, 10) array, by hand in NumPy.

`valley` is the chained Rosenbrock function: the Hessian is tridiagonal and costs next to nothing,
so this measures what it costs to put numbers where they belong. `chain` adds what is dearer:
sines, exponentials and powers of neighbours, and cosines of next neighbours, five diagonals.
By hand, diagonals are computed as vectors and put in place by `np.diag`, as in SciPy's
`rosen_hess`. Scalar tools give the rows as they like; array tools differentiate by one vector.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from .workload import Array, Case, Workload

NAMES = tuple(f"x{i}" for i in range(10))


def valley(m: Any, *x: Any) -> Any:
    """Rosenbrock's function, chained."""
    return sum(100 * (v - u**2) ** 2 + (1 - u) ** 2 for u, v in pairwise(x))


def valley_of_vector(m: Any, x: Any) -> Any:
    """The same of an array."""
    u, v = x[:-1], x[1:]
    return m.sum(100 * (v - u**2) ** 2 + (1 - u) ** 2)


def valley_by_hand(x: Array) -> Array:
    """Three diagonals."""
    beside = -400 * x[:-1]
    main = np.full(10, 202.0)
    main[0], main[-1] = 2, 200
    main[:-1] += 1200 * np.square(x[:-1]) - 400 * x[1:]
    return np.diag(main) + np.diag(beside, 1) + np.diag(beside, -1)


def chain(m: Any, *x: Any) -> Any:
    """Neighbours and next neighbours interact."""
    near = sum(m.sin(u) * m.exp(v) + u**2 * v**3 for u, v in pairwise(x))
    return near + sum(m.cos(u * w) for u, w in zip(x, x[2:], strict=False))


def chain_of_vector(m: Any, x: Any) -> Any:
    """The same of an array."""
    u, v = x[:-1], x[1:]
    return m.sum(m.sin(u) * m.exp(v) + u**2 * v**3) + m.sum(m.cos(x[:-2] * x[2:]))


def chain_by_hand(x: Array) -> Array:
    """Five diagonals."""
    u, v, near, far = x[:-1], x[1:], x[:-2], x[2:]
    grown = np.exp(v)
    wave, swing = np.sin(u) * grown, np.cos(u) * grown
    u2, v2 = np.square(u), np.square(v)
    angle = near * far
    cos, sin = np.cos(angle), np.sin(angle)
    main = np.zeros(10)
    main[:-1] += 2 * v * v2 - wave
    main[1:] += 6 * u2 * v + wave
    main[:-2] -= cos * np.square(far)
    main[2:] -= cos * np.square(near)
    beside = swing + 6 * u * v2
    second = -sin - angle * cos
    upper = np.diag(beside, 1) + np.diag(second, 2)
    return np.diag(main) + upper + upper.T


def draw(rng: np.random.Generator) -> dict[str, float]:
    """Ten numbers."""
    return dict(zip(NAMES, rng.uniform(0.2, 1.2, 10).tolist(), strict=True))


VALLEY = Workload(
    "valley hessian",
    valley,
    dict.fromkeys(NAMES, ()),
    draw,
    NAMES,
    valley_by_hand,
    (Case(target=0.2),),
    Case(),
    hessian=True,
    vector=valley_of_vector,
)
CHAIN = Workload(
    "chain hessian",
    chain,
    dict.fromkeys(NAMES, ()),
    draw,
    NAMES,
    chain_by_hand,
    (Case(),),
    Case(),
    hessian=True,
    vector=chain_of_vector,
)
