"""A correction: what an answer would be without some mistake.

Corrections are tried, not argued for: the first that has the right values was the mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from symdiff.answers.bench import Bench, Factor
from symdiff.errors import SymdiffError
from symdiff.node import Node, topological
from symdiff.ops.leaves import CONSTANT
from symdiff.registry import Linear, Partials
from symdiff.rewrite.simplify import simplify

LAYOUT = "the layout: yours is the transpose; in numerator layout it would be right"


class Case(NamedTuple):
    """An answer, the right one, the values that it should have, and how expressions are quoted."""

    mine: Node
    theirs: Node
    bench: Bench
    quoted: Callable[[Node], str]


class Correction(NamedTuple):
    """What the answer would be without a mistake of some kind, and words for the mistake."""

    kind: str
    corrected: Node
    sentence: str


Corrections: TypeAlias = Iterator[Correction]


def built(make: Callable[..., Node], *args: object) -> Node | None:
    """What a function makes of its arguments, or None where their shapes do not fit."""
    try:
        return make(*args)
    except SymdiffError:
        return None


def parts(*expressions: Node) -> list[Node]:
    """The variables and the subexpressions of float kind, the innermost first."""
    order = topological(expressions)
    return [n for n in order if n.dtype == "float" and n.op.name not in ("constant", "size")]


def inner_derivatives(*expressions: Node) -> dict[Node, Node]:
    """The derivative of each function of one argument, and where it is applied."""
    found: dict[Node, Node] = {}
    for node in parts(*expressions):
        slope = partial(node)
        if slope is not None:
            found.setdefault(slope, node)
    return found


def partial(node: Node) -> Node | None:
    """The derivative of a function of one argument by it, if it is no number."""
    rule = node.op.derivative
    if not isinstance(rule, Partials) or not is_function(node):
        return None
    slope = rule.functions[0](node, *node.args)
    return simplify(slope) if isinstance(slope, Node) and slope.shape == node.shape else None


def is_function(node: Node) -> bool:
    """True for a function of one argument, such as a sine or a power with a given exponent."""
    named = node.op.name not in ("add", "subtract", "multiply", "divide", "negative")
    given = all(arg.op is CONSTANT for arg in node.args[1:])
    return bool(node.args) and named and given and not isinstance(node.op.derivative, Linear)


def factor_sentence(factor: Factor) -> str:
    """What it says about an answer that it falls short by a factor."""
    number, above, below = factor
    if factor == Factor(Fraction(-1)):
        return "a sign: right is minus yours"
    if number == 1 and not below:
        return f"a factor {factor} is missing: a mean for a sum"
    if number == 1 and not above:
        return f"a factor {factor} is missing: a sum for a mean"
    if number.denominator == 1 and not below:
        return f"a factor {factor} is missing"
    if number.numerator == 1 and not above:
        return f"a factor {Factor(1 / number, below)} too many"
    return f"right is {factor} times yours"
