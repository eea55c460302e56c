"""Index arrays, masks and `x.at[…]`, compared with NumPy for every combination of indices."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from oracles_indexing import At

import symdiff as sd
from symdiff.rewrite.engine import substitute

SHAPE = (3, 4, 2)
X = sd.tensor("X", *SHAPE)
I = sd.vector("i", 2, dtype="int")  # noqa: E741
J = sd.matrix("j", 3, 1, dtype="int")
S = sd.scalar("s", dtype="int")
VALUES = {
    "X": np.random.default_rng(0).normal(size=SHAPE),
    "i": np.array([1, -2]),
    "j": np.array([[1], [0], [1]]),
    "s": np.array(-1),
}
ENTRIES = (
    1,
    -1,
    slice(None),
    slice(1, None),
    slice(None, None, -1),
    [0, -1],
    [[1], [0], [1]],
    I,
    J,
    S,
)
EXTRAS = (None, ..., np.array([True, False, True]))

Index = tuple[Any, ...]


def indices() -> Iterator[Index]:
    """Every entry on every axis, and an extra one between a few of them."""
    for count in (1, 2, 3):
        yield from itertools.product(ENTRIES, repeat=count)
    few = (0, slice(1, None), [0, 1], I, S)
    for pair in itertools.product(few, repeat=2):
        for extra, place in itertools.product(EXTRAS, range(3)):
            yield (*pair[:place], extra, *pair[place:])
    yield np.array(VALUES["X"] > 0), None
    yield np.array(VALUES["X"][:, :, 0] > 0), [0]
    yield 0, np.array(VALUES["X"][0] > 0)
    yield slice(None), np.array(VALUES["X"][0] > 0)


def in_numbers(index: Index) -> Index:
    """The same index for NumPy."""
    return tuple(VALUES[str(e)] if isinstance(e, sd.Node) else e for e in index)


def given(node: sd.Node) -> dict[str, Any]:
    """The values that an expression needs."""
    return {str(v): VALUES[str(v)] for v in sd.inputs(node)}


def shown(index: Index) -> str:
    return ", ".join(str(e) for e in index)


def numpys(index: Index) -> Any:
    """NumPy's result, or None where it refuses."""
    try:
        return VALUES["X"][in_numbers(index)]
    except IndexError:
        return None


def test_every_index_is_numpys() -> None:
    compared = 0
    for index in indices():
        wanted = numpys(index)
        if wanted is None:
            with pytest.raises((sd.ShapeError, sd.ArgumentError)):
                X[index]
            continue
        taken = X[index]
        assert taken.shape == wanted.shape, shown(index)
        assert_allclose(sd.evaluate(taken, **given(taken)), wanted, err_msg=shown(index))
        compared += 1
    assert compared > 1000


def test_every_index_is_read_back() -> None:
    for index in indices():
        if numpys(index) is not None:
            taken = X[index]
            assert sd.parse(sd.text(taken), X=X, i=I, j=J, s=S) is taken, shown(index)


def test_every_derivative_adds_up_at_the_places() -> None:
    for index in indices():
        wanted = numpys(index)
        if wanted is None:
            continue
        taken = X[index]
        weights = np.arange(1.0, 1.0 + wanted.size).reshape(wanted.shape)
        (gradient,) = sd.backprop(sd.sum(taken * weights), X).gradients
        expected = np.zeros(SHAPE)
        np.add.at(expected, in_numbers(index), weights)
        assert_allclose(sd.evaluate(gradient, **given(gradient)), expected, err_msg=shown(index))


@pytest.mark.parametrize("method", ["set", "add"])
def test_every_update_is_numpys(method: str) -> None:
    for index in indices():
        wanted = numpys(index)
        if wanted is None:
            continue
        values = np.arange(1.0, 1.0 + wanted.size).reshape(wanted.shape)
        updated = getattr(X.at[index], method)(values)
        expected = getattr(At(VALUES["X"], in_numbers(index)), method)(values)
        assert_allclose(sd.evaluate(updated, **given(updated)), expected, err_msg=shown(index))


