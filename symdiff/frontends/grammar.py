"""The grammar: formula text to a flat postfix program, by operator precedence, without recursion.

The binding numbers are those of the printing templates, so reading undoes printing.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import partial
from typing import NamedTuple, TypeAlias

from symdiff.errors import ParseError
from symdiff.frontends import meaning
from symdiff.frontends.lexer import Token, pointed, tokenize
from symdiff.frontends.meaning import BARS, BINARY, CONSTANTS, PREFIX, Function, Value
from symdiff.template import ANY, COMPARE, JUXTAPOSE, UNARY

DEEPEST = 1_000


# The program ------------------------------------------------------------------------------------


class Literal(NamedTuple):
    """Put a value on the stack."""

    value: Value


class Name(NamedTuple):
    """Put what a name stands for on the stack."""

    name: str


class Apply(NamedTuple):
    """Replace the topmost `count` values by what `function` makes of them."""

    function: Function
    count: int
    place: int


Step: TypeAlias = Literal | Name | Apply


# The parser's memory ----------------------------------------------------------------------------


class Last(Enum):
    """What was read last."""

    NOTHING = auto()  # an operand must follow
    VALUE = auto()
    TRANSPOSE = auto()  # a value that would be a row, were it a vector
    ARGUMENT = auto()  # a text, tuple or list, on which no operator works


@dataclass(slots=True)
class Pending:
    """An operator whose last operand is still being read."""

    binding: int
    function: Function
    count: int
    place: int
    rows: list[bool] | None = None  # for a juxtaposition: which factors so far are transposes


@dataclass(slots=True)
class Frame:
    """An open bracket, and what has been read in it."""

    kind: str  # text, group, call, list, index, place, bars
    opening: Token
    function: str = ""
    alone: bool = False  # it stands where an argument begins, so a tuple may stand here
    items: int = 0
    operators: list[Pending] = field(default_factory=list)
    keyword: str = ""
    keywords: list[str] = field(default_factory=list)
    bounds: list[bool] = field(default_factory=list)


_CLOSING = {"(": ")", "[": "]", "|": "|", "‖": "‖"}
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_INSTEAD = {
    "and": "logical_and(a, b)",
    "or": "logical_or(a, b)",
    "not": "logical_not(a)",
    "if": "where(condition, a, b)",
    "else": "where(condition, a, b)",
}


class Parser:
    """One reading of one text."""

    def __init__(self, text: str, declared: Collection[str]) -> None:
        self.text = text
        self.declared = declared
        self.tokens = tokenize(text)
        self.next = 0
        self.program: list[Step] = []
        self.frames = [Frame("text", self.tokens[-1])]
        self.last = Last.NOTHING

    def read(self) -> list[Step]:
        """Return the program; its value is left on the stack."""
        if len(self.tokens) == 1:
            raise ParseError("expected a formula, found an empty text")
        while self.tokens[self.next].kind != "end":
            token = self.tokens[self.next]
            self.next += 1
            if self.last is Last.NOTHING:
                self._operand(token)
            else:
                self._continuation(token)
        return self._finish(self.tokens[-1])

    def _finish(self, end: Token) -> list[Step]:
        if self.frame.kind != "text":
            opening = self.frame.opening
            instead = "; for a choice write logical_or(a, b)" if opening.text == "|" else ""
            raise self._error(f"this {opening} is never closed{instead}", opening)
        if self.last is Last.NOTHING:
            raise self._error(f"expected an operand, found {end}", end)
        self._reduce(ANY)
        return self.program

    @property
    def frame(self) -> Frame:
        """The innermost open bracket."""
        return self.frames[-1]

    # Where an operand is expected -----------------------------------------------------------------

    def _operand(self, token: Token) -> None:
        match token.kind:
            case "number":
                self._literal(self._number(token, token.text))
            case "name":
                self._name(token)
            case "string":
                self._check_alone(token, "a text")
                self._literal(token.text[1:-1], Last.ARGUMENT)
            case _:
                self._symbol(token)

    def _symbol(self, token: Token) -> None:
        frame, symbol = self.frame, token.text
        if symbol in PREFIX:
            above = frame.operators[-1].binding if frame.operators else ANY
            operator = Pending(max(UNARY, above), PREFIX[symbol], 1, token.start)
            frame.operators.append(operator)
        elif symbol == "(":
            self._open(Frame("group", token, alone=self._alone))
        elif symbol == "[":
            self._check_alone(token, "a list")
            self._open(Frame("list", token))
        elif symbol in BARS:
            self._open(Frame("bars", token, BARS[symbol]))
        elif symbol == "∞":
            self._literal(CONSTANTS["inf"])
        elif symbol == "..." and self._in_index and not frame.operators:
            self._literal(..., Last.ARGUMENT)
        elif symbol in (":", ",", ")", "]") and self._may_be_missing(symbol):
            self._continuation(token)
        else:
            raise self._error(f"expected an operand, found {token}", token)

    def _may_be_missing(self, symbol: str) -> bool:
        """True where nothing may stand: `f()`, `(a,)`, `x[:, 1:]`."""
        frame = self.frame
        if frame.operators or frame.keyword:
            return False
        if self._in_index:
            return symbol == ":" or bool(frame.bounds) or (symbol == "]" and frame.items > 0)
        emptiable = frame.kind in ("call", "list") or (frame.kind == "group" and frame.alone)
        return symbol == _CLOSING.get(frame.opening.text) and emptiable

    def _name(self, token: Token) -> None:
        name, following = token.text, self.tokens[self.next]
        function = meaning.function_called(name)
        if self._is_keyword(token):
            self.next += 1
            self.frame.keyword = name
        elif name in self.declared:
            self.program.append(Name(name))
            self.last = Last.VALUE
        elif name in CONSTANTS:
            self._literal(CONSTANTS[name])
        elif function and following.text == "(":
            self.next += 1
            self._open(Frame("call", token._replace(text="("), function))
            self.frame.opening = following
            self.frame.name_place = token.start  # type: ignore[attr-defined]
        else:
            raise self._unknown(token)
