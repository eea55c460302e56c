"""Linear maps: structures by name, and everything they compute against the dense matrix."""

from __future__ import annotations

import functools
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from graphs import VARIABLES, point, targets
from hypothesis import given, settings
from hypothesis import strategies as st

import symdiff as sd
from symdiff.binding import size_names
from symdiff.codegen import point_map
from symdiff.dims import product
from symdiff.node import Node, topological
from symdiff.rewrite.lowering import lower

SIZES = [{"n": 7, "d": 3, "m": 4, "k": 2}, {"n": 9, "d": 5, "m": 6, "k": 4}]

HESSIANS: list[tuple[str, str, dict[str, str], str]] = [
    ("a @ x", "x", {"a": "n", "x": "n"}, "zero"),
    ("sum(X @ w) * t", "w", {"X": "n d", "w": "d", "t": ""}, "zero"),
    ("sum(x**2)", "x", {"x": "n"}, "scaled identity"),
    ("exp(s)*vdot(X, X)", "X", {"X": "n d", "s": ""}, "scaled identity"),
    ("sin(t)*t**2", "t", {"t": ""}, "scaled identity"),
    ("sum(exp(x)) + lam*sum(x**2)", "x", {"x": "n", "lam": ""}, "diagonal"),
    ("sum(exp(X)*Y)", "X", {"X": "n d", "Y": "n d"}, "diagonal"),
    ("sum(sin(X) @ w)", "X", {"X": "n d", "w": "d"}, "diagonal"),
    ("exp(a @ x)", "x", {"a": "n", "x": "n"}, "low rank"),
    ("(a @ x)**2*c + (b @ x)**3", "x", {"a": "n", "b": "n", "x": "n", "c": ""}, "low rank"),
    ("sum(x)**2", "x", {"x": "n"}, "low rank"),
    ("sum(x**2)**2", "x", {"x": "n"}, "low rank plus diagonal"),
    ("norm(x)**3", "x", {"x": "n"}, "low rank plus diagonal"),
    ("logsumexp(x) + sum(x**2)", "x", {"x": "n"}, "low rank plus diagonal"),
    ("(a @ x)**2 + (b @ x)**2 + sum(x**4)", "x", {"a": "n", "b": "n", "x": "n"},
     "low rank plus diagonal"),
    ("sum((X @ w)**4) + (a @ w)**2 + sum(w**2)", "w", {"X": "2 d", "a": "d", "w": "d"},
     "low rank plus diagonal"),
    ("sum(X**2)**2 + vdot(A, X)**2", "X", {"X": "n d", "A": "n d"}, "low rank plus diagonal"),
    ("sum((X @ w - y)**2)", "w", {"X": "n d", "w": "d", "y": "n"}, "Gram"),
    ("sum(softplus(-y*(X @ w)))/n", "w", {"X": "n d", "w": "d", "y": "n"}, "Gram"),
    ("sum(exp(A @ X @ w))", "w", {"X": "n d", "w": "d", "A": "m n"}, "Gram"),
    ("sum((X @ w)**3)", "w", {"X": "n d", "w": "d"}, "Gram"),
    ("sum((X @ w - y)**2) + lam*sum(w**2)", "w", {"X": "n d", "w": "d", "y": "n", "lam": ""},
     "Gram plus diagonal"),
    ("sum(softplus(-y*(X @ w))) + sum(exp(Z @ w)) + sum(w**4)", "w",
     {"X": "n d", "Z": "m d", "w": "d", "y": "n"}, "Gram plus diagonal"),
    ("sum((U @ V.T - A)**2)", "U", {"U": "n k", "V": "m k", "A": "n m"}, "Kronecker"),
    ("sum((U @ V.T - A)**2) + lam*sum(V**2)", "V", {"U": "n k", "V": "m k", "A": "n m", "lam": ""},
     "Kronecker"),
    ("sum((A @ X @ B)**2)*3", "X", {"A": "n d", "X": "d k", "B": "k m"}, "Kronecker"),
    ("sum((A @ X @ B)**2)*sum(A)", "X", {"A": "n d", "X": "d k", "B": "k m"}, "Kronecker"),
    ("sum(logsumexp(X, axis=1)) + sum(X**2)", "X", {"X": "n d"}, "block diagonal"),
    ("sum(sum(X*s, axis=0)**3) + sum(X**2)", "X", {"X": "n d", "s": "n d"}, "block diagonal"),
    ("x @ A @ x", "x", {"A": "n n", "x": "n"}, "dense"),
    ("logsumexp(X @ w) + sum(w**2)", "w", {"X": "n d", "w": "d"}, "dense"),
    ("prod(x)", "x", {"x": "n"}, "dense"),
    ("sum((x[1:] - x[:-1])**2) + sum(x**2)", "x", {"x": "n"}, "dense"),
    ("logabsdet(A + 9*eye(k))", "A", {"A": "k k"}, "dense"),
    ("sum(tanh(tanh(X @ W) @ z))", "W", {"X": "n d", "W": "d k", "z": "k"}, "dense"),
]  # fmt: skip
REFUSED = ("zero", "low rank")


