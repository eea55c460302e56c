"""Scalar programs in Python's own floats: each op's form, the way out to NumPy, and calls."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff import runtime
from symdiff.codegen.lowering import numpy_template
from symdiff.codegen.python_floats import float_template
from symdiff.node import Node, intern, topological
from symdiff.ops.leaves import CONSTANT
from symdiff.ops.lowered import log1mexp, log_cosh, sech, sigmoid_minus
from symdiff.registry import OPS, Op
from symdiff.template import ATOM, Template

EDGES = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 1e-300, 1e308, math.inf, -math.inf, math.nan)
ORDINARY = (0.3, -0.7, 1.9, -2.4, 11.0)
X, Y, Z = (sd.scalar(name) for name in "xyz")
LOWERED = (log1mexp(X), log_cosh(X), sech(X), sigmoid_minus(X, Y))


def applications(op: Op) -> list[Node]:
    """The op applied to variables, and to the constants that its samples give it."""
    found = [node for node in LOWERED if node.op is op]
    for sample in op.samples:
        if "int" in sample.kinds.values() or "complex" in sample.kinds.values():
            continue
        for node in topological([sd.parse(sample.formula, **dict.fromkeys(sample.shapes, ""))]):
            if node.op is op:
                args = [
                    arg if arg.op is CONSTANT else sd.scalar(name, arg.dtype)
                    for arg, name in zip(node.args, "xyzt", strict=False)
                ]
                found.append(intern(op, tuple(args), node.attrs))
    return list(dict.fromkeys(found))


def value_of(
    template: Template, node: Node, values: dict[str, Any], of: Callable[[Any], Any]
) -> Any:
    """What a template computes where variables have these values."""
    texts = [float_template(arg).render([]) for arg in node.args]
    text = template.render([(f"({text})", ATOM) for text in texts])
    names = {name: of(value) for name, value in values.items()}
    return eval(text, {**vars(runtime), "math": math, "dtype": np.dtype(float), **names})


def same(found: Any, expected: Any) -> bool:
    """True for the same boolean, infinity, NaN or signed zero, and for floats within 2 ulp."""
    if isinstance(found, bool) or isinstance(expected, (bool, np.bool_)):
        return isinstance(found, bool) and found == bool(expected)
    assert type(found) is float, type(found)
    if math.isnan(found) or np.isnan(expected):
        return bool(math.isnan(found) and np.isnan(expected))
    if found == expected:
        return bool(found != 0 or np.signbit(found) == np.signbit(expected))
    return bool(abs(found - expected) <= 2 * np.spacing(abs(expected)))


FORMS = [n for op in OPS.values() if op.python and op.elementwise for n in applications(op)]


@pytest.mark.parametrize("node", FORMS, ids=str)
def test_python_computes_what_numpy_computes(node: Node) -> None:
    """At ordinary points and at all edges; an error leaves the point to NumPy."""
    variables = [arg for arg in node.args if arg.op is not CONSTANT]
    numbers = {arg for arg in node.args if arg.op is CONSTANT}
    floats, arrays = float_template(node), numpy_template(node, numbers)
    grids = [(False, True) if v.dtype == "bool" else EDGES + ORDINARY for v in variables]
    computed = 0
    for point in product(*grids):
        values = {v.attrs[0]: value for v, value in zip(variables, point, strict=True)}
        try:
            found = value_of(floats, node, values, lambda value: value)
        except (ArithmeticError, ValueError):
            continue
        with np.errstate(all="ignore"):
            expected = value_of(arrays, node, values, lambda v: np.asarray(v)[()])
        assert same(found, expected), (values, found, expected)
        computed += 1
    assert computed >= 2


def test_every_form_is_tried() -> None:
    """But for that of lists, which later tests try."""
    tried = {node.op for node in FORMS}
    assert [op.name for op in OPS.values() if op.python and op not in tried] == ["stack"]


@pytest.mark.parametrize("op", [op for op in OPS.values() if op.commutative], ids=repr)
def test_commutative_ops_give_the_same_bits(op: Op) -> None:
    node = intern(op, (X, Y))
    for x, y in product(EDGES + ORDINARY, repeat=2):
        template = float_template(node)
        first = value_of(template, node, {"x": x, "y": y}, float)
        second = value_of(template, node, {"x": y, "y": x}, float)
        assert same(first, second), (x, y)


# Calls --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rosenbrock() -> sd.Compiled:
    value = (1 - X) ** 2 + 100 * (Y - X**2) ** 2
    return sd.compile([value, *sd.grad(value, [X, Y])])


def test_code_is_what_people_write_by_hand(rosenbrock: sd.Compiled) -> None:
    body = rosenbrock.source.partition("def function(")[2].partition("    if type(")[2]
    assert (
        body
        == """\
