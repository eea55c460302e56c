"""What the arguments of a call hold: numbers, in the order in which they come, and all else.

The numbers and arrays of a call become variables. On all else a compiled function depends, and on
the structure, the kinds and the shapes: that is the key of a call.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from enum import Enum
from functools import partial
from typing import Any, NoReturn

import numpy as np

from symdiff.dims import Dim
from symdiff.errors import ArgumentError
from symdiff.frontends.parameters import Parameters
from symdiff.frontends.pytrees import leaves, mapped, package_of, parts
from symdiff.frontends.user_lines import is_users
from symdiff.node import Node
from symdiff.ops.leaves import KIND_OF_TYPE_CODE

Named = Mapping[str, object]
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


def _is_other_array(value: object) -> bool:
    """Whether a value is an array of a class whose operations may mean something else."""
    if isinstance(value, np.ndarray):
        return type(value) not in (np.ndarray, np.memmap)
    return hasattr(value, "__array__") and not isinstance(value, (np.generic, type))


class SymbolicCall(Exception):
    """An expression is among the arguments: the function builds on it, and nothing is computed."""


class Arguments:
    """How the arguments of a function are read.

    parameters  of the function
    names       of those that may be given by place
    static      those whose values are part of the key, whatever they are
    whole       whether whole numbers are numbers to compute with; else they are part of the key
    """

    def __init__(self, parameters: Parameters, static: frozenset[str], whole: bool = True) -> None:
        self.parameters, self.names = parameters, parameters.by_place
        self.static = static
        self.whole = whole

    def by_place(
        self, args: tuple[Any, ...], named: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The same arguments, by place as far as that goes, and then as the function lists them."""
        if not named:
            return args, named
        placed = list(args)
        for name in self.names[len(args) :]:
            if name not in named:
                break
            placed.append(named.pop(name))
        listed = (*self.names, *self.parameters.by_name)
        return tuple(placed), {**{name: named[name] for name in listed if name in named}, **named}

    # Keys

    def key(self, args: Sequence[Any], named: Named) -> tuple[Hashable, Sequence[Any]]:
        """The key of a call, and its numbers.

        Raises SymbolicCall for expressions, ArgumentError for what is neither number nor held.
        """
        if named or self.static:
            return self._read(args, named, _with_sizes)
        key: list[Hashable] = []
        for value in args:  # most calls are of arrays alone
            kind: Any = type(value)
            if kind is np.ndarray:
                key.append(value.dtype.kind)
                key.append(value.shape)
            elif kind is float:
                key.append(kind)
            else:
                return self._read(args, named, _with_sizes)
        return tuple(key), args

    def key_for_all_sizes(self, args: Sequence[Any], named: Named) -> Hashable:
        """The key of a call without its sizes."""
        return self._read(args, named, _without_sizes)[0]

    def _read(
        self, args: Sequence[Any], named: Named, of_array: Callable[[Any], Hashable]
    ) -> tuple[Hashable, Sequence[Any]]:
        reading = _Reading(of_array, self.whole)
        try:
            if not named and not self.static:
                return tuple([reading.key(value) for value in args]), reading.numbers
            key = tuple(
                [
                    (name, _held_key(value) if name in self.static else reading.key(value))
                    for name, value in self.by_name(args, named)
                ]
            )
        except _UnreadableError as error:
            self._refuse(error.value, args, named)
        except RecursionError:
            raise ArgumentError("an argument has itself among its parts") from None
        return key, reading.numbers

    def by_name(self, args: Sequence[Any], named: Named) -> Iterator[tuple[str, Any]]:
        """All arguments with the names of their parameters."""
        yield from zip(self.names, args, strict=False)
        for place, value in enumerate(args[len(self.names) :]):
            yield f"args_{place}", value
        yield from named.items()

    def _refuse(self, value: object, args: Sequence[Any], named: Named) -> NoReturn:
        every = (
            (top, leaf) for top, tree in self.by_name(args, named) for leaf in leaves(tree, top)
        )
        parameter, name = next(
            ((top, name) for top, (name, leaf) in every if leaf is value), ("", "")
        )
        if _is_other_array(value):
            instead = "pass np.asarray of it"
        elif isinstance(value, (set, frozenset)):
            instead = "pass a list"
        else:
            instead = (
                "pass the arrays in it, or a dataclass of them; if it only chooses what is "
                f'computed, say sd.function(static="{parameter}")'
            )
        raise ArgumentError(
            f"the argument `{name}` is of type {type(value).__name__}, which holds no numbers that "
            f"can be followed: {instead}"
        )

    # Putting expressions in the place of numbers

    def replaced(
        self, args: Sequence[Any], named: Named, stand_in: StandIn
    ) -> tuple[list[Any], dict[str, Any]]:
        """The arguments with `stand_in(name, number)` for every number, in the order of keys."""

        def leaf(name: str, value: object) -> object:
            if is_number(value, self.whole):
                return stand_in(name, value)
            return value if _is_held(value) else Unfollowed(name, value)

        placed = [
            value if name in self.static else mapped(leaf, value, name, objects=package_of(value))
            for name, value in self.by_name(args, named)
        ]
        return placed[: len(args)], dict(zip(named, placed[len(args) :], strict=True))

    def leaves(self, args: Sequence[Any], named: Named) -> list[tuple[str, object]]:
        """All that arguments hold, with names, but for what is static."""
        return [
            each
            for name, value in self.by_name(args, named)
            if name not in self.static
            for each in leaves(value, name, objects=package_of(value))
        ]


