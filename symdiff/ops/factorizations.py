"""The factorisations of Cholesky and of Gram and Schmidt (QR), over the last two axes.

Their derivatives are written with the factors themselves, so that generated code factorises once.
"""

from __future__ import annotations

from typing import NamedTuple

from symdiff.dims import Shape
from symdiff.errors import ArgumentError, describe
from symdiff.node import Node, intern
from symdiff.ops.contraction import matmul
from symdiff.ops.edges import NOT_POSITIVE_DEFINITE, RANK_DROPS
from symdiff.ops.leaves import as_node, eye
from symdiff.ops.matrices import (
    check_matrix,
    matrix_function,
    of_symmetric_part,
    smaller_size,
    symmetric_part,
    transposed,
)
from symdiff.ops.triangles import tril
from symdiff.ops.triangular import solve_triangular
from symdiff.registry import Part, Sample, function
from symdiff.template import Template

__all__ = ["cholesky", "qr", "qr_q", "qr_r"]


# Cholesky -------------------------------------------------------------------------------------


def _cholesky_rule(node: Node, k: int, g: Node) -> Node:
    """L⁻ᵀ Φ(Lᵀ L̄) L⁻¹, made symmetric; Φ takes the lower triangle and halves its diagonal."""
    turned = transposed(node)
    inner = matmul(turned, g)
    halved = tril(inner) - inner * eye(node.shape[-1]) / 2
    left = solve_triangular(turned, halved)
    return symmetric_part(solve_triangular(turned, transposed(left)))


CHOLESKY = matrix_function(
    "cholesky",
    _cholesky_rule,
    numpy=of_symmetric_part("np.linalg.cholesky({})"),
    edges=(NOT_POSITIVE_DEFINITE,),
    samples=(
        Sample("cholesky(A @ A.T + 4*eye(n))", {"A": "n n"}, -0.9, 0.9),
        Sample("cholesky(A + 5*eye(n))", {"A": "n n"}, -0.9, 0.9),
        Sample("cholesky(A + 5*eye(3), upper=True) @ x", {"A": "2 3 3", "x": "3"}, -0.9, 0.9),
        Sample("solve(cholesky(A @ A.T + 4*eye(n)), x)", {"A": "n m", "x": "n"}, -0.9, 0.9),
    ),
    reference="Murray 2016, Differentiation of the Cholesky decomposition",
)


@function
def cholesky(a: object, upper: bool = False) -> Node:
    """Return the lower triangular L with `L @ L.T = a`; with `upper`, its transpose.

    Of a matrix that is not symmetric, the symmetric part `(a + a.T)/2` is meant, as in JAX, so
    that the derivative is symmetric; NumPy reads one triangle, which is the same for a symmetric
    matrix. The cotangent of the argument is the symmetric part of L⁻ᵀ Φ(Lᵀ L̄) L⁻¹, where Φ takes
    the lower triangle and halves its diagonal (Murray 2016). A matrix that is not positive definite
    is refused when it is evaluated.

    Raises ShapeError for a matrix that is not square, ArgumentError for a scalar or vector.

    >>> import symdiff as sd
    >>> cholesky(sd.matrix("A", "n", "n"))
    <cholesky(A) : (n, n) float>
    """
    lower = intern(CHOLESKY, (as_node(a),))
    return transposed(lower) if upper else lower


# QR -------------------------------------------------------------------------------------------


class QRResult(NamedTuple):
    """The orthonormal columns and the upper triangle whose product a matrix is."""

    Q: Node
    R: Node


def _shape_of_q(a: Node) -> Shape:
    return (*a.shape[:-1], smaller_size(*a.shape[-2:]))


def _shape_of_r(a: Node) -> Shape:
    return (*a.shape[:-2], smaller_size(*a.shape[-2:]), a.shape[-1])


def _copied_down(m: Node) -> Node:
    """The symmetric matrix with the lower triangle of `m`."""
    return tril(m) + transposed(tril(m, -1))


def _over_r(m: Node, r: Node) -> Node:
    """The product of `m` and R⁻ᵀ."""
    return transposed(solve_triangular(r, transposed(m)))


def _from_q(q: Node, r: Node, g: Node) -> Node:
    """[Q̄ − Q copyltu(Q̄ᵀ Q)] R⁻ᵀ, what a matrix with at least as many rows as columns receives."""
    return _over_r(g - matmul(q, _copied_down(matmul(transposed(g), q))), r)


def _from_r(q: Node, r: Node, g: Node) -> Node:
    """Q copyltu(R R̄ᵀ) R⁻ᵀ."""
    return _over_r(matmul(q, _copied_down(matmul(r, transposed(g)))), r)


def _split(a: Node) -> tuple[slice, slice] | None:
    """The square block of a matrix with more columns than rows, and what is right of it."""
    rows, columns = a.shape[-2:]
    difference = columns - rows
    if smaller_size(rows, columns) is columns or difference == 0:
        return None
    end = rows if isinstance(rows, int) else -difference
    return slice(None, end), slice(end, None)


def _q_rule(node: Node, k: int, g: Node) -> Node | None:
    a, r, split = node.args[0], intern(QR_R, node.args), _split(node.args[0])
    if split is None:
        return _from_q(node, r, g)
    block = a[..., split[0]]
    return block.op.derivative.cotangent(block, 0, _from_q(node, r[..., split[0]], g))


