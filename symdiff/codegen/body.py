"""The body of a generated function: its statements, and what it returns."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from symdiff.codegen.blocks_source import Words, write_blocks
from symdiff.codegen.comments import MOST_COMMENTED, comment
from symdiff.codegen.deletions import with_deletions
from symdiff.codegen.expressions import Assignment, Expressions, Globals, Names
from symdiff.codegen.layout import WIDTH, as_factor, returned
from symdiff.codegen.program import Blocks, Program, Step
from symdiff.dims import Dim, nominal_entries, size_value
from symdiff.node import Node

LARGE = 2**19
"""Values of so many entries in all are computed in blocks; fewer stay in the cache anyway."""


class Body(NamedTuple):
    """The lines of a function behind its checks of the arguments, `return` among them.

    `named` are the nodes whose values the names of its statements stand for.
    """

    lines: list[str]
    named: dict[str, Node]


def write_body(
    program: Program, output_names: Sequence[str], names: Names, module: Globals
) -> Body:
    """Write the statements of a program, and `return`."""
    written = Expressions(program, output_names, names, module)
    found: list[Assignment | list[str]] = []
    blocks = [each for each in program.statements if isinstance(each, Blocks)]
    words = Words(names.like("rows"), names.like("m")) if blocks else Words("", "")
    for statement in program.statements:
        if isinstance(statement, Step):
            written.add(statement)
        else:
            number = str(blocks.index(statement) + 1) if len(blocks) > 1 else ""
            lines = write_blocks(statement, written, names.like(f"block{number}"), words)
            found += [*written.assignments, lines]
            written.assignments.clear()
    results = returned(written.results(), "    ")
    found += written.assignments
    if program.freed:
        found = with_deletions(found, results, written.names_of(program.freed))
    named = {each.name: each.step.node for each in found if isinstance(each, Assignment)}
    return Body([*_statements(found), *results], named)


def largest_in_blocks(program: Program) -> Step:
    """The largest value with rows, of what the blocks with the most entries work on."""
    return max(_most_at_once(program).axes, key=_entries)


def least_entries(program: Program) -> int:
    """How many entries the largest value must have for blocks to pay.

    They do where all that is worked on at once does not fit the cache.
    """
    values = sum(map(_entries, _most_at_once(program).axes))
    arrays = values / max(_entries(largest_in_blocks(program)), 1)
    return 1 << int(math.log2(max(LARGE / max(arrays, 1), 1)))


def large_enough(program: Program) -> str | bool:
    """The condition under which the blocks of a program pay, if it depends on named sizes."""
    largest = largest_in_blocks(program)
    if not any(isinstance(size, Dim) for size in largest.shape):
        return _entries(largest) >= least_entries(program)
    return f"{' * '.join(map(as_factor, largest.shape))} >= LARGE"


def is_large_enough(program: Program, sizes: Mapping[str, int]) -> bool:
    """True if the blocks of a program pay for these values of named sizes."""
    entries = math.prod(size_value(size, sizes) for size in largest_in_blocks(program).shape)
    return entries >= least_entries(program)


def large_line(program: Program) -> str:
    """The line of a module that says which arrays are large."""
    least = least_entries(program)
    return f"LARGE = {least:_}  # arrays with so many entries are computed in blocks"


def _most_at_once(program: Program) -> Blocks:
    blocks = [statement for statement in program.statements if isinstance(statement, Blocks)]
    return max(blocks, key=lambda each: sum(map(_entries, each.axes)))


def _entries(step: Step) -> float:
    return nominal_entries(step.shape)


def _statements(found: Sequence[Assignment | list[str]]) -> list[str]:
    """The lines of assignments, among lines that stand as they are."""
    temporaries = {each.name for each in found if isinstance(each, Assignment)}
    commented = len(temporaries) <= MOST_COMMENTED
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
