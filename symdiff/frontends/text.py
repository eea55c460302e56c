"""Formulas from text, with shapes given or inferred. Nothing is ever evaluated as Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TypeAlias

from symdiff.errors import ArgumentError, SymdiffError
from symdiff.frontends.declared import (
    KINDS,
    Declared,
    run_with_sizes,
    shape_and_dtype,
    shape_of,
)
from symdiff.frontends.grammar import Apply, Bind, Literal, Name, Start, Step, Unbind, read
from symdiff.frontends.lexer import Token, pointed, tokenize
from symdiff.frontends.meaning import (
    BINDERS,
    CONSTANTS,
    Value,
    call,
    function_called,
    function_names,
    unknown,
)
from symdiff.names import check_name
from symdiff.node import Node

Call: TypeAlias = "tuple[tuple[Value, ...], dict[str, Value]]"
"""Positional arguments, and those given by keyword."""

_LONGEST_MESSAGE = 500


def parse(text: str, /, **names: object) -> Node:
    """Read a formula.

    Each name is given a shape ("n d", "" for a scalar, or a tuple), or only a kind ("vector",
    "matrix"), whose sizes are inferred, or an expression for which it stands. A shape in words may
    end with a dtype, as "n int" of class labels. Named sizes can be used as numbers. Operators and
    functions are Python's and NumPy's; matrix notation is read too.

    Raises ParseError for text that is not in the grammar, ShapeError and ArgumentError for a
    formula that makes no sense; all show the place.

    >>> parse("sum((X @ w - y)**2)/n + lam*sum(w**2)", X="n d", w="d", y="n", lam="")
    <sum((X w − y)²)/n + lam sum(w²) : () float>
    >>> parse("2 Xᵀ(X w − y)", X="matrix", w="vector", y="vector").shape
    (d,)
    >>> parse("-sum(log_softmax(z)[c])", z="k", c="m int")
    <−sum(log_softmax(z)[c]) : () float>
    """
    if not isinstance(text, str):
        raise ArgumentError(f"a formula must be text, not {text!r}")
    declared = _declared(names)
    program = read(text, declared.words)
    return run_with_sizes(declared, partial(run_program, text, program))


def applications(text: str, /, **names: object) -> Iterator[tuple[str, Call, Value]]:
    """The function calls of a formula: name, arguments, and what came of them.

    Raises what `parse` raises.
    """
    declared = _declared(names)
    calls: list[tuple[str, Call, Value]] = []

    def noted(step: Apply, values: list[Value]) -> Value:
        result = step.function(*values)
        if isinstance(step.function, partial) and step.function.func is call:
            name, keywords = step.function.args
            plain = len(values) - len(keywords)
            named_values = dict(zip(keywords, values[plain:], strict=True))
            calls.append((name, (tuple(values[:plain]), named_values), result))
        return result

    run_program(text, read(text, declared.words), declared.environment({}), noted)
    yield from calls


def declare(shapes: Iterable[str]) -> dict[str, str]:
    """Turn declarations such as "X:n,d" into the names that `parse` takes.

    Raises ArgumentError for any other form, and for a name declared twice.

    >>> declare(["X:n,d", "w:d", "lam:", "A:matrix", "c:n,int"])
    {'X': 'n d', 'w': 'd', 'lam': '', 'A': 'matrix', 'c': 'n int'}
    """
    declared: dict[str, str] = {}
    for entry in shapes:
        name, colon, shape = (part.strip() for part in entry.partition(":"))
        if not colon:
            raise ArgumentError(f"{entry!r} declares no shape; write 'X:n,d', 'w:d' or 'lam:'")
        if name in declared:
            raise ArgumentError(f"{name!r} is declared twice")
        check_variable(name)
        sizes, dtype = shape_and_dtype(shape)
        if sizes not in KINDS:
            shape_of(name, sizes)
            sizes = " ".join(sizes.replace(",", " ").split())
        declared[name] = sizes if dtype == "float" else f"{sizes} {dtype}".strip()
    return declared


def names_used(text: str) -> list[str]:
    """The names in a formula that are no functions or constants, in order of appearance.

    >>> names_used("sin(x)*y + pi*x")
    ['x', 'y']
    """
    tokens = tokenize(text)
    words = dict.fromkeys(token.text for token in tokens if token.kind == "name")
    bound = _bound(tokens)
    free = [word for word in words if word not in CONSTANTS and word not in bound]
    return [word for word in free if function_called(word) is None]


def _bound(tokens: Sequence[Token]) -> set[str]:
    """The names that calls such as `solve_for(x=1, x**2 - a)` bind."""
    found: set[str] = set()
    calls: list[str] = []
    for k, token in enumerate(tokens[:-1]):
        if token.text in ("(", "["):
            calls.append(tokens[k - 1].text if k else "")
        elif token.text in (")", "]"):
            calls = calls[:-1]
        elif token.kind == "name" and tokens[k + 1].text == "=" and calls:
            found.update([token.text] if calls[-1] in BINDERS else [])
    return found


def _declared(names: dict[str, object]) -> Declared:
    for name in names:
        check_variable(name)
    return Declared(names)


def check_variable(name: str) -> None:
    """Refuse a name that no variable of a formula can have."""
    check_name(name, "variable")
    if name in CONSTANTS or name in function_names():
        what = "constant" if name in CONSTANTS else "function"
        raise ArgumentError(
            f"{name!r} cannot name a variable: it is a {what} of the grammar; try {name + '1'!r}"
        )


# Building ---------------------------------------------------------------------------------------


def _plainly(step: Apply, values: list[Value]) -> Value:
    return step.function(*values)


def run_program(
    text: str,
    program: list[Step],
    stands: dict[str, Node],
    apply: Callable[[Apply, list[Value]], Value] = _plainly,
) -> Node:
    """Run what `read` has made of a text, with what its names stand for."""
    stack: list[Value] = []
    bound: list[tuple[str, Value]] = []
    for step in program:
        try:
            if isinstance(step, Name):
                inner = [value for name, value in bound if name == step.name]
                stack.append(inner[-1] if inner else stands[step.name])
            elif isinstance(step, Literal):
                stack.append(step.value)
            elif isinstance(step, Start):
                check_variable(step.name)
                stack.append(unknown(step.name, stack[-1]))
            elif isinstance(step, Bind):
                variables = stack[1 - 2 * len(step.names) :: 2]
                bound += zip(step.names, variables, strict=True)
            elif isinstance(step, Unbind):
                del bound[-len(step.names) :]
            else:
                start = len(stack) - step.arity
                values = stack[start:]
                del stack[start:]
                stack.append(apply(step, values))
        except SymdiffError as error:
            assert isinstance(step, (Apply, Start))
            error.args = (pointed(_one_line(str(error)), text, step.place),)
            error.position = step.place
            raise
    (result,) = stack
    assert isinstance(result, Node)
    return result


def _one_line(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= _LONGEST_MESSAGE else line[:_LONGEST_MESSAGE] + "…"
