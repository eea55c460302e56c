"""Widths and line breaks of text in any script, and how columns share the room that there is."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

KEPT = "\N{NO-BREAK SPACE}"
"""Stands between what is not to be torn apart, and is written as a space."""

_NOT_FIRST = frozenset("，。、；：？！）】》」』”’…,.;:?!)]}%")
_CUT_AFTER = "([{,/._=⊙·"
_NOT_LAST = frozenset("（【《「『“‘([{")


@lru_cache(maxsize=4096)
def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf", "Cc"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def width(text: str) -> int:
    """How many columns a text takes in a terminal: East Asian characters take two.

    >>> width("dL/dx"), width("梯度"), width("x̄")
    (5, 4, 1)
    """
    return sum(map(_columns, text))


def is_wide(text: str) -> bool:
    """True where a text has characters of East Asian width."""
    return any(_columns(character) == 2 for character in text)


def padded(text: str, columns: int) -> str:
    """The text with spaces after it, up to a width."""
    return text + " " * (columns - width(text))


def words(text: str) -> Iterator[tuple[str, str]]:
    """The parts that stay whole on a line, each with the space before it.

    Lines break at spaces and beside East Asian characters, but not before punctuation that
    closes or after punctuation that opens.

    >>> list(words("两条路 add up"))
    [('', '两'), ('', '条'), ('', '路'), (' ', 'add'), (' ', 'up')]
    """
    space, word = "", ""
    for character in text:
        if character in " \n":
            if word:
                yield space, word
            space, word = " ", ""
        elif word and _may_break(word[-1], character):
            yield space, word
            space, word = "", character
        else:
            word += character
    if word:
        yield space, word


def _may_break(before: str, after: str) -> bool:
    if before in _NOT_LAST or after in _NOT_FIRST or not _columns(after):
        return False
    return _columns(before) == 2 or _columns(after) == 2


def wrapped(text: str, columns: int) -> list[str]:
    """Lines of at most that width; a word that is wider is cut."""
    lines, line = [], ""
    for space, word in words(text):
        joined = line + (space if line else "") + word
        if width(joined) <= columns:
            line = joined
            continue
        if line:
            lines.append(line)
        *full, line = _cut(word, columns)
        lines += full
    return [each.replace(KEPT, " ") for each in [*lines, line]]


def _cut(word: str, columns: int) -> list[str]:
    """The word in parts that are no wider, cut after brackets and the like where there are any."""
    parts = [""]
    for character in word:
        if parts[-1] and width(parts[-1] + character) > columns:
            place = max(parts[-1].rfind(mark) for mark in _CUT_AFTER) + 1
            place = place if 2 * place >= len(parts[-1]) else len(parts[-1])
            parts[-1:] = [parts[-1][:place], parts[-1][place:]]
        parts[-1] += character
    return parts


def longest_word(texts: Iterable[str]) -> int:
    """The width that no line break can undercut."""
    return max((width(word) for text in texts for _, word in words(text)), default=0)


def shared(wanted: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Widths of columns that share a room: narrow ones get what they want, wide ones alike.

    None gets less than its least, even where that is more than there is.

    >>> shared([5, 60, 50], [5, 10, 10], 65)
    [5, 30, 30]
    """
    if sum(wanted) <= room:
        return list(wanted)
    cap = min(max(wanted), room)
    while cap and sum(_capped(wanted, least, cap)) > room:
        cap -= 1
    return _capped(wanted, least, cap)


def _capped(wanted: Sequence[int], least: Sequence[int], cap: int) -> list[int]:
    return [min(w, max(cap, at_least)) for w, at_least in zip(wanted, least, strict=True)]
