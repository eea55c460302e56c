"""Orders with a low peak, and arrays given back: known optima, the same values, legible lines."""

import random
import re
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from deep_formulas import FAMILIES, values
from graphs import expressions
from hypothesis import given, settings
from hypothesis import strategies as st

import symdiff as sd
from symdiff.codegen.freeing import freed
from symdiff.codegen.measures import measure
from symdiff.codegen.passes import laid_out
from symdiff.codegen.program import reads
from symdiff.codegen.schedule import scheduled
from symdiff.codegen.timeline import Timeline, in_order, nominal_bytes, planned


def program_of(*outputs):
    """Expressions as they stand, whose arrays are given back."""
    return freed(laid_out(outputs, outputs, sd.inputs(*outputs)))


def nominal_peak(program):
    timeline = Timeline(program)
    return planned(timeline, range(len(timeline.units)), timeline.sizes(nominal_bytes)).peak


def shuffled(program, seed):
    """The same statements in another order, in which arguments still come first."""
    rng = random.Random(seed)
    waiting, done, order = list(program.statements), set(), []
    while waiting:
        ready = [each for each in waiting if all(arg in done for arg in reads(each))]
        chosen = rng.choice(ready)
        waiting.remove(chosen)
        done.add(chosen)
        order.append(chosen)
    return replace(program, statements=order, placed=frozenset(program.statements))


def tree(depth):
    """A complete binary tree of sums of shifted vectors."""
    x = sd.vector("x", "n")
    level = [sd.roll(x, k + 1) for k in range(2**depth)]
    while len(level) > 1:
        level = [sd.maximum(a, b) for a, b in zip(level[::2], level[1::2], strict=True)]
    return level[0]


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_trees_need_one_array_for_each_level(depth, seed):
    """The optimum of Sethi and Ullman, where a result needs memory beside its two arguments."""
    program = shuffled(program_of(tree(depth)), seed)
    assert str(measure(scheduled(program)).peak) == f"{8 * (depth + 2)} n"


def test_small_arrays_first_leave_room():
    """`X W` is made before `Y`, which is large, is."""
    X, W = sd.matrix("X", 100, 10), sd.matrix("W", 10, 10)
    large = sd.exp(sd.outer(sd.vector("u", 500), sd.vector("v", 500)))
    program = program_of(sd.sum(large) * X, sd.sum(X @ W, 0))
    for seed in range(5):
        assert nominal_peak(scheduled(shuffled(program, seed))) == nominal_peak(scheduled(program))


@settings(max_examples=60)
@given(expressions(), st.integers(0, 100))
def test_never_worse(e, seed):
    loss = sd.sum(sd.sin(e))
    program = shuffled(program_of(e, *sd.grad(loss, sd.inputs(loss))), seed)
    assert nominal_peak(scheduled(program)) <= nominal_peak(program)


@settings(max_examples=40)
@given(expressions(), st.integers(0, 100))
def test_the_order_of_statements_is_the_order_of_execution(e, seed):
    """What the printer writes inside other statements runs where the schedule has it."""
    program = shuffled(program_of(e), seed)
    timeline = Timeline(program)
    units = range(len(timeline.units))
    plan = planned(timeline, units, timeline.sizes(nominal_bytes))
    found = Timeline(in_order(timeline, plan.runs))
    assert found.units == [timeline.units[run.unit] for run in plan.runs]


@pytest.mark.parametrize("family", FAMILIES)
def test_same_values(family):
    outputs = FAMILIES[family](5)
    given = values(outputs, {"n": 150, "d": 80})
    without = ["fuse", "free", "schedule"]
    left = sd.compile(outputs, threads=1, without=["fuse"])(**given)
    right = sd.compile(outputs, threads=1, without=without)(**given)
    assert all(map(np.array_equal, left, right))


def test_scalars_are_left_in_their_order():
    program = program_of(sd.parse("sin(x)*y + cos(x)/y", x="", y=""))
    assert scheduled(program) is program


# Giving back --------------------------------------------------------------------------------------


def lines_of(f):
    """The statements of a compiled function, without checks and comments."""
    lines = [line.partition("  #")[0].strip() for line in f.source.splitlines()]
    start = max(k for k, line in enumerate(lines) if line.startswith("_check_shape"))
    return [line for line in lines[start + 1 :] if line]


def deep(x, A):
    a = A @ x
    b = A @ (a * sd.sin(a))
    c = A @ (b * sd.sin(b))
    return sd.sum(c * sd.sin(c))


def test_arrays_are_deleted_after_their_last_use():
    x, A = sd.vector("x", "n"), sd.matrix("A", "n", "n")
    f = sd.compile(deep(x, A), without=["fuse"])
    assert lines_of(f) == [
        "t1 = A @ x",
        "t2 = A @ (t1 * np.sin(t1))",
        "del t1",
        "t3 = A @ (t2 * np.sin(t2))",
        "return t3 @ np.sin(t3)",
    ]


def test_readable_source_deletes_nothing():
    x, A = sd.vector("x", "n"), sd.matrix("A", "n", "n")
    source = sd.emit(deep(x, A), x)
    assert "del " not in source and " = None" not in source
    assert re.search(r"\n    del t\d", sd.emit(deep(x, A), x, style="fast"))


def test_small_arrays_are_not_deleted():
    x, A = sd.vector("x", 30), sd.matrix("A", 30, 30)
    assert "del " not in sd.compile(deep(x, A)).source
    x, A = sd.vector("x", 2**14), sd.matrix("A", 2**14, 2**14)
    assert "del " in sd.compile(deep(x, A), without=["fuse"]).source


def test_results_and_inputs_are_never_deleted():
    for family, make in FAMILIES.items():
        outputs = make(4)
        f = sd.compile(outputs)
        names = {*f.inputs, *(f"value{k}" for k in range(1, len(outputs) + 1))}
        given_back = re.findall(r"^    (?:del (.*)|((?:\w+ = )+)None)$", f.source, re.MULTILINE)
        found = {name for each in given_back for name in re.findall(r"\w+", " ".join(each))}
        assert found and not found & names, family


@pytest.mark.parametrize("family", ["chain", "shifted", "ladder", "residual"])
def test_giving_back_saves_memory(family):
    outputs = FAMILIES[family](8)
    given = values(outputs, {"n": 5000 if family == "residual" else 1000, "d": 60})

    def peak(**options):
        f = sd.compile(outputs, threads=1, **options)
        f(**given)
        tracemalloc.start()
        f(**given)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(without=["fuse"]) < peak(without=["fuse", "free"])
