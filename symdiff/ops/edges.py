"""Conditions of matrices and of order, at which a function or its derivative is an exception.

They are written with functions of other families, which are looked up when they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable

from symdiff.node import Node
from symdiff.registry import CONVENTION, FUNCTIONS, STEEP, UNDEFINED, Edge


def _some(condition: Node) -> Node:
    found: Node = FUNCTIONS["any"](condition)
    return found


def ties(values: Node, axis: int = -1) -> Node:
    """Where some of the values along an axis, which stand in order, are equal."""
    return _some(FUNCTIONS["equal"](FUNCTIONS["diff"](values, 1, axis), 0))


def sorted_ties(x: Node, axes: tuple[int, ...]) -> Node:
    """Where some entries along an axis are equal; of several axes, some entries at all."""
    if len(axes) == 1:
        return ties(FUNCTIONS["sort"](x, axes[0]), axes[0])
    return ties(FUNCTIONS["sort"](FUNCTIONS["reshape"](x, -1)))


def _zero(values: Node) -> Node:
    return _some(FUNCTIONS["equal"](values, 0))


def _of(function: str) -> Callable[[Node], Node]:
    return lambda a: FUNCTIONS[function](a)


EIGENVALUES_TIE = Edge(lambda y, a: ties(y), CONVENTION)
EIGENVECTORS_TURN = Edge(lambda y, a: ties(_of("eigvalsh")(a)), STEEP)
REAL_EIGENVALUES_TIE = Edge(lambda y, a: ties(_of("sort")(y)), CONVENTION)
REAL_EIGENVECTORS_TURN = Edge(lambda y, a: ties(_of("sort")(_of("eigvals")(a))), STEEP)
SINGULAR_VALUES_TIE = Edge(lambda y, a: ties(y), CONVENTION)
SINGULAR_VALUE_ZERO = Edge(lambda y, a: _zero(y), CONVENTION)
SINGULAR_VECTORS_TURN = Edge(lambda y, a: ties(_of("svdvals")(a)), STEEP)
RANK_DROPS = Edge(lambda y, a: _zero(_of("svdvals")(a)), STEEP)
NOT_POSITIVE_DEFINITE = Edge(
    lambda y, a: _some(FUNCTIONS["less_equal"](_of("eigvalsh")(a), 0)), UNDEFINED
)
SINGULAR = Edge(lambda y, a: FUNCTIONS["equal"](_of("det")(a), 0), UNDEFINED)
SINGULAR_AND_STEEP = Edge(SINGULAR.where, STEEP)
ZERO_ON_DIAGONAL = Edge(lambda y, a, b: _zero(FUNCTIONS["diagonal"](a, 0, -2, -1)), UNDEFINED)
