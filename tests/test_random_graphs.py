"""Properties that hold for every formula, tried on random ones."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from graphs import VARIABLES, expressions, point, targets
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracles import EPS, STEP, TOLERANCE

import symdiff as sd
from symdiff.binding import size_names
from symdiff.node import topological

settings.register_profile("graphs", max_examples=120, derandomize=True)
graphs = settings.get_profile("graphs")

SIZES = {"n": 3, "m": 2}
seeds = st.integers(0, 10)


def arguments(nodes: list[sd.Node], values: dict[str, Any], sizes: dict[str, int]) -> Any:
    """What the inputs of some nodes are given: arrays, and sizes that no array tells."""
    variables = sd.inputs(nodes)
    told = {str(size) for v in variables for size in v.shape}
    free = [name for name in size_names(topological(nodes)) if name not in told]
    return {v.attrs[0]: values[v.attrs[0]] for v in variables} | {n: sizes[n] for n in free}


def evaluate(nodes: list[sd.Node], values: dict[str, Any]) -> list[Any]:
    """The values of some nodes."""
    return sd.evaluate(nodes, **arguments(nodes, values, SIZES))


def moderate(nodes: list[sd.Node], values: dict[str, Any]) -> None:
    """Skip formulas in which numbers grow so large that differences lose their digits."""
    everything = [n for n in topological(nodes) if n.dtype == "float"]
    assume(all(np.all(np.abs(value) < 1e3) for value in evaluate(everything, values)))


def close(actual: Any, expected: Any, tolerance: float) -> None:
    """Entries agree, relative to the largest."""
    actual, expected = (np.asarray(a, dtype=np.longdouble) for a in (actual, expected))
    assert actual.shape == expected.shape
    scale = 1 + np.max(np.abs(expected), initial=0)
    assert np.all(np.abs(actual - expected) <= tolerance * scale), (actual, expected)


# Simplification -----------------------------------------------------------------------------------


@settings(graphs)
@given(expressions(), seeds)
def test_simplify_keeps_value_shape_and_kind(node: sd.Node, seed: int) -> None:
    values = point(SIZES, seed)
    moderate([node], values)
    simple = sd.simplify(node)
    assert (simple.shape, simple.dtype) == (node.shape, node.dtype)
    close(*evaluate([simple, node], values), 1e-9)


@settings(graphs)
@given(expressions())
def test_simplify_is_idempotent(node: sd.Node) -> None:
    simple = sd.simplify(node)
    assert sd.simplify(simple) is simple


@settings(graphs, max_examples=60)
@given(targets(6))
def test_simplify_is_idempotent_on_gradients(target: sd.Node) -> None:
    """Gradients keep what they share with the target as it is written there."""
    gradients = sd.simplify(sd.grad(target, sd.inputs(target)))
    assert sd.simplify(gradients) == gradients


# Programs -----------------------------------------------------------------------------------------


@settings(graphs)
@given(targets(), seeds, st.sampled_from([SIZES, {"n": 2, "m": 4}]))
def test_three_ways_to_compute(target: sd.Node, seed: int, sizes: dict[str, int]) -> None:
    values = point(sizes, seed)
    wanted = [target, *sd.grad(target, sd.inputs(target))]
    given_ = arguments(wanted, values, sizes)
    everything = [n for n in topological(wanted) if n.dtype == "float"]
    exact = sd.evaluate(everything, **arguments(everything, values, sizes))
    assume(all(np.all(np.abs(value) < 1e3) for value in exact))
    namespace: dict[str, Any] = {}
    exec(sd.emit(wanted, name="emitted"), namespace)
    results = zip(
        sd.evaluate(wanted, **given_),
        sd.compile(wanted)(**given_),
        namespace["emitted"](**given_),
        strict=True,
    )
    for evaluated, compiled, emitted in results:
        close(compiled, evaluated, 1e-9)
        np.testing.assert_array_equal(emitted, compiled)


@settings(graphs)
@given(targets(), seeds)
def test_float32_stays_float32(target: sd.Node, seed: int) -> None:
    wanted = [target, *sd.grad(target, sd.inputs(target))]
    given_ = arguments(wanted, point(SIZES, seed, np.float32), SIZES)
    for results in (sd.evaluate(wanted, **given_), sd.compile(wanted)(**given_)):
        assert {np.asarray(result).dtype for result in results} == {np.dtype(np.float32)}


@settings(graphs, max_examples=60)
@given(targets(), seeds)
def test_results_do_not_alias_inputs(target: sd.Node, seed: int) -> None:
    wanted = [*topological([target])[:5], *sd.grad(target, sd.inputs(target))]
    given_ = arguments(wanted, point(SIZES, seed), SIZES)
    arrays = [value for value in given_.values() if isinstance(value, np.ndarray)]
    for results in (sd.evaluate(wanted, **given_), sd.compile(wanted)(**given_)):
        for result in results:
            assert not any(np.shares_memory(result, array) for array in arrays)
            assert np.ndim(result) == 0 or result.flags.writeable


# Derivatives --------------------------------------------------------------------------------------


def directional(target: sd.Node, values: dict[str, Any], direction: dict[str, Any]) -> Any:
    """The derivative of a scalar along a direction, by differences of fourth order."""

    def along(steps: int) -> Any:
        moved = {name: values[name] + steps * STEP * d for name, d in direction.items()}
        return evaluate([target], {**values, **moved})[0]

    return (8 * (along(1) - along(-1)) - (along(2) - along(-2))) / (12 * STEP)


def inner(gradients: list[sd.Node], wrt: list[sd.Node], values: Any, direction: Any) -> Any:
    """The derivative along a direction, by the gradients."""
    found = zip(wrt, evaluate(gradients, values), strict=True)
    return sum(np.sum(gradient * direction[v.attrs[0]]) for v, gradient in found)


def held(node: sd.Node) -> bool:
    """True if something in the formula is held constant, which differences do not."""
    return any(n.op.name == "stop_gradient" for n in topological([node]))


@settings(graphs, max_examples=200)
@given(targets(), seeds)
def test_gradient_agrees_with_differences(target: sd.Node, seed: int) -> None:
    assume(not held(target))
    wrt = sd.inputs(target)
    values = point(SIZES, seed, np.longdouble)
    moderate([target], values)
    gradients = sd.grad(target, wrt)
    moderate(gradients, values)
    direction = point(SIZES, seed + 100, np.longdouble)
    direction = {name: (d - 1) * 2 for name, d in direction.items() if name in values}
    measured = directional(target, values, direction)
    for derived in (gradients, sd.backprop(target, wrt).gradients):
        close(inner(derived, wrt, values, direction), measured, 100 * TOLERANCE)


@settings(graphs, max_examples=80)
@given(targets(6), seeds)
def test_second_derivative_is_symmetric_and_right(target: sd.Node, seed: int) -> None:
    """The Hessian contracted with two directions, in either order, and by differences."""
    assume(not held(target))
    wrt = sd.inputs(target)
    values = point(SIZES, seed, np.longdouble)
    moderate([target], values)
    along = [[sd.tensor(f"{side}_{v}", *v.shape) for v in wrt] for side in ("left", "right")]
    values |= {
        f"{side}_{v}": point(SIZES, seed + shift, np.longdouble)[v.attrs[0]] - 1
        for side, shift in (("left", 100), ("right", 200))
        for v in wrt
    }
    first = [slope_along(target, wrt, tangents) for tangents in along]
    second = [
        slope_along(first[0], wrt, along[1]),
        slope_along(first[1], wrt, along[0]),
    ]
    moderate(second, values)
    left_then_right, right_then_left = evaluate(second, values)
    close(left_then_right, right_then_left, 1e6 * EPS)
    direction = {v.attrs[0]: values[f"right_{v}"] for v in wrt}
    close(left_then_right, directional(first[0], values, direction), 1000 * TOLERANCE)


def slope_along(target: sd.Node, wrt: list[sd.Node], tangents: list[sd.Node]) -> sd.Node:
    """The derivative along a direction, as an expression."""
    gradients = sd.grad(target, wrt)
    products = [sd.sum(g * t) for g, t in zip(gradients, tangents, strict=True)]
    return functools.reduce(sd.add, products)


# Printing -----------------------------------------------------------------------------------------


@settings(graphs)
@given(targets(8))
def test_text_is_read_back(target: sd.Node) -> None:
    sizes = {"size_of_n": "n", "size_of_m": "m"}
    for node in [target, *sd.grad(target, sd.inputs(target))]:
        words = {v.attrs[0]: v for v in VARIABLES}
        assert sd.parse(sd.text(node), **words, **sizes) is node
        assert sd.pretty(node)
        assert sd.latex(node).count("{") == sd.latex(node).count("}")
