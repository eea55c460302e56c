"""Costs: texts on textbook examples, counts and peaks against oracles that work entry by entry."""

from __future__ import annotations

import itertools
import math
import re
import tracemalloc
from typing import Any

import numpy as np
import pytest
from graphs import expressions, targets
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import SAMPLES, declared, each_op

import symdiff as sd
from symdiff import dims
from symdiff.dims import Dim, Size, named, nominal, size_value
from symdiff.node import Node, topological
from symdiff.polynomial import Maxima, difference, polynomial, total
from symdiff.registry import OPS, one_per_entry
from symdiff.show.derivative_costs import cheaper_mode, ratio

LEAST_SQUARES = sd.parse("sum((X @ w - y)**2)", X="n d", w="d", y="n")
LOGISTIC = sd.parse("sum(softplus(-y * (X @ w)))", X="n d", w="d", y="n")
X, w, y = sd.inputs(LEAST_SQUARES)
n, m, k = named("n"), named("m"), named("k")


def variable(expression: Node, name: str) -> Node:
    """The variable of that name."""
    return next(v for v in sd.inputs(expression) if v.attrs[0] == name)


def at(cost: sd.Cost, sizes: dict[str, int]) -> Any:
    """The numbers of a cost at those of the sizes that it has."""
    return cost.at(**{name: sizes[name] for name in cost.sizes})


# Printed ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "shapes", "operations", "memory", "inputs"),
    [
        ("sum((X @ w - y)**2)", {"X": "n d", "w": "d", "y": "n"},
         "2 n d + 3 n", "2 n", "n d + n + d"),
        ("sum(softplus(-y * (X @ w)))", {"X": "n d", "w": "d", "y": "n"},
         "2 n d + 4 n", "3 n", "n d + n + d"),
        ("A @ B @ x", {"A": "n m", "B": "m k", "x": "k"},
         "2 n m k + 2 n k", "n k + n", "n m + m k + k"),
        ("A @ (B @ x)", {"A": "n m", "B": "m k", "x": "k"},
         "2 n m + 2 m k", "n + m", "n m + m k + k"),
        ("softmax(X @ W, axis=1)", {"X": "n d", "W": "d k"},
         "2 n d k + 5 n k", "2 n k", "n d + d k"),
        ("x * y", {"x": "", "y": ""}, "1", "1", "2"),
        ("X.T", {"X": "n d"}, "0", "0", "n d"),
        ("x[1:] - x[:-1]", {"x": "n"}, "n - 1", "n - 1", "n"),
        ("x[::2] * 2", {"x": "n"}, "((n + 1)//2)", "((n + 1)//2)", "n"),
        ("outer(x, y) @ z", {"x": "n", "y": "m", "z": "m"}, "3 n m", "n m + n", "n + 2 m"),
        ("A @ array([1.0, 2.0])", {"A": "3 2"}, "12", "3", "8"),
    ],
)  # fmt: skip
def test_printed(
    formula: str, shapes: dict[str, str], operations: str, memory: str, inputs: str
) -> None:
    found = sd.cost(sd.parse(formula, **shapes))
    printed = f"operations  {operations}\nmemory      {memory}\ninputs      {inputs}"
    assert str(found) == repr(found) == printed


def test_a_peak_that_depends_on_the_sizes() -> None:
    e = sd.parse("sum(exp(sin(x))) + sum(exp(sin(A)))", x="n", A="m m")
    assert str(sd.cost(e).memory) == "max(2 m**2 + 1, 2 n)"


def test_what_is_shared_is_counted_once() -> None:
    together = sd.cost([LEAST_SQUARES, sd.grad(LEAST_SQUARES, w)])
    assert str(together.operations) == "4 n d + 3 n + d"


LEAST_SQUARES_REPORT = """\
                    operations       memory                 ratio
value               2 n d + 3 n      2 n                    1.0
value and gradient  4 n d + 3 n + d  max(2 n + 1, 2 d + 1)  2.0
Hessian             2 n d**2 + d**2  2 d**2                 1.0 size
entries of the inputs: n d + n + d
ratio: of leading terms, all named sizes being one large size"""


