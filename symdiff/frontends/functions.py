"""Ordinary NumPy functions that compile themselves when they are called."""

from __future__ import annotations

import copy
import inspect
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from functools import partial, update_wrapper
from itertools import chain
from threading import RLock
from types import FunctionType, MethodType
from typing import Any, overload

import numpy as np

from symdiff.binding import inputs
from symdiff.codegen.compiled import Compiled
from symdiff.codegen.generate import compile
from symdiff.dims import CALL
from symdiff.errors import ArgumentError, InputError
from symdiff.frontends.call_arguments import Arguments, SymbolicCall
from symdiff.frontends.call_sizes import CallSizes, condition
from symdiff.frontends.pytrees import refilled
from symdiff.frontends.surroundings import Surroundings
from symdiff.frontends.traces import Trace, numbers_in, trace
from symdiff.node import Node

_MOST_SHAPES = 256
"""Of so many shapes it is remembered which program they have."""
_OFTEN = 10
"""A function that is compiled so often since something around it changes is told so."""


class Program:
    """A function compiled for all calls that are like one call."""

    def __init__(self, found: Trace, around: Surroundings, options: dict[str, Any]) -> None:
        self.trace = found
        self.around = around
        self.fits = condition([v.shape for v in found.variables], found.facts)
        structure, nodes = found.structure, found.nodes
        single = isinstance(structure, Node)
        flat = type(structure) is tuple and all(isinstance(part, Node) for part in structure)
        outputs = nodes[0] if single else nodes
        self.compiled = compile(outputs, found.variables, **options) if nodes else None
        self._structured = refilled(structure, lambda value: isinstance(value, Node))
        self.run: Callable[..., Any] = self._run
        if self.compiled is not None and (single or flat):
            self.run = self.compiled

    def serves(self, numbers: Sequence[Any]) -> bool:
        """Whether it computes what the function does with these numbers, whose kinds are known."""
        return self.fits(*chain.from_iterable(map(np.shape, numbers)))

    def _run(self, *numbers: Any) -> Any:
        return self._structured(iter(() if self.compiled is None else self.compiled(*numbers)))


