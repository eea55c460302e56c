"""Expressions from SymPy: scalars, matrices, and sums and products over indices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

import sympy
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr

from symdiff.dims import Shape, Size, names_in
from symdiff.errors import ArgumentError, SymdiffError, shape_text
from symdiff.frontends.declared import KINDS, shape_and_dtype, shape_of
from symdiff.frontends.sympy.indices import Scope, element, largest, reach
from symdiff.frontends.sympy.matrices import NUMBERS_OF_MATRICES, matrix
from symdiff.frontends.sympy.parts import FILLED, parts_of
from symdiff.frontends.sympy.refusals import Expression, quoted, refuse, size_said
from symdiff.frontends.sympy.scalars import added, scalar
from symdiff.frontends.sympy.values import Index, Value, applied, multiplied, summed
from symdiff.node import Node
from symdiff.ops.leaves import size, variable
from symdiff.registry import FUNCTIONS


def from_sympy(expression: Expression, /, **names: object) -> Node:
    """Return an expression of SymPy as one of symdiff.

    Symbols are scalars, and those in the shapes of matrices and in limits of sums are sizes. They
    are real, unless they are said to be complex. Each name may be given a shape, as in `parse`, or
    an expression for which it stands; `MatrixSymbol` and `IndexedBase` know theirs, or those of the
    latter follow from the ranges of indices, which count from 0. Matrices have two axes; one with
    one column may be declared a vector. Rational numbers are quotients.

    Raises ArgumentError, which names the part, for what has no counterpart, and for two symbols of
    one name; ShapeError for shapes that do not fit.

    >>> import sympy
    >>> x, n, i = sympy.symbols("x n i")
    >>> from_sympy(sympy.sin(x) ** 2 / 3)
    <sin(x)²/3 : () float>
    >>> a, b = sympy.IndexedBase("a"), sympy.IndexedBase("b")
    >>> from_sympy(sympy.Sum(a[i] * b[i], (i, 0, n - 1)))
    <aᵀ b : () float>
    >>> A = sympy.MatrixSymbol("A", n, n)
    >>> from_sympy(sympy.Trace(A * A.T))
    <tr(Aᵀ A) : () float>
    """
    try:
        whole = sympy.sympify(expression, strict=True)  # SymPy would evaluate text as Python
    except (sympy.SympifyError, TypeError):
        instead = "; see sd.parse" if isinstance(expression, str) else ""
        raise ArgumentError(
            f"expected an expression of SymPy, not {expression!r}{instead}"
        ) from None
    return _Reading(whole, names).node()


class _Declared(NamedTuple):
    """The shape and the kind that a name is declared to have."""

    shape: Shape
    kind: str


_OUTSIDE = Scope({}, {})
_Step: TypeAlias = tuple[Any, Scope]


class _Reading:
    """Reads one expression: first in which order, then shapes, then values."""

    def __init__(self, whole: Expression, names: Mapping[str, object]) -> None:
        self._whole = whole
        self._inner: dict[tuple[int, int], tuple[Scope, list[_Step]]] = {}
        self._steps = self._ordered((whole, _OUTSIDE))
        self._given = {name: _given(name, what) for name, what in names.items()}
        self._sizes = self._size_names()
        self._bases = self._shapes_of_bases()
        self._symbols: dict[str, Any] = {}

    def node(self) -> Node:
        """The expression as a node."""
        values: dict[tuple[int, int], Value] = {}
        for step in self._steps:
            expression, _ = step
            parts = [values[_key(part)] for part in self._inner[_key(step)][1]]
            try:
                values[_key(step)] = self._value(step, parts)
            except SymdiffError as error:
                if "from SymPy" not in str(error):
                    error.args = (f"{error}\n  in {quoted(expression)}, from SymPy",)
                raise
        result = values[_key((self._whole, _OUTSIDE))]
        return result.node

    # Order

    def _ordered(self, start: _Step) -> list[_Step]:
        """Each part after what it is made of, each once in its scope; no recursion."""
        order: list[_Step] = []
        done: set[tuple[int, int]] = set()
        stack = [(start, False)]
        while stack:
            step, opened = stack.pop()
            key = _key(step)
            if key in done:
                continue
            if opened:
                done.add(key)
                order.append(step)
                continue
            if key not in self._inner:
                self._inner[key] = self._opened(step)
            stack.append((step, True))
            stack.extend((part, False) for part in reversed(self._inner[key][1]))
        return order

    def _opened(self, step: _Step) -> tuple[Scope, list[_Step]]:
        """The scope inside an expression, and its parts with theirs."""
        expression, scope = step
        if expression in scope.stands:
            return scope, [scope.stands[expression]]
        if isinstance(expression, sympy.concrete.expr_with_limits.ExprWithLimits):
            inside = self._bound(expression, scope)
            factors = [expression.function]
            if isinstance(expression, sympy.Sum):
                if expression.function.is_Add:
                    terms = [expression.func(t, *expression.limits) for t in factors[0].args]
                    return scope, [(term, scope) for term in terms]
                if expression.function.is_Mul:
                    factors = list(expression.function.args)
            return inside, [(factor, inside) for factor in factors]
        if isinstance(expression, ElementwiseApplyFunction):
            (symbol,) = expression.function.variables
            stands = {**scope.stands, symbol: (expression.expr, scope)}
            inside = Scope(scope.indices, stands)
            return inside, [(expression.function.expr, inside)]
        return scope, [(part, scope) for part in parts_of(expression)]

    def _bound(self, expression: Expression, scope: Scope) -> Scope:
        if not isinstance(expression, (sympy.Sum, sympy.Product)):
            refuse(expression, "write it out with .doit(), if SymPy can")
        indices = dict(scope.indices)
        for limit in expression.limits:
            if len(limit) != 3:
                refuse(expression, "each index needs a first and a last value")
            symbol, first, last = limit
            if (first.free_symbols | last.free_symbols) & {*indices, *expression.variables}:
                refuse(expression, "the range of an index cannot depend on another index")
            start, length = size_said(expression, first), size_said(expression, last - first + 1)
            if isinstance(length, int) and length < 0:
                refuse(expression, f"{symbol} runs backwards; write it out with .doit()")
            indices[symbol] = Index(symbol.name, start, length, len(self._inner))
        return Scope(indices, scope.stands)

    # Names and shapes

    def _size_names(self) -> set[str]:
        """Symbols that stand in shapes and limits."""
        found: set[str] = set()
        for expression, scope in self._steps:
            sizes: list[Any] = []
            if isinstance(expression, (sympy.MatrixSymbol, *FILLED)):
                sizes = [*expression.shape]
            elif isinstance(expression, sympy.Indexed) and expression.base.shape is not None:
                sizes = [*expression.base.shape]
            for each in sizes:
                found.update(symbol.name for symbol in each.free_symbols)
            bounds = [bound for index in scope.indices.values() for bound in index[1:3]]
            found.update(names_in(bounds))
        shapes = [what.shape for what in self._given.values() if isinstance(what, _Declared)]
        declared = [each for shape in shapes for each in shape]
        return found | {*names_in(declared)}

    def _shapes_of_bases(self) -> dict[str, Shape]:
        """The shapes of indexed bases that nobody gave: as many entries as indices reach."""
        reached: dict[str, list[list[Size]]] = {}
        for step in self._steps:
            expression, scope = step
            if isinstance(expression, sympy.Indexed) and expression.base.shape is None:
                name = expression.base.label.name
                if name not in self._given:
                    ends = reached.setdefault(name, [[] for _ in expression.indices])
                    if len(ends) != len(expression.indices):
                        refuse(expression, f"{name} has {len(ends)} indices elsewhere")
                    for end, each in zip(ends, expression.indices, strict=True):
                        end.append(reach(expression, each, scope))
        return {
            name: tuple(largest(name, axis, sizes) for axis, sizes in enumerate(ends))
            for name, ends in reached.items()
        }

    def _variable(self, expression: Expression, symbol: Any, shape: Shape | None) -> Node:
        """The variable of a symbol, or what its name was declared to stand for."""
        name = symbol.name
        if self._symbols.setdefault(name, symbol) != symbol:
            refuse(expression, f"two different symbols are named {name!r}; rename one with .subs")
        given = self._given.get(name)
        if given is None and shape is None and name in self._sizes:
            return size(name)
        if isinstance(given, Node):
            node = given
        else:
            node = self._new(expression, symbol, given or _Declared(shape or (), "float"))
        if shape is None or node.shape == shape:
            return node
        if shape == (*node.shape, 1):
            return FUNCTIONS["expand_dims"](node, 1)
        said = f"{shape_text(node.shape)}, but SymPy {shape_text(shape)}"
        refuse(expression, f"{name!r} is declared to have shape {said}")

    def _new(self, expression: Expression, symbol: Any, declared: _Declared) -> Node:
        if not symbol.is_commutative and not isinstance(symbol, sympy.MatrixSymbol):
            refuse(expression, "its products have an order; say matrices by MatrixSymbol")
        kind = declared.kind
        if kind == "float" and symbol.is_complex and not symbol.is_extended_real:
            kind = "complex"
        try:
            return variable(symbol.name, declared.shape, kind)
        except ArgumentError as error:
            instead = f"from_sympy(…, **{{{symbol.name!r}: sd.scalar('other')}})"
            refuse(expression, f"{error}; rename it with .subs, or say what it is: {instead}")

    # Values

    def _value(self, step: _Step, parts: list[Value]) -> Value:
        expression, scope = step
        if expression in scope.stands:
            return parts[0]
        match expression:
            case sympy.Symbol() if expression in scope.indices:
                index = scope.indices[expression]
                return Value(FUNCTIONS["arange"](index.start, index.start + index.length), (index,))
            case sympy.Symbol():
                return Value(self._variable(expression, expression, None))
            case sympy.MatrixSymbol():
                shape = tuple(size_said(expression, each) for each in expression.shape)
                return Value(self._variable(expression, expression, shape))
            case sympy.Indexed():
                return self._indexed(expression, scope)
            case MatrixElement():
                return element(expression, parts[0], expression.indices, scope)
            case sympy.Sum() if expression.function.is_Add:
                return applied(added, parts)
            case sympy.Sum() | sympy.Product():
                inside = self._inner[_key(step)][0]
                over = [inside.indices[symbol] for symbol in expression.variables]
                if isinstance(expression, sympy.Sum):
                    return summed(parts, over)
                return multiplied(parts[0], over)
            case ElementwiseApplyFunction():
                return parts[0]
        if isinstance(expression, (MatrixExpr, sympy.MatrixBase, *NUMBERS_OF_MATRICES)):
            if any(part.indices for part in parts):
                refuse(expression, "matrices in sums over indices: write their entries")
            return Value(matrix(expression, [part.node for part in parts]))
        return scalar(expression, parts)

    def _indexed(self, expression: Expression, scope: Scope) -> Value:
        base = expression.base
        shape = self._bases.get(base.label.name)
        if base.shape is not None:
            shape = tuple(size_said(expression, each) for each in base.shape)
        whole = Value(self._variable(expression, base, shape))
        return element(expression, whole, expression.indices, scope)


def _key(step: _Step) -> tuple[int, int]:
    return id(step[0]), id(step[1])


def _given(name: str, what: object) -> Node | _Declared:
    if isinstance(what, Node):
        return what
    shape, kind = shape_and_dtype(what) if isinstance(what, str) else (what, "float")
    if isinstance(shape, str) and shape in KINDS:
        example = " ".join("nm"[: KINDS[shape]])
        raise ArgumentError(f"declare the sizes of {name!r}, such as {name}={example!r}")
    return _Declared(shape_of(name, shape), kind)
