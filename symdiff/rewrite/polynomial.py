"""Sums of products: read off a graph, written back as one.

A product is a number times powers of factors; a sum is a number of such products. A region of
additions (or of multiplications) whose inner nodes are used only within it is read as a whole, so
the cost is linear; shared nodes are factors and terms as they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from fractions import Fraction
from functools import reduce
from math import isfinite, prod
from typing import Any, NamedTuple, TypeAlias

from symdiff.dims import Shape, broadcast, nominal_entries
from symdiff.errors import ShapeError
from symdiff.node import Node
from symdiff.ops.elementwise import add, divide, multiply, negative, power, subtract
from symdiff.ops.leaves import CONSTANT, INEXACT, constant, number_of
from symdiff.ops.structure import EXPAND_DIMS, expand_dims, unstretched
from symdiff.rewrite.ordering import factor_order, in_order, rank

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
        if powers.get(IMAGINARY, 0) not in (0, 1):
            sign, powers[IMAGINARY] = _TURNS[powers[IMAGINARY] % 4]
            number *= sign
        return Product(number, {node: e for node, e in powers.items() if e})

    def without(self, nodes: Container[Node]) -> Product:
        """The product of what is left when factors are taken out."""
        return Product(self.number, {n: e for n, e in self.powers.items() if n not in nodes})


def factor(node: Node, exponent: int = 1) -> Product:
    """A node raised to a power, as a product: of a number if it is one."""
    if node.dtype == "complex" and _is_number(node, exponent):
        return _complex_power(node.attrs.value, exponent)
    value = _number(node)
    if value is None or (not value and exponent < 0):
        return Product(1, {node: exponent})
    return Product(value if exponent == 1 else _raised(value, exponent), {})


IMAGINARY = constant(1j)
"""The unit by which imaginary numbers are written as products."""


def _is_number(node: Node, exponent: int) -> bool:
    """True for a complex constant that has this power."""
    return node.op is CONSTANT and not node.shape and (exponent > 0 or bool(node.attrs.value))


_TURNS = ((1, 0), (1, 1), (-1, 0), (-1, 1))
"""The powers of the imaginary unit, as a sign and an exponent."""


def _complex_power(value: complex, exponent: int) -> Product:
    """A complex number to a power: those on the axes are a real number, or that times the unit."""
    if value.real and value.imag:
        return Product(1, {constant(value**exponent): 1})
    part = value.imag or value.real
    number = int(part) if part.is_integer() and abs(part) < 2**53 else part
    sign, turned = _TURNS[exponent % 4 if value.imag else 0]
    return Product(sign * _raised(number, exponent), {IMAGINARY: 1} if turned else {})


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
    numbers = Product(1, {})
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
        elif node.dtype == "complex" and _is_number(node, exponent):
            numbers = numbers.times(factor(node, exponent))
        elif node.op is CONSTANT and not (folded := factor(node, exponent)).powers:
            number = _checked(number * folded.number, number and folded.number)
        else:
            powers[node] = powers.get(node, 0) + exponent
    powers = {node: e for node, e in powers.items() if e}
    if numbers.powers or numbers.number != 1:
        number, powers, _ = _one_number(numbers).times(Product(number, powers))
    return _with_shared_opened(Product(number, powers, root))


_FREE = ("negative", "power")
"""What costs no more in pieces, even if others use it whole."""

_LARGEST_EXPONENT = 100


def _one_number(numbers: Product) -> Product:
    """Complex numbers multiplied into one."""
    if list(numbers.powers.values()) in ([], [1]):
        return numbers
    value = prod(node.attrs.value**e for node, e in numbers.powers.items())
    return Product(numbers.number, {}).times(_complex_power(complex(value), 1))


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

    It does where a part cancels, as in `(t/s) s`, or a number joins another, as in `2 (0.5 c)`.
    """
    number, powers = product.number, dict(product.powers)
    for node in product.powers:
        inner = _opened(node, powers[node])  # which earlier openings may have changed
        if inner is None:
            continue
        joins = len(inner.powers) == 1 and number not in (1, -1) and inner.number not in (1, -1)
        cancels = any(powers.get(part, 0) * e < 0 for part, e in inner.powers.items())
        if joins or cancels:
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
    if name == "expand_dims":
        return _inside_expanded(node, exponent)
    if name == "power" and (whole := whole_exponent(node)) is not None:
        return 1, [(args[0], exponent * whole)]
    return None


