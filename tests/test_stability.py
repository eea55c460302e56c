"""Numbers that can be trusted: derivatives against mpmath at and beyond the edges of floats."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import mpmath
import numpy as np
import pytest
from mpmath import mpf

import symdiff as sd

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