def parsed(formula: str, shapes: dict[str, str]) -> tuple[Node, dict[str, Node]]:
    """The formula and its variables by name."""
    e = sd.parse(formula, **shapes)
    return e, {v.attrs[0]: v for v in sd.inputs(e)}


def values_for(e: Node, sizes: dict[str, int], seed: int, dtype: Any = float) -> dict[str, Any]:
    """Random values for the variables."""
    rng = np.random.default_rng(seed)
    shapes = {v.attrs[0]: [sizes.get(str(s), s) for s in v.shape] for v in sd.inputs(e)}
    return {name: rng.uniform(0.5, 1.5, shape).astype(dtype) for name, shape in shapes.items()}


def differences(gradient: sd.Compiled, x: str, values: dict[str, Any]) -> Any:
    """The Hessian by central differences of the gradient."""
    flat = np.ravel(values[x])
    columns = []
    for k in range(flat.size):
        moved = [flat.copy(), flat.copy()]
        moved[0][k] -= 1e-6
        moved[1][k] += 1e-6
        at = [{**values, x: np.reshape(each, np.shape(values[x]))} for each in moved]
        low, high = (np.ravel(gradient(**{n: v[n] for n in gradient.inputs})) for v in at)
        columns.append((high - low) / 2e-6)
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("sizes", SIZES, ids=["small", "larger"])
@pytest.mark.parametrize(("formula", "x", "shapes", "structure"), HESSIANS)
def test_hessians(
    formula: str, x: str, shapes: dict[str, str], structure: str, sizes: dict[str, int]
) -> None:
    f, names = parsed(formula, shapes)
    H = sd.hessian(f, names[x], form="operator")
    assert H.structure == structure
    assert H.dense is sd.hessian(f, names[x])
    values = values_for(f, sizes, 1)
    P = H.at(**values)
    dense = P.dense()
    gradient = sd.compile(sd.grad(f, names[x]), inputs=sd.inputs(f))
    assert np.allclose(dense, differences(gradient, x, values), rtol=1e-5, atol=1e-5)
    check_numbers(H, P, dense)
    check_expressions(H, names[x], values, dense)


def check_numbers(H: sd.LinearMap, P: Any, dense: Any) -> None:
    """The map at a point against its matrix."""
    rows, columns = dense.shape
    assert P.shape == dense.shape
    rng = np.random.default_rng(2)
    v, u = rng.normal(size=columns), rng.normal(size=rows)
    close = {"rtol": 1e-9, "atol": 1e-9}
    assert np.allclose(P.matvec(v), dense @ v, **close)
    assert np.allclose(P.rmatvec(u), dense.T @ u, **close)
    assert np.allclose(P @ v, dense @ v, **close)
    assert np.allclose(P @ np.stack([v, 2 * v], axis=1), dense @ np.stack([v, 2 * v], axis=1))
    assert np.allclose(P.matvec(v[:, None]), (dense @ v)[:, None], **close)
    assert np.allclose(P.diagonal(), np.diag(dense), **close)
    if H.structure in REFUSED:
        with pytest.raises(sd.StructureError):
            P.solve(u)
    else:
        assert np.allclose(P.solve(u), np.linalg.solve(dense, u), rtol=1e-6, atol=1e-8)


