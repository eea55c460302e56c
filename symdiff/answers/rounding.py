"""How far rounding goes: each result is moved by its last digit, and the effect is seen at the end.

This is stochastic arithmetic with one sample. It sees what no bound from the size of intermediates
would, such as `1 - tanh(x)**2` for large `x`, where few digits are left.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symdiff.answers.points import Array, Point
from symdiff.answers.stepwise import stepwise
from symdiff.node import Node
from symdiff.ops.leaves import CONSTANT, INEXACT, SIZE

EPS = float(np.finfo(np.float64).eps)


def shaken_values(outputs: Sequence[Node], point: Point, seed: int = 0) -> list[Array]:
    """The values of expressions with every result of float kind moved by its last digit."""
    rng = np.random.default_rng(seed)

    def shaken(node: Node, value: Any, arguments: list[Array]) -> Array:
        array = np.asarray(value)
        if node.dtype not in INEXACT or node.op in (CONSTANT, SIZE):
            return array
        moved = array * (1 + EPS * rng.choice([-1.0, 1.0], array.shape))
        return np.asarray(np.where(_exact(array, arguments), array, moved))

    with np.errstate(all="ignore"):
        return stepwise(outputs, point, np.dtype(np.float64), shaken)


def _exact(array: Array, arguments: list[Array]) -> Array:
    """Where a result is an entry of an argument, as of a maximum, or whole, as of a step."""
    exact = np.asarray(array == np.round(array))
    for argument in arguments:
        exact = exact | np.isin(array, argument)
    return exact
