"""Dual numbers over mpmath's, nested to any order: functions with derivatives, by their rules.

A dual number of depth n has a value and a slope that are duals of depth n - 1, or numbers. Rules
are written for duals themselves, so each function needs its first derivative only, in a form
that stays exact where working precision is all there is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import mpmath
from mpmath import mp, mpf
from scipy import special

Number = Any
Function = Callable[..., Number]

FAR = 10**6
"""Beyond this, an exponential function is taken to be 0 where it decays."""


@dataclass(frozen=True, slots=True)
class Dual:
    """A number and its derivative by what was seeded."""

    value: Number
    slope: Number

    def __add__(self, other: Number) -> Dual:
        if isinstance(other, Dual):
            return Dual(self.value + other.value, self.slope + other.slope)
        return Dual(self.value + other, self.slope)

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.slope)

    def __sub__(self, other: Number) -> Dual:
        return self + -other

    def __rsub__(self, other: Number) -> Dual:
        return -self + other

    def __mul__(self, other: Number) -> Dual:
        if isinstance(other, Dual):
            slope = self.value * other.slope + self.slope * other.value
            return Dual(self.value * other.value, slope)
        return Dual(self.value * other, self.slope * other)

    def __truediv__(self, other: Number) -> Dual:
        return self * reciprocal(other)

    def __rtruediv__(self, other: Number) -> Dual:
        return other * reciprocal(self)

    def __pow__(self, other: Number) -> Dual:
        return power(self, other)

    def __lt__(self, other: Number) -> bool:
        return bool(primal(self) < primal(other))

    def __gt__(self, other: Number) -> bool:
        return bool(primal(self) > primal(other))

    def __abs__(self) -> Dual:
        return self if self > 0 else -self

    __radd__ = __add__
    __rmul__ = __mul__


def primal(x: Number) -> Number:
    """The number itself, without its derivatives."""
    while isinstance(x, Dual):
        x = x.value
    return x


def derivative(function: Function, at: tuple[Number, ...], orders: tuple[int, ...]) -> Number:
    """The partial derivative of the given orders."""
    arguments = list(at)
    for place, order in enumerate(orders):
        for _ in range(order):
            arguments = [Dual(x, int(k == place)) for k, x in enumerate(arguments)]
    result = function(*arguments)
    for _ in range(sum(orders)):
        result = result.slope if isinstance(result, Dual) else mpf(0)
    return result


def smooth(function: Function, *slopes: Function | None) -> Function:
    """A function of numbers and its partial derivatives, None by parameters, as one of duals."""

    @lru_cache(maxsize=100_000)
    def known(precision: int, *numbers: Number) -> Number:
        found = function(*numbers)
        if isinstance(found, mpmath.mpc):
            if found.imag:
                raise ValueError("not real")
            found = found.real
        return found

    def apply(*args: Number) -> Number:
        if not any(isinstance(x, Dual) for x in args):
            return known(mp.prec, *args)
        values = [x.value if isinstance(x, Dual) else x for x in args]
        slope = 0
        for x, partial in zip(args, slopes, strict=True):
            if isinstance(x, Dual) and partial and not (isinstance(x.slope, int) and x.slope == 0):
                slope = slope + partial(*values) * x.slope
        return Dual(apply(*values), slope)

    return apply


def positive(function: Function) -> Function:
    """A function of positive numbers only."""

    def value(*x: Number) -> Number:
        if primal(x[-1]) <= 0:
            raise ValueError("not in the domain")
        return function(*x)

    return value


def off_poles(function: Function) -> Function:
    """A function that has poles where the gamma function has."""

    def value(*x: Number) -> Number:
        if x[-1] <= 0 and x[-1] == mp.floor(x[-1]):
            raise ValueError("at a pole")
        return function(*x)

    return value


# Elementary functions ---------------------------------------------------------------------------

reciprocal = smooth(lambda x: mpf(1) / x, lambda x: -1 / (x * x))
power = smooth(
    lambda x, y: x**y, lambda x, y: y * power(x, y - 1), lambda x, y: power(x, y) * log(x)
)
sqrt = smooth(mp.sqrt, lambda x: 1 / (2 * sqrt(x)))
cbrt = smooth(lambda x: mp.sign(x) * mp.cbrt(abs(x)), lambda x: 1 / (3 * cbrt(x) * cbrt(x)))
exp = smooth(lambda x: mpf(0) if x < -FAR else mp.exp(x), lambda x: exp(x))
expm1 = smooth(lambda x: mpf(-1) if x < -FAR else mp.expm1(x), lambda x: exp(x))
log = smooth(positive(mp.log), reciprocal)
log1p = smooth(mp.log1p, lambda x: 1 / (1 + x))
sin = smooth(mp.sin, lambda x: cos(x))
cos = smooth(mp.cos, lambda x: -sin(x))
tan = smooth(mp.tan, lambda x: 1 / (cos(x) * cos(x)))
sinh = smooth(mp.sinh, lambda x: cosh(x))
cosh = smooth(mp.cosh, lambda x: sinh(x))
tanh = smooth(
    lambda x: mp.sign(x) if abs(x) > FAR else mp.tanh(x),
    lambda x: 1 / (cosh(x) * cosh(x)) if abs(x) < FAR else 0,
)
arcsin = smooth(mp.asin, lambda x: 1 / sqrt(1 - x * x))
arccos = smooth(mp.acos, lambda x: -1 / sqrt(1 - x * x))
arctan = smooth(mp.atan, lambda x: 1 / (1 + x * x))
arcsinh = smooth(mp.asinh, lambda x: 1 / sqrt(1 + x * x))
arccosh = smooth(mp.acosh, lambda x: 1 / (sqrt(x - 1) * sqrt(x + 1)))
arctanh = smooth(mp.atanh, lambda x: 1 / (1 - x * x))
arctan2 = smooth(mp.atan2, lambda y, x: x / (x * x + y * y), lambda y, x: -1 * y / (x * x + y * y))
hypot = smooth(mp.hypot, lambda x, y: x / hypot(x, y), lambda x, y: y / hypot(x, y))
lambertw = smooth(mp.lambertw, lambda x: exp(-lambertw(x)) / (1 + lambertw(x)))

# Gamma functions --------------------------------------------------------------------------------

gamma = smooth(off_poles(mp.gamma), lambda x: gamma(x) * psi(0, x))
log_gamma = smooth(off_poles(lambda x: mp.loggamma(x).real), lambda x: psi(0, x))
psi = smooth(off_poles(mp.psi), None, lambda n, x: psi(n + 1, x))
zeta = smooth(positive(mp.zeta), None, lambda s, q: -s * zeta(s + 1, q))


def density_of_gamma(a: Number, x: Number) -> Number:
    """The density of the gamma distribution."""
    return exp((a - 1) * log(x) - x - log_gamma(a))


lower_gamma = smooth(
    positive(lambda a, x: mp.gammainc(a, 0, x, regularized=True)), None, density_of_gamma
)
upper_gamma = smooth(
    positive(lambda a, x: mp.gammainc(a, x, mp.inf, regularized=True)),
    None,
    lambda a, x: -density_of_gamma(a, x),
)

# Error functions --------------------------------------------------------------------------------


def _scaled_integral(n: int, x: Number) -> Number:
    """`exp(x**2)` times the integral of erfc, repeated n times. DLMF 7.18.7 and 7.18.10."""
    if x > 4:
        return mp.hyperu(mpf(n + 1) / 2, mpf(1) / 2, x * x) / (2**n * mp.sqrt(mp.pi))
    with mp.extradps(20 + 10 * n):
        below, result = 2 / mp.sqrt(mp.pi), mp.exp(x * x) * mp.erfc(x)
        for k in range(1, n + 1):
            below, result = result, (below - 2 * x * result) / (2 * k)
    return +result


def _complement(x: Number) -> Number:
    """The complement of the error function."""
    if abs(x) < 20:
        return mp.erfc(x)
    return exp(-x * x) * scaled_integral(0, x) if x > 0 else 2 - _complement(-x)


def _inverse_complement(p: Number) -> Number:
    """The number with this complement of the error function, by Newton's method."""
    if not 0 < p < 2:
        raise ValueError("not in the domain")
    if p > 1:
        return -_inverse_complement(2 - p)
    start = float(special.erfcinv(float(p)))
    x = mpf(start) if 0 <= start < 100 else mp.sqrt(-mp.log(p))
    for _ in range(int(mp.log(mp.dps, 2)) + 4):
        x += (mp.log(_complement(x)) - mp.log(p)) * mp.sqrt(mp.pi) / 2 * scaled_integral(0, x)
    return x