def check_expressions(H: sd.LinearMap, x: Node, values: dict[str, Any], dense: Any) -> None:
    """The expressions against the matrix."""
    shape = np.shape(values[x.attrs[0]])
    v = np.random.default_rng(3).normal(size=shape)
    expected = {
        "matvec": (dense @ v.ravel()),
        "rmatvec": (dense.T @ v.ravel()),
        "diagonal": np.diag(dense),
    }
    if H.structure not in REFUSED:
        expected["solve"] = np.linalg.solve(dense, v.ravel())
    for name, wanted in expected.items():
        e = getattr(H, name)()
        assert e.shape == x.shape
        taken = {"matvec": "v", "rmatvec": "u", "solve": "b"}.get(name)
        known = {**values, **({H.vectors[taken][0].attrs[0]: v} if taken else {})}
        known |= dict(zip(map(str, x.shape), shape, strict=True))
        used = {n.attrs[0] for n in sd.inputs(e)} | {str(s) for s in x.shape}
        told = {n: known[n] for n in used if n in known}
        free = {str(s) for node in topological([e]) for s in node.shape}
        told = {n: a for n, a in told.items() if n in free or not isinstance(a, int)}
        found = sd.evaluate(e, **told)
        assert np.allclose(np.ravel(found), wanted, rtol=1e-6, atol=1e-8), name


# Jacobians --------------------------------------------------------------------------------------

JACOBIANS = [
    ("exp(x)", "x", {"x": "n"}, "diagonal"),
    ("3*X", "X", {"X": "n d"}, "scaled identity"),
    ("y + 0*x", "x", {"x": "n", "y": "n"}, "zero"),
    ("a * (b @ x)", "x", {"a": "n", "b": "d", "x": "d"}, "low rank"),
    ("x * (b @ x)", "x", {"b": "n", "x": "n"}, "low rank plus diagonal"),
    ("A @ X @ B", "X", {"A": "n d", "X": "d k", "B": "k m"}, "Kronecker"),
    ("X @ B", "X", {"X": "n k", "B": "k m"}, "Kronecker"),
    ("softmax(X, axis=1)", "X", {"X": "n d"}, "block diagonal"),
    ("X.T @ (s * (X @ w))", "w", {"X": "n d", "w": "d", "s": "n"}, "Gram"),
    ("X @ w", "w", {"X": "n d", "w": "d"}, "dense"),
    ("tanh(X @ w)", "w", {"X": "n d", "w": "d"}, "dense"),
    ("X.T", "X", {"X": "n d"}, "dense"),
    ("sum(X, axis=1)", "X", {"X": "n d"}, "dense"),
    ("logsumexp(x)", "x", {"x": "n"}, "low rank"),
]


@pytest.mark.parametrize("sizes", SIZES, ids=["small", "larger"])
@pytest.mark.parametrize(("formula", "x", "shapes", "structure"), JACOBIANS)
def test_jacobians(
    formula: str, x: str, shapes: dict[str, str], structure: str, sizes: dict[str, int]
) -> None:
    y, names = parsed(formula, shapes)
    if x not in names:  # parsing may drop what does not matter
        names[x] = sd.tensor(x, *shapes[x].split())
    J = sd.jacobian(y, names[x], form="operator")
    assert J.structure == structure
    values = values_for(y + 0 * sd.sum(names[x]), sizes, 1)
    P = J.at(**values)
    dense = P.dense()
    exact = sd.jacobian(y, names[x], mode="reverse")
    held = {n: values[n] for n in (v.attrs[0] for v in sd.inputs(exact))}
    free = {str(s) for node in topological([exact]) for s in node.shape} & set(sizes)
    told = {str(s) for v in sd.inputs(exact) for s in v.shape}
    expected = sd.evaluate(exact, **held, **{s: sizes[s] for s in free - told})
    assert np.allclose(dense, np.reshape(expected, dense.shape))
    rng = np.random.default_rng(2)
    v, u = rng.normal(size=dense.shape[1]), rng.normal(size=dense.shape[0])
    assert np.allclose(P.matvec(v), dense @ v)
    assert np.allclose(P.rmatvec(u), dense.T @ u)
    if J.targets[0].shape != J.wrt[0].shape:
        for refused in (P.diagonal, J.diagonal, J.solve, lambda: P.solve(u)):
            with pytest.raises(sd.StructureError, match="only a square map has"):
                refused()
    elif structure not in (*REFUSED, "dense"):
        assert np.allclose(P.diagonal(), np.diag(dense))


