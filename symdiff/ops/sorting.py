"""Sorting: `sort` and `partition`, and the whole numbers that say where entries are or belong.

Convention at ties: entries that tie keep their order, so the derivative of `sort` is that of
`take_along_axis(x, argsort(x))` with a stable `argsort`. Where the order of ties cannot be seen,
as in `max`, `median` and `quantile`, they share the derivative equally.

What is a whole number has no derivative; as an index it needs none.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any, NamedTuple

from symdiff.errors import ArgumentError, ShapeError, describe
from symdiff.node import Node, intern
from symdiff.ops.along import added_along, taken_along
from symdiff.ops.batching import along_next_axis, next_axis, with_attrs
from symdiff.ops.edges import ties
from symdiff.ops.leaves import as_node
from symdiff.ops.rows import beside
from symdiff.ops.structure import normalize_axis, reshape
from symdiff.registry import (
    CONVENTION,
    Edge,
    Op,
    Pullback,
    Requirement,
    Sample,
    Undefined,
    composite,
    function,
)
from symdiff.template import Template, latex_call

__all__ = [
    "argpartition",
    "argsort",
    "partition",
    "sort",
]

_KINDS = (None, "quicksort", "mergesort", "heapsort", "stable")


def whole_numbers(name: str) -> Undefined:
    """Why what an op gives has no derivative."""
    return Undefined(
        "it gives whole numbers, which jump",
        f"its result as an index, or sd.stop_gradient(sd.{name}(…)) to hold it constant",
    )


def _along(x: object, axis: int | None) -> tuple[Node, int]:
    """The array and its axis; all entries in C order where there is no axis."""
    node = as_node(x)
    if axis is None:
        return reshape(node, -1), 0
    if not node.ndim:
        raise ArgumentError(f"a scalar such as {describe(node)} has no axis along which to sort")
    place = normalize_axis(node, axis)
    return node, place


# Sorting ------------------------------------------------------------------------------------------


def _axis_text(name: str, node: Node) -> Template:
    return Template(f"{name}({{0}}, axis={node.attrs})")


def _sort_rule(node: Node, k: int, g: Node) -> Node:
    order = intern(ARGSORT, node.args, node.attrs)
    return added_along(g, order, node.attrs, node.shape[node.attrs])


SORT = Op(
    "sort",
    infer=lambda args, axis: (args[0].shape, args[0].dtype),
    attrs=int,
    derivative=Pullback(_sort_rule),
    numpy=lambda node: _axis_text("np.sort", node),
    text=lambda node: _axis_text("sort", node),
    pretty=lambda node: _axis_text("sort", node),
    latex=latex_call("\\operatorname{{sort}}"),
    edges=(Edge(lambda y, x: ties(y, y.attrs), CONVENTION),),
    rows=beside(lambda node: (node.attrs,)),
    batch=with_attrs(next_axis),
    samples=(
        Sample("sort(x) * x", {"x": "n"}),
        Sample("sort(X, axis=0) * sort(X)", {"X": "n m"}),
        Sample("sort(K, axis=1) * sort(K, axis=None)[0]", {"K": "2 n 3"}),
    ),
)


@function
def sort(x: object, axis: int | None = -1) -> Node:
    """Return `x` with its entries in ascending order along `axis`; of all entries if it is None.

    The derivative goes back to where each entry came from; entries that tie keep their order.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> print(sd.grad(sort(x)[0], x))
    zeros((n,)).at[argsort(x, axis=0)].add(zeros((n,)).at[0].set(1.0))
    """
    node, place = _along(x, axis)
    return intern(SORT, (node,), place)


ARGSORT = Op(
    "argsort",
    infer=lambda args, axis: (args[0].shape, "int"),
    attrs=int,
    derivative=whole_numbers("argsort"),
    numpy=lambda node: Template(f'np.argsort({{0}}, axis={node.attrs}, kind="stable")'),
    text=lambda node: _axis_text("argsort", node),
    pretty=lambda node: _axis_text("argsort", node),
    latex=latex_call("\\operatorname{{argsort}}"),
    rows=beside(lambda node: (node.attrs,)),
    batch=with_attrs(next_axis),
    samples=(
        Sample("y[argsort(x)]", {"x": "n", "y": "n"}),
        Sample("X * stop_gradient(argsort(X, axis=0))", {"X": "n m"}),
    ),
)


@function
def argsort(
    x: object, axis: int | None = -1, kind: str | None = None, *, stable: bool | None = None
) -> Node:
    """Return the indices that sort `x` along `axis`, whole numbers; ties keep their order.

    `kind` and `stable` are NumPy's; the order is stable whatever they say.

    >>> import symdiff as sd
    >>> sd.evaluate(argsort([3.0, 1.0, 2.0]))
    array([1, 2, 0])
    """
    if kind not in _KINDS:
        known = ", ".join(map(repr, _KINDS))
        raise ArgumentError(f"`argsort` knows the kinds {known}, not {kind!r}")
    node, place = _along(x, axis)
    return intern(ARGSORT, (node,), place)


# Partitions ---------------------------------------------------------------------------------------


class Split(NamedTuple):
    """Which places of a sorted axis get the entries that they have when all are sorted."""

    kth: tuple[int, ...]
    axis: int

    @property
    def least(self) -> int:
        """The least size of the axis with which these places exist."""
        return max(place + 1 if place >= 0 else -place for place in self.kth)

    def __str__(self) -> str:
        kth = self.kth[0] if len(self.kth) == 1 else list(self.kth)
        return f"{kth}, axis={self.axis}"


def _partition_requires(node: Node) -> tuple[Requirement, ...]:
    split: Split = node.attrs
    places = ", ".join(map(str, split.kth))
    return (Requirement(node.shape[split.axis], split.least, f"a partition at {places}"),)


ARGPARTITION = Op(
    "argpartition",
    infer=lambda args, split: (args[0].shape, "int"),
    attrs=Split,
    derivative=whole_numbers("argpartition"),
    numpy=lambda node: Template(f"np.argpartition({{0}}, {node.attrs})"),
    text=lambda node: Template(f"argpartition({{0}}, {node.attrs})"),
    pretty=lambda node: Template(f"argpartition({{0}}, {node.attrs})"),
    latex=latex_call("\\operatorname{{argpartition}}"),
    requires=_partition_requires,
    rows=beside(lambda node: (node.attrs.axis,)),
    batch=with_attrs(along_next_axis),
    samples=(
        Sample("y[argpartition(x, 1)[1]]", {"x": "n", "y": "n"}),
        Sample("sum(take(X, argpartition(X[:, 0], [0, -1])[0], 0))", {"X": "n m"}),
    ),
)


@function
def argpartition(x: object, kth: int | Sequence[int], axis: int | None = -1) -> Node:
    """Return indices that bring the smallest entries before place `kth`, and the others behind.

    At `kth` stands the index that it has when all are sorted.

    Raises ArgumentError for a `kth` that is no int or list of ints, ShapeError for one beyond
    the axis.

    >>> import symdiff as sd
    >>> int(sd.evaluate(argpartition([3.0, 1.0, 2.0, 5.0], 1))[1])
    2
    """
    node, place = _along(x, axis)
    split = Split(_places(kth), place)
    size = node.shape[place]
    if isinstance(size, int) and size < split.least:
        raise ShapeError(f"a partition at {kth} needs {split.least} entries: {describe(node)}")
    return intern(ARGPARTITION, (node,), split)


def _places(kth: object) -> tuple[int, ...]:
    items: Sequence[Any] = kth if isinstance(kth, (list, tuple)) else [kth]
    try:
        found = tuple(operator.index(item) for item in items)
    except TypeError:
        raise ArgumentError(f"a partition is made at an int or a list of ints, not {kth}") from None
    if not found:
        raise ArgumentError("a partition needs at least one place")
    return found


@composite(
    Sample("partition(x, 1)[1] * sum(partition(x, 1)[:2])", {"x": "n"}),
    Sample("sort(partition(X, [0, -1], axis=0), axis=0)", {"X": "n m"}),
)
def partition(x: object, kth: int | Sequence[int], axis: int | None = -1) -> Node:
    """Return `x` with the entry at `kth` as if sorted, smaller ones before and larger ones after.

    Raises ArgumentError and ShapeError as `argpartition` does.

    >>> import symdiff as sd
    >>> float(sd.evaluate(partition([3.0, 1.0, 2.0, 5.0], 1))[1])
    2.0
    """
    node, place = _along(x, axis)
    return taken_along(node, argpartition(node, kth, place), place)
