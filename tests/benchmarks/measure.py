"""What benchmarks share: timing a call, the peak of memory, and words about the machine."""

from __future__ import annotations

import importlib.metadata
import os
import resource
import time
import tracemalloc
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

Call = Callable[[], Any]

THREADS = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"),
    *("NPROC", "XLA_FLAGS"),
)
"""The variables that tell libraries how many threads to take; XLA reads the last two."""


def seconds(call: Call, repetitions: int) -> float:
    """The mean time of a call, after one that is not counted."""
    call()
    start = time.perf_counter()
    for _ in range(repetitions):
        call()
    return (time.perf_counter() - start) / repetitions


def limit_threads(threads: int) -> None:
    """Have all processes started from here take so many threads."""
    os.environ.update(dict.fromkeys(THREADS, str(threads)))
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false" if threads == 1 else ""


def allocated(call: Call) -> int:
    """The peak of the bytes that Python and NumPy allocate in a call."""
    call()
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def forget_peak() -> None:
    """Let the peak of resident memory start anew, where the system can do that."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def resident_peak() -> int:
    """The peak of resident memory in bytes, since `forget_peak` or the start of the process."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def settings(packages: Sequence[str]) -> str:
    """The versions, and what decides how many threads work."""
    versions = [f"{name} {importlib.metadata.version(name)}" for name in packages]
    chosen = [f"{name}={os.environ.get(name) or 'unset'}" for name in THREADS]
    return (
        f"versions: {', '.join(versions)}\n"
        f"threads: {os.cpu_count()} cores; {', '.join(chosen)}\n"
        f"other work: {os.getloadavg()[0]:.1f} processes a minute ago"
    )
