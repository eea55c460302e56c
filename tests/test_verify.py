"""Steps of the pass against numbers: right rules pass, rules broken on purpose do not."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import numpy as np
import pytest
from broken_rules import broken
from sample_passes import passes
from samples import SAMPLES

import symdiff as sd
from symdiff.derive.backprop import GradientTable
from symdiff.differences import Point
from symdiff.explain.verify import StepCheck, Verifier
from symdiff.registry import OPS, Op, Partials, Pullback

x, y, b = sd.vector("x", "n"), sd.vector("y", "n"), sd.scalar("b")
A, C = sd.matrix("A", "n", "n"), sd.matrix("C", "n", "n")


def drawn(table: GradientTable, **values: object) -> Verifier:
    """A verifier at a random point, with other values for some variables."""
    at = {v: values[v.attrs[0]] for v in sd.inputs(table.target) if v.attrs[0] in values}
    return Verifier(table, Point.draw(table.target, at, {}, np.random.default_rng(1)))


def checks(target: sd.Node, wrt: object, **values: object) -> list[StepCheck]:
    """The checks of all edges."""
    table = sd.backprop(target, wrt)  # type: ignore[arg-type]
    verifier = drawn(table, **values)
    return [verifier.edge(step) for step in table.steps]


@pytest.mark.parametrize("name", SAMPLES)
def test_all_rules_hold_edge_by_edge(name: str) -> None:
    for formula, table, point in passes(name):
        verifier = Verifier(table, point)
        for step in table.steps:
            found = verifier.edge(step)
            assert found.ok, (formula, step.rule, step.place, found)
            assert found.how in (*("complex step", "differences", "held", "does not vary"),), (
                formula,
                step.rule,
                found,
            )
            assert not found.compared or found.error < 1e-6


@pytest.mark.parametrize("name", [name for name in SAMPLES if name in OPS])
def test_all_sums_hold_node_by_node(name: str) -> None:
    for formula, table, point in islice(passes(name), 2):
        verifier = Verifier(table, point)
        for node in table.cotangents:
            found = verifier.node(node)
            assert found.ok, (formula, str(node), found)


def test_a_step_says_how_it_was_measured() -> None:
    found = checks(sd.sum(sd.abs(sd.tanh(x)) * sd.floor(sd.stop_gradient(x))), x)
    hows = [check.how for check in found]
    assert hows == ["complex step", "complex step", "held", "differences", "complex step"]


def test_a_whole_number_does_not_vary() -> None:
    found = checks(sd.sum(sd.where(x > 0, x, 2 * x)), x)
    assert [check.how for check in found].count("does not vary") == 1


def test_each_place_moves_alone() -> None:
    for target in (b * b, x @ x, sd.sum(A @ A)):
        found = checks(target, sd.inputs(target))
        assert all(check.ok and check.compared for check in found)


_RIGHT_PRODUCT = OPS["contract"].derivative

WRONG: dict[str, tuple[Callable[[], sd.Node], Op, object]] = {
    "a wrong sign": (
        lambda: sd.sum(sd.tanh(x) * y),
        OPS["tanh"],
        Partials((lambda value, at: 1 + value * value,)),
    ),
    "no transpose, of a square matrix": (
        lambda: sd.sum((A @ C) ** 2),
        OPS["contract"],
        Pullback(
            lambda node, k, g: (
                g @ node.args[1]
                if len(node.args) == 2 and not k
                else _RIGHT_PRODUCT.cotangent(node, k, g)
            )
        ),
    ),
    "a factor forgotten": (
        lambda: sd.sum(x**3 * y),
        OPS["power"],
        Partials((lambda value, at, n: at ** (n - 1), lambda value, at, n: 0.0)),
    ),
    "a zero that is none": (
        lambda: sd.sum(sd.sin(x)),
        OPS["sin"],
        Pullback(lambda node, k, g: None),
    ),
    "a flow where there is none": (
        lambda: sd.sum(sd.sign(x) * y),
        OPS["sign"],
        Partials((lambda value, at: value,)),
    ),
    "one entry of a Jacobian": (
        lambda: sd.sum(sd.softmax(x) * y),
        OPS["softmax"],
        Pullback(lambda node, k, g: g * node),
    ),
    "of complex numbers": (
        lambda: sd.sum(sd.real(sd.exp(sd.vector("z", "n", dtype="complex")))),
        OPS["exp"],
        Partials((lambda value, at: sd.conj(value),)),
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_broken_rule_is_caught(mistake: str) -> None:
    target, op, derivative = WRONG[mistake]
    formula = target()
    wrt = [v for v in sd.inputs(formula) if v.attrs[0] != "y"]
    assert all(check.ok for check in checks(formula, wrt))
    with broken(op, derivative):
        found = checks(formula, wrt)
    wrong = [check for check in found if not check.ok]
    assert len(wrong) == 1
    assert wrong[0].error > 0.01


def test_a_sum_of_paths_that_is_wrong_is_caught_at_the_node() -> None:
    target = sd.sum(sd.sin(x) + x * y)
    table = sd.backprop(target, x)
    assert drawn(table).node(x).ok
    first = next(step.sent for step in table.steps if step.receiver is x)
    assert first is not None
    table.cotangents[x] = first
    found = drawn(table).node(x)
    assert not found.ok
    assert found.error > 0.1


def test_a_point_at_a_kink() -> None:
    at = np.array([0.0, 0.5, -0.5])
    with sd.conventions(at_kinks="right"):
        found = checks(sd.sum(sd.relu(x)), x, x=at)
    assert [check.ok for check in found] == [True, True]
    assert found[1].how == "differences"  # of the entries that are not at the kink
    with broken(OPS["relu"], Partials((lambda value, at: 1.0,))):
        assert not checks(sd.sum(sd.relu(x)), x, x=at)[1].ok


def test_a_point_at_a_tie() -> None:
    with sd.conventions(at_kinks="right"):
        found = checks(sd.max(x), x, x=np.ones(3))
    assert (found[0].ok, found[0].how) == (True, "on an edge")


def test_what_is_not_finite_is_said() -> None:
    found = checks(sd.sum(sd.log(x)), x, x=np.array([0.0, 1.0]))
    assert [check.how for check in found] == ["not finite here"] * 2
    assert drawn(sd.backprop(sd.sum(sd.log(x)), x), x=np.zeros(2)).node(x).how == "not finite here"


def test_what_a_mask_keeps_away_does_not_matter() -> None:
    found = checks(sd.sum(sd.where(x > 0, x * sd.log(x), 0)), x, x=np.array([0.0, 1.5]))
    assert all(check.ok for check in found)
    assert [check.how for check in found].count("complex step") == len(found) - 1


def test_empty_arrays() -> None:
    found = checks(sd.sum(sd.sin(x) * 2), x, x=np.zeros(0))
    assert all(check.ok and check.error == 0 for check in found)


def test_nodes_without_a_path() -> None:
    table = sd.backprop(sd.sum(x), [x, b])
    assert drawn(table).node(x).how == "complex step"
    point = Point({x: np.ones(2), b: np.ones(())}, {"n": 2})
    assert Verifier(table, point).node(b).how == "no path"
