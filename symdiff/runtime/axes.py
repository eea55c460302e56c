"""Functions along axes: the soft maximum, norms, deviations, products, recurrences."""

import numpy as np

__all__ = [
    "_centered",
    "_centre",
    "_lacking",
    "_linear_recurrence",
    "_log_softmax",
    "_logsumexp",
    "_minus_mean",
    "_norm",
    "_normalized",
    "_p_norm",
    "_product_before",
    "_product_of_others",
    "_softmax",
    "_softmax_minus",
    "_softmax_slope",
]


def _logsumexp(x, axis=None, b=None):
    """Logarithm of the sum of exponentials with weights b, without overflow, exact at -inf."""
    keep = axis is not None
    x = x if b is None else np.where(b == 0, -np.inf, x)
    top = x.max(axis=axis, keepdims=keep)
    top = np.where(np.isfinite(top), top, 0)
    terms = np.exp(x - top) if b is None else b * np.exp(x - top)
    with np.errstate(divide="ignore"):
        total = np.log(terms.sum(axis=axis, keepdims=keep)) + top
    return np.squeeze(total, axis=axis) if keep else total[()]


def _softmax(x, axis=None):
    """Exponentials divided by their sum, without overflow."""
    keep = axis is not None
    e = np.exp(x - x.max(axis=axis, keepdims=keep))
    e /= e.sum(axis=axis, keepdims=keep)
    return e


def _log_softmax(x, axis=None):
    """Logarithm of the softmax, without overflow."""
    keep = axis is not None
    shifted = x - x.max(axis=axis, keepdims=keep)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=keep))


def _lacking(shares, axis=None):
    """What shares lack to their sum, 1, to all digits: of one above 1/2, the sum of the others."""
    lacking, large = 1 - shares, shares > 0.5
    if large.any():
        others = np.where(large, 0, shares).sum(axis=axis, keepdims=True)
        lacking = np.where(large, others, lacking)
    return lacking


def _softmax_minus(x, target, total, axis=None):
    """Softmax times a total, minus a target; precise where they are close."""
    shares = _softmax(x, axis)
    return shares * (total - target) - target * _lacking(shares, axis)


def _softmax_slope(x, axis=None):
    """Softmax times what it lacks to 1, to all digits."""
    shares = _softmax(x, axis)
    return shares * _lacking(shares, axis)


def _minus_mean(x, weights, axis=None):
    """Entries minus their weighted mean; precise where one weight is nearly all."""
    if axis is None:
        x = x - x.flat[np.argmax(weights)]
        return x - np.vdot(weights, x)
    if isinstance(axis, int):
        heaviest = np.argmax(weights, axis=axis, keepdims=True)
        x = x - np.take_along_axis(x, heaviest, axis)
    else:
        heaviest = weights == np.max(weights, axis=axis, keepdims=True)
        count = np.sum(heaviest, axis=axis, keepdims=True, dtype=weights.dtype)
        x = x - np.sum(np.where(heaviest, x, 0), axis=axis, keepdims=True) / count
    return x - (weights * x).sum(axis=axis, keepdims=True)


def _centered(x, axis=None, where=None):
    """Deviations from the mean, 0 where `where` is false; the mean's rounding is taken out too."""
    if not x.size:
        return x
    if where is None:
        deviations = x - np.mean(x, axis=axis, keepdims=True)
        return deviations - np.mean(deviations, axis=axis, keepdims=True)
    where = np.broadcast_to(where, x.shape)
    number = np.maximum(np.sum(where, axis=axis, keepdims=True), 1).astype(x.dtype)
    for _ in range(2):
        sums = np.sum(x, axis=axis, keepdims=True, where=where)
        x = np.where(where, x - sums / number, 0)
    return x


def _centre(x, axis=None):
    """Mean along axes, 0 where there is none that is finite."""
    if not x.size:
        return np.zeros_like(np.sum(x, axis=axis))
    with np.errstate(over="ignore", invalid="ignore"):
        mean = np.mean(x, axis=axis)
    return np.where(np.isfinite(mean), mean, 0)


def _norm(x, axis=None):
    """Euclidean norm, also of entries whose squares would overflow or vanish."""
    with np.errstate(over="ignore", under="ignore"):
        squares = np.vdot(x, x) if axis is None else np.sum(np.square(x), axis=axis)
        length = np.sqrt(squares)
    limits = np.finfo(x.dtype)
    if ((squares > limits.tiny / limits.eps**2) & (squares < np.inf)).all():
        return length
    top = np.max(np.abs(x), axis=axis, keepdims=True, initial=0)
    top = np.where((top > 0) & np.isfinite(top), top, np.ones_like(top))
    squares = np.sum(np.square(x / top), axis=axis)
    return np.squeeze(top, axis=axis)[()] * np.sqrt(squares)


def _p_norm(x, axis=None, ord=2, keepdims=False):
    """Norm of an order other than 0 and inf, without overflow."""
    x = np.abs(x)
    top = np.max(x, axis=axis, keepdims=True, initial=0)
    top = np.where((top > 0) & np.isfinite(top), top, np.ones_like(top))
    with np.errstate(divide="ignore"):
        length = top * np.sum((x / top) ** ord, axis=axis, keepdims=True) ** (1 / ord)
    return length if keepdims else np.squeeze(length, axis=axis)[()]


def _normalized(x, axis=None, ord=2):
    """Entries divided by their norm of an order; 0 where all are 0."""
    if np.ndim(ord) or ord != 2:
        length = _p_norm(x, axis=axis, ord=ord, keepdims=True)
    else:
        length = _norm(x) if axis is None else np.expand_dims(_norm(x, axis), axis)
    return x / np.where(length == 0, np.ones_like(length), length)


def _product_of_others(x, axis):
    """For each entry the product of the others along an axis, without division."""
    x = np.moveaxis(x, axis, -1)
    ones = np.ones_like(x[..., :1])
    before = np.cumprod(np.concatenate([ones, x[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([ones, x[..., :0:-1]], axis=-1), axis=-1)
    return np.moveaxis(before * after[..., ::-1], -1, axis)


def _product_before(x, axis):
    """For each entry the product of those before it along an axis."""
    x = np.moveaxis(x, axis, -1)
    before = np.concatenate([np.ones_like(x[..., :1]), x[..., :-1]], axis=-1)
    return np.moveaxis(np.cumprod(before, axis=-1), -1, axis)


def _linear_recurrence(a, b, axis, reverse=False):
    """Return s with s[0] = 0 and s[k] = a[k-1] * s[k-1] + b[k-1]; reversed, from the end."""
    turn = slice(None, None, -1 if reverse else 1)
    a, b = (np.moveaxis(array, axis, 0)[turn] for array in (a, b))
    try:  # doubling: few steps, each from s[k] + a[k] * s[k - step]
        with np.errstate(over="raise", under="raise", invalid="raise"):
            factor, s, step = a.copy(), b.copy(), 1
            while step < len(s):
                s[step:] += factor[step:] * s[:-step]
                factor[step:] *= factor[:-step]
                step *= 2
    except FloatingPointError:  # in products of many factors, which single steps avoid
        s = b.copy()
        for k in range(1, len(s)):
            s[k] += a[k] * s[k - 1]
    s = np.concatenate([np.zeros_like(s[:1]), s[:-1]])
    return np.moveaxis(s[turn], 0, axis)