def test_jacobians_by_a_list() -> None:
    X, w = sd.matrix("X", "n", "d"), sd.vector("w", "d")
    by_X, by_w = sd.jacobian(X @ w, [X, w], form="operator")
    assert by_X.shape == (X @ w).shape + X.shape
    assert by_w.dense is X


# Lists of variables -----------------------------------------------------------------------------

TABLES = [
    ("sum(exp(w)) + (a @ x)**2 + sum(x**4)", "block diagonal"),
    ("sum((Y @ w - x)**2) + sum(w**4) + sum(x**2)", "dense"),
    ("sum(exp(w))*sum(x**2) + b**2", "dense"),
    ("sum((Y*w)**2) + b**4 + sum(x**2)", "block diagonal"),
]


@pytest.mark.parametrize("sizes", SIZES, ids=["small", "larger"])
@pytest.mark.parametrize(("formula", "structure"), TABLES)
def test_tables(formula: str, structure: str, sizes: dict[str, int]) -> None:
    f, names = parsed(formula, {"w": "d", "x": "n", "a": "n", "Y": "n d", "b": ""})
    wanted = [names[name] for name in ("w", "x", "b") if name in names]
    H = sd.hessian(f, wanted, form="operator")
    assert H.structure == structure
    assert H.dense == sd.hessian(f, wanted)
    values = values_for(f, sizes, 4)
    P = H.at(**values)
    dense = P.dense()
    gradients = sd.compile(sd.grad(f, wanted), inputs=sd.inputs(f))

    def flat(parts: Any) -> Any:
        return np.concatenate([np.ravel(part) for part in parts])

    steps = np.eye(len(dense)) * 1e-6
    ends = np.cumsum([np.size(values[v.attrs[0]]) for v in wanted])[:-1]

    def gradient_at(step: Any) -> Any:
        moved = dict(values)
        for v, part in zip(wanted, np.split(step, ends), strict=True):
            moved[v.attrs[0]] = values[v.attrs[0]] + part.reshape(np.shape(values[v.attrs[0]]))
        return flat(gradients(**{n: moved[n] for n in gradients.inputs}))

    columns = [(gradient_at(s) - gradient_at(-s)) / 2e-6 for s in steps]
    assert np.allclose(dense, np.stack(columns, axis=1), rtol=1e-5, atol=1e-5)
    b = np.random.default_rng(5).normal(size=len(dense))
    assert np.allclose(P.matvec(b), dense @ b)
    assert np.allclose(P.rmatvec(b), dense @ b)
    assert np.allclose(P.diagonal(), np.diag(dense))
    assert np.allclose(P.solve(b), np.linalg.solve(dense, b))
    parts = dict(zip((v.attrs[0] for v in H.vectors["v"]), np.split(b, ends), strict=True))
    parts = {k: p.reshape(np.shape(values[w.attrs[0]]))
             for (k, p), w in zip(parts.items(), wanted, strict=True)}  # fmt: skip
    compiled = sd.compile(H.matvec())
    found = compiled(**{n: {**values, **parts}[n] for n in compiled.inputs})
    assert np.allclose(flat(found), dense @ b)
    if structure == "dense":
        with pytest.raises(sd.StructureError, match="is not zero; solve with one matrix"):
            H.solve()
    else:
        assert [z.shape for z in H.solve()] == [v.shape for v in wanted]


