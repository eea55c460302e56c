"""Reductions at their edges: options, kinds, empty axes, precision, range, and what is refused."""

from __future__ import annotations

import warnings
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

import symdiff as sd

x, y = sd.vector("x", "n"), sd.vector("y", "n")
X = sd.matrix("X", "n", "m")
K = sd.tensor("K", 2, "n", 3)
flags = sd.vector("b", "n", dtype="bool")
counts = sd.vector("k", "n", dtype="int")
pytestmark = pytest.mark.filterwarnings("error")

INF, NAN = float("inf"), float("nan")


def both(expression: sd.Node, **given: Any) -> Any:
    """The value by the evaluator, which the compiled function must give too."""
    with np.errstate(invalid="ignore", divide="ignore"):
        value = sd.evaluate(expression, **given)
        compiled = sd.compile(expression)(**given)
    rtol = 1e-6 if np.asarray(value).dtype == np.float32 else 1e-14
    np.testing.assert_allclose(compiled, value, rtol=rtol)
    return value


# NumPy's options ------------------------------------------------------------------------------

AT = np.array([[3.0, -1.0, 2.0, 0.0], [0.5, -1.0, 4.0, 0.0]])
AXES: list[Any] = [None, 0, 1, -1, (0, 1), (1, 0), (-1,), ()]


@pytest.mark.parametrize("axis", AXES, ids=str)
@pytest.mark.parametrize(
    "name",
    [
        *("sum", "prod", "mean", "var", "std", "max", "amax", "min", "amin", "ptp", "any", "all"),
        *("count_nonzero", "nansum", "nanprod", "nanmean", "nanvar", "nanstd", "nanmax", "nanmin"),
    ],
)
def test_axes_as_in_numpy(name: str, axis: Any) -> None:
    for keepdims in (False, True):
        found = both(getattr(sd, name)(X, axis=axis, keepdims=keepdims), X=AT)
        wanted = getattr(np, name)(AT, axis=axis, keepdims=keepdims)
        assert np.shape(found) == np.shape(wanted)
        assert np.asarray(found).dtype == np.asarray(wanted).dtype
        np.testing.assert_allclose(found, wanted, rtol=1e-14)


@pytest.mark.parametrize("axis", [None, 0, 1, -2])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_places_as_in_numpy(name: str, axis: Any, keepdims: bool) -> None:
    found = both(getattr(sd, name)(X, axis=axis, keepdims=keepdims), X=AT)
    np.testing.assert_array_equal(found, getattr(np, name)(AT, axis=axis, keepdims=keepdims))
    assert np.asarray(found).dtype == np.int64


@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("name", ["sum", "prod", "mean", "var", "std", "max", "min", "any", "all"])
def test_where_as_in_numpy(name: str, axis: Any) -> None:
    options: dict[str, Any] = {"initial": 0.5} if name in ("max", "min") else {}
    for condition, mask in ((X > -0.5, AT > -0.5), (X[:1] > -0.5, AT[:1] > -0.5)):
        found = both(getattr(sd, name)(X, axis=axis, where=condition, **options), X=AT)
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wanted = getattr(np, name)(AT, axis=axis, where=mask, **options)
        np.testing.assert_allclose(found, wanted, rtol=1e-14)


