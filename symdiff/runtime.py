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


def _leg(x, y):
    """Root of the difference of two squares, without overflow or cancellation."""
    x, y = abs(x), abs(y)  # of Python numbers, Python numbers
    return np.sqrt(x - y) * np.sqrt(x + y)


def _direction_cosine(x, y):
    """Ratio of `x` to the length of (x, y), without overflow; 0 at the origin."""
    longer = np.maximum(abs(x), abs(y))
    largest = np.finfo(longer.dtype).max
    x, y = (np.minimum(np.maximum(v, -largest), largest) for v in (x, y))
    scale = np.where(longer == 0, 1, np.minimum(longer, largest))
    return x / scale / np.where(longer == 0, 1, np.hypot(x / scale, y / scale))


def _elu(x, alpha):
    """Exponential linear unit, without overflow."""
    x = np.asarray(x, dtype=np.result_type(x, alpha))
    return np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0))


def _softsign(x):
    """Ratio of `x` to 1 plus its magnitude, also at infinity."""
    largest = np.finfo(x.dtype).max
    x = np.minimum(np.maximum(x, -largest), largest)
    return x / (1 + np.abs(x))


def _gap(x, y):
    """Difference, which is 0 between equal infinities."""
    with np.errstate(invalid="ignore"):
        return np.where(x == y, 0, x - y)[()]


def _sinc_derivative(x, order):
    """Derivative of `np.sinc` of any order: its series near 0, a recurrence elsewhere."""
    t = np.pi * x
    near = np.abs(t) < max(order, 2)
    power = np.where(near, t, 0) ** (order % 2) * (-1) ** ((order + 1) // 2)
    series = 0 * t
    for n in range(order % 2, 32 + 4 * order, 2):
        series += power / (n + order + 1)
        power *= -(np.where(near, t, 0) ** 2) / ((n + 1) * (n + 2))
    rest = x - np.rint(x)  # the sine of a rest keeps its digits, that of a multiple of pi does not
    sign = 1 - 2 * (np.rint(x) % 2)
    sine, cosine = sign * np.sin(np.pi * rest), sign * np.cos(np.pi * rest)
    t = np.where(near, 1, t)
    result = sine / t
    for n in range(1, order + 1):
        wave = (sine, cosine, -sine, -cosine)[n % 4]
        result = (wave - n * result) / t
    return np.pi**order * np.where(near, series, result)


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
