"""Batches: expressions and functions for one case, mapped over many by rules."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from oracles import draw
from samples import SAMPLES, declared

import symdiff as sd
from symdiff.binding import size_names
from symdiff.dims import Dim, named, size_value
from symdiff.errors import ArgumentError, DerivativeError, ShapeError
from symdiff.node import intern, topological
from symdiff.ops.leaves import variable
from symdiff.ops.lowered import ADD_DIAGONAL

SIZES = {"n": 4, "m": 2}
"""Of the samples' axes, unlike the numbers of cases."""


# One case after the other, for comparison -------------------------------------------------------


Point = dict[str, Any]


def of_kind(values: Any, kind: str) -> Any:
    """Random numbers as they are, as whole numbers, or as their signs."""
    if kind in ("float", "complex"):
        return np.asarray(values, np.float64)
    return values > 0 if kind == "bool" else np.rint(values).astype(int)


def samples(names: list[str], most: int) -> Iterator[tuple[sd.Node, list[Point]]]:
    """The first samples of some ops or functions, each with three points."""
    for name in names:
        for sample in SAMPLES[name][:most]:
            node = sd.parse(sample.formula, **declared(sample))
            used = sd.inputs(node)
            shapes = {v.attrs[0]: [size_value(s, SIZES) for s in v.shape] for v in used}
            drawn = [
                draw(shapes, sample.low, sample.high, f"{sample.formula}{k}") for k in range(3)
            ]
            kinds = {v.attrs[0]: v.dtype for v in used}
            if used:
                yield node, [{k: of_kind(a, kinds[k]) for k, a in p.items()} for p in drawn]


def value(node: sd.Node, point: Point, **sizes: int) -> Any:
    """The value at a point, given the sizes that no variable tells."""
    known = {str(s) for v in sd.inputs(node) for s in v.shape if isinstance(s, Dim)}
    names = [name for name in size_names(topological([node])) if name not in known]
    here = {v.attrs[0]: point[v.attrs[0]] for v in sd.inputs(node)}
    return np.asarray(sd.evaluate(node, **here, **{s: {**SIZES, **sizes}[s] for s in names}))


def batch(points: list[Point], over: list[str], cases: int) -> Point:
    """The first cases of what is mapped, and the first value of what is not."""
    stacked = {name: np.stack([p[name] for p in points])[:cases] for name in over}
    return {**points[0], **stacked}


def assert_mapped(node: sd.Node, points: list[Point], over: list[str], cases: int = 3) -> None:
    """The mapped expression has the values of a loop."""
    found = value(sd.vmap(node, over, size="cases"), batch(points, over, cases), cases=cases)
    one = [value(node, {**points[0], **{k: p[k] for k in over}}) for p in points]
    expected = np.stack(one)[:cases]
    assert found.shape == expected.shape
    assert found.dtype.kind == expected.dtype.kind or not cases
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9, err_msg=f"{node} over {over}")


def each_and_all(node: sd.Node) -> list[list[str]]:
    """Each variable alone, and all of them."""
    names = [v.attrs[0] for v in sd.inputs(node)]
    return [[name] for name in names] + [names] * (len(names) > 1)


# Every op ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", range(6))
def test_every_op_is_mapped_as_a_loop_maps_it(part: int) -> None:
    for node, points in samples(list(SAMPLES)[part::6], most=1):
        assert_mapped(node, points, [v.attrs[0] for v in sd.inputs(node)])


