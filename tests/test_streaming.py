"""Compiled functions of rows that come in chunks, against the same functions of all rows."""

from __future__ import annotations

import io
import itertools
import re
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symdiff as sd
from symdiff import progress
from symdiff.codegen.streaming import Tournament
from symdiff.registry import Fold

X, w, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
lam, mu = sd.scalar("lam"), sd.matrix("mu", "k", "d")
P, Z = sd.matrix("P", "d", "d"), sd.matrix("Z", "n", "d", dtype="complex")
i, b = sd.vector("i", "n", dtype="int"), sd.vector("b", "n", dtype="bool")
z = X @ w


def logistic() -> list[sd.Node]:
    """Value, gradient and Hessian."""
    loss = sd.mean(sd.softplus(z) - y * z) + lam * sd.sum(w**2)
    return [loss, sd.grad(loss, w), sd.hessian(loss, w)]


def mixture() -> list[sd.Node]:
    """A mixture of normal distributions with one covariance, and its gradients."""
    away = X[:, None] - mu
    square = sd.einsum("nki,ij,nkj->nk", away, sd.inv(P @ P.T + 3 * sd.eye("d")), away)
    value = sd.sum(sd.logsumexp(-square / 2, axis=1)) / sd.size("n") + sd.sum(mu**2)
    return [value, *sd.grad(value, [mu, P])]


CASES: dict[str, Callable[[], sd.Node | list[sd.Node]]] = {
    "logistic regression": logistic,
    "mixture": mixture,
    "least squares": lambda: sd.mean((z - y) ** 2),
    "a residual by rows that are columns": lambda: sd.sum(
        (sd.matrix("Y", "d", "n").T @ w - y) ** 2
    ),
    "folds of several kinds": lambda: [
        sd.max(z) - sd.min(X, axis=0),
        sd.any(b),
        sd.all(X > -9, axis=0),
        sd.prod(1 + y / 9),
        sd.sum(X > 0),
    ],
    "whole numbers and conditions": lambda: [
        sd.sum(w[i] * sd.where(b, y, 2 * y)),
        sd.grad(sd.sum(w[i] * y), w),
        sd.sum(i),
        sd.max(i),
        sd.size("n"),
    ],
    "complex numbers": lambda: [sd.sum(Z, axis=0), sd.sum(sd.abs(Z) ** 2), Z.T @ Z],
    "the number of rows within": lambda: [sd.sum(sd.exp(y / sd.size("n"))), sd.sum(y)],
    "an output twice": lambda: [sd.sum(X, axis=0), sd.sum(X, axis=0), lam],
    "names that look like those of steps": lambda: (
        sd.sum(sd.exp(lam) ** 2 * y) * sd.sum(sd.scalar("part1") * w) + sd.scalar("total1")
    ),
    "what is no input of the rows": lambda: [sd.sum(y) * sd.ones("m"), w],
    "a matrix of equal rows": lambda: sd.sum(sd.broadcast_to(sd.exp(w), ("n", "d")) * X),
}


def values(rows: int, seed: int = 0, dtype: type = np.float64) -> dict[str, Any]:
    """Values for all variables, and for the size that no array tells."""
    rng = np.random.default_rng(seed)
    d = 3
    floats = {
        "X": rng.normal(size=(rows, d)),
        "Y": rng.normal(size=(d, rows)),
        "y": rng.normal(size=rows),
        "w": rng.normal(size=d),
        "lam": rng.normal(size=()),
        "mu": rng.normal(size=(2, d)),
        "P": rng.normal(size=(d, d)),
        "part1": rng.normal(size=()),
        "total1": rng.normal(size=()),
    }
    parts = rng.normal(size=(2, rows, d)).astype(dtype)
    return {
        **{name: value.astype(dtype) for name, value in floats.items()},
        "Z": parts[0] + 1j * parts[1],
        "i": rng.integers(0, d, rows),
        "b": rng.uniform(size=rows) > 0.7,
        "m": 2,
    }


def split(f: sd.Compiled, point: dict[str, Any]) -> tuple[dict[str, Any], dict[str, int], Any]:
    """What is given by name; the axes of what has rows; and the value of all rows."""
    axes = {"X": 0, "Y": 1, "y": 0, "Z": 0, "i": 0, "b": 0}
    rows = {name: axes[name] for name in f.inputs if name in axes}
    given = {name: point[name] for name in f.inputs if name not in rows and name in point}
    counted = {"n": len(point["y"])} if "n" in f.inputs else {}
    return given, rows, f(**given, **{name: point[name] for name in rows}, **counted)


