"""What generated code does with the results of functions that users declare."""

import numpy as np

__all__ = ["_entries", "_result"]


def _result(name, value, shape, dtype):
    """Return what a function has computed as an array of its own; refuse another shape or kind."""
    value = np.asarray(value)
    if value.shape != shape:
        raise ValueError(f"`{name}` returned an array of shape {value.shape}, not {shape}")
    if not np.can_cast(value.dtype, dtype, "same_kind"):
        raise TypeError(f"`{name}` returned an array of {value.dtype}, not {np.dtype(dtype)}")
    return value.astype(dtype)[()]


def _entries(function, dtype, *arrays):
    """Apply a function to each entry; the result is an array of its own."""
    shape = np.broadcast_shapes(*[np.shape(array) for array in arrays])
    return _result(function.__name__, function(*arrays), shape, dtype)
