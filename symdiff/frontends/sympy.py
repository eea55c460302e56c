"""Expressions from SymPy: scalars, matrices, and sums and products over indices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NoReturn, TypeAlias

import sympy
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr
from sympy.matrices.expressions.slice import MatrixSlice

from symdiff.dims import Dim, Shape, Size, as_shape, names_in, size_of
from symdiff.errors import ArgumentError, SymdiffError, shape_text
from symdiff.frontends.sympy_names import FOLDED, function_of
from symdiff.frontends.sympy_values import Index, Value, applied, multiplied, summed
from symdiff.node import Node
from symdiff.ops.leaves import as_node, constant, size, variable
from symdiff.registry import FUNCTIONS

Expression: TypeAlias = Any
"""A SymPy expression; SymPy has no types."""

_LONGEST = 60


def from_sympy(expression: Expression, /, **names: object) -> Node:
    """Return an expression of SymPy as one of symdiff.

    Symbols are scalars, and those in the shapes of matrices and in limits of sums are sizes. Each
    name may be given a shape, as in `parse`, or an expression for which it stands; `MatrixSymbol`
    and `IndexedBase` know theirs, or those of the latter follow from the ranges of indices, which
    count from 0. Matrices have two axes; one with one column may be declared a vector. Rational
    numbers are quotients.

    Raises ArgumentError, which names the part, for what has no counterpart; ShapeError for shapes
    that do not fit.

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
        whole = sympy.sympify(expression)
    except (sympy.SympifyError, TypeError):
        raise ArgumentError(f"expected an expression of SymPy, not {expression!r}") from None
    if isinstance(expression, (str, Node)):
        raise ArgumentError(f"expected an expression of SymPy, not {expression!r}; see sd.parse")
    return _Reading(whole, names).node()


class _Scope(NamedTuple):
    """What symbols stand for inside a sum or a function: indices, or expressions outside."""

    indices: Mapping[Any, Index]
    stands: Mapping[Any, tuple[Any, _Scope]]


_OUTSIDE = _Scope({}, {})
_Step: TypeAlias = tuple[Any, _Scope]


