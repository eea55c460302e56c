"""softmax_cross_entropy, written by symdiff. Needs NumPy alone."""

import numpy as np


def _check_shape(name, array, sizes, shape):
    """Refuse an array whose shape is not the one that the other arguments imply."""
    if array.shape != shape:
        expected = sizes if sizes == str(shape) else f"{sizes} = {shape}"
        raise ValueError(f"{name} must have shape {expected}, not {array.shape}")


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


def _log_softmax(x, axis=None):
    """Logarithm of the softmax, without overflow."""
    keep = axis is not None
    shifted = x - x.max(axis=axis, keepdims=keep)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=keep))


def _softmax(x, axis=None):
    """Exponentials divided by their sum, without overflow."""
    keep = axis is not None
    e = np.exp(x - x.max(axis=axis, keepdims=keep))
    e /= e.sum(axis=axis, keepdims=keep)
    return e


def _softmax_minus(x, target, total, axis=None):
    """Softmax times a total, minus a target; precise where they are close."""
    shares = _softmax(x, axis)
    return shares * (total - target) - target * _lacking(shares, axis)


def softmax_cross_entropy(T, X, W):
    """Return -sum(T*log_softmax(X @ W, axis=1))/n and its gradient by W.

    Parameters
    ----------
    T : array of shape (n, k)
    X : array of shape (n, d)
    W : array of shape (d, k)

    Returns
    -------
    value : scalar
        -sum(T*log_softmax(X @ W, axis=1))/n
    grad_W : array of shape (d, k)
        (X.T @ (sum(T, axis=1)[:, None]*softmax(X @ W, axis=1) - T))/n
    """
    T, X, W = _floats(T=T, X=X, W=W)
    if T.ndim != 2:
        raise ValueError(f"T must have shape (n, k), not {T.shape}")
    n, k = T.shape
    if X.ndim != 2:
        raise ValueError(f"X must have shape (n, d), not {X.shape}")
    d = X.shape[1]
    _check_shape("X", X, "(n, d)", (n, d))
    _check_shape("W", W, "(d, k)", (d, k))
    if k < 1:
        raise ValueError(f"`log_softmax` of no entries needs k >= 1, but k is {k}")
    t1 = X @ W  # (n, k)
    value = -(np.vdot(T, _log_softmax(t1, axis=1)) / n)  # scalar
    grad_W = (X.T @ _softmax_minus(t1, T, T.sum(axis=1)[:, None], axis=1)) / n  # (d, k)
    return value, grad_W
