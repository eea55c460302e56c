"""From expressions to programs, by passes that can each be switched off by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from symdiff.binding import requirements, size_names, variables_of
from symdiff.codegen.body import is_large_enough
from symdiff.codegen.budget import FAST, Budget
from symdiff.codegen.freeing import freed
from symdiff.codegen.fusion import fused, has_blocks
from symdiff.codegen.program import Program, copied, steps_of
from symdiff.codegen.python_floats import is_scalar
from symdiff.codegen.recompute import recomputed
from symdiff.codegen.reuse import reused
from symdiff.codegen.rolling import Rolled, rolled
from symdiff.codegen.schedule import scheduled
from symdiff.errors import ArgumentError
from symdiff.node import Node, topological
from symdiff.rewrite.association import Association, Choice
from symdiff.rewrite.lowering import PASSES as PARTS_OF_LOWERING
from symdiff.rewrite.lowering import SPELLED_OUT, lower
from symdiff.rewrite.opened import is_name, is_plain_name, opened
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


SIMPLIFY = GraphPass("simplify", "rewrite into the shortest equal expressions", simplify)
LOWER = GraphPass("lower", "rewrite into what NumPy computes in the fewest passes", lower)
GRAPH_PASSES = (SIMPLIFY, LOWER)
ASSOCIATE = "associate"
"""The pass at a call: multiply in the best order for its sizes."""
LARGE_PASSES = (ProgramPass("fuse", "compute in blocks of rows that fit the cache", fused),)
"""Passes for large arrays alone."""
INLINE = "inline"
"""The pass that writes formulas in place of their names (see `symdiff.rewrite.opened`)."""
FLOATS, LOOPS = "floats", "loops"
"""Passes for scalars alone: compute with Python's own floats, and in loops what repeats itself."""


def memory_passes(budget: Budget) -> tuple[ProgramPass, ...]:
    """Passes that save memory, for what computes large arrays."""
    free = partial(freed, sparing=budget is not FAST)
    again = partial(recomputed, budget=budget)
    return (
        ProgramPass("free", "give arrays back after their last use", free),
        ProgramPass("schedule", "compute in an order in which little is alive at once", scheduled),
        ProgramPass("recompute", 'compute again instead of storing, unless memory="fast"', again),
        ProgramPass("reuse", "write blocks over arrays that nothing needs any longer", reused),
        *([ProgramPass("keep", "keep memory for the next call", kept)] if budget is FAST else []),
    )


def kept(program: Program) -> Program:
    """The same program, which computes large arrays in memory of earlier calls."""
    return replace(program, keeps=has_blocks(program))


FOR_SMALL = 1
"""So many of these passes small arrays have: they fit the cache in whatever order."""

PASSES_FOR_SPEED = (
    *(each.name for each in (*LARGE_PASSES, *memory_passes(FAST))),
    *(INLINE, FLOATS, LOOPS, ASSOCIATE),
    *sorted(SPELLED_OUT),
)
"""The passes that make code faster, but not shorter."""


@dataclass(frozen=True, slots=True)
class Programs:
    """What runs.

    plain   the program for any arrays
    large   the same for large ones, if that differs
    scalar  whether Python's own floats can compute it
    loops   the same with loops, if it is scalar and repeats itself
    orders  the orders in which products can be computed, if sizes decide between them
    """

    plain: Program
    large: Program | None
    scalar: bool = False
    loops: Rolled | None = None
    orders: Association | None = None


def programs_of(
    outputs: Sequence[Node],
    inputs: Sequence[Node],
    without: Collection[str] = (),
    budget: Budget = FAST,
    choice: Choice = (),
) -> Programs:
    """Run all passes but those named in `without`; `inputs` are the arguments, in order.

    `choice` says in which orders products are computed (see `symdiff.rewrite.association`).

    Raises ArgumentError for a pass that does not exist, and for a budget that cannot be kept.
    """
    _check_passes(without)
    outputs = with_formulas(outputs, without)
    simplified = list(outputs) if SIMPLIFY.name in without else SIMPLIFY.run(outputs)
    orders = Association(simplified)
    chosen = orders.written(choice)
    lowered = chosen if LOWER.name in without else lower(chosen, without)
    found = _after_lowering(lowered, outputs, inputs, without, budget)
    return found if choice or not orders or ASSOCIATE in without else replace(found, orders=orders)


def with_formulas(outputs: Sequence[Node], without: Container[str]) -> list[Node]:
    """Expressions with formulas in place of names, but those that source is to have."""
    return opened(outputs, is_plain_name if INLINE in without else is_name)


def _after_lowering(
    written: Sequence[Node],
    outputs: Sequence[Node],
    inputs: Sequence[Node],
    without: Collection[str],
    budget: Budget,
) -> Programs:
    program = laid_out(written, outputs, inputs)
    sparing = memory_passes(budget)
    if FLOATS not in without and is_scalar(program):
        if budget is not FAST:
            return Programs(_after(sparing, program, without), None, True)
        return Programs(program, None, True, None if LOOPS in without else rolled(program))
    large = _after(LARGE_PASSES, copied(program), without)
    if not has_blocks(large):
        return Programs(_after(sparing, large, without), None)
    if budget is FAST:
        return Programs(
            _after(sparing[:FOR_SMALL], program, without), _after(sparing, large, without)
        )
    lenient = memory_passes(replace(budget, strict=False))
    if budget.most and not is_large_enough(large, budget.sizes or {}):
        sparing, lenient = lenient, sparing  # these sizes run the program without blocks
    return Programs(_after(lenient, program, without), _after(sparing, large, without))


def _after(passes: Iterable[ProgramPass], program: Program, without: Container[str]) -> Program:
    for each in passes:
        if each.name not in without:
            program = each.run(program)
    return program


def laid_out(written: Sequence[Node], asked: Sequence[Node], inputs: Sequence[Node]) -> Program:
    """The steps of expressions as they are written, for what was asked."""
    order = topological(asked)
    used = variables_of([*inputs, *order])
    steps = steps_of(topological(written))
    sizes = size_names([*used, *order, *steps])
    results = [steps[node] for node in written]
    return Program(used, sizes, requirements(order), list(steps.values()), results)


def _check_passes(names: Collection[str]) -> None:
    if isinstance(names, str):
        raise ArgumentError(f"`without` takes a list of passes, such as [{names!r}], not one name")
    parts = [each.name for each in PARTS_OF_LOWERING]
    known = dict.fromkeys([*(each.name for each in GRAPH_PASSES), *PASSES_FOR_SPEED, *parts])
    for name in names:
        if name not in known:
            raise ArgumentError(f"there is no pass {name!r}; the passes are: {', '.join(known)}")
