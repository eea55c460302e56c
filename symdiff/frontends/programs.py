"""The compiled forms of a function: each serves all calls that are like the one it was made for."""

from __future__ import annotations

import inspect
import warnings
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from threading import RLock
from typing import Any, NamedTuple

import numpy as np

from symdiff.binding import inputs
from symdiff.codegen.generate import compile
from symdiff.errors import ArgumentError
from symdiff.frontends.call_arguments import Arguments, is_number
from symdiff.frontends.call_sizes import CallSizes, condition
from symdiff.frontends.parameters import parameters_of
from symdiff.frontends.pytrees import refilled
from symdiff.frontends.surroundings import Surroundings
from symdiff.frontends.traces import Numbers, Trace, check_same, numbers_in, trace
from symdiff.node import Node

Args = Sequence[Any]
Named = Mapping[str, Any]

_MOST = 256
"""So many shapes, kinds of arguments, and programs for each kind, are remembered."""
_OFTEN = 10
"""Of a function that is compiled so often since something around it changes, it is said."""


_FEW = 4
"""So many open sizes are tried as numbers one by one."""


class Program:
    """A function compiled for all calls that are like one call.

    `run` takes the numbers of a call, and returns what the function returns.
    """

    run: Callable[..., Any]

    def __init__(self, found: Trace, around: Surroundings, options: Mapping[str, Any]) -> None:
        self.trace = found
        self.around = around
        self._fits = condition([v.shape for v in found.variables], found.facts)
        structure, nodes = found.structure, found.nodes
        single = isinstance(structure, Node)
        flat = type(structure) is tuple and all(isinstance(part, Node) for part in structure)
        outputs = nodes[0] if single else nodes
        self.compiled = compile(outputs, found.variables, **options) if nodes else None
        self._refill = refilled(structure, lambda value: isinstance(value, Node))
        direct = self.compiled is not None and (single or flat)
        self.run = self.compiled if direct and self.compiled is not None else self._structured

    def serves(self, numbers: Sequence[Any]) -> bool:
        """Whether it computes what the function does with these numbers, whose kinds are known."""
        return self._fits(*chain.from_iterable(map(np.shape, numbers)))

    def is_for_all_sizes(self) -> bool:
        """Whether some size is open."""
        return any(not isinstance(size, int) for v in self.trace.variables for size in v.shape)

    def _structured(self, *numbers: Any) -> Any:
        return self._refill(iter(() if self.compiled is None else self.compiled(*numbers)))


class _Call(NamedTuple):
    """The arguments of a call for which a program is made, and what stands around the function."""

    args: Args
    named: Named
    around: Surroundings

    def numbers(self, arguments: Arguments) -> Numbers:
        """The numbers in the arguments, with names that nothing around has."""
        return numbers_in(arguments, self.args, self.named, self.around.words)

    def sizes(self, arguments: Arguments, fixed: Sequence[str] = ()) -> CallSizes:
        """The sizes of arrays in the arguments, some of them fixed."""
        numbers = self.numbers(arguments)
        return CallSizes(numbers.shapes, {*numbers.names, *self.around.words}, fixed)


def _attempts(given: Arguments, call: _Call) -> Iterator[tuple[Arguments, CallSizes]]:
    """In which ways to read a call, until the function runs.

    Whole numbers become static, or sizes numbers: one of those that are open, or all.
    """
    held = Arguments(given.parameters, given.static, whole=False)
    sizes = call.sizes(given)
    every = sizes.open
    yield given, sizes
    yield held, call.sizes(held)
    if len(sizes.open) <= _FEW:
        yield from ((given, call.sizes(given, [name])) for name in sizes.open)
    yield given, call.sizes(given, every)
    yield held, call.sizes(held, every)