class _Reading:
    """Reads one expression: first in which order, then shapes, then values."""

    def __init__(self, whole: Expression, names: Mapping[str, object]) -> None:
        self._whole = whole
        self._inner: dict[tuple[int, int], tuple[_Scope, list[_Step]]] = {}
        self._steps = self._ordered((whole, _OUTSIDE))
        self._given = {name: _given(name, what) for name, what in names.items()}
        self._sizes = self._size_names()
        self._bases = self._shapes_of_bases()
        self._made: dict[tuple[str, Shape], Node] = {}

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

    def _opened(self, step: _Step) -> tuple[_Scope, list[_Step]]:
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
            inside = _Scope(scope.indices, stands)
            return inside, [(expression.function.expr, inside)]
        return scope, [(part, scope) for part in _parts(expression)]

    def _bound(self, expression: Expression, scope: _Scope) -> _Scope:
        if not isinstance(expression, (sympy.Sum, sympy.Product)):
            refuse(expression, "write it out with .doit(), if SymPy can")
        indices = dict(scope.indices)
        for limit in expression.limits:
            if len(limit) != 3:
                refuse(expression, "each index needs a first and a last value")
            symbol, first, last = limit
            if (first.free_symbols | last.free_symbols) & {*indices, *expression.variables}:
                refuse(expression, "the range of an index cannot depend on another index")
            start, length = _size(expression, first), _size(expression, last - first + 1)
            indices[symbol] = Index(symbol.name, start, length, len(self._inner))
        return _Scope(indices, scope.stands)

    # Names and shapes

    def _size_names(self) -> set[str]:
        """Symbols that stand in shapes and limits."""
        found: set[str] = set()
        for expression, scope in self._steps:
            shapes: list[Any] = []
            if isinstance(expression, (sympy.MatrixSymbol, *_FILLED)):
                shapes = [*expression.shape]
            elif isinstance(expression, sympy.Indexed) and expression.base.shape is not None:
                shapes = [*expression.base.shape]
            for each in shapes:
                found.update(symbol.name for symbol in each.free_symbols)
            bounds = [bound for index in scope.indices.values() for bound in index[1:3]]
            found.update(names_in(bounds))
        declared = [s for what in self._given.values() if isinstance(what, tuple) for s in what]
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
                        end.append(_reach(expression, each, scope))
        return {
            name: tuple(_largest(name, axis, sizes) for axis, sizes in enumerate(ends))
            for name, ends in reached.items()
        }

    def _variable(self, expression: Expression, name: str, shape: Shape | None) -> Node:
        """The variable of a symbol, or what it was declared to stand for."""
        given = self._given.get(name)
        if given is None and shape is None:
            return size(name) if name in self._sizes else self._new(expression, name, ())
        declared = given if given is not None else shape
        assert declared is not None
        node = declared if isinstance(declared, Node) else self._new(expression, name, declared)
        if shape is None or node.shape == shape:
            return node
        if shape == (*node.shape, 1):
            return FUNCTIONS["expand_dims"](node, 1)
        said = f"{shape_text(node.shape)}, but SymPy {shape_text(shape)}"
        refuse(expression, f"{name!r} is declared to have shape {said}")

    def _new(self, expression: Expression, name: str, shape: Shape) -> Node:
        try:
            return self._made.setdefault((name, shape), variable(name, shape))
        except ArgumentError as error:
            refuse(expression, f"{error}; rename it with .subs or declare it")

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
                return Value(self._variable(expression, expression.name, None))
            case sympy.MatrixSymbol():
                shape = tuple(_size(expression, each) for each in expression.shape)
                return Value(self._variable(expression, expression.name, shape))
            case sympy.Indexed():
                return self._indexed(expression, scope)
            case MatrixElement():
                return _element(expression, parts[0], expression.indices, scope)
            case sympy.Sum() if expression.function.is_Add:
                return applied(_added, parts)
            case sympy.Sum() | sympy.Product():
                inside = self._inner[_key(step)][0]
                over = [inside.indices[symbol] for symbol in expression.variables]
                if isinstance(expression, sympy.Sum):
                    return summed(parts, over)
                return multiplied(parts[0], over)
            case ElementwiseApplyFunction():
                return parts[0]
        if isinstance(expression, (MatrixExpr, sympy.MatrixBase, *_NUMBERS_OF_MATRICES)):
            if any(part.indices for part in parts):
                refuse(expression, "matrices in sums over indices: write their entries")
            return Value(_matrix(expression, [part.node for part in parts]))
        return _scalar(expression, parts)

    def _indexed(self, expression: Expression, scope: _Scope) -> Value:
        base = expression.base
        shape = self._bases.get(base.label.name)
        if base.shape is not None:
            shape = tuple(_size(expression, each) for each in base.shape)
        whole = Value(self._variable(expression, base.label.name, shape))
        return _element(expression, whole, expression.indices, scope)


def _key(step: _Step) -> tuple[int, int]:
    return id(step[0]), id(step[1])


def _given(name: str, what: object) -> Node | Shape:
    return what if isinstance(what, Node) else as_shape(what)


def refuse(expression: Expression, reason: str) -> NoReturn:
    """Say which part of an expression cannot be read, and why."""
    raise ArgumentError(f"cannot read {quoted(expression)} from SymPy: {reason}")


def quoted(expression: Expression) -> str:
    """An expression of SymPy in a message, abridged."""
    try:
        text = str(expression)
    except RecursionError:
        text = f"{type(expression).__name__}(…)"
    return f"`{text if len(text) <= _LONGEST else text[: _LONGEST - 1] + '…'}`"


def _size(expression: Expression, said: Any) -> Size:
    try:
        return size_of(sympy.sympify(said))
    except (ArgumentError, AttributeError) as error:
        refuse(expression, f"{error}")


# Parts ------------------------------------------------------------------------------------------


