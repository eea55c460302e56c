"""What a node costs: a ladder `x[i+1] = sin(x[i])*x[i-1] + x[i]` of growing length.

Run `python tests/benchmarks/ladder.py [largest]`. It prints microseconds a node, and nodes a
second, for building, differentiating, simplifying, evaluating and emitting, each counted by the
nodes that it visits. Equal figures down a column mean a cost proportional to length.
"""

from __future__ import annotations

import gc
import sys
import time
import warnings
from collections.abc import Callable
from typing import TypeVar

import symdiff as sd
from symdiff.node import Node, topological

T = TypeVar("T")


def ladder(steps: int) -> Node:
    """The last rung."""
    before, last = sd.scalar("a"), sd.scalar("b")
    for _ in range(steps):
        before, last = last, sd.sin(last) * before + last
    return last


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """The result of some work, and the seconds that it took."""
    gc.collect()
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def measure(steps: int) -> dict[str, tuple[int, float]]:
    """Nodes and seconds of each stage."""
    figures: dict[str, tuple[int, float]] = {}
    rung, seconds = timed(lambda: ladder(steps))
    forward = len(topological([rung]))
    figures["build"] = forward, seconds
    wrt = [sd.scalar("a"), sd.scalar("b")]
    gradients, seconds = timed(lambda: sd.backprop(rung, wrt).gradients)
    figures["grad"] = forward, seconds
    everything = [rung, *gradients]
    raw = len(topological(everything))
    simple, seconds = timed(lambda: sd.simplify(everything))
    figures["simplify"] = raw, seconds
    nodes = len(topological(simple))
    _, seconds = timed(lambda: sd.evaluate(simple, a=0.01, b=0.02))
    figures["evaluate"] = nodes, seconds
    _, seconds = timed(lambda: sd.emit(simple))
    figures["emit"] = nodes, seconds
    return figures


def main(largest: int = 1_000_000) -> None:
    """Print the table up to a ladder of `largest` steps."""
    warnings.simplefilter("ignore", RuntimeWarning)  # long ladders overflow, as they should
    stages = ("build", "grad", "simplify", "evaluate", "emit")
    print(f"{'steps':>9}  {'nodes':>9}  " + "  ".join(f"{stage:>20}" for stage in stages))
    steps = 1000
    while steps <= largest:
        figures = measure(steps)
        cells = [f"{s / n * 1e6:6.1f} µs {n / s:9.0f}/s" for n, s in figures.values()]
        row = f"{steps:>9}  {figures['build'][0]:>9}  " + "  ".join(f"{c:>20}" for c in cells)
        print(row, flush=True)
        steps *= 10


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
