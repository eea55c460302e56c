"""ridge, written by symdiff. Needs NumPy alone."""

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


def ridge(X, w, y, lam):
    """Return sum((X @ w - y)**2)/n + lam*sum(w**2) and its gradient by w, lam.

    Parameters
    ----------
    X : array of shape (n, d)
    w : array of shape (d,)
    y : array of shape (n,)
    lam : scalar

    Returns
    -------
    value : scalar
        sum((X @ w - y)**2)/n + lam*sum(w**2)
    grad_w : array of shape (d,)
        2*(X.T @ (X @ w - y))/n + 2*lam*w
    grad_lam : scalar
        sum(w**2)
    """
    X, w, y, lam = _floats(X=X, w=w, y=y, lam=lam)
    dtype = X.dtype
    if X.ndim != 2:
        raise ValueError(f"X must have shape (n, d), not {X.shape}")
    n, d = X.shape
    _check_shape("w", w, "(d,)", (d,))
    _check_shape("y", y, "(n,)", (n,))
    _check_shape("lam", lam, "()", ())
    t1 = X @ w - y  # (n,)
    grad_lam = w @ w  # scalar
    value = (t1 @ t1) / n + lam * grad_lam  # scalar
    grad_w = 2 / dtype.type(n) * (X.T @ t1) + 2 * lam * w  # (d,)
    return value, grad_w, grad_lam
