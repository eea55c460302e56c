"""What the tests compare symdiff with, written without it: NumPy by its own names, and SciPy.

A sample formula is plain Python to `Oracle`, which evaluates it in a namespace of NumPy functions.
What NumPy lacks is written here in another way than symdiff writes it. `slope` takes derivatives
by finite differences, in long double where the platform has it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import oracles_elementwise
import oracles_fourier
import oracles_indexing
import oracles_linear_algebra
import oracles_reductions
import oracles_special
import oracles_windows
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


def norm(x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """The Euclidean norm over any axes."""
    return np.sqrt(np.sum(np.abs(x) ** 2, axis=axis, keepdims=keepdims))


FUNCTIONS: dict[str, Any] = {
    **oracles_linear_algebra.FUNCTIONS,
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
    **oracles_fourier.FUNCTIONS,
    **oracles_windows.FUNCTIONS,
    **oracles_indexing.FUNCTIONS,
    **oracles_special.FUNCTIONS,
    **oracles_reductions.FUNCTIONS,
}

FUNCTIONS |= oracles_elementwise.FUNCTIONS


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
        used = (name for name in self._code.co_names if not name.startswith("_"))
        names = {name: getattr(np, name) for name in used if hasattr(np, name)}
        names |= FUNCTIONS | {"stop_gradient": hold} | dict(sizes)
        names |= oracles_indexing.with_at(point) if "at" in self._code.co_names else dict(point)
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


def slope_along(
    function: Callable[[Point], Array], point: Point, directions: Mapping[str, Array]
) -> Array:
    """The derivative of a function, entry by entry, where variables move along directions.

    Central differences of fourth order.
    """

    def along(steps: int) -> Array:
        moved = {n: point[n] + steps * STEP * d for n, d in directions.items()}
        return np.asarray(function({**point, **moved}), dtype=np.longdouble)

    near, far = along(1) - along(-1), along(2) - along(-2)
    return (8 * near - far) / (12 * STEP)


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
        *(np.asarray(x, dtype=np.result_type(x, np.longdouble)) for x in (actual, expected)),
        rtol=rtol,
        atol=rtol if atol is None else atol,
    )


def assert_slopes(
    target: Callable[[Point], Array], point: Point, gradients: Mapping[str, Array], rtol: float
) -> None:
    """Each gradient of a scalar, times a random unit vector, is the slope along it.

    No entry can be wrong unseen, and four evaluations do, however many entries there are.
    """
    for name, gradient in gradients.items():
        assert np.shape(gradient) == np.shape(point[name])
        drawn = draw({name: np.shape(gradient)}, -1, 1, f"along {name}")[name]
        direction = drawn / np.sqrt(np.sum(drawn**2))
        terms = direction * gradient
        found, wanted = np.sum(terms), slope_along(target, point, {name: direction})
        assert abs(found - wanted) <= rtol * (1 + np.sum(np.abs(terms))), (
            f"along a direction of {name} the slope is {wanted}, but by its gradient {found}"
        )
