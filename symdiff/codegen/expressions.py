"""Which steps of a program get a name, and which are written inside what uses them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from symdiff.codegen.layout import WIDTH
from symdiff.codegen.lowering import calling, numpy_template
from symdiff.codegen.program import Program, Step, all_steps, use_counts, view_base
from symdiff.dims import spaced_shape
from symdiff.functions import OwnFunction
from symdiff.node import Node
from symdiff.ops.contraction import CONTRACT
from symdiff.ops.leaves import CONSTANT, INEXACT, VARIABLE, numpy_type
from symdiff.ops.lowered_products import MATMUL
from symdiff.ops.structure import BROADCAST_TO
from symdiff.ops.windows import WINDOWS
from symdiff.template import ATOM, Template

Text: TypeAlias = "tuple[str, int]"
Array: TypeAlias = "np.ndarray[Any, Any]"

_DEPTH = 20
"""How deep expressions nest before a temporary is made; Python's own parser has a limit."""


class Assignment(NamedTuple):
    """`name = expression`, the value of a step."""

    name: str
    expression: str
    step: Step


class Names:
    """Names that nothing else has."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._made: Counter[str] = Counter()

    def fresh(self, letter: str) -> str:
        """The next of `t1`, `t2`, … that is not taken."""
        while True:
            self._made[letter] += 1
            name = f"{letter}{self._made[letter]}"
            if name not in self._taken:
                return name

    def like(self, name: str) -> str:
        """The name with as many underscores behind it as make it new."""
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def inside(self) -> Names:
        """Names for an inner function: apart from those outside, but free again behind it."""
        inner = Names(self._taken)
        inner._made.update(self._made)
        return inner


class Globals:
    """What the code of a module refers to by name, outside of its functions.

    arrays     array constants, by name
    functions  the functions that ops call (see `codegen.functions`), and their names
    """

    def __init__(self, names: Names) -> None:
        self.arrays: dict[str, Array] = {}
        self.functions: dict[OwnFunction, str] = {}
        self._names = names
        self._known: dict[Node, str] = {}

    def constant(self, node: Node) -> str:
        """The name of an array constant, the same wherever it is used."""
        if node not in self._known:
            self._known[node] = self._names.fresh("C")
            self.arrays[self._known[node]] = node.attrs.value
        return self._known[node]


class Expressions:
    """Writes the steps of a program as NumPy expressions, and names for some of them.

    assignments  what has been assigned, in order
    texts        how the value of a step is written where it is used
    buffers      for a step, the one whose memory it writes over
    names        gives names that nothing else in the function has
    depths       how deep the text of a step nests; that of a name is 0
    outputs      the steps whose values are the results
    indent       how far the statements are indented
    empty        the function that gives memory for an array
    """

    indent = 4

    def __init__(
        self, program: Program, output_names: Sequence[str], names: Names, module: Globals
    ) -> None:
        self.assignments: list[Assignment] = []
        self.texts: dict[Step, Text] = {}
        self.names = names
        self._module = module
        self.outputs = program.results
        self.buffers = program.buffers
        self._placed = program.placed
        self.empty = "_memory" if program.keeps else "np.empty"
        self._named: dict[Step, str] = {}
        if len(program.results) > 1 and output_names:
            for step, name in zip(program.results, output_names, strict=True):
                self._named.setdefault(step, name)
        self.depths: dict[Step, int] = {}
        self._numbers = {step.node for step in all_steps(program) if step.number}
        self._uses = use_counts(program)

    def add(self, step: Step) -> None:
        """Write the next step; it is assigned if it is an output, used twice, or nests too deep."""
        self.texts[step] = self._write(step)
        self.depths[step] = 1 + max((self.depths[arg] for arg in step.args), default=-1)
        if step.is_leaf:
            return
        shared = self._uses[step] > 1 or step in self._placed
        if shared or step in self._named or self.depths[step] >= _DEPTH:
            self.assign(step)

    def assign(self, step: Step) -> str:
        """Give the value of a step a name."""
        name = self.name_for(step)
        self.assignments.append(Assignment(name, self.texts[step][0], step))
        self.call(step, name)
        return name

    def name_for(self, step: Step) -> str:
        """The name of an output, or one that is new."""
        return self._named.get(step) or self.names.fresh("t")

    def call(self, step: Step, name: str) -> None:
        """From here on, the value of a step is known by a name."""
        self.texts[step] = (name, ATOM)
        self.depths[step] = 0

    def names_of(self, steps: Iterable[Step]) -> set[str]:
        """The names under which the values of some steps are known, of those that have one."""
        texts = (self.texts[step] for step in steps if step in self.texts)
        return {text for text, binding in texts if binding == ATOM and text.isidentifier()}

    def template(self, node: Node) -> Template:
        """The NumPy template of the node of a step."""
        template = numpy_template(node, self._numbers)
        own = node.op.functions(node)
        return calling(node, template, [self._module.functions[f] for f in own])

    def results(self) -> list[str]:
        """The text of each output, which owns its memory: callers may write into what they get."""
        written: list[str] = []
        for place, step in enumerate(self.outputs):
            again = step.node.ndim and step in self.outputs[:place]
            result = self._result(step)
            written.append(f"{result}.copy()" if again else result)
        return written

    def _write(self, step: Step) -> Text:
        """The text of a step; arguments become temporaries, longest first, until it fits."""
        if step.node.op is CONSTANT and step.node.ndim:
            return self._constant(step.node), ATOM
        template = self._in_kept_memory(step) or self.template(step.node)
        room = self._room(step)
        while True:
            arguments = [self.texts[arg] for arg in step.args]
            text = hugged(template, template.render(arguments), arguments)
            if len(text) <= room:
                break
            inline = [arg for arg in step.args if not arg.is_leaf and self.depths[arg]]
            if not inline:
                break
            self.assign(max(inline, key=lambda arg: len(self.texts[arg][0])))
        return text, template.binding

    def _in_kept_memory(self, step: Step) -> Template | None:
        """The template of a product of matrices that is written into memory that is kept."""
        if self.empty == "np.empty" or step.node.ndim < 2 or step.node.dtype != "float":
            return None
        if step.node.op not in (CONTRACT, MATMUL):
            return None
        out = f", out={self.empty}({spaced_shape(step.shape)}, dtype)"
        return self.template(step.node).as_call(" @ ", "np.matmul", out)

    def _room(self, step: Step) -> int:
        """What is left of a line behind the name that the step may get, or behind `return`."""
        name = self._named.get(step, f"t{len(self.assignments) + 1}")
        return WIDTH - self.indent - max(len(f"{name} = "), len("return "))

    def _constant(self, node: Node) -> str:
        name = self._module.constant(node)
        return f"{name}.astype({numpy_type(node.dtype)})" if node.dtype in INEXACT else name

    def _result(self, step: Step) -> str:
        text, binding = self.texts[step]
        base, node = view_base(step), step.node
        if _is_read_only(step):
            return f"{text}.copy()"
        if base.node.op is VARIABLE and not node.ndim:
            return f"{text}[()]"
        if (
            self._is_shared(step)
            or base.node.op is VARIABLE
            or (base.node.op is CONSTANT and base.node.ndim)
        ):
            return f"{text}.copy()" if binding >= ATOM - 1 else f"({text}).copy()"
        adapts = step.number and node.dtype in INEXACT
        return f"{numpy_type(node.dtype)}.type({text})" if adapts else text

    def _is_shared(self, view: Step) -> bool:
        """True for a view of what something else uses too, which may be a result as well."""
        while view.is_view:
            view = view.args[0]
            if self._uses[view] > 1:
                return True
        return False


def _is_read_only(step: Step) -> bool:
    """True for a view into which NumPy lets nobody write: stretched, a diagonal, or windows."""
    while step.is_view:
        if step.node.op in (BROADCAST_TO, WINDOWS) or _is_diagonal(step.node):
            return True
        step = step.args[0]
    return False


def _is_diagonal(node: Node) -> bool:
    return node.op is CONTRACT and len(set(node.attrs.inputs[0])) < len(node.attrs.inputs[0])


_SIMPLE = re.compile(r"-?[\w.]+")


def hugged(template: Template, text: str, arguments: Sequence[Text]) -> str:
    """`x**2`, but `f(x) ** 2`: the spacing that formatters give to powers."""
    if template.parts[1:2] != (" ** ",) or not all(_SIMPLE.fullmatch(t) for t, _ in arguments):
        return text
    return text.replace(" ** ", "**")
