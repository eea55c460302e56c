"""A three-layer network learns handwritten digits; its gradient is derived and compiled once.

The layers are input, sigmoid hidden, sigmoid output; the loss is the squared error. The network is
a class with `loss`, `train` and `predict`, as many write it by hand, but without a backward pass:
symdiff appends it to the formula and writes it out as NumPy.

Shown are the generated code, the training with its loss curve, what happens when all weights start
equal, and a factor that is easily lost when the backward pass is written by hand.

Needs scikit-learn for the digits, and matplotlib for `--plot`: pip install symdiff[examples]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

import symdiff as sd

HIDDEN = 32
CLASSES = 10

# The formula, its gradient, and one compiled function of both -----------------------------------

X, T = sd.matrix("X", "n", "d"), sd.matrix("T", "n", "c")
W1, b1 = sd.matrix("W1", "d", "h"), sd.vector("b1", "h")
W2, b2 = sd.matrix("W2", "h", "c"), sd.vector("b2", "c")
WEIGHTS = [W1, b1, W2, b2]

Y = sd.sigmoid(X @ W1 + b1)
Z = sd.sigmoid(Y @ W2 + b2)
LOSS = sd.sum((Z - T) ** 2) / (2 * sd.size("n"))

loss_and_gradients = sd.compile([LOSS, *sd.grad(LOSS, WEIGHTS)], inputs=[X, T, *WEIGHTS])
output_units = sd.compile(Z, inputs=[X, *WEIGHTS])


class ThreeLayerNetwork:
    """Input, sigmoid hidden layer, sigmoid output layer; one output unit per class."""

    def __init__(self, weights: list[np.ndarray]) -> None:
        self.weights = weights

    @classmethod
    def random(cls, inputs: int, hidden: int, outputs: int, seed: int = 0) -> ThreeLayerNetwork:
        """Small random weights, so that no two hidden units are alike and none is saturated."""
        rng = np.random.default_rng(seed)
        first = rng.normal(size=(inputs, hidden)) / np.sqrt(inputs)
        second = rng.normal(size=(hidden, outputs)) / np.sqrt(hidden)
        return cls([first, np.zeros(hidden), second, np.zeros(outputs)])

    @classmethod
    def constant(cls, value: float, inputs: int, hidden: int, outputs: int) -> ThreeLayerNetwork:
        """All weights and biases equal."""
        shapes = [(inputs, hidden), (hidden,), (hidden, outputs), (outputs,)]
        return cls([np.full(shape, value) for shape in shapes])

    def loss(self, x: np.ndarray, labels: np.ndarray) -> tuple[float, list[np.ndarray]]:
        """The mean squared error of a batch, halved, and its gradient by each weight array."""
        value, *gradients = loss_and_gradients(x, np.eye(CLASSES)[labels], *self.weights)
        return float(value), gradients

    def train(
        self,
        x: np.ndarray,
        labels: np.ndarray,
        epochs: int,
        batch: int = 16,
        rate: float = 2.0,
        seed: int = 0,
    ) -> Iterator[float]:
        """Descend by mini-batches; yield the mean loss of each epoch as it ends."""
        rng = np.random.default_rng(seed)
        for _ in range(epochs):
            losses = []
            for rows in np.array_split(rng.permutation(len(x)), len(x) // batch):
                value, gradients = self.loss(x[rows], labels[rows])
                self.weights = [w - rate * g for w, g in zip(self.weights, gradients, strict=True)]
                losses.append(value)
            yield float(np.mean(losses))

    def predict(self, x: np.ndarray) -> np.ndarray:
        """The class whose output unit is largest, for each row of `x`."""
        return np.argmax(output_units(x, *self.weights), axis=1)

    def accuracy(self, x: np.ndarray, labels: np.ndarray) -> float:
        """The share of rows that are classified rightly."""
        return float(np.mean(self.predict(x) == labels))

    def spread(self) -> float:
        """How far the hidden units are apart: 0 if all have the same weights, in and out."""
        incoming, bias, outgoing, _ = self.weights
        return float(max(np.ptp(incoming, axis=1).max(), np.ptp(bias), np.ptp(outgoing, 0).max()))


# The data -----------------------------------------------------------------------------------------


class Digits(NamedTuple):
    """Images of 8 x 8 pixels in [0, 1], and the digits that they show."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


def load_digits(test: int = 397, seed: int = 0) -> Digits:
    """The digits that scikit-learn ships, shuffled; the last `test` are kept for testing."""
    try:
        from sklearn import datasets
    except ImportError:
        raise SystemExit("this example needs scikit-learn: pip install symdiff[examples]") from None
    images, labels = datasets.load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(images))
    images, labels = images[order] / 16, labels[order]
    return Digits(images[:-test], labels[:-test], images[-test:], labels[-test:])


# What is shown ------------------------------------------------------------------------------------


def show_generated_code() -> None:
    """Print the statements of the gradient, as `symdiff` writes them for people."""
    print("The forward pass, and the backward pass that symdiff derived from it:\n")
    source = sd.emit([LOSS, *sd.grad(LOSS, WEIGHTS)], inputs=[X, T, *WEIGHTS])
    print(source[source.index("    t1 =") :])


