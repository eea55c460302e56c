"""Slices of axes with named sizes, compared with NumPy's for every size."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import symdiff as sd
from symdiff.dims import size_value

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
            assert sd.compile(taken)(array).tolist() == expected.tolist()
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
