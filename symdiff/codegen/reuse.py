"""Reuse: blocks write what they store over arrays that nothing needs any longer.

Memory that was just read is in the cache, and the system need not find and clear another page. A
block reads and writes rows of its own, and each entry is read before it is written over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from dataclasses import replace

from symdiff.codegen.program import Blocks, Program, Statement, Step, view_base
from symdiff.codegen.timeline import Timeline
from symdiff.ops.contraction import CONTRACT


def reused(program: Program) -> Program:
    """The same program, where what blocks store has the memory of an array given back, if any."""
    blocks = [statement for statement in program.statements if isinstance(statement, Blocks)]
    stored = {step for each in blocks for step in each.stored}
    fitting: dict[Statement, list[tuple[Step, Step]]] = {
        each: _fitting(each, program.freed, stored) for each in blocks
    }
    if not any(fitting.values()):
        return program
    timeline = Timeline(program)
    last = {value: unit for unit, read in enumerate(timeline.reads) for value in read}
    buffers: dict[Step, Step] = {}
    for unit, statement in enumerate(timeline.units):
        taken: set[Step] = set()
        for step, array in fitting.get(statement, ()):
            (value,) = timeline.sources[array]
            done = last[value] == unit and value not in timeline.results
            if done and array not in taken and step not in buffers:
                taken.add(array)
                buffers[step] = array
    return replace(program, buffers=buffers) if buffers else program


def _fitting(
    blocks: Blocks, freed: Container[Step], stored: Container[Step]
) -> list[tuple[Step, Step]]:
    """Stored steps, each with an array of the same rows that the block has read by then.

    The array is one that surely has memory of its own: of other blocks, or a product. The block
    must see it in no other way: a view may show its rows in another order.
    """
    shown = Counter(view_base(arg) for arg in blocks.inputs())
    inputs = [
        arg
        for arg in blocks.inputs()
        if arg in freed and arg in blocks.axes and arg.node.dtype == "float" and shown[arg] == 1
        if arg in stored or (arg.node.op is CONTRACT and not arg.is_view)
    ]
    if not inputs or not blocks.stored:
        return []
    read = _last_reads(blocks)
    places = {step: place for place, step in enumerate(blocks.steps)}
    return [
        (step, array)
        for array in inputs
        for step in blocks.stored
        if step.shape == array.shape and blocks.axes[step] == blocks.axes[array]
        if step.node.dtype == "float" and not step.is_view and places[step] >= read[array]
    ]


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