def _parts(expression: Expression) -> list[Any]:
    """What the value of an expression is made of."""
    match expression:
        case sympy.MatrixSymbol() | sympy.Indexed() | sympy.Symbol():
            return []
        case MatrixElement() | MatrixSlice():
            return [expression.parent]
        case sympy.Derivative() | sympy.Subs() | sympy.Limit():
            refuse(expression, "write it out with .doit(), if SymPy can")
        case sympy.Piecewise():
            return [part for pair in expression.args for part in pair.args]
        case sympy.MatrixBase():
            return list(expression.flat())
        case sympy.MatPow():
            return [expression.base]
        case MatrixExpr() if not isinstance(expression, _FILLED):
            return list(expression.args)  # `MatMul` is a `Mul` too, and `MatAdd` an `Add`
        case sympy.Pow() if expression.exp.is_Rational:
            return [expression.base]
        case sympy.Mul():
            above, below = _fraction(expression)
            return [*above, *below]
        case sympy.Add():
            return [-term if _negative(term) else term for term in expression.args]
    return [] if isinstance(expression, _FILLED) else list(expression.args)


def _fraction(product: Expression) -> tuple[list[Any], list[Any]]:
    """The factors of a product above and below the line."""
    above: list[Any] = []
    below: list[Any] = []
    for factor in product.args:
        if factor.is_Rational and not factor.is_Integer:
            above += [] if abs(factor.p) == 1 else [sympy.Integer(abs(factor.p))]
            above += [sympy.Integer(-1)] if factor.p < 0 else []
            below.append(sympy.Integer(factor.q))
        elif factor.is_Pow and factor.exp.is_Rational and factor.exp < 0:
            below.append(sympy.Pow(factor.base, -factor.exp))
        else:
            above.append(factor)
    return above, below


def _negative(term: Expression) -> bool:
    coefficient, _ = term.as_coeff_Mul()
    return bool(coefficient.is_extended_negative)


# Indices ----------------------------------------------------------------------------------------


def _reach(expression: Expression, said: Any, scope: _Scope) -> Size:
    """How many entries an index needs."""
    bound = [symbol for symbol in scope.indices if symbol in said.free_symbols]
    last = said
    for symbol in bound:
        index = scope.indices[symbol]
        end = index.start + index.length - 1
        last = last.subs(symbol, end.expression if isinstance(end, Dim) else end)
    return _size(expression, last) + 1


def _largest(name: str, axis: int, sizes: Sequence[Size]) -> Size:
    for candidate in sizes:
        differences = [candidate - size for size in sizes]
        if all(isinstance(each, int) and each >= 0 for each in differences):
            return candidate
    listed = ", ".join(map(str, dict.fromkeys(sizes)))
    raise ArgumentError(
        f"the size of axis {axis} of {name!r} is not clear, from SymPy: indices need {listed} "
        f"entries; declare its shape, such as {name}='n'"
    )


def _element(expression: Expression, whole: Value, said: Sequence[Any], scope: _Scope) -> Value:
    """An entry, or all those that open indices reach."""
    node = whole.node
    if node.ndim != len(said) or whole.indices:
        refuse(expression, f"{len(said)} indices of an array of shape {shape_text(node.shape)}")
    places: list[Any] = []
    open_indices: list[Index] = []
    for axis, each in enumerate(said):
        place, index = _place(expression, sympy.sympify(each), node.shape[axis], scope)
        places.append(place)
        if index is not None:
            open_indices.append(index)
    node = node[tuple(places)]
    letters = "".join(chr(97 + open_indices.index(index)) for index in open_indices)
    kept = tuple(dict.fromkeys(open_indices))
    if len(kept) < len(open_indices):
        output = "".join(dict.fromkeys(letters))
        node = FUNCTIONS["einsum"](f"{letters}->{output}", node)
    return Value(node, kept)


