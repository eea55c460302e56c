"""Exponential, logarithm and square root of matrices: against SciPy, at edges, and refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg

import symdiff as sd

A, E = sd.matrix("A", "n", "n"), sd.matrix("E", "n", "n")


def drawn(*shape: int, seed: int = 0) -> Any:
    """Random entries."""
    return np.random.default_rng(seed).normal(size=shape)


def near_one(n: int) -> Any:
    """A matrix whose eigenvalues are about 1."""
    return np.eye(n) + 0.3 * drawn(n, n) / max(n, 1) ** 0.5


@pytest.mark.parametrize("n", [0, 1, 2, 5, 40])
@pytest.mark.parametrize("name", ["expm", "logm", "sqrtm"])
def test_values(name: str, n: int) -> None:
    a = near_one(n)
    wanted = getattr(scipy.linalg, name)(a) if n else a
    node = getattr(sd, name)(A)
    for found in (sd.evaluate(node, A=a), sd.compile(node)(a)):
        np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-12)
    single = sd.evaluate(node, A=a.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("scale", [1e-8, 1e-3, 1.0, 10.0, 100.0])
def test_exponentials_of_all_sizes(scale: float) -> None:
    a = scale * np.stack([drawn(4, 4), -np.eye(4), np.diag(np.ones(3), 1)])
    K = sd.tensor("K", 3, 4, 4)
    found, wanted = sd.evaluate(sd.expm(K), K=a), scipy.linalg.expm(a)
    size = np.max(np.abs(wanted), axis=(-2, -1), keepdims=True)
    np.testing.assert_allclose(found / size, wanted / size, atol=1e-11)


def test_a_quarter_turn() -> None:
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    half = np.sqrt(0.5) * np.array([[1.0, -1.0], [1.0, 1.0]])
    np.testing.assert_allclose(sd.evaluate(sd.sqrtm(A), A=turn), half, atol=1e-14)
    np.testing.assert_allclose(sd.evaluate(sd.logm(A), A=turn), np.pi / 2 * turn, atol=1e-14)
    np.testing.assert_allclose(sd.evaluate(sd.expm(A), A=np.pi * turn), -np.eye(2), atol=1e-14)


@pytest.mark.parametrize("function", [sd.logm, sd.sqrtm])
@pytest.mark.parametrize(
    "a",
    [
        [[-1.0]],
        [[0.0, 0.0], [0.0, 1.0]],
        [[0.0, 1.0], [0.0, 0.0]],
        -7 * np.eye(3),
        [[2, 0], [0, -3]],
    ],
)
def test_no_principal_root(function: Callable[[sd.Node], sd.Node], a: Any) -> None:
    node = function(A)
    with pytest.raises(sd.InputError, match=r"an eigenvalue is zero or negative, in `(log|sqrt)m"):
        sd.evaluate(node, A=a)
    with pytest.raises(sd.InputError, match="no real principal square root"):
        sd.compile(node)(a)


def test_derivatives_at_repeated_eigenvalues() -> None:
    """Where a formula with eigenvectors divides by 0."""
    for point in (4 * np.eye(3), np.eye(3)):
        for name, slope in (("sqrtm", 0.5 / np.sqrt(point[0, 0])), ("logm", 1 / point[0, 0])):
            jacobian = sd.evaluate(sd.jacobian(getattr(sd, name)(A), A), A=point)
            wanted = slope * np.einsum("ik,jl->ijkl", np.eye(3), np.eye(3))
            np.testing.assert_allclose(jacobian, wanted, atol=1e-12)


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_a_direction_of_any_length(scale: float) -> None:
    a, e = near_one(3), drawn(3, 3, seed=1)
    wanted = scipy.linalg.expm_frechet(a, e)[1]
    found = sd.evaluate(sd.expm_frechet(A, E), A=a, E=scale * e)
    np.testing.assert_allclose(found / scale, wanted, rtol=1e-12)
    root = sd.evaluate(sd.sqrtm(A), A=a)
    turned = sd.evaluate(sd.sqrtm_frechet(A, E), A=a, E=scale * e) / scale
    np.testing.assert_allclose(root @ turned + turned @ root, e, atol=1e-12)


def test_a_logarithm_undoes_an_exponential() -> None:
    a = 0.3 * drawn(4, 4)
    gradient = sd.grad(sd.sum(E * sd.logm(sd.expm(A))), A)
    e = drawn(4, 4, seed=1)
    np.testing.assert_allclose(sd.evaluate(gradient, A=a, E=e), e, rtol=1e-10)


def test_directions_must_fit() -> None:
    with pytest.raises(sd.ShapeError, match=r"`expm_frechet` at `A` of shape \(n, n\) has no dir"):
        sd.expm_frechet(A, sd.matrix("F", 3, 3))
    with pytest.raises(sd.ShapeError, match="needs a square matrix"):
        sd.expm_frechet(A, sd.matrix("F", 3, 2))
    with pytest.raises(sd.ShapeError, match="has no direction"):
        sd.expm_frechet(sd.tensor("K", 2, 3, 3), sd.tensor("L", 4, 3, 3))
