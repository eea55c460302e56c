"""How a structure is written in a line: its formula, with letters for long parts."""

from __future__ import annotations

from functools import reduce

from symdiff.derive.structure import (
    Diagonal,
    Gram,
    GramTerm,
    Kronecker,
    LowRank,
    Pair,
    Structure,
)
from symdiff.node import Node
from symdiff.ops.contraction import contract, diag, matmul, outer, transpose
from symdiff.ops.elementwise import add, multiply
from symdiff.ops.leaves import eye, variable
from symdiff.rewrite.simplify import simplify
from symdiff.show.text import pretty

_LONGEST = 60
_LONGEST_WITHOUT_LETTERS = 45
_LONGEST_PART = 12


def formula(structure: Structure, matrix: Node, taken: set[str]) -> str | None:
    """The structure in matrix notation, if that has one and it is short; else None."""
    if matrix.ndim != 2 and not isinstance(structure, Kronecker):
        return None if matrix.ndim else _within(_LONGEST, matrix)
    whole = _within(_LONGEST_WITHOUT_LETTERS, matrix)
    return whole or _within(_LONGEST, _Letters(set(taken)).of(structure, matrix))


def _within(width: int, node: Node) -> str | None:
    """A node in matrix notation, if it has one that is not too wide."""
    written = pretty(node, width=width)
    return None if any(word in written for word in ("…", "einsum", "broadcast_to")) else written


class _Letters:
    """Writes structures with letters that are not taken."""

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken

    def of(self, structure: Structure, matrix: Node) -> Node:
        """The formula; the matrix as it is, where there is no better one."""
        parts: list[Node] = []
        match structure:
            case Diagonal():
                parts = self._diagonal(structure, matrix)
            case LowRank(pairs, diagonal):
                parts = [*map(self._pair, pairs), *self._diagonal(diagonal, matrix)]
            case Gram(terms, diagonal):
                parts = [*map(self._gram, terms), *self._diagonal(diagonal, matrix)]
            case Kronecker():
                parts = self._kronecker(structure)
        return simplify(reduce(add, parts)) if parts else matrix

    def _part(self, node: Node, letter: str) -> Node:
        """A part as it is, or a letter for it."""
        if not node.args or len(pretty(node)) <= _LONGEST_PART:
            return node
        names = (letter, *(f"{letter}{k}" for k in range(1, len(self._taken) + 2)))
        name = next(name for name in names if name not in self._taken)
        self._taken.add(name)
        return variable(name, node.shape)

    def _diagonal(self, diagonal: Diagonal | None, matrix: Node) -> list[Node]:
        if diagonal is None:
            return []
        entries = self._part(diagonal.entries, "d")
        return [diag(entries) if entries.ndim else multiply(entries, eye(matrix.shape[0]))]

    def _pair(self, pair: Pair) -> Node:
        if pair.rank is None:
            return outer(self._part(pair.left, "u"), self._part(pair.right, "v"))
        return matmul(self._part(pair.left, "U"), transpose(self._part(pair.right, "V")))

    def _gram(self, term: GramTerm) -> Node:
        root, scale = self._part(term.root, "R"), self._part(term.scale, "c")
        if root.ndim != 2:
            inner = tuple(range(root.ndim - 1))
            sides = [(*inner, root.ndim - 1), (*inner, root.ndim)]
            return multiply(scale, contract([root, root], sides, (root.ndim - 1, root.ndim)))
        middle = [] if term.weights is None else [self._part(term.weights, "s")]
        factors = [root, *middle, root]
        inputs = [(0, 1), *[(0,) for _ in middle], (0, 2)]
        return multiply(scale, contract(factors, inputs, (1, 2)))

    def _kronecker(self, structure: Kronecker) -> list[Node]:
        if any(len(axes) > 1 for axes, _ in structure.factors) or len(structure.factors) != 2:
            return []
        (_, left), (_, right) = structure.factors
        if left is None or right is None:
            size = "k"  # a unit matrix is written without its size
        first = eye(size) if left is None else self._part(left, "A")
        second = eye(size) if right is None else self._part(right, "B")
        product = contract([first, second], [(0, 1), (2, 3)], (0, 2, 1, 3))
        return [multiply(self._part(structure.scale, "c"), product)]
