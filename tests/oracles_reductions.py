"""Oracles for reductions that NumPy lacks, or whose NumPy form refuses long double."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

Array = Any


def norm(x: Array, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Array:
    """NumPy's norm, from its definition; over more than two axes the Euclidean one."""
    x = np.abs(np.asarray(x))
    axes = tuple(range(x.ndim)) if axis is None else axis
    axes = axes if isinstance(axes, tuple) else (axes,)
    if ord is None or ord == "fro":
        return np.sqrt(np.sum(x**2, axis=axes, keepdims=keepdims))
    if len(axes) == 2:
        first = axes[abs(ord) != 1]
        largest = np.max if ord > 0 else np.min
        return largest(np.sum(x, axis=first, keepdims=True), axis=axes, keepdims=keepdims)
    if ord in (np.inf, -np.inf):
        return (np.max if ord > 0 else np.min)(x, axis=axes, keepdims=keepdims)
    if ord == 0:
        return np.sum(x != 0, axis=axes, keepdims=keepdims) * np.longdouble(1)
    with np.errstate(divide="ignore"):
        return np.sum(x**ord, axis=axes, keepdims=keepdims) ** (1 / np.longdouble(ord))


def normalized(x: Array, ord: Any = 2, axis: Any = None) -> Array:
    """The entries over their norm."""
    x = np.asarray(x)
    axes = tuple(range(x.ndim)) if axis is None else axis
    return x / np.sum(np.abs(x) ** ord, axis=axes, keepdims=True) ** (1 / np.longdouble(ord))


def centered(x: Array, axis: Any = None, where: Any = True) -> Array:
    """Entries less their mean, which is taken where a condition holds."""
    x = np.asarray(x)
    where = np.broadcast_to(where, x.shape)
    means = np.mean(x, axis=axis, keepdims=True, where=where)
    return np.where(where, x - means, 0)


def average(x: Array, axis: Any = None, weights: Any = None, keepdims: bool = False) -> Array:
    """The weighted mean, where NumPy refuses weights that sum to 0."""
    x, w = np.asarray(x), np.ones_like(x) if weights is None else np.asarray(weights)
    if w.shape != x.shape:
        w = np.expand_dims(w, tuple(range(1, x.ndim - axis)))
    w = np.broadcast_to(w, x.shape)
    return np.sum(w * x, axis=axis, keepdims=keepdims) / np.sum(w, axis=axis, keepdims=keepdims)


def cumsum(x: Array, axis: Any = None, reverse: bool = False) -> Array:
    """The sum of each entry and those before it, by a sum for each."""
    x = np.ravel(x) if axis is None else np.moveaxis(np.asarray(x), axis, 0)
    parts = [np.sum(x[k:] if reverse else x[: k + 1], axis=0) for k in range(len(x))]
    result = np.reshape(parts, x.shape)
    return result if axis is None else np.moveaxis(result, 0, axis)


def cumprod(x: Array, axis: Any = None, exclusive: bool = False) -> Array:
    """The product of each entry, unless `exclusive`, and those before it, by a product for each."""
    x = np.ravel(x) if axis is None else np.moveaxis(np.asarray(x), axis, 0)
    parts = [np.prod(x[: k + (not exclusive)], axis=0) for k in range(len(x))]
    result = np.reshape(parts, x.shape)
    return result if axis is None else np.moveaxis(result, 0, axis)


def linear_recurrence(a: Array, b: Array, axis: int = 0, reverse: bool = False) -> Array:
    """The recurrence, one step after the other."""
    a, b = np.moveaxis(np.asarray(a), axis, 0), np.moveaxis(np.asarray(b), axis, 0)
    s = np.zeros_like(b)
    places = list(range(len(b)))[:: -1 if reverse else 1]
    for k, after in pairwise(places):
        s[after] = a[k] * s[k] + b[k]
    return np.moveaxis(s, 0, axis)


FUNCTIONS: dict[str, Any] = {
    "norm": norm,
    "normalized": normalized,
    "average": average,
    "centered": centered,
    "cumsum": cumsum,
    "cumprod": cumprod,
    "linear_recurrence": linear_recurrence,
}
