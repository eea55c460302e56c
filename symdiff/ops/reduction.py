"""Reductions that are not sums: extrema, products, norms, and the soft maximum with its family.

At kinks, derivatives are what `symdiff.conventions` says: by default entries that tie for an
extremum share its derivative equally, and a norm has derivative 0 at 0 (the mean of the one-sided
derivatives along any line).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from symdiff.conventions import at_kink, raises_at_kinks, shares_ties
from symdiff.dims import Shape, Size, product
from symdiff.errors import ArgumentError
from symdiff.intervals import ANYTHING, NONNEGATIVE, POSITIVE, Interval
from symdiff.node import Node, intern
from symdiff.ops.contraction import sum
from symdiff.ops.declare import inexact_kind
from symdiff.ops.elementwise import equal, greater, off_kink, stop_gradient, where
from symdiff.ops.leaves import as_node, eye
from symdiff.ops.structure import axis_keyword, axis_subscript, expand_dims, normalize_axes
from symdiff.registry import (
    CONVENTION,
    FUNCTIONS,
    Edge,
    Op,
    Pullback,
    Requirement,
    Sample,
    first_argument,
    function,
)
from symdiff.template import Template

__all__ = [
    "log_softmax",
    "logsumexp",
    "max",
    "min",
    "norm",
    "prod",
    "product_of_others",
    "softmax",
]

Axes = tuple[int, ...]
Rule = Callable[[Node, int, Node], Node]


# Axes -------------------------------------------------------------------------------------------


def _infer_reduced(args: tuple[Node, ...], axes: Axes) -> tuple[Shape, str]:
    shape = tuple(size for i, size in enumerate(args[0].shape) if i not in axes)
    return shape, args[0].dtype


def _infer_counted(args: tuple[Node, ...], axes: Axes) -> tuple[Shape, str]:
    shape, kind = _infer_reduced(args, axes)
    return shape, "int" if kind == "bool" else kind


def _infer_float(args: tuple[Node, ...], axes: Axes) -> tuple[Shape, str]:
    return _infer_reduced(args, axes)[0], "float"


def _infer_same(args: tuple[Node, ...], axes: Axes) -> tuple[Shape, str]:
    return args[0].shape, inexact_kind(args)


def _restored(reduced: Node, node: Node) -> Node:
    """Put the reduced axes of `node` back, with size 1, behind any leading axes of `reduced`."""
    lead = reduced.ndim - node.ndim
    return expand_dims(reduced, tuple(lead + axis for axis in node.attrs))


def _total(g: Node, node: Node) -> Node:
    """Sum a cotangent of `node`'s shape over its axes, which stay with size 1."""
    lead = g.ndim - node.ndim
    return sum(g, tuple(lead + axis for axis in node.attrs), keepdims=True)


def _keyword(node: Node) -> str:
    return axis_keyword(node.attrs, node.args[0].ndim)


def _subscript(node: Node) -> str:
    return axis_subscript(node.attrs, node.args[0].ndim)


def _form(prefix: str) -> Callable[[Node], Template]:
    return lambda node: Template(f"{prefix}({{0}}{_keyword(node)})")


def _latex_form(name: str) -> Callable[[Node], Template]:
    def form(node: Node) -> Template:
        return Template(f"\\operatorname{{{{{name}}}}}{_subscript(node)}\\left({{0}}\\right)")

    return form


def reduction(
    name: str,
    rule: Rule,
    doc: str,
    *,
    infer: Any = _infer_float,
    numpy: Callable[[Node], Template] | None = None,
    pretty: Callable[[Node], Template] | None = None,
    latex: Callable[[Node], Template] | None = None,
    needs_entries: bool = False,
    keeps_shape: bool = False,
    passes: int = 1,
    complex: bool = False,
    samples: tuple[Sample, ...],
    **facts: Any,
) -> Callable[..., Node]:
    """Declare an op over axes, and return the public function with `axis` and `keepdims`.

    An op that `keeps_shape` (such as softmax) works along its axes and has no `keepdims`.
    `passes` is how many operations it needs for each entry of its argument.
    """

    def requires(node: Node) -> tuple[Requirement, ...]:
        sizes = (node.args[0].shape[axis] for axis in node.attrs if needs_entries)
        return tuple(Requirement(size, 1, f"`{name}` of no entries") for size in sizes)

    def operations(node: Node) -> Size:
        return product((passes, *node.args[0].shape))

    op = Op(
        name,
        infer,
        Pullback(rule),
        numpy=numpy or _form(f"np.{name}"),
        text=_form(name),
        pretty=pretty or _form(name),
        latex=latex or _latex_form(name.replace("_", "\\_")),
        complex=complex,
        requires=requires,
        operations=operations,
        samples=samples,
        **facts,
    )

    def along(x: object, axis: object = None) -> Node:
        node = as_node(x)
        axes = normalize_axes(node, axis)
        if needs_entries and any(node.shape[i] == 0 for i in axes):
            raise ArgumentError(f"`{name}` of no entries is not defined: {node} has an empty axis")
        return intern(op, (node,), axes)

    def reduce(x: object, axis: object = None, keepdims: bool = False) -> Node:
        reduced = along(x, axis)
        return _restored(reduced, reduced) if keepdims and reduced.attrs else reduced

    public = along if keeps_shape else reduce
    public.__name__ = public.__qualname__ = name
    public.__doc__ = doc + "\n\nRaises ArgumentError for an axis that does not exist."
    return function(public)


