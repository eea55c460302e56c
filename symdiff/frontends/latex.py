"""Formulas from LaTeX, as far as SymPy's parser reads them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

import sympy

from symdiff.errors import ArgumentError, MissingDependencyError, ParseError, SymdiffError
from symdiff.frontends.sympy.reading import from_sympy
from symdiff.node import Node

_SHOWN = 200


def from_latex(text: str, /, **names: object) -> Node:
    r"""Return a formula written in LaTeX, as SymPy's parser understands it; see `from_sympy`.

    It reads scalars and matrices of them: fractions, roots, powers, functions, sums and products
    with limits. Text with several meanings is refused. Unless they are declared, `e` and `\pi` are
    the numbers; `\theta_{1}` is named `theta_1`, and `\lambda` is `lamda`, as SymPy spells it.

    Raises ParseError for what SymPy's parser does not read or what is ambiguous, ArgumentError for
    what has no counterpart; MissingDependencyError if the parser is not installed.
    """
    if not isinstance(text, str):
        raise ArgumentError(f"a formula must be text, not {text!r}")
    try:
        import lark
        from sympy.parsing.latex import parse_latex
    except ImportError as error:
        raise MissingDependencyError(
            "reading LaTeX needs lark, which is not installed: pip install 'symdiff[latex]'"
        ) from error
    shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    _check_meaning(text, shown)
    readable, stands = _with_known_letters(text)
    try:
        expression = parse_latex(readable, backend="lark")
    except (lark.exceptions.LarkError, RecursionError) as error:
        raise ParseError(f"SymPy's LaTeX parser does not read {shown!r}: {_first(error)}") from None
    if isinstance(expression, lark.Tree):
        raise ParseError(f"{shown!r} has several meanings; write products and functions out")
    try:
        return from_sympy(_renamed(expression, names, stands), **names)
    except SymdiffError as error:
        error.args = (f"{error}\n  {shown}",)
        raise


_UNKNOWN = ("pi", "sigma", "iota")
"""Letters that SymPy's parser does not read; others stand for them while it does."""
_SPARE = ("upsilon", "kappa", "chi", "zeta", "xi", "nu", "tau", "eta")
_NUMBERS = {"e": sympy.E, "pi": sympy.pi}


def _with_known_letters(text: str) -> tuple[str, dict[str, str]]:
    """The text with letters that the parser knows, and what these stand for."""
    stands: dict[str, str] = {}
    spare = (letter for letter in _SPARE if letter not in text)
    for letter in _UNKNOWN:
        pattern = rf"\\{letter}(?![A-Za-z])"
        if re.search(pattern, text) and (other := next(spare, None)):
            text = re.sub(pattern, rf"\\{other}", text)
            stands[other] = letter
    return text, stands


def _check_meaning(text: str, shown: str) -> None:
    """Refuse what the parser would read as something else than what is meant."""
    if power := re.search(r"[\d.]*\d[eE][+-]?\d+", text):
        raise ParseError(f"{shown!r}: {power[0]!r} is a product with e; write \\cdot 10^{{…}}")
    for letter in re.findall(r"\\var([a-z]+)", text):
        if re.search(rf"\\{letter}(?![A-Za-z])", text):
            raise ParseError(
                f"{shown!r}: SymPy's parser reads \\{letter} and \\var{letter} as one symbol"
            )


def _renamed(expression: Any, names: Collection[str], stands: Mapping[str, str]) -> Any:
    """The expression with names that Python could have, and the numbers that are letters."""
    new: dict[Any, Any] = {}
    for symbol in expression.free_symbols:
        letter, *index = re.sub(r"[{}\\\s]", "", symbol.name).partition("_")
        letter = {"lambda": "lamda", **stands}.get(letter, letter)
        name = "".join((letter, *index))
        known = name in _NUMBERS and name not in names
        new[symbol] = _NUMBERS[name] if known else sympy.Symbol(name)
    if len({str(symbol) for symbol in new.values()}) < len(new):
        raise ArgumentError(f"two symbols have one name: {', '.join(map(str, new))}")
    return expression.xreplace(new)


def _first(error: Exception) -> str:
    return str(error).partition("\n")[0][:_SHOWN]
