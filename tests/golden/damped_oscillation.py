"""damped_oscillation, written by symdiff. Needs NumPy alone."""

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


def damped_oscillation(a, b, t, c, d, e, f):
    """Return the value and its gradient by a, b, c, d, e, f.

    Parameters
    ----------
    a : scalar
    b : scalar
    t : scalar
    c : scalar
    d : scalar
    e : scalar
    f : scalar

    Returns
    -------
    value : scalar
        a*exp(-b*t)*sin(c*t + d) + e/(1 + f**2)
    grad_a : scalar
        exp(-b*t)*sin(c*t + d)
    grad_b : scalar
        -(a*t*exp(-b*t)*sin(c*t + d))
    grad_c : scalar
        t*(a*exp(-b*t)*cos(c*t + d))
    grad_d : scalar
        a*exp(-b*t)*cos(c*t + d)
    grad_e : scalar
        1/(1 + f**2)
    grad_f : scalar
        -2*e*f/(1 + f**2)**2
    """
    a, b, t, c, d, e, f = _floats(a=a, b=b, t=t, c=c, d=d, e=e, f=f)
    _check_shape("a", a, "()", ())
    _check_shape("b", b, "()", ())
    _check_shape("t", t, "()", ())
    _check_shape("c", c, "()", ())
    _check_shape("d", d, "()", ())
    _check_shape("e", e, "()", ())
    _check_shape("f", f, "()", ())
    t1 = np.exp(-(b * t))  # scalar
    t2 = a * t1  # scalar  a*exp(-(b*t))
    t3 = c * t + d  # scalar
    t4 = np.sin(t3)  # scalar  sin(c*t + d)
    t5 = t2 * t4  # scalar  a*exp(-(b*t))*sin(c*t + d)
    t6 = 1 + f**2  # scalar
    value = t5 + e / t6  # scalar  a*exp(-(b*t))*sin(c*t + d) + e/(1 + f**2)
    grad_a = t1 * t4  # scalar  exp(-(b*t))*sin(c*t + d)
    grad_b = -(t * t5)  # scalar  -(t*(a*exp(-(b*t))*sin(c*t + d)))
    grad_d = t2 * np.cos(t3)  # scalar  a*exp(-(b*t))*cos(c*t + d)
    grad_c = t * grad_d  # scalar  t*(a*exp(-(b*t))*cos(c*t + d))
    grad_e = 1 / t6  # scalar  1/(1 + f**2)
    grad_f = -2 * e * f / t6**2  # scalar  -2*e*f/(1 + f**2)**2
    return value, grad_a, grad_b, grad_c, grad_d, grad_e, grad_f


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
    _self_check(
        damped_oscillation,
        lambda rng: {"a": (), "b": (), "t": (), "c": (), "d": (), "e": (), "f": ()},
        ["a", "b", "c", "d", "e", "f"],
    )
