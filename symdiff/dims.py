"""Sizes of axes: an int, a named size, or a sum, product, difference or quotient of those.

A name alone needs no algebra. Compound sizes are normalised by SymPy, which is imported only when
the first one appears. Equal sizes are the same object.
"""

from __future__ import annotations

import math
import operator
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeGuard

from symdiff.errors import ArgumentError, ShapeError
from symdiff.names import check_name

if TYPE_CHECKING:
    import sympy

    from symdiff.node import Node


class Call(Protocol):
    """The call for which a function runs on expressions: it knows what the named sizes are.

    It notes what is asked, since the run says nothing of calls that would have other answers.
    """

    def value(self, size: Size) -> int:
        """The number that a size is."""

    def holds(self, relation: Callable[[Any, Any], bool], left: Size, right: Size) -> bool:
        """Whether two sizes compare so."""

    def require(self, size: Size, minimum: int) -> None:
        """Take note that an expression means what its shape says from some size on."""

    def settle(self) -> None:
        """End a run of which the rest would be in vain."""


CALL: ContextVar[Call | None] = ContextVar("call", default=None)
"""The call that answers what a function asks of sizes, while one runs."""


class Dim:
    """A size that is not a plain int. Make one with `named` or by arithmetic on another.

    >>> n = named("n")
    >>> print(2 * n + n - 1, (n + 1) - n, n * n // n)
    3*n - 1 1 n
    """

    __slots__ = ("_expression", "_text", "names")

    _interned: dict[str, Dim] = {}  # noqa: RUF012

    names: tuple[str, ...]
    _text: str
    _expression: sympy.Expr | None

    def __new__(cls, text: str, names: tuple[str, ...], expression: sympy.Expr | None) -> Dim:
        """Return the one `Dim` with this text, making it if need be."""
        self = cls._interned.get(text)
        if self is None:
            self = super().__new__(cls)
            self._text, self.names, self._expression = text, names, expression
            cls._interned[text] = self
        return self

    @property
    def is_name(self) -> bool:
        """True for a named size, False for a compound one."""
        return self._expression is None

    @property
    def expression(self) -> sympy.Expr:
        """The size as a SymPy expression."""
        return _symbol(self._text) if self._expression is None else self._expression

    def value(self, sizes: Mapping[str, int]) -> int:
        """The number that this size stands for when its names have the values in `sizes`."""
        if self._expression is None:
            return sizes[self._text]
        return int(_function_of(self)(*[sizes[name] for name in self.names]))

    def linear_in(self, name: str) -> tuple[Size, Size] | None:
        """`(a, b)` if the size is `a*name + b` with `a` and `b` free of `name`, else None."""
        import sympy

        if not self.expression.is_polynomial(_symbol(name)):
            return None
        polynomial = sympy.Poly(self.expression, _symbol(name))
        if polynomial.degree() != 1:
            return None
        factor, rest = polynomial.all_coeffs()
        return _from_expression(factor), _from_expression(rest)

    def __str__(self) -> str:
        call = _asked()
        return self._text if call is None else str(call.value(self))

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        call = _asked()
        return format(self._text if call is None else call.value(self), spec)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """What `isinstance` asks: a function that runs for a call is told that sizes are ints."""
        return Dim if _asked() is None else int

    def __add__(self, other: Size) -> Size:
        return _combine(operator.add, self, other)

    def __radd__(self, other: Size) -> Size:
        return _combine(operator.add, other, self)

    def __sub__(self, other: Size) -> Size:
        return _combine(operator.sub, self, other)

    def __rsub__(self, other: Size) -> Size:
        return _combine(operator.sub, other, self)

    def __neg__(self) -> Size:
        return _combine(operator.sub, 0, self)

    def __mul__(self, other: Size) -> Size:
        return _combine(operator.mul, self, other)

    def __rmul__(self, other: Size) -> Size:
        return _combine(operator.mul, other, self)

    def __floordiv__(self, other: Size) -> Size:
        return _combine(_rounded_down_quotient, self, other)

    def __pow__(self, other: Any) -> Any:
        if isinstance(other, int) and 0 <= other < _LARGEST_POWER:
            return product([self] * other)
        return _as_number(self) ** other

    # What is no size any more is an expression.

    def __rpow__(self, other: Any) -> Node:
        return _as_number(self).__rpow__(other)

    def __truediv__(self, other: Any) -> Node:
        return _as_number(self).__truediv__(other)

    def __rtruediv__(self, other: Any) -> Node:
        return _as_number(self).__rtruediv__(other)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: object, **options: object) -> Any:
        return _as_number(self).__array_ufunc__(ufunc, method, *inputs, **options)

    # What would need its value is refused, unless a function asks while it runs for a call.

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        call = _asked()
        return call is not None and _is_size(other) and call.holds(operator.eq, self, other)

    def __hash__(self) -> int:
        call = _asked()
        if call is not None:
            call.value(self)  # a table or a set that has the number would not find the size
        return object.__hash__(self)

    def __bool__(self) -> bool:
        call = _asked()
        return call is None or not call.holds(operator.eq, self, 0)

    def __index__(self) -> int:
        call = _asked()
        if call is not None:
            return call.value(self)
        raise ArgumentError(
            f"the size {self} has no value here, so no loop can run over it and NumPy can make no "
            "array of it: use functions of whole arrays, np.zeros_like(x) rather than "
            "np.zeros(shape), or declare the size as a number; `from symdiff import numpy as np` "
            "has zeros, ones, eye and arange of such sizes"
        )

    def __array__(self, dtype: Any = None, copy: object = None) -> Any:
        call = _asked()
        number = self.__index__() if call is None else call.value(self)  # the former refuses

        import numpy

        return numpy.asarray(number, dtype)

    def __lt__(self, other: Any) -> bool:
        return _compared(operator.lt, self, other)

    def __le__(self, other: Any) -> bool:
        return _compared(operator.le, self, other)

    def __gt__(self, other: Any) -> bool:
        return _compared(operator.gt, self, other)

    def __ge__(self, other: Any) -> bool:
        return _compared(operator.ge, self, other)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restore, (self._text, self.names, self._expression))


