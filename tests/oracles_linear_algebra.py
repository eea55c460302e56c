"""Linear algebra in any float type, written without symdiff and without LAPACK.

NumPy and SciPy refuse long double. Each function is written in another way than symdiff writes it:
by loops, by rotations, by series, and derivatives along a direction by a step into the complex
plane, whose imaginary part has no cancellation.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any

# Inverses, determinants, powers -------------------------------------------------------------------


def eliminate(a: Array) -> tuple[Array, Array]:
    """The inverse and the determinant, by Gauss and Jordan with pivoting, in any float type.

    NumPy's own refuse long double.
    """
    a = np.asarray(a)
    n = a.shape[-1]
    inverse, determinant = np.empty_like(a), np.ones(a.shape[:-2], a.dtype)
    for place in np.ndindex(a.shape[:-2]):
        rows = np.concatenate([a[place], np.eye(n, dtype=a.dtype)], axis=1)
        for k in range(n):
            pivot = k + int(np.argmax(np.abs(rows[k:, k])))
            if pivot != k:
                rows[[k, pivot]] = rows[[pivot, k]]
                determinant[place] *= -1
            determinant[place] *= rows[k, k]
            if not rows[k, k]:
                return np.full_like(a, np.nan), determinant
            rows[k] /= rows[k, k]
            multiples = rows[:, k].copy()
            multiples[k] = 0
            rows -= multiples[:, None] * rows[k]
        inverse[place] = rows[:, n:]
    return inverse, determinant[()]


def inv(a: Array) -> Array:
    """The inverse of each matrix."""
    return eliminate(a)[0]


def det(a: Array) -> Array:
    """The determinant of each matrix."""
    return eliminate(a)[1]


def solve(a: Array, b: Array) -> Array:
    """The solution for a vector, or for matrices."""
    return np.matmul(inv(a), b)


def matrix_power(a: Array, n: int) -> Array:
    """The product of equal factors, one after the other."""
    a = inv(a) if n < 0 else np.asarray(a)
    result = np.broadcast_to(np.eye(a.shape[-1], dtype=a.dtype), a.shape)
    for _ in range(abs(n)):
        result = np.einsum("...ij,...jk->...ik", result, a)
    return result


def kron(a: Array, b: Array) -> Array:
    """The Kronecker product, block by block."""
    a, b = np.asarray(a), np.asarray(b)
    rank = max(a.ndim, b.ndim)
    a = a.reshape((1,) * (rank - a.ndim) + a.shape)
    b = b.reshape((1,) * (rank - b.ndim) + b.shape)
    result = np.zeros([p * q for p, q in zip(a.shape, b.shape, strict=True)], a.dtype)
    for place in np.ndindex(a.shape):
        block = tuple(slice(k * q, (k + 1) * q) for k, q in zip(place, b.shape, strict=True))
        result[block] = a[place] * b
    return result


# Factorisations -----------------------------------------------------------------------------------


def each_matrix(function: Callable[..., tuple[Array, ...]]) -> Callable[..., tuple[Array, ...]]:
    """Let a function of one matrix, with several results, take stacks of matrices."""

    def of_stack(a: Array) -> tuple[Array, ...]:
        a = np.asarray(a)
        batch = a.shape[:-2]
        if not batch:
            return function(a)
        results = [function(a[place]) for place in np.ndindex(batch)]
        shapes = [x.shape for x in function(np.eye(*a.shape[-2:], dtype=a.dtype))]
        stacked = zip(*results, strict=True) if results else ([] for _ in shapes)
        return tuple(
            np.array(list(x), dtype=a.dtype).reshape(*batch, *shape)
            for x, shape in zip(stacked, shapes, strict=True)
        )

    return of_stack


def symmetric(a: Array) -> Array:
    """The symmetric part of each matrix."""
    return (a + np.swapaxes(a, -1, -2)) / 2


@each_matrix
def cholesky_factor(a: Array) -> tuple[Array, ...]:
    """The lower triangle, entry by entry."""
    n = len(a)
    lower = np.zeros_like(a)
    for i in range(n):
        for j in range(i + 1):
            rest = a[i, j] - lower[i, :j] @ lower[j, :j]
            lower[i, j] = np.sqrt(rest) if i == j else rest / lower[j, j]
    return (lower,)


def cholesky(a: Array, upper: bool = False) -> Array:
    """The factor of the symmetric part."""
    (lower,) = cholesky_factor(symmetric(np.asarray(a)))
    return np.swapaxes(lower, -1, -2) if upper else lower


@each_matrix
def householder(a: Array) -> tuple[Array, Array]:
    """The reduced QR factors by reflections, with the signs of LAPACK."""
    rows, columns = a.shape
    least = min(rows, columns)
    r, q = a.copy(), np.eye(rows, dtype=a.dtype)
    for k in range(least):
        x = r[k:, k]
        if not np.any(x[1:]):
            continue
        length = -np.copysign(np.sqrt(np.sum(x**2)), x[0])
        v = x.copy()
        v[0] -= length
        v /= np.sqrt(np.sum(v**2))
        r[k:] -= 2 * np.outer(v, v @ r[k:])
        q[:, k:] -= 2 * np.outer(q[:, k:] @ v, v)
    return q[:, :least], np.triu(r[:least])


@each_matrix
def jacobi(a: Array) -> tuple[Array, Array]:
    """Eigenvalues in ascending order and eigenvectors of a symmetric matrix, by rotations."""
    n = len(a)
    a, v = a.copy(), np.eye(n, dtype=a.dtype)
    for _ in range(60):
        for p in range(n):
            for q in range(p + 1, n):
                if not a[p, q]:
                    continue
                angle = np.arctan2(2 * a[p, q], a[p, p] - a[q, q]) / 2
                turn = np.eye(n, dtype=a.dtype)
                turn[p, p] = turn[q, q] = np.cos(angle)
                turn[q, p], turn[p, q] = np.sin(angle), -np.sin(angle)
                a, v = turn.T @ a @ turn, v @ turn
        if np.sum(np.abs(a - np.diag(np.diag(a)))) <= n * np.finfo(a.dtype).eps * np.sum(np.abs(a)):
            break
    order = np.argsort(np.diag(a))
    return np.diag(a)[order], v[:, order]


@each_matrix
def hestenes(a: Array) -> tuple[Array, Array, Array]:
    """Singular vectors and values, by rotations that make the columns orthogonal."""
    if a.shape[0] < a.shape[1]:
        u, s, vh = hestenes(a.T)
        return vh.T, s, u.T
    n = a.shape[1]
    a, v = a.copy(), np.eye(n, dtype=a.dtype)
    for _ in range(60):
        turned = False
        for p in range(n):
            for q in range(p + 1, n):
                across, first, second = a[:, p] @ a[:, q], a[:, p] @ a[:, p], a[:, q] @ a[:, q]
                if abs(across) <= np.finfo(a.dtype).eps * np.sqrt(first * second):
                    continue
                turned = True
                angle = np.arctan2(2 * across, first - second) / 2
                turn = np.array(
                    [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], a.dtype
                )
                a[:, [p, q]], v[:, [p, q]] = a[:, [p, q]] @ turn, v[:, [p, q]] @ turn
        if not turned:
            break
    s = np.sqrt(np.sum(a**2, axis=0))
    order = np.argsort(-s)
    return (a / np.where(s > 0, s, 1))[:, order], s[order], v[:, order].T


@each_matrix
def refined_eig(a: Array) -> tuple[Array, Array]:
    """Real eigenvalues and unit eigenvectors: those of LAPACK, made precise by Newton's method."""
    n = len(a)
    values, vectors = (x.astype(a.dtype) for x in LAPACK_EIG(a.astype(float)))
    for j in range(n):
        for _ in range(4):
            v, w = vectors[:, j], values[j]
            border = np.block([[a - w * np.eye(n, dtype=a.dtype), -v[:, None]], [v, np.zeros(1)]])
            change = solve(border, np.append(w * v - a @ v, (1 - v @ v) / 2))
            vectors[:, j] += change[:-1]
            values[j] += change[-1]
    return values, vectors


