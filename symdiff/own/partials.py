"""Derivatives that users declare for each entry, as formulas, functions or numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from symdiff.errors import ArgumentError, ParseError
from symdiff.frontends.lexer import pointed, tokenize
from symdiff.node import Node, intern, topological
from symdiff.ops.leaves import VARIABLE, number_of
from symdiff.own.body import Body, Procedure, read_formula
from symdiff.own.signature import Signature, check_takes
from symdiff.registry import Partials
from symdiff.rewrite.engine import replaced

Given = str | float | Callable[..., object]
"""A derivative as a user gives it."""


def read_partials(signature: Signature, given: object) -> tuple[Body, ...]:
    """The derivatives by all parameters; one alone may stand by itself.

    In text, the name of the function stands for its value.

    Raises ArgumentError for another number of them, ParseError for bad text.
    """
    listed: Sequence[Any] = given if isinstance(given, (list, tuple)) else [given]
    count = len(signature.parameters)
    if len(listed) != count:
        raise ArgumentError(
            f"`{signature}` has {count} parameter{'s' * (count > 1)}, so `derivative` gives "
            f"{count}, not {len(listed)}: one for each, in order"
        )
    return tuple(_read(signature, each) for each in listed)


def _read(signature: Signature, given: Any) -> Body:
    if isinstance(given, str):
        tokens = tokenize(given)
        for token, following in pairwise(tokens):
            if token.text == signature.name and following.text == "(":
                message = f"'{signature.name}' stands for the value here; it takes no arguments"
                raise ParseError(pointed(message, given, token.start), token.start)
        return read_formula(given, (*signature.parameters, signature.name))
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return read_formula(repr(given), ())
    if callable(given) and not isinstance(given, Node):
        check_takes(given, signature.parameters, f"a derivative of `{signature}`")
        return Procedure(given)
    raise ArgumentError(
        f"a derivative of `{signature}` is a formula in text, a number or a function of "
        f"{', '.join(signature.parameters)}, not {given!r}"
    )


def declared_partials(
    signature: Signature, bodies: Sequence[Body], check: Callable[[int], None]
) -> Partials:
    """Partial derivatives as they are declared. Functions are checked where first needed."""
    return Partials(tuple(_partial(signature, k, body, check) for k, body in enumerate(bodies)))


def _partial(
    signature: Signature, k: int, body: Body, check: Callable[[int], None]
) -> Callable[..., Node | float]:
    names = (signature.name, *signature.parameters)
    found: list[tuple[tuple[Node, ...], Node]] = []  # formed at the first use: functions may be
    # declared in any order

    def partial(y: Node, *args: Node) -> Node | float:
        if not found:
            if isinstance(body, Procedure):
                check(k)
            scalars = tuple(intern(VARIABLE, (), (name, (), "float")) for name in names)
            found.append((scalars, of_scalars(signature, body, scalars)))
        scalars, value = found[0]
        number = number_of(value)
        if number is not None:
            return number
        return replaced([value], dict(zip(scalars, (y, *args), strict=True)))[0]

    return partial


def of_scalars(signature: Signature, body: Body, scalars: Sequence[Node]) -> Node:
    """A derivative for scalars: the value of the function, and its arguments."""
    names = (signature.name, *signature.parameters)
    value = body.run(dict(zip(names, scalars, strict=True)), signature.parameters)
    if any(node.args and not node.op.elementwise for node in topological([value])):
        raise ArgumentError(
            f"the derivative of `{signature}` must be a formula for each entry; {value} is none"
        )
    return value
