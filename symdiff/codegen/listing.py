"""The function of a generated module line by line, each line with the nodes that it computes."""

from __future__ import annotations

import ast
from collections.abc import Container
from typing import TypeAlias

from symdiff.codegen.numpy_source import Source
from symdiff.node import Node

Computing: TypeAlias = "tuple[str, tuple[Node, ...]]"
"""A line of source, and the nodes whose values it computes."""


def listing(source: Source, name: str) -> list[Computing]:
    """The lines of the function `name`, without its docstring.

    All lines of a statement compute what it computes.

    >>> import symdiff as sd
    >>> from symdiff.codegen.generate import module
    >>> x, y = sd.vector("x", "n"), sd.vector("y", "n")
    >>> for line, nodes in listing(module(sd.sum((x - y) ** 2), x), "function")[-4:]:
    ...     print(line.partition("  #")[0].ljust(24), *nodes, sep=" | ")
        t1 = x - y           | x − y
        value = t1 @ t1      | (x − y)ᵀ(x − y)
        grad_x = 2 * t1      | 2 (x − y)
        return value, grad_x
    """
    function = _function(source.text, name)
    computing: dict[int, tuple[Node, ...]] = {}
    everything = set(source.named.values())
    for statement in function.body:
        node = source.named.get(_assigned(statement))
        if node is not None and statement.end_lineno is not None:
            nodes = tuple(_computed(node, everything))
            places = range(statement.lineno, statement.end_lineno + 1)
            computing.update(dict.fromkeys(places, nodes))
    lines = source.text.splitlines()
    docstring, first, last = function.body[0], function.body[1], function.body[-1]
    shown = [
        *range(function.lineno, docstring.lineno),
        *range(first.lineno, (last.end_lineno or last.lineno) + 1),
    ]
    return [(lines[place - 1], computing.get(place, ())) for place in shown]


def _function(text: str, name: str) -> ast.FunctionDef:
    """The definition of a function, found by Python's own parser."""
    return next(
        each
        for each in ast.parse(text).body
        if isinstance(each, ast.FunctionDef) and each.name == name
    )


def _assigned(statement: ast.stmt) -> str:
    """The name to which a statement assigns; empty if it does something else."""
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id
    return ""


def _computed(node: Node, named: Container[Node]) -> list[Node]:
    """What is computed for a value, apart from what has a name and from leaves."""
    found: dict[Node, None] = {}
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if here.args and here not in found and (here is node or here not in named):
            found[here] = None
            waiting.extend(here.args)
    return list(found)
