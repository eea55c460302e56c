"""PyTorch: `torch.compile` of the same functions, as `torch.func` gives them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from workloads import Task

from .with_torch import M, tensors


def prepared(task: Task) -> Callable[[], Any]:
    """The compiled function with its inputs."""
    formula, arrays = task.formula(M), tensors(task)

    def total(*arrays: Any) -> Any:
        value = formula(*arrays)
        return value.sum(), value

    def value_and_gradients(*arrays: Any) -> Any:
        gradients, (_, value) = torch.func.grad_and_value(total, task.places, has_aux=True)(*arrays)
        return value, *gradients

    hessian = task.workload.hessian
    chosen = torch.func.hessian(formula, task.places[0]) if hessian else value_and_gradients
    return partial(torch.compile(chosen), *arrays)
