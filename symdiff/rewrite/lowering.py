"""Rules for generated code alone: equal expressions that NumPy computes in fewer passes.

They are no closed forms that people want to read, so `simplify` leaves them out.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.node import Node
from symdiff.ops.contraction import CONTRACT, Spec, contract
from symdiff.ops.contraction_forms import recognise
from symdiff.ops.elementwise import multiply
from symdiff.ops.leaves import number_of
from symdiff.rewrite.contraction import contracted_product
from symdiff.rewrite.engine import Rewriter, Rule


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
    return Rewriter(RULES, outputs, {}).run()
