"""What a contraction costs: the operations of the loop over all its indices, or of its pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from symdiff.dims import Shape, Size, nominal, product
from symdiff.ops.leaves import EYE

if TYPE_CHECKING:
    from symdiff.node import Node
    from symdiff.ops.contraction import Spec


class Factor(NamedTuple):
    """An argument: its indices, and whether multiplying by it is work. By a unit matrix, it is not.

    The product with a unit matrix copies entries.
    """

    indices: tuple[int, ...]
    multiplies: bool = True


def operations(node: Node) -> Size:
    """The operations that a contraction needs: for `X @ w`, a product and an addition per entry.

    The loop over all indices multiplies the arguments, and adds where an index is summed. Three
    or more arguments are taken in pairs, cheapest pair first, where that costs less than one loop:
    `np.einsum` takes pairs too, in an order that it finds anew for the sizes of each call.

    >>> import symdiff as sd
    >>> operations(sd.parse("X @ w", X="n d", w="d"))
    2*d*n
    """
    multiplies = tuple(arg.op is not EYE for arg in node.args)
    return _operations(node.attrs, tuple(arg.shape for arg in node.args), multiplies)


@lru_cache(maxsize=4096)
def _operations(spec: Spec, shapes: tuple[Shape, ...], multiplies: tuple[bool, ...]) -> Size:
    sizes: dict[int, Size] = {}
    for indices, shape in zip(spec.inputs, shapes, strict=True):
        sizes.update(zip(indices, shape, strict=True))
    factors = [Factor(*pair) for pair in zip(spec.inputs, multiplies, strict=True)]
    at_once = _loop(factors, spec.output, sizes)
    if len(factors) < 3:
        return at_once
    return min(at_once, _in_pairs(factors, spec.output, sizes), key=nominal)


def _loop(factors: Sequence[Factor], output: Sequence[int], sizes: Mapping[int, Size]) -> Size:
    indices = {i: sizes[i] for factor in factors for i in factor.indices}
    return product((_per_step(factors, output), *indices.values()))


def _per_step(factors: Sequence[Factor], output: Sequence[int]) -> int:
    multiplications = max(sum(factor.multiplies for factor in factors) - 1, 0)
    summed = any(i not in output for factor in factors for i in factor.indices)
    return multiplications + summed


def _in_pairs(factors: list[Factor], output: Sequence[int], sizes: Mapping[int, Size]) -> Size:
    """The pairs are chosen by nominal sizes."""

    def nominal_loop(pair: tuple[int, int]) -> float:
        taken, kept = _taken(factors, pair, output)
        indices = {i for factor in taken for i in factor.indices}
        return _per_step(taken, kept) * prod(nominal(sizes[i]) for i in indices)

    total: Size = 0
    while len(factors) > 1:
        pair = min(combinations(range(len(factors)), 2), key=nominal_loop)
        taken, kept = _taken(factors, pair, output)
        total = total + _loop(taken, kept, sizes)
        factors = [f for k, f in enumerate(factors) if k not in pair] + [Factor(kept)]
    return total


def _taken(
    factors: Sequence[Factor], pair: tuple[int, int], output: Sequence[int]
) -> tuple[list[Factor], tuple[int, ...]]:
    """The two factors of a pair, and the indices that their product must keep."""
    taken = [factors[k] for k in pair]
    rest = {i for k, factor in enumerate(factors) if k not in pair for i in factor.indices}
    indices = dict.fromkeys(i for factor in taken for i in factor.indices)
    return taken, tuple(i for i in indices if i in rest or i in output)
