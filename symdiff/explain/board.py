"""What stands on the board while the equations of a network are written: its letters and names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from symdiff.derive.backprop import GradientTable
from symdiff.errors import ExplanationError
from symdiff.explain.agreement import agreement
from symdiff.explain.formulas import written
from symdiff.explain.letters import layered, letter
from symdiff.explain.network import Layer, Network
from symdiff.node import Node
from symdiff.show.document import Math
from symdiff.show.naming import Name, Names


class Equation(NamedTuple):
    """One equation of back-propagation, for one layer.

    rule      BP1, BP2, BP3, BP4, or "input" for what the input of the network receives
    layers    the layers that it is about, the uppermost first
    left      what is stated about
    right     what it is, with the names of the layers
    how       how it was found to agree: identical, normal form, proved or points
    produced  the node of the pass
    direct    a parameter that the loss contains itself, as penalties do
    """

    rule: str
    layers: tuple[Layer, ...]
    left: Math
    right: Math
    how: str
    produced: Node
    direct: Node | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """A network, the pass through it, and the names of its nodes."""

    network: Network
    table: GradientTable
    names: Names

    @property
    def reached(self) -> tuple[Layer, ...]:
        """The layers that the pass went through, from the input up."""
        return tuple(x for x in self.network.layers if x.z in self.table.cotangents)

    def delta(self, layer: Layer) -> Node:
        """The node of the pass that is ∂C/∂z."""
        return self.table.cotangents[layer.z]

    def delta_name(self, layer: Layer) -> Name:
        """How ∂C/∂z is written."""
        return layered("δ", layer.index, "\\delta")

    def slope_name(self, layer: Layer) -> Name:
        """How the slope of a layer's activation is written."""
        return sigma_prime(self.names.of(layer.z))

    def slope(self, layer: Layer) -> Math | None:
        """The slope of a layer's activation in terms of z and a; None where there is none."""
        if layer.activation is None or layer.mixes:
            return None
        z = letter("z", layer.z.shape)
        names = {layer.activation.of(z): self.names.of(layer.a), z: self.names.of(layer.z)}
        return self.written(layer.activation.slope(z), names)

    def written(self, node: Node, names: Mapping[Node, Name]) -> Math:
        """An expression over letters and parameters, by their names."""
        parameters = (p for layer in self.network.layers for p in layer.parameters)
        known = {p: self.names.of(p) for p in parameters if self.names.has(p)}
        return written(node, known | dict(names))

    def state(
        self,
        rule: str,
        layers: tuple[Layer, ...],
        left: Math,
        right: Math,
        produced: Node,
        stated: Node,
        letters: Mapping[Node, Node],
    ) -> Equation:
        """An equation that agrees with the pass. Raises ExplanationError for one that does not."""
        how = agreement(produced, stated, letters)
        if how is None:
            numbers = ", ".join(str(layer.index) for layer in layers)
            raise ExplanationError(
                f"{rule} does not hold for layer {numbers}: back-propagation found another "
                f"{left.pretty} than {right.pretty}; this is an error of symdiff, please report it"
            )
        return Equation(rule, layers, left, right, how, produced)


def sigma_prime(z: Name) -> Name:
    """The slope of an activation at z."""
    return Name(f"σ′({z.pretty})", f"\\sigma'\\left({z.latex}\\right)")


def in_brackets(math: Math) -> Name:
    """A formula in brackets, as one thing."""
    return Name(f"({math.pretty})", f"\\left({math.latex}\\right)")
