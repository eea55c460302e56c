"""logistic, written by symdiff. Needs NumPy alone."""

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


def _sigmoid_minus(x, t):
    """Logistic function minus a target, precise where both are near 0 or near 1."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, (1 - t) - t * e, (1 - t) * e - t) / (1 + e)


def logistic(y, X, w):
    """Return the value and its gradient by w.

    Parameters
    ----------
    y : array of shape (n,)
    X : array of shape (n, d)
    w : array of shape (d,)

    Returns
    -------
    value : scalar
    grad_w : array of shape (d,)
        (X.T @ (sigmoid(X @ w) - y))/n
    """
    y, X, w = _floats(y=y, X=X, w=w)
    if y.ndim != 1:
        raise ValueError(f"y must have shape (n,), not {y.shape}")
    (n,) = y.shape
    if X.ndim != 2:
        raise ValueError(f"X must have shape (n, d), not {X.shape}")
    d = X.shape[1]
    _check_shape("X", X, "(n, d)", (n, d))
    _check_shape("w", w, "(d,)", (d,))
    t1 = X @ w  # (n,)
    value = (y * np.logaddexp(0, -t1) + np.logaddexp(0, t1) * (1 - y)).sum() / n
    grad_w = (X.T @ _sigmoid_minus(t1, y)) / n  # (d,)  (X.T @ (sigmoid(X @ w) - y))/n
    return value, grad_w
