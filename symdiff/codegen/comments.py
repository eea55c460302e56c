"""Comments of generated statements: the shape of a value, and what it stands for."""

from __future__ import annotations

import re
from collections.abc import Container

from symdiff.codegen.layout import WIDTH
from symdiff.errors import shape_text
from symdiff.node import Node
from symdiff.ops.several import WHOLE
from symdiff.show.text import text


def comment(line: str, expression: str, node: Node, temporaries: Container[str]) -> str:
    """The shape of a value, and what it stands for where temporaries hide that."""
    if node.op is WHOLE:
        return ""
    shape = f"  # {shape_text(node.shape) if node.ndim else 'scalar'}"
    if len(line) + len(shape) > WIDTH:
        return ""
    room = WIDTH - len(line) - len(shape) - 2
    if room < 8 or not any(word in temporaries for word in re.findall(r"\w+", expression)):
        return shape
    meaning = text(node, width=room)
    return shape if "…" in meaning else f"{shape}  {meaning}"
