"""A pattern as a picture of text: Braille characters, of two dots in a row and four in a column."""

from __future__ import annotations

from typing import Any

import numpy as np

_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
"""The bits of the dots of a Braille character."""
_BLANK = 0x2800


def dotted(pattern: Any, width: int) -> str:
    """Where a sparse matrix has entries, in at most `width` characters a row and half as many rows.

    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> print(dotted(csr_array(np.tri(8)), 60))
    ⣷⣄⠀⠀
    ⣿⣿⣷⣄
    """
    rows, columns = pattern.shape
    if not rows or not columns:
        return ""
    scale = max(columns / (2 * width), rows / (2 * width), 1.0)
    down, across = (max(int(np.ceil(size / scale)), 1) for size in (rows, columns))
    grid = np.zeros((-(-down // 4) * 4, -(-across // 2) * 2), int)
    places = pattern.tocoo()
    grid[(places.row / scale).astype(int), (places.col / scale).astype(int)] = 1
    cells = grid.reshape(len(grid) // 4, 4, -1, 2)
    codes = _BLANK + np.einsum("iajb,ab->ij", cells, _BITS)
    return "\n".join("".join(map(chr, row)) for row in codes)
