"""What one step of the pass sent, written in the names of the graph.

The rule is asked again, for a node over variables. Its answer is shown only where it becomes, with
the true nodes in place of the variables, the very node that the pass sent.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from symdiff.derive.backprop import Contribution, sent_back
from symdiff.explain.stand_ins import StandIns, written_with_names
from symdiff.node import Node
from symdiff.ops.choices import where
from symdiff.ops.leaves import CONSTANT, number_of
from symdiff.rewrite.engine import is_readable, replaced
from symdiff.rewrite.simplify import simplify
from symdiff.show.document import Math
from symdiff.show.naming import Name, Names
from symdiff.template import ANY


class Proof(Enum):
    """How a formula in names is known to be what the pass sent."""

    IDENTICAL = "with the true nodes in it, it is the node that was sent"
    MASKED = "the same, with the mask of the upstream cotangent kept outside"
    EQUAL = "the same after simplification: a number was folded"
    AS_SENT = "it is the node that was sent, written with names"
    NOTHING = "nothing was sent"


class Written(NamedTuple):
    """A contribution in names; `simpler` is an equal formula that is shorter, if there is one."""

    raw: Math
    simpler: Math | None
    proof: Proof


def contribution(step: Contribution, names: Names) -> Written:
    """What a step sent, in names."""
    if step.sent is None:
        return Written(Math("0", "0"), None, Proof.NOTHING)
    for attempt in (_plain, _masked):
        found = attempt(step, step.sent, names)
        if found is not None:
            return found
    return Written(_as_sent(step, step.sent, names), None, Proof.AS_SENT)


def _plain(step: Contribution, sent: Node, names: Names) -> Written | None:
    """The rule's answer for variables, and a variable for the cotangent."""
    stand = StandIns(step.consumer, names)
    g = stand.cotangent(step.cotangent)
    answer = sent_back(stand.node, step.place, g)
    if answer is None:
        return None
    proof = _proof(stand.real(answer, {g: step.cotangent}), sent)
    if proof is None:
        return None
    return Written(stand.written(answer), _simpler(stand, answer, {g: step.cotangent}), proof)


def _proof(found: Node, sent: Node) -> Proof | None:
    if found is sent:
        return Proof.IDENTICAL
    if is_readable([found, sent]):
        first, second = simplify([found, sent])
        return Proof.EQUAL if first is second else None
    return None


def _masked(step: Contribution, sent: Node, names: Names) -> Written | None:
    """The answer for a cotangent that a choice has masked: it is 0 where the mask fails.

    There the named cotangent is 0, too, so its name may stand for what the mask lets through.
    """
    upstream = step.cotangent
    if upstream.op.name != "where":
        return None
    condition, *branches = upstream.args
    zeros = [number_of(branch) == 0 for branch in branches]
    if zeros == [False, False]:
        return None
    stand = StandIns(step.consumer, names)
    chosen = branches[zeros.index(False)] if False in zeros else branches[0]
    g = stand.named(names.cotangent(step.consumer), "", chosen)
    called = written_with_names(condition, names, step.consumer.args, {})
    mask = stand.named(Name(*called, ANY), "", condition)
    answer = sent_back(
        stand.node, step.place, where(mask, *(g if b is chosen else b for b in branches))
    )
    if answer is None or stand.real(answer, {g: chosen, mask: condition}) is not sent:
        return None
    simpler = _simpler(stand, answer, {g: chosen})
    return Written(stand.written(answer), simpler, Proof.MASKED)


def _as_sent(step: Contribution, sent: Node, names: Names) -> Math:
    upstream = step.cotangent
    own = bool(upstream.args) and not names.has(upstream)
    more = {upstream: names.cotangent(step.consumer)} if own else {}
    return written_with_names(sent, names, (step.consumer, *step.consumer.args), more)


def _simpler(stand: StandIns, answer: Node, upstream: dict[Node, Node]) -> Math | None:
    """The simplest form, if it is shorter. A cotangent that is a number is put in."""
    numbers = {g: node for g, node in upstream.items() if node.op is CONSTANT and not node.ndim}
    simplest = stand.simplified(replaced([answer], numbers)[0])
    found, raw = stand.written(simplest), stand.written(answer)
    return found if len(found.pretty) < len(raw.pretty) else None
