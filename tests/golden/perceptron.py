"""perceptron, written by symdiff. Needs NumPy alone."""

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


def _sigmoid_minus(x, t):
    """Logistic function minus a target, precise where both are near 0 or near 1."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, (1 - t) - t * e, (1 - t) * e - t) / (1 + e)


def perceptron(X, W1, b1, W2, b2, Y, lam):
    """Return the value and its gradient by W1, b1, W2, b2.

    Parameters
    ----------
    X : array of shape (n, d)
    W1 : array of shape (d, h)
    b1 : array of shape (h,)
    W2 : array of shape (h, k)
    b2 : array of shape (k,)
    Y : array of shape (n, k)
    lam : scalar

    Returns
    -------
    value : scalar
    grad_W1 : array of shape (d, h)
    grad_b1 : array of shape (h,)
    grad_W2 : array of shape (h, k)
    grad_b2 : array of shape (k,)
    """
    X, W1, b1, W2, b2, Y, lam = _floats(X=X, W1=W1, b1=b1, W2=W2, b2=b2, Y=Y, lam=lam)
    dtype = X.dtype
    if X.ndim != 2:
        raise ValueError(f"X must have shape (n, d), not {X.shape}")
    n, d = X.shape
    if W1.ndim != 2:
        raise ValueError(f"W1 must have shape (d, h), not {W1.shape}")
    h = W1.shape[1]
    if W2.ndim != 2:
        raise ValueError(f"W2 must have shape (h, k), not {W2.shape}")
    k = W2.shape[1]
    _check_shape("W1", W1, "(d, h)", (d, h))
    _check_shape("b1", b1, "(h,)", (h,))
    _check_shape("W2", W2, "(h, k)", (h, k))
    _check_shape("b2", b2, "(k,)", (k,))
    _check_shape("Y", Y, "(n, k)", (n, k))
    _check_shape("lam", lam, "()", ())
    t1 = X @ W1 + b1  # (n, h)
    t2 = np.maximum(t1, 0)  # (n, h)  relu(X @ W1 + b1)
    t3 = t2 @ W2 + b2  # (n, k)  relu(X @ W1 + b1) @ W2 + b2
    t4 = _sigmoid_minus(t3, Y)  # (n, k)  sigmoid(relu(X @ W1 + b1) @ W2 + b2) - Y
    value = lam * (np.vdot(W1, W1) + np.vdot(W2, W2)) + np.vdot(t4, t4) / n  # scalar
    t5 = _sigmoid(t3) * _sigmoid(-t3) * t4 * (2 / dtype.type(n))  # (n, k)
    t6 = np.heaviside(t1, 0.5) * (t5 @ W2.T)  # (n, h)
    t7 = 2 * lam  # scalar
    grad_W1 = X.T @ t6 + t7 * W1  # (d, h)
    grad_b1 = t6.sum(axis=0)  # (h,)
    grad_W2 = t2.T @ t5 + t7 * W2  # (h, k)
    grad_b2 = t5.sum(axis=0)  # (k,)
    return value, grad_W1, grad_b1, grad_W2, grad_b2
