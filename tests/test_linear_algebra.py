"""Inverses, determinants, powers, Kronecker products: shapes, edges, notation, rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd

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
