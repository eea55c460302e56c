"""Both styles of emitted files compute the same, which is what NumPy and the evaluator say.

The fast style works on blocks of rows from some thousand entries on. Here it does from none on, and
its blocks have three rows, so that small arrays have several.
"""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest
import test_ops
from graphs import expressions, point, targets
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import SAMPLES
from test_random_graphs import arguments

import symdiff as sd
from symdiff.codegen import body
from symdiff.ops.leaves import INEXACT
from symdiff.rewrite.engine import substitute

settings.register_profile("styles", max_examples=60, deadline=None, derandomize=True)
styles = settings.get_profile("styles")

Nodes = list[sd.Node]
TOLERANCES = {np.float64: 1e-11, np.float32: 3e-4}


@pytest.fixture(autouse=True)
def blocks_from_no_entries_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "LARGE", 0)


def load(source: str, rows: int = 3) -> Any:
    """The function of a module, whose blocks have so many rows."""
    namespace: dict[str, Any] = {}
    assert ("def _in_blocks(" in source) == ("3 * 2**16 // max(width, 1)" in source)
    exec(source.replace("3 * 2**16 // max(width, 1)", str(rows)), namespace)
    return namespace["function"]


def in_blocks(source: str) -> bool:
    """True if a module computes anything in blocks."""
    return "def block(rows" in re.sub(r"\s+", "", source).replace("defblock(", "def block(")


def agree(found: Any, expected: Any, tolerance: float) -> None:
    """Results are of the same kind, shape and type, and agree relative to the largest entry."""
    for one, other in zip(found, expected, strict=True):
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        finite = np.abs(other[np.isfinite(other)])
        scale = tolerance * (1 + float(np.max(finite, initial=0)))
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=scale)


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


@test_ops.each_case
def test_ops_in_blocks(name: str, place: int) -> None:
    sample = test_ops.case(name, place)
    outputs = outputs_of(sample)
    source = sd.emit(outputs, style="fast")
    if not in_blocks(source):
        return
    fast, readable = load(source), load(sd.emit(outputs))
    for sizes in ({"n": 4, "m": 5}, {"n": 0, "m": 2}, {"n": 7, "m": 0}):
        for dtype, tolerance in TOLERANCES.items():
            try:
                given = given_to(sample, outputs, sizes, dtype)
            except ValueError:  # a size such as n - 1 is below 0
                continue
            found, expected = outcome(fast, given), outcome(readable, given)
            if isinstance(found, str) or isinstance(expected, str):
                assert isinstance(found, str)
                assert isinstance(expected, str)
            else:
                agree(found, expected, tolerance)


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
