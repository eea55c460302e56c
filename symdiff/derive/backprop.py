"""Back-propagation: one visit per edge, from the target down, appending nodes to the graph.

Algorithm 6.5 and 6.6 of *Deep Learning* (Goodfellow, Bengio, Courville, 2016), symbol to symbol:
the gradient table holds expressions. Only nodes that depend on a `wrt` and on which the target
depends are visited.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from symdiff.errors import ArgumentError, DerivativeError, describe, quote
from symdiff.node import Node, topological
from symdiff.ops.leaves import constant
from symdiff.ops.structure import unbroadcast, zeros


class Contribution(NamedTuple):
    """One edge of the pass: what `consumer` sends back to its argument `place`.

    `cotangent` is that of the consumer. `sent` is None where the rule of the consumer's op has
    proven that nothing flows.
    """

    consumer: Node
    place: int
    cotangent: Node
    sent: Node | None

    @property
    def receiver(self) -> Node:
        """The argument that receives."""
        return self.consumer.args[self.place]

    @property
    def rule(self) -> str:
        """The op whose derivative rule was applied."""
        return self.consumer.op.title(self.consumer)


@dataclass(frozen=True, slots=True)
class GradientTable:
    """What back-propagation did: the steps in order, and the table that they filled.

    target      the scalar that was differentiated
    wrt         what it was differentiated by
    steps       every edge visited, in order
    cotangents  for every node visited, the derivative of the target by it
    no_path     those of `wrt` on which the target does not depend; their derivative is zero
    flat        those of `wrt` with a path along which every rule proved a zero derivative
    """

    target: Node
    wrt: tuple[Node, ...]
    steps: list[Contribution] = field(default_factory=list)
    cotangents: dict[Node, Node] = field(default_factory=dict)
    no_path: tuple[Node, ...] = ()
    flat: tuple[Node, ...] = ()

    @property
    def gradients(self) -> list[Node]:
        """The derivative of the target by each of `wrt`, of its shape, as the pass left it."""
        return [self.cotangents[x] if x in self.cotangents else zeros(x.shape) for x in self.wrt]


def backprop(target: Node, wrt: Node | Sequence[Node]) -> GradientTable:
    """Run back-propagation and return its record. `grad` is what most people want.

    Raises DerivativeError for a target that is not a float scalar, for a `wrt` that is not float,
    and for an op on the way that has no derivative.

    >>> import symdiff as sd
    >>> x, y = sd.scalar("x"), sd.scalar("y")
    >>> table = backprop(x * y, [x, y])
    >>> [(step.rule, str(step.receiver), str(step.sent)) for step in table.steps]
    [('multiply', 'x', '1.0 y'), ('multiply', 'y', '1.0 x')]
    """
    wanted = _as_list(wrt)
    _check(target, wanted)
    order = topological([target])
    depends = _dependents(order, wanted)
    table = GradientTable(target, tuple(wanted))
    if target in depends:
        table.cotangents[target] = constant(1.0)
        _fill(table, order, depends)
    silent = [x for x in wanted if x not in table.cotangents]
    return GradientTable(
        target,
        table.wrt,
        table.steps,
        table.cotangents,
        no_path=tuple(x for x in silent if x not in depends),
        flat=tuple(x for x in silent if x in depends),
    )


def _fill(table: GradientTable, order: list[Node], depends: set[Node]) -> None:
    """Visit each edge once. All consumers of a node come before it, so its sum is complete."""
    steps, cotangents = table.steps, table.cotangents
    for node in reversed(order):
        g = cotangents.get(node)
        if g is None:
            continue
        derivative = node.op.derivative
        for place, arg in enumerate(node.args):
            if arg not in depends:
                continue
            sent = derivative.cotangent(node, place, g)
            if sent is not None:
                if node.op.elementwise and sent.shape != arg.shape:
                    sent = unbroadcast(sent, node.ndim, arg.shape)
                sofar = cotangents.get(arg)
                cotangents[arg] = sent if sofar is None else sent + sofar  # in forward order
            steps.append(Contribution(node, place, g, sent))


def _dependents(order: list[Node], wrt: Sequence[Node]) -> set[Node]:
    depends = set(wrt)
    for node in order:
        for arg in node.args:
            if arg in depends:
                depends.add(node)
                break
    return depends.intersection(order)


def _as_list(wrt: Node | Sequence[Node]) -> list[Node]:
    wanted = [wrt] if isinstance(wrt, Node) else list(wrt)
    for x in wanted:
        if not isinstance(x, Node):
            raise ArgumentError(f"wrt must be an expression or a list of expressions, not {x!r}")
    return wanted


def _check(target: Node, wanted: Sequence[Node]) -> None:
    if not isinstance(target, Node):
        raise ArgumentError(f"the target must be an expression, not {target!r}")
    if target.shape:
        raise DerivativeError(
            f"the target {describe(target)} is not a scalar; take the gradient of its sum, "
            "sd.grad(sd.sum(target), wrt), or ask for its Jacobian"
        )
    if target.dtype != "float":
        raise DerivativeError(
            f"the target {quote(target)} is of kind {target.dtype}, which does not vary "
            "continuously; only float expressions have derivatives"
        )
    for x in wanted:
        if x.dtype != "float":
            raise DerivativeError(
                f"{quote(x)} is of kind {x.dtype}, so nothing can be differentiated by it; "
                "declare it with dtype='float' if it varies continuously"
            )
