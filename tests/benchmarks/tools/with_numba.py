"""numba: derivatives written by hand, compiled; loops where it does not know what NumPy calls."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numba
import numpy as np
from workloads import Task

from . import UnableError


def black_scholes(S: Any, K: Any, T: Any, r: Any, sigma: Any) -> Any:
    """Prices and Greeks, option by option."""
    price, delta, theta, rho, vega = np.empty((5, S.size))
    for i in numba.prange(S.size):
        root = math.sqrt(T[i])
        spread = sigma[i] * root
        d1 = (math.log(S[i] / K[i]) + (r[i] + sigma[i] ** 2 / 2) * T[i]) / spread
        delta[i] = math.erfc(-d1 * math.sqrt(0.5)) / 2
        strike = math.erfc((spread - d1) * math.sqrt(0.5)) / 2 * K[i] * math.exp(-r[i] * T[i])
        price[i] = S[i] * delta[i] - strike
        vega[i] = S[i] * root * math.exp(-d1 * d1 / 2) / math.sqrt(2 * math.pi)
        theta[i] = vega[i] * sigma[i] / (2 * T[i]) + r[i] * strike
        rho[i] = T[i] * strike
    return price, delta, theta, rho, vega


def prepared(task: Task) -> Callable[[], Any]:
    """The compiled function with its inputs."""
    workload = task.workload
    numba.set_num_threads(task.threads)
    if workload.name == "black-scholes":
        compiled = numba.njit(black_scholes, parallel=task.threads > 1)
    elif workload.scalar and not workload.hessian:
        compiled = numba.njit(workload.by_hand)
    else:
        raise UnableError("is for loops over scalars here")
    return partial(compiled, *task.arrays, *task.keywords.values())