class _Reading:
    """Reads arguments: collects numbers, and returns keys of structures."""

    def __init__(self, of_array: Callable[[Any], Hashable], whole: bool) -> None:
        self.numbers: list[Any] = []
        self._of_array = of_array
        self._whole = whole

    def key(self, value: Any, package: str = "") -> Any:
        """The key of a value; inside an object of a package, what cannot be followed is let be."""
        kind: Any = type(value)
        if kind is np.ndarray or kind is float:
            self.numbers.append(value)
            return self._of_array(value) if kind is np.ndarray else kind
        if kind is tuple or kind is list:
            return kind, (*[self.key(part, package) for part in value],)
        if kind is dict:
            return kind, (*value,), (*[self.key(part, package) for part in value.values()],)
        if isinstance(value, (Node, Dim)):
            raise SymbolicCall
        if is_number(value, self._whole):
            if isinstance(value, (int, complex)):
                self.numbers.append(value)
                return kind
            array = value if isinstance(value, np.generic) else np.asarray(value)
            self.numbers.append(array)
            return self._of_array(array)
        if _is_held(value):
            return _held_key(value)
        found = parts(value, package or package_of(value))
        if found is not None and not _is_other_array(value):
            package = package or package_of(value)
            keys = [key for key, _ in found]
            return kind, (*keys,), (*[self.key(part, package) for _, part in found],)
        if package:
            return kind
        raise _UnreadableError(value)


def is_number(value: Any, whole: bool = True) -> bool:
    """Whether a value is a number or an array to compute with; `whole` numbers only if told."""
    if type(value) is int or isinstance(value, np.integer):
        return whole
    if isinstance(value, (*_HELD, int)):
        return False
    if isinstance(value, (float, complex, np.generic)):
        return True
    return isinstance(value, np.ndarray) and not _is_other_array(value)


def _is_held(value: object) -> bool:
    if isinstance(value, (*_HELD, int, np.integer)):
        return True
    return callable(value) and not package_of(value)  # a function of symdiff


def _held_key(value: Any) -> Hashable:
    """What tells a value that is held from others: 1, 1.0 and True differ, as do 0.0 and -0.0."""
    if isinstance(value, (float, complex)):
        return type(value), repr(value)
    if isinstance(value, np.ndarray):
        return value.dtype, value.shape, value.tobytes()
    inside = parts(value)
    if inside is not None:
        return type(value), tuple([(key, _held_key(part)) for key, part in inside])
    try:
        hash(value)
    except TypeError:
        raise _UnreadableError(value) from None
    return type(value), value


class _UnreadableError(Exception):
    """A value that is neither a number nor held."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value


class Unfollowed:
    """Stands for an attribute of an object whose state may change unseen: its use is refused."""

    __slots__ = ("_told",)

    def __init__(self, name: str, value: object) -> None:
        self._told = name, type(value).__name__

    def __getattr__(self, attribute: str) -> NoReturn:
        if attribute.startswith("__"):  # what Python asks of every object
            raise AttributeError(attribute)
        self._refuse()

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """What `isinstance` asks."""
        if is_users(sys._getframe(1).f_code):
            self._refuse()
        return Unfollowed

    def _refuse(self) -> NoReturn:
        name, kind = self._told
        raise ArgumentError(
            f"`{name}` is of type {kind}, whose state a compiled function cannot follow; use it "
            "outside, and pass what comes of it as an argument"
        )


def _refused(self: Unfollowed, *args: object, **options: object) -> NoReturn:
    self._refuse()


for _name in (
    *("bool", "len", "iter", "next", "contains", "getitem", "setitem", "call", "enter", "hash"),
    *("eq", "ne", "lt", "le", "gt", "ge", "add", "radd", "sub", "rsub", "mul", "rmul", "matmul"),
    *("truediv", "rtruediv", "pow", "rpow", "neg", "str", "repr", "format", "array", "float"),
):
    setattr(Unfollowed, f"__{_name}__", _refused)


def _with_sizes(array: Any) -> Hashable:
    return array.dtype.kind, array.shape


def _without_sizes(array: Any) -> Hashable:
    return array.dtype.kind, array.ndim


def kind_of(name: str, number: Any) -> str:
    """The kind of the numbers in an argument. Raises ArgumentError for other entries."""
    array = np.asarray(number)
    kind = KIND_OF_TYPE_CODE.get(array.dtype.kind)
    if kind is None:
        raise ArgumentError(f"the argument `{name}` must hold numbers, not {array.dtype}")
    return kind
