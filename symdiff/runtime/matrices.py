"""Functions of matrices that NumPy lacks."""

import numpy as np

__all__ = [
    "_expm",
    "_expm_frechet",
    "_logm",
    "_logm_frechet",
    "_over_gaps",
    "_real_eig",
    "_solve_triangular",
    "_sqrtm",
    "_sqrtm_frechet",
    "_symmetric",
    "_with_direction",
]


def _symmetric(a):
    """Return the symmetric part of each matrix; NumPy's functions would read one triangle."""
    return (a + np.swapaxes(a, -1, -2)) / 2


def _solve_triangular(a, b, lower=False, unit_diagonal=False):
    """Solve with the lower or upper triangle of each matrix, block by block."""
    n, size = a.shape[-1], 64
    if unit_diagonal:
        a = np.where(np.eye(n, dtype=bool), np.ones((), a.dtype), a)
    a = np.tril(a) if lower else np.triu(a)
    right = b[:, None] if b.ndim == 1 else b
    batch = np.broadcast_shapes(a.shape[:-2], right.shape[:-2])
    x = np.zeros((*batch, n, right.shape[-1]), np.result_type(a, b))
    starts = range(0, n, size)
    for start in starts if lower else reversed(starts):
        rows = slice(start, start + size)
        known = slice(0, start) if lower else slice(start + size, n)
        rest = right[..., rows, :] - a[..., rows, known] @ x[..., known, :]
        block = a[..., rows, rows]
        if lower:  # with rows and columns reversed it is upper, and elimination has nothing to do
            solved = np.linalg.solve(block[..., ::-1, ::-1], rest[..., ::-1, :])
            x[..., rows, :] = solved[..., ::-1, :]
        else:
            x[..., rows, :] = np.linalg.solve(block, rest)
    return x[..., 0] if b.ndim == 1 else x


def _over_gaps(m, w, v, off_diagonal=False):
    """Divide entry i, j by w[j] - v[i]; `off_diagonal` leaves zeros on the diagonal.

    Two equal values refuse a column that is not zero: what it stands for has no derivative.
    """
    gaps = w[..., None, :] - v[..., :, None]
    largest = np.maximum(np.abs(w[..., None, :]), np.abs(v[..., :, None]))
    largest = np.max(largest, axis=(-2, -1), keepdims=True, initial=0)
    equal = np.abs(gaps) <= max(gaps.shape[-2:]) * np.finfo(gaps.dtype).eps * largest
    if off_diagonal:
        diagonal = np.eye(gaps.shape[-1], dtype=bool)
        equal, gaps = equal & ~diagonal, np.where(diagonal, np.inf, gaps)
    if np.any(equal & np.any(m != 0, axis=-2, keepdims=True)):
        raise np.linalg.LinAlgError(
            "vectors that belong to equal eigenvalues, or to equal or zero singular values, "
            "have no derivative"
        )
    return m / np.where(equal, np.inf, gaps)


def _real_eig(a):
    """Eigenvalues and eigenvectors of real matrices whose eigenvalues are all real."""
    result = np.linalg.eig(a)
    if np.any(np.imag(result.eigenvalues)):
        raise np.linalg.LinAlgError("a matrix has complex eigenvalues; `eig` takes real ones alone")
    return type(result)(np.real(result.eigenvalues), np.real(result.eigenvectors))


def _with_direction(a, e):
    """The block matrices [[a, e/s], [0, a]], and the s that bring e to the size of a."""
    size, length = (np.max(np.abs(x), axis=(-2, -1), keepdims=True, initial=0) for x in (a, e))
    scale = np.where((size > 0) & (length > 0), length / np.where(size > 0, size, 1), 1)
    a, e = np.broadcast_arrays(a, e / scale)
    top, bottom = np.concatenate([a, e], axis=-1), np.concatenate([np.zeros_like(a), a], axis=-1)
    return np.concatenate([top, bottom], axis=-2), scale


def _expm(a):
    """Exponential of each matrix: Padé approximant of degree 13, scaling and squaring."""
    n = a.shape[-1]
    norm = np.max(np.sum(np.abs(a), axis=-2), axis=-1, initial=0)[..., None, None]
    finite = np.where(np.isfinite(norm), norm, 0)
    halvings = np.maximum(np.frexp(finite / 5.371920351148152)[1], 0)
    a = a / 2.0 ** halvings.astype(a.dtype)
    one, a2 = np.eye(n, dtype=a.dtype), a @ a
    a4 = a2 @ a2
    a6 = a2 @ a4
    odd = a6 @ (a6 + 16380 * a4 + 40840800 * a2) + 33522128640 * a6
    odd = a @ (odd + 10559470521600 * a4 + 1187353796428800 * a2 + 32382376266240000 * one)
    even = a6 @ (182 * a6 + 960960 * a4 + 1323241920 * a2) + 670442572800 * a6
    even = even + 129060195264000 * a4 + 7771770303897600 * a2 + 64764752532480000 * one
    x = np.linalg.solve(even - odd, even + odd)
    for step in range(np.max(halvings, initial=0)):
        x = np.where(step < halvings, x @ x, x)
    return x


def _sqrtm(a):
    """Principal square root of each matrix: product form of Denman and Beavers's iteration."""
    n = a.shape[-1]
    one, x, m = np.eye(n, dtype=a.dtype), a, a
    last = np.inf
    for _ in range(60):
        try:
            inverse = np.linalg.inv(m)
        except np.linalg.LinAlgError:
            break
        distance = np.max(np.abs(m - one), axis=(-2, -1), keepdims=True, initial=0)
        furthest = np.max(distance, initial=0)
        if furthest < 1e-2 and furthest >= last / 2:
            return x
        last = furthest
        log = np.linalg.slogdet(m).logabsdet[..., None, None]
        scale = np.where(distance < 1e-2, 1, np.exp(-log / (2 * max(n, 1))))  # by the determinant
        x = scale * x @ (one + inverse / scale**2) / 2
        m = (one + (scale**2 * m + inverse / scale**2) / 2) / 2
    raise np.linalg.LinAlgError(
        "a matrix has no real principal square root and no real principal logarithm: "
        "an eigenvalue is zero or negative"
    )


def _logm(a):
    """Principal logarithm of each matrix: square roots until it is near 1, then quadrature."""
    one, doublings = np.eye(a.shape[-1], dtype=a.dtype), 0
    while np.max(np.sum(np.abs(a - one), axis=-2), initial=0) > 0.25:
        a, doublings = _sqrtm(a), doublings + 1
    points, weights = np.polynomial.legendre.leggauss(8)
    x, total = a - one, np.zeros_like(a)
    for point, weight in zip((points + 1) / 2, weights / 2, strict=True):
        total = total + a.dtype.type(weight) * np.linalg.solve(one + a.dtype.type(point) * x, x)
    return total * 2**doublings


def _expm_frechet(a, e):
    """Derivative of the exponential of each matrix along e."""
    n, (blocks, scale) = a.shape[-1], _with_direction(a, e)
    return _expm(blocks)[..., :n, n:] * scale


def _sqrtm_frechet(a, e):
    """Derivative of the principal square root of each matrix along e."""
    n, (blocks, scale) = a.shape[-1], _with_direction(a, e)
    return _sqrtm(blocks)[..., :n, n:] * scale


def _logm_frechet(a, e):
    """Derivative of the principal logarithm of each matrix along e."""
    n, (blocks, scale) = a.shape[-1], _with_direction(a, e)
    return _logm(blocks)[..., :n, n:] * scale
