"""Sizes as attributes of ops: how they are written, and what is required of them."""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.dims import Dim, Size, is_at_least_zero, spaced, spaced_shape
from symdiff.errors import shape_text
from symdiff.registry import Requirement


def sizes_text(sizes: Sequence[Size], spaces: bool = False) -> str:
    """One size as it is, several as a tuple; with the spaces of formatted source, or without."""
    if len(sizes) == 1:
        return spaced(sizes[0]) if spaces else str(sizes[0])
    return spaced_shape(tuple(sizes)) if spaces else shape_text(tuple(sizes))


def symbolic(sizes: Sequence[Size]) -> tuple[Size, ...]:
    """Those of some sizes that are no numbers."""
    return tuple(size for size in sizes if isinstance(size, Dim))


def not_negative(reason: str, sizes: Sequence[Size]) -> tuple[Requirement, ...]:
    """The requirement that symbolic sizes such as `n - 1` are not negative."""
    doubtful = (size for size in symbolic(sizes) if not is_at_least_zero(size))
    return tuple(Requirement(size, 0, reason) for size in doubtful)