# Extrema ----------------------------------------------------------------------------------------


def _extremum_rule(left: float, right: float) -> Rule:
    """The rule of an extremum; an entry that ties has these one-sided derivatives."""

    def rule(node: Node, k: int, g: Node) -> Node:
        chosen = equal(node.args[0], _restored(node, node))
        count = stop_gradient(sum(chosen, node.attrs))
        if shares_ties():
            share = g / count
        elif raises_at_kinks():
            share = g * off_kink(where(equal(count, 1), 1.0, 0.0))
        else:
            share = g * where(equal(count, 1), 1.0, at_kink(left, right))
        return where(chosen, _restored(share, node), 0.0)

    return rule


def _tie(y: Node, x: Node) -> Node:
    """Where more than one entry is the extremum."""
    return greater(sum(equal(x, _restored(y, y)), y.attrs), 1)


max = reduction(
    "max",
    _extremum_rule(0, 1),
    "Return the largest entry over `axis`. Entries that tie share the derivative equally.",
    infer=_infer_reduced,
    needs_entries=True,
    values=first_argument,
    edges=(Edge(_tie, CONVENTION),),
    samples=(
        Sample("max(X)", {"X": "n m"}),
        Sample("max(X, axis=0) * max(X, axis=1, keepdims=True)", {"X": "n m"}),
    ),
)
min = reduction(
    "min",
    _extremum_rule(1, 0),
    "Return the smallest entry over `axis`. Entries that tie share the derivative equally.",
    infer=_infer_reduced,
    needs_entries=True,
    values=first_argument,
    edges=(Edge(_tie, CONVENTION),),
    samples=(Sample("min(X)", {"X": "n m"}), Sample("min(K, axis=(0, 2))", {"K": "2 n 3"})),
)


# Products ---------------------------------------------------------------------------------------


def _prod_rule(node: Node, k: int, g: Node) -> Node:
    others = node.args[0]
    # the product over several axes, leaving one entry out, is taken one axis after the other
    result = _restored(g, node)
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
    made_one = where(equal(one, 1), 1.0, expand_dims(x, axis))
    pairs = where(equal(one, 1), 0.0, product_of_others(made_one, axis + 1))
    lead = g.ndim - node.ndim
    return sum(expand_dims(g, lead + axis + 1) * _swapped(pairs, axis), lead + axis)


def _swapped(pairs: Node, axis: int) -> Node:
    from symdiff.ops.contraction import transpose

    order = list(range(pairs.ndim))
    order[axis], order[axis + 1] = order[axis + 1], order[axis]
    return transpose(pairs, order)


product_of_others = reduction(
    "product_of_others",
    _others_rule,
    "Return, for each entry, the product of the other entries along one axis; exact at zeros.",
    infer=_infer_same,
    keeps_shape=True,
    numpy=lambda node: Template(f"_product_of_others({{0}}, {node.attrs[0]})"),
    complex=True,
    passes=3,  # products before, products after, both together
    samples=(
        Sample("product_of_others(x, axis=0)", {"x": "n"}),
        Sample("product_of_others(X, axis=1)", {"X": "n m"}),
        Sample("product_of_others(X, axis=0)", {"X": "n m"}),
    ),
)


def _product_values(node: Node, arguments: Sequence[Interval]) -> Interval:
    factor = arguments[0]
    if factor.low < 0:
        return ANYTHING
    return POSITIVE if factor.low > 0 or factor.open_low else NONNEGATIVE


