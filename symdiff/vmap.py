"""Batches: an expression or a function for one case, mapped over many by rules, without a loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, overload

from symdiff.binding import variables_of
from symdiff.dims import as_size
from symdiff.node import Node, intern, topological
from symdiff.ops.axes import moveaxis
from symdiff.ops.batching import mapped, with_batch
from symdiff.ops.leaves import VARIABLE

Over = Any
Axis = Any


@overload
def vmap(
    f: Node, /, over: Over, *, size: object = ..., axis: Axis = ..., out_axis: Axis = ...
) -> Node: ...
@overload
def vmap(
    f: Sequence[Node], /, over: Over, *, size: object = ..., axis: Axis = ..., out_axis: Axis = ...
) -> list[Node]: ...
@overload
def vmap(
    f: Callable[..., Any], /, over: Over = None, *, axis: Axis = ..., out_axis: Axis = ...
) -> Callable[..., Any]: ...
def vmap(
    f: Any, /, over: Over = None, *, size: Any = "batch", axis: Axis = 0, out_axis: Axis = 0
) -> Any:
    """Doc."""
    if isinstance(f, Node):
        return map_nodes([f], over, size, axis, out_axis)[0]
    return map_nodes(list(f), over, size, axis, out_axis)


def map_nodes(targets: list[Node], over: Over, size: Any, axis: Axis, out_axis: Axis) -> list[Node]:
    found = (
        dict(over)
        if isinstance(over, Mapping)
        else dict.fromkeys(over if isinstance(over, (list, tuple)) else [over], size)
    )
    order = topological(targets)
    named = {v.attrs[0]: v for v in variables_of(order)}
    cases = {}
    for key, value in found.items():
        v = named[key] if isinstance(key, str) else key
        if isinstance(value, Node):
            arr = value
        else:
            shape = list(v.shape)
            shape.insert(axis if axis >= 0 else axis + v.ndim + 1, as_size(value))
            arr = intern(VARIABLE, (), (v.attrs[0], tuple(shape), v.dtype))
        cases[v] = moveaxis(arr, axis, 0)
    n = next(iter(cases.values())).shape[0]
    table = mapped(targets, cases)
    return [moveaxis(with_batch(t, table, n), 0, out_axis) for t in targets]
