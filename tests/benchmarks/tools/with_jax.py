"""JAX: `jit` of `value_and_grad` or of `hessian`; arrays live on the device."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from workloads import Task

jax.config.update("jax_enable_x64", True)
jax.block_until_ready(jnp.zeros(1))  # starts XLA, which belongs to the import


def lower_triangular(diagonals: Any, below: Any) -> Any:
    """Matrices of given diagonals and entries below, row by row."""
    count, d = diagonals.shape
    each, (rows, columns) = np.arange(d), np.tril_indices(d, -1)
    empty = jnp.zeros((count, d, d), diagonals.dtype)
    return empty.at[:, each, each].set(diagonals).at[:, rows, columns].set(below)


M = SimpleNamespace(
    **vars(jnp),
    logsumexp=jax.nn.logsumexp,
    lower_triangular=lower_triangular,
    ndtr=jax.scipy.special.ndtr,
    relu=jax.nn.relu,
    softplus=jax.nn.softplus,
)


def prepared(task: Task) -> Callable[[], Any]:
    """The compiled function with its inputs."""
    formula = task.formula(M)

    def total(*arrays: Any) -> Any:
        value = formula(*arrays)
        return jnp.sum(value), value

    def value_and_gradients(*arrays: Any) -> Any:
        (_, value), gradients = jax.value_and_grad(total, task.places, has_aux=True)(*arrays)
        return value, *gradients

    if task.workload.hessian:
        compiled = jax.jit(jax.hessian(formula, task.places[0]))
    else:
        compiled = jax.jit(value_and_gradients)
    arrays = [jnp.asarray(array) for array in task.arrays]
    return lambda: jax.block_until_ready(compiled(*arrays))
