"""Store or recompute: values that back-propagation needs again are computed anew, to save memory.

Values that stay alive through a long gap fill the memory: those of the forward half, which the
backward half reads in reverse. Time is cut into segments; what crosses a cut is kept, and the
other values of a segment are dropped and computed again, all together, when the segment is next
needed. With n steps in √n segments, some √n values are kept and √n computed again at a time, for
at most one more forward pass (A. Griewank and A. Walther, *Evaluating Derivatives*, chapter 12;
T. Chen, B. Xu, C. Zhang and C. Guestrin, 2016, arXiv:1604.06174).

The same steps are computed again, on the same values, so results are the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf, sqrt

from symdiff.codegen.budget import Budget
from symdiff.codegen.program import Blocks, Program, Statement, Step, all_steps, use_counts
from symdiff.codegen.timeline import (
    BYTES,
    Plan,
    Timeline,
    alive_at_peak,
    in_order,
    nominal_bytes,
    planned,
)
from symdiff.dims import nominal, size_value
from symdiff.errors import ArgumentError, describe
from symdiff.ops.lowered import copying, writes_in_place

_SMALL = 2.0**-10
"""Values smaller than this part of the largest are kept: they are no gain."""

_MOST_OPERATIONS = 2.0
"""So many times the operations of a program may be done with its values recomputed."""


def recomputed(program: Program, budget: Budget) -> Program:
    """The same program, where values are computed again so that its peak is within a budget.

    Of all ways that keep to the budget, the one with the fewest operations is taken.

    Raises ArgumentError for a strict budget below the lowest peak that is found.
    """
    if budget.most is None:
        return program
    search = _Search(Timeline(program), budget.sizes)
    best = lowest = search.lowest()
    if lowest.plan.peak <= budget.most:
        best = search.cheapest(budget.most)
    elif budget.most and budget.strict:
        _refuse(search, lowest.plan, budget.most)
    if best is search.stored:
        return program
    return _without_overwriting(in_order(search.timeline, best.plan.runs))


def _without_overwriting(program: Program) -> Program:
    """The same program, where nothing is written over that something else needs."""
    uses = use_counts(program)
    for step in all_steps(program):
        if writes_in_place(step.node) and uses[step.args[0]] > 1:
            step.node = copying(step.node)
    return program


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to run a program: in so many segments, of which all or cheap values are dropped."""

    plan: Plan
    operations: float
    segments: int = 0
    cheap: bool = False


class _Search:
    """Tries ways to run a program, each in time proportional to its length."""

    def __init__(self, timeline: Timeline, sizes: Mapping[str, int] | None) -> None:
        self.timeline = timeline
        self.bytes = timeline.sizes(_measure(sizes))
        self.operations = [_operations(unit) for unit in timeline.units]
        self.tried: dict[tuple[int, bool, float], _Way] = {}

    @cached_property
    def stored(self) -> _Way:
        """The way in which each value is computed once."""
        return self._way(range(len(self.timeline.units)))

    def lowest(self) -> _Way:
        """The way with the lowest peak, and of several the one with the fewest operations."""
        found = [self.stored]
        for cheap in (True, False):
            found += self._descent(cheap)
        within = _MOST_OPERATIONS * self.stored.operations
        return min(
            (way for way in found if way.operations <= within),
            key=lambda way: (way.plan.peak, way.operations),
        )

    def cheapest(self, budget: float) -> _Way:
        """The way within a budget with the fewest operations: early values alone are dropped."""
        if self.stored.plan.peak <= budget:
            return self.stored
        ways = [way for way in self.tried.values() if way.plan.peak <= budget]
        for way in list(ways):
            low, high = 0.0, 1.0
            for _ in range(8):
                middle = (low + high) / 2
                part = self.segmented(way.segments, way.cheap, middle)
                if part.plan.peak <= budget:
                    ways.append(part)
                    high = middle
                else:
                    low = middle
        return min(ways, key=lambda way: (way.operations, way.plan.peak))

    def _descent(self, cheap: bool) -> Iterator[_Way]:
        """Ways in ever more or ever fewer segments, from the square root on, while that helps."""
        long = self._long_lived(cheap)
        start = max(2, round(sqrt(long)))
        best = self.segmented(start, cheap)
        yield best
        for factor in (2.0, 0.5, sqrt(2), sqrt(0.5)):
            while True:
                count = round(best.segments * factor)
                if not 2 <= count <= 2 * long or count == best.segments:
                    break
                way = self.segmented(count, cheap)
                yield way
                if way.plan.peak >= best.plan.peak:
                    break
                best = way

    def segmented(self, segments: int, cheap: bool, part: float = 1.0) -> _Way:
        """The way with so many segments; values are dropped that are born in the first `part`."""
        key = (segments, cheap, part)
        if key not in self.tried:
            droppable = self._droppable(cheap)
            most = part * len(self.timeline.units)
            for unit, made in enumerate(self.timeline.gives):
                if unit >= most:
                    for value in made:
                        droppable[value] = False
            order = _Segments(self.timeline, self.bytes, droppable, segments).order()
            way = self._way(order)
            self.tried[key] = _Way(way.plan, way.operations, segments, cheap)
        return self.tried[key]

    def _way(self, order: Sequence[int]) -> _Way:
        plan = planned(self.timeline, order, self.bytes)
        return _Way(plan, sum(self.operations[run.unit] for run in plan.runs))

    def _droppable(self, cheap: bool) -> list[bool]:
        """The values that are large enough to drop, and with `cheap`, soon computed again."""
        least = _SMALL * max(self.bytes, default=0.0)
        units = self.timeline.units
        found = [size >= least for size in self.bytes]
        for unit, made in enumerate(self.timeline.gives):
            for value in made:
                step = self.timeline.values[value]
                if value in self.timeline.results or (cheap and not _is_cheap(units[unit], step)):
                    found[value] = False
        return found

    def _long_lived(self, cheap: bool) -> int:
        droppable = self._droppable(cheap)
        last = _last_reads(self.timeline)
        births = ((v, unit) for unit, made in enumerate(self.timeline.gives) for v in made)
        return sum(droppable[v] and last[v] > unit + 1 for v, unit in births)


