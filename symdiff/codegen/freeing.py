"""Freeing: arrays that can be large are given back as soon as nothing needs them."""

from __future__ import annotations

from dataclasses import replace

from symdiff.codegen.program import Program, Step, gives
from symdiff.dims import Dim, nominal_entries

WORTH_FREEING = 2**14
"""Arrays of so many entries are worth a statement that gives them back."""


def freed(program: Program, sparing: bool = False) -> Program:
    """The same program, which gives back all arrays that can be large, and views of them.

    Where there are none, a `sparing` program gives back small ones and scalars. Results are never
    given back, nor what the caller holds.
    """
    owned: set[Step] = set()
    for statement in program.statements:
        for step in gives(statement):
            if step is statement and (step.is_leaf or step.number):
                continue
            if step is statement and step.is_view and step.args[0] not in owned:
                continue
            owned.add(step)
    owned.difference_update(program.results)
    found = {step for step in owned if can_be_large(step)}
    if sparing and not found:
        found = owned
    return replace(program, freed=frozenset(found)) if found else program


def can_be_large(step: Step) -> bool:
    """True for an array with a named size, or with many entries."""
    return any(isinstance(size, Dim) for size in step.shape) or (
        nominal_entries(step.shape) >= WORTH_FREEING
    )
