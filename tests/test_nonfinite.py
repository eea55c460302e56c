"""`evaluate(…, check=True)`: the first node that made NaN or infinity, and why."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff as sd

A = sd.matrix("A", "k", "k")
X, w, s = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.scalar("s")
loss = sd.sum(sd.log(X @ w))
I3 = np.eye(3)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("outputs", "given", "message"),
    [
        (
            loss,
            {"X": I3, "w": [1.0, 0.0, 2.0]},
            "`log(X @ w)` is -inf at [1], where `X @ w` is 0.0: it has no finite value where "
            "`X @ w <= 0`; `sum(log(X @ w))` needs it",
        ),
        (
            [s, sd.grad(loss, w)],
            {"X": I3, "w": [1.0, 0.0, 2.0], "s": 1.0},
            "`1/(X @ w)` is inf at [1], where `X @ w` is 0.0: it has no finite value where "
            "`X @ w == 0`; `X.T @ (1/(X @ w))` needs it",
        ),
        (
            sd.grad(sd.sum(sd.sqrt(w)), w),
            {"w": [0.0, 1.0]},
            "`0.5/sqrt(w)` is inf at [0], where `sqrt(w)` is 0.0: it has no finite value where "
            "`sqrt(w) == 0`",
        ),
        (
            sd.exp(w) * 2,
            {"w": [1.0, 1000.0]},
            "`exp(w)` is inf at [1], where `w` is 1000.0: it overflowed; `exp(w)*2` needs it",
        ),
        (
            sd.logabsdet(A),
            {"A": np.ones((2, 2))},
            "`logabsdet(A)` is -inf, where `A` is [[1.0, 1.0], [1.0, 1.0]]: it has no finite "
            "value where `det(A) == 0`",
        ),
        (
            X @ w,
            {"X": np.full((4, 4), 1e200), "w": np.full(4, 1e200)},
            "`X @ w` is inf at [0], where `X` is between 1e+200 and 1e+200 and `w` is "
            "[1e+200, 1e+200, 1e+200, 1e+200]: it overflowed",
        ),
        (
            sd.sum(w) + 1,
            {"w": [1.0, np.nan]},
            "the value given for `w` is nan at [1]; `sum(w) + 1` needs it",
        ),
        (
            sd.where(w > 0.5, sd.log(w), sd.log(w - 0.5)),
            {"w": [0.0, 1.0]},
            "`log(w - 0.5)` is nan at [0], where `w - 0.5` is -0.5: it has no finite value where "
            "`w - 0.5 <= 0`; `where(w > 0.5, log(w), log(w - 0.5))` needs it",
        ),
        (
            sd.mean(w),
            {"w": []},
            "`sum(w)/d` is nan, where `sum(w)` is 0.0 and `d` is 0: it has no finite value where "
            "`d == 0`",
        ),
        (
            w**-1.5,
            {"w": [0.0]},
            "`w**-1.5` is inf at [0], where `w` is 0.0: it has no finite value where `w == 0`",
        ),
    ],
)
def test_the_origin_is_named(outputs: Any, given: dict[str, Any], message: str) -> None:
    with pytest.raises(sd.NonFiniteError) as caught:
        sd.evaluate(outputs, check=True, **given)
    assert str(caught.value) == message


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_error_holds_what_it_says() -> None:
    with pytest.raises(sd.NonFiniteError) as caught:
        sd.evaluate(loss, check=True, X=I3, w=[1.0, 0.0, 2.0])
    error = caught.value
    assert error.node is sd.log(X @ w)
    assert (error.place, error.value, error.inputs) == ((1,), -np.inf, {X @ w: 0.0})
    assert isinstance(error, ArithmeticError)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_finite_results_pass_whatever_happened_on_the_way() -> None:
    safe = sd.sum(sd.where(w > 0, sd.log(w), 0))
    assert sd.evaluate(safe, check=True, w=[0.0, 1.0]) == 0
    assert sd.evaluate([safe, w], check=True, w=[1.0, 1.0])[1].tolist() == [1.0, 1.0]
    assert sd.evaluate(sd.vector("w", 0), check=True, w=[]).shape == (0,)
    infinite = sd.evaluate(sd.exp(-w), check=True, w=[np.inf])  # an infinity that vanishes
    assert infinite.tolist() == [0.0]


def test_a_long_chain_is_followed_back() -> None:
    e = sd.sqrt(s)
    for _ in range(5000):
        e = e + 1.0
    with np.errstate(invalid="ignore"), pytest.raises(sd.NonFiniteError) as caught:
        sd.evaluate(e, check=True, s=-1.0)
    assert caught.value.node is sd.sqrt(s)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_only_entries_that_meet_are_to_blame() -> None:
    """An infinite entry from which a finite one came is not the cause of another."""
    v = sd.vector("v", "n")
    for e, guilty in ((1 / v, 1 / v), (sd.exp(1 / v), 1 / v), (sd.where(v < 9, v, v), v)):
        with pytest.raises(sd.NonFiniteError) as caught:
            sd.evaluate(e, check=True, v=np.array([0, np.inf]))
        assert caught.value.node is guilty