scaled_integral = smooth(
    _scaled_integral, None, lambda n, x: -2 * (n + 1) * scaled_integral(n + 1, x)
)
erf = smooth(
    lambda x: mp.sign(x) if abs(x) > FAR else mp.erf(x), lambda x: 2 / mp.sqrt(mp.pi) * exp(-x * x)
)
erfc = smooth(_complement, lambda x: -2 / mp.sqrt(mp.pi) * exp(-x * x))
erfcinv = smooth(_inverse_complement, lambda p: -mp.sqrt(mp.pi) / 2 * exp(erfcinv(p) * erfcinv(p)))
erfinv = smooth(mp.erfinv, lambda p: mp.sqrt(mp.pi) / 2 * exp(erfinv(p) * erfinv(p)))

# Bessel functions -------------------------------------------------------------------------------


def _bessel(function: Function, below: float, above: float, domain: Function) -> Function:
    """A Bessel function, whose derivative is made of its neighbours; those of order 0 are alike."""

    def slope(v: Number, x: Number) -> Number:
        if v == 0:
            return 2 * above * made(1, x)
        return below * made(v - 1, x) + above * made(v + 1, x)

    made = smooth(domain(function), None, slope)
    return made


def _anywhere(function: Function) -> Function:
    return function


besselj = _bessel(mp.besselj, 0.5, -0.5, _anywhere)
bessely = _bessel(mp.bessely, 0.5, -0.5, positive)
besseli = _bessel(
    lambda v, x: mp.besseli(abs(v) if v == mp.floor(v) else v, x), 0.5, 0.5, _anywhere
)
besselk = _bessel(lambda v, x: mp.besselk(abs(v), x), -0.5, -0.5, positive)

