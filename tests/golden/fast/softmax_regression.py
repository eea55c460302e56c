"""softmax_regression, written by symdiff. Needs NumPy alone."""

import os

import numpy as np

THREADS = os.cpu_count() or 1
LARGE = 32_768  # arrays with so many entries are computed in blocks


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


def _lacking(shares, axis=None):
    """What shares lack to their sum, 1, to all digits: of one above 1/2, the sum of the others."""
    lacking, large = 1 - shares, shares > 0.5
    if large.any():
        others = np.where(large, 0, shares).sum(axis=axis, keepdims=True)
        lacking = np.where(large, others, lacking)
    return lacking


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


def _softmax_regression_in_blocks(T, X, W, b, n, k, d, dtype):
    """`softmax_regression` for large arrays: rows in blocks, whose values stay in the cache."""
    t1 = np.matmul(X, W, out=_memory((n, k), dtype))  # (n, k)
    t2 = t1

    def block(rows, b1, b2, b3):
        """Some of the n rows, with b1 to b3 as scratch."""
        T_rows = T[rows]
        t2_rows = t2[rows]
        np.add(t1[rows], b, out=b1)  # X @ W + b
        t4 = b1.max(axis=1)  # max(X @ W + b, axis=1)
        np.subtract(b1, t4[:, None], out=b1)
        np.exp(b1, out=b2)  # exp(X @ W + b - max(X @ W + b, axis=1)[:, None])
        t5 = b2.sum(axis=1)
        np.log(t5, out=b3)
        np.subtract(b1, b3[:, None], out=b1)
        t3 = np.vdot(T_rows, b1)
        np.divide(b2, t5[:, None], out=b2)
        t6 = T_rows.sum(axis=1)
        np.subtract(t6[:, None], T_rows, out=b1)  # sum(T, axis=1)[:, None] - T
        np.multiply(b2, b1, out=b1)
        t7 = _lacking(b2, axis=1)
        np.multiply(T_rows, t7, out=b2)
        np.subtract(b1, b2, out=b1)
        np.divide(b1, n, out=t2_rows)
        grad_b = t2_rows.sum(axis=0)
        return t3, grad_b

    t3, grad_b = _in_blocks(
        block,
        n,
        lambda m: (*_memory((2, m, k), dtype), _memory((m,), dtype)),
        width=1 + 5 * k,
        folds=[np.add, np.add],
        threads=THREADS,
        blas=True,
    )
    t1 = None
    value = -(t3 / n)  # scalar
    grad_W = np.matmul(X.T, t2, out=_memory((d, k), dtype))  # (d, k)
    return value, grad_W, grad_b


def softmax_regression(T, X, W, b):
    """Return -sum(T*log_softmax(X @ W + b, axis=1))/n and its gradient by W, b.

    Parameters
    ----------
    T : array of shape (n, k)
    X : array of shape (n, d)
    W : array of shape (d, k)
    b : array of shape (k,)

    Returns
    -------
    value : scalar
        -sum(T*log_softmax(X @ W + b, axis=1))/n
    grad_W : array of shape (d, k)
        (X.T @ (sum(T, axis=1)[:, None]*softmax(X @ W + b, axis=1) - T))/n
    grad_b : array of shape (k,)
        sum(sum(T, axis=1)[:, None]*softmax(X @ W + b, axis=1) - T, axis=0)/n
    """
    T, X, W, b = _floats(T=T, X=X, W=W, b=b)
    dtype = T.dtype
    if T.ndim != 2:
        raise ValueError(f"T must have shape (n, k), not {T.shape}")
    n, k = T.shape
    if X.ndim != 2:
        raise ValueError(f"X must have shape (n, d), not {X.shape}")
    d = X.shape[1]
    _check_shape("X", X, "(n, d)", (n, d))
    _check_shape("W", W, "(d, k)", (d, k))
    _check_shape("b", b, "(k,)", (k,))
    if k < 1:
        raise ValueError(f"`log_softmax` of no entries needs k >= 1, but k is {k}")
    if n * k >= LARGE:
        return _softmax_regression_in_blocks(T, X, W, b, n, k, d, dtype)
    t1 = X @ W + b  # (n, k)
    t2 = t1 - t1.max(axis=1)[:, None]  # (n, k)
    del t1
    t3 = np.exp(t2)  # (n, k)  exp(X @ W + b - max(X @ W + b, axis=1)[:, None])
    t4 = t3.sum(axis=1)  # (n,)
    value = -(np.vdot(T, t2 - np.log(t4)[:, None]) / n)  # scalar
    del t2
    t5 = t3 / t4[:, None]  # (n, k)
    del t3, t4
    t6 = (t5 * (T.sum(axis=1)[:, None] - T) - T * _lacking(t5, axis=1)) / n  # (n, k)
    del t5
    grad_W = X.T @ t6  # (d, k)
    grad_b = t6.sum(axis=0)  # (k,)
    return value, grad_W, grad_b


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
        softmax_regression,
        lambda rng, n=5, k=3, d=4: {"T": (n, k), "X": (n, d), "W": (d, k), "b": (k,)},
        ["W", "b"],
        blocks=_blocks_errors,
        large={"n": 176_340},
    )
