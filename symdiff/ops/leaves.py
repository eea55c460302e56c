"""Leaves: variables, constants, named sizes as numbers, and the unit matrix."""

from __future__ import annotations

import hashlib
import math
import re
import reprlib
from typing import TYPE_CHECKING, Any

import numpy as np

from symdiff.dims import Dim, Shape, Size, as_shape, as_size, named, product, spaced
from symdiff.errors import ArgumentError
from symdiff.intervals import ANYTHING, UNIT, Interval
from symdiff.names import check_name, latex_name
from symdiff.node import Node, intern, topological
from symdiff.registry import Linear, Op, Sample, always, function
from symdiff.template import ADD, ATOM, JUXTAPOSE, MULTIPLY, UNARY, Template, literal

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = [
    "array",
    "constant",
    "matrix",
    "scalar",
    "size",
    "tensor",
    "vector",
]

KINDS = ("bool", "int", "float", "complex")
INEXACT = ("float", "complex")
"""The kinds of the call's precision, which is that of the arrays given."""
KIND_OF_TYPE_CODE = {"b": "bool", "i": "int", "u": "int", "f": "float", "c": "complex"}


def _nothing_flows(node: Node, k: int, g: Node) -> None:
    """Leaves have no arguments."""


LEAF = Linear(_nothing_flows)


# Variables ------------------------------------------------------------------------------------


def _name_of(node: Node) -> Template:
    return literal(node.attrs[0])


def _latex_name(node: Node) -> Template:
    return literal(latex_name(node.attrs[0]))


VARIABLE = Op(
    "variable",
    infer=lambda args, attrs: (attrs[1], attrs[2]),
    attrs=tuple[str, Shape, str],
    derivative=LEAF,
    numpy=_name_of,
    text=_name_of,
    pretty=_name_of,
    latex=_latex_name,
)


def variable(name: str, shape: object, dtype: str = "float") -> Node:
    """Return the variable `name` of the given shape and kind.

    Raises ArgumentError for a name that is no identifier, or an unknown kind.
    """
    check_name(name, "variable")
    if dtype not in KINDS:
        raise ArgumentError(
            f"dtype must be one of {', '.join(map(repr, KINDS))}, not {dtype!r}; "
            "the precision of 'float' and 'complex' is that of the arrays given at each call"
        )
    return intern(VARIABLE, (), (name, as_shape(shape), dtype))


def scalar(name: str, dtype: str = "float") -> Node:
    """Return a variable without axes.

    >>> scalar("lam")
    <lam : () float>
    """
    return variable(name, (), dtype)


def vector(name: str, size: int | str | Dim, dtype: str = "float") -> Node:
    """Return a variable with one axis.

    >>> vector("w", "d")
    <w : (d,) float>
    """
    return variable(name, (as_size(size),), dtype)


def matrix(
    name: str, rows: int | str | Dim, columns: int | str | Dim, dtype: str = "float"
) -> Node:
    """Return a variable with two axes.

    >>> matrix("X", "n", 3)
    <X : (n, 3) float>
    """
    return variable(name, (as_size(rows), as_size(columns)), dtype)


def tensor(name: str, *shape: int | str | Dim, dtype: str = "float") -> Node:
    """Return a variable with any number of axes.

    >>> tensor("K", "b", 3, 3)
    <K : (b, 3, 3) float>
    """
    return variable(name, tuple(as_size(size) for size in shape), dtype)


# Constants ------------------------------------------------------------------------------------


class Literal:
    """The value of a constant, compared by type and bits: 1, 1.0, True, 0.0 and -0.0 differ."""

    __slots__ = ("_key", "value")

    def __init__(self, value: bool | int | float | complex | np.ndarray[Any, Any]) -> None:
        self.value = value
        if isinstance(value, np.ndarray):
            digest = hashlib.blake2b(np.ascontiguousarray(value).tobytes()).digest()
            self._key: tuple[object, ...] = (value.dtype.str, value.shape, digest)
        else:
            self._key = (type(value), repr(value))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        return f"Literal({self.value!r})"


def _infer_constant(args: tuple[Node, ...], attrs: Literal) -> tuple[Shape, str]:
    value = attrs.value
    if isinstance(value, np.ndarray):
        return tuple(value.shape), KIND_OF_TYPE_CODE[value.dtype.kind]
    return (), type(value).__name__


