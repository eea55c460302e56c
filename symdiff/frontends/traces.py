"""A run of a function on variables that stand for the numbers of a call."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from symdiff.binding import inputs
from symdiff.dims import CALL, Dim
from symdiff.errors import ArgumentError, ShapeError
from symdiff.frontends.call_arguments import Arguments, kind_of
from symdiff.frontends.call_sizes import CallSizes, Fact
from symdiff.frontends.pytrees import mapped
from symdiff.frontends.user_lines import catching, running
from symdiff.names import check_name
from symdiff.node import Node
from symdiff.ops.leaves import as_node, variable


class Trace(NamedTuple):
    """What a function builds of variables.

    variables   one for each number or array of the call
    structure   what the function returns, with an expression in the place of each number
    nodes       these expressions, in order
    facts       what it has asked of sizes
    """

    variables: list[Node]
    structure: Any
    nodes: list[Node]
    facts: list[Fact]


class Numbers(NamedTuple):
    """The numbers of a call: their names, kinds and shapes."""

    names: list[str]
    kinds: list[str]
    shapes: list[tuple[int, ...]]


def numbers_in(
    arguments: Arguments,
    args: Sequence[object],
    named: Mapping[str, object],
    taken: Container[str] = (),
) -> Numbers:
    """What the numbers in the arguments of a call are; their names are none of those taken."""
    found = Numbers([], [], [])

    def note(name: str, number: Any) -> None:
        found.names.append(name)
        found.kinds.append(kind_of(name, number))
        found.shapes.append(np.shape(number))

    arguments.replaced(args, named, note)
    return found._replace(names=_as_names(found.names, taken))


def trace(
    f: Callable[..., Any],
    name: str,
    arguments: Arguments,
    args: Sequence[object],
    named: Mapping[str, object],
    numbers: Numbers,
    sizes: CallSizes,
) -> Trace:
    """Run a function until it is known which sizes of a call's arrays are the same, or numbers."""
    while True:
        error: Exception | None = None
        found: Trace | None = None
        call = CALL.set(sizes)
        try:
            with running(name):
                found = _run(f, name, arguments, args, named, numbers, sizes)
        except Exception as raised:
            error = raised
        finally:
            CALL.reset(call)
        if sizes.learn(error):
            continue
        if error is not None:
            raise error
        if found is not None:
            return found._replace(facts=list(sizes.facts))


def _run(
    f: Callable[..., Any],
    name: str,
    arguments: Arguments,
    args: Sequence[object],
    named: Mapping[str, object],
    numbers: Numbers,
    sizes: CallSizes,
) -> Trace:
    variables = [
        variable(*each) for each in zip(numbers.names, sizes.shapes, numbers.kinds, strict=True)
    ]
    rest = iter(variables)
    placed, options = arguments.replaced(args, named, lambda *_: next(rest))
    before = arguments.leaves(placed, options)
    with catching(name, lambda error: isinstance(error, ShapeError) and not sizes.open):
        returned = f(*placed, **options)
    _check_unchanged(name, before, arguments.leaves(placed, options))
    if returned is None:
        raise ArgumentError(f"`{name}` returns None; a function must return what it computes")
    nodes: list[Node] = []

    def leaf(_: str, value: object) -> object:
        if value is None or isinstance(value, str):
            return value
        try:
            nodes.append(as_node(sizes.value(value) if isinstance(value, Dim) else value))
        except ArgumentError:
            raise ArgumentError(
                f"`{name}` returns an object of type {type(value).__name__}; a function must "
                "return numbers and arrays, or a structure of such"
            ) from None
        return nodes[-1]

    structure = mapped(leaf, returned, name)
    others = [v for v in inputs(nodes) if v not in variables]
    if others:
        raise ArgumentError(
            f"`{name}` uses {', '.join(map(str, others))}, which has no value; make it an argument"
        )
    return Trace(variables, structure, nodes, [])


def check_same(function: str, one: Trace, other: Trace) -> None:
    """Refuse a function that does not build the same again."""
    if [*map(id, one.nodes)] != [*map(id, other.nodes)]:
        raise ArgumentError(
            f"`{function}` computes something else each time it runs, as by random numbers, a "
            "clock or an iterator, and a compiled function would not; pass what changes as an "
            "argument"
        )


def _check_unchanged(
    function: str, before: Sequence[tuple[str, object]], after: Sequence[tuple[str, object]]
) -> None:
    """Refuse a function that changes a list, a dict or an object that it is given."""
    old, new = dict(before), dict(after)
    for name in {**old, **new}:
        if name not in old or name not in new or old[name] is not new[name]:
            raise ArgumentError(
                f"`{function}` changes `{name}`, a part of its argument, and the caller would not "
                "see that; return the new value instead"
            )


def _as_names(wanted: Sequence[str], taken: Container[str] = ()) -> list[str]:
    """Names of variables like those wanted, all different and fit for generated source.

    >>> _as_names(["w", "_w", "p_my key", "np", "w"])
    ['w', 'w1', 'p_my_key', 'np1', 'w2']
    """
    found: list[str] = []
    for each in wanted:
        word = re.sub(r"\W", "_", unicodedata.normalize("NFKC", each)).strip("_")
        word = word if word.isidentifier() else f"x{word}"
        k, name = 0, word
        while name in found or name in taken or not _is_name(name):
            k += 1
            name = f"{word}{k}"
        found.append(name)
    return found


def _is_name(word: str) -> bool:
    try:
        check_name(word, "variable")
    except ArgumentError:
        return False
    return True
