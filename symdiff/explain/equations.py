"""BP1 to BP4 for a layered network, each compared with the node that back-propagation produced.

An equation is built from its parts with plain functions and compared with what stands in the
gradient table: it may be the very node, or one with the same normal form, or equal at random
points. One that is not equal is an error of the program. The slopes of activations are measured by
finite differences besides, since the equations take them from the same rules as the pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from operator import add
from typing import NamedTuple

from symdiff.derive.backprop import GradientTable
from symdiff.derive.grad import grad
from symdiff.explain.board import Board, Equation, in_brackets
from symdiff.explain.formulas import as_math, cotangent
from symdiff.explain.letters import letter
from symdiff.explain.network import Layer, Network
from symdiff.explain.output_layer import Output, first_equation, multiplied_out
from symdiff.node import Node, topological
from symdiff.rewrite.engine import replaced
from symdiff.show.naming import Name, Names


class Equations(NamedTuple):
    """The equations of a network that hold for one pass.

    board   the network, the pass and the names
    found   the equations: BP1 and BP2 from the output down, then BP3, BP4, and the input's
    output  the derivatives by the output layer, multiplied out; None if the pass is not there
    """

    board: Board
    found: tuple[Equation, ...]
    output: Output | None

    def of(self, rule: str) -> tuple[Equation, ...]:
        """The equations of one rule, from the output down."""
        return tuple(equation for equation in self.found if equation.rule == rule)


def equations_of(network: Network, table: GradientTable, names: Names) -> Equations:
    """State and verify the equations of a network for a pass through its target.

    Raises ExplanationError for one that does not hold.

    >>> import symdiff as sd
    >>> W, b, x = sd.matrix("W", "h", "d"), sd.vector("b", "h"), sd.vector("x", "d")
    >>> from symdiff.explain.network import layers_of
    >>> network = layers_of(sd.sum(sd.tanh(W @ x + b) ** 2), [W, b])
    >>> table = sd.backprop(network.target, [W, b])
    >>> equations = equations_of(network, table, Names(network.target, made=network.names()))
    >>> for each in equations.found:
    ...     print(f"{each.rule}  {each.left.pretty} = {each.right.pretty}  ({each.how})")
    BP1  δ⁽¹⁾ = ∂C/∂a⁽¹⁾ ⊙ σ′(z⁽¹⁾)  (identical)
    BP3  ∂C/∂b = δ⁽¹⁾  (identical)
    BP4  ∂C/∂W = δ⁽¹⁾ xᵀ  (identical)
    """
    board = Board(network, table, names)
    reached = board.reached[::-1]
    if not reached:
        return Equations(board, (), None)
    activations = [
        layer.activation
        for layer in reached
        if layer.activation is not None and not (layer.mixes or layer.merged)
    ]
    z = letter("z", ())
    for activation in {each.of(z): each for each in activations}.values():
        activation.check()
    output = multiplied_out(board, reached[0])
    found = [first_equation(board, reached[0], output)]
    found += [_hidden(board, layer, network.layers[layer.index]) for layer in reached[1:]]
    found += [*_parameters(board, "BP3", _bias_of, _by_bias)]
    found += [*_parameters(board, "BP4", lambda layer: layer.weight, _by_weight)]
    found += [*_input(board)]
    return Equations(board, tuple(found), output)


def _hidden(board: Board, layer: Layer, above: Layer) -> Equation:
    """BP2: δ of the layer above through the weights, times the slope."""
    produced, delta = board.delta(layer), board.delta(above)
    d, z, slope = (
        letter(word, shape.shape)
        for word, shape in (("delta", delta), ("z", layer.z), ("slope", layer.z))
    )
    names = {d: board.delta_name(above), slope: board.slope_name(layer)}
    stated, shown = above.affine.back(delta), above.affine.back(d)
    if layer.activation is not None:
        stated = stated * layer.activation.slope(layer.z)
        names[shown] = in_brackets(board.written(shown, names))
        shown = shown * slope
    left, right = as_math(board.delta_name(layer)), board.written(shown, names)
    return board.state("BP2", (layer,), left, right, produced, stated, {delta: d, layer.z: z})


def _bias_of(layer: Layer) -> Node | None:
    return None if layer.bias is None else layer.bias.node


def _by_bias(layer: Layer, delta: Node, below: Node) -> Node:
    assert layer.bias is not None
    return layer.bias.received(delta)


def _by_weight(layer: Layer, delta: Node, below: Node) -> Node:
    return layer.affine.by_weight(delta, below)


def _parameters(
    board: Board,
    rule: str,
    parameter: Callable[[Layer], Node | None],
    share: Callable[[Layer, Node, Node], Node],
) -> Iterator[Equation]:
    """BP3 or BP4 for each parameter that was asked for, from the output down."""
    layers: dict[Node, list[Layer]] = {}
    for layer in reversed(board.reached):
        node = parameter(layer)
        if node is not None and node in board.table.cotangents:
            layers.setdefault(node, []).append(layer)
    for node, shared in layers.items():
        yield _received(board, rule, node, shared, share)


def _received(
    board: Board,
    rule: str,
    node: Node,
    layers: Sequence[Layer],
    share: Callable[[Layer, Node, Node], Node],
) -> Equation:
    """What a parameter receives from each layer that has it, and from the loss itself."""
    stated: list[Node] = []
    shown: list[Node] = []
    letters: dict[Node, Node] = {}
    names: dict[Node, Name] = {}
    for layer in layers:
        delta, below = board.delta(layer), layer.below
        d = letter(f"delta{layer.index}", delta.shape)
        a = letter(f"a{layer.index - 1}", below.shape) if board.names.has(below) else below
        stated.append(share(layer, delta, below))
        shown.append(share(layer, d, a))
        letters |= {delta: d, below: a}
        names |= {d: board.delta_name(layer), a: board.names.of(below)}
    direct = _direct(board, node)
    if direct is not None:
        stated.append(direct)
        shown.append(direct)
    left, right = cotangent(node, board.names), board.written(reduce(add, shown), names)
    whole, produced = reduce(add, stated), board.table.cotangents[node]
    found = board.state(rule, tuple(layers), left, right, produced, whole, letters)
    return found._replace(direct=node if direct is not None else None)


def _direct(board: Board, node: Node) -> Node | None:
    """The derivative by a parameter of what does not go through the layers, such as a penalty."""
    z = board.network.last.z
    around = replaced([board.table.target], {z: letter("z", z.shape)})[0]
    return grad(around, node) if node in topological([around]) else None


def _input(board: Board) -> Iterator[Equation]:
    """What the input of the network receives, if the pass went there by this way alone."""
    first = board.network.layers[0]
    produced = board.table.cotangents.get(first.below)
    users = [node for node in topological([board.table.target]) if first.below in node.args]
    if produced is not None and users == [first.affine.product]:
        delta = board.delta(first)
        d = letter("delta", delta.shape)
        right = board.written(first.affine.back(d), {d: board.delta_name(first)})
        stated, left = first.affine.back(delta), cotangent(first.below, board.names)
        yield board.state("input", (first,), left, right, produced, stated, {delta: d})
