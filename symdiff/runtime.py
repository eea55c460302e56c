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


def _complexes(real, **values):
    """Convert to arrays of one precision, complex but for those named in `real`."""
    arrays = {name: np.asarray(value) for name, value in values.items()}
    for name, array in arrays.items():
        if array.dtype.kind not in ("fiub" if name in real else "cfiub"):
            numbers = "real numbers" if name in real else "numbers"
            raise TypeError(f"{name} must hold {numbers}, not {array.dtype}")
    given = [name for name, v in values.items() if not isinstance(v, (float, complex))]
    parts = [arrays[name].real.dtype for name in given]
    dtype = np.result_type(*[part for part in parts if part.kind == "f"] or [np.dtype(float)])
    both = np.result_type(dtype, np.complex64)
    return [a.astype(dtype if name in real else both, copy=False) for name, a in arrays.items()]


def _complex_type(dtype):
    """Return the complex type whose parts are of a float type."""
    return np.result_type(dtype, np.complex64)


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


def _cut_or_pad(x, n, axis):
    """Return the first n entries along an axis, followed by zeros if there are fewer."""
    x = np.moveaxis(x, axis, -1)
    result = np.zeros((*x.shape[:-1], n), dtype=x.dtype)
    result[..., : x.shape[-1]] = x[..., :n]
    return np.moveaxis(result, -1, axis)


def _rfft_weights(n, dtype):
    """Return how often each entry of `rfft` of n numbers stands in `fft` of them."""
    weights = np.full(n // 2 + 1, 2, dtype=dtype)
    weights[0] = 1
    if n % 2 == 0:
        weights[-1] = 1
    return weights
