"""Calls of NumPy's functions with expressions: by NumPy's signatures, to symdiff's functions.

The function is found by NumPy's name in the registry; `numpy_differences` lists what differs.
Required arguments go by place and options by name. An option that symdiff lacks is refused unless
it has NumPy's default, or makes no difference.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NoReturn

import numpy as np

from symdiff.dims import Dim
from symdiff.errors import ArgumentError, SymdiffError
from symdiff.frontends.numpy_differences import DIFFERENT, HARMLESS, OPTIONS
from symdiff.frontends.numpy_kinds import astype, kind_named
from symdiff.frontends.numpy_refusals import refuse
from symdiff.node import Node
from symdiff.ops.leaves import as_node, size
from symdiff.registry import FUNCTIONS

# Which function -------------------------------------------------------------------------------


_HOMES = ("", "linalg", "fft", "lib.stride_tricks")
"""Others have functions of the same names that mean something else, as `np.emath.sqrt` does."""


def function_named(name: str) -> Callable[..., Any] | None:
    """What a function of NumPy, named as below `np`, means here; None if there is no such."""
    home, _, own = name.rpartition(".")
    return DIFFERENT.get(name) or (FUNCTIONS.get(own) if home in _HOMES else None)


@cache
def canonical(name: str) -> str:
    """The name under which a public function of NumPy is known here: `np.acos` is `arccos`.

    >>> canonical("acos"), canonical("linalg.norm"), canonical("pow")
    ('arccos', 'linalg.norm', 'power')
    """
    if function_named(name) is not None:
        return name
    home, dot, public = name.rpartition(".")
    return f"{home}{dot}{getattr(_of_numpy(name), '__name__', public)}"


def _of_numpy(name: str) -> Any:
    """What NumPy has under a name below `np`; None for nothing."""
    found: Any = np
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


@cache
def _numpy_signature(name: str) -> inspect.Signature | None:
    """How NumPy's function is called; None for a ufunc, and for one in C that does not say."""
    theirs = _of_numpy(name)
    try:
        return inspect.signature(theirs) if inspect.isroutine(theirs) else None
    except ValueError:
        return None


@cache
def _signature(ours: Callable[..., Any]) -> inspect.Signature:
    full = inspect.signature(ours)
    plain = [p.replace(annotation=p.empty) for p in full.parameters.values()]
    return full.replace(parameters=plain, return_annotation=full.empty)


# Calling --------------------------------------------------------------------------------------


def call(name: str, args: tuple[object, ...], options: Mapping[str, object]) -> Any:
    """Call what a function of NumPy means here, with arguments as NumPy takes them.

    Raises ArgumentError for a function or an option that symdiff lacks.

    >>> import symdiff as sd
    >>> call("sum", (sd.matrix("X", "n", "d"), 0), {"keepdims": True})
    <sum(X, axis=0)[None] : (1, d) float>
    """
    ours = function_named(name) or refuse(name)
    theirs = _numpy_signature(name)
    values, chosen = list(args), dict(options)
    if theirs is not None:
        values, chosen = _as_bound(name, theirs, _signature(ours), args, options)
    return _called(name, ours, values, chosen)


def _as_bound(
    name: str,
    theirs: inspect.Signature,
    ours: inspect.Signature,
    args: tuple[object, ...],
    options: Mapping[str, object],
) -> tuple[list[object], dict[str, object]]:
    """Required arguments by place, and options by name.

    An option that symdiff lacks is left out where it is what NumPy has by default, and one that
    symdiff requires is put in.
    """
    try:
        given = theirs.bind(*args, **options).arguments
    except TypeError as error:
        raise ArgumentError(f"`np.{name}`: {error}; it is np.{name}{theirs}") from None
    values: list[object] = []
    chosen: dict[str, object] = {}
    for option, parameter in theirs.parameters.items():
        own = ours.parameters.get(option)
        required = own is not None and own.default is own.empty
        value = given.get(option, parameter.default if required else np._NoValue)
        if value is np._NoValue or value is parameter.empty:
            continue
        if parameter.kind is parameter.VAR_POSITIONAL:
            values += value
        elif parameter.kind is parameter.VAR_KEYWORD:
            chosen |= value
        elif parameter.default is parameter.empty:
            values.append(value)
        elif own is not None or not _same(value, parameter.default):
            chosen[option] = value
    return values, chosen


def _same(value: object, default: object) -> bool:
    """Whether an option is what it is by default; an expression or an array never is."""
    return value is default or (
        isinstance(value, (bool, int, float, str))
        and type(value) is type(default)
        and value == default
    )


