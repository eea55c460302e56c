"""Pickles of what users declare: whole, if Python finds by name all functions that it calls.

Otherwise they hold the name of the op alone, and the process that reads them must know it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from symdiff.errors import ArgumentError
from symdiff.own.body import Procedure
from symdiff.registry import OPS, Declaration

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from symdiff.own.signature import Signature


def reduced(own: DataclassInstance, parts: Iterable[object]) -> tuple[Any, ...]:
    """What `__reduce__` of a declaration returns, which has functions and bodies as `parts`."""
    functions = [part.function if isinstance(part, Procedure) else part for part in parts]
    if all(_is_found(each) for each in functions if callable(each)):
        return type(own), tuple(getattr(own, field.name) for field in fields(own))
    return declared_here, (own.signature,)  # type: ignore[attr-defined]


def declared_here(signature: Signature) -> Declaration:
    """The declaration of that name in this process, for a pickle that could not hold it."""
    op = OPS.get(signature.name)
    if op is None or op.own is None or op.own.signature != signature:
        raise ArgumentError(
            f"the pickle has the op `{signature}`, whose function no module has by name; declare "
            "it with sd.op or sd.define before the pickle is read"
        )
    return op.own


def _is_found(function: object) -> bool:
    """True for a function that a module other than the one that is run has by its name."""
    home = sys.modules.get(getattr(function, "__module__", None) or "")
    if home is None or home.__name__ == "__main__":
        return False
    return getattr(home, getattr(function, "__qualname__", ""), None) is function
