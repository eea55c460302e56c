"""LaTeX of names and constants."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff as sd
from symdiff.ops.leaves import constant


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (True, "\\mathrm{True}"),
        (-2.5, "-2.5"),
        (1e-9, "1 \\cdot 10^{-9}"),
        (-float("inf"), "-\\infty"),
        (float("nan"), "\\mathrm{nan}"),
        (1j, "\\mathrm{i}"),
        (1.1j, "1.1\\mathrm{i}"),
        (0.5 + 11j, "0.5+11\\mathrm{i}"),
        ([1.0, 2e-8], "\\left[1.0, 2 \\cdot 10^{-8}\\right]"),
        ([[1, 2], [3, 4]], "\\begin{bmatrix} 1 & 2 \\\\ 3 & 4 \\end{bmatrix}"),
        ([[1j, 0.1j]], "\\begin{bmatrix} \\mathrm{i} & 0.1\\mathrm{i} \\end{bmatrix}"),
        (np.ones(101), "\\mathrm{array}\\left(\\ldots\\right)"),
        (np.ones((0, 3)), "\\mathrm{array}\\left(\\ldots\\right)"),
    ],
    ids=str,
)
def test_constants(value: object, written: str) -> None:
    assert sd.latex(constant(value)) == written  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("α", "\\alpha"),
        ("Ω", "\\Omega"),
        ("λ1", "\\lambda_{1}"),
        ("x_α", "x_{\\alpha}"),
        ("权重", "\\text{权重}"),
        ("été_2", "\\text{été}_{2}"),
        ("x_", "\\mathrm{x\\_}"),
        ("b_out", "b_{\\mathrm{out}}"),
    ],
)
def test_names(name: str, written: str) -> None:
    assert sd.latex(sd.scalar(name)) == written
