"""How a node's operation is labelled: its template with the arguments left out.

Scalar constants are written into the label, such as `1 −` or `(·)²`, so that a picture shows what
is computed and not every number on its own.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeGuard

from symdiff.node import Node
from symdiff.ops.leaves import VARIABLE
from symdiff.registry import Form, Op, form
from symdiff.show.document import Math
from symdiff.show.text import pretty
from symdiff.template import Slot

LONGEST = 24
"""Longer labels give way to the name of the operation."""

_SHORT = 8


def is_short(node: Node) -> bool:
    """True for numbers and sizes that a label can hold."""
    if node.args or node.op is VARIABLE or node.shape:
        return False
    return len(pretty(node, width=_SHORT + 1)) <= _SHORT


def can_write(node: Node, place: int) -> bool:
    """True if the notation of a node mentions that argument as it stands, and only once."""
    return all(
        [part.inner for part in form(of, node).parts if _is_slot(part, place)] in ([()], [])
        for of in (node.op.pretty, node.op.latex)
    )


def _is_slot(part: str | Slot, place: int) -> TypeGuard[Slot]:
    return isinstance(part, Slot) and part.place == place


def operation(node: Node, written: Container[Node] = ()) -> Math:
    """How a node is computed, with a dot for each argument that is not `written` there.

    >>> import symdiff as sd
    >>> x, y = sd.vector("x", "n"), sd.vector("y", "n")
    >>> [operation(e).pretty for e in (x - y, sd.sigmoid(x), x * y, sd.sum(x), sd.outer(x, y))]
    ['−', 'σ', '⊙', 'sum', 'outer']
    >>> square = (x - y) ** 2
    >>> operation(square, [square.args[1]]).pretty
    '(·)²'
    """
    title = node.op.title(node)
    named = Math(title, latex_text(title))
    fixed = any(arg in written for arg in node.args)
    if title != node.op.name and not fixed and not turns(node):
        return _with_axes(node, named)
    label = _label(node, written, lambda op: op.pretty, _PRETTY)
    if not label:
        return Math("×", "\\times") if node.op.elementwise else named
    if len(label) > LONGEST:
        return named
    typeset = _label(node, written, lambda op: op.latex, _LATEX)
    for sign in "^_":  # a dot that carries an exponent or an index stands in parentheses
        typeset = typeset.replace(f"{{\\cdot}}{sign}", f"(\\cdot){sign}")
    if _PRETTY.hole not in label and _LATEX.hole in typeset:
        typeset = latex_text(label)
    return Math(label, typeset)


class _Signs(NamedTuple):
    """What stands for an argument, for a product, and before what a function takes."""

    hole: str
    times: str
    opening: str
    closing: str


_PRETTY = _Signs("·", "×", "(", ")")
_LATEX = _Signs("\\cdot", "\\times", "\\left(", "\\right)")


def _with_axes(node: Node, named: Math) -> Math:
    """A title, with what a call says besides its arguments."""
    parts = form(node.op.pretty, node).parts
    ends = parts[-1]
    if parts[0] != named.pretty + "(" or not isinstance(ends, str) or ends == ")":
        return named
    return named + Math(ends[:-1], latex_text(ends[:-1]))


def turns(node: Node) -> bool:
    """True if the notation transposes a matrix."""
    parts = form(node.op.pretty, node).parts
    return any(
        isinstance(slot, Slot)
        and isinstance(after, str)
        and after.startswith("ᵀ")
        and node.args[slot.place].ndim > 1
        for slot, after in pairwise(parts)
    )


def _label(
    node: Node, written: Container[Node], notation: Callable[[Op], Form], signs: _Signs
) -> str:
    """The template in a notation, reduced to what a label needs."""
    parts = _joined(form(notation(node.op), node).parts)
    filled = [p if isinstance(p, str) else _filling(node, p, written, notation, signs)
              for p in parts]  # fmt: skip
    slots = [isinstance(part, Slot) for part in parts]
    if slots == [True, False, True] and not turns(node):
        sign = _sign(str(parts[1]), signs)
        return " ".join(p for p in (filled[0], sign, filled[2]) if p)
    ends = filled[-1] or ""
    if slots == [False, True] and not filled[1] and not _opens(str(parts[0])):
        return str(parts[0]).strip()
    if slots == [True, False] and not filled[0]:
        return f"{signs.opening}{signs.hole}{signs.closing}{parts[1]}"
    between = (p for p in filled[1:-1] if p is not None)
    if (
        str(parts[0]).endswith(signs.opening)
        and ends == signs.closing
        and not any(p.strip(", ") for p in between)
    ):
        return str(parts[0]).removesuffix(signs.opening)
    return "".join(signs.hole if p is None else p for p in filled)


def _joined(parts: Sequence[str | Slot]) -> list[str | Slot]:
    """The parts of a template with neighbouring pieces of text made one."""
    found: list[str | Slot] = []
    for part in parts:
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        else:
            found.append(part)
    return found


def _sign(text: str, signs: _Signs) -> str:
    """What stands between two arguments; a product without sign gets one."""
    sign = text.strip().removeprefix("\\,").strip()
    return sign if sign not in ("", signs.hole) else signs.times


def _opens(text: str) -> bool:
    return text.endswith(("(", "{", "[", "|"))


def _filling(
    node: Node,
    slot: Slot,
    written: Container[Node],
    notation: Callable[[Op], Form],
    signs: _Signs,
) -> str | None:
    """What is written for an argument, in parentheses where it needs them; None for a hole."""
    arg = node.args[slot.place]
    if slot.inner or arg not in written:
        return None
    template = form(notation(arg.op), arg)
    text = "".join(p for p in template.parts if isinstance(p, str))
    loose = template.binding < slot.level
    return f"{signs.opening}{text}{signs.closing}" if loose else text


_LATEX_ESCAPES = {
    "\\": "\\textbackslash{}",
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
    "−": "\\ensuremath{-}",
    "×": "\\ensuremath{\\times}",
    "·": "\\ensuremath{\\cdot}",
    "∞": "\\ensuremath{\\infty}",
    "…": "\\dots{}",
    **{c: f"\\{c}" for c in "#$%&_{}"},
}


def latex_words(text: str) -> str:
    """Words as TeX takes them outside formulas."""
    return "".join(_LATEX_ESCAPES.get(c, c) for c in text)


def latex_text(text: str) -> str:
    """Words inside a formula."""
    return f"\\text{{{latex_words(text)}}}"
