"""Both styles of emitted files compute the same, which is what NumPy and the evaluator say.

The fast style works on blocks of rows from some thousand entries on. Here it does from none on, and
its blocks have three rows, so that small arrays have several.
"""

from __future__ import annotations

import functools
import inspect
import json
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import test_ops
import test_rows
from graphs import expressions, point, targets
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import SAMPLES, each_op
from test_codegen import assert_formatted
from test_random_graphs import arguments

import symdiff as sd
from symdiff.codegen import body
from symdiff.node import intern, topological
from symdiff.ops.leaves import INEXACT, variable
from symdiff.rewrite.engine import substitute

settings.register_profile("styles", max_examples=60, derandomize=True)
styles = settings.get_profile("styles")

Nodes = list[sd.Node]
TOLERANCES = {np.float64: 1e-11, np.float32: 3e-4}


@pytest.fixture(autouse=True)
def blocks_from_no_entries_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "LARGE", 0)


def load(source: str, rows: int = 3) -> Any:
    """The function of a module, whose blocks have so many rows."""
    namespace: dict[str, Any] = {}
    assert ("def _in_blocks(" in source) == ("2**18 // max(width, 1)" in source)
    source = source.replace("2**18 // max(width, 1)", str(rows)).replace("2**21", "0")
    exec(source.replace("LARGE = 1  #", "LARGE = 0  #"), namespace)
    return namespace["function"]


def in_blocks(source: str) -> bool:
    """True if a module computes anything in blocks."""
    return "def _in_blocks(" in source


def agree(found: Any, expected: Any, tolerance: float) -> None:
    """Results are of the same kind, shape and type, and agree relative to the largest entry."""
    for one, other in zip(found, expected, strict=True):
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        finite = np.abs(other[np.isfinite(other)])
        scale = tolerance * (1 + float(np.max(finite, initial=0)))
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=scale)


def agree_or_refuse(found: Any, expected: Any, tolerance: float) -> None:
    """Results agree, or both are refusals."""
    assert isinstance(found, str) == isinstance(expected, str), (found, expected)
    if not isinstance(found, str):
        agree(found, expected, tolerance)


