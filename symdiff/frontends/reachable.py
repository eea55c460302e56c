"""What the code of a function can find by the names in it, beside its arguments.

That is: variables of its module and of functions it stands in, defaults, and from there the
attributes that it or what it calls mentions, of modules, classes and objects. Libraries are left
out: NumPy, SciPy, symdiff and what comes with Python.
"""

from __future__ import annotations

import builtins
import random
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from types import CellType, CodeType, FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from symdiff.frontends.pytrees import package_of, parts
from symdiff.frontends.user_lines import is_users
from symdiff.node import Node
from symdiff.own.declared import DECLARED

GENERATORS = (np.random.Generator, np.random.RandomState, random.Random)
"""The classes of generators of random numbers."""

_PLAIN = (int, float, complex, str, bytes, type(None), np.ndarray, np.generic, Node, *GENERATORS)
_COLLECTIONS = ("collections", "builtins")
_LIBRARIES = sys.stdlib_module_names | {"numpy", "scipy", "symdiff"}
_MISSING = object()


class Place(NamedTuple):
    """Where code finds a value: by which name, and how it is read again."""

    name: str
    read: Callable[[], Any]


class Reachable:
    """What a function reaches: `places` with values, and the `generators` of random numbers there.

    arguments  of a call: their numbers are variables, but the methods of objects and the functions
               among them are code that runs, too
    held       arguments that are constants as a whole
    """

    def __init__(
        self,
        f: Callable[..., Any],
        arguments: Iterable[object] = (),
        held: Iterable[tuple[str, object]] = (),
    ) -> None:
        self.package = (getattr(f, "__module__", None) or "").partition(".")[0]
        self.places: list[Place] = []
        self.generators: list[Any] = []
        self._mentioned: dict[str, None] = {}
        self._owners: list[Any] = []
        self._seen: dict[int, object] = {}
        self._waiting: list[Any] = [f]
        for name, value in held:
            self._note(name, partial(_itself, value))
        for value in arguments:
            self._reach_argument(value)
        while self._waiting:
            self._reach(self._waiting.pop())

    def _note(self, name: str, read: Callable[[], Any]) -> None:
        value = read()
        if isinstance(value, ModuleType) and _is_library(value.__name__):
            self._add_owner(value)
        else:
            self.places.append(Place(name, read))
            self._waiting.append(value)

    def _reach_argument(self, value: object) -> None:
        """The code that comes with an argument."""
        for part in _all_parts(value):
            if callable(part):
                self._waiting.append(part)
            else:
                self._reach_class(type(part))

    def _reach(self, value: Any) -> None:
        if isinstance(value, GENERATORS):
            self.generators.append(value)
        if isinstance(value, _PLAIN) or id(value) in self._seen:
            return
        self._seen[id(value)] = value
        if isinstance(value, FunctionType):
            self._reach_function(value)
        elif isinstance(value, MethodType):
            self._note(_name_of(value), partial(_itself, value.__self__))
            self._waiting.append(value.__func__)
        elif isinstance(value, partial):
            inside = [*value.args, value.keywords]
            self._note("an argument of partial", partial(_itself, inside))
            self._waiting.append(value.func)
        elif isinstance(value, (staticmethod, classmethod)):
            self._waiting.append(value.__func__)
        elif isinstance(value, property):
            self._waiting.append(value.fget)
        elif isinstance(value, type):
            self._reach_class(value)
        elif isinstance(value, ModuleType):
            self._add_owner(value)
        else:
            self._reach_object(value)

    def _reach_function(self, function: FunctionType) -> None:
        code = function.__code__
        if not is_users(code):
            return
        cells: tuple[CellType, ...] = function.__closure__ or ()
        for name, cell in zip(code.co_freevars, cells, strict=True):
            if _is_bound(cell):
                self._note(name, partial(getattr, cell, "cell_contents"))
        for default in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            if not isinstance(default, _PLAIN) or isinstance(default, np.ndarray):
                self._note("a default", partial(_itself, default))
        around = function.__globals__
        for name in dict.fromkeys(_names(code)):
            if name in around:
                self._note(name, partial(around.__getitem__, name))
            elif hasattr(builtins, name):  # a name of Python's, as long as nothing hides it
                self.places.append(Place(name, partial(around.get, name)))
            if name not in self._mentioned:
                self._mentioned[name] = None
                for owner in self._owners:
                    self._look_up(owner, name)

    def _reach_class(self, kind: type) -> None:
        if _is_of_user(kind) and self._add_owner(kind):
            for base in kind.__mro__:
                if _is_of_user(base):  # what operators and calls of its objects run
                    special = [name for name in vars(base) if name.startswith("__")]
                    self._waiting += [
                        vars(base)[n] for n in special if isinstance(vars(base)[n], FunctionType)
                    ]

    def _reach_object(self, value: Any) -> None:
        self._reach_class(type(value))
        inside = contents(value, self.package)
        if inside is not None:
            self._waiting += [part for _, part in inside]
            return
        if is_wrapper(value):
            self._waiting += [value.__wrapped__, getattr(value, "owner", None)]
        else:
            self._add_owner(value)

    def _add_owner(self, owner: Any) -> bool:
        if isinstance(owner, ModuleType) and _named_in(owner) is None:
            return False
        if any(each is owner for each in self._owners):
            return False
        self._owners.append(owner)
        for name in list(self._mentioned):
            self._look_up(owner, name)
        return True

    def _look_up(self, owner: Any, name: str) -> None:
        if isinstance(owner, type):
            read, whole = partial(_of_class, owner, name), owner.__name__
        elif isinstance(owner, ModuleType):
            names = _named_in(owner) or {}
            read, whole = partial(names.get, name, _MISSING), owner.__name__
        else:
            read, whole = partial(_of_object, owner, name), type(owner).__name__
        if read() is not _MISSING:
            self._note(f"{whole}.{name}", read)


