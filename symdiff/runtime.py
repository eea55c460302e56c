"""The few functions that NumPy lacks. An emitted module carries those that it needs, as they stand.

They are plain NumPy, so that the evaluator, compiled functions and emitted files share one
definition. Some need SciPy's special functions, as do the templates of some ops: what a template
or a helper calls `special`, an emitted module imports, and symdiff imports at the first use.
"""

import numpy as np

from symdiff.optional import OptionalModule

special = OptionalModule("scipy", "special", title="SciPy", extra="scipy")


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
        if array.dtype.kind not in "fiub":
            raise TypeError(f"{name} must hold real numbers, not {array.dtype}")
    kinds = [np.asarray(v).dtype for v in values.values() if not isinstance(v, float)]
    dtype = np.result_type(*[k for k in kinds if k.kind == "f"] or [double])
    return [array.astype(dtype, copy=False) for array in arrays.values()]


def _complexes(real, **values):
    """Convert to arrays of one precision, complex but for those named in `real`."""
    arrays = {name: np.asarray(value) for name, value in values.items()}
    for name, array in arrays.items():
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
    """Convert to an array of integers; refuse other numbers."""
    array = np.asarray(value)
    if array.dtype.kind not in "iub":
        raise TypeError(f"{name} must hold integers, not {array.dtype}")
    return array.astype(int) if array.dtype.kind == "b" else array


def _booleans(name, value):
    """Convert to an array of booleans; refuse numbers."""
    array = np.asarray(value)
    if array.dtype.kind != "b":
        raise TypeError(f"{name} must hold booleans, not {array.dtype}")
    return array


def _check_shape(name, array, sizes, shape):
    """Refuse an array whose shape is not the one that the other arguments imply."""
    if array.shape != shape:
        expected = sizes if sizes == str(shape) else f"{sizes} = {shape}"
        raise ValueError(f"{name} must have shape {expected}, not {array.shape}")


def _off_kink(x):
    """Return x, which must not be 0: there the derivative that needs it does not exist."""
    if not np.all(x):
        raise ValueError("a derivative is evaluated at a kink, where it does not exist")
    return x


def _sigmoid(x):
    """Logistic function, without overflow and precise in both tails."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


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


def _logsumexp(x, axis=None, b=None):
    """Logarithm of the sum of exponentials with weights b, without overflow, exact at -inf."""
    keep = axis is not None
    x = x if b is None else np.where(b == 0, -np.inf, x)
    top = np.max(x, axis=axis, keepdims=keep)
    top = np.where(np.isfinite(top), top, 0)
    terms = np.exp(x - top) if b is None else b * np.exp(x - top)
    with np.errstate(divide="ignore"):
        total = np.log(np.sum(terms, axis=axis, keepdims=keep)) + top
    return np.squeeze(total, axis=axis) if keep else total[()]


def _softmax(x, axis=None):
    """Exponentials divided by their sum, without overflow."""
    keep = axis is not None
    e = np.exp(x - np.max(x, axis=axis, keepdims=keep))
    e /= np.sum(e, axis=axis, keepdims=keep)
    return e


def _log_softmax(x, axis=None):
    """Logarithm of the softmax, without overflow."""
    keep = axis is not None
    shifted = x - np.max(x, axis=axis, keepdims=keep)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=keep))


def _shares(x, axis):
    """Exponentials, their sum, and for each the sum of the others, to all digits."""
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    largest = np.sum(e == 1, axis=axis, keepdims=True, dtype=e.dtype)
    smaller = np.sum(np.where(e < 1, e, 0), axis=axis, keepdims=True)
    others = np.where(e < 1, largest + smaller - e, (largest - 1) + smaller)
    return e, largest + smaller, others


def _softmax_minus(x, target, total, axis=None):
    """Softmax times a total, minus a target; precise where they are close."""
    e, whole, others = _shares(x, axis)
    return (e * (total - target) - target * others) / whole


def _softmax_slope(x, axis=None):
    """Softmax times what it lacks to 1, to all digits."""
    e, whole, others = _shares(x, axis)
    return (e / whole) * (others / whole)


def _minus_mean(x, weights, axis=None):
    """Entries minus their weighted mean; precise where one weight is nearly all."""
    heaviest = weights == np.max(weights, axis=axis, keepdims=True)
    count = np.sum(heaviest, axis=axis, keepdims=True, dtype=weights.dtype)
    x = x - np.sum(np.where(heaviest, x, 0), axis=axis, keepdims=True) / count
    return x - np.sum(weights * x, axis=axis, keepdims=True)


def _centered(x, axis=None, where=None):
    """Deviations from the mean, 0 where `where` is false; the mean's rounding is taken out too."""
    if not x.size:
        return x
    if where is None:
        deviations = x - np.mean(x, axis=axis, keepdims=True)
        return deviations - np.mean(deviations, axis=axis, keepdims=True)
    where = np.broadcast_to(where, x.shape)
    number = np.maximum(np.sum(where, axis=axis, keepdims=True), 1).astype(x.dtype)
    for _ in range(2):
        sums = np.sum(x, axis=axis, keepdims=True, where=where)
        x = np.where(where, x - sums / number, 0)
    return x


