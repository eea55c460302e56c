"""What an answer is made of. The page has one way to show each kind of card."""

from __future__ import annotations

from typing import Any, NamedTuple

from symdiff.errors import shape_text
from symdiff.node import Node
from symdiff.show.document import Math
from symdiff.show.latex import latex
from symdiff.show.naming import Name
from symdiff.show.text import pretty, text
from symdiff.show.wording import Wording
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
    """Text in lines, such as a program, under a heading; `folded` shows the heading alone."""

    text: str
    language: str
    heading: str
    folded: bool = False


class Grid(NamedTuple):
    """A table. `ok` says which rows hold, where rows are verdicts."""

    head: list[str]
    rows: list[list[str]]
    ok: list[bool] | None = None
    caption: str = ""


class Article(NamedTuple):
    """A document, as its HTML writer wrote it."""

    tree: Tree


class Picture(NamedTuple):
    """A picture, under a heading, and the formats that can be copied; 0 steps if it has none."""

    tree: Tree
    steps: int
    heading: str
    copies: dict[str, str]


class Remark(NamedTuple):
    """A sentence."""

    text: str


Card = Formula | Code | Grid | Article | Picture | Remark


def written(card: Card) -> dict[str, Any]:
    """A card as JSON has it."""
    return {"card": type(card).__name__.lower(), **card._asdict()}


def formula(node: Node, name: Name | None, say: Wording) -> Formula:
    """The card of an expression, equal to `name`; it says the expression's shape."""
    copies = {"pretty": pretty(node), "text": text(node), "latex": latex(node)}
    whole = copies["pretty"]
    shown = Math(whole if len(whole) <= ABRIDGED else pretty(node, ABRIDGED), copies["latex"])
    if name is not None:
        shown = Math(name.pretty, name.latex) + " = " + shown
    return Formula(typeset(shown), shown.pretty, copies, shape_said(node, say))


def shape_said(node: Node, say: Wording) -> str:
    """The shape of an expression, in words."""
    if not node.ndim:
        return say.text("play.scalar")
    return say.text("play.shape", shape=shape_text(node.shape))
