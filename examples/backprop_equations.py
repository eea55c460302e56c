"""The four equations of back-propagation, found as the very nodes that the pass produced.

For a network with sigmoid hidden layers and ½ squared error, each textbook equation is built with
plain functions and compared, by identity, with what back-propagation appended to the graph. Then
the cost of a gradient: finite differences need n + 1 evaluations for n weights, back-propagation
needs one pass.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

import symdiff as sd

# The network: two sigmoid layers, and an output layer ---------------------------------------------

x, t = sd.vector("x", "m"), sd.vector("t", "k")
W1, b1 = sd.matrix("W1", "p", "m"), sd.vector("b1", "p")
W2, b2 = sd.matrix("W2", "q", "p"), sd.vector("b2", "q")
W3, b3 = sd.matrix("W3", "k", "q"), sd.vector("b3", "k")
WEIGHTS = [W1, b1, W2, b2, W3, b3]

u1 = W1 @ x + b1
v1 = sd.sigmoid(u1)
u2 = W2 @ v1 + b2
v2 = sd.sigmoid(u2)
u3 = W3 @ v2 + b3


def cost(output: sd.Node) -> sd.Node:
    """½ Σ (output − t)²."""
    return sd.sum((output - t) ** 2) / 2


def slope(v: sd.Node) -> sd.Node:
    """σ'(u), written by v = σ(u)."""
    return v * (1 - v)


# 1: the equations ---------------------------------------------------------------------------------


def show_equations() -> None:
    """Compare each equation, for a linear output, with the node that the pass produced."""
    table = sd.backprop(cost(u3), WEIGHTS)
    derivative = table.cotangents
    d1, d2, d3 = derivative[u1], derivative[u2], derivative[u3]
    print("1. The equations of back-propagation\n")
    print(
        "   v₀ = x,   u_l = W_l v_{l−1} + b_l,   v_l = σ(u_l),   and linear at the output: v₃ = u₃"
    )
    print("   C = ½ Σ (v₃ − t)²,   δ_l = ∂C/∂u_l\n")
    compare("BP1", "δ₃ = ∇C ⊙ 1 = v₃ − t", d3, u3 - t)
    compare("BP2", "δ₂ = (W₃ᵀ δ₃) ⊙ σ'(u₂)", d2, (W3.T @ d3) * slope(v2))
    compare("", "δ₁ = (W₂ᵀ δ₂) ⊙ σ'(u₁)", d1, (W2.T @ d2) * slope(v1))
    compare("BP3", "∂C/∂b₃ = δ₃", derivative[b3], d3)
    compare("", "∂C/∂b₂ = δ₂", derivative[b2], d2)
    compare("", "∂C/∂b₁ = δ₁", derivative[b1], d1)
    compare("BP4", "∂C/∂W₃ = δ₃ v₂ᵀ", derivative[W3], sd.outer(d3, v2))
    compare("", "∂C/∂W₂ = δ₂ v₁ᵀ", derivative[W2], sd.outer(d2, v1))
    compare("", "∂C/∂W₁ = δ₁ v₀ᵀ", derivative[W1], sd.outer(d1, x))
    print("\n   BP4 is an outer product of the shape of W; some texts write “v δ”, which is not.\n")
    print(f"   The pass took {len(table.steps)} steps, one for each edge. Its rules leave ∇C as")
    print(
        f"   {in_terms_of_output(d3)}, which simplifies to {in_terms_of_output(sd.simplify(d3))}.\n"
    )


def show_sigmoid_output() -> None:
    """The first equation with the slope of a sigmoid output."""
    v3 = sd.sigmoid(u3)
    derivative = sd.backprop(cost(v3), WEIGHTS).cotangents
    print("   With a sigmoid output, v₃ = σ(u₃), BP1 has its slope:\n")
    compare("BP1", "δ₃ = ∇C ⊙ σ'(u₃)", derivative[u3], derivative[v3] * slope(v3))
    compare("", "   = (v₃ − t) ⊙ v₃ ⊙ (1 − v₃)", derivative[u3], (v3 - t) * v3 * (1 - v3))
    print()


