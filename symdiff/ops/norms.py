"""Norms of vectors and of matrices.

At 0, where a norm has a kink, its derivative is what `symdiff.conventions` says: by default 0, the
mean of the one-sided derivatives along any line.
"""

from __future__ import annotations

import math
from typing import Any

from symdiff.conventions import at_kink, raises_at_kinks
from symdiff.errors import ArgumentError, describe
from symdiff.node import Node
from symdiff.ops.contraction import sum, transpose
from symdiff.ops.elementwise import abs, equal, log, not_equal, off_kink, sign, where
from symdiff.ops.leaves import as_node, number_of
from symdiff.ops.masks import as_float
from symdiff.ops.reducing import (
    along,
    call_form,
    kept_axes,
    keyword,
    numpy_form,
    reduction,
    restored,
    subscript,
)
from symdiff.ops.reduction import max, min
from symdiff.ops.structure import expand_dims, normalize_axes
from symdiff.registry import FUNCTIONS, Pullback, Sample, function
from symdiff.template import Template

__all__ = ["norm"]


def _length(node: Node) -> Node:
    """A norm by which others are divided: 1 where it is 0."""
    return off_kink(node) if raises_at_kinks() else where(equal(node, 0), 1, node)


def _slope(node: Node, smooth: Node) -> Node:
    """The derivative by the entries: `smooth`, but at 0 what conventions say."""
    at_zero = at_kink(-1, 1)
    if raises_at_kinks() or at_zero == 0:
        return smooth
    return where(equal(restored(node, node), 0), at_zero, smooth)


# The Euclidean norm ---------------------------------------------------------------------------


def _norm_rule(node: Node, k: int, g: Node) -> Node:
    unit = node.args[0] / restored(_length(node), node)
    return restored(g, node) * _slope(node, unit)


def _norm_numpy(node: Node) -> Template:
    return Template(f"_norm({{0}}{keyword(node)})" if node.attrs else "np.abs({0})")


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
    passes=2,  # square, sum
    samples=(
        Sample("norm(x)", {"x": "n"}),
        Sample("norm(X, axis=1) + norm(X)", {"X": "n m"}),
        Sample("norm(K, axis=(0, 2), keepdims=True)", {"K": "2 n 3"}),
    ),
)


# Other orders ---------------------------------------------------------------------------------


def _p_norm_rule(node: Node, k: int, g: Node) -> Node:
    """In ratios to the norm, which neither overflow nor vanish."""
    x, order = node.args
    ratio = abs(x) / restored(_length(node), node)
    exponent = number_of(order)
    if k == 1:
        apart = where(equal(x, 0), 1.0, ratio)
        shares = where(equal(x, 0), 0.0, apart**order * log(apart))
        whole = tuple(range(g.ndim - node.ndim, g.ndim))
        return sum(g * node / order * sum(shares, node.attrs), whole)
    if exponent is None or exponent < 1:  # the power of 0 may be infinite
        ratio = where(equal(x, 0), 1.0, ratio)
    slope = sign(x) * ratio ** (order - 1 if exponent is None else exponent - 1)
    return restored(g, node) * _slope(node, slope)


def _p_norm_latex(node: Node) -> Template:
    axes = f",\\,{subscript(node)[3:-2]}" if subscript(node) else ""
    return Template(f"\\left\\|{{0}}\\right\\|_{{{{{{1}}{axes}}}}}")


P_NORM = reduction(
    "p_norm",
    Pullback(_p_norm_rule),
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
    svdvals = FUNCTIONS.get("svdvals")
    if svdvals is None:
        raise ArgumentError(
            f"the norm of order {order!r} needs singular values, which are not available; "
            "use 'fro', 1, -1, inf or -inf"
        )
    batch = tuple(axis for axis in range(x.ndim) if axis not in axes)
    values: Node = svdvals(transpose(x, (*batch, *axes)))
    if order == "nuc":
        return sum(values, -1)
    return max(values, -1) if order == 2 else min(values, -1)


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
    if ord is None:
        return kept_axes(along(NORM, x, axis), keepdims)
    x = as_float(x)
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
