"""A loss and its derivatives as functions of one flat vector, as optimisers want them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np

from symdiff.derive.backprop import check_kinds
from symdiff.derive.grad import grad
from symdiff.derive.jacobian import hessian
from symdiff.errors import ArgumentError, describe
from symdiff.node import Node
from symdiff.optimise.curvature import Curvature, symmetric
from symdiff.optimise.packing import Array, by_name
from symdiff.optimise.problem import Data, Problem, Start

T = TypeVar("T")


class Latest(Generic[T]):
    """A function of a point that is not computed again at the point where it was last asked."""

    def __init__(self, function: Callable[[Array], T]) -> None:
        self._function = function
        self._last: tuple[Array, T] | None = None

    def __call__(self, x: Array) -> T:
        """The value at a point."""
        last = self._last
        if last is None or not np.array_equal(last[0], x):
            last = self._last = (x.copy(), self._function(x))
        return last[1]


class Objective:
    """A loss as a function of one flat vector, with its derivatives. `sd.objective` makes it.

    `fun`, `jac`, `hess` and `hessp` are what `scipy.optimize.minimize` takes under these names.
    Each is derived and compiled when it is first called. Once `jac` has been called, value and
    gradient come from one function, which shares what they have in common, and asking for both
    at one point computes them once. The flat vector has float64; `dtype` of the arrays given
    decides in which type they are computed.

    loss   the scalar
    wrt    the variables that the flat vector holds, in order
    size   the number of its entries
    start  the start values on a flat vector, or None without any
    """

    def __init__(self, loss: Node, problem: Problem) -> None:
        self.loss, self.wrt, self._problem = loss, problem.wrt, problem
        self.size, self.start = problem.packing.size, problem.start
        self._derived = False

    def fun(self, x: object) -> float:
        """The loss at a flat vector."""
        at = self._problem.packing.checked(x)
        return self._both(at)[0] if self._derived else self._value(at)

    def jac(self, x: object) -> Array:
        """The gradient at a flat vector, flat."""
        return self.value_and_gradient(x)[1]

    def value_and_gradient(self, x: object) -> tuple[float, Array]:
        """The loss and its gradient, for `scipy.optimize.minimize(…, jac=True)`."""
        self._derived = True
        value, gradient = self._both(self._problem.packing.checked(x))
        return value, gradient.copy()

    def hess(self, x: object) -> Array:
        """The Hessian at a flat vector, a symmetric matrix, from the closed forms of its blocks."""
        at = self._problem.packing.checked(x)
        if any(v.dtype == "complex" for v in self.wrt):
            return self._curvature.matrix(at)
        return self._matrix(at)

    def hessp(self, x: object, v: object) -> Array:
        """The Hessian at a flat vector times another, without the Hessian.

        What does not depend on `v` is computed once, as long as `x` is the same.
        """
        checked = self._problem.packing.checked
        return self._curvature.product(checked(x), checked(v))

    def ravel(self, values: object) -> Array:
        """Arrays by name, or by variable, as a flat vector; a number fills an array.

        Raises InputError for arrays that are missing or do not fit.
        """
        return self._problem.packing.ravel(self._problem.arrays(values))

    def unravel(self, x: object) -> dict[str, Any]:
        """A flat vector as arrays by name, in the shapes of the variables."""
        packing = self._problem.packing
        return by_name(self.wrt, packing.unravel(packing.checked(x)))

    @property
    def labels(self) -> list[str]:
        """The name of each entry of the flat vector, such as `w[0]`."""
        return self._problem.packing.labels()

    def __repr__(self) -> str:
        return f"<objective of {self.size} numbers: {self.loss}>"

    # What is compiled, each when it is first needed

    @cached_property
    def _value(self) -> Latest[float]:
        function = self._problem.function([self.loss])
        return Latest(lambda x: float(function(x)[0]))

    @cached_property
    def _both(self) -> Latest[tuple[float, Array]]:
        function = self._problem.function([self.loss, *self.gradients])
        packing = self._problem.packing

        def both(x: Array) -> tuple[float, Array]:
            value, *gradients = function(x)
            return float(value), packing.ravel_gradient(gradients)

        return Latest(both)

    @cached_property
    def gradients(self) -> list[Node]:
        """The gradient by each variable, as expressions."""
        return grad(self.loss, list(self.wrt))

    @cached_property
    def _curvature(self) -> Curvature:
        return Curvature(self._problem, self.loss)

    @cached_property
    def _matrix(self) -> Callable[[Array], Array]:
        """The Hessian from its blocks on and above the diagonal."""
        table = hessian(self.loss, list(self.wrt))
        places = [(i, j) for i in range(len(table)) for j in range(i, len(table))]
        function = self._problem.function([table[i][j] for i, j in places])
        slices = self._problem.packing.slices

        def matrix(x: Array) -> Array:
            found = np.empty((self.size, self.size))
            for (i, j), block in zip(places, function(x), strict=True):
                rows, columns = slices[i], slices[j]
                flat = np.reshape(block, (rows.stop - rows.start, columns.stop - columns.start))
                found[rows, columns] = symmetric(flat) if i == j else flat
                if i != j:
                    found[columns, rows] = flat.T
            return found

        return matrix


def objective(
    loss: Node,
    wrt: Node | Sequence[Node],
    data: Data | None = None,
    *,
    start: Start | None = None,
) -> Objective:
    """Return a scalar as a function of one flat vector, with gradient, Hessian and its products.

    `wrt` are the variables that the flat vector holds. `data` gives arrays by name, or by variable,
    for all others, and numbers for named sizes that no array tells. `start` gives arrays, or
    numbers that fill these, for `wrt`; it may be left out if the data tell their sizes. A complex
    variable is its real and its imaginary parts. Arrays are not copied; where they change, make
    another objective.

    Raises ArgumentError for a loss that is no scalar and for a variable that is not in it or cannot
    vary; InputError for data and start values that are missing, unknown, or do not fit together.

    >>> import numpy as np
    >>> import symdiff as sd
    >>> X, w, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
    >>> f = objective(sd.sum((X @ w - y) ** 2), w, {"X": [[1.0, 0.0], [0.0, 2.0]], "y": [1.0, 2.0]})
    >>> x = f.ravel({"w": 0})
    >>> f.fun(x), f.jac(x), f.hessp(x, [1.0, 1.0])
    (5.0, array([-2., -8.]), array([2., 8.]))
    """
    check_loss(loss)
    return Objective(loss, Problem([loss], wrt, data, start))


def check_loss(loss: Node) -> None:
    """Raises ArgumentError for what is no real scalar."""
    refuse_functions(loss, "the loss")
    check_kinds(loss, [])
    if loss.ndim:
        raise ArgumentError(
            f"the loss {describe(loss)} is no scalar; take its sum or mean, or fit residuals with "
            "sd.least_squares"
        )
    if loss.dtype == "complex":
        raise ArgumentError(
            f"the loss {describe(loss)} is complex; numbers are small by sd.abs or sd.real of it"
        )


def refuse_functions(given: object, what: str) -> None:
    """Raises ArgumentError for a function of Python in place of an expression."""
    if callable(given) and not isinstance(given, Node):
        raise ArgumentError(
            f"{what} must be an expression, not a function; sd.from_function makes one of a "
            "function that uses NumPy"
        )
