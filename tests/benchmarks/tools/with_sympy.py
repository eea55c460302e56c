"""SymPy, for scalars: `lambdify` to Python floats, with common subexpressions found first."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import sympy
from workloads import Task

from . import UnableError


def prepared(task: Task) -> Callable[[], Any]:
    """The generated function with its inputs."""
    if not task.workload.scalar:
        raise UnableError("is for scalars here")
    symbols = sympy.symbols(list(task.inputs))
    value = task.workload.formula(sympy, *symbols, **task.keywords)
    if task.workload.hessian:
        outputs = list(sympy.hessian(value, symbols))
    else:
        outputs = [value, *(value.diff(x) for x in symbols)]
    return partial(sympy.lambdify(symbols, outputs, "math", cse=True), *task.inputs.values())
