"""The body of a generated function: its statements, and what it returns."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from symdiff.codegen.blocks_source import write_blocks
from symdiff.codegen.comments import comment
from symdiff.codegen.deletions import with_deletions
from symdiff.codegen.expressions import Assignment, Constants, Expressions, Names
from symdiff.codegen.layout import WIDTH, as_factor, returned
from symdiff.codegen.program import Blocks, Program, Step
from symdiff.dims import Dim, nominal_entries

_COMMENTED_STATEMENTS = 200
"""Longer programs carry no comments: nobody reads them, and comments cost more than code."""

_LARGE = 2**19
"""Values of so many entries in all are computed in blocks; fewer stay in the cache anyway."""


def write_body(
    program: Program, output_names: Sequence[str], names: Names, constants: Constants
) -> list[str]:
    """The lines of a function behind its checks of the arguments, `return` among them."""
    written = Expressions(program, output_names, names, constants)
    found: list[Assignment | list[str]] = []
    for statement in program.statements:
        if isinstance(statement, Step):
            written.add(statement)
        else:
            lines = write_blocks(statement, written)
            found += [*written.assignments, lines]
            written.assignments.clear()
    results = returned(written.results(), "    ")
    found += written.assignments
    if program.freed:
        found = with_deletions(found, results, written.names_of(program.freed))
    return [*_statements(found), *results]


def large_enough(program: Program) -> str | bool:
    """The condition under which the blocks of a program pay, if it depends on named sizes.

    They do when all that the largest of them works on does not fit the cache.
    """
    found = [statement for statement in program.statements if isinstance(statement, Blocks)]
    most = max(found, key=lambda blocks: sum(map(_entries, blocks.axes)))
    largest = max(most.axes, key=_entries)
    values = sum(map(_entries, most.axes)) / max(_entries(largest), 1)
    least = 1 << int(math.log2(max(_LARGE / max(values, 1), 1)))
    if not any(isinstance(size, Dim) for size in largest.shape):
        return _entries(largest) >= least
    return f"{' * '.join(map(as_factor, largest.shape))} >= {least:_}"


def _entries(step: Step) -> float:
    return nominal_entries(step.shape)


def _statements(found: Sequence[Assignment | list[str]]) -> list[str]:
    """The lines of assignments, among lines that stand as they are."""
    temporaries = {each.name for each in found if isinstance(each, Assignment)}
    commented = len(temporaries) <= _COMMENTED_STATEMENTS
    lines: list[str] = []
    for each in found:
        if isinstance(each, list):
            lines += each
            continue
        name, expression, step = each
        line = f"    {name} = {expression}"
        if len(line) > WIDTH:
            lines += _broken(name, expression)
        elif commented:
            lines.append(line + comment(line, expression, step.node, temporaries))
        else:
            lines.append(line)
    return lines


def _broken(name: str, expression: str) -> list[str]:
    """An assignment too long for a line, broken within the call that it is or within brackets."""
    call = re.match(r"[\w.]+\(", expression)
    if call and _closes_at_end(expression, call.end()):
        head, inner = expression[: call.end()], expression[call.end() : -1]
        if len(inner) <= WIDTH - 8:
            return [f"    {name} = {head}", f"        {inner}", "    )"]
    return [f"    {name} = (", f"        {expression}", "    )"]


def _closes_at_end(expression: str, start: int) -> bool:
    """True if the bracket opened before `start` is closed by the last character."""
    depth = 1
    for place in range(start, len(expression)):
        depth += (expression[place] in "([") - (expression[place] in ")]")
        if not depth:
            return place == len(expression) - 1
    return False
