"""What is said of a layered network: its layers, BP1 to BP4, and the network run in reverse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symdiff.derive.backprop import GradientTable
from symdiff.explain.affine import Batch
from symdiff.explain.board import Board, sigma_prime
from symdiff.explain.by_entries import single_weight
from symdiff.explain.equations import equations_of
from symdiff.explain.formulas import as_math, brief, cotangent, equation, named, shape, written
from symdiff.explain.general import general_map
from symdiff.explain.layer_tables import few, row_for
from symdiff.explain.letters import layered
from symdiff.explain.network import Layer, Network
from symdiff.explain.network_backward import (
    backward_section,
    reversed_section,
    single_weights_section,
)
from symdiff.node import Node
from symdiff.show.document import Block, Grid, Line, Math, Paragraph, Row, Section
from symdiff.show.naming import Names
from symdiff.show.wording import Wording


def network_sections(
    table: GradientTable, names: Names, say: Wording, network: Network
) -> tuple[Section, ...]:
    """The section on a network, every equation in it verified against the pass.

    There is none where the pass is not the gradient of the network's scalar, or does not reach
    the output layer. `names` should be made with `network.names()`, so that z⁽ˡ⁾ and a⁽ˡ⁾ mean
    the same everywhere.

    Raises ExplanationError for an equation that does not hold.
    """
    board = Board(network, table, names)
    if table.lead or table.target is not network.target or not board.reached:
        return ()
    equations = equations_of(network, table, names)
    weights = [single_weight(board, layer) for layer in board.reached]
    blocks: tuple[Block, ...] = (
        *_introduction(board, say),
        _layers(board, say),
        _forward(board, say),
        backward_section(equations, say),
        single_weights_section(equations, weights, say),
        reversed_section(board, say),
    )
    return (Section("network", say("network.title"), blocks),)


def _introduction(board: Board, say: Wording) -> Iterator[Block]:
    """What kind of network it is, how it is spelled, and where it ends."""
    network, names = board.network, board.names
    number = len(network.layers)
    count = say("network.layers", number=str(number)) if number > 1 else say("network.layer")
    z, a = (as_math(layered(letter, "l")) for letter in "za")
    sigma = Math(f"σ({z.pretty})", f"\\sigma\\left({z.latex}\\right)")
    bottom = network.input
    zero = names.of(bottom) if bottom.args and names.has(bottom) else layered("a", 0)
    words = {
        "affine": general_map(network),
        "activation": equation(a, sigma),
        "input": equation(as_math(zero), brief(bottom)),
    }
    yield Paragraph(say("network.intro", count=count, **words))
    yield Paragraph(say(f"network.{network.batch.value}", input=named(bottom, names)))
    turned = [x.index for x in network.layers if x.affine.turned and x.weight.ndim == 2]
    if turned:
        key = "network.turned.rows" if network.batch is Batch.ROWS else "network.turned"
        yield Paragraph(say(key, layers=_numbers(turned)))
    for weight, layers in _shared(network.layers):
        numbers = _numbers([layer.index for layer in layers])
        yield Paragraph(say("network.shared", weight=named(weight, names), layers=numbers), weight)
    if network.open:
        words = {"input": named(bottom, names), "cotangent": cotangent(bottom, names)}
        yield Paragraph(say("network.open", **words), bottom)
    if len(board.reached) < number:
        yield Paragraph(say("network.ends", layer=str(board.reached[0].index)))


def _numbers(layers: Sequence[int]) -> str:
    """The numbers of layers, of many the first and the last."""
    few = [*layers[:3], "…", layers[-1]] if len(layers) > 6 else layers
    return ", ".join(map(str, few))


def _shared(layers: Sequence[Layer]) -> list[tuple[Node, list[Layer]]]:
    """Weights of several layers, with these."""
    users: dict[Node, list[Layer]] = {}
    for layer in layers:
        users.setdefault(layer.weight, []).append(layer)
    return [(weight, users[weight]) for weight in users if len(users[weight]) > 1]


def _layers(board: Board, say: Wording) -> Grid:
    """The table of the layers: parameters, shapes, activation and its slope."""
    z = layered("z", "l")
    slope = say("network.column.slope", slope=as_math(sigma_prime(z)))
    words = ("layer", "weight", "shape", "bias", "shape", "activation")
    head = (*(say(f"network.column.{word}") for word in (*words[:5], "a")), slope)
    rows = [row_for(layer, _layer_cells(board, layer, say)) for layer in board.network.layers]
    columns = ("layer", "weight", "weight shape", "bias", "bias shape", "activation", "slope")
    return Grid(head, few(rows, len(head)), columns)


def _layer_cells(board: Board, layer: Layer, say: Wording) -> tuple[Line, ...]:
    names = board.names
    bias = None if layer.bias is None else layer.bias.node
    return (
        (str(layer.index),),
        (named(layer.weight, names),),
        (shape(layer.weight),),
        () if bias is None else (named(bias, names),),
        () if bias is None else (shape(bias),),
        say("network.linear") if layer.activation is None else (_activation(board, layer),),
        _slope(board, layer, say),
    )


def _activation(board: Board, layer: Layer) -> Math:
    """A in terms of z."""
    return written(layer.a, {layer.z: board.names.of(layer.z)})


def _slope(board: Board, layer: Layer, say: Wording) -> Line:
    if layer.mixes:
        return say("network.mixes")
    slope = board.slope(layer)
    return ("1",) if slope is None else (slope,)


def _forward(board: Board, say: Wording) -> Section:
    """The forward pass, layer by layer, and the derivative of z by a weight."""
    words = ("layer", "z", "shape", "a", "meets")
    rows: list[Row] = []
    for layer in board.network.layers:
        names = board.names
        below = {layer.below: names.of(layer.below)} if layer.below.args else {}
        parameters = {p: names.of(p) for p in layer.parameters if names.has(p)}
        z = equation(named(layer.z, names), written(layer.z, {**below, **parameters}))
        a = named(layer.z, names)
        if layer.activation is not None:
            a = equation(named(layer.a, names), _activation(board, layer))
        meets = single_weight(board, layer).meets
        rows.append(row_for(layer, ((str(layer.index),), (z,), (shape(layer.z),), (a,), (meets,))))
    indices = {letter: Math(letter, letter) for letter in "ijk"}
    single = ".single" if board.network.batch is Batch.SINGLE else ""
    blocks: tuple[Block, ...] = (
        Paragraph(say("network.forward.intro")),
        Grid(tuple(say(f"network.column.{w}") for w in words), few(rows, len(words)), words),
        Paragraph(say(f"network.forward.indices{single}", **indices)),
    )
    return Section("network forward", say("network.forward.title"), blocks)
