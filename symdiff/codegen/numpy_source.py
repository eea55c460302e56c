"""NumPy source from a program: a standalone module that reads as if written by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from symdiff.codegen.body import Body, large_enough, large_line, write_body
from symdiff.codegen.carried import helpers_of, optional_modules, source_of
from symdiff.codegen.checks import shape_checks, type_read
from symdiff.codegen.expressions import Array, Globals, Names
from symdiff.codegen.functions import Definitions
from symdiff.codegen.layout import WIDTH, fitted, listed
from symdiff.codegen.passes import Programs
from symdiff.codegen.program import Program
from symdiff.codegen.scalar_source import array_body, float_body, float_function
from symdiff.dims import Size
from symdiff.errors import shape_text
from symdiff.functions import PythonFunction
from symdiff.node import Node
from symdiff.ops.leaves import INEXACT
from symdiff.show.text import whole_text


class Source(NamedTuple):
    """A module as text, and what it is made of.

    own        the text without the functions that it carries, whose lines are empty there
    constants  its array constants by name, should they not be in the text
    foreign    the functions of Python that it carries or imports, by name, likewise
    named      the nodes whose values the names in the function stand for, loops and blocks apart
    """

    text: str
    own: str
    constants: dict[str, Array]
    foreign: dict[str, PythonFunction]
    named: dict[str, Node]


def source(
    programs: Programs,
    name: str,
    docstring: Sequence[str],
    output_names: Sequence[str],
    most_entries: int,
    threads: int | None = None,
    script: Sequence[str] = (),
) -> Source:
    """Write the module: imports, array constants, helpers, and the function `name`.

    Array constants of more than `most_entries` in all are left out of the text. Blocks run on so
    many `threads`, by default those of the machine that runs the module. The lines of `script` come
    last, after the helpers that they alone need.
    """
    program, large = programs.plain, programs.large
    taken = {*(v.attrs[0] for v in program.variables), *program.sizes, *output_names, name}
    module = Globals(Names(taken))
    own = Definitions(module, taken)
    own.define([program] if large is None else [program, large])
    taken |= {*module.functions.values()}
    if programs.loops is not None:
        plain, named = Body(array_body(programs.loops, taken), {})
    else:
        plain, named = write_body(program, output_names, Names(taken), module)
    functions = [*own.texts.values()]
    condition = False if large is None else large_enough(large)
    if large is not None and condition:
        blocks = write_body(large, output_names, Names(taken), module).lines
        if isinstance(condition, str):
            plain, blocks = _switched(program, condition, name, plain, blocks)
            functions.append("\n".join(blocks))
        else:
            plain = blocks
    function = _function(program, name, docstring, plain)
    if programs.scalar:
        function = _of_floats(programs, name, docstring, plain, taken)
    functions.append("\n".join(function))
    helpers = [source_of(helper) for helper in helpers_of("\n".join(functions))]
    carried = [*helpers, *own.carried]
    modules = optional_modules("\n".join([*carried, *functions]))
    titles = {title.lower(): title for title in ["NumPy", *(m.title for m in modules)]}
    for module_name in own.imports.values():
        titles.setdefault(module_name, module_name)
    needed = " and ".join(titles.values()) if len(titles) > 1 else "NumPy alone"
    title = f'"""{name}, written by symdiff. Needs {needed}."""'
    standard = ["import os"] if condition and threads is None else []
    standard += ["import math"] if programs.scalar and _uses_math([*carried, *functions]) else []
    heads = [[title], standard, ["import numpy as np", *(m.statement for m in modules)]]
    heads[-1] += own.imports
    listable = sum(array.size for array in module.arrays.values()) <= most_entries
    if listable and module.arrays:
        heads.append([line for item in module.arrays.items() for line in _constant(*item)])
    if condition:
        heads.append([f"THREADS = {threads or 'os.cpu_count() or 1'}"])
    if large is not None and isinstance(condition, str):
        heads[-1].append(large_line(large))
    head = "\n\n".join("\n".join(lines) for lines in heads if lines)
    last = [source_of(helper) for helper in helpers_of("\n".join(script))]
    last += ["\n".join(script)] if script else []
    parts = [*functions, *(part for part in last if part not in carried)]
    blank = ["\n" * each.count("\n") for each in carried]
    whole, without = ("\n\n\n".join([head, *c, *parts]) + "\n" for c in (carried, blank))
    return Source(whole, without, module.arrays, own.foreign, named)


def _of_floats(
    programs: Programs, name: str, docstring: Sequence[str], plain: list[str], taken: set[str]
) -> list[str]:
    """The function of Python's floats, behind that of arrays, to which it leaves all else."""
    program, general = programs.plain, f"_{name}_of_arrays"
    purpose = ["Compute as NumPy does, which has other types, infinities and NaN."]
    body = float_body(program, programs.loops, taken)
    parameters = [v.attrs[0] for v in program.variables]
    return [
        *_function(program, general, purpose, plain),
        *("", ""),
        *float_function(parameters, name, _docstring(docstring), general, body),
    ]


