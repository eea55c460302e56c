"""Every sample formula once more, of complex variables, where its ops take complex numbers.

Gradients are compared with ∂f/∂x − i ∂f/∂y by finite differences in long double.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import pytest
from oracles import TOLERANCE, Oracle, Point, assert_close, draw, slope
from samples import SAMPLES, for_every_op

import symdiff as sd
from symdiff.binding import size_names
from symdiff.dims import size_value
from symdiff.node import intern, topological
from symdiff.ops.leaves import variable
from symdiff.registry import OPS, Sample

SIZES = {"n": 3, "m": 2}


def declared(sample: Sample) -> dict[str, sd.Node]:
    """The variables of a sample, those of floats as complex ones."""
    kinds = sample.kinds
    return {
        name: variable(name, shape, kinds.get(name, "complex"))
        for name, shape in sample.shapes.items()
    }


def has_complex(sample: Sample) -> bool:
    """True if a variable of the sample is a complex one here."""
    return "complex" in {v.dtype for v in declared(sample).values()}


def accepted(sample: Sample) -> bool:
    """True if all ops of a sample take complex numbers; others say that they do not."""
    try:
        sd.parse(sample.formula, **declared(sample))
    except sd.ArgumentError as error:
        if "complex" not in str(error):
            raise
        return False
    return True


@dataclass(frozen=True, eq=False)
class Case:
    """A sample formula of complex variables with all that the tests derive from it."""

    sample: Sample

    @cached_property
    def words(self) -> dict[str, sd.Node]:
        """All that the sample declares, used or not."""
        return declared(self.sample)

    @cached_property
    def value(self) -> sd.Node:
        """The formula as an expression."""
        return sd.parse(self.sample.formula, **self.words)

    @cached_property
    def wrt(self) -> list[sd.Node]:
        """The complex variables."""
        return [v for v in self.words.values() if v.dtype == "complex"]

    @cached_property
    def gradients(self) -> list[sd.Node]:
        """The derivatives of the target by them."""
        return sd.grad(target_of(self.value), self.wrt)

    @cached_property
    def point(self) -> dict[str, Any]:
        """Values for the variables, and weights."""
        return point_of(self.sample, shape_of(self.value))


@cache
def cases(name: str) -> list[Case]:
    """The samples of an op that can have complex variables."""
    return [Case(sample) for sample in SAMPLES[name] if has_complex(sample) and accepted(sample)]


on_every_sample = for_every_op(
    cases, [name for name in SAMPLES if name not in OPS or OPS[name].complex]
)


def shape_of(node: sd.Node) -> tuple[int, ...]:
    """The shape of a node at the sizes of these tests."""
    return tuple(size_value(size, SIZES) for size in node.shape)


def point_of(sample: Sample, weights: tuple[int, ...]) -> dict[str, Any]:
    """Complex values for the variables of a sample, and weights."""
    shapes = {name: shape_of(v) for name, v in declared(sample).items()}
    real = draw(shapes, sample.low, sample.high, sample.formula)
    imaginary = draw(shapes, -0.5, 0.5, sample.formula + "j")
    point = {
        name: real[name] + 1j * imaginary[name] if v.dtype == "complex" else exact(real[name], v)
        for name, v in declared(sample).items()
    }
    both = draw({"a": weights, "b": weights}, -1, 1, sample.formula)
    return point | {"weights": both["a"] + 1j * both["b"]}


def exact(values: Any, v: sd.Node) -> Any:
    """Values for a variable that is no float."""
    return values > 0 if v.dtype == "bool" else np.rint(values).astype(int)


def complex_slope(function: Callable[[Point], Any], point: Point, name: str) -> Any:
    """∂f/∂x − i ∂f/∂y by differences along both axes."""
    at = point[name]

    def along(unit: complex) -> Any:
        def moved(distance: Point) -> Any:
            return function({**point, name: at + unit * distance[name]})

        return slope(moved, {name: np.zeros(at.shape, np.longdouble)}, name)

    return along(1) - 1j * along(1j)


def target_of(value: sd.Node) -> sd.Node:
    """A real scalar that weighs both parts of every entry differently."""
    weights = sd.tensor("weights", *value.shape, dtype="complex")
    return sd.real(sd.sum(weights * value))


def computed(nodes: list[sd.Node], point: Point) -> list[Any]:
    """The values of nodes at a point."""
    names = {v.attrs[0] for v in sd.inputs(nodes)}
    told = {str(s) for v in sd.inputs(nodes) for s in v.shape}
    free = {n: SIZES[n] for n in size_names(topological(nodes)) if n not in told}
    return sd.evaluate(nodes, **{name: point[name] for name in names}, **free)


@on_every_sample
def test_value_and_gradient_by_complex_variables(case: Case) -> None:
    value, wrt, gradients, point = case.value, case.wrt, case.gradients, case.point
    oracle = Oracle(case.sample.formula).frozen(point, SIZES)
    raw = sd.backprop(target_of(value), wrt).gradients
    found = computed([value, *gradients, *raw], point)
    assert_close(found[0], oracle(point, SIZES), 1e-13)

    def target(at: Point) -> Any:
        return np.sum(at["weights"] * oracle(at, SIZES)).real

    wanted = [complex_slope(target, point, v.attrs[0]) for v in wrt]
    for expression, given, exact in zip([*gradients, *raw], found[1:], wanted * 2, strict=True):
        assert expression.dtype == "complex"
        assert_close(given, exact, TOLERANCE)


@on_every_sample
def test_a_change_along_a_direction_is_that_of_the_gradient(case: Case) -> None:
    """Forward mode against reverse mode: Re(u J v) both ways, though J is linear in reals only."""
    value, wrt, point = case.value, case.wrt, case.point
    u = point["weights"] if value.dtype == "complex" else point["weights"].real
    directions = {v: point[v.attrs[0]] * (0.3 - 0.8j) + 0.1j for v in wrt}
    tangents = [sd.tensor(f"d_{v.attrs[0]}", *v.shape, dtype="complex") for v in wrt]
    cotangent = sd.tensor("weights", *value.shape, dtype=value.dtype)
    pushed = sd.jvp(value, wrt, tangents)
    pulled = sd.vjp(value, wrt, cotangent)
    at = point | {f"d_{v.attrs[0]}": directions[v] for v in wrt} | {"weights": u}
    left, *right = computed([pushed, *pulled], at)
    total = sum(np.sum(r * directions[v]).real for r, v in zip(right, wrt, strict=True))
    size = sum(np.sum(np.abs(r * directions[v])) for r, v in zip(right, wrt, strict=True))
    assert pushed.dtype == value.dtype
    assert abs(np.sum(u * left).real - total) <= 1e-13 * (1 + size)


@on_every_sample
def test_simplification_and_code_in_both_precisions(case: Case) -> None:
    point, asked = case.point, [case.value, *case.gradients]
    simple = [sd.simplify(each) for each in asked]
    for each, short in zip(asked, simple, strict=True):
        assert (each.shape, each.dtype) == (short.shape, short.dtype)
        assert sd.simplify(short) is short
    exact = computed(asked, point)
    for given, wanted in zip(computed(simple, point), exact, strict=True):
        assert_close(given, wanted, 1e-13)
    compiled = sd.compile(asked)
    namespace: dict[str, Any] = {}
    exec(sd.emit(asked, name="compute"), namespace)
    for precision, tolerance in ((np.complex128, 1e-11), (np.complex64, 3e-4)):
        rounded = {
            name: value.astype(precision) if value.dtype.kind == "c" else value
            for name, value in point.items()
        }
        named = {name: rounded[name] for name in compiled.inputs if name in rounded}
        named |= {name: SIZES[name] for name in compiled.inputs if name in SIZES}
        for results in (compiled(**named), namespace["compute"](**named)):
            for node, result, wanted in zip(asked, results, exact, strict=True):
                kind = precision if node.dtype == "complex" else np.zeros((), precision).real.dtype
                assert np.asarray(result).dtype == kind
                assert_close(result, wanted, tolerance)


@on_every_sample
def test_text_of_complex_formulas_is_read_back(case: Case) -> None:
    for each in [case.value, *case.gradients]:
        known = {v.attrs[0]: v for v in sd.inputs(each)}
        assert sd.parse(sd.text(each), **(case.words | known)) is each


def test_other_ops_refuse_complex_arguments() -> None:
    z = sd.matrix("z", 3, 3, dtype="complex")
    for name, op in OPS.items():
        if op.complex:
            continue
        with pytest.raises(sd.ArgumentError) as caught:
            intern(op, (z,))
        assert str(caught.value) == (
            f"`{name}` is not defined for complex numbers such as `z`; "
            "take sd.real, sd.imag, sd.abs or sd.angle of it first"
        )


@pytest.mark.parametrize(
    "formula", ["z**(1 + 1j)", "(p - 2)*z", "z + p - 2", "p - 3j + z", "z*(2j - p)"]
)
def test_a_part_of_a_complex_number_may_cancel(formula: str) -> None:
    z, p = sd.scalar("z", dtype="complex"), sd.constant(2 + 3j)
    value = sd.parse(formula, z=z, p=p)
    found = sd.grad(value, z, holomorphic=True)
    at = np.array(0.7 + 0.3j)

    def exact(number: Any) -> Any:
        return eval(formula, {"z": number, "p": 2 + 3j})

    def computed(node: sd.Node) -> Any:
        return sd.evaluate(node, dict.fromkeys(sd.inputs(node), at))

    np.testing.assert_allclose(computed(sd.simplify(value)), exact(at))
    np.testing.assert_allclose(
        computed(found), (exact(at + 1e-6) - exact(at - 1e-6)) / 2e-6, rtol=1e-7
    )
