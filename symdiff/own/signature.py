"""Signatures in text, such as `huber(r, k)`: the name of a function and those of its parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, NoReturn

from symdiff.errors import ArgumentError, ParseError, SymdiffError
from symdiff.frontends.lexer import Token, pointed, tokenize
from symdiff.frontends.meaning import CONSTANTS, function_called
from symdiff.frontends.text import check_variable
from symdiff.names import check_name
from symdiff.registry import OPS


class Signature(NamedTuple):
    """The name of a function, and those of its parameters in order."""

    name: str
    parameters: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.parameters)})"


def read_signature(text: str, example: str = "huber(r, k)") -> Signature:
    """Read a signature. Raises ParseError with the place, ArgumentError for a name that is taken.

    >>> read_signature("huber(r, k)")
    Signature(name='huber', parameters=('r', 'k'))
    """
    if not isinstance(text, str):
        raise ArgumentError(f"a signature is text such as {example!r}, not {text!r}")
    name, *rest = tokenize(text)
    if name.kind != "name":
        _refuse(text, name, f"the name of a function, as in '{example}'")
    _checked(text, name, check_function_name)
    parameters = _parameters(text, rest, example)
    if name.text in parameters:
        _fail(text, rest[1], f"'{name.text}' names both the function and a parameter")
    return Signature(name.text, parameters)


def _parameters(text: str, tokens: Sequence[Token], example: str) -> tuple[str, ...]:
    """The names between brackets, with commas between."""
    opening, *rest = tokens
    if opening.text != "(":
        _refuse(text, opening, f"'(' and the names of parameters, as in '{example}'")
    found: list[str] = []
    for token, following in zip(rest[::2], rest[1::2], strict=False):
        if token.kind != "name":
            _refuse(text, token, "the name of a parameter")
        _checked(text, token, check_variable)
        if token.text in found:
            _fail(text, token, f"the parameter '{token.text}' stands there twice")
        found.append(token.text)
        if following.text == ")":
            last = rest[2 * len(found)]
            if last.kind != "end":
                _refuse(text, last, "the end of the text")
            return tuple(found)
        if following.text != ",":
            _refuse(text, following, "',' or ')'")
    _refuse(text, rest[-1], "',' or ')'" if len(rest) % 2 == 0 else "the name of a parameter")


def check_function_name(name: str) -> None:
    """Refuse a name that is no identifier, or that something of symdiff has already.

    A name that a user has declared before may be declared again.
    """
    from symdiff import is_public  # which knows the names, and imports nothing

    check_name(name, "function")
    known = OPS.get(name)
    is_function = known is not None or function_called(name) is not None
    is_own = known is not None and known.own is not None
    if name in CONSTANTS or is_public(name) or (is_function and not is_own):
        raise ArgumentError(
            f"symdiff has {name!r} already; choose another name, such as {'my_' + name!r}"
        )


def is_taken(name: str) -> bool:
    """Whether text with that name means something of symdiff, or what a user has declared."""
    return name in CONSTANTS or name in OPS or function_called(name) is not None


def check_takes(function: Callable[..., Any], names: Sequence[str], what: str) -> None:
    """Refuse a function that cannot be called with arguments for `names`."""
    try:
        said = inspect.signature(function)
    except ValueError:  # as for some functions that are written in C
        return
    try:
        said.bind(*names)
    except TypeError:
        raise ArgumentError(
            f"{what} is called with ({', '.join(names)}), but takes {said}"
        ) from None


def _checked(text: str, token: Token, check: Callable[[str], None]) -> None:
    try:
        check(token.text)
    except SymdiffError as error:
        _fail(text, token, str(error))


def _refuse(text: str, token: Token, expected: str) -> NoReturn:
    raise ParseError(pointed(f"expected {expected}, found {token}", text, token.start), token.start)


def _fail(text: str, token: Token, message: str) -> NoReturn:
    error = ArgumentError(pointed(message, text, token.start))
    error.position = token.start
    raise error
