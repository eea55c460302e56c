"""Expressions as LaTeX, for notebooks and papers."""

from __future__ import annotations

from symdiff.binding import one_node
from symdiff.node import Node
from symdiff.show.render import render

BRACKETS = ("\\left(", "\\right)")
"""Parentheses that grow."""


def latex(node: Node) -> str:
    r"""Write an expression in LaTeX, without dollar signs.

    >>> import symdiff as sd
    >>> X, w, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
    >>> print(latex(2 * (X.T @ (X @ w - y))))
    2 \, X^{\top} \, \left(X \, w - y\right)
    """
    return tidy_latex(render(one_node(node), lambda op: op.latex, brackets=BRACKETS))


def tidy_latex(written: str) -> str:
    """Join exponents that templates put side by side, which TeX refuses."""
    return written.replace("^{-1}^{\\top}", "^{-\\top}")
