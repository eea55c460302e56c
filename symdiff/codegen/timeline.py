"""When the statements of a program run, what each reads and makes, and what is alive meanwhile.

Only arrays that own their memory are values here. Views, numbers and what the caller holds cost
nothing, and are made again wherever they are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from symdiff.codegen.program import Blocks, Program, Statement, Step, gives, reads, use_counts
from symdiff.dims import nominal_entries
from symdiff.memory import HELD

BYTES = {"bool": 1, "int": 8, "float": 8, "complex": 16}
"""What an entry of each kind takes, where floats are float64."""


def executed(program: Program, inside: Container[Statement]) -> list[Statement]:
    """The statements in the order in which they run; those written `inside` others just before."""
    order: list[Statement] = []
    for statement in program.statements:
        if statement in inside:
            continue
        stack = [(statement, False)]
        while stack:
            found, opened = stack.pop()
            if opened:
                order.append(found)
            else:
                stack.append((found, True))
                stack.extend((arg, False) for arg in reversed(reads(found)) if arg in inside)
    return order


def written_inside(program: Program) -> set[Statement]:
    """The steps that only one statement needs, and that are written inside it."""
    uses = use_counts(program)
    kept = {*program.results, *program.placed}
    return {
        statement
        for statement in program.statements
        if isinstance(statement, Step) and uses[statement] == 1 and statement not in kept
    }


class Timeline:
    """What a program computes, in the order in which it runs, by number.

    units    the statements that make values; variables, views and numbers are none
    values   the steps whose values these are, which own their memory
    reads    for each unit, the values that it needs, through whatever view
    gives    for each unit, the values that it makes
    results  the values that are needed in the end
    named    the values that have a name, and are alive to the end unless they are given back
    inside   for each unit, the arrays that it makes from nothing, and forgets
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.units: list[Statement] = []
        self.values: list[Step] = []
        self.reads: list[tuple[int, ...]] = []
        self.gives: list[tuple[int, ...]] = []
        self.inside: list[list[Step]] = []
        self.sources: dict[Step, tuple[int, ...]] = {}
        self._made_of_nothing: dict[Step, list[Step]] = {}
        nested = written_inside(program)
        for statement in executed(program, nested):
            self._add(statement)
        self.results = {value for step in program.results for value in self.sources[step]}
        self.named = {value for value, step in enumerate(self.values) if step not in nested}

    def _add(self, statement: Statement) -> None:
        if isinstance(statement, Step) and costs_nothing(statement):
            self.sources[statement] = self._read(statement)
            nothing = self._from_nothing(statement)
            if statement.is_leaf and statement.node.ndim and statement.node.op not in HELD:
                nothing = [statement]
            if nothing:
                self._made_of_nothing[statement] = nothing
            return
        made = []
        self.reads.append(self._read(statement))
        self.inside.append(self._from_nothing(statement))
        for step in gives(statement):
            self.sources[step] = (len(self.values),)
            made.append(len(self.values))
            self.values.append(step)
        self.gives.append(tuple(made))
        self.units.append(statement)

    def _read(self, statement: Statement) -> tuple[int, ...]:
        args = reads(statement)
        if len(args) == 1:
            return self.sources[args[0]]
        return tuple(dict.fromkeys(value for arg in args for value in self.sources[arg]))

    def _from_nothing(self, statement: Statement) -> list[Step]:
        if not self._made_of_nothing:
            return []
        return [step for arg in reads(statement) for step in self._made_of_nothing.get(arg, ())]

    def sizes(self, measure: Callable[[Step], float]) -> list[float]:
        """A number for each value."""
        return [measure(step) for step in self.values]


def costs_nothing(step: Step) -> bool:
    """True for what the caller holds, views, and Python numbers."""
    return step.is_leaf or step.number or step.is_view


def nominal_bytes(step: Step) -> float:
    """The bytes of a value, named sizes being equally large."""
    return nominal_entries(step.shape) * BYTES[step.node.dtype]


# Orders of units, in which some may come again ----------------------------------------------------


class Run(NamedTuple):
    """One time that a unit is computed, and those of its values that are needed afterwards."""

    unit: int
    makes: tuple[int, ...]


class Plan(NamedTuple):
    """Units in an order, without those that nothing needs, and the peak of the memory alive.

    runs   the units, in order
    peak   the most that is alive at once
    later  how many runs come after the one at which that is
    """

    runs: list[Run]
    peak: float
    later: int


def planned(timeline: Timeline, order: Sequence[int], sizes: Sequence[float]) -> Plan:
    """What each unit of an order is needed for, which may hold units more than once.

    A value is taken from where it was made last, so any order will do in which units first come
    after those whose values they need.
    """
    needed = set(timeline.results)
    live = sum(sizes[value] for value in needed)
    peak, later = live, 0
    runs: list[Run] = []
    for unit in reversed(order):
        makes = tuple([value for value in timeline.gives[unit] if value in needed])
        if not makes:
            continue
        runs.append(Run(unit, makes))
        for value in timeline.reads[unit]:
            if value not in needed:
                needed.add(value)
                live += sizes[value]
        if live > peak:
            peak, later = live, len(runs) - 1
        for value in makes:
            needed.remove(value)
            live -= sizes[value]
    runs.reverse()
    return Plan(runs, peak, later)


