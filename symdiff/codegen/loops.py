"""Loops among statements: rounds that do the same, each with the values of its own round."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from symdiff.codegen.program import Step


class Inner(NamedTuple):
    """The value of a statement of the body, of this round or of some rounds ago."""

    offset: int
    lag: int


class Entry(NamedTuple):
    """A constant that differs from round to round: the place among those of the loop."""

    place: int


class Meeting(NamedTuple):
    """The rounds of an earlier loop that a loop meets: from `first` on, or from there back."""

    loop: Loop
    first: int
    direction: int


class Recorded(NamedTuple):
    """A value that an earlier loop records in the round that this round meets."""

    meeting: Meeting
    value: Inner


Source: TypeAlias = "Step | Inner | Entry | Recorded"


@dataclass(eq=False, repr=False, slots=True)
class Loop:
    """Rounds of the same statements.

    rounds     how many there are
    body       the statements of the first round
    sources    for each statement, where its arguments come from
    initial    the values of rounds before the first, or None for those that nothing reads
    constants  those that differ from round to round, by round
    meetings   the earlier loops whose records are read
    record     the values that later loops need of each round
    kept       values that others need of one round: the offset and the round
    """

    rounds: int
    body: list[Step] = field(default_factory=list)
    sources: list[tuple[Source, ...]] = field(default_factory=list)
    initial: dict[Inner, Step | None] = field(default_factory=dict)
    constants: list[tuple[float, ...]] = field(default_factory=list)
    meetings: dict[Meeting, None] = field(default_factory=dict)
    record: dict[Inner, None] = field(default_factory=dict)
    kept: dict[Step, tuple[int, int]] = field(default_factory=dict)

    def recorded(self, first: int, direction: int, value: Inner) -> Recorded:
        """The value as another loop reads it, after seeing to it that it is recorded."""
        self.record[value] = None
        for lag in range(1, value.lag + 1):
            self.initial.setdefault(Inner(value.offset, lag), None)
        return Recorded(Meeting(self, first, direction), value)

    def keep(self, step: Step, offset: int, round: int) -> Step:
        """A step for the value of one round, that of `step`, as others know it."""
        known = Step(step.node, (), step.number)
        self.kept[known] = offset, round
        if not self.is_left(offset, round):
            self.record[Inner(offset, 0)] = None
        return known

    def is_left(self, offset: int, round: int) -> bool:
        """True if a name has the value of a round when the loop has ended."""
        ago = self.rounds - 1 - round
        return not ago or Inner(offset, ago + 1) in self.initial


Statement: TypeAlias = "Step | Loop"
"""What rolled code is made of."""
