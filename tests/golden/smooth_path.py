"""smooth_path, written by symdiff. Needs NumPy alone."""

import numpy as np


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
        if array.dtype.kind not in "fiub":
            raise TypeError(f"{name} must hold real numbers, not {array.dtype}")
    kinds = [np.asarray(v).dtype for v in values.values() if not isinstance(v, float)]
    dtype = np.result_type(*[k for k in kinds if k.kind == "f"] or [double])
    return [array.astype(dtype, copy=False) for array in arrays.values()]


def _put(shape, index, values):
    """Return zeros of a shape with values at an index."""
    values = np.asarray(values)
    result = np.zeros(shape, dtype=values.dtype)
    result[index] = values
    return result


def smooth_path(x, lam):
    """Return the value and its gradient by x.

    Parameters
    ----------
    x : array of shape (n,)
    lam : scalar

    Returns
    -------
    value : scalar
        sum((x[1:] - x[:-1])**2) + lam*abs(x[0]*x[-1]) + max(x[::2])
    grad_x : array of shape (n,)
    """
    x, lam = _floats(x=x, lam=lam)
    dtype = x.dtype
    if x.ndim != 1:
        raise ValueError(f"x must have shape (n,), not {x.shape}")
    (n,) = x.shape
    _check_shape("lam", lam, "()", ())
    if n < 1:
        raise ValueError(f"the index [1:] needs n >= 1, but n is {n}")
    if (n + 1) // 2 < 1:
        raise ValueError(
            f"`max` of no entries needs (n + 1)//2 >= 1, but (n + 1)//2 is {(n + 1) // 2}"
        )
    t1 = x[0]  # scalar
    t2 = x[-1]  # scalar
    t3 = t1 * t2  # scalar  x[0]*x[-1]
    t4 = x[1:] - x[:-1]  # (n - 1,)
    t5 = x[::2]  # ((n + 1)//2,)
    t6 = t5.max()  # scalar  max(x[::2])
    value = lam * np.abs(t3) + t4 @ t4 + t6  # scalar
    t7 = lam * np.sign(t3)  # scalar  lam*sign(x[0]*x[-1])
    t8 = _put((n,), np.s_[-1], t7 * t1) + _put((n,), np.s_[0], t7 * t2)  # (n,)
    t9 = t5 == t6  # ((n + 1)//2,)  x[::2] == max(x[::2])
    t10 = t8 + _put((n,), np.s_[1:], 2 * t4) + _put((n,), np.s_[:-1], -2 * t4)  # (n,)
    grad_x = t10 + _put((n,), np.s_[::2], np.where(t9, 1 / dtype.type(t9.sum()), 0.0))
    return value, grad_x


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
        moved = [x + step * direction for step in (-1e-4, -5e-5, 5e-5, 1e-4)]
        a, b, c, d = (function(**{**inputs, name: x})[0] for x in moved)
        coarse, fine = (d - a) / 2e-4, (c - b) / 1e-4
        parts = gradient * direction
        scale = np.sum(np.abs(parts)) + np.abs(fine) + 1e-4 * np.abs(value)
        error = np.abs(np.sum(parts).real - fine - (fine - coarse) / 3)
        smooth = np.abs(fine - coarse) <= 1e-6 * scale
        errors.append(error / (scale or 1) if smooth else np.nan)
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
    _self_check(smooth_path, lambda rng, n=5: {"x": (n,), "lam": ()}, ["x"])
