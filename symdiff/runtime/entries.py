"""Functions of single entries that NumPy lacks, or computes with fewer digits."""

import numpy as np

__all__ = [
    "_direction_cosine",
    "_elu",
    "_gap",
    "_leg",
    "_log1mexp",
    "_log_cosh",
    "_off_kink",
    "_sech",
    "_sigmoid",
    "_sigmoid_minus",
    "_sinc_derivative",
    "_softsign",
]


def _off_kink(x):
    """Return x, which must not be 0: there the derivative that needs it does not exist."""
    if not np.all(x):
        raise ValueError("a derivative is evaluated at a kink, where it does not exist")
    return x


def _sigmoid(x):
    """Logistic function, without overflow and precise in both tails."""
    e = np.exp(-np.abs(x))
    return np.maximum(x >= 0, e) / (1 + e)


def _leg(x, y):
    """Root of the difference of two squares, without overflow or cancellation."""
    x, y = abs(x), abs(y)  # of Python numbers, Python numbers
    return np.sqrt(x - y) * np.sqrt(x + y)


def _direction_cosine(x, y):
    """Ratio of `x` to the length of (x, y), without overflow; 0 at the origin."""
    longer = np.maximum(abs(x), abs(y))
    largest = np.finfo(longer.dtype).max
    x, y = (np.minimum(np.maximum(v, -largest), largest) for v in (x, y))
    scale = np.where(longer == 0, 1, np.minimum(longer, largest))
    return x / scale / np.where(longer == 0, 1, np.hypot(x / scale, y / scale))


def _elu(x, alpha):
    """Exponential linear unit, without overflow."""
    x = np.asarray(x, dtype=np.result_type(x, alpha))
    return np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0))


def _softsign(x):
    """Ratio of `x` to 1 plus its magnitude, also at infinity."""
    largest = np.finfo(x.dtype).max
    x = np.minimum(np.maximum(x, -largest), largest)
    return x / (1 + np.abs(x))


def _gap(x, y):
    """Difference, which is 0 between equal infinities."""
    with np.errstate(invalid="ignore"):
        return np.where(x == y, 0, x - y)[()]


def _sinc_derivative(x, order):
    """Derivative of `np.sinc` of any order: its series near 0, a recurrence elsewhere."""
    t = np.pi * x
    near = np.abs(t) < max(order, 2)
    power = np.where(near, t, 0) ** (order % 2) * (-1) ** ((order + 1) // 2)
    series = 0 * t
    for n in range(order % 2, 32 + 4 * order, 2):
        series += power / (n + order + 1)
        power *= -(np.where(near, t, 0) ** 2) / ((n + 1) * (n + 2))
    rest = x - np.rint(x)  # the sine of a rest keeps its digits, that of a multiple of pi does not
    sign = 1 - 2 * (np.rint(x) % 2)
    sine, cosine = sign * np.sin(np.pi * rest), sign * np.cos(np.pi * rest)
    t = np.where(near, 1, t)
    result = sine / t
    for n in range(1, order + 1):
        wave = (sine, cosine, -sine, -cosine)[n % 4]
        result = (wave - n * result) / t
    return np.pi**order * np.where(near, series, result)


def _sech(x):
    """1/cosh(x), without overflow."""
    e = np.exp(-np.abs(x))
    return 2 * e / (1 + e * e)


def _log1mexp(x):
    """log(1 - exp(x)) for negative x, precise where x is near 0 and where it is far from it."""
    near = x > -0.7
    small = np.log(-np.expm1(np.where(near, x, -1)))
    return np.where(near, small, np.log1p(-np.exp(np.where(near, -1, x))))[()]


def _log_cosh(x):
    """log(cosh(x)), without overflow and precise near 0."""
    x = np.abs(x)
    near = np.log1p(2 * np.sinh(np.minimum(x, 1) / 2) ** 2)
    return np.where(x < 1, near, x + np.log1p(np.exp(-2 * x)) - np.log(x.dtype.type(2)))[()]


def _sigmoid_minus(x, t):
    """Logistic function minus a target, precise where both are near 0 or near 1."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, (1 - t) - t * e, (1 - t) * e - t) / (1 + e)
