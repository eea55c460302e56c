"""The program form: straight-line assignments between a graph and its source text.

Every node is either assigned to a name or written inside the one expression that uses it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from symdiff.binding import requirements, size_names, variables_of
from symdiff.codegen.layout import WIDTH
from symdiff.codegen.lowering import is_python_number, numpy_template, view_base
from symdiff.node import Node, topological, use_counts
from symdiff.ops.contraction import CONTRACT
from symdiff.ops.leaves import CONSTANT, INEXACT, VARIABLE, numpy_type
from symdiff.ops.structure import BROADCAST_TO
from symdiff.ops.windows import WINDOWS
from symdiff.registry import Requirement
from symdiff.rewrite.lowering import lower
from symdiff.rewrite.simplify import simplify
from symdiff.template import ATOM, Template

Text: TypeAlias = "tuple[str, int]"
Array: TypeAlias = "np.ndarray[Any, Any]"

_DEPTH = 20
"""How deep expressions nest before a temporary is made; Python's own parser has a limit."""


class Assignment(NamedTuple):
    """`name = expression`, the value of `node`."""

    name: str
    expression: str
    node: Node


@dataclass(slots=True)
class Program:
    """Straight-line code for some expressions.

    variables   the inputs, in the order of positional arguments
    sizes       the named sizes that the code mentions
    required    sizes that must not be too small
    assignments the statements, in order
    results     the text of each output
    constants   array constants by the name that the code gives them
    """

    variables: list[Node]
    sizes: tuple[str, ...]
    required: list[Requirement]
    assignments: list[Assignment] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    constants: dict[str, Array] = field(default_factory=dict)


def build(
    outputs: Sequence[Node],
    names: Sequence[str],
    inputs: Sequence[Node],
    reserved: Sequence[str] = (),
) -> Program:
    """Simplify and lower `outputs`, and lay them out as assignments.

    `names` are those of the outputs; `inputs` are the variables, in the order of arguments;
    temporaries avoid the names in `reserved`.
    """
    lowered = lower(simplify(outputs))
    asked = topological(outputs)
    order = topological(lowered)
    used = variables_of([*inputs, *asked])
    program = Program(used, size_names([*used, *asked, *order]), requirements(asked))
    taken = {*(v.attrs[0] for v in used), *program.sizes, *names, *reserved}
    _Layout(program, lowered, names, taken).run(order)
    return program


class _Layout:
    """Decides, node by node in order, what is assigned and what is written in place."""

    def __init__(
        self, program: Program, outputs: Sequence[Node], names: Sequence[str], taken: set[str]
    ) -> None:
        self._program = program
        self._outputs = outputs
        self._output_names: dict[Node, str] = {}
        if len(outputs) > 1:
            for node, name in zip(outputs, names, strict=True):
                self._output_names.setdefault(node, name)
        self._fresh = (f"t{i}" for i in count(1) if f"t{i}" not in taken)
        self._fresh_constant = (f"C{i}" for i in count(1) if f"C{i}" not in taken)
        self._texts: dict[Node, Text] = {}
        self._depths: dict[Node, int] = {}
        self._numbers: set[Node] = set()
        self._uses: dict[Node, int] = {}

    def run(self, order: list[Node]) -> None:
        """Lay out all nodes, and record the results."""
        self._uses = uses = use_counts(order, self._outputs)
        for node in order:
            if is_python_number(node, self._numbers):
                self._numbers.add(node)
            self._texts[node] = self._write(node)
            self._depths[node] = 1 + max((self._depths[arg] for arg in node.args), default=-1)
            if not node.args:
                continue
            if node in self._output_names:
                self._assign(node, self._output_names[node])
            elif uses[node] > 1 or self._depths[node] >= _DEPTH:
                self._assign(node, next(self._fresh))
        for place, node in enumerate(self._outputs):
            again = node.ndim and node in self._outputs[:place]
            result = self._result(node)
            self._program.results.append(f"{result}.copy()" if again else result)

    def _write(self, node: Node) -> Text:
        """The text of a node; arguments become temporaries, longest first, until it fits."""
        if node.op is CONSTANT and node.ndim:
            return self._constant(node), ATOM
        template = numpy_template(node, self._numbers)
        room = self._room(node)
        while True:
            arguments = [self._texts[arg] for arg in node.args]
            text = _hugged(template, template.render(arguments), arguments)
            if len(text) <= room:
                break
            inline = [arg for arg in node.args if arg.args and self._depths[arg]]
            if not inline:
                break
            self._assign(max(inline, key=lambda arg: len(self._texts[arg][0])), next(self._fresh))
        return text, template.binding

    def _room(self, node: Node) -> int:
        """What is left of a line behind the name that the node may get, or behind `return`."""
        name = self._output_names.get(node, f"t{len(self._program.assignments) + 1}")
        return WIDTH - max(len(f"    {name} = "), len("    return "))

    def _assign(self, node: Node, name: str) -> None:
        self._program.assignments.append(Assignment(name, self._texts[node][0], node))
        self._texts[node] = (name, ATOM)
        self._depths[node] = 0

    def _constant(self, node: Node) -> str:
        name = next(self._fresh_constant)
        self._program.constants[name] = node.attrs.value
        return f"{name}.astype({numpy_type(node.dtype)})" if node.dtype in INEXACT else name

    def _result(self, node: Node) -> str:
        """A result that is a view of an input is copied: callers may write into what they get."""
        text, binding = self._texts[node]
        base = view_base(node)
        if _is_read_only(node):
            return f"{text}.copy()"
        if base.op is VARIABLE and not node.ndim:
            return f"{text}[()]"
        shared = base is not node and self._uses[base] > 1
        if shared or base.op is VARIABLE or (base.op is CONSTANT and base.ndim):
            return f"{text}.copy()" if binding >= ATOM - 1 else f"({text}).copy()"
        adapts = node in self._numbers and node.dtype in INEXACT
        return f"{numpy_type(node.dtype)}.type({text})" if adapts else text


def _is_read_only(node: Node) -> bool:
    """True for a view into which NumPy lets nobody write: stretched, a diagonal, or windows."""
    while node.args and node.op.view(node):
        if node.op in (BROADCAST_TO, WINDOWS) or _is_diagonal(node):
            return True
        node = node.args[0]
    return False


def _is_diagonal(node: Node) -> bool:
    return node.op is CONTRACT and len(set(node.attrs.inputs[0])) < len(node.attrs.inputs[0])


_SIMPLE = re.compile(r"-?[\w.]+")


def _hugged(template: Template, text: str, arguments: Sequence[Text]) -> str:
    """`x**2`, but `f(x) ** 2`: the spacing that formatters give to powers."""
    if template.parts[1:2] != (" ** ",) or not all(_SIMPLE.fullmatch(t) for t, _ in arguments):
        return text
    return text.replace(" ** ", "**")