def _r_rule(node: Node, k: int, g: Node) -> Node | None:
    """As the rest of R is Qᵀ times the rest of A, what it receives goes to both."""
    a, q, split = node.args[0], intern(QR_Q, node.args), _split(node.args[0])
    if split is None:
        return _from_r(q, node, g)
    block, rest = a[..., split[0]], a[..., split[1]]
    square, g_square, g_rest = node[..., split[0]], g[..., split[0]], g[..., split[1]]
    of_q = _from_q(q, square, matmul(rest, transposed(g_rest)))
    first = block.op.derivative.cotangent(block, 0, of_q + _from_r(q, square, g_square))
    last = rest.op.derivative.cotangent(rest, 0, matmul(q, g_rest))
    assert first is not None and last is not None
    return first + last


_QR = Template("np.linalg.qr({0})")
_REFERENCE = (
    "Walter and Lehmann 2012; Seeger et al. 2017, Auto-Differentiating Linear Algebra; with more "
    "columns than rows, Roberts and Roberts 2020"
)

QR_Q = matrix_function(
    "qr_q",
    _q_rule,
    numpy=Template("np.linalg.qr({0}).Q"),
    shape=_shape_of_q,
    square=False,
    part=Part(_QR, "Q"),
    edges=(RANK_DROPS,),
    operations=4,
    samples=(
        Sample("qr_q(A + 3*eye(n))", {"A": "n n"}, -0.9, 0.9),
        Sample("qr_q(A)", {"A": "4 2"}, -0.9, 0.9),
        Sample("qr_q(A) @ qr_r(A) * qr_q(A)", {"A": "m 3 3"}, -0.9, 0.9),
        Sample("qr_q(A)", {"A": "2 3"}, -0.9, 0.9),
    ),
    reference=_REFERENCE,
)
QR_R = matrix_function(
    "qr_r",
    _r_rule,
    numpy=Template('np.linalg.qr({0}, mode="r")'),
    shape=_shape_of_r,
    square=False,
    part=Part(_QR, "R"),
    edges=(RANK_DROPS,),
    operations=2,
    samples=(
        Sample("qr_r(A + 3*eye(n))", {"A": "n n"}, -0.9, 0.9),
        Sample("qr_r(A)", {"A": "4 2"}, -0.9, 0.9),
        Sample("qr_r(A)", {"A": "m 5 3"}, -0.9, 0.9),
        Sample("qr_r(A) * qr_r(B)", {"A": "2 3", "B": "2 3"}, -0.9, 0.9),
    ),
    reference=_REFERENCE,
)


@function
def qr_q(a: object) -> Node:
    """Return the orthonormal columns Q of the reduced factorisation `Q @ R` of a matrix.

    Their signs are those that LAPACK gives. The cotangent of a matrix with at least as many rows as
    columns is [Q̄ − Q copyltu(Q̄ᵀ Q)] R⁻ᵀ, where copyltu copies the lower triangle to the upper one
    (Seeger et al. 2017). It needs linearly independent columns, without which R is refused as
    singular when the derivative is evaluated. Of two named sizes the first is taken as the larger,
    and a call where it is not is refused.

    Raises ArgumentError for a scalar or vector.

    >>> import symdiff as sd
    >>> qr_q(sd.matrix("A", "n", 3)).shape
    (n, 3)
    """
    return intern(QR_Q, (as_node(a),))


@function
def qr_r(a: object) -> Node:
    """Return the upper triangle R of the reduced factorisation `Q @ R` of a matrix.

    The cotangent of a matrix with at least as many rows as columns is Q copyltu(R R̄ᵀ) R⁻ᵀ; see
    `qr_q`.

    Raises ArgumentError for a scalar or vector.

    >>> import symdiff as sd
    >>> qr_r(sd.matrix("A", "n", 3)).shape
    (3, 3)
    """
    return intern(QR_R, (as_node(a),))


def qr(a: object, mode: str = "reduced") -> QRResult | Node:
    """Return the factors of `a = Q @ R` by name; with `mode="r"`, R alone.

    Generated code factorises once, however many of the factors and of their derivatives it needs.

    Raises ArgumentError for a scalar or vector, and for mode "complete" where it is not the same as
    "reduced": the columns that it adds to Q are not determined.

    >>> import symdiff as sd
    >>> Q, R = qr(sd.matrix("A", "n", "d"))
    >>> print(Q, R, Q.shape, R.shape)
    qr_q(A) qr_r(A) (n, d) (d, d)
    """
    node = as_node(a)
    check_matrix("qr", node)
    if mode == "r":
        return qr_r(node)
    same = node.shape[-2] == node.shape[-1] or _split(node) is not None
    if mode == "complete" and not same:
        raise ArgumentError(
            f"`qr` with mode='complete' adds columns that {describe(node)} does not determine, "
            "so they have no derivative; use mode='reduced'"
        )
    if mode not in ("reduced", "complete"):
        raise ArgumentError(f"the mode of `qr` is 'reduced' or 'r', not {mode!r}")
    return QRResult(qr_q(node), qr_r(node))
