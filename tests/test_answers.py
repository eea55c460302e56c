"""Answers: right ones are right, wrong ones are wrong, and the mistake is named."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from graphs import expressions
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import symdiff as sd
from symdiff.answers.bench import Factor
from symdiff.answers.compare import ENOUGH_POINTS, proved_equal, trials
from symdiff.answers.exact import NotRational, exact_values
from symdiff.answers.points import points
from symdiff.answers.rounding import shaken_values

settings.register_profile("answers", max_examples=60, derandomize=True)
answers = settings.get_profile("answers")

s, a = sd.scalar("s"), sd.scalar("a")
x, A = sd.vector("x", "n"), sd.matrix("A", "n", "n")


def verdict(
    formula: str, wrt: str, answer: str, shapes: dict[str, str], where: dict[str, str]
) -> sd.Verdict:
    """The verdict on an answer to the derivative of a formula by one of its variables."""
    target = sd.parse(formula, **shapes)
    variables = {str(v): v for v in sd.inputs(target)}
    return sd.same(answer, sd.grad(target, variables[wrt]), where)


# Right answers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mine", "theirs", "how"),
    [
        (2 * s, s + s, "proved"),
        (A.T @ x, x @ A, "proved"),
        (sd.sum(x) / sd.size("n"), sd.mean(x), "proved"),
        ((s + a) ** 3, s**3 + 3 * s**2 * a + 3 * s * a**2 + a**3, "exactly"),
        (sd.max(x), sd.max(x[::-1]), "exactly"),
        (sd.relu(s), (s + abs(s)) / 2, "exactly"),
        (s > 0, 2 * s > 0, "exactly"),
        (sd.trace(A @ A @ A), sd.einsum("ij,jk,ki", A, A, A), "exactly"),
        (sd.sin(x) ** 2 + sd.cos(x) ** 2, sd.ones("n"), "numerically"),
        (1 - sd.tanh(s) ** 2, 1 / sd.cosh(s) ** 2, "numerically"),
        (1 / (1 - sd.tanh(s) ** 2), sd.cosh(s) ** 2, "numerically"),
        (sd.prod(x), sd.exp(sd.sum(sd.log(x))), "numerically"),
        (sd.arcsin(s), sd.arctan(s / sd.sqrt(1 - s * s)), "numerically"),
        (x[9:] * 0.1 * sd.exp(s), sd.exp(s) * x[9:] / 10, "proved"),
        (sd.sum(sd.sin(x[9:])), sd.sum(sd.sin(x)) - sd.sum(sd.sin(x[:9])), "numerically"),
    ],
    ids=str,
)
def test_right(mine: sd.Node, theirs: sd.Node, how: str) -> None:
    found = sd.same(mine, theirs)
    assert found
    assert found.how in (how, "proved")  # a stronger normal form may prove more
    assert found.mistake is None


def test_how_it_was_decided_is_said() -> None:
    assert str(sd.same(2 * s, s + s)) == "Right, proved: both have the same normal form."
    assert str(sd.same(sd.max(x), sd.max(x[::-1]))) == (
        "Right: equal at 12 random rational points, computed exactly."
    )
    assert str(sd.same(sd.sin(s) ** 2 + sd.cos(s) ** 2, 1 + 0 * s)) == (
        "Right: equal at 12 random points, up to rounding."
    )


def test_numbers_are_answers() -> None:
    assert sd.same(2, sd.grad(2 * s, s))
    assert not sd.same(3, sd.grad(2 * s, s))


def test_differences_beyond_ordinary_values_are_found() -> None:
    assert not sd.same(sd.clip(s, -100, 100), s)
    assert not sd.same(sd.relu(s), s)
    assert not sd.same(sd.sqrt(s) ** 2 + abs(s), 2 * s + sd.relu(-s) + 1e-6)


def test_no_size_hides_a_difference() -> None:
    X = sd.matrix("X", "n", "m")
    assert not sd.same(sd.sum(X) / sd.size("n"), sd.sum(X) / sd.size("m"))
    assert not sd.same(sd.max(x), sd.sum(x))


# Wrong answers ------------------------------------------------------------------------------------

SQUARES = ("sum((X @ w - y)**2)", {"X": "n d", "w": "d", "y": "n"})
RIDGE = ("sum((X @ w - y)**2) + lam*sum(w**2)", {**SQUARES[1], "lam": ""})
QUADRATIC = ("x @ A @ x", {"A": "n n", "x": "n"})
LOGISTIC = ("sum((t - sigmoid(W @ x))**2)", {"W": "k d", "x": "d", "t": "k"})
SOFTMAX = ("sum((t - softmax(W.T @ h))**2)/2", {"W": "d k", "h": "d", "t": "k"})
DEEP = ("sum(sigmoid(V @ tanh(W @ x)))", {"V": "m k", "W": "k d", "x": "d"})
UNITS = {"h": "tanh(W @ x)", "s": "sigmoid(V @ h)"}
TRACE = ("trace(A @ B @ C)", {"A": "n n", "B": "n n", "C": "n n"})
Formula = tuple[str, dict[str, str]]

LAYOUT = "the layout: yours is the transpose; in numerator layout it would be right"

MISTAKES: dict[str, tuple[Formula, str, str, dict[str, str], str, str]] = {
    # name: formula, wrt, answer, definitions, kind, sentence
    "softmax with the wrong loss": (
        SOFTMAX, "W", "outer(h, o - t)", {"o": "softmax(W.T @ h)"}, "chain rule",
        "the Jacobian of softmax: `o - t` is right for the cross-entropy; "
        "for this loss `o*(o - t - o @ (o - t))` belongs where `o - t` stands",
    ),
    "softmax with the wrong loss, and a factor": (
        ("sum((t - softmax(W.T @ h))**2)", SOFTMAX[1]),
        "W", "outer(h, o - t)", {"o": "softmax(W.T @ h)"}, "chain rule",
        "the Jacobian of softmax: `o - t` is right for the cross-entropy; for this loss "
        "`o*(o - t - o @ (o - t))` belongs where `o - t` stands; and a factor 2 is missing",
    ),
    "the derivative of tanh for a logistic unit": (
        LOGISTIC, "W", "2*outer((h - t)*(1 + h)*(1 - h), x)", {"h": "sigmoid(W @ x)"},
        "activation",
        "the derivative: `1 - h**2` is that of tanh, but `h` is a sigmoid unit, with `h*(1 - h)`",
    ),
    "the derivative of a logistic unit for tanh": (
        DEEP, "W", "outer((V.T @ (s*(1 - s)))*h*(1 - h), x)", UNITS, "activation",
        "the derivative: `h*(1 - h)` is that of sigmoid, but `h` is a tanh unit, "
        "with `1 - h**2`",
    ),
    "the derivative at the argument": (
        LOGISTIC, "W", "2*outer((h - t)*z*(1 - z), x)",
        {"z": "W @ x", "h": "sigmoid(z)"}, "activation",
        "the derivative: `z*(1 - z)` takes the argument for the output, "
        "but `h` is a sigmoid unit, with `h*(1 - h)`",
    ),
    "the factor 2 of a square": (
        ("sum((t - z)**2)", {"t": "n", "z": "n"}), "z", "z - t", {}, "factor",
        "a factor 2 is missing",
    ),
    "a factor 2 too many": (
        ("sum((t - z)**2)/2", {"t": "n", "z": "n"}), "z", "2*(z - t)", {}, "factor",
        "a factor 2 too many",
    ),
    "a sign": (
        SQUARES, "w", "2*X.T @ (y - X @ w)", {}, "sign", "a sign: right is minus yours",
    ),
    "a sum for a mean": (
        ("mean((X @ w - y)**2)", SQUARES[1]), "w", "2*X.T @ (X @ w - y)", {}, "factor",
        "a factor 1/n is missing: a sum for a mean",
    ),
    "a mean for a sum": (
        SQUARES, "w", "2*X.T @ (X @ w - y)/n", {}, "factor",
        "a factor n is missing: a mean for a sum",
    ),
    "the regulariser": (
        RIDGE, "w", "2*X.T @ (X @ w - y)", {}, "term", "a term is missing: `2*lam*w`",
    ),
    "the factor of the regulariser": (
        RIDGE, "w", "2*X.T @ (X @ w - y) + lam*w", {}, "factor",
        "in the term `lam*w` a factor 2 is missing",
    ),
    "a number for a variable": (
        RIDGE, "w", "2*X.T @ (X @ w - y) + 2*w", {}, "factor",
        "in the term `2*w` a factor `lam` is missing",
    ),
    "the sign of the regulariser": (
        RIDGE, "w", "2*X.T @ (X @ w - y) - 2*lam*w", {}, "sign",
        "the sign of the term `-2*lam*w`",
    ),
    "a term of something else": (
        SQUARES, "w", "2*X.T @ (X @ w - y) + 2*w", {}, "term", "a term is too many: `2*w`",
    ),
    "the product rule": (
        ("sum(sin(x)*x)", {"x": "n"}), "x", "sin(x)", {}, "term",
        "a term is missing: `x*cos(x)`",
    ),
    "a matrix taken for symmetric": (
        QUADRATIC, "x", "2*A @ x", {}, "transpose", "right only if `A` is symmetric",
    ),
    "half of a quadratic form": (
        QUADRATIC, "x", "A @ x", {}, "term", "a term is missing: `A.T @ x`",
    ),
    "a transpose": (
        ("sum((A @ x - b)**2)", {"A": "n n", "x": "n", "b": "n"}),
        "x", "2*(A @ (A @ x - b))", {}, "transpose",
        "a transpose: `A.T @ (A @ x - b)` belongs where `A @ (A @ x - b)` stands",
    ),
    "all transposes": (
        TRACE, "A", "C @ B", {}, "transpose", "the transposes of `C`, `B` are missing",
    ),
    "the order of a product": (
        TRACE, "A", "B.T @ C.T", {}, "order",
        "the order of a product: `C.T @ B.T` belongs where `B.T @ C.T` stands",
    ),
    "the layout of a square answer": (
        ("trace(A @ B)", TRACE[1]), "A", "B", {}, "layout", LAYOUT,
    ),
    "the layout of an oblong answer": (
        SQUARES, "X", "2*outer(w, X @ w - y)", {}, "layout",
        f"the shapes differ: yours is (d, n), right is (n, d); {LAYOUT}",
    ),
    "the layout and more": (
        SQUARES, "X", "2*outer(w, X @ w)", {}, "layout",
        f"the shapes differ: yours is (d, n), right is (n, d); {LAYOUT}, "
        "but for this: a term is missing: `-2*outer(y, w)`",
    ),
    "an outer product": (
        SQUARES, "X", "2*(X @ w - y)", {}, "shape",
        "the shapes differ: yours is (n,), right is (n, d); an outer product with `w` is missing",
    ),
    "a sum over the batch": (
        ("sum((X @ W + b)**2)", {"X": "n d", "W": "d k", "b": "k"}),
        "b", "2*(X @ W + b)", {}, "shape",
        "the shapes differ: yours is (n, k), right is (k,); a sum over axis 0 of yours is missing",
    ),
    "a number for a vector": (
        ("sum(2*x)", {"x": "n"}), "x", "2", {}, "shape",
        "the shapes differ: yours is (), right is (n,); yours is to be stretched to (n,)",
    ),
    "a column for a vector": (
        ("sum(x**2)", {"x": "n"}), "x", "2*x[:, None]", {}, "shape",
        "the shapes differ: yours is (n, 1), right is (n,); "
        "only axes of size 1 are too many or missing",
    ),
    "a shape that nothing explains": (
        SQUARES, "w", "y", {}, "shape", "the shapes differ: yours is (n,), right is (d,)",
    ),
    "the inner derivative": (
        ("sum(sin(x**2))", {"x": "n"}), "x", "cos(x**2)", {}, "chain rule",
        "a factor `2*x` is missing, the derivative of `x**2`",
    ),
    "an inner derivative deep inside": (
        DEEP, "W", "outer(V.T @ (s*(1 - s)), x)", UNITS, "chain rule",
        "the chain rule: the derivative of `h` is left out; "
        "`(V.T @ (s*(1 - s)))*(1 - h**2)` belongs where `V.T @ (s*(1 - s))` stands",
    ),
    "the argument of the outer function": (
        ("sum(sin(x**2))", {"x": "n"}), "x", "2*x*cos(x)", {}, "part",
        "a part: `cos(x**2)` belongs where `cos(x)` stands",
    ),
    "a normalisation": (
        ("log(sum(exp(x)))", {"x": "n"}), "x", "exp(x)", {}, "factor",
        "a factor `sum(exp(x))` too many",
    ),
    "a constant": (
        ("sum(x*log(x))", {"x": "n"}), "x", "log(x)", {}, "constant",
        "a constant: right is yours plus 1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name: str) -> None:
    (formula, shapes), wrt, answer, where, kind, sentence = MISTAKES[name]
    found = verdict(formula, wrt, answer, shapes, where)
    assert not found
    assert str(found.mistake) == sentence
    assert found.mistake is not None
    assert found.mistake.kind == kind


@pytest.mark.parametrize("name", MISTAKES)
def test_what_is_said_to_be_right_is(name: str) -> None:
    (formula, shapes), wrt, answer, where, *_ = MISTAKES[name]
    found = verdict(formula, wrt, answer, shapes, where)
    if found.mistake is not None and found.mistake.corrected is not None:
        assert verdict(formula, wrt, sd.text(found.mistake.corrected), shapes, where)


def test_a_verdict_in_full() -> None:
    formula, shapes = RIDGE
    found = verdict(formula, "w", "2*X.T @ (X @ w - y)", shapes, {})
    assert str(found) == (
        "Wrong: a term is missing: `2*lam*w`.\n"
        "At a random point with n = 2, d = 3, entry [2] of yours is -0.901152; right is 0.99422.\n"
        "Yours has no lam."
    )
    assert found.disagreement is not None
    assert found.disagreement.point.sizes == {"n": 2, "d": 3}
    assert found.disagreement.entry == (2,)


def test_a_verdict_that_explains_nothing() -> None:
    found = sd.same(sd.tan(s) + sd.exp(a), sd.log(s + 9))
    assert found.mistake is None
    first, second, third = str(found).splitlines()
    assert first == "Wrong: the two differ."
    assert second.startswith("At a random point with s = ")
    assert third == "Only yours has a."


# Definitions --------------------------------------------------------------------------------------


def test_definitions_on_both_sides() -> None:
    h = sd.vector("h", "n")
    assert sd.same(h * (1 - h), sd.grad(sd.sum(sd.sigmoid(x)), x), where={"h": "sigmoid(x)"})
    assert sd.same(h, x + x, where={"h": 2 * x})
    assert sd.same("2*z", h, where={"h": 2 * x, "z": x})
    assert sd.same(h, x * 4, where={"z": "2*x", "h": "2*z"})


def test_definitions_that_do_not_fit() -> None:
    h = sd.scalar("h")
    with pytest.raises(sd.ArgumentError) as caught:
        sd.same(h * x, x, where={"h": "2*x"})
    assert str(caught.value) == (
        "'h' is declared as `h` of shape (), but defined as `2*x` of shape (n,)"
    )
    with pytest.raises(sd.ParseError, match="unknown name 'q'"):
        sd.same(x, x, where={"h": "2*q"})
    with pytest.raises(sd.ParseError, match="unknown name 'h'"):
        sd.same(x, x, where={"h": "2*h"})


# Bad input ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mine", "theirs", "error", "message"),
    [
        ("2*q", 2 * s, sd.ParseError, "unknown name 'q'"),
        ("2*", 2 * s, sd.ParseError, "expected an operand"),
        (s, None, sd.ArgumentError, "expected an expression"),
        (s, "s", sd.ArgumentError, "expected an expression"),
        (sd.vector("s", "n"), s, sd.ArgumentError, "two variables are named 's'"),
        (s > 0, s, sd.ArgumentError, "`s > 0` is bool, but `s` is float"),
        (sd.log(-1 - s * s), s, sd.InputError, "no point was found"),
        (x[100:], 2 * x[100:], sd.InputError, "no sizes up to"),
    ],
)
def test_bad_input(
    mine: object, theirs: object, error: type[sd.SymdiffError], message: str
) -> None:
    with pytest.raises(error, match=message):
        sd.same(mine, theirs)


# Random formulas ----------------------------------------------------------------------------------


@settings(answers)
@given(expressions(8))
def test_a_formula_equals_its_simple_form(node: sd.Node) -> None:
    assume(list(trials(node, node)))
    assert sd.same(node, sd.simplify(node))


@settings(answers)
@given(expressions(6), st.sampled_from([1e-3, 1, -2, sd.exp(s), x[0]]))
def test_a_formula_differs_from_itself_and_more(node: sd.Node, more: object) -> None:
    other = node + more
    assume(list(trials(node, other)))
    assert not proved_equal(node, other)
    assert not sd.same(node, other)


@settings(answers)
@given(expressions(6), expressions(6))
def test_no_false_proof(first: sd.Node, second: sd.Node) -> None:
    if first.shape == second.shape and proved_equal(first, second):
        for trial in trials(first, second):
            np.testing.assert_allclose(trial.mine, trial.theirs, atol=trial.tolerance)


# Parts --------------------------------------------------------------------------------------------


def test_points_have_unequal_sizes_and_a_size_of_one() -> None:
    X = sd.matrix("X", "n", "m")
    drawn = [point.sizes for point in points([X])]
    assert all(sizes["n"] != sizes["m"] for sizes in drawn)
    assert any(sizes["n"] == 1 for sizes in drawn)
    assert any(sizes["m"] == 1 for sizes in drawn)


def test_points_have_the_kinds_of_their_variables() -> None:
    k, flag = sd.scalar("k", dtype="int"), sd.scalar("flag", dtype="bool")
    for point in points([sd.where(flag, k, s)]):
        assert [point.values[v].dtype.kind for v in (flag, k, s)] == ["b", "i", "f"]


def test_exact_values_are_fractions() -> None:
    e = sd.sum(x / 3) ** 2 - A[0, 0] / sd.size("n") + sd.trace(A @ A.T) + sd.where(s > 0, s, 0.5)
    for point, _ in zip(points([e], exact=True), range(ENOUGH_POINTS), strict=False):
        (value,) = exact_values([e], point)
        assert isinstance(value[()], Fraction)
        rough = sd.evaluate(e, {v: array.astype(float) for v, array in point.values.items()})
        assert float(value[()]) == pytest.approx(rough, rel=1e-12)


@pytest.mark.parametrize(
    "e", [sd.exp(s), sd.norm(x), s**0.5, 0.1 * s, s**a, s**1000, s * float("inf"), sd.sigmoid(s)],
    ids=str,
)  # fmt: skip
def test_what_is_not_rational(e: sd.Node) -> None:
    with pytest.raises(NotRational):
        exact_values([e], next(points([e], exact=True)))


def test_what_asks_for_the_limits_of_a_type_is_not_rational() -> None:
    x = sd.vector("x", "n")
    assert sd.same(sd.softsign(x), x / (1 + abs(x)))


def test_rounding_is_seen_where_few_digits_are_left() -> None:
    e = 1 - sd.tanh(s) ** 2
    far = next(p for p in points([s]) if p.values[s] > 5)
    assert abs(shaken_values([e], far)[0] / sd.evaluate(e, far.values) - 1) > 1e-14
    maximum = sd.max(x)
    assert all(shaken_values([maximum, x], p)[0] in shaken_values([x], p)[0] for p in points([x]))


@pytest.mark.parametrize(
    ("factor", "text"),
    [
        (Factor(Fraction(2)), "2"),
        (Factor(Fraction(-1, 2)), "-1/2"),
        (Factor(Fraction(1), ("n",)), "n"),
        (Factor(Fraction(2), (), ("n",)), "2/n"),
        (Factor(Fraction(1, 2), (), ("n", "d")), "1/(2*n*d)"),
        (Factor(Fraction(-1), ("n", "d")), "-1*n*d"),
    ],
)
def test_factors_are_written_and_applied(factor: Factor, text: str) -> None:
    assert str(factor) == text
    stands = {"n": "n", "d": "d"}
    expected = sd.parse(f"z * {text} * sum(X)/sum(X)", X=tuple(stands), z="")
    X = sd.matrix("X", "n", "d")
    assert sd.same(factor.times(sd.scalar("z")) * sd.sum(X) / sd.sum(X), expected)


def test_large_formulas_are_judged_without_a_search_through_their_parts() -> None:
    e = x
    for k in range(400):
        e = sd.sin(e) + x / (k + 1)
    assert str(sd.same(e, 2 * e).mistake) == "a factor 2 is missing"
    assert sd.same(e, e + sd.cos(x)).mistake is None
