"""A multilayer perceptron of any depth: the textbook's backward pass, read off the derived graph.

For one sample, the textbook goes down the layers l = L … 1 with

    g ← g ⊙ f'(a)      ∇b = g + λ ∇Ω      ∇W = g hᵀ + λ ∇Ω      g ← Wᵀ g

where `h` is the output of the layer below. Here the rows of `X` are the samples of a batch and a
layer is `a = h W + b`, so the same equations read

    g ← g ⊙ f'(a)      ∇b = Σ g + λ ∇Ω    ∇W = hᵀ g + λ ∇Ω      g ← g Wᵀ

with Σ over the samples. They are not programmed: back-propagation knows no layers. Each equation
is written down for the nodes of the pass, and compared with what the pass put into its table.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from typing import NamedTuple

import symdiff as sd

Activation = Callable[[sd.Node], sd.Node]
Loss = Callable[[sd.Node, sd.Node], sd.Node]


def squared_error(prediction: sd.Node, Y: sd.Node) -> sd.Node:
    """Half the squared error, averaged over the batch."""
    return sd.sum((prediction - Y) ** 2) / (2 * sd.size("m"))


def cross_entropy(scores: sd.Node, Y: sd.Node) -> sd.Node:
    """Softmax cross-entropy of the scores, averaged over the batch."""
    return -sd.sum(Y * sd.log_softmax(scores, axis=1)) / sd.size("m")


def identity(a: sd.Node) -> sd.Node:
    """The activation of an output layer that gives scores."""
    return a


class Layer(NamedTuple):
    """`h = f(a)` with `a = below W + b`; the rows of `below`, `a` and `h` are samples."""

    below: sd.Node
    W: sd.Node
    b: sd.Node
    a: sd.Node
    h: sd.Node
    f: Activation


class Network(NamedTuple):
    """The forward pass: `objective = loss + lam penalty`."""

    layers: list[Layer]
    loss_function: Loss
    loss: sd.Node
    penalty: sd.Node
    lam: sd.Node
    objective: sd.Node

    @property
    def prediction(self) -> sd.Node:
        """What the last layer gives."""
        return self.layers[-1].h

    @property
    def parameters(self) -> list[sd.Node]:
        """The weights and biases, layer by layer."""
        return [parameter for layer in self.layers for parameter in (layer.W, layer.b)]


class Equation(NamedTuple):
    """An equation of the textbook, in letters and for the nodes of the pass, and what is there."""

    name: str
    letters: sd.Node
    formula: sd.Node
    found: sd.Node


# The forward pass


def forward(
    sizes: Sequence[str | int],
    f: Activation = sd.tanh,
    loss: Loss = squared_error,
    output: Activation | None = None,
) -> Network:
    """Build the forward pass through layers of the given sizes, for a batch of m samples.

    `output` is the activation of the last layer, `f` unless it is given. The penalty is half the
    sum of the squares of all weights and biases.
    """
    layers: list[Layer] = []
    h = sd.matrix("X", "m", sizes[0])
    for k in range(1, len(sizes)):
        last = k == len(sizes) - 1
        layers.append(build_layer(k, h, sizes[k - 1], sizes[k], output if output and last else f))
        h = layers[-1].h
    squares = [sd.sum(p**2) / 2 for each in layers for p in (each.W, each.b)]
    error, penalty = loss(h, sd.matrix("Y", "m", sizes[-1])), reduce(add, squares)
    lam = sd.scalar("lam")
    return Network(layers, loss, error, penalty, lam, error + lam * penalty)


def build_layer(
    k: int, below: sd.Node, fan_in: str | int, fan_out: str | int, f: Activation
) -> Layer:
    """Build layer k on top of `below`."""
    W, b = sd.matrix(f"W{k}", fan_in, fan_out), sd.vector(f"b{k}", fan_out)
    a = below @ W + b
    return Layer(below, W, b, a, f(a), f)


# The backward pass, as the textbook writes it


def slope(f: Activation, a: sd.Node) -> sd.Node:
    """Return `f'(a)`, entry by entry."""
    return sd.grad(sd.sum(f(a)), a)


def textbook(layer: Layer, g_h: sd.Node, g_a: sd.Node, decay: Sequence[sd.Node]) -> list[sd.Node]:
    """The four lines for one layer, where `g_h` and `g_a` are the gradients by `h` and by `a`.

    `decay` are the gradients of the penalty term by the weights and by the biases.
    """
    by_W, by_b = decay
    return [
        g_h * slope(layer.f, layer.a),
        sd.sum(g_a, axis=0) + by_b,
        layer.below.T @ g_a + by_W,
        g_a @ layer.W.T,
    ]


def equations(network: Network, k: int, table: sd.GradientTable) -> list[Equation]:
    """The textbook's lines for layer k, with what back-propagation put into its table."""
    layer = network.layers[k - 1]
    decay = [network.lam * d for d in sd.grad(network.penalty, [layer.W, layer.b])]
    entry = table.cotangents
    letters = in_letters(layer, k)
    g = sd.matrix("g", *layer.a.shape)
    return [
        Equation(*line)
        for line in zip(
            (f"g ← g ⊙ f'(a{k})", f"∇b{k} = Σ g + λ ∇Ω", f"∇W{k} = hᵀ g + λ ∇Ω", f"g ← g W{k}ᵀ"),
            textbook(letters, g, g, decay),
            textbook(layer, entry[layer.h], entry[layer.a], decay),
            (entry[layer.a], entry[layer.b], entry[layer.W], entry[layer.below]),
            strict=True,
        )
    ]


