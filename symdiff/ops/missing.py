"""Reductions that leave out what is missing: entries that are NaN.

Each is the reduction of the same name with the condition that an entry equals itself, which NaN
does not. The derivative by an entry that is NaN is 0.
"""

from __future__ import annotations

import math

from symdiff.node import Node
from symdiff.ops.choices import equal
from symdiff.ops.choices import where as choose
from symdiff.ops.contraction import sum
from symdiff.ops.counting import any
from symdiff.ops.leaves import as_node
from symdiff.ops.masks import as_float
from symdiff.ops.reduction import max, min, prod
from symdiff.ops.statistics import mean, std, var
from symdiff.registry import Sample, composite

__all__ = ["nanmax", "nanmean", "nanmin", "nanprod", "nanstd", "nansum", "nanvar"]

_HOLES = "X * array([[1.0, nan], [2.0, 3.0]])"
_PLACES = {"X": "2 2"}


def _given(x: object) -> tuple[Node, Node]:
    """The entries as floats, and where they are numbers."""
    node = as_float(as_node(x))
    return node, equal(node, node)


@composite(Sample(f"nansum({_HOLES}, axis=0)**2", _PLACES), Sample("nansum(X)", {"X": "n m"}))
def nansum(x: object, axis: object = None, keepdims: bool = False) -> Node:
    """Return the sum over `axis` of the entries that are not NaN; of none, 0.

    >>> import symdiff as sd
    >>> sd.evaluate(sd.nansum(sd.vector("x", 3)), x=[1.0, float("nan"), 2.0])
    np.float64(3.0)
    """
    node, given = _given(x)
    return sum(node, axis, keepdims, where=given)


@composite(Sample(f"nanprod({_HOLES}, axis=1)", _PLACES))
def nanprod(x: object, axis: object = None, keepdims: bool = False) -> Node:
    """Return the product over `axis` of the entries that are not NaN; of none, 1.

    >>> import symdiff as sd
    >>> sd.evaluate(sd.nanprod(sd.vector("x", 3)), x=[3.0, float("nan"), 2.0])
    np.float64(6.0)
    """
    node, given = _given(x)
    return prod(node, axis, keepdims, where=given)


@composite(Sample(f"nanmean({_HOLES}, axis=1, keepdims=True)**2", _PLACES))
def nanmean(x: object, axis: object = None, keepdims: bool = False) -> Node:
    """Return the mean over `axis` of the entries that are not NaN; of none, NaN.

    >>> import symdiff as sd
    >>> sd.evaluate(sd.nanmean(sd.vector("x", 3)), x=[1.0, float("nan"), 2.0])
    np.float64(1.5)
    """
    node, given = _given(x)
    return mean(node, axis, keepdims, where=given)


@composite(Sample(f"nanvar({_HOLES}, axis=0, ddof=0.5)", _PLACES))
def nanvar(x: object, axis: object = None, keepdims: bool = False, ddof: object = 0) -> Node:
    """Return the variance over `axis` of the entries that are not NaN, as `var`.

    >>> import symdiff as sd
    >>> sd.evaluate(sd.nanvar(sd.vector("x", 3)), x=[1.0, float("nan"), 2.0])
    np.float64(0.25)
    """
    node, given = _given(x)
    return var(node, axis, keepdims, ddof, where=given)


@composite(Sample(f"nanstd({_HOLES})", _PLACES))
def nanstd(x: object, axis: object = None, keepdims: bool = False, ddof: object = 0) -> Node:
    """Return the standard deviation over `axis` of the entries that are not NaN, as `std`.

    >>> import symdiff as sd
    >>> sd.evaluate(sd.nanstd(sd.vector("x", 3)), x=[1.0, float("nan"), 2.0])
    np.float64(0.5)
    """
    node, given = _given(x)
    return std(node, axis, keepdims, ddof, where=given)


@composite(Sample(f"nanmax({_HOLES}, axis=0) * nanmax(X)", _PLACES))
def nanmax(x: object, axis: object = None, keepdims: bool = False) -> Node:
    """Return the largest entry over `axis` that is not NaN; NaN if all are.

    >>> import symdiff as sd
    >>> float(sd.evaluate(sd.nanmax(sd.vector("x", 3)), x=[1.0, float("nan"), 2.0]))
    2.0
    """
    node, given = _given(x)
    largest = max(choose(given, node, -math.inf), axis, keepdims)
    return choose(any(given, axis, keepdims), largest, math.nan)


@composite(Sample(f"nanmin({_HOLES}, axis=1, keepdims=True) * nanmin(X)", _PLACES))
def nanmin(x: object, axis: object = None, keepdims: bool = False) -> Node:
    """Return the smallest entry over `axis` that is not NaN; NaN if all are.

    >>> import symdiff as sd
    >>> float(sd.evaluate(sd.nanmin(sd.vector("x", 3)), x=[1.0, float("nan"), 2.0]))
    1.0
    """
    node, given = _given(x)
    smallest = min(choose(given, node, math.inf), axis, keepdims)
    return choose(any(given, axis, keepdims), smallest, math.nan)
