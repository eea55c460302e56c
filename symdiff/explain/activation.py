"""Activations: what is a function of each entry alone, what it is called, and its slope."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from symdiff.check import check
from symdiff.derive.grad import grad
from symdiff.errors import ExplanationError, InputError
from symdiff.explain.letters import letter
from symdiff.node import Node, topological
from symdiff.ops import activations
from symdiff.ops.contraction import sum
from symdiff.ops.leaves import number_of
from symdiff.registry import FUNCTIONS
from symdiff.rewrite.engine import replaced


class Activation(NamedTuple):
    """`a = σ(z)`, entry by entry.

    name   the name of the function that people would call, or None for one without a name
    z, a   the argument and the value
    """

    name: str | None
    z: Node
    a: Node

    def of(self, z: Node) -> Node:
        """The same function of something else."""
        return replaced([self.a], {self.z: z})[0]

    def slope(self, z: Node) -> Node:
        """σ'(z), found for a letter, so that what is below z plays no part."""
        u = letter("u", z.shape)
        return replaced([grad(sum(self.of(u)), u)], {u: z})[0]

    @property
    def is_linear(self) -> bool:
        """True if the slope is a number."""
        return number_of(self.slope(letter("z", ()))) is not None

    def check(self) -> None:
        """Compare the slope with finite differences.

        Raises ExplanationError if they do not agree.
        """
        z = letter("z", (len(_PLACES),))
        target = sum(self.of(z))
        try:
            found = check(target, z, at={z: _PLACES})
        except InputError:  # such as a logarithm, which negative numbers do not have
            found = check(target, z)
        for comparison in found:
            if not comparison.ok:
                raise ExplanationError(f"the slope of the activation {self.of(z)}: {comparison}")


_PLACES = np.array([-2.3, -0.9, -0.35, 0.15, 0.7, 1.6])
"""Where slopes are measured: on both sides of 0, away from the kinks that activations have."""


def entrywise(order: Iterable[Node], z: Node) -> dict[Node, None]:
    """The nodes that are functions of the entries of `z` alone, in order; `z` is the first.

    Scalars that do not depend on `z` may take part, such as the slope of a leaky unit.
    """
    found: dict[Node, None] = {z: None}
    for node in order:
        if node in found or not node.op.elementwise or node.shape != z.shape:
            continue
        others = [arg for arg in node.args if arg not in found]
        if len(others) < len(node.args) and all(not x.args and not x.ndim for x in others):
            found[node] = None
    return found


def activation_of(a: Node, z: Node) -> Activation:
    """The function by which `a` comes from `z`, with its name if it has one."""
    return Activation(_name(a, z), z, a)


def output_activation(target: Node, z: Node) -> Activation | None:
    """The activation through which alone the target depends on `z`, if there is one.

    That is the first function with a name. A scaling, a sign or a square is rather part of the
    loss, unless the loss then compares it with something else: so far all is an activation.
    """
    order = topological([target])
    steps = [a for a in entrywise(order, z) if a is not z and passes_only_through(target, a, z)]
    named = (activation_of(a, z) for a in steps if _name(a, z) is not None)
    compared = (
        activation_of(a, z) for a in steps[-1:]
        if all(user.op.elementwise for user in order if a in user.args)
    )  # fmt: skip
    return next((each for each in (*named, *compared) if not each.is_linear), None)


def passes_only_through(target: Node, gate: Node, node: Node) -> bool:
    """True if every path from the target to `node` goes through `gate`."""
    return node not in topological([target], known={gate})


def _name(a: Node, z: Node) -> str | None:
    """What the function of `z` is called: the op's own name, or that of a function of several."""
    if a.args == (z,):
        return a.op.title(a)
    return next((name for name in activations.__all__ if FUNCTIONS[name](z) is a), None)