def _inside_expanded(node: Node, exponent: int) -> tuple[int, list[tuple[Node, int]]] | None:
    """The factors of a product that has new axes: each with those axes."""
    inner = _inside(node.args[0], exponent)
    if inner is None or any(part.ndim not in (0, node.args[0].ndim) for part, _ in inner[1]):
        return None
    parts = [(expand_dims(part, node.attrs) if part.ndim else part, e) for part, e in inner[1]]
    return inner[0], parts


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
        parts = _parts(product)
        positive = product.node if product.number > 0 and len(parts) == 1 else None
        for term in parts:
            add_term(terms, Product(sign * term.number, term.powers, positive))
    return {key: term for key, term in terms.items() if term.number}


def _parts(term: Product) -> tuple[Product, ...]:
    """A complex number as two terms, its parts, which each meet their like; others as they are."""
    if len(term.powers) == 1:
        ((node, exponent),) = term.powers.items()
        if node.dtype == "complex" and node is not IMAGINARY and _is_number(node, exponent):
            scale, value = Product(term.number, {}), node.attrs.value**exponent
            parts = (complex(value.real), complex(0, value.imag))
            return tuple(scale.times(_complex_power(part, 1)) for part in parts)
    return (term,)


def _with_complex_number(terms: list[Product]) -> list[Product]:
    """A real and an imaginary number among terms are one complex number."""
    places = {term.key: k for k, term in enumerate(terms) if term.powers.keys() <= {IMAGINARY}}
    real, imaginary = (places.get(Product(1, p).key) for p in ({}, {IMAGINARY: 1}))
    if real is None or imaginary is None:
        return terms
    numbers = [terms[k].number for k in (real, imaginary)]
    if any(isinstance(n, Fraction) and n.denominator != 1 for n in numbers):
        return terms
    both = Product(1, {constant(complex(*map(float, numbers))): 1})
    return [both if k == real else t for k, t in enumerate(terms) if k != imaginary]


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
    imaginary = powers.get(IMAGINARY) == 1
    if imaginary:
        powers = {node: e for node, e in powers.items() if node is not IMAGINARY}
    top, bottom = _above_and_below(powers)
    minus = number == -1 if isinstance(number, float) else number.numerator == -1
    minus = minus and not imaginary
    integral = all(node.dtype not in INEXACT for node in powers) and not bottom
    above, below = _fraction(-number if minus else number, integral)
    if imaginary:
        above = constant(complex(0, 1 if above is None else above.attrs.value))
    top = top if above is None else [above, *top]
    bottom = bottom if below is None else [below, *bottom]
    written = _multiplied(top) if top else constant(1)
    if bottom:
        written = divide(written, _multiplied(bottom))
    if minus and written.dtype == "bool":  # which has no negative
        return multiply(-1, written)
    return negative(written) if minus else written


def _above_and_below(powers: dict[Node, int]) -> tuple[list[Node], list[Node]]:
    """The factors above and below the line; what has one exponent is raised to it together."""
    together: dict[tuple[Kind, int], dict[Node, int]] = {}
    for node in in_order(powers):
        exponent = powers[node]
        key = (_kind(node), abs(exponent))
        together.setdefault(key, {})[node] = 1 if exponent > 0 else -1
    top: list[Node] = []
    bottom: list[Node] = []
    for (_, exponent), signs in together.items():
        above = [node for node, sign in signs.items() if sign > 0]
        below = [node for node, sign in signs.items() if sign < 0]
        if exponent == 1 or len(signs) == 1:
            top += [_raised_node(node, exponent) for node in above]
            bottom += [_raised_node(node, exponent) for node in below]
        elif above and below:
            top.append(power(divide(_multiplied(above), _multiplied(below)), exponent))
        else:
            (top if above else bottom).append(power(_multiplied(above or below), exponent))
    return in_order(top), in_order(bottom)


def _raised_node(node: Node, exponent: int) -> Node:
    return node if exponent == 1 else power(node, exponent)


