"""An op that generated code alone has: it writes into an array, so expressions never hold it."""

from __future__ import annotations

from symdiff.node import Node
from symdiff.registry import Op, Undefined
from symdiff.template import Template, call, latex_call


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
