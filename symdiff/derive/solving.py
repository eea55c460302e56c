"""Solving with a structured matrix: each structure in the way that needs the fewest operations.

The results are ordinary expressions: `sd.solve` stands only where a smaller matrix, or one without
structure, is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from symdiff.derive.structure import (
    BlockDiagonal,
    Diagonal,
    Kronecker,
    LowRank,
    Pair,
    Structure,
    Zero,
)
from symdiff.dims import Shape, product
from symdiff.errors import StructureError, describe
from symdiff.node import Node
from symdiff.ops.contraction import contract, transpose
from symdiff.ops.elementwise import add
from symdiff.ops.leaves import constant, eye, number_of
from symdiff.ops.linear_algebra import solve
from symdiff.ops.structure import expand_dims, reshape
from symdiff.rewrite.simplify import simplify


def solution(structure: Structure, matrix: Node, b: Node) -> Node:
    """What the square matrix, of shape `b.shape + b.shape`, maps to `b`; not simplified.

    Raises StructureError for a matrix that is singular by its structure.
    """
    match structure:
        case Zero():
            raise StructureError("a matrix of zeros has no inverse")
        case Diagonal(entries):
            return b / entries
        case LowRank(pairs, None):
            raise StructureError(
                f"{describe(matrix)} is of low rank ({_sum_of(pairs)}), so in general it has no "
                "inverse; add a diagonal, such as lam*sum(x**2)/2 in the target, or solve with "
                ".dense if you know that it has one"
            )
        case LowRank(pairs, Diagonal(entries)):
            return _woodbury(entries, pairs, b)
        case Kronecker(scale, factors):
            for axes, factor in factors:
                b = b if factor is None else _solve_along(factor, b, axes)
            return b / scale
        case BlockDiagonal():
            return _solve_blocks(structure, b)
    if b.ndim == 1:
        return solve(matrix, b)
    return _solve_along(matrix, b, tuple(range(b.ndim)))


def _sum_of(pairs: Sequence[Pair]) -> str:
    return "an outer product" if len(pairs) == 1 else f"a sum of {len(pairs)} products"


# Kronecker and blocks -------------------------------------------------------------------------


def _solve_along(matrix: Node, b: Node, axes: tuple[int, ...]) -> Node:
    """Solve with a matrix that acts on some axes of `b`: rows, then columns."""
    rest = tuple(k for k in range(b.ndim) if k not in axes)
    order = (*axes, *rest)
    turned = transpose(b, order)
    rows = product(b.shape[k] for k in axes)
    columns = tuple(b.shape[k] for k in rest)
    right = reshape(turned, (rows, product(columns)) if rest else (rows,))
    found = reshape(solve(reshape(matrix, (rows, rows)), right), turned.shape)
    return transpose(found, tuple(order.index(k) for k in range(b.ndim)))


def _solve_blocks(structure: BlockDiagonal, b: Node) -> Node:
    """Solve with each block, as a stack of matrices."""
    order = (*structure.axes, *structure.inner)
    turned = transpose(b, order)
    lead: Shape = tuple(b.shape[k] for k in structure.axes)
    rows = product(b.shape[k] for k in structure.inner)
    blocks = reshape(structure.blocks, (*lead, rows, rows))
    found = reshape(solve(blocks, reshape(turned, (*lead, rows, 1))), turned.shape)
    return transpose(found, tuple(order.index(k) for k in range(b.ndim)))


# Low rank plus diagonal -----------------------------------------------------------------------


def _woodbury(diagonal: Node, pairs: Sequence[Pair], b: Node) -> Node:
    """The identity of Sherman, Morrison and Woodbury.

    With D the diagonal and U Vᵀ the rest, it is D⁻¹ b − D⁻¹ U (I + Vᵀ D⁻¹ U)⁻¹ Vᵀ D⁻¹ b.
    """
    own = tuple(range(b.ndim))
    rank = b.ndim
    first = b / diagonal
    if len(pairs) == 1 and pairs[0].rank is None:
        left, right, _ = pairs[0]
        left = left / diagonal
        small = simplify(1 + contract([right, left], [own, own], ()))
        if number_of(small) == 0:
            raise StructureError(
                "the matrix is singular for all values: by the identity of Sherman and Morrison, "
                "its inverse has a factor 1/0; add a multiple of sum(x**2) to the target"
            )
        return first - left * (contract([right, first], [own, own], ()) / small)
    left, right = (_side_by_side(pairs, side) for side in (0, 1))
    left = left / (expand_dims(diagonal, b.ndim) if diagonal.ndim else diagonal)
    small = contract([right, left], [(*own, rank), (*own, rank + 1)], (rank, rank + 1))
    inner = contract([right, first], [(*own, rank), own], (rank,))
    weights = solve(eye(small.shape[0]) + small, inner)
    return first - contract([left, weights], [(*own, rank), (rank,)], own)


def _side_by_side(pairs: Sequence[Pair], side: int) -> Node:
    """The vectors of one side of all pairs, along one last axis."""
    widths = [1 if pair.rank is None else pair.rank for pair in pairs]
    width = sum(widths)
    parts: list[Node] = []
    for k, (pair, own) in enumerate(zip(pairs, widths, strict=True)):
        node = pair[side]
        assert isinstance(node, Node)
        if own == width:
            return node
        start = sum(widths[:k])
        places = [[float(j == start + i) for j in range(width)] for i in range(own)]
        parts.append(_placed(node, places, pair.rank is None))
    return reduce(add, parts)


def _placed(node: Node, places: list[list[float]], single: bool) -> Node:
    """Vectors put at their places among others."""
    if single:
        axes = tuple(range(node.ndim))
        return contract([node, constant(places[0])], [axes, (node.ndim,)], (*axes, node.ndim))
    axes = tuple(range(node.ndim - 1))
    last, new = node.ndim - 1, node.ndim
    return contract([node, constant(places)], [(*axes, last), (last, new)], (*axes, new))
