"""Elementwise functions by name, to any number of digits, and their derivatives.

Those of smooth functions are by the rules of `dual_numbers`, those of functions made of pieces are
central differences of mpmath's. The working precision grows until two precisions agree. What is
not defined at a point, or has no derivative there, gives None.
"""

from __future__ import annotations

from functools import lru_cache, partial

import dual_numbers as dual
import mpmath
from dual_numbers import FAR, Function, Number, primal
from mpmath import mp, mpf

AGREEMENT = mpf(10) ** -25
DIGITS = (50, 80, 500, 1500, 3000)
"""The working precisions, which grow to where 1e-300 beside 1e300 counts."""
FEWER_DIGITS = (50, 80, 160)
"""Those of functions that take long with more."""
DIGITS_OF_DIFFERENCES = (50, 700, 1050)
MANY_DIGITS = 500
"""With fewer, 0 may be what cancellation leaves."""


# Smooth functions -------------------------------------------------------------------------------


def _softplus(x: Number) -> Number:
    return x + _softplus(-x) if x > 0 else dual.log1p(dual.exp(x))


def _sigmoid(x: Number) -> Number:
    if x > 0:
        return 1 / (1 + dual.exp(-x))
    return dual.exp(x) / (1 + dual.exp(x))


def _normal(x: Number) -> Number:
    return dual.erfc(-x / mp.sqrt(2)) / 2


def _log_normal(x: Number) -> Number:
    """The logarithm of the normal distribution function."""
    z = -x / mp.sqrt(2)
    if x > 0:
        return dual.log1p(-dual.erfc(-z) / 2)
    return dual.log(dual.scaled_integral(0, z) / 2) - z * z


def _hazard(x: Number) -> Number:
    """The normal density over the distribution function."""
    z = -x / mp.sqrt(2)
    if x > 0:
        return dual.exp(-x * x / 2) / mp.sqrt(2 * mp.pi) / _normal(x)
    return mp.sqrt(2 / mp.pi) / dual.scaled_integral(0, z)


def _logaddexp(x: Number, y: Number) -> Number:
    return x + _softplus(y - x) if x > y else y + _softplus(x - y)


def _logaddexp2(x: Number, y: Number) -> Number:
    two = mp.log(2)
    return _logaddexp(x * two, y * two) / two


def _times_log(x: Number, y: Number) -> Number:
    return x * dual.log(y)


def _log_of_quotient(x: Number, y: Number) -> Number:
    """The logarithm of x/y, for positive numbers."""
    return dual.log(x) - dual.log(y)


def _log_beta(x: Number, y: Number) -> Number:
    return dual.log_gamma(x) + dual.log_gamma(y) - dual.log_gamma(x + y)


def _beta(x: Number, y: Number) -> Number:
    return dual.gamma(x) * dual.gamma(y) / dual.gamma(x + y)


def _binomial(n: Number, k: Number) -> Number:
    """The binomial coefficient, where it has derivatives."""
    if not -1 < primal(k) < primal(n) + 1:
        raise ValueError("not in the domain")
    return dual.gamma(n + 1) / dual.gamma(k + 1) / dual.gamma(n - k + 1)


def _zeta(s: Number, q: Number) -> Number:
    """Hurwitz's zeta function, where its sum converges."""
    if primal(s) <= 1:
        raise ValueError("not in the domain")
    return dual.zeta(s, q)


def _where_first_is_positive(function: Function) -> Function:
    def value(x: Number, y: Number) -> Number:
        if primal(x) <= 0:
            raise ValueError("not in the domain")
        return function(x, y)

    return value


def _log_quotient_slope(x: Number) -> Number:
    return -0.5 * dual.hyp2f1(2, 2, mpf(3), 1 - x) if abs(x - 1) < 0.5 else (
        1 / x - dual.log(x) / (x - 1)
    ) / (x - 1)  # fmt: skip


def _elliptic(a: float, b: float, c: int, factor: float, m: Number) -> Number:
    """A complete elliptic integral as a hypergeometric function. DLMF 19.5."""
    return factor * mp.pi * dual.hyp2f1(mpf(a), mpf(b), mpf(c), m)


def _scaled_bessel(order: int, x: Number) -> Number:
    return dual.besseli(order, x) / dual.exp(abs(x))


def _exponential_quotient(x: Number) -> Number:
    """`expm1(x)/x`, which is 1 at 0. DLMF 13.6.2."""
    return dual.hyp1f1(1, mpf(2), x) if abs(x) < 1 else dual.expm1(x) / x