def _place(
    expression: Expression, said: Any, entries: Size, scope: _Scope
) -> tuple[Any, Index | None]:
    """A number, or the slice through which an open index runs."""
    bound = [symbol for symbol in scope.indices if symbol in said.free_symbols]
    if not bound:
        place = _size(expression, said)
        if isinstance(place, Dim) and isinstance(place - entries, int):
            return place - entries, None  # so many from the end
        if isinstance(place, Dim):
            refuse(expression, f"the place {place} is not a number; take a slice or sum over it")
        return place, None
    shift = said - bound[0]
    if len(bound) > 1 or bound[0] in shift.free_symbols:
        refuse(expression, "an index is a number, or an index of a sum plus a number")
    index = scope.indices[bound[0]]
    start = index.start + _size(expression, shift)
    stop = start + index.length
    beyond = stop - entries
    if (isinstance(beyond, int) and beyond > 0) or (isinstance(start, int) and start < 0):
        refuse(expression, f"{index.name} runs from {start} to {stop - 1}, of {entries} entries")
    return slice(start, None if stop == entries else stop), index


# Scalars ----------------------------------------------------------------------------------------


def _scalar(expression: Expression, parts: list[Value]) -> Value:
    match expression:
        case sympy.Add():
            signs = [_negative(term) for term in expression.args]
            return applied(lambda *nodes: _added(*nodes, signs=signs), parts)
        case sympy.Mul():
            count = len(_fraction(expression)[0])
            return applied(lambda *nodes: _ratio(nodes[:count], nodes[count:]), parts)
        case sympy.Pow() if expression.exp.is_Rational:
            return applied(lambda base: _power(base, expression.exp), parts)
        case sympy.Pow():
            return applied(FUNCTIONS["power"], parts)
        case sympy.Piecewise():
            return applied(_pieces, parts)
    if expression.is_number or expression.is_Boolean:
        number = _number(expression)
        if number is not None:
            return Value(number)
    name = type(expression).__name__
    if name in FOLDED:
        return applied(lambda *nodes: _folded(FOLDED[name], nodes), parts)
    function = function_of(name, len(parts))
    if function is None and name == "Heaviside" and len(parts) == 1:
        function = lambda x: FUNCTIONS["heaviside"](x, 0.5)  # noqa: E731
    if function is None:
        of = f" of {len(parts)} argument(s)" if parts else ""
        refuse(expression, f"`{name}`{of} has no counterpart")
    return applied(function, parts)


def _number(expression: Expression) -> Node | None:
    """A number as a constant; what is exact in SymPy and no float is a quotient."""
    if expression in (sympy.true, sympy.false):
        return constant(bool(expression))
    if expression.is_Integer:
        whole = int(expression)
        return constant(whole if abs(whole) < 2**63 else float(whole))
    if expression.is_Rational:
        return _number(sympy.Integer(expression.p)) / _number(sympy.Integer(expression.q))  # type: ignore
    if expression is sympy.I:
        return constant(1j)
    if expression is sympy.zoo:
        refuse(expression, "it is infinite in no direction")
    if expression.is_Float or expression.is_NumberSymbol or expression in _INFINITE:
        return constant(float(expression))
    return None


_INFINITE = (sympy.oo, -sympy.oo, sympy.nan)


def _added(*nodes: Node, signs: Sequence[bool] = ()) -> Node:
    pairs = list(zip(nodes, signs or [False] * len(nodes), strict=True))
    pairs.sort(key=lambda pair: pair[1])  # what is subtracted comes last
    first, negative = pairs[0]
    total = -first if negative else first
    for node, negative in pairs[1:]:
        total = total - node if negative else total + node
    return total


def _ratio(above: Sequence[Node], below: Sequence[Node]) -> Node:
    numbers = [as_node(factor) for factor in above] or [constant(1)]
    minus = [factor for factor in numbers if getattr(factor.attrs, "value", None) == -1]
    numbers = [factor for factor in numbers if factor not in minus] or [constant(1)]
    result = _folded("multiply", numbers)
    if below:
        result = result / _folded("multiply", below)
    return -result if len(minus) % 2 else result


def _power(base: Node, exponent: Any) -> Node:
    if exponent < 0:
        return 1 / _power(base, -exponent)
    if exponent == 1:
        return base
    if exponent == sympy.Rational(1, 2):
        return FUNCTIONS["sqrt"](base)
    return base ** (int(exponent) if exponent.is_Integer else float(exponent))


