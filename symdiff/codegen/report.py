"""What each pass of code generation did, and what storing or computing again costs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

from symdiff.binding import size_names, sizes_by_name
from symdiff.codegen.body import is_large_enough
from symdiff.codegen.budget import FAST, Budget
from symdiff.codegen.fusion import has_blocks
from symdiff.codegen.measures import Measures, measure
from symdiff.codegen.passes import (
    FLOATS,
    FOR_SMALL,
    GRAPH_PASSES,
    LARGE_PASSES,
    LOOPS,
    ProgramPass,
    laid_out,
    memory_passes,
    with_formulas,
)
from symdiff.codegen.program import Program, copied
from symdiff.codegen.python_floats import is_scalar
from symdiff.codegen.rolling import rolled
from symdiff.node import Node, topological
from symdiff.polynomial import Largest, Polynomial
from symdiff.shown import Part, Rows, Shown

Count: TypeAlias = "int | Polynomial | Largest"
Cells: TypeAlias = "tuple[str, ...]"


@dataclass(frozen=True, slots=True)
class Row:
    """What a pass did.

    name    the name of the pass, by which `compile` leaves it out
    does    what it does
    before  the measures of the program that it was given
    after   those of the program that it made, None if it was left out
    changed whether it made another program
    """

    name: str
    does: str
    before: Measures
    after: Measures | None
    changed: bool


@dataclass(frozen=True, slots=True, repr=False)
class Report(Shown):
    """What each pass did to a program, and what it costs to store values or to compute them again.

    asked   the measures of the program as the expressions are written
    rows    the passes, in order
    fast    the measures with memory="fast"
    least   the measures with memory="min"
    sizes   the values of the named sizes for which the table is printed, if any
    """

    asked: Measures
    rows: tuple[Row, ...]
    fast: Measures
    least: Measures
    sizes: Mapping[str, int] | None

    def _parts_(self) -> list[Part]:
        """A table of the passes, and one of the two ways to use memory."""
        head: Cells = (
            "pass",
            "statements",
            "operations",
            "bytes moved",
            "peak in bytes",
            "what it does",
        )
        if self.sizes is not None:
            head = ("pass", "statements", "operations", "moved", "peak", "what it does")
        passes: list[Cells] = [("as written", *self._cells(self.asked), "")]
        for row in self.rows:
            done = ("left out" if row.after is None else "nothing to do", "", "", "")
            cells = done if row.after is None or not row.changed else self._cells(row.after)
            passes.append((row.name, *cells, row.does))
        memory: list[Cells] = [
            ('"fast"', *self._cells(self.fast)),
            ('"min"', *self._cells(self.least)),
        ]
        parts: list[Part] = [Rows(head, passes), ("",), Rows(("memory", *head[1:-1]), memory)]
        if self.sizes:
            given = ", ".join(f"{name} = {size:,}" for name, size in self.sizes.items())
            parts += [("",), (f"for {given}, in float64",)]
        return parts

    def _cells(self, found: Measures) -> Cells:
        return (
            str(found.statements),
            self._count(found.operations, _operations),
            self._count(found.moved, _bytes),
            self._count(found.peak, _bytes),
        )

    def _count(self, count: Polynomial | Largest, unit: Callable[[int], str]) -> str:
        if self.sizes is not None:
            return unit(count.value(self.sizes))
        return _short(count)


def report(
    outputs: Sequence[Node],
    inputs: Sequence[Node],
    without: Collection[str] = (),
    budget: Budget = FAST,
    sizes: Mapping[str, object] | None = None,
) -> Report:
    """Run the passes of code generation again, and measure the program after each.

    Where programs for small and for large arrays differ, it is that for these sizes, or without
    sizes that for large ones.

    Raises InputError if only some of the `sizes` are given, or others.
    """
    known = size_names(topological(outputs))
    given = None
    if sizes or not known:
        given = sizes_by_name(known, known, sizes or {}, "report({})")

    def stages(budget: Budget) -> Iterator[_Stage]:
        lenient = budget if budget is FAST else replace(budget, strict=False)
        return _stages(outputs, inputs, without, lenient, given)

    def measured(budget: Budget) -> Measures:
        return measure([each.program for each in stages(budget) if each.program is not None][-1])

    first, *others = stages(budget)
    assert first.program is not None
    asked = before = measure(first.program)
    rows: list[Row] = []
    for name, does, program, changed in others:
        after = None if program is None else measure(program)
        rows.append(Row(name, does, before, after, changed))
        before = after or before
    fast = before if budget is FAST else measured(FAST)
    least = before if budget.most == 0 else measured(Budget(0, budget.sizes))
    return Report(asked, tuple(rows), fast, least, given)


class _Stage(NamedTuple):
    """The name of a pass, what it does, and the program after it, None if it was left out.

    `changed` says whether it is another than before.
    """

    name: str
    does: str
    program: Program | None
    changed: bool = False


def _stages(
    outputs: Sequence[Node],
    inputs: Sequence[Node],
    without: Collection[str],
    budget: Budget,
    sizes: Mapping[str, int] | None,
) -> Iterator[_Stage]:
    """The programs, from that of the expressions as they are written to that which runs."""
    written = outputs = with_formulas(outputs, without)
    yield _Stage("", "", laid_out(written, outputs, inputs))
    for graph_pass in GRAPH_PASSES:
        if graph_pass.name in without:
            yield _Stage(graph_pass.name, graph_pass.does, None)
        else:
            before, written = written, graph_pass.run(written)
            after = laid_out(written, outputs, inputs)
            yield _Stage(graph_pass.name, graph_pass.does, after, written != before)
    program = laid_out(written, outputs, inputs)
    if is_scalar(program) and budget is FAST:
        yield from _stages_of_scalars(program, without)
        return
    sparing = memory_passes(budget)
    idle: tuple[ProgramPass, ...] = ()
    for each in (*LARGE_PASSES, *sparing):
        if each.name in without:
            yield _Stage(each.name, each.does, None)
            continue
        found = (
            program
            if each in idle
            else each.run(copied(program) if each in LARGE_PASSES else program)
        )
        if sizes is not None and has_blocks(found) and not is_large_enough(found, sizes):
            idle = sparing[FOR_SMALL:] if budget is FAST else ()
            changed = False
        else:
            changed = found.keeps != program.keeps or measure(found) != measure(program)
            program = found
        yield _Stage(each.name, each.does, program, changed)


def _stages_of_scalars(program: Program, without: Collection[str]) -> Iterator[_Stage]:
    """The passes for scalars alone, which change how a program is written, and not what it does."""
    floats = FLOATS not in without
    yield _Stage(FLOATS, "compute with Python's own floats", program if floats else None, floats)
    loops = floats and LOOPS not in without
    repeats = loops and rolled(program) is not None
    yield _Stage(LOOPS, "compute in loops what repeats itself", program if loops else None, repeats)


# Text -------------------------------------------------------------------------------------------

_WIDTH = 30
"""Longer polynomials are abridged."""


def _short(count: Polynomial | Largest) -> str:
    """A polynomial; of several the nominally largest, which is then a lower bound."""
    several = isinstance(count, Largest) and len(count.polynomials) > 1
    text = str(count.polynomials[0] if isinstance(count, Largest) else count)
    if len(text) > _WIDTH:
        text = text[: text.rindex(" ", 0, _WIDTH - 2)].rstrip(" +-") + " + …"
    return f"≥ {text}" if several else text


def _operations(count: int) -> str:
    return _in_units(count, ("", " thousand", " million", " billion", " trillion"))


def _bytes(count: int) -> str:
    return _in_units(count, (" B", " kB", " MB", " GB", " TB"))


def _in_units(count: int, units: Sequence[str]) -> str:
    """A number with three digits, in the largest unit of which there is one.

    >>> _in_units(999, [" B", " kB"]), _in_units(1_234_567, [" B", " kB"])
    ('999 B', '1,235 kB')
    """
    power = min((len(str(count)) - 1) // 3, len(units) - 1)
    if not power:
        return f"{count}{units[0]}"
    return f"{_three_digits(count / 1000**power)}{units[power]}"


def _three_digits(number: float) -> str:
    return (
        f"{number:,.0f}" if number >= 100 else f"{number:.1f}" if number >= 10 else f"{number:.2f}"
    )