Size: TypeAlias = int | Dim
Shape: TypeAlias = tuple[Size, ...]


def _asked() -> Call | None:
    """The call that answers, if the question is a function's and not symdiff's own."""
    call = CALL.get()
    if call is None or sys._getframe(2).f_globals.get("__name__", "").startswith("symdiff."):
        return None
    return call


def _is_size(other: object) -> TypeGuard[Size]:
    return isinstance(other, (int, Dim))


def _compared(relation: Callable[[Any, Any], bool], size: Dim, other: Any) -> bool:
    call = CALL.get()
    if call is not None and _is_size(other):
        return call.holds(relation, size, other)
    raise ArgumentError(
        f"the size {size} has no value here, so it cannot be compared with {other}; declare "
        "it as a number"
    )


_LARGEST_POWER = 100
_NAME = re.compile(r"[^\W\d]\w*")


def named(name: str) -> Dim:
    """Return the named size `name`.

    Raises ArgumentError if `name` is not an identifier that generated Python could use.
    """
    check_name(name, "size")
    return Dim(name, (name,), None)


def as_size(value: object) -> Size:
    """Turn an int, a named size or text such as "n" or "2*n + 1" into a size.

    >>> as_size(3), as_size("n"), as_size("2*n+1")
    (3, n, 2*n + 1)
    """
    if isinstance(value, Dim):
        return value
    if isinstance(value, str):
        return _size_from_text(value)
    try:
        size = int(value.__index__())  # type: ignore[attr-defined]
    except (AttributeError, TypeError):
        raise ArgumentError(
            f"a size must be an int, a name or a named size, not {value!r}"
        ) from None
    if size < 0:
        raise ArgumentError(f"a size cannot be negative: {size}")
    return size


