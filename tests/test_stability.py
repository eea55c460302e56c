"""Numbers that can be trusted: derivatives against mpmath at and beyond the edges of floats."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import mpmath
import numpy as np
import pytest
from mpmath import mpf
from scipy import special

import symdiff as sd
from symdiff import runtime
from symdiff.node import topological
from symdiff.rewrite import accuracy, stability
from symdiff.rewrite.liveness import protected, unprotected

mpmath.mp.dps = 400  # softplus at 300 differs from 300 in the 131st digit
STEP = mpf(10) ** -120
TOLERANCE = {"float64": 1e-12, "float32": 1e-5}
WIDE = (-1000, -300, -40, -1.5, -1e-3, 0, 1e-3, 2, 40, 300, 1000)
MODERATE = (-300, -40, -1.5, -1e-3, 0, 1e-3, 2, 40, 300)

x, y = sd.vector("x", "n"), sd.scalar("y")
A = sd.matrix("A", "n", "n")


def sigma(t: mpf) -> mpf:
    return 1 / (1 + mpmath.exp(-t))


def soft(t: mpf) -> mpf:
    return mpmath.log1p(mpmath.exp(t))


# Functions of one entry ---------------------------------------------------------------------------


class Case(NamedTuple):
    """A formula in `x` by entries, the same function for mpmath, and where they are compared.

    `limits` has first and second derivatives at points where mpmath cannot take differences.
    """

    formula: str
    function: Callable[[mpf], mpf]
    points: Sequence[float]
    limits: Mapping[float, tuple[float, float]] = MappingProxyType({})


def positive_root(t: mpf) -> mpf:
    return mpmath.sqrt(t) if t > 0 else mpf(0)


def positive_log(t: mpf) -> mpf:
    return mpmath.log(t) if t > 0 else mpf(0)


CASES = (
    Case("log(1 + exp(x))", soft, WIDE),
    Case("log(exp(x) + 1)", soft, WIDE),
    Case("log1p(exp(x))", soft, WIDE),
    Case("softplus(x)", soft, WIDE),
    Case("softplus(x)**2", lambda t: soft(t) ** 2, MODERATE),
    Case("x - log(1 + exp(x))", lambda t: -soft(-t), WIDE),
    Case("log(sigmoid(x))", lambda t: -soft(-t), WIDE),
    Case("log(1/(1 + exp(-x)))", lambda t: -soft(-t), WIDE),
    Case("log(1 - sigmoid(x))", lambda t: -soft(t), WIDE),
    Case("-log(1 - 1/(1 + exp(-x)))", soft, WIDE),
    Case("-(log(sigmoid(x))*0.25 + 0.75*log(1 - sigmoid(x)))",
         lambda t: soft(-t) / 4 + 3 * soft(t) / 4, WIDE),
    Case("log(exp(x) + exp(-2*x))", lambda t: soft(-3 * t) + t, MODERATE),
    Case("exp(-softplus(x))", lambda t: sigma(-t), MODERATE),
    Case("sigmoid(x)", sigma, WIDE),
    Case("1 - sigmoid(x)", lambda t: sigma(-t), WIDE),
    Case("sigmoid(x)**2", lambda t: sigma(t) ** 2, MODERATE),
    Case("sigmoid(x)*(1 - sigmoid(x))", lambda t: sigma(t) * sigma(-t), MODERATE),
    Case("1/(1 + exp(-x))", sigma, WIDE),
    Case("exp(x)/(1 + exp(x))", sigma, WIDE),
    Case("1/(1 + exp(x))", lambda t: sigma(-t), WIDE),
    Case("exp(-x)/(exp(-x) + 1)", lambda t: sigma(-t), WIDE),
    Case("x/(1 + exp(-x))", lambda t: t * sigma(t), MODERATE),
    Case("where(x >= 0, 1/(1 + exp(-x)), exp(x)/(1 + exp(x)))", sigma, WIDE),
    Case("tanh(x)", mpmath.tanh, WIDE),
    Case("1 - tanh(x)", lambda t: 1 - mpmath.tanh(t), MODERATE),
    Case("tanh(x)**2", lambda t: mpmath.tanh(t) ** 2, MODERATE),
    Case("1 - tanh(x)**2", lambda t: mpmath.sech(t) ** 2, MODERATE),
    Case("sinh(x)/cosh(x)", mpmath.tanh, WIDE),
    Case("(exp(x) - exp(-x))/(exp(x) + exp(-x))", mpmath.tanh, WIDE),
    Case("1/cosh(x)", mpmath.sech, MODERATE),
    Case("log(cosh(x))", lambda t: mpmath.log(mpmath.cosh(t)), WIDE),
    Case("exp(x) - 1", mpmath.expm1, (-40, -1e-9, 0, 1e-9, 2)),
    Case("(exp(x) - 1)**2", lambda t: mpmath.expm1(t) ** 2, (-40, -1e-9, 1e-9, 2)),
    Case("log(1 + x)", mpmath.log1p, (-0.5, 0, 1e-20, 1e-9, 5)),
    Case("log(1 - exp(-x))", lambda t: mpmath.log(-mpmath.expm1(-t)), (1e-9, 1e-3, 0.7, 2, 40, 80)),
    Case("1 - cos(x)", lambda t: 1 - mpmath.cos(t), (1e-9, 1e-3, 1)),
    Case("sqrt(x**2)", abs, (-3, -1e-20, 1e-20, 4), {0: (0, 0)}),
    Case("sqrt(1 + x**2)", lambda t: mpmath.sqrt(1 + t * t), (-3, 0, 1e-20, 4)),
    Case("where(x > 0, sqrt(x), 0)", positive_root, (1e-3, 4), {-2: (0, 0), 0: (0, 0)}),
    Case("where(x > 0, log(x), 0)", positive_log, (1e-3, 4), {-2: (0, 0), 0: (0, 0)}),
    Case("where(x < 0, 0, where(x < 1, x**2, log(x)))",
         lambda t: t * t if t < 1 else mpmath.log(t), (0.25, 4), {-2: (0, 0), 0: (0, 2)}),
    Case("x*log(x)", lambda t: t * mpmath.log(t), (1e-20, 1e-3, 4)),
    Case("x**0", lambda t: mpf(1), (-1, 2), {0: (0, 0)}),
    Case("x**1", lambda t: t, (-1, 2), {0: (1, 0)}),
    Case("x**2", lambda t: t**2, (-1, 2), {0: (0, 2)}),
    Case("x**2.5", lambda t: t ** mpf(2.5), (1, 2), {0: (0, 0)}),
    Case("x**array(1.0)", lambda t: t, (-1, 2), {0: (1, 0)}),
)  # fmt: skip


def expected(case: Case, points: Sequence[Any], order: int) -> list[mpf]:
    return [
        mpf(case.limits[float(p)][order - 1])
        if float(p) in case.limits
        else mpmath.diff(case.function, mpf(float(p)), order, h=STEP)
        for p in points
    ]


def assert_right(found: Any, wanted: Sequence[mpf], dtype: str, about: object) -> None:
    """Compare relatively, where the right number is representable; below that it must be 0."""
    assert np.asarray(found).dtype == dtype
    smallest = mpf(float(np.finfo(dtype).tiny)) * 4
    for value, right in zip(found, wanted, strict=True):
        assert np.isfinite(value), (about, found)
        error = abs(mpf(float(value)) - right)
        if abs(right) < smallest:
            assert error < smallest, (about, value, mpmath.nstr(right, 5))
        else:
            assert error <= TOLERANCE[dtype] * abs(right), (about, value, mpmath.nstr(right, 17))


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("case", CASES, ids=[case.formula for case in CASES])
def test_derivatives(case: Case, dtype: str) -> None:
    """By grad, jvp, hessian and hvp; evaluated and compiled; nothing overflows or divides by 0."""
    points = np.array([*case.points, *case.limits], dtype)
    first, second = expected(case, points, 1), expected(case, points, 2)
    entries = sd.parse(case.formula, x=x)
    total, v = sd.sum(entries), sd.vector("v", "n")
    along = {x: points, v: np.ones_like(points)}
    routes = (
        ("grad", sd.grad(total, x), first),
        ("jvp", sd.jvp(entries, x, v), first),
        ("hessian", sd.hessian(total, x), second),
        ("hvp", sd.hvp(total, x, v), second),
    )
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        for name, expression, wanted in routes:
            compiled = sd.compile(expression, inputs=[x, v])(points, along[v])
            for found in (sd.evaluate([expression, x, v], along)[0], compiled):
                rows = np.diagonal(found) if np.ndim(found) == 2 else found
                assert_right(rows, wanted, dtype, name)


@pytest.mark.parametrize("case", CASES, ids=[case.formula for case in CASES])
def test_emitted_with_its_value(case: Case) -> None:
    """A file with the value and the gradient."""
    total = sd.sum(sd.parse(case.formula, x=x))
    points = np.array([*case.points, *case.limits])
    namespace: dict[str, Any] = {}
    exec(sd.emit(total, wrt=x, name="f"), namespace)
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        value, gradient = namespace["f"](points)
    values = [case.function(mpf(float(p))) for p in case.points]
    values += [case.function(mpf(p)) if p > 0 else mpf(0) for p in case.limits]
    if case.formula not in ("x**0", "x**1", "x**array(1.0)"):
        assert (
            abs(mpf(float(value)) - sum(values)) <= 1e-12 * sum(map(abs, values)) + mpf(10) ** -12
        )
    assert_right(gradient, expected(case, points, 1), "float64", "emitted")


# Functions of several entries ---------------------------------------------------------------------


def reference(function: Callable[[list[mpf]], mpf], point: Sequence[float]) -> tuple[Any, Any]:
    """Gradient and Hessian by mpmath's differences."""
    n = len(point)
    at = [mpf(float(p)) for p in point]
    h = STEP

    def moved(*steps: tuple[int, int]) -> mpf:
        entries = list(at)
        for place, sign in steps:
            entries[place] += sign * h
        return function(entries)

    first = [(moved((i, 1)) - moved((i, -1))) / (2 * h) for i in range(n)]
    second = [
        [
            (
                moved((i, 1), (j, 1))
                - moved((i, 1), (j, -1))
                - moved((i, -1), (j, 1))
                + moved((i, -1), (j, -1))
            )
            / (4 * h * h)
            for j in range(n)
        ]
        for i in range(n)
    ]
    tolerance = mpf(10) ** -140  # differences are not exact
    return mpmath.chop(first, tolerance), [mpmath.chop(row, tolerance) for row in second]


