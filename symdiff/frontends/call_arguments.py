"""What the arguments of a call hold: numbers, in the order in which they come, and all else.

The numbers and arrays of a call become variables. On all else a compiled function depends, and on
the structure, the kinds and the shapes: that is the key of a call.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from enum import Enum
from functools import partial
from typing import Any

import numpy as np

from symdiff.dims import Dim
from symdiff.errors import ArgumentError
from symdiff.frontends.pytrees import leaves, mapped, parts
from symdiff.node import Node
from symdiff.ops.leaves import KIND_OF_TYPE_CODE

StandIn = Callable[[str, Any], object]

_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, np.ufunc, partial)
_HELD = (
    bool,
    np.bool_,
    str,
    bytes,
    type(None),
    type(...),
    type,
    Enum,
    np.dtype,
    range,
    *_FUNCTIONS,
)
"""What is no number to compute with: flags, names, and functions to call."""
_OTHER_ARRAYS = (np.ma.MaskedArray, np.matrix)
"""Arrays whose operations mean something else."""


class SymbolicCall(Exception):
    """An expression is among the arguments: the function builds on it, and nothing is computed."""


class Arguments:
    """How the arguments of a function are read.

    names   of the parameters that may be given by place
    static  the parameters whose values are part of the key, whatever they are
    whole   whether whole numbers are numbers to compute with; else they are part of the key
    """

    def __init__(self, names: Sequence[str], static: frozenset[str], whole: bool = True) -> None:
        self.names = tuple(names)
        self.static = static
        self.whole = whole
        self._static_places = frozenset(i for i, name in enumerate(names) if name in static)

    def by_place(
        self, args: tuple[Any, ...], named: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The same arguments, by place as far as that goes, and others in order of their names."""
        placed = list(args)
        for name in self.names[len(args) :]:
            if name not in named:
                break
            placed.append(named.pop(name))
        return tuple(placed), dict(sorted(named.items())) if len(named) > 1 else named

    # Keys

    def key(
        self, args: Sequence[object], named: Mapping[str, object], numbers: list[Any]
    ) -> Hashable:
        """The key of a call, without its sizes; its numbers go into a list.

        Raises SymbolicCall for expressions, ArgumentError for what is neither number nor held.
        """
        return self._read(args, named, numbers, _without_sizes)

    def exact_key(
        self, args: Sequence[object], named: Mapping[str, object], numbers: list[Any]
    ) -> Hashable:
        """The key of a call with its sizes."""
        return self._read(args, named, numbers, _with_sizes)

    def _read(
        self,
        args: Sequence[object],
        named: Mapping[str, object],
        numbers: list[Any],
        of_array: Callable[[Any], Hashable],
    ) -> Hashable:
        read = self._key_of
        try:
            if not named and not self.static:
                return tuple([read(value, numbers, of_array) for value in args])
            held = self._static_places
            places = [
                _held_key(value) if i in held else read(value, numbers, of_array)
                for i, value in enumerate(args)
            ]
            rest = [
                (name, _held_key(value) if name in self.static else read(value, numbers, of_array))
                for name, value in named.items()
            ]
            return *places, *rest
        except _UnreadableError as error:
            raise self._refusal(error.value, args, named) from None

    def _key_of(
        self, value: Any, numbers: list[Any], of_array: Callable[[Any], Hashable]
    ) -> Hashable:
        kind: Hashable = type(value)
        if kind is np.ndarray:
            numbers.append(value)
            return of_array(value)
        if kind is float or kind is complex or (kind is int and self.whole):
            numbers.append(value)
            return kind
        if isinstance(value, (Node, Dim)):
            raise SymbolicCall
        if isinstance(value, (*_HELD, int)):
            return _held_key(value)
        inside = parts(value)
        if inside is not None:
            keys = [key for key, _ in inside]
            read = [self._key_of(part, numbers, of_array) for _, part in inside]
            return kind, (*keys,), (*read,)
        if isinstance(value, _OTHER_ARRAYS):
            raise _UnreadableError(value)
        if isinstance(value, np.integer) and not self.whole:
            return _held_key(value)
        if not hasattr(value, "__array__"):
            raise _UnreadableError(value)
        array = value if isinstance(value, np.generic) else np.asarray(value)
        numbers.append(array)
        return of_array(array)

    def _refusal(
        self, value: object, args: Sequence[object], named: Mapping[str, object]
    ) -> ArgumentError:
        name = next((name for name, part in self._named(args, named) if part is value), "")
        what = f"an object of type {type(value).__name__}"
        if isinstance(value, _OTHER_ARRAYS):
            instead = "pass np.asarray of it"
        elif isinstance(value, (set, frozenset)):
            instead = "pass a list"
        else:
            parameter = name.partition("_")[0] if name.partition("_")[0] in self.names else name
            instead = (
                "pass the arrays in it, or a dataclass; if it only chooses what is computed, "
                f'say static=("{parameter}",)'
            )
        return ArgumentError(
            f"the argument `{name}` is {what}, not numbers or a structure of such: {instead}"
        )

    def _named(
        self, args: Sequence[object], named: Mapping[str, object]
    ) -> Iterator[tuple[str, object]]:
        for name, value in zip(self._parameters(args), args, strict=True):
            yield from leaves(value, name)
        for name, value in named.items():
            yield from leaves(value, name)

    def _parameters(self, args: Sequence[object]) -> list[str]:
        more = [f"args_{k}" for k in range(len(args) - len(self.names))]
        return [*self.names[: len(args)], *more]

    # Putting expressions in the place of numbers

    def replaced(
        self, args: Sequence[object], named: Mapping[str, object], stand_in: StandIn
    ) -> tuple[list[Any], dict[str, Any]]:
        """The arguments with `stand_in(name, number)` for every number, in the order of keys."""

        def leaf(name: str, value: object) -> object:
            return stand_in(name, value) if self._is_number(value) else value

        placed = [
            value if name in self.static else mapped(leaf, value, name)
            for name, value in zip(self._parameters(args), args, strict=True)
        ]
        rest = {
            name: value if name in self.static else mapped(leaf, value, name)
            for name, value in named.items()
        }
        return placed, rest

    def _is_number(self, value: Any) -> bool:
        if type(value) is int or isinstance(value, np.integer):
            return self.whole
        return not isinstance(value, (*_HELD, int))


class _UnreadableError(Exception):
    """A value that is neither a number nor held."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value


def _with_sizes(array: Any) -> Hashable:
    return array.dtype.kind, array.shape


def _without_sizes(array: Any) -> Hashable:
    return array.dtype.kind, array.ndim


def _held_key(value: Any) -> Hashable:
    """What tells a value that is held from others: 1, 1.0 and True differ, as do 0.0 and -0.0."""
    if isinstance(value, (float, complex)):
        return type(value), repr(value)
    if isinstance(value, np.ndarray):
        return value.dtype, value.shape, value.tobytes()
    inside = parts(value)
    if inside is not None:
        return type(value), tuple((key, _held_key(part)) for key, part in inside)
    try:
        hash(value)
    except TypeError:
        raise _UnreadableError(value) from None
    return type(value), value


def kind_of(number: Any) -> str:
    """The kind of the numbers in an array. Raises ArgumentError for other entries."""
    array = np.asarray(number)
    kind = KIND_OF_TYPE_CODE.get(array.dtype.kind)
    if kind is None:
        raise ArgumentError(f"arrays hold numbers, not {array.dtype}")
    return kind
