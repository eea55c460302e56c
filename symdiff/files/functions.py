"""What calls in emitted modules mean.

A call is of a helper in `_HELPERS`, of an op that writes itself so, or of a function of ours under
NumPy's or SciPy's name.
"""

from __future__ import annotations

import ast
import re
import string
from collections import defaultdict
from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple, NoReturn

import numpy as np

from symdiff.dims import Dim
from symdiff.errors import FileError
from symdiff.node import Node, intern
from symdiff.ops.leaves import as_node, constant, variable
from symdiff.registry import FUNCTIONS, OPS, Op, form
from symdiff.template import ATOM, Template

CONVERSIONS = frozenset({"_floats", "_complexes", "_booleans", "_integers"})
"""Helpers that make arrays of arguments."""


class Dtype(NamedTuple):
    """A type of arrays, by its kind."""

    kind: str


class Several(NamedTuple):
    """What a NumPy function with several results returns."""

    ops: dict[str, Op]
    args: tuple[Node, ...]


def refuse(part: ast.AST, reason: str) -> NoReturn:
    """Say in which line stands what cannot be read."""
    raise FileError(f"line {getattr(part, 'lineno', 1)}: {reason}")


def called(part: ast.expr, dotted: str) -> Callable[..., Any]:
    """What a call means: a helper, the op that is written so, or a function of that name."""
    if dotted in _HELPERS:
        return _HELPERS[dotted]
    if dotted in _written_by_ops():
        return partial(_applied, _written_by_ops()[dotted])
    if dotted in _wholes():
        return partial(_several, _wholes()[dotted])
    root, _, name = dotted.rpartition(".")
    known = FUNCTIONS.get(name if root else name.removeprefix("_"))
    if known is None or not (root or name.startswith("_")):
        refuse(part, f"`{dotted}` is no function of emitted modules")
    return known


@cache
def _written_by_ops() -> dict[str, Op]:
    """Ops that NumPy source writes as a call of all of their arguments, by what is called."""
    found: dict[str, Op] = {}
    for op in OPS.values():
        if op.attrs is None and isinstance(op.numpy, Template):
            slots = "".join(part if isinstance(part, str) else "@" for part in op.numpy.parts)
            match = re.fullmatch(r"([\w.]+)\(@(?:, @)*\)", slots)
            if match and op.samples:
                found.setdefault(match[1], op)
    return found


def _applied(op: Op, *args: Any) -> Node:
    return intern(op, tuple(as_node(arg) for arg in args))


@cache
def _wholes() -> dict[str, dict[str, Op]]:
    """The ops that are results of a call that returns several, by what is called and by name."""
    found: dict[str, dict[str, Op]] = defaultdict(dict)
    matrix = variable("A", ("n", "n"))
    for op in OPS.values():
        if op.part is not None:
            whole = form(op.part.whole, intern(op, (matrix,))).render([("A", ATOM)])
            found[whole.partition("(")[0]][op.part.name] = op
    return dict(found)


def _several(ops: dict[str, Op], *args: Any, full_matrices: bool = False, mode: str = "") -> Any:
    found = Several(ops, tuple(as_node(arg) for arg in args))
    return intern(ops["R"], found.args) if mode == "r" else found


def _sici(x: Any) -> tuple[Node, Node]:
    return _of("sinint", x), _of("cosint", x)


def without_dtype(dotted: str, named: dict[str, Any]) -> dict[str, Any]:
    """Types as our functions are told them: floats are what most make anyway."""
    kind = named.get("dtype")
    rest = {name: value for name, value in named.items() if name not in ("dtype", "kind")}
    if isinstance(kind, Dtype) and (kind.kind != "float" or dotted == "np.arange"):
        return {**rest, "dtype": kind.kind}
    return rest


def converted(value: Any, to: Dtype) -> Any:
    """A value as another kind. An int becomes a float where it meets one; a condition does not."""
    node = as_node(value)
    return node * 1.0 if to.kind == "float" and node.dtype == "bool" else node


def _of(name: str, *args: Any, **named: Any) -> Node:
    """What our function of that name makes."""
    node: Node = FUNCTIONS[name](*args, **named)
    return node


