"""`sd.function`: results of the function itself, one program for all sizes, errors that teach."""

from __future__ import annotations

import dataclasses
import itertools
import math
import numbers
import operator
import pickle
import random
import threading
import time
import types
import warnings
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff import numpy as snp
from symdiff.frontends import call_sizes, programs

RNG = np.random.default_rng(3)
A = np.array([10.0, 2.0, 3.0])
B = np.ones(2)


def refusal(what: Callable[[], object], kind: type[Exception] = sd.ArgumentError) -> str:
    """The message with which something is refused."""
    with pytest.raises(kind) as caught:
        what()
    return str(caught.value)


def check(f: sd.Function, *args: Any, **named: Any) -> None:
    """Compare a call with that of the function itself: values, shapes and kinds of numbers."""
    found, expected = f(*args, **named), f.__wrapped__(*args, **named)
    assert np.shape(found) == np.shape(expected)
    assert np.result_type(found) == np.result_type(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-13)


# Sizes --------------------------------------------------------------------------------------------


def ridge(w, X, y, lam=0.1):
    return np.mean((X @ w - y) ** 2) + lam * np.sum(w**2)


def sizes(n: int, d: int) -> tuple[Any, ...]:
    """Arguments of `ridge`."""
    return RNG.normal(size=d), RNG.normal(size=(n, d)), RNG.normal(size=n)


def test_compiled_once_for_all_sizes() -> None:
    f = sd.function(ridge)
    for n, d in ((5, 3), (7, 2), (4, 4), (2, 9), (0, 3), (3, 0)):
        if n:
            check(f, *sizes(n, d))
    assert f.traces == 1
    assert str(f.node(*sizes(5, 3))) == "sum((X w − y)²)/d + 0.1 sum(w²)"
    assert [v.shape for v in sd.inputs(f.node(*sizes(5, 3)))] == [
        (sd.Dim("d", ("d",), None), sd.Dim("n", ("n",), None)),
        (sd.Dim("n", ("n",), None),),
        (sd.Dim("d", ("d",), None),),
    ]
    check(f, *sizes(5, 3), 0.5)
    check(f, *sizes(5, 3), lam=0.25)
    check(f, X=sizes(6, 3)[1], y=sizes(6, 3)[2], w=sizes(6, 3)[0])
    assert f.traces == 2
    assert repr(f) == "<function ridge of symdiff, compiled 2 times>"


def test_an_axis_of_one_stretches() -> None:
    f = sd.function(lambda x, y: x + y)
    for left, right in (
        *(((3,), (3,)), ((3,), (1,)), ((1,), (3,)), ((1,), (1,)), ((4,), (4,)), ((4,), (1,))),
        *(((2, 3), (3,)), ((2, 3), (2, 1)), ((3, 3), (3,)), ((2, 1), (1, 5)), ((0,), (1,))),
    ):
        check(f, RNG.normal(size=left), RNG.normal(size=right))
    assert refusal(lambda: f(np.ones(3), np.ones(4)), sd.ShapeError).startswith(
        "`add` cannot broadcast `x` of shape (3,) with `y` of shape (4,): size 3 differs from size "
        "4\n"
    )
    check(f, np.ones((2, 2)), np.ones(2))
    assert refusal(lambda: f(np.ones((2, 3)), np.ones(2)), sd.ShapeError).startswith(
        "`add` cannot broadcast `x` of shape (2, 3) with `y` of shape (2,)"
    )


def test_sizes_that_differ_by_a_number_are_tied() -> None:
    f = sd.function(lambda x, y: (x[1:] - x[:-1]) * y + np.concatenate([y, y])[: y.shape[0]])
    for n in (4, 6, 3, 9):
        check(f, RNG.normal(size=n), RNG.normal(size=n - 1))
    assert f.traces == 1
    check(f, RNG.normal(size=2), RNG.normal(size=1))
    check(f, RNG.normal(size=5), RNG.normal(size=1))
    g = sd.function(lambda x, y: x[1:] + y[2:])
    for n in (4, 6):
        check(g, RNG.normal(size=n), RNG.normal(size=n + 1))
    assert g.traces == 1


def asks(x, y):
    if x.shape[0] != y.shape[0]:
        raise ValueError("not of one length")
    if x.shape[0] > 5:
        x = x * 2
    if x.shape[0] == 3 or 4 <= y.shape[0] < 5:
        x = x + 1
    return x * y if x.shape[0] else x


