"""The ways in together: each with what the others make, and with all that reads expressions."""

import pickle

import numpy as np
import pytest

import symdiff as sd
from symdiff.rewrite.engine import replaced

a, b = sd.scalar("a"), sd.scalar("b")
x, y = sd.vector("x", "n"), sd.vector("y", "n")


def equation_within_another():
    """A solution whose equation has another, both of scalars."""
    E, F = sd.scalar("E"), sd.scalar("F")
    inner = sd.solve_for(F - a * sd.sin(F) * 0.5 - E, F, start=E)
    return sd.solve_for(E - inner * 0.3 - a, E, start=a)


def test_equations_within_equations_keep_their_unknowns_apart():
    whole = equation_within_another()
    mapped = sd.vmap(whole, over=a, size="k")
    many = np.array([0.7, 0.77])
    expected = [sd.evaluate(whole, a=each) for each in many]
    np.testing.assert_allclose(sd.evaluate(mapped, a=many), expected, rtol=1e-14)
    moved = replaced([whole], {a: b * b})[0]
    np.testing.assert_allclose(sd.evaluate(moved, b=0.7**0.5), expected[0], rtol=1e-14)
    slopes = sd.vmap(sd.grad(whole, a), over=a, size="k")
    measured = (sd.evaluate(mapped, a=many + 1e-6) - sd.evaluate(mapped, a=many - 1e-6)) / 2e-6
    np.testing.assert_allclose(sd.evaluate(slopes, a=many), measured, rtol=1e-8)


def kepler():
    """Kepler's equation for a vector of anomalies."""
    z = sd.vector("z", "n")
    return sd.solve_for(z - a * sd.sin(z) - x, z, start=x)


def test_variables_of_equations_stay_in_them_where_an_argument_is_stretched():
    mapped = sd.vmap(kepler(), over=a, size="k")
    assert [v.attrs[0] for v in sd.inputs(mapped)] == ["x", "a"]
    values = sd.evaluate(mapped, a=[0.1, 0.6], x=[1.0, 2.0, 3.0])
    expected = [sd.evaluate(kepler(), a=each, x=[1.0, 2.0, 3.0]) for each in (0.1, 0.6)]
    np.testing.assert_allclose(values, expected, rtol=1e-14)


@pytest.mark.filterwarnings("error")
def test_derivations_measure_real_solutions_by_real_numbers():
    """A solution of a real unknown is no analytic function that the complex step could measure."""
    told = sd.explain(sd.sum(kepler() * y), [x, a])
    assert "solve_for" in told.text


def test_overridden_derivatives_are_mapped_with_their_rules():
    X, w = sd.matrix("X", "n", "d"), sd.vector("w", "d")
    rules = {X: lambda g: 2 * sd.outer(g, w), w: lambda g: 3 * (X.T @ g)}
    loss = sd.sum(sd.custom_gradient(X @ w, rules, name="lin") ** 2)
    mapped = sd.vmap(loss, over=X, size="k")
    assert sd.text(mapped) == "sum(lin(X, w)**2, axis=1)"
    many = sd.inputs(mapped)[0]
    rng = np.random.default_rng(0)
    data = {many: rng.normal(size=(5, 4, 3)), w: rng.normal(size=3)}
    by_w, by_X = sd.evaluate(sd.grad(sd.sum(mapped), [w, many]), data)
    each = sd.evaluate(sd.vmap(sd.grad(loss, w), over=X, size="k"), data)
    expected = [6 * one.T @ (one @ data[w]) for one in data[many]]
    np.testing.assert_allclose(each, expected)
    np.testing.assert_allclose(by_w, sum(expected))
    np.testing.assert_allclose(by_X, [4 * np.outer(one @ data[w], data[w]) for one in data[many]])


def test_definitions_that_are_not_elementwise_are_mapped_by_their_formula():
    energy = sd.define("energy(M, v)", "v @ (M @ v)")
    M, v = sd.matrix("M", "n", "n"), sd.vector("v", "n")
    mapped = sd.vmap(sd.grad(energy(M, v), v), over=v, size="k")
    rng = np.random.default_rng(0)
    matrix, many = rng.normal(size=(3, 3)), rng.normal(size=(4, 3))
    np.testing.assert_allclose(sd.evaluate(mapped, M=matrix, v=many), many @ (matrix + matrix.T))


def test_documents_carry_functions_inside_equations_and_inside_functions():
    sd.define("twice(u)", "2*u")
    bump = sd.op("bump(u)", "twice(u) + tanh(u)")
    z = sd.vector("z", "n")
    root = sd.solve_for(bump(z) - a * x, z, start=x)
    solved = sd.define("solved(M)", "solve_for(z=M, twice(z) + z**3 - M)")
    nodes = [sd.grad(sd.sum(root), a), solved(x)]
    document = sd.to_json(nodes)
    assert list(sd.from_json(document)) == nodes
    for name in ("twice", "bump", "solved"):
        sd.forget(name)
    again = sd.from_json(document)
    assert [sd.text(node) for node in again] == [sd.text(node) for node in nodes]
    data = {"a": 0.5, "x": [0.3, 0.6]}
    for old, new in zip(nodes, again, strict=True):
        given = {v: data[v.attrs[0]] for v in sd.inputs(old)}
        np.testing.assert_array_equal(sd.evaluate(new, given), sd.evaluate(old, given))


