"""Bounds of variables, from pairs of numbers and from comparisons with what does not vary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from symdiff.errors import InputError, quote
from symdiff.node import Node
from symdiff.optimise.packing import Array, Packing, named_values
from symdiff.optimise.problem import Problem

Limits: TypeAlias = "Mapping[str, Any] | Mapping[Node, Any] | Any"


class Bound(NamedTuple):
    """A variable, and the expression that it must not exceed, or not fall below."""

    variable: Node
    limit: Node
    is_upper: bool


class Box(NamedTuple):
    """The least and the largest value of each entry of the flat vector."""

    lower: Array
    upper: Array

    def __bool__(self) -> bool:
        """True if anything is bounded."""
        return bool(np.any(self.lower > -np.inf) or np.any(self.upper < np.inf))

    def projected(self, x: Array) -> Array:
        """The nearest point inside."""
        return np.clip(x, self.lower, self.upper)

    @property
    def fixed(self) -> Array:
        """The places of the entries that bounds leave no room."""
        return np.flatnonzero(self.lower == self.upper)

    def is_at_edge(self, x: Array) -> bool:
        """True for a point with an entry at a bound."""
        return bool(np.any((x == self.lower) | (x == self.upper)))

    def refuse_empty(self, packing: Packing) -> None:
        """Raises InputError for bounds between which there is nothing."""
        empty = np.flatnonzero(self.lower > self.upper)
        if empty.size:
            k = int(empty[0])
            raise InputError(
                f"nothing lies between the bounds of {packing.label(k)}, "
                f"{self.lower[k]:g} and {self.upper[k]:g}"
            )

    def refuse_outside(self, x: Array, packing: Packing) -> None:
        """Raises InputError for a start that is outside."""
        outside = np.flatnonzero((x < self.lower) | (x > self.upper))
        if outside.size:
            k = int(outside[0])
            raise InputError(
                f"the start of {packing.label(k)} is {x[k]:g}, outside of its bounds, "
                f"{self.lower[k]:g} and {self.upper[k]:g}; start inside"
            )


def box(problem: Problem, limits: Limits | None, more: Sequence[Bound]) -> Box:
    """The bounds given as pairs by variable, and those that constraints say.

    Raises InputError for what is no pair of numbers or of arrays that fit, for bounds between which
    there is nothing, and for a start outside of the pairs; constraints need not hold there.
    """
    packing = problem.packing
    found = Box(np.full(packing.size, -np.inf), np.full(packing.size, np.inf))
    given = {} if limits is None else named_values(problem.wrt, limits, "bounds")
    for v, pair in given.items():
        lower, upper = _pair(v, pair)
        _tighten(problem, found, v, lower, is_upper=False)
        _tighten(problem, found, v, upper, is_upper=True)
    found.refuse_empty(packing)
    if problem.start is not None:
        found.refuse_outside(problem.start, packing)
    if more:
        with np.errstate(all="ignore"):
            values = problem.function([b.limit for b in more])(np.zeros(packing.size))
        for bound, value in zip(more, values, strict=True):
            _tighten(problem, found, bound.variable, value, bound.is_upper)
    found.refuse_empty(packing)
    return found


def _pair(v: Node, pair: object) -> tuple[object, object]:
    if not isinstance(pair, tuple) or len(pair) != 2:  # a list may hold a pair for each entry
        raise InputError(
            f"the bounds of {v.attrs[0]} are a pair, (least, largest), of numbers or arrays, with "
            f"None for no bound, not {pair!r}"
        )
    if v.dtype == "complex":
        raise InputError(f"{v.attrs[0]} is complex, and complex numbers have no order")
    return pair[0], pair[1]


def _tighten(problem: Problem, found: Box, v: Node, limit: object, is_upper: bool) -> None:
    if limit is None:
        return
    k = problem.wrt.index(v)
    shape, place = problem.packing.shapes[k], problem.packing.slices[k]
    if isinstance(limit, Node):
        sign = "<=" if is_upper else ">="
        raise InputError(
            f"a bound of {v.attrs[0]} is the expression {quote(limit)}; give it among the "
            f"constraints, `{v.attrs[0]} {sign} …`"
        )
    array = np.asarray(limit)
    if isinstance(limit, tuple) or array.dtype.kind not in "fiub" or array.shape not in ((), shape):
        either = f"a number or an array of shape {shape}" if shape else "a number"
        raise InputError(f"a bound of {v.attrs[0]} must be {either}, not {limit!r}")
    values = np.broadcast_to(array, shape).ravel()
    if np.any(np.isnan(values)):
        raise InputError(f"a bound of {v.attrs[0]} is nan")
    if is_upper:
        found.upper[place] = np.minimum(found.upper[place], values)
    else:
        found.lower[place] = np.maximum(found.lower[place], values)
