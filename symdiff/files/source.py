"""Emitted modules read back into graphs. Python parses them; nothing in them is ever run."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, TypeAlias

from symdiff import runtime
from symdiff.codegen.carried import source_of
from symdiff.dims import Shape, Size, named
from symdiff.errors import ArgumentError, FileError, SymdiffError, shape_text
from symdiff.files.calls import Reader
from symdiff.files.functions import CONVERSIONS, refuse
from symdiff.files.whole import read_text
from symdiff.frontends.text import parse
from symdiff.names import RESERVED
from symdiff.node import Node
from symdiff.ops.leaves import as_node, size_expressed, variable

Statement: TypeAlias = ast.stmt

_MOST_CALLS = 10_000
"""So often are functions of a module called; each call is read anew."""
_MODULES = ("numpy", "os", "scipy", "contextlib", "itertools", "math", "threading", "functools")
_INPUT = re.compile(r"(\w+) : (?:array of shape \((.*)\)|scalar)(?: of (int|bool|complex))?")
_OUTPUT = re.compile(r"(\w+) : (?:array of shape|scalar).*")


def load_source(source: str | os.PathLike[str]) -> dict[str, Node]:
    """Return what the function of an emitted module returns, by name, as expressions.

    `source` is the text that `emit` returned, or the path of a file with it. Expressions can then
    be differentiated again. A file in style "fast" is read too: by its function for small arrays.
    Of a function that returns one value, the name is "value".

    Raises FileError, with the line, for anything that `emit` does not write; OSError if the file
    cannot be read.

    >>> import symdiff as sd
    >>> x = sd.vector("x", "n")
    >>> source = sd.emit(sd.sum(sd.sin(x) ** 2), wrt=x)
    >>> load_source(source)
    {'value': <sin(x)ᵀ sin(x) : () float>, 'grad_x': <2 cos(x) ⊙ sin(x) : (n,) float>}
    """
    if not isinstance(source, (str, os.PathLike)):
        raise ArgumentError(f"expected the text of a module or a path, not {source!r}")
    text = source if isinstance(source, str) and "\n" in source else read_text(source)
    module = _parsed(text)
    return _Function(*_parts(module)).outputs()


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError as error:
        line = "" if error.lineno is None else f"line {error.lineno}: "
        raise FileError(f"{line}this is not Python: {error.msg}") from None
    except ValueError as error:  # such as null characters
        raise FileError(f"this is not Python: {error}") from None
    except (RecursionError, MemoryError):
        raise FileError("an expression is nested too deeply for Python to parse it") from None


# The module -------------------------------------------------------------------------------------


def _parts(
    module: ast.Module,
) -> tuple[ast.FunctionDef, list[ast.stmt], dict[str, ast.expr], list[ast.FunctionDef]]:
    """The function that people call, its statements in NumPy, array constants, and what it calls.

    Helpers must be those that symdiff writes.
    """
    functions: list[ast.FunctionDef] = []
    helpers: dict[str, ast.FunctionDef] = {}
    constants: dict[str, ast.expr] = {}
    for statement in module.body:
        match statement:
            case ast.FunctionDef(name=name):
                if name.startswith("_"):
                    helpers[name] = statement
                else:
                    functions.append(statement)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                constants[name] = value
            case ast.Expr(value=ast.Constant()):
                pass
            case ast.Import() | ast.ImportFrom():
                _check_import(statement)
            case ast.If(test=test) if ast.unparse(test) == "__name__ == '__main__'":
                pass
            case _:
                refuse(statement, "no emitted module has such a statement")
    if not functions:
        raise FileError("an emitted module has one function, not 0")
    for each in functions:
        if each.decorator_list or each.args.defaults:
            refuse(each, "no emitted function has decorators or defaults")
    *own, function = functions
    told = helpers.pop(f"_{function.name}_of_arrays", function)  # the same with Python's floats
    helpers.pop(f"_{function.name}_in_blocks", None)  # the same for large arrays
    for helper in helpers.values():
        _check_helper(helper)
    return function, told.body, constants, own


def _check_import(statement: ast.Import | ast.ImportFrom) -> None:
    module = statement.module if isinstance(statement, ast.ImportFrom) else None
    for name in [module] if module else [alias.name for alias in statement.names]:
        if name is None or name.partition(".")[0] not in _MODULES:
            refuse(statement, f"no emitted module imports {name}")


def _check_helper(helper: ast.FunctionDef) -> None:
    """A helper means what symdiff's own of that name means, so it must be that."""
    own = vars(runtime).get(helper.name)
    if own is None or ast.dump(ast.parse(source_of(own))) != ast.dump(ast.Module([helper], [])):
        refuse(helper, f"`{helper.name}` is not the helper that symdiff writes")