def test_ops_of_many_forms_are_mapped_in_all_of_them() -> None:
    for node, points in samples(["contract", "gather", "scatter_add", "set_at", "set"], most=99):
        assert_mapped(node, points, [v.attrs[0] for v in sd.inputs(node)])


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLES)
def test_all_samples_are_mapped_over_each_variable_and_over_all(name: str) -> None:
    for node, points in samples([name], most=99):
        for over in each_and_all(node):
            for cases in (3, 1, 0):
                assert_mapped(node, points, over, cases)


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLES)
def test_every_op_is_mapped_over_any_of_its_arguments(name: str) -> None:
    for expression, points in samples([name], most=99):
        nodes = topological([expression])
        values = [[value(node, p) for node in nodes] for p in points]
        place = {node: k for k, node in enumerate(nodes)}
        for node in nodes:
            args = [
                arg
                if arg.op.name == "constant"  # some must be constants
                else variable(f"arg{k}", arg.shape, arg.dtype)
                for k, arg in enumerate(node.args)
            ]
            names = [arg.attrs[0] for arg in args if arg.op.name == "variable"]
            alone = intern(node.op, tuple(args), node.attrs)
            cases = [
                {f"arg{k}": of_args[place[arg]] for k, arg in enumerate(node.args)}
                for of_args in values
            ]
            for count in range(1, len(names) + 1):
                for over in combinations(names, count):
                    assert_mapped(alone, cases, list(over))


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLES)
def test_the_derivative_of_what_is_mapped_is_the_derivative_of_a_loop(name: str) -> None:
    for node, points in samples([name], most=99):
        over = [v.attrs[0] for v in sd.inputs(node)]
        wrt = [v for v in sd.inputs(node) if v.dtype == "float"]
        if node.dtype == "float" and wrt:
            one = sd.grad(sd.sum(sd.sin(node)), wrt)
            mapped = sd.vmap(node, over, size="cases")
            named = {v.attrs[0]: v for v in sd.inputs(mapped)}
            targets = [v for v in wrt if v.attrs[0] in named]
            found = sd.grad(sd.sum(sd.sin(mapped)), [named[v.attrs[0]] for v in targets])
            for x, gradient in zip(targets, found, strict=True):
                expected = np.stack([value(one[wrt.index(x)], p) for p in points])
                at = value(gradient, batch(points, over, 3), cases=3)
                np.testing.assert_allclose(at, expected, rtol=1e-6, atol=1e-8)


def test_ops_without_batches_in_numpy_have_arguments_for_each_case() -> None:
    """Quantiles, interpolation and places among sorted values, with all arguments mapped."""
    rng = np.random.default_rng(0)
    places = np.sort(rng.normal(size=(3, 5)), axis=1)
    at, heights = rng.normal(size=(3, 4)), rng.normal(size=(3, 5))
    at[:, 0], at[0, 1] = places[:, 2], np.nan
    at[1, 1], at[2, 1] = np.inf, -np.inf
    x, p, f = sd.vector("x", 4), sd.vector("p", 5), sd.vector("f", 5)
    formulas = [
        sd.interp(x, p, f),
        sd.searchsorted(p, x),
        sd.searchsorted(p, x, side="right"),
        sd.digitize(x, p),
        sd.digitize(x, p[::-1]),
        sd.digitize(x, p, right=True),
        sd.digitize(x, p[::-1], right=True),
    ]
    for node in formulas:
        points = [{"x": a, "p": b, "f": c} for a, b, c in zip(at, places, heights, strict=True)]
        assert_mapped(node, points, [v.attrs[0] for v in sd.inputs(node)])
    data = rng.normal(size=(3, 5))
    data[2, 3] = np.nan
    q = sd.vector("q", 3)
    for method in ("linear", "lower", "higher", "midpoint", "nearest"):
        node = sd.quantile(f, q, method=method)
        points = [
            {"f": row, "q": np.array([0.0, 0.3 + 0.2 * k, 1.0])} for k, row in enumerate(data)
        ]
        assert_mapped(node, points, ["f", "q"])


