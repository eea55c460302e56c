"""Every op that is declared, on its sample formulas, against NumPy and finite differences.

Adding an op with samples is all it takes to have it tested here.
"""

from __future__ import annotations

import inspect
import pickle
import re
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracles import EPS, TOLERANCE, Oracle, Point, assert_close, assert_slopes, draw, slope
from samples import SAMPLES, declared, for_every_op

import symdiff as sd
from symdiff.binding import requirements, size_names
from symdiff.dims import Dim, names_in, size_value
from symdiff.node import topological
from symdiff.registry import COMPOSITES, FUNCTIONS, OPS, Sample, Undefined, form

SIZES = {"n": 3, "m": 2}
OTHER_SIZES = {"n": 4, "m": 5}
EMPTY_SIZES = {"n": 0, "m": 2}
NO_SAMPLES = {
    *("variable", "put", "solve", "add_diagonal", "whole", "part"),
    *("set_diagonal", "sech", "log1mexp", "log_cosh", "sigmoid_minus"),
    *("softmax_minus", "softmax_slope", "minus_mean", "lacking"),
    *("array_matmul", "vecdot", "centre"),
    *("solve_for", "custom_gradient"),
}
"""A variable is in every sample; `put` is the derivative of `index`; no sample can say `solve_for`
and `custom_gradient`, see test_implicit.py and test_custom_gradient.py; computing alone has the
others, see test_stability.py."""

FLOAT32 = 2e-4


@dataclass(frozen=True, eq=False)
class Case:
    """A sample formula with all that the tests derive from it."""

    sample: Sample

    @cached_property
    def declared(self) -> dict[str, sd.Node]:
        """All that the sample declares, used or not."""
        return declared(self.sample)

    @cached_property
    def value(self) -> sd.Node:
        """The formula as an expression."""
        return sd.parse(self.sample.formula, **self.declared)

    @cached_property
    def variables(self) -> list[sd.Node]:
        """What can be differentiated by."""
        return [v for v in self.declared.values() if v.dtype == "float"]

    @cached_property
    def target(self) -> sd.Node:
        """A scalar that weighs every entry of the value differently."""
        return weighted([self.value], ["weights"])

    @cached_property
    def gradients(self) -> list[sd.Node]:
        """The derivatives of the target by every variable."""
        return sd.grad(self.target, self.variables)

    @cached_property
    def raw_gradients(self) -> list[sd.Node]:
        """The same as the pass leaves them."""
        return sd.backprop(self.target, self.variables).gradients

    @cached_property
    def second_target(self) -> sd.Node:
        """A scalar that weighs every entry of every gradient differently."""
        return weighted(self.gradients, [f"weights_{v}" for v in self.variables])

    @cached_property
    def second_gradients(self) -> list[sd.Node]:
        """The derivatives of the second target by every variable."""
        return sd.grad(self.second_target, self.variables)

    @cached_property
    def derived(self) -> list[sd.Node]:
        """The formula, its gradients as the pass leaves them and simplified, and second ones."""
        found = [self.value, *self.raw_gradients, *self.gradients, *self.second_gradients]
        return list(dict.fromkeys(found))

    @cached_property
    def compiled(self) -> sd.Compiled:
        """The value and the gradients, as one function."""
        return sd.compile([self.value, *self.gradients])

    @cached_property
    def emitted(self) -> str:
        """A module for the value and the gradients."""
        return sd.emit([self.value, *self.gradients], name="compute")

    @property
    def oracle(self) -> Oracle:
        """The formula as Python reads it, holding nothing yet."""
        return Oracle(self.sample.formula)

    def weighted_oracle(self, sizes: dict[str, int]) -> Callable[[Point], Any]:
        """What the target is, by the oracle."""
        oracle = self.oracle.frozen(self.point(sizes), sizes)
        return lambda at: np.sum(at["weights"] * oracle(at, sizes))

    @cached_property
    def slopes(self) -> list[Any]:
        """The gradients at `SIZES` by finite differences, entry by entry."""
        target, point = self.weighted_oracle(SIZES), self.point(SIZES)
        return [slope(target, point, v.attrs[0]) for v in self.variables]

    def values(self, sizes: dict[str, int]) -> dict[str, Any]:
        """Values for what the sample declares."""
        shapes = {name: concrete(v, sizes) for name, v in self.declared.items()}
        drawn = draw(shapes, self.sample.low, self.sample.high, self.sample.formula)
        return {name: of_kind(drawn[name], v.dtype) for name, v in self.declared.items()}

    def point(self, sizes: dict[str, int]) -> dict[str, Any]:
        """The same, and values for the weights."""
        weights = {f"weights_{v}": concrete(v, sizes) for v in self.variables}
        weights["weights"] = concrete(self.value, sizes)
        return self.values(sizes) | draw(weights, -1, 1, self.sample.formula + "weights")