def test_questions_about_sizes_are_asked_of_every_call() -> None:
    f = sd.function(asks)
    for n in (2, 3, 4, 5, 6, 7, 0, 8, 4, 3):
        check(f, RNG.normal(size=n), RNG.normal(size=n))
    before = f.traces
    for n in (7, 9, 11, 5, 0):
        check(f, RNG.normal(size=n), RNG.normal(size=n))
    assert f.traces == before == 6
    assert refusal(lambda: f(np.ones(2), np.ones(4)), ValueError) == "not of one length"


def test_shapes_that_are_asked_for_but_not_used() -> None:
    def f(x, y):
        first, short = x[: y.shape[0]], y[:2]
        if first.shape[0] == x.shape[0]:
            return x
        return -x if short.shape[0] == 2 else x * 3

    made = sd.function(f)
    for n, m in ((5, 3), (3, 5), (3, 3), (4, 2), (4, 0), (5, 1), (0, 4)):
        check(made, RNG.normal(size=n), RNG.normal(size=m))


@pytest.mark.parametrize(
    "f",
    [
        lambda X: sum(row * i for i, row in enumerate(X)),
        lambda X: sum(X[i] for i in range(X.shape[0])),
        lambda X: X * len(X),
        lambda X: np.zeros(X.shape) + X,
        lambda X: X + np.arange(X.shape[1]),
        lambda X: X.reshape(3, 2) if X.shape[0] % 2 else X * 2.0,
        lambda X: np.linalg.svd(X, full_matrices=False)[1],
        lambda X: np.squeeze(X[1:]),
        lambda X: X * int(X.shape[0] / 2 > 0.9),
        lambda X: {3: X, 2: -X}.get(X.shape[0], X),
    ],
)
def test_where_a_number_is_needed_it_is_compiled_for_it(f: Any) -> None:
    made = sd.function(f)
    for shape in ((3, 2), (2, 3), (3, 2)):
        if f.__code__.co_consts[-1:] != (2.0,):
            check(made, RNG.normal(size=shape))
    check(made, RNG.normal(size=(3, 2)))
    assert 1 <= made.traces <= 2


def test_many_sizes_are_tied_at_once_where_they_are_equal(monkeypatch: Any) -> None:
    runs = 0

    class Counted(call_sizes.CallSizes):
        def learn(self, error: Exception | None) -> bool:
            nonlocal runs
            runs += 1
            return super().learn(error)

    monkeypatch.setattr(programs, "CallSizes", Counted)

    def network(layers, x):
        for W, b in layers:
            x = np.tanh(W @ x + b)
        return x

    def arguments(*widths: int) -> tuple[Any, ...]:
        pairs = itertools.pairwise(widths)
        return [(RNG.normal(size=(j, i)), np.ones(j)) for i, j in pairs], np.ones(widths[0])

    f = sd.function(network)
    check(f, *arguments(2, 3, 2, 3, 2, 4))
    check(f, *arguments(5, 2, 7, 3, 4, 3))
    assert (f.traces, runs) == (1, 12)
    runs = 0
    monkeypatch.setattr(call_sizes, "PATIENCE", 2)
    g = sd.function(network)
    check(g, *arguments(2, 3, 2, 3, 2, 4))
    assert (g.traces, runs) == (1, 5)
    check(g, *arguments(5, 2, 7, 3, 4, 3))
    check(g, *arguments(5, 2, 7, 3, 4, 3))
    assert g.traces == 2


def test_sizes_that_are_returned_are_whole_numbers() -> None:
    f = sd.function(lambda x: (x.shape, x.size, x.shape[0] / 2, x.ndim))
    assert f(np.ones((2, 3))) == ((2, 3), 6, 1.0, 2)
    assert [type(size) for size in f(np.ones((2, 3)))[0]] == [int, int]


def test_empty_axes_and_requirements() -> None:
    f = sd.function(lambda x: np.max(x))
    check(f, np.ones(3))
    message = "`max` of no entries is not defined: x has an empty axis"
    assert refusal(lambda: f(np.ones(0))).startswith(message)
    check(sd.function(lambda x: np.sum(x) + x[1:].size), np.ones(3))


# Kinds --------------------------------------------------------------------------------------------


def test_kinds_and_precision() -> None:
    f = sd.function(lambda x: x * 2 + 1)
    for x in (
        *(np.ones(3, np.float32), np.ones(3), np.arange(3), np.ones(3, complex), 1.5, 2, 1j),
        *(np.float32(2), np.float64(2), np.int64(3), np.array(2.0), np.ones((2, 2), np.float32)),
    ):
        check(f, x)
    assert f(np.ones(3, np.float32)).dtype == np.float32
    assert type(f(1.5)) is float
    assert f.traces == 9