def test_a_derivative_at_a_point_of_an_interpolation_stays_the_mean_of_both_sides() -> None:
    x, p, f, q = sd.scalar("x"), sd.vector("p", 3), sd.vector("f", 3), sd.scalar("q")
    points = {"x": [1.0, 0.0, 1.5], "p": [[0.0, 1.0, 3.0]] * 3, "f": [[0.0, 1.0, 7.0]] * 3}
    points["q"] = [0.5, 0.5, 0.0]
    for node, wrt in ((sd.interp(x, p, f), [x, p, f]), (sd.quantile(f, q), [f, q])):
        one = sd.vmap(sd.grad(node, wrt), [v for v in (x, p, f, q) if v in sd.inputs(node)])
        mapped = sd.vmap(node, sd.inputs(node))
        rows = [v for x in wrt for v in sd.inputs(mapped) if v.attrs[0] == x.attrs[0]]
        given = {v.attrs[0]: points[v.attrs[0]] for v in rows}
        found = sd.evaluate(sd.grad(sd.sum(mapped), rows), **given)
        for a, b in zip(found, sd.evaluate(one, **given), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12)


# Closed forms -----------------------------------------------------------------------------------


def linear_model() -> tuple[sd.Node, sd.Node, sd.Node, sd.Node]:
    """The squared error of one example, and its variables x, w, y."""
    x, w, y = sd.vector("x", "d"), sd.vector("w", "d"), sd.scalar("y")
    return (x @ w - y) ** 2, x, w, y


def test_closed_forms() -> None:
    loss, x, w, y = linear_model()
    errors = sd.vmap(loss, [x, y], size="n")
    gradients = sd.vmap(sd.grad(loss, w), [x, y], size="n")
    assert (str(errors), errors.shape) == ("(x w − y)²", (named("n"),))
    assert str(gradients) == "2 diag(x w − y) x"
    assert str(sd.grad(sd.sum(errors), w)) == "2 xᵀ(x w − y)"
    assert sd.jacobian(errors, w) is gradients
    assert str(sd.vmap(sd.hessian(loss, w), x, size="n")) == '2 einsum("ij,ik->ijk", x, x)'
    assert last_line(gradients) == "return 2 * (x @ w - y)[:, None] * x"


def test_systems_of_a_batch_are_solved_together() -> None:
    A, b, B = sd.matrix("A", "k", "k"), sd.vector("b", "k"), sd.matrix("B", "k", "j")
    rng = np.random.default_rng(0)
    shapes = {"A": (3, 4, 4), "b": (3, 4), "B": (3, 4, 2)}
    stacks = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    points = [{name: stack[k] for name, stack in stacks.items()} for k in range(3)]
    lines = {
        sd.solve(A, b): "return np.linalg.solve(A, b[:, :, None])[:, :, 0]",
        sd.solve(A.T, b): (
            "return np.linalg.solve(np.transpose(A, (0, 2, 1)), b[:, :, None])[:, :, 0]"
        ),
        sd.solve(A, B).T: "return np.transpose(np.linalg.solve(A, B), (0, 2, 1))",
    }
    for node, line in lines.items():
        over = [v.attrs[0] for v in sd.inputs(node)]
        mapped = sd.vmap(node, over, size="n")
        assert last_line(mapped) == line
        expected = np.stack([value(node, point) for point in points])
        np.testing.assert_allclose(sd.compile(mapped)(**{k: stacks[k] for k in over}), expected)
    each_with_all = sd.vmap(sd.vmap(sd.solve(A, b), b, size="n"), A, size="m")
    assert last_line(each_with_all) == "return np.transpose(np.linalg.solve(A, b.T), (0, 2, 1))"
    assert last_line(sd.vmap(sd.solve(A, b), b, size="n")) == "return np.linalg.solve(A, b.T).T"


def last_line(node: sd.Node) -> str:
    """The last line of the emitted function."""
    return sd.emit(node, check=False).splitlines()[-1].strip()


