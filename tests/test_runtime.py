"""The functions that NumPy lacks: no overflow, exact limits, right precision in both tails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import symdiff as sd

x, v = sd.scalar("x"), sd.vector("v", "n")
pytestmark = pytest.mark.filterwarnings("error")


def value(node: sd.Node, **given: Any) -> Any:
    """The value of an expression, with every warning an error."""
    return sd.evaluate(node, **given)


@pytest.mark.parametrize("at", [-1000.0, -740.0, -40.0, -1.0, -1e-9, 0.0, 1e-9, 1.0, 40.0, 1000.0])
@pytest.mark.parametrize(
    ("function", "exact"),
    [
        (sd.sigmoid, lambda t: 1 / (1 + mpmath.exp(-t))),
        (sd.softplus, lambda t: mpmath.log(1 + mpmath.exp(t))),
        (lambda t: sd.grad(sd.softplus(t), t), lambda t: 1 / (1 + mpmath.exp(-t))),
        (
            lambda t: sd.grad(sd.sigmoid(t), t),
            lambda t: mpmath.exp(-t) / (1 + mpmath.exp(-t)) ** 2,
        ),
    ],
    ids=["sigmoid", "softplus", "softplus'", "sigmoid'"],
)
def test_both_tails(function: Callable[..., sd.Node], exact: Callable[..., Any], at: float) -> None:
    with mpmath.workdps(1000), np.errstate(under="ignore"):
        wanted = float(exact(mpmath.mpf(at)))
        # the derivative of the sigmoid is y (1 - y), which is exact to the scale of y
        assert value(function(x), x=at) == pytest.approx(wanted, rel=1e-13, abs=1e-16)


@pytest.mark.parametrize("shift", [0.0, 1000.0, -1000.0, 1e300])
def test_shifting_changes_nothing(shift: float) -> None:
    at = [1.0, 2.0, 4.0]
    moved = [shift, shift, shift]
    third = np.full(3, 1 / 3)
    np.testing.assert_allclose(value(sd.softmax(v), v=moved), third, rtol=1e-15)
    np.testing.assert_allclose(value(sd.log_softmax(v), v=moved), np.log(third), rtol=1e-15)
    assert value(sd.logsumexp(v), v=moved) == pytest.approx(shift + np.log(3), rel=1e-15)
    if abs(shift) < 1e4:
        shifted = [entry + shift for entry in at]
        same = value(sd.softmax(v), v=at)
        np.testing.assert_allclose(value(sd.softmax(v), v=shifted), same, rtol=1e-12)


def test_a_sure_class() -> None:
    at = [1000.0, 0.0, -1000.0]
    np.testing.assert_array_equal(value(sd.softmax(v), v=at), [1, 0, 0])
    np.testing.assert_array_equal(value(sd.log_softmax(v), v=at), [0, -1000, -2000])
    loss = sd.logsumexp(v) - v[2]
    assert value(loss, v=at) == 2000
    np.testing.assert_array_equal(value(sd.grad(loss, v), v=at), [1, 0, -1])


def test_entries_that_are_minus_infinity() -> None:
    """An impossible class has weight 0; no class at all has the logarithm of 0."""
    at = [0.0, -np.inf, 0.0]
    assert value(sd.logsumexp(v), v=at) == pytest.approx(np.log(2))
    np.testing.assert_array_equal(value(sd.softmax(v), v=at), [0.5, 0, 0.5])
    with np.errstate(divide="ignore"):
        assert value(sd.logsumexp(v), v=[-np.inf, -np.inf]) == -np.inf


@pytest.mark.parametrize(
    ("at", "others"),
    [
        ([2.0, 3.0, 5.0], [15, 10, 6]),
        ([0.0, 3.0, 5.0], [15, 0, 0]),
        ([0.0, 0.0, 5.0], [0, 0, 0]),
        ([7.0], [1]),
        ([], []),
        ([1e-200, 1e200, 1e-200], [1, 0, 1]),
    ],
    ids=str,
)
def test_product_of_others(at: list[float], others: list[float]) -> None:
    with np.errstate(under="ignore"):
        found = value(sd.product_of_others(v, axis=0), v=at)
    np.testing.assert_allclose(found, others, rtol=1e-15)


def test_a_norm_of_nothing() -> None:
    assert value(sd.norm(v), v=[]) == 0
    np.testing.assert_array_equal(value(sd.grad(sd.norm(v), v), v=[0.0, 0.0]), [0, 0])


def test_second_derivatives_far_out() -> None:
    """Finite where the true ones are."""
    for function in (sd.softplus, sd.sigmoid, sd.tanh):
        second = sd.grad(sd.grad(function(x), x), x)
        with np.errstate(under="ignore"):
            assert [value(second, x=at) for at in (-800.0, 800.0)] == pytest.approx(
                [0, 0], abs=1e-15
            )
