"""Ops that move entries without changing them: new axes, broadcasting, reshaping."""

from __future__ import annotations

import re
from typing import Any

from symdiff.dims import Dim, Shape, Size, broadcast, exact_quotient, product, spaced, spaced_shape
from symdiff.errors import ArgumentError, ShapeError, describe, shape_text
from symdiff.node import Node, intern
from symdiff.ops.leaves import as_node, constant, numpy_type, size_of
from symdiff.ops.reads import moved
from symdiff.registry import Linear, Op, Sample, always, first_argument, function, no_operations
from symdiff.template import POSTFIX, Template

__all__ = [
    "broadcast_to",
    "expand_dims",
    "reshape",
]


def normalize_axes(x: Node, axis: object, ordered: bool = True) -> tuple[int, ...]:
    """Turn an int, a tuple of ints or None (all) into axes counted from the front.

    Raises ArgumentError for an axis that `x` does not have, or names twice.
    """
    if axis is None:
        return tuple(range(x.ndim))
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    return axes_within(axes, x.ndim, x, ordered)


def normalize_axis(x: Node, axis: object) -> int:
    """One axis, counted from the front; None stands for the only one.

    Raises ArgumentError for an axis that `x` does not have, and for several.
    """
    found = normalize_axes(x, axis)
    if len(found) != 1:
        raise ArgumentError(f"expected one axis of {describe(x)}, as an int, not {axis!r}")
    return found[0]


def axes_within(
    axes: object, rank: int, owner: Node | str, ordered: bool = True
) -> tuple[int, ...]:
    """Axes counted from the front, among `rank` axes of `owner`, or what messages call so."""
    found: list[int] = []
    for axis in axes:  # type: ignore[attr-defined]
        try:
            place = axis.__index__()
        except (AttributeError, TypeError):
            raise ArgumentError(f"an axis must be an int, not {axis!r}") from None
        if not -rank <= place < rank:
            raise ArgumentError(f"axis {place} does not exist in {_named(owner)}")
        if place % rank in found:
            raise ArgumentError(f"axis {place} is named twice for {_named(owner)}")
        found.append(place % rank)
    return tuple(sorted(found) if ordered else found)


def _named(owner: Node | str) -> str:
    return describe(owner) if isinstance(owner, Node) else owner


def axis_keyword(axes: tuple[int, ...], rank: int) -> str:
    """`, axis=…` as a call needs it: nothing for all axes."""
    return "" if len(axes) == rank else f", axis={_axes_text(axes)}"


def axis_subscript(axes: tuple[int, ...], rank: int) -> str:
    """The same as a subscript in a LaTeX template."""
    if len(axes) == rank:
        return ""
    return f"_{{{{\\mathrm{{{{axis}}}}\\,{_axes_text(axes)}}}}}"


def _axes_text(axes: tuple[int, ...]) -> str:
    return str(axes[0]) if len(axes) == 1 else str(axes)


# New axes of size 1 ---------------------------------------------------------------------------


def _infer_expand(args: tuple[Node, ...], axes: tuple[int, ...]) -> tuple[Shape, str]:
    sizes = iter(args[0].shape)
    rank = args[0].ndim + len(axes)
    return tuple(1 if i in axes else next(sizes) for i in range(rank)), args[0].dtype


def _expand_transpose(node: Node, k: int, g: Node) -> Node:
    from symdiff.ops.contraction import contract

    lead = g.ndim - node.ndim
    gone = {lead + axis for axis in node.attrs}
    indices = tuple(range(g.ndim))
    return contract([g], [indices], tuple(i for i in indices if i not in gone))


def _expand_call(node: Node, prefix: str = "") -> Template:
    return Template(f"{prefix}expand_dims({{0}}, {_axes_text(node.attrs)})")


def _expand_text(node: Node, prefix: str = "") -> Template:
    """`x[:, None]` where few axes make that clear, else a call."""
    if node.ndim > 4 or not node.args[0].ndim:
        return _expand_call(node, prefix)
    last = max(node.attrs)
    marks = ", ".join("None" if i in node.attrs else ":" for i in range(last + 1))
    return Template(f"{{0:postfix}}[{marks}]", POSTFIX)


def _expand_rows(node: Node, axes: tuple[int | None, ...]) -> int:
    (axis,) = axes
    assert axis is not None
    return [place for place in range(node.ndim) if place not in node.attrs][axis]


def _expand_batch(node: Node, args: tuple[Node, ...]) -> Node:
    return expand_dims(args[0], tuple(axis + 1 for axis in node.attrs))


EXPAND_DIMS = Op(
    "expand_dims",
    infer=_infer_expand,
    attrs=tuple[int, ...],
    derivative=Linear(_expand_transpose),
    complex=True,
    view=always,
    numpy=lambda node: _expand_text(node, "np."),
    text=_expand_text,
    pretty=_expand_text,
    latex=lambda node: Template(
        f"\\operatorname{{{{expand}}}}_{{{{{_axes_text(node.attrs)}}}}}({{0}})"
    ),
    rows=_expand_rows,
    reads=moved,
    batch=_expand_batch,
    samples=(
        Sample("expand_dims(x, 0) * expand_dims(x, 1)", {"x": "n"}),
        Sample("expand_dims(x, (0, 1, 2))", {"x": ""}),
    ),
)