def show_training(digits: Digits, epochs: int, plot: str | None) -> None:
    """Train, with progress; then the accuracy and the loss curve."""
    images, labels, test_images, test_labels = digits
    network = ThreeLayerNetwork.random(images.shape[1], HIDDEN, CLASSES)
    count = sum(w.size for w in network.weights)
    print(f"{images.shape[1]}-{HIDDEN}-{CLASSES} units with {count} weights learn", end=" ")
    print(f"{len(labels)} digits; {len(test_labels)} more are kept for the test:\n")
    start = time.perf_counter()
    losses = list(with_progress(network.train(images, labels, epochs), epochs))
    seconds = time.perf_counter() - start
    print(f"\n{text_curve(losses)}\n")
    train, test = network.accuracy(images, labels), network.accuracy(test_images, test_labels)
    print(f"Accuracy after {seconds:.1f} s: training {train:.1%}, test {test:.1%}\n")
    if plot is not None:
        draw(losses, plot)
        print(f"The loss curve is drawn in {plot}\n")


def with_progress(losses: Iterator[float], epochs: int) -> Iterator[float]:
    """Pass losses through; on a terminal a bar moves, elsewhere a few lines are printed."""
    moving = sys.stdout.isatty()
    for epoch, loss in enumerate(losses, 1):
        line = f"epoch {epoch:3} of {epochs}   loss {loss:.4f}"
        if moving:
            bar = "█" * (24 * epoch // epochs)
            print(f"\r{line}   {bar:·<24}", end="" if epoch < epochs else "\n", flush=True)
        elif epoch in (1, epochs) or epoch % max(1, epochs // 5) == 0:
            print(line)
        yield loss


def text_curve(values: list[float], width: int = 60, height: int = 8) -> str:
    """Draw positive values from left to right with block characters, zero at the bottom."""
    places = np.linspace(0, len(values) - 1, min(width, 2 * len(values))).round().astype(int)
    eighths = [round(8 * height * values[place] / max(values)) for place in places]
    lines = []
    for row in reversed(range(height)):
        cells = "".join(" ▁▂▃▄▅▆▇█"[min(8, max(0, e - 8 * row))] for e in eighths)
        label = f"{max(values):.3f}" if row == height - 1 else ""
        lines.append(f"{label:>6} │{cells}".rstrip())
    axis = f"{0:6} └{'─' * len(places)}"
    ends = f"{'':8}epoch 1{len(values):>{max(4, len(places) - 7)}}"
    return "\n".join([*lines, axis, ends])


def draw(losses: list[float], path: str) -> None:
    """Draw the loss curve to a file."""
    try:
        import matplotlib
    except ImportError:
        raise SystemExit("--plot needs matplotlib: pip install symdiff[examples]") from None
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 3.5), layout="constrained")
    axes.plot(range(1, len(losses) + 1), losses)
    axes.set(xlabel="epoch", ylabel="mean loss", ylim=(0, None))
    figure.savefig(path, dpi=150)
    pyplot.close(figure)


def show_symmetry(digits: Digits, epochs: int = 3) -> None:
    """Equal hidden units receive equal gradients, so they stay equal for ever."""
    images, labels, test_images, test_labels = digits
    shape = (images.shape[1], HIDDEN, CLASSES)
    steps = epochs * (len(images) // 16)
    print("Hidden units that start equal receive equal gradients: they stay one unit, repeated.")
    print(f"Spread = the largest difference of a weight between hidden units; {steps} steps.\n")
    print("all weights start   spread before   spread after   test accuracy")
    for name, network in {
        "at random": ThreeLayerNetwork.random(*shape),
        "at 1": ThreeLayerNetwork.constant(1.0, *shape),
        "at 0.1": ThreeLayerNetwork.constant(0.1, *shape),
        "at 0": ThreeLayerNetwork.constant(0.0, *shape),
    }.items():
        before = network.spread()
        for _ in network.train(images, labels, epochs):
            pass
        accuracy = network.accuracy(test_images, test_labels)
        print(f"{name:17} {before:15.2g} {network.spread():14.2g} {accuracy:15.1%}")
    print()


def show_lost_factor(digits: Digits) -> None:
    """A backward pass written by hand, beside the gradient of the loss printed with it."""
    x, labels = digits.train_images[:100], digits.train_labels[:100]
    t, weights = np.eye(CLASSES)[labels], ThreeLayerNetwork.random(64, HIDDEN, CLASSES).weights
    printed_loss = sd.sum((T - Z) ** 2) / sd.size("n")
    derived = sd.compile(sd.grad(printed_loss, W2), inputs=[X, T, *WEIGHTS])(x, t, *weights)
    y = 1 / (1 + np.exp(-(x @ weights[0] + weights[1])))
    z = 1 / (1 + np.exp(-(y @ weights[2] + weights[3])))
    by_hand = y.T @ ((z - t) * z * (1 - z)) / len(x)
    ratio = np.linalg.norm(derived) / np.linalg.norm(by_hand)
    error = np.abs(derived - 2 * by_hand).max()
    print("One version of this network, written by hand, reports the loss sum((t - z)**2)/N, but")
    print("its backward pass, y.T @ ((z - t)*z*(1 - z))/N, belongs to half of that. The gradient")
    print("derived from the loss that it reports is longer by the factor that was lost:")
    print(f"    |derived| / |by hand| = {ratio:.6f}   (derived - 2 x by hand: {error:.0e})")


def main(epochs: int = 60, plot: str | None = None) -> None:
    """Show the code, the training, the symmetry and the lost factor."""
    digits = load_digits()
    show_generated_code()
    show_training(digits, epochs, plot)
    show_symmetry(digits)
    show_lost_factor(digits)


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Train a three-layer network on digits.")
    parser.add_argument("--epochs", type=int, default=60, help="passes over the data")
    parser.add_argument("--plot", metavar="FILE", help="draw the loss curve, such as curve.png")
    return parser.parse_args()


if __name__ == "__main__":
    main(**vars(options()))
