"""The lessons, in the order in which they are told."""

from __future__ import annotations

from lessons import chain_rule
from lessons.lesson import Lesson

COURSE: tuple[Lesson, ...] = (chain_rule.LESSON,)
