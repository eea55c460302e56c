"""The gradient of each example: clipped steps, and what one example changes.

A loss is written for one example, differentiated, and mapped over all of them by `sd.vmap`, without
a loop. From the gradients of the examples come steps in which no example counts more than another,
as training with privacy takes them, and the influence of each example on the fitted weights.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import symdiff as sd

EXAMPLES, FEATURES, RIDGE = 400, 5, 0.02


def problem(seed: int = 3) -> dict[str, Any]:
    """Labels of -1 and 1 that depend on the features; one in twenty is wrong."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(EXAMPLES, FEATURES))
    t = np.sign(x @ np.linspace(1.0, 3.0, FEATURES) + rng.logistic(size=EXAMPLES))
    t[::20] *= -1
    return {"x": x, "t": t}


def one_example() -> tuple[sd.Node, sd.Node, sd.Node, sd.Node]:
    """The logistic loss of one example with its share of the ridge, and w, x and t."""
    w, x, t = sd.vector("w", "d"), sd.vector("x", "d"), sd.scalar("t")
    return sd.softplus(-t * (x @ w)) + RIDGE / 2 * (w @ w), w, x, t


def clipped_steps(data: dict[str, Any]) -> None:
    """Print the gradients, and compare steps with and without clipping them."""
    loss, w, x, t = one_example()
    each = sd.vmap(sd.grad(loss, w), over=[x, t], size="n")
    print("1. The gradients of all examples, one in each row")
    print(f"   for one example:  {sd.grad(loss, w)}")
    print(f"   for all of them:  {each}")
    lengths = sd.norm(each, axis=1)
    shares = sd.minimum(1, 0.5 / lengths)
    step = sd.compile([sd.mean(each, axis=0), sd.mean(shares[:, None] * each, axis=0), lengths])
    plain, clipped, norms = step(**data, w=np.zeros(FEATURES))
    print(f"   lengths from {norms.min():.2f} to {norms.max():.2f}, clipped to 0.50")
    cosine = plain @ clipped / np.linalg.norm(plain) / np.linalg.norm(clipped)
    print(f"   the clipped step points where the plain one does: cosine {cosine:.3f}")


def fit(data: dict[str, Any], steps: int = 8) -> np.ndarray[Any, Any]:
    """Newton's method for the mean of the losses."""
    loss, w, x, t = one_example()
    whole = sd.mean(sd.vmap(loss, over=[x, t], size="n"))
    newton = sd.compile(sd.solve(sd.hessian(whole, w), sd.grad(whole, w)))
    found = np.zeros(FEATURES)
    for _ in range(steps):
        found = found - newton(**data, w=found)
    return found


def influences(data: dict[str, Any]) -> None:
    """Compare the change that each example is said to cause with fitting anew without it."""
    loss, w, x, t = one_example()
    mean = sd.mean(sd.vmap(loss, over=[x, t], size="n"))
    gradients = sd.vmap(sd.grad(loss, w), over=[x, t], size="n")
    change = sd.compile(sd.solve(sd.hessian(mean, w), gradients.T).T / EXAMPLES)
    fitted = fit(data)
    changes = change(**data, w=fitted)
    largest = np.argsort(-np.linalg.norm(changes, axis=1))[:5]
    print("\n2. What the weights would be without an example")
    wrong = sum(place % 20 == 0 for place in largest)
    print(f"   the examples with most influence: {largest.tolist()}; wrong labels: {wrong} of 5")
    for place in largest[:2]:
        rest = {name: np.delete(array, place, axis=0) for name, array in data.items()}
        true = fit(rest) - fitted
        error = np.linalg.norm(true - changes[place]) / np.linalg.norm(true)
        print(f"   without example {place}: predicted to {100 * error:.0f} % of the change")


def main() -> None:
    """Print the figures."""
    data = problem()
    clipped_steps(data)
    influences(data)


if __name__ == "__main__":
    main()
