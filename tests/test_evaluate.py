"""Evaluation and binding: values by name, sizes found and checked, one precision, no aliasing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd

X, w, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
lam = sd.scalar("lam")
loss = sd.sum((X @ w - y) ** 2) + lam
A = np.arange(6.0).reshape(3, 2)

k = sd.scalar("k", dtype="int")
flags = sd.vector("flags", "n", dtype="bool")

Compute = Callable[..., Any]


def by_evaluator(outputs: Any, **given: Any) -> Any:
    """Compute without compilation."""
    return sd.evaluate(outputs, **given)


def by_program(outputs: Any, **given: Any) -> Any:
    """Compute by generated code."""
    return sd.compile(outputs)(**given)


both = pytest.mark.parametrize("compute", [by_evaluator, by_program])


# Values -------------------------------------------------------------------------------------------


@both
def test_lists_and_numbers(compute: Compute) -> None:
    found = compute(loss, X=[[1, 2], [3, 4]], w=[1, 1], y=(3, 8), lam=2)
    assert found == 3.0
    assert isinstance(found, np.float64)


def test_by_name_and_by_variable() -> None:
    named = sd.evaluate(loss, X=A, w=[1, 2], y=[0, 0, 0], lam=0)
    by_variable = sd.evaluate(loss, {X: A, w: [1, 2], y: [0, 0, 0], lam: 0})
    mixed = sd.evaluate(loss, {X: A, w: [1, 2]}, y=[0, 0, 0], lam=0)
    assert named == by_variable == mixed == np.sum((A @ [1, 2]) ** 2)


def test_several_outputs() -> None:
    assert sd.evaluate([lam, lam * 2, lam], lam=3) == [3.0, 6.0, 3.0]
    assert sd.evaluate([]) == []
    assert sd.evaluate((lam,), lam=3) == [3.0]


def test_only_what_is_needed_is_computed() -> None:
    """Values of what the outputs do not need may be left out."""
    assert sd.evaluate(sd.sum(w), w=[1, 2]) == 3


def test_an_intermediate_value_is_taken_as_given() -> None:
    assert sd.evaluate(sd.sum(sd.sin(X @ w)), {X @ w: [0.0, 0.0, 0.0]}) == 0
    np.testing.assert_array_equal(sd.evaluate(X @ w, {X @ w: [1.0, 2.0]}), [1.0, 2.0])


def test_an_intermediate_value_that_is_needed_beside_its_variables() -> None:
    both_ = sd.sum(X @ w) + sd.sum(w)
    assert sd.evaluate(both_, {X @ w: [10.0, 20.0], w: [1.0, 2.0]}) == 33


@pytest.mark.parametrize("formula", ["n*m", "sum(x)/n + m", "sum(ones((n, m)))", "n**2 - m"])
@both
def test_sizes_that_no_array_tells_are_given_by_name(compute: Compute, formula: str) -> None:
    node = sd.parse(formula, x="n", other="m")
    given = {"x": [1.0, 2.0]} if "x" in [str(v) for v in sd.inputs(node)] else {"n": 2}
    wanted = {"n*m": 6, "sum(x)/n + m": 4.5, "sum(ones((n, m)))": 6, "n**2 - m": 1}[formula]
    found = compute(node, **given, m=3)
    assert found == wanted
    assert np.asarray(found).dtype == np.float64


# Sizes --------------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize(
    ("shape", "length", "n"), [("n+1", 3, 2), ("n+1", 1, 0), ("2*n", 4, 2), ("2*n-1", 5, 3)]
)
def test_a_size_is_found_from_a_sum(compute: Compute, shape: str, length: int, n: int) -> None:
    v = sd.vector("v", shape)
    assert compute(sd.size("n") + 0 * sd.sum(v), v=np.ones(length)) == n


@both
@pytest.mark.parametrize(("shape", "length"), [("n+1", 0), ("2*n", 3), ("2*n-1", 4), ("n+5", 4)])
def test_a_length_that_no_size_has_is_refused(compute: Compute, shape: str, length: int) -> None:
    v = sd.vector("v", shape)
    with pytest.raises(sd.InputError, match=r"v (must have|has)"):
        compute(sd.size("n") + 0 * sd.sum(v), v=np.ones(length))


@both
def test_a_compound_size_is_checked_against_its_parts(compute: Compute) -> None:
    u, v = sd.vector("u", "n*m"), sd.matrix("M", "n", "m")
    node = sd.sum(u) + sd.sum(v)
    assert compute(node, u=np.ones(6), M=np.ones((2, 3))) == 12
    with pytest.raises(sd.InputError):
        compute(node, u=np.ones(5), M=np.ones((2, 3)))


@both
def test_a_size_is_found_beside_a_known_one(compute: Compute) -> None:
    u, v = sd.vector("u", "n*m + 1"), sd.vector("v", "m")
    node = sd.size("n") + 0 * sd.sum(u) + 0 * sd.sum(v)
    assert compute(node, u=np.ones(7), v=np.ones(2)) == 3
    for length, other in ((6, 2), (7, 4), (0, 2), (1, 0)):
        with pytest.raises(sd.InputError, match=r"u (must have|has)"):
            compute(node, u=np.ones(length), v=np.ones(other))


@both
def test_too_small_a_size_is_refused(compute: Compute) -> None:
    v = sd.vector("v", "n")
    assert compute(v[2], v=[1, 2, 3]) == 3
    with pytest.raises(sd.InputError) as caught:
        compute(v[2], v=[1, 2])
    assert str(caught.value) == "the index [2] needs n >= 3, but n is 2"


@both
def test_an_extremum_of_no_entries_is_refused(compute: Compute) -> None:
    v = sd.vector("v", "n")
    with pytest.raises(sd.InputError) as caught:
        compute(sd.max(v), v=[])
    assert str(caught.value) == "`max` of no entries needs n >= 1, but n is 0"


@both
def test_empty_arrays(compute: Compute) -> None:
    found = compute([X @ w, sd.sum(X, axis=0), sd.sum(X)], X=np.ones((0, 2)), w=[1, 2])
    assert [np.shape(value) for value in found] == [(0,), (2,), ()]
    np.testing.assert_array_equal(found[1], [0, 0])
    assert compute(X @ w, X=np.ones((2, 0)), w=[]).tolist() == [0, 0]


# Refusals -----------------------------------------------------------------------------------------

GOOD = {"X": A, "w": [1, 2], "y": [1, 2, 3], "lam": 1}

REFUSED = [
    ({"lam": None}, "no value for lam"),
    ({"lam": None, "w": None}, "no value for w, lam"),
    ({"z": 3}, "'z' is not an input; the inputs are: X, w, y, lam, n, d"),
    (
        {"w": [1, 2, 3], "y": [1, 2]},
        "size d is 2 from axis 1 of X, but 3 from axis 0 of w; "
        "size n is 3 from axis 0 of X, but 2 from axis 0 of y",
    ),
    (
        {"w": [[1, 2]], "lam": [1]},
        "w must have shape (d,), not (1, 2); lam must have shape (), not (1,)",
    ),
    ({"n": 4}, "size n is 4 from the value given, but 3 from axis 0 of X; "
               "size n is 4 from the value given, but 3 from axis 0 of y"),
    ({"n": 2.5}, "the size n must be a whole number, not 2.5"),
    ({"n": -1}, "the size n must be a whole number, not -1"),
    ({"n": True}, "the size n must be a whole number, not True"),
    ({"X": "text"}, "X must hold real numbers, not <U4"),
    ({"lam": 1j}, "lam must hold real numbers, not complex128"),
    ({"y": [None, 1, 2]}, "y must hold real numbers, not object"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "message"), REFUSED, ids=[m[:45] for _, m in REFUSED])
def test_what_does_not_fit_is_refused(changes: dict[str, Any], message: str) -> None:
    given = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    with pytest.raises(sd.InputError) as caught:
        sd.evaluate(loss, **given)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lam": None}, "missing 1 required positional argument: 'lam'"),
        ({"z": 3}, "unexpected keyword argument 'z'; the inputs are: X, w, y, lam"),
        ({"w": [1, 2, 3]}, "w must have shape (d,) = (2,), not (3,)"),
        ({"w": [[1, 2]]}, "w must have shape (d,) = (2,), not (1, 2)"),
        ({"lam": [1]}, "lam must have shape (), not (1,)"),
        ({"X": [1, 2]}, "X must have shape (n, d), not (2,)"),
        ({"X": "text"}, "X must hold real numbers, not <U4"),
        ({"lam": 1j}, "lam must hold real numbers, not complex128"),
    ],
    ids=lambda e: str(e)[:40],
)
def test_what_does_not_fit_is_refused_by_programs(changes: Any, message: str) -> None:
    given = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    with pytest.raises(sd.InputError) as caught:
        sd.compile(loss)(**given)
    assert message in str(caught.value)


def test_a_clash_with_an_intermediate_value_names_it() -> None:
    with pytest.raises(sd.InputError) as caught:
        sd.evaluate(sd.sum(X @ w) + sd.sum(y), {X @ w: [0.0, 0.0], y: [1, 2, 3]})
    assert str(caught.value) == "size n is 2 from axis 0 of `X @ w`, but 3 from axis 0 of y"


def test_missing_sizes_are_named() -> None:
    with pytest.raises(sd.InputError) as caught:
        sd.evaluate(sd.ones(("n", "m")))
    assert str(caught.value) == "no array tells the size n, m; give it by name"
    with pytest.raises(sd.InputError) as caught:
        sd.evaluate(sd.sum(sd.vector("u", "n*m")), u=[1, 2, 3])
    assert str(caught.value) == "axis 0 of u has size 3, from which m, n cannot be told"


def test_values_are_given_by_node_or_name() -> None:
    with pytest.raises(sd.ArgumentError) as caught:
        sd.evaluate(lam, {"lam": 3})  # type: ignore[dict-item]
    assert str(caught.value) == "values are given by variable or node, not by 'lam'"


# Kinds and precision ------------------------------------------------------------------------------


@both
@pytest.mark.parametrize(
    ("given", "dtype"),
    [
        ({"w": [1, 2], "lam": 1}, np.float64),
        ({"w": [1.5, 2], "lam": 1.5}, np.float64),
        ({"w": np.float32([1, 2]), "lam": 1}, np.float32),
        ({"w": np.float32([1, 2]), "lam": 1.5}, np.float32),
        ({"w": np.float32([1, 2]), "lam": np.float32(1.5)}, np.float32),
        ({"w": np.float16([1, 2]), "lam": 1.5}, np.float16),
        ({"w": np.int32([1, 2]), "lam": np.float32(1.5)}, np.float32),
        ({"w": np.float32([1, 2]), "lam": np.full((), 2.5)}, np.float64),
        ({"w": np.bool_([True, False]), "lam": 1}, np.float64),
        ({"w": np.longdouble([1, 2]), "lam": 1}, np.longdouble),
    ],
    ids=str,
)
def test_the_precision_is_that_of_the_float_arrays(
    compute: Compute, given: dict[str, Any], dtype: type
) -> None:
    outputs = [sd.sum(w) * lam, sd.exp(w) / lam, w, lam, 2 * lam, sd.zeros("d"), sd.constant(0.5)]
    for value in compute(outputs, **given):
        assert np.asarray(value).dtype == dtype


@both
def test_integers_and_booleans(compute: Compute) -> None:
    node = sd.where(flags, k, y)
    found = compute(node, flags=[True, False], k=3, y=np.float32([1, 2]))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, [3, 2])
    counted = compute(sd.sum(flags), flags=[True, False, True])
    assert counted == 2
    assert np.asarray(counted).dtype.kind == "i"
    assert compute(k / 2, k=3) == 1.5
    assert compute(k * 2, k=True) == 2
    np.testing.assert_array_equal(
        compute(sd.logical_not(flags), flags=[True, False]), [False, True]
    )


@both
@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.uint64, ">i4"])
def test_integers_of_all_types_are_computed_as_signed_ones(compute: Compute, dtype: Any) -> None:
    """Those of eight bits would wrap, and those without a sign have no negatives."""
    found = compute([2 * k - 200, k], k=np.asarray(99, dtype))
    assert [(value.dtype, int(value)) for value in found] == [(np.int64, -2), (np.int64, 99)]


@both
def test_integers_that_do_not_fit_are_refused(compute: Compute) -> None:
    with pytest.raises(sd.InputError) as caught:
        compute(k, k=np.uint64(2**63))
    assert str(caught.value) == f"k must hold integers below 2**63, not {2**63}"


@both
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"flags": [1, 0], "k": 1}, "flags must hold booleans, not int64"),
        ({"flags": [True, False], "k": 1.5}, "k must hold integers, not float64"),
    ],
    ids=["flags", "k"],
)
def test_the_wrong_kind_is_refused(compute: Compute, given: Any, message: str) -> None:
    with pytest.raises(sd.InputError) as caught:
        compute(sd.where(flags, k, 0), **given)
    assert str(caught.value).startswith(message)


@both
def test_scalars_come_out_as_numpy_scalars(compute: Compute) -> None:
    for value in compute([lam, sd.sum(w), lam + 1, w[0], sd.max(w)], w=[1.0, 2.0], lam=2.0):
        assert isinstance(value, np.float64)
    assert isinstance(compute(lam, lam=np.ones(())), np.float64)


# Aliasing -----------------------------------------------------------------------------------------

VIEWS = {
    "itself": X,
    "transpose": X.T,
    "row": X[0],
    "part": X[:, ::-1],
    "new axis": X[:, None],
    "reshape": sd.reshape(X, -1),
    "held": sd.stop_gradient(X),
    "stretched": sd.broadcast_to(X, (2, "n", "d")),
    "stretched sum": sd.broadcast_to(X + 1, (2, "n", "d")),
    "view of a view": sd.reshape(X.T[1:], -1)[:, None],
    "constant": sd.constant(np.ones((3, 2))),
    "view of a constant": sd.constant(np.ones((3, 2))).T,
    "filled": sd.zeros(("n", "d")) + 0 * X[0, 0],
}


@both
@pytest.mark.parametrize("name", VIEWS)
def test_results_can_be_written_to_without_harm(compute: Compute, name: str) -> None:
    given = A.copy()
    outputs = [VIEWS[name], X * 1]
    first, _ = compute(outputs, X=given)
    wanted = first.copy()
    first[...] = 77.0
    np.testing.assert_array_equal(given, A)
    again, _ = compute(outputs, X=given)
    np.testing.assert_array_equal(again, wanted)
    if first.ndim:  # every entry has a place of its own
        first[...] = np.arange(first.size).reshape(first.shape)
        assert len(np.unique(first)) == first.size


@both
def test_inputs_are_not_changed(compute: Compute) -> None:
    given = A.copy()
    target = sd.sum(sd.relu(X) * 2 + X**2)
    compute([target, sd.grad(target, X)], X=given)
    np.testing.assert_array_equal(given, A)


# Depth --------------------------------------------------------------------------------------------


def test_a_deep_chain() -> None:
    node = lam
    for _ in range(100_000):
        node = node + 1
    assert sd.evaluate(node, lam=0) == 100_000


def test_values_are_dropped_when_they_are_no_longer_needed() -> None:
    """A chain of large arrays needs the memory of few."""
    import tracemalloc

    v = sd.vector("v", "n")
    node = v
    for _ in range(200):
        node = sd.sin(node)
    tracemalloc.start()
    sd.evaluate(node, v=np.ones(100_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 * 800_000


@pytest.mark.parametrize("kind", ["float", "int", "bool", "complex"])
def test_masked_entries_are_refused(kind: str) -> None:
    x = sd.vector("x", "n", dtype=kind)
    node, value = sd.where(x, 1, 2) if kind == "bool" else 2 * x, np.ones(3, kind)
    plain = np.ma.masked_array(value)
    masked = np.ma.masked_array(value, mask=[False, True, False])
    assert sd.evaluate(node, x=plain).shape == sd.compile(node)(plain).shape == (3,)
    message = "x has masked entries; pass the mask as booleans"
    for call in (lambda: sd.evaluate(node, x=masked), lambda: sd.compile(node)(masked)):
        with pytest.raises(sd.InputError, match=message):
            call()
