"""What generated code does with its arguments."""

import numpy as np

__all__ = [
    "_booleans",
    "_check_shape",
    "_complex_type",
    "_complexes",
    "_floats",
    "_integers",
]


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


def _complexes(real, **values):
    """Convert to arrays of one precision, complex but for those named in `real`."""
    arrays = {name: np.asarray(value) for name, value in values.items()}
    for name, array in arrays.items():
        if np.ma.is_masked(values[name]):
            raise TypeError(f"{name} has masked entries; pass the mask as booleans")
        if array.dtype.kind not in ("fiub" if name in real else "cfiub"):
            numbers = "real numbers" if name in real else "numbers"
            raise TypeError(f"{name} must hold {numbers}, not {array.dtype}")
    given = [name for name, v in values.items() if not isinstance(v, (float, complex))]
    parts = [arrays[name].real.dtype for name in given]
    dtype = np.result_type(*[part for part in parts if part.kind == "f"] or [np.dtype(float)])
    both = np.result_type(dtype, np.complex64)
    return [a.astype(dtype if name in real else both, copy=False) for name, a in arrays.items()]


def _complex_type(dtype):
    """Return the complex type whose parts are of a float type."""
    return np.result_type(dtype, np.complex64)


def _integers(name, value):
    """Convert to an array of signed integers of 64 bits; refuse other numbers."""
    array = np.asarray(value)
    if np.ma.is_masked(value):
        raise TypeError(f"{name} has masked entries; pass the mask as booleans")
    if array.dtype.kind not in "iub":
        raise TypeError(f"{name} must hold integers, not {array.dtype}")
    if array.dtype == np.uint64 and array.size and array.max() >= 2**63:
        raise ValueError(f"{name} must hold integers below 2**63, not {array.max()}")
    return array.astype(np.int64, copy=False)


def _booleans(name, value):
    """Convert to an array of booleans; refuse numbers."""
    array = np.asarray(value)
    if np.ma.is_masked(value):
        raise TypeError(f"{name} has masked entries; pass the mask as booleans")
    if array.dtype.kind != "b":
        raise TypeError(f"{name} must hold booleans, not {array.dtype}")
    return array


def _check_shape(name, array, sizes, shape):
    """Refuse an array whose shape is not the one that the other arguments imply."""
    if array.shape != shape:
        expected = sizes if sizes == str(shape) else f"{sizes} = {shape}"
        raise ValueError(f"{name} must have shape {expected}, not {array.shape}")
