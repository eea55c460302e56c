"""Singular values and vectors, over the last two axes.

Singular values that are equal have the derivatives of any singular vectors that belong to them. The
vectors themselves are then not determined, and their derivative is refused when it is evaluated.
"""

from __future__ import annotations

from typing import NamedTuple

from symdiff.dims import Shape
from symdiff.errors import ArgumentError, describe
from symdiff.node import Node, intern
from symdiff.ops.contraction import matmul
from symdiff.ops.edges import (
    RANK_DROPS,
    SINGULAR_VALUE_ZERO,
    SINGULAR_VALUES_TIE,
    SINGULAR_VECTORS_TURN,
)
from symdiff.ops.kinks import sign
from symdiff.ops.leaves import as_node
from symdiff.ops.matrices import (
    as_row,
    check_matrix,
    matrix_function,
    skew_part,
    smaller_size,
    symmetric_part,
    transposed,
)
from symdiff.ops.spectral import over_gaps
from symdiff.ops.structure import zeros
from symdiff.registry import Part, Sample, function
from symdiff.template import Template

__all__ = [
    "svd",
    "svd_u",
    "svd_vh",
    "svdvals",
]


# The decomposition ----------------------------------------------------------------------------


class SVDResult(NamedTuple):
    """The factors whose product `(U * S) @ Vh` a matrix is; singular values descend."""

    U: Node
    S: Node
    Vh: Node


def _shape_of_u(a: Node) -> Shape:
    return (*a.shape[:-1], smaller_size(*a.shape[-2:]))


def _shape_of_s(a: Node) -> Shape:
    return (*a.shape[:-2], smaller_size(*a.shape[-2:]))


def _shape_of_vh(a: Node) -> Shape:
    return (*a.shape[:-2], smaller_size(*a.shape[-2:]), a.shape[-1])


def _rotation(m: Node, s: Node) -> tuple[Node, Node]:
    """What Uᵀ A V receives from a rotation of singular vectors with the cotangent `m`.

    The symmetric part of it turns U and V alike, by 1/(σⱼ − σᵢ), the skew part oppositely, by
    1/(σⱼ + σᵢ).
    """
    alike = over_gaps(m, s, s, off_diagonal=True)
    oppositely = over_gaps(m, s, -s, off_diagonal=True)
    return symmetric_part(alike), skew_part(oppositely)


def _svdvals_rule(node: Node, k: int, g: Node) -> Node:
    """U diag(s̄) Vᵀ; 0 for a singular value of exactly 0, where it has a kink as |x| has."""
    u, vh = intern(SVD_U, node.args), intern(SVD_VH, node.args)
    return matmul(u * as_row(g * sign(node)), vh)


def _svd_u_rule(node: Node, k: int, g: Node) -> Node:
    """U [sym(E ∘ UᵀŪ) + skew(H ∘ UᵀŪ)] Vᵀ + (I − U Uᵀ) Ū S⁻¹ Vᵀ."""
    s, vh = intern(SVDVALS, node.args), intern(SVD_VH, node.args)
    m = matmul(transposed(node), g)
    alike, oppositely = _rotation(m, s)
    inside = matmul(node, alike + oppositely)
    if node.shape[-2] == node.shape[-1]:
        return matmul(inside, vh)
    outside = over_gaps(g - matmul(node, m), s, zeros(node.shape[-2]))
    return matmul(inside + outside, vh)


def _svd_vh_rule(node: Node, k: int, g: Node) -> Node:
    """U [sym(E ∘ VᵀV̄) − skew(H ∘ VᵀV̄)] Vᵀ + U S⁻¹ V̄ᵀ (I − V Vᵀ)."""
    u, s = intern(SVD_U, node.args), intern(SVDVALS, node.args)
    m = matmul(node, transposed(g))
    alike, oppositely = _rotation(m, s)
    inside = matmul(alike - oppositely, node)
    if node.shape[-2] == node.shape[-1]:
        return matmul(u, inside)
    outside = over_gaps(transposed(g) - matmul(transposed(node), m), s, zeros(node.shape[-1]))
    return matmul(u, inside + transposed(outside))


_SVD = Template("np.linalg.svd({0}, full_matrices=False)")
_REFERENCE = "Townsend 2016, Differentiating the Singular Value Decomposition; Giles 2008"

