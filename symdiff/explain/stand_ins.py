"""One node seen by itself: its arguments, its value and its cotangent are variables with names.

A rule that is asked for such a node answers in these variables, so that what it sent can be
written as on a blackboard, `Xᵀ ∂L/∂u₁`, however large the expressions are that they stand for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from symdiff.node import Node, intern, topological
from symdiff.ops.leaves import VARIABLE, number_of
from symdiff.ops.structure import BROADCAST_TO
from symdiff.registry import form
from symdiff.rewrite.engine import replaced
from symdiff.rewrite.simplify import simplify
from symdiff.show.document import Math
from symdiff.show.naming import Name, Names, in_both


class StandIns:
    """A node over variables that stand for its arguments.

    node   the same operation on these variables; leaves stay what they are
    value  a variable that stands for the value of the node
    moves  the place whose variable is its own, even where the same node stands at another place
    """

    def __init__(self, consumer: Node, names: Names, moves: int | None = None) -> None:
        self.consumer = consumer
        self.names = names
        self._called: dict[Node, Name] = {}
        self._real: dict[Node, Node] = {}
        shared = {arg: self._for(arg, "") for arg in dict.fromkeys(consumer.args)}
        self.args = tuple(
            self._for(arg, "'", leaf=True) if place == moves else shared[arg]
            for place, arg in enumerate(consumer.args)
        )
        self.node = intern(consumer.op, self.args, consumer.attrs)
        self._called[self.node] = names.of(consumer)
        self._real[self.node] = consumer

    def _for(self, node: Node, mark: str, leaf: bool = False) -> Node:
        """The variable for an argument; a leaf is its own, unless it is to move."""
        if not node.args and not leaf:
            return node
        name = self.names.of(node)
        return self.named(name, mark, node)

    def named(self, name: Name, mark: str, like: Node, order: str = "") -> Node:
        """A variable of the shape and kind of a node, which is written as `name`.

        Factors that commute are written in the order of the names that `order` comes before.
        """
        made = intern(VARIABLE, (), (order + name.pretty + mark, like.shape, like.dtype))
        self._called[made] = name
        self._real[made] = like
        return made

    @cached_property
    def value(self) -> Node:
        """A variable in place of the node."""
        return self.named(self.names.of(self.consumer), "", self.consumer)

    def cotangent(self, of: Node) -> Node:
        """A variable for the cotangent `of` the node, with the leading axes that it has."""
        return self.named(self.names.cotangent(self.consumer), "", of)

    def differential(self, place: int) -> Node:
        """A variable for the differential of an argument."""
        arg = self.consumer.args[place]
        return self.named(self.names.differential(arg), "", arg, order=_LAST)

    def real(self, expression: Node, others: Mapping[Node, Node] | None = None) -> Node:
        """An expression in the stand-ins, with the nodes in their place again."""
        return replaced([expression], {**self._real, **(others or {})})[0]

    def simplified(self, expression: Node) -> Node:
        """The simplest form, in which the node remains a variable."""
        inner = replaced([expression], {self.node: self.value})[0]
        return simplify(inner)

    def written(self, expression: Node) -> Math:
        """An expression in the stand-ins, by their names; whole numbers without a point."""
        return Math(*in_both(expression, {**whole_numbers(expression), **self._called}))


_LAST = "\uffff"
"""Behind all names: a differential is the last of several factors."""


def written_with_names(
    expression: Node, names: Names, known: Iterable[Node], more: Mapping[Node, Name]
) -> Math:
    """An expression over the graph itself, where `known` nodes and all below go by their names."""
    stop = {*known, *more}
    order = topological([expression], known=stop)
    called = {n: names.of(n) for n in order if (n in stop or not n.args) and names.has(n)}
    return Math(*in_both(expression, {**called, **more}))


def whole_numbers(expression: Node) -> dict[Node, Name]:
    """The floating-point numbers in an expression that are whole, as people write them.

    So are arrays of ones and of zeros, whose shapes the formulas around them tell.
    """
    order = topological([expression])
    found = {node: _whole(node) for node in order if _is_whole(node)}
    for node in order:
        value = number_of(node.args[0]) if node.op is BROADCAST_TO else None
        if value is not None and value in _FILLED:
            found[node] = _FILLED[value]
    return found


_FILLED: dict[float, Name] = {1: Name("𝟏", "\\mathbf{1}"), 0: Name("𝟎", "\\mathbf{0}")}


def _is_whole(number: Node) -> bool:
    value = number_of(number)
    return isinstance(value, float) and value.is_integer()


def _whole(number: Node) -> Name:
    """A number without the point and the zero behind it."""
    pretty, latex = in_both(number)
    binding = form(number.op.pretty, number).binding
    return Name(pretty.removesuffix(".0"), latex.removesuffix(".0"), binding)
