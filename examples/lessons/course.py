"""The lessons, in the order in which they are told."""

from __future__ import annotations

from lessons import (
    chain_rule,
    equations,
    first_graphs,
    published_derivation,
    second_derivatives,
    softmax,
    store_or_recompute,
    three_layers,
)
from lessons.lesson import Lesson

COURSE: tuple[Lesson, ...] = (
    chain_rule.LESSON,
    first_graphs.LESSON,
    store_or_recompute.LESSON,
    softmax.LESSON,
    three_layers.LESSON,
    equations.LESSON,
    second_derivatives.LESSON,
    published_derivation.LESSON,
)
