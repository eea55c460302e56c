"""Steps of the pass as lines on the board: exact texts, and all rules of all ops."""

from __future__ import annotations

import numpy as np
import pytest
from sample_passes import passes
from samples import each_op

import symdiff as sd
from symdiff.explain.contribution import Proof
from symdiff.explain.edges import Edge, edge, edges
from symdiff.explain.reasons import products
from symdiff.show.document import Inline, Line, Math
from symdiff.show.naming import Names
from symdiff.show.wording import Wording

SHAPES = {
    **{"X": "n d", "W": "d m", "A": "n n", "C": "n n", "K": "p n d", "V": "p d m"},
    **{"w": "d", "y": "n", "x": "n", "b": "", "c": "", "B": "m"},
}


def said(line: Line | None) -> str:
    """A line as text."""
    pieces: tuple[Inline, ...] = () if line is None else line
    return "".join(piece if isinstance(piece, str) else piece[0] for piece in pieces)  # type: ignore


def written(formula: str, wrt: str, language: str = "en", **at: object) -> list[Edge]:
    """The steps of a pass."""
    target = sd.parse(formula, **{k: v for k, v in SHAPES.items() if k in formula})
    variables = {v.attrs[0]: v for v in sd.inputs(target)}
    table = sd.backprop(target, [variables[name] for name in wrt.split()])
    values = {variables[name]: np.asarray(value) for name, value in at.items()}
    return edges(table, Names(target), Wording(language), values or None)


def last(formula: str, wrt: str) -> Edge:
    """The step that reaches the variable."""
    return written(formula, wrt)[-1]


