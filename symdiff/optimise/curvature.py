"""Products of vectors with Hessians that are never built."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from symdiff.codegen.two_steps import TwoSteps, in_two_steps
from symdiff.derive.linear_map import fresh, names_of
from symdiff.derive.products import hvp
from symdiff.node import Node
from symdiff.ops.leaves import variable
from symdiff.optimise.packing import Array
from symdiff.optimise.problem import Problem, called


class Products:
    """The formulas of the Hessian of a scalar, applied to directions.

    weights  variables of the scalar that have other values at each call
    """

    def __init__(self, scalar: Node, wrt: Sequence[Node], weights: Sequence[Node] = ()) -> None:
        self._scalar, self._wrt = scalar, tuple(wrt)
        self.weights = tuple(str(u.attrs[0]) for u in weights)

    @cached_property
    def directions(self) -> list[Node]:
        """A variable for the direction of each variable."""
        taken = names_of([self._scalar, *self._wrt])
        found = []
        for x in self._wrt:
            name = fresh("v", taken)
            taken.add(name)
            found.append(variable(name, x.shape, x.dtype))
        return found

    @cached_property
    def names(self) -> list[str]:
        """The names of the directions."""
        return [str(v.attrs[0]) for v in self.directions]

    @cached_property
    def steps(self) -> TwoSteps:
        """The product: first what depends on the point alone, then the rest."""
        products = hvp(self._scalar, list(self._wrt), self.directions)
        return in_two_steps(products, self.directions)


class Curvature:
    """The Hessian of a scalar, applied to directions, all of them flat vectors.

    What depends on the point alone is computed once for all directions at that point, as methods
    that solve with conjugate gradients ask for them.
    """

    def __init__(self, problem: Problem, products: Products) -> None:
        self._problem, self._products = problem, products
        self._latest: tuple[tuple[Array, ...], dict[str, Any]] | None = None

    def product(self, x: Array, v: Array, *weights: Array) -> Array:
        """The Hessian at `x` times `v`, both flat."""
        values = self._at_point(x, weights)
        parts = self._problem.packing.unravel(v)
        moved = dict(zip(self._products.names, parts, strict=True))
        found = called(self._products.steps.second, {**values, **moved})
        return self._problem.packing.ravel_gradient(found)

    def matrix(self, x: Array, *weights: Array) -> Array:
        """The Hessian at `x`, from its products with the unit vectors."""
        columns = [self.product(x, unit, *weights) for unit in np.eye(self._problem.packing.size)]
        return symmetric(np.stack(columns))

    def _at_point(self, x: Array, weights: tuple[Array, ...]) -> dict[str, Any]:
        """What does not depend on directions: computed once, as long as the point is the same."""
        key = (x, *weights)
        latest = self._latest  # which another thread may replace
        if latest is None or not all(map(np.array_equal, latest[0], key)):
            values = self._problem.values(x)
            values.update(zip(self._products.weights, weights, strict=True))
            steps = self._products.steps
            if steps.first is not None:
                values.update(zip(steps.names, called(steps.first, values), strict=True))
            latest = self._latest = tuple(map(np.copy, key)), values
        return latest[1]


def symmetric(matrix: Array) -> Array:
    """The matrix without what rounding left of a difference from its transpose."""
    return (matrix + matrix.T) / 2
