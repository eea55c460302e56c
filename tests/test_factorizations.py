"""Factorisations: values, identities, repeated values, one call for several results, refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg

import symdiff as sd

A, B = sd.matrix("A", "n", "n"), sd.matrix("B", "n", "n")
X, y, s = sd.matrix("X", "n", "m"), sd.vector("y", "n"), sd.scalar("s")
K = sd.tensor("K", "b", "n", "n")
T = sd.matrix("T", "n", 3)


def drawn(*shape: int, seed: int = 0) -> Any:
    """Random entries."""
    return np.random.default_rng(seed).normal(size=shape)


def positive(*shape: int) -> Any:
    """Symmetric positive definite matrices."""
    a = drawn(*shape)
    return a @ np.swapaxes(a, -1, -2) + np.eye(shape[-1])


def both(node: sd.Node, **values: Any) -> Any:
    """The value, on which the evaluator and the compiled function agree."""
    found, compiled = sd.evaluate(node, **values), sd.compile(node)(**values)
    np.testing.assert_allclose(compiled, found, rtol=1e-10, atol=1e-12)
    return found


# Values -------------------------------------------------------------------------------------------

SYMMETRIC = [
    (sd.cholesky, np.linalg.cholesky),
    (sd.eigvalsh, np.linalg.eigvalsh),
    (sd.eigh_vectors, lambda a: np.linalg.eigh(a).eigenvectors),
]
RECTANGULAR = [
    (sd.qr_q, lambda a: np.linalg.qr(a).Q),
    (sd.qr_r, lambda a: np.linalg.qr(a).R),
    (sd.svdvals, np.linalg.svdvals),
    (sd.svd_u, lambda a: np.linalg.svd(a, full_matrices=False).U),
    (sd.svd_vh, lambda a: np.linalg.svd(a, full_matrices=False).Vh),
    (sd.pinv, np.linalg.pinv),
    (sd.matrix_rank, np.linalg.matrix_rank),
]


@pytest.mark.parametrize("shape", [(3, 3), (1, 1), (2, 3, 3), (2, 4, 5, 5), (0, 0), (2, 0, 0)])
@pytest.mark.parametrize(("function", "usual"), SYMMETRIC)
def test_symmetric_values(function: Any, usual: Any, shape: tuple[int, ...]) -> None:
    a = positive(*shape)
    node = function(sd.tensor("a", *shape))
    wanted = usual(a)
    assert node.shape == wanted.shape
    np.testing.assert_allclose(both(node, a=a), wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    "shape", [(3, 3), (4, 2), (2, 4), (3, 5, 2), (2, 1, 2, 5), (0, 0), (3, 0), (0, 3), (0, 2, 2)]
)
@pytest.mark.parametrize(("function", "usual"), RECTANGULAR)
def test_rectangular_values(function: Any, usual: Any, shape: tuple[int, ...]) -> None:
    a = drawn(*shape)
    node = function(sd.tensor("a", *shape))
    wanted = usual(a)
    assert node.shape == np.shape(wanted)
    np.testing.assert_allclose(both(node, a=a), wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("sizes", [(5, 3), (3, 3), (40, 3)])
def test_named_sizes(sizes: tuple[int, int]) -> None:
    a = drawn(*sizes)
    q, r = sd.qr(T)
    u, values, vh = sd.svd(T, full_matrices=False)
    np.testing.assert_allclose(both(q @ r, T=a), a, atol=1e-12)
    np.testing.assert_allclose(both((u * values) @ vh, T=a), a, atol=1e-12)
    np.testing.assert_allclose(both(q.T @ q, T=a), np.eye(3), atol=1e-12)


def test_identities() -> None:
    a = positive(2, 4, 4)
    w, v = sd.eigh(K)
    lower = sd.cholesky(K)
    turned = sd.transpose(lower, (0, 2, 1))
    np.testing.assert_allclose(both(lower @ turned, K=a), a, rtol=1e-12)
    upper = sd.cholesky(K, upper=True)
    np.testing.assert_allclose(both(upper, K=a), np.linalg.cholesky(a, upper=True), rtol=1e-12)
    rebuilt = (v * w[:, None]) @ sd.transpose(v, (0, 2, 1))
    np.testing.assert_allclose(both(rebuilt, K=a), a, rtol=1e-10)
    np.testing.assert_allclose(both(K @ sd.pinv(K) @ K, K=a), a, rtol=1e-10)


def test_the_symmetric_part_is_meant() -> None:
    a = positive(3, 3) + np.triu(drawn(3, 3), 1) * 0.1
    part = (a + a.T) / 2
    np.testing.assert_allclose(both(sd.cholesky(A), A=a), np.linalg.cholesky(part))
    np.testing.assert_allclose(both(sd.eigvalsh(A, UPLO="U"), A=a), np.linalg.eigvalsh(part))
    gradient = both(sd.grad(sd.sum(sd.cholesky(A)), A), A=a)
    np.testing.assert_allclose(gradient, gradient.T, rtol=1e-12)


@pytest.mark.parametrize("function", [sd.cholesky, sd.eigvalsh, sd.svdvals, sd.pinv, sd.expm])
@pytest.mark.parametrize("kind", ["int", "bool"])
def test_integers_give_floats(function: Callable[[sd.Node], sd.Node], kind: str) -> None:
    N = sd.matrix("N", 2, 2, dtype=kind)
    value = both(function(N), N=np.eye(2).astype(kind))
    assert value.dtype == np.float64
    given = {"N": np.eye(2).astype(kind), "w": np.float32(2)}
    scaled = sd.compile(function(N) * sd.scalar("w"))(**given)
    assert scaled.dtype == np.float32


# Derivatives --------------------------------------------------------------------------------------

FORMULAS = [
    "cholesky(A @ A.T + 4*eye(n))",
    "qr_q(A + 3*eye(n)) + qr_r(A + 3*eye(n))",
    "eigvalsh(A) * eigh_vectors(A)**2",
    "svd_u(A)**2 * svdvals(A) + svd_vh(A)**2",
    "pinv(A + 3*eye(n))",
    "solve_triangular(A + 3*eye(n), A, lower=True)",
    "expm(A)",
    "sqrtm(A + 4*eye(n)) @ logm(A + 4*eye(n))",
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_modes_agree(formula: str) -> None:
    value = sd.parse(formula, A=A)
    a = drawn(3, 3, seed=3) / 2
    forward, reverse = (sd.jacobian(value, A, mode=mode) for mode in ("forward", "reverse"))
    np.testing.assert_allclose(both(forward, A=a), both(reverse, A=a), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("formula", FORMULAS)
def test_second_derivatives_along_a_direction(formula: str) -> None:
    """Forward over reverse, forward over forward, and differences of the first derivative."""
    target = sd.sum(sd.sin(sd.parse(formula, A=A)))
    a, b, h = drawn(3, 3, seed=3) / 2, drawn(3, 3, seed=4), 1e-5
    product = both(sd.hvp(target, A, B), A=a, B=b)
    gradient = sd.grad(target, A)
    above, below = (sd.evaluate(gradient, A=a + step * b) for step in (h, -h))
    np.testing.assert_allclose(product, (above - below) / (2 * h), rtol=1e-5, atol=1e-6)
    twice = both(sd.directional(target, A, B, order=2), A=a, B=b)
    np.testing.assert_allclose(np.sum(product * b), twice, rtol=1e-7)


@pytest.mark.parametrize("formula", ["cholesky(A)", "eigvalsh(A)", "eigh_vectors(A)**2"])
def test_checks_agree_for_symmetric_arguments(formula: str) -> None:
    target = sd.sum(sd.sin(sd.parse(formula, A=A)))
    assert all(comparison.ok for comparison in sd.check(target, at={A: positive(3, 3)}))


def test_closed_forms() -> None:
    a = positive(3, 3)
    log_determinant = 2 * sd.sum(sd.log(sd.diag(sd.cholesky(A))))
    np.testing.assert_allclose(both(sd.grad(log_determinant, A), A=a), np.linalg.inv(a), rtol=1e-9)
    nuclear = sd.sum(sd.svdvals(A))
    u, _, vh = np.linalg.svd(a)
    np.testing.assert_allclose(both(sd.grad(nuclear, A), A=a), u @ vh, rtol=1e-9, atol=1e-12)
    trace = both(sd.grad(sd.sum(sd.eigvalsh(A) ** 3), A), A=a)
    np.testing.assert_allclose(trace, 3 * a @ a, rtol=1e-9)
    assert str(sd.grad(sd.trace(sd.expm(A)), A)) == "expm_frechet(Aᵀ, I)"


# Repeated and vanishing values --------------------------------------------------------------------


@pytest.mark.parametrize("a", [np.eye(3), np.zeros((3, 3)), np.diag([2.0, 2.0, 5.0])])
def test_functions_of_repeated_eigenvalues(a: Any) -> None:
    q = np.linalg.qr(drawn(3, 3)).Q
    for point in (a, q @ a @ q.T):
        squares = both(sd.grad(sd.sum(sd.eigvalsh(A) ** 2), A), A=point)
        np.testing.assert_allclose(squares, 2 * point, atol=1e-12)
        squares = both(sd.grad(sd.sum(sd.svdvals(A) ** 2), A), A=point)
        np.testing.assert_allclose(squares, 2 * point, atol=1e-12)
    triangle = np.triu(np.diag([1.0, 2.0, 3.0]) + 1)
    traces = both(sd.grad(sd.sum(sd.eigvals(A) ** 2), A), A=triangle)
    np.testing.assert_allclose(traces, 2 * triangle.T, atol=1e-9)


VECTORS = [
    sd.sum(sd.sin(1 + vectors(A)))
    for vectors in (sd.eigh_vectors, sd.eig_vectors, sd.svd_u, sd.svd_vh)
]


@pytest.mark.parametrize("target", VECTORS)
@pytest.mark.parametrize("turned", [False, True])
def test_vectors_of_equal_values_are_refused(target: sd.Node, turned: bool) -> None:
    a = np.diag([2.0, 2.0, 5.0])
    if turned:  # where rounding may tell the equal values apart
        q = np.linalg.qr(drawn(3, 3)).Q
        a = q @ a @ q.T
        a = (a + a.T) / 2
    gradient = sd.grad(target, A)
    with pytest.raises(sd.InputError, match="have no derivative"):
        sd.evaluate(gradient, A=a)
    with pytest.raises(sd.InputError, match="equal eigenvalues"):
        sd.compile(gradient)(A=a)


def test_a_vector_apart_from_equal_values_has_its_derivative() -> None:
    """The first principal axis of data of low rank, whose other variances are all 0."""
    axis = sd.eigh_vectors(A)[:, -1]
    target = sd.sum(sd.sin(axis) * y) ** 2
    x = drawn(4)
    a = np.outer(x, x)
    gradient = both(sd.grad(target, A), A=a, y=np.arange(4.0))
    direction = np.outer(drawn(4, seed=1), drawn(4, seed=1))
    h = 1e-6
    above, below = (
        sd.evaluate(target, A=a + step * direction, y=np.arange(4.0)) for step in (h, -h)
    )
    np.testing.assert_allclose(np.sum(gradient * direction), (above - below) / (2 * h), rtol=1e-6)


def test_tall_matrices_of_low_rank() -> None:
    a = np.outer(drawn(4), drawn(2, seed=1))
    left = sd.grad(sd.sum(sd.svd_u(T[:, :2]) ** 3), T)
    with pytest.raises(sd.InputError, match="equal or zero singular values"):
        sd.evaluate(left, T=np.column_stack([a, a[:, 0]]))
    first = sd.grad(sd.sum(sd.sin(sd.svd_u(T[:, :2])[:, 0]) ** 2), T)
    assert np.all(np.isfinite(sd.evaluate(first, T=np.column_stack([a, a[:, 0]]))))


def test_a_singular_value_of_zero_has_derivative_zero() -> None:
    one = sd.matrix("one", 1, 1)
    gradient = sd.grad(sd.sum(sd.svdvals(one)), one)
    for x in (-2.0, 0.0, 3.0):
        assert both(gradient, one=[[x]]) == [[np.sign(x)]]


def test_dependent_columns_have_no_derivative_of_their_factors() -> None:
    with pytest.raises(sd.InputError, match="Singular matrix, in `solve_triangular"):
        sd.evaluate(sd.grad(sd.sum(sd.qr_q(T) ** 3), T), T=np.zeros((4, 3)))


def test_a_pseudo_inverse_of_constant_rank() -> None:
    """Along directions that keep the rank the derivative is that of the formula."""
    x, z = sd.vector("x", 4), sd.vector("z", 3)
    value = sd.pinv(sd.outer(x, z), rcond=1e-10)
    formula = sd.outer(z, x) / (sd.dot(x, x) * sd.dot(z, z))
    given = {"x": drawn(4), "z": drawn(3)}
    for v in (x, z):
        found, wanted = (both(sd.jacobian(each, v), **given) for each in (value, formula))
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)


# One call for several results ---------------------------------------------------------------------

SEVERAL = [
    ("eigh", sd.sum(sd.eigvalsh(A) ** 2 * sd.eigh_vectors(A))),
    ("qr", sd.sum(sd.qr_q(T) @ sd.qr_r(T)) + sd.sum(sd.qr_r(T))),
    ("svd", sd.sum(sd.svd_u(T) * sd.svdvals(T)) + sd.sum(sd.svd_vh(T))),
    ("slogdet", sd.signdet(A) * sd.exp(sd.logabsdet(A))),
    ("eig", sd.sum(sd.eigvals(A) * sd.eig_vectors(A))),
    ("eigh", sd.sum(sd.exp(sd.eigvalsh(A)))),
    ("cholesky", sd.sum(sd.cholesky(A) ** 3)),
]


@pytest.mark.parametrize(("name", "target"), SEVERAL)
def test_one_call_in_generated_code(name: str, target: sd.Node) -> None:
    (v,) = sd.inputs(target)
    source = sd.emit(target, wrt=v, name="f")
    body = source[source.index("\ndef f(") :]
    calls = body.count(f"np.linalg.{name}(") + body.count(f"_real_{name}(")
    assert calls == 1, body
    assert name not in ("eigh", "svd") or f"np.linalg.{name}vals" not in body


@pytest.mark.parametrize(("name", "target"), SEVERAL)
def test_one_call_in_evaluation(
    name: str, target: sd.Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, calls = getattr(np.linalg, name), []

    def counted(*args: Any, **options: Any) -> Any:
        calls.append(name)
        return usual(*args, **options)

    (v,) = sd.inputs(target)
    value = np.triu(positive(3, 3)) if name == "eig" else positive(3, 3)
    wanted = sd.evaluate([target, sd.grad(target, v)], {v: value})
    monkeypatch.setattr(np.linalg, name, counted)
    found = sd.evaluate([target, sd.grad(target, v)], {v: value})
    assert calls == [name]
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


def test_one_result_alone_is_computed_alone() -> None:
    assert "np.linalg.eigvalsh(_symmetric(A))" in sd.emit(sd.eigvalsh(A), name="f")
    assert "np.linalg.svdvals(A)" in sd.emit(sd.svdvals(A[:, :2]).T, name="f").replace(
        "[:, :2]", ""
    )
    assert 'np.linalg.qr(T, mode="r")' in sd.emit(sd.qr_r(T), name="f")
    assert "np.linalg.slogdet(A).logabsdet" in sd.emit(sd.logabsdet(A), name="f")


def test_a_symmetric_argument_is_taken_as_it_is() -> None:
    for formula in ("cholesky(A @ A.T + 2*eye(n))", "eigvalsh(A + A.T)", "eigh_vectors(A.T @ A)"):
        assert "_symmetric" not in sd.emit(sd.parse(formula, A=A), name="f")
    assert "np.linalg.cholesky(_symmetric(A))" in sd.emit(sd.cholesky(A), name="f")


def test_two_matrices_are_factorised_apart() -> None:
    w, v = sd.eigh(A)[0], sd.eigh(B)[1]
    source = sd.emit([w, v, sd.qr_q(A), sd.qr_r(A)], name="f")
    assert source.count("np.linalg.eigh(") == source.count("np.linalg.eigvalsh(") == 1
    assert source.count("np.linalg.qr(") == 1
    a, b = positive(3, 3), drawn(3, 3)
    for found, wanted in zip(
        sd.compile([w, v, sd.qr_q(A), sd.qr_r(A)])(a, b),
        sd.evaluate([w, v, sd.qr_q(A), sd.qr_r(A)], A=a, B=b),
        strict=True,
    ):
        np.testing.assert_allclose(found, wanted, atol=1e-12)


def test_what_comes_together_is_counted_once() -> None:
    w, v = sd.eigh(A)
    assert str(sd.cost([w, v]).operations) == str(sd.cost(v).operations) == "9 n**3"
    assert str(sd.cost(w).operations) == "4 n**3"


# Modes, refusals ----------------------------------------------------------------------------------


def test_modes_of_qr() -> None:
    a = drawn(3, 3)
    assert sd.qr(A, mode="r") is sd.qr_r(A)
    assert sd.qr(A, mode="complete") == sd.qr(A)
    np.testing.assert_allclose(both(sd.qr(A).R, A=a), np.linalg.qr(a).R)
    with pytest.raises(sd.ArgumentError, match=r"adds columns that `T` of shape \(n, 3\) does not"):
        sd.qr(T, mode="complete")
    with pytest.raises(sd.ArgumentError, match="is 'reduced' or 'r', not 'raw'"):
        sd.qr(T, mode="raw")


def test_forms_of_svd() -> None:
    assert sd.svd(A) == sd.svd(A, full_matrices=False)
    assert sd.svd(T, compute_uv=False) is sd.svdvals(T)
    with pytest.raises(sd.ArgumentError, match=r"does not determine.*use full_matrices=False"):
        sd.svd(T)


@pytest.mark.parametrize("function", [sd.qr_q, sd.svdvals, sd.svd_u])
def test_the_first_named_size_is_the_larger(function: Callable[[sd.Node], sd.Node]) -> None:
    node = function(X)
    assert both(node, X=drawn(4, 2)).shape
    message = r"of a matrix with n rows and m columns needs -m \+ n >= 0, but -m \+ n is -2"
    with pytest.raises(sd.InputError, match=message):
        sd.evaluate(node, X=drawn(2, 4))
    with pytest.raises(ValueError, match=message):
        sd.compile(node)(drawn(2, 4))


NEEDS_SQUARE = [
    *(sd.cholesky, sd.eigvalsh, sd.eigh_vectors, sd.eigvals, sd.eig_vectors, sd.eigh, sd.eig),
    *(sd.expm, sd.logm, sd.sqrtm),
]


@pytest.mark.parametrize("function", NEEDS_SQUARE)
def test_a_matrix_must_be_square(function: Callable[[sd.Node], Any]) -> None:
    with pytest.raises(sd.ShapeError, match=r"square matrix, not `X` of shape \(n, m\)") as caught:
        function(X)
    assert caught.value.clash == X.shape


@pytest.mark.parametrize(
    "function", [*NEEDS_SQUARE, sd.qr, sd.svd, sd.pinv, sd.matrix_rank, sd.cond]
)
def test_a_matrix_is_needed(function: Callable[[sd.Node], Any]) -> None:
    with pytest.raises(sd.ArgumentError, match=r"needs a matrix, not `y` of shape \(n,\)"):
        function(y)


def test_what_has_no_factors_is_refused() -> None:
    with pytest.raises(sd.InputError, match=r"not positive definite, in `cholesky\(A\)`"):
        sd.evaluate(sd.cholesky(A), A=-np.eye(2))
    with pytest.raises(sd.InputError, match=r"complex eigenvalues; .*, in `eigvals\(A\)`"):
        sd.evaluate(sd.eigvals(A), A=[[0, -1], [1, 0]])
    with pytest.raises(sd.ArgumentError, match="'L' or 'U', not 'lower'"):
        sd.eigvalsh(A, UPLO="lower")
    with pytest.raises(sd.DerivativeError, match=r"whole number.*sd\.svdvals"):
        sd.grad(sd.sum(sd.matrix_rank(A) * A), A)
    for wrong in (lambda: sd.pinv(A, rcond="x"), lambda: sd.pinv(A, rcond=s)):
        with pytest.raises(sd.ArgumentError):
            wrong()
    with pytest.raises(sd.ArgumentError, match="`p` of `cond` is None, 2"):
        sd.cond(A, 3)
    with pytest.raises(sd.ShapeError, match="`over_gaps` cannot divide"):
        sd.over_gaps(X, sd.vector("m", 5), y)


# Triangles, least squares, condition --------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 5, 64, 65, 200])
@pytest.mark.parametrize("lower", [False, True])
@pytest.mark.parametrize("trans", [0, 1])
@pytest.mark.parametrize("unit_diagonal", [False, True])
def test_solving_with_a_triangle(n: int, lower: bool, trans: int, unit_diagonal: bool) -> None:
    a, b = drawn(n, n) / n + np.eye(n), drawn(n, 3, seed=1)
    a[np.triu_indices(n, 1) if lower else np.tril_indices(n, -1)] = np.nan  # must not be read
    options = {"lower": lower, "trans": trans, "unit_diagonal": unit_diagonal}
    node = sd.solve_triangular(A, X, **options)
    wanted = scipy.linalg.solve_triangular(a, b, **options, check_finite=False)
    np.testing.assert_allclose(both(node, A=a, X=b), wanted, rtol=1e-9)
    vector = sd.solve_triangular(A, y, **options)
    np.testing.assert_allclose(both(vector, A=a, y=b[:, 0]), wanted[:, 0], rtol=1e-9)


def test_refusals_of_triangles() -> None:
    with pytest.raises(sd.InputError, match="Singular matrix, in `solve_triangular"):
        sd.evaluate(sd.solve_triangular(A, y), A=np.zeros((2, 2)), y=[1, 2])
    with pytest.raises(sd.ArgumentError, match=r"is 0 \(or 'N'\) or 1 \(or 'T'\), not 3"):
        sd.solve_triangular(A, y, trans=3)
    with pytest.raises(sd.ShapeError, match="size n differs from size 7"):
        sd.solve_triangular(A, sd.vector("v", 7))
    with pytest.raises(sd.ArgumentError, match="a vector or a matrix on the right"):
        sd.solve_triangular(A, s)
    with pytest.raises(sd.ShapeError, match="cannot broadcast the leading axes"):
        sd.solve_triangular(K, sd.tensor("v", 3, "n", 2))
    with pytest.raises(sd.ArgumentError, match="is a pair, the factor"):
        sd.cho_solve(3, y)


@pytest.mark.parametrize("lower", [False, True])
def test_solving_with_a_cholesky_factor(lower: bool) -> None:
    a, b = positive(4, 4), drawn(4)
    node = sd.cho_solve((sd.cholesky(A, upper=not lower), lower), y)
    np.testing.assert_allclose(both(node, A=a, y=b), np.linalg.solve(a, b), rtol=1e-10)


@pytest.mark.parametrize(
    "shapes", [((5, 3), (5,)), ((5, 3), (5, 2)), ((3, 3), (3, 2)), ((2, 3), (2,))]
)
def test_least_squares(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    a, b = (drawn(*shape, seed=k) for k, shape in enumerate(shapes))
    result = sd.lstsq(sd.tensor("a", *shapes[0]), sd.tensor("b", *shapes[1]))
    for node, wanted in zip(result, np.linalg.lstsq(a, b), strict=True):
        given = {v.attrs[0]: {"a": a, "b": b}[v.attrs[0]] for v in sd.inputs(node)}
        assert node.shape == np.shape(wanted)
        np.testing.assert_allclose(both(node, **given), wanted, rtol=1e-9, atol=1e-12)


def test_least_squares_has_the_derivative_of_the_normal_equations() -> None:
    solution, normal = sd.lstsq(T, y).x, sd.solve(T.T @ T, T.T @ y)
    given = {"T": drawn(5, 3), "y": drawn(5, seed=1)}
    for v in (T, y):
        found, wanted = (both(sd.jacobian(sd.sin(each), v), **given) for each in (solution, normal))
        np.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("p", [None, 2, -2, "fro", 1, -1, np.inf, -np.inf])
def test_condition(p: Any) -> None:
    a = drawn(2, 3, 3)
    np.testing.assert_allclose(both(sd.cond(K, p), K=a), np.linalg.cond(a, p), rtol=1e-9)
