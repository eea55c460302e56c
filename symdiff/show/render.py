"""Writing a graph by its ops' templates: one loop for every notation, without recursion."""

from __future__ import annotations

from collections.abc import Callable

from symdiff.node import Node, topological
from symdiff.registry import Form, Op, form
from symdiff.template import ANY

TREE_LIMIT = 100_000
"""Expressions with more nodes than this, counted as often as they are written, are abridged."""

_ABRIDGED_DEPTH = 8


def render(
    node: Node,
    notation: Callable[[Op], Form],
    brackets: tuple[str, str] = ("(", ")"),
    width: int | None = None,
) -> str:
    """Write `node` in a notation; abridge with `…` what is beyond `width` or beyond all bounds."""
    if width is None:
        if _written_size(node) <= TREE_LIMIT:
            return _render(node, notation, brackets, None)
        return _render(node, notation, brackets, _ABRIDGED_DEPTH)
    for depth in range(_ABRIDGED_DEPTH, 0, -1):
        text = _render(node, notation, brackets, depth)
        if len(text) <= width:
            return text
    return text if len(text) <= width else "…"


def _render(
    node: Node, notation: Callable[[Op], Form], brackets: tuple[str, str], depth: int | None
) -> str:
    pieces: list[str] = []
    stack: list[str | tuple[Node, int, int]] = [(node, ANY, 0)]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            pieces.append(item)
            continue
        node, level, above = item
        if depth is not None and above >= depth and node.args:
            pieces.append("…")
            continue
        template = form(notation(node.op), node)
        if template.binding < level:
            pieces.append(brackets[0])
            stack.append(brackets[1])
        for part in reversed(template.parts):
            stack.append(
                part if isinstance(part, str) else (node.args[part[0]], part[1], above + 1)
            )
    return "".join(pieces)


def _written_size(node: Node) -> int:
    """How many nodes the expression has, written out; no more than the limit is counted."""
    sizes: dict[Node, int] = {}
    for each in topological([node]):
        sizes[each] = min(1 + sum(sizes[arg] for arg in each.args), TREE_LIMIT + 1)
    return sizes[node]
