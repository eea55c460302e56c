"""What is said under a picture at each step of its pass."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from symdiff.explain.derivation import Explained
from symdiff.explain.formulas import equation, named
from symdiff.explain.steps import BackwardStep
from symdiff.node import Node
from symdiff.show.document import Line, Math
from symdiff.show.wording import Wording


class Caption(NamedTuple):
    """What a step does, in some lines; step 0 is before the pass.

    edge  the argument that receives, and the node that sends
    """

    step: int
    lines: tuple[Line, ...]
    edge: tuple[Node, ...] = ()


def captions(explained: Explained, say: Wording, asked: bool) -> Iterator[Caption]:
    """A caption for the graph before the pass, and one for each step; no formulas if `asked`.

    Steps that the derivation leaves out have none.
    """
    taken = explained.taken
    yield Caption(0, (say("page.before", target=named(taken.prepared, taken.names)),))
    reached: set[Node] = set()
    for step in explained.steps:
        if isinstance(step, BackwardStep):
            yield _caption(explained, step, say, asked, step.contribution.receiver in reached)
            if step.contribution.sent is not None:
                reached.add(step.contribution.receiver)


def _caption(
    explained: Explained, step: BackwardStep, say: Wording, asked: bool, again: bool
) -> Caption:
    names, total = explained.taken.names, len(explained.taken.table.steps)
    ends = step.contribution.receiver, step.contribution.consumer
    edge = named(ends[1], names) + Math(" → ", " \\to ") + named(ends[0], names)
    lines = [say("page.step", number=f"{step.number}", steps=f"{total}", edge=edge)]
    if not asked and step.contribution.sent is None:
        lines.append(say("page.silent"))
    elif not asked:
        entry, sent = step.edge.receives, step.edge.simpler or step.edge.contribution
        lines.append((entry + _ADDS + sent if again else equation(entry, sent),))
        lines.append(say("page.local", local=step.edge.local.math))
    return Caption(step.number, tuple(lines), ends)


_ADDS = Math(" += ", " \\mathrel{{+}{=}} ")
