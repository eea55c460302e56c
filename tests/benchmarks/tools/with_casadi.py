"""CasADi, for scalars: a function of scalar expressions, which reads and writes given arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import casadi
import numpy as np
from workloads import Task

from . import UnableError


def prepared(task: Task) -> Callable[[], Any]:
    """The function with its inputs in one array and its outputs in another."""
    if not task.workload.scalar:
        raise UnableError("is for scalars here")
    x = casadi.SX.sym("x", len(task.inputs))
    value = task.workload.formula(casadi, *casadi.vertsplit(x), **task.keywords)
    if task.workload.hessian:
        outputs = casadi.densify(casadi.vec(casadi.hessian(value, x)[0]))
    else:
        outputs = casadi.vertcat(value, casadi.gradient(value, x))
    buffer, trigger = casadi.Function("function", [x], [outputs]).buffer()
    given, answer = np.array([*task.inputs.values()]), np.empty(outputs.numel())
    buffer.set_arg(0, memoryview(given))
    buffer.set_res(0, memoryview(answer))

    def call() -> Any:
        trigger()
        return answer

    call.keep = buffer  # type: ignore[attr-defined]
    return call