def test_flags_words_and_whole_numbers_are_static_where_they_must_be() -> None:
    f = sd.function(lambda x, how, flag=True: getattr(np, how)(x) if flag else x)
    check(f, A, "sum")
    check(f, A, "max")
    check(f, A, "max", flag=False)
    g = sd.function(lambda x, axis: np.sum(x, axis=axis))
    for axis in (0, 1, (0, 1), None, -1):
        check(g, np.ones((2, 3)), axis)
    power = sd.function(lambda x, k: x**k)
    for k in (2, 3, -1, 2.5):
        check(power, A, k)
    assert power.traces == 2
    unrolled = sd.function(lambda x, k: sum(x**i for i in range(k)))
    for k in (1, 3, 4):
        check(unrolled, A, k)
    assert (unrolled.traces, unrolled(A, np.int64(3)).tolist()) == (3, [111.0, 7.0, 13.0])


def test_what_is_told_to_be_static() -> None:
    @sd.function(static="p")
    def norm(x, p):
        return np.sum(np.abs(x) ** p) ** (1 / p) if p < 10.0 else np.max(np.abs(x))

    for p in (1.5, 2.0, 99.0, 0.0 + 2):
        check(norm, A, p)
        check(norm, A, p=p)
    assert norm.traces == 3
    signs = sd.function(lambda x, s: x * math.copysign(1, s), static=["s"])
    assert (signs(1.0, 0.0), signs(1.0, -0.0)) == (1.0, -1.0)
    table = sd.function(lambda x, t: x * t["scale"][0], static="t")
    assert table(2.0, {"scale": [3.0]}) == 6.0
    assert table(2.0, {"scale": np.array([4.0])}) == 8.0
    assert refusal(lambda: sd.function(lambda x, y: x, static="z")) == (
        "`<lambda>` has no parameter z; it has x, y"
    )
    assert refusal(lambda: sd.function(lambda x, y: x, static=[1])) == (
        "`<lambda>` has no parameter 1; it has x, y"
    )
    chosen = sd.function(lambda x, flag: np.where(flag, x, np.eye(3)))
    for flag in (True, np.bool_(False), np.array(True)):
        check(chosen, A, flag)


# Arguments and results ----------------------------------------------------------------------------


@dataclasses.dataclass
class Layer:
    """An argument with structure."""

    W: Any
    b: Any


def test_structures() -> None:
    @sd.function
    def network(layers, x, *rest, scale, **options):
        for layer in layers:
            x = np.tanh(layer.W @ x + layer.b)
        return {"x": x * scale, "all": [x, (1.5, None, "word")], "rest": rest, **options}

    def arguments(k: int) -> tuple[Any, ...]:
        layers = [Layer(RNG.normal(size=(k, 2)), np.ones(k)), Layer(np.ones((3, k)), 0.5)]
        return layers, np.ones(2), 1.0, np.ones(k)

    for k in (4, 5):
        found = network(*arguments(k), scale=2.0, extra=A)
        expected = network.__wrapped__(*arguments(k), scale=2.0, extra=A)
        assert found["x"].shape == (3,)
        assert found["all"][1] == (1.5, None, "word")
        assert found["rest"][0] == 1.0 and found["rest"][1].shape == (k,)
        np.testing.assert_array_equal(found["extra"], A)
        assert [*found] == [*expected]
    assert network.traces == 1
    assert sd.function(lambda: 3.0)() == 3.0
    assert sd.function(lambda x: {"a": None})(A) == {"a": None}


def test_results_are_the_callers() -> None:
    f = sd.function(lambda x: x)
    result = f(A)
    assert not np.shares_memory(result, A)
    constant = sd.function(lambda x: A)
    constant(1.0)[0] = 7.0
    assert constant(1.0)[0] == A[0] == 10.0


def test_names_that_generated_source_could_not_use() -> None:
    def f(_x, np_, dtype, LARGE):
        return _x + np_["my key"] * dtype + LARGE

    assert sd.function(f)(1.0, {"my key": 2.0}, 3.0, 4.0) == 11.0
    source = sd.function(f).source(1.0, {"my key": 2.0}, 3.0, 4.0)
    assert "def function(x, np__my_key, dtype1, LARGE1):" in source


def test_numpy_as_it_is_and_by_our_namespace() -> None:
    check(sd.function(np.linalg.norm), np.ones((2, 3)))
    check(sd.function(lambda n, x: snp.zeros((x.shape[0], 2)) + x[:, None]), 1.0, A)


# Objects ------------------------------------------------------------------------------------------