def chunked(
    point: dict[str, Any], rows: dict[str, int], cuts: list[int]
) -> Iterator[dict[str, Any]]:
    """The rows from each cut to the next."""
    for start, stop in itertools.pairwise(cuts):
        yield {
            name: point[name][(slice(None),) * axis + (slice(start, stop),)]
            for name, axis in rows.items()
        }


def assert_same(found: Any, wanted: Any, rtol: float) -> None:
    """The same values, up to rounding, of the same types."""
    found, wanted = (v if isinstance(v, tuple) else (v,) for v in (found, wanted))
    for a, b in zip(found, wanted, strict=True):
        assert type(a) is type(b)
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol * 10)


# The same as all at once --------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=15)
@given(data=st.data())
def test_chunks_give_what_all_rows_give(case: str, data: st.DataObject) -> None:
    f = compiled(case)
    rows = data.draw(st.integers(1, 40))
    cuts = sorted([0, *data.draw(st.lists(st.integers(0, rows), max_size=9)), rows])
    given, axes, wanted = split(f, point := values(rows, data.draw(st.integers(0, 9))))
    known = {"n": rows} if case == "the number of rows within" else {}
    assert_same(f.stream(chunked(point, axes, cuts), **given, **known), wanted, 1e-12)
    size = data.draw(st.integers(1, rows))
    arrays = {name: point[name] for name in axes}
    assert_same(f.stream(**arrays, **given, rows=size, over="n"), wanted, 1e-12)


COMPILED: dict[str, sd.Compiled] = {}


def compiled(case: str) -> sd.Compiled:
    """The function of a case, compiled once."""
    if case not in COMPILED:
        COMPILED[case] = sd.compile(CASES[case]())
    return COMPILED[case]


@pytest.mark.parametrize("case", CASES)
def test_single_precision_stays(case: str) -> None:
    given, axes, wanted = split(f := compiled(case), point := values(40, dtype=np.float32))
    cuts = [0, 7, 7, 20, 40]
    assert_same(f.stream(chunked(point, axes, cuts), **given, n=40), wanted, 2e-5)


def test_python_numbers_adapt_to_the_rows() -> None:
    f = sd.compile([sd.sum(y * lam), sd.exp(lam), sd.sum(i) * lam])
    single, whole = np.ones(4, np.float32), np.arange(4)
    chunks = [{"y": single[:1], "i": whole[:1]}, {"y": single[1:], "i": whole[1:]}]
    assert_same(f.stream(chunks, lam=0.5), f(y=single, i=whole, lam=0.5), 1e-6)


def test_tuples_come_in_the_order_of_the_inputs() -> None:
    f = sd.compile(sd.sum((z - y) ** 2), inputs=[y, w, X])
    point = values(6)
    given, _, wanted = split(f, point)
    chunks = [(point["y"][:4], point["X"][:4]), [point["y"][4:], point["X"][4:]]]
    assert_same(f.stream(chunks, **given), wanted, 1e-12)


def test_one_input_needs_no_tuple() -> None:
    f = sd.compile(sd.sum(y**2))
    assert f.stream([[1.0, 2.0], np.array([]), (np.array([3.0]),)]) == 14.0


def test_arrays_on_disk(tmp_path: Path) -> None:
    f = compiled("logistic regression")
    point = values(1000)
    given, axes, wanted = split(f, point)
    maps = {}
    for name in axes:
        maps[name] = np.memmap(tmp_path / name, np.float64, "w+", shape=point[name].shape)
        maps[name][...] = point[name]
    assert_same(f.stream(**maps, **given), wanted, 1e-12)
    assert_same(f.stream(**maps, **given, rows=64), wanted, 1e-12)


def test_without_rows_it_is_what_the_function_gives() -> None:
    f = sd.compile([sd.sum(X, axis=0), sd.size("n") + sd.sum(y)])
    empty = (np.zeros((0, 3)), np.zeros(0))
    for found in (f.stream([empty, empty]), f.stream(X=empty[0], y=empty[1])):
        assert_same(found, f(*empty), 0)


def test_what_all_rows_share_is_computed_once() -> None:
    f = sd.compile(mixture())
    f.stream([(values(4)["X"],)], **split(f, values(4))[0])
    (streaming,) = f.stream.__self__._streaming.values()
    steps = streaming._steps
    assert steps.first is not None
    assert "P @ P.T" in steps.first.source
    assert "P @ P.T" not in steps.second.source