def _uses_math(texts: Iterable[str]) -> bool:
    return any(re.search(r"\bmath\.", text) for text in texts)


def _switched(
    program: Program, condition: str, name: str, plain: list[str], blocks: list[str]
) -> tuple[list[str], list[str]]:
    """A body that leaves large arrays to a second function, and that function."""
    words = {word for line in blocks for word in re.findall(r"\w+", line.partition("  #")[0])}
    known = [*(v.attrs[0] for v in program.variables), *program.sizes, "dtype"]
    parameters = [word for word in known if word in words]
    other = f"_{name}_in_blocks"
    function = [
        *fitted(f"def {other}(", parameters, "):", ""),
        f'    """`{name}` for large arrays: rows in blocks, whose values stay in the cache."""',
        *blocks,
    ]
    switch = [
        f"    if {condition}:",
        *fitted(f"        return {other}(", parameters, ")", "        "),
    ]
    return [*switch, *plain], function


def _constant(name: str, value: Array) -> list[str]:
    """The lines that define an array constant."""
    dtype = f"dtype=np.{value.dtype.name}"
    if not value.size:
        return [f"{name} = np.zeros({value.shape}, {dtype})"]
    line, *more = listed(f"{name} = np.array(", value.tolist(), f", {dtype})", "")
    if not more:
        return [line]
    inner, *more = listed("", value.tolist(), f", {dtype}", "    ")
    lines = [inner] if not more else [*listed("", value.tolist(), ",", "    "), f"    {dtype},"]
    return [f"{name} = np.array(", *lines, ")"]


# The function -----------------------------------------------------------------------------------


def _function(program: Program, name: str, docstring: Sequence[str], body: list[str]) -> list[str]:
    conversions = _conversions(program.variables)
    checks, free = shape_checks(program, body)
    conversions += type_read(program.variables, body)
    parameters = [v.attrs[0] for v in program.variables] + (["*", *free] if free else [])
    return [
        *fitted(f"def {name}(", parameters, "):", ""),
        *_docstring(docstring),
        *conversions,
        *checks,
        *body,
    ]


def _docstring(lines: Sequence[str]) -> list[str]:
    first, *rest = lines
    if not rest:
        return [f'    """{first}"""']
    return [f'    """{first}', *(f"    {line}".rstrip() for line in rest), '    """']


def _conversions(variables: Sequence[Node]) -> list[str]:
    """Lines that turn the arguments into arrays, the floats together, so that they agree."""
    floats = [v.attrs[0] for v in variables if v.dtype in INEXACT]
    real = tuple(v.attrs[0] for v in variables if v.dtype == "float")
    named = [f"{name}={name}" for name in floats]
    call = "_floats("
    if len(real) < len(floats):
        call, named = "_complexes(", [str(real).replace("'", '"'), *named]
    lines: list[str] = []
    if len(floats) == 1:
        lines = fitted(f"    ({floats[0]},) = {call}", named, ")", "    ")
    elif floats:
        target = f"    {', '.join(floats)} = {call}"
        if len(target) <= WIDTH:
            lines = fitted(target, named, ")", "    ")
        else:
            lines = ["    (", *(f"        {name}," for name in floats), f"    ) = {call}"]
            lines += [*(f"        {name}," for name in named), "    )"]
    for v in variables:
        if v.dtype not in INEXACT:
            name = v.attrs[0]
            converter = {"int": "_integers", "bool": "_booleans"}[v.dtype]
            lines.append(f'    {name} = {converter}("{name}", {name})')
    return lines


def input_lines(variables: Iterable[Node]) -> list[str]:
    """One docstring line per input, with its shape."""
    return [f"{v.attrs[0]} : {_described(v.shape, v.dtype)}" for v in variables]


def _described(shape: tuple[Size, ...], dtype: str) -> str:
    kind = "" if dtype == "float" else f" of {dtype}"
    return f"array of shape {shape_text(shape)}{kind}" if shape else f"scalar{kind}"


def output_lines(names: Sequence[str], outputs: Sequence[Node]) -> list[str]:
    """Per output its name and shape, and its formula if that fits on a line."""
    lines: list[str] = []
    for name, node in zip(names, outputs, strict=True):
        lines.append(f"{name} : {_described(node.shape, node.dtype)}")
        formula = whole_text(node, 76)
        lines += [] if formula is None else [f"    {formula}"]
    return lines
