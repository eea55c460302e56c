"""Products and sums are collected without losing a factor, and without overflowing a number."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff as sd

a, b = sd.scalar("a"), sd.scalar("b")
x, y = sd.vector("x", "n"), sd.vector("y", "n")
VALUES: dict[str, object] = {"a": 2.0, "b": 0.5, "x": [1.0, 2.0], "y": [3.0, 0.4]}

CASES = {
    "equal denominators": (x / (x + y) + y / (x + y), "𝟏"),
    "a common factor that is the sum": ((a + b) * a + (a + b) * b, "(a + b)²"),
    "a multiple over its sum": ((2 * a - 2 * b) / (a - b), "2.0"),
    "a multiple beside a power of its sum": ((2 * a - 2 * b) * (a - b) ** 3, "2 (a − b)⁴"),
    "thirds": (a / 3 + a / 3, "2 a/3"),
    "halves": (0.5 * a * 2, "a"),
    "a power of a power": ((a**2) ** 3, "a⁶"),
    "a quotient beside its denominator": (a / b * b, "a"),
    "opposite terms": (a - a + 1, "1.0"),
    "a shared quotient and its reciprocal": (-(1 / (a / b)) / (a / b) * (1 / b), "−(b/a²)"),
    "nothing left": (x - x, "𝟎"),
}


def value(e: sd.Node) -> np.ndarray:
    given = {str(v): VALUES[str(v)] for v in sd.inputs(e)}
    return np.asarray(sd.evaluate(e, **given, **({} if "x" in given or not e.ndim else {"n": 2})))


@pytest.mark.parametrize("case", CASES)
def test_collected(case: str) -> None:
    expression, expected = CASES[case]
    simple = sd.simplify(expression)
    assert str(simple) == expected
    assert simple.shape == expression.shape
    assert simple.dtype == expression.dtype
    np.testing.assert_allclose(value(simple), value(expression))


@pytest.mark.parametrize(
    "expression",
    [(1e200 * a) ** 2, (a * 1e-200) ** 2, 1e200 * (1e200 * (1e-300 * a)), a * 2**62 * 4],
    ids=str,
)
def test_numbers_neither_overflow_nor_vanish(expression: sd.Node) -> None:
    simple = sd.simplify(expression)
    for at in (1e-100, 1.0, 1e3):
        np.testing.assert_allclose(
            sd.evaluate(simple, a=at), sd.evaluate(expression, a=at), rtol=1e-12
        )


def test_long_exact_fractions_become_floats() -> None:
    e = a
    for _ in range(30):
        e = e / 7 + sd.cos(e / 7)
    slope = sd.evaluate(sd.grad(e, a), a=0.3)
    h = 1e-6
    difference = (sd.evaluate(e, a=0.3 + h) - sd.evaluate(e, a=0.3 - h)) / (2 * h)
    np.testing.assert_allclose(slope, difference, atol=1e-10)


def test_sums_of_booleans_are_left_alone() -> None:
    flags, v = sd.vector("flags", "n", dtype="bool"), sd.vector("v", "n")
    e = flags + flags + v  # NumPy's `+` of booleans is `or`
    given = {"flags": [True, False], "v": [0.0, 5.0]}
    assert sd.evaluate(e, **given).tolist() == sd.compile(e)(**given).tolist() == [1.0, 5.0]


def test_batched_softmax_cross_entropy_has_its_textbook_form() -> None:
    X, W, t = sd.matrix("X", "n", "d"), sd.matrix("W", "d", "k"), sd.matrix("t", "n", "k")
    loss = -sd.sum(t * sd.log_softmax(X @ W, axis=1)) / sd.size("n")
    expected = "Xᵀ(diag(sum(t, axis=1)) softmax(X W, axis=1) − t)/n"
    assert str(sd.grad(loss, W)) == expected


def test_a_shared_quotient_met_twice_keeps_its_exponent() -> None:
    A = sd.matrix("A", "n", "n")
    gradient = sd.grad(sd.sum(1 / (sd.sum(A, axis=0)[None] / sd.size("n"))), A)
    at = np.array([[1.0, 2.0], [0.5, 3.0]])
    expected = np.broadcast_to(-2 / at.sum(axis=0) ** 2, (2, 2))
    np.testing.assert_allclose(sd.evaluate(gradient, A=at), expected)


def test_a_logistic_loss_has_a_gradient_that_does_not_overflow() -> None:
    X, w, labels = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
    loss = sd.sum(sd.log(1 + sd.exp(-labels * (X @ w))))
    gradient = sd.grad(loss, w)
    assert str(gradient) == "−Xᵀ(y ⊙ σ(−(y ⊙ X w)))"
    far = {"X": [[1000.0], [-1000.0]], "w": [1.0], "y": [-1.0, 1.0]}
    np.testing.assert_allclose(sd.evaluate(gradient, **far), [2000.0])