def as_shape(value: object) -> Shape:
    """Turn a size, a tuple of sizes, or text such as "n d" into a shape.

    >>> as_shape("n d"), as_shape(("n", 3)), as_shape("")
    ((n, d), (n, 3), ())
    """
    if isinstance(value, str):
        return tuple(as_size(part) for part in value.replace(",", " ").split())
    if isinstance(value, (tuple, list)):
        return tuple(as_size(part) for part in value)
    return (as_size(value),)


def size_value(size: Size, sizes: Mapping[str, int]) -> int:
    """The number that `size` stands for under the values of named sizes."""
    return size if isinstance(size, int) else size.value(sizes)


def spaced(size: Size) -> str:
    """Write a size as formatters write Python.

    >>> spaced(2 * named("n") * named("n")), spaced((named("n") + 1) // 2)
    ('2 * n**2', '(n + 1) // 2')
    """
    return re.sub(r"(?<!\*)(\*|//)(?!\*)", r" \1 ", str(size))


def spaced_shape(shape: Shape) -> str:
    """Write a shape as formatters write Python."""
    return f"({', '.join(map(spaced, shape))}{',' if len(shape) == 1 else ''})"


def is_one(size: Size) -> bool:
    """Whether a size is the number 1. A named one is not, unless it is so in the call at hand."""
    call = CALL.get()
    if call is None or isinstance(size, int):
        return isinstance(size, int) and size == 1
    return call.holds(operator.eq, size, 1)


def names_in(sizes: Iterable[Size]) -> tuple[str, ...]:
    """The names of the named sizes that occur in `sizes`, in order of first appearance."""
    return tuple(dict.fromkeys(n for s in sizes if isinstance(s, Dim) for n in s.names))


def product(sizes: Iterable[Size]) -> Size:
    """The number of elements of an array of this shape."""
    return _product(tuple(sizes))


@lru_cache(maxsize=4096)  # large graphs have few shapes, and SymPy is slow
def _product(sizes: Shape) -> Size:
    total: Size = 1
    for size in sizes:
        total = total * size
    return total


NOMINAL = 1000.0
"""What every named size counts as when costs are compared."""


def nominal(size: Size) -> float:
    """A number by which costs are compared: named sizes count as equally large, ints as they are.

    >>> nominal(3), nominal(named("n")), nominal(2 * named("n") * named("d") + 1)
    (3.0, 1000.0, 2000001.0)
    """
    if isinstance(size, int):
        return float(size)
    return NOMINAL if size.is_name else _nominal_compound(size)


@lru_cache(maxsize=4096)
def _nominal_compound(size: Dim) -> float:
    return float(size.value(dict.fromkeys(size.names, int(NOMINAL))))


def nominal_entries(shape: Shape) -> float:
    """How many entries an array of some shape has, named sizes being equally large.

    >>> nominal_entries((named("n"), 3))
    3000.0
    """
    return math.prod(map(nominal, shape))


def terms(size: Size) -> Mapping[tuple[Dim, ...], int]:
    """The size as a sum of products: the coefficient of each product of named sizes.

    A rounded-down quotient is a factor like a named size.

    >>> terms(3 * named("n") * named("n") - named("m") + 2)
    {(m,): -1, (n, n): 3, (): 2}
    """
    if isinstance(size, int):
        return {(): size} if size else {}
    return {(size,): 1} if size.is_name else _terms_compound(size)


@lru_cache(maxsize=4096)
def _terms_compound(size: Dim) -> Mapping[tuple[Dim, ...], int]:
    import sympy

    polynomial = sympy.Poly(size.expression)
    factors = [_from_expression(generator) for generator in polynomial.gens]
    dims = [factor for factor in factors if isinstance(factor, Dim)]
    return {monomial(dims, powers): int(c) for powers, c in polynomial.terms()}


def monomial(factors: Sequence[Dim], powers: Sequence[int]) -> tuple[Dim, ...]:
    """The product of factors, each to its power, in the form in which `terms` gives it."""
    repeated = (f for f, power in zip(factors, powers, strict=True) for _ in range(power))
    return tuple(sorted(repeated, key=str))


