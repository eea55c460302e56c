"""Loops in generated code for scalars: found in programs of any make, and the same to the bit."""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.codegen import numpy_source
from symdiff.codegen.loops import Loop
from symdiff.codegen.ordering import deepest_first
from symdiff.codegen.passes import Programs, laid_out, programs_of
from symdiff.codegen.program import Program, all_steps
from symdiff.codegen.repeats import stretches, table_of
from symdiff.codegen.rolling import rolled
from symdiff.node import Node

a, b, c, d = (sd.scalar(name) for name in "abcd")
AT = {"a": -0.3, "b": -0.45, "c": 1.1, "d": -0.2}


# Recurrences --------------------------------------------------------------------------------------


def ladder(n: int) -> Node:
    before, last = a, b
    for _ in range(n):
        before, last = last, sd.sin(last) * before + last
    return last


def logistic_map(n: int) -> Node:
    x = a
    for _ in range(n):
        x = b * x * (1 - x)
    return x


def newton(n: int) -> Node:
    x = c
    for _ in range(n):
        x = x - (x**2 - 2 - b) / (2 * x)
    return x


def runge_kutta(n: int) -> Node:
    """The oscillator of Van der Pol."""

    def slope(x: Node, y: Node) -> tuple[Node, Node]:
        return y, c * (1 - x**2) * y - x

    x, y, h = a, b, 0.01
    for _ in range(n):
        k1 = slope(x, y)
        k2 = slope(x + h / 2 * k1[0], y + h / 2 * k1[1])
        k3 = slope(x + h / 2 * k2[0], y + h / 2 * k2[1])
        k4 = slope(x + h * k3[0], y + h * k3[1])
        x, y = (
            z + h / 6 * (p + 2 * q + 2 * r + s)
            for z, p, q, r, s in zip((x, y), k1, k2, k3, k4, strict=True)
        )
    return x * y


def legendre(n: int) -> Node:
    """Three terms, with constants that depend on the step."""
    before, last = sd.constant(1.0), a
    for k in range(1, n):
        before, last = last, (2 * k + 1) / (k + 1) * a * last - k / (k + 1) * before
    return last


