"""NumPy source from a program: a standalone module that reads as if written by hand."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Sequence

from symdiff import runtime
from symdiff.codegen.program import WIDTH, Program
from symdiff.dims import Dim, Size
from symdiff.errors import shape_text
from symdiff.node import Node
from symdiff.registry import Requirement
from symdiff.show.text import text

_COMMENTED_STATEMENTS = 200
"""Longer programs carry no comments: nobody reads them, and comments cost more than code."""


def source(program: Program, name: str, docstring: Sequence[str], constants: bool = True) -> str:
    """Write the module: imports, array constants, helpers, and the function `name`."""
    function = _function(program, name, docstring)
    title = f'"""{name}, written by symdiff. Needs NumPy alone."""'
    blocks = [[title], ["import numpy as np"]]
    if constants and program.constants:
        blocks.append(
            [
                f"{key} = np.array({value.tolist()}, dtype=np.{value.dtype.name})"
                for key, value in program.constants.items()
            ]
        )
    helpers = [inspect.getsource(h).rstrip() for h in _helpers("\n".join(function))]
    head = "\n\n".join("\n".join(block) for block in blocks)
    return "\n\n\n".join([head, *helpers, "\n".join(function)]) + "\n"


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


# The function -----------------------------------------------------------------------------------


def _function(program: Program, name: str, docstring: Sequence[str]) -> list[str]:
    body = [*_statements(program), *_return(program.results)]
    conversions = _conversions(program.variables)
    checks, free = _shape_checks(program, body)
    if any(re.search(r"\bdtype[.)]|=dtype\b", line) for line in body):
        conversions.append(_dtype(program.variables))
    parameters = [v.attrs[0] for v in program.variables] + (["*", *free] if free else [])
    return [
        *_fitted(f"def {name}(", parameters, "):", ""),
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
    floats = [v.attrs[0] for v in variables if v.dtype == "float"]
    lines: list[str] = []
    if len(floats) == 1:
        lines.append(f"    ({floats[0]},) = _floats({floats[0]})")
    elif floats:
        together = f"    {', '.join(floats)} = _floats({', '.join(floats)})"
        if len(together) <= WIDTH:
            lines.append(together)
        else:
            lines += _fitted("    (", floats, ") = _floats(", "    ", magic=True)[:-1]
            lines += _fitted("    ) = _floats(", floats, ")", "    ", magic=True)
    for v in variables:
        if v.dtype != "float":
            lines.append(f"    {v.attrs[0]} = np.asarray({v.attrs[0]})")
    return lines


def _dtype(variables: Sequence[Node]) -> str:
    first = next((v.attrs[0] for v in variables if v.dtype == "float"), None)
    return "    dtype = np.dtype(np.float64)" if first is None else f"    dtype = {first}.dtype"


# Checks -----------------------------------------------------------------------------------------


def _shape_checks(program: Program, body: Sequence[str]) -> tuple[list[str], list[str]]:
    """Lines that find the named sizes and check every shape, and the sizes that no array has."""
    known: set[str] = set()
    found: list[tuple[str, str]] = []
    checks: list[list[str]] = []
    later: list[Node] = []
    for v in program.variables:
        new = [str(s) for s in v.shape if isinstance(s, Dim) and s.is_name and str(s) not in known]
        lines = _unpack(v, list(dict.fromkeys(new))) if new else []
        known.update(new)
        complete = 0 < len(new) == v.ndim == len(set(new))
        checks.append(lines)
        if not complete:
            later.append(v)
        found += [(v.attrs[0], name) for name in new]
    for v in later:
        checks.append(_solved(v, known))
        checks.append(_compared(v))
    free = [name for name in program.sizes if name not in known]
    for required in _strictest(program.required):
        checks.append(_required(required))
    return [line for lines in _without_idle(checks, body) for line in lines], free


def _unpack(v: Node, new: list[str]) -> list[str]:
    name = v.attrs[0]
    message = f'f"{name} must have shape {shape_text(v.shape)}, not {{{name}.shape}}"'
    lines = [
        f"    if {name}.ndim != {v.ndim}:",
        *_fitted("        raise ValueError(", [message], ")", "        "),
    ]
    if [str(size) for size in v.shape] == new:
        target = ", ".join(new) if len(new) > 1 else f"({new[0]},)"
        return [*lines, f"    {target} = {name}.shape"]
    axes = [next(k for k, size in enumerate(v.shape) if str(size) == n) for n in new]
    return [*lines, *(f"    {n} = {name}.shape[{k}]" for n, k in zip(new, axes, strict=True))]


def _solved(v: Node, known: set[str]) -> list[str]:
    """Find a size that only a sum such as `n + 1` tells."""
    lines: list[str] = []
    for axis, size in enumerate(v.shape):
        unknown = [n for n in size.names if n not in known] if isinstance(size, Dim) else []
        if len(unknown) != 1 or not isinstance(size, Dim):
            continue
        coefficients = size.linear_in(unknown[0])
        if coefficients is None:
            continue
        factor, rest = coefficients
        if not lines:
            lines += _unpack(v, [])
        right = f"{v.attrs[0]}.shape[{axis}]" + _minus(rest)
        if factor != 1:
            right = f"({right}) // ({factor})"
        lines.append(f"    {unknown[0]} = {right}")
        known.add(unknown[0])
    return lines


def _minus(rest: Size) -> str:
    if isinstance(rest, int):
        return f" - {rest}" if rest > 0 else f" + {-rest}" if rest else ""
    return f" - ({rest})"


def _compared(v: Node) -> list[str]:
    name, shape = v.attrs[0], shape_text(v.shape)
    if not v.ndim:
        return [f'    _check_shape("{name}", {name}, "()", ())']
    return _fitted("    _check_shape(", [f'"{name}"', name, f'"{shape}"', shape], ")", "    ")


def _strictest(required: Iterable[Requirement]) -> Iterable[Requirement]:
    """One requirement for each size: the largest minimum."""
    found: dict[Size, Requirement] = {}
    for r in required:
        if r.size not in found or found[r.size].minimum < r.minimum:
            found[r.size] = r
    return found.values()


def _required(required: Requirement) -> list[str]:
    size, least = required.size, required.minimum
    message = f'f"{required.reason} needs {size} >= {least}, but {size} is {{{size}}}"'
    return [
        f"    if {size} < {least}:",
        *_fitted("        raise ValueError(", [message], ")", "        "),
    ]


def _without_idle(checks: list[list[str]], body: Sequence[str]) -> list[list[str]]:
    """Leave out assignments of sizes that nothing reads."""
    result: list[list[str]] = []
    words = set(re.findall(r"\w+", "\n".join(body)))
    for lines in reversed(checks):
        kept: list[str] = []
        for line in reversed(lines):
            target, equals, right = line.partition(" = ")
            names = set(re.findall(r"\w+", target))
            idle = equals and "(" not in target.replace("(", "", target.count(",)"))
            if idle and "if" not in names and "raise" not in names and not names & words:
                continue
            words.update(re.findall(r"\w+", right if equals else line))
            kept.append(line)
        result.append(kept[::-1])
    return result[::-1]


# The body ---------------------------------------------------------------------------------------


def _statements(program: Program) -> list[str]:
    commented = len(program.assignments) <= _COMMENTED_STATEMENTS
    temporaries = {a.name for a in program.assignments}
    lines: list[str] = []
    for name, expression, node in program.assignments:
        line = f"    {name} = {expression}"
        if len(line) > WIDTH:
            lines += [f"    {name} = (", f"        {expression}", "    )"]
            continue
        lines.append(line + _comment(line, expression, node, temporaries) if commented else line)
    return lines


def _comment(line: str, expression: str, node: Node, temporaries: set[str]) -> str:
    """The shape of a value, and what it stands for where temporaries hide that."""
    shape = f"  # {shape_text(node.shape) if node.ndim else 'scalar'}"
    if len(line) + len(shape) > WIDTH:
        return ""
    room = WIDTH - len(line) - len(shape) - 2
    if room < 8 or not temporaries.intersection(re.findall(r"\w+", expression)):
        return shape
    meaning = text(node, width=room)
    return shape if "…" in meaning else f"{shape}  {meaning}"


def _return(results: Iterable[str]) -> list[str]:
    texts = list(results)
    line = f"    return {', '.join(texts)}" + ("," if len(texts) == 0 else "")
    if len(line) <= WIDTH:
        return [line]
    return _fitted("    return (", texts, ")", "    ", magic=True)


def _fitted(
    head: str, parts: Sequence[str], tail: str, indent: str, magic: bool = False
) -> list[str]:
    """Write `head parts tail` on one line, or as formatters break it where it is too long."""
    line = head + ", ".join(parts) + tail
    if len(line) <= WIDTH and not magic:
        return [line]
    inner = f"{indent}    {', '.join(parts)}"
    if len(inner) <= WIDTH and not magic:
        return [head, inner, indent + tail]
    if len(parts) == 1:
        return [head, f"{indent}    {parts[0]}", indent + tail]
    return [head, *(f"{indent}    {part}," for part in parts), indent + tail]


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
