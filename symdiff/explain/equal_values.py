"""Which expressions have equal values, found by computing them at random points of either sign."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from symdiff.answers.compare import in_double
from symdiff.answers.points import Point, points
from symdiff.binding import size_names
from symdiff.errors import InputError
from symdiff.evaluate import evaluate
from symdiff.node import Node, topological
from symdiff.show.values import Array

_POINTS = 6
_TOLERANCE = 1e-9


def equal_values(nodes: Sequence[Node], others: Sequence[Node]) -> dict[Node, list[Node]]:
    """For each of `nodes`, those of `others` that have its value at every point.

    What has no finite value at any point is equal to nothing.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> equal_values([2 * x], [x + x, x**2])[2 * x]
    [<x + x : (n,) float>]
    """
    prints = _prints(list(dict.fromkeys([*nodes, *others])))
    alike: dict[object, list[Node]] = {}
    for other in others:
        if other in prints:
            alike.setdefault((other.shape, other.dtype), []).append(other)
    stacked = {kind: np.array([prints[o].numbers for o in found]) for kind, found in alike.items()}
    equal: dict[Node, list[Node]] = {}
    for node in nodes:
        kind = (node.shape, node.dtype)
        equal[node] = []
        if node in prints and kind in alike:
            mine = prints[node]
            same = np.all(np.abs(stacked[kind] - mine.numbers) <= mine.rounding, axis=1)
            equal[node] = [other for other, yes in zip(alike[kind], same, strict=True) if yes]
    return equal


class _Print(NamedTuple):
    """At each point a number that stands for an array, and the rounding to be expected in it."""

    numbers: Array
    rounding: Array


def _prints(nodes: Sequence[Node]) -> dict[Node, _Print]:
    """The products of values with random numbers, for the nodes that have any finite value."""
    rng = np.random.default_rng(0)
    found: dict[Node, list[tuple[complex, float]]] = {node: [] for node in nodes}
    finite: set[Node] = set()
    for values in _values(nodes):
        weights: dict[tuple[int, ...], Array] = {}
        for node, value in values.items():
            if value.shape not in weights:
                weights[value.shape] = np.asarray(rng.uniform(1, 2, value.shape))
            if np.any(np.isfinite(value)):
                finite.add(node)
            terms = weights[value.shape] * np.nan_to_num(value, nan=_NAN, posinf=_INF, neginf=-_INF)
            found[node].append((np.sum(terms), _TOLERANCE * float(np.sum(np.abs(terms)))))
    return {node: _Print(*map(np.array, zip(*found[node], strict=True))) for node in finite}


_NAN, _INF = 0.7310585, 0.8807970
"""What stands for values that are not finite, so that these are compared too."""


def _values(nodes: Sequence[Node]) -> Iterator[dict[Node, Array]]:
    """The values of nodes at the first points at which all can be computed."""
    names = size_names(topological(nodes))
    found = 0
    for point in _drawn(nodes):
        sizes: dict[str, Any] = {name: point.sizes[name] for name in names}
        try:
            with np.errstate(all="ignore"):
                values = evaluate(nodes, point.values, **sizes)
        except InputError:  # such as a singular matrix
            continue
        yield {node: in_double(value) for node, value in zip(nodes, values, strict=True)}
        found += 1
        if found == _POINTS:
            return


def _drawn(nodes: Sequence[Node]) -> Iterator[Point]:
    """Random points; none for formulas that need larger sizes than are tried."""
    if nodes:
        with suppress(InputError):
            yield from points(nodes)
