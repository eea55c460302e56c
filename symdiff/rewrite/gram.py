"""`Xᵀ diag(s) X` with `s >= 0` as `YᵀY`, of which BLAS computes one half.

Both factors may hold scalings of their own, and a scalar in front is one more: all are proven to be
non-negative together, and their root scales `X` once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from symdiff.node import Node, topological, use_counts
from symdiff.ops.contraction import CONTRACT, transpose
from symdiff.ops.contraction_forms import recognise
from symdiff.ops.elementwise import divide, multiply, sqrt
from symdiff.ops.lowered_products import matmul
from symdiff.ops.structure import EXPAND_DIMS, expand_dims
from symdiff.rewrite.engine import rebuild
from symdiff.rewrite.ranges import is_nonnegative


class Gram(NamedTuple):
    """`Xᵀ diag(s) X`, or `X diag(s) Xᵀ` if its rows are what stays."""

    matrix: Node
    scale: Node
    rows_stay: bool


def one_half(outputs: Sequence[Node]) -> list[Node]:
    """Take the root of non-negative scales into the matrix.

    >>> import symdiff as sd
    >>> X, s = sd.matrix("X", "n", "d"), sd.vector("s", "n")
    >>> print(*one_half([X.T @ sd.diag(sd.exp(s)) @ X]))
    (diag(sqrt(exp(s))) X)ᵀ diag(sqrt(exp(s))) X
    """
    order = topological(outputs)
    grams = {node: found for node in order if (found := _gram(node)) is not None}
    if not grams:
        return list(outputs)
    uses = use_counts(order, outputs)
    for node in order:
        multiple = _factor_out(node, grams)
        if multiple is not None and uses[multiple[0]] == 1 and is_nonnegative(multiple[1]):
            gram = grams.pop(multiple[0])
            args = tuple(gram.scale if arg is multiple[0] else arg for arg in node.args)
            grams[node] = gram._replace(scale=rebuild(node, args))
    new: dict[Node, Node] = {}
    for node in order:
        found = grams.get(node)
        rebuilt = rebuild(node, tuple([new[arg] for arg in node.args]))
        new[node] = rebuilt if found is None else _written(found)
    return [new[output] for output in outputs]


def _gram(node: Node) -> Gram | None:
    form = recognise(node) if node.op is CONTRACT and len(node.args) == 3 else None
    if form is None or form.kind != "scaled matmul" or form.flipped[0] == form.flipped[1]:
        return None
    if node.dtype != "float":
        return None
    left, scale, right = node.args
    rows_stay = not form.flipped[0]
    (first, own), (second, others) = (_unscaled(m, rows_stay) for m in (left, right))
    if first is not second:
        return None
    for vector in (*own, *others):
        scale = multiply(scale, vector)
    return Gram(first, scale, rows_stay) if is_nonnegative(scale) else None


def _unscaled(matrix: Node, rows_stay: bool) -> tuple[Node, list[Node]]:
    """A matrix without the vectors that scale its columns, or its rows, and those vectors."""
    vectors: list[Node] = []
    while matrix.op.name == "multiply":
        for scale, rest in (matrix.args, matrix.args[::-1]):
            vector = _scaling_vector(scale, matrix, rows_stay)
            if rest.shape == matrix.shape and vector is not None:
                vectors.append(vector)
                matrix = rest
                break
        else:
            break
    return matrix, vectors


def _scaling_vector(scale: Node, matrix: Node, rows_stay: bool) -> Node | None:
    """The vector by which a factor of a matrix scales what is summed, if it is one."""
    if scale.dtype != "float":
        return None
    if rows_stay:
        return scale if scale.ndim == 1 else None
    return _column(scale) if scale.shape == (matrix.shape[0], 1) else None


def _column(node: Node) -> Node | None:
    """The vector that a matrix of one column holds."""
    if node.op is EXPAND_DIMS:
        return node.args[0] if node.attrs == (1,) else None
    if not node.op.elementwise:
        return None
    columns = [arg if not arg.ndim else _column(arg) for arg in node.args]
    args = tuple(column for column in columns if column is not None)
    return rebuild(node, args) if len(args) == len(columns) else None


def _factor_out(node: Node, grams: dict[Node, Gram]) -> tuple[Node, Node] | None:
    """A multiple of a product that is to be halved: that product, and the scalar as an expression.

    The scalar is the multiple with 1 in place of the product.
    """
    if node.op.name not in ("multiply", "divide"):
        return None
    for place, arg in enumerate(node.args):
        if arg in grams and not (node.op.name == "divide" and place):
            other = node.args[1 - place]
            if not other.ndim and other.dtype != "complex":
                return arg, (other if node.op.name == "multiply" else divide(1, other))
    return None


def _written(gram: Gram) -> Node:
    root = sqrt(gram.scale)
    scaled = multiply(root if gram.rows_stay else expand_dims(root, 1), gram.matrix)
    turned = transpose(scaled)
    return matmul(scaled, turned) if gram.rows_stay else matmul(turned, scaled)
