"""Blocks of rows: the same values as without, whatever the block and the number of threads."""

import re

import numpy as np
import pytest

import symdiff as sd
from symdiff.codegen import body

FORMULAS = [
    ("sum(log(1 + exp(X@w)) - y*(X@w))/n + sum(w**2)", {"X": "n d", "w": "d", "y": "n"}, "w"),
    ("sum(exp(-x**2)*y)", {"x": "n", "y": "n"}, "x y"),
    ("sum(tanh(X)*v + 1/(1 + X**2))", {"X": "n d", "v": "d"}, "X v"),
    ("sum(exp(X.T)*u)", {"X": "d n", "u": "d"}, "X u"),
    ("max(x*y) + min(x - y)", {"x": "n", "y": "n"}, "x y"),
    ("sum(softmax(X, 1)*Y)", {"X": "n k", "Y": "n k"}, "X"),
    ("sum(logsumexp(X*s, 1)*y)", {"X": "n k", "s": "", "y": "n"}, "X s"),
    ("sum((x - mean(x))**2*exp(x))", {"x": "n"}, "x"),
    ("sum(where(x > 0, x, 0.1*x)*y)", {"x": "n", "y": "n"}, "x"),
    ("norm(X@w - y)*prod(cos(y/100))", {"X": "n d", "w": "d", "y": "n"}, "w y"),
    ("sum(sin(K@a)*a)", {"K": "n n", "a": "n"}, "a"),
    ("sum(exp(y)*reshape(x, (n, 1))*outer(x, y))", {"x": "n", "y": "m"}, "x y"),
]


def compiled(formula, shapes, wrt, monkeypatch, threads=1, dtype="float64"):
    """The function that runs in blocks of few rows, and the same function without blocks."""
    e = sd.parse(formula, **shapes)
    variables = {v.attrs[0]: v for v in sd.inputs(e)}
    outputs = [e, *sd.grad(e, [variables[name] for name in wrt.split()])]
    monkeypatch.setattr(body, "LARGE", 0)
    f = sd.compile(outputs, threads=threads)
    assert "_in_blocks(block" in re.sub(r"\s+", " ", f.source).replace("( ", "(")
    source = (
        f.source.replace("2**18 // max(width, 1)", "3")
        .replace("2**21", "0")
        .replace("LARGE = 1 ", "LARGE = 0 ")
    )
    assert source != f.source
    namespace: dict = {}
    exec(source, namespace)
    monkeypatch.setattr(body, "LARGE", 10**9)
    return namespace["function"], sd.compile(outputs), list(f.inputs)


def arrays(names, shapes, sizes, dtype):
    rng = np.random.default_rng(1)
    return [
        rng.uniform(-1, 1, [sizes[s] for s in shapes[name].split()]).astype(dtype) for name in names
    ]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("formula, shapes, wrt", FORMULAS, ids=[f for f, *_ in FORMULAS])
def test_same_values(formula, shapes, wrt, threads, dtype, monkeypatch):
    f, g, names = compiled(formula, shapes, wrt, monkeypatch, threads)
    for n in (1, 3, 14):
        given = arrays(names, shapes, {"n": n, "d": 2, "k": 4, "m": 5}, dtype)
        for left, right in zip(f(*given), g(*given), strict=True):
            assert left.dtype == right.dtype == dtype
            assert left.shape == right.shape
            tolerance = 1e-12 if dtype == "float64" else 2e-4
            np.testing.assert_allclose(left, right, rtol=tolerance, atol=tolerance)


def test_threads_do_not_change_results(monkeypatch):
    formula, shapes, wrt = FORMULAS[0]
    one, _, names = compiled(formula, shapes, wrt, monkeypatch, threads=1)
    two, _, _ = compiled(formula, shapes, wrt, monkeypatch, threads=3)
    given = arrays(names, shapes, {"n": 1000, "d": 3}, "float64")
    for left, right in zip(one(*given), two(*given), strict=True):
        assert np.array_equal(left, right)


def test_no_rows(monkeypatch):
    formula, shapes, wrt = FORMULAS[1]
    f, _, names = compiled(formula, shapes, wrt, monkeypatch)
    assert f(*arrays(names, shapes, {"n": 0}, "float64"))[0] == 0