def test_expressions_that_have_an_array_in_the_place_of_a_variable() -> None:
    a, b, X = sd.vector("a", "d"), sd.vector("b", "d"), sd.matrix("X", "n", "d")
    kernel = sd.exp(-sd.sum((a - b) ** 2))
    matrix = sd.vmap(sd.vmap(kernel, over={a: X}), over={b: X})
    assert str(matrix) == "exp(−sum((X − X[:, None])², axis=2))"
    points = np.random.default_rng(1).normal(size=(4, 3))
    distances = ((points[:, None] - points) ** 2).sum(axis=2)
    np.testing.assert_allclose(sd.evaluate(matrix, X=points), np.exp(-distances))
    assert str(sd.vmap(sd.sum(a * b), over={a * b: X})) == "sum(X, axis=1)"


def test_sizes_and_axes() -> None:
    loss, x, w, y = linear_model()
    X = sd.matrix("X", "n", "d")
    assert str(sd.vmap(loss, x).shape) == "(batch,)"
    assert sd.vmap(loss, x, size=3).shape == (3,)
    assert sd.vmap(loss, x, size=X.shape[1]).shape == (X.shape[1],)
    assert sd.vmap(loss, x, size=sd.size("n")) is sd.vmap(loss, "x", size="n")
    columns = sd.vmap(w * y, [w, y], size="n", axis=[1, 0], out_axis=-1)
    assert (str(sd.inputs(columns)[1].shape), str(columns.shape)) == ("(d, n)", "(d, n)")
    assert columns is sd.vmap(w * y, [w, y], size="n", axis={"w": -1}, out_axis=1)


def test_what_is_not_mapped_is_computed_once() -> None:
    _, x, w, y = linear_model()
    heavy = sd.sum(sd.exp(w))
    both = sd.vmap([heavy * y, heavy], y, size="n")
    assert [str(node) for node in both] == ["sum(exp(w)) y", "broadcast_to(sum(exp(w)), n)"]
    constant = sd.vmap(sd.grad(w @ w, w), [x, y], size="n")
    assert str(constant) == "broadcast_to(2 w, (n, d))"


def test_integers_conditions_and_complex_numbers_are_mapped() -> None:
    z, i, on = sd.vector("z", "d"), sd.scalar("i", dtype="int"), sd.scalar("on", dtype="bool")
    c = sd.vector("c", "d", dtype="complex")
    node = sd.where(on, z[i], sd.real(sd.sum(c)))
    mapped = sd.vmap(node, [z, i, on, c], size="n")
    Z = np.arange(6.0).reshape(2, 3)
    found = sd.evaluate(mapped, z=Z, i=[2, 0], on=[True, False], c=1j * Z + 1)
    np.testing.assert_array_equal(found, [2.0, 3.0])
    single = sd.evaluate(sd.vmap(z @ z, z), z=Z.astype(np.float32))
    assert single.dtype == np.float32


def test_a_chain_of_many_steps_is_mapped() -> None:
    x, w = sd.vector("x", "d"), sd.scalar("w")
    node = x
    for _ in range(700):
        node = sd.sin(node) * w
    assert str(sd.vmap(node, [x, w], size="n").shape) == "(n, d)"


def test_derivatives_of_mapped_expressions() -> None:
    loss, x, w, y = linear_model()
    X, Y, W, V = (np.random.default_rng(k).normal(size=s) for k, s in enumerate([(4, 3), 4, 3, 3]))
    model = sd.vmap(sd.sin(loss), [x, y], size="n")
    residual = X @ W - Y
    slopes = (np.cos(residual**2) * 2 * residual)[:, None] * X
    given = {"x": X, "y": Y, "w": W}
    np.testing.assert_allclose(sd.evaluate(sd.jacobian(model, w), **given), slopes)
    v = sd.vector("v", "d")
    np.testing.assert_allclose(sd.evaluate(sd.jvp(model, w, v), **given, v=V), slopes @ V)
    each = sd.vmap(sd.hessian(sd.sin(loss), w), [x, y], size="n")
    whole = sd.hessian(sd.sum(model), w)
    np.testing.assert_allclose(
        sd.evaluate(each, **given).sum(axis=0), sd.evaluate(whole, **given), atol=1e-12
    )


