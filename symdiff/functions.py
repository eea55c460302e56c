"""Functions that the NumPy form of an op calls, beside those of NumPy itself.

An op such as one that a user declares, or a root that is found by Newton's method, is computed by
a call. What it calls is either given as a graph, whose source is written when a module is, or is a
function of Python, whose own source a module carries, or which it imports.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

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

    Equal graphs give equal functions.
    """

    name: str
    inputs: tuple[Node, ...]
    outputs: tuple[Node, ...]

    @cached_property
    def sizes(self) -> tuple[str, ...]:
        """The named sizes that no input has as an axis; they are arguments, too."""
        told = {str(s) for v in self.inputs for s in v.shape if isinstance(s, Dim) and s.is_name}
        mentioned = size_names(topological([*self.inputs, *self.outputs]))
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
        """The text of its definition; None where Python does not know it, or it is no `def`."""
        try:
            text = textwrap.dedent(inspect.getsource(self.call))
        except (OSError, TypeError):
            return None
        return text.rstrip() if text.startswith("def ") else None

    def named(self, name: str) -> str:
        """The line that imports it, or its definition, under another name."""
        own = self.call.__name__
        if self.statement:
            return self.statement if name == own else f"{self.statement} as {name}"
        self.check_source()
        return re.sub(rf"\b{re.escape(own)}\b", name, self.source or "")

    def check_source(self) -> None:
        """Raise ArgumentError where no module can have it."""
        if not self.statement and self.source is None:
            raise ArgumentError(
                f"the source of `{self.name}` is not known, so no module can carry it; define it "
                "with `def` in a file, or say where it is imported from"
            )


OwnFunction: TypeAlias = GraphFunction | PythonFunction
