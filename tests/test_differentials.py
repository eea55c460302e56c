"""Derivations in differentials: exact texts, and all ops checked."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from sample_passes import passes

import symdiff as sd
from symdiff.derive.backprop import GradientTable
from symdiff.differences import Point
from symdiff.errors import ExplanationError
from symdiff.explain.differentials import differential_lines, differential_section
from symdiff.explain.inner_products import added, product
from symdiff.explain.verify import Verifier
from symdiff.registry import OPS
from symdiff.show.document import Display, Grid, Math, Paragraph
from symdiff.show.naming import Names
from symdiff.show.wording import Wording

SHAPES = {"X": "n d", "W": "d m", "A": "n n", "w": "d", "y": "n", "x": "n", "b": "", "B": "m"}


def pass_of(formula: str, wrt: str) -> GradientTable:
    """A pass."""
    target = sd.parse(formula, **{k: v for k, v in SHAPES.items() if k in formula})
    variables = {v.attrs[0]: v for v in sd.inputs(target)}
    return sd.backprop(target, [variables[name] for name in wrt.split()])


def verifier(table: GradientTable) -> Verifier:
    """Its values at a random point."""
    return Verifier(table, Point.draw(table.target, {}, {}, np.random.default_rng(0)))


def lines(formula: str, wrt: str) -> list[str]:
    """The lines of a derivation: the differential, and the term three times."""
    table = pass_of(formula, wrt)
    found = differential_lines(table, Names(table.target), verifier(table))
    assert all(line.check is not None and line.check.ok for line in found)
    return [
        f"{line.own.pretty} | {line.term.pretty} = {line.put.pretty} = {line.moved.pretty}"
        for line in found
    ]


def test_least_squares() -> None:
    assert lines("sum((X @ w - y)**2)", "X w") == [
        "dL = sum(du₃) | dL = sum(du₃) = 𝟏 : du₃",
        "du₃ = 2 u₂ ⊙ du₂ | (∂L/∂u₃) : du₃ = (∂L/∂u₃) : (2 u₂ ⊙ du₂) = (∂L/∂u₃ ⊙ 2 u₂) : du₂",
        "du₂ = du₁ | (∂L/∂u₂) : du₂ = (∂L/∂u₂) : du₁ = (∂L/∂u₂) : du₁",
        "du₁ = X dw + dX w | (∂L/∂u₁) : du₁ = (∂L/∂u₁) : (X dw + dX w) = "
        "(∂L/∂u₁ wᵀ) : dX + (Xᵀ ∂L/∂u₁) : dw",
    ]


@pytest.mark.parametrize(
    ("formula", "wrt", "own"),
    [
        ("sum(inv(A) @ y)", "A", "du₁ = −u₁ dA u₁"),
        ("sum(tanh(x))", "x", "du₁ = dx ⊙ (1 − u₁²)"),
        ("sum(x * x)", "x", "du₁ = 2 x ⊙ dx"),
        ("logabsdet(A)", "A", "dL = tr(dA A⁻¹)"),
        ("trace(A)", "A", "dL = tr(dA)"),
        ("x @ y", "x y", "dL = xᵀ dy + yᵀ dx"),
        ("sum(sin(X.T))", "X", "du₁ = dXᵀ"),
        ("sum(X @ W + B)", "B", "du₂ = broadcast_to(dB, (n, m))"),
        ("sum(softmax(x))", "x", "du₁ = u₁ ⊙ dx − sum(u₁ ⊙ dx) u₁"),
        ("sum(where(x > 0, x, 0))", "x", "du₂ = where(u₁, dx, 0)"),
        ("b / x @ y", "b", "du₁ = db/x"),
    ],
)
def test_one_differential(formula: str, wrt: str, own: str) -> None:
    table = pass_of(formula, wrt)
    found = differential_lines(table, Names(table.target))
    assert found[-1].own.pretty == own


def test_what_is_long_is_not_written_out() -> None:
    table = pass_of("sum(qr_r(A))", "A")
    found = differential_lines(table, Names(table.target), verifier(table))[-1]
    assert found.own.pretty == "du₁ = (∂u₁/∂A)[dA]"
    assert found.own.latex == r"\mathrm{d}u_{1} = \frac{\partial u_{1}}{\partial A}[\mathrm{d}A]"


def test_terms_that_meet() -> None:
    table = pass_of("sum(sin(2 * x) * exp(2 * x))", "x")
    found = {line.node: line for line in differential_lines(table, Names(table.target))}
    doubled = next(node for node in found if node.op.name == "multiply" and len(found) and
                   node.args[1].op.name == "variable")  # fmt: skip
    met = found[doubled].met
    assert met is not None
    assert met.pretty == "(∂L/∂u₃ ⊙ u₃) : du₁ + (∂L/∂u₂ ⊙ cos(u₁)) : du₁"


def test_signs_and_brackets() -> None:
    a, b = Math("a", "a"), Math("−b c", "-b \\, c")
    assert added([a, b]) == Math("a − b c", "a - b \\, c")
    matrix, number = sd.matrix("X", 2, 2), sd.scalar("x")
    assert product(a, b, matrix).pretty == "a : (−b c)"
    assert product(a, b, number).pretty == "a (−b c)"


def test_the_section() -> None:
    table = pass_of("sum((X @ w - y)**2) + sum(w**2)", "w y")
    names = Names(table.target)
    section = differential_section(table, names, Wording("zh"), verifier(table))
    assert section.key == "differentials"
    kinds = [type(block) for block in section.blocks]
    assert kinds == [Paragraph, Paragraph, Display, Paragraph, Grid, Display]
    grid, last = section.blocks[-2:]
    assert isinstance(grid, Grid)
    assert grid.columns == ("term", "put", "moved", "check")
    assert isinstance(last, Display)
    assert [math.pretty for math, _ in last.lines if isinstance(math, Math)] == [
        "(∂L/∂u₅ ⊙ 2 w) : dw + (Xᵀ ∂L/∂u₁) : dw = (∂L/∂w) : dw",
        "dL = (2 Xᵀ(X w − y) + 2 w) : dw + (−2 (X w − y)) : dy",
    ]


def test_without_a_path() -> None:
    x, b = sd.vector("x", "n"), sd.scalar("b")
    table = sd.backprop(sd.sum(x), [b])
    section = differential_section(table, Names(table.target), Wording())
    last = section.blocks[-1]
    assert isinstance(last, Display)
    assert last.lines[0][0] == Math("dL = 0", r"\mathrm{d}L = 0")


def test_of_complex_numbers() -> None:
    z = sd.vector("z", "n", dtype="complex")
    table = sd.backprop(sd.sum(sd.abs(z) ** 2), [z])
    section = differential_section(table, Names(table.target), Wording(), verifier(table))
    first = section.blocks[0]
    assert isinstance(first, Paragraph)
    assert Math("Re Σᵢⱼ Aᵢⱼ Bᵢⱼ", r"\operatorname{Re} \sum_{i, j} A_{i j} B_{i j}") in first.line


def test_a_line_that_fails_is_an_error() -> None:
    table = pass_of("sum(sin(x) * y)", "x")
    wrong = table.steps[-1]._replace(sent=table.steps[-2].sent)
    table.steps[-1] = wrong
    with pytest.raises(ExplanationError, match=r"the differential of `sin\(x\)` and what it sends"):
        differential_lines(table, Names(table.target), verifier(table))


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, op in OPS.items() if op.samples])
def test_all_ops(name: str) -> None:
    for formula, table, point in islice(passes(name), 2):
        for line in differential_lines(table, Names(table.target), Verifier(table, point)):
            assert line.check is not None
            assert line.check.ok
            assert line.check.how in ("values", "not finite here"), formula
            assert "\uffff" not in line.own.pretty + line.put.pretty + line.moved.pretty
