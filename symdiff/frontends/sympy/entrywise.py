"""Expressions to SymPy entry by entry: sums over indices of the entries of indexed bases.

So SymPy can say what its matrices cannot: arrays of any number of axes, broadcasting, conditions
on entries, functions of several arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import sympy

from symdiff.dims import Size
from symdiff.frontends.sympy.contractions import Said, refuse_to_say, size_to_say
from symdiff.frontends.sympy.functions import sympy_function
from symdiff.node import Node, topological
from symdiff.ops.indexing import Span
from symdiff.ops.leaves import CONSTANT, VARIABLE

Place: TypeAlias = tuple[Said, ...]
"""An index for each axis."""


class Goal(NamedTuple):
    """An entry that is to be said."""

    node: Node
    place: Place


class Way(NamedTuple):
    """How an entry is said: from which others, and how these are put together."""

    parts: Sequence[Goal]
    together: Callable[..., Said]


def entry_of(node: Node, indices: Sequence[Said]) -> Said:
    """The entry of a node at indices, which are SymPy's symbols or numbers."""
    writer = _Writer(node, indices)
    said: dict[Goal, Said] = {}
    ways: dict[Goal, Way] = {}
    stack = [Goal(node, tuple(indices))]
    while stack:
        goal = stack[-1]
        if goal in said:
            stack.pop()
        elif goal in ways:
            stack.pop()
            parts, together = ways[goal]
            said[goal] = together(*(said[part] for part in parts))
        else:
            ways[goal] = writer.way(goal)
            stack.extend(reversed(ways[goal].parts))
    return said[Goal(node, tuple(indices))]


class _Writer:
    """Says how each entry is made, with fresh letters for the indices of sums."""

    def __init__(self, node: Node, indices: Sequence[Said]) -> None:
        taken = {v.attrs[0] for v in topological([node]) if v.op is VARIABLE}
        taken |= {symbol.name for index in indices for symbol in index.free_symbols}
        taken |= {name for each in topological([node]) for name in _names_of(each.shape)}
        self._letters = _letters(taken)

    def way(self, goal: Goal) -> Way:
        """How an entry is said."""
        node, place = goal
        if node.op is VARIABLE:
            return Way((), lambda: _variable(node, place))
        if node.op is CONSTANT:
            return Way((), lambda: _constant(node, place))
        if node.op.name in _WAYS:
            return _WAYS[node.op.name](node, place, self._summed)
        if node.op.elementwise:
            return _elementwise(node, place)
        refuse_to_say(node, f"it has no `{node.op.name}` of entries")

    def _summed(self, size: Size) -> tuple[Said, Said, Said]:
        """A fresh index from 0 on, with its range."""
        return sympy.Symbol(next(self._letters), integer=True), sympy.S.Zero, _last(size)


_Fresh: TypeAlias = Callable[[Size], tuple[Said, Said, Said]]


def _letters(taken: set[str]) -> Iterator[str]:
    """`i`, `j`, …, then `i1`, `j1`, …: those that mean nothing else."""
    round_ = 0
    while True:
        for letter in "ijklpqrst":
            name = f"{letter}{round_ or ''}"
            if name not in taken:
                yield name
        round_ += 1


def _names_of(shape: Iterable[Size]) -> list[str]:
    return [name for size in shape if not isinstance(size, int) for name in size.names]


def _last(size: Size) -> Said:
    return size_to_say(size) - 1


# Leaves -----------------------------------------------------------------------------------------


def symbol_of(node: Node) -> Said:
    """The symbol of a variable without axes."""
    name, _, kind = node.attrs
    assumed = {"float": {"real": True}, "int": {"integer": True}, "complex": {"complex": True}}
    return sympy.Symbol(name, **assumed.get(kind, {}))


def _variable(node: Node, place: Place) -> Said:
    if not node.ndim:
        return symbol_of(node)
    name, shape, kind = node.attrs
    label = sympy.Symbol(name, **({"real": True} if kind == "float" else {}))
    return sympy.IndexedBase(label, shape=tuple(map(size_to_say, shape)))[place]


def _constant(node: Node, place: Place) -> Said:
    value = node.attrs.value
    if isinstance(value, np.ndarray):
        if not all(index.is_Integer for index in place):
            refuse_to_say(
                node, "it has no arrays of numbers with an open index; make it a variable"
            )
        value = value[tuple(map(int, place))].item()
    if isinstance(value, complex):
        return sympy.Float(value.real) + sympy.I * sympy.Float(value.imag)
    return sympy.sympify(value)


