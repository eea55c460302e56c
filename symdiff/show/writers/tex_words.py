"""Words and code for TeX: what means something there is escaped, and symbols are spelled out."""

from __future__ import annotations

import unicodedata

_ESCAPED = {
    "\\": "\\textbackslash{}",
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
    "<": "\\textless{}",
    ">": "\\textgreater{}",
    "|": "\\textbar{}",
    **{character: "\\" + character for character in "#_%&{}$"},
}
_IN_CODE = {
    "-": "-{}",  # two of them would become a dash
    "'": "\\textquotesingle{}",
    '"': "\\textquotedbl{}",
    "`": "\\textasciigrave{}",
    "_": "\\_\\allowbreak{}",
    ".": ".\\allowbreak{}",
}
_SYMBOLS = {
    **{"→": "\\to", "←": "\\leftarrow", "↔": "\\leftrightarrow", "↦": "\\mapsto"},
    **{"⇒": "\\Rightarrow", "⇐": "\\Leftarrow", "⇔": "\\Leftrightarrow"},
    **{"∂": "\\partial", "∇": "\\nabla", "∞": "\\infty", "√": "\\surd", "Δ": "\\Delta"},
    **{"∑": "\\sum", "∏": "\\prod", "∫": "\\int", "∈": "\\in", "∉": "\\notin"},
    **{"≤": "\\le", "≥": "\\ge", "≠": "\\ne", "≈": "\\approx", "≡": "\\equiv", "∝": "\\propto"},
    **{"×": "\\times", "·": "\\cdot", "⋅": "\\cdot", "−": "-", "±": "\\pm", "÷": "\\div"},
    **{"⊙": "\\odot", "⊗": "\\otimes", "⊕": "\\oplus", "∘": "\\circ", "⟨": "\\langle"},
    **{"⟩": "\\rangle", "‖": "\\|", "′": "'", "⊤": "\\top", "∀": "\\forall", "∃": "\\exists"},
    **{"…": "\\dots", "⋯": "\\cdots", "⋮": "\\vdots", "⌊": "\\lfloor", "⌋": "\\rfloor"},
    **{"⌈": "\\lceil", "⌉": "\\rceil", "ℝ": "\\mathbb{R}", "ℂ": "\\mathbb{C}"},
    **{"✓": "\\checkmark", "✗": "\\times", "ϵ": "\\epsilon", "ϕ": "\\phi"},
    "ς": "\\varsigma",
}
_OVER = {"\u0304": "\\bar", "\u0302": "\\hat", "\u0303": "\\tilde", "\u0307": "\\dot"}


def words_for_tex(words: str) -> str:
    r"""Escape words.

    >>> print(words_for_tex("50% of W_1: ∂L/∂δ → x²"))
    50\% of W\_1: $\partial$L/$\partial$$\delta$ $\to$ x$^{2}$
    """
    return "".join(_ESCAPED.get(c) or _symbol(c) for c in _composed(words))


def code_for_tex(code: str) -> str:
    r"""Escape code for `\texttt`. It may break at underscores and dots.

    >>> print(code_for_tex("grad_table['x']"))
    grad\_\allowbreak{}table[\textquotesingle{}x\textquotesingle{}]
    """
    return "".join(_IN_CODE.get(c) or _ESCAPED.get(c) or _symbol(c) for c in _composed(code))


def _composed(text: str) -> str:
    """The text with marks joined to letters where there is one character for both."""
    return unicodedata.normalize("NFC", text)


def _symbol(character: str) -> str:
    if character.isascii():
        return character
    command = math_symbol(character)
    return f"${command}$" if command else character


def math_symbol(character: str) -> str:
    r"""What a character that is not ASCII is in a formula; empty for one that is a letter there.

    >>> math_symbol("→"), math_symbol("λ"), math_symbol("₂"), math_symbol("é")
    ('\\to', '\\lambda', '_{2}', '')
    """
    if character in _OVER:
        return f"{_OVER[character]}{{}}"
    return _SYMBOLS.get(character) or _greek(character) or _raised_or_lowered(character)


def _greek(character: str) -> str:
    r"""The command of a Greek letter, `\delta`; capitals that are Latin ones are these."""
    name = unicodedata.name(character, "").split()
    if name[:1] != ["GREEK"] or name[2:3] != ["LETTER"] or len(name) != 4:
        return ""
    letter = {"LAMDA": "lambda", "OMICRON": "o"}.get(name[3], name[3].lower())
    if letter == "o":
        return "O" if name[1] == "CAPITAL" else "o"
    if name[1] == "SMALL":
        return f"\\{letter}"
    latin = {"alpha": "A", "beta": "B", "epsilon": "E", "zeta": "Z", "eta": "H", "iota": "I"}
    latin |= {"kappa": "K", "mu": "M", "nu": "N", "rho": "P", "tau": "T", "chi": "X"}
    return latin.get(letter) or f"\\{letter.capitalize()}"


def _raised_or_lowered(character: str) -> str:
    """A superscript or subscript as what it is."""
    place, _, plain = unicodedata.decomposition(character).partition(" ")
    if place not in {"<super>", "<sub>"}:
        return ""
    letters = "".join(chr(int(code, 16)) for code in plain.split()).replace("−", "-")
    if character == "ᵀ":
        letters = "\\top"
    return f"{'^' if place == '<super>' else '_'}{{{letters}}}"
