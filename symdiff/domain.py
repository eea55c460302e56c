"""Where a formula or its derivative is undefined, or a convention.

Every op declares the edges of its domain; `domain` collects those of a formula, leaves out what is
proven not to happen, and keeps the rest as conditions that can be printed and evaluated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from symdiff.binding import one_node, size_names
from symdiff.derive.backprop import as_list, dependents
from symdiff.errors import ArgumentError, quote
from symdiff.evaluate import evaluate
from symdiff.intervals import NUMBER, Interval
from symdiff.node import Node, topological
from symdiff.ops.leaves import VARIABLE, number_of
from symdiff.registry import BRANCH, CONVENTION, STEEP, UNDEFINED
from symdiff.rewrite.opened import is_derived, opened
from symdiff.rewrite.ranges import values_of
from symdiff.rewrite.stabilise import stabilised_around
from symdiff.shown import Part, Piece, Sentence, Shown

_SAYS = {
    UNDEFINED: "{} has no finite value",
    STEEP: "{} has no finite derivative",
    CONVENTION: "the derivative of {} is a convention",
    BRANCH: "the derivative of {} is that of the branch taken",
}


@dataclass(frozen=True, slots=True, repr=False)
class Exclusion(Shown):
    """Points at which a part of a formula is not what it is elsewhere.

    where   the condition, a boolean expression
    node    the part of the formula
    effect  "undefined": no finite value; "steep": no finite derivative; "convention": the
            derivative is a convention, see `conventions`; "branch": it is that of the branch taken
    guards  conditions under which alone the part is needed, and whether they hold
    """

    where: Node
    node: Node
    effect: str
    guards: tuple[tuple[Node, bool], ...] = ()

    @property
    def said(self) -> Sentence:
        """The exclusion in words and expressions."""
        before, after = _SAYS[self.effect].split("{}")
        said: list[Piece] = [self.where, f": {before}", self.node, after]
        for guard, holds in self.guards:
            said += [f", needed where {'' if holds else 'not '}", guard]
        return tuple(said)

    def _parts_(self) -> list[Part]:
        return [self.said]


@dataclass(frozen=True, slots=True, repr=False)
class Domain(Shown):
    """All exclusions of a formula. It prints one on each line, and can be asked about a point."""

    formula: Node
    exclusions: tuple[Exclusion, ...]

    def __iter__(self) -> Iterator[Exclusion]:
        return iter(self.exclusions)

    def __len__(self) -> int:
        return len(self.exclusions)

    def _parts_(self) -> list[Part]:
        if not self.exclusions:
            return [("defined and differentiable everywhere",)]
        return [each.said for each in self.exclusions]

    def at(self, **values: Any) -> tuple[Exclusion, ...]:
        """The exclusions that happen at a point, given as for `evaluate`, in any entry.

        Raises InputError for values that do not fit.
        """
        conditions = [[e.where, *(guard for guard, _ in e.guards)] for e in self.exclusions]
        found = []
        with np.errstate(all="ignore"):
            for exclusion, needed in zip(self.exclusions, conditions, strict=True):
                order = topological(needed)
                known = {v.attrs[0] for v in order if v.op is VARIABLE} | {*size_names(order)}
                given = {name: value for name, value in values.items() if name in known}
                holds, *guards = evaluate(needed, **given)
                for value, (_, wanted) in zip(guards, exclusion.guards, strict=True):
                    holds = holds & (value if wanted else ~value)
                if np.any(holds):
                    found.append(exclusion)
        return tuple(found)


def domain(formula: Node, wrt: Node | Sequence[Node] | None = None) -> Domain:
    """Say where a formula and its derivatives by `wrt` are undefined or merely conventional.

    `wrt` is by default all its variables. The formula is read as it is written, and its derivatives
    as they are taken, after `stabilise`. What is proven
    impossible is left out: `log(1 + x**2)` is defined everywhere, and where `log(x)` is needed
    only where `x > 0`, nothing happens at 0. Named sizes are taken to be at least 1.

    Raises ArgumentError for a formula with complex parts.

    >>> import symdiff as sd
    >>> print(domain(sd.parse("sum(log(x)) + norm(y) + log(1 + exp(z))", x="n", y="n", z="")))
    x ≤ 0: log(x) has no finite value
    ‖y‖ = 0: the derivative of ‖y‖ is a convention
    """
    (opened_formula,) = opened([one_node(formula)], is_derived)
    for node in topological([formula]):
        if node.dtype == "complex":
            raise ArgumentError(f"the domain of a complex expression such as {quote(node)} is open")
    variables = [v for v in topological([formula]) if v.op is VARIABLE and v.dtype == "float"]
    varied = variables if wrt is None else as_list(wrt)
    differentiated = stabilised_around(opened_formula, varied)
    found = [
        *(e for e in exclusions(opened_formula, varied) if e.effect == UNDEFINED),
        *(e for e in exclusions(differentiated, varied) if e.effect != UNDEFINED),
    ]
    return Domain(formula, tuple(found))


def exclusions(formula: Node, varied: Sequence[Node]) -> list[Exclusion]:
    """The edges that a formula reaches, those of derivatives only where something varies."""
    order = topological([formula])
    varies = dependents(order, varied)
    known = values_of([formula])
    guards = _guards(order, formula)
    found: dict[Exclusion, None] = {}
    for node in order:
        for edge in node.op.edges:
            if edge.effect != UNDEFINED and node not in varies:
                continue
            condition = edge.where(node, *node.args)
            if condition is None or _impossible(condition, guards[node], known):
                continue
            found[Exclusion(condition, node, edge.effect, _sorted(guards[node]))] = None
    return list(found)


Literal = tuple[Node, bool]


def _guards(order: list[Node], formula: Node) -> dict[Node, frozenset[Literal]]:
    """For each node the conditions that hold wherever its value is needed."""
    guards: dict[Node, frozenset[Literal]] = {formula: frozenset()}
    for node in reversed(order):
        for place, arg in enumerate(node.args):
            needed = guards[node]
            if node.op.name == "where" and place and node.args[0].shape == node.shape:
                needed = needed | {(node.args[0], place == 1)}
            elif not node.op.elementwise or arg.shape != node.shape:
                needed = frozenset()  # a condition on entries says nothing about other entries
            guards[arg] = guards[arg] & needed if arg in guards else needed
    return guards


def _sorted(guards: frozenset[Literal]) -> tuple[Literal, ...]:
    return tuple(sorted(guards, key=lambda literal: str(literal[0])))


# What cannot happen -----------------------------------------------------------------------------


class _Claim(NamedTuple):
    """That an expression, or the difference of two, lies within an interval, or does not."""

    first: Node
    second: Node | None
    interval: Interval
    inside: bool


_COMPARED = {
    "less": Interval(-np.inf, 0, True, True),
    "less_equal": Interval(-np.inf, 0, True, False),
    "greater": Interval(0, np.inf, True, True),
    "greater_equal": Interval(0, np.inf, False, True),
    "equal": NUMBER(0),
}


def _impossible(condition: Node, guards: frozenset[Literal], known: dict[Node, Interval]) -> bool:
    """True if a condition contradicts what is known of values, or what holds where it matters."""
    facts = [claim for guard, holds in guards for claim in _claims(guard, holds)]
    for claim in _claims(condition, True):
        if claim.second is None and claim.inside:
            values = known.get(claim.first)
            values = values_of([claim.first])[claim.first] if values is None else values
            if not values.meets(claim.interval):
                return True
        if any(_contradict(claim, fact) for fact in facts):
            return True
    return number_of(condition) is False


def _claims(condition: Node, holds: bool) -> list[_Claim]:
    """What follows from a condition, all of it at once."""
    found: list[_Claim] = []
    stack = [(condition, holds)]
    while stack:
        node, true = stack.pop()
        name = node.op.name
        if name == "logical_not":
            stack.append((node.args[0], not true))
        elif name == ("logical_and" if true else "logical_or"):
            stack.extend((arg, true) for arg in node.args)
        elif name == "not_equal":
            found += _compared("equal", node.args, not true)
        elif name in _COMPARED:
            found += _compared(name, node.args, true)
    return found


def _compared(name: str, sides: tuple[Node, ...], true: bool) -> list[_Claim]:
    (a, b), interval = sides, _COMPARED[name]
    left, right = number_of(a), number_of(b)
    if right is not None:
        return [_Claim(a, None, interval + NUMBER(right), true)]
    if left is not None:
        return [_Claim(b, None, -interval + NUMBER(left), true)]
    return [_Claim(a, b, interval, true), _Claim(b, a, -interval, true)]


def _contradict(claim: _Claim, fact: _Claim) -> bool:
    if (claim.first, claim.second) != (fact.first, fact.second):
        return False
    if claim.inside and fact.inside:
        return not claim.interval.meets(fact.interval)
    if claim.inside != fact.inside:
        inside, outside = (claim, fact) if claim.inside else (fact, claim)
        return inside.interval.is_within(outside.interval)
    return False
