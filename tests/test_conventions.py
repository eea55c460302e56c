"""Derivatives at kinks: the choices, in numbers, for all functions that have kinks."""

from __future__ import annotations

import math
import threading

import pytest

import symdiff as sd
from symdiff.conventions import AT_KINKS

x = sd.vector("x", "n")

# formula, the point with kinks, and the derivative by x[0] from the left and the right
KINKS = [
    ("abs(x)", [0.0], -1, 1),
    ("relu(x)", [0.0], 0, 1),
    ("relu(x)", [-0.0], 0, 1),
    ("maximum(x, 0)", [0.0], 0, 1),
    ("maximum(1, x)", [1.0], 0, 1),
    ("minimum(x, 0)", [0.0], 1, 0),
    ("clip(x, 0, None)", [0.0], 0, 1),
    ("clip(x, None, 1)", [1.0], 1, 0),
    ("clip(x, -1, 1)", [-1.0], 0, 1),
    ("clip(x, -1, 1)", [1.0], 1, 0),
    ("norm(x)", [0.0, 0.0], -1, 1),
    ("sign(x)", [0.0], 0, 0),
    ("heaviside(x, 0.5)", [0.0], 0, 0),
    ("max(x)", [2.0, 2.0], 0, 1),
    ("max(x, axis=0)", [1.0, 1.0, 0.0], 0, 1),
    ("min(x)", [1.0, 1.0], 1, 0),
]


def slope_at(formula: str, point: list[float]) -> float:
    """The derivative by the first entry, evaluated and compiled alike."""
    value = sd.parse(formula, x=x)
    gradient = sd.grad(sd.sum(value), x)
    sizes = {} if sd.inputs(gradient) else {"n": len(point)}
    given = sizes or {"x": point}
    found = sd.evaluate(gradient, **given)[0]
    compiled = sd.compile(gradient)(**given)[0]
    assert found == compiled or (math.isnan(found) and math.isnan(compiled))
    return float(found)


@pytest.mark.parametrize(("formula", "point", "left", "right"), KINKS)
@pytest.mark.parametrize("choice", [c for c in AT_KINKS if c != "raise"])
def test_the_derivative_at_a_kink(
    formula: str, point: list[float], left: int, right: int, choice: str
) -> None:
    expected = {"half": (left + right) / 2, "zero": 0, "left": left, "right": right}
    with sd.conventions(at_kinks=choice):
        found = slope_at(formula, point)
    assert found == expected[choice] if choice in expected else math.isnan(found)


@pytest.mark.parametrize(("formula", "point", "left", "right"), KINKS)
def test_a_derivative_at_a_kink_can_be_refused(
    formula: str, point: list[float], left: int, right: int
) -> None:
    with sd.conventions(at_kinks="raise"):
        gradient = sd.grad(sd.sum(sd.parse(formula, x=x)), x)
    message = "a derivative is evaluated at a kink, where it does not exist"
    with pytest.raises(sd.InputError, match=message):
        sd.evaluate(gradient, x=point)
    with pytest.raises(sd.InputError, match=message):
        sd.compile(gradient)(point)
    smooth = [value + 0.25 * (i + 1) for i, value in enumerate(point)]
    usual = sd.grad(sd.sum(sd.parse(formula, x=x)), x)
    given = {"x": smooth} if sd.inputs(usual) else {"n": len(smooth)}
    assert list(sd.evaluate(gradient, x=smooth)) == list(sd.evaluate(usual, **given))


@pytest.mark.parametrize("choice", AT_KINKS)
@pytest.mark.parametrize("formula", sorted({formula for formula, *_ in KINKS}))
def test_derivatives_under_any_choice_are_read_back(formula: str, choice: str) -> None:
    with sd.conventions(at_kinks=choice):
        gradient = sd.backprop(sd.sum(sd.parse(formula, x=x)), x).gradients[0]
    assert sd.parse(sd.text(gradient), x=x, n_=sd.vector("n_", "n")) is gradient


def test_many_that_tie_share() -> None:
    assert slope_at("max(x)", [3.0, 3.0, 3.0, 1.0]) == pytest.approx(1 / 3)


def test_a_clip_without_room_is_constant() -> None:
    a = sd.scalar("a")
    gradient = sd.grad(sd.sum(sd.clip(x, a, a)), x)
    assert list(sd.evaluate(gradient, x=[0.0, 1.0, 2.0], a=1.0)) == [0.0, 0.0, 0.0]


def test_the_choice_ends_with_the_block_and_belongs_to_the_thread() -> None:
    seen = []
    with sd.conventions(at_kinks="left") as outer:
        with sd.conventions(at_kinks="right"):
            assert sd.conventions().at_kinks == "right"
        assert sd.conventions().at_kinks == outer.at_kinks == "left"
        thread = threading.Thread(target=lambda: seen.append(sd.conventions().at_kinks))
        thread.start()
        thread.join()
    assert seen == ["half"]
    assert sd.conventions().at_kinks == "half"


def test_the_choice_stays_without_a_block() -> None:
    sd.conventions(at_kinks="zero")
    try:
        assert slope_at("relu(x)", [0.0]) == 0
    finally:
        sd.conventions(at_kinks="half")
    assert slope_at("relu(x)", [0.0]) == 0.5


def test_an_unknown_choice_is_refused() -> None:
    with pytest.raises(sd.ArgumentError) as caught:
        sd.conventions(at_kinks="mean")
    assert str(caught.value) == (
        "at_kinks must be one of 'half', 'zero', 'left', 'right', 'nan', 'raise', not 'mean'"
    )


def test_the_table() -> None:
    with sd.conventions(at_kinks="left") as chosen:
        lines = str(chosen).splitlines()
    assert lines[0].split() == ["function", "kink", "left", "right", "'left'"]
    assert lines[1].split() == ["abs(x)", "x", "=", "0", "-1", "1", "-1"]
    assert "1/k" in str(sd.conventions())


EQUAL = {
    "relu": ("relu(x)", "maximum(x, 0)", "where(x > 0, x, 0)", "clip(x, 0, None)", "fmax(x, 0)",
             "(x + abs(x))/2", "0.5*(abs(x) + x)", "where(logical_not(x > 0), 0, x)",
             "relu(relu(x))"),
    "minimum": ("minimum(x, 0)", "fmin(0, x)", "where(x < 0, x, 0)", "where(x > 0, 0, x)",
                "(x - abs(x))/2"),
    "abs": ("abs(x)", "abs(-x)", "abs(abs(x))", "sqrt(x**2)", "maximum(x, -x)", "copysign(x, 1)"),
}  # fmt: skip


@pytest.mark.parametrize("choice", [c for c in AT_KINKS if c != "raise"])
@pytest.mark.parametrize("spellings", EQUAL.values(), ids=EQUAL)
def test_equal_spellings_have_equal_derivatives(spellings: tuple[str, ...], choice: str) -> None:
    with sd.conventions(at_kinks=choice):
        first, *others = [slope_at(formula, [0.0]) for formula in spellings]
    assert all(other == first or math.isnan(other) == math.isnan(first) == 1 for other in others)


@pytest.mark.parametrize("choice", AT_KINKS)
def test_no_choice_changes_a_derivative_that_exists(choice: str) -> None:
    """`elu(x)` is smooth at 0, and so is `relu(x) + softplus(-abs(x))`, which is a softplus."""
    with sd.conventions(at_kinks=choice):
        assert slope_at("elu(x)", [0.0]) == 1
        assert slope_at("relu(x) + log(1 + exp(-abs(x)))", [0.0]) == 0.5
