r"""Formulas that fit into a line of TeX, or are broken, or as a last resort made smaller.

TeX breaks lines at relations and operators, but not between `\left` and `\right` nor in fractions.
So a formula that is wider than its line is written with brackets of fixed size, wide fractions
with a slash, and with breaks allowed after commas and between factors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from symdiff.show.document import Math
from symdiff.show.writers.layout import width

_TOKEN = re.compile(
    r"\\(?:left|right)(?![a-zA-Z])\s*(?:\\[a-zA-Z]+|\\.|.)|\\[a-zA-Z]+|\\.|.", re.DOTALL
)
_BRACKET = re.compile(r"\\(left|right)(?![a-zA-Z])\s*")
_FIXED = {
    **{"\\left|": "\\lvert ", "\\right|": "\\rvert ", "\\left\\|": "\\lVert "},
    **{"\\right\\|": "\\rVert ", "\\left.": "", "\\right.": ""},
}
_MAY_BREAK = "\\allowbreak "
_BREAKS_AFTER = {"\\,", ",", "\\ ", ";"}
_OPERATORS = {
    *("+", "-", "=", "<", ">", ":", "\\odot", "\\cdot", "\\times", "\\otimes", "\\bmod"),
    *("\\le", "\\ge", "\\ne", "\\approx", "\\to", "\\leftarrow", "\\mapsto", _MAY_BREAK),
}
_LOOSE = {"", *"+-=<>:,;()[]", "\\le", "\\ge", "\\ne", "\\to"}


def fitted(formula: Math, columns: int, style: str = "") -> str:
    r"""A formula between dollar signs, in a form that fits into so many columns.

    >>> print(fitted(Math("a/(b + c)", r"\frac{a}{b + c}"), 20))
    $\frac{a}{b + c}$
    >>> print(fitted(Math("a/(b + c)", r"\frac{a}{b + c}"), 4))
    $a/\allowbreak (b + c)$
    """
    if width(formula.pretty) <= columns:
        return f"${style}{formula.latex}$"
    written = "".join(
        part if _seen(part) <= columns else _shrunk(part)
        for part in _unbroken(formula.latex, columns)
    )
    return f"${style}{written}$"


def _shrunk(part: str) -> str:
    return f"\\adjustbox{{max width=\\linewidth}}{{${part}$}}{_MAY_BREAK}"


def parted(formula: Math, columns: int) -> list[str]:
    r"""A formula in parts, between which lines may break; one part if it is narrow enough.

    >>> parted(Math("a/(b + c)", r"\frac{a}{b + c}"), 4)
    ['a/', '(b +', ' c)']
    """
    if width(formula.pretty) <= columns:
        return [formula.latex]
    return [part.removesuffix(_MAY_BREAK) for part in _unbroken(formula.latex, columns)]


def _seen(latex: str) -> int:
    """About how many characters a part of a formula shows."""
    bare = re.sub(
        r"\\(?:left|right|begin|end|operatorname|math[a-z]+|text|[dt]?frac)(?![a-z])", "", latex
    )
    return len(re.sub(r"\\[a-zA-Z]+", "x", bare).translate({ord(c): None for c in "{}^_&\\ ,"}))


def _unbroken(latex: str, columns: int) -> Iterator[str]:
    """The formula in parts, between which lines may break."""
    part = ""
    for piece in _broken(latex, columns):
        part += piece
        if piece in _OPERATORS:
            yield part
            part = ""
    if part:
        yield part


def _broken(latex: str, columns: int) -> Iterator[str]:
    """The formula piece by piece, with leave to break after some."""
    waiting = list(_pieces(latex))[::-1]
    has_lines = "\\begin" in latex
    before = ""
    while waiting:
        piece = waiting.pop()
        if piece in {"\\frac", "\\dfrac"} and max(map(_seen, waiting[-2:])) > 2 * columns // 3:
            above, below = waiting.pop(), waiting.pop()
            quotient = [*_bracketed(above), "/", _MAY_BREAK, *_bracketed(below)]
            after = next((each for each in reversed(waiting) if each.strip()), "")
            alone = _is_loose(before) and _is_loose(after)
            waiting += (quotient if alone else ["(", *quotient, ")"])[::-1]
        elif _is_bracket(piece):
            waiting += list(_pieces(piece[1:-1]))[::-1]
        elif has_lines and (high := _high_bracket(piece, waiting)):
            before = high
            yield high
        elif _BRACKET.match(piece):
            before = piece
            yield _FIXED.get(piece, _BRACKET.sub("", piece))
        else:
            before = piece if piece.strip() else before
            yield piece
            if piece in _BREAKS_AFTER:
                yield _MAY_BREAK


def _is_loose(neighbour: str) -> bool:
    """True for what binds less than a quotient, which needs no brackets beside it."""
    return neighbour in _LOOSE or _BRACKET.match(neighbour) is not None


def _high_bracket(opening: str, waiting: list[str]) -> str:
    """Growing brackets with what stands between, taken from `waiting`, if that has lines."""
    depth, place = (1, len(waiting)) if _BRACKET.match(opening) else (0, 0)
    while depth and place:
        place -= 1
        side = _BRACKET.match(waiting[place])
        depth += (1 if side[1] == "left" else -1) if side else 0
    whole = "".join([opening, *waiting[place:][::-1]])
    if depth or "\\begin" not in whole:
        return ""
    del waiting[place:]
    return whole


def _pieces(latex: str) -> Iterator[str]:
    r"""Tokens, where what stands between braces is one, and so is an environment.

    >>> list(_pieces(r"a_{1}+\frac{b}{c}"))
    ['a', '_', '{1}', '+', '\\frac', '{b}', '{c}']
    """
    depth, piece = 0, ""
    for token in _TOKEN.findall(latex):
        depth += (token in {"{", "\\begin"}) - (token in {"}", "\\end"})
        piece += token
        if not depth and token != "\\end":
            yield piece
            piece = ""
    if piece:
        yield piece


def _bracketed(group: str) -> list[str]:
    pieces = list(_pieces(group[1:-1]))
    return pieces if len(pieces) == 1 else ["(", *pieces, ")"]


def _is_bracket(group: str) -> bool:
    """True for braces around one pair of growing brackets, which does not need them."""
    tokens = _TOKEN.findall(group[1:-1]) if group.startswith("{\\left") else []
    depth = 0
    for place, token in enumerate(tokens):
        side = _BRACKET.match(token)
        depth += (1 if side[1] == "left" else -1) if side else 0
        if not depth:
            return place == len(tokens) - 1
    return False
