"""Pickles of compiled functions: the same function elsewhere, with all that it can do."""

from __future__ import annotations

import copy
import inspect
import multiprocessing
import pickle
from typing import Any

import numpy as np
import pytest

import symdiff as sd

X, w, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
LOSS = sd.mean((X @ w - y) ** 2)
a, b = sd.scalar("a"), sd.scalar("b")
DATA = (np.arange(6.0).reshape(3, 2), np.array([1.0, -1.0]), np.array([0.5, 1.5, 2.5]))


def again(function: Any) -> Any:
    """The function that comes out of its pickle."""
    return pickle.loads(pickle.dumps(function))


@pytest.mark.parametrize(
    ("outputs", "options", "arguments"),
    [
        ([LOSS, sd.grad(LOSS, w)], {}, DATA),
        (LOSS, {"name": "energy", "threads": 1, "without": ["keep"]}, DATA),
        ([LOSS], {"inputs": [y, w, X, a]}, (*DATA[::-1], 0.0)),
        (sd.sin(a) * b, {}, (0.3, 0.7)),
        ([sd.sin(a) * b, a], {"memory": "min"}, (0.3, 0.7)),
        (X @ (X.T @ y), {}, (DATA[0], DATA[2])),
        (X @ X.T @ X, {"memory": 10**6, "sizes": {"n": 3, "d": 2}}, DATA[:1]),
        (sd.constant(2.0), {}, ()),
    ],
)
def test_a_pickle_is_the_same_function(outputs: Any, options: Any, arguments: Any) -> None:
    f = sd.compile(outputs, **options)
    g = again(f)
    assert isinstance(g, sd.Compiled) and g is not f
    assert (g.source, g.inputs, repr(g), g.__doc__) == (f.source, f.inputs, repr(f), f.__doc__)
    assert inspect.signature(g) == inspect.signature(f)
    assert str(g.report()) == str(f.report())
    results, others = f(*arguments), g(*arguments)
    several = isinstance(results, tuple)
    assert several == isinstance(others, tuple)
    pairs = zip(results, others, strict=True) if several else [(results, others)]
    assert all(np.array_equal(one, other) for one, other in pairs)


def test_what_a_function_can_do_it_can_do_afterwards() -> None:
    g = again(sd.compile([LOSS, sd.grad(LOSS, w)]))
    value, gradient = g.stream(X=DATA[0], w=DATA[1], y=DATA[2], rows=2)
    assert np.isclose(value, g(*DATA)[0]) and np.allclose(gradient, g(*DATA)[1])
    assert g.recipe.outputs == (LOSS, sd.grad(LOSS, w))
    with pytest.raises(sd.InputError, match="X must have shape"):
        g(1.0, DATA[1], DATA[2])
    with pytest.raises(sd.InputError, match="the inputs are: X, w, y"):
        g()


def test_shared_parts_are_pickled_once() -> None:
    node = a
    for _ in range(100):
        node = sd.sin(node) * b
    one, many = (len(pickle.dumps(sd.compile(outputs))) for outputs in (node, [node] * 50))
    assert many < 1.2 * one


def test_a_function_is_its_own_copy() -> None:
    f = sd.compile(sd.sin(a))
    assert copy.copy(f) is f and copy.deepcopy([f])[0] is f
    assert repr(f) == "<compiled function(a)>" and f.__name__ == "function"


def test_another_process_calls_it() -> None:
    """A pickle from here is read by processes that inherit nothing."""
    f = sd.compile([sd.sin(a) * b, sd.grad(sd.sin(a) * b, a)])
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        results = pool.starmap(f, [(0.1, 0.2), (0.3, 0.4)])
    assert results == [f(0.1, 0.2), f(0.3, 0.4)]
