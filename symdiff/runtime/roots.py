"""Roots of equations, minima and fixed points, found by iteration."""

import numpy as np

__all__ = [
    "_damped",
    "_descent",
    "_in_a_row",
    "_iterated",
    "_lengths",
    "_lower",
    "_minimum",
    "_not_found",
    "_root",
]


def _in_a_row(*arrays):
    """Return all entries of arrays, those of one after those of another."""
    return np.concatenate([np.ravel(each) for each in arrays])


def _lengths(values, axes):
    """Return the largest modulus along some axes, which stay; along none, that of each entry."""
    return np.max(np.abs(values), axis=axes, keepdims=True) if axes else np.abs(values)


def _not_found(name, open_, lengths, why):
    """Return the error for systems of which some are still open."""
    of = f" in {np.sum(open_)} of {np.size(open_)} systems" if np.size(open_) > 1 else ""
    left = np.max(np.where(open_, lengths, 0))
    return ValueError(
        f"no `{name}` is found{of}: {why}, where the residual is {left:.3g}; try another start"
    )


def _damped(residual, x, value, d, r, open_, tiny, axes):
    """Return x - t*d, its residual and t: the first of 1, 1/2, 1/4, … that makes lengths `r` less.

    Each system has its own t. It is 0, and the system stays at x and `value`, where it is not open,
    where no t serves, and where d is tiny and 1 does not.
    """
    t = np.where(open_, np.ones((), r.dtype), np.zeros((), r.dtype))
    for _ in range(100):
        near = x - t * d
        after = residual(near)
        worse = (t > 0) & ~(_lengths(after, axes) < (1 - t / 1000) * r)
        t = np.where(worse & tiny, 0, t)
        worse = worse & ~tiny
        if not np.any(worse):
            break
        t = np.where(worse, t / 2, t)
    t = np.where(worse, 0, t)
    return np.where(t > 0, near, x), np.where(t > 0, after, value), t


def _root(name, residual, correction, start, arguments, axes, dtype):
    """Return the x near `start` at which residual(x, *arguments) is 0, to the last digits.

    Newton's method: correction(x, r, *arguments) solves with the Jacobian at x. Entries that
    differ along `axes` are one system; each system is damped, and converges, by itself.
    """
    x, eps = np.array(start, dtype), np.finfo(dtype).eps
    if not x.size:
        return x
    with np.errstate(all="ignore"):
        value = residual(x, *arguments)
        r = _lengths(value, axes)
        if not np.all(np.isfinite(r)):
            raise ValueError(f"the equation for `{name}` is not finite at its start; try another")
        open_ = r > 0
        for step in range(1, 101):
            if not np.any(open_):
                return x[()]
            try:
                d = correction(x, value, *arguments)
            except np.linalg.LinAlgError:
                d = np.full_like(x, np.nan)
            change, size = _lengths(d, axes), _lengths(x, axes)
            if not np.all(np.isfinite(change) | ~open_):
                why = f"the Jacobian is singular at step {step} of Newton's method"
                raise _not_found(name, open_ & ~np.isfinite(change), r, why)
            x, value, t = _damped(
                lambda at: residual(at, *arguments),
                *(x, value, d, r, open_, change <= np.sqrt(eps) * size, axes),
            )
            stuck = open_ & (t == 0) & (change > np.sqrt(eps) * np.maximum(size, 1))
            r = _lengths(value, axes)
            if np.any(stuck):
                why = f"step {step} of Newton's method makes nothing better"
                raise _not_found(name, stuck, r, why)
            open_ = open_ & (t > 0) & (r > 0) & (change > 2 * eps * size)
        if np.any(open_):
            raise _not_found(name, open_, r, "100 steps of Newton's method are not enough")
    return x[()]


