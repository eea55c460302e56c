"""The thorough check of derivatives: right ones pass, wrong ones are named."""

from __future__ import annotations

import math

import numpy as np
import pytest

import symdiff as sd
from symdiff.differences import extrapolated

X, w, x, s = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("x", "n"), sd.scalar("s")
i = sd.scalar("i", dtype="int")


@pytest.mark.parametrize(
    "e",
    [
        sd.sum(sd.tanh(X @ w) ** 2),
        sd.exp(x) * sd.norm(x),
        s**3,
        1e6 + s**3,
        sd.sum(x) * 0 + sd.sin(s) * i,
        sd.logabsdet(sd.matrix("A", 3, 3)),
        x * sd.stop_gradient(x),
        sd.zeros("n") + x,
        sd.tensor("K", 2, 3, "n") ** 2,
        sd.sum(sd.abs(sd.rfft(x)) ** 2),
        sd.sort(x)[::2] * sd.cumsum(x)[::2],
    ],
    ids=str,
)
def test_right_derivatives_pass(e: sd.Node) -> None:
    report = sd.check_gradient(e)
    assert report.ok, report
    assert {m.order for m in report.measurements} == {1, 2}
    assert {m.mode for m in report.measurements} == {"reverse", "forward"}


@pytest.mark.parametrize(
    "wrong",
    [lambda g: g * (1 + 1e-5), lambda g: g + 1e-6, lambda g: -g, lambda g: 0 * g],
    ids=["factor", "offset", "sign", "zero"],
)
def test_wrong_gradients_do_not(wrong) -> None:  # type: ignore[no-untyped-def]
    target = sd.sum(sd.sin(x))
    report = sd.check_gradient(target, x, gradients=[wrong(sd.grad(target, x))])
    assert not report.ok
    assert report.worst is not None
    assert not report.worst.ok
    assert "WRONG" in str(report)


def test_one_wrong_entry_is_named() -> None:
    v = sd.vector("v", 4)
    right = sd.grad(sd.sum(sd.sin(v)), v)
    report = sd.check_gradient(
        sd.sum(sd.sin(v)), v, gradients=[right + sd.constant([0.0, 0.0, 1e-4, 0.0])]
    )
    wrong = [m.along for m in report.measurements if not m.ok]
    assert "entry [2]" in wrong
    assert not {"entry [0]", "entry [1]", "entry [3]"} & {*wrong}


def test_a_kink_at_the_point_is_mentioned() -> None:
    report = sd.check_gradient(sd.abs(x - 0.5), x, at={x: [0.5, 1.0]}, order=1)
    assert report.ok  # the mean of both sides is what central differences measure
    assert str(report).endswith(
        "at this very point, x − 0.5 = 0: the derivative of |x − 0.5| is a convention"
    )
    with sd.conventions(at_kinks="left"):
        assert not sd.check_gradient(sd.abs(x - 0.5), x, at={x: [0.5, 1.0]}, order=1).ok


def method(e: sd.Node) -> set[str]:
    """How the first derivatives of an expression are measured."""
    return {m.method for m in sd.check_gradient(e, order=1).measurements}


def test_analytic_targets_are_measured_by_the_complex_step() -> None:
    assert method(sd.sum(sd.tanh(X @ w) ** 2)) == {"complex step"}
    assert method(sd.det(sd.matrix("A", 3, 3))) == {"complex step"}
    assert method(sd.sum(sd.real(sd.fft(x)))) == {"differences"}
    assert method(sd.norm(x)) == {"differences"}
    assert method(sd.sum(sd.where(x > 0.5, x**2, x))) == {"differences"}


def test_the_complex_step_sees_small_errors() -> None:
    target = sd.sum(sd.sin(x))
    assert sd.check_gradient(target, x).ok
    assert not sd.check_gradient(target, x, gradients=[sd.grad(target, x) * (1 + 1e-9)]).ok


def test_a_complex_variable_is_refused() -> None:
    z = sd.scalar("z", dtype="complex")
    with pytest.raises(sd.DerivativeError, match=r"the variable `z` is complex; sd\.check"):
        sd.check_gradient(sd.abs(z) ** 2, z)


def test_the_printed_table() -> None:
    lines = str(sd.check_gradient(s**2, at={s: 3.0}, order=1)).splitlines()
    assert lines[0].split() == [
        *("by", "order", "mode", "method", "tried", "worst", "error", "along", "verdict"),
    ]
    assert [line.split()[:3] for line in lines[1:]] == [
        ["s", "1", "reverse"],
        ["s", "1", "forward"],
    ]
    assert all(line.endswith("itself  ok") for line in lines[1:])


def test_bad_input_is_refused() -> None:
    with pytest.raises(sd.ArgumentError, match="the order of a check is 1 or 2, not 3"):
        sd.check_gradient(s**2, order=3)
    with pytest.raises(sd.DerivativeError, match="measuring needs variables"):
        sd.check_gradient(sd.sin(s) ** 2, sd.sin(s))
    with pytest.raises(sd.DerivativeError, match="`floor` has no derivative"):
        sd.check_gradient(sd.floor(x))


def test_an_empty_variable() -> None:
    assert sd.check_gradient(sd.sum(x**2), sizes={"n": 0}).ok


@pytest.mark.parametrize(
    ("function", "slope"),
    [
        (math.exp, 1.0),
        (lambda t: math.sin(3 * t) + 1e3, 3.0),
        (lambda t: 1 / (1.05 + t), -1 / 1.05**2),
        (lambda t: 7.0, 0.0),
        (lambda t: abs(t) ** 1.5, 0.0),
    ],
)
def test_the_estimate_covers_the_error(function, slope: float) -> None:  # type: ignore[no-untyped-def]
    found, doubt = extrapolated(function, 0.02)
    assert abs(found - slope) <= doubt + 4 * np.finfo(float).eps * abs(slope)
    assert doubt < 1e-3


def test_every_entry_is_tried_up_to_a_number() -> None:
    report = sd.check_gradient(sd.sum(x**2), sizes={"n": 40}, order=1)
    assert len([m for m in report.measurements if m.along.startswith("entry")]) == 24


def test_the_complex_step_is_not_taken_where_the_continuation_is_not_real() -> None:
    A = sd.matrix("A", "n", "n")
    report = sd.check_gradient(sd.log(sd.det(A)), at={A: [[1.0, 2.0], [3.0, 4.0]]}, order=1)
    assert {each.method for each in report.measurements} == {"differences"}
    assert report.ok
    assert str(report.exclusions[0]) == "det(A) ≤ 0: log(det(A)) has no finite value"


def test_more_entries_than_an_array_can_have() -> None:
    x = sd.vector("x", 10**16)
    with pytest.raises(sd.InputError) as caught:
        sd.check_gradient(sd.sum(x**2))
    assert str(caught.value) == (
        "`x` of shape (10000000000000000,) has more entries than memory holds; give smaller sizes"
    )
