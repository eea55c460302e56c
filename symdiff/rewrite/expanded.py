"""The expanded form: everything multiplied out, to decide whether two expressions are equal.

It is no form to compute with. Two expressions that are equal as polynomials in their entries, and
in functions of such polynomials, have the same expanded form.
"""

from __future__ import annotations

from symdiff.node import Node, topological
from symdiff.ops.contraction import CONTRACT
from symdiff.ops.leaves import INEXACT, constant
from symdiff.ops.structure import broadcast_to
from symdiff.rewrite.engine import rebuild
from symdiff.rewrite.expansion import is_sum
from symdiff.rewrite.matrix_powers import merge_powers
from symdiff.rewrite.network import Network, Place, substitute_units, with_factor
from symdiff.rewrite.planning import write_network
from symdiff.rewrite.polynomial import Key, Product, add_term, factor, read_sum, write_sum

MOST_TERMS = 300
"""What has more terms when multiplied out is left as it is."""

_POLYNOMIAL = frozenset(
    {"add", "subtract", "multiply", "divide", "negative", "power", "expand_dims", "broadcast_to"}
)


def expanded(node: Node) -> Node:
    """Return an equal expression in which every product of sums is multiplied out.

    >>> import symdiff as sd
    >>> x, y = sd.vector("x", "n"), sd.vector("y", "n")
    >>> print(expanded(sd.sum((x - y) ** 2)))
    sum(x²) + sum(y²) − 2 xᵀ y
    """
    new: dict[Node, Node] = {}
    for each in topological([node]):
        inner = tuple(new[arg] for arg in each.args)
        if each.op is not CONTRACT and each.op.name not in _POLYNOMIAL:
            inner = tuple(map(_multiplied_out, inner))
        new[each] = rebuild(each, inner)
    return _multiplied_out(new[node])


def _multiplied_out(root: Node) -> Node:
    if root.dtype not in INEXACT or not root.args:
        return root
    whole = Network(tuple(range(root.ndim)), dict(enumerate(root.shape)))
    whole.times((root, whole.output), 1)
    waiting = [with_factor(whole, (root, whole.output), factor(root), _always, scalars=True)]
    terms: dict[Key, Product] = {}
    count = 1
    while waiting:
        network = waiting.pop()
        place = _sum_in(network)
        if place is None:
            _add_network(terms, network)
            continue
        inner = read_sum(place[0], _always).values()
        count += len(inner)
        if count > MOST_TERMS:
            return root
        waiting += [with_factor(network, place, term, _always, scalars=True) for term in inner]
    kept = [term for term in terms.values() if term.number]
    return broadcast_to(write_sum(kept) if kept else constant(0.0), root.shape)


def _sum_in(network: Network) -> Place | None:
    """A factor, or a scalar, that is a sum and can be multiplied out."""
    scalars = (((node, ()), e) for node, e in network.scale.powers.items())
    for place, exponent in (*network.factors.items(), *scalars):
        if exponent > 0 and is_sum(place[0]):
            return place
    return None


def _add_network(terms: dict[Key, Product], network: Network) -> None:
    """Add a network without sums to the terms, its number apart."""
    merge_powers(network)
    substitute_units(network)
    number = network.scale.number
    network.scale = Product(1, network.scale.powers)
    add_term(terms, factor(write_network(network, _always)).times(Product(number, {})))


def _always(node: Node) -> bool:
    return True
