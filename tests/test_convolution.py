"""Windows, convolutions and pooling against plain loops, over sizes, modes, strides and borders."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import oracles_windows as loops
import pytest
from oracles import assert_close, assert_slopes

import symdiff as sd

RNG = np.random.default_rng(0)


def compare(built: sd.Node, expected: Callable[..., Any], arrays: dict[str, Any]) -> None:
    """The value by both ways out, and the gradients of the sum of its squares."""
    names = list(arrays)
    wanted = expected(*arrays.values())
    used = [v.attrs[0] for v in sd.inputs(built)]
    given = {name: arrays[name] for name in used}
    assert_close(sd.evaluate(built, **given), wanted, 1e-12)
    assert_close(sd.compile(built)(**given), wanted, 1e-12)
    variables = sd.inputs(built)
    gradients = sd.grad(sd.sum(built**2), variables)

    def squares(at: Any) -> Any:
        return np.sum(expected(*(at[name] for name in names)) ** 2)

    found = dict(zip(used, sd.compile(gradients)(**given), strict=True))
    assert_slopes(squares, arrays, found, 1e-7)


# NumPy's ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("n", [1, 2, 3, 6])
@pytest.mark.parametrize("m", [1, 2, 3, 4, 7])
def test_convolve_and_correlate(n: int, m: int, mode: Any) -> None:
    arrays = {"a": RNG.normal(size=n), "v": RNG.normal(size=m)}
    a, v = sd.vector("a", n), sd.vector("v", m)
    for name in ("convolve", "correlate"):
        built = getattr(sd, name)(a, v, mode)
        compare(built, partial(getattr(np, name), mode=mode), arrays)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_symbolic_vectors(mode: Any) -> None:
    a, v = sd.vector("a", "n"), sd.vector("v", "m")
    arrays = {"a": RNG.normal(size=5), "v": RNG.normal(size=4)}
    compare(sd.convolve(a, v, mode), lambda a, v: np.convolve(a, v, mode), arrays)
    if mode != "full":
        with pytest.raises(sd.InputError, match=f"'{mode}' with the longer array first needs"):
            sd.compile(sd.convolve(a, v, mode))(np.ones(2), np.ones(3))
    with pytest.raises(sd.InputError, match="`convolve` of no entries needs m >= 1, but m is 0"):
        sd.evaluate(sd.convolve(a, v, mode), a=np.ones(2), v=np.ones(0))


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("way", ["forward", "reverse"])
def test_jacobians_of_a_convolution(mode: Any, way: Any) -> None:
    """Cotangents with leading axes go through windows instead."""
    a, v = sd.vector("a", 5), sd.vector("v", 3)
    given = {"a": RNG.normal(size=5), "v": RNG.normal(size=3)}
    columns = {
        "a": np.stack([np.convolve(row, given["v"], mode) for row in np.eye(5)], 1),
        "v": np.stack([np.convolve(given["a"], row, mode) for row in np.eye(3)], 1),
    }
    for x in (a, v):
        jacobian = sd.jacobian(sd.convolve(a, v, mode), x, mode=way)
        told = {u.attrs[0]: given[u.attrs[0]] for u in sd.inputs(jacobian)}
        assert_close(sd.evaluate(jacobian, **told), columns[x.attrs[0]], 1e-13)
    hessian = sd.hessian(sd.sum(sd.convolve(a, v, mode) ** 2), a)
    assert_close(sd.evaluate(hessian, v=given["v"]), 2 * columns["a"].T @ columns["a"], 1e-12)


# Windows ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_windows_and_their_transpose(size: int, dilation: int, stride: int) -> None:
    options: Any = {"stride": stride, "dilation": dilation}
    span = (size - 1) * dilation + 1
    for n in range(span, span + 5):
        x = sd.matrix("X", 2, n)
        arrays = {"X": RNG.normal(size=(2, n))}
        windows = sd.sliding_window_view(x, size, 1, **options)
        compare(windows, lambda X: loops.sliding_window_view(X, size, 1, **options), arrays)
        W = sd.tensor("W", *windows.shape)
        given = {"W": RNG.normal(size=windows.shape)}
        added = sd.overlap_add(W, n, 1, **options)
        compare(added, lambda W, n=n: loops.overlap_add(W, n, 1, **options), given)
        symbolic = sd.sliding_window_view(sd.matrix("X", 2, "n"), size, 1, **options)
        assert_close(sd.evaluate(symbolic, **arrays), sd.evaluate(windows, **arrays), 0)
    with pytest.raises(sd.InputError, match=rf"a window of {size} entries needs n >= {span}"):
        sd.evaluate(symbolic, X=np.ones((2, span - 1)))


def test_windows_are_numpys() -> None:
    K = RNG.normal(size=(4, 5, 3))
    k = sd.tensor("K", "a", "b", 3)
    for shape, axis in ((2, 0), ((2, 3), (0, 1)), ((2, 3), (1, 0)), ((1, 2, 3), None), (2, -1)):
        wanted = np.lib.stride_tricks.sliding_window_view(K, shape, axis)
        assert_close(sd.evaluate(sd.sliding_window_view(k, shape, axis), K=K), wanted, 0)


# Networks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("padding", [0, 2, (1, 0), "same", "valid"])
@pytest.mark.parametrize(("stride", "dilation"), list(itertools.product((1, 2), (1, 2))))
@pytest.mark.parametrize("groups", [1, 2])
def test_conv1d(stride: int, dilation: int, padding: Any, groups: int) -> None:
    x, w = sd.tensor("x", 2, 2, 6), sd.tensor("w", 2, 2 // groups, 3)
    options: Any = {
        "stride": stride, "padding": padding, "dilation": dilation, "groups": groups
    }  # fmt: skip
    arrays = {"x": RNG.normal(size=(2, 2, 6)), "w": RNG.normal(size=(2, 2 // groups, 3))}
    compare(sd.conv1d(x, w, **options), lambda x, w: loops.conv1d(x, w, **options), arrays)


@pytest.mark.parametrize("padding", [1, (1, 0), ((1, 2), (0, 1)), "same", "valid"])
@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (2, 1), ((1, 2), (2, 1))])
def test_conv2d(stride: Any, dilation: Any, padding: Any) -> None:
    x, w = sd.tensor("x", 2, 4, 5), sd.tensor("w", 2, 2, 2, 3)
    options: Any = {"stride": stride, "padding": padding, "dilation": dilation}
    arrays = {"x": RNG.normal(size=(2, 4, 5)), "w": RNG.normal(size=(2, 2, 2, 3))}
    compare(sd.conv2d(x, w, **options), lambda x, w: loops.conv2d(x, w, **options), arrays)


def test_conv2d_of_symbolic_images() -> None:
    x, w = sd.tensor("x", "b", "c", "h", "w"), sd.tensor("f", "o", "c", 3, "k")
    e = sd.conv2d(x, w, padding="same")
    assert e.shape[:3] == (*x.shape[:1], w.shape[0], x.shape[2])
    arrays = {"x": RNG.normal(size=(2, 3, 5, 4)), "f": RNG.normal(size=(2, 3, 3, 2))}
    compare(e, lambda x, f: loops.conv2d(x, f, padding="same"), arrays)


POOLS: list[tuple[Any, dict[str, Any]]] = [
    (2, {}),
    ((2, 2), {}),
    ((2, 3), {"stride": 1}),
    ((3, 2), {"stride": (2, 1), "padding": 1}),
    ((2, 2), {"padding": ((0, 1), (1, 0))}),
    (3, {"stride": 2, "padding": "same"}),
    ((2, 1, 3), {"stride": 1}),
]


@pytest.mark.parametrize(("window", "options"), POOLS)
def test_pooling(window: Any, options: dict[str, Any]) -> None:
    x, arrays = sd.tensor("x", 2, 5, 6), {"x": RNG.normal(size=(2, 5, 6))}
    for name, more in (
        ("max_pool", {}),
        ("avg_pool", {}),
        ("avg_pool", {"count_include_pad": False}),
    ):
        every: Any = {**options, **more}
        built = getattr(sd, name)(x, window, **every)
        compare(built, partial(getattr(loops, name), window=window, **every), arrays)


def test_entries_that_tie_share_the_derivative() -> None:
    x = sd.vector("x", 6)
    gradient = sd.grad(sd.sum(sd.max_pool(x, 3)), x)
    found = sd.evaluate(gradient, x=[1.0, 1, 0, 2, 2, 2])
    assert_close(found, np.array([0.5, 0.5, 0, 1 / 3, 1 / 3, 1 / 3]), 1e-15)


def test_second_derivatives_of_a_small_network() -> None:
    x, w, v = sd.tensor("x", 1, 6, 6), sd.tensor("w", 2, 1, 3, 3), sd.tensor("v", 2, 2, 2)
    hidden = sd.max_pool(sd.tanh(sd.conv2d(x, w)), (2, 2))
    loss = sd.sum((hidden * v) ** 2)
    arrays = {v.attrs[0]: RNG.normal(size=v.shape) for v in sd.inputs(loss)}
    gradient = sd.compile(sd.grad(loss, w), inputs=sd.inputs(loss))
    direction = RNG.normal(size=w.shape)
    h = 1e-5
    moved = [gradient(**{**arrays, "w": arrays["w"] + s * h * direction}) for s in (1, -1)]
    product = sd.hvp(loss, w, sd.tensor("d", *w.shape))
    found = sd.evaluate(product, **arrays, d=direction)
    assert_close(found, (moved[0] - moved[1]) / (2 * h), 1e-6, 1e-6)


def test_emitted_code_of_a_convolution_goes_through_one_product() -> None:
    x, w = sd.tensor("x", "b", 3, 32, 32), sd.tensor("w", 16, 3, 3, 3)
    source = sd.emit(sd.conv2d(x, w))
    assert source.endswith(
        "    t1 = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(2, 3))\n"
        "    t2 = np.transpose(t1, (1, 4, 5, 0, 2, 3)).reshape((27, 900 * b))  # (27, 900*b)\n"
        "    t3 = (w.reshape((16, 27)) @ t2).reshape((16, b, 30, 30))  # (16, b, 30, 30)\n"
        "    return np.transpose(t3, (1, 0, 2, 3))\n"
    )


# Refusals -----------------------------------------------------------------------------------------

IMAGES, KERNELS = sd.tensor("x", "b", 3, "h", "w"), sd.tensor("k", 8, 4, 3, 3)
SIGNAL = sd.vector("s", "n")
REFUSED: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (
        lambda: sd.conv2d(IMAGES, KERNELS),
        sd.ShapeError,
        "`conv2d` needs as many channels on axis 1 of `x` of shape (b, 3, h, w) as `k` of shape "
        "(8, 4, 3, 3) has on axis 1: size 3 differs from size 4",
    ),
    (
        lambda: sd.conv1d(SIGNAL, KERNELS),
        sd.ArgumentError,
        "`conv1d` needs an array with channels and 1 more axes, and kernels with 3 axes, not `s` "
        "of shape (n,) and `k` of shape (8, 4, 3, 3)",
    ),
    (
        lambda: sd.conv2d(IMAGES, KERNELS[:, :3], padding="full"),
        sd.ArgumentError,
        "`padding` is a number, a pair, 'valid' or 'same', not 'full'",
    ),
    (
        lambda: sd.conv2d(IMAGES, KERNELS[:, :3], padding="same", stride=2),
        sd.ArgumentError,
        "padding 'same' with a stride of 2 needs numbers as sizes, not h; give the padding as "
        "numbers",
    ),
    (
        lambda: sd.conv2d(IMAGES, KERNELS[:, :3], stride=0),
        sd.ArgumentError,
        "`stride` must be a positive int, or one for each of 2 axes",
    ),
    (
        lambda: sd.conv2d(IMAGES, KERNELS[:3, :1], groups=3, stride=(1, 2, 3)),
        sd.ArgumentError,
        "`stride` must be a positive int, or one for each of 2 axes",
    ),
    (
        lambda: sd.conv2d(IMAGES, KERNELS[:, :1], groups=3),
        sd.ShapeError,
        "`conv2d` needs a multiple of 3 kernels, as many as groups, not `k[:, :1]` of shape "
        "(8, 1, 3, 3)",
    ),
    (
        lambda: sd.sliding_window_view(sd.vector("s", 3), 4),
        sd.ShapeError,
        "a window that spans 4 entries does not fit axis 0 of `s` of shape (3,)",
    ),
    (
        lambda: sd.sliding_window_view(IMAGES, (2, 2)),
        sd.ArgumentError,
        "`sliding_window_view` needs a size for each of 4 axes of `x` of shape (b, 3, h, w), not 2",
    ),
    (
        lambda: sd.overlap_add(sd.matrix("W", "n", 2), "n", 0),
        sd.ShapeError,
        "`overlap_add` needs n - 1 windows along axis 0, but `W` of shape (n, 2) has n",
    ),
    (
        lambda: sd.max_pool(sd.vector("k", 4, dtype="int"), 2),
        sd.ArgumentError,
        "`max_pool` needs floats, not `k` of shape (4,) of kind int",
    ),
    (
        lambda: sd.convolve(IMAGES, SIGNAL),
        sd.ArgumentError,
        "`convolve` needs vectors with entries, not `x` of shape (b, 3, h, w); see sd.conv1d and "
        "sd.conv2d",
    ),
    (
        lambda: sd.convolve(SIGNAL, SIGNAL, "half"),
        sd.ArgumentError,
        "the mode of a convolution is 'full', 'same' or 'valid', not 'half'",
    ),
]


@pytest.mark.parametrize(("attempt", "error", "message"), REFUSED, ids=[r[2][:40] for r in REFUSED])
def test_refusals(attempt: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        attempt()
    assert str(caught.value) == message
