"""Simplification: all rules together, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, overload

from symdiff.binding import as_nodes
from symdiff.node import Node, topological
from symdiff.rewrite import (
    algebra,
    contraction,
    deviations,
    fourier,
    functions,
    gather,
    joining,
    linear_algebra,
    parts,
    stability,
    structure,
)
from symdiff.rewrite.engine import READABLE, Rewriter, Rules, Step, is_readable
from symdiff.rewrite.exponentials import with_equal_exponentials
from symdiff.shown import Part, Rows, Shown

RULES = Rules(
    (
        *structure.RULES,
        *joining.RULES,
        *gather.RULES,
        *stability.RULES,
        *functions.RULES,
        *parts.RULES,
        *fourier.RULES,
        *linear_algebra.RULES,
        *deviations.RULES,
        *contraction.RULES,
        *algebra.RULES,
    )
)

_MOST_PASSES = 8


@dataclass(frozen=True, slots=True, repr=False)
class Trace(Shown):
    """What simplification did: the results, and every rule applied, with before and after."""

    results: tuple[Node, ...]
    steps: tuple[Step, ...]

    @property
    def result(self) -> Node:
        """The first result, which is the only one if one expression was simplified."""
        return self.results[0]

    def __str__(self) -> str:
        from symdiff.show.text import pretty

        return "\n".join(
            f"{step.rule}: {pretty(step.before, 60)}  →  {pretty(step.after, 60)}"
            for step in self.steps
        )

    def _parts_(self) -> list[Part]:
        rows = [(step.rule, step.before, step.after) for step in self.steps]
        results: list[Part] = [("result: ", result) for result in self.results]
        return [Rows(("rule", "before", "after"), rows), *results] if rows else results


@overload
def simplify(expressions: Node, trace: Literal[False] = False) -> Node: ...
@overload
def simplify(expressions: Sequence[Node], trace: Literal[False] = False) -> list[Node]: ...
@overload
def simplify(expressions: Node | Sequence[Node], trace: Literal[True]) -> Trace: ...
def simplify(expressions: Node | Sequence[Node], trace: bool = False) -> Node | list[Node] | Trace:
    """Return equal expressions in normal form: shorter to write and no slower to compute.

    Several expressions are simplified together, so that what they share stays shared. With
    `trace`, the result is a `Trace`, which lists the rules that were applied.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> print(simplify(x + x - 2 * x + 3 * sd.log(sd.exp(x))))
    3 x
    >>> print(simplify(sd.log(sd.exp(x)) + x, trace=True))
    logarithm of an exponential: log(exp(x))  →  x
    collect like terms: x + x  →  2 x
    """
    outputs = as_nodes(expressions)
    steps: list[Step] = []
    results = _to_fixpoint(outputs, steps if trace else None)
    if trace:
        return Trace(tuple(results), tuple(steps))
    return results[0] if isinstance(expressions, Node) else results


def normal_forms(target: Node) -> dict[Node, Node]:
    """The normal forms of the parts of an expression, as they come about within it."""
    forms = {node: node for node in topological([target])}
    outputs = [target]
    for _ in range(_MOST_PASSES if len(forms) <= READABLE else 1):
        rewriter = Rewriter(RULES, outputs, algebra.REGIONS)
        results = rewriter.run()
        forms = {node: rewriter.done(form) for node, form in forms.items()}
        if results == outputs:
            break
        outputs = results
    return forms


def _to_fixpoint(outputs: list[Node], log: list[Step] | None) -> list[Node]:
    results = _pass(outputs, log)
    for _ in range(_MOST_PASSES):  # what was shared before a pass may stand alone after it
        if results == outputs or not is_readable(results):
            break
        outputs, results = results, _pass(results, log)
    return results


def _pass(outputs: list[Node], log: list[Step] | None) -> list[Node]:
    return Rewriter(RULES, with_equal_exponentials(outputs, log), algebra.REGIONS, log).run()
