"""Names of variables and sizes: which are allowed, and how LaTeX writes them."""

from __future__ import annotations

import keyword
import re
import unicodedata

from symdiff.errors import ArgumentError

RESERVED = frozenset(
    {"np", "os", "scipy", "special", "dtype", "LARGE", "THREADS", "ValueError", "TypeError"}
)
"""Names that generated source uses itself."""

_GREEK = frozenset(
    {
        *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"),
        *("lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi"),
        *("psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon"),
        *("Phi", "Psi", "Omega"),
    }
)
_LETTERS = {
    unicodedata.lookup(
        f"GREEK {'CAPITAL' if name[0].isupper() else 'SMALL'} LETTER "
        + name.upper().replace("LAMBDA", "LAMDA")
    ): name
    for name in _GREEK
}
_ACCENTS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0307": "dot"}
"""Marks above a letter, which stand behind it where the two are written apart."""
_SHORT = {"lam": "lambda", "eps": "epsilon", "sig": "sigma"}


def check_name(name: str, what: str) -> None:
    """Refuse a name that generated source could not use as it stands."""
    if isinstance(name, str) and keyword.iskeyword(name):
        other = next((short for short, letter in _SHORT.items() if letter == name), f"{name}1")
        raise ArgumentError(
            f"{name!r} cannot name a {what}: it is a word of Python itself; try {other!r}"
        )
    if not isinstance(name, str) or not name.isidentifier():
        raise ArgumentError(f"{name!r} cannot name a {what}: it must be a Python identifier")
    if unicodedata.normalize("NFKC", name) != name:
        plain = unicodedata.normalize("NFKC", name)
        raise ArgumentError(f"{name!r} cannot name a {what}: Python would read it as {plain!r}")
    if name.startswith("_") or name in RESERVED:
        other = f"{name.strip('_')}1" if name.strip("_0123456789") else "x1"
        raise ArgumentError(
            f"{name!r} cannot name a {what}: generated code needs it; try {other!r}"
        )


def latex_name(name: str) -> str:
    r"""Write a name: Greek letters by name, digits and what follows `_` as an index.

    >>> latex_name("lam"), latex_name("W1"), latex_name("b_out"), latex_name("loss")
    ('\\lambda', 'W_{1}', 'b_{\\mathrm{out}}', '\\mathrm{loss}')
    >>> latex_name("ŷ"), latex_name("ȳ2")
    ('\\hat{y}', '\\bar{y}_{2}')
    """
    match = re.fullmatch(r"(.*?[^\W\d_])_?(\d+)", name)
    stem, index = (match[1], match[2]) if match else _split_underscore(name)
    return _word(stem) + (f"_{{{index if index.isdigit() else _word(index)}}}" if index else "")


def _split_underscore(name: str) -> tuple[str, str]:
    stem, _, index = name.partition("_")
    return (stem, index) if index else (name, "")


def _word(word: str) -> str:
    greek = _SHORT.get(word) or _LETTERS.get(word, word)
    if greek in _GREEK:
        return f"\\{greek}"
    apart = unicodedata.normalize("NFD", word)
    letter, mark = apart[:1], apart[1:]
    if mark in _ACCENTS:
        return f"\\{_ACCENTS[mark]}{{{_word(letter)}}}"
    escaped = word.replace("_", "\\_")
    if not word.isascii():
        return f"\\text{{{escaped}}}"
    return escaped if len(word) == 1 else f"\\mathrm{{{escaped}}}"
