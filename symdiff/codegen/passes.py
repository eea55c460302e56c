"""From expressions to programs, by passes that can each be switched off by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from symdiff.binding import requirements, size_names, variables_of
from symdiff.codegen.freeing import freed
from symdiff.codegen.fusion import fused, has_blocks
from symdiff.codegen.program import Program, copied, steps_of
from symdiff.codegen.python_floats import is_scalar
from symdiff.codegen.rolling import Rolled, rolled
from symdiff.codegen.schedule import scheduled
from symdiff.errors import ArgumentError
from symdiff.node import Node, topological
from symdiff.rewrite.lowering import lower
from symdiff.rewrite.simplify import simplify


class GraphPass(NamedTuple):
    """A pass on expressions: its name, what it does, and the function that does it."""

    name: str
    does: str
    run: Callable[[Sequence[Node]], list[Node]]


class ProgramPass(NamedTuple):
    """A pass on programs: its name, what it does, and the function that does it."""

    name: str
    does: str
    run: Callable[[Program], Program]


GRAPH_PASSES = (
    GraphPass("simplify", "rewrite into the shortest equal expressions", simplify),
    GraphPass("lower", "rewrite into what NumPy computes in the fewest passes", lower),
)
PROGRAM_PASSES: tuple[ProgramPass, ...] = ()
LARGE_PASSES = (
    ProgramPass("fuse", "compute in blocks of rows that fit the cache", fused),
    ProgramPass("free", "give arrays back after their last use", freed),
    ProgramPass("schedule", "compute in an order in which little is alive at once", scheduled),
)
"""Passes for large arrays alone."""
FLOATS, LOOPS = "floats", "loops"
"""Passes for scalars alone: compute with Python's own floats, and in loops what repeats itself."""

PASSES_FOR_SPEED = (*(each.name for each in (*PROGRAM_PASSES, *LARGE_PASSES)), FLOATS, LOOPS)
"""The passes that make code faster, but not shorter."""


@dataclass(frozen=True, slots=True)
class Programs:
    """What runs.

    plain   the program for any arrays
    large   the same for large ones, if that differs
    scalar  whether Python's own floats can compute it
    loops   the same with loops, if it is scalar and repeats itself
    """

    plain: Program
    large: Program | None
    scalar: bool = False
    loops: Rolled | None = None


def programs_of(
    outputs: Sequence[Node], inputs: Sequence[Node], without: Collection[str] = ()
) -> Programs:
    """Run all passes but those named in `without`; `inputs` are the arguments, in order.

    Raises ArgumentError for a pass that does not exist.
    """
    _check_passes(without)
    written = list(outputs)
    for graph_pass in GRAPH_PASSES:
        if graph_pass.name not in without:
            written = graph_pass.run(written)
    program = laid_out(written, outputs, inputs)
    for each in PROGRAM_PASSES:
        if each.name not in without:
            program = each.run(program)
    if FLOATS not in without and is_scalar(program):
        return Programs(program, None, True, None if LOOPS in without else rolled(program))
    large = copied(program)
    for each in LARGE_PASSES:
        if each.name not in without:
            large = each.run(large)
    return Programs(program, large) if has_blocks(large) else Programs(large, None)


def laid_out(written: Sequence[Node], asked: Sequence[Node], inputs: Sequence[Node]) -> Program:
    """The steps of expressions as they are written, for what was asked."""
    order = topological(asked)
    used = variables_of([*inputs, *order])
    steps = steps_of(topological(written))
    sizes = size_names([*used, *order, *steps])
    results = [steps[node] for node in written]
    return Program(used, sizes, requirements(order), list(steps.values()), results)


def _check_passes(names: Collection[str]) -> None:
    known = [*(each.name for each in GRAPH_PASSES), *PASSES_FOR_SPEED]
    for name in names:
        if name not in known:
            raise ArgumentError(f"there is no pass {name!r}; the passes are: {', '.join(known)}")
