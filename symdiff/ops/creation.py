"""Arrays made from nothing: of one number, and unit matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from symdiff.dims import Size, spaced
from symdiff.errors import ArgumentError, describe
from symdiff.node import Node, intern
from symdiff.ops import leaves
from symdiff.ops.leaves import KINDS, LEAF, as_node, constant, number_of, size_of, whole_number
from symdiff.ops.sizes import symbolic
from symdiff.ops.structure import broadcast_to, latex_sizes
from symdiff.registry import FUNCTIONS, Op, Sample, composite, no_operations
from symdiff.template import Template, literal

__all__ = [
    "eye",
    "full",
    "full_like",
    "identity",
    "ones",
    "ones_like",
    "zeros",
    "zeros_like",
]


# Kinds ------------------------------------------------------------------------------------------


def kind_of(dtype: object) -> str:
    """The kind that a `dtype` names: bool, int, float or complex, by type or by name.

    Raises ArgumentError for any other; the precision of a float is that of a call's arrays.
    """
    name = dtype.__name__ if isinstance(dtype, type) else dtype
    if not isinstance(name, str) or name not in KINDS:
        raise ArgumentError(
            f"dtype must be bool, int, float or complex, not {dtype!r}; the precision of float is "
            "that of the arrays given at each call"
        )
    return str(name)


def _number_of_kind(value: float, kind: str) -> Node:
    kinds: dict[str, Callable[[float], Any]] = {
        "bool": bool,
        "int": int,
        "float": float,
        "complex": complex,
    }
    return constant(kinds[kind](value))


# One number everywhere --------------------------------------------------------------------------


@composite(
    Sample("zeros((n, 2)) + x", {"x": "n 1"}), Sample("zeros(3, dtype='int') * x", {"x": "3"})
)
def zeros(shape: object, dtype: object = "float") -> Node:
    """Return an array of zeros.

    >>> zeros(("n", 2)).shape
    (n, 2)
    """
    return broadcast_to(_number_of_kind(0, kind_of(dtype)), shape)


@composite(Sample("ones((n, 2)) * x", {"x": "n 1"}), Sample("ones(2, dtype='int') * x", {"x": "2"}))
def ones(shape: object, dtype: object = "float") -> Node:
    """Return an array of ones.

    >>> ones("n").shape
    (n,)
    """
    return broadcast_to(_number_of_kind(1, kind_of(dtype)), shape)


@composite(
    Sample("full((n, 2), 0.5) * x", {"x": "n 1"}),
    Sample("full((3, n), a) * full(n, x)", {"a": "", "x": "n"}),
)
def full(shape: object, fill_value: object) -> Node:
    """Return an array of one value, which may be an expression that stretches to the shape.

    >>> import symdiff as sd
    >>> sd.full(("n", 2), sd.scalar("a")).shape
    (n, 2)
    """
    return broadcast_to(fill_value, shape)


@composite(Sample("zeros_like(X) + x", {"X": "n m", "x": "m"}))
def zeros_like(x: object) -> Node:
    """Return zeros of the shape and kind of `x`.

    >>> import symdiff as sd
    >>> sd.zeros_like(sd.vector("x", "n")).shape
    (n,)
    """
    x = as_node(x)
    return zeros(x.shape, x.dtype)


@composite(Sample("ones_like(X) * x", {"X": "n m", "x": "m"}))
def ones_like(x: object) -> Node:
    """Return ones of the shape and kind of `x`.

    >>> import symdiff as sd
    >>> sd.ones_like(sd.vector("k", "n", dtype="int")).dtype
    'int'
    """
    x = as_node(x)
    return ones(x.shape, x.dtype)


@composite(Sample("full_like(X, 2) * full_like(X, x)", {"X": "n m", "x": "m"}))
def full_like(x: object, fill_value: object) -> Node:
    """Return an array of the shape and kind of `x` with one value everywhere.

    Raises ArgumentError for a value of a wider kind, which NumPy would cut to fit.

    >>> import symdiff as sd
    >>> sd.full_like(sd.vector("x", "n"), 2).dtype
    'float'
    """
    x, value = as_node(x), as_node(fill_value)
    if KINDS.index(value.dtype) > KINDS.index(x.dtype):
        raise ArgumentError(
            f"`full_like` cannot fill an array of kind {x.dtype} with {describe(value)} "
            f"of kind {value.dtype}"
        )
    number = number_of(value)
    if number is not None:
        value = _number_of_kind(number, x.dtype)
    elif value.dtype != x.dtype:
        value = value * _number_of_kind(1, x.dtype)
    return broadcast_to(value, x.shape)


# Unit matrices ----------------------------------------------------------------------------------


class Ones(NamedTuple):
    """A matrix that has ones `k` places above its main diagonal."""

    rows: Size
    columns: Size
    k: Size


def _eye_form(write: Callable[[Size], str], prefix: str = "", suffix: str = "") -> Any:
    def form(node: Node) -> Template:
        rows, columns, k = node.attrs
        offset = "" if k == 0 else f", {write(k)}"
        return literal(f"{prefix}eye({write(rows)}, {write(columns)}{offset}{suffix})")

    return form


SHIFTED_EYE = Op(
    "shifted_eye",
    infer=lambda args, attrs: (attrs[:2], "float"),
    attrs=Ones,
    derivative=LEAF,
    operations=no_operations,
    numpy=_eye_form(spaced, "np.", ", dtype=dtype"),
    text=_eye_form(str),
    pretty=_eye_form(str),
    latex=lambda node: Template(f"I_{{{{{latex_sizes(', '.join(map(str, node.attrs)))}}}}}"),
    title=lambda node: "eye",
    sizes=lambda node: symbolic([node.attrs.k]),
    samples=(
        Sample("eye(n, m) * X + eye(n, m, 1)", {"X": "n m"}),
        Sample("X @ eye(m, n, k=-1) @ X", {"X": "n m"}),
    ),
)


def eye(n: object, m: object = None, k: object = 0) -> Node:
    """Return a matrix with `n` rows that has ones on its `k`-th diagonal, and zeros elsewhere.

    It is square, unless the number of columns `m` says else.

    >>> eye("n"), eye("n", "m", 1)
    (<I : (n, n) float>, <eye(n, m, 1) : (n, m) float>)
    """
    rows = size_of(n)
    columns, offset = rows if m is None else size_of(m), whole_number(k)
    if rows == columns and offset == 0:
        return leaves.eye(rows)
    return intern(SHIFTED_EYE, (), Ones(rows, columns, offset))


FUNCTIONS["eye"] = eye


@composite(Sample("identity(n) @ A + identity(n)", {"A": "n n"}))
def identity(n: object) -> Node:
    """Return the unit matrix with `n` rows.

    >>> identity("n")
    <I : (n, n) float>
    """
    return eye(n)
