"""A question in the library's terms: the expression, the variables, and the derivatives asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from symdiff.derive.grad import grad
from symdiff.derive.jacobian import hessian, jacobian
from symdiff.dims import as_shape, names_in
from symdiff.errors import DerivativeError
from symdiff.frontends.declared import KINDS as UNSIZED
from symdiff.frontends.declared import shape_and_dtype
from symdiff.frontends.lexer import tokenize
from symdiff.frontends.question import read_question
from symdiff.frontends.text import declare, names_used
from symdiff.node import Node
from symdiff.show.naming import Name, Names
from symdiff.show.wording import Wording
from symdiff.web.asked import Asked


class Derivative(NamedTuple):
    """A derivative and what it is called, such as ∂L/∂w."""

    name: Name
    node: Node


class Inquiry:
    """A formula that was read, and what is asked of it.

    possible  the names of the variables by which it can be differentiated
    by        those that were asked for, or else the first

    Raises the library's own errors for a formula that makes no sense.
    """

    def __init__(self, asked: Asked, declared: dict[str, str]) -> None:
        self.say = Wording(asked.language)
        self.kind = asked.kind
        self.target, self.variables, derivable = read_question(asked.formula, declared)
        self.names = Names(self.target)
        self.possible = [str(v.attrs[0]) for v in derivable]
        self.by = [name for name in self.possible if name in asked.wrt] or self.possible[:1]

    @property
    def wrt(self) -> list[Node]:
        """The variables by which to differentiate. Raises DerivativeError if there are none."""
        if not self.by:
            raise DerivativeError("the formula has no variable to differentiate by, such as x")
        return [self.variables[name] for name in self.by]

    @cached_property
    def derivatives(self) -> list[Derivative]:
        """The derivatives that are asked for."""
        return KINDS[self.kind](self)


def declared_names(formula: str, shapes: Mapping[str, str]) -> dict[str, str]:
    """The shapes of the names in a formula, those of sizes apart; without one they are scalars.

    A name without a shape that stands before a parenthesis is left out: `sofmax(x)` is no product.

    Raises ParseError for text that does not consist of words of the grammar, ArgumentError for
    what cannot be a name or a shape.
    """
    declared = declare(f"{name}:{shape}" for name, shape in shapes.items())
    shapes_only = [shape_and_dtype(words)[0] for words in declared.values()]
    sized = [as_shape(shape) for shape in shapes_only if shape not in UNSIZED]
    sizes = {name for shape in sized for name in names_in(shape)}
    known = sizes | (_called(formula) - declared.keys())
    return {name: declared.get(name, "") for name in names_used(formula) if name not in known}


def _called(formula: str) -> set[str]:
    """The names that stand right before a parenthesis."""
    pairs = pairwise(tokenize(formula))
    return {one.text for one, next in pairs if one.kind == "name" and next.text == "("}


def _gradients(inquiry: Inquiry) -> list[Derivative]:
    found = grad(inquiry.target, inquiry.wrt)
    return [
        Derivative(inquiry.names.cotangent(x), g) for x, g in zip(inquiry.wrt, found, strict=True)
    ]


def _hessians(inquiry: Inquiry) -> list[Derivative]:
    return [
        Derivative(_second(inquiry.names, a, b), block)
        for a, row in zip(inquiry.wrt, hessian(inquiry.target, inquiry.wrt), strict=True)
        for b, block in zip(inquiry.wrt, row, strict=True)
    ]


def _jacobians(inquiry: Inquiry) -> list[Derivative]:
    found = jacobian(inquiry.target, inquiry.wrt)
    return [
        Derivative(inquiry.names.cotangent(x), j) for x, j in zip(inquiry.wrt, found, strict=True)
    ]


def _second(names: Names, a: Node, b: Node) -> Name:
    """What the second derivative by two variables is called, `∂²L/∂a∂b`."""
    above, first, then = names.of(names.target), names.of(a), names.of(b)
    if a is b:
        below = (f"∂{first.pretty}²", f"\\partial {{{first.latex}}}^{{2}}")
    else:
        below = (
            f"∂{first.pretty}∂{then.pretty}",
            f"\\partial {first.latex} \\, \\partial {then.latex}",
        )
    return Name(
        f"∂²{above.pretty}/{below[0]}",
        f"\\frac{{\\partial^{{2}} {above.latex}}}{{{below[1]}}}",
    )


KINDS: dict[str, Callable[[Inquiry], list[Derivative]]] = {
    "gradient": _gradients,
    "hessian": _hessians,
    "jacobian": _jacobians,
}
"""What can be asked for."""
