"""The body of a generated function: its statements, and what it returns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from math import prod

from symdiff.codegen.blocks_source import write_blocks
from symdiff.codegen.comments import comment
from symdiff.codegen.deletions import with_deletions
from symdiff.codegen.expressions import Assignment, Constants, Expressions, Names
from symdiff.codegen.layout import WIDTH, as_factor, fitted
from symdiff.codegen.program import Blocks, Program, Step
from symdiff.dims import Dim, Shape, nominal_entries, size_value

_COMMENTED_STATEMENTS = 200
"""Longer programs carry no comments: nobody reads them, and comments cost more than code."""

_LARGE = 2**14
"""Arrays of so many entries are computed in blocks; smaller ones stay in the cache anyway."""


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
    results = _return(written.results())
    found += written.assignments
    if program.freed:
        found = with_deletions(found, results, written.names_of(program.freed))
    return [*_statements(found), *results]


def large_enough(program: Program) -> str | bool:
    """The condition under which the blocks of a program pay, if it depends on named sizes."""
    shape = _largest_in_blocks(program)
    if not any(isinstance(size, Dim) for size in shape):
        return nominal_entries(shape) >= _LARGE
    return f"{' * '.join(map(as_factor, shape))} >= {_LARGE:_}"


def is_large_enough(program: Program, sizes: Mapping[str, int]) -> bool:
    """True if the blocks of a program pay for these values of named sizes."""
    return prod(size_value(size, sizes) for size in _largest_in_blocks(program)) >= _LARGE


def _largest_in_blocks(program: Program) -> Shape:
    blocks = (statement for statement in program.statements if isinstance(statement, Blocks))
    return max((step.shape for each in blocks for step in each.axes), key=nominal_entries)


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


def _return(results: Iterable[str]) -> list[str]:
    texts = list(results)
    line = f"    return {', '.join(texts)}" + ("," if len(texts) == 0 else "")
    if len(line) <= WIDTH:
        return [line]
    return fitted("    return (", texts, ")", "    ", exploded=True)