def lse(v: list[mpf]) -> mpf:
    return mpmath.log(mpmath.fsum(map(mpmath.exp, v)))


def variance(v: list[mpf]) -> mpf:
    mean = mpmath.fsum(v) / len(v)
    return mpmath.fsum((e - mean) ** 2 for e in v) / len(v)


LARGE = ([1e4, -1e4, 9999.0], [50.0, 0.0, 1.0], [1e4, 9990.0, 9970.0], [0.0, 0.0, 0.0])
NEAR_ZERO = ([0.0, 0.0, 0.0], [3.0, 4.0, 12.0])
VECTORS = (
    ("logsumexp(x)", lse, LARGE),
    ("log(sum(exp(x)))", lse, LARGE),
    ("log(sum(exp(x - max(x)))) + max(x)", lse, LARGE[:2]),
    ("log_softmax(x)[0]", lambda v: v[0] - lse(v), LARGE),
    ("log(softmax(x))[0]", lambda v: v[0] - lse(v), LARGE),
    ("log(softmax(x)[0])", lambda v: v[0] - lse(v), LARGE),
    ("log(exp(x)[1]/sum(exp(x)))", lambda v: v[1] - lse(v), LARGE),
    ("-sum(array([1.0, 0.0, 0.0])*log(exp(z)/sum(exp(z))))", lambda v: lse(v) - v[0], LARGE),
    ("sum(array([0.0, 0.5, 0.5])*log(array([0.0, 0.5, 0.5])/softmax(z)))",
     lambda v: mpmath.log(mpf(0.5)) + lse(v) - (v[1] + v[2]) / 2, LARGE),
    ("norm(x)**2", lambda v: sum(e * e for e in v), NEAR_ZERO),
    ("norm(x)**4", lambda v: sum(e * e for e in v) ** 2, NEAR_ZERO),
    ("norm(x)*norm(x)", lambda v: sum(e * e for e in v), NEAR_ZERO),
    ("exp(-norm(x)**2/100)", lambda v: mpmath.exp(-sum(e * e for e in v) / 100), NEAR_ZERO),
    ("sqrt(1 + norm(x)**2)", lambda v: mpmath.sqrt(1 + sum(e * e for e in v)), NEAR_ZERO),
    ("1/(1 + norm(x)**2)", lambda v: 1 / (1 + sum(e * e for e in v)), NEAR_ZERO),
    ("sqrt(sum(x**2))**2", lambda v: sum(e * e for e in v), NEAR_ZERO),
    ("norm(x)", lambda v: mpmath.sqrt(sum(e * e for e in v)), NEAR_ZERO[1:]),
    ("sqrt(x @ x)", lambda v: mpmath.sqrt(sum(e * e for e in v)), NEAR_ZERO[1:]),
    ("mean((x - mean(x))**2)", variance, ([1e8 + 0.1, 1e8 + 0.3, 1e8 + 0.9],)),
    ("mean(x**2) - mean(x)**2", variance, ([1e8 + 0.1, 1e8 + 0.3, 1e8 + 0.9],)),
)  # fmt: skip


