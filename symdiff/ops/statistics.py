"""Means, variances and what is made of them: all of deviations from a mean, computed first.

The deviations are one op, so that no simplification multiplies them out: what is computed from
`x - mean(x)` keeps its precision where entries are large and close together, and so do the
derivatives, which are made of deviations again.
"""

from __future__ import annotations

from symdiff.errors import ArgumentError, ShapeError, describe
from symdiff.node import Node, intern
from symdiff.ops.choices import where as choose
from symdiff.ops.contraction import matmul, sum, transpose
from symdiff.ops.elementwise import multiply, sqrt, square
from symdiff.ops.joining import concatenate
from symdiff.ops.kinks import maximum
from symdiff.ops.leaves import as_node, constant, count, number_of
from symdiff.ops.masks import as_float, mask_of, masked, refuse_dtype
from symdiff.ops.norms import norm
from symdiff.ops.reducing import Axes, call_form, float_entries, reduction
from symdiff.ops.steps import stop_gradient
from symdiff.ops.structure import broadcast_to, expand_dims, normalize_axes
from symdiff.registry import Linear, Sample, composite, function

__all__ = ["average", "centered", "corrcoef", "cov", "mean", "std", "var"]


# Means ----------------------------------------------------------------------------------------


def _counted(x: Node, axes: Axes, mask: Node | None, keepdims: bool = False) -> Node:
    """How many entries take part in each mean; derivatives hold it constant."""
    if mask is None:
        return count(tuple(x.shape[axis] for axis in axes))
    return stop_gradient(sum(broadcast_to(mask, x.shape), axes, keepdims))


@composite(
    Sample("mean(X, axis=1, keepdims=True) * mean(X)", {"X": "n m"}),
    Sample("mean(X, axis=0, where=X > 0)", {"X": "n m"}, 0.5, 2),
    Sample("mean(K, axis=(0, -1)) * mean(k)", {"K": "2 n 3", "k": "n"}, kinds={"k": "int"}),
)
def mean(
    x: object,
    axis: object = None,
    keepdims: bool = False,
    where: object = None,
    dtype: None = None,
) -> Node:
    """Return the mean over `axis`: the sum divided by the number of entries.

    With the condition `where`, only entries where it holds take part. The mean of nothing is NaN.

    Raises ArgumentError for an axis that does not exist, and for a `dtype`.

    >>> import symdiff as sd
    >>> sd.mean(sd.vector("x", "n"))
    <sum(x)/n : () float>
    """
    x = as_node(x)
    refuse_dtype("mean", dtype)
    axes, mask = normalize_axes(x, axis), mask_of("mean", x, where)
    return sum(masked(x, mask, 0), axes, keepdims) / _counted(x, axes, mask, keepdims)


@composite(
    Sample("average(x, weights=w)", {"x": "n", "w": "n"}, 0.5, 2),
    Sample("average(X, axis=0, weights=w, keepdims=True)", {"X": "n m", "w": "n"}, 0.5, 2),
    Sample("average(X, weights=W) + average(X, axis=1)", {"X": "n m", "W": "n m"}, 0.5, 2),
)
def average(x: object, axis: object = None, weights: object = None, keepdims: bool = False) -> Node:
    """Return the mean over `axis`, where each entry has a weight: `sum(w*x)/sum(w)`.

    `weights` has the shape of `x`, or the sizes of `axis` in its order. Where weights sum to 0,
    which NumPy refuses, the result is NaN or infinite.

    Raises ShapeError for weights of another shape.

    >>> import symdiff as sd
    >>> print(sd.average(sd.vector("x", "n"), weights=sd.vector("w", "n")))
    sum(w ⊙ x)/sum(w)
    """
    x = as_node(x)
    if weights is None:
        return mean(x, axis, keepdims)
    axes = normalize_axes(x, axis, ordered=False)
    w = as_float(as_node(weights))
    if w.shape != x.shape:
        w = _along_axes(w, x, axes, axis is None)
    return sum(multiply(w, x), axes, keepdims) / sum(w, axes, keepdims)


def _along_axes(w: Node, x: Node, axes: Axes, everywhere: bool) -> Node:
    """Weights of some axes, in the shape of `x`."""
    if everywhere or w.shape != tuple(x.shape[axis] for axis in axes):
        raise ShapeError(
            f"the weights of `average`, {describe(w)}, need the shape of {describe(x)}, "
            "or with axis= the sizes of those axes"
        )
    in_order = transpose(w, sorted(range(w.ndim), key=lambda place: axes[place]))
    others = tuple(axis for axis in range(x.ndim) if axis not in axes)
    return broadcast_to(expand_dims(in_order, others), x.shape)


