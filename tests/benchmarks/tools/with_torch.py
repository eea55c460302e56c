"""PyTorch: `torch.autograd.grad` of leaves, or `torch.func.hessian`; nothing is compiled."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import torch
from workloads import Task


def lower_triangular(diagonals: Any, below: Any) -> Any:
    """Matrices of given diagonals and entries below, row by row."""
    d = diagonals.shape[1]
    rows, columns = torch.tril_indices(d, d, -1)
    matrices = torch.diag_embed(diagonals)
    matrices[:, rows, columns] = below
    return matrices


M = SimpleNamespace(
    **{name: getattr(torch, name) for name in ("cos", "einsum", "exp", "log", "logsumexp", "mean")},
    **{name: getattr(torch, name) for name in ("relu", "sin", "sqrt", "sum")},
    lower_triangular=lower_triangular,
    ndtr=torch.special.ndtr,
    softplus=partial(torch.nn.functional.softplus, threshold=40.0),
)


def tensors(task: Task) -> list[Any]:
    """The inputs; scalars have no axes."""
    torch.set_num_threads(task.threads)
    return [torch.as_tensor(array, dtype=getattr(torch, task.case.dtype)) for array in task.arrays]


def prepared(task: Task) -> Callable[[], Any]:
    """The function with its inputs."""
    formula, arrays = task.formula(M), tensors(task)
    if task.workload.hessian:
        return partial(torch.func.hessian(formula, task.places[0]), *arrays)
    wrt = [arrays[place].requires_grad_() for place in task.places]

    def value_and_gradients() -> Any:
        value = formula(*arrays)
        return value.detach(), *torch.autograd.grad(value.sum(), wrt)

    return value_and_gradients
