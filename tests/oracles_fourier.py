"""Fourier transforms by their definitions: sums over exponentials, in any precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any

TURN = 8 * np.arctan(np.longdouble(1))


def resized(x: Array, n: int | None, axis: int) -> Array:
    """The axis, put last, with `n` entries: cut, or filled with zeros."""
    x = np.moveaxis(np.asarray(x), axis, -1)
    n = x.shape[-1] if n is None else n
    return np.concatenate([x, np.zeros((*x.shape[:-1], max(n - x.shape[-1], 0)), x.dtype)], -1)[
        ..., :n
    ]


def transform(x: Array, sign: int, divided: bool, norm: str | None) -> Array:
    """The sum of x[j] exp(sign 2πi j k/n) over the last axis, scaled."""
    n = x.shape[-1]
    turns = np.outer(np.arange(n), np.arange(n)) % n / np.longdouble(n)
    result = x @ np.exp(sign * 1j * TURN * turns)
    if norm == "ortho":
        return result / np.sqrt(np.longdouble(n))
    return result / n if divided == (norm != "forward") else result


def fft(x: Array, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """The transform along an axis."""
    return np.moveaxis(transform(resized(x, n, axis), -1, False, norm), -1, axis)


def ifft(x: Array, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """The inverse transform along an axis."""
    return np.moveaxis(transform(resized(x, n, axis), 1, True, norm), -1, axis)


def rfft(x: Array, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """The first half of the transform."""
    full = np.moveaxis(fft(x, n, axis, norm), axis, -1)
    return np.moveaxis(full[..., : full.shape[-1] // 2 + 1], -1, axis)


def irfft(x: Array, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """The inverse transform of the whole spectrum, of which half is given."""
    n = 2 * (np.shape(x)[axis] - 1) if n is None else n
    half = resized(x, n // 2 + 1, axis)
    rest = np.conj(half[..., 1 : (n + 1) // 2][..., ::-1])
    full = np.concatenate([half, rest], -1)
    full[..., 0] = full[..., 0].real
    if n % 2 == 0:
        full[..., n // 2] = full[..., n // 2].real
    return np.moveaxis(transform(full, 1, True, norm).real, -1, axis)


def hfft(x: Array, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """The transform of the whole, of which half is given."""
    n = 2 * (np.shape(x)[axis] - 1) if n is None else n
    scale = {"forward": 1 / np.longdouble(n), "ortho": 1 / np.sqrt(np.longdouble(n))}
    return irfft(np.conj(x), n, axis) * n * scale.get(norm or "", np.longdouble(1))


def ihfft(x: Array, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """The first half of the inverse transform."""
    full = np.moveaxis(ifft(x, n, axis, norm), axis, -1)
    return np.moveaxis(full[..., : full.shape[-1] // 2 + 1], -1, axis)


def several(first: Callable[..., Array], others: Callable[..., Array], last: bool) -> Any:
    """A transform of several axes: one function for the last of them, another for the rest."""

    def transformed(x: Array, s: Any = None, axes: Any = None, norm: str | None = None) -> Array:
        rank = np.ndim(x)
        count = rank if s is None else len(s)
        axes = tuple(range(rank - count, rank)) if axes is None else axes
        lengths = [None] * len(axes) if s is None else s
        pairs = list(zip(lengths, axes, strict=True))
        order = [*pairs[:-1], pairs[-1]] if last else [pairs[-1], *pairs[:-1]]
        for n, axis in order:
            x = (first if axis == axes[-1] else others)(x, n, axis, norm)
        return x

    return transformed


def of_two(transformed: Callable[..., Array]) -> Any:
    """The same for the last two axes by default."""
    return lambda x, s=None, axes=(-2, -1), norm=None: transformed(x, s, axes, norm)


def shifted(sign: int) -> Any:
    """Rolling by half the length, forwards or back."""

    def roll(x: Array, axes: Any = None) -> Array:
        axes = range(np.ndim(x)) if axes is None else np.atleast_1d(axes)
        for axis in axes:
            x = np.roll(x, sign * (np.shape(x)[axis] // 2), axis)
        return x

    return roll


def fftfreq(n: int, d: float = 1.0) -> Array:
    """The frequencies, the negative ones last."""
    return (np.arange(n) - n * (np.arange(n) > (n - 1) // 2)) / (np.longdouble(n) * d)


FUNCTIONS: dict[str, Any] = {
    "cut_or_pad": lambda x, n, axis=-1: np.moveaxis(resized(x, n, axis), -1, axis),
    "fft": fft,
    "ifft": ifft,
    "rfft": rfft,
    "irfft": irfft,
    "hfft": hfft,
    "ihfft": ihfft,
    "fftn": several(fft, fft, last=False),
    "ifftn": several(ifft, ifft, last=False),
    "rfftn": several(rfft, fft, last=False),
    "irfftn": several(irfft, ifft, last=True),
    "fftshift": shifted(1),
    "ifftshift": shifted(-1),
    "fftfreq": fftfreq,
    "rfftfreq": lambda n, d=1.0: np.arange(n // 2 + 1) / (np.longdouble(n) * d),
    "rfft_weights": lambda n: 2 - (np.arange(n // 2 + 1) * 2 % n == 0),
}
FUNCTIONS |= {
    f"{name[:-1]}2": of_two(FUNCTIONS[name]) for name in ("fftn", "ifftn", "rfftn", "irfftn")
}