LAPACK_EIG = np.linalg.eig


def pinv(a: Array, rcond: float | None = None) -> Array:
    """The pseudo-inverse, from singular vectors."""
    u, s, vh = hestenes(a)
    largest = np.max(s, axis=-1, keepdims=True, initial=0)
    kept = s > (1e-15 if rcond is None else rcond) * largest
    inverse = np.where(kept, 1 / np.where(kept, s, 1), 0)
    return np.einsum("...ki,...k,...jk->...ij", vh, inverse, u)


def matrix_rank(a: Array, tol: float | None = None) -> Array:
    """How many singular values are not small."""
    s = hestenes(a)[1]
    if tol is None:
        tol = np.max(s, axis=-1, keepdims=True, initial=0) * max(np.shape(a)[-2:]) * 2.3e-16
    return np.sum(s > tol, axis=-1)


def cond(a: Array, p: Any = None) -> Array:
    """The condition number, by its definition."""
    a = np.asarray(a)
    s = hestenes(a)[1]
    if p in (None, 2, -2):
        high, low = np.max(s, axis=-1), np.min(s, axis=-1)
        return low / high if p == -2 else high / low

    def size(m: Array) -> Array:
        if p == "fro":
            return np.sqrt(np.sum(m**2, axis=(-2, -1)))
        totals = np.sum(np.abs(m), axis=-2 if abs(p) == 1 else -1)
        return np.max(totals, axis=-1) if p > 0 else np.min(totals, axis=-1)

    return size(a) * size(inv(a))


