"""Softmax under two losses: its Jacobian, both gradients, and a worked example put right.

The derivative of softmax, o_k (1[k=i] − o_i), is read off the derived graph. It stays in the
gradient of the squared error and cancels in that of cross-entropy. A tutorial confuses the two
and updates three weights of a tiny network by hand: its numbers are shown beside the right ones,
for both losses and for logistic and tanh hidden units, each discrepancy with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

import symdiff as sd

# The Jacobian of softmax --------------------------------------------------------------------------

a, t, e = sd.vector("a", "k"), sd.vector("t", "k"), sd.vector("e", "k")
o = sd.softmax(a)


def squared_error(logits: sd.Node, target: sd.Node) -> sd.Node:
    """½ Σ (o − t)²."""
    return sd.sum((sd.softmax(logits) - target) ** 2) / 2


def cross_entropy(logits: sd.Node, target: sd.Node) -> sd.Node:
    """−Σ t log o."""
    return -sd.sum(target * sd.log_softmax(logits))


def written(expression: sd.Node) -> str:
    """The expression with o for softmax(a)."""
    return str(expression).replace("softmax(a)", "o")


def show_jacobian() -> None:
    """The derivative of one output by all logits, in symbols and in numbers."""
    row = sd.grad(sd.vdot(e, o), a)
    print("1. The Jacobian of o = softmax(a)\n")
    print(f"The gradient of eᵀ o by a, as derived:   {written(row)}")
    print("With e = 1 at place k and 0 elsewhere it is row k:   ∂o_k/∂a_i = o_k (1[k=i] − o_i)\n")
    logits = np.array([0.5, -1.0, 2.0])
    outputs = sd.evaluate(o, a=logits)
    derived = np.array([sd.evaluate(row, a=logits, e=unit) for unit in np.eye(3)])
    textbook = outputs[:, None] * (np.eye(3) - outputs)
    print(f"o = {numbers(outputs)} gives")
    for line in derived:
        print(f"    {numbers(line)}")
    print(f"which differs from the formula by {np.abs(derived - textbook).max():.0e}.\n")


def show_two_losses() -> None:
    """The Jacobian stays in one gradient and cancels in the other."""
    squared = sd.grad(squared_error(a, t), a)
    entropy = sd.grad(cross_entropy(a, t), a)
    textbook = sd.simplify(o * ((o - t) - sd.sum((o - t) * o)))
    print("2. The gradient by the logits a\n")
    print(f"squared error   ½ Σ (o − t)²   {written(squared)}")
    print(f"cross-entropy   −Σ t log o     {written(entropy)}\n")
    print(f"The first is the very node of the textbook's o ⊙ ((o − t) − Σ(o − t)o): {verdict(squared is textbook)}.")
    print("The second is o − t where the targets sum to 1. The tutorial's t = (0, 1, 0, 1, 0, 0)")
    print("sums to 2; there it is 2 o − t, and o − t would be wrong.\n")


# The tiny network -----------------------------------------------------------------------------


class Weight(NamedTuple):
    """A weight that the tutorial updates, and what it states."""

    label: str
    variable: str
    place: tuple[int, int]
    value: float
    gradient: str
    rate: float
    updated: str


WEIGHTS = [
    Weight("w_jk = 0.5", "W2", (0, 0), 0.5, "0.479", 0.01, "0.495"),
    Weight("w_jk = 0.4", "W2", (1, 0), 0.4, "−0.478", 0.1, "0.447"),
    Weight("w_ij = 0.1", "W1", (0, 0), 0.1, "0.0084", 0.1, "0.09916"),
]
INPUT, HIDDEN, OUTPUT, TARGET = 0.5, 0.84, np.array([0.57, 0.43]), np.array([0.0, 1.0])
OUTGOING = np.array([[0.5], [0.4]])

Activation = Callable[[sd.Node], sd.Node]
Loss = Callable[[sd.Node, sd.Node], sd.Node]
INVERSE: dict[Activation, Callable[[float], float]] = {
    sd.sigmoid: lambda h: float(np.log(h / (1 - h))),
    sd.tanh: lambda h: float(np.arctanh(h)),
}
NETWORKS: list[tuple[str, Loss, Activation]] = [
    ("entropy tanh", cross_entropy, sd.tanh),
    ("entropy logistic", cross_entropy, sd.sigmoid),
    ("squared tanh", squared_error, sd.tanh),
    ("squared logistic", squared_error, sd.sigmoid),
]


def gradients(loss: Loss, activation: Activation) -> dict[str, np.ndarray]:
    """The derivatives by W1 and W2 of the path x → h → o that the tutorial follows.

    The biases stand for the rest of its network: they are such that h and o are what it states.
    """
    x, target = sd.vector("x", "m"), sd.vector("t", "k")
    W1, b1 = sd.matrix("W1", "j", "m"), sd.vector("b1", "j")
    W2, b2 = sd.matrix("W2", "k", "j"), sd.vector("b2", "k")
    hidden = activation(W1 @ x + b1)
    logits = W2 @ hidden + b2
    at = {
        x: [INPUT], target: TARGET, W1: [[0.1]], W2: OUTGOING,
        b1: [INVERSE[activation](HIDDEN) - 0.1 * INPUT],
        b2: np.log(OUTPUT) - OUTGOING[:, 0] * HIDDEN,
    }  # fmt: skip
    total = loss(logits, target)
    assert np.allclose(sd.evaluate(sd.softmax(logits), without(at, target)), OUTPUT)
    assert all(comparison.ok for comparison in sd.check(total, [W1, W2], at=at))
    needed = sd.grad(total, [W1, W2])
    return dict(zip(["W1", "W2"], sd.evaluate(needed, at), strict=True))


def without(values: dict[sd.Node, object], *left_out: sd.Node) -> dict[sd.Node, object]:
    """The values of all but some variables."""
    return {variable: value for variable, value in values.items() if variable not in left_out}
