"""What ordinary functions cost when they compile themselves: first calls, later calls, new sizes.

Run `python tests/benchmarks/decorated.py`; it needs symdiff and NumPy, and times JAX (`jit` of
`grad`, in float64) and autograd (`grad`) where they are installed. Each gives the gradient of one
function, written once for all in terms of a namespace. Four tables:

- calls: the time of a call divided by that of the gradient written by hand with NumPy; a figure is
  the median over rounds in which all are timed in turns;
- first calls, in milliseconds: of functions never called before, after others;
- calls with sizes never seen before, in milliseconds: the mean of 12 of them, one after the other;
- what is added to the compiled function itself by finding it, in microseconds.

What was expected before it was measured: for small arrays 1.5 to 3 times NumPy by hand, for
autograd 10 to 30 and for JAX 1 to 4; first calls of 10 to 60 ms, for JAX twice to five times as
much and for autograd nothing; new sizes below 0.1 ms, where JAX compiles again.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from measure import seconds, settings

import symdiff as sd

Array = Any
Gradient = Callable[..., Array]
BLOCK = 0.01
"""The seconds that one timing should last, by repetition where a call is shorter."""
NEW_SIZES = 12
FINDING = 2000
"""How often a call is repeated to see what finding the compiled function takes."""


class Problem(NamedTuple):
    """A function of a namespace, its gradient by the first argument by hand, and its arguments."""

    name: str
    function: Callable[[Any], Callable[..., Any]]
    by_hand: Gradient
    arguments: Callable[[int, int], tuple[Array, ...]]
    sizes: tuple[tuple[int, int], ...]


def logistic(np: Any) -> Callable[..., Any]:
    """The loss of logistic regression."""
    return lambda w, X, y: np.sum(np.log1p(np.exp(-y * np.dot(X, w)))) + 0.1 * np.sum(w**2)


def logistic_by_hand(w: Array, X: Array, y: Array) -> Array:
    """Its gradient."""
    return 0.2 * w - X.T @ (y / (1 + np.exp(y * (X @ w))))


def rosenbrock(np: Any) -> Callable[..., Any]:
    """Rosenbrock's function."""
    return lambda x: np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def rosenbrock_by_hand(x: Array) -> Array:
    """Its gradient."""
    found = np.zeros_like(x)
    inner = x[1:] - x[:-1] ** 2
    found[:-1] = -400.0 * inner * x[:-1] - 2 * (1 - x[:-1])
    found[1:] += 200.0 * inner
    return found


def layer(np: Any) -> Callable[..., Any]:
    """The squared error of a layer of tanh units."""
    return lambda W, X, Y: np.mean((np.tanh(np.dot(X, W)) - Y) ** 2)


def layer_by_hand(W: Array, X: Array, Y: Array) -> Array:
    """Its gradient."""
    H = np.tanh(X @ W)
    return X.T @ ((2 / H.size) * (H - Y) * (1 - H * H))


def drawn(*shapes: tuple[int, ...]) -> tuple[Array, ...]:
    """Arrays of some shapes."""
    rng = np.random.default_rng(len(shapes))
    return tuple(rng.normal(size=shape) for shape in shapes)


PROBLEMS = (
    Problem(
        "logistic",
        logistic,
        logistic_by_hand,
        lambda n, d: drawn((d,), (n, d), (n,)),
        ((5, 3), (100, 10), (2000, 100)),
    ),
    Problem(
        "rosenbrock",
        rosenbrock,
        rosenbrock_by_hand,
        lambda n, d: drawn((n,)),
        ((10, 0), (10**4, 0)),
    ),
    Problem(
        "layer",
        layer,
        layer_by_hand,
        lambda n, d: drawn((d, 4), (n, d), (n, 4)),
        ((8, 5), (1000, 50)),
    ),
)