def over_gaps(m: Array, w: Array, v: Array, off_diagonal: bool = False) -> Array:
    """Entry by entry."""
    m, w, v = np.asarray(m), np.asarray(w), np.asarray(v)
    w = np.broadcast_to(w, (*m.shape[:-2], m.shape[-1]))
    v = np.broadcast_to(v, m.shape[:-1])
    result = np.zeros_like(m)
    for place in np.ndindex(m.shape):
        *batch, i, j = place
        if not (off_diagonal and i == j):
            result[place] = m[place] / (w[(*batch, j)] - v[(*batch, i)])
    return result


def solve_triangular(
    a: Array, b: Array, trans: int = 0, lower: bool = False, unit_diagonal: bool = False
) -> Array:
    """The solution with the whole inverse of a triangle."""
    triangle = np.tril(a) if lower else np.triu(a)
    if unit_diagonal:
        n = triangle.shape[-1]
        triangle = triangle * (1 - np.eye(n)) + np.eye(n)
    return solve(np.swapaxes(triangle, -1, -2) if trans else triangle, b)


# Functions of matrices ----------------------------------------------------------------------------


def expm(a: Array) -> Array:
    """The exponential: Taylor's series of a small part, squared."""
    a = np.asarray(a)
    size = float(np.max(np.sum(np.abs(a), axis=-1), initial=0))
    halvings = max(0, int(np.ceil(np.log2(size))) + 1) if size > 0 else 0
    small = a / 2**halvings
    term = np.broadcast_to(np.eye(a.shape[-1], dtype=a.dtype), a.shape)
    total = term
    for k in range(1, 30):
        term = term @ small / k
        total = total + term
    for _ in range(halvings):
        total = total @ total
    return total


def sqrtm(a: Array) -> Array:
    """The principal square root: the iteration of Denman and Beavers for it and its inverse."""
    root = np.asarray(a)
    other = np.broadcast_to(np.eye(root.shape[-1], dtype=root.dtype), root.shape)
    change, left = np.inf, 30
    while left:
        last, left = change, left - 1
        root, other, before = (root + inv(other)) / 2, (other + inv(root)) / 2, root
        change = np.max(np.abs(root - before), initial=0)
        if change < 1e-10 < last:  # half as many digits are wrong after each step
            left = 2
    return root


def logm(a: Array) -> Array:
    """The principal logarithm: roots until it is near 1, then Gregory's series."""
    root, doublings = np.asarray(a), 6
    one = np.eye(root.shape[-1], dtype=root.dtype)
    for _ in range(doublings):
        root = sqrtm(root)
    z = (root - one) @ inv(root + one)
    power, total = z, z
    for k in range(1, 20):
        power = power @ z @ z
        total = total + power / (2 * k + 1)
    return 2 ** (doublings + 1) * total


def along(function: Callable[[Array], Array]) -> Callable[[Array, Array], Array]:
    """The derivative of a function of matrices along a direction, by a complex step."""

    def derivative(a: Array, e: Array) -> Array:
        a, e = np.broadcast_arrays(a, e)
        step = np.longdouble(1e-40)
        return np.imag(function(a + 1j * step * e)) / step

    return derivative