def _difference_of_odds(x: Number) -> Number:
    return dual.log(x) - dual.log1p(-x)


SMOOTH: dict[str, Function] = {
    "arccos": dual.arccos,
    "arccosh": dual.arccosh,
    "arcsin": dual.arcsin,
    "arcsinh": dual.arcsinh,
    "arctan": dual.arctan,
    "arctan2": dual.arctan2,
    "arctanh": dual.arctanh,
    "cbrt": dual.cbrt,
    "cos": dual.cos,
    "cosh": dual.cosh,
    "deg2rad": lambda x: x * mp.pi / 180,
    "direction_cosine": lambda x, y: x / dual.hypot(x, y),
    "exp": dual.exp,
    "exp2": lambda x: dual.exp(x * mp.log(2)),
    "expm1": dual.expm1,
    "hypot": dual.hypot,
    "leg": lambda x, y: dual.sqrt((x - y) * (x + y)),
    "log": dual.log,
    "log10": lambda x: dual.log(x) / mp.log(10),
    "log1p": dual.log1p,
    "log2": lambda x: dual.log(x) / mp.log(2),
    "logaddexp": _logaddexp,
    "logaddexp2": _logaddexp2,
    "power": dual.power,
    "rad2deg": lambda x: x * 180 / mp.pi,
    "reciprocal": dual.reciprocal,
    "sin": dual.sin,
    "sinc": lambda x: dual.sine_quotient(mp.pi * x),
    "sinh": dual.sinh,
    "sqrt": dual.sqrt,
    "tan": dual.tan,
    "tanh": dual.tanh,
    # activations
    "gelu": lambda x: x * _normal(x),
    "log_expit": lambda x: -_softplus(-x),
    "mish": lambda x: x * dual.tanh(_softplus(x)),
    "sigmoid": _sigmoid,
    "silu": lambda x: x * _sigmoid(x),
    "softplus": _softplus,
    # special functions
    "beta": _beta,
    "betaln": _log_beta,
    "binom": _binomial,
    "cosint": dual.cosint,
    "cosm1": lambda x: -2 * dual.sin(x / 2) * dual.sin(x / 2),
    "digamma": partial(dual.psi, 0),
    "ellipb": partial(_elliptic, 0.5, 0.5, 2, 0.25),
    "ellipc": partial(_elliptic, 1.5, 1.5, 3, 0.0625),
    "ellipd": partial(_elliptic, 1.5, 0.5, 2, 0.25),
    "ellipe": partial(_elliptic, -0.5, 0.5, 1, 0.5),
    "ellipk": partial(_elliptic, 0.5, 0.5, 1, 0.5),
    "entr": lambda x: -x * dual.log(x),
    "erf": dual.erf,
    "erfc": dual.erfc,
    "erfcinv": dual.erfcinv,
    "erfcx": partial(dual.scaled_integral, 0),
    "erfinv": dual.erfinv,
    "exp1": dual.exp1,
    "expi": dual.expi,
    "exprel": _exponential_quotient,
    "gamma": dual.gamma,
    "gamma_density": _where_first_is_positive(dual.density_of_gamma),
    "gammainc": _where_first_is_positive(dual.lower_gamma),
    "gammaincc": _where_first_is_positive(dual.upper_gamma),
    "gammaln": dual.log_gamma,
    "i0": partial(dual.besseli, 0),
    "i0e": partial(_scaled_bessel, 0),
    "i1": partial(dual.besseli, 1),
    "i1e": partial(_scaled_bessel, 1),
    "iv": dual.besseli,
    "j0": partial(dual.besselj, 0),
    "j1": partial(dual.besselj, 1),
    "jv": dual.besselj,
    "k0": partial(dual.besselk, 0),
    "k1": partial(dual.besselk, 1),
    "kl_div": lambda x, y: x * _log_of_quotient(x, y) - x + y,
    "kv": dual.besselk,
    "lambertw": dual.lambertw,
    "log_ndtr": _log_normal,
    "log_quotient": dual.log_quotient,
    "log_quotient_slope": _log_quotient_slope,
    "logit": _difference_of_odds,
    "mills_excess": lambda x: x + _hazard(x),
    "ndtr": _normal,
    "ndtri": lambda p: -mp.sqrt(2) * dual.erfcinv(2 * p),
    "normal_hazard": _hazard,
    "rel_entr": lambda x, y: x * _log_of_quotient(x, y),
    "sinint": dual.sinint,
    "spence": dual.positive(dual.spence),
    "xlog1py": lambda x, y: _times_log(x, 1 + y),
    "xlogy": _times_log,
    "y0": partial(dual.bessely, 0),
    "y1": partial(dual.bessely, 1),
    "yv": dual.bessely,
    "zeta": _zeta,
}


