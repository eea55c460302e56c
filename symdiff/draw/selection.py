"""Which nodes of a graph are drawn on their own, which in boxes, and what all of them are called.

Numbers are written into the operations that use them. Of a graph that is too large, groups become
boxes; if there are none, or too few, the two ends are drawn and the rest becomes boxes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from symdiff.draw.collapse import ends, parts, without_cycles
from symdiff.draw.labels import can_write, is_short
from symdiff.draw.tape import Tape
from symdiff.node import Node

_MOST = 200
"""With more nodes than this, parts of a graph become boxes."""

_MOST_RESULTS, _MOST_NEAR = 12, 40
"""How many results, and derivative nodes at each end, are drawn of a graph that is too large."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The nodes of a picture.

    forward   the nodes that are drawn of the graph itself, on their own or in boxes
    appended  those that are drawn of its derivative
    written   numbers that are written into the operations that use them
    box       for nodes in boxes, the number of the box
    ids       what each node is called, those in one box the same
    """

    forward: tuple[Node, ...]
    appended: tuple[Node, ...]
    written: frozenset[Node]
    box: Mapping[Node, int]
    ids: Mapping[Node, str]

    def alone(self) -> list[Node]:
        """The nodes that are drawn on their own."""
        return [n for n in (*self.forward, *self.appended) if n not in self.box]


def select(tape: Tape, flow: bool, groups: Mapping[str, frozenset[Node]]) -> Selection:
    """What a picture of a graph shows; as a flow, nothing of what is appended."""
    appended = () if flow else tape.appended
    written = _written(tape, appended, flow)
    sides = [[n for n in side if n not in written] for side in (tape.forward, appended)]
    box = _boxes(tape, sides, groups) if sum(map(len, sides)) > _MOST else {}
    ids = {
        node: f"box{box[node]}" if node in box else f"{letter}{place}"
        for letter, side in (("n", tape.forward), ("d", appended))
        for place, node in enumerate(side, 1)
    }
    return Selection(tuple(sides[0]), tuple(sides[1]), frozenset(written), box, ids)


def _written(tape: Tape, appended: Sequence[Node], flow: bool) -> set[Node]:
    """Numbers that every operation that uses them can mention, and that are nothing else."""
    fixed = {*tape.targets, *tape.wrt, *(() if flow else tape.belongs)}
    everything = (*tape.forward, *appended)
    found = {n for n in everything if is_short(n) and n not in fixed}
    for node in everything:
        for place, arg in enumerate(node.args):
            if arg in found and not can_write(node, place):
                found.discard(arg)
    return found


def _boxes(
    tape: Tape, sides: Sequence[Sequence[Node]], groups: Mapping[str, frozenset[Node]]
) -> dict[Node, int]:
    grouped = _groups_as_boxes(tape, sides, groups)
    box = without_cycles([n for side in sides for n in side], grouped)
    alone = sum(n not in box for side in sides for n in side)
    if alone + len(set(box.values())) <= _MOST:
        return box
    return parts(sides, _kept(tape, *sides))


def _groups_as_boxes(
    tape: Tape, sides: Sequence[Sequence[Node]], groups: Mapping[str, frozenset[Node]]
) -> dict[Node, int]:
    """A box for each group, and one for what the pass appends at its nodes."""
    number = {node: k for k, members in enumerate(groups.values()) for node in members}
    box = {node: number[node] for node in sides[0] if node in number}
    for node in sides[1]:
        consumer = tape.steps[tape.since[node]].consumer if node in tape.since else None
        if consumer in number:
            box[node] = len(groups) + number[consumer]
    return box


def _kept(tape: Tape, forward: Sequence[Node], appended: Sequence[Node]) -> set[Node]:
    """Both ends of a graph, what the pass appends for them, and results."""
    wanted = tape.wrt[:_MOST_RESULTS]
    kept = ends(forward) | {*tape.targets[:_MOST_RESULTS], *wanted}

    def is_near(node: Node) -> bool:
        return not tape.steps or tape.steps[tape.since[node]].consumer in kept

    near = {*takewhile(is_near, appended[:_MOST_NEAR])}
    near |= {*takewhile(is_near, appended[: -_MOST_NEAR - 1 : -1])}
    return kept | near | {tape.cotangents[x] for x in wanted if x in tape.cotangents}
