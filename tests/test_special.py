"""Special functions at the edges of their domains, far out in their tails, and without SciPy.

Values and derivatives are compared with mpmath, whose derivatives are differences taken with
digits to spare, and so know nothing of the formulas that symdiff has.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import combinations_with_replacement
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy
from oracles_special import OF_MPMATH

import symdiff as sd
from symdiff.registry import OPS

pytestmark = pytest.mark.filterwarnings("error")
x, y, v = sd.scalar("x"), sd.scalar("y"), sd.scalar("v")
Numbers = tuple[Any, ...]

# Values and derivatives at the edges --------------------------------------------------------------

EDGES: dict[str, list[Any]] = {
    "erf(x)": [-26.0, -3.0, 0.0, 1e-9, 0.5, 5.0, 26.0],
    "erfc(x)": [-5.0, -1e-9, 0.0, 1.0, 5.0, 26.0],
    "erfcx(x)": [-26.0, -1.0, 0.0, 1.9, 2.0, 5.0, 26.0, 1e4, 1e8],
    "ierfcx(2, x)": [-26.0, -1.0, 0.0, 1.9, 2.0, 5.0, 26.0, 1e4],
    "erfinv(x)": [-1 + 2**-53, -0.5, 0.0, 1e-9, 0.99, 1 - 2**-53],
    "erfcinv(x)": [1e-150, 1e-100, 1e-10, 0.5, 1.5, 1.999999],
    "ndtr(x)": [-37.0, -20.0, -1.0, 0.0, 1e-9, 5.0, 37.0],
    "ndtri(x)": [1e-150, 1e-100, 1e-10, 0.3, 0.7, 1 - 2**-53],
    "log_ndtr(x)": [-1e100, -1e10, -1e4, -40.0, -6.5, -6.0, -5.0, -1.0, 0.0, 3.0, 20.0, 37.0],
    "gamma(x)": [1e-100, 1e-9, 0.5, 1.0, 10.0, 170.0, -0.5, -10.3],
    "gammaln(x)": [1e-150, 1e-9, 0.5, 1.0, 10.0, 1e5, 1e100, 1e300, -0.5, -10.3],
    "digamma(x)": [1e-90, 1e-9, 0.5, 1.0, 10.0, 1e5, 1e90, -0.5, -10.3],
    "polygamma(2, x)": [1e-9, 0.5, 3.0, 1e10, -0.5],
    "zeta(3, x)": [1e-9, 1.0, 1e10],
    "gamma_density(1e5, x)": [1.003e5, 0.98e5],
    "beta_density(1e5, 1e5, x)": [0.4987, 0.501],
    "beta_density(2, 1e6, x)": [1e-7, 1e-5],
    "beta(x, y)": [(1e10, 2), (2, 1e10), (50, 60), (1e5, 0.5), (1e3, 1e-3), (15, 15), (0.5, 2)],
    "betaln(x, y)": [(1e10, 2), (2, 1e10), (1e-9, 1e-9), (1e5, 1e5), (1e15, 1), (1e5, 0.5)],
    "binom(x, y)": [(10, 3), (1e10, 2), (5.5, 5), (60, 30.5), (4, 1.5)],
    "polygamma_difference(1, x, y)": [(1e-9, 2), (1e10, 2), (3, 1e-12), (5, -4.9), (-0.5, 0.2)],
    "gamma_density(x, y)": [(2, 1e-9), (20, 15), (3, 700), (16, 1e-3), (0.5, 1e-9), (100, 300)],
    "gammainc(2.5, x)": [1e-9, 1.0, 50.0, 600.0],
    "gammaincc(40, x)": [1e-3, 30.0, 100.0],
    "betainc(2.5, 0.5, x)": [1e-9, 0.5, 1 - 1e-9],
    "betainc(0.5, 0.5, x)": [1e-9, 0.3, 1 - 1e-6],
    "j0(x)": [-5.0, 0.0, 1e-9, 1.0, 20.0, 100.0],
    "j1(x)": [-5.0, 0.0, 1e-9, 1.0, 20.0, 100.0],
    "y0(x)": [1e-90, 1.0, 100.0],
    "y1(x)": [1e-9, 1.0, 20.0],
    "jv(3.3, x)": [1e-3, 1.0, 30.0, 300.0],
    "yv(3.3, x)": [1e-3, 1.0, 30.0, 300.0],
    "iv(0.5, x)": [1e-3, 1.0, 30.0, 300.0],
    "kv(3.3, x)": [1e-3, 1.0, 30.0, 300.0],
    "spherical_jn(0, x)": [-3.0, 0.0, 1e-9, 1e-3, 1.0, 30.0],
    "spherical_jn(1, x)": [-3.0, 1e-3, 1.0, 30.0],
    "i0(x)": [-700.0, -5.0, 0.0, 1e-9, 1.0, 20.0, 709.0],
    "i1(x)": [-700.0, -5.0, 0.0, 1e-9, 1.0, 20.0, 709.0],
    "k0(x)": [1e-90, 1e-9, 1.0, 20.0, 600.0],
    "k1(x)": [1e-90, 1.0, 600.0],
    "i0e(x)": [-1e10, -20.0, -1.0, 1e-9, 1.0, 20.0, 713.0, 1e4, 1e10, 1e40],
    "i1e(x)": [-1e10, -20.0, -1.0, 1e-9, 1.0, 20.0, 713.0, 1e4, 1e10, 1e40],
    "hyp1f1(1.5, 2, x)": [-1e4, -10.0, 1e-9, 50.0],
    "hyp2f1(1.5, 0.5, 2, x)": [-100.0, -10.0, 1e-9, 0.9, 0.999999],
    "exprel(x)": [-1e10, -700.0, -1.0, -1e-9, 0.0, 1e-9, 1e-5, 1.0, 100.0, 700.0],
    "cosm1(x)": [-1.0, -1e-9, 0.0, 1e-9, 3.0],
    "expi(x)": [-700.0, -1.0, -1e-9, 1e-9, 2.0, 700.0],
    "exp1(x)": [1e-100, 1e-9, 1.0, 700.0],
    "sinint(x)": [-3.0, 0.0, 1e-9, 1e-3, 1.0, 30.0],
    "cosint(x)": [1e-100, 1e-3, 1.0, 30.0],
    "spence(x)": [1e-30, 1e-9, 0.3, 0.5, 0.999, 1.0, 1 + 1e-9, 1.4, 1.6, 10.0, 1e10],
    "lambertw(x)": [-0.367, -0.3, -1e-9, 0.0, 1e-9, 1e-100, 1.0, 1e10, 1e100],
    "ellipk(x)": [-1e10, -1.0, -0.5, -1e-9, 0.0, 1e-9, 0.4, 0.6, 0.999, 1 - 1e-10, 1 - 2**-53],
    "ellipe(x)": [-1e10, -1.0, -0.5, -1e-9, 0.0, 1e-9, 0.4, 0.6, 0.999, 1 - 1e-10, 1 - 2**-53],
    "logit(x)": [1e-150, 1e-9, 0.3, 0.7, 1 - 1e-9, 1 - 2**-53],
    "log_expit(x)": [-1000.0, -30.0, -1.0, 0.0, 1.0, 30.0, 700.0],
    "entr(x)": [1e-150, 1e-9, 0.3, 1.0, 1e10, 1e100],
    "xlogy(x, y)": [(0, 0.5), (1e-9, 1e-9), (2, 3)],
    "xlog1py(x, y)": [(0, 0.5), (1e-9, 1e-9), (2, 1e-20)],
    "rel_entr(x, y)": [(1, 1), (1e-100, 1e100), (3, 1e-9)],
    "kl_div(x, y)": [(3, 1e-9), (1, 2), (1e-9, 2)],
}
TWICE_LOSES = {"log_expit(x)"}
"""Its second derivative is that of the sigmoid, exact to the scale of the sigmoid alone."""

ONCE = {"gamma_density(1e5, x)", "beta_density(1e5, 1e5, x)", "beta_density(2, 1e6, x)"}
"""These are first derivatives themselves."""

DEEP = {
    *("erf(x)", "erfc(x)", "ndtr(x)", "log_ndtr(x)", "gammainc(2.5, x)", "gammaincc(40, x)"),
    *("lambertw(x)", "xlogy(x, y)", "xlog1py(x, y)"),
}
"""Differences of these cancel hundreds of digits, far in a tail."""


def differences(function: Callable[..., Any], at: Numbers, order: tuple[int, ...]) -> Any:
    """A derivative by central differences, so fine that 20 digits are right."""
    if not sum(order):
        return function(*at)
    place = next(k for k, times in enumerate(order) if times)
    step = (abs(at[place]) or mp.mpf(1)) * mp.mpf(10) ** -30
    less = tuple(times - (k == place) for k, times in enumerate(order))

    def shifted(sign: int) -> Any:
        moved = tuple(a + sign * step * (k == place) for k, a in enumerate(at))
        return differences(function, moved, less)

    return (shifted(1) - shifted(-1)) / (2 * step)


@pytest.mark.parametrize("formula", EDGES)
def test_value_and_two_derivatives(formula: str) -> None:
    names = ["x", "y"] if "y)" in formula else ["x"]
    variables = [sd.scalar(name) for name in names]
    target = sd.parse(formula, **dict(zip(names, variables, strict=True)))
    asked = {(0,) * len(names): target}
    for orders in (1,) if formula in ONCE else (1, 2):
        for by in combinations_with_replacement(range(len(names)), orders):
            derivative = target
            for place in by:
                derivative = sd.grad(derivative, variables[place])
            asked[tuple(by.count(k) for k in range(len(names)))] = derivative
    code = compile(formula, "<formula>", "eval")

    def exact(*at: Any) -> Any:
        return mp.re(eval(code, dict(OF_MPMATH), dict(zip(names, at, strict=True))))

    for point in EDGES[formula]:
        numbers = point if isinstance(point, tuple) else (point,)
        given = dict(zip(names, map(float, numbers), strict=True))
        with np.errstate(under="ignore"):
            found = sd.evaluate(list(asked.values()), **given)
        for order, value in zip(asked, found, strict=True):
            with mp.workdps(450 if formula in DEEP else 110):
                wanted = differences(exact, tuple(mp.mpf(float(n)) for n in numbers), order)
            if abs(wanted) < 1e-300:
                wanted = mp.mpf(0)
            limit = 1e-16 if formula in TWICE_LOSES and order == (2,) else 1e-300
            assert value == pytest.approx(float(wanted), rel=1e-12, abs=limit), (point, order)


@pytest.mark.parametrize("at", [-1e10, -1e4, -40.0, -6.5, -6.0, -5.9, 0.0, 3.0, 20.0])
def test_far_in_the_lower_tail(at: float) -> None:
    """The hazard is nearly -x, and what it exceeds that by nearly -1/x."""
    with mp.workdps(80):
        hazard, excess = (OF_MPMATH[n](mp.mpf(at)) for n in ("normal_hazard", "mills_excess"))
    assert sd.evaluate(sd.normal_hazard(x), x=at) == pytest.approx(float(hazard), rel=1e-13)
    assert sd.evaluate(sd.mills_excess(x), x=at) == pytest.approx(float(excess), rel=1e-12)


def test_near_the_branch_point_of_lambert() -> None:
    """As exact as the argument, of which W magnifies a change by the root of its distance."""
    for distance in (1e-15, 1e-12, 1e-8, 1e-4):
        at = -np.exp(-1.0) + distance
        with mp.workdps(60):
            w = mp.lambertw(mp.mpf(at)).real
            slope = mp.exp(-w) / (1 + w)
        lost = 1e-16 / distance
        assert sd.evaluate(sd.lambertw(x), x=at) == pytest.approx(float(w), rel=1e-15 + lost**0.5)
        found = sd.evaluate(sd.grad(sd.lambertw(x), x), x=at)
        assert found == pytest.approx(float(slope), rel=1e-12 + 10 * lost)
    assert np.isnan(sd.evaluate(sd.lambertw(x), x=-0.5))


def test_beyond_what_floats_hold() -> None:
    """Infinite or zero where the truth overflows or underflows, and never NaN."""
    for formula, at, wanted in (
        ("i0(x)", 800.0, np.inf),
        ("gamma(x)", 172.0, np.inf),
        ("erfc(x)", 30.0, 0.0),
        ("log_ndtr(x)", 60.0, 0.0),
        ("ellipk(x)", 1.0, np.inf),
        ("entr(x)", 0.0, np.inf),
        ("logit(x)", 0.0, np.inf),
        ("logit(x)", 1.0, np.inf),
        ("spence(x)", 0.0, -np.inf),
        ("exp1(x)", 0.0, -np.inf),
        ("k0(x)", 0.0, -np.inf),
        ("log_expit(x)", 1000.0, 0.0),
        ("log_expit(x)", -1000.0, 1.0),
    ):
        with np.errstate(all="ignore"):
            assert sd.evaluate(sd.grad(sd.parse(formula, x=x), x), x=at) == wanted, formula


@pytest.mark.parametrize(
    ("formula", "first", "second"),
    [
        ("beta(x, y)", [0.5, 40.0, 3.0, 200.0], [2.0, 0.3, 1e3, 300.0]),
        ("betaln(x, y)", [0.5, 40.0, 3.0, -0.5], [2.0, 0.3, 1e3, 0.25]),
        ("gamma_density(x, y)", [0.0, 2.0, 15.0, 400.0, 400.0], [3.0, 0.0, 14.0, 1.0, 410.0]),
        ("beta_density(x, 20*x + 1, y)", [0.0, 0.5, 10.0, 300.0], [0.1, 0.5, 0.04, 0.05]),
        ("polygamma_difference(1, x, y)", [0.5, -0.5, 5.0, 1e5], [2.0, 0.2, -4.9, 1e-5]),
        ("mills_excess(x)*normal_hazard(y)", [-50.0, -6.1, -5.9, 50.0], [-50.0, 0.0, 1.0, 40.0]),
        ("ellipc(x)*log_quotient_slope(y)", [-9.0, 0.0, 0.2, 0.9], [0.1, 1.0, 1.2, 9.0]),
    ],
)
def test_each_entry_takes_its_own_branch(
    formula: str, first: list[float], second: list[float]
) -> None:
    names = ("x", "y")
    code = compile(formula, "<formula>", "eval")
    target = sd.parse(formula, x="n", y="n")
    found = sd.compile(target)(x=first, y=second)
    for entry, *at in zip(found, first, second, strict=True):
        with mp.workdps(40):
            numbers = dict(zip(names, map(mp.mpf, at), strict=True))
            wanted = mp.re(eval(code, dict(OF_MPMATH), numbers))
        assert entry == pytest.approx(float(wanted), rel=1e-12, abs=1e-300), at


# Where a logarithm meets a zero -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "at", "wanted"),
    [
        ("xlogy(x, y)", (0.0, 0.5), (np.log(0.5), 0.0)),
        ("xlogy(x, y)", (0.0, 0.0), (-np.inf, 0.0)),
        ("xlogy(x, y)", (2.0, 0.0), (-np.inf, np.inf)),
        ("xlog1py(x, y)", (0.0, -0.5), (np.log(0.5), 0.0)),
        ("xlog1py(x, y)", (0.0, -1.0), (-np.inf, 0.0)),
        ("rel_entr(x, y)", (0.0, 0.5), (-np.inf, 0.0)),
        ("kl_div(x, y)", (0.0, 0.5), (-np.inf, 1.0)),
    ],
)
def test_derivatives_at_zero(
    formula: str, at: tuple[float, float], wanted: tuple[float, float]
) -> None:
    target = sd.parse(formula, x=x, y=y)
    with np.errstate(divide="ignore"):
        found = sd.evaluate(sd.grad(target, [x, y]), x=at[0], y=at[1])
    assert tuple(found) == wanted


def test_a_class_without_counts() -> None:
    """The likelihood of counts, where a class has neither counts nor probability."""
    k, p = sd.vector("k", "n"), sd.vector("p", "n")
    gradient = sd.grad(sd.sum(sd.xlogy(k, p)), p)
    np.testing.assert_array_equal(sd.evaluate(gradient, k=[2.0, 0.0], p=[0.5, 0.0]), [4.0, 0.0])


def test_the_mixed_derivative_at_zero_is_kept() -> None:
    mixed = sd.grad(sd.grad(sd.xlogy(x, y), y), x)
    assert sd.evaluate(mixed, x=0.0, y=0.5) == 2.0


def test_one_function_under_two_names() -> None:
    assert sd.expit is sd.sigmoid
    assert sd.psi is sd.digamma
    assert sd.loggamma is sd.gammaln
    assert sd.parse("expit(x) + psi(x) + loggamma(x)", x=x) is (
        sd.sigmoid(x) + sd.digamma(x) + sd.gammaln(x)
    )
    assert sd.simplify(sd.logit(sd.expit(x))) is x
    assert sd.simplify(sd.expit(sd.logit(x))) is x


# Against SymPy ------------------------------------------------------------------------------------

s, t = sympy.symbols("s t", positive=True)

KNOWN_TO_SYMPY: dict[str, Any] = {
    "erf(x)": sympy.erf(s),
    "erfc(x)": sympy.erfc(s),
    "erfcx(x)": sympy.exp(s**2) * sympy.erfc(s),
    "erfinv(x)": sympy.erfinv(s),
    "erfcinv(x)": sympy.erfinv(1 - s),  # of `erfcinv` SymPy has no numbers
    "ndtr(x)": sympy.erfc(-s / sympy.sqrt(2)) / 2,
    "log_ndtr(x)": sympy.log(sympy.erfc(-s / sympy.sqrt(2)) / 2),
    "gamma(x)": sympy.gamma(s),
    "gammaln(x)": sympy.loggamma(s),
    "digamma(x)": sympy.digamma(s),
    "polygamma(2, x)": sympy.polygamma(2, s),
    "zeta(3, x)": sympy.zeta(3, s),
    "beta(x, y)": sympy.beta(s, t),
    "betaln(x, y)": sympy.loggamma(s) + sympy.loggamma(t) - sympy.loggamma(s + t),
    "binom(x + 1, y)": sympy.gamma(s + 2) / sympy.gamma(t + 1) / sympy.gamma(s - t + 2),
    "multigammaln(x + 1, 3)": sum(sympy.loggamma(s + 1 - sympy.Rational(j, 2)) for j in range(3)),
    "gammainc(2.5, x)": sympy.lowergamma(2.5, s) / sympy.gamma(2.5),
    "gammaincc(2.5, x)": sympy.uppergamma(2.5, s) / sympy.gamma(2.5),
    "betainc(2.5, 1.5, x)": sympy.betainc_regularized(2.5, 1.5, 0, s),
    "j0(x)": sympy.besselj(0, s),
    "j1(x)": sympy.besselj(1, s),
    "jv(2.5, x)": sympy.besselj(2.5, s),
    "y0(x)": sympy.bessely(0, s),
    "y1(x)": sympy.bessely(1, s),
    "yv(2.5, x)": sympy.bessely(2.5, s),
    "i0(x)": sympy.besseli(0, s),
    "i1(x)": sympy.besseli(1, s),
    "iv(2.5, x)": sympy.besseli(2.5, s),
    "i0e(x)": sympy.exp(-s) * sympy.besseli(0, s),
    "i1e(x)": sympy.exp(-s) * sympy.besseli(1, s),
    "k0(x)": sympy.besselk(0, s),
    "k1(x)": sympy.besselk(1, s),
    "kv(2.5, x)": sympy.besselk(2.5, s),
    "spherical_jn(2, x)": sympy.jn(2, s).rewrite(sympy.sin),
    "hyp1f1(1.5, 2.5, x)": sympy.hyper([1.5], [2.5], s),
    "hyp2f1(1.5, 0.5, 2.5, x)": sympy.hyper([1.5, 0.5], [2.5], s),
    "exprel(x)": (sympy.exp(s) - 1) / s,
    "cosm1(x)": sympy.cos(s) - 1,
    "expi(x)": sympy.Ei(s),
    "exp1(x)": sympy.expint(1, s),
    "sinint(x)": sympy.Si(s),
    "cosint(x)": sympy.Ci(s),
    "spence(x)": sympy.polylog(2, 1 - s),
    "lambertw(x)": sympy.LambertW(s),
    "ellipk(x)": sympy.elliptic_k(s),
    "ellipe(x)": sympy.elliptic_e(s),
    "logit(x)": sympy.log(s / (1 - s)),
    "log_expit(x)": -sympy.log(1 + sympy.exp(-s)),
    "entr(x)": -s * sympy.log(s),
    "xlogy(x, y)": s * sympy.log(t),
    "xlog1py(x, y)": s * sympy.log(1 + t),
    "rel_entr(x, y)": s * sympy.log(s / t),
    "kl_div(x, y)": s * sympy.log(s / t) - s + t,
}


@pytest.mark.parametrize("formula", KNOWN_TO_SYMPY)
def test_partials_are_those_of_sympy(formula: str) -> None:
    target = sd.parse(formula, x=x, y=y)
    names = {x: s, y: t}
    at = {x: 0.3, y: 0.8}
    for by in sd.inputs(target):
        known = sympy.diff(KNOWN_TO_SYMPY[formula], names[by])
        assert not known.has(sympy.Derivative, sympy.Subs)
        wanted = complex(known.evalf(25, subs={s: sympy.Float(0.3), t: sympy.Float(0.8)})).real
        found = sd.evaluate(sd.grad(target, by), {each: at[each] for each in sd.inputs(target)})
        assert found == pytest.approx(wanted, rel=1e-12)


# Refusals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        (
            "jv(v, x)",
            "`jv` has no derivative by the order `v`: it has no closed form. It stands in "
            "`jv(v, x)`. Use sd.stop_gradient(v) there to hold it constant.",
        ),
        (
            "2*gammainc(v + 1, x)",
            "`gammainc` has no derivative by the exponent `v + 1`: it has no closed form. It "
            "stands in `gammainc(v + 1, x)`. Use sd.stop_gradient(v + 1) there to hold it "
            "constant.",
        ),
        (
            "zeta(v, x)",
            "`zeta` has no derivative by the exponent `v`: it has no closed form. It stands in "
            "`zeta(v, x)`. Use sd.stop_gradient(v) there to hold it constant.",
        ),
        (
            "betainc(2, v, x)",
            "`betainc` has no derivative by the exponent `v`: it has no closed form. It stands in "
            "`betainc(2, v, x)`. Use sd.stop_gradient(v) there to hold it constant.",
        ),
        (
            "hyp1f1(v, 2, x)",
            "`hyp1f1` has no derivative by the parameter `v`: it has no closed form. It stands in "
            "`hyp1f1(v, 2, x)`. Use sd.stop_gradient(v) there to hold it constant.",
        ),
    ],
)
def test_an_order_is_no_variable(formula: str, message: str) -> None:
    target = sd.parse(formula, v=v, x=x)
    assert sd.grad(target, x) is not None
    with pytest.raises(sd.DerivativeError) as error:
        sd.grad(target, v)
    assert str(error.value) == message


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_an_order_that_is_held_constant(mode: str) -> None:
    held = sd.jv(sd.stop_gradient(x + 1), x)
    by_x = sd.jacobian(held, x, mode)
    at = sd.evaluate(by_x, x=1.5)
    assert at == pytest.approx(sd.evaluate(sd.grad(sd.jv(2.5, x), x), x=1.5), rel=1e-14)
    assert sd.grad(held, v) is sd.constant(0.0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: sd.polygamma(v, x),
            "the order of `polygamma` must be a whole number from 0 on, or an expression of kind "
            "int, not `v`",
        ),
        (
            lambda: sd.polygamma(-1, x),
            "the order of `polygamma` must be a whole number from 0 on, or an expression of kind "
            "int, not `-1`",
        ),
        (
            lambda: sd.spherical_jn(sd.scalar("n", "int"), x),
            "the order of `spherical_jn` must be a whole number from 0 on, not `n`",
        ),
        (
            lambda: sd.polygamma_difference(0.5, x, y),
            "the order of `polygamma_difference` must be a whole number from 0 on, not `0.5`",
        ),
        (
            lambda: sd.beta_density(x, y, v, -1),
            "the number of steps of `beta_density` must be a whole number from 0 on, not `-1`",
        ),
        (
            lambda: sd.multigammaln(x, 0),
            "the dimension of `multigammaln` must be a whole number from 1 on, not 0",
        ),
        (lambda: sd.betaln(x), "`betaln` takes 2 argument(s), not 1"),
        (
            lambda: sd.scalar("special"),
            "'special' cannot name a variable: generated code needs it; try 'special1'",
        ),
    ],
)
def test_arguments_that_do_not_fit(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(sd.ArgumentError) as error:
        make()
    assert str(error.value) == message


# With and without SciPy ---------------------------------------------------------------------------


@pytest.fixture
def no_scipy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the import of SciPy's special functions fail, as where it is not installed."""
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    yield


