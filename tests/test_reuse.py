"""Blocks that write over arrays of no more use: the same values, in less memory."""

import re

import numpy as np
import pytest
from deep_formulas import FAMILIES, perceptron, values
from graphs import expressions, point
from hypothesis import given, settings

import symdiff as sd
from symdiff.codegen import body, freeing
from symdiff.codegen.passes import programs_of


def all_equal(left, right):
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(left, right, strict=True))


@pytest.mark.parametrize("memory", ["fast", "min"])
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("family", FAMILIES)
def test_same_bits(family, threads, memory, monkeypatch):
    monkeypatch.setattr(body, "LARGE", 1)
    outputs = FAMILIES[family](4)
    given = values(outputs, {"n": 300, "d": 70})
    options = {"threads": threads, "memory": memory}
    over = sd.compile(outputs, **options)
    new = sd.compile(outputs, without=["reuse"], **options)
    assert all_equal(over(**given), new(**given))


@settings(max_examples=30)
@given(expressions())
def test_random_graphs(e):
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(body, "LARGE", 1)
        monkeypatch.setattr(freeing, "WORTH_FREEING", 1)
        loss = sd.sum(sd.sin(e))
        outputs = [e, loss, *sd.grad(loss, sd.inputs(loss))]
        over, new = (sd.compile(outputs, without=without) for without in ([], ["reuse"]))
        sizes = {"n": 4, "m": 3}
        known = {**point(sizes, 1), **sizes}
        given = {name: known[name] for name in over.inputs}
        before = {name: np.copy(value) for name, value in given.items()}
        assert all_equal(over(**given), new(**given))
        assert all(np.array_equal(given[name], before[name]) for name in given)


def test_text():
    source = sd.compile(perceptron(2), without=["keep"]).source
    assert re.search(r"    t1 = X @ W0  # \(n, d\)\n    t2 = t1\n", source)


def test_what_is_read_later_is_not_written_over():
    """The product is an output as well, and the block reads it again after it stores."""
    X, W = sd.matrix("X", "n", "d"), sd.matrix("W", "d", "d")
    a = X @ W
    for outputs in ([a, sd.sin(sd.exp(a))], [sd.sin(sd.exp(a)), sd.sum(sd.cos(a) + sd.exp(a))]):
        programs = programs_of(outputs, sd.inputs(*outputs))
        given = values(outputs, {"n": 4000, "d": 150})
        assert programs.large is not None
        over, new = (sd.compile(outputs, without=without) for without in ([], ["reuse"]))
        assert all_equal(over(**given), new(**given))
