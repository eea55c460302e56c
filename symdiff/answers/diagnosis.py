"""What is wrong with an answer: the first correction that makes it right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from symdiff.answers import inside, shapes, whole
from symdiff.answers.bench import Bench
from symdiff.answers.compare import Trial
from symdiff.answers.correction import LAYOUT, Case, Correction, Corrections, factor_sentence
from symdiff.answers.verdict import Mistake
from symdiff.node import Node, topological

CORRECTIONS: tuple[Callable[[Case], Corrections], ...] = (
    whole.layouts,
    whole.constant_factors,
    whole.expression_factors,
    inside.transposes,
    inside.symmetries,
    inside.orders,
    whole.offsets,
    whole.missing_terms,
    whole.wrong_terms,
    inside.activations,
    inside.chain_steps,
    whole.factors_of_terms,
    inside.other_parts,
)
"""Every mistake that is looked for, in the order in which it is."""

QUICK = (whole.layouts, whole.constant_factors, whole.offsets)
"""Those that are looked for in large formulas, as they need not go through the parts."""

LARGEST_GRAPH = 300
"""Formulas of more nodes are large."""


def diagnose(
    mine: Node, theirs: Node, trials: Sequence[Trial], quoted: Callable[[Node], str]
) -> Mistake | None:
    """Find what is wrong with an answer of the right shape; None if no one mistake explains it."""
    if not trials or "bool" in (mine.dtype, theirs.dtype):
        return None
    case = Case(mine, theirs, Bench(trials), quoted)
    looks = CORRECTIONS if len(topological([mine, theirs])) <= LARGEST_GRAPH else QUICK
    return _first_right(case, chain.from_iterable(look(case) for look in looks))


def diagnose_shape(
    mine: Node, theirs: Node, trials: Sequence[Trial], quoted: Callable[[Node], str]
) -> Mistake:
    """Find what is wrong with an answer of another shape."""
    words = shapes.shapes_differ(mine, theirs)
    case = Case(mine, theirs, Bench(trials), quoted)
    found = _first_right(case, shapes.fitted(case))
    if found is None and mine.ndim == 2 and mine.shape == theirs.shape[::-1]:
        more = diagnose(mine.T, theirs, trials, quoted)
        if more is not None:
            found = Mistake("layout", f"{LAYOUT}, but for this: {more}", more.corrected)
    if found is None:
        return Mistake("shape", words)
    return Mistake(found.kind, f"{words}; {found.sentence}", found.corrected)


def _first_right(case: Case, corrections: Iterable[Correction]) -> Mistake | None:
    """The first correction that is right; else the first that is right up to a simple factor.

    Among complex numbers none is looked for.
    """
    if any(node.dtype == "complex" for node in topological([case.mine, case.theirs])):
        return None
    second: Mistake | None = None
    for kind, corrected, sentence in corrections:
        if case.bench.is_spent:
            break
        factor = case.bench.factor(corrected)
        if factor is not None and factor.is_one:
            return Mistake(kind, sentence, corrected)
        if factor is not None and second is None:
            words = f"{sentence}; and {factor_sentence(factor)}"
            second = Mistake(kind, words, factor.times(corrected))
    return second
