"""Expressions as LaTeX, for notebooks and papers."""

from __future__ import annotations

import re

from symdiff.node import Node
from symdiff.show.render import render

_GREEK = frozenset(
    {
        *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"),
        *("lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi"),
        *("psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon"),
        *("Phi", "Psi", "Omega"),
    }
)
_SHORT = {"lam": "lambda", "eps": "epsilon", "sig": "sigma"}


def latex(node: Node) -> str:
    r"""Write an expression in LaTeX, without dollar signs.

    >>> import symdiff as sd
    >>> X, w, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
    >>> print(latex(2 * (X.T @ (X @ w - y))))
    2 \, X^{\top} \, \left(X \, w - y\right)
    """
    return render(node, lambda op: op.latex, brackets=("\\left(", "\\right)"))


def latex_name(name: str) -> str:
    r"""Write a name: Greek letters by name, digits and what follows `_` as an index.

    >>> latex_name("lam"), latex_name("W1"), latex_name("b_out"), latex_name("loss")
    ('\\lambda', 'W_{1}', 'b_{\\mathrm{out}}', '\\mathrm{loss}')
    """
    match = re.fullmatch(r"(.*?[^\W\d_])_?(\d+)", name)
    stem, index = (match[1], match[2]) if match else _split_underscore(name)
    return _word(stem) + (f"_{{{index if index.isdigit() else _word(index)}}}" if index else "")


def _split_underscore(name: str) -> tuple[str, str]:
    stem, _, index = name.partition("_")
    return stem, index


def _word(word: str) -> str:
    greek = _SHORT.get(word, word)
    if greek in _GREEK:
        return f"\\{greek}"
    escaped = word.replace("_", "\\_")
    return escaped if len(word) == 1 else f"\\mathrm{{{escaped}}}"
