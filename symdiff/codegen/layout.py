"""Breaking lines as formatters do."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH = 88
"""The line length of generated source."""


def fitted(
    head: str, parts: Sequence[str], tail: str, indent: str, exploded: bool = False
) -> list[str]:
    """Write `head parts tail` on one line, else the parts on one line, else one on each line.

    With `exploded`, parts that do not fit on the first line go one on each line at once.

    >>> fitted("f(", ["a", "b"], ")", "")
    ['f(a, b)']
    """
    line = head + ", ".join(parts) + tail
    if len(line) <= WIDTH:
        return [line]
    inner = f"{indent}    {', '.join(parts)}"
    if len(parts) == 1 or (len(inner) <= WIDTH and not exploded):
        return [head, inner, indent + tail]
    return [head, *(f"{indent}    {part}," for part in parts), indent + tail]
