"""The four first graphs of every text on back-propagation, with their gradients.

Each graph is listed as a table of nodes; below the line stand the nodes that differentiation
appends. Its gradients are printed as formulas and compared with finite differences.

a. a product                       z = x y
b. a logistic prediction           ŷ = σ(xᵀ w + b)
c. a ReLU layer on a minibatch     H = max(0, X W + b)
d. a linear prediction with weight decay λ Σ w²: `w` is used by two ops
"""

from typing import NamedTuple

import numpy as np

import symdiff as sd


class Graph(NamedTuple):
    """A target with its name, what it is differentiated by, and names of parts of it.

    `at` has values for the check, where sizes matter.
    """

    title: str
    target: sd.Node
    wrt: list[sd.Node]
    names: dict[str, sd.Node]
    at: dict[sd.Node, np.ndarray] | None = None

    @property
    def name(self) -> str:
        """What the target is called."""
        return next(name for name, node in self.names.items() if node is self.target)


def product() -> Graph:
    """`z = x y`: each factor is the derivative by the other, so no node is appended."""
    x, y = sd.scalar("x"), sd.scalar("y")
    return Graph("a. A product: z = x y", x * y, [x, y], {"z": x * y})


def logistic_prediction() -> Graph:
    """`ŷ = σ(xᵀ w + b)`: both gradients share the slope ŷ (1 − ŷ)."""
    x, w, b = sd.vector("x", "d"), sd.vector("w", "d"), sd.scalar("b")
    z = x @ w + b
    title = "b. A logistic prediction: ŷ = σ(xᵀ w + b)"
    return Graph(title, sd.sigmoid(z), [w, b], {"z": z, "ŷ": sd.sigmoid(z)})


def relu_layer() -> Graph:
    """`H = max(0, X W + b)`, differentiated through the sum of its entries."""
    X, W, b = sd.matrix("X", "m", "n"), sd.matrix("W", "n", "k"), sd.vector("b", "k")
    U = X @ W + b
    H = sd.maximum(0, U)
    rng = np.random.default_rng(0)
    at = {X: rng.normal(size=(5, 3)), W: rng.normal(size=(3, 4)), b: rng.normal(size=4)}
    title = "c. A ReLU layer on a minibatch: H = max(0, X W + b), one sample a row"
    return Graph(title, sd.sum(H), [W, b], {"U": U, "H": H, "sum(H)": sd.sum(H)}, at)


def weight_decay() -> Graph:
    """Two ops use `w`, so two contributions reach it, and back-propagation adds them."""
    x, w, y, lam = sd.vector("x", "d"), sd.vector("w", "d"), sd.scalar("y"), sd.scalar("λ")
    prediction = x @ w
    error, penalty = (prediction - y) ** 2, lam * sd.sum(w**2)
    title = "d. A linear prediction ŷ = xᵀ w with weight decay λ Σ w²"
    names = {"ŷ": prediction, "E": error, "R": penalty, "J": error + penalty}
    return Graph(title, error + penalty, [w], names)


def show(graph: Graph) -> sd.Table:
    """Print the graph with the nodes that its gradients append, the gradients, and a check."""
    title, target, wanted = graph.title, graph.target, graph.wrt
    table = sd.table(target, wanted)
    comparisons = sd.check(target, wanted, at=graph.at)
    print(f"\n{title}\n{'=' * len(title)}\n{table}\n")
    for x, gradient in zip(wanted, sd.grad(target, wanted), strict=True):
        print(f"∂{graph.name}/∂{x} = {gradient}")
    verdict = "agrees" if all(comparison.ok for comparison in comparisons) else "DISAGREES"
    print(f"({verdict} with finite differences)")
    return table


def show_slope(graph: Graph, table: sd.Table) -> None:
    """The slope of the logistic prediction is one node of its graph."""
    slope = sd.grad(graph.target, graph.wrt[1])
    place = next(row.id for row in table if row.node is slope)
    print(f"The slope ŷ (1 − ŷ) is one node, #{place}: it is ∂ŷ/∂b, and times x it is ∂ŷ/∂w.")


def kink_convention() -> None:
    """The ReLU has no derivative at 0: symdiff takes the mean of both sides, or what you say."""
    a = sd.vector("a", 3)
    at = {a: [-1.0, 0.0, 1.0]}
    mean_of_sides = sd.evaluate(sd.grad(sd.sum(sd.maximum(0, a)), a), at)
    branch_taken = sd.evaluate(sd.grad(sd.sum(sd.where(a > 0, 1, 0) * a), a), at)
    print("heaviside(a, 0.5) is 1 where a unit is active, 0 where it is not, 1/2 at the kink:")
    print("  at a = −1, 0, 1, the derivative of")
    print(f"    max(0, a)            is {listed(mean_of_sides)}   the mean of both sides")
    print(f"    where(a > 0, 1, 0) a is {listed(branch_taken)}     that of the branch taken")


def show_contributions(graph: Graph) -> None:
    """What the ops that use `w` send to it."""
    w = graph.wrt[0]
    print("Two ops use w, so two edges end in it. Back-propagation adds what they send:")
    for step in sd.backprop(graph.target, w).steps:
        if step.receiver is w:
            print(f"  {step.consumer!s:<5} sends {sd.simplify(step.sent)}")


def listed(values: np.ndarray) -> str:
    """Write numbers in a row."""
    return ", ".join(f"{value:g}" for value in values)


def main() -> None:
    """Show the four graphs."""
    print("The four first graphs. Rows below the line are nodes that differentiation appends.")
    show(product())
    show_slope(logistic_prediction(), show(logistic_prediction()))
    show(relu_layer())
    kink_convention()
    show(weight_decay())
    show_contributions(weight_decay())


if __name__ == "__main__":
    main()