@pytest.mark.parametrize("name", ["sum", "prod", "max", "min"])
def test_initial_as_in_numpy(name: str) -> None:
    for initial in (0.5, -7.0, 1e9):
        wanted = getattr(np, name)(AT, axis=0, initial=initial)
        np.testing.assert_array_equal(
            both(getattr(sd, name)(X, axis=0, initial=initial), X=AT), wanted
        )
    nothing = np.zeros((0, 3))
    wanted = getattr(np, name)(nothing, axis=0, initial=2.0)
    np.testing.assert_array_equal(
        both(getattr(sd, name)(X, axis=0, initial=2.0), X=nothing), wanted
    )


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "var", "std", "cumsum", "cumprod", "norm"])
def test_kinds_of_results(name: str) -> None:
    reduce = getattr(sd, name)
    of_numpy = np.linalg.norm if name == "norm" else getattr(np, name)
    for variable, at in ((flags, np.array([True, False, True])), (counts, np.array([3, 0, 5]))):
        expression = reduce(variable)
        found, wanted = both(expression, **{str(variable): at}), of_numpy(at)
        np.testing.assert_allclose(found, wanted, rtol=1e-15)
        assert np.asarray(found).dtype == np.asarray(wanted).dtype
        assert expression.dtype == ("int" if np.asarray(wanted).dtype.kind == "i" else "float")


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "var", "std", "cumsum", "max", "norm"])
def test_single_precision_stays(name: str) -> None:
    single = np.array([1.5, 2.5], np.float32)
    expression = getattr(sd, name)(x**2)
    for e in (expression, sd.grad(sd.sum(expression), x)):
        assert np.asarray(both(e, x=single)).dtype == np.float32


def test_means_of_nothing() -> None:
    nothing = np.zeros((0, 2))
    with np.errstate(invalid="ignore"):
        for name in ("mean", "var", "std"):
            found = sd.evaluate(getattr(sd, name)(X, axis=0), X=nothing)
            np.testing.assert_array_equal(found, [NAN, NAN])
        assert np.isnan(both(sd.var(x, ddof=1), x=[3.0]))
        assert np.isnan(both(sd.mean(x, where=x > 5), x=[3.0]))
    with np.errstate(divide="ignore"):
        assert both(sd.var(x, ddof=3), x=[1.0, 2.0]) == INF
        assert both(sd.var(sd.vector("x", 2), correction=3), x=[1.0, 2.0]) == INF


# Derivatives where others fail ------------------------------------------------------------------


def test_nothing_flows_to_what_is_left_out() -> None:
    at = np.array([1.0, 4.0, 2.0, 8.0])
    kept = np.array([1.0, 0.0, 1.0, 0.0])
    for name, inner in (("sum", kept), ("mean", kept / 2)):
        gradient = sd.grad(getattr(sd, name)(x, where=x < 3), x)
        np.testing.assert_array_equal(both(gradient, x=at), inner)
    for name in ("prod", "var", "std"):
        gradient = sd.grad(getattr(sd, name)(x, where=x < 3), x)
        assert (both(gradient, x=at)[[1, 3]] == 0).all()
    masked = sd.max(x, where=x < 3, initial=-INF)
    np.testing.assert_array_equal(both(sd.grad(masked, x), x=at), [0, 0, 1, 0])


def test_an_infinite_slope_is_left_out_too() -> None:
    for reduce in (sd.sum, sd.mean, sd.var, sd.std):
        gradient = sd.grad(reduce(sd.log(x), where=x > 0), x)
        found = both(gradient, x=[0.0, 1.0, 2.0])
        assert np.isfinite(found).all()
        assert found[0] == 0


def test_missing_entries_have_derivative_0() -> None:
    at = [1.0, NAN, 3.0]
    gradients = {
        sd.nansum: [1, 0, 1],
        sd.nanprod: [3, 0, 1],
        sd.nanmean: [0.5, 0, 0.5],
        sd.nanvar: [-1, 0, 1],
        sd.nanstd: [-0.5, 0, 0.5],
        sd.nanmax: [0, 0, 1],
        sd.nanmin: [1, 0, 0],
    }
    for reduce, wanted in gradients.items():
        np.testing.assert_allclose(both(sd.grad(reduce(x), x), x=at), wanted, rtol=1e-15)
    assert np.isnan(sd.evaluate(sd.nanmax(x), x=[NAN, NAN]))


