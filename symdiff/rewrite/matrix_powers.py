"""Powers of one matrix beside each other in a network: `A⁻¹ A` is the unit matrix."""

from __future__ import annotations

from collections import Counter
from itertools import permutations
from typing import NamedTuple

from symdiff.node import Node
from symdiff.ops.contraction import CONTRACT
from symdiff.ops.contraction_forms import recognise
from symdiff.ops.leaves import EYE, eye
from symdiff.ops.linear_algebra import INV, MATRIX_POWER, inv, matrix_power
from symdiff.rewrite.network import Network, Place


class Power(NamedTuple):
    """A matrix as a power of another one."""

    base: Node
    exponent: int


def power_of(node: Node) -> Power:
    """The matrix of which `node` is a power; itself, if of nothing else.

    >>> import symdiff as sd
    >>> power_of(sd.parse("A @ A @ A", A="n n"))
    Power(base=<A : (n, n) float>, exponent=3)
    """
    base, count, rest = None, 0, node
    while (factors := _matmul(rest)) is not None and base in (None, factors[1]):
        rest, base = factors
        count += 1
    if rest.op is INV:
        found = Power(rest.args[0], count - 1)
    elif rest.op is MATRIX_POWER:
        found = Power(rest.args[0], count + rest.attrs)
    else:
        found = Power(rest, count + 1)
    return found if base in (None, found.base) else Power(node, 1)


def _matmul(node: Node) -> tuple[Node, Node] | None:
    """The factors of a product of two square matrices that are not transposed."""
    form = recognise(node) if node.op is CONTRACT and len(node.args) == 2 else None
    if form is None or form.kind != "matmul" or any(form.flipped):
        return None
    left, right = node.args
    return (left, right) if left.shape == right.shape else None


def merge_powers(network: Network) -> None:
    """Add the exponents of powers of one matrix that stand beside each other.

    Powers with exponents of one sign stay apart where something else is in the network: a product
    with a vector, say, is best taken from the vector's end.
    """
    while _merged(network) or _opened_inverse(network):
        pass


def _merged(network: Network) -> bool:
    found = {place: power_of(place[0]) for place in _matrices(network)}
    pure = len({power.base for power in found.values()}) == 1 and len(found) == len(network.factors)
    pure = pure and not _alone(network)
    for first, second in _neighbours(network):
        base, p = found[first]
        other, q = found[second]
        if base is not other or (p * q > 0 and not pure):
            continue
        ends = (*first[1][:-1], second[1][-1])
        del network.factors[first], network.factors[second], network.sizes[first[1][-1]]
        network.times((_power(base, p + q), _ends(ends, p + q)), 1)
        return True
    return False


def _alone(network: Network) -> set[int]:
    """The indices over which one factor is summed by itself."""
    uses = Counter(i for _, indices in network.factors for i in indices)
    return {i for i, count in uses.items() if count == 1} - {*network.output}


def _power(base: Node, exponent: int) -> Node:
    return eye(base.shape[-1]) if exponent == 0 else matrix_power(base, exponent)


def _ends(ends: tuple[int, ...], exponent: int) -> tuple[int, ...]:
    """A unit matrix is the same for all matrices of a stack."""
    return ends if exponent else ends[-2:]


def _opened_inverse(network: Network) -> bool:
    """`(A B)⁻¹ A` is `B⁻¹`: take the inverse of a product apart where a factor cancels."""
    for first, second in _neighbours(network):
        for place, other in ((first, second), (second, first)):
            factors = _inverse_factors(place, network)
            if factors is not None and any(_cancels(part, other) for part in factors):
                del network.factors[place]
                network.fresh(place[0].shape[0])
                for part in factors:
                    network.times(part, 1)
                return True
    return False


def _inverse_factors(place: Place, network: Network) -> tuple[Place, Place] | None:
    """The factors of the inverse of a product of two square matrices."""
    node, indices = place
    product = node.args[0] if node.op is INV and node.ndim == 2 else None
    form = recognise(product) if product is not None and product.op is CONTRACT else None
    if product is None or form is None or form.kind != "matmul":
        return None
    if any(arg.shape != product.shape for arg in product.args):
        return None
    middle = 1 + max(network.sizes)
    pairs = ((middle, indices[1]), (indices[0], middle))
    first, second = (
        (inv(arg), pair[::-1] if flipped else pair)
        for arg, pair, flipped in zip(product.args, pairs, form.flipped, strict=True)
    )
    return first, second


def _cancels(part: Place, other: Place) -> bool:
    """True if the two are inverse to each other, and touch."""
    touching = part[1][0] == other[1][-1] or part[1][-1] == other[1][0]
    (base, p), (other_base, q) = power_of(part[0]), power_of(other[0])
    return touching and base is other_base and p * q < 0


def _neighbours(network: Network) -> list[tuple[Place, Place]]:
    """Pairs of matrices in which the columns of the first are summed with the rows of the second.

    Nothing else has the index over which they are summed.
    """
    uses = Counter(i for _, indices in network.factors for i in indices)
    pairs = []
    for first, second in permutations(_matrices(network), 2):
        inner = first[1][-1]
        alone = uses[inner] == 2 and inner not in network.output
        if alone and inner == second[1][-2] and first[1][:-2] == second[1][:-2]:
            pairs.append((first, second))
    return pairs


def _matrices(network: Network) -> list[Place]:
    """The square matrices, and stacks of them, that stand to the first power."""
    return [
        place
        for place, exponent in network.factors.items()
        if exponent == 1
        and place[0].ndim > 1
        and place[0].op is not EYE
        and place[0].shape[-1] == place[0].shape[-2]
        and len(set(place[1])) == len(place[1])
    ]
