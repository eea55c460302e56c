"""Products of Jacobians with stacks of directions, compiled once for all sizes and any number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, reduce
from typing import Any, TypeAlias

import numpy as np

from symdiff.codegen.compiled import Compiled
from symdiff.codegen.generate import compile
from symdiff.derive.linear_map import fresh, names_of
from symdiff.derive.passes import pulled_back, pushed_forward
from symdiff.dims import named
from symdiff.node import Node, intern
from symdiff.ops.elementwise import add
from symdiff.ops.leaves import VARIABLE
from symdiff.rewrite.simplify import simplify

Array: TypeAlias = "np.ndarray[Any, Any]"


class Products:
    """The products of the Jacobian of `targets` by `wrt` with stacks of directions."""

    def __init__(self, targets: Sequence[Node], wrt: Sequence[Node]) -> None:
        self.targets, self.wrt = targets, wrt

    def __call__(
        self, forward: bool, directions: Sequence[Array], values: Mapping[str, Any]
    ) -> list[Array]:
        """For each direction, the tangents of all targets, or the cotangents of all `wrt`."""
        function = self._forward if forward else self._reverse
        seeds = self._seeds(self.wrt if forward else self.targets)
        names = (seed.attrs[0] for seed in seeds)
        known = {**values, **dict(zip(names, directions, strict=True))}
        known[self._lanes] = len(directions[0])
        found = function(**{name: known[name] for name in function.inputs})
        return [np.asarray(each) for each in found]

    @cached_property
    def _taken(self) -> set[str]:
        return names_of([*self.targets, *self.wrt])

    @cached_property
    def _lanes(self) -> str:
        return fresh("lanes", self._taken)

    def _seeds(self, nodes: Sequence[Node]) -> list[Node]:
        """A stack of directions for each node."""
        lanes = named(self._lanes)
        taken = {*self._taken, self._lanes}
        seeds: list[Node] = []
        for node in nodes:
            name = fresh("seeds", taken)
            taken.add(name)
            seeds.append(intern(VARIABLE, (), (name, (lanes, *node.shape), "float")))
        return seeds

    @cached_property
    def _forward(self) -> Compiled:
        return compile(simplify(pushed_forward(self.targets, self.wrt, self._seeds(self.wrt))))

    @cached_property
    def _reverse(self) -> Compiled:
        pairs = zip(self.targets, self._seeds(self.targets), strict=True)
        parts = [pulled_back(y, self.wrt, seed) for y, seed in pairs]
        return compile(simplify([reduce(add, each) for each in zip(*parts, strict=True)]))
