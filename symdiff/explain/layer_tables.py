"""Rows of tables that have one for each layer."""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.explain.network import Layer
from symdiff.node import Node
from symdiff.show.document import Line, Row

_MOST = 24
"""Of tables with more rows, the first and the last are shown."""


def row_for(layer: Layer, cells: tuple[Line, ...], *more: Node) -> Row:
    """A row about a layer's nodes, and some others."""
    nodes = (layer.z, layer.a, *layer.parameters, *more)
    return Row(cells, tuple(dict.fromkeys(nodes)))


def few(rows: Sequence[Row], width: int) -> tuple[Row, ...]:
    """The rows, or the first and the last of them with a row of dots between."""
    if len(rows) <= _MOST:
        return tuple(rows)
    return (*rows[: _MOST // 2], Row((("⋮",),) * width), *rows[-_MOST // 2 :])
