"""Tools in processes of their own, which stay and are told when to time a call."""

from __future__ import annotations

import gc
import multiprocessing
import resource
import time
import warnings
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import tools
from measure import allocated, forget_peak, resident_peak, seconds
from workloads import Task, Workload, find

BUDGET = 60.0
"""The seconds that a tool may take to prepare and answer once."""
MEMORY = 16 * 2**30
"""The bytes of address space that it may take."""
BLOCK = 0.02
"""The seconds that one timing should last, by repetition where a call is shorter."""


class LeftOutError(Exception):
    """A tool cannot take part, for the reason given."""


@dataclass(frozen=True)
class Start:
    """What a tool says after its first answer.

    loaded    seconds to import the tool, and whatever it loads or starts once
    cold      seconds from then to the answer
    resident  bytes by which the process grew meanwhile
    """

    loaded: float
    cold: float
    resident: int
    answer: list[np.ndarray[Any, Any]]


class Worker:
    """A process in which a tool is ready to compute a task.

    Raises LeftOutError where the tool fails, or takes longer than the budget.
    """

    def __init__(self, tool: str, workload: Workload, place: int, threads: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        arguments = (theirs, tool, workload.name, place, threads)
        self.process = context.Process(target=serve, args=arguments, daemon=True)
        self.process.start()
        theirs.close()
        try:
            self.start: Start = self._reply(BUDGET)
            once = self.time(1)
        except LeftOutError:
            self.close()
            raise
        self.repetitions = max(1, int(BLOCK / once))
        self.patience = max(once, BLOCK)

    def time(self, repetitions: int | None = None) -> float:
        """The mean seconds of a call."""
        self.connection.send(("time", repetitions or self.repetitions))
        return self._reply()

    def memory(self) -> int:
        """The peak of the bytes that Python and NumPy allocate in a call."""
        self.connection.send(("memory", 0))
        return self._reply()

    def close(self) -> None:
        """End the process."""
        self.connection.close()
        self.process.kill()
        self.process.join()

    def _reply(self, budget: float | None = None) -> Any:
        try:
            if not self.connection.poll(budget):
                raise LeftOutError(f"takes more than {BUDGET:.0f} s")
            reply = self.connection.recv()
        except (EOFError, ConnectionResetError):
            raise LeftOutError("ends without an answer") from None
        if isinstance(reply, str):
            raise LeftOutError(reply)
        return reply


def serve(connection: Connection, tool: str, name: str, place: int, threads: int) -> None:
    """Prepare a tool, answer once, and then whatever is asked until the other end closes."""
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        call, start = started(tool, Task(*find(name, place), threads))
    except tools.UnableError:
        connection.send("")  # nothing that needs to be said
        return
    except Exception as problem:
        words = str(problem).partition("\n")[0][:80]
        connection.send(f"raises {type(problem).__name__}: {words}")
        return
    connection.send(start)
    gc.collect()
    while True:
        try:
            asked, repetitions = connection.recv()
        except EOFError:
            return
        connection.send(seconds(call, repetitions) if asked == "time" else allocated(call))


def started(tool: str, task: Task) -> tuple[Any, Start]:
    """The call of a tool, and what it took to get there."""
    _ = task.inputs
    begin = time.perf_counter()
    module = tools.load(tool)
    loaded = time.perf_counter() - begin
    gc.collect()
    forget_peak()
    before, begin = resident_peak(), time.perf_counter()
    call = module.prepared(task)
    answer = call()
    cold = time.perf_counter() - begin
    resident = resident_peak() - before
    return call, Start(loaded, cold, resident, tools.numbers(answer))
