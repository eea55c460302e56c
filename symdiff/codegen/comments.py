"""Comments of generated statements: the shape of a value, and what it stands for."""

from __future__ import annotations

import re
from collections.abc import Container

from symdiff.codegen.layout import WIDTH
from symdiff.errors import shape_text
from symdiff.node import Node
from symdiff.ops.several import WHOLE
from symdiff.show.text import whole_text

MOST_COMMENTED = 200
"""Longer programs carry no comments: nobody reads them, and comments cost more than code."""


def comment(line: str, expression: str, node: Node, temporaries: Container[str]) -> str:
    """The shape of a value, and what it stands for where temporaries hide that."""
    if node.op is WHOLE:
        return ""
    shape = f"  # {shape_text(node.shape) if node.ndim else 'scalar'}"
    if len(line) + len(shape) > WIDTH:
        return ""
    stands_for = meaning(len(line) + len(shape), expression, node, temporaries)
    return f"{shape}  {stands_for}" if stands_for else shape


def meaning(start: int, expression: str, node: Node, temporaries: Container[str]) -> str:
    """What a value stands for, where temporaries hide that and it fits behind column `start`."""
    room = WIDTH - start - 2
    if room < 8 or not any(word in temporaries for word in re.findall(r"\w+", expression)):
        return ""
    return whole_text(node, room) or ""
