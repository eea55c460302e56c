"""One step of the pass as a line on the board: from a node to one of its arguments.

Upstream gradient times local derivative: what the rule sent, in the names of the graph, with the
reason for its form, the same in indices, and the words of chapter 6.5 of *Deep Learning*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from symdiff.derive.backprop import Contribution, GradientTable
from symdiff.explain.contribution import Proof, contribution
from symdiff.explain.formulas import cotangent
from symdiff.explain.index_form import IndexForm, index_form
from symdiff.explain.local import Local, local
from symdiff.explain.reasons import reason
from symdiff.explain.remarks import Facts, remarks
from symdiff.node import Node
from symdiff.show.document import Line, Math
from symdiff.show.naming import Name, Names
from symdiff.show.wording import Wording

Array: TypeAlias = "np.ndarray[Any, Any]"


@dataclass(frozen=True, slots=True)
class Edge:
    """A step of the pass in formulas.

    step          what the pass recorded
    upstream      the cotangent of the node, `∂L/∂u₂`
    receives      the cotangent that the contribution is added to, `∂L/∂u₁`
    local         the local derivative, `∂u₂/∂u₁ = cos(u₁)`
    contribution  what the rule sent, `∂L/∂u₂ ⊙ cos(u₁)`
    simpler       the same in fewer signs, if it can be written so
    proof         how the contribution is known to be what was sent
    bprop         the call of the textbook, `sin.bprop([u₁], u₁, ∂L/∂u₂)`
    index         the same entry by entry, where there are indices to write
    reason        why the contribution has this form, by shapes
    remarks       where the derivative is a convention or does not exist
    """

    step: Contribution
    upstream: Math
    receives: Math
    local: Local
    contribution: Math
    simpler: Math | None
    proof: Proof
    bprop: Math
    index: IndexForm | None
    reason: Line | None
    remarks: tuple[Line, ...]


def edges(
    table: GradientTable,
    names: Names,
    say: Wording,
    values: Mapping[Node, Array] | None = None,
) -> list[Edge]:
    """Write all steps of a pass, in its order.

    With the `values` of its nodes at a point, it is said where that point has no derivative.
    """
    known = Facts.of(table)
    return [edge(step, names, say, known, values) for step in table.steps]


def edge(
    step: Contribution,
    names: Names,
    say: Wording,
    facts: Facts | None = None,
    values: Mapping[Node, Array] | None = None,
) -> Edge:
    """Write one step of a pass, of which `facts` are known.

    >>> import symdiff as sd
    >>> X, w = sd.matrix("X", "n", "d"), sd.vector("w", "d")
    >>> loss = sd.sum(sd.sin(X @ w))
    >>> last = sd.backprop(loss, w).steps[-1]
    >>> found = edge(last, Names(loss), Wording())
    >>> print(found.local.math.pretty, "|", found.contribution.pretty, "|", found.bprop.pretty)
    ∂u₁/∂w = X | Xᵀ ∂L/∂u₁ | matmul.bprop([X, w], w, ∂L/∂u₁)
    """
    consumer = step.consumer
    written = contribution(step, names)
    plain = written.proof in (Proof.IDENTICAL, Proof.EQUAL)
    entries = index_form(step, names) if plain else None
    return Edge(
        step,
        cotangent(consumer, names),
        cotangent(step.receiver, names),
        local(step, names, entries),
        written.raw,
        written.simpler,
        written.proof,
        bprop(step, names),
        entries,
        reason(step, names, written.simpler or written.raw, entries, say),
        () if facts is None else remarks(step, names, facts, say, values),
    )


def bprop(step: Contribution, names: Names) -> Math:
    """The call `op.bprop(inputs, X, G)` of the textbook that the step is."""
    arguments = [_short(names.of(arg)) for arg in step.consumer.args]
    rule = step.rule.replace("_", "\\_")
    listed = ", ".join(a.pretty for a in arguments), ", ".join(a.latex for a in arguments)
    by, g = arguments[step.place], names.cotangent(step.consumer)
    return Math(
        f"{step.rule}.bprop([{listed[0]}], {by.pretty}, {g.pretty})",
        f"\\mathtt{{{rule}.bprop}}\\left([{listed[1]}], {by.latex}, {g.latex}\\right)",
    )


def _short(name: Name) -> Name:
    """A name, or dots for what is longer than a name, such as an array of numbers."""
    return name if len(name.pretty) <= _LONGEST else Name("…", "\\dots")


_LONGEST = 24
