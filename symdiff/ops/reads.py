"""Rules for what an op reads: on which entries of its arguments each entry of the result depends.

A rule holds at given sizes, and for all values of what varies: an entry that it leaves out can
never change the result. It may say too much, never too little. Most ops need no rule of their own,
since `Op.rows` tells which axes they mix.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

import numpy as np

from symdiff.node import intern
from symdiff.ops.leaves import VARIABLE
from symdiff.ops.tables import Table

if TYPE_CHECKING:
    from symdiff.node import Node
    from symdiff.registry import Reads, Rows

Array: TypeAlias = "np.ndarray[Any, Any]"


class Links(NamedTuple):
    """Which entry of the result reads which entry of an argument, link by link.

    Entries are numbered in C order; those of several arguments one argument after the other.
    """

    result: Array
    argument: Array


class Known(Protocol):
    """What is known of expressions at given sizes, before anything that varies has a value."""

    def shape(self, node: Node) -> tuple[int, ...]:
        """The shape of a node."""

    def value(self, node: Node) -> Array | None:
        """The value of a node that is the same at all points, None for any other."""

    def nonzero(self, node: Node) -> Array | None:
        """The entries of a node that need not be zero, in order; None if that may be any."""

    def applied(self, node: Node, arguments: Sequence[Array]) -> Array:
        """What the op of a node makes of other arguments of the same shapes."""

    def evaluated(self, node: Node, values: Mapping[Node, Array]) -> Array:
        """The value of an expression in which some variables have values."""


def joined(parts: Sequence[Links], sizes: Sequence[int]) -> Links:
    """The links with several arguments of so many entries, each given by itself."""
    starts = np.cumsum([0, *sizes])
    return Links(
        np.concatenate([part.result for part in parts]),
        np.concatenate([part.argument + start for part, start in zip(parts, starts, strict=False)]),
    )


def _each(node: Node, places: Sequence[int], known: Known, links: Callable[[int], Links]) -> Links:
    """The links of arguments that have a rule each."""
    sizes = [prod(known.shape(node.args[k])) for k in places]
    return joined([links(k) for k in places], sizes)


# Moving entries ---------------------------------------------------------------------------------


def moved(node: Node, places: Sequence[int], known: Known) -> Links:
    """Each entry of the result is one of an argument, or a number: the op sorts out which.

    It is applied to the numbers of the entries, twice, from different starts: what follows the
    start is an entry. Where places are computed from what varies, `rows` has to do.
    """
    first = len(node.args) - len(node.op.indices(node))
    whole = [value for arg in node.args[first:] if (value := known.value(arg)) is not None]
    if len(whole) < len(node.args) - first:
        return by_rows(node, places, known)
    sizes = [prod(known.shape(node.args[k])) if k in places else 0 for k in range(first)]
    starts = np.cumsum([0, *sizes])

    def numbered(start: float) -> Array:
        """What the op makes of the numbers of entries, in floats, as its numbers may be too."""
        arguments = [
            np.zeros(known.shape(arg))
            if k not in places
            else np.arange(start + before, start + before + size).reshape(known.shape(arg))
            for k, (arg, size, before) in enumerate(zip(node.args, sizes, starts, strict=False))
        ]
        return known.applied(node, [*arguments, *whole])

    links = _followed(numbered)
    assert links is not None, f"{node.op.name} does more than move entries"
    return links


def _followed(numbered: Callable[[float], Array]) -> Links | None:
    """Which entries follow the start of the numbers, and which number each has; else None."""
    one, other = np.ravel(numbered(0.0)), np.ravel(numbered(1.0))
    same = (one == other) | np.isnan(one)
    if not np.all(same | (other == one + 1)):
        return None
    result = np.flatnonzero(~same)
    return Links(result, one[result].astype(np.intp))


def gathered(node: Node, places: Sequence[int], known: Known) -> Links:
    """Each entry of the first argument is added to one of the result: the transpose moves."""
    if list(places) != [0]:
        return by_rows(node, places, known)
    g = intern(VARIABLE, (), ("cotangent of the node", node.shape, "float"))
    sent = node.op.derivative.cotangent(node, 0, g)
    indices = node.args[len(node.args) - len(node.op.indices(node)) :]
    given = {arg: value for arg in indices if (value := known.value(arg)) is not None}
    if sent is None or len(given) < len({*indices}):
        return by_rows(node, places, known)
    shape = known.shape(node)

    def numbered(start: float) -> Array:
        numbers = np.arange(start, start + prod(shape)).reshape(shape)
        return known.evaluated(sent, {g: numbers, **given})

    links = _followed(numbered)
    return by_rows(node, places, known) if links is None else Links(links.argument, links.result)


def scaled(node: Node, places: Sequence[int], known: Known) -> Links:
    """Each entry of the result is a product of one entry of each argument."""

    def links(k: int) -> Links:
        ones = [np.ones(known.shape(arg)) for arg in node.args]
        ones[k] = np.arange(float(ones[k].size)).reshape(ones[k].shape)
        argument = np.ravel(known.applied(node, ones)).astype(np.intp)
        return Links(np.arange(argument.size), argument)

    return _each(node, places, known, links)


# Along axes -------------------------------------------------------------------------------------


def by_rows(node: Node, places: Sequence[int], known: Known, rows: Rows | None = None) -> Links:
    """An entry reads its own rows, where `Op.rows`, or `rows`, says so; else all entries."""
    rows = node.op.rows if rows is None else rows
    found = [dict[int, int]() for _ in node.args]
    for axes in product(*[(None, *range(arg.ndim)) for arg in node.args]):
        place = None if set(axes) == {None} else rows(node, axes)
        if isinstance(place, int):
            for pairs, axis in zip(found, axes, strict=True):
                if axis is not None:
                    pairs.setdefault(place, axis)
    shape = known.shape(node)

    def links(k: int) -> Links:
        """All pairs that agree where an axis of the result stands for one of the argument."""
        sizes = known.shape(node.args[k])
        table = Table.whole(range(len(sizes)), sizes)
        own = [found[k].get(axis, -1 - axis) for axis in range(len(shape))]
        for name, size in zip(own, shape, strict=True):
            if name < 0:
                table = table.crossed(name, size)
        return Links(table.numbers(own, shape), table.numbers(range(len(sizes)), sizes))

    return _each(node, places, known, links)


def running(backwards: Callable[[Node], bool], strictly: Callable[[Node], bool]) -> Reads:
    """An entry reads those before it, or behind it, along the first axis that the op names.

    It reads itself too, unless `strictly` says no. Along other axes, it reads its own place.
    """

    def reads(node: Node, places: Sequence[int], known: Known) -> Links:
        axis, shape = node.attrs[0], known.shape(node)
        if any(known.shape(node.args[k]) != shape for k in places):
            return by_rows(node, places, known)
        names = list(range(len(shape)))
        table = Table.whole(names, shape).crossed(-1, shape[axis])
        ahead = table.columns[-1] - table.columns[axis]
        ahead = -ahead if backwards(node) else ahead
        table = table.where(ahead > 0 if strictly(node) else ahead >= 0)
        own = [-1 if name == axis else name for name in names]
        links = Links(table.numbers(own, shape), table.numbers(names, shape))
        return _each(node, places, known, lambda k: links)

    return reads


# Sums of products ---------------------------------------------------------------------------------


def contracted(node: Node, places: Sequence[int], known: Known) -> Links:
    """Along indices that result and argument share, they agree; zeros of other factors drop out."""
    inputs, output = node.attrs
    shape = known.shape(node)

    def links(k: int) -> Links:
        own = known.shape(node.args[k])
        table = _factors(node, k, known)
        return Links(table.numbers(output, shape), table.numbers(inputs[k], own))

    return _each(node, places, known, links)


def contraction_places(node: Node, known: Known) -> Array:
    """The entries of a contraction in which no product has a factor that is known to be zero."""
    having = [k for k, arg in enumerate(node.args) if known.nonzero(arg) is not None]
    return _factors(node, having[0], known).numbers(node.attrs.output, known.shape(node))


def _factors(node: Node, k: int, known: Known) -> Table:
    """The places of argument `k` and of the result where all factors may be other than zero."""
    inputs, output = node.attrs
    sizes = {
        index: size
        for arg, indices in zip(node.args, inputs, strict=True)
        for index, size in zip(indices, known.shape(arg), strict=True)
    }
    first = node.args[k]
    table = Table.of_entries(inputs[k], known.shape(first), known.nonzero(first))
    for j, arg in enumerate(node.args):
        entries = known.nonzero(arg)
        if j != k and entries is not None:
            factor = Table.of_entries(inputs[j], known.shape(arg), entries)
            table = table.meeting(factor, {*output, *table.columns}, sizes)
    for index in output:
        if index not in table.columns:
            table = table.crossed(index, sizes[index])
    return table


def convolved(node: Node, places: Sequence[int], known: Known) -> Links:
    """Entry k of the full convolution reads entries i and j with i + j = k."""
    (n,), (m,) = map(known.shape, node.args)
    cut = {"full": 0, "same": (m - 1) // 2, "valid": m - 1}[node.attrs]
    table = Table.whole((0, 1), (n, m))
    result = table.columns[0] + table.columns[1] - cut
    inside = (result >= 0) & (result < known.shape(node)[0])
    return _each(node, places, known, lambda k: Links(result[inside], table.columns[k][inside]))
