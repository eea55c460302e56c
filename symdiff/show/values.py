"""Numbers beside formulas: short enough to read, long enough to check."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

import numpy as np

from symdiff.show.document import Math

Array: TypeAlias = "np.ndarray[Any, Any]"

_DIGITS = 4
_MOST = 6
"""So many entries of an axis are written; of longer ones, the first three and the last."""


def number(value: Any, digits: int = _DIGITS) -> str:
    """A number with so many significant digits.

    >>> number(0.123456), number(-3.0), number(1e-9), number(True), number(float("nan"))
    ('0.1235', '−3', '1e−09', 'True', 'nan')
    """
    if isinstance(value, (bool, np.bool_, int, np.integer)):
        return str(value).replace("-", "−")
    if isinstance(value, (complex, np.complexfloating)):
        sign = "−" if np.signbit(value.imag) else "+"
        return f"{number(value.real, digits)} {sign} {number(abs(value.imag), digits)}i"
    return f"{float(value):.{digits}g}".replace("-", "−")


def array_text(value: object, digits: int = _DIGITS) -> str:
    """An array on one line, abridged.

    >>> array_text([[1, 2.5], [3, 4]]), array_text(np.arange(10.0)), array_text(np.zeros((0, 2)))
    ('[[1, 2.5], [3, 4]]', '[0, 1, 2, …, 9]', '[] of shape (0, 2)')
    """
    array = np.asarray(value)
    if not array.size and array.ndim > 1:
        return f"[] of shape {array.shape}"
    if not array.ndim:
        return number(array[()], digits)
    rows = [array_text(array[k], digits) for k in _shown(len(array))]
    if len(array) > _MOST:
        rows.insert(3, "…")
    return f"[{', '.join(rows)}]"


def array_math(value: object, digits: int = _DIGITS) -> Math:
    """An array as a formula: a number, a column vector in one row, or a matrix."""
    array = np.asarray(value)
    return Math(array_text(array, digits), _latex(array, digits))


def _latex(array: Array, digits: int) -> str:
    if not array.ndim:
        return _latex_number(number(array[()], digits))
    if array.ndim > 2 or not array.size:
        return f"\\text{{{array_text(array, digits)}}}".replace("−", "-")
    rows = array.reshape(-1, array.shape[-1])
    lines = [_latex_row(rows[k], digits) for k in _shown(len(rows))]
    if len(rows) > _MOST:
        lines.insert(3, "\\vdots")
    return "\\begin{bmatrix}" + " \\\\ ".join(lines) + "\\end{bmatrix}"


def _latex_row(row: Array, digits: int) -> str:
    cells = [_latex_number(number(row[k], digits)) for k in _shown(len(row))]
    if len(row) > _MOST:
        cells.insert(3, "\\dots")
    return " & ".join(cells)


def _latex_number(text: str) -> str:
    """A number as it is written in text, or a complex one, whose parts are."""
    if text in ("True", "False"):
        return f"\\mathrm{{{text}}}"
    parts = re.fullmatch(r"(.+) ([+−]) (.+)i", text)
    if parts:
        real, sign, imaginary = parts.groups()
        sign = sign.replace("−", "-")
        return f"{_latex_number(real)} {sign} {_latex_number(imaginary)} \\, i"
    mantissa, e, exponent = text.replace("−", "-").partition("e")
    if e and exponent.lstrip("+-").isdecimal():
        return f"{mantissa} \\cdot 10^{{{int(exponent)}}}"
    named = {"inf": "\\infty", "-inf": "-\\infty", "nan": "\\mathrm{NaN}"}
    return named.get(mantissa, mantissa if not mantissa.isalpha() else f"\\mathrm{{{mantissa}}}")


def _shown(length: int) -> list[int]:
    """Which places of an axis are written."""
    return list(range(length)) if length <= _MOST else [0, 1, 2, length - 1]
