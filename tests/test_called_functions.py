"""Functions that ops call: in evaluation, compiled code and emitted modules."""

from __future__ import annotations

import re

import numpy as np
import pytest

import symdiff as sd
from symdiff.dims import named
from symdiff.functions import GraphFunction, PythonFunction
from symdiff.node import Node, intern
from symdiff.registry import OPS, Op, Undefined
from symdiff.template import Template, call

X = sd.matrix("X", "n", "d")
SHARES = GraphFunction("shares", (X,), (X / sd.size("d"),))
SCALED = GraphFunction("scaled", (X,), (X * sd.size("k"),))


def doubled(values):
    return values + values


@pytest.fixture
def apply():
    """An op that calls its attribute, a function of one argument and of sizes, for the test."""

    def numpy(node: Node) -> Template:
        sizes = "".join(f", {name}" for name in getattr(node.attrs, "sizes", ()))
        return Template(f"{{1}}({{0}}{sizes})")

    OPS.pop("apply", None)
    op = Op(
        "apply",
        infer=lambda args, function: (args[0].shape, "float"),
        derivative=Undefined("a test needs none", "nothing"),
        numpy=numpy,
        text=call("apply"),
        pretty=call("apply"),
        latex=call("apply"),
        sizes=lambda node: tuple(map(named, getattr(node.attrs, "sizes", ()))),
        functions=lambda node: (node.attrs,),
    )
    yield lambda function, x: intern(op, (x,), function)
    OPS.pop("apply")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rows", [0, 3])
def test_evaluator_compiled_and_emitted_agree(apply, rows, dtype):
    y = sd.matrix("y", "n", "d")
    node = apply(SHARES, y) + apply(SCALED, sd.exp(y)) + apply(PythonFunction("twice", doubled), y)
    value = np.linspace(-1, 1, rows * 2, dtype=dtype).reshape(rows, 2)
    expected = value / 2 + np.exp(value) * 4 + 2 * value
    namespace: dict = {}
    exec(sd.emit(node), namespace)
    found = [
        sd.evaluate(node, y=value, k=4),
        sd.compile(node)(value, k=4),
        namespace["function"](value, k=4),
    ]
    for each in found:
        assert each.dtype == dtype
        np.testing.assert_allclose(each, expected, rtol=1e-6)


def test_a_module_defines_each_function_once_and_before_it_is_called(apply):
    y, z = sd.matrix("y", "n", "d"), sd.matrix("z", "n", "d")
    inner = GraphFunction("inner", (X,), (apply(SHARES, X) ** 2,))
    again = GraphFunction("shares", (X,), (X / sd.size("d"),))
    other = GraphFunction("shares", (X,), (X / (sd.size("d") + 1),))
    node = apply(inner, y) + apply(again, z) + apply(other, y)
    source = sd.emit(node, name="f")
    heads = [line for line in source.splitlines() if re.match(r"def [a-z]", line)]
    assert heads == ["def shares(X):", "def inner(X):", "def shares_(X):", "def f(y, z):"]


def test_a_python_function_is_imported_where_it_can_be(apply):
    y = sd.vector("y", "n")
    hypot = PythonFunction("tidy", np.nan_to_num, "from numpy import nan_to_num")
    source = sd.emit(apply(hypot, y), check=False)
    assert "from numpy import nan_to_num as tidy\n" in source
    assert "Needs NumPy alone." in source
    namespace: dict = {}
    exec(source, namespace)
    assert namespace["function"]([np.nan, 1.0]).tolist() == [0.0, 1.0]


def test_names_in_use_are_not_given_to_functions(apply):
    shares = sd.vector("shares", "n")
    twice = PythonFunction("sum", doubled)
    node = apply(twice, shares) + apply(GraphFunction("t1", (shares,), (shares,)), shares)
    found = sd.compile(node)([1.0, 2.0])
    assert found.tolist() == [3.0, 6.0]


def test_what_has_no_source_compiles_but_is_not_emitted(apply):
    node = apply(PythonFunction("triple", eval("lambda x: 3 * x")), sd.vector("y", "n"))
    assert sd.compile(node)([1.0]).tolist() == [3.0]
    with pytest.raises(sd.ArgumentError) as error:
        sd.emit(node)
    assert str(error.value) == (
        "the source of `triple` is not known, so no module can carry it; define it with `def` in "
        "a file, or say where it is imported from"
    )
