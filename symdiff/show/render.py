"""Writing a graph by its ops' templates: one loop for every notation, without recursion."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping

from symdiff.node import Node, topological
from symdiff.registry import Form, Op, form
from symdiff.template import ANY, Slot

TREE_LIMIT = 100_000
"""Expressions with more nodes than this, counted as often as they are written, are abridged."""

_ABRIDGED_DEPTH = 8

_DENSEST = 4
"""So many nodes a character are looked at before an expression counts as too long to fit."""


def render(
    node: Node,
    notation: Callable[[Op], Form],
    brackets: tuple[str, str] = ("(", ")"),
    width: int | None = None,
    depth: int | None = None,
    named: Container[Node] = (),
) -> str:
    """Write `node` in a notation; abridge with `…` what is beyond `width` or beyond all bounds.

    `depth` bounds how many ops are written inside each other. `named` are nodes that the notation
    writes as names.
    """
    if width is not None:
        depth = depth_within(node, notation, width, brackets)
    elif depth is None:
        depth = depth_to_bound(node, named)
    return "".join(_pieces(node, notation, brackets, depth))


def depth_to_bound(node: Node, named: Container[Node] = ()) -> int | None:
    """None for an expression that is written as a whole, else how deep it is written."""
    return _ABRIDGED_DEPTH if _written_size(node, named) > TREE_LIMIT else None


def depth_within(
    node: Node,
    notation: Callable[[Op], Form],
    width: int,
    brackets: tuple[str, str] = ("(", ")"),
) -> int | None:
    """How deep an expression may be written to fit into `width`: None if it fits as a whole.

    At depth 0 it is only `…`.
    """
    depths: list[int | None] = [None] if _has_at_most(_DENSEST * width, node) else []
    depths += range(_ABRIDGED_DEPTH, 0, -1)
    for depth in depths:
        if _within(width, _pieces(node, notation, brackets, depth)) is not None:
            return depth
    return 0


def _has_at_most(count: int, node: Node) -> bool:
    """True for an expression with so many nodes or fewer, counted as often as they are written."""
    stack = [node]
    while stack and count:
        stack.extend(stack.pop().args)
        count -= 1
    return not stack


def render_whole(node: Node, notation: Callable[[Op], Form], width: int) -> str | None:
    """Write `node` in a notation; None where it does not fit into `width`, or is too deep."""
    text = _within(width, _pieces(node, notation, ("(", ")"), _ABRIDGED_DEPTH))
    return None if text is None or "…" in text else text


def _within(width: int, pieces: Iterator[str]) -> str | None:
    """The text, or None as soon as it is longer than `width`."""
    text = ""
    for piece in pieces:
        text += piece
        if len(text) > width:
            return None
    return text


def _pieces(
    node: Node, notation: Callable[[Op], Form], brackets: tuple[str, str], depth: int | None
) -> Iterator[str]:
    for piece in pieces_around(node, notation, brackets, depth, {}):
        assert isinstance(piece, str)
        yield piece


def pieces_around(
    node: Node,
    notation: Callable[[Op], Form],
    brackets: tuple[str, str],
    depth: int | None,
    places: Mapping[Node, int],
) -> Iterator[str | Slot]:
    """The pieces of a text, with slots at the `places` that are given for some nodes."""
    stack: list[str | tuple[Node, int, int]] = [(node, ANY, 0)]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
            continue
        node, level, above = item
        if node in places:
            yield Slot(places[node], level)
            continue
        if depth is not None and above >= depth and (node.args or not depth):
            yield "…"
            continue
        template = form(notation(node.op), node)
        if template.binding < level:
            yield brackets[0]
            stack.append(brackets[1])
        for part in reversed(template.parts):
            stack.append(
                part if isinstance(part, str) else (_filling(node, part), part.level, above + 1)
            )


def _filling(node: Node, slot: Slot) -> Node:
    """What a slot of a node's template stands for: an argument, or a part of one."""
    for place in (slot.place, *slot.inner):
        node = node.args[place]
    return node


def _written_size(node: Node, named: Container[Node]) -> int:
    """How many nodes the expression has, written out; no more than the limit is counted."""
    sizes: dict[Node, int] = {}
    for each in topological([node], known=named):
        below = () if each in named else each.args
        sizes[each] = min(1 + sum(sizes[arg] for arg in below), TREE_LIMIT + 1)
    return sizes[node]
