"""The grammar: formula text to a flat postfix program, by operator precedence, without recursion.

The binding numbers are those of the printing templates, so reading undoes printing.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import partial
from typing import NamedTuple, TypeAlias

from symdiff.errors import ParseError
from symdiff.frontends import meaning
from symdiff.frontends.lexer import Token, pointed, tokenize
from symdiff.frontends.meaning import BARS, BINARY, CONSTANTS, PREFIX, Function, Value
from symdiff.ops.leaves import as_node
from symdiff.ops.update import UPDATES
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
    """Replace the topmost `arity` values by what `function` makes of them."""

    function: Function
    arity: int
    place: int


class Start(NamedTuple):
    """Behind the topmost value, put an unknown on the stack that starts there."""

    name: str
    place: int


class Bind(NamedTuple):
    """Know the topmost unknowns by name from here on."""

    names: tuple[str, ...]


class Unbind(NamedTuple):
    """Forget the names that were bound last."""

    names: tuple[str, ...]


Step: TypeAlias = Literal | Name | Apply | Start | Bind | Unbind


# The parser's memory ----------------------------------------------------------------------------


class Last(Enum):
    """What was read last."""

    NOTHING = auto()  # an operand must follow
    VALUE = auto()
    TRANSPOSE = auto()  # a value that is a row if it is a vector
    ARGUMENT = auto()  # a text, tuple, list or `...`, on which no operator works


@dataclass(slots=True)
class Pending:
    """An operator whose last operand is still being read."""

    binding: int
    function: Function
    arity: int
    place: int
    rows: list[bool] | None = None  # of a juxtaposition: which factors are transposes


@dataclass(slots=True)
class Frame:
    """An open bracket, and what has been read in it.

    kind      text (no bracket), group, call, list, index, bars; at and update for `.at[…].set(…)`
    place     where a caret points when what the bracket makes fails
    function  what a call, bars or an update apply
    alone     an argument or item begins here, so that this group may be a tuple
    first     the number of the token with which the present item begins
    bounds    of a slice being read: which of the bounds before a colon are given
    begun     the unknowns of a call that has some, whose starts are known
    bound     the same as soon as they are known by name
    """

    kind: str
    opening: Token
    place: int
    function: str = ""
    alone: bool = False
    first: int = 0
    items: int = 0
    operators: list[Pending] = field(default_factory=list)
    keyword: str = ""
    keywords: list[str] = field(default_factory=list)
    bounds: list[bool] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    bound: tuple[str, ...] = ()


_CLOSING = {"(": ")", "[": "]", "|": "|", "‖": "‖"}
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_INSTEAD = {
    "and": "logical_and(a, b)",
    "or": "logical_or(a, b)",
    "not": "logical_not(a)",
    "if": "where(condition, a, b)",
    "else": "where(condition, a, b)",
    "custom_gradient": "sd.custom_gradient in Python: text has no rules",
}


def read(text: str, declared: Collection[str], functions: Collection[str] = ()) -> list[Step]:
    """Return the postfix program of a formula, in which only the names `declared` may occur.

    It may call `functions` beside those that all formulas can call.

    Raises ParseError for text that is not in the grammar.

    >>> [type(step).__name__ for step in read("-x", ["x"])]
    ['Name', 'Apply', 'Apply']
    """
    return _Parser(text, declared, functions).read()


class _Parser:
    """One reading of one text."""

    def __init__(self, text: str, declared: Collection[str], functions: Collection[str]) -> None:
        self.text = text
        self.declared = declared
        self.functions = functions
        self.tokens = tokenize(text)
        self.next = 0
        self.program: list[Step] = []
        self.frames = [Frame("text", self.tokens[-1], 0)]
        self.last = Last.NOTHING

    def read(self) -> list[Step]:
        """Read all tokens; the value of the program is left on the stack."""
        if len(self.tokens) == 1:
            raise ParseError("expected a formula, found an empty text")
        while self.tokens[self.next].kind != "end":
            token = self.tokens[self.next]
            self.next += 1
            if self.last is Last.NOTHING:
                self._operand(token)
            else:
                self._continuation(token)
        self._finish(self.tokens[-1])
        return self.program

    def _finish(self, end: Token) -> None:
        if len(self.frames) > 1:
            opening = self.frame.opening
            instead = "; for 'or' write logical_or(a, b)" if opening.text == "|" else ""
            raise self._error(f"this {opening} is never closed{instead}", opening)
        if self.last is Last.NOTHING:
            raise self._error(f"expected an operand, found {end}", end)
        self._reduce(ANY)
        self._emit(as_node, 1, 0)

    @property
    def frame(self) -> Frame:
        """The innermost open bracket."""
        return self.frames[-1]

    # Where an operand must stand --------------------------------------------------------------

    def _operand(self, token: Token) -> None:
        match token.kind:
            case "number":
                self._literal(self._number(token))
            case "name":
                self._name(token)
            case "string":
                self._check_alone(token, "a text")
                self._literal(token.text[1:-1], Last.ARGUMENT)
            case _:
                self._opening(token)

    def _opening(self, token: Token) -> None:
        frame, symbol = self.frame, token.text
        if symbol in PREFIX:
            above = frame.operators[-1].binding if frame.operators else ANY
            binding = max(UNARY, above)  # in an exponent it belongs to the exponent
            frame.operators.append(Pending(binding, PREFIX[symbol], 1, token.start))
        elif symbol == "(":
            self._open(Frame("group", token, token.start, alone=self._alone))
        elif symbol == "[":
            if not (self._in_index and not frame.operators):
                self._check_alone(token, "a list")
            self._open(Frame("list", token, token.start))
        elif symbol in BARS:
            self._open(Frame("bars", token, token.start, BARS[symbol]))
        elif symbol == "∞":
            self._literal(CONSTANTS["inf"])
        elif symbol == "..." and self._in_index and not frame.operators:
            self._literal(..., Last.ARGUMENT)
        elif self._may_be_missing(symbol):
            self._continuation(token)
        else:
            raise self._error(f"expected an operand, found {token}", token)

    def _may_be_missing(self, symbol: str) -> bool:
        """True where a bracket or item may end without an operand: `f()`, `(a,)`, `x[1:, :]`."""
        frame = self.frame
        closes = symbol == _CLOSING.get(frame.opening.text)
        if frame.operators or frame.keyword:
            return False
        if self._in_index:
            ends = symbol == "," or closes
            return symbol == ":" or (ends and bool(frame.bounds)) or (closes and frame.items > 0)
        return closes and (frame.kind in ("call", "list", "update") or frame.alone)

    def _name(self, token: Token) -> None:
        name, following = token.text, self.tokens[self.next]
        function = name if name in self.functions else meaning.function_called(name)
        if self._is_keyword(name, following):
            if name in (*self.frame.keywords, *self.frame.begun):
                raise self._error(f"{token} is given twice", token)
            self.next += 1
            self.frame.keyword = name
        elif name in self.declared or any(name in frame.bound for frame in self.frames):
            self.program.append(Name(name))
            self.last = Last.VALUE
        elif name in CONSTANTS:
            self._literal(CONSTANTS[name])
        elif function and following.text == "(":
            self.next += 1
            self._open(Frame("call", following, token.start, function))
        else:
            raise self._error(self._unknown(token, following), token)

    def _is_keyword(self, name: str, following: Token) -> bool:
        """Tell `axis=0` from `x = 0`, which compares."""
        frame = self.frame
        if frame.kind != "call" or following.text != "=" or frame.operators or frame.keyword:
            return False
        if frame.function in meaning.BINDERS:
            return True
        return name not in self.declared or meaning.has_option(frame.function, name)

    def _literal(self, value: Value, last: Last = Last.VALUE) -> None:
        self.program.append(Literal(value))
        self.last = last

    def _number(self, token: Token) -> int | float | complex:
        word = token.text.translate(_SUPERSCRIPTS)
        if word[-1] in "jJ":
            if word[-1] in self.declared:
                message = f"{token} is an imaginary number, but {word[-1]!r} is declared"
                raise self._error(f"{message}; write {word[:-1]}*{word[-1]}, or rename it", token)
            return complex(word)
        try:
            return int(word) if word.lstrip("-").isdecimal() else float(word)
        except ValueError:
            message = f"a whole number of {len(word)} digits is too long; write it as a float"
            raise self._error(message, token) from None

    # Where an operand has been read -----------------------------------------------------------

    def _continuation(self, token: Token) -> None:
        symbol = token.text if token.kind == "symbol" else ""
        if self._closes(token):
            self._close(token)
        elif symbol == ",":
            self._comma(token)
        elif symbol == ":" and self._in_index:
            self._colon(token)
        elif self.last is Last.ARGUMENT:
            closing = _CLOSING[self.frame.opening.text]
            raise self._error(f"expected ',' or '{closing}', found {token}", token)
        elif symbol in BINARY:
            self._binary(token)
        elif token.kind in ("superscript", "attribute") or symbol in ("ᵀ", "⁻ᵀ", "'", "["):
            self._postfix(token)
        elif self._begins_factor(token):
            self._juxtapose(token)
        else:
            raise self._error(f"expected an operator, found {token}", token)

    def _binary(self, token: Token) -> None:
        operator = BINARY[token.text]
        compares = operator.binding == COMPARE
        self._reduce(operator.binding + (operator.right or compares))
        operators = self.frame.operators
        if compares and operators and operators[-1].binding == COMPARE:
            message = "comparisons cannot be chained; write logical_and(a < b, b < c)"
            raise self._error(message, token)
        operators.append(Pending(operator.binding, operator.function, 2, token.start))
        self.last = Last.NOTHING

    def _juxtapose(self, token: Token) -> None:
        self._reduce(JUXTAPOSE + 1)
        operators = self.frame.operators
        if operators and operators[-1].arity == 1 and isinstance(self.program[-1], Literal):
            self._reduce(operators[-1].binding)  # `−2 x` begins with the number −2
        if not operators or operators[-1].rows is None:
            operators.append(Pending(JUXTAPOSE, meaning.juxtapose, 1, token.start, []))
        chain = operators[-1]
        assert chain.rows is not None
        chain.rows.append(self.last is Last.TRANSPOSE)
        chain.arity += 1
        self.last = Last.NOTHING
        self._operand(token)

    def _begins_factor(self, token: Token) -> bool:
        if token.kind == "number":  # `log(2) 2^x`, but `x 2` is a slip
            following = self.tokens[self.next]
            return following.kind == "superscript" or following.text in ("^", "**")
        return token.kind == "name" or token.text in ("(", "∞", *BARS)

    def _postfix(self, token: Token) -> None:
        if token.text in ("ᵀ", "'", ".T"):
            again = self.last is Last.TRANSPOSE
            last = Last.VALUE if again else Last.TRANSPOSE
            self._emit(meaning.transpose, 1, token.start, last)
        elif token.text == "⁻ᵀ":
            self._emit(meaning.inverse_transpose, 1, token.start, Last.TRANSPOSE)
        elif token.text == "⁻¹":
            self._emit(meaning.inverse, 1, token.start)
        elif token.kind == "superscript":
            self._literal(self._number(token))
            self._emit(BINARY["**"].function, 2, token.start)
        elif token.text == "[":
            self._open(Frame("index", token, token.start))
        elif token.text == ".at":
            self._open(Frame("at", self._expect("["), token.start))
        else:
            raise self._error(f"unknown attribute {token}; a transpose is '.T'", token)

    def _expect(self, symbol: str) -> Token:
        token = self.tokens[self.next]
        if token.text != symbol:
            raise self._error(f"expected '{symbol}', found {token}", token)
        self.next += 1
        return token

    def _reduce(self, level: int) -> None:
        """Apply the pending operators that bind at least as tightly as `level`."""
        operators = self.frame.operators
        while operators and operators[-1].binding >= level:
            done = operators.pop()
            function = done.function
            if done.rows is not None:
                function = partial(function, (*done.rows, self.last is Last.TRANSPOSE))
            self._emit(function, done.arity, done.place)

    def _emit(self, function: Function, arity: int, place: int, last: Last = Last.VALUE) -> None:
        self.program.append(Apply(function, arity, place))
        self.last = last

    # Brackets ---------------------------------------------------------------------------------

    @property
    def _in_index(self) -> bool:
        return self.frame.kind in ("index", "at")

    @property
    def _alone(self) -> bool:
        """True where an argument or an item begins."""
        frame = self.frame
        return not frame.operators and (frame.kind in ("call", "list") or frame.alone)

    def _check_alone(self, token: Token, what: str) -> None:
        if not self._alone:
            raise self._error(f"{what} can only be an argument of a function", token)

    def _open(self, frame: Frame) -> None:
        if len(self.frames) > DEEPEST:
            message = f"brackets are nested too deep; the limit is {DEEPEST}"
            raise self._error(message, frame.opening)
        frame.first = self.next
        self.frames.append(frame)
        self.last = Last.NOTHING

    def _closes(self, token: Token) -> bool:
        """True for a closing bracket. A bar closes, unless it stands as in `2 |x|`."""
        if token.kind != "symbol":
            return False
        if token.text not in BARS:
            return token.text in (")", "]")
        before, after = self.text[token.start - 1], self.text[token.end : token.end + 1]
        opens = before.isspace() and bool(after.strip())
        return self.frame.opening.text == token.text and not opens

    def _comma(self, token: Token) -> None:
        frame = self.frame
        if frame.kind in ("text", "bars") or (frame.kind == "group" and not frame.alone):
            raise self._error("a tuple can only be an argument of a function", token)
        self._end_item()

    def _colon(self, token: Token) -> None:
        bounds = self.frame.bounds
        if len(bounds) == 2:
            raise self._error("a slice has at most two colons", token)
        self._reduce(ANY)
        bounds.append(self.last is not Last.NOTHING)
        self.last = Last.NOTHING

    def _end_item(self) -> None:
        frame = self.frame
        given = self.last is not Last.NOTHING
        self._reduce(ANY)
        if frame.bounds:
            bounds = (*frame.bounds, given)
            self._emit(partial(meaning.make_slice, bounds), sum(bounds), frame.place)
            frame.bounds.clear()
        elif not given:
            return
        if frame.keyword and frame.function in meaning.BINDERS and not frame.bound:
            self._begin()
            return
        if frame.keyword:
            frame.keywords.append(frame.keyword)
            frame.keyword = ""
        elif frame.keywords:
            message = "an argument without a name cannot follow one with a name"
            raise self._error(message, self.tokens[frame.first])
        frame.items += 1
        frame.first = self.next
        self.last = Last.NOTHING

    def _begin(self) -> None:
        """What was read is where an unknown starts. All are bound when no other follows."""
        frame, place = self.frame, self.tokens[self.frame.first].start
        self.program.append(Start(frame.keyword, place))
        frame.begun.append(frame.keyword)
        frame.keyword = ""
        frame.first = self.next
        self.last = Last.NOTHING
        if self.tokens[self.next].kind != "name" or self.tokens[self.next + 1].text != "=":
            frame.bound = tuple(frame.begun)
            self.program.append(Bind(frame.bound))

    def _close(self, token: Token) -> None:
        frame = self.frame
        if frame.kind == "text":
            raise self._error(f"this {token} closes nothing", token)
        if _CLOSING[frame.opening.text] != token.text:
            raise self._error(f"this {frame.opening} is closed by {token}", frame.opening)
        if frame.kind == "group" and not frame.items and self.last is not Last.NOTHING:
            self._reduce(ANY)
            self.frames.pop()
            self.last = Last.ARGUMENT if self.last is Last.ARGUMENT else Last.VALUE
            return
        self._end_item()
        self.frames.pop()
        self._build(frame)

    def _build(self, frame: Frame) -> None:
        """Make one value of the items of a bracket."""
        match frame.kind:
            case "call" if frame.bound:
                unknowns, options = len(frame.bound), tuple(frame.keywords)
                solve: Function = partial(meaning.solve, frame.function, unknowns, options)
                self._emit(solve, 2 * unknowns + frame.items, frame.place)
                self.program.append(Unbind(frame.bound))
            case "call" | "bars":
                function = partial(meaning.call, frame.function, tuple(frame.keywords))
                self._emit(function, frame.items, frame.place)
            case "index":
                self._emit(meaning.take, frame.items + 1, frame.place)
            case "group":
                self._emit(meaning.make_tuple, frame.items, frame.place, Last.ARGUMENT)
            case "list":
                self._emit(meaning.make_list, frame.items, frame.place, Last.ARGUMENT)
            case "at":
                self._emit(meaning.make_tuple, frame.items, frame.place)
                method = self._method()
                self._open(Frame("update", self._expect("("), frame.place, method))
            case "update":
                wanted = 0 if frame.function == "get" else 1
                if frame.items != wanted:
                    count = "one value" if wanted else "no value"
                    raise self._error(f"`.{frame.function}` takes {count}", frame.opening)
                update = partial(meaning.update, frame.function)
                self._emit(update, 2 + frame.items, frame.place)

    def _method(self) -> str:
        """What is done at `.at[…]`."""
        token = self.tokens[self.next]
        name = token.text.removeprefix(".")
        if token.kind != "attribute" or name not in UPDATES:
            known = ", ".join(f".{method}" for method in UPDATES)
            raise self._error(f"expected one of {known}, found {token}", token)
        self.next += 1
        return name

    # Messages ---------------------------------------------------------------------------------

    def _unknown(self, token: Token, following: Token) -> str:
        name = token.text
        if name in _INSTEAD:
            return f"unknown name {token}; write {_INSTEAD[name]}"
        if meaning.function_called(name):
            return f"{token} is a function; write {name}(…), or '{name}1' for a variable"
        if following.text == "(":
            known = meaning.function_names()
            guess = (
                _nearest(name, known) or f"print(sd.ops()) lists the {len(known)} that there are"
            )
            return f"unknown function {token}; {guess}"
        guess, declared = _nearest(name, self.declared), ", ".join(self.declared) or "none"
        return f"unknown name {token}; {guess}{' ' if guess else ''}declared are {declared}"

    def _error(self, message: str, token: Token) -> ParseError:
        return ParseError(pointed(message, self.text, token.start), token.start)


def _nearest(name: str, known: Collection[str]) -> str:
    """Suggest the nearest of the known names, if one is near."""
    same = [candidate for candidate in known if candidate.casefold() == name.casefold()]
    near = same or difflib.get_close_matches(name[:50], known, 1)
    return f"did you mean '{near[0]}'?" if near else ""
