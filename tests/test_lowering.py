"""The passes of lowering: each fires, leaves values as they are, and can be left out by name."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.node import topological
from symdiff.ops.leaves import variable
from symdiff.rewrite.lowering import PASSES, SPELLED_OUT, lower
from symdiff.rewrite.simplify import simplify

SIZES = {"n": 7, "m": 3, "k": 4, "d": 5, "b": 2}
VARIABLES = {
    **{"X": "n d", "Y": "n d", "mu": "k d", "Q": "k m d", "A": "b n d", "B": "b d m", "P": "n k m"},
    **{"R": "n k", "S": "d d", "w": "d", "y": "n", "z": "n", "t": "n", "u": "k", "lam": ""},
    **{"T": "n d", "W": "d m", "c": "m"},
}
FIRES = {
    "masks": ["where(y > 0, log(y), 0)*sqrt(y); sum(where(y > 1, y, 0)/y)"],
    "common factors": [
        "log(X**2+1)*cos(X)*exp(X); tanh(X)*X*log(X**2+1); sin(X)*cos(X)*tanh(X)*log(X**2+1)"
    ],
    "shared norms": ["normalized(z); norm(z)"],
    "solving": ["inv(S + 9*eye(d)) @ w"],
    "numbers at the source": [
        "(X.T @ exp(Y @ W))/n + 0*lam; (Y.T @ exp(Y @ W))/n; sum(exp(Y @ W), axis=0)/n",
    ],
    "half of a symmetric product": [
        "X.T @ diag(exp(y)) @ X",
        "X.T @ diag(exp(y)) @ X/n",
        "3*(X.T @ (exp(-z)[:, None]*(X*y[:, None]**2)))",
        "X @ diag(exp(w)) @ X.T",
    ],
    "outer sums multiplied apart": [
        "(X[:, None] - mu) @ w",
        "einsum('kij,nkj->nki', Q, X[:, None] - mu)",
        "einsum('kij,nkj->nki', Q, X[:, None] + mu)",
        "einsum('nk,nkj->kj', R, X[:, None] - mu)",
        "einsum('nki,nkj->kij', P, X[:, None] - mu)",
    ],
    "memory order": ["transpose(P, (1, 0, 2))*R.T[:, :, None]"],
    "products summed": ["exp(P*R[:, :, None]); einsum('nkm,nk->km', P, R)"],
    "matrix products": [
        "einsum('nd,kmd->nkm', X, Q)",
        "einsum('nkm,nd->kmd', P, X)",
        "einsum('nkm,kmd->nkd', P, Q)",
        "einsum('kmd,kd->km', Q, mu)",
        "einsum('kmd,km->kd', Q, einsum('kmd->km', Q))",
        "einsum('nkm,nkm->nk', P, P)",
        "einsum('nkm,nkm->n', P, exp(P))",
        "einsum('nk,kmd->nmd', R, Q)",
        "einsum('bnd,bdm->nbm', A, B)",
        "einsum('bnd,bem->nbmde', A, B)",
        "einsum('nd,km->nkdm', X, einsum('kmd->km', Q))",
        "einsum('bnd,bdm,nk->bkm', A, B, R)",
        "einsum('kmd,n->knmd', Q, y)",
        "einsum('bnd,n->bd', A, y)",
    ],
    "softmaxes shared": [
        "logsumexp(z); softmax(z)",
        "logsumexp(X, axis=1); softmax(X, axis=1); log_softmax(X, axis=1)",
        "logsumexp(P, axis=(0, 2)); log_softmax(P, axis=(0, 2))",
        "softmax(z) - t",
        "1 - softmax(X, axis=0)",
    ],
    "exponentials shared": [
        "softplus(z)",
        "softplus(-z) + softplus(z)",
        "softplus(-z) + sigmoid(z)",
        "sigmoid(z)*sigmoid(-z)",
        "softplus(z); sigmoid(z) - t",
        "sigmoid(-z); sigmoid(-z) - t",
    ],
    "powers multiplied": [*(f"z**{k}" for k in (3, 4, 5, 6, 7, 8)), "z**-4", "z**-3", "y**1.5",
                          "y**-0.5", "y**-2.5"],
    "steps by sign": ["heaviside(z, 0.5)"],
    "several results of one call": ["eigvalsh(S)*sum(eigh_vectors(S)**4, axis=0)"],
    "sums as known": ["y*exp(sin(y)) + y + sin(y) + cos(y) + tan(y) + exp(y) + tanh(y) + cbrt(y)"],
    "in place": ["S @ S.T + diag(w)"],
}  # fmt: skip
CASES = [(name, formula) for name, formulas in FIRES.items() for formula in formulas]


def read(formulas: str) -> list[sd.Node]:
    return simplify([sd.parse(each, **VARIABLES) for each in formulas.split("; ")])


def drawn(rng: np.random.Generator, dtype: type = np.float64) -> dict[str, Any]:
    shapes = {name: [SIZES[s] for s in shape.split()] for name, shape in VARIABLES.items()}
    values = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    values["y"] = np.abs(values["y"])
    return {name: np.asarray(value, dtype) for name, value in values.items()}


def computed(nodes: list[sd.Node], values: dict[str, Any]) -> list[Any]:
    given = {v.attrs[0]: values[v.attrs[0]] for v in sd.inputs(*nodes)}
    found = [sd.evaluate(node, **_needed(node, given)) for node in nodes]
    return [np.asarray(each) for each in found]


def _needed(node: sd.Node, given: dict[str, Any]) -> dict[str, Any]:
    known = {v.attrs[0] for v in sd.inputs(node)}
    told = {str(s) for v in sd.inputs(node) for s in v.shape}
    sizes = {s for s in SIZES if s not in told and s in sd.cost(node).sizes}
    return {name: given[name] for name in known} | {s: SIZES[s] for s in sizes}


def test_every_pass_is_tried() -> None:
    assert set(FIRES) == {each.name for each in PASSES} > SPELLED_OUT


@pytest.mark.parametrize(("name", "formulas"), CASES, ids=[f"{n}: {f}" for n, f in CASES])
def test_a_pass_changes_the_graph_and_no_value(name: str, formulas: str) -> None:
    nodes = read(formulas)
    others = [each.name for each in PASSES if each.name != name]
    with_it, without_it = lower(nodes, without=others), lower(nodes, without=[*others, name])
    assert with_it != without_it
    assert [node.shape for node in with_it] == [node.shape for node in nodes]
    rng = np.random.default_rng(11)
    for dtype, rtol in ((np.float64, 1e-12), (np.float32, 2e-4)):
        values = drawn(rng, dtype)
        f, g = sd.compile(nodes), lower(nodes)
        for found, right in zip(computed(with_it, values), computed(nodes, values), strict=True):
            np.testing.assert_allclose(found, right, rtol=rtol, atol=rtol)
            assert found.dtype == right.dtype
        given = {key: values[key] if key in values else SIZES[key] for key in f.inputs}
        for found, right in zip(f(**given), computed(nodes, values), strict=True):
            np.testing.assert_allclose(found, right, rtol=rtol, atol=rtol)
        assert [node.shape for node in g] == [node.shape for node in nodes]


@pytest.mark.parametrize(("name", "formulas"), CASES, ids=[f"{n}: {f}" for n, f in CASES])
def test_lowering_again_changes_no_value(name: str, formulas: str) -> None:
    once = lower(read(formulas))
    values = drawn(np.random.default_rng(12))
    for each in PASSES:
        for found, right in zip(
            computed(each.apply(once), values), computed(once, values), strict=True
        ):
            np.testing.assert_allclose(found, right, rtol=1e-12, atol=1e-12)


EXTREME = [0.0, -0.0, 1e-300, -1e-300, 5e-324, 1e300, -1e300, 800.0, -800.0, 40.0, -40.0,
           np.inf, -np.inf, np.nan]  # fmt: skip


@pytest.mark.parametrize(
    "formula",
    ["softplus(z)", "softplus(z) + 0*sigmoid(z)", "sigmoid(z)*sigmoid(-z)", "sigmoid(z) - t",
     "sigmoid(-z); sigmoid(z); softplus(-z)", "heaviside(z, 0.5)"],
)  # fmt: skip
def test_extremes_stay(formula: str) -> None:
    """Overflow warns nobody, infinities have their limits, and NaN stays NaN."""
    nodes = read(formula)
    z = np.array(EXTREME)
    values = {"z": z, "t": np.resize([0.0, 1.0], z.size)}
    f = sd.compile(nodes, inputs=[v for n in nodes for v in sd.inputs(n)][:2] or None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = f(**{name: values[name] for name in f.inputs})
    for each, node in zip(found, nodes, strict=True):
        names = {v.attrs[0] for v in sd.inputs(node)}
        right = sd.evaluate(node, **{name: values[name] for name in names})
        np.testing.assert_allclose(each, right, rtol=1e-14, atol=0)


def test_infinite_entries_of_a_softmax_family_stay() -> None:
    X = sd.matrix("X", "n", "d")
    nodes = [sd.logsumexp(X, axis=1), sd.softmax(X, axis=1), sd.log_softmax(X, axis=1)]
    inf = np.inf
    x = np.array([[0, 1, -inf], [-inf] * 3, [inf, 0, 1], [np.nan, 0, 1], [1e300, 0, -1e300]])
    with np.errstate(all="ignore"):
        together = sd.compile(nodes)(x)
        alone = [sd.compile(node)(x) for node in nodes]
    for found, right in zip(together, alone, strict=True):
        np.testing.assert_array_equal(found, right)


def test_shares_near_one_lack_little_to_all_digits() -> None:
    """With weights in 1e-40 … 1: what the largest share lacks is the sum of the others."""
    from mpmath import mp, mpf

    z, t = sd.vector("z", "n"), sd.vector("t", "n")
    f = sd.compile([sd.softmax(z) - t, 1 - sd.softmax(z)], inputs=[z, t])
    with mp.workdps(60):
        for spread in (0.1, 3.0, 40.0, 90.0):
            points = np.array([0.0, spread, -spread / 3, spread / 2])
            exact = [mp.exp(mpf(float(x))) for x in points]
            shares = [e / sum(exact) for e in exact]
            target = np.array([0.0, 1.0, 0.0, 0.0])
            residual, lack = f(points, target)
            for k in range(4):
                wanted = shares[k] - mpf(target[k])
                assert abs((mpf(float(residual[k])) - wanted) / wanted) < 1e-14
                assert abs((mpf(float(lack[k])) - (1 - shares[k])) / (1 - shares[k])) < 1e-14


# Outer differences ------------------------------------------------------------------------------


def gaussians() -> tuple[list[sd.Node], list[sd.Node]]:
    X, mu, Q = sd.matrix("X", "n", "d"), sd.matrix("mu", "k", "d"), sd.tensor("Q", "k", "d", "d")
    z = sd.einsum("kij,nkj->nki", Q, X[:, None] - mu)
    loss = sd.sum(sd.logsumexp(-0.5 * sd.sum(z**2, axis=2), axis=1))
    return [loss, *sd.grad(loss, [mu, Q])], [X, mu, Q]


def test_a_mixture_of_gaussians_builds_no_differences() -> None:
    outputs, inputs = gaussians()
    source = sd.compile(outputs, inputs=inputs).source
    assert "einsum" not in source and "X[:, None] - mu" not in source
    assert ".reshape((d * k, d)).T" in source


@pytest.mark.parametrize("offset", [0.0, 1e3, 1e6, -1e9])
def test_digits_depend_on_the_spread_of_the_data_not_on_where_it_lies(offset: float) -> None:
    outputs, inputs = gaussians()
    f = sd.compile(outputs, inputs=inputs)
    rng = np.random.default_rng(2)
    x, mu, q = rng.normal(size=(20, 3)), rng.normal(size=(4, 3)), rng.normal(size=(4, 3, 3))
    x, mu = x + offset - offset, mu + offset - offset  # so that the moved ones are exact
    here, there = f(x, mu, q), f(x + offset, mu + offset, q)
    for found, right in zip(there, here, strict=True):
        np.testing.assert_allclose(found, right, rtol=1e-11, atol=1e-12)


def test_an_infinite_row_spoils_its_own_results_alone() -> None:
    X, mu, w = sd.matrix("X", "n", "d"), sd.matrix("mu", "k", "d"), sd.vector("w", "d")
    f = sd.compile((X[:, None] - mu) @ w, inputs=[X, mu, w])
    x, m, v = np.ones((3, 2)), np.zeros((2, 2)), np.array([1.0, 2.0])
    for spoiled in (np.inf, -np.inf, np.nan):
        moved = x.copy()
        moved[1, 0] = spoiled
        np.testing.assert_array_equal(f(moved, m, v), (moved[:, None] - m) @ v)
        moved = m.copy()
        moved[1, 0] = spoiled
        np.testing.assert_array_equal(f(x, moved, v), (x[:, None] - moved) @ v)


@pytest.mark.parametrize(
    "formula",
    [
        "sum((X[:, None] - mu)**2, axis=2)",  # squares of the differences themselves
        "einsum('nki,ij,nkj->nk', X[:, None] - mu, S, X[:, None] - mu)",  # could become negative
        "(X[:, None] - mu) @ w + sum(exp(X[:, None] - mu), axis=2)",  # needed anyway
        "(X - Y) @ w",  # nothing is stretched
        "(X - w) @ W",  # one term is as large as the difference
    ],
)
def test_differences_that_stay(formula: str) -> None:
    (node,) = read(formula)
    lowered = lower([node])
    assert not any(part.op.name == "centre" for part in topological(lowered))


@pytest.mark.parametrize("empty", ["n", "k", "d"])
def test_empty_axes(empty: str) -> None:
    _, inputs = gaussians()
    node = sd.einsum("kij,nkj->nki", inputs[2], inputs[0][:, None] - inputs[1])
    f = sd.compile([node, sd.exp(node)], inputs=inputs)
    sizes = {"n": 3, "k": 4, "d": 2, empty: 0}
    given = [np.ones([sizes[str(s)] for s in v.shape]) for v in inputs]
    assert f(*given)[0].shape == (sizes["n"], sizes["k"], sizes["d"])


# Symmetric products -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "loss",
    [
        "sum(softplus(X @ w) - y*(X @ w))",
        "sum(softplus(-y*(X @ w)))",
        "mean(log(1 + exp(-y*(X @ w)))) + lam*sum(w**2)/2",
        "-sum(y*log(sigmoid(X @ w)) + (1 - y)*log(1 - sigmoid(X @ w)))",
        "-mean(y*log(sigmoid(X @ w)) + (1 - y)*log(1 - sigmoid(X @ w))) + lam*sum(w**2)",
        "sum(exp(z)*softplus(-y*(X @ w)))",
        "sum(exp(X @ w) - y*(X @ w))",
        "sum(z**2*softplus(X @ w))",
    ],
)
def test_hessians_that_blas_computes_half_of(loss: str) -> None:
    w = sd.vector("w", "d")
    hessian = sd.hessian(sd.parse(loss, **{**VARIABLES, "w": w}), w)
    source = sd.compile(hessian).source
    assert "np.sqrt(" in source and source.count("[:, None] * X") == 1


def test_weights_of_unknown_sign_have_no_root() -> None:
    w = sd.vector("w", "d")
    loss = sd.parse("sum(z*softplus(-y*(X @ w)))", **{**VARIABLES, "w": w})
    assert "np.sqrt(" not in sd.compile(sd.hessian(loss, w)).source


# Numbers ----------------------------------------------------------------------------------------

MASK, ROWS, V = (variable(n, s, k) for n, s, k in (
    ("mask", ("d",), "bool"), ("X", ("n", "d"), "float"), ("v", ("d",), "float")))  # fmt: skip
SCALED = {
    "booleans": -(MASK * ROWS),
    "booleans by an array": -(MASK / ROWS),
    "outer product with booleans": -sd.einsum("i,j->ij", MASK, V),
    "booleans alone": -sd.einsum("i,j->ij", MASK, sd.where(MASK, 1, 2)),
    "twice booleans": 2 * sd.einsum("i,j->ij", MASK, V),
    "a unit matrix by a row": 3 * (sd.eye("d") / V),
    "a unit matrix by a column": -(sd.eye("d") / V[:, None]),
}


@pytest.mark.parametrize("without", [[], ["simplify"]], ids=["simplified", "raw"])
@pytest.mark.parametrize("name", SCALED)
def test_a_number_scales_what_it_may(name: str, without: list[str]) -> None:
    """Not booleans, which have no negative, nor the array by which a unit matrix is divided."""
    f = sd.compile(SCALED[name], without=without)
    mask, row, rows = np.array([True, False, True]), np.array([1.0, 2, 4]), np.arange(1.0, 7)
    given = {"mask": mask, "v": row, "X": rows.reshape(2, 3)}
    expected = {
        "booleans": -(mask * given["X"]),
        "booleans by an array": -(mask / given["X"]),
        "outer product with booleans": -np.outer(mask, row),
        "booleans alone": -np.outer(mask, np.where(mask, 1, 2)),
        "twice booleans": 2 * np.outer(mask, row),
        "a unit matrix by a row": 3 * np.diag(1 / row),
        "a unit matrix by a column": -np.diag(1 / row),
    }[name]
    np.testing.assert_array_equal(f(**{key: given[key] for key in f.inputs}), expected)


def test_the_gradients_of_a_mean_are_divided_once() -> None:
    x, T = sd.matrix("x", "b", "i"), sd.matrix("T", "b", "o")
    V, W = sd.matrix("V", "i", "h"), sd.matrix("W", "h", "o")
    loss = sd.mean(sd.sum((sd.tanh(x @ V) @ W - T) ** 2, axis=1))
    source = sd.emit([loss, *sd.grad(loss, [V, W])])
    body = source[source.index("    t1 =") :]
    assert body.count("2 / dtype.type(b)") == 1 and body.count("/ b") == 1


def test_numbers_stay_where_moving_them_saves_nothing() -> None:
    A, B, r = sd.matrix("A", 2, 500), sd.matrix("B", 2, 500), sd.exp(sd.matrix("r", 500, 90))
    (first, second) = lower([A @ r / 3, B @ r / 3], without=["in place"])
    assert first.op.name == second.op.name == "divide"
