"""Ops that generated code alone has.

One writes into an array, so expressions never hold it. The others are a NumPy function that returns
several results, and one of these: the value of an expression is one array.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from symdiff.dims import Shape
from symdiff.node import Node, intern
from symdiff.registry import Op, Undefined, form
from symdiff.template import ANY, POSTFIX, Template, call, latex_call


def _numpy(node: Node) -> Template:
    matrix = "{0}" if node.attrs else "{0:postfix}.copy()"
    return Template(f"_add_diagonal({matrix}, {{1}})")


ADD_DIAGONAL = Op(
    "add_diagonal",
    infer=lambda args, in_place: (args[0].shape, "float"),
    derivative=Undefined("generated code alone adds in place", "sd.diag"),
    numpy=_numpy,
    numbers=True,
    text=call("add_diagonal", 2),
    pretty=call("add_diagonal", 2),
    latex=latex_call("\\operatorname{{add}}", 2),
)
"""A matrix plus a diagonal one, given by its entries; in place, if the attribute says so."""

WHOLE = Op(
    "whole",
    infer=lambda args, template: (args[0].shape, "float"),
    derivative=Undefined("generated code alone holds several results as one", "sd.eigh"),
    numpy=lambda node: node.attrs,
    text=Template("{0}", ANY),
    pretty=Template("{0}", ANY),
    latex=Template("{0}", ANY),
)
"""What a NumPy function with several results returns. Its template is the attribute."""


class Share(NamedTuple):
    """The name of one result of several, its shape, and the name of the op that it is."""

    name: str
    shape: Shape
    op: str


PART = Op(
    "part",
    infer=lambda args, share: (share.shape, "float"),
    derivative=Undefined("generated code alone takes a result out of several", "sd.eigh"),
    numpy=lambda node: Template(f"{{0:postfix}}.{node.attrs.name}", POSTFIX),
    text=lambda node: call(node.attrs.op),
    pretty=lambda node: call(node.attrs.op),
    latex=lambda node: call(node.attrs.op),
)
"""One of several results."""


def computed_together(order: Iterable[Node]) -> list[list[Node]]:
    """Groups of nodes of `order`, of two or more each, that one call of NumPy computes.

    What is needed without the others is in no group: its own form may be cheaper, as `eigvalsh` is.
    """
    groups: dict[tuple[Template, tuple[Node, ...]], list[Node]] = defaultdict(list)
    for node in order:
        if node.op.part is not None:
            groups[form(node.op.part.whole, node), node.args].append(node)
    return [nodes for nodes in groups.values() if len(nodes) > 1]


def as_part(node: Node, args: tuple[Node, ...]) -> Node:
    """The same result for other arguments, taken out of all that NumPy computes together."""
    assert node.op.part is not None
    whole = intern(WHOLE, args, form(node.op.part.whole, node))
    return intern(PART, (whole,), Share(node.op.part.name, node.shape, node.op.name))
