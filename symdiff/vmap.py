"""Batches: what is written for one case, mapped over many by rules, without a loop."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar, overload

from symdiff.binding import size_names, variables_of
from symdiff.dims import Dim, Size, as_size, names_in
from symdiff.errors import ArgumentError, ShapeError, describe, quote, shape_text
from symdiff.node import Node, topological
from symdiff.ops.axes import moveaxis
from symdiff.ops.batching import mapped, with_batch
from symdiff.ops.leaves import KINDS, VARIABLE, as_node, size_expressed, variable
from symdiff.ops.structure import axes_within
from symdiff.rewrite.simplify import simplify

Key = TypeVar("Key", bound=Hashable)


@overload
def vmap(
    f: Node, /, over: object, *, size: object = "batch", axis: object = 0, out_axis: int = 0
) -> Node: ...
@overload
def vmap(
    f: Sequence[Node],
    /,
    over: object,
    *,
    size: object = "batch",
    axis: object = 0,
    out_axis: int = 0,
) -> list[Node]: ...
@overload
def vmap(
    f: Callable[..., Any], /, over: object = None, *, axis: object = 0, out_axis: object = 0
) -> Callable[..., Any]: ...
@overload
def vmap(
    *, over: object = None, axis: object = 0, out_axis: object = 0
) -> Callable[[Callable[..., Any]], Callable[..., Any]]: ...
def vmap(
    f: Any = None, /, over: Any = None, *, size: Any = "batch", axis: Any = 0, out_axis: Any = 0
) -> Any:
    """Map an expression or a function for one case over a batch of many, without a loop.

    Of an expression, or of a list of them, `over` is a variable, its name, or a list of these. Each
    gets a new axis of the named `size` at `axis`, and the result has one at `out_axis`, along which
    lie the values for the cases. What does not depend on them is computed once. In a dictionary,
    each variable stands beside its size, or beside an array that holds its cases and takes its
    place. A name must not be that of a size already there; where the same size is meant, pass
    the size itself, such as `X.shape[0]`. A variable that a derivative has no more may be mapped.

    Of a function, the result is a function of the same parameters, of which `over` names those that
    are mapped, by name or place; if it is None, all that are given. It compiles itself as
    `symdiff.function` does when it is called with arrays; called with expressions it builds. An
    argument with structure is mapped as a whole, a result keeps its own. It is a decorator, also
    with options, as in `@vmap(over="x")`.

    `axis` may also be a list in the order of `over`, or a dictionary of those that are not 0. For a
    function it may hold None, for what is not mapped, and structures of axes for arguments with
    structure, like `in_axes` in JAX. So may `out_axis`, where a result is the same for all cases.

    Raises ArgumentError for variables, parameters, axes or names that do not fit, ShapeError for
    arrays with different numbers of cases.

    >>> import symdiff as sd
    >>> x, w, y = sd.vector("x", "d"), sd.vector("w", "d"), sd.scalar("y")
    >>> loss = (x @ w - y) ** 2
    >>> print(sd.vmap(loss, over=[x, y], size="n"))
    (x w − y)²
    >>> sd.vmap(sd.grad(loss, w), over=[x, y], size="n").shape
    (n, d)
    >>> import numpy as np
    >>> sd.vmap(lambda x, w: x @ w, over="x")(np.array([[1.0, 2.0], [3.0, 4.0]]), np.ones(2))
    array([3., 7.])
    """
    if f is None:
        return lambda f: vmap(f, over, size=size, axis=axis, out_axis=out_axis)
    if isinstance(f, Node):
        return _map_expressions([f], over, size, axis, out_axis)[0]
    if isinstance(f, (list, tuple)) and f and all(isinstance(each, Node) for each in f):
        return _map_expressions(list(f), over, size, axis, out_axis)
    if not callable(f):
        raise ArgumentError(f"vmap maps an expression, a list of these or a function, not {f!r}")
    if not isinstance(size, str) or size != "batch":
        raise ArgumentError(
            "a function finds the size of a batch in its arguments; leave out size="
        )
    from symdiff.frontends.mapped_functions import Mapped

    return Mapped(f, over, axis, out_axis)


def _map_expressions(
    targets: list[Node], over: object, size: object, axis: object, out_axis: int
) -> list[Node]:
    """Expressions with the axis of a batch in front, in their simplest form."""
    within = topological(targets)
    wanted = _wanted(within, over, size)
    axes = axes_of(list(wanted), axis, {v: v.attrs[0] for v in wanted if v.op is VARIABLE})
    cases: dict[Node, Node] = {}
    for x, given in wanted.items():
        place = axes_within((axes[x],), x.ndim + 1, f"a batch of {describe(x)}")[0]
        cases[x] = moveaxis(_batch_of(x, given, place, within), place, 0)
    count = common_size({quote(x): array.shape[0] for x, array in cases.items()})
    results = batch_outputs([(y, out_axis) for y in targets], cases, count)
    variables_of(topological(results))
    return simplify(results)


def batch_outputs(
    targets: Sequence[tuple[Node, object]], cases: Mapping[Node, Node], size: Size
) -> list[Node]:
    """What targets become, each with the axis of the batch at its place; None for no such axis."""
    found = mapped([y for y, _ in targets], cases)
    results: list[Node] = []
    for y, axis in targets:
        if axis is not None:
            (place,) = axes_within((axis,), y.ndim + 1, f"a batch of {describe(y)}")
            results.append(moveaxis(with_batch(y, found, size), 0, place))
        elif y in found:
            raise ArgumentError(f"{quote(y)} is not the same for all cases, so it needs an axis")
        else:
            results.append(y)
    return results


def common_size(sizes: Mapping[str, Size]) -> Size:
    """The one number of cases. Raises ShapeError if some have another."""
    (first, size), *others = sizes.items()
    for name, other in others:
        if other != size:
            raise ShapeError(
                f"what is mapped together needs equally many cases, but {first} has {size} "
                f"and {name} has {other}",
                (size, other),
            )
    return size


# What is mapped ---------------------------------------------------------------------------------


def _wanted(within: Sequence[Node], over: object, size: object) -> dict[Node, object]:
    """What is mapped, each node with the size of its batch, or the array that holds its cases."""
    known = {v.attrs[0]: v for v in variables_of(within)}
    if isinstance(over, Mapping):
        pairs = list(over.items())
    else:
        listed = over if isinstance(over, (list, tuple)) else [] if over is None else [over]
        pairs = [(key, size) for key in listed]
    wanted: dict[Node, object] = {}
    for key, given in pairs:
        x = _found(key, known, within)
        if x in wanted:
            raise ArgumentError(f"{quote(x)} is mapped twice; name it once")
        wanted[x] = given
    if not wanted:
        raise ArgumentError(
            f"there is nothing to map: say over which variables, such as over=[…]; {_listed(known)}"
        )
    return wanted


def _found(key: object, known: Mapping[str, Node], within: Sequence[Node]) -> Node:
    """The node that `over` names."""
    if isinstance(key, str) and key in known:
        return known[key]
    if isinstance(key, Node) and key in set(within):
        return key
    if isinstance(key, str):
        raise ArgumentError(f"the expression has no {key!r}; {near(key, known)}{_listed(known)}")
    if not isinstance(key, Node):
        raise ArgumentError(f"over= names variables, not {key!r}; {_listed(known)}")
    if key.op is not VARIABLE:
        raise ArgumentError(f"{quote(key)} is not in the expression; {_listed(known)}")
    if key.attrs[0] in known:
        has = known[key.attrs[0]]
        raise ArgumentError(f"the expression has {describe(has)}, not {describe(key)}")
    return key  # a derivative need not have all variables of what is differentiated


def near(name: str, known: Collection[str]) -> str:
    """The nearest of the names that there are, as a question, if one is near."""
    same = [other for other in known if other.casefold() == name.casefold()]
    close = same or get_close_matches(name, known, 1)
    return f"did you mean {close[0]!r}? " if close else ""


def _listed(known: Mapping[str, object]) -> str:
    return f"its variables are {', '.join(known)}" if known else "it has no variables"


def axes_of(keys: Sequence[Key], axis: object, names: Mapping[Key, object]) -> dict[Key, Any]:
    """The axis of each: one for all, a list in their order, or a dictionary by key or by name."""
    if isinstance(axis, Mapping):
        by_name = {name: key for key, name in names.items()}
        found = dict.fromkeys(keys, 0)
        for word, place in axis.items():
            key = word if word in found else by_name.get(word)
            if key not in found:
                raise ArgumentError(f"axis= names {word!r}, which is not mapped")
            found[key] = place
        return found
    if not isinstance(axis, (list, tuple)):
        return dict.fromkeys(keys, axis)
    if len(axis) != len(keys):
        raise ArgumentError(
            f"axis= needs one entry for each of {len(keys)} that are mapped, not {len(axis)}"
        )
    return dict(zip(keys, axis, strict=True))


# Their batches ----------------------------------------------------------------------------------


def _batch_of(x: Node, given: object, axis: int, within: Sequence[Node]) -> Node:
    """The array that holds all cases of `x`: a variable of the same name, or the one given."""
    if isinstance(given, (str, int, Dim)) or (isinstance(given, Node) and not given.ndim):
        size = _size_of_batch(given, within)
        if x.op is not VARIABLE:
            raise ArgumentError(
                f"{quote(x)} is no variable, so it needs an array of its cases: "
                "over={expression: array}"
            )
        return variable(x.attrs[0], (*x.shape[:axis], size, *x.shape[axis:]), x.dtype)
    array = as_node(given)
    case = (*array.shape[:axis], *array.shape[axis + 1 :])
    if case != x.shape or not array.ndim:
        needed = (*map(str, x.shape[:axis]), "…", *map(str, x.shape[axis:]))
        differ = [(a, b) for a, b in zip(case, x.shape, strict=False) if a != b]
        raise ShapeError(
            f"cases of {describe(x)} along axis {axis} need an array of shape "
            f"{shape_text(needed)}, not {describe(array)}",  # type: ignore[arg-type]
            differ[0] if len(case) == x.ndim and differ else None,
        )
    if KINDS.index(array.dtype) > KINDS.index(x.dtype):
        raise ArgumentError(
            f"{quote(x)} is of kind {x.dtype}, and {quote(array)} of kind {array.dtype} cannot "
            "hold its cases"
        )
    return array


def _size_of_batch(given: object, within: Sequence[Node]) -> Size:
    """The size of a new axis. Given as text, it must be a new one."""
    if isinstance(given, Node):
        size = size_expressed(given)
        if size is None:
            raise ArgumentError(f"the size of a batch is a name, a number or a size, not {given}")
        return as_size(size)
    size = as_size(given)
    if isinstance(given, str):
        sizes = size_names(within)
        variables = {node.attrs[0] for node in within if node.op is VARIABLE}
        for name in names_in([size]):
            if name in sizes:
                raise ArgumentError(
                    f"the size {name} is in the expression already, and would mean two things; "
                    f'choose another name for the batch, such as size="{_free(sizes)}", or pass '
                    "the size itself, such as X.shape[0], if it is the same"
                )
            if name in variables:
                raise ArgumentError(f"{name!r} is a variable; choose another name for the batch")
    return size


def _free(sizes: Sequence[str]) -> str:
    """A name that is free."""
    names = ("n", "batch", "cases", "m", "k")
    return next((name for name in names if name not in sizes), "_".join([*sizes, "batch"]))