def test_ties_are_shared_with_the_initial_value() -> None:
    c = sd.scalar("c")
    gradients = sd.grad(sd.max(x, initial=c), [x, c])
    found = sd.evaluate(gradients, x=[2.0, 1.0, 2.0], c=2.0)
    np.testing.assert_allclose(found[0], [1 / 3, 0, 1 / 3])
    assert found[1] == pytest.approx(1 / 3)
    assert sd.evaluate(gradients, x=[2.0, 1.0, 2.0], c=5.0)[1] == 1
    with sd.conventions(at_kinks="right"):
        gradients = sd.grad(sd.max(x, initial=c), [x, c])
    np.testing.assert_array_equal(sd.evaluate(gradients[0], x=[2.0, 1.0], c=2.0), [1, 0])


def products_by_definition(at: list[float], weights: list[float]) -> tuple[Any, Any]:
    """Gradient and Hessian of the weighted cumulative product, term by term."""
    n = len(at)
    gradient, second = np.zeros(n), np.zeros((n, n))
    for k, weight in enumerate(weights):
        for i in range(k + 1):
            gradient[i] += weight * np.prod([at[j] for j in range(k + 1) if j != i])
            for m in range(k + 1):
                rest = [at[j] for j in range(k + 1) if j not in (i, m)]
                second[i, m] += 0 if i == m else weight * np.prod(rest)
    return gradient, second


@pytest.mark.parametrize(
    "at",
    [
        [2.0, 3.0, 0.0, 5.0, 7.0],
        [0.0, 3.0, 0.0, 5.0, 7.0],
        [0.0, 0.0, 0.0, 0.0, 0.0],
        [2.0, 1e-200, 1e-200, 1e-200, 5.0],
        [1e-150, 1e150, 1e-150, 1e150, 3.0],
    ],
    ids=str,
)
def test_cumulative_products_are_exact_at_zeros(at: list[float]) -> None:
    weights = [1.0, -2.0, 0.5, 3.0, 0.25]
    z = sd.vector("z", 5)
    target = sd.constant(weights) @ sd.cumprod(z)
    with np.errstate(over="ignore", under="ignore"):
        gradient, second = products_by_definition(at, weights)
        np.testing.assert_allclose(both(sd.grad(target, z), z=at), gradient, rtol=1e-13)
        np.testing.assert_allclose(sd.evaluate(sd.hessian(target, z), z=at), second, rtol=1e-13)


def test_third_derivative_of_cumulative_products() -> None:
    z = sd.vector("z", 3)
    third = sd.grad(sd.sum(sd.cumprod(z)), z, order=3)
    wanted = np.zeros((3, 3, 3))
    for place in ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)):
        wanted[place] = 1
    np.testing.assert_array_equal(sd.evaluate(third, z=[0.0, 0.0, 0.0]), wanted)


def test_long_recurrences_take_few_steps() -> None:
    n = 200_000
    at = np.full(n, 1 - 1e-6)
    gradient = sd.compile(sd.grad(sd.sum(sd.cumprod(x)), x))(at)
    q = at[0]
    wanted = (q ** np.array([0, n - 1]) - q**n) / (1 - q)
    np.testing.assert_allclose(gradient[[0, -1]], wanted, rtol=1e-7)


def test_cumulative_sums_turn_round() -> None:
    weights = np.array([1.0, 2.0, 4.0])
    z = sd.vector("z", 3)
    f = sd.constant(weights) @ sd.cumsum(sd.exp(z))
    slopes = np.cumsum(weights[::-1])[::-1]
    at = np.array([0.1, -0.3, 0.7])
    np.testing.assert_allclose(both(sd.grad(f, z), z=at), slopes * np.exp(at), rtol=1e-15)
    assert sd.text(sd.grad(y @ sd.cumsum(x), x)) == "cumsum(y, reverse=True)"
    code = sd.emit(sd.grad(y @ sd.cumsum(x), x))
    assert "np.cumsum(y[::-1], axis=0)[::-1]" in code


# Precision --------------------------------------------------------------------------------------

