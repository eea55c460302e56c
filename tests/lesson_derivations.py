"""Derivations of which the tests of pages make pages."""

from __future__ import annotations

from collections.abc import Callable

import symdiff as sd
from symdiff.explain.derivation import Derivation


def derive(formula: str, wrt: str, shapes: dict[str, str], **options: object) -> Derivation:
    """Explain the derivative of a formula by some of its variables."""
    target = sd.parse(formula, **shapes)
    variables = {v.attrs[0]: v for v in sd.inputs(target)}
    return sd.explain(target, [variables[x] for x in wrt.split()], **options)


def least_squares(**options: object) -> Derivation:
    """The least squares of a linear model."""
    return derive("sum((X @ w - y)**2)", "w", {"X": "n d", "w": "d", "y": "n"}, **options)


def network() -> Derivation:
    """Two layers with squared error."""
    shapes = {"X": "n d", "W1": "d h", "b1": "h", "W2": "h k", "b2": "k", "Y": "n k"}
    formula = "mean((sigmoid(sigmoid(X@W1 + b1)@W2 + b2) - Y)**2)"
    return derive(formula, "W1 b1 W2 b2", shapes)


def logistic(**options: object) -> Derivation:
    """A second derivative, in two passes."""
    return derive("sum(log(1 + exp(X@w)))", "w", {"X": "n d", "w": "d"}, order=2, **options)


LESSONS: dict[str, Callable[[], Derivation]] = {
    "least squares": least_squares,
    "network": network,
    "second derivative": logistic,
    "Chinese": lambda: least_squares(lang="zh"),
    "values": lambda: derive(
        "sin(x*y)**2 + exp(x)", "x y", {"x": "", "y": ""}, at={"x": 1, "y": 2}
    ),
    "Jacobian": lambda: derive("softmax(W @ x)", "x", {"W": "k d", "x": "d"}),
    "exercise": lambda: least_squares(blanks="contribution"),
    "short": lambda: least_squares(detail="short"),
    "comparisons": lambda: derive("sum(where(x < y, x*y, x))", "x", {"x": "n", "y": "n"}),
    "no path": lambda: derive("sum(x**2)", "x", {"x": "n"}, without=["simplification", "check"]),
}