def _pieces(*nodes: Node) -> Node:
    """Values and conditions in turn; where none holds, there is no number."""
    result = as_node(float("nan"))
    for value, condition in zip(reversed(nodes[::2]), reversed(nodes[1::2]), strict=True):
        always = getattr(condition.attrs, "value", None) is True
        result = value if always else FUNCTIONS["where"](condition, value, result)
    return result


def _folded(name: str, nodes: Sequence[Node]) -> Node:
    result = nodes[0]
    for node in nodes[1:]:
        result = FUNCTIONS[name](result, node)
    return result


# Matrices ---------------------------------------------------------------------------------------

_FILLED = (sympy.Identity, sympy.ZeroMatrix, sympy.OneMatrix)
_NUMBERS_OF_MATRICES = (sympy.Trace, sympy.Determinant)


def _matrix(expression: Expression, nodes: list[Node]) -> Node:
    match expression:
        case sympy.MatrixBase():
            return _dense(expression, nodes)
        case sympy.Identity():
            return FUNCTIONS["eye"](_size(expression, expression.rows))
        case sympy.ZeroMatrix() | sympy.OneMatrix():
            shape = tuple(_size(expression, each) for each in expression.shape)
            ones = isinstance(expression, sympy.OneMatrix)
            return FUNCTIONS["ones" if ones else "zeros"](shape)
        case sympy.MatAdd():
            return _folded("add", nodes)
        case sympy.MatMul():
            return _multiplied(nodes)
        case sympy.HadamardProduct():
            return _folded("multiply", nodes)
        case sympy.HadamardPower():
            return FUNCTIONS["power"](*nodes)
        case sympy.KroneckerProduct():
            return _folded("kron", nodes)
        case sympy.Transpose():
            return nodes[0].T
        case sympy.Adjoint():
            return FUNCTIONS["conj"](nodes[0]).T
        case sympy.Inverse():
            return FUNCTIONS["inv"](nodes[0])
        case sympy.MatPow() if expression.exp.is_Integer:
            return FUNCTIONS["matrix_power"](nodes[0], int(expression.exp))
        case sympy.MatPow() if expression.exp == sympy.Rational(1, 2):
            return FUNCTIONS["sqrtm"](nodes[0])
        case sympy.Trace():
            return FUNCTIONS["trace"](nodes[0])
        case sympy.Determinant():
            return FUNCTIONS["det"](nodes[0])
        case sympy.DiagMatrix():
            return FUNCTIONS["diag"](FUNCTIONS["ravel"](nodes[0]))
        case MatrixSlice():
            return nodes[0][_cut(expression, "row"), _cut(expression, "col")]
    refuse(expression, f"`{type(expression).__name__}` has no counterpart")


def _cut(expression: Expression, axis: str) -> slice:
    first, stop, step = getattr(expression, f"{axis}slice")
    return slice(_size(expression, first), _size(expression, stop), int(step))


def _dense(expression: Expression, entries: list[Node]) -> Node:
    """An explicit matrix, whose entries are numbers or expressions."""
    if any(entry.ndim for entry in entries):
        refuse(expression, "its entries must be scalars")
    if not entries:
        return FUNCTIONS["zeros"](expression.shape)
    if all(entry.op.name == "constant" for entry in entries):
        numbers = [entry.attrs.value for entry in entries]
        rows = [numbers[i : i + expression.cols] for i in range(0, len(numbers), expression.cols)]
        return constant([[number * 1.0 for number in row] for row in rows])
    return FUNCTIONS["reshape"](FUNCTIONS["stack"](entries), expression.shape)


def _multiplied(nodes: list[Node]) -> Node:
    """A product of matrices, with scalars in front."""
    matrices = [node for node in nodes if node.ndim]
    product = _folded("matmul", matrices)
    scalars = [node for node in nodes if not node.ndim]
    return _ratio([*scalars, product], []) if scalars else product