def _constant_text(node: Node) -> Template:
    value = node.attrs.value
    if isinstance(value, np.ndarray):
        return literal(f"array({value.tolist()})")
    return literal(repr(value), ATOM if _unsigned(value) else UNARY)


def _constant_numpy(node: Node) -> Template:
    value = node.attrs.value
    if isinstance(value, float) and not math.isfinite(value):
        return literal(repr(value).replace("inf", "np.inf").replace("nan", "np.nan"), UNARY)
    if isinstance(value, np.ndarray):
        return literal(f"np.array({value.tolist()}, dtype={numpy_type(node.dtype)})")
    return literal(repr(value).replace("e+", "e"), ATOM if _unsigned(value) else UNARY)


_WRITTEN = 100
"""Arrays with more entries are not written out for people."""


def _constant_pretty(node: Node) -> Template:
    value = node.attrs.value
    if isinstance(value, np.ndarray):
        return literal("array(…)") if value.size > _WRITTEN else _constant_text(node)
    text = repr(value).replace("inf", "∞")
    unsigned = _unsigned(value)
    return literal(text if unsigned else "−" + text[1:], ATOM if unsigned else UNARY)


def _constant_latex(node: Node) -> Template:
    value = node.attrs.value
    if isinstance(value, np.ndarray):
        return literal(_array_latex(value))
    text = _number_latex(value)
    unsigned = _unsigned(value)
    if isinstance(value, complex):
        level = ADD if value.real else ATOM if value == 1j else JUXTAPOSE
        return literal(text, level if unsigned else UNARY)
    if isinstance(value, float) and not math.isfinite(value):
        return literal(text, UNARY)
    return literal(text, MULTIPLY if "cdot" in text else ATOM if unsigned else UNARY)


def _number_latex(value: bool | int | float | complex) -> str:
    text = re.sub(r"e([+-]?)0*(\d+)", r" \\cdot 10^{\g<1>\2}", repr(value)).replace("{+", "{")
    if isinstance(value, complex):
        return re.sub(r"(?<![\d.])1j", "j", text.strip("()")).replace("j", "\\mathrm{i}")
    text = text.replace("inf", "\\infty").replace("nan", "\\mathrm{nan}")
    return f"\\mathrm{{{value}}}" if isinstance(value, bool) else text


def _array_latex(array: np.ndarray[Any, Any]) -> str:
    """Rows in brackets; what is too large to be read is abridged."""
    if array.size > _WRITTEN or not array.size or array.ndim > 2:
        return "\\mathrm{array}\\left(\\ldots\\right)"
    if array.ndim == 1:
        return f"\\left[{', '.join(map(_number_latex, array.tolist()))}\\right]"
    rows = " \\\\ ".join(" & ".join(map(_number_latex, row)) for row in array.tolist())
    return f"\\begin{{bmatrix}} {rows} \\end{{bmatrix}}"


def _constant_values(node: Node, arguments: object) -> Interval:
    array = np.asarray(node.attrs.value)
    if not array.size or node.dtype == "complex" or not np.all(np.isfinite(array)):
        return ANYTHING
    return Interval(float(np.min(array)), float(np.max(array)))


def _unsigned(value: complex) -> bool:
    return not repr(value).startswith("-")


def is_zero(node: Node) -> bool:
    """True for the number 0 of any kind."""
    return node.op is CONSTANT and not node.shape and bool(node.attrs.value == 0)


def zero_of(kind: str) -> Node:
    """The number 0 of a kind."""
    return constant({"float": 0.0, "complex": 0j}.get(kind, 0))


def numpy_type(kind: str) -> str:
    """How generated code says the type of arrays of a kind; `dtype` is the call's float type."""
    if kind == "float":
        return "dtype"
    return "_complex_type(dtype)" if kind == "complex" else f"np.{kind}_"


CONSTANT = Op(
    "constant",
    infer=_infer_constant,
    attrs=Literal,
    derivative=LEAF,
    numpy=_constant_numpy,
    text=_constant_text,
    pretty=_constant_pretty,
    latex=_constant_latex,
    polymorphic=always,
    values=_constant_values,
    samples=(
        Sample("2 * x + 0.5", {"x": "n"}),
        Sample("array([[1.0, 2.0], [3.0, 5.0]]) @ x", {"x": "2"}),
    ),
)


