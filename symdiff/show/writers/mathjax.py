r"""Documents as LaTeX that MathJax reads, in notebooks: all of it formulas, tables as arrays."""

from __future__ import annotations

from symdiff.show.document import Blank, Block, Document, Grid, Inline, Line, Math
from symdiff.show.writers.key import lines
from symdiff.show.writers.tex_words import math_symbol
from symdiff.show.writers.text import blank_width

_UPRIGHT = {
    **{" ": "\\ ", "-": "\\text{-}", "'": "\\text{'}"},
    **{"\\": "\\backslash ", "~": "\\sim ", "^": "\\wedge "},
    **{character: "\\" + character for character in "#_%&{}$"},
}


def as_mathjax(document: Document) -> str:
    r"""Write a document as formulas, one below the other.

    >>> from symdiff.show.document import Paragraph
    >>> print(as_mathjax(Document((), (Paragraph(("50% of ", Math("√x", "\\sqrt{x}"))),), ())))
    $\displaystyle \mathrm{50\%\ of\ }\sqrt{x}$
    """
    found = [document.title] if document.title else []
    written = [_line(line) for line in found]
    written += [_block(block) for block in document.blocks()]
    return "\n\n".join(f"$\\displaystyle {each}$" for each in written if each)


def _block(block: Block) -> str:
    if isinstance(block, Grid):
        rows = [" & ".join(map(_line, row.cells)) for row in block.rows]
        head = [f"{' & '.join(map(_line, block.head))} \\\\ \\hline"] if block.head else []
        columns = "l" * max(len(block.head), *(len(row.cells) for row in block.rows), 1)
        body = "\n".join([*head, " \\\\\n".join(rows)])
        return f"\\begin{{array}}{{{columns}}}\n{body}\n\\end{{array}}"
    written = [each for each in map(_line, lines(block)) if each]
    below = " \\\\\n".join(written)
    return f"\\begin{{array}}{{l}}\n{below}\n\\end{{array}}" if len(written) > 1 else below


def _line(line: Line) -> str:
    return "".join(map(_piece, line))


def _piece(piece: Inline) -> str:
    match piece:
        case Math():
            return piece.latex
        case Blank():
            return f"\\underline{{\\hspace{{{blank_width(piece) / 2:g}em}}}}\\,({piece.number})"
        case str():
            return _upright(piece)
        case _:
            return _upright(piece.text)


def _upright(words: str) -> str:
    """Words in a formula, where MathJax knows more commands than in text."""
    letters = "".join(_UPRIGHT.get(c) or _letter(c) for c in words)
    return f"\\mathrm{{{letters}}}" if letters else ""


def _letter(character: str) -> str:
    command = "" if character.isascii() else math_symbol(character)
    return f"{command} " if command else character
