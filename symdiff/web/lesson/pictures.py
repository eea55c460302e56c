"""The pictures of a derivation, one for each pass, and what their nodes are called on the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symdiff.draw.graph import Style, diagram_of
from symdiff.draw.picture import Picture, Sheet
from symdiff.draw.tape import pass_tape
from symdiff.explain.derivation import Explained
from symdiff.node import Node
from symdiff.show.values import array_text
from symdiff.show.wording import Wording

_DIGITS = 3


def pictures_of(passes: Sequence[Explained], say: Wording) -> list[Picture]:
    """A picture for each pass, with the names of the derivation, and its values if it has some."""
    return [_picture(each, f"p{place}-", say) for place, each in enumerate(passes, 1)]


def _picture(explained: Explained, prefix: str, say: Wording) -> Picture:
    known = explained.values or {}

    def values(nodes: Sequence[Node]) -> Mapping[Node, str]:
        return {n: array_text(known[n], _DIGITS) for n in nodes if n in known}

    tape = pass_tape(explained.taken.target, explained.taken.wrt)
    style = Style(explained.taken.names, values, {}, say)
    return Picture([Sheet(*diagram_of(tape, style), "up")], prefix)


def ids_of(pictures: Sequence[Picture]) -> dict[Node, str]:
    """For each node that is drawn, its ids in all pictures, with spaces between them."""
    found: dict[Node, list[str]] = {}
    for picture in pictures:
        for node, name in picture.ids.items():
            if f' data-node="{name}"' in picture.svg:
                found.setdefault(node, []).append(name)
    return {node: " ".join(names) for node, names in found.items()}