class Function:
    """A function that compiles itself when it is called; `function` makes one.

    Its attributes:

    traces  how many times it was compiled
    """

    __name__: str
    __qualname__: str
    __wrapped__: Callable[..., Any]

    def __init__(
        self,
        f: Callable[..., Any],
        static: Sequence[str] = (),
        options: dict[str, Any] | None = None,
    ) -> None:
        if not callable(f):
            raise ArgumentError(f"a function is expected, not {f!r}")
        update_wrapper(self, f)
        self.__name__ = getattr(f, "__name__", type(f).__name__)
        self.owner, f = _owner(f)
        self.__wrapped__ = f
        self.options = options or {}
        self.static = tuple(static)
        self.traces = 0
        names = _names(f)
        unknown = [name for name in static if names is not None and name not in names]
        if unknown:
            raise ArgumentError(
                f"`{self.__name__}` has no parameter {', '.join(unknown)}; "
                f"it has {', '.join(names or ())}"
            )
        self._arguments = Arguments(_placed_names(f), frozenset(static))
        self._lock = RLock()
        self._changes: Counter[str] = Counter()
        self._forget()

    def _forget(self) -> None:
        self._programs: dict[Hashable, Program] = {}
        self._alike: dict[Hashable, list[Program]] = {}

    # Calling

    def __call__(self, /, *args: Any, **named: Any) -> Any:
        """Compute, or build where an expression is among the arguments."""
        if named or self.owner:
            args, named = self._arguments.by_place((*self.owner, *args), named)
        try:
            key, numbers = self._arguments.key(args, named)
        except SymbolicCall:
            return self._build(*args, **named)
        program = self._programs.get(key)
        if program is None or program.around.changed():
            if CALL.get() is not None:  # another function runs, of which this one may be a part
                return self._build(*args, **named)
            program = self._program(args, named)
            numbers = self._arguments.key(args, named)[1]
        try:
            return program.run(*numbers)
        except InputError:
            narrow = self._narrower(program, args, named)
            if narrow is None:
                raise
        return narrow.run(*numbers)

    def __get__(self, instance: object, owner: object = None) -> Any:
        """As a method: the object is the first argument."""
        return self if instance is None else MethodType(self, instance)

    def _build(self, /, *args: Any, **named: Any) -> Any:
        """Build on expressions."""
        return self.__wrapped__(*args, **named)

    def _run(self, /, *args: Any, **named: Any) -> Any:
        """Build on variables that nothing else depends on."""
        return self.__wrapped__(*args, **named)

    # What is compiled

    def compiled(self, /, *args: Any, **named: Any) -> Compiled:
        """The compiled function that serves a call with these arguments."""
        found = self._for_call(args, named).compiled
        if found is None:
            raise ArgumentError(f"`{self.__name__}` returns no numbers, so nothing is compiled")
        return found

    def source(self, /, *args: Any, **named: Any) -> str:
        """The text of the module that runs for a call with these arguments."""
        return self.compiled(*args, **named).source

    def node(self, /, *args: Any, **named: Any) -> Any:
        """The expressions that the function builds for a call, in the structure of its result."""
        return self._for_call(args, named).trace.structure

    def _for_call(self, args: tuple[Any, ...], named: dict[str, Any]) -> Program:
        try:
            return self._program(*self._arguments.by_place((*self.owner, *args), named))
        except SymbolicCall:
            raise ArgumentError(
                f"nothing is compiled for expressions; call {self.__name__}(…) to build on them"
            ) from None

    def __repr__(self) -> str:
        return f"<function {self.__name__} of symdiff, compiled {_times(self.traces)}>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        """A pickle holds where the function is found, or what it was made from."""
        module, path = self.__module__, self.__qualname__
        found: Any = sys.modules.get(module)
        for name in path.split("."):
            found = getattr(found, name, None)
        return path if found is self else self._recipe()

    def _recipe(self) -> tuple[Any, ...]:
        return type(self), (bound(self), self.static, self.options)

    # Making programs

    def _program(self, args: tuple[Any, ...], named: dict[str, Any]) -> Program:
        """The program that serves a call, made if there is none."""
        with self._lock:
            numbers = self._arguments.key(args, named)[1]
            alike = self._current(self._arguments.key_for_all_sizes(args, named))
            found = next((program for program in alike if program.serves(numbers)), None)
            if found is None:
                found = self._made(args, named)
                key = self._arguments.key_for_all_sizes(args, named)
                self._alike.setdefault(key, []).append(found)
            self._remember(found, args, named)
            return found

    def _current(self, key: Hashable) -> list[Program]:
        """The programs for arguments of some kind, without those that are out of date."""
        programs = self._alike.get(key, [])
        changes = [program.around.changed() for program in programs]
        for name in {*changes} - {None}:
            self._note_change(str(name))
        current = [p for p, change in zip(programs, changes, strict=True) if change is None]
        self._alike[key] = current
        return current

    def _note_change(self, name: str) -> None:
        self._changes[name] += 1
        if self._changes[name] == _OFTEN:
            warnings.warn(
                f"`{self.__name__}` was compiled {_OFTEN} times since `{name}` changes, which it "
                "finds around itself; make that an argument",
                stacklevel=5,
            )

    def _remember(self, program: Program, args: tuple[Any, ...], named: dict[str, Any]) -> None:
        if len(self._programs) >= _MOST_SHAPES:
            self._programs.clear()
        self._programs[self._arguments.key(args, named)[0]] = program

    def _made(self, args: tuple[Any, ...], named: dict[str, Any]) -> Program:
        """A new program, for as many calls as the function lets it be.

        Where it does not run on what it is given, sizes become numbers, or whole numbers static.
        """
        self._check_call(args, named)
        given = self._arguments
        held = Arguments(given.names, given.static, whole=False)
        tried: set[object] = set()
        failure: Exception | None = None
        for arguments, are_numbers in (
            (given, False),
            (held, False),
            (given, True),
            (held, True),
        ):
            key = arguments.key(args, named)[0], are_numbers
            if key in tried:
                continue
            tried.add(key)
            try:
                found = self._traced(arguments, args, named, are_numbers)
            except Exception as error:
                failure = error
                continue
            if arguments is held:
                self._arguments = held
                self._forget()
            return found
        self._add_hint(failure)
        raise failure or AssertionError

    def _add_hint(self, failure: Exception | None) -> None:
        """Where Python asked for the values of single numbers, say that these may be static."""
        asked = failure.asked if isinstance(failure, ArgumentError) else None
        variables = inputs(asked) if asked is not None else []
        names = [str(v) for v in variables]
        if names and not any(v.shape for v in variables) and {*names} <= {*self._arguments.names}:
            reason, line, place = str(failure).partition("\n")
            hint = f"; if {' and '.join(names)} only chooses what is computed, sd.function(static="
            hint += f"{names}) compiles it for each value"
            failure.args = (reason + hint + line + place,)  # type: ignore[union-attr]

    def _check_call(self, args: Sequence[Any], named: dict[str, Any]) -> None:
        try:
            inspect.signature(self.__wrapped__).bind(*args, **named)
        except TypeError as error:
            raise ArgumentError(f"`{self.__name__}`: {error}") from None
        except ValueError:  # it does not tell its parameters
            return

    def _traced(
        self, arguments: Arguments, args: Sequence[Any], named: dict[str, Any], are_numbers: bool
    ) -> Program:
        around = Surroundings(self.__wrapped__)
        numbers = numbers_in(arguments, args, named, around.words)
        sizes = CallSizes(numbers.shapes, {*numbers.names, *around.words}, are_numbers)
        found = trace(self._run, self.__name__, arguments, args, named, numbers, sizes)
        around.check_undrawn(self.__name__)
        program = Program(found, around, self.options)
        self.traces += 1
        return program

    def _narrower(
        self, program: Program, args: tuple[Any, ...], named: dict[str, Any]
    ) -> Program | None:
        """The program for the very sizes of a call that another one does not serve after all.

        None if that other one is for these very sizes.
        """
        shapes = [v.shape for v in program.trace.variables]
        if all(isinstance(size, int) for shape in shapes for size in shape):
            return None
        with self._lock:
            found = self._traced(self._arguments, args, named, are_numbers=True)
            self._remember(found, args, named)
            return found


def _owner(f: Callable[..., Any]) -> tuple[tuple[Any, ...], Callable[..., Any]]:
    """The object of which a function is a method, which is an argument as others are."""
    if isinstance(f, Function):
        if not f.owner:
            return (), f
        free = copy.copy(f)
        free.owner = ()
        return f.owner, free
    called = inspect.getattr_static(type(f), "__call__", None)
    if isinstance(called, FunctionType):  # an object of a class that says what a call does
        f = f.__call__  # type: ignore[operator]
    return ((f.__self__,), f.__func__) if isinstance(f, MethodType) else ((), f)


def bound(f: Function) -> Callable[..., Any]:
    """What a function was made from."""
    plain = f.__wrapped__
    return MethodType(plain, *f.owner) if f.owner else plain


def _names(f: Callable[..., Any]) -> list[str] | None:
    """The names of parameters; None where any may be given, or it is not known."""
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return None
    return (
        None if any(p.kind is p.VAR_KEYWORD for p in parameters) else [p.name for p in parameters]
    )


def _placed_names(f: Callable[..., Any]) -> list[str]:
    """The parameters that may be given by place."""
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def _times(count: int) -> str:
    return {0: "never", 1: "once"}.get(count, f"{count} times")


@overload
def function(f: Callable[..., Any], /, **options: Any) -> Function: ...
@overload
def function(*, static: Sequence[str] = (), **options: Any) -> Callable[..., Function]: ...
def function(
    f: Callable[..., Any] | None = None, /, *, static: Sequence[str] | str = (), **options: Any
) -> Function | Callable[..., Function]:
    """Compile an ordinary NumPy function when it is called; a decorator.

    The first call runs it on variables like its arguments, with named sizes, and compiles what
    comes out; later calls with arguments of the same ranks and kinds run that, whatever their
    sizes. Sizes are the same where the function needs it: where two meet, or it asks whether they
    are. What else it asks of sizes, such as `x.shape[0] > 3`, is asked of each call. Where it needs
    a number, as a loop over an axis does, or NumPy stretches an axis of size 1, it is compiled for
    that number. So its results are those of the function itself, in the precision of its arguments.

    Numbers and arrays are variables, also in dicts, lists, tuples and dataclasses, and in the
    attributes of an object whose method it is. Flags, strings, None and functions are static: for
    each it is compiled anew. So are whole numbers where the function does not run without their
    values, as in `range(k)`, and the parameters named in `static`. Other `options` are those of
    `compile`. With expressions among the arguments it builds on them, and compiles nothing.

    Raises ArgumentError for what cannot be read or run, with the line of the function: a branch on
    a value, an assignment to an entry, a function of NumPy that symdiff lacks; and the errors of
    `compile` and of compiled functions.

    >>> import numpy as np
    >>> @function
    ... def distance(x, y):
    ...     return np.sqrt(np.sum((x - y) ** 2))
    >>> distance(np.ones(4), np.zeros(4)), distance(np.ones((9)), np.zeros(9))
    (np.float64(2.0), np.float64(3.0))
    >>> distance, distance.node(np.ones(4), np.zeros(4))
    (<function distance of symdiff, compiled once>, <sqrt(sum((x − y)²)) : () float>)
    """
    if f is None:
        return partial(function, static=static, **options)
    return Function(f, (static,) if isinstance(static, str) else static, options)
