"""Formulas from LaTeX, as far as SymPy's parser reads them."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import sympy

from symdiff.errors import ArgumentError, MissingDependencyError, ParseError, SymdiffError
from symdiff.frontends.sympy.reading import from_sympy
from symdiff.node import Node

_SHOWN = 200


def from_latex(text: str, /, **names: object) -> Node:
    r"""Return a formula written in LaTeX, as SymPy's parser understands it; see `from_sympy`.

    It reads scalars and matrices of them: fractions, roots, powers, functions, sums and products
    with limits. Text with several meanings is refused. Unless it is declared, `e` is the number;
    `\theta_{1}` is named `theta_1`.

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
    try:
        expression = parse_latex(text, backend="lark")
    except (lark.exceptions.LarkError, RecursionError) as error:
        raise ParseError(f"SymPy's LaTeX parser does not read {shown!r}: {_first(error)}") from None
    if isinstance(expression, lark.Tree):
        raise ParseError(f"{shown!r} has several meanings; write products and functions out")
    try:
        return from_sympy(_renamed(expression, names), **names)
    except SymdiffError as error:
        error.args = (f"{error}\n  {shown}",)
        raise


def _renamed(expression: Any, names: Collection[str]) -> Any:
    """The expression with names that Python could have, and the number that is a letter."""
    new: dict[Any, Any] = {}
    for symbol in expression.free_symbols:
        name = re.sub(r"[{}\\\s]", "", symbol.name)
        new[symbol] = sympy.E if name == "e" and name not in names else sympy.Symbol(name)
    if len({str(symbol) for symbol in new.values()}) < len(new):
        raise ArgumentError(f"two symbols have one name: {', '.join(map(str, new))}")
    return expression.xreplace(new)


def _first(error: Exception) -> str:
    return str(error).partition("\n")[0][:_SHOWN]