SVDVALS = matrix_function(
    "svdvals",
    _svdvals_rule,
    numpy=Template("np.linalg.svdvals({0})"),
    shape=_shape_of_s,
    square=False,
    part=Part(_SVD, "S"),
    operations=4,
    edges=(
        SINGULAR_VALUES_TIE,
        SINGULAR_VALUE_ZERO,
    ),
    samples=(
        Sample("svdvals(A)", {"A": "n n"}, -0.9, 0.9),
        Sample("svdvals(A) * x", {"A": "2 4 3", "x": "3"}, -0.9, 0.9),
        Sample("svdvals(A)", {"A": "2 3"}, -0.9, 0.9),
        Sample("svdvals(A) * svdvals(A @ A)", {"A": "n n"}, -0.9, 0.9),
    ),
    reference="Giles 2008",
)
SVD_U = matrix_function(
    "svd_u",
    _svd_u_rule,
    numpy=Template("np.linalg.svd({0}, full_matrices=False).U"),
    shape=_shape_of_u,
    square=False,
    part=Part(_SVD, "U"),
    operations=14,
    edges=(
        SINGULAR_VECTORS_TURN,
        RANK_DROPS,
    ),
    samples=(
        Sample("svd_u(A)**2", {"A": "n n"}, -0.9, 0.9),
        Sample("abs(svd_u(A))", {"A": "4 2"}, -0.9, 0.9),
        Sample("svd_u(A)**2", {"A": "2 3"}, -0.9, 0.9),
        Sample("(svd_u(A) * exp(svdvals(A))[:, None]) @ svd_vh(A)", {"A": "2 3 2"}, -0.9, 0.9),
    ),
    reference=_REFERENCE,
)
SVD_VH = matrix_function(
    "svd_vh",
    _svd_vh_rule,
    numpy=Template("np.linalg.svd({0}, full_matrices=False).Vh"),
    shape=_shape_of_vh,
    square=False,
    part=Part(_SVD, "Vh"),
    operations=14,
    edges=(
        SINGULAR_VECTORS_TURN,
        RANK_DROPS,
    ),
    samples=(
        Sample("svd_vh(A)**2", {"A": "n n"}, -0.9, 0.9),
        Sample("abs(svd_vh(A))", {"A": "2 3"}, -0.9, 0.9),
        Sample("svd_vh(A)**2", {"A": "3 2"}, -0.9, 0.9),
        Sample("(svd_u(A) * sin(svdvals(A))[:, None]) @ svd_vh(A)", {"A": "m 2 3"}, -0.9, 0.9),
    ),
    reference=_REFERENCE,
)


@function
def svdvals(a: object) -> Node:
    """Return the singular values of a matrix in descending order.

    The cotangent of the argument is U diag(s̄) Vᵀ (Giles 2008), also where singular values repeat.
    A singular value of 0 has derivative 0 by convention. Of two named sizes the first is taken as
    the larger, and a call where it is not is refused.

    Raises ArgumentError for a scalar or vector.

    >>> import symdiff as sd
    >>> svdvals(sd.matrix("A", "n", 3))
    <svdvals(A) : (3,) float>
    """
    return intern(SVDVALS, (as_node(a),))


@function
def svd_u(a: object) -> Node:
    """Return the left singular vectors of a matrix as columns, one for each singular value.

    The cotangent of the argument is U [sym(E ∘ UᵀŪ) + skew(H ∘ UᵀŪ)] Vᵀ + (I − U Uᵀ) Ū S⁻¹ Vᵀ with
    1/(σⱼ − σᵢ) in E and 1/(σⱼ + σᵢ) in H, off the diagonal (Townsend 2016). Where singular values
    repeat or are 0, a derivative that is not determined is refused when it is evaluated.

    Raises ArgumentError for a scalar or vector.

    >>> import symdiff as sd
    >>> svd_u(sd.matrix("A", "n", 3)).shape
    (n, 3)
    """
    return intern(SVD_U, (as_node(a),))


@function
def svd_vh(a: object) -> Node:
    """Return the right singular vectors of a matrix as rows, one for each singular value.

    Its derivative is that of `svd_u` with the sides exchanged.

    Raises ArgumentError for a scalar or vector.

    >>> import symdiff as sd
    >>> svd_vh(sd.matrix("A", "n", 3)).shape
    (3, 3)
    """
    return intern(SVD_VH, (as_node(a),))


def svd(a: object, full_matrices: bool = True, compute_uv: bool = True) -> SVDResult | Node:
    """Return the factors of `a = (U * S) @ Vh` by name; without `compute_uv`, S alone.

    Generated code decomposes once, however many of the factors and of their derivatives it needs.

    Raises ArgumentError for a scalar or vector, and for a matrix that is not square unless
    `full_matrices` is False: the further vectors are not determined.

    >>> import symdiff as sd
    >>> U, S, Vh = svd(sd.matrix("A", "n", 3), full_matrices=False)
    >>> print(U, S, Vh)
    svd_u(A) svdvals(A) svd_vh(A)
    """
    node = as_node(a)
    check_matrix("svd", node)
    if not compute_uv:
        return svdvals(node)
    if full_matrices and node.shape[-2] != node.shape[-1]:
        raise ArgumentError(
            f"`svd` with full matrices adds vectors that {describe(node)} does not determine, "
            "so they have no derivative; use full_matrices=False"
        )
    return SVDResult(svd_u(node), svdvals(node), svd_vh(node))
