"""Plans of evaluations: made once, and kept without keeping the graph."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Sequence

import numpy as np
import pytest

import symdiff as sd
from symdiff import plan
from symdiff.node import Node
from symdiff.recent import Recent


@pytest.fixture
def rewritten(monkeypatch: pytest.MonkeyPatch) -> list[list[Node]]:
    """What has been rewritten for computing, in order, from a table of plans that is empty."""
    seen: list[list[Node]] = []
    original = plan.computed

    def computed(outputs: Sequence[Node]) -> list[Node]:
        seen.append(list(outputs))
        return original(outputs)

    monkeypatch.setattr(plan, "computed", computed)
    monkeypatch.setattr(plan, "_plans", Recent[plan.Plan](2))
    return seen


def test_a_graph_is_rewritten_once_for_all_its_evaluations(rewritten: list[list[Node]]) -> None:
    x = sd.vector("x", "n")
    e = 1 - sd.sigmoid(x)
    for size in (1, 2, 3):
        point = np.linspace(-1, 1, size)
        np.testing.assert_allclose(sd.evaluate(e, x=point), 1 / (1 + np.exp(point)))
        np.testing.assert_allclose(sd.evaluate(e, {x: point}), 1 / (1 + np.exp(point)))
    assert rewritten == [[e]]


def test_outputs_and_given_nodes_tell_plans_apart(rewritten: list[list[Node]]) -> None:
    x = sd.scalar("x")
    inner = sd.exp(x)
    e = inner * 2
    for _ in range(2):
        assert sd.evaluate(e, x=0.0) == 2
        assert sd.evaluate([e, inner], x=0.0) == [2, 1]
        assert sd.evaluate(e, {inner: 5.0}) == 10
        assert sd.evaluate([e, inner], {inner: 5.0}) == [10, 5]


def test_a_plan_that_was_not_used_for_long_makes_room(rewritten: list[list[Node]]) -> None:
    x = sd.scalar("x")
    first, second, third = (sd.exp(x) + k for k in (1, 2, 3))
    for e in (first, second, first, third, first, second):
        sd.evaluate(e, x=0.0)
    assert rewritten == [[first], [second], [third], [second]]


def test_a_plan_does_not_keep_its_graph() -> None:
    x = sd.scalar("x")
    e = sd.log(sd.exp(x) + 17.125)
    sd.evaluate([e, sd.exp(e)], x=1.0)
    sd.evaluate(e, {x: 1.0})
    held = weakref.ref(e)
    del e
    gc.collect()
    assert held() is None


def test_results_belong_to_the_caller() -> None:
    x = sd.vector("x", "n")
    e = sd.exp(x)
    for wanted in (e, x, sd.constant([1.0, 2.0]), sd.tensor("A", "n", "m").T):
        point = {v.attrs[0]: np.ones((2,) * v.ndim) for v in sd.inputs(wanted)}
        first = sd.evaluate(wanted, **point)
        expected = first.copy()
        first += 1
        np.testing.assert_array_equal(sd.evaluate(wanted, **point), expected)


def test_what_numpy_refuses_is_named_each_time() -> None:
    x, i = sd.vector("x", "n"), sd.scalar("i", dtype="int")
    e = sd.exp(x)[i]
    for _ in range(2):
        with pytest.raises(sd.InputError, match=r"out of bounds.*exp\(x\)\[i\]"):
            sd.evaluate(e, x=np.ones(2), i=5)
        assert sd.evaluate(e, x=np.zeros(2), i=1) == 1