class Model:
    """An object whose methods are compiled."""

    def __init__(self) -> None:
        self.w = np.ones(3)
        self.lam = 0.5
        self.name = "model"
        self.rng = np.random.default_rng(0)
        self.inner = [Part()]

    inner_scale = 4.0

    def plain(self, x):
        return x * self.lam

    @sd.function
    def loss(self, x):
        return np.sum((x @ self.w) ** 2) + self.lam * self.inner[0].scale

    @sd.function
    def noisy(self, x):
        return x + self.rng.normal()

    @sd.function
    def remembers(self, x):
        self.last = x
        return x

    def __call__(self, x):
        return np.sum(self.w * x**2)


class Part:
    """An object inside another."""

    def __init__(self) -> None:
        self.scale = 2.0


class Opaque:
    """An object with parts that cannot be followed."""

    def __init__(self) -> None:
        self.seen = {1}


@pytest.mark.parametrize(
    "f",
    [
        lambda o, x: x if o.seen else -x,
        lambda o, x: x if 1 in o.seen else -x,
        lambda o, x: x if isinstance(o.seen, set) else -x,
        lambda o, x: x if o.seen == {1} else -x,
        lambda o, x: x * len(o.seen),
        lambda o, x: sum(o.seen, x),
    ],
)
def test_what_cannot_be_followed_is_not_used(f: Any) -> None:
    assert refusal(lambda: sd.function(f)(Opaque(), A)).partition("\n")[0] == (
        "`o_seen` is of type set, whose state a compiled function cannot follow; use it outside, "
        "and pass what comes of it as an argument"
    )


def test_methods_see_their_object_as_it_is() -> None:
    model = Model()
    assert model.loss(np.ones((2, 3))) == 19.0
    model.lam, model.w = 3.0, np.zeros(3)
    assert model.loss(np.ones((4, 3))) == 6.0
    model.inner[0].scale = 5.0
    assert model.loss(np.ones((4, 3))) == 15.0
    assert Model.__dict__["loss"].traces == 1
    called = sd.function(model)
    assert called(A) == 0.0
    model.w = np.ones(3)
    assert called(A) == 113.0
    assert called.traces == 1
    assert refusal(lambda: model.noisy(A)).startswith(
        "`self_rng` is of type Generator, whose state a compiled function cannot follow; use it "
        "outside, and pass what comes of it as an argument\n"
    )
    assert refusal(lambda: model.remembers(A)).startswith(
        "`remembers` changes `self_last`, a part of its argument, and the caller would not see "
        "that; return the new value instead"
    )


# What stands around a function --------------------------------------------------------------------

SCALE = 2.0
DATA = np.array([1.0, 2.0, 3.0])


def helper(x):
    return x * SCALE


def test_what_a_function_finds_around_itself_is_watched(monkeypatch: Any) -> None:
    f = sd.function(lambda x: np.sum(helper(x) * DATA))
    assert f(np.ones(3)) == 12.0
    monkeypatch.setitem(globals(), "SCALE", 3.0)
    assert f(np.ones(3)) == 18.0
    monkeypatch.setitem(globals(), "DATA", np.array([1.0, 0.0, 0.0]))
    assert f(np.ones(3)) == 3.0
    DATA[1] = 1.0
    assert f(np.ones(3)) == 6.0
    assert (f(np.ones(3)), f.traces) == (6.0, 4)
    monkeypatch.setitem(globals(), "helper", lambda x: x)
    assert f(np.ones(3)) == 2.0

    around: dict[str, Any] = {"k": [1.0, {"b": -0.0}]}
    g = sd.function(lambda x: x * around["k"][0] + around["k"][1]["b"])
    assert g(2.0) == 2.0
    around["k"][0] = 5.0
    assert g(2.0) == 10.0
    around["k"][1]["b"] = 1.0
    assert g(2.0) == 11.0

    model = Model()
    predict = model.plain
    called = sd.function(lambda x, g: g(x) + predict(x) * Model.inner_scale)

    def times(x):
        return x * SCALE

    assert called(1.0, times) == 5.0
    model.lam = 2.0
    assert called(1.0, times) == 11.0
    monkeypatch.setattr(Model, "inner_scale", 0.0)
    assert called(1.0, times) == 3.0
    monkeypatch.setitem(globals(), "SCALE", 4.0)
    assert called(1.0, times) == 4.0

    def counts() -> list[float]:
        found = []
        h = sd.function(lambda x: x * k)
        for k in range(10):  # noqa: B007
            found.append(h(1.0))
        return found

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert counts() == [*range(10)]
    monkeypatch.setitem(globals(), "SCALE", 0)
    h = sd.function(lambda x: x * SCALE)
    with pytest.warns(UserWarning, match="was compiled 10 times since `SCALE` changes"):
        for k in range(12):
            monkeypatch.setitem(globals(), "SCALE", k)
            assert h(1.0) == k


