"""A Hypothesis strategy for well-shaped formulas that are finite, and smooth almost everywhere.

Leaves have entries in [0.5, 1.5]. Functions that need a range are applied to arguments that cannot
leave it. Functions that jump (`sign`, comparisons) look at leaves alone, so that rounding cannot
tip them; the others may meet any expression.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

import symdiff as sd
from symdiff.errors import ShapeError

LEAVES = {
    "s": "",
    "t": "",
    "x": "n",
    "y": "n",
    "w": "m",
    "A": "n m",
    "B": "m n",
    "C": "n n",
    "D": "n 1",
    "K": "2 n m",
}
VARIABLES = [sd.tensor(name, *shape.split()) for name, shape in LEAVES.items()]

Pick = Callable[[Sequence[Any]], Any]
Maker = Callable[[Pick, sd.Node, Sequence[sd.Node]], sd.Node | None]


def point(sizes: dict[str, int], seed: int, dtype: type = np.float64) -> dict[str, Any]:
    """Values for the leaves."""
    rng = np.random.default_rng(seed)
    return {
        name: np.asarray(rng.uniform(0.5, 1.5, [sizes.get(s) or int(s) for s in shape.split()]))
        .astype(np.float64)
        .astype(dtype)
        for name, shape in LEAVES.items()
    }


# What a graph is made of --------------------------------------------------------------------------

SMOOTH: list[Callable[[Any], sd.Node]] = [
    sd.sin, sd.cos, sd.tanh, sd.sigmoid, sd.softplus, sd.arctan, sd.negative, sd.square,
    sd.log_softmax, sd.softmax, sd.logsumexp, sd.sum, sd.mean, sd.transpose, sd.stop_gradient,
    lambda a: sd.exp(sd.tanh(a)),
    lambda a: sd.expm1(sd.sin(a)),
    lambda a: sd.sinh(sd.tanh(a)),
    lambda a: sd.cosh(sd.tanh(a)),
    lambda a: sd.tan(sd.tanh(a)),
    lambda a: sd.log(2 + sd.tanh(a)),
    lambda a: sd.log1p(a**2),
    lambda a: sd.sqrt(1 + a**2),
    lambda a: sd.arcsin(sd.tanh(a) / 2),
    lambda a: sd.arccos(sd.sin(a) / 2),
    lambda a: sd.norm(3 + sd.sin(a)),
    lambda a: 1 / (2 + sd.cos(a)),
    lambda a: a**3,
    lambda a: (2 + sd.tanh(a)) ** -1.5,
    lambda a: 2**sd.tanh(a),
    lambda a: 2 * a,
    lambda a: a - 0.5,
    lambda a: 1 - a,
    lambda a: a / 4,
    lambda a: a * 1.0,
    lambda a: a + 0,
]  # fmt: skip
KINKED: list[Callable[[Any], sd.Node]] = [
    lambda a: sd.relu(a - 1),
    lambda a: sd.abs(a - 1),
    lambda a: sd.maximum(a, 1.0),
    lambda a: sd.minimum(a, 0.9),
    lambda a: sd.clip(a, 0.8, 1.2),
    sd.max,
    sd.min,
]
BINARY: list[Callable[[Any, Any], sd.Node]] = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / (2 + sd.sin(b)),
    lambda a, b: (2 + sd.tanh(a)) ** sd.sin(b),
    lambda a, b: a + b - a,
    lambda a, b: a * b + a * a,
    sd.maximum,
    sd.matmul,
    sd.dot,
    sd.vdot,
    sd.outer,
    lambda a, b: sd.matmul(a.T, b),
    lambda a, b: sd.matmul(a, b.T),
    lambda a, b: sd.einsum("ij,ij->j", a, b),
    lambda a, b: sd.einsum("i,jk->jki", a, b),
    lambda a, b: sd.einsum("...i,i", a, b),
]
LEAF_ONLY: list[Callable[[Any], sd.Node]] = [
    sd.log,
    sd.sqrt,
    sd.exp,
    lambda a: 1 / a,
    lambda a: a**-2,
    lambda a: a**0.5,
    lambda a: a**a,
    lambda a: sd.log(sd.exp(a)),
    lambda a: sd.exp(sd.log(a)),
    lambda a: sd.sign(a - 1) * a,
    lambda a: sd.heaviside(a - 1, 0.5),
    lambda a: sd.stop_gradient(sd.floor(3 * a)),
    lambda a: sd.where(a > 1, a, 2 * a**2),
    lambda a: sd.where(sd.logical_not(sd.less_equal(a, 1)), 1, 0),
    sd.norm,
    sd.prod,
    lambda a: a / a,
    lambda a: sd.size("n") * a / sd.size("m"),
]


def _apply(function: Callable[..., sd.Node], *args: sd.Node) -> sd.Node | None:
    try:
        return function(*args)
    except (ShapeError, sd.ArgumentError):
        return None


def _binary(pick: Pick, a: sd.Node, pool: Sequence[sd.Node]) -> sd.Node | None:
    return _apply(pick(BINARY), a, pick(pool))


def _chosen(pick: Pick, a: sd.Node, pool: Sequence[sd.Node]) -> sd.Node | None:
    condition = _apply(sd.less, pick(VARIABLES), pick([0.8, 1.0, 1.2, *VARIABLES]))
    return None if condition is None else _apply(sd.where, condition, a, pick(pool))


def _reduced(pick: Pick, a: sd.Node, pool: Sequence[sd.Node]) -> sd.Node | None:
    if not a.ndim:
        return None
    reduce = pick([sd.sum, sd.mean, sd.max, sd.min, sd.logsumexp])
    axis = pick([None, -1, 0, *range(a.ndim)])
    result: sd.Node = reduce(a, axis, keepdims=pick([False, True]))
    return result


def _along(pick: Pick, a: sd.Node, pool: Sequence[sd.Node]) -> sd.Node | None:
    if not a.ndim:
        return None
    return pick([sd.softmax, sd.log_softmax])(a, pick(range(a.ndim)))


def _indexed(pick: Pick, a: sd.Node, pool: Sequence[sd.Node]) -> sd.Node | None:
    if not a.ndim or any(str(size) not in ("n", "m") for size in a.shape):
        return None  # a part of a part could be empty
    everything = slice(None)
    index = [pick([0, -1, everything, slice(1, None), slice(None, None, -1)]) for _ in a.shape]
    return a[(*index[: pick(range(a.ndim)) + 1], *pick([(), (None,)]))]


def _moved(pick: Pick, a: sd.Node, pool: Sequence[sd.Node]) -> sd.Node | None:
    if a.ndim == 0:
        return sd.broadcast_to(a, pick(["n", ("m", "n")]))
    return pick(
        [
            lambda: sd.expand_dims(a, pick(range(a.ndim + 1))),
            lambda: sd.reshape(a, -1),
            lambda: sd.transpose(a, (*range(1, a.ndim), 0)),
            lambda: sd.broadcast_to(a, (2, *a.shape)),
            lambda: _apply(sd.diag, a),
            lambda: _apply(sd.trace, a),
        ]
    )()


MAKERS: list[Maker] = [
    lambda pick, a, pool: _apply(pick(SMOOTH), a),
    lambda pick, a, pool: _apply(pick(KINKED), a),
    lambda pick, a, pool: _apply(pick(LEAF_ONLY), pick(VARIABLES)),
    _binary,
    _binary,
    _chosen,
    _reduced,
    _along,
    _indexed,
    _moved,
]


@st.composite
def expressions(draw: st.DrawFn, most: int = 10) -> sd.Node:
    """An expression of any shape, in which some parts are shared."""

    def pick(options: Sequence[Any]) -> Any:
        return draw(st.sampled_from(options))

    pool: list[sd.Node] = list(VARIABLES)
    made = VARIABLES[2]
    for _ in range(draw(st.integers(1, most))):
        recent = pool[len(VARIABLES) :][-3:]
        result = pick(MAKERS)(pick, pick([*recent, *VARIABLES]), [*recent, *VARIABLES])
        if result is not None and result.ndim <= 4 and result.dtype == "float":
            made = result
            pool.append(result)
    return made


@st.composite
def targets(draw: st.DrawFn, most: int = 10) -> sd.Node:
    """A scalar expression that depends on at least one leaf."""
    expression = draw(expressions(most))
    return sd.sum(sd.sin(expression) if draw(st.booleans()) else expression)
