"""Logistic regression: the negative log-likelihood with its gradient, and its Hessian."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit

from .workload import Array, Case, Workload

SHAPES = {"X": ("n", "d"), "w": ("d",), "y": ("n",)}


def formula(m: Any, X: Any, w: Any, y: Any) -> Any:
    """The negative log-likelihood of labels 0 and 1."""
    z = X @ w
    return m.sum(m.softplus(z) - y * z)


def gradient_by_hand(X: Array, w: Array, y: Array) -> tuple[Any, Array]:
    """Value and gradient."""
    z = X @ w
    value = np.logaddexp(0, z).sum() - y @ z
    residual = expit(z)
    residual -= y
    return value, X.T @ residual


def hessian_by_hand(X: Array, w: Array, y: Array) -> Array:
    """Xᵀ diag(s) X, by scaling the rows of X."""
    p = expit(X @ w)
    s = p * (1 - p)
    return (X * s[:, None]).T @ X


def draw(rng: np.random.Generator, n: int, d: int) -> dict[str, Array]:
    """Features of unit variance and labels that a plane nearly separates."""
    X = rng.standard_normal((n, d))
    w = rng.standard_normal(d) / np.sqrt(d)
    return {"X": X, "w": w, "y": (X @ w + rng.logistic(size=n) > 0).astype(float)}


GRADIENT = Workload(
    "logistic",
    formula,
    SHAPES,
    draw,
    ("w",),
    gradient_by_hand,
    (Case({"n": 100, "d": 10}, target=1.0), Case({"n": 10**4, "d": 100}, target=1.0, cold=None)),
    Case({"n": 6, "d": 3}),
)
HESSIAN = Workload(
    "logistic hessian",
    formula,
    SHAPES,
    draw,
    ("w",),
    hessian_by_hand,
    (
        Case({"n": 100, "d": 10}),
        Case({"n": 10**4, "d": 100}, target=0.75, cold=None),
        Case({"n": 1000, "d": 500}, target=0.75, cold=None),
    ),
    Case({"n": 6, "d": 3}),
    hessian=True,
)
