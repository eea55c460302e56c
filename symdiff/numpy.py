"""NumPy's namespace for numbers and expressions alike.

>>> from symdiff import numpy as np
>>> import symdiff as sd
>>> x = sd.vector("x", "n")
>>> np.sum(np.array([x, 2 * x])), np.sum(np.array([[1.0], [2.0]]))
(<sum(stack((x, 2 x))) : () float>, np.float64(3.0))

What holds expressions or named sizes becomes an expression, anything else is computed by NumPy; so
one function runs on both. Beyond what NumPy's own functions do with expressions, arrays are made of
nested lists of them, and of named sizes: `np.zeros((n, d))`. Functions of symdiff that NumPy has
not, such as `np.softmax`, are here under their own names; of arrays they are computed at once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

import numpy

from symdiff.dims import Dim
from symdiff.evaluate import evaluate
from symdiff.frontends.numpy_calls import call, canonical
from symdiff.frontends.pytrees import mapped
from symdiff.node import Node
from symdiff.ops.leaves import KIND_OF_TYPE_CODE, as_node, variable
from symdiff.registry import FUNCTIONS


class Part:
    """A part of the namespace, such as `np.linalg`, that finds functions when they are used."""

    def __init__(self, home: str) -> None:
        self.__name__ = home
        self._theirs = getattr(numpy, home)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = self.__dict__[name] = _found(f"{self.__name__}.{name}")
        return found

    def __dir__(self) -> list[str]:
        return sorted({*self._theirs.__all__})

    def __repr__(self) -> str:
        return f"<symdiff.numpy.{self.__name__}>"


linalg = Part("linalg")
fft = Part("fft")


_USED: dict[str, Any] = {}
"""What was used of the namespace; among the globals, `any` or `sum` would hide Python's own."""


def __getattr__(name: str) -> Any:
    if name.startswith("__") and name != "__all__":
        raise AttributeError(name)
    if name not in _USED:
        _USED[name] = __dir__() if name == "__all__" else _found(name)
    return _USED[name]


def __dir__() -> list[str]:
    return sorted({*numpy.__all__, *_own_names()} - {"test"})


def _own_names() -> set[str]:
    """The functions of symdiff that NumPy has nowhere."""
    homes = (numpy, numpy.linalg, numpy.fft)
    return {name for name in FUNCTIONS if not any(hasattr(home, name) for home in homes)}


def _found(name: str) -> Any:
    """What stands under a name below `np`."""
    home, _, public = name.rpartition(".")
    module = getattr(numpy, home) if home else numpy
    if hasattr(module, public) and public != "test":  # that would test NumPy
        theirs = getattr(module, public)
        plain = isinstance(theirs, (type, numpy.ufunc)) or not callable(theirs)
        return theirs if plain else _for_both(canonical(name), theirs)
    if not home and name in _own_names():
        return _for_both(name, _computed(FUNCTIONS[name]))
    raise AttributeError(f"symdiff.numpy has no {name!r}")


def _for_both(name: str, theirs: Callable[..., Any]) -> Callable[..., Any]:
    """A function that takes numbers and expressions."""

    def either(*args: Any, **options: Any) -> Any:
        if _has_symbols((args, options)):
            return call(name, args, options)
        return theirs(*args, **options)

    return update_wrapper(either, theirs)


def _has_symbols(given: object) -> bool:
    """Whether an expression or a named size stands anywhere in arguments."""
    stack = [given]
    while stack:
        item = stack.pop()
        if isinstance(item, (Node, Dim)):
            return True
        if isinstance(item, (list, tuple)):
            stack.extend(item)
        elif isinstance(item, dict):
            stack.extend(item.values())
    return False


def _computed(ours: Callable[..., Node]) -> Callable[..., Any]:
    """A function of symdiff that computes its result of arrays at once."""

    def compute(*args: Any, **options: Any) -> Any:
        values: dict[Node, Any] = {}

        def symbol(place: int, given: Any) -> Any:
            if not isinstance(given, (numpy.ndarray, numpy.generic)):
                return given
            kind = KIND_OF_TYPE_CODE.get(given.dtype.kind)
            if kind not in ("float", "complex"):
                return given
            stands = variable(f"x{place}", given.shape, kind)
            values[stands] = given
            return stands

        result = ours(*map(symbol, range(len(args)), args), **options)
        return mapped(lambda _, node: evaluate(as_node(node), values), result, "result")

    return update_wrapper(compute, ours)
