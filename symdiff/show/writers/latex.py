r"""Documents as LaTeX: a fragment for `\input`, or a whole file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symdiff.show.document import (
    Blank,
    Block,
    Code,
    Display,
    Document,
    Figure,
    Grid,
    Inline,
    Line,
    Listing,
    Math,
    Paragraph,
    Section,
    Strong,
)
from symdiff.show.writers.key import KEY, lines
from symdiff.show.writers.layout import is_wide, longest_word, shared, width
from symdiff.show.writers.tex_formulas import fitted
from symdiff.show.writers.tex_words import code_for_tex, words_for_tex
from symdiff.show.writers.text import blank_width, is_narrow, plain

PACKAGES = "amsmath,amssymb,array,booktabs,longtable,adjustbox,tikz"
"""What a file needs that includes a fragment; one with Chinese needs a class of ctex as well."""

_TITLES = ("section", "subsection", "subsubsection", "paragraph")
_COLUMNS = 94
"""About how many characters a line has at the usual size."""
_SIZES = (("\\small", 104), ("\\footnotesize", 116))
"""Sizes for tables, with about how many characters a line then has."""
_GAP = 3
_INDENT = 4
_MARGIN = "\\hspace{2em}"
_NARROWEST = 18

_FILE = r"""% !TeX program = <program>
\documentclass[a4paper]{<class>}
<fonts>
\usepackage[margin=2cm]{geometry}
\usepackage{<packages>}
\setlength{\parindent}{0pt}
\setlength{\parskip}{0.5\baselineskip}
\setlength{\emergencystretch}{\textwidth}
\begin{document}

<document>

\end{document}
"""
_LATIN = ("pdflatex", "article", "\\usepackage[T1]{fontenc}\n\\usepackage{lmodern,textcomp}")
_CHINESE = ("xelatex", "ctexart", "\\xeCJKsetup{CJKmath=true}")


def as_latex(document: Document) -> str:
    r"""Write a document as a fragment for `\input`, which needs `PACKAGES`.

    >>> print(as_latex(Document(("Two paths",), (Paragraph(("They add up.",)),), ())))
    \section*{Two paths}
    <BLANKLINE>
    They add up.
    """
    parts = [_title(document.title, 0)] if document.title else []
    parts += [_written(block, 1) for block in (*document.opening, *document.sections)]
    return "\n\n".join(parts)


def latex_document(document: Document) -> str:
    """Write a document as a whole file: for pdflatex, or with Chinese in it for xelatex."""
    said = [document.title, *(line for block in document.blocks() for line in lines(block))]
    chinese = document.language == "zh" or any(is_wide(plain(line)) for line in said)
    program, kind, fonts = _CHINESE if chinese else _LATIN
    whole = _FILE
    for slot, filling in {
        "<program>": program,
        "<class>": kind,
        "<fonts>": fonts,
        "<packages>": PACKAGES,
        "<document>": as_latex(document),
    }.items():
        whole = whole.replace(slot, filling, 1)
    return whole


def _written(block: Block, level: int) -> str:
    match block:
        case Section():
            inner = [_written(each, level + 1) for each in block.blocks]
            start = ["\\clearpage"] if block.key == KEY else []
            return "\n\n".join([*start, _title(block.title, level), *inner])
        case Paragraph():
            return _line(block.line, _COLUMNS)
        case Display():
            return _display(block)
        case Listing():
            return _listing(block)
        case Grid():
            return _grid(block)
        case Figure():
            return _figure(block)


def _figure(figure: Figure) -> str:
    """Pictures beside each other, none larger than its share of the page."""
    share = f"{0.96 / max(1, len(figure.pictures)):.3f}\\linewidth"
    limits = f"max width={share}, max height=0.7\\textheight, center"
    if len(figure.pictures) > 1:
        limits = limits.removesuffix(", center") + ", valign=t"
    boxes = [
        f"\\begin{{adjustbox}}{{{limits}}}\n{each.tikz}\n\\end{{adjustbox}}%"
        for each in figure.pictures
    ]
    caption = [f"\\par\\emph{{{_line(figure.caption, _COLUMNS)}}}"] if figure.caption else []
    return "\n".join(["\\begin{center}", *boxes, *caption, "\\end{center}"])


def _title(line: Line, level: int) -> str:
    return f"\\{_TITLES[min(level, len(_TITLES) - 1)]}*{{{_line(line, _COLUMNS)}}}"


def _line(line: Line, columns: int) -> str:
    return "".join(_piece(piece, columns) for piece in line)


def _piece(piece: Inline, columns: int) -> str:
    match piece:
        case str():
            return words_for_tex(piece)
        case Math():
            return fitted(piece, columns)
        case Code():
            return f"\\texttt{{{code_for_tex(piece.text)}}}"
        case Strong():
            return f"\\textbf{{{words_for_tex(piece.text)}}}"
        case Blank():
            number = f"\\,({piece.number})"
            room = max(4, min(blank_width(piece), columns - len(number)))
            return f"\\underline{{\\hspace{{{0.45 * room:g}em}}}}{number}"


def _listing(listing: Listing) -> str:
    """Lines in a typewriter face. Those that are too long are broken, and go on indented."""
    written = []
    for line, _ in listing.lines:
        bare = line.lstrip()
        space = f"\\hspace*{{{(len(line) - len(bare)) / 2:g}em}}" if bare != line else ""
        written.append(f"\\hangindent=6em {space}{code_for_tex(bare) or '~'}\\par")
    opening = (
        "{\\footnotesize\\ttfamily\\raggedright\\setlength{\\leftskip}{2em}"
        "\\setlength{\\parskip}{0pt}\\medskip"
    )
    return "\n".join([opening, *written, "}"])


# Tables, which go on over pages -----------------------------------------------------------------


def _grid(grid: Grid) -> str:
    cells = [*([grid.head] if grid.head else []), *(row.cells for row in grid.rows)]
    columns = list(zip(*cells, strict=True))
    wanted = [max(map(_wanted, column)) for column in columns]
    words = [_GAP + longest_word(map(plain, column)) for column in columns]
    least = [min(each, word, _NARROWEST) for each, word in zip(wanted, words, strict=True)]
    size, room = next((each for each in _SIZES if sum(wanted) <= each[1]), _SIZES[-1])
    widths = shared(wanted, least, room)
    rows = [_row(map(_cell, row, widths)) for row in cells]
    head = [rows.pop(0), "\\midrule"] if grid.head else []
    edges = ["\\toprule", *head, "\\endhead", "\\bottomrule", "\\endlastfoot"]
    return _long_table([*edges, *rows], [each / max(room, sum(widths)) for each in widths], size)


def _wanted(cell: Line) -> int:
    """About how many characters a cell takes without line breaks, and the gap after it."""
    return _GAP + sum(_taken(piece) for piece in cell)


def _taken(piece: Inline) -> int:
    """About how many characters of words a piece takes; a typewriter's are wider."""
    shown = width(plain((piece,)))
    return shown + shown // 4 if isinstance(piece, Code) else shown + shown // 8


