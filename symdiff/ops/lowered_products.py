"""Products as NumPy computes them; expressions never hold these ops.

A contraction says what is multiplied and summed, in whatever order of axes. These say which call
does it: their arguments have their axes in the order that NumPy wants.
"""

from __future__ import annotations

from typing import Any

from symdiff.dims import Shape, product
from symdiff.node import Node, intern
from symdiff.ops.declare import promoted
from symdiff.ops.rows import batched
from symdiff.ops.structure import axis_keyword
from symdiff.registry import Op, Undefined
from symdiff.template import MULTIPLY, Template, call, infix, latex_call

_NO_DERIVATIVE = Undefined("generated code alone multiplies with reordered axes", "sd.einsum")


def _infer_matmul(args: tuple[Node, ...], attrs: Any) -> tuple[Shape, str]:
    left, right = args
    assert left.shape[:-2] == right.shape[:-2] and left.shape[-1] == right.shape[-2]
    return (*left.shape[:-1], right.shape[-1]), promoted(args)


MATMUL = Op(
    "array_matmul",
    _infer_matmul,
    _NO_DERIVATIVE,
    numpy=infix(" @ ", MULTIPLY),
    text=infix(" @ ", MULTIPLY),
    pretty=infix(" ", MULTIPLY),
    latex=infix(" \\, ", MULTIPLY),
    complex=True,
    rows=batched(2, 2),
    operations=lambda node: product((2, *node.shape, node.args[0].shape[-1])),
)
"""`a @ b` of matrices, or of equally many matrices, which BLAS multiplies."""


def _infer_vecdot(args: tuple[Node, ...], attrs: Any) -> tuple[Shape, str]:
    left, right = args
    assert left.shape == right.shape
    return left.shape[:-1], promoted(args)


VECDOT = Op(
    "vecdot",
    _infer_vecdot,
    _NO_DERIVATIVE,
    numpy=call("np.vecdot", 2),
    text=call("vecdot", 2),
    pretty=call("vecdot", 2),
    latex=latex_call("\\operatorname{{vecdot}}", 2),
    rows=batched(1, 1),
    operations=lambda node: product((2, *node.args[0].shape)),
)
"""The sum of products along the last axis; of real numbers, since NumPy's conjugates."""


def _infer_centre(args: tuple[Node, ...], axes: tuple[int, ...]) -> tuple[Shape, str]:
    (array,) = args
    return tuple(s for axis, s in enumerate(array.shape) if axis not in axes), array.dtype


def _centre_call(node: Node) -> Template:
    return Template(f"_centre({{0}}{axis_keyword(node.attrs, node.args[0].ndim)})")


CENTRE = Op(
    "centre",
    _infer_centre,
    _NO_DERIVATIVE,
    numpy=_centre_call,
    text=Template("centre({0})"),
    pretty=Template("centre({0})"),
    latex=latex_call("\\operatorname{{centre}}"),
    operations=lambda node: product(node.args[0].shape),
)
"""A finite point amid the entries along axes, from which they are measured."""


def matmul(left: Node, right: Node) -> Node:
    """The product of two matrices, or of two stacks of as many."""
    return intern(MATMUL, (left, right))


def vecdot(left: Node, right: Node) -> Node:
    """The sum of products along the last axis of two arrays of one shape."""
    return intern(VECDOT, (left, right))


def centre(array: Node, axes: tuple[int, ...]) -> Node:
    """A finite point amid `array`, without `axes`."""
    return intern(CENTRE, (array,), axes)
