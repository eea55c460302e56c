"""Special functions by mpmath, entry by entry, in long double: what SciPy and symdiff must equal.

`OF_SCIPY` has those that `scipy.special` has, under its names; `FUNCTIONS` has also those that are
symdiff's own. `OF_MPMATH` has both, of mpmath's numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import mpmath as mp
import numpy as np

Array = Any
DIGITS = 34


def exact(x: Any) -> Any:
    """A number as mpmath's, without rounding."""
    if isinstance(x, mp.mpf):
        return x
    if isinstance(x, (int, np.integer)):
        return mp.mpf(int(x))
    high = float(x)
    return mp.mpf(high) if not np.isfinite(high) else mp.mpf(high) + mp.mpf(float(x - high))


def long_double(value: Any) -> Any:
    """What mpmath computed, rounded to long double; NaN for what is not real."""
    if isinstance(value, mp.mpc):
        value = value.real if not value.imag else mp.nan
    high = float(value)
    return np.longdouble(high) + np.longdouble(float(value - high) if np.isfinite(high) else 0)


def by_entry(function: Callable[..., Any]) -> Callable[..., Array]:
    """A function of mpmath's numbers as one of arrays, which remembers what it computed."""

    @lru_cache(maxsize=100_000)
    def one(*numbers: Any) -> Any:
        with mp.workdps(DIGITS):
            try:
                return long_double(function(*[exact(x) for x in numbers]))
            except (ValueError, ZeroDivisionError):
                return np.longdouble(np.nan)

    def all_of_them(*arrays: Array) -> Array:
        arrays = np.broadcast_arrays(*[a if isinstance(a, int) else np.asarray(a) for a in arrays])
        result = np.empty(arrays[0].shape, np.longdouble)
        for place in np.ndindex(result.shape):
            result[place] = one(*[a[place] for a in arrays])
        return result[()]

    return all_of_them


def sign_of_gamma(x: Any) -> Any:
    """The sign of the gamma function."""
    return 1 if x > 0 or int(mp.floor(x)) % 2 == 0 else -1


def log_beta(a: Any, b: Any) -> Any:
    """The logarithm of the absolute value of the beta function; infinite at a pole."""
    if any(x <= 0 and x == mp.floor(x) for x in (a, b)):
        return mp.inf
    return mp.loggamma(a).real + mp.loggamma(b).real - mp.loggamma(a + b).real


def times_log(x: Any, y: Any) -> Any:
    """`x log y`, but 0 where `x` is 0."""
    return x * mp.log(y) if x else mp.mpf(0)


def elliptic(m: Any) -> tuple[Any, Any]:
    """The integrals B and D, by their hypergeometric functions."""
    half = mp.mpf(1) / 2
    quarter = mp.pi / 4
    return quarter * mp.hyp2f1(half, half, 2, m), quarter * mp.hyp2f1(3 * half, half, 2, m)


def ellipc(m: Any) -> Any:
    """The integral (D - B)/m, likewise."""
    return mp.pi / 16 * mp.hyp2f1(mp.mpf(3) / 2, mp.mpf(3) / 2, 3, m)


def log_quotient_slope(x: Any) -> Any:
    """The derivative of log(x)/(x - 1), with digits to spare for what cancels."""
    with mp.extradps(60):
        return -mp.mpf(1) / 2 if x == 1 else (1 / x - mp.log(x) / (x - 1)) / (x - 1)


def normal_hazard(x: Any) -> Any:
    """The normal density over the distribution function."""
    return mp.npdf(x) / mp.ncdf(x)


def mills_excess(x: Any) -> Any:
    """`x` and the hazard, with digits to spare for what cancels."""
    with mp.extradps(60):
        return x + mp.npdf(x) / (mp.erfc(-x / mp.sqrt(2)) / 2)


def ierfcx(n: Any, x: Any) -> Any:
    """The repeated integral of `erfc`, scaled, by its recurrence with digits to spare."""
    with mp.extradps(100):
        below, result = 2 / mp.sqrt(mp.pi), mp.exp(x * x) * mp.erfc(x)
        for k in range(1, int(n) + 1):
            below, result = result, (below - 2 * x * result) / (2 * k)
        return result


def density_of_gamma(a: Any, x: Any) -> Any:
    """The density of the gamma distribution."""
    return x ** (a - 1) * mp.exp(-x) * mp.rgamma(a)


def density_of_beta(a: Any, b: Any, x: Any, n: Any = 0) -> Any:
    """The density of the beta distribution, times gamma(a + b + n)/gamma(a + b)."""
    weight = mp.gamma(a + b + n) * mp.rgamma(a) * mp.rgamma(b)
    return x ** (a - 1) * (1 - x) ** (b - 1) * weight


def spherical_jn(n: Any, x: Any) -> Any:
    """The spherical Bessel function, by that of half-odd order."""
    if not x:
        return mp.mpf(n == 0)
    even = mp.sqrt(mp.pi / (2 * abs(x))) * mp.besselj(n + mp.mpf(1) / 2, abs(x))
    return even if x > 0 or int(n) % 2 == 0 else -even


