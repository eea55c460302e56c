"""Sums and products in which nothing meets its like: a quick look, for large graphs.

To collect like terms takes a region apart and writes it anew, in normal order. In most regions of a
large graph that changes nothing but the order, which nobody reads. Here that is seen from the
factors alone. The look errs on the safe side: of what it is not sure, such as a quotient, it says
that it may change.
"""

from __future__ import annotations

from typing import NamedTuple

from symdiff.dims import Shape
from symdiff.node import Node
from symdiff.ops.leaves import CONSTANT, number_of
from symdiff.rewrite.engine import Rewriter

_SUMS = ("add", "subtract")
_OPENED = frozenset({*_SUMS, "negative", "multiply", "divide", "power"})
_UNSURE = frozenset(
    {
        *("negative", "divide", "constant", "size", "eye", "broadcast_to", "expand_dims"),
        *("contract", "normalized", "sigmoid"),
    }
)
"""Ops of factors that others may join, cancel, or be multiplied into."""

_MOST_INSIDE = 64
"""Sums with more factors than these are not looked through."""

_MOST_COMPARED = 8
"""Later terms are compared with so many first ones, as where sums are multiplied out."""


def nothing_meets(root: Node, rewriter: Rewriter) -> bool:
    """True for a sum or a product of which surely nothing but the order would change."""
    if root.dtype not in ("float", "int"):
        return False
    look = _Look(root.shape, rewriter)
    if root.op.name == "multiply":
        return look.factors(root, True) and look.no_number_in_front() and look.stays_multiplied()
    return (
        root.op.name in _SUMS
        and look.terms(root)
        and look.differs_in_all_terms()
        and look.stays_multiplied()
    )


def plain_terms(root: Node, rewriter: Rewriter) -> list[set[Node]] | None:
    """The factors of each term of a sum, without numbers and exponents; None where unsure."""
    look = _Look(root.shape, rewriter)
    return look.read if root.op.name in _SUMS and look.terms(root) else None


class _Inside(NamedTuple):
    """The factors of all terms of a sum; `below` are those by which something is divided."""

    factors: set[Node]
    below: set[Node]


class _Look:
    """One look at a region, and the factors of its terms."""

    def __init__(self, shape: Shape, rewriter: Rewriter) -> None:
        self._shape = shape
        self._single = rewriter.single
        self._insides: dict[Node, _Inside | None] = rewriter.scratch.setdefault("insides", {})
        self.read: list[set[Node]] = []

    def terms(self, root: Node) -> bool:
        """Read a sum; False where it is not sure what its terms are."""
        stack = [root]
        while stack:
            for arg in stack.pop().args:
                single = self._single(arg)
                if arg.op is CONSTANT and _is_plain_number(arg):
                    self.read.append(set())
                elif single and arg.op.name in _SUMS and arg.dtype != "bool":
                    stack.append(arg)
                elif not self.factors(arg, single):
                    return False
        return True

    def differs_in_all_terms(self) -> bool:
        """False if terms are alike, or all of them have a factor in common."""
        keys = {frozenset(term) for term in self.read}
        return len(keys) == len(self.read) and not set.intersection(*self.read)

    def factors(self, node: Node, opens: bool) -> bool:
        """Read a product; False where factors may be equal, or numbers join."""
        found: list[Node] = []
        stack = [node]
        numbers = 0
        while stack:
            part = stack.pop()
            name = part.op.name
            if name in _UNSURE or part.dtype == "bool" or part.shape != self._shape:
                return False
            if name == "multiply" and (opens if part is node else self._single(part)):
                first, second = part.args
                if first.op is CONSTANT and _is_plain_number(first) and number_of(first) != 1:
                    numbers += 1
                    stack.append(second)
                else:
                    stack += (second, first)
            elif name == "power":
                if part.args[0].op.name in _OPENED or not _is_power(part):
                    return False
                found.append(part.args[0])
            else:
                if name == "multiply" and any(a.op is CONSTANT for a in part.args):
                    return False
                found.append(part)
        term = set(found)
        self.read.append(term)
        return numbers < 2 and len(term) == len(found)

    def no_number_in_front(self) -> bool:
        """False if a sum that stands as a factor may have a number in all of its terms."""
        return not any(
            part.op.name in _SUMS and self._single(part) and _may_have_number(part.args[1])
            for part in self.read[0]
        )

    def stays_multiplied(self) -> bool:
        """False if it may pay to multiply sums out that stand as factors.

        For scalars that is so little that only sums such as `1 - s` are looked at.
        """
        sums = {part for term in self.read for part in term if part.op.name in _SUMS}
        if not sums or not (self._shape or any(map(_has_number, sums))):
            return True
        before: list[tuple[set[Node], set[Node]]] = []
        for term in self.read:
            outside = term - sums
            everything = outside.copy()
            for part in term & sums:
                inside = self._inside(part)
                if inside is None or not inside.below.isdisjoint(term):
                    return False
                everything |= inside.factors
            if any(o <= everything and outside <= all_of for o, all_of in before):
                return False
            if len(before) < _MOST_COMPARED:
                before.append((outside, everything))
        return True

    def _inside(self, total: Node) -> _Inside | None:
        """The factors of the terms of a sum; None if there are many."""
        if total not in self._insides:
            self._insides[total] = self._factors_inside(total)
        return self._insides[total]

    def _factors_inside(self, total: Node) -> _Inside | None:
        inside = _Inside(set(), set())
        stack = [(total, False, True)]
        while stack:
            node, divides, opens = stack.pop()
            for arg in node.args:
                below = divides or _divides_by(node, arg)
                inside.factors.add(arg)
                if below:
                    inside.below.add(arg)
                if opens and arg.op.name in _OPENED:  # of what is shared, one level
                    stack.append((arg, below, self._single(arg)))
            if len(inside.factors) > _MOST_INSIDE:
                return None
        return inside


def _may_have_number(term: Node) -> bool:
    """False for what surely has no number as a factor; of a sum, the last term tells."""
    for _ in range(_MOST_COMPARED):
        if term.op.name not in _OPENED:
            return False
        if any(arg.op is CONSTANT for arg in term.args):
            return True
        term = term.args[1 if term.op.name in _SUMS else 0]
    return True


def _has_number(total: Node) -> bool:
    """True for a sum with a number in it, which normal order puts first."""
    for _ in range(_MOST_COMPARED):
        if total.op.name not in _SUMS:
            break
        if CONSTANT in (total.args[0].op, total.args[1].op):
            return True
        total = total.args[0]
    return False


def _divides_by(node: Node, arg: Node) -> bool:
    if node.op.name == "divide":
        return arg is node.args[1]
    return node.op.name == "power" and not _is_power(node)


def _is_power(node: Node) -> bool:
    """True for a power with a number above 1 as its exponent."""
    value = number_of(node.args[1])
    return isinstance(value, (int, float)) and 1 < value < float("inf")


def _is_plain_number(node: Node) -> bool:
    """True for a positive number that may stand as it is."""
    value = number_of(node)
    return isinstance(value, (int, float)) and 0 < value < float("inf")
