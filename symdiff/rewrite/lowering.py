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
from symdiff.rewrite.engine import Rewriter, Rule


def _sum_of_products(node: Node, rewriter: Rewriter) -> Node | None:
    """`sum(a * b)` is `a @ b` and needs no array for the product."""
    spec: Spec = node.attrs
    if len(node.args) > 1 or not spec.summed or len(set(spec.inputs[0])) < len(spec.inputs[0]):
        return None
    arg = node.args[0]
    if not rewriter.single(arg) or arg.dtype != "float":
        return None
    factors = _two_factors(arg)
    if factors is None or not any(factor.shape == arg.shape for factor in factors):
        return None
    inputs = []
    for factor in factors:
        places = spec.inputs[0][arg.ndim - factor.ndim :]
        if not factor.ndim or factor.shape != arg.shape[arg.ndim - factor.ndim :]:
            return None
        inputs.append(places)
    fused = contract(factors, inputs, spec.output)
    return fused if fused.op is CONTRACT and recognise(fused) else None


def _two_factors(node: Node) -> tuple[Node, Node] | None:
    if node.op.name == "multiply":
        left, right = node.args
        return (left, right) if left.dtype == right.dtype == "float" else None
    if node.op.name == "power" and number_of(node.args[1]) == 2:
        return node.args[0], node.args[0]
    return None


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


RULES = (
    Rule("contraction for a sum of products", ("contract",), _sum_of_products),
    Rule("scale a vector, not its outer product", ("multiply",), _scalar_into_outer),
)


def lower(outputs: Sequence[Node]) -> list[Node]:
    """Rewrite expressions for NumPy, after simplification."""
    return Rewriter(RULES, outputs, {}).run()