@pytest.mark.parametrize(
    ("formula", "wrt", "local", "contribution"),
    [
        ("sum(sin(x))", "x", "∂u₁/∂x = cos(x)", "∂L/∂u₁ ⊙ cos(x)"),
        ("sum(tanh(x))", "x", "∂u₁/∂x = 1 − u₁²", "∂L/∂u₁ ⊙ (1 − u₁²)"),
        ("sum(exp(x))", "x", "∂u₁/∂x = u₁", "∂L/∂u₁ ⊙ u₁"),
        ("sum(sigmoid(x))", "x", "∂u₁/∂x = u₁ ⊙ (1 − u₁)", "∂L/∂u₁ ⊙ (u₁ ⊙ (1 − u₁))"),
        ("sum(log(x))", "x", "∂u₁/∂x = 1/x", "∂L/∂u₁ ⊙ (1/x)"),
        ("sum(sqrt(x))", "x", "∂u₁/∂x = 0.5/u₁", "∂L/∂u₁ ⊙ (0.5/u₁)"),
        ("sum(relu(x))", "x", "∂u₁/∂x = heaviside(x, 0.5)", "∂L/∂u₁ ⊙ heaviside(x, 0.5)"),
        ("sum(x**3)", "x", "∂u₁/∂x = 3 x²", "∂L/∂u₁ ⊙ 3 x²"),
        ("sum(-x)", "x", "∂u₁/∂x = −1", "−∂L/∂u₁"),
        ("sum(x - y)", "y", "∂u₁/∂y = −1", "−∂L/∂u₁"),
        ("sum(x / y)", "y", "∂u₁/∂y = −u₁/y", "∂L/∂u₁ ⊙ (−u₁/y)"),
        ("sum(x * y)", "x", "∂u₁/∂x = y", "∂L/∂u₁ ⊙ y"),
        ("b * c", "b", "∂L/∂b = c", "∂L/∂L c"),
        ("sum(maximum(x, 0))", "x", "∂u₁/∂x = heaviside(x, 0.5)", "∂L/∂u₁ ⊙ heaviside(x, 0.5)"),
        ("sum(where(y > 0, x, 0))", "x", "∂u₂/∂x = where(u₁, 1, 0)", "where(u₁, ∂L/∂u₂, 0)"),
        ("sum((X @ w)**2)", "w", "∂u₁/∂w = X", "Xᵀ ∂L/∂u₁"),
        ("sum((X @ w)**2)", "X", "∂(u₁)ᵢ/∂Xₖₗ = δᵢₖ wₗ", "∂L/∂u₁ wᵀ"),
        ("sum((X @ W)**2)", "X", "∂(u₁)ᵢⱼ/∂Xₗₚ = δᵢₗ Wₚⱼ", "∂L/∂u₁ Wᵀ"),
        ("sum((X @ W)**2)", "W", "∂(u₁)ᵢⱼ/∂Wₗₚ = δⱼₚ Xᵢₗ", "Xᵀ ∂L/∂u₁"),
        ("sum(outer(x, w)**2)", "x", "∂(u₁)ᵢⱼ/∂xₖ = δᵢₖ wⱼ", "∂L/∂u₁ w"),
        ("(x @ y)**2", "x", "∂u₁/∂x = y", "∂L/∂u₁ y"),
        ("sum(X.T @ y)", "X", "∂(u₁)ᵢ/∂Xₖₗ = δᵢₗ yₖ", 'einsum("i,j->ji", ∂L/∂u₁, y)'),
        ("sum(sin(X.T))", "X", "∂(u₁)ᵢⱼ/∂Xₖₗ = δⱼₖ δᵢₗ", "(∂L/∂u₁)ᵀ"),
        ("trace(A)**2", "A", "∂u₁/∂A = I", "∂L/∂u₁ I"),
        ("sum(softmax(x)**2)", "x", "∂u₁/∂x = diag(u₁) − u₁ u₁ᵀ",
         "u₁ ⊙ (∂L/∂u₁ − expand_dims(sum(∂L/∂u₁ ⊙ u₁), 0))"),
        ("logsumexp(x)**2", "x", "∂u₁/∂x = softmax(x)", "expand_dims(∂L/∂u₁, 0) ⊙ softmax(x)"),
        ("norm(x)**2", "x", "∂u₁/∂x = normalized(x)", "expand_dims(∂L/∂u₁, 0) ⊙ normalized(x)"),
        ("sum(inv(A))", "A", "du₁ = −u₁ dA u₁", "−u₁ᵀ ∂L/∂u₁ u₁ᵀ"),
        ("det(A)**2", "A", "∂u₁/∂A = u₁ A⁻ᵀ", "∂L/∂u₁ (u₁ A⁻ᵀ)"),
        ("sum(solve(A, y))", "y", "∂u₂/∂y = u₁", "u₁ᵀ ∂L/∂u₂"),
        ("sum(cumsum(x)**2)", "x", "∂u₁/∂x = cumsum(I, axis=1, reverse=True)",
         "cumsum(∂L/∂u₁, reverse=True)"),
        ("sum(x[1:]**2)", "x", "∂u₁/∂x = zeros((n - 1, n)).at[:, 1:].set(I)",
         "zeros((n,)).at[1:].set(∂L/∂u₁)"),
        ("sum(X + B @ W.T)", "B", "∂u₁/∂B = W", "Wᵀ ∂L/∂u₁"),
        ("sum(sin(X @ W + B))", "B", "∂u₂/∂B = 1", "sum(∂L/∂u₂, axis=0)"),
        ("sum(sin(x * b))", "b", "∂u₁/∂b = x", "sum(∂L/∂u₁ ⊙ x)"),
    ],
)  # fmt: skip
def test_one_step(formula: str, wrt: str, local: str, contribution: str) -> None:
    found = last(formula, wrt)
    assert found.local.math.pretty == local
    assert found.contribution.pretty == contribution


def test_latex() -> None:
    found = last("sum(tanh(X @ w))", "w")
    assert found.upstream.latex == r"\frac{\partial L}{\partial u_{1}}"
    assert found.receives.latex == r"\frac{\partial L}{\partial w}"
    assert found.local.math.latex == r"\frac{\partial u_{1}}{\partial w} = X"
    assert found.contribution.latex == r"X^{\top} \, \frac{\partial L}{\partial u_{1}}"
    assert found.bprop.latex == (
        r"\mathtt{matmul.bprop}\left([X, w], w, \frac{\partial L}{\partial u_{1}}\right)"
    )


