"""Expressions to SymPy: scalars, and matrices with symbolic sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import sympy

from symdiff.dims import Size
from symdiff.errors import ArgumentError, describe, shape_text
from symdiff.frontends.sympy.contractions import (
    Said,
    contraction,
    refuse_to_say,
    rows_and_columns,
    size_to_say,
)
from symdiff.frontends.sympy.entrywise import entry_of, symbol_of
from symdiff.frontends.sympy.explicit import chosen, joined, reshaped, stacked
from symdiff.frontends.sympy.functions import sympy_function
from symdiff.node import Node, topological
from symdiff.ops.indexing import Span
from symdiff.rewrite.opened import opened


def to_sympy(node: Node, indices: Sequence[object] | None = None) -> Said:
    """Return an expression as SymPy's: a scalar, a matrix, or the entry at some indices.

    Variables without axes become real symbols, those with axes a `MatrixSymbol`, a vector one with
    one column; named sizes become nonnegative integers. Floats stay floats. `from_sympy` reads the
    result back.

    What matrices cannot say, sums over the entries of `IndexedBase`s can: arrays of any number of
    axes, broadcasting, conditions. So a scalar is said where there are no matrices for it, and an
    array where `indices` names one per axis, such as "i j", or numbers; the result is that entry.

    Raises ArgumentError, which names the part, for what SymPy cannot say: functions that it does
    not have, and arrays that are no matrices without `indices`.

    >>> import symdiff as sd
    >>> to_sympy(sd.parse("sin(x)**2/n", x="", y="n"))
    sin(x)**2/n
    >>> to_sympy(sd.parse("A @ x + 2*x", A="n n", x="n"))
    A*x + 2*x
    >>> to_sympy(sd.parse("softmax(x)", x="n"), "i")
    exp(x[i])/Sum(exp(x[j]), (j, 0, n - 1))
    """
    if not isinstance(node, Node):
        raise ArgumentError(f"expected an expression, not {node!r}")
    if indices is not None:
        return entry_of(node, _symbols(node, indices))
    try:
        said = _by_matrices(node)
    except ArgumentError as refused:
        if not node.ndim:
            return entry_of(node, ())
        hint = " ".join("ijklmnpq"[: node.ndim])
        raise ArgumentError(f"{refused}; for one entry, see indices={hint!r}") from None
    return said if node.ndim or not said.has(sympy.Sum) else _without_columns(node, said)


def _without_columns(node: Node, said: Said) -> Said:
    """Sums over the entries of vectors, where those over the one column of a matrix read worse."""
    try:
        return entry_of(node, ())
    except ArgumentError:  # some of its matrices have no form for one entry
        return said


def _symbols(node: Node, indices: Sequence[object]) -> list[Said]:
    """Indices as SymPy's: names become symbols."""
    given = indices.split() if isinstance(indices, str) else list(indices)
    if len(given) != node.ndim:
        raise ArgumentError(f"{describe(node)} has {node.ndim} axes, but indices are {indices!r}")
    return [
        sympy.Symbol(k, integer=True) if isinstance(k, str) else sympy.sympify(k) for k in given
    ]


def _by_matrices(node: Node) -> Said:
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
    function = sympy_function(node)
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


# Leaves -----------------------------------------------------------------------------------------


def _variable(node: Node, args: list[Said]) -> Said:
    if node.ndim:
        return sympy.MatrixSymbol(node.attrs[0], *rows_and_columns(node))
    return symbol_of(node)


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
    "where": chosen,
    "stack": stacked,
    "concatenate": joined,
    "reshape": reshaped,
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