def _named_in(module: ModuleType) -> Mapping[str, Any] | None:
    """What may change in a module: nothing in a library, of symdiff what users have declared."""
    if module.__name__ == __name__.partition(".")[0]:
        return DECLARED
    return None if _is_library(module.__name__) else vars(module)


def is_wrapper(value: object) -> bool:
    """Whether a value says that it stands for another function."""
    return "__wrapped__" in getattr(value, "__dict__", ())


def contents(value: object, package: str = "") -> list[tuple[Any, object]] | None:
    """The parts of a structure, of an object of a package, or of another collection of Python's."""
    found = parts(value, package)
    if found is None and package_of(value) in _COLLECTIONS:
        if isinstance(value, (set, frozenset)) or type(value).__name__ in ("deque", "bytearray"):
            return list(enumerate(value))  # type: ignore[arg-type]
        if type(value).__name__ == "mappingproxy":
            return list(dict(value).items())  # type: ignore[call-overload]
    return found


def _all_parts(value: object) -> Iterator[object]:
    """An argument, and all that it holds."""
    waiting, seen = [value], {0}
    while waiting:
        value = waiting.pop()
        if not isinstance(value, _PLAIN) and id(value) not in seen:
            yield value
            seen.add(id(value))
            waiting += [part for _, part in parts(value, package_of(value)) or ()]


def _itself(value: object) -> object:
    return value


def _name_of(method: MethodType) -> str:
    return f"the object of {getattr(method, '__qualname__', 'a method')}"


def _of_class(kind: type, name: str) -> Any:
    return next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), _MISSING)


def _of_object(value: Any, name: str) -> Any:
    """An attribute that an object has itself, in its dictionary or in a slot."""
    held = getattr(value, "__dict__", {})
    if name in held:
        return held[name]
    slot = _of_class(type(value), name)
    return getattr(value, name, _MISSING) if isinstance(slot, MemberDescriptorType) else _MISSING


def _is_library(module: str) -> bool:
    return module.partition(".")[0] in _LIBRARIES


def _is_of_user(kind: type) -> bool:
    return not _is_library(kind.__module__)


def _is_bound(cell: CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True


def _names(code: CodeType) -> Iterator[str]:
    """The names that a function and those inside it mention, also as text, as for getattr."""
    waiting = [code]
    while waiting:
        code = waiting.pop()
        yield from code.co_names
        for each in code.co_consts:
            if isinstance(each, CodeType):
                waiting.append(each)
            elif isinstance(each, str) and each.isidentifier():
                yield each
