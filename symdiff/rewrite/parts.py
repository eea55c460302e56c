"""Parts of complex sums and products: what is real, or imaginary, stands outside.

`real(2 x z)` is `2 x real(z)`, `imag(x + 1j y)` is `y`, and `conj(x z)` is `x conj(z)`.
"""

from __future__ import annotations

from symdiff.node import Node
from symdiff.ops.complex import conj, imag, real
from symdiff.rewrite.algebra import of_kind
from symdiff.rewrite.engine import Rewriter, Rule
from symdiff.rewrite.polynomial import (
    IMAGINARY,
    Product,
    factor,
    read_sum,
    write_product,
    write_sum,
)

_FUNCTIONS = {"real": real, "imag": imag, "conj": conj}


def _outside(node: Node, rewriter: Rewriter) -> Node | None:
    arg, name = node.args[0], node.op.name
    if not rewriter.single(arg):
        return None
    terms = list(read_sum(arg, rewriter.single).values())
    rest = [term for term in terms if _complex_factors(term)]
    if len(rest) > 1:
        if len(rest) == len(terms):
            return None
        rest = [factor(write_sum(rest))]
    plain = [term for term in terms if not _complex_factors(term)]
    parts = [_part(name, term) for term in (*plain, *rest)]
    kept = [part for part in parts if part.number]
    return of_kind(write_sum(kept) if kept else write_product(Product(0, {})), node)


def _complex_factors(term: Product) -> dict[Node, int]:
    """The complex factors but for the imaginary unit."""
    powers = term.powers.items()
    return {n: e for n, e in powers if n.dtype == "complex" and n is not IMAGINARY}


def _part(name: str, term: Product) -> Product:
    """The real or imaginary part of a term, or its conjugate."""
    inner = _complex_factors(term)
    scale = term.without((*inner, IMAGINARY))._replace(node=None)
    turned = IMAGINARY in term.powers
    if name == "conj":
        unit = Product(-1, {IMAGINARY: 1}) if turned else Product(1, {})
        return scale.times(unit).times(_conjugate(inner))
    sign = -1 if turned and name == "real" else 1
    name = {"real": "imag", "imag": "real"}[name] if turned else name
    if not inner:
        return Product(sign * scale.number if name == "real" else 0, scale.powers)
    return scale.times(factor(_FUNCTIONS[name](write_product(Product(1, inner))))).times(
        Product(sign, {})
    )


def _conjugate(powers: dict[Node, int]) -> Product:
    """The conjugate of a product: of each factor, where that takes no more operations."""
    if sum(node.op.name != "conj" for node in powers) > 1:
        return factor(conj(write_product(Product(1, powers))))
    return Product(1, {conj(node): e for node, e in powers.items()})


RULES = (Rule("real factors and terms outside", ("real", "imag", "conj"), _outside, complex=True),)