def _norm(x, axis=None):
    """Euclidean norm, also of entries whose squares would overflow or vanish."""
    with np.errstate(over="ignore", under="ignore"):
        squares = np.vdot(x, x) if axis is None else np.sum(np.square(x), axis=axis)
        length = np.sqrt(squares)
    limits = np.finfo(x.dtype)
    if ((squares > limits.tiny / limits.eps**2) & (squares < np.inf)).all():
        return length
    top = np.max(np.abs(x), axis=axis, keepdims=True, initial=0)
    top = np.where((top > 0) & np.isfinite(top), top, np.ones_like(top))
    squares = np.sum(np.square(x / top), axis=axis)
    return np.squeeze(top, axis=axis)[()] * np.sqrt(squares)


def _p_norm(x, axis=None, ord=2, keepdims=False):
    """Norm of an order other than 0 and inf, without overflow."""
    x = np.abs(x)
    top = np.max(x, axis=axis, keepdims=True, initial=0)
    top = np.where((top > 0) & np.isfinite(top), top, np.ones_like(top))
    with np.errstate(divide="ignore"):
        length = top * np.sum((x / top) ** ord, axis=axis, keepdims=True) ** (1 / ord)
    return length if keepdims else np.squeeze(length, axis=axis)[()]


def _normalized(x, axis=None, ord=2):
    """Entries divided by their norm of an order; 0 where all are 0."""
    if ord != 2:
        length = _p_norm(x, axis=axis, ord=ord, keepdims=True)
    else:
        length = _norm(x) if axis is None else np.expand_dims(_norm(x, axis), axis)
    return x / np.where(length == 0, np.ones_like(length), length)


