"""Sizes: arithmetic in one normal form, reading and solving."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symdiff as sd
from symdiff.dims import (
    Dim,
    Size,
    as_shape,
    as_size,
    broadcast,
    exact_quotient,
    is_at_least_zero,
    named,
    names_in,
    product,
    size_value,
    solve,
)

n, m = named("n"), named("m")


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (n + m - n, m),
        (2 * n + n - 1, as_size("3*n - 1")),
        ((n + 1) - n, 1),
        (n - n, 0),
        (0 * n, 0),
        (1 * n, n),
        (n + 0, n),
        (n * m, m * n),
        (n + m, m + n),
        ((n + 1) * (n - 1), n * n - 1),
        (6 * n // 3, 2 * n),
        (n * m // m, n),
        (1 - n + n, 1),
    ],
)
def test_equal_sizes_are_one_object(size: Size, expected: Size) -> None:
    assert size is expected or (isinstance(size, int) and size == expected)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (n, "n"),
        (n + 1, "n + 1"),
        (2 * n - 1, "2*n - 1"),
        (n * m, "m*n"),
        (n * n, "n**2"),
        (1 - n, "1 - n"),
    ],
)
def test_sizes_are_written_as_python(size: Size, text: str) -> None:
    assert str(size) == repr(size) == text


def test_rounded_quotients() -> None:
    half = (n + 1) // 2
    assert [size_value(half, {"n": k}) for k in range(6)] == [0, 1, 1, 2, 2, 3]
    assert eval(str(half), {}, {"n": 7}) == 4


atoms = st.one_of(st.integers(0, 5), st.sampled_from([n, m]))
sizes = st.recursive(
    atoms,
    lambda inner: st.tuples(st.sampled_from("+-*"), inner, inner).map(
        lambda t: {"+": t[1] + t[2], "-": t[1] - t[2], "*": t[1] * t[2]}[t[0]]
    ),
    max_leaves=6,
)


@given(sizes, sizes, st.integers(0, 9), st.integers(0, 9))
def test_arithmetic_is_that_of_numbers(a: Size, b: Size, at_n: int, at_m: int) -> None:
    at = {"n": at_n, "m": at_m}

    def value(size: Size) -> int:
        return size_value(size, at)

    assert value(a + b) == value(a) + value(b)
    assert value(a - b) == value(a) - value(b)
    assert value(a * b) == value(a) * value(b)
    assert eval(str(a), {}, at) == value(a)
    assert a * b is b * a or isinstance(a * b, int)
    assert a - a == 0


@given(sizes)
def test_sizes_are_pickled(size: Size) -> None:
    copy = pickle.loads(pickle.dumps(size))
    assert copy is size or isinstance(size, int)


# Reading ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "expected"),
    [(3, 3), ("3", 3), ("n", n), (" n ", n), (n, n), ("2*n+1", 2 * n + 1), ("n-1", n - 1)],
)
def test_as_size(given: Any, expected: Size) -> None:
    assert as_size(given) is expected or as_size(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("n d", (n, named("d"))),
        ("n, 2", (n, 2)),
        ("", ()),
        ((), ()),
        ([3, "n"], (3, n)),
        (("n", m), (n, m)),
        (4, (4,)),
        ("n+1 m", (n + 1, m)),
    ],
)
def test_as_shape(given: Any, expected: Any) -> None:
    assert as_shape(given) == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (-1, "a size cannot be negative: -1"),
        ("-3", "a size cannot be negative: '-3'"),
        ("3-5", "a size cannot be negative: '3-5'"),
        (1.5, "a size must be an int, a name or a named size, not 1.5"),
        (None, "a size must be an int, a name or a named size, not None"),
        ("n/2", "'n/2' is not a size; write an int, a name, or e.g. '2*n + 1'"),
        ("", "'' is not a size; write an int, a name, or e.g. '2*n + 1'"),
        ("n d", "'n d' is not one size; write a shape as 'n d' or ('n', 'd')"),
        ("np", "'np' cannot name a size: generated code needs it; try 'np1'"),
        ("if", "'if' cannot name a size: it is a word of Python itself; try 'if1'"),
    ],
)
def test_sizes_refused(given: Any, message: str) -> None:
    with pytest.raises(sd.ArgumentError) as caught:
        as_size(given)
    assert str(caught.value) == message


def test_sizes_do_not_mix_with_text() -> None:
    with pytest.raises(TypeError):
        n + "m"  # type: ignore[operator]


def test_what_is_no_size_any_more_is_an_expression() -> None:
    made: list[Any] = [
        n + 1.5,
        2.0 * n,
        n / 2,
        1 / n,
        n**0.5,
        2**n,
        np.sqrt(n),
        np.ones(2) * n,
        n // 2.5,
    ]  # type: ignore
    assert [str(each) for each in made] == [
        *(
            "n + 1.5",
            "2.0 n",
            "n/2",
            "1/n",
            "n^0.5",
            "2^n",
            "sqrt(n)",
            "array([1.0, 1.0]) · n",
            "n//2.5",
        )
    ]
    assert n**2 is n * n
    assert n**0 == 1


def test_sizes_without_a_value_are_refused_where_one_is_needed() -> None:
    for use in (range, float, lambda size: np.zeros((size, 2))):
        with pytest.raises(
            sd.ArgumentError, match=r"^the size n has no value here, so no loop can"
        ):
            use(n)
    with pytest.raises(sd.ArgumentError) as caught:
        _ = n > 3  # type: ignore[operator]
    message = (
        "the size n has no value here, so it cannot be compared with 3; declare it as a number"
    )
    assert str(caught.value) == message


# Solving ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "value", "solution"),
    [
        (n + 3, 5, 2),
        (2 * n + 1, 7, 3),
        (2 * n + 1, 6, None),
        (n + 3, 1, None),
        (10 - n, 4, 6),
        (n * n, 4, None),
        (n * m, 6, 3),
        (n * m, 5, None),
        (n * m + m, 6, 2),
        (n + m, 1, None),
        (n // 2, 3, None),
    ],
)
def test_solve(size: Dim, value: int, solution: int | None) -> None:
    assert solve(size, "n", value, {"m": 2}) == solution


@pytest.mark.parametrize(
    ("total", "part", "quotient"),
    [
        (12, 4, 3),
        (12, 5, None),
        (n * 6, 2, 3 * n),
        (n, 2, None),
        (n * m, n, m),
        (n * n - 1, n - 1, n + 1),
        (n, m, None),
        (4, 0, None),
        (n, 0, None),
        (0, n, 0),
    ],
)
def test_exact_quotient(total: Size, part: Size, quotient: Size | None) -> None:
    assert exact_quotient(total, part) == quotient


def test_linear_in() -> None:
    assert (2 * n * m + 3).linear_in("n") == (2 * m, 3)
    assert (n * n).linear_in("n") is None
    assert (n // 2).linear_in("n") is None


def test_products_and_names() -> None:
    assert product(()) == 1
    assert product((n, 2, m)) is 2 * n * m
    assert names_in((n + 1, 3, m * n)) == ("n", "m")


# Broadcasting -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ((), (), ()),
        ((), (n,), (n,)),
        ((n,), (n,), (n,)),
        ((n, 1), (m,), (n, m)),
        ((n, 1, 3), (m, 3), (n, m, 3)),
        ((1,), (0,), (0,)),
        ((n + 1,), (n + 1,), (n + 1,)),
        ((1, n), (m, 1), (m, n)),
    ],
)
def test_broadcast(left: Any, right: Any, expected: Any) -> None:
    assert broadcast(left, right) == expected
    assert broadcast(right, left) == expected


@pytest.mark.parametrize(
    ("left", "right", "clash"),
    [((n,), (m,), (n, m)), ((3,), (0,), (3, 0)), ((n, 2), (m, 2), (n, m)), ((n,), (3,), (n, 3))],
)
def test_broadcast_refuses(left: Any, right: Any, clash: Any) -> None:
    with pytest.raises(sd.ShapeError) as caught:
        broadcast(left, right)
    assert caught.value.clash == clash
    assert str(caught.value) == f"size {clash[0]} differs from size {clash[1]}"


@pytest.mark.parametrize(
    ("size", "proven"),
    [
        *((0, True), (-1, False), (n, True), (n + m, True), (2 * n * m + 1, True)),
        *((n - 1, False), (n - m, False), ((n + 1) // 2, True), ((n - 1) // 2, False)),
    ],
)
def test_sizes_that_are_never_negative(size: Size, proven: bool) -> None:
    assert is_at_least_zero(size) is proven


def test_negative_sizes_and_sums_that_vanish() -> None:
    assert str(-n) == "-n"
    assert -n + n == 0
    assert -(n - m) is m - n