def outcome(function: Any, given: dict[str, Any]) -> Any:
    """What a function returns, or how it refuses."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return function(**given)
        except (ValueError, IndexError) as error:
            return str(error)


# Samples of all ops -------------------------------------------------------------------------------


def outputs_of(sample: test_ops.Case) -> Nodes:
    """The value of a sample, work behind it, and gradients; its inputs are computed, too."""
    one = sd.scalar("one")
    value = substitute(
        sample.value, {v: v * one for v in sd.inputs(sample.value) if v.dtype in INEXACT}
    )
    number = sd.where(value, 1.0, 0.0) if value.dtype == "bool" else value
    target = sd.sum(sd.abs(number) ** 2) if number.dtype == "complex" else weighed(number)
    variables = [v for v in sd.inputs(sample.value) if v.dtype in INEXACT]
    try:
        return [value, target, 2 * number, *sd.grad(target, variables)]
    except sd.DerivativeError:
        return [value, target, 2 * number]


def weighed(value: sd.Node) -> sd.Node:
    """The sum of all entries, each with a weight of its own."""
    return sd.sum(sd.tensor("weights", *value.shape) * value)


def given_to(sample: test_ops.Case, outputs: Nodes, sizes: dict[str, int], dtype: Any) -> Any:
    """Arguments for a sample."""
    values = {"one": np.ones(()), **sample.values(sizes)}
    values["weights"] = np.random.default_rng(1).uniform(
        -1, 1, test_ops.concrete(sample.value, sizes)
    )
    kinds = {"float": dtype, "complex": np.result_type(dtype, np.complex64)}
    variables = sd.inputs(outputs)
    values = {
        v.attrs[0]: np.asarray(values[v.attrs[0]]).astype(kinds.get(v.dtype, v.dtype))
        for v in variables
    }
    return values | arguments(outputs, values, sizes)


@test_ops.on_every_sample
def test_ops_in_blocks(sample: test_ops.Case) -> None:
    outputs = outputs_of(sample)
    source = sd.emit(outputs, style="fast")
    if not in_blocks(source):
        return
    fast, by_evaluator = load(source), functools.partial(sd.evaluate, outputs)
    for sizes in ({"n": 4, "m": 5}, {"n": 0, "m": 2}, {"n": 7, "m": 0}):
        for dtype, tolerance in TOLERANCES.items():
            try:
                given = given_to(sample, outputs, sizes, dtype)
            except ValueError:  # a size such as n - 1 is below 0
                continue
            found = outcome(fast, given)
            try:
                agree_or_refuse(found, outcome(by_evaluator, given), tolerance)
            except AssertionError:  # simplified formulas know of no axis that it may be empty
                simplified = load(sd.emit(outputs))
                agree_or_refuse(found, outcome(simplified, given), tolerance)


def test_most_ops_work_in_blocks() -> None:
    cases = [test_ops.case(name, 0) for name, samples in SAMPLES.items() if samples][:60]
    count = sum(in_blocks(sd.emit(outputs_of(each), style="fast")) for each in cases)
    assert count > 0.6 * len(cases)


# Random graphs ------------------------------------------------------------------------------------

sizes_of_graphs = st.sampled_from([{"n": 4, "m": 3}, {"n": 1, "m": 1}, {"n": 7, "m": 2}])


@settings(styles)
@given(st.lists(expressions(8), min_size=1, max_size=3), sizes_of_graphs)
def test_random_expressions(outputs: Nodes, sizes: dict[str, int]) -> None:
    values = arguments(outputs, point(sizes, 1), sizes)
    exact = sd.evaluate(outputs, **values)
    for style in ("readable", "fast"):
        found = load(sd.emit(outputs, style=style))(**values)
        agree(found if len(outputs) > 1 else [found], exact, 1e-9)


@settings(styles)
@given(targets(8), sizes_of_graphs, st.sampled_from(list(TOLERANCES)))
def test_random_gradients(target: sd.Node, sizes: dict[str, int], dtype: Any) -> None:
    variables = sd.inputs(target)
    values = arguments([target], point(sizes, 2, dtype), sizes)
    fast = load(sd.emit(target, wrt=variables, style="fast"))(**values)
    readable = load(sd.emit(target, wrt=variables))(**values)
    agree(fast, readable, TOLERANCES[dtype] * 10)


# What is hard about blocks ------------------------------------------------------------------------

x, y, w = sd.vector("x", "n"), sd.vector("y", "n"), sd.vector("w", "d")
X, A = sd.matrix("X", "n", "d"), sd.matrix("A", "n", "n")
a73, b3, c7 = sd.tensor("a", 7, 3), sd.tensor("b", 3), sd.tensor("c", 7)
INT, MASK, Z = (variable(name, ("n",), name) for name in ("int", "bool", "complex"))
NAMES = "rows block block1 m b1 b2 t1 t2 X_rows rows_ value1 C1 here count grad_x"
CLASHING = {name: sd.vector(name, "n") for name in NAMES.split()}
K = sd.tensor("K", "n", 2, 2)
Q = K @ sd.transpose(K, (0, 2, 1)) + sd.eye(2)
E, R, P = sd.exp(X) * 2, sd.exp(x) * y, sd.exp(x - sd.max(x))


def clash() -> Nodes:
    """Expressions of variables that are named as generated code names its own."""
    terms = [sd.sin(v) * sd.exp(v) for v in CLASHING.values()]
    total = sd.sum(sum(terms[1:], terms[0]) * CLASHING["t1"])
    return [total, *sd.grad(total, list(CLASHING.values()))]


HARD = {
    "a result twice": [R, R, sd.sum(R), R],
    "views of one result": [E.T, E, E[0], sd.reshape(E, -1), E[:, 0]],
    "parts of a view": [sd.reshape(E, -1)[1:], sd.reshape(E, -1)[:1], sd.sum(E)],
    "inputs as results": [x, sd.exp(x) + x, X.T, x[1:], sd.reshape(x, ("n", 1)), sd.sum(R)],
    "one size on two axes": [
        sd.exp(A) + A.T, sd.sum(sd.exp(A) * x[:, None] + A * x), sd.exp(A * x) * A.T,
        A @ sd.exp(x) * y, sd.trace(sd.sin(A) * A), sd.sum(sd.sin(A) * A, axis=0),
    ],
    "sizes that are numbers": [sd.exp(a73) * b3, sd.sum(sd.sin(a73) * c7[:, None] + 1)],
    "columns": [sd.exp(x[:, None]) * y, sd.sum(sd.exp(x[:, None] * X) + y[:, None])],
    "folds that blocks need": [P / sd.sum(P), sd.sum(P * y) / sd.sum(P), sd.exp(P / sd.sum(P)) * y],
    "conditions": [x > y, sd.where(x > y, x, y) * 2, sd.any(sd.logical_and(x > y, x > 1)), x],
    "int and bool": [INT * x + 1, sd.where(MASK, INT, 0), sd.where(MASK, x, INT) * 2, INT + 1],
    "no floats": [sd.sin(INT) * 2 + INT, sd.where(MASK, 1.5, 2.5) * 3, sd.sum(sd.exp(INT) * 0.1)],
    "complex": [
        sd.exp(Z) * Z, sd.sum(sd.abs(sd.exp(Z) * x) ** 2), sd.real(Z * Z) * x, sd.conj(Z) * 2j,
        *sd.grad(sd.sum(sd.abs(sd.exp(Z) * Z + x) ** 2), [Z, x]),
    ],
    "constants": [sd.exp(c7) * sd.constant(np.arange(7.0)), sd.constant(np.arange(7)) * c7 + 2],
    "updates": [E.at[0].set(1.0) * 2, E.at[:, 0].add(x) * 3, sd.sum(sd.sin(E).at[1:].multiply(2))],
    "indices": [X[INT] * 2 + X, sd.grad(sd.sum(sd.exp(X[INT]) * X), X)],
    "small matrices": [sd.inv(Q), sd.det(Q) * x, sd.cholesky(Q), sd.sum(sd.sin(sd.inv(Q) @ K))],
    "along axes": [sd.cumsum(E, axis=1), sd.cumsum(E, axis=0), sd.sort(R), sd.softmax(R) * x],
    "outer": [sd.exp(sd.outer(x, w)) * X, sd.sum(sd.exp(x[:, None] - x) * A, axis=0)],
    "transposed": [sd.exp(X.T) * w[:, None], (sd.sin(X.T) * 2).T @ w, sd.sum(E.T * X.T, axis=1)],
    "stretched": [sd.broadcast_to(R, ("d", "n")), sd.sum(sd.exp(sd.broadcast_to(x, ("d", "n"))))],
    "names": clash(),
}  # fmt: skip
LAYOUTS = {
    "C": np.ascontiguousarray,
    "Fortran": np.asfortranarray,
    "backwards": lambda a: np.repeat(a, 2, axis=0)[::-2],
    "read-only": lambda a: np.lib.stride_tricks.as_strided(a, writeable=False),
}


def drawn(v: sd.Node, sizes: dict[str, int], dtype: Any) -> Any:
    """Random values for a variable."""
    rng = np.random.default_rng(len(str(v)))
    shape = test_ops.concrete(v, sizes)
    if v.dtype in ("int", "bool"):
        return rng.integers(0, 2 if v.dtype == "bool" else max(1, sizes["n"]), shape).astype(
            v.dtype
        )
    values = rng.uniform(0.5, 1.5, shape).astype(dtype)
    return values * (1 + 0.5j) if v.dtype == "complex" else values


@functools.cache
def functions_of(kind: str) -> list[Any]:
    """A hard case without blocks, and in blocks of several sizes."""
    source = sd.emit(HARD[kind], style="fast")
    assert in_blocks(source)
    return [load(sd.emit(HARD[kind])), *(load(source, rows) for rows in (1, 3, 100))]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", HARD)
def test_hard_cases(kind: str, layout: str) -> None:
    outputs = HARD[kind]
    for sizes in ({"n": 5, "d": 3}, {"n": 1, "d": 1}, {"n": 3, "d": 3}, {"n": 4, "d": 0}):
        for dtype, tolerance in TOLERANCES.items():
            arrays = {
                v.attrs[0]: LAYOUTS[layout](drawn(v, sizes, dtype)) for v in sd.inputs(outputs)
            }
            before = {name: array.copy() for name, array in arrays.items()}
            given = arguments(outputs, arrays, sizes)
            exact = outcome(functools.partial(sd.evaluate, outputs), given)
            for function in functions_of(kind):
                found = outcome(function, given)
                agree_or_refuse(found, exact, tolerance)
                if not isinstance(found, str):
                    own(found, arrays)
            assert all(np.array_equal(arrays[name], array) for name, array in before.items())


def own(results: Any, given: dict[str, Any]) -> None:
    """Results share no memory with inputs or with each other, and may be written into."""
    arrays = [array for array in results if array.ndim]
    assert all(array.flags.writeable for array in arrays)
    for k, array in enumerate(arrays):
        others = [*given.values(), *arrays[:k]]
        assert not any(np.shares_memory(array, other) for other in others)


def test_the_same_text_at_every_run() -> None:
    """Nothing hangs on the order of sets, which differs between runs."""
    target = sd.sum(sd.exp(-sd.sin(X @ w) * y) * sd.cos(y) / (1 + y**2))
    texts = {sd.emit(target, wrt=[w, y, X], style="fast") for _ in range(20)}
    assert len(texts) == 1


def test_an_error_in_a_block_names_its_line() -> None:
    table = sd.tensor("W", 3, "d")
    f = sd.compile([sd.sum(sd.exp(table[INT]) * X), sd.exp(X) * 2], threads=2)
    index = np.zeros(10**6, int)
    index[-5] = 7
    with pytest.raises(sd.InputError) as caught:
        f(**{"X": np.ones((10**6, 2)), "W": np.ones((3, 2)), "int": index})
    expected = "index 7 is out of bounds for axis 0 with size 3, in `t1 = W[int[rows]]`"
    assert str(caught.value) == expected


TRIED: set[sd.Node] = set()


@each_op
def test_only_views_show_the_memory_of_arguments(name: str) -> None:
    """Buffers rely on it: what is no view may be kept while its arguments are written over.

    What samples of several ops hold is tried once.
    """
    for node, values, _ in test_rows.steps(name):
        args = [
            arg if arg.op.name == "constant" else variable(f"arg{k}", arg.shape, arg.dtype)
            for k, arg in enumerate(node.args)
        ]
        alone = intern(node.op, tuple(args), node.attrs)
        if alone in TRIED or alone.op.view(alone):
            continue
        TRIED.add(alone)
        source = sd.compile(alone, without=["simplify", "lower"]).source
        function = load(source.replace(".copy()", ""))
        arrays = {str(arg): np.array(value) for arg, value in zip(args, values, strict=True)}
        known = {**arrays, **test_rows.SIZES}
        given = {name: known[name] for name in inspect.signature(function).parameters}
        result = function(**given)
        assert not any(np.shares_memory(result, arrays[n]) for n in {*given} & {*arrays})


# Files that are kept ------------------------------------------------------------------------------

FOLDER = Path(__file__).parent / "golden" / "fast"
KEPT = {
    "black_scholes": (
        "sum(S*ndtr((log(S/K) + (r + sigma**2/2)*T)/(sigma*sqrt(T)))"
        " - K*exp(-r*T)*ndtr((log(S/K) + (r - sigma**2/2)*T)/(sigma*sqrt(T))))",
        {"S": "n", "K": "n", "r": "", "sigma": "", "T": "n"},
        ("S", "sigma", "T", "r"),
    ),
    "logistic_regression": (
        "mean(softplus(X @ w) - y*(X @ w)) + lam*sum(w**2)",
        {"X": "n d", "w": "d", "y": "n", "lam": ""},
        ("w",),
    ),
    "softmax_regression": (
        "-sum(T*log_softmax(X @ W + b, axis=1))/n",
        {"X": "n d", "W": "d k", "b": "k", "T": "n k"},
        ("W", "b"),
    ),
}


EMIT = """
import json, sys
import symdiff as sd
for name, (formula, shapes, wrt) in json.load(sys.stdin).items():
    target = sd.parse(formula, **shapes)
    variables = {v.attrs[0]: v for v in sd.inputs(target)}
    source = sd.emit(target, wrt=[variables[v] for v in wrt], name=name, style="fast")
    print(json.dumps([name, source]))