def constant(value: ArrayLike) -> Node:
    """Return a constant: a Python number, or a NumPy array that is copied.

    Python numbers adapt to the precision of the arrays they meet, as in NumPy 2.

    A complex constant is finite, and zeros in it are positive ones.

    Raises ArgumentError for what is not made of numbers or booleans.

    >>> constant(2.0), constant([1.0, 2.0]), constant(2j)
    (<2.0 : () float>, <array([1.0, 2.0]) : (2,) float>, <2j : () complex>)
    """
    if type(value) is int and not -(2**63) <= value < 2**63:
        raise ArgumentError(f"the integer {value} is too large for NumPy; write it as a float")
    if type(value) in (bool, int, float):
        return intern(CONSTANT, (), Literal(value))  # type: ignore[arg-type]
    try:
        array = np.array(_numbers_only(value))
    except ValueError as error:  # NumPy refuses rows of different lengths
        raise ArgumentError(f"no array can be made of {reprlib.repr(value)}: {error}") from None
    if array.dtype.kind not in KIND_OF_TYPE_CODE:
        raise ArgumentError(f"a constant must hold numbers, not {_type_of(value, array)}")
    if array.dtype.kind == "c":
        array = _finite(array)
    if array.ndim == 0:
        return intern(CONSTANT, (), Literal(array.item()))
    array = array.astype(_WIDEST.get(array.dtype.kind, np.int64))
    array.flags.writeable = False
    return intern(CONSTANT, (), Literal(array))


_WIDEST = {"f": np.float64, "b": np.bool_, "c": np.complex128}


