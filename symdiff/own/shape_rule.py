"""Shape rules: the shape of a result from those of the arguments, as text or as a function."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn

from symdiff.dims import Shape, Size, as_shape, as_size
from symdiff.errors import ArgumentError, ParseError, ShapeError
from symdiff.frontends.lexer import pointed
from symdiff.node import Node
from symdiff.own.parameters import Parameter, matched
from symdiff.own.signature import Signature, check_takes

_SHAPE = re.compile(r"\s*\(\s*((?:\w+\s*(?:,\s*\w+\s*)*,?\s*)?)\)\s*")


@dataclass(frozen=True)
class WrittenShapes:
    """Shapes in text, such as "(n, d), (d) -> (n)": of each argument, and of the result."""

    text: str
    signature: Signature

    @cached_property
    def shapes(self) -> list[Shape]:
        """The shapes of the arguments, and of the result. Raises ParseError with the place."""
        found: list[Shape] = []
        place = self._shape(0, found)
        while self.text.startswith(",", place):
            place = self._shape(place + 1, found)
        if not self.text.startswith("->", place):
            self._refuse("',' or '->'", place)
        place = self._shape(place + 2, found)
        if place < len(self.text):
            self._refuse("the end of the text", place)
        if len(found) != len(self.signature.parameters) + 1:
            raise ArgumentError(
                f"`shape` of `{self.signature}` has {len(found) - 1} before '->', where it has "
                f"{len(self.signature.parameters)} parameters: {self.text!r}"
            )
        self._check_known(found)
        return found

    def of(self, args: Sequence[Node]) -> Shape:
        """The shape of the result. Raises ShapeError for arguments that do not fit."""
        *shapes, result = self.shapes
        names = self.signature.parameters
        parameters = [Parameter(n, shape) for n, shape in zip(names, shapes, strict=True)]
        sizes = matched(self.signature, parameters, args)
        return tuple(sizes.get(str(size), size) for size in result)

    def _shape(self, place: int, found: list[Shape]) -> int:
        """Read a shape, and return the place behind it."""
        match = _SHAPE.match(self.text, place)
        if match is None:
            self._refuse("a shape in brackets", place)
        words = re.finditer(r"\w+", match[1])
        found.append(tuple(self._size(w[0], match.start(1) + w.start()) for w in words))
        return match.end()

    def _size(self, word: str, place: int) -> Size:
        if not (word.isdecimal() or word.isidentifier()):
            self._refuse("the name of a size or a whole number", place)
        return as_size(int(word) if word.isdecimal() else word)

    def _check_known(self, found: Sequence[Shape]) -> None:
        *shapes, result = found
        known = {size for shape in shapes for size in shape}
        for size in result:
            if not isinstance(size, int) and size not in known:
                place = self.text.rindex("->")
                message = f"no argument has the size {size} of the result"
                raise ParseError(pointed(message, self.text, place), place)

    def _refuse(self, expected: str, place: int) -> NoReturn:
        place += len(self.text[place:]) - len(self.text[place:].lstrip())
        found = repr(self.text[place]) if place < len(self.text) else "the end of the text"
        raise ParseError(pointed(f"expected {expected}, found {found}", self.text, place), place)


@dataclass(frozen=True)
class ComputedShape:
    """A function that returns the shape of the result, given the arguments."""

    function: Callable[..., object]
    signature: Signature

    def of(self, args: Sequence[Node]) -> Shape:
        """The shape of the result. Raises ShapeError for arguments that do not fit."""
        try:
            return as_shape(self.function(*args))
        except (TypeError, ValueError, IndexError) as error:
            raise ShapeError(f"the shape of `{self.signature}` is not known: {error}") from error


ShapeRule = WrittenShapes | ComputedShape


def read_shape(signature: Signature, given: object) -> ShapeRule:
    """The shape rule that a user gives. Raises ParseError or ArgumentError for what is none."""
    if isinstance(given, str):
        rule = WrittenShapes(given, signature)
        assert rule.shapes
        return rule
    if callable(given):
        check_takes(given, signature.parameters, f"the shape rule of `{signature}`")
        return ComputedShape(given, signature)
    raise ArgumentError(
        f"`shape` of `{signature}` is text such as '(n, d), (d) -> (n)' or a function of the "
        f"arguments that returns a shape, not {given!r}"
    )
