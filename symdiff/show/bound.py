"""Expressions that bind names, such as `solve_for(x=1.0, x**2 - a)`, as templates.

The body is written with the names that are bound, and with slots for the arguments of the node.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from symdiff.names import latex_name
from symdiff.node import Node, topological
from symdiff.ops.equation import Equation
from symdiff.ops.leaves import VARIABLE
from symdiff.registry import Form, Op
from symdiff.show.latex import BRACKETS
from symdiff.show.render import depth_to_bound, pieces_around
from symdiff.template import ANY, COMPARE, Slot, Template

PLAIN = ("(", ")")


def written(node: Node, notation: Callable[[Op], Form], latex: bool) -> Template:
    """How a node that solves an equation is written."""
    equation: Equation = node.attrs
    names = _names(node)
    if latex:
        return Template.of(_latex(equation, names, notation))
    parts: list[str | Slot] = [f"{equation.kind}("]
    for k, name in enumerate(names):
        parts += [f"{name}=", Slot(k, ANY), ", "]
    bodies = _bodies(equation, dict(zip(equation.unknowns, names, strict=True)), notation, PLAIN)
    parts += [*_joined(bodies, ", "), _END[equation.method]]
    return Template.of(parts)


_END = {"newton": ")", "iterate": ", method='iterate')"}


def _names(node: Node) -> list[str]:
    """The names of the unknowns, changed where something else in the body has the same."""
    count = len(node.attrs.names)
    within = topological(node.args[count:])
    taken = {each.attrs[0] for each in within if each.op is VARIABLE} | {*node.attrs.solving.sizes}
    names: list[str] = []
    for name in node.attrs.names:
        while name in taken:
            name += "_"
        taken.add(name)
        names.append(name)
    return names


def _latex(
    equation: Equation, names: Sequence[str], notation: Callable[[Op], Form]
) -> list[str | Slot]:
    """The unknowns below a word, and what is solved behind it."""
    shown = [latex_name(name) for name in names]
    parts: list[str | Slot] = [f"{_LATEX[equation.kind]}_{{"]
    for k, name in enumerate(shown):
        parts += [", " if k else "", f"{name} \\approx ", Slot(k, COMPARE)]
    bodies = _bodies(equation, dict(zip(equation.unknowns, shown, strict=True)), notation, BRACKETS)
    end = " = 0" if equation.kind == "solve_for" else ""
    return [*parts, "} \\left(", *_joined([[*b, end] for b in bodies], ",\\; "), "\\right)"]


_LATEX = {
    "solve_for": "\\operatorname*{root}",
    "fixed_point": "\\operatorname*{fix}",
    "minimizer": "\\operatorname*{arg\\,min}",
}


def _bodies(
    equation: Equation,
    names: Mapping[Node, str],
    notation: Callable[[Op], Form],
    brackets: tuple[str, str],
) -> list[list[str | Slot]]:
    """The bodies, in which names stand for the unknowns, and slots for what is given."""
    first = len(equation.unknowns)
    places = {x: first + k for k, x in enumerate(equation.given)}
    places |= {x: -1 - k for k, x in enumerate(names)}
    shown = dict(zip(places.values(), [*equation.given, *names.values()], strict=True))
    return [
        [
            str(shown[p.place]) if isinstance(p, Slot) and p.place < 0 else p
            for p in pieces_around(body, notation, brackets, depth_to_bound(body), places)
        ]
        for body in equation.bodies
    ]


def _joined(lists: Sequence[Sequence[str | Slot]], between: str) -> list[str | Slot]:
    found: list[str | Slot] = []
    for k, each in enumerate(lists):
        found += [*([between] if k else []), *each]
    return found