# Functions --------------------------------------------------------------------------------------


def test_functions_of_arrays_are_compiled_once_for_all_batches() -> None:
    def layer(p: dict[str, Any], x: Any, scale: float = 1.0) -> Any:
        return {"out": np.tanh(x @ p["W"] + p["b"]) * scale, "size": np.sum(x**2)}

    rng = np.random.default_rng(0)
    params, X = {"W": rng.normal(size=(3, 2)), "b": rng.normal(size=2)}, rng.normal(size=(5, 3))
    mapped = sd.vmap(layer, over="x")
    for rows in (X, X[:2], X[:0]):
        found = mapped(params, rows)
        np.testing.assert_allclose(found["out"], np.tanh(rows @ params["W"] + params["b"]))
        np.testing.assert_allclose(found["size"], (rows**2).sum(axis=1))
    assert mapped.traces == 1
    small = mapped({k: v.astype(np.float32) for k, v in params.items()}, X.astype(np.float32))
    assert small["out"].dtype == np.float32
    per_case = {"W": np.stack([params["W"]] * 5), "b": np.stack([params["b"]] * 5)}
    np.testing.assert_allclose(sd.vmap(layer)(per_case, X)["out"], mapped(params, X)["out"])
    np.testing.assert_allclose(
        sd.vmap(layer, axis=(None, 1))(params, X.T)["out"], mapped(params, X)["out"]
    )


def test_structures_of_axes() -> None:
    """As `in_axes` and `out_axes` are structures in JAX."""
    rng = np.random.default_rng(0)
    W, b, X = rng.normal(size=(3, 2)), rng.normal(size=(2, 5)), rng.normal(size=(5, 3))

    def layer(p: Any, x: Any) -> Any:
        z = x @ p["W"] + p["b"]
        return {"out": z, "pair": (np.outer(z, x), p["W"] * 2)}

    mapped = sd.vmap(
        layer,
        axis=({"b": 1, "W": None}, 0),
        out_axis={"out": 0, "pair": (-1, None)},
    )
    found = mapped({"W": W, "b": b}, X)
    np.testing.assert_allclose(found["out"], X @ W + b.T)
    expected = np.einsum("nk,nd->kdn", X @ W + b.T, X)
    np.testing.assert_allclose(found["pair"][0], expected)
    np.testing.assert_allclose(found["pair"][1], 2 * W)
    built = mapped({"W": sd.matrix("W", 3, 2), "b": sd.matrix("b", 2, "n")}, sd.matrix("X", "n", 3))
    assert str(built["out"]) == "X W + bᵀ"
    assert str(built["pair"][1]) == "W · 2"


def test_decorators_with_options() -> None:
    @sd.vmap(over="x", out_axis=1)
    def scaled(x: Any, w: Any) -> Any:
        """Each row by the same numbers."""
        return x * w

    X, w = np.arange(6.0).reshape(3, 2), np.array([1.0, 3.0])
    np.testing.assert_array_equal(scaled(X, w), (X * w).T)
    assert (scaled.__name__, scaled.__doc__) == ("scaled", "Each row by the same numbers.")

    class Model:
        weights = w

        @sd.vmap(over="x")
        def dot(self, x: Any) -> Any:
            return x @ self.weights

        @sd.vmap
        def all_of(self, x: Any) -> Any:
            return x @ self.weights

    np.testing.assert_array_equal(Model().dot(X), X @ w)
    assert refusal(Model().all_of, X).startswith("`self` has no cases: a constant must hold num")


