"""`A v + A z` is `A (v + z)`: a factor that several products of a sum have is multiplied once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from symdiff.dims import nominal_entries
from symdiff.node import Node
from symdiff.ops.contraction import CONTRACT, Spec, contract
from symdiff.rewrite.polynomial import (
    Key,
    Number,
    Product,
    Single,
    add_term,
    factor,
    magnitude,
    term_order,
    write_sum,
)


class Common(NamedTuple):
    """A factor of a product of two: where each of its axes goes.

    An axis goes to an axis of the result, or, counted from -1 downwards, is summed. `others` are
    those of the rest.
    """

    node: Node
    axes: tuple[int, ...]
    rank: int
    others: frozenset[int]


class Sharing(NamedTuple):
    """A term that has a common factor: the rest of it, and where its axes go."""

    key: Key
    common: Common
    rest: Node
    axes: tuple[int, ...]


def with_common_products(terms: dict[Key, Product], single: Single) -> dict[Key, Product]:
    """Take factors out of products of two that nothing else uses, as long as there are any."""
    while len(shared := _most_shared(terms, single)) > 1:
        taken = {sharing.key for sharing in shared}
        rest = {key: term for key, term in terms.items() if key not in taken}
        add_term(rest, _joined(shared, terms))
        terms = {key: term for key, term in rest.items() if term.number}
    return terms


def _most_shared(terms: dict[Key, Product], single: Single) -> list[Sharing]:
    """The terms that have the factor that most terms have, in their normal order."""
    found: dict[Common, list[Sharing]] = {}
    if not any(node.op is CONTRACT for term in terms.values() for node in term.powers):
        return []
    for key in sorted(terms, key=lambda key: term_order(terms[key])):
        for sharing in _sharings(key, terms[key], single):
            found.setdefault(sharing.common, []).append(sharing)
    return max(found.values(), key=len, default=[])


def _sharings(key: Key, term: Product, single: Single) -> Iterator[Sharing]:
    """The ways in which a scalar multiple of a product of two can give up one of the two."""
    arrays = [node for node in term.powers if node.ndim or node.op is CONTRACT]
    if len(arrays) != 1 or term.powers[arrays[0]] != 1:
        return
    (node,) = arrays
    if node.op is not CONTRACT or len(node.args) != 2 or not single(node):
        return
    spec: Spec = node.attrs
    for place in (0, 1):
        if _saves(node, place):
            common, rest = spec.inputs[place], spec.inputs[1 - place]
            summed = [i for i in common if i not in spec.output]
            goes = {i: -1 - k for k, i in enumerate(summed)}
            goes.update({i: axis for axis, i in enumerate(spec.output)})
            if set(rest) <= goes.keys() and len(set(rest)) == len(rest):
                axes = tuple(goes[i] for i in common)
                own = tuple(goes[i] for i in rest)
                common_factor = Common(node.args[place], axes, node.ndim, frozenset(own))
                yield Sharing(key, common_factor, node.args[1 - place], own)


def _saves(product: Node, place: int) -> bool:
    """Adding up the rest first is less work than the products, and moves less memory."""
    rest, common = (nominal_entries(product.args[k].shape) for k in (1 - place, place))
    indices = {
        i: s
        for ix, arg in zip(product.attrs.inputs, product.args, strict=True)
        for i, s in zip(ix, arg.shape, strict=True)
    }
    return rest <= common and nominal_entries(tuple(indices.values())) > rest


def _joined(shared: Sequence[Sharing], terms: dict[Key, Product]) -> Product:
    """The product of the common factor and the sum of the rests."""
    common, axes = shared[0].common, shared[0].axes
    inner: dict[Key, Product] = {}
    for each in shared:
        (product,) = (n for n in terms[each.key].powers if n.ndim or n.op is CONTRACT)
        rest = factor(contract([each.rest], [each.axes], axes))
        add_term(inner, terms[each.key].without((product,)).times(rest))
    kept = [term for term in inner.values() if term.number]
    if not kept:
        return Product(0, {})
    number = _common_number(kept)
    total = write_sum(_divided(term, number) for term in kept)
    result = contract([total, common.node], [axes, common.axes], tuple(range(common.rank)))
    return factor(result).times(Product(number, {}))


def _common_number(terms: Sequence[Product]) -> Number:
    """The number that all terms have up to sign; negative if all are."""
    numbers = {magnitude(term.number) for term in terms}
    number = numbers.pop() if len(numbers) == 1 else 1
    return -number if all(term.number < 0 for term in terms) else number


def _divided(term: Product, number: Number) -> Product:
    """The term without the number that all terms have."""
    if magnitude(number) == 1:
        return Product(term.number * number, term.powers)
    return Product(1 if (term.number > 0) == (number > 0) else -1, term.powers)
