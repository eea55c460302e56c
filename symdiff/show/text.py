"""Expressions as text: ASCII that the grammar reads back, and Unicode matrix notation."""

from __future__ import annotations

from symdiff.binding import one_node
from symdiff.node import Node
from symdiff.show.render import render, render_whole


def text(node: Node, width: int | None = None) -> str:
    """Write an expression in the ASCII grammar, so that `parse(text(e), …) is e`.

    With `width`, what does not fit is abridged by `…`. Without, the formula stands in place of a
    name that means another function by now, or none.

    >>> import symdiff as sd
    >>> X, w = sd.matrix("X", "n", "d"), sd.vector("w", "d")
    >>> print(text(sd.sum((X @ w) ** 2)))
    sum((X @ w)**2)
    """
    from symdiff.rewrite.opened import is_outdated, opened

    whole = one_node(node)
    return named_text(whole if width is not None else opened([whole], is_outdated)[0], width)


def named_text(node: Node, width: int | None = None) -> str:
    """Write an expression as `text` does, with all names as they were."""
    return render(node, lambda op: op.text, width=width)


def whole_text(node: Node, width: int) -> str | None:
    """Write an expression in the ASCII grammar, if it fits into `width` without being abridged."""
    return render_whole(node, lambda op: op.text, width)


def pretty(node: Node, width: int | None = None) -> str:
    """Write an expression in matrix notation with Unicode.

    >>> import symdiff as sd
    >>> X, r = sd.matrix("X", "n", "d"), sd.vector("r", "n")
    >>> print(pretty(2 * (X.T @ r)))
    2 Xᵀ r
    """
    return tidy_pretty(render(one_node(node), lambda op: op.pretty, width=width))


def tidy_pretty(written: str) -> str:
    """Join marks that templates put side by side: the transposed inverse is one mark."""
    return written.replace("⁻¹ᵀ", "⁻ᵀ").replace("ᵀ (", "ᵀ(")
