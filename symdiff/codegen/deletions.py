"""The lines that give back arrays: `del t1, t4`, once nothing below needs them."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from symdiff.codegen.expressions import Assignment
from symdiff.codegen.layout import WIDTH

Statement = Assignment | list[str]


def with_deletions(
    statements: Sequence[Statement], after: Sequence[str], names: Container[str]
) -> list[Statement]:
    """The statements, and behind the last that mentions some of `names`, a line that deletes them.

    Nothing is deleted that the lines `after` mention, nor when only these are left.
    """
    seen = _words(after)
    found: list[Statement] = []
    for place, statement in enumerate(reversed(statements)):
        text = statement if isinstance(statement, list) else [statement.name, statement.expression]
        last = [word for word in _words(text) if word in names and word not in seen]
        seen.update(dict.fromkeys(last))
        if last and place:
            found.append(_deleted(last))
        found.append(statement)
    return found[::-1]


def _words(lines: Sequence[str]) -> dict[str, None]:
    """The words of some lines of code, in order, without those of comments."""
    code = "\n".join(line.partition("  #")[0] for line in lines)
    return dict.fromkeys(re.findall(r"\w+", code))


def _deleted(names: Sequence[str]) -> list[str]:
    lines = ["    del " + names[0]]
    for name in names[1:]:
        if len(lines[-1]) + len(name) + 2 > WIDTH:
            lines.append("    del " + name)
        else:
            lines[-1] += ", " + name
    return lines
