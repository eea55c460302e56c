"""Rules for generated code alone: equal expressions that NumPy computes in fewer passes.

They are no closed forms that people want to read, so `simplify` leaves them out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Sequence
from typing import NamedTuple

from symdiff.dims import nominal_entries
from symdiff.node import Node, intern, topological, use_counts
from symdiff.ops.choices import equal, where
from symdiff.ops.contraction import CONTRACT, diag, has_unit, transpose
from symdiff.ops.contraction_forms import recognise
from symdiff.ops.elementwise import divide, multiply, negative
from symdiff.ops.leaves import EYE, constant, number_of
from symdiff.ops.linear_algebra import INV, SOLVE
from symdiff.ops.lowered import ADD_DIAGONAL, SET_DIAGONAL
from symdiff.ops.matrices import PROVEN_SYMMETRIC
from symdiff.ops.norms import NORM, NORMALIZED
from symdiff.ops.several import as_part, computed_together
from symdiff.ops.structure import (
    BROADCAST_TO,
    broadcast_to,
    expand_dims,
    unstretched,
    without_leading_axes,
)
from symdiff.registry import OPS
from symdiff.rewrite import accuracy, algebra, stacked_systems
from symdiff.rewrite.blas import as_calls
from symdiff.rewrite.common_factors import with_common_factors
from symdiff.rewrite.contraction import contracted_product
from symdiff.rewrite.elementary import (
    LOGISTIC_FAMILY,
    exponentials_shared,
    powers_multiplied,
    steps_by_sign,
)
from symdiff.rewrite.engine import Rewriter, Rule, Rules, any_of, rebuild
from symdiff.rewrite.gram import one_half
from symdiff.rewrite.liveness import protected
from symdiff.rewrite.memory_order import in_memory_order, summed_where_multiplied
from symdiff.rewrite.outer_sums import multiplied_apart
from symdiff.rewrite.polynomial import (
    Product,
    factor,
    read_product,
    read_sum,
    write_product,
    write_sum,
)
from symdiff.rewrite.scalars import numbers_at_the_source
from symdiff.rewrite.softmaxes import SOFTMAXES, softmaxes_shared
from symdiff.rewrite.sum_order import summed_as_known
from symdiff.rewrite.symmetry import is_symmetric


def _sum_of_products(node: Node, rewriter: Rewriter) -> Node | None:
    """`sum(a * b)` is one product that NumPy hands to BLAS, and needs no array for `a * b`."""
    arg = node.args[0]
    if len(node.args) > 1 or not rewriter.single(arg):
        return None
    if arg.op.name == "power" and number_of(arg.args[1]) == 2:
        return contracted_product(node, (arg.args[0], arg.args[0]))
    return contracted_product(node, arg.args) if arg.op.name == "multiply" else None


def _scalar_into_product(node: Node, rewriter: Rewriter) -> Node | None:
    """Scale a small factor before the product rather than a large product after it."""
    scalar, product = node.args if len(node.args) == 2 else (constant(-1), node.args[0])
    if scalar.ndim or not (rewriter.single(product) or product.op is EYE):
        return None
    if product.op is EYE and number_of(scalar) is None:
        return diag(broadcast_to(scalar, product.attrs))
    place = _small_factor(product, negated=len(node.args) == 1)
    if place is None:
        return None
    args = list(product.args)
    args[place] = multiply(scalar, args[place]) if len(node.args) == 2 else negative(args[place])
    return rebuild(product, tuple(args))


def _small_factor(product: Node, negated: bool) -> int | None:
    """The place of the factor that is cheapest to scale, if that is cheaper than the product.

    Not one of the two factors of `XᵀX`, which are better left alike, nor booleans where it is to be
    negated.
    """
    if product.op is not CONTRACT and product.op.name not in ("multiply", "divide"):
        return None
    factors = product.args[:1] if product.op.name == "divide" else product.args
    kinds = ("bool",) if negated else ()
    places = [k for k, x in enumerate(factors) if x.op is not EYE and x.dtype not in kinds]
    summed = product.op is CONTRACT and product.attrs.summed
    alike = summed and len({*product.args}) < len(product.args)
    if len(product.args) < 2 or not places or alike:
        return None
    sizes = {k: nominal_entries(product.args[k].shape) for k in places}
    place = min(sizes, key=sizes.__getitem__)
    return place if sizes[place] < nominal_entries(product.shape) else None


def _scalars_together(node: Node, rewriter: Rewriter) -> Node | None:
    """`2 * X / n` is `(2 / n) * X`: one pass over the array."""
    product = read_product(node, rewriter.single)
    scalars = {part: e for part, e in product.powers.items() if not part.ndim}
    arrays = {part: e for part, e in product.powers.items() if part.ndim}
    below = any(e < 0 for e in scalars.values()) or not isinstance(product.number, int)
    plain = product.number in (1, -1) and len(scalars) == 1
    if not arrays or not scalars or not below or plain or any(e < 0 for e in arrays.values()):
        return None
    scale = write_product(Product(product.number, scalars))
    return multiply(scale, write_product(Product(1, arrays)))


def _no_barrier(node: Node, rewriter: Rewriter) -> Node:
    """What derivatives hold constant is computed like anything else."""
    return node.args[0]


def _diagonal_apart(node: Node, rewriter: Rewriter) -> Node | None:
    """`diag(p) - outer(p, p)`: add to the diagonal alone, instead of a matrix full of zeros."""
    if node.ndim != 2 or node.dtype != "float" or node.shape[0] != node.shape[1]:
        return None
    diagonal: list[Product] = []
    rest: list[Product] = []
    for term in read_sum(node, rewriter.single).values():
        entries = _diagonal_entries(term)
        (rest if entries is None else diagonal).append(term if entries is None else entries)
    if not diagonal or not rest:
        return None
    matrix = write_sum(rest)
    if matrix.shape != node.shape or matrix.dtype != "float":
        return None
    return intern(ADD_DIAGONAL, (matrix, write_sum(diagonal)), False)


def _diagonal_entries(term: Product) -> Product | None:
    """The entries of a term that is a multiple of a diagonal or of a unit matrix."""
    arrays = [node for node in term.powers if node.ndim]
    if len(arrays) != 1 or term.powers[arrays[0]] != 1 or not has_unit(arrays[0]):
        return None
    scale = term.without(arrays)._replace(node=None)
    if arrays[0].op is EYE:
        return scale
    form = recognise(arrays[0])
    if form is None or form.kind != "diag":
        return None
    return scale.times(factor(unstretched(arrays[0].args[0])))


def _symmetric_already(node: Node, rewriter: Rewriter) -> Node | None:
    """What takes the symmetric part of its argument takes a symmetric one as it is."""
    if node.attrs == PROVEN_SYMMETRIC or not is_symmetric(node.args[0]):
        return None
    return intern(node.op, node.args, PROVEN_SYMMETRIC)


RULES = Rules(
    (
        *accuracy.RULES,
        Rule("no barrier without derivatives", ("stop_gradient",), _no_barrier, complex=True),
        Rule("contraction for a sum of products", ("contract",), _sum_of_products, complex=True),
        Rule(
            "diagonal apart", ("add", "subtract"), _diagonal_apart, needs=any_of("eye"), arrays=True
        ),
        Rule("symmetric already", ("cholesky", "eigvalsh", "eigh_vectors"), _symmetric_already),
        Rule(
            "scalars together",
            ("multiply", "divide"),
            _scalars_together,
            complex=True,
            arrays=True,
        ),
        Rule(
            "scale a small factor, not the product",
            ("multiply", "negative"),
            _scalar_into_product,
            complex=True,
            needs=any_of("contract", "multiply", "divide", "eye"),
            arrays=True,
        ),
    )
)


def lower(outputs: Sequence[Node], without: Container[str] = ()) -> list[Node]:
    """Rewrite expressions for NumPy, after simplification; `without` names passes to leave out."""
    rewriter = Rewriter(RULES, outputs, algebra.REGIONS)
    results = rewriter.run()
    ops = set(rewriter.ops)
    for step in PASSES:
        if step.name not in without and not ops.isdisjoint(step.needs):
            results = step.apply(results)
    return results


# Norms ----------------------------------------------------------------------------------------


def _with_shared_norms(outputs: Sequence[Node]) -> list[Node]:
    """Divide by norms that are computed anyway; done last, so that no powers of them come about."""
    order = topological(outputs)
    norms = {(node.args, node.attrs): node for node in order if node.op is NORM}
    new: dict[Node, Node] = {}
    for node in order:
        new[node] = rebuild(node, tuple(new[arg] for arg in node.args))
        norm = norms.get((node.args, node.attrs)) if node.op is NORMALIZED else None
        if norm is not None:
            length = rebuild(norm, new[node].args)
            guard = where(equal(length, 0), 1, length)
            new[node] = divide(
                new[node].args[0], without_leading_axes(expand_dims(guard, node.attrs))
            )
    return [new[node] for node in outputs]


# Solving --------------------------------------------------------------------------------------

_MOST_SOLVED = 2
"""Solving so often costs less than one inverse."""


def _solved(outputs: Sequence[Node]) -> list[Node]:
    """Solve, instead of inverting, with matrices whose inverse few products need and nothing else.

    This is no rule of the engine, which knows how often a node is used, but not by what.
    """
    order = topological(outputs)
    uses = use_counts(order, outputs)
    places = {node: place for node in order if (place := _place_of_inverse(node)) is not None}
    solved = Counter(node.args[place] for node, place in places.items())
    spared = {inverse for inverse, n in solved.items() if n == uses[inverse] <= _MOST_SOLVED}
    new: dict[Node, Node] = {}
    for node in order:
        args = tuple(new[arg] for arg in node.args)
        place = places.get(node)
        if place is not None and node.args[place] in spared:
            new[node] = _solution(node, args, place)
        else:
            new[node] = rebuild(node, args)
    return [new[node] for node in outputs]


def _place_of_inverse(node: Node) -> int | None:
    """Which of its two factors a matrix product could do without, by solving."""
    form = recognise(node) if node.op is CONTRACT else None
    if form is None or form.kind != "matmul":
        stack = stacked_systems.system(node)
        return None if stack is None else stack.place
    if node.args[0] is node.args[1]:
        return None
    left, right = node.args
    if left.op is INV:
        return 0
    return 1 if right.op is INV and right.ndim == 2 else None


def _solution(node: Node, args: tuple[Node, ...], place: int) -> Node:
    """Solve for the other factor. From the right, both are transposed, and so is the solution."""
    form = recognise(node)
    if form is None or form.kind != "matmul":
        stack = stacked_systems.system(node)
        assert stack is not None
        return stacked_systems.solution(stack, node, args)
    matrix, other = args[place].args[0], args[1 - place]
    if form.flipped[place] != bool(place):
        matrix = transpose(matrix)
    if form.flipped[1 - place] != bool(place):
        other = transpose(other)
    solution = intern(SOLVE, (matrix, other))
    return transpose(solution) if place else solution


# Several results ------------------------------------------------------------------------------


def _computed_once(outputs: Sequence[Node]) -> list[Node]:
    """Take results that one NumPy function returns together out of one call."""
    order = topological(outputs)
    shared = {node for group in computed_together(order) for node in group}
    if not shared:
        return list(outputs)
    new: dict[Node, Node] = {}
    for node in order:
        args = tuple(new[arg] for arg in node.args)
        new[node] = as_part(node, args) if node in shared else rebuild(node, args)
    return [new[node] for node in outputs]


# Writing in place ------------------------------------------------------------------------------


def _in_place(outputs: Sequence[Node]) -> list[Node]:
    """Write into matrices that are computed for one use; others are copied first."""
    order = topological(outputs)
    uses = use_counts(order, outputs)
    new: dict[Node, Node] = {}
    for node in order:
        args = tuple(new[arg] for arg in node.args)
        writes = node.op in (ADD_DIAGONAL, SET_DIAGONAL)
        if writes and _is_new_array(node.args[0]) and uses[node.args[0]] == 1:
            new[node] = intern(node.op, args, True)
        else:
            new[node] = rebuild(node, args)
    return [new[node] for node in outputs]


def _is_new_array(node: Node) -> bool:
    """True for what NumPy computes into an array of its own."""
    return bool(node.args) and not node.op.view(node) and node.op is not BROADCAST_TO


# The passes -------------------------------------------------------------------------------------


class Pass(NamedTuple):
    """A rewrite of whole graphs, with a name by which it can be left out.

    It has nothing to do in a graph that has none of the ops in `needs`.
    """

    name: str
    apply: Callable[[Sequence[Node]], list[Node]]
    needs: tuple[str, ...]


_WITH_PARTS = tuple(name for name, op in OPS.items() if op.part is not None)
PASSES = (
    Pass("masks", protected, ("where",)),
    Pass("shared norms", _with_shared_norms, (NORMALIZED.name,)),
    Pass("solving", _solved, (INV.name,)),
    Pass("common factors", with_common_factors, ("multiply",)),
    Pass("numbers at the source", numbers_at_the_source, ("contract",)),
    Pass("half of a symmetric product", one_half, ("contract",)),
    Pass("outer sums multiplied apart", multiplied_apart, ("contract",)),
    Pass("sums as known", summed_as_known, ("add",)),
    Pass("memory order", in_memory_order, ("contract",)),
    Pass("products summed", summed_where_multiplied, ("contract",)),
    Pass("matrix products", as_calls, ("contract",)),
    Pass("softmaxes shared", softmaxes_shared, SOFTMAXES),
    Pass("exponentials shared", exponentials_shared, LOGISTIC_FAMILY),
    Pass("powers multiplied", powers_multiplied, ("power",)),
    Pass("steps by sign", steps_by_sign, ("heaviside",)),
    Pass("several results of one call", _computed_once, _WITH_PARTS),
    Pass("in place", _in_place, (ADD_DIAGONAL.name, SET_DIAGONAL.name)),
)
"""What is done after the rules, in this order."""

SPELLED_OUT = frozenset(
    {"softmaxes shared", "exponentials shared", "powers multiplied", "steps by sign"}
)
"""Passes that trade short code for fast code: what is to be read may leave them out."""