# What is said, and in which names ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "x", "shapes", "text"),
    [
        ("sum((X @ w - y)**2)", "w", {"X": "n d", "w": "d", "y": "n"},
         "<Hessian by w of shape (d, d): Gram, 2 Xᵀ X>"),
        ("sum(softplus(-y*(X @ w)))", "w", {"X": "n d", "w": "d", "y": "n"},
         "<Hessian by w of shape (d, d): Gram, Xᵀ diag(s) X>"),
        ("sum(softplus(-s*(X @ w))) + lam*sum(w**2)", "w",
         {"X": "n d", "w": "d", "s": "n", "lam": ""},
         "<Hessian by w of shape (d, d): Gram plus diagonal, Xᵀ diag(s1) X + 2 lam I>"),
        ("sum((U @ V.T - A)**2)", "U", {"U": "n k", "V": "m k", "A": "n m"},
         "<Hessian by U of shape (n, k, n, k): Kronecker, 2 (I ⊗ Vᵀ V)>"),
        ("logsumexp(x)", "x", {"x": "n"},
         "<Hessian by x of shape (n, n): low rank plus diagonal, "
         "diag(softmax(x)) − softmax(x) softmax(x)ᵀ>"),
        ("sum(exp(X))", "X", {"X": "n d"}, "<Hessian by X of shape (n, d, n, d): diagonal>"),
        ("sin(t)", "t", {"t": ""}, "<Hessian by t of shape (): scaled identity, −sin(t)>"),
        ("x @ A @ x", "x", {"A": "n n", "x": "n"},
         "<Hessian by x of shape (n, n): dense, A + Aᵀ>"),
    ],
)  # fmt: skip
def test_printed(formula: str, x: str, shapes: dict[str, str], text: str) -> None:
    f, names = parsed(formula, shapes)
    H = sd.hessian(f, names[x], form="operator")
    assert str(H) == repr(H) == text


def test_expressions_in_closed_form() -> None:
    x, c = sd.vector("x", "n"), sd.scalar("c")
    H = sd.hessian(sd.sum(x**3), x, form="operator")
    assert [str(H.matvec()), str(H.diagonal()), str(H.solve())] == ["6 v ⊙ x", "6 x", "b/(6 x)"]
    assert H @ x is H.matvec(x)
    assert str(sd.grad(sd.sum(H.solve(x * c)), c)) == "n/6"


def test_new_names_do_not_clash() -> None:
    v, b = sd.vector("v", "b"), sd.vector("v1", "b")
    H = sd.hessian(sd.sum((v + b) ** 2), v, form="operator")
    assert [v.attrs[0] for key in "vub" for v in H.vectors[key]] == ["v2", "u", "b1"]
    listed = sd.hessian(sd.sum(v**2 * b), [v, b], form="operator")
    assert [v.attrs[0] for v in listed.vectors["v"]] == ["v2", "v3"]


def test_arrays_where_sizes_are_numbers() -> None:
    x = sd.vector("x", 2)
    H = sd.hessian(sd.sum(x**3), x, form="operator")
    assert sd.evaluate(H @ np.array([1.0, 2.0]), x=[3.0, 4.0]).tolist() == [18.0, 48.0]


# At a point ---------------------------------------------------------------------------------------


def logistic() -> tuple[sd.LinearMap, Node]:
    """The Hessian of a logistic regression."""
    f, names = parsed("sum(softplus(-y*(X @ w)))", {"X": "n d", "w": "d", "y": "n"})
    return sd.hessian(f, names["w"], form="operator"), f


