"""What is said under a picture at each step of its pass."""

from __future__ import annotations

from collections.abc import Iterator

from symdiff.explain.derivation import BackwardStep, Explained
from symdiff.explain.formulas import equation, named
from symdiff.show.document import Line, Math
from symdiff.show.wording import Wording

Caption = tuple[Line, ...]
"""Some lines: what happens, the formula, and a remark."""


def captions(explained: Explained, say: Wording, asked: bool) -> Iterator[Caption]:
    """A caption for the graph before the pass, and one for each step; no formulas if `asked`."""
    taken = explained.taken
    steps = [step for step in explained.steps if isinstance(step, BackwardStep)]
    yield (say("page.before", target=named(taken.prepared, taken.names)),)
    reached = set()
    for step in steps:
        receiver, consumer = step.contribution.receiver, step.contribution.consumer
        edge = named(consumer, taken.names) + _TO + named(receiver, taken.names)
        heading = say("page.step", number=f"{step.number}", steps=f"{len(steps)}", edge=edge)
        if asked:
            yield (heading,)
        elif step.contribution.sent is None:
            yield heading, say("page.silent")
        else:
            entry, sent = step.edge.receives, step.edge.contribution
            formula = entry + _ADDS + sent if receiver in reached else equation(entry, sent)
            reached.add(receiver)
            yield heading, (formula,), say("page.local", local=step.edge.local.math)


_TO = Math(" → ", " \\to ")
_ADDS = Math(" += ", " \\mathrel{{+}{=}} ")
