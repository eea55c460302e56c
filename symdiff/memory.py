"""Peak memory: the most that is alive at once while something is computed, step by step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from types import MappingProxyType
from typing import NamedTuple

from symdiff.dims import Size, product, terms
from symdiff.node import Node
from symdiff.ops.leaves import CONSTANT, SIZE, VARIABLE
from symdiff.polynomial import Maxima, Monomial, Terms

HELD = (VARIABLE, CONSTANT, SIZE)
"""What the caller or the formula holds, whether or not anything is evaluated."""


class Moment(NamedTuple):
    """One step of a computation.

    reads   whose memory it needs
    makes   whose memory it fills, and how much that is
    inside  how much it needs only while it lasts
    """

    reads: Sequence[Hashable]
    makes: Sequence[tuple[Hashable, Terms]]
    inside: Terms = MappingProxyType({})


def peak_along(moments: Sequence[Moment], kept: Iterable[Hashable]) -> Maxima:
    """What is alive at each moment, of which the largest is the peak.

    Memory is alive from the moment that fills it to the last that reads it, and to the end for
    what is `kept`.
    """
    last = {what: k for k, moment in enumerate(moments) for what, _ in moment.makes}
    last.update((what, k) for k, moment in enumerate(moments) for what in moment.reads)
    last.update(dict.fromkeys(kept, len(moments)))
    sizes: dict[Hashable, Terms] = {}
    live: Counter[Monomial] = Counter()
    maxima = Maxima()
    for k, moment in enumerate(moments):
        sizes.update(moment.makes)
        for _, size in moment.makes:
            _add(live, size, 1)
        touched = dict.fromkeys([*moment.reads, *(what for what, _ in moment.makes)])
        done = [what for what in touched if last[what] == k]
        if done or moment.inside:
            _add(live, moment.inside, 1)
            maxima.offer(live)
            _add(live, moment.inside, -1)
        for what in done:
            _add(live, sizes.get(what, {}), -1)
    maxima.offer(live)
    return maxima


def peak(order: Sequence[Node], outputs: Sequence[Node]) -> Maxima:
    """The numbers of live entries along `order`, of which the largest is the peak.

    The evaluator computes a node while its arguments are alive, then frees each argument that
    nothing else needs. The memory of a view is freed with the last value that shows it.
    """
    owners = memory_owners(order)
    moments = [
        Moment(
            [owners[arg] for arg in node.args],
            [(node, terms(entries(node)))] if owners[node] is node else [],
        )
        for node in order
    ]
    return peak_along(moments, [owners[node] for node in outputs])


def entries(node: Node) -> Size:
    """How many entries the value of a node has, apart from what is held anyway."""
    return 0 if node.op in HELD else size_in_floats(node)


def size_in_floats(node: Node) -> Size:
    """How many floats the value of a node takes: two for each complex entry."""
    return product((2, *node.shape) if node.dtype == "complex" else node.shape)


def memory_owners(order: Sequence[Node]) -> dict[Node, Node]:
    """For each node the one whose memory its value shows: itself, unless it is a view."""
    owners: dict[Node, Node] = {}
    for node in order:
        owners[node] = owners[node.args[0]] if node.args and node.op.view(node) else node
    return owners


def _add(live: Counter[Monomial], size: Terms, times: int) -> None:
    for factors, coefficient in size.items():
        live[factors] += coefficient * times
        if not live[factors]:
            del live[factors]
