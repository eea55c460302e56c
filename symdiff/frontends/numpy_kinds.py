"""Kinds of numbers as NumPy's `dtype` names them, and conversion between them."""

from __future__ import annotations

import numpy as np

from symdiff.errors import ArgumentError, quote
from symdiff.node import Node
from symdiff.ops.choices import not_equal, where
from symdiff.ops.complex import as_complex
from symdiff.ops.leaves import KINDS, as_node
from symdiff.ops.masks import as_float

_DEFAULTS = {np.dtype(kind): kind.__name__ for kind in (bool, int, float, complex)}


def kind_named(dtype: object) -> str:
    """The kind that a `dtype` means: to NumPy `float` and `np.float64` are the same.

    Raises ArgumentError for any other type, such as float32: the precision is that of the arrays
    given at each call.

    >>> kind_named(np.float64), kind_named("int"), kind_named(bool)
    ('float', 'int', 'bool')
    """
    if isinstance(dtype, str) and dtype in KINDS:
        return dtype
    try:
        kind = _DEFAULTS.get(np.dtype(dtype))  # type: ignore[call-overload]
    except TypeError:
        kind = None
    if kind is None:
        raise ArgumentError(
            f"dtype must be bool, int, float or complex, not {dtype!r}; the precision of float is "
            "that of the arrays given at each call"
        )
    return kind


def type_of(x: object) -> np.dtype[np.generic]:
    """NumPy's default type of the kind of an expression; the type of anything else."""
    return np.dtype(x.dtype) if isinstance(x, Node) else np.result_type(x)  # type: ignore[arg-type]


def astype(x: object, dtype: object) -> Node:
    """The same numbers, of another kind.

    Raises ArgumentError for a conversion that would lose fractions or imaginary parts.

    >>> import symdiff as sd
    >>> astype(sd.vector("k", "n", dtype="int"), float).dtype
    'float'
    """
    node, kind = as_node(x), kind_named(dtype)
    if kind == node.dtype:
        return node
    if kind == "bool":
        return not_equal(node, 0)
    if KINDS.index(kind) < KINDS.index(node.dtype):
        instead = "sd.real(x)" if node.dtype == "complex" else "np.floor(x) or np.trunc(x)"
        raise ArgumentError(
            f"{quote(node)} of kind {node.dtype} cannot be made {kind} without losing part of it; "
            f"write {instead}" + ("" if node.dtype == "complex" else ", which stay of kind float")
        )
    if kind == "int":
        return where(node, 1, 0)
    return as_float(node) if kind == "float" else as_complex(as_float(node))
