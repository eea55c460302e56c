"""Every script of `examples/` runs, and prints the facts that it is there to show."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
SCRIPTS = sorted(path.name for path in EXAMPLES.glob("*.py"))

NEEDS = {
    "three_layer_network.py": ("sklearn",),
    "newton_step.py": ("scipy",),
    "logistic_regression.py": ("sklearn",),
    "curve_fitting.py": ("scipy",),
    "digits_by_lbfgs.py": ("sklearn",),
    "bundle_adjustment.py": ("scipy",),
    "implicit_derivatives.py": ("scipy",),
}
"""Modules of the `examples` extra without which a script is skipped."""

EXPECTED: dict[str, tuple[str, ...]] = {
    "first_graphs.py": (
        "∂z/∂x = y",
        "∂z/∂y = x",
        "∂ŷ/∂w = σ(xᵀ w + b) (1 − σ(xᵀ w + b)) x",
        "∂ŷ/∂b = σ(xᵀ w + b) (1 − σ(xᵀ w + b))",
        "∂sum(H)/∂W = Xᵀ heaviside(X W + b, 0.5)",
        "∂sum(H)/∂b = sum(heaviside(X W + b, 0.5), axis=0)",
        "max(0, a) is 0, 0.5, 1",
        "where(a > 0, 1, 0) a is 0, 0, 1",
        "∂J/∂w = 2 (xᵀ w − y) x + 2 λ w",
        "w² sends 2 λ w",
        "xᵀ w sends 2 (wᵀ x − y) x",
    ),
    "implicit_derivatives.py": (
        "∂E/∂e, applied to 1, is sin(E)/(1 − e cos(E))",
        "All of them agree to 1e−11.",
    ),
    "chain_of_three.py": (
        "= cos(w) cos(sin(w)) cos(sin(sin(w)))",
        "is the very node that back-propagation made",
        "7 operations, at most 3 results held at once; sin(w) computed once",
        "8 operations, at most 3 results held at once; sin(w) computed 2 times",
        "300 898 300 45449 3",
    ),
    "scalar_algorithm.py": (
        "grad_table[u6] ← 1",
        "u5 → u3: grad_table[u3] ← grad_table[u5] · 1.0 adds 0.841471, now 0.841471",
        "u4 → u3: grad_table[u3] += grad_table[u4] · cos(u3) adds 0.810453, now 1.651924",
        "The graph has 7 edges, and the pass made 7 visits.",
        "∂u6/∂u1 = 0.825962 = u2 (cos(u1 u2) (u1 u2 + u2) + sin(u1 u2))",
        "edges walked 12285",
        "edges visited 36",
        "256 513 768 768 1023 1.16e+77",
    ),
    "gradients_of_examples.py": (
        "for one example: 0.02 w − t σ(−t xᵀ w) x",
        "for all of them: 0.02 w − diag(t ⊙ σ(−(t ⊙ x w))) x",
        "lengths from 0.30 to 2.30, clipped to 0.50",
        "wrong labels: 5 of 5",
        "without example 200: predicted to 3 % of the change",
    ),
    "own_ops.py": (
        "loss sum(huber(X w − y, 0.5))/n",
        "gradient Xᵀ where(|X w − y| ≤ 0.5, X w − y, 0.5 sign(X w − y))/n",
        "Huber finds [0.55 1.98], least squares [1.31 1.87]",
        "gradient 2 bent(x) ⊙ (1 + x/(2 sqrt(1 + x²)))",
        "def bent(u): return u + (np.sqrt(1 + u**2) - 1) / 2",
        "is 1.22374 at u = 0.500382, but the one declared gives 0.447487",
        "gradient 2 Xᵀ(X rounded(w, codes) − y)/n",
        "clipped clip(2 calm(w), −0.1, 0.1)",
        "found [ 0.5 -1.5 2. ], which is [ 0.5 -1.5 2. ]",
    ),
    "multilayer_perceptron.py": (
        "g ← ∇L (h2 − Y)/m the same, simplified",
        "g ← g ⊙ f'(a2) g ⊙ (1 − tanh(a2)²) the very node",
        "∇b2 = Σ g + λ ∇Ω sum(g, axis=0) + lam b2 the same, simplified",
        "∇W2 = hᵀ g + λ ∇Ω h1ᵀ g + lam W2 the same, simplified",
        "g ← g W2ᵀ g W2ᵀ the very node",
        "∇W1 = hᵀ g + λ ∇Ω Xᵀ g + lam W1 the same, simplified",
        "def perceptron(X, W1, b1, W2, b2, Y, lam):",
        "d/dW1: ok",
        "d/db2: ok",
        "5 tanh cross_entropy 20 20",
        "10 tanh squared_error 40 40",
    ),
    "three_layer_network.py": (
        "t6 = t2 * _sigmoid(-t1) * (t5 @ W2.T) # (n, h)",
        "64-32-10 units with 2410 weights learn 1400 digits",
        "epoch 60 of 60",
        "training 99.",
        "test 9",
        "at random 0.79",
        "at 1 0 ",
        "|derived| / |by hand| = 2.000000",
    ),
    "softmax_two_losses.py": (
        "∂(eᵀ o)/∂a = o ⊙ (e − eᵀ o)",
        "(−0.1377, −0.0307, 0.1684)",
        "squared error ½ Σ (o − t)² o ⊙ (o − t − oᵀ(o − t))",
        "cross-entropy −Σ t log o sum(t) o − t",
        "The first is the same node as the textbook's",
        "∇w_jk at 0.5 0.479 0.4788 0.4788 0.2347 0.2347",
        "∇w_jk at 0.4 −0.478 −0.4788 −0.4788 −0.2347 −0.2347",
        "∇w_ij at 0.1 0.0084 0.0084 0.0038 0.0041 0.0019",
        "0.5 − 0.01 ∇ 0.495 0.49521 0.49521 0.49765 0.49765",
        "0.4 − 0.1 ∇ 0.447 0.44788 0.44788 0.42347 0.42347",
        "0.1 − 0.1 ∇ 0.09916 0.09916 0.09962 0.09959 0.09981",
        "closed at the end it is 0.1089",
    ),
    "backprop_equations.py": (
        "BP1 δ₃ = ∇C ⊙ 1 = v₃ − t the same node, once simplified",
        "BP2 δ₂ = (W₃ᵀ δ₃) ⊙ σ'(u₂) the very node",
        "δ₁ = (W₂ᵀ δ₂) ⊙ σ'(u₁) the very node",
        "BP3 ∂C/∂b₃ = δ₃ the very node",
        "BP4 ∂C/∂W₃ = δ₃ v₂ᵀ the very node",
        "∂C/∂W₁ = δ₁ v₀ᵀ the very node",
        "which simplifies to v₃ − t.",
        "BP1 δ₃ = ∇C ⊙ σ'(u₃) the very node",
        "39556 39557",
    ),
    "check_answers.py": (
        "claimed: outer(h, o - t) Wrong: the Jacobian of softmax: `o - t` is right for the "
        "cross-entropy; for this loss `o*(o - t - o @ (o - t))` belongs where `o - t` stands.",
        "(1 + h)*(1 - h), x) Wrong: the derivative: `1 - h**2` is that of tanh, but `h` is a "
        "sigmoid unit, with `h*(1 - h)`.",
        "claimed: outer(z - t, x) Wrong: a factor 2 is missing.",
        "claimed: outer(h, softmax(z) - t) Right, proved",
        "claimed: outer((h - t)*h*(1 - h), x) Right, proved",
        "claimed: -2*outer(t - z, x) Right, proved",
        "Wrong: a sign: right is minus yours.",
        "Wrong: a factor 1/n is missing: a sum for a mean.",
        "Wrong: a term is missing: `2*lam*w`.",
        "Wrong: in the term `lam*w` a factor 2 is missing.",
        "in numerator layout it would be right.",
        "Wrong: right only if `A` is symmetric.",
        "Wrong: a term is missing: `A.T @ x`.",
        "Wrong: a transpose: `A.T @ (A @ x)` belongs where `A @ (A @ x)` stands.",
        "Wrong: a factor `2*x` is missing, the derivative of `x**2`.",
        "Wrong: a constant: right is yours plus 1.",
    ),
    "second_derivatives.py": (
        "20 x³",
        "2 exp(x) cos(x)",
        "−2 tanh(x) (1 − tanh(x)²)",
        "−200.0 602.0 400.0",
        "All of them agree with SymPy to 1e-10.",
    ),
    "equations_of_motion.py": (
        "one rod at 0.3 rad: -2.899053 a pendulum's −g sin(q): -2.899053",
        "2 rods: energy kept to 1e-9 5 rods: energy kept to 1e-9",
        "compiled 2 times: for one rod, as 1 stretches, and for all others",
    ),
    "newton_step.py": (
        "<Hessian by w of shape (d, d): Gram, 2 Xᵀ X>",
        "<Hessian by x of shape (n, n): diagonal, diag(12 x² + exp(x))>",
        "<Hessian by x of shape (n, n): low rank plus diagonal, 4 sum(x²) I + 8 x xᵀ>",
        "<Hessian by U of shape (n, k, n, k): Kronecker, 2 (I ⊗ Vᵀ V)>",
        "<Hessian by w of shape (d, d): Gram plus diagonal, Xᵀ diag(s) X + lam I>",
        "times v 2 v (Vᵀ V)",
        "Every step by conjugate gradients is that of the dense solve, to 1e-6 or better.",
        "At the end the gradient is zero, to rounding.",
        "The matrix has 3600 entries; a product makes vectors of 2060 in all.",
    ),
    "logistic_regression.py": (
        "gradient w − Xᵀ(y ⊙ σ(−(y ⊙ (X w + b))))",
        "converged: Newton-CG, ",
        "loss 28.9627717",
        "97.6% of 169 other tumours are told rightly.",
        "The weights of scikit-learn agree to ",
    ),
    "curve_fitting.py": (
        "Misra1a: y = b1 (1 − exp((−b2) x))",
        "b1 238.942 2.70701",
        "BoxBOD: y = b1 (1 − exp((−b2) x))",
        "All agree with the certified values in 8 digits or more.",
    ),
    "digits_by_lbfgs.py": (
        "converged: L-BFGS-B, ",
        "W1 (64, 32) from ",
        "training: 99.",
        "test: 9",
    ),
    "bundle_adjustment.py": (
        "rows, columns 432, 236",
        "nonzeros 3888 (3.81 %)",
        "colours 9",
        "0 0.027418 1e-03",
        "in the end 0.000623; noise leaves about 0.000685",
    ),
}
"""What the output of each script must contain; runs of blanks count as one."""

FORBIDDEN: dict[str, tuple[str, ...]] = {
    "first_graphs.py": ("DISAGREES",),
    "chain_of_three.py": ("is NOT",),
    "multilayer_perceptron.py": ("DIFFERENT", "WRONG"),
    "softmax_two_losses.py": ("NOT the node",),
    "backprop_equations.py": ("NOT the same",),
    "check_answers.py": ("the two differ",),
    "newton_step.py": ("NOT ZERO",),
    "logistic_regression.py": ("DISAGREE",),
    "curve_fitting.py": ("NOT CONVERGED", "NOT ALL AGREE"),
    "equations_of_motion.py": ("LOST",),
}
"""What must not appear: the words with which a script reports that something failed."""


def output_of(name: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Run a script as a program, and return what it prints, with runs of blanks made one."""
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    return " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("name", SCRIPTS)
def test_example(
    name: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for module in NEEDS.get(name, ()):
        pytest.importorskip(module)
    monkeypatch.chdir(tmp_path)  # what a script writes, it writes there
    monkeypatch.setattr("sys.argv", [name])
    monkeypatch.setenv("MPLBACKEND", "Agg")
    output = output_of(name, capsys)
    assert output
    for fact in EXPECTED.get(name, ()):
        assert fact in output
    for failure in FORBIDDEN.get(name, ()):
        assert failure not in output


def test_examples_are_there() -> None:
    assert set(EXPECTED) <= set(SCRIPTS)
