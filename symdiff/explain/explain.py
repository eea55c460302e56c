"""`sd.explain`: a derivation with every step that was taken."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from symdiff.binding import inputs
from symdiff.differences import At, Point, by_variable, check_numbers
from symdiff.errors import ArgumentError
from symdiff.explain.asked import named_parts, wanted
from symdiff.explain.blanks import with_blanks
from symdiff.explain.course import PARTS, Course, Options, parts_for
from symdiff.explain.derivation import Derivation
from symdiff.explain.orders import passes_of, results_of
from symdiff.explain.outline import document_of
from symdiff.explain.passes import Pass
from symdiff.node import Node
from symdiff.show.wording import Wording

DETAILS = ("short", "full")


def explain(
    target: Node,
    wrt: Node | Sequence[Node] | None = None,
    *,
    order: int = 1,
    at: At | None = None,
    names: Mapping[str, object] | None = None,
    detail: str = "full",
    without: Collection[str] = (),
    blanks: str | float | None = None,
    lang: str = "en",
    sizes: Mapping[str, int] | None = None,
    seed: int = 0,
) -> Derivation:
    """Return the derivation of a derivative, in which every step shown is a step that was taken.

    `wrt` is a variable, any expression that the target contains, or a list; all float variables
    if left out. The target is a scalar, or an array, whose Jacobian is then derived. With `order`
    n, derivatives up to the n-th are.

    at        values for some variables, by variable or name; then values are shown at each node,
              and variables that it leaves out are random
    names     names for parts of the formula, as text or as expressions, `{"z": X @ w}`
    detail    "full", or "short": a line for each node
    without   parts to leave out, of "preparation", "forward", "network", "gradients", "reasons",
              "textbook", "differentials", "simplification", "result" and "check"
    blanks    what to leave blank for an exercise: a column of the tables, "local",
              "contribution", "entry", "value", "shape" or "formula", or a number, such as 0.3 for
              a part of all cells; a key follows, and what would tell the answers is left out
    lang      "en" or "zh"
    sizes     numbers for named sizes, 3 to 6 otherwise
    seed      of the random values and blanks

    Each step is checked at the point by differences of what it is about alone. Raises
    ExplanationError if one fails, which is an error of symdiff; what `grad` raises where there is
    no derivative; ArgumentError for an option that it does not know.

    >>> import symdiff as sd
    >>> loss = sd.parse("sum((X @ w - y)**2)", X="n d", w="d", y="n")
    >>> w = sd.inputs(loss)[1]
    >>> derivation = sd.explain(loss, w, names={"r": "X @ w - y"}, detail="short")
    >>> print(derivation.results[0].derivative)
    2 Xᵀ(X w − y)
    """
    by = wanted(target, wrt)
    check_numbers([target], sizes or {}, seed)
    options = _options(detail, without, lang, at is not None, blanks is not None)
    passes = list(passes_of(target, by, order, named_parts(target, by, names or {})))
    points = _points(passes, by_variable(inputs(target), at or {}), sizes or {}, seed)
    courses = [Course(each, point, options) for each, point in zip(passes, points, strict=True)]
    results = results_of(target, order, passes)
    document = document_of(target, courses, results, options, seed)
    if blanks is not None:
        document = with_blanks(document, blanks, seed)
    explained = tuple(course.explained for course in courses)
    return Derivation(target, tuple(by), explained, tuple(results), document)


def _options(
    detail: str, without: Collection[str], lang: str, valued: bool, exercise: bool
) -> Options:
    if detail not in DETAILS:
        raise ArgumentError(f"detail must be one of 'short', 'full', not {detail!r}")
    left_out = [without] if isinstance(without, str) else list(without)
    unknown = sorted(repr(part) for part in left_out if part not in PARTS)
    if unknown:
        known = ", ".join(map(repr, PARTS))
        raise ArgumentError(f"there is no part {unknown[0]} to leave out; there are {known}")
    short = detail == "short"
    return Options(Wording(lang), parts_for(short, exercise, frozenset(left_out)), short, valued)


def _points(
    passes: Sequence[Pass], at: Mapping[Node, object], sizes: Mapping[str, int], seed: int
) -> list[Point]:
    """Where each pass is checked; what an earlier one has drawn, the later ones keep."""
    rng = np.random.default_rng(seed)
    points: list[Point] = []
    known, numbers = dict(at), dict(sizes)
    for each in passes:
        variables = inputs(each.target)
        given = {v: value for v, value in known.items() if v in variables}
        point = Point.draw(each.target, given, numbers, rng)
        points.append(point)
        known, numbers = {**known, **point.values}, {**numbers, **point.sizes}
    return points
