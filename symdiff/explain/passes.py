"""The pass that a derivation explains: that which `grad` takes, with everything it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from symdiff.derive.backprop import GradientTable, backprop
from symdiff.derive.grad import grad
from symdiff.errors import ExplanationError, quote
from symdiff.explain.network import Network, layers_of
from symdiff.node import Node
from symdiff.rewrite.engine import Step, is_readable
from symdiff.rewrite.liveness import unprotected
from symdiff.rewrite.sharing import shared_with
from symdiff.rewrite.simplify import Trace, simplify
from symdiff.rewrite.stabilise import prepared, stabilised_around
from symdiff.show.naming import Names


@dataclass(frozen=True, slots=True)
class Pass:
    """Back-propagation of one scalar, and what came before and after it.

    target          the scalar as it was given
    preparation     the rules by which it was made safe for numbers
    table           the pass through the prepared target
    simplification  the rules applied to what the pass left
    gradients       the closed forms, those that `grad` returns
    directions      the arbitrary arrays in the target, if it was made with such
    network         the target as a layered network, if it is one
    """

    target: Node
    preparation: tuple[Step, ...]
    table: GradientTable
    simplification: Trace
    gradients: tuple[Node, ...]
    names: Names
    directions: tuple[Node, ...] = ()
    network: Network | None = None

    @property
    def prepared(self) -> Node:
        """The target as it was differentiated."""
        return self.table.target

    @property
    def wrt(self) -> tuple[Node, ...]:
        """By what it was differentiated."""
        return self.table.wrt


def take(
    target: Node,
    wrt: Sequence[Node],
    given: Mapping[str, Node],
    directions: Sequence[Node] = (),
    after: Names | None = None,
) -> Pass:
    """Take the pass that `grad` takes, and write down what happens.

    `given` are names for parts of the target; those of an earlier pass, `after`, stay.

    Raises what `grad` raises; ExplanationError should the two results not be the same nodes.
    """
    preparation: list[Step] = []
    gradients = grad(target, list(wrt))  # first, for its errors
    ready = prepared([target], wrt, preparation)[0]
    table = backprop(ready, wrt)
    trace = simplify(unprotected(table.gradients), trace=True)
    found = list(trace.results)
    if is_readable([target]):
        found = shared_with(stabilised_around(target, wrt), found)
    for x, mine, theirs in zip(wrt, found, gradients, strict=True):
        if mine is not theirs:
            raise ExplanationError(
                f"the derivation by {quote(x)} ends in {quote(mine)}, but the gradient is "
                f"{quote(theirs)}; this is an error of symdiff, please report it"
            )
    network = layers_of(target, wrt) if after is None and is_readable([target]) else None
    made = network.names(given) if network else None
    names = Names(ready, given, stated=target, after=after, made=made)
    return Pass(
        target,
        tuple(preparation),
        table,
        trace,
        tuple(found),
        names,
        tuple(directions),
        network,
    )
