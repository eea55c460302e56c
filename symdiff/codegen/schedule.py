"""Scheduling: an order of the statements in which little is alive at once.

Two orders are tried beside that of the program, and the one with the lowest peak is kept. One
computes each value just before its first use, those first that need most memory (R. Sethi and
J. D. Ullman, 1970, for trees). The other takes, of all that could come next, what frees most.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence

from symdiff.codegen.program import Program, Step
from symdiff.codegen.timeline import Timeline, in_order, nominal_bytes, planned


def scheduled(program: Program) -> Program:
    """The same program in the order with the lowest nominal peak, if one is below its own."""
    if not any(isinstance(s, Step) and s.node.ndim for s in program.statements):
        return program
    timeline = Timeline(program)
    sizes = timeline.sizes(nominal_bytes)
    best = planned(timeline, range(len(timeline.units)), sizes)
    least = _least_peak(timeline, sizes)
    found = best
    for order in _orders(timeline, sizes):
        if found.peak <= least:
            break
        found = min(found, planned(timeline, order, sizes), key=lambda plan: plan.peak)
    return program if found is best else in_order(timeline, found.runs)


def _least_peak(timeline: Timeline, sizes: Sequence[float]) -> float:
    """No order has a lower peak: what one unit reads and makes, or all results."""
    units = zip(timeline.reads, timeline.gives, strict=True)
    together = (sum(sizes[v] for v in {*read, *made}) for read, made in units)
    return max([*together, sum(sizes[v] for v in timeline.results)])


def _orders(timeline: Timeline, sizes: Sequence[float]) -> Iterator[list[int]]:
    yield _by_need(timeline, sizes)
    yield _by_gain(timeline, sizes)


def _makers(timeline: Timeline) -> dict[int, int]:
    """The unit that makes each value."""
    return {value: unit for unit, made in enumerate(timeline.gives) for value in made}


def _by_need(timeline: Timeline, sizes: Sequence[float]) -> list[int]:
    """Each unit after its arguments, those first that leave least of what they need."""
    maker = _makers(timeline)
    before: list[list[int]] = []
    need: list[float] = []
    left: list[float] = []
    for unit, read in enumerate(timeline.reads):
        args = sorted({maker[v] for v in read}, key=lambda arg: left[arg] - need[arg])
        kept = 0.0
        most = 0.0
        for arg in args:
            most = max(most, kept + need[arg])
            kept += left[arg]
        before.append(args)
        left.append(sum(sizes[v] for v in timeline.gives[unit]))
        need.append(max(most, kept + left[unit]))
    ends = sorted({maker[v] for v in timeline.results}, key=lambda unit: left[unit] - need[unit])
    order: list[int] = []
    done: set[int] = set()
    stack = [(unit, False) for unit in reversed(ends)]
    while stack:
        unit, opened = stack.pop()
        if opened:
            order.append(unit)
        elif unit not in done:
            done.add(unit)
            stack.append((unit, True))
            stack.extend((arg, False) for arg in reversed(before[unit]) if arg not in done)
    return order


def _by_gain(timeline: Timeline, sizes: Sequence[float]) -> list[int]:
    """Of the units whose arguments are there, always the one after which least is alive."""
    readers: dict[int, set[int]] = {}
    for unit, read in enumerate(timeline.reads):
        for value in read:
            readers.setdefault(value, set()).add(unit)
    waiting = [len(read) for read in timeline.reads]
    left = {value: len(units) + (value in timeline.results) for value, units in readers.items()}
    grows = [sum(sizes[v] for v in made) for made in timeline.gives]
    for value, count in left.items():
        if count == 1:
            (only,) = readers[value]
            grows[only] -= sizes[value]
    ready = [(grows[unit], unit) for unit, count in enumerate(waiting) if not count]
    heapq.heapify(ready)
    order: list[int] = []
    done = [False] * len(waiting)
    while ready:
        growth, unit = heapq.heappop(ready)
        if done[unit] or growth != grows[unit]:
            continue
        done[unit] = True
        order.append(unit)
        for value in timeline.reads[unit]:
            left[value] -= 1
            readers[value].remove(unit)
            if left[value] == 1 and readers[value]:
                (only,) = readers[value]
                grows[only] -= sizes[value]
                if not waiting[only]:
                    heapq.heappush(ready, (grows[only], only))
        for value in timeline.gives[unit]:
            for reader in readers.get(value, ()):
                waiting[reader] -= 1
                if not waiting[reader]:
                    heapq.heappush(ready, (grows[reader], reader))
    return order