def _iterated(name, function, start, arguments, dtype):
    """Return the x that function(x, *arguments) leaves as it is, by applying it again and again."""
    x, eps = np.array(start, dtype), np.finfo(dtype).eps
    if not x.size:
        return x
    last = np.inf
    with np.errstate(all="ignore"):
        for _ in range(10_000):
            after = function(x, *arguments)
            change, size = np.max(np.abs(after - x)), np.max(np.abs(after))
            x = after
            if not np.isfinite(change):
                break
            if change <= eps * size or (last <= change <= np.sqrt(eps) * size):
                return x[()]
            last = change
    raise ValueError(
        f"no fixed point `{name}` is found: the last of its iterations changes it by "
        f"{change:.3g}; try another start, or method='newton'"
    )


def _descent(g, h):
    """Return the step along which g falls: h⁻¹ g for each positive definite h, else with |h|."""
    try:
        np.linalg.cholesky(h)
        return np.linalg.solve(h, g[..., None])[..., 0]
    except np.linalg.LinAlgError:
        w, v = np.linalg.eigh(h)
    w = np.abs(w)
    w = np.maximum(w, 1e-4 * np.max(w, axis=-1, keepdims=True))
    along = np.swapaxes(v, -1, -2) @ g[..., None]
    return (v @ (along / np.where(w > 0, w, 1)[..., None]))[..., 0]


def _lower(objective, derivatives, x, d, f, g, tiny):
    """Return x - t*d with objective and derivatives there, for the first t that serves, or None.

    It serves if the objective falls as its slope lets expect, or else does not rise, to rounding,
    while the gradient does fall. A step that is tiny is taken as a whole, or not at all.
    """
    slope, steepest = np.sum(g * np.reshape(d, g.shape)), np.max(np.abs(g))
    for halvings in range(1 if tiny else 50):
        t = x.dtype.type(0.5**halvings)
        near = x - t * d
        least = objective(near)
        falls = not tiny and least <= f - t * slope / 10_000
        if falls or least <= f + 10 * np.finfo(x.dtype).eps * np.abs(f):
            g, h = derivatives(near)
            if np.all(np.isfinite(h)) and (falls or np.max(np.abs(g)) < steepest):
                return near, least, g, h
    return None


def _minimum(name, objective, derivatives, start, arguments, dtype):
    """Return the x near `start` at which objective(x, *arguments) is least, to the last digits.

    Newton's method: derivatives(x, *arguments) are the gradient and the Hessian, as stacks of
    vectors and matrices. The Hessian must be positive definite there.
    """
    x, eps = np.array(start, dtype), np.finfo(dtype).eps
    if not x.size:
        return x
    functions = lambda at: objective(at, *arguments), lambda at: derivatives(at, *arguments)
    with np.errstate(all="ignore"):
        f, (g, h) = functions[0](x), functions[1](x)
        if not all(np.all(np.isfinite(each)) for each in (f, g, h)):
            raise ValueError(f"what `{name}` minimizes is not finite at its start; try another")
        for steps in range(200):
            if not np.any(g):
                break
            d = np.reshape(_descent(g, h), x.shape)
            change, size = np.max(np.abs(d)), np.max(np.abs(x))
            found = _lower(*functions, x, d, f, g, change <= np.sqrt(eps) * size)
            if found is not None:
                x, f, g, h = found
            if change <= (2 * eps * size if found is not None else np.sqrt(eps) * max(size, 1)):
                break
            if found is None or steps == 199:
                raise ValueError(
                    f"no minimum `{name}` is found: after {steps + 1} steps of Newton's method "
                    f"the gradient is still {np.max(np.abs(g)):.3g}, where the largest entry is "
                    f"{np.max(np.abs(x)):.3g}; try another start"
                )
    w = np.linalg.eigvalsh(h)
    if np.any(w[..., 0] <= w.shape[-1] * eps * np.max(np.abs(w), axis=-1)):
        raise ValueError(
            f"the point that is found for `{name}` is not proven to be a minimum: the least "
            f"eigenvalue of the Hessian there is {np.min(w):.3g}; try another start"
        )
    return x[()]
