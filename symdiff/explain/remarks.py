"""Where a node's derivative is a convention, or is not: remarks about a step, and about a point."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from symdiff.binding import size_names
from symdiff.conventions import conventions
from symdiff.derive.backprop import Contribution, GradientTable, dependents, held, sent_back
from symdiff.domain import Exclusion, exclusions
from symdiff.evaluate import evaluate
from symdiff.explain.formulas import named
from symdiff.explain.stand_ins import StandIns, written_with_names
from symdiff.node import Node, topological
from symdiff.ops.leaves import INEXACT, VARIABLE
from symdiff.registry import CONVENTION, Held
from symdiff.rewrite.engine import leaving
from symdiff.rewrite.simplify import simplify
from symdiff.show.document import Code, Line, Math
from symdiff.show.naming import Names
from symdiff.show.wording import Wording

Array: TypeAlias = "np.ndarray[Any, Any]"


class Facts(NamedTuple):
    """What is known of the nodes of a pass as a whole.

    exceptions  for each node, where it or its derivative is not what it is elsewhere
    held        the nodes that depend on `wrt` only through what is held constant
    sizes       numbers for named sizes, where values are given
    """

    exceptions: dict[Node, tuple[Exclusion, ...]]
    held: set[Node]
    sizes: Mapping[str, int]

    @staticmethod
    def of(table: GradientTable, sizes: Mapping[str, int] | None = None) -> Facts:
        """Of graphs with complex numbers no exceptions are listed, as in `symdiff.domain`."""
        order = topological([table.target])
        real = all(node.dtype != "complex" for node in order)
        found: dict[Node, tuple[Exclusion, ...]] = {}
        for exclusion in exclusions(table.target, table.wrt) if real else ():
            found[exclusion.node] = (*found.get(exclusion.node, ()), exclusion)
        still = held(order, dependents(order, table.wrt), table.wrt)
        return Facts(found, still, sizes or {})


def remarks(
    step: Contribution,
    names: Names,
    facts: Facts,
    say: Wording,
    values: Mapping[Node, Array] | None = None,
) -> tuple[Line, ...]:
    """What to say of a step: what is held, where it is an exception, and whether `values` are."""
    consumer, place = step.consumer, step.place
    still = _still(step, names, facts, say)
    if still is not None and (step.receiver.dtype not in INEXACT or step.receiver in facts.held):
        return (still,)
    found: list[Line] = [] if still is None else [still]
    if consumer.args.count(step.receiver) > 1:
        words = {"argument": named(step.receiver, names), "value": named(consumer, names)}
        found.append(say("edge.place", **words, place=str(place + 1)))
    if consumer.op.remark:
        words = {"argument": named(step.receiver, names), "value": named(consumer, names)}
        found.append(say(consumer.op.remark, **words))
    elif consumer.op.reference:
        found.append(say("edge.reference", rule=Code(step.rule), source=consumer.op.reference))
    for exclusion in facts.exceptions.get(consumer, ()):
        near = (consumer, *consumer.args)
        condition = leaving(near, [exclusion.where], simplify)[0]
        where = written_with_names(condition, names, near, {})
        value = named(consumer, names)
        found.append(say(f"edge.{exclusion.effect}", where=where, value=value))
        if exclusion.effect == CONVENTION and _has_sides(consumer, place, names):
            found[-1] += say(f"edge.at_kinks.{conventions().at_kinks}")
        if values is not None:
            found += _here(exclusion, where, say, values, facts.sizes)
    return tuple(found)


def _still(step: Contribution, names: Names, facts: Facts, say: Wording) -> Line | None:
    """Why nothing was sent, if that is so."""
    value = named(step.consumer, names)
    argument = named(step.receiver, names)
    if step.sent is not None:
        return None
    if step.receiver in facts.held:
        return say("edge.held", argument=argument)
    if isinstance(step.consumer.op.derivative, Held):
        return say("edge.holds", value=value)
    if step.receiver.dtype not in INEXACT:
        return say("edge.discrete", argument=argument)
    return say("edge.flat", value=value, argument=argument)


def _has_sides(consumer: Node, place: int, names: Names) -> bool:
    """True for an elementwise rule that answers otherwise with another choice at kinks."""
    if not consumer.op.elementwise:
        return False
    stand = StandIns(consumer, names)
    g = stand.cotangent(consumer)
    answers = []
    for side in ("left", "right"):
        with conventions(at_kinks=side):
            answers.append(sent_back(stand.node, place, g))
    return answers[0] is not answers[1]


def _here(
    exclusion: Exclusion,
    where: Math,
    say: Wording,
    values: Mapping[Node, Array],
    sizes: Mapping[str, int],
) -> list[Line]:
    """That the point is at the exception, if it is."""
    conditions = [exclusion.where, *(guard for guard, _ in exclusion.guards)]
    order = topological(conditions, known=values)
    given = {node: values[node] for node in order if node in values}
    told = {
        str(size): actual
        for node, value in given.items()
        for size, actual in zip(node.shape, value.shape, strict=True)
        if str(size).isidentifier()
    } | dict(sizes)
    needed = size_names(order)
    unknown = [n for n in order if n not in given and n.op is VARIABLE]
    if unknown or any(name not in told for name in needed):
        return []
    known: dict[str, Any] = {name: told[name] for name in needed}
    with np.errstate(all="ignore"):
        holds, *guards = evaluate(conditions, given, **known)
    for guard, (_, wanted) in zip(guards, exclusion.guards, strict=True):
        holds = holds & (guard if wanted else ~guard)
    count = int(np.count_nonzero(holds))
    if not count:
        return []
    of = str(np.size(holds))
    key = "edge.here" if np.ndim(holds) else "edge.here.scalar"
    return [say(key, where=where, count=str(count), of=of)]
