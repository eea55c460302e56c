"""`sd.grad_of` and its like: autograd's numbers on ordinary functions, JAX's structures, errors."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy_examples import EXAMPLES, Example
from test_numpy_functions import BEYOND_AUTOGRAD, refusal, with_autograd

import symdiff as sd
from symdiff.dims import as_shape, size_value

A = np.array([1.0, 2.0, 4.0])
SIZES = ({"n": 4, "m": 3, "d": 2, "k": 3}, {"n": 5, "m": 2, "d": 3, "k": 4})


# Beside autograd ----------------------------------------------------------------------------------


def point(each: Example, sizes: dict[str, int]) -> list[Any]:
    """Arguments of an example."""
    rng = np.random.default_rng(len(each.f.__name__) + sizes["n"])
    low = 0.5 if each.positive else -1.0
    shapes = [as_shape(shape) for shape in each.shapes.values()]
    return [rng.uniform(low, 1.5, [size_value(s, sizes) for s in shape]) for shape in shapes]


@pytest.mark.parametrize("each", EXAMPLES, ids=lambda each: each.f.__name__)
def test_gradients_are_those_of_autograd(each: Example) -> None:
    import autograd.numpy as anp
    from autograd import value_and_grad

    places = tuple(range(len(each.shapes)))

    def ours(*args: Any) -> Any:
        return np.sum(np.sin(each.f(*args)))

    mine = sd.value_and_grad(ours, argnums=places)
    theirs = with_autograd(each.f)
    reference = value_and_grad(lambda args: anp.sum(anp.sin(theirs(*args))))
    tried = 0
    for sizes in SIZES:
        args = point(each, sizes)
        try:
            expected = np.sum(np.sin(each.f(*args)))
        except ValueError:  # some are written for the first sizes alone
            assert sizes is SIZES[1]
            continue
        tried += 1
        value, slopes = mine(*args)
        np.testing.assert_allclose(value, expected, rtol=1e-10)
        if each.f.__name__ in BEYOND_AUTOGRAD:
            continue
        for slope, other, arg in zip(slopes, reference(tuple(args))[1], args, strict=True):
            assert slope.shape == arg.shape
            np.testing.assert_allclose(slope, other, rtol=1e-8, atol=1e-10)
    assert tried and mine.traces == 1


UNARY: list[Callable[[Any], Any]] = [
    *(np.exp, np.expm1, np.exp2, np.sin, np.cos, np.tan, np.tanh, np.sinh, np.cosh, np.arctan),
    *(np.arcsinh, np.square, np.negative, np.sinc, np.log, np.log2, np.log10, np.log1p, np.sqrt),
    *(np.abs, np.reciprocal, np.mean, np.sum, np.prod, np.var, np.std, np.max, np.min),
    *(np.cumsum, np.sort, np.diff, np.linalg.norm, np.ravel, np.outer, np.dot, np.maximum),
]


def test_single_functions_of_numpy() -> None:
    import autograd.numpy as anp
    from autograd import elementwise_grad

    for f in UNARY:
        home = anp.linalg if f is np.linalg.norm else anp
        two = f in (np.outer, np.dot, np.maximum)
        theirs: Any = getattr(home, f.__name__)

        def ours(x, f=f, two=two):
            return np.sum(f(x, x + 0.5) if two else f(x))

        def other(x, f=theirs, two=two):
            return anp.sum(f(x, x + 0.5) if two else f(x))

        np.testing.assert_allclose(
            sd.grad_of(ours)(A / 4), elementwise_grad(other)(A / 4), rtol=1e-10, atol=1e-12
        )


# Structures, as JAX has them ----------------------------------------------------------------------


class Pair(NamedTuple):
    """An argument with structure."""

    a: Any
    b: Any


def loss(p, x, k=2):
    return np.sum((p["W"] @ x + p["b"].a) ** k) * p["b"].b


P = {"W": np.arange(6.0).reshape(2, 3), "b": Pair(np.ones(2), 2.0), "none": None}


def test_gradients_have_the_structure_of_arguments() -> None:
    g = sd.grad_of(loss)(P, A)
    residual = P["W"] @ A + 1.0
    assert [*g] == ["W", "b", "none"] and g["none"] is None
    np.testing.assert_allclose(g["W"], 4 * np.outer(residual, A))
    np.testing.assert_allclose(g["b"].a, 4 * residual)
    assert g["b"].b == np.sum(residual**2)
    both = sd.grad_of(loss, argnums=(1, 0))(P, A)
    np.testing.assert_allclose(both[0], 4 * P["W"].T @ residual)
    np.testing.assert_allclose(both[1]["W"], g["W"])
    for same in ("x", -2, ["x"], ("x",)):
        found = sd.grad_of(loss, argnums=same)(P, x=A)
        np.testing.assert_allclose(found if same in ("x", -2) else found[0], both[0])
    value, slope = sd.value_and_grad(loss, argnums=1)(P, A)
    assert value == 2 * np.sum(residual**2)
    np.testing.assert_allclose(slope, both[0])
    assert sd.grad_of(lambda *, a, b: a * b**2, argnums="b")(a=2.0, b=3.0) == 12.0
    assert sd.grad_of(lambda *xs: xs[0] * xs[1] ** 2, argnums=1)(2.0, 3.0) == 12.0


def test_second_derivatives() -> None:
    def f(a, b):
        return np.sum(a**2 * np.sin(b[0])) + np.prod(b)

    a, b = A, np.array([0.3, 2.0])
    H = sd.hessian_of(f, argnums=(0, 1))(a, b)
    np.testing.assert_allclose(H[0][0], np.diag([2 * np.sin(0.3)] * 3))
    np.testing.assert_allclose(H[0][1], np.stack([2 * a * np.cos(0.3), 0 * a], axis=1))
    np.testing.assert_allclose(H[1][0], H[0][1].T)
    np.testing.assert_allclose(H[1][1], [[-np.sum(a**2) * np.sin(0.3), 1.0], [1.0, 0.0]])
    np.testing.assert_allclose(sd.hessian_of(f)(a, b), H[0][0])
    np.testing.assert_allclose(sd.hessian_of(f, argnums="b")(a, b), H[1][1])
    np.testing.assert_allclose(sd.jacobian_of(sd.grad_of(f, 1), 0)(a, b), H[1][0])
    S = sd.hessian_of(loss)(P, A)
    assert S["W"]["W"].shape == (2, 3, 2, 3) and S["W"]["b"].a.shape == (2, 3, 2)
    assert S["b"].b["W"].shape == (2, 3) and S["none"] is None
    (row,) = sd.hessian_of(f, argnums=(0,))(a, b)
    np.testing.assert_allclose(row[0], H[0][0])


def test_jacobians() -> None:
    def f(x, t):
        return {"y": x[1:] * t, "z": np.sum(x)}

    J = sd.jacobian_of(f, argnums=(0, 1))(A, 3.0)
    np.testing.assert_allclose(J["y"][0], [[0, 3.0, 0], [0, 0, 3.0]])
    np.testing.assert_allclose(J["y"][1], A[1:])
    np.testing.assert_allclose(J["z"][0], np.ones(3))
    value, aux = sd.jacobian_of(lambda x: (x**2, x), has_aux=True)(2.0)
    assert (value, aux) == (4.0, 2.0)


def test_the_choice_at_kinks_is_that_of_each_call() -> None:
    slope = sd.grad_of(np.abs)
    assert slope(0.0) == 0.0
    for choice, expected in (("left", -1.0), ("right", 1.0)):
        with sd.conventions(at_kinks=choice):
            assert slope(0.0) == expected
    assert slope(0.0) == 0.0


def test_jacobians_of_structures_with_nothing_in_them() -> None:
    found = sd.jacobian_of(lambda x: {"a": 2 * x, "b": None})(2.0)
    assert found == {"a": 2.0, "b": None}


def test_what_else_is_computed() -> None:
    def f(x):
        y = x**2
        return np.sum(y), {"y": y, "word": "w", "shape": x.shape[0]}

    g, aux = sd.grad_of(f, has_aux=True)(A)
    np.testing.assert_allclose(g, 2 * A)
    np.testing.assert_allclose(aux["y"], A**2)
    assert (aux["word"], aux["shape"]) == ("w", 3)
    (value, aux), g = sd.value_and_grad(f, has_aux=True)(A)
    assert value == 21.0 and aux["word"] == "w"
    assert sd.hessian_of(f, has_aux=True)(A)[0].shape == (3, 3)


# Nesting ------------------------------------------------------------------------------------------


def test_derivatives_nest() -> None:
    third = sd.grad_of(sd.grad_of(sd.grad_of(lambda x: np.sin(x) * x**3)))
    x = 0.5
    expected = (6 - 9 * x**2) * np.sin(x) + (18 * x - x**3) * np.cos(x)
    assert third(x) == pytest.approx(expected, rel=1e-14)
    assert third.__name__ == "grad_of(grad_of(grad_of(<lambda>)))"
    assert sd.grad_of(lambda x: x * sd.grad_of(lambda y: x + y)(1.0))(1.0) == 1.0
    assert sd.grad_of(lambda x: sd.grad_of(lambda y: x * y)(x))(3.0) == 1.0
    assert sd.grad_of(lambda x: sd.grad_of(lambda y: x * y**2)(2 * x) * x)(3.0) == 108.0
    quadratic = sd.function(lambda w, X: np.sum((X @ w) ** 2))

    def hvp(w, v, X):
        return sd.grad_of(lambda w: np.sum(sd.grad_of(quadratic)(w, X) * v))(w)

    X, v = np.arange(6.0).reshape(2, 3), np.array([1.0, -1.0, 2.0])
    product = sd.function(hvp)
    np.testing.assert_allclose(product(A, v, X), 2 * X.T @ (X @ v))
    np.testing.assert_allclose(product(A[:2], v[:2], X[:, :2]), 2 * X[:, :2].T @ X[:, :2] @ v[:2])
    assert (product.traces, quadratic.traces) == (1, 0)


def test_on_expressions_they_build_the_closed_form() -> None:
    X, w, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")

    def squares(w, X, y):
        return np.sum((X @ w - y) ** 2)

    assert sd.grad_of(squares)(w, X, y) is sd.grad(sd.sum((X @ w - y) ** 2), w)
    assert str(sd.hessian_of(squares)(w, X, y)) == "2 Xᵀ X"
    assert sd.grad_of(squares)(2 * w, X, y).shape == w.shape
    x = sd.scalar("x")
    assert sd.grad_of(lambda u: u * x)(x) is x
    step = sd.grad_of(lambda u: np.sum(u**2))
    assert step(np.array([1.0, 2.0])).tolist() == [2.0, 4.0]


def test_methods_and_surroundings() -> None:
    class Model:
        def __init__(self) -> None:
            self.lam = 2.0

        def loss(self, w, x):
            return np.sum(w * x) * self.lam

    model = Model()
    g = sd.grad_of(model.loss, argnums=(0, "x"))
    np.testing.assert_allclose(g(A, A + 1)[0], 2 * (A + 1))
    model.lam = 3.0
    np.testing.assert_allclose(g(A, A + 1)[1], 3 * A)
    assert g.traces == 1
    inner = sd.grad_of(sd.function(model.loss))
    np.testing.assert_allclose(inner(A, A), 3 * A)
    model.lam = 1.0
    np.testing.assert_allclose(inner(A, A), A)
    data = np.ones(3)
    by_data = sd.grad_of(lambda w: np.sum(w * data))
    np.testing.assert_allclose(by_data(A), data)
    data[0] = 5.0
    np.testing.assert_allclose(by_data(A), [5.0, 1.0, 1.0])


def test_one_program_for_all_sizes_and_precisions() -> None:
    g = sd.grad_of(lambda w, X: np.sum(np.tanh(X @ w)))
    for n, d, kind in ((2, 3, np.float64), (5, 3, np.float32), (4, 7, np.float32)):
        found = g(np.zeros(d, kind), np.ones((n, d), kind))
        assert found.dtype == kind
        np.testing.assert_array_equal(found, np.full(d, n))
    assert g.traces == 1
    assert str(g.node(np.zeros(3), np.ones((2, 3)))) == "Xᵀ(1 − tanh(X w)²)"
    assert "X.T @" in g.source(np.zeros(3), np.ones((2, 3)))
    again = pickle.loads(pickle.dumps(sd.grad_of(loss, argnums="x")))
    np.testing.assert_array_equal(again(P, A), sd.grad_of(loss, argnums="x")(P, A))


def test_complex_numbers() -> None:
    z = 1.0 + 2.0j
    assert sd.grad_of(lambda z: np.real(z * np.conj(z)))(z) == 2 * np.conj(z)
    assert sd.grad_of(lambda z: z**2, holomorphic=True)(z) == 2 * z
    assert refusal(lambda: sd.grad_of(lambda z: z**2)(z), sd.DerivativeError) == (
        "the target `z**2` is complex, and only real functions have gradients; take sd.real, "
        "sd.imag or sd.abs of it, or, where it is holomorphic in complex variables, say "
        "holomorphic=True"
    )


# What is refused ----------------------------------------------------------------------------------


def scaled(x, k):
    return x * k


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: sd.grad_of(scaled)(3, 2.0),
            "`grad_of` differentiates `scaled` by `x`, which is of kind int; give floats, such as "
            "3.0, or choose others by argnums",
        ),
        (
            lambda: sd.grad_of(scaled)("a", 2.0),
            "`grad_of` differentiates `scaled` by `x`, which is of kind str; give floats, such as "
            "3.0, or choose others by argnums",
        ),
        (
            lambda: sd.grad_of(scaled)(A, 2.0),
            "`grad_of` differentiates one number, but `scaled` returns shape (3,); take np.sum of "
            "it, or sd.jacobian_of",
        ),
        (
            lambda: sd.grad_of(lambda x: (x, x))(1.0),
            "`grad_of` differentiates one number, but `<lambda>` returns a tuple; return one "
            "number, or with has_aux=True a pair that it begins",
        ),
        (
            lambda: sd.value_and_grad(lambda x: None)(1.0),
            "`value_and_grad` differentiates one number, but `<lambda>` returns None; return one "
            "number, or with has_aux=True a pair that it begins",
        ),
        (
            lambda: sd.hessian_of(lambda x: x, has_aux=True)(1.0),
            "with has_aux=True, `<lambda>` returns a pair: what is differentiated, and what else "
            "it computes; it returns shape ()",
        ),
        (
            lambda: sd.grad_of(scaled, argnums=2),
            "`scaled` has no argument 2 to differentiate by; it has x, k",
        ),
        (
            lambda: sd.grad_of(scaled, argnums=("x", "z")),
            "`scaled` has no argument 'z' to differentiate by; it has x, k",
        ),
        (
            lambda: sd.grad_of(lambda a, b=1.0: a * b, argnums=1)(2.0),
            "`grad_of` differentiates `<lambda>` by `b`, which this call does not give",
        ),
        (
            lambda: sd.grad_of(lambda *xs: xs[0], argnums=1)(2.0),
            "`grad_of` differentiates `<lambda>` by argument 1, which this call does not give",
        ),
        (
            lambda: sd.grad_of(scaled, argnums=1.5),
            "argnums is a place, a name, or a tuple of such, not 1.5",
        ),
        (
            lambda: sd.grad_of(scaled, argnums=()),
            "argnums is a place, a name, or a tuple of such, not ()",
        ),
        (lambda: sd.grad_of(3.0), "a function is expected, not 3.0"),
        (
            lambda: sd.grad_of(lambda x: np.sum(x > 0))(A),
            "the target `sum(x > 0)` is of kind int, which does not vary continuously; only float "
            "expressions have derivatives",
        ),
        (
            lambda: sd.grad_of(lambda x: np.sum(np.floor(x)))(A),
            "`floor` has no derivative: it is a staircase, with derivative 0 on each step and none "
            "between. It stands in `floor(x)`. Use sd.stop_gradient(sd.floor(x)) if ",
        ),
    ],
)
def test_refused(call: Any, message: str) -> None:
    assert refusal(call, sd.SymdiffError).startswith(message)