# Functions made of pieces -----------------------------------------------------------------------


def _where_positive(x: Number, above: Number, below: Function) -> Number:
    return above if x > 0 else below()


def _hard_sigmoid(x: Number) -> Number:
    return min(max(x + 3, 0), 6) / mpf(6)


def _elu(x: Number, alpha: Number = 1) -> Number:
    return _where_positive(x, x, lambda: -alpha if x < -FAR else alpha * mp.expm1(x))


PIECEWISE: dict[str, Function] = {
    "abs": abs,
    "add": lambda x, y: x + y,
    "angle": lambda x: mp.pi if x < 0 else mpf(0),
    "ceil": mp.ceil,
    "copysign": lambda x, y: abs(x) if y >= 0 else -abs(x),
    "divide": lambda x, y: x / y,
    "elu": _elu,
    "floor": mp.floor,
    "floor_divide": lambda x, y: mp.floor(x / y),
    "fmax": max,
    "fmin": min,
    "fmod": lambda x, y: x - y * mp.sign(x / y) * mp.floor(abs(x / y)),
    "gap": lambda x, y: x - y,
    "hard_sigmoid": _hard_sigmoid,
    "hard_silu": lambda x: x * _hard_sigmoid(x),
    "hard_tanh": lambda x: min(max(x, -1), 1),
    "heaviside": lambda x, y: y if x == 0 else mpf(x > 0),
    "leaky_relu": lambda x: _where_positive(x, x, lambda: mpf(0.01) * x),
    "maximum": max,
    "minimum": min,
    "mod": lambda x, y: x - y * mp.floor(x / y),
    "multiply": lambda x, y: x * y,
    "nan_to_num": lambda x: x,
    "negative": lambda x: -x,
    "off_kink": lambda x: x,
    "relu": lambda x: max(x, 0),
    "relu6": lambda x: min(max(x, 0), 6),
    "rint": mp.nint,
    "selu": lambda x: mpf(1.0507009873554805) * _elu(x, mpf(1.6732632423543772)),
    "sign": mp.sign,
    "softsign": lambda x: x / (1 + abs(x)),
    "square": lambda x: x * x,
    "subtract": lambda x, y: x - y,
    "trunc": lambda x: mp.sign(x) * mp.floor(abs(x)),
}

ORACLES = SMOOTH | PIECEWISE
SLOW = {
    *("beta", "betaln", "binom", "digamma", "gamma", "gamma_density", "gammainc", "gammaincc"),
    *("gammaln", "zeta", "iv", "jv", "kv", "yv", "k0", "k1", "y0", "y1"),
    *("ellipb", "ellipc", "ellipd", "ellipe", "ellipk", "log_quotient", "log_quotient_slope"),
}


# Values and derivatives -------------------------------------------------------------------------


@lru_cache(maxsize=100_000)
def exact(name: str, point: tuple[float, ...], orders: tuple[int, ...]) -> Number | None:
    """The partial derivative of the given orders at a point; orders of 0 alone give the value.

    None where the function is not real, or where derivatives do not settle.
    """
    at = tuple(mpf(x) for x in point)
    function = ORACLES[name]
    derivative = dual.derivative if name in SMOOTH else difference
    before = None
    for digits in working_digits(name):
        with mpmath.workdps(digits):
            try:
                found = derivative(function, at, orders)
            except (ValueError, ZeroDivisionError, mpmath.libmp.libhyper.NoConvergence):
                return None
            if before is not None and abs(found - before) <= AGREEMENT * abs(found):
                return found
        before = found if found or name in SLOW or digits >= MANY_DIGITS else None
    return None


def working_digits(name: str) -> tuple[int, ...]:
    """The precisions that are tried."""
    if name in PIECEWISE:
        return DIGITS_OF_DIFFERENCES
    return FEWER_DIGITS if name in SLOW else DIGITS


def difference(function: Function, at: tuple[Number, ...], orders: tuple[int, ...]) -> Number:
    """The central difference of a function, or its value."""
    if not any(orders):
        return mpf(function(*at))
    smallest = min([abs(x) for x in at if x], default=mpf(1))
    step = mp.ldexp(min(smallest, mpf(1)), -mp.prec - 10)
    if len(at) == 1:
        return mp.diff(function, at[0], orders[0], h=step)
    return mp.diff(function, at, orders, h=step)
