"""The Hessian of ‖T − U Vᵀ‖² by one factor: 2 (I ⊗ VᵀV), mostly zeros."""

from __future__ import annotations

from typing import Any

import numpy as np

from .workload import Array, Case, Workload


def formula(m: Any, T: Any, U: Any, V: Any) -> Any:
    """The squared distance of T from a matrix of low rank."""
    return m.sum((T - U @ V.T) ** 2)


def by_hand(T: Array, U: Array, V: Array) -> Array:
    """Equal blocks on a diagonal, zeros elsewhere; neither T nor U matters."""
    n, k = V.shape
    result = np.zeros((n, k, n, k))
    np.einsum("ikil->ikl", result)[...] = 2 * (V.T @ V)
    return result


def draw(rng: np.random.Generator, n: int, k: int) -> dict[str, Array]:
    """Entries of moderate size."""
    T, U, V = (rng.standard_normal(shape) for shape in ((n, n), (n, k), (n, k)))
    return {"T": T / np.sqrt(n), "U": U, "V": V / np.sqrt(n)}


WORKLOAD = Workload(
    "factorization hessian",
    formula,
    {"T": ("n", "n"), "U": ("n", "k"), "V": ("n", "k")},
    draw,
    ("U",),
    by_hand,
    (Case({"n": 100, "k": 5}, target=1.0), Case({"n": 300, "k": 5}, target=1.0, cold=None)),
    Case({"n": 4, "k": 2}),
    hessian=True,
)
