"""cross_entropy_hessian, written by symdiff. Needs NumPy alone."""

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
        if np.ma.is_masked(values[name]):
            raise TypeError(f"{name} has masked entries; pass the mask as booleans")
        if array.dtype.kind not in "fiub":
            raise TypeError(f"{name} must hold real numbers, not {array.dtype}")
    kinds = [np.asarray(v).dtype for v in values.values() if not isinstance(v, float)]
    dtype = np.result_type(*[k for k in kinds if k.kind == "f"] or [double])
    return [array.astype(dtype, copy=False) for array in arrays.values()]


def _lacking(shares, axis=None):
    """What shares lack to their sum, 1, to all digits: of one above 1/2, the sum of the others."""
    lacking, large = 1 - shares, shares > 0.5
    if large.any():
        others = np.where(large, 0, shares).sum(axis=axis, keepdims=True)
        lacking = np.where(large, others, lacking)
    return lacking


def _softmax(x, axis=None):
    """Exponentials divided by their sum, without overflow."""
    keep = axis is not None
    e = np.exp(x - x.max(axis=axis, keepdims=keep))
    e /= e.sum(axis=axis, keepdims=keep)
    return e


def _softmax_slope(x, axis=None):
    """Softmax times what it lacks to 1, to all digits."""
    shares = _softmax(x, axis)
    return shares * _lacking(shares, axis)


def _set_diagonal(matrix, entries):
    """Write onto the diagonal of a matrix, in place: it must be one that nothing else uses."""
    np.einsum("ii->i", matrix)[...] = entries
    return matrix


def cross_entropy_hessian(z):
    """Return diag(softmax(z)) - outer(softmax(z), softmax(z)).

    Parameters
    ----------
    z : array of shape (n,)
    """
    (z,) = _floats(z=z)
    if z.ndim != 1:
        raise ValueError(f"z must have shape (n,), not {z.shape}")
    (n,) = z.shape
    if n < 1:
        raise ValueError(f"`softmax` of no entries needs n >= 1, but n is {n}")
    t1 = _softmax(z)  # (n,)
    return _set_diagonal(np.outer(-t1, t1), _softmax_slope(z))
