"""Comparing two expressions of one shape: by normal forms, else at random points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from symdiff.answers.exact import NotRational, exact_values
from symdiff.answers.points import Array, Point, points
from symdiff.answers.rounding import EPS, shaken_values
from symdiff.binding import size_names
from symdiff.errors import ArgumentError, InputError, quote
from symdiff.evaluate import evaluate
from symdiff.node import Node, topological
from symdiff.ops.leaves import number_of
from symdiff.ops.structure import unstretched
from symdiff.rewrite.expanded import expanded
from symdiff.rewrite.simplify import simplify
from symdiff.rewrite.spelled_out import spelled_out

ENOUGH_POINTS = 12
"""At so many points two expressions are compared."""

_SAFETY = 1000  # rounding is measured once, which may happen to hide most of it
_FLOOR = 16 * EPS
_USEFUL = 1e-6  # where rounding is larger, relative to the values, a point tells nothing
_SMALL = 1e-3  # values below are as good as 0, relative to variables between 0.2 and 8


class Disagreement(NamedTuple):
    """The entry in which two expressions differ most at a point, and both values there."""

    point: Point
    entry: tuple[int, ...]
    mine: complex
    theirs: complex


class Compared(NamedTuple):
    """What a comparison at points found, and at how many of them.

    `disagreement` is None if they all agree; `trials` is empty if fractions were compared.
    """

    how: str
    points: int
    disagreement: Disagreement | None
    trials: tuple[Trial, ...] = ()


class Trial(NamedTuple):
    """A point, the values of both expressions there, and what rounding may do to them."""

    point: Point
    mine: Array
    theirs: Array
    tolerance: float

    @property
    def differs(self) -> bool:
        """True if the two differ here, by more than rounding or in shape."""
        if self.mine.shape != self.theirs.shape:
            return True
        return bool(np.max(np.abs(self.mine - self.theirs)) > self.tolerance)


def proved_equal(a: Node, b: Node) -> bool:
    """True if the two have one normal form, simplified or multiplied out, which is a proof.

    >>> import symdiff as sd
    >>> x = sd.scalar("x")
    >>> proved_equal((x + 1) * x, x * x + x), proved_equal(x, 2 * x)
    (True, False)
    """
    if a.shape != b.shape:
        return False
    first, second = simplify([spelled_out(a), spelled_out(b)])
    if first is second or simplify(first) is simplify(second):
        return True
    if "bool" in (a.dtype, b.dtype):
        return False
    if number_of(unstretched(simplify(a - b))) == 0:
        return True
    return expanded(first) is expanded(second)


def compared(mine: Node, theirs: Node) -> Compared:
    """Compare at random points: exactly if the formulas are rational, else in float64.

    Raises InputError if no point is found at which both have finite values.
    """
    try:
        return _outcome("exactly", list(_exact_differences(mine, theirs)), mine, theirs)
    except NotRational:
        found = tuple(trials(mine, theirs))
        differences = [_difference(trial) for trial in found]
        return _outcome("numerically", differences, mine, theirs)._replace(trials=found)


def trials(mine: Node, theirs: Node) -> Iterator[Trial]:
    """Points where both have finite values that rounding has left meaningful."""
    found = 0
    for point in points([mine, theirs]):
        values = finite_values([mine, theirs], point)
        if values is None or not all(value.size for value in values):
            continue
        tolerance = sum(map(_rounding, values, shaken_values([mine, theirs], point)))
        scale = max(float(np.max(np.abs(value))) for value in values)
        if tolerance <= _USEFUL * max(scale, _SMALL):
            yield Trial(point, values[0], values[1], tolerance)
            found += 1
            if found == ENOUGH_POINTS:
                return


def finite_values(expressions: Sequence[Node], point: Point) -> list[Array] | None:
    """The values of expressions at a point, or None where one of them has none."""
    names = size_names(topological(expressions))
    sizes: dict[str, Any] = {name: point.sizes[name] for name in names}
    try:
        with np.errstate(all="ignore"):
            values = evaluate(expressions, point.values, **sizes)
    except InputError:  # such as a negative power of an integer
        return None
    arrays = [in_double(value) for value in values]
    return arrays if all(np.all(np.isfinite(array)) for array in arrays) else None


def in_double(value: object) -> Array:
    """Numbers in double precision, complex ones too."""
    array = np.asarray(value)
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def _rounding(value: Array, shaken: Array) -> float:
    """What rounding may do to a value; infinite where shaking leaves none."""
    apart = np.abs(value - in_double(shaken))
    spread = float(np.max(np.where(np.isfinite(apart), apart, np.inf), initial=0.0))
    return _SAFETY * (spread + _FLOOR * float(np.max(np.abs(value), initial=0.0)))


def _difference(trial: Trial) -> Disagreement | None:
    if not trial.differs:
        return None
    apart = np.abs(trial.mine - trial.theirs)
    return _disagreement(trial.point, trial.mine, trial.theirs, apart)


def _exact_differences(mine: Node, theirs: Node) -> Iterator[Disagreement | None]:
    found = 0
    for point in points([mine, theirs], exact=True):
        try:
            a, b = exact_values([mine, theirs], point)
        except ZeroDivisionError:
            continue
        if not a.size:
            continue
        yield None if np.all(a == b) else _disagreement(point, a, b, _magnitudes(a, b))
        found += 1
        if found == ENOUGH_POINTS:
            return


def _magnitudes(a: Array, b: Array) -> Array:
    return np.abs(np.asarray(np.asarray(a, object) - np.asarray(b, object), dtype=np.float64))


def _disagreement(point: Point, mine: Array, theirs: Array, apart: Array) -> Disagreement:
    entry = tuple(int(i) for i in np.unravel_index(int(np.argmax(apart)), apart.shape))
    values = (complex(side[entry]) for side in (mine, theirs))
    return Disagreement(point, entry, *(v if v.imag else v.real for v in values))


def _outcome(
    how: str, differences: Sequence[Disagreement | None], mine: Node, theirs: Node
) -> Compared:
    if not differences:
        raise InputError(
            f"no point was found at which both {quote(mine)} and {quote(theirs)} have finite "
            "values; compare them where they are defined, with sd.evaluate"
        )
    wrong = [difference for difference in differences if difference is not None]
    return Compared(how, len(differences), wrong[0] if wrong else None)


def check_comparable(mine: Node, theirs: Node) -> None:
    """Refuse a truth value beside a number."""
    if (mine.dtype == "bool") != (theirs.dtype == "bool"):
        raise ArgumentError(f"{quote(mine)} is {mine.dtype}, but {quote(theirs)} is {theirs.dtype}")