# What an entry is made of -----------------------------------------------------------------------


def _elementwise(node: Node, place: Place) -> Way:
    function = sympy_function(node)
    if function is None:
        refuse_to_say(node, f"it has no `{node.op.name}`")
    return Way([_stretched(arg, place) for arg in node.args], function)


def _stretched(arg: Node, place: Place) -> Goal:
    """The entry of an argument that broadcasting puts at a place."""
    own = place[len(place) - arg.ndim :]
    zero = sympy.S.Zero
    return Goal(
        arg, tuple(zero if size == 1 else k for size, k in zip(arg.shape, own, strict=True))
    )


def _contract(node: Node, place: Place, fresh: _Fresh) -> Way:
    spec = node.attrs
    letters = dict(zip(spec.output, place, strict=True))
    limits = []
    for arg, indices in zip(node.args, spec.inputs, strict=True):
        for index, size in zip(indices, arg.shape, strict=True):
            if index not in letters:
                limit = fresh(size)
                limits.append(limit)
                letters[index] = limit[0]
    parts = [
        Goal(arg, tuple(letters[index] for index in indices))
        for arg, indices in zip(node.args, spec.inputs, strict=True)
    ]
    return Way(parts, lambda *factors: _sum(sympy.Mul(*factors), limits))


def _sum(body: Said, limits: Sequence[Said]) -> Said:
    return sympy.Sum(body, *limits) if limits else body


def _expand_dims(node: Node, place: Place, fresh: _Fresh) -> Way:
    kept = tuple(index for k, index in enumerate(place) if k not in node.attrs)
    return Way([Goal(node.args[0], kept)], _itself)


def _broadcast_to(node: Node, place: Place, fresh: _Fresh) -> Way:
    return Way([_stretched(node.args[0], place)], _itself)


def _itself(said: Said) -> Said:
    return said


def _index(node: Node, place: Place, fresh: _Fresh) -> Way:
    shape = node.args[0].shape
    entries = [*node.attrs, *[Span(None, None, 1)] * (len(shape) - len(node.attrs))]
    rest = iter(place)
    inner = tuple(
        _start(entry, size) + entry.step * next(rest)
        if isinstance(entry, Span)
        else _counted(entry, size)
        for entry, size in zip(entries, shape, strict=True)
    )
    return Way([Goal(node.args[0], inner)], _itself)


def _start(span: Span, size: Size) -> Said:
    if span.start is not None:
        return _counted(span.start, size)
    return sympy.S.Zero if span.step > 0 else _last(size)


def _counted(place: Size, size: Size) -> Said:
    """A place from the front, where a number below 0 counts from the end."""
    return size_to_say(size + place if isinstance(place, int) and place < 0 else place)


def _product(node: Node, place: Place, fresh: _Fresh) -> Way:
    part, limits = _along(node.args[0], node.attrs, place, fresh)
    return Way([part], lambda factor: sympy.Product(factor, *limits))


def _along(
    arg: Node, axes: Sequence[int], place: Place, fresh: _Fresh
) -> tuple[Goal, list[tuple[Said, Said, Said]]]:
    """The entries of an argument along some axes, which the result lacks or has for all alike."""
    limits = [fresh(arg.shape[axis]) for axis in axes]
    indices = iter([limit[0] for limit in limits])
    kept = len(place) == arg.ndim
    rest = iter([k for axis, k in enumerate(place) if not (kept and axis in axes)])
    own = tuple(next(indices) if axis in axes else next(rest) for axis in range(arg.ndim))
    return Goal(arg, own), limits


def _logsumexp(node: Node, place: Place, fresh: _Fresh) -> Way:
    part, limits = _along(node.args[0], node.attrs, place, fresh)
    return Way([part], lambda said: sympy.log(_sum(sympy.exp(said), limits)))


def _softmax(node: Node, place: Place, fresh: _Fresh) -> Way:
    part, limits = _along(node.args[0], node.attrs, place, fresh)
    own = Goal(node.args[0], place)
    return Way([own, part], lambda one, all: sympy.exp(one) / _sum(sympy.exp(all), limits))