FAR = 1e8 + np.random.default_rng(7).standard_normal(40)


def exact_deviations() -> tuple[list[Fraction], Fraction]:
    """The deviations from the mean and the variance, in fractions."""
    entries = [Fraction(entry) for entry in FAR]
    mean = sum(entries) / len(entries)
    deviations = [entry - mean for entry in entries]
    return deviations, sum(d * d for d in deviations) / len(entries)


@pytest.mark.parametrize("compute", [sd.evaluate, lambda e, x: sd.compile(e)(x)])
def test_variances_far_from_0(compute: Any) -> None:
    """Value, gradient and Hessian of var and std, where x² would lose 16 digits."""
    deviations, variance = exact_deviations()
    n, d = len(FAR), np.array([float(each) for each in deviations])
    root = float(mpmath.sqrt(mpmath.mpf(variance.numerator) / variance.denominator))
    centring = np.eye(n) - 1 / n
    wanted = {
        sd.var: (float(variance), 2 * d / n, 2 * centring / n),
        sd.std: (root, d / (n * root), centring / (n * root) - np.outer(d, d) / (n**2 * root**3)),
    }
    for reduce, exact in wanted.items():
        f = reduce(x)
        found = compute([f, sd.grad(f, x), sd.hessian(f, x)], x=FAR)
        for one, other in zip(found, exact, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-15)


def test_simplification_leaves_deviations_whole() -> None:
    for f in (sd.var(x), sd.sum(sd.centered(x) * (x - 1)), sd.std(x, ddof=1)):
        f = sd.simplify(f)
        assert "centered" in {node.op.name for node in sd.node.topological([f])}
    assert sd.text(sd.grad(sd.var(x), x)) == "2*centered(x)/n"
    assert sd.text(sd.grad(sd.std(x), x)) == "normalized(centered(x))/sqrt(n)"
    assert sd.text(sd.hessian(sd.var(x), x)) == "2*(eye(n) - 1/n)/n"
    assert sd.simplify(sd.centered(sd.centered(3 * x))) is sd.simplify(3 * sd.centered(x))
    assert sd.simplify(sd.centered(sd.ones("n"))) is sd.zeros("n")


def test_a_standard_deviation_of_equal_entries() -> None:
    f = sd.std(x)
    at = np.array([3.0, 3.0, 3.0])
    assert both(f, x=at) == 0
    np.testing.assert_array_equal(both(sd.grad(f, x), x=at), [0, 0, 0])


def test_covariances_as_in_numpy() -> None:
    rng = np.random.default_rng(1)
    rows, one, two = rng.standard_normal((3, 9)), rng.standard_normal(9), rng.standard_normal(9)
    A, u, v = sd.matrix("A", "p", "n"), sd.vector("u", "n"), sd.vector("v", "n")
    cases = [
        (sd.cov(A), np.cov(rows)),
        (sd.cov(A.T, rowvar=False, bias=True), np.cov(rows, bias=True)),
        (sd.cov(u), np.cov(one)),
        (sd.cov(u, v), np.cov(one, two)),
        (sd.cov(u, A, ddof=0), np.cov(one, rows, ddof=0)),
        (sd.cov(sd.matrix("A", 3, "n"), u), np.cov(rows, one)),
        (sd.corrcoef(A), np.corrcoef(rows)),
        (sd.corrcoef(u, v), np.corrcoef(one, two)),
        (sd.corrcoef(u), np.corrcoef(one)),
    ]
    for expression, wanted in cases:
        given = {"A": rows, "u": one, "v": two}
        names = [str(variable) for variable in sd.inputs(expression)]
        found = both(expression, **{name: given[name] for name in names})
        assert np.shape(found) == np.shape(wanted)
        np.testing.assert_allclose(found, wanted, rtol=1e-13)


# Norms ------------------------------------------------------------------------------------------

ORDERS: list[Any] = [None, 0, 1, 2, 3, 2.5, 0.5, -1, -2, INF, -INF]


