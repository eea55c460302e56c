"""Expressions to SymPy: scalars, and matrices with symbolic sizes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import sympy

from symdiff.dims import Size
from symdiff.errors import ArgumentError, shape_text
from symdiff.frontends.sympy.contractions import (
    Said,
    contraction,
    refuse_to_say,
    rows_and_columns,
    size_to_say,
)
from symdiff.frontends.sympy.names import FOLDED, HERE, RELATIONS
from symdiff.node import Node, topological
from symdiff.ops.indexing import Span
from symdiff.rewrite.opened import opened


def to_sympy(node: Node) -> Said:
    """Return an expression as SymPy's: a scalar, or a matrix.

    Variables without axes become real symbols, those with axes a `MatrixSymbol`, a vector one with
    one column; named sizes become nonnegative integers. Floats stay floats. `from_sympy` reads the
    result back.

    Raises ArgumentError, which names the part, for what SymPy cannot say: more than two axes, and
    functions that it does not have.

    >>> import symdiff as sd
    >>> to_sympy(sd.parse("sin(x)**2/n", x="", y="n"))
    sin(x)**2/n
    >>> to_sympy(sd.parse("A @ x + 2*x", A="n n", x="n"))
    A*x + 2*x
    """
    if not isinstance(node, Node):
        raise ArgumentError(f"expected an expression, not {node!r}")
    said: dict[Node, Said] = {}
    (node,) = opened([node])
    for each in topological([node]):
        if each.ndim > 2:
            refuse_to_say(each, f"SymPy has no matrices of shape {shape_text(each.shape)}")
        try:
            said[each] = _said(each, [said[arg] for arg in each.args])
        except ArgumentError:
            raise
        except Exception as error:  # SymPy's own refusals are of many types
            refuse_to_say(each, f"{type(error).__name__} {error}".strip())
    return said[node]


def _said(node: Node, args: list[Said]) -> Said:
    name = node.op.name
    if name in _SAID:
        return _SAID[name](node, args)
    function = _function(node)
    if function is None:
        refuse_to_say(node, f"it has no `{name}`")
    if not node.ndim:
        return function(*args)
    arrays = [arg for arg in node.args if arg.ndim]
    if len(arrays) != 1:
        refuse_to_say(node, f"it has `{name}` of entries for one array alone")
    place = node.args.index(arrays[0])
    entry = sympy.Dummy("t")
    body = function(*(entry if k == place else arg for k, arg in enumerate(args)))
    return args[place].applyfunc(sympy.Lambda(entry, body))


def _function(node: Node) -> Callable[..., Said] | None:
    """What SymPy calls an elementwise function."""
    name = node.op.name
    if name in _MADE:
        return _MADE[name]
    known = HERE.get(name) or _FOLDED.get(name) or _RELATIONS.get(name)
    return getattr(sympy, known) if known else None


_FOLDED = {ours: theirs for theirs, ours in FOLDED.items()}
_RELATIONS = {ours: theirs for theirs, ours in RELATIONS.items() if ours != "where"}


# Leaves -----------------------------------------------------------------------------------------


def _variable(node: Node, args: list[Said]) -> Said:
    name, _, kind = node.attrs
    if node.ndim:
        return sympy.MatrixSymbol(name, *rows_and_columns(node))
    assumed = {"float": {"real": True}, "int": {"integer": True}, "complex": {"complex": True}}
    return sympy.Symbol(name, **assumed.get(kind, {}))


def _constant(node: Node, args: list[Said]) -> Said:
    value = node.attrs.value
    if isinstance(value, np.ndarray):
        columns = value.shape[1] if value.ndim == 2 else 1
        return sympy.ImmutableMatrix(value.shape[0], columns, value.ravel().tolist())
    if isinstance(value, complex):
        return sympy.Float(value.real) + sympy.I * sympy.Float(value.imag)
    return sympy.sympify(value)


# Arithmetic -------------------------------------------------------------------------------------


def _as_array(node: Node, arg: Node, said: Said) -> Said:
    """A number as a matrix of the node's shape; of matrices, only those that have it."""
    if not arg.ndim:
        return said * sympy.OneMatrix(*rows_and_columns(node))
    return _fitting(node, arg, said)


def _fitting(node: Node, arg: Node, said: Said) -> Said:
    if arg.shape != node.shape:
        refuse_to_say(
            node, f"it does not broadcast {shape_text(arg.shape)} to {shape_text(node.shape)}"
        )
    return said


def _sum_of(sign: int) -> Callable[[Node, list[Said]], Said]:
    def said(node: Node, args: list[Said]) -> Said:
        if node.ndim:
            args = [_as_array(node, *pair) for pair in zip(node.args, args, strict=True)]
        return args[0] + sign * args[1]

    return said


def _product(node: Node, args: list[Said]) -> Said:
    arrays = [(arg, said) for arg, said in zip(node.args, args, strict=True) if arg.ndim]
    if len(arrays) < 2:
        return args[0] * args[1]
    scaled = _scaled(node, arrays)
    if scaled is not None:
        return scaled
    return sympy.HadamardProduct(*(_fitting(node, *pair) for pair in arrays))


def _scaled(node: Node, arrays: list[tuple[Node, Said]]) -> Said | None:
    """A matrix with its rows or columns scaled, or an outer product."""
    for (scale, by), (matrix, said) in (arrays, arrays[::-1]):
        rows = scale.ndim == 2 and scale.shape[1] == 1 and node.ndim == 2 and node.shape[1] != 1
        if rows and matrix.shape == node.shape:
            return sympy.DiagMatrix(by) * said
        if rows and matrix.ndim == 1:
            return by * said.T
        if scale.ndim == 1 and matrix.ndim == 2 and matrix.shape == node.shape:
            return said * sympy.DiagMatrix(by)
    return None


