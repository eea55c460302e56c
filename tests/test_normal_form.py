"""One normal form however an expression was written, which never costs more than what was written.

Random expressions are written in a second way that means the same; both must be simplified to the
same node. Costs are counted where all named sizes are 1000, as generated code computes the result.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from graphs import expressions
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import symdiff as sd
from symdiff.node import topological, use_counts
from symdiff.ops.contraction import contract
from symdiff.ops.leaves import number_of
from symdiff.rewrite.engine import rebuild
from symdiff.rewrite.lowering import SPELLED_OUT, lower

settings.register_profile("normal", max_examples=100, derandomize=True)
normal = settings.get_profile("normal")


def operations(e: sd.Node) -> int:
    """The operations where all named sizes are 1000."""
    counted = sd.cost(e)
    return counted.at(**dict.fromkeys(counted.sizes, 1000)).operations


# The same graph, written in another order ---------------------------------------------------------


def reordered(root: sd.Node, chance: random.Random) -> sd.Node:
    """The same expression: sums, products and contractions with their arguments in another order.

    Sums and products of three or more are put in other parentheses; what is shared stays shared.
    """
    order = topological([root])
    counts = use_counts(order, [root])
    made: dict[sd.Node, sd.Node] = {}
    for node in order:
        if node.op.name in ("add", "multiply"):
            operation = sd.add if node.op.name == "add" else sd.multiply
            parts = [made[part] for part in operands(node, counts)]
            chance.shuffle(parts)
            made[node] = parenthesised(operation, parts, chance)
        elif node.op.name == "contract":
            pairs = [(made[a], ix) for a, ix in zip(node.args, node.attrs.inputs, strict=True)]
            chance.shuffle(pairs)
            nodes, indices = zip(*pairs, strict=True)
            made[node] = contract(nodes, indices, node.attrs.output)
        else:
            made[node] = rebuild(node, tuple(made[arg] for arg in node.args)) if node.args else node
    return made[root]


def operands(node: sd.Node, counts: dict[sd.Node, int]) -> list[sd.Node]:
    """What is added up, or multiplied, by a node and by those of its op that it alone uses."""
    found, waiting = [], list(node.args)
    while waiting:
        part = waiting.pop()
        if part.op is node.op and counts[part] == 1:
            waiting.extend(part.args)
        else:
            found.append(part)
    return found


def parenthesised(
    operation: Callable[[Any, Any], sd.Node], parts: Sequence[sd.Node], chance: random.Random
) -> sd.Node:
    """Operands combined two neighbours at a time, in any order."""
    parts = list(parts)
    while len(parts) > 1:
        k = chance.randrange(len(parts) - 1)
        parts[k : k + 2] = [operation(parts[k], parts[k + 1])]
    return parts[0]


@settings(normal, max_examples=500)
@given(expressions(12), st.randoms(use_true_random=False))
def test_the_order_in_which_a_graph_is_written_does_not_matter(
    e: sd.Node, chance: random.Random
) -> None:
    other = reordered(e, chance)
    assert (other.shape, other.dtype) == (e.shape, e.dtype)
    assert sd.simplify(other) is sd.simplify(e), (sd.text(e), sd.text(other))


@settings(normal)
@given(expressions(12))
def test_simplification_never_costs_more(e: sd.Node) -> None:
    """Apart from `x**-2`, one call, which is written `1/x**2`: two, but faster.

    So is what one slow call computes, spelled out.
    """
    assume(not any(node.op.name == "power" and negative(node.args[1]) for node in topological([e])))
    (simple,) = lower([sd.simplify(e)], without=SPELLED_OUT)
    assert operations(simple) <= operations(e), (sd.text(e), sd.text(simple))


def negative(exponent: sd.Node) -> bool:
    """True for a negative number."""
    number = number_of(exponent)
    return number is not None and number < 0


# Products of matrices -----------------------------------------------------------------------------


class Chains:
    """A product of matrices and diagonal matrices, each used once, written in several ways."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._chance: random.Random = draw(st.randoms(use_true_random=False))
        count = draw(st.integers(2, 5))
        self.sizes = [draw(st.sampled_from("nm")) for _ in range(count + 1)]
        self.factors = [self._factor(*pair, k) for k, pair in enumerate(self._pairs())]

    def _pairs(self) -> list[tuple[str, str]]:
        return list(zip(self.sizes, self.sizes[1:], strict=False))

    def _factor(self, rows: str, columns: str, k: int) -> sd.Node:
        kind = self._draw(st.sampled_from(["plain", "transposed", "function", "diagonal"]))
        name = f"{self._draw(st.sampled_from('ABXYZ'))}{k}"
        if kind == "diagonal" and rows == columns:
            return sd.diag(sd.vector(name, rows))
        if kind == "transposed":
            return sd.matrix(name, columns, rows).T
        plain = sd.matrix(name, rows, columns)
        return sd.tanh(plain) if kind == "function" else plain

    def write(self) -> sd.Node:
        """The product, in any parentheses, with any of its parts transposed twice."""
        return parenthesised(self._times, self.factors, self._chance)

    def _times(self, a: sd.Node, b: sd.Node) -> sd.Node:
        return (b.T @ a.T).T if self._chance.random() < 0.3 else a @ b

    def trace(self) -> sd.Node:
        """The trace, if the product is square: the factors in a cycle, begun anywhere."""
        start = self._chance.randrange(len(self.factors))
        cycle = [*self.factors[start:], *self.factors[:start]]
        product = parenthesised(self._times, cycle, self._chance)
        return sd.trace(product.T if self._chance.random() < 0.5 else product)

    def scalar(self) -> sd.Node:
        """The product between two vectors."""
        left, right = sd.vector("left", self.sizes[0]), sd.vector("right", self.sizes[-1])
        ends = [left[None, :], *self.factors, right[:, None]]
        product = parenthesised(self._times, ends, self._chance)
        return sd.sum(product)


