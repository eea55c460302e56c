"""log_determinant_hessian, written by symdiff. Needs NumPy alone."""

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


def _on_diagonal(values, letters, shape):
    """Return zeros with values where the indices that `letters` repeats agree."""
    values = np.asarray(values)
    result = np.zeros(shape, dtype=values.dtype)
    np.einsum(letters, result)[...] = values
    return result


def log_determinant_hessian(P):
    """Return 2*… - 2*… - 2*einsum("ijkl,ml->ijmk", …, P).

    Parameters
    ----------
    P : array of shape (n, k)
    """
    (P,) = _floats(P=P)
    if P.ndim != 2:
        raise ValueError(f"P must have shape (n, k), not {P.shape}")
    n, k = P.shape
    t1 = np.linalg.inv(P.T @ P)  # (k, k)
    t2 = 2 * P  # (n, k)
    t3 = np.outer((P @ t1).reshape(k * n), t1.reshape(k**2)).reshape((n, k, k, k))
    t4 = t2 @ np.transpose(t3, (1, 0, 2, 3)).reshape((k, k**2 * n))  # (n, k**2*n)
    t5 = np.transpose(t4.reshape((n, n, k, k)), (1, 2, 0, 3))  # (n, k, n, k)
    t6 = (t2 @ t3.reshape((k**2 * n, k)).T).reshape((n, n, k, k))  # (n, n, k, k)
    t7 = _on_diagonal(2 * t1, "ikil->ikl", (n, k, n, k)) - t5  # (n, k, n, k)
    return t7 - np.transpose(t6, (1, 3, 0, 2))
