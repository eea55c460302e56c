"""Store or recompute: the same values to the last bit, in less memory, for some more operations."""

import tracemalloc

import numpy as np
import pytest
from deep_formulas import FAMILIES, chain, residual, shifted, values
from graphs import expressions, point
from hypothesis import given, settings

import symdiff as sd
from symdiff.codegen import body, freeing
from symdiff.codegen.budget import FAST, Budget, budget_of
from symdiff.codegen.passes import programs_of
from symdiff.codegen.program import all_steps
from symdiff.codegen.recompute import recomputed
from symdiff.codegen.timeline import Timeline, nominal_bytes, planned


def results(outputs, given, **options):
    """What the compiled function returns."""
    return sd.compile(outputs, threads=1, **options)(**given)


def peak_of(outputs, given, **options):
    """The most bytes that a call allocates at once."""
    options.setdefault("without", ["keep"])
    f = sd.compile(outputs, threads=1, **options)
    f(**given)
    tracemalloc.start()
    f(**given)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def all_equal(left, right):
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(left, right, strict=True))


# The same values ----------------------------------------------------------------------------------


@pytest.mark.parametrize("large", [1, 10**9])
@pytest.mark.parametrize("family", FAMILIES)
def test_same_bits(family, large, monkeypatch):
    monkeypatch.setattr(body, "LARGE", large)
    outputs = FAMILIES[family](7)
    fast, least = (sd.compile(outputs, threads=1, memory=memory) for memory in ("fast", "min"))
    for dtype in ("float64", "float32"):
        given = values(outputs, {"n": 130, "d": 70}, dtype)
        stored = fast(**given)
        assert all(result.dtype == dtype for result in stored)
        assert all_equal(least(**given), stored)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("fused", [True, False])
def test_something_is_computed_again(family, fused):
    outputs = FAMILIES[family](9)
    without = () if fused else ("fuse",)
    stored, least = (program_for(outputs, without, budget) for budget in (FAST, Budget(0)))
    nodes = [step.node for step in all_steps(least)]
    assert len(set(nodes)) < len(nodes)
    assert nominal_peak(least) < nominal_peak(stored)


def program_for(outputs, without=(), budget=FAST):
    """The program that computes large arrays."""
    programs = programs_of(outputs, sd.inputs(*outputs), without, budget)
    return programs.large or programs.plain


def nominal_peak(program):
    timeline = Timeline(program)
    return planned(timeline, range(len(timeline.units)), timeline.sizes(nominal_bytes)).peak


