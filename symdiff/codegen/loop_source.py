"""Python source of code with loops: `for` over the records of earlier loops and over constants."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from symdiff.codegen.expressions import Expressions, Names
from symdiff.codegen.layout import WIDTH, returned
from symdiff.codegen.loops import Inner, Loop, Meeting, Recorded, Source
from symdiff.codegen.program import Program, Step
from symdiff.codegen.rolling import Rolled

Writer: TypeAlias = "Callable[[Program, Names], Expressions]"
"""What makes the expressions of a program: NumPy's, or those of Python's floats."""


def rolled_body(rolled: Rolled, writer: Writer, names: Names) -> list[str]:
    """The lines of a function's body, `return` among them."""
    known = [*rolled.leaves]
    for statement in rolled.statements:
        known += [statement] if isinstance(statement, Step) else statement.kept
    expressions = writer(_program(known, rolled.results), names)
    for leaf in rolled.leaves:
        expressions.add(leaf)
    margin = " " * expressions.indent
    lines: list[str] = []
    records: dict[Loop, str] = {}
    for statement in rolled.statements:
        if isinstance(statement, Step):
            expressions.add(statement)
        else:
            looped = _LoopSource(statement, expressions, writer, names, records).lines(margin)
            lines += [*_assigned(expressions, margin), *looped]
    results = returned(expressions.results(), margin)
    return [*lines, *_assigned(expressions, margin), *results]


def assignment(name: str, expression: str, margin: str) -> list[str]:
    """The lines of one assignment, in brackets if it is long."""
    line = f"{margin}{name} = {expression}"
    if len(line) <= WIDTH:
        return [line]
    return [f"{margin}{name} = (", f"{margin}    {expression}", f"{margin})"]


def _assigned(expressions: Expressions, margin: str) -> list[str]:
    """The lines of what has been assigned since the last time."""
    waiting = expressions.assignments
    lines = [line for name, text, _ in waiting for line in assignment(name, text, margin)]
    waiting.clear()
    return lines


def _program(steps: Iterable[Step], results: Iterable[Step]) -> Program:
    return Program([], (), [], list(steps), list(results))


