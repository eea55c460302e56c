"""Declaring ops from `scipy.special`, and refusing the derivatives that have no closed form.

SciPy is imported when such an op is computed, not before: expressions can be built, differentiated
and printed without it. The partial derivatives are written by hand, in the form that keeps its
digits where the function is tiny, large or near a singularity; the tests compare each with SymPy's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from symdiff.errors import ArgumentError, DerivativeError, quote
from symdiff.node import Node
from symdiff.ops.choices import logical_and, not_equal
from symdiff.ops.declare import Partial, elementwise
from symdiff.ops.leaves import as_node, constant, number_of
from symdiff.ops.steps import floor
from symdiff.registry import FUNCTIONS, Sample
from symdiff.template import Template, call


def special(
    name: str,
    *partials: Partial,
    doc: str,
    cast: bool = False,
    numpy: Template | None = None,
    **facts: Any,
) -> Callable[..., Node]:
    """Declare an elementwise op that SciPy computes under the same name.

    `cast` is for those whose result SciPy gives in double precision whatever the argument.
    """
    written = ", ".join(f"{{{place}}}" for place in range(len(partials)))
    plain = f"special.{name}({written})"
    as_given = Template(plain + ".astype(dtype)" if cast else plain)
    if cast:
        facts.setdefault("python", Template(f"float({plain})"))
    return elementwise(name, *partials, doc=doc, numpy=numpy or as_given, **facts)


def helped(name: str, *partials: Partial, doc: str, **facts: Any) -> Callable[..., Node]:
    """Declare an elementwise op that a helper in `symdiff.runtime` computes."""
    return elementwise(name, *partials, doc=doc, numpy=call(f"_{name}", len(partials)), **facts)


def with_numbers(name: str, low: float, high: float) -> tuple[Sample, ...]:
    """Samples of a function of two arguments, of which either may be a number."""
    return (
        Sample(f"{name}(x, y)", {"x": "n 1", "y": "m"}, low, high),
        Sample(f"{name}(x, 2) + {name}(1.5, x)", {"x": "n"}, low, high),
    )


def alias(name: str, public: Callable[..., Node]) -> Callable[..., Node]:
    """Give a function a second name in the text grammar. Both make the same node."""
    assert name not in FUNCTIONS, f"two functions are named {name}"
    FUNCTIONS[name] = public
    return public


def unless_whole(order: Node, condition: Node) -> Node | None:
    """A condition, where an order is no whole number; None if it is known to be one."""
    number = number_of(order)
    if number is not None:
        return None if number == math.floor(number) else condition
    return logical_and(condition, not_equal(order, floor(order)))


def refused(place: int, what: str, why: str = "it has no closed form") -> Callable[..., Node]:
    """The partial by an argument such as the order of a Bessel function, which is refused."""

    def partial(y: Node, *args: Node) -> Node:
        held = quote(args[place]).strip("`")
        raise DerivativeError(
            f"`{y.op.name}` has no derivative by {what} {quote(args[place])}: {why}. It stands in "
            f"{quote(y)}. Use sd.stop_gradient({held}) there to hold it constant."
        )

    return partial


A_WHOLE_NUMBER = "it is a whole number"
"""Why there is no derivative by it."""


def next_order(n: Node) -> Node:
    """The order of the derivative of a function that has one of order `n`."""
    value = number_of(n)
    return n + 1 if value is None else constant(int(value) + 1)


def whole(name: str, n: object, what: str = "order") -> Node:
    """A whole number from 0 on, or an expression of kind int; anything else is refused."""
    order = as_node(n)
    value = number_of(order)
    if isinstance(value, float) and value.is_integer():
        order, value = constant(int(value)), int(value)
    if order.dtype != "int" or (value is not None and value < 0):
        raise ArgumentError(
            f"the {what} of `{name}` must be a whole number from 0 on, or an expression of kind "
            f"int, not {quote(order)}"
        )
    return order


def whole_number(name: str, n: object, what: str = "order") -> Node:
    """A whole number from 0 on; an expression is refused too."""
    order = as_node(n)
    value = number_of(order)
    if value is None or isinstance(value, bool) or value < 0 or value != int(value):
        raise ArgumentError(
            f"the {what} of `{name}` must be a whole number from 0 on, not {quote(order)}"
        )
    return constant(int(value))