# Products -----------------------------------------------------------------------------------------


def multi_dot(arrays: list[Array]) -> Array:
    """The product from left to right."""
    result = arrays[0]
    for array in arrays[1:]:
        result = np.dot(result, array)
    return result


def tensorsolve(a: Array, b: Array) -> Array:
    """The solution of the equation between flattened arrays."""
    rest = a.shape[b.ndim :]
    return solve(a.reshape(b.size, -1), b.ravel()).reshape(rest)


def tensorinv(a: Array, ind: int = 2) -> Array:
    """The inverse of the flattened array."""
    rows = int(np.prod(a.shape[:ind]))
    return inv(a.reshape(rows, -1)).reshape(*a.shape[ind:], *a.shape[:ind])


# For the functions of NumPy that symdiff calls ----------------------------------------------------


class LongLinalg:
    """`np.linalg`, whose functions turn to those above for long double.

    So that what symdiff derives can be compared with fine differences.
    """

    inv = staticmethod(inv)
    det = staticmethod(det)
    solve = staticmethod(solve)
    cholesky = staticmethod(cholesky)
    pinv = staticmethod(pinv)
    matrix_rank = staticmethod(matrix_rank)

    @staticmethod
    def slogdet(a: Array) -> Any:
        """The sign and the logarithm, by name."""
        d = det(a)
        return types.SimpleNamespace(sign=np.sign(d), logabsdet=np.log(np.abs(d)))

    @staticmethod
    def qr(a: Array, mode: str = "reduced") -> Any:
        """The factors by name, or the second alone."""
        q, r = householder(a)
        return r if mode == "r" else types.SimpleNamespace(Q=q, R=r)

    @staticmethod
    def eigh(a: Array) -> Any:
        """The eigenvalues and eigenvectors by name."""
        w, v = jacobi(symmetric(a))
        return types.SimpleNamespace(eigenvalues=w, eigenvectors=v)

    @staticmethod
    def eigvalsh(a: Array) -> Array:
        """The eigenvalues of a symmetric matrix."""
        return jacobi(symmetric(a))[0]

    @staticmethod
    def eig(a: Array) -> Any:
        """The eigenvalues and eigenvectors by name."""
        return type(np.linalg.eig(np.eye(1)))(*refined_eig(a))

    @staticmethod
    def svd(a: Array, full_matrices: bool = False) -> Any:
        """The reduced factors by name."""
        u, s, vh = hestenes(a)
        return types.SimpleNamespace(U=u, S=s, Vh=vh)

    @staticmethod
    def svdvals(a: Array) -> Array:
        """The singular values."""
        return hestenes(a)[1]


FUNCTIONS: dict[str, Any] = {
    "inv": inv,
    "det": det,
    "signdet": lambda a: np.sign(det(a)),
    "logabsdet": lambda a: np.log(np.abs(det(a))),
    "solve": solve,
    "matrix_power": matrix_power,
    "kron": kron,
    "cholesky": cholesky,
    "qr_q": lambda a: householder(a)[0],
    "qr_r": lambda a: householder(a)[1],
    "eigvalsh": lambda a: jacobi(symmetric(np.asarray(a)))[0],
    "eigh_vectors": lambda a: jacobi(symmetric(np.asarray(a)))[1],
    "eigvals": lambda a: refined_eig(a)[0],
    "eig_vectors": lambda a: refined_eig(a)[1],
    "svd_u": lambda a: hestenes(a)[0],
    "svdvals": lambda a: hestenes(a)[1],
    "svd_vh": lambda a: hestenes(a)[2],
    "pinv": pinv,
    "matrix_rank": matrix_rank,
    "cond": cond,
    "over_gaps": over_gaps,
    "solve_triangular": solve_triangular,
    "expm": expm,
    "sqrtm": sqrtm,
    "logm": logm,
    "expm_frechet": along(expm),
    "sqrtm_frechet": along(sqrtm),
    "logm_frechet": along(logm),
    "matvec": lambda a, x: np.einsum("...ij,...j->...i", a, x),
    "vecmat": lambda x, a: np.einsum("...i,...ij->...j", np.conj(x), a),
    "multi_dot": multi_dot,
    "tensorsolve": tensorsolve,
    "tensorinv": tensorinv,
}