@settings(max_examples=30)
@given(expressions())
def test_random_graphs(e):
    """Whatever the graph, values and gradients are the same."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(body, "LARGE", 1)
        monkeypatch.setattr(freeing, "WORTH_FREEING", 1)
        loss = sd.sum(sd.sin(e))
        wrt = sd.inputs(loss)
        outputs = [e, loss, *sd.grad(loss, wrt)]
        names = {v.attrs[0] for v in wrt}
        at = {k: v for k, v in point({"n": 3, "m": 2}, 1).items() if k in names}
        missing = {k: v for k, v in {"n": 3, "m": 2}.items() if k in _free(outputs)}
        stored = results(outputs, {**at, **missing})
        assert all_equal(results(outputs, {**at, **missing}, memory="min"), stored)


def _free(outputs):
    return set(sd.compile(outputs).inputs) - {v.attrs[0] for v in sd.inputs(*outputs)}


def test_threads_do_not_change_results():
    outputs = shifted(20)
    given = values(outputs, {"n": 300_000})
    one, three = (sd.compile(outputs, memory="min", threads=t)(**given) for t in (1, 3))
    assert all_equal(one, three)


def test_inputs_are_not_written_into():
    outputs = FAMILIES["hessian"](3)
    given = values(outputs, {"n": 150})
    before = {name: value.copy() for name, value in given.items()}
    results(outputs, given, memory="min")
    assert all(np.array_equal(given[name], before[name]) for name in given)


# Less memory --------------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [25, 64])
def test_square_root_of_memory(steps):
    """`n` steps run in about `2 √n` values and some, for at most one more forward pass."""
    outputs = shifted(steps)
    report = sd.compile(outputs).report(n=1000)
    value = 8 * 1000
    stored, least = (each.peak.value({"n": 1000}) / value for each in (report.fast, report.least))
    assert stored > steps
    assert least < 2 * steps**0.5 + 5
    forward = sd.compile(outputs[0]).report(n=1000).fast.operations.value({"n": 1000})
    both, more = (each.operations.value({"n": 1000}) for each in (report.fast, report.least))
    assert both < more <= both + forward


@pytest.mark.parametrize("steps, n", [(40, 10_000), (40, 300_000)])
def test_measured_peak(steps, n):
    """NumPy allocates what the report says, and the buffers of blocks."""
    outputs = shifted(steps)
    given = values(outputs, {"n": n})
    report = sd.compile(outputs).report(n=n)
    least = peak_of(outputs, given, memory="min")
    assert least < report.least.peak.value({"n": n}) + 3e6
    stored = peak_of(outputs, given)
    assert abs(stored - report.fast.peak.value({"n": n})) < 3e6
    assert least < stored / 2


def test_layers_with_weights():
    outputs = residual(12)
    given = values(outputs, {"n": 4000, "d": 16})
    assert peak_of(outputs, given, memory="min") < 0.7 * peak_of(outputs, given)


def test_textbook():
    """f(f(f(w))): f(w) is stored, or computed again, as in *Deep Learning*, section 6.5.6."""
    w = sd.scalar("w")
    slope = sd.grad(sd.sin(sd.sin(sd.sin(w))), w)
    stored, again = (body_of(sd.compile(slope, memory=memory)) for memory in ("fast", "min"))
    assert stored == [
        "t1 = math.sin(w)",
        "return math.cos(w) * math.cos(t1) * math.cos(math.sin(t1))",
    ]
    assert again == [
        "t1 = math.cos(math.sin(w))",
        "return math.cos(w) * t1 * math.cos(math.sin(math.sin(w)))",
    ]
    report = sd.compile(slope).report()
    assert [str(each.operations) for each in (report.fast, report.least)] == ["7", "8"]
    assert [str(each.peak) for each in (report.fast, report.least)] == ["32", "24"]


def test_textbook_with_products():
    report = sd.compile(chain(3), without=["fuse"]).report()
    assert str(report.fast.operations) == "12 n**2 + 15 n"  # three products there and three back
    assert str(report.least.operations) == "14 n**2 + 15 n"  # A w is computed again
    assert [str(each.peak) for each in (report.fast, report.least)] == ["40 n", "32 n"]


def body_of(f):
    """The statements of a function of floats, without its checks."""
    _, _, body = f.source.partition("    try:\n")
    return [line.strip() for line in body.partition("    except")[0].splitlines()]


# Budgets ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.9, 0.4])
def test_budgets_are_kept(share):
    outputs = shifted(40)
    sizes = {"n": 50_000}
    report = sd.compile(outputs).report(**sizes)
    stored, least = (each.peak.value(sizes) for each in (report.fast, report.least))
    budget = int(least + (stored - least) * share)
    f = sd.compile(outputs, memory=budget, sizes=sizes, threads=1)
    given = values(outputs, sizes)
    found = f.report(**sizes).rows[-1].after
    assert found.peak.value(sizes) <= budget
    assert peak_of(outputs, given, memory=budget, sizes=sizes) < budget + 3e6
    assert all_equal(f(**given), results(outputs, given))
    operations = [each.operations.value(sizes) for each in (report.fast, found, report.least)]
    assert operations == sorted(operations)


def test_smaller_budgets_need_more_operations():
    outputs = shifted(40)
    program = program_for(outputs)
    sizes = {"n": 50_000}
    counts = [
        len(list(all_steps(recomputed(program, Budget(most, sizes)))))
        for most in (30_000_000, 20_000_000, 12_000_000, 8_000_000)
    ]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


def test_a_large_budget_changes_nothing():
    outputs = chain(5)
    plain, roomy = (
        sd.compile(outputs, **options, without=["keep"]).source.count(" @ ")
        for options in ({}, {"memory": 10**12, "sizes": {"n": 100}})
    )
    assert plain == roomy


@pytest.mark.parametrize("n", [100, 50_000])
def test_a_budget_that_cannot_be_kept(n):
    outputs = shifted(8)
    least = sd.compile(outputs).report(n=n).least.peak.value({"n": n})
    with pytest.raises(sd.ArgumentError) as caught:
        sd.compile(outputs, memory=20 * n, sizes={"n": n})
    assert str(caught.value).startswith(
        f"memory={20 * n:,} bytes is too little: the lowest peak found is {least:,} bytes, of "
    )
    assert str(caught.value).endswith(f"of shape (n,), takes {8 * n:,}")


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"memory": "max"}, sd.ArgumentError,
         "memory must be 'fast', 'min' or a whole number of bytes, not 'max'"),
        ({"memory": True}, sd.ArgumentError,
         "memory must be 'fast', 'min' or a whole number of bytes, not True"),
        ({"memory": 0}, sd.ArgumentError,
         "memory must be 'fast', 'min' or a whole number of bytes, not 0"),
        ({"memory": 10**6}, sd.InputError, "no value for the size n; write sizes=dict(n=1000)"),
        ({"memory": "min", "sizes": {"m": 3}}, sd.InputError,
         "'m' is not a size of these expressions; their sizes are: n"),
        ({"memory": 10**6, "sizes": {"n": 2.5}}, sd.InputError,
         "the size n must be a whole number, not 2.5"),
    ],
)  # fmt: skip
def test_refused(options, error, message):
    with pytest.raises(error) as caught:
        sd.compile(chain(2), **options)
    assert str(caught.value) == message


def test_no_named_sizes_need_none():
    x = sd.vector("x", 5)
    assert budget_of(10**6, None, ()) == Budget(10**6, {})
    assert sd.compile(sd.exp(x), memory=10**6)(np.zeros(5)).tolist() == [1.0] * 5


# Deep programs ------------------------------------------------------------------------------------


def test_time_is_proportional_to_length(monkeypatch):
    """Units are visited a number of times that does not grow with the length."""
    from symdiff.codegen import recompute

    visited = 0
    plan = recompute.planned

    def counting(timeline, order, sizes):
        nonlocal visited
        visited += len(order)
        return plan(timeline, order, sizes)

    monkeypatch.setattr(recompute, "planned", counting)
    each = []
    for steps in (25, 75, 225):
        outputs = shifted(steps)
        program = program_for(outputs, ["simplify", "lower"])
        visited = 0
        recomputed(program, Budget(0))
        each.append(visited / steps)
    assert max(each) < 2 * min(each)


@pytest.mark.parametrize("steps", [25, 144])
def test_square_root_of_memory_with_an_input_at_each_step(steps):
    """The gradient is a sum of as many terms as there are steps."""
    w, e = sd.vector("w", "n"), sd.vector("w", "n")
    for _ in range(steps):
        e = sd.sin(e) + 0.1 * w
    loss = sd.sum(e**2)
    report = sd.compile([loss, sd.grad(loss, w)], memory="min", without=["fuse"]).report(n=1000)
    assert report.least.peak.value({"n": 1000}) < (2 * steps**0.5 + 4) * 8000
    assert report.fast.peak.value({"n": 1000}) > steps * 8000
