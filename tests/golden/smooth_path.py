"""smooth_path, written by symdiff. Needs NumPy alone."""

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


def _put(shape, index, values):
    """Return zeros of a shape with values at an index."""
    values = np.asarray(values)
    result = np.zeros(shape, dtype=values.dtype)
    result[index] = values
    return result


def smooth_path(x, lam):
    """Return the value and its gradient by x.

    Parameters
    ----------
    x : array of shape (n,)
    lam : scalar

    Returns
    -------
    value : scalar
        sum((x[1:] - x[:-1])**2) + lam*abs(x[0]*x[-1]) + max(x[::2])
    grad_x : array of shape (n,)
    """
    x, lam = _floats(x=x, lam=lam)
    dtype = x.dtype
    if x.ndim != 1:
        raise ValueError(f"x must have shape (n,), not {x.shape}")
    (n,) = x.shape
    _check_shape("lam", lam, "()", ())
    if n < 1:
        raise ValueError(f"the index [1:] needs n >= 1, but n is {n}")
    if (n + 1) // 2 < 1:
        raise ValueError(
            f"`max` of no entries needs (n + 1)//2 >= 1, but (n + 1)//2 is {(n + 1) // 2}"
        )
    t1 = x[0]  # scalar
    t2 = x[-1]  # scalar
    t3 = t1 * t2  # scalar  x[0]*x[-1]
    t4 = x[1:] - x[:-1]  # (n - 1,)
    t5 = x[::2]  # ((n + 1)//2,)
    t6 = t5.max()  # scalar  max(x[::2])
    value = lam * np.abs(t3) + t4 @ t4 + t6  # scalar
    t7 = lam * np.sign(t3)  # scalar  lam*sign(x[0]*x[-1])
    t8 = _put((n,), np.s_[-1], t7 * t1) + _put((n,), np.s_[0], t7 * t2)  # (n,)
    t9 = t5 == t6  # ((n + 1)//2,)  x[::2] == max(x[::2])
    t10 = t8 + _put((n,), np.s_[1:], 2 * t4) + _put((n,), np.s_[:-1], -2 * t4)  # (n,)
    grad_x = t10 + _put((n,), np.s_[::2], np.where(t9, 1 / dtype.type(t9.sum()), 0.0))
    return value, grad_x
