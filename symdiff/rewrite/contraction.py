"""Rules for contractions: one normal form for all that a product of arrays can be written as."""

from __future__ import annotations

from symdiff.node import Node
from symdiff.ops.contraction import CONTRACT, contract, has_unit, is_transpose
from symdiff.ops.contraction_forms import recognise
from symdiff.ops.leaves import EYE, INEXACT
from symdiff.ops.structure import EXPAND_DIMS, broadcast_to
from symdiff.rewrite.engine import Rewriter, Rule, rebuild
from symdiff.rewrite.expansion import EXPANSION_LIMIT, is_sum
from symdiff.rewrite.matrix_powers import merge_powers
from symdiff.rewrite.network import Network, Place, read_network, substitute_units, with_factor
from symdiff.rewrite.planning import aligned, write_network
from symdiff.rewrite.polynomial import (
    Product,
    factor,
    read_product,
    read_sum,
    write_product,
    write_sum,
)


def _normal(node: Node, rewriter: Rewriter) -> Node | None:
    """Read everything that the product is made of, and write it in the cheapest order."""
    if not _is_network(node, rewriter):
        return None
    network = _network(node, rewriter)
    rewriter.applied = _what_is_done(node, network)
    return write_network(network, rewriter.single)


def _what_is_done(node: Node, network: Network) -> str:
    """The name under which the step is listed: the most telling part of what happens."""
    units = [has_unit(arg) for arg in node.args]
    if node.op is not CONTRACT:
        return "product by entries as a contraction"
    if any(units) and not any(place[0].op is EYE for place in network.factors):
        return "unit matrix substituted"
    if network.scale != Product(1, {}):
        return "scalars out of a contraction"
    if is_transpose(node):
        return "transpose of a product"
    if len(network.factors) < len(node.args):
        return "factors that cancel"
    merged = len(network.factors) > len(node.args)
    return "products in the cheapest order" if merged else "factors in reading order"


def _units_multiplied_out(node: Node, rewriter: Rewriter) -> Node | None:
    """A sum in which a unit matrix stands is multiplied out, so that no unit matrix is built.

    So is a sum of matrices whose trace is taken.
    """
    if not _is_network(node, rewriter):
        return None
    waiting = [_network(node, rewriter)]
    if _sum_with_unit(waiting[0], rewriter) is None:
        return None
    written: list[Product] = []
    while waiting:
        network = waiting.pop()
        place = _sum_with_unit(network, rewriter)
        if place is None:
            written.append(factor(write_network(network, rewriter.single)))
        elif len(written) + len(waiting) > EXPANSION_LIMIT:
            return None
        else:
            terms = read_sum(place[0], rewriter.single).values()
            waiting += [with_factor(network, place, t, rewriter.single) for t in terms][::-1]
    return write_sum(written) if len(written) > 1 else None


def _network(node: Node, rewriter: Rewriter) -> Network:
    """The network of a node, read once for the rules that look at it one after the other."""
    known: tuple[Node, Network] | None = rewriter.scratch.get("network")
    if known is None or known[0] is not node:
        network = read_network(node, rewriter.single)
        merge_powers(network)
        substitute_units(network)
        known = rewriter.scratch["network"] = (node, network)
    return known[1]


def _is_network(node: Node, rewriter: Rewriter) -> bool:
    """True for a contraction, and for a product of arrays that is one in disguise.

    A product with a unit matrix is a diagonal; one of vectors along two axes is outer.
    """
    if node.dtype not in INEXACT:
        return False
    if node.op is CONTRACT:
        return True
    if node.ndim < 2:
        return False
    factors = read_product(node, rewriter.single).powers
    return _is_outer(node, list(factors)) or any(
        has_unit(part) or _has_unit_term(part, rewriter) or (e == 1 and _opens(part, rewriter))
        for part, e in factors.items()
    )


def _opens(node: Node, rewriter: Rewriter) -> bool:
    """True for a product of arrays that others may be multiplied into."""
    product = node.op is CONTRACT and node.ndim > 1 and not is_transpose(node)
    return product and rewriter.single(node)


def _is_outer(node: Node, factors: list[Node]) -> bool:
    arrays = [part for part in factors if part.ndim]
    columns = [part for part in arrays if part.op is EXPAND_DIMS and part.attrs == (1,)]
    rows = [part for part in arrays if part.ndim == 1]
    return node.ndim == 2 and bool(columns and rows) and len(columns + rows) == len(arrays)


