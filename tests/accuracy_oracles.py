"""Elementwise functions by name in mpmath, to any number of digits, and their derivatives.

Derivatives are central differences with as many digits as it takes: the working precision grows
until two precisions agree. What is not defined at a point, or has no derivative there, gives None.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
from mpmath import mp, mpf

Number = Any
Function = Callable[..., Number]

AGREEMENT = mpf(10) ** -25
MOST_ROUNDS = 4
MANY_DIGITS = 700
FAR = 10**6


def _where_positive(x: Number, above: Number, below: Callable[[], Number]) -> Number:
    return above if x > 0 else below()


def _mean(first: Number, second: Number, tie: Number, x: Number, y: Number) -> Number:
    return tie if x == y else first if x < y else second


def _softplus(x: Number) -> Number:
    return x if x > FAR else mp.log1p(_decaying(x))


def _sigmoid(x: Number) -> Number:
    return mpf(1) if x > FAR else _decaying(x) / (1 + _decaying(x))


def _decaying(x: Number) -> Number:
    """The exponential function, 0 where it is less than any float by far."""
    return mpf(0) if x < -FAR else mp.exp(x)


def _hard_sigmoid(x: Number) -> Number:
    return min(max(x + 3, 0), 6) / mpf(6)


def _elu(x: Number, alpha: Number = 1) -> Number:
    return _where_positive(x, x, lambda: -alpha if x < -FAR else alpha * mp.expm1(x))


def _normal(x: Number) -> Number:
    return mp.erfc(-x / mp.sqrt(2)) / 2


def _sinc(x: Number) -> Number:
    return mp.sinc(mp.pi * x)


def _selu(x: Number) -> Number:
    return mpf(1.0507009873554805) * _elu(x, mpf(1.6732632423543772))


def _real(function: Function) -> Function:
    return lambda *x: mp.re(function(*x))


def _cube_root(x: Number) -> Number:
    return mp.sign(x) * mp.cbrt(abs(x))


ORACLES: dict[str, Function] = {
    # NumPy
    "abs": abs,
    "absolute": abs,
    "fabs": abs,
    "arccos": mp.acos,
    "arccosh": mp.acosh,
    "arcsin": mp.asin,
    "arcsinh": mp.asinh,
    "arctan": mp.atan,
    "arctanh": mp.atanh,
    "cbrt": _cube_root,
    "ceil": mp.ceil,
    "cos": mp.cos,
    "cosh": mp.cosh,
    "deg2rad": lambda x: x * mp.pi / 180,
    "degrees": lambda x: x * 180 / mp.pi,
    "exp": mp.exp,
    "exp2": lambda x: mpf(2) ** x,
    "expm1": mp.expm1,
    "fix": lambda x: mp.sign(x) * mp.floor(abs(x)),
    "floor": mp.floor,
    "log": mp.log,
    "log10": mp.log10,
    "log1p": mp.log1p,
    "log2": lambda x: mp.log(x, 2),
    "nan_to_num": lambda x: x,
    "negative": lambda x: -x,
    "positive": lambda x: x,
    "rad2deg": lambda x: x * 180 / mp.pi,
    "radians": lambda x: x * mp.pi / 180,
    "reciprocal": lambda x: 1 / x,
    "rint": mp.nint,
    "round": mp.nint,
    "sign": mp.sign,
    "sin": mp.sin,
    "sinc": _sinc,
    "sinh": mp.sinh,
    "sqrt": mp.sqrt,
    "square": lambda x: x * x,
    "tan": mp.tan,
    "tanh": lambda x: mp.sign(x) * mpf(1) if abs(x) > FAR else mp.tanh(x),
    "trunc": lambda x: mp.sign(x) * mp.floor(abs(x)),
    # of two arguments
    "add": lambda x, y: x + y,
    "arctan2": mp.atan2,
    "copysign": lambda x, y: abs(x) if y >= 0 else -abs(x),
    "direction_cosine": lambda x, y: x / mp.hypot(x, y),
    "divide": lambda x, y: x / y,
    "float_power": lambda x, y: x**y,
    "floor_divide": lambda x, y: mp.floor(x / y),
    "fmax": max,
    "fmin": min,
    "fmod": lambda x, y: x - y * mp.sign(x / y) * mp.floor(abs(x / y)),
    "gap": lambda x, y: x - y,
    "heaviside": lambda x, y: y if x == 0 else mpf(x > 0),
    "hypot": mp.hypot,
    "leg": lambda x, y: mp.sqrt((x - y) * (x + y)),
    "logaddexp": lambda x, y: max(x, y) + mp.log1p(_decaying(-abs(x - y))),
    "logaddexp2": lambda x, y: max(x, y) + _softplus(-abs(x - y) * mp.log(2)) / mp.log(2),
    "maximum": max,
    "minimum": min,
    "mod": lambda x, y: x - y * mp.floor(x / y),
    "multiply": lambda x, y: x * y,
    "power": lambda x, y: x**y,
    "remainder": lambda x, y: x - y * mp.floor(x / y),
    "subtract": lambda x, y: x - y,
    # activations
    "celu": _elu,
    "elu": _elu,
    "gelu": lambda x: x * _normal(x),
    "hard_sigmoid": _hard_sigmoid,
    "hard_silu": lambda x: x * _hard_sigmoid(x),
    "hard_swish": lambda x: x * _hard_sigmoid(x),
    "hard_tanh": lambda x: min(max(x, -1), 1),
    "leaky_relu": lambda x: _where_positive(x, x, lambda: mpf(0.01) * x),
    "log_sigmoid": lambda x: -_softplus(-x),
    "mish": lambda x: x * mp.tanh(_softplus(x)),
    "relu": lambda x: max(x, 0),
    "relu6": lambda x: min(max(x, 0), 6),
    "selu": _selu,
    "sigmoid": _sigmoid,
    "silu": lambda x: x * _sigmoid(x),
    "softplus": _softplus,
    "softsign": lambda x: x / (1 + abs(x)),
    "swish": lambda x: x * _sigmoid(x),
    # special functions, by the names of SciPy
    "beta": mp.beta,
    "betaln": lambda x, y: mp.log(mp.beta(x, y)),
    "dawsn": lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x),
    "digamma": mp.digamma,
    "entr": lambda x: -x * mp.log(x),
    "erf": mp.erf,
    "erfc": mp.erfc,
    "erfcx": lambda x: mp.exp(x * x) * mp.erfc(x),
    "erfinv": mp.erfinv,
    "exp10": lambda x: mpf(10) ** x,
    "expit": _sigmoid,
    "gamma": mp.gamma,
    "gammaln": lambda x: mp.log(abs(mp.gamma(x))),
    "i0": lambda x: mp.besseli(0, x),
    "i0e": lambda x: mp.exp(-abs(x)) * mp.besseli(0, x),
    "i1": lambda x: mp.besseli(1, x),
    "i1e": lambda x: mp.exp(-abs(x)) * mp.besseli(1, x),
    "j0": lambda x: mp.besselj(0, x),
    "j1": lambda x: mp.besselj(1, x),
    "lgamma": lambda x: mp.log(abs(mp.gamma(x))),
    "log_expit": lambda x: -_softplus(-x),
    "log_ndtr": lambda x: mp.log(_normal(x)),
    "loggamma": lambda x: mp.log(abs(mp.gamma(x))),
    "logit": lambda x: mp.log(x) - mp.log1p(-x),
    "ndtr": _normal,
    "ndtri": lambda x: mp.sqrt(2) * mp.erfinv(2 * x - 1),
    "psi": mp.digamma,
    "rel_entr": lambda x, y: x * mp.log(x / y),
    "xlog1py": lambda x, y: x * mp.log1p(y),
    "xlogy": lambda x, y: x * mp.log(y),
}


def exact(name: str, point: tuple[float, ...], orders: tuple[int, ...]) -> Number | None:
    """The partial derivative of the given orders at a point; orders of 0 alone give the value.

    None where the function is not real, or where differences do not settle.
    """
    function = ORACLES[name]
    at = tuple(mpf(x) for x in point)
    size = sum(abs(mpmath.log10(abs(x))) for x in at if x)
    digits = 50 + 2 * int(size) if any(orders) else 50
    before = None
    for _ in range(MOST_ROUNDS):
        with mpmath.workdps(digits):
            found = _difference(function, at, orders)
            if found is None:
                return None
            if found == 0 and digits < MANY_DIGITS:  # nothing is left of a tiny difference
                before, digits = None, MANY_DIGITS
                continue
            if before is not None and abs(found - before) <= AGREEMENT * abs(found):
                return found
        before, digits = found, digits * 3 // 2
    return None


def _difference(function: Function, at: tuple[Number, ...], orders: tuple[int, ...]) -> Number:
    """The central difference of a function, or its value; None outside its domain."""

    def value(*x: Number) -> Number:
        found = function(*x)
        if isinstance(found, mpmath.mpc):
            if found.imag:
                raise ValueError("not real")
            found = found.real
        return found

    smallest = min([abs(x) for x in at if x], default=mpf(1))
    step = mp.ldexp(min(smallest, mpf(1)), -mp.prec - 10)
    try:
        if not any(orders):
            return value(*at)
        if len(at) == 1:
            return mp.diff(value, at[0], orders[0], h=step)
        return mp.diff(value, at, orders, h=step)
    except (ValueError, ZeroDivisionError, TypeError, mpmath.libmp.libhyper.NoConvergence):
        return None
