"""Objectives on a flat vector, `sd.minimize` and `sd.least_squares`, against SciPy's numbers."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.optimise.linearity import is_affine
from symdiff.optimise.methods import METHODS
from symdiff.progress import Progress

optimize = pytest.importorskip("scipy.optimize")

X, w, b, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.scalar("b"), sd.vector("y", "n")
p, q = sd.scalar("p"), sd.scalar("q")
z = sd.vector("z", "d", "complex")
LOGISTIC = sd.mean(sd.softplus(-y * (X @ w + b))) + sd.sum(w**2) / 10
LOGISTIC_AT_0 = np.log(2)
SQUARES = sd.sum((X @ w + b - y) ** 2)
ROSENBROCK = (1 - p) ** 2 + 100 * (q - p**2) ** 2


def data(seed: int = 0) -> dict[str, Any]:
    """Features and labels."""
    rng = np.random.default_rng(seed)
    return {"X": rng.normal(size=(20, 3)), "y": np.sign(rng.normal(size=20))}


EYE = {"X": np.eye(3), "y": np.ones(3)}


# The objective ----------------------------------------------------------------------------------

MATRIX = sd.matrix("W", "d", 2)
OBJECTIVES = {
    "scalars": (ROSENBROCK, [p, q], {}),
    "vector and scalar": (LOGISTIC, [w, b], data()),
    "scalar first": (LOGISTIC, [b, w], data()),
    "matrix": (sd.sum(sd.tanh(X @ MATRIX) ** 3), [MATRIX], {"X": data()["X"]}),
    "linear": (sd.sum(w) + b, [w, b], {"d": 3}),
    "complex": (sd.sum(abs(z**2 - 1j) ** 2) * p**2, [z, p], {"d": 2}),
}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_derivatives_on_the_flat_vector(name: str) -> None:
    loss, wrt, given = OBJECTIVES[name]
    f = sd.objective(loss, wrt, given)
    rng = np.random.default_rng(1)
    x, v = rng.normal(size=f.size), rng.normal(size=f.size)
    differences = optimize.approx_fprime(x, f.fun, 1e-7)
    assert np.allclose(f.jac(x), differences, rtol=1e-4, atol=1e-4)
    slopes = np.array([(f.jac(x + h) - f.jac(x - h)) / 2e-5 for h in 1e-5 * np.eye(f.size)])
    assert np.allclose(f.hess(x), slopes, rtol=1e-5, atol=1e-5)
    assert np.array_equal(f.hess(x), f.hess(x).T)
    assert np.allclose(f.hessp(x, v), f.hess(x) @ v)


def test_an_objective_is_what_scipy_takes() -> None:
    f = sd.objective(LOGISTIC, [w, b], data(), start=0)
    found = optimize.minimize(f.fun, f.start, jac=f.jac, hessp=f.hessp, method="trust-ncg")
    both = optimize.minimize(f.value_and_gradient, f.start, jac=True, method="BFGS")
    alone = optimize.minimize(f.fun, f.start, method="BFGS")
    assert found.success
    assert np.allclose(found.x, both.x, atol=1e-4)
    assert np.allclose(found.x, alone.x, atol=1e-4)


def test_value_and_gradient_of_a_point_are_computed_once() -> None:
    f = sd.objective(LOGISTIC, [w, b], data())
    calls: list[np.ndarray] = []
    inner = f.problem.values
    f.problem.values = lambda x: (calls.append(x), inner(x))[1]  # type: ignore[method-assign]
    x = np.ones(4)
    f.jac(x)
    assert f.fun(x) == f.fun(x.copy()) == f.value_and_gradient(x)[0]
    assert len(calls) == 1
    f.jac(x)[:] = 7  # what is given away may be changed
    assert not np.any(f.jac(x) == 7)
    x[0] = 2  # the same array, another point
    f.fun(x)
    assert len(calls) == 2


def test_what_a_hessian_product_shares_is_computed_once_at_a_point() -> None:
    f = sd.objective(LOGISTIC, [w, b], data())
    x = np.ones(4)
    first = f.hessp(x, np.ones(4))
    known = f._curvature._latest
    f.hessp(x.copy(), np.zeros(4))
    assert f._curvature._latest is known
    assert f.formulas.products.steps.first is not None
    f.hessp(x + 1, np.ones(4))
    assert f._curvature._latest is not known
    assert np.array_equal(f.hessp(x, np.ones(4)), first)


def test_nothing_is_derived_before_it_is_needed() -> None:
    f = sd.objective(sd.sum(sd.exp(w)), w, {"d": 2})
    f.fun([0, 0])
    assert not {"gradients", "both", "products", "blocks"} & vars(f.formulas).keys()
    f.jac([0, 0])
    assert not {"products", "blocks"} & vars(f.formulas).keys()


def test_an_objective_is_minimised_again_with_other_data(monkeypatch: pytest.MonkeyPatch) -> None:
    from symdiff.optimise import formulas

    f = sd.objective(LOGISTIC, [w, b], data(), start=0)
    first = sd.minimize(f)
    monkeypatch.delattr(formulas, "compile")  # all that is needed is there
    assert sd.minimize(f, start=1)["w"] == pytest.approx(first["w"], abs=1e-3)
    other = data(1)
    found = sd.minimize(f, data=other)
    monkeypatch.undo()
    assert found.loss == sd.minimize(LOGISTIC, [w, b], other, start=0).loss != first.loss
    labels = sd.minimize(f, data={y: other["y"]})  # the features are those from before
    assert labels.loss == sd.minimize(LOGISTIC, [w, b], {**data(), y: other["y"]}, start=0).loss
    limited = sd.minimize(f, data={"q": 0.1}, constraints=sd.sum(w**2) <= q)
    assert limited.success
    assert np.sum(limited["w"] ** 2) == pytest.approx(0.1, rel=1e-4)
    assert f.fun(f.start) == LOGISTIC_AT_0


def test_flat_and_back() -> None:
    f = sd.objective(sd.sum(MATRIX) * p + sd.sum(abs(z)), [MATRIX, p, z], {"d": 2})
    values = {"W": np.arange(4.0).reshape(2, 2), "p": 5, "z": [1 + 2j, 3 + 4j]}
    x = f.ravel(values)
    assert x.tolist() == [0, 1, 2, 3, 5, 1, 3, 2, 4]
    labels = "W[0, 0] W[0, 1] W[1, 0] W[1, 1] p real(z[0]) real(z[1]) imag(z[0]) imag(z[1])"
    assert " ".join(f.labels) == re.sub(r" (?=\d\])", " ", labels)
    back = f.unravel(x)
    assert list(back) == ["W", "p", "z"]
    assert all(np.array_equal(back[name], values[name]) for name in values)
    assert isinstance(back["p"], float)
    back["W"][:] = -1
    assert x[0] == 0
    assert f.ravel({MATRIX: 1, p: 2, z: 3}).tolist() == [1, 1, 1, 1, 2, 3, 3, 0, 0]
    assert repr(f) == "<objective of 9 numbers: sum(W) p + sum(|z|)>"


def test_single_precision_in_gives_single_precision_out() -> None:
    single = {name: array.astype(np.float32) for name, array in data().items()}
    f = sd.objective(LOGISTIC, [w, b], single, start={"w": 0, "b": 0.5})
    assert f.start.dtype == f.jac(f.start).dtype == np.float64
    assert f.unravel(f.start)["w"].dtype == np.float32
    assert f.fun(f.start) == np.float32(f.fun(f.start))
    g = sd.objective(LOGISTIC, [w, b], single, start={"w": np.zeros(3), "b": 0.5})
    assert g.unravel(g.start)["w"].dtype == np.float64  # that of the arrays together


# Minimising -------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [m.name for m in METHODS if m.name != "COBYLA"])
def test_every_method_finds_the_minimum(method: str) -> None:
    if method == "COBYQA" and not hasattr(optimize, "_cobyqa_py"):
        pytest.skip("newer than this SciPy")
    found = sd.minimize(ROSENBROCK, [p, q], start=1.2, method=method.lower())
    assert found.success, found
    assert found.method == method
    assert np.allclose([found["p"], found[q]], 1, atol=2e-3)
    assert (found.gradient_norm is None) == (method in ("Nelder-Mead", "Powell", "COBYQA"))


def test_what_a_method_does_not_take_is_not_derived() -> None:
    """So a loss without derivatives can be minimised, by a method that needs none."""
    found = sd.minimize(sd.floor(p**2) + abs(p - 0.25), p, start=3, method="Nelder-Mead")
    assert abs(found["p"] - 0.25) < 1e-3


CONSTRAINED = [m.name for m in METHODS if m.constraints and m.name != "COBYQA"]


@pytest.mark.parametrize("method", CONSTRAINED)
def test_constraints_of_all_kinds(method: str) -> None:
    if method == "COBYLA" and not hasattr(optimize, "_cobyqa_py"):
        pytest.skip("took no equalities in older SciPy")
    x, c = sd.vector("x", "k"), sd.vector("c", "k")
    rules = [sd.equal(sd.sum(x), 1), sd.sum(x**4) <= 0.1, (x >= -0.3) & (x[0] * x[1] <= 1)]
    centre = np.arange(1.0, 5.0)
    found = sd.minimize(
        sd.sum((x - c) ** 2), x, {"c": centre}, start=0.2, method=method, constraints=rules
    )
    oracle = optimize.minimize(
        lambda x: np.sum((x - centre) ** 2),
        np.full(4, 0.2),
        constraints=[
            {"type": "eq", "fun": lambda x: np.sum(x) - 1},
            {"type": "ineq", "fun": lambda x: 0.1 - np.sum(x**4)},
            {"type": "ineq", "fun": lambda x: 1 - x[0] * x[1]},
        ],
        bounds=[(-0.3, None)] * 4,
        method="SLSQP",
    )
    assert found.success, found
    assert abs(found.loss - oracle.fun) < 1e-3
    said = ["sum(x) = 1", "sum(x⁴) ≤ 0.1", "x[0] x[1] ≤ 1"]  # the other is a bound
    assert [str(c.constraint) for c in found.constraints] == said
    assert all(c.amount < 1e-6 for c in found.constraints)
    assert found.gradient_norm is None


def test_second_derivatives_of_constraints() -> None:
    """Newton steps on a curved valley need them: the count of iterations would show."""
    circle = sd.equal(p**2 + q**2, 1)
    found = sd.minimize(p + q, [p, q], start={"p": -1, "q": 0.2}, method="trust-constr",
                        constraints=[circle], gtol=1e-10)  # fmt: skip
    assert np.allclose([found["p"], found["q"]], -np.sqrt(0.5), atol=1e-8)
    assert found.iterations <= 20


def test_constraints_of_complex_variables() -> None:
    s = sd.scalar("s", "complex")
    for method in ("SLSQP", "trust-constr"):
        found = sd.minimize(
            abs(s - 3 - 4j) ** 2, s, start=1 + 1j, method=method, constraints=abs(s) ** 2 <= 1
        )
        assert abs(found["s"] - (0.6 + 0.8j)) < 1e-3
        assert isinstance(found["s"], complex)


def test_linear_constraints_of_complex_variables() -> None:
    rules = [sd.real(z[0]) <= 1, sd.imag(z) + sd.real(z) <= 5]
    assert all(is_affine(gap, [z]) for gap in (sd.real(z[0]), sd.imag(z) + sd.real(z)))
    found = sd.minimize(sd.sum(abs(z - 3 - 4j) ** 2), z, {"d": 2}, start=1 + 1j, constraints=rules)
    assert np.allclose(found["z"], [1 + 4j, 2 + 3j])


def test_constraints_that_are_bounds_are_given_as_bounds() -> None:
    x, low = sd.vector("x", "k"), sd.scalar("low")
    target = np.array([-1.0, 0.5, 3.0])
    loss = sd.sum((x - sd.vector("c", "k")) ** 2)
    given = {"c": target, "low": 0}
    for rules in ([low <= x, x <= 1], [(x >= low) & sd.greater_equal(1, x)]):
        found = sd.minimize(loss, x, given, start=0.5, constraints=rules)
        assert found.method == "L-BFGS-B"
        assert np.allclose(found["x"], np.clip(target, 0, 1))
        assert found.gradient_norm < 1e-6  # of what the bounds leave free
    del given["low"]
    bounds = {"x": (None, [9, 0.5, 0.5])}
    both = sd.minimize(loss, x, given, start=0.5, constraints=x <= 1, bounds=bounds)
    assert np.allclose(both["x"], [-1, 0.5, 0.5])
    fixed = sd.minimize(loss, x, given, start=0.5, bounds={x: ([0.5, -5, -5], [0.5, 5, 5])})
    assert np.allclose(fixed["x"], [0.5, 0.5, 3])


AFFINE = ["x[0]", "x[1:]", "sum(x)/3", "x/c", "M @ x - 1", "x - mean(x)", "where(c > 0, x, c)",
          "cumsum(x)", "solve(M, x)", "concatenate((x, c))"]  # fmt: skip
CURVED = [
    "c/x",
    "mod(x, 2)",
    "sign(x) + x",
    "clip(x, 0, 1)",
    "abs(x)",
    "x @ M @ x",
    "trunc(x)",
    "stop_gradient(x) + x",
    "where(x > 0, 1.0, 2.0)",
    "maximum(x, c)",
    "sort(x)",
]


@pytest.mark.parametrize("formula", AFFINE + CURVED)
def test_what_is_linear(formula: str) -> None:
    x = sd.vector("x", "k")
    node = sd.parse(formula, x=x, c="k", M="k k")
    assert is_affine(node, [x]) == (formula in AFFINE)


def test_a_method_that_does_not_converge_says_so() -> None:
    found = sd.minimize(ROSENBROCK, [p, q], start=3, maxiter=2, method="BFGS")
    assert not found.success
    assert str(found).startswith("NOT CONVERGED: BFGS, 2 iterations, ")
    assert found.message == "Maximum number of iterations has been exceeded."
    found = sd.minimize(-p * q, [p, q], start=1)  # no minimum
    assert not found.success
    found = sd.minimize(p**2, p, start=1, constraints=[sd.equal(p**2, -1)])
    assert not found.success
    assert found.message.endswith("; `p**2 == -1` is violated by 1.0e+00")


def test_results_print_and_are_shown() -> None:
    found = sd.minimize(SQUARES, [w, b], EYE, start=0)
    assert str(found) == (
        "converged: L-BFGS-B, 2 iterations, 3 evaluations\n"
        "loss           0\n"
        "gradient norm  0.0e+00\n"
        "variable  shape  value\n"
        "w         (3,)   [0.25, 0.25, 0.25]\n"
        "b         ()     0.75"
    )
    assert "variable" in found._repr_latex_()
    assert found.scipy.nit == found.iterations
    long = sd.minimize(sd.sum((w - 1) ** 2), w, {"d": 7}, start=0, constraints=sd.sum(w) <= 7)
    assert "(7,)   from 1 to 1" in str(long)
    assert "constraint  at this point\nsum(w) ≤ 7  holds" in str(long)
    with pytest.raises(sd.InputError, match=r"^c was not optimised over; what was is: w, b$"):
        found["c"]


def test_nothing_to_vary() -> None:
    found = sd.minimize(sd.sum(w**2) + 1, w, start=np.zeros(0))
    assert (found.loss, found.success, found["w"].shape) == (1.0, True, (0,))
    assert found.message == "there is nothing to vary"
    assert sd.least_squares(w, w, start=np.zeros(0)).success
    fixed = sd.minimize(p**2, p, start=1, method="COBYLA", bounds=(1, 1))
    assert (fixed["p"], fixed.success, fixed.message) == (1, True, "there is nothing to vary")
    none = sd.least_squares(X @ w - y, w, {"X": np.zeros((0, 2)), "y": []}, start=1)
    assert none["w"].tolist() == [1, 1]


@pytest.mark.parametrize("method", ["SLSQP", "trust-constr"])
def test_constraints_of_nothing(method: str) -> None:
    start = {"p": 1, "w": []}
    found = sd.minimize(p**2, [p], {"w": []}, start=1, method=method, constraints=[w**2 >= p])
    assert found.success
    assert found["p"] == pytest.approx(0, abs=1e-6)
    both = sd.minimize(p**2 + sd.sum(w), [p, w], start=start, method=method, constraints=w**2 >= 1)
    assert both.constraints[0].amount == 0


def test_a_start_need_not_obey_constraints() -> None:
    loss = (p - 3) ** 2
    assert sd.minimize(loss, p, start=5, constraints=p <= 2)["p"] == 2
    assert sd.minimize(loss, p, start=5, constraints=p**2 <= 4)["p"] == pytest.approx(2)


def test_every_entry_must_obey_all() -> None:
    for rule in (sd.all(w <= 2), (w <= 2) & (w[0] <= 2)):
        found = sd.minimize(sd.sum((w - 3) ** 2), w, {"d": 2}, start=np.int64(0), constraints=rule)
        assert found["w"] == pytest.approx(2)


def test_no_result_is_outside_of_bounds() -> None:
    for method in [m.name for m in METHODS if m.bounds and m.name != "COBYQA"]:
        found = sd.minimize((p + 1) ** 2, p, start=1, method=method, bounds=(0, None))
        assert 0 <= found["p"] < 1e-2


def test_results_are_like_dicts() -> None:
    found = sd.minimize((p - 1) ** 2 + q**2, [p, q], start=0)
    assert list(found) == ["p", "q"]
    assert "q" in found
    assert dict(found) == dict(**found) == found.values


# While a method runs ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "method", ["BFGS", "L-BFGS-B", "TNC", "SLSQP", "Nelder-Mead", "COBYLA", "trust-constr"]
)
def test_a_callback_sees_values_and_can_stop(method: str) -> None:
    seen: list[Any] = []

    def third(iteration: Any) -> bool:
        seen.append(iteration)
        return len(seen) == 3

    found = sd.minimize(ROSENBROCK, [p, q], start=2, method=method, callback=third)
    assert [each.number for each in seen] == [1, 2, 3]
    assert seen[-1].values == found.values
    assert seen[-1].loss == found.loss
    assert (found.success, found.message) == (False, "stopped by the callback")
    assert found.iterations == 3


def test_interrupts_leave_the_point_that_was_reached() -> None:
    def impatient(iteration: Any) -> None:
        if iteration.number == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        sd.minimize(ROSENBROCK, [p, q], start=2, method="BFGS", callback=impatient)
    found = caught.value.result
    assert found.iterations == 4
    assert found.loss < 101
    assert found.message == "interrupted"


def test_interrupts_of_a_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    from symdiff.optimise.jacobians import VectorFunction

    inner, calls = VectorFunction.value, []

    def value(self: Any, x: Any) -> Any:
        calls.append(x)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return inner(self, x)

    monkeypatch.setattr(VectorFunction, "value", value)
    with pytest.raises(sd.Interrupted) as caught:
        sd.least_squares([p * q - 1, p - q**3 - 1], [p, q], start=2)
    assert caught.value.result.evaluations == 2
    assert not caught.value.result.success


PIVOTS = sd.array([[1.0, 0.0], [0.0, 0.0]]) * p + sd.array([[0.0, 0.0], [0.0, 1.0]])
HALF_LOG = {"nan": sd.log(p) / 2, "error": sd.log(sd.cholesky(PIVOTS)[0, 0])}
TURNING = [m.name for m in METHODS if m.name not in ("dogleg", "trust-exact", "COBYQA")]


@pytest.mark.parametrize("kind", HALF_LOG)
@pytest.mark.parametrize("method", TURNING)
def test_methods_turn_back_from_where_the_loss_has_no_value(method: str, kind: str) -> None:
    """The first step is to a negative p; SciPy with NaN there calls the start a minimum."""
    found = sd.minimize(9 * p - HALF_LOG[kind], p, start=1, method=method)
    assert found.success, found
    assert found["p"] == pytest.approx(1 / 18, abs=1e-3)
    assert found.loss == pytest.approx(0.5 + np.log(18) / 2, abs=1e-5)


@pytest.mark.parametrize("kind", HALF_LOG)
@pytest.mark.parametrize("method", ["SLSQP", "trust-constr", "COBYLA"])
def test_methods_turn_back_from_where_a_constraint_has_no_value(method: str, kind: str) -> None:
    rule = 2 * HALF_LOG[kind] + q >= -1
    found = sd.minimize(5 * p + (q - 1) ** 2, [p, q], start=1, method=method, constraints=rule)
    assert found.success, found
    assert found.loss == pytest.approx(0.58935, abs=1e-3)  # p = exp(-1 - q), 2 (q - 1) = 5 p


def test_methods_turn_back_from_where_the_gradient_has_no_value() -> None:
    found = sd.minimize(sd.sqrt(abs(p - 1)), p, start=0)  # whose first step is to 1
    assert found["p"] == pytest.approx(1, abs=1e-3)
    edge = sd.minimize(sd.sqrt(p), p, start=1, bounds=(0, None))  # where it is infinite, outwards
    assert (edge["p"], edge.success, edge.gradient_norm) == (0, True, 0)


@pytest.mark.parametrize("method", ["trf", "dogbox", "lm"])
def test_fits_turn_back_from_where_residuals_have_no_value(method: str) -> None:
    for half_log in HALF_LOG.values():
        found = sd.least_squares([2 * half_log + 3, p - 0.05], p, start=1, method=method)
        assert found.success
        assert found["p"] == pytest.approx(np.exp(-3), abs=1e-4)


def test_fits_that_reach_where_there_is_no_slope() -> None:
    found = sd.least_squares(sd.sqrt(p) + 3, p, start=1)
    assert (found.success, found.loss) == (False, 4.5)
    assert found.message == "the Jacobian is not finite at the point that was reached"


def test_progress_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(Progress, "say", lambda self, text: said.append(text))
    sd.minimize(p**2, p, start=2, progress=False)
    assert not said
    sd.minimize(p**2, p, start=2)
    assert said[0] == "0 iterations, 1 evaluation: least loss 4"
    sd.least_squares(p, p, start=2)
    assert said[-1].endswith(" evaluations: least loss 0")


# Least squares ----------------------------------------------------------------------------------

t = sd.vector("t", "n")
DECAY = p * sd.exp(-q * t) - y
TIMES = np.linspace(0, 3, 20)
NOISY = {"t": TIMES, "y": 2 * np.exp(-TIMES) + 0.05 * np.random.default_rng(0).normal(size=20)}


@pytest.mark.parametrize("method", [None, "trf", "dogbox", "lm"])
def test_a_fit_agrees_with_scipy(method: str | None) -> None:
    found = sd.least_squares(DECAY, [p, q], NOISY, start=1, method=method)
    best, covariance = optimize.curve_fit(lambda t, p, q: p * np.exp(-q * t), TIMES, NOISY["y"])
    assert found.success
    assert np.allclose([found["p"], found["q"]], best, rtol=1e-5)
    assert np.allclose(found.covariance, covariance, rtol=1e-4)
    errors = [found.standard_errors["p"], found.standard_errors["q"]]
    assert np.allclose(errors, np.sqrt(np.diag(covariance)), rtol=1e-4)
    assert "variable  value    standard error\n" in str(found)


def test_fits_of_several_and_of_complex_residuals() -> None:
    s = sd.vector("s", 2, "complex")
    target = np.array([1 + 2j, 3 - 1j])
    found = sd.least_squares(
        [s**2 - sd.array(target**2), p - 1], [s, p], start={"s": target + 0.3, "p": 0}
    )
    assert np.allclose(found["s"], target)
    assert found["p"] == pytest.approx(1)
    assert found.standard_errors is None  # as many unknowns as residuals


def test_bounds_and_outliers_of_a_fit() -> None:
    inside = sd.least_squares(DECAY, [p, q], NOISY, start=0.4, bounds={"q": (0, 0.5)})
    assert inside["q"] == pytest.approx(0.5)
    wild = {**NOISY, "y": NOISY["y"] + 9 * (np.arange(20) == 7)}
    robust = sd.least_squares(DECAY, [p, q], wild, start=1, loss="soft_l1", f_scale=0.1)
    assert abs(robust["q"] - 1) < 0.2
    assert robust.standard_errors is None
    edge = sd.least_squares(w - 1, w, {"d": 2}, start=0, bounds={"w": (0, 1)})
    assert edge.method == "dogbox"
    assert edge["w"] == pytest.approx(1)


def test_sparse_jacobians() -> None:
    x = sd.vector("x", "k")
    sparse = pytest.importorskip("scipy.sparse")
    chain = [x[1:] - sd.tanh(x[:-1]), x[:-1] - 2, x[0] - 1]
    found = sd.least_squares(chain, x, {"k": 60}, start=0)
    dense = sd.least_squares(chain, x, {"k": 60}, start=0, tr_solver="exact")
    assert sparse.issparse(found.scipy.jac)
    assert not sparse.issparse(dense.scipy.jac)
    assert np.allclose(found["x"], dense["x"], atol=1e-5)
    assert found.standard_errors is None
    assert dense.standard_errors is not None
    for method in ("trust-constr", "SLSQP"):
        rules = [x[1:] * x[:-1] >= 1, x[1:] + x[:-1] <= 4, x[0] + x[1] >= 3]
        best = sd.minimize(sd.sum(x**2), x, {"k": 20}, start=2, method=method, constraints=rules)
        assert best.success, best
        assert best.loss == pytest.approx(22.5, abs=1e-3)


# What is refused --------------------------------------------------------------------------------

k = sd.scalar("k", "int")
OBJECTIVE_ERRORS = [
    (((X @ w - y) ** 2, w, EYE), sd.ArgumentError,
     "the loss `(X @ w - y)**2` of shape (n,) is no scalar; take its sum or mean, or fit residuals "
     "with sd.least_squares"),
    ((sd.sum(z), z), sd.ArgumentError,
     "the loss `sum(z)` of shape () is complex; numbers are small by sd.abs or sd.real of it"),
    ((SQUARES, [], EYE), sd.ArgumentError, "there is nothing to optimise over: `wrt` is empty"),
    ((SQUARES, [w, w], EYE), sd.ArgumentError, "`wrt` names `w` twice"),
    ((SQUARES, X @ w, EYE), sd.ArgumentError,
     "`X @ w` is no variable; optimise over the variables in it"),
    ((p * k, [k]), sd.ArgumentError,
     "`k` is of kind int, which does not vary continuously, so nothing can be optimised over it; "
     "declare it with dtype='float' if it does"),
    ((p**2, [p, q]), sd.ArgumentError, "`p**2` does not depend on `q`; its variables are: p"),
    ((SQUARES, w, {"X": np.eye(3)}), sd.InputError,
     "no data for b, y: give data={'b': …, 'y': …}, or optimise over them too"),
    ((SQUARES, w, {**EYE, "b": 0, "c": 1}), sd.InputError,
     "'c' is not an input; the inputs are: X, b, y, n, d"),
    ((SQUARES, w, {**EYE, "b": 0, "w": 1}), sd.InputError,
     "data has a value for w, which is optimised over: give it as a start, start={'w': …}"),
    ((SQUARES, [w, b], [1]), sd.InputError, "data gives arrays by name, data={'X': X}, not list"),
    ((SQUARES, [w, b], {"X": np.eye(3), "y": [1, 2]}), sd.InputError,
     "size n is 3 from axis 0 of X, but 2 from axis 0 of y"),
    ((sd.sum(w**2), w), sd.InputError,
     "no array tells the size d of w; give an array to start from, start={'w': …}, or give it with "
     "the data, data={'d': …}"),
    ((p**2 * sd.size("m"), p), sd.InputError,
     "no array tells the size m; give it with the data, data={'m': …}"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "kind", "message"), OBJECTIVE_ERRORS)
def test_objectives_that_are_refused(given: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as caught:
        sd.objective(*given)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"w": 0}, "values has no value for b: give values={'b': …}, a number"),
        ({"w": [1, 2], "b": 0}, "values: w must have shape (3,), not (2,)"),
        ({"w": [1j, 2, 3], "b": 0}, "values: w must hold real numbers, not complex128"),
        ({"w": 0, "b": 0, "c": 0}, "values has 'c', but what is optimised over is: w, b"),
        ({"w": 0, "b": 0, X: 0}, "values has `X`, but what is optimised over is: w, b"),
        ([1, 2], "values gives values by name, values={'w': …, 'b': …}, not [1, 2]"),
    ],
)
def test_values_that_do_not_fit(values: object, message: str) -> None:
    with pytest.raises(sd.InputError) as caught:
        sd.objective(SQUARES, [w, b], EYE).ravel(values)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros(3), "the flat vector must be real, of shape (4,), not shape (3,)"),
        (np.zeros(4, complex), "the flat vector must be real, of shape (4,), not complex numbers"),
    ],
)
def test_flat_vectors_that_do_not_fit(x: object, message: str) -> None:
    f = sd.objective(SQUARES, [w, b], EYE)
    for function in (f.fun, f.jac, f.hess, f.unravel, lambda x: f.hessp(np.zeros(4), x)):
        with pytest.raises(sd.InputError) as caught:
            function(x)
        assert str(caught.value) == message


MINIMIZE_ERRORS = [
    ({"start": None}, sd.InputError,
     "start has no value for w: give start={'w': …}, an array of shape (d,) or a number that fills "
     "it"),
    ({"start": {"w": 0}}, sd.InputError, "start has no value for b: give start={'b': …}, a number"),
    ({"start": {"w": "0", "b": 0}}, sd.InputError,
     "start: w must hold real numbers, not <U1"),
    ({"start": {"w": 0, "b": [1, 2]}}, sd.InputError, "b must have shape (), not (2,)"),
    ({"start": {"w": [0, 1], "b": 0}}, sd.InputError,
     "size d is 3 from axis 1 of X, but 2 from axis 0 of w"),
    ({"start": {"w": np.nan, "b": 0}}, sd.NonFiniteError,
     "at the start, the value given for `w` is nan at [0]; `sum((X @ w + b - y)**2)` needs it"),
    ({"data": {**EYE, "y": [0, np.inf, 0]}}, sd.NonFiniteError,
     "at the start, the value given for `y` is inf at [1]; `sum((X @ w + b - y)**2)` needs it"),
    ({"constraints": sd.log(b) <= 0}, sd.NonFiniteError,
     "at the start, `log(b)` is -inf, where `b` is 0.0: it has no finite value where `b <= 0`; "
     "`0 - log(b)` needs it"),
    ({"method": "Newton"}, sd.ArgumentError,
     "there is no method 'Newton'; there are Nelder-Mead, Powell, CG, BFGS, Newton-CG, L-BFGS-B, "
     "TNC, COBYLA, COBYQA, SLSQP, trust-constr, dogleg, trust-ncg, trust-exact and trust-krylov"),
    ({"method": "BFGS", "constraints": b**2 <= 1}, sd.ArgumentError,
     "the method BFGS takes no constraints; COBYLA, COBYQA, SLSQP and trust-constr do"),
    ({"method": "CG", "bounds": {"b": (0, None)}}, sd.ArgumentError,
     "the method CG takes no bounds; Nelder-Mead, Powell, L-BFGS-B, TNC, COBYLA, COBYQA, SLSQP and "
     "trust-constr do"),
    ({"maxit": 3}, sd.ArgumentError, "the method L-BFGS-B has no option maxit"),
    ({"maxit": 3, "method": "trust-constr"}, sd.ArgumentError,
     "the method trust-constr has no option maxit"),
    ({"args": (1,)}, sd.ArgumentError,
     "there is no argument args: values are given with the data"),
    ({"x0": 0}, sd.ArgumentError,
     "there is no argument x0: the point to start from is `start`"),
    ({"jac": True}, sd.ArgumentError,
     "there is no argument jac: derivatives are found, not given"),
    ({"options": {"maxiter": 3}}, sd.ArgumentError,
     "there is no argument options: the options of a method are keywords, such as maxiter=100"),
    ({"callback": 3}, sd.ArgumentError, "callback must be a function of an iteration, not 3"),
    ({"bounds": {"c": (0, 1)}}, sd.InputError,
     "bounds has 'c', but what is optimised over is: w, b"),
    ({"bounds": {"b": 1}}, sd.InputError,
     "the bounds of b are a pair, (least, largest), of numbers or arrays, with None for no bound, "
     "not 1"),
    ({"bounds": {"w": [(0, 1), (0, 1)]}}, sd.InputError,  # SciPy's pairs by entry, for two entries
     "the bounds of w are a pair, (least, largest), of numbers or arrays, with None for no bound, "
     "not [(0, 1), (0, 1)]"),
    ({"bounds": {"w": ((0, 1, 1), (0, 1, 1))}}, sd.InputError,
     "a bound of w must be a number or an array of shape (3,), not (0, 1, 1)"),
    ({"bounds": {"b": (q, None)}}, sd.InputError,
     "a bound of b is the expression `q`; give it among the constraints, `b >= …`"),
    ({"bounds": {"b": (1, 0)}}, sd.InputError, "nothing lies between the bounds of b, 1 and 0"),
    ({"bounds": {"b": (0, np.nan)}}, sd.InputError, "a bound of b is nan"),
    ({"constraints": [b >= 2, b <= 1]}, sd.InputError,
     "nothing lies between the bounds of b, 2 and 1"),
    ({"bounds": {"w": ([1, 2], None)}}, sd.InputError,
     "a bound of w must be a number or an array of shape (3,), not [1, 2]"),
    ({"bounds": {"w": (None, [1, 1, -1])}}, sd.InputError,
     "the start of w[2] is 0, outside of its bounds, -inf and -1; start inside"),
    ({"constraints": b}, sd.ArgumentError,
     "a constraint is a comparison by <=, >= or sd.equal, or several of these joined by &, not "
     "`b`"),
    ({"constraints": [w == b]}, sd.ArgumentError,
     "a constraint is a comparison of expressions, such as x + y <= 1 or sd.equal(x, y), not "
     "False; `==` asks whether two expressions are the same"),
    ({"constraints": [b < 1]}, sd.ArgumentError,
     "the constraint `b < 1` is strict, so that there need be no best point that meets it; write "
     "`<=`, with a margin if the edge must not be reached"),
    ({"constraints": [(b <= 1) & (y <= 1)]}, sd.ArgumentError,
     "the constraint `y <= 1` does not depend on w, b"),
    ({"constraints": [b <= q]}, sd.InputError,
     "no data for q: give data={'q': …}, or optimise over it too"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "kind", "message"), MINIMIZE_ERRORS)
def test_searches_that_are_refused(given: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as caught:
        sd.minimize(SQUARES, [w, b], **{"data": EYE, "start": 0, **given})
    assert str(caught.value) == message


def test_objectives_that_cannot_be_minimised_again() -> None:
    f = sd.objective(SQUARES, [w, b], EYE)
    for given, kind, message in [
        ({"wrt": w}, sd.ArgumentError, "an objective has its own variables; leave out `wrt`"),
        ({}, sd.InputError, "start has no value for w: give start={'w': …}, an array of shape (d,) "
         "or a number that fills it"),
        ({"data": {"y": [1]}}, sd.InputError,
         "size n is 3 from axis 0 of X, but 1 from axis 0 of y"),
        ({"data": {"c": 1}}, sd.InputError, "'c' is not an input; the inputs are: X, y, n, d"),
    ]:  # fmt: skip
        with pytest.raises(kind) as caught:
            sd.minimize(f, **given)
        assert str(caught.value) == message
    with pytest.raises(sd.ArgumentError, match=r"^say what varies: minimize\(loss, wrt=\[…\]\)$"):
        sd.minimize(p**2)


LEAST_SQUARES_ERRORS = [
    ({"method": "bfgs"}, "method must be one of 'trf', 'dogbox', 'lm', not 'bfgs'"),
    ({"method": "lm", "bounds": {"w": (-1, 1)}},
     "the method 'lm' takes no bounds; 'trf' and 'dogbox' do"),
    ({"method": "lm", "data": {"X": np.ones((1, 3)), "y": [1]}},
     "the method 'lm' needs as many residuals as unknowns at least, not 1 for 3; 'trf' and "
     "'dogbox' do not"),
    ({"method": "trf", "bounds": {"w": (0, 1)}},
     "the method 'trf' does not leave a start at a bound; 'dogbox' does"),
    ({"residuals": []}, "there is nothing to fit: no residuals are given"),
    ({"residuals": np.sin},
     "residuals must be an expression, not a function; sd.from_function makes one of a function "
     "that uses NumPy"),
    ({"residuals": [1.0]}, "residuals must be an expression or a list of expressions, not 1.0"),
    ({"bounds": {"w": (0, [0, 1, 1])}},
     "the bounds of w[0] leave it no room, only 0, and least_squares needs some; give what is "
     "fixed as data, not in `wrt`"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "message"), LEAST_SQUARES_ERRORS)
def test_fits_that_are_refused(given: Any, message: str) -> None:
    told = {"residuals": X @ w - y, "wrt": w, "data": EYE, "start": 0, **given}
    with pytest.raises(sd.ArgumentError) as caught:
        sd.least_squares(**told)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "said", ["Unknown solver COBYQA", "Constraints of type 'eq' not handled by COBYLA."]
)
def test_what_an_older_scipy_does_not_take(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def old(*given: object, **more: object) -> None:
        raise ValueError(said)

    monkeypatch.setattr(optimize, "minimize", old)
    with pytest.raises(sd.ArgumentError) as caught:
        sd.minimize(p**2, p, start=1, method="COBYLA")
    assert str(caught.value) == f"a newer SciPy is needed, this one says: {said}"


def test_unknown_options_of_a_fit() -> None:
    with pytest.raises(
        sd.ArgumentError, match=r"^least_squares has no option maxiter; there are ftol"
    ):
        sd.least_squares(w - 1, w, {"d": 1}, start=0, maxiter=3)
    with pytest.raises(sd.ArgumentError, match=r"^there is no argument jac: derivatives are found"):
        sd.least_squares(w - 1, w, {"d": 1}, start=0, jac=3)


def test_the_origin_of_an_infinite_start_of_a_fit() -> None:
    with pytest.raises(sd.NonFiniteError, match=r"^at the start, `log\(w\)` is -inf at \[0\]"):
        sd.least_squares(sd.log(w), w, {"d": 1}, start=0)
    with pytest.raises(sd.NonFiniteError, match=r"^at the start, .*sqrt\(w\).* is inf at"):
        sd.least_squares(sd.sqrt(w), w, {"d": 1}, start=0)


def test_without_scipy() -> None:
    code = """
import sys
sys.modules["scipy"] = None
import symdiff as sd
p = sd.scalar("p")
f = sd.objective((p - 1) ** 2, p, start=0)
print(f.fun([0.0]), f.jac([0.0]), f.hess([0.0]), f.hessp([0.0], [1.0]))
try:
    sd.minimize(p**2, p, start=1)
except sd.MissingDependencyError as error:
    print(error)
"""
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[1]
    )
    assert run.stdout.splitlines() == [
        "1.0 [-2.] [[2.]] [2.]",
        "this needs SciPy, which is not installed: pip install 'symdiff[scipy]'",
    ], run.stderr
