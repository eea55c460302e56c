"""Giving an axis another length: cut at its end, or filled up with zeros, as sizes turn out."""

from __future__ import annotations

from typing import NamedTuple

from symdiff.dims import Shape, Size, spaced
from symdiff.node import Node, intern
from symdiff.ops.batching import unchanged
from symdiff.ops.indexing import PUT, getitem
from symdiff.ops.leaves import as_node, size_of
from symdiff.ops.reads import moved
from symdiff.ops.rows import beside
from symdiff.ops.structure import normalize_axis, zeros
from symdiff.registry import Linear, Op, Sample, function, no_operations
from symdiff.template import Template, call

__all__ = ["cut_or_pad"]


class Length(NamedTuple):
    """The size that an axis, counted from the end, is to have."""

    size: Size
    axis: int


def with_size(shape: Shape, axis: int, size: Size) -> Shape:
    """A shape with another size on an axis that is counted from the end."""
    place = len(shape) + axis
    return (*shape[:place], size, *shape[place + 1 :])


def _transpose(node: Node, k: int, g: Node) -> Node:
    axis = node.attrs.axis
    return intern(CUT_OR_PAD, (g,), Length(node.args[0].shape[axis], axis))


def _text(node: Node) -> Template:
    axis = node.attrs.axis
    return call("cut_or_pad", 1, f", {node.attrs.size}" + f", axis={axis}" * (axis != -1))


CUT_OR_PAD = Op(
    "cut_or_pad",
    infer=lambda args, to: (with_size(args[0].shape, to.axis, to.size), args[0].dtype),
    attrs=Length,
    derivative=Linear(_transpose),
    complex=True,
    operations=no_operations,
    numpy=lambda node: call(
        "_cut_or_pad", 1, f", {spaced(node.attrs.size)}, axis={node.attrs.axis}"
    ),
    text=_text,
    pretty=_text,
    latex=lambda node: Template("\\operatorname{{cut-or-pad}}\\left({0}\\right)"),
    rows=beside(lambda node: (node.ndim + node.attrs.axis,)),
    reads=moved,
    batch=unchanged,
    samples=(
        Sample("cut_or_pad(x, m) * y", {"x": "n", "y": "m"}),
        Sample("cut_or_pad(X, 2*m + 1, axis=0) ** 2", {"X": "n m"}),
    ),
)


@function
def cut_or_pad(x: object, n: object, axis: int = -1) -> Node:
    """Return the first `n` entries along an axis, followed by zeros if there are fewer.

    Raises ArgumentError for an axis that does not exist, or an `n` that is no size.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> print(cut_or_pad(x, "m"), sd.evaluate(cut_or_pad(x, "m"), x=[1.0, 2.0], m=3))
    cut_or_pad(x, m) [1. 2. 0.]
    """
    node, size = as_node(x), size_of(n)
    place = normalize_axis(node, axis)
    axis = place - node.ndim
    longer = size - node.shape[axis]
    if longer == 0:
        return node
    if not isinstance(longer, int):
        return intern(CUT_OR_PAD, (node,), Length(size, axis))
    whole = (slice(None),) * place
    if longer < 0:
        return getitem(node, (*whole, slice(None, longer)))
    target = with_size(node.shape, axis, size)
    index = getitem(zeros(target), (*whole, slice(None, -longer))).attrs
    return intern(PUT, (node,), (index, target))
