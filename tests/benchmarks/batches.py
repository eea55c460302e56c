"""Gradients of each example of a batch, for a classifier with one hidden layer.

Run `python tests/benchmarks/batches.py`; it needs symdiff and NumPy, and times JAX where it is
installed. The loss of one example is the cross entropy of `W2 tanh(W1 x + b1) + b2`; what is timed
are its gradients by W1, b1, W2 and b2 for n examples, arrays of shape (n, h, d), (n, h), (n, k, h)
and (n, k):

* `vmap`: `sd.vmap` of `sd.grad` over examples and labels, compiled once for all sizes
* `loop`: the compiled gradient of one example, called n times, and `np.stack`
* `jax`: `jax.jit` of `jax.vmap` of `jax.grad`; it compiles for its sizes

A figure is the median, over rounds interleaved in one process, of a time divided by that of a NumPy
function written by hand in the same round; the column `numpy` gives that in milliseconds. All
answers are compared before anything is timed. Threads are as each tool chooses, and printed.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
from measure import Call, seconds, settings

import symdiff as sd

Array = np.ndarray[Any, Any]
Arrays = dict[str, Array]

SIZES = (
    {"n": 32, "d": 8, "h": 16, "k": 3},
    {"n": 256, "d": 64, "h": 32, "k": 10},
    {"n": 256, "d": 64, "h": 256, "k": 10},
    {"n": 2048, "d": 16, "h": 16, "k": 4},
)
BLOCK = 0.02
"""The seconds that one timing should last, by repetition where a call is shorter."""


def drawn(sizes: dict[str, int]) -> Arrays:
    """Random inputs, the same whenever asked for."""
    n, d, h, k = (sizes[name] for name in "ndhk")
    rng = np.random.default_rng(1)
    shapes = {"x": (n, d), "W1": (h, d), "b1": (h,), "W2": (k, h), "b2": (k,)}
    arrays = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    arrays["W1"] /= d**0.5
    arrays["W2"] /= h**0.5
    return {**arrays, "label": rng.integers(0, k, n)}


# The answers ------------------------------------------------------------------------------------


def by_hand(x: Array, label: Array, W1: Array, b1: Array, W2: Array, b2: Array) -> list[Array]:
    """In NumPy: the softmax without its label, sent back, and outer products with the inputs."""
    hidden = np.tanh(x @ W1.T + b1)
    z = hidden @ W2.T + b2
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(label)), label] -= 1
    back = (p @ W2) * (1 - hidden * hidden)
    return [back[:, :, None] * x[:, None], back, p[:, :, None] * hidden[:, None], p]


def of_one_example() -> tuple[list[sd.Node], list[sd.Node]]:
    """The gradients for one example, and the two variables that it consists of."""
    x, label = sd.vector("x", "d"), sd.scalar("label", dtype="int")
    W1, b1, W2, b2 = (
        sd.matrix("W1", "h", "d"),
        sd.vector("b1", "h"),
        sd.matrix("W2", "k", "h"),
        sd.vector("b2", "k"),
    )
    z = W2 @ sd.tanh(W1 @ x + b1) + b2
    return sd.grad(sd.logsumexp(z) - z[label], [W1, b1, W2, b2]), [x, label]


def with_vmap(arrays: Arrays) -> Call:
    """One compiled function of the whole batch."""
    gradients, example = of_one_example()
    compiled = sd.compile(sd.vmap(gradients, over=example, size="n"))
    return lambda: compiled(**arrays)


def with_loop(arrays: Arrays) -> Call:
    """One compiled function of an example, and a loop."""
    compiled = sd.compile(of_one_example()[0])
    shared = {name: arrays[name] for name in ("W1", "b1", "W2", "b2")}

    def call() -> list[Array]:
        pairs = zip(arrays["x"], arrays["label"], strict=True)
        rows = [compiled(x=x, label=label, **shared) for x, label in pairs]
        return [np.stack(parts) for parts in zip(*rows, strict=True)]

    return call


def with_jax(arrays: Arrays) -> Call:
    """One compiled function of the whole batch, of these sizes."""
    import jax

    jax.config.update("jax_enable_x64", True)

    def loss(parameters: Any, x: Any, label: Any) -> Any:
        W1, b1, W2, b2 = parameters
        z = W2 @ jax.numpy.tanh(W1 @ x + b1) + b2
        return jax.nn.logsumexp(z) - z[label]

    compiled = jax.jit(jax.vmap(jax.grad(loss), in_axes=(None, 0, 0)))
    on_device = {name: jax.numpy.asarray(array) for name, array in arrays.items()}
    parameters = tuple(on_device[name] for name in ("W1", "b1", "W2", "b2"))
    return lambda: jax.block_until_ready(compiled(parameters, on_device["x"], on_device["label"]))


TOOLS: dict[str, Callable[[Arrays], Call]] = {"vmap": with_vmap, "loop": with_loop, "jax": with_jax}


# Timing -----------------------------------------------------------------------------------------


def ratios(sizes: dict[str, int], tools: list[str], rounds: int) -> tuple[float, dict[str, float]]:
    """The milliseconds by hand, and what multiple of that each tool takes."""
    arrays = drawn(sizes)
    calls = {"numpy": lambda: by_hand(**arrays)} | {tool: TOOLS[tool](arrays) for tool in tools}
    expected = calls["numpy"]()
    for tool in tools:
        for found, right in zip(calls[tool](), expected, strict=True):
            np.testing.assert_allclose(found, right, rtol=1e-9, atol=1e-12, err_msg=tool)
    repetitions = {tool: max(1, round(BLOCK / seconds(call, 1))) for tool, call in calls.items()}
    times = [
        {tool: seconds(call, repetitions[tool]) for tool, call in calls.items()}
        for _ in range(rounds)
    ]
    by_tool = {t: statistics.median(row[t] / row["numpy"] for row in times) for t in tools}
    return 1e3 * statistics.median(row["numpy"] for row in times), by_tool


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    tools = [tool for tool in TOOLS if tool != "jax" or importlib.util.find_spec("jax")]
    print(settings(["numpy", *(["jax"] if "jax" in tools else [])]))
    print(f"\n{'examples, sizes':28}{'numpy':>10}" + "".join(f"{tool:>8}" for tool in tools))
    for sizes in SIZES:
        milliseconds, found = ratios(sizes, tools, rounds)
        name = ", ".join(f"{key}={size}" for key, size in sizes.items())
        figures = "".join(f"{found[tool]:8.2f}" for tool in tools)
        print(f"{name:28}{milliseconds:7.3f} ms{figures}")


if __name__ == "__main__":
    main()
