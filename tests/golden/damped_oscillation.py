"""damped_oscillation, written by symdiff. Needs NumPy alone."""

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


def damped_oscillation(a, b, t, c, d, e, f):
    """Return the value and its gradient by a, b, c, d, e, f.

    Parameters
    ----------
    a : scalar
    b : scalar
    t : scalar
    c : scalar
    d : scalar
    e : scalar
    f : scalar

    Returns
    -------
    value : scalar
        a*exp(-b*t)*sin(c*t + d) + e/(1 + f**2)
    grad_a : scalar
        exp(-b*t)*sin(c*t + d)
    grad_b : scalar
        -(a*t*exp(-b*t)*sin(c*t + d))
    grad_c : scalar
        t*(a*exp(-b*t)*cos(c*t + d))
    grad_d : scalar
        a*exp(-b*t)*cos(c*t + d)
    grad_e : scalar
        1/(1 + f**2)
    grad_f : scalar
        -2*e*f/(1 + f**2)**2
    """
    a, b, t, c, d, e, f = _floats(a=a, b=b, t=t, c=c, d=d, e=e, f=f)
    _check_shape("a", a, "()", ())
    _check_shape("b", b, "()", ())
    _check_shape("t", t, "()", ())
    _check_shape("c", c, "()", ())
    _check_shape("d", d, "()", ())
    _check_shape("e", e, "()", ())
    _check_shape("f", f, "()", ())
    t1 = np.exp(-(b * t))  # scalar
    t2 = a * t1  # scalar  a*exp(-(b*t))
    t3 = c * t + d  # scalar
    t4 = np.sin(t3)  # scalar  sin(c*t + d)
    t5 = t2 * t4  # scalar  a*exp(-(b*t))*sin(c*t + d)
    t6 = 1 + f**2  # scalar
    value = t5 + e / t6  # scalar  a*exp(-(b*t))*sin(c*t + d) + e/(1 + f**2)
    grad_a = t1 * t4  # scalar  exp(-(b*t))*sin(c*t + d)
    grad_b = -(t * t5)  # scalar  -(t*(a*exp(-(b*t))*sin(c*t + d)))
    grad_d = t2 * np.cos(t3)  # scalar  a*exp(-(b*t))*cos(c*t + d)
    grad_c = t * grad_d  # scalar  t*(a*exp(-(b*t))*cos(c*t + d))
    grad_e = 1 / t6  # scalar  1/(1 + f**2)
    grad_f = -2 * e * f / t6**2  # scalar  -2*e*f/(1 + f**2)**2
    return value, grad_a, grad_b, grad_c, grad_d, grad_e, grad_f
