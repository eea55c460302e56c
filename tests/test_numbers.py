"""Python numbers in formulas: they adapt to the arrays' precision, and arithmetic on them works."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff as sd

s, v = sd.scalar("s"), sd.vector("v", "n")

FORMULAS = {
    "integer power": s * sd.constant(2) ** 1,
    "root of a power": sd.sqrt(sd.constant(3) ** 2) * s,
    "comparison": s * (sd.constant(2) > 1),
    "held constant": sd.stop_gradient(sd.constant(2)) * s,
    "reshaped": sd.reshape(sd.constant(2), 1) * s,
    "expanded": sd.expand_dims(2.0, 0) * s,
    "chosen": sd.where(v > 0, 1, 0.5) * v,
    "root of a size": sd.sqrt(sd.size("n")) * v,
    "quotient of sizes": 1 / sd.size("n") * v,
}


@pytest.mark.parametrize("case", FORMULAS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_that_of_the_arrays(case: str, dtype: type) -> None:
    e = FORMULAS[case]
    (variable,) = sd.inputs(e)
    given = {str(variable): dtype(1.5) if variable is s else np.array([2.0, -3.0], dtype)}
    computed, compiled = sd.evaluate(e, **given), sd.compile(e)(**given)
    assert computed.dtype == np.asarray(compiled).dtype == dtype
    np.testing.assert_array_equal(computed, compiled)


def test_powers_of_numbers_are_numbers() -> None:
    assert sd.parse("2**10") is sd.constant(1024)
    with pytest.raises(sd.ArgumentError, match="too large for NumPy"):
        sd.parse("9**9**9*s", s="")
    with pytest.raises(sd.ArgumentError, match="the integer 9223372036854775808 is too large"):
        sd.constant(2**63)


def test_power_has_its_mixed_second_derivative_at_exponent_zero() -> None:
    p = sd.scalar("p")
    mixed = sd.grad(sd.grad(s**p, s), p)
    assert sd.evaluate(mixed, s=2.0, p=0.0) == 0.5
    assert sd.evaluate(sd.grad(s**p, s), s=0.0, p=0.0) == 0.0


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("formula", "at", "expected"),
    [
        (sd.where(v > 0, sd.log(v), 0), [0.0, 2.0], [0.0, 0.5]),
        (sd.where(v > 0, sd.sqrt(v), 0), [0.0, 4.0], [0.0, 0.25]),
        (sd.where(v > 0, v, sd.exp(v) - 1), [1000.0, 0.0], [1.0, 1.0]),
        (sd.where(v > 0, sd.log(sd.sin(v) + 1), 0), [-np.pi / 2, np.pi], [0.0, -1.0]),
    ],
    ids=["log", "sqrt", "elu", "nested"],
)
def test_the_branch_not_taken_cannot_spoil_a_gradient(
    formula: sd.Node, at: list[float], expected: list[float]
) -> None:
    np.testing.assert_allclose(sd.evaluate(sd.grad(sd.sum(formula), v), v=at), expected)