def _log_softmax(node: Node, place: Place, fresh: _Fresh) -> Way:
    part, limits = _along(node.args[0], node.attrs, place, fresh)
    own = Goal(node.args[0], place)
    return Way([own, part], lambda one, all: one - sympy.log(_sum(sympy.exp(all), limits)))


def _norm(node: Node, place: Place, fresh: _Fresh) -> Way:
    part, limits = _along(node.args[0], node.attrs, place, fresh)
    return Way([part], lambda said: sympy.sqrt(_sum(sympy.Abs(said) ** 2, limits)))


def _centered(node: Node, place: Place, fresh: _Fresh) -> Way:
    arg = node.args[0]
    part, limits = _along(arg, node.attrs, place, fresh)
    count = sympy.Mul(*(size_to_say(arg.shape[axis]) for axis in node.attrs))
    return Way([Goal(arg, place), part], lambda one, all: one - _sum(all, limits) / count)


def _cumsum(node: Node, place: Place, fresh: _Fresh) -> Way:
    axis, backwards = node.attrs
    index, first, last = fresh(node.shape[axis])
    inner = (*place[:axis], index, *place[axis + 1 :])
    limit = (index, place[axis], last) if backwards else (index, first, place[axis])
    return Way([Goal(node.args[0], inner)], lambda said: sympy.Sum(said, limit))


def _triangle(node: Node, place: Place, fresh: _Fresh) -> Way:
    side = node.attrs
    row, column = place[-2:]
    shift = size_to_say(side.k)
    inside = column <= row + shift if side.name == "tril" else column >= row + shift
    return Way(
        [_stretched(node.args[0], place)],
        lambda said: sympy.Piecewise((said, inside), (sympy.S.Zero, True)),
    )


def _stack(node: Node, place: Place, fresh: _Fresh) -> Way:
    axis = node.attrs
    inner = (*place[:axis], *place[axis + 1 :])
    goals = [Goal(arg, inner) for arg in node.args]
    if place[axis].is_Integer:
        return Way([goals[int(place[axis])]], _itself)
    cases = [sympy.Eq(place[axis], k) for k in range(len(goals))]
    return Way(goals, lambda *said: sympy.Piecewise(*zip(said, [*cases[:-1], True], strict=True)))


def _concatenate(node: Node, place: Place, fresh: _Fresh) -> Way:
    """One part after the other: each is asked for its entry where no part before it has one."""
    axis, start = node.attrs, sympy.S.Zero
    goals: list[Goal] = []
    ends: list[Said] = []
    for arg in node.args:
        goals.append(Goal(arg, (*place[:axis], place[axis] - start, *place[axis + 1 :])))
        start = start + size_to_say(arg.shape[axis])
        ends.append(place[axis] < start)
    return Way(goals, lambda *said: sympy.Piecewise(*zip(said, [*ends[:-1], True], strict=True)))


def _roll(node: Node, place: Place, fresh: _Fresh) -> Way:
    shifted = list(place)
    for shift, axis in zip(*node.attrs, strict=True):
        moved = shifted[axis] - size_to_say(shift)
        shifted[axis] = sympy.Mod(moved, size_to_say(node.shape[axis]))
    return Way([Goal(node.args[0], tuple(shifted))], _itself)


def _arange(node: Node, place: Place, fresh: _Fresh) -> Way:
    counted = node.attrs
    first, step = size_to_say(counted.start), size_to_say(counted.step)
    return Way((), lambda: first + step * place[0])


_WAYS: dict[str, Callable[[Node, Place, _Fresh], Way]] = {
    "size": lambda node, place, fresh: Way((), lambda: size_to_say(node.attrs)),
    "eye": lambda node, place, fresh: Way((), lambda: sympy.KroneckerDelta(*place)),
    "contract": _contract,
    "expand_dims": _expand_dims,
    "broadcast_to": _broadcast_to,
    "index": _index,
    "prod": _product,
    "logsumexp": _logsumexp,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "norm": _norm,
    "centered": _centered,
    "cumsum": _cumsum,
    "triangle": _triangle,
    "stack": _stack,
    "concatenate": _concatenate,
    "roll": _roll,
    "arange": _arange,
    "stop_gradient": lambda node, place, fresh: refuse_to_say(
        node, "it has no constants that vary"
    ),
}
