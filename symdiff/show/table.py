"""The graph as typed rows: forward rows, then the rows that differentiation appended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from symdiff.binding import as_nodes
from symdiff.derive.backprop import backprop
from symdiff.derive.grad import grad
from symdiff.errors import shape_text
from symdiff.node import Node, topological
from symdiff.show.parts import LONGEST
from symdiff.show.text import pretty
from symdiff.shown import Part, Rows, Sentence, Shown

_HEAD = ("id", "op", "arguments", "shape", "expression")


class Row(NamedTuple):
    """One node of the graph."""

    id: int
    op: str
    args: tuple[int, ...]
    shape: str
    dtype: str
    expression: str
    node: Node


class Table(Shown):
    """Rows in an order in which each comes after its arguments.

    forward   the rows that the target needs
    appended  the rows that its derivatives add
    outputs   the ids of the target and of the derivatives, with their labels
    """

    def __init__(
        self, forward: list[Row], appended: list[Row], outputs: list[tuple[str, int]]
    ) -> None:
        self.forward = forward
        self.appended = appended
        self.outputs = outputs

    def __iter__(self) -> Iterator[Row]:
        return iter([*self.forward, *self.appended])

    def __len__(self) -> int:
        return len(self.forward) + len(self.appended)

    def __str__(self) -> str:
        cells = [_HEAD, *(_cells(row) for row in _abridged(self.forward))]
        split = len(cells)
        cells += [_cells(row) for row in _abridged(self.appended)]
        widths = [max(len(line[k]) for line in cells) for k in range(4)]
        lines = [_line(line, widths) for line in cells]
        if self.appended:
            lines.insert(split, "-- appended by differentiation " + "-" * 30)
        lines += [f"{label} = #{place}" for label, place in self.outputs]
        return "\n".join(lines)

    def _parts_(self) -> list[Part]:
        parts: list[Part] = [Rows(_HEAD, list(map(_shown, self.forward)))]
        if self.appended:
            parts += [("appended by differentiation",)]
            parts += [Rows(_HEAD, list(map(_shown, self.appended)))]
        return [*parts, *((f"{label} = #{place}",) for label, place in self.outputs)]


def table(
    target: Node | Sequence[Node],
    wrt: Node | Sequence[Node] | None = None,
    simplify: bool = True,
) -> Table:
    """List the graph of `target`, and with `wrt` the nodes that its gradients append.

    `simplify=False` lists what back-propagation appended, before any rule was applied.

    >>> import symdiff as sd
    >>> x, y = sd.scalar("x"), sd.scalar("y")
    >>> print(table(x * y, [x, y], simplify=False))
    id  op        arguments  shape  expression
    #1  variable             ()     x
    #2  variable             ()     y
    #3  multiply  #1 #2      ()     x y
    -- appended by differentiation ------------------------------
    #4  constant             ()     1.0
    #5  multiply  #4 #2      ()     1.0 y
    #6  multiply  #4 #1      ()     1.0 x
    target = #3
    d/dx = #5
    d/dy = #6
    """
    targets = as_nodes(target)
    labelled = [("target" if len(targets) == 1 else f"target {i + 1}", t)
                for i, t in enumerate(targets)]  # fmt: skip
    wanted = [] if wrt is None else [wrt] if isinstance(wrt, Node) else list(wrt)
    for each in targets if wanted else []:
        gradients = grad(each, wanted) if simplify else backprop(each, wanted).gradients
        labelled += [
            (f"d/d{pretty(x, width=20)}", g) for x, g in zip(wanted, gradients, strict=True)
        ]
    order = topological(node for _, node in labelled)
    split = len(topological(targets))
    ids = {node: place for place, node in enumerate(order, 1)}
    rows = [_row(node, ids) for node in order]
    return Table(rows[:split], rows[split:], [(label, ids[node]) for label, node in labelled])


def _row(node: Node, ids: dict[Node, int]) -> Row:
    return Row(
        ids[node],
        node.op.title(node),
        tuple(ids[arg] for arg in node.args),
        shape_text(node.shape),
        node.dtype,
        pretty(node, width=60),
        node,
    )


def _cells(row: Row | None) -> tuple[str, ...]:
    if row is None:
        return ("…",) * 5
    arguments = " ".join(f"#{i}" for i in row.args)
    return (f"#{row.id}", row.op, arguments, row.shape, row.expression)


def _shown(row: Row) -> Sentence:
    return (*_cells(row)[:-1], row.node)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=False)]
    return "  ".join([*padded, cells[-1]]).rstrip()


def _abridged(rows: list[Row]) -> list[Row | None]:
    if len(rows) <= LONGEST:
        return list(rows)
    return [*rows[: LONGEST // 2], None, *rows[-LONGEST // 2 :]]
