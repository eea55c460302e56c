"""Sums with the shares of a softmax, in which digits cancel where one share is nearly all.

With `p = softmax(x)`: `p - t`, the residual of a cross-entropy; `v - sum(p*v)`, by which its
products with vectors go; and `diag(p) - p pᵀ`, its second derivatives.
"""

from __future__ import annotations

from symdiff.node import Node, intern
from symdiff.ops.contraction import CONTRACT
from symdiff.ops.contraction_forms import recognise
from symdiff.ops.elementwise import multiply, negative
from symdiff.ops.indexing import PUT
from symdiff.ops.leaves import CONSTANT, VARIABLE, as_node, number_of
from symdiff.ops.lowered import SET_DIAGONAL, lacking, minus_mean, softmax_minus, softmax_slope
from symdiff.ops.structure import BROADCAST_TO, EXPAND_DIMS
from symdiff.rewrite.engine import Rewriter, Rule, any_of
from symdiff.rewrite.polynomial import read_product, write_product

_DATA = (VARIABLE, CONSTANT, PUT)


def _share_beside_target(node: Node, rewriter: Rewriter) -> Node | None:
    """`total*softmax(x) - t`, where `t` is data."""
    first, second = node.args
    for share, target, sign in ((first, second, 1), (second, first, -1)):
        if target.op not in _DATA or target.dtype == "bool" or share.shape != node.shape:
            continue
        found = _scaled_softmax(share, rewriter)
        if found is not None:
            softmax, total = found
            residual = softmax_minus(softmax.args[0], target, total, axes=softmax.attrs)
            return residual if sign > 0 else -residual
    return None


def _scaled_softmax(node: Node, rewriter: Rewriter) -> tuple[Node, Node] | None:
    """A softmax, and what it is multiplied by."""
    if node.op.name == "softmax":
        return node, as_node(1)
    if node.op.name != "multiply":
        return None
    product = read_product(node, rewriter.single)
    softmax = next((part for part, e in product.powers.items() if _is_one(part, e)), None)
    if softmax is None or softmax.shape != node.shape:
        return None
    return softmax, write_product(product.without((softmax,)))


def _is_one(part: Node, exponent: int) -> bool:
    return part.op.name == "softmax" and exponent == 1


# Means with shares as weights -------------------------------------------------------------------


def _less_mean(node: Node, rewriter: Rewriter) -> Node | None:
    """`v - sum(p*v)`, or its negative."""
    first, second = node.args
    for v, mean, sign in ((first, second, 1), (second, first, -1)):
        softmax = _weights(mean, v) if v.shape == node.shape else None
        if softmax is not None:
            centred = minus_mean(v, softmax, axes=softmax.attrs)
            return centred if sign > 0 else -centred
    return None


def _product_less_mean(node: Node, rewriter: Rewriter) -> Node | None:
    """`v*p - sum(v*p)*p`, or its negative."""
    if any(arg.op.name != "multiply" or arg.shape != node.shape for arg in node.args):
        return None
    first, second = node.args
    for whole, meant, sign in ((first, second, 1), (second, first, -1)):
        for softmax in whole.args:
            if softmax.op.name != "softmax" or softmax not in meant.args:
                continue
            v, mean = _other(whole, softmax), _other(meant, softmax)
            if v.shape == node.shape and _weights(mean, v) is softmax:
                product = multiply(softmax, minus_mean(v, softmax, axes=softmax.attrs))
                return product if sign > 0 else -product
    return None


def _other(product: Node, factor: Node) -> Node:
    return product.args[product.args[0] is factor]


def _weights(mean: Node, v: Node) -> Node | None:
    """The softmax with which `mean` is the mean of `v`; its axes are kept, unless it has all."""
    mean = mean.args[0] if mean.op is BROADCAST_TO else mean
    places = mean.attrs if mean.op is EXPAND_DIMS else None
    total = mean.args[0] if places else mean
    if total.op is not CONTRACT:
        return None
    inputs, output = total.attrs
    if len(set(inputs)) > 1 or len(set(inputs[0])) < len(inputs[0]):
        return None
    axes = tuple(k for k, i in enumerate(inputs[0]) if i not in output)
    if tuple(i for i in inputs[0] if i in output) != output or (output and places != axes):
        return None
    factors = total.args
    if len(factors) == 1:
        factors = factors[0].args if factors[0].op.name == "multiply" else ()
    if len(factors) != 2 or v not in factors:
        return None
    softmax = factors[factors[0] is v]
    fits = softmax.op.name == "softmax" and softmax.attrs == axes and softmax.shape == v.shape
    return softmax if fits else None


# Second derivatives -----------------------------------------------------------------------------


def _diagonal_less_outer(node: Node, rewriter: Rewriter) -> Node | None:
    """`diag(p) - p pᵀ`, or its negative."""
    if node.ndim != 2 or any(arg.op is not CONTRACT for arg in node.args):
        return None
    left, right = node.args
    for diagonal, outer, sign in ((left, right, 1), (right, left, -1)):
        first, second = recognise(diagonal), recognise(outer)
        if first is None or second is None or (first.kind, second.kind) != ("diag", "outer"):
            continue
        softmax = outer.args[0]
        same = softmax is outer.args[1] and any(arg is softmax for arg in diagonal.args)
        if same and softmax.op.name == "softmax" and softmax.ndim == 1:
            slope = softmax_slope(softmax.args[0], axes=softmax.attrs)
            entries = slope if sign > 0 else negative(slope)
            matrix = negative(outer) if sign > 0 else outer
            return intern(SET_DIAGONAL, (matrix, entries), False)
    return None


def _lacking_to_one(node: Node, rewriter: Rewriter) -> Node | None:
    """`1 - softmax(x)`."""
    one, softmax = node.args
    if number_of(one) != 1 or softmax.op.name != "softmax":
        return None
    return lacking(softmax, axes=softmax.attrs)


RULES = (
    Rule("softmax beside its target", ("subtract",), _share_beside_target, needs=any_of("softmax")),
    Rule("one less a softmax", ("subtract",), _lacking_to_one, needs=any_of("softmax")),
    Rule("entries less their mean", ("subtract",), _less_mean, needs=any_of("softmax")),
    Rule("products less their mean", ("subtract",), _product_less_mean, needs=any_of("softmax")),
    Rule(
        "diagonal less outer product", ("subtract",), _diagonal_less_outer, needs=any_of("softmax")
    ),
)
