"""Long lists of scalars as vectors: scalar variables on one side, scalar targets on the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from symdiff.derive.linear_map import fresh
from symdiff.node import Node
from symdiff.ops.joining import stack
from symdiff.ops.leaves import VARIABLE, variable
from symdiff.sparse.alike import MANY


def stacked(nodes: Sequence[Node]) -> list[Node]:
    """The same entries in a row, with each long run of scalars in one vector."""
    found: list[Node] = []
    for scalar, run in groupby(nodes, lambda node: not node.shape):
        members = list(run)
        found += [stack(members)] if scalar and len(members) >= MANY else members
    return found


def in_packs(nodes: Sequence[Node], taken: Iterable[str]) -> dict[Node, list[Node]]:
    """A vector for each long run of scalar variables in a list, with these variables.

    The names of the vectors are not among those `taken`.
    """
    packs: dict[Node, list[Node]] = {}
    names = {*taken}
    for scalar, run in groupby(nodes, lambda x: x.op is VARIABLE and not x.shape):
        members = list(run)
        if scalar and len(members) >= MANY:
            name = fresh("variables", names)
            names.add(name)
            packs[variable(name, len(members), members[0].dtype)] = members
    return packs
