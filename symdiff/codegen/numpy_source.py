"""NumPy source from a program: a standalone module that reads as if written by hand."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

from symdiff import runtime
from symdiff.codegen.checks import shape_checks
from symdiff.codegen.expressions import Array, Assignment, Expressions, Names
from symdiff.codegen.layout import WIDTH, fitted, listed, returned
from symdiff.codegen.program import Program, Step
from symdiff.codegen.python_floats import is_scalar
from symdiff.codegen.scalar_source import scalar_functions
from symdiff.dims import Size
from symdiff.errors import shape_text
from symdiff.node import Node
from symdiff.ops.leaves import INEXACT
from symdiff.ops.several import WHOLE
from symdiff.optional import OptionalModule
from symdiff.show.text import text

_COMMENTED_STATEMENTS = 200
"""Longer programs carry no comments: nobody reads them, and comments cost more than code."""


class Source(NamedTuple):
    """The text of a module, and its array constants by name, should they not be in the text."""

    text: str
    constants: dict[str, Array]


def source(
    program: Program,
    name: str,
    docstring: Sequence[str],
    output_names: Sequence[str],
    most_entries: int,
    floats: bool = False,
) -> Source:
    """Write the module: imports, array constants, helpers, and the function `name`.

    Array constants of more than `most_entries` in all are left out of the text. With `floats`,
    scalar programs are written for Python's own floats too.
    """
    constants: dict[str, Array] = {}

    def body() -> list[str]:
        written = _expressions(program, name, output_names)
        constants.update(written.constants)
        return [*_statements(written.assignments), *returned(written.results(), "    ")]

    around = partial(_function, program)
    if floats and is_scalar(program):
        lines = scalar_functions(program, name, _docstring(docstring), body, around)
    else:
        lines = around(name, docstring, body())
    functions = "\n".join(lines)
    helpers = [inspect.getsource(h).rstrip() for h in _helpers(functions)]
    code = "\n".join([*helpers, functions])
    modules = optional_modules(code)
    needed = " and ".join(["NumPy", *(m.title for m in modules)]) if modules else "NumPy alone"
    title = f'"""{name}, written by symdiff. Needs {needed}."""'
    standard = [["import math"]] if re.search(r"\bmath\.", code) else []
    blocks = [[title], *standard, ["import numpy as np", *(m.statement for m in modules)]]
    listable = sum(constant.size for constant in constants.values()) <= most_entries
    if listable and constants:
        blocks.append([line for item in constants.items() for line in _constant(*item)])
    head = "\n\n".join("\n".join(block) for block in blocks)
    text = "\n\n\n".join([head, *helpers, functions]) + "\n"
    return Source(text, constants)


def _expressions(program: Program, name: str, output_names: Sequence[str]) -> Expressions:
    taken = {*(v.attrs[0] for v in program.variables), *program.sizes, *output_names, name}
    written = Expressions(program, output_names, Names(taken))
    for statement in program.statements:
        assert isinstance(statement, Step)
        written.add(statement)
    return written


def optional_modules(text: str) -> list[OptionalModule]:
    """The optional modules that source text calls by the names that `runtime` gives them."""
    known = {key: m for key, m in vars(runtime).items() if isinstance(m, OptionalModule)}
    named = {key: module for key, module in known.items() if f"{key}." in text}
    return [module for key, module in named.items() if re.search(rf"\b{key}\.\w+\(", text)]


def _helpers(body: str) -> list[Callable[..., object]]:
    """The runtime functions that the code calls, and those that they call, in their own order."""
    known = {key: value for key, value in vars(runtime).items() if inspect.isfunction(value)}
    wanted: dict[str, None] = {}
    texts = [body]
    while texts:
        for word in set(re.findall(r"\b_\w+(?=\()", texts.pop())):
            if word in known and word not in wanted:
                wanted[word] = None
                texts.append(inspect.getsource(known[word]).partition("\n")[2])
    return [value for key, value in known.items() if key in wanted]


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


def _function(
    program: Program, name: str, docstring: Sequence[str], body: Sequence[str]
) -> list[str]:
    conversions = _conversions(program.variables)
    checks, free = shape_checks(program, body)
    if any(re.search(r"\bdtype[.)]|=dtype\b", line) for line in body):
        conversions.append(_dtype(program.variables))
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


def _dtype(variables: Sequence[Node]) -> str:
    first = next((v for v in variables if v.dtype in INEXACT), None)
    if first is None:
        return "    dtype = np.dtype(np.float64)"
    part = ".real" if first.dtype == "complex" else ""
    return f"    dtype = {first.attrs[0]}{part}.dtype"


# The body ---------------------------------------------------------------------------------------


def _statements(assignments: Sequence[Assignment]) -> list[str]:
    commented = len(assignments) <= _COMMENTED_STATEMENTS
    temporaries = {a.name for a in assignments}
    lines: list[str] = []
    for name, expression, step in assignments:
        line = f"    {name} = {expression}"
        if len(line) > WIDTH:
            lines += _broken(name, expression)
            continue
        comment = _comment(line, expression, step.node, temporaries) if commented else ""
        lines.append(line + comment)
    return lines


def _broken(name: str, expression: str) -> list[str]:
    """An assignment too long for a line, broken within the call that it is or within brackets."""
    call = re.match(r"[\w.]+\(", expression)
    if call and _closes_at_end(expression, call.end()):
        head, inner = expression[: call.end()], expression[call.end() : -1]
        if len(inner) <= WIDTH - 8:
            return [f"    {name} = {head}", f"        {inner}", "    )"]
    return [f"    {name} = (", f"        {expression}", "    )"]


def _closes_at_end(expression: str, start: int) -> bool:
    """True if the bracket opened before `start` is closed by the last character."""
    depth = 1
    for place in range(start, len(expression)):
        depth += (expression[place] in "([") - (expression[place] in ")]")
        if not depth:
            return place == len(expression) - 1
    return False


def _comment(line: str, expression: str, node: Node, temporaries: set[str]) -> str:
    """The shape of a value, and what it stands for where temporaries hide that."""
    if node.op is WHOLE:
        return ""
    shape = f"  # {shape_text(node.shape) if node.ndim else 'scalar'}"
    if len(line) + len(shape) > WIDTH:
        return ""
    room = WIDTH - len(line) - len(shape) - 2
    if room < 8 or not temporaries.intersection(re.findall(r"\w+", expression)):
        return shape
    meaning = text(node, width=room)
    return shape if "…" in meaning else f"{shape}  {meaning}"


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
        formula = text(node, width=76)
        lines += [] if "…" in formula else [f"    {formula}"]
    return lines
