"""The Gaussian mixture objective of ADBench: log-likelihood and Wishart prior, with gradients.

Each of K components has a weight, a mean, and an inverse covariance factor: a lower triangular
matrix with a positive diagonal, stored as the logarithms of the diagonal and the entries below.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .workload import Array, Case, Workload

GAMMA = 1.0
"""The scale of the prior, whose degrees of freedom are as few as can be."""


def formula(m: Any, alphas: Any, means: Any, icf: Any, x: Any, d: int) -> Any:
    """The log-likelihood of points x, plus the logarithm of the prior, as ADBench defines them."""
    logs, below = icf[:, :d], icf[:, d:]
    apart = x[:, None, :] - means
    turned = m.einsum("kij,nkj->nki", m.lower_triangular(m.exp(logs), below), apart)
    exponents = alphas + m.sum(logs, 1) - m.sum(turned**2, 2) / 2
    densities = m.logsumexp(exponents, 1) - d / 2 * math.log(2 * math.pi)
    squares = m.sum(m.exp(logs) ** 2, 1) + m.sum(below**2, 1)
    prior = m.sum(GAMMA**2 / 2 * squares - log_normaliser(d))
    return m.sum(densities) - x.shape[0] * m.logsumexp(alphas, 0) + prior


def log_normaliser(d: int) -> float:
    """The logarithm of what divides the prior of one component."""
    freedom = d + 1
    gamma = d * (d - 1) / 4 * math.log(math.pi)
    gamma += sum(math.lgamma((freedom - j) / 2) for j in range(d))
    return freedom * d * (math.log(GAMMA) - math.log(2) / 2) - gamma


def by_hand(alphas: Array, means: Array, icf: Array, x: Array, d: int) -> tuple[Any, ...]:
    """Value, and gradients by alphas, means and icf; products of matrices, one per component."""
    n, K = len(x), len(alphas)
    rows, columns = np.tril_indices(d, -1)
    diagonal = np.arange(d)
    logs, below = icf[:, :d], icf[:, d:]
    scales = np.exp(logs)
    factors = np.zeros((K, d, d))
    factors[:, diagonal, diagonal] = scales
    factors[:, rows, columns] = below

    apart = x - means[:, None, :]
    turned = apart @ factors.transpose(0, 2, 1)
    exponents = np.einsum("kni,kni->kn", turned, turned)
    exponents *= -0.5
    exponents += (alphas + logs.sum(axis=1))[:, None]
    top = exponents.max(axis=0)
    exponents -= top
    shares = np.exp(exponents, out=exponents)
    totals = shares.sum(axis=0)
    shares /= totals
    weights = np.exp(alphas - alphas.max())
    total = weights.sum()
    value = (
        (np.log(totals) + top).sum()
        - n * (math.log(total) + alphas.max())
        + GAMMA**2 / 2 * (np.vdot(scales, scales) + np.vdot(below, below))
        - n * d / 2 * math.log(2 * math.pi)
        - K * log_normaliser(d)
    )

    counts = shares.sum(axis=1)
    turned *= shares[:, :, None]
    by_means = (turned.sum(axis=1)[:, None, :] @ factors)[:, 0]
    by_factors = turned.transpose(0, 2, 1) @ apart
    by_icf = np.empty_like(icf)
    by_icf[:, :d] = counts[:, None] - by_factors[:, diagonal, diagonal] * scales
    by_icf[:, :d] += GAMMA**2 * np.square(scales)
    by_icf[:, d:] = GAMMA**2 * below - by_factors[:, rows, columns]
    return value, counts - weights * (n / total), by_means, by_icf


def draw(rng: np.random.Generator, n: int, d: int, K: int) -> dict[str, Array]:
    """As in ADBench: standard normal parameters and points."""
    return {
        "alphas": rng.standard_normal(K),
        "means": rng.standard_normal((K, d)),
        "icf": rng.standard_normal((K, d * (d + 1) // 2)),
        "x": rng.standard_normal((n, d)),
    }


WORKLOAD = Workload(
    "gaussian mixture",
    formula,
    {"alphas": ("K",), "means": ("K", "d"), "icf": ("K", "p"), "x": ("n", "d")},
    draw,
    ("alphas", "means", "icf"),
    by_hand,
    (Case({"n": 1000, "d": 10, "K": 25}, target=0.6),),
    Case({"n": 5, "d": 3, "K": 2}),
    fixed=("d", "p"),
    told=("d",),
)
