"""Entries of arrays by name, `Xᵢⱼ`, and formulas of them: sums, products, quotients of ∂."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import TypeAlias

from symdiff.binding import size_names
from symdiff.explain.formulas import as_math
from symdiff.explain.stand_ins import whole_numbers
from symdiff.node import Node, intern
from symdiff.ops.elementwise import multiply
from symdiff.ops.leaves import CONSTANT, VARIABLE, constant
from symdiff.registry import form
from symdiff.show.document import Math
from symdiff.show.naming import Name, Names, in_both
from symdiff.template import ADD, ANY, ATOM, COMPARE, UNARY

Labels: TypeAlias = tuple[str, ...]
"""The letters of the axes of an entry; 1 for an axis that has one entry."""

_LETTERS = "ijklmnprstuvaehoxqbcdfgwyz"
_BELOW = dict(zip("ijklmnprstuvaehox0123456789", "ᵢⱼₖₗₘₙₚᵣₛₜᵤᵥₐₑₕₒₓ₀₁₂₃₄₅₆₇₈₉", strict=True))
"""The letters that have a subscript in Unicode."""


def entry(name: Name, labels: Labels) -> Name:
    r"""An entry of what has a name.

    >>> entry(Name("X", "X"), ("i", "j")).pretty, entry(Name("u₁", "u_{1}"), ("i",)).pretty
    ('Xᵢⱼ', '(u₁)ᵢ')
    >>> entry(Name("X", "X"), ("i", "q")).pretty, entry(Name("u₁", "u_{1}"), ("i",)).latex
    ('X_iq', '\\left(u_{1}\\right)_{i}')
    """
    if not labels:
        return name
    pretty, latex = name.pretty, name.latex
    if not pretty.isalpha() or "_" in latex or "^" in latex:
        pretty, latex = f"({pretty})", f"\\left({latex}\\right)"
    return Name(pretty + _below(labels), f"{latex}_{{{_listed(labels)}}}")


def _below(labels: Labels) -> str:
    word = "".join(labels)
    if all(letter in _BELOW for letter in word):
        return "".join(_BELOW[letter] for letter in word)
    return f"_{word}"


def _listed(labels: Labels) -> str:
    return " ".join(labels) if all(len(label) == 1 for label in labels) else ", ".join(labels)


class Scalars:
    """Scalar variables that are written as entries."""

    def __init__(self, beside: Iterable[Name] = ()) -> None:
        self._called: dict[Node, Name] = {}
        self._taken = any(n.pretty == "δ" or n.latex == "\\delta" for n in beside)

    def entry(self, name: Name, labels: Labels, kind: str) -> Node:
        found = entry(name, labels)
        made = intern(VARIABLE, (), (found.pretty, (), kind))
        self._called[made] = found
        return made

    def delta(self, first: str, second: str) -> Node:
        """1 where two letters are equal, else 0; Iverson's bracket where δ is an array's name."""
        if self._taken:
            made = intern(VARIABLE, (), (f"[{first} = {second}]", (), "float"))
            self._called[made] = Name(f"[{first} = {second}]", f"[{first} = {second}]")
            return made
        return self.entry(Name("δ", "\\delta"), (first, second), "float")

    def call(self, node: Node, name: Name) -> None:
        self._called[node] = name

    def sum(self, over: Sequence[str], body: Node) -> Math:
        """A sum over some letters."""
        written = Math(*in_both(body, {**whole_numbers(body), **self._called}))
        if not over:
            return written
        if _binding(body, self._called) in (ANY, COMPARE, ADD, UNARY):
            written = Math(f"({written.pretty})", f"\\left({written.latex}\\right)")
        below = ", ".join(over)
        return Math(f"Σ{_below(tuple(over))} ", f"\\sum_{{{below}}} ") + written

    def product(self, factors: Sequence[Node]) -> Node:
        """A product without brackets, numbers first."""
        flat = [part for factor in factors for part in self._parts(factor)]
        flat.sort(key=lambda part: part.op is not CONSTANT)
        return reduce(multiply, flat) if flat else constant(1)

    def _parts(self, product: Node) -> list[Node]:
        """The factors of a product of numbers, of products in it too."""
        found: list[Node] = []
        waiting = [product]
        while waiting:
            node = waiting.pop()
            if node.op.name == "multiply" and node not in self._called:
                waiting += reversed(node.args)
            else:
                found.append(node)
        return found


def _binding(node: Node, called: dict[Node, Name]) -> int:
    return ATOM if node in called else form(node.op.pretty, node).binding


def free_letters(consumer: Node, names: Names) -> list[str]:
    """Letters that no array and no size of a node and its arguments has."""
    taken = {names.of(node).pretty for node in (consumer, *consumer.args)}
    taken |= set(size_names((consumer, *consumer.args)))
    return [letter for letter in _LETTERS if letter not in taken]


def equated(left: Name, right: Math) -> Math:
    return as_math(left) + " = " + right


def quotient(above: Name, below: Name) -> Name:
    return Name(
        f"∂{above.pretty}/∂{below.pretty}",
        f"\\frac{{\\partial {above.latex}}}{{\\partial {below.latex}}}",
    )