@pytest.mark.parametrize("index", [([0, 1], slice(None), I), (I, J), (slice(1, None), I), (S, I)])
@pytest.mark.parametrize("method", ["set", "add"])
def test_updates_compile_and_are_read_back(method: str, index: Index) -> None:
    v = sd.scalar("v")
    updated = getattr(X.at[index], method)(sd.exp(v))
    assert sd.parse(sd.text(updated), X=X, i=I, j=J, s=S, v=v) is updated
    values = {**given(sd.sum(X[index])), "v": 0.5}
    gradients = sd.grad(sd.sum(updated**2), [X, v])
    for node in (updated, *gradients):
        assert_allclose(
            sd.compile(node, list(sd.inputs(updated, X, v)))(**values),
            sd.evaluate(node, **{str(x): values[str(x)] for x in sd.inputs(node)}),
        )
    assert all(
        comparison.ok
        for comparison in sd.check(
            sd.sum(updated**2), at={u: VALUES[str(u)] for u in (I, J, S) if u in sd.inputs(updated)}
        )
    )


# Derivatives --------------------------------------------------------------------------------------


def test_the_last_of_repeated_writes_stays_and_nothing_flows_to_the_others() -> None:
    x, v = sd.vector("x", 4), sd.vector("v", 3)
    i = sd.vector("i", 3, dtype="int")
    target = sd.sum(x.at[i].set(v) ** 2)
    by_x, by_v = sd.grad(target, [x, v])
    values = {"x": [1.0, 2.0, 3.0, 4.0], "v": [5.0, 6.0, 7.0], "i": [1, 0, -3]}
    assert sd.evaluate(by_x, **values).tolist() == [0.0, 0.0, 6.0, 8.0]
    assert sd.evaluate(by_v, **values).tolist() == [0.0, 12.0, 14.0]


def test_a_size_that_only_an_index_mentions() -> None:
    v = sd.vector("v", "m")
    gradient = sd.grad(sd.sum(x.at[i].set(v)), v)
    assert sd.text(gradient) == "where(last_written((n,), i), 1.0, 0.0)"
    for compute in (lambda **given: sd.evaluate(gradient, **given), sd.compile(gradient)):
        assert compute(i=[1, 0, -2], n=3).tolist() == [0.0, 1.0, 1.0]


def test_second_derivatives_through_repeated_places() -> None:
    x = sd.vector("x", "n")
    i = sd.vector("i", "m", dtype="int")
    hessian = sd.hessian(sd.sum(x[i] ** 3), x)
    found = sd.evaluate(hessian, x=[1.0, 2.0, 3.0], i=[0, 2, 0])
    assert_allclose(found, np.diag([12.0, 0.0, 18.0]))


@pytest.mark.parametrize("mode", ["forward", "reverse", "auto"])
def test_jacobians_of_index_arrays(mode: str) -> None:
    X = sd.matrix("X", 3, 2)
    i = sd.vector("i", 4, dtype="int")
    values = {"X": np.arange(6.0).reshape(3, 2), "i": [2, 0, 2, -1]}
    found = sd.evaluate(sd.jacobian(X[i, [0, 1, 1, 0]] ** 2, X, mode=mode), **values)
    expected = np.zeros((4, 3, 2))
    rows, columns = np.array([2, 0, 2, 2]), np.array([0, 1, 1, 0])
    expected[np.arange(4), rows, columns] = 2 * values["X"][rows, columns]
    assert_allclose(found, expected)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize(
    "make",
    [
        lambda x: sd.sort(x, axis=1),
        lambda x: sd.take_along_axis(x, sd.argsort(x, axis=0), axis=0),
        lambda x: x.at[:, [1, 0]].set(x[:, :2] ** 2),
        lambda x: x.at[x > 1].multiply(3),
        lambda x: sd.quantile(x, [0.2, 0.7], axis=1),
        lambda x: sd.median(x, axis=0),
        lambda x: sd.interp(x, [0.0, 1.0, 4.0], [0.0, 2.0, 1.0]),
    ],
)
def test_jacobians_agree_with_differences(mode: str, make: Callable[[sd.Node], sd.Node]) -> None:
    x = sd.matrix("x", 3, 4)
    at = np.random.default_rng(1).normal(size=(3, 4))
    found = sd.evaluate(sd.jacobian(make(x), x, mode=mode), x=at)
    function = sd.compile(make(x))
    step = 1e-6
    for place in np.ndindex(at.shape):
        moved = np.zeros_like(at)
        moved[place] = step
        slope = (function(at + moved) - function(at - moved)) / (2 * step)
        assert_allclose(found[(..., *place)], slope, atol=1e-7)


