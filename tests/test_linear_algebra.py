"""Inverses, determinants, powers, Kronecker products: shapes, edges, notation, rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.binding import size_names
from symdiff.dims import size_value
from symdiff.node import topological
from symdiff.rewrite import linear_algebra

A, B = sd.matrix("A", "n", "n"), sd.matrix("B", "n", "n")
X, y, s = sd.matrix("X", "n", "m"), sd.vector("y", "m"), sd.scalar("s")
K = sd.tensor("K", "b", "n", "n")

# Shapes and kinds ---------------------------------------------------------------------------------

SQUARE = [sd.inv, sd.det, sd.logabsdet, sd.signdet, sd.slogdet, lambda a: sd.matrix_power(a, 4)]


@pytest.mark.parametrize("function", SQUARE)
def test_a_matrix_must_be_square(function: Callable[[sd.Node], Any]) -> None:
    with pytest.raises(sd.ShapeError, match=r"square matrix, not `X` of shape \(n, m\)") as caught:
        function(X)
    assert caught.value.clash == X.shape
    with pytest.raises(sd.ShapeError, match=r"in the last two axes, not `T` of shape \(3, 3, 2\)"):
        function(sd.tensor("T", 3, 3, 2))
    with pytest.raises(sd.ArgumentError, match=r"needs a matrix, not `y` of shape \(m,\)"):
        function(y)


def test_what_cannot_be_solved() -> None:
    with pytest.raises(sd.ShapeError, match="size n differs from size m") as caught:
        sd.solve(A, y)
    assert caught.value.clash == (A.shape[0], y.shape[0])
    with pytest.raises(sd.ShapeError, match="`solve` needs a square matrix, not `X`"):
        sd.solve(X, y)
    with pytest.raises(sd.ArgumentError, match=r"not `s` of shape \(\); use inv\(a\)\*b"):
        sd.solve(A, s)
    with pytest.raises(sd.ShapeError, match=r"leading axes of `K` .* size b differs from size 3"):
        sd.solve(K, sd.tensor("T", 3, "n", 2))


@pytest.mark.parametrize("exponent", [0.5, "n", None, s])
def test_an_exponent_of_a_matrix_is_a_whole_number(exponent: Any) -> None:
    with pytest.raises(sd.ArgumentError, match="is a whole number such as 3, not"):
        sd.matrix_power(A, exponent)


def test_open_sizes_are_inferred() -> None:
    solution = sd.parse("solve(M, v)", M="matrix", v="vector")
    (rows, columns), (length,) = (v.shape for v in sd.inputs(solution))
    assert rows is columns is length


SHAPES = [
    ((3, 3), (3,)),
    ((3, 3), (3, 2)),
    ((2, 3, 3), (3,)),
    ((2, 3, 3), (3, 2)),
    ((4, 1, 3, 3), (2, 3, 5)),
    ((2, 3, 3), (2, 3, 1)),
    ((3, 3), (2, 3, 1)),
    ((0, 0), (0,)),
    ((0, 0), (0, 2)),
    ((0, 3, 3), (3, 2)),
    ((3, 3), (3, 0)),
]


@pytest.mark.parametrize(("left", "right"), SHAPES)
def test_solve_has_the_shape_of_numpy(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=left) + 5 * np.eye(left[-1])
    b = rng.normal(size=right)
    wanted = np.linalg.solve(a, b)
    node = sd.solve(sd.tensor("a", *left), sd.tensor("b", *right))
    assert node.shape == wanted.shape
    for found in (sd.evaluate(node, a=a, b=b), sd.compile(node)(a, b)):
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


KRON_SHAPES = [((), (2, 3)), ((2,), (3,)), ((2,), (3, 4)), ((2, 3, 1), (4, 2)), ((0, 2), (3, 1))]


@pytest.mark.parametrize(("left", "right"), KRON_SHAPES)
def test_kron_is_that_of_numpy(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    a, b = np.random.default_rng(0).normal(size=left), np.ones(right)
    first, second = sd.tensor("a", *left), sd.tensor("b", *right)
    node = sd.kron(first, second)
    assert node.shape == np.kron(a, b).shape
    np.testing.assert_array_equal(sd.evaluate(node, a=a, b=b), np.kron(a, b))
    gradient = sd.grad(sd.sum(node * node), first)
    np.testing.assert_allclose(sd.evaluate(gradient, a=a, b=b), 2 * a * np.sum(b**2))


@pytest.mark.parametrize("formula", ["inv(N)", "det(N)", "solve(N, v)", "v @ inv(N)", "kron(N, v)"])
@pytest.mark.parametrize("kind", ["int", "bool"])
def test_integers_give_the_float_type_of_the_call(formula: str, kind: str) -> None:
    N, v = sd.tensor("N", 2, 2, dtype=kind), sd.vector("v", 2)
    node = sd.parse(formula, N=N, v=v)
    assert node.dtype == "float"
    given = {"N": np.array([[1, 1], [0, 1]], kind), "v": np.ones(2, np.float32)}
    given = {x.attrs[0]: given[x.attrs[0]] for x in sd.inputs(node)}
    wanted = np.float32 if "v" in given else np.float64
    for found in (sd.evaluate(node, **given), sd.compile(node)(**given)):
        if "@" not in formula:
            assert np.asarray(found).dtype == wanted


def test_powers_of_integers() -> None:
    N = sd.matrix("N", 2, 2, dtype="int")
    values = np.array([[1, 1], [1, 0]])
    for exponent in (1, 2, 3, 4, 9, -1, -5):
        power = sd.evaluate(sd.matrix_power(N, exponent), N=values)
        wanted = np.linalg.matrix_power(values, exponent)
        np.testing.assert_allclose(power, wanted, rtol=1e-12)
        assert power.dtype == wanted.dtype


def test_powers_of_booleans_count_paths() -> None:
    graph = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 0]], dtype=bool)
    G = sd.matrix("G", 3, 3, dtype="bool")
    for exponent in (1, 2, 3, 4, 7):
        wanted = np.linalg.matrix_power(graph.astype(int), exponent)
        for compute in (sd.evaluate, lambda node, G: sd.compile(node)(G)):
            np.testing.assert_array_equal(compute(sd.matrix_power(G, exponent), G=graph), wanted)


@pytest.mark.parametrize("exponent", range(-5, 7))
def test_powers(exponent: int) -> None:
    values = np.random.default_rng(0).normal(size=(2, 3, 3)) + 3 * np.eye(3)
    power = sd.matrix_power(K, exponent)
    assert power.shape == K.shape
    wanted = np.linalg.matrix_power(values, exponent)
    given = {"K": values} if exponent else {"b": 2, "n": 3}
    np.testing.assert_allclose(sd.evaluate(power, **given), wanted, rtol=1e-9)


# Empty and singular matrices ----------------------------------------------------------------------


def test_matrices_without_entries() -> None:
    nothing = np.zeros((0, 0))
    named = [sd.inv(A), sd.det(A), *sd.slogdet(A), sd.matrix_power(A, 5), sd.kron(A, A)]
    wanted = [nothing, 1, 1, 0, nothing, nothing]
    gradients = [sd.grad(sd.sum(e), A) for e in named]
    for compute in (lambda e: sd.evaluate(e, A=nothing), lambda e: sd.compile(e)(nothing)):
        for found, value in zip(compute(named), wanted, strict=True):
            np.testing.assert_array_equal(found, value)
        for found in compute(gradients):
            assert found.shape == (0, 0)


def test_a_singular_matrix() -> None:
    values = np.ones((2, 2))
    with pytest.raises(sd.InputError, match=r"Singular matrix, in `inv\(A\)`"):
        sd.evaluate(sd.inv(A), A=values)
    with pytest.raises(sd.InputError, match="Singular matrix") as caught:
        sd.compile(sd.inv(A))(values)
    assert isinstance(caught.value.__cause__, np.linalg.LinAlgError)
    with pytest.raises(sd.InputError, match="Singular matrix"):
        sd.evaluate(sd.grad(sd.det(A), A), A=values)
    assert sd.evaluate([sd.det(A), *sd.slogdet(A)], A=values) == [0, 0, -np.inf]


def test_the_sign_has_derivative_zero() -> None:
    assert sd.grad(sd.slogdet(A).sign, A) is sd.zeros(A.shape)


# Notation -----------------------------------------------------------------------------------------

WRITTEN = [
    (sd.inv(A), "A⁻¹", "A^{-1}"),
    (sd.inv(A).T, "A⁻ᵀ", r"A^{-\top}"),
    (sd.inv(A.T), "(Aᵀ)⁻¹", r"\left(A^{\top}\right)^{-1}"),
    (sd.inv(sd.inv(A)), "(A⁻¹)⁻¹", r"\left(A^{-1}\right)^{-1}"),
    (sd.inv(A + B).T, "(A + B)⁻ᵀ", r"\left(A + B\right)^{-\top}"),
    (sd.inv(A) ** 2, "(A⁻¹)²", r"{\left(A^{-1}\right)}^{2}"),
    (sd.inv(A).T ** 2, "A⁻ᵀ²", r"{A^{-\top}}^{2}"),
    (sd.inv(A**2), "(A²)⁻¹", r"\left({A}^{2}\right)^{-1}"),
    (sd.inv(A) @ B, "A⁻¹ B", r"A^{-1} \, B"),
    (sd.inv(A).T @ sd.inv(B).T, "A⁻ᵀ B⁻ᵀ", r"A^{-\top} \, B^{-\top}"),
    ((A @ sd.inv(B)).T, "(A B⁻¹)ᵀ", r"\left(A \, B^{-1}\right)^{\top}"),
    (2 * sd.inv(-A), "2 (−A)⁻¹", r"2 \, \left(-A\right)^{-1}"),
    (sd.inv(K), "K⁻¹", "K^{-1}"),
    (sd.kron(A, B) @ sd.kron(A, B), "(A ⊗ B) (A ⊗ B)", None),
    (sd.kron(A, sd.kron(A, B)), "A ⊗ (A ⊗ B)", r"A \otimes \left(A \otimes B\right)"),
    (sd.kron(A @ B, B) + A[0, 0], "A B ⊗ B + A[0, 0]", None),
    (sd.det(A) * A, "det(A) A", r"\det\left(A\right) \, A"),
    (sd.logabsdet(A), "logabsdet(A)", r"\log\left|\det\left(A\right)\right|"),
]


@pytest.mark.parametrize(("node", "pretty", "latex"), WRITTEN, ids=[w[1] for w in WRITTEN])
def test_notation_is_read_back(node: sd.Node, pretty: str, latex: str | None) -> None:
    assert sd.pretty(node) == pretty
    assert latex is None or sd.latex(node) == latex
    for written in (pretty, sd.text(node)):
        assert sd.parse(written, A=A, B=B, K=K) is node


def test_the_reciprocal_of_a_vector_is_by_entries() -> None:
    assert sd.parse("y⁻¹", y=y) is y**-1
    with pytest.raises(sd.ArgumentError, match="`inv` needs a matrix"):
        sd.parse("y⁻ᵀ", y=y)


# Rules --------------------------------------------------------------------------------------------

RULES = [
    ("inverse of an inverse", "inv(inv(A))", "A"),
    ("inverse of a transpose", "inv(A.T)", "inv(A).T"),
    ("inverse of a transpose", "inv(transpose(K, (0, 2, 1)))", "transpose(inv(K), (0, 2, 1))"),
    ("inverse of a scalar multiple", "inv(2*A)", "inv(A)/2"),
    ("inverse of a scalar multiple", "inv(-A)", "-inv(A)"),
    ("inverse of a scalar multiple", "inv(-A/s)", "-(s*inv(A))"),
    ("inverse of a scalar multiple", "inv(s*K)", "inv(K)/s"),
    ("inverse of a unit matrix", "inv(eye(n))", "eye(n)"),
    ("inverse of a diagonal matrix", "inv(diag(x))", "diag(1/x)"),
    ("inverse of a Kronecker product", "inv(kron(A, M))", "kron(inv(A), inv(M))"),
    (
        "one matrix for a stack",
        "inv(broadcast_to(A, (4, n, n)))",
        "broadcast_to(inv(A), (4, n, n))",
    ),
    ("one matrix for a stack", "det(broadcast_to(A, (4, n, n)))", "broadcast_to(det(A), 4)"),
    ("determinant of an inverse", "det(inv(A))", "1/det(A)"),
    ("determinant of a transpose", "det(transpose(K, (0, 2, 1)))", "det(K)"),
    ("determinant of a scalar multiple", "det(2*s*A)", "det(A)*(2*s)**n"),
    ("determinant of a scalar multiple", "det(-A)", "(-1)**n*det(A)"),
    ("determinant of a scalar multiple", "det(-2*M)", "4*det(M)"),
    ("determinant of a scalar multiple", "det(2*K)", "2**n*det(K)"),
    ("determinant of a unit matrix", "det(eye(n))", "1.0"),
    ("determinant of a diagonal matrix", "det(diag(x))", "prod(x)"),
    ("determinant of a Kronecker product", "det(kron(A, M))", "det(A)**2*det(M)**n"),
    ("determinant of a product", "det(A @ B)", "det(A)*det(B)"),
    ("determinant of a product", "det(A.T @ B @ A)", "det(A)**2*det(B)"),
    ("determinant of a product", "det(K @ K)", "det(K)**2"),
    ("determinant of a power", "det(matrix_power(A, 7))", "det(A)**7"),
    ("logarithm of the determinant of an inverse", "logabsdet(inv(A))", "-logabsdet(A)"),
    ("logarithm of the determinant of a transpose", "logabsdet(A.T)", "logabsdet(A)"),
    (
        "logarithm of the determinant of a scalar multiple",
        "logabsdet(-2*A)",
        "n*log(2) + logabsdet(A)",
    ),
    ("logarithm of the determinant of a scalar multiple", "logabsdet(-K)", "logabsdet(K)"),
    (
        "logarithm of the determinant of a scalar multiple",
        "logabsdet(s*M)",
        "logabsdet(M) + 2*log(abs(s))",
    ),
    (
        "logarithm of the determinant of a scalar multiple",
        "logabsdet(-A/3)",
        "logabsdet(A) - n*log(3)",
    ),
    ("logarithm of the determinant of a unit matrix", "logabsdet(eye(n))", "0.0"),
    (
        "logarithm of the determinant of a diagonal matrix",
        "logabsdet(diag(x))",
        "sum(log(abs(x)))",
    ),
    (
        "logarithm of the determinant of a Kronecker product",
        "logabsdet(kron(A, M))",
        "n*logabsdet(M) + 2*logabsdet(A)",
    ),
    (
        "logarithm of the determinant of a product",
        "logabsdet(A @ B)",
        "logabsdet(A) + logabsdet(B)",
    ),
    (
        "logarithm of the determinant of a power",
        "logabsdet(matrix_power(A, 5))",
        "5*logabsdet(A)",
    ),
    ("sign of the determinant of an inverse", "signdet(inv(A))", "signdet(A)"),
    ("sign of the determinant of a transpose", "signdet(A.T)", "signdet(A)"),
    ("sign of the determinant of a scalar multiple", "signdet(s*M)", "signdet(M)*sign(s)**2"),
    ("sign of the determinant of a scalar multiple", "signdet(-A/3)", "(-1)**n*signdet(A)"),
    ("sign of the determinant of a unit matrix", "signdet(eye(n))", "1.0"),
    ("sign of the determinant of a diagonal matrix", "signdet(diag(x))", "prod(sign(x))"),
    (
        "sign of the determinant of a Kronecker product",
        "signdet(kron(A, M))",
        "signdet(A)**2*signdet(M)**n",
    ),
    ("sign of the determinant of a product", "signdet(A @ B)", "signdet(A)*signdet(B)"),
    ("sign of the determinant of a power", "signdet(matrix_power(A, 5))", "signdet(A)**5"),
    ("logarithm of a determinant", "log(det(P))", "logabsdet(P)"),
    ("logarithm of a determinant", "log(abs(det(A)))", "logabsdet(A)"),
    ("logarithm of a determinant", "log(1/det(P))", "-logabsdet(P)"),
    ("logarithm of a determinant", "log(det(2*M)/det(P))", None),
    ("logarithm of a determinant", "log(det(kron(P, M @ M.T)))", None),
    (
        "Kronecker product with split axes",
        "reshape(kron(A, N), (n, 2, n, m))",
        'einsum("ij,kl->ikjl", A, N)',
    ),
    ("contraction of Kronecker products", "trace(kron(A, M))", "trace(A)*trace(M)"),
    ("contraction of Kronecker products", "sum(kron(A, N), axis=0)", None),
    ("contraction of Kronecker products", "kron(A, N).T", "kron(A.T, N.T)"),
    ("contraction of Kronecker products", "kron(A, M) @ kron(B, N)", "kron(A @ B, M @ N)"),
    ("contraction of Kronecker products", "kron(N, A).T @ kron(M, B)", "kron(N.T @ M, A.T @ B)"),
    ("contraction of Kronecker products", "kron(A, N.T) @ kron(x, z)", None),
    ("contraction of Kronecker products", "vdot(kron(A, M), kron(B, M))", None),
]
DECLARED = {"A": "n n", "B": "n n", "K": "3 n n", "M": "2 2", "N": "2 m", "P": "n n", "x": "n"}
DECLARED |= {"z": "2", "s": ""}


def arguments(node: sd.Node, sizes: dict[str, int]) -> dict[str, Any]:
    """Well-conditioned matrices, of which P has a positive determinant; sizes that none tells."""
    found: dict[str, Any] = {}
    told: set[str] = set()
    for variable in sd.inputs(node):
        rng = np.random.default_rng(ord(variable.attrs[0]))
        shape = tuple(size_value(size, sizes) for size in variable.shape)
        value = rng.normal(size=shape)
        if len(shape) > 1 and shape[-1] == shape[-2]:
            value = np.linalg.qr(value)[0] * 1.5 + 0.1
        name = variable.attrs[0]
        found[name] = value @ value.T + np.eye(len(value)) if name == "P" else value
        told.update(map(str, variable.shape))
    free = [name for name in size_names(topological([node])) if name not in told]
    return found | {name: sizes[name] for name in free}


@pytest.mark.parametrize(("name", "before", "after"), RULES, ids=[rule[1] for rule in RULES])
def test_a_rule_by_name(name: str, before: str, after: str | None) -> None:
    node = sd.parse(before, **DECLARED)
    trace = sd.simplify(node, trace=True)
    simple = trace.result
    assert name in [step.rule for step in trace.steps]
    if after is not None:
        assert simple is sd.simplify(sd.parse(after, **DECLARED)), sd.text(simple)
        assert sd.text(simple) == after
    assert sd.simplify(simple) is simple
    assert (simple.shape, simple.dtype) == (node.shape, node.dtype)
    for sizes in ({"n": 3, "m": 2}, {"n": 2, "m": 4}, {"n": 1, "m": 1}):
        with np.errstate(invalid="ignore"):
            left = sd.evaluate(node, **arguments(node, sizes))
        right = sd.evaluate(simple, **arguments(simple, sizes))
        assert np.shape(left) == np.shape(right)
        defined = ~np.isnan(left)  # a gap may be filled
        np.testing.assert_allclose(np.asarray(right)[defined], np.asarray(left)[defined], 1e-9)


def test_every_rule_is_tested_by_name() -> None:
    rules = (*linear_algebra.RULES, linear_algebra.LOGARITHM_OF_A_DETERMINANT)
    assert {rule.name for rule in rules} == {name for name, _, _ in RULES}


def test_what_must_not_be_rewritten() -> None:
    product = A @ B
    kept = [
        (sd.det(product), sd.sin(product)),  # the product is computed anyhow
        (sd.det(X @ X.T), X),
        (sd.inv(sd.kron(X, X.T)), X),
        (sd.trace(sd.kron(X, X.T)), X),
    ]
    for nodes in kept:
        assert sd.simplify(list(nodes)) == list(nodes)


def test_other_transposes_are_no_matrix_transposes() -> None:
    T = sd.tensor("T", 2, 2, 2)
    for axes in ((2, 1, 0), (1, 0, 2), (1, 2, 0)):
        node = sd.inv(sd.transpose(T, axes))
        assert sd.simplify(node) is node
        assert sd.simplify(sd.det(sd.transpose(T, axes))) is sd.det(sd.transpose(T, axes))


def test_the_logarithm_of_a_determinant_does_not_overflow() -> None:
    P = sd.matrix("P", "n", "n")
    node = sd.simplify(sd.log(sd.det(10 * P)))
    found = sd.evaluate(node, P=np.eye(400))
    np.testing.assert_allclose(found, 400 * np.log(10))


# Solving in generated code ------------------------------------------------------------------------

SOLVED = [
    ("inv(A) @ x", ["np.linalg.solve(A, x)"]),
    ("inv(A).T @ x", ["np.linalg.solve(A.T, x)"]),
    ("x @ inv(A)", ["np.linalg.solve(A.T, x)"]),
    ("inv(A) @ B", ["np.linalg.solve(A, B)"]),
    ("inv(A) @ B.T", ["np.linalg.solve(A, B.T)"]),
    ("B @ inv(A)", ["np.linalg.solve(A.T, B.T).T"]),
    ("B.T @ inv(A)", ["np.linalg.solve(A.T, B).T"]),
    ("B @ inv(A).T", ["np.linalg.solve(A, B.T).T"]),
    ("inv(A) @ x + x @ inv(A)", ["np.linalg.solve(A, x)", "np.linalg.solve(A.T, x)"]),
    ("inv(K) @ x", ["np.linalg.solve(K, x)"]),
    ("inv(K) @ K**2", ["np.linalg.solve(K, K**2)"]),
    ("inv(A) @ inv(B)", ["np.linalg.solve(A, np.linalg.inv(B))"]),
    ("inv(A + B @ inv(B + A)) @ x", ["np.linalg.solve(np.linalg.solve((A + B).T, B.T).T + A, x)"]),
    ("inv(A) @ x + inv(A) @ (x + 1) + inv(A) @ x**2", ["np.linalg.solve(A, 1 + x**2 + 2 * x)"]),
    ("sin(inv(A) @ x) + sin(inv(A) @ (x + 1)) + sin(inv(A) @ x**2)", ["np.linalg.inv(A)"]),
    ("inv(A) @ x + sum(inv(A), axis=0)", ["np.linalg.inv(A)"]),
    ("inv(A) @ inv(A)", ["np.linalg.inv(A)"]),
    ("det(inv(A) + A)", ["np.linalg.det(A + np.linalg.inv(A))"]),
]


@pytest.mark.parametrize(("formula", "expected"), SOLVED, ids=[formula for formula, _ in SOLVED])
def test_solving_rather_than_inverting(formula: str, expected: list[str]) -> None:
    node = sd.parse(formula, **DECLARED)
    function, source = sd.compile(node), sd.emit(node)
    for each in expected:
        assert each in source
    called = source.count("np.linalg.")
    assert called == sum(each.count("np.linalg.") for each in expected)
    given = arguments(node, {"n": 3})
    found, wanted = function(**given), sd.evaluate(node, **given)
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)


def test_an_inverse_that_is_wanted_too_is_not_solved_with() -> None:
    inverse = sd.inv(A)
    assert "solve" not in sd.compile([inverse @ A[0], inverse]).source


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_solving_in_either_precision(dtype: type) -> None:
    N, x = sd.matrix("N", 2, 2, dtype="int"), sd.vector("x", 2)
    found = sd.compile(sd.solve(N, x))(np.array([[2, 1], [1, 1]]), np.ones(2, dtype))
    assert found.dtype == dtype
    np.testing.assert_allclose(found, [0, 1], atol=1e-6)