@pytest.mark.parametrize(("formula", "x", "shapes", "structure"), HESSIANS)
def test_float32_stays(formula: str, x: str, shapes: dict[str, str], structure: str) -> None:
    f, names = parsed(formula, shapes)
    P = sd.hessian(f, names[x], form="operator").at(**values_for(f, SIZES[0], 6, np.float32))
    v = np.ones(P.shape[1], np.float32)
    assert P.dtype == np.float32
    found = [P.matvec(v), P.rmatvec(v), P.diagonal(), P.dense(), P.matvec(v.astype(int))]
    if structure not in (*REFUSED, "dense"):
        found.append(P.solve(v))
    assert {a.dtype for a in found} == {np.dtype(np.float32)}


@pytest.mark.parametrize(("formula", "x", "shapes", "structure"), HESSIANS)
def test_empty(formula: str, x: str, shapes: dict[str, str], structure: str) -> None:
    f, names = parsed(formula, shapes)
    H = sd.hessian(f, names[x], form="operator")
    P = H.at(**values_for(f, dict.fromkeys("ndmk", 0), 6))
    nothing = np.zeros(P.shape[1])
    needs_entries = any(word in formula for word in ("logsumexp", "[1:]"))
    if not nothing.size and not needs_entries:
        assert P.matvec(nothing).shape == P.diagonal().shape == (0,)
        assert P.dense().shape == (0, 0)


def test_what_does_not_depend_on_the_vector_is_computed_once() -> None:
    H, f = logistic()
    steps = H._functions.of_vector("matvec", H.vectors["v"])
    assert steps.first is not None
    assert "exp" in steps.first.source + "sigmoid"
    assert "sigmoid" not in steps.second.source
    assert steps.second.inputs == ("X", "part1", "v")
    values = values_for(f, SIZES[0], 7)
    P = H.at(**values)
    calls = []
    first = steps.first

    @functools.wraps(first)
    def counted(*args, **named):
        calls.append(1)
        return first(*args, **named)

    object.__setattr__(steps, "first", counted)
    for _ in range(3):
        P.matvec(np.ones(3))
    H.at(**values).matvec(np.ones(3))
    assert len(calls) == 2


def test_functions_are_compiled_once() -> None:
    H, f = logistic()
    first = H._functions.of_vector("matvec", H.vectors["v"])
    for seed in range(2):
        H.at(**values_for(f, SIZES[seed], seed)).matvec(np.ones(SIZES[seed]["d"]))
    assert H._functions.of_vector("matvec", H.vectors["v"]) is first


@pytest.mark.parametrize(("formula", "x", "shapes", "structure"), HESSIANS)
def test_products_and_diagonals_build_no_matrix(
    formula: str, x: str, shapes: dict[str, str], structure: str
) -> None:
    f, names = parsed(formula, shapes)
    H = sd.hessian(f, names[x], form="operator")
    if not names[x].ndim or formula == "prod(x)":  # whose derivative leaves each entry out in turn
        return
    expressions = [H.matvec(), H.rmatvec()]
    if structure != "dense":
        expressions += [H.diagonal(), *H.products(H.vectors["v"])]
    size = product(H.shape)
    for node in topological([*expressions, *lower(expressions)]):
        given_or_view = not node.args or node.op.view(node)
        assert given_or_view or product(node.shape) != size


def test_memory() -> None:
    H, f = logistic()
    P = H.at(**values_for(f, {"n": 50, "d": 2000}, 8))
    v = np.ones(2000)
    P.matvec(v)
    tracemalloc.start()
    P.matvec(v)
    P.diagonal()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2000 * 2000 * 8 / 4


def test_zeros_on_the_diagonal_are_no_obstacle() -> None:
    f, names = parsed("(a @ x)**2 + sum(x**4)", {"a": "n", "x": "n"})
    H = sd.hessian(f, names["x"], form="operator")
    P = H.at(a=[1.0, 2.0], x=[0.0, 1.0])
    assert np.allclose(P.dense() @ P.solve([1.0, 2.0]), [1.0, 2.0])
    with pytest.raises(sd.InputError, match=r"Singular|singular"):
        H.at(a=[1.0, 2.0], x=[0.0, 0.0]).solve([1.0, 2.0])


