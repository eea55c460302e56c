"""The functions that users have declared, by name.

A name may be declared anew: from then on it means the new function, in text and as `sd.name`.
Expressions made before keep the function that they were made with.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from symdiff.dims import Dim
from symdiff.errors import ArgumentError
from symdiff.node import Node, intern
from symdiff.ops.leaves import KIND_OF_TYPE_CODE, as_node, variable
from symdiff.own.signature import Signature
from symdiff.registry import FUNCTIONS, OPS, Declaration, Op


class Declared:
    """A function that `sd.op` or `sd.define` has declared.

    Of expressions it makes an expression, of arrays and numbers it computes the value. `op` is the
    op of the nodes that it makes.
    """

    op: Op

    def __init__(self, declaration: Declaration, doc: str) -> None:
        self.op = declaration.op
        self.signature = signature = declaration.signature
        self.__name__ = self.__qualname__ = signature.name
        self.__doc__ = doc
        self.__signature__ = python_signature(signature)

    def __call__(self, *operands: object, **named: object) -> Any:
        """Apply the function to expressions, or compute it."""
        try:
            bound = self.__signature__.bind(*operands, **named)
        except TypeError as error:
            raise ArgumentError(f"{error}; the function is `{self.signature}`") from None
        if any(isinstance(x, (Node, Dim)) for x in bound.args):
            return node_function(self.op)(*bound.args)
        return self._computed(bound.args)

    def _computed(self, values: tuple[Any, ...]) -> Any:
        """The value for arrays and numbers."""
        from symdiff.evaluate import evaluate

        given: dict[Node, object] = {}
        for name, value in zip(self.signature.parameters, values, strict=True):
            try:
                array = np.asarray(value)
            except ValueError:  # rows of different lengths, or an expression among numbers
                array = np.asarray(None)
            if array.dtype.kind not in KIND_OF_TYPE_CODE:
                raise ArgumentError(f"`{self.signature}` takes numbers, not {value!r} for {name}")
            given[variable(name, array.shape, KIND_OF_TYPE_CODE[array.dtype.kind])] = value
        return evaluate(node_function(self.op)(*given), given)

    def __repr__(self) -> str:
        return f"<declared {self.signature}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Declared, (self.op.own, self.__doc__)


DECLARED: dict[str, Declared] = {}


def declare(function: Declared) -> Declared:
    """Make a function known by its name: to the grammar, to `sd.ops` and to `sd`."""
    name = function.signature.name
    known = DECLARED.get(name)
    if known is not None and known.op is function.op:
        return known
    OPS[name] = function.op
    FUNCTIONS[name] = node_function(function.op)
    DECLARED[name] = function
    return function


def forget(name: str) -> None:
    """Make a name unknown that was declared by `sd.op` or `sd.define`.

    Expressions made before keep their function.

    Raises ArgumentError for a name that was not declared so.

    >>> import symdiff as sd
    >>> cube = sd.define("my_cube(x)", "x**3")
    >>> forget("my_cube")
    >>> hasattr(sd, "my_cube"), cube(2.0)
    (False, np.float64(8.0))
    """
    if name not in DECLARED:
        raise ArgumentError(f"no function {name!r} was declared with sd.op or sd.define")
    for table in (OPS, FUNCTIONS, DECLARED):
        del table[name]


@cache
def node_function(op: Op) -> Callable[..., Node]:
    """The function that makes nodes of an op that a user has declared, of all that are operands."""
    assert op.own is not None
    signature = python_signature(op.own.signature)

    def apply(*operands: object, **named: object) -> Node:
        given = signature.bind(*operands, **named).args
        return intern(op, tuple([x if type(x) is Node else as_node(x) for x in given]))

    apply.__name__ = apply.__qualname__ = op.name
    apply.__signature__ = signature  # type: ignore[attr-defined]
    return apply


def python_signature(signature: Signature) -> inspect.Signature:
    """How Python says what a function is called with."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Signature([inspect.Parameter(name, kind) for name in signature.parameters])
