"""What happens while a method runs: progress on a terminal, callbacks, Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from symdiff.errors import ArgumentError
from symdiff.optimise.packing import Array
from symdiff.progress import Progress


class Iteration(NamedTuple):
    """What a callback is told: how many iterations there have been, the loss, and the values."""

    number: int
    loss: float
    values: dict[str, Any]


Callback: TypeAlias = "Callable[[Iteration], object]"


class Stopped(Exception):
    """The callback has asked to stop."""


class Watch:
    """Counts evaluations and iterations of a loss, and keeps the last point that was accepted.

    x  that point
    """

    def __init__(
        self,
        start: Array,
        loss: Callable[[Array], float],
        unravel: Callable[[Array], dict[str, Any]],
        callback: Callback | None,
        progress: Progress | None,
    ) -> None:
        self.x, self.evaluations, self.iterations = start.copy(), 0, 0
        self._loss, self._unravel = loss, unravel
        self._callback, self._progress = callback, progress
        self._least = np.inf
        if callback is not None and not callable(callback):
            raise ArgumentError(f"callback must be a function of an iteration, not {callback!r}")

    @property
    def counted(self) -> str:
        """How far it is."""
        return f"{count(self.iterations, 'iteration')}, {count(self.evaluations, 'evaluation')}"

    def evaluating(self, loss: Callable[[Array], float]) -> Callable[[Array], float]:
        """The loss that a method is given, counted."""

        def evaluated(x: Array) -> float:
            found = loss(x)
            self.evaluations += 1
            self._least = min(self._least, found)
            self._say()
            return found

        return evaluated

    def accepted(self, x: Array, *rest: object) -> None:
        """Note the end of an iteration, and tell the callback. Raises Stopped if it says so."""
        self.iterations += 1
        self.x = np.array(x, dtype=np.float64)
        self._say()
        if self._callback is not None:
            at = Iteration(self.iterations, self._loss(self.x), self._unravel(self.x))
            if self._callback(at):
                raise Stopped

    def _say(self) -> None:
        if self._progress is not None:
            self._progress.say(f"{self.counted}: least loss {self._least:.6g}")


def count(number: int, what: str) -> str:
    """A number of things.

    >>> count(1, "iteration"), count(2, "iteration")
    ('1 iteration', '2 iterations')
    """
    return f"{number} {what}{'' if number == 1 else 's'}"
