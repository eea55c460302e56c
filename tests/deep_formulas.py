"""Deep formulas with gradients, on which memory is tried: chains, networks, a ladder, Hessians."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import symdiff as sd


def chain(steps: int) -> list[sd.Node]:
    """`f(f(… w))` for `f(v) = tanh(A v)`, as in *Deep Learning*, section 6.5.6."""
    w, A = sd.vector("w", "n"), sd.matrix("A", "n", "n")
    v = w
    for _ in range(steps):
        v = sd.tanh(A @ v)
    return _with_gradient(sd.sum(v**2), w)


def shifted(steps: int) -> list[sd.Node]:
    """Each step meets its neighbours along the vector, so that no two are one block."""
    w = sd.vector("w", "n")
    v = w
    for _ in range(steps):
        v = sd.sin(sd.roll(v, 1)) * 0.9 + v
    return _with_gradient(sd.sum(v**2), w)


def ladder(steps: int) -> list[sd.Node]:
    """Each step needs the two before it."""
    before, last = sd.vector("a", "n"), sd.vector("b", "n")
    wrt = [before, last]
    for _ in range(steps):
        before, last = last, sd.sin(sd.roll(last, 1)) * before / 2 + last / 3
    return _with_gradient(sd.sum(last), *wrt)


def residual(steps: int) -> list[sd.Node]:
    """Layers with weights of their own around which the input passes."""
    x = sd.matrix("X", "n", "d")
    weights = [sd.matrix(f"W{k}", "d", "d") for k in range(steps)]
    bypass = x
    for k, weight in enumerate(weights):
        before, x = x, sd.relu(x @ weight)
        x = x + (bypass if k % 3 == 2 else before) / 2
        bypass = x if k % 3 == 2 else bypass
    return _with_gradient(sd.sum(x**2), *weights)


def perceptron(steps: int) -> list[sd.Node]:
    """Layers with biases, and softmax cross-entropy."""
    x, y = sd.matrix("X", "n", "d"), sd.matrix("Y", "n", "d")
    weights = [sd.matrix(f"W{k}", "d", "d") for k in range(steps)]
    biases = [sd.vector(f"b{k}", "d") for k in range(steps)]
    for weight, bias in zip(weights, biases, strict=True):
        x = sd.tanh(x @ weight + bias)
    return _with_gradient(-sd.sum(y * sd.log_softmax(x, axis=1)), *weights, *biases)


def product_with_hessian(steps: int) -> list[sd.Node]:
    """A Hessian times a vector: forward, backward, and both again for the direction."""
    w, A, u = sd.vector("w", "n"), sd.matrix("A", "n", "n"), sd.vector("u", "n")
    v = w
    for _ in range(steps):
        v = sd.tanh(A @ v)
    loss = sd.sum(v**2)
    return [loss, sd.grad(loss, w), sd.hvp(loss, w, u)]


def hessian(steps: int) -> list[sd.Node]:
    """A dense Hessian, with matrices that are written over."""
    w, A = sd.vector("w", "n"), sd.matrix("A", "n", "n")
    v = w
    for _ in range(steps):
        v = sd.sin(A @ v)
    loss = sd.sum(v**2)
    return [loss, sd.hessian(loss, w)]


def scaled(steps: int) -> list[sd.Node]:
    """Each step is scaled by a norm, which folds rows."""
    w = sd.vector("w", "n")
    v = w
    for _ in range(steps):
        v = sd.sin(v) / sd.sqrt(1 + sd.sum(v**2)) + v
    return _with_gradient(sd.sum(sd.cos(v)), w)


FAMILIES: Mapping[str, Callable[[int], list[sd.Node]]] = {
    each.__name__: each
    for each in (
        chain,
        shifted,
        ladder,
        residual,
        perceptron,
        product_with_hessian,
        hessian,
        scaled,
    )
}


def values(outputs: list[sd.Node], sizes: Mapping[str, int], dtype: str = "float64") -> Any:
    """Arguments by name, matrices scaled so that products neither grow nor vanish."""
    rng = np.random.default_rng(0)
    given = {}
    for v in sd.inputs(*outputs):
        shape = [sizes[str(size)] for size in v.shape]
        scale = shape[-1] ** -0.5 if v.ndim == 2 else 1.0
        given[v.attrs[0]] = (rng.standard_normal(shape) * scale).astype(dtype)
    return given


def _with_gradient(loss: sd.Node, *wrt: sd.Node) -> list[sd.Node]:
    return [loss, *sd.grad(loss, list(wrt))]
