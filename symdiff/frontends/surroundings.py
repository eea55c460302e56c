"""What a function finds around itself: variables of its module, and of functions it stands in.

Their values are constants of what is compiled, so a call has to see whether they are still the
same: rebound names, and arrays, lists and objects that were changed in place.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from symdiff.binding import inputs, size_names
from symdiff.errors import ArgumentError
from symdiff.frontends.pytrees import leaves, parts
from symdiff.frontends.user_lines import libraries
from symdiff.node import Node, topological
from symdiff.own.declared import DECLARED

Value = Any


class Surroundings:
    """The values that a function, and those that it calls, find around themselves, as they were.

    `others` are functions and objects that it is given.
    """

    def __init__(self, f: Callable[..., Any], others: Iterable[object] = ()) -> None:
        self._package = (getattr(f, "__module__", None) or "").partition(".")[0]
        found = _around([f, *others], self._package)
        self._found = [(name, read, _kept(read(), self._package)) for name, read in found]
        generators = [v for _, _, v in self._found if isinstance(v, _GENERATORS)]
        self._states = [(each, _state(each)) for each in (*_GLOBAL_GENERATORS, *generators)]
        nodes = [node for _, _, node in self._found if isinstance(node, Node)]
        self.words = {str(v) for v in inputs(nodes)} | {*size_names(topological(nodes))}
        """The names of variables and sizes in expressions that it finds."""

    def check_untouched(self, name: str) -> None:
        """Refuse a function that has changed what stands around it, or has drawn random numbers.

        Only its run did that; what is compiled would not do it.
        """
        for generator, state in self._states:
            if _state(generator) != state:
                raise ArgumentError(
                    f"`{name}` draws random numbers, which would be the same in every call; draw "
                    "them outside, and pass them as an argument"
                )

        changed = self.changed()
        if changed:
            raise ArgumentError(
                f"`{name}` changes `{changed}`, which stands around it, and a compiled function "
                "would not; return the new value instead"
            )

    def changed(self) -> str | None:
        """The name of something that is not what it was; None if all is."""
        for name, read, kept in self._found:
            try:
                same = _is_same(kept, read(), self._package)
            except (KeyError, ValueError):  # the name is not bound any more
                same = False
            if not same:
                return name
        return None


Read: TypeAlias = Callable[[], Value]


def _around(given: Iterable[Value], package: str) -> Iterator[tuple[str, Read]]:
    """The names that are found around functions and those they call, and how each is read."""
    waiting = list(given)
    seen: set[int] = set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, partial):
            yield "an argument of partial", partial(_itself, [*value.args, value.keywords])
        if isinstance(value, MethodType):
            yield f"the object of {value.__name__}", partial(_itself, value.__self__)
        function = _plain(value)
        if function is None or id(function) in seen:
            continue
        seen.add(id(function))
        found = list(_of_one(function))
        for name, read in found:  # what it finds may have names of its own
            space = _space(read(), package)
            if space is not None:
                words = dict.fromkeys(_names(function.__code__))
                inside = [word for word in words if word in space]
                found += [(f"{name}.{word}", partial(space.__getitem__, word)) for word in inside]
        for name, read in found:
            value = read()
            if not isinstance(value, (ModuleType, BuiltinFunctionType, type)):
                yield name, read
                waiting += [leaf for _, leaf in leaves(value, name) if callable(leaf)]


def _plain(value: Any) -> FunctionType | None:
    """The user's function behind a value, if it is one."""
    while not isinstance(value, FunctionType):
        if isinstance(value, MethodType):
            value = value.__func__
        elif isinstance(value, partial):
            value = value.func
        elif isinstance(value, property):
            value = value.fget
        elif isinstance(value, (classmethod, staticmethod)) or is_wrapper(value):
            value = value.__wrapped__
        else:
            return None
    return None if value.__code__.co_filename.startswith(_ELSEWHERE) else value


def is_wrapper(value: object) -> bool:
    """Whether a value says that it stands for another function."""
    return "__wrapped__" in getattr(value, "__dict__", ())