def compare(name: str, equation: str, produced: sd.Node, textbook: sd.Node) -> None:
    """Print whether two expressions are one node, at once or when both are simplified."""
    if produced is textbook:
        verdict = "the very node"
    elif sd.simplify(produced) is sd.simplify(textbook):
        verdict = "the same node, once simplified"
    else:
        verdict = "NOT the same"
    print(f"   {name:4} {equation:32} {verdict}")


def in_terms_of_output(expression: sd.Node) -> str:
    """The expression, with v₃ for the linear output."""
    return str(expression).replace(str(u3), "v₃")


# 2: the cost --------------------------------------------------------------------------------------

Arrays = Sequence[np.ndarray]

value = sd.compile(cost(u3), inputs=[x, t, *WEIGHTS])
value_and_gradient = sd.compile([cost(u3), *sd.grad(cost(u3), WEIGHTS)], inputs=[x, t, *WEIGHTS])


def finite_differences(data: Arrays, weights: Arrays, step: float = 1e-6) -> list[np.ndarray]:
    """∂C/∂w ≈ (C(w + step) − C(w)) / step, for one weight after the other."""
    here = value(*data, *weights)
    gradient = [np.empty_like(w) for w in weights]
    for w, result in zip(weights, gradient, strict=True):
        for place in np.ndindex(w.shape):
            kept = w[place]
            w[place] = kept + step
            result[place] = (value(*data, *weights) - here) / step
            w[place] = kept
    return gradient


def back_propagation(data: Arrays, weights: Arrays) -> list[np.ndarray]:
    """The same gradient, by the compiled pass."""
    return list(value_and_gradient(*data, *weights)[1:])


def show_cost(widths: Sequence[int]) -> None:
    """Time both on networks whose hidden layers grow."""
    print("2. The cost of a gradient by n weights\n")
    print("         n   evaluations   differences   back-propagation    ratio   they differ by")
    for width in widths:
        data, weights = random_network(8, width, 4)
        n = sum(w.size for w in weights)
        slow, measured = timed(finite_differences, data, weights, repeats=1)
        fast, derived = timed(back_propagation, data, weights, repeats=20)
        error = max(np.abs(a - b).max() for a, b in zip(measured, derived, strict=True))
        print(
            f"   {n:7}   {n + 1:11}   {slow * 1e3:8.1f} ms   {fast * 1e3:13.3f} ms"
            f"   {slow / fast:6.0f}   {error:14.0e}"
        )
    print(
        "\n   A pass costs no more than a few evaluations, however many weights there are, and is"
    )
    print("   exact to rounding; a difference loses half of the digits.")


def random_network(inputs: int, width: int, outputs: int) -> tuple[Arrays, Arrays]:
    """Data and weights for two hidden layers of one width."""
    rng = np.random.default_rng(width)
    widths = [inputs, width, width, outputs]
    weights: list[np.ndarray] = []
    for below, above in pairwise(widths):
        weights += [rng.normal(size=(above, below)) / np.sqrt(below), rng.normal(size=above)]
    return [rng.normal(size=inputs), rng.normal(size=outputs)], weights


def timed(
    gradient: Callable[[Arrays, Arrays], list[np.ndarray]],
    data: Arrays,
    weights: Arrays,
    repeats: int,
) -> tuple[float, list[np.ndarray]]:
    """The shortest time of several runs, in seconds, and the result."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = gradient(data, weights)
        times.append(time.perf_counter() - start)
    return min(times), result


def main(widths: Sequence[int] = (4, 16, 64, 192)) -> None:
    """Show the equations, and the cost for hidden layers of several widths."""
    show_equations()
    show_sigmoid_output()
    show_cost(widths)


if __name__ == "__main__":
    main()
