"""logistic_hessian, written by symdiff. Needs NumPy alone."""

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


def _sigmoid(x):
    """Logistic function, without overflow and precise in both tails."""
    e = np.exp(-np.abs(x))
    return np.maximum(x >= 0, e) / (1 + e)


def logistic_hessian(X, w):
    """Return X.T @ diag(sigmoid(X @ w)*(1 - sigmoid(X @ w))) @ X.

    Parameters
    ----------
    X : array of shape (n, d)
    w : array of shape (d,)
    """
    X, w = _floats(X=X, w=w)
    if X.ndim != 2:
        raise ValueError(f"X must have shape (n, d), not {X.shape}")
    d = X.shape[1]
    _check_shape("w", w, "(d,)", (d,))
    t1 = X @ w  # (n,)
    t2 = np.sqrt(_sigmoid(t1) * _sigmoid(-t1))[:, None] * X  # (n, d)
    return t2.T @ t2
