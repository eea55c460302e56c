"""Products of stacks of inverses that are no plain matrix products, as systems to be solved.

In a batch, each inverse is multiplied by its own vector, or all are by the same columns.
"""

from __future__ import annotations

from typing import NamedTuple

from symdiff.node import Node, intern
from symdiff.ops.contraction import CONTRACT, transpose
from symdiff.ops.linear_algebra import INV, SOLVE
from symdiff.ops.matrices import transposed
from symdiff.ops.structure import expand_dims

Indices = tuple[int, ...]


class System(NamedTuple):
    """A stack of inverses times vectors, or matrices, in indices of a contraction.

    place    which factor the inverses are
    lead     along which they are stacked
    inner    the one that is summed
    free     the other one of an inverse
    columns  that of several right-hand sides, if there are several
    turned   whether the inverses are transposed
    """

    place: int
    lead: Indices
    inner: int
    free: int
    columns: Indices
    turned: bool


def system(node: Node) -> System | None:
    """The system that a contraction solves by stacked inverses."""
    if node.op is not CONTRACT or len(node.args) != 2:
        return None
    for place, arg in enumerate(node.args):
        if arg.op is INV and arg.ndim > 2 and arg is not node.args[1 - place]:
            found = _read(place, node.attrs.inputs[place], node.attrs.inputs[1 - place])
            if found is not None and {*node.attrs.output} == {
                *found.lead,
                found.free,
                *found.columns,
            }:
                return found
    return None


def _read(place: int, own: Indices, other: Indices) -> System | None:
    *lead, row, column = own
    summed = [index for index in (row, column) if index in other]
    columns = tuple(index for index in other if index not in own)
    plain = len({*own}) == len(own) and len({*other}) == len(other)
    if not plain or len(summed) != 1 or len(columns) > 1:
        return None
    free = column if summed[0] == row else row
    return System(place, tuple(lead), summed[0], free, columns, summed[0] == row)


def solution(found: System, node: Node, args: tuple[Node, ...]) -> Node:
    """The same product, by solving for the other factor."""
    place, lead, inner, free, columns, turned = found
    matrices, other = args[place].args[0], args[1 - place]
    indices = node.attrs.inputs[1 - place]
    stacked = tuple(index for index in lead if index in indices)
    right = transpose(other, [indices.index(i) for i in (*stacked, inner, *columns)])
    if not columns:
        right = expand_dims(right, right.ndim)
    if stacked:
        right = expand_dims(right, tuple(k for k, i in enumerate(lead) if i not in stacked))
    solved = intern(SOLVE, (transposed(matrices) if turned else matrices, right))
    if not columns:
        solved = solved[..., 0]
    has = (*lead, free, *columns)
    return transpose(solved, [has.index(index) for index in node.attrs.output])