def _product_of_others(x, axis):
    """For each entry the product of the others along an axis, without division."""
    x = np.moveaxis(x, axis, -1)
    ones = np.ones_like(x[..., :1])
    before = np.cumprod(np.concatenate([ones, x[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([ones, x[..., :0:-1]], axis=-1), axis=-1)
    return np.moveaxis(before * after[..., ::-1], -1, axis)


def _product_before(x, axis):
    """For each entry the product of those before it along an axis."""
    x = np.moveaxis(x, axis, -1)
    before = np.concatenate([np.ones_like(x[..., :1]), x[..., :-1]], axis=-1)
    return np.moveaxis(np.cumprod(before, axis=-1), -1, axis)


def _linear_recurrence(a, b, axis, reverse=False):
    """Return s with s[0] = 0 and s[k] = a[k-1] * s[k-1] + b[k-1]; reversed, from the end."""
    turn = slice(None, None, -1 if reverse else 1)
    a, b = (np.moveaxis(array, axis, 0)[turn] for array in (a, b))
    try:  # doubling: few steps, each from s[k] + a[k] * s[k - step]
        with np.errstate(over="raise", under="raise", invalid="raise"):
            factor, s, step = a.copy(), b.copy(), 1
            while step < len(s):
                s[step:] += factor[step:] * s[:-step]
                factor[step:] *= factor[:-step]
                step *= 2
    except FloatingPointError:  # in products of many factors, which single steps avoid
        s = b.copy()
        for k in range(1, len(s)):
            s[k] += a[k] * s[k - 1]
    s = np.concatenate([np.zeros_like(s[:1]), s[:-1]])
    return np.moveaxis(s[turn], 0, axis)


def _put(shape, index, values):
    """Return zeros of a shape with values at an index."""
    values = np.asarray(values)
    result = np.zeros(shape, dtype=values.dtype)
    result[index] = values
    return result


def _on_diagonal(values, letters, shape):
    """Return zeros with values where the indices that `letters` repeats agree."""
    values = np.asarray(values)
    result = np.zeros(shape, dtype=values.dtype)
    np.einsum(letters, result)[...] = values
    return result


def _add_diagonal(matrix, entries):
    """Add to the diagonal of a matrix, in place: it must be one that nothing else uses."""
    np.einsum("ii->i", matrix)[...] += entries
    return matrix


def _cut_or_pad(x, n, axis):
    """Return the first n entries along an axis, followed by zeros if there are fewer."""
    x = np.moveaxis(x, axis, -1)
    result = np.zeros((*x.shape[:-1], n), dtype=x.dtype)
    result[..., : x.shape[-1]] = x[..., :n]
    return np.moveaxis(result, -1, axis)


def _rfft_weights(n, dtype):
    """Return how often each entry of `rfft` of n numbers stands in `fft` of them."""
    weights = np.full(n // 2 + 1, 2, dtype=dtype)
    weights[0] = 1
    if n % 2 == 0:
        weights[-1] = 1
    return weights


def _windows(x, size, axis, stride=None, dilation=None):
    """Windows along axes, each along new last axes, as a view."""
    stride, dilation = stride or (1,) * len(axis), dilation or (1,) * len(axis)
    span = [(k - 1) * gap + 1 for k, gap in zip(size, dilation, strict=True)]
    every = [slice(None)] * x.ndim + [slice(None, None, gap) for gap in dilation]
    for a, step in zip(axis, stride, strict=True):
        every[a] = slice(None, None, step)
    return np.lib.stride_tricks.sliding_window_view(x, span, axis=axis)[tuple(every)]


def _overlap_add(windows, length, axis, stride=None, dilation=None):
    """Sum of windows where they lie along axes of some lengths, entry by entry of a window."""
    stride, dilation = stride or (1,) * len(axis), dilation or (1,) * len(axis)
    rank = windows.ndim - len(axis)
    shape = list(windows.shape[:rank])
    for a, n in zip(axis, length, strict=True):
        shape[a] = n
    total = np.zeros(shape, dtype=windows.dtype)
    for entry in np.ndindex(windows.shape[rank:]):
        place = [slice(None)] * rank
        for a, k, step, gap in zip(axis, entry, stride, dilation, strict=True):
            first = k * gap
            place[a] = slice(first, first + windows.shape[a] * step, step)
        total[tuple(place)] += windows[(..., *entry)]
    return total


def _scatter_add(shape, index, values):
    """Return zeros of a shape with values added at an index, whose places may repeat."""
    values = np.asarray(values)
    result = np.zeros(shape, dtype=values.dtype)
    if result.ndim == 1:
        np.add.at(result, index, values)
    else:  # by the number of each entry: `add.at` is fast with one index
        places = np.arange(result.size).reshape(shape)[index]
        np.add.at(result.reshape(-1), places.reshape(-1), values.reshape(-1))
    return result


def _updated(x, index, values):
    """Return a copy of an array with other values at an index."""
    result = np.array(x)
    result[index] = values
    return result


def _last_written(shape, index):
    """Return where an index names a place of an array of that shape for the last time."""
    number = np.arange(np.prod(np.broadcast_shapes(*map(np.shape, index)), dtype=int))
    number = number.reshape(np.broadcast_shapes(*map(np.shape, index)))
    last = np.zeros(shape, dtype=int)
    last[index] = number
    return last[index] == number


def _add_along_axis(values, index, axis, size):
    """Return zeros with values added at indices along an axis; indices may repeat."""
    values, index = np.broadcast_arrays(values, index)
    shape = (*values.shape[:axis], size, *values.shape[axis + 1 :])
    result = np.zeros(shape, dtype=values.dtype)
    places = np.take_along_axis(np.arange(result.size).reshape(shape), index, axis=axis)
    np.add.at(result.reshape(-1), places.reshape(-1), values.reshape(-1))
    return result


# Special functions --------------------------------------------------------------------------------


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


# Matrices ---------------------------------------------------------------------------------------


def _symmetric(a):
    """Return the symmetric part of each matrix; NumPy's functions would read one triangle."""
    return (a + np.swapaxes(a, -1, -2)) / 2


def _solve_triangular(a, b, lower=False, unit_diagonal=False):
    """Solve with the lower or upper triangle of each matrix, block by block."""
    n, size = a.shape[-1], 64
    if unit_diagonal:
        a = np.where(np.eye(n, dtype=bool), np.ones((), a.dtype), a)
    a = np.tril(a) if lower else np.triu(a)
    right = b[:, None] if b.ndim == 1 else b
    batch = np.broadcast_shapes(a.shape[:-2], right.shape[:-2])
    x = np.zeros((*batch, n, right.shape[-1]), np.result_type(a, b))
    starts = range(0, n, size)
    for start in starts if lower else reversed(starts):
        rows = slice(start, start + size)
        known = slice(0, start) if lower else slice(start + size, n)
        rest = right[..., rows, :] - a[..., rows, known] @ x[..., known, :]
        block = a[..., rows, rows]
        if lower:  # with rows and columns reversed it is upper, and elimination has nothing to do
            solved = np.linalg.solve(block[..., ::-1, ::-1], rest[..., ::-1, :])
            x[..., rows, :] = solved[..., ::-1, :]
        else:
            x[..., rows, :] = np.linalg.solve(block, rest)
    return x[..., 0] if b.ndim == 1 else x


def _over_gaps(m, w, v, off_diagonal=False):
    """Divide entry i, j by w[j] - v[i]; `off_diagonal` leaves zeros on the diagonal.

    Two equal values refuse a column that is not zero: what it stands for has no derivative.
    """
    gaps = w[..., None, :] - v[..., :, None]
    largest = np.maximum(np.abs(w[..., None, :]), np.abs(v[..., :, None]))
    largest = np.max(largest, axis=(-2, -1), keepdims=True, initial=0)
    equal = np.abs(gaps) <= max(gaps.shape[-2:]) * np.finfo(gaps.dtype).eps * largest
    if off_diagonal:
        diagonal = np.eye(gaps.shape[-1], dtype=bool)
        equal, gaps = equal & ~diagonal, np.where(diagonal, np.inf, gaps)
    if np.any(equal & np.any(m != 0, axis=-2, keepdims=True)):
        raise np.linalg.LinAlgError(
            "vectors that belong to equal eigenvalues, or to equal or zero singular values, "
            "have no derivative"
        )
    return m / np.where(equal, np.inf, gaps)


def _real_eig(a):
    """Eigenvalues and eigenvectors of real matrices whose eigenvalues are all real."""
    result = np.linalg.eig(a)
    if np.any(np.imag(result.eigenvalues)):
        raise np.linalg.LinAlgError("a matrix has complex eigenvalues; `eig` takes real ones alone")
    return type(result)(np.real(result.eigenvalues), np.real(result.eigenvectors))


def _with_direction(a, e):
    """The block matrices [[a, e/s], [0, a]], and the s that bring e to the size of a."""
    size, length = (np.max(np.abs(x), axis=(-2, -1), keepdims=True, initial=0) for x in (a, e))
    scale = np.where((size > 0) & (length > 0), length / np.where(size > 0, size, 1), 1)
    a, e = np.broadcast_arrays(a, e / scale)
    top, bottom = np.concatenate([a, e], axis=-1), np.concatenate([np.zeros_like(a), a], axis=-1)
    return np.concatenate([top, bottom], axis=-2), scale


def _expm(a):
    """Exponential of each matrix: Padé approximant of degree 13, scaling and squaring."""
    n = a.shape[-1]
    norm = np.max(np.sum(np.abs(a), axis=-2), axis=-1, initial=0)[..., None, None]
    finite = np.where(np.isfinite(norm), norm, 0)
    halvings = np.maximum(np.frexp(finite / 5.371920351148152)[1], 0)
    a = a / 2.0 ** halvings.astype(a.dtype)
    one, a2 = np.eye(n, dtype=a.dtype), a @ a
    a4 = a2 @ a2
    a6 = a2 @ a4
    odd = a6 @ (a6 + 16380 * a4 + 40840800 * a2) + 33522128640 * a6
    odd = a @ (odd + 10559470521600 * a4 + 1187353796428800 * a2 + 32382376266240000 * one)
    even = a6 @ (182 * a6 + 960960 * a4 + 1323241920 * a2) + 670442572800 * a6
    even = even + 129060195264000 * a4 + 7771770303897600 * a2 + 64764752532480000 * one
    x = np.linalg.solve(even - odd, even + odd)
    for step in range(np.max(halvings, initial=0)):
        x = np.where(step < halvings, x @ x, x)
    return x


def _sqrtm(a):
    """Principal square root of each matrix: product form of Denman and Beavers's iteration."""
    n = a.shape[-1]
    one, x, m = np.eye(n, dtype=a.dtype), a, a
    last = np.inf
    for _ in range(60):
        try:
            inverse = np.linalg.inv(m)
        except np.linalg.LinAlgError:
            break
        distance = np.max(np.abs(m - one), axis=(-2, -1), keepdims=True, initial=0)
        furthest = np.max(distance, initial=0)
        if furthest < 1e-2 and furthest >= last / 2:
            return x
        last = furthest
        log = np.linalg.slogdet(m).logabsdet[..., None, None]
        scale = np.where(distance < 1e-2, 1, np.exp(-log / (2 * max(n, 1))))  # by the determinant
        x = scale * x @ (one + inverse / scale**2) / 2
        m = (one + (scale**2 * m + inverse / scale**2) / 2) / 2
    raise np.linalg.LinAlgError(
        "a matrix has no real principal square root and no real principal logarithm: "
        "an eigenvalue is zero or negative"
    )


def _logm(a):
    """Principal logarithm of each matrix: square roots until it is near 1, then quadrature."""
    one, doublings = np.eye(a.shape[-1], dtype=a.dtype), 0
    while np.max(np.sum(np.abs(a - one), axis=-2), initial=0) > 0.25:
        a, doublings = _sqrtm(a), doublings + 1
    points, weights = np.polynomial.legendre.leggauss(8)
    x, total = a - one, np.zeros_like(a)
    for point, weight in zip((points + 1) / 2, weights / 2, strict=True):
        total = total + a.dtype.type(weight) * np.linalg.solve(one + a.dtype.type(point) * x, x)
    return total * 2**doublings


def _expm_frechet(a, e):
    """Derivative of the exponential of each matrix along e."""
    n, (blocks, scale) = a.shape[-1], _with_direction(a, e)
    return _expm(blocks)[..., :n, n:] * scale


def _sqrtm_frechet(a, e):
    """Derivative of the principal square root of each matrix along e."""
    n, (blocks, scale) = a.shape[-1], _with_direction(a, e)
    return _sqrtm(blocks)[..., :n, n:] * scale


def _logm_frechet(a, e):
    """Derivative of the principal logarithm of each matrix along e."""
    n, (blocks, scale) = a.shape[-1], _with_direction(a, e)
    return _logm(blocks)[..., :n, n:] * scale


# Diagonals --------------------------------------------------------------------------------------


def _set_diagonal(matrix, entries):
    """Write onto the diagonal of a matrix, in place: it must be one that nothing else uses."""
    np.einsum("ii->i", matrix)[...] = entries
    return matrix
