"""Ops of one's own: a named loss, a function by formula, a black box, and a gradient overridden.

The data are noisy samples of a line, with outliers. Huber's loss has a name that survives in the
closed form of the gradient. An activation is declared as an op, which modules define. A black box
rounds weights to a codebook; a straight-through rule lets them be trained all the same.
"""

from __future__ import annotations

import numpy as np

import symdiff as sd


def named_loss() -> None:
    """A formula with a name: print, gradient, code."""
    print("1. A name for a formula\n")
    huber = sd.define("huber(r, k)", "where(abs(r) <= k, r**2/2, k*(abs(r) - k/2))")
    loss = sd.parse("mean(huber(X @ w - y, 0.5))", X="n d", w="d", y="n")
    _, w, _ = sd.inputs(loss)
    print(f"   loss      {loss}")
    print(f"   gradient  {sd.grad(loss, w)}")
    print(f"   of arrays {huber(np.array([0.25, 2.0]), 0.5)}")
    rng = np.random.default_rng(0)
    data = np.column_stack([np.ones(200), rng.uniform(-1, 1, 200)])
    target = data @ [0.5, 2.0] + 0.05 * rng.normal(size=200)
    target[:20] += 8  # outliers
    step = sd.compile([loss, sd.grad(loss, w)])
    weights = np.zeros(2)
    for _ in range(400):
        weights -= step(X=data, w=weights, y=target)[1]
    squares = np.linalg.lstsq(data, target)[0]
    print(f"   Huber finds {weights.round(2)}, least squares {squares.round(2)}\n")


def own_function() -> None:
    """An op by a formula, with a derivative that is compared with it, and a function in source."""
    print("2. An op by a formula\n")
    bent = sd.op("bent(u)", "(sqrt(u**2 + 1) - 1)/2 + u", derivative="u/(2*sqrt(u**2 + 1)) + 1")
    x = sd.vector("x", "n")
    node = sd.sum(bent(x) ** 2)
    print(f"   gradient  {sd.grad(node, x)}")
    source = sd.emit(node, wrt=x, check=False)
    print("   " + source[source.index("def bent") :].partition("\n\n\n")[0].replace("\n", "\n   "))
    try:
        sd.op("bent(u)", "(sqrt(u**2 + 1) - 1)/2 + u", derivative="u/sqrt(u**2 + 1)")
    except sd.ArgumentError as error:
        print(f"   refused: {error}\n")


def nearest(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """The code that is nearest to each value."""
    return codes[np.argmin(np.abs(values[:, None] - codes), axis=1)]


def black_box() -> None:
    """A function of NumPy with a rule made of expressions, and a derivative overridden."""
    print("3. A black box, trained straight through\n")
    rounded = sd.op(
        "rounded(values, codes)",
        numpy=nearest,
        shape="(d), (k) -> (d)",
        cotangent={"values": "g"},  # as if it were the identity; the codes receive nothing
    )
    X, w, codes, y = (
        *(sd.matrix("X", "n", "d"), sd.vector("w", "d")),
        *(sd.vector("codes", "k"), sd.vector("y", "n")),
    )
    loss = sd.sum((X @ rounded(w, codes) - y) ** 2) / sd.size("n")
    gradient = sd.grad(loss, w)
    print(f"   gradient  {gradient}")
    calm = sd.custom_gradient(w, {w: lambda g: sd.clip(g, -0.1, 0.1)}, name="calm")
    print(f"   clipped   {sd.grad(sd.sum(calm**2), w)}")
    rng = np.random.default_rng(1)
    data, grid = rng.normal(size=(100, 3)), np.linspace(-2, 2, 9)
    truth = np.array([0.5, -1.5, 2.0])
    step, weights = sd.compile(gradient), np.zeros(3)
    for _ in range(200):
        weights -= 0.05 * step(X=data, w=weights, codes=grid, y=data @ truth)
    print(f"   found     {nearest(weights, grid)}, which is {truth}")


def main() -> None:
    """Show all three."""
    named_loss()
    own_function()
    black_box()


if __name__ == "__main__":
    main()
