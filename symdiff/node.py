"""The graph: interned, immutable nodes, and the walk over them that everything else uses.

A node is (op, args, attrs, shape, dtype). Making the same node twice gives the same object, so
identity is equality and a shared subexpression is shared by construction. Interning is weak: a
graph that nobody holds is freed.

`dtype` is a kind: "bool", "int", "float" or "complex". Like a named size, the precision of the last
two is open until a call binds it: float32 in gives float32 out, from one graph.
"""

from __future__ import annotations

import weakref
from collections.abc import Container, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from symdiff.array_methods import ArrayMethods, compares_entries, refuse_digits
from symdiff.dims import CALL
from symdiff.errors import ArgumentError, refuse_complex, refuse_value
from symdiff.registry import FUNCTIONS, nothing_required

if TYPE_CHECKING:
    from symdiff.dims import Shape
    from symdiff.ops.update import At
    from symdiff.registry import Op


class Node(ArrayMethods):
    """One operation on other nodes. Made by functions and operators, never directly."""

    __slots__ = ("__weakref__", "args", "attrs", "dtype", "op", "rank", "settled", "shape")

    op: Op
    args: tuple[Node, ...]
    attrs: Any
    shape: Shape
    dtype: str
    rank: Any
    """A note of `rewrite.ordering`, which orders nodes; None until it has looked."""
    settled: Any
    """A note of `rewrite.engine`: by which rules there was nothing to do, if that was so."""

    def __new__(cls) -> Node:
        """Refuse: nodes come out of functions, which check shapes."""
        raise ArgumentError("make expressions with sd.scalar, sd.vector, sd.parse and functions")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("expressions are immutable")

    def remember_rank(self, rank: object) -> None:
        """Note the node's place in the order of nodes, which follows from what it is."""
        _set_rank(self, rank)

    def remember_settled(self, note: object) -> None:
        """Note by which rules nothing was to be done for the node."""
        _set_settled(self, note)

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("expressions are immutable")

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    # Operators. Each is the function of that name; the operations themselves live in `ops`.

    def __add__(self, other: object) -> Node:
        return FUNCTIONS["add"](self, other)

    def __radd__(self, other: object) -> Node:
        return FUNCTIONS["add"](other, self)

    def __sub__(self, other: object) -> Node:
        return FUNCTIONS["subtract"](self, other)

    def __rsub__(self, other: object) -> Node:
        return FUNCTIONS["subtract"](other, self)

    def __mul__(self, other: object) -> Node:
        return FUNCTIONS["multiply"](self, other)

    def __rmul__(self, other: object) -> Node:
        return FUNCTIONS["multiply"](other, self)

    def __truediv__(self, other: object) -> Node:
        return FUNCTIONS["divide"](self, other)

    def __rtruediv__(self, other: object) -> Node:
        return FUNCTIONS["divide"](other, self)

    def __floordiv__(self, other: object) -> Node:
        return FUNCTIONS["floor_divide"](self, other)

    def __rfloordiv__(self, other: object) -> Node:
        return FUNCTIONS["floor_divide"](other, self)

    def __mod__(self, other: object) -> Node:
        return FUNCTIONS["mod"](self, other)

    def __rmod__(self, other: object) -> Node:
        return FUNCTIONS["mod"](other, self)

    def __divmod__(self, other: object) -> tuple[Node, Node]:
        return self // other, self % other

    def __rdivmod__(self, other: object) -> tuple[Node, Node]:
        return other // self, other % self

    def __pow__(self, other: object) -> Node:
        return FUNCTIONS["power"](self, other)

    def __rpow__(self, other: object) -> Node:
        return FUNCTIONS["power"](other, self)

    def __matmul__(self, other: object) -> Node:
        return FUNCTIONS["matmul"](self, other)

    def __rmatmul__(self, other: object) -> Node:
        return FUNCTIONS["matmul"](other, self)

    def __neg__(self) -> Node:
        return FUNCTIONS["negative"](self)

    def __pos__(self) -> Node:
        return self

    def __abs__(self) -> Node:
        return FUNCTIONS["abs"](self)

    def __lt__(self, other: object) -> Node:
        return FUNCTIONS["less"](self, other)

    def __le__(self, other: object) -> Node:
        return FUNCTIONS["less_equal"](self, other)

    def __gt__(self, other: object) -> Node:
        return FUNCTIONS["greater"](self, other)

    def __ge__(self, other: object) -> Node:
        return FUNCTIONS["greater_equal"](self, other)

    def __and__(self, other: object) -> Node:
        return _combined("&", self, other)

    def __rand__(self, other: object) -> Node:
        return _combined("&", other, self)

    def __or__(self, other: object) -> Node:
        return _combined("|", self, other)

    def __ror__(self, other: object) -> Node:
        return _combined("|", other, self)

    def __xor__(self, other: object) -> Node:
        return _combined("^", self, other)

    def __rxor__(self, other: object) -> Node:
        return _combined("^", other, self)

    def __invert__(self) -> Node:
        return _combined("~", self)

    def __eq__(self, other: object) -> bool:
        """Identity: two nodes are equal when they are the same node.

        In a function that is run as one of arrays, entries are compared, as NumPy does.

        Raises ArgumentError for a comparison with a number, which is surely meant elementwise.
        """
        if compares_entries(other):
            return FUNCTIONS["equal"](self, other)  # type: ignore[return-value]
        if isinstance(other, Node) or other is None:
            return self is other
        raise ArgumentError(
            "`==` asks whether two expressions are the same; use sd.equal(a, b) or np.equal"
        )

    def __ne__(self, other: object) -> bool:
        if compares_entries(other):
            return FUNCTIONS["not_equal"](self, other)  # type: ignore[return-value]
        return not self.__eq__(other)

    __hash__ = object.__hash__

    def __bool__(self) -> NoReturn:
        refuse_value(
            self,
            "an expression has no truth value, so `if`, `and`, `not`, `while` and Python's `max` "
            "cannot ask it; use sd.where(condition, a, b), np.where, np.maximum, or & | ~ between "
            "conditions",
        )

    def __getitem__(self, index: object) -> Node:
        return FUNCTIONS["getitem"](self, index)

    def __setitem__(self, index: object, value: object) -> NoReturn:
        raise ArgumentError(
            "expressions are immutable; for a copy with other entries write "
            "`x = x.at[index].set(value)`, or `.add(value)` to add"
        )

    @property
    def at(self) -> At:
        """Copies with other entries at an index: `x.at[1:].set(v)`; see `symdiff.ops.update`."""
        from symdiff.ops.update import At

        return At(self)

    def __len__(self) -> int:
        if self.shape and isinstance(self.shape[0], int):
            return self.shape[0]
        call = CALL.get()
        if self.shape and call is not None:
            return call.value(self.shape[0])
        raise ArgumentError(
            f"the length of an expression of shape {self.shape} is not a number, so no loop can "
            "run over it; use functions of whole arrays, x.shape[0] where its number is meant, or "
            "declare the size as a number"
        )

    def __iter__(self) -> Iterator[Node]:
        return (self[i] for i in range(len(self)))

    @property
    def T(self) -> Node:
        """The transpose: all axes reversed."""
        return FUNCTIONS["transpose"](self)

    @property
    def real(self) -> Node:
        """The real part; of what is real, the node itself."""
        return FUNCTIONS["real"](self)

    @property
    def imag(self) -> Node:
        """The imaginary part; of what is real, zeros."""
        return FUNCTIONS["imag"](self)

    # Printing, done by `show`.

    def __str__(self) -> str:
        from symdiff.show.text import pretty

        refuse_digits(self)
        return pretty(self)

    def __repr__(self) -> str:
        from symdiff.errors import shape_text

        refuse_digits(self)
        return f"<{self} : {shape_text(self.shape)} {self.dtype}>"

    def _repr_latex_(self) -> str:
        from symdiff.show.notebook import formula

        return formula(self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from symdiff.show.notebook import line

        return {"text/plain": line(self), "text/latex": self._repr_latex_()}

    # Copies are the node itself; a pickle is the list of its rows, so depth does not matter.

    def __copy__(self) -> Node:
        return self

    def __deepcopy__(self, memo: object) -> Node:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return (_last_of_rows, (rows_of([self])[1],))


def _combined(symbol: str, *operands: object) -> Node:
    from symdiff.ops.logic import combine

    return combine(symbol, *operands)


class _Entry(weakref.ref[Node]):
    """A weak reference that knows the key under which it stands in the table."""

    __slots__ = ("key",)
    key: tuple[Any, ...]


_table: dict[tuple[Any, ...], _Entry] = {}
_new = object.__new__
_set_op = Node.op.__set__  # type: ignore
_set_args = Node.args.__set__  # type: ignore
_set_attrs = Node.attrs.__set__  # type: ignore
_set_shape = Node.shape.__set__  # type: ignore
_set_dtype = Node.dtype.__set__  # type: ignore
_set_rank = Node.rank.__set__  # type: ignore
_set_settled = Node.settled.__set__  # type: ignore


def intern(op: Op, args: tuple[Node, ...], attrs: Any = None) -> Node:
    """Return the node for `op` applied to `args`, checking shapes if it is new.

    The key holds the ids of the arguments: a node keeps its arguments alive, and its entry goes
    before they do. Holding the arguments themselves would free a deep graph by recursion.
    """
    key = (op, attrs, *map(id, args))
    entry = _table.get(key)
    if entry is not None:
        found = entry()
        if found is not None:
            if op.requires is not nothing_required:
                _tell_requirements(found)
            return found
    if not op.complex:
        for arg in args:
            if arg.dtype == "complex":
                refuse_complex(op.name, arg)
    shape, dtype = op.infer(args, attrs)
    node: Node = _new(Node)
    _set_op(node, op)
    _set_args(node, args)
    _set_attrs(node, attrs)
    _set_shape(node, shape)
    _set_dtype(node, dtype)
    _set_rank(node, None)
    _set_settled(node, ())
    entry = _Entry(node, _forget)
    entry.key = key
    first = _table.setdefault(key, entry)
    if first is not entry:  # another thread was faster, or the last such node is being freed
        found = first()
        if found is not None:
            return found
        _table[key] = entry
    if op.requires is not nothing_required:
        _tell_requirements(node)
    return node


def _tell_requirements(node: Node) -> None:
    """Let a call for which a function runs know which sizes its expressions need.

    Its result may not hold the node, but it may depend on what shape the node has.
    """
    call = CALL.get()
    if call is not None:
        for size, minimum, _ in node.op.requires(node):
            call.require(size, minimum)


def _forget(entry: _Entry, table: dict[tuple[Any, ...], _Entry] = _table) -> None:
    found = table.pop(entry.key, None)
    if found is not None and found is not entry:  # another thread has made the node anew
        table.setdefault(entry.key, found)


Row: TypeAlias = "tuple[str | Op, tuple[int, ...], Any]"
"""A node as pickles hold it: op, places of the arguments among the rows before, attribute.

The op is its name, or itself where a user has declared it.
"""


def rows_of(outputs: Iterable[Node]) -> tuple[list[Node], list[Row]]:
    """All nodes that `outputs` need, and a row for each."""
    order = topological(outputs)
    position = {node: i for i, node in enumerate(order)}
    ops = {op: op.name if op.own is None else op for op in {n.op for n in order}}
    return order, [(ops[n.op], tuple(position[a] for a in n.args), n.attrs) for n in order]


def nodes_of(rows: Iterable[Row]) -> list[Node]:
    """The nodes of rows, which are trusted, as pickles are; `symdiff.files` trusts nothing."""
    from symdiff.registry import OPS

    nodes: list[Node] = []
    for name, positions, attrs in rows:
        op = OPS[name] if isinstance(name, str) else name
        nodes.append(intern(op, tuple(nodes[i] for i in positions), attrs))
    return nodes


def _last_of_rows(rows: list[Row]) -> Node:
    return nodes_of(rows)[-1]


def topological(outputs: Iterable[Node], known: Container[Node] = ()) -> list[Node]:
    """All nodes that `outputs` need, each once and after its arguments, left to right.

    What is below nodes in `known` is left out, unless something else needs it.

    >>> import symdiff as sd
    >>> x = sd.scalar("x")
    >>> [node.op.name for node in topological([sd.sin(x) * x])]
    ['variable', 'sin', 'multiply']
    """
    order: list[Node] = []
    opened: set[Node] = set()
    done: set[Node] = set()
    stack = list(outputs)[::-1]
    while stack:
        node = stack[-1]
        if node in done:
            stack.pop()
        elif node in opened or not node.args or node in known:
            stack.pop()
            done.add(node)
            order.append(node)
        else:
            opened.add(node)
            stack.extend([arg for arg in reversed(node.args) if arg not in done])
    return order


def use_counts(order: Iterable[Node], outputs: Iterable[Node]) -> dict[Node, int]:
    """How often each node is used: once per argument place, and once as an output."""
    counts: dict[Node, int] = {}
    for node in order:
        counts.setdefault(node, 0)
        for arg in node.args:
            counts[arg] = counts.get(arg, 0) + 1
    for node in outputs:
        counts[node] += 1
    return counts
