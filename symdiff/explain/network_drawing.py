"""Where everything stands in the picture of a network and its reverse, whatever the format.

Above is the network, from left to right: circles are weighted inputs, boxes activations. Below is
the backward pass, from right to left: the same edges, and where a box was, an amplifier, which is
a triangle that points the way the error goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from symdiff.dims import Size
from symdiff.explain.affine import Batch
from symdiff.explain.by_entries import partial
from symdiff.explain.formulas import as_math, written
from symdiff.explain.letters import layered, letter
from symdiff.explain.network import Layer, Network
from symdiff.explain.network_marks import Drawing, Form, Label, Mark, Wire, Words
from symdiff.explain.output_layer import has_output
from symdiff.node import Node, topological
from symdiff.show.naming import Name, Names
from symdiff.show.wording import Wording

RADIUS, BOX, TRIANGLE = 17.0, 13.0, 19.0
"""Half the size of circles, boxes and amplifiers."""

_PITCH, _ROW, _STEP = 190.0, 56.0, 52.0
"""Between layers, between units, and from the circle of a unit to its box."""

_LEFT, _TOP, _BETWEEN = 46.0, 116.0, 104.0

_MOST_LAYERS = 5
"""Of deeper networks, the first ones and the last are drawn."""


@dataclass(frozen=True, slots=True)
class _Column:
    """A layer, or the input where `layer` is None, with the places of its units.

    `units` has for each row drawn what stands below the symbol, or None for dots.
    """

    layer: Layer | None
    x: float
    units: tuple[str | None, ...]

    def rows(self, middle: float) -> Iterator[tuple[str | None, float]]:
        """The units and where they stand, around a height."""
        top = middle - _ROW * (len(self.units) - 1) / 2
        for place, unit in enumerate(self.units):
            yield unit, top + place * _ROW

    def heights(self, middle: float) -> list[float]:
        """The heights of the units, without the dots."""
        return [y for unit, y in self.rows(middle) if unit is not None]


def drawing_of(network: Network, names: Names, say: Wording) -> Drawing:
    """Lay out the picture of a network and of its backward pass."""
    return _Sheet(network, names, say).drawn()


class _Sheet:
    """A drawing in the making."""

    def __init__(self, network: Network, names: Names, say: Wording) -> None:
        self._network, self._names, self._say = network, names, say
        shown: list[Layer | None] = [None, *network.layers]
        self._elided = len(network.layers) > _MOST_LAYERS
        if self._elided:
            shown = [*shown[: _MOST_LAYERS - 1], *shown[-1:]]
        self._columns: list[_Column] = []
        x = _LEFT
        for place, layer in enumerate(shown):
            gap = self._elided and place == len(shown) - 1
            x += (_PITCH * 0.62 if gap else 0) + (_PITCH if place else 0)
            self._columns.append(_Column(layer, x, _units(network, layer)))
        above, below = (self._height(back) for back in (False, True))
        self._above = _TOP + above / 2
        self._below = _TOP + above + _BETWEEN + below / 2
        self._bottom = self._below + below / 2
        self._loss = x + _PITCH * 0.74
        self._drawing = Drawing(self._loss + 60, self._bottom + 74)

    def drawn(self) -> Drawing:
        """Everything in its place."""
        self._titles()
        for column in self._columns:
            self._forward(column)
            self._backward(column)
        for before, after in pairwise(self._columns):
            self._bundle(before, after)
        self._loss_unit()
        return self._drawing

    # Titles -------------------------------------------------------------------------------------

    def _titles(self) -> None:
        say, names = self._say, self._names
        for column in self._columns:
            layer = column.layer
            if layer is None:
                self._word(column.x, 24, say.text("network.picture.input"), "title")
                self._formula(column.x, 44, names.of(self._network.input), "caption")
                continue
            middle = column.x + _STEP / 2
            words = say.text("network.picture.layer", number=str(layer.index))
            self._word(middle, 24, words, "title")
            activation = layer.activation
            kind = say.text("network.linear") if activation is None else activation.name or "σ"
            self._word(middle, 44, kind, "caption")
        self._word(self._loss, 24, say.text("network.picture.loss"), "title")
        tops = (self._above - self._height(False) / 2, self._below - self._height(True) / 2)
        for key, y in zip(("forward", "backward"), (top - 36 for top in tops), strict=True):
            words = say.text(f"network.picture.{key}")
            self._drawing.words.append(Words(12, y, Label(words, words), f"{key} pass", "start"))

    def _height(self, back: bool) -> float:
        """From the first row of units to the last, going forward or back."""
        columns = self._columns if self._reaches_input() or not back else self._columns[1:]
        return _ROW * max(*(len(column.units) - 1 for column in columns), 1)

    # Units --------------------------------------------------------------------------------------

    def _forward(self, column: _Column) -> None:
        symbol = self._symbol(column.layer)
        for unit, y in column.rows(self._above):
            if unit is None:
                self._dots(column, y, False)
                continue
            self._circle(column.x, y, symbol, unit, False)
            if column.layer is not None:
                self._activation(column.layer, column.x, y)
        layer = column.layer
        if layer is None:
            return
        if layer.mixes:
            self._tall(column, self._above, Label("softmax", "softmax"), False, layer.merged)
        if layer.bias is not None:
            sign = "−" if layer.bias.minus else "+"
            bias = _lowered(self._names.of(layer.bias.node))
            y = column.heights(self._above)[-1] + RADIUS + 17
            text = Label(f"{sign} {bias.pretty}", f"{sign} {bias.latex}".replace("−", "-"))
            self._drawing.words.append(Words(column.x, y, text, "bias", math=True))

    def _activation(self, layer: Layer, x: float, y: float) -> None:
        box = x + _STEP
        if layer.mixes:
            self._wire(x + RADIUS, y, box - BOX, y, False)
        elif layer.activation is None:
            self._wire(x + RADIUS, y, box + BOX, y, False, tip=False)
        else:
            self._wire(x + RADIUS, y, box - BOX, y, False)
            label = Label("σ", "\\sigma")
            size = 2 * BOX
            self._drawing.marks.append(
                Mark(Form.BOX, box, y, size, size, label, False, layer.merged)
            )

    def _backward(self, column: _Column) -> None:
        layer = column.layer
        if layer is None and not self._reaches_input():
            return
        symbol = Label("δ", "\\delta")
        if layer is None:
            symbol = self._symbol(None)
            symbol = Label(f"∂{symbol.pretty}", f"\\partial {symbol.latex}")
        for unit, y in column.rows(self._below):
            if unit is None:
                self._dots(column, y, True)
                continue
            self._circle(column.x, y, symbol, unit, True)
            if layer is not None:
                self._amplifier(layer, column.x, y, unit)
        if layer is None:
            return
        if layer.mixes and has_output(layer):
            self._tall(column, self._below, Label("J", "J"), True, False)
        users = [n for n in topological([self._network.target]) if layer.weight in n.args]
        if layer.weight in self._network.wrt and users == [layer.affine.product]:
            self._received(column, layer)

    def _received(self, column: _Column, layer: Layer) -> None:
        """What the weight of a layer receives, under its errors."""
        names = self._names
        delta, below = letter("delta", layer.z.shape), letter("a", layer.below.shape)
        known = {delta: layered("δ", layer.index, "\\delta"), below: names.of(layer.below)}
        by_weight = partial(
            as_math(names.of(self._network.target)), as_math(_lowered(names.of(layer.weight)))
        )
        stated = by_weight + " = " + written(layer.affine.by_weight(delta, below), known)
        self._formula(column.x + _STEP / 2, self._bottom + 58, Name(*stated), "received")

    def _amplifier(self, layer: Layer, x: float, y: float, unit: str) -> None:
        place = x + _STEP
        if layer.activation is None or layer.merged:
            self._wire(place + BOX, y, x + RADIUS, y, True)
        elif layer.mixes:
            self._wire(place - BOX, y, x + RADIUS, y, True)
        else:
            self._wire(place - TRIANGLE, y, x + RADIUS, y, True)
            size = 2 * TRIANGLE
            self._drawing.marks.append(Mark(Form.AMPLIFIER, place, y, size, size - 4, None, True))
            z = self._symbol(layer)
            gain = Label(f"σ′({z.pretty}", f"\\sigma'({z.latex}", unit)
            self._drawing.words.append(Words(place + 2, y + 30, gain, "gain", math=True))

    def _circle(self, x: float, y: float, symbol: Label, unit: str, back: bool) -> None:
        label = symbol._replace(below=unit)
        size = 2 * RADIUS
        self._drawing.marks.append(Mark(Form.CIRCLE, x, y, size, size, label, back))

    def _dots(self, column: _Column, y: float, back: bool) -> None:
        places = [0.0] if column.layer is None or column.layer.activation is None else [0.0, _STEP]
        if column.layer is not None and column.layer.mixes:
            places = [0.0]
        for shift in places:
            self._drawing.marks.append(Mark(Form.DOTS, column.x + shift, y, 4, 22, None, back))

    def _tall(self, column: _Column, middle: float, label: Label, back: bool, faint: bool) -> None:
        heights = column.heights(middle)
        height = heights[-1] - heights[0] + 2 * RADIUS
        y = (heights[0] + heights[-1]) / 2
        self._drawing.marks.append(
            Mark(Form.BOX, column.x + _STEP, y, 2 * BOX, height, label, back, faint)
        )

    # Edges --------------------------------------------------------------------------------------

    def _bundle(self, before: _Column, after: _Column) -> None:
        """All edges between two layers, forward and backward."""
        layer = after.layer
        assert layer is not None
        start = before.x + (RADIUS if before.layer is None else _STEP + BOX)
        end = after.x - RADIUS
        elided = self._elided and after is self._columns[-1]
        if elided:
            self._elision(before, after, start, end)
            return
        for y1, y2 in product(before.heights(self._above), after.heights(self._above)):
            self._wire(start, y1, end, y2, False)
        self._weight(before, after, layer, self._above, False)
        if before.layer is None and not self._reaches_input():
            return
        back = before.x + (RADIUS if before.layer is None else self._entry(before.layer))
        for y1, y2 in product(after.heights(self._below), before.heights(self._below)):
            self._wire(end, y1, back, y2, True)
        self._weight(before, after, layer, self._below, True)

    def _entry(self, layer: Layer) -> float:
        """Where what comes back enters a unit, to the right of its circle."""
        return _STEP + (BOX if layer.activation is None or layer.mixes else TRIANGLE)

    def _elision(self, before: _Column, after: _Column, start: float, end: float) -> None:
        """Short ends of edges, and dots for the layers that are left out."""
        middle = (start + end) / 2
        for y in before.heights(self._above):
            self._wire(start, y, middle - 34, y, False)
        for y in after.heights(self._above):
            self._wire(middle + 34, y, end, y, False)
        for y in after.heights(self._below):
            self._wire(end, y, middle + 34, y, True)
        for y in before.heights(self._below):
            self._wire(middle - 34, y, start + TRIANGLE - BOX, y, True)
        for height in (self._above, self._below):
            self._word(middle, height + 6, "⋯", "elision")

    def _weight(
        self, before: _Column, after: _Column, layer: Layer, height: float, back: bool
    ) -> None:
        name = _lowered(self._names.of(layer.weight))
        turned = layer.weight.ndim == 2 and layer.affine.turned != back
        if layer.weight.ndim == 2 and turned:
            name = Name(f"{name.pretty}ᵀ", f"{name.latex}^{{\\top}}")
        shift = RADIUS if before.layer is None else _STEP + BOX
        x = (before.x + shift + after.x - RADIUS) / 2
        y = (before.heights(height)[0] + after.heights(height)[0]) / 2 - 9
        self._formula(x, y, name, "weight back" if back else "weight")

    def _loss_unit(self) -> None:
        """The loss at the right end, and the wires to it and from it."""
        column = self._columns[-1]
        layer = column.layer
        assert layer is not None
        cost = self._names.of(self._network.target)
        label = Label(cost.pretty, cost.latex)
        size = 2.3 * RADIUS
        out = column.x + _STEP + BOX
        for y in column.heights(self._above):
            self._wire(out, y, self._loss - size / 2, self._above, False)
        joins = not has_output(layer)
        entry = out if joins else column.x + self._entry(layer)
        a = self._names.of(layer.z if joins else layer.a)
        for y in column.heights(self._below):
            self._wire(self._loss - size / 2, self._below, entry, y, True, tip=not joins)
        for middle, back in ((self._above, False), (self._below, True)):
            self._drawing.marks.append(Mark(Form.BOX, self._loss, middle, size, size, label, back))
        slope = Name(f"∂{cost.pretty}/∂{a.pretty}", f"\\partial {cost.latex}/\\partial {a.latex}")
        self._formula(self._loss + 4, self._below + size / 2 + 18, slope, "entering")

    # Pieces -------------------------------------------------------------------------------------

    def _reaches_input(self) -> bool:
        """True if the error goes on to the input."""
        return self._network.open or self._network.input in self._network.wrt

    def _symbol(self, layer: Layer | None) -> Label:
        """The letter of a layer's units, without the layer's number; that of the input."""
        node = self._network.input if layer is None else layer.z
        name = self._names.of(node)
        pretty, latex = name.pretty.partition("⁽")[0], name.latex.partition("^{")[0]
        if len(pretty) > 2:
            pretty = latex = "x" if layer is None else "z"
        if layer is None and self._network.batch is not Batch.SINGLE:
            pretty, latex = pretty.lower(), latex.lower()  # a unit is not the whole batch
        return Label(pretty, latex)

    def _wire(
        self, x1: float, y1: float, x2: float, y2: float, back: bool, tip: bool = True
    ) -> None:
        self._drawing.wires.append(Wire(x1, y1, x2, y2, back, tip))

    def _word(self, x: float, y: float, words: str, style: str) -> None:
        self._drawing.words.append(Words(x, y, Label(words, words), style))

    def _formula(self, x: float, y: float, name: Name, style: str) -> None:
        text = Label(name.pretty, name.latex)
        self._drawing.words.append(Words(x, y, text, style, math=True))


def _lowered(name: Name) -> Name:
    """A name whose last digits stand below, W₁ for W1, as they do in LaTeX."""
    word = name.pretty.rstrip("0123456789")
    digits = name.pretty[len(word) :]
    return Name(word + digits.translate(_SUBSCRIPTS) if word else name.pretty, name.latex)


_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def _units(network: Network, layer: Layer | None) -> tuple[str | None, ...]:
    """The units that are drawn: all of a few, else the first two and the last."""
    node: Node = network.input if layer is None else layer.z
    example = {Batch.SINGLE: None, Batch.ROWS: 0, Batch.COLUMNS: node.ndim - 1}[network.batch]
    sizes: Sequence[Size] = [s for axis, s in enumerate(node.shape) if axis != example]
    if not sizes:
        return ("",)
    (size,) = sizes
    if isinstance(size, int) and size <= 4:
        return tuple(str(k) for k in range(1, size + 1))
    return ("1", "2", None, str(size))