def test_report_of_least_squares() -> None:
    report = sd.cost(LEAST_SQUARES, wrt=w)
    assert str(report) == repr(report) == LEAST_SQUARES_REPORT


def test_report_of_logistic_regression() -> None:
    report = sd.cost(LOGISTIC, wrt=variable(LOGISTIC, "w"))
    assert [row.label for row in report.rows] == ["value", "value and gradient", "Hessian"]
    assert [row.ratio for row in report.rows] == ["1.0", "2.0", "1.0 size"]


def test_report_of_several_variables() -> None:
    report = sd.cost(LEAST_SQUARES, wrt=[w, X])
    assert [row.label for row in report.rows] == ["value", "value and gradient"]
    both = sd.cost([LEAST_SQUARES, *sd.grad(LEAST_SQUARES, [w, X])])
    assert report["value and gradient"] == both


def test_report_of_a_vector() -> None:
    e = sd.parse("tanh(W @ x)", W="m n", x="n")
    report = sd.cost(e, wrt=variable(e, "x"))
    labels = ["value", "Jacobian, reverse mode", "Jacobian, forward mode"]
    assert [row.label for row in report.rows] == labels
    assert str(report).splitlines()[-1] == report.sentence
    assert re.fullmatch("(reverse|forward) mode is cheaper .*|both .*", report.sentence)


def test_reverse_mode_is_cheaper_for_few_outputs() -> None:
    """The order of a chain of products is free, but here entries move between the factors."""
    e = sd.parse("A @ (B @ (C @ x)[::-1])[::-1]", A="m n", B="n n", C="n k", x="k")
    assert sd.cost(e, wrt=variable(e, "x")).sentence == "reverse mode is cheaper when m < k"


# At given sizes -----------------------------------------------------------------------------------


def test_numbers() -> None:
    numbers = sd.cost(LEAST_SQUARES).at(n=1000, d=100)
    assert (numbers.operations, numbers.memory, numbers.inputs) == (203_000, 2000, 101_100)
    assert numbers.bytes() == 8 * 103_100
    assert numbers.bytes("float32") == 4 * 103_100
    assert str(numbers) == (
        "operations  203,000\n"
        "memory      2,000 entries\n"
        "inputs      101,100 entries\n"
        "together    824,800 bytes in float64, 412,400 in float32"
    )


def test_the_peak_at_given_sizes_is_the_maximum() -> None:
    memory = sd.cost(sd.parse("sum(exp(sin(x))) + sum(exp(sin(A)))", x="n", A="m m"))
    assert [memory.at(n=20, m=m).memory for m in (1, 4, 5)] == [40, 40, 51]


@given(expressions(), st.integers(1, 4), st.integers(1, 4))
@settings(max_examples=100)
def test_operations_are_the_sum_over_nodes(e: Node, n: int, m: int) -> None:
    sizes = {"n": n, "m": m}
    counted = sum(size_value(node.op.operations(node), sizes) for node in topological([e]))
    assert at(sd.cost(e), sizes).operations == counted


# Operations, one by one ---------------------------------------------------------------------------


class Number:
    """A number that counts the operations on it. A plain int beside it is of a unit matrix."""

    count = 0

    def __init__(self, value: float) -> None:
        self.value = value


def _counted(function: Any) -> Any:
    def operation(*numbers: Number) -> Number:
        Number.count += 1
        return Number(function(*(number.value for number in numbers)))

    return operation


FUNCTIONS = ("exp", "log", "sin", "cos", "tanh", "sqrt", "sigmoid")
NAMES = {
    "add": "__add__",
    "subtract": "__sub__",
    "multiply": "__mul__",
    "divide": "__truediv__",
    "power": "__pow__",
    "negative": "__neg__",
    **dict(zip(FUNCTIONS, FUNCTIONS, strict=True)),
}

for _name, _method in NAMES.items():
    _plain = getattr(np, _name, np.tanh)  # the counts of functions do not depend on their values
    setattr(Number, _method, _counted(_plain))


def numbers(array: Any) -> Any:
    """The array with the entries of a unit matrix as numbers, for elementwise functions."""
    wrapped = np.frompyfunc(lambda e: e if isinstance(e, Number) else Number(e), 1, 1)
    return np.asarray(wrapped(array), dtype=object)


