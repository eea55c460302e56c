"""Generated NumPy: what it computes, how it reads, and that it stands alone."""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from graphs import targets
from hypothesis import HealthCheck, given, settings

import symdiff as sd
from symdiff import runtime
from symdiff.codegen.carried import source_of
from symdiff.codegen.layout import WIDTH

X, w, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
lam = sd.scalar("lam")
GOLDEN = Path(__file__).parent / "golden"


# Golden files -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Golden:
    """A formula whose module is kept in a file."""

    formula: str
    shapes: dict[str, str]
    wrt: tuple[str, ...]

    def target(self) -> sd.Node:
        """The formula as an expression."""
        return sd.parse(self.formula, **self.shapes)

    def wanted(self) -> list[sd.Node]:
        """The variables by which it is differentiated."""
        variables = {v.attrs[0]: v for v in sd.inputs(self.target())}
        return [variables[name] for name in self.wrt]


GOLDENS = {
    "least_squares": Golden("sum((X @ w - y)**2)", {"X": "n d", "w": "d", "y": "n"}, ("w",)),
    "ridge": Golden(
        "sum((X @ w - y)**2)/n + lam*sum(w**2)",
        {"X": "n d", "w": "d", "y": "n", "lam": ""},
        ("w", "lam"),
    ),
    "gaussian_density": Golden(
        "log(det(2*pi*S))/2 + (x - mu) @ inv(S) @ (x - mu)/2",
        {"S": "n n", "mu": "n", "x": "n"},
        ("mu", "S"),
    ),
    "logistic": Golden(
        "-mean(y*log(sigmoid(X @ w)) + (1 - y)*log(1 - sigmoid(X @ w)))",
        {"X": "n d", "w": "d", "y": "n"},
        ("w",),
    ),
    "softmax_cross_entropy": Golden(
        "-sum(T*log_softmax(X @ W, axis=1))/n", {"X": "n d", "W": "d k", "T": "n k"}, ("W",)
    ),
    "perceptron": Golden(
        "sum((sigmoid(relu(X @ W1 + b1) @ W2 + b2) - Y)**2)/n + lam*(sum(W1**2) + sum(W2**2))",
        {"X": "n d", "W1": "d h", "b1": "h", "W2": "h k", "b2": "k", "Y": "n k", "lam": ""},
        ("W1", "b1", "W2", "b2"),
    ),
    "smooth_path": Golden(
        "sum((x[1:] - x[:-1])**2) + lam*abs(x[0]*x[-1]) + max(x[::2])",
        {"x": "n", "lam": ""},
        ("x",),
    ),
    "damped_oscillation": Golden(
        "a*exp(-b*t)*sin(c*t + d) + e/(1 + f**2)",
        dict.fromkeys(["a", "b", "c", "d", "e", "f", "t"], ""),
        ("a", "b", "c", "d", "e", "f"),
    ),
    "calibration": Golden(
        "sum(precision_of_the_measurements*(array([[0.126, -0.132, 0.64], "
        "[-0.536, 0.362, 1.304], [-0.704, -1.265, -0.623], [0.041, 2.0, -3.5]]) "
        "@ observations_of_the_first_station - offset_of_the_instrument_in_use)**2) "
        "+ regularization_strength*sum(observations_of_the_first_station**2)",
        {
            "precision_of_the_measurements": "4",
            "observations_of_the_first_station": "3",
            "offset_of_the_instrument_in_use": "4",
            "regularization_strength": "",
        },
        (
            "observations_of_the_first_station",
            "precision_of_the_measurements",
            "offset_of_the_instrument_in_use",
            "regularization_strength",
        ),
    ),
    "inner_sizes": Golden(
        "sum((reshape(u, (n, m)) @ v)[1:]) + n*norm(v)",
        {"u": "n*m", "v": "m", "z": "n"},
        ("u", "v"),
    ),
}
SIZES = {"n": 5, "d": 3, "k": 4, "h": 6, "m": 2}
each_golden = pytest.mark.parametrize("name", GOLDENS)


def written(name: str) -> str:
    """The module that is kept under a name."""
    golden = GOLDENS[name]
    return sd.emit(golden.target(), wrt=golden.wanted(), name=name, check=False)