# Deviations -----------------------------------------------------------------------------------


def _centered_transpose(node: Node, k: int, g: Node) -> Node | None:
    """The map is its own transpose: it takes the mean out of the cotangent too."""
    if k == 1:
        return None
    lead = g.ndim - node.ndim
    deviations = intern(CENTERED, (g, *node.args[1:]), tuple(lead + axis for axis in node.attrs))
    if len(node.args) == 1:
        return deviations
    return choose(node.args[1], deviations, 0.0)  # whatever is on the way to what is left out


CENTERED = reduction(
    "centered",
    Linear(_centered_transpose),
    float_entries,
    numpy=call_form("_centered", "where"),
    second="where",
    condition=1,
    passes=4,  # sum, subtract, and both again for the rounding of the mean
    samples=(
        Sample("centered(x)**2", {"x": "n"}),
        Sample("centered(X, axis=1)**2 + centered(X)**3", {"X": "n m"}),
        Sample("centered(K, axis=(0, -1))**2", {"K": "2 n 3"}),
        Sample("centered(X, axis=0, where=X > -1)**2", {"X": "n m"}),
    ),
)


@function
def centered(x: object, axis: object = None, where: object = None) -> Node:
    """Return the deviations from the mean over `axis`, free of the rounding of the mean.

    With the condition `where`, the mean is that of the entries where it holds; elsewhere the
    result is 0.

    Raises ArgumentError for an axis that does not exist.

    >>> import symdiff as sd
    >>> sd.evaluate(sd.centered(sd.vector("x", 3)), x=[1e16, 1e16 + 4, 1e16 + 8])
    array([-4.,  0.,  4.])
    """
    x = as_float(as_node(x))
    mask = mask_of("centered", x, where)
    return intern(CENTERED, (x,) if mask is None else (x, mask), normalize_axes(x, axis))


def _degrees(x: Node, axes: Axes, mask: Node | None, keepdims: bool, ddof: object) -> Node:
    """The number of entries less `ddof`, but not less than 0: by which a variance is divided."""
    entries = _counted(x, axes, mask, keepdims)
    less = as_node(ddof)
    if less.ndim:
        raise ArgumentError(f"`ddof` must be a number, not {describe(less)}")
    known, taken = number_of(entries), number_of(less)
    if known is not None and taken is not None:
        return constant(max(known - taken, 0))
    return entries if taken == 0 else maximum(entries - less, 0)


def _either(name: str, ddof: object, correction: object) -> object:
    """The two names of one option."""
    if correction is None:
        return ddof
    if ddof != 0:
        raise ArgumentError(f"`{name}` takes ddof or correction, which mean the same, not both")
    return correction


@composite(
    Sample("var(x)", {"x": "n"}),
    Sample("var(X, axis=0, ddof=1) + var(X)", {"X": "n m"}),
    Sample("var(K, axis=(0, -1), keepdims=True, correction=0.5)", {"K": "2 n 3"}),
    Sample("var(X, axis=1, where=X < 1.5) * X[:, 0]", {"X": "n m"}, 0.5, 1.4),
    Sample("var(k) * x", {"k": "n", "x": ""}, kinds={"k": "int"}),
)
def var(
    x: object,
    axis: object = None,
    keepdims: bool = False,
    ddof: object = 0,
    where: object = None,
    correction: object = None,
    dtype: None = None,
) -> Node:
    """Return the variance over `axis`: the sum of squared deviations from the mean by `n - ddof`.

    With the condition `where`, only entries where it holds take part. `correction` is another name
    of `ddof`. As in NumPy the variance of nothing, or of `ddof` entries, is NaN.

    Raises ArgumentError for an axis that does not exist, and for a `dtype`.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> print(sd.grad(sd.var(x), x))
    2 centered(x)/n
    """
    x = as_node(x)
    refuse_dtype("var", dtype)
    axes, mask = normalize_axes(x, axis), mask_of("var", x, where)
    squares = sum(square(centered(x, axes, mask)), axes, keepdims)
    return squares / _degrees(x, axes, mask, keepdims, _either("var", ddof, correction))