def test_a_clumsy_contribution_has_a_simpler_form() -> None:
    first = written("sum(x**2)", "x")[0]
    assert first.contribution.pretty == "broadcast_to(∂L/∂L, n)"
    assert first.simpler is not None
    assert first.simpler.pretty == "𝟏"
    assert last("b * c", "b").simpler == Math("c", "c")
    outer = last("sum(X.T @ y)", "X").simpler
    assert outer is not None
    assert outer.pretty == "y (∂L/∂u₁)ᵀ"
    softmax = last("sum(softmax(x)**2)", "x").simpler
    assert softmax is not None
    assert softmax.pretty == "u₁ ⊙ (∂L/∂u₁ − u₁ᵀ(∂L/∂u₁))"


def test_a_node_that_stands_at_both_places_sends_at_each() -> None:
    found = written("b * b", "b")
    assert [each.contribution.pretty for each in found] == ["∂L/∂L b", "∂L/∂L b"]
    assert [each.local.math.pretty for each in found] == ["∂L/∂b = b", "∂L/∂b = b"]


def test_masks_of_the_upstream_cotangent() -> None:
    found = written("sum(where(x > 0, x * log(x), 0))", "x")[-1]
    assert found.proof is Proof.MASKED
    assert found.contribution.pretty == "where(x > 0, ∂L/∂u₂ ⊙ (1/x), 0)"
    assert found.index is None


def test_what_a_rule_makes_of_a_number_is_shown_before() -> None:
    found = last("-(b**2)", "b")
    assert (found.contribution.pretty, found.proof) == ("∂L/∂u₁ (2 b)", Proof.IDENTICAL)
    first = written("-(b**2)", "b")[0]
    assert (first.contribution.pretty, first.proof) == ("−∂L/∂L", Proof.EQUAL)


def test_a_rule_that_looks_into_its_arguments_is_written_as_it_was_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def peeking(node: sd.Node, k: int, g: sd.Node) -> sd.Node:
        return g * (2 if node.args[0].op.name == "exp" else 3)

    sine = sd.registry.OPS["sin"]
    right = sine.derivative
    object.__setattr__(sine, "derivative", sd.registry.Pullback(peeking))
    try:
        x, y = sd.vector("x", "n"), sd.vector("y", "n")
        target = sd.sum(y * sd.sin(sd.exp(x)))
        step = sd.backprop(target, x).steps[-2]
        found = edge(step, Names(target), Wording())
    finally:
        object.__setattr__(sine, "derivative", right)
    assert found.proof is Proof.AS_SENT
    assert found.contribution.pretty == "∂L/∂u₂ · 2"


# Reasons ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "wrt", "expected"),
    [
        (
            "sum((X @ w)**2)",
            "w",
            "∂L/∂u₁ has shape (n,) and X has (n, d); ∂L/∂w must have (d,): of their products, only "
            "Xᵀ ∂L/∂u₁ has this shape",
        ),
        (
            "sum((A @ C)**2)",
            "A",
            "∂L/∂u₁ has shape (n, n) and C has (n, n): several of their products have the shape "
            "(n, n) of ∂L/∂A, so shapes do not decide; the entries do: "
            "(∂L/∂A)ᵢₖ = Σⱼ (∂L/∂u₁)ᵢⱼ Cₖⱼ",
        ),
        (
            "sum(sin(X @ W + B))",
            "B",
            "B of shape (m,) was stretched to (n, m); its entries were used several times, so the "
            "gradient sums over the axes along which it was stretched",
        ),
        (
            "sum(x * b)",
            "b",
            "b is one number, used in all entries of an array of shape (n,), so its gradient sums "
            "over them",
        ),
        (
            "sum(sin(X.T))",
            "X",
            "u₁ holds the entries of X in another order; the gradient brings them back",
        ),
        (
            "trace(A)**2",
            "A",
            "u₁ takes the entries of A on a diagonal; off it the gradient is 0",
        ),
        (
            "sum(sin(sum(X, axis=1)))",
            "X",
            "each entry of X is added once, so the gradient is the same for all that were added "
            "together: it is stretched to (n, d)",
        ),
        ("sum(sin(x))", "x", ""),
        ("(x @ y)**2", "x", ""),
    ],
)
def test_reasons(formula: str, wrt: str, expected: str) -> None:
    assert said(last(formula, wrt).reason) == expected