@pytest.mark.parametrize("ord", ORDERS, ids=str)
def test_norms_of_vectors_as_in_numpy(ord: Any) -> None:
    at = np.array([[3.0, -4.0, 1.0], [0.5, 2.0, -2.0]])
    for keepdims in (False, True):
        for axis in (0, 1, -1):
            found = both(sd.norm(X, ord, axis, keepdims), X=at)
            np.testing.assert_allclose(found, np.linalg.norm(at, ord, axis, keepdims), rtol=1e-14)
    np.testing.assert_allclose(both(sd.norm(x, ord), x=at[0]), np.linalg.norm(at[0], ord))


@pytest.mark.parametrize("ord", [None, "fro", 1, -1, INF, -INF], ids=str)
def test_norms_of_matrices_as_in_numpy(ord: Any) -> None:
    at = np.random.default_rng(3).standard_normal((2, 4, 3))
    for keepdims in (False, True):
        for axis in ((0, 1), (1, 0), (-1, 1), (0, 2)):
            found = both(sd.norm(K, ord, axis, keepdims), K=at)
            wanted = np.linalg.norm(at, ord, axis, keepdims)
            assert np.shape(found) == np.shape(wanted)
            np.testing.assert_allclose(found, wanted, rtol=1e-14)
    np.testing.assert_allclose(both(sd.norm(X, ord), X=at[0]), np.linalg.norm(at[0], ord))


@pytest.mark.parametrize("ord", [2, -2, "nuc"])
def test_norms_of_singular_values(ord: Any) -> None:
    at = np.random.default_rng(3).normal(size=(2, 4, 3))
    for axis, keepdims in (((2, 0), True), ((0, 1), False), ((1, 2), False)):
        found = both(sd.norm(K, ord, axis, keepdims), K=at)
        np.testing.assert_allclose(found, np.linalg.norm(at, ord, axis, keepdims), rtol=1e-12)


def test_norms_at_0() -> None:
    at = [0.0, 0.0]
    for ord in (None, 1, 2, 3, 1.5, 0.5, INF):
        f = sd.norm(x, ord)
        assert both(f, x=at) == 0
        np.testing.assert_array_equal(both(sd.grad(f, x), x=at), [0, 0])
    np.testing.assert_array_equal(both(sd.grad(sd.norm(x, 1), x), x=[0.0, -2.0, 3.0]), [0, -1, 1])
    with sd.conventions(at_kinks="raise"):
        gradient = sd.grad(sd.norm(x, 3), x)
    with pytest.raises(sd.InputError, match="at a kink"):
        sd.evaluate(gradient, x=at)


def exact_norm(at: list[float], order: float) -> Any:
    """Value, gradient and Hessian of a norm in many digits."""
    entries, p = [mpmath.mpf(entry) for entry in at], mpmath.mpf(order)
    length = mpmath.fsum(abs(e) ** p for e in entries) ** (1 / p)
    unit = [e / length for e in entries]
    slope = [mpmath.sign(u) * abs(u) ** (p - 1) for u in unit]
    n = range(len(at))
    second = [
        [(p - 1) * ((i == j) * abs(unit[i]) ** (p - 2) - slope[i] * slope[j]) / length for j in n]
        for i in n
    ]
    convert = np.vectorize(float)
    return float(length), convert(slope), convert(second)


@pytest.mark.parametrize("scale", [1.0, 1e200, 1e-200, 1e300, 1e-290])
@pytest.mark.parametrize("order", [2, 3, 2.5, 4, 1.5])
def test_norms_of_large_and_small_entries(order: float, scale: float) -> None:
    at = [3 * scale, -4 * scale, 2 * scale]
    f = sd.norm(x, order)
    with mpmath.workdps(50), np.errstate(under="ignore", over="ignore"):
        exact = exact_norm(at, order)
        asked = [f, sd.grad(f, x), sd.hessian(f, x)]
        for found in (sd.evaluate(asked, x=at), sd.compile(asked)(at)):
            for one, other in zip(found, exact, strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-12, atol=0)


