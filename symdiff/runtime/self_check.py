"""The self-test of emitted files: `python energy.py --check`.

Every helper stands before what it needs, as it is read.
"""

import numpy as np

__all__ = ["_blocks_errors", "_compared", "_gradient_errors", "_random_inputs", "_self_check"]


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