@pytest.mark.parametrize(("formula", "function", "points"), VECTORS, ids=[v[0] for v in VECTORS])
@pytest.mark.parametrize("dtype", TOLERANCE)
def test_derivatives_of_several(
    formula: str, function: Callable[[list[mpf]], mpf], points: Sequence[list[float]], dtype: str
) -> None:
    size = 3 if "z" in formula else "n"
    x, v = sd.vector("x", size), sd.vector("v", size)
    value = sd.parse(formula, **{("z" if size == 3 else "x"): x})
    gradient, hessian, product = sd.grad(value, x), sd.hessian(value, x), sd.hvp(value, x, v)
    compiled = sd.compile([gradient, hessian, product], inputs=[x, v])
    for given in points:
        point = np.array(given, dtype)
        if dtype == "float32" and "mean" in formula:
            point = np.array([1e3, 1e3 + 0.5, 1e3 + 2], dtype)
        first, second = reference(function, point)
        direction = np.array([1, 0, 0], dtype)
        at = {x: point, v: direction}
        with np.errstate(over="raise", divide="raise", invalid="raise"):
            evaluated = sd.evaluate([gradient, hessian, product, x, v], at)[:3]
            for found in (evaluated, compiled(point, direction)):
                assert_right(found[0], first, dtype, ("gradient", point))
                for row, right in zip(np.broadcast_to(found[1], (3, 3)), second, strict=True):
                    assert_right(row, right, dtype, ("Hessian", point))
                assert_right(found[2], second[0], dtype, ("product", point))