@composite(
    Sample("std(x)", {"x": "n"}),
    Sample("std(X, axis=0, ddof=1) + std(X)", {"X": "n m"}),
    Sample("std(K, axis=(0, -1), keepdims=True)", {"K": "2 n 3"}),
    Sample("std(X, axis=0, where=X < 1.5)", {"X": "n m"}, 0.5, 1.4),
)
def std(
    x: object,
    axis: object = None,
    keepdims: bool = False,
    ddof: object = 0,
    where: object = None,
    correction: object = None,
    dtype: None = None,
) -> Node:
    """Return the standard deviation over `axis`, the root of `var` with the same options.

    Where all entries are equal, its derivative is 0, as that of a norm.

    Raises ArgumentError for an axis that does not exist, and for a `dtype`.

    >>> import symdiff as sd
    >>> print(sd.std(sd.vector("x", "n")))
    ‖centered(x)‖/sqrt(n)
    """
    x = as_node(x)
    refuse_dtype("std", dtype)
    axes, mask = normalize_axes(x, axis), mask_of("std", x, where)
    length = norm(centered(x, axes, mask), axis=axes, keepdims=keepdims)
    degrees = _degrees(x, axes, mask, keepdims, _either("std", ddof, correction))
    return length / sqrt(degrees)


# Covariances ----------------------------------------------------------------------------------


def _observations(name: str, m: object, y: object, rowvar: bool) -> Node:
    """The deviations of all variables from their means: one row for each; a vector, if one alone.

    Raises ArgumentError for more than two axes.
    """
    groups = [as_float(as_node(each)) for each in ((m,) if y is None else (m, y))]
    for each in groups:
        if each.ndim > 2 or not each.ndim:
            raise ArgumentError(f"`{name}` needs vectors or matrices, not {describe(each)}")
    groups = [x if rowvar or x.ndim == 1 else transpose(x) for x in groups]
    if len(groups) > 1:
        rows = [expand_dims(x, 0) if x.ndim == 1 else x for x in groups]
        return centered(concatenate(rows, 0), 1)
    x = groups[0]
    if x.ndim == 2 and x.shape[0] == 1:
        x = x[0]
    return centered(x, -1)


@composite(
    Sample("cov(X)", {"X": "2 n"}),
    Sample("cov(X, rowvar=False, bias=True)", {"X": "n 2"}),
    Sample("cov(x, y, ddof=0)", {"x": "n", "y": "n"}),
    Sample("cov(x)", {"x": "n"}),
)
def cov(
    m: object,
    y: object = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: object = None,
) -> Node:
    """Return the covariances of variables, which are the rows of `m`, as a matrix.

    With `rowvar=False` the variables are the columns. `y` has further variables. Each covariance
    is divided by the number of observations less `ddof`, which is 1, or 0 with `bias`. Of one
    variable the result is a scalar.

    Raises ArgumentError for more than two axes; ShapeError where `y` does not fit `m`, or where
    neither of the two has a number as its number of variables.

    >>> import symdiff as sd
    >>> print(sd.simplify(sd.cov(sd.matrix("X", "d", "n"), bias=True)))
    centered(X, axis=1) centered(X, axis=1)ᵀ/n
    """
    deviations = _observations("cov", m, y, rowvar)
    less = (0 if bias else 1) if ddof is None else ddof
    degrees = _degrees(deviations, (deviations.ndim - 1,), None, False, less)
    return matmul(deviations, transpose(deviations)) / degrees


@composite(
    Sample("corrcoef(X)", {"X": "2 n"}),
    Sample("corrcoef(X, rowvar=False)[0]", {"X": "n 3"}),
    Sample("corrcoef(x, y)", {"x": "n", "y": "n"}),
)
def corrcoef(m: object, y: object = None, rowvar: bool = True) -> Node:
    """Return the matrix of correlations of variables, which are given as for `cov`.

    As in NumPy, a variable that does not vary has no correlation: NaN.

    Raises what `cov` raises.

    >>> import symdiff as sd
    >>> sd.corrcoef(sd.matrix("X", "n", 3), rowvar=False).shape
    (3, 3)
    """
    deviations = _observations("corrcoef", m, y, rowvar)
    products = matmul(deviations, transpose(deviations))
    if not products.ndim:
        return products / products
    lengths = norm(deviations, axis=-1, keepdims=True)
    return products / lengths / transpose(lengths)
