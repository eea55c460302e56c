"""How much memory a compiled function may take, as people say it to `compile`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from symdiff.errors import ArgumentError

Memory: TypeAlias = "Literal['fast', 'min'] | int"


@dataclass(frozen=True, slots=True)
class Budget:
    """The memory that a program may take, apart from its inputs.

    most   so many bytes where floats are float64; 0 is as few as can be, None as many as are fast
    sizes  the values of the named sizes for which this holds; None is equally large ones
    """

    most: int | None = None
    sizes: Mapping[str, int] | None = None


FAST = Budget()
"""Memory is no matter."""


def budget_of(memory: object, sizes: Mapping[str, int] | None, names: tuple[str, ...]) -> Budget:
    """The budget that `memory` says, for the values of named `sizes`, of which there are `names`.

    Raises ArgumentError for a budget that is none, or without the sizes that it is for.

    >>> budget_of("min", None, ("n",))
    Budget(most=0, sizes=None)
    """
    whole = isinstance(memory, int) and not isinstance(memory, bool) and memory > 0
    if memory not in ("fast", "min") and not whole:
        raise ArgumentError(
            f"memory must be 'fast', 'min' or a whole number of bytes, not {memory!r}"
        )
    for name, size in (sizes or {}).items():
        if name not in names:
            known = ", ".join(names) or "none"
            raise ArgumentError(f"{name!r} is not a size of these expressions; they have: {known}")
        if isinstance(size, bool) or not isinstance(size, int) or size < 0:
            raise ArgumentError(f"the size {name} must be a whole number, not {size!r}")
    missing = [name for name in names if name not in (sizes or {})]
    if missing and (whole or sizes):
        example = ", ".join(f'"{name}": 1000' for name in missing)
        raise ArgumentError(
            f"a budget needs the values of {', '.join(missing)} too; write sizes={{{example}}}"
        )
    if memory == "fast":
        return FAST
    return Budget(memory if isinstance(memory, int) else 0, dict(sizes) if sizes else None)
