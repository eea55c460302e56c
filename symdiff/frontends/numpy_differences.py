"""Where NumPy and symdiff differ: functions of other names or arguments, and small ones of NumPy
alone that are made of symdiff's.

A function that is not here is the one that the registry has under NumPy's name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from symdiff.dims import Size, product
from symdiff.errors import ArgumentError
from symdiff.frontends import numpy_arranging as arranging
from symdiff.frontends.numpy_kinds import astype, type_of
from symdiff.node import Node
from symdiff.ops.axes import ravel
from symdiff.ops.choices import WHERE, equal, logical_and, where
from symdiff.ops.counting import all
from symdiff.ops.creation import zeros, zeros_like
from symdiff.ops.exponentials import exp2
from symdiff.ops.factorizations import qr
from symdiff.ops.joining import stack
from symdiff.ops.least_squares import lstsq
from symdiff.ops.leaves import as_node
from symdiff.ops.linear_algebra import slogdet
from symdiff.ops.logic import combine, isclose, isinf, isnan, signbit
from symdiff.ops.norms import norm
from symdiff.ops.rounding import trunc
from symdiff.ops.singular_values import svd
from symdiff.ops.spectral import eig, eigh
from symdiff.ops.structure import normalize_axes, normalize_axis
from symdiff.registry import FUNCTIONS

# Questions about an array, answered without its numbers ---------------------------------------


def shape(a: object) -> tuple[Size, ...]:
    """The sizes of the axes."""
    return as_node(a).shape


def ndim(a: object) -> int:
    """The number of axes."""
    return as_node(a).ndim


def size(a: object, axis: int | None = None) -> Size:
    """The number of entries, or the size of one axis."""
    node = as_node(a)
    return node.size if axis is None else node.shape[normalize_axis(node, axis)]


def result_type(*arrays_and_dtypes: object) -> np.dtype[np.generic]:
    """NumPy's type of what several arguments give together."""
    return np.result_type(*map(type_of, arrays_and_dtypes))


def iscomplexobj(x: object) -> bool:
    """True for an expression of kind complex."""
    return as_node(x).dtype == "complex"


def isrealobj(x: object) -> bool:
    """True for an expression of any other kind."""
    return not iscomplexobj(x)


# Arrays made of expressions -------------------------------------------------------------------


def array(object: object, ndmin: int = 0) -> Node:
    """An array of nested lists of expressions and numbers: stacks of stacks."""
    node = _stacked(object)
    return node[(None,) * (ndmin - node.ndim)] if node.ndim < ndmin else node


def _stacked(entries: object) -> Node:
    """Recursion goes as deep as the result has axes."""
    if isinstance(entries, (list, tuple)) and entries:
        return stack([_stacked(entry) for entry in entries])
    return as_node(entries)


def asarray(a: object) -> Node:
    """The expression itself; of nested lists an array."""
    return array(a)


def copy(a: object) -> Node:
    """The expression itself, which nothing can change."""
    return as_node(a)


def empty(shape: object) -> Node:
    """Zeros, as a promise to overwrite them cannot be kept."""
    return zeros(shape)


# Functions with other arguments ---------------------------------------------------------------


def choose_where(condition: object, x: object = None, y: object = None) -> Node:
    """`where` with three arguments; with one, places would be asked for. Numbers but 0 are true."""
    if x is None or y is None:
        raise ArgumentError(
            "`np.where(condition)` gives places, whose number depends on values, while shapes are "
            "known before values; write np.where(condition, x, y)"
        )
    if isinstance(condition, (bool, np.bool_)):
        return WHERE(bool(condition), x, y)
    numbers = isinstance(condition, (Node, np.ndarray)) and as_node(condition).dtype != "bool"
    return where(FUNCTIONS["not_equal"](condition, 0) if numbers else condition, x, y)


def gradient(f: object, *varargs: object, axis: Any = None) -> Any:
    """Slopes along an axis, or a tuple of those along several, each with its distance."""
    node = as_node(f)
    axes = normalize_axes(node, axis, False)
    if len(varargs) not in (0, 1, len(axes)):
        raise ArgumentError(
            f"`np.gradient` needs a distance for each of {len(axes)} axes, or one for all, not "
            f"{len(varargs)} distances"
        )
    steps = varargs if len(varargs) == len(axes) else (*varargs, 1.0)[:1] * len(axes)
    pairs = zip(steps, axes, strict=True)
    slopes = tuple(FUNCTIONS["gradient"](node, step, axis=each) for step, each in pairs)
    return slopes[0] if len(slopes) == 1 else slopes


