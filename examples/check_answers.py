"""Is my gradient right? A page of lecture notes, and a sheet of exercises, are marked.

The notes derive the learning rule of a small network by hand. Three of their formulas are wrong in
ways that a test on numbers would only show as a difference; here each mistake is named. The
exercises are the mistakes that hand-made gradients have most often.
"""

from __future__ import annotations

from typing import NamedTuple

import symdiff as sd


class Claim(NamedTuple):
    """A formula, a derivative claimed for it, and what the names in both stand for."""

    formula: str
    wrt: str
    answer: str
    shapes: dict[str, str]
    where: dict[str, str]


LAYER = {"W": "d k", "h": "d", "t": "k"}
UNIT = {"W": "k d", "x": "d", "t": "k"}
SQUARES = {"X": "n d", "w": "d", "y": "n"}
SQUARE = {"A": "n n", "x": "n"}

NOTES = [
    Claim("sum((o - t)**2)/2", "W", "outer(h, o - t)", LAYER, {"o": "softmax(W.T @ h)"}),
    Claim("sum((h - t)**2)/2", "W", "outer((h - t)*(1 + h)*(1 - h), x)", UNIT,
          {"h": "sigmoid(W @ x)"}),
    Claim("sum((t - z)**2)", "W", "outer(z - t, x)", UNIT, {"z": "W @ x"}),
]  # fmt: skip
PUT_RIGHT = [
    Claim("logsumexp(z) - t @ z", "W", "outer(h, softmax(z) - t)", LAYER, {"z": "W.T @ h"}),
    Claim("sum((h - t)**2)/2", "W", "outer((h - t)*h*(1 - h), x)", UNIT, {"h": "sigmoid(W @ x)"}),
    Claim("sum((t - z)**2)", "W", "-2*outer(t - z, x)", UNIT, {"z": "W @ x"}),
]
EXERCISES = [
    Claim("sum((X @ w - y)**2)", "w", "2*X.T @ (y - X @ w)", SQUARES, {}),
    Claim("mean((X @ w - y)**2)", "w", "2*X.T @ (X @ w - y)", SQUARES, {}),
    Claim("sum((X @ w - y)**2)/2 + lam*w @ w", "w", "X.T @ (X @ w - y)", SQUARES | {"lam": ""}, {}),
    Claim("sum((X @ w - y)**2)/2 + lam*w @ w", "w", "X.T @ (X @ w - y) + lam*w",
          SQUARES | {"lam": ""}, {}),
    Claim("sum((X @ w - y)**2)", "X", "2*outer(w, X @ w - y)", SQUARES, {}),
    Claim("sum((X @ w - y)**2)", "X", "2*(X @ w - y)", SQUARES, {}),
    Claim("x @ A @ x", "x", "2*A @ x", SQUARE, {}),
    Claim("x @ A @ x", "x", "A @ x", SQUARE, {}),
    Claim("sum((A @ x)**2)", "x", "2*(A @ (A @ x))", SQUARE, {}),
    Claim("sum(sin(x**2))", "x", "cos(x**2)", SQUARE, {}),
    Claim("sum(x*sin(x))", "x", "sin(x)", SQUARE, {}),
    Claim("sum(x*log(x))", "x", "log(x)", SQUARE, {}),
]  # fmt: skip


def verdict(claim: Claim) -> sd.Verdict:
    """What is to be said about a claim."""
    meaning = {name: sd.parse(formula, **claim.shapes) for name, formula in claim.where.items()}
    target = sd.parse(claim.formula, **claim.shapes, **meaning)
    wrt = next(v for v in sd.inputs(target) if str(v) == claim.wrt)
    return sd.same(claim.answer, sd.grad(target, wrt), where=meaning)


def show(claims: list[Claim]) -> None:
    """Print each claim with its verdict."""
    for claim in claims:
        where = ", ".join(f"{name} = {formula}" for name, formula in claim.where.items())
        print(f"   ∂/∂{claim.wrt} of {claim.formula}{', with ' * bool(where)}{where}")
        print(f"   claimed: {claim.answer}")
        print(f"      {str(verdict(claim)).splitlines()[0]}\n")


def main() -> None:
    """Mark the notes, the notes put right, and the exercises."""
    print("1. The lecture notes\n")
    show(NOTES)
    print("2. What the notes should say\n")
    show(PUT_RIGHT)
    print("3. Exercises\n")
    show(EXERCISES)


if __name__ == "__main__":
    main()
