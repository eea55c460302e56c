"""Indices of sums and products: entries, and slices that open indices run through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sympy

from symdiff.dims import Dim, Size
from symdiff.errors import ArgumentError, shape_text
from symdiff.frontends.sympy.refusals import Expression, refuse, size_said
from symdiff.frontends.sympy.values import Index, Value
from symdiff.registry import FUNCTIONS


class Scope(NamedTuple):
    """What symbols stand for inside a sum or a function: indices, or expressions outside."""

    indices: Mapping[Any, Index]
    stands: Mapping[Any, tuple[Any, Scope]]


def reach(expression: Expression, said: Any, scope: Scope) -> Size:
    """How many entries an index needs."""
    bound = [symbol for symbol in scope.indices if symbol in said.free_symbols]
    last = said
    for symbol in bound:
        index = scope.indices[symbol]
        end = index.start if said.coeff(symbol).is_negative else index.start + index.length - 1
        last = last.subs(symbol, end.expression if isinstance(end, Dim) else end)
    return size_said(expression, last) + 1


def largest(name: str, axis: int, sizes: Sequence[Size]) -> Size:
    """The size that is at least all others, for an axis of which each use needs one of them."""
    for candidate in sizes:
        differences = [candidate - size for size in sizes]
        if all(isinstance(each, int) and each >= 0 for each in differences):
            return candidate
    listed = ", ".join(map(str, dict.fromkeys(sizes)))
    raise ArgumentError(
        f"the size of axis {axis} of {name!r} is not clear, from SymPy: indices need {listed} "
        f"entries; declare its shape, such as {name}='n'"
    )


def element(expression: Expression, whole: Value, said: Sequence[Any], scope: Scope) -> Value:
    """An entry, or all those that open indices reach."""
    node = whole.node
    if node.ndim != len(said) or whole.indices:
        refuse(expression, f"{len(said)} indices of an array of shape {shape_text(node.shape)}")
    places: list[Any] = []
    open_indices: list[Index] = []
    for axis, each in enumerate(said):
        place, index = _place(expression, sympy.sympify(each, strict=True), node.shape[axis], scope)
        places.append(place)
        if index is not None:
            open_indices.append(index)
    node = node[tuple(places)]
    letters = "".join(chr(97 + open_indices.index(index)) for index in open_indices)
    kept = tuple(dict.fromkeys(open_indices))
    if len(kept) < len(open_indices):
        output = "".join(dict.fromkeys(letters))
        node = FUNCTIONS["einsum"](f"{letters}->{output}", node)
    return Value(node, kept)


def _place(
    expression: Expression, said: Any, entries: Size, scope: Scope
) -> tuple[Any, Index | None]:
    """A number, or the slice through which an open index runs."""
    bound = [symbol for symbol in scope.indices if symbol in said.free_symbols]
    if not bound:
        place = size_said(expression, said)
        if isinstance(place, Dim) and isinstance(place - entries, int):
            return place - entries, None  # so many from the end
        if isinstance(place, Dim):
            refuse(expression, f"the place {place} is not a number; take a slice or sum over it")
        return place, None
    index = scope.indices[bound[0]]
    step = said.coeff(bound[0])
    shift = sympy.expand(said - step * bound[0])
    if len(bound) > 1 or bound[0] in shift.free_symbols or not step.is_Integer:
        refuse(expression, "an index is a number, or a multiple of an index of a sum plus a number")
    first = size_said(expression, shift) + int(step) * index.start
    last = first + int(step) * (index.length - 1)
    low, high = (first, last) if step > 0 else (last, first)
    beyond = high + 1 - entries
    if (isinstance(beyond, int) and beyond > 0) or (isinstance(low, int) and low < 0):
        refuse(expression, f"{said} runs from {low} to {high}, of {entries} entries")
    return _through(first, last, int(step), entries), index


def _through(first: Size, last: Size, step: int, entries: Size) -> slice:
    """The slice from the first place to the last, both included; None where it says the same."""
    if step > 0:
        return slice(first, None if last + 1 == entries else last + 1, step)
    return slice(None if first + 1 == entries else first, None if last == 0 else last - 1, step)
