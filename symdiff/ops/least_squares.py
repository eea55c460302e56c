"""What is made of singular values: pseudo-inverse, least squares, rank, condition, and norms."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from symdiff.dims import Shape
from symdiff.errors import ArgumentError, describe
from symdiff.node import Node, intern
from symdiff.ops.batching import unchanged
from symdiff.ops.contraction import matmul, sum
from symdiff.ops.edges import RANK_DROPS
from symdiff.ops.kinks import abs
from symdiff.ops.leaves import as_node, number_of
from symdiff.ops.linear_algebra import inv
from symdiff.ops.matrices import check_matrix, check_square, cubic, smaller_size, transposed
from symdiff.ops.norms import norm
from symdiff.ops.reduction import max, min
from symdiff.ops.rows import batched
from symdiff.ops.singular_values import svdvals
from symdiff.ops.structure import expand_dims, zeros
from symdiff.registry import Op, Pullback, Sample, Undefined, composite, function
from symdiff.template import POWER, Template, call, latex_call

__all__ = ["cond", "lstsq", "matrix_rank", "pinv"]

# The pseudo-inverse ---------------------------------------------------------------------------


def _pinv_rule(node: Node, k: int, g: Node) -> Node:
    """−Pᵀ G Pᵀ + (I − A P) Gᵀ P Pᵀ + Pᵀ P Gᵀ (I − P A); a term is 0 where there is an inverse."""
    a, p, turned = node.args[0], transposed(node), transposed(g)
    total = -matmul(matmul(p, g), p)
    right = matmul(turned, matmul(node, p))
    total = total + (right - matmul(a, matmul(node, right)))
    left = matmul(matmul(p, node), turned)
    return total + (left - matmul(matmul(left, node), a))


def _pinv_form(name: str) -> Callable[[Node], Template]:
    return lambda node: call(name, 1, "" if node.attrs is None else f", rcond={node.attrs!r}")


def _infer_pinv(args: tuple[Node, ...], attrs: float | None) -> tuple[Shape, str]:
    check_matrix("pinv", args[0])
    *batch, rows, columns = args[0].shape
    return (*batch, columns, rows), "float"


PINV = Op(
    "pinv",
    infer=_infer_pinv,
    attrs=float | None,
    derivative=Pullback(_pinv_rule),
    operations=cubic(16),
    numpy=_pinv_form("np.linalg.pinv"),
    text=_pinv_form("pinv"),
    pretty=_pinv_form("pinv"),
    latex=Template("{0:atom}^{{+}}", POWER),
    edges=(RANK_DROPS,),
    rows=batched(2),
    batch=unchanged,
    samples=(
        Sample("pinv(A)", {"A": "4 2"}, -0.9, 0.9),
        Sample("pinv(A, rcond=1e-6) @ x", {"A": "n 2 3", "x": "2"}, -0.9, 0.9),
        Sample("pinv(A + 3*eye(n))", {"A": "n n"}, -0.9, 0.9),
        Sample("pinv(outer(x + 2, y + 2), rcond=1e-4)", {"x": "3", "y": "2"}, -0.9, 0.9),
    ),
    reference="Golub and Pereyra 1973",
)


@function
def pinv(a: object, rcond: float | None = None) -> Node:
    """Return the pseudo-inverse of Moore and Penrose of a matrix.

    Singular values up to `rcond` times the largest count as 0, by default as in NumPy. The
    cotangent of the argument is −Pᵀ G Pᵀ + (I − A P) Gᵀ P Pᵀ + Pᵀ P Gᵀ (I − P A) with the
    pseudo-inverse P and its cotangent G (Golub and Pereyra 1973). It holds while the
    rank does not change; where it changes the pseudo-inverse jumps.

    Raises ArgumentError for a scalar or vector, or an `rcond` that is not a number.

    >>> import symdiff as sd
    >>> pinv(sd.matrix("A", "n", "d"))
    <pinv(A) : (d, n) float>
    """
    cutoff = number_of(as_node(rcond)) if rcond is not None else None
    if rcond is not None and cutoff is None:
        raise ArgumentError(f"`rcond` of `pinv` is a number such as 1e-10, not {rcond}")
    return intern(PINV, (as_node(a),), None if cutoff is None else float(cutoff))


class LstsqResult(NamedTuple):
    """The solution of a least squares problem, with what NumPy says about it, under its names."""

    x: Node
    residuals: Node
    rank: Node
    s: Node


def lstsq(a: object, b: object, rcond: float | None = None) -> LstsqResult:
    """Return the `x` that makes `a @ x` closest to `b`, the shortest one, and what NumPy adds.

    That are the sums of squared residuals, one for each column of `b`; the rank; and the singular
    values. The solution is `pinv(a) @ b`. As in NumPy, there are no residuals where `a` has no more
    rows than columns; where it has, its rank is taken to be full.

    Raises ShapeError where the shapes do not fit, ArgumentError for a scalar.

    >>> import symdiff as sd
    >>> print(lstsq(sd.matrix("X", "n", 2), sd.vector("y", "n")).x)
    pinv(X) y
    """
    a, b = as_node(a), as_node(b)
    check_matrix("lstsq", a)
    x = matmul(pinv(a, rcond), b)
    errors = (b - matmul(a, x)) ** 2
    if smaller_size(*a.shape[-2:]) != a.shape[-1] or a.shape[-2] == a.shape[-1]:
        residuals = zeros((*x.shape[:-2], 0))
    else:
        residuals = sum(errors, -2) if b.ndim > 1 else expand_dims(sum(errors, -1), errors.ndim - 1)
    return LstsqResult(x, residuals, matrix_rank(a), svdvals(a))


# Rank, condition, norms -----------------------------------------------------------------------


def _infer_rank(args: tuple[Node, ...], attrs: float | None) -> tuple[Shape, str]:
    check_matrix("matrix_rank", args[0])
    return args[0].shape[:-2], "int"


def _rank_form(name: str) -> Callable[[Node], Template]:
    return lambda node: call(name, 1, "" if node.attrs is None else f", tol={node.attrs!r}")


MATRIX_RANK = Op(
    "matrix_rank",
    infer=_infer_rank,
    attrs=float | None,
    derivative=Undefined(
        "it is a whole number",
        "sd.stop_gradient(sd.matrix_rank(A)) if it is to be held constant, "
        "or the singular values, sd.svdvals(A)",
    ),
    operations=cubic(4),
    numpy=_rank_form("np.linalg.matrix_rank"),
    text=_rank_form("matrix_rank"),
    pretty=_rank_form("matrix_rank"),
    latex=latex_call("\\operatorname{{rank}}"),
    rows=batched(2),
    batch=unchanged,
    samples=(
        Sample("stop_gradient(matrix_rank(A)) * A", {"A": "2 2"}),
        Sample("stop_gradient(matrix_rank(A, tol=0.9)) * x", {"A": "2 1 2", "x": "2"}),
    ),
)


@function
def matrix_rank(A: object, tol: float | None = None) -> Node:
    """Return the number of singular values above `tol`, by default as in NumPy; an int.

    Raises ArgumentError for a scalar or vector, or a `tol` that is not a number.

    >>> import symdiff as sd
    >>> matrix_rank(sd.matrix("A", "n", "d"))
    <matrix_rank(A) : () int>
    """
    cutoff = number_of(as_node(tol)) if tol is not None else None
    if tol is not None and cutoff is None:
        raise ArgumentError(f"`tol` of `matrix_rank` is a number such as 1e-10, not {tol}")
    return intern(MATRIX_RANK, (as_node(A),), None if cutoff is None else float(cutoff))


def norm_by_singular_values(a: Node, ord: object) -> Node:
    """The norm of each matrix for `ord` 2 (the largest), -2 (the smallest) or "nuc" (the sum).

    Singular values that tie for the largest share its derivative equally, as entries do.
    """
    s = svdvals(a)
    if ord == "nuc":
        return sum(s, -1)
    assert ord in (2, -2)
    return max(s, -1) if ord == 2 else min(s, -1)


def _norm(a: Node, p: object) -> Node:
    if p in (1, -1):
        totals = sum(abs(a), -2)
    elif p in (float("inf"), -float("inf")):
        totals = sum(abs(a), -1)
    else:
        return norm(a, axis=(-2, -1))
    return max(totals, -1) if p > 0 else min(totals, -1)


_NORMS = ("fro", 1, -1, float("inf"), -float("inf"))


@composite(
    Sample("cond(A + 2*eye(n))", {"A": "n n"}, -0.9, 0.9),
    Sample("cond(A, p=-2)", {"A": "2 4 3"}, -0.9, 0.9),
    Sample("cond(A + 3*eye(n), p='fro') + cond(A + 3*eye(n), 1)", {"A": "n n"}, -0.9, 0.9),
    Sample("cond(A + 3*eye(n), inf) * cond(A + 3*eye(n), -inf)", {"A": "n n"}, -0.9, 0.9),
)
def cond(x: object, p: object = None) -> Node:
    """Return the condition number: the largest singular value over the smallest.

    For `p` -2 it is the reciprocal, and for "fro", 1, -1, inf and -inf the product of that norm of
    the matrix and of its inverse.

    Raises ArgumentError for another `p`, or for a scalar or vector; ShapeError for a matrix that
    is not square but must be.

    >>> import symdiff as sd
    >>> print(cond(sd.matrix("A", "n", "n")))
    max(svdvals(A))/min(svdvals(A))
    """
    a = as_node(x)
    check_matrix("cond", a)
    if a.dtype == "complex":
        raise ArgumentError(f"`cond` is not defined for complex matrices such as {describe(a)}")
    number = number_of(p) if isinstance(p, Node) else p
    if number in (None, 2):
        return norm_by_singular_values(a, 2) / norm_by_singular_values(a, -2)
    if number == -2:
        return norm_by_singular_values(a, -2) / norm_by_singular_values(a, 2)
    if number not in _NORMS:
        raise ArgumentError(f"`p` of `cond` is None, 2, -2, 'fro', 1, -1, inf or -inf, not {p!r}")
    check_square("cond", a)
    return _norm(a, number) * _norm(inv(a), number)
