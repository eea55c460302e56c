"""A thorough check of derivatives: both modes, both orders, entry by entry and in all directions.

Derivatives are measured from values of the target, by the complex step where the target is
analytic (Squire and Trapp, "Using Complex Variables to Estimate Derivatives of Real Functions",
1998), else by central differences whose step shrinks, extrapolated until they no longer
improve (Ridders, "Accurate computation of F'(x) and F'(x)F''(x)", 1982).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from symdiff.binding import inputs, size_names
from symdiff.derive.backprop import as_list
from symdiff.derive.grad import grad
from symdiff.derive.products import hvp, jvp, vjp
from symdiff.differences import Array, At, Measure, Point
from symdiff.dims import Shape
from symdiff.domain import Exclusion, domain
from symdiff.errors import ArgumentError, DerivativeError, quote
from symdiff.node import Node, intern, topological
from symdiff.ops.contraction import sum as total
from symdiff.ops.leaves import VARIABLE
from symdiff.shown import Part, Rows, Sentence, Shown

TOLERANCE = 1e-6
"""The largest relative error that counts as agreement with differences, in float64."""
ANALYTIC_TOLERANCE = 1e-10
"""The same for the complex step, which loses nothing to rounding."""

_DIRECTIONS = 4
_ENTRIES = 12


@dataclass(frozen=True, slots=True)
class Measurement:
    """One derivative along one direction, as derived and as measured.

    wrt      the variable
    order    1 for the gradient, 2 for the Hessian along a direction
    mode     "reverse" or "forward"
    along    an entry of the variable, or a random direction
    method   "complex step" or "differences"
    derived, measured  the two numbers
    doubt    how far the measured number may be off
    error    their difference, relative to the larger of them
    """

    wrt: Node
    order: int
    mode: str
    along: str
    method: str
    derived: float
    measured: float
    doubt: float

    @property
    def error(self) -> float:
        """The difference relative to the larger of the two; 0 if they are equal."""
        difference = abs(self.derived - self.measured)
        if difference == 0:
            return 0.0
        return float(difference / max(abs(self.derived), abs(self.measured)))

    @property
    def ok(self) -> bool:
        """True if they agree within the tolerance, and within the doubt about the measured."""
        exact = self.method == "complex step"
        difference = abs(self.derived - self.measured)
        tolerance = ANALYTIC_TOLERANCE if exact else TOLERANCE
        scale = max(abs(self.derived), abs(self.measured))
        return bool(difference <= tolerance * scale + self.doubt)

    def __str__(self) -> str:
        return (
            f"{'ok' if self.ok else 'WRONG'}: derivative {self.order} by {self.wrt} along "
            f"{self.along}, {self.mode} mode: derived {self.derived:.12g}, measured "
            f"{self.measured:.12g} ({self.method}), relative error {self.error:.1e}"
        )


class Summary(NamedTuple):
    """What was measured of one kind: the worst, how many there are, and whether all agree."""

    worst: Measurement
    tried: int
    ok: bool


@dataclass(frozen=True, slots=True, repr=False)
class GradientReport(Shown):
    """All measurements of a check. It prints as a table of the worst of each kind.

    `exclusions` are those of the target's domain that happen at the very point of the check, such
    as kinks: there differences cannot measure what a convention chose.
    """

    measurements: tuple[Measurement, ...]
    exclusions: tuple[Exclusion, ...] = ()

    @property
    def ok(self) -> bool:
        """True if all derivatives agree with what was measured."""
        return all(each.ok for each in self.measurements)

    @property
    def worst(self) -> Measurement | None:
        """The measurement that disagrees most, beyond its doubt; None if nothing was measured."""
        return max(self.measurements, key=_badness, default=None)

    @property
    def summaries(self) -> list[Summary]:
        """The measurements by variable, order and mode, each kind on one line."""
        kinds: dict[tuple[Node, int, str], list[Measurement]] = {}
        for each in self.measurements:
            kinds.setdefault((each.wrt, each.order, each.mode), []).append(each)
        return [
            Summary(max(found, key=_badness), len(found), all(each.ok for each in found))
            for found in kinds.values()
        ]

    def _parts_(self) -> list[Part]:
        rows: list[Sentence] = []
        for worst, tried, ok in self.summaries:
            error, verdict = f"{worst.error:.1e}", "ok" if ok else "WRONG"
            where = (worst.wrt, str(worst.order), worst.mode, worst.method)
            rows.append((*where, str(tried), error, worst.along, verdict))
        head = ("by", "order", "mode", "method", "tried", "worst error", "along", "verdict")
        wrong: list[Part] = [] if self.ok else [(str(self.worst),)]
        notes = [("at this very point, ", *each.said) for each in self.exclusions]
        return [Rows(head, rows), *wrong, *notes]


def _badness(each: Measurement) -> tuple[bool, float]:
    return not each.ok, each.error if np.isfinite(each.error) else np.inf


def check_gradient(
    e: Node,
    wrt: Node | Sequence[Node] | None = None,
    at: At | None = None,
    sizes: Mapping[str, int] | None = None,
    order: int = 2,
    seed: int = 0,
    gradients: Sequence[Node] | None = None,
) -> GradientReport:
    """Measure the derivatives of `e` and compare them with the derived ones.

    Every float variable, or those of `wrt`, moves along up to 12 of its entries and along 4
    random directions. Compared are the gradient in reverse mode, the derivative along a direction
    in forward mode, and, unless `order` is 1, the second derivatives along pairs of directions.
    If `e` is no scalar, its entries are summed with random weights. Values are those of `at`, and
    random in [0.2, 1.2] otherwise; named sizes are those of `sizes`, 3 to 6 otherwise. `gradients`
    checks expressions of yours, in the shapes of `wrt`, instead of the derived first derivatives.

    Raises DerivativeError where there is no derivative to check, InputError for values that do not
    fit, and where the target has no finite value nearby.

    >>> import symdiff as sd
    >>> report = check_gradient(sd.parse("sum(tanh(X @ w)**2)", X="n d", w="d"))
    >>> report.ok
    True
    """
    if order not in (1, 2):
        raise ArgumentError(f"the order of a check is 1 or 2, not {order!r}")
    chosen = _chosen(e, wrt)
    rng = np.random.default_rng(seed)
    point = Point.draw(e, at or {}, sizes or {}, rng)
    target, point = _scalar(e, point, rng)
    derived = list(gradients) if gradients is not None else grad(target, chosen)
    found: list[Measurement] = []
    for x, gradient in zip(chosen, derived, strict=True):
        found += _first(target, x, gradient, point, rng, gradients is None)
        if order == 2 and gradients is None:
            found += _second(target, x, gradient, point, rng)
    named = {v.attrs[0]: point.values[v] for v in inputs(e)}
    sizes = {name: point.sizes[name] for name in size_names(topological([e]))}
    real = all(node.dtype != "complex" for node in topological([e]))
    return GradientReport(tuple(found), domain(e, chosen).at(**named, **sizes) if real else ())


def _chosen(e: Node, wrt: Node | Sequence[Node] | None) -> list[Node]:
    chosen = [v for v in inputs(e) if v.dtype == "float"] if wrt is None else as_list(wrt)
    if any(x.op is not VARIABLE for x in chosen):
        raise DerivativeError("measuring needs variables; give the variables below `wrt`")
    for x in chosen:
        if x.dtype == "complex":
            raise DerivativeError(
                f"the variable {quote(x)} is complex; sd.check compares its gradient"
            )
    return chosen


def _scalar(e: Node, point: Point, rng: np.random.Generator) -> tuple[Node, Point]:
    """The entries of `e` with random weights, at a point that knows them; a scalar as it is."""
    if not e.ndim:
        return e, point
    weights = _unnamed("weights", e.shape)
    values = {weights: rng.uniform(0.5, 1.5, np.shape(point.value(e)))}
    return total(weights * e), Point(point.values | values, point.sizes)


def _unnamed(what: str, shape: Shape) -> Node:
    """A variable that no formula can have, since its name is no identifier."""
    return intern(VARIABLE, (), (f"{what} of the check", shape, "float"))


# First and second derivatives -------------------------------------------------------------------


def _first(
    target: Node,
    x: Node,
    gradient: Node,
    point: Point,
    rng: np.random.Generator,
    forward: bool,
) -> Iterator[Measurement]:
    slope = point.value(gradient)
    tangent = _unnamed("direction", x.shape)
    pushed = jvp(target, x, tangent) if forward else None
    measure = Measure(target, x, point)
    for along, direction in _directions(point.values[x], rng):
        measured, doubt = measure.along(direction)
        derived = float(np.sum(slope * direction))
        yield Measurement(x, 1, "reverse", along, measure.method, derived, measured, doubt)
        if pushed is not None:
            derived = float(point.value(pushed, {tangent: direction}))
            yield Measurement(x, 1, "forward", along, measure.method, derived, measured, doubt)


def _second(
    target: Node, x: Node, gradient: Node, point: Point, rng: np.random.Generator
) -> Iterator[Measurement]:
    """The Hessian along pairs of directions, against the change of the gradient.

    Forward mode pushes one direction through the gradient, reverse mode pulls the other back.
    """
    tangent, weights = _unnamed("direction", x.shape), _unnamed("second direction", x.shape)
    pushed, pulled = hvp(target, x, tangent), vjp(gradient, x, weights)
    for along, direction in _directions(point.values[x], rng):
        other = np.asarray(rng.normal(size=direction.shape))
        weighted = Point({**point.values, weights: other}, point.sizes)
        measure = Measure(total(weights * gradient), x, weighted)
        measured, doubt = measure.along(direction)
        modes = {
            "reverse": np.sum(direction * weighted.value(pulled)),
            "forward": np.sum(other * point.value(pushed, {tangent: direction})),
        }
        for mode, derived in modes.items():
            yield Measurement(x, 2, mode, along, measure.method, float(derived), measured, doubt)


def _directions(at: Array, rng: np.random.Generator) -> Iterator[tuple[str, Array]]:
    """Some entries and some random directions, with the names that reports give them."""
    places = list(np.ndindex(at.shape))
    if len(places) > _ENTRIES:
        places = [places[i] for i in sorted(rng.choice(len(places), _ENTRIES, replace=False))]
    for place in places:
        direction = np.zeros(at.shape)
        direction[place] = 1.0
        yield (f"entry {list(place)}" if place else "itself"), direction
    for k in range(_DIRECTIONS if at.ndim and at.size > 1 else 0):
        yield f"direction {k + 1}", np.asarray(rng.normal(size=at.shape))
