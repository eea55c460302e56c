"""logistic_regression, written by symdiff. Needs NumPy alone."""

import os

import numpy as np

THREADS = os.cpu_count() or 1
LARGE = 262_144  # arrays with so many entries are computed in blocks


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


def _logistic_regression_in_blocks(X, w, y, lam, n, d, dtype):
    """`logistic_regression` for large arrays: rows in blocks, whose values stay in the cache."""

    def block1(rows, b1, b2, b3, b4):
        """Some of the n rows, with b1 to b4 as scratch."""
        X_rows = X[rows]
        y_rows = y[rows]
        t3 = X_rows @ w
        np.maximum(t3, 0, out=b1)  # maximum(X @ w, 0)
        np.minimum(t3, 0, out=b2)  # minimum(X @ w, 0)
        np.exp(b2, out=b2)  # exp(minimum(X @ w, 0))
        np.negative(b1, out=b3)  # -maximum(X @ w, 0)
        np.exp(b3, out=b3)  # exp(-maximum(X @ w, 0))
        np.multiply(b2, b3, out=b4)  # exp(minimum(X @ w, 0))*exp(-maximum(X @ w, 0))
        np.log1p(b4, out=b4)  # log1p(exp(minimum(X @ w, 0))*exp(-maximum(X @ w, 0)))
        np.add(b1, b4, out=b1)
        np.multiply(y_rows, t3, out=b4)  # y*(X @ w)
        np.subtract(b1, b4, out=b1)
        t1 = b1.sum()
        np.subtract(1, y_rows, out=b1)
        np.multiply(b1, b2, out=b1)  # (1 - y)*exp(minimum(X @ w, 0))
        np.multiply(y_rows, b3, out=b4)  # y*exp(-maximum(X @ w, 0))
        np.subtract(b1, b4, out=b1)
        np.add(b2, b3, out=b2)  # exp(minimum(X @ w, 0)) + exp(-maximum(X @ w, 0))
        np.divide(b1, b2, out=b1)
        t2 = X_rows.T @ b1
        return t1, t2

    t1, t2 = _in_blocks(
        block1,
        n,
        lambda m: _memory((4, m), dtype),
        width=5 + d,
        folds=[np.add, np.add],
        threads=THREADS,
        blas=True,
    )
    t4 = 2 * lam  # scalar
    grad_w = t2

    def block2(rows, b1, b2):
        """Some of the d rows, with b1 and b2 as scratch."""
        w_rows = w[rows]
        t5 = w_rows @ w_rows
        np.multiply(t4, w_rows, out=b1)  # 2*lam*w
        np.divide(t2[rows], n, out=b2)
        np.add(b2, b1, out=grad_w[rows])
        return (t5,)

    (t5,) = _in_blocks(
        block2,
        d,
        lambda m: _memory((2, m), dtype),
        width=5,
        folds=[np.add],
        threads=THREADS,
        blas=True,
    )
    t2 = None
    value = t1 / n + lam * t5  # scalar
    return value, grad_w


def logistic_regression(X, w, y, lam):
    """Return sum(softplus(X @ w) - y*(X @ w))/n + lam*sum(w**2) and its gradient by w.

    Parameters
    ----------
    X : array of shape (n, d)
    w : array of shape (d,)
    y : array of shape (n,)
    lam : scalar

    Returns
    -------
    value : scalar
        sum(softplus(X @ w) - y*(X @ w))/n + lam*sum(w**2)
    grad_w : array of shape (d,)
        (X.T @ (sigmoid(X @ w) - y))/n + 2*lam*w
    """
    X, w, y, lam = _floats(X=X, w=w, y=y, lam=lam)
    dtype = X.dtype
    if X.ndim != 2:
        raise ValueError(f"X must have shape (n, d), not {X.shape}")
    n, d = X.shape
    _check_shape("w", w, "(d,)", (d,))
    _check_shape("y", y, "(n,)", (n,))
    _check_shape("lam", lam, "()", ())
    if n * d >= LARGE:
        return _logistic_regression_in_blocks(X, w, y, lam, n, d, dtype)
    t1 = X @ w  # (n,)
    t2 = np.maximum(t1, 0)  # (n,)  maximum(X @ w, 0)
    t3 = np.exp(np.minimum(t1, 0))  # (n,)  exp(minimum(X @ w, 0))
    t4 = np.exp(-t2)  # (n,)  exp(-maximum(X @ w, 0))
    value = (t2 + np.log1p(t3 * t4) - y * t1).sum() / n + lam * (w @ w)  # scalar
    del t1, t2
    grad_w = (X.T @ (((1 - y) * t3 - y * t4) / (t3 + t4))) / n + 2 * lam * w  # (d,)
    return value, grad_w


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
        logistic_regression,
        lambda rng, n=5, d=3: {"X": (n, d), "w": (d,), "y": (n,), "lam": ()},
        ["w"],
        blocks=_blocks_errors,
        large={"n": 176_340},
    )
