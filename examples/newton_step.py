"""Newton's method for logistic regression, with a Hessian that is never built.

The Hessian of the loss is a Gram matrix plus a ridge, Xᵀ diag(s) X + λ I. As an operator it is
applied with two products by X, so that the Newton step can be found by conjugate gradients; the
weights s are computed once at each point. A solve with the dense matrix gives the same steps.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator, cg

import symdiff as sd

SAMPLES, FEATURES, RIDGE = 2000, 60, 1e-2
STEPS = 8


def problem(seed: int = 0) -> dict[str, Any]:
    """Labels of -1 and 1 that depend on the features, with noise."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(SAMPLES, FEATURES)) / np.sqrt(FEATURES)
    y = np.sign(X @ rng.normal(size=FEATURES) * 4 + rng.logistic(size=SAMPLES))
    return {"X": X, "y": y, "lam": RIDGE}


def structures() -> None:
    """Print what the operator knows of Hessians of some losses."""
    print("1. What a Hessian is, read off its closed form\n")
    losses = [
        ("sum((X @ w - y)**2)", "w", {"X": "n d", "w": "d", "y": "n"}),
        ("sum(exp(x)) + sum(x**4)", "x", {"x": "n"}),
        ("sum(x**2)**2", "x", {"x": "n"}),
        ("sum((U @ V.T - A)**2)", "U", {"U": "n k", "V": "m k", "A": "n m"}),
    ]
    for formula, name, shapes in losses:
        loss = sd.parse(formula, **shapes)
        x = next(v for v in sd.inputs(loss) if str(v) == name)
        H = sd.hessian(loss, x, form="operator")
        print(f"   {formula}\n      {H}")
        print(f"      times v     {H.matvec()}")
        print(f"      solved      {H.solve()}\n")


def newton_steps(data: dict[str, Any]) -> None:
    """Take Newton steps by conjugate gradients, and compare each with that of a dense solve."""
    w = sd.vector("w", "d")
    loss = sd.parse("sum(softplus(-y*(X @ w))) + lam*sum(w**2)/2", X="n d", w=w, y="n", lam="")
    gradient, H = sd.grad(loss, w), sd.hessian(loss, w, form="operator")
    value_and_gradient = sd.compile([loss, gradient])
    print("2. Logistic regression\n")
    print(f"   loss      {loss}\n   gradient  {gradient}\n   {H}\n")
    print("   step   loss              |gradient|   CG iterations   |CG − dense|/|dense|")
    point = np.zeros(FEATURES)
    for step in range(STEPS):
        value, g = value_and_gradient(w=point, **data)
        here = H.at(w=point, **data)
        if not isinstance(here, LinearOperator):
            raise AssertionError("SciPy's solvers would not take the operator")
        applied: list[None] = []
        move, failed = cg(
            here, -g, rtol=1e-10, callback=lambda _, count=applied: count.append(None)
        )
        direct = np.linalg.solve(here.dense(), -g)
        error = np.linalg.norm(move - direct) / np.linalg.norm(direct)
        if failed or error > 1e-6:
            raise AssertionError(f"conjugate gradients and the dense solve differ by {error}")
        length = np.linalg.norm(g)
        print(f"   {step:4}   {value:.10f}   {length:10.2e}   {len(applied):13}   {error:.0e}")
        if length < 1e-9:
            break
        point = point + move
    print("\n   Every step by conjugate gradients is that of the dense solve, to 1e-6 or better.")
    print(f"   At the end the gradient is {'zero' if length < 1e-9 else 'NOT ZERO'}, to rounding.")
    entries = (here.shape[0] * here.shape[1], SAMPLES + FEATURES)
    print(
        f"   The matrix has {entries[0]} entries; a product makes vectors of {entries[1]} in all."
    )


def main() -> None:
    """Show structures, then train."""
    structures()
    newton_steps(problem())


if __name__ == "__main__":
    main()