def test_ties() -> None:
    x = sd.vector("x", 4)
    at = [2.0, 1.0, 2.0, 2.0]
    cases = {
        sd.sort(x)[1]: [1.0, 0.0, 0.0, 0.0],  # the order of ties is kept
        sd.median(x): [1 / 3, 0.0, 1 / 3, 1 / 3],  # ties share
        sd.quantile(x, 1): [1 / 3, 0.0, 1 / 3, 1 / 3],  # as for `max`
        sd.max(x): [1 / 3, 0.0, 1 / 3, 1 / 3],
        sd.quantile(x, 0): [0.0, 1.0, 0.0, 0.0],
    }
    for expression, expected in cases.items():
        assert_allclose(sd.evaluate(sd.grad(expression, x), x=at), expected)


@pytest.mark.parametrize("method", ["linear", "lower", "higher", "midpoint", "nearest"])
def test_quantiles_are_numpys(method: str) -> None:
    rng = np.random.default_rng(2)
    q = [0.0, 0.1, 0.25, 0.5, 0.6, 1.0]
    for n in range(1, 9):
        at = rng.normal(size=(n, 2))
        x = sd.matrix("x", "n", 2)
        for axis in (None, 0, 1, (0, 1)):
            expected = np.quantile(at, q, axis=axis, method=method)  # type: ignore[call-overload]
            assert_allclose(sd.evaluate(sd.quantile(x, q, axis, method), x=at), expected)
        total = sd.sum(sd.quantile(x, q, 0, method))
        gradient = sd.evaluate(sd.grad(total, x), x=at)
        assert_allclose(gradient.sum(axis=0), [len(q), len(q)])  # a shift of all shifts each
        assert_allclose((gradient * at).sum(), sd.evaluate(total, x=at), atol=1e-12)


@pytest.mark.parametrize("q", [0.0, 0.1, 0.25, 0.3, 0.5, 1.0])
def test_a_quantile_by_its_place(q: float) -> None:
    """At an entry the derivative is the mean of both sides; at the ends, that on the one side."""
    x, place = sd.vector("x", "n"), sd.scalar("q")
    at = np.array([3.0, 1.0, 7.0, 2.0, 11.0])
    step = 1e-7
    sides = [p for p in (q - step, q + step) if 0 <= p <= 1]
    slopes = [(np.quantile(at, p) - np.quantile(at, q)) / (p - q) for p in sides]
    found = sd.evaluate(sd.grad(sd.quantile(x, place), place), x=at, q=q)
    assert_allclose(found, np.mean(slopes), rtol=1e-6)


def test_a_quantile_of_one_entry_by_its_place() -> None:
    x, place = sd.vector("x", "n"), sd.scalar("q")
    assert sd.evaluate(sd.grad(sd.quantile(x, place), place), x=[3.0], q=0.3) == 0