Kind: TypeAlias = "tuple[int, object]"


def _kind(node: Node) -> Kind:
    """Which axes of the product an array has; scalars have none."""
    inner = node.args[0] if node.op is EXPAND_DIMS else node
    return inner.ndim, node.attrs if node.op is EXPAND_DIMS else node.ndim


def _multiplied(factors: Sequence[Node]) -> Node:
    """Multiply scalars, vectors and matrices in order; what is alike first, small before large."""
    kinds: dict[Kind, list[Node]] = {}
    for node in factors:
        kinds.setdefault(_kind(node), []).append(node)
    if len(kinds) - ((0, 0) in kinds) < 2:
        return _folded(multiply, factors)
    scalars = kinds.pop((0, 0), None)
    # columns before rows, as in `diag(x) A diag(y)`
    order = sorted(kinds, key=lambda kind: (-kind[0], not isinstance(kind[1], tuple)))
    groups = [_alike(kinds[kind]) for kind in order]
    product = _folded(lambda total, group: multiply(group, total), groups)
    return product if scalars is None else multiply(_folded(multiply, scalars), product)


def _alike(nodes: Sequence[Node]) -> Node:
    """The product of arrays with the same axes; new axes are added once."""
    if len(nodes) > 1 and all(node.op is EXPAND_DIMS for node in nodes):
        inner = _folded(multiply, [node.args[0] for node in nodes])
        return expand_dims(inner, nodes[0].attrs)
    return _folded(multiply, nodes)


def _write_number(number: Number) -> Node:
    above, below = _fraction(number, integral=True)
    above = constant(1) if above is None else above
    return above if below is None else divide(above, below)


def write_sum(terms: Iterable[Product]) -> Node:
    """Write a sum in its normal order: what is added first, then what is subtracted.

    Terms that are stretched to the shape of others are first added among themselves.
    """
    terms = _with_complex_number(list(terms))
    if len(terms) > 1:
        terms.sort(key=term_order)
    if any(node.dtype in INEXACT for term in terms for node in term.powers):
        terms = [_whole(term) for term in terms]
    return _signed_sum(_small_ones_first(terms))


def _small_ones_first(terms: list[Product]) -> list[Product]:
    """Replace several terms of one small shape by their sum."""
    groups: dict[Shape, list[Product]] = {}
    for term in terms:
        groups.setdefault(_shape(term), []).append(term)
    while len(groups) > 1:
        small = min(groups, key=lambda shape: (len(groups[shape]) < 2, nominal_entries(shape)))
        hosts = [s for s in groups if s != small and _stretches_to(small, s)]
        if len(groups[small]) < 2 or not hosts:
            break
        inner = groups.pop(small)
        sign = 1 if any(term.number > 0 for term in inner) else -1
        total = _signed_sum(inner if sign > 0 else [_negated(term) for term in inner])
        groups[min(hosts, key=nominal_entries)].append(Product(sign, {total: 1}, total))
    return [term for group in groups.values() for term in group]


def _shape(term: Product) -> Shape:
    shape: Shape = ()
    for node in term.powers:
        shape = broadcast(shape, node.shape)
    return shape


def _stretches_to(small: Shape, large: Shape) -> bool:
    try:
        return broadcast(small, large) == large
    except ShapeError:
        return False


def _signed_sum(terms: Sequence[Product]) -> Node:
    added = [term for term in terms if term.number > 0]
    taken = [term for term in terms if term.number < 0]
    shapes = {_shape(term) for term in taken}
    if not added and len(taken) > 1 and len(shapes) == 1:
        # the sign can then go on to where it is least in the way
        return negative(_folded(add, map(_written, map(_negated, taken))))
    if not added:
        added = [min(taken, key=lambda term: nominal_entries(_shape(term)))]
        taken = [term for term in taken if term is not added[0]]
        added[0] = added[0]._replace(node=None)
    total = _folded(add, map(_written, added))
    return _folded(subtract, [total, *(_written(_negated(term)) for term in taken)])


def term_order(term: Product) -> tuple[Any, ...]:
    """Numbers first, then by falling degree; arrays before what is stretched to their shape."""
    factors = sorted([(factor_order(node), e) for node, e in term.powers.items()])
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
