"""Reuse: blocks write what they store over arrays that nothing needs any longer.

Memory that was just read is in the cache, and the system need not find and clear another page. A
block reads and writes rows of its own, and each entry is read before it is written over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from symdiff.codegen.program import Blocks, Program, Step
from symdiff.codegen.timeline import Timeline
from symdiff.ops.contraction import CONTRACT


def reused(program: Program) -> Program:
    """The same program, where what blocks store has the memory of an array given back, if any."""
    if not any(isinstance(statement, Blocks) for statement in program.statements):
        return program
    timeline = Timeline(program)
    last = {value: unit for unit, read in enumerate(timeline.reads) for value in read}
    made = {
        value
        for unit, found in enumerate(timeline.gives)
        if _makes(timeline, unit)
        for value in found
    }
    buffers: dict[Step, Step] = {}
    for unit, statement in enumerate(timeline.units):
        if isinstance(statement, Blocks):
            done = [
                timeline.values[value]
                for value in timeline.reads[unit]
                if last[value] == unit and value in made and value not in timeline.results
            ]
            inputs = statement.inputs()
            free = [step for step in done if step in program.freed and step in inputs]
            buffers.update(_given(statement, free))
    return replace(program, buffers=buffers) if buffers else program


def _makes(timeline: Timeline, unit: int) -> bool:
    """True for what surely computes into memory of its own: blocks and products."""
    statement = timeline.units[unit]
    return isinstance(statement, Blocks) or statement.node.op is CONTRACT


def _given(blocks: Blocks, free: Iterable[Step]) -> dict[Step, Step]:
    """For stored steps, the array of the same rows to write over, last read by then."""
    read = _last_reads(blocks)
    places = {step: place for place, step in enumerate(blocks.steps)}
    given: dict[Step, Step] = {}
    for array in free:
        for step in blocks.stored:
            fits = (
                step not in given
                and step.shape == array.shape
                and step.node.dtype == array.node.dtype == "float"
                and blocks.axes[step] == blocks.axes.get(array)
            )
            if fits and not step.is_view and places[step] >= read[array]:
                given[step] = array
                break
    return given


def _last_reads(blocks: Blocks) -> dict[Step, int]:
    """The place of the last step of a block that reads an array, through whatever view."""
    shown: dict[Step, tuple[Step, ...]] = {arg: (arg,) for arg in blocks.inputs()}
    last: dict[Step, int] = {}
    for place, step in enumerate(blocks.steps):
        arrays = tuple(dict.fromkeys(a for arg in step.args for a in shown.get(arg, ())))
        last.update(dict.fromkeys(arrays, place))
        if step.is_view:
            shown[step] = arrays
    return last
