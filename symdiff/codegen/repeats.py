"""Where straight-line code repeats itself: stretches that a loop could run through.

A stretch has a period: each of its statements does what the statement one period earlier does, and
takes its arguments from places that move on evenly, by as much in each round. A chain of steps is
such a stretch, and so is the way back through it, which meets the same places in reverse.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from symdiff.codegen.program import Step
from symdiff.node import Node
from symdiff.ops.leaves import CONSTANT
from symdiff.registry import OPS
from symdiff.template import Template

Integers: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"
Words: TypeAlias = "np.ndarray[Any, np.dtype[np.uint64]]"
Flags: TypeAlias = "np.ndarray[Any, np.dtype[np.bool_]]"

ROUNDS = 8
"""A stretch has so many rounds at least,"""
STATEMENTS = 64
"""and so many statements."""
LAG = 4
"""How many rounds ago values may be from that a loop keeps in names."""
LONGEST = 4096
"""The longest period that is looked for."""

_ADD, _SUBTRACT = OPS["add"], OPS["subtract"]

_FAR = 1 << 40
"""Leaves have places before all statements, so far apart that none seem to be evenly spaced."""
CONSTANTS = -_FAR
"""The place of all constants, and of arguments that there are not."""

_NEAR = 63
_ARGUMENTS = 4
"""What takes more is in no stretch."""
_TURNS = 4
_WIDEST = 256
"""The widest window of statements that is looked for again."""
_CANDIDATES = 4
"""How many distances are tried for each width."""


class Stretch(NamedTuple):
    """Statements `start` to `end`, which repeat after `period` statements."""

    start: int
    end: int
    period: int


@dataclass(frozen=True, slots=True)
class Table:
    """Straight-line code in numbers.

    steps      the statements, in order
    places     where each of them is, and leaves; constants are all at one place
    codes      what each statement does, wherever its arguments are: equal numbers do the same
    arguments  where the arguments are, the later one first where their order does not matter
    swapped    where it was changed for that
    opposite   where a difference, as `x - 2`, stands for the sum `x + -2`, which has the same bits
    """

    steps: list[Step]
    places: dict[Step, int]
    codes: Integers
    arguments: Integers
    swapped: list[bool]
    opposite: list[bool]

    def argument(self, place: int, slot: int) -> Step:
        """The argument of a statement that stands in a slot of the table."""
        step = self.steps[place]
        return step.args[1 - slot if self.swapped[place] else slot]


def table_of(leaves: Sequence[Step], steps: list[Step]) -> Table:
    """The table of some statements, in one pass."""
    places = {leaf: -_FAR * (k + 2) for k, leaf in enumerate(leaves)}
    for leaf in leaves:
        if leaf.node.op is CONSTANT:
            places[leaf] = CONSTANTS
    most = max((len(step.args) for step in steps if len(step.args) <= _ARGUMENTS), default=0)
    padding = [[CONSTANTS] * (most - count) for count in range(most + 1)]
    known: dict[Any, int] = {}
    codes: list[int] = []
    arguments: list[int] = []
    swapped: list[bool] = []
    opposite: list[bool] = []
    for place, step in enumerate(steps):
        places[step] = place
        node, args = step.node, step.args
        at = [places[arg] for arg in args] if len(args) <= _ARGUMENTS else []
        swap = node.op.commutative and at[0] < at[1]
        if swap:
            at.reverse()
        minus = False
        key: Any = node.op, node.attrs
        if CONSTANTS in at:
            minus = node.op is _SUBTRACT and at[1] == CONSTANTS
            key = _ADD if minus else node.op, node.attrs, *_fixed_numbers(node, swap)
        elif not at:
            key = place
        codes.append(known.setdefault(key, len(known)))
        arguments += at
        arguments += padding[len(at)]
        swapped.append(swap)
        opposite.append(minus)
    return Table(
        steps,
        places,
        np.array(codes, dtype=np.int64),
        np.array(arguments, dtype=np.int64).reshape(len(steps), most),
        swapped,
        opposite,
    )


def _fixed_numbers(node: Node, swap: bool) -> list[tuple[int, str]]:
    """The constants that the form of a node depends on; others may differ from round to round."""
    return [
        (1 - k if swap else k, repr(arg.attrs.value))
        for k, arg in enumerate(node.args)
        if arg.op is CONSTANT and not _is_free(k, arg.attrs.value, node)
    ]


def _is_free(k: int, value: object, node: Node) -> bool:
    if type(value) not in (int, float) or not math.isfinite(value):  # type: ignore[arg-type]
        return False
    declared = [f for f in (node.op.numpy, node.op.python) if f is not None]
    forms = [f if isinstance(f, Template) else f(node) for f in declared]
    return all(template is None or k in template.slots for template in forms)


def stretches(table: Table) -> list[Stretch]:
    """The stretches of a table that do not overlap, the longest first chosen, in order.

    What runs through earlier stretches is recognised once those are known: hence several turns.
    """
    chosen: list[Stretch] = []
    free = np.ones(len(table.steps), dtype=bool)
    parts: Integers = np.zeros(len(table.steps), dtype=np.int64)
    known = 1
    for _ in range(_TURNS):
        found: list[Stretch] = []
        for period in _periods(_looks(table, parts), free):
            found += _of_period(table, period)
        found.sort(key=lambda s: (s.end - s.start - 2 * s.period, -s.period), reverse=True)
        new: list[Stretch] = []
        for stretch in found:
            new += _kept(stretch, free)
        if not new:
            break
        for start, end, period in new:
            parts[start:end] = known + np.arange(end - start) % period
            known += period
        chosen += new
    return sorted(chosen)


def _kept(stretch: Stretch, free: Flags) -> list[Stretch]:
    """The parts of a stretch that are free, and long enough; they are free no more."""
    kept: list[Stretch] = []
    for start, end in runs(free[stretch.start : stretch.end]):
        part = Stretch(stretch.start + start, stretch.start + end, stretch.period)
        if _is_long(part):
            free[part.start : part.end] = False
            kept.append(part)
    return kept


def _is_long(stretch: Stretch) -> bool:
    length = stretch.end - stretch.start
    return length >= STATEMENTS and length >= ROUNDS * stretch.period


def _looks(table: Table, parts: Integers) -> Words:
    """What each statement does, and how far before it its arguments are.

    Of those that are far, it counts only which part of a stretch they are.
    """
    looks = table.codes.astype(np.uint64)
    for column in table.arguments.T:
        distances = np.arange(len(looks)) - column
        far = _NEAR + np.where(column >= 0, parts[np.maximum(column, 0)], 0)
        looks = _mixed(looks) + np.where(distances < _NEAR, distances, far).astype(np.uint64)
    return looks


def _mixed(words: Words) -> Words:
    product = words * np.uint64(0x9E3779B97F4A7C15)
    mixed: Words = product ^ (product >> np.uint64(29))
    return mixed


def _periods(looks: Words, free: Flags) -> list[int]:
    """Candidates: the distances at which windows of the code most often come again."""
    candidates: dict[int, None] = {}
    windows, width = looks, 1
    while width <= _WIDEST and len(windows) > 2 * width:
        order = np.argsort(windows, kind="stable")
        first, second = order[:-1], order[1:]
        again = (windows[first] == windows[second]) & free[first]
        distances = (second - first)[again]
        counts = np.bincount(distances[distances <= LONGEST], minlength=1)
        best = np.argsort(-counts, kind="stable")[:_CANDIDATES]
        candidates.update((int(d), None) for d in best if 2 * counts[d] >= STATEMENTS)
        for _ in range(2):
            windows = _mixed(windows[:-width]) + windows[width:]
            width *= 2
    return sorted(candidates)


def _of_period(table: Table, period: int) -> list[Stretch]:
    """The stretches of one period."""
    if len(table.codes) < ROUNDS * period:
        return []
    alike = table.codes[period:] == table.codes[:-period]
    moved = table.arguments[period:] - table.arguments[:-period]
    evenly = (moved[period:] == moved[:-period]).all(axis=1)
    repeats = alike[period:] & alike[:-period] & evenly
    found = [Stretch(a, b + 2 * period, period) for a, b in runs(repeats)]
    return [stretch for stretch in found if _is_long(stretch)]


class Moves:
    """Where the arguments of one round are, and by how much they move on to the next.

    at     the places, by statement and slot
    by     how far they move
    read   whether others made them: they are neither fixed, nor of this round or one shortly before
    """

    def __init__(self, table: Table, start: int, period: int) -> None:
        self.at: Integers = table.arguments[start : start + period]
        self.by: Integers = table.arguments[start + period : start + 2 * period] - self.at
        own = (self.by == period) & (self.at >= start - LAG * period)
        self.read: Flags = (self.by != 0) & ~own

    def reads(self) -> set[tuple[int, int]]:
        """Where what others made is in this round, and by how much it moves on."""
        pairs = zip(self.at[self.read].tolist(), self.by[self.read].tolist(), strict=True)
        return set(pairs)


def runs(flags: Flags) -> list[tuple[int, int]]:
    """Where the flags are set, from each first place to behind the last."""
    edges = np.flatnonzero(np.diff(flags.astype(np.int8), prepend=0, append=0))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
