"""Ordinary NumPy functions that compile themselves when they are called."""

from __future__ import annotations

import copy
import inspect
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import update_wrapper
from types import FunctionType, MethodType
from typing import Any, overload

from symdiff.codegen.budget import Memory
from symdiff.codegen.compiled import Compiled
from symdiff.dims import CALL
from symdiff.errors import ArgumentError, InputError
from symdiff.frontends.call_arguments import SymbolicCall
from symdiff.frontends.parameters import parameters_of
from symdiff.frontends.programs import Program, Programs
from symdiff.frontends.pytrees import package_of


class Function:
    """A function that compiles itself when it is called; `function` and `grad_of` make some."""

    __name__: str
    __qualname__: str
    __wrapped__: Callable[..., Any]

    def __init__(
        self,
        f: Callable[..., Any],
        static: Sequence[str] = (),
        options: Mapping[str, Any] | None = None,
    ) -> None:
        if not callable(f):
            raise ArgumentError(f"a function is expected, not {f!r}")
        update_wrapper(self, f)
        self.__name__ = getattr(f, "__name__", type(f).__name__)
        self.owner, self.__wrapped__ = _owner(f)
        self.static, self.options = tuple(static), dict(options or {})
        self.parameters = parameters_of(self.__wrapped__)
        unknown = [
            str(name)
            for name in self.static
            if not isinstance(name, str) or not self.parameters.has(name)
        ]
        if unknown:
            raise ArgumentError(
                f"`{self.__name__}` has no parameter {', '.join(unknown)}; "
                f"it has {self.parameters.words}"
            )
        self._programs = Programs(
            self.__name__, self.__wrapped__, self._run, frozenset(self.static), self.options
        )

    @property
    def traces(self) -> int:
        """How often it was compiled."""
        return self._programs.count

    # Calling

    def __call__(self, /, *args: Any, **named: Any) -> Any:
        """Compute, or build where an expression is among the arguments."""
        programs = self._programs
        if named or self.owner:
            args, named = programs.arguments.by_place((*self.owner, *args), named)
        try:
            key, numbers = programs.arguments.key(args, named)
        except SymbolicCall:
            return self._build(*args, **named)
        program = programs.known.get(key)
        if program is None or program.around.changed():
            if CALL.get() is not None:  # another function runs, of which this one may be a part
                return self._build(*args, **named)
            program, numbers = programs.serving(args, named)
        try:
            return program.run(*numbers)
        except InputError:
            narrow = programs.narrower(program, args, named)
            if narrow is None:
                raise
        program, numbers = narrow
        return program.run(*numbers)

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
        found = self._serving(args, named).compiled
        if found is None:
            raise ArgumentError(f"`{self.__name__}` returns no numbers, so nothing is compiled")
        return found

    def source(self, /, *args: Any, **named: Any) -> str:
        """The text of the module that runs for a call with these arguments."""
        return self.compiled(*args, **named).source

    def node(self, /, *args: Any, **named: Any) -> Any:
        """The expressions that the function builds for a call, in the structure of its result."""
        return self._serving(args, named).trace.structure

    def _serving(self, args: tuple[Any, ...], named: dict[str, Any]) -> Program:
        programs = self._programs
        try:
            placed = programs.arguments.by_place((*self.owner, *args), named)
            return programs.serving(*placed)[0]
        except SymbolicCall:
            raise ArgumentError(
                f"nothing is compiled for expressions; call {self.__name__}(…) to build on them"
            ) from None

    def __repr__(self) -> str:
        times = {0: "never", 1: "once"}.get(self.traces, f"{self.traces} times")
        return f"<function {self.__name__} of symdiff, compiled {times}>"

    # Pickles

    def __reduce__(self) -> str | tuple[Any, ...]:
        """A pickle holds where the function is found, or what it was made from."""
        found: Any = sys.modules.get(self.__module__)
        for name in self.__qualname__.split("."):
            found = getattr(found, name, None)
        return self.__qualname__ if found is self else self._recipe()

    def _recipe(self) -> tuple[Any, ...]:
        return type(self), (self.made_from, self.static, self.options)

    @property
    def made_from(self) -> Callable[..., Any]:
        """The function that was given, a method with its object."""
        return MethodType(self.__wrapped__, *self.owner) if self.owner else self.__wrapped__


def _owner(f: Callable[..., Any]) -> tuple[tuple[Any, ...], Callable[..., Any]]:
    """The object of which a function is a method, which is an argument as others are."""
    if isinstance(f, Function):
        if not f.owner:
            return (), f
        free = copy.copy(f)
        free.owner = ()
        return f.owner, free
    called = inspect.getattr_static(type(f), "__call__", None)
    if isinstance(called, FunctionType) and package_of(f):  # an object whose class says what to do
        f = f.__call__  # type: ignore[operator]
    return ((f.__self__,), f.__func__) if isinstance(f, MethodType) else ((), f)


@overload
def function(
    f: Callable[..., Any],
    /,
    *,
    static: Sequence[str] | str = (),
    threads: int | None = None,
    without: Collection[str] = (),
    memory: Memory = "fast",
) -> Function: ...
@overload
def function(
    *,
    static: Sequence[str] | str = (),
    threads: int | None = None,
    without: Collection[str] = (),
    memory: Memory = "fast",
) -> Callable[..., Function]: ...
def function(
    f: Callable[..., Any] | None = None,
    /,
    *,
    static: Sequence[str] | str = (),
    threads: int | None = None,
    without: Collection[str] = (),
    memory: Memory = "fast",
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
    values, as in `range(k)`, and the parameters named in `static`. With expressions among the
    arguments it builds on them, and compiles nothing. `threads`, `without` and `memory` are those
    of `compile`.

    What the function finds around itself is constant until it changes: then it is compiled anew, so
    what changes often had better be an argument; large arrays that may be written to are compared
    at every call. That is what its code mentions by name: variables, attributes of modules, classes
    and objects, in it and in what it calls; not files, nor `os.environ`.

    Raises ArgumentError for what cannot be read or run, with the line of the function: a branch on
    a value, an assignment to an entry, a function of NumPy that symdiff lacks. A function that
    changes its arguments, also by `x += 1`, or what stands around it, that draws random numbers or
    catches such errors is refused, since what is compiled would do something else. Raises the
    errors of `compile` and of compiled functions, too.

    Where it differs from NumPy: whole numbers are of 64 bits, or floats once they meet a size as in
    `k * x.shape[0]`, `x.dtype` is a kind such as "float", `type(x)` is that of an expression
    (`isinstance` answers as for arrays), numbers have the attributes of arrays, and `np.errstate`
    raises nothing. Where it differs from JAX: whole numbers are variables unless their values are
    needed, float64 stays float64, and derivatives at kinks are those that `sd.conventions()` lists.

    >>> import numpy as np
    >>> @function
    ... def distance(x, y):
    ...     return np.sqrt(np.sum((x - y) ** 2))
    >>> distance(np.ones(4), np.zeros(4)), distance(np.ones((9)), np.zeros(9))
    (np.float64(2.0), np.float64(3.0))
    >>> distance, distance.node(np.ones(4), np.zeros(4))
    (<function distance of symdiff, compiled once>, <sqrt(sum((x − y)²)) : () float>)
    """
    options = {"threads": threads, "without": without, "memory": memory}
    held = (static,) if isinstance(static, str) else tuple(static)
    if f is None:
        return lambda f: Function(f, held, options)
    return Function(f, held, options)
