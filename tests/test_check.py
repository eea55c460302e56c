"""Verification: right gradients pass, wrong ones do not."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff as sd
from symdiff.check import TOLERANCE

X, w, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
x, k = sd.scalar("x"), sd.scalar("k", dtype="int")
loss = sd.sum((X @ w - y) ** 2)


def test_right_gradients_pass() -> None:
    found = sd.check(loss)
    assert [comparison.wrt for comparison in found] == [X, w, y]
    assert all(comparison.ok and comparison.error < 1e-10 for comparison in found)


@pytest.mark.parametrize(
    "wrong",
    [
        2 * X.T @ (X @ w + y),
        X.T @ (X @ w - y),
        2 * X.T @ (X @ w - y) * (1 + 1e-4),
        2 * X.T @ (X @ w - y) + 1e-3,
        -2 * X.T @ (X @ w - y),
        0 * w,
        w * float("nan"),
        w * float("inf"),
    ],
    ids=["sign inside", "factor", "a little", "offset", "sign", "zero", "nan", "inf"],
)
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.filterwarnings("ignore:invalid value")
def test_wrong_gradients_do_not(wrong: sd.Node, seed: int) -> None:
    (comparison,) = sd.check(loss, w, gradients=[wrong], seed=seed)
    assert not comparison.ok
    assert "WRONG" in str(comparison)


def test_one_wrong_entry_is_found() -> None:
    v = sd.vector("v", 5)
    right = sd.grad(sd.sum(sd.sin(v)), v)
    wrong = right + sd.constant([0.0, 0.0, 1e-3, 0.0, 0.0])
    assert sd.check(sd.sum(sd.sin(v)), v, gradients=[right])[0].ok
    assert not sd.check(sd.sum(sd.sin(v)), v, gradients=[wrong])[0].ok


def test_what_is_reported() -> None:
    (comparison,) = sd.check(x**2, x, at={x: 3.0})
    assert comparison.wrt is x
    assert comparison.derived == pytest.approx(comparison.measured, rel=1e-9)
    assert str(comparison).startswith("d/dx: ok, derived ")
    assert sd.Comparison(x, 1.0, 1.0, TOLERANCE).ok
    assert not sd.Comparison(x, 1.0, 1.0, 2 * TOLERANCE).ok
    assert not sd.Comparison(x, 1.0, 1.0, float("nan")).ok


def test_values_sizes_and_seed() -> None:
    at = {X: np.ones((2, 3))}
    first, again, other = (sd.check(loss, w, at=at, seed=seed)[0] for seed in (1, 1, 2))
    assert first == again != other
    assert all(c.ok for c in sd.check(loss, sizes={"n": 1, "d": 9}))


def test_sizes_that_no_array_tells() -> None:
    assert all(c.ok for c in sd.check(sd.sum(sd.broadcast_to(x**2, ("n", "m"))), x))


def test_integers_and_booleans_are_drawn_and_left_alone() -> None:
    flags = sd.vector("flags", "n", dtype="bool")
    found = sd.check(sd.sum(sd.where(flags, y**2, k * y)))
    assert [comparison.wrt for comparison in found] == [y]
    assert found[0].ok


def test_a_gradient_of_zero() -> None:
    (comparison,) = sd.check(sd.sum(w) * 0 + 1.0 * x, w)
    assert comparison.ok
    assert comparison.derived == 0


def test_only_variables() -> None:
    with pytest.raises(sd.DerivativeError) as caught:
        sd.check(loss, X @ w)
    assert str(caught.value) == (
        "finite differences need variables; give the variables below `wrt`"
    )


def test_a_target_that_is_not_finite() -> None:
    with pytest.raises(sd.InputError) as caught, np.errstate(all="ignore"):
        sd.check(sd.log(x), at={x: -1.0})
    assert str(caught.value) == (
        "the target is not finite near the point; give other values with `at`"
    )


def test_a_target_that_is_no_scalar() -> None:
    with pytest.raises(sd.DerivativeError, match="is not a scalar"):
        sd.check(X @ w)


def test_a_kink_nearby_is_no_false_alarm() -> None:
    x = sd.vector("x", "n")
    (comparison,) = sd.check(sd.max(x), at={x: np.array([0.5, 0.5 + 5e-5, 0.1])})
    assert comparison.ok