def test_reasons_in_chinese() -> None:
    found = written("sum(sin(X @ W + B))", "B", "zh")[-1]
    assert said(found.reason) == (
        "形状为 (m,) 的 B 被扩展成 (n, m)；它的每个元素用了多次，所以梯度要沿扩展的那些轴求和"
    )


@pytest.mark.parametrize(
    ("first", "second", "wanted", "count"),
    [
        ("n m", "n k", "m k", 1),
        ("n m", "n k", "k m", 1),
        ("n m", "n m", "n n", 2),  # G Hᵀ and H Gᵀ
        ("n n", "n", "n", 2),
        ("n", "n", "n n", 2),
        ("n", "m", "n m", 1),
        ("n m", "k m", "n", 0),
        ("3 3", "3 3", "3 3", 8),
    ],
)
def test_all_products_of_a_shape(first: str, second: str, wanted: str, count: int) -> None:
    shapes = [tuple(part.split()) for part in (first, second, wanted)]
    assert len(products(*shapes)) == count


# Remarks ------------------------------------------------------------------------------------------


def remarks(formula: str, wrt: str, **at: object) -> list[str]:
    """All remarks of a pass."""
    return [said(line) for each in written(formula, wrt, **at) for line in each.remarks]


def test_a_kink() -> None:
    general = "where x = 0, the derivative of u₁ is undefined, and a convention is used"
    assert remarks("sum(relu(x))", "x") == [general + ": the mean of both sides"]
    with sd.conventions(at_kinks="zero"):
        assert remarks("sum(relu(x))", "x") == [general + ": 0"]
    assert remarks("sum(relu(x))", "x", x=[0.0, 1.0]) == [
        general + ": the mean of both sides",
        "derivative undefined here: x = 0 in 1 of 2 entries",
    ]
    assert remarks("sum(relu(x))", "x", x=[2.0, 1.0]) == [general + ": the mean of both sides"]


def test_other_exceptions() -> None:
    assert remarks("sqrt(b)", "b") == [
        "where b < 0, L has no finite value",
        "where b = 0, the derivative of L is undefined: it is not finite",
    ]
    assert remarks("sqrt(b)", "b", b=0.0)[-1] == "derivative undefined here: b = 0"
    assert remarks("log(1 + b**2)", "b") == []
    assert remarks("hypot(b, c)", "b") == [
        "where L = 0, the derivative of L is undefined, and a convention is used"
    ]
    assert remarks("sum(where(x > 0, x, 2*x))", "x")[:2] == [
        "no path: u₁ does not vary continuously",
        "where x = 0, the derivative of u₃ is that of the branch taken",
    ]


def test_nothing_is_sent() -> None:
    assert remarks("sum(x * stop_gradient(2*x))", "x") == [
        "nothing is sent: u₂ depends on the variables only through stop_gradient",
    ]
    assert remarks("sum(x * sign(x))", "x") == [
        "no path: u₁ does not change when x changes a little",
        "where x = 0, the derivative of u₁ is undefined, and a convention is used",
    ]


def test_the_source_of_a_rule() -> None:
    assert remarks("i0(b)", "b") == ["the rule of i0: DLMF 10.29.3"]


# All rules of all ops -----------------------------------------------------------------------------


@each_op
def test_every_step_can_be_written_and_is_the_one_taken(name: str) -> None:
    for formula, table, _ in passes(name):
        for found in edges(table, Names(table.target), Wording("zh")):
            parts = (found.local.math, found.contribution, found.bprop, found.receives)
            assert all(part.pretty and part.latex for part in parts)
            assert found.proof is not Proof.AS_SENT, (formula, found.contribution.pretty)
            assert (found.proof is Proof.NOTHING) == (found.step.sent is None)
            assert "'" not in found.contribution.pretty.replace("'F'", "").replace("None", "")
