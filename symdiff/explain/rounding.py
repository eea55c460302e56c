"""How far values may be off by rounding, where a check failed: found by computing with noise.

Every operation of floating-point arithmetic leaves an error of about the last digit. So the values
are computed again, each node by itself, and after each the last digits are changed at random. What
then differs between runs is what rounding leaves open, however it came about: by numbers that
cancel, by a matrix that is nearly singular, by a point at the edge of a branch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from symdiff.binding import size_names
from symdiff.differences import Point
from symdiff.errors import InputError
from symdiff.evaluate import evaluate
from symdiff.node import Node, topological
from symdiff.ops.leaves import CONSTANT, INEXACT, VARIABLE
from symdiff.show.values import Array

_RUNS = 4
_NOISE = 8 * np.finfo(float).eps
_MARGIN = 10
"""The differences between few runs, times this, bound what rounding does."""


def rounding(nodes: Sequence[Node], point: Point, seed: int = 0) -> dict[Node, Array]:
    """For each node, by how much each entry of its value may be off; infinite where that is open.

    >>> import symdiff as sd
    >>> x = sd.scalar("x")
    >>> at = Point({x: np.array(1e-7)}, {})
    >>> off = rounding([x, 1 - sd.cos(x)], at)
    >>> [bool(1e-15 < off[node] < 1e-12) for node in off]
    [False, True]
    """
    rng = np.random.default_rng(seed)
    runs = [_run(nodes, point, rng) for _ in range(_RUNS)]
    if any(run is None for run in runs):
        return {node: np.asarray(np.inf) for node in nodes}
    found = {}
    for node in nodes:
        values = np.stack([run[node] for run in runs if run is not None]).astype(complex)
        spread = np.max(np.abs(values - values[0]), axis=0)
        found[node] = np.where(np.isnan(spread), np.inf, _MARGIN * spread)
    return found


def _run(
    nodes: Sequence[Node], point: Point, rng: np.random.Generator
) -> Mapping[Node, Array] | None:
    """The values with noise; None where they leave the domain of an operation."""
    values: dict[Node, Array] = {}
    with np.errstate(all="ignore"):
        for node in topological(nodes):
            try:
                exact = _value(node, values, point)
            except InputError:
                return None
            values[node] = _disturbed(node, exact, rng)
    return values


def _value(node: Node, values: Mapping[Node, Array], point: Point) -> Array:
    if node.op is VARIABLE:
        return np.asarray(point.values[node])
    given = {arg: values[arg] for arg in node.args if arg.op is not CONSTANT}
    sizes: dict[str, Any] = {
        name: point.sizes[name] for name in size_names(topological([node], known=given))
    }
    return np.asarray(evaluate(node, given, **sizes))


def _disturbed(node: Node, value: Array, rng: np.random.Generator) -> Array:
    """Other last digits, except for whole numbers, truth values, and numbers that are written."""
    if node.op is CONSTANT or node.dtype not in INEXACT:
        return value
    return np.asarray(value * (1 + _NOISE * rng.uniform(-1, 1, value.shape)))
