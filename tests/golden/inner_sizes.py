"""inner_sizes, written by symdiff. Needs NumPy alone."""

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


def _put(shape, index, values):
    """Return zeros of a shape with values at an index."""
    values = np.asarray(values)
    result = np.zeros(shape, dtype=values.dtype)
    result[index] = values
    return result


def inner_sizes(u, v):
    """Return sum((reshape(u, (n, m)) @ v)[1:]) + n*norm(v) and its gradient by u, v.

    Parameters
    ----------
    u : array of shape (m*n,)
    v : array of shape (m,)

    Returns
    -------
    value : scalar
        sum((reshape(u, (n, m)) @ v)[1:]) + n*norm(v)
    grad_u : array of shape (m*n,)
        reshape(outer(zeros((n,)).at[1:].set(broadcast_to(1.0, n - 1)), v), m*n)
    grad_v : array of shape (m,)
    """
    u, v = _floats(u=u, v=v)
    dtype = u.dtype
    if v.ndim != 1:
        raise ValueError(f"v must have shape (m,), not {v.shape}")
    (m,) = v.shape
    if u.ndim != 1 or m == 0:
        raise ValueError(f"u must have shape (m*n,), not {u.shape}")
    n = u.shape[0] // m
    _check_shape("u", u, "(m*n,)", (m * n,))
    if n < 1:
        raise ValueError(f"the index [1:] needs n >= 1, but n is {n}")
    t1 = _norm(v)  # scalar
    t2 = u.reshape((n, m))  # (n, m)
    value = n * t1 + (t2 @ v)[1:].sum()  # scalar
    t3 = _put((n,), np.s_[1:], np.ones(n - 1, dtype=dtype))  # (n,)
    grad_u = np.outer(t3, v).reshape(m * n)  # (m*n,)
    grad_v = t2.T @ t3 + n * (v / np.where(t1 == 0, 1, t1))  # (m,)
    return value, grad_u, grad_v
