"""Expressions as LaTeX, for notebooks and papers."""

from __future__ import annotations

from symdiff.node import Node
from symdiff.show.render import render


def latex(node: Node) -> str:
    r"""Write an expression in LaTeX, without dollar signs.

    >>> import symdiff as sd
    >>> X, w, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
    >>> print(latex(2 * (X.T @ (X @ w - y))))
    2 \, X^{\top} \, \left(X \, w - y\right)
    """
    written = render(node, lambda op: op.latex, brackets=("\\left(", "\\right)"))
    return written.replace("^{-1}^{\\top}", "^{-\\top}")
