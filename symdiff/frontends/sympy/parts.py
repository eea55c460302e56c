"""What the values of SymPy expressions are made of."""

from __future__ import annotations

from typing import Any

import sympy
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr
from sympy.matrices.expressions.slice import MatrixSlice

from symdiff.frontends.sympy.refusals import Expression, refuse

FILLED = (sympy.Identity, sympy.ZeroMatrix, sympy.OneMatrix)
"""Matrices that are given by their shapes."""


def parts_of(expression: Expression) -> list[Any]:
    """What the value of an expression is made of."""
    match expression:
        case sympy.MatrixSymbol() | sympy.Indexed() | sympy.Symbol():
            return []
        case MatrixElement() | MatrixSlice():
            return [expression.parent]
        case sympy.Derivative() | sympy.Subs() | sympy.Limit():
            refuse(expression, "write it out with .doit(), if SymPy can")
        case sympy.Piecewise():
            return [part for pair in expression.args for part in pair.args]
        case sympy.MatrixBase():
            return list(expression.flat())
        case sympy.MatPow():
            return [expression.base]
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
