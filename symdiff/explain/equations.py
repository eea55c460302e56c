"""BP1 to BP4 for a layered network, each compared with the node that back-propagation produced.

An equation is built from its parts with plain functions and compared with what stands in the
gradient table: it may be the very node, or one with the same normal form, or equal at random
points. One that is not equal is an error of the program. The slopes of activations, and the
derivative by the output layer, are measured by finite differences besides: there the equations
have nothing that the pass did not derive by the same rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import NamedTuple

from symdiff.answers.same import same
from symdiff.check import check
from symdiff.derive.backprop import GradientTable
from symdiff.derive.grad import grad
from symdiff.errors import DerivativeError, ExplanationError, InputError
from symdiff.explain.letters import layered, letter
from symdiff.explain.network import Layer, Network
from symdiff.node import Node, topological
from symdiff.ops.contraction import CONTRACT, sum
from symdiff.ops.creation import ones
from symdiff.ops.leaves import VARIABLE
from symdiff.rewrite.engine import replaced
from symdiff.rewrite.liveness import unprotected
from symdiff.rewrite.simplify import simplify
from symdiff.show.document import Math
from symdiff.show.naming import Name, Names, in_both

IDENTICAL, NORMAL_FORM, PROVED, AT_POINTS = "identical", "normal form", "proved", "points"


class Equation(NamedTuple):
    """One equation of back-propagation, for one layer.

    rule      BP1, BP2, BP3, BP4, or "input" for what the input of the network receives
    layer     the layer's number
    left      what is stated about
    right     what it is, with the names of the layers
    how       how it was found to agree: identical, normal form, proved or points
    produced  the node of the pass
    """

    rule: str
    layer: int
    left: Math
    right: Math
    how: str
    produced: Node


class Output(NamedTuple):
    """The derivative by the output layer, multiplied out.

    right     in terms of the output
    when      what would make it simpler: that this expression is 1, if there is such a thing
    simpler   the derivative then
    """

    right: Math
    when: Math | None = None
    simpler: Math | None = None


@dataclass(slots=True)
class Equations:
    """The equations of a network that hold for one pass, from the output down.

    Raises ExplanationError for one that does not hold.
    """

    network: Network
    table: GradientTable
    names: Names
    found: list[Equation] = field(default_factory=list)
    output: Output | None = None

    def __post_init__(self) -> None:
        for layer in reversed(self.network.layers):
            if layer.z not in self.table.cotangents:
                break
            self._check_slope(layer)
            self._delta(layer)
        self._parameters()
        self._input()

    @property
    def reached(self) -> tuple[Layer, ...]:
        """The layers that the pass went through, from the input up."""
        return tuple(x for x in self.network.layers if x.z in self.table.cotangents)

    def of(self, rule: str) -> list[Equation]:
        """The equations of one rule, from the output down."""
        return [equation for equation in self.found if equation.rule == rule]

    # Writing ------------------------------------------------------------------------------------

    def delta_name(self, layer: Layer) -> Name:
        """How the derivative by z is written."""
        return layered("δ", layer.index, "\\delta")

    def written(self, node: Node, letters: Mapping[Node, Name]) -> Math:
        """An expression over letters and parameters, by their names."""
        return Math(*in_both(node, self._parameter_names | dict(letters)))

    @property
    def _parameter_names(self) -> dict[Node, Name]:
        names = self.names
        parameters = (p for layer in self.network.layers for p in layer.parameters)
        return {p: names.of(p) for p in parameters if names.has(p)}

    # BP1 and BP2 --------------------------------------------------------------------------------

    def _delta(self, layer: Layer) -> None:
        if layer is self.network.last:
            self._first(layer)
        else:
            self._hidden(layer, self.network.layers[layer.index])

    def _first(self, layer: Layer) -> None:
        """δ of the output layer: the loss's derivative by a, times the slope; or by z at once."""
        produced = self.table.cotangents[layer.z]
        z, a = letter("z", layer.z.shape), letter("a", layer.a.shape)
        in_graph = layer.a is not layer.z and not layer.merged
        name = self.delta_name(layer)
        if not in_graph:
            left = self.names.cotangent(layer.z)
            self._measured_output(layer, z, produced)
            self.found.append(
                Equation("BP1", layer.index, _math(name), _math(left), IDENTICAL, produced)
            )
        else:
            assert layer.activation is not None
            by_a = self.table.cotangents[layer.a]
            self._measured_output(layer, a, by_a)
            stated = _through_activation(layer, by_a, layer.z, layer.a)
            g = letter("g", by_a.shape)
            s = letter("slope", layer.z.shape)
            shown = _softmax_back(layer, g, a) if layer.mixes else g * s
            letters = {
                g: self.names.cotangent(layer.a),
                s: self.slope_name(layer),
                a: self.names.of(layer.a),
            }
            self._state(
                "BP1", layer, _math(name), self.written(shown, letters), produced, stated,
                {by_a: g, layer.z: z},
            )  # fmt: skip
        self.output = self._multiplied_out(layer, produced, z)

    def _hidden(self, layer: Layer, above: Layer) -> None:
        """δ of a hidden layer: that of the layer above through the weights, times the slope."""
        produced = self.table.cotangents[layer.z]
        delta = self.table.cotangents[above.z]
        back = above.affine.back(delta)
        stated = back if layer.activation is None else back * layer.activation.slope(layer.z)
        d, z = letter("delta", delta.shape), letter("z", layer.z.shape)
        names = {d: self.delta_name(above)}
        shown = above.affine.back(d)
        if layer.activation is not None:
            inner = self.written(shown, names)
            names[shown] = Name(f"({inner.pretty})", f"\\left({inner.latex}\\right)")
            s = letter("slope", layer.z.shape)
            names[s] = self.slope_name(layer)
            shown = shown * s
        left = _math(self.delta_name(layer))
        letters = {delta: d, layer.z: z}
        self._state("BP2", layer, left, self.written(shown, names), produced, stated, letters)

    def slope_name(self, layer: Layer) -> Name:
        """How the slope of a layer's activation is written."""
        z = self.names.of(layer.z)
        return Name(f"σ′({z.pretty})", f"\\sigma'\\left({z.latex}\\right)")

    def slope(self, layer: Layer) -> Math | None:
        """The slope of a layer's activation in terms of z and a; None where there is none."""
        if layer.activation is None or layer.mixes:
            return None
        z = letter("z", layer.z.shape)
        names = {layer.activation.of(z): self.names.of(layer.a), z: self.names.of(layer.z)}
        return self.written(layer.activation.slope(z), names)

    def _check_slope(self, layer: Layer) -> None:
        if layer.activation is not None and not (layer.mixes or layer.merged):
            layer.activation.check()

    def _measured_output(self, layer: Layer, at: Node, produced: Node) -> None:
        """Compare the derivative by a or z of the output with finite differences."""
        node = layer.z if at.attrs[0] == "z " else layer.a
        target, derived = replaced([self.table.target, produced], {node: at})
        try:
            found = check(target, at, gradients=[derived])
        except (InputError, DerivativeError):
            return  # random numbers are no arguments of this loss
        for comparison in found:
            if not comparison.ok:
                raise ExplanationError(
                    f"the derivative of the loss by layer {layer.index}: {comparison}"
                )

    def _multiplied_out(self, layer: Layer, produced: Node, z: Node) -> Output | None:
        local = simplify(unprotected(replaced([produced], {layer.z: z})))[0]
        names = {z: self.names.of(layer.z)}
        if layer.activation is not None:
            names[layer.activation.of(z)] = self.names.of(layer.a)
        right = self.written(local, names)
        total = _sum_of_targets(local, layer)
        if total is None:
            return Output(right)
        simpler = simplify(replaced([local], {total: ones(total.shape)}))[0]
        return Output(right, self.written(total, names), self.written(simpler, names))

    # BP3 and BP4 --------------------------------------------------------------------------------

    def _parameters(self) -> None:
        reached = self.reached[::-1]
        for rule, kind in (("BP3", _bias_of), ("BP4", _weight_of)):
            uses: dict[Node, list[Layer]] = {}
            for layer in reached:
                node = kind(layer)
                if node is not None and node in self.table.cotangents:
                    uses.setdefault(node, []).append(layer)
            for node, layers in uses.items():
                self._parameter(rule, node, layers)

    def _parameter(self, rule: str, node: Node, layers: Sequence[Layer]) -> None:
        """What a parameter receives, from each layer that has it and from the loss itself."""
        own = _by_bias if rule == "BP3" else _by_weight
        tables = self.table.cotangents
        terms, shown, letters = [], [], {}
        names: dict[Node, Name] = {}
        for layer in layers:
            delta, below = tables[layer.z], layer.below
            d = letter(f"delta{layer.index}", delta.shape)
            a = letter(f"a{layer.index - 1}", below.shape) if self.names.has(below) else below
            terms.append(own(layer, delta, below))
            shown.append(own(layer, d, a))
            letters |= {delta: d, below: a}
            names |= {d: self.delta_name(layer), a: self.names.of(below)}
        direct = self._direct(node)
        if direct is not None:
            terms.append(direct)
            shown.append(direct)
        self._state(
            rule, layers[0], _math(self.names.cotangent(node)),
            self.written(reduce(add, shown), names),
            tables[node], reduce(add, terms), letters,
        )  # fmt: skip

    def _direct(self, node: Node) -> Node | None:
        """The derivative by a parameter through what does not go through the layers."""
        z = self.network.last.z
        around = replaced([self.table.target], {z: letter("z", z.shape)})[0]
        return grad(around, node) if node in topological([around]) else None

    def _input(self) -> None:
        """What the input of the network receives, if the pass went that far."""
        first = self.network.layers[0]
        produced = self.table.cotangents.get(first.below)
        users = [n for n in topological([self.table.target]) if first.below in n.args]
        if produced is None or users != [first.affine.product]:
            return
        delta = self.table.cotangents[first.z]
        d = letter("delta", delta.shape)
        shown = self.written(first.affine.back(d), {d: self.delta_name(first)})
        left = _math(self.names.cotangent(first.below))
        self._state("input", first, left, shown, produced, first.affine.back(delta), {delta: d})

    def _state(
        self,
        rule: str,
        layer: Layer,
        left: Math,
        right: Math,
        produced: Node,
        stated: Node,
        letters: Mapping[Node, Node],
    ) -> None:
        how = agreement(produced, stated, letters)
        if how is None:
            raise ExplanationError(
                f"{rule} does not hold for layer {layer.index}: {left.pretty} is not {right.pretty}"
            )
        self.found.append(Equation(rule, layer.index, left, right, how, produced))


