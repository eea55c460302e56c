"""Sparse Jacobians and Hessians: patterns, colours, and the matrices, against dense ones."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from graphs import expressions, point
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from samples import SAMPLES, declared
from scipy import sparse

import symdiff as sd
from symdiff.binding import size_names
from symdiff.dims import names_in, size_value
from symdiff.errors import ArgumentError, DerivativeError, InputError, MissingDependencyError
from symdiff.node import topological
from symdiff.ops import tables
from symdiff.registry import OPS, Sample, read_by_rows
from symdiff.sparse import compression
from symdiff.sparse.alike import with_vectors
from symdiff.sparse.colouring import column_colours, count_of, star_colours
from symdiff.sparse.known import KnownAt
from symdiff.sparse.pattern import pattern_of

SIZES = {"n": 3, "m": 2}
POINTS = 3


# Patterns, against what is not zero in numbers ----------------------------------------------------


def drawn(variables: list[sd.Node], sample: Sample, rng: np.random.Generator) -> Any:
    """Values of variables in the range of a sample."""
    values = {}
    for x in variables:
        shape = tuple(size_value(size, SIZES) for size in x.shape)
        value = rng.uniform(sample.low, sample.high, shape)
        kinds = {"int": lambda v: np.rint(v).astype(int), "bool": lambda v: v > 0}
        values[x] = kinds.get(x.dtype, np.asarray)(value)
    return values


def evaluated(
    nodes: list[sd.Node], values: dict[sd.Node, Any], sizes: dict[str, int] = SIZES
) -> list[np.ndarray]:
    """The values of nodes that need some of these variables, and sizes."""
    used = sd.inputs(nodes)
    told = {name for x in used for size in x.shape for name in names_in([size])}
    more = {n: sizes[n] for n in size_names(topological(nodes)) if n not in told}
    return sd.evaluate(nodes, {x: values[x] for x in used}, **more)


def compared(sample: Sample) -> tuple[np.ndarray, np.ndarray] | None:
    """Where a Jacobian is not zero at some points, and its pattern; None if there is none."""
    variables = list(declared(sample).values())
    y = sd.parse(sample.formula, **declared(sample))
    wrt = [x for x in variables if x.dtype == "float"]
    if y.dtype != "float" or not wrt or any(x.dtype == "complex" for x in variables):
        return None
    try:
        jacobians = sd.jacobian(y, wrt)
    except DerivativeError:
        return None
    rng = np.random.default_rng(0)
    exact = drawn([x for x in variables if x.dtype != "float"], sample, rng)
    rows = int(np.prod([size_value(size, SIZES) for size in y.shape]))
    nonzero: Any = False
    for _ in range(POINTS):
        values = {**exact, **drawn(wrt, sample, rng)}
        found = evaluated(jacobians, values)
        blocks = [np.reshape(j, (rows, values[x].size)) for j, x in zip(found, wrt, strict=True)]
        nonzero = nonzero | (np.concatenate(blocks, axis=1) != 0)
    known = KnownAt(topological([y]), SIZES, exact)
    return nonzero, pattern_of([y], wrt, known).toarray()


def check_samples(name: str) -> None:
    for sample in SAMPLES[name]:
        found = compared(sample)
        if found is not None:
            nonzero, allowed = found
            assert not np.any(nonzero & ~allowed), sample.formula


OWN_RULES = [n for n, op in OPS.items() if op.reads is not read_by_rows and op.samples]


@pytest.mark.parametrize("name", OWN_RULES)
def test_no_entry_is_missed_by_a_rule(name: str) -> None:
    check_samples(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in SAMPLES if name not in OWN_RULES])
def test_no_entry_is_missed(name: str) -> None:
    check_samples(name)


@pytest.mark.parametrize(
    ("formula", "shapes"),
    [
        ("x[1:] * x[:-1]", {"x": "n"}),
        ("x[[0, 2, 0]] + x[::-1]", {"x": "3"}),
        ("X @ w", {"X": "n m", "w": "m"}),
        ("A @ A", {"A": "n n"}),
        ("sum(X, axis=0) * x", {"X": "n m", "x": "m"}),
        ("cumsum(X, axis=1) + cumsum(X, axis=0)", {"X": "n m"}),
        ("cumprod(x)", {"x": "4"}),
        ("convolve(x, y, 'same')", {"x": "5", "y": "3"}),
        ("kron(A, x)", {"A": "n m", "x": "2"}),
        ("diag(x) @ A", {"x": "n", "A": "n n"}),
        ("tril(A) @ x", {"A": "n n", "x": "n"}),
        ("tril(A) * triu(B)", {"A": "n n", "B": "n n"}),
        ("array([[1.0, 0.0, 2.0], [0.0, 0.0, 1.0]]) @ x", {"x": "3"}),
        ("(eye(n) * outer(x, x)) @ y", {"x": "n", "y": "n"}),
        ("einsum('bij,bj->bi', K, X)", {"K": "2 n n", "X": "2 n"}),
        ("einsum('ii->i', A) + trace(A)", {"A": "n n"}),
        ("softmax(X, axis=1)", {"X": "n 3"}),
        ("inv(K + 4*eye(2)) @ x", {"K": "3 2 2", "x": "2"}),
        ("pad(x, 1, constant_values=3) * concatenate((y, x))", {"x": "3", "y": "2"}),
        ("zeros((4, 2)).at[[0, 2, 0]].add(X)", {"X": "3 2"}),
        ("X.at[1].set(x) * X", {"X": "n m", "x": "m"}),
        ("where(x > 0, stop_gradient(x) * y, sign(x))", {"x": "n", "y": "n"}),
        ("signdet(A) * det(A) + 0 * x", {"A": "n n", "x": ""}),
        ("repeat(x, 2) * tile(x, 2) * reshape(roll(stack((x, x), 1), 1, 0), 6)", {"x": "3"}),
    ],
)
def test_patterns_are_as_small_as_can_be(formula: str, shapes: dict[str, str]) -> None:
    found = compared(Sample(formula, shapes, 0.5, 1.5))
    assert found is not None
    nonzero, allowed = found
    np.testing.assert_array_equal(allowed, nonzero)


@settings(max_examples=60, derandomize=True)
@given(expressions(), st.integers(0, 10))
def test_patterns_of_random_formulas(y: sd.Node, seed: int) -> None:
    values = point(SIZES, seed)
    wrt = sd.inputs(y)
    assume(wrt and y.dtype == "float")
    jacobians = sd.jacobian(y, wrt)
    found = evaluated(jacobians, {x: values[x.attrs[0]] for x in sd.inputs(jacobians)})
    rows = int(np.prod([size_value(size, SIZES) for size in y.shape]))
    nonzero = np.concatenate([np.reshape(j, (rows, -1)) != 0 for j in found], axis=1)
    allowed = pattern_of([y], wrt, KnownAt(topological([y]), SIZES, {})).toarray()
    assert not np.any(nonzero & ~allowed)


# Colouring ----------------------------------------------------------------------------------------


def random_pattern(rng: np.random.Generator, rows: int, columns: int) -> Any:
    return sparse.csr_array(rng.random((rows, columns)) < rng.uniform(0, 0.6))


def test_columns_of_one_colour_never_meet_in_a_row() -> None:
    rng = np.random.default_rng(0)
    for _ in range(100):
        found = random_pattern(rng, *rng.integers(1, 12, 2))
        colours = column_colours(found)
        for row in found.toarray():
            assert len({*colours[row]}) == row.sum()


def test_no_path_over_four_columns_has_two_colours() -> None:
    rng = np.random.default_rng(0)
    for _ in range(60):
        count = rng.integers(1, 11)
        half = random_pattern(rng, count, count)
        found = half + half.T.tocsr()
        colours = star_colours(found)
        meets = found.toarray() & ~np.eye(count, dtype=bool)
        for b, c in np.argwhere(meets):
            assert colours[b] != colours[c]
            ends = [(a, d) for a in np.flatnonzero(meets[b]) for d in np.flatnonzero(meets[c])]
            for a, d in ends:
                if len({a, b, c, d}) == 4:
                    assert len({*colours[[a, b, c, d]]}) > 2


def banded(count: int, *offsets: int) -> Any:
    lines = [np.ones(count - abs(k)) for k in offsets]
    return sparse.diags_array(lines, offsets=offsets).tocsr().astype(bool)


def test_numbers_of_colours() -> None:
    line = banded(300, -1, 0, 1)
    assert count_of(column_colours(line)) == count_of(star_colours(line)) == 3
    assert count_of(column_colours(banded(50, 0))) == 1
    arrow = np.eye(50, dtype=bool)
    arrow[0] = arrow[:, 0] = True
    assert count_of(star_colours(sparse.csr_array(arrow))) == 2
    assert count_of(column_colours(sparse.csr_array(arrow))) == 50
    full = sparse.csr_array(np.ones((1500, 1500), bool))
    assert count_of(column_colours(full)) == count_of(star_colours(full)) == 1500


# Matrices -----------------------------------------------------------------------------------------


def dense(targets: Sequence[sd.Node], wrt: Sequence[sd.Node]) -> np.ndarray:
    """The Jacobian of some targets by some expressions, as one matrix."""
    values = {v: VALUES[v.attrs[0]] for v in sd.inputs([*targets, *wrt])}
    sizes = {"n": 4, "k": 3}
    columns = [x.size for x in map(np.asarray, evaluated(list(wrt), values, sizes))]
    rows: list[np.ndarray] = []
    for y in targets:
        entries = np.size(evaluated([y], values, sizes)[0])
        found = evaluated(sd.jacobian(y, wrt), values, sizes)
        blocks = [np.reshape(j, (entries, c)) for j, c in zip(found, columns, strict=True)]
        rows.append(np.concatenate(blocks, axis=1))
    return np.concatenate(rows)


x, w, A = sd.vector("x", "n"), sd.vector("w", "n"), sd.matrix("A", "n", "n")
s, i = sd.scalar("s"), sd.vector("i", "k", dtype="int")
VALUES = {
    "x": np.array([0.5, 1.5, -1.0, 2.0]),
    "w": np.array([1.0, -2.0, 0.5, 3.0]),
    "A": np.arange(16.0).reshape(4, 4) / 7,
    "s": 0.7,
    "i": np.array([0, 3, 3]),
}
LINE = x[1:] - x[:-1] ** 2

PROBLEMS: list[tuple[list[sd.Node], list[sd.Node], str, int]] = [
    ([LINE], [x], "forward", 2),
    ([sd.sum(x * w)], [x, w], "reverse", 1),
    ([x * s, sd.sin(w) * s], [s, x, w], "forward", 2),
    ([A @ x], [x], "forward", 4),
    ([A @ x], [A, x], "reverse", 4),
    ([sd.exp(x[i]) * s, A], [x, A], "forward", 1),
    ([LINE, sd.sum(x**2)], [x], "reverse", 3),
    ([sd.stack([x * x[0], w * x[0]]), LINE], [x], "forward", 3),
    ([w], [x], "none", 0),
]


@pytest.mark.parametrize(("targets", "wrt", "mode", "colours"), PROBLEMS)
def test_jacobians(targets: list[sd.Node], wrt: list[sd.Node], mode: str, colours: int) -> None:
    J = sd.sparse_jacobian(targets, wrt)
    given = {name: VALUES[name] for name in J.inputs}
    found, report = J(**given), J.report(**given)
    assert isinstance(found, sparse.csr_array)
    assert found.has_canonical_format
    np.testing.assert_allclose(found.toarray(), dense(targets, wrt), atol=1e-13)
    assert (report.mode, report.colours) == (mode, colours)
    np.testing.assert_array_equal(found.indices, report.pattern.indices)


def test_few_long_rows_and_columns_are_found_apart() -> None:
    targets, count = [LINE, sd.sum(x**2), x * x[0], sd.sum(sd.exp(x))], 40
    J = sd.sparse_jacobian(targets, x)
    values = np.random.default_rng(0).normal(size=count)
    expected = [evaluated([sd.jacobian(y, x)], {x: values})[0] for y in targets]
    found = J(values).toarray()
    np.testing.assert_allclose(found, np.concatenate([e.reshape(-1, count) for e in expected]))
    assert (J.report(x=values).mode, J.report(x=values).colours) == ("forward and reverse", 5)


def test_results_are_the_callers() -> None:
    J = sd.sparse_jacobian(LINE, x)
    first = J(VALUES["x"])
    first.indices[:] = 0
    first.data[:] = 0
    np.testing.assert_allclose(J(x=VALUES["x"]).toarray(), dense([LINE], [x]))


@pytest.mark.parametrize("at_once", [1, 5, 12])
def test_lanes_in_chunks(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "_ENTRIES", at_once)
    for targets, wrt, _, _ in PROBLEMS:
        J = sd.sparse_jacobian(targets, wrt)
        found = J(**{name: VALUES[name] for name in J.inputs})
        np.testing.assert_allclose(found.toarray(), dense(targets, wrt), atol=1e-13)


def test_float32_stays_float32() -> None:
    J = sd.sparse_jacobian(sd.sin(x) * s, [x, s])
    found = J(x=np.float32([1, 2]), s=0.5)
    assert found.dtype == np.float32
    assert J(x=[1.0, 2.0], s=0.5).dtype == np.float64


def test_empty_axes() -> None:
    assert sd.sparse_jacobian(sd.exp(x), x)([]).shape == (0, 0)
    assert sd.sparse_jacobian(LINE, x)([1.0]).shape == (0, 1)
    assert sd.sparse_jacobian(sd.sum(x), x)([]).shape == (1, 0)


@pytest.mark.parametrize("n", [3, 0])
def test_a_derivative_that_turns_out_to_be_zero(n: int) -> None:
    """The products need no direction any more, only how many there are."""
    u = sd.exp(x)
    J = sd.sparse_jacobian([sd.arctan2(u, u), sd.arctan2(x[1:], x[1:])], [x, w])
    if n:
        np.testing.assert_array_equal(J(x=np.ones(n), w=np.ones(n)).toarray(), np.zeros((5, 6)))
    norm = sd.sum(x**2)
    found = sd.sparse_jacobian(sd.arctan2(norm, norm), x)(np.ones(n))
    assert found.shape == (1, n) and found.nnz == n
    np.testing.assert_array_equal(found.toarray(), np.zeros((1, n)))


def test_indices_choose_the_pattern_at_each_call() -> None:
    J = sd.sparse_jacobian(x[i] ** 2, x)
    for places in ([0, 2], [2, 1], [0, 2]):
        expected = np.zeros((2, 3))
        expected[[0, 1], places] = 2 * np.array([1.0, 2.0, 3.0])[places]
        np.testing.assert_array_equal(J(x=[1.0, 2.0, 3.0], i=places).toarray(), expected)


def test_indices_that_follow_from_the_data_may_be_any() -> None:
    y = x[sd.argsort(w)]
    assert sd.sparsity(y, x, n=3).nnz == 9
    found = sd.sparse_jacobian(y, x)(x=[1.0, 2.0, 3.0], w=[2.0, 3.0, 1.0])
    np.testing.assert_array_equal(found.toarray(), np.eye(3)[[2, 0, 1]])


def test_by_an_expression() -> None:
    inner = sd.sin(x)
    found = sd.sparse_jacobian(inner**2, inner)(x=[1.0, 2.0]).toarray()
    np.testing.assert_allclose(found, np.diag(2 * np.sin([1.0, 2.0])))


HESSIANS: list[tuple[sd.Node, list[sd.Node], int]] = [
    (sd.sum(LINE**2), [x], 3),
    (sd.sum(x**2) + sd.sum(x * w[0]), [w, x], 2),
    (sd.sum(sd.exp(x * w) * s), [x, w, s], 3),
    (sd.sum(x) ** 2, [x], 4),
    (sd.sum(x), [x], 0),
]


@pytest.mark.parametrize(("f", "wrt", "colours"), HESSIANS)
def test_hessians(f: sd.Node, wrt: list[sd.Node], colours: int) -> None:
    H = sd.sparse_hessian(f, wrt)
    given = {name: VALUES[name] for name in H.inputs}
    expected = dense(sd.grad(f, wrt), wrt)
    np.testing.assert_allclose(H(**given).toarray(), expected, atol=1e-13)
    assert H.report(**given).colours == colours


def test_nothing_is_dense() -> None:
    """For a line of 10⁴ places, memory stays far below that of the dense matrix, 800 MB."""
    H = sd.sparse_hessian(sd.sum(LINE**2), x)
    tracemalloc.start()
    found = H(np.ones(10_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.nnz == 29_998
    assert peak < 40e6


# Thousands of scalars -----------------------------------------------------------------------------


def test_scalar_formulas_that_are_alike_become_vectors() -> None:
    y = sd.stack([sd.sin(x[k]) * x[k + 1] * (k + 0.5) for k in range(100)])
    [found] = with_vectors([y])
    assert len(topological([found])) == 7
    values = np.random.default_rng(0).normal(size=101)
    np.testing.assert_array_equal(sd.evaluate(found, x=values), sd.evaluate(y, x=values))


def test_mixed_scalar_formulas_keep_their_values() -> None:
    rng = np.random.default_rng(1)
    formulas: list[sd.Node] = []
    makers = [
        lambda a, b: sd.sin(a) * b,
        lambda a, b: a**2 - b / 3,
        lambda a, b: sd.where(a > b, a, s * b),
        lambda a, b: a**3 * 0.5 + sd.exp(-b),
        lambda a, b: A[0, 1] * a + sd.sum(x) * b,
    ]
    for _ in range(150):
        a, b = rng.integers(0, 30, 2)
        maker = makers[rng.integers(len(makers))]
        formulas.append(maker(x[int(a)], A[int(a), int(b)]))
        if len(formulas) > 20:
            k, m = rng.integers(0, 20, 2)
            formulas.append(formulas[k] * formulas[m])
    total: sd.Node = s
    for k, each in enumerate(formulas):
        total = total + each if k % 3 else total - each
    pairs = sd.stack([sd.stack(formulas[k : k + 2]) for k in range(0, 200, 2)])
    outputs = [pairs.T, total, sd.stack(formulas) * formulas[3]]
    values = {"x": rng.normal(size=30), "A": rng.normal(size=(30, 30)), "s": 0.3}
    found = with_vectors(outputs)
    assert len(topological(found)) < len(topological(outputs)) / 2
    for mine, theirs in zip(
        sd.evaluate(found, **values), sd.evaluate(outputs, **values), strict=True
    ):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12)


def test_lists_of_scalars() -> None:
    count = 300
    xs = [sd.scalar(f"x{k}") for k in range(count)]
    values = np.random.default_rng(0).normal(size=count)
    named = {f"x{k}": value for k, value in enumerate(values)}
    couplings = [(xs[k + 1] - xs[k] ** 2) * s for k in range(count - 1)]
    J = sd.sparse_jacobian(couplings, [s, *xs])
    assert repr(J).endswith(" by `s`, `x0`, `x1`, `x2` and 297 more>")
    expected = np.zeros((count - 1, count + 1))
    expected[:, 0] = values[1:] - values[:-1] ** 2
    rows = np.arange(count - 1)
    expected[rows, rows + 1] = -2 * values[:-1] * 0.5
    expected[rows, rows + 2] = 0.5
    np.testing.assert_allclose(J(s=0.5, **named).toarray(), expected, atol=1e-14)
    assert J.report().colours == 3
    f = sum((c**2 for c in couplings), start=sd.constant(0.0))
    H = sd.sparse_hessian(f, xs)
    vector = sd.vector("v", count)
    same = sd.sparse_hessian(sd.sum(((vector[1:] - vector[:-1] ** 2) * s) ** 2), vector)
    np.testing.assert_allclose(
        H(s=0.5, **named).toarray(), same(v=values, s=0.5).toarray(), atol=1e-12
    )


# Errors -------------------------------------------------------------------------------------------


def refused(call: Any, error: type[Exception]) -> str:
    with pytest.raises(error) as caught:
        call()
    return str(caught.value)


def test_refused_expressions() -> None:
    z = sd.vector("z", "n", dtype="complex")
    assert refused(lambda: sd.sparse_jacobian(sd.exp(z), z), ArgumentError) == (
        "a sparse Jacobian is real, but `exp(z)` is complex; take sd.real and sd.imag of it, or "
        "make it x + 1j*y of real x and y"
    )
    assert refused(lambda: sd.sparse_jacobian(x[i], i), DerivativeError) == (
        "`i` is of kind int, so nothing can be differentiated by it; declare it with "
        "dtype='float' if it varies continuously"
    )
    assert refused(lambda: sd.sparse_jacobian(x, [x, x]), ArgumentError) == (
        "a variable is named twice; its columns would be there twice"
    )
    assert refused(lambda: sd.sparse_jacobian(x, []), ArgumentError) == (
        "there is nothing to differentiate by: the list is empty"
    )
    assert refused(lambda: sd.sparse_jacobian([], x), ArgumentError) == (
        "there is nothing to differentiate: the list is empty"
    )
    assert refused(lambda: sd.sparse_jacobian("x", x), ArgumentError) == (  # type: ignore[arg-type]
        "what is differentiated must be an expression or a list of these, not 'x'"
    )
    message = refused(lambda: sd.sparse_jacobian(sd.floor(x), x), DerivativeError)
    assert message.startswith("`floor` has no derivative: ")
    message = refused(lambda: sd.sparse_hessian(x, x), DerivativeError)
    assert message.startswith("the target `x` of shape (n,) is not a scalar; ")


def test_refused_values() -> None:
    J = sd.sparse_jacobian(x[i] * s, x)
    assert J.inputs == ("x", "i", "s")
    assert refused(lambda: J([1.0]), InputError) == "no value for i, s"
    assert refused(lambda: J.pattern(n=3), InputError) == (
        "the pattern depends on the indices i; give their values"
    )
    assert refused(lambda: J.pattern(i=[0]), InputError) == (
        "no array tells the size n; give it by name"
    )
    assert refused(lambda: J.pattern(n=3, i=[4]), InputError) == (
        "index 4 is out of bounds for axis 0 with size 3, in `x[i]` of shape (k,)"
    )
    assert refused(lambda: J([1.0], [0], 2.0, 3.0), InputError) == (
        "4 values are given, but the inputs are: x, i, s"
    )
    assert refused(lambda: J([1.0], x=[2.0]), InputError) == (
        "x is given twice, by position and by name"
    )
    assert refused(lambda: J(t=1.0), InputError) == (
        "'t' is not an input; the inputs are: x, i, s, n, k"
    )
    assert refused(lambda: sd.sparse_jacobian(x[5] * x, x).pattern(n=2), InputError) == (
        "the index [5] needs n >= 6, but n is 2"
    )


def test_what_would_fill_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    places = {
        "`cumsum(x)` of shape (n,)": sd.cumsum(x),
        "`sum(x)*exp(x)` of shape (n,)": sd.sum(x) * sd.exp(x),
        "`softmax(x)` of shape (n,)": sd.softmax(x),
        "`A @ x` of shape (n,)": A @ x,
        "`x + x[:, None]` of shape (n, n)": x + x[:, None],
    }
    for place, y in places.items():
        J = sd.sparse_jacobian(y, x)
        assert refused(lambda J=J: J.pattern(n=100_000), InputError) == (
            f"the pattern has up to 1e+10 entries at n = 100000 in {place}, which is too many for "
            "a sparse matrix; products with directions need no matrix: sd.jvp, sd.vjp, sd.hvp"
        )
    monkeypatch.setattr(tables, "_MOST", 500)
    assert sd.sparsity(sd.cumsum(sd.cumsum(x)), x, n=20).nnz == 210  # of more pairs than 500


def test_without_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "scipy.sparse", None)
    assert refused(lambda: sd.sparse_jacobian(x, x), MissingDependencyError) == (
        "this needs SciPy, which is not installed: pip install 'symdiff[scipy]'"
    )


def test_what_is_shown() -> None:
    J = sd.sparse_jacobian([LINE, sd.sum(x**2)], x)
    assert repr(J) == "<sparse Jacobian of `x[1:] - x[:-1]**2`, `sum(x**2)` by `x`>"
    assert str(J.report(n=1000)) == (
        "rows, columns  1000, 1000\n"
        "nonzeros       2998 (0.3 %)\n"
        "mode           reverse\n"
        "colours        3"
    )
    assert J.report(n=8).picture(10) == "⠙⢦⡀⠀\n⣀⣀⣙⣦"