def test_another_size_than_n() -> None:
    f, point = compiled("least squares"), values(5)
    arrays = {name: point[name] for name in "Xwy"}
    assert_same(f.stream(**arrays, over="d", rows=2), f(**arrays), 1e-12)
    chunks = [(point["X"][:, :1], point["w"][:1]), (point["X"][:, 1:], point["w"][1:])]
    assert_same(f.stream(chunks, y=point["y"]), f(**arrays), 1e-12)


# How it is computed -------------------------------------------------------------------------------


@given(st.integers(1, 200))
def test_a_tournament_meets_in_pairs(count: int) -> None:
    tournament = Tournament([Fold.ADD])
    for k in range(count):
        tournament.add([np.array(f"{k} ", dtype=object)])
        assert len(tournament._rounds) <= (k + 1).bit_length()
    assert str(tournament.result()[0]).split() == [str(k) for k in range(count)]


def test_rounding_grows_with_the_logarithm_of_the_number_of_chunks() -> None:
    f, tenth = sd.compile(sd.sum(y)), np.full(1, 0.1, np.float32)
    found = f.stream(tenth for _ in range(20_000))
    exact = 20_000 * float(tenth[0])
    assert abs(found - exact) <= 15 * np.finfo(np.float32).eps * exact / 2
    plain = np.cumsum(np.full(20_000, tenth[0]), dtype=np.float32)[-1]
    assert abs(plain - exact) > 15 * np.finfo(np.float32).eps * exact / 2


def test_memory_is_that_of_a_chunk() -> None:
    f, weights = compiled("least squares"), np.ones(50)
    chunk_bytes = 1000 * 50 * 8

    def chunks(count: int) -> Iterator[tuple[Any, Any]]:
        for _ in range(count):
            yield np.ones((1000, 50)), np.ones(1000)

    f.stream(chunks(2), w=weights)
    tracemalloc.start()
    f.stream(chunks(100), w=weights)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * chunk_bytes


def test_an_error_of_the_iterator_passes_through() -> None:
    f, point = compiled("least squares"), values(4)

    def chunks() -> Iterator[tuple[Any, Any]]:
        yield point["X"], point["y"]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match=r"^the disk is gone$"):
        f.stream(chunks(), w=point["w"])
    given, axes, wanted = split(f, point)
    assert_same(f.stream(chunked(point, axes, [0, 4]), **given), wanted, 1e-12)


class Terminal(io.StringIO):
    """A stream that is one."""

    def isatty(self) -> bool:
        """True."""
        return True


def test_progress_is_said_on_a_terminal_and_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count()
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(clock)))
    f, point = compiled("least squares"), values(5)
    for output in (Terminal(), io.StringIO()):
        monkeypatch.setattr(sys, "stderr", output)
        f.stream(**{name: point[name] for name in "Xwy"}, rows=1, over="n")
        said = output.getvalue()
        if output.isatty():
            assert "\rchunk 3: 3 rows of 5, 3 s" in said
            assert said.endswith("\r" + " " * len("chunk 5: 5 rows of 5, 5 s") + "\r")
        else:
            assert not said


# What is refused ----------------------------------------------------------------------------------

POINT = values(4)
ROWS = (POINT["X"], POINT["y"])


@pytest.mark.parametrize(
    ("chunks", "message"),
    [
        ([], "there are no chunks; a chunk without rows would tell the other sizes"),
        (
            [ROWS, (POINT["X"][:, :2], POINT["y"])],
            "chunk 2: X has shape (4, 2), but (4, 3) in chunk 1; only axis 0 may differ",
        ),
        (
            [ROWS, (POINT["X"], POINT["y"][:3])],
            "chunk 2: size n is 4 from axis 0 of X, but 3 from axis 0 of y",
        ),
        ([ROWS, (POINT["X"][0], 1.0)], "chunk 2: X has shape (3,), but (4, 3) in chunk 1"),
        ([(POINT["X"][:, :2], POINT["y"])], "chunk 1: size d is 2 from axis 1 of X, but 3 from"),
        ([(POINT["X"] * 1j, POINT["y"])], "chunk 1: X must hold real numbers, not complex128"),
        ([(POINT["X"],)], "chunk 1 must hold X, y, as a dict or as a tuple in this order, not 1 a"),
        ([POINT["X"]], "chunk 1 must hold X, y, as a dict or as a tuple in this order, not ndarr"),
        ([{"X": POINT["X"]}], "chunk 1 must hold X, y, as a dict or as a tuple in this order, no"),
        ([{**dict(zip("Xy", ROWS, strict=True)), "w": 1}], "chunk 1 must hold X, y, as a dict or"),
    ],
)
def test_chunks_that_do_not_fit(chunks: list[Any], message: str) -> None:
    with pytest.raises(sd.InputError, match=f"^{re.escape(message)}"):
        compiled("least squares").stream(chunks, w=POINT["w"])


