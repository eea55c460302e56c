"""How blocks of rows are written: a function of some rows, called for all of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from symdiff.codegen.buffers import Buffer, buffers_of
from symdiff.codegen.comments import MOST_COMMENTED, meaning
from symdiff.codegen.expressions import Expressions, Text, hugged
from symdiff.codegen.layout import as_factor, fitted
from symdiff.codegen.program import Blocks, BlockShape, Step
from symdiff.codegen.ufuncs import Ufunc, ufunc_of
from symdiff.dims import named, spaced, spaced_shape
from symdiff.ops.contraction import CONTRACT
from symdiff.ops.leaves import numpy_type
from symdiff.ops.lowered_products import MATMUL
from symdiff.ops.rows import part
from symdiff.template import ATOM, POSTFIX, Template

_SIMPLE = re.compile(r"-?[\w.]+")


class Words(NamedTuple):
    """How the functions of some rows name the slice of these rows, and their number."""

    rows: str
    number: str


def write_blocks(blocks: Blocks, written: Expressions, name: str, words: Words) -> list[str]:
    """The lines that compute blocks; `written` has the values outside, and learns the new ones.

    It may have been given new assignments, which come before these lines. `name` is that of the
    function of some rows.
    """
    return _Writer(blocks, written, words).lines(name)


class _Writer:
    """Writes blocks.

    `_texts` says how a value is written within the function of some rows, and `_targets` into
    which memory a step writes, if it is stored or a ufunc.
    """

    def __init__(self, blocks: Blocks, written: Expressions, words: Words) -> None:
        self._blocks = blocks
        self._written = written
        self._rows, self._count = words
        self._number = named(words.number)
        self._commented = len(blocks.steps) <= MOST_COMMENTED
        self._uses = Counter(arg for step in blocks.steps for arg in dict.fromkeys(step.args))
        self._texts: dict[Step, Text] = {}
        self._targets: dict[Step, str] = {}
        self._templates: dict[Step, Template] = {}
        self._temporaries: set[str] = set()
        self._body: list[str] = []

    def lines(self, name: str) -> list[str]:
        """Memory for what is stored, the function of some rows, and its call."""
        blocks, written = self._blocks, self._written
        for arg in blocks.inputs():
            self._name(arg)
        outer = {step: written.name_for(step) for step in (*blocks.stored, *blocks.folds)}
        self._names = written.names.inside()
        for arg in blocks.inputs():
            self._enter(arg)
        buffers = self._take_buffers()
        for step in blocks.stored:
            self._store(step, outer[step])
        for step in blocks.steps:
            self._add(step, outer.get(step))
        for step, result in outer.items():
            written.call(step, result)
        folds = [outer[step] for step in blocks.folds]
        if folds:
            self._body.append(f"        return {_tuple(folds)}")
        return [
            *(f"    {outer[step]} = {self._memory(step)}" for step in blocks.stored),
            "",
            *fitted(f"    def {name}(", [self._rows, *buffers], "):", "    "),
            f'        """{self._describe(buffers)}"""',
            *self._counted(),
            *self._body,
            "",
            *self._call(name, folds),
        ]

    def _describe(self, buffers: Sequence[str]) -> str:
        some = f"Some of the {spaced(self._blocks.size)} rows"
        if not buffers:
            return f"{some}."
        between = " and " if len(buffers) == 2 else " to "
        return f"{some}, with {between.join(dict.fromkeys((buffers[0], buffers[-1])))} as scratch."

    def _counted(self) -> list[str]:
        """The number of rows, if something needs it."""
        if not any(re.search(rf"\b{self._count}\b", line) for line in self._body):
            return []
        return [f"        {self._count} = {self._rows}.stop - {self._rows}.start"]

    # Memory --------------------------------------------------------------------------------------

    def _memory(self, step: Step) -> str:
        """What a stored step writes into: new memory, or that of an array of no more use."""
        over = self._written.buffers.get(step)
        return _empty(step) if over is None else self._written.texts[over][0]

    def _name(self, arg: Step) -> None:
        """Let a value from outside have a name."""
        text, _ = self._written.texts[arg]
        if not _SIMPLE.fullmatch(text):
            text = self._written.assign(arg)
        if not arg.is_leaf:
            self._temporaries.add(text)

    def _enter(self, arg: Step) -> None:
        """Take a value from outside: the rows of it, or all."""
        text, _ = self._texts[arg] = self._written.texts[arg]
        if arg not in self._blocks.axes:
            return
        rows = f"{text}[{self._slices(arg)}]"
        if self._uses[arg] > 1:
            name = self._names.like(f"{text}_rows")
            self._body.append(f"        {name} = {rows}")
            self._texts[arg] = name, ATOM
        else:
            self._texts[arg] = rows, POSTFIX

    def _take_buffers(self) -> list[str]:
        """Give buffers to the ufuncs that are not stored; the names of the buffers, in order."""
        found = self._buffers()
        self._made = _counts(found.values())
        names = {
            Buffer(shape, number): self._names.fresh("b")
            for shape, count in self._made.items()
            for number in range(count)
        }
        self._targets.update((step, names[buffer]) for step, buffer in found.items())
        return list(names.values())

    def _buffers(self) -> dict[Step, Buffer]:
        writers = {
            step
            for step in self._blocks.steps
            if step not in self._blocks.stored and self._ufunc(step) is not None
        }
        return buffers_of(self._blocks, writers)

    def _decisive_buffers(self) -> dict[BlockShape, int]:
        """How many buffers of each shape decide how many rows a block has.

        Blocks that repeat a part of others have as many rows as these.
        """
        if self._blocks.like is None:
            return self._made
        like = _Writer(self._blocks.like, self._written, Words(self._rows, self._count))
        return _counts(like._buffers().values())

    def _store(self, step: Step, name: str) -> None:
        rows = f"{name}[{self._slices(step)}]"
        if self._uses[step]:
            alias = self._names.like(f"{name}_rows")
            self._body.append(f"        {alias} = {rows}")
            rows = alias
        self._targets[step] = rows

    def _slices(self, step: Step) -> str:
        return ":, " * self._blocks.axes[step] + self._rows

    def _template(self, step: Step) -> Template:
        """The template of a step, which says how many rows a block has where it names sizes."""
        if step not in self._templates:
            node, axes = step.node, self._blocks.axes
            if not node.op.elementwise:
                places = [axes.get(arg) for arg in step.args]
                node = part(node, places, axes.get(step), self._number)
            self._templates[step] = self._written.template(node)
        return self._templates[step]

    def _ufunc(self, step: Step) -> Ufunc | None:
        """The ufunc that computes a step, if it is one that makes floats of the call's type."""
        if step.node.dtype != "float" or step.is_view:
            return None
        return ufunc_of(step, self._template(step))

    # Statements ----------------------------------------------------------------------------------

    def _add(self, step: Step, name: str | None) -> None:
        arguments = [self._texts[arg] for arg in step.args]
        template = self._template(step)
        text = hugged(template, template.render(arguments), arguments)
        target, ufunc = self._targets.get(step), self._ufunc(step)
        if target is None and step.is_view:
            self._texts[step] = text, template.binding
            return
        if target is None:
            target = name or self._written.names.fresh("t")
            self._line(f"{target} = {text}", text, step)
        elif ufunc is None:
            into = target if target.endswith("]") else f"{target}[...]"
            self._line(f"{into} = {text}", text, step)
        else:
            texts = [text for text, _ in arguments]
            self._line(ufunc.call(texts, target), ", ".join(texts), step)
        self._texts[step] = target, ATOM
        self._temporaries.add(target)

    def _line(self, statement: str, expression: str, step: Step) -> None:
        line, stands_for = f"        {statement}", ""
        if self._commented:
            stands_for = meaning(len(line) + 2, expression, step.node, self._temporaries)
        self._body.append(f"{line}  # {stands_for}" if stands_for else line)

    def _call(self, name: str, folds: list[str]) -> list[str]:
        arguments = [
            name,
            spaced(self._blocks.size),
            f"lambda {self._count}: {self._scratch()}",
            f"width={self._width()}",
        ]
        if folds:
            arguments.append(f"folds={_folds(self._blocks)}")
        arguments.append("threads=THREADS")
        if any(step.node.op in (CONTRACT, MATMUL) for step in self._blocks.steps):
            arguments.append("blas=True")
        target = f"{_tuple(folds)} = " if folds else ""
        return fitted(f"    {target}_in_blocks(", arguments, ")", "    ")

    def _scratch(self) -> str:
        """Memory for all buffers."""
        made = [
            (count > 1, f"np.empty({self._shape(count, shape)}, dtype)")
            for shape, count in self._made.items()
        ]
        if len(made) == 1 and made[0][0]:
            return made[0][1]
        several = ", ".join(f"*{text}" if many else text for many, text in made)
        return f"({several},)" if len(made) == 1 else f"({several})"

    def _shape(self, count: int, shape: BlockShape) -> str:
        sizes = [self._count if size is None else spaced(size) for size in shape]
        sizes = [str(count), *sizes] if count > 1 else sizes
        return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"

    def _width(self) -> str:
        """How many entries a block works on for each row."""
        blocks = self._blocks.like or self._blocks
        held = [arg for arg in blocks.inputs() if arg in blocks.axes] + [*blocks.stored]
        shapes = Counter(self._decisive_buffers())
        shapes += Counter(blocks.block_shape(step) for step in held)
        widths: Counter[str] = Counter()
        for shape, count in shapes.items():
            widths[" * ".join(as_factor(size) for size in shape if size is not None)] += count
        alone = [str(widths.pop(""))] if "" in widths else []
        others = [
            f"{count} * {factors}" if count > 1 else factors for factors, count in widths.items()
        ]
        return " + ".join([*alone, *others])


def _counts(buffers: Iterable[Buffer]) -> dict[BlockShape, int]:
    """How many buffers there are of each shape."""
    counts: dict[BlockShape, int] = {}
    for shape, number in buffers:
        counts[shape] = max(counts.get(shape, 0), number + 1)
    return counts


def _empty(step: Step) -> str:
    return f"np.empty({spaced_shape(step.shape)}, {numpy_type(step.node.dtype)})"


def _folds(blocks: Blocks) -> str:
    ufuncs = [f"np.{fold.value}" for fold in blocks.folds.values()]
    if len(ufuncs) > 2 and len(set(ufuncs)) == 1:
        return f"[{ufuncs[0]}] * {len(ufuncs)}"
    return f"[{', '.join(ufuncs)}]"


def _tuple(names: Sequence[str]) -> str:
    """Names as a tuple, which only one of them needs brackets for."""
    return f"({names[0]},)" if len(names) == 1 else ", ".join(names)