def _finite(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Complex numbers without negative zeros, which text cannot say."""
    if not np.all(np.isfinite(array)):
        raise ArgumentError("a complex constant must be finite; text cannot say another")
    return array.astype(np.complex128) + 0.0


def _type_of(value: object, array: np.ndarray[Any, Any]) -> str:
    return repr(value) if array.dtype.kind in "OUS" else array.dtype.name


@function
def array(value: ArrayLike) -> Node:
    """Return a constant array; the name under which text can say one."""
    return constant(np.asarray(_numbers_only(value)))


def _numbers_only(value: object) -> Any:
    """Refuse expressions inside nested lists, which NumPy would walk entry by entry."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, Node):
            raise ArgumentError(
                f"an array constant holds numbers, not expressions such as {item}; "
                "join those with sd.stack or sd.concatenate, or choose one of several by [0]"
            )
        if isinstance(item, (list, tuple)):
            stack.extend(item)
    return value


def number_of(node: Node) -> bool | int | float | None:
    """The real Python number that a scalar constant holds, else None."""
    if node.op is CONSTANT and not node.shape and node.dtype != "complex":
        value: bool | int | float = node.attrs.value
        return value
    return None


# Named sizes as numbers -----------------------------------------------------------------------


def _size_text(node: Node) -> Template:
    return literal(str(node.attrs))


SIZE = Op(
    "size",
    infer=lambda args, attrs: ((), "float"),
    attrs=Dim,
    derivative=LEAF,
    numpy=_size_text,
    text=_size_text,
    pretty=_size_text,
    latex=lambda node: literal(latex_name(str(node.attrs))),
    polymorphic=always,
    values=lambda node, arguments: Interval(1, math.inf, False, True),
    sizes=lambda node: (node.attrs,),
    samples=(Sample("sum(x) / n", {"x": "n"}),),
)


def size(value: int | str | Dim) -> Node:
    """Return a size as a number that formulas can use.

    >>> X = matrix("X", "n", "d")
    >>> size(X.shape[0]), size(4)
    (<n : () float>, <4 : () int>)
    """
    dim = as_size(value)
    if isinstance(dim, int):
        return constant(dim)
    if dim.is_name:
        return intern(SIZE, (), dim)
    return _polynomial(dim)


def _polynomial(dim: Dim) -> Node:
    """Write a compound size with nodes for its names."""
    import sympy

    symbols = sorted(dim.expression.free_symbols, key=str)
    try:
        terms = sympy.Poly(dim.expression, *symbols).terms()
    except sympy.PolynomialError:
        raise ArgumentError(f"the size {dim} is not a polynomial and cannot be a number") from None
    total: Node | None = None
    for powers, coefficient in terms:
        term: Node | None = None if coefficient == 1 else constant(int(coefficient))
        for symbol, power in zip(symbols, powers, strict=True):
            for _ in range(power):
                factor = size(named(symbol.name))
                term = factor if term is None else term * factor
        term = constant(1) if term is None else term
        total = term if total is None else total + term
    return constant(0) if total is None else total


def count(shape: Shape) -> Node:
    """The number of elements of an array of this shape, as a number."""
    total: Node | None = None
    known = product(s for s in shape if isinstance(s, int))
    for s in (known, *(s for s in shape if isinstance(s, Dim))):
        if s != 1:
            total = size(s) if total is None else total * size(s)
    return constant(1) if total is None else total


# The unit matrix ------------------------------------------------------------------------------


def _eye_text(node: Node) -> Template:
    return literal(f"eye({node.attrs})")


EYE = Op(
    "eye",
    infer=lambda args, attrs: ((attrs, attrs), "float"),
    attrs=Size,
    derivative=LEAF,
    numpy=lambda node: literal(f"np.eye({spaced(node.attrs)}, dtype=dtype)"),
    text=_eye_text,
    pretty=lambda node: literal("I"),
    latex=lambda node: literal("I"),
    values=lambda node, arguments: UNIT,
    samples=(Sample("A @ eye(2) + eye(2)", {"A": "2 2"}),),
)


def eye(n: int | str | Dim | Node) -> Node:
    """The unit matrix with `n` rows."""
    return intern(EYE, (), size_of(n))


def size_of(value: object) -> Size:
    """The size that a node stands for, so that text can say `eye(n)` and `reshape(x, (n, -1))`."""
    if not isinstance(value, Node):
        return as_size(value)
    size = size_expressed(value)
    if size is None:
        raise ArgumentError(f"a size must be a whole number or a named size, not {value}")
    return size if size == -1 else as_size(size)


def _int_or_none(value: object) -> int | None:
    """A number that Python takes as an index, but for booleans and arrays of several."""
    try:
        return None if isinstance(value, bool) else value.__index__()  # type: ignore[attr-defined]
    except (AttributeError, TypeError):
        return None


def whole_number(value: object) -> Size:
    """An int, which may be negative, or a size: as such, by name, or by a node that stands for it.

    Raises ArgumentError for anything else.
    """
    if isinstance(value, Node):
        size = size_expressed(value)
    elif isinstance(value, (Dim, str)):
        return as_size(value)
    else:
        size = _int_or_none(value)
    if size is None:
        raise ArgumentError(f"expected a whole number or a named size, not {value!r}")
    return size


def size_expressed(node: Node) -> Size | None:
    """Read sums, products, powers and rounded-down quotients of sizes, as sizes are printed."""
    sizes: dict[Node, Size] = {}
    for part in topological([node]):
        number = number_of(part)
        args = tuple(sizes[arg] for arg in part.args if arg in sizes)
        match part.op.name, args:
            case "size", ():
                sizes[part] = part.attrs
            case "constant", () if isinstance(number, int):
                sizes[part] = number
            case "add", (a, b):
                sizes[part] = a + b
            case "subtract", (a, b):
                sizes[part] = a - b
            case "negative", (a,):
                sizes[part] = 0 - a
            case "multiply", (a, b):
                sizes[part] = a * b
            case "power", (Dim() as a, int(exponent)) if a.is_name and 0 <= exponent < 100:
                sizes[part] = product([a] * exponent)
            case "floor_divide", (Dim() as a, b) if b != 0:
                sizes[part] = a // b
            case "floor_divide", (int(a), int(b)) if b != 0:
                sizes[part] = a // b
    return sizes.get(node)


def as_node(value: object) -> Node:
    """Turn a number, an array or a named size into a node; a node is returned as it is."""
    if isinstance(value, Node):
        return value
    if isinstance(value, Dim):
        return size(value)
    if value is None or isinstance(value, (str, bytes, set, dict)) or callable(value):
        raise ArgumentError(f"expected an expression, a number or an array, not {value!r}")
    return constant(value)  # type: ignore[arg-type]
