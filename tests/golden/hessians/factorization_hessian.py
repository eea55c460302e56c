"""factorization_hessian, written by symdiff. Needs NumPy alone."""

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


def factorization_hessian(V, *, n):
    """Return 2*einsum("ij,kl->ikjl", eye(n), V.T @ V).

    Parameters
    ----------
    V : array of shape (m, k)
    """
    (V,) = _floats(V=V)
    if V.ndim != 2:
        raise ValueError(f"V must have shape (m, k), not {V.shape}")
    k = V.shape[1]
    return _on_diagonal(2 * (V.T @ V), "ikil->ikl", (n, k, n, k))
