"""Norms of vectors and of matrices.

At 0, where a norm has a kink, its derivative is what `symdiff.conventions` says: by default 0, the
mean of the one-sided derivatives along any line.
"""

from __future__ import annotations

import math
from typing import Any

from symdiff.conventions import at_kink, raises_at_kinks
from symdiff.errors import ArgumentError, describe
from symdiff.intervals import NONNEGATIVE
from symdiff.node import Node, intern
from symdiff.ops.choices import equal, not_equal, where
from symdiff.ops.contraction import sum, transpose
from symdiff.ops.elementwise import log
from symdiff.ops.kinks import abs, off_kink, sign
from symdiff.ops.leaves import as_node, number_of
from symdiff.ops.masks import as_float
from symdiff.ops.reducing import (
    along,
    call_form,
    float_entries,
    kept_axes,
    keyword,
    numpy_form,
    reduction,
    restored,
    subscript,
    total,
)
from symdiff.ops.reduction import max, min
from symdiff.ops.structure import expand_dims, normalize_axes, reshape, unbroadcast
from symdiff.registry import CONVENTION, FUNCTIONS, UNDEFINED, Edge, Pullback, Sample, function
from symdiff.template import Template

__all__ = ["norm", "normalized"]


def _length(norm_: Node) -> Node:
    """A norm by which others are divided: 1 where it is 0."""
    return off_kink(norm_) if raises_at_kinks() else where(equal(norm_, 0), 1, norm_)


def _slope(node: Node, smooth: Node) -> Node:
    """The derivative of a norm by the entries: `smooth`, but at 0 what conventions say."""
    at_zero = at_kink(-1, 1)
    if at_zero == 0:
        return smooth
    checked = off_kink(node) if raises_at_kinks() else node
    return where(equal(restored(checked, node), 0), at_zero, smooth)


# The Euclidean norm ---------------------------------------------------------------------------


def _norm_rule(node: Node, k: int, g: Node) -> Node:
    x = node.args[0]
    if raises_at_kinks():
        return restored(g, node) * (FUNCTIONS["conj"](x) / restored(off_kink(node), node))
    if x.dtype == "complex":
        return restored(g, node) * _slope(
            node, FUNCTIONS["conj"](x) / restored(_length(node), node)
        )
    return restored(g, node) * _slope(node, intern(NORMALIZED, node.args, node.attrs))


def _norm_numpy(node: Node) -> Template:
    if not node.attrs:
        return Template("np.abs({0})")
    entries = "np.abs({0})" if node.args[0].dtype == "complex" else "{0}"
    return Template(f"_norm({entries}{keyword(node)})")


def _norm_pretty(node: Node) -> Template:
    return call_form("norm")(node) if keyword(node) else Template("‖{0}‖")


def _norm_latex(node: Node) -> Template:
    return Template(f"\\left\\|{{0}}\\right\\|{subscript(node)}")


NORM = reduction(
    "norm",
    Pullback(_norm_rule),
    numpy=_norm_numpy,
    pretty=_norm_pretty,
    latex=_norm_latex,
    complex=True,
    passes=2,  # square, sum
    values=lambda node, arguments: NONNEGATIVE,
    edges=(Edge(lambda y, x: equal(y, 0), CONVENTION),),
    samples=(
        Sample("norm(x)", {"x": "n"}),
        Sample("norm(X, axis=1) + norm(X)", {"X": "n m"}),
        Sample("norm(K, axis=(0, 2), keepdims=True)", {"K": "2 n 3"}),
        Sample("norm(X, ord='fro') * norm(X, 1) + norm(X, -inf, axis=0)", {"X": "n m"}),
        Sample("norm(X, inf, axis=(0, 1)) * norm(X, 1, axis=1, keepdims=True)", {"X": "n m"}),
    ),
)


# Other orders ---------------------------------------------------------------------------------


def _steepness(unit: Node, order: Node) -> Node:
    """The derivative of a norm by entries whose norm is 1; 0 by an entry that is 0."""
    exponent = number_of(order)
    ratio = abs(unit)
    if exponent is None or exponent < 1:  # the power of 0 may be infinite
        ratio = where(equal(unit, 0), 1.0, ratio)
    return sign(unit) * ratio ** (order - 1 if exponent is None else exponent - 1)