"""


@pytest.fixture(scope="module")
def emitted() -> dict[str, str]:
    """What a fresh process emits: in this one, SciPy's functions have other functions' places."""
    command = [sys.executable, "-c", EMIT]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, input=json.dumps(KEPT)
    )
    return dict(json.loads(line) for line in done.stdout.splitlines())


@pytest.mark.parametrize("name", KEPT)
def test_golden(name: str, emitted: dict[str, str], golden: Callable[[str, str], None]) -> None:
    golden(f"{FOLDER.name}/{name}.py", emitted[name])


def test_golden_files_are_formatted() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == set(KEPT)
    assert_formatted(FOLDER)


@pytest.mark.parametrize(
    "name",
    [
        "logistic_regression",
        pytest.param("softmax_regression", marks=pytest.mark.slow),
        pytest.param("black_scholes", marks=pytest.mark.slow),
    ],
)
def test_golden_files_check_themselves(name: str) -> None:
    command = [sys.executable, str(FOLDER / f"{name}.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.split(",")[0] for line in done.stdout.splitlines()]
    by = [f"gradient by {v}: OK" for v in KEPT[name][2]]
    assert lines == [*by, "blocks in float64: OK", "blocks in float32: OK"]


def test_modules_of_random_formulas_are_formatted(tmp_path: Path) -> None:
    """Comparisons of constants, which ruff finds odd, are left out."""

    @settings(styles, max_examples=80)
    @given(targets(12))
    def write(target: sd.Node) -> None:
        if all(node.op.name != "less" for node in topological([target])):
            path = tmp_path / f"module_{len(list(tmp_path.iterdir()))}.py"
            path.write_text(sd.emit(target, wrt=sd.inputs(target), style="fast"), encoding="utf-8")

    write()
    assert len(list(tmp_path.iterdir())) > 20
    assert_formatted(tmp_path)
