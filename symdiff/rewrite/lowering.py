"""Rules for generated code alone: equal expressions that NumPy computes in fewer passes.

They are no closed forms that people want to read, so `simplify` leaves them out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from symdiff.node import Node, intern, topological, use_counts
from symdiff.ops.contraction import CONTRACT, Spec, contract, transpose
from symdiff.ops.contraction_forms import recognise
from symdiff.ops.elementwise import multiply
from symdiff.ops.leaves import number_of
from symdiff.ops.linear_algebra import INV, SOLVE
from symdiff.rewrite.contraction import contracted_product
from symdiff.rewrite.engine import Rewriter, Rule, rebuild


def _sum_of_products(node: Node, rewriter: Rewriter) -> Node | None:
    """`sum(a * b)` is one product that NumPy hands to BLAS, and needs no array for `a * b`."""
    arg = node.args[0]
    if len(node.args) > 1 or not rewriter.single(arg):
        return None
    if arg.op.name == "power" and number_of(arg.args[1]) == 2:
        return contracted_product(node, (arg.args[0], arg.args[0]))
    return contracted_product(node, arg.args) if arg.op.name == "multiply" else None


def _scalar_into_outer(node: Node, rewriter: Rewriter) -> Node | None:
    """Scale a vector before the outer product rather than the matrix after it."""
    scalar, product = node.args
    if scalar.ndim or product.op is not CONTRACT or not rewriter.single(product):
        return None
    form = recognise(product)
    if form is None or form.kind != "outer":
        return None
    left, right = product.args
    spec: Spec = product.attrs
    return contract((multiply(scalar, left), right), spec.inputs, spec.output)


def _no_barrier(node: Node, rewriter: Rewriter) -> Node:
    """What derivatives hold constant is computed like anything else."""
    return node.args[0]


RULES = (
    Rule("no barrier without derivatives", ("stop_gradient",), _no_barrier),
    Rule("contraction for a sum of products", ("contract",), _sum_of_products),
    Rule("scale a vector, not its outer product", ("multiply",), _scalar_into_outer),
)


def lower(outputs: Sequence[Node]) -> list[Node]:
    """Rewrite expressions for NumPy, after simplification."""
    return _solved(Rewriter(RULES, outputs, {}).run())


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
    if form is None or form.kind != "matmul" or node.args[0] is node.args[1]:
        return None
    left, right = node.args
    if left.op is INV:
        return 0
    return 1 if right.op is INV and right.ndim == 2 else None


def _solution(node: Node, args: tuple[Node, ...], place: int) -> Node:
    """Solve for the other factor. From the right, both are transposed, and so is the solution."""
    form = recognise(node)
    assert form is not None
    matrix, other = args[place].args[0], args[1 - place]
    if form.flipped[place] != bool(place):
        matrix = transpose(matrix)
    if form.flipped[1 - place] != bool(place):
        other = transpose(other)
    solution = intern(SOLVE, (matrix, other))
    return transpose(solution) if place else solution