def test_floats_of_another_precision() -> None:
    single = [array.astype(np.float32) for array in ROWS]
    weights = POINT["w"].astype(np.float32)
    message = "^chunk 2: its floats are float64, but float32 in chunk 1$"
    with pytest.raises(sd.InputError, match=message):
        compiled("least squares").stream([single, ROWS], w=weights)


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({}, "no value for w"),
        ({"w": POINT["w"], "X": POINT["X"]}, "X must come in the chunks, or all rows by name"),
        ({"w": POINT["w"], "v": 1}, "'v' is not an input; the inputs are: X, w, y, n, d"),
        ({"w": POINT["w"], "n": 5}, "n is given as 5, but has 4 rows"),
    ],
)
def test_inputs_that_do_not_fit(named: dict[str, Any], message: str) -> None:
    with pytest.raises(sd.InputError, match=f"^{message}$"):
        compiled("least squares").stream([ROWS], over="n", **named)


def test_whole_arrays_that_do_not_fit() -> None:
    f, (matrix, vector) = compiled("least squares"), ROWS
    with pytest.raises(
        sd.InputError, match=r"^X has 4 rows, but y has 3: X is \(4, 3\), y is \(3,\)$"
    ):
        f.stream(X=matrix, y=vector[:3], w=POINT["w"], over="n")
    with pytest.raises(sd.InputError, match=r"^X must have shape \(n, d\), not \(4,\)$"):
        f.stream(X=vector, y=vector, w=POINT["w"], over="n")
    with pytest.raises(sd.ArgumentError, match=r"^`rows` must be a positive number of rows, not 0"):
        f.stream(X=matrix, y=vector, w=POINT["w"], over="n", rows=0)
    with pytest.raises(sd.ArgumentError, match=r"^`rows` says how arrays given by name are cut"):
        f.stream([ROWS], w=POINT["w"], rows=2)
    with pytest.raises(
        sd.ArgumentError, match=r"^chunks come in an iterable, such as a list, not 5"
    ):
        f.stream(5, w=POINT["w"])  # type: ignore[arg-type]


def test_the_number_of_rows_where_it_is_needed() -> None:
    f = compiled("the number of rows within")
    message = "^each row needs n, the number of all rows, before they have been counted: give n=$"
    with pytest.raises(sd.InputError, match=message):
        f.stream([POINT["y"]])


def test_what_does_not_depend_on_the_rows_needs_no_fold() -> None:
    f = sd.compile([sd.sum(sd.softmax(y)), sd.sum(y - y) * w])
    chunks = [[1.0, 2.0], [3.0]]
    one, zeros = f.stream(chunks, w=[1.0, 2.0])
    assert one == 1
    np.testing.assert_array_equal(zeros, [0, 0])


def test_the_size_must_be_told() -> None:
    with pytest.raises(sd.ArgumentError, match=r"^rows may be counted by n or d: say over='n'$"):
        compiled("least squares").stream(X=POINT["X"], y=POINT["y"], w=POINT["w"])
    with pytest.raises(sd.ArgumentError, match=r"^w must come in the chunks, not being given by n"):
        compiled("least squares").stream([POINT["w"]], X=POINT["X"], y=POINT["y"])
    with pytest.raises(
        sd.ArgumentError, match=r"^no input has an axis with a named size, by which"
    ):
        sd.compile(sd.sum(sd.vector("v", 3))).stream(v=[1, 2, 3])


def test_what_is_not_separable_is_explained() -> None:
    with pytest.raises(sd.ArgumentError, match=r"^not separable over n: `y - sum"):
        sd.compile(sd.sum((y - sd.mean(y)) ** 4)).stream([POINT["y"]])
    square = sd.matrix("S", "n", "n")
    with pytest.raises(sd.ArgumentError, match=r"^`S` of shape \(n, n\) cannot be cut into rows"):
        sd.compile(sd.sum(y), inputs=[y, square]).stream([(POINT["y"], np.eye(4))])


@pytest.mark.parametrize("name", ["rows", "over"])
def test_names_of_options_are_no_inputs(name: str) -> None:
    f = sd.compile(sd.sum(y) * sd.scalar(name))
    message = f"^an input is named '{name}', as an option of `stream` is; rename it$"
    with pytest.raises(sd.ArgumentError, match=message):
        f.stream([POINT["y"]])
