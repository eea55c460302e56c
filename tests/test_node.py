"""Nodes: one object for one expression, immutable, freed when dropped, whatever the depth."""

from __future__ import annotations

import copy
import gc
import pickle
import subprocess
import sys
import threading
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff import node as node_module
from symdiff.dims import named
from symdiff.node import topological, use_counts

x, y = sd.scalar("x"), sd.scalar("y")
DEPTH = 100_000


def chain(depth: int = DEPTH) -> sd.Node:
    """A deep expression."""
    node = sd.scalar("deep")
    for _ in range(depth):
        node = sd.sin(node)
    return node


# Identity -----------------------------------------------------------------------------------------


def test_the_same_expression_is_the_same_object() -> None:
    assert sd.sin(x) + y is sd.sin(sd.scalar("x")) + sd.scalar("y")
    assert x + y is not y + x
    assert sd.vector("v", "n") is sd.vector("v", "n")
    assert sd.vector("v", "n") is not sd.vector("v", "m")
    assert sd.vector("v", "n") is not sd.vector("v", "n", dtype="int")


def test_five_constants() -> None:
    values = [1, 1.0, True, 0.0, -0.0]
    constants = [sd.constant(value) for value in values]
    assert len(set(constants)) == 5
    assert [c.dtype for c in constants] == ["int", "float", "bool", "float", "float"]
    assert [sd.constant(value) for value in values] == constants
    assert sd.constant(float("nan")) is sd.constant(float("nan"))


def test_array_constants_are_compared_by_kind_and_bits() -> None:
    one = np.array([1.0, 2.0])
    assert sd.constant(one) is sd.constant(one.copy()) is sd.constant([1.0, 2.0])
    assert sd.constant(one) is sd.constant(one.astype(np.float32))  # precision is the call's
    assert sd.constant([1, 2]) is not sd.constant(one)
    assert sd.constant([0.0]) is not sd.constant([-0.0])
    assert sd.constant([[1.0, 2.0]]) is not sd.constant(one)
    assert sd.constant(np.asfortranarray(np.eye(2))) is sd.constant(np.eye(2))
    assert sd.constant(np.float64(2.0)) is sd.constant(2.0)


def test_an_array_constant_is_a_copy() -> None:
    array = np.array([1.0, 2.0])
    node = sd.constant(array)
    array[0] = 5.0
    np.testing.assert_array_equal(sd.evaluate(node), [1.0, 2.0])
    sd.evaluate(node)[0] = 7.0
    np.testing.assert_array_equal(sd.evaluate(node), [1.0, 2.0])


def test_equality_is_identity() -> None:
    assert x == x
    assert x != y
    assert x != None  # noqa: E711
    assert {x: 1}[sd.scalar("x")] == 1
    assert x in [y, x]


def test_comparing_with_a_number_is_refused() -> None:
    with pytest.raises(sd.ArgumentError, match=r"use sd\.equal"):
        _ = x == 1


def test_expressions_have_no_truth_value() -> None:
    with pytest.raises(sd.ArgumentError, match=r"use sd\.where"):
        bool(x > 0)


def test_nodes_are_immutable_and_made_by_functions() -> None:
    with pytest.raises(AttributeError, match="immutable"):
        x.shape = (3,)  # type: ignore[misc]
    with pytest.raises(AttributeError, match="immutable"):
        del x.op
    with pytest.raises(sd.ArgumentError, match=r"sd\.scalar"):
        sd.Node()


def test_lengths_and_iteration() -> None:
    p = sd.vector("p", 3)
    assert len(p) == 3
    assert list(p) == [p[0], p[1], p[2]]
    for node in (x, sd.vector("v", "n")):
        with pytest.raises(sd.ArgumentError, match="is not a number"):
            len(node)


def test_numpy_arrays_ask_the_node() -> None:
    v = sd.vector("v", 2)
    array = np.array([1.0, 2.0])
    assert array * v is sd.constant(array) * v
    assert np.float64(2.0) * v is sd.constant(2.0) * v
    assert array @ v is sd.constant(array) @ v
    assert (array < v) is (v > array) or (array < v).op.name in ("less", "greater")


def test_python_operators() -> None:
    v, M = sd.vector("v", 2), sd.matrix("M", 2, 2)
    assert 1 + x is sd.add(1, x)
    assert 1 - x is sd.subtract(1, x)
    assert 2 * x is sd.multiply(2, x)
    assert 2 / x is sd.divide(2, x)
    assert 2**x is sd.power(2, x)
    assert v @ M is sd.matmul(v, M)
    assert [1.0, 2.0] @ M is sd.matmul(sd.constant([1.0, 2.0]), M)
    assert abs(x) is sd.abs(x)
    assert +x is x
    assert -x is sd.negative(x)
    assert (x <= y) is sd.less_equal(x, y)
    assert (x >= y) is sd.greater_equal(x, y)


# Memory -------------------------------------------------------------------------------------------


def table_size() -> int:
    """How many nodes are alive."""
    gc.collect()
    return len(node_module._table)


def test_interning_is_weak() -> None:
    before = table_size()
    node = sd.sin(sd.scalar("only_here") * 2.5) + 17.25
    assert table_size() > before
    del node
    assert table_size() == before


def test_a_gradient_is_freed() -> None:
    before = table_size()
    v = sd.vector("only_here", "n")
    gradient = sd.grad(sd.sum(sd.sin(v) ** 2), v)
    table = sd.backprop(sd.sum(sd.cos(v)), v)
    del v, gradient, table
    assert table_size() == before