def test_pickles_name_ops_whose_rules_no_module_has():
    kept = sd.op("kept(v)", numpy=np.copy, shape="(n) -> (n)", cotangent=lambda g, v: g)
    shaped = sd.op("shaped(v)", numpy=np.copy, shape=lambda v: v.shape)
    halved = sd.define("halved(v)", lambda v: v / 2 + 0 * sd.sum(v))
    nodes = [kept(x), shaped(x), halved(x), sd.grad(sd.sum(kept(x) * halved(x)), x)]
    data = pickle.dumps(nodes)
    assert pickle.loads(data) == nodes
    sd.forget("halved")
    with pytest.raises(sd.ArgumentError) as error:
        pickle.loads(data)
    assert str(error.value) == (
        "the pickle has the op `halved(v)`, whose function no module has by name; declare it with "
        "sd.op or sd.define before the pickle is read"
    )


def test_functions_of_users_are_functions_to_decorators():
    bell = sd.op("bell(u)", "exp(-u**2)")
    cubed = sd.op("cubed(v)", numpy=lambda v: v**3, derivative="3*v**2")
    points = np.array([0.1, 0.4])
    slope = -2 * points * np.exp(-(points**2))
    assert sd.function(cubed)(2.0) == 8.0
    np.testing.assert_allclose(sd.grad_of(bell)(0.4), slope[1])
    np.testing.assert_allclose(sd.vmap(sd.grad_of(bell))(points), slope)
    np.testing.assert_allclose(sd.vmap(cubed)(points), points**3)
    applied = sd.value_and_grad(lambda f, v: np.sum(f(v)), argnums=1)
    np.testing.assert_allclose(applied(bell, points)[1], slope)
    np.testing.assert_allclose(applied(cubed, points)[1], 3 * points**2)
    np.testing.assert_allclose(applied(sd.function(np.tan), points)[1], 1 / np.cos(points) ** 2)


def test_a_function_declared_anew_is_new_where_functions_find_it():
    sd.op("wavy(x)", "sin(x)")
    waves = sd.function(lambda x: sd.wavy(x))
    assert waves(0.5) == np.sin(0.5)
    sd.op("wavy(x)", "cos(x)")
    assert (waves(0.5), waves.traces) == (np.cos(0.5), 2)


def test_solutions_are_differentiated_within_decorated_functions():
    def anomaly(M, e):
        E = sd.scalar("E")
        return sd.solve_for(E - e * np.sin(E) - M, E, start=M)

    by_M, by_e = sd.grad_of(anomaly, argnums=(0, 1))(0.5, 0.3)
    E = sd.function(anomaly)(0.5, 0.3)
    np.testing.assert_allclose(E - 0.3 * np.sin(E), 0.5)
    np.testing.assert_allclose([by_M, by_e], np.array([1, np.sin(E)]) / (1 - 0.3 * np.cos(E)))
    many = sd.vmap(sd.grad_of(anomaly), axis=(0, None))(np.array([0.5, 0.9]), 0.3)
    np.testing.assert_allclose(many[0], by_M)


def pattern(y, wrt, **sizes):
    """Which entries of the Jacobian may be other than zero."""
    return sd.sparsity(y, wrt, **sizes).astype(int).toarray().tolist()


def test_patterns_are_tight_where_each_entry_stands_alone():
    z, c = sd.vector("z", "n"), sd.vector("c", "n")
    diagonal = np.eye(3, dtype=int).tolist()
    least = sd.minimizer(sd.sum(sd.cosh(z - x) + z**4), z, start=x)
    fixed = sd.fixed_point(sd.cos(z) * x / 2, z, start=x, method="iterate")
    black = sd.op("black(v)", numpy=np.tan, derivative="1 + tan(v)**2")
    straight = sd.custom_gradient(sd.round(x) * x, {x: lambda g: g * c})
    for node in (kepler(), least, fixed, black(x), straight, sd.grad(sd.sum(kepler() ** 2), x)):
        assert pattern(node, x, n=3) == diagonal, node
    running = sd.custom_gradient(sd.round(x), {x: lambda g: sd.cumsum(g)})
    for node in (running, sd.solve_for(z**3 + z - sd.sum(z) - x, z, start=x)):
        assert pattern(node, x, n=3) == np.ones((3, 3), int).tolist(), node
    steps = sd.define("steps(v)", "v[1:]**2 - v[:-1]")
    assert pattern(steps(x), x, n=3) == [[1, 1, 0], [0, 1, 1]]


def test_stacks_of_systems_have_sparse_jacobians():
    u, c = sd.vector("u", 2), sd.vector("c", 2)
    A = sd.matrix("A", 2, 2)
    stack = sd.vmap(sd.solve_for(A @ sd.tanh(u) + 2 * u - c, u, start=c), over=c, size="k")
    many = sd.inputs(stack)[0]
    data = {"c": [[0.1, 0.5], [0.7, -0.4], [1.0, 0.2]], "A": [[1.0, 0.3], [-0.2, 0.8]]}
    found = sd.sparse_jacobian(stack, many)(**data)
    dense = sd.evaluate(sd.jacobian(stack, many), **data).reshape(6, 6)
    assert found.nnz == 12
    np.testing.assert_allclose(found.toarray(), dense, atol=1e-14)


def test_solutions_are_streamed_row_by_row():
    loss = sd.sum(kepler() * y)
    f = sd.compile([loss, sd.grad(loss, a)])
    rng = np.random.default_rng(0)
    X, Y = rng.uniform(0, 3, 50), rng.normal(size=50)
    chunks = [{"x": X[k : k + 7], "y": Y[k : k + 7]} for k in range(0, 50, 7)]
    np.testing.assert_allclose(f.stream(chunks, a=0.4), f(x=X, y=Y, a=0.4), rtol=1e-12)
    with pytest.raises(sd.ArgumentError) as error:
        z = sd.vector("z", "n")
        start = sd.sum(sd.minimizer(sd.sum(sd.cosh(z - x) + z**4), z, start=x))
        sd.compile(start).stream([{"x": X}])
    assert "not separable over n" in str(error.value)
