"""Back-propagation: one visit per edge, from the target down, appending nodes to the graph.

Algorithm 6.5 and 6.6 of *Deep Learning* (Goodfellow, Bengio, Courville, 2016), symbol to symbol:
the gradient table holds expressions. Only nodes that depend on a `wrt` and on which the target
depends are visited.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from symdiff.dims import Shape
from symdiff.errors import ArgumentError, DerivativeError, ShapeError, describe, quote, shape_text
from symdiff.node import Node, topological
from symdiff.ops.elementwise import masked_sum
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

    target      what was differentiated: a scalar, unless the pass began with a cotangent
    wrt         what it was differentiated by
    lead        the leading axes that all cotangents carry; none for a gradient
    steps       every edge visited, in order
    cotangents  for every node visited, the derivative of the target by it
    no_path     those of `wrt` on which the target does not depend; their derivative is zero
    flat        those of `wrt` with a path along which every rule proved a zero derivative
    """

    target: Node
    wrt: tuple[Node, ...]
    lead: Shape = ()
    steps: list[Contribution] = field(default_factory=list)
    cotangents: dict[Node, Node] = field(default_factory=dict)
    no_path: tuple[Node, ...] = ()
    flat: tuple[Node, ...] = ()

    @property
    def gradients(self) -> list[Node]:
        """The derivative by each of `wrt`, of its shape behind `lead`, as the pass left it."""
        found = self.cotangents
        return [found[x] if x in found else zeros((*self.lead, *x.shape)) for x in self.wrt]


def backprop(
    target: Node, wrt: Node | Sequence[Node], cotangent: Node | None = None
) -> GradientTable:
    """Run back-propagation and return its record. `grad` is what most people want.

    The pass begins with the cotangent of the target, which is 1 for a scalar. A given `cotangent`
    has the target's shape, behind any leading axes, which every step then carries along.

    Raises DerivativeError for a target that is not float, or neither a scalar nor given a
    cotangent, for a `wrt` that is not float, and for an op on the way that has no derivative;
    ShapeError for a cotangent that does not fit.

    >>> import symdiff as sd
    >>> x, y = sd.scalar("x"), sd.scalar("y")
    >>> table = backprop(x * y, [x, y])
    >>> [(step.rule, str(step.receiver), str(step.sent)) for step in table.steps]
    [('multiply', 'x', '1.0 y'), ('multiply', 'y', '1.0 x')]
    """
    wanted = as_list(wrt)
    check_kinds(target, wanted)
    seed = seed_of(target, cotangent)
    order = topological([target])
    depends = dependents(order, wanted)
    table = GradientTable(target, tuple(wanted), seed.shape[: seed.ndim - target.ndim])
    if target in depends:
        table.cotangents[target] = seed
        pull_back(order, depends, table.cotangents, table.steps)
    silent = [x for x in wanted if x not in table.cotangents]
    return replace(
        table,
        no_path=tuple(x for x in silent if x not in depends),
        flat=tuple(x for x in silent if x in depends),
    )


def seed_of(target: Node, cotangent: Node | None) -> Node:
    """The cotangent that a pass begins with; one that does not fit its target is refused."""
    if cotangent is None:
        if target.shape:
            raise DerivativeError(
                f"the target {describe(target)} is not a scalar; take the gradient of its sum, "
                "sd.grad(sd.sum(target), wrt), or its Jacobian, sd.jacobian(target, wrt)"
            )
        return constant(1.0)
    if cotangent.shape[max(cotangent.ndim - target.ndim, 0) :] != target.shape:
        raise ShapeError(
            f"a cotangent of {describe(target)} has that shape, not {shape_text(cotangent.shape)}"
        )
    return cotangent


def pull_back(
    order: list[Node],
    depends: set[Node],
    cotangents: dict[Node, Node],
    steps: list[Contribution],
) -> None:
    """Visit each edge once. All consumers of a node come before it, so its sum is complete."""
    for node in reversed(order):
        g = cotangents.get(node)
        if g is None:
            continue
        for place, arg in enumerate(node.args):
            if arg not in depends:
                continue
            sent = sent_back(node, place, g)
            if sent is not None:
                sofar = cotangents.get(arg)
                # in forward order
                cotangents[arg] = sent if sofar is None else masked_sum(sent, sofar)
            steps.append(Contribution(node, place, g, sent))


def sent_back(node: Node, place: int, g: Node) -> Node | None:
    """What an argument receives from a node with the cotangent `g`, in the argument's shape."""
    sent = node.op.derivative.cotangent(node, place, g)
    shape = node.args[place].shape
    if sent is None or not node.op.elementwise or sent.shape == shape == node.shape:
        return sent
    return unbroadcast(sent, node.ndim, shape)


def dependents(order: list[Node], wrt: Sequence[Node]) -> set[Node]:
    """The nodes of `order` that depend on some of `wrt`, these included."""
    depends = set(wrt)
    for node in order:
        for arg in node.args:
            if arg in depends:
                depends.add(node)
                break
    return depends.intersection(order)


def as_list(wrt: Node | Sequence[Node]) -> list[Node]:
    """One expression or several, as a list; anything else is refused."""
    wanted: list[Node] = list(wrt) if isinstance(wrt, (list, tuple)) else [wrt]  # type: ignore
    for x in wanted:
        if not isinstance(x, Node):
            raise ArgumentError(f"wrt must be an expression or a list of expressions, not {x!r}")
    return wanted


def check_kinds(target: Node, wanted: Sequence[Node]) -> None:
    """Refuse what does not vary continuously."""
    if not isinstance(target, Node):
        raise ArgumentError(f"the target must be an expression, not {target!r}")
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
