"""What is prepared for some sizes: a pattern, the passes that find its entries, and their seeds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from symdiff.node import Node
from symdiff.shown import Part, Rows, Shown
from symdiff.sparse.compression import Lanes, compressed
from symdiff.sparse.dots import dotted
from symdiff.sparse.known import KnownAt
from symdiff.sparse.products import Products, Sides

Array: TypeAlias = "np.ndarray[Any, Any]"
Matrix: TypeAlias = Any


class _Step(NamedTuple):
    """One call: kinds of passes, their directions, and for each result which entries are where."""

    sides: Sides
    seeds: list[list[Array]]
    taken: list[list[tuple[Array | slice, Array]]]


class Prepared(Shown):
    """How a sparse matrix is computed at some sizes; print it, or its `picture()`.

    pattern  where it may be other than zero
    colours  how many products with directions give all of it
    mode     "forward", where columns are summed, "reverse", where rows are, "forward and reverse"
             where few rows or columns are much longer than others, "none" where all is zero
    """

    def __init__(
        self,
        pattern: Matrix,
        known: KnownAt,
        targets: Sequence[Node],
        wrt: Sequence[Node],
        symmetric: bool,
    ) -> None:
        self.pattern = pattern + pattern.T.tocsr() if symmetric else pattern
        self._rows, self._columns = (
            [known.shape(node) for node in side] for side in (targets, wrt)
        )
        rows, columns = ([prod(shape) for shape in side] for side in (self._rows, self._columns))
        self._lanes = compressed(self.pattern, rows, columns, symmetric)
        self._steps: dict[Any, list[_Step]] = {}

    @property
    def colours(self) -> int:
        """How many products give all entries."""
        return sum(lanes.count for lanes in self._lanes)

    @property
    def mode(self) -> str:
        """The passes that are taken."""
        modes = dict.fromkeys("forward" if x.forward else "reverse" for x in self._lanes)
        return " and ".join(modes) or "none"

    @property
    def density(self) -> float:
        """The share of entries that may be other than zero."""
        rows, columns = self.pattern.shape
        return float(self.pattern.nnz / max(rows * columns, 1))

    def picture(self, width: int = 60) -> str:
        """The pattern in dots, in at most so many characters a row; a dot may be many entries."""
        return dotted(self.pattern, width)

    def data(self, products: Products, values: Mapping[str, Any], dtype: np.dtype[Any]) -> Array:
        """The entries of the pattern, in order."""
        data = np.zeros(self.pattern.nnz, dtype)
        if dtype not in self._steps:
            self._steps[dtype] = list(self._prepared_for(dtype))
        for step in self._steps[dtype]:
            results = products(step.sides, step.seeds, values)
            for found, taken in zip(results, step.taken, strict=True):
                for place, result in found.items():
                    entries, where = taken[place]
                    flat = result.reshape(-1)
                    if isinstance(entries, slice):
                        np.take(flat, where, out=data[entries], mode="clip")  # without a copy
                    else:
                        data[entries] = flat[where]
        return data

    def _prepared_for(self, dtype: np.dtype[Any]) -> Iterator[_Step]:
        """The calls that give all entries. Passes of which each is one call are made in one."""
        together: list[tuple[Lanes, int, int]] = []
        for lanes in self._lanes:
            chunks = list(lanes.chunks(self._rows, self._columns))
            if len(chunks) == 1:
                together.append((lanes, *chunks[0]))
            else:
                yield from (self._step([(lanes, *chunk)], dtype) for chunk in chunks)
        if together:
            yield self._step(together, dtype)

    def _step(self, parts: Sequence[tuple[Lanes, int, int]], dtype: np.dtype[Any]) -> _Step:
        """One call, of some lanes of some passes."""
        step = _Step((), [], [])
        for lanes, first, last in parts:
            seeded, found = (self._rows, self._columns)[:: -1 if lanes.forward else 1]
            step = _Step(
                (*step.sides, (lanes.forward, lanes.sides)),
                [*step.seeds, lanes.seeds(seeded, first, last, dtype)],
                [*step.taken, lanes.taken(found, first, last)],
            )
        return step

    def _parts_(self) -> list[Part]:
        """The figures."""
        rows, columns = self.pattern.shape
        facts = [
            ("rows, columns", f"{rows}, {columns}"),
            ("nonzeros", f"{self.pattern.nnz} ({100 * self.density:.3g} %)"),
            ("mode", self.mode),
            ("colours", str(self.colours)),
        ]
        return [Rows((), facts)]
