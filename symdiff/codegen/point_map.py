"""A linear map at a point: numbers from functions that are compiled once for all points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from symdiff.binding import bind, size_names, split_names, variables_of
from symdiff.codegen.compiled import Compiled
from symdiff.codegen.generate import compile
from symdiff.codegen.two_steps import TwoSteps, in_two_steps
from symdiff.derive.linear_map import LinearMap
from symdiff.dims import names_in, size_value
from symdiff.errors import ArgumentError, InputError
from symdiff.node import Node, topological

Array = np.ndarray[Any, Any]


class Functions:
    """What is compiled for a map, each when it is first needed."""

    def __init__(self, map: LinearMap) -> None:
        self.map = map
        self._in_two_steps: dict[str, TwoSteps] = {}
        self._of_point: dict[str, Compiled] = {}
        outputs = [*map.matrices, *map.products(map.vectors["v"])]
        self._needed = set(variables_of(topological(outputs))).difference(map.vectors["v"])

    def at(self, values: dict[Node, object], named: Mapping[str, object]) -> PointMap:
        """The map where variables have these values. `LinearMap.at` is what people call."""
        order = topological([*self.map.known, *self.map.matrices])
        variables = variables_of(order)
        for node in values:
            if node not in variables:
                known = ", ".join(v.attrs[0] for v in variables) or "none"
                raise ArgumentError(f"values are given by variable ({known}), not by {node}")
        by_name, sizes = split_names(variables, size_names(order), named)
        given = {**values, **by_name}
        bound = bind([v for v in variables if v in given or v in self._needed], given, sizes)
        shapes = [size for node in (*self.map.targets, *self.map.wrt) for size in node.shape]
        missing = [name for name in names_in(shapes) if name not in bound.sizes]
        if missing:
            raise InputError(f"no array tells the size {', '.join(missing)}; give it by name")
        arrays = {v.attrs[0]: array for v, array in bound.values.items()}
        return _class_of_maps()(self, arrays, bound.sizes, bound.dtype)

    def of_vector(self, name: str, vectors: Sequence[Node]) -> TwoSteps:
        """A function of vectors, in two steps."""
        if name not in self._in_two_steps:
            map = self.map
            makers = {
                "matvec": map.products,
                "rmatvec": map.transposed_products,
                "solve": map.solutions,
            }
            self._in_two_steps[name] = in_two_steps(makers[name](vectors), vectors)
        return self._in_two_steps[name]

    def of_point(self, name: str) -> Compiled:
        """The diagonal or the matrices."""
        if name not in self._of_point:
            outputs = self.map.matrices if name == "dense" else self.map.diagonals()
            self._of_point[name] = compile(outputs)
        return self._of_point[name]


class PointMap:
    """A linear map in numbers, on flat vectors. `LinearMap.at` makes it.

    Where SciPy is installed it is a `scipy.sparse.linalg.LinearOperator`.

    shape  the number of rows and of columns
    dtype  the float type of the arrays at the point
    """

    def __init__(
        self,
        functions: Functions,
        arrays: dict[str, Array],
        sizes: dict[str, int],
        dtype: np.dtype[Any],
    ) -> None:
        map = functions.map
        self._functions, self._map = functions, map
        self._known: dict[str, Any] = {**arrays, **sizes}
        self._first_steps: dict[str, dict[str, Any]] = {}
        self._results = [tuple(size_value(s, sizes) for s in y.shape) for y in map.targets]
        self._arguments = [tuple(size_value(s, sizes) for s in x.shape) for x in map.wrt]
        self.shape = (sum(map_entries(self._results)), sum(map_entries(self._arguments)))
        self.dtype = dtype

    def matvec(self, v: object) -> Array:
        """The product with a vector.

        Raises InputError for a vector of another length.
        """
        return self._of_vector("matvec", "v", v, self._arguments)

    def rmatvec(self, u: object) -> Array:
        """The product of the transposed matrix with a vector.

        Raises InputError for a vector of another length.
        """
        return self._of_vector("rmatvec", "u", u, self._results)

    _matvec, _rmatvec = matvec, rmatvec  # what SciPy asks for

    def diagonal(self) -> Array:
        """The diagonal. Raises StructureError for a matrix that is not square."""
        return _in_a_row(self._called(self._functions.of_point("diagonal")), self.dtype)

    def dense(self) -> Array:
        """The matrix."""
        found = list(self._called(self._functions.of_point("dense")))
        rows, columns = map_entries(self._results), map_entries(self._arguments)
        table = [
            [np.reshape(found[i * len(columns) + j], (n, m)) for j, m in enumerate(columns)]
            for i, n in enumerate(rows)
        ]
        return np.block(table).astype(self.dtype, copy=False)

    def solve(self, b: object) -> Array:
        """The solution z of `map @ z = b`.

        A table of blocks is put together. If the identity of Sherman, Morrison and Woodbury loses
        the solution to rounding, as where the diagonal has zeros, the matrix is solved as a whole.

        Raises StructureError as `LinearMap.solve` does, but for tables; InputError for a vector of
        another length, and for a matrix that is singular.
        """
        if self._map.is_coupled:
            return self._solved_dense(b)
        if self._map.structure != "low rank plus diagonal":
            return self._of_vector("solve", "b", b, self._results)
        with np.errstate(all="ignore"):
            found = self._of_vector("solve", "b", b, self._results)
            if self._solves(found, b, 0.5):
                return found
            found = self._solved_dense(b)
            if self._solves(found, b, 0.25):
                return found
        raise InputError(f"{self._map} is singular at this point, to working precision")

    # Parts

    def _solved_dense(self, b: object) -> Array:
        right = self._checked(b, self.shape[0], "b")
        try:
            return np.asarray(np.linalg.solve(self.dense(), right))
        except np.linalg.LinAlgError as error:
            raise InputError(f"{self._map} at this point: {error}") from error

    def _solves(self, found: Array, b: object, digits: float) -> bool:
        """True if the residual is small: right in that part of the digits of the float type."""
        right = np.asarray(b)
        allowed = float(np.finfo(self.dtype).eps) ** digits * np.linalg.norm(right)
        return bool(np.linalg.norm(self.matvec(found) - right) <= allowed)  # false for NaN

    def _of_vector(
        self, name: str, argument: str, given: object, shapes: Sequence[tuple[int, ...]]
    ) -> Array:
        vector = self._checked(given, sum(map_entries(shapes)), argument)
        variables = self._map.vectors[argument]
        steps = self._functions.of_vector(name, variables)
        values = dict(self._first_step(name, steps))
        ends = np.cumsum(map_entries(shapes))[:-1]
        for variable, shape, part in zip(
            variables, shapes, np.split(vector.reshape(-1), ends), strict=True
        ):
            values[variable.attrs[0]] = part.reshape(shape)
        found = _in_a_row(
            self._called(steps.second, values), np.result_type(self.dtype, vector.dtype)
        )
        return found.reshape(-1, *vector.shape[1:])

    def _checked(self, given: object, size: int, name: str) -> Array:
        """A vector of floats, or one column."""
        vector = np.asarray(given)
        if vector.shape not in ((size,), (size, 1)):
            raise InputError(f"{name} must have shape ({size},), not {vector.shape}")
        return vector if vector.dtype.kind == "f" else vector.astype(self.dtype)

    def _first_step(self, name: str, steps: TwoSteps) -> dict[str, Any]:
        """What does not depend on the vector, computed once."""
        if name not in self._first_steps:
            found = () if steps.first is None else self._called(steps.first)
            self._first_steps[name] = dict(zip(steps.names, found, strict=True))
        return self._first_steps[name]

    def _called(self, function: Compiled, values: Mapping[str, Any] | None = None) -> Any:
        known = {**self._known, **(values or {})}
        missing = [name for name in function.inputs if name not in known]
        if missing:
            raise InputError(f"no array tells the size {', '.join(missing)}; give it by name")
        return function(**{name: known[name] for name in function.inputs})


def map_entries(shapes: Sequence[tuple[int, ...]]) -> list[int]:
    """How many entries arrays of these shapes have."""
    return [prod(shape) for shape in shapes]


def _in_a_row(arrays: Sequence[Array], dtype: np.dtype[Any]) -> Array:
    return np.concatenate([np.ravel(array) for array in arrays]).astype(dtype, copy=False)


class _PlainMap(PointMap):
    """A map where SciPy is not installed."""

    def __matmul__(self, v: object) -> Array:
        """The product with a vector, or with each column of a matrix."""
        array = np.asarray(v)
        if array.ndim != 2:
            return self.matvec(array)
        columns = [self.matvec(column) for column in array.T]
        return np.stack(columns, axis=1) if columns else np.zeros((self.shape[0], 0), self.dtype)


@lru_cache(maxsize=1)
def _class_of_maps() -> type[PointMap]:
    """The class of maps at a point. SciPy is imported only here, when it is first of use."""
    try:
        from scipy.sparse.linalg import LinearOperator
    except ImportError:
        return _PlainMap

    class LinearOperatorMap(PointMap, LinearOperator):  # type: ignore[misc]
        """A map that SciPy's solvers take."""

        def __init__(self, *parts: Any) -> None:
            PointMap.__init__(self, *parts)
            LinearOperator.__init__(self, self.dtype, self.shape)

    return LinearOperatorMap
