"""Formulas of derivations: nodes and equations as `Math`, with names for what has one."""

from __future__ import annotations

from collections.abc import Mapping

from symdiff.errors import shape_text
from symdiff.explain.stand_ins import whole_numbers
from symdiff.node import Node
from symdiff.show.document import Math
from symdiff.show.naming import Name, Names, in_both


def written(node: Node, names: Mapping[Node, Name] | None = None) -> Math:
    """An expression, with names for some of its nodes."""
    return Math(*in_both(node, names))


def named(node: Node, names: Names) -> Math:
    """What a node is called."""
    return as_math(names.of(node))


def as_math(name: Name) -> Math:
    """A name as a formula."""
    return Math(name.pretty, name.latex)


def one_op(node: Node, names: Names) -> Math:
    """A node as its op applied to the names of its arguments."""
    return written(node, {arg: names.of(arg) for arg in node.args if names.has(arg)})


def cotangent(node: Node, names: Names) -> Math:
    """The derivative of the target by a node, `∂L/∂u₁`."""
    return as_math(names.cotangent(node))


def equation(left: Math, right: Math) -> Math:
    """Two formulas with = between them."""
    return left + " = " + right


def shape(node: Node) -> str:
    """The shape of a node in words."""
    return shape_text(node.shape)


def brief(node: Node, width: int = 60) -> Math:
    """An expression, abridged where it is wide."""
    return Math(*in_both(node, width=width))


def closed_form(node: Node) -> Math:
    """A closed form in which a derivation results; abridged where nobody would read it."""
    numbers = {} if node.args else whole_numbers(node)
    return Math(*in_both(node, numbers, _WIDEST))


_WIDEST = 2000
