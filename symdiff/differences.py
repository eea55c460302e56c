"""Measuring derivatives: at random points, by the complex step or by extrapolated differences.

The complex step is exact to rounding where a function is analytic (Squire and Trapp, "Using Complex
Variables to Estimate Derivatives of Real Functions", 1998). Elsewhere the step of central
differences shrinks, and they are extrapolated until they no longer improve (Ridders, "Accurate
computation of F'(x) and F'(x)F''(x)", 1982).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, TypeAlias

import numpy as np

from symdiff.binding import indexed_sizes, size_names, variables_of
from symdiff.derive.declared_rules import held_for_rules, overrides
from symdiff.derive.forward import check_path
from symdiff.dims import size_value
from symdiff.errors import ArgumentError, DerivativeError, InputError, describe, quote
from symdiff.evaluate import evaluate
from symdiff.node import Node, intern, topological
from symdiff.ops.leaves import INEXACT, VARIABLE
from symdiff.rewrite.engine import substitute

Array: TypeAlias = "np.ndarray[Any, Any]"
At: TypeAlias = "Mapping[Node, object] | Mapping[str, object] | Mapping[Node | str, object]"
"""Values for variables, given by name or by the variable itself."""

FIRST_STEP = 0.02
COMPLEX_STEP = 1e-40
_REAL = 1e-15  # a slope of 1e25 would be needed for that
ROUNDING = 1e-13  # what arithmetic leaves of the complex step, with room for sums that cancel
_MOST_ENTRIES = 10**15  # no machine has memory for so many, and NumPy has no words for more
_STEPS = 10
_RATIO = 3  # so that the last step is a millionth: a kink at a thousandth is far away then


@dataclass(frozen=True, slots=True)
class Point:
    """Where the comparison is made: arrays for the variables, numbers for the named sizes."""

    values: dict[Node, Array]
    sizes: dict[str, int]

    @staticmethod
    def draw(
        target: Node | Sequence[Node],
        at: At,
        sizes: Mapping[str, int],
        rng: np.random.Generator,
    ) -> Point:
        """Take what is given, and draw the rest at random, for one expression or several.

        Raises ArgumentError for a value of what is no variable there.
        """
        order = topological([target] if isinstance(target, Node) else target)
        numbers = {name: _whole_number(name, number) for name, number in sizes.items()}
        given = by_variable(variables_of(order), at)
        arrays = {v: _given(v, value) for v, value in given.items()}
        for v, array in arrays.items():
            for size, actual in zip(v.shape, array.shape, strict=False):
                if str(size).isidentifier():
                    numbers.setdefault(str(size), actual)
        for place, name in enumerate(size_names(order)):
            numbers.setdefault(name, 3 + place % 4)
        places = indexed_sizes(order, numbers)
        values = {
            v: _array(v, arrays, numbers, max(places.get(v, 4), 1), rng)
            for v in variables_of(order)
        }
        return Point(values, numbers)

    def value(self, expression: Node, others: Mapping[Node, Array] | None = None) -> Array:
        """The value of an expression, with other arrays for some variables."""
        return self._computed(expression, {**self.values, **(others or {})})

    def values_of(self, expressions: Sequence[Node]) -> list[Array]:
        """The values of several expressions, what they share computed once."""
        order = topological(expressions)
        variables = {node for node in order if node.op is VARIABLE}
        values = {node: value for node, value in self.values.items() if node in variables}
        sizes: dict[str, Any] = {name: self.sizes[name] for name in size_names(order)}
        return [np.asarray(value) for value in evaluate(expressions, values, **sizes)]

    def held(self, expression: Node) -> Point:
        """The same point, at which what `stop_gradient` holds constant is a given value."""
        values = {node: self._computed(node, self.values) for node in stopped(expression)}
        return Point({**self.values, **values}, self.sizes)

    def _computed(self, expression: Node, values: Mapping[Node, Array]) -> Array:
        needed = topological([expression], known={node for node in values if node.args})
        names = size_names(needed)
        sizes: dict[str, Any] = {name: self.sizes[name] for name in names}
        result: Array = evaluate(expression, values, **sizes)
        return result


def check_numbers(targets: Sequence[Node], sizes: Mapping[str, int], seed: int) -> None:
    """Refuse numbers for sizes that the targets do not have, and what is no seed.

    Raises ArgumentError for them.
    """
    if not isinstance(sizes, Mapping):
        raise ArgumentError(f"sizes gives numbers by name, {{'n': 3}}, not {sizes!r}")
    known = size_names(topological(targets))
    unknown = sorted(map(repr, set(sizes) - set(known)))
    if unknown:
        has = ", ".join(map(repr, known)) or "none"
        raise ArgumentError(f"there is no named size {unknown[0]}; the target has {has}")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ArgumentError(f"seed must be a whole number from 0 on, not {seed!r}")


def by_variable(variables: Sequence[Node], at: At) -> dict[Node, object]:
    """Values by variable, where some may be given by name.

    Raises ArgumentError for a value of what is none of the variables.
    """
    if not isinstance(at, Mapping):
        raise ArgumentError(f"at gives values by variable or name, {{x: …}}, not {at!r}")
    known = {str(v.attrs[0]): v for v in variables}
    found: dict[Node, object] = {}
    for key, value in at.items():
        variable = known.get(key) if isinstance(key, str) else key
        if variable is None or variable not in known.values():
            what = repr(key) if isinstance(key, str) else quote(key)
            names = ", ".join(known) or "none"
            raise ArgumentError(f"at has a value for {what}; the variables here are {names}")
        found[variable] = value
    return found


def _given(v: Node, value: object) -> Array:
    """The value given, as an array. Raises InputError for what is no array of numbers."""
    try:
        return np.asarray(value, dtype={"float": float, "complex": complex}.get(v.dtype))
    except (ValueError, TypeError) as error:
        raise InputError(f"the value for {describe(v)} is no array: {error}") from error


def _whole_number(name: str, number: object) -> int:
    """The number for a named size. Raises ArgumentError for what is no size."""
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number < 0:
        raise ArgumentError(f"size {name} must be a whole number from 0 on, not {number!r}")
    return int(number)


def _array(
    v: Node,
    at: Mapping[Node, Array],
    sizes: Mapping[str, int],
    below: int,
    rng: np.random.Generator,
) -> Array:
    """The value given, or one drawn; whole numbers are from 0 on and `below` a bound."""
    if v in at:
        return at[v]
    shape = tuple(size_value(size, sizes) for size in v.shape)
    if prod(shape) > _MOST_ENTRIES:
        raise InputError(f"{describe(v)} has more entries than memory holds; give smaller sizes")
    if v.dtype in INEXACT:
        return drawn(v, lambda: np.asarray(rng.uniform(0.2, 1.2, shape)))
    return np.asarray(rng.integers(0, 2 if v.dtype == "bool" else below, shape)).astype(v.dtype)


def drawn(v: Node, draw: Callable[[], Array]) -> Array:
    """Random numbers for a variable; for a complex one, in both parts."""
    return np.asarray(draw() + 1j * draw() if v.dtype == "complex" else draw())


class Measure:
    """Measures how a scalar changes when one variable moves.

    method  "complex step" where the scalar is an analytic function of the variable, else
            "differences"
    """

    def __init__(self, target: Node, x: Node, point: Point) -> None:
        self._target, self._x = target, x
        self._point = point.held(target)
        self._moving = intern(VARIABLE, (), ("complex twin", x.shape, "complex"))
        defined = np.all(np.isfinite(self._point.value(target)))
        self._analytic = _continued(target, x, self._moving) if defined else None
        self.method = "differences" if self._analytic is None else "complex step"

    def along(self, direction: Array) -> tuple[float, float]:
        """The derivative along a direction, and how far it may be off."""
        if self._analytic is not None:
            measured = self._complex_step(self._analytic, direction)
            if measured is not None:
                return measured
            self._analytic, self.method = None, "differences"
        at = self._point.values[self._x]

        def moved(step: float) -> float:
            return float(self._point.value(self._target, {self._x: at + step * direction}))

        scale = max(1.0, float(np.max(np.abs(direction), initial=0)))
        return extrapolated(moved, FIRST_STEP / scale)

    def _complex_step(self, target: Node, direction: Array) -> tuple[float, float] | None:
        """`Im f(x + i h v)/h`, from which nothing is subtracted.

        None where it has no value, or is not real on the real axis, as `log(det(A))` is not where
        the determinant is below 0: its derivative is that of `log(abs(det(A)))`.
        """
        at = self._point.values[self._x] + 1j * COMPLEX_STEP * direction
        try:
            with np.errstate(all="ignore"):
                value = complex(self._point.value(target, {self._moving: at}))
        except InputError:
            return None
        slope = value.imag / COMPLEX_STEP
        if not (np.isfinite(value.real) and np.isfinite(slope)) or abs(value.imag) > _REAL:
            return None
        return slope, ROUNDING * max(abs(value.real), abs(slope), 1.0)


def stopped(expression: Node) -> list[Node]:
    """The parts that every derivative holds constant, and for which no rule is declared instead."""
    order = topological([expression])
    ruled = {held for node in order if overrides(node) for held in held_for_rules(node)}
    return [n for n in order if n.op.name == "stop_gradient" and n not in ruled]


def _continued(target: Node, x: Node, z: Node) -> Node | None:
    """The target as a function of the complex `z` in place of `x`, if it is an analytic one."""
    if x.dtype != "float":
        return None
    try:
        analytic = substitute(target, {**{node: node for node in stopped(target)}, x: z})
        if analytic.dtype != "complex":
            return None
        check_path(analytic, z)
    except (ArgumentError, DerivativeError):
        return None
    return analytic


def extrapolated(function: Callable[[float], float], step: float) -> tuple[float, float]:
    """The derivative of a function at 0, and an estimate of its error.

    Central differences with steps that shrink, extrapolated to step 0 (Ridders 1982); the
    estimate includes what rounding of the function's values does to the differences.

    >>> import math
    >>> value, error = extrapolated(math.exp, 0.1)
    >>> abs(value - 1) <= error < 1e-9
    True
    """
    table: list[list[float]] = []
    best, error = np.nan, np.inf
    for k in range(_STEPS):
        h = step / _RATIO**k
        up, down = function(h), function(-h)
        noise = 4 * np.finfo(float).eps * max(abs(up), abs(down)) / h
        row = [(up - down) / (2 * h)]
        for j, before in enumerate(table[-1] if table else []):
            row.append(row[j] + (row[j] - before) / (_RATIO ** (2 * j + 2) - 1))
        for j in range(1, len(row)):
            change = max(abs(row[j] - row[j - 1]), abs(row[j] - table[-1][j - 1])) + noise
            if change < error:
                best, error = row[j], change
        table.append(row)
    return float(best), float(error)
