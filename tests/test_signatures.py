"""Functions made for the sizes of a call: products in the order that is best for them."""

import numpy as np
import pytest

import symdiff as sd
from symdiff.codegen import generate

A, B, C = sd.matrix("A", "n", "m"), sd.matrix("B", "m", "k"), sd.matrix("C", "k", "p")


def arrays(n, m, k, p):
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape) for shape in ((n, m), (m, k), (k, p))]


@pytest.fixture
def made(monkeypatch):
    """The texts of the modules that are loaded."""
    texts = []
    load = generate._loaded

    def loaded(source, name):
        texts.append(source.text)
        return load(source, name)

    monkeypatch.setattr(generate, "_loaded", loaded)
    return texts


def test_the_order_follows_the_sizes(made):
    f = sd.compile(A @ B @ C)
    for sizes in ((2, 30, 30, 40), (3, 20, 20, 30), (40, 30, 30, 2), (41, 31, 30, 2)):
        a, b, c = arrays(*sizes)
        np.testing.assert_allclose(f(a, b, c), a @ b @ c, rtol=1e-12)
        np.testing.assert_allclose(f(A=a, C=c, B=b), a @ b @ c, rtol=1e-12)
        np.testing.assert_allclose(f(a.tolist(), b.tolist(), c), a @ b @ c, rtol=1e-12)
    assert len(made) == 2
    assert "A @ B @ C" in made[0]
    assert "A @ (B @ C)" in made[1]
    assert f.source == made[0]


def test_gradients_follow_too(made):
    loss = sd.sum((A @ B @ C) ** 2)
    f = sd.compile([loss, *sd.grad(loss, [A, B, C])])
    plain = sd.compile([loss, *sd.grad(loss, [A, B, C])], without=["associate"])
    for sizes in ((2, 30, 30, 40), (40, 30, 30, 2), (1, 1, 1, 1), (0, 3, 2, 2)):
        given = arrays(*sizes)
        for found, expected in zip(f(*given), plain(*given), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_what_does_not_fit_is_refused_as_ever():
    f = sd.compile(A @ B @ C)
    a, b, c = arrays(2, 3, 4, 5)
    with pytest.raises(sd.InputError) as caught:
        f(a, c, b)
    with pytest.raises(sd.InputError) as expected:
        sd.compile(A @ B @ C, without=["associate"])(a, c, b)
    assert str(caught.value) == str(expected.value)
    with pytest.raises(sd.InputError, match="missing"):
        f(a, b)
    with pytest.raises(sd.InputError):
        f(a, b, [[1.0], [2.0, 3.0]])


def test_a_formula_without_a_choice_has_one_function(made):
    w = sd.vector("w", "m")
    f = sd.compile(A @ w)
    f(np.ones((2, 3)), np.ones(3))
    f(np.ones((3, 2)), np.ones(2))
    assert len(made) == 1