def test_a_deep_chain_is_freed_without_recursion() -> None:
    before = table_size()
    node = chain()
    assert table_size() > before + DEPTH - 10
    del node
    assert table_size() == before


def test_nodes_can_be_made_in_several_threads() -> None:
    """One object for one expression, also when threads make it at the same time."""
    made: list[list[int]] = []
    kept: list[sd.Node] = []
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def work() -> None:
        node = sd.scalar("shared")
        ids = []
        for _ in range(2000):
            node = sd.tanh(node)
            kept.append(node)
            ids.append(id(node))
        made.append(ids)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.setswitchinterval(interval)
    assert all(ids == made[0] for ids in made)


# Copies -------------------------------------------------------------------------------------------


def test_copies_are_the_node_itself() -> None:
    node = chain()
    assert copy.copy(node) is node
    assert copy.deepcopy(node) is node
    assert copy.deepcopy([node, {"a": x}]) == [node, {"a": x}]


@pytest.mark.parametrize(
    "node",
    [
        x,
        sd.constant(1),
        sd.constant(-0.0),
        sd.constant([[1.0, 2.0]]),
        sd.eye("n"),
        sd.sum(sd.tensor("K", 2, "n", "m"), axis=(0, 2)),
        sd.grad(sd.sum(sd.vector("v", "n")[1:] ** 2), sd.vector("v", "n")),
        sd.reshape(sd.matrix("A", "n", "m"), -1),
        sd.where(x > 0, x, 0),
    ],
    ids=str,
)
def test_pickling_gives_the_same_object(node: sd.Node) -> None:
    assert pickle.loads(pickle.dumps(node)) is node


def test_a_deep_chain_is_pickled() -> None:
    node = chain()
    assert pickle.loads(pickle.dumps(node)) is node


def test_a_pickle_is_read_in_another_process() -> None:
    node = sd.grad(sd.parse("sum((X @ w - y)**2)", X="n d", w="d", y="n+1-1"), sd.vector("w", "d"))
    code = "import pickle, sys; print(ascii(str(pickle.load(sys.stdin.buffer))))"
    done = subprocess.run(
        [sys.executable, "-c", code], input=pickle.dumps(node), capture_output=True, check=True
    )
    assert done.stdout.decode().strip() == ascii(str(node))


# Names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("lambda", "it is a word of Python itself; try 'lam'"),
        ("in", "it is a word of Python itself; try 'in1'"),
        ("2x", "it must be a Python identifier"),
        ("a b", "it must be a Python identifier"),
        ("", "it must be a Python identifier"),
        ("x;y", "it must be a Python identifier"),
        ("np", "generated code needs it; try 'np1'"),
        ("dtype", "generated code needs it; try 'dtype1'"),
        ("_x", "generated code needs it; try 'x1'"),
        ("__import__", "generated code needs it; try 'import1'"),
        ("ValueError", "generated code needs it; try 'ValueError1'"),
        ("\N{LATIN SMALL LIGATURE FI}", "Python would read it as 'fi'"),
        ("\N{DOUBLE-STRUCK CAPITAL R}", "Python would read it as 'R'"),
    ],
)
def test_names_refused(name: str, reason: str) -> None:
    for make, what in ((sd.scalar, "variable"), (named, "size")):
        with pytest.raises(sd.ArgumentError) as caught:
            make(name)
        assert str(caught.value) == f"{name!r} cannot name a {what}: {reason}"


@pytest.mark.parametrize("name", ["λ", "W1", "loss", "max", "sum", "print", "X_train", "é"])
def test_names_allowed(name: str) -> None:
    v = sd.vector(name, "n")
    assert sd.compile(sd.sum(v**2))([1.0, 2.0]) == 5.0


def test_unknown_kinds_are_refused() -> None:
    with pytest.raises(sd.ArgumentError, match="dtype must be one of 'bool', 'int', 'float'"):
        sd.scalar("x", dtype="complex64")


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (
            x + sd.vector("x", "n"),
            "two variables are named 'x': () float and (n,) float; rename one",
        ),
        (
            x + sd.scalar("x", dtype="int"),
            "two variables are named 'x': () float and () int; rename one",
        ),
        (
            sd.vector("n", "n") + 1,
            "'n' is both a variable and a named size; rename one",
        ),
    ],
)
def test_two_meanings_of_one_name_are_refused(expression: sd.Node, message: str) -> None:
    attempts: list[Any] = [
        lambda: sd.inputs(expression),
        lambda: sd.compile(expression),
        lambda: sd.emit(expression),
        lambda: sd.evaluate(expression, x=1.0, n=1.0),
    ]
    for attempt in attempts:
        with pytest.raises(sd.ArgumentError) as caught:
            attempt()
        assert str(caught.value) == message


# Walks --------------------------------------------------------------------------------------------


def test_topological_order() -> None:
    node = sd.sin(x) * y + sd.sin(x)
    assert topological([node]) == [x, sd.sin(x), y, sd.sin(x) * y, node]
    assert topological([sd.sin(x), node])[:2] == [x, sd.sin(x)]
    assert topological([node], known=[sd.sin(x)]) == [sd.sin(x), y, sd.sin(x) * y, node]
    assert topological([]) == []


def test_use_counts() -> None:
    node = x * x + y
    order = topological([node])
    assert use_counts(order, [node, x]) == {x: 3, y: 1, x * x: 1, node: 1}
