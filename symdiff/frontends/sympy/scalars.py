"""Numbers, arithmetic and functions of SymPy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from symdiff.frontends.sympy.names import FOLDED, function_of
from symdiff.frontends.sympy.parts import fraction, is_negative
from symdiff.frontends.sympy.refusals import Expression, refuse
from symdiff.frontends.sympy.values import Value, applied
from symdiff.node import Node
from symdiff.ops.leaves import as_node, constant
from symdiff.registry import FUNCTIONS


def scalar(expression: Expression, parts: list[Value]) -> Value:
    match expression:
        case sympy.Add():
            signs = [is_negative(term) for term in expression.args]
            return applied(lambda *nodes: added(*nodes, signs=signs), parts)
        case sympy.Mul():
            count = len(fraction(expression)[0])
            return applied(lambda *nodes: ratio(nodes[:count], nodes[count:]), parts)
        case sympy.Pow() if expression.exp.is_Rational:
            return applied(lambda base: _power(base, expression.exp), parts)
        case sympy.Pow():
            return applied(FUNCTIONS["power"], parts)
        case sympy.Piecewise():
            return applied(_pieces, parts)
    if expression.is_number or expression.is_Boolean:
        number = _number(expression)
        if number is not None:
            return Value(number)
    name = type(expression).__name__
    if name in FOLDED:
        return applied(lambda *nodes: folded(FOLDED[name], nodes), parts)
    function = function_of(name, len(parts))
    if function is None and name == "Heaviside" and len(parts) == 1:
        function = lambda x: FUNCTIONS["heaviside"](x, 0.5)  # noqa: E731
    if function is None:
        of = f" of {len(parts)} argument(s)" if parts else ""
        refuse(expression, f"`{name}`{of} has no counterpart")
    return applied(function, parts)


def _number(expression: Expression) -> Node | None:
    """A number as a constant; what is exact in SymPy and no float is a quotient."""
    if expression in (sympy.true, sympy.false):
        return constant(bool(expression))
    if expression.is_Integer:
        whole = int(expression)
        try:
            return constant(whole if abs(whole) < 2**63 else float(whole))
        except OverflowError:
            refuse(expression, "it is larger than all floats")
    if expression.is_Rational:
        return _number(sympy.Integer(expression.p)) / _number(sympy.Integer(expression.q))  # type: ignore
    if expression is sympy.I:
        return constant(1j)
    if expression is sympy.zoo:
        refuse(expression, "it is infinite in no direction")
    if expression.is_Float or expression.is_NumberSymbol or expression in _INFINITE:
        return constant(float(expression))
    return None


_INFINITE = (sympy.oo, -sympy.oo, sympy.nan)


def added(*nodes: Node, signs: Sequence[bool] = ()) -> Node:
    pairs = list(zip(nodes, signs or [False] * len(nodes), strict=True))
    pairs.sort(key=lambda pair: pair[1])  # what is subtracted comes last
    first, negative = pairs[0]
    total = -first if negative else first
    for node, negative in pairs[1:]:
        total = total - node if negative else total + node
    return total


def ratio(above: Sequence[Node], below: Sequence[Node]) -> Node:
    numbers = [as_node(factor) for factor in above] or [constant(1)]
    minus = [factor for factor in numbers if getattr(factor.attrs, "value", None) == -1]
    numbers = [factor for factor in numbers if factor not in minus] or [constant(1)]
    result = folded("multiply", numbers)
    if below:
        result = result / folded("multiply", below)
    return -result if len(minus) % 2 else result


def _power(base: Node, exponent: Any) -> Node:
    if exponent < 0:
        return 1 / _power(base, -exponent)
    if exponent == 1:
        return base
    if exponent == sympy.Rational(1, 2):
        return FUNCTIONS["sqrt"](base)
    return base ** (int(exponent) if exponent.is_Integer else float(exponent))


def _pieces(*nodes: Node) -> Node:
    """Values and conditions in turn; where none holds, there is no number."""
    result = as_node(float("nan"))
    for value, condition in zip(reversed(nodes[::2]), reversed(nodes[1::2]), strict=True):
        always = getattr(condition.attrs, "value", None) is True
        result = value if always else FUNCTIONS["where"](condition, value, result)
    return result


def folded(name: str, nodes: Sequence[Node]) -> Node:
    result = nodes[0]
    for node in nodes[1:]:
        result = FUNCTIONS[name](result, node)
    return result
