"""Rules that are wrong on purpose, to see that checks find them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from symdiff.registry import Derivative, Op


@contextmanager
def broken(op: Op, derivative: Derivative) -> Iterator[None]:
    """Let an op have another derivative for a while."""
    right = op.derivative
    object.__setattr__(op, "derivative", derivative)
    try:
        yield
    finally:
        object.__setattr__(op, "derivative", right)