@pytest.mark.parametrize("scale", [1e200, 1e-200])
def test_standard_deviations_of_large_and_small_entries(scale: float) -> None:
    f = sd.std(x)
    asked = [f, sd.grad(f, x), sd.hessian(f, x)]
    at = np.array([3.0, -4.0, 2.0])
    wanted = sd.evaluate(asked, x=at)
    with np.errstate(under="ignore"):
        for found in (sd.evaluate(asked, x=scale * at), sd.compile(asked)(scale * at)):
            for k, (one, other) in enumerate(zip(found, wanted, strict=True)):
                np.testing.assert_allclose(one, other * scale ** (1 - k), rtol=1e-12)


def test_the_order_of_a_norm_varies() -> None:
    p = sd.scalar("p")
    gradients = sd.grad(sd.norm(x, p), [x, p])
    at = [0.5, -2.0, 0.0]
    step = 1e-6
    found = sd.evaluate(gradients, x=at, p=2.7)
    near = [np.linalg.norm(at, 2.7 + s) for s in (step, -step)]
    assert found[1] == pytest.approx((near[0] - near[1]) / (2 * step), rel=1e-8)
    assert found[0][2] == 0


# The soft maximum -------------------------------------------------------------------------------


def test_large_logits() -> None:
    at = [1e4, 0.0, 1e4]
    f = sd.logsumexp(x)
    shares = np.array([0.5, 0, 0.5])
    np.testing.assert_array_equal(both(sd.grad(f, x), x=at), shares)
    hessian = np.diag(shares) - np.outer(shares, shares)
    np.testing.assert_array_equal(both(sd.hessian(f, x), x=at), hessian)
    second = sd.hessian(sd.log_softmax(x)[0], x)
    np.testing.assert_array_equal(both(second, x=at), -hessian)
    np.testing.assert_array_equal(both(sd.jacobian(sd.softmax(x), x), x=at), hessian)


def test_entries_that_are_minus_infinity() -> None:
    at = [0.0, -INF, 0.0]
    f = sd.logsumexp(x)
    shares = np.array([0.5, 0, 0.5])
    np.testing.assert_array_equal(both(sd.grad(f, x), x=at), shares)
    hessian = np.diag(shares) - np.outer(shares, shares)
    np.testing.assert_array_equal(both(sd.hessian(f, x), x=at), hessian)
    assert both(f, x=[-INF, -INF]) == -INF
    with np.errstate(invalid="ignore"):
        assert np.isnan(sd.evaluate(sd.softmax(x), x=[-INF, -INF])).all()