x) is not float or type(y) is not float:
        return _with_floats(function, _function_of_arrays, x, y)
    try:
        t1 = y - x * x
        t2 = 1.0 - x
        return 100.0 * (t1 * t1) + t2 * t2, -(400.0 * x * t1 + 2.0 * t2), 200.0 * t1
    except (ArithmeticError, ValueError):  # where NumPy has infinities and NaN
        return _python_numbers(_function_of_arrays(x, y))
"""
    )


@pytest.mark.parametrize("kind", [float, np.float64, int])
def test_doubles_and_integers_give_floats(rosenbrock: sd.Compiled, kind: type) -> None:
    for results in (rosenbrock(kind(2), kind(3)), rosenbrock(x=kind(2), y=3.0)):
        assert results == (101.0, 802.0, -200.0)
        assert all(type(value) is float for value in results)


def test_other_types_are_computed_by_numpy(rosenbrock: sd.Compiled) -> None:
    single = rosenbrock(np.float32(2), np.float32(3))
    assert [type(value) for value in single] == [np.float32] * 3
    array = rosenbrock(np.array(2.0), 3)
    assert [type(value) for value in array] == [np.float64] * 3
    assert [type(value) for value in rosenbrock(True, 1.0)] == [np.float64] * 3
    assert array == (101.0, 802.0, -200.0)


@pytest.mark.parametrize("value", ["3", 2j, 10**30, None, [1.0, 2.0]], ids=repr)
def test_what_does_not_fit_is_refused_as_ever(rosenbrock: sd.Compiled, value: object) -> None:
    of_arrays = sd.compile([X * Y], [X, Y], without=["floats"])
    with pytest.raises(sd.InputError, match="x must h") as refusal:
        rosenbrock(value, 1.0)
    with pytest.raises(sd.InputError) as expected:
        of_arrays(value, 1.0)
    assert str(refusal.value) == str(expected.value)


def test_missing_arguments_are_named(rosenbrock: sd.Compiled) -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'y'"):
        rosenbrock(1.0)


def test_where_floats_fail_numpy_answers() -> None:
    f = sd.compile([sd.exp(X), sd.log(X), 1 / X, sd.sqrt(X), X**-0.5])
    with np.errstate(all="ignore"):
        for x in EDGES:
            expected = [np.exp(x), np.log(x), 1 / np.float64(x), np.sqrt(x), np.float64(x) ** -0.5]
            found = f(x)
            assert all(type(value) is float for value in found)
            np.testing.assert_array_equal(found, expected)
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        assert f(0.0)[2] == math.inf


def test_a_choice_does_not_compute_what_it_does_not_take() -> None:
    f = sd.compile(sd.where(sd.equal(X, 0), 1, sd.sin(X) / X))
    assert "_function_of_arrays(x)" in f.source
    with np.errstate(all="raise"):
        assert f(0.0) == 1.0


def test_what_a_form_says_twice_is_computed_once() -> None:
    source = sd.compile(sd.maximum(sd.sin(X) * Y, 0.25)).source
    assert "        t1 = Y" not in source
    assert source.count("math.sin(x)") == 1


def test_functions_of_scipy_give_floats() -> None:
    from scipy import special

    f = sd.compile([sd.j0(X), sd.erf(X) * Y, sd.digamma(X)])
    found = f(1.5, 2.0)
    assert all(type(value) is float for value in found)
    expected = [special.j0(1.5), 2 * special.erf(1.5), special.digamma(1.5)]
    np.testing.assert_allclose(found, expected, rtol=4e-16)


def test_functions_that_scipy_has_in_double_precision_alone() -> None:
    """For arrays they are cast to the type of the call, which floats do not have."""
    from scipy import special

    f = sd.compile([sd.xlogy(X, Y), sd.grad(sd.xlog1py(X, Y), Y)])
    assert "dtype" not in f.source.partition("def function(")[2]
    np.testing.assert_allclose(f(1.5, 2.0), [special.xlogy(1.5, 2.0), 0.5], rtol=4e-16)
    assert f(np.float32(1.5), np.float32(2.0))[0].dtype == np.float32


def test_comparisons_give_booleans() -> None:
    f = sd.compile([X < Y, sd.logical_and(X > 0, Y > 0), sd.isnan(X)])
    assert f(1.0, 2.0) == (True, True, False)
    assert all(type(value) is bool for value in f(1.0, math.nan))


def test_floats_that_are_chosen_among_booleans_are_floats() -> None:
    answer = X > 0
    f = sd.compile([sd.where(X > 1, answer, 0.5), sd.maximum(answer, Y), answer * Y])
    assert [repr(value) for value in f(2.0, 0.5)] == ["1.0", "1.0", "0.5"]
    assert [repr(value) for value in f(-2.0, 0.5)] == ["0.5", "0.5", "0.0"]
    assert "float(" not in sd.compile(answer * Y).source.partition("def function(")[2]


def test_arrays_are_made_of_floats_at_the_end() -> None:
    value = sd.sin(X) * Y**3
    rows = [sd.grad(g, [X, Y]) for g in sd.grad(value, [X, Y])]
    f = sd.compile([value, sd.stack([sd.stack(row) for row in rows])])
    assert "np.array([[" in f.source.partition("def function(")[2]
    found, hessian = f(0.5, 2.0)
    assert type(found) is float
    assert hessian.dtype == np.float64
    s, c = math.sin(0.5), math.cos(0.5)
    np.testing.assert_allclose(hessian, [[-8 * s, 12 * c], [12 * c, 12 * s]], rtol=1e-15)
    np.testing.assert_array_equal(f(np.float32(0.5), np.float32(2))[1].dtype, np.float32)
    with np.errstate(all="ignore"):
        assert np.isnan(f(math.inf, 1.0)[1]).all()


@pytest.mark.parametrize(
    "outputs",
    [
        [sd.vector("v", 3)[0] * X],
        [sd.scalar("k", "int") * X],
        [sd.scalar("z", "complex") * X],
        [sd.stack([X, Y]) * 2],
        [sd.scalar("float") * X],
        [sd.constant(2.0)],
    ],
    ids=str,
)
def test_other_programs_are_computed_with_numpy(outputs: list[Node]) -> None:
    assert "math." not in sd.compile(outputs).source
    assert "_with_floats" not in sd.compile(outputs).source


def test_floats_are_a_pass_that_can_be_left_out() -> None:
    assert type(sd.compile(X * 2)(1.0)) is float
    assert type(sd.compile(X * 2, without=["floats"])(1.0)) is np.float64


def test_fast_files_have_both_functions() -> None:
    source = sd.emit(sd.sin(X) * X, X, style="fast")
    namespace: dict[str, Any] = {"__name__": "emitted"}
    exec(source, namespace)
    value, slope = namespace["function"](0.5)
    assert (type(value), type(slope)) == (float, float)
    assert slope == pytest.approx(math.sin(0.5) + 0.5 * math.cos(0.5), rel=1e-15)
    assert "math" not in sd.emit(sd.sin(X) * X, X)
