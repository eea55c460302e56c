"""Long sums of arrays in the order in which their terms are known.

The gradient by what every step of a chain uses, such as the weights of a recurrent network, is a
sum of as many terms as there are steps. Back-propagation knows the term of the last step first.
Where each term is added as soon as it is known, none has to wait for the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

from symdiff.node import Node, intern, topological, use_counts
from symdiff.registry import OPS
from symdiff.rewrite.engine import rebuild

_ADD = OPS["add"]

_MANY = 8
"""Shorter sums stay as people read them: few terms take little memory."""


def summed_as_known(outputs: Sequence[Node]) -> list[Node]:
    """Add the terms of long sums of arrays in the order in which they are known.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> waves = [x]
    >>> for _ in range(7):
    ...     waves.append(sd.sin(waves[-1]))
    >>> backwards = waves[7] + waves[6] + waves[5] + waves[4] + waves[3] + waves[2] + waves[1] + x
    >>> forwards = x + waves[1] + waves[2] + waves[3] + waves[4] + waves[5] + waves[6] + waves[7]
    >>> summed_as_known([backwards]) == [forwards]
    True
    """
    order = topological(outputs)
    uses = use_counts(order, outputs)
    goes_on = {node.args[0] for node in order if _continues(node, uses)}
    depths: dict[Node, int] = {}
    terms: dict[Node, list[Node]] = {}
    new: dict[Node, Node] = {}
    for node in order:
        depths[node] = 1 + max((depths[arg] for arg in node.args), default=0)
        if node.op is _ADD and node.ndim:
            left, right = node.args
            terms[node] = terms.pop(left) if left in goes_on else [left]
            terms[node].append(right)
        if node in goes_on:
            continue
        if len(terms.get(node, ())) >= _MANY:
            known = sorted(terms[node], key=depths.__getitem__)
            new[node] = reduce(_added, (new[term] for term in known))
        elif node in terms:
            new[node] = reduce(_added, (new[term] for term in terms[node]))
        else:
            new[node] = rebuild(node, tuple([new[arg] for arg in node.args]))
    return [new[output] for output in outputs]


def _continues(node: Node, uses: Mapping[Node, int]) -> bool:
    """True for a sum that adds one more term to a sum that nothing else needs."""
    if node.op is not _ADD or not node.ndim:
        return False
    left = node.args[0]
    return left.op is _ADD and uses[left] == 1 and left.shape == node.shape


def _added(left: Node, right: Node) -> Node:
    return intern(_ADD, (left, right), None)
