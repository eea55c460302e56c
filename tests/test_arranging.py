"""Joining, splitting, padding, moving and making arrays: every form against NumPy's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from oracles import assert_close, slope

import symdiff as sd
from symdiff.dims import named

N, M = named("n"), named("m")
SIZES = {"n": 4, "m": 3}
VECTOR, MATRIX = sd.vector("x", "n"), sd.matrix("X", "n", "m")
CUBE = sd.tensor("K", 2, "n", 3)
RNG = np.random.default_rng(0)
VALUES = {"x": RNG.normal(size=4), "X": RNG.normal(size=(4, 3)), "K": RNG.normal(size=(2, 4, 3))}


def value(e: sd.Node) -> Any:
    """The value at `VALUES`."""
    return sd.evaluate(e, **{v.attrs[0]: VALUES[v.attrs[0]] for v in sd.inputs(e)})


def check(apply: Callable[[Any, Any], Any], *nodes: sd.Node) -> None:
    """Compare a function of (library, arrays) with NumPy, and its gradient with differences."""
    arrays = [VALUES[node.attrs[0]] for node in nodes]
    built, expected = apply(sd, *nodes), apply(np, *arrays)
    many = isinstance(expected, (list, tuple))
    assert isinstance(built, (list, tuple)) == many
    for e, wanted in zip(*((built, expected) if many else ([built], [expected])), strict=True):
        assert_close(value(e), wanted, 1e-12)
    whole = [sd.ravel(e) for e in (built if many else [built])]
    loss = sd.sum(sd.concatenate(whole) ** 3)
    (gradient,) = sd.grad(loss, [nodes[0]])

    def cubes(at: Any) -> Any:
        results = apply(np, at["a"], *arrays[1:])
        return sum(np.sum(np.asarray(r) ** 3) for r in (results if many else [results]))

    assert_close(value(gradient), slope(cubes, {"a": arrays[0]}, "a"), 1e-8)


AXES = [None, 0, 1, 2, -1, -2, (0, 2), (2, 0), (-1, 0, 1)]


# Moving axes and entries --------------------------------------------------------------------------


@pytest.mark.parametrize("axis", AXES)
def test_flip(axis: Any) -> None:
    check(lambda lib, K: lib.flip(K, axis), CUBE)


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("shift", [1, -2, 7, (1, 2)])
def test_roll(shift: Any, axis: Any) -> None:
    if isinstance(shift, tuple) and axis is None:
        shift = 3
    if isinstance(shift, tuple) and isinstance(axis, tuple) and len(axis) == 3:
        with pytest.raises(sd.ArgumentError, match="cannot pair 2 shifts with 3 axes"):
            sd.roll(CUBE, shift, axis)
        return
    check(lambda lib, K: lib.roll(K, shift, axis), CUBE)


@pytest.mark.parametrize("k", range(-1, 5))
@pytest.mark.parametrize("axes", [(0, 1), (1, 0), (2, 0), (-1, 1)])
def test_rot90(k: int, axes: tuple[int, int]) -> None:
    check(lambda lib, K: lib.rot90(K, k, axes), CUBE)


@pytest.mark.parametrize("source", [0, 1, -1, (0, 1), (2, 0), (-1, 1, 0)])
@pytest.mark.parametrize("destination", [0, 2, -2, (1, 2), (0, -1), (2, 0, 1)])
def test_moveaxis(source: Any, destination: Any) -> None:
    if np.size(source) != np.size(destination):
        with pytest.raises(sd.ArgumentError, match="as many places as axes"):
            sd.moveaxis(CUBE, source, destination)
        return
    check(lambda lib, K: lib.moveaxis(K, source, destination), CUBE)


@pytest.mark.parametrize("axis", range(-3, 3))
@pytest.mark.parametrize("start", range(-3, 4))
def test_rollaxis(axis: int, start: int) -> None:
    check(lambda lib, K: lib.rollaxis(K, axis, start), CUBE)


@pytest.mark.parametrize("reps", [0, 1, 3, (2, 1), (1, 1, 2), (2, 1, 1, 3), [2, 2]])
def test_tile(reps: Any) -> None:
    check(lambda lib, K: lib.tile(K, reps), CUBE)
    check(lambda lib, x: lib.tile(x, reps), VECTOR)


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("repeats", [0, 1, 3, [2]])
def test_repeat(repeats: Any, axis: Any) -> None:
    check(lambda lib, K: lib.repeat(K, repeats, axis), CUBE)


def test_repeat_each_entry_as_often_as_it_says() -> None:
    check(lambda lib, K: lib.repeat(K, [0, 2, 1], -1), CUBE)
    check(lambda lib, K: lib.repeat(K, np.array([3, 0]), axis=0), CUBE)


# Joining and splitting ----------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3, None])
def test_concatenate_and_stack(axis: Any) -> None:
    check(lambda lib, K: lib.concatenate([K, 2 * K, K], axis), CUBE)
    if axis is not None:
        check(lambda lib, K: lib.stack((K, K * K), axis), CUBE)
        if axis != 1:
            check(lambda lib, K: lib.unstack(K, axis=axis), CUBE)


@pytest.mark.parametrize("name", ["hstack", "vstack", "dstack", "column_stack"])
def test_stacks(name: str) -> None:
    check(lambda lib, x: getattr(lib, name)([x, 2 * x]), VECTOR)
    check(lambda lib, X: getattr(lib, name)((X, X * X)), MATRIX)
    if name != "column_stack":
        check(lambda lib, K: getattr(lib, name)([K, K]), CUBE)


@pytest.mark.parametrize("sections", [1, 2, [1], [1, 3], [], (0, 2, 4), [-1], [2, 2]])
def test_split(sections: Any) -> None:
    x, array = sd.tensor("K", 2, 4, 3), VALUES["K"]
    for name in ("split", "array_split"):
        parts = getattr(sd, name)(x, sections, axis=1)
        wanted = getattr(np, name)(array, sections, axis=1)
        for part, expected in zip(parts, wanted, strict=True):
            assert_close(value(part), expected, 0)
    for part, expected in zip(sd.array_split(x, 3, 1), np.array_split(array, 3, 1), strict=True):
        assert_close(value(part), expected, 0)


def test_symbolic_sections() -> None:
    x = sd.vector("x", N + M)
    assert [str(part.shape[0]) for part in sd.split(x, [N])] == ["n", "m"]
    assert sd.simplify(sd.concatenate(sd.split(x, [N]))).shape == x.shape
    assert [part.shape for part in sd.split(sd.vector("y", 6 * N), 3)] == [(2 * N,)] * 3


def test_joined_arrays_come_apart() -> None:
    x, y = sd.vector("x", "n"), sd.vector("y", "m")
    joined = sd.concatenate([x, y])
    assert [sd.simplify(part) for part in sd.split(joined, [N])] == [x, y]
    assert str(sd.grad(sd.sum(joined**2), x)) == "2 x"
    assert str(sd.hessian(sd.sum(joined**3), x)) == "6 diag(x)"
    assert sd.simplify(sd.stack([x, 2 * x])[1]) is sd.simplify(2 * x)
    assert sd.text(sd.simplify(sd.exp(sd.stack([x, x**2]))[1])) == "exp(x**2)"


def test_block() -> None:
    check(lambda lib, X: lib.block([[X, X], [X * X, X]]), MATRIX)
    check(lambda lib, x: lib.block([x, 1.0, 2 * x]), VECTOR)
    check(lambda lib, K: lib.block([[[K]], [[K]]]), CUBE)


def test_insert_and_delete() -> None:
    for place in (-1, 0, 1, 3):
        check(lambda lib, x, place=place: lib.delete(x, place), VECTOR)
        check(lambda lib, x, place=place: lib.insert(x, place, 5.0), VECTOR)
        check(lambda lib, X, place=place: lib.insert(X, place, X[0], axis=0), MATRIX)
    check(lambda lib, X: lib.delete(X, [2, 0], axis=1), MATRIX)
    check(lambda lib, K: lib.append(K, K, 1), CUBE)
    check(lambda lib, K: lib.append(K, 1.0), CUBE)


# Padding ------------------------------------------------------------------------------------------

WIDTHS = [0, 1, 2, (1, 2), ((1, 2),), ((0, 1), (2, 0), (1, 1)), [[1, 0]]]


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect", "symmetric", "wrap"])
@pytest.mark.parametrize("width", WIDTHS, ids=str)
def test_pad(width: Any, mode: str) -> None:
    if mode == "reflect" and width != 0:
        width = ((0, 0), (1, 2), (2, 1))  # an axis of two entries has no three to reflect
    if mode in ("symmetric", "wrap") and width == 2:
        width = ((2, 1), (2, 2), (3, 2))
    check(lambda lib, K: lib.pad(K, width, mode=mode), CUBE)


@pytest.mark.parametrize("mode", ["edge", "reflect", "symmetric", "wrap"])
@pytest.mark.parametrize("width", [(3, 4), (9, 0), (0, 11), (8, 8)])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_border_may_go_round_more_than_once(n: int, width: Any, mode: str) -> None:
    array = np.arange(1.0, n + 1)
    padded = sd.pad(sd.vector("x", n), width, mode=mode)
    assert sd.evaluate(padded, x=array).tolist() == np.pad(array, width, mode=mode).tolist()


def test_pad_with_numbers() -> None:
    for values in (1.5, (1, 2), ((1, 2), (3, 4), (5, -6)), -np.inf):
        K = VALUES["K"]
        padded = sd.pad(CUBE, (1, 2), constant_values=values)
        assert_close(value(padded), np.pad(K, (1, 2), constant_values=values), 0)


def test_a_symbolic_border() -> None:
    e = sd.pad(VECTOR, (M, 2 * M - 1))
    assert str(e.shape[0]) == "3*m + n - 1"
    assert sd.evaluate(e, x=[1.0], m=1).tolist() == [0, 1, 0]
    with pytest.raises(sd.InputError, match=r"a border needs 2\*m - 1 >= 0, but 2\*m - 1 is -1"):
        sd.evaluate(e, x=[1.0], m=0)


@pytest.mark.parametrize("mode", ["reflect", "symmetric", "wrap", "edge"])
def test_a_border_that_an_array_cannot_fill_is_refused(mode: str) -> None:
    padded = sd.pad(VECTOR, 3, mode=mode)
    least = {"reflect": 4, "symmetric": 3, "wrap": 3, "edge": 1}[mode]
    for compute in (lambda x: sd.evaluate(padded, x=x), sd.compile(padded)):
        array = np.arange(float(least))
        assert compute(array).tolist() == np.pad(array, 3, mode=mode).tolist()
        with pytest.raises(sd.InputError, match=rf"needs n >= {least}, but n is {least - 1}"):
            compute(array[:-1])


# Triangles and diagonals --------------------------------------------------------------------------


@pytest.mark.parametrize("k", [-4, -1, 0, 1, 2, 5])
def test_triangles(k: int) -> None:
    for name in ("tril", "triu"):
        check(lambda lib, X, name=name: getattr(lib, name)(X, k), MATRIX)
        check(lambda lib, K, name=name: getattr(lib, name)(K, k), CUBE)
    assert_close(sd.evaluate(sd.tri(N, M, k), **SIZES), np.tri(4, 3, k), 0)
    assert_close(sd.evaluate(sd.eye(N, M, k), **SIZES), np.eye(4, 3, k), 0)


@pytest.mark.parametrize("k", [-2, -1, 0, 1, 2])
def test_diagonals(k: int) -> None:
    K = VALUES["K"]
    fixed, square = sd.tensor("K", 2, 4, 3), sd.tensor("S", "n", 2, "n")
    values = RNG.normal(size=(4, 2, 4))
    for axes in ((1, 2), (2, 1), (-1, 0), (0, 1)):
        assert_close(value(sd.diagonal(fixed, k, *axes)), np.diagonal(K, k, *axes), 0)
        assert_close(value(sd.trace(fixed, k, *axes)), np.trace(K, k, *axes), 1e-12)
    assert_close(sd.evaluate(sd.diagonal(square, k, 0, 2), S=values), np.diagonal(values, k, 0, 2))
    check(lambda lib, x: lib.diag(x, k), VECTOR)
    check(lambda lib, x: lib.diagflat(x * x, k), VECTOR)


# Making arrays ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bounds", [(5,), (2, 7), (0, 7, 3), (7, 0, -2), (3, 3), (4, 1), (0, -5, -1)]
)
@pytest.mark.parametrize("dtype", [None, float, "int"])
def test_arange(bounds: tuple[int, ...], dtype: Any) -> None:
    made = sd.evaluate(sd.arange(*bounds, dtype=dtype))
    wanted = np.arange(*bounds, dtype=dtype)
    assert made.tolist() == wanted.tolist()
    assert made.dtype == wanted.dtype


def test_symbolic_ranges() -> None:
    for e, n in ((sd.arange("n"), 4), (sd.arange(1, N + 1), 4), (sd.arange(N, 0, -1), 4)):
        assert e.shape == (N,)
        assert len(sd.evaluate(e, n=n)) == n
    assert sd.evaluate(sd.arange(M, N, 2), n=8, m=3).tolist() == [3, 5, 7]
    with pytest.raises(sd.InputError, match="arange from m to n needs -m \\+ n >= 0"):
        sd.evaluate(sd.arange(M, N), n=2, m=3)


@pytest.mark.parametrize("endpoint", [True, False])
@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_spaces(count: int, endpoint: bool) -> None:
    for name, ends in (("linspace", (-1.5, 2)), ("logspace", (0, 2)), ("geomspace", (2, 0.25))):
        for size in (count, N):
            e = getattr(sd, name)(*ends, size, endpoint)
            made = sd.evaluate(e, **({} if isinstance(size, int) else {"n": count}))
            assert_close(made, getattr(np, name)(*ends, count, endpoint), 1e-13)


def test_meshgrid() -> None:
    arrays = [np.arange(3.0), np.arange(2.0), np.arange(4.0)]
    nodes = [sd.vector(f"x{k}", f"n{k}") for k in range(3)]
    for count in (1, 2, 3):
        for indexing in ("xy", "ij"):
            for sparse in (False, True):
                options: Any = {"indexing": indexing, "sparse": sparse}
                grids = sd.meshgrid(*nodes[:count], **options)
                wanted = np.meshgrid(*arrays[:count], **options)
                given = {f"x{k}": arrays[k] for k in range(count)}
                for grid, expected in zip(grids, wanted, strict=True):
                    told = {v.attrs[0]: given[v.attrs[0]] for v in sd.inputs(grid)}
                    sizes = {f"n{k}": len(arrays[k]) for k in range(count)}
                    free = [
                        n for n in sizes if f"x{n[1]}" not in told and f"n{n[1]}" in str(grid.shape)
                    ]
                    found = sd.evaluate(grid, **told, **{n: sizes[n] for n in free})
                    assert_close(found, expected, 0)


def test_vander_at_zero_has_derivatives() -> None:
    x = sd.vector("x", 3)
    e = sd.vander(x, 4)
    first = sd.evaluate(sd.grad(sd.sum(e), x), x=[0.0, 1, 2])
    second = sd.evaluate(sd.grad(sd.sum(e), x, order=2), x=[0.0, 1, 2])
    assert first.tolist() == [1, 6, 17]
    assert np.diag(second).tolist() == [2, 8, 14]


@pytest.mark.parametrize("dtype", [bool, int, float, "int"])
def test_kinds(dtype: Any) -> None:
    for name in ("zeros", "ones"):
        made = sd.evaluate(getattr(sd, name)((2, 3), dtype=dtype))
        assert made.dtype == getattr(np, name)((2, 3), dtype=dtype).dtype
    like = sd.evaluate(sd.ones_like(sd.vector("k", 3, dtype="int")))
    assert (like.dtype.kind, like.tolist()) == ("i", [1, 1, 1])


def test_results_are_not_views_of_the_input() -> None:
    x = np.arange(4.0)
    for e in (sd.flip(VECTOR), sd.split(VECTOR, [1])[1], sd.sliding_window_view(VECTOR, 2)):
        for result in (sd.evaluate(e, x=x), sd.compile(e)(x)):
            result[...] = 7
    assert x.tolist() == [0, 1, 2, 3]


def test_float32_stays() -> None:
    x = sd.vector("x", "n")
    each = [
        sd.stack([sd.sum(x), 1, 0.5]), sd.concatenate([x, sd.arange(3)]), sd.linspace(0, x[0], 3),
        sd.pad(x, 1, constant_values=1.5), sd.eye("n", 2, 1), sd.arange("n", dtype=float) * x,
    ]  # fmt: skip
    for e in each:
        given: dict[str, Any] = {"x": np.ones(2, np.float32)} if sd.inputs(e) else {"n": 2}
        results = [sd.evaluate(e, **given), sd.compile(e)(**given)]
        assert {r.dtype for r in results} == {np.dtype("f4" if sd.inputs(e) else "f8")}


# Refusals -----------------------------------------------------------------------------------------

REFUSED: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (
        lambda: sd.concatenate([MATRIX, sd.matrix("Y", "m", "n")]),
        sd.ShapeError,
        "`concatenate` cannot join `X` of shape (n, m) and `Y` of shape (m, n): "
        "size m differs from size n on axis 1",
    ),
    (
        lambda: sd.concatenate([VECTOR, MATRIX]),
        sd.ShapeError,
        "`concatenate` needs arrays with equally many axes, not `x` of shape (n,) and `X` of "
        "shape (n, m)",
    ),
    (lambda: sd.concatenate([]), sd.ArgumentError, "`concatenate` needs at least one array"),
    (
        lambda: sd.concatenate([sd.scalar("a"), 1]),
        sd.ArgumentError,
        "`concatenate` needs arrays with an axis, not `a` of shape (); use sd.stack",
    ),
    (
        lambda: sd.stack(VECTOR),
        sd.ArgumentError,
        "`stack` needs a list of arrays, not `x` of shape (n,)",
    ),
    (
        lambda: sd.split(VECTOR, 2),
        sd.ShapeError,
        "`split` cannot split `x` of shape (n,) into 2 equal parts along axis 0: size n is not "
        "known to be a multiple of 2; declare it as such, or give a list of places",
    ),
    (
        lambda: sd.split(VECTOR, 0),
        sd.ArgumentError,
        "the number of sections must be a positive int, or a list of places, not 0",
    ),
    (
        lambda: sd.pad(VECTOR, 1, mode="linear_ramp"),
        sd.ArgumentError,
        "`pad` has the modes 'constant', 'edge', 'reflect', 'symmetric', 'wrap', not 'linear_ramp'",
    ),
    (
        lambda: sd.pad(MATRIX, ((1, 1), (1, 1), (1, 1))),
        sd.ArgumentError,
        "`pad_width` must be a number, a pair, or a pair for each of 2 axes",
    ),
    (lambda: sd.pad(VECTOR, -1), sd.ArgumentError, "a width of `pad` cannot be negative: -1"),
    (
        lambda: sd.pad(VECTOR, 1, constant_values=sd.scalar("a")),
        sd.ArgumentError,
        "`constant_values` of `pad` are numbers, not a; to put an expression around an array use "
        "sd.concatenate",
    ),
    (
        lambda: sd.diagonal(MATRIX, 1),
        sd.ShapeError,
        "`diagonal` needs a square matrix, not `X` of shape (n, m): n and m - 1 may differ",
    ),
    (
        lambda: sd.squeeze(MATRIX, 0),
        sd.ShapeError,
        "`squeeze` removes axes of size 1, but axis 0 of `X` of shape (n, m) has size n",
    ),
    (
        lambda: VECTOR[-N:],
        sd.ArgumentError,
        "a symbolic bound of a slice counts from the front, unlike -n; "
        "from the end of an axis of size n it is 0",
    ),
    (
        lambda: VECTOR[N + 1 :],
        sd.ShapeError,
        "the slice [n + 1 :] does not lie within an axis of size n",
    ),
    (
        lambda: sd.repeat(VECTOR, [1, 2]),
        sd.ShapeError,
        "`repeat` has 2 numbers for axis 0 of `x` of shape (n,), whose size is n",
    ),
    (
        lambda: sd.arange(0.0, "n"),
        sd.ArgumentError,
        "`arange` takes floats or symbolic sizes, not both; use linspace",
    ),
    (
        lambda: sd.zeros(3, dtype="float32"),
        sd.ArgumentError,
        "dtype must be bool, int, float or complex, not 'float32'; the precision of float is that "
        "of the arrays given at each call",
    ),
    (
        lambda: sd.vander(VECTOR),
        sd.ArgumentError,
        "`vander` needs an int as its number of columns, not n",
    ),
    (
        lambda: sd.unstack(VECTOR),
        sd.ArgumentError,
        "`unstack` needs an axis with a number as its size, not n",
    ),
    (
        lambda: sd.delete(VECTOR, [0, -1]),
        sd.ArgumentError,
        "`delete` cannot tell in which order places from both ends of `x` of shape (n,) stand",
    ),
]


@pytest.mark.parametrize(("attempt", "error", "message"), REFUSED, ids=[r[2][:40] for r in REFUSED])
def test_refusals(attempt: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        attempt()
    assert str(caught.value) == message


def test_a_slice_out_of_bounds_is_refused_at_the_call() -> None:
    e = VECTOR[M:]
    with pytest.raises(sd.InputError, match=r"the index \[m:\] needs -m \+ n >= 0"):
        sd.evaluate(e, x=np.ones(2), m=3)
    with pytest.raises(sd.InputError, match=r"the index \[m:\] needs -m \+ n >= 0"):
        sd.compile(e)(np.ones(2), m=3)
