"""Matrix expressions of SymPy."""

from __future__ import annotations

import sympy
from sympy.matrices.expressions.diagonal import DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.slice import MatrixSlice

from symdiff.frontends.sympy.refusals import Expression, refuse, size_said
from symdiff.frontends.sympy.scalars import folded, ratio
from symdiff.node import Node
from symdiff.ops.leaves import constant
from symdiff.registry import FUNCTIONS

NUMBERS_OF_MATRICES = (sympy.Trace, sympy.Determinant, DotProduct)


def matrix(expression: Expression, nodes: list[Node]) -> Node:
    match expression:
        case sympy.MatrixBase():
            return _dense(expression, nodes)
        case sympy.Identity():
            return FUNCTIONS["eye"](size_said(expression, expression.rows))
        case sympy.ZeroMatrix() | sympy.OneMatrix():
            shape = tuple(size_said(expression, each) for each in expression.shape)
            ones = isinstance(expression, sympy.OneMatrix)
            return FUNCTIONS["ones" if ones else "zeros"](shape)
        case sympy.MatAdd():
            return folded("add", nodes)
        case sympy.MatMul():
            return _multiplied(nodes)
        case sympy.HadamardProduct():
            return folded("multiply", nodes)
        case sympy.HadamardPower():
            return FUNCTIONS["power"](*nodes)
        case sympy.KroneckerProduct():
            return folded("kron", nodes)
        case sympy.Transpose():
            return nodes[0].T
        case sympy.Adjoint():
            return FUNCTIONS["conj"](nodes[0]).T
        case sympy.Inverse():
            return FUNCTIONS["inv"](nodes[0])
        case sympy.MatPow() if expression.exp.is_Integer:
            return FUNCTIONS["matrix_power"](nodes[0], int(expression.exp))
        case sympy.MatPow() if expression.exp == sympy.Rational(1, 2):
            return FUNCTIONS["sqrtm"](nodes[0])
        case sympy.Trace():
            return FUNCTIONS["trace"](nodes[0])
        case sympy.Determinant():
            return FUNCTIONS["det"](nodes[0])
        case sympy.DiagMatrix():
            return FUNCTIONS["diag"](FUNCTIONS["ravel"](nodes[0]))
        case DiagonalMatrix():
            return FUNCTIONS["multiply"](nodes[0], FUNCTIONS["eye"](*nodes[0].shape))
        case DiagonalOf():
            return FUNCTIONS["expand_dims"](FUNCTIONS["diagonal"](nodes[0]), 1)
        case DotProduct():
            return FUNCTIONS["dot"](*map(FUNCTIONS["ravel"], nodes))
        case sympy.BlockMatrix():
            columns = expression.blocks.cols
            rows = [nodes[i : i + columns] for i in range(0, len(nodes), columns)]
            return FUNCTIONS["block"](rows)
        case MatrixSlice():
            return nodes[0][_cut(expression, "row"), _cut(expression, "col")]
    if isinstance(expression, sympy.MatPow):
        refuse(expression, "the exponent of a matrix is a whole number or 1/2")
    refuse(expression, f"`{type(expression).__name__}` has no counterpart")


def _cut(expression: Expression, axis: str) -> slice:
    first, stop, step = getattr(expression, f"{axis}slice")
    return slice(size_said(expression, first), size_said(expression, stop), int(step))


def _dense(expression: Expression, entries: list[Node]) -> Node:
    """An explicit matrix, whose entries are numbers or expressions."""
    if any(entry.ndim for entry in entries):
        refuse(expression, "its entries must be scalars")
    if not entries:
        return FUNCTIONS["zeros"](expression.shape)
    if all(entry.op.name == "constant" for entry in entries):
        numbers = [entry.attrs.value for entry in entries]
        rows = [numbers[i : i + expression.cols] for i in range(0, len(numbers), expression.cols)]
        return constant([[number * 1.0 for number in row] for row in rows])
    return FUNCTIONS["reshape"](FUNCTIONS["stack"](entries), expression.shape)


def _multiplied(nodes: list[Node]) -> Node:
    """A product of matrices, with scalars in front."""
    matrices = [node for node in nodes if node.ndim]
    product = folded("matmul", matrices)
    scalars = [node for node in nodes if not node.ndim]
    return ratio([*scalars, product], []) if scalars else product
