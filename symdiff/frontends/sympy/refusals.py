"""What cannot be read from SymPy, told with the part that it is."""

from __future__ import annotations

from typing import Any, NoReturn, TypeAlias

import sympy

from symdiff.dims import Size, size_of
from symdiff.errors import ArgumentError

Expression: TypeAlias = Any
"""A SymPy expression; SymPy has no types."""

_LONGEST = 60


def refuse(expression: Expression, reason: str) -> NoReturn:
    """Say which part of an expression cannot be read, and why."""
    raise ArgumentError(f"cannot read {quoted(expression)} from SymPy: {reason}")


def quoted(expression: Expression) -> str:
    """An expression of SymPy in a message, abridged."""
    try:
        text = str(expression)
    except RecursionError:
        text = f"{type(expression).__name__}(…)"
    return f"`{text if len(text) <= _LONGEST else text[: _LONGEST - 1] + '…'}`"


def size_said(expression: Expression, said: Any) -> Size:
    try:
        return size_of(sympy.sympify(said, strict=True))
    except (ArgumentError, AttributeError) as error:
        refuse(expression, f"{error}")
