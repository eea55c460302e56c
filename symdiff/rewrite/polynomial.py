"""Sums of products: read off a graph, written back as one.

A product is a number times powers of factors; a sum is a number of such products. A region of
additions (or of multiplications) whose inner nodes are used only within it is read as a whole, so
the cost is linear; shared nodes are factors and terms as they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from fractions import Fraction
from functools import reduce
from math import isfinite
from typing import Any, NamedTuple, TypeAlias

from symdiff.node import Node
from symdiff.ops.elementwise import add, divide, multiply, negative, power, subtract
from symdiff.ops.leaves import CONSTANT, constant, number_of
from symdiff.ops.structure import unstretched
from symdiff.rewrite.ordering import factor_order, rank

Number: TypeAlias = "int | Fraction | float"
Single: TypeAlias = "Callable[[Node], bool]"
Key: TypeAlias = "frozenset[tuple[Node, int]]"


class Product(NamedTuple):
    """A number times powers of nodes; `node` is one that equals it up to sign, if there is one.

    Arithmetic raises OverflowError rather than let a number become infinite or vanish.
    """

    number: Number
    powers: dict[Node, int]
    node: Node | None = None

    @property
    def key(self) -> Key:
        """What must agree for two products to be like terms."""
        return frozenset(self.powers.items())

    def times(self, other: Product) -> Product:
        """The product of the two; factors whose exponents cancel are gone."""
        powers = dict(self.powers)
        for node, exponent in other.powers.items():
            powers[node] = powers.get(node, 0) + exponent
        number = _checked(self.number * other.number, self.number and other.number)
        return Product(number, {node: e for node, e in powers.items() if e})

    def without(self, nodes: Container[Node]) -> Product:
        """The product of what is left when factors are taken out."""
        return Product(self.number, {n: e for n, e in self.powers.items() if n not in nodes})


def factor(node: Node, exponent: int = 1) -> Product:
    """A node raised to a power, as a product: of a number if it is one."""
    value = _number(node)
    if value is None or (not value and exponent < 0):
        return Product(1, {node: exponent})
    return Product(value if exponent == 1 else _raised(value, exponent), {})


def magnitude(number: Number) -> Number:
    """The number without its sign."""
    return -number if number < 0 else number


def _raised(value: Number, exponent: int) -> Number:
    base = value if isinstance(value, float) else Fraction(value)
    return _checked(base**exponent, value)


def _checked(number: Number, nonzero: Number) -> Number:
    if isinstance(number, float) and (not isfinite(number) or (not number and nonzero)):
        raise OverflowError("a constant is too large or too small to be folded")
    return number


# Reading ----------------------------------------------------------------------------------------


def _number(node: Node) -> Number | None:
    if node.op is not CONSTANT:
        return None
    value = number_of(node)
    return None if value is None or isinstance(value, bool) or not isfinite(value) else value


def whole_exponent(node: Node) -> int | None:
    """The exponent of a power with a constant whole exponent, else None."""
    value = number_of(node.args[1])
    if value is None or isinstance(value, bool) or value != value // 1 or abs(value) > 100:
        return None
    return int(value)


def read_product(root: Node, single: Single) -> Product:
    """Take a product apart, down to nodes that are shared or are no products."""
    number: Number = 1
    powers: dict[Node, int] = {}
    stack = [(root, 1)]
    while stack:
        node, exponent = stack.pop()
        node = unstretched(node)  # the root's shape is restored when all is done
        opens = node is root or single(node) or node.op.name in _FREE or _is_size(node)
        inside = _inside(node, exponent) if opens else None
        if inside is not None:
            sign, parts = inside
            number *= sign
            stack.extend(reversed(parts))
        elif node.op is CONSTANT and not (folded := factor(node, exponent)).powers:
            number = _checked(number * folded.number, number and folded.number)
        else:
            powers[node] = powers.get(node, 0) + exponent
    powers = {node: e for node, e in powers.items() if e}
    return _with_shared_opened(Product(number, powers, root))


_FREE = ("negative", "power")
"""What costs no more in pieces, even if others use it whole."""

_LARGEST_EXPONENT = 100


def _is_size(node: Node) -> bool:
    """True for a few numbers and named sizes multiplied, such as `1/(n d)`: free to repeat."""
    stack, left = [node], 8
    while stack and left:
        part = stack.pop()
        left -= 1
        if part.op.name not in ("constant", "size", "multiply", "divide") or part.ndim:
            return False
        stack.extend(part.args)
    return not stack


def _with_shared_opened(product: Product) -> Product:
    """Open shared factors where that saves an operation.

    It does where a part meets its like, as in `(t/s) s`, or a number joins another, as in
    `2 (0.5 c)`.
    """
    number, powers = product.number, dict(product.powers)
    for node in product.powers:
        inner = _opened(node, powers[node])  # which earlier openings may have changed
        if inner is None:
            continue
        joins = len(inner.powers) == 1 and number not in (1, -1) and inner.number not in (1, -1)
        if joins or any(part in powers for part in inner.powers):
            del powers[node]
            number = _checked(number * inner.number, number and inner.number)
            for part, e in inner.powers.items():
                powers[part] = powers.get(part, 0) + e
    return Product(number, {n: e for n, e in powers.items() if e}, product.node)


def _opened(node: Node, exponent: int) -> Product | None:
    """The factors of one product node raised to `exponent`."""
    inside = _inside(node, exponent)
    if inside is None:
        return None
    sign, parts = inside
    result = Product(sign, {})
    for part, e in parts:
        result = result.times(factor(part, e))
    return result


def _inside(node: Node, exponent: int) -> tuple[int, list[tuple[Node, int]]] | None:
    """The sign and the factors of one product node raised to `exponent`."""
    name, args = node.op.name, node.args
    if node.dtype == "bool" or abs(exponent) > _LARGEST_EXPONENT:
        return None  # NumPy's sums and products of booleans are `or` and `and`
    if name == "multiply":
        return 1, [(args[0], exponent), (args[1], exponent)]
    if name == "divide":
        return 1, [(args[0], exponent), (args[1], -exponent)]
    if name == "negative":
        return (-1) ** exponent, [(args[0], exponent)]
    if name == "power" and (whole := whole_exponent(node)) is not None:
        return 1, [(args[0], exponent * whole)]
    return None


def read_sum(root: Node, single: Single) -> dict[Key, Product]:
    """Take a sum apart and add up like terms; terms keep the order of their first appearance."""
    terms: dict[Key, Product] = {}
    stack = [(root, 1)]
    while stack:
        node, sign = stack.pop()
        name, args = node.op.name, node.args
        if name == "negative":  # a sign is free in a sum, also one that others use
            stack.append((args[0], -sign))
            continue
        if node.dtype != "bool" and (node is root or single(node)):
            if name in ("add", "subtract"):
                stack.append((args[1], sign if name == "add" else -sign))
                stack.append((args[0], sign))
                continue
            product = read_product(node, single)
        else:
            product = _as_term(node)
        positive = product.node if product.number > 0 else None
        add_term(terms, Product(sign * product.number, product.powers, positive))
    return {key: term for key, term in terms.items() if term.number}


def _as_term(node: Node) -> Product:
    """A shared node as a term: itself, or what it is a scalar multiple of."""
    node = unstretched(node)
    term = factor(node)
    if not term.powers:
        return term
    inner = _opened(node, 1)
    if inner is not None and (len(inner.powers) == 1 or scales_one_array(inner)):
        return inner._replace(node=node)
    return term._replace(node=node)


def scales_one_array(product: Product) -> bool:
    """True for a product of scalars and one array."""
    return [e for node, e in product.powers.items() if node.ndim] == [1]


def add_term(terms: dict[Key, Product], product: Product) -> None:
    """Add a product to a sum, to its like term if there is one."""
    key = product.key
    before = terms.get(key)
    terms[key] = (
        product if before is None else Product(before.number + product.number, product.powers)
    )


# Writing ----------------------------------------------------------------------------------------


def _folded(operation: Callable[..., Node], nodes: Iterable[Node]) -> Node:
    return reduce(lambda total, node: operation(total, node), nodes)


def _fraction(number: Number, integral: bool) -> tuple[Node | None, Node | None]:
    """A number as a factor above and one below the line; None stands for 1."""
    if magnitude(number) > 2**53 and not isinstance(number, float):
        number = float(number)
    if isinstance(number, float):
        whole = not integral and number.is_integer() and abs(number) < 2**53
        above = constant(int(number) if whole else number)
        return (None if whole and number == 1 else above), None
    above_line, below_line = number.numerator, number.denominator
    return (
        None if above_line == 1 else constant(above_line),
        None if below_line == 1 else constant(below_line),
    )


def write_product(product: Product) -> Node:
    """Write a product in its normal order: numbers, scalars, vectors, matrices."""
    number, powers, _ = product
    if not powers:
        return _write_number(number)
    ordered = sorted(powers.items(), key=lambda item: factor_order(item[0]))
    top = [node if e == 1 else power(node, e) for node, e in ordered if e > 0]
    bottom = [node if e == -1 else power(node, -e) for node, e in ordered if e < 0]
    minus = number == -1 if isinstance(number, float) else number.numerator == -1
    integral = all(node.dtype != "float" for node in powers) and not bottom
    above, below = _fraction(-number if minus else number, integral)
    top = top if above is None else [above, *top]
    bottom = bottom if below is None else [below, *bottom]
    written = _folded(multiply, top) if top else constant(1)
    if bottom:
        written = divide(written, _folded(multiply, bottom))
    return negative(written) if minus else written


def _write_number(number: Number) -> Node:
    above, below = _fraction(number, integral=True)
    above = constant(1) if above is None else above
    return above if below is None else divide(above, below)


def write_sum(terms: Iterable[Product]) -> Node:
    """Write a sum in its normal order: what is added first, then what is subtracted."""
    terms = sorted(terms, key=term_order)
    if any(node.dtype == "float" for term in terms for node in term.powers):
        terms = [_whole(term) for term in terms]
    added = [term for term in terms if term.number > 0]
    taken = [term for term in terms if term.number < 0]
    if not added and len(taken) > 1:  # the sign can then go on to where it is least in the way
        return negative(_folded(add, map(_written, map(_negated, taken))))
    total = _folded(add, map(_written, added)) if added else write_product(taken.pop(0))
    return _folded(subtract, [total, *(_written(_negated(term)) for term in taken)])


def term_order(term: Product) -> tuple[Any, ...]:
    """Numbers first, then by falling degree; arrays before what is stretched to their shape."""
    factors = sorted((factor_order(node), e) for node, e in term.powers.items())
    degree = sum(rank(node).degree * e for node, e in term.powers.items())
    axes = max((node.ndim for node in term.powers), default=0)
    return bool(term.powers), -degree, -axes, factors


def _whole(term: Product) -> Product:
    """Write a constant term without `.0`, where other terms give the kind."""
    number = term.number
    if term.powers or not isinstance(number, float) or not number.is_integer():
        return term
    return Product(int(number), {}) if abs(number) < 2**53 else term


def _written(term: Product) -> Node:
    return write_product(term) if term.node is None else term.node


def _negated(term: Product) -> Product:
    return term._replace(number=-term.number)
