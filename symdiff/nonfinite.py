"""Where NaN or infinity came from: the first node that made it out of finite numbers, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from symdiff.errors import SymdiffError, quote
from symdiff.node import Node
from symdiff.ops.leaves import CONSTANT, VARIABLE
from symdiff.registry import UNDEFINED

Values = Mapping[Node, Any]
Place = tuple[int, ...]


class NonFiniteError(SymdiffError, ArithmeticError):
    """A result that holds NaN or infinity, found by `evaluate(…, check=True)`.

    node    the first expression that is not finite though all its inputs are
    place   the entry, as an index
    value   what it is there
    inputs  the values of its arguments: the entries that matter, or whole arrays
    """

    def __init__(
        self, message: str, node: Node, place: Place, value: float, inputs: dict[Node, Any]
    ) -> None:
        super().__init__(message)
        self.node = node
        self.place = place
        self.value = value
        self.inputs = inputs


def refuse_nonfinite(outputs: Sequence[Node], values: Values, sizes: Mapping[str, int]) -> None:
    """Raise NonFiniteError for the first of `outputs` that is not finite.

    `values` holds the value of every node; a node without one was not needed. `sizes` are the named
    ones.
    """
    for output in outputs:
        if not _is_finite(values[output]):
            raise _error(_origin(output, values), output, values, sizes)


def _is_finite(value: Any) -> bool:
    return bool(np.all(np.isfinite(value)))


def _origin(output: Node, values: Values) -> Node:
    """Go back from a node that is not finite, as long as an argument that it used is not finite."""
    node = output
    while True:
        guilty = next((arg for arg in _used(node, values)), None)
        if guilty is None:
            return node
        node = guilty


def _used(node: Node, values: Values) -> list[Node]:
    """The arguments from which a node has what is not finite in it."""
    if not node.op.elementwise:
        return [arg for arg in node.args if arg in values and not _is_finite(values[arg])]
    bad = ~np.isfinite(values[node])
    places = [bad] * len(node.args)
    if node.op.name == "where":
        condition = np.asarray(values[node.args[0]])
        places = [np.False_, bad & condition, bad & ~condition]
    pairs = zip(node.args, places, strict=True)
    return [arg for arg, at in pairs if arg in values and np.any(~np.isfinite(values[arg]) & at)]


def _error(node: Node, output: Node, values: Values, sizes: Mapping[str, int]) -> NonFiniteError:
    value = np.asarray(values[node])
    place = tuple(int(i) for i in np.argwhere(~np.isfinite(value))[0])
    found = value[place].item()
    inputs = _inputs(node, place, values)
    at = f" at {list(place)}" if place else ""
    if not node.args:
        what = "the value given for " if node.op is VARIABLE else ""
        message = f"{what}{quote(node)} is {found}{at}"
    else:
        said = " and ".join(
            f"{quote(arg)} is {_abridged(v)}" for arg, v in inputs.items() if arg.op is not CONSTANT
        )
        cause = _cause(node, values, sizes)
        message = f"{quote(node)} is {found}{at}, where {said}: {cause}"
    if node is not output:
        message += f"; {quote(output)} needs it"
    return NonFiniteError(message, node, place, found, inputs)


def _inputs(node: Node, place: Place, values: Values) -> dict[Node, Any]:
    """The arguments' values; of an elementwise op, only those that meet at the place."""
    found: dict[Node, Any] = {}
    for arg in node.args:
        value = np.asarray(values[arg])
        if node.op.elementwise:
            value = np.broadcast_to(value, np.shape(values[node]))[place]
        found[arg] = value[()]
    return found


def _abridged(value: Any) -> str:
    array = np.asarray(value)
    if array.ndim == 0:
        return repr(array.item())
    if array.size <= 9:
        return repr(array.tolist())
    return f"between {np.min(array):.6g} and {np.max(array):.6g}"


def _cause(node: Node, values: Values, sizes: Mapping[str, int]) -> str:
    """The edge of the op's domain that was reached, or else an overflow."""
    from symdiff.evaluate import evaluate

    given = {arg: values[arg] for arg in node.args} | {node: values[node]}
    real = all(arg.dtype != "complex" for arg in node.args)
    for edge in node.op.edges if real else ():
        condition = edge.where(node, *node.args) if edge.effect == UNDEFINED else None
        if condition is not None and np.any(_holds(evaluate, condition, given, sizes)):
            return f"it has no finite value where {quote(condition)}"
    return "it overflowed" if not np.any(np.isnan(values[node])) else "it is not defined there"


def _holds(evaluate: Any, condition: Node, given: Values, sizes: Mapping[str, int]) -> Any:
    from symdiff.binding import size_names
    from symdiff.node import topological

    needed = topological([condition], known=given)
    told = {name: sizes[name] for name in size_names(needed)}
    with np.errstate(all="ignore"):
        return evaluate(condition, {node: v for node, v in given.items() if node in needed}, **told)