def _measure(sizes: Mapping[str, int] | None) -> Callable[[Step], float]:
    if sizes is None:
        return nominal_bytes

    def measured(step: Step) -> float:
        bytes_: float = BYTES[step.node.dtype]
        for size in step.shape:
            bytes_ *= size_value(size, sizes)
        return bytes_

    return measured


def _operations(statement: Statement) -> float:
    steps = [statement] if isinstance(statement, Step) else statement.steps
    return sum(nominal(step.node.op.operations(step.node)) for step in steps)


def _is_cheap(unit: Statement, step: Step) -> bool:
    return isinstance(unit, Blocks) or step.node.op.elementwise


def _last_reads(timeline: Timeline) -> list[int]:
    last = [0] * len(timeline.values)
    for unit, read in enumerate(timeline.reads):
        for value in read:
            last[value] = unit
    return last


class _Segments:
    """Cuts time into segments, and says which units come again, and when.

    A segment is silent from when none of its droppable values is touched until one is touched
    again. After a long silence, what is needed of it is computed again.
    """

    def __init__(
        self, timeline: Timeline, sizes: Sequence[float], droppable: list[bool], count: int
    ) -> None:
        self._timeline = timeline
        self._sizes = sizes
        self._count = count
        self._birth = [0] * len(timeline.values)
        for unit, made in enumerate(timeline.gives):
            for value in made:
                self._birth[value] = unit
        self._last = _last_reads(timeline)
        self._droppable = droppable
        self._cut()

    def order(self) -> list[int]:
        """The units in order, some of them more than once."""
        reads, gives = self._timeline.reads, self._timeline.gives
        touched = [-inf] * self._count
        visit = [0] * self._count
        made = [0] * len(self._droppable)
        order: list[int] = []
        for unit, read in enumerate(reads):
            for value in read:
                if self._droppable[value]:
                    segment = self._segment[self._birth[value]]
                    if unit - touched[segment] > self._silence[segment]:
                        visit[segment] += 1
                    touched[segment] = unit
            for value in read:
                if self._droppable[value]:
                    order += self._again(value, visit, made)
            order.append(unit)
            segment = self._segment[unit]
            if any(self._droppable[value] for value in gives[unit]):
                touched[segment] = unit
            for value in gives[unit]:
                made[value] = visit[segment]
        return order

    def _again(self, value: int, visit: Sequence[int], made: list[int]) -> Iterator[int]:
        """The units of a segment that compute a value again, in order, if it was dropped."""
        segment = self._segment[self._birth[value]]
        if made[value] == visit[segment]:
            return
        stack = [(self._birth[value], False)]
        while stack:
            unit, opened = stack.pop()
            if opened:
                yield unit
                continue
            if any(made[v] == visit[segment] for v in self._timeline.gives[unit]):
                continue
            for given in self._timeline.gives[unit]:
                made[given] = visit[segment]
            stack.append((unit, True))
            for arg in self._timeline.reads[unit]:
                birth = self._birth[arg]
                stale = self._droppable[arg] and made[arg] != visit[segment]
                if stale and self._segment[birth] == segment:
                    stack.append((birth, False))

    def _cut(self) -> None:
        """Find the segment of each unit, and keep what crosses from one to the next."""
        reads = self._timeline.reads
        weights = [0.0] * len(reads)
        for value, birth in enumerate(self._birth):
            if self._droppable[value] and self._last[value] > birth + 1:
                weights[birth] += self._sizes[value]
        each = sum(weights) / self._count
        self._segment = [0] * len(reads)
        lengths = [0] * self._count
        total = 0.0
        for unit, weight in enumerate(weights):
            segment = min(int(total / each), self._count - 1) if each else 0
            total += weight
            self._segment[unit] = segment
            lengths[segment] += 1
        self._silence = [max(1, length // 2) for length in lengths]
        for unit, read in enumerate(reads):
            segment = self._segment[unit]
            for value in read:
                own = self._segment[self._birth[value]]
                if own < segment and unit - self._birth[value] <= lengths[own]:
                    self._droppable[value] = False


def _refuse(search: _Search, plan: Plan, budget: float) -> None:
    alive = alive_at_peak(search.timeline, plan)
    largest = max(alive, key=search.bytes.__getitem__)
    node = search.timeline.values[largest].node
    raise ArgumentError(
        f"memory={budget:,.0f} bytes is too little: the lowest peak found is {plan.peak:,.0f} "
        f"bytes, of {len(alive)} values; the largest, {describe(node)}, "
        f"takes {search.bytes[largest]:,.0f}"
    )
