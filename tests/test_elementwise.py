"""Elementwise functions at the edges of their domains: conventions, kinds, refusals, notation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from accuracy_oracles import exact

import symdiff as sd
from symdiff.registry import FUNCTIONS

x, y = sd.scalar("x"), sd.scalar("y")
v, w = sd.vector("v", "n"), sd.vector("w", "n")
i, j = sd.scalar("i", dtype="int"), sd.scalar("j", dtype="int")
b, c = sd.scalar("b", dtype="bool"), sd.scalar("c", dtype="bool")

INF, NAN = math.inf, math.nan
HUGE = [-8e307, -1e200, -1e155, -1e80, -1000.0, 1000.0, 1e80, 1e155, 1e200, 8e307]
SMALL = [-1.0, -1e-9, -5e-324, -0.0, 0.0, 5e-324, 1e-300, 1e-9, 1.0]


def at(expression: sd.Node, **given: Any) -> Any:
    """The value, with every warning an error."""
    return sd.evaluate(expression, **given)


def slopes(function: Callable[..., sd.Node], value: float) -> list[Any]:
    """Value, first and second derivative at a point."""
    first, second = sd.grad(function(x), x), sd.grad(function(x), x, order=2)
    return list(sd.evaluate([function(x) + 0 * x, first, second], x=value))


# Nothing overflows or becomes NaN ---------------------------------------------------------------

ACTIVATIONS = (
    *("leaky_relu", "relu6", "hard_tanh", "hard_sigmoid", "hard_silu", "hard_swish"),
    *("elu", "selu", "celu", "log_sigmoid", "silu", "swish", "mish", "softsign"),
)


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
@pytest.mark.parametrize("name", [*ACTIVATIONS, "approximate gelu"])
def test_activations_are_finite(name: str) -> None:
    function = FUNCTIONS.get(name, lambda t: sd.gelu(t, approximate=True))
    expressions = [function(x), sd.grad(function(x), x), sd.grad(function(x), x, order=2)]
    for expression in expressions:
        for value in HUGE + SMALL:
            given = {"x": value} if sd.inputs(expression) else {}
            assert np.isfinite(sd.evaluate(expression, **given)), (expression, value)


@pytest.mark.parametrize("value", [-1000.0, -30.0, -1.0, 1.0, 30.0, 1000.0])
@pytest.mark.parametrize("name", ["elu", "selu", "celu", "softsign", "log_sigmoid"])
@pytest.mark.filterwarnings("error")
def test_activations_in_both_tails(name: str, value: float) -> None:
    known = {"celu": "elu", "log_sigmoid": "log_expit"}.get(name, name)  # the same at alpha = 1
    for order, found in enumerate(slopes(FUNCTIONS[name], value)[:2]):
        assert found == pytest.approx(float(exact(known, (value,), (order,))), rel=1e-14)


@pytest.mark.parametrize("value", [v for v in HUGE if abs(v) < 1e307])
@pytest.mark.parametrize("name", ["arcsinh", "arccosh", "hypot", "cbrt", "log2", "log10"])
@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
def test_first_derivatives_far_out(name: str, value: float) -> None:
    if value < 0 and name in ("arccosh", "log2", "log10"):
        value = -value
    point = (value, value / 3) if name == "hypot" else (value,)
    function = (lambda t: sd.hypot(t, value / 3)) if name == "hypot" else FUNCTIONS[name]
    wanted = exact(name, point, (1,) if len(point) == 1 else (1, 0))
    assert at(sd.grad(function(x), x), x=value) == pytest.approx(float(wanted), rel=1e-14)


@pytest.mark.parametrize("value", [*HUGE, INF])
@pytest.mark.parametrize("function", [sd.arctan, sd.arcsinh, lambda t: sd.hypot(1, t)])
def test_higher_derivatives_far_out_vanish(function: Callable[..., sd.Node], value: float) -> None:
    with np.errstate(over="ignore"):
        higher = [sd.evaluate(sd.grad(function(x), x, order=n), x=value) for n in (2, 3)]
    np.testing.assert_allclose(higher, [0, 0], atol=1e-6)


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("value", [0.0, 1e-9, 1e-3, 0.5, 0.6366, 0.6367, 3.25, 40.125])
def test_derivatives_of_sinc(order: int, value: float) -> None:
    found = at(sd.grad(sd.sinc(x), x, order=order), x=value)
    wanted = float(exact("sinc", (value,), (order,))) if value else exact_at_zero(order)
    assert found == pytest.approx(wanted, rel=1e-12, abs=1e-14 * math.pi**order)


def exact_at_zero(order: int) -> float:
    """The derivative of sinc at 0, from its series."""
    return 0.0 if order % 2 else (-1) ** (order // 2) * math.pi**order / (order + 1)


# Conventions ------------------------------------------------------------------------------------


def gradients(expression: sd.Node, **given: float) -> list[float]:
    """The derivatives by x and y."""
    with np.errstate(all="ignore"):
        return [float(g) for g in sd.evaluate(sd.grad(expression, [x, y]), **given)]


def test_the_origin() -> None:
    for function in (sd.hypot, sd.arctan2):
        assert gradients(function(x, y), x=0.0, y=0.0) == [0, 0]
        assert gradients(sd.grad(function(x, y), x), x=0.0, y=0.0) == [0, 0]
    assert at(sd.hypot(x, y), x=1e-320, y=0.0) == 1e-320
    assert gradients(sd.hypot(x, y), x=5e-324, y=0.0) == [1, 0]
    assert gradients(sd.hypot(x, y), x=INF, y=1.0) == pytest.approx([1, 0], rel=0, abs=1e-300)
    assert gradients(sd.hypot(x, y), x=1e308, y=1e308) == pytest.approx([0.5**0.5] * 2, rel=1e-15)
    assert gradients(sd.arctan2(y, x), x=-1.0, y=0.0) == [0, -1]


@pytest.mark.parametrize("function", [sd.logaddexp, sd.logaddexp2])
def test_sums_of_exponentials(function: Callable[..., sd.Node]) -> None:
    total = function(x, y)
    for end in (-INF, INF):
        assert at(total, x=end, y=end) == end
        assert gradients(total, x=end, y=end) == [0.5, 0.5]
    assert gradients(total, x=-INF, y=0.0) == [0, 1]
    assert gradients(total, x=1e6, y=1e6) == [0.5, 0.5]
    assert gradients(total, x=1e308, y=-1e308) == [1, 0]
    assert at(total, x=1e308, y=1.0) == 1e308


def test_normal_forms_of_roots() -> None:
    root = sd.sqrt(v)
    assert sd.simplify(root**2) is v
    assert sd.simplify(root**4) is v**2
    assert sd.simplify(1 / root**6) is sd.simplify(1 / v**3)
    assert sd.simplify(root**3) is root**3
    assert sd.simplify(sd.hypot(w, v)) is sd.simplify(sd.hypot(v, w))
    assert sd.simplify(sd.hypot(sd.sin(v), 1)) is sd.hypot(1, sd.sin(v))


def test_softplus_is_recognised() -> None:
    assert sd.simplify(sd.logaddexp(0, v)) is sd.softplus(v)
    assert sd.simplify(sd.logaddexp(v, 0.0)) is sd.softplus(v)


@pytest.mark.parametrize(
    ("function", "value", "first", "second"),
    [
        (lambda t: sd.leaky_relu(t, 0.2), 0.0, 0.6, 0.0),
        (sd.elu, 0.0, 1.0, 0.5),
        (lambda t: sd.elu(t, 3), 0.0, 2.0, 1.5),
        (lambda t: sd.celu(t, 2), 0.0, 1.0, 0.25),
        (sd.relu6, 0.0, 0.5, 0.0),
        (sd.relu6, 6.0, 0.5, 0.0),
        (sd.hard_tanh, -1.0, 0.5, 0.0),
        (sd.hard_sigmoid, 3.0, 1 / 12, 0.0),
        (sd.hard_silu, 3.0, 1.25, 1 / 6),
        (sd.softsign, 0.0, 1.0, 0.0),
        (lambda t: sd.copysign(t, -2), 0.0, 0.0, 0.0),
        (sd.nan_to_num, 2.0, 1.0, 0.0),
        (sd.nan_to_num, INF, 0.0, 0.0),
        (sd.nan_to_num, NAN, 0.0, 0.0),
    ],
)
def test_kinks_have_the_mean(function: Any, value: float, first: float, second: float) -> None:
    expressions = [sd.grad(function(x), x), sd.grad(function(x), x, order=2)]
    found = [sd.evaluate(e, **({"x": value} if sd.inputs(e) else {})) for e in expressions]
    assert found == pytest.approx([first, second], rel=1e-15)


def test_ties_and_nan_in_extrema() -> None:
    assert gradients(sd.fmax(x, y), x=2.0, y=2.0) == [0.5, 0.5]
    assert gradients(sd.fmax(x, y), x=INF, y=INF) == [0.5, 0.5]
    assert gradients(sd.fmin(x, y), x=1.0, y=2.0) == [1, 0]
    for function in (sd.fmax, sd.fmin):
        assert at(function(x, y), x=NAN, y=2.0) == 2
        assert gradients(function(x, y), x=NAN, y=2.0) == [0, 1]
        assert gradients(function(x, y), x=2.0, y=NAN) == [1, 0]


def test_roots_at_zero() -> None:
    with np.errstate(divide="ignore"):
        assert at(sd.grad(sd.cbrt(x), x), x=0.0) == INF
        assert at(sd.grad(sd.arcsin(x), x), x=1.0) == INF
        assert at(sd.grad(sd.arctanh(x), x), x=-1.0) == INF
    assert at(sd.cbrt(x), x=-8.0) == -2
    assert at(sd.grad(sd.cbrt(x), x), x=-8.0) == pytest.approx(1 / 12, rel=1e-15)


def test_signs() -> None:
    assert at(sd.copysign(x, y), x=3.0, y=-0.0) == -3
    assert gradients(sd.copysign(x, y), x=3.0, y=-0.0) == [-1, 0]
    assert at(sd.signbit(x), x=-0.0) and not at(sd.signbit(x), x=0.0)


# Remainders -------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [sd.mod, sd.fmod, sd.remainder])
@pytest.mark.parametrize("first", [7.5, -7.5, 1e15, -0.3])
@pytest.mark.parametrize("second", [2.0, -2.0, 0.7, 1e-3])
def test_remainders(function: Any, first: float, second: float) -> None:
    numpy = np.fmod if function is sd.fmod else np.mod
    rest = at(function(x, y), x=first, y=second)
    assert rest == numpy(first, second)
    by_x, by_y = gradients(function(x, y), x=first, y=second)
    assert by_x == 1
    assert by_y == -np.rint((first - rest) / second)


def test_division_with_remainder() -> None:
    quotient, rest = divmod(x, y)
    assert (quotient, rest) == (sd.floor_divide(x, y), sd.mod(x, y))
    assert divmod(7.5, x) == (sd.floor_divide(7.5, x), sd.mod(7.5, x))
    assert x // 2 is sd.floor_divide(x, 2) and 2 // x is sd.floor_divide(2, x)
    assert x % 2 is sd.mod(x, 2) and 2 % x is sd.mod(2, x)
    assert at(1.0 // x, x=0.1) == 9  # where floor(1/0.1) is 10


def test_kinds() -> None:
    for node in (i // j, i % j, sd.fmod(i, j), sd.fmax(i, j), sd.round(i, -1)):
        assert node.dtype == "int"
    assert at(i % j, i=-7, j=3) == 2
    assert at(sd.round(i, -1), i=126) == 130
    for node in (sd.hypot(i, j), sd.exp2(i), sd.fabs(i), sd.float_power(i, j), sd.copysign(i, j)):
        assert node.dtype == "float"
    assert at(sd.float_power(i, -1), i=4) == 0.25
    assert sd.nan_to_num(i) is i
    assert sd.isnan(v).dtype == sd.isclose(v, w).dtype == sd.logical_xor(b, c).dtype == "bool"


@pytest.mark.parametrize(
    ("node", "wanted"),
    [
        (sd.sinc_derivative(0.0, 2), -(math.pi**2) / 3),
        (sd.round(2.34, 1), 2.3),
        (sd.hypot(3, 4), 5.0),
        (sd.leg(5, 4), 3.0),
        (sd.direction_cosine(3, 4), 0.6),
        (sd.gap(3, 4), -1.0),
        (sd.elu(-INF), -1.0),
        (sd.softsign(INF), 1.0),
        (sd.mod(7, 4), 3),
        (sd.floor_divide(7, 2), 3),
        (sd.floor_divide(7.5, 2), 3.0),
        (sd.nan_to_num(NAN), 0.0),
    ],
)
def test_of_python_numbers(node: sd.Node, wanted: float) -> None:
    assert sd.evaluate(node) == pytest.approx(wanted, rel=1e-15)
    assert sd.compile(node)() == pytest.approx(wanted, rel=1e-15)
    single = sd.evaluate(node * x, x=np.float32(1))
    assert single.dtype == np.float32


# Choices ----------------------------------------------------------------------------------------


def test_select_takes_the_first() -> None:
    entries = np.array([-3.0, -1.5, 0.5])
    chosen = sd.select([v < -2, v < -1], [v**2, 3 * v], -1)
    np.testing.assert_array_equal(at(chosen, v=entries), [9, -4.5, -1])
    np.testing.assert_array_equal(at(sd.grad(sd.sum(chosen), v), v=entries), [-6, 3, 0])


@pytest.mark.parametrize("equal_nan", [False, True])
def test_isclose_is_that_of_numpy(equal_nan: bool) -> None:
    values = [0.0, 1e-9, 1.0, 1.00001, 1.1, INF, -INF, NAN]
    first, second = map(np.ravel, np.meshgrid(values, values))
    found = sd.evaluate(sd.isclose(v, w, equal_nan=equal_nan), v=first, w=second)
    np.testing.assert_array_equal(found, np.isclose(first, second, equal_nan=equal_nan))


@pytest.mark.parametrize(
    "options", [{}, {"nan": 7.0}, {"posinf": 1.0}, {"neginf": -1.0, "nan": NAN}]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nan_to_num_is_that_of_numpy(options: dict[str, float], dtype: Any) -> None:
    entries = np.array([1.5, NAN, INF, -INF], dtype)
    found = sd.evaluate(sd.nan_to_num(v, **options), v=entries)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, np.nan_to_num(entries, **options))


def test_python_operators_on_booleans() -> None:
    assert b & c is sd.logical_and(b, c) and (v > 0) | (v < 1) is sd.logical_or(v > 0, v < 1)
    assert b ^ c is sd.logical_xor(b, c) and ~b is sd.logical_not(b)
    assert (True & b).args[1] is b and (False | b).args[1] is b and (True ^ b).args[1] is b


# Refusals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (
            lambda: sd.grad(sd.trunc(x), x),
            "`trunc` has no derivative: it is a staircase, with derivative 0 on each step and none "
            "between. It stands in `trunc(x)`. Use sd.stop_gradient(sd.trunc(x)) if it is to be "
            "held constant, or x + sd.stop_gradient(sd.trunc(x) - x) for a straight-through "
            "derivative of 1.",
        ),
        (
            lambda: sd.grad(x // 2, x),
            "`floor_divide` has no derivative: it is a staircase, with derivative 0 on each step "
            "and none between. It stands in `x//2`. Use sd.stop_gradient(sd.floor_divide(x, y)) if "
            "it is to be held constant, or sd.divide(x, y).",
        ),
        (
            lambda: sd.round(x, 0.5),
            "`round` needs a whole number of decimals, not `0.5`, as in sd.round(x, 2)",
        ),
        (
            lambda: sd.reciprocal(i),
            "NumPy rounds the reciprocal of ints such as `i` towards 0; use 1/x for a float, or "
            "1//x to round down",
        ),
        (
            lambda: sd.positive(b),
            "`positive` is not defined for booleans such as `b`; use sd.where(condition, 1, 0) for "
            "a number",
        ),
        (
            lambda: b % c,
            "`mod` is not defined for booleans such as `b`; use sd.logical_not, or "
            "sd.where(condition, 1, 0) for a number",
        ),
        (
            lambda: x & (x > 0),
            "`&` combines booleans, such as (x > 0) & (x < 1) with its parentheses, not `x` of "
            "kind float",
        ),
        (
            lambda: x ^ 2,
            "`^` combines booleans, such as (x > 0) ^ (x < 1) with its parentheses, not `x` of "
            "kind float; for a power write **",
        ),
        (
            lambda: ~i,
            "`~` combines booleans, such as ~(x > 0) with its parentheses, not `i` of kind int",
        ),
        (
            lambda: sd.select([x > 0], [x, 2]),
            "`select` needs as many choices as conditions, and one at least, not 2 for 1",
        ),
        (
            lambda: sd.select(x > 0, x),
            "`select` takes a list of conditions and a list of choices, not x > 0; for one "
            "condition use sd.where(condition, x, y)",
        ),
        (lambda: sd.celu(x, -1), "`celu` needs a positive alpha, not `-1`"),
        (
            lambda: sd.gelu(x, "none"),  # type: ignore[arg-type]
            "`approximate` of `gelu` is True or False, not 'none'",
        ),
        (
            lambda: sd.sinc_derivative(x, -1),
            "the order of `sinc_derivative` must be a whole number such as 1, not `-1`",
        ),
        (
            lambda: sd.hypot(v, sd.vector("u", "m")),
            "`hypot` cannot broadcast `v` of shape (n,) with `u` of shape (m,): size n differs "
            "from size m",
        ),
    ],
)
def test_refusals(attempt: Callable[[], object], message: str) -> None:
    with pytest.raises(sd.SymdiffError) as raised:
        attempt()
    assert str(raised.value) == message


def test_exact_gelu_waits_for_the_error_function() -> None:
    if {"ndtr", "erfc", "erf"} & FUNCTIONS.keys():
        for value in (-30.0, -1.0, 0.0, 2.0):
            wanted = float(exact("gelu", (value,), (0,)))
            assert at(sd.gelu(x), x=value) == pytest.approx(wanted, rel=1e-12)
        return
    with pytest.raises(sd.ArgumentError, match=r"`erf`, which is not declared; use sd.gelu\(x, ap"):
        sd.gelu(x)


# Notation ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("x % 2 * y", (x % 2) * y),
        ("x * y % 2", (x * y) % 2),
        ("-x // 2 + y", (-x) // 2 + y),
        ("x // y ** 2", x // y**2),
        ("select([x > 0, x < -1], [x, y], 2)", sd.where(x > 0, x, sd.where(x < -1, y, 2))),
        ("nan_to_num(x, nan=1.0)", sd.nan_to_num(x, nan=1.0)),
        ("round(x, 2) + round(y)", sd.round(x, 2) + sd.rint(y)),
        ("gelu(x, approximate=True)", sd.gelu(x, approximate=True)),
    ],
)
def test_text(text: str, meant: sd.Node) -> None:
    assert sd.parse(text, x=x, y=y) is meant
    assert sd.parse(sd.text(meant), x=x, y=y) is meant


@pytest.mark.parametrize(
    ("node", "pretty", "latex"),
    [
        (sd.floor(x), "floor(x)", r"\left\lfloor x \right\rfloor"),
        (sd.ceil(x / 2), "ceil(x/2)", r"\left\lceil \frac{x}{2} \right\rceil"),
        (sd.log2(x), "log2(x)", r"\log_{2}\left(x\right)"),
        (sd.exp2(x), "exp2(x)", "2^{x}"),
        (sd.cbrt(x), "cbrt(x)", r"\sqrt[3]{x}"),
        (x % y, "mod(x, y)", r"x \bmod y"),
        (x // y, "x//y", r"\left\lfloor \frac{x}{y} \right\rfloor"),
        (sd.hypot(1, x), "sqrt(1 + x²)", r"\sqrt{1 + x^{2}}"),
        (sd.leg(x + y, 1), "sqrt((x + y)² − 1)", r"\sqrt{\left(x + y\right)^{2} - 1}"),
        (sd.hypot(x, y) ** 2, "x² + y²", "x^{2} + y^{2}"),
        (3 * sd.hypot(x, y) ** 4, "3 (x² + y²)²", r"3 \, \left(x^{2} + y^{2}\right)^{2}"),
        (sd.logaddexp(x, y), "logaddexp(x, y)", r"\operatorname{logaddexp}\left(x, y\right)"),
        (sd.grad(sd.logaddexp(x, y), x), "σ(x − y)", r"\sigma\left(x - y\right)"),
        (sd.grad(sd.arcsin(x), x), "1/sqrt(1 − x²)", r"\frac{1}{\sqrt{1 - x^{2}}}"),
        (sd.grad(sd.arccosh(x), x), "1/sqrt(x² − 1)", r"\frac{1}{\sqrt{x^{2} - 1}}"),
        (sd.grad(sd.arcsinh(x), x), "1/sqrt(1 + x²)", r"\frac{1}{\sqrt{1 + x^{2}}}"),
        (sd.grad(sd.arctan(x), x), "1/(1 + x²)", r"\frac{1}{1 + x^{2}}"),
        (sd.direction_cosine(x, y), "x/sqrt(x² + y²)", r"\frac{x}{\sqrt{x^{2} + y^{2}}}"),
        (sd.grad(sd.arctanh(x), x), "1/(1 − x²)", r"\frac{1}{1 - x^{2}}"),
        (
            sd.grad(sd.arctanh(x), x, order=2),
            "2 x/(1 − x²)²",
            r"\frac{2 \, x}{\left(1 - x^{2}\right)^{2}}",
        ),
    ],
)
def test_forms(node: sd.Node, pretty: str, latex: str) -> None:
    assert (sd.pretty(node), sd.latex(node)) == (pretty, latex)


@pytest.mark.parametrize(
    ("function", "order", "answer"),
    [
        (sd.arcsin, 1, "1/sqrt(1 - x**2)"),
        (sd.arccos, 1, "-1/sqrt(1 - x*x)"),
        (sd.arcsin, 2, "x/sqrt(1 - x**2)**3"),
        (sd.arccosh, 1, "1/sqrt(x**2 - 1)"),
        (sd.arcsinh, 1, "1/sqrt(x**2 + 1)"),
        (sd.arctan, 1, "1/(1 + x**2)"),
        (sd.arctan, 2, "-2*x/(1 + x**2)**2"),
        (sd.arctanh, 1, "1/(1 - x**2)"),
        (sd.arctanh, 2, "2*x/(1 - x**2)**2"),
        (lambda t: sd.logaddexp(t, 3), 1, "sigmoid(x - 3)"),
    ],
)
def test_answers_in_plain_algebra_are_proved(function: Any, order: int, answer: str) -> None:
    verdict = sd.same(answer, sd.grad(function(x), x, order=order))
    assert (verdict.equal, verdict.how) == (True, "proved")


def test_sizes_are_divided_as_python_does() -> None:
    assert at(sd.parse("sum(x) + n//2", x="n"), x=[1.0, 2.0, 4.0]) == 8
    assert sd.parse("zeros((7//2,))").shape == (3,)
    assert "n//2" in str(sd.parse("zeros((n//2,))", x="n").shape)


def test_powers_of_booleans_are_integers_like_others() -> None:
    """NumPy's operator makes integers of eight bits, which overflow soon."""
    b = sd.vector("b", "n", dtype="bool")
    given = np.array([True, False, True])
    for node in (b**2 * 200, (1 * b) ** 2 * 200):
        for value in (sd.evaluate(node, b=given), sd.compile(node)(given)):
            assert value.dtype == np.int64
            np.testing.assert_array_equal(value, [200, 0, 200])
