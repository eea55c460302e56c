"""How each tool is made to compute a workload, as one who knows it well would do it.

Each module has a function `prepared(task)`, which returns a call without arguments, and imports
its tool at its top, so that a process that does not want it need not have it. Calls answer in the
tool's own form; `numbers` turns that into arrays.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import numpy as np

NAMES = {
    "hand": "numpy",
    "symdiff": "symdiff",
    "jax": "jax",
    "pytensor": "pytensor",
    "autograd": "autograd",
    "torch": "torch",
    "torch-compile": "torch",
    "numba": "numba",
    "sympy": "sympy",
    "casadi": "casadi",
}
"""The tools, with the packages that they need."""
TRACED = {"hand", "symdiff", "autograd", "sympy"}
"""Those that have Python and NumPy allocate what they compute."""


class UnableError(Exception):
    """A tool is not made for a workload."""


def load(tool: str) -> ModuleType:
    """The module of a tool. Raises ImportError where the tool is not installed."""
    return importlib.import_module(f"{__name__}.with_{tool.replace('-', '_')}")


def numbers(answer: Any) -> list[np.ndarray[Any, Any]]:
    """The results of a call as flat arrays, whatever form they have."""
    if isinstance(answer, (tuple, list)) and any(np.ndim(part) for part in answer):
        return [np.asarray(part).reshape(-1) for part in answer]
    return [np.asarray(answer).reshape(-1)]
