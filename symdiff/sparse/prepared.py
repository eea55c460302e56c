"""What is prepared for some sizes: a pattern, the passes that find its entries, and their seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from symdiff.node import Node
from symdiff.shown import Part, Rows, Shown
from symdiff.sparse.compression import compressed
from symdiff.sparse.known import KnownAt
from symdiff.sparse.products import Products

Array: TypeAlias = "np.ndarray[Any, Any]"
Matrix: TypeAlias = Any


class Prepared(Shown):
    """How a sparse matrix is computed at some sizes; print it.

    pattern  where it may be other than zero
    colours  how many products with directions give all of it
    mode     "forward", where columns are summed, "reverse", where rows are, or "none" needed
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
        self._results = [known.shape(y) for y in targets]
        self._arguments = [known.shape(x) for x in wrt]
        self._lanes = compressed(self.pattern, symmetric)
        self._steps: dict[Any, list[Any]] = {}

    @property
    def colours(self) -> int:
        """How many products give all entries."""
        return sum(lanes.count for lanes in self._lanes)

    @property
    def mode(self) -> str:
        """The passes that are taken."""
        return " and ".join("forward" if x.forward else "reverse" for x in self._lanes) or "none"

    @property
    def density(self) -> float:
        """The share of entries that may be other than zero."""
        rows, columns = self.pattern.shape
        return float(self.pattern.nnz / max(rows * columns, 1))

    def data(self, products: Products, values: Mapping[str, Any], dtype: np.dtype[Any]) -> Array:
        """The entries of the pattern, in order."""
        data = np.zeros(self.pattern.nnz, dtype)
        for forward, seeds, taken in self._prepared_for(dtype):
            found = products(forward, seeds, values)
            for (entries, where), each in zip(taken, found, strict=True):
                data[entries] = each.reshape(-1)[where]
        return data

    def _prepared_for(self, dtype: np.dtype[Any]) -> list[Any]:
        """Directions of this type, and where the entries are in what comes out."""
        if dtype not in self._steps:
            steps = self._steps[dtype] = []
            for lanes in self._lanes:
                sides = (self._arguments, self._results)
                seeded, found = sides if lanes.forward else sides[::-1]
                for first, last in lanes.chunks(seeded, found):
                    seeds = lanes.seeds(seeded, first, last, dtype)
                    steps.append((lanes.forward, seeds, lanes.taken(found, first, last)))
        return self._steps[dtype]

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
