"""Arrays that are put together of others, to SymPy: explicit matrices and blocks."""

from __future__ import annotations

import sympy

from symdiff.errors import shape_text
from symdiff.frontends.sympy.contractions import Said, refuse_to_say
from symdiff.node import Node


def stacked(node: Node, args: list[Said]) -> Said:
    """A column of numbers, or a matrix of rows or columns."""
    if node.ndim == 1:
        return sympy.ImmutableMatrix(len(args), 1, args)
    if node.attrs == 1:
        return sympy.BlockMatrix([args])
    return sympy.BlockMatrix([[said.T] for said in args])


def joined(node: Node, args: list[Said]) -> Said:
    """Blocks below or beside each other."""
    return sympy.BlockMatrix([args] if node.attrs == 1 else [[said] for said in args])


def reshaped(node: Node, args: list[Said]) -> Said:
    """Another shape of an explicit matrix, or a column that is a vector."""
    (said,), (arg,) = args, node.args
    if not arg.ndim:
        said = sympy.ImmutableMatrix([[said]])
    elif node.shape in ((*arg.shape, 1), arg.shape[:1]) and arg.size == node.size:
        return said
    if isinstance(said, sympy.MatrixBase):
        rows, *columns = node.shape
        return sympy.ImmutableMatrix(rows, *(columns or [1]), list(said))
    refuse_to_say(node, f"it has no other shape for matrices of shape {shape_text(arg.shape)}")


def chosen(node: Node, args: list[Said]) -> Said:
    """One of two by a condition, which holds for all entries alike."""
    condition, yes, no = args
    shapes = [arg.shape for arg in node.args]
    if shapes[0] != () or shapes[1] != shapes[2]:
        refuse_to_say(node, "it has conditions on scalars alone")
    return sympy.Piecewise((yes, condition), (no, True))