def _called(
    name: str, ours: Callable[..., Any], values: list[object], options: dict[str, object]
) -> Any:
    """Call a function of symdiff with NumPy's options.

    Where it has no `dtype` of its own, the result is converted.
    """
    signature = _signature(ours)
    renamed = OPTIONS.get(name, {})
    chosen: dict[str, object] = {}
    dtype: object = None
    for theirs, value in options.items():
        option = renamed.get(theirs, theirs)
        known = option in signature.parameters
        if option != "dtype" and known:
            chosen[option] = value
        elif option == "dtype" and known and ours.__annotations__[option] != "None":
            chosen[option] = None if value is None else kind_named(value)
        elif option == "dtype":
            dtype = value
        elif value is not None and option not in HARMLESS:
            _refuse_option(name, option, signature)
    try:
        signature.bind(*values, **chosen)
    except TypeError as error:
        raise ArgumentError(f"`np.{name}`: {error}; here it is {name}{signature}") from None
    try:
        result = ours(*values, **chosen)
    except SymdiffError:
        raise
    except (TypeError, ValueError, OverflowError) as error:
        raise ArgumentError(f"`np.{name}` cannot take these arguments: {error}") from error
    return result if dtype is None else astype(result, dtype)


_INSTEAD = {
    "out": "expressions are immutable, and an array of numbers cannot hold them; use the result, "
    "as in x = x + a, and np.where(condition, x/a, b) for a division with out= and where=",
    "where": "what stands elsewhere is left to chance; use np.where(condition, x, y)",
}


def _refuse_option(name: str, option: str, signature: inspect.Signature) -> NoReturn:
    """Say that an option of NumPy's is not there."""
    raise ArgumentError(
        f"`np.{name}` takes no {option}= with expressions: "
        + _INSTEAD.get(option, f"symdiff has {name}{signature}")
    )


# What NumPy's protocols ask -------------------------------------------------------------------


def apply_function(
    function: Callable[..., Any], args: tuple[object, ...], options: Mapping[str, object]
) -> Any:
    """What `__array_function__` returns: the call of a NumPy function that is no ufunc."""
    if function.__module__.partition(".")[0] != "numpy":
        return NotImplemented
    name = f"{function.__module__}.{function.__name__}".removeprefix("numpy.")
    return call(name, args, options)


_REDUCTIONS = {
    "add": "sum",
    "logaddexp": "logsumexp",
    "logical_and": "all",
    "logical_or": "any",
    "maximum": "max",
    "minimum": "min",
    "multiply": "prod",
}
_RUNNING = {"add": "cumsum", "multiply": "cumprod"}


def apply_ufunc(
    ufunc: np.ufunc, method: str, inputs: tuple[object, ...], options: Mapping[str, object]
) -> Any:
    """What `__array_ufunc__` returns: the call of a ufunc of NumPy or SciPy, or of its method."""
    name = ufunc.__name__
    ours = _ours(ufunc)
    given = {option: value for option, value in options.items() if _is_given(option, value)}
    operands = tuple(size(x) if isinstance(x, Dim) else x for x in inputs)
    if method == "__call__":
        return _called(name, ours, list(operands), given)
    if method == "outer" and not given:
        return ours(*_outer_axes(operands))
    table = {"reduce": _REDUCTIONS, "accumulate": _RUNNING}.get(method, {})
    if name not in table:
        raise ArgumentError(
            f"`np.{name}.{method}` cannot take expressions; "
            + ("write x.at[index].add(v)" if method == "at" else "write it with whole arrays")
        )
    given.pop("axis", None)
    values = [*operands, options.get("axis", 0)]
    return _called(f"{name}.{method}", FUNCTIONS[table[name]], values, given)


def _ours(ufunc: np.ufunc) -> Callable[..., Any]:
    """The function that a ufunc means here. Others than NumPy's and SciPy's could mean anything.

    Raises ArgumentError where there is none.
    """
    name = ufunc.__name__
    if getattr(np, name, None) is ufunc:
        return function_named(name) or refuse(name)
    if getattr(sys.modules.get("scipy.special"), name, None) is not ufunc:
        raise ArgumentError(f"`{name}` is a ufunc of neither NumPy nor scipy.special")
    return FUNCTIONS.get(name) or refuse(f"special.{name}")


def _is_given(option: str, value: object) -> bool:
    """Whether an option of a ufunc is what it is not by default."""
    if option == "out" and isinstance(value, tuple):
        return any(each is not None for each in value)
    if option == "where":
        return value is not True
    return value is not None and value is not np._NoValue


def _outer_axes(operands: tuple[object, ...]) -> tuple[Node, Node]:
    """Two arrays that broadcast to all pairs of an entry of the one and one of the other."""
    a, b = map(as_node, operands)
    return a[(..., *(None,) * b.ndim)], b
