"""Numbers in front of large results, applied once to the small array from which all of them come.

The gradients of a mean are all divided by `n`. Instead of dividing every one of them, the residual
is divided, through which they all go: a product is linear in it, and so on down to it. A number
moves down from the results as long as everything that uses what it reaches wants it there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from symdiff.dims import nominal_entries
from symdiff.node import Node, topological, use_counts
from symdiff.ops.contraction import CONTRACT
from symdiff.ops.leaves import CONSTANT, INEXACT, SIZE
from symdiff.ops.structure import EXPAND_DIMS, RESHAPE
from symdiff.registry import FUNCTIONS
from symdiff.rewrite.engine import rebuild

_MOST_NUMBERS = 8
"""Each number takes a walk over the graph; of more, those with the most results are looked at."""

_MOST_RESULTS = 256
"""Of more results than this, each node would have to know too many that want it."""

_LINEAR = {
    "multiply": (0, 1),
    "divide": (0,),
    "negative": (0,),
    EXPAND_DIMS.name: (0,),
    RESHAPE.name: (0,),
}


class Scaling(NamedTuple):
    """Multiplication or division by a number."""

    op: str
    number: Node

    def of(self, node: Node) -> Node | None:
        """What `node` scales in this way, if it does."""
        if node.op.name != self.op or not node.ndim:
            return None
        for place in (1, 0) if self.op == "multiply" else (1,):
            other = node.args[1 - place]
            if node.args[place] is self.number and other.shape == node.shape:
                return other
        return None


def numbers_at_the_source(outputs: Sequence[Node]) -> list[Node]:
    """Move a number by which several results are scaled to what they are computed from.

    >>> import symdiff as sd
    >>> A, B, r = sd.matrix("A", 9, 9), sd.matrix("B", 9, 9), sd.exp(sd.matrix("r", 9, 2))
    >>> print(*numbers_at_the_source([A @ r / 3, B @ r / 3]), sep=", ")
    A (exp(r)/3), B (exp(r)/3)
    """
    found: Counter[Scaling] = Counter()
    for node in topological(outputs):
        if node.op.name in ("multiply", "divide") and node.ndim and node.dtype in INEXACT:
            for place in (0, 1) if node.op.name == "multiply" else (1,):
                if not node.args[place].ndim and _is_number(node.args[place]):
                    found[Scaling(node.op.name, node.args[place])] += 1
    results = list(outputs)
    for scaling, count in found.most_common(_MOST_NUMBERS):
        if 1 < count <= _MOST_RESULTS:
            results = _Descent(scaling, results).result()
    return results


def _is_number(node: Node) -> bool:
    """True for numbers and sizes, by which nothing overflows that did not before."""
    return all(part.args or part.op in (CONSTANT, SIZE) for part in topological([node]))


class _Descent:
    """One number on its way down."""

    def __init__(self, scaling: Scaling, outputs: Sequence[Node]) -> None:
        self._scaling = scaling
        self._outputs = list(outputs)
        self._order = topological(outputs)
        self._uses = use_counts(self._order, outputs)
        self._possible: set[Node] = set()
        self._results: dict[Node, int] = {}
        self._most: dict[Node, int] = {}
        self._through: dict[Node, int] = {}  # the argument by which a node gets the number
        self._sources: set[Node] = set()

    def result(self) -> list[Node]:
        """The expressions with the number at its sources, if that takes fewer products."""
        self._find_possible()
        self._count_results()
        self._descend()
        tops = (node for node in self._order if self._scaling.of(node) is not None)
        before = sum(nominal_entries(node.shape) for node in tops)
        after = sum(nominal_entries(n.shape) for n in self._sources)
        return self._written() if after < before else self._outputs

    def _find_possible(self) -> None:
        """Find nodes of which every use is scaled, or linear in them and possible itself."""
        linear: Counter[Node] = Counter()
        for node in reversed(self._order):
            inner = self._scaling.of(node)
            if inner is not None:
                linear[inner] += 1
                continue
            if node.args and linear[node] == self._uses[node]:
                self._possible.add(node)
                for place in _linear_places(node):
                    linear[node.args[place]] += 1

    def _count_results(self) -> None:
        """Count the results that reach each possible node, and the most that one below it has."""
        above: dict[Node, int] = {}  # results are the bits of a number
        count = 0
        for node in reversed(self._order):
            inner = self._scaling.of(node)
            if inner is not None:
                above[inner] = above.get(inner, 0) | 1 << count
                count += 1
            elif node in self._possible:
                for place in _linear_places(node):
                    arg = node.args[place]
                    above[arg] = above.get(arg, 0) | above[node]
        for node in self._order:
            if node in self._possible:
                self._results[node] = above[node].bit_count()
                below = (self._most.get(node.args[k], 0) for k in _linear_places(node))
                self._most[node] = max(self._results[node], *below, 0)

    def _descend(self) -> None:
        """Find what is to be scaled, and where the number is multiplied."""
        wanted: Counter[Node] = Counter()
        for node in reversed(self._order):
            inner = self._scaling.of(node)
            if inner is not None:
                wanted[inner] += 1
            if not wanted[node]:
                continue
            way = self._way(node) if wanted[node] == self._uses[node] and inner is None else None
            if way is None:
                self._sources.add(node)
            else:
                self._through[node] = way
                wanted[node.args[way]] += 1

    def _way(self, node: Node) -> int | None:
        """The argument that takes the number where more results meet, or where it is smaller."""
        ways = [k for k in _linear_places(node) if node.args[k] in self._possible]

        def preference(place: int) -> tuple[int, float]:
            return -self._most[node.args[place]], nominal_entries(node.args[place].shape)

        here = (-self._results.get(node, 0), nominal_entries(node.shape))
        best = min(ways, key=preference, default=None)
        return best if best is not None and preference(best) < here else None

    def _written(self) -> list[Node]:
        new: dict[Node, Node] = {}
        scaled: dict[Node, Node] = {}
        for node in self._order:
            inner = self._scaling.of(node)
            args = [new[arg] for arg in node.args]
            way = self._through.get(node)
            if inner is not None:
                new[node] = scaled[inner]
            elif way is not None:
                args[way] = scaled[node.args[way]]
                new[node] = scaled[node] = rebuild(node, tuple(args))
            else:
                new[node] = rebuild(node, tuple(args))
            if node in self._sources:
                scaled[node] = self._times(new[node])
        return [new[output] for output in self._outputs]

    def _times(self, node: Node) -> Node:
        return FUNCTIONS[self._scaling.op](node, self._scaling.number)


def _linear_places(node: Node) -> tuple[int, ...]:
    """The arguments in each of which a node is linear, one at a time."""
    if node.op is CONTRACT:
        return tuple(k for k, arg in enumerate(node.args) if node.args.count(arg) == 1)
    if node.op.name == "multiply" and node.args[0] is node.args[1]:
        return ()
    return _LINEAR.get(node.op.name, ())
