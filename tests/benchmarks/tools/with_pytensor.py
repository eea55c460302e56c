"""PyTensor: a function of the graph of the gradient, with all its optimisations."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt
from workloads import Task


def lower_triangular(diagonals: Any, below: Any) -> Any:
    """Matrices of given diagonals and entries below, row by row."""
    count, d = diagonals.type.shape
    each, (rows, columns) = np.arange(d), np.tril_indices(d, -1)
    matrices = pt.zeros((count, d, d))
    matrices = pt.set_subtensor(matrices[:, each, each], diagonals)
    return pt.set_subtensor(matrices[:, rows, columns], below)


def ndtr(x: Any) -> Any:
    """The normal distribution function."""
    return pt.erfc(-x / np.sqrt(2)) / 2


M = SimpleNamespace(
    **{name: getattr(pt, name) for name in ("cos", "einsum", "exp", "log", "logsumexp", "mean")},
    **{name: getattr(pt, name) for name in ("sin", "softplus", "sqrt", "sum")},
    lower_triangular=lower_triangular,
    ndtr=ndtr,
    relu=lambda x: pt.maximum(x, 0),
)


def prepared(task: Task) -> Callable[[], Any]:
    """The compiled function with its inputs."""
    arrays = [np.asarray(array) for array in task.arrays]
    inputs = [pt.tensor(dtype=array.dtype, shape=array.shape) for array in arrays]
    value = task.formula(M)(*inputs)
    wrt = [inputs[place] for place in task.places]
    if task.workload.hessian:
        outputs = hessian(value, wrt[0])
    else:
        outputs = [value, *pt.grad(pt.sum(value), wrt)]
    compiled = pytensor.function(inputs, outputs, on_unused_input="ignore", trust_input=True)
    return partial(compiled, *arrays)


def hessian(value: Any, wrt: Any) -> Any:
    """The derivative of the gradient, all rows at once."""
    return pytensor.gradient.jacobian(pt.grad(value, wrt), wrt, vectorize=True)