# Hypergeometric functions and integrals ---------------------------------------------------------

hyp0f1 = smooth(mp.hyp0f1, None, lambda b, x: hyp0f1(b + 1, x) / b)
hyp1f1 = smooth(mp.hyp1f1, None, None, lambda a, b, x: a / b * hyp1f1(a + 1, b + 1, x))
hyp2f1 = smooth(
    mp.hyp2f1, None, None, None, lambda a, b, c, x: a * b / c * hyp2f1(a + 1, b + 1, c + 1, x)
)


def sine_quotient(x: Number) -> Number:
    """`sin(x)/x`, which is 1 at 0. DLMF 10.16.9."""
    if abs(x) > 1:
        return sin(x) / x
    return hyp0f1(mpf(3) / 2, x * x / -4)


def log_quotient(x: Number) -> Number:
    """`log(x)/(x - 1)`, which is 1 at 1. DLMF 15.4.1."""
    return hyp2f1(1, 1, mpf(2), 1 - x) if abs(x - 1) < 0.5 else log(x) / (x - 1)


sinint = smooth(mp.si, sine_quotient)
cosint = smooth(positive(mp.ci), lambda x: cos(x) / x)
expi = smooth(mp.ei, lambda x: exp(x) / x)
exp1 = smooth(positive(mp.e1), lambda x: -exp(-x) / x)
spence = smooth(lambda x: mp.polylog(2, 1 - x), lambda x: -log_quotient(x))
