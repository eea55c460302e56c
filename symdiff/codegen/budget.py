"""How much memory a compiled function may take, as people say it to `compile`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from symdiff.binding import sizes_by_name
from symdiff.errors import ArgumentError

Memory: TypeAlias = "Literal['fast', 'min'] | int"


@dataclass(frozen=True, slots=True)
class Budget:
    """The memory that a program may take, apart from its inputs.

    most    so many bytes where floats are float64; 0 is as few as can be, None as many as are fast
    sizes   the values of the named sizes for which this holds; None is equally large ones
    strict  whether to refuse what needs more, instead of doing with as little as can be
    """

    most: int | None = None
    sizes: Mapping[str, int] | None = None
    strict: bool = True


FAST = Budget()
"""Memory is no matter."""


def budget_of(memory: object, sizes: Mapping[str, int] | None, names: tuple[str, ...]) -> Budget:
    """The budget that `memory` says, for the values of named `sizes`, of which there are `names`.

    Raises ArgumentError for what is no budget, InputError for sizes that are missing or unknown.

    >>> budget_of("min", None, ("n",))
    Budget(most=0, sizes=None, strict=True)
    """
    whole = isinstance(memory, int) and not isinstance(memory, bool) and memory > 0
    if memory not in ("fast", "min") and not whole:
        raise ArgumentError(
            f"memory must be 'fast', 'min' or a whole number of bytes, not {memory!r}"
        )
    needed = names if whole or sizes else ()
    given = sizes_by_name(names, needed, sizes or {}, "sizes=dict({})")
    if memory == "fast":
        return FAST
    return Budget(memory if isinstance(memory, int) else 0, given if sizes or whole else None)
