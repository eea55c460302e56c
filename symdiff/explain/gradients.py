"""The gradient table as it fills: every edge of the pass, in order, with what was sent and why."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from functools import reduce

from symdiff.explain.abridge import abridged, without_empty
from symdiff.explain.checks import check_cell
from symdiff.explain.formulas import cotangent, equation, named, shape
from symdiff.explain.passes import Pass
from symdiff.explain.steps import BackwardStep
from symdiff.node import Node
from symdiff.show.document import (
    Block,
    Code,
    Display,
    Grid,
    Line,
    Listing,
    Math,
    Paragraph,
    Row,
    Section,
)
from symdiff.show.values import Array, array_math
from symdiff.show.wording import Wording
from symdiff.show.writers.layout import width

_COLUMNS = ("step", "edge", "upstream", "local", "contribution", "entry", "shape", "check")


class Table:
    """The rows of the gradient table.

    steps   the steps of the pass, or the first and the last of very many
    values  for each node, the value of its entry at a point, if there is one
    """

    def __init__(
        self, taken: Pass, steps: Sequence[BackwardStep], values: Mapping[Node, Array] | None
    ) -> None:
        self.taken, self.steps, self.values = taken, steps, values
        self._arrivals: dict[Node, list[int]] = {}
        self._last: dict[Node, int] = {}
        for number, step in enumerate(taken.table.steps, 1):
            self._last[step.receiver] = number
            if step.sent is not None:
                self._arrivals.setdefault(step.receiver, []).append(number)

    def section(self, say: Wording, short: bool, parts: Container[str]) -> Section:
        """The table, and what stands beside it."""
        blocks: list[Block] = [Paragraph(say("gradients.intro"))]
        if self.steps:
            blocks.extend(self._short() if short else [self._grid(say)])
            blocks.extend(self._reasons(say) if "reasons" in parts else [])
            blocks.extend([self._textbook(say)] if "textbook" in parts else [])
        blocks.extend(self._silent(say))
        return Section("gradients", say("gradients.title"), tuple(blocks))

    def _grid(self, say: Wording) -> Grid:
        columns = _COLUMNS if self.values is None else (*_COLUMNS[:-1], "value", "check")
        head = tuple(say(f"gradients.{column}") for column in columns)

        def row(step: BackwardStep) -> Row:
            cells = self._cells(step, say)
            nodes = (step.contribution.receiver, step.contribution.consumer)
            return Row(tuple(cells[column] for column in columns), nodes, step.number - 1)

        rows = abridged(self.steps, row, len(self.taken.table.steps), len(columns))
        return without_empty(Grid(head, (self._seed(columns), *rows), columns))

    def _seed(self, columns: Sequence[str]) -> Row:
        """The pass begins with the derivative of the target by itself."""
        target, names = self.taken.prepared, self.taken.names
        entry = equation(cotangent(target, names), Math("1", "1"))
        cells: dict[str, Line] = {"step": ("0",), "entry": (entry,), "shape": (shape(target),)}
        if self.values is not None:
            cells["value"] = ("1",)
        return Row(tuple(cells.get(column, ()) for column in columns), (target,))

    def _cells(self, step: BackwardStep, say: Wording) -> dict[str, Line]:
        names, edge = self.taken.names, step.edge
        consumer, receiver = step.contribution.consumer, step.contribution.receiver
        arrow = named(consumer, names) + Math(" → ", " \\to ") + named(receiver, names)
        sofar = [k for k in self._arrivals.get(receiver, ()) if k <= step.number]
        cells: dict[str, Line] = {
            "step": (f"{step.number}",),
            "edge": (arrow,),
            "upstream": (edge.upstream,),
            "local": (edge.local.math,),
            "contribution": (edge.simpler or edge.contribution,),
            "entry": (equation(edge.receives, _total(sofar)),),
            "shape": (shape(receiver),),
            "check": check_cell(step.check, say),
        }
        if self.values is not None:
            value = self.values.get(receiver) if self._last[receiver] == step.number else None
            cells["value"] = () if value is None else (array_math(value),)
        return cells

    def _reasons(self, say: Wording) -> list[Block]:
        """Why each contribution is what it is: index forms, shapes, conventions."""
        blocks: list[Block] = []
        for number, step, edge, _ in self.steps:
            lines = [*([edge.reason] if edge.reason else []), *edge.remarks]
            if edge.index is not None:
                words = {"forward": edge.index.forward, "backward": edge.index.backward}
                lines.insert(0, say("gradients.index", **words))
            if lines:
                joined = reduce(lambda a, b: (*a, *say("reasons.join"), *b), lines)
                blocks.append(Paragraph((f"({number}) ", *joined), step.receiver))
        if not blocks:
            return []
        return [Section("reasons", say("reasons.title"), tuple(blocks))]

    def _textbook(self, say: Wording) -> Section:
        """The same in the words of algorithm 6.6 of *Deep Learning*."""
        names = self.taken.names
        seed = f"grad_table[{named(self.taken.prepared, names).pretty}] = 1"
        terms: dict[Node, list[str]] = {}
        for _, step, edge, _ in self.steps:
            upstream = f"grad_table[{names.of(step.consumer).pretty}]"
            call = edge.bprop.pretty.removesuffix(f"{edge.upstream.pretty})") + f"{upstream})"
            terms.setdefault(step.receiver, []).append(call)
        lines: list[tuple[str, tuple[Node, ...]]] = [(seed, (self.taken.prepared,))]
        for node, calls in terms.items():
            entry = f"grad_table[{names.of(node).pretty}]"
            lines.append((f"{entry} = {calls[0]}", (node,)))
            indent = " " * width(entry)
            lines += [(f"{indent} + {call}", (node,)) for call in calls[1:]]
        codes = {
            "build": Code("build_grad(V)"),
            "table": Code("grad_table"),
            "bprop": Code("op.bprop(inputs, V, D)"),
        }
        words = Paragraph(say("textbook.intro", **codes))
        return Section("textbook", say("textbook.title"), (words, Listing(tuple(lines))))

    def _short(self) -> list[Block]:
        """One line for each node: the sum of what it receives."""
        names = self.taken.names
        parts: dict[Node, list[Math]] = {}
        for _, step, edge, _ in self.steps:
            if step.sent is not None:
                before = parts.pop(step.receiver, [])  # a node is complete with its last part
                parts[step.receiver] = [*before, edge.simpler or edge.contribution]
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


def _total(arrived: Sequence[int]) -> Math:
    """The sum of the contributions of some steps; of many, the first and the last."""
    terms = [f"({k})" for k in arrived]
    if len(terms) > _MOST_TERMS:
        terms[3:-1] = ["…"]
    total = " + ".join(terms) or "0"
    return Math(total, total.replace("…", "\\cdots"))


_MOST_TERMS = 6
