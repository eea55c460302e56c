"""What generated code needs for Python's own floats, in place of helpers for arrays.

Where `math` raises an error, NumPy has an infinity or NaN; callers then compute with NumPy.
"""

import math

import numpy as np

__all__ = [
    "_float_clip",
    "_float_leg",
    "_float_log1mexp",
    "_float_log_cosh",
    "_float_logaddexp",
    "_float_sech",
    "_float_sigmoid",
    "_float_sigmoid_minus",
    "_float_softplus",
    "_python_numbers",
    "_with_floats",
    "math",
]


def _with_floats(of_floats, of_arrays, *values):
    """Call the function of floats if all values are doubles or integers, else that of arrays."""
    for value in values:
        kind = type(value)
        whole = kind is int and -(2**63) <= value < 2**63
        if not (kind is float or kind is np.float64 or whole):
            return of_arrays(*values)
    return of_floats(*map(float, values))


def _python_numbers(results):
    """Return what a function of arrays has computed, its scalars as Python numbers."""
    if type(results) is tuple:
        return tuple(_python_numbers(result) for result in results)
    return results if np.ndim(results) else np.asarray(results).item()


def _float_sigmoid(x):
    """Logistic function, without overflow and precise in both tails."""
    e = math.exp(-abs(x))
    return (1.0 if x >= 0.0 else e) / (1.0 + e)


def _float_softplus(x):
    """log(1 + exp(x)), without overflow."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _float_logaddexp(x, y):
    """log(exp(x) + exp(y)), without overflow."""
    if x == y:
        return x + 0.6931471805599453
    return max(x, y) + math.log1p(math.exp(-abs(x - y)))


def _float_clip(x, lower, upper):
    """The nearest number to x between two bounds; NaN where one of the three is."""
    if x != x or lower != lower or upper != upper:
        return x + lower + upper
    return min(max(x, lower), upper)


def _float_leg(x, y):
    """Root of the difference of two squares, without overflow or cancellation."""
    x, y = abs(x), abs(y)
    return math.sqrt(x - y) * math.sqrt(x + y)


def _float_sech(x):
    """1/cosh(x), without overflow."""
    e = math.exp(-abs(x))
    return 2.0 * e / (1.0 + e * e)


def _float_log1mexp(x):
    """log(1 - exp(x)) for negative x, precise where x is near 0 and where it is far from it."""
    return math.log(-math.expm1(x)) if x > -0.7 else math.log1p(-math.exp(x))


def _float_log_cosh(x):
    """log(cosh(x)), without overflow and precise near 0."""
    x = abs(x)
    if x < 1.0:
        return math.log1p(2.0 * math.sinh(x / 2.0) ** 2)
    return x + math.log1p(math.exp(-2.0 * x)) - 0.6931471805599453


def _float_sigmoid_minus(x, t):
    """Logistic function minus a target, precise where both are near 0 or near 1."""
    e = math.exp(-abs(x))
    return ((1.0 - t) - t * e if x >= 0.0 else (1.0 - t) * e - t) / (1.0 + e)
