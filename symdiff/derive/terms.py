"""A matrix as a sum of products, each of which can be applied to a vector without being built.

The matrix of a linear map has the axes of its results (rows), then those of its arguments
(columns). Each term of its closed form is a tensor network with these indices as its output.
Multiplying by a vector is one factor more, with the columns summed; the diagonal has the columns
renamed to the rows. The network is then contracted in the cheapest order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from symdiff.dims import Shape
from symdiff.node import Node, intern, topological, use_counts
from symdiff.ops.leaves import EYE, VARIABLE
from symdiff.rewrite.expansion import EXPANSION_LIMIT, is_sum
from symdiff.rewrite.network import Indices, Network, Place, with_factor
from symdiff.rewrite.planning import write_network
from symdiff.rewrite.polynomial import Product, Single, factor, read_sum


@dataclass(frozen=True, slots=True)
class Term:
    """One product in a sum that is a matrix.

    network  the factors with their indices, and what scales them
    rows     the indices of the rows, which are the first of the network's output
    columns  the indices of the columns, which are the others
    """

    network: Network
    rows: Indices
    columns: Indices

    @classmethod
    def of_matrix(cls, matrix: Node, rank: int) -> Term:
        """A matrix, of which `rank` axes are rows, as it stands."""
        output = tuple(range(matrix.ndim))
        sizes = dict(enumerate(matrix.shape))
        network = Network(output, sizes, factors={(matrix, output): 1})
        return cls(network, output[:rank], output[rank:])

    def times(self, v: Node) -> Node:
        """The product with an array that has the axes of the columns."""
        return self._contracted(v, self.columns, self.rows)

    def transposed_times(self, u: Node) -> Node:
        """The product of the transposed term with an array that has the axes of the rows."""
        return self._contracted(u, self.rows, self.columns)

    def diagonal(self) -> Node:
        """The entries whose column is their row; the axes are those of the rows."""
        network = self.network
        same = dict(zip(self.columns, self.rows, strict=True))
        result = Network(self.rows, dict(network.sizes), network.scale)
        for (node, indices), exponent in network.factors.items():
            renamed = tuple(same.get(i, i) for i in indices)
            if node.op is not EYE or renamed[0] != renamed[1]:  # there it is 1
                result.times((node, renamed), exponent)
        return write_network(result)

    def part(self, places: Iterable[Place], output: Indices, scaled: bool = False) -> Node:
        """The product of some factors, summed over what `output` lacks; `scaled` like the term."""
        scale = self.network.scale if scaled else Product(1, {})
        factors = {place: self.network.factors[place] for place in places}
        return write_network(Network(output, dict(self.network.sizes), scale, factors))

    def shape(self, indices: Indices) -> Shape:
        """The sizes of some indices."""
        return tuple(self.network.sizes[i] for i in indices)

    def components(self, cut: Collection[int] = ()) -> list[list[Place]]:
        """The factors in groups that no index connects, where those in `cut` do not connect."""
        groups: list[tuple[list[Place], set[int]]] = []
        for place in self.network.factors:
            places, indices = [place], set(place[1]).difference(cut)
            apart = []
            for group in groups:
                if indices.isdisjoint(group[1]):
                    apart.append(group)
                else:
                    places, indices = group[0] + places, group[1] | indices
            groups = [*apart, (places, indices)]
        return [places for places, _ in groups]

    def units(self) -> dict[int, Place]:
        """The unit matrices that make a column equal to the row of the same axis, by that axis."""
        found: dict[int, Place] = {}
        for axis, (row, column) in enumerate(zip(self.rows, self.columns, strict=False)):
            places = [place for place in self.network.factors if column in place[1]]
            if len(places) == 1 and places[0][0].op is EYE and row in places[0][1]:
                found[axis] = places[0]
        return found

    def without(self, places: Collection[Place]) -> list[Place]:
        """The other factors."""
        return [place for place in self.network.factors if place not in places]

    def _contracted(self, vector: Node, summed: Indices, output: Indices) -> Node:
        network = self.network
        stand_in = intern(VARIABLE, (), ("the vector", self.shape(summed), "float"))
        place = (stand_in, summed)
        wider = Network(output, dict(network.sizes), network.scale, {**network.factors, place: 1})
        return write_network(with_factor(wider, place, factor(vector), _never))


def read_terms(matrix: Node, rank: int) -> list[Term]:
    """Read a matrix, of which `rank` axes are rows, as a sum of products.

    Raises OverflowError where numbers cannot be folded.
    """
    single = _used_once_in(matrix)
    whole = Term.of_matrix(matrix, rank)
    place = (matrix, whole.network.output)
    products = read_sum(matrix, single).values()
    networks = [with_factor(whole.network, place, product, single) for product in products]
    return [Term(network, whole.rows, whole.columns) for network in networks]


def multiplied_out(matrix: Node, terms: list[Term]) -> list[Term] | None:
    """The terms without sums that lie across rows or columns; None if there are too many."""
    single = _used_once_in(matrix)
    done: list[Term] = []
    waiting = terms[::-1]
    while waiting:
        term = waiting.pop()
        place = next((p for p in term.network.factors if _lies_across(p, term)), None)
        if place is None:
            done.append(term)
            continue
        products = list(read_sum(place[0], single).values())
        if len(done) + len(waiting) + len(products) > EXPANSION_LIMIT:
            return None
        for product in reversed(products):
            network = with_factor(term.network, place, product, single)
            waiting.append(Term(network, term.rows, term.columns))
    return done


def _lies_across(place: Place, term: Term) -> bool:
    """True for a sum with an index of the rows, or of the columns, and another index."""
    node, indices = place
    if not is_sum(node) or term.network.factors[place] != 1:
        return False
    sides = (set(indices) & set(term.rows), set(indices) & set(term.columns))
    return any(side and side != set(indices) for side in sides)


def _used_once_in(matrix: Node) -> Single:
    uses = use_counts(topological([matrix]), [matrix])
    return lambda node: uses.get(node, 1) <= 1


def _never(node: Node) -> bool:
    return False
