"""Ordinary NumPy functions that compile themselves when they are called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Sequence
from functools import partial, update_wrapper
from itertools import chain
from threading import RLock
from types import MethodType
from typing import Any, overload

import numpy as np

from symdiff.codegen.compiled import Compiled
from symdiff.codegen.generate import compile
from symdiff.dims import CALL
from symdiff.errors import ArgumentError, InputError
from symdiff.frontends.call_arguments import Arguments, SymbolicCall
from symdiff.frontends.call_sizes import CallSizes, condition
from symdiff.frontends.pytrees import mapped
from symdiff.frontends.traces import Trace, numbers_in, trace
from symdiff.node import Node

_MOST_SHAPES = 256
"""Of so many shapes it is remembered which program they have."""


class Program:
    """A function compiled for all calls that are like one call."""

    def __init__(self, found: Trace, name: str, options: dict[str, Any]) -> None:
        self.trace = found
        self.fits = condition([v.shape for v in found.variables], found.facts)
        single = isinstance(found.structure, Node)
        outputs = found.nodes[0] if single else found.nodes
        compiled = compile(outputs, found.variables, **options) if found.nodes else None
        self.compiled = compiled
        flat = single or (
            type(found.structure) is tuple
            and all(isinstance(part, Node) for part in found.structure)
        )
        self.run = compiled if flat and compiled is not None else self._structured

    def serves(self, numbers: Sequence[Any]) -> bool:
        """Whether it computes what the function does with these numbers, whose kinds are known."""
        return self.fits(*chain.from_iterable(map(np.shape, numbers)))

    def _structured(self, *numbers: Any) -> Any:
        results = iter(self.compiled(*numbers) if self.compiled is not None else ())
        return mapped(
            lambda _, value: next(results) if isinstance(value, Node) else value,
            self.trace.structure,
            "",
        )


class Function:
    """A function that is compiled when it is called; see `function`."""

    __name__: str
    __wrapped__: Callable[..., Any]

    def __init__(
        self,
        f: Callable[..., Any],
        static: Sequence[str] = (),
        options: dict[str, Any] | None = None,
    ) -> None:
        update_wrapper(self, f)
        self.__wrapped__ = f
        self.__name__ = getattr(f, "__name__", type(f).__name__)
        self.options = options or {}
        self.static = tuple(static)
        self._arguments = Arguments(_names(f), frozenset(static))
        self._lock = RLock()
        self._forget()
        self.traces = 0

    def _forget(self) -> None:
        self._programs: dict[Hashable, Program] = {}
        self._alike: dict[Hashable, list[Program]] = {}

    # Calling

    def __call__(self, /, *args: Any, **named: Any) -> Any:
        """Compute, or build where an expression is among the arguments."""
        if named:
            args, named = self._arguments.by_place(args, named)
        numbers: list[Any] = []
        try:
            key = self._arguments.exact_key(args, named, numbers)
        except SymbolicCall:
            return self._build(*args, **named)
        program = self._programs.get(key)
        if program is None:
            if CALL.get() is not None:  # another function runs, of which this one may be a part
                return self._build(*args, **named)
            program = self._program(args, named)
            numbers = []
            self._arguments.exact_key(args, named, numbers)
        try:
            return program.run(*numbers)
        except InputError:
            narrow = self._narrower(program, args, named)
            if narrow is None:
                raise
        return narrow.run(*numbers)

    def __get__(self, instance: object, owner: object = None) -> Any:
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
        found = self._program(*self._arguments.by_place(args, named)).compiled
        if found is None:
            raise ArgumentError(f"`{self.__name__}` returns no numbers, so nothing is compiled")
        return found

    def source(self, /, *args: Any, **named: Any) -> str:
        """The text of the module that runs for a call with these arguments."""
        return self.compiled(*args, **named).source

    def node(self, /, *args: Any, **named: Any) -> Any:
        """The expressions that the function builds for a call, in the structure of its result."""
        return self._program(*self._arguments.by_place(args, named)).trace.structure

    def __repr__(self) -> str:
        return f"<function {self.__name__} of symdiff, compiled {_times(self.traces)}>"

    # Making programs

    def _program(self, args: tuple[Any, ...], named: dict[str, Any]) -> Program:
        """The program that serves a call, made if there is none."""
        with self._lock:
            numbers: list[Any] = []
            exact = self._arguments.exact_key(args, named, numbers)
            found = self._programs.get(exact)
            if found is None:
                key = self._arguments.key(args, named, [])
                alike = self._alike.get(key, [])
                found = next((each for each in alike if each.serves(numbers)), None)
            if found is None:
                found = self._made(args, named)
                exact = self._arguments.exact_key(args, named, [])
                key = self._arguments.key(args, named, [])
                self._alike.setdefault(key, []).append(found)
            if len(self._programs) >= _MOST_SHAPES:
                self._programs.clear()
            self._programs[exact] = found
            return found

    def _made(self, args: tuple[Any, ...], named: dict[str, Any]) -> Program:
        """A new program, for as many calls as the function lets it be.

        Where it does not run on what it is given, sizes become numbers, or whole numbers static.
        """
        whole = Arguments(self._arguments.names, self._arguments.static, whole=False)
        attempts = [
            (self._arguments, False),
            (whole, False),
            (self._arguments, True),
            (whole, True),
        ]
        tried: list[tuple[int, bool]] = []
        for arguments, are_numbers in attempts:
            numbers = numbers_in(arguments, args, named)
            sizes = CallSizes(numbers.shapes, numbers.names, are_numbers)
            kind = len(numbers.names), bool(sizes.actual)
            if kind in tried:
                continue
            tried.append(kind)
            last: Exception | None = None
            try:
                found = trace(self._run, self.__name__, arguments, args, named, numbers, sizes)
            except Exception as error:
                last = error
                continue
            if arguments is not self._arguments:
                self._arguments = arguments
                self._forget()
            return self._compiled(found)
        assert last is not None
        raise last

    def _compiled(self, found: Trace) -> Program:
        self.traces += 1
        return Program(found, self.__name__, self.options)

    def _narrower(
        self, program: Program, args: tuple[Any, ...], named: dict[str, Any]
    ) -> Program | None:
        """The program for the very sizes of a call that another one does not serve after all."""
        numbers = numbers_in(self._arguments, args, named)
        sizes = CallSizes(numbers.shapes, numbers.names, are_numbers=True)
        if [v.shape for v in program.trace.variables] == numbers.shapes:
            return None
        with self._lock:
            arguments = self._arguments
            found = self._compiled(
                trace(self._run, self.__name__, arguments, args, named, numbers, sizes)
            )
            self._programs[arguments.exact_key(args, named, [])] = found
            return found


def _times(count: int) -> str:
    return {0: "never", 1: "once"}.get(count, f"{count} times")


def _names(f: Callable[..., Any]) -> list[str]:
    """The parameters that may be given by place."""
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


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
