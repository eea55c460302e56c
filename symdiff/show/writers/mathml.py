"""Formulas as MathML, which browsers show without any script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element, fromstring, tostring

from symdiff.errors import ArgumentError, MissingDependencyError

_NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
_DEEPEST = 60
_LONGEST = 20_000
"""Formulas that are nested deeper or are longer than this are given as LaTeX source."""


def mathml(latex: str, display: bool = False) -> str:
    r"""Convert a formula in LaTeX to MathML; `display` stands on a line of its own.

    What is too long or too deep to be read as a formula is given as LaTeX source, in `<code>`.

    Raises MissingDependencyError where latex2mathml is not installed, and ArgumentError for a
    command that it does not know.

    >>> mathml(r"X^{\top}")
    '<math><mrow><msup><mi>X</mi><mrow><mo>⊤</mo></mrow></msup></mrow></math>'
    """
    convert = _converter()
    if len(latex) > _LONGEST or _depth(latex) > _DEEPEST:
        return f'<code class="tex">{escape(latex)}</code>'
    return _converted(convert, latex, display)


@lru_cache(maxsize=4096)
def _converted(convert: Any, latex: str, display: bool) -> str:
    tree = fromstring(convert(_marked(latex)))
    for element, in_script in _walk(tree):
        element.tag = element.tag.removeprefix(_NAMESPACE)
        _tidy(element, in_script)
        if element.text and "\\" in element.text:
            raise ArgumentError(f"MathML is not made of {element.text!r}, in the formula {latex}")
    for element, _ in _walk(tree):
        _set_signs(element)
        _space_functions(element)
        _fit_brackets(element)
    tree.attrib = {"display": "block"} if display else {}
    return tostring(tree, encoding="unicode")


def _converter() -> Any:
    try:
        from latex2mathml.converter import convert
    except ModuleNotFoundError as error:
        raise MissingDependencyError(
            "formulas in HTML need latex2mathml, which is not installed: "
            "pip install 'symdiff[html]'"
        ) from error
    return convert


_NESTING = {"{": 1, "\\left": 1, "\\begin": 1, "}": -1, "\\right": -1, "\\end": -1}


def _depth(latex: str) -> int:
    """How deep braces and growing brackets are nested."""
    depth = deepest = 0
    for found in re.finditer(r"\\[a-z]+|\\.|[{}]", latex):
        depth += _NESTING.get(found[0], 0)
        deepest = max(deepest, depth)
    return deepest


# Words stay whole -------------------------------------------------------------------------------

_FUNCTION, _WORD, _CODE = "\ue000", "\ue001", "\ue002"
"""Marks before words that are carried through the conversion; they stand in no formula."""
_NAMES = re.compile(r"\\(operatorname|mathrm|mathtt)\{((?:\\_|[^{}\\])*)\}|\\(arg)(?![a-zA-Z])")
_MARKS = {"mathrm": _WORD, "mathtt": _CODE}
_CLASSES = {_FUNCTION: {"class": "function"}, _WORD: {}, _CODE: {"class": "code"}}


def _marked(latex: str) -> str:
    """Let upright words pass as text, for the converter sets some of them letter by letter."""

    def mark(found: re.Match[str]) -> str:
        kind, word, command = found.groups()
        letters = (word or command or "").replace("\\_", "_")
        return f"\\text{{{_MARKS.get(kind, _FUNCTION)}{letters}}}"

    return _NAMES.sub(mark, latex)


# Afterwards -------------------------------------------------------------------------------------

_SCRIPTS = {"msub", "msup", "msubsup"}
_TALL = {"mfrac", "mtable", "msqrt", "mroot", "mover", "munder", "munderover"}
_SIGNS = {"−", "+", "±"}


def _walk(tree: Element) -> Iterator[tuple[Element, bool]]:
    """All elements, each before what is in it, and whether it is a subscript or superscript."""
    waiting = [(tree, False)]
    while waiting:
        element, in_script = waiting.pop()
        yield element, in_script
        scripted = element.tag in _SCRIPTS
        waiting += [(child, in_script or (scripted and k > 0)) for k, child in enumerate(element)]


def _bold(text: str, variant: str) -> str:
    """Letters and digits in another style, which browsers have as characters alone.

    >>> _bold("1", "bold"), _bold("δ", "bold-italic")
    ('𝟏', '𝜹')
    """
    names = [unicodedata.name(character).replace(" LETTER", "") for character in text]
    plain = [name.removeprefix("LATIN ").removeprefix("GREEK ") for name in names]
    style = variant.upper().replace("-", " ")
    return "".join(unicodedata.lookup(f"MATHEMATICAL {style} {name}") for name in plain)


def _tidy(element: Element, in_script: bool) -> None:
    """Make words identifiers, and characters operators, where the converter has it otherwise."""
    text = element.text or ""
    if element.get("accent") == "true":
        element[-1].set("stretchy", "false")  # a hat is as wide as a hat
    if element.get("mathvariant") in {"bold", "bold-italic"} and text.isalnum():
        element.text = _bold(text, element.attrib.pop("mathvariant"))
    if text[:1] in _CLASSES:
        element.tag, element.text = "mi", text[1:]
        element.attrib = {**_CLASSES[text[0]]}
        if len(text) == 2:
            element.set("mathvariant", "normal")
    elif element.tag in {"mi", "mo"} and len(text) > 1 and text.isalpha() and text != "mod":
        element.tag, element.attrib = "mi", {"class": "function"}
    elif element.tag == "mi" and text in ":↦" and text and not in_script:
        element.tag, element.attrib = "mo", {"lspace": "0.278em", "rspace": "0.278em"}
    elif element.tag == "mover" and element[1].text == "―":
        element[1].text, element[1].attrib = "¯", {"stretchy": "true"}


def _set_signs(row: Element) -> None:
    """Let a minus be a sign where nothing that it could be subtracted from comes before it."""
    for before, each in pairwise(row):
        opens = before.tag == "mo" and (before.text or "") not in {")", "]", "}", "|", "‖"}
        if each.tag == "mo" and each.text in _SIGNS and opens:
            each.set("form", "prefix")
    if row.tag == "mrow" and len(row) > 1 and row[-1].tag == "mo" and row[-1].text in _SIGNS:
        row[-1].set("form", "infix")  # of a broken formula: the next part follows


def _space_functions(row: Element) -> None:
    """Set a thin space between a function and what stands after it without brackets."""
    for place in range(len(row) - 1, 0, -1):
        if row.tag == "mrow" and _is_function(row[place - 1]) and _is_bare(row[place]):
            row.insert(place, Element("mspace", width="0.167em"))


def _is_function(element: Element) -> bool:
    base = element[0] if element.tag in _SCRIPTS else element
    return base.get("class") == "function"


def _is_bare(element: Element) -> bool:
    if element.tag in _SCRIPTS:
        element = element[0]
    first = element[0] if element.tag == "mrow" and len(element) else element
    return first.tag not in {"mo", "mspace"}


def _fit_brackets(row: Element) -> None:
    """Let brackets be of usual size around what is not high."""
    if row.tag == "mrow" and len(row) and row[0].get("fence"):
        high = any(each.tag in _TALL for child in row for each in child.iter())
        for bracket in (row[0], row[-1]):
            if not high and bracket.get("fence"):
                bracket.set("stretchy", "false")
