"""Evaluation node by node in another arithmetic: what each node gives is changed before it is used.

The ops' own NumPy forms are applied, as everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from symdiff.answers.points import Array, Point
from symdiff.node import Node, topological
from symdiff.ops.leaves import CONSTANT, SIZE
from symdiff.plan import node_function

After: TypeAlias = Callable[[Node, Any, list[Array]], Array]


def stepwise(
    outputs: Sequence[Node], point: Point, dtype: np.dtype[Any], after: After
) -> list[Array]:
    """The values of expressions, with `after(node, value, arguments)` in place of each value."""
    values: dict[Node, Array] = {}
    for node in topological(outputs):
        arguments = [values[arg] for arg in node.args]
        values[node] = after(node, _value(node, arguments, point, dtype), arguments)
    return [values[output] for output in outputs]


def _value(node: Node, arguments: list[Array], point: Point, dtype: np.dtype[Any]) -> Any:
    if node in point.values:
        return point.values[node]
    if node.op is CONSTANT:
        return node.attrs.value
    if node.op is SIZE:
        return point.sizes[str(node.attrs)]
    function = node_function(node, (), tuple(point.sizes))
    return function(dtype, *point.sizes.values(), *arguments)
