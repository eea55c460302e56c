"""Declaring ops over axes: reductions, and ops such as softmax that keep the shape.

The attribute of such an op is the tuple of its axes, counted from the front. Its first argument is
what it reduces; some take a second one, such as the `initial` of a maximum.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symdiff.dims import Shape, Size, product
from symdiff.errors import ArgumentError
from symdiff.node import Node, intern
from symdiff.ops.batching import (
    Args,
    next_axes,
    stretched,
    with_rank,
)
from symdiff.ops.contraction import sum
from symdiff.ops.declare import inexact_kind
from symdiff.ops.leaves import CONSTANT, as_node, number_of
from symdiff.ops.rows import reduced
from symdiff.ops.structure import axis_keyword, axis_subscript, expand_dims, normalize_axes
from symdiff.registry import Batch, Derivative, Fold, Op, Requirement, Sample, form
from symdiff.template import POSTFIX, Template

Axes = tuple[int, ...]
Infer = Callable[[tuple[Node, ...], Axes], tuple[Shape, str]]
Form = Callable[[Node], Template]


# Shapes and kinds -----------------------------------------------------------------------------


def reduced_shape(args: tuple[Node, ...], axes: Axes) -> Shape:
    """The shape of the first argument without the axes."""
    return tuple(size for i, size in enumerate(args[0].shape) if i not in axes)


def same_kind(args: tuple[Node, ...], axes: Axes) -> tuple[Shape, str]:
    """Reduce; the kind stays."""
    return reduced_shape(args, axes), args[0].dtype


def counting_kind(args: tuple[Node, ...], axes: Axes) -> tuple[Shape, str]:
    """Reduce; booleans are counted."""
    kind = args[0].dtype
    return reduced_shape(args, axes), "int" if kind == "bool" else kind


def float_kind(args: tuple[Node, ...], axes: Axes) -> tuple[Shape, str]:
    """Reduce to floats."""
    return reduced_shape(args, axes), "float"


def float_entries(args: tuple[Node, ...], axes: Axes) -> tuple[Shape, str]:
    """Keep the shape, with floats, or with complex numbers."""
    return args[0].shape, inexact_kind(args)


# Axes -------------------------------------------------------------------------------------------


def restored(reduced: Node, node: Node) -> Node:
    """Put the reduced axes of `node` back, with size 1, behind any leading axes of `reduced`."""
    lead = reduced.ndim - node.ndim
    return expand_dims(reduced, tuple(lead + axis for axis in node.attrs))


def kept_axes(reduced: Node, keepdims: bool) -> Node:
    """The result of a reduction, with its axes put back if they are to be kept."""
    return restored(reduced, reduced) if keepdims and reduced.attrs else reduced


def total(g: Node, node: Node) -> Node:
    """Sum a cotangent of `node`'s shape over its axes, which stay with size 1."""
    lead = g.ndim - node.ndim
    return sum(g, tuple(lead + axis for axis in node.attrs), keepdims=True)


def along(op: Op, x: object, axis: object, *more: Node) -> Node:
    """Apply an op over `axis`: an int, a tuple of ints, or None for all."""
    node = as_node(x)
    return intern(op, (node, *more), normalize_axes(node, axis))


# Declaring --------------------------------------------------------------------------------------


def keyword(node: Node) -> str:
    """`, axis=…` as a call needs it."""
    return axis_keyword(node.attrs, node.args[0].ndim)


def subscript(node: Node) -> str:
    """The axes as a subscript in a LaTeX template."""
    return axis_subscript(node.attrs, node.args[0].ndim)


def call_form(prefix: str, second: str = "") -> Form:
    """A call with the axes as a keyword, and a second argument, where there is one, as `second`."""

    def form(node: Node) -> Template:
        more = f", {second}={{1}}" if len(node.args) > 1 else ""
        return Template(f"{prefix}({{0}}{keyword(node)}{more})")

    return form


def numpy_form(function: str, second: str = "") -> Form:
    """The same in NumPy, where a second argument that is a number needs no conversion.

    A method is much faster than the function of its name.
    """
    name = function.removeprefix("np.")

    def numpy(node: Node) -> Template:
        options = keyword(node)
        if len(node.args) > 1:
            plain = number_of(node.args[1]) is None
            options += f", {second}="
            options += "{1}" if plain else form(CONSTANT.numpy, node.args[1]).render([])
        if hasattr(np.ndarray, name):
            return Template(f"{{0:postfix}}.{name}({options.removeprefix(', ')})", POSTFIX)
        return Template(f"{function}({{0}}{options})")

    return numpy


def _latex_form(name: str, second: str) -> Form:
    def form(node: Node) -> Template:
        more = f",\\ \\mathrm{{{{{second}}}}}\\ {{1}}" if len(node.args) > 1 else ""
        called = f"\\operatorname{{{{{name}}}}}{subscript(node)}"
        return Template(f"{called}\\left({{0}}{more}\\right)")

    return form


def over_next_axes(node: Node, args: Args) -> Node:
    """The batch of an op over axes: a second argument broadcasts with the first, or is a number."""
    x = stretched(node, args)[0]
    pairs = list(zip(node.args, args, strict=True))[1:]
    second = [with_rank(own, arg, node.args[0].ndim) for own, arg in pairs]
    return intern(node.op, (x, *second), next_axes(node.attrs))


def reduction(
    name: str,
    derivative: Derivative,
    infer: Infer = float_kind,
    *,
    numpy: Form | None = None,
    text: Form | None = None,
    pretty: Form | None = None,
    latex: Form | None = None,
    second: str = "",
    needs_entries: bool = False,
    condition: int | None = None,
    passes: int = 1,
    fold: Fold | None = None,
    batch: Batch = over_next_axes,
    samples: tuple[Sample, ...],
    reference: str = "",
    **facts: Any,
) -> Op:
    """Declare an op over axes.

    `second` is the keyword of its second argument, if it may have one. One that `needs_entries`
    refuses empty axes, unless it has an `initial` value. `condition` is as in `Op`; `passes` is how
    many operations it needs for each entry of its first argument. `fold` combines the results of
    parts of what it reduces, if something does. `batch` is as in `Op`.
    """

    def needed(args: tuple[Node, ...], axes: Axes) -> Shape:
        begun = second == "initial" and len(args) > 1
        return tuple(args[0].shape[axis] for axis in axes if needs_entries and not begun)

    def infer_nonempty(args: tuple[Node, ...], axes: Axes) -> tuple[Shape, str]:
        if 0 in needed(args, axes):
            raise ArgumentError(
                f"`{name}` of no entries is not defined: {args[0]} has an empty axis"
            )
        return infer(args, axes)

    def requires(node: Node) -> tuple[Requirement, ...]:
        sizes = needed(node.args, node.attrs)
        return tuple(Requirement(size, 1, f"`{name}` of no entries") for size in sizes)

    def operations(node: Node) -> Size:
        return product((passes, *node.args[0].shape))

    written = text or call_form(name, second)
    return Op(
        name,
        infer_nonempty if needs_entries else infer,
        derivative,
        numpy=numpy or numpy_form(f"np.{name}", second),
        text=written,
        pretty=pretty or written,
        latex=latex or _latex_form(name.replace("_", "\\_"), second),
        attrs=Axes,
        requires=requires,
        operations=operations,
        condition=condition,
        rows=reduced(fold),
        batch=batch,
        samples=samples,
        reference=reference,
        **facts,
    )