class Scales:
    """An object that functions find around themselves."""

    power = 1.0

    def __init__(self) -> None:
        self.k, self.owner = 2.0, self
        self.act = lambda x: x * SCALE

    def raised(self, x):
        return self.act(x) ** self.power * self.k

    __call__ = raised

    @property
    def double(self):
        return 2 * self.k * SCALE


class Slotted:
    """An object without a dictionary."""

    __slots__ = ("k",)


def keyword(x, *, by=[1.0]):  # noqa: B006
    return x * by[0]


MODULE = types.ModuleType("constants_of_mine")
FOREIGN = type("Foreign", (), {"__module__": "another_package"})()
SLOTTED, SPACE, LETTERS = Slotted(), types.SimpleNamespace(k=1.0), {"a"}
reads = operator.sub
SCALES, QUEUE, TABLE = Scales(), deque([1.0]), {"f": [lambda x: x * SCALE]}
MODULE.k = FOREIGN.k = SLOTTED.k = 1.0  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("f", "change"),
    [
        (lambda x: x * MODULE.k, lambda: setattr(MODULE, "k", 9.0)),
        (lambda x: x * FOREIGN.k, lambda: setattr(FOREIGN, "k", 9.0)),
        (lambda x: x * getattr(FOREIGN, "k"), lambda: setattr(FOREIGN, "k", 7.0)),  # noqa: B009
        (lambda x: x * SLOTTED.k, lambda: setattr(SLOTTED, "k", 9.0)),
        (lambda x: x * SPACE.k, lambda: setattr(SPACE, "k", 9.0)),
        (lambda x: x if "b" in LETTERS else -x, lambda: LETTERS.add("b")),
        (lambda x: x * QUEUE[0], lambda: QUEUE.appendleft(9.0)),
        (lambda x: keyword(x), lambda: keyword.__kwdefaults__["by"].insert(0, 9.0)),
        (lambda x: TABLE["f"][0](x), lambda: globals().update(SCALE=9.0)),
        (lambda x: SCALES.raised(x), lambda: setattr(SCALES, "k", 9.0)),
        (lambda x: SCALES.raised(x), lambda: globals().update(SCALE=8.0)),
        (lambda x: SCALES.raised(x), lambda: setattr(Scales, "power", 2.0)),
        (lambda x: SCALES(x), lambda: globals().update(SCALE=7.0)),
        (lambda x: SCALES.owner.owner.double * x, lambda: globals().update(SCALE=6.0)),
        (lambda x: reads(x, 2.0), lambda: globals().update(reads=lambda x, y: x)),
        (lambda x: reads(x, 2.0), lambda: globals().update(reads=operator.mul)),
        (lambda x: reads(x, 2.0), lambda: globals().update(reads=operator.add)),
        (lambda x: abs(x), lambda: globals().update(abs=lambda x: 5.0 * x)),
    ],
)
def test_whatever_code_finds_by_name_is_watched(f: Any, change: Any, monkeypatch: Any) -> None:
    for name in ("SCALE", "reads"):  # restored afterwards
        monkeypatch.setitem(globals(), name, globals().get(name, operator.sub))
    made = sd.function(f)
    check(made, 3.0)
    before = f(3.0)
    change()
    assert f(3.0) != before
    check(made, 3.0)
    assert made.traces == 2
    globals().pop("abs", None)


def test_code_that_comes_with_arguments_is_watched(monkeypatch: Any) -> None:
    made = sd.function(lambda x, g: g(x))
    slope, scales = 1.0, Scales()
    scales.owner = None
    part = partial(lambda x, k: x * k[0], k=[1.0])

    def times(x):
        return x * slope

    for k in (1.0, 2.0):
        slope = scales.k = part.keywords["k"][0] = k
        for g in (times, part, scales.raised):
            check(made, 3.0, g)
    method = sd.function(Scales.raised)
    for k in (1.0, 2.0):
        monkeypatch.setitem(globals(), "SCALE", k)
        monkeypatch.setattr(Scales, "power", k)
        check(method, scales, 3.0)
    held = sd.function(lambda x, s: x * s.k, static="s")
    for k in (1.0, 2.0):
        SCALES.k = FOREIGN.k = k
        check(held, 3.0, SCALES)
        check(held, 3.0, FOREIGN)
    assert held.traces == 4


def test_changing_what_stands_around_is_refused() -> None:
    count, seen = 0, []

    def counts(x):
        nonlocal count
        count += 1
        return x

    def appends(x):
        seen.append(x)
        return x

    for f, name in ((counts, "count"), (appends, "seen")):
        assert refusal(lambda: sd.function(f)(A)) == (  # noqa: B023
            f"`{f.__name__}` changes `{name}`, which stands around it, and a compiled function "
            "would not; return the new value instead"
        )