def arguments(target: sd.Node) -> dict[str, Any]:
    """Random values for the inputs."""
    rng = np.random.default_rng(3)
    shapes = {v.attrs[0]: [eval(str(s), {}, SIZES) for s in v.shape] for v in sd.inputs(target)}
    values = {name: rng.uniform(0.1, 0.9, shape) for name, shape in shapes.items()}
    return values


@each_golden
def test_golden(name: str, golden: Callable[[str, str], None]) -> None:
    golden(f"{name}.py", written(name))


def test_there_is_no_golden_file_without_a_formula() -> None:
    assert {path.stem for path in GOLDEN.glob("*.py")} == set(GOLDENS)


def lint(*arguments: str) -> str:
    """What ruff says, with its own defaults; empty if all is well."""
    ruff = Path(sys.executable).parent / "ruff"
    command = str(ruff) if ruff.exists() else shutil.which("ruff")
    if command is None:
        pytest.skip("ruff is not installed")
    done = subprocess.run(
        [command, *arguments], capture_output=True, text=True, check=False, cwd=GOLDEN
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def assert_formatted(folder: Path) -> None:
    """Every module in a folder is as ruff would format it, and has no findings."""
    assert not lint("format", "--isolated", "--diff", "--line-length", str(WIDTH), str(folder))
    assert not lint("check", "--isolated", str(folder))


def test_golden_files_are_formatted() -> None:
    assert_formatted(GOLDEN)


def test_modules_of_random_formulas_are_formatted(tmp_path: Path) -> None:
    """Short and long names; comparisons of constants, which ruff finds odd, are left out."""
    from symdiff.node import topological
    from symdiff.rewrite.engine import substitute

    @settings(max_examples=100, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(targets(12))
    def write(target: sd.Node) -> None:
        if any(node.op.name == "less" for node in topological([target])):
            return
        names = {v: sd.tensor(f"{v}_of_the_measured_data", *v.shape) for v in sd.inputs(target)}
        for each in (target, substitute(target, names)):
            path = tmp_path / f"module_{len(list(tmp_path.iterdir()))}.py"
            path.write_text(sd.emit(each, wrt=sd.inputs(each)), encoding="utf-8")

    write()
    assert len(list(tmp_path.iterdir())) > 50
    assert_formatted(tmp_path)


@each_golden
def test_golden_files_read_well(name: str) -> None:
    body = (GOLDEN / f"{name}.py").read_text(encoding="utf-8")
    body = re.sub(r'"""(.|\n)*?"""', "", body[body.index(f"def {name}(") :])
    assert "einsum" not in body
    assert "broadcast_to" not in body
    assert not re.search(r"\b1(\.0)? \*|\* 1(\.0)?\b(?!\.)", body)
    assert "reshape(" not in body or name == "inner_sizes"
    lines = body.splitlines()
    assigned = [m[1] for line in lines if (m := re.match(r"    (t\d+) = ", line))]
    assert assigned == [f"t{i}" for i in range(1, len(assigned) + 1)]
    for temporary in assigned:  # each is needed: it is read again, or keeps a line short
        assert len(re.findall(rf"\b{temporary}\b", "\n".join(lines))) > 1


@each_golden
def test_golden_files_name_inputs_sizes_and_outputs(name: str) -> None:
    golden = GOLDENS[name]
    function = load(written(name), name)
    documented = inspect.getdoc(function)
    assert documented is not None
    names = [v.attrs[0] for v in sd.inputs(golden.target())]
    assert list(inspect.signature(function).parameters)[: len(names)] == names
    for word in (*names, "value", *(f"grad_{x}" for x in golden.wrt)):
        assert re.search(rf"^{word} : (array of shape \(.+\)|scalar)$", documented, re.MULTILINE)


def load(source: str, name: str = "function") -> Any:
    """The function of a module's source."""
    namespace: dict[str, Any] = {}
    exec(compile(source, f"<{name}>", "exec"), namespace)
    return namespace[name]


@each_golden
def test_golden_numbers(name: str) -> None:
    """The kept file gives the values of the evaluator, and gradients that differences confirm."""
    golden = GOLDENS[name]
    target, wanted = golden.target(), golden.wanted()
    given_ = arguments(target)
    function = load((GOLDEN / f"{name}.py").read_text(encoding="utf-8"), name)
    found = function(**given_)
    exact = sd.evaluate([target, *sd.grad(target, wanted)], **given_)
    for one, other in zip(found, exact, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    step = 1e-6
    for x, gradient in zip(golden.wrt, found[1:], strict=True):
        direction = np.random.default_rng(4).normal(size=np.shape(given_[x]))
        up, down = (function(**{**given_, x: given_[x] + s * direction})[0] for s in (step, -step))
        assert np.sum(gradient * direction) == pytest.approx((up - down) / (2 * step), rel=1e-6)


RUNNER = """\
import runpy, sys
sys.modules["symdiff"] = None
sys.path = [p for p in sys.path if p]
import numpy as np
for path in sys.argv[1:]:
    module = runpy.run_path(path)
    assert "numpy" in sys.modules
loaded = {name.partition(".")[0] for name in sys.modules}
assert not loaded & {"sympy", "scipy"}
X, w, y = np.eye(3), np.ones(3), np.zeros(3)
function = runpy.run_path(sys.argv[1])["least_squares"]
value, gradient = function(X, w, y)
print(float(value), gradient.tolist())
try:
    function(X, w, np.zeros(4))
except ValueError as error:
    print(error)
"""


def test_golden_files_stand_alone() -> None:
    paths = [str(GOLDEN / f"{name}.py") for name in GOLDENS]
    command = [sys.executable, "-W", "error", "-c", RUNNER, *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=GOLDEN)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "3.0 [2.0, 2.0, 2.0]",
        "y must have shape (n,) = (3,), not (4,)",
    ]


# How things are written ---------------------------------------------------------------------------

LINES = [
    ("X.T @ y", "X.T @ y"),
    ("X @ w - y", "X @ w - y"),
    ("sum(y*(X @ w))", "y @ (X @ w)"),
    ("sum(y**2)", "y @ y"),
    ("sum(X**2)", "np.vdot(X, X)"),
    ("outer(y, w)", "np.outer(y, w)"),
    ("diag(y) @ X", "y[:, None] * X"),
    ("X * w", "w * X"),
    ("X + w[None, :]", "X + w"),
    ("trace(X.T @ X)", "np.vdot(X, X)"),
    ("sum(X, axis=0)", "X.sum(axis=0)"),
    ("y**2", "y**2"),
    ("(y + 1)**2", "(1 + y) ** 2"),
    ("1.0*y", "y.copy()"),
    ("y*y*y", "y**3"),
    ("broadcast_to(lam, n) * y", "lam * y"),
    ("broadcast_to(w, (n, d)) * X", "w * X"),
    ("sum(broadcast_to(lam, n)) + 0*y[0]", "n * lam"),
    ("sigmoid(y)", "_sigmoid(y)"),
    ("relu(y)", "np.maximum(y, 0)"),
    ("softplus(y)", "np.logaddexp(0, y)"),
    ("log(1 + exp(y))", "np.logaddexp(0, y)"),
    ("where(y > 0, y, 1)", "np.where(y > 0, y, 1)"),
    ("-(-y)", "y.copy()"),
    ("X.T", "X.T.copy()"),
    ("lam", "lam[()]"),
    ("einsum('ij,ij->i', X, X)", "np.vecdot(X, X)"),
    ("einsum('ij,kj->ik', X, X)", "X @ X.T"),
    ("einsum('ij,kl->ijkl', X, X)", "np.outer(t1, t1).reshape((n, d, n, d))"),
    ("y/n", "y / n"),
    ("norm(y)", "_norm(y)"),
    ("lam*outer(y, w)", "np.outer(lam * y, w)"),
]


@pytest.mark.parametrize(("formula", "code"), LINES, ids=[formula for formula, _ in LINES])
def test_written_as(formula: str, code: str) -> None:
    node = sd.parse(formula, X="n d", w="d", y="n", lam="")
    last = sd.emit(node).rstrip().splitlines()[-1]
    assert last == f"    return {code}"


@pytest.mark.parametrize("formula", ["X @ w", "sum(X, axis=0)", "y*2"])
def test_helpers_are_carried_only_where_they_are_used(formula: str) -> None:
    source = sd.emit(sd.parse(formula, X="n d", w="d", y="n"))
    tree = ast.parse(source)
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    called = {
        n.func.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    }
    assert functions - {"function"} == called & functions


def test_a_helper_brings_its_helpers() -> None:
    source = sd.emit(sd.sigmoid(y))
    assert "def _sigmoid(" in source
    assert "def _softmax(" not in source
    np.testing.assert_allclose(load(source)([0.0]), [0.5])


def test_temporaries_avoid_the_names_of_inputs() -> None:
    t1, t2 = sd.vector("t1", "n"), sd.vector("C1", "n")
    shared = sd.sin(t1) * t2
    node = sd.sum(shared * sd.exp(shared)) + sd.sum(sd.constant([1.0, 2.0])[0] * t2)
    found = load(sd.emit(node))([0.5, 1.0], [1.0, 2.0])
    assert found == pytest.approx(sd.evaluate(node, t1=[0.5, 1.0], C1=[1.0, 2.0]))


def test_outputs_avoid_the_names_of_inputs() -> None:
    value, grad_value = sd.scalar("value"), sd.scalar("grad_value")
    target = sd.sin(value) * grad_value**2
    source = sd.emit(target, wrt=[value, grad_value])
    found = load(source)(0.3, 0.7)
    exact = sd.evaluate([target, *sd.grad(target, [value, grad_value])], value=0.3, grad_value=0.7)
    np.testing.assert_allclose(found, exact, rtol=1e-14)


def test_an_output_that_is_a_part_of_another_is_computed_once() -> None:
    source = sd.emit([sd.exp(y), sd.exp(y) * 2, sd.exp(y)])
    assert source.count("np.exp(") == 1
    first, _, third = sd.compile([sd.exp(y), sd.exp(y) * 2, sd.exp(y)])([0.0])
    np.testing.assert_array_equal(first, third)


def test_value_and_gradient_share_the_residual() -> None:
    assert written("least_squares").count("X @ w - y  #") == 1


def test_long_programs_have_short_lines_and_no_comments() -> None:
    node = lam
    for i in range(500):
        node = sd.sin(node) * node + i
    body = sd.emit(node).splitlines()
    assert max(map(len, body)) <= WIDTH
    assert not any("  #" in line for line in body)


def test_deep_expressions_can_be_compiled() -> None:
    """Python's own parser has a limit, which a chain of a thousand calls would reach."""
    node = lam
    for _ in range(5000):
        node = sd.sin(node)
    assert 0 < sd.compile(node)(0.5) < 0.5


# Array constants ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "array",
    [
        np.array([1.0, 2.0]),
        np.array([np.inf, -np.inf, np.nan]),
        np.array([1e-300, 1e22, -0.0]),
        np.zeros((0, 3)),
        np.zeros((3, 0)),
        np.arange(24).reshape(2, 3, 4),
        np.array([True, False]),
        np.random.default_rng(0).normal(size=(40, 3)),
        np.arange(300.0),
        np.float32([0.1, 0.2]),
        np.uint8([1, 2]),
    ],
    ids=lambda a: f"{a.dtype}{list(a.shape)}",
)
def test_array_constants(array: Any, tmp_path: Path) -> None:
    node = sd.constant(array)
    source = sd.emit([node, node * 2])
    for found in (load(source)(), sd.compile([node, node * 2])(), sd.evaluate([node, node * 2])):
        np.testing.assert_array_equal(found[0], array)
        np.testing.assert_array_equal(np.signbit(found[0]), np.signbit(array))
        np.testing.assert_array_equal(found[1], array * 2)
    (tmp_path / "module.py").write_text(source, encoding="utf-8")
    assert_formatted(tmp_path)


def test_large_constants_are_refused_in_files_alone() -> None:
    node = sd.sum(sd.constant(np.ones(10_001)))
    with pytest.raises(sd.ArgumentError) as caught:
        sd.emit(node)
    assert str(caught.value) == (
        "the formula holds 10001 numbers in array constants, more than a file should; "
        "make them variables, or use sd.compile"
    )
    assert sd.compile(node)() == 10_001


# Compiled functions -------------------------------------------------------------------------------


def test_arguments_come_in_order_of_appearance() -> None:
    f = sd.compile(sd.sum((X @ w - y) ** 2) + lam)
    assert f.inputs == ("X", "w", "y", "lam")
    assert f(np.eye(2), [1, 2], [0, 0], 3) == f(lam=3, y=[0, 0], w=[1, 2], X=np.eye(2)) == 8


def test_arguments_come_in_the_order_asked_for() -> None:
    f = sd.compile(sd.sum(X @ w), inputs=[w, X, lam])
    assert f.inputs == ("w", "X", "lam")
    assert f([1, 2], np.eye(2), 0) == 3
    with pytest.raises(sd.ArgumentError) as caught:
        sd.compile(sd.sum(X @ w), inputs=[w])
    assert str(caught.value) == "`inputs` leaves out X"


def test_one_output_or_a_tuple() -> None:
    assert sd.compile(lam * 2)(3) == 6
    assert sd.compile([lam * 2])(3) == (6,)
    assert sd.compile((lam, lam * 2))(3) == (3, 6)


def test_the_source_is_what_runs() -> None:
    f = sd.compile([sd.sum(w**2), sd.grad(sd.sum(w**2), w)])
    found, again = f([1.0, 2.0]), load(f.source)([1.0, 2.0])
    np.testing.assert_array_equal(found[1], again[1])
    assert f.__doc__ == load(f.source).__doc__
    assert isinstance(f, sd.Compiled)
    assert not isinstance(load(f.source), sd.Compiled)


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda: sd.compile([]), "there is nothing to compute: no expressions are given"),
        (lambda: sd.emit([]), "there is nothing to compute: no expressions are given"),
        (lambda: sd.compile(3), "expected an expression or a list of them, not 3"),
        (lambda: sd.emit([w, 2]), "expected an expression or a list of them, not 2"),
        (lambda: sd.emit([lam, lam], wrt=lam), "with `wrt`, give one scalar target"),
        (
            lambda: sd.emit(lam, name="lam"),
            "'lam' is the name of an input; give the function another",
        ),
        (
            lambda: sd.compile(X @ w, name="n"),
            "'n' is the name of an input; give the function another",
        ),
        (
            lambda: sd.emit(lam, name="np"),
            "'np' cannot name a function: generated code needs it; try 'np1'",
        ),
        (
            lambda: sd.emit(lam, name="a b"),
            "'a b' cannot name a function: it must be a Python identifier",
        ),
        (
            lambda: sd.compile(lam, threads=True),
            "threads must be a whole number from 1 on, not True",
        ),
        (
            lambda: sd.compile(lam, without="fuse"),
            "`without` takes a list of passes, such as ['fuse'], not one name",
        ),
    ],
    ids=lambda e: e[:30] if isinstance(e, str) else "",
)
def test_refused(attempt: Any, message: str) -> None:
    with pytest.raises(sd.ArgumentError) as caught:
        attempt()
    assert str(caught.value) == message


@pytest.mark.parametrize("count", [2, 2.0])
def test_one_function_serves_all_sizes_and_precisions(count: float) -> None:
    f = sd.compile(sd.sum(X @ w) / sd.size("n") * count)
    for n in (1, 3, 7):
        for dtype in (np.float32, np.float64):
            found = f(np.ones((n, 2), dtype), np.ones(2, dtype))
            assert found == 2 * count
            assert found.dtype == dtype


def test_runtime_functions_are_carried_as_they_stand():
    functions = [f for f in vars(runtime).values() if inspect.isfunction(f)]
    assert functions
    for function in functions:
        assert source_of(function) == inspect.getsource(function).rstrip()


def test_results_that_are_views_of_views_own_their_memory() -> None:
    X = sd.matrix("X", "n", "n")
    column = sd.sum(X, axis=1)[:, None]
    f = sd.compile([column, column.T, column.T[:, 1:]], without=["simplify", "lower", "fuse"])
    results = f(np.ones((3, 3)))
    for first, second in itertools.combinations(results, 2):
        assert not np.shares_memory(first, second)
