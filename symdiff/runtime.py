"""The few functions that NumPy lacks. An emitted module carries those that it needs, as they stand.

They are plain NumPy, so that the evaluator, compiled functions and emitted files share one
definition.
"""

import numpy as np


def _floats(**values):
    """Convert to arrays of one float type: that of the float arrays, else float64."""
    double = np.dtype(float)
    for value in values.values():
        if type(value) is not np.ndarray or value.dtype is not double:
            break
    else:
        return values.values()
    arrays = {name: np.asarray(value) for name, value in values.items()}
    for name, array in arrays.items():
        if array.dtype.kind not in "fiub":
            raise TypeError(f"{name} must hold real numbers, not {array.dtype}")
    kinds = [np.asarray(v).dtype for v in values.values() if not isinstance(v, float)]
    dtype = np.result_type(*[k for k in kinds if k.kind == "f"] or [double])
    return [array.astype(dtype, copy=False) for array in arrays.values()]


def _integers(name, value):
    """Convert to an array of integers; refuse other numbers."""
    array = np.asarray(value)
    if array.dtype.kind not in "iub":
        raise TypeError(f"{name} must hold integers, not {array.dtype}")
    return array.astype(int) if array.dtype.kind == "b" else array


def _booleans(name, value):
    """Convert to an array of booleans; refuse numbers."""
    array = np.asarray(value)
    if array.dtype.kind != "b":
        raise TypeError(f"{name} must hold booleans, not {array.dtype}")
    return array


def _check_shape(name, array, sizes, shape):
    """Refuse an array whose shape is not the one that the other arguments imply."""
    if array.shape != shape:
        expected = sizes if sizes == str(shape) else f"{sizes} = {shape}"
        raise ValueError(f"{name} must have shape {expected}, not {array.shape}")


def _sigmoid(x):
    """Logistic function, without overflow and precise in both tails."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


def _sech(x):
    """1/cosh(x), without overflow."""
    e = np.exp(-np.abs(x))
    return 2 * e / (1 + e * e)


def _log1mexp(x):
    """log(1 - exp(x)) for negative x, precise where x is near 0 and where it is far from it."""
    near = x > -0.7
    small = np.log(-np.expm1(np.where(near, x, -1)))
    return np.where(near, small, np.log1p(-np.exp(np.where(near, -1, x))))[()]


def _log_cosh(x):
    """log(cosh(x)), without overflow and precise near 0."""
    x = np.abs(x)
    near = np.log1p(2 * np.sinh(np.minimum(x, 1) / 2) ** 2)
    return np.where(x < 1, near, x + np.log1p(np.exp(-2 * x)) - np.log(x.dtype.type(2)))[()]


def _sigmoid_minus(x, t):
    """Logistic function minus a target, precise where both are near 0 or near 1."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, (1 - t) - t * e, (1 - t) * e - t) / (1 + e)


def _logsumexp(x, axis=None):
    """Logarithm of the sum of exponentials, without overflow, exact at -inf."""
    keep = axis is not None
    top = np.max(x, axis=axis, keepdims=keep)
    top = np.where(np.isfinite(top), top, 0)
    total = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=keep)) + top
    return np.squeeze(total, axis=axis) if keep else total[()]


def _softmax(x, axis=None):
    """Exponentials divided by their sum, without overflow."""
    keep = axis is not None
    e = np.exp(x - np.max(x, axis=axis, keepdims=keep))
    e /= np.sum(e, axis=axis, keepdims=keep)
    return e


def _log_softmax(x, axis=None):
    """Logarithm of the softmax, without overflow."""
    keep = axis is not None
    shifted = x - np.max(x, axis=axis, keepdims=keep)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=keep))


def _shares(x, axis):
    """Exponentials, their sum, and for each the sum of the others, to all digits."""
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    largest = np.sum(e == 1, axis=axis, keepdims=True, dtype=e.dtype)
    smaller = np.sum(np.where(e < 1, e, 0), axis=axis, keepdims=True)
    others = np.where(e < 1, largest + smaller - e, (largest - 1) + smaller)
    return e, largest + smaller, others


def _softmax_minus(x, target, total, axis=None):
    """Softmax times a total, minus a target; precise where they are close."""
    e, whole, others = _shares(x, axis)
    return (e * (total - target) - target * others) / whole


def _softmax_slope(x, axis=None):
    """Softmax times what it lacks to 1, to all digits."""
    e, whole, others = _shares(x, axis)
    return (e / whole) * (others / whole)


def _minus_mean(x, weights, axis=None):
    """Entries minus their weighted mean; precise where one weight is nearly all."""
    heaviest = weights == np.max(weights, axis=axis, keepdims=True)
    count = np.sum(heaviest, axis=axis, keepdims=True, dtype=weights.dtype)
    x = x - np.sum(np.where(heaviest, x, 0), axis=axis, keepdims=True) / count
    return x - np.sum(weights * x, axis=axis, keepdims=True)


def _product_of_others(x, axis):
    """For each entry the product of the others along an axis, without division."""
    x = np.moveaxis(x, axis, -1)
    ones = np.ones_like(x[..., :1])
    before = np.cumprod(np.concatenate([ones, x[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([ones, x[..., :0:-1]], axis=-1), axis=-1)
    return np.moveaxis(before * after[..., ::-1], -1, axis)


def _put(shape, index, values):
    """Return zeros of a shape with values at an index."""
    values = np.asarray(values)
    result = np.zeros(shape, dtype=values.dtype)
    result[index] = values
    return result


def _on_diagonal(values, letters, shape):
    """Return zeros with values where the indices that `letters` repeats agree."""
    values = np.asarray(values)
    result = np.zeros(shape, dtype=values.dtype)
    np.einsum(letters, result)[...] = values
    return result


def _add_diagonal(matrix, entries):
    """Add to the diagonal of a matrix, in place: it must be one that nothing else uses."""
    np.einsum("ii->i", matrix)[...] += entries
    return matrix


def _set_diagonal(matrix, entries):
    """Write onto the diagonal of a matrix, in place: it must be one that nothing else uses."""
    np.einsum("ii->i", matrix)[...] = entries
    return matrix