MISSING = "this needs SciPy, which is not installed: pip install 'symdiff[scipy]'"


@pytest.mark.usefixtures("no_scipy")
def test_without_scipy() -> None:
    target = sd.parse("gammaln(x) + log_ndtr(x)", x=x)
    gradient = sd.grad(target, x)
    assert str(gradient) == "normal_hazard(x) + ψ(x)"
    assert sd.text(gradient) == "normal_hazard(x) + digamma(x)"
    assert "from scipy import special\n" in sd.emit(target, wrt=x)
    for compute in (
        lambda: sd.evaluate(target, x=1.0),
        lambda: sd.evaluate(sd.normal_hazard(x), x=1.0),
        lambda: sd.compile(target),
    ):
        with pytest.raises(sd.MissingDependencyError) as error:
            compute()
        assert str(error.value) == MISSING
    assert isinstance(error.value, ImportError)
    assert sd.evaluate(sd.expit(x) + sd.log_expit(x), x=0.0) == pytest.approx(0.5 - np.log(2))


PLAIN = """\
import sys
import symdiff as sd
x = sd.scalar("x")
gradient = sd.grad(sd.gammaln(x) + sd.jv(2, x), x)
print(gradient, sd.latex(gradient), sd.emit(gradient))
assert not [name for name in sys.modules if name.startswith(("scipy", "sympy"))]
sd.evaluate(gradient, x=1.0)
assert "scipy.special" in sys.modules
"""


def test_scipy_is_imported_when_it_computes() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PLAIN], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_module_says_what_it_needs() -> None:
    plain = sd.emit(sd.log_expit(x), name="f").splitlines()
    assert plain[:4] == [
        '"""f, written by symdiff. Needs NumPy alone."""',
        "",
        "import numpy as np",
        "",
    ]
    needy = sd.emit(sd.normal_hazard(x), name="f").splitlines()
    assert needy[:4] == [
        '"""f, written by symdiff. Needs NumPy and SciPy."""',
        "",
        "import numpy as np",
        "from scipy import special",
    ]


def test_every_special_op_has_a_reference() -> None:
    from symdiff.ops import bessel, error_functions, gamma_functions, hypergeometric, integrals

    for family in (bessel, error_functions, gamma_functions, hypergeometric, integrals):
        for name in set(family.__all__) & OPS.keys():
            assert OPS[name].reference, name