def _space(value: Value, package: str) -> Mapping[str, Value] | None:
    """What a module of the user's, a class, or the class of an object says of names.

    Of symdiff, these are the functions that the user has declared.
    """
    if isinstance(value, ModuleType):
        if value.__name__ == __name__.partition(".")[0]:
            return DECLARED
        ours = not (getattr(value, "__file__", None) or _ELSEWHERE[0]).startswith(_ELSEWHERE)
        return vars(value) if ours else None
    kind = value if isinstance(value, type) else type(value)
    return vars(kind) if kind.__module__.partition(".")[0] == package else None


_ELSEWHERE = (*libraries(), os.path.dirname(os.__file__) + os.sep)


def _of_one(function: FunctionType) -> Iterator[tuple[str, Read]]:
    cells: tuple[CellType, ...] = function.__closure__ or ()
    for name, cell in zip(function.__code__.co_freevars, cells, strict=True):
        if _is_bound(cell):
            yield name, partial(getattr, cell, "cell_contents")
    for name in dict.fromkeys(_names(function.__code__)):
        if name in function.__globals__:
            yield name, partial(function.__globals__.__getitem__, name)
    for default in function.__defaults__ or ():
        if isinstance(default, (np.ndarray, list, dict)):
            yield "a default", partial(_itself, default)


def _itself(value: Value) -> Value:
    return value


def _is_bound(cell: CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True


def _names(code: CodeType) -> Iterator[str]:
    """The names that a function and those inside it may look up in their module."""
    waiting = [code]
    while waiting:
        code = waiting.pop()
        yield from code.co_names
        waiting += [each for each in code.co_consts if isinstance(each, CodeType)]


# Random numbers ---------------------------------------------------------------------------------

_GENERATORS = (np.random.Generator, np.random.RandomState, random.Random)
_GLOBAL_GENERATORS: tuple[Any, ...] = (np.random.random.__self__, random.random.__self__)  # type: ignore[attr-defined]


def _state(generator: Any) -> str | tuple[Any, ...]:
    """What tells whether a generator of random numbers has been used."""
    if isinstance(generator, random.Random):
        return generator.getstate()
    if isinstance(generator, np.random.Generator):
        return repr(generator.bit_generator.state)
    return repr([part if np.ndim(part) == 0 else part.tobytes() for part in generator.get_state()])


# Values as they were ------------------------------------------------------------------------------


class _Copy(NamedTuple):
    """The entries of an array that may be written to."""

    entries: np.ndarray[Any, Any]


class _Structure(NamedTuple):
    """A structure with what its parts were."""

    kind: type
    parts: list[tuple[Any, Any]]


def _kept(value: Value, package: str) -> Any:
    """What is needed to see whether a value has changed; objects of a package are looked into."""
    if isinstance(value, np.ndarray):
        return _Copy(value.copy()) if value.flags.writeable else value
    inside = None if is_wrapper(value) else parts(value, package)
    if inside is None:
        return value
    try:
        return _Structure(type(value), [(key, _kept(part, package)) for key, part in inside])
    except RecursionError:  # it has itself among its parts
        return value


def _is_same(kept: Any, value: Value, package: str) -> bool:
    """Whether a value is what it was."""
    if kept is value:
        return True
    if isinstance(kept, _Copy):
        return isinstance(value, np.ndarray) and _are_same_bits(kept.entries, value)
    if isinstance(kept, _Structure):
        inside = parts(value, package) if type(value) is kept.kind else None
        return (
            inside is not None
            and [key for key, _ in inside] == [key for key, _ in kept.parts]
            and all(
                _is_same(old, new, package)
                for (_, old), (_, new) in zip(kept.parts, inside, strict=True)
            )
        )
    if isinstance(kept, (float, complex)):
        return type(kept) is type(value) and repr(kept) == repr(value)
    return isinstance(kept, (int, str, bytes)) and type(kept) is type(value) and kept == value


def _are_same_bits(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if one.dtype.kind == "c":
        return _are_same_bits(one.real, other.real) and _are_same_bits(one.imag, other.imag)
    if one.dtype.kind == "f" and one.dtype.itemsize <= 8:  # NaN is equal to itself, 0 not to -0
        bits = f"u{one.dtype.itemsize}"
        return np.array_equal(one.view(bits), other.view(bits))
    return np.array_equal(one, other)