def test_infinite_entries_that_a_median_does_not_meet() -> None:
    x = sd.vector("x", "n")
    gradient = sd.grad(sd.median(x) ** 2, x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sd.evaluate(gradient, x=[1.0, np.inf, 3.0]).tolist() == [0.0, 0.0, 6.0]


def test_a_sort_is_shared_by_its_derivatives() -> None:
    x, w = sd.vector("x", "n"), sd.vector("w", "n")
    f = sd.sum(sd.sort(x) * w)
    source = sd.emit(f, wrt=[x, w])
    assert source.count("np.argsort(") == source.count("np.sort(") == 1


# Masks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["set", "add", "subtract", "multiply", "divide", "min", "max"])
@pytest.mark.parametrize("value", [2.0, np.array([1.0, -2.0])])
def test_computed_masks(method: str, value: Any) -> None:
    x = sd.tensor("X", "n", "m", 2)
    mask = x > 0 if np.ndim(value) == 0 else x[:, :, 0] > 0
    chosen = VALUES["X"] > 0 if np.ndim(value) == 0 else VALUES["X"][:, :, 0] > 0
    updated = getattr(x.at[mask], method)(value)
    expected = getattr(At(VALUES["X"], chosen), method)(value)
    assert_allclose(sd.evaluate(updated, X=VALUES["X"]), expected)
    assert all(comparison.ok for comparison in sd.check(sd.sum(updated**2), at={x: VALUES["X"]}))


@pytest.mark.parametrize("method", ["multiply", "divide", "min", "max"])
def test_methods_at_places_that_differ(method: str) -> None:
    index = (slice(None), [2, 0])
    values = np.array([[0.5], [3.0]])
    updated = getattr(X.at[index], method)(values)
    expected = getattr(At(VALUES["X"], index), method)(values)
    assert_allclose(sd.evaluate(updated, X=VALUES["X"]), expected)
    assert X.at[index].get() is X[index]


# Messages -----------------------------------------------------------------------------------------

x, y, n3 = sd.vector("x", "n"), sd.vector("y", "m"), sd.vector("z", 3)
i = sd.vector("i", "m", dtype="int")
k = sd.vector("k", 3, dtype="int")


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (
            lambda: n3[[0, 3]],
            sd.ShapeError,
            "place 3 does not exist on axis 0 of `z` of shape (3,), which has size 3",
        ),
        (
            lambda: sd.matrix("W", "n", 2)[:, [[0], [-3]]],
            sd.ShapeError,
            "place -3 does not exist on axis 1 of `W` of shape (n, 2), which has size 2",
        ),
        (
            lambda: x[y],
            sd.ArgumentError,
            "an index must be of kind int, but `y` is of kind float; declare it with "
            'dtype="int", or in words as "n int"',
        ),
        (
            lambda: x[[0.5]],
            sd.ArgumentError,
            "an index holds whole numbers, not float64: [0.5]",
        ),
        (
            lambda: x[[i, 0]],
            sd.ArgumentError,
            "an index list holds whole numbers, not expressions; give one expression of kind int",
        ),
        (
            lambda: x[x > 0],
            sd.ArgumentError,
            "how many entries `x` of shape (n,) has where `x > 0` is not known before it is "
            "computed, so this has no shape; use sd.where(mask, x, other), sd.sum(x, where=mask), "
            "or x.at[mask].set(value)",
        ),
        (
            lambda: n3[[True, False]],
            sd.ShapeError,
            "a mask of shape (2,) cannot choose from axis 0 on of `z` of shape (3,); "
            "its sizes must be those numbers",
        ),
        (
            lambda: sd.matrix("W", "n", "n")[i, k],
            sd.ShapeError,
            "`index` cannot broadcast `i` of shape (m,) with `k` of shape (3,): "
            "size m differs from size 3",
        ),
        (
            lambda: x[i, i],
            sd.ArgumentError,
            "2 indices are too many for `x` of shape (n,)",
        ),
        (
            lambda: x.at[i].multiply(2),
            sd.ArgumentError,
            "`multiply` needs places that are known to differ, but those of `x` may repeat; "
            "if they never do, write x.at[i].set(…) with what x[i] becomes",
        ),
        (
            lambda: n3.at[[0, 1]].set([1, 2, 3]),
            sd.ShapeError,
            "`set` needs values that broadcast to (2,), the shape of that part of "
            "`z` of shape (3,), not `array([1, 2, 3])` of shape (3,)",
        ),
        (
            lambda: x.at[x > 0].set(y),
            sd.ShapeError,
            "how many places `x > 0` chooses is not known before it is computed, so `y` of shape "
            "(m,) cannot have a value for each; use sd.where(mask, values, x)",
        ),
        (
            lambda: x.at[sd.vector("b", "m", dtype="bool")].set(0),
            sd.ShapeError,
            "the mask `b` of shape (m,) must have the sizes of the first axes of `x` of shape (n,)",
        ),
        (
            lambda: i.at[0].set(0.5),
            sd.ArgumentError,
            "`i` is of kind int and cannot hold `0.5` of kind float",
        ),
        (
            lambda: i.at[0].divide(2),
            sd.ArgumentError,
            "`i` is of kind int: no quotient fits",
        ),
        (
            lambda: x.__setitem__(0, 1),
            sd.ArgumentError,
            "expressions are immutable; for a copy with other entries write "
            "`x = x.at[index].set(value)`, or `.add(value)` to add",
        ),
        (
            lambda: sd.take(x, [0], mode="clip"),
            sd.ArgumentError,
            "`take` refuses places that do not exist; mode='clip' is not known",
        ),
        (
            lambda: sd.take_along_axis(sd.matrix("W", "n", "n"), i, 0),
            sd.ArgumentError,
            "`take_along_axis` needs indices with as many axes as `W` of shape (n, n), "
            "not `i` of shape (m,)",
        ),
        (
            lambda: sd.searchsorted(x, 0.5, side="middle"),
            sd.ArgumentError,
            "the side of `searchsorted` is 'left' or 'right', not 'middle'",
        ),
        (
            lambda: sd.searchsorted([1, 0], x),
            sd.ArgumentError,
            "`searchsorted` needs places that ascend, not `array([1, 0])`",
        ),
        (
            lambda: sd.interp(x, [0, 0, 1], n3),
            sd.ArgumentError,
            "`interp` needs places that ascend, not `array([0, 0, 1])`",
        ),
        (
            lambda: sd.partition(n3, 3),
            sd.ShapeError,
            "a partition at 3 needs 4 entries: `z` of shape (3,)",
        ),
        (
            lambda: sd.quantile(x, 1.5),
            sd.ArgumentError,
            "quantiles are taken from 0 to 1, not at 1.5",
        ),
        (
            lambda: sd.grad(sd.quantile(x, x[0], method="nearest"), x),
            sd.DerivativeError,
            "`quantile` by the method 'nearest' is a staircase in `x[0]`, without a derivative; "
            "use method='linear', or sd.stop_gradient to hold it constant",
        ),
        (
            lambda: sd.grad(sd.sum(x * sd.argsort(x)), x),
            sd.DerivativeError,
            "`argsort` has no derivative: it gives whole numbers, which jump. It stands in "
            "`argsort(x, axis=0)`. Use its result as an index, or "
            "sd.stop_gradient(sd.argsort(…)) to hold it constant.",
        ),
    ],
)
def test_messages(make: Callable[[], object], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as caught:
        make()
    assert str(caught.value) == message


def test_places_beyond_an_array_of_a_named_size() -> None:
    taken = x[[0, 4]]
    message = "the index [[0, 4]] needs n >= 5, but n is 2"
    for compute in (lambda: sd.evaluate(taken, x=[1, 2]), lambda: sd.compile(taken)([1, 2])):
        with pytest.raises(sd.InputError) as caught:
            compute()
        assert str(caught.value) == message


def test_places_beyond_an_array_at_run_time() -> None:
    bounds = "index 7 is out of bounds for axis 0 with size 2"
    with pytest.raises(sd.InputError) as caught:
        sd.evaluate(sd.exp(x[i]), x=[1, 2], i=[0, 7])
    assert str(caught.value) == f"{bounds}, in `x[i]` of shape (m,)"
    with pytest.raises(sd.InputError) as caught:
        sd.compile(sd.exp(x[i]))([1, 2], [0, 7])
    assert str(caught.value) == f"{bounds}, in `return np.exp(x[i])`"
    with pytest.raises(sd.InputError, match=r"out of bounds .*, in `.*_scatter_add\(.*`"):
        sd.compile(sd.vjp(x[i], x, y))(y=[1.0, 1.0], i=[0, 7], n=2)


def test_text() -> None:
    X = sd.matrix("X", "n", "d")
    for expression, written in {
        x[i]: "x[i]",
        X[:, i]: "X[:, i]",
        X[i, i]: "X[i, i]",
        X[1:, i]: "X[1:, i]",
        X[0, i]: "X[0, i]",
        x[[0, 2, 1]]: "x[[0, 2, 1]]",
        x.at[i].set(0): "x.at[i].set(0)",
        sd.zeros("n").at[i].add(y): "zeros((n,)).at[i].add(y)",
        X.at[1:, i].set(y): "X.at[1:].set(X[1:].at[:, i].set(y))",
    }.items():
        assert sd.text(expression) == written
        assert sd.parse(written, x=x, X=X, i=i, y=y) is expression


def test_index_arrays_of_every_kind_of_integer() -> None:
    for dtype in (np.int8, np.int32, np.uint64):
        assert x[np.array([0, 2], dtype=dtype)] is x[[0, 2]]
    assert x[range(2)] is x[[0, 1]] is x[np.array([0, 1]),]
    assert x[sd.constant([0, 1])] is x[[0, 1]]
    assert n3[[0, -1]] is n3[[0, 2]]
    assert n3[[]].shape == (0,)
    assert sd.evaluate(x[[]], x=[1.0]).shape == (0,)


def test_what_has_become_a_number_is_no_index_array() -> None:
    s = sd.scalar("s", dtype="int")
    X = sd.matrix("X", "n", 3)
    for make in (
        lambda s: x[s],
        lambda s: X[i, s],
        lambda s: x.at[s].set(3),
        lambda s: sd.zeros("n").at[s].add(y[0]),
    ):
        found = sd.simplify(substitute(make(s), {s: sd.constant(1)}))
        assert found is sd.simplify(make(1))
        assert sd.parse(sd.text(found), x=x, X=X, y=y, i=i) is found


def test_second_derivatives_at_places_are_diagonal() -> None:
    w = sd.vector("w", "m")
    for f in (sd.sum(w * x[i] ** 3), sd.sum(sd.exp(x[i])), sd.sum(w * sd.sin(x[i])) / 3):
        hessian = sd.hessian(f, x)
        assert "diag(zeros((n,)).at[i].add(" in sd.text(hessian)
        at = {"x": np.array([0.1, 0.2, 0.3]), "i": [0, 2, 0], "w": [1.0, 2.0, 3.0]}
        value = sd.compile(hessian, [x, i, w])(**at)
        gradient = sd.compile(sd.grad(f, x), [x, i, w])
        for k in range(3):
            moved = np.eye(3)[k] * 1e-5
            both = (gradient(**{**at, "x": at["x"] + sign * moved}) for sign in (1, -1))
            assert_allclose(value[k], np.subtract(*both) / 2e-5, atol=1e-8)


def test_jacobians_at_places_are_rows_of_the_unit_matrix() -> None:
    for mode in ("forward", "reverse"):
        assert sd.text(sd.jacobian(x[i], x, mode=mode)) == "eye(n)[i]"


def test_what_is_added_takes_the_kind_of_what_it_is_added_to() -> None:
    k, b = sd.vector("k", 3, dtype="int"), sd.vector("b", 3, dtype="bool")
    values = {"k": [5, 6, 7], "b": [True, True, False]}
    added = k.at[[0, 0, 1]].add(b)
    assert sd.evaluate(added, **values).tolist() == [7, 6, 7]
    assert sd.compile(added, [k, b])(**values).dtype.kind == "i"
    assert sd.parse(sd.text(added), k=k, b=b) is added
    floats = sd.zeros(3).at[[0, 0, 1]].add(b)
    assert sd.evaluate(floats, b=values["b"]).tolist() == [2.0, 0.0, 0.0]
    assert sd.parse(sd.text(floats), b=b) is floats


def test_an_index_that_takes_all() -> None:
    assert x.at[()].set(y[0]) is x.at[...].set(y[0]) is sd.broadcast_to(y[0], "n")
    assert x.at[()].get() is x


def test_float32_stays() -> None:
    X = sd.matrix("X", "n", 3)
    at = np.ones((4, 3), dtype=np.float32)
    for make in (
        lambda: X[:, i],
        lambda: X.at[:, i].set(2),
        lambda: sd.median(X, axis=1),
        lambda: sd.quantile(X, [0.3, 0.4]),
        lambda: sd.interp(X, [0, 1], [0.5, 2]),
    ):
        node = make()
        f = sd.compile([node, sd.grad(sd.sum(node), X)], [X, i])
        assert all(r.dtype == np.float32 for r in f(at, [0, 2]))


# Rewrites -----------------------------------------------------------------------------------------


def test_cross_entropy_by_labels_is_probabilities_less_labels() -> None:
    loss = sd.parse("-mean(log_softmax(Z, axis=1)[arange(n), y])", Z="n k", y="n int")
    Z, _ = sd.inputs(loss)
    assert sd.text(sd.grad(loss, Z)) == (
        "softmax(Z, axis=1)/n + zeros((n, k)).at[arange(n), y].add(broadcast_to(-(1/n), n))"
    )
    assert "at[" not in sd.text(sd.hessian(loss, Z))


@pytest.mark.parametrize(
    ("formula", "shapes", "simple"),
    [
        ("sum(zeros((n, 4)).at[arange(n), i].add(v), axis=1)", {"v": "n", "i": "n int"}, "v"),
        ("sum(zeros((n, 4)).at[arange(n), i].add(v))", {"v": "n", "i": "n int"}, "sum(v)"),
        (
            "sum(zeros((3, 4)).at[i, j].add(v), axis=1)",
            {"v": "m", "i": "m int", "j": "m int"},
            "zeros(3).at[i].add(v)",
        ),
        (
            "sum(zeros((3, 4)).at[i, j].add(v), axis=1)",  # `i` alone does not say where v goes
            {"v": "m n", "i": "m 1 int", "j": "n int"},
            "sum(zeros((3, 4)).at[i, j].add(v), axis=1)",
        ),
        (
            "sum(zeros((n, 4)).at[:, i].add(v), axis=1)",
            {"v": "n m", "i": "m int"},
            "sum(v, axis=1)",
        ),
        ("zeros((n, 4)).at[arange(n)].add(v)", {"v": "n 4"}, "v"),
        (
            "zeros((n + 1, 4)).at[arange(n)].add(v)",
            {"v": "n 4"},
            "zeros((n + 1, 4)).at[arange(n)].add(v)",
        ),
    ],
)
def test_sums_over_places(formula: str, shapes: dict[str, str], simple: str) -> None:
    node = sd.parse(formula, **shapes)
    assert sd.simplify(node) is sd.simplify(sd.parse(simple, **shapes))
    sizes, rng = {"n": 3, "m": 5}, np.random.default_rng(1)
    given = {}
    for variable in sd.inputs(node):
        shape = [sizes.get(str(s), s) for s in variable.shape]
        whole = variable.dtype == "int"
        name = variable.attrs[0]
        given[name] = rng.integers(0, 3, shape) if whole else rng.normal(size=shape)
    found, expected = sd.evaluate([sd.simplify(node), node], **given)
    np.testing.assert_allclose(found, expected, atol=1e-12)
