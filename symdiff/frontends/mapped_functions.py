"""Functions written for one case, mapped over a batch of arrays or of expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

from symdiff.dims import Size
from symdiff.errors import ArgumentError
from symdiff.frontends.functions import Function
from symdiff.frontends.numpy_functions import signature_of
from symdiff.frontends.pytrees import leaves, mapped, parts
from symdiff.node import Node, intern
from symdiff.ops.axes import moveaxis
from symdiff.ops.leaves import VARIABLE, as_node
from symdiff.ops.structure import axes_within
from symdiff.vmap import axes_of, batch_outputs, common_size, near


class Mapped(Function):
    """A function of batches; see `symdiff.vmap`. It compiles as `symdiff.function` does."""

    def __init__(self, f: Callable[..., Any], over: object, axis: object, out_axis: object) -> None:
        super().__init__(f)
        self._told = over, axis, out_axis
        self._signature = signature_of(self.__wrapped__, self.__name__)
        self._over = self._chosen(over)

    def __call__(self, /, *args: Any, **named: Any) -> Any:
        """Compute, or build on expressions, as those of a mapped function are that runs around."""
        if _depth.get():
            return self._build(*self.owner, *args, **named)
        return super().__call__(*args, **named)

    def _recipe(self) -> tuple[Any, ...]:
        return Mapped, (self.made_from, *self._told)

    def _build(self, /, *args: Any, **named: Any) -> Any:
        """Run the function on variables that stand for one case, and map what comes out."""
        try:
            bound = self._signature.bind(*args, **named)
        except TypeError as error:
            raise ArgumentError(f"`{self.__name__}`: {error}") from None
        axes = self._axes(list(bound.arguments))
        with _letter() as letter:
            found = _Cases(letter)
            for parameter, tree in bound.arguments.items():
                places = axes_of_leaves(axes[parameter], tree, parameter)
                one = partial(found.one, places, isinstance(tree, (list, tuple)))
                bound.arguments[parameter] = mapped(one, tree, parameter)
            size = found.size(self.__name__)
            results = mapped(_expression, self.__wrapped__(*bound.args, **bound.kwargs), "")
        if results is None:
            raise ArgumentError(
                f"`{self.__name__}` returns None; a function must return what it computes"
            )
        nodes = [node for _, node in leaves(results, "")]
        places = axes_of_leaves(self._told[2], results, "the result")
        outputs = [(y, at) for y, at in zip(nodes, places, strict=True) if isinstance(y, Node)]
        batches = iter(batch_outputs(outputs, found.cases, size))
        return mapped(lambda _, y: next(batches) if isinstance(y, Node) else y, results, "")

    _run = _build

    # Parameters

    def _chosen(self, over: object) -> list[str] | None:
        """The parameters that `over` names; None if it leaves that to the call."""
        if over is None:
            return None
        parameters = list(self._signature.parameters)[len(self.owner) :]
        found: list[str] = []
        for key in over if isinstance(over, (list, tuple)) else [over]:
            place = key if isinstance(key, int) and not isinstance(key, bool) else None
            if place is not None and -len(parameters) <= place < len(parameters):
                key = parameters[place]
            if key is None:
                raise ArgumentError(
                    f"over= names the parameters of `{self.__name__}` that are mapped, not None; "
                    f"axes, as JAX has them in in_axes, are given by axis={over!r}"
                )
            if key not in parameters:
                hint = near(key, parameters) if isinstance(key, str) else ""
                raise ArgumentError(
                    f"`{self.__name__}` has no parameter {key!r}; "
                    f"{hint}it has {', '.join(parameters) or 'none'}"
                )
            if key in found:
                raise ArgumentError(f"the parameter {key!r} is mapped twice; name it once")
            found.append(key)
        return found

    def _axes(self, given: Sequence[str]) -> dict[str, Any]:
        """Along which axis each argument of a call is mapped; None for those that are not."""
        keys = list(given)[len(self.owner) :] if self._over is None else self._over
        for key in keys:
            if key not in given:
                raise ArgumentError(f"`{self.__name__}` is mapped over {key!r}; give it")
        return {**dict.fromkeys(given), **axes_of(keys, self._told[1], {key: key for key in keys})}


class _Cases:
    """Variables that stand for one case, and for each the array that holds all its cases."""

    def __init__(self, letter: str) -> None:
        self.letter = letter
        self.cases: dict[Node, Node] = {}

    def one(self, axes: Iterator[object], listed: bool, name: str, value: object) -> object:
        """What stands for one case of an argument; None is the same for all.

        Its axis is the next of `axes`; `listed` says that it stands in a list or tuple.
        """
        axis = next(axes)
        if value is None or axis is None:
            return value
        try:
            array = as_node(value)
        except ArgumentError as error:
            raise ArgumentError(
                f"`{name}` has no cases: {error}; name in over= what is to be mapped"
            ) from None
        if not array.ndim:
            instead = ", or make an array of the list" if listed else ""
            raise ArgumentError(
                f"`{name}` is a scalar and has no cases; name in over= what is to be mapped, or "
                f"give it the axis None{instead}"
            )
        (place,) = axes_within((axis,), array.ndim, f"`{name}`, whose rank is {array.ndim}")
        shape = (*array.shape[:place], *array.shape[place + 1 :])
        case = intern(VARIABLE, (), (f"{name}[{self.letter}]", shape, array.dtype))
        if case in self.cases:
            raise ArgumentError(f"two arguments would be named {name!r}; rename one")
        self.cases[case] = moveaxis(array, place, 0)
        return case

    def size(self, name: str) -> Size:
        """How many cases there are."""
        if not self.cases:
            raise ArgumentError(f"there is nothing to map in this call of `{name}`")
        return common_size(
            {f"`{v.attrs[0].rpartition('[')[0]}`": all_.shape[0] for v, all_ in self.cases.items()}
        )


def axes_of_leaves(axis: object, tree: object, name: str) -> Iterator[object]:
    """The axis of each value in a structure: one for all, or a structure of axes like its own.

    >>> list(axes_of_leaves({"W": None, "b": 0}, {"b": 1, "W": [2, 3]}, "p"))
    [0, None, None]
    """
    given, inside = parts(axis), parts(tree)
    if given is None:
        yield from (axis for _ in leaves(tree, name))
        return
    axes = dict(given)
    keys = [key for key, _ in inside or []]
    if inside is None or {*axes} != {*keys}:
        has = ", ".join(map(str, keys)) or "no parts"
        of = ", ".join(map(str, axes)) or "none"
        raise ArgumentError(f"axes are given for the parts {of} of `{name}`, which has {has}")
    for key, part in inside:
        yield from axes_of_leaves(axes[key], part, f"{name}_{key}")


def _expression(name: str, value: object) -> object:
    return value if value is None or isinstance(value, str) else as_node(value)


_depth: ContextVar[int] = ContextVar("depth", default=0)
"""How many mapped functions run, each inside the one before."""


@contextmanager
def _letter() -> Iterator[str]:
    """An index for the cases of one mapped function, unlike those of the functions around it."""
    depth = _depth.get()
    token = _depth.set(depth + 1)
    try:
        yield "ijklmn"[depth] if depth < 6 else f"i{depth}"
    finally:
        _depth.reset(token)
