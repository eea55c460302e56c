"""Rules for contractions: scalars out, trivial sums away, factors in the order people write."""

from __future__ import annotations

from symdiff.node import Node
from symdiff.ops.contraction import CONTRACT, Spec, contract, is_transpose
from symdiff.ops.contraction_forms import recognise
from symdiff.ops.elementwise import multiply
from symdiff.ops.leaves import size
from symdiff.ops.structure import BROADCAST_TO, EXPAND_DIMS, broadcast_to, expand_dims
from symdiff.rewrite.engine import Rewriter, Rule, rebuild
from symdiff.rewrite.polynomial import Product, factor, read_product, write_product


def _scalars_out(node: Node, rewriter: Rewriter) -> Node | None:
    """`A @ (c x)` is `c (A @ x)`, for numbers and scalars."""
    outside = Product(1, {})
    args = list(node.args)
    for place, arg in enumerate(args):
        split = _split(arg, rewriter, bool(node.attrs.summed))
        if split is not None:
            scalars, args[place] = split
            outside = outside.times(scalars)
    if outside == Product(1, {}):
        return None
    inner = contract(args, node.attrs.inputs, node.attrs.output)
    return write_product(outside.times(factor(inner)))


def _scalars_out_of_moves(node: Node, rewriter: Rewriter) -> Node | None:
    """Entries are moved first and scaled afterwards."""
    split = _split(node.args[0], rewriter, shared=False)
    if split is None:
        return None
    scalars, inner = split
    return write_product(scalars.times(factor(rebuild(node, (inner,)))))


def _split(arg: Node, rewriter: Rewriter, shared: bool) -> tuple[Product, Node] | None:
    """The scalar factors of an argument and the array that they scale.

    An argument that others use too is split only if `shared`, and if its array exists already.
    """
    if arg.op.name not in ("multiply", "divide", "negative"):
        return None
    alone = rewriter.single(arg)
    product = read_product(arg, rewriter.single if alone else _never)
    scalars = {n: e for n, e in product.powers.items() if not n.ndim}
    arrays = {n: e for n, e in product.powers.items() if n.ndim}
    if not arrays or not (alone or (shared and list(arrays.values()) == [1])):
        return None
    inner = broadcast_to(write_product(Product(1, arrays)), arg.shape)
    if inner is arg or inner.dtype != arg.dtype:
        return None
    return Product(product.number, scalars), inner


def _never(node: Node) -> bool:
    return False


def _stretched_axes(node: Node, rewriter: Rewriter) -> Node | None:
    """An axis that an argument was only stretched over needs no sum and no product.

    If another argument has it, it is left to that one. If it is summed, the sum is its size times
    one entry. If it remains, the result is stretched instead.
    """
    spec: Spec = node.attrs
    for place, arg in enumerate(node.args):
        if arg.op is not BROADCAST_TO:
            continue
        indices = spec.inputs[place]
        added = arg.ndim - arg.args[0].ndim
        if not added:
            continue
        gone, kept = range(added), range(added, arg.ndim)
        elsewhere = {i for k, ix in enumerate(spec.inputs) if k != place for i in ix}
        elsewhere.update(indices[added:])
        alone = {indices[k]: arg.shape[k] for k in gone if indices[k] not in elsewhere}
        args, inputs = list(node.args), list(spec.inputs)
        args[place] = broadcast_to(arg.args[0], tuple(arg.shape[k] for k in kept))
        inputs[place] = tuple(indices[k] for k in kept)
        result = contract(args, inputs, tuple(i for i in spec.output if i not in alone))
        for index, length in alone.items():
            if index not in spec.output:
                result = multiply(size(length), result)
        axes = tuple(k for k, i in enumerate(spec.output) if i in alone)
        return broadcast_to(expand_dims(result, axes), node.shape)
    return None


def _unit_axes(node: Node, rewriter: Rewriter) -> Node | None:
    """A sum over an axis of size 1 that was put there is no sum."""
    spec: Spec = node.attrs
    for place, arg in enumerate(node.args):
        if arg.op is not EXPAND_DIMS:
            continue
        indices = spec.inputs[place]
        elsewhere = [i for k, ix in enumerate(spec.inputs) if k != place for i in ix]
        once = [i for i in indices if indices.count(i) == 1 and i not in elsewhere]
        gone = [k for k in arg.attrs if indices[k] in once and indices[k] not in spec.output]
        if gone != list(arg.attrs):
            continue
        args, inputs = list(node.args), list(spec.inputs)
        args[place] = arg.args[0]
        inputs[place] = tuple(i for k, i in enumerate(indices) if k not in gone)
        return contract(args, inputs, spec.output)
    return None