# The function -----------------------------------------------------------------------------------


class _Function:
    """Reads the statements of a function, one after the other."""

    def __init__(
        self,
        function: ast.FunctionDef,
        body: list[ast.stmt],
        constants: dict[str, ast.expr],
        own: Sequence[ast.FunctionDef] = (),
    ) -> None:
        self._function, self._body = function, body
        self._text = ast.get_docstring(function) or ""
        self._inputs = self._declared()
        sizes = {name: named(name) for name in self._size_names()}
        self._reader = Reader({**sizes, **self._inputs})
        self._sizes = sizes
        for name, value in constants.items():
            if name not in ("THREADS", "LARGE"):
                self._reader.names[name] = self._node(value)
        self._calls = 0
        for each in own:  # which call those before them
            known = dict(self._reader.own)
            self._reader.own[each.name] = partial(self._called, each, known)

    def _called(self, function: ast.FunctionDef, own: dict[str, Any], *args: Any) -> Node:
        """What a function of the module returns for some arguments."""
        self._calls += 1
        names = [argument.arg for argument in function.args.args]
        if len(names) != len(args) or self._calls > _MOST_CALLS:
            refuse(function, f"`{function.name}` is not called so in emitted modules")
        outer = self._reader, self._inputs, self._sizes
        self._reader = Reader(dict(zip(names, map(as_node, args), strict=True)), own)
        self._inputs, self._sizes = {}, {}
        try:
            for statement in function.body:
                if isinstance(statement, ast.Return) and statement.value is not None:
                    return self._node(statement.value)
                self._run(statement)
        finally:
            self._reader, self._inputs, self._sizes = outer
        refuse(function, f"`{function.name}` returns nothing")

    def outputs(self) -> dict[str, Node]:
        """What the function returns, by name."""
        arguments = self._function.args
        if [a.arg for a in (*arguments.posonlyargs, *arguments.args)] != list(self._inputs):
            refuse(
                self._function,
                "the docstring does not tell the shapes of these arguments, as emit writes them; "
                "sd.from_function takes functions of your own",
            )
        for statement in self._body:
            if isinstance(statement, ast.Return):
                return self._returned(statement)
            self._run(statement)
        refuse(self._function, f"`{self._function.name}` returns nothing")

    def _run(self, statement: Statement) -> None:
        match statement:
            case ast.Expr(value=ast.Constant()) | ast.Delete():
                pass
            case ast.If(body=[ast.Raise()], orelse=[]):
                pass  # a refusal of arguments that do not fit
            case ast.If(body=[ast.Return(value=ast.Call(func=ast.Name(id=name)))], orelse=[]) if (
                name == f"_{self._function.name}_in_blocks"
            ):
                pass
            case ast.Expr(value=ast.Call(func=ast.Name(id="_check_shape"), args=[_, x, _, shape])):
                self._check_shape(statement, self._node(x), self._value(shape))
            case ast.Expr(value=ast.Call(keywords=[*_, ast.keyword("out", ast.Name(id=name))])):
                call = statement.value
                assert isinstance(call, ast.Call)
                plain = ast.Call(call.func, call.args, call.keywords[:-1], lineno=call.lineno)
                self._reader.names[name] = self._value(plain)
            case ast.Assign(value=ast.Call(func=ast.Name(id=name))) if name in CONVERSIONS:
                pass  # arguments become arrays of their kinds, as they are declared
            case ast.Assign(targets=[target], value=value):
                self._assign(target, self._value(value))
            case _:
                refuse(statement, f"`{_first_line(statement)}` cannot be read back")

    def _assign(self, target: ast.expr, value: Any) -> None:
        match target:
            case ast.Name(id=name):
                if name in self._inputs or (name in self._sizes and value != self._sizes[name]):
                    refuse(target, f"{name!r} is not what the docstring says")
                if name.startswith("_") or (name in RESERVED and name != "dtype"):
                    refuse(target, f"no emitted module assigns to {name!r}")
                self._reader.names[name] = value
            case ast.Tuple(elts=targets) if isinstance(value, tuple) and len(value) == len(targets):
                for inner, each in zip(targets, value, strict=True):
                    self._assign(inner, each)
            case _:
                refuse(target, f"nothing is assigned to `{ast.unparse(target)}` in emitted modules")

    def _returned(self, statement: ast.Return) -> dict[str, Node]:
        match statement.value:
            case ast.Tuple(elts=values):
                names = [
                    match[1] for match in map(_OUTPUT.fullmatch, self._section("Returns")) if match
                ]
            case value if value is not None:
                values, names = [value], ["value"]
            case _:
                refuse(statement, "nothing is returned")
        if len(names) != len(values):
            names = [f"value{i}" for i in range(1, len(values) + 1)]
        return {name: self._node(value) for name, value in zip(names, values, strict=True)}

    def _node(self, expression: ast.expr) -> Node:
        value = self._value(expression)
        try:
            return as_node(value)
        except SymdiffError as error:
            refuse(expression, str(error))

    def _value(self, expression: ast.expr) -> Any:
        return self._reader.value(expression)

    def _check_shape(self, at: ast.AST, node: Node, shape: Any) -> None:
        if shape != node.shape:
            refuse(at, f"the docstring gives it the shape {shape_text(node.shape)}")

    # What the docstring says

    def _section(self, title: str) -> Iterator[str]:
        lines = self._text.splitlines()
        start = lines.index(title) + 2 if title in lines else len(lines)
        for line in lines[start:]:
            if not line:
                return
            yield line

    def _declared(self) -> dict[str, Node]:
        declared: dict[str, Node] = {}
        for line in self._section("Parameters"):
            match = _INPUT.fullmatch(line)
            if match is None:
                refuse(self._function, f"the docstring says of an argument {line[:60]!r}")
            name, sizes, kind = match.groups()
            try:
                declared[name] = variable(name, _shape(sizes or ""), kind or "float")
            except SymdiffError as error:
                refuse(self._function, str(error))
        return declared

    def _size_names(self) -> Sequence[str]:
        found: dict[str, None] = {}
        for node in self._inputs.values():
            for size in node.shape:
                found.update(dict.fromkeys(getattr(size, "names", ())))
        return [*found, *(argument.arg for argument in self._function.args.kwonlyargs)]


def _shape(text: str) -> Shape:
    return tuple(_size(part.strip()) for part in text.split(",") if part.strip())


def _size(text: str) -> Size:
    """A size as docstrings write it."""
    if text.isdecimal():
        return int(text)
    names = tuple(dict.fromkeys(re.findall(r"[^\W\d]\w*", text)))
    holder = "axes_of_these_sizes" + "".join(names)
    size = size_expressed(parse(text, **{holder: names}))
    if size is None:
        raise ArgumentError(f"{text[:60]!r} is not a size")
    return size


def _first_line(statement: Statement) -> str:
    return ast.unparse(statement).splitlines()[0][:60]
