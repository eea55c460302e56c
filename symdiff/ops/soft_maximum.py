"""The soft maximum and its family, without overflow.

Entries that are -inf have no share: softmax has 0 there, and the derivatives of `logsumexp` by the
others are as if they were not there. Of entries that are all -inf, `logsumexp` is -inf, but no
entry has a share: there softmax and all derivatives are NaN, as in JAX.
"""

from __future__ import annotations

from symdiff.errors import ArgumentError
from symdiff.intervals import NONNEGATIVE, Interval
from symdiff.node import Node, intern
from symdiff.ops.choices import logical_not
from symdiff.ops.declare import broadcast_shape
from symdiff.ops.elementwise import exp
from symdiff.ops.leaves import as_node, number_of
from symdiff.ops.logic import isfinite
from symdiff.ops.masks import masked
from symdiff.ops.reducing import (
    along,
    call_form,
    float_entries,
    kept_axes,
    reduction,
    restored,
    total,
)
from symdiff.ops.structure import broadcast_to, normalize_axes, unbroadcast
from symdiff.registry import UNDEFINED, Edge, Pullback, Sample, function

__all__ = ["log_softmax", "logsumexp", "softmax"]


def _softmax_rule(node: Node, k: int, g: Node) -> Node:
    return node * (g - total(g * node, node))


def _log_softmax_rule(node: Node, k: int, g: Node) -> Node:
    return g - softmax(node.args[0], node.attrs) * total(g, node)


def _logsumexp_rule(node: Node, k: int, g: Node) -> Node:
    x, *weights = node.args
    if not weights:
        return restored(g, node) * softmax(x, node.attrs)
    share = exp(x - restored(node, node))
    if k == 0:
        return restored(g, node) * (weights[0] * share)
    return unbroadcast(restored(g, node) * share, x.ndim, weights[0].shape)


SOFTMAX = reduction(
    "softmax",
    Pullback(_softmax_rule),
    float_entries,
    numpy=call_form("_softmax"),
    values=lambda node, arguments: Interval(0, 1, True),
    needs_entries=True,
    passes=5,  # maximum, subtract, exp, sum, divide
    samples=(
        Sample("softmax(x)", {"x": "n"}),
        Sample("softmax(X, axis=1) + softmax(X, axis=0)", {"X": "n m"}),
    ),
)
LOG_SOFTMAX = reduction(
    "log_softmax",
    Pullback(_log_softmax_rule),
    float_entries,
    numpy=call_form("_log_softmax"),
    values=lambda node, arguments: -NONNEGATIVE,
    needs_entries=True,
    passes=5,  # maximum, subtract, exp, sum, subtract
    samples=(
        Sample("log_softmax(x)", {"x": "n"}),
        Sample("log_softmax(X, axis=-1)", {"X": "n m"}),
    ),
)


def _is_not_positive(y: Node, x: Node, *weights: Node) -> Node | None:
    """Where weights leave no logarithm."""
    return logical_not(isfinite(y)) if weights else None


LOGSUMEXP = reduction(
    "logsumexp",
    Pullback(_logsumexp_rule),
    numpy=call_form("_logsumexp", "b"),
    second="b",
    needs_entries=True,
    passes=4,  # maximum, subtract, exp, sum
    edges=(Edge(_is_not_positive, UNDEFINED),),
    samples=(
        Sample("logsumexp(x)", {"x": "n"}),
        Sample("logsumexp(X, axis=1, keepdims=True)", {"X": "n m"}),
        Sample("logsumexp(X, axis=0, b=b)", {"X": "n m", "b": "m"}, 0.5, 2),
        Sample("logsumexp(x, b=array([2.0, 0.0, -0.1]))", {"x": "3"}, -1, 1),
    ),
)


@function
def softmax(x: object, axis: object = None) -> Node:
    """Return `exp(x)` divided by its sum over `axis`, without overflow.

    Raises ArgumentError for an axis that does not exist.

    >>> import symdiff as sd
    >>> sd.softmax(sd.matrix("X", "n", "d"), axis=1)
    <softmax(X, axis=1) : (n, d) float>
    """
    return along(SOFTMAX, x, axis)


@function
def log_softmax(x: object, axis: object = None) -> Node:
    """Return the logarithm of the softmax over `axis`, without overflow.

    Raises ArgumentError for an axis that does not exist.

    >>> import symdiff as sd
    >>> sd.log_softmax(sd.vector("x", "n"))
    <log_softmax(x) : (n,) float>
    """
    return along(LOG_SOFTMAX, x, axis)


@function
def logsumexp(x: object, axis: object = None, b: object = None, keepdims: bool = False) -> Node:
    """Return the logarithm of the sum of `exp(x)` over `axis`, without overflow.

    With weights `b`, the logarithm of the sum of `b*exp(x)`, which is NaN where that is negative;
    a boolean `b` says which entries take part. As in SciPy, `b` broadcasts with `x`.

    Raises ArgumentError for an axis that does not exist.

    >>> import symdiff as sd
    >>> sd.logsumexp(sd.matrix("X", "n", "d"), axis=1, b=sd.vector("b", "d"))
    <logsumexp(X, axis=1, b=b) : (n,) float>
    """
    x = as_node(x)
    if b is None:
        return kept_axes(along(LOGSUMEXP, x, axis), keepdims)
    weights = as_node(b)
    if isinstance(number_of(weights), bool):
        raise ArgumentError(
            f"the third argument of `logsumexp` is the weights `b`, not {weights}; "
            "write keepdims=True by name"
        )
    shape = broadcast_shape("logsumexp", (x, weights))
    x = broadcast_to(x, shape)
    axes = normalize_axes(x, axis)
    if weights.dtype == "bool":
        x = masked(1.0 * x if x.dtype != "float" else x, weights, float("-inf"))
        return kept_axes(intern(LOGSUMEXP, (x,), axes), keepdims)
    return kept_axes(intern(LOGSUMEXP, (x, weights), axes), keepdims)
