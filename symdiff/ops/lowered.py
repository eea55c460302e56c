"""Ops that computing alone has; expressions never hold them.

One writes into an array. The others are textbook expressions of which NumPy's pieces would cancel
or overflow; in comments of generated code they are written as in textbooks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symdiff.dims import Shape
from symdiff.node import Node, intern
from symdiff.ops import rows
from symdiff.ops.declare import broadcast_shape
from symdiff.ops.structure import axis_keyword
from symdiff.registry import Op, Undefined
from symdiff.template import ADD, ATOM, MULTIPLY, Template, call, latex_call


def _on_diagonal(name: str, does: str) -> Op:
    """Declare an op that writes onto the diagonal of a matrix."""

    def numpy(node: Node) -> Template:
        matrix = "{0}" if node.attrs else "{0:postfix}.copy()"
        return Template(f"_{name}({matrix}, {{1}})")

    return Op(
        name,
        infer=lambda args, in_place: (args[0].shape, "float"),
        derivative=Undefined("generated code alone writes in place", "sd.diag"),
        numpy=numpy,
        numbers=True,
        text=call(name, 2),
        pretty=call(name, 2),
        latex=latex_call(f"\\operatorname{{{{{does}}}}}", 2),
    )


ADD_DIAGONAL = _on_diagonal("add_diagonal", "add")
"""A matrix plus a diagonal one, given by its entries; in place, if the attribute says so."""

SET_DIAGONAL = _on_diagonal("set_diagonal", "set")
"""A matrix with other entries on its diagonal; in place, if the attribute says so."""


def writes_in_place(node: Node) -> bool:
    """True if the first argument is written over."""
    return node.op in (ADD_DIAGONAL, SET_DIAGONAL) and node.attrs


def copying(node: Node) -> Node:
    """The same, written into a copy of the first argument."""
    return intern(node.op, node.args, False)


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
        python=call(f"_float_{name}", len(written.slots)),
        text=written,
        pretty=written,
        latex=written,
        elementwise=True,
        rows=rows.elementwise,
    )
    return lambda *args: intern(op, args)


sech = _precise("sech", "1/cosh({0})", "1/sd.cosh(x)", MULTIPLY)
log1mexp = _precise("log1mexp", "log(1 - exp({0}))", "sd.log(1 - sd.exp(x))")
log_cosh = _precise("log_cosh", "log(cosh({0}))", "sd.log(sd.cosh(x))")
sigmoid_minus = _precise(
    "sigmoid_minus", "sigmoid({0}) - {1:multiply}", "sd.sigmoid(x) - t", ADD
)  # fmt: skip


def _of_softmax(name: str, text: str, instead: str) -> Callable[..., Node]:
    """Declare a helper of `symdiff.runtime` about shares along axes, which its attribute names."""

    def infer(args: tuple[Node, ...], axes: tuple[int, ...]) -> tuple[Shape, str]:
        return broadcast_shape(name, args), "float"

    count = len(set(Template(text).slots))

    def numpy(node: Node) -> Template:
        slots = ", ".join(f"{{{k}}}" for k in range(count))
        return Template(f"_{name}({slots}{axis_keyword(node.attrs, node.ndim)})")

    written = Template(text, ADD)
    op = Op(
        name,
        infer,
        Undefined("it computes, to all digits, what an expression says", instead),
        numpy=numpy,
        text=written,
        pretty=written,
        latex=written,
        numbers=True,
        rows=rows.beside(lambda node: node.attrs),
    )
    return lambda *args, axes: intern(op, args, axes)


softmax_minus = _of_softmax(
    "softmax_minus", "{2:multiply}*softmax({0}) - {1:multiply}", "sd.softmax(x) - t"
)
softmax_slope = _of_softmax("softmax_slope", "softmax({0})*(1 - softmax({0}))", "sd.softmax(x)")
minus_mean = _of_softmax(
    "minus_mean", "{0:add} - sum({1:multiply}*{0:multiply})", "v - sd.sum(p*v)"
)
lacking = _of_softmax("lacking", "1 - {0:multiply}", "1 - sd.softmax(x)")
