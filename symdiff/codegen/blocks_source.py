"""How blocks of rows are written: a function of some rows, called for all of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from symdiff.codegen.buffers import Buffer, buffers_of
from symdiff.codegen.comments import comment
from symdiff.codegen.expressions import Expressions, Text, hugged
from symdiff.codegen.layout import as_factor, fitted
from symdiff.codegen.program import Blocks, BlockShape, Step
from symdiff.codegen.ufuncs import Ufunc, ufunc_of
from symdiff.dims import named, spaced, spaced_shape
from symdiff.ops.leaves import numpy_type
from symdiff.ops.rows import part
from symdiff.template import ATOM, POSTFIX, Template

_SIMPLE = re.compile(r"-?[\w.]+")


def write_blocks(blocks: Blocks, written: Expressions) -> list[str]:
    """The lines that compute blocks; `written` has the values outside, and learns the new ones.

    It may have been given new assignments, which come before these lines.
    """
    return _Writer(blocks, written).lines()


class _Writer:
    """Writes blocks.

    `_texts` says how a value is written within the function of some rows, and `_targets` into
    which memory a step writes, if it is stored or a ufunc.
    """

    def __init__(self, blocks: Blocks, written: Expressions) -> None:
        self._blocks = blocks
        self._written = written
        self._uses = Counter(arg for step in blocks.steps for arg in dict.fromkeys(step.args))
        self._texts: dict[Step, Text] = {}
        self._targets: dict[Step, str] = {}
        self._temporaries: set[str] = set()
        self._body: list[str] = []

    def lines(self) -> list[str]:
        """Memory for what is stored, the function of some rows, and its call."""
        blocks, written = self._blocks, self._written
        block = written.names.like("block")
        self._rows = written.names.like("rows")
        self._count = written.names.like("m")
        self._number = named(self._count)
        for arg in blocks.inputs():
            self._enter(arg)
        outer = {step: written.name_for(step) for step in (*blocks.stored, *blocks.folds)}
        buffers = self._take_buffers()
        for step in blocks.stored:
            self._store(step, outer[step])
        for step in blocks.steps:
            self._add(step, outer.get(step))
        for step, name in outer.items():
            written.call(step, name)
        folds = [outer[step] for step in blocks.folds]
        if folds:
            self._body.append(f"        return {_tuple(folds)}")
        if any(re.search(rf"\b{self._count}\b", line) for line in self._body):
            length = f"{self._rows}.stop - {self._rows}.start"
            self._body.insert(0, f"        {self._count} = {length}")
        return [
            *(f"    {outer[step]} = {_empty(step)}" for step in blocks.stored),
            "",
            *fitted(f"    def {block}(", [self._rows, *buffers], "):", "    "),
            *self._body,
            "",
            *self._call(block, folds),
        ]

    # Memory --------------------------------------------------------------------------------------

    def _enter(self, arg: Step) -> None:
        """Take a value from outside: the rows of it, or all."""
        written = self._written
        text, _ = written.texts[arg]
        if not _SIMPLE.fullmatch(text):
            text = written.assign(arg)
        if arg not in self._blocks.axes:
            self._texts[arg] = written.texts[arg]
            return
        rows = f"{text}[{self._slices(arg)}]"
        if self._uses[arg] > 1:
            name = written.names.like(f"{text}_rows")
            self._body.append(f"        {name} = {rows}")
            self._texts[arg] = name, ATOM
        else:
            self._texts[arg] = rows, POSTFIX

    def _take_buffers(self) -> list[str]:
        """Give buffers to the ufuncs that are not stored; the names of the buffers, in order."""
        writers = {
            step
            for step in self._blocks.steps
            if step not in self._blocks.stored and self._ufunc(step) is not None
        }
        found = buffers_of(self._blocks, writers)
        self._made = Counter({buffer.shape: 0 for buffer in found.values()})
        for buffer in found.values():
            self._made[buffer.shape] = max(self._made[buffer.shape], buffer.number + 1)
        names = {
            Buffer(shape, number): self._written.names.fresh("b")
            for shape, count in self._made.items()
            for number in range(count)
        }
        self._targets.update((step, names[buffer]) for step, buffer in found.items())
        return list(names.values())

    def _store(self, step: Step, name: str) -> None:
        rows = f"{name}[{self._slices(step)}]"
        if self._uses[step]:
            alias = self._written.names.like(f"{name}_rows")
            self._body.append(f"        {alias} = {rows}")
            rows = alias
        self._targets[step] = rows

    def _slices(self, step: Step) -> str:
        return ":, " * self._blocks.axes[step] + self._rows

    def _template(self, step: Step) -> Template:
        """The template of a step, which says how many rows a block has where it names sizes."""
        if step.node.op.elementwise:
            return self._written.template(step.node)
        axes = self._blocks.axes
        places = [axes.get(arg) for arg in step.args]
        return self._written.template(part(step.node, places, axes.get(step), self._number))

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
            self._line(f"{target} = {text}", step)
        elif ufunc is None:
            into = target if target.endswith("]") else f"{target}[...]"
            self._line(f"{into} = {text}", step)
        else:
            self._line(ufunc.call([text for text, _ in arguments], target), step)
        self._texts[step] = target, ATOM
        self._temporaries.add(target)

    def _line(self, statement: str, step: Step) -> None:
        line = f"        {statement}"
        self._body.append(line + comment(line, statement, step.node, self._temporaries))

    def _call(self, block: str, folds: list[str]) -> list[str]:
        scratch = [f"np.empty({self._shape(c, shape)}, dtype)" for shape, c in self._made.items()]
        made = scratch[0] if len(scratch) == 1 else f"({', '.join(f'*{s}' for s in scratch)})"
        arguments = [
            block,
            spaced(self._blocks.size),
            f"lambda {self._count}: {made}",
            self._width(),
        ]
        if folds:
            ufuncs = [f"np.{fold.value}" for fold in self._blocks.folds.values()]
            arguments.append(f"[{', '.join(ufuncs)}]")
        arguments.append("threads=THREADS")
        target = f"{_tuple(folds)} = " if folds else ""
        return fitted(f"    {target}_in_blocks(", arguments, ")", "    ")

    def _shape(self, count: int, shape: BlockShape) -> str:
        sizes = [self._count if size is None else spaced(size) for size in shape]
        return f"({', '.join([str(count), *sizes])})"

    def _width(self) -> str:
        """How many entries a block works on for each row."""
        blocks = self._blocks
        held = [arg for arg in blocks.inputs() if arg in blocks.axes] + [*blocks.stored]
        shapes = self._made + Counter(blocks.block_shape(step) for step in held)
        widths: Counter[str] = Counter()
        for shape, count in shapes.items():
            widths[" * ".join(as_factor(size) for size in shape if size is not None)] += count
        alone = [str(widths.pop(""))] if "" in widths else []
        others = [
            f"{count} * {factors}" if count > 1 else factors for factors, count in widths.items()
        ]
        return " + ".join([*alone, *others])


def _empty(step: Step) -> str:
    return f"np.empty({spaced_shape(step.shape)}, {numpy_type(step.node.dtype)})"


def _tuple(names: Sequence[str]) -> str:
    """Names as a tuple, which only one of them needs brackets for."""
    return f"({names[0]},)" if len(names) == 1 else ", ".join(names)