chains = st.composite(Chains)()


@settings(normal)
@given(chains)
def test_a_product_of_matrices_has_one_form(chain: Chains) -> None:
    first, second = chain.write(), chain.write()
    assert sd.simplify(first) is sd.simplify(second), (sd.text(first), sd.text(second))
    assert sd.simplify(first.T) is sd.simplify(second.T), (sd.text(first), sd.text(second))
    assert operations(sd.simplify(first)) <= operations(second), sd.text(second)


@settings(normal)
@given(chains)
def test_a_trace_has_one_form(chain: Chains) -> None:
    if chain.sizes[0] == chain.sizes[-1]:
        first, second = chain.trace(), chain.trace()
        assert sd.simplify(first) is sd.simplify(second), (sd.text(first), sd.text(second))
        assert operations(sd.simplify(first)) <= operations(second), sd.text(second)


@settings(normal)
@given(chains)
def test_a_bilinear_form_has_one_form(chain: Chains) -> None:
    first, second = chain.scalar(), chain.scalar()
    assert sd.simplify(first) is sd.simplify(second), (sd.text(first), sd.text(second))
    assert operations(sd.simplify(first)) <= operations(second), sd.text(second)


# By name ------------------------------------------------------------------------------------------

SHAPES = {"A": "n n", "B": "n n", "C": "n n", "S": "n n", "X": "n m", "Y": "n m", "Z": "m n"}
SHAPES |= {"M": "m m", "x": "n", "y": "n", "z": "n", "w": "m", "v": "m", "s": "", "t": ""}

