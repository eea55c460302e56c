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

    Nothing is deleted that the lines `after` mention, nor when only these are left. What the
    function of some rows reads becomes None instead, so that its name stays known.
    """
    blocks = _words([line for each in statements if isinstance(each, list) for line in each])
    seen = _words(after)
    found: list[Statement] = []
    for place, statement in enumerate(reversed(statements)):
        text = statement if isinstance(statement, list) else [statement.name, statement.expression]
        last = [word for word in _words(text) if word in names and word not in seen]
        seen.update(dict.fromkeys(last))
        if last and place:
            found.append(_given_back(last, blocks))
        found.append(statement)
    return found[::-1]


def _words(lines: Sequence[str]) -> dict[str, None]:
    """The words of some lines of code, in order, without those of comments."""
    code = "\n".join(line.partition("  #")[0] for line in lines)
    return dict.fromkeys(re.findall(r"\w+", code))


def _given_back(names: Sequence[str], blocks: Container[str]) -> list[str]:
    lines = _filled("    del ", ", ", [name for name in names if name not in blocks], "")
    return lines + _filled("    ", " = ", [name for name in names if name in blocks], " = None")


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