def of_kind(values: Any, kind: str) -> Any:
    """Random floats as they are, as whole numbers, or as their signs."""
    if kind == "float":
        return values
    return values > 0 if kind == "bool" else np.rint(values).astype(int)


@cache
def case(name: str, place: int) -> Case:
    """The case of one sample, made once."""
    return Case(SAMPLES[name][place])


def weighted(expressions: list[sd.Node], names: list[str]) -> sd.Node:
    """The sum of all entries, each with a weight of its own."""
    total = sd.constant(0.0)
    for expression, name in zip(expressions, names, strict=True):
        total = total + sd.sum(sd.tensor(name, *expression.shape) * expression)
    return total


def concrete(node: sd.Node, sizes: dict[str, int]) -> tuple[int, ...]:
    """The shape of a node, in numbers."""
    return tuple(size_value(size, sizes) for size in node.shape)


def given(expressions: list[sd.Node], point: Point, sizes: dict[str, int]) -> dict[str, Any]:
    """The arguments that expressions need: arrays, and the sizes that no array tells."""
    variables = sd.inputs(expressions)
    told = {str(s) for v in variables for s in v.shape if isinstance(s, Dim)}
    free = [n for n in size_names(topological(expressions)) if n not in told]
    return {v.attrs[0]: point[v.attrs[0]] for v in variables} | {n: sizes[n] for n in free}


def evaluated(expressions: list[sd.Node], point: Point, sizes: dict[str, int]) -> list[Any]:
    """Values by the evaluator."""
    return sd.evaluate(expressions, **given(expressions, point, sizes))


def rounded(point: Point, dtype: type[Any]) -> dict[str, Any]:
    """The same point in another precision."""
    return {
        name: value.astype(dtype) if np.asarray(value).dtype.kind == "f" else value
        for name, value in point.items()
    }


CASES = [
    pytest.param(name, place, id=f"{name}-{place}")
    for name, samples in SAMPLES.items()
    for place in range(len(samples))
]
each_case = pytest.mark.parametrize(("name", "place"), CASES)


@cache
def cases(name: str) -> list[Case]:
    """The cases of an op."""
    return [case(name, place) for place in range(len(SAMPLES[name]))]


on_every_sample = for_every_op(cases, SAMPLES)


# Declarations -------------------------------------------------------------------------------------


def test_every_op_is_tested() -> None:
    untested = {name for name, op in OPS.items() if not op.samples} - NO_SAMPLES
    assert not untested, "declare samples for these"


def test_samples_show_their_op() -> None:
    for name in OPS.keys() - NO_SAMPLES:
        values = [case(name, place).value for place in range(len(OPS[name].samples))]
        assert name in {node.op.name for node in topological(values)}


def test_every_composite_function_is_tested() -> None:
    for name, composite in COMPOSITES.items():
        assert any(f"{name}(" in sample.formula for sample in composite.samples), name


def test_the_derivative_of_index_shows_put() -> None:
    ops = {
        node.op.name
        for place in range(len(OPS["index"].samples))
        for node in topological(case("index", place).gradients)
    }
    assert "put" in ops


def test_ops_without_derivative_say_what_to_use() -> None:
    for name, op in OPS.items():
        if isinstance(op.derivative, Undefined):
            assert op.derivative.reason, name
            assert "sd." in op.derivative.instead, name


def test_public_names_are_documented() -> None:
    for name in sd.__all__:
        documented = inspect.getdoc(getattr(sd, name))
        assert documented, name
        assert documented[0].isupper() or documented.startswith("`"), name
        assert documented.partition("\n")[0].endswith((".", ":")), name


def test_public_names_are_listed_once() -> None:
    assert len(sd.__all__) == len(set(sd.__all__))


def test_functions_of_the_grammar_are_public() -> None:
    for name in FUNCTIONS.keys() - {"getitem"}:
        assert getattr(sd, name) is FUNCTIONS[name], name


# Values -------------------------------------------------------------------------------------------


@on_every_sample
def test_value_and_gradient_in_float64(each: Case) -> None:
    asked = [each.value, *each.gradients]
    for sizes in (SIZES, OTHER_SIZES):
        point = each.point(sizes)
        arguments = given(asked, rounded(point, np.float64), sizes)
        from_evaluator = sd.evaluate(asked, **arguments)
        from_compiled = each.compiled(**arguments)
        for expression, first, second in zip(asked, from_evaluator, from_compiled, strict=True):
            assert np.asarray(first).dtype == np.asarray(second).dtype == np.float64
            assert np.shape(first) == concrete(expression, sizes)
            assert_close(first, second, 1e-11)
        assert_close(from_evaluator[0], each.oracle(point, sizes), 1e-11 + TOLERANCE)
        if sizes is SIZES:
            for found, exact in zip(from_compiled[1:], each.slopes, strict=True):
                assert_close(found, exact, 1e-11 + TOLERANCE)
        else:
            names = [v.attrs[0] for v in each.variables]
            found = dict(zip(names, from_compiled[1:], strict=True))
            assert_slopes(each.weighted_oracle(sizes), point, found, 1e-11 + TOLERANCE)