def test_inputs_are_not_written_into(monkeypatch):
    formula, shapes, wrt = FORMULAS[2]
    f, _, names = compiled(formula, shapes, wrt, monkeypatch)
    given = arrays(names, shapes, {"n": 10, "d": 3}, "float64")
    before = [array.copy() for array in given]
    f(*given)
    assert all(map(np.array_equal, given, before))


def test_an_error_in_a_thread_reaches_the_caller():
    from symdiff.runtime import _in_blocks

    def block(rows):
        if rows.start:
            raise ZeroDivisionError("here")

    with pytest.raises(ZeroDivisionError, match="here"):
        _in_blocks(block, 10**7, lambda m: (), 1, threads=3)


def test_warnings_are_those_of_the_caller(monkeypatch):
    f, _, _ = compiled("sum(log(x)*x)", {"x": "n"}, "x", monkeypatch, threads=2)
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        f(np.zeros(100))
    with np.errstate(all="ignore"):
        f(np.zeros(100))


def test_without_threadpoolctl_what_calls_blas_stays_on_one_thread(monkeypatch):
    import sys
    import threading

    from symdiff.runtime import _in_blocks

    def threads_of(blas):
        seen = set()

        def block(rows):
            if threading.get_ident() not in seen:
                barrier.wait(timeout=0.05 if blas else 20)
            seen.add(threading.get_ident())

        barrier = threading.Barrier(2)
        try:
            _in_blocks(block, 10**7, lambda m: (), 1, threads=2, blas=blas)
        except threading.BrokenBarrierError:
            return 1
        return len(seen)

    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    assert threads_of(blas=True) == 1
    assert threads_of(blas=False) == 2


def test_what_reads_the_same_rows_is_in_one_block():
    x = sd.vector("x", "n")
    sums = [sd.sum(sd.exp(x) * x), sd.sum(sd.cos(x) ** 3)]
    assert sd.compile(sums).source.count(" = _in_blocks(") == 1


# Memory that is kept ------------------------------------------------------------------------------


def test_results_are_never_written_over(monkeypatch):
    formula, shapes, wrt = FORMULAS[2]
    f, _, names = compiled(formula, shapes, wrt, monkeypatch)
    sizes = {"n": 3000, "d": 20}
    first = arrays(names, shapes, sizes, "float64")
    results = f(*first)
    views = [result[..., ::-1] if result.ndim else result for result in results]
    copies = [np.copy(view) for view in views]
    del results
    for _ in range(3):
        f(*[2 * array for array in first])
    assert all(map(np.array_equal, views, copies))


def test_memory_is_given_again_only_when_nothing_refers_to_it():
    from symdiff.runtime import _memory

    shape, dtype = (4096, 17), np.dtype(float)
    first = _memory(shape, dtype)
    place, view = first.ctypes.data, first[1:]
    assert _memory(shape, dtype).ctypes.data != place
    del first
    assert _memory(shape, dtype).ctypes.data != place
    del view
    again = [_memory(shape, dtype) for _ in range(3)]
    assert place in [array.ctypes.data for array in again]
    assert len({array.ctypes.data for array in again}) == 3


def test_as_much_memory_is_kept_as_is_said():
    from symdiff.runtime import _memory

    held = [_memory((2**21,), np.dtype(float)) for _ in range(20)]
    assert sum(array.nbytes for array in _memory.kept) <= 2**28
    del held
    _memory((2**25,), np.dtype(float))
    assert sum(array.nbytes for array in _memory.kept) <= 2**28


def test_without_keeping(monkeypatch):
    monkeypatch.setattr(body, "LARGE", 0)
    x = sd.vector("x", "n")
    outputs = [sd.sum(sd.tanh(x) * x), sd.grad(sd.sum(sd.tanh(x) * x), x)]
    assert "_memory(" in sd.compile(outputs).source
    assert "_memory(" not in sd.compile(outputs, without=["keep"]).source
    assert "_memory(" not in sd.compile(outputs, memory="min").source