def _growth(unit: Node, order: Node) -> Node:
    """The derivative of the logarithm of a norm by its order: mean logarithm of the shares."""
    ratio = where(equal(unit, 0), 1.0, abs(unit))
    shares = where(equal(unit, 0), 0.0, ratio**order * log(ratio))
    return sum(shares, unit.attrs, keepdims=True) / order


def _for_order(node: Node, received: Node) -> Node:
    """What the order receives: one for all, or one for each case of a batch."""
    order = node.args[1]
    if not order.ndim:
        return sum(received, tuple(range(received.ndim - node.ndim, received.ndim)))
    whole = received if node.op is NORMALIZED else restored(received, node)
    return unbroadcast(whole, order.ndim, order.shape)


def _p_norm_rule(node: Node, k: int, g: Node) -> Node:
    unit = intern(NORMALIZED, node.args, node.attrs)
    if k == 1:
        growth = g * node * reshape(_growth(unit, node.args[1]), node.shape)
        return _for_order(node, growth)
    return restored(g, node) * _slope(node, _steepness(unit, node.args[1]))


def _normalized_rule(node: Node, k: int, g: Node) -> Node:
    """In the result itself, which neither overflows nor vanishes."""
    x, *orders = node.args
    if k == 1:
        return _for_order(node, -(g * node) * _growth(node, orders[0]))
    if orders:
        length = _vector_norm(x, orders[0], node.attrs, keepdims=False)
        slope = _steepness(node, orders[0])
    else:
        length, slope = intern(NORM, (x,), node.attrs), node
    return (g - total(g * node, node) * slope) / expand_dims(_length(length), node.attrs)


def _p_norm_latex(node: Node) -> Template:
    axes = f",\\,{subscript(node)[3:-2]}" if subscript(node) else ""
    return Template(f"\\left\\|{{0}}\\right\\|_{{{{{{1}}{axes}}}}}")


def _has_no_order(y: Node, x: Node, *orders: Node) -> Node | None:
    """The order 0, where the order is not a number."""
    return equal(orders[0], 0) if orders and number_of(orders[0]) is None else None


P_NORM = reduction(
    "p_norm",
    Pullback(_p_norm_rule),
    values=lambda node, arguments: NONNEGATIVE,
    edges=(Edge(lambda y, x, order: equal(y, 0), CONVENTION), Edge(_has_no_order, UNDEFINED)),
    numpy=numpy_form("_p_norm", "ord"),
    text=call_form("norm", "ord"),
    latex=_p_norm_latex,
    second="ord",
    passes=3,  # absolute value, power, sum
    samples=(
        Sample("norm(x, ord=3)", {"x": "n"}),
        Sample("norm(X, ord=2.5, axis=1, keepdims=True)", {"X": "n m"}),
        Sample("norm(x, ord=-1.5) + norm(x, ord=0.5)", {"x": "n"}, 0.5, 2),
        Sample("norm(x, ord=p)", {"x": "n", "p": ""}, 1.5, 3),
    ),
)
NORMALIZED = reduction(
    "normalized",
    Pullback(_normalized_rule),
    float_entries,
    numpy=numpy_form("_normalized", "ord"),
    second="ord",
    passes=4,  # those of the norm, and a division
    edges=(
        Edge(lambda y, x, *orders: equal(sum(abs(y), y.attrs), 0), CONVENTION),
        Edge(_has_no_order, UNDEFINED),
    ),
    samples=(
        Sample("normalized(x, ord=3)", {"x": "n"}, 0.5, 2),
        Sample("normalized(X, axis=0) ** 2", {"X": "n m"}, 0.5, 2),
        Sample("normalized(x, ord=p)", {"x": "n", "p": ""}, 1.5, 3),
    ),
)


@function
def normalized(x: object, ord: object = 2, axis: object = None) -> Node:
    """Return vectors divided by their norms of an order, also those of large and small entries.

    They lie along `axis`; with several axes, or None for all, the norm is the Euclidean one. A
    vector of zeros stays as it is. Derivatives of norms are made of this.

    Raises ArgumentError for an axis that does not exist, for an order that is 0 or infinite, and
    for one other than 2 over several axes.

    >>> import symdiff as sd
    >>> sd.evaluate(sd.normalized(sd.vector("x", 2)), x=[3e200, 4e200])
    array([0.6, 0.8])
    """
    order = as_node(ord)
    if order.ndim or number_of(order) in (0, math.inf, -math.inf):
        raise ArgumentError(f"`normalized` takes an order that is finite and not 0, not {order}")
    x = as_float(as_node(x))
    if number_of(order) == 2:
        return along(NORMALIZED, x, axis)
    result = along(NORMALIZED, x, axis, order)
    if len(result.attrs) != 1:
        raise ArgumentError(
            f"`normalized` of order {order} works along one axis of {describe(x)}, "
            f"not {result.attrs}"
        )
    return result


