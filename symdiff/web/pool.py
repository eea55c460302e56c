"""Worker processes that wait for questions. One that takes too long, or ends, is replaced."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from typing import Any

from symdiff.web import worker
from symdiff.web.limits import Limits
from symdiff.web.stopped import Reason, Stopped

_STARTING = 60.0
"""Seconds in which a worker must have started."""
_LAST = 0.5
"""Seconds that are left to questions whose askers have gone, once others wait for a worker."""


_SAID = 1 << 16


class Pool:
    """Answers questions by worker processes, within limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._idle: asyncio.Queue[_Worker] = asyncio.Queue()
        self._workers: set[_Worker] = set()
        self._waiting = 0
        self._abandoned: set[asyncio.Task[bytes]] = set()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        """Start the workers, and wait for the first. Raises Stopped if it does not start."""
        await self._add()
        for _ in range(self._limits.workers - 1):
            self._keep(asyncio.create_task(self._add_surely()))

    async def stop(self) -> None:
        """End all workers."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(each.end() for each in self._workers))

    async def ask(self, question: bytes) -> bytes:
        """The answer to a question. Raises Stopped where there is none.

        Who cancels this gives the question up: it leaves the queue, or its worker
        is free as soon as others need it.
        """
        if self._waiting >= self._limits.waiting:
            raise Stopped(Reason.WAITING)
        self._waiting += 1
        self._hurry()
        try:
            chosen = await self._idle.get()
        finally:
            self._waiting -= 1
        asking = asyncio.create_task(self._exchange(chosen, question))
        self._keep(asking)
        try:
            return await asyncio.shield(asking)
        except asyncio.CancelledError:
            self._abandoned.add(asking)
            asking.add_done_callback(self._abandoned.discard)
            self._hurry()
            raise

    def _hurry(self) -> None:
        """Stop what nobody waits for, if somebody waits for a worker."""
        if self._waiting and self._idle.empty():
            for task in self._abandoned:
                asyncio.get_running_loop().call_later(_LAST, task.cancel)

    async def _exchange(self, chosen: _Worker, question: bytes) -> bytes:
        goes_on = False
        try:
            async with asyncio.timeout(self._limits.seconds):
                goes_on, answer = await chosen.exchange(question)
            goes_on = goes_on and chosen.asked < self._limits.questions
            return answer
        except TimeoutError:
            raise Stopped(Reason.SECONDS) from None
        except (asyncio.IncompleteReadError, ConnectionError):
            raise Stopped(await chosen.cause()) from None
        finally:
            if goes_on:
                self._idle.put_nowait(chosen)
            else:
                self._keep(asyncio.create_task(self._replace(chosen)))

    async def _replace(self, old: _Worker) -> None:
        self._workers.discard(old)
        await old.end()
        await self._add_surely()

    async def _add_surely(self) -> None:
        while True:
            with contextlib.suppress(Stopped):
                return await self._add()
            await asyncio.sleep(1.0)  # the machine may be out of processes; its owner sees why

    async def _add(self) -> None:
        new = _Worker(await _start(self._limits))
        self._workers.add(new)
        self._keep(asyncio.create_task(new.listen()))
        try:
            async with asyncio.timeout(_STARTING):
                await new.read()
        except (TimeoutError, asyncio.IncompleteReadError):
            self._workers.discard(new)
            await new.end()
            raise Stopped(Reason.CRASH) from None
        self._idle.put_nowait(new)

    def _keep(self, task: asyncio.Task[Any]) -> None:
        """Hold a task until it is done, and take note of its error, if any."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())


class _Worker:
    """A worker process, from the side of the server."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.asked = 0

    async def exchange(self, question: bytes) -> tuple[bool, bytes]:
        """Whether the worker goes on, and the answer."""
        assert self._process.stdin
        self.asked += 1
        self._process.stdin.write(worker.QUESTION.pack(len(question)) + question)
        await self._process.stdin.drain()
        return await self.read()

    async def read(self) -> tuple[bool, bytes]:
        """The next answer; the first says that the worker is ready."""
        assert self._process.stdout
        header = await self._process.stdout.readexactly(worker.ANSWER.size)
        goes_on, length = worker.ANSWER.unpack(header)
        return goes_on, await self._process.stdout.readexactly(length)

    async def listen(self) -> None:
        """Pass on what the worker says on standard error, which it may not write to a file."""
        assert self._process.stderr
        while said := await self._process.stderr.read(_SAID):
            sys.stderr.write(said.decode(errors="replace"))

    async def cause(self) -> Reason:
        """Why the process has ended."""
        status = await self._process.wait()
        return Reason.SECONDS if status == -getattr(signal, "SIGXCPU", 0) else Reason.CRASH

    async def end(self) -> None:
        """Kill the process, and whatever it has started."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                if hasattr(os, "killpg"):
                    os.killpg(self._process.pid, signal.SIGKILL)
                else:
                    self._process.kill()
        await self._process.wait()


async def _start(limits: Limits) -> Process:
    """A worker in a session of its own, which no key of the terminal interrupts."""
    return await asyncio.create_subprocess_exec(
        *worker.arguments(limits),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env=worker.environment(),
        start_new_session=True,
    )
