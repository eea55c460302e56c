"""Where formulas and their derivatives are undefined: conditions, proofs that there are none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symdiff as sd
from symdiff.dims import size_value
from symdiff.intervals import ANYTHING, NONNEGATIVE, NUMBER, POSITIVE, Interval
from symdiff.node import topological
from symdiff.registry import OPS
from symdiff.rewrite.ranges import is_nonnegative, values_of

SHAPES = {"x": "n", "y": "n", "A": "n n", "s": ""}


def domain(formula: str) -> list[str]:
    """What is printed, line by line."""
    return str(sd.domain(sd.parse(formula, **SHAPES))).splitlines()


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("log(x)", ["x ≤ 0: log(x) has no finite value"]),
        ("log1p(x)", ["x ≤ −1: log1p(x) has no finite value"]),
        (
            "sqrt(x)",
            ["x < 0: sqrt(x) has no finite value", "x = 0: sqrt(x) has no finite derivative"],
        ),
        ("x/s", ["s = 0: x/s has no finite value"]),
        ("x**-2", ["x = 0: x^(−2) has no finite value"]),
        (
            "x**0.5",
            ["x < 0: x^0.5 has no finite value", "x = 0: x^0.5 has no finite derivative"],
        ),
        ("x**1.5", ["x < 0: x^1.5 has no finite value"]),
        (
            "s**x",
            [
                "s < 0: s^x has no finite value",
                "logical_and(s = 0, x < 0): s^x has no finite value",
                "logical_and(s = 0, logical_and(0 ≤ x, x < 1)): s^x has no finite derivative",
            ],
        ),
        (
            "arcsin(x)",
            [
                "|x| > 1: arcsin(x) has no finite value",
                "|x| = 1: arcsin(x) has no finite derivative",
            ],
        ),
        ("tan(x)", ["cos(x) = 0: tan(x) has no finite value"]),
        ("abs(x)", ["x = 0: the derivative of |x| is a convention"]),
        ("maximum(x, y)", ["x = y: the derivative of maximum(x, y) is a convention"]),
        ("norm(x)", ["‖x‖ = 0: the derivative of ‖x‖ is a convention"]),
        (
            "max(x)",
            ["sum(x = expand_dims(max(x), 0)) > 1: the derivative of max(x) is a convention"],
        ),
        ("inv(A)", ["det(A) = 0: A⁻¹ has no finite value"]),
        ("det(A)", ["det(A) = 0: det(A) has no finite derivative"]),
        ("qr_r(A)", ["any(svdvals(A) = 0): qr_r(A) has no finite derivative"]),
        (
            "interp(s, x, y)",
            [
                "any(x[1:] − x[:-1] = 0): interp(s, x, y) has no finite value",
                "any(expand_dims(s, 0) = x): the derivative of interp(s, x, y) is a convention",
            ],
        ),
        ("logabsdet(A)", ["det(A) = 0: logabsdet(A) has no finite value"]),
        (
            "where(x > 0, x, y)",
            ["x = 0: the derivative of where(x > 0, x, y) is that of the branch taken"],
        ),
        (
            "where(y > 0, log(x), 0)",
            [
                "x ≤ 0: log(x) has no finite value, needed where y > 0",
                "y = 0: the derivative of where(y > 0, log(x), 0) is that of the branch taken",
            ],
        ),
    ],
)
def test_exclusions(formula: str, expected: list[str]) -> None:
    assert domain(formula) == expected


@pytest.mark.parametrize(
    "formula",
    [
        "exp(x) + 3*x**2 - sin(x)",
        "log(1 + x**2)",
        "log(1 + exp(x))",
        "log(sum(exp(x)))",
        "log(softmax(x))",
        "1/(1 + sum(x**2))",
        "sqrt(1 + x @ x)",
        "1/(1 - tanh(x)**2)",
        "arcsin(tanh(x))",
        "(1 + exp(x))**y",
        "2**x",
        "abs(1 + exp(x))",
        "maximum(-1 - x**2, 0.5)",
        "where(x != 0, sin(x)/x, 1)",
        "where(logical_not(x == 0), 1/x, 1)",
        "where(logical_and(x > 0, y > 0), sqrt(x)/y, 0)",
        "where(logical_or(x <= 0, y <= 0), 0, sqrt(x)/y)",
    ],
)
def test_what_cannot_happen_is_left_out(formula: str) -> None:
    expected = "defined and differentiable everywhere"
    found = [line for line in domain(formula) if "branch taken" not in line]
    assert found in ([], [expected])


def test_a_branch_protects_only_its_own_entries() -> None:
    assert domain("where(x > 0, sum(log(x)), 0)")[0] == "x ≤ 0: log(x) has no finite value"
    assert len(domain("where(s > 0, log(x), 0)")) == 2


def test_a_part_that_is_also_needed_elsewhere_is_not_protected() -> None:
    assert "x ≤ 0: log(x) has no finite value" in domain("where(x > 0, log(x), 0) + log(x)")


def test_only_derivatives_that_are_asked_for_count() -> None:
    x, y = sd.vector("x", "n"), sd.vector("y", "n")
    assert [str(e.node) for e in sd.domain(sd.abs(x) + sd.relu(y), y)] == ["relu(y)"]
    assert [e.effect for e in sd.domain(sd.log(x) + sd.relu(y), y)] == ["undefined", "convention"]


def test_asking_about_a_point() -> None:
    found = sd.domain(sd.parse("where(y > 0, log(x), 0) + abs(s)", **SHAPES))
    assert [e.effect for e in found.at(x=[1.0, 0.0], y=[1.0, -1.0], s=1.0)] == []
    assert [e.effect for e in found.at(x=[1.0, 0.0], y=[1.0, 2.0], s=1.0)] == ["undefined"]
    assert [e.effect for e in found.at(x=[1.0, 2.0], y=[1.0, 0.0], s=0.0)] == [
        "branch",
        "convention",
    ]
    with pytest.raises(sd.InputError, match="no value for s"):
        found.at(x=[1.0], y=[1.0])


def test_a_long_chain() -> None:
    e = sd.scalar("s")
    for _ in range(5_000):
        e = sd.sqrt(1 + e**2)
    assert len(sd.domain(e)) == 0


# Intervals --------------------------------------------------------------------------------------

BOUNDS = st.sampled_from([-np.inf, -2.0, -1.0, 0.0, 0.5, 1.0, 3.0, np.inf])


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    low, high = sorted((draw(BOUNDS), draw(BOUNDS)))
    if low == high:
        return NUMBER(0.5 if np.isinf(low) else low)
    return Interval(
        low, high, np.isinf(low) or draw(st.booleans()), np.isinf(high) or draw(st.booleans())
    )


def members(interval: Interval) -> list[float]:
    """Some numbers of an interval, those near its ends among them."""
    low, high = max(interval.low, -50.0), min(interval.high, 50.0)
    inner = [low + (high - low) * t for t in (1e-9, 0.25, 0.5, 1 - 1e-9)]
    ends = [(low, interval.open_low), (high, interval.open_high)]
    return inner + [end for end, is_open in ends if not is_open]


def holds(interval: Interval, x: float) -> bool:
    """True if a number is in an interval."""
    return interval.meets(NUMBER(x))


@given(intervals(), intervals())
@settings(max_examples=150)
def test_interval_arithmetic_contains_all_results(a: Interval, b: Interval) -> None:
    for x in members(a):
        assert holds(-a, -x)
        assert holds(a.magnitude(), abs(x))
        assert all(holds(a.whole_power(k), x**k) for k in (2, 3))
        if x:
            assert holds(a.reciprocal(), 1 / x) or not holds(a, x)
        for y in members(b):
            assert holds(a + b, x + y)
            assert holds(a * b, x * y)
            assert holds(a.union(b), x)
            assert holds(a.upper(b), max(x, y))
            assert holds(a.lower(b), min(x, y))
    assert a.is_within(a.union(b))


def test_named_intervals() -> None:
    assert [str(i) for i in (ANYTHING, NONNEGATIVE, POSITIVE, NUMBER(2))] == [
        "(-∞, ∞)",
        "[0, ∞)",
        "(0, ∞)",
        "[2, 2]",
    ]


@pytest.mark.parametrize("formula", ["x - y", "x*y", "x @ y", "sum(x*y)", "x**3", "1 - x**2"])
def test_what_may_be_negative(formula: str) -> None:
    assert not is_nonnegative(sd.parse(formula, **SHAPES))


def test_values_lie_in_their_intervals() -> None:
    from samples import SAMPLES, declared

    rng = np.random.default_rng(7)
    for sample in [s for samples in SAMPLES.values() for s in samples]:
        if sample.kinds:
            continue
        node = sd.parse(sample.formula, **declared(sample))
        order = topological([node])
        sizes = {"n": 3, "m": 2}
        point = {}
        for v in sd.inputs(node):
            shape = tuple(size_value(s, sizes) for s in v.shape)
            point[v.attrs[0]] = rng.uniform(sample.low, sample.high, shape)
        free = {k: v for k, v in sizes.items() if any(str(o.attrs) == k for o in order)}
        told = {str(s) for v in sd.inputs(node) for s in v.shape}
        given = point | {k: v for k, v in free.items() if k not in told}
        try:
            values = sd.evaluate(order, **given)
        except sd.InputError as error:
            assert "no array tells" in str(error) or "not an input" in str(error)
            continue
        for each, interval in values_of([node]).items():
            if each.dtype == "complex":
                continue
            value = np.asarray(values[order.index(each)], dtype=float)
            assert not np.any((value < interval.low) | (value > interval.high)), each


POINTS = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0)
BY_ENTRIES = [name for name, op in OPS.items() if op.elementwise and name != "off_kink"]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", BY_ENTRIES)
def test_what_is_not_finite_is_foretold(name: str) -> None:
    """For every op by entries: where a value or slope is not finite, the domain says something."""
    for sample in OPS[name].samples:
        if not sample.kinds and "j" not in sample.formula:
            check_what_is_foretold(sd.parse(sample.formula, **sample.shapes))


def check_what_is_foretold(e: sd.Node) -> None:
    """At many points where something may happen."""
    variables = [v for v in sd.inputs(e) if v.dtype == "float"]
    if not variables or e.dtype != "float":
        return
    outputs = [e, *sd.grad(sd.sum(e), variables)]
    domain, rng = sd.domain(e), np.random.default_rng(6)
    for _ in range(40):
        point = {v.attrs[0]: rng.choice(POINTS, [d if isinstance(d, int) else 3 for d in v.shape])
                 for v in variables}  # fmt: skip
        if not all(np.all(np.isfinite(value)) for value in sd.evaluate(outputs, **point)):
            assert domain.at(**point), (str(domain), point)


def test_exceptions_of_batches_of_matrices() -> None:
    batch, b = sd.tensor("T", "n", 2, 2), sd.matrix("B", "n", 2)
    found = sd.domain(sd.solve_triangular(batch, b[:, :, None]))
    assert [e.effect for e in found] == ["undefined"]
    values = {"T": np.stack([np.eye(2), np.diag([1.0, 0.0])]), "B": np.ones((2, 2))}
    assert len(found.at(**values)) == 1
