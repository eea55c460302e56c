"""autograd: a pass of its tape at each call; nothing is compiled."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import autograd
import autograd.numpy as anp
import autograd.scipy.special
import autograd.scipy.stats
import numpy as np
from autograd.differential_operators import make_vjp
from workloads import Task


def lower_triangular(diagonals: Any, below: Any) -> Any:
    """Matrices of given diagonals and entries below, gathered, since arrays cannot be set."""
    count, d = diagonals.shape
    places = np.zeros((d, d), dtype=int)
    places[np.diag_indices(d)] = 1 + np.arange(d)
    places[np.tril_indices(d, -1)] = 1 + d + np.arange(below.shape[1])
    entries = anp.concatenate([np.zeros((count, 1)), diagonals, below], axis=1)
    return entries[:, places]


M = SimpleNamespace(
    **{name: getattr(anp, name) for name in ("cos", "einsum", "exp", "log", "mean")},
    **{name: getattr(anp, name) for name in ("sin", "sqrt", "sum")},
    logsumexp=autograd.scipy.special.logsumexp,
    lower_triangular=lower_triangular,
    ndtr=autograd.scipy.stats.norm.cdf,
    relu=lambda x: anp.maximum(x, 0),
    softplus=partial(anp.logaddexp, 0.0),
)


def prepared(task: Task) -> Callable[[], Any]:
    """The function of the inputs; scalars are Python floats."""
    formula, arrays = task.formula(M), task.arrays
    if task.workload.hessian:
        return partial(autograd.hessian(formula, task.places[0]), *arrays)
    pull = make_vjp(formula, task.places)

    def value_and_gradients() -> Any:
        back, value = pull(*arrays)
        return value, *back(anp.ones_like(value))

    return value_and_gradients
