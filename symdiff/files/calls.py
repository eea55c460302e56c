"""Expressions of emitted modules, read into nodes: names, operators and calls."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from symdiff.dims import Dim
from symdiff.errors import FileError, SymdiffError
from symdiff.files.functions import (
    METHODS,
    Dtype,
    Several,
    called,
    converted,
    refuse,
    without_dtype,
)
from symdiff.node import Node, intern
from symdiff.ops.leaves import as_node
from symdiff.registry import FUNCTIONS


class Reader:
    """Computes the values of expressions: nodes, numbers, sizes, types, and tuples of these."""

    def __init__(
        self, names: dict[str, Any], own: Mapping[str, Callable[..., Any]] | None = None
    ) -> None:
        """`own` are the functions that the module defines."""
        self.names = names
        self.own = dict(own or {})

    def value(self, expression: ast.expr) -> Any:
        """The value of an expression. Raises FileError, with the line, for what is not emitted."""
        values: list[Any] = []
        stack: list[tuple[ast.expr, bool]] = [(expression, False)]
        while stack:
            part, opened = stack.pop()
            inner = _parts(part)
            if inner and not opened:
                stack.append((part, True))
                stack.extend((each, False) for each in reversed(inner))
                continue
            start = len(values) - len(inner)
            found = values[start:]
            del values[start:]
            values.append(self._combined(part, found))
        (result,) = values
        return result

    def _combined(self, part: ast.expr, found: list[Any]) -> Any:
        try:
            return self._made(part, found)
        except FileError:
            raise
        except SymdiffError as error:
            refuse(part, " ".join(str(error).split()))
        except Exception as error:  # whatever a function says of arguments that emit never writes
            raise FileError(f"line {part.lineno}: `{_short(part)}` cannot be read back") from error

    def _made(self, part: ast.expr, found: list[Any]) -> Any:
        match part:
            case ast.Constant(value=value):
                return _plain(part, value)
            case ast.Name(id=name) if name in self.names:
                return self.names[name]
            case ast.Tuple():
                return tuple(found)
            case ast.List():
                return found
            case ast.BinOp(op=op) if type(op) in _BINARY:
                return _binary(_BINARY[type(op)], *found)
            case ast.UnaryOp(op=ast.USub()):
                return -found[0]
            case ast.Compare(ops=[op]) if type(op) in _COMPARED:
                return FUNCTIONS[_COMPARED[type(op)]](*found)
            case ast.Slice():
                given = iter(found)
                bounds = (part.lower, part.upper, part.step)
                return slice(*(None if bound is None else next(given) for bound in bounds))
            case ast.Subscript(value=ast.Attribute(attr="s_")):
                return found[0]
            case ast.Subscript():
                return found[0][found[1]]
            case ast.Call(func=function):
                return self._called(part, function, found)
            case ast.Attribute(attr=name):
                dotted = _dotted(part)
                return _attribute(part, found[0], name) if dotted is None else _CONSTANTS[dotted]
            case ast.Name(id=name) if name in self.own:
                refuse(part, f"`{name}` belongs to an equation, which sd.save keeps and source not")
        refuse(part, f"`{_short(part)}` is not of emitted modules")

    def _called(self, part: ast.Call, function: ast.expr, found: list[Any]) -> Any:
        names = [keyword.arg for keyword in part.keywords]
        plain, given = found[: len(found) - len(names)], found[len(found) - len(names) :]
        if None in names:
            refuse(part, "no emitted module calls with `**`")
        named = dict(zip(map(str, names), given, strict=True))
        dotted = _dotted(function)
        if dotted in self.own and not named:
            return self.own[dotted](*plain)
        if dotted is not None:
            return called(function, dotted)(*plain, **without_dtype(dotted, named))
        assert isinstance(function, ast.Attribute)
        receiver, *rest = plain
        if isinstance(receiver, Dtype) and function.attr == "type":
            return converted(rest[0], receiver)
        method = METHODS.get(function.attr) or FUNCTIONS.get(function.attr)
        if method is None or not isinstance(receiver, Node):
            refuse(part, f"`{_short(part)}` is not of emitted modules")
        return method(receiver, *rest, **named)


def _short(part: ast.expr) -> str:
    """The beginning of an expression; deep ones are not written."""
    try:
        return ast.unparse(part)[:60]
    except RecursionError:
        return type(part).__name__


# Parts ------------------------------------------------------------------------------------------


def _parts(part: ast.expr) -> list[ast.expr]:
    """The expressions whose values an expression is made of."""
    match part:
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return parts
        case ast.BinOp(left=left, right=right) | ast.Compare(left=left, comparators=[right]):
            return [left, right]
        case ast.UnaryOp(operand=operand):
            return [operand]
        case ast.Slice(lower=lower, upper=upper, step=step):
            return [bound for bound in (lower, upper, step) if bound is not None]
        case ast.Subscript(value=ast.Attribute(attr="s_"), slice=index):
            return [index]
        case ast.Subscript(value=value, slice=index):
            return [value, index]
        case ast.Attribute(value=value):
            return [] if _dotted(part) else [value]
        case ast.Call(func=function, args=args, keywords=keywords):
            receiver = [] if _dotted(function) else [_value_of(function)]
            return [*receiver, *args, *(keyword.value for keyword in keywords)]
    return []


def _value_of(function: ast.expr) -> ast.expr:
    if not isinstance(function, ast.Attribute):
        refuse(function, f"`{_short(function)}` is no function of emitted modules")
    return function.value


def _dotted(part: ast.expr) -> str | None:
    """`np.linalg.solve` or `_put` as text; None for what is an attribute of a value."""
    names: list[str] = []
    while isinstance(part, ast.Attribute):
        names.append(part.attr)
        part = part.value
    if not isinstance(part, ast.Name):
        return None
    if names and part.id not in ("np", "special", "linalg", "scipy"):
        return None
    return ".".join([part.id, *reversed(names)])


def _plain(part: ast.expr, value: object) -> Any:
    if value is None or value is Ellipsis or type(value) in (bool, float, complex, str):
        return value
    if type(value) is int and abs(value) < 2**63:
        return value
    refuse(part, f"`{_short(part)}` is not of emitted modules")


def _binary(operation: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """Sizes stay sizes under the operations that they have; other values become nodes."""
    whole = (operator.add, operator.sub, operator.mul, operator.floordiv)
    if all(isinstance(value, (int, Dim)) for value in (left, right)) and operation in whole:
        return operation(left, right)
    if isinstance(left, (int, float, complex)) and isinstance(right, complex):
        return operation(left, right)
    return operation(as_node(left), as_node(right))


def _attribute(part: ast.expr, value: Any, name: str) -> Any:
    if isinstance(value, Several) and name in value.ops:
        return intern(value.ops[name], value.args)
    if isinstance(value, Node):
        if name == "dtype":
            return Dtype("float")
        if name in ("T", "real", "imag", "shape", "ndim"):
            return getattr(value, name)
    refuse(part, f"`{_short(part)}` is not of emitted modules")


_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
}
_COMPARED: dict[type[ast.cmpop], str] = {
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
}
_CONSTANTS: dict[str, Any] = {
    "np.inf": math.inf,
    "np.nan": math.nan,
    "np.pi": math.pi,
    "np.newaxis": None,
    **{f"np.{name}": Dtype("int") for name in ("int_", "int64")},
    **{f"np.{name}": Dtype("bool") for name in ("bool_", "bool")},
    "np.float64": Dtype("float"),
    "np.complex128": Dtype("complex"),
    "dtype": Dtype("float"),
}
