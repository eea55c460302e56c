"""The NumPy source of what a derivation derives, each line linked with the nodes it computes."""

from __future__ import annotations

from typing import NamedTuple

from symdiff.binding import inputs
from symdiff.codegen.generate import module
from symdiff.codegen.listing import Computing, listing
from symdiff.errors import ArgumentError
from symdiff.explain.derivation import Derivation
from symdiff.explain.program import linked
from symdiff.node import Node
from symdiff.show.document import Block, Listing, Paragraph, Section
from symdiff.show.naming import free_word
from symdiff.show.wording import Wording

_LONGEST = 400
"""Functions of more lines are shown with their middle left out."""


class Program(NamedTuple):
    """A module as text; empty if there is none. The section shows its function."""

    text: str
    section: Section


def program_of(derivation: Derivation, say: Wording) -> Program:
    """The module that `emit` writes for the target and its derivatives."""
    name = free_word(["function"], {v.attrs[0] for v in inputs(derivation.target)})
    title = say("page.program")
    try:
        source = module(*_wanted(derivation), name=name)
    except ArgumentError:  # array constants too large for a file, as is said instead
        return Program("", Section("program", title, (Paragraph(say("page.program.none")),)))
    lines = linked(listing(source, name), _made(derivation))
    blocks: list[Block] = [Paragraph(say("page.program.intro"))]
    blocks.append(Listing(tuple(_abridged(lines)), "python"))
    return Program(source.text, Section("program", title, tuple(blocks)))


def _wanted(derivation: Derivation) -> tuple[Node | list[Node], list[Node] | None]:
    """The target with its variables, or the target and all that is derived of it."""
    first = derivation.passes[0].taken
    if len(derivation.passes) == 1 and not first.directions:
        return derivation.target, list(derivation.wrt)
    found = [] if first.directions else list(first.gradients)
    return [derivation.target, *found, *(each.derivative for each in derivation.results)], None


def _made(derivation: Derivation) -> list[Node]:
    """What every pass made, before simplification."""
    nodes: list[Node] = []
    for each in derivation.passes:
        table = each.taken.table
        nodes += [table.target, *table.cotangents.values()]
        nodes += [step.sent for step in table.steps if step.sent is not None]
    return nodes


def _abridged(lines: list[Computing]) -> list[Computing]:
    if len(lines) <= _LONGEST:
        return lines
    return [*lines[: _LONGEST // 2], ("    …", ()), *lines[-_LONGEST // 2 :]]