def erfcinv(p: Any) -> Any:
    """The inverse of the complement, by the root of its logarithm."""
    if p > 1:
        return -erfcinv(2 - p)
    return mp.findroot(lambda t: mp.log(mp.erfc(t) / p), mp.sqrt(-mp.log(p)))


_SCIPY: dict[str, Callable[..., Any]] = {
    "erf": mp.erf,
    "erfc": mp.erfc,
    "erfcx": lambda x: mp.exp(x * x) * mp.erfc(x),
    "erfinv": mp.erfinv,
    "erfcinv": erfcinv,
    "ndtr": mp.ncdf,
    "ndtri": lambda p: -mp.sqrt(2) * erfcinv(2 * p),
    "log_ndtr": lambda x: mp.log(mp.erfc(-x / mp.sqrt(2)) / 2),
    "gamma": mp.gamma,
    "rgamma": mp.rgamma,
    "gammasgn": sign_of_gamma,
    "gammaln": lambda x: mp.loggamma(x).real,
    "digamma": mp.digamma,
    "polygamma": lambda n, x: mp.psi(int(n), x),
    "zeta": mp.zeta,
    "beta": mp.beta,
    "betaln": log_beta,
    "binom": mp.binomial,
    "gammainc": lambda a, x: mp.gammainc(a, 0, x, regularized=True),
    "gammaincc": lambda a, x: mp.gammainc(a, x, mp.inf, regularized=True),
    "betainc": lambda a, b, x: mp.betainc(a, b, 0, x, regularized=True),
    "j0": lambda x: mp.besselj(0, x),
    "j1": lambda x: mp.besselj(1, x),
    "jv": mp.besselj,
    "y0": lambda x: mp.bessely(0, x),
    "y1": lambda x: mp.bessely(1, x),
    "yv": mp.bessely,
    "i0": lambda x: mp.besseli(0, x),
    "i1": lambda x: mp.besseli(1, x),
    "i0e": lambda x: mp.exp(-abs(x)) * mp.besseli(0, x),
    "i1e": lambda x: mp.exp(-abs(x)) * mp.besseli(1, x),
    "iv": mp.besseli,
    "k0": lambda x: mp.besselk(0, x),
    "k1": lambda x: mp.besselk(1, x),
    "kv": mp.besselk,
    "hyp1f1": mp.hyp1f1,
    "hyp2f1": mp.hyp2f1,
    "spherical_jn": spherical_jn,
    "exprel": lambda x: mp.expm1(x) / x if x else mp.mpf(1),
    "cosm1": lambda x: -2 * mp.sin(x / 2) ** 2,
    "expi": mp.ei,
    "exp1": mp.e1,
    "spence": lambda x: mp.polylog(2, 1 - x).real,
    "lambertw": mp.lambertw,
    "ellipk": mp.ellipk,
    "ellipe": mp.ellipe,
    "elliprd": mp.elliprd,
    "logit": lambda x: mp.log(x / (1 - x)),
    "xlogy": times_log,
    "xlog1py": lambda x, y: times_log(x, 1 + y),
    "entr": lambda x: -times_log(x, x),
    "rel_entr": lambda x, y: times_log(x, x / y),
    "kl_div": lambda x, y: times_log(x, x / y) - x + y,
}

_SYMDIFF: dict[str, Callable[..., Any]] = {
    "polygamma_difference": lambda n, x, h: mp.psi(int(n), x + h) - mp.psi(int(n), x),
    "normal_hazard": normal_hazard,
    "mills_excess": mills_excess,
    "ierfcx": ierfcx,
    "gamma_density": density_of_gamma,
    "beta_density": density_of_beta,
    "log_quotient": lambda x: mp.log(x) / (x - 1) if x != 1 else mp.mpf(1),
    "log_quotient_slope": log_quotient_slope,
    "sinint": mp.si,
    "cosint": mp.ci,
    "ellipb": lambda m: elliptic(m)[0],
    "ellipd": lambda m: elliptic(m)[1],
    "ellipc": ellipc,
    "log_expit": lambda x: -mp.log1p(mp.exp(-x)),
    "expit": lambda x: 1 / (1 + mp.exp(-x)),
}

OF_MPMATH = {**_SCIPY, **_SYMDIFF}
OF_SCIPY = {name: by_entry(function) for name, function in _SCIPY.items()}


def sici(x: Array) -> tuple[Array, Array]:
    """The sine and the cosine integral."""
    return by_entry(mp.si)(x), by_entry(mp.ci)(x)


OF_SCIPY["sici"] = sici


def multigammaln(a: Array, d: int) -> Array:
    """The multivariate gamma function, of one sum."""
    total = sum(OF_SCIPY["gammaln"](a + np.longdouble(1 - j) / 2) for j in range(1, d + 1))
    return total + d * (d - 1) / np.longdouble(4) * np.log(np.longdouble(np.pi))


FUNCTIONS = {
    **OF_SCIPY,
    **{name: by_entry(function) for name, function in _SYMDIFF.items()},
    "multigammaln": multigammaln,
}
