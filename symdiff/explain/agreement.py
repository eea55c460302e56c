"""How an equation that is stated is found to agree with what the pass produced."""

from __future__ import annotations

from collections.abc import Mapping

from symdiff.answers.same import same
from symdiff.node import Node
from symdiff.rewrite.engine import replaced
from symdiff.rewrite.liveness import unprotected
from symdiff.rewrite.simplify import simplify

IDENTICAL, NORMAL_FORM, PROVED, AT_POINTS = "identical", "normal form", "proved", "points"


def agreement(produced: Node, stated: Node, letters: Mapping[Node, Node]) -> str | None:
    """How two expressions are found to be equal, or None if they are not.

    `letters` are variables for parts of both. What holds for any value of a part holds for the
    part, and expressions with letters stay small however deep the graph is.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> agreement(2 * x, x + x, {}), agreement(2 * x, 3 * x, {})
    ('normal form', None)
    """
    if stated is produced:
        return IDENTICAL
    if stated.shape != produced.shape:
        return None
    parts = {node: letter for node, letter in letters.items() if node.args}
    local = unprotected(replaced([produced, stated], parts))
    first, second = simplify(local)
    if first is second:
        return NORMAL_FORM
    mine, theirs = local
    verdict = same(mine, theirs) or same(produced, stated)
    if not verdict:
        return None
    return PROVED if verdict.how == "proved" else AT_POINTS
