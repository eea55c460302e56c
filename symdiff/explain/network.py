"""Layered networks: chains of affine map and activation, found in the forward graph of a target.

A layer is `z = W a + b` and `a = σ(z)`. It is found from the target down: as long as everything
below is reached through one product with a weight, that product is the next layer. Skip
connections, branches and whatever else is no chain end it; what lies below is not claimed to be
anything, and the general derivation speaks of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from symdiff.binding import size_names
from symdiff.derive.grad import grad
from symdiff.explain.activation import (
    Activation,
    activation_of,
    entrywise,
    output_activation,
    passes_only_through,
)
from symdiff.explain.affine import Affine, Batch, Bias, read_bias, read_product
from symdiff.explain.letters import free_symbol, layered, letter
from symdiff.intervals import ANYTHING, UNIT
from symdiff.node import Node, topological
from symdiff.ops.contraction import is_transpose
from symdiff.ops.leaves import VARIABLE
from symdiff.ops.soft_maximum import SOFTMAX
from symdiff.rewrite.engine import replaced
from symdiff.rewrite.stabilise import prepared
from symdiff.show.naming import Name


@dataclass(frozen=True, slots=True)
class Layer:
    """`z = W a + b`, and what is made of it.

    index       its number l; the first layer is 1
    affine      the product, and where the examples lie
    bias        what is added, if anything
    activation  by which a comes from z; None for a linear layer, where a is z
    mixes       the activation is a softmax, which mixes the units of an example
    merged      the target does not contain a: loss and activation are one function of z
    """

    index: int
    affine: Affine
    bias: Bias | None
    activation: Activation | None
    mixes: bool = False
    merged: bool = False

    @property
    def weight(self) -> Node:
        """W, as it is stored."""
        return self.affine.weight

    @property
    def below(self) -> Node:
        """What the layer is applied to: the activations of the layer below, or the input."""
        return self.affine.below

    @property
    def z(self) -> Node:
        """The weighted input."""
        return self.affine.product if self.bias is None else self.bias.total

    @property
    def a(self) -> Node:
        """The activations; z itself in a linear layer."""
        return self.z if self.activation is None else self.activation.a

    @property
    def parameters(self) -> tuple[Node, ...]:
        """The weight, and the bias if there is one."""
        return (self.weight,) if self.bias is None else (self.weight, self.bias.node)


@dataclass(frozen=True, slots=True)
class Network:
    """A target that depends on everything below through a chain of layers.

    target  the target as it is differentiated
    wrt     what it is differentiated by; empty if that was not said
    layers  from the input up
    batch   where the examples lie
    open    the input of the first layer depends on some of `wrt` in a way that is no such chain
    """

    target: Node
    wrt: tuple[Node, ...]
    layers: tuple[Layer, ...]
    batch: Batch
    open: bool

    @property
    def input(self) -> Node:
        """What the first layer is applied to."""
        return self.layers[0].below

    @property
    def last(self) -> Layer:
        """The output layer."""
        return self.layers[-1]

    def names(self, taken: Iterable[str] = ()) -> dict[Node, Name]:
        """What the nodes of the layers are called, z⁽¹⁾, a⁽¹⁾, z⁽²⁾, …, and the target, C.

        The input has a name only if it is composed, a⁽⁰⁾. Letters of variables and of `taken`,
        which are names that the user gives, are not used.
        """
        order = topological([self.target])
        words = {v.attrs[0] for v in order if v.op is VARIABLE} | {*size_names(order), *taken}
        z, a, cost = (free_symbol(letters, words) for letters in ("zsuv", "ahoy", "CEJ"))
        found = {self.target: Name(cost, cost)}
        if self.input.args and not is_transposed(self.input):
            found[self.input] = layered(a, 0)
        for layer in self.layers:
            found[layer.z] = layered(z, layer.index)
            found.setdefault(layer.a, layered(a, layer.index))
        return found


def layers_of(target: Node, wrt: Sequence[Node] = ()) -> Network | None:
    """Read a scalar as a layered network, or return None where it is none.

    The target is prepared as derivatives prepare it, so the network is that of the pass. Which
    array is the weight, and where the examples lie, follows from `wrt`, from the biases and from
    the layers above; if that leaves it open, the answer is None.

    >>> import symdiff as sd
    >>> X, W, b = sd.matrix("X", "n", "d"), sd.matrix("W", "d", "h"), sd.vector("b", "h")
    >>> network = layers_of(sd.sum(sd.tanh(X @ W + b) ** 2), [W, b])
    >>> layer = network.last
    >>> print(network.batch.value, layer.weight, layer.bias.node, layer.z, layer.a, sep=" | ")
    rows | W | b | X W + b | tanh(X W + b)
    """
    if target.shape or target.dtype != "float":
        return None
    wanted = tuple(wrt)
    whole = prepared([target], wanted)[0]
    order = topological([whole])
    found: dict[tuple[Node, ...], tuple[Layer, ...]] = {}
    for batch in Batch:
        for frozen in (True, False):
            chain = _Reading(order, wanted, batch, frozen).chain(whole)
            layers = (*chain[:-1], *(_with_output(whole, layer) for layer in chain[-1:]))
            if _makes_sense(layers, wanted):
                found.setdefault(tuple(layer.weight for layer in layers), layers)
    ranked = sorted(found.values(), key=lambda layers: _rank(layers, wanted))
    if not ranked or (ranked[1:] and _rank(ranked[-2], wanted) == _rank(ranked[-1], wanted)):
        return None
    layers = ranked[-1]
    bottom = layers[0].below
    is_open = bottom not in wanted and not set(wanted).isdisjoint(topological([bottom]))
    return Network(whole, wanted, layers, layers[0].affine.batch, is_open)


def _rank(layers: Sequence[Layer], wrt: Sequence[Node]) -> tuple[int, int, int]:
    """Readings are better that explain more of what is asked for, with more layers and biases."""
    asked = {parameter for layer in layers for parameter in layer.parameters} & set(wrt)
    return len(asked), len(layers), sum(layer.bias is not None for layer in layers)


def _makes_sense(layers: Sequence[Layer], wrt: Sequence[Node]) -> bool:
    """False for a product alone, and for one that has nothing to do with what is asked for."""
    if not layers:
        return False
    bottom = topological([layers[0].below])
    if any(layer.weight in bottom for layer in layers):
        return False
    is_asked = not wrt or _rank(layers, wrt)[0] > 0
    if len(layers) == 1 and layers[0].bias is None:
        return is_asked and layers[0].activation is not None
    if len(layers) == 1 and layers[0].activation is None:
        return is_asked
    return is_asked or not set(wrt).isdisjoint(bottom)


def is_transposed(node: Node) -> bool:
    """True for the transpose of a variable, which needs no name of its own."""
    return is_transpose(node) and not node.args[0].args


class _Reading:
    """What the graph is if examples lie in one way.

    With `frozen`, matrices that nobody asks about may be weights too.
    """

    def __init__(
        self, order: Sequence[Node], wrt: Sequence[Node], batch: Batch, frozen: bool
    ) -> None:
        self._wrt = frozenset(wrt)
        self._frozen = frozen
        self._users: dict[Node, list[Node]] = {}
        for node in order:
            for arg in dict.fromkeys(node.args):
                self._users.setdefault(arg, []).append(node)
        read = (read_product(node, batch, self._wrt) for node in order)
        self._products = {affine.product: affine for affine in read if affine is not None}

    def chain(self, whole: Node) -> list[Layer]:
        """The layers from the input up; none if the reading makes no sense of the graph."""
        found: list[Layer] = []
        gate = whole
        while (affine := self._only_product_below(gate)) is not None:
            bias = self._bias(affine)
            layer = Layer(0, affine, bias, None)
            if found and gate is not layer.z:
                if gate not in entrywise(topological([gate], known={layer.z}), layer.z):
                    break
                layer = Layer(0, affine, bias, activation_of(gate, layer.z))
            found.append(layer)
            gate = affine.below
        return [replace(layer, index=k) for k, layer in enumerate(reversed(found), 1)]

    def _only_product_below(self, gate: Node) -> Affine | None:
        """The one product with a weight that is reached first on every way down."""
        reached: dict[Node, Affine] = {}
        seen = {gate}
        stack = [gate]
        while stack:
            node = stack.pop()
            affine = self._products.get(node)
            if affine is not None and self._counts(affine):
                reached[node] = affine
                continue
            for arg in node.args:
                if arg not in seen:
                    seen.add(arg)
                    stack.append(arg)
        return next(iter(reached.values())) if len(reached) == 1 else None

    def _counts(self, affine: Affine) -> bool:
        """A product with a vector may be anything; with a bias, or if asked for, it is a layer."""
        if affine.weight in self._wrt:
            return True
        return self._frozen and (affine.weight.ndim == 2 or self._bias(affine) is not None)

    def _bias(self, affine: Affine) -> Bias | None:
        users = self._users.get(affine.product, [])
        return read_bias(affine, users[0], self._wrt) if len(users) == 1 else None


# The output -------------------------------------------------------------------------------------


def _with_output(whole: Node, layer: Layer) -> Layer:
    """The last layer with its activation, which the loss may have taken in."""
    z = layer.z
    for node in topological([whole]):
        if _is_softmax(node, z, layer) and passes_only_through(whole, node, z):
            return replace(layer, activation=Activation("softmax", z, node), mixes=True)
    plain = output_activation(whole, z)
    if plain is not None:
        return replace(layer, activation=plain)
    for found in _probabilities(whole, layer):
        return replace(layer, activation=found, mixes=found.a.op is SOFTMAX, merged=True)
    return layer


def _probabilities(whole: Node, layer: Layer) -> Iterator[Activation]:
    """Probabilities in the derivative by z of a loss that is written by z itself.

    The cross-entropy of a softmax, stabilised, is such a loss; its derivative has the softmax.
    """
    z = letter("z", layer.z.shape)
    by_z = grad(replaced([whole], {layer.z: z})[0], z)
    for node in topological([by_z]):
        unary = node.op.elementwise and node.args == (z,)
        if _is_softmax(node, z, layer) or (unary and _within_unit(node)):
            yield Activation(node.op.title(node), layer.z, replaced([node], {z: layer.z})[0])


def _is_softmax(node: Node, z: Node, layer: Layer) -> bool:
    """True for the softmax over the units of each example."""
    if node.op is not SOFTMAX or node.args[0] is not z:
        return False
    axis = z.ndim - 1 if layer.affine.batch is Batch.ROWS else 0
    over: tuple[int, ...] = node.attrs
    return over == (axis,) and layer.weight.ndim == 2


def _within_unit(node: Node) -> bool:
    values = node.op.values(node, [ANYTHING])
    return values.low >= UNIT.low and values.high <= UNIT.high
