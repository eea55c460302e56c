"""What autograd tests of its NumPy, through the door for NumPy functions: `check_grads` each.

Scalars and broadcasting, matrices, reductions, indexing, joining, linear algebra and transforms.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from autograd_adapter import check_grads

import symdiff as sd

Array = Any
RNG = np.random.default_rng(11)


def normal(*shape: int) -> Array:
    """Random numbers, few near 0."""
    return RNG.normal(size=shape) + 0.1


def positive(*shape: int) -> Array:
    """Random numbers away from 0 and from 1."""
    return RNG.uniform(1.1, 2.0, shape)


def small(*shape: int) -> Array:
    """Random numbers within (-1, 1)."""
    return RNG.uniform(-0.8, 0.8, shape)


def invertible(*shape: int) -> Array:
    """A matrix that is well conditioned."""
    return normal(*shape) / 2 + 3 * np.eye(shape[-1])


# Entry by entry ---------------------------------------------------------------------------------

UNARY: dict[Callable[[Any], Any], Callable[..., Array]] = {
    **dict.fromkeys([np.abs, np.exp, np.expm1, np.exp2, np.sin, np.cos, np.tanh, np.sinh], normal),
    **dict.fromkeys([np.cosh, np.arctan, np.arcsinh, np.square, np.negative, np.sinc], normal),
    **dict.fromkeys([np.log, np.log2, np.log10, np.log1p, np.sqrt, np.reciprocal], positive),
    **dict.fromkeys([np.cbrt, np.arccosh, np.fabs, np.positive], positive),
    **dict.fromkeys([np.arcsin, np.arccos, np.arctanh, np.tan, np.deg2rad, np.rad2deg], small),
    **dict.fromkeys([np.radians, np.degrees, np.real, np.nan_to_num, np.i0], small),
}


@pytest.mark.parametrize("f", UNARY, ids=lambda f: f.__name__)
def test_unary(f: Callable[[Any], Any]) -> None:
    check_grads(f)(UNARY[f](3))


BINARY: list[Callable[[Any, Any], Any]] = [
    *(np.add, np.subtract, np.multiply, np.divide, np.power, np.arctan2, np.hypot),
    *(np.maximum, np.minimum, np.fmax, np.fmin, np.logaddexp, np.logaddexp2, np.mod, np.fmod),
]


@pytest.mark.parametrize("f", BINARY, ids=lambda f: f.__name__)
def test_binary(f: Callable[[Any, Any], Any]) -> None:
    check_grads(f)(positive(3), 2 + positive(3))


SHAPES = [(), (1,), (3,), (2, 1), (1, 3), (2, 3)]


@pytest.mark.parametrize("left", SHAPES, ids=str)
def test_broadcasting(left: tuple[int, ...]) -> None:
    """All pairs of shapes, under every operator."""
    for right in SHAPES:
        check_grads(lambda a, b: a * b + a / b - b**a, order=1)(positive(*left), positive(*right))
    check_grads(lambda a: 2 * a + a / 3 - 3 / a + a**2 - 2**a + (1 - a) * (a - 1))(positive(*left))


def test_choices_and_constants() -> None:
    check_grads(lambda x: np.where(x > 0, np.sqrt(np.where(x > 0, x, 1)), x**2))(normal(5))
    check_grads(lambda x, y: np.where(np.array([True, False]), x, y))(normal(2), normal(2))
    check_grads(lambda x: np.select([x < -1, x > 1], [x, x**2], 3 * x))(normal(5))
    check_grads(lambda x: np.clip(x, -0.5, 0.5) + np.heaviside(x, 0.5) * x)(normal(5))
    check_grads(lambda x: np.sign(x) * x**2 + np.maximum(x, 0.0) ** 3)(normal(5))
    check_grads(lambda x: x * np.array([1.0, 2.0]) + np.ones((2, 1)))(normal(2))
    check_grads(lambda x: np.zeros_like(x) + np.ones_like(x) * x + np.full_like(x, 2.0) * x)(
        normal(2)
    )


def test_complex_numbers() -> None:
    check_grads(lambda x, y: np.abs((x + 1j * y) ** 2))(positive(2), positive(2))
    check_grads(lambda x, y: np.angle(x + 1j * y))(positive(2), positive(2))
    check_grads(lambda x: np.real(np.exp(1j * x)) * np.imag(np.conj(x + 2j)))(normal(3))
    check_grads(lambda x: np.sqrt(x + 1j))(normal(3))


# Reductions -------------------------------------------------------------------------------------

REDUCTIONS: list[Callable[..., Any]] = [
    *(np.sum, np.mean, np.prod, np.var, np.std, np.max, np.min, np.ptp, np.linalg.norm),
    *(np.nansum, np.nanmean, np.median, np.average),
]
AXES: list[dict[str, Any]] = [{}, {"axis": 0}, {"axis": -1, "keepdims": True}, {"axis": (0, 1)}]


@pytest.mark.parametrize("f", REDUCTIONS, ids=lambda f: f.__name__)
def test_reductions(f: Callable[..., Any]) -> None:
    for options in AXES:
        if not (f is np.average and isinstance(options.get("axis"), tuple)):
            check_grads(lambda X, f=f, o=options: f(X, **o))(normal(2, 3))


KNOTS = np.array([-4.0, 0.0, 1.0, 4.0])


def test_reductions_with_options() -> None:
    check_grads(lambda X: np.var(X, ddof=1) + X.std(axis=0, ddof=1).sum())(normal(3, 2))
    check_grads(lambda X: np.sum(X**2, where=X > 0, initial=2.0))(normal(3, 2))
    check_grads(lambda X: np.average(X, axis=0, weights=X[:, 0] ** 2))(positive(3, 2))
    check_grads(lambda x: np.quantile(x, [0.2, 0.7]) + np.percentile(x, 40))(normal(6))
    check_grads(lambda x: np.cumsum(x**2) + np.cumprod(x) + x.cumsum()[::-1])(normal(4))
    check_grads(lambda X: np.cumsum(X**2, axis=1))(normal(2, 3))
    check_grads(lambda X: np.cov(X) + np.corrcoef(X))(normal(2, 5))
    check_grads(lambda y: np.trapezoid(y**2, dx=0.5) + np.diff(y, 2).sum() * y[0])(normal(5))
    check_grads(lambda x, f: np.interp(x, KNOTS, f))(normal(3), normal(4))
    check_grads(lambda x: np.gradient(x**2, 0.1))(normal(5))
    for p in (1, 3, np.inf, -np.inf):
        check_grads(lambda x, p=p: np.linalg.norm(x, p))(normal(4))
    for kind in ("fro", "nuc", 2, 1):
        check_grads(lambda X, k=kind: np.linalg.norm(X, k), order=1)(normal(3, 2))


# Products ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right"), [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 2))], ids=str
)
def test_products(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    for f in (np.dot, np.matmul, lambda a, b: a @ b, lambda a, b: a.dot(b)):
        check_grads(f, order=1)(normal(*left), normal(*right))


def test_more_products() -> None:
    check_grads(np.dot)(normal(), normal(3))
    check_grads(np.dot)(normal(2, 2, 3), normal(2, 3, 2))
    check_grads(np.matmul)(normal(2, 1, 2, 3), normal(4, 3, 2))
    check_grads(lambda a, b: np.tensordot(a, b, 2))(normal(2, 3, 4), normal(3, 4, 2))
    check_grads(lambda a, b: np.tensordot(a, b, axes=([1], [0])))(normal(2, 3), normal(3, 2))
    check_grads(np.inner)(normal(2, 3), normal(4, 3))
    check_grads(np.outer)(normal(2, 2), normal(3))
    check_grads(np.kron)(normal(2, 2), normal(2, 3))
    check_grads(np.cross)(normal(2, 3), normal(2, 3))
    check_grads(np.vdot)(normal(4), normal(4))
    check_grads(lambda a, b, c: np.linalg.multi_dot([a, b, c]))(
        normal(2, 3), normal(3, 2), normal(2, 2)
    )


EINSUMS = {
    "ij,jk->ik": [(2, 3), (3, 2)],
    "ij,j": [(2, 3), (3,)],
    "ii": [(3, 3)],
    "ij->ji": [(2, 3)],
    "ijk,ik->j": [(2, 3, 2), (2, 2)],
    "i,j,k->kji": [(2,), (3,), (2,)],
    "...ij,...jk->...ik": [(2, 2, 3), (2, 3, 2)],
    "ij,ij,i->": [(2, 3), (2, 3), (2,)],
}


@pytest.mark.parametrize("spec", EINSUMS)
def test_einsum(spec: str) -> None:
    check_grads(lambda *operands: np.einsum(spec, *operands))(*(normal(*s) for s in EINSUMS[spec]))


# Shapes -----------------------------------------------------------------------------------------

ARRANGED: list[Callable[[Any], Any]] = [
    lambda X: X.T,
    lambda X: np.transpose(X[None], (2, 0, 1)),
    lambda X: np.reshape(X, (3, 4)),
    lambda X: X.reshape(2, 2, -1),
    lambda X: X.ravel(),
    lambda X: np.squeeze(X[:, None, :, None]),
    lambda X: np.expand_dims(X, (0, 2)),
    lambda X: np.swapaxes(X, 0, 1),
    lambda X: np.moveaxis(X[None], 0, -1),
    lambda X: np.rollaxis(X, 1),
    lambda X: np.roll(X, 1, axis=1),
    lambda X: np.flip(X, 0) + np.fliplr(X) + np.flipud(X),
    lambda X: np.rot90(X, 3),
    lambda X: np.tile(X, (2, 1)),
    lambda X: np.repeat(X, 2, axis=0),
    lambda X: np.pad(X, ((1, 0), (0, 2))),
    lambda X: np.broadcast_to(X, (2, 4, 3)),
    lambda X: np.diag(X[:3]) + np.diag(X[0]),
    lambda X: np.triu(X, 1) + np.tril(X, -1),
    lambda X: np.trace(X, 1) * np.diagonal(X, -1),
    lambda X: np.atleast_3d(X) * np.atleast_2d(X[0])[0, 0],
    lambda X: np.concatenate((X, 2 * X, X[:1])),
    lambda X: np.concatenate([X, X**2], axis=None),
    lambda X: np.stack([X, X**2], axis=1),
    lambda X: np.vstack((X, X[0])) + 0 * np.hstack((X, X[:, :1]))[0, 0],
    lambda X: np.dstack((X, X)) * np.column_stack((X, X[:, 0]))[0, 1],
    lambda X: np.append(X, X[0]),
    lambda X: np.split(X, 2)[1] * np.array_split(X, 3)[0],
    lambda X: np.block([[X, X], [X, 2 * X]]),
    lambda X: np.sort(X, axis=0) * np.take_along_axis(X, np.argsort(X, 0), 0),
    lambda X: np.partition(X[:, 0], 2) ** 2,
    lambda X: np.delete(X, 1, axis=0) + np.insert(X, 0, 1.5, axis=1)[:3, :3],
    lambda X: np.meshgrid(X[0], X[1])[0] * np.meshgrid(X[0], X[1])[1],
]


@pytest.mark.parametrize("place", range(len(ARRANGED)))
def test_arranging(place: int) -> None:
    check_grads(lambda X: ARRANGED[place](X) ** 2)(normal(4, 3))


INDICES: list[Any] = [
    *(0, -1, slice(1, None), slice(None, None, -1), slice(3, 0, -2), Ellipsis, None),
    *((1, 2), (slice(None), 0), (Ellipsis, -1), (slice(1, 3), slice(None, 2)), (None, 1)),
    *([0, 2, 2], np.array([1, 1, 3]), (slice(None), [0, 2]), ([0, 1, 1], [2, 0, 0])),
    *(np.array([True, False, True, True]), (slice(None), None, slice(None)), ([[0], [3]], [0, 1])),
]


@pytest.mark.parametrize("place", range(len(INDICES)))
def test_indexing(place: int) -> None:
    check_grads(lambda X: X[INDICES[place]] ** 2)(normal(4, 3))


def test_iteration() -> None:
    check_grads(lambda X: sum(row @ row * k for k, row in enumerate(X)))(normal(3, 2))
    check_grads(lambda X: np.stack([row * X[0] for row in list(X)[::-1]]))(normal(3, 2))
    check_grads(lambda X: [X[0] * X[1], {"b": X.sum()}])(normal(2, 2))


# Linear algebra ---------------------------------------------------------------------------------

LINALG: dict[str, Callable[[Any], Any]] = {
    "inv": np.linalg.inv,
    "det": np.linalg.det,
    "slogdet": lambda A: np.linalg.slogdet(A)[1],
    "solve a vector": lambda A: np.linalg.solve(A, A[0]),
    "solve a matrix": lambda A: np.linalg.solve(A, A[:, :2]),
    "cholesky": lambda A: np.linalg.cholesky(A @ A.mT),
    "eigvalsh": lambda A: np.linalg.eigvalsh(A + A.mT),
    "eigh": lambda A: np.linalg.eigh(A + A.mT)[1] ** 2,
    "svd": lambda A: np.linalg.svd(A, compute_uv=False),
    "svd, vectors": lambda A: np.linalg.svd(A, full_matrices=False)[0] ** 2,
    "qr": lambda A: np.linalg.qr(A)[1] ** 2,
    "pinv": np.linalg.pinv,
    "matrix power": lambda A: np.linalg.matrix_power(A, 3) + np.linalg.matrix_power(A, -1),
    "lstsq": lambda A: np.linalg.lstsq(A[:, :2], A[:, 2], rcond=None)[0],
    "cond": np.linalg.cond,
}


@pytest.mark.parametrize("name", LINALG)
def test_linear_algebra(name: str) -> None:
    order = 1 if name in ("eigh", "svd, vectors", "qr", "cond") else 2
    check_grads(LINALG[name], order)(invertible(3, 3))


@pytest.mark.parametrize("name", ["inv", "det", "cholesky", "eigvalsh", "solve a matrix"])
def test_stacks_of_matrices(name: str) -> None:
    f: Any = {
        "cholesky": LINALG["cholesky"],
        "eigvalsh": LINALG["eigvalsh"],
        "solve a matrix": lambda A: np.linalg.solve(A, A[..., :2]),
    }.get(name, LINALG[name])
    check_grads(f, order=1)(invertible(2, 3, 3))


# Transforms -------------------------------------------------------------------------------------

TRANSFORMS: list[Callable[[Any], Any]] = [
    np.fft.fft,
    np.fft.ifft,
    np.fft.rfft,
    lambda x: np.fft.fft(x, 7),
    lambda x: np.fft.fft(x, 4, norm="ortho"),
    lambda x: np.fft.irfft(np.fft.rfft(x) * np.arange(4), 6),
    lambda x: np.fft.fft2(x.reshape(2, 3)),
    lambda x: np.fft.fftn(x.reshape(2, 3), axes=(0,)),
    lambda x: np.fft.rfft2(x.reshape(2, 3)),
    lambda x: np.fft.fftshift(x) * np.fft.ifftshift(x, axes=0),
    lambda x: np.abs(np.fft.fft(x * np.hanning(6))) ** 2,
    lambda x: np.convolve(x, x[:3], mode="same") * np.correlate(x, x[:2], mode="valid")[0],
]


@pytest.mark.parametrize("place", range(len(TRANSFORMS)))
def test_transforms(place: int) -> None:
    check_grads(TRANSFORMS[place])(normal(6))


# The adapter itself -----------------------------------------------------------------------------


def test_the_adapter_finds_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    import autograd_adapter

    def wrong(target: Any, wrt: Any) -> Any:
        return [1.001 * g for g in gradients(target, wrt)]

    gradients = sd.grad
    monkeypatch.setattr(autograd_adapter.sd, "grad", wrong)
    with pytest.raises(AssertionError):
        check_grads(np.exp)(normal(3))