ONE_FORM = {
    "bilinear": ("xᵀ(A y)", ["x @ A @ y", "x @ (A @ y)", "y @ A.T @ x", "sum(outer(x, y)*A)",
                             "trace(A @ outer(y, x))", "einsum('i,ij,j->', x, A, y)"]),
    "two bilinear factors": ("", ["x @ A.T @ B @ y", "(A @ x) @ (B @ y)", "y @ B.T @ (A @ x)"]),
    "trace of two": ("tr(Xᵀ Y)", ["vdot(X, Y)", "trace(X.T @ Y)", "trace(Y.T @ X)", "sum(X*Y)",
                                  "trace(X @ Y.T)", "sum(Y.T*X.T)", "einsum('ij,ij->', Y, X)"]),
    "trace of three": ("", ["trace(A @ B @ C)", "trace(B @ C @ A)", "trace(C @ A @ B)",
                            "trace((A @ B @ C).T)", "trace(C.T @ B.T @ A.T)", "sum((A @ B)*C.T)",
                            "vdot((A @ B).T, C)"]),
    "trace of a square": ("tr(A A)", ["trace(A @ A)", "trace(A.T @ A.T)", "sum(A*A.T)",
                                      "vdot(A, A.T)"]),
    "sum of squares": ("sum(X²)", ["sum(X**2)", "sum(X*X)", "vdot(X, X)", "trace(X.T @ X)",
                                   "trace(X @ X.T)", "sum((X.T)**2)", "vdot(X.T, X.T)"]),
    "trace with a diagonal": ("xᵀ diag(A)", ["trace(diag(x) @ A)", "trace(A @ diag(x))",
                                             "trace(A*x)", "trace(A.T*x[:, None])",
                                             "sum(x*diag(A))"]),
    "Gram": ("Xᵀ X", ["X.T @ X", "(X.T @ X).T"]),
    "Gram with a diagonal": ("Xᵀ diag(x) X", ["X.T @ diag(x) @ X", "(x[:, None]*X).T @ X",
                                              "X.T @ (x[:, None]*X)", "(X.T*x) @ X",
                                              "(X.T @ diag(x) @ X).T"]),
    "Gram with a symmetric matrix": ("", ["X.T @ (A + A.T) @ X", "(X.T @ (A + A.T) @ X).T",
                                          "X.T @ (A.T + A) @ X"]),
    "quadratic form of a Gram matrix": ("sum((X w)²)", ["w @ X.T @ X @ w", "w @ (X.T @ X).T @ w",
                                                        "sum((X @ w)**2)", "(X @ w) @ (X @ w)"]),
    "inverse beside itself": ("I", ["A @ inv(A)", "inv(A) @ A", "(inv(A).T @ A.T).T",
                                    "A @ B @ inv(A @ B)", "inv(A @ B) @ A @ B"]),
    "inverse of a product": ("B⁻¹", ["inv(A @ B) @ A", "B @ inv(B) @ inv(B)", "inv(B)",
                                     "inv(B @ A @ inv(A))"]),
    "solution": ("A⁻¹ x", ["inv(A) @ x", "solve(A, x)", "x @ inv(A).T", "x @ inv(A.T)",
                           "inv(A @ B) @ A @ B @ inv(A) @ x"]),
    "Kronecker": ("", ["kron(A @ B, M @ M)", "kron(A, M) @ kron(B, M)"]),
    "Kronecker, transposed": ("", ["kron(A, M).T", "kron(A.T, M.T)"]),
    "trace of a Kronecker product": ("tr(A) tr(M)", ["trace(kron(A, M))", "trace(M)*trace(A)",
                                                     "trace(kron(M, A).T)"]),
    "columns and rows": ("diag(x) A diag(y)", ["diag(x) @ A @ diag(y)", "x[:, None]*A*y",
                                               "A*outer(x, y)", "(diag(y) @ A.T @ diag(x)).T"]),
    "diagonals": ("diag(x ⊙ y)", ["diag(x) @ diag(y)", "diag(y) @ diag(x)", "diag(x*y)",
                                  "diag(x) * y"]),
    "outer": ("x wᵀ", ["outer(x, w)", "x[:, None]*w", "outer(w, x).T", "w*x[:, None]"]),
    "outer, applied": ("(vᵀ w) x", ["outer(x, w) @ v", "v @ outer(w, x)", "x*(w @ v)",
                                    "(v @ w)*x"]),
    "polynomial": ("", ["(x @ y)*x + s*x", "s*x + x*(y @ x)", "(s + y @ x)*x"]),
    "affine": ("A x + y", ["A @ x + y", "y + A @ x", "y + x @ A.T"]),
    "matrix and scalar": ("A + s", ["A + s", "s + A"]),
    "sum and product": ("", ["A @ B + A", "A + A @ B"]),
    "scalar and product": ("", ["x @ y + s", "s + x @ y"]),
    "terms of one degree": ("", ["s**2*t + s*t**2", "s*t**2 + t*s**2", "t*s**2 + t**2*s"]),
    "sum of entries of a sum": ("", ["sum(A + B)", "sum(B + A)", "sum((B + A).T)"]),
    "rows of a product": ("", ["sum(A @ B, axis=1)", "A @ sum(B, axis=1)",
                               "sum(B.T @ A.T, axis=0)"]),
    "outer beside a function": ("", ["exp(A)*outer(x, y)", "exp(A)*(x[:, None]*y)",
                                     "x[:, None]*exp(A)*y"]),
    "vector beside outer": ("", ["exp(y)*outer(x, y)", "outer(x, y*exp(y))",
                                 "y*exp(y)*x[:, None]"]),
    "two rows and a matrix": ("", ["x[:, None]*y[:, None]*A", "(x*y*A.T).T",
                                   "diag(x) @ diag(y) @ A"]),
    "power beside a matrix": ("", ["X.T @ A @ A", "(A.T @ A.T @ X).T", "X.T @ (A @ A)"]),
    "power put apart": ("", ["Z @ (A @ A @ A) @ A", "Z @ (A @ (A @ A)) @ A", "Z @ A @ A @ A @ A"]),
    "row-scaled product": ("", ["x[:, None]*(A @ (x*A))", "((x*A).T @ (A*x[:, None]).T).T"]),
    "scaled matrix, twice": ("", ["trace(A @ (x*A))", "trace(x*A @ A)", "sum(x*diag(A @ A))"]),
}  # fmt: skip
"""Ways to write one thing, which all have one form, and that form where it is worth a look."""


