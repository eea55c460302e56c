"""Softmax under two losses: its Jacobian, both gradients, and a worked example put right.

The derivative of softmax, o_k (1[k=i] − o_i), is read off the derived graph. It stays in the
gradient of the squared error and cancels in that of cross-entropy. A tutorial mixes the two up and
updates three weights of a tiny network by hand: its numbers are shown beside the right ones, for
both losses and for tanh and logistic hidden units, and each discrepancy is named.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

import symdiff as sd

Loss = Callable[[sd.Node, sd.Node], sd.Node]


def squared_error(logits: sd.Node, target: sd.Node) -> sd.Node:
    """½ Σ (o − t)²."""
    return sd.sum((sd.softmax(logits) - target) ** 2) / 2


def cross_entropy(logits: sd.Node, target: sd.Node) -> sd.Node:
    """−Σ t log o."""
    return -sd.sum(target * sd.log_softmax(logits))


# 1 and 2: derivatives by the logits ---------------------------------------------------------------

a, t, e = sd.vector("a", "k"), sd.vector("t", "k"), sd.vector("e", "k")
o = sd.softmax(a)


def show_jacobian() -> None:
    """The derivative of one output by all logits, in symbols and in numbers."""
    row = sd.grad(sd.vdot(e, o), a)
    logits = np.array([0.5, -1.0, 2.0])
    outputs = sd.evaluate(o, a=logits)
    derived = np.array([sd.evaluate(row, a=logits, e=unit) for unit in np.eye(3)])
    formula = outputs[:, None] * (np.eye(3) - outputs)
    print("1. The Jacobian of o = softmax(a)\n")
    print(f"   ∂(eᵀ o)/∂a = {written(row)}, as derived.")
    print("   With e = 1 at place k and 0 elsewhere, its entry i is o_k (1[k=i] − o_i).\n")
    print(f"   o = {numbers(outputs)} gives the rows")
    for line in derived:
        print(f"       {numbers(line)}")
    print(f"   which differ from the formula by at most {np.abs(derived - formula).max():.1g}.\n")


def show_gradients() -> None:
    """The Jacobian stays in one gradient and cancels in the other."""
    squared = sd.grad(squared_error(a, t), a)
    entropy = sd.grad(cross_entropy(a, t), a)
    textbook = sd.simplify(o * ((o - t) - sd.sum((o - t) * o)))
    same = "the same node as" if squared is textbook else "NOT the node of"
    print("2. The gradients by the logits\n")
    print(f"   squared error   ½ Σ (o − t)²   {written(squared)}")
    print(f"   cross-entropy   −Σ t log o     {written(entropy)}\n")
    print(f"   The first is {same} the textbook's o ⊙ ((o − t) − Σ(o − t)o).")
    print("   The second is o − t for targets that sum to 1. The tutorial's t = (0, 1, 0, 1, 0, …)")
    print("   has two ones: there it is 2 o − t.\n")


def written(expression: sd.Node) -> str:
    """The expression with o for softmax(a)."""
    return str(expression).replace("softmax(a)", "o")


def numbers(values: Iterable[float]) -> str:
    """A row of numbers."""
    return signed("(" + ", ".join(f"{value:7.4f}" for value in values) + ")")


def signed(text: str) -> str:
    """Hyphens before digits become minus signs."""
    return re.sub(r"-(?=\d)", "−", text)


# 3: single weights --------------------------------------------------------------------------------


class Weight(NamedTuple):
    """A weight that the tutorial updates, and what it states."""

    name: str
    value: float
    gradient: str
    rate: float
    updated: str


INPUT, HIDDEN = 0.5, 0.84
OUTPUTS, TARGET = np.array([0.57, 0.43]), np.array([0.0, 1.0])
WEIGHTS = [
    Weight("w_jk", 0.5, "0.479", 0.01, "0.495"),
    Weight("w_jk", 0.4, "−0.478", 0.1, "0.447"),
    Weight("w_ij", 0.1, "0.0084", 0.1, "0.09916"),
]


class Network(NamedTuple):
    """A loss, and a kind of hidden unit with the inverse of its function."""

    name: str
    loss: Loss
    activation: Callable[[sd.Node], sd.Node]
    inverse: Callable[[float], float]


NETWORKS = [
    Network("cross-entropy, tanh", cross_entropy, sd.tanh, np.arctanh),
    Network("cross-entropy, logistic", cross_entropy, sd.sigmoid, lambda h: np.log(h / (1 - h))),
    Network("squared error, tanh", squared_error, sd.tanh, np.arctanh),
    Network("squared error, logistic", squared_error, sd.sigmoid, lambda h: np.log(h / (1 - h))),
]


def gradients(network: Network) -> list[float]:
    """The derivatives by the three weights, checked against finite differences.

    The biases stand for the rest of the tutorial's network: they are such that the hidden unit and
    the outputs have the values that it states.
    """
    w_j = np.array([weight.value for weight in WEIGHTS[:2]])
    w_i = WEIGHTS[2].value
    x, target = sd.vector("x", 1), sd.vector("t", 2)
    W1, b1 = sd.matrix("W1", 1, 1), sd.vector("b1", 1)
    W2, b2 = sd.matrix("W2", 2, 1), sd.vector("b2", 2)
    loss = network.loss(W2 @ network.activation(W1 @ x + b1) + b2, target)
    at = {x: [INPUT], target: TARGET, W1: [[w_i]], W2: w_j[:, None]}
    at |= {b1: [network.inverse(HIDDEN) - w_i * INPUT], b2: np.log(OUTPUTS) - w_j * HIDDEN}
    if not all(comparison.ok for comparison in sd.check(loss, [W1, W2], at=at)):
        raise AssertionError(f"{network.name}: the gradient does not fit the differences")
    by_w1, by_w2 = sd.evaluate(sd.grad(loss, [W1, W2]), at)
    return [*by_w2.ravel(), *by_w1.ravel()]


def show_updates() -> dict[str, list[float]]:
    """The three gradients and updates in a table, as stated and as they are."""
    found = {network.name: gradients(network) for network in NETWORKS}
    print("3. Three weights of a tiny network\n")
    print(f"   input x = {INPUT}  →  hidden h = {HIDDEN}  →  outputs o = (0.57, 0.43); t = (0, 1)")
    print("   Derived for both losses and both kinds of hidden unit; finite differences agree.\n")
    print(f"{'cross-entropy':>51}{'squared error':>22}")
    print(f"   {'':15}{'stated':>11}" + f"{'tanh':>11}{'logistic':>11}" * 2)
    for place, weight in enumerate(WEIGHTS):
        cells = "".join(f"{values[place]:11.4f}" for values in found.values())
        print(f"   ∇{weight.name} at {weight.value}   {weight.gradient:>11}{signed(cells)}")
    for place, weight in enumerate(WEIGHTS):
        new = [weight.value - weight.rate * values[place] for values in found.values()]
        cells = "".join(f"{value:11.5f}" for value in new)
        print(f"   {weight.value} − {weight.rate:<4} ∇   {weight.updated:>11}{cells}")
    print()
    return found


def show_discrepancies(found: dict[str, list[float]]) -> None:
    """Say what is wrong with each stated number, and what would be right."""
    first, second, third = found["cross-entropy, tanh"]
    right_first, _, right_third = found["squared error, logistic"]
    logistic_third = found["cross-entropy, logistic"][2]
    slope = (1 + HIDDEN) * (1 - HIDDEN)
    d1, d2 = OUTPUTS - TARGET
    as_written = INPUT * (d1 * 0.5 + d2 * 0.4 * slope)
    points = [
        f"h (o − t) is the gradient of cross-entropy; the loss that the tutorial minimises is the "
        f"squared error, whose gradient is {right_first:.4f}, not {first:.4f}.",
        f"(1 + h)(1 − h) = {slope:.4f} is the derivative of tanh; a logistic unit has "
        f"h (1 − h) = {HIDDEN * (1 - HIDDEN):.4f}, which makes ∇w_ij {logistic_third:.4f} with "
        f"cross-entropy and {right_third:.4f} with the squared error, not {third:.4f}.",
        f"0.84 (0.43 − 1) = {second:.4f} rounds to -0.479; -0.478 is cut off.",
        f"0.4 + 0.1 · 0.4788 = {0.4 - 0.1 * second:.5f} rounds to 0.448; 0.447 is cut off.",
        f"“0.5([(0.57-0)*0.5] + [(0.43-1)*0.4] * (1+0.84)(1-0.84)” lacks a parenthesis: closed at "
        f"the end it is {as_written:.4f}; for 0.0084 the brackets must be added first.",
        f"The learning rate is 0.01 for the first weight and 0.1 for the other two; with 0.1 the "
        f"first becomes {0.5 - 0.1 * first:.3f}, not 0.495.",
        "The derivation at its end has the Jacobian right, but starts from the derivative of o − t "
        "where that of ½ (o − t)² is meant, and leaves h (o − t) above as it is.",
    ]
    print("   What is wrong, point by point:\n")
    for place, point in enumerate(points, 1):
        print(signed(wrapped(f"{place}. {point}")))


def wrapped(text: str, width: int = 88) -> str:
    """Break a numbered sentence into lines."""
    return textwrap.fill(text, width, initial_indent="   ", subsequent_indent="      ")


def main() -> None:
    """Show the Jacobian, the two gradients, and the updates."""
    show_jacobian()
    show_gradients()
    show_discrepancies(show_updates())


if __name__ == "__main__":
    main()
