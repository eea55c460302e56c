"""A multilayer perceptron with two hidden layers of rectifiers and softmax cross-entropy."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from .workload import Array, Case, Workload


def formula(m: Any, X: Any, T: Any, W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any) -> Any:
    """The mean cross-entropy of a batch with labels one-hot in T."""
    hidden = m.relu(X @ W1 + b1)
    deeper = m.relu(hidden @ W2 + b2)
    scores = deeper @ W3 + b3
    return m.mean(m.logsumexp(scores, 1) - m.sum(T * scores, 1))


def by_hand(
    X: Array, T: Array, W1: Array, b1: Array, W2: Array, b2: Array, W3: Array, b3: Array
) -> tuple[Any, ...]:
    """Value, and gradients by weights and biases, layer by layer."""
    hidden = X @ W1
    hidden += b1
    np.maximum(hidden, 0, out=hidden)
    deeper = hidden @ W2
    deeper += b2
    np.maximum(deeper, 0, out=deeper)
    scores = deeper @ W3
    scores += b3
    scores -= scores.max(axis=1, keepdims=True)
    shares = np.exp(scores)
    totals = shares.sum(axis=1, keepdims=True)
    value = (np.log(totals).sum() - np.vdot(T, scores)) / len(X)
    shares /= totals
    shares -= T
    shares /= len(X)
    back2 = shares @ W3.T
    back2 *= deeper > 0
    back1 = back2 @ W2.T
    back1 *= hidden > 0
    layers = ((X, back1), (hidden, back2), (deeper, shares))
    return value, *(g for a, back in layers for g in (a.T @ back, back.sum(axis=0)))


def draw(rng: np.random.Generator, n: int, i: int, j: int, k: int, o: int) -> dict[str, Array]:
    """A batch of n, and weights that keep the variance."""
    widths = (i, j, k, o)
    arrays = {"X": rng.standard_normal((n, i)), "T": np.eye(o)[rng.integers(0, o, n)]}
    for layer, (a, b) in enumerate(pairwise(widths), 1):
        arrays[f"W{layer}"] = rng.standard_normal((a, b)) * np.sqrt(2 / a)
        arrays[f"b{layer}"] = rng.standard_normal(b) * 0.1
    return arrays


BIG = {"n": 128, "i": 784, "j": 256, "k": 256, "o": 10}
TINY = {"n": 4, "i": 8, "j": 16, "k": 16, "o": 4}
WORKLOAD = Workload(
    "perceptron",
    formula,
    {
        **{"X": ("n", "i"), "T": ("n", "o"), "W1": ("i", "j"), "b1": ("j",)},
        **{"W2": ("j", "k"), "b2": ("k",), "W3": ("k", "o"), "b3": ("o",)},
    },
    draw,
    ("W1", "b1", "W2", "b2", "W3", "b3"),
    by_hand,
    (
        Case(BIG, target=1.0, cold=None),
        Case(BIG, dtype="float32", target=1.0, cold=None),
        Case(TINY, target=1.0),
    ),
    Case({"n": 3, "i": 5, "j": 4, "k": 6, "o": 3}),
)