def interp(x: object, xp: object, fp: object, left: object = None, right: object = None) -> Node:
    """Piecewise linear, and `left` or `right` of the points what is given for there."""
    at, places = as_node(x), as_node(xp)
    value = FUNCTIONS["interp"](at, places, fp)
    if left is not None:
        value = where(FUNCTIONS["less"](at, places[0]), left, value)
    return value if right is None else where(FUNCTIONS["greater"](at, places[-1]), right, value)


def outer(a: object, b: object) -> Node:
    """All products of an entry of `a` and one of `b`; both are flattened."""
    return FUNCTIONS["outer"](ravel(a), ravel(b))


def matrix_trace(x: object, offset: int = 0) -> Node:
    """The traces of the matrices in the last two axes."""
    return FUNCTIONS["trace"](x, offset, -2, -1)


def matrix_diagonal(x: object, offset: int = 0) -> Node:
    """The diagonals of the matrices in the last two axes."""
    return FUNCTIONS["diagonal"](x, offset, -2, -1)


def vector_norm(x: object, axis: object = None, keepdims: bool = False, ord: object = 2) -> Node:
    """The norm of vectors; along several axes, of all entries there as one vector."""
    node = as_node(x)
    axes = normalize_axes(node, axis)
    if len(axes) == 1:
        return norm(node, ord, axes, keepdims)
    others = tuple(k for k in range(node.ndim) if k not in axes)
    entries = product(node.shape[k] for k in axes)
    rows = FUNCTIONS["transpose"](node, (*others, *axes))
    length = norm(FUNCTIONS["reshape"](rows, (*(node.shape[k] for k in others), entries)), ord, -1)
    return FUNCTIONS["expand_dims"](length, axes) if keepdims and axes else length


def matrix_norm(x: object, keepdims: bool = False, ord: object = "fro") -> Node:
    """The norm of the matrices in the last two axes."""
    return norm(x, ord, (-2, -1), keepdims)


# Functions of NumPy alone ---------------------------------------------------------------------


def allclose(
    a: object, b: object, rtol: object = 1e-5, atol: object = 1e-8, equal_nan: bool = False
) -> Node:
    """Whether all entries are close: an expression of kind bool."""
    return all(isclose(a, b, rtol, atol, equal_nan))


def divmod_(x1: object, x2: object) -> tuple[Node, Node]:
    """The quotient rounded down, and the remainder."""
    return FUNCTIONS["floor_divide"](x1, x2), FUNCTIONS["mod"](x1, x2)


def modf(x: object) -> tuple[Node, Node]:
    """The fractional part and the whole part, both with the sign of `x`."""
    whole = trunc(x)
    return FUNCTIONS["subtract"](x, whole), whole


def ldexp(x1: object, x2: object) -> Node:
    """`x1 * 2**x2`."""
    return FUNCTIONS["multiply"](x1, exp2(x2))


def isneginf(x: object) -> Node:
    """Where an entry is minus infinity."""
    return logical_and(isinf(x), signbit(x))


def isposinf(x: object) -> Node:
    """Where an entry is plus infinity."""
    return logical_and(isinf(x), FUNCTIONS["logical_not"](signbit(x)))


def isreal(x: object) -> Node:
    """Where the imaginary part is zero."""
    return equal(FUNCTIONS["imag"](x), 0)


def iscomplex(x: object) -> Node:
    """Where the imaginary part is not zero."""
    return FUNCTIONS["not_equal"](FUNCTIONS["imag"](x), 0)


def nancumsum(a: object, axis: object = None) -> Node:
    """Running sums that count NaN as 0."""
    return FUNCTIONS["cumsum"](where(isnan(a), 0, a), axis)


def nancumprod(a: object, axis: object = None) -> Node:
    """Running products that count NaN as 1."""
    return FUNCTIONS["cumprod"](where(isnan(a), 1, a), axis)


def ediff1d(ary: object) -> Node:
    """The differences of neighbours among all entries."""
    return FUNCTIONS["diff"](ravel(ary))