def test_functions_of_expressions_build() -> None:
    A, B = sd.matrix("A", "n", "d"), sd.matrix("B", "m", "d")
    pairs = sd.vmap(sd.vmap(lambda a, b: np.sum((a - b) ** 2), over="a"), over="b")
    assert str(pairs(A, B)) == "sum((A − B[:, None])², axis=2)"
    nested = sd.vmap(lambda x: sd.vmap(lambda y: x @ y)(B))(A)
    assert str(nested.shape) == "(n, m)"
    point = {"A": np.eye(3, 2), "B": np.arange(8.0).reshape(4, 2)}
    np.testing.assert_allclose(sd.evaluate(nested, **point), point["A"] @ point["B"].T)


class Layer:
    """A function of rows that has weights."""

    def __init__(self, weights: Any) -> None:
        self.weights = weights

    def forward(self, x: Any, scale: Any) -> Any:
        """One row."""
        return np.tanh(x @ self.weights) * scale


def squared_length(x: Any) -> Any:
    """The sum of squares."""
    return np.sum(x**2)


def test_methods_decorators_and_pickles() -> None:
    layer, X = Layer(np.array([1.0, 2.0])), np.eye(3, 2)
    expected = np.tanh(X @ layer.weights) * 2.0
    np.testing.assert_allclose(sd.vmap(layer.forward, over=0)(X, 2.0), expected)
    np.testing.assert_allclose(sd.vmap(layer.forward)(X, np.full(3, 2.0)), expected)
    mapped = pickle.loads(pickle.dumps(sd.vmap(squared_length, axis=1)))
    np.testing.assert_allclose(mapped(X), [1.0, 1.0])
    rows = sd.vmap(sd.function(squared_length))
    assert str(rows(sd.matrix("X", "n", "d"))) == "sum(X², axis=1)"


def test_inside_a_mapped_function_others_build() -> None:
    B = np.arange(4.0).reshape(2, 2)
    outer = sd.vmap(lambda x: sd.vmap(lambda y: x @ y)(B))
    np.testing.assert_allclose(outer(np.eye(2)), B.T)
    found = outer(sd.matrix("A", "n", 2))
    np.testing.assert_allclose(sd.evaluate(found, A=np.eye(2)), B.T)


def test_gradients_of_examples_from_functions() -> None:
    def loss(w: Any, x: Any, y: Any) -> Any:
        return (np.tanh(x @ w) - y) ** 2

    X, w, y = np.random.default_rng(0).normal(size=(6, 3)), np.ones(3), np.zeros(6)
    gradients = sd.vmap(sd.grad_of(loss), over=["x", "y"])(w, X, y)
    t = np.tanh(X @ w)
    np.testing.assert_allclose(gradients, (2 * t * (1 - t**2))[:, None] * X)


def test_overridden_derivatives_stay_overridden() -> None:
    """Of what is mapped and of what is not, which receives from all cases."""
    x, w, c = sd.vector("x", "d"), sd.vector("w", "d"), sd.scalar("c")
    rules = {x: lambda g: g * c * sd.exp(x), w: lambda g: g * w}
    clipped = sd.custom_gradient(sd.round(x) * w, rules, name="clipped")
    X, W = np.random.default_rng(0).normal(size=(2, 5, 3))
    point: dict[str, Any] = {"x": X, "w": W[0], "c": np.arange(5.0)}
    one = sd.grad(sd.sum(sd.sin(clipped)), [x, w, c])
    cases = [{"x": row, "w": W[0], "c": point["c"][k]} for k, row in enumerate(X)]
    loop = [[value(gradient, case) for gradient in one] for case in cases]
    y = sd.vmap(clipped, [x, c], size="n")
    assert str(y) == "clipped(x, w)"
    named = {v.attrs[0]: v for v in sd.inputs(y)}
    rows, v, k = named["x"], named["w"], named["c"]
    found = sd.evaluate(sd.grad(sd.sum(sd.sin(y)), [rows, v, k]), **point)
    np.testing.assert_allclose(found[0], [each[0] for each in loop])
    np.testing.assert_allclose(found[1], np.sum([each[1] for each in loop], axis=0))
    assert not np.any(found[2])
    twice = sd.vmap(sd.vmap(clipped, x, size="n"), w, size="m")
    of_both = [v for v in sd.inputs(twice) if v.ndim == 2]
    found = sd.evaluate(sd.grad(sd.sum(twice), of_both), x=X, w=W, c=2.0)
    np.testing.assert_allclose(found[0], 5 * 2.0 * np.exp(X))
    np.testing.assert_allclose(found[1], 5 * W)
    jacobian = sd.evaluate(sd.jacobian(y, v), w=W[0], n=5)
    np.testing.assert_allclose(jacobian, [np.diag(W[0])] * 5)


