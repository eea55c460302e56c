"""Rules: each keeps the value wherever there is one; together they end, in textbook forms."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import symdiff as sd
from symdiff.node import topological
from symdiff.registry import OPS
from symdiff.rewrite import lowering
from symdiff.rewrite.engine import Rewriter, Step, match, pattern, substitute
from symdiff.rewrite.functions import PATTERNS
from symdiff.rewrite.lowering import lower
from symdiff.rewrite.simplify import RULES

# Patterns -----------------------------------------------------------------------------------------

EXACT: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "divide": lambda a, b: a / b,
    "negative": lambda a: -a,
    "exp": mpmath.exp,
    "log": mpmath.log,
    "power": lambda a, b: a**b,
    "sqrt": mpmath.sqrt,
    "abs": abs,
    "relu": lambda a: max(a, mpmath.mpf(0)),
    "sigmoid": lambda a: 1 / (1 + mpmath.exp(-a)),
    "logit": lambda a: mpmath.log(a / (1 - a)),
    "softplus": lambda a: mpmath.log(1 + mpmath.exp(a)),
    "logaddexp": lambda a, b: mpmath.log(mpmath.exp(a) + mpmath.exp(b)),
    "maximum": max,
    "minimum": min,
    "where": lambda c, a, b: a if c else b,
}
"""What the ops of patterns mean, on numbers of 400 digits and any exponent."""

POINTS = [
    *(0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -3.0),
    *(1e-8, -1e-8, 1e-20, 1e-300, 5e-324, 36.0, 40.0, -40.0, 300.0, -300.0),
    *np.random.default_rng(1).uniform(-5, 5, 12).tolist(),
]
pattern_ids = [f"{place}-{name}" for place, (name, _, _) in enumerate(PATTERNS)]
each_pattern = pytest.mark.parametrize(("name", "before", "after"), PATTERNS, ids=pattern_ids)


def exact(node: sd.Node, value: float) -> Any:
    """The value of a pattern where its wildcards are `value`; None where it is no real number."""
    values: dict[sd.Node, Any] = {}
    with mpmath.workdps(400):
        for each in topological([node]):
            if each.op.name == "variable":
                values[each] = mpmath.mpf(value) if each.dtype == "float" else value > 0
            elif each.op.name == "constant":
                values[each] = mpmath.mpf(each.attrs.value)
            else:
                try:
                    values[each] = EXACT[each.op.name](*(values[a] for a in each.args))
                except ZeroDivisionError:
                    return None
            if mpmath.im(values[each]) or not mpmath.isfinite(values[each]):
                return None
        return values[node]


def numeric(node: sd.Node, value: Any) -> Any:
    """The value that is computed where all wildcards are `value`."""
    inputs = {v: value if v.dtype == "float" else np.asarray(value) > 0 for v in sd.inputs(node)}
    with np.errstate(all="ignore"):
        return sd.evaluate(node, inputs)


@each_pattern
@pytest.mark.parametrize("value", POINTS)
def test_both_sides_of_a_pattern_agree(
    name: str, before: sd.Node, after: sd.Node, value: float
) -> None:
    """What is computed after is what stood before, exactly, wherever that is a real number."""
    wanted = exact(before, value)
    if wanted is None:
        left, right = numeric(before, value), numeric(after, value)
        assert math.isnan(left) or left == right  # only a gap may be filled
        return
    assert numeric(after, value) == pytest.approx(float(wanted), rel=1e-14, abs=1e-320)


@each_pattern
@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_both_sides_of_a_pattern_agree_at_infinity(
    name: str, before: sd.Node, after: sd.Node, value: float
) -> None:
    left, right = numeric(before, value), numeric(after, value)
    assert math.isnan(left) or left == right


@each_pattern
def test_a_pattern_fills_only_gaps_of_vectors(name: str, before: sd.Node, after: sd.Node) -> None:
    x = np.random.default_rng(2).uniform(-3, 3, 50)
    left, right = numeric_on_vectors(before, x), numeric_on_vectors(after, x)
    defined = ~np.isnan(left)
    assert defined.any()
    np.testing.assert_allclose(right[defined], left[defined], rtol=1e-12)


def numeric_on_vectors(node: sd.Node, x: Any) -> Any:
    """The value where all wildcards are vectors."""
    vectors = {v: sd.vector(v.attrs[0], "n", dtype=v.dtype) for v in sd.inputs(node)}
    return numeric(substitute(node, vectors), x)


@each_pattern
@pytest.mark.parametrize("shape", ["", "n", "n m"])
def test_a_pattern_is_applied(name: str, before: sd.Node, after: sd.Node, shape: str) -> None:
    """Whatever the shape, and with an expression in the place of the wildcard."""
    u = sd.tensor("u", *shape.split())
    bound = {v: sd.sin(u) if v.dtype == "float" else u > 0 for v in sd.inputs(before)}
    trace = sd.simplify(substitute(before, bound), trace=True)
    result = trace.result
    assert name in [step.rule for step in trace.steps]
    assert result is sd.simplify(substitute(after, bound))


def test_a_wildcard_stands_for_one_thing() -> None:
    x, y = sd.scalar("x"), sd.scalar("y")
    a = sd.scalar("a")
    assert match(sd.maximum(a, a), sd.maximum(x, x)) == {a: x}
    assert match(sd.maximum(a, a), sd.maximum(x, y)) is None
    assert match(a + 1, x + 1.0) == {a: x}
    assert match(a + 1, x + 2) is None


def test_a_rule_that_changes_the_kind_is_refused() -> None:
    a, x = sd.scalar("a"), sd.scalar("x")
    to_int = pattern("to int", sd.sin(a), sd.constant(1))
    assert Rewriter([to_int], [sd.sin(x)], {}).run() == [sd.sin(x)]


# The set of rules ---------------------------------------------------------------------------------


def test_rules_have_names_and_ops() -> None:
    for rule in (*RULES, *lowering.RULES):
        assert rule.name.strip() == rule.name != ""
        assert rule.ops, rule.name


def test_rules_are_tried_on_ops_that_exist() -> None:
    wanted = {op for rule in (*RULES, *lowering.RULES) for op in rule.ops}
    assert wanted - {"elementwise"} <= OPS.keys() | {"*elementwise*"}


EXAMPLES = [
    ("gap from a number", "gap(x, 3)", "x - 3"),
    ("gap from a number", "gap(3, x)", "3 - x"),
    ("stretch late", "sin(broadcast_to(x, (2, n)))", "broadcast_to(sin(x), (2, n))"),
    ("no new axes in front", "A + expand_dims(x, 0)", "A + x"),
    ("stretch once", "broadcast_to(broadcast_to(s, n), (n, n))", "broadcast_to(s, (n, n))"),
    (
        "expand a stretched scalar",
        "expand_dims(broadcast_to(s, n), 1)",
        "broadcast_to(s, (n, 1))",
    ),
    ("reshape a stretched scalar", "reshape(broadcast_to(s, (2, n)), 2*n)", "broadcast_to(s, 2*n)"),
    ("expand once", "expand_dims(expand_dims(x, 1), 0)", "expand_dims(x, (0, 2))"),
    ("logarithm of a softmax", "log(softmax(A, axis=1))", "log_softmax(A, axis=1)"),
    ("scalars out of a contraction", "A @ (2*s*x)", "2*s*(A @ x)"),
    ("factors in reading order", "diag(x) @ diag(y)", "diag(x*y)"),
    ("factors in reading order", "sum(A * A.T)", 'einsum("ij,ji->", A, A)'),
    ("transpose of a product", "(A @ B).T", "B.T @ A.T"),
    ("factors in reading order", "x @ A", "A.T @ x"),
    ("collect like terms", "x + 2*x - 3*x + y", "y"),
    ("collect like terms", "s*x + s*y", "s*(x + y)"),
    ("collect like terms", "x - (y - x)", "2*x - y"),
    ("collect equal factors", "x*x*x", "x**3"),
    ("collect equal factors", "s*x/s", "x"),
    ("collect equal factors", "x*2*3", "6*x"),
    ("collect equal factors", "x**2/x", "x"),
    ("collect equal factors", "x*0", "zeros(n)"),
]


@pytest.mark.parametrize(("name", "before", "after"), EXAMPLES, ids=[e[1] for e in EXAMPLES])
def test_examples(name: str, before: str, after: str) -> None:
    shapes = {"A": "n n", "B": "n n", "x": "n", "y": "n", "s": ""}
    trace = sd.simplify(sd.parse(before, **shapes), trace=True)
    result = trace.result
    assert result is sd.parse(after, **shapes), sd.text(result)
    assert name in [step.rule for step in trace.steps]
    node = sd.parse(before, **shapes)
    rng = np.random.default_rng(7)
    point = {v: rng.uniform(0.5, 1.5, [4 for _ in v.shape]) for v in sd.inputs(node)}
    sizes = {} if any(v.shape for v in point) else {"n": 4}
    left, right = sd.evaluate([node, result], point, **sizes)
    np.testing.assert_allclose(right, left, rtol=1e-12)


LOWERED = [
    ("sum(x*y)", "x @ y"),
    ("sum(x**2)", "x @ x"),
    ("sum(A*x, axis=1)", "A @ x"),
    ("sum(A**2)", "vdot(A, A)"),
    ("s*outer(x, y)", "outer(s*x, y)"),
    ("sum(sin(x))", "sum(sin(x))"),
]


@pytest.mark.parametrize(("before", "after"), LOWERED, ids=[before for before, _ in LOWERED])
def test_lowering(before: str, after: str) -> None:
    shapes = {"A": "n m", "x": "m", "y": "m", "s": ""}
    assert lower([sd.parse(before, **shapes)]) == [sd.parse(after, **shapes)]


def test_what_others_use_is_not_multiplied_in() -> None:
    """A shared product is computed once; opening it would compute it again."""
    x, y = sd.vector("x", "n"), sd.vector("y", "n")
    shared = sd.sin(x) * sd.cos(y)
    for simple in sd.simplify([shared * y, shared + x, shared]):
        assert shared in topological([simple])


def test_the_log_tells_before_and_after() -> None:
    x = sd.scalar("x")
    trace = sd.simplify(sd.exp(sd.log(x)), trace=True)
    assert list(trace.steps) == [Step("exponential of a logarithm", sd.exp(sd.log(x)), x)]


# Normal forms -------------------------------------------------------------------------------------


def test_the_order_of_factors_and_terms_of_a_product_does_not_matter_to_like_terms() -> None:
    a, b, c = sd.scalar("a"), sd.scalar("b"), sd.scalar("c")
    assert sd.simplify(a * b * c - c * b * a) is sd.constant(0.0)
    assert sd.simplify(a * (b * c) / (c * a)) is b


def test_simplification_ends_on_towers() -> None:
    """Nested forms on which rules could chase each other."""
    x = sd.scalar("x")
    for tower in (
        lambda e: sd.log(1 + sd.exp(e)),
        lambda e: sd.exp(sd.log(sd.exp(e))),
        lambda e: 1 / (1 + sd.exp(-e)),
        lambda e: (e - x) * (e + x) / e,
        lambda e: e * e - e,
        lambda e: -(1 - e),
        lambda e: sd.abs(-sd.abs(e)),
        lambda e: sd.sqrt(e**2) ** 2,
    ):
        node = x
        for _ in range(12):
            node = tower(node)
        simple = sd.simplify(node)
        assert simple.dtype == "float"
        assert len(topological([simple])) <= 3 * len(topological([node]))


def test_a_long_sum_is_collected_in_linear_time() -> None:
    x = [sd.scalar(f"x{i}") for i in range(100)]
    total = sd.constant(0.0)
    for i in range(20_000):
        total = total + x[i % 100]
    simple = sd.simplify(total)
    assert len(topological([simple])) < 500
    assert sd.evaluate(simple, dict.fromkeys(x, 1.0)) == 20_000


def test_a_deep_chain_is_simplified() -> None:
    node = sd.scalar("x")
    for _ in range(20_000):
        node = sd.sin(node) * 1.0
    assert len(topological([sd.simplify(node)])) == 20_001


# Textbook forms -----------------------------------------------------------------------------------

LINEAR = {"X": "n d", "w": "d", "y": "n", "lam": ""}
FORMS = [
    ("least squares", "sum((X @ w - y)**2)", "w", "2 Xᵀ(X w − y)"),
    ("least squares, by X", "sum((X @ w - y)**2)", "X", "2 (X w − y) wᵀ"),
    ("least squares, by y", "sum((X @ w - y)**2)", "y", "−2 (X w − y)"),
    ("half squares", "sum((X @ w - y)**2)/2", "w", "Xᵀ(X w − y)"),
    ("mean squares", "mean((X @ w - y)**2)", "w", "2 Xᵀ(X w − y)/n"),
    (
        "ridge",
        "sum((X @ w - y)**2)/n + lam*sum(w**2)",
        "w",
        "2 Xᵀ(X w − y)/n + 2 lam w",
    ),
    ("ridge, by lam", "sum((X @ w - y)**2)/n + lam*sum(w**2)", "lam", "sum(w²)"),
    ("logistic", "sum(softplus(X @ w) - y*(X @ w))", "w", "Xᵀ(σ(X w) − y)"),
    ("logistic, log of exp", "sum(log(1 + exp(X @ w)) - y*(X @ w))", "w", "Xᵀ(σ(X w) − y)"),
    (
        "cross entropy",
        "-sum(y*log(sigmoid(X @ w)) + (1 - y)*log(1 - sigmoid(X @ w)))",
        "w",
        "Xᵀ(σ(X w) − y)",
    ),
    (
        "mean cross entropy",
        "-mean(y*log(sigmoid(X @ w)) + (1 - y)*log(1 - sigmoid(X @ w)))",
        "w",
        "Xᵀ(σ(X w) − y)/n",
    ),
    ("softmax", "logsumexp(w) - c @ w", "w", "softmax(w) − c"),
    ("softmax of any target", "-sum(c*log(softmax(w)))", "w", "sum(c) softmax(w) − c"),
    ("linear", "c @ w", "w", "c"),
    ("square", "sum(w**2)", "w", "2 w"),
    ("weight decay", "lam*sum(w**2)", "w", "2 lam w"),
    ("Frobenius", "sum(X**2)/2", "X", "X"),
    ("product", "c @ w * lam", "lam", "cᵀ w"),
    ("absolute values", "sum(abs(w))", "w", "sign(w)"),
    ("trace", "trace(X @ Z)", "X", "Zᵀ"),
    ("sigmoid", "sigmoid(lam)", "lam", "σ(lam) (1 − σ(lam))"),
    ("tangent", "tanh(lam)", "lam", "1 − tanh(lam)²"),
    ("logarithm", "log(lam)", "lam", "1/lam"),
    ("Gaussian", "exp(-lam**2/2)", "lam", "−lam exp(−lam²/2)"),
]


@pytest.mark.parametrize(
    ("formula", "wrt", "form"), [f[1:] for f in FORMS], ids=[f[0] for f in FORMS]
)
def test_textbook_form(formula: str, wrt: str, form: str) -> None:
    target = sd.parse(formula, **LINEAR, c="d", Z="d n")
    x = next(v for v in sd.inputs(target) if v.attrs[0] == wrt)
    gradient = sd.grad(target, x)
    assert str(gradient) == form
    assert sd.simplify(sd.simplify(gradient)) is sd.simplify(gradient)
    assert all(comparison.ok for comparison in sd.check(target, x))


@pytest.mark.parametrize(
    "formula", ["where(b > 0, b, False)", "sqrt(b**2)", "where(b < 0, 0, b) + b", "maximum(b, b)"]
)
def test_rules_about_numbers_leave_truth_values_alone(formula: str) -> None:
    b = sd.tensor("b", 2, dtype="bool")
    value = sd.parse(formula, b=b)
    at = np.array([True, False])
    expected = eval(formula, {"b": at, **vars(np)})
    np.testing.assert_array_equal(sd.evaluate(value, b=at), expected)
    np.testing.assert_array_equal(sd.compile(value)(at), expected)
    assert sd.same(value, sd.simplify(value))


@pytest.mark.parametrize(
    "formula",
    ["x / 0", "x @ x.T / 0", "mean(x, keepdims=True)", "mean(x, axis=0) @ var(x, axis=0)"],
)
@pytest.mark.parametrize("rows", [0, 2])
def test_a_quotient_by_zero_stays_as_it_is(formula: str, rows: int) -> None:
    x = sd.matrix("x", rows, 2)
    value = sd.sum(sd.parse(formula, x=x) * sd.parse(formula, x=x))
    at = np.full((rows, 2), 0.5)
    for found in (sd.grad(value, x), sd.grad(value, x, order=2), sd.simplify(value)):
        with np.errstate(all="ignore"):
            assert sd.evaluate(found, dict.fromkeys(sd.inputs(found), at)).shape == found.shape
