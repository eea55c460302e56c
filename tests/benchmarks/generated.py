"""Generated NumPy beside NumPy written by hand, and beside other tools. One command, all tables.

Run `python tests/benchmarks/generated.py`; it needs symdiff, NumPy and SciPy. Words pick workloads
by a part of their name and sizes, as printed; `--tools` names other tools, which `pip install
'.[bench]'` brings. Each is written as one who knows it would (see `workloads/` and `tools/`). One
that does not give what the function by hand gives is left out, with a note; a dash stands where a
tool is not made for a workload.

**Calls.** Each tool has a process of its own. In each round it is timed right after the function by
hand, which is NumPy, but plain Python for the workloads of two floats; a figure is the median of
the ratios. Arrays are given in the tool's own form, and answered so.
**Cold** are the milliseconds to the first answer in a fresh process, tools being loaded: build,
differentiate, compile, call; the median of several processes. **Memory** is the peak of what
Python and NumPy allocate in a call, results included (tools that allocate elsewhere show a dash),
and how much the first answer made the process grow, compilers included. **Import** compares with
`import numpy`; behind it stand the milliseconds to load the tool with what it loads or starts at
its first use. An exclamation mark stands behind what misses its target.

An interrupt ends the measuring: the tables then tell what is known. With all tools, it takes half
an hour. `--threads` is told to BLAS, XLA, numba, torch and symdiff; by default one works.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
import tools
from measure import limit_threads, settings
from workers import LeftOutError, Worker
from workloads import WORKLOADS, Case, Workload

TABLES = ("calls", "cold", "memory", "import")
TOLERANCE = {"float64": 1e-8, "float32": 1e-3}
"""The largest differences from the answer by hand, relative to the largest entry of each array."""
PATIENCE = 6.0
"""The seconds that all rounds of one tool should last; slower tools take part in fewer."""
QUIET = 0.01
"""The seconds before each timing in which threads of other processes may go to sleep."""
IMPORT_TARGET = 1.3


@dataclass
class Measured:
    """All that is known of a case: by tool, and by hand under "hand"."""

    workload: Workload
    case: Case
    seconds: float = 0.0
    ratios: dict[str, float] = field(default_factory=dict)
    loaded: dict[str, float] = field(default_factory=dict)
    cold: dict[str, float] = field(default_factory=dict)
    allocated: dict[str, int] = field(default_factory=dict)
    resident: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


# Measuring.


def measure(
    workload: Workload, place: int, options: argparse.Namespace, chosen: Sequence[str]
) -> Measured:
    """Start all tools, compare their answers, and time their calls."""
    found = Measured(workload, workload.cases[place])
    workers = {"hand": Worker("hand", workload, place, options.threads)}
    right = workers["hand"].start.answer
    for tool in chosen:
        try:
            workers[tool] = Worker(tool, workload, place, options.threads)
            check(workers[tool].start.answer, right, found.case.dtype)
            found.loaded[tool] = workers[tool].start.loaded
            found.cold[tool] = cold_time(tool, workers[tool], workload, place, options)
        except LeftOutError as reason:
            found.left_out[tool] = str(reason)
            if tool in workers:
                workers.pop(tool).close()
    if "calls" in options.only:
        found.seconds, found.ratios = race(workers, options.rounds)
    if "memory" in options.only:
        found.resident = {tool: worker.start.resident for tool, worker in workers.items()}
        traced = tools.TRACED.intersection(workers)
        found.allocated = {tool: workers[tool].memory() for tool in traced}
    for worker in workers.values():
        worker.close()
    return found


def check(answer: list[np.ndarray], right: list[np.ndarray], dtype: str) -> None:
    """Raise LeftOutError for an answer that differs from that by hand."""
    shapes = [part.shape for part in answer], [part.shape for part in right]
    if shapes[0] != shapes[1]:
        raise LeftOutError(f"answers {shapes[0]}, not {shapes[1]}")
    worst = max(map(difference, answer, right))
    if not worst < TOLERANCE[dtype]:
        raise LeftOutError(f"is wrong by {worst:.1e}")


def difference(found: np.ndarray, right: np.ndarray) -> float:
    """The largest difference of two arrays, relative to the largest entry."""
    return float(np.max(abs(found - right)) / (np.max(abs(right)) or 1))


def cold_time(
    tool: str, first: Worker, workload: Workload, place: int, options: argparse.Namespace
) -> float:
    """The median time to the first answer over several processes, if that is not long."""
    times = [first.start.cold]
    if "cold" in options.only and first.start.cold < 2:
        for _ in range(options.starts - 1):
            worker = Worker(tool, workload, place, options.threads)
            times.append(worker.start.cold)
            worker.close()
    return statistics.median(times)


def race(workers: Mapping[str, Worker], rounds: int) -> tuple[float, dict[str, float]]:
    """The median seconds of the function by hand, and the median ratio of each tool to it."""
    others = [tool for tool in workers if tool != "hand"]
    by_hand: list[float] = []
    ratios: dict[str, list[float]] = {tool: [] for tool in others}
    for turn in range(rounds):
        at = turn % max(1, len(others))
        for tool in others[at:] + others[:at]:
            if turn and turn >= PATIENCE / workers[tool].patience:
                continue
            by_hand.append(quiet_time(workers["hand"]))
            ratios[tool].append(quiet_time(workers[tool]) / by_hand[-1])
    medians = {tool: statistics.median(each) for tool, each in ratios.items()}
    return statistics.median(by_hand or [quiet_time(workers["hand"])]), medians


def quiet_time(worker: Worker) -> float:
    """A timing, with a pause before."""
    time.sleep(QUIET)
    return worker.time()


def import_seconds(package: str) -> float:
    """The time of an import in a fresh process."""
    code = f"import time; t = time.perf_counter(); import {package}; print(time.perf_counter() - t)"
    return float(subprocess.check_output([sys.executable, "-c", code]))


# Printing.


def row(found: Measured, cells: Iterable[str]) -> str:
    """A line of a table."""
    words = f"{found.workload.name:<22}{found.case.text:<34}"
    return (words + "".join(f"{cell:>10}" for cell in cells)).rstrip()


def header(title: str, columns: Sequence[str]) -> str:
    """The title and the first line of a table."""
    return f"\n{title}\n{'workload':<22}{'sizes':<34}" + "".join(f"{c:>10}" for c in columns)


def figure(value: float | None, target: float | None = None) -> str:
    """A number of three digits, marked where it is above its target; a dash where there is none."""
    if value is None:
        return "-"
    text = f"{value:.0f}" if value >= 100 else f"{value:#.3g}"
    return f"{text} {'!' if target is not None and value > target else ' '}"


def print_calls(found: Measured, chosen: Sequence[str], threads: int) -> None:
    """The ratios of a case, as soon as they are known."""
    target = found.case.wanted(threads)
    cells = [figure(found.seconds * 1e6), figure(target)]
    cells += [figure(found.ratios.get(tool), target) for tool in chosen]
    print(row(found, cells), flush=True)


def print_cold(every: Sequence[Measured], chosen: Sequence[str]) -> None:
    """Milliseconds to the first answer."""
    print(header("ms to the first answer", ["target", *chosen]))
    for found in every:
        target = None if found.case.cold is None else found.case.cold * 1e3
        times = [found.cold.get(tool) for tool in chosen]
        cells = [figure(None if t is None else t * 1e3, target) for t in times]
        print(row(found, [figure(target), *cells]))


def print_memory(every: Sequence[Measured], chosen: Sequence[str]) -> None:
    """The peak of a call and of the process."""
    for title, kind, unit in (
        ("KiB allocated in a call, at the peak", "allocated", 2**10),
        ("MiB by which the first answer makes the process grow", "resident", 2**20),
    ):
        print(header(title, ["by hand", *chosen]))
        for found in every:
            sizes = getattr(found, kind)
            values = [sizes.get(tool) for tool in ("hand", *chosen)]
            print(row(found, [figure(None if v is None else v / unit) for v in values]))


def print_import(chosen: Sequence[str], every: Sequence[Measured], times: int) -> None:
    """The ratio of each import to that of NumPy, and how long it took to load all of the tool."""
    print(
        f"\ntime to import / time to import numpy (target for symdiff: {IMPORT_TARGET}); ms to load"
    )
    for tool in chosen:
        pairs = [(tools.NAMES[tool], "numpy")] * times
        ratio = statistics.median(import_seconds(a) / import_seconds(b) for a, b in pairs)
        loads = [found.loaded[tool] for found in every if tool in found.loaded]
        loaded = statistics.median(loads) * 1e3 if loads else None
        target = IMPORT_TARGET if tool == "symdiff" else None
        print(f"{tool:<22}{figure(ratio, target):>10}{figure(loaded):>10}")


def print_left_out(every: Sequence[Measured]) -> None:
    """Which tools did not take part where, by reason."""
    places: dict[tuple[str, str], list[str]] = {}
    for found in every:
        for tool, reason in found.left_out.items():
            if reason:
                place = f"{found.workload.name} {found.case.text}".rstrip()
                places.setdefault((tool, reason), []).append(place)
    for (tool, reason), cases in places.items():
        print(f"left out: {tool} {reason}: {', '.join(cases)}")


# The command.


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    names = ", ".join(workload.name for workload in WORKLOADS)
    parser.add_argument("names", nargs="*", help=f"parts of the names of workloads: {names}")
    parser.add_argument("--only", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--tools", nargs="+", choices=tools.NAMES, default=["symdiff"])
    parser.add_argument("--rounds", type=int, default=21, help="timings of each tool")
    parser.add_argument("--starts", type=int, default=3, help="processes for cold times")
    parser.add_argument("--threads", type=int, choices=(1, 2), default=1)
    parser.add_argument("--quick", action="store_true", help="few rounds, one start")
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds, options.starts = 5, 1
    options.names = options.names or [""]
    return options


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is asked for, and print the tables."""
    options = parsed(arguments)
    limit_threads(options.threads)
    chosen = [tool for tool in options.tools if tool != "hand"]
    missing = [tool for tool in chosen if importlib.util.find_spec(tools.NAMES[tool]) is None]
    chosen = [tool for tool in chosen if tool not in missing]
    print(settings(["numpy", "scipy", *(tools.NAMES[t] for t in chosen if t != "symdiff")]))
    print(*(f"not installed: {tool}" for tool in missing), sep="\n", end="\n" if missing else "")
    every = []
    if set(options.only) - {"import"}:
        every = measure_all(options, chosen)
    if "cold" in options.only:
        print_cold(every, chosen)
    if "memory" in options.only:
        print_memory(every, chosen)
    if "import" in options.only:
        print_import(chosen, every, options.starts)
    print_left_out(every)


def measure_all(options: argparse.Namespace, chosen: Sequence[str]) -> list[Measured]:
    """All cases asked for, or those before an interrupt; calls are printed as they are found."""
    if "calls" in options.only:
        title = "time of a call / time by hand (by hand: µs)"
        print(header(title, ["by hand", "target", *chosen]), flush=True)
    every: list[Measured] = []
    with suppress(KeyboardInterrupt):
        for workload, place in asked_for(options.names):
            every.append(measure(workload, place, options, chosen))
            if "calls" in options.only:
                print_calls(every[-1], chosen, options.threads)
    return every


def asked_for(names: Sequence[str]) -> Iterator[tuple[Workload, int]]:
    """The workloads and places of cases whose names and sizes, as printed, have such parts."""
    for workload in WORKLOADS:
        for place, case in enumerate(workload.cases):
            if any(part in f"{workload.name} {case.text}" for part in names):
                yield workload, place


if __name__ == "__main__":
    main()