def piecewise(
    x: object, condlist: Sequence[object], funclist: Sequence[object], *args: Any, **kw: Any
) -> Node:
    """One function for each condition, and perhaps one for what is left; the last that holds."""
    node = as_node(x)
    conditions = list(condlist) if isinstance(condlist, (list, tuple)) else [condlist]
    pieces = [f(node, *args, **kw) if callable(f) else f for f in funclist]
    if len(pieces) - len(conditions) not in (0, 1):
        raise ArgumentError(
            f"`np.piecewise` needs a function for each of {len(conditions)} conditions, and at "
            f"most one more, not {len(pieces)}"
        )
    result = pieces.pop() if len(pieces) > len(conditions) else zeros_like(node)
    for condition, piece in zip(conditions, pieces, strict=True):
        result = where(condition, piece, result)
    return as_node(result)


def polyval(p: object, x: object) -> Node:
    """A polynomial, whose highest coefficient comes first, by Horner's rule."""
    value = zeros_like(x)
    for coefficient in as_node(p) if not isinstance(p, (list, tuple)) else p:
        value = value * x + coefficient
    return value


def bitwise_and(x1: object, x2: object) -> Node:
    """`logical_and` of booleans; of numbers, whose bits it would combine, an error."""
    return combine("&", x1, x2)


def bitwise_or(x1: object, x2: object) -> Node:
    """`logical_or` of booleans."""
    return combine("|", x1, x2)


def bitwise_xor(x1: object, x2: object) -> Node:
    """`logical_xor` of booleans."""
    return combine("^", x1, x2)


def invert(x: object) -> Node:
    """`logical_not` of booleans."""
    return combine("~", x)


# The table --------------------------------------------------------------------------------------

DIFFERENT: Mapping[str, Callable[..., Any]] = {
    "allclose": allclose,
    "around": FUNCTIONS["round"],
    "array": array,
    "asanyarray": asarray,
    "asarray": asarray,
    "ascontiguousarray": asarray,
    "asfortranarray": asarray,
    "astype": astype,
    "bitwise_and": bitwise_and,
    "bitwise_or": bitwise_or,
    "bitwise_xor": bitwise_xor,
    "copy": copy,
    "delete": arranging.delete,
    "divmod": divmod_,
    "ediff1d": ediff1d,
    "einsum": arranging.einsum,
    "empty": empty,
    "empty_like": arranging.zeros_like,
    "full_like": arranging.full_like,
    "gradient": gradient,
    "insert": arranging.insert,
    "interp": interp,
    "invert": invert,
    "iscomplex": iscomplex,
    "iscomplexobj": iscomplexobj,
    "isneginf": isneginf,
    "isposinf": isposinf,
    "isreal": isreal,
    "isrealobj": isrealobj,
    "ldexp": ldexp,
    "modf": modf,
    "nancumprod": nancumprod,
    "nancumsum": nancumsum,
    "ndim": ndim,
    "ones_like": arranging.ones_like,
    "outer": outer,
    "piecewise": piecewise,
    "polyval": polyval,
    "ravel": arranging.ravel,
    "reshape": arranging.reshape,
    "result_type": result_type,
    "row_stack": FUNCTIONS["vstack"],
    "shape": shape,
    "size": size,
    "trapz": FUNCTIONS["trapezoid"],
    "where": choose_where,
    "zeros_like": arranging.zeros_like,
    "linalg.diagonal": matrix_diagonal,
    "linalg.eig": eig,
    "linalg.eigh": eigh,
    "linalg.lstsq": lstsq,
    "linalg.matrix_norm": matrix_norm,
    "linalg.qr": qr,
    "linalg.slogdet": slogdet,
    "linalg.svd": svd,
    "linalg.trace": matrix_trace,
    "linalg.vector_norm": vector_norm,
}
"""NumPy's names, below `np`, and what they mean here."""

OPTIONS: Mapping[str, Mapping[str, str]] = {
    "clip": {"a_min": "lower", "a_max": "upper", "min": "lower", "max": "upper"},
    "eye": {"M": "m"},
    "tri": {"M": "m"},
    "linalg.pinv": {"rtol": "rcond"},
}
"""Options that have another name here."""

HARMLESS = frozenset(
    {
        *("casting", "copy", "device", "kind", "like", "optimize", "order", "subok"),
        *("overwrite_input", "writeable"),
    }
)
"""Options of NumPy that make no difference to values."""