@pytest.mark.parametrize("name", ONE_FORM)
def test_one_form(name: str) -> None:
    form, ways = ONE_FORM[name]
    nodes = [sd.parse(way, **SHAPES) for way in ways]
    simple = [sd.simplify(node) for node in nodes]
    forms = {way: sd.text(each) for way, each in zip(ways, simple, strict=True)}
    assert len(set(simple)) == 1, forms
    assert str(simple[0]) == form or not form
    assert sd.simplify(simple[0]) is simple[0]
    values = [value(node) for node in (*nodes, simple[0])]
    for each in values:
        np.testing.assert_allclose(each, values[0], rtol=1e-9, atol=1e-9)


def value(node: sd.Node) -> Any:
    """The value at some point."""
    given = {}
    for v in sd.inputs(node):
        rng = np.random.default_rng(ord(v.attrs[0]))
        given[v] = rng.uniform(0.5, 1.5, [{"n": 3, "m": 2}[str(size)] for size in v.shape])
    return sd.evaluate(node, given, **({} if given else {"n": 3}))


CHEAP = [
    "outer(x, sum(X, axis=1))", "A @ sum(B, axis=1)", "sum(A, axis=0) @ sum(B, axis=1)",
    "x*sum(A, axis=1)", "sum(A @ B)", "sum(A @ B, axis=1)", "outer(A @ x, B @ y)",
    "A*(B @ y)[:, None]", "outer(x, y) @ A", "trace(A @ B)", "A @ B @ x", "outer(x*s, w)",
    "diag(broadcast_to(s, n))", "s + t + A", "x - (s - 0.5)", "1 - t + y", "s*(t*A)",
    "x[:, None]*(s*y[:, None])*A", "(s/(2 + sin(x)))[:, None]", "(sum(x)/n)**2",
    "(x/(2 + sin(x)))**2", "x/(2 + sin(x))*x + (x/(2 + sin(x)))**2", "exp(x)*outer(x, y)",
    "einsum('ij,kj->j', A, sum(A, axis=0)[None])", "-log(x)/(2 + sin(A))", "(x*A) @ (s*y)",
    "A @ B + A @ C", "x*A + y*A", "A @ x + B @ x", "A @ (B + C) @ x", "s*A @ x + t*A @ x",
    "(sign(x - 1)*x) @ (sign(x - 1)*x)", "(x @ y)*x + (x @ y)*y", "inv(A) @ B @ x",
    "B @ sum(B, axis=1)",
]  # fmt: skip


