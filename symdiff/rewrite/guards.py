"""Guards that a norm's derivatives need at 0, and that vanish beside what is 0 there itself.

The derivative of `‖v‖` is `normalized(v)`, which is `v / where(‖v‖ = 0, 1, ‖v‖)`. Multiplied by
`‖v‖` that is `v`, also at 0; and where `v` is a factor, nothing else needs to be masked where `‖v‖`
is 0. So does that of the absolute value of a complex number, entry by entry. By itself it stays
whole, since it neither overflows nor vanishes where powers of `‖v‖` do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from symdiff.node import Node, intern
from symdiff.ops.choices import equal, where
from symdiff.ops.contraction import CONTRACT
from symdiff.ops.leaves import number_of
from symdiff.ops.norms import NORM, NORMALIZED
from symdiff.rewrite.engine import rebuild
from symdiff.rewrite.polynomial import Product, factor, read_product


def guarded_norm(node: Node) -> Node | None:
    """The norm in `where(‖v‖ = 0, 1, ‖v‖)`."""
    if node.op.name != "where" or number_of(node.args[1]) != 1:
        return None
    norm = _at_zero(node.args[0])
    return norm if norm is node.args[2] else None


def _at_zero(condition: Node) -> Node | None:
    """The norm in `‖v‖ = 0`, or the absolute value in `|z| = 0`."""
    if condition.op.name != "equal" or number_of(condition.args[1]) != 0:
        return None
    norm = condition.args[0]
    return norm if _is_magnitude(norm) or (norm.op.name == "norm" and not norm.ndim) else None


def _is_magnitude(node: Node) -> bool:
    """True for the absolute values of complex numbers."""
    return node.op.name == "abs" and node.args[0].dtype == "complex"


def guarded_quotient(unit: Node) -> tuple[Node, Node, Node] | None:
    """For `normalized(v)`: `v`, `‖v‖`, and its guard, by which `v` is divided."""
    if unit.op is not NORMALIZED or len(unit.args) > 1 or len(unit.attrs) < unit.ndim:
        return None
    norm = intern(NORM, unit.args, unit.attrs)
    return unit.args[0], norm, where(equal(norm, 0), 1, norm)


def with_units_opened(product: Product) -> Product:
    """Write `normalized(v)` as a quotient where `‖v‖` or `v` is a factor too."""
    for node, exponent in product.powers.items():
        parts = node.args if node.op is CONTRACT and exponent == 1 else (node,)
        for unit in parts:
            quotient = guarded_quotient(unit)
            if quotient is None:
                continue
            v, norm, guard = quotient
            if norm not in product.powers and not (unit is node and v in product.powers):
                continue
            opened = factor(v, exponent)
            count = exponent
            if unit is not node:
                opened = factor(rebuild(node, tuple(v if arg is unit else arg for arg in parts)))
                count = sum(arg is unit for arg in parts)
            return with_units_opened(
                product.without((node,)).times(opened).times(factor(guard, -count))
            )
    return product


def without_guards(product: Product) -> Product:
    """Cancel `‖v‖` against its guard where `v` is a factor; below the line it is its own guard."""
    product = with_units_opened(product)
    for guard, exponent in product.powers.items():
        norm = guarded_norm(guard) if exponent < 0 else None
        above = product.powers.get(norm, 0) if norm is not None else 0
        if norm is None or not above:
            continue
        if above < 0:
            return without_guards(product.times(Product(1, {norm: exponent, guard: -exponent})))
        if has_factor(product.powers, norm):
            common = min(above, -exponent)
            return without_guards(product.times(Product(1, {norm: -common, guard: common})))
    return product


def has_factor(powers: Mapping[Node, int], norm: Node) -> bool:
    """True if a product is linear in what a norm is of, so that it is 0 where the norm is."""
    return any(e > 0 and _is_linear(node, norm) for node, e in powers.items())


def _is_linear(node: Node, norm: Node) -> bool:
    v = norm.args[0]
    parts = node.args if node.op is CONTRACT and not _is_magnitude(norm) else (node,)
    return any(part is v or (part.op.name == "conj" and part.args[0] is v) for part in parts)


def unmasked(node: Node, others: Iterable[Node]) -> Node | None:
    """What `where(‖v‖ = 0, 0, e)` is beside `v`: `e`, if that is finite where `v` is 0."""
    if node.op.name != "where" or number_of(node.args[1]) != 0:
        return None
    norm = _at_zero(node.args[0])
    if norm is None or norm.op.name != "norm" or not any(other is norm.args[0] for other in others):
        return None
    chosen = node.args[2]
    powers = read_product(chosen, _always).powers
    finite = all(_is_finite(p) if e > 0 else _is_guard(p) for p, e in powers.items())
    return chosen if finite and chosen.shape == node.shape else None


def _is_finite(node: Node) -> bool:
    """True for what is finite wherever the variables are: variables, and guards themselves."""
    return not node.args or _is_guard(node) or node.op.name == "norm"


def _is_guard(node: Node) -> bool:
    return guarded_norm(node) is not None


def _always(node: Node) -> bool:
    return True