def loop(node: Node, values: list[Any]) -> Any:
    """A contraction by its definition."""
    spec = node.attrs
    length = {
        i: s for ix, v in zip(spec.inputs, values, strict=True)
        for i, s in zip(ix, v.shape, strict=True)
    }  # fmt: skip
    result = np.full([length[i] for i in spec.output], None, dtype=object)
    for places in itertools.product(*map(range, length.values())):
        at = dict(zip(length, places, strict=True))
        pairs = zip(values, spec.inputs, strict=True)
        factors = [v[tuple(at[i] for i in indices)] for v, indices in pairs]
        numbers = [f for f in factors if isinstance(f, Number)]
        product = numbers[0]
        for factor in numbers[1:]:
            product = product * factor
        here = tuple(at[i] for i in spec.output)
        before = result[here] if result[here] is not None else Number(0.0)
        result[here] = before + product if spec.summed else product
    return result


def run(e: Node, sizes: dict[str, int]) -> int:
    """How many operations it takes to compute `e`."""
    Number.count = 0
    values: dict[Node, Any] = {}
    for node in topological([e]):
        args = [values[arg] for arg in node.args]
        shape = [size_value(size, sizes) for size in node.shape]
        if node.op.name in ("variable", "constant", "size"):
            value = np.array([Number(0.7) for _ in range(math.prod(shape))], dtype=object)
            values[node] = value.reshape(shape)
        elif node.op.name == "eye":
            values[node] = np.eye(shape[0], dtype=int).astype(object)
        elif node.op.name == "contract":
            values[node] = loop(node, args)
        elif node.op.name == "expand_dims":
            values[node] = args[0].reshape(shape)
        elif node.op.name == "broadcast_to":
            values[node] = np.broadcast_to(args[0], shape)
        else:
            assert node.op.elementwise
            function = np.frompyfunc(getattr(Number, NAMES[node.op.name]), len(args), 1)
            values[node] = np.asarray(function(*map(numbers, args)), dtype=object)
    return Number.count


@pytest.mark.parametrize(
    ("formula", "shapes"),
    [
        ("sum((X @ w - y)**2)", {"X": "n m", "w": "m", "y": "n"}),
        ("sum(log(1 + exp(-y * (X @ w))))/n", {"X": "n m", "w": "m", "y": "n"}),
        ("sum(tanh(A @ tanh(B @ x)))", {"A": "n m", "B": "m 3", "x": "3"}),
        ("x @ A @ x + trace(A)*sum(diag(A))", {"x": "n", "A": "n n"}),
        ("vdot(A, B) + sum(outer(x, y))", {"A": "n m", "B": "n m", "x": "n", "y": "m"}),
        ("sum(mean(A, axis=0)**2) + sum(A - mean(A, axis=1, keepdims=True))", {"A": "n m"}),
        ("vdot(diag(x) @ A, sin(A))", {"A": "n n", "x": "n"}),
        ("sum(einsum('bij,bjk->bik', A, B))", {"A": "2 n m", "B": "2 m 3"}),
        ("sum(sqrt(A / (1 + x[:, None])))", {"A": "n m", "x": "n"}),
    ],
)  # fmt: skip
def test_operations_are_those_of_the_loops(formula: str, shapes: dict[str, str]) -> None:
    target = sd.parse(formula, **shapes)
    sizes = {"n": 4, "m": 5}
    for e in [target, *sd.grad(target, sd.inputs(target))]:
        if all(node.op.name != "contract" or len(node.args) < 3 for node in topological([e])):
            assert at(sd.cost(e), sizes).operations == run(e, sizes)


def flops(spec: str, arrays: list[Any], kind: str, optimize: str) -> float:
    """What NumPy says that a contraction needs."""
    report = np.einsum_path(spec, *arrays, optimize=optimize)[1]
    found = re.search(rf"{kind} FLOP count:\s+(\S+)", report)
    assert found
    return float(found.group(1))


