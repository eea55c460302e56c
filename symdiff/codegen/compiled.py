"""Compiled functions, and how errors reach their callers."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterable, Mapping
from functools import update_wrapper, wraps
from typing import (
    TYPE_CHECKING,
    Any,
    NamedTuple,
    Protocol,
    cast,
    runtime_checkable,
)

from symdiff import runtime
from symdiff.codegen.budget import FAST, Budget
from symdiff.codegen.pickling import PicklableFunction, Recipe
from symdiff.codegen.signatures import Function, by_sizes
from symdiff.errors import InputError

if TYPE_CHECKING:
    from symdiff.codegen.report import Report
    from symdiff.codegen.streaming import Streaming
    from symdiff.dims import Dim
    from symdiff.node import Node
    from symdiff.rewrite.association import Association, Choice


class Formula(NamedTuple):
    """What a function is compiled from: the graph, and how.

    outputs  the expressions
    inputs   the variables, in the order of arguments
    single   whether it returns one value, and not a tuple
    options  what else `compile` was told
    budget   the memory that it may take
    """

    outputs: tuple[Node, ...]
    inputs: tuple[Node, ...]
    single: bool
    options: Mapping[str, Any]
    budget: Budget = FAST


@runtime_checkable
class Compiled(Protocol):
    """A function compiled from expressions. Call it with arrays, by position or by name.

    Its attributes:

    source   the text of the module that runs
    inputs   the names of the arguments, in order; sizes that no array tells are keywords

    A pickle holds the expressions and the options, from which the process that reads it compiles
    the function anew: so it has all of these attributes there, and threads as that machine has
    cores.

    It raises InputError for arguments that do not fit; those of functions of arrays also for
    arguments that are missing or unknown, where functions of scalars raise TypeError.
    """

    source: str
    inputs: tuple[str, ...]

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Compute."""

    def stream(
        self,
        chunks: Iterable[object] | None = None,
        /,
        *,
        over: str | Dim | None = None,
        rows: int | None = None,
        **named: object,
    ) -> Any:
        """Compute from rows that come in chunks, in one pass, with memory for one chunk.

        Each of `chunks` is a dict of the inputs that have rows, or a tuple of them in order; the
        other inputs are given by name. Instead of chunks, all inputs may be given by name: those
        that have rows, such as a `numpy.memmap`, are read so many `rows` at a time. `over` names
        the size that counts rows, where more than one could. The result is that of a call with all
        rows, but for the order of sums. `sd.separable` says what can be computed so.

        Raises ArgumentError where rows meet before the end, or the size is not told; InputError
        for inputs that are missing, unknown or do not fit, and for no chunks.

        >>> import symdiff as sd
        >>> X, w, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
        >>> loss = sd.mean((X @ w - y) ** 2)
        >>> f = sd.compile([loss, sd.grad(loss, w)])
        >>> chunks = [([[1.0, 0.0]], [1.0]), ([[0.0, 1.0], [2.0, 1.0]], [0.0, 2.0])]
        >>> f.stream(chunks, w=[1.0, 1.0])
        (np.float64(0.6666666666666666), array([1.33333333, 1.33333333]))
        """

    def report(self, **sizes: int) -> Report:
        """What each pass of code generation did: statements, operations, bytes moved, peak memory.

        The numbers are for the values of named `sizes`, or polynomials in these. Printed, it is a
        table; its `rows` are data.

        Raises InputError if only some of the sizes are given, or others.

        >>> import symdiff as sd
        >>> f = sd.compile(sd.parse("sum(exp(x)**2)", x="n"))
        >>> print(f.report().fast.operations)
        3 n
        """


class Loaded(NamedTuple):
    """A function of a generated module, and the text of the module.

    `general` is the function to which one of scalars leaves what it does not compute itself.
    """

    function: Function
    general: Function | None
    source: str


def compiled(
    loaded: Loaded,
    formula: Formula,
    orders: Association | None,
    reordered: Callable[[Choice], Loaded],
    recipe: Recipe,
) -> Compiled:
    """A loaded function with what it was compiled from; its errors are told as ours.

    If sizes decide between several `orders` of products, each call runs the function that is
    `reordered` for its sizes. Pickles hold the `recipe`.
    """
    result = _guarded(loaded)
    if orders is not None:
        result = by_sizes(result, orders, formula.inputs, lambda c: _guarded(reordered(c)))
    if not formula.single and len(formula.outputs) == 1:
        result = _in_a_tuple(result)
    behind = _Behind(formula)
    attributes = {"source": loaded.source, "inputs": _parameters(loaded), "recipe": recipe}
    whole = update_wrapper(PicklableFunction(result), result)
    vars(whole).update(attributes, stream=behind.stream, report=behind.report)
    return cast(Compiled, whole)


def _parameters(loaded: Loaded) -> tuple[str, ...]:
    return tuple(inspect.signature(loaded.function).parameters)


def _guarded(loaded: Loaded) -> Function:
    """The function with our errors; one of scalars is itself, since only `general` has errors."""
    function, general, source = loaded
    inputs = _parameters(loaded)
    if general is None:
        return _with_our_errors(function, source, inputs)
    function.__globals__[general.__name__] = _with_our_errors(general, source, inputs)
    return function


def _with_our_errors(function: Function, source: str, inputs: tuple[str, ...]) -> Function:
    @wraps(function)
    def guarded(*args: object, **named: object) -> Any:
        try:
            return function(*args, **named)
        except IndexError as error:
            raise InputError(f"{error}, in `{_line(function, source, error)}`") from error
        except ValueError as error:
            raise InputError(str(error)) from error
        except TypeError as error:
            raise InputError(f"{error}; the inputs are: {', '.join(inputs)}") from error

    return guarded


def _in_a_tuple(function: Function) -> Function:
    @wraps(function)
    def single(*args: object, **named: object) -> Any:
        return (function(*args, **named),)

    return single


def _line(function: Function, source: str, error: Exception) -> str:
    """The innermost line in which an error arose, helpers aside, without its comment."""
    own = function.__code__.co_filename
    numbers = [
        number
        for frame, number in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == own
        and not hasattr(runtime, frame.f_code.co_qualname.partition(".")[0])
    ]
    return source.splitlines()[numbers[-1] - 1].partition("  #")[0].strip()


class _Behind:
    """What a compiled function can do beside being called; `Compiled` says what."""

    def __init__(self, formula: Formula) -> None:
        self._formula = formula
        self._streaming: dict[object, Streaming] = {}

    def stream(
        self,
        chunks: Iterable[object] | None = None,
        /,
        *,
        over: str | Dim | None = None,
        rows: int | None = None,
        **named: object,
    ) -> Any:
        from symdiff.codegen.streaming import Streaming, separation, stream

        outputs, inputs, single, options, _ = self._formula
        missing = () if chunks is None else {v.attrs[0] for v in inputs} - {*named}
        key = (str(over), frozenset(missing))
        if key not in self._streaming:
            found = separation(outputs, inputs, over, {*missing})
            self._streaming[key] = Streaming(inputs, found, options)
        results = stream(self._streaming[key], chunks, rows, named)
        return results[0] if single else tuple(results)

    stream.__doc__ = Compiled.stream.__doc__

    def report(self, **sizes: int) -> Report:
        from symdiff.codegen.report import report

        outputs, inputs, _, options, budget = self._formula
        return report(outputs, inputs, options.get("without", ()), budget, sizes)

    report.__doc__ = Compiled.report.__doc__
