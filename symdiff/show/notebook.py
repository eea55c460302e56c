"""Expressions in notebooks: those that are too long to be read are abridged."""

from __future__ import annotations

from symdiff.errors import shape_text
from symdiff.node import Node
from symdiff.show.latex import BRACKETS, tidy_latex
from symdiff.show.render import render
from symdiff.show.text import tidy_pretty

_LONGEST = 3000
"""So many characters are read by people and typeset at once."""


def formula(node: Node) -> str:
    r"""An expression as LaTeX between dollar signs.

    >>> import symdiff as sd
    >>> print(formula(sd.sum(sd.vector("x", "n") ** 2)))
    $\displaystyle \operatorname{sum}\left({x}^{2}\right)$
    """
    written = render(node, lambda op: op.latex, BRACKETS, _LONGEST)
    dots = written.replace("…", "\\ldots ")
    return f"$\\displaystyle {tidy_latex(dots)}$"


def line(node: Node) -> str:
    """An expression as Python shows it."""
    written = render(node, lambda op: op.pretty, width=_LONGEST)
    return f"<{tidy_pretty(written)} : {shape_text(node.shape)} {node.dtype}>"
