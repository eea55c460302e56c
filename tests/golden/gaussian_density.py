"""gaussian_density, written by symdiff. Needs NumPy alone."""

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


def gaussian_density(S, x, mu):
    """Return the value and its gradient by mu, S.

    Parameters
    ----------
    S : array of shape (n, n)
    x : array of shape (n,)
    mu : array of shape (n,)

    Returns
    -------
    value : scalar
        log(det(2*3.141592653589793*S))/2 + ((x - mu) @ inv(S) @ (x - mu))/2
    grad_mu : array of shape (n,)
        -(0.5*(inv(S) @ (x - mu)) + 0.5*((x - mu) @ inv(S)))
    grad_S : array of shape (n, n)
        0.5*inv(S).T - 0.5*outer((x - mu) @ inv(S), inv(S) @ (x - mu))
    """
    S, x, mu = _floats(S=S, x=x, mu=mu)
    dtype = S.dtype
    if S.ndim != 2:
        raise ValueError(f"S must have shape (n, n), not {S.shape}")
    n = S.shape[0]
    _check_shape("S", S, "(n, n)", (n, n))
    _check_shape("x", x, "(n,)", (n,))
    _check_shape("mu", mu, "(n,)", (n,))
    t1 = np.linalg.inv(S)  # (n, n)
    t2 = x - mu  # (n,)
    t3 = t1.T @ t2  # (n,)  inv(S).T @ (x - mu)
    t4 = n * np.log(dtype.type(6.283185307179586)) + np.linalg.slogdet(S).logabsdet
    value = (t3 @ t2) / 2 + t4 / 2  # scalar
    t5 = t1 @ t2  # (n,)  inv(S) @ (x - mu)
    t6 = 0.5 * t3  # (n,)  0.5*(inv(S).T @ (x - mu))
    grad_mu = -(0.5 * t5 + t6)  # (n,)
    grad_S = 0.5 * t1.T - np.outer(t6, t5)  # (n, n)
    return value, grad_mu, grad_S