@pytest.mark.parametrize(
    "spec",
    ["ij,jk->ik", "ij,j->i", "i,j->ij", "ij,ij->", "ij,jk,kl->il", "ij,jk,kl,lm->im",
     "ijk,jl,km->ilm", "ij,ik,il->jkl", "ij,jk,k->i"],
)  # fmt: skip
def test_contractions_cost_what_numpy_says(spec: str) -> None:
    words = spec.partition("->")[0].split(",")
    length = {letter: 10 + 3 * place for place, letter in enumerate("ijklm")}
    arrays = [np.ones([length[c] for c in word]) for word in words]
    variables = [sd.tensor(f"A{p}", *a.shape) for p, a in enumerate(arrays)]
    ours = sd.cost(sd.einsum(spec, *variables)).at().operations
    least = flops(spec, arrays, "Optimized", "optimal")  # with one too many
    assert least - 1 <= ours * 1.001 <= 1.1 * least
    if len(words) == 2:
        assert ours == pytest.approx(flops(spec, arrays, "Naive", "greedy"), rel=1e-3)


@pytest.mark.parametrize(
    ("formula", "operations"),
    [
        ("max(x)", "n"),
        ("prod(x)", "n"),
        ("norm(x)", "2 n"),
        ("product_of_others(x, axis=0)", "3 n"),
        ("logsumexp(x)", "4 n"),
        ("softmax(x)", "5 n"),
        ("log_softmax(x)", "5 n"),
        ("sigmoid(x)", "n"),
        ("where(x > 0, x, 0)", "2 n"),
        ("stop_gradient(x)", "0"),
        ("diag(x)", "0"),
        ("reshape(x, (n, 1))", "0"),
        ("broadcast_to(sum(x), (n, n))", "n"),
        ("x[::-1]", "0"),
        ("einsum('i,jk->ijk', x, eye(3))", "0"),
    ],
)
def test_documented_counts(formula: str, operations: str) -> None:
    assert str(sd.cost(sd.parse(formula, x="n")).operations) == operations


def test_putting_back_needs_no_operations() -> None:
    x = sd.vector("x", "n")
    assert str(sd.cost(sd.backprop(x[0], x).gradients[0]).operations) == "0"


@each_op
def test_samples_have_costs(name: str) -> None:
    for sample in SAMPLES[name]:
        found = sd.cost(sd.parse(sample.formula, **declared(sample)))
        assert found.at(**dict.fromkeys(found.sizes, 6)).operations >= 0, sample.formula


def test_an_op_that_declares_nothing_costs_one_per_entry() -> None:
    assert OPS["exp"].operations is one_per_entry
    assert one_per_entry(sd.exp(X)) == n * named("d")
    assert one_per_entry(X) == 0
    assert one_per_entry(sd.stop_gradient(sd.exp(X))) == 0


# Peak memory --------------------------------------------------------------------------------------


def simulated(outputs: list[Node], sizes: dict[str, int]) -> int:
    """The peak by definition: at each step, whatever is or will be read, and exists."""
    order = topological(outputs)
    place = {node: step for step, node in enumerate(order)}
    last = dict(place)
    for step, node in enumerate(order):
        last.update(dict.fromkeys(node.args, step))
    last.update(dict.fromkeys(outputs, len(order)))
    peak = 0
    for step in range(len(order)):
        alive = {memory_of(node) for node in order if place[node] <= step <= last[node]}
        computed = (node for node in alive if node.op.name not in ("variable", "constant", "size"))
        peak = max(peak, sum(math.prod(size_value(s, sizes) for s in v.shape) for v in computed))
    return peak


def memory_of(node: Node) -> Node:
    """The node whose memory NumPy shows."""
    return memory_of(node.args[0]) if node.args and node.op.view(node) else node


@given(targets(), st.integers(1, 5), st.integers(1, 5))
@settings(max_examples=100)
def test_peak_is_that_of_a_simulation(target: Node, n: int, m: int) -> None:
    sizes = {"n": n, "m": m}
    outputs = [target, *sd.grad(target, sd.inputs(target)[:2])]
    assert at(sd.cost(outputs), sizes).memory == simulated(outputs, sizes)


def test_a_view_keeps_its_memory_alive() -> None:
    e = sd.parse("sin(x)[:1] + 0 * sum(exp(x))", x="n")
    assert str(sd.cost(e).memory) == "2 n + 1"


