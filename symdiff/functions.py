"""Functions that the NumPy form of an op calls, beside those of NumPy itself.

An op such as one that a user declares, or a root that is found by Newton's method, is computed by
a call. What it calls is either given as a graph, whose source is written when a module is, or is a
function of Python, whose own source a module carries, or which it imports.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy

from symdiff.binding import size_names
from symdiff.dims import Dim
from symdiff.errors import ArgumentError
from symdiff.node import Node, topological


@dataclass(frozen=True)
class GraphFunction:
    """A function from variables to expressions that need no other variables.

    name     what source calls it, if nothing else there has that name
    inputs   the variables, in the order of arguments; behind them come the `sizes`
    outputs  what it returns: one array, or a tuple of several
    also     names of sizes that it takes, too, whether it needs them or not

    Equal graphs give equal functions.
    """

    name: str
    inputs: tuple[Node, ...]
    outputs: tuple[Node, ...]
    also: tuple[str, ...] = ()

    @cached_property
    def sizes(self) -> tuple[str, ...]:
        """The named sizes that no input has as an axis; they are arguments, too."""
        told = {str(s) for v in self.inputs for s in v.shape if isinstance(s, Dim) and s.is_name}
        mentioned = dict.fromkeys(
            [*self.also, *size_names(topological([*self.inputs, *self.outputs]))]
        )
        return tuple([name for name in mentioned if name not in told])

    @cached_property
    def call(self) -> Callable[..., Any]:
        """The function itself, compiled from the source that modules carry."""
        from symdiff.codegen.functions import loaded

        return loaded(self)


@dataclass(frozen=True)
class PythonFunction:
    """A function of Python as it stands.

    name       what source calls it, if nothing else there has that name
    call       the function
    statement  the line that imports it; without one, a module carries the function's own source
    """

    name: str
    call: Callable[..., Any]
    statement: str = ""

    @cached_property
    def source(self) -> str | None:
        """The text of its definition; None where Python does not know it, or it is no `def`.

        A method has none, either: its `def` has one parameter more than calls have arguments.
        """
        if inspect.ismethod(inspect.unwrap(self.call)):
            return None
        try:
            text = textwrap.dedent(inspect.getsource(self.call))
        except (OSError, TypeError):
            return None
        return text.rstrip() if text.startswith("def ") else None

    @property
    def module(self) -> str:
        """The module from which it is imported."""
        return self.statement.split()[1]

    def named(self, name: str) -> str:
        """The line that imports it, or its definition, under another name."""
        own = self.call.__name__
        if self.statement:
            return self.statement if name == own else f"{self.statement} as {name}"
        return re.sub(rf"\b{re.escape(own)}\b", name, self.source or "")

    def check_source(self) -> None:
        """Raise ArgumentError where no module can have it."""
        if self.statement:
            return
        if self.source is None:
            raise ArgumentError(
                f"the source of `{self.name}` is not known, so no module can carry it; define it "
                "with `def` in a file, or say where it is imported from"
            )
        strange = self._names_from_outside()
        if strange:
            raise ArgumentError(
                f"no module can carry the source of `{self.name}`, which uses "
                f"{', '.join(strange)} from outside; of such names it may have `np` alone, so take "
                "them in as arguments or import them inside, or say where it is imported from"
            )

    def _names_from_outside(self) -> list[str]:
        """The names in its source that a module would not have."""
        parts = list(ast.walk(ast.parse(self.source or "")))
        names = [part for part in parts if isinstance(part, ast.Name)]
        known = {name.id for name in names if not isinstance(name.ctx, ast.Load)}
        known |= {part.arg for part in parts if isinstance(part, ast.arg)}
        known |= {part.name for part in parts if isinstance(part, ast.FunctionDef)}
        known |= {
            (part.asname or part.name).partition(".")[0]
            for part in parts
            if isinstance(part, ast.alias)
        }
        if getattr(inspect.unwrap(self.call), "__globals__", {}).get("np") is numpy:
            known.add("np")
        used = dict.fromkeys(name.id for name in names if name.id not in known)
        return [name for name in used if not hasattr(builtins, name)]


OwnFunction: TypeAlias = GraphFunction | PythonFunction
