"""Sentences with slots become lines of documents, whose formulas and numbers are made, not typed.

    prose("The gradient is {g}, see `sd.grad`.", g=sd.grad(loss, w))

A slot is filled with an expression, a number or array, a formula, words, or a whole line. What
stands between backticks is code, what stands between double asterisks is stressed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from string import Formatter
from typing import TypeAlias

import numpy as np

from symdiff.errors import ArgumentError
from symdiff.node import Node
from symdiff.show.document import Blank, Code, Inline, Line, Math, Strong
from symdiff.show.naming import in_both
from symdiff.show.values import Array, array_math

Filling: TypeAlias = "Node | float | np.generic | Array | list[float] | Inline | Line"
"""What a slot of a sentence can hold. Lists are arrays, tuples are lines."""

_MARKS = re.compile(r"`([^`]+)`|\*\*(.+?)\*\*")


def prose(sentence: str, /, **fillings: Filling) -> Line:
    """Return a sentence as a line of a document, its slots filled.

    After a colon a slot says how many digits its numbers have: `{value:6}`.

    Raises ArgumentError for a slot that nothing fills.

    >>> import symdiff as sd
    >>> from symdiff.show.writers.text import plain
    >>> w, X = sd.vector("w", "d"), sd.matrix("X", "n", "d")
    >>> plain(prose("By {w}, `grad` gives {g} of size {size:3}.", w=w, g=X @ w, size=2 / 3))
    'By w, grad gives X w of size 0.667.'
    """
    return tuple(_pieces(sentence, fillings))


def _pieces(sentence: str, fillings: Mapping[str, Filling]) -> Iterator[Inline]:
    for literal, slot, digits, _ in Formatter().parse(sentence):
        yield from _marked(literal)
        if slot is None:
            continue
        if slot not in fillings:
            known = ", ".join(map(repr, fillings)) or "none"
            raise ArgumentError(f"nothing fills the slot {slot!r} of {sentence!r}; given: {known}")
        yield from as_line(fillings[slot], int(digits or 4))


def _marked(text: str) -> Iterator[Inline]:
    """Words, with code and stress where they are marked."""
    end = 0
    for mark in _MARKS.finditer(text):
        if mark.start() > end:
            yield text[end : mark.start()]
        code, strong = mark.groups()
        yield Code(code) if code else Strong(strong)
        end = mark.end()
    if end < len(text):
        yield text[end:]


def as_line(filling: Filling, digits: int = 4) -> Line:
    """What fills a slot, as pieces of a line."""
    if isinstance(filling, Node):
        return (Math(*in_both(filling)),)
    if isinstance(filling, (str, Math, Code, Blank, Strong)):
        return (filling,)
    if isinstance(filling, tuple):
        return filling  # type: ignore[return-value]  # a line, as the pieces are told apart above
    return (array_math(filling, digits),)


def formula(pretty: str, latex: str, /, **parts: Node | Math) -> Math:
    r"""Fill a formula, written in Unicode and in LaTeX, whose braces stand doubled, with parts.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> formula("Σⱼ {term}ⱼ", r"\sum_{{j}} {term}_{{j}}", term=sd.tanh(x))
    Math(pretty='Σⱼ tanh(x)ⱼ', latex='\\sum_{j} \\tanh\\left(x\\right)_{j}')
    """
    written = {name: _math(part) for name, part in parts.items()}
    return Math(
        pretty.format(**{name: part.pretty for name, part in written.items()}),
        latex.format(**{name: part.latex for name, part in written.items()}),
    )


def _math(part: Node | Math) -> Math:
    return Math(*in_both(part)) if isinstance(part, Node) else part


def beside(*formulas: Node | Math | str, between: str | Math = " = ") -> Math:
    r"""Put formulas side by side, with a sign between them.

    >>> import symdiff as sd
    >>> z, x, y = sd.scalar("z"), sd.scalar("x"), sd.scalar("y")
    >>> beside(z, x * y)
    Math(pretty='z = x y', latex='z = x \\, y')
    """
    written = [f if isinstance(f, str) else _math(f) for f in formulas]
    row = Math("", "")
    for place, formula in enumerate(written):
        row = row + between + formula if place else row + formula
    return row