prod = reduction(
    "prod",
    _prod_rule,
    "Return the product over `axis`. Its derivatives are exact where entries are 0.",
    infer=_infer_counted,
    values=_product_values,
    complex=True,
    samples=(
        Sample("prod(x)", {"x": "n"}),
        Sample("prod(X, axis=0) + prod(X)", {"X": "n m"}),
        Sample("prod(K, axis=(0, 2), keepdims=True)", {"K": "2 n 3"}),
        Sample("prod(x * array([0.0, 1.0, 0.0]))", {"x": "3"}),
    ),
)


# Norms ------------------------------------------------------------------------------------------


def _norm_rule(node: Node, k: int, g: Node) -> Node:
    at_zero = at_kink(-1, 1)
    if raises_at_kinks():
        length, at_zero = off_kink(node), 0.0
    else:
        length = where(equal(node, 0), 1, node)
    slope = FUNCTIONS["conj"](node.args[0]) / _restored(length, node)
    if at_zero != 0:  # where x / 1 is not the convention itself
        slope = where(equal(_restored(node, node), 0), at_zero, slope)
    return _restored(g, node) * slope


def _norm_numpy(node: Node) -> Template:
    if node.args[0].ndim > 2 and len(node.attrs) == node.args[0].ndim:
        return Template("np.linalg.norm({0:postfix}.ravel())")
    if len(node.attrs) > 2:
        entries = "np.abs({0})" if node.args[0].dtype == "complex" else "{0}"
        return Template(f"np.sqrt(np.sum(np.square({entries}){_keyword(node)}))")
    if not node.attrs:
        return Template("np.abs({0})")
    return Template(f"np.linalg.norm({{0}}{_keyword(node)})")


def _norm_pretty(node: Node) -> Template:
    return _form("norm")(node) if _keyword(node) else Template("‖{0}‖")


def _norm_latex(node: Node) -> Template:
    return Template(f"\\left\\|{{0}}\\right\\|{_subscript(node)}")


norm = reduction(
    "norm",
    _norm_rule,
    "Return the Euclidean (Frobenius) norm over `axis`. Its derivative at 0 is 0.",
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
    ),
)


# The soft maximum -------------------------------------------------------------------------------


def _softmax_rule(node: Node, k: int, g: Node) -> Node:
    return node * (g - _total(g * node, node))


def _log_softmax_rule(node: Node, k: int, g: Node) -> Node:
    return g - softmax(node.args[0], node.attrs) * _total(g, node)


def _logsumexp_rule(node: Node, k: int, g: Node) -> Node:
    return _restored(g, node) * softmax(node.args[0], node.attrs)


def _helper(name: str) -> Callable[[Node], Template]:
    return _form(f"_{name}")


softmax = reduction(
    "softmax",
    _softmax_rule,
    "Return `exp(x)` divided by its sum over `axis`, without overflow.",
    infer=_infer_same,
    keeps_shape=True,
    needs_entries=True,
    numpy=_helper("softmax"),
    values=lambda node, arguments: Interval(0, 1, True),
    passes=5,  # maximum, subtract, exp, sum, divide
    samples=(
        Sample("softmax(x)", {"x": "n"}),
        Sample("softmax(X, axis=1) + softmax(X, axis=0)", {"X": "n m"}),
    ),
)
log_softmax = reduction(
    "log_softmax",
    _log_softmax_rule,
    "Return the logarithm of the softmax over `axis`, without overflow.",
    infer=_infer_same,
    keeps_shape=True,
    needs_entries=True,
    numpy=_helper("log_softmax"),
    values=lambda node, arguments: -NONNEGATIVE,
    passes=5,  # maximum, subtract, exp, sum, subtract
    samples=(
        Sample("log_softmax(x)", {"x": "n"}),
        Sample("log_softmax(X, axis=-1)", {"X": "n m"}),
    ),
)
logsumexp = reduction(
    "logsumexp",
    _logsumexp_rule,
    "Return the logarithm of the sum of `exp(x)` over `axis`, without overflow.",
    numpy=_helper("logsumexp"),
    passes=4,  # maximum, subtract, exp, sum
    needs_entries=True,
    samples=(
        Sample("logsumexp(x)", {"x": "n"}),
        Sample("logsumexp(X, axis=1, keepdims=True)", {"X": "n m"}),
    ),
)
