"""Rules by name, before and after: what prepared the target, and what simplified the gradient."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symdiff.differences import Point
from symdiff.errors import ExplanationError, quote
from symdiff.explain.abridge import abridged, without_empty
from symdiff.explain.checks import check_cell
from symdiff.explain.formulas import brief, equation, named
from symdiff.explain.passes import Pass
from symdiff.explain.rounding import rounding
from symdiff.explain.steps import RuleStep
from symdiff.explain.verdict import NOT_FINITE, ROUNDED, VALUES, StepCheck
from symdiff.rewrite.engine import Step
from symdiff.show.document import Block, Display, Grid, Paragraph, Row, Section
from symdiff.show.values import Array
from symdiff.show.wording import Wording
from symdiff.show.wording.rules import rule_name

TOLERANCE = 1e-8
"""The relative difference at which the two sides of a rule count as unequal."""

_SMALLEST = float(np.finfo(float).tiny)

_COLUMNS = ("rule", "before", "after", "check")


def preparation_section(taken: Pass, steps: Sequence[RuleStep], say: Wording) -> Section | None:
    """How the target was made safe for numbers; None if nothing was to be done."""
    if taken.prepared is taken.target:
        return None
    blocks: list[Block] = [Paragraph(say("preparation.intro"))]
    if steps:
        blocks.append(_rules(steps, len(taken.preparation), say))
    else:
        blocks.append(Paragraph(say("preparation.guarded")))
    made = equation(named(taken.prepared, taken.names), brief(taken.prepared, 200))
    blocks.append(Display(((made, ()),)))
    return Section("preparation", say("preparation.title"), tuple(blocks))


def simplification_section(taken: Pass, steps: Sequence[RuleStep], say: Wording) -> Section:
    """What became of the gradient as the pass left it, rule by rule."""
    seen = [each for each in steps if _is_seen(each.step)]
    unseen = len(steps) - len(seen)
    key = "simplification.intro" if seen else "simplification.none"
    blocks: list[Block] = [Paragraph(say(key))]
    if seen:
        blocks.append(_rules(seen, len(taken.simplification.steps) - unseen, say))
    return Section("simplification", say("simplification.title"), tuple(blocks))


def _is_seen(step: Step) -> bool:
    """False where both sides are written alike, such as `x @ A` and `A.T @ x`."""
    before = brief(step.before).pretty
    return "…" in before or before != brief(step.after).pretty


def rule_checks(steps: Sequence[Step], point: Point) -> list[StepCheck]:
    """Both sides of each rule, evaluated at a point.

    Raises ExplanationError where they differ.
    """
    sides = list(dict.fromkeys(side for step in steps for side in (step.before, step.after)))
    with np.errstate(all="ignore"):
        values = dict(zip(sides, point.values_of(sides), strict=True))
    return [_compared(step, values[step.before], values[step.after], point) for step in steps]


def _compared(step: Step, before: Array, after: Array, point: Point) -> StepCheck:
    if before.shape != after.shape:
        raise ExplanationError(_message(step, f"shapes {before.shape} and {after.shape}"))
    if not (np.all(np.isfinite(before)) and np.all(np.isfinite(after))):
        return StepCheck(True, np.nan, NOT_FINITE)
    difference = float(np.max(np.abs(before.astype(complex) - after), initial=0))
    scale = max(float(np.max(np.abs(side), initial=0)) for side in (before, after))
    if difference <= TOLERANCE * scale:
        return StepCheck(True, difference / max(scale, _SMALLEST), VALUES)
    off = rounding([step.before, step.after], point)
    if difference <= sum(float(np.max(each)) for each in off.values()):
        return StepCheck(True, np.nan, ROUNDED)
    raise ExplanationError(_message(step, f"relative difference {difference / scale:.1e}"))


def _message(step: Step, difference: str) -> str:
    return (
        f"the rule {step.rule!r} makes {quote(step.after)} of {quote(step.before)}, which has "
        f"another value: {difference}; this is an error of symdiff, please report it"
    )


def _rules(steps: Sequence[RuleStep], of: int, say: Wording) -> Grid:
    head = tuple(say(f"rule.{column}") for column in _COLUMNS)

    def row(each: RuleStep) -> Row:
        rule, before, after = each.step
        name = (rule_name(rule, say.language),)
        cells = (name, (brief(before),), (brief(after),), check_cell(each.check, say))
        return Row(cells, (before, after))

    rows = abridged(steps, row, of, len(head))
    return without_empty(Grid(head, tuple(rows), _COLUMNS))