def test_a_singular_matrix_is_not_solved() -> None:
    f, names = parsed("logsumexp(x)", {"x": "n"})
    H = sd.hessian(f, names["x"], form="operator")
    for n in (1, 2, 3, 5, 10):
        with pytest.raises(sd.SymdiffError):
            H.at(x=np.linspace(0.1, 1.3, n)).solve(np.arange(n) + 1.0)
    f, names = parsed("log(sum(exp(x)))", {"x": "n"})
    with pytest.raises(sd.StructureError, match="singular for all values"):
        sd.hessian(f, names["x"], form="operator").solve()


# SciPy --------------------------------------------------------------------------------------------


def test_scipy() -> None:
    linalg = pytest.importorskip("scipy.sparse.linalg")
    H, f = logistic()
    P = H.at(**values_for(f, SIZES[1], 9))
    dense = P.dense()
    assert isinstance(P, linalg.LinearOperator)
    assert linalg.aslinearoperator(P) is P
    b = np.arange(5.0)
    found, failed = linalg.cg(P, b, rtol=1e-12)
    assert not failed
    assert np.allclose(found, np.linalg.solve(dense, b), rtol=1e-5)
    assert np.allclose((P + 2 * P).matvec(b), 3 * dense @ b)
    assert np.allclose(P.T @ b, dense.T @ b)
    assert np.allclose(P @ np.eye(5), dense)
    assert np.allclose((P @ P) @ b, dense @ dense @ b)


@pytest.mark.parametrize("method", ["Newton-CG", "trust-constr"])
def test_minimize(method: str) -> None:
    optimize = pytest.importorskip("scipy.optimize")
    shapes = {"X": "n d", "w": "d", "y": "n"}
    f, names = parsed("sum(softplus(-y*(X @ w))) + sum(w**2)", shapes)
    H = sd.hessian(f, names["w"], form="operator")
    value = sd.compile([f, sd.grad(f, names["w"])])
    data = {n: a for n, a in values_for(f, SIZES[1], 10).items() if n != "w"}
    second: dict[str, Callable[..., Any]] = (
        {"hessp": lambda w, p: H.at(data_by_node(names, data), w=w).matvec(p)}
        if method == "Newton-CG"
        else {"hess": lambda w: H.at(**data, w=w)}
    )
    found = optimize.minimize(
        lambda w: value(**data, w=w), np.zeros(5), jac=True, method=method, **second
    )
    assert np.linalg.norm(value(**data, w=found.x)[1]) < 1e-3


def data_by_node(names: dict[str, Node], data: dict[str, Any]) -> dict[Node, Any]:
    """The same values, by variable."""
    return {names[n]: a for n, a in data.items()}


