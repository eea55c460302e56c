"""What back-propagation appends, step by step: which node is there from which step on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from symdiff.derive.backprop import Contribution, GradientTable, backprop
from symdiff.derive.grad import grad
from symdiff.node import Node, topological
from symdiff.ops.choices import masked_sum
from symdiff.rewrite.stabilise import prepared


@dataclass(frozen=True, slots=True)
class Tape:
    """A graph, and what its derivative appends to it.

    forward     the nodes of the targets, each after its arguments
    appended    the others that derivatives need, each after its arguments
    since       the place of the step from which each appended node is there
    belongs     for cotangents, the forward nodes whose cotangent they are, from the target down
    """

    targets: tuple[Node, ...]
    forward: tuple[Node, ...]
    wrt: tuple[Node, ...] = ()
    appended: tuple[Node, ...] = ()
    steps: tuple[Contribution, ...] = ()
    since: Mapping[Node, int] = field(default_factory=dict)
    belongs: Mapping[Node, list[Node]] = field(default_factory=dict)
    complete: Mapping[Node, int] = field(default_factory=dict)
    cotangents: Mapping[Node, Node] = field(default_factory=dict)


def forward_tape(targets: Sequence[Node]) -> Tape:
    """The graph of some expressions alone."""
    return Tape(tuple(targets), tuple(topological(targets)))


def simplified_tape(target: Node, wrt: Sequence[Node]) -> Tape:
    """A graph, and the simplified gradients of its target."""
    forward = topological([target, *wrt])
    known = set(forward)
    gradients = grad(target, list(wrt))
    appended = [n for n in topological(gradients, known) if n not in known]
    belongs: dict[Node, list[Node]] = {}
    for x, gradient in zip(wrt, gradients, strict=True):
        belongs.setdefault(gradient, []).append(x)
    return Tape(
        (target,), tuple(forward), tuple(wrt), tuple(appended), belongs=belongs,
        cotangents=dict(zip(wrt, gradients, strict=True)),
    )  # fmt: skip


def pass_tape(target: Node, wrt: Sequence[Node]) -> Tape:
    """A graph as it is differentiated, and all that back-propagation appends.

    Raises what `backprop` raises.
    """
    ready = prepared([target], wrt)[0]
    table = backprop(ready, list(wrt))
    forward = topological([ready, *wrt])
    seen = set(forward)
    appended: list[Node] = []
    since: dict[Node, int] = {}

    def note(node: Node, step: int) -> None:
        new = [n for n in topological([node], seen) if n not in seen]
        seen.update(new)
        appended.extend(new)
        since.update(dict.fromkeys(new, step))

    complete = _replay(table, note)
    for gradient in table.gradients:
        note(gradient, max(len(table.steps) - 1, 0))
    belongs: dict[Node, list[Node]] = {}
    found = {**table.cotangents, **dict(zip(table.wrt, table.gradients, strict=True))}
    for node in reversed(forward):
        if node in found:
            belongs.setdefault(found[node], []).append(node)
            complete.setdefault(node, max(len(table.steps) - 1, 0))
    return Tape(
        (ready,), tuple(forward), tuple(wrt), tuple(appended), tuple(table.steps),
        since, belongs, complete, found,
    )  # fmt: skip


def _replay(table: GradientTable, note: Callable[[Node, int], None]) -> dict[Node, int]:
    """Tell what each step appends; return the step after which each cotangent is complete."""
    sums: dict[Node, Node] = {}
    complete: dict[Node, int] = {}
    if table.target in table.cotangents:
        sums[table.target] = table.cotangents[table.target]
        complete[table.target] = 0
        note(sums[table.target], 0)
    for place, step in enumerate(table.steps):
        if step.sent is None:
            continue
        receiver = step.receiver
        note(step.sent, place)
        before = sums.get(receiver)
        sums[receiver] = step.sent if before is None else masked_sum(step.sent, before)
        note(sums[receiver], place)
        complete[receiver] = place
    return complete
