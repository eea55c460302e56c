"""Steps of the pass against numbers: right rules pass, rules broken on purpose do not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from broken_rules import broken
from sample_passes import passes
from samples import each_op

import symdiff as sd
from symdiff.derive.backprop import GradientTable
from symdiff.differences import Point
from symdiff.explain.verdict import StepCheck
from symdiff.explain.verify import Verifier
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


@each_op
def test_all_rules_and_sums_hold_edge_by_edge_and_node_by_node(name: str) -> None:
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
        for node in table.cotangents:
            summed = verifier.node(node)
            assert summed.ok, (formula, str(node), summed)


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


# Points at which numbers say little

AWKWARD: dict[str, tuple[Callable[[], sd.Node], list[float], str]] = {
    "nearer to a kink than steps are long": (
        lambda: sd.sum(sd.abs(x) ** 1.5), [1e-150, -1e-150, 1e-9], "complex step differences",
    ),
    "beside a kink that is not at 0": (
        lambda: sd.sum(sd.maximum(x, 1)), [1 + 1e-6, 1 - 1e-7], "complex step differences",
    ),
    "outside the domain, where a formula for the derivative has a value": (
        lambda: sd.sum(sd.log(x)), [-1.0, 2.0], "not finite here",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", AWKWARD)
def test_a_right_step_at_an_awkward_point(name: str) -> None:
    target, at, hows = AWKWARD[name]
    found = checks(target(), x, x=np.array(at))
    assert all(check.ok for check in found)
    assert {check.how for check in found} <= {"complex step", "differences", hows}
    assert all(check.error < 1e-6 for check in found if check.compared)


ILL: dict[str, tuple[Callable[[], sd.Node], list[float], str]] = {
    "numbers cancel": (lambda: sd.sum((1 - sd.cos(x)) / x**2), [1e-8, 1e-3], "rounding hides it"),
    "a large number": (lambda: sd.sum(sd.abs(1e16 + x) - 1e16), [1.0], "rounding hides it"),
    "all entries tie": (lambda: sd.max(x) + sd.min(x), [1.0, 1.0, 1.0], "on an edge"),
    "a jump": (lambda: sd.sum(sd.mod(x, 0.5)), [1.0, 0.7], "on an edge"),
    "a condition about to change": (
        lambda: sd.sum(sd.where(x > 0, sd.sqrt(x), 0)), [0.0, 1.0], "on an edge",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ILL)
def test_a_right_gradient_of_which_differences_say_nothing(name: str) -> None:
    target, at, how = ILL[name]
    with sd.conventions(at_kinks="right"):
        table = sd.backprop(target(), x)
        found = drawn(table, x=np.array(at)).node(x)
    assert (found.ok, found.how) == (True, how)


def test_a_broken_rule_is_caught_at_awkward_points_too() -> None:
    at = np.array([1e-9, -1e-7, 0.5])
    with broken(OPS["abs"], Partials((lambda value, at: 1.01 * sd.sign(at),))):
        assert not checks(sd.sum(sd.abs(x) ** 1.5), x, x=at)[-1].ok
        table = sd.backprop(sd.sum(sd.abs(x) ** 1.5), x)
        assert not drawn(table, x=at).node(x).ok
    with broken(OPS["maximum"], Partials((lambda m, a, b: 1.01 * sd.heaviside(a - b, 0.5),) * 2)):
        assert not checks(sd.sum(sd.maximum(x, 1)), x, x=np.array([1 + 1e-7]))[-1].ok