def _quotient(node: Node, args: list[Said]) -> Said:
    if not node.args[1].ndim and (not node.args[0].ndim):
        return args[0] / args[1]
    if not node.args[1].ndim:
        return args[0] * (1 / args[1])
    below = sympy.HadamardPower(_fitting(node, node.args[1], args[1]), -1)
    if not node.args[0].ndim:
        return args[0] * below
    return sympy.HadamardProduct(_fitting(node, node.args[0], args[0]), below)


def _power(node: Node, args: list[Said]) -> Said:
    if not node.ndim:
        return args[0] ** args[1]
    if node.args[1].ndim:
        refuse_to_say(node, "it has powers of entries with one exponent alone")
    return sympy.HadamardPower(args[0], args[1])


def _negative(node: Node, args: list[Said]) -> Said:
    return -args[0]


def _where(node: Node, args: list[Said]) -> Said:
    if node.ndim:
        refuse_to_say(node, "it has conditions on scalars alone")
    condition, yes, no = args
    return sympy.Piecewise((yes, condition), (no, True))


# Matrices ---------------------------------------------------------------------------------------


def _index(node: Node, args: list[Said]) -> Said:
    """An entry, or a slice of a matrix."""
    shape = node.args[0].shape
    entries = [*node.attrs, *[Span(None, None, 1)] * (len(shape) - len(node.attrs))]
    places = [_place(entry, size) for entry, size in zip(entries, shape, strict=True)]
    kept = [isinstance(entry, Span) for entry in entries]
    if len(places) == 1:
        places.append(slice(0, 1) if kept[0] else sympy.Integer(0))
    elif any(kept) and not all(kept):
        places = [p if isinstance(p, slice) else slice(p, p + 1) for p in places]
        part = args[0][tuple(places)]
        return part if kept[0] else part.T
    return args[0][tuple(places)]


def _place(entry: int | Span, size: Size) -> Said:
    def counted(bound: Size | None, default: Size) -> Said:
        if bound is None:
            return size_to_say(default)
        return size_to_say(size + bound if isinstance(bound, int) and bound < 0 else bound)

    if not isinstance(entry, Span):
        return counted(entry, 0)
    if entry.step < 0:
        return slice(counted(entry.start, size - 1), counted(entry.stop, -1), entry.step)
    return slice(counted(entry.start, 0), counted(entry.stop, size), entry.step)


def _expanded(node: Node, args: list[Said]) -> Said:
    arg = node.args[0]
    if arg.ndim == 0:
        return args[0] * sympy.OneMatrix(1, 1)
    return args[0] if node.attrs == (1,) else args[0].T


def _broadcast(node: Node, args: list[Said]) -> Said:
    return _as_array(node, node.args[0], args[0])


def _solve(node: Node, args: list[Said]) -> Said:
    return args[0].inv() * args[1]


def _kron(node: Node, args: list[Said]) -> Said:
    """Beside a matrix, NumPy's vector is a row."""
    turned = [
        said.T if arg.ndim < node.ndim else said for arg, said in zip(node.args, args, strict=True)
    ]
    return sympy.KroneckerProduct(*turned)


def _matrix(make: Callable[..., Said]) -> Callable[[Node, list[Said]], Said]:
    return lambda node, args: make(*args)


_SAID: dict[str, Callable[[Node, list[Said]], Said]] = {
    "variable": _variable,
    "constant": _constant,
    "size": lambda node, args: size_to_say(node.attrs),
    "eye": lambda node, args: sympy.Identity(size_to_say(node.attrs)),
    "add": _sum_of(1),
    "subtract": _sum_of(-1),
    "multiply": _product,
    "divide": _quotient,
    "power": _power,
    "negative": _negative,
    "where": _where,
    "contract": contraction,
    "index": _index,
    "expand_dims": _expanded,
    "broadcast_to": _broadcast,
    "inv": _matrix(lambda a: a.inv()),
    "det": _matrix(sympy.Determinant),
    "kron": _kron,
    "solve": _solve,
    "matrix_power": lambda node, args: sympy.MatPow(args[0], node.attrs),
    "stop_gradient": lambda node, args: refuse_to_say(node, "it has no constants that vary"),
}
_MADE: dict[str, Callable[..., Said]] = {
    "sqrt": sympy.sqrt,
    "cbrt": lambda x: sympy.sign(x) * sympy.Abs(x) ** sympy.Rational(1, 3),
    "expm1": lambda x: sympy.exp(x) - 1,
    "exp2": lambda x: 2**x,
    "log1p": lambda x: sympy.log(1 + x),
    "log2": lambda x: sympy.log(x, 2),
    "log10": lambda x: sympy.log(x, 10),
    "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
    "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
    "relu": lambda x: sympy.Max(x, 0),
    "logaddexp": lambda x, y: sympy.log(sympy.exp(x) + sympy.exp(y)),
    "hypot": lambda x, y: sympy.sqrt(x**2 + y**2),
    "clip": lambda x, low, high: sympy.Min(sympy.Max(x, low), high),
    "sinc": lambda x: sympy.sinc(sympy.pi * x),
    "floor_divide": lambda x, y: sympy.floor(x / y),
    "xlogy": lambda x, y: x * sympy.log(y),
}