@function
def expand_dims(x: object, axis: object) -> Node:
    """Return `x` with new axes of size 1 at the places `axis` of the result.

    >>> import symdiff as sd
    >>> sd.expand_dims(sd.vector("x", "n"), 1).shape
    (n, 1)
    """
    x = as_node(x)
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    rank = x.ndim + len(axes)
    places = axes_within(axes, rank, f"the result, which has {rank} axes")
    return intern(EXPAND_DIMS, (x,), places) if places else x


def without_leading_axes(x: Node) -> Node:
    """The array before new axes were put in front, which NumPy's broadcasting adds by itself."""
    while x.op is EXPAND_DIMS and x.attrs == tuple(range(len(x.attrs))):
        x = x.args[0]
    return x


# Broadcasting -----------------------------------------------------------------------------------


def _unbroadcast_transpose(node: Node, k: int, g: Node) -> Node:
    return unbroadcast(g, node.ndim, node.args[0].shape)


def unbroadcast(g: Node, rank: int, shape: Shape) -> Node:
    """Sum a cotangent over the axes along which an argument of `shape` was stretched.

    `rank` is the number of axes of the result, so that `g` has `g.ndim - rank` leading axes.
    """
    from symdiff.ops.contraction import sum

    lead = g.ndim - rank
    own = g.shape[lead:]
    if own == shape:
        return g
    added = rank - len(shape)
    kept = tuple(lead + added + i for i, s in enumerate(shape) if s == 1 and own[added + i] != 1)
    if kept:
        g = sum(g, kept, keepdims=True)
    return sum(g, tuple(range(lead, lead + added))) if added else g


def _shape_argument(shape: Shape) -> str:
    return str(shape[0]) if len(shape) == 1 else shape_text(shape)


def _spaced_argument(shape: Shape) -> str:
    return spaced(shape[0]) if len(shape) == 1 else spaced_shape(shape)


def _filled(node: Node) -> Node | None:
    """The scalar constant with which a broadcast fills an array, if that is what it does."""
    from symdiff.ops.leaves import number_of

    arg = node.args[0]
    return arg if number_of(arg) is not None else None


def _broadcast_numpy(node: Node) -> Template:
    from symdiff.ops.leaves import number_of

    shape = _spaced_argument(node.attrs)
    fill = number_of(node.args[0])
    dtype = numpy_type(node.dtype)
    if fill is not None and fill in (0, 1):
        return Template(f"np.{'ones' if fill else 'zeros'}({shape}, dtype={dtype})")
    if not node.args[0].ndim:
        return Template(f"np.full({shape}, {{0}}, dtype={dtype})")
    return Template(f"np.broadcast_to({{0}}, {shape})")


def _broadcast_text(node: Node) -> Template:
    return Template(f"broadcast_to({{0}}, {_shape_argument(node.attrs)})")


def _broadcast_pretty(node: Node) -> Template:
    fill = _filled(node)
    if fill is not None and node.ndim == 1 and fill.attrs.value in (0, 1):
        return Template("𝟏" if fill.attrs.value else "𝟎")
    return _broadcast_text(node)


def _broadcast_latex(node: Node) -> Template:
    fill = _filled(node)
    if fill is not None and fill.attrs.value in (0, 1):
        return Template(f"\\mathbf{{{{{int(fill.attrs.value)}}}}}")
    return Template("\\operatorname{{broadcast}}({0})")


def _broadcast_rows(node: Node, axes: tuple[int | None, ...]) -> int | None:
    (x,), (axis,) = node.args, axes
    assert axis is not None
    place = node.ndim - x.ndim + axis
    return place if node.shape[place] == x.shape[axis] else None


def _broadcast_batch(node: Node, args: tuple[Node, ...]) -> Node:
    (own,), (arg,) = node.args, args
    missing = tuple(range(1, 1 + node.ndim - own.ndim))
    return broadcast_to(expand_dims(arg, missing), (arg.shape[0], *node.shape))


BROADCAST_TO = Op(
    "broadcast_to",
    infer=lambda args, shape: (shape, args[0].dtype),
    attrs=Shape,
    derivative=Linear(_unbroadcast_transpose),
    complex=True,
    view=lambda node: bool(node.args[0].ndim),
    values=first_argument,
    operations=no_operations,
    numbers=True,
    numpy=_broadcast_numpy,
    text=_broadcast_text,
    pretty=_broadcast_pretty,
    latex=_broadcast_latex,
    rows=_broadcast_rows,
    reads=moved,
    batch=_broadcast_batch,
    samples=(
        Sample("broadcast_to(x, (n, m)) * y", {"x": "m", "y": "n m"}),
        Sample("broadcast_to(x, (2, n, 3))", {"x": "n 1"}),
        Sample("broadcast_to(x, n)", {"x": "", "y": "n"}),
    ),
)


