"""The pass: what it records, what it leaves alone, what it refuses, and what it does at kinks."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy

import symdiff as sd
from symdiff.node import topological

X, w, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
a, b, x = sd.scalar("a"), sd.scalar("b"), sd.scalar("x")
v = sd.vector("v", "n")


# The record ---------------------------------------------------------------------------------------


def test_the_steps_are_the_edges_in_order() -> None:
    residual = X @ w - y
    table = sd.backprop(sd.sum(residual**2), w)
    assert [(step.rule, step.receiver) for step in table.steps] == [
        ("sum", residual**2),
        ("power", residual),
        ("subtract", X @ w),
        ("matmul", w),
    ]
    assert [step.place for step in table.steps] == [0, 0, 0, 1]


def test_each_step_holds_what_it_was_given_and_what_it_sent() -> None:
    table = sd.backprop(a * b, [a, b])
    one = sd.constant(1.0)
    assert table.steps == [
        sd.Contribution(a * b, 0, one, one * b),
        sd.Contribution(a * b, 1, one, one * a),
    ]
    assert table.cotangents == {a * b: one, a: one * b, b: one * a}
    assert (table.target, table.wrt) == (a * b, (a, b))


def test_contributions_are_added() -> None:
    table = sd.backprop(sd.sin(x) * sd.cos(x), x)
    sent = [step.sent for step in table.steps if step.receiver is x]
    assert len(sent) == 2
    assert set(table.cotangents[x].args) == set(sent)


def test_the_receiver_of_a_vector_in_a_scalar_product_is_visited_per_place() -> None:
    table = sd.backprop(sd.dot(v, v), v)
    assert [(step.consumer, step.place) for step in table.steps] == [
        (sd.dot(v, v), 0),
        (sd.dot(v, v), 1),
    ]


def edges(node: sd.Node) -> int:
    """The edges of a graph."""
    return sum(len(each.args) for each in topological([node]))


def test_one_visit_per_edge() -> None:
    """The scalar algorithm on a graph whose paths double at every step."""
    node = x
    for _ in range(60):
        node = sd.sin(node) * node
    table = sd.backprop(node, x)
    assert len(table.steps) == edges(node) == 180
    assert len({(step.consumer, step.place) for step in table.steps}) == 180


def test_the_cost_of_a_diamond_is_linear() -> None:
    def size(depth: int) -> int:
        node = x
        for _ in range(depth):
            node = sd.tanh(node) + node
        return len(topological(sd.backprop(node, x).gradients))

    assert size(60) < 3 * size(20) + 10


def test_only_what_lies_between_is_visited() -> None:
    """Neither what does not depend on `wrt`, nor what the target does not need."""
    irrelevant = y
    for _ in range(1000):
        irrelevant = sd.sin(irrelevant)
    sd.tanh(w)  # the target does not need it
    target = sd.sum((X @ w - irrelevant) ** 2)
    table = sd.backprop(target, w)
    assert len(table.steps) == 4
    assert not {step.receiver for step in table.steps} & set(topological([irrelevant]))
    assert irrelevant not in table.cotangents
    assert X not in table.cotangents


def test_an_op_without_derivative_off_the_path_is_not_asked() -> None:
    assert sd.grad(x * sd.floor(a), x) is sd.floor(a)
    assert sd.grad(x * sd.sum(sd.where(v > 0, v, 1)), x) is sd.sum(sd.where(v > 0, v, 1))


# No path, and flat --------------------------------------------------------------------------------


def test_no_path_gives_a_zero_of_the_shape_and_says_so() -> None:
    table = sd.backprop(sd.sum(X), [X, w])
    assert table.no_path == (w,)
    assert table.flat == ()
    assert table.gradients[1] is sd.zeros("d")
    assert sd.grad(sd.sum(X), w) is sd.zeros("d")
    assert sd.grad(a, b) is sd.constant(0.0)


@pytest.mark.parametrize(
    ("target", "steps"),
    [
        (sd.stop_gradient(x), 1),
        (sd.where(sd.sin(x) > 0, a, b), 1),
        (sd.sum(sd.where(v * x > 0, 1, 0)) / 2, 3),
        (sd.sum(v) / sd.stop_gradient(sd.sum(v * x > 0)), 1),
    ],
    ids=["stop_gradient", "condition", "integer choice", "held integer"],
)
def test_a_path_on_which_nothing_flows_is_flat(target: sd.Node, steps: int) -> None:
    table = sd.backprop(target, x)
    assert table.flat == (x,)
    assert table.no_path == ()
    assert table.gradients == [sd.constant(0.0)]
    assert len(table.steps) == steps
    assert table.steps[-1].sent is None


def test_the_target_itself() -> None:
    assert sd.grad(x, x) is sd.constant(1.0)
    assert sd.backprop(x, [x, a]).no_path == (a,)


# Intermediate expressions -------------------------------------------------------------------------


def test_by_an_intermediate_expression() -> None:
    residual = X @ w - y
    assert str(sd.grad(sd.sum(residual**2), residual)) == "2 (X w − y)"
    assert sd.grad(sd.exp(a * b) * a, a * b) is sd.exp(a * b) * a


def test_by_a_list_in_which_one_depends_on_another() -> None:
    """Each derivative is total: the intermediate is not held constant for the variable."""
    h = sd.sin(x)
    by_h, by_x = sd.grad(h**2 * x, [h, x])
    assert by_h is sd.simplify(2 * h * x)
    assert sd.simplify(by_x) is sd.grad(h**2 * x, x)  # alone; beside `by_h` they share 2 x h
    assert by_h in topological([by_x])
    at = {x: 0.7}
    assert sd.evaluate(by_x, at) == pytest.approx(
        2 * math.sin(0.7) * math.cos(0.7) * 0.7 + math.sin(0.7) ** 2
    )
    assert sd.backprop(h**2 * x, [h, x]).cotangents.keys() >= {h, x}


def test_a_list_gives_a_list_and_keeps_its_order() -> None:
    assert sd.grad(a * b, [b, a]) == [a, b]
    assert sd.grad(a * b, [a]) == [b]
    assert sd.grad(a * b, (a, a)) == [b, b]
    assert sd.grad(a * b, []) == []


def test_the_gradients_are_in_the_same_graph() -> None:
    target = sd.sum(sd.exp(v))
    assert sd.exp(v) in topological([sd.grad(target, v)])


# Refusals -----------------------------------------------------------------------------------------

k = sd.scalar("k", dtype="int")
flags = sd.vector("flags", "n", dtype="bool")

REFUSED: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (
        lambda: sd.grad(X @ w, w),
        sd.DerivativeError,
        "the target `X @ w` of shape (n,) is not a scalar; take the gradient of its sum, "
        "sd.grad(sd.sum(target), wrt), or its Jacobian, sd.jacobian(target, wrt)",
    ),
    (
        lambda: sd.grad(k * 2, a),
        sd.DerivativeError,
        "the target `k*2` is of kind int, which does not vary continuously; "
        "only float expressions have derivatives",
    ),
    (
        lambda: sd.grad(k * a, k),
        sd.DerivativeError,
        "`k` is of kind int, so nothing can be differentiated by it; "
        "declare it with dtype='float' if it varies continuously",
    ),
    (
        lambda: sd.grad(sd.sum(sd.where(flags, v, 0)), [v, flags]),
        sd.DerivativeError,
        "`flags` is of kind bool, so nothing can be differentiated by it; "
        "declare it with dtype='float' if it varies continuously",
    ),
    (
        lambda: sd.grad(x * sd.floor(x + 1), x),
        sd.DerivativeError,
        "`floor` has no derivative: it is a staircase, with derivative 0 on each step and none "
        "between. It stands in `floor(x + 1)`. Use sd.stop_gradient(sd.floor(x)) if it is to be "
        "held constant, or x + sd.stop_gradient(sd.floor(x) - x) for a straight-through "
        "derivative of 1.",
    ),
    (
        lambda: sd.grad(sd.ceil(x), x),
        sd.DerivativeError,
        "`ceil` has no derivative: it is a staircase, with derivative 0 on each step and none "
        "between. It stands in `ceil(x)`. Use sd.stop_gradient(sd.ceil(x)) if it is to be "
        "held constant, or x + sd.stop_gradient(sd.ceil(x) - x) for a straight-through "
        "derivative of 1.",
    ),
    (
        lambda: sd.grad(sd.sum(v * (v > 0)), v),
        sd.DerivativeError,
        "`greater` has no derivative: a comparison is true or false. It stands in `v > 0`. "
        "Use sd.where(condition, a, b), whose derivative is that of the branch taken, or "
        "sd.stop_gradient to hold it constant.",
    ),
    (
        lambda: sd.grad(sd.sum(v) / sd.sum(v > 0), v),
        sd.DerivativeError,
        "`greater` has no derivative: a comparison is true or false. It stands in `v > 0`. "
        "Use sd.where(condition, a, b), whose derivative is that of the branch taken, or "
        "sd.stop_gradient to hold it constant.",
    ),
    (
        lambda: sd.grad(sd.sum(1.0 * sd.logical_not(v > 0)), v),
        sd.DerivativeError,
        "`logical_not` has no derivative: its result is true or false. "
        "It stands in `logical_not(v > 0)`. Use sd.where(condition, a, b).",
    ),
    (
        lambda: sd.grad(a, "a"),  # type: ignore[call-overload]
        sd.ArgumentError,
        "wrt must be an expression or a list of expressions, not 'a'",
    ),
    (
        lambda: sd.grad(3.0, a),  # type: ignore[call-overload]
        sd.ArgumentError,
        "the target must be an expression, not 3.0",
    ),
]


@pytest.mark.parametrize(("attempt", "error", "message"), REFUSED, ids=[r[2][:40] for r in REFUSED])
def test_refused(attempt: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        attempt()
    assert str(caught.value) == message


def test_what_the_messages_advise_works() -> None:
    held = sd.grad(sd.sum(v) / sd.stop_gradient(sd.sum(v > 0)), v)
    np.testing.assert_array_equal(sd.evaluate(held, v=[1.0, 2.0, -1.0]), [0.5, 0.5, 0.5])
    through = x + sd.stop_gradient(sd.floor(x) - x)
    assert sd.evaluate([through, sd.grad(through, x)], x=2.5) == [2.0, 1.0]
    chosen = sd.grad(sd.sum(sd.where(v > 0, v, 0.0)), v)
    np.testing.assert_array_equal(sd.evaluate(chosen, v=[1.0, -2.0]), [1.0, 0.0])


# Kinks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "formula",
    [
        "relu(x)",
        "maximum(x, 0)",
        "maximum(0, x)",
        "clip(x, 0, None)",
        "clip(x, 0, 5)",
        "-minimum(-x, 0)",
        "(x + abs(x))/2",
        "max(x*array([1.0, 0.0]))",
        "where(x > 0, x, 0)",
        "where(x >= 0, x, 0.0)",
        "where(x < 0, 0, x)",
        "where(x <= 0, 0, x)",
    ],
)
@pytest.mark.parametrize(("value", "slope"), [(0.0, 0.5), (-0.0, 0.5), (1.0, 1.0), (-1.0, 0.0)])
def test_spellings_of_relu_agree(formula: str, value: float, slope: float) -> None:
    assert sd.evaluate(sd.grad(sd.parse(formula, x=""), x), x=value) == slope


@pytest.mark.parametrize(
    ("formula", "value", "slope"),
    [
        ("abs(x)", 0.0, 0.0),
        ("sign(x)", 0.0, 0.0),
        ("clip(x, -1, 1)", 1.0, 0.5),
        ("clip(x, -1, 1)", -1.0, 0.5),
        ("minimum(x, 0)", 0.0, 0.5),
        ("norm(x*array([1.0, 2.0]))", 0.0, 0.0),
        ("where(x > 0, 1.0, 0.0)*x", 0.0, 0.0),
        ("heaviside(x, 0.5)*x", 0.0, 0.5),
        ("sqrt(x**2)", 0.0, 0.0),
    ],
)
def test_conventions(formula: str, value: float, slope: float) -> None:
    node = sd.simplify(sd.parse(formula, x=""))
    assert sd.evaluate([sd.grad(node, x), x], x=value)[0] == slope


@pytest.mark.parametrize(
    ("formula", "values", "gradient"),
    [
        ("max(v)", [1.0, 3.0, 3.0], [0, 0.5, 0.5]),
        ("min(v)", [1.0, 1.0, 1.0], [1 / 3] * 3),
        ("norm(v)", [0.0, 0.0], [0, 0]),
        ("norm(v)", [3.0, 4.0], [0.6, 0.8]),
        ("prod(v)", [0.0, 2.0, 3.0], [6, 0, 0]),
        ("prod(v)", [0.0, 0.0, 3.0], [0, 0, 0]),
        ("sum(maximum(v, v[::-1]))", [1.0, 1.0], [1, 1]),
        ("sum(abs(v))", [-2.0, 0.0, 5.0], [-1, 0, 1]),
        ("sum(v**2)", [0.0, 1.0], [0, 2]),
        ("sum(v**1)", [0.0, 1.0], [1, 1]),
        ("sum(v**0)", [0.0, 1.0], [0, 0]),
    ],
)
def test_conventions_for_vectors(formula: str, values: list[float], gradient: list[float]) -> None:
    found, _ = sd.evaluate([sd.grad(sd.parse(formula, v="n"), v), v], v=values)
    np.testing.assert_allclose(found, gradient, rtol=1e-15)


def test_ties_of_a_maximum_over_an_axis() -> None:
    M = sd.matrix("M", "n", "m")
    gradient = sd.grad(sd.sum(sd.max(M, axis=1)), M)
    found = sd.evaluate(gradient, M=[[1.0, 1.0], [0.0, 2.0]])
    np.testing.assert_array_equal(found, [[0.5, 0.5], [0.0, 1.0]])


# Higher derivatives -------------------------------------------------------------------------------

SCALAR = [
    "x**3 - 2*x + 1",
    "x**5",
    "1/x",
    "x**-2",
    "x**0.5",
    "x**x",
    "2**x",
    "sqrt(x)",
    "exp(x)*sin(x)",
    "log(1 + x**2)",
    "tanh(x)",
    "tan(x)",
    "arctan(x)",
    "arcsin(x/3)",
    "arccos(x/3)",
    "sinh(x)*cosh(x)",
    "exp(-x**2/2)",
    "sin(cos(x))",
    "1/(1 + exp(-x))",
    "log(1 + exp(x))",
    "log1p(x)",
    "expm1(x)",
    "sigmoid(x)",
    "softplus(x)",
    "abs(x)**3",
    "square(x)/(1 + x)",
]

_t = sympy.Symbol("x", positive=True)
NAMES = {
    **{name: getattr(sympy, name) for name in ("exp", "log", "sqrt", "sin", "cos", "tan")},
    **{name: getattr(sympy, name) for name in ("tanh", "sinh", "cosh")},
    "arctan": sympy.atan,
    "arcsin": sympy.asin,
    "arccos": sympy.acos,
    "abs": sympy.Abs,
    "log1p": lambda e: sympy.log(1 + e),
    "expm1": lambda e: sympy.exp(e) - 1,
    "sigmoid": lambda e: 1 / (1 + sympy.exp(-e)),
    "softplus": lambda e: sympy.log(1 + sympy.exp(e)),
    "square": lambda e: e**2,
    "x": _t,
}


@pytest.mark.parametrize("formula", SCALAR)
def test_four_derivatives_of_scalar_functions(formula: str) -> None:
    node, exact = sd.parse(formula, x=""), sympy.sympify(formula, locals=NAMES)
    for _ in range(4):
        node, exact = sd.grad(node, x), sympy.diff(exact, _t)
        for value in (0.3, 1.7):
            wanted = float(exact.subs(_t, sympy.Float(value, 40)).evalf(30))
            assert sd.evaluate(node, {x: value}) == pytest.approx(wanted, rel=1e-10, abs=1e-12)


def test_a_mixed_derivative_does_not_depend_on_the_order() -> None:
    target = sd.exp(a * b) * sd.sin(a + b**2)
    first = sd.evaluate(sd.grad(sd.grad(target, a), b), a=0.3, b=0.8)
    second = sd.evaluate(sd.grad(sd.grad(target, b), a), a=0.3, b=0.8)
    assert first == pytest.approx(second, rel=1e-14)


def test_a_hessian_by_the_pass_on_its_own_result() -> None:
    gradient = sd.grad(sd.sum((X @ w - y) ** 2), w)
    d = sd.vector("direction", "d")
    assert str(sd.grad(sd.dot(gradient, d), w)) == "2 Xᵀ(X direction)"


# Depth --------------------------------------------------------------------------------------------


def test_a_chain_of_50_000() -> None:
    node = x
    for _ in range(50_000):
        node = sd.sin(node)
    started = time.perf_counter()
    table = sd.backprop(node, x)
    assert time.perf_counter() - started < 10
    assert len(table.steps) == 50_000
    value, slope = sd.evaluate([node, *table.gradients], x=0.5)
    assert 0 < value < 0.5
    assert 0 < slope < 1


MASKED = ["-log(x)", "1 - sqrt(x)", "-(1/x)", "log(x)**2 + log(x)", "x*log(x)", "3 - 2*log(x)**2"]


@pytest.mark.parametrize("branch", MASKED)
def test_the_branch_not_taken_does_not_matter(branch: str) -> None:
    """Not even where it is infinite, in first and second derivatives."""
    x = sd.vector("x", "n")
    for formula in (f"where(x > 0, {branch}, 0)", f"where(x <= 0, 0, {branch})"):
        target = sd.sum(sd.parse(formula, x=x))
        plain = sd.sum(sd.parse(branch, x=x))
        for derived in (lambda f: sd.grad(f, x), lambda f: sd.hvp(f, x, sd.ones("n"))):
            with np.errstate(divide="ignore", invalid="ignore"):
                found = sd.compile(derived(target), inputs=[x])(x=np.array([0.0, 2.0]))
            exact = sd.compile(derived(plain), inputs=[x])(x=np.array([2.0]))
            np.testing.assert_allclose(found, [0, exact[0]], rtol=1e-12)
