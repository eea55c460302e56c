"""The pass of each sample formula, and points at which its steps can be checked."""

from __future__ import annotations

from functools import cache

import numpy as np
from samples import SAMPLES, declared

import symdiff as sd
from symdiff.binding import inputs
from symdiff.derive.backprop import GradientTable, backprop
from symdiff.differences import Point
from symdiff.dims import size_value
from symdiff.ops.leaves import INEXACT
from symdiff.registry import Sample
from symdiff.rewrite.stabilise import prepared

SIZES = {"n": 3, "m": 2}


@cache
def passes(name: str) -> list[tuple[str, GradientTable, Point]]:
    """For all samples of what is named: the formula, the pass of a weighted sum, and a point."""
    tables = [(sample, sample_pass(sample)) for sample in SAMPLES[name]]
    return [(sample.formula, table, sample_point(sample, table)) for sample, table in tables]


def sample_pass(sample: Sample) -> GradientTable:
    """The pass of the sum of all entries, each with a weight of its own."""
    variables = declared(sample)
    value = sd.parse(sample.formula, **variables)
    total = sd.sum(sd.tensor("weights", *value.shape) * value)
    target = sd.real(total) if total.dtype == "complex" else total
    wrt = [x for x in variables.values() if x.dtype in INEXACT]
    return backprop(prepared([target], wrt)[0], wrt)


def sample_point(sample: Sample, table: GradientTable) -> Point:
    """Random values in the range of the sample."""
    rng = np.random.default_rng(0)
    values: dict[sd.Node, np.ndarray] = {}
    for x in inputs(table.target):
        low, high = (-1.0, 1.0) if x.attrs[0] == "weights" else (sample.low, sample.high)
        shape = tuple(size_value(size, SIZES) for size in x.shape)
        drawn = np.asarray(rng.uniform(low, high, shape))
        if x.dtype == "complex":
            drawn = drawn + 1j * rng.uniform(low, high, shape)
        values[x] = of_kind(drawn, x.dtype)
    return Point(values, SIZES)


def of_kind(drawn: np.ndarray, kind: str) -> np.ndarray:
    """Random numbers as they are, as whole numbers, or as their signs."""
    if kind in INEXACT:
        return drawn
    return np.asarray(drawn > 0) if kind == "bool" else np.rint(drawn).astype(int)