def in_letters(layer: Layer, k: int) -> Layer:
    """The same layer with variables for `a` and `below`, so that formulas stay short."""
    below = layer.below if k == 1 else sd.matrix(f"h{k - 1}", *layer.below.shape)
    return layer._replace(below=below, a=sd.matrix(f"a{k}", *layer.a.shape))


def loss_in_letters(network: Network) -> tuple[sd.Node, sd.Node]:
    """The loss with a variable for the prediction, and that variable."""
    shape = network.prediction.shape
    prediction = sd.matrix(f"h{len(network.layers)}", *shape)
    return network.loss_function(prediction, sd.matrix("Y", *shape)), prediction


def backward(network: Network) -> sd.GradientTable:
    """Run back-propagation by all parameters, and by the batch, so that g reaches the bottom."""
    return sd.backprop(network.objective, [*network.parameters, network.layers[0].below])


def verdict(formula: sd.Node, found: sd.Node) -> str:
    """Say how far a formula and what the pass produced agree."""
    if formula is found:
        return "the very node"
    same = sd.simplify(formula) is sd.simplify(found)
    return "the same, simplified" if same else "DIFFERENT"


# What is shown


def show_forward(network: Network) -> None:
    """Print the forward pass."""
    heading("Forward")
    for k, each in enumerate(network.layers, 1):
        letters = in_letters(each, k)
        print(f"  a{k} = {letters.below @ each.W + each.b}")
        print(f"  h{k} = {each.f(letters.a)}")
    print(f"  L  = {loss_in_letters(network)[0]}")
    print(f"  Ω  = {network.penalty}")
    print("  J  = L + λ Ω, with λ written lam")


def show_backward(network: Network) -> None:
    """Print the textbook's equations layer by layer, with the verdict on each."""
    heading("Backward, layer by layer: each line is compared with what the pass produced")
    table = backward(network)
    start = sd.grad(network.loss, network.prediction)
    line(
        "g ← ∇L",
        sd.grad(*loss_in_letters(network)),
        verdict(start, table.cotangents[network.prediction]),
    )
    for k in range(len(network.layers), 0, -1):
        print(f"layer {k}")
        for equation in equations(network, k, table):
            line(equation.name, equation.letters, verdict(equation.formula, equation.found))


def line(name: str, formula: sd.Node, verdict: str) -> None:
    """Print one equation."""
    print(f"  {name:<20} {formula!s:<34} {verdict}")


def show_any_depth() -> None:
    """Print how many of the equations hold, for several depths, activations and losses."""
    heading("Any depth, activation and loss")
    print("                                                      error against")
    print("layers  activation  loss           equations  hold  finite differences")
    for depth, f, loss, output in (
        (1, sd.sigmoid, squared_error, None),
        (2, sd.tanh, squared_error, None),
        (3, sd.relu, squared_error, None),
        (5, sd.sigmoid, squared_error, None),
        (5, sd.tanh, cross_entropy, identity),
        (10, sd.tanh, squared_error, None),
    ):
        network = forward([f"n{k}" for k in range(depth + 1)], f, loss, output)
        table = backward(network)
        found = [e for k in range(1, depth + 1) for e in equations(network, k, table)]
        hold = sum(verdict(e.formula, e.found) != "DIFFERENT" for e in found)
        error = max(c.error for c in sd.check(network.objective, network.parameters))
        print(f"{depth:6}  {f.__name__:<10}  {loss.__name__:<13}{len(found):11}{hold:6}  "
              f"{error:18.0e}")  # fmt: skip


def show_emitted(network: Network) -> None:
    """Print the NumPy function for the objective and its gradients."""
    heading("The function that symdiff emits")
    source = sd.emit(network.objective, network.parameters, name="perceptron", check=False)
    print(source[source.index("def perceptron") :].rstrip())


def show_check(network: Network) -> None:
    """Compare the gradients with finite differences."""
    heading("Against finite differences")
    for comparison in sd.check(network.objective, network.parameters):
        print(f"  {comparison}")


def heading(title: str) -> None:
    """Print a heading."""
    print(f"\n{title}\n{'-' * len(title)}")


def main() -> None:
    """Show a network of two layers in full, then other depths, activations and losses."""
    network = forward(["n0", "n1", "n2"])
    print("A multilayer perceptron of two layers, for a batch: the rows of X are m samples")
    show_forward(network)
    show_backward(network)
    show_emitted(network)
    show_check(network)
    show_any_depth()


if __name__ == "__main__":
    main()