@pytest.mark.parametrize("formula", ["sum((X @ w - y)**2)", "sum(exp(X) * X)", "norm(exp(y))"])
def test_peak_is_what_numpy_allocates(formula: str) -> None:
    e = sd.parse(formula, X="n d", w="d", y="n")
    sizes = {"n": 50_000, "d": 3}
    values = {v.attrs[0]: np.ones([size_value(s, sizes) for s in v.shape]) for v in sd.inputs(e)}
    sd.evaluate(e, **values)  # compiles the functions of the nodes
    tracemalloc.start()
    sd.evaluate(e, **values)
    allocated = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    wanted = 8 * at(sd.cost(e), sizes).memory
    assert wanted * 0.95 < allocated < wanted * (2.1 if "norm" in formula else 1.1)


# Large graphs -------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [10**3, 10**4, 10**5])
def test_large_graphs(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    x = sd.tensor("x", "n", "n + 1")
    node = x
    for _ in range(length // 2):
        node = sd.sin(node) * x
    combined = 0
    combine = dims._combine

    def counting(*args: Any) -> Size:
        nonlocal combined
        combined += 1
        return combine(*args)

    monkeypatch.setattr(dims, "_combine", counting)
    found = sd.cost(node)
    assert str(found.operations) == f"{length} n**2 + {length} n"
    assert str(found.memory) == "2 n**2 + 2 n"
    assert combined < 10  # sizes are multiplied once per shape, not per node


def test_many_views_of_views() -> None:
    node = sd.sin(X)
    for _ in range(10_000):
        node = node[:, None][:, 0]
    assert str(sd.cost(node).memory) == "n d"


def test_many_peaks_are_not_compared_with_each_other() -> None:
    maxima = Maxima()
    for step in range(3001):
        maxima.offer({(n,): step, (m,): 3000 - step, (): 1})
        assert len(maxima._kept) <= 16
    assert str(maxima.largest(["n", "m"])) == "max(3000 n + 1, 3000 m + 1)"


@given(st.lists(st.lists(st.integers(-3, 6), min_size=4, max_size=4), min_size=1, max_size=30))
def test_no_maximum_is_lost(rows: list[list[int]]) -> None:
    maxima, monomials = Maxima(), [(n,), (m,), (m, n), ()]
    for row in rows:
        maxima.offer(dict(zip(monomials, row, strict=True)))
    largest = maxima.largest(["n", "m"])
    for a, b in itertools.product((1, 2, 7, 50), repeat=2):
        exact = max(p * a + q * b + r * a * b + s for p, q, r, s in rows)
        assert largest.value({"n": a, "m": b}) == exact


# Polynomials and the order of costs ---------------------------------------------------------------


def test_nominal_sizes() -> None:
    assert [nominal(s) for s in (7, n, n * m, 2 * n + 1, (n + 1) // 2)] == [7, 1e3, 1e6, 2001, 500]
    assert nominal(n) == nominal(m)


def test_nominal_of_a_name_needs_no_algebra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Dim, "value", None)
    assert nominal(named("a_new_name")) == 1000


@pytest.mark.parametrize("size", [5, n, 2 * n * m - 3 * m + 1, n * n * ((n + 1) // 2), 0])
def test_polynomials_are_the_sizes(size: Size) -> None:
    sizes = {"n": 7, "m": 4}
    found = total({size: 3}, ["n", "m"])
    assert found.value(sizes) == 3 * size_value(size, sizes)
    assert found.nominal() == pytest.approx(3 * nominal(size))


def test_polynomials_are_written_in_the_order_of_the_formula() -> None:
    found = {(m, n): 2, (n, n): 1, (k,): -1, (): -4}
    assert str(polynomial(found, ["n", "m"])) == "n**2 + 2 n m - k - 4"
    assert str(polynomial(found, ["m", "n"])) == "2 m n + n**2 - k - 4"
    assert str(polynomial({(k,): -1}, [])) == "-k"
    assert str(polynomial({}, [])) == "0"


def test_factors_multiply_to_the_polynomial() -> None:
    found = total({2 * n * n * m - 2 * n * m * m: 1}, ["n", "m"])
    factors = {str(factor): power for factor, power in found.factors()}
    assert factors in ({"2": 1, "n": 1, "m": 1, "n - m": 1}, {"-2": 1, "n": 1, "m": 1, "-n + m": 1})


@pytest.mark.parametrize(
    ("size", "sign"), [(n * m + 1, 1), (n - 1 + m, 1), (n - m, None), (1 - n - m, -1), (0, 0)]
)
def test_signs(size: Size, sign: int | None) -> None:
    assert total({size: 1}, []).sign() == sign


@pytest.mark.parametrize(
    ("reverse", "forward", "sentence"),
    [
        (n * m, m * n, "both modes cost the same"),
        (n * n, n * n * m + 1, "reverse mode is cheaper for all sizes"),
        (n * n + n, n, "forward mode is cheaper for all sizes"),
        (m * m * n, m * n * n, "reverse mode is cheaper when m < n"),
        (m * n * n + 3 * n * m, m * m * n, "reverse mode is cheaper when n + 3 < m"),
        (m * n * n * n, m * m * n * k, "reverse mode is cheaper when n**2 < m k"),
        (m * m * n + 5 * n, m * n * n + k, "for large sizes reverse mode is cheaper when m < n"),
        (m * m * n + 5 * n, 3 * n + 9 * m + k, "forward mode is cheaper for large sizes"),
        (m * m + n * n + k, 2 * m * k + n + 3 * m * n,
         "which mode is cheaper depends: reverse mode needs n**2 + m**2 + k, forward mode "
         "3 n m + 2 m k + n"),
    ],
)  # fmt: skip
def test_which_mode_is_cheaper(reverse: Size, forward: Size, sentence: str) -> None:
    order = ["n", "m", "k"]
    assert cheaper_mode(total({reverse: 1}, order), total({forward: 1}, order)) == sentence


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (4 * n * m, 2 * n * m + n, "2.0"),
        (n * n * n, 2 * n, "0.5 size**2"),
        (n, n * m, "1.0 / size"),
        (6, 4, "1.5"),
        (0, n, "0.0 / size"),
        (n, 0, "-"),
    ],
)
def test_ratios(part: Size, whole: Size, text: str) -> None:
    assert ratio(total({part: 1}, []), total({whole: 1}, [])) == text


def test_difference() -> None:
    assert str(difference(total({n: 2}, ["n"]), total({n: 2}, ["n"]))) == "0"


# Errors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda: sd.cost(3), sd.ArgumentError, "expected an expression or a list of them, not 3"),
        (lambda: sd.cost([]), sd.ArgumentError,
         "there is nothing to count: no expressions are given"),
        (lambda: sd.cost([w, y], wrt=w), sd.ArgumentError, "with `wrt`, give one target, not 2"),
        (lambda: sd.cost(LEAST_SQUARES, wrt="w"), sd.ArgumentError,
         "expected an expression or a list of them, not 'w'"),
        (lambda: sd.cost(sd.sum(sd.floor(w)), wrt=w), sd.DerivativeError, "`floor` has no der"),
        (lambda: sd.cost(LEAST_SQUARES).at(n=3), sd.InputError,
         "no value for the size d; write at(n=3, d=1000)"),
        (lambda: sd.cost(LEAST_SQUARES).at(), sd.InputError,
         "no value for the sizes n, d; write at(n=1000, d=1000)"),
        (lambda: sd.cost(LEAST_SQUARES).at(n=3, d=2, k=1), sd.InputError,
         "'k' is not a size of these expressions; their sizes are: n, d"),
        (lambda: sd.cost(sd.scalar("x")).at(k=1), sd.InputError,
         "'k' is not a size of these expressions; their sizes are: none"),
        (lambda: sd.cost(LEAST_SQUARES).at(n=2.5, d=1), sd.InputError,
         "the size n must be a whole number, not 2.5"),
        (lambda: sd.cost(w).at(d=1).bytes("float16"), sd.ArgumentError,
         "dtype must be 'float64' or 'float32', not 'float16'"),
        (lambda: sd.cost(LEAST_SQUARES, wrt=w)["gradient"], sd.ArgumentError,
         "the report has no row 'gradient'; it has 'value', 'value and gradient', 'Hessian'"),
    ],
)  # fmt: skip
def test_errors(wrong: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        wrong()
    assert str(caught.value).startswith(message)
    assert str(caught.value) == message or message.startswith("`floor`")
