"""Scalar formulas that are alike, computed as one formula of vectors.

Thousands of formulas such as `sin(x[3])*x[4]` and `sin(x[7])*x[8]` differ in nothing but the
entries that they take. Nodes that do the same to nodes that do the same, down to entries of the
same arrays, form a class, whose members become the entries of one vector. What is stacked from
scalars is gathered from these vectors, and long sums of scalars are sums of them. All of it takes
one walk, and what follows, such as derivatives and their code, has a few vectors to deal with.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, TypeAlias

import numpy as np

from symdiff.node import Node, topological, use_counts
from symdiff.ops.contraction import sum as sum_of
from symdiff.ops.indexing import INDEX
from symdiff.ops.joining import concatenate, stack
from symdiff.ops.leaves import CONSTANT, constant
from symdiff.ops.reads import moved
from symdiff.ops.structure import reshape
from symdiff.registry import OPS
from symdiff.rewrite.engine import rebuild
from symdiff.sparse.known import KnownAt

Array: TypeAlias = "np.ndarray[Any, Any]"

MANY = 64
"""So many scalars must be computed before it pays to look for those that are alike,"""
_LONG = 64
"""and so many terms must a sum of scalars have to become that of a vector."""

_ADD, _SUBTRACT = OPS["add"], OPS["subtract"]


@dataclass(slots=True)
class _Class:
    """Scalars that are alike; `vector` has them as its entries once it is made."""

    members: list[Node] = field(default_factory=list)
    vector: Node | None = None


def with_vectors(outputs: Sequence[Node]) -> list[Node]:
    """Equal expressions in which scalar formulas that are alike are entries of vectors.

    Graphs with few scalars stay as they are.

    >>> import symdiff as sd
    >>> x = sd.vector("x", 101)
    >>> [y] = with_vectors([sd.stack([sd.sin(x[i]) * x[i + 1] for i in range(100)])])
    >>> print(sd.text(y))
    sin(x[:100])*x[1:]
    """
    order = topological(outputs)
    if sum(_is_scalar_formula(node) for node in order) < MANY:
        return list(outputs)
    return _Rewriting(order, outputs).run()


def _is_scalar_formula(node: Node) -> bool:
    return node.op.elementwise and not any(arg.shape for arg in node.args)


class _Rewriting:
    """One walk over a graph, in order, after a first that finds the classes.

    place      for each scalar, its class and its place among the members
    terms      for each long sum, what is added and what is subtracted
    assembled  for each array that is put together from scalars alone, these scalars
    forms      what other nodes have become
    """

    def __init__(self, order: list[Node], outputs: Sequence[Node]) -> None:
        self.order, self.outputs = order, outputs
        self.known = KnownAt([node for node in order if node.op is CONSTANT], {}, {})
        self.place: dict[Node, tuple[int, int]] = {}
        self.assembled: dict[Node, list[Node]] = {}
        self.forms: dict[Node, Node] = {}
        self.classes: list[_Class] = []
        self.terms, inner = _long_sums(order, outputs)
        numbers: dict[object, int] = {}
        for node in order:
            if node in inner:
                continue
            if not node.shape:
                number = numbers.setdefault(self._key(node), len(numbers))
                if number == len(self.classes):
                    self.classes.append(_Class())
                self.place[node] = (number, len(self.classes[number].members))
                self.classes[number].members.append(node)
            elif node.op.reads is moved:
                self._assemble(node)
        self.order = [node for node in order if node not in inner]

    def run(self) -> list[Node]:
        """The outputs with vectors in them."""
        for node in self.order:
            if node in self.place:
                found = self.classes[self.place[node][0]]
                if len(found.members) == 1:
                    self.forms[node] = self._alone(node)
                elif found.vector is None:
                    found.vector = self._vector(found.members)
            elif node not in self.assembled:
                self.forms[node] = self._rebuilt(node)
        return [self._form(node) for node in self.outputs]

    # Classes --------------------------------------------------------------------------------------

    def _key(self, node: Node) -> object:
        """What scalars that are alike have in common; one that is like no other has itself."""
        if node in self.terms:
            return node
        if node.op is INDEX and all(isinstance(entry, int) for entry in node.attrs):
            return INDEX, node.args[0]
        if not node.args or not _is_scalar_formula(node):
            return node
        return node.op, node.attrs, node.dtype, *[self._use(node, arg) for arg in node.args]

    def _use(self, node: Node, arg: Node) -> object:
        """The class of an argument. Numbers may differ where the op is smooth everywhere.

        Others, such as exponents, decide what the op is.
        """
        if arg.op is CONSTANT and not node.op.edges:
            return arg.dtype
        return self.place[arg][0]

    def _assemble(self, node: Node) -> None:
        """Note of which scalars an array consists, if it consists of scalars alone."""
        first = len(node.args) - len(node.op.indices(node))
        if not all(isinstance(size, int) for size in node.shape) or not first:
            return
        parts: list[Node] = []
        for arg in node.args[:first]:
            if arg not in self.place and arg not in self.assembled:
                return
            parts += self.assembled.get(arg, [arg])
        size = prod(self.known.shape(node))
        if size <= len(parts):
            links = moved(node, range(first), self.known)
            if links.result.size == size:
                self.assembled[node] = [parts[k] for k in links.argument.tolist()]

    # What nodes become ----------------------------------------------------------------------------

    def _vector(self, members: list[Node]) -> Node:
        """All members of a class in a vector."""
        if members[0].op is INDEX:
            return _entries(self._form(members[0].args[0]), [node.attrs for node in members])
        columns = zip(*[node.args for node in members], strict=True)
        return rebuild(members[0], tuple([self._column(column) for column in columns]))

    def _column(self, nodes: Sequence[Node]) -> Node:
        """An argument of all members: one scalar, numbers, or entries of a vector."""
        if all(node is nodes[0] for node in nodes):
            return self._form(nodes[0])
        if nodes[0].op is CONSTANT:
            return constant(np.array([node.attrs.value for node in nodes]))
        return self._gathered(nodes)

    def _gathered(self, nodes: Sequence[Node]) -> Node:
        """Scalars of any classes, as a vector."""
        like = nodes[0]
        if like.op is INDEX and len({self.place[node][0] for node in nodes}) == 1:
            return _entries(self._form(like.args[0]), [node.attrs for node in nodes])
        starts: dict[int, int] = {}
        pieces: list[Node] = []
        alone: dict[Node, int] = {}
        total = 0
        for scalar in nodes:
            number, _ = self.place[scalar]
            vector = self.classes[number].vector
            if vector is None:
                alone.setdefault(scalar, len(alone))
            elif number not in starts:
                starts[number] = total
                pieces.append(vector)
                total += len(self.classes[number].members)
        if alone:
            pieces.append(stack([self._form(scalar) for scalar in alone]))
        pool = pieces[0] if len(pieces) == 1 else concatenate(pieces)
        where = [
            total + alone[scalar]
            if scalar in alone
            else starts[self.place[scalar][0]] + self.place[scalar][1]
            for scalar in nodes
        ]
        return _taken(pool, where, total + len(alone))

    def _alone(self, node: Node) -> Node:
        """A scalar that is like no other: the same on what its arguments became, or a sum."""
        if node not in self.terms:
            return self._rebuilt(node)
        added, subtracted = (self._total(terms) for terms in self.terms[node])
        if subtracted is None:
            assert added is not None
            return added
        return -subtracted if added is None else added - subtracted

    def _total(self, terms: Sequence[Node]) -> Node | None:
        return sum_of(self._gathered(terms)) if terms else None

    def _rebuilt(self, node: Node) -> Node:
        return rebuild(node, tuple([self._form(arg) for arg in node.args]))

    def _form(self, node: Node) -> Node:
        """What a node has become."""
        found = self.forms.get(node)
        if found is None:
            if node in self.assembled:
                found = reshape(self._gathered(self.assembled[node]), node.shape)
            else:
                number, place = self.place[node]
                vector = self.classes[number].vector
                assert vector is not None
                found = vector[place]
            self.forms[node] = found
        return found


def _entries(x: Node, indices: Sequence[tuple[int, ...]]) -> Node:
    """Single entries of an array, as a vector."""
    places = np.array(indices)
    if x.ndim == 1:
        size = x.shape[0]
        return _taken(x, places[:, 0].tolist(), size if isinstance(size, int) else -1)
    return x[tuple(places.T)]


def _taken(vector: Node, where: list[int], size: int) -> Node:
    """Entries of a vector, as a slice where they are evenly spaced."""
    step = where[1] - where[0] if len(where) > 1 else 1
    if where[0] >= 0 and step > 0 and where == list(range(where[0], where[-1] + 1, step)):
        if len(where) == size:
            return vector
        return vector[where[0] : where[-1] + 1 : step]
    return vector[np.array(where)]


def _long_sums(
    order: list[Node], outputs: Sequence[Node]
) -> tuple[dict[Node, tuple[list[Node], list[Node]]], set[Node]]:
    """The long sums of scalars, with what they add and subtract, and the sums inside of them."""
    uses = use_counts(order, outputs)
    joined = {arg for node in order if _is_sum(node) for arg in node.args if uses[arg] == 1}
    terms: dict[Node, tuple[list[Node], list[Node]]] = {}
    inner: set[Node] = set()
    for node in order:
        if _is_sum(node) and node not in joined:
            found, inside = _flattened(node, joined)
            if len(found[0]) + len(found[1]) >= _LONG:
                terms[node] = found
                inner.update(inside)
    return terms, inner


def _is_sum(node: Node) -> bool:
    return node.op in (_ADD, _SUBTRACT) and not node.shape and node.dtype == "float"


def _flattened(
    root: Node, joined: Iterable[Node]
) -> tuple[tuple[list[Node], list[Node]], list[Node]]:
    """What a sum adds and subtracts in the end, and the sums on the way."""
    terms: tuple[list[Node], list[Node]] = ([], [])
    inside: list[Node] = []
    waiting = [(root, False)]
    while waiting:
        node, minus = waiting.pop()
        if node is root or (node in joined and _is_sum(node)):
            if node is not root:
                inside.append(node)
            first, second = node.args
            waiting.append((second, minus ^ (node.op is _SUBTRACT)))
            waiting.append((first, minus))
        else:
            terms[minus].append(node)
    return terms, inside
