"""What the names of a formula stand for: shapes as they are declared, sizes that are inferred."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from itertools import chain, count
from typing import TypeVar

from symdiff.dims import Dim, Shape, Size, as_shape, is_at_least_zero, named, names_in
from symdiff.errors import ArgumentError, ShapeError, SymdiffError
from symdiff.node import Node, topological
from symdiff.ops.leaves import KINDS as DTYPES
from symdiff.ops.leaves import VARIABLE, size, variable

Result = TypeVar("Result")

KINDS = {"scalar": 0, "vector": 1, "matrix": 2}
_NICE = ("n", "d", "m", "k", "p", "q", "r", "s")


class Declared:
    """What the names of a formula stand for. Axes left out have sizes of their own at first."""

    def __init__(self, names: dict[str, object]) -> None:
        self.nodes = {name: node for name, node in names.items() if isinstance(node, Node)}
        self.shapes: dict[str, Shape] = {}
        self.dtypes: dict[str, str] = {}
        self.unknown: list[str] = []
        given = {name: what for name, what in names.items() if name not in self.nodes}
        for name, what in given.items():
            if isinstance(what, str):
                given[name], self.dtypes[name] = shape_and_dtype(what)
        for name, what in given.items():
            if not (isinstance(what, str) and what in KINDS):
                self.shapes[name] = shape_of(name, what)
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
        new = nice_names({*self.taken, *names_in(found.values())})
        return {old: named(next(new)) for old in free}


def nice_names(taken: Container[str]) -> Iterator[str]:
    """Names of sizes that people use, without those that are taken.

    >>> from itertools import islice
    >>> list(islice(nice_names({"d"}), 9))
    ['n', 'm', 'k', 'p', 'q', 'r', 's', 'n1', 'n2']
    """
    return (name for name in chain(_NICE, (f"n{i}" for i in count(1))) if name not in taken)


def shape_and_dtype(declared: str) -> tuple[str, str]:
    """What is declared of a name, apart.

    >>> shape_and_dtype("n d"), shape_and_dtype("n, int"), shape_and_dtype("vector bool")
    (('n d', 'float'), ('n', 'int'), ('vector', 'bool'))
    """
    words = declared.replace(",", " ").split()
    if not words or words[-1] not in DTYPES:
        return declared, "float"
    return declared.rstrip(", ").removesuffix(words[-1]).rstrip(", "), words[-1]


def shape_of(name: str, what: object) -> Shape:
    """The shape declared for a name. Raises ArgumentError for what is no shape."""
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


def run_with_sizes(declared: Declared, run: Callable[[dict[str, Node]], Result]) -> Result:
    """Run with what the names stand for, and return the result.

    Where a size left open clashes with another, the two are made one and it is run again. Every run
    finds one size, names those that are left, or ends.
    """
    found: dict[str, Size] = {}
    while True:
        free = [name for name in declared.unknown if name not in found]
        try:
            result = run(declared.environment(found))
        except SymdiffError as error:
            clash = error.clash if isinstance(error, ShapeError) else None
            equation = solved(*clash, free) if clash else {}
            if not equation and not free:
                raise
        else:
            if not free:
                return result
            equation = {}
        found = with_equation(found, equation or declared.nice_names(found, free))


def solved(one: Size, other: Size, free: Sequence[str]) -> dict[str, Size]:
    """What one open size is if two sizes are equal: the later one of two; nothing if none can be.

    >>> solved(named("n") - 1, named("m") - 1, ["n", "m"])
    {'m': n}
    """
    pairs = [(str(a), b) for a, b in ((one, other), (other, one)) if str(a) in free]
    pairs = [(name, value) for name, value in pairs if name not in names_in([value])]
    if pairs:
        return dict([max(pairs, key=lambda pair: free.index(pair[0]))])
    difference = one - other
    if isinstance(difference, int):
        return {}
    lines = ((name, difference.linear_in(name)) for name in free if name in difference.names)
    found = {name: -line[1] * line[0] for name, line in lines if line and line[0] in (1, -1)}
    safe = [name for name, value in found.items() if is_at_least_zero(value)]
    return {name: found[name] for name in (safe or [*found])[-1:]}


def with_equation(found: dict[str, Size], new: dict[str, Size]) -> dict[str, Size]:
    """Add to what is found. A compound of a size that is replaced is dropped, to be found anew."""
    kept: dict[str, Size] = {}
    for name, value in found.items():
        if isinstance(value, Dim) and value.is_name:
            kept[name] = new.get(str(value), value)
        elif not any(inner in new for inner in names_in([value])):
            kept[name] = value
    return kept | new
