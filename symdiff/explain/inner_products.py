"""Inner products and sums of formulas, with brackets where they are needed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from symdiff.node import Node
from symdiff.show.document import Math


def product(a: Math, b: Math, like: Node) -> Math:
    """The inner product of two arrays of the shape of a node; of numbers, their product.

    >>> import symdiff as sd
    >>> product(Math("1", "1"), Math("dx", "dx"), sd.scalar("x")).pretty
    'dx'
    >>> product(Math("A B", "A B"), Math("dX", "dX"), sd.matrix("X", 2, 2)).pretty
    '(A B) : dX'
    """
    if like.shape:
        return _bracketed(a) + " : " + _bracketed(b)
    return b if a.pretty == "1" else _bracketed(a) + Math(" ", " \\, ") + _bracketed(b)


def added(terms: Sequence[Math]) -> Math:
    """A sum of formulas, with a minus sign in front of those that begin with one."""
    return reduce(_plus, terms)


def _plus(a: Math, b: Math) -> Math:
    if b.pretty.startswith("−") and b.latex.startswith("-"):
        return Math(f"{a.pretty} − {b.pretty[1:]}", f"{a.latex} - {b.latex[1:]}")
    return a + " + " + b


def _bracketed(math: Math) -> Math:
    """Between brackets unless it is one letter, number or name."""
    if not any(sign in math.pretty for sign in " /−(⊙·:"):
        return math
    return Math(f"({math.pretty})", f"\\left({math.latex}\\right)")