def _cell(line: Line, columns: int) -> str:
    """A cell. Fractions in it are of full size, and get room above and below."""
    return "".join(
        _high(fitted(piece, columns - _GAP, "\\displaystyle "))
        if isinstance(piece, Math)
        else _piece(piece, columns - _GAP)
        for piece in line
    )


def _high(formula: str) -> str:
    return f"\\rule[-2.6ex]{{0pt}}{{6.8ex}}{formula}" if "\\frac" in formula else formula


def _display(display: Display) -> str:
    """Formulas below each other, with remarks beside them, or below those that are wide."""
    room = _COLUMNS - _INDENT
    formulas = [formula for formula, remark in display.lines if remark and is_narrow(formula)]
    column = max((_wanted((formula,)) for formula in formulas), default=0)
    rows = []
    for formula, remark in display.lines:
        if remark and is_narrow(formula):
            rows.append(_row([_cell((formula,), column), _cell(remark, room - column)]))
            continue
        below = f"\\newline\\hspace*{{2em}}{_line(remark, room)}" if remark else ""
        cell = _cell((formula,), room) + below
        rows.append(_row([_across(cell, room) if column else cell]))
    parts = [column, room - column] if column else [room]
    return _long_table(rows, [part / _COLUMNS for part in parts], before=_MARGIN)


def _across(cell: str, room: int) -> str:
    """A cell in the place of both columns."""
    return f"\\multicolumn{{2}}{{@{{{_MARGIN}}}{_column(room / _COLUMNS)}}}{{{cell}}}"


def _column(part: float) -> str:
    """A column that takes a part of the line, its text not stretched."""
    room = f"\\dimexpr {part:.4f}\\linewidth-2\\tabcolsep\\relax"
    return f">{{\\raggedright\\arraybackslash}}p{{{room}}}"


def _row(cells: Iterable[str]) -> str:
    return f"{' & '.join(cells)} \\\\"


def _long_table(
    rows: Sequence[str], parts: Sequence[float], size: str = "", before: str = ""
) -> str:
    opening = (
        f"{{{size}\\renewcommand{{\\arraystretch}}{{1.35}}"
        "\\setlength{\\tabcolsep}{4pt}\\setlength{\\LTpre}{3pt}\\setlength{\\LTpost}{3pt}"
    )
    columns = "".join(map(_column, parts))
    table = [f"\\begin{{longtable}}[l]{{@{{{before}}}{columns}@{{}}}}", *rows, "\\end{longtable}"]
    return "\n".join([opening, *table, "}"])
