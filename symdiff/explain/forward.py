"""The forward pass: each node with its op, expression and shape, and its value at a point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symdiff.explain.abridge import abridged, ends
from symdiff.explain.formulas import brief, equation, named, one_op, shape
from symdiff.node import Node, topological
from symdiff.show.document import Block, Display, Grid, Line, Math, Paragraph, Row, Section
from symdiff.show.naming import Names
from symdiff.show.values import Array, array_math
from symdiff.show.wording import Wording


def forward_section(
    target: Node, names: Names, say: Wording, values: Mapping[Node, Array] | None, short: bool
) -> Section:
    """What is computed, in order: each node comes after its arguments."""
    order = [node for node in topological([target]) if node.op.name != "constant"]
    blocks = _short(order, names, values) if short else _full(order, names, say, values)
    return Section("forward", say("forward.title"), (Paragraph(say("forward.intro")), *blocks))


def _full(
    order: Sequence[Node], names: Names, say: Wording, values: Mapping[Node, Array] | None
) -> tuple[Block, ...]:
    columns: tuple[str, ...] = ("name", "op", "formula", "whole", "shape", "value")
    if values is None:
        columns = columns[:-1]
    if not any(_is_nested(node, names) for node in order):
        columns = tuple(column for column in columns if column != "whole")
    head = tuple(say(f"forward.{column}") for column in columns)

    def row(node: Node) -> Row:
        return Row(tuple(_cell(column, node, names, values) for column in columns), (node,))

    rows = abridged(ends(order), row, len(order), len(columns))
    return (Grid(head, tuple(rows), columns),)


def _cell(column: str, node: Node, names: Names, values: Mapping[Node, Array] | None) -> Line:
    if column == "name":
        return (named(node, names),)
    if column == "op":
        return (node.op.title(node),)
    if column == "formula":
        return (one_op(node, names),) if node.args else ()
    if column == "whole":
        return (brief(node),) if _is_nested(node, names) else ()
    if column == "shape":
        return (shape(node),)
    return (array_math(values[node]),) if values and node in values else ()


def _is_nested(node: Node, names: Names) -> bool:
    """True for a node that is more than one op on leaves."""
    return any(names.has(arg) for arg in node.args)


def _short(
    order: Sequence[Node], names: Names, values: Mapping[Node, Array] | None
) -> tuple[Block, ...]:
    lines: list[tuple[Math, Line]] = []
    for node in ends([node for node in order if node.args]):
        made = equation(named(node, names), one_op(node, names))
        if values is not None and node in values:
            made = equation(made, array_math(values[node]))
        lines.append((made, (shape(node),)))
    return (Display(tuple(lines)),) if lines else ()
