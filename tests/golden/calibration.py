"""calibration, written by symdiff. Needs NumPy alone."""

import numpy as np

C1 = np.array(
    [
        [0.126, -0.132, 0.64],
        [-0.536, 0.362, 1.304],
        [-0.704, -1.265, -0.623],
        [0.041, 2.0, -3.5],
    ],
    dtype=np.float64,
)


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


def calibration(
    precision_of_the_measurements,
    observations_of_the_first_station,
    offset_of_the_instrument_in_use,
    regularization_strength,
):
    """Return the value and its gradients.

    Parameters
    ----------
    precision_of_the_measurements : array of shape (4,)
    observations_of_the_first_station : array of shape (3,)
    offset_of_the_instrument_in_use : array of shape (4,)
    regularization_strength : scalar

    Returns
    -------
    value : scalar
    grad_observations_of_the_first_station : array of shape (3,)
    grad_precision_of_the_measurements : array of shape (4,)
    grad_offset_of_the_instrument_in_use : array of shape (4,)
    grad_regularization_strength : scalar
        sum(observations_of_the_first_station**2)
    """
    (
        precision_of_the_measurements,
        observations_of_the_first_station,
        offset_of_the_instrument_in_use,
        regularization_strength,
    ) = _floats(
        precision_of_the_measurements=precision_of_the_measurements,
        observations_of_the_first_station=observations_of_the_first_station,
        offset_of_the_instrument_in_use=offset_of_the_instrument_in_use,
        regularization_strength=regularization_strength,
    )
    dtype = precision_of_the_measurements.dtype
    _check_shape(
        "precision_of_the_measurements", precision_of_the_measurements, "(4,)", (4,)
    )
    _check_shape(
        "observations_of_the_first_station",
        observations_of_the_first_station,
        "(3,)",
        (3,),
    )
    _check_shape(
        "offset_of_the_instrument_in_use", offset_of_the_instrument_in_use, "(4,)", (4,)
    )
    _check_shape("regularization_strength", regularization_strength, "()", ())
    grad_regularization_strength = (
        observations_of_the_first_station @ observations_of_the_first_station
    )
    t1 = C1.astype(dtype) @ observations_of_the_first_station  # (4,)
    t2 = t1 - offset_of_the_instrument_in_use  # (4,)
    grad_precision_of_the_measurements = t2**2  # (4,)
    t3 = grad_precision_of_the_measurements @ precision_of_the_measurements  # scalar
    value = regularization_strength * grad_regularization_strength + t3  # scalar
    t4 = 2 * precision_of_the_measurements * t2  # (4,)
    t5 = 2 * regularization_strength * observations_of_the_first_station  # (3,)
    grad_observations_of_the_first_station = t5 + C1.astype(dtype).T @ t4  # (3,)
    grad_offset_of_the_instrument_in_use = -t4  # (4,)
    return (
        value,
        grad_observations_of_the_first_station,
        grad_precision_of_the_measurements,
        grad_offset_of_the_instrument_in_use,
        grad_regularization_strength,
    )
