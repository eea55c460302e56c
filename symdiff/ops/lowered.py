"""Ops that computing alone has; expressions never hold them.

One writes into an array. The others are textbook expressions of which NumPy's pieces would cancel
or overflow; in comments of generated code they are written as in textbooks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symdiff.dims import Shape
from symdiff.node import Node, intern
from symdiff.ops.declare import broadcast_shape
from symdiff.registry import Op, Undefined
from symdiff.template import ADD, ATOM, MULTIPLY, Template, call, latex_call


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


def _precise(name: str, text: str, instead: str, binding: int = ATOM) -> Callable[..., Node]:
    """Declare a helper of `symdiff.runtime` that computes what `text` says, to all digits."""

    def infer(args: tuple[Node, ...], attrs: Any) -> tuple[Shape, str]:
        return broadcast_shape(name, args), "float"

    written = Template(text, binding)
    op = Op(
        name,
        infer,
        Undefined("it computes, to all digits, what an expression says", instead),
        numpy=call(f"_{name}", len(written.slots)),
        text=written,
        pretty=written,
        latex=written,
        elementwise=True,
    )
    return lambda *args: intern(op, args)


sech = _precise("sech", "1/cosh({0})", "1/sd.cosh(x)", MULTIPLY)
log1mexp = _precise("log1mexp", "log(1 - exp({0}))", "sd.log(1 - sd.exp(x))")
log_cosh = _precise("log_cosh", "log(cosh({0}))", "sd.log(sd.cosh(x))")
sigmoid_minus = _precise(
    "sigmoid_minus", "sigmoid({0}) - {1:multiply}", "sd.sigmoid(x) - t", ADD
)  # fmt: skip
