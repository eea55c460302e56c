"""Breaking lines as formatters do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symdiff.dims import Dim, Size, spaced

WIDTH = 88
"""The line length of generated source."""


def as_factor(size: Size) -> str:
    """Write a size as a factor of a product."""
    return f"({spaced(size)})" if isinstance(size, Dim) and not size.is_name else str(size)


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


def returned(results: Sequence[str], indent: str) -> list[str]:
    """Write the statement that returns some values, on one line or each on its own.

    >>> returned(["a", "b"], "    ")
    ['    return a, b']
    """
    line = f"{indent}return {', '.join(results)}" + ("," if not results else "")
    if len(line) <= WIDTH:
        return [line]
    return fitted(f"{indent}return (", results, ")", indent, exploded=True)


def listed(head: str, value: Any, tail: str, indent: str) -> list[str]:
    """Write numbers in nested lists, each list on one line, else its items on lines of their own.

    >>> listed("x = ", [[1, 2], [3, 4]], "", "")
    ['x = [[1, 2], [3, 4]]']
    """
    line = f"{indent}{head}{_entries(value)}{tail}"
    if len(line) <= WIDTH or not isinstance(value, list):
        return [line]
    deeper = f"{indent}    "
    inner = deeper + ", ".join(map(_entries, value))
    items = [inner] if len(inner) <= WIDTH else [
        line for item in value for line in listed("", item, ",", deeper)
    ]  # fmt: skip
    return [f"{indent}{head}[", *items, f"{indent}]{tail}"]


def _entries(value: Any) -> str:
    """Numbers in nested lists, as formatters write them; infinity and NaN are those of NumPy."""
    text = str(value).replace("inf", "np.inf").replace("nan", "np.nan")
    return text.replace("e+", "e")
