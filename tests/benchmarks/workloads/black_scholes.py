"""Prices of European calls, with delta, theta, rho and vega of each."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import ndtr

from .workload import Array, Case, Workload


def formula(m: Any, S: Any, K: Any, T: Any, r: Any, sigma: Any) -> Any:
    """The prices by Black and Scholes."""
    spread = sigma * m.sqrt(T)
    d1 = (m.log(S / K) + (r + sigma**2 / 2) * T) / spread
    return S * m.ndtr(d1) - K * m.exp(-r * T) * m.ndtr(d1 - spread)


def by_hand(S: Array, K: Array, T: Array, r: Array, sigma: Array) -> tuple[Array, ...]:
    """Price, and its derivatives by S, T, r and sigma: the textbook's, with what they share."""
    root = np.sqrt(T)
    spread = sigma * root
    d1 = np.square(sigma)
    d1 *= 0.5
    d1 += r
    d1 *= T
    d1 += np.log(S / K)
    d1 /= spread
    delta = ndtr(d1)
    strike = ndtr(d1 - spread)
    strike *= K
    strike *= np.exp(-r * T)
    price = S * delta
    price -= strike
    vega = np.square(d1)
    vega *= -0.5
    np.exp(vega, out=vega)
    vega *= S
    vega *= root
    vega *= 1 / math.sqrt(2 * math.pi)
    theta = vega * sigma
    theta /= 2 * T
    theta += r * strike
    rho = strike
    rho *= T
    return price, delta, theta, rho, vega


def draw(rng: np.random.Generator, n: int) -> dict[str, Array]:
    """Options in and out of the money."""
    return {
        "S": rng.uniform(50, 150, n),
        "K": rng.uniform(50, 150, n),
        "T": rng.uniform(0.1, 3, n),
        "r": rng.uniform(0.0, 0.06, n),
        "sigma": rng.uniform(0.1, 0.6, n),
    }


WORKLOAD = Workload(
    "black-scholes",
    formula,
    dict.fromkeys(("S", "K", "T", "r", "sigma"), ("n",)),
    draw,
    ("S", "T", "r", "sigma"),
    by_hand,
    (
        Case({"n": 10**3}, target=1.0),
        Case({"n": 10**6}, target=0.65, target_two=0.4, cold=None),
    ),
    Case({"n": 7}),
)
