"""Extrema and products of entries.

At kinks, derivatives are what `symdiff.conventions` says: by default entries that tie for an
extremum share its derivative equally, an `initial` value among them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from symdiff.conventions import at_kink, raises_at_kinks, shares_ties
from symdiff.dims import product
from symdiff.errors import ArgumentError
from symdiff.intervals import ANYTHING, NONNEGATIVE, POSITIVE, Interval, hull
from symdiff.node import Node, intern
from symdiff.ops.batching import composed, unless_mapped
from symdiff.ops.choices import equal, greater
from symdiff.ops.choices import where as choose
from symdiff.ops.contraction import sum, transpose
from symdiff.ops.joining import concatenate
from symdiff.ops.kinks import off_kink
from symdiff.ops.leaves import as_node, eye
from symdiff.ops.masks import initial_of, mask_of, masked, refuse_dtype
from symdiff.ops.reducing import (
    along,
    counting_kind,
    float_entries,
    kept_axes,
    over_next_axes,
    reduction,
    restored,
    same_kind,
)
from symdiff.ops.steps import stop_gradient
from symdiff.ops.structure import broadcast_to, expand_dims, reshape
from symdiff.registry import (
    CONVENTION,
    FUNCTIONS,
    Edge,
    Fold,
    Op,
    Pullback,
    Sample,
    composite,
    function,
)
from symdiff.template import Template

__all__ = [
    "amax",
    "amin",
    "max",
    "min",
    "prod",
    "product_of_others",
    "ptp",
]


# Extrema ----------------------------------------------------------------------------------------


def _extremum_rule(left: float, right: float) -> Pullback:
    """The rule of an extremum; an entry that ties has these one-sided derivatives."""

    def rule(node: Node, k: int, g: Node) -> Node:
        x, *initial = node.args
        chosen = equal(x, restored(node, node))
        count = sum(chosen, node.attrs)
        for value in initial:
            count = count + choose(equal(value, node), 1, 0)
        count = stop_gradient(count)
        if shares_ties():
            share = g / count
        elif raises_at_kinks():
            share = g * off_kink(choose(equal(count, 1), 1.0, 0.0))
        else:
            share = g * choose(equal(count, 1), 1.0, at_kink(left, right))
        if k == 0:
            return choose(chosen, restored(share, node), 0.0)
        lead = g.ndim - node.ndim
        return sum(choose(equal(initial[0], node), share, 0.0), tuple(range(lead, g.ndim)))

    return Pullback(rule)


def _with_initial_entry(node: Node) -> Node:
    """An extremum whose initial value is one entry more."""
    (x, initial), axes = node.args, node.attrs
    rest = [axis for axis in range(x.ndim) if axis not in axes]
    lines = reshape(transpose(x, (*rest, *axes)), (*node.shape, product(x.shape[a] for a in axes)))
    more = broadcast_to(initial, (*node.shape, 1))
    return intern(node.op, (concatenate((lines, more), -1),), (node.ndim,))


def _extremum(name: str, left: float, right: float, fold: Fold, samples: tuple[Sample, ...]) -> Op:
    return reduction(
        name,
        _extremum_rule(left, right),
        same_kind,
        second="initial",
        needs_entries=True,
        fold=fold,
        batch=unless_mapped([1], composed(_with_initial_entry), over_next_axes),
        samples=samples,
        values=lambda node, arguments: hull([*arguments]),
        edges=(Edge(_tie, CONVENTION),),
    )


def _tie(y: Node, x: Node, *initial: Node) -> Node:
    """Where more than one entry is the extremum."""
    return greater(sum(equal(x, restored(y, y)), y.attrs), 1)


MAX = _extremum(
    "max",
    0,
    1,
    Fold.MAXIMUM,
    (
        Sample("max(X)", {"X": "n m"}),
        Sample("max(X, axis=0) * max(X, axis=1, keepdims=True)", {"X": "n m"}),
        Sample("max(X, axis=0, initial=0.5)", {"X": "n m"}),
        Sample("max(X, axis=1, initial=c, where=X < 1)", {"X": "n m", "c": ""}),
    ),
)
MIN = _extremum(
    "min",
    1,
    0,
    Fold.MINIMUM,
    (
        Sample("min(X)", {"X": "n m"}),
        Sample("min(K, axis=(0, 2))", {"K": "2 n 3"}),
        Sample("min(X, initial=c, where=X > 0, keepdims=True)", {"X": "n m", "c": ""}),
    ),
)


def _extreme(
    op: Op, x: object, axis: object, keepdims: bool, initial: object, where: object, never: float
) -> Node:
    """An extremum, of the entries that are `where`; `never` is a number that none exceeds."""
    x = as_node(x)
    mask = mask_of(op.name, x, where)
    if initial is None:
        if mask is not None:
            raise ArgumentError(
                f"`{op.name}` with where= needs initial=, which is the result where no entry "
                f"takes part, such as initial={never}"
            )
        return kept_axes(along(op, x, axis), keepdims)
    first = initial_of(op.name, x, initial)
    if mask is not None:
        x = masked(x, mask, never) if x.dtype == "float" else choose(mask, x, first)
    return kept_axes(along(op, x, axis, first), keepdims)


@function
def max(
    x: object,
    axis: object = None,
    keepdims: bool = False,
    initial: object = None,
    where: object = None,
) -> Node:
    """Return the largest entry over `axis`. Entries that tie share the derivative equally.

    `initial`, a scalar, takes part like an entry, and is the result where there is none. With the
    condition `where`, only entries where it holds take part.

    Raises ArgumentError for an axis that does not exist, and for `where` without `initial`.

    >>> import symdiff as sd
    >>> sd.max(sd.matrix("X", "n", "d"), axis=0, initial=0)
    <max(X, axis=0, initial=0) : (d,) float>
    """
    return _extreme(MAX, x, axis, keepdims, initial, where, -math.inf)


@function
def min(
    x: object,
    axis: object = None,
    keepdims: bool = False,
    initial: object = None,
    where: object = None,
) -> Node:
    """Return the smallest entry over `axis`. Entries that tie share the derivative equally.

    `initial` and `where` are as for `max`.

    Raises ArgumentError for an axis that does not exist, and for `where` without `initial`.

    >>> import symdiff as sd
    >>> sd.min(sd.matrix("X", "n", "d"), axis=1, keepdims=True).shape
    (n, 1)
    """
    return _extreme(MIN, x, axis, keepdims, initial, where, math.inf)


amax = FUNCTIONS["amax"] = max
amin = FUNCTIONS["amin"] = min


@composite(Sample("ptp(X) + ptp(X, axis=0, keepdims=True)", {"X": "n m"}))
def ptp(x: object, axis: object = None, keepdims: bool = False) -> Node:
    """Return the range over `axis`, from the smallest entry to the largest.

    >>> import symdiff as sd
    >>> print(sd.ptp(sd.vector("x", "n")))
    max(x) − min(x)
    """
    return max(x, axis, keepdims) - min(x, axis, keepdims)


# Products ---------------------------------------------------------------------------------------


def _prod_rule(node: Node, k: int, g: Node) -> Node:
    others = node.args[0]
    # the product over several axes, leaving one entry out, is taken one axis after the other
    result = restored(g, node)
    for done, axis in enumerate(node.attrs):
        inner = others
        for earlier in node.attrs[:done]:
            inner = prod(inner, earlier, keepdims=True)
        result = result * product_of_others(inner, axis)
    return result


def _others_rule(node: Node, k: int, g: Node) -> Node:
    """Leave two entries out: multiply the others along the axis once one of them is made 1."""
    x, (axis,) = node.args[0], node.attrs
    n = x.shape[axis]
    one = eye(n)
    for place in range(x.ndim - axis - 1):
        one = expand_dims(one, 2 + place)
    made_one = choose(equal(one, 1), 1.0, expand_dims(x, axis))
    pairs = choose(equal(one, 1), 0.0, product_of_others(made_one, axis + 1))
    lead = g.ndim - node.ndim
    return sum(expand_dims(g, lead + axis + 1) * _swapped(pairs, axis), lead + axis)


def _swapped(pairs: Node, axis: int) -> Node:
    from symdiff.ops.contraction import transpose

    order = list(range(pairs.ndim))
    order[axis], order[axis + 1] = order[axis + 1], order[axis]
    return transpose(pairs, order)


PRODUCT_OF_OTHERS = reduction(
    "product_of_others",
    Pullback(_others_rule),
    float_entries,
    complex=True,
    numpy=lambda node: Template(f"_product_of_others({{0}}, {node.attrs[0]})"),
    passes=3,  # products before, products after, both together
    samples=(
        Sample("product_of_others(x, axis=0)", {"x": "n"}),
        Sample("product_of_others(X, axis=1)", {"X": "n m"}),
        Sample("product_of_others(X, axis=0)", {"X": "n m"}),
    ),
)


@function
def product_of_others(x: object, axis: int | None = None) -> Node:
    """Return, for each entry, the product of the other entries along one axis; exact at zeros.

    Raises ArgumentError for an axis that does not exist, and for more than one.

    >>> import symdiff as sd
    >>> sd.product_of_others(sd.matrix("X", "n", "d"), axis=1).shape
    (n, d)
    """
    others = along(PRODUCT_OF_OTHERS, x, axis)
    if len(others.attrs) != 1:
        raise ArgumentError(f"`product_of_others` works along one axis, not {others.attrs}")
    return others


def _product_values(node: Node, arguments: Sequence[Interval]) -> Interval:
    factor = arguments[0]
    if factor.low < 0:
        return ANYTHING
    return POSITIVE if factor.low > 0 or factor.open_low else NONNEGATIVE


PROD = reduction(
    "prod",
    Pullback(_prod_rule),
    counting_kind,
    complex=True,
    values=_product_values,
    fold=Fold.MULTIPLY,
    samples=(
        Sample("prod(x)", {"x": "n"}),
        Sample("prod(X, axis=0) + prod(X)", {"X": "n m"}),
        Sample("prod(K, axis=(0, 2), keepdims=True)", {"K": "2 n 3"}),
        Sample("prod(x * array([0.0, 1.0, 0.0]))", {"x": "3"}),
        Sample("prod(X, axis=0, initial=c, where=X < 1)", {"X": "n m", "c": ""}),
    ),
)


@function
def prod(
    x: object,
    axis: object = None,
    keepdims: bool = False,
    initial: object = None,
    where: object = None,
    dtype: None = None,
) -> Node:
    """Return the product over `axis`. Its derivatives are exact where entries are 0.

    `initial` is a further factor. With the condition `where`, only entries where it holds are
    multiplied.

    Raises ArgumentError for an axis that does not exist, and for a `dtype`.

    >>> import symdiff as sd
    >>> sd.prod(sd.matrix("X", "n", "d"), axis=0)
    <prod(X, axis=0) : (d,) float>
    """
    x = as_node(x)
    refuse_dtype("prod", dtype)
    x = masked(x, mask_of("prod", x, where), 1)
    product = kept_axes(along(PROD, x, axis), keepdims)
    return product if initial is None else initial_of("prod", product, initial) * product
