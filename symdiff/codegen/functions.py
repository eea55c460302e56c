"""The functions that the code of a module calls and that neither NumPy nor `runtime` has."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from symdiff.codegen.body import write_body
from symdiff.codegen.carried import helpers_of, optional_modules, run, source_of
from symdiff.codegen.checks import sizes_read, type_read
from symdiff.codegen.expressions import Globals, Names
from symdiff.codegen.layout import fitted
from symdiff.codegen.passes import PASSES_FOR_SPEED, programs_of
from symdiff.codegen.program import Program, all_steps
from symdiff.functions import GraphFunction, OwnFunction, PythonFunction


class Definitions:
    """The functions that a module defines, carries or imports, each once.

    texts    by name, the definitions of those that are graphs, in an order of which none comes
             before what it calls
    carried  the definitions of functions of Python
    imports  the statements that import others, and the modules from which they do
    foreign  the functions of Python, by the names that they have in the module
    """

    def __init__(self, module: Globals, taken: Iterable[str]) -> None:
        self.texts: dict[str, str] = {}
        self.carried: list[str] = []
        self.imports: dict[str, str] = {}
        self.foreign: dict[str, PythonFunction] = {}
        self.module = module
        self._names = Names({*taken, *_RESERVED})

    def define(self, programs: Iterable[Program]) -> None:
        """Define what programs call, and what that calls."""
        for program in programs:
            for step in all_steps(program):
                for function in step.node.op.functions(step.node):
                    self.name(function)

    def name(self, function: OwnFunction) -> str:
        """The name of a function, which is defined if it is new."""
        known = self.module.functions
        if function not in known:
            if isinstance(function, GraphFunction):
                known[function] = self._of_graph(function)
            else:
                known[function] = self._of_python(function)
        return known[function]

    def _of_graph(self, function: GraphFunction) -> str:
        """A name for the function of a graph: that of another, if both are the same text."""
        program = programs_of(function.outputs, function.inputs, PASSES_FOR_SPEED).plain
        self.define([program])
        body = _body(function, program, self.module)
        for name, known in self.texts.items():
            if known == _definition(name, function, body):
                return name
        name = self._names.like(function.name)
        self.texts[name] = _definition(name, function, body)
        return name

    def _of_python(self, function: PythonFunction) -> str:
        name = self._names.like(function.name)
        self.foreign[name] = function
        if function.statement:
            self.imports[function.named(name)] = function.module.partition(".")[0]
        elif function.source is not None:
            self.carried.append(function.named(name))
        return name


_RESERVED = frozenset({*dir(builtins), "np", "math", "os", "special", "dtype"})
"""Names that modules use for something else."""


def _body(function: GraphFunction, program: Program, module: Globals) -> list[str]:
    """The lines of a function of a graph; what it is called with is taken to fit."""
    taken = {*(v.attrs[0] for v in function.inputs), *program.sizes, *module.functions.values()}
    lines = write_body(program, (), Names(taken), module).lines
    return [*sizes_read(function.inputs, lines), *type_read(function.inputs, lines), *lines]


def _definition(name: str, function: GraphFunction, body: Sequence[str]) -> str:
    parameters = [v.attrs[0] for v in function.inputs] + [*function.sizes]
    return "\n".join([*fitted(f"def {name}(", parameters, "):", ""), *body])


def loaded(function: GraphFunction) -> Callable[..., Any]:
    """Run the definition of a function of a graph, and return it."""
    own = Definitions(Globals(Names(())), ())
    name = own.name(function)
    functions = "\n".join(own.texts.values())
    helpers = "\n".join(map(source_of, helpers_of(functions)))
    modules = [module.statement for module in optional_modules(f"{helpers}\n{functions}")]
    text = "\n".join(["import numpy as np", *modules, functions])
    foreign = {key: each.call for key, each in own.foreign.items()}
    given = {"np": np, "math": math, **own.module.arrays, **foreign}
    found: Callable[..., Any] = run(helpers + text, text, given)[name]
    return found