def _sum_with_unit(network: Network, rewriter: Rewriter) -> Place | None:
    """A sum that is best multiplied out."""
    for place, exponent in network.factors.items():
        node, indices = place
        if exponent != 1 or not is_sum(node):
            continue
        traced = set(indices).isdisjoint(network.output) and len(set(indices)) < len(indices)
        scaled = len(network.factors) == 1 and set(indices) == set(network.output)
        unit = not scaled and _has_unit_term(node, rewriter)
        if unit or (traced and rewriter.single(node)):
            return place
    return None


def _has_unit_term(node: Node, rewriter: Rewriter) -> bool:
    """True for a sum in which a unit matrix, or a product with one, is a term."""
    if node.ndim < 2 or not is_sum(node):
        return False
    terms = rewriter.remembered(("terms", node), lambda: read_sum(node, rewriter.single))
    return any(has_unit(part) for term in terms.values() for part in term.powers)


def _transposed_terms(node: Node, rewriter: Rewriter) -> Node | None:
    """The transpose of a sum or a product by entries: transpose each part."""
    arg = node.args[0]
    if not is_transpose(node) or arg.op.name not in _ALGEBRA or not rewriter.single(arg):
        return None
    (own,), output = node.attrs
    parts = []
    for part in arg.args:
        indices = own[arg.ndim - part.ndim :]
        if any(a != b for a, b in zip(part.shape, arg.shape[arg.ndim - part.ndim :], strict=True)):
            return None
        parts.append(aligned(part, indices, output))
    return rebuild(arg, tuple(parts))


LINEAR_MOVES = (
    *("expand_dims", "reshape", "index", "cumsum", "centered", "triangle", "roll", "tile"),
    *("repeat", "gather", "scatter_add", "sliding_window_view", "overlap_add"),
)
"""Ops that are linear in their first argument, and move its entries or add them."""


def _scalars_out_of_moves(node: Node, rewriter: Rewriter) -> Node | None:
    """Entries are moved first and scaled afterwards."""
    arg = node.args[0]
    if arg.op.name not in ("multiply", "divide", "negative") or not rewriter.single(arg):
        return None
    product = read_product(arg, rewriter.single)
    arrays = {n: e for n, e in product.powers.items() if n.ndim}
    scalars = {n: e for n, e in product.powers.items() if not n.ndim}
    above = any(e > 0 for e in arrays.values())
    inner = broadcast_to(write_product(Product(1, arrays)), arg.shape) if above else arg
    if inner is arg or inner.dtype != arg.dtype:
        return None
    scale = Product(product.number, scalars)
    moved = rebuild(node, (inner, *node.args[1:]))
    return write_product(scale.times(factor(moved)))


def contracted_product(node: Node, factors: tuple[Node, ...]) -> Node | None:
    """A sum over a product of arrays as one contraction, if NumPy has a call for it."""
    (indices,), output = node.attrs
    arg = node.args[0]
    if len(set(indices)) < len(indices) or len(output) == len(indices):
        return None
    if not any(each.shape == arg.shape for each in factors):
        return None
    inputs = []
    for each in factors:
        missing = arg.ndim - each.ndim
        if not each.ndim or each.shape != arg.shape[missing:] or each.dtype not in INEXACT:
            return None
        inputs.append(indices[missing:])
    product = contract(factors, inputs, output)
    if product.op is not CONTRACT:
        return None
    return product if recognise(product) is not None or _sums_rows(product) else None


def _sums_rows(product: Node) -> bool:
    """True for the sum over the last axes of a product of two arrays of one shape."""
    inputs, output = product.attrs
    return len(inputs) == 2 and inputs[0] == inputs[1] and inputs[0][: len(output)] == output


_ALGEBRA = ("add", "subtract", "multiply", "divide", "negative")


def _triangle_of_triangle(node: Node, rewriter: Rewriter) -> Node | None:
    arg = node.args[0]
    return arg if arg.op is node.op and arg.attrs == node.attrs else None


RULES = (
    Rule("triangle of a triangle", ("triangle",), _triangle_of_triangle, complex=True),
    Rule("transpose of the parts", ("contract",), _transposed_terms, complex=True),
    Rule(
        "unit matrix multiplied out",
        ("contract", "multiply", "divide"),
        _units_multiplied_out,
        complex=True,
    ),
    Rule(
        "contraction in normal form",
        ("contract", "multiply", "divide"),
        _normal,
        final=True,
        complex=True,
    ),
    Rule(
        "scalars out of moved entries",
        LINEAR_MOVES,
        _scalars_out_of_moves,
        complex=True,
    ),
)
