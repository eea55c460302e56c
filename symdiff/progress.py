"""A line on the terminal that says how far a long computation is."""

from __future__ import annotations

import sys
import time

_PATIENCE = 2.0
"""Seconds without a word."""
_PAUSE = 0.2
"""Seconds between two words."""


class Progress:
    """Says what it is told, not too often, and wipes it in the end; nothing where nobody reads.

    Use it with `with`.
    """

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._next = self._start + _PATIENCE
        self._width = 0

    def __enter__(self) -> Progress:
        return self

    def say(self, text: str) -> None:
        """Write a line over the last one, on a terminal."""
        now = time.monotonic()
        if now >= self._next and sys.stderr.isatty():
            line = f"{text}, {now - self._start:.0f} s"
            self._write(line)
            self._next = now + _PAUSE

    def _write(self, line: str) -> None:
        print(f"\r{line.ljust(self._width)}", end="", file=sys.stderr, flush=True)
        self._width = len(line)

    def __exit__(self, *error: object) -> None:
        if self._width:
            self._write("")
            print("\r", end="", file=sys.stderr, flush=True)
