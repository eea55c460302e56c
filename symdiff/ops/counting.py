"""Reductions whose results are whole numbers or booleans: counts, places, and quantifiers."""

from __future__ import annotations

from symdiff.dims import Shape, product
from symdiff.errors import ArgumentError, describe
from symdiff.node import Node, intern
from symdiff.ops.batching import Args
from symdiff.ops.choices import logical_and, logical_not, logical_or, not_equal
from symdiff.ops.contraction import sum
from symdiff.ops.leaves import as_node
from symdiff.ops.masks import mask_of
from symdiff.ops.reducing import Axes, along, kept_axes, over_next_axes, reduced_shape, reduction
from symdiff.ops.structure import reshape
from symdiff.registry import Fold, Linear, Op, Sample, Undefined, composite, function

__all__ = ["all", "any", "argmax", "argmin", "count_nonzero"]


# Quantifiers ----------------------------------------------------------------------------------


def _truth(args: tuple[Node, ...], axes: Axes) -> tuple[Shape, str]:
    return reduced_shape(args, axes), "bool"


def _quantifier(name: str, fold: Fold) -> Op:
    return reduction(
        name,
        Undefined("its result is true or false", "sd.where(condition, a, b)"),
        _truth,
        fold=fold,
        samples=(
            Sample(f"where({name}(x > 0), x, 2 * x)", {"x": "n"}),
            Sample(f"where({name}(X > -1, axis=0), X, 2 * X)", {"X": "n m"}),
            Sample(f"where({name}(K, axis=(0, 2), keepdims=True), K, 1)", {"K": "2 n 1"}),
            Sample(f"where({name}(X > 0, axis=1, where=X < 1), 2, 3) * X[:, 0]", {"X": "n m"}),
        ),
    )


ANY, ALL = _quantifier("any", Fold.OR), _quantifier("all", Fold.AND)


def _conditions(x: object) -> Node:
    """Numbers are true unless they are 0."""
    node = as_node(x)
    return node if node.dtype == "bool" else not_equal(node, 0)


@function
def any(x: object, axis: object = None, keepdims: bool = False, where: object = None) -> Node:
    """Return whether some entry over `axis` is true; of numbers, not 0.

    With the condition `where`, only entries where it holds are looked at.

    Raises ArgumentError for an axis that does not exist.

    >>> import symdiff as sd
    >>> sd.any(sd.matrix("X", "n", "d") > 0, axis=1)
    <any(X > 0, axis=1) : (n,) bool>
    """
    truth = _conditions(x)
    mask = mask_of("any", truth, where)
    truth = truth if mask is None else logical_and(mask, truth)
    return kept_axes(along(ANY, truth, axis), keepdims)


@function
def all(x: object, axis: object = None, keepdims: bool = False, where: object = None) -> Node:
    """Return whether all entries over `axis` are true; of numbers, not 0.

    With the condition `where`, only entries where it holds are looked at.

    Raises ArgumentError for an axis that does not exist.

    >>> import symdiff as sd
    >>> sd.all(sd.matrix("X", "n", "d") > 0)
    <all(X > 0) : () bool>
    """
    truth = _conditions(x)
    mask = mask_of("all", truth, where)
    truth = truth if mask is None else logical_or(logical_not(mask), truth)
    return kept_axes(along(ALL, truth, axis), keepdims)


@composite(Sample("X * stop_gradient(count_nonzero(X > 0, axis=0))", {"X": "n m"}))
def count_nonzero(x: object, axis: object = None, keepdims: bool = False) -> Node:
    """Return how many entries over `axis` are true, or not 0.

    It jumps, so it has no derivative: hold it constant with `stop_gradient` where `x` varies.

    >>> import symdiff as sd
    >>> sd.count_nonzero(sd.vector("x", "n"))
    <sum(x ≠ 0) : () int>
    """
    return sum(_conditions(x), axis, keepdims)


# Places ---------------------------------------------------------------------------------------


def _place(args: tuple[Node, ...], axes: Axes) -> tuple[Shape, str]:
    return reduced_shape(args, axes), "int"


def _nothing_flows(node: Node, k: int, g: Node) -> None:
    """A place stays the same where entries vary, until it jumps."""


def _in_one_line(node: Node, args: Args) -> Node:
    """NumPy searches along one axis, or all entries in C order."""
    (x,) = args
    if len(node.attrs) == 1:
        return over_next_axes(node, args)
    lines = reshape(x, (x.shape[0], product(x.shape[1:])))
    return intern(node.op, (lines,), (1,))


def _search(name: str) -> Op:
    return reduction(
        name,
        Linear(_nothing_flows),
        _place,
        needs_entries=True,
        batch=_in_one_line,
        samples=(
            Sample(f"x * {name}(x)", {"x": "n"}),
            Sample(f"X * {name}(X, axis=1, keepdims=True) + {name}(X)", {"X": "n m"}),
            Sample(f"X * {name}(X, axis=-2) + {name}(X, keepdims=True)", {"X": "n m"}),
        ),
    )


ARGMAX, ARGMIN = _search("argmax"), _search("argmin")


def _found(op: Op, x: object, axis: object, keepdims: bool) -> Node:
    node = as_node(x)
    if isinstance(axis, (tuple, list)):
        raise ArgumentError(
            f"`{op.name}` searches along one axis of {describe(node)}, or with None all entries, "
            f"not {axis}"
        )
    return kept_axes(along(op, node, axis), keepdims)


@function
def argmax(x: object, axis: int | None = None, keepdims: bool = False) -> Node:
    """Return the place of the first largest entry along `axis`; of all, in C order, for None.

    The result is of kind int, and nothing flows back through it.

    Raises ArgumentError for an axis that does not exist, and for several.

    >>> import symdiff as sd
    >>> sd.argmax(sd.matrix("X", "n", "d"), axis=1)
    <argmax(X, axis=1) : (n,) int>
    """
    return _found(ARGMAX, x, axis, keepdims)


@function
def argmin(x: object, axis: int | None = None, keepdims: bool = False) -> Node:
    """Return the place of the first smallest entry along `axis`; of all, in C order, for None.

    The result is of kind int, and nothing flows back through it.

    Raises ArgumentError for an axis that does not exist, and for several.

    >>> import symdiff as sd
    >>> sd.argmin(sd.vector("x", "n"))
    <argmin(x) : () int>
    """
    return _found(ARGMIN, x, axis, keepdims)
