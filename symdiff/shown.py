"""What people look at, from one description: text in a terminal, tables and formulas in notebooks.

A class says in `_parts_` what it shows. How that is written is up to `symdiff.show.parts`, which is
loaded when something is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from symdiff.node import Node

Piece: TypeAlias = "str | Node"
Sentence: TypeAlias = "tuple[Piece, ...]"
"""Words and expressions in a row."""


class Rows(NamedTuple):
    """A table; without a head, its first column says what the others are."""

    head: tuple[str, ...]
    rows: Sequence[tuple[Piece, ...]]


Part: TypeAlias = "Sentence | Rows"


class Shown:
    """What prints as text, and is shown by notebooks as HTML or LaTeX."""

    __slots__ = ()

    def _parts_(self) -> Sequence[Part]:
        """What is shown: sentences and tables."""
        raise NotImplementedError

    def __str__(self) -> str:
        from symdiff.show.parts import plain

        return plain(self._parts_())

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str | None:
        from symdiff.show.parts import html

        return html(self._parts_())

    def _repr_latex_(self) -> str | None:
        from symdiff.show.parts import latex

        return latex(self._parts_())

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        found = {
            "text/plain": str(self),
            "text/html": self._repr_html_(),
            "text/latex": self._repr_latex_(),
        }
        return {kind: written for kind, written in found.items() if written is not None}
