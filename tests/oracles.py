"""What the tests compare symdiff with, written without it: NumPy by its own names, and SciPy.

A sample formula is plain Python to `Oracle`, which evaluates it in a namespace of NumPy functions.
What NumPy lacks is written here in another way than symdiff writes it. `slope` takes derivatives
by finite differences, in long double where the platform has it.
"""

from __future__ import annotations

import types
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import oracles_reductions
import scipy.special

Array = Any
Point = Mapping[str, Array]

EPS = float(np.finfo(np.longdouble).eps)
STEP = np.longdouble(EPS) ** np.longdouble(0.2)
TOLERANCE = 3e4 * EPS**0.8
"""What central differences of fourth order reach, with room for ill-conditioned formulas."""


def product_of_others(x: Array, axis: int) -> Array:
    """For each entry the product of the others along an axis, by leaving it out."""
    x = np.asarray(x)
    parts = [np.prod(np.delete(x, i, axis=axis), axis=axis) for i in range(x.shape[axis])]
    return np.stack(parts, axis=axis) if parts else np.ones_like(x)


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
            others = np.arange(n) != k
            rows[others] -= np.outer(rows[others, k], rows[k])
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


class LongLinalg:
    """`np.linalg`, whose functions turn to those above for long double.

    So that what symdiff derives can be compared with fine differences.
    """

    inv = staticmethod(inv)
    det = staticmethod(det)
    solve = staticmethod(solve)

    @staticmethod
    def slogdet(a: Array) -> Any:
        """The sign and the logarithm, by name."""
        d = det(a)
        return types.SimpleNamespace(sign=np.sign(d), logabsdet=np.log(np.abs(d)))


FUNCTIONS: dict[str, Any] = {
    "inv": inv,
    "det": det,
    "signdet": lambda a: np.sign(det(a)),
    "logabsdet": lambda a: np.log(np.abs(det(a))),
    "solve": solve,
    "matrix_power": matrix_power,
    "kron": kron,
    "sigmoid": scipy.special.expit,
    "softplus": lambda x: np.where(x > 0, x, 0) + np.log1p(np.exp(-np.abs(x))),
    "relu": lambda x: np.where(x > 0, x, 0 * x),
    "softmax": scipy.special.softmax,
    "log_softmax": scipy.special.log_softmax,
    "logsumexp": scipy.special.logsumexp,
    "off_kink": lambda x: x,
    "product_of_others": product_of_others,
    "transpose": np.transpose,
    "inf": np.inf,
    "pi": np.pi,
    **oracles_reductions.FUNCTIONS,
}


class Oracle:
    """A formula as Python reads it, with the functions of NumPy.

    Derivatives hold what stands in `stop_gradient` constant: once frozen, it keeps the
    values that it had there.
    """

    def __init__(self, formula: str) -> None:
        self._code = compile(formula, "<oracle>", "eval")
        self._held: list[Array] | None = None

    def __call__(self, point: Point, sizes: Mapping[str, int]) -> Array:
        """The value of the formula."""
        place = iter(range(1000))

        def stop_gradient(x: Array) -> Array:
            return x if self._held is None else self._held[next(place)]

        return self._evaluate(point, sizes, stop_gradient)

    def frozen(self, point: Point, sizes: Mapping[str, int]) -> Oracle:
        """Hold what stands in `stop_gradient` at its values here."""
        held: list[Array] = []

        def stop_gradient(x: Array) -> Array:
            held.append(x)
            return x

        self._evaluate(point, sizes, stop_gradient)
        self._held = held
        return self

    def _evaluate(self, point: Point, sizes: Mapping[str, int], hold: Any) -> Array:
        names = {name: getattr(np, name) for name in dir(np) if not name.startswith("_")}
        names |= FUNCTIONS | {"stop_gradient": hold} | dict(sizes) | dict(point)
        return eval(self._code, {"__builtins__": {}}, names)


def slope(function: Callable[[Point], Array], point: Point, name: str) -> Array:
    """The derivative of a scalar function by every entry of `point[name]`.

    Central differences of fourth order.
    """
    at = np.asarray(point[name], dtype=np.longdouble)
    result = np.zeros(at.shape, dtype=np.longdouble)
    for place in np.ndindex(at.shape):

        def along(steps: int, place: tuple[int, ...] = place) -> Array:
            moved = at.copy()
            moved[place] += steps * STEP
            return np.longdouble(function({**point, name: moved}))

        near, far = along(1) - along(-1), along(2) - along(-2)
        result[place] = (8 * near - far) / (12 * STEP)
    return result


def draw(
    shapes: Mapping[str, tuple[int, ...]], low: float, high: float, seed: str
) -> dict[str, Array]:
    """Random arrays, the same for the same seed, in long double but exact in float64."""
    rng = np.random.default_rng(zlib.crc32(seed.encode()))
    return {
        name: np.asarray(rng.uniform(low, high, shape)).astype(np.longdouble)
        for name, shape in shapes.items()
    }


def assert_close(
    actual: Array, expected: Array, rtol: float = TOLERANCE, atol: float | None = None
) -> None:
    """Equal shapes, and entries equal within a tolerance; NaN equals NaN."""
    assert np.shape(actual) == np.shape(expected)
    np.testing.assert_allclose(
        np.asarray(actual, dtype=np.longdouble),
        np.asarray(expected, dtype=np.longdouble),
        rtol=rtol,
        atol=rtol if atol is None else atol,
    )
