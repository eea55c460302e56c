"""The lines that give back arrays: `del t1, t4`, once nothing below needs them."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from symdiff.codegen.expressions import Assignment
from symdiff.codegen.layout import WIDTH

Statement = Assignment | list[str]


def with_deletions(
    statements: Sequence[Statement], after: Sequence[str], names: set[str]
) -> list[Statement]:
    """The statements, and behind the last that mentions some of `names`, a line that deletes them.

    Nothing is deleted that the lines `after` mention, nor when only these are left. What the
    function of some rows reads becomes None instead, so that its name stays known.
    """
    mentioned = [names.intersection(_words(_lines(each))) for each in statements]
    pairs = list(zip(statements, mentioned, strict=True))
    in_blocks = {name for each, found in pairs if isinstance(each, list) for name in found}
    left = names.difference(_words(after))
    written: list[Statement] = []
    for place, (statement, found) in enumerate(reversed(pairs)):
        last = left & found
        left -= last
        if last and place:
            written.append(_given_back(sorted(last, key=_place), in_blocks))
        written.append(statement)
    return written[::-1]


def _lines(statement: Statement) -> Sequence[str]:
    return statement if isinstance(statement, list) else (statement.name, statement.expression)


def _words(lines: Sequence[str]) -> list[str]:
    """The words of some lines of code. Comments have none of the names that are given back."""
    return re.findall(r"\w+", "\n".join(lines))


def _place(name: str) -> tuple[int, str]:
    """Puts `t9` before `t10`."""
    return len(name), name


def _given_back(names: Sequence[str], in_blocks: Container[str]) -> list[str]:
    lines = _filled("    del ", ", ", [name for name in names if name not in in_blocks], "")
    return lines + _filled("    ", " = ", [name for name in names if name in in_blocks], " = None")


def _filled(head: str, between: str, names: Sequence[str], tail: str) -> list[str]:
    """As many names on each line as fit there."""
    lines: list[str] = []
    for name in names:
        longer = f"{lines[-1]}{between}{name}" if lines else ""
        if lines and len(longer) + len(tail) <= WIDTH:
            lines[-1] = longer
        else:
            lines.append(head + name)
    return [line + tail for line in lines]