@on_every_sample
def test_values_elsewhere(each: Case) -> None:
    check_float32(each)
    check_whole_numbers(each)
    check_an_empty_axis(each)


def check_float32(each: Case) -> None:
    """The value and the gradient stay in float32, and agree with those in float64."""
    single = rounded(each.point(SIZES), np.float32)
    asked = [each.value, *each.gradients]
    exact = evaluated(asked, rounded(single, np.float64), SIZES)
    arguments = given(asked, single, SIZES)
    for results in (sd.evaluate(asked, **arguments), each.compiled(**arguments)):
        for result, wanted in zip(results, exact, strict=True):
            assert np.asarray(result).dtype == np.float32
            assert_close(result, wanted, FLOAT32)


def check_whole_numbers(each: Case) -> None:
    """The value where entries tie and are zero."""
    if each.sample.low > -1:
        return
    point = each.point(OTHER_SIZES)
    whole = {k: np.round(v) if v.dtype.kind == "f" else v for k, v in point.items()}
    arguments = given([each.value], rounded(whole, np.float64), OTHER_SIZES)
    wanted = each.oracle(whole, OTHER_SIZES)
    assert_close(sd.evaluate(each.value, **arguments), wanted, 1e-12)
    for gradient in evaluated(each.gradients, whole, OTHER_SIZES):
        assert np.all(np.isfinite(gradient))


def check_an_empty_axis(each: Case) -> None:
    """What needs entries refuses; all else gives NumPy's value, and empty gradients."""
    asked = [each.value, *each.gradients]
    needed = [
        r for r in requirements(topological(asked)) if size_value(r.size, EMPTY_SIZES) < r.minimum
    ]
    if needed:
        arguments = given([each.value], rounded(each.values(EMPTY_SIZES), float), EMPTY_SIZES)
        for compute in (lambda **given: sd.evaluate(each.value, **given), sd.compile(each.value)):
            with pytest.raises(sd.InputError, match=r"needs .* >= \d+, but"):
                compute(**arguments)
        return
    point = rounded(each.point(EMPTY_SIZES), np.float64)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = each.oracle(point, EMPTY_SIZES)
        arguments = given(asked, point, EMPTY_SIZES)
        for results in (sd.evaluate(asked, **arguments), each.compiled(**arguments)):
            assert_close(results[0], wanted, 1e-12)
            for result, expression in zip(results, asked, strict=True):
                assert np.shape(result) == concrete(expression, EMPTY_SIZES)


# Derivatives --------------------------------------------------------------------------------------


@on_every_sample
def test_first_derivative(each: Case) -> None:
    point = each.point(SIZES)
    for gradients in (each.gradients, each.raw_gradients):
        for v, gradient in zip(each.variables, gradients, strict=True):
            assert gradient.shape == v.shape
            assert gradient.dtype == "float"
        for found, exact in zip(evaluated(gradients, point, SIZES), each.slopes, strict=True):
            assert_close(found, exact)


@on_every_sample
def test_second_derivative(each: Case) -> None:
    point = each.point(SIZES)
    if "stop_gradient" in each.sample.formula:  # which only the oracle holds constant
        first, tolerance = twice(each, point), EPS**0.5 + 10 * TOLERANCE
    else:
        first, tolerance = evaluated_second_target(each), 10 * TOLERANCE
    values = evaluated(each.second_gradients, point, SIZES)
    found = {v.attrs[0]: value for v, value in zip(each.variables, values, strict=True)}
    assert_slopes(first, point, found, tolerance)


def evaluated_second_target(each: Case) -> Callable[[Point], Any]:
    """The weighted sum of the derived gradients."""
    return lambda at: evaluated([each.second_target], at, SIZES)[0]


def twice(each: Case, point: Point) -> Callable[[Point], Any]:
    """The weighted sum of the gradients of the oracle, frozen at a point."""
    target = each.weighted_oracle(SIZES)
    names = [v.attrs[0] for v in each.variables]
    return lambda at: sum(np.sum(at[f"weights_{n}"] * slope(target, at, n)) for n in names)


# Printing and simplification ----------------------------------------------------------------------


@on_every_sample
def test_what_is_written(each: Case) -> None:
    check_templates(each)
    check_text_is_read_back(each)
    check_pretty_and_latex(each)


