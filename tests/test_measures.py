"""Measures of programs: small ones by hand, peaks against what NumPy allocates."""

import tracemalloc

import numpy as np
import pytest
from deep_formulas import FAMILIES, values
from graphs import expressions
from hypothesis import given, settings

import symdiff as sd
from symdiff.codegen.budget import FAST, Budget
from symdiff.codegen.freeing import freed
from symdiff.codegen.measures import measure
from symdiff.codegen.passes import laid_out, programs_of
from symdiff.codegen.program import Blocks, gives, reads
from symdiff.codegen.timeline import BYTES, Timeline, costs_nothing
from symdiff.dims import size_value


def as_written(*outputs):
    """The program of expressions as they stand."""
    return laid_out(outputs, outputs, sd.inputs(*outputs))


@pytest.mark.parametrize(
    ("formula", "shapes", "statements", "operations", "moved", "peak"),
    [
        ("X @ w", {"X": "n d", "w": "d"}, 1, "2 n d", "8 n d + 8 n + 8 d", "8 n"),
        ("exp(x) + 1", {"x": "n"}, 2, "2 n", "32 n", "16 n"),
        ("sum(exp(x))", {"x": "n"}, 2, "2 n", "24 n + 8", "8 n + 8"),
        ("x.T", {"x": "n d"}, 0, "0", "0", "0"),
        ("x.T * 2", {"x": "n d"}, 1, "n d", "16 n d", "8 n d"),
        ("X * broadcast_to(s, (n, m))", {"X": "n m", "s": "m"}, 1, "n m", "16 n m + 8 m", "8 n m"),
        ("outer(x, y) @ z", {"x": "n", "y": "m", "z": "m"}, 2, "3 n m",
         "16 n m + 16 n + 16 m", "8 n m + 8 n"),
        ("where(x > 0, x, y)", {"x": "n", "y": "n"}, 2, "2 n", "34 n", "9 n"),
        ("exp(x) * exp(y) + exp(z)", {"x": "n", "y": "n", "z": "n"}, 5, "5 n", "96 n", "24 n"),
        ("exp(A) + eye(3)", {"A": "3 3"}, 2, "18", "360", "216"),
    ],
)  # fmt: skip
def test_by_hand(formula, shapes, statements, operations, moved, peak):
    found = measure(as_written(sd.parse(formula, **shapes)))
    assert found.statements == statements
    assert [str(each) for each in (found.operations, found.moved, found.peak)] == [
        operations,
        moved,
        peak,
    ]


def test_complex_numbers_take_two_floats():
    z = sd.tensor("z", "n", dtype="complex")
    assert str(measure(as_written(sd.exp(z))).moved) == "32 n"


def test_what_has_a_name_is_alive_to_the_end_unless_freed():
    x = sd.vector("x", "n")
    a = sd.exp(x)
    b = sd.sin(a) * a  # `a` is used twice, and has a name
    c = sd.cos(b) * b
    program = as_written(sd.sin(c) * c)
    assert str(measure(program).peak) == "40 n"  # a, b, c, sin(c), and the result
    assert str(measure(freed(program)).peak) == "24 n"


def test_blocks_move_what_enters_and_leaves():
    e = sd.parse("sum(exp(-x**2)*y)", x="n", y="n")
    outputs = [e, sd.grad(e, sd.inputs(e)[0])]
    large = programs_of(outputs, sd.inputs(*outputs)).large
    assert any(isinstance(statement, Blocks) for statement in large.statements)
    assert str(measure(large).moved) == "24 n + 8"  # x and y, the gradient, and the sum
    assert str(measure(large).peak) == "8 n + 8"


def counted(program, sizes):
    """The peak in bytes by following every array: a slower way to find the same."""
    alive, peak = {}, 0
    timeline = Timeline(program)
    statements = timeline.units
    for place, statement in enumerate(statements):
        later = {arg for each in statements[place:] for arg in _owners(each)}
        later |= {_owner(step) for step in program.results}
        for step in gives(statement):
            alive[step] = BYTES[step.node.dtype] * np.prod(
                [size_value(size, sizes) for size in step.shape]
            )
        inside = sum(
            BYTES[arg.node.dtype] * np.prod([size_value(size, sizes) for size in arg.shape])
            for arg in timeline.inside[place]
        )
        kept = {step for step in alive if step in later or step in gives(statement)}
        kept |= {v for k, v in enumerate(timeline.values) if k in timeline.named and v in alive
                 and v not in program.freed}  # fmt: skip
        peak = max(peak, inside + sum(alive[step] for step in kept))
    return peak


def _owners(statement):
    """The arrays that a statement reads, through views and their indices."""
    found, stack = set(), list(reads(statement))
    while stack:
        step = stack.pop()
        if costs_nothing(step):
            stack += step.args
        else:
            found.add(step)
    return found


def _owner(step):
    while costs_nothing(step) and step.args:
        step = step.args[0]
    return step


@settings(max_examples=60)
@given(expressions())
def test_peak_by_following_every_array(e):
    sizes = {"n": 5, "m": 3}
    for program in (as_written(e), freed(as_written(e), sparing=True)):
        assert measure(program).peak.value(sizes) == counted(program, sizes)


@pytest.mark.parametrize("memory", ["fast", "min"])
@pytest.mark.parametrize("family", ["chain", "shifted", "ladder", "residual", "perceptron"])
def test_peak_is_what_numpy_allocates(family, memory):
    """Up to the buffers of blocks, and what NumPy needs within one function."""
    outputs = FAMILIES[family](4)
    sizes = {
        "n": {"chain": 1200, "shifted": 500_000, "ladder": 500_000}.get(family, 6000),
        "d": 100,
    }
    given = values(outputs, sizes)
    f = sd.compile(outputs, threads=1, memory=memory, without=["keep"])
    f(**given)
    tracemalloc.start()
    f(**given)
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    program = programs_of(outputs, sd.inputs(*outputs), (), FAST if memory == "fast" else Budget(0))
    expected = measure(program.large or program.plain).peak.value(sizes)
    assert abs(found - expected) < 0.15 * expected + 2e6
