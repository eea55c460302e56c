"""One order of nodes, the same in every run, so that sums and products have one normal form.

A node's rank is made of its degree, the variables in it, how large it is, and a digest of all that
it says. It depends on nothing else, neither on the order of creation nor on addresses.
"""

from __future__ import annotations

from collections.abc import Collection
from hashlib import blake2b
from typing import NamedTuple

from symdiff.node import Node, topological
from symdiff.ops.contraction import CONTRACT
from symdiff.ops.contraction_forms import recognise
from symdiff.ops.leaves import CONSTANT, EYE, SIZE, VARIABLE, number_of
from symdiff.ops.structure import EXPAND_DIMS

_LARGEST = 2**60
_LONGEST_NAME = 32


class Rank(NamedTuple):
    """By what nodes are ordered, and what the ranks of larger nodes are made of."""

    name: str
    size: int
    digest: bytes
    degree: int


class _Ranked:
    """The nodes whose rank is known."""

    def __contains__(self, node: object) -> bool:
        return isinstance(node, Node) and node.rank is not None


_RANKED = _Ranked()


def rank(node: Node) -> Rank:
    """The rank of a node, computed once."""
    if node.rank is None:
        for each in topological([node], known=_RANKED):
            if each.rank is None:
                each.remember_rank(_made(each))
    found: Rank = node.rank
    return found


def _made(node: Node) -> Rank:
    below: list[Rank] = [arg.rank for arg in node.args]
    name = node.attrs[0] if node.op is VARIABLE else _names(below)
    size = 1 + sum(r.size for r in below) + _transposed(node)
    if size > _LARGEST:  # beyond, it grows with depth alone
        size = max(_LARGEST, *(r.size for r in below)) + 1
    content = [f"{node.op.name} {node.attrs!r}".encode(), *(r.digest for r in below)]
    return Rank(
        name, size, blake2b(b" ".join(content), digest_size=8).digest(), _degree(node, below)
    )


def _names(below: list[Rank]) -> str:
    """The variables of an expression as they are read, as far as few characters tell them."""
    return " ".join(r.name for r in below if r.name)[:_LONGEST_NAME]


def _transposed(node: Node) -> int:
    """How many matrices a product transposes: each counts like a node."""
    found = recognise(node) if node.op is CONTRACT else None
    return sum(found.flipped) if found else 0


def _degree(node: Node, below: list[Rank]) -> int:
    """The degree as a polynomial in what is not a polynomial."""
    if node.op in (CONSTANT, SIZE, EYE):
        return 0
    name = node.op.name
    if node.op is CONTRACT or name == "multiply":
        return min(sum(r.degree for r in below), _LARGEST)
    if name in ("negative", "expand_dims", "broadcast_to"):
        return below[0].degree
    if name in ("add", "subtract"):
        return max(r.degree for r in below)
    if name == "divide":
        return below[0].degree - below[1].degree
    exponent = number_of(node.args[1]) if name == "power" else None
    if isinstance(exponent, int) and abs(exponent) < 1000:
        return max(min(exponent * below[0].degree, _LARGEST), -_LARGEST)
    return 1


def in_order(factors: Collection[Node]) -> list[Node]:
    """Factors in their order. A single one is not ranked, which for a deep graph takes long."""
    return sorted(factors, key=factor_order) if len(factors) > 1 else list(factors)


def factor_order(node: Node) -> tuple[int, bool, Rank]:
    """By what factors are ordered: scalars before arrays, variables before what is computed."""
    inner = node.args[0] if node.op is EXPAND_DIMS else node
    return inner.ndim, bool(node.args), rank(node)