@pytest.mark.parametrize("formula", CHEAP)
def test_a_form_costs_no_more(formula: str) -> None:
    e = sd.parse(formula, **SHAPES)
    (simple,) = lower([sd.simplify(e)])
    costs = f"{sd.cost(e).operations} -> {sd.cost(simple).operations}"
    assert operations(simple) <= operations(e), (costs, sd.text(simple))


ENDS = ["Y @ (M @ M) @ sum(M, axis=1)", "Y @ (M @ M @ M) @ M.T", "Y @ (M @ (M @ M)) @ M",
        "trace(A @ diag(x) @ (x*A) @ B)", "trace(A @ (y*A) @ (3*(z*A)))",
        "einsum('ijj->i', K)", "einsum('ijj,k->ik', K, x)"]  # fmt: skip


@pytest.mark.parametrize("formula", ENDS)
def test_a_form_is_not_simplified_further(formula: str) -> None:
    e = sd.parse(formula, **SHAPES, K="2 n n")
    simple = sd.simplify(e)
    assert (simple.shape, simple.dtype) == (e.shape, e.dtype)
    assert sd.simplify(simple) is simple


# Gradients beside what they are the gradients of --------------------------------------------------

SHARING = ["sigmoid(x @ y + s)", "sigmoid(s + y @ x)", "sum((x @ A @ y - s)**2)",
           "(s*t + t)*sin(s*t)", "sum(tanh(A @ x + y)**2)", "sum((X @ w - y)**2) + s*sum(w**2)",
           "logsumexp(A.T @ x)", "sum(y*(A @ x))"]  # fmt: skip


@pytest.mark.parametrize("formula", SHARING)
def test_a_gradient_uses_the_nodes_of_its_target(formula: str) -> None:
    """Value and gradient together cost no more where the target stands as it was written."""
    e = sd.parse(formula, **SHAPES)
    gradients = sd.grad(e, sd.inputs(e))
    together = sd.simplify([e, *gradients])

    def total(nodes: list[sd.Node]) -> int:
        counted = sd.cost(nodes)
        return counted.at(**dict.fromkeys(counted.sizes, 1000)).operations

    assert total([e, *gradients]) <= total(together)


# Values that a hasty rule would change ------------------------------------------------------------

KEPT = [
    "(exp(((P @ (A + A.T)).T @ P.T)).T @ x) + sum(P @ (A + A.T))",  # S Pᵀ Pᵀ is not symmetric
    "inv(((P @ (A + A.T)).T @ P.T + 9*eye(n))).T @ x + sum(P @ (A + A.T))",
    "inv(P @ (A + A.T) @ P.T + 9*eye(n)).T @ x",  # and this one is
    "einsum('ij,kj,j,kjl->ij', X, X, w, Q)",  # what is summed alone meets its like
    "einsum('ij,kj,j,kj->ij', X, X, w, Y)",
    "einsum('ijj->i', K)", "einsum('iij->j', K2) @ x", "sum(einsum('iij->j', K2))",
    "B @ sum(B, axis=1)", "sum(A, axis=0) @ sum(B, axis=1)",
    "x/(1 + eye(n)) + P*x/(2 + eye(n))",
]  # fmt: skip