# Refusals ---------------------------------------------------------------------------------------


def refusal(f: Any, *args: Any, **named: Any) -> str:
    """What is said, without the line of the test that follows."""
    with pytest.raises((ArgumentError, ShapeError)) as caught:
        f(*args, **named)
    return str(caught.value).partition("\n")[0]


def test_what_does_not_fit_an_expression_is_refused() -> None:
    loss, x, w, y = linear_model()
    X = sd.matrix("X", "n", "k")
    listed = "its variables are x, w, y"
    nothing = f"there is nothing to map: say over which variables, such as over=[…]; {listed}"
    assert refusal(sd.vmap, loss, []) == refusal(sd.vmap, loss) == nothing
    assert refusal(sd.vmap, loss, "z") == f"the expression has no 'z'; {listed}"
    near = "the expression has no 'W'; did you mean 'w'? "
    assert refusal(sd.vmap, loss, "W") == near + listed
    assert refusal(sd.vmap, loss, 3) == f"over= names variables, not 3; {listed}"
    assert refusal(sd.vmap, loss, [x, "x"]) == "`x` is mapped twice; name it once"
    assert refusal(sd.vmap, loss, sd.exp(x)) == f"`exp(x)` is not in the expression; {listed}"
    other = "the expression has `x` of shape (d,), not `x` of shape (k,)"
    assert refusal(sd.vmap, loss, sd.vector("x", "k")) == other
    assert refusal(sd.vmap, loss, x, size="d") == (
        "the size d is in the expression already, and would mean two things; choose another name "
        'for the batch, such as size="n", or pass the size itself, such as X.shape[0], if it is '
        "the same"
    )
    taken = "'y' is a variable; choose another name for the batch"
    assert refusal(sd.vmap, loss, x, size="y") == taken
    axis = "axis 2 does not exist in a batch of `x` of shape (d,)"
    assert refusal(sd.vmap, loss, x, axis=2) == axis
    axis = "axis 1 does not exist in a batch of `(x @ w - y)**2` of shape ()"
    assert refusal(sd.vmap, loss, x, out_axis=1) == axis
    entries = "axis= needs one entry for each of 2 that are mapped, not 1"
    assert refusal(sd.vmap, loss, [x, y], axis=[0]) == entries
    named = "axis= names 'w', which is not mapped"
    assert refusal(sd.vmap, loss, [x, y], axis={"w": 1}) == named
    assert refusal(sd.vmap, loss, {x: "n", y: "m"}) == (
        "what is mapped together needs equally many cases, but `x` has n and `y` has m"
    )
    assert refusal(sd.vmap, loss, {x: X}) == (
        "cases of `x` of shape (d,) along axis 0 need an array of shape (…, d), "
        "not `X` of shape (n, k)"
    )
    assert refusal(sd.vmap, loss, {y: sd.vector("c", "n", dtype="complex")}) == (
        "`y` is of kind float, and `c` of kind complex cannot hold its cases"
    )
    assert refusal(sd.vmap, loss, {x @ w: "n"}) == (
        "`x @ w` is no variable, so it needs an array of its cases: over={expression: array}"
    )
    what = "vmap maps an expression, a list of these or a function, not 3"
    assert refusal(sd.vmap, 3, x) == what