def test_logsumexp_with_entries_that_are_minus_infinity() -> None:
    for formula in ("logsumexp(x)", "log(sum(exp(x)))"):
        value = sd.parse(formula, x=x)
        at = {x: [-np.inf, 0.0, 1.0]}
        share = 1 / (1 + np.exp(-1))
        np.testing.assert_allclose(
            sd.evaluate(sd.grad(value, x), at), [0, 1 - share, share], rtol=1e-15
        )
        slope = share * (1 - share)
        np.testing.assert_allclose(
            sd.evaluate(sd.hessian(value, x), at),
            [[0, 0, 0], [0, slope, -slope], [0, -slope, slope]],
            rtol=1e-14,
        )


@pytest.mark.parametrize("formula", ["log(det(A))", "log(abs(det(A)))", "0.5*log(det(A @ A.T))"])
@pytest.mark.parametrize("scale", [1e-200, 1e-20, 1.0, 1e20, 1e200])
def test_logarithm_of_a_determinant(formula: str, scale: float) -> None:
    value = sd.parse(formula, A=A)
    gradient, hessian = sd.grad(value, A), sd.hessian(value, A)
    at = np.array([[2.0, 1.0, 0.0], [0.5, 3.0, 1.0], [0.0, 1.0, 4.0]]) * scale
    inverse = np.linalg.inv(at / scale) / scale
    for found in (sd.evaluate(gradient, A=at), sd.compile(gradient)(at)):
        np.testing.assert_allclose(found, inverse.T, rtol=1e-12)
    found = sd.evaluate(sd.hvp(value, A, A), A=at)  # of degree -1 in A
    np.testing.assert_allclose(found, -inverse.T, rtol=1e-12)
    if 1e-100 < scale < 1e100:
        right = -np.einsum("jk,li->ijkl", inverse, inverse)
        np.testing.assert_allclose(
            sd.evaluate(hessian, A=at), right, rtol=1e-10, atol=1e-14 / scale**2
        )


@pytest.mark.parametrize("t", [0.0, 1.0, 0.25])
@pytest.mark.parametrize(
    "formula",
    [
        "-sum(t*log(p) + (1 - t)*log(1 - p))",
        "sum(softplus(z) - t*z)",
        "sum(t*log(1 + exp(-z)) + (1 - t)*log(1 + exp(z)))",
    ],
)
def test_sigmoid_cross_entropy(formula: str, t: float) -> None:
    z, target = sd.vector("z", "n"), sd.vector("t", "n")
    value = sd.parse(formula, z=z, t=target, p=sd.sigmoid(z))
    points = np.array(WIDE, float)
    weight = mpf(t)
    first = [sigma(mpf(p)) - weight for p in points]
    second = [sigma(mpf(p)) * sigma(-mpf(p)) for p in points]
    at = {z: points, target: np.full_like(points, t)}
    gradient, hessian = sd.grad(value, z), sd.hessian(value, z)
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        assert_right(sd.evaluate(gradient, at), first, "float64", "gradient")
        assert_right(sd.compile(gradient, inputs=[z, target])(*at.values()), first, "float64", "")
        assert_right(np.diagonal(sd.evaluate(hessian, {z: points})), second, "float64", "Hessian")
        assert np.isfinite(sd.evaluate(value, at)) and np.isfinite(
            sd.compile(value)(**{"z": points, "t": at[target]})
        )


def test_divergence_of_distributions_with_zeros() -> None:
    p, q = sd.vector("p", "n"), sd.vector("q", "n")
    for formula in ("sum(p*log(p/q))", "sum(p*(log(p) - log(q)))"):
        value = sd.parse(formula, p=p, q=q)
        at = {p: [0.0, 0.25, 0.75], q: [0.5, 0.0 + 0.25, 0.25]}
        with np.errstate(all="raise"):
            for found in (sd.evaluate(value, at), sd.compile(value, inputs=[p, q])(*at.values())):
                np.testing.assert_allclose(found, 0.75 * np.log(3), rtol=1e-14)
            np.testing.assert_array_equal(sd.evaluate(sd.grad(value, q), at), [0, -1, -3])
            np.testing.assert_array_equal(
                sd.evaluate(sd.hessian(value, q), at), np.diag([0, 4, 12.0])
            )


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0, 2.5])
def test_powers_of_zero(exponent: float) -> None:
    """With an exponent that is a variable; its own derivative holds the power of 0 constant."""
    x, p = sd.scalar("x"), sd.scalar("p")
    at = {x: 0.0, p: exponent}
    first = {1.0: 1.0}.get(exponent, 0.0)
    second = {2.0: 2.0}.get(exponent, 0.0)
    outputs = [sd.grad(x**p, x), sd.hessian(x**p, x), sd.grad(x**p, p), sd.hessian(x**p, p)]
    compiled = sd.compile([*outputs, x, p], inputs=[x, p])(0.0, exponent)
    for found in (sd.evaluate([*outputs, x, p], at), compiled):
        assert [float(f) for f in found[:4]] == [first, second, 0.0, 0.0]


