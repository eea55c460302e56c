"""Slices of axes with named sizes, compared with NumPy's for every size."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.binding import size_names
from symdiff.dims import Dim, named, size_value
from symdiff.node import topological

BOUNDS = (None, -3, -1, 0, 1, 3)
STEPS = (1, 2, 3, -1, -2, -3)


@pytest.mark.parametrize("step", STEPS)
def test_a_slice_is_numpys_or_refused(step: int) -> None:
    x = sd.vector("x", "n")
    compared = 0
    for start, stop in itertools.product(BOUNDS, BOUNDS):
        try:
            taken = x[start:stop:step]
        except sd.ArgumentError as error:
            assert "gets shorter as n grows" in str(error)
            continue
        compiled = sd.compile(taken)
        for n in range(9):
            array = np.arange(float(n))
            try:
                value = sd.evaluate(taken, x=array)
            except sd.InputError as error:
                assert f"but n is {n}" in str(error)
                continue
            expected = array[start:stop:step]
            assert value.tolist() == expected.tolist(), (start, stop, n)
            assert size_value(taken.shape[0], {"n": n}) == expected.size
            assert compiled(array).tolist() == expected.tolist()
            compared += 1
    assert compared > 100


N, M = named("n"), named("m")
SYMBOLIC = (None, 1, -1, N, M, N - 1, N + M - 2, M + 1, 2 * N, N // 2)


@pytest.mark.parametrize("size", [N, N + M, 2 * N + M, M, 4], ids=str)
@pytest.mark.parametrize("step", [1, 2, -1, -2])
def test_a_slice_with_symbolic_bounds_is_numpys_or_refused(size: Any, step: int) -> None:
    compared = 0
    x = sd.vector("x", size)
    for start, stop in itertools.product(SYMBOLIC, SYMBOLIC):
        if not isinstance(start, Dim) and not isinstance(stop, Dim):
            continue
        try:
            taken = x[start:stop:step]
        except (sd.ShapeError, sd.ArgumentError) as error:
            assert "does not lie within" in str(error) or "gets shorter as" in str(error)
            continue
        used = set(size_names(topological([taken])))
        free = used - {str(s) for s in x.shape if isinstance(s, Dim)}
        for n, m in itertools.product(range(5), range(4)):
            sizes = {"n": n, "m": m}
            array = np.arange(float(size_value(size, sizes)))
            bounds = [None if b is None else size_value(b, sizes) for b in (start, stop)]
            given = {name: sizes[name] for name in free}
            try:
                value = sd.evaluate(taken, x=array, **given)
            except sd.InputError as error:
                assert "needs" in str(error)
                continue
            assert all(b is None or b >= 0 or not isinstance(s, Dim)
                       for b, s in zip(bounds, (start, stop), strict=True))  # fmt: skip
            assert value.tolist() == array[slice(*bounds, step)].tolist(), (start, stop, n, m)
            assert size_value(taken.shape[0], sizes) == value.size
            compared += 1
    assert compared > 100


def test_a_slice_that_shrinks_is_refused_with_advice() -> None:
    with pytest.raises(sd.ArgumentError) as caught:
        sd.vector("x", "n")[-3:5]
    assert str(caught.value) == (
        "the slice [-3:5] of an axis of size n gets shorter as n grows; count "
        "both its ends from the same side, or give the axis a number as its size"
    )


@pytest.mark.parametrize("index", ["a", 1.5, True, np.array(True)])
def test_other_indices_are_refused(index: object) -> None:
    with pytest.raises(sd.ArgumentError, match="an index must be an int"):
        sd.vector("x", 3)[index]


@pytest.mark.parametrize("size", range(5))
def test_every_slice_of_a_short_axis(size: int) -> None:
    x, at = sd.vector("x", size), np.arange(size, dtype=float)
    bounds = [None, *range(-6, 7)]
    for start, stop, step in itertools.product(bounds, bounds, [None, 1, 2, -1, -2, -7]):
        value = x[start:stop:step]
        expected = at[start:stop:step]
        assert value.shape == expected.shape
        np.testing.assert_array_equal(sd.evaluate(value, {x: at}), expected)
        assert sd.parse(sd.text(value), x=x) is value
