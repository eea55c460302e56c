"""Which structure a matrix has, proven from its closed form, whatever the values of its variables.

Each term is read as a tensor network (see `terms`), and how indices connect its factors says what
it is: a column that a unit matrix ties to its row is a diagonal, rows and columns that nothing
connects are an outer product, axes that nothing connects with each other are a Kronecker product,
and factors that are the same on both sides are a Gram matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple, TypeAlias

from symdiff.derive.terms import Term
from symdiff.dims import nominal_entries
from symdiff.node import Node
from symdiff.ops.elementwise import add, multiply
from symdiff.ops.leaves import constant
from symdiff.ops.structure import broadcast_to
from symdiff.rewrite.network import Indices, Place
from symdiff.rewrite.polynomial import write_product
from symdiff.rewrite.simplify import simplify


@dataclass(frozen=True, slots=True)
class Zero:
    """All entries are zero."""

    name = "zero"


@dataclass(frozen=True, slots=True)
class Diagonal:
    """Zero off the diagonal. `entries` has the axes of the rows, or is the one number on it."""

    entries: Node

    @property
    def name(self) -> str:
        """A multiple of the identity has a name of its own."""
        return "diagonal" if self.entries.ndim else "scaled identity"


class Pair(NamedTuple):
    """The product of `left` (the rows, `rank` columns) and the transpose of `right` (likewise).

    Without `rank` it is the outer product of the two, which have the axes of rows and of columns.
    """

    left: Node
    right: Node
    rank: int | None


@dataclass(frozen=True, slots=True)
class LowRank:
    """A sum of few outer products, plus a diagonal if there is one."""

    pairs: tuple[Pair, ...]
    diagonal: Diagonal | None

    @property
    def name(self) -> str:
        """Only with a diagonal is there an inverse."""
        return "low rank plus diagonal" if self.diagonal else "low rank"


class GramTerm(NamedTuple):
    """`scale` times the product of `root` transposed, `diag(weights)` and `root`.

    `root` has the axes of the inner sum, which are those of `weights`, then the rows.
    """

    scale: Node
    root: Node
    weights: Node | None


@dataclass(frozen=True, slots=True)
class Gram:
    """A sum of Gram matrices `Xᵀ diag(s) X`, plus a diagonal if there is one."""

    terms: tuple[GramTerm, ...]
    diagonal: Diagonal | None

    @property
    def name(self) -> str:
        """With a ridge or without."""
        return "Gram plus diagonal" if self.diagonal else "Gram"


class KroneckerFactor(NamedTuple):
    """The matrix that acts on some axes: its rows, then its columns. None is the unit matrix."""

    axes: tuple[int, ...]
    matrix: Node | None


@dataclass(frozen=True, slots=True)
class Kronecker:
    """`scale` times the product of matrices that act on axes of their own."""

    scale: Node
    factors: tuple[KroneckerFactor, ...]
    name = "Kronecker"


@dataclass(frozen=True, slots=True)
class BlockDiagonal:
    """One block for each place along some axes: `blocks` has these axes, then rows, then columns.

    axes   the axes along which the blocks stand
    inner  the axes on which each block acts
    """

    axes: tuple[int, ...]
    inner: tuple[int, ...]
    blocks: Node
    name = "block diagonal"


@dataclass(frozen=True, slots=True)
class Dense:
    """No structure is known."""

    name = "dense"


Structure: TypeAlias = "Zero | Diagonal | LowRank | Gram | Kronecker | BlockDiagonal | Dense"


def recognise(terms: Sequence[Term]) -> Structure:
    """The structure of a sum of terms; `Dense` where none is proven.

    >>> import symdiff as sd
    >>> from symdiff.derive.terms import read_terms
    >>> x = sd.vector("x", "n")
    >>> recognise(read_terms(sd.diag(sd.exp(x)), 1)).name
    'diagonal'
    """
    if not terms:
        return Zero()
    square = terms[0].shape(terms[0].rows) == terms[0].shape(terms[0].columns)
    aligned = len(terms[0].rows) == len(terms[0].columns)
    return (
        (_diagonal(terms) if square else None)
        or (_kronecker(terms) if aligned else None)
        or _low_rank(terms)
        or (_gram(terms) if square else None)
        or (_block_diagonal(terms) if aligned else None)
        or Dense()
    )


# Diagonal -------------------------------------------------------------------------------------


def _is_diagonal(term: Term) -> bool:
    return len(term.units()) == len(term.rows) == len(term.columns)


def _diagonal(terms: Sequence[Term]) -> Diagonal | None:
    """The sum of terms that are all diagonal."""
    if not terms or not all(map(_is_diagonal, terms)):
        return None
    entries = total([_entries(term) for term in terms])
    return Diagonal(
        broadcast_to(entries, terms[0].shape(terms[0].rows)) if entries.ndim else entries
    )


def _entries(term: Term) -> Node:
    places = term.without(term.units().values())
    varies = not term.network.indices_of(places).isdisjoint(term.rows)
    return term.part(places, term.rows if varies else (), scaled=True)


def _with_diagonal(terms: Sequence[Term]) -> tuple[Diagonal | None, list[Term]]:
    """The diagonal part of a sum of terms, and the others."""
    others = [term for term in terms if not _is_diagonal(term)]
    return _diagonal([term for term in terms if _is_diagonal(term)]), others


def total(nodes: Sequence[Node]) -> Node:
    """The sum of expressions, simplified."""
    return simplify(reduce(add, nodes))


# Low rank -------------------------------------------------------------------------------------


def _low_rank(terms: Sequence[Term]) -> LowRank | None:
    diagonal, others = _with_diagonal(terms)
    pairs = [_separated(term, diagonal is not None) for term in others]
    found = tuple(pair for pair in pairs if pair is not None)
    return LowRank(found, diagonal) if others and len(found) == len(others) else None


def _separated(term: Term, by_inner: bool) -> Pair | None:
    """The two sides of an outer product; also, if `by_inner`, of a product over few indices."""
    pair = _cut(term, None)
    if pair is not None or not by_inner:
        return pair
    least = min(nominal_entries(term.shape(side)) for side in (term.rows, term.columns))
    for index, size in term.network.sizes.items():
        if index not in term.network.output and isinstance(size, int) and size < least:
            pair = _cut(term, index)
            if pair is not None:
                return pair
    return None


def _cut(term: Term, index: int | None) -> Pair | None:
    """The two sides if nothing but `index` connects rows and columns."""
    cut = () if index is None else (index,)
    left: list[Place] = []
    right: list[Place] = []
    for places in term.components(cut):
        indices = term.network.indices_of(places)
        if not indices.isdisjoint(term.columns):
            if not indices.isdisjoint(term.rows):
                return None
            right += places
        else:
            left += places
    rank = None if index is None else term.network.sizes[index]
    assert rank is None or isinstance(rank, int)
    outer = term.part(left, (*term.rows, *cut), scaled=True)
    return Pair(simplify(outer), simplify(term.part(right, (*term.columns, *cut))), rank)


# Gram -----------------------------------------------------------------------------------------


def _gram(terms: Sequence[Term]) -> Gram | None:
    diagonal, others = _with_diagonal(terms)
    found = tuple(g for g in map(_gram_term, others) if g is not None)
    return Gram(found, diagonal) if others and len(found) == len(others) else None


def _gram_term(term: Term) -> GramTerm | None:
    """Match the factors that rows reach with those that columns reach, inwards.

    It ends at indices that are the same on both sides, over which the Gram matrix is summed.
    """
    facing = dict(zip(term.rows, term.columns, strict=True))
    left: list[Place] = []
    rest = list(term.network.factors)
    while (place := _reached(rest, facing)) is not None:
        rest.remove(place)
        twin = next((p for p in rest if _is_twin(term, place, p, facing)), None)
        if twin is None:
            return None
        rest.remove(twin)
        left.append(place)
        facing.update(zip(place[1], twin[1], strict=True))
    inner = tuple(i for i, j in facing.items() if i == j)
    if not inner or not _is_apart(term, left, rest, facing):
        return None
    scale = simplify(write_product(term.network.scale))
    root = simplify(term.part(left, (*inner, *term.rows)))
    return GramTerm(scale, root, simplify(term.part(rest, inner)) if rest else None)


def _reached(places: list[Place], facing: dict[int, int]) -> Place | None:
    """A factor with an index on the side of the rows."""
    own = {i for i, j in facing.items() if i != j}
    return next((p for p in places if not own.isdisjoint(p[1])), None)


def _is_twin(term: Term, place: Place, other: Place, facing: dict[int, int]) -> bool:
    """True if `other` can be to the columns what `place` is to the rows."""
    factors = term.network.factors
    if place[0] is not other[0] or factors[place] != factors[other]:
        return False
    wider = dict(facing)
    agree = all(wider.setdefault(i, j) == j for i, j in zip(place[1], other[1], strict=True))
    return agree and len(set(wider.values())) == len(wider)


def _is_apart(term: Term, left: list[Place], rest: list[Place], facing: dict[int, int]) -> bool:
    """True if the two sides and the weights share nothing but the indices of the inner sum."""
    ours = {i for i, j in facing.items() if i != j}
    theirs = {j for i, j in facing.items() if i != j}
    between = term.network.indices_of(rest)
    reached = set(term.rows) <= term.network.indices_of(left)
    apart = ours.isdisjoint(theirs)
    return reached and apart and between.isdisjoint(ours | theirs)


# Kronecker ------------------------------------------------------------------------------------


def _kronecker(terms: Sequence[Term]) -> Kronecker | None:
    """The terms as one Kronecker product; all factors but one must be the same in all terms."""
    groups = _common_groups(terms)
    if groups is None or len(groups) < 2:
        return None
    table = [[_acting_on(term, axes) for axes in groups] for term in terms]
    scales = [_scale(term) for term in terms]
    first = table[0]
    differ = [k for k in range(len(groups)) if any(row[k] is not first[k] for row in table)]
    if len(differ) > 1:
        return None
    scale, matrices = scales[0], list(first)
    if len(terms) > 1:
        place = differ[0] if differ else len(groups) - 1
        scale = constant(1.0)
        matrices[place] = total(
            [multiply(s, row[place]) for s, row in zip(scales, table, strict=True)]
        )
    factors = zip(groups, matrices, strict=True)
    return Kronecker(scale, tuple(KroneckerFactor(axes, _or_unit(m, axes)) for axes, m in factors))


def _common_groups(terms: Sequence[Term]) -> list[tuple[int, ...]] | None:
    """The axes in groups, such that no term connects an axis with one of another group."""
    groups = [{axis} for axis in range(len(terms[0].rows))]
    for term in terms:
        for places in term.components():
            indices = term.network.indices_of(places)
            rows = {k for k, i in enumerate(term.rows) if i in indices}
            if rows != {k for k, i in enumerate(term.columns) if i in indices}:
                return None
            joined = set().union(rows, *(g for g in groups if g & rows))
            groups = [g for g in groups if not g & rows] + ([joined] if joined else [])
        if not set(term.network.output) <= term.network.indices_of(term.network.factors):
            return None
    return sorted(tuple(sorted(group)) for group in groups)


def _scale(term: Term) -> Node:
    """What scales a term: its number and all that has no index of the result."""
    output = term.network.output
    inside = (c for c in term.components() if term.network.indices_of(c).isdisjoint(output))
    return simplify(term.part([place for places in inside for place in places], (), scaled=True))


def _acting_on(term: Term, axes: tuple[int, ...]) -> Node:
    """What acts on some axes, without the scale."""
    output = tuple(side[k] for side in (term.rows, term.columns) for k in axes)
    places = [
        place
        for places in term.components()
        for place in places
        if not term.network.indices_of(places).isdisjoint(output)
    ]
    return simplify(term.part(places, output))


def _or_unit(matrix: Node, axes: tuple[int, ...]) -> Node | None:
    """None for a unit matrix."""
    from symdiff.derive.jacobian import unit_tensor

    unit = simplify(unit_tensor(matrix.shape[: len(axes)]))
    return None if matrix is unit else matrix


# Block diagonal -------------------------------------------------------------------------------


def _block_diagonal(terms: Sequence[Term]) -> BlockDiagonal | None:
    rank = len(terms[0].rows)
    axes = tuple(k for k in range(rank) if all(k in term.units() for term in terms))
    if not axes:
        return None
    inner = tuple(k for k in range(rank) if k not in axes)
    return BlockDiagonal(axes, inner, total([_blocks(term, axes, inner) for term in terms]))


def _blocks(term: Term, axes: Indices, inner: Indices) -> Node:
    units = term.units()
    output = (
        *(term.rows[k] for k in (*axes, *inner)),
        *(term.columns[k] for k in inner),
    )
    return term.part(term.without([units[k] for k in axes]), output, scaled=True)