def _through(node: Node, rewriter: Rewriter) -> Node | None:
    """The transpose, the trace or the diagonal of a product, or a sum of a sum, is one step."""
    inner = node.args[0]
    if len(node.args) > 1 or inner.op is not CONTRACT or not rewriter.single(inner):
        return None
    spec: Spec = node.attrs
    indices = spec.inputs[0]
    diagonal = len(set(indices)) < len(indices)
    if not (diagonal or is_transpose(node) or len(inner.args) == 1):
        return None
    renamed: dict[int, int] = {}
    same: dict[int, int] = {}
    for index, own in zip(indices, inner.attrs.output, strict=True):
        same[own] = renamed.setdefault(index, own)
    inputs = [tuple(same.get(i, i) for i in ix) for ix in inner.attrs.inputs]
    return contract(inner.args, inputs, tuple(renamed[i] for i in spec.output))


def _diagonal_factor(node: Node, rewriter: Rewriter) -> Node | None:
    """A diagonal matrix in a product scales rows or columns; it need not be built."""
    spec: Spec = node.attrs
    for place, arg in enumerate(node.args):
        if arg.op is not CONTRACT:
            continue
        form = recognise(arg)
        if form is None or form.kind != "diag" or set(spec.inputs[place]) <= set(spec.output):
            continue
        row, column = spec.inputs[place]
        args = [*node.args[:place], *arg.args, *node.args[place + 1 :]]
        inputs = [*spec.inputs[:place], (row,), (row, column), *spec.inputs[place + 1 :]]
        return contract(args, inputs, spec.output)
    return None


def _dot(node: Node, rewriter: Rewriter) -> Node | None:
    """The sum of the products of two vectors' entries is `aᵀ b`."""
    arg = node.args[0]
    if len(node.args) > 1 or arg.op.name != "multiply" or arg.ndim != 1:
        return None
    return contracted_product(node, arg.args) if rewriter.single(arg) else None


def contracted_product(node: Node, factors: tuple[Node, ...]) -> Node | None:
    """A sum over a product of arrays as one contraction, if that has a plain form."""
    (indices,), output = node.attrs
    arg = node.args[0]
    if len(set(indices)) < len(indices) or len(output) == len(indices):
        return None
    if not any(each.shape == arg.shape for each in factors):
        return None
    inputs = []
    for each in factors:
        missing = arg.ndim - each.ndim
        if not each.ndim or each.shape != arg.shape[missing:] or each.dtype != "float":
            return None
        inputs.append(indices[missing:])
    product = contract(factors, inputs, output)
    return product if _is_named(product) and product.op is CONTRACT else None


def _reordered(node: Node, rewriter: Rewriter) -> Node | None:
    """Write a product of two so that it reads from left to right, a matrix before a vector."""
    if len(node.args) != 2:
        return None
    left, right = node.args
    spec: Spec = node.attrs
    form = recognise(node)
    vector_first = form is not None and form.kind == "matmul" and left.ndim == 1
    if form is not None and not (vector_first and right.ndim == 2):
        return None
    swapped = contract((right, left), spec.inputs[::-1], spec.output)
    return swapped if vector_first or _is_named(swapped) else None


def _is_named(node: Node) -> bool:
    return node.op is not CONTRACT or recognise(node) is not None


_MOVES = ("expand_dims", "reshape", "index")

RULES = (
    Rule("sum over a stretched axis", ("contract",), _stretched_axes),
    Rule("sum over an axis of size 1", ("contract",), _unit_axes),
    Rule("scalars out of a contraction", ("contract",), _scalars_out),
    Rule(
        "scalars out of moved entries", ("expand_dims", "reshape", "index"), _scalars_out_of_moves
    ),
    Rule("scaling for a diagonal factor", ("contract",), _diagonal_factor),
    Rule("one contraction for two", ("contract",), _through),
    Rule("dot product for a sum of products", ("contract",), _dot),
    Rule("factors in reading order", ("contract",), _reordered),
)
