"""Jacobians by the flat vector: closed forms, or sparse matrices where these have mostly zeros."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from symdiff.binding import size_names
from symdiff.derive.jacobian import jacobian
from symdiff.dims import product, size_value
from symdiff.node import Node, topological
from symdiff.optimise.packing import Array
from symdiff.optimise.problem import Problem
from symdiff.sparse.matrices import sparse_jacobian

COLUMNS = 50
"""Jacobians with fewer columns are not asked whether they are sparse."""
DENSITY = 0.1
"""The largest share of entries that may be other than zero in a Jacobian that counts as sparse."""


class VectorFunction:
    """Real expressions as one flat vector, and its Jacobian by the flat vector.

    expressions  what the vector holds, in order
    rows         how many entries each has
    """

    def __init__(
        self, problem: Problem, expressions: Sequence[Node], may_be_sparse: bool = False
    ) -> None:
        """With `may_be_sparse`, a Jacobian with mostly zeros is a sparse matrix of SciPy."""
        self._problem, self.expressions = problem, tuple(expressions)
        self._may_be_sparse = may_be_sparse
        self.rows = [size_value(product(e.shape), problem.sizes) for e in expressions]

    def value(self, x: Array) -> Array:
        """All entries of all expressions in a row."""
        found = self._value(x)
        return np.concatenate([np.ravel(part) for part in found]).astype(np.float64, copy=False)

    def split(self, vector: Array) -> list[Array]:
        """A vector such as the value, in parts of the shapes of the expressions."""
        parts = np.split(vector, np.cumsum(self.rows)[:-1])
        shapes = [
            tuple(size_value(size, self._problem.sizes) for size in e.shape)
            for e in self.expressions
        ]
        return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]

    def jacobian(self, x: Array) -> Any:
        """The derivative of each entry by each entry of the flat vector, as a matrix."""
        return self._dense(x) if self._sparse is None else self._sparse(x)

    @property
    def is_sparse(self) -> bool:
        """True if the Jacobian is a sparse matrix."""
        return self._sparse is not None

    def _dense(self, x: Array) -> Array:
        blocks = iter(self._blocks(x))
        packing = self._problem.packing
        table = zip(self._present, self.rows, strict=True)
        return np.concatenate(
            [
                packing.ravel_rows([next(blocks) if there else None for there in row], rows)
                for row, rows in table
            ]
        )

    @cached_property
    def _value(self) -> Callable[[Array], tuple[Any, ...]]:
        return self._problem.function(self.expressions)

    @cached_property
    def _sparse(self) -> Callable[[Array], Any] | None:
        """The function that gives the Jacobian as a sparse matrix, if that is of use."""
        wrt = self._problem.wrt
        real = all(v.dtype == "float" for v in wrt)
        columns = self._problem.packing.size
        if not (self._may_be_sparse and real and columns >= COLUMNS and any(self.rows)):
            return None
        matrix = sparse_jacobian(list(self.expressions), list(wrt))
        names = {*matrix.inputs, *size_names(topological([*self.expressions, *wrt]))}

        def known(x: Array) -> dict[str, Any]:
            return {name: v for name, v in self._problem.values(x).items() if name in names}

        pattern = matrix.pattern(**known(np.zeros(columns)))
        if pattern.nnz > DENSITY * sum(self.rows) * columns:
            return None
        return lambda x: matrix(**known(x)).astype(np.float64)

    @cached_property
    def _present(self) -> list[list[bool]]:
        """Which expression depends on which variable."""
        found = []
        for expression in self.expressions:
            below = set(topological([expression]))
            found.append([v in below for v in self._problem.wrt])
        return found

    @cached_property
    def derivatives(self) -> list[Node]:
        """The Jacobian of each expression by each variable that it contains, as expressions."""
        wanted: list[Node] = []
        for expression, present in zip(self.expressions, self._present, strict=True):
            pairs = zip(self._problem.wrt, present, strict=True)
            wanted += jacobian(expression, [v for v, there in pairs if there])
        return wanted

    @cached_property
    def _blocks(self) -> Callable[[Array], tuple[Any, ...]]:
        return self._problem.function(self.derivatives) if self.derivatives else lambda x: ()
