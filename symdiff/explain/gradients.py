"""The gradient table as it fills: every edge of the pass, in order, with what was sent and why.

The names are those of section 6.5.6 of *Deep Learning*: `grad_table` holds the derivative of the
target by each node, and `op.bprop(inputs, argument, G)` is what one op sends to one argument.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

from symdiff.derive.backprop import Contribution
from symdiff.explain.abridge import abridged, without_empty
from symdiff.explain.checks import check_cell
from symdiff.explain.edges import Edge
from symdiff.explain.formulas import cotangent, equation, named, shape
from symdiff.explain.passes import Pass
from symdiff.explain.verify import StepCheck
from symdiff.node import Node
from symdiff.show.document import Block, Code, Display, Grid, Line, Math, Paragraph, Row, Section
from symdiff.show.values import Array, array_math
from symdiff.show.wording import Wording

_COLUMNS = ("step", "edge", "bprop", "local", "contribution", "entry", "shape", "check")


class Table:
    """The rows of the gradient table, with what each is checked by.

    edges   how each step of the pass is written
    checks  what each step's check found
    values  for each node, the value of its entry at a point, if there is one
    """

    def __init__(
        self,
        taken: Pass,
        edges: Sequence[Edge],
        checks: Sequence[StepCheck | None],
        values: Mapping[Node, Array] | None,
    ) -> None:
        self.taken, self.edges, self.checks, self.values = taken, edges, checks, values
        self.steps: list[Contribution] = taken.table.steps
        self._last = {step.receiver: place for place, step in enumerate(self.steps)}

    def section(self, say: Wording, short: bool, reasons: bool) -> Section:
        """The table, and what stands beside it."""
        blocks: list[Block] = [Paragraph(say("gradients.intro"))]
        if not short:
            blocks.append(Paragraph(say("gradients.names", **_codes())))
        if self.steps:
            blocks.extend(self._short() if short else [self._grid(say)])
            blocks.extend(self._reasons(say) if reasons else [])
        blocks.extend(self._silent(say))
        return Section("gradients", say("gradients.title"), tuple(blocks))

    def _grid(self, say: Wording) -> Grid:
        columns = _COLUMNS if self.values is None else (*_COLUMNS[:-1], "value", "check")
        head = tuple(say(f"gradients.{column}") for column in columns)
        rows = [self._seed(columns)]
        arrived: dict[Node, list[int]] = {}
        for place, step in enumerate(self.steps):
            if step.sent is not None:
                arrived.setdefault(step.receiver, []).append(place + 1)
            cells = self._cells(place, arrived.get(step.receiver, []), say)
            nodes = (step.receiver, step.consumer)
            rows.append(Row(tuple(cells[column] for column in columns), nodes, place))
        return without_empty(Grid(head, abridged(rows, len(columns)), columns))

    def _seed(self, columns: Sequence[str]) -> Row:
        """The pass begins with the derivative of the target by itself."""
        target, names = self.taken.prepared, self.taken.names
        entry = equation(cotangent(target, names), Math("1", "1"))
        cells: dict[str, Line] = {"step": ("0",), "entry": (entry,), "shape": (shape(target),)}
        if self.values is not None:
            cells["value"] = ("1",)
        return Row(tuple(cells.get(column, ()) for column in columns), (target,))

    def _cells(self, place: int, arrived: Sequence[int], say: Wording) -> dict[str, Line]:
        step, edge = self.steps[place], self.edges[place]
        names = self.taken.names
        receiver = step.receiver
        entry = cotangent(receiver, names)
        sum_text = " + ".join(f"({k})" for k in arrived) or "0"
        cells: dict[str, Line] = {
            "step": (f"{place + 1}",),
            "edge": (named(step.consumer, names) + Math(" → ", " \\to ") + named(receiver, names),),
            "bprop": (edge.bprop,),
            "local": (edge.local.math,),
            "contribution": (edge.simpler or edge.contribution,),
            "entry": (equation(entry, Math(sum_text, sum_text)),),
            "shape": (shape(receiver),),
            "check": check_cell(self.checks[place], say),
        }
        if self.values is not None:
            value = self.values.get(receiver) if self._last[receiver] == place else None
            cells["value"] = () if value is None else (array_math(value),)
        return cells

    def _reasons(self, say: Wording) -> list[Block]:
        """Why each contribution is what it is: index forms, shapes, conventions."""
        blocks: list[Block] = []
        for place, (step, edge) in enumerate(zip(self.steps, self.edges, strict=True)):
            lines = [*([edge.reason] if edge.reason else []), *edge.remarks]
            if not lines:
                continue
            joined = tuple(piece for line in lines for piece in (*line, " "))[:-1]
            blocks.append(Paragraph((f"({place + 1}) ", *joined), step.receiver))
        if not blocks:
            return []
        return [Section("reasons", say("reasons.title"), tuple(blocks))]

    def _short(self) -> list[Block]:
        """One line for each node: the sum of what it receives."""
        names = self.taken.names
        parts: dict[Node, list[Math]] = {}
        for step, edge in zip(self.steps, self.edges, strict=True):
            if step.sent is not None:
                parts.setdefault(step.receiver, []).append(edge.simpler or edge.contribution)
        lines: list[tuple[Math, Line]] = []
        for node, sent in parts.items():
            total = reduce(lambda a, b: a + " + " + b, sent)
            line = equation(cotangent(node, names), total)
            if self.values is not None and node in self.values:
                line = equation(line, array_math(self.values[node]))
            lines.append((line, (shape(node),)))
        return [Display(tuple(lines))]

    def _silent(self, say: Wording) -> list[Block]:
        """What receives nothing, and why that is proven."""
        table, names = self.taken.table, self.taken.names
        target = named(table.target, names)
        said = [(x, "gradients.no_path") for x in table.no_path]
        said += [(x, "gradients.flat") for x in table.flat]
        return [
            Paragraph(say(key, x=named(x, names), target=target, entry=cotangent(x, names)), x)
            for x, key in said
        ]


def _codes() -> dict[str, Code]:
    return {
        "table": Code("grad_table"),
        "build": Code("build_grad"),
        "bprop": Code("op.bprop(inputs, X, G)"),
    }
