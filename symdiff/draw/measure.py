"""How much room text takes, from a table of widths: fonts differ, but not by much."""

from __future__ import annotations

import unicodedata

NAME, SMALL = 15.0, 11.5
"""Sizes of letters: of names, and of everything beside and under them."""

LINE = 1.25
"""The distance of lines, in sizes of letters."""

_NARROW = "iljtfr.,:;'|!()[]{}/ ·ıI₁¹"
_WIDE = "mwMWQO@%∂∞…—√⊙⊗×→"
_SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹ᵀ⁻"


def text_width(text: str, size: float) -> float:
    """The width of a line of letters of that size.

    >>> text_width("u", 10) < text_width("W", 10) < text_width("层", 10) < text_width("matmul", 10)
    True
    """
    return size * sum(map(_relative, text))


def _relative(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if letter in _SUBSCRIPTS:
        return 0.42
    if letter in _NARROW:
        return 0.36
    if letter in _WIDE:
        return 0.84
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    return 0.68 if letter.isupper() else 0.56