def exact_quotient(total: Size, part: Size) -> Size | None:
    """`total / part` if that is a whole number whatever the named sizes are, else None.

    >>> exact_quotient(named("n") * 6, 2), exact_quotient(named("n"), 2)
    (3*n, None)
    """
    if part == 0:
        return None
    if isinstance(total, int) and isinstance(part, int):
        return total // part if total % part == 0 else None
    import sympy

    quotient = sympy.cancel(_expression(total) / _expression(part))
    numerator, denominator = sympy.fraction(sympy.together(quotient))
    return _from_expression(numerator) if denominator == 1 else None


def parts_of_quotient(size: Dim) -> tuple[Size, Size] | None:
    """The dividend and the divisor of a rounded-down quotient; None for another size.

    >>> parts_of_quotient((named("n") + 1) // 2), parts_of_quotient(named("n") + 1)
    ((n + 1, 2), None)
    """
    import sympy

    if not isinstance(size.expression, sympy.floor):
        return None
    dividend, divisor = sympy.fraction(sympy.together(size.expression.args[0]))
    return _from_expression(dividend), _from_expression(divisor)


def is_at_least_zero(size: Size) -> bool:
    """True for a size that is proven not to be negative, whatever the named sizes are.

    >>> is_at_least_zero(named("n") + 1), is_at_least_zero(named("n") - 1)
    (True, False)
    """
    if isinstance(size, int):
        return size >= 0
    return size.is_name or _is_compound_at_least_zero(size)


@lru_cache(maxsize=4096)
def _is_compound_at_least_zero(size: Dim) -> bool:
    return bool(size.expression.is_nonnegative)


def solve(size: Dim, name: str, value: int, sizes: Mapping[str, int]) -> int | None:
    """The value of `name` that makes `size` equal to `value`, if `size` is linear in it.

    `sizes` has the values of the other names.
    """
    linear = size.linear_in(name)
    factor, rest = (0, 0) if linear is None else (size_value(part, sizes) for part in linear)
    if not factor:
        return None
    quotient, remainder = divmod(value - rest, factor)
    return quotient if not remainder and quotient >= 0 else None


def broadcast(left: Shape, right: Shape) -> Shape:
    """NumPy broadcasting, where only a literal 1 or a missing axis stretches.

    Raises ShapeError whose `clash` is the first pair of sizes, from the right, that differ.

    >>> broadcast((named("n"), 1), (3,))
    (n, 3)
    """
    if left == right or not right:
        return left
    if not left:
        return right
    rank = max(len(left), len(right))
    sizes: list[Size] = []
    for a, b in zip(
        (1,) * (rank - len(left)) + left, (1,) * (rank - len(right)) + right, strict=True
    ):
        if a == b or b == 1:
            sizes.append(a)
        elif a == 1:
            sizes.append(b)
        else:
            raise ShapeError(f"size {a} differs from size {b}", clash=(a, b))
    return tuple(sizes)


def size_of(expression: sympy.Expr) -> Size:
    """The size that a SymPy expression in named sizes says.

    Raises ArgumentError for what is no sum, product or rounded-down quotient of sizes.

    >>> import sympy
    >>> size_of(sympy.Symbol("n") * 2 + 1)
    2*n + 1
    """
    import sympy

    symbols = {symbol: _symbol(named(symbol.name).names[0]) for symbol in expression.free_symbols}
    whole = sympy.expand(expression.xreplace(symbols))
    for part in sympy.preorder_traversal(whole):
        power = part.is_Pow and part.exp.is_Integer and part.exp > 0
        inner = part.is_Rational or part.is_Add or part.is_Mul or isinstance(part, sympy.floor)
        if not (part.is_Symbol or power or inner):
            raise ArgumentError(f"{expression} is not a size")
    if not all(c.is_Integer for c in whole.as_coefficients_dict().values()):
        raise ArgumentError(f"{expression} is not a size: it need not be a whole number")
    return _from_expression(whole)


