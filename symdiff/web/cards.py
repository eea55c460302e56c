"""What an answer is made of. The page has one way to show each kind of card."""

from __future__ import annotations

from typing import Any, NamedTuple

from symdiff.node import Node
from symdiff.show.latex import latex
from symdiff.show.text import pretty, text
from symdiff.web.tree import Tree, typeset

ABRIDGED = 4000
"""Expressions with more characters are shown with their inner parts left out."""


class Formula(NamedTuple):
    """An expression, typeset if it is not too long, and in the notations that can be copied."""

    math: Tree | None
    plain: str
    copies: dict[str, str]
    note: str = ""


class Code(NamedTuple):
    """Text in lines, such as a program, under a heading."""

    text: str
    language: str
    heading: str = ""


class Grid(NamedTuple):
    """A table. `ok` says which rows hold, where rows are verdicts."""

    head: list[str]
    rows: list[list[str]]
    ok: list[bool] | None = None
    caption: str = ""


class Remark(NamedTuple):
    """A sentence."""

    text: str


Card = Formula | Code | Grid | Remark


def written(card: Card) -> dict[str, Any]:
    """A card as JSON has it."""
    return {"card": type(card).__name__.lower(), **card._asdict()}


def formula(node: Node, left: tuple[str, str] | None = None, note: str = "") -> Formula:
    """The card of an expression; `left` stands before an equals sign, in Unicode and in LaTeX."""
    copies = {"pretty": pretty(node), "text": text(node), "latex": latex(node)}
    above, typed = (f"{left[0]} = ", f"{left[1]} = ") if left else ("", "")
    math = typeset(typed + copies["latex"])
    whole = copies["pretty"]
    plain = whole if len(whole) <= ABRIDGED else pretty(node, width=ABRIDGED)
    return Formula(math, above + plain, copies, note)
