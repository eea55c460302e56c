"""Special functions, from those of SciPy."""

import numpy as np

from symdiff.optional import OptionalModule

special = OptionalModule("scipy", "special", title="SciPy", extra="scipy")

__all__ = [
    "_beta",
    "_beta_density",
    "_beta_density_far",
    "_beta_density_near",
    "_betaln",
    "_deviance",
    "_ellipb",
    "_ellipc",
    "_ellipd",
    "_gamma_density",
    "_ierfcx",
    "_lambertw",
    "_log_gamma_step",
    "_log_quotient",
    "_log_quotient_slope",
    "_mills_excess",
    "_normal_hazard",
    "_polygamma_difference",
    "_power_differences",
    "_stirling_error",
    "special",
]


def _normal_hazard(x):
    """Standard normal density over the distribution function."""
    return 0.7978845608028654 / special.erfcx(-0.7071067811865476 * x)


def _mills_excess(x):
    """Sum of x and the normal hazard, by Laplace's continued fraction where they nearly cancel."""
    z = np.maximum(-x, 3.5)
    below = z
    for k in range(60, 1, -1):
        below = z + k / below
    return np.where(x < -3.5, 1 / below, x + _normal_hazard(x))[()]


def _ierfcx(n, x):
    """exp(x**2) times the n-th repeated integral of erfc, by a recurrence or by its ratios."""
    z = np.maximum(x, 2)
    below, result, product, ratio = 1.1283791670955126, special.erfcx(x), special.erfcx(z), 0
    for k in range(1, n + 1):
        below, result = result, (below - 2 * x * result) / (2 * k)
    for k in range(n + 60, 0, -1):
        ratio = 1 / (2 * z + 2 * (k + 1) * ratio)
        product = product * ratio if k <= n else product
    return np.where(x < 2, result, product)[()]


def _power_differences(x, h, count):
    """(x + h)**-s - x**-s for s from 1 to count, without cancellation."""
    p, q = 1 / (x + h), 1 / x
    first = -h * p * q
    differences, power = [first], q
    for _ in range(count - 1):
        differences.append(p * differences[-1] + power * first)
        power = power * q
    return differences


def _polygamma_difference(n, x, h):
    """Polygamma function of order n at x + h less that at x, without cancellation."""
    cancels = (x > 0) & (x + h > 0)
    at, by = np.where(cancels, x, 1), np.where(cancels, h, 0)
    total = 0
    for _ in range(12):  # recurrence, to where Euler and Maclaurin's sum is exact
        total = total + _power_differences(at, by, n + 1)[n]
        at = at + 1
    powers = _power_differences(at, by, n + 14)
    total = total + powers[n] / 2 + (powers[n - 1] / n if n else -np.log1p(by / at))
    factor = (n + 1) / 2
    for k, bernoulli in enumerate((1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6), 1):
        total = total + bernoulli * factor * powers[n + 2 * k - 1]
        factor *= (n + 2 * k) * (n + 2 * k + 1) / ((2 * k + 1) * (2 * k + 2))
    for k in range(1, n + 1):
        total = total * -k
    apart = special.polygamma(n, x + h) - special.polygamma(n, x) if not np.all(cancels) else 0
    return np.where(cancels, -total, apart).astype(np.result_type(x, h))[()]


def _stirling_error(a):
    """Logarithm of gamma(a) over Stirling's formula, for a from 12 on."""
    square = a**2
    series = 1 / 1680 - 1 / 1188 / square
    for coefficient in (1 / 1260, 1 / 360, 1 / 12):
        series = coefficient - series / square
    return series / a


def _log_gamma_step(a, h):
    """Logarithm of gamma(a + h) over gamma(a), for both from 12 on, without cancellation."""
    step = (a - 0.5) * np.log1p(h / a) + h * (np.log(a + h) - 1)
    return step + _stirling_error(a + h) - _stirling_error(a)


def _betaln(a, b):
    """Logarithm of the beta function, by Stirling's formula where one argument is large."""
    large, small = np.maximum(a, b), np.minimum(a, b)
    apart = (large >= 15) & (small > 0)
    step = _log_gamma_step(np.where(apart, large, 15), np.where(apart, small, 1))
    result = np.where(apart, special.gammaln(small) - step, special.betaln(a, b))
    return result.astype(np.result_type(a, b))[()]


def _beta(a, b):
    """Beta function, by Stirling's formula where one argument is large."""
    apart = (np.maximum(a, b) >= 15) & (np.minimum(a, b) > 0)
    result = np.where(apart, np.exp(_betaln(a, b)), special.beta(a, b))
    return result.astype(np.result_type(a, b))[()]


