"""Rules for inverses, determinants and Kronecker products: smaller matrices, and fewer of them.

In floats, a product of determinants may overflow where the determinant of the product does not.
Their logarithms do not overflow, and a logarithm of determinants becomes a sum of those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from typing import NamedTuple, TypeAlias

from symdiff.dims import Size
from symdiff.errors import ShapeError
from symdiff.node import Node, intern
from symdiff.ops.contraction import CONTRACT, Spec, contract, diag, is_transpose, sum
from symdiff.ops.contraction_forms import recognise
from symdiff.ops.elementwise import add, divide, log, multiply, power
from symdiff.ops.kinks import abs, sign
from symdiff.ops.leaves import EYE, INEXACT, as_node, constant, number_of
from symdiff.ops.linear_algebra import (
    DET,
    INV,
    KRON,
    MATRIX_POWER,
    det,
    inv,
    kron,
    logabsdet,
    signdet,
)
from symdiff.ops.reduction import prod
from symdiff.ops.structure import BROADCAST_TO, broadcast_to
from symdiff.rewrite.engine import Rewriter, Rule, any_of
from symdiff.rewrite.polynomial import Product, read_product, scales_one_array, write_product

# Reading matrices -----------------------------------------------------------------------------


def _transpose(a: Node) -> Node:
    """The transpose of the last two axes."""
    axes = tuple(range(a.ndim))
    return contract([a], [axes], (*axes[:-2], axes[-1], axes[-2]))


def _transposed(a: Node) -> Node | None:
    """The matrix whose transpose, of the last two axes alone, is `a`."""
    if not is_transpose(a):
        return None
    (indices,), output = a.attrs
    swapped = (*indices[:-2], indices[-1], indices[-2])
    inner: Node = a.args[0]
    return inner if output == swapped else None


def _diagonal(a: Node) -> Node | None:
    """The vector of whose entries `a` is the diagonal matrix."""
    form = recognise(a) if a.op is CONTRACT else None
    return a.args[0] if form is not None and form.kind == "diag" else None


def _is_square(a: Node) -> bool:
    return a.ndim > 1 and a.shape[-2] == a.shape[-1]


def _kronecker_factors(a: Node) -> tuple[Node, Node] | None:
    """The two square matrices of which `a` is the Kronecker product."""
    if a.op is not KRON or not all(arg.ndim == 2 and _is_square(arg) for arg in a.args):
        return None
    first, second = a.args
    return first, second


def _scaled(a: Node, rewriter: Rewriter) -> tuple[Product, Node] | None:
    """The scalar factors of `a`, and the matrix that they scale."""
    if a.op.name not in ("multiply", "divide", "negative"):
        return None
    alone = rewriter.single(a)
    product = read_product(a, rewriter.single if alone else lambda part: False)
    if not alone and not scales_one_array(product):
        return None
    scalars = Product(product.number, {n: e for n, e in product.powers.items() if not n.ndim})
    arrays = {n: e for n, e in product.powers.items() if n.ndim}
    if scalars == Product(1, {}) or not arrays or not product.number:
        return None
    matrix = broadcast_to(write_product(Product(1, arrays)), a.shape)
    return (scalars, matrix) if matrix.dtype in INEXACT else None


# Inverses -------------------------------------------------------------------------------------


def _inverse_of_inverse(node: Node, rewriter: Rewriter) -> Node | None:
    arg = node.args[0]
    return arg.args[0] if arg.op is INV else None


def _inverse_of_transpose(node: Node, rewriter: Rewriter) -> Node | None:
    inner = _transposed(node.args[0])
    return None if inner is None else _transpose(inv(inner))


def _inverse_of_multiple(node: Node, rewriter: Rewriter) -> Node | None:
    found = _scaled(node.args[0], rewriter)
    if found is None:
        return None
    scalars, matrix = found
    return divide(inv(matrix), write_product(scalars))


def _inverse_of_unit(node: Node, rewriter: Rewriter) -> Node | None:
    arg = node.args[0]
    return arg if arg.op is EYE else None


def _inverse_of_diagonal(node: Node, rewriter: Rewriter) -> Node | None:
    """Where an entry is 0 this is infinite, not refused."""
    entries = _diagonal(node.args[0])
    return None if entries is None else diag(1 / entries)


def _inverse_of_kronecker(node: Node, rewriter: Rewriter) -> Node | None:
    factors = _kronecker_factors(node.args[0])
    return None if factors is None else kron(inv(factors[0]), inv(factors[1]))


def _stretched_matrix(node: Node, rewriter: Rewriter) -> Node | None:
    """One matrix for a whole stack is computed with once."""
    arg = node.args[0]
    source = arg.args[0] if arg.op is BROADCAST_TO else arg
    if source is arg or source.ndim < 2 or source.shape[-2:] != arg.shape[-2:]:
        return None
    return broadcast_to(intern(node.op, (source,), node.attrs), node.shape)


# Determinants ---------------------------------------------------------------------------------


class Factor(NamedTuple):
    """What a determinant is a product of, to a power.

    The determinant of a matrix, the product of the entries of a vector, or a scalar.
    """

    node: Node
    exponent: Size = 1


Reading: TypeAlias = "Callable[[Node, Rewriter], Iterable[Factor] | None]"


def _of_inverse(a: Node, rewriter: Rewriter) -> list[Factor] | None:
    return [Factor(a.args[0], -1)] if a.op is INV else None


def _of_transpose(a: Node, rewriter: Rewriter) -> list[Factor] | None:
    inner = _transposed(a)
    return None if inner is None else [Factor(inner)]


def _of_multiple(a: Node, rewriter: Rewriter) -> list[Factor] | None:
    found = _scaled(a, rewriter)
    if found is None:
        return None
    scalars, matrix = found
    n = a.shape[-1]
    if isinstance(n, int) and n >= 64:  # whole numbers would be too large for NumPy
        scalars = scalars._replace(number=float(scalars.number))
    return [Factor(write_product(scalars), n), Factor(matrix)]


def _of_unit(a: Node, rewriter: Rewriter) -> list[Factor] | None:
    return [] if a.op is EYE else None


def _of_diagonal(a: Node, rewriter: Rewriter) -> list[Factor] | None:
    entries = _diagonal(a)
    return None if entries is None else [Factor(entries)]


def _of_kronecker(a: Node, rewriter: Rewriter) -> list[Factor] | None:
    factors = _kronecker_factors(a)
    if factors is None:
        return None
    first, second = factors
    return [Factor(first, second.shape[0]), Factor(second, first.shape[0])]


def _of_product(a: Node, rewriter: Rewriter) -> list[Factor] | None:
    """Two determinants cost less than a product that nothing else needs."""
    if a.op is not CONTRACT or not all(map(_is_square, a.args)) or not rewriter.single(a):
        return None
    form = recognise(a)
    return [Factor(arg) for arg in a.args] if form is not None and form.kind == "matmul" else None


def _of_power(a: Node, rewriter: Rewriter) -> list[Factor] | None:
    return [Factor(a.args[0], a.attrs)] if a.op is MATRIX_POWER else None


def _product(factors: Iterable[Factor]) -> Node:
    return reduce(multiply, [_raised(_value(f.node), f.exponent) for f in factors], constant(1.0))


def _value(node: Node) -> Node:
    return det(node) if node.ndim > 1 else prod(node) if node.ndim else node


def _logarithm(factors: Iterable[Factor]) -> Node:
    terms = [as_node(f.exponent) * _log_magnitude(f.node) for f in factors]
    return reduce(add, terms, constant(0.0))


def _log_magnitude(node: Node) -> Node:
    number = number_of(node)
    if number is not None:
        return log(-number if number < 0 else number) if number not in (1, -1) else constant(0.0)
    if node.op.name == "divide" and not node.ndim:
        return _log_magnitude(node.args[0]) - _log_magnitude(node.args[1])
    return logabsdet(node) if node.ndim > 1 else sum(log(abs(node)))


def _sign(factors: Iterable[Factor]) -> Node:
    # the sign of a reciprocal is that of the number
    signs = [_raised(_one_sign(f.node), 1 if f.exponent == -1 else f.exponent) for f in factors]
    return reduce(multiply, signs, constant(1.0))


def _one_sign(node: Node) -> Node:
    if node.ndim:
        return signdet(node) if node.ndim > 1 else prod(sign(node))
    number, powers, _ = read_product(node, lambda part: False)
    one = constant(-1 if number < 0 else 1)
    return multiply(one, sign(write_product(Product(1, powers)))) if powers else one


def _raised(value: Node, exponent: Size) -> Node:
    return value if exponent == 1 else power(value, as_node(exponent))


_READINGS: tuple[tuple[str, Reading], ...] = (
    ("an inverse", _of_inverse),
    ("a transpose", _of_transpose),
    ("a scalar multiple", _of_multiple),
    ("a unit matrix", _of_unit),
    ("a diagonal matrix", _of_diagonal),
    ("a Kronecker product", _of_kronecker),
    ("a product", _of_product),
    ("a power", _of_power),
)
_WRITINGS: tuple[tuple[str, str, Callable[[Iterable[Factor]], Node]], ...] = (
    ("determinant", "det", _product),
    ("logarithm of the determinant", "logabsdet", _logarithm),
    ("sign of the determinant", "signdet", _sign),
)


def _determinant_rule(name: str, op: str, read: Reading, write: Callable[..., Node]) -> Rule:
    def apply(node: Node, rewriter: Rewriter) -> Node | None:
        factors = read(node.args[0], rewriter)
        return None if factors is None else write(factors)

    return Rule(name, (op,), apply)


def _log_of_determinant(node: Node, rewriter: Rewriter) -> Node | None:
    """`log(c det(A)**k)` without overflow; where that was NaN, of the absolute value."""
    arg = node.args[0]
    inner = arg.args[0] if arg.op.name == "abs" else arg
    if inner.op.name not in ("det", "multiply", "divide", "negative", "power"):
        return None
    product = read_product(inner, rewriter.single)
    taken = {factor: e for factor, e in product.powers.items() if _log_is_a_multiple(factor)}
    if not any(_base(factor).op is DET for factor in taken):
        return None
    terms = (
        []
        if product.number == 1 and len(taken) == len(product.powers)
        else [_log_of_rest(write_product(product.without(taken)))]
    )
    for factor, e in taken.items():
        base = _base(factor)
        magnitude = _log_magnitude(base.args[0] if base.op is DET else base)
        exponent = e if factor.op is DET else e * factor.args[1]
        terms.append(magnitude if type(exponent) is int and exponent == 1 else exponent * magnitude)
    return reduce(add, terms)


def _log_of_rest(rest: Node) -> Node:
    return log(abs(rest)) if rest.ndim else _log_magnitude(rest)


def _base(node: Node) -> Node:
    return node.args[0] if node.op.name == "power" else node


def _log_is_a_multiple(node: Node) -> bool:
    """True for determinants, their powers, and what a scaled matrix has in front of its own."""
    if node.op is DET:
        return True
    return node.op.name == "power" and (node.args[0].op is DET or not node.ndim)


# Kronecker products ---------------------------------------------------------------------------


def _contraction_of_kroneckers(node: Node, rewriter: Rewriter) -> Node | None:
    """Contract the first factors and the second ones apart, as in (A ⊗ B)(C ⊗ D) = AC ⊗ BD.

    The trace, a sum, the transpose and the diagonal are contractions of one.
    """
    if any(arg.op is not KRON or arg.args[0].ndim != arg.args[1].ndim for arg in node.args):
        return None
    if is_transpose(node) and not rewriter.single(node.args[0]):
        return None
    spec: Spec = node.attrs
    firsts, seconds = ([arg.args[side] for arg in node.args] for side in (0, 1))
    try:
        first = contract(firsts, spec.inputs, spec.output)
        second = contract(seconds, spec.inputs, spec.output)
    except ShapeError:  # only the products of their sizes fit together
        return None
    return kron(first, second)


def _split_kronecker(node: Node, rewriter: Rewriter) -> Node | None:
    """With each axis split into those of the factors, it is the product of all their entries.

    Derivatives of Kronecker products hold such, which contractions then take apart.
    """
    arg = node.args[0]
    if arg.op is not KRON or arg.args[0].ndim != arg.args[1].ndim:
        return None
    pairs = zip(*(factor.shape for factor in arg.args), strict=True)
    if node.shape != tuple(size for pair in pairs for size in pair):
        return None
    axes = tuple(range(node.ndim))
    return contract(arg.args, [axes[0::2], axes[1::2]], axes)


LOGARITHM_OF_A_DETERMINANT = Rule(
    "logarithm of a determinant", ("log",), _log_of_determinant, needs=any_of("det")
)
"""Among the rules of stability: a determinant overflows where its logarithm is moderate."""

RULES = (
    Rule("inverse of an inverse", ("inv",), _inverse_of_inverse, complex=True),
    Rule("inverse of a transpose", ("inv",), _inverse_of_transpose, complex=True),
    Rule("inverse of a scalar multiple", ("inv",), _inverse_of_multiple, complex=True),
    Rule("inverse of a unit matrix", ("inv",), _inverse_of_unit, complex=True),
    Rule("inverse of a diagonal matrix", ("inv",), _inverse_of_diagonal, complex=True),
    Rule("inverse of a Kronecker product", ("inv",), _inverse_of_kronecker, complex=True),
    *(
        _determinant_rule(f"{what} of {of}", op, read, write)
        for what, op, write in _WRITINGS
        for of, read in _READINGS
    ),
    Rule(
        "one matrix for a stack",
        ("inv", "det", "logabsdet", "signdet", "matrix_power"),
        _stretched_matrix,
        complex=True,
    ),
    Rule(
        "contraction of Kronecker products", ("contract",), _contraction_of_kroneckers, complex=True
    ),
    Rule("Kronecker product with split axes", ("reshape",), _split_kronecker, complex=True),
)