def test_random_numbers_are_refused() -> None:
    rng = np.random.default_rng(0)
    for f in (
        lambda x: x + np.random.normal(),
        lambda x: x + random.random(),
        lambda x: x + rng.normal(),
    ):
        assert refusal(lambda: sd.function(f)(A)) == (  # noqa: B023
            "`<lambda>` draws random numbers, which would be the same in every call; draw them "
            "outside, and pass them as an argument"
        )
    count = itertools.count()
    for f in (
        lambda x: x + np.random.default_rng().normal(),
        lambda x: x + next(count),
        lambda x: x + time.perf_counter(),
    ):
        assert refusal(lambda: sd.function(f)(A)) == (  # noqa: B023
            "`<lambda>` computes something else each time it runs, as by random numbers, a clock "
            "or an iterator, and a compiled function would not; pass what changes as an argument"
        )


def test_expressions_around_a_function() -> None:
    expression = sd.scalar("x") + 1
    f = sd.function(lambda x: np.sum(x * expression))
    message = "`<lambda>` uses x, which has no value; make it an argument"
    assert refusal(lambda: f(A)) == refusal(lambda: f(2.0)) == message


# Composition --------------------------------------------------------------------------------------


def test_on_expressions_it_builds() -> None:
    f = sd.function(ridge)
    w, X, y = sd.vector("w", "d"), sd.matrix("X", "n", "d"), sd.vector("y", "n")
    assert f(w, X, y) is sd.from_function(ridge, w=w, X=X, y=y)
    assert f.traces == 0
    inner = sd.function(lambda x: np.sum(x**2))
    outer = sd.function(lambda x: inner(x) + inner(np.ones(2)))
    assert outer(A) == 115.0
    assert (inner.traces, outer.traces) == (0, 1)
    assert inner(np.ones(2)) == 2.0
    assert refusal(lambda: inner.node(sd.vector("v", 3))) == (
        "nothing is compiled for expressions; call <lambda>(…) to build on them"
    )


def test_it_looks_like_the_function() -> None:
    f = sd.function(ridge, threads=1)
    assert (f.__name__, f.__doc__, f.__wrapped__) == ("ridge", None, ridge)
    assert "THREADS = 1" in f.source(*sizes(2, 3)) or "threads" in f.source(*sizes(2, 3))
    assert isinstance(f.compiled(*sizes(2, 3)), sd.Compiled)
    again = pickle.loads(pickle.dumps(f))
    assert again(*sizes(2, 3)) > 0
    assert again.options == {"threads": 1, "without": (), "memory": "fast"}
    assert refusal(lambda: sd.function(ridge, threads=0)(*sizes(2, 3))) == (
        "threads must be a whole number from 1 on, not 0"
    )
    assert pickle.loads(pickle.dumps(decorated)) is decorated
    assert refusal(lambda: sd.function(3)) == "a function is expected, not 3"
    assert refusal(lambda: sd.function(lambda: None).compiled()) == (
        "`<lambda>` returns None; a function must return what it computes"
    )


@sd.function
def decorated(x):
    """What it does."""
    return x * 2


def test_several_threads() -> None:
    f = sd.function(ridge)
    found: list[float] = []
    args = [sizes(n, 3) for n in range(2, 8)]
    threads = [threading.Thread(target=lambda a=a: found.append(f(*a))) for a in args]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_allclose(sorted(found), sorted(ridge(*a) for a in args))
    assert f.traces == 1


# What is refused ----------------------------------------------------------------------------------


def branches(x):
    if np.sum(x) > 0:
        return x
    return -x


def chooses(x, rate):
    return x if rate > 0.5 else -x


def repeats(x):
    while np.max(x) > 1:
        x = x / 2
    return x


def assigns(x):
    x[0] = 1.0
    return x


def adds_into(x):
    total = np.zeros(3)
    total += x
    return total


def converts(x):
    return float(np.sum(x))


def by_math(x):
    return math.sin(x)


def joins(x, y):
    return np.array([x, y])


def items(x):
    return x.item()


def lists(x):
    return x.tolist()


def unique(x):
    return np.unique(x)


NO_TRUTH = (
    "an expression has no truth value, so `if`, `and`, `not`, `while` and Python's `max` cannot "
    "ask it; use sd.where(condition, a, b), np.where, np.maximum, or & | ~ between conditions"
)
NO_NUMBER = (
    "`{}` is an expression without a value, so {} cannot be made of it: use NumPy's functions "
    "rather than math's, np.take(a, i) rather than a[i], np.stack([a, b]) rather than entries of "
    "an array, and sd.evaluate for values"
)
STATIC = "; if {0} only chooses what is computed, sd.function(static=['{0}']) compiles it for each "