@function
def broadcast_to(x: object, shape: object) -> Node:
    """Return `x` stretched to `shape` by NumPy's rule.

    Raises ShapeError where an axis is neither 1, nor missing, nor of the size asked for.

    >>> import symdiff as sd
    >>> sd.broadcast_to(sd.vector("x", "n"), ("m", "n")).shape
    (m, n)
    """
    x, target = as_node(x), shape_of(shape)
    clash: tuple[Size, Size] | None = None
    try:
        fits = broadcast(x.shape, target) == target
    except ShapeError as error:
        fits, clash = False, error.clash
    if not fits:
        raise ShapeError(
            f"`broadcast_to` cannot stretch {describe(x)} to {shape_text(target)}", clash
        )
    return x if x.shape == target else intern(BROADCAST_TO, (x,), target)


def unstretched(x: Node) -> Node:
    """The small array from which NumPy's broadcasting makes `x`."""
    while True:
        inner = x.args[0] if x.op is BROADCAST_TO else without_leading_axes(x)
        if inner is x:
            return x
        x = inner


def shape_of(value: object) -> Shape:
    """A shape given as sizes, names, or nodes that stand for sizes."""
    parts = value if isinstance(value, (tuple, list)) else (value,)
    return tuple(size_of(part) for part in parts)


def zeros(shape: object) -> Node:
    """An array of zeros."""
    return broadcast_to(constant(0.0), shape)


def ones(shape: object) -> Node:
    """An array of ones."""
    return broadcast_to(constant(1.0), shape)


# Reshaping --------------------------------------------------------------------------------------


def _reshape_transpose(node: Node, k: int, g: Node) -> Node:
    lead = g.shape[: g.ndim - node.ndim]
    return reshape(g, (*lead, *node.args[0].shape))


def _reshape_form(prefix: str) -> Any:
    return lambda node: Template(f"{prefix}({{0}}, {_shape_argument(node.attrs)})")


def latex_sizes(text: str) -> str:
    """Sizes as LaTeX writes them, in a template, whose braces are doubled."""
    return re.sub(r"\*\*(\d+)", r"^{{\1}}", text).replace("*", " \\, ")


def _reshape_latex(node: Node) -> Template:
    shape = latex_sizes(_shape_argument(node.attrs))
    return Template(f"\\operatorname{{{{reshape}}}}\\left({{0}}, {shape}\\right)")


def _reshape_rows(node: Node, axes: tuple[int | None, ...]) -> int | None:
    """Rows stay where an axis of their number has as many entries in front of it as before."""
    (x,), (axis,) = node.args, axes
    assert axis is not None
    front = product(x.shape[:axis])
    for place, size in enumerate(node.shape):
        if size == x.shape[axis] and product(node.shape[:place]) == front:
            return place
    return None


def _reshape_batch(node: Node, args: tuple[Node, ...]) -> Node:
    return reshape(args[0], (args[0].shape[0], *node.shape))


RESHAPE = Op(
    "reshape",
    infer=lambda args, shape: (shape, args[0].dtype),
    attrs=Shape,
    derivative=Linear(_reshape_transpose),
    complex=True,
    view=always,
    numpy=lambda node: Template(f"{{0:postfix}}.reshape({_spaced_argument(node.attrs)})"),
    text=_reshape_form("reshape"),
    pretty=_reshape_form("reshape"),
    latex=_reshape_latex,
    rows=_reshape_rows,
    reads=moved,
    batch=_reshape_batch,
    samples=(
        Sample("reshape(X, (m, n)) * y", {"X": "n m", "y": "m 1"}),
        Sample("reshape(X, -1)", {"X": "n 3"}),
        Sample("reshape(x, (2, 3))", {"x": "6"}),
    ),
)


@function
def reshape(x: object, shape: object) -> Node:
    """Return `x` with its entries, in C order, in another shape; -1 stands for what is left.

    Raises ShapeError unless the number of entries is the same for all values of named sizes.

    >>> import symdiff as sd
    >>> sd.reshape(sd.matrix("X", "n", 6), ("n", 2, -1)).shape
    (n, 2, 3)
    """
    x = as_node(x)
    parts = shape if isinstance(shape, (tuple, list)) else (shape,)
    sizes: list[Size] = [-1 if _is_rest(part) else size_of(part) for part in parts]
    if sizes.count(-1) > 1:
        raise ArgumentError("`reshape` takes at most one -1")
    total = product(x.shape)
    if -1 in sizes:
        rest = exact_quotient(total, product(s for s in sizes if s != -1))
        if rest is None:
            raise ShapeError(f"`reshape` cannot fill {shape_text(tuple(sizes))} from {describe(x)}")
        sizes[sizes.index(-1)] = rest
    target = tuple(sizes)
    if product(target) != total:
        raise ShapeError(
            f"`reshape` cannot turn {describe(x)} into {shape_text(target)}: "
            f"{total} entries differ from {product(target)}"
        )
    return x if x.shape == target else intern(RESHAPE, (x,), target)


def _is_rest(part: object) -> bool:
    from symdiff.ops.leaves import number_of

    if isinstance(part, Node):
        return number_of(part) == -1
    return not isinstance(part, (Dim, str)) and part == -1
