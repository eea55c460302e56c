"""symdiff: the formula is built of nodes, differentiated and compiled; sizes stay names."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from workloads import Task, Workload

import symdiff as sd

_ = sd.compile, sd.grad, sd.hessian, sd.sum  # loads what is loaded at first use


class Functions:
    """What formulas call: symdiff's functions, and what makes matrices of Gaussian mixtures."""

    def __getattr__(self, name: str) -> Callable[..., sd.Node]:
        return getattr(sd, name)

    @staticmethod
    def lower_triangular(diagonals: sd.Node, below: sd.Node) -> sd.Node:
        """Matrices of given diagonals and entries below, row by row."""
        count, d = diagonals.shape
        each, (rows, columns) = np.arange(d), np.tril_indices(d, -1)
        empty = sd.zeros((count, d, d))
        return empty.at[:, each, each].set(diagonals).at[:, rows, columns].set(below)


def prepared(task: Task) -> Callable[[], Any]:
    """The compiled function with its inputs."""
    workload = task.workload
    variables = {name: sd.tensor(name, *task.shape(name)) for name in workload.shapes}
    value = workload.formula(Functions(), *variables.values(), **task.keywords)
    compiled = sd.compile(wanted(workload, value, variables), threads=task.threads)
    return partial(compiled, *(task.inputs[name] for name in compiled.inputs))


def wanted(workload: Workload, value: sd.Node, variables: dict[str, sd.Node]) -> Any:
    """The value and its gradients, or the Hessian; of several scalars, its rows in one list."""
    wrt = [variables[name] for name in workload.wrt]
    if not workload.hessian:
        return [value, *sd.grad(sd.sum(value), wrt)]
    if len(wrt) == 1:
        return sd.hessian(value, wrt[0])
    return [entry for row in sd.hessian(value, wrt) for entry in row]