@pytest.mark.parametrize(
    ("f", "args", "message", "line"),
    [
        (branches, (A,), NO_TRUTH, "if np.sum(x) > 0:"),
        (
            chooses,
            (A, 0.7),
            NO_TRUTH + STATIC.format("rate") + "value",
            "return x if rate > 0.5 else -x",
        ),
        (repeats, (A,), NO_TRUTH, "while np.max(x) > 1:"),
        (
            assigns,
            (A,),
            "expressions are immutable; for a copy with other entries write "
            "`x = x.at[index].set(value)`, or `.add(value)` to add",
            "x[0] = 1.0",
        ),
        (
            adds_into,
            (A,),
            "`np.add` takes no out= with expressions: expressions are immutable, and an array of "
            "numbers cannot hold them; use the result, as in x = x + a, and np.where(condition, "
            "x/a, b) for a division with out= and where=",
            "total += x",
        ),
        (converts, (A,), NO_NUMBER.format("sum(x)", "a float"), "return float(np.sum(x))"),
        (
            by_math,
            (0.5,),
            NO_NUMBER.format("x", "a float") + STATIC.format("x") + "value",
            "return math.sin(x)",
        ),
        (
            joins,
            (1.0, 2.0),
            "NumPy asked for the numbers in `x`, which is an expression without values: join "
            "expressions by np.stack([a, b]) rather than np.array([a, b]), change entries by "
            "x.at[index].set(a) rather than x[index] = a, or take functions that know expressions, "
            "np.array too: `from symdiff import numpy as np`",
            "return np.array([x, y])",
        ),
        (
            items,
            (A,),
            "an expression has no method `item`: its entries have no values yet; "
            "sd.evaluate(x, …) gives them",
            "return x.item()",
        ),
        (
            lists,
            (A,),
            "an expression has no method `tolist`: its entries have no values yet; "
            "sd.evaluate(x, …) gives them",
            "return x.tolist()",
        ),
        (
            unique,
            (A,),
            "`np.unique` cannot take expressions: the shape of its result depends on values, and "
            "shapes are known before values; sets of numbers have no derivative",
            "return np.unique(x)",
        ),
    ],
)
def test_errors_name_the_line(f: Any, args: tuple[Any, ...], message: str, line: str) -> None:
    source = Path(__file__).read_text().splitlines()
    number = next(i for i, text in enumerate(source, 1) if text.strip() == line)
    expected = f"{message}\n  {__file__}:{number}, in {f.__name__}\n    {line}"
    assert refusal(lambda: sd.function(f)(*args)) == expected


def test_printing_inside(capsys: Any) -> None:
    def f(x):
        print(f"{x} has {x.shape}")
        return x + 1

    np.testing.assert_array_equal(sd.function(f)(A), A + 1)
    assert {*capsys.readouterr().out.splitlines()} == {"x has (3,)"}


def test_changes_in_place() -> None:
    def sums(x):
        total = x * 0
        for k in range(3):
            total += k * x
        total /= 2
        return total

    def writes(x):
        row = x[0]
        row *= 2
        return np.sum(x)

    def scales(x):
        x /= 2

    def helps(x):
        half = x + 1
        scales(half)
        return half

    check(sd.function(sums), A)
    note = "and expressions are immutable: write"
    for f, arg, message in (
        (writes, np.eye(2), f"`row *= …` would write into the argument `x` of the caller, {note} "),
        (helps, A, f"`x /= …` would change what `half` stands for, too, {note} "),
        (scales, A, f"`x /= …` would write into the argument `x` of the caller, {note} "),
    ):
        name = message[1 : message.index(" ")]
        sign = message[len(name) + 2]
        found = refusal(lambda: sd.function(f)(arg))  # noqa: B023
        assert found.partition("\n")[0] == f"{message}`{name} = {name} {sign} …`"
    made = sd.function(lambda x: operator.iadd(x, 1))
    assert made(2.0) == 3.0  # NumPy changes no number


def tried(x):
    try:
        return float(x) * 2
    except TypeError:
        return x


def tried_product(X, x):
    try:
        return X @ x
    except ValueError:
        return X.T @ x


def test_errors_that_a_function_catches() -> None:
    assert refusal(lambda: sd.function(tried)(A)).partition("\n")[0] == (
        NO_NUMBER.format("x", "a float")
        + "; `tried` catches this error, which it would not meet with numbers"
    )
    product = sd.function(tried_product)
    for shape in ((2, 3), (3, 2), (3, 3), (5, 3), (3, 4)):
        check(product, RNG.normal(size=shape), A)


