"""Checks of derivatives as autograd's users write them, over symdiff's door for NumPy functions.

`check_grads(f, order=2)(*args)` runs `f` on variables of the shapes of its arguments and compares:
the value with that of `f` on the numbers themselves; every derivative, in both modes and up to the
order, with differences of the emitted function's own values, along random directions.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import symdiff as sd
from symdiff.frontends.pytrees import mapped
from symdiff.ops.leaves import as_node

Array = Any
Function = Callable[..., Any]

STEP = 1e-5
TOLERANCE = 2e-6


def expression_of(f: Function, args: Sequence[Array]) -> tuple[sd.Node, dict[str, Array]]:
    """What `f` builds of variables like its arguments, weighed to a real scalar; their values."""
    values = {f"x{place}": np.asarray(arg) for place, arg in enumerate(args)}
    variables = {name: sd.tensor(name, *v.shape, dtype=kind(v)) for name, v in values.items()}

    def positional(**given: sd.Node) -> Any:
        return f(*given.values())

    built = sd.from_function(positional, **variables)
    parts: list[sd.Node] = []
    mapped(lambda _, node: parts.append(node), built, "result")
    expected: list[Array] = []
    mapped(lambda _, part: expected.append(part), f(*values.values()), "result")
    found = sd.evaluate(parts, {v: values[name] for name, v in variables.items()})
    assert len(found) == len(expected)
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-11)
    return weighed(parts), values


def kind(array: Array) -> str:
    """The kind of an array's numbers."""
    return {"f": "float", "i": "int", "b": "bool", "c": "complex"}[array.dtype.kind]


def weighed(parts: Sequence[sd.Node]) -> sd.Node:
    """The sum of the entries of expressions, each with a weight of its own; of both parts, if
    complex.
    """
    rng = np.random.default_rng(len(parts))
    total = sd.constant(0.0)
    for part in parts:
        halves = [part.real, part.imag] if part.dtype == "complex" else [part]
        for half in halves:
            if half.dtype == "float":
                total = total + sd.sum(half * rng.uniform(0.5, 1.5, half.shape))
    return total


def check_grads(f: Function, order: int = 2) -> Callable[..., None]:
    """Return what checks the derivatives of `f` at its arguments, as autograd's function does."""

    def check(*args: Array) -> None:
        target, values = expression_of(f, args)
        if zlib.crc32(str(target).encode()) % 4 == 0:  # one in four, as each is compiled
            check_decorated(f, args, target, values)
        rng = np.random.default_rng(zlib.crc32(str(target).encode()))
        for _ in range(order):
            wrt = [v for v in sd.inputs(target) if v.dtype == "float"]
            if not wrt:
                return
            target = check_once(target, values, {v: rng.normal(size=v.shape) for v in wrt})

    return check


def check_decorated(
    f: Function, args: Sequence[Array], target: sd.Node, values: dict[str, Array]
) -> None:
    """Compare the decorated function and its gradient with the expression and its gradients."""
    given = [np.asarray(arg) for arg in args]
    places = tuple(i for i, arg in enumerate(given) if arg.dtype.kind == "f")
    wrt = [v for v in sd.inputs(target) if v.dtype == "float"]
    if not places or not wrt:
        return

    def number(*arguments: Any) -> Any:
        parts: list[sd.Node] = []
        mapped(lambda _, node: parts.append(as_node(node)), f(*arguments), "result")
        return weighed(parts)

    value, slopes = sd.value_and_grad(number, argnums=places)(*given)
    found = dict(zip((f"x{place}" for place in places), slopes, strict=True))
    expected = sd.evaluate([target, *sd.grad(target, wrt)], **needed([target], values))
    np.testing.assert_allclose(value, expected[0], rtol=1e-9, atol=1e-11)
    for v, slope in zip(wrt, expected[1:], strict=True):
        np.testing.assert_allclose(found[str(v)], slope, rtol=1e-8, atol=1e-9)


def check_once(target: sd.Node, values: dict[str, Array], along: dict[sd.Node, Array]) -> sd.Node:
    """Compare one derivative along a direction, in both modes; return it for the next order."""
    wrt, directions = list(along), list(along.values())
    gradients = sd.grad(target, wrt)
    backward = sd.constant(0.0)
    for gradient, direction in zip(gradients, directions, strict=True):
        backward = backward + sd.sum(gradient * direction)
    forward = sd.jvp(target, wrt, directions)
    names = {str(v): direction for v, direction in along.items()}

    def at(step: float) -> float:
        moved = {name: v + step * names.get(name, 0 * v) for name, v in values.items()}
        return float(sd.evaluate(target, **needed([target], moved)))

    near, far = at(STEP) - at(-STEP), at(2 * STEP) - at(-2 * STEP)
    measured = (8 * near - far) / (12 * STEP)
    derived = sd.evaluate([backward, forward], **needed([backward, forward], values))
    np.testing.assert_allclose(derived, measured, rtol=TOLERANCE, atol=TOLERANCE)
    return backward


def needed(expressions: list[sd.Node], values: dict[str, Array]) -> dict[str, Array]:
    """The values of those variables that expressions have."""
    return {str(v): values[str(v)] for v in sd.inputs(expressions)}
