"""What is said of the backward pass of a network: BP1 to BP4, a weight, the reversed network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symdiff.explain.affine import Batch
from symdiff.explain.board import Board, Equation, sigma_prime
from symdiff.explain.by_entries import SingleWeight, partial
from symdiff.explain.equations import Equations
from symdiff.explain.formulas import as_math, cotangent, equation, named, shape, written
from symdiff.explain.general import general_equations
from symdiff.explain.layer_tables import few, row_for
from symdiff.explain.letters import layered
from symdiff.explain.network import Layer
from symdiff.explain.network_picture import network_picture
from symdiff.explain.output_layer import has_output
from symdiff.show.document import Block, Display, Figure, Grid, Line, Math, Paragraph, Row, Section
from symdiff.show.wording import Wording


def backward_section(equations: Equations, say: Wording) -> Section:
    """The four equations in general, and for the layers at hand as they were found to hold."""
    board = equations.board
    cost = named(board.network.target, board.names)
    z, delta = as_math(layered("z", "l")), as_math(layered("δ", "l", "\\delta"))
    words = {"delta": equation(delta, partial(cost, z)), "product": Math("⊙", "\\odot")}
    general = general_equations(board.network, board.names)
    blocks: list[Block] = [
        Paragraph(say("network.backward.intro", **words)),
        Display(tuple((math, say(f"network.{rule}")) for rule, math in general.items())),
        Paragraph(say("network.instance")),
        _instances(equations, say),
        *_penalties(equations, say),
        *_output(equations, say),
    ]
    return Section("network backward", say("network.backward.title"), tuple(blocks))


def _instances(equations: Equations, say: Wording) -> Grid:
    words = ("rule", "equation", "shape", "how")
    rows = few([_instance(found, say) for found in equations.found], len(words))
    return Grid(tuple(say(f"network.column.{word}") for word in words), rows, words)


def _instance(found: Equation, say: Wording) -> Row:
    rule = say("network.rule.input") if found.rule == "input" else (found.rule,)
    stated = equation(found.left, found.right)
    cells = (rule, (stated,), (shape(found.produced),), say(f"network.how.{found.how}"))
    return row_for(found.layers[0], cells, found.produced)


def _penalties(equations: Equations, say: Wording) -> Iterator[Block]:
    """Which parameters the loss contains itself."""
    for found in equations.found:
        if found.direct is not None:
            names = equations.board.names
            words = {"name": found.left, "parameter": named(found.direct, names)}
            yield Paragraph(say("network.penalty", **words), found.direct)


def _output(equations: Equations, say: Wording) -> Iterator[Block]:
    """The error of the output layer, multiplied out."""
    board, output = equations.board, equations.output
    layer = board.network.last
    if output is None:
        return
    if layer.mixes and has_output(layer):
        a = named(layer.a, board.names)
        jacobian = Math(
            f"diag({a.pretty}) − {a.pretty} ({a.pretty})ᵀ",
            f"\\operatorname{{diag}}\\left({a.latex}\\right) - {a.latex} "
            f"\\left({a.latex}\\right)^{{\\top}}",
        )
        yield Paragraph(say("network.output.softmax", jacobian=jacobian))
    if output.by_z is None:
        return
    delta = as_math(board.delta_name(layer))
    lines: list[tuple[Math, Line]] = []
    if output.by_a is not None:
        lines.append((equation(cotangent(layer.a, board.names), output.by_a), ()))
    lines.append((equation(delta, output.by_z), ()))
    if output.total is not None and output.simpler is not None:
        when = say("network.output.probabilities", total=output.total)
        lines.append((equation(delta, output.simpler), when))
    if layer.merged:
        z = board.names.of(layer.z)
        a = equation(named(layer.a, board.names), written(layer.a, {layer.z: z}))
        yield Paragraph(say("network.output.merged", z=as_math(z), a=a), layer.z)
    else:
        yield Paragraph(say("network.output"), layer.z)
    yield Display(tuple(lines), board.delta(layer))


def single_weights_section(
    equations: Equations, weights: Sequence[SingleWeight], say: Wording
) -> Section:
    """The derivative by a single weight, with indices; dots stand for what else it receives."""
    board = equations.board
    alone = {
        found.layers[0].weight
        for found in equations.of("BP4")
        if len(found.layers) == 1 and found.direct is None
    }
    more = Math(" + …", " + \\cdots")
    asked = [each for each in reversed(weights) if each.layer.weight in board.table.cotangents]
    rows: list[Row] = []
    for layer, _, receives in asked:
        stated = receives if layer.weight in alone else receives + more
        rows.append(row_for(layer, ((str(layer.index),), (stated,))))
    batch = "" if board.network.batch is Batch.SINGLE else ".batch"
    blocks: list[Block] = [Paragraph(say(f"network.weight.intro{batch}"))]
    words = ("layer", "equation")
    if rows:
        head = tuple(say(f"network.column.{word}") for word in words)
        blocks.append(Grid(head, few(rows, len(words)), words))
    if any(each.layer.weight not in alone for each in asked):
        blocks.append(Paragraph(say("network.weight.more", dots=Math("…", "\\cdots"))))
    return Section("network weight", say("network.weight.title"), tuple(blocks))


def reversed_section(board: Board, say: Wording) -> Section:
    """The backward pass as a network: what enters a layer, the weights, the gain, the error."""
    slope = as_math(sigma_prime(layered("z", "l")))
    words = ("layer", "enters", "through", "gain", "leaves")
    rows = [
        row_for(layer, _stage(board, layer, say), board.delta(layer))
        for layer in reversed(board.reached)
    ]
    picture = network_picture(board.network, say, board.names)
    blocks: tuple[Block, ...] = (
        Paragraph(say("network.reversed.intro", slope=slope)),
        Figure((picture,), say("network.picture.caption")),
        Grid(tuple(say(f"network.column.{w}") for w in words), few(rows, len(words)), words),
    )
    return Section("network reversed", say("network.reversed.title"), blocks)


def _stage(board: Board, layer: Layer, say: Wording) -> tuple[Line, ...]:
    """A layer of the reversed network."""
    names, nothing = board.names, say("network.nothing")
    through, enters = nothing, nothing
    if layer is not board.network.last:
        above = board.network.layers[layer.index]
        through = (_backwards(above, board),)
        enters = (as_math(board.delta_name(above)),)
    else:
        enters = (cotangent(layer.a if has_output(layer) else layer.z, names),)
    return (
        (str(layer.index),),
        enters,
        through,
        _gain(board, layer, say),
        (as_math(board.delta_name(layer)),),
    )


def _backwards(layer: Layer, board: Board) -> Math:
    """A layer's weight as it stands in the backward pass: transposed where it was not before."""
    weight = layer.weight
    used = weight if weight.ndim == 1 or layer.affine.turned else weight.T
    name = {weight: board.names.of(weight)} if board.names.has(weight) else {}
    return written(used, name)


def _gain(board: Board, layer: Layer, say: Wording) -> Line:
    if layer.activation is None or (layer is board.network.last and not has_output(layer)):
        return say("network.nothing")
    if layer.mixes:
        return say("network.mixes")
    slope = board.slope(layer)
    assert slope is not None
    return (equation(as_math(board.slope_name(layer)), slope),)