@pytest.mark.parametrize(
    "f",
    [
        lambda k: k * 2 if isinstance(k, (float, np.ndarray)) else k,
        lambda k: k * 2 if isinstance(k, (int, np.integer)) else k,
        lambda k: k * 2 if np.isscalar(k) else k,
        lambda k: k * 2 if isinstance(k, numbers.Real) else k,
        lambda k: k * 2 if isinstance(k, (list, tuple, dict, str)) else k,
        lambda k: k * {1: 2.0, 2: 3.0}.get(k, 5.0) if np.shape(k) == () and k is not B else k,
        lambda k: k * 2 if f"{k}" == "1" or str(k) == "2" or repr(k) == "3" else k,
        lambda k: k * len(f"{np.shape(k)}") + (np.ndim(k) and isinstance(k.shape[0], int)),
    ],
)
def test_what_python_asks_of_numbers(f: Any) -> None:
    made = sd.function(f)
    floats = () if "get" in f.__code__.co_names else (B, np.ones(7), np.float64(2), 1.0)
    for k in (1, 2, 3, np.int64(2), 7, *floats):
        check(made, k)


def test_other_arrays_and_orders_of_keywords() -> None:
    def f(x, *, k=1.0, **options):
        return [x, *options.values(), k]

    made = sd.function(f)
    for options in ({"b": 2.0, "a": 3.0}, {"a": 2.0, "k": 5.0, "b": 3.0}):
        assert made(1.0, **options) == f(1.0, **options)

    class Table:
        def __array__(self, *args, **options):
            return A

    for value in (np.matrix(A), Table(), A.view(type("Kilos", (np.ndarray,), {}))):
        assert refusal(lambda: made(value)) == (  # noqa: B023
            f"the argument `x` is of type {type(value).__name__}, which holds no numbers that can "
            "be followed: pass np.asarray of it"
        )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda f: f(), "`ridge`: missing a required argument: 'w'"),
        (lambda f: f(*sizes(2, 3), 1.0, 2.0), "`ridge`: too many positional arguments"),
        (lambda f: f(*sizes(2, 3), w=A), "`ridge`: multiple values for argument 'w'"),
        (lambda f: f(*sizes(2, 3), z=A), "`ridge`: got an unexpected keyword argument 'z'"),
        (
            lambda f: f({"a": np.ma.ones(3)}, A, A),
            "the argument `w_a` is of type MaskedArray, which holds no numbers that can be "
            "followed: pass np.asarray of it",
        ),
        (
            lambda f: f(A, {1, 2}, A),
            "the argument `X` is of type set, which holds no numbers that can be followed: "
            "pass a list",
        ),
        (
            lambda f: f(A, A, np.random.default_rng()),
            "the argument `y` is of type Generator, which holds no numbers that can be followed: "
            "pass the arrays in it, or a dataclass of them; if it only chooses what is computed, "
            'say sd.function(static="y")',
        ),
        (
            lambda f: sd.function(lambda x: (i for i in [x]))(A),
            "`<lambda>` returns an object of type generator; a function must return numbers and "
            "arrays, or a structure of such",
        ),
        (
            lambda f: sd.function(lambda x: x > {1})(A),
            "expected an expression, a number or an array, not {1}",
        ),
        (
            lambda f: sd.function(lambda a: np.sum(a))([1.0, 2.0]),
            "NumPy asked for the numbers in `a_0`, which is an expression without values: join "
            "expressions by np.stack([a, b]) rather than np.array([a, b]), change entries by "
            "x.at[index].set(a) rather than x[index] = a, or take functions that know expressions, "
            "np.array too: `from symdiff import numpy as np`; `a` is a list, each number of which "
            "is a variable: give an array",
        ),
        (
            lambda f: f(A, A, np.array(["a"])),
            "the argument `y` must hold numbers, not <U1",
        ),
    ],
)
def test_calls_refused(call: Any, message: str) -> None:
    f = sd.function(ridge)
    found = refusal(lambda: call(f), sd.SymdiffError)
    assert found.partition("\n")[0] == message


def test_an_argument_that_is_changed() -> None:
    def doubles(d):
        d["x"] = d["x"] * 2
        return d["x"]

    def appends(values):
        values.append(values[0])
        return values[0]

    message = "a part of its argument, and the caller would not see that; return the new value "
    assert refusal(lambda: sd.function(doubles)({"x": A})) == (
        f"`doubles` changes `d_x`, {message}instead"
    )
    assert refusal(lambda: sd.function(appends)([1.0])) == (
        f"`appends` changes `values_1`, {message}instead"
    )
    loop: list[Any] = []
    loop.append(loop)
    message = "an argument has itself among its parts"
    assert refusal(lambda: sd.function(appends)(loop)) == message