def _deviance(x, a):
    """(x - a) - a log(x/a), for x from 0 on, without cancellation where x is near a."""
    r = (x - a) / (x + a)
    near = np.abs(r) < 0.15
    r = np.where(near, r, 0)
    series = 0
    for k in range(17, 1, -2):  # log(x/a) is 2 artanh(r)
        series = r**2 * (1 / k + series)
    ratio = np.where(near, 1, x / a)
    return np.where(near, (x - a) * r - 2 * a * r * series, x - a - special.xlogy(a, ratio))


def _gamma_density(a, x):
    """Density of the gamma distribution, for large a by its deviance from the mode."""
    small, large = np.minimum(a, 15), np.maximum(a, 15)
    weight = special.rgamma(small)
    near = weight * np.exp(np.where(weight == 0, 0, special.xlogy(small - 1, x) - x))
    far = np.exp(-_deviance(x, large) - _stirling_error(large)) * np.sqrt(large / (2 * np.pi))
    far = far / np.where(far == 0, 1, x)
    return np.where(a < 15, near, far).astype(np.result_type(a, x))[()]


def _beta_density(n, a, b, x):
    """Density of the beta distribution times gamma(a + b + n)/gamma(a + b)."""
    near = np.minimum(a, b) < 15
    result = np.where(near, _beta_density_near(n, a, b, x, near), 0)
    if not np.all(near):
        result = np.where(near, result, _beta_density_far(n, a, b, x))
    return result.astype(np.result_type(a, b, x))[()]


def _beta_density_near(n, a, b, x, near):
    """The same where one argument is small, by Stirling's formula where the other is large."""
    a, b = np.where(near, a, 1), np.where(near, b, 1)
    large, small = np.maximum(a, b), np.minimum(a, b)
    apart = large >= 15
    step = _log_gamma_step(np.where(apart, large, 15), np.where(apart, small + n, 0))
    rest = np.where(apart, 1, large)
    weight = special.gamma(np.where(apart, 1, a + b + n)) * special.rgamma(rest)
    weight = weight * special.rgamma(small)
    exponent = special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x) + step
    return weight * np.exp(np.where(weight == 0, 0, exponent))


def _beta_density_far(n, a, b, x):
    """The same where both are large, by the deviance from the mode."""
    a, b = np.maximum(a, 15), np.maximum(b, 15)
    total = a + b
    exponent = -_deviance(x * total, a) - _deviance((1 - x) * total, b)
    exponent = exponent + _stirling_error(total) - _stirling_error(a) - _stirling_error(b)
    result = np.exp(exponent) * np.sqrt(a * b / (2 * np.pi * total))
    result = result / np.where(result == 0, 1, x * (1 - x))
    for k in range(n):
        result = result * (total + k)
    return result


def _log_quotient(x):
    """log(x)/(x - 1), which is 1 at 1."""
    apart = np.where(x == 1, 1, x - 1)
    return np.where(x == 1, 1, np.log(x) / apart)[()]


def _log_quotient_slope(x):
    """Derivative of log(x)/(x - 1), by its series where that cancels."""
    near = np.abs(x - 1) < 0.5
    apart = np.where(near, 1, x - 1)
    series = special.hyp2f1(2.0, 2.0, 3.0, np.where(near, 1 - x, 0)) / -2
    return np.where(near, series, (1 / x - np.log(x) / apart) / apart).astype(x.dtype)[()]


def _lambertw(x):
    """Real values of the principal branch of Lambert's W; NaN where it has none."""
    w = special.lambertw(x)
    return np.where(w.imag == 0, w.real, np.nan).astype(x.dtype)[()]


def _ellipb(m):
    """Complete elliptic integral B, as Carlson's."""
    rest = np.where(m == 1, 1, 1 - m)
    return np.where(m == 1, 1, rest / 3 * special.elliprd(0.0, 1.0, rest))[()]


def _ellipd(m):
    """Complete elliptic integral D, as Carlson's."""
    return special.elliprd(0.0, 1 - m, 1.0) / 3


def _ellipc(m):
    """Complete elliptic integral C = (D - B)/m, by its series where that cancels."""
    near = np.abs(m) < 0.5
    apart = np.where(near, 1, m)
    series = np.pi / 16 * special.hyp2f1(1.5, 1.5, 3.0, np.where(near, m, 0))
    return np.where(near, series, (_ellipd(m) - _ellipb(m)) / apart).astype(m.dtype)[()]
