"""A loss and its derivatives as functions of one flat vector, as optimisers want them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np

from symdiff.codegen.compiled import Compiled
from symdiff.derive.backprop import check_kinds
from symdiff.errors import ArgumentError, describe
from symdiff.node import Node
from symdiff.optimise.curvature import Curvature, symmetric
from symdiff.optimise.formulas import Formulas
from symdiff.optimise.packing import Array, by_name
from symdiff.optimise.problem import Data, Problem, Start, called

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

    loss      the scalar
    wrt       the variables that the flat vector holds, in order
    size      the number of its entries
    start     the start values on a flat vector, or None without any
    formulas  what is derived and compiled, whatever the data
    problem   the variables and the data
    """

    def __init__(self, formulas: Formulas, problem: Problem) -> None:
        self.loss, self.wrt, self.formulas = formulas.loss, problem.wrt, formulas
        self.size, self.start, self.problem = problem.packing.size, problem.start, problem
        self._derived = False

    def fun(self, x: object) -> float:
        """The loss at a flat vector."""
        at = self.problem.packing.checked(x)
        return self._both(at)[0] if self._derived else self._value(at)

    def jac(self, x: object) -> Array:
        """The gradient at a flat vector, flat."""
        return self.value_and_gradient(x)[1]

    def value_and_gradient(self, x: object) -> tuple[float, Array]:
        """The loss and its gradient, for `scipy.optimize.minimize(…, jac=True)`."""
        self._derived = True
        value, gradient = self._both(self.problem.packing.checked(x))
        return value, gradient.copy()

    def hess(self, x: object) -> Array:
        """The Hessian at a flat vector, a symmetric matrix, from the closed forms of its blocks."""
        at = self.problem.packing.checked(x)
        if any(v.dtype == "complex" for v in self.wrt):
            return self._curvature.matrix(at)
        return self._matrix(at)

    def hessp(self, x: object, v: object) -> Array:
        """The Hessian at a flat vector times another, without the Hessian.

        What does not depend on `v` is computed once, as long as `x` is the same.
        """
        checked = self.problem.packing.checked
        return self._curvature.product(checked(x), checked(v))

    def again(self, more: Sequence[Node], data: Data | None, start: Start | None) -> Objective:
        """The same loss, with what is derived and compiled, where data and start may be others.

        `more` are expressions beside the loss, for which there may be data, too.
        """
        return Objective(self.formulas, self.problem.again([self.loss, *more], data, start))

    def ravel(self, values: object) -> Array:
        """Arrays by name, or by variable, as a flat vector; a number fills an array.

        Raises InputError for arrays that are missing or do not fit.
        """
        return self.problem.packing.ravel(self.problem.arrays(values))

    def unravel(self, x: object) -> dict[str, Any]:
        """A flat vector as arrays by name, in the shapes of the variables."""
        packing = self.problem.packing
        return by_name(self.wrt, packing.unravel(packing.checked(x)))

    @property
    def labels(self) -> list[str]:
        """The name of each entry of the flat vector, such as `w[0]`."""
        return self.problem.packing.labels()

    def __repr__(self) -> str:
        return f"<objective of {self.size} numbers: {self.loss}>"

    # Parts

    @cached_property
    def _value(self) -> Latest[float]:
        return Latest(lambda x: float(self._called(self.formulas.value, x)[0]))

    @cached_property
    def _both(self) -> Latest[tuple[float, Array]]:
        def both(x: Array) -> tuple[float, Array]:
            value, *gradients = self._called(self.formulas.both, x)
            return float(value), self.problem.packing.ravel_gradient(gradients)

        return Latest(both)

    @cached_property
    def _curvature(self) -> Curvature:
        return Curvature(self.problem, self.formulas.products)

    def _matrix(self, x: Array) -> Array:
        """The Hessian from its blocks on and above the diagonal."""
        places, function = self.formulas.blocks
        slices = self.problem.packing.slices
        found = np.empty((self.size, self.size))
        for (i, j), block in zip(places, self._called(function, x), strict=True):
            rows, columns = slices[i], slices[j]
            flat = np.reshape(block, (rows.stop - rows.start, columns.stop - columns.start))
            found[rows, columns] = symmetric(flat) if i == j else flat
            if i != j:
                found[columns, rows] = flat.T
        return found

    def _called(self, function: Compiled, x: Array) -> tuple[Any, ...]:
        return called(function, self.problem.values(x))


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
    problem = Problem([loss], wrt, data, start)
    return Objective(Formulas(loss, problem.wrt), problem)


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
