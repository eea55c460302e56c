"""Formulas from text, with shapes given or inferred. Nothing is ever evaluated as Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import count
from typing import TypeAlias

from symdiff.dims import Dim, Shape, Size, as_shape, named, names_in
from symdiff.errors import ArgumentError, ShapeError, SymdiffError
from symdiff.frontends.grammar import Apply, Literal, Name, Step, read
from symdiff.frontends.lexer import pointed, tokenize
from symdiff.frontends.meaning import CONSTANTS, Value, call, function_called, function_names
from symdiff.names import check_name
from symdiff.node import Node, topological
from symdiff.ops.leaves import KINDS as DTYPES
from symdiff.ops.leaves import VARIABLE, size, variable

Call: TypeAlias = "tuple[tuple[Value, ...], dict[str, Value]]"
"""Positional arguments, and those given by keyword."""

KINDS = {"scalar": 0, "vector": 1, "matrix": 2}
_LONGEST_MESSAGE = 500
_NICE = ("n", "d", "m", "k", "p", "q", "r", "s")


def parse(text: str, /, **names: object) -> Node:
    """Read a formula.

    Each name is given a shape ("n d", "" for a scalar, or a tuple), or only a kind ("vector",
    "matrix"), whose sizes are inferred, or an expression for which it stands. A shape in words may
    end with a dtype, as "n int" of class labels. Named sizes can be used as numbers. Operators and
    functions are Python's and NumPy's; matrix notation is read too.

    Raises ParseError for text that is not in the grammar, ShapeError and ArgumentError for a
    formula that makes no sense; all show the place.

    >>> parse("sum((X @ w - y)**2)/n + lam*sum(w**2)", X="n d", w="d", y="n", lam="")
    <sum((X w − y)²)/n + lam sum(w²) : () float>
    >>> parse("2 Xᵀ(X w − y)", X="matrix", w="vector", y="vector").shape
    (d,)
    >>> parse("-sum(log_softmax(z)[c])", z="k", c="m int")
    <−sum(log_softmax(z)[c]) : () float>
    """
    if not isinstance(text, str):
        raise ArgumentError(f"a formula must be text, not {text!r}")
    declared = _Declared(names)
    return _build(text, read(text, declared.words), declared)


def applications(text: str, /, **names: object) -> Iterator[tuple[str, Call, Value]]:
    """The function calls of a formula: name, arguments, and what came of them.

    Raises what `parse` raises.
    """
    declared = _Declared(names)
    calls: list[tuple[str, Call, Value]] = []

    def noted(step: Apply, values: list[Value]) -> Value:
        result = step.function(*values)
        if isinstance(step.function, partial) and step.function.func is call:
            name, keywords = step.function.args
            plain = len(values) - len(keywords)
            named_values = dict(zip(keywords, values[plain:], strict=True))
            calls.append((name, (tuple(values[:plain]), named_values), result))
        return result

    _run(text, read(text, declared.words), declared.environment({}), noted)
    yield from calls


def declare(shapes: Iterable[str]) -> dict[str, str]:
    """Turn declarations such as "X:n,d" into the names that `parse` takes.

    Raises ArgumentError for any other form, and for a name declared twice.

    >>> declare(["X:n,d", "w:d", "lam:", "A:matrix", "c:n,int"])
    {'X': 'n d', 'w': 'd', 'lam': '', 'A': 'matrix', 'c': 'n int'}
    """
    declared: dict[str, str] = {}
    for entry in shapes:
        name, colon, shape = (part.strip() for part in entry.partition(":"))
        if not colon:
            raise ArgumentError(f"{entry!r} declares no shape; write 'X:n,d', 'w:d' or 'lam:'")
        if name in declared:
            raise ArgumentError(f"{name!r} is declared twice")
        _check(name)
        sizes, dtype = shape_and_dtype(shape)
        if sizes not in KINDS:
            _shape(name, sizes)
            sizes = " ".join(sizes.replace(",", " ").split())
        declared[name] = sizes if dtype == "float" else f"{sizes} {dtype}".strip()
    return declared


def shape_and_dtype(declared: str) -> tuple[str, str]:
    """What is declared of a name, apart.

    >>> shape_and_dtype("n d"), shape_and_dtype("n, int"), shape_and_dtype("vector bool")
    (('n d', 'float'), ('n', 'int'), ('vector', 'bool'))
    """
    words = declared.replace(",", " ").split()
    if not words or words[-1] not in DTYPES:
        return declared, "float"
    return declared.rstrip(", ").removesuffix(words[-1]).rstrip(", "), words[-1]


def names_used(text: str) -> list[str]:
    """The names in a formula that are no functions or constants, in order of appearance.

    >>> names_used("sin(x)*y + pi*x")
    ['x', 'y']
    """
    words = dict.fromkeys(token.text for token in tokenize(text) if token.kind == "name")
    return [word for word in words if word not in CONSTANTS and function_called(word) is None]


# Declarations -----------------------------------------------------------------------------------


class _Declared:
    """What the names of a formula stand for. Axes left out have sizes of their own at first."""

    def __init__(self, names: dict[str, object]) -> None:
        self.nodes = {name: node for name, node in names.items() if isinstance(node, Node)}
        self.shapes: dict[str, Shape] = {}
        self.dtypes: dict[str, str] = {}
        self.unknown: list[str] = []
        for name in names:
            _check(name)
        given = {name: what for name, what in names.items() if name not in self.nodes}
        for name, what in given.items():
            if isinstance(what, str):
                given[name], self.dtypes[name] = shape_and_dtype(what)
        for name, what in given.items():
            if not (isinstance(what, str) and what in KINDS):
                self.shapes[name] = _shape(name, what)
        axes = [s for shape in self.shapes.values() for s in shape]
        self.sizes = names_in([*axes, *(s for node in self.nodes.values() for s in node.shape)])
        for word in self.sizes:
            if word in names:
                raise ArgumentError(f"{word!r} names both a variable and a size")
        self.words = [*names, *self.sizes]
        self.taken = {*self.words, *_names_within(self.nodes.values())}
        fresh = (f"unknown{i}" for i in count(1))
        for name, what in given.items():
            if name not in self.shapes:
                new = _untaken(fresh, KINDS[str(what)], self.taken)
                self.unknown += new
                self.shapes[name] = tuple(map(named, new))

    def environment(self, found: dict[str, Size]) -> dict[str, Node]:
        """What each word stands for when unknown sizes are as found so far."""
        stands: dict[str, Node] = {word: size(named(word)) for word in self.sizes}
        for name, shape in self.shapes.items():
            sizes = tuple(found.get(str(s), s) for s in shape)
            stands[name] = variable(name, sizes, self.dtypes.get(name, "float"))
        return stands | self.nodes

    def nice_names(self, found: dict[str, Size], free: list[str]) -> dict[str, Size]:
        """Names that people use, for the sizes that stay open."""
        candidates = (*_NICE, *(f"n{i}" for i in range(1, len(self.taken) + len(self.unknown) + 1)))
        new = _untaken(iter(candidates), len(free), {*self.taken, *names_in(found.values())})
        return {old: named(name) for old, name in zip(free, new, strict=True)}


def _check(name: str) -> None:
    check_name(name, "variable")
    if name in CONSTANTS or name in function_names():
        what = "constant" if name in CONSTANTS else "function"
        raise ArgumentError(f"{name!r} cannot name a variable: it is a {what} of the grammar")


def _shape(name: str, what: object) -> Shape:
    try:
        return as_shape(what)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"the shape of {name!r}: {error}") from None


def _names_within(nodes: Iterable[Node]) -> Iterator[str]:
    for node in topological(nodes):
        yield from names_in(node.shape)
        if node.op is VARIABLE:
            yield node.attrs[0]


def _untaken(candidates: Iterator[str], wanted: int, taken: set[str]) -> list[str]:
    """The first candidates that are not taken."""
    free = (name for name in candidates if name not in taken)
    return [next(free) for _ in range(wanted)]


# Building ---------------------------------------------------------------------------------------


def _build(text: str, program: list[Step], declared: _Declared) -> Node:
    """Run the program; where a size left open clashes with another, make them one and run again.

    Every run finds one size, names those that are left, or ends.
    """
    found: dict[str, Size] = {}
    while True:
        free = [name for name in declared.unknown if name not in found]
        try:
            result = _run(text, program, declared.environment(found))
        except SymdiffError as error:
            equation = _solved(error, free)
            if not equation and not free:
                raise
        else:
            if not free:
                return result
            equation = {}
        found = _with(found, equation or declared.nice_names(found, free))


def _solved(error: SymdiffError, free: list[str]) -> dict[str, Size]:
    """The open size, if any, that makes the two sizes of a clash equal: the later one of two."""
    if not isinstance(error, ShapeError) or error.clash is None:
        return {}
    one, other = error.clash
    pairs = [(str(a), b) for a, b in ((one, other), (other, one)) if str(a) in free]
    pairs = [(name, value) for name, value in pairs if name not in names_in([value])]
    return dict([max(pairs, key=lambda pair: free.index(pair[0]))]) if pairs else {}


def _with(found: dict[str, Size], new: dict[str, Size]) -> dict[str, Size]:
    """Add to what is found. A compound of a size that is replaced is dropped, to be found anew."""
    kept: dict[str, Size] = {}
    for name, value in found.items():
        if isinstance(value, Dim) and value.is_name:
            kept[name] = new.get(str(value), value)
        elif not any(inner in new for inner in names_in([value])):
            kept[name] = value
    return kept | new


def _plainly(step: Apply, values: list[Value]) -> Value:
    return step.function(*values)


def _run(
    text: str,
    program: list[Step],
    stands: dict[str, Node],
    apply: Callable[[Apply, list[Value]], Value] = _plainly,
) -> Node:
    stack: list[Value] = []
    for step in program:
        if isinstance(step, Name):
            stack.append(stands[step.name])
        elif isinstance(step, Literal):
            stack.append(step.value)
        else:
            start = len(stack) - step.arity
            values = stack[start:]
            del stack[start:]
            try:
                stack.append(apply(step, values))
            except SymdiffError as error:
                error.args = (pointed(_one_line(str(error)), text, step.place),)
                error.position = step.place
                raise
    (result,) = stack
    assert isinstance(result, Node)
    return result


def _one_line(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= _LONGEST_MESSAGE else line[:_LONGEST_MESSAGE] + "…"
