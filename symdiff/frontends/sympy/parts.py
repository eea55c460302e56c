"""What the values of SymPy expressions are made of."""

from __future__ import annotations

from typing import Any

import sympy
from sympy.core.function import AppliedUndef
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr
from sympy.matrices.expressions.slice import MatrixSlice

from symdiff.frontends.sympy.refusals import Expression, refuse

FILLED = (sympy.Identity, sympy.ZeroMatrix, sympy.OneMatrix)
"""Matrices that are given by their shapes."""


_INSTEAD = {
    (sympy.Derivative, sympy.Subs, sympy.Limit): "write it out with .doit(), if SymPy can",
    (sympy.Lambda,): "it is a function; read its .expr",
    (sympy.Poly,): "read its .as_expr()",
    (sympy.Order,): "it is no number; leave it out with .removeO()",
    (AppliedUndef,): "nothing says what this function is; put an expression in its place by .subs",
    (sympy.hyper, sympy.meijerg): "it has no counterpart",
    (sympy.Set, sympy.Contains): "say where by relations, such as (x > 0) & (x < 1)",
    (sympy.Tuple, sympy.Dict, sympy.NDimArray): "read its entries one by one, or make it a Matrix",
    (sympy.FunctionMatrix,): "write its entries out with .as_explicit(), or sum over them",
}
"""What has no value of its own, and what to write."""


def parts_of(expression: Expression) -> list[Any]:
    """What the value of an expression is made of."""
    for kinds, instead in _INSTEAD.items():
        if isinstance(expression, kinds):
            refuse(expression, instead)
    match expression:
        case sympy.MatrixSymbol() | sympy.Indexed() | sympy.Symbol():
            return []
        case MatrixElement() | MatrixSlice():
            return [expression.parent]
        case sympy.Piecewise():
            return [part for pair in expression.args for part in pair.args]
        case sympy.MatrixBase():
            return list(expression.flat())
        case sympy.MatPow():
            return [expression.base]
        case sympy.BlockMatrix():
            return list(expression.blocks.flat())
        case sympy.KroneckerDelta():
            return list(expression.args[:2])  # a third says where they lie
        case MatrixExpr() if not isinstance(expression, FILLED):
            return list(expression.args)  # `MatMul` is a `Mul` too, and `MatAdd` an `Add`
        case sympy.Pow() if expression.exp.is_Rational:
            return [expression.base]
        case sympy.Mul():
            above, below = fraction(expression)
            return [*above, *below]
        case sympy.Add():
            return [-term if is_negative(term) else term for term in expression.args]
    return [] if isinstance(expression, FILLED) else list(expression.args)


def fraction(product: Expression) -> tuple[list[Any], list[Any]]:
    """The factors of a product above and below the line."""
    above: list[Any] = []
    below: list[Any] = []
    for factor in product.args:
        if factor.is_Rational and not factor.is_Integer:
            above += [] if abs(factor.p) == 1 else [sympy.Integer(abs(factor.p))]
            above += [sympy.Integer(-1)] if factor.p < 0 else []
            below.append(sympy.Integer(factor.q))
        elif factor.is_Pow and factor.exp.is_Rational and factor.exp < 0:
            below.append(sympy.Pow(factor.base, -factor.exp))
        else:
            above.append(factor)
    return above, below


def is_negative(term: Expression) -> bool:
    coefficient, _ = term.as_coeff_Mul()
    return bool(coefficient.is_extended_negative)