class Programs:
    """All programs of a function, which makes them when they are needed.

    arguments  how its arguments are read
    count      how many were made
    """

    def __init__(
        self,
        name: str,
        f: Callable[..., Any],
        run: Callable[..., Any],
        static: frozenset[str],
        options: Mapping[str, Any],
    ) -> None:
        self.arguments = Arguments(parameters_of(f), static)
        self.count = 0
        self._name, self._f, self._run, self._options = name, f, run, options
        self._lock = RLock()
        self._changes: Counter[str] = Counter()
        self._forget()

    def _forget(self) -> None:
        self.known: dict[Hashable, Program] = {}
        self._alike: dict[Hashable, list[Program]] = {}

    def serving(self, args: Args, named: Named) -> tuple[Program, Args]:
        """The program that serves a call, made if there is none, and the numbers it takes."""
        with self._lock:
            numbers = self.arguments.key(args, named)[1]
            alike = self._current(self.arguments.key_for_all_sizes(args, named))
            found = next((program for program in alike if program.serves(numbers)), None)
            if found is None:
                found = self._made(args, named)
                key = self.arguments.key_for_all_sizes(args, named)
                if len(self._alike) >= _MOST:
                    self._alike.pop(next(iter(self._alike)))
                self._alike[key] = [*self._alike.get(key, [])[-_MOST:], found]
            return found, self._remember(found, args, named)

    def narrower(self, program: Program, args: Args, named: Named) -> tuple[Program, Args] | None:
        """The program for the very sizes of a call that another one does not serve after all.

        With the numbers it takes; None if that other one is for these very sizes.
        """
        if not program.is_for_all_sizes():
            return None
        with self._lock:
            call = self._call(args, named)
            every = call.sizes(self.arguments).open
            found = self._traced(self.arguments, call, call.sizes(self.arguments, every))
            return found, self._remember(found, args, named)

    def _remember(self, program: Program, args: Args, named: Named) -> Args:
        if len(self.known) >= _MOST:
            self.known.clear()
        key, numbers = self.arguments.key(args, named)
        self.known[key] = program
        return numbers

    # Programs out of date

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
                f"`{self._name}` was compiled {_OFTEN} times since `{name}` changes, which it "
                "finds around itself; make that an argument",
                stacklevel=5,
            )

    # Making programs

    def _made(self, args: Args, named: Named) -> Program:
        """A new program, for as many calls as the function lets it be."""
        self._check_call(args, named)
        call = self._call(args, named)
        tried: set[object] = set()
        failure: Exception | None = None
        for arguments, sizes in _attempts(self.arguments, call):
            key = arguments.key(args, named)[0], tuple(sizes.shapes)
            if key in tried:
                continue
            tried.add(key)
            try:
                found = self._traced(arguments, call, sizes)
            except Exception as error:
                failure = error
                continue
            if arguments is not self.arguments:
                self.arguments = arguments
                self._forget()
            return found
        if isinstance(failure, ArgumentError):
            self._add_hint(failure, call)
        raise failure or AssertionError

    def _call(self, args: Args, named: Named) -> _Call:
        given = dict(self.arguments.by_name(args, named))
        held = [(name, value) for name, value in given.items() if name in self.arguments.static]
        return _Call(args, named, Surroundings(self._f, given.values(), held))

    def _traced(self, arguments: Arguments, call: _Call, sizes: CallSizes) -> Program:
        args, named, around = call
        numbers = call.numbers(arguments)
        run = partial(trace, self._run, self._name, arguments, args, named, numbers, sizes)
        found = run()
        around.check_untouched(self._name)
        check_same(self._name, found, run())
        program = Program(found, around, self._options)
        self.count += 1
        return program

    def _check_call(self, args: Args, named: Named) -> None:
        try:
            inspect.signature(self._f).bind(*args, **named)
        except TypeError as error:
            raise ArgumentError(f"`{self._name}`: {error}") from None
        except ValueError:  # it does not tell its parameters
            return

    def _add_hint(self, failure: ArgumentError, call: _Call) -> None:
        """Say what may help: static arguments where Python asked for the values of single numbers.

        Where there are lists of numbers, say that each number in them is a variable.
        """
        hint = ""
        variables = [] if failure.asked is None else inputs(failure.asked)
        names = [str(v) for v in variables]
        if names and not any(v.shape for v in variables) and {*names} <= {*self.arguments.names}:
            hint += f"; if {' and '.join(names)} only chooses what is computed, "
            hint += f"sd.function(static={names}) compiles it for each value"
        reason, line, place = str(failure).partition("\n")
        for name, value in self.arguments.by_name(call.args, call.named) if line else ():
            if isinstance(value, list) and value and all(is_number(part) for part in value):
                hint += f"; `{name}` is a list, each number of which is a variable: give an array"
        failure.args = (f"{reason}{hint}{line}{place}",)
