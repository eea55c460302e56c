"""Buffers: memory for the values within a block, reused as soon as a value is no longer needed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container
from typing import NamedTuple

from symdiff.codegen.program import Blocks, BlockShape, Step, view_base


class Buffer(NamedTuple):
    """Memory for values of one shape, and its number among those of that shape."""

    shape: BlockShape
    number: int


def buffers_of(blocks: Blocks, writers: Container[Step]) -> dict[Step, Buffer]:
    """The buffer that each of `writers` writes into.

    A step may write over an argument that nothing needs later: ufuncs read an entry before they
    write it.
    """
    free: dict[BlockShape, list[int]] = defaultdict(list)
    made: Counter[BlockShape] = Counter()
    found: dict[Step, Buffer] = {}
    done = _no_longer_needed(blocks)
    for step in blocks.steps:
        for base in done[step]:
            if base in found:
                free[found[base].shape].append(found[base].number)
        if step in writers:
            shape = blocks.block_shape(step)
            if not free[shape]:
                free[shape].append(made[shape])
                made[shape] += 1
            found[step] = Buffer(shape, free[shape].pop())
    return found


def _no_longer_needed(blocks: Blocks) -> dict[Step, list[Step]]:
    """For each step, the values whose memory nothing needs after it, that of its first last."""
    done: dict[Step, list[Step]] = {}
    needed: set[Step] = set()
    for step in reversed(blocks.steps):
        bases = dict.fromkeys(view_base(arg) for arg in reversed(step.args))
        done[step] = [base for base in bases if base not in needed]
        needed.update(bases)
    return done