def check_templates(each: Case) -> None:
    """Every op has a title, and shows all arguments in every notation."""
    for node in topological([each.value]):
        op = node.op
        assert op.title(node)
        for notation in (op.numpy, op.text, op.pretty, op.latex):
            template = form(notation, node)
            assert template.parts
            assert set(template.slots) <= set(range(len(node.args)))
        unwritten = set(range(len(node.args))) - set(form(op.text, node).slots)
        # `diag` implies a unit matrix, and constant indices are written as lists
        assert all(node.args[k].op.name in ("eye", "constant") for k in unwritten)


def check_text_is_read_back(each: Case) -> None:
    """Text is parsed as the very node."""
    for expression in each.derived:
        words = {v.attrs[0]: v for v in sd.inputs(expression)}
        assert sd.parse(sd.text(expression), **words, **unused_sizes(expression)) is expression


def unused_sizes(expression: sd.Node) -> dict[str, Any]:
    """A variable for each size that only the formula mentions, which declares it."""
    told = names_in(size for v in sd.inputs(expression) for size in v.shape)
    free = [n for n in size_names(topological([expression])) if n not in told]
    return {f"of_size_{n}": n for n in free}


def check_pretty_and_latex(each: Case) -> None:
    """Braces and sides match, and nothing of Python is left over."""
    for expression in each.derived:
        assert sd.pretty(expression)
        written = sd.latex(expression)
        bare = written.replace("\\{", "").replace("\\}", "")
        depth = 0
        for character in bare:
            depth += {"{": 1, "}": -1}.get(character, 0)
            assert depth >= 0, written
        assert depth == 0, written
        assert bare.count("\\left") == bare.count("\\right") + bare.count("\\leftarrow")
        assert not any(mark in written for mark in ("**", "None", "np.", "axis="))


@on_every_sample
def test_simplify_keeps_the_value(each: Case) -> None:
    point = each.point(SIZES)
    for expression in each.derived:
        simple = sd.simplify(expression)
        assert (simple.shape, simple.dtype) == (expression.shape, expression.dtype)
        assert sd.simplify(simple) is simple
        assert_close(*evaluated([simple, expression], point, SIZES), rtol=10 * TOLERANCE)


# Emitted modules ----------------------------------------------------------------------------------


@on_every_sample
def test_emitted_module(each: Case) -> None:
    asked = [each.value, *each.gradients]
    namespace: dict[str, Any] = {}
    exec(each.emitted, namespace)
    assert not re.search(r"^\s*(import|from) symdiff", each.emitted, re.MULTILINE)
    for dtype, tolerance in ((np.float64, 1e-12), (np.float32, FLOAT32)):
        point = rounded(each.point(SIZES), dtype)
        arguments = given(asked, point, SIZES)
        wanted = evaluated(asked, rounded(point, np.float64), SIZES)
        for found, exact in zip(namespace["compute"](**arguments), wanted, strict=True):
            assert np.asarray(found).dtype == dtype
            assert_close(found, exact, tolerance)


RUNNER = """\
import importlib.util, pathlib, pickle, sys
sys.modules["symdiff"] = None  # any import of it fails
folder = pathlib.Path(sys.argv[1])
results = {}

def by_itself(path):
    return "from scipy" not in path.read_text(encoding="utf-8")

def loaded():
    return {name.partition(".")[0] for name in sys.modules}

for path in sorted(folder.glob("*.py"), key=by_itself, reverse=True):
    assert not loaded() & ({"scipy", "sympy"} if by_itself(path) else {"sympy"})
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    arguments = pickle.loads(path.with_suffix(".pickle").read_bytes())
    results[path.stem] = module.compute(**arguments)
    assert not loaded() & ({"scipy", "sympy"} if by_itself(path) else {"sympy"})
(folder / "results").write_bytes(pickle.dumps(results))
"""


def test_emitted_modules_stand_alone(tmp_path: Path) -> None:
    wanted = {}
    for name in (name for name, samples in SAMPLES.items() if samples):
        each = case(name, 0)
        asked = [each.value, *each.gradients]
        arguments = given(asked, rounded(each.point(SIZES), np.float64), SIZES)
        (tmp_path / f"{name}.py").write_text(each.emitted, encoding="utf-8")
        (tmp_path / f"{name}.pickle").write_bytes(pickle.dumps(arguments))
        wanted[name] = sd.evaluate(asked, **arguments)
    command = [sys.executable, "-W", "error", "-c", RUNNER, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    results = pickle.loads((tmp_path / "results").read_bytes())
    assert results.keys() == wanted.keys()
    for key, found in results.items():
        for one, other in zip(found, wanted[key], strict=True):
            assert_close(one, other, 1e-12)
