"""Markup as nested lists, `[tag, attributes, *children]`: what a page can build without a parser.

So no text that came from a formula is ever read as markup: not here, and not in the browser.
"""

from __future__ import annotations

from html import unescape
from typing import TypeAlias
from xml.etree.ElementTree import Element

from latex2mathml.converter import Converter

Tree: TypeAlias = "list[str | dict[str, str] | Tree]"

LONGEST = 3000
"""LaTeX with more characters is not typeset: nobody reads it, and browsers take long."""

_DEEPEST = 80


def typeset(latex: str, display: str = "block") -> Tree | None:
    """LaTeX as MathML; None for what is too long or too deeply nested to be typeset.

    >>> typeset("x^2", "inline")[2:]
    [['mrow', {}, ['msup', {}, ['mi', {}, 'x'], ['mn', {}, '2']]]]
    """
    if len(latex) > LONGEST or _nesting(latex) > _DEEPEST:
        return None
    return tree(Converter(display=display).convert_to_element(latex))


def tree(element: Element) -> Tree:
    """An element with all that is in it. The converter leaves character references in its texts."""
    return [
        element.tag,
        {key: value for key, value in element.attrib.items() if key != "xmlns"},
        *([unescape(element.text)] if element.text else []),
        *(part for child in element for part in _with_tail(child)),
    ]


def _with_tail(child: Element) -> list[str | Tree]:
    return [tree(child), *([unescape(child.tail)] if child.tail else [])]


def _nesting(latex: str) -> int:
    """How deep braces and parentheses are nested at most."""
    depth = deepest = 0
    for character in latex:
        depth += (character in "{(") - (character in "})")
        deepest = max(deepest, depth)
    return deepest
