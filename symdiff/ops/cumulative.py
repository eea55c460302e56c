"""Sums and products of all entries so far, and the recurrence that their derivatives need.

The derivative of a cumulative product is a recurrence that runs backwards:
with `y[k] = x[0]*…*x[k]` and the cotangent `g`, entry `j` receives the product of the entries
before it times `s[j] = g[j] + x[j+1]*s[j+1]`. It divides by nothing, so it is exact at zeros, and
so are the derivatives of the recurrence, which are recurrences again (the adjoint of a linear
recurrence is one that runs the other way, with the same coefficients).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symdiff.dims import Shape, product
from symdiff.errors import ArgumentError, ShapeError, describe
from symdiff.node import Node, intern
from symdiff.ops.batching import with_attrs
from symdiff.ops.joining import concatenate
from symdiff.ops.leaves import as_node
from symdiff.ops.masks import as_float, refuse_dtype
from symdiff.ops.reads import running
from symdiff.ops.rows import beside
from symdiff.ops.structure import broadcast_to, normalize_axes, reshape
from symdiff.registry import Linear, Op, Pullback, Sample, always, composite, function, never
from symdiff.template import POSTFIX, Template

__all__ = [
    "cumprod",
    "cumsum",
    "cumulative_prod",
    "cumulative_sum",
    "linear_recurrence",
]


def _along_one_axis(name: str, x: object, axis: object) -> tuple[Node, int]:
    """The argument and its axis; with None its entries in C order, as a vector."""
    node = as_node(x)
    if axis is None:
        return (node, 0) if node.ndim == 1 else (reshape(node, -1), 0)
    if isinstance(axis, (tuple, list)):
        raise ArgumentError(f"`{name}` works along one axis of {describe(node)}, not {axis}")
    return node, normalize_axes(node, axis)[0]


def _options(node: Node, *flags: str) -> str:
    """The axis and those options that are not as usual, as keywords."""
    axis, *chosen = node.attrs
    named = [f", {flag}=True" for flag, here in zip(flags, chosen, strict=True) if here]
    return "".join([f", axis={axis}" if node.ndim > 1 else "", *named])


def _latex(name: str, arguments: str, node: Node, flag: str = "back") -> Template:
    axis, chosen = node.attrs
    marks = [f"\\mathrm{{{{axis}}}}\\,{axis}"] * (node.ndim > 1)
    marks += [f"\\mathrm{{{{{flag}}}}}"] * chosen
    subscript = "_{{" + ",\\ ".join(marks) + "}}" if marks else ""
    return Template(f"\\operatorname{{{{{name}}}}}{subscript}\\left({arguments}\\right)")


def _counting_kind(args: tuple[Node, ...], attrs: Any) -> tuple[Shape, str]:
    kind = args[0].dtype
    return args[0].shape, "int" if kind == "bool" else kind


def _lead(g: Node, node: Node) -> int:
    return g.ndim - node.ndim


def _behind_batch(attrs: tuple[int, bool]) -> tuple[int, bool]:
    return attrs[0] + 1, attrs[1]


# Sums -----------------------------------------------------------------------------------------


def _cumsum_transpose(node: Node, k: int, g: Node) -> Node:
    """The sum of this entry and of all after it: the same, from the other end."""
    axis, reverse = node.attrs
    return intern(CUMSUM, (g,), (_lead(g, node) + axis, not reverse))


def _cumsum_numpy(node: Node) -> Template:
    axis, reverse = node.attrs
    if not reverse:
        return Template(f"np.cumsum({{0}}, axis={axis})")
    turned = f"[{':, ' * axis}::-1]"
    return Template(f"np.cumsum({{0:postfix}}{turned}, axis={axis}){turned}", POSTFIX)


def _cumsum_text(node: Node) -> Template:
    return Template(f"cumsum({{0}}{_options(node, 'reverse')})")


CUMSUM = Op(
    "cumsum",
    infer=_counting_kind,
    attrs=tuple[int, bool],
    derivative=Linear(_cumsum_transpose),
    numpy=_cumsum_numpy,
    text=_cumsum_text,
    pretty=_cumsum_text,
    latex=lambda node: _latex("cumsum", "{0}", node),
    complex=True,
    rows=beside(lambda node: node.attrs[:1]),
    reads=running(backwards=lambda node: node.attrs[1], strictly=never),
    batch=with_attrs(_behind_batch),
    samples=(
        Sample("cumsum(x)**2", {"x": "n"}),
        Sample("cumsum(X, axis=0) * cumsum(X, axis=-1)", {"X": "n m"}),
        Sample("cumsum(X) * cumsum(x) + cumsum(k)", {"X": "n m", "x": "", "k": "1"}),
        Sample("cumsum(exp(K), axis=1)", {"K": "2 n 3"}),
    ),
)


@function
def cumsum(x: object, axis: object = None, reverse: bool = False, dtype: None = None) -> Node:
    """Return the sums of all entries so far along `axis`; None for all, as a vector.

    With `reverse`, each entry is the sum of those from there to the end.

    Raises ArgumentError for an axis that does not exist, for several, and for a `dtype`.

    >>> import symdiff as sd
    >>> x, c = sd.vector("x", "n"), sd.vector("c", "n")
    >>> print(sd.grad(c @ sd.cumsum(x), x))
    cumsum(c, reverse=True)
    """
    refuse_dtype("cumsum", dtype)
    node, place = _along_one_axis("cumsum", x, axis)
    return intern(CUMSUM, (node,), (place, bool(reverse)))


# Recurrences ----------------------------------------------------------------------------------


def _recurrence_rule(node: Node, k: int, g: Node) -> Node:
    """The adjoint recurrence runs the other way, with the same coefficients."""
    a = node.args[0]
    axis, reverse = node.attrs
    back = intern(RECURRENCE, (broadcast_to(a, g.shape), g), (_lead(g, node) + axis, not reverse))
    return back if k == 1 else back * node


def _recurrence_text(node: Node) -> Template:
    return Template(f"linear_recurrence({{0}}, {{1}}{_options(node, 'reverse')})")


RECURRENCE = Op(
    "linear_recurrence",
    infer=lambda args, attrs: (args[1].shape, "float"),
    attrs=tuple[int, bool],
    derivative=Pullback(_recurrence_rule),
    numpy=lambda node: Template(
        f"_linear_recurrence({{0}}, {{1}}, axis={node.attrs[0]}"
        + (", reverse=True)" if node.attrs[1] else ")")
    ),
    text=_recurrence_text,
    pretty=_recurrence_text,
    latex=lambda node: _latex("recurrence", "{0}, {1}", node),
    operations=lambda node: product((2, *node.shape)),
    rows=beside(lambda node: node.attrs[:1]),
    reads=running(backwards=lambda node: node.attrs[1], strictly=always),
    batch=with_attrs(_behind_batch),
    samples=(
        Sample("linear_recurrence(a, b)", {"a": "n", "b": "n"}),
        Sample("linear_recurrence(A, B, axis=0)**2", {"A": "n m", "B": "n m"}),
        Sample("linear_recurrence(A, A, axis=1, reverse=True)", {"A": "m n"}),
    ),
    reference="Blelloch 1990, for the evaluation by doubling",
)


@function
def linear_recurrence(a: object, b: object, axis: object = None, reverse: bool = False) -> Node:
    """Return `s` with `s[0] = 0` and `s[k] = a[k-1]*s[k-1] + b[k-1]` along an axis of `a` and `b`.

    With `reverse` it runs from the end: `s[-1] = 0` and `s[k] = a[k+1]*s[k+1] + b[k+1]`.

    Raises ShapeError unless `a` and `b` have one shape; ArgumentError for a scalar, and without
    `axis` for more than one axis.

    >>> import symdiff as sd
    >>> a, b = sd.vector("a", 4), sd.vector("b", 4)
    >>> sd.evaluate(sd.linear_recurrence(a, b), a=[0, 2, 2, 2], b=[1, 1, 1, 1])
    array([0., 1., 3., 7.])
    """
    a, b = as_float(as_node(a)), as_float(as_node(b))
    if a.shape != b.shape:
        raise ShapeError(
            f"`linear_recurrence` needs arrays of one shape, not {describe(a)} and {describe(b)}"
        )
    if axis is None and a.ndim != 1:
        raise ArgumentError(f"`linear_recurrence` needs axis= for {describe(a)}")
    place = _along_one_axis("linear_recurrence", a, axis)[1]
    return intern(RECURRENCE, (a, b), (place, bool(reverse)))


# Products -------------------------------------------------------------------------------------


def _cumprod_rule(node: Node, k: int, g: Node) -> Node:
    """The product of the entries before, times what the later products have of this entry."""
    x = node.args[0]
    axis, exclusive = node.attrs
    spread = broadcast_to(x, g.shape)
    inner = g if exclusive else spread * g
    later = intern(RECURRENCE, (spread, inner), (_lead(g, node) + axis, True))
    return intern(CUMPROD, (x,), (axis, True)) * (later if exclusive else g + later)


def _cumprod_numpy(node: Node) -> Template:
    axis, exclusive = node.attrs
    if exclusive:
        return Template(f"_product_before({{0}}, axis={axis})")
    return Template(f"np.cumprod({{0}}, axis={axis})")


def _cumprod_text(node: Node) -> Template:
    return Template(f"cumprod({{0}}{_options(node, 'exclusive')})")


CUMPROD = Op(
    "cumprod",
    infer=_counting_kind,
    attrs=tuple[int, bool],
    derivative=Pullback(_cumprod_rule),
    numpy=_cumprod_numpy,
    text=_cumprod_text,
    pretty=_cumprod_text,
    latex=lambda node: _latex("cumprod", "{0}", node, "before"),
    rows=beside(lambda node: node.attrs[:1]),
    reads=running(backwards=never, strictly=lambda node: node.attrs[1]),
    batch=with_attrs(_behind_batch),
    samples=(
        Sample("cumprod(x)", {"x": "n"}),
        Sample("cumprod(X, axis=0) * cumprod(X, axis=-1)", {"X": "n m"}),
        Sample("cumprod(X) * x", {"X": "2 3", "x": ""}),
        Sample("cumprod(x * array([1.0, 0.0, 2.0, 0.0]))", {"x": "4"}),
        Sample("cumprod(X, axis=1, exclusive=True)", {"X": "m n"}),
    ),
)


@function
def cumprod(x: object, axis: object = None, exclusive: bool = False, dtype: None = None) -> Node:
    """Return the products of all entries so far along `axis`; None for all, as a vector.

    With `exclusive`, each entry is the product of those before it, and the first is 1. Derivatives
    are exact where entries are 0.

    Raises ArgumentError for an axis that does not exist, for several, and for a `dtype`.

    >>> import symdiff as sd
    >>> sd.evaluate(sd.cumprod(sd.vector("x", 3)), x=[2, 3, 4])
    array([ 2.,  6., 24.])
    """
    refuse_dtype("cumprod", dtype)
    node, place = _along_one_axis("cumprod", x, axis)
    return intern(CUMPROD, (node,), (place, bool(exclusive)))


# The names of the array standard ----------------------------------------------------------------


def _cumulative(
    name: str, of: Callable[..., Node], first: int, x: object, axis: object, initial: bool
) -> Node:
    node = as_node(x)
    if not node.ndim or (axis is None and node.ndim > 1):
        raise ArgumentError(
            f"`{name}` needs axis= for more than one axis, and at least one axis; "
            f"it got {describe(node)}"
        )
    place = _along_one_axis(name, node, axis)[1]
    result = of(node, place)
    if not initial:
        return result
    shape = (*node.shape[:place], 1, *node.shape[place + 1 :])
    start = broadcast_to(first if result.dtype == "int" else float(first), shape)
    return concatenate((start, result), place)


@composite(
    Sample("cumulative_sum(x)**2", {"x": "n"}),
    Sample("cumulative_sum(X, axis=1, include_initial=True)**2", {"X": "n m"}),
)
def cumulative_sum(
    x: object, axis: object = None, include_initial: bool = False, dtype: None = None
) -> Node:
    """Return `cumsum(x, axis)`; with `include_initial` the 0 before it too.

    Raises ArgumentError without an axis for more than one, and for a `dtype`.

    >>> import symdiff as sd
    >>> sd.cumulative_sum(sd.vector("x", "n"), include_initial=True).shape
    (n + 1,)
    """
    refuse_dtype("cumulative_sum", dtype)
    return _cumulative("cumulative_sum", cumsum, 0, x, axis, include_initial)


@composite(
    Sample("cumulative_prod(X, axis=-1)", {"X": "n m"}),
    Sample("cumulative_prod(X, axis=0, include_initial=True)", {"X": "n m"}),
)
def cumulative_prod(
    x: object, axis: object = None, include_initial: bool = False, dtype: None = None
) -> Node:
    """Return `cumprod(x, axis)`; with `include_initial` the 1 before it too.

    Raises ArgumentError without an axis for more than one, and for a `dtype`.

    >>> import symdiff as sd
    >>> sd.cumulative_prod(sd.matrix("X", "n", 3), axis=1, include_initial=True).shape
    (n, 4)
    """
    refuse_dtype("cumulative_prod", dtype)
    return _cumulative("cumulative_prod", cumprod, 1, x, axis, include_initial)
