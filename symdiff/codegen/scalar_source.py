"""Source of scalar programs: a function of Python's floats, and one of arrays for all else."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from symdiff.codegen.expressions import Expressions, Names
from symdiff.codegen.layout import returned
from symdiff.codegen.loop_source import assignment, rolled_body
from symdiff.codegen.program import Program, all_steps
from symdiff.codegen.python_floats import FloatExpressions, float_function
from symdiff.codegen.rolling import rolled

_PURPOSE = ["Compute as NumPy does, which has other types, infinities and NaN."]


def scalar_functions(
    program: Program,
    name: str,
    docstring: Sequence[str],
    straight: Callable[[], list[str]],
    of_arrays: Callable[[str, Sequence[str], Sequence[str]], list[str]],
) -> list[str]:
    """The lines of both functions; where code repeats itself, both have loops.

    `straight` writes the body of the function of arrays, should it have none, and `of_arrays` the
    function around a body.
    """
    steps = list(all_steps(program))
    leaves = [step for step in steps if step.is_leaf]
    loops = rolled(leaves, [step for step in steps if not step.is_leaf], program.results)
    inputs = [v.attrs[0] for v in program.variables]
    general = f"_{name}_of_arrays"
    taken = {*inputs, name}
    if loops is None:
        expressions = FloatExpressions(program, (), Names(taken))
        for step in steps:
            expressions.add(step)
        margin = " " * expressions.indent
        lines = [a for n, text, _ in expressions.assignments for a in assignment(n, text, margin)]
        floats, results, arrays = lines, expressions.results(), straight()
    else:
        floats, results = rolled_body(loops, leaves, _of_floats, Names(taken))
        arrays, array_results = rolled_body(loops, leaves, _of_arrays, Names(taken))
        arrays += returned(array_results, "    ")
    body = [*floats, *returned(results, "        ")]
    return [
        *of_arrays(general, _PURPOSE, arrays),
        *("", ""),
        *float_function(inputs, name, docstring, general, body),
    ]


def _of_floats(program: Program, names: Names) -> Expressions:
    return FloatExpressions(program, (), names)


def _of_arrays(program: Program, names: Names) -> Expressions:
    return Expressions(program, (), names)
