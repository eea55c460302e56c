"""The formulas that the playground starts from; the catalogue has their titles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Example(NamedTuple):
    """A formula with shapes, and what to look at first; its title is `play.example.` and `key`."""

    key: str
    formula: str
    shapes: Mapping[str, str]
    wrt: Sequence[str]
    kind: str = "gradient"
    view: str = "closed"


EXAMPLES = (
    Example("least_squares", "sum((X @ w - y)**2)", {"X": "n d", "w": "d", "y": "n"}, ["w"]),
    Example(
        "logistic",
        "sum(softplus(X @ w) - y*(X @ w))",
        {"X": "n d", "w": "d", "y": "n"},
        ["w"],
        "hessian",
    ),
    Example("softmax", "logsumexp(z) - t @ z", {"z": "k", "t": "k"}, ["z"]),
    Example("chain", "exp(exp(exp(w)))", {}, ["w"]),
    Example(
        "relu",
        "sum(relu(X @ W))",
        {"X": "n d", "W": "d m"},
        ["W"],
    ),
    Example(
        "weight_decay",
        "sum((X @ w - y)**2)/n + lam*sum(w**2)",
        {"X": "n d", "w": "d", "y": "n"},
        ["w"],
    ),
    Example("rosenbrock", "(1 - x)**2 + 100*(y - x**2)**2", {}, ["x", "y"], "hessian"),
    Example(
        "perceptron",
        "sum((W2 @ tanh(W1 @ x + b1) + b2 - y)**2)/2",
        {"W2": "k m", "W1": "m d", "x": "d", "b1": "m", "b2": "k", "y": "k"},
        ["W1", "b1", "W2", "b2"],
    ),
    Example(
        "mixture",
        "-sum(logsumexp(a - sum((x[:, None] - mu)**2, axis=2)/2, axis=1))",
        {"x": "n d", "mu": "k d", "a": "k"},
        ["mu", "a"],
    ),
    Example("determinant", "log(det(A))", {"A": "n n"}, ["A"]),
    Example("softmax_jacobian", "softmax(x)", {"x": "n"}, ["x"], "jacobian"),
    Example("quotient", "(x @ A @ x)/(x @ x)", {"x": "n", "A": "n n"}, ["x"]),
    Example(
        "attention",
        "softmax(Q @ K.T/sqrt(d), axis=1) @ V",
        {"Q": "n d", "K": "m d", "V": "m p"},
        ["V"],
        "jacobian",
    ),
)
