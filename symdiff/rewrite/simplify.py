"""Simplification: all rules together, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from symdiff.node import Node, topological
from symdiff.rewrite import algebra, contraction, functions, linear_algebra, structure
from symdiff.rewrite.engine import Rewriter, Rule, Step

RULES: tuple[Rule, ...] = (
    *structure.RULES,
    *functions.RULES,
    *linear_algebra.RULES,
    *contraction.RULES,
    *algebra.RULES,
)

READABLE = 2000
"""Graphs of so many nodes are simplified until nothing changes; larger ones, in one pass."""

_MOST_PASSES = 8


@overload
def simplify(expressions: Node, log: list[Step] | None = None) -> Node: ...
@overload
def simplify(expressions: Sequence[Node], log: list[Step] | None = None) -> list[Node]: ...
def simplify(
    expressions: Node | Sequence[Node], log: list[Step] | None = None
) -> Node | list[Node]:
    """Return equal expressions that are shorter to write and no slower to compute.

    Several expressions are simplified together, so that what they share stays shared. Each
    application of a rule is appended to `log`, with its name, before and after.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> steps = []
    >>> print(simplify(x + x - 2 * x + 3 * sd.log(sd.exp(x)), steps))
    3 x
    >>> sorted({step.rule for step in steps})
    ['collect like terms', 'logarithm of an exponential']
    """
    outputs = [expressions] if isinstance(expressions, Node) else list(expressions)
    results = Rewriter(RULES, outputs, algebra.REGIONS, log).run()
    for _ in range(_MOST_PASSES):  # what was shared before a pass may stand alone after it
        if results == outputs or len(topological(results)) > READABLE:
            break
        outputs, results = results, Rewriter(RULES, results, algebra.REGIONS, log).run()
    return results[0] if isinstance(expressions, Node) else results
