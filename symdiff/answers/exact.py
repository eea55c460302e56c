"""Exact values: the ops' own NumPy forms, applied to arrays of fractions.

An op is rational where it turns fractions into fractions; that is seen from its result, so no list
of such ops is kept. Of rational formulas, equality and difference at a point are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isfinite
from typing import Any

import numpy as np

from symdiff.answers.points import Array, Point
from symdiff.answers.stepwise import stepwise
from symdiff.node import Node, topological
from symdiff.ops.leaves import CONSTANT, number_of

LARGEST_GRAPH = 500
"""Fractions grow with each step; larger graphs are computed in float64."""

_MOST_BITS = 20_000
_MOST_BITS_OF_A_CONSTANT = 20
_LARGEST_EXPONENT = 64


class NotRational(Exception):
    """A formula leaves the fractions, or its fractions become too long."""


def exact_values(outputs: Sequence[Node], point: Point) -> list[Array]:
    """The values of expressions at a point of fractions, as arrays of fractions.

    Raises NotRational, and ZeroDivisionError where a formula has no value.
    """
    order = topological(outputs)
    if any(node.dtype == "complex" for node in order):
        raise NotRational
    powers = [node.args[1] for node in order if node.op.name == "power"]
    exponents = [number_of(exponent) for exponent in powers]
    if len(order) > LARGEST_GRAPH or any(
        e is None or abs(e) > _LARGEST_EXPONENT for e in exponents
    ):
        raise NotRational
    try:
        return stepwise(outputs, point, np.dtype(object), _of_fractions)
    except (TypeError, AttributeError, IndexError, OverflowError, ValueError):
        # NumPy has no such function of objects, no limits of their type, nor are they indices
        raise NotRational from None


def _of_fractions(node: Node, value: Any, arguments: list[Array]) -> Array:
    if node.dtype == "bool":
        return np.asarray(value, dtype=bool)
    convert = _constant_fraction if node.op is CONSTANT else _fraction
    return np.asarray(np.frompyfunc(convert, 1, 1)(value), dtype=object)


def _constant_fraction(entry: int | float) -> Fraction:
    """A number such as 0.1 stands for what float64 cannot hold, so nothing with it is exact."""
    if not isfinite(entry):
        raise NotRational
    fraction = Fraction(entry)
    if fraction.denominator.bit_length() > _MOST_BITS_OF_A_CONSTANT:
        raise NotRational
    return fraction


def _fraction(entry: object) -> Fraction:
    if isinstance(entry, (int, np.integer, np.bool_)):
        return Fraction(int(entry))
    if not isinstance(entry, Fraction) or entry.numerator.bit_length() > _MOST_BITS:
        raise NotRational
    return entry
