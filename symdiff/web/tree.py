"""Markup as nested lists, `[tag, attributes, *children]`: what a page can build without a parser.

So no text that came from a formula is ever read as markup in the browser.
"""

from __future__ import annotations

from typing import TypeAlias
from xml.etree.ElementTree import Element, fromstring

from symdiff.show.document import Math
from symdiff.show.writers.mathml import mathml
from symdiff.show.writers.tex_formulas import parted

Tree: TypeAlias = "list[str | dict[str, str] | Tree]"

LONGEST = 3000
"""LaTeX with more characters is not typeset: nobody reads it, and browsers take long."""

_WIDEST = 60
"""Formulas with more columns are set in parts, between which lines may break."""
_CLOSED = {"&nbsp;": "&#160;", "<wbr>": "<wbr/>"}
"""What HTML may leave open, as XML has it."""


def typeset(formula: Math) -> Tree | None:
    """A formula on lines of its own; None for what is too long or too deep to be typeset.

    >>> typeset(Math("x²", "x^2"))[2:]
    [['mrow', {}, ['msup', {}, ['mi', {}, 'x'], ['mn', {}, '2']]]]
    """
    if len(formula.latex) > LONGEST:
        return None
    trees = [tree(mathml(part)) for part in parted(formula, _WIDEST)]
    if any(each[0] != "math" for each in trees):
        return None
    broken: Tree = ["span", {"class": "parted"}]
    for each in trees:
        broken += [each, ["wbr", {}]]
    return broken if len(trees) > 1 else tree(mathml(formula.latex, display=True))


def tree(markup: str) -> Tree:
    """What our own writers wrote. Styles are left out: the page has them as files.

    >>> tree("<p>1 &lt; <b>2</b> &amp; 3</p>")
    ['p', {}, '1 < ', ['b', {}, '2'], ' & 3']
    """
    for open_, closed in _CLOSED.items():
        markup = markup.replace(open_, closed)
    return _tree(fromstring(markup))


def _tree(element: Element) -> Tree:
    return [
        _plain(element.tag),
        {_plain(name): value for name, value in element.attrib.items()},
        *([element.text] if element.text else []),
        *(part for child in element for part in _with_tail(child)),
    ]


def _with_tail(child: Element) -> list[str | dict[str, str] | Tree]:
    kept: list[str | dict[str, str] | Tree] = [] if _plain(child.tag) == "style" else [_tree(child)]
    return [*kept, *([child.tail] if child.tail else [])]


def _plain(name: str) -> str:
    """A name without its namespace, which the page gives back."""
    return name.rpartition("}")[2]