def _vector_norm(x: Node, order: Node, axis: object, keepdims: bool) -> Node:
    exponent = number_of(order)
    if exponent == 2:
        return kept_axes(along(NORM, x, axis), keepdims)
    if exponent == 1:
        return sum(abs(x), axis, keepdims)
    if exponent == 0:
        return 1.0 * sum(not_equal(x, 0), axis, keepdims)
    if exponent in (math.inf, -math.inf):
        return (max if exponent > 0 else min)(abs(x), axis, keepdims)
    return kept_axes(along(P_NORM, x, axis, order), keepdims)


# Matrices -------------------------------------------------------------------------------------


def _matrix_norm(x: Node, ord: object, axes: tuple[int, int], keepdims: bool) -> Node:
    """A norm of the matrices that lie in two axes, the rows along the first."""
    order = number_of(as_node(ord)) if not isinstance(ord, str) else ord
    rows, columns = axes
    if order == "fro":
        return kept_axes(along(NORM, x, axes), keepdims)
    if order in (2, -2, "nuc"):
        result = _of_singular_values(x, order, axes)
    elif order in (1, -1, math.inf, -math.inf):
        summed, compared = (rows, columns) if order in (1, -1) else (columns, rows)
        pick = max if order in (1, math.inf) else min
        result = pick(sum(abs(x), summed), compared - (summed < compared))
    else:
        raise ArgumentError(
            f"`norm` of matrices knows the orders 'fro', 'nuc', 1, -1, 2, -2, inf and -inf, "
            f"not {ord!r}; give one axis for the norms of vectors in {describe(x)}"
        )
    return expand_dims(result, tuple(sorted(axes))) if keepdims else result


def _of_singular_values(x: Node, order: object, axes: tuple[int, int]) -> Node:
    from symdiff.ops.least_squares import norm_by_singular_values

    batch = tuple(axis for axis in range(x.ndim) if axis not in axes)
    return norm_by_singular_values(transpose(x, (*batch, *axes)), order)


@function
def norm(x: object, ord: Any = None, axis: object = None, keepdims: bool = False) -> Node:
    """Return NumPy's norm over `axis`: without `ord` the Euclidean (Frobenius) norm.

    Over one axis, or of a vector, `ord` is any number, an expression, or inf: the sum of `|x|**ord`
    to the power `1/ord`; 0 counts the entries that are not 0. Over two axes, or of a matrix, it is
    'fro', 'nuc', 1, -1, 2, -2, inf or -inf. Neither large nor small entries overflow.

    At 0 the derivative is 0. Where an entry is 0 and `ord < 1`, the derivative by it is 0.

    Raises ArgumentError for an order that fits neither, and for more than two axes with an order.

    >>> import symdiff as sd
    >>> X = sd.matrix("X", "n", "d")
    >>> print(sd.norm(X), sd.norm(X, axis=1), sd.norm(X, 1), sd.norm(X[0], 3), sep=" | ")
    ‖X‖ | norm(X, axis=1) | max(sum(|X|, axis=0)) | norm(X[0], ord=3)
    """
    x = as_node(x)
    if ord is not None or not x.ndim:
        x = as_float(x)
    if ord is None:
        return kept_axes(along(NORM, x, axis), keepdims)
    axes = normalize_axes(x, axis, ordered=False)
    if len(axes) == 2:
        return _matrix_norm(x, ord, (axes[0], axes[1]), keepdims)
    if len(axes) != 1:
        raise ArgumentError(
            f"`norm` with an order is over one axis or two, not {len(axes)}: give axis= for "
            f"{describe(x)}"
        )
    if isinstance(ord, str) or (order := as_node(ord)).ndim:
        raise ArgumentError(
            f"the order of a norm of vectors is a number, not {ord!r}; "
            "for a norm of matrices give two axes"
        )
    return _vector_norm(x, order, axes, keepdims)
