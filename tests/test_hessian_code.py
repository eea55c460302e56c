"""Hessians as emitted source, kept in files: what a careful person would write, and right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symdiff as sd

FOLDER = Path(__file__).parent / "golden" / "hessians"
SIZES = {"n": 4, "d": 3, "m": 3, "k": 2}
HESSIANS = {
    "logistic_hessian": ("sum(softplus(X @ w) - y*(X @ w))", "w", {"X": "n d", "w": "d", "y": "n"}),
    "ridge_hessian": ("sum((X @ w - y)**2)/n + lam*sum(w**2)", "w",
              {"X": "n d", "w": "d", "y": "n", "lam": ""}),
    "cross_entropy_hessian": ("logsumexp(z) - t @ z", "z", {"z": "n", "t": "n"}),
    "factorization_hessian": ("sum((T - U @ V.T)**2)", "U", {"T": "n m", "U": "n k", "V": "m k"}),
    "quadratic_form_hessian": ("x @ A @ x", "x", {"A": "n n", "x": "n"}),
    "log_determinant_hessian": ("logabsdet(P.T @ P)", "P", {"P": "n k"}),
}  # fmt: skip
each_hessian = pytest.mark.parametrize("name", HESSIANS)


def derived(name: str) -> tuple[sd.Node, sd.Node, sd.Node]:
    """The gradient, the variable, and the Hessian."""
    formula, wrt, shapes = HESSIANS[name]
    target = sd.parse(formula, **shapes)
    x = next(v for v in sd.inputs(target) if v.attrs[0] == wrt)
    return sd.grad(target, x), x, sd.hessian(target, x)


@each_hessian
def test_golden(name: str, golden: Callable[[str, str], None]) -> None:
    golden(f"{FOLDER.name}/{name}.py", sd.emit(derived(name)[2], name=name))


def test_there_is_no_file_without_a_formula() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == set(HESSIANS)


@each_hessian
def test_the_file_is_right(name: str) -> None:
    """The kept file gives the differences of the gradient along a direction."""
    gradient, x, hessian = derived(name)
    namespace: dict[str, Any] = {}
    exec((FOLDER / f"{name}.py").read_text(encoding="utf-8"), namespace)
    rng = np.random.default_rng(5)
    everything = {v for e in (gradient, hessian, x) for v in sd.inputs(e)}
    values = {
        v.attrs[0]: rng.uniform(0.5, 1.5, [SIZES[str(s)] for s in v.shape])
        for v in sorted(everything, key=str)
    }
    f = sd.compile(hessian)
    given = {key: values[key] if key in values else SIZES[key] for key in f.inputs}
    found = namespace[name](**given)
    direction = rng.normal(size=np.shape(values[str(x)]))
    g = sd.compile(gradient, inputs=sorted(everything, key=str))

    def at(step: float) -> Any:
        moved = {**values, str(x): values[str(x)] + step * direction}
        return g(**moved)

    measured = (at(1e-6) - at(-1e-6)) / 2e-6
    along = np.tensordot(found, direction, axes=direction.ndim)
    np.testing.assert_allclose(along, measured, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(f(**given), found, rtol=0)
