"""black_scholes, written by symdiff. Needs NumPy and SciPy."""

import os

import numpy as np
from scipy import special

THREADS = os.cpu_count() or 1
LARGE = 8_192  # arrays with so many entries are computed in blocks


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


def _in_blocks(block, count, buffers, width, folds=(), threads=1, blas=False):
    """Call `block(rows, *buffers)` for slices of `count` rows, and fold what it returns.

    `buffers(m)` makes memory for m rows; a block works on `width` entries for each. Results do
    not depend on the number of threads. Blocks that call `blas` share it among threads only if
    threadpoolctl is installed, which keeps it from starting threads of its own.
    """
    most = max(1, 2**18 // max(width, 1))
    size = -(-count // -(-count // most)) if count else 0
    starts = range(0, max(count, 1), max(size, 1))
    results = [None] * len(starts)
    left = iter(range(len(starts)))

    def work():
        memory = buffers(size)
        for k in left:
            rows = slice(starts[k], min(starts[k] + size, count))
            here = rows.stop - rows.start
            results[k] = block(rows, *(memory if here == size else buffers(here)))

    busy = count * width >= 2**21  # less is done before other threads are awake
    helpers = min(threads, len(starts) // 2) - 1 if busy else 0
    limits = _one_blas_thread() if helpers > 0 and blas else None
    if helpers < 1 or (blas and limits is None):
        work()
    else:
        from concurrent.futures import ThreadPoolExecutor
        from contextlib import nullcontext
        from contextvars import copy_context

        with limits or nullcontext(), ThreadPoolExecutor(helpers) as pool:
            others = [pool.submit(copy_context().run, work) for _ in range(helpers)]
            work()
            for other in others:
                other.result()
    parts = zip(*results, strict=True) if folds else ()
    return [_pairwise(fold, each) for fold, each in zip(folds, parts, strict=True)]


def _memory(shape, dtype):
    """Return an array with any entries, in memory of an earlier call that nothing refers to.

    New memory is slow: the system clears it, page by page. At most 256 MiB are kept.
    """
    size = np.dtype(dtype).itemsize
    for count in shape:
        size *= count
    if size < 2**17:
        return np.empty(shape, dtype)
    from _thread import allocate_lock
    from sys import getrefcount

    kept = vars(_memory).setdefault("kept", [])
    for each in [object()]:
        unused = getrefcount(each)  # of what a list holds, and nothing else
    with vars(_memory).setdefault("lock", allocate_lock()):
        for array in kept:
            fits = array.shape == shape and array.dtype == dtype
            if fits and getrefcount(array) == unused:
                return array
        array = np.empty(shape, dtype)
        if sum(each.nbytes for each in kept) > 2**28 - size:
            kept[:] = [each for each in kept if getrefcount(each) > unused]
        if sum(each.nbytes for each in kept) <= 2**28 - size:
            kept.append(array)
        return array


def _one_blas_thread():
    """Return a context in which BLAS starts no threads; None without threadpoolctl."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    if not hasattr(_one_blas_thread, "controller"):
        _one_blas_thread.controller = ThreadpoolController()
    return _one_blas_thread.controller.limit(limits=1, user_api="blas")


def _pairwise(fold, parts):
    """Combine neighbours until one is left, so that errors grow slowly."""
    while len(parts) > 1:
        odd = parts[len(parts) - len(parts) % 2 :]
        pairs = zip(parts[::2], parts[1::2], strict=False)
        parts = [*(fold(a, b) for a, b in pairs), *odd]
    return parts[0]


def _black_scholes_in_blocks(S, K, r, sigma, T, n, dtype):
    """`black_scholes` for large arrays: rows in blocks, whose values stay in the cache."""
    t1 = sigma**2 / 2  # scalar
    t2 = t1 + r  # scalar  sigma**2/2 + r
    t3 = r - t1  # scalar  r - sigma**2/2
    t4 = 0.3989422804014327 * sigma  # scalar
    t5 = 0.5 * sigma  # scalar
    grad_S = _memory((n,), dtype)
    grad_T = _memory((n,), dtype)

    def block(rows, b1, b2, b3, b4, b5, b6, b7, b8, b9):
        """Some of the n rows, with b1 to b9 as scratch."""
        T_rows = T[rows]
        S_rows = S[rows]
        K_rows = K[rows]
        grad_S_rows = grad_S[rows]
        np.multiply(t2, T_rows, out=b1)  # (sigma**2/2 + r)*T
        np.divide(S_rows, K_rows, out=b2)
        np.log(b2, out=b2)  # log(S/K)
        np.add(b1, b2, out=b1)  # (sigma**2/2 + r)*T + log(S/K)
        np.sqrt(T_rows, out=b3)
        np.multiply(sigma, b3, out=b4)  # sigma*sqrt(T)
        np.divide(b1, b4, out=b1)  # ((sigma**2/2 + r)*T + log(S/K))/(sigma*sqrt(T))
        special.ndtr(b1, out=grad_S_rows)
        np.multiply(S_rows, grad_S_rows, out=b5)
        np.multiply(-r, T_rows, out=b6)
        np.exp(b6, out=b6)  # exp(-r*T)
        np.multiply(K_rows, b6, out=b6)  # K*exp(-r*T)
        np.multiply(t3, T_rows, out=b7)  # (r - sigma**2/2)*T
        np.add(b7, b2, out=b7)  # (r - sigma**2/2)*T + log(S/K)
        np.divide(b7, b4, out=b7)  # ((r - sigma**2/2)*T + log(S/K))/(sigma*sqrt(T))
        special.ndtr(b7, out=b2)
        np.multiply(b6, b2, out=b8)
        np.subtract(b5, b8, out=b5)
        value = b5.sum()
        np.multiply(S_rows, T_rows, out=b5)
        np.divide(b5, b3, out=b5)  # S*T/sqrt(T)
        np.square(b1, out=b9)  # (((sigma**2/2 + r)*T + log(S/K))/(sigma*sqrt(T)))**2
        np.multiply(-0.5, b9, out=b9)
        np.exp(b9, out=b9)
        t6 = b5 @ b9
        np.multiply(S_rows, b9, out=b9)
        np.multiply(-0.3989422804014327, b9, out=b5)
        np.subtract(b1, b7, out=b1)
        np.multiply(b5, b1, out=b5)
        np.divide(b5, b4, out=b5)
        t7 = b5 @ b3
        np.multiply(r, b8, out=b8)
        np.multiply(t4, b9, out=b9)
        np.divide(b9, b3, out=b9)
        np.add(b8, b9, out=b8)
        np.multiply(t5, b5, out=b5)
        np.divide(b5, b3, out=b5)
        np.add(b8, b5, out=grad_T[rows])
        np.multiply(T_rows, b6, out=b6)  # T*(K*exp(-r*T))
        grad_r = b6 @ b2
        return value, t6, t7, grad_r

    value, t6, t7, grad_r = _in_blocks(
        block,
        n,
        lambda m: _memory((9, m), dtype),
        width=14,
        folds=[np.add] * 4,
        threads=THREADS,
        blas=True,
    )
    grad_sigma = 0.7978845608028654 * t6 + t7  # scalar
    return value, grad_S, grad_sigma, grad_T, grad_r


def black_scholes(S, K, r, sigma, T):
    """Return the value and its gradient by S, sigma, T, r.

    Parameters
    ----------
    S : array of shape (n,)
    K : array of shape (n,)
    r : scalar
    sigma : scalar
    T : array of shape (n,)

    Returns
    -------
    value : scalar
    grad_S : array of shape (n,)
        ndtr((log(S/K) + (r + sigma**2/2)*T)/(sigma*sqrt(T)))
    grad_sigma : scalar
    grad_T : array of shape (n,)
    grad_r : scalar
        (K*T*exp(-r*T)) @ ndtr((log(S/K) + (r - sigma**2/2)*T)/(sigma*sqrt(T)))
    """
    S, K, r, sigma, T = _floats(S=S, K=K, r=r, sigma=sigma, T=T)
    dtype = S.dtype
    if S.ndim != 1:
        raise ValueError(f"S must have shape (n,), not {S.shape}")
    (n,) = S.shape
    _check_shape("K", K, "(n,)", (n,))
    _check_shape("r", r, "()", ())
    _check_shape("sigma", sigma, "()", ())
    _check_shape("T", T, "(n,)", (n,))
    if n >= LARGE:
        return _black_scholes_in_blocks(S, K, r, sigma, T, n, dtype)
    t1 = sigma**2 / 2  # scalar
    t2 = np.log(S / K)  # (n,)
    t3 = np.sqrt(T)  # (n,)
    t4 = sigma * t3  # (n,)  sigma*sqrt(T)
    t5 = ((t1 + r) * T + t2) / t4  # (n,)
    grad_S = special.ndtr(t5)  # (n,)
    t6 = K * np.exp(-r * T)  # (n,)
    t7 = ((r - t1) * T + t2) / t4  # (n,)
    del t2
    t8 = special.ndtr(t7)  # (n,)  ndtr(((r - sigma**2/2)*T + log(S/K))/(sigma*sqrt(T)))
    t9 = t6 * t8  # (n,)
    value = (S * grad_S - t9).sum()  # scalar
    t10 = np.exp(-0.5 * t5**2)  # (n,)
    t11 = S * t10  # (n,)
    t12 = -0.3989422804014327 * t11 * (t5 - t7) / t4  # (n,)
    del t4, t5, t7
    grad_sigma = 0.7978845608028654 * ((S * T / t3) @ t10) + t12 @ t3  # scalar
    del t10
    grad_T = r * t9 + 0.3989422804014327 * sigma * t11 / t3 + 0.5 * sigma * t12 / t3
    del t3, t9, t11, t12
    grad_r = (T * t6) @ t8  # scalar
    return value, grad_S, grad_sigma, grad_T, grad_r


def _blocks_errors(function, inputs, types, rng):
    """Relative differences between results computed in blocks and without."""
    module, errors = function.__globals__, []
    threshold = module["LARGE"]
    for dtype in types:
        kinds = {"f": dtype, "c": np.result_type(dtype, np.complex64)}
        given = dict(inputs)
        for name, x in inputs.items():
            if isinstance(x, np.ndarray):
                given[name] = x.astype(kinds.get(x.dtype.kind, x.dtype))
        blocks = function(**given)
        module["LARGE"] = np.inf
        try:
            plain, exact = function(**given), function(**inputs)
        finally:
            module["LARGE"] = threshold
        worst = 0.0
        for found, one, other in zip(blocks, plain, exact, strict=True):
            rounding = np.max(np.abs(one - other), initial=0)
            scale = np.max(np.abs(other), initial=0) + 1e4 * rounding
            worst = max(worst, np.max(np.abs(found - one), initial=0) / (scale or 1))
        errors.append(worst)
    return errors


def _compared(function, shapes, seed, what, measure, limits, sizes):
    """Print the largest errors at three points; return 0 for small, 1 for large, 2 for none."""
    found, reason = [], "no inputs found with finite values and slopes"
    for attempt in range(100):
        rng = np.random.default_rng([seed, attempt])
        try:
            inputs = _random_inputs(shapes(rng, **sizes), rng, attempt)
            with np.errstate(all="ignore"):
                errors = measure(function, inputs, limits, rng)
        except (ValueError, IndexError) as refusal:
            reason = refusal
        else:
            found += [errors] if np.all(np.isfinite(errors)) else []
        if len(found) == 3:
            break
    where = f"seed {seed}" + "".join(f", {name}={n}" for name, n in sizes.items())
    if not found:
        print(f"{what} {', '.join(limits)}: NOT COMPARED ({where}): {reason}")
        return 2
    verdicts = []
    for (name, limit), error in zip(limits.items(), np.max(found, axis=0), strict=True):
        verdicts.append("OK" if error <= limit else "FAILED")
        about = f"relative difference {error:.1e} ({where})"
        print(f"{what} {name}: {verdicts[-1]}, {about}")
    return int("FAILED" in verdicts)


def _gradient_errors(function, inputs, names, rng):
    """Relative differences of gradients and slopes in random directions; NaN at kinks."""
    value, *gradients = function(**inputs)
    errors = []
    for name, gradient in zip(names, gradients, strict=True):
        x, direction = inputs[name], rng.uniform(-1, 1, np.shape(gradient))
        if np.iscomplexobj(gradient):
            direction = direction + 1j * rng.uniform(-1, 1, np.shape(gradient))
        step = rng.choice([1e-4, 1e-5, 1e-6])
        moved = [x + k * step * direction for k in (-2, -1, 1, 2)]
        a, b, c, d = (function(**{**inputs, name: x})[0] for x in moved)
        coarse, fine = (d - a) / (4 * step), (c - b) / (2 * step)
        scale = np.abs(fine) + 1e-4 * np.abs(value)
        smooth = np.abs(fine - coarse) <= 1e-7 * scale
        error = np.sum(gradient * direction).real - fine - (fine - coarse) / 3
        errors.append(np.abs(error) / (scale or 1) if smooth else np.nan)
    return errors


def _random_inputs(shapes, rng, attempt):
    """Arrays of some shapes, of other ranges at each attempt; what is no shape stays."""
    inputs = dict(shapes)
    for name, shape in shapes.items():
        if isinstance(shape, tuple):
            choice = attempt if attempt < 8 else rng.integers(8)
            low, high = [(0.1, 0.9), (1.1, 1.9), (-0.9, 0.9), (2, 20)][choice % 4]
            x = inputs[name] = np.asarray(rng.uniform(low, high, shape))
            if choice > 3 and x.ndim > 1 and x.shape[-2] == x.shape[-1]:
                definite = x @ np.swapaxes(x, -2, -1) + np.eye(x.shape[-1])
                inputs[name] = definite
    return inputs


def _self_check(function, shapes, gradients, blocks=None, large=None):
    """Compare gradients with finite differences if run with `--check [seed] [n=5 …]`."""
    import sys

    defaults = shapes.__defaults__ or ()
    sizes = dict(zip(shapes.__code__.co_varnames[1:], defaults, strict=True))
    given = dict(word.rpartition("=")[::2] for word in sys.argv[2:])
    known = given.keys() <= {"", *sizes} and all(map(str.isdecimal, given.values()))
    if sys.argv[1:2] != ["--check"] or not known:
        options = " ".join(["[seed]", *(f"[{name}={n}]" for name, n in sizes.items())])
        print(f"{function.__doc__}\nusage: python {sys.argv[0]} --check {options}")
        sys.exit(2 if sys.argv[1:] else 0)
    seed = int(given.pop("", 0))
    sizes.update((name, int(size)) for name, size in given.items())
    limits = dict.fromkeys(gradients, 1e-6)
    checks = [("gradient by", _gradient_errors, limits, sizes)]
    if blocks:
        limits = {"float64": 1e-8, "float32": 1e-3}
        checks.append(("blocks in", blocks, limits, {**sizes, **large}))
    found = [_compared(function, shapes, seed, *check) for check in checks]
    sys.exit(1 if 1 in found else max(found))


if __name__ == "__main__":
    _self_check(
        black_scholes,
        lambda rng, n=5: {"S": (n,), "K": (n,), "r": (), "sigma": (), "T": (n,)},
        ["S", "sigma", "T", "r"],
        blocks=_blocks_errors,
        large={"n": 525_154},
    )
