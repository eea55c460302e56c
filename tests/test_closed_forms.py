"""The closed forms of matrix calculus: printed as books print them, and right in numbers.

The first table is one that derivative tools are compared by. The second is from the literature on
matrix derivatives (Petersen and Pedersen, "The Matrix Cookbook", 2012; Magnus and Neudecker,
"Matrix Differential Calculus", 2019; Giles, 2008). Each is checked by differences in long double.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pytest
from oracles import TOLERANCE, Oracle, assert_close, draw, slope

import symdiff as sd
from symdiff.binding import size_names
from symdiff.dims import nominal, size_value
from symdiff.node import topological
from symdiff.rewrite.lowering import lower

SHAPES = {
    "A": "n n", "B": "n n", "C": "n n", "X": "n d", "U": "n k", "V": "m k", "T": "n m",
    "P": "n m", "Q": "m n", "D": "m m", "x": "n", "c": "n", "b": "m", "z": "m", "w": "d", "y": "n",
    "s": "", "t": "",
}  # fmt: skip
SIZES = [{"n": 3, "m": 2, "d": 2, "k": 2}, {"n": 4, "m": 3, "d": 5, "k": 1}]


class Form(NamedTuple):
    """A formula, by what it is differentiated, how often, and the closed form of the result."""

    formula: str
    wrt: str
    closed: str
    order: int = 1


TABLE = [
    Form("(X @ w - y) @ (X @ w - y)", "w", "2 Xᵀ(X w − y)"),
    Form("sum((X @ w - y)**2)", "w", "2 Xᵀ(X w − y)"),
    Form("x @ A @ x", "x", "A x + Aᵀ x"),
    Form("log(det(A))", "A", "A⁻ᵀ"),
    Form("det(A)", "A", "det(A) A⁻ᵀ"),
    Form("det(A @ B)", "A", "det(A) det(B) A⁻ᵀ"),
    Form("det(P.T @ P)", "P", "2 det(Pᵀ P) P (Pᵀ P)⁻¹"),
    Form("trace(inv(A) @ B)", "A", "−A⁻ᵀ Bᵀ A⁻ᵀ"),
    Form("inv(A)", "A", "−(A⁻¹ ⊗ A⁻ᵀ)"),
    Form("c @ inv(A) @ c", "A", "−(A⁻ᵀ c) (A⁻¹ c)ᵀ"),
    Form("trace(A @ B)**2", "A", "2 tr(A B) Bᵀ"),
    Form("exp(X @ w)", "w", "diag(exp(X w)) X"),
    Form("sum(log(1 + exp(-y*(X @ w))))", "w", "−Xᵀ(y ⊙ σ(−(y ⊙ X w)))"),
    Form("sum(exp(X @ w))", "w", "Xᵀ exp(X w)"),
    Form("logsumexp(X @ w)", "w", "Xᵀ softmax(X w)"),
    Form("sqrt(x @ x)", "x", "normalized(x)"),
    Form("sqrt(trace(A.T @ A))", "A", "normalized(A)"),
    Form("A*B", "A", "B ⊙ (I ⊗ I)"),
    Form("A*A", "A", "2 (A ⊙ (I ⊗ I))"),
    Form("kron(A, B)", "A", 'reshape(einsum("ij,kl,mn->ikmljn", I, B, I), (n**2, n**2, n, n))'),
    Form("trace(matrix_power(A, 3))", "A", "3 (A A)ᵀ"),
    Form(
        "c @ sigmoid(A @ sigmoid(B @ x))",
        "B",
        "(Aᵀ(c ⊙ σ(A σ(B x)) ⊙ (1 − σ(A σ(B x)))) ⊙ σ(B x) ⊙ (1 − σ(B x))) xᵀ",
    ),
    Form("sum((X @ w - y)**2)", "w", "2 Xᵀ X", 2),
    Form("sum(exp(X @ w))", "w", "Xᵀ diag(exp(X w)) X", 2),
    Form("sum((A - s*B)**2)", "s", "−2 tr(Bᵀ(A − s B))"),
    Form("inv(s*eye(n) + A)", "s", "−(s I + A)⁻¹ (s I + A)⁻¹"),
    Form("log(det(A + s*eye(n)))", "s", "tr((s I + A)⁻¹)"),
    Form("diag(x) @ c", "x", "diag(c)"),
    Form("exp(trace(A))", "A", "exp(tr(A)) I"),
]
LITERATURE = [
    # traces of products and powers
    Form("trace(A @ P @ Q)", "P", "Aᵀ Qᵀ"),
    Form("trace(P.T @ A @ P)", "P", "(A + Aᵀ) P"),
    Form("trace(A @ P @ D @ P.T)", "P", "A P D + Aᵀ P Dᵀ"),
    Form("trace(A.T @ B)", "A", "B"),
    Form("trace(A @ A)", "A", "2 Aᵀ"),
    Form("trace(matrix_power(A, 5))", "A", "5 matrix_power(A, 4)ᵀ"),
    Form("trace(B @ matrix_power(A, 2))", "A", "Aᵀ Bᵀ + Bᵀ Aᵀ"),
    Form("trace((A*B) @ C)", "A", "B ⊙ Cᵀ"),
    Form("trace(kron(A, B))", "A", "tr(B) I"),
    # bilinear and quadratic forms
    Form("c @ P @ b", "P", "c bᵀ"),
    Form("b @ P.T @ P @ z", "P", "(P b) zᵀ + (P z) bᵀ"),
    Form("(x - c) @ A @ (x - c)", "c", "−(A (x − c) + Aᵀ(x − c))"),
    Form("(x - P @ z) @ A @ (x - P @ z)", "P", "−(A (x − P z) + Aᵀ(x − P z)) zᵀ"),
    Form("x @ matrix_power(A, 3) @ c", "A", "(Aᵀ(Aᵀ x)) cᵀ + (Aᵀ x) (A c)ᵀ + x (A (A c))ᵀ"),
    Form("x @ diag(c) @ x", "x", "2 c ⊙ x"),
    # determinants
    Form("det(A)**3", "A", "3 det(A)³ A⁻ᵀ"),
    Form("log(det(P.T @ P))", "P", "2 P (Pᵀ P)⁻¹"),
    Form("log(det(P.T @ A @ P))", "P", "A P (Pᵀ A P)⁻¹ + (Pᵀ A)ᵀ(Pᵀ A P)⁻ᵀ"),
    Form("det(s*A)", "s", "n det(A) s^n/s"),
    Form("det(inv(A))", "A", "−(A⁻ᵀ/det(A))"),
    Form("logabsdet(kron(A, D))", "A", "m A⁻ᵀ"),
    # inverses
    Form("trace(inv(A + B))", "A", "−((A + B)⁻¹ (A + B)⁻¹)ᵀ"),
    Form("trace(inv(P.T @ P) @ D)", "P", "−P (Pᵀ P)⁻¹ (D + Dᵀ) (Pᵀ P)⁻¹"),
    Form("inv(A) @ c", "A", '−einsum("ij,k->ijk", A⁻¹, A⁻¹ c)'),
    Form("inv(A) @ c", "c", "A⁻¹"),
    Form("logabsdet(A) + (x - c) @ inv(A) @ (x - c)", "A", "A⁻ᵀ − (A⁻ᵀ(x − c)) (A⁻¹ (x − c))ᵀ"),
    # norms
    Form("norm(x - c)", "x", "normalized(x − c)"),
    Form("norm(A @ x - c)**2", "x", "2 Aᵀ(A x − c)"),
    Form("x/norm(x)", "x", "I/‖x‖ − x xᵀ/‖x‖³"),
    Form("norm(x)", "x", "(I − normalized(x) normalized(x)ᵀ)/where(‖x‖ = 0, 1, ‖x‖)", 2),
    # Hadamard and Kronecker products, structured sums
    Form("sum(A @ B)", "A", "broadcast_to(sum(B, axis=1), (n, n))"),
    Form("sum((A*B)**2)", "A", "2 A ⊙ B²"),
    Form("kron(x, c)", "x", 'reshape(einsum("ij,k->ikj", I, c), (n**2, n))'),
    Form("outer(x, c) @ c", "x", "sum(c²) I"),
    # second derivatives
    Form("x @ A @ x", "x", "A + Aᵀ", 2),
    Form("sum(softplus(X @ w) - y*(X @ w))", "w", "Xᵀ diag(σ(X w) ⊙ (1 − σ(X w))) X", 2),
    Form("logsumexp(x) - c @ x", "x", "diag(softmax(x)) − softmax(x) softmax(x)ᵀ", 2),
    Form("sum((T - U @ V.T)**2)", "U", "2 (I ⊗ Vᵀ V)", 2),
    Form("(x @ A @ x)**2", "x", "2 xᵀ(Aᵀ x) A + 2 xᵀ(Aᵀ x) Aᵀ + 2 (A x + Aᵀ x) (A x + Aᵀ x)ᵀ", 2),
    Form("softmax(x)", "x", "diag(softmax(x)) − softmax(x) softmax(x)ᵀ"),
]


def target_of(form: Form) -> tuple[sd.Node, sd.Node]:
    """The formula and the variable, as expressions."""
    return sd.parse(form.formula, **SHAPES), sd.parse(form.wrt, **SHAPES)


def derived(form: Form) -> sd.Node:
    """The derivative: a gradient, a Jacobian or a Hessian."""
    target, x = target_of(form)
    return sd.jacobian(target, x) if form.order == 1 else sd.hessian(target, x)


FORMS = [pytest.param(form, id=f"{form.formula} by {form.wrt}, {form.order}") for form in TABLE]
FORMS += [pytest.param(f, id=f"{f.formula} by {f.wrt}, {f.order}, other") for f in LITERATURE]
each_form = pytest.mark.parametrize("form", FORMS)


def test_there_are_as_many_as_promised() -> None:
    assert len(TABLE) == 29
    assert len(LITERATURE) >= 30


@each_form
def test_printed(form: Form) -> None:
    assert str(derived(form)) == form.closed


@each_form
@pytest.mark.parametrize("sizes", SIZES, ids=["small", "other"])
def test_right_in_numbers(form: Form, sizes: dict[str, int]) -> None:
    target, x = target_of(form)
    names = {v.attrs[0]: v for v in sd.inputs([target, x])}
    shapes = {n: tuple(size_value(s, sizes) for s in v.shape) for n, v in names.items()}
    point = draw(shapes, 0.3, 1.5, form.formula)
    for name in set(names) & {"A", "B"}:
        point[name] = point[name] + 3 * np.eye(sizes["n"])  # with positive determinants
    expected = differences(form, point, sizes)
    given = {n: v for n, v in point.items() if n in {u.attrs[0] for u in sd.inputs(derived(form))}}
    told = {str(s) for n in given for s in names[n].shape}
    free = {n: sizes[n] for n in sizes if n not in told and needs_size(form, n)}
    found = sd.evaluate(derived(form), **given, **free)
    tolerance = TOLERANCE if form.order == 1 else 1e4 * TOLERANCE**0.75
    assert_close(found, expected, tolerance * 1e3, tolerance * 1e3 * (1 + np.max(np.abs(expected))))


def needs_size(form: Form, name: str) -> bool:
    """True if the derivative mentions a named size."""
    return name in size_names(topological([derived(form)]))


def differences(form: Form, point: dict[str, Any], sizes: dict[str, int]) -> Any:
    """The derivative by differences: of every entry, and twice for a Hessian."""
    oracle = Oracle(form.formula)
    if form.order == 2:
        return entrywise(lambda at: slope(lambda p: oracle(p, sizes), at, form.wrt), form, point)
    return entrywise(lambda at: oracle(at, sizes), form, point)


def entrywise(function: Any, form: Form, point: dict[str, Any]) -> Any:
    """The derivative of every entry of a function's value."""
    value = np.asarray(function(point))
    rows = [
        slope(lambda at, place=place: np.asarray(function(at))[place], point, form.wrt)
        for place in np.ndindex(value.shape)
    ]
    return np.reshape(rows, (*value.shape, *np.shape(point[form.wrt])))


def built(expression: sd.Node) -> list[sd.Node]:
    """What generated code computes on the way to the result; unit matrices are never built."""
    return [n for n in topological(lower([sd.simplify(expression)])) if n.op.name != "eye"]


def entries(node: sd.Node) -> float:
    """How many entries a node has, all named sizes being equally large."""
    return math.prod(map(nominal, node.shape))


@each_form
def test_nothing_larger_than_the_result_or_an_input_is_built(form: Form) -> None:
    target, x = target_of(form)
    allowed = max(map(entries, [derived(form), *sd.inputs([target, x])]))
    for node in built(derived(form)):
        assert entries(node) <= allowed, sd.text(node)