def alive_at_peak(timeline: Timeline, plan: Plan) -> set[int]:
    """The values that are alive where most is."""
    alive = set(timeline.results)
    for run in reversed(plan.runs[len(plan.runs) - plan.later :]):
        alive.update(timeline.reads[run.unit])
        alive.difference_update(run.makes)
    return alive.union(timeline.reads[plan.runs[-plan.later - 1].unit])


def in_order(timeline: Timeline, runs: Iterable[Run]) -> Program:
    """The program that computes units in the order of `runs`, some of them again."""
    return _Rewriting(timeline).program(runs)


class _Rewriting:
    """Makes the statements of a program for another order.

    `_current` has the step that computes a value as it was made last, and for what costs nothing
    the step last made, with the steps that it was made of.
    """

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._values = {step: value for value, step in enumerate(timeline.values)}
        self._latest: list[Step] = list(timeline.values)
        self._current: dict[Step, tuple[tuple[Step, ...], Step]] = {}
        self._used: set[Step] = set()
        self._statements: list[Statement] = []

    def program(self, runs: Iterable[Run]) -> Program:
        """The program; what it computes once is computed by the same steps as before."""
        program = self._timeline.program
        again: set[Step] = set()
        for unit, makes in runs:
            statement = self._timeline.units[unit]
            new = self._again(statement, [self._timeline.values[value] for value in makes])
            self._statements.append(new)
            for value, step in zip(makes, gives(new), strict=True):
                self._latest[value] = step
                if self._timeline.values[value] in program.freed:
                    again.add(step)
        results = [self._resolved(step) for step in program.results]
        found = replace(
            program, statements=self._statements, results=results, freed=program.freed | again
        )
        return replace(found, placed=frozenset(_displaced(found)))

    def _again(self, statement: Statement, makes: Sequence[Step]) -> Statement:
        if isinstance(statement, Step):
            return self._step(statement, tuple([self._resolved(arg) for arg in statement.args]))
        needed = set(makes)
        steps: list[Step] = []
        for step in reversed(statement.steps):
            if step in needed:
                steps.append(step)
                needed.update(step.args)
        steps.reverse()
        own = set(steps)
        new: dict[Step, Step] = {}
        for step in steps:
            for arg in step.args:
                if arg not in own:
                    new[arg] = self._resolved(arg)
            new[step] = self._step(step, tuple([new[arg] for arg in step.args]))
        whole = len(makes) == len(statement.stored) + len(statement.folds)
        if whole and list(map(id, new.values())) == list(map(id, new)):
            return statement
        return Blocks(
            statement.size,
            [new[step] for step in steps],
            {new[step]: axis for step, axis in statement.axes.items() if step in new},
            tuple([new[step] for step in statement.stored if step in makes]),
            {new[step]: fold for step, fold in statement.folds.items() if step in makes},
            statement.like or (None if whole else statement),
        )

    def _step(self, step: Step, args: tuple[Step, ...]) -> Step:
        """The step itself, if it was not used and takes the same arguments, else a new one."""
        if step in self._used or args != step.args:
            return Step(step.node, args, step.number)
        self._used.add(step)
        return step

    def _resolved(self, step: Step) -> Step:
        """The step that has a value now; what costs nothing is made where it is needed."""
        if step in self._values:
            return self._latest[self._values[step]]
        stack = [step]
        while stack:
            found = stack[-1]
            waiting = [arg for arg in found.args if not self._is_current(arg)]
            if waiting:
                stack += waiting
                continue
            stack.pop()
            if not self._is_current(found):
                new = self._step(found, tuple([self._known(arg) for arg in found.args]))
                self._current[found] = self._behind(found), new
                self._statements.append(new)
        return self._current[step][1]

    def _is_current(self, step: Step) -> bool:
        if step in self._values:
            return True
        known = self._current.get(step)
        return known is not None and known[0] == self._behind(step)

    def _behind(self, step: Step) -> tuple[Step, ...]:
        return tuple([self._latest[value] for value in self._timeline.sources[step]])

    def _known(self, step: Step) -> Step:
        return self._latest[self._values[step]] if step in self._values else self._current[step][1]


def _displaced(program: Program) -> Iterator[Step]:
    """The steps for one use that would run at another time if they were written there.

    Steps wait for the one that takes them, and must be the last that wait, in order; when a
    statement runs that is written inside no other, none may be left.
    """
    uses = use_counts(program)
    waiting: list[Step] = []
    for statement in program.statements:
        for arg in reversed(reads(statement)):
            if uses[arg] == 1 and arg in waiting:
                place = waiting.index(arg)
                yield from waiting[: place + 1 if place < len(waiting) - 1 else 0]
                del waiting[0 if place < len(waiting) - 1 else place : place + 1]
        if isinstance(statement, Step) and uses[statement] == 1:
            waiting += [] if statement.is_leaf else [statement]
        elif not isinstance(statement, Step) or not costs_nothing(statement):
            yield from waiting
            waiting.clear()
