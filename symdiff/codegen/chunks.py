"""Rows in parts, as callers give them: an iterable of chunks, or whole arrays that are cut."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np

from symdiff.errors import ArgumentError, InputError, shape_text
from symdiff.node import Node

Array: TypeAlias = "np.ndarray[Any, Any]"
Chunk: TypeAlias = "dict[Node, Array]"
Axes: TypeAlias = "Mapping[Node, int]"

CHUNK_BYTES = 1 << 25
"""How large the parts are into which arrays are cut, unless the caller gives a number of rows."""


def read(chunks: Iterable[object], axes: Axes) -> Iterator[Chunk]:
    """The arrays of each chunk by variable; `axes` has the variables in the order of tuples.

    Raises InputError for a chunk that is neither a dict of all their names nor a tuple of all.
    """
    for number, chunk in enumerate(chunks, 1):
        yield {v: np.asarray(array) for v, array in _by_variable(chunk, axes, number).items()}


def _by_variable(chunk: object, axes: Axes, number: int) -> dict[Node, object]:
    names = {v.attrs[0]: v for v in axes}
    if isinstance(chunk, Mapping):
        wrong = [name for name in chunk if name not in names]
        missing = [name for name in names if name not in chunk]
        if not wrong and not missing:
            return {v: chunk[name] for name, v in names.items()}
        found = f"{', '.join(map(str, chunk)) or 'nothing'}"
    elif isinstance(chunk, tuple) or (isinstance(chunk, list) and len(names) > 1):
        if len(chunk) == len(names):
            return dict(zip(axes, chunk, strict=True))
        found = f"{len(chunk)} arrays"
    elif len(names) == 1:
        return dict.fromkeys(axes, chunk)
    else:
        found = f"{type(chunk).__name__}"
    raise InputError(
        f"chunk {number} must hold {', '.join(names)}, as a dict or as a tuple in this order, "
        f"not {found}"
    )


def cut(arrays: Mapping[Node, Any], axes: Axes, rows: int | None) -> tuple[Iterator[Chunk], int]:
    """Parts of arrays, with so many rows each, and how many rows there are.

    Of arrays without rows there is one part.

    What can be sliced, such as a `numpy.memmap`, is read part by part.

    Raises InputError for arrays of other shapes than their variables, or with unlike rows,
    ArgumentError for a number of rows that is not positive.
    """
    if rows is not None and not (isinstance(rows, int) and rows > 0):
        raise ArgumentError(f"`rows` must be a positive number of rows, not {rows!r}")
    whole = {v: a if hasattr(a, "shape") else np.asarray(a) for v, a in arrays.items()}
    counts = {v: _row_count(v, whole[v].shape, axis) for v, axis in axes.items()}
    first, count = next(iter(counts.items()))
    for v, other in counts.items():
        if other != count:
            raise InputError(
                f"{first.attrs[0]} has {count} rows, but {v.attrs[0]} has {other}: "
                f"{first.attrs[0]} is {whole[first].shape}, {v.attrs[0]} is {whole[v].shape}"
            )
    bytes_each = sum(_row_bytes(whole[v], axis) for v, axis in axes.items())
    step = rows or max(1, CHUNK_BYTES // max(1, bytes_each))
    return _parts(whole, axes, count, step), count


def _parts(whole: Mapping[Node, Any], axes: Axes, count: int, step: int) -> Iterator[Chunk]:
    for start in range(0, max(count, 1), step):
        part = slice(start, start + step)
        yield {v: np.asarray(whole[v][(slice(None),) * k + (part,)]) for v, k in axes.items()}


def _row_count(v: Node, shape: tuple[int, ...], axis: int) -> int:
    if len(shape) != v.ndim:
        raise InputError(f"{v.attrs[0]} must have shape {shape_text(v.shape)}, not {shape}")
    return shape[axis]


def _row_bytes(array: Any, axis: int) -> int:
    others: tuple[int, ...] = array.shape[:axis] + array.shape[axis + 1 :]
    return math.prod(others) * int(array.dtype.itemsize)
