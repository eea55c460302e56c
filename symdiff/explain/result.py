"""A derivative with its name."""

from __future__ import annotations

from typing import NamedTuple

from symdiff.node import Node
from symdiff.show.document import Math


class Result(NamedTuple):
    """A derivative, and what it is called, such as ∂L/∂w."""

    name: Math
    derivative: Node