@pytest.fixture
def no_scipy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if SciPy were not installed."""
    monkeypatch.setitem(sys.modules, "scipy.sparse.linalg", None)
    point_map._class_of_maps.cache_clear()
    yield
    point_map._class_of_maps.cache_clear()


@pytest.mark.usefixtures("no_scipy")
def test_without_scipy() -> None:
    H, f = logistic()
    P = H.at(**values_for(f, SIZES[1], 9))
    dense = P.dense()
    assert type(P).__mro__[1] is point_map.PointMap
    check_numbers(H, P, dense)
    assert (P @ np.zeros((5, 0))).shape == (5, 0)


# Random graphs ------------------------------------------------------------------------------------


@given(targets(6), st.data(), st.integers(0, 2**16))
@settings(max_examples=60)
def test_products_agree_with_hvp(target: Node, data: st.DataObject, seed: int) -> None:
    x = data.draw(st.sampled_from([v for v in VARIABLES if v in sd.inputs(target)] or VARIABLES))
    try:
        H = sd.hessian(target, x, form="operator")
    except sd.DerivativeError:
        return
    values = point({"n": 3, "m": 2}, seed)
    v = np.random.default_rng(seed).normal(size=np.shape(values[x.attrs[0]]))
    known = {n.attrs[0]: values[n.attrs[0]] for n in {*sd.inputs(target), x}}
    order = topological([target, x])
    free = {str(s) for node in order for s in node.shape} & {"n", "m"} | {*size_names(order)}
    told = {str(s) for n in {*sd.inputs(target), x} for s in n.shape}
    P = H.at(**known, **{name: {"n": 3, "m": 2}[name] for name in free - told})
    dense = P.dense()
    scale = 1e-9 * (1 + np.abs(dense).max(initial=0.0))
    assert np.allclose(P.matvec(v.ravel()), dense @ v.ravel(), rtol=1e-8, atol=scale)
    assert np.allclose(P.rmatvec(v.ravel()), dense.T @ v.ravel(), rtol=1e-8, atol=scale)
    assert np.allclose(P.diagonal(), np.diag(dense), rtol=1e-8, atol=scale)
    product_by_hvp = sd.hvp(target, x, H.vectors["v"][0])
    e = product_by_hvp + 0 * (sd.sum(x) + sd.sum(H.vectors["v"][0]))
    compiled = sd.compile(e, inputs=list(dict.fromkeys([*sd.inputs(target), x, *H.vectors["v"]])))
    sizes = {"n": 3, "m": 2}
    arguments = {**values, **sizes, H.vectors["v"][0].attrs[0]: v}
    found = compiled(**{name: arguments[name] for name in compiled.inputs})
    assert np.allclose(P.matvec(v.ravel()), np.ravel(found), rtol=1e-8, atol=scale)


# Errors -------------------------------------------------------------------------------------------


def test_errors() -> None:
    f, names = parsed("sum(exp(X @ w))", {"X": "n d", "w": "d"})
    w, X = names["w"], names["X"]
    H = sd.hessian(f, w, form="operator")
    with pytest.raises(sd.ArgumentError, match="form must be one of 'dense', 'operator', not 'op'"):
        sd.hessian(f, w, form="op")
    with pytest.raises(sd.ArgumentError, match="form must be one of"):
        sd.jacobian(X @ w, w, form="op")
    with pytest.raises(sd.ArgumentError, match="an operator has no layout"):
        sd.jacobian(X @ w, w, layout="numerator", form="operator")
    with pytest.raises(sd.ShapeError, match=r"needs a vector of the shape of `w` of shape \(d,\)"):
        H.matvec(sd.vector("v", "n"))
    with pytest.raises(sd.ArgumentError, match="for a list of 2 variables, give a list of arrays"):
        sd.hessian(f, [w, X], form="operator").matvec(w)
    with pytest.raises(sd.InputError, match="no value for w"):
        H.at(X=np.ones((2, 3)))
    with pytest.raises(sd.InputError, match="'z' is not an input; the inputs are: X, w, n, d"):
        H.at(X=np.ones((2, 3)), z=1)
    with pytest.raises(sd.InputError, match="size d is 3 from axis 1 of X, but 2 from axis 0 of w"):
        H.at(X=np.ones((2, 3)), w=np.ones(2))
    with pytest.raises(sd.ArgumentError, match=r"values are given by variable \(X, w\), not by"):
        H.at({X @ w: np.ones(2)})
    P = H.at(X=np.ones((2, 3)), w=np.ones(3))
    with pytest.raises(sd.InputError, match=r"v must have shape \(3,\), not \(2,\)"):
        P.matvec(np.ones(2))
    with pytest.raises(sd.InputError, match="Singular matrix"):
        P.solve(np.ones(3))
    x = sd.vector("x", "n")
    with pytest.raises(sd.InputError, match="no array tells the size n; give it by name"):
        sd.hessian(sd.sum(x**2), x, form="operator").at()
    assert sd.hessian(sd.sum(x**2), x, form="operator").at(n=2).matvec([1, 2]).tolist() == [2, 4]
    with pytest.raises(sd.StructureError, match=r"is of low rank \(an outer product\)"):
        sd.hessian(sd.exp(sd.sum(x)), x, form="operator").solve()
    with pytest.raises(sd.StructureError, match="a matrix of zeros has no inverse"):
        sd.hessian(sd.sum(x), x, form="operator").solve()