# Masks --------------------------------------------------------------------------------------------


MASKED = (
    ("sum(where(X @ x > 0, log(X @ x), 0))", {"X": [[1.0, 0, 0], [0, 1, 0], [0, 0, 1]]},
     [0, 0, 0.5], np.diag([0, 0, -0.25])),
    ("where(s > 0, sum(sqrt(x)), 0)", {"s": -1.0}, [0, 0, 0], np.zeros((3, 3))),
    ("sum(where(x > 0, sqrt(x), 0) + where(x > 1, sqrt(x), 0))", {},
     [0, 0, 0.5**0.5], np.diag([0, 0, -0.5 / 2**1.5])),
    ("sum(where(x[::2] > 0, sqrt(x)[::2], 0))", {},
     [0, 0, 0.5**1.5], np.diag([0, 0, -0.25 / 2**1.5])),
    ("sum(where(x > 0, x**0.5, 0))**2", {}, [0, 0, 1], np.zeros((3, 3))),
    ("sum((where(x > 0, sqrt(x), 0) @ B)**2)", {"B": [[1.0, 1], [1, 1], [1, 1]]},
     [0, 0, 2], np.zeros((3, 3))),
    ("sum(where(x > 0, where(x > 1, log(x - 1), sqrt(x)), 0))", {},
     [0, 0, 1], np.diag([0, 0, -1])),
    ("sum(where(reshape(x, (3, 1)) > 0, reshape(log(x), (3, 1)), 0))", {},
     [0, 0, 0.5], np.diag([0, 0, -0.25])),
    ("sum(where(transpose(X) > 0, transpose(1/X), 0)) + sum(x)", {"X": [[0.0, 0, 0]] * 3},
     [1, 1, 1], np.zeros((3, 3))),
    ("sum(where(x != 0, sin(x)/x, 1))", {"at": [0.0, 0.0, 0.0]}, [0, 0, 0], None),
    ("sum(where(norm(x) > 0, x/norm(x), 0))", {"at": [0.0, 0.0, 0.0]}, [0, 0, 0], np.zeros((3, 3))),
    ("sum(where(norm(X, axis=1) > 0, x/norm(X, axis=1), 0))",
     {"X": [[0.0, 0, 0], [3, 4, 0], [0, 0, 0]]}, [0, 0.2, 0], np.zeros((3, 3))),
    ("max(where(x > 0, log(x), -1))", {}, [0, 0, 0.5], np.diag([0, 0, -0.25])),
    ("sum(where(x > 0, softmax(1/x), 0)*array([0.0, 0.0, 0.0]))", {"at": [0.0, 0.0, 0.0]},
     [0, 0, 0], np.zeros((3, 3))),
)  # fmt: skip