def test_weights_of_a_logsumexp() -> None:
    b = sd.vector("b", "n")
    f = sd.logsumexp(x, b=b)
    at = {"x": [1000.0, 1001.0, -INF], "b": [2.0, 0.0, 1.0]}
    assert both(f, **at) == pytest.approx(1000 + np.log(2), rel=1e-15)
    np.testing.assert_allclose(both(sd.grad(f, x), **at), [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(both(sd.grad(f, b), **at), [0.5, np.e / 2, 0], rtol=1e-12)
    chosen = sd.logsumexp(X, axis=1, b=X < 1, keepdims=True)
    found = both(chosen, X=[[0.0, 5.0], [0.0, 0.0]])
    np.testing.assert_allclose(found, [[0], [np.log(2)]], atol=1e-15)


# Others -----------------------------------------------------------------------------------------


def test_weighted_means_as_in_numpy() -> None:
    at = np.random.default_rng(5).uniform(1, 2, (2, 4, 3))
    for axis, shape in ((1, "n"), ((0, 2), "23"), ((2, 0), "32"), (None, "2n3")):
        w = sd.tensor("w", *(int(s) if s != "n" else s for s in shape))
        weights = np.random.default_rng(6).uniform(1, 2, [4 if s == "n" else int(s) for s in shape])
        found = both(sd.average(K, axis, weights=w), K=at, w=weights)
        np.testing.assert_allclose(found, np.average(at, axis, weights=weights), rtol=1e-14)


def test_differences_as_in_numpy() -> None:
    at, edge = np.array([[1.0, 4.0, 9.0], [2.0, 3.0, 5.0]]), np.array([[7.0, 8.0]])
    e = sd.matrix("e", 1, "n")
    cases = [
        (sd.diff(X, n=2), np.diff(at, n=2)),
        (sd.diff(X, axis=0, append=0), np.diff(at, axis=0, append=0)),
        (sd.diff(X, n=0), at),
        (sd.gradient(X, 0.5, axis=1), np.gradient(at, 0.5, axis=1)),
        (sd.cumulative_sum(X, axis=0, include_initial=True),
         np.cumulative_sum(at, axis=0, include_initial=True)),
        (sd.trapezoid(X, axis=0), np.trapezoid(at, axis=0)),
    ]  # fmt: skip
    for expression, wanted in cases:
        np.testing.assert_allclose(both(expression, X=at), wanted, rtol=1e-15)
    found = both(sd.diff(X, prepend=e.T), X=at, e=edge)
    np.testing.assert_array_equal(found, np.diff(at, prepend=edge.T))
    np.testing.assert_array_equal(both(sd.diff(flags), b=[True, False, False]), [True, False])


# What is refused ----------------------------------------------------------------------------------

v, A = sd.vector("v", 0), sd.matrix("A", 2, 3)
i = sd.vector("i", "n", dtype="int")
REFUSED = [
    (lambda: sd.sum(x, axis=1), "axis 1 does not exist in `x` of shape (n,)"),
    (lambda: sd.max(A, axis=(0, -2)), "axis -2 is named twice for `A` of shape (2, 3)"),
    (
        lambda: sd.sum(x, dtype=float),
        "`sum` takes no dtype: the precision is that of the arrays given at each call; "
        "for integers as floats multiply by 1.0",
    ),
    (
        lambda: sd.parse("std(x, dtype='float32')", x="n"),
        "`std` takes no dtype: the precision is that of the arrays given at each call; "
        "for integers as floats multiply by 1.0\n  std(x, dtype='float32')\n  ^",
    ),
    (
        lambda: sd.sum(x, where=x),
        "`where` of `sum` must be a boolean expression, not `x`; "
        "compare with <, <=, >, >=, sd.equal or sd.not_equal",
    ),
    (
        lambda: sd.mean(x, where=sd.vector("b", "m", dtype="bool")),
        "`where` of `mean`, `b` of shape (m,), does not fit `x` of shape (n,)",
    ),
    (
        lambda: sd.max(x, where=x > 0),
        "`max` with where= needs initial=, which is the result where no entry takes part, "
        "such as initial=-inf",
    ),
    (
        lambda: sd.max(x, initial=y),
        "`initial` of `max` must be a scalar, not `y` of shape (n,)",
    ),
    (
        lambda: sd.min(i, initial=0.5),
        "`initial` of `min` is `0.5` of kind float, which does not fit `i` of kind int; "
        "multiply that by 1.0 first",
    ),
    (lambda: sd.max(v), "`max` of no entries is not defined: v has an empty axis"),
    (
        lambda: sd.argmax(A, axis=(0, 1)),
        "`argmax` searches along one axis of `A` of shape (2, 3), or with None all entries, "
        "not (0, 1)",
    ),
    (
        lambda: sd.var(x, ddof=1, correction=1),
        "`var` takes ddof or correction, which mean the same, not both",
    ),
    (
        lambda: sd.average(A, weights=sd.vector("w", 3)),
        "the weights of `average`, `w` of shape (3,), need the shape of `A` of shape (2, 3), "
        "or with axis= the sizes of those axes",
    ),
    (lambda: sd.cov(K), "`cov` needs vectors or matrices, not `K` of shape (2, n, 3)"),
    (
        lambda: sd.cumsum(A, axis=(0, 1)),
        "`cumsum` works along one axis of `A` of shape (2, 3), not (0, 1)",
    ),
    (
        lambda: sd.cumulative_sum(A),
        "`cumulative_sum` needs axis= for more than one axis, and at least one axis; "
        "it got `A` of shape (2, 3)",
    ),
    (
        lambda: sd.linear_recurrence(x, X),
        "`linear_recurrence` needs arrays of one shape, not `x` of shape (n,) and "
        "`X` of shape (n, m)",
    ),
    (lambda: sd.diff(x, n=1.5), "`diff` is taken n times, a whole number such as 2, not 1.5"),
    (
        lambda: sd.trapezoid(A, sd.vector("t", 2)),
        "the places `t` of shape (2,) of `trapezoid` do not fit `A` of shape (2, 3): give one for "
        "each of its 3 samples along axis 1",
    ),
    (
        lambda: sd.norm(A, 3),
        "`norm` of matrices knows the orders 'fro', 'nuc', 1, -1, 2, -2, inf and -inf, not 3; "
        "give one axis for the norms of vectors in `A` of shape (2, 3)",
    ),
    (
        lambda: sd.norm(x, "fro"),
        "the order of a norm of vectors is a number, not 'fro'; for a norm of matrices give two "
        "axes",
    ),
    (
        lambda: sd.norm(K, 1),
        "`norm` with an order is over one axis or two, not 3: give axis= for "
        "`K` of shape (2, n, 3)",
    ),
    (
        lambda: sd.logsumexp(x, 0, True),
        "the third argument of `logsumexp` is the weights `b`, not True; write keepdims=True by "
        "name",
    ),
    (
        lambda: sd.vecdot(x, sd.vector("z", "m")),
        "`vecdot` cannot multiply `x` of shape (n,) by `z` of shape (m,): "
        "size n differs from size m",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("make", "message"), REFUSED, ids=[m[:40] for _, m in REFUSED])
def test_refusals(make: Any, message: str) -> None:
    with pytest.raises(sd.SymdiffError) as caught:
        make()
    assert str(caught.value) == message


def test_sizes_that_are_too_small_are_refused() -> None:
    for expression, reason in (
        (sd.argmin(x), "`argmin` of no entries needs n >= 1, but n is 0"),
        (sd.max(sd.abs(x)), "`max` of no entries needs n >= 1, but n is 0"),
        (sd.logsumexp(x, b=y), "`logsumexp` of no entries needs n >= 1, but n is 0"),
    ):
        given = {str(variable): [] for variable in sd.inputs(expression)}
        with pytest.raises(sd.InputError) as caught:
            sd.evaluate(expression, **given)
        assert str(caught.value) == reason


def test_derivatives_of_counts() -> None:
    assert sd.text(sd.grad(x @ x * sd.argmax(x), x)) == "2*argmax(x)*x"
    for expression in (sd.norm(x, 0), 2.0 * sd.count_nonzero(x), 1.0 * sd.any(x)):
        with pytest.raises(sd.DerivativeError, match="has no derivative"):
            sd.grad(expression, x)


def test_a_maximum_is_compared_with_the_entries_that_it_was_taken_of() -> None:
    A = sd.matrix("A", "n", "m")
    gradient = sd.grad(sd.max(sd.einsum("ij,ij->j", A, A)), A)
    rng = np.random.default_rng(0)
    for _ in range(50):
        values = np.asfortranarray(rng.normal(size=(4, 3)))
        largest = np.argmax((values**2).sum(axis=0))
        for found in (sd.evaluate(gradient, A=values), sd.compile(gradient)(values)):
            np.testing.assert_allclose(found[:, largest], 2 * values[:, largest])
