"""Several results of one call: a NumPy function that returns them, and one of these.

The value of an expression is one array, so computing alone has these ops.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from symdiff.dims import Shape
from symdiff.node import Node, intern
from symdiff.registry import Op, Undefined, form
from symdiff.template import ANY, POSTFIX, Template, call

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
