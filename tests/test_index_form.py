"""Index forms: exact texts, and all contractions of the samples read back and computed."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pytest
from sample_passes import passes
from samples import each_op

import symdiff as sd
from symdiff.explain.entries import entry
from symdiff.explain.index_form import IndexForm, index_form
from symdiff.explain.verify import Verifier
from symdiff.show.naming import Name, Names

SHAPES = {
    **{"X": "n d", "W": "d m", "A": "n n", "C": "n n", "K": "p n d", "V": "p d m"},
    **{"w": "d", "y": "n", "x": "n", "b": "", "c": "", "B": "m"},
}


def last(formula: str, wrt: str) -> IndexForm | None:
    """The index form of the step that reaches the variable."""
    target = sd.parse(formula, **{k: v for k, v in SHAPES.items() if k in formula})
    variables = {v.attrs[0]: v for v in sd.inputs(target)}
    step = sd.backprop(target, variables[wrt]).steps[-1]
    return index_form(step, Names(target))


@pytest.mark.parametrize(
    ("formula", "wrt", "forward", "backward", "local"),
    [
        ("sum((X @ w)**2)", "w", "(u₁)ᵢ = Σⱼ Xᵢⱼ wⱼ", "(∂L/∂w)ⱼ = Σᵢ (∂L/∂u₁)ᵢ Xᵢⱼ",
         "∂(u₁)ᵢ/∂wₖ = Xᵢₖ"),
        ("sum((X @ w)**2)", "X", "(u₁)ᵢ = Σⱼ Xᵢⱼ wⱼ", "(∂L/∂X)ᵢⱼ = (∂L/∂u₁)ᵢ wⱼ",
         "∂(u₁)ᵢ/∂Xₖₗ = δᵢₖ wₗ"),
        ("sum((A @ C)**2)", "A", "(u₁)ᵢⱼ = Σₖ Aᵢₖ Cₖⱼ", "(∂L/∂A)ᵢₖ = Σⱼ (∂L/∂u₁)ᵢⱼ Cₖⱼ",
         "∂(u₁)ᵢⱼ/∂Aₗₘ = δᵢₗ Cₘⱼ"),
        ("sum(sin(X.T))", "X", "(u₁)ᵢⱼ = Xⱼᵢ", "(∂L/∂X)ⱼᵢ = (∂L/∂u₁)ᵢⱼ",
         "∂(u₁)ᵢⱼ/∂Xₖₗ = δⱼₖ δᵢₗ"),
        ("trace(A)**2", "A", "u₁ = Σᵢ Aᵢᵢ", "(∂L/∂A)ᵢⱼ = δᵢⱼ ∂L/∂u₁", "∂u₁/∂Aⱼₖ = δⱼₖ"),
        ("sum(sin(sum(X, axis=1)))", "X", "(u₁)ᵢ = Σⱼ Xᵢⱼ", "(∂L/∂X)ᵢⱼ = (∂L/∂u₁)ᵢ",
         "∂(u₁)ᵢ/∂Xₖₗ = δᵢₖ"),
        ("sum((K @ V)**2)", "V", "(u₁)ᵢⱼₖ = Σₗ Kᵢⱼₗ Vᵢₗₖ",
         "(∂L/∂V)ᵢₗₖ = Σⱼ (∂L/∂u₁)ᵢⱼₖ Kᵢⱼₗ", "∂(u₁)ᵢⱼₖ/∂Vᵣₛₜ = δᵢᵣ δₖₜ Kᵢⱼₛ"),
        ("(x @ y)**2", "x", "u₁ = Σᵢ xᵢ yᵢ", "(∂L/∂x)ᵢ = ∂L/∂u₁ yᵢ", "∂u₁/∂xⱼ = yⱼ"),
        ("sum(diag(x)**2)", "x", "(u₁)ᵢⱼ = xᵢ δᵢⱼ", "(∂L/∂x)ᵢ = Σⱼ (∂L/∂u₁)ᵢⱼ δᵢⱼ",
         "∂(u₁)ᵢⱼ/∂xₖ = δᵢₖ δᵢⱼ"),
        ("sum(tanh(x))", "x", "(u₁)ᵢ = tanh(xᵢ)", "(∂L/∂x)ᵢ = (∂L/∂u₁)ᵢ (1 − (u₁)ᵢ²)",
         "∂(u₁)ᵢ/∂xⱼ = δᵢⱼ (1 − (u₁)ᵢ²)"),
        ("sum(sin(X @ W + B))", "B", "(u₂)ᵢⱼ = (u₁)ᵢⱼ + Bⱼ", "(∂L/∂B)ⱼ = Σᵢ (∂L/∂u₂)ᵢⱼ",
         "∂(u₂)ᵢⱼ/∂Bₖ = δⱼₖ"),
        ("sum(sin(x * b))", "b", "(u₁)ᵢ = xᵢ b", "∂L/∂b = Σᵢ (∂L/∂u₁)ᵢ xᵢ", "∂(u₁)ᵢ/∂b = xᵢ"),
        ("sum(x**3)", "x", "(u₁)ᵢ = xᵢ³", "(∂L/∂x)ᵢ = 3 (∂L/∂u₁)ᵢ xᵢ²",
         "∂(u₁)ᵢ/∂xⱼ = 3 δᵢⱼ xᵢ²"),
        ("sum(broadcast_to(B, (2, m))**2)", "B", "(u₁)ᵢⱼ = Bⱼ", "(∂L/∂B)ⱼ = Σᵢ (∂L/∂u₁)ᵢⱼ",
         "∂(u₁)ᵢⱼ/∂Bₖ = δⱼₖ"),
        ("sum(sin(x[:, None]))", "x", "(u₁)ᵢ₁ = xᵢ", "(∂L/∂x)ᵢ = (∂L/∂u₁)ᵢ₁",
         "∂(u₁)ᵢ₁/∂xⱼ = δᵢⱼ"),
    ],
)  # fmt: skip
def test_one_step(formula: str, wrt: str, forward: str, backward: str, local: str) -> None:
    found = last(formula, wrt)
    assert found is not None
    assert [part.pretty for part in found[:3]] == [forward, backward, local]


def test_latex() -> None:
    found = last("sum((A @ C)**2)", "A")
    assert found is not None
    assert found.forward.latex == (r"\left(u_{1}\right)_{i j} = \sum_{k} A_{i k} \, C_{k j}")
    assert found.backward.latex == (
        r"\left(\frac{\partial L}{\partial A}\right)_{i k} = "
        r"\sum_{j} \left(\frac{\partial L}{\partial u_{1}}\right)_{i j} \, C_{k j}"
    )
    assert found.local.latex == (
        r"\frac{\partial \left(u_{1}\right)_{i j}}{\partial A_{l m}} = "
        r"\delta_{i l} \, C_{m j}"
    )


def test_there_is_none() -> None:
    assert last("b * c", "b") is None
    assert last("sum(cumsum(x))", "x") is None
    assert last("sum(x[1:])", "x") is None


def test_letters_of_arrays_and_sizes_are_not_used() -> None:
    i, j = sd.tensor("i", "k", "l"), sd.vector("j", "l")
    target = sd.sum((i @ j) ** 2)
    found = index_form(sd.backprop(target, j).steps[-1], Names(target))
    assert found is not None
    assert found.backward.pretty == "(∂L/∂j)ₙ = Σₘ (∂L/∂u₁)ₘ iₘₙ"


def test_more_axes_than_letters() -> None:
    many = sd.tensor("T", *[2] * 14)
    target = sd.sum(sd.sin(many))
    assert index_form(sd.backprop(target, many).steps[-1], Names(target)) is None


def test_names_of_entries() -> None:
    assert entry(Name("X", "X"), ()) == Name("X", "X")
    assert entry(Name("θ", r"\theta"), ("i",)) == Name("θᵢ", r"\theta_{i}")
    assert entry(Name("W1", "W_{1}"), ("i", "j")).pretty == "(W1)ᵢⱼ"
    assert entry(Name("X", "X"), ("b", "i")).pretty == "X_bi"


# Read back and computed ---------------------------------------------------------------------------

BELOW = "ᵢⱼₖₗₘₙₚᵣₛₜᵤᵥₐₑₕₒₓ"
ABOVE = "ijklmnprstuvaehox"
FACTOR = re.compile(rf"(\((?:[^()]|\([^()]*\))*\)|[^\s()]+?)([{BELOW}]*)(?= |$)")


def product(
    text: str, known: Mapping[str, np.ndarray], kept: str, shape: tuple[int, ...]
) -> np.ndarray:
    """The array of a shape that a sum of products means, its axes called by the letters `kept`."""
    over, body = re.fullmatch(rf"(?:Σ[{BELOW}]+ )?(.*)", text), text
    assert over is not None
    body = over.group(1)
    sizes = dict(zip(kept, shape, strict=True))
    factors: list[tuple[str, str]] = []
    for word, below in FACTOR.findall(body):
        letters = "".join(ABOVE[BELOW.index(c)] for c in below)
        name = word[1:-1] if word.startswith("(") else word
        factors.append((name, letters))
        if name in known:
            sizes.update(zip(letters, known[name].shape, strict=True))
    return np.broadcast_to(_contracted(factors, sizes, known, kept), shape)


def _contracted(
    factors: list[tuple[str, str]],
    sizes: dict[str, int],
    known: Mapping[str, np.ndarray],
    kept: str,
) -> np.ndarray:
    arrays, words = [], []
    for name, letters in factors:
        if name == "δ":
            one = letters[0] if letters[0] in sizes else letters[1]
            sizes.update(dict.fromkeys(letters, sizes[one]))
            arrays.append(np.eye(sizes[one]))
        else:
            arrays.append(np.asarray(float(name)) if name == "1" else known[name])
        words.append(letters)
    present = [c for c in kept if any(c in word for word in words)]
    array = np.einsum(",".join(words) + "->" + "".join(present), *arrays)
    missing = tuple(place for place, c in enumerate(kept) if c not in present)
    return np.expand_dims(array, missing)  # along these it is the same


def letters_of(left: str) -> str:
    """The letters of the entry on the left."""
    found = re.search(rf"([{BELOW}]*)$", left)
    assert found is not None
    return "".join(ABOVE[BELOW.index(c)] for c in found.group(1))


@each_op
def test_products_mean_what_they_say(name: str) -> None:
    for formula, table, point in passes(name):
        names, values = Names(table.target), Verifier(table, point).values
        for step in table.steps:
            found = index_form(step, names)
            if step.consumer.op.name != "contract" or found is None:
                continue
            nodes = (step.consumer, *step.consumer.args)
            known = {names.of(node).pretty: values[node] for node in nodes}
            known[names.cotangent(step.consumer).pretty] = values[step.cotangent]
            for math, node in ((found.forward, step.consumer), (found.backward, step.sent)):
                left, right = math.pretty.split(" = ")
                array = product(right, known, letters_of(left), values[node].shape)
                assert np.allclose(array, values[node]), (formula, math.pretty)
            assert np.allclose(pulled(found, known, *(values[n] for n in (
                step.consumer, step.receiver, step.cotangent))), values[step.sent])  # fmt: skip


def pulled(
    found: IndexForm,
    known: Mapping[str, np.ndarray],
    value: np.ndarray,
    argument: np.ndarray,
    upstream: np.ndarray,
) -> np.ndarray:
    """The upstream cotangent, contracted with the local derivative."""
    left, right = found.local.pretty.split(" = ")
    letters = "".join(map(letters_of, left.split("/∂")))
    shape = (*value.shape, *argument.shape)
    derivative = product(right, known, letters, shape)
    return np.asarray(np.tensordot(upstream, derivative, value.ndim))
