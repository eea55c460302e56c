"""Splitting arrays into slices: equal ones, those between given places, or single layers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from symdiff.dims import Dim, exact_quotient
from symdiff.errors import ArgumentError, ShapeError, describe
from symdiff.node import Node
from symdiff.ops.indexing import getitem
from symdiff.ops.leaves import as_node
from symdiff.ops.structure import normalize_axis
from symdiff.registry import Sample, composite

__all__ = [
    "array_split",
    "dsplit",
    "hsplit",
    "split",
    "unstack",
    "vsplit",
]


@composite(
    Sample("split(x, 3)[0] * split(x, 3)[2]", {"x": "6"}),
    Sample("split(X, 2, axis=1)[1]", {"X": "n 2*m", "y": "m"}),
    Sample("sum(split(x, [1, 3])[1]) * split(x, (2, 4))[0] + split(x, [1, -1])[2]", {"x": "5"}),
    Sample("split(x, [n])[1] * y + sum(split(x, [n])[0] * z)", {"x": "n+m", "y": "m", "z": "n"}),
)
def split(x: object, sections: object, axis: object = 0) -> list[Node]:
    """Return a list of slices: `sections` equal ones, or those between the given places.

    Raises ShapeError where `sections` does not divide the size for all values of named sizes.

    >>> import symdiff as sd
    >>> sd.split(sd.vector("x", "2*n"), 2)
    [<x[:n] : (n,) float>, <x[n:] : (n,) float>]
    """
    x = as_node(x)
    place = _axis_to_split("split", x, axis)
    if isinstance(sections, (list, tuple)):
        return _between(x, sections, place)
    count = _section_count(sections)
    each = exact_quotient(x.shape[place], count)
    if each is None:
        raise ShapeError(
            f"`split` cannot split {describe(x)} into {count} equal parts along axis {place}: "
            f"size {x.shape[place]} is not known to be a multiple of {count}; "
            f"declare it as such, or give a list of places"
        )
    return _between(x, [each * k for k in range(1, count)], place)


@composite(
    Sample("array_split(x, 3)[0][1:] * array_split(x, 3)[1] + array_split(x, 3)[2]", {"x": "7"}),
    Sample("array_split(X, 2, axis=1)[1]", {"X": "n 2"}),
)
def array_split(x: object, sections: object, axis: object = 0) -> list[Node]:
    """Return a list of slices as `split` does; the first are longer by one, if they must be.

    Raises ShapeError for a symbolic size that `sections` does not divide.

    >>> import symdiff as sd
    >>> [part.shape for part in sd.array_split(sd.vector("x", 5), 2)]
    [(3,), (2,)]
    """
    x = as_node(x)
    place = _axis_to_split("array_split", x, axis)
    size = x.shape[place]
    if isinstance(sections, (list, tuple)) or not isinstance(size, int):
        return split(x, sections, place)
    count = _section_count(sections)
    return _between(x, [k * (size // count) + min(k, size % count) for k in range(1, count)], place)


@composite(Sample("hsplit(X, 2)[1] * hsplit(x, 2)[0]", {"X": "n 2", "x": "2"}))
def hsplit(x: object, sections: object) -> list[Node]:
    """Return a list of slices along the second axis, or the only one of a vector.

    >>> import symdiff as sd
    >>> [part.shape for part in sd.hsplit(sd.matrix("X", "n", 4), 2)]
    [(n, 2), (n, 2)]
    """
    x = as_node(x)
    return split(x, sections, 0 if x.ndim == 1 else 1)


@composite(Sample("vsplit(X, 2)[1]", {"X": "4 n"}))
def vsplit(x: object, sections: object) -> list[Node]:
    """Return a list of slices along the first axis.

    >>> import symdiff as sd
    >>> [part.shape for part in sd.vsplit(sd.matrix("X", "2*n", 4), 2)]
    [(n, 4), (n, 4)]
    """
    return split(_with_rank("vsplit", x, 2), sections, 0)


@composite(Sample("dsplit(K, 2)[1]", {"K": "2 n 2"}))
def dsplit(x: object, sections: object) -> list[Node]:
    """Return a list of slices along the third axis.

    >>> import symdiff as sd
    >>> [part.shape for part in sd.dsplit(sd.tensor("K", 2, 3, 4), 2)]
    [(2, 3, 2), (2, 3, 2)]
    """
    return split(_with_rank("dsplit", x, 3), sections, 2)


@composite(Sample("unstack(X)[0] * unstack(X, axis=1)[-1][0]", {"X": "2 3"}))
def unstack(x: object, axis: object = 0) -> tuple[Node, ...]:
    """Return the layers of `x` along an axis, which they do not have: the inverse of `stack`.

    Raises ArgumentError for an axis whose size is not a number.

    >>> import symdiff as sd
    >>> sd.unstack(sd.matrix("X", "n", 2), axis=1)
    (<X[:, 0] : (n,) float>, <X[:, 1] : (n,) float>)
    """
    x = as_node(x)
    place = _axis_to_split("unstack", x, axis)
    size = x.shape[place]
    if isinstance(size, Dim):
        raise ArgumentError(f"`unstack` needs an axis with a number as its size, not {size}")
    return tuple(getitem(x, (slice(None),) * place + (k,)) for k in range(size))


def _with_rank(name: str, x: object, rank: int) -> Node:
    x = as_node(x)
    if x.ndim < rank:
        raise ArgumentError(f"`{name}` needs at least {rank} axes, but has {describe(x)}")
    return x


def _axis_to_split(name: str, x: Node, axis: object) -> int:
    if not x.ndim:
        raise ArgumentError(f"`{name}` needs an array with an axis, not {describe(x)}")
    place = normalize_axis(x, axis if axis is not None else 0)
    return place


def _section_count(sections: object) -> int:
    try:
        count = int(sections.__index__())  # type: ignore[attr-defined]
    except (AttributeError, TypeError):
        count = 0
    if isinstance(sections, bool) or count < 1:
        raise ArgumentError(
            f"the number of sections must be a positive int, or a list of places, not {sections}"
        )
    return count


def _between(x: Node, places: Sequence[object], axis: int) -> list[Node]:
    """The slices between places, which are bounds of slices as in NumPy."""
    before = (slice(None),) * axis
    bounds: list[object] = [None, *places, None]
    pairs = pairwise(bounds)
    return [getitem(x, (*before, slice(start, stop))) for start, stop in pairs]
