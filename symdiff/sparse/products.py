"""Products of Jacobians with stacks of directions, compiled once for all sizes and any number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from symdiff.codegen.compiled import Compiled
from symdiff.codegen.generate import compile
from symdiff.derive.backprop import dependents
from symdiff.derive.linear_map import fresh, names_of
from symdiff.derive.passes import pulled_back, pushed_forward
from symdiff.dims import named
from symdiff.node import Node, intern, topological
from symdiff.ops.elementwise import add
from symdiff.ops.leaves import VARIABLE
from symdiff.rewrite.simplify import simplify

Array: TypeAlias = "np.ndarray[Any, Any]"


Sides: TypeAlias = "tuple[tuple[bool, tuple[int, ...]], ...]"
"""Kinds of passes, forward or not, each with the places of the arrays that directions are of."""


class _Function(NamedTuple):
    """What computes the products of all kinds of passes at once.

    seeds    the names of its stacks of directions
    lanes    for each kind, the name of the number of directions
    reached  for each kind, the places of the arrays that its results are of
    """

    code: Compiled
    seeds: list[str]
    lanes: list[str]
    reached: list[list[int]]


class Products:
    """The products of the Jacobian of `targets` by `wrt` with stacks of directions."""

    def __init__(self, targets: Sequence[Node], wrt: Sequence[Node]) -> None:
        self.targets, self.wrt = targets, wrt
        self._functions: dict[Sides, _Function] = {}

    def __call__(
        self, sides: Sides, directions: Sequence[Sequence[Array]], values: Mapping[str, Any]
    ) -> list[dict[int, Array]]:
        """For each kind of pass, and each target (or `wrt`) that it reaches, a stack of products.

        For each kind, `directions` has stacks of directions, one for each array on its side.
        """
        if sides not in self._functions:
            self._functions[sides] = self._compiled(sides)
        function = self._functions[sides]
        known = dict(values)
        stacks = (each for seeds in directions for each in seeds)
        known.update(zip(function.seeds, stacks, strict=True))
        counts = (len(seeds[0]) for seeds in directions)
        known.update(zip(function.lanes, counts, strict=True))
        found = iter(function.code(**{name: known[name] for name in function.code.inputs}))
        return [{place: np.asarray(next(found)) for place in places} for places in function.reached]

    def _compiled(self, sides: Sides) -> _Function:
        """One function for all kinds of passes, which share what they need of the values."""
        taken = names_of([*self.targets, *self.wrt])
        names: list[str] = []
        counts: list[str] = []
        outputs: list[Node] = []
        reached: list[list[int]] = []
        for forward, places in sides:
            counts.append(_new("lanes", taken))
            lanes = named(counts[-1])
            nodes = [(self.wrt if forward else self.targets)[place] for place in places]
            seeds: list[Node] = []
            for node in nodes:
                names.append(_new("seeds", taken))
                seeds.append(intern(VARIABLE, (), (names[-1], (lanes, *node.shape), "float")))
            found = (self._forward if forward else self._reverse)(nodes, seeds)
            reached.append(list(found))
            outputs += found.values()
        return _Function(compile(simplify(outputs)), names, counts, reached)

    def _forward(self, moving: list[Node], seeds: list[Node]) -> dict[int, Node]:
        """The tangents of all targets that depend on what moves."""
        depends = dependents(topological(self.targets), moving)
        reached = {k: y for k, y in enumerate(self.targets) if y in depends}
        tangents = pushed_forward(list(reached.values()), moving, seeds)
        return dict(zip(reached, tangents, strict=True))

    def _reverse(self, targets: list[Node], seeds: list[Node]) -> dict[int, Node]:
        """The cotangents of all `wrt`."""
        parts = [pulled_back(y, self.wrt, seed) for y, seed in zip(targets, seeds, strict=True)]
        return dict(enumerate(reduce(add, each) for each in zip(*parts, strict=True)))


def _new(name: str, taken: set[str]) -> str:
    """A name that is not taken, and is from now on."""
    found = fresh(name, taken)
    taken.add(found)
    return found
