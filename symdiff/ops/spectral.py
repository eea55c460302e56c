"""Eigenvalues and eigenvectors, of symmetric matrices and of others whose eigenvalues are real.

Eigenvalues that are equal have the derivatives of any eigenvectors that belong to them, so that
what depends on the eigenvalues alone, and on equal ones alike, has the right derivative. The
eigenvectors that belong to equal eigenvalues are not determined, so they have no derivative, and
one that is needed is refused when it is evaluated. So are second derivatives of such eigenvalues,
which are written with the derivatives of eigenvectors.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from symdiff.dims import Shape, broadcast
from symdiff.errors import ArgumentError, ShapeError, describe
from symdiff.node import Node, intern
from symdiff.ops.batching import Args, aligned, stretched
from symdiff.ops.contraction import matmul, sum
from symdiff.ops.edges import (
    EIGENVALUES_TIE,
    EIGENVECTORS_TURN,
    REAL_EIGENVALUES_TIE,
    REAL_EIGENVECTORS_TURN,
)
from symdiff.ops.leaves import as_node
from symdiff.ops.linear_algebra import inv
from symdiff.ops.matrices import (
    as_row,
    check_square,
    matrix_function,
    of_symmetric_part,
    one_per_row,
    symmetric_part,
    transposed,
)
from symdiff.ops.rows import batched
from symdiff.ops.structure import unbroadcast
from symdiff.registry import Op, Part, Pullback, Sample, function
from symdiff.template import Template

__all__ = [
    "eig",
    "eig_vectors",
    "eigh",
    "eigh_vectors",
    "eigvals",
    "eigvalsh",
    "over_gaps",
]


# Division by gaps -----------------------------------------------------------------------------


def _infer_gaps(args: tuple[Node, ...], off_diagonal: bool) -> tuple[Shape, str]:
    m, w, v = args
    if m.ndim < 2 or not w.ndim or not v.ndim:
        raise ArgumentError(
            f"`over_gaps` needs a matrix and two vectors, not {describe(m)}, {describe(w)} and "
            f"{describe(v)}"
        )
    rows, columns = m.shape[-2:]
    for size, vector in ((columns, w), (rows, v)):
        if vector.shape[-1] != size or not _has_batch(m, vector):
            raise ShapeError(
                f"`over_gaps` cannot divide {describe(m)} by gaps of {describe(vector)}"
            )
    if off_diagonal and rows != columns:
        raise ShapeError(f"`over_gaps` off the diagonal needs a square matrix, not {describe(m)}")
    return m.shape, "float"


def _gaps_batch(node: Node, args: Args) -> Node:
    """Each case has a matrix of its own, as the result has its shape."""
    matrix = stretched(node, args)[0]
    return intern(node.op, (matrix, *aligned(node.args, args, (2, 1, 1))[1:]), node.attrs)


def _has_batch(m: Node, vector: Node) -> bool:
    """Whether the leading axes of a vector stretch to those of a matrix."""
    try:
        return broadcast(m.shape[:-2], vector.shape[:-1]) == m.shape[:-2]
    except ShapeError:
        return False


def _gaps_rule(node: Node, k: int, g: Node) -> Node:
    """Linear in the matrix; a gap enters with −1/gap², with the two signs of its ends."""
    _, w, v = node.args
    if k == 0:
        return intern(OVER_GAPS, (g, w, v), node.attrs)
    entries = intern(OVER_GAPS, (g * node, w, v), node.attrs)
    along = sum(entries, -2 if k == 1 else -1)
    return unbroadcast(-along if k == 1 else along, node.ndim - 1, node.args[k].shape)


def _gaps_form(name: str) -> Any:
    return lambda node: Template(
        f"{name}({{0}}, {{1}}, {{2}}{', off_diagonal=True' if node.attrs else ''})"
    )


OVER_GAPS = Op(
    "over_gaps",
    infer=_infer_gaps,
    attrs=bool,
    derivative=Pullback(_gaps_rule),
    numpy=_gaps_form("_over_gaps"),
    text=_gaps_form("over_gaps"),
    pretty=_gaps_form("over_gaps"),
    latex=lambda node: Template("\\operatorname{{over-gaps}}\\left({0}, {1}, {2}\\right)"),
    rows=batched(2, 1, 1),
    batch=_gaps_batch,
    samples=(
        Sample("over_gaps(A, w, v + 5)", {"A": "n m", "w": "m", "v": "n"}, -0.9, 0.9),
        Sample(
            "over_gaps(A, w + w0, w + w0, off_diagonal=True)".replace(
                "w0", "array([1.0, 5.0, 9.0])"
            ),
            {"A": "2 3 3", "w": "3"},
            -0.9,
            0.9,
        ),
        Sample("over_gaps(A, w, v + 5)", {"A": "n 2 m 3", "w": "2 3", "v": "m"}, -0.9, 0.9),
    ),
)


@function
def over_gaps(m: object, w: object, v: object, off_diagonal: bool = False) -> Node:
    """Return the matrix whose entry i, j is `m[i, j]/(w[j] - v[i])`.

    With `off_diagonal` the diagonal is 0 instead. By such quotients eigenvectors change, with
    eigenvalues `w` and `v`. Where two are equal, to rounding, their column of `m` must be
    0, and then so is the result; any other is refused when it is evaluated.

    Raises ShapeError for vectors that do not fit the matrix.

    >>> import symdiff as sd
    >>> M, w = sd.matrix("M", 2, 2), sd.vector("w", 2)
    >>> gaps = over_gaps(M, w, w, off_diagonal=True)
    >>> sd.evaluate(gaps, M=[[1, 1], [1, 1]], w=[1, 3])
    array([[ 0. ,  0.5],
           [-0.5,  0. ]])
    """
    return intern(OVER_GAPS, (as_node(m), as_node(w), as_node(v)), bool(off_diagonal))


# Symmetric matrices ---------------------------------------------------------------------------


class EighResult(NamedTuple):
    """The eigenvalues of symmetric matrices, in ascending order, and unit eigenvectors."""

    eigenvalues: Node
    eigenvectors: Node


def _eigvalsh_rule(node: Node, k: int, g: Node) -> Node:
    """V diag(w̄) Vᵀ."""
    v = intern(EIGH_VECTORS, node.args)
    return matmul(v * as_row(g), transposed(v))


def _eigh_vectors_rule(node: Node, k: int, g: Node) -> Node:
    """V (F ∘ (Vᵀ V̄)) Vᵀ, made symmetric, where F has 1/(λⱼ − λᵢ) off the diagonal."""
    w, turned = intern(EIGVALSH, node.args), transposed(node)
    inner = over_gaps(matmul(turned, g), w, w, off_diagonal=True)
    return symmetric_part(matmul(matmul(node, inner), turned))


_EIGH = of_symmetric_part("np.linalg.eigh({})")
_REFERENCE = "Giles 2008; Seeger et al. 2017, Auto-Differentiating Linear Algebra"

EIGVALSH = matrix_function(
    "eigvalsh",
    _eigvalsh_rule,
    numpy=of_symmetric_part("np.linalg.eigvalsh({})"),
    shape=one_per_row,
    part=Part(_EIGH, "eigenvalues"),
    operations=4,
    edges=(EIGENVALUES_TIE,),
    samples=(
        Sample("eigvalsh(A + A.T)", {"A": "n n"}, -0.9, 0.9),
        Sample("eigvalsh(A + tri(n))", {"A": "n n"}, -0.9, 0.9),
        Sample("eigvalsh(A @ A.T + eye(3)) * x", {"A": "3 3", "x": "3"}, -0.9, 0.9),
        Sample("eigvalsh(K)", {"K": "2 3 3"}, -0.9, 0.9),
    ),
    reference=_REFERENCE,
)
EIGH_VECTORS = matrix_function(
    "eigh_vectors",
    _eigh_vectors_rule,
    numpy=of_symmetric_part("np.linalg.eigh({}).eigenvectors"),
    part=Part(_EIGH, "eigenvectors"),
    operations=9,
    edges=(EIGENVECTORS_TURN,),
    samples=(
        Sample("eigh_vectors(A + 2*diag(sum(tri(n), axis=1)))**2", {"A": "n n"}, -0.9, 0.9),
        Sample(
            "(eigh_vectors(K) * exp(eigvalsh(K))[:, None]) @ transpose(eigh_vectors(K), (0, 2, 1))",
            {"K": "2 3 3"},
            -0.9,
            0.9,
        ),
        Sample("outer(eigh_vectors(A)[:, 0], eigh_vectors(A)[:, 0])", {"A": "3 3"}, -0.9, 0.9),
    ),
    reference=_REFERENCE,
)


def _check_triangle(name: str, UPLO: object) -> None:
    if UPLO not in ("L", "U", "l", "u"):
        raise ArgumentError(f"`UPLO` of `{name}` is 'L' or 'U', not {UPLO!r}")


@function
def eigvalsh(a: object, UPLO: str = "L") -> Node:
    """Return the eigenvalues of a symmetric matrix in ascending order.

    Of a matrix that is not symmetric, the symmetric part `(a + a.T)/2` is meant, as in JAX, so
    that `UPLO`, the triangle that NumPy reads, makes no difference. The cotangent of the argument
    is V diag(w̄) Vᵀ with the eigenvectors V (Giles 2008), also where eigenvalues repeat.

    Raises ShapeError for a matrix that is not square, ArgumentError for a scalar or vector.

    >>> import symdiff as sd
    >>> A = sd.matrix("A", "n", "n")
    >>> print(sd.grad(sd.sum(eigvalsh(A) ** 2), A))
    2 eigh_vectors(A) diag(eigvalsh(A)) eigh_vectors(A)ᵀ
    """
    _check_triangle("eigvalsh", UPLO)
    return intern(EIGVALSH, (as_node(a),))


@function
def eigh_vectors(a: object, UPLO: str = "L") -> Node:
    """Return unit eigenvectors of a symmetric matrix as columns, in the order of `eigvalsh`.

    Their signs are those that LAPACK gives. The cotangent of the argument is the symmetric part of
    V (F ∘ (Vᵀ V̄)) Vᵀ, where F has 1/(λⱼ − λᵢ) off the diagonal (Giles 2008). Where eigenvalues
    repeat, the derivative of their eigenvectors is refused when it is evaluated; functions of
    matrices such as `sqrtm` and `expm` have derivatives there, too.

    Raises ShapeError for a matrix that is not square, ArgumentError for a scalar or vector.

    >>> import symdiff as sd
    >>> eigh_vectors(sd.matrix("A", "n", "n"))
    <eigh_vectors(A) : (n, n) float>
    """
    _check_triangle("eigh_vectors", UPLO)
    return intern(EIGH_VECTORS, (as_node(a),))


def eigh(a: object, UPLO: str = "L") -> EighResult:
    """Return the eigenvalues and the unit eigenvectors of a symmetric matrix by name.

    See `eigvalsh` and `eigh_vectors`. Generated code factorises once, however many of the two and
    of their derivatives it needs.

    Raises ShapeError for a matrix that is not square, ArgumentError for a scalar or vector.

    >>> import symdiff as sd
    >>> w, v = eigh(sd.matrix("A", "n", "n"))
    >>> print(w, v)
    eigvalsh(A) eigh_vectors(A)
    """
    return EighResult(eigvalsh(a, UPLO), eigh_vectors(a, UPLO))


# Other matrices -------------------------------------------------------------------------------


class EigResult(NamedTuple):
    """The eigenvalues of matrices, in the order of LAPACK, and unit eigenvectors."""

    eigenvalues: Node
    eigenvectors: Node


def _eigvals_rule(node: Node, k: int, g: Node) -> Node:
    """V⁻ᵀ diag(w̄) Vᵀ."""
    v = intern(EIG_VECTORS, node.args)
    return matmul(transposed(inv(v)) * as_row(g), transposed(v))


def _eig_vectors_rule(node: Node, k: int, g: Node) -> Node:
    """V⁻ᵀ (F ∘ (Vᵀ V̄′)) Vᵀ, where V̄′ is V̄ without what would make the columns longer."""
    w, turned = intern(EIGVALS, node.args), transposed(node)
    across = g - node * as_row(sum(node * g, -2))
    inner = over_gaps(matmul(turned, across), w, w, off_diagonal=True)
    return matmul(matmul(transposed(inv(node)), inner), turned)


_EIG = Template("_real_eig({0})")
_SAMPLE = "A + array([[1.0, 1.0, 0.0], [0.0, 4.0, 1.0], [0.0, 0.0, 8.0]])"

EIGVALS = matrix_function(
    "eigvals",
    _eigvals_rule,
    numpy=Template("_real_eig({0}).eigenvalues"),
    shape=one_per_row,
    part=Part(_EIG, "eigenvalues"),
    operations=10,
    edges=(REAL_EIGENVALUES_TIE,),
    samples=(
        Sample(f"eigvals({_SAMPLE})", {"A": "3 3"}, -0.4, 0.4),
        Sample(f"sin(eigvals({_SAMPLE}))", {"A": "2 3 3"}, -0.4, 0.4),
    ),
    reference="Giles 2008",
)
EIG_VECTORS = matrix_function(
    "eig_vectors",
    _eig_vectors_rule,
    numpy=Template("_real_eig({0}).eigenvectors"),
    part=Part(_EIG, "eigenvectors"),
    operations=26,
    edges=(REAL_EIGENVECTORS_TURN,),
    samples=(
        Sample(f"eig_vectors({_SAMPLE})**2", {"A": "3 3"}, -0.4, 0.4),
        Sample(f"abs(eig_vectors({_SAMPLE}))", {"A": "2 3 3"}, -0.4, 0.4),
    ),
    reference="Giles 2008; Boeddeker et al. 2017, On the Computation of Complex-valued Gradients",
)


@function
def eigvals(a: object) -> Node:
    """Return the eigenvalues of a matrix whose eigenvalues are real, in the order of LAPACK.

    Complex ones are refused when they are evaluated; for a symmetric matrix use `eigvalsh`, whose
    eigenvalues are always real. The cotangent of the argument is V⁻ᵀ diag(w̄) Vᵀ with the
    eigenvectors V (Giles 2008), which needs as many of them as there are rows.

    Raises ShapeError for a matrix that is not square, ArgumentError for a scalar or vector.

    >>> import symdiff as sd
    >>> sd.evaluate(eigvals(sd.matrix("A", 2, 2)), A=[[1, 5], [0, 2]])
    array([1., 2.])
    """
    return intern(EIGVALS, (as_node(a),))


@function
def eig_vectors(a: object) -> Node:
    """Return unit eigenvectors as columns, of a matrix whose eigenvalues are real.

    The order is that of `eigvals`. The cotangent of the argument is V⁻ᵀ (F ∘ (Vᵀ V̄′)) Vᵀ, where F
    has 1/(λⱼ − λᵢ) off the diagonal and V̄′ is V̄ without its part along each eigenvector, which
    keeps the length 1 (Boeddeker et al. 2017). Where eigenvalues repeat it is refused when it is
    evaluated. For a symmetric matrix use `eigh_vectors`.

    Raises ShapeError for a matrix that is not square, ArgumentError for a scalar or vector.

    >>> import symdiff as sd
    >>> eig_vectors(sd.matrix("A", "n", "n"))
    <eig_vectors(A) : (n, n) float>
    """
    return intern(EIG_VECTORS, (as_node(a),))


def eig(a: object) -> EigResult:
    """Return the eigenvalues and the unit eigenvectors of a matrix by name, if they are real.

    See `eigvals` and `eig_vectors`; for a symmetric matrix use `eigh`.

    Raises ShapeError for a matrix that is not square, ArgumentError for a scalar or vector.

    >>> import symdiff as sd
    >>> w, v = eig(sd.matrix("A", "n", "n"))
    >>> print(w, v)
    eigvals(A) eig_vectors(A)
    """
    node = as_node(a)
    check_square("eig", node)
    return EigResult(eigvals(node), eig_vectors(node))
