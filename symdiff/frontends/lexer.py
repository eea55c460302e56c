"""Formula text to tokens, and messages that show where in the text something is wrong."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from symdiff.errors import ParseError

LONGEST = 200_000
_WINDOW = 70

_NOT_IN_NAMES = "⁰¹²³⁴⁵⁶⁷⁸⁹ᵀ"  # \w would take them
_NAME = rf"[^\W0-9{_NOT_IN_NAMES}][^\W{_NOT_IN_NAMES}]*"
_TOKEN = re.compile(
    rf"""(?P<space>\s+)
    | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?:[jJ](?!\w))?)
    | (?P<name>{_NAME})
    | (?P<superscript>⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)
    | (?P<attribute>\.{_NAME})
    | (?P<symbol>⁻ᵀ|\.\.\.|\*\*|//|[<>=!]=|[-+*/%@^<>=≤≥≠−⊙⊗·⋅()\[\],:|‖ᵀ∞])
    """,
    re.VERBOSE,
)
_QUOTED = re.compile(r""""[^"\n]*"|'[^'\n]*'""")

_INSTEAD = {
    "&": "logical_and(a, b)",
    "~": "logical_not(a)",
    "!": "logical_not(a)",
    "÷": "a / b",
    "×": "a * b, or a @ b for a matrix product",
    "√": "sqrt(a)",
    "∑": "sum(a)",
}


class Token(NamedTuple):
    """A word of the text: its kind, what it says, and where it stands."""

    kind: str
    text: str
    start: int
    end: int

    def __str__(self) -> str:
        if not self.text:
            return "the end of the text"
        return f"'{self.text}'" if len(self.text) <= 30 else f"'{self.text[:30]}…'"


def tokenize(text: str) -> list[Token]:
    """Cut a text into tokens, of which the last has the kind "end".

    Raises ParseError for text that is too long, and for a character that is not in the grammar.

    >>> [token.text for token in tokenize("2 Xᵀw")]
    ['2', 'X', 'ᵀ', 'w', '']
    """
    if len(text) > LONGEST:
        raise ParseError(f"the text has {len(text)} characters; the limit is {LONGEST}")
    tokens: list[Token] = []
    place = 0
    while place < len(text):
        if text[place] in "'\"":
            tokens.append(_quote(text, place, tokens))
            place = tokens[-1].end
            continue
        match = _TOKEN.match(text, place)
        if match is None:
            raise _stranger(text, place)
        if match.lastgroup != "space":
            tokens.append(_token(text, match))
        place = match.end()
    end = len(text.rstrip())
    return [*tokens, Token("end", "", end, end)]


def _token(text: str, match: re.Match[str]) -> Token:
    kind, word = str(match.lastgroup), match.group()
    if kind in ("name", "attribute") and not word.isascii():
        # names are normalised as Python does with those declared, but a superscript is no letter
        name = unicodedata.normalize("NFKC", word)
        raised = [unicodedata.decomposition(c).startswith("<super>") for c in word]
        if any(raised) or not name.removeprefix(".").isidentifier():
            raise _stranger(text, match.start() + (raised.index(True) if any(raised) else 0))
        word = name
    return Token(kind, word, match.start(), match.end())


def _quote(text: str, place: int, before: list[Token]) -> Token:
    """A quote right after an operand is a transpose; otherwise it begins a string."""
    if text[place] == "'" and before and before[-1].end == place and _ends_operand(before[-1]):
        return Token("symbol", "'", place, place + 1)
    match = _QUOTED.match(text, place)
    if match is None:
        raise ParseError(pointed("this quote is never closed", text, place), place)
    return Token("string", match.group(), place, match.end())


def _ends_operand(token: Token) -> bool:
    return token.kind != "symbol" or token.text in (")", "]", "|", "‖", "'", "ᵀ", "⁻ᵀ", "∞")


def _stranger(text: str, place: int) -> ParseError:
    character = text[place]
    shown = repr(character) if character.isascii() else f"{character!r} (U+{ord(character):04X})"
    instead = f"; write {_INSTEAD[character]}" if character in _INSTEAD else ""
    return ParseError(pointed(f"{shown} is not part of the grammar{instead}", text, place), place)


def pointed(message: str, text: str, place: int) -> str:
    """Append the text, or a window of it, with a caret under `place`.

    >>> print(pointed("no such name", "x + q", 4))
    no such name
      x + q
          ^
    """
    start = max(0, min(place - _WINDOW // 2, len(text) - _WINDOW))
    shown = text[start : start + _WINDOW]
    if start:
        shown = "…" + shown[1:]
    if start + _WINDOW < len(text):
        shown = shown[:-1] + "…"
    line = "".join(c if c.isprintable() else " " for c in shown).rstrip()
    return f"{message}\n  {line}\n  {' ' * (place - start)}^"
