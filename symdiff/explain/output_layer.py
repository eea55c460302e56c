"""BP1: the derivative by the weighted input of the output layer, where the backward pass begins.

What the pass has here it derived from the loss by the rules of ops, so there is nothing else to
compare it with than finite differences of the loss.
"""

from __future__ import annotations

from typing import NamedTuple

from symdiff.check import check
from symdiff.errors import DerivativeError, ExplanationError, InputError
from symdiff.explain.agreement import IDENTICAL, NORMAL_FORM
from symdiff.explain.board import Board, Equation
from symdiff.explain.formulas import as_math, cotangent, equation
from symdiff.explain.letters import letter
from symdiff.explain.network import Layer
from symdiff.node import Node, topological
from symdiff.ops.contraction import CONTRACT, sum
from symdiff.ops.creation import ones
from symdiff.ops.leaves import VARIABLE
from symdiff.rewrite.engine import replaced
from symdiff.rewrite.liveness import unprotected
from symdiff.rewrite.simplify import simplify
from symdiff.show.document import Math

_WIDEST = 160
"""Formulas that are wider than this are not shown."""


class Output(NamedTuple):
    """Derivatives by the output layer, multiplied out and written by its a.

    by_a     that by a; None where the loss has taken the activation in, or there is none
    by_z     that by z; both are None where they are too wide to be read
    total    the sum of a variable over the units, beside a softmax: 1 for probabilities
    simpler  the derivative by z where that is so
    """

    by_a: Math | None
    by_z: Math | None
    total: Math | None = None
    simpler: Math | None = None


def first_equation(board: Board, layer: Layer, output: Output) -> Equation:
    """BP1: δ is the derivative by a through the activation, or simply that by z, multiplied out.

    Raises ExplanationError if the pass has something else, or finite differences find it wrong.
    """
    produced, left = board.delta(layer), as_math(board.delta_name(layer))
    if not has_output(layer):
        _measure(board, layer.z, produced, layer)
        right = cotangent(layer.z, board.names)
        if output.by_z is None:
            return Equation("BP1", (layer,), left, right, IDENTICAL, produced)
        left = equation(left, right)
        return Equation("BP1", (layer,), left, output.by_z, NORMAL_FORM, produced)
    assert layer.activation is not None
    by_a = board.table.cotangents[layer.a]
    _measure(board, layer.a, by_a, layer)
    g, a, slope = (letter(word, layer.z.shape) for word in ("g", "a", "slope"))
    names = {
        g: board.names.cotangent(layer.a),
        a: board.names.of(layer.a),
        slope: board.slope_name(layer),
    }
    if layer.mixes:
        stated, shown = _through_softmax(layer, by_a, layer.a), _through_softmax(layer, g, a)
    else:
        stated, shown = by_a * layer.activation.slope(layer.z), g * slope
    letters = {by_a: g, layer.z: letter("z", layer.z.shape)}
    right = board.written(shown, names)
    return board.state("BP1", (layer,), left, right, produced, stated, letters)


def has_output(layer: Layer) -> bool:
    """True if a is a node of the target apart from z."""
    return layer.activation is not None and not layer.merged


def multiplied_out(board: Board, layer: Layer) -> Output:
    """The derivatives by the output layer in their normal forms."""
    z = letter("z", layer.z.shape)
    names = {z: board.names.of(layer.z)}
    if layer.activation is not None:
        names[layer.activation.of(z)] = board.names.of(layer.a)
    by_a = None
    if has_output(layer):
        a = letter("a", layer.a.shape)
        local = _local(board.table.cotangents[layer.a], layer.a, a)
        by_a = _readable(board.written(local, {a: board.names.of(layer.a)}))
    local = _local(board.delta(layer), layer.z, z)
    by_z, total = _readable(board.written(local, names)), _sum_of_targets(local, layer)
    if total is None:
        return Output(by_a, by_z)
    simpler = simplify(replaced([local], {total: ones(total.shape)}))[0]
    return Output(by_a, by_z, board.written(total, names), board.written(simpler, names))


def _readable(math: Math) -> Math | None:
    return math if len(math.pretty) <= _WIDEST else None


def _local(derivative: Node, at: Node, symbol: Node) -> Node:
    """The normal form of a derivative, with a letter for what it is taken by."""
    return simplify(unprotected(replaced([derivative], {at: symbol})))[0]


def _through_softmax(layer: Layer, g: Node, a: Node) -> Node:
    """The product with the Jacobian of a softmax, diag(a) − a aᵀ for each example."""
    assert layer.activation is not None
    axes: tuple[int, ...] = layer.activation.a.attrs
    return a * (g - sum(g * a, axis=axes, keepdims=True))


def _measure(board: Board, node: Node, derivative: Node, layer: Layer) -> None:
    """Compare a derivative of the loss with finite differences, where random numbers allow it."""
    symbol = letter("output", node.shape)
    target, derived = replaced([board.table.target, derivative], {node: symbol})
    try:
        found = check(target, symbol, gradients=[derived])
    except (InputError, DerivativeError):
        return
    for comparison in found:
        if not comparison.ok:
            raise ExplanationError(
                f"the derivative of the loss by layer {layer.index} is not what differences say: "
                f"{comparison}; this is an error of symdiff, please report it"
            )


def _sum_of_targets(local: Node, layer: Layer) -> Node | None:
    """The sum over the units of a variable, beside a softmax."""
    if not layer.mixes or layer.activation is None:
        return None
    axes: tuple[int, ...] = layer.activation.a.attrs
    for node in topological([local]):
        if node.op is CONTRACT and len(node.args) == 1 and node.args[0].op is VARIABLE:
            (indices,), output = node.attrs
            if tuple(k for k, i in enumerate(indices) if i not in output) == axes:
                return node
    return None