def two_stretches(n: int) -> Node:
    x = a
    for k in range(n):
        x = (sd.cos if k == n // 2 else sd.sin)(x) * b + x
    return x


def sum_of_states(n: int) -> Node:
    x, total = a, sd.constant(0.0)
    for _ in range(n):
        x = sd.sin(x) * c
        total = total + x**2
    return total


def horner(n: int) -> Node:
    numbers = random.Random(3)
    x = sd.constant(1.0)
    for _ in range(n):
        x = x * a + numbers.uniform(-1, 1)
    return x


def invariant(n: int) -> Node:
    x, w = a, sd.exp(b) * d
    for _ in range(n):
        x = sd.tanh(w * x + sd.sin(d))
    return x


def delayed(n: int) -> Node:
    xs = [a, b, c, a + b]
    for _ in range(n):
        xs.append(sd.sin(xs[-1]) + 0.1 * xs[-4])
    return xs[-1]


def choices(n: int) -> Node:
    x = c
    for _ in range(n):
        x = sd.where(x > b, 0.5 * x, x + sd.maximum(x, 0.1))
    return x


RECURRENCES = (
    *(ladder, logistic_map, newton, runge_kutta, legendre, two_stretches, sum_of_states),
    *(horner, invariant, delayed, choices),
)


# Harness ------------------------------------------------------------------------------------------


def program_of(outputs: Sequence[Node], simplified: bool = False) -> Program:
    """The program of expressions, as they stand or simplified."""
    inputs = sd.inputs(*outputs)
    return programs_of(outputs, inputs).plain if simplified else laid_out(outputs, outputs, inputs)


def loops_of(program: Program) -> list[Loop]:
    found = rolled(program)
    return [s for s in found.statements if isinstance(s, Loop)] if found else []


def share_in_loops(program: Program) -> float:
    """How much of the code is in loops."""
    steps = sum(not step.is_leaf for step in all_steps(program))
    return sum(len(loop.body) * loop.rounds for loop in loops_of(program)) / steps


def functions(program: Program, loops: bool) -> tuple[Callable[..., Any], Callable[..., Any], str]:
    """The functions of floats and of arrays, and the source."""
    names = [f"value{k}" for k, _ in enumerate(program.results)]
    programs = Programs(program, None, True, rolled(program) if loops else None)
    text = numpy_source.source(programs, "function", ["Compute."], names, 10_000).text
    namespace: dict[str, Any] = {}
    exec(compile(text, "<test>", "exec"), namespace)
    return namespace["function"], namespace["_function_of_arrays"], text


def bits(results: Any) -> list[bytes]:
    """Floats as their bits, NaN and the sign of zero included."""
    return [struct.pack("d", value) for value in np.atleast_1d(results).tolist()]


def assert_same_bits(program: Program) -> None:
    """Loops compute what straight-line code computes, with floats and with arrays."""
    arguments = [AT[v.attrs[0]] for v in program.variables]
    looped, straight = functions(program, True), functions(program, False)
    assert "    for " in looped[2]
    assert "    for " not in straight[2].partition("def _function_of_arrays")[2]
    for k in (0, 1):
        assert bits(looped[k](*arguments)) == bits(straight[k](*arguments))
    singles = [np.float32(value) for value in arguments]
    found, expected = looped[1](*singles), straight[1](*singles)
    assert all(type(value) is np.float32 for value in np.atleast_1d(found))
    assert bits(found) == bits(expected)


# What is found ------------------------------------------------------------------------------------


@pytest.mark.parametrize("recurrence", RECURRENCES, ids=lambda f: f.__name__)
@pytest.mark.parametrize("simplified", [False, True], ids=["raw", "simplified"])
def test_value_and_gradient_run_in_loops(
    recurrence: Callable[[int], Node], simplified: bool
) -> None:
    value = recurrence(30 if simplified else 80 if recurrence is runge_kutta else 100)
    inputs = sd.inputs(value)
    gradients = sd.grad(value, inputs) if simplified else sd.backprop(value, inputs).gradients
    program = program_of([value, *gradients], simplified)
    if not simplified:
        share = share_in_loops(program)
        assert share > 0.7
    if loops_of(program):
        assert_same_bits(program)


def test_ladder_is_two_loops_of_eight_steps() -> None:
    value = ladder(1000)
    program = program_of([value, *sd.backprop(value, [a, b]).gradients])
    assert [(len(loop.body), loop.rounds) for loop in loops_of(program)] == [(24, 124), (48, 123)]
    text = functions(program, True)[2]
    assert len(text) < 10_000
    assert text.count("for _ in range(124):") == 2
    assert text.count("in reversed(record1[1:]):") == 2


def test_constants_that_differ_become_a_table() -> None:
    program = program_of([horner(200)])
    (loop,) = loops_of(program)
    assert len(loop.constants) == loop.rounds
    assert len(loop.constants[0]) == 8
    assert_same_bits(program)


def test_signs_of_constants_may_differ() -> None:
    x = a
    for k in range(200):
        x = x * b + 0.5 if k % 3 else x * b - 0.0
    share = share_in_loops(program_of([x]))
    assert share > 0.9
    assert_same_bits(program_of([x]))


def test_every_state_can_be_a_result() -> None:
    states = [a]
    for _ in range(200):
        states.append(sd.sin(states[-1]) + b)
    program = program_of(states)
    share = share_in_loops(program)
    assert share > 0.9
    assert_same_bits(program)


def test_short_or_irregular_programs_have_no_loops() -> None:
    assert not loops_of(program_of([ladder(60)]))
    numbers, xs = random.Random(2), [a, b]
    for _ in range(300):
        function = numbers.choice([sd.sin, sd.cos, sd.tanh, sd.exp])
        x, y = numbers.choice(xs[-5:]), numbers.choice(xs[-5:])
        xs.append(function(x) * y if numbers.random() < 0.5 else function(x) - y)
    share = share_in_loops(program_of([xs[-1]]))
    assert share == 0


def test_exponents_are_not_tables() -> None:
    x = a
    for k in range(200):
        x = sd.sin(x) ** (2 + k % 2)
    program = program_of([x])
    assert not any(loop.constants for loop in loops_of(program))
    share = share_in_loops(program)
    assert share > 0.9
    assert_same_bits(program)


def test_random_recurrences_keep_their_bits() -> None:
    """Steps of a random make, with states of random age, backwards and forwards."""
    numbers = random.Random(5)
    for _ in range(12):
        states = [a, b, c, d]
        shape = [
            (numbers.randrange(3), numbers.randint(1, 4)) for _ in range(numbers.randint(2, 5))
        ]
        for k in range(90):
            x = states[-1]
            for kind, age in shape:
                y = states[-age]
                x = (sd.sin(x) + 0.1 * y, x * y * 0.3, sd.cos(x - y) * (1 + k % 2))[kind]
            states.append(x)
        inputs = sd.inputs(states[-1])
        results = [states[-1], *sd.backprop(states[-1], inputs).gradients]
        program = program_of(
            [results[k] for k in numbers.sample(range(len(results)), len(results))]
        )
        share = share_in_loops(program)
        assert share > 0.8
        assert_same_bits(program)


# The parts ----------------------------------------------------------------------------------------


def test_order_is_complete_and_arguments_come_first() -> None:
    value = sum_of_states(50)
    program = program_of([value, *sd.backprop(value, [a, c]).gradients])
    steps = [step for step in all_steps(program) if not step.is_leaf]
    order = deepest_first(steps, program.results)
    places = {step: place for place, step in enumerate(order)}
    assert len(places) == len(order)
    assert {*places} <= {*steps}
    assert all(r in places for r in program.results if not r.is_leaf)
    assert all(places[arg] < places[s] for s in order for arg in s.args if not arg.is_leaf)


def test_stretches_do_not_overlap() -> None:
    value = two_stretches(200)
    program = program_of([value, *sd.backprop(value, [a, b]).gradients])
    leaves = [step for step in all_steps(program) if step.is_leaf]
    steps = [step for step in all_steps(program) if not step.is_leaf]
    found = stretches(table_of(leaves, deepest_first(steps, program.results)))
    assert len(found) >= 4
    assert all(first.end <= second.start for first, second in pairwise(found))


def test_loops_compute_what_a_plain_loop_computes() -> None:
    f = sd.compile([ladder(500), *sd.grad(ladder(500), [a, b])], inputs=[a, b])
    assert "reversed(record1" in f.source

    def plain(before: float, last: float) -> tuple[float, float, float]:
        tape = []
        for _ in range(500):
            tape.append((before, last))
            before, last = last, math.sin(last) * before + last
        by_last, by_before = 1.0, 0.0
        for before, x in reversed(tape):
            by_last, by_before = (
                by_before + by_last * (math.cos(x) * before + 1),
                by_last * math.sin(x),
            )
        return last, by_before, by_last

    np.testing.assert_allclose(f(-0.5, -0.4), plain(-0.5, -0.4), rtol=1e-12)


def test_loops_are_a_pass_that_can_be_left_out() -> None:
    value = logistic_map(200)
    with_loops, without = sd.compile(value), sd.compile(value, without=["loops"])
    assert "for _ in range" in with_loops.source
    assert "for _ in range" not in without.source
    assert with_loops(0.3, 3.7) == without(0.3, 3.7)


def test_infinities_and_nan_are_those_of_numpy() -> None:
    x = a
    for _ in range(200):
        x = x * x + sd.log(x)
    f = sd.compile(x)
    with np.errstate(all="ignore"):
        assert f(2.0) == math.inf
        assert math.isnan(f(-1.0))
        assert math.isnan(f(0.0))


def test_steps_know_no_loop_that_comes_after() -> None:
    """A value of one round that later rounds all read is taken after the loop that made it."""
    states = [a]
    for _ in range(100):
        states.append(sd.sin(states[-1]))
    first, x = states[40], b
    for _ in range(100):
        x = sd.cos(x * first)
    program = program_of([x, states[-1]])
    share = share_in_loops(program)
    assert share > 0.6
    assert_same_bits(program)


def test_values_of_old_rounds_are_taken_from_records() -> None:
    """Rounds that all read one early value of their own chain begin after it."""
    states = [a, b]
    for k in range(150):
        states.append(sd.sin(states[-1]) * (states[20] if k > 30 else states[0]) + states[-2])
    program = program_of([states[-1], states[70], states[3]])
    share = share_in_loops(program)
    assert share > 0.5
    assert_same_bits(program)


def test_long_code_without_repetition_stays_straight_and_works() -> None:
    numbers, xs = random.Random(7), [a, b]
    for _ in range(3000):
        function = numbers.choice([sd.sin, sd.cos, sd.tanh])
        xs.append(function(numbers.choice(xs[-9:])) + numbers.choice(xs[-9:]) * numbers.random())
    program = program_of([xs[-1]])
    looped, straight = functions(program, True), functions(program, False)
    assert looped[2] == straight[2]
    np.testing.assert_allclose(looped[0](0.1, 0.2), looped[1](0.1, 0.2), rtol=1e-9)


def test_wide_arrays_of_results_are_no_trouble() -> None:
    states = [a]
    for _ in range(400):
        states.append(sd.sin(states[-1]) * b)
    f = sd.compile(sd.stack(states))
    assert "for _ in range" in f.source
    expected = [0.5]
    for _ in range(400):
        expected.append(math.sin(expected[-1]) * 0.9)
    np.testing.assert_allclose(f(0.5, 0.9), expected, rtol=1e-13)