@pytest.mark.parametrize("formula", KEPT)
def test_values_are_kept(formula: str) -> None:
    shapes = SHAPES | {"P": "n n", "K": "2 n n", "K2": "m m n", "Q": "n m 2"}
    e = sd.parse(formula, **shapes)
    given = {}
    for k, v in enumerate(sd.inputs(e)):
        rng = np.random.default_rng(k)
        sizes = [{"n": 3, "m": 2}.get(str(size)) or int(str(size)) for size in v.shape]
        given[v] = rng.uniform(0.5, 1.5, sizes)
    names = {v.attrs[0]: value for v, value in given.items()}
    exact = sd.evaluate(e, given)
    np.testing.assert_allclose(sd.evaluate(sd.simplify(e), given), exact, rtol=1e-9)
    np.testing.assert_allclose(sd.compile(e)(**names), exact, rtol=1e-9)


def test_a_reciprocal_of_a_unit_matrix_is_no_unit_matrix() -> None:
    with np.errstate(divide="ignore"):
        found = sd.evaluate(sd.simplify(sd.vector("x", "n") / sd.eye("n")), x=[1.0, 2.0])
    np.testing.assert_array_equal(found, [[1, np.inf], [np.inf, 2]])


def test_a_mask_on_what_is_infinite_stays() -> None:
    x, P = sd.vector("x", "n"), sd.matrix("P", "n", "n")
    masked = sd.where(sd.equal(sd.norm(x), 0), 0, P * sd.log(sd.norm(x))) @ x
    with np.errstate(divide="ignore", invalid="ignore"):
        found = sd.evaluate(sd.simplify(masked), x=np.zeros(2), P=np.eye(2))
    np.testing.assert_array_equal(found, [0, 0])


def test_integers_beside_floats_take_their_precision() -> None:
    x, K = sd.vector("x", "n"), sd.matrix("K", "n", "n", dtype="int")
    single, whole = np.ones(2, np.float32), np.eye(2, dtype=int)
    for e in (K @ x, sd.outer(x, K[0]), sd.diag(x) + K, sd.inv(K + 3 * sd.eye("n")) @ x):
        assert sd.evaluate(e, x=single, K=whole).dtype == np.float32
        assert sd.compile(e)(x=single, K=whole).dtype == np.float32


def test_a_scaled_product_with_a_transpose_has_one_form() -> None:
    """The rules for products and for contractions once undid each other's work."""
    A, B = sd.matrix("A", "n", "m"), sd.matrix("B", "m", "n")
    for expression in (2 * (A * B.T), (2 * A) * B.T, A * B.T + B.T * A):
        simple = sd.simplify(expression)
        assert sd.simplify(simple) is simple
        assert sd.text(simple) == "2*A*B.T"


SCALED = [
    "2*W*(U @ G)",
    "tanh(U.T @ (2*W*(U @ tanh(G)) + 2*((W*U) @ tanh(G))))",
    "(U.T @ diag(1/diag(U))) * (W - eye(n)/2)",
    "(U.T/diag(U)) * eye(n)",
]


@pytest.mark.parametrize("formula", SCALED)
def test_products_by_entries_beside_contractions(formula: str) -> None:
    """Numbers stand in front of all factors; factors may cancel on a diagonal."""
    node = sd.parse(formula, U="n n", W="n n", G="n n")
    simple = sd.simplify(node)
    assert sd.simplify(simple) is simple
    rng = np.random.default_rng(0)
    given = {v.attrs[0]: rng.uniform(0.5, 1, (3, 3)) for v in sd.inputs(node)}
    wanted = sd.evaluate(node, **given)
    free = {"n": 3} if not sd.inputs(simple) else {}
    kept = {v.attrs[0]: given[v.attrs[0]] for v in sd.inputs(simple)}
    np.testing.assert_allclose(sd.evaluate(simple, **kept, **free), wanted, rtol=1e-12, atol=1e-14)