class _LoopSource:
    """Writes one loop among the statements outside.

    `_carried` has the names of values of rounds before, `_given` those of what the loop runs
    through, `_lines` the statements of the body: a name and an expression, or a call alone.
    """

    def __init__(
        self,
        loop: Loop,
        outside: Expressions,
        writer: Writer,
        names: Names,
        records: dict[Loop, str],
    ) -> None:
        self._loop, self._outside, self._records = loop, outside, records
        self._carried = {value: names.fresh("t") for value in loop.initial}
        self._given: dict[Source, str] = {}
        self._entries = [names.fresh("c") for _ in loop.constants[0]] if loop.constants else []
        self._names = names
        if loop.record:
            records[loop] = names.fresh("record")
        self._lines: list[tuple[str, str]] = []
        self._own: list[str] = []
        self._write_body(writer)
        self._write_record()
        self._move_on()

    def lines(self, margin: str) -> list[str]:
        """The loop, and what comes right before it; what others need gets its text."""
        loop, inner = self._loop, margin + "    "
        lines = [f"{margin}{self._records[loop]} = []"] if loop.record else []
        for value, step in loop.initial.items():
            text = "0.0" if step is None else self._outside.texts[step][0]
            lines += assignment(self._carried[value], text, margin)
        lines += self._header(margin)
        for name, text in self._lines:
            lines += assignment(name, text, inner) if name else _call(text, inner)
        return [*lines, *self._keep(margin)]

    def _keep(self, margin: str) -> list[str]:
        """What others need of single rounds: names that are left, or lines that take records."""
        loop, order = self._loop, list(self._loop.record)
        rounds: dict[int, dict[int, str]] = {}
        for step, (offset, round) in loop.kept.items():
            ago = loop.rounds - 1 - round
            if not ago:
                name = self._own[offset]
            elif loop.is_left(offset, round):
                name = self._carried[Inner(offset, ago + 1)]
            else:
                name = self._names.fresh("t")
                rounds.setdefault(round, {})[order.index(Inner(offset, 0))] = name
            self._outside.call(step, name)
        lines: list[str] = []
        for round, names in sorted(rounds.items()):
            record = f"{self._records[loop]}[{round}]"
            targets = [names.get(k, "_") for k in range(len(order))]
            if len(names) == 1 < len(order):
                ((place, name),) = names.items()
                targets, record = [name], f"{record}[{place}]"
            lines += _filled(f"{margin}", targets, f" = {record}", margin)
        return lines

    # The body

    def _write_body(self, writer: Writer) -> None:
        loop = self._loop
        leaves: dict[Source, Step] = {}
        steps: list[Step] = []
        for step, sources in zip(loop.body, loop.sources, strict=True):
            args = [
                steps[source.offset]
                if isinstance(source, Inner) and not source.lag
                else leaves.setdefault(source, Step(arg.node, (), arg.number))
                for source, arg in zip(sources, step.args, strict=True)
            ]
            steps.append(Step(step.node, tuple(args), step.number))
        needed = {value.offset for value in (*loop.initial, *loop.record)}
        needed.update(offset for offset, round in loop.kept.values() if loop.is_left(offset, round))
        body = writer(_program([*leaves.values(), *steps], [steps[k] for k in needed]), self._names)
        body.indent += 4
        for source, leaf in leaves.items():
            self._know(body, source, leaf)
        for offset, step in enumerate(steps):
            body.add(step)
            if offset in needed and body.depths[step]:
                body.assign(step)
        self._lines = [(name, text) for name, text, _ in body.assignments]
        self._own = [body.texts[step][0] for step in steps]

    def _know(self, body: Expressions, source: Source, leaf: Step) -> None:
        """Tell the body how a value from outside of this round is written."""
        if isinstance(source, Step):
            if self._outside.depths[source]:
                self._outside.assign(source)
            body.texts[leaf], body.depths[leaf] = self._outside.texts[source], 0
        elif isinstance(source, Inner):
            body.call(leaf, self._carried[source])
        elif isinstance(source, Recorded):
            self._given[source] = self._names.fresh("t")
            body.call(leaf, self._given[source])
        else:
            body.call(leaf, self._entries[source.place])

    def _write_record(self) -> None:
        """Record values as soon as they are there."""
        loop = self._loop
        if not loop.record:
            return
        texts = [self._carried[v] if v.lag else self._own[v.offset] for v in loop.record]
        content = texts[0] if len(texts) == 1 else f"({', '.join(texts)})"
        own = {self._own[v.offset] for v in loop.record if not v.lag}
        last = max((k for k, (name, _) in enumerate(self._lines) if name in own), default=-1)
        self._lines.insert(last + 1, ("", f"{self._records[loop]}.append({content})"))

    def _move_on(self) -> None:
        """Let names have the values that they need in the next round, the oldest first."""
        for value in sorted(self._carried, key=lambda v: (v.offset, -v.lag)):
            name = self._carried[value]
            if value.lag > 1:
                younger = self._carried[Inner(value.offset, value.lag - 1)]
                self._lines.insert(self._last_mention(name) + 1, (name, younger))
                continue
            own = self._own[value.offset]
            made = next(k for k, (target, _) in enumerate(self._lines) if target == own)
            if self._last_mention(name) <= made:
                self._rename(own, name)
            else:
                self._lines.append((name, own))

    def _last_mention(self, name: str) -> int:
        """The last line that reads a name, or -1."""
        mentions = [k for k, (_, text) in enumerate(self._lines) if name in _words(text)]
        return max(mentions, default=-1)

    def _rename(self, old: str, new: str) -> None:
        pattern = re.compile(rf"\b{old}\b")
        self._lines = [
            (new if name == old else name, pattern.sub(new, text)) for name, text in self._lines
        ]
        self._own = [new if name == old else name for name in self._own]

    # Around the body

    def _header(self, margin: str) -> list[str]:
        """`for` over records and constants, or over nothing but the count."""
        loop = self._loop
        targets = [self._unpacked(meeting) for meeting in loop.meetings]
        through = [self._met(meeting) for meeting in loop.meetings]
        before: list[str] = []
        if loop.constants:
            through.append(self._names.fresh("constants"))
            targets.append(self._entries)
            rows = [repr(row[0] if len(row) == 1 else row) for row in loop.constants]
            before = _filled(f"{margin}{through[-1]} = ", rows, "", margin)
        if not through:
            return [f"{margin}for _ in range({loop.rounds}):"]
        if len(through) == 1:
            parts, over = targets[0], through[0]
        else:
            parts = [t[0] if len(t) == 1 else f"({', '.join(t)})" for t in targets]
            over = f"zip({', '.join(through)})"
        return [*before, *_filled(f"{margin}for ", parts, f" in {over}:", margin)]

    def _unpacked(self, meeting: Meeting) -> list[str]:
        """The names for what is recorded, `_` for what is not needed here."""
        return [self._given.get(Recorded(meeting, v), "_") for v in meeting.loop.record]

    def _met(self, meeting: Meeting) -> str:
        """The part of a record that the loop runs through."""
        loop, first, direction = meeting
        end = first + direction * (self._loop.rounds - 1)
        low, high = min(first, end), max(first, end) + 1
        part = self._records[loop]
        if (low, high) != (0, loop.rounds):
            part += f"[{low or ''}:{high if high < loop.rounds else ''}]"
        return part if direction > 0 else f"reversed({part})"


def _call(text: str, margin: str) -> list[str]:
    """The lines of a call with names."""
    if len(margin + text) <= WIDTH:
        return [margin + text]
    head, _, rest = text.partition("(")
    return _packed(f"{margin}{head}(", rest.strip("()").split(", "), ")", margin)


def _filled(before: str, items: Sequence[str], after: str, margin: str) -> list[str]:
    """Names or numbers between two texts: on one line, else in brackets on several."""
    line = f"{before}{', '.join(items)}{after}"
    fits = len(items) == 1 or len(line) <= WIDTH
    return [line] if fits else _packed(before, items, after, margin)


def _packed(before: str, items: Sequence[str], after: str, margin: str) -> list[str]:
    lines = [f"{before}("]
    line = margin + "   "
    for item in items:
        if len(line) + len(item) + 2 > WIDTH:
            lines.append(line)
            line = margin + "   "
        line += f" {item},"
    return [*lines, line, f"{margin}){after}"]


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))
