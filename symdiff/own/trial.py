"""Trials at declaration: a declared derivative is compared with the slope of the function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from symdiff.errors import ArgumentError
from symdiff.evaluate import evaluate
from symdiff.node import Node, intern, topological
from symdiff.ops.leaves import VARIABLE
from symdiff.own.body import Body, Procedure
from symdiff.own.partials import of_scalars
from symdiff.own.signature import Signature
from symdiff.rewrite.engine import replaced

Array: TypeAlias = "np.ndarray[Any, Any]"
Range: TypeAlias = "tuple[float, float]"

_POINTS = 24
_STEP = 1e-3
_AGREES = 1e-5


def check_range(signature: Signature, between: object) -> Range:
    """The interval in which a function is tried. Raises ArgumentError for what is none."""
    match between:
        case (int() | float() as low, int() | float() as high) if low < high:
            return float(low), float(high)
    raise ArgumentError(
        f"`between` of `{signature}` gives the two ends of an interval in which it can be tried, "
        f"not {between!r}"
    )


def points(signature: Signature, between: Range) -> list[Array]:
    """Random numbers for each parameter, the same for each declaration."""
    rng = np.random.default_rng(7)
    return [rng.uniform(*between, _POINTS) for _ in signature.parameters]


def check_partials(
    signature: Signature,
    bodies: Sequence[Body],
    function: Callable[..., Array],
    between: Range,
) -> None:
    """Refuse a declared derivative that is not the slope of the function.

    Those that are functions may call what is declared later: these are tried where they are first
    needed.
    """
    for k, body in enumerate(bodies):
        try:
            check_partial(signature, k, body, function, between)
        except (AttributeError, NameError):
            if not isinstance(body, Procedure):
                raise


def check_partial(
    signature: Signature, k: int, body: Body, function: Callable[..., Array], between: Range
) -> None:
    """Refuse the derivative by one parameter if it is not the slope of the function.

    Points where the slope is not clear tell nothing.
    """
    arguments = points(signature, between)
    with np.errstate(all="ignore"):
        slope, doubt = _slope(function, arguments, k)
        if not np.any(np.isfinite(slope)):
            low, high = between
            raise ArgumentError(
                f"`{signature}` has a finite slope by {signature.parameters[k]} nowhere between "
                f"{low:g} and {high:g}, so its derivative cannot be tried there; give `between` "
                "for another interval"
            )
        declared = _values(signature, body, function, arguments)
        _compare(signature, k, arguments, declared, slope, doubt)


def _slope(function: Callable[..., Array], arguments: list[Array], k: int) -> tuple[Array, Array]:
    """The slope by an argument, from differences of two steps, and how far these are apart."""
    step = _STEP * np.maximum(1, np.abs(arguments[k]))

    def moved(steps: float) -> Array:
        at = [x + steps * step if j == k else x for j, x in enumerate(arguments)]
        return np.asarray(function(*at), float)

    def of_fourth_order(scale: float) -> Array:
        near, far = moved(scale) - moved(-scale), moved(2 * scale) - moved(-2 * scale)
        return np.asarray((8 * near - far) / (12 * scale * step))

    fine, coarse = of_fourth_order(1.0), of_fourth_order(2.0)
    return fine, np.abs(fine - coarse)


def _values(
    signature: Signature, body: Body, function: Callable[..., Array], arguments: list[Array]
) -> Array:
    names = (signature.name, *signature.parameters)
    scalars = [intern(VARIABLE, (), (name, (), "float")) for name in names]
    value = of_scalars(signature, body, scalars)
    arrays = [_like(node) for node in scalars]
    (whole,) = replaced([value], dict(zip(scalars, arrays, strict=True)))
    given = dict(zip(arrays, [np.asarray(function(*arguments), float), *arguments], strict=True))
    needed = {v: given[v] for v in arrays if v in _leaves(whole)}
    return np.broadcast_to(np.asarray(evaluate(whole, needed), float), _POINTS)


def _like(node: Node) -> Node:
    return intern(VARIABLE, (), (node.attrs[0], (_POINTS,), "float"))


def _leaves(node: Node) -> set[Node]:
    return {each for each in topological([node]) if each.op is VARIABLE}


def _compare(
    signature: Signature,
    k: int,
    arguments: list[Array],
    declared: Array,
    slope: Array,
    doubt: Array,
) -> None:
    limit = _AGREES * np.maximum(1, np.abs(slope))
    clear = np.isfinite(slope) & (doubt <= limit)
    wrong = clear & ~(np.abs(declared - slope) <= limit + 10 * doubt)
    if np.any(wrong):
        at = int(np.argmax(wrong))
        where = ", ".join(
            f"{name} = {x[at]:.6g}" for name, x in zip(signature.parameters, arguments, strict=True)
        )
        raise ArgumentError(
            f"the derivative of `{signature}` by {signature.parameters[k]} is {slope[at]:.6g} at "
            f"{where}, but the one declared gives {declared[at]:.6g}"
        )