def test_what_does_not_fit_a_function_is_refused() -> None:
    def f(x: Any, w: Any) -> Any:
        return np.sum(x * w)

    ones = np.ones(3)
    assert refusal(sd.vmap, f, "X") == "`f` has no parameter 'X'; did you mean 'x'? it has x, w"
    assert refusal(sd.vmap, f, 2) == "`f` has no parameter 2; it has x, w"
    assert refusal(sd.vmap, f, ["x", 0]) == "the parameter 'x' is mapped twice; name it once"
    size = "a function finds the size of a batch in its arguments; leave out size="
    assert refusal(sd.vmap, f, size="n") == size
    unnamed = "`max` does not tell its parameters; write a function of your own that calls it"
    assert refusal(sd.vmap, max) == unnamed
    counts = "what is mapped together needs equally many cases, but `x` has 3 and `w` has 4"
    assert refusal(sd.vmap(f), ones, np.ones(4)) == counts
    assert refusal(sd.vmap(f), ones, 2.0) == (
        "`w` is a scalar and has no cases; name in over= what is to be mapped, "
        "or give it the axis None"
    )
    assert refusal(sd.vmap(sd.sum), [1.0, 2.0]) == (
        "`x_0` is a scalar and has no cases; name in over= what is to be mapped, "
        "or give it the axis None, or make an array of the list"
    )
    assert refusal(sd.vmap(f), ones, "w") == (
        "`w` has no cases: expected an expression, a number or an array, not 'w'; "
        "name in over= what is to be mapped"
    )
    nothing = "there is nothing to map in this call of `f`"
    assert refusal(sd.vmap(f, axis=None), ones, ones) == nothing
    assert (
        refusal(sd.vmap(f, axis=1), ones, ones) == "axis 1 does not exist in `x`, whose rank is 1"
    )
    assert refusal(sd.vmap, f, (None, 0)) == (
        "over= names the parameters of `f` that are mapped, not None; axes, as JAX has them in "
        "in_axes, are given by axis=(None, 0)"
    )
    parts = "axes are given for the parts v of `x`, which has w"
    assert refusal(sd.vmap(f, axis=({"v": 0}, None)), {"w": ones}, 1.0) == parts
    parts = "axes are given for the parts 0, 1 of `the result`, which has no parts"
    assert refusal(sd.vmap(f, out_axis=(0, 1)), ones, ones) == parts
    constant = "`x[i]*w[i]` is not the same for all cases, so it needs an axis"
    assert refusal(sd.vmap(f, out_axis=None), ones, ones) == constant
    missing = "`f`: missing a required argument: 'w'"
    assert refusal(sd.vmap(f), ones) == missing
    assert refusal(sd.vmap(lambda x: None), ones) == (
        "`<lambda>` returns None; a function must return what it computes"
    )


def test_the_gradient_by_the_variable_of_one_case_is_refused() -> None:
    loss, x, w, y = linear_model()
    total = sd.sum(sd.vmap(loss, [x, y], size="n"))
    with pytest.raises(DerivativeError) as caught:
        sd.grad(total, x)
    assert str(caught.value) == (
        "the target has `x` of shape (n, d) and kind float, not `x` of shape (d,) and kind float; "
        "sd.inputs(target) has its variables"
    )
    assert str(sd.grad(total, [w, sd.scalar("z")])[1]) == "0.0"


def test_an_op_without_a_rule_is_refused() -> None:
    a, d = sd.matrix("A", "n", "n"), sd.vector("d", "n")
    written = sd.sin(intern(ADD_DIAGONAL, (a, d), False))
    assert refusal(sd.vmap, written, d) == (
        "`add_diagonal` declares no rule for batches, so sd.vmap cannot map "
        "`add_diagonal(A, d)`; map what stands before and behind it, or write what it does in "
        "other ops"
    )