def agreement(produced: Node, stated: Node, letters: Mapping[Node, Node]) -> str | None:
    """How two expressions are found to be equal, with letters for parts of them; None if not."""
    if stated is produced:
        return IDENTICAL
    if stated.shape != produced.shape:
        return None
    parts = {node: symbol for node, symbol in letters.items() if node.args}
    local = unprotected(replaced([produced, stated], parts))
    first, second = simplify(local)
    if first is second:
        return NORMAL_FORM
    verdict = same(*local) or same(produced, stated)
    if not verdict:
        return None
    return PROVED if verdict.how == "proved" else AT_POINTS


def _math(name: Name) -> Math:
    return Math(name.pretty, name.latex)


def _through_activation(layer: Layer, g: Node, z: Node, a: Node) -> Node:
    """What z receives when a has the cotangent `g`."""
    assert layer.activation is not None
    return _softmax_back(layer, g, a) if layer.mixes else g * layer.activation.slope(z)


def _softmax_back(layer: Layer, g: Node, a: Node) -> Node:
    """The product with the Jacobian of a softmax, diag(a) − a aᵀ for each example."""
    assert layer.activation is not None
    axes: tuple[int, ...] = layer.activation.a.attrs
    return a * (g - sum(g * a, axis=axes, keepdims=True))


def _weight_of(layer: Layer) -> Node | None:
    return layer.weight


def _bias_of(layer: Layer) -> Node | None:
    return None if layer.bias is None else layer.bias.node


def _by_weight(layer: Layer, delta: Node, below: Node) -> Node:
    return layer.affine.by_weight(delta, below)


def _by_bias(layer: Layer, delta: Node, below: Node) -> Node:
    assert layer.bias is not None
    return layer.bias.received(delta)


def _sum_of_targets(local: Node, layer: Layer) -> Node | None:
    """The sum over the units of a variable, beside a softmax: 1 if that holds probabilities."""
    if not layer.mixes or layer.activation is None:
        return None
    axes: tuple[int, ...] = layer.activation.a.attrs
    for node in topological([local]):
        if node.op is CONTRACT and len(node.args) == 1 and node.args[0].op is VARIABLE:
            inputs, output = node.attrs
            if tuple(k for k, i in enumerate(inputs[0]) if i not in output) == axes:
                return node
    return None
