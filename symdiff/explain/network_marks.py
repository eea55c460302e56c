"""What the picture of a network is made of: shapes, wires and words at their places."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple


class Form(Enum):
    """What a mark looks like."""

    CIRCLE = "circle"
    BOX = "box"
    AMPLIFIER = "amplifier"
    DOTS = "dots"


class Label(NamedTuple):
    """A short formula: a symbol with something below it, and the symbol in LaTeX."""

    pretty: str
    latex: str
    below: str = ""


class Mark(NamedTuple):
    """A shape with a label in it, or beside it where `beside` says how far below."""

    form: Form
    x: float
    y: float
    width: float
    height: float
    label: Label | None
    back: bool
    faint: bool = False


class Wire(NamedTuple):
    """A straight line between two points, with a tip at its end or without."""

    x1: float
    y1: float
    x2: float
    y2: float
    back: bool
    tip: bool = True


class Words(NamedTuple):
    """Words or a formula at a place: `style` is title, caption, weight or gain."""

    x: float
    y: float
    text: Label
    style: str
    anchor: str = "middle"
    math: bool = False


@dataclass(slots=True)
class Drawing:
    """Everything in the picture, and how large it is."""

    width: float
    height: float
    marks: list[Mark] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
