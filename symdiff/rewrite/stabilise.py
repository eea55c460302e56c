"""Stabilising: what is done to a formula before it is differentiated, so that numbers are right.

Unstable spellings are replaced by stable ones, by the rules of `symdiff.rewrite.stability`, and
what no choice takes is kept away from functions that may be infinite there (`rewrite.liveness`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, overload

from symdiff.binding import as_nodes
from symdiff.node import Node
from symdiff.rewrite.engine import Rewriter, Step, leaving
from symdiff.rewrite.liveness import protected
from symdiff.rewrite.opened import is_derived, opened_across
from symdiff.rewrite.simplify import Trace
from symdiff.rewrite.stability import RULES


@overload
def stabilise(expressions: Node, trace: Literal[False] = False) -> Node: ...
@overload
def stabilise(expressions: Sequence[Node], trace: Literal[False] = False) -> list[Node]: ...
@overload
def stabilise(expressions: Node | Sequence[Node], trace: Literal[True]) -> Trace: ...
def stabilise(expressions: Node | Sequence[Node], trace: bool = False) -> Node | list[Node] | Trace:
    """Return equal expressions whose derivatives are finite wherever the true ones are.

    Every derivative does this first. With `trace`, the result is a `Trace`, which lists the rules
    that were applied.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> print(stabilise(sd.log(sd.sum(sd.exp(x)))))
    logsumexp(x)
    >>> print(stabilise(sd.log(1 + sd.exp(x)), trace=True))
    softplus: log(1 + exp(x))  →  softplus(x)
    """
    outputs = as_nodes(expressions)
    steps: list[Step] = []
    results = _stabilised(outputs, steps if trace else None)
    if trace:
        return Trace(tuple(results), tuple(steps))
    return results[0] if isinstance(expressions, Node) else results


def prepared(
    targets: Sequence[Node], wrt: Sequence[Node], log: list[Step] | None = None
) -> list[Node]:
    """Targets as they are differentiated: stabilised and protected, with `wrt` left as they are.

    The rules by which they were stabilised are appended to `log`.
    """
    steps: list[Step] = []

    def rewriting(outputs: Sequence[Node]) -> list[Node]:
        outputs = opened_across(outputs, RULES, is_derived)
        results = protected(_stabilised(outputs, None if log is None else steps))
        return [*results, *(side for step in steps for side in (step.before, step.after))]

    found = leaving(wrt, targets, rewriting)
    if log is not None:
        sides = found[len(targets) :]
        log.extend(map(Step, (step.rule for step in steps), sides[::2], sides[1::2]))
    return found[: len(targets)]


def stabilised_around(target: Node, wrt: Sequence[Node]) -> Node:
    """A target stabilised, with `wrt` left as they are."""
    return leaving(wrt, [target], _stabilised)[0]


def _stabilised(outputs: Sequence[Node], log: list[Step] | None = None) -> list[Node]:
    return Rewriter(RULES, outputs, {}, log).run()
