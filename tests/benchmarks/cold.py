"""What a start costs: importing, everyday formulas from nothing to a first call, long ladders.

Run `python tests/benchmarks/cold.py [largest]`, with `PYTHONDONTWRITEBYTECODE` unset. Three tables:

- `import symdiff` beside `import numpy`, whole processes, in turns; and with a first formula;
- everyday formulas, with their derivatives: the milliseconds of each stage, each formula once in a
  process of its own, which has done other formulas before;
- the ladder of `ladder.py` up to `largest` steps with both derivatives: the seconds of each stage.

Each figure is the median of several processes, of the ladder the first. Stages are counted in time
of the processor, all in one thread, so that other work on the machine disturbs them little.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from ladder import ladder

import symdiff as sd
from symdiff.node import Node

T = TypeVar("T")

ROUNDS = 5
STAGES = ("build", "grad", "compile", "call")


# Importing --------------------------------------------------------------------------------------

FIRST_FORMULA = 'x = symdiff.vector("x", "n"); f = symdiff.sum(x**2); symdiff.grad(f, x)'

PROGRAMS = {
    "nothing": "pass",
    "numpy": "import numpy",
    "symdiff": "import symdiff",
    "symdiff, and a first gradient": f"import symdiff; {FIRST_FORMULA}",
}


def import_times() -> dict[str, float]:
    """The seconds that whole processes take."""
    runs: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for _ in range(ROUNDS):
        for name, program in PROGRAMS.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], check=True)
            runs[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in runs.items()}


# Everyday formulas ------------------------------------------------------------------------------


def parsed(formula: str, **shapes: str) -> Callable[[], Node]:
    """A formula that is read when it is built."""
    return lambda: sd.parse(formula, **shapes)


def network() -> Node:
    """The cross-entropy of a network of two layers."""
    X, Y = sd.matrix("X", "n", "p"), sd.matrix("Y", "n", "c")
    V, a = sd.matrix("V", "p", "h"), sd.vector("a", "h")
    W, b = sd.matrix("W", "h", "c"), sd.vector("b", "c")
    hidden = sd.tanh(X @ V + a)
    return -sd.sum(Y * sd.log_softmax(hidden @ W + b, axis=1)) / X.shape[0]


def black_scholes() -> Node:
    """The price of a call option."""
    s, k, t, r, v = (sd.scalar(name) for name in ("s", "k", "t", "r", "v"))
    d = (sd.log(s / k) + (r + v**2 / 2) * t) / (v * sd.sqrt(t))
    first, second = ((1 + sd.erf(z / sd.sqrt(2.0))) / 2 for z in (d, d - v * sd.sqrt(t)))
    return s * first - k * sd.exp(-r * t) * second


def mixture() -> Node:
    """The negative logarithm of the likelihood of a mixture of Gaussians."""
    X, M, a = sd.matrix("X", "n", "d"), sd.matrix("M", "k", "d"), sd.vector("a", "k")
    distances = sd.sum((X[:, None, :] - M[None, :, :]) ** 2, axis=2)
    return -sd.sum(sd.logsumexp(sd.log_softmax(a) - distances / 2, axis=1))


LOGISTIC = parsed("sum(log(1 + exp(-y * (X @ w))))", X="n d", w="d", y="n")

EVERYDAY: dict[str, tuple[Callable[[], Node], str]] = {
    "least squares": (parsed("sum((X @ w - y)**2)", X="n d", w="d", y="n"), "w"),
    "logistic regression": (LOGISTIC, "w"),
    "its Hessian": (LOGISTIC, "w"),
    "softmax cross-entropy": (
        parsed("-sum(Y * log(softmax(X @ W, axis=1)))", X="n d", W="d c", Y="n c"),
        "W",
    ),
    "Rosenbrock": (parsed("(1 - x)**2 + 100*(y - x**2)**2", x="", y=""), "x y"),
    "Black-Scholes": (black_scholes, "s k t r v"),
    "network of two layers": (network, "V a W b"),
    "mixture of Gaussians": (mixture, "M a"),
    "Gaussian": (
        parsed("(x - m) @ solve(S, x - m) / 2 + log(det(S)) / 2", x="d", m="d", S="d d"),
        "m S",
    ),
    "norm": (parsed("norm(A @ x - b)", A="n d", x="d", b="n"), "x"),
}


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """The result of some work, and the seconds of the processor that it took."""
    start = time.process_time()
    result = work()
    return result, time.process_time() - start


def derivatives(name: str, formula: Node, wrt: list[Node]) -> list[Node]:
    """The gradient, or for a Hessian that."""
    return [sd.hessian(formula, *wrt)] if "Hessian" in name else sd.grad(formula, wrt)


def stages(name: str, wanted: str, build: Callable[[], Node], arguments: Any) -> list[float]:
    """The seconds of each stage, from nothing to the first call."""
    warnings.simplefilter("ignore", RuntimeWarning)  # long ladders overflow, as they should
    formula, building = timed(build)
    variables = {node.attrs[0]: node for node in sd.inputs(formula)}
    wrt = [variables[letter] for letter in wanted.split()]
    found, deriving = timed(lambda: derivatives(name, formula, wrt))
    function, compiling = timed(lambda: sd.compile([formula, *found], inputs=[*variables.values()]))
    values = [arguments(node) for node in variables.values()]
    _, calling = timed(lambda: function(*values))
    return [building, deriving, compiling, calling]


def entries(node: Node) -> Any:
    """Numbers for a variable, of which a square matrix is positive definite."""
    shape = tuple(3 if size in ("d", "n") else 2 for size in map(str, node.shape))
    drawn = 0.5 + np.random.default_rng(len(shape)).random(shape)
    return drawn + 3 * np.eye(3) if node.shape == ("d", "d") else drawn


def everyday(name: str) -> list[float]:
    """The stages of one formula, after others in the same process."""
    import scipy.special  # noqa: F401  # which Black-Scholes needs, and takes long to import

    for other, (build, wanted) in EVERYDAY.items():
        if other in ("norm", "least squares") and other != name:
            stages(other, wanted, build, entries)
    build, wanted = EVERYDAY[name]
    return stages(name, wanted, build, entries)


def in_new_process(name: str) -> list[float]:
    """The stages of one formula, in a process of its own."""
    command = [sys.executable, __file__, "--formula", name]
    found: list[float] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return found


# Tables -----------------------------------------------------------------------------------------


def row(name: str, times: Sequence[float], unit: float) -> str:
    """A line of a table: the stages and their sum."""
    cells = [f"{time / unit:>9.3f}" for time in (*times, sum(times))]
    return f"{name:<24}" + "".join(cells)


def main(largest: int = 100_000) -> None:
    """Print the three tables."""
    times = import_times()
    print("whole processes, seconds, and as a ratio to importing NumPy")
    for name, seconds in times.items():
        print(f"{name:<32}{seconds:>9.3f}{seconds / times['numpy']:>9.2f}")
    heads = "".join(f"{head:>9}" for head in (*STAGES, "total"))
    print(f"\n{'milliseconds':<24}{heads}")
    for name in EVERYDAY:
        runs = [in_new_process(name) for _ in range(ROUNDS)]
        medians = [statistics.median(stage) for stage in zip(*runs, strict=True)]
        print(row(name, medians, 1e-3), flush=True)
    print(f"\n{'seconds':<24}{heads}")
    steps = 1000
    while steps <= largest:
        found = stages("ladder", "a b", lambda: ladder(steps), lambda node: 0.01)  # noqa: B023
        print(row(f"ladder of {steps}", found, 1), flush=True)
        steps *= 10


if __name__ == "__main__":
    if sys.argv[1:2] == ["--formula"]:
        print(json.dumps(everyday(sys.argv[2])))
    else:
        main(*map(int, sys.argv[1:]))
