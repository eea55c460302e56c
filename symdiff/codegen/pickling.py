"""Pickles of compiled functions.

They hold what `compile` was given, not the source that it wrote: reports, streams and the choice of
an order for each call's sizes need the graph, and another machine may have other cores.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple, Self

from symdiff.node import Node, Row, nodes_of, rows_of


class Recipe(NamedTuple):
    """What `compile` was given. Its pickle holds each node once."""

    outputs: tuple[Node, ...]
    single: bool
    inputs: tuple[Node, ...]
    name: str
    options: Mapping[str, Any]

    def __reduce__(self) -> tuple[Any, ...]:
        order, rows = rows_of([*self.outputs, *self.inputs])
        place = {node: i for i, node in enumerate(order)}
        outputs, inputs = ([place[node] for node in each] for each in (self.outputs, self.inputs))
        return _compiled_again, (rows, outputs, self.single, inputs, self.name, {**self.options})


class PicklableFunction(partial[Any]):
    """A function with the recipe that compiles it again, which is what its pickle holds.

    A call costs some 50 ns more than that of a function, and functions themselves do not pickle.
    """

    recipe: Recipe

    def __reduce__(self) -> tuple[Any, ...]:
        return self.recipe.__reduce__()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __repr__(self) -> str:
        return f"<compiled {self.func.__name__}{inspect.signature(self.func)}>"


def _compiled_again(
    rows: list[Row],
    outputs: list[int],
    single: bool,
    inputs: list[int],
    name: str,
    options: dict[str, Any],
) -> object:
    from symdiff.codegen.generate import compile

    nodes = nodes_of(rows)
    wanted = [nodes[i] for i in outputs]
    arguments = [nodes[i] for i in inputs]
    return compile(wanted[0] if single else wanted, arguments, name, **options)