def tools() -> dict[str, tuple[Callable[[Problem], Gradient], Callable[[Array], Array]]]:
    """For each tool at hand: what makes a gradient, and how it takes an array."""
    found: dict[str, Any] = {"symdiff": (lambda p: sd.grad_of(p.function(np)), np.asarray)}
    if importlib.util.find_spec("jax"):
        import jax

        jax.config.update("jax_enable_x64", True)
        jnp = jax.numpy

        def jitted(problem: Problem) -> Gradient:
            compiled = jax.jit(jax.grad(problem.function(jnp)))
            return lambda *args: compiled(*args).block_until_ready()

        found["JAX"] = (jitted, jnp.asarray)
    if importlib.util.find_spec("autograd"):
        import autograd
        import autograd.numpy as anp

        found["autograd"] = (lambda p: autograd.grad(p.function(anp)), np.asarray)
    return found


def once(call: Callable[[], object]) -> float:
    """The milliseconds of one call."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3


def ratios(problem: Problem, size: tuple[int, int], rounds: int) -> tuple[float, dict[str, float]]:
    """The milliseconds of the gradient by hand, and what the others take of it."""
    args = problem.arguments(*size)
    calls: dict[str, Callable[[], Array]] = {"numpy": lambda: problem.by_hand(*args)}
    for name, (make, take) in tools().items():
        calls[name] = partial(make(problem), *map(take, args))
        np.testing.assert_allclose(calls[name](), calls["numpy"](), rtol=1e-9, atol=1e-12)
    often = {name: max(1, int(BLOCK / seconds(call, 3))) for name, call in calls.items()}
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            times[name].append(seconds(call, often[name]))
    found = {
        name: statistics.median(a / b for a, b in zip(times[name], times["numpy"], strict=True))
        for name in calls
    }
    return statistics.median(times["numpy"]) * 1e3, found


def fresh_sizes(problem: Problem) -> list[tuple[Array, ...]]:
    """Arguments of sizes that come once."""
    return [problem.arguments(30 + k, 4 + k) for k in range(NEW_SIZES)]


def once_costs(problem: Problem) -> dict[str, tuple[float, float]]:
    """The milliseconds of the first call, and of calls with sizes that are new, by tool."""
    found = {}
    for name, (make, take) in tools().items():
        gradient = make(problem)
        given = [[take(arg) for arg in args] for args in fresh_sizes(problem)]
        first = once(lambda: gradient(*map(take, problem.arguments(*problem.sizes[0]))))  # noqa: B023
        found[name] = first, statistics.mean(once(lambda: gradient(*args)) for args in given)  # noqa: B023
    return found


def finding(problem: Problem, rounds: int) -> float:
    """The microseconds that a call takes beyond the compiled function itself."""
    args = problem.arguments(*problem.sizes[0])
    gradient = sd.grad_of(problem.function(np))
    compiled = gradient.compiled(*args)
    pairs = [
        (seconds(lambda: gradient(*args), FINDING), seconds(lambda: compiled(*args), FINDING))
        for _ in range(rounds)
    ]
    return statistics.median(whole - inner for whole, inner in pairs) * 1e6


def main(arguments: list[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args(arguments).rounds
    names = list(tools())
    heads = "".join(f"{name:>10}" for name in names)
    for problem in PROBLEMS:
        once_costs(problem)  # what tools load when they are first used
    costs = {problem.name: once_costs(problem) for problem in PROBLEMS}
    print(f"{'calls':<24}{'numpy, ms':>10}{heads}")
    for problem in PROBLEMS:
        for size in problem.sizes:
            hand, found = ratios(problem, size, rounds)
            cells = "".join(f"{found[name]:>10.2f}" for name in names)
            label = f"{problem.name} {' × '.join(str(s) for s in size if s)}"
            print(f"{label:<24}{hand:>10.4f}{cells}", flush=True)
    for place, title in ((0, "first call, ms"), (1, "new sizes, ms")):
        print(f"\n{title:<24}{'':>10}{heads}")
        for name, row in costs.items():
            print(f"{name:<34}" + "".join(f"{row[tool][place]:>10.3f}" for tool in names))
    print("\nadded by finding it, µs")
    for problem in PROBLEMS:
        print(f"{problem.name:<34}{finding(problem, rounds):>10.2f}")
    print(f"\n{settings(['numpy', *(n.lower() for n in names if n != 'symdiff')])}")


if __name__ == "__main__":
    main()
