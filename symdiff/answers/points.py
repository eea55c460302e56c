"""Random points at which two expressions are compared: sizes for the named sizes, and arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from symdiff.binding import indexed_sizes, inputs, requirements, size_names
from symdiff.dims import Size, size_value
from symdiff.errors import InputError
from symdiff.node import Node, topological
from symdiff.ops.leaves import CONSTANT

Array: TypeAlias = "np.ndarray[Any, Any]"

MOST_POINTS = 60
"""So many points are drawn before it is given up to find some where both have values."""

_SIZES = (2, 3, 4, 1)  # neighbours differ, so that no two named sizes always agree
_LARGER = (0, 1, 2, 4, 8, 16, 32)  # for formulas such as `x[9]`, which need larger ones
_NARROW = ((0.2, 2.0), (-2.0, 2.0), (0.2, 0.9), (-0.9, 0.9), (1.2, 3.0))
_WIDE, _WIDEST = 8.0, 1e6
_DENOMINATOR = 1009  # a prime, so that few numbers are whole


class Point(NamedTuple):
    """Numbers for the named sizes, and an array for each variable."""

    sizes: dict[str, int]
    values: dict[Node, Array]


def points(expressions: Sequence[Node], exact: bool = False, seed: int = 0) -> Iterator[Point]:
    """Draw points for the variables of some expressions, of fractions if `exact`.

    Sizes go round, and so do the ranges: positive numbers for logarithms and roots, small ones for
    inverse sines, large ones to pass every number at which a formula may bend.

    Raises InputError if no sizes are large enough for the formulas.
    """
    order = topological(expressions)
    names, variables = size_names(order), inputs(expressions)
    ranges = (*_NARROW, (-_wide(order), _wide(order)))
    rng = np.random.default_rng(seed)
    for k in range(MOST_POINTS):
        sizes = _fitting_sizes(names, k + k // len(ranges), order)
        low, high = ranges[k % len(ranges)]
        places = indexed_sizes(order, sizes)
        values = {v: _drawn(v, sizes, (low, high), exact, places.get(v), rng) for v in variables}
        yield Point(sizes, values)


def _wide(order: Sequence[Node]) -> float:
    """A range that reaches beyond the numbers in the formulas."""
    constants = (np.abs(np.asarray(n.attrs.value)) for n in order if n.op is CONSTANT)
    largest = max((float(np.max(c, initial=0.0)) for c in constants), default=0.0)
    return 2 * largest if _WIDE < 2 * largest <= _WIDEST else _WIDE


def _fitting_sizes(names: Sequence[str], turn: int, order: Sequence[Node]) -> dict[str, int]:
    required = [(r.size, r.minimum) for r in requirements(order)]
    shapes: list[tuple[Size, int]] = [(size, 0) for node in order for size in node.shape]
    for more in _LARGER:
        sizes = {name: _SIZES[(turn + k) % len(_SIZES)] + more for k, name in enumerate(names)}
        if all(
            size_value(size, sizes) >= least for size, least in dict.fromkeys(required + shapes)
        ):
            return sizes
    raise InputError(f"no sizes up to {max(sizes.values(), default=0)} are large enough")


def _drawn(
    v: Node,
    sizes: Mapping[str, int],
    between: tuple[float, float],
    exact: bool,
    places: int | None,
    rng: np.random.Generator,
) -> Array:
    """Random entries; those of an index are among so many `places`."""
    low, high = between
    shape = tuple(size_value(size, sizes) for size in v.shape)
    if v.dtype == "bool":
        return np.asarray(rng.integers(0, 2, shape)).astype(bool)
    if places is not None:
        return np.asarray(rng.integers(-places, places, shape))
    if v.dtype == "int":
        return np.asarray(rng.integers(0 if low > 0 else -3, 5, shape))
    if v.dtype == "complex":
        return np.asarray(rng.uniform(low, high, shape) + 1j * rng.uniform(low, high, shape))
    if not exact:
        return np.asarray(rng.uniform(low, high, shape))
    bounds = int(low * _DENOMINATOR), int(high * _DENOMINATOR)
    numerators = np.asarray(rng.integers(*bounds, shape), dtype=object)
    return np.asarray(_FRACTIONS(numerators), dtype=object)


_FRACTIONS = np.frompyfunc(lambda numerator: Fraction(int(numerator), _DENOMINATOR), 1, 1)