def _restore(text: str, names: tuple[str, ...], expression: sympy.Expr | None) -> Dim:
    return Dim(text, names, expression)


@lru_cache(maxsize=4096)
def _function_of(size: Dim) -> Callable[..., int]:
    """What computes a compound size from the values of its names: its text is Python.

    Whole numbers stay exact, and SymPy would take some hundred times as long.
    """
    function: Callable[..., int] = eval(f"lambda {', '.join(size.names)}: {size}", {})
    return function


def _symbol(name: str) -> sympy.Symbol:
    import sympy

    return sympy.Symbol(name, integer=True, nonnegative=True)


def _expression(size: Size) -> sympy.Expr:
    import sympy

    return sympy.Integer(size) if isinstance(size, int) else size.expression


def _as_number(dim: Dim) -> Node:
    from symdiff.ops.leaves import size

    return size(dim)


def _combine(operation: Callable[[Any, Any], Any], left: Size, right: Size) -> Size:
    if isinstance(left, (float, complex)) or isinstance(right, (float, complex)):
        numbers = (_as_number(x) if isinstance(x, Dim) else x for x in (left, right))
        return operation(*numbers)  # type: ignore[no-any-return]
    if not isinstance(left, (int, Dim)) or not isinstance(right, (int, Dim)):
        return NotImplemented
    return _combined(operation, left, right)


@lru_cache(maxsize=4096)  # large graphs have few sizes, and SymPy is slow
def _combined(operation: Callable[[Any, Any], Any], left: Size, right: Size) -> Size:
    return _from_expression(operation(_expression(left), _expression(right)))


def _rounded_down_quotient(a: Any, b: Any) -> Any:
    import sympy

    if not isinstance(a, sympy.Basic):  # expressions, of which one is no size
        return a // b
    return sympy.floor(sympy.cancel(a / b))


def _from_expression(expression: sympy.Expr) -> Size:
    import sympy

    expression = sympy.expand(expression)
    if expression.is_Integer:
        return int(expression)
    if expression.is_Symbol:
        return named(expression.name)
    names = tuple(sorted(symbol.name for symbol in expression.free_symbols))
    text: str = _printer().doprint(expression)
    return Dim(text[1:-1] if expression.func is sympy.floor else text, names, expression)


def _printer() -> Any:
    from sympy.printing.str import StrPrinter

    class SizePrinter(StrPrinter):  # type: ignore[misc]
        """Writes a rounded-down quotient as Python does."""

        def _print_floor(self, floor: Any) -> str:
            import sympy

            numerator, denominator = sympy.fraction(sympy.together(floor.args[0]))
            return f"({self._operand(numerator)}//{self._operand(denominator)})"

        def _operand(self, part: Any) -> str:
            return f"{self._print(part)}" if part.is_Atom else f"({self._print(part)})"

    return SizePrinter()


def _size_from_text(text: str) -> Size:
    compact = text.strip()
    if compact.isdecimal():
        return int(compact)
    if _NAME.fullmatch(compact):
        return named(compact)
    total: Size = 0
    if re.search(r"[\w)]\s+[\w(]", compact):
        raise ArgumentError(f"{text!r} is not one size; write a shape as 'n d' or ('n', 'd')")
    compact = compact.replace(" ", "")
    terms = re.findall(r"[+-]?[^+-]+", compact)
    if not terms or "".join(terms) != compact:
        raise ArgumentError(f"{text!r} is not a size; write an int, a name, or e.g. '2*n + 1'")
    for term in terms:
        factors: Size = -1 if term.startswith("-") else 1
        for factor in term.lstrip("+-").split("*"):
            if factor.isdecimal():
                factors = factors * int(factor)
            elif _NAME.fullmatch(factor):
                factors = factors * named(factor)
            else:
                raise ArgumentError(
                    f"{text!r} is not a size; write an int, a name, or e.g. '2*n + 1'"
                )
        total = factors + total
    if isinstance(total, int) and total < 0:
        raise ArgumentError(f"a size cannot be negative: {text!r}")
    return total