@pytest.mark.parametrize(
    ("formula", "given", "first", "second"), MASKED, ids=[m[0] for m in MASKED]
)
def test_masks(formula: str, given: dict[str, Any], first: Any, second: Any) -> None:
    """Nothing flows out of a branch that is not taken, whatever the way; and nothing warns."""
    shapes = {"X": "3 3", "s": "", "B": "3 2"}
    given = dict(given)
    x = sd.vector("x", 3)
    at = {x: given.pop("at", [-1.0, 0.0, 2.0])}
    value = sd.parse(formula, x=x, **{k: shapes[k] for k in given})
    at |= {v: given[v.attrs[0]] for v in sd.inputs(value) if v is not x}
    v = sd.vector("v", 3)
    outputs = [
        *(value, sd.grad(value, x), sd.hessian(value, x), sd.hvp(value, x, v)),
        sd.jacobian(value, x, mode="forward"),
    ]
    outputs += [v, *at]
    arrays = {**at, v: [1.0, 1.0, 1.0]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled = sd.compile(outputs, inputs=list(arrays))(*arrays.values())
        for found in (sd.evaluate(outputs, arrays), compiled):
            assert np.isfinite(found[0])
            np.testing.assert_allclose(found[1], first, rtol=1e-12)
            np.testing.assert_allclose(found[4], first, rtol=1e-12)
            if second is not None:
                np.testing.assert_allclose(found[2], second, rtol=1e-12, atol=1e-15)
                np.testing.assert_allclose(found[3], np.sum(second, axis=0), rtol=1e-12, atol=1e-15)


def test_closed_forms_are_not_masked_twice() -> None:
    total = sd.sum(sd.where(x > 0, sd.sqrt(x), 0))
    assert str(sd.grad(total, x)) == "where(x > 0, 0.5/sqrt(x), 0.0)"
    masked = protected([sd.where(x > 0, sd.log(sd.exp(x) - 1), 0)])
    assert str(masked[0]) == ("where(x > 0, log(where(x > 0, exp(where(x > 0, x, 1)) − 1, 1)), 0)")
    assert unprotected(masked) == [sd.where(x > 0, sd.log(sd.exp(x) - 1), 0)]


def test_what_is_always_taken_is_not_masked() -> None:
    logarithm = sd.log(x)
    kept = [sd.where(x > 0, logarithm, 0), logarithm]
    assert protected(kept) == kept


@pytest.mark.parametrize(
    ("formula", "shapes"),
    [
        ("nanmax(cos(mean(x, axis=0, keepdims=True)), axis=-1)**a", {"x": "2 2", "a": "1"}),
        ("max(abs(nanmax(x*x, axis=0, keepdims=True))**a)", {"x": "n n", "a": ""}),
        ("prod(power(1 + abs(nansum(x, axis=0, keepdims=True)), a))", {"x": "n n", "a": "1"}),
    ],
)
def test_masks_along_axes_of_size_one(formula: str, shapes: dict[str, str]) -> None:
    value = sd.parse(formula, **shapes)
    assert sd.check(sd.sum(value), sizes={"n": 3})
    (array,) = (v for v in sd.inputs(value) if v.attrs[0] == "x")
    at = {v: np.full([3 if str(s) == "n" else s for s in v.shape], 0.7) for v in sd.inputs(value)}
    modes = [sd.jacobian(value, array, mode=mode) for mode in ("forward", "reverse")]
    np.testing.assert_allclose(*(sd.evaluate(each, at) for each in modes), atol=1e-12)
    second = sd.evaluate(sd.hessian(sd.sum(value), array), at)
    np.testing.assert_allclose(second, np.transpose(second, (2, 3, 0, 1)), atol=1e-12)


# Rules --------------------------------------------------------------------------------------------

a, b = sd.scalar("a"), sd.scalar("b")
EDGES = (-800.0, -40.0, -1.0, 0.0, 0.5, 3.0, 40.0, 800.0)


@pytest.mark.parametrize(("name", "before", "after"), stability.PATTERNS)
def test_both_sides_of_a_pattern_agree(name: str, before: sd.Node, after: sd.Node) -> None:
    """At random points and at the edges, wherever NumPy has a value for the spelling as given."""
    rng = np.random.default_rng(3)
    points = np.concatenate([rng.uniform(-3, 3, 50), EDGES])
    known = {v.attrs[0]: points for v in sd.inputs(before) if v.dtype == "float"}
    known |= {v.attrs[0]: points > 0 for v in sd.inputs(before) if v.dtype == "bool"}
    if "b" in known:
        known["b"] = points[::-1] + 0.25

    def value(expression: sd.Node) -> Any:
        """By NumPy alone: text, which is Python, without any of our rules."""
        names = {**vars(np), "sigmoid": runtime._sigmoid, "abs": np.abs}
        names |= {"softplus": lambda t: np.logaddexp(0, t), "relu": lambda t: np.maximum(t, 0)}
        names |= {name: getattr(special, name) for name in ("erfc", "ndtr", "log_ndtr")}
        with np.errstate(all="ignore"):
            return eval(sd.text(expression), names, dict(known))

    found, right = value(after), value(before)
    defined = np.isfinite(right)
    assert defined.sum() > 20
    np.testing.assert_allclose(found[defined], right[defined], rtol=1e-6, atol=1e-12)
    assert sd.stabilise(before) is sd.stabilise(after)


PROCEDURES = {
    "logarithm of a softmax": ("log(softmax(X, axis=1))", "log_softmax(X, axis=1)"),
    "logarithm over a softmax": ("log(a/softmax(x))", "log(a) − log_softmax(x)"),
    "logarithm of a sum of exponentials": (
        "log(sum(exp(X), axis=1, keepdims=True))", "logsumexp(X, axis=1, keepdims=True)"),
    "softmax": ("exp(X)/sum(exp(X), axis=0, keepdims=True)", "softmax(X, axis=0)"),
    "shift of a softmax": ("softmax(X - max(X, axis=1, keepdims=True), axis=1)",
                           "softmax(X, axis=1)"),
    "sum of a softmax": ("sum(softmax(X, axis=1), axis=1) + 0*X[:, 0]", "𝟏"),
    "logarithm over a sum of exponentials": ("log(a/sum(exp(x)))", "log(a) − logsumexp(x)"),
    "logarithm of chosen entries": ("log(softmax(x)[0])", "log_softmax(x)[0]"),
    "variance": ("mean(x**2) - mean(x)**2", "sum((x − sum(x)/n)²)/n"),
    "root of a sum of squares": ("sqrt(sum(X**2, axis=1))", "norm(X, axis=1)"),
    "square of a hypotenuse": ("hypot(x, a)**2", "x² + a²"),
    "logarithm of a determinant": ("log(det(X[:2, :2]))", "logabsdet(X[:2, :2])"),
}  # fmt: skip


@pytest.mark.parametrize("name", PROCEDURES)
def test_procedures(name: str) -> None:
    formula, after = PROCEDURES[name]
    given = sd.parse(formula, x="n", X="n m", a="")
    trace = sd.stabilise(given, trace=True)
    assert [step.rule for step in trace.steps][:1] == [name] or name in str(trace)
    assert trace.result is sd.stabilise(given)
    if "keepdims" not in after:
        assert str(sd.simplify(trace.result)) == after
    values = {"x": [0.5, 1.5, -1.0], "X": [[0.5, 2.0], [0.25, 1.5], [1.0, -1.0]], "a": 0.75}
    at = {k: v for k, v in values.items() if k in [i.attrs[0] for i in sd.inputs(given)]}
    if name != "logarithm of a determinant":
        plain = sd.evaluate(given, at_nodes(given, at))
        np.testing.assert_allclose(
            sd.evaluate(trace.result, at_nodes(given, at)), plain, rtol=1e-12
        )


def at_nodes(expression: sd.Node, values: dict[str, Any]) -> dict[sd.Node, Any]:
    return {v: np.asarray(values[v.attrs[0]]) for v in sd.inputs(expression)}


def test_every_rule_has_a_test() -> None:
    known = {name for name, _, _ in stability.PATTERNS} | set(PROCEDURES) | {"sine over its angle"}
    assert {rule.name for rule in stability.RULES} == known


def test_the_trace_lists_the_rules_by_name() -> None:
    trace = sd.stabilise(sd.log(1 + sd.exp(sd.sqrt(a**2))), trace=True)
    assert [step.rule for step in trace.steps] == ["root of a square", "softplus"]
    assert str(trace) == (
        "root of a square: sqrt(a²)  →  |a|\nsoftplus: log(1 + exp(|a|))  →  softplus(|a|)"
    )
    assert sd.stabilise([sd.log(sd.sigmoid(a)), b]) == [-sd.softplus(-a), b]


def test_a_shift_along_the_axes_of_a_softmax_stays() -> None:
    given = sd.parse("softmax(X - x, axis=1)", X="n m", x="m")
    assert sd.stabilise(given) is given


def test_inner_nodes_that_are_differentiated_by_survive() -> None:
    """By what a rule would look through, or take away."""
    p, z = sd.sigmoid(x), sd.vector("z", "n")
    at = {x: np.array([0.5, -1.0])}
    share = 1 / (1 + np.exp(-at[x]))
    np.testing.assert_allclose(sd.evaluate(sd.grad(sd.sum(sd.log(p)), p), at), 1 / share)
    e = sd.exp(x)
    slope = sd.grad(sd.sum(sd.log(1 + e)), e)
    np.testing.assert_allclose(sd.evaluate(slope, at), 1 / (1 + np.exp(at[x])))
    inner = sd.where(x > 0, x, 1.0)
    found = sd.grad(sd.sum(sd.where(x > 0, sd.log(inner), 0)), inner)
    np.testing.assert_allclose(sd.evaluate(found, at), [2, 0])
    both = sd.jvp(sd.log(p), p, z)
    np.testing.assert_allclose(sd.evaluate(both, {**at, z: [1.0, 1.0]}), 1 / share)


def test_values_given_for_inner_nodes_are_used() -> None:
    p = sd.sigmoid(a)
    assert sd.evaluate(1 - p, {p: 0.25}) == 0.75
    assert sd.evaluate(1 - p, {a: 40.0}) == np.exp(-40.0) / (1 + np.exp(-40.0))


def test_backprop_shows_the_graph_as_given() -> None:
    table = sd.backprop(sd.log(1 + sd.exp(a)), a)
    assert [step.rule for step in table.steps] == ["log", "add", "exp"]


def test_the_derivative_shares_parts_with_its_target() -> None:
    """Also where the target is stabilised: a file computes the linear part once."""
    loss = sd.parse("sum(log(1 + exp(X @ w)))", X="n d", w="d")
    source = sd.emit(loss, wrt=[v for v in sd.inputs(loss) if v.attrs[0] == "w"])
    body = source[source.rindex("_floats(") :]
    assert body.count("X @ w") - body.count("# ") <= 1 or body.count("= X @ w") == 1


def test_helpers_of_computing() -> None:
    """What only lowering makes, against mpmath, in both precisions, and as text."""
    for dtype, tolerance in ((np.float64, 4e-16 * 8), (np.float32, 2e-7 * 8)):
        points = np.array([-80, -3, -1e-3, 1e-4, 0.7, 2, 40], dtype)
        negative = -np.abs(points)
        checks = (
            (runtime._sech(points), [mpmath.sech(mpf(float(p))) for p in points]),
            (runtime._log_cosh(points), [mpmath.log(mpmath.cosh(mpf(float(p)))) for p in points]),
            (
                runtime._log1mexp(negative),
                [mpmath.log(-mpmath.expm1(mpf(float(p)))) for p in negative],
            ),
            (runtime._sigmoid_minus(points, dtype(1)), [-sigma(-mpf(float(p))) for p in points]),
            (runtime._sigmoid_minus(points, dtype(0)), [sigma(mpf(float(p))) for p in points]),
        )
        for found, right in checks:
            assert found.dtype == dtype
            for value, wanted in zip(found, right, strict=True):
                assert abs(mpf(float(value)) - wanted) <= tolerance * abs(wanted)
    names = {rule.name for rule in accuracy.RULES}
    assert {"sum without cancellation", "zero times a logarithm"} <= names
    lowered = accuracy.computed([1 - sd.tanh(a) ** 2, sd.log(sd.cosh(a)), sd.sigmoid(a) - b])
    assert [sd.text(e) for e in lowered] == ["(1/cosh(a))**2", "log(cosh(a))", "sigmoid(a) - b"]
    assert not any(node.op.name == "subtract" for node in topological(lowered))


@pytest.mark.parametrize("text", ["1/(1 + exp(x))**2", "exp(-x)/(1 + exp(-x))**2"])
def test_a_complement_beside_itself_keeps_both_factors(text: str) -> None:
    """Beside `sigmoid(-x)`, a factor `1 - sigmoid(x)` is squared, not lost."""
    e = sd.parse(text, x="n")
    (v,) = sd.inputs(e)
    points = np.array([-1.5, 0.3, 4])
    s = 1 / (1 + np.exp(-points))
    slope, curve = {
        "1/(1 + exp(x))**2": (-2 * (1 - s) ** 2 * s, (6 * s - 2) * s * (1 - s) ** 2),
        "exp(-x)/(1 + exp(-x))**2": (
            s * (1 - s) * (1 - 2 * s),
            s * (1 - s) * (1 - 6 * s + 6 * s**2),
        ),
    }[text]
    along = sd.jvp(e, v, sd.ones_like(v))
    twice = sd.grad(sd.sum(along), v)
    np.testing.assert_allclose(sd.evaluate(along, x=points), slope, rtol=1e-12)
    np.testing.assert_allclose(sd.evaluate(twice, x=points), curve, rtol=1e-12)


def test_conditions_met_again_further_out_count_once() -> None:
    """Forward mode twice through a choice whose branches share a node."""
    t = sd.scalar("t")
    e = sd.where(t > 2, -1 - sd.sinh(t), sd.sinh(t) ** 2)
    twice = sd.jvp(sd.jvp(e, t, 1.0), t, 1.0)
    for point, wanted in ((3.0, -np.sinh(3)), (1.0, 2 * np.cosh(2))):
        np.testing.assert_allclose(sd.evaluate(twice, t=point), wanted, rtol=1e-12)


def test_a_secant_beside_itself_keeps_both_factors() -> None:
    """`1 - tanh(x)**2` is computed as a squared secant, and meets that from `1/cosh(x)`."""
    t, u = sd.scalar("t"), sd.scalar("u")
    e = u * (1 - sd.tanh(t) ** 2) / sd.cosh(t)
    for value in (sd.evaluate(e, t=-1.3, u=2.0), sd.compile(e)(t=-1.3, u=2.0)):
        np.testing.assert_allclose(value, 2 / np.cosh(1.3) ** 3, rtol=1e-14)


@pytest.mark.parametrize("text", ["sqrt(relu(x))", "sqrt(maximum(x, 0))", "relu(x)**0.5"])
def test_root_of_a_positive_part(text: str) -> None:
    """Where the part is 0 the root is constant; an infinite slope must not meet a slope of 0."""
    e = sd.parse(text, x="n")
    (v,) = sd.inputs(e)
    slope = sd.evaluate(sd.grad(sd.sum(e), v), x=np.array([-2, 0, 4.0]))
    np.testing.assert_array_equal(slope, [0, 0, 0.25])


@pytest.mark.parametrize("formula", ["cosh(x)/sinh(x)", "1/tanh(x)"])
def test_the_hyperbolic_cotangent_in_its_tails(formula: str) -> None:
    x = sd.vector("x", "n")
    e = sd.sum(sd.parse(formula, x=x))
    points = [0.01, 1.0, 5.0, 20.0, -40.0, 300.0]
    gradient, curvature = sd.grad(e, x), sd.hvp(e, x, sd.ones("n"))
    with mpmath.workdps(400):
        first = [float(-1 / mpmath.sinh(p) ** 2) for p in points]
        second = [float(2 * mpmath.cosh(p) / mpmath.sinh(p) ** 3) for p in points]
    for found, wanted in ((gradient, first), (curvature, second)):
        np.testing.assert_allclose(sd.evaluate(found, x=points), wanted, rtol=1e-12)
        np.testing.assert_allclose(sd.compile(found)(points), wanted, rtol=1e-12)


@pytest.mark.parametrize(
    "formula",
    [
        "1 - sigmoid(b)",
        "log(1 - sigmoid(b))",
        "1/(1 + exp(b))",
        "sigmoid(b) - sigmoid(b)**2",
        "(x - sigmoid(b))**2",
        "-1*b",
        "sum(-1*b)",
        "x - sum(-(1*b))",
    ],
)
def test_functions_of_booleans_have_opposites_too(formula: str) -> None:
    """Booleans themselves have no negative."""
    node = sd.parse(formula, b=sd.vector("b", "n", dtype="bool"), x="n")
    given = {"b": np.array([True, False]), "x": np.array([0.1, 0.4])}
    plain, fast = sd.compile(node, without=["simplify", "lower"]), sd.compile(node)
    given = {name: given[name] for name in plain.inputs}
    np.testing.assert_allclose(fast(**given), plain(**given), rtol=1e-15)
