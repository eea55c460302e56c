"""Source of scalar programs: a function of Python's floats, and one of arrays for all else."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from symdiff.codegen.expressions import Expressions, Globals, Names
from symdiff.codegen.layout import WIDTH, fitted, returned
from symdiff.codegen.loop_source import assignment, rolled_body
from symdiff.codegen.program import Program, all_steps
from symdiff.codegen.python_floats import FloatExpressions
from symdiff.codegen.rolling import Rolled


def float_function(
    parameters: Sequence[str],
    name: str,
    docstring: Sequence[str],
    general: str,
    body: Sequence[str],
) -> list[str]:
    """The lines of the function of floats, which leaves to `general` what floats cannot do."""
    return [
        *fitted(f"def {name}(", parameters, "):", ""),
        *docstring,
        *_guard(parameters, name, general),
        "    try:",
        *body,
        "    except (ArithmeticError, ValueError):  # where NumPy has infinities and NaN",
        *fitted(f"        return _python_numbers({general}(", parameters, "))", "        "),
    ]


def _guard(parameters: Sequence[str], name: str, general: str) -> list[str]:
    """The lines that leave other arguments than Python's floats to others."""
    wrong = [f"type({parameter}) is not float" for parameter in parameters]
    condition = [f"    if {' or '.join(wrong)}:"]
    if len(condition[0]) > WIDTH:
        more = [f"        or {each}" for each in wrong[1:]]
        condition = ["    if (", f"        {wrong[0]}", *more, "    ):"]
    arguments = [name, general, *parameters]
    return [*condition, *fitted("        return _with_floats(", arguments, ")", "        ")]


def float_body(program: Program, loops: Rolled | None, taken: Collection[str]) -> list[str]:
    """The lines that compute with Python's floats, `return` among them."""
    names = Names({*taken})
    if loops is not None:
        return rolled_body(loops, _of_floats, names)
    expressions = _of_floats(program, names)
    for step in all_steps(program):
        expressions.add(step)
    margin = " " * expressions.indent
    lines = [x for n, text, _ in expressions.assignments for x in assignment(n, text, margin)]
    return [*lines, *returned(expressions.results(), margin)]


def array_body(loops: Rolled, taken: Collection[str]) -> list[str]:
    """The lines that compute with NumPy, in loops, `return` among them."""
    return rolled_body(loops, _of_arrays, Names({*taken}))


def _of_floats(program: Program, names: Names) -> Expressions:
    return FloatExpressions(program, (), names, Globals(names))


def _of_arrays(program: Program, names: Names) -> Expressions:
    return Expressions(program, (), names, Globals(names))
