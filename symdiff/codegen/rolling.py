"""From straight-line code that repeats itself to loops.

A loop keeps the values that its next rounds need in local names, and records those that later
loops need, round by round. The operations and their order are those of the straight-line code.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from symdiff.codegen.loops import Entry, Inner, Loop, Recorded, Source, Statement
from symdiff.codegen.ordering import deepest_first
from symdiff.codegen.pacing import paces
from symdiff.codegen.program import Program, Step, all_steps
from symdiff.codegen.repeats import (
    CONSTANTS,
    LAG,
    Integers,
    Moves,
    Stretch,
    Table,
    runs,
    stretches,
    table_of,
)
from symdiff.node import Node

SHORTEST = 300
"""Programs of fewer statements are left as they are."""

_LEAST_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Rolled:
    """Statements with loops among them, what they need first, and the results."""

    leaves: Sequence[Step]
    statements: list[Statement]
    results: list[Step]


def rolled(program: Program) -> Rolled | None:
    """The statements with loops among them, or None where there is nothing for a loop."""
    steps = [step for step in all_steps(program) if not step.is_leaf]
    if len(steps) < SHORTEST:
        return None
    leaves = [step for step in all_steps(program) if step.is_leaf]
    table = table_of(leaves, deepest_first(steps, program.results))
    parts = stretches(table)
    found = _Loops(table)
    for part, at_once in paces(table, parts).items():
        found.add(part, at_once)
    return _assembled(found, leaves, program.results) if found.loops else None


def _assembled(found: _Loops, leaves: Sequence[Step], results: Sequence[Step]) -> Rolled:
    """All statements in order. Whoever needs a value of a loop has the loop keep it."""
    table = found.table
    known: dict[Step, Step] = {leaf: leaf for leaf in leaves}

    def value(step: Step) -> Step:
        if step not in known:
            inside = found.at(table.places[step])
            assert inside is not None, "statements come after what they need"
            known[step] = inside.loop.keep(step, inside.offset, inside.round)
        return known[step]

    statements: list[Statement] = []
    place = 0
    while place < len(table.steps):
        inside = found.at(place)
        if inside is None:
            step = table.steps[place]
            known[step] = Step(step.node, tuple([value(arg) for arg in step.args]), step.number)
            statements.append(known[step])
            place += 1
            continue
        loop = inside.loop
        loop.initial = {at: step and value(step) for at, step in loop.initial.items()}
        loop.sources = [
            tuple([value(source) if isinstance(source, Step) else source for source in sources])
            for sources in loop.sources
        ]
        statements.append(loop)
        place += loop.rounds * len(loop.body)
    return Rolled(leaves, statements, [value(step) for step in results])


# From stretches to loops --------------------------------------------------------------------------


class Found(NamedTuple):
    """What a place is of a loop."""

    loop: Loop
    round: int
    offset: int


class _Loops:
    """The loops that have been found in a table, in order."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.loops: list[Loop] = []
        self._starts: list[int] = []
        self._periods: Integers = np.zeros(1, dtype=np.int64)  # the last stands for no loop
        self._owner: Integers = np.full(len(table.steps), -1, dtype=np.int64)

    def add(self, stretch: Stretch, at_once: int) -> None:
        """Make loops of a stretch, whose bodies do so many of its rounds at once."""
        period = stretch.period * at_once
        first = stretch.start + _quietest(self.table, stretch)
        starts = range(first, first + period, stretch.period)
        possible = [
            _Rounds(self, start, period, (stretch.end - start) // period)
            for start in starts
            if stretch.end - start >= _LEAST_ROUNDS * period
        ]
        if not possible:
            return
        best = min(possible, key=_Rounds.lags)
        for begin, end in best.segments():
            start = best.start + begin * period
            rounds = _Rounds(self, start, period, end - begin)
            loop = rounds.loop()
            self._owner[start : start + loop.rounds * period] = len(self.loops)
            self._periods = np.append(self._periods[:-1], [period, 0])
            self._starts.append(start)
            self.loops.append(loop)

    def at(self, place: int) -> Found | None:
        """What a place is of a loop, if it is in one."""
        number = int(self._owner[place]) if place >= 0 else -1
        if number < 0:
            return None
        loop = self.loops[number]
        return Found(loop, *divmod(place - self._starts[number], len(loop.body)))

    def owners(self, places: Integers) -> tuple[Integers, Integers]:
        """The numbers of the loops in which places are, and their periods; -1 and 0 for none."""
        inside = (places >= 0) & (places < len(self._owner))
        owners = np.where(inside, self._owner[np.where(inside, places, 0)], -1)
        return owners, self._periods[owners]


def _quietest(table: Table, stretch: Stretch) -> int:
    """Where in a period a round begins best: where the fewest values wait to be used.

    Those that wait for one use alone count more: elsewhere they would need no name.
    """
    start, _, period = stretch
    places = np.arange(start + period, start + 2 * period)
    rows = table.arguments[places]
    own = table.arguments[places + period] - rows == period
    uses: dict[int, list[int]] = {}
    for k, slot in np.argwhere(own).tolist():
        uses.setdefault(int(rows[k, slot]) % period, []).append(int(places[k] - rows[k, slot]))
    waiting = np.zeros(2 * period, dtype=np.int64)
    for value, distances in uses.items():
        weight = 3 if len(distances) == 1 else 2
        whole, rest = divmod(max(distances), period)
        after = (value + 1 - start) % period
        waiting += weight * whole
        waiting[after : after + rest] += 2 * weight  # for the turn of the period within
    return int(np.argmin(waiting[:period] + waiting[period:]))


Column: TypeAlias = "tuple[tuple[Node, bool], ...]"
"""The constants of one place in all rounds, with whether the opposite is meant."""


def _number(node: Node, opposite: bool) -> float:
    value = float(node.attrs.value)
    return -value if opposite else value


class _Rounds:
    """Statements from `start` on, as rounds of `period` statements each."""

    def __init__(self, found: _Loops, start: int, period: int, rounds: int) -> None:
        self._found, self._table = found, found.table
        self.start, self._period, self._rounds = start, period, rounds
        self._moves = Moves(self._table, start, period)

    def segments(self) -> list[tuple[int, int]]:
        """The rounds that one loop can do: what they read of others comes from the same loops."""
        rounds = np.arange(self._rounds)
        fixed = int(self._moves.at[self._moves.by == 0].max(initial=-1))
        good = self.start + rounds * self._period > fixed
        apart = np.zeros(self._rounds - 1, dtype=bool)
        for at, by in self._moves.reads():
            owners, periods = self._found.owners(at + by * rounds)
            good &= periods == abs(by)
            apart |= owners[1:] != owners[:-1]
        found: list[tuple[int, int]] = []
        for begin, end in runs(good):
            cuts = [begin, *(begin + 1 + np.flatnonzero(apart[begin : end - 1])).tolist(), end]
            found += itertools.pairwise(cuts)
        return [(begin, end) for begin, end in found if end - begin >= _LEAST_ROUNDS]

    def lags(self) -> int:
        """How far back the loops that are read would have to remember, seen from the middle."""
        half = self._rounds // 2
        found = {self._found.at(at + by * half) for at, by in self._moves.reads()}
        met = [each for each in found if each]
        latest: dict[Loop, int] = {}
        for loop, round, _ in met:
            latest[loop] = max(round, latest.get(loop, round))
        return sum(latest[loop] - round for loop, round, _ in met)

    def loop(self) -> Loop:
        """The loop that does these rounds."""
        loop = Loop(self._rounds)
        records = self._records()
        loop.meetings = {record.meeting: None for record in records.values()}
        columns: dict[Column, int] = {}
        for offset in range(self._period):
            step = self._table.steps[self.start + offset]
            slots = range(len(step.args))
            if self._table.swapped[self.start + offset]:
                slots = slots[::-1]
            sources: list[Source] = []
            for arg, slot in enumerate(slots):
                at, by = int(self._moves.at[offset, slot]), int(self._moves.by[offset, slot])
                if self._moves.read[offset, slot]:
                    sources.append(records[at, by])
                elif at == CONSTANTS:
                    sources.append(self._constant(offset, slot, columns))
                else:
                    sources.append(self._carried(loop, at) if by else step.args[arg])
            loop.body.append(step)
            loop.sources.append(tuple(sources))
        rows = zip(*columns, strict=True)
        loop.constants = [tuple([_number(*entry) for entry in row]) for row in rows]
        return loop

    def _records(self) -> dict[tuple[int, int], Recorded]:
        """The values of other loops; one way through a loop serves all that are near each other."""
        met: dict[tuple[int, int], Found] = {}
        for at, by in sorted(self._moves.reads()):
            inside = self._found.at(at)
            assert inside is not None, "segments hold only what can be read"
            met[at, by] = inside
        latest: dict[tuple[Loop, bool], int] = {}
        for (_, by), (loop, round, _) in met.items():
            latest[loop, by > 0] = max(round, latest.get((loop, by > 0), round))
        records: dict[tuple[int, int], Recorded] = {}
        for (at, by), (loop, round, offset) in met.items():
            last = latest[loop, by > 0]
            first = last if last - round <= LAG else round
            direction = 1 if by > 0 else -1
            records[at, by] = loop.recorded(first, direction, Inner(offset, first - round))
        return records

    def _carried(self, loop: Loop, at: int) -> Inner:
        """A value of the loop itself, of this round or of one before."""
        round, offset = divmod(at - self.start, self._period)
        for back in range(1, 1 - round):
            before = self.start + offset - back * self._period
            loop.initial[Inner(offset, back)] = self._table.steps[before]
        return Inner(offset, -round)

    def _constant(self, offset: int, slot: int, columns: dict[Column, int]) -> Source:
        """A constant: one for all rounds, or an entry of a table."""
        first, end = self.start + offset, self.start + self._rounds * self._period
        places = range(first, end, self._period)
        turned = self._table.opposite[first]
        column = tuple(
            [
                (self._table.argument(k, slot).node, self._table.opposite[k] != turned)
                for k in places
            ]
        )
        if all(entry == column[0] for entry in column):
            return self._table.argument(first, slot)
        return Entry(columns.setdefault(column, len(columns)))
