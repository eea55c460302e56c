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
    t2 = np.einsum("ij,kl->ikjl", P @ t1, t1)  # (n, k, k, k)
    t3 = 2 * P  # (n, k)
    t4 = np.tensordot(t3, t2, axes=[[1], [2]]).transpose(1, 2, 0, 3)  # (n, k, n, k)
    t5 = np.tensordot(t3, t2, axes=[[1], [3]]).transpose(1, 2, 0, 3)  # (n, k, n, k)
    return _on_diagonal(2 * t1, "ikil->ikl", (n, k, n, k)) - t4 - t5