def _array(values: Any, dtype: Dtype | None = None) -> Node:
    flat = [values]
    while flat:
        each = flat.pop()
        if isinstance(each, list):
            flat.extend(each)
        elif isinstance(each, (Node, Dim)):
            return _of("stack", values)
    return constant(np.array(values))


def _put(shape: Any, index: Any, values: Any) -> Node:
    return _zeros(shape, values).at[index].set(values)


def _scatter_add(shape: Any, index: Any, values: Any) -> Node:
    return _zeros(shape, values).at[index].add(values)


def _zeros(shape: Any, like: Any) -> Node:
    kind = as_node(like).dtype
    return _of("zeros", shape) if kind == "float" else _of("zeros", shape, dtype=kind)


def _softmax_minus(x: Node, t: object, p: object = 1, axis: Any = None) -> Node:
    return _of("softmax", x, axis=axis) * p - t


def _softmax_slope(x: Any, axis: Any = None) -> Node:
    share = _of("softmax", x, axis=axis)
    return share * (1 - share)


def _add_diagonal(matrix: Node, entries: object) -> Node:
    unit = _of("eye", matrix.shape[-1])
    return matrix + unit * entries


def _set_diagonal(matrix: Node, entries: Any) -> Node:
    unit = _of("eye", matrix.shape[-1])
    return _of("where", _of("equal", unit, 1), entries, matrix)


def _on_diagonal(values: Any, letters: str, shape: Any) -> Node:
    """Zeros, but where the indices that `letters` repeats agree: products with unit matrices."""
    whole, _, kept = letters.partition("->")
    fresh = iter(sorted({*string.ascii_letters} - {*whole}))
    inputs, units, output = [kept], [], ""
    for place, letter in enumerate(whole):
        if letter in output:
            other = next(fresh)
            inputs.append(letter + other)
            units.append(_of("eye", shape[place]))
            letter = other
        output += letter
    values = _of("broadcast_to", values, [shape[whole.index(letter)] for letter in kept])
    return _of("einsum", f"{','.join(inputs)}->{output}", values, *units)


def _minus_mean(x: Node, weights: Any, axis: Any = None) -> Node:
    return x - _of("sum", weights * x, axis, keepdims=axis is not None)


_HELPERS: dict[str, Callable[..., Any]] = {
    "np.array": _array,
    "np.asarray": lambda value, **_: as_node(value),
    "np.full": lambda shape, value, **_: _of("full", shape, value),
    "_complex_type": lambda dtype: Dtype("complex"),
    "_put": _put,
    "_updated": lambda x, index, values: x.at[index].set(values),
    "_scatter_add": _scatter_add,
    "_add_diagonal": _add_diagonal,
    "_set_diagonal": _set_diagonal,
    "_on_diagonal": _on_diagonal,
    "_lacking": lambda shares, axis=None: 1 - shares,
    "_minus_mean": _minus_mean,
    "_centre": lambda x, axis=None: _of("mean", x, axis),
    "_symmetric": lambda x: x,  # stands in arguments of what takes symmetric parts anyway
    "_p_norm": lambda x, ord, axis=None: _of("norm", x, ord, axis),
    "_product_before": lambda x, axis: _of("cumprod", x, axis, exclusive=True),
    "_last_written": lambda shape, places: _of("last_written", shape, *places),
    "special.sici": _sici,
    "_windows": lambda x, sizes, **named: _of("sliding_window_view", x, sizes, **named),
    "_rfft_weights": lambda n, dtype: _of("rfft_weights", n),
    "_sech": lambda x: 1 / _of("cosh", x),
    "_log1mexp": lambda x: _of("log", 1 - _of("exp", x)),
    "_log_cosh": lambda x: _of("log", _of("cosh", x)),
    "_sigmoid_minus": lambda x, t: _of("sigmoid", x) - t,
    "_softmax_minus": _softmax_minus,
    "_softmax_slope": _softmax_slope,
    "np.square": lambda x: x**2,
    "np.reciprocal": lambda x: 1 / x,
}
METHODS: dict[str, Callable[..., Any]] = {
    "astype": converted,
    "copy": lambda x: x,
}
