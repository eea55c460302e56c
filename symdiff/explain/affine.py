"""One affine map of a network, read off a product and the sum that adds its bias."""

from __future__ import annotations

from collections.abc import Container
from enum import Enum
from typing import NamedTuple

from symdiff.dims import Shape, product
from symdiff.node import Node
from symdiff.ops.contraction import CONTRACT, outer, sum, transpose
from symdiff.ops.leaves import CONSTANT, VARIABLE
from symdiff.ops.structure import BROADCAST_TO, EXPAND_DIMS, RESHAPE, reshape


class Batch(Enum):
    """Where the examples of a batch lie in the arrays that flow through a network."""

    SINGLE = "single"
    ROWS = "rows"
    COLUMNS = "columns"


class Affine(NamedTuple):
    """`z = W a + b`, however it is spelled.

    product  the node of W a
    weight   the array W as it is stored: (units out, units in), or a vector for a single unit
    below    the array that the map is applied to, with examples where `batch` says
    batch    where the examples lie
    turned   W is stored the other way than the product is written: (units in, units out) before
             columns, (units out, units in) behind rows
    """

    product: Node
    weight: Node
    below: Node
    batch: Batch
    turned: bool

    def back(self, delta: Node) -> Node:
        """What `below` receives, of its shape, when the product has the cotangent `delta`."""
        return back_through(self.weight, delta, self.batch, self.turned)

    def by_weight(self, delta: Node, below: Node | None = None) -> Node:
        """What the weight receives, of its shape."""
        a = self.below if below is None else below
        return by_weight(a, delta, self.batch, self.turned, self.weight.ndim == 1)


def back_through(W: Node, delta: Node, batch: Batch, turned: bool) -> Node:
    """`Wᵀ δ`, in the order that the place of the examples asks for."""
    if W.ndim == 1:
        if batch is Batch.SINGLE:
            return delta * W
        return outer(delta, W) if batch is Batch.ROWS else outer(W, delta)
    back = W if turned else W.T
    return delta @ back if batch is Batch.ROWS else back @ delta


def by_weight(a: Node, delta: Node, batch: Batch, turned: bool, one_unit: bool) -> Node:
    """`δ aᵀ`, in the order that the place of the examples asks for, summed over them."""
    match batch:
        case Batch.SINGLE if one_unit:
            return delta * a
        case Batch.SINGLE:
            return outer(a, delta) if turned else outer(delta, a)
        case Batch.ROWS if not one_unit:
            return delta.T @ a if turned else a.T @ delta
        case Batch.ROWS:
            return a.T @ delta
        case _ if one_unit:
            return a @ delta
        case _:
            return a @ delta.T if turned else delta @ a.T


def by_bias(delta: Node, shape: Shape, term: Shape) -> Node:
    """`δ`, summed along the axes along which a bias is stretched.

    `shape` is the bias's own, `term` that of what is added: `b[:, None]` has another.
    """
    missing = delta.ndim - len(term)
    stretched = [
        axis
        for axis, size in enumerate(delta.shape)
        if axis < missing or (term[axis - missing] == 1 and size != 1)
    ]
    total = sum(delta, axis=tuple(stretched)) if stretched else delta
    return total if total.shape == shape else reshape(total, shape)


class Bias(NamedTuple):
    """What is added to a product.

    node   the array as it is stored
    term   the shape of what is added, with axes of length 1 that indexing may have put in
    minus  it is subtracted, as thresholds are
    total  the sum
    """

    node: Node
    term: Shape
    minus: bool
    total: Node

    def received(self, delta: Node) -> Node:
        """What the bias receives, of its shape, when the sum has the cotangent `delta`."""
        own = by_bias(delta, self.node.shape, self.term)
        return -own if self.minus else own


def is_parameter(node: Node, wrt: Container[Node]) -> bool:
    """True for what may be a weight or a bias: a variable, an array of numbers, one of `wrt`."""
    return node.dtype == "float" and (node.op in (VARIABLE, CONSTANT) or node in wrt)


def read_product(node: Node, batch: Batch, wrt: Container[Node]) -> Affine | None:
    """Read a product as weights times inputs, with examples where `batch` says."""
    if node.op is not CONTRACT or len(node.args) != 2 or node.args[0] is node.args[1]:
        return None
    (first, second), output = node.attrs
    inner = [i for i in first if i in second]
    outer_ones = [i for i in (*first, *second) if i not in inner]
    if len(inner) != 1 or inner[0] in output or sorted(outer_ones) != sorted(output):
        return None
    if len(set(first)) < len(first) or len(set(second)) < len(second):
        return None
    for place in (0, 1):
        weights, inputs = (first, second) if place == 0 else (second, first)
        W, below = node.args[place], node.args[1 - place]
        found = _placed(weights, inputs, output)
        if found is None or found[0] is not batch or not is_parameter(W, wrt):
            continue
        if W.ndim == below.ndim == 1 and W not in wrt and below in wrt:
            continue  # of two vectors, the one that is asked for is the weight
        below = transpose(below) if found[2] else below
        return Affine(node, W, below, batch, found[1])
    return None


def _placed(
    weights: tuple[int, ...], inputs: tuple[int, ...], output: tuple[int, ...]
) -> tuple[Batch, bool, bool] | None:
    """Where the examples are, and whether weights and inputs are stored the other way."""
    if len(weights) > 2 or len(inputs) > 2:
        return None
    if len(inputs) == 1:
        return Batch.SINGLE, len(weights) == 2 and weights[1] in output, False
    example_last = inputs[1] in output
    if len(weights) == 1:
        return (Batch.COLUMNS if example_last else Batch.ROWS), False, False
    example = inputs[1] if example_last else inputs[0]
    rows = output[0] == example
    unit_first = weights[0] in output
    if rows:
        return Batch.ROWS, unit_first, example_last
    return Batch.COLUMNS, not unit_first, not example_last


def read_bias(affine: Affine, consumer: Node, wrt: Container[Node]) -> Bias | None:
    """Read the sum of a product and a bias, one number for each unit, the same for all examples.

    What is subtracted is a bias only if it is among `wrt`: else it rather is what is to be met.
    """
    minus = consumer.op.name == "subtract"
    if not (minus or consumer.op.name == "add") or consumer.shape != affine.product.shape:
        return None
    first, second = consumer.args
    if first is second or (minus and first is not affine.product):
        return None
    added = second if first is affine.product else first
    term = added
    while term.op is BROADCAST_TO:
        term = term.args[0]
    node = term.args[0] if term.op in (EXPAND_DIMS, RESHAPE) else term
    if product(node.shape) != product(term.shape):
        return None
    if not is_parameter(node, wrt) or (minus and node not in wrt):
        return None
    return Bias(node, term.shape, minus, consumer) if _one_for_each_unit(affine, term) else None


def _one_for_each_unit(affine: Affine, term: Node) -> bool:
    """True if what is added tells units apart, and examples not."""
    shape = affine.product.shape
    padded = (1,) * (len(shape) - term.ndim) + term.shape
    example = {Batch.SINGLE: None, Batch.ROWS: 0, Batch.COLUMNS: len(shape) - 1}[affine.batch]
    return all(padded[axis] == (1 if axis == example else size) for axis, size in enumerate(shape))
