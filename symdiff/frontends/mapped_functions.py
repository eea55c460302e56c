"""Functions of one case, mapped over a batch: of arrays, or of expressions."""

from __future__ import annotations

import functools
import inspect
from collections import OrderedDict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from symdiff.binding import inputs
from symdiff.codegen.generate import compile
from symdiff.dims import Size, named
from symdiff.errors import ArgumentError, describe
from symdiff.frontends.numpy_functions import from_function
from symdiff.frontends.pytrees import leaves, mapped
from symdiff.names import check_name
from symdiff.node import Node, intern
from symdiff.ops.axes import moveaxis
from symdiff.ops.leaves import KIND_OF_TYPE_CODE, VARIABLE, as_node, variable
from symdiff.ops.structure import axes_within
from symdiff.vmap import axes_of, batch_outputs, common_size, near

_Program: TypeAlias = "Callable[[Mapping[str, Any], Size], Any]"


def mapped_function(
    f: Callable[..., Any], over: object, axis: object, out_axis: int
) -> Callable[..., Any]:
    """The function of batches; see `symdiff.vmap`."""
    name = getattr(f, "__name__", type(f).__name__)
    signature = _signature(f, name)
    chosen = _chosen(name, signature, over)
    programs: dict[object, _Program] = {}

    @functools.wraps(f)
    def of_batch(*args: Any, **kwargs: Any) -> Any:
        call = _Call.of(name, f, signature.bind(*args, **kwargs), chosen, axis)
        if any(isinstance(value, Node) for value in call.values.values()):
            return call.built(call.values, out_axis)
        return call.computed(programs, out_axis)

    return of_batch


# Parameters -------------------------------------------------------------------------------------


def _signature(f: Callable[..., Any], name: str) -> inspect.Signature:
    try:
        return inspect.signature(f)
    except (TypeError, ValueError):
        raise ArgumentError(
            f"`{name}` does not tell its parameters; write a function of your own that calls it"
        ) from None


def _chosen(name: str, signature: inspect.Signature, over: object) -> list[str] | None:
    """The parameters that `over` names; None if it leaves that to the call."""
    if over is None:
        return None
    parameters = list(signature.parameters)
    found: list[str] = []
    for key in over if isinstance(over, (list, tuple)) else [over]:
        if isinstance(key, int) and not isinstance(key, bool) and abs(key) < len(parameters):
            key = parameters[key]
        if not isinstance(key, str) or key not in parameters:
            raise ArgumentError(
                f"`{name}` has no parameter {key!r}; "
                f"{near(key, signature.parameters) if isinstance(key, str) else ''}"
                f"it has {', '.join(parameters) or 'none'}"
            )
        if key in found:
            raise ArgumentError(f"the parameter {key!r} is mapped twice; name it once")
        found.append(key)
    return found


def _axes(
    name: str, given: Sequence[str], chosen: list[str] | None, axis: object
) -> dict[str, int | None]:
    """Along which axis each argument of a call is mapped; None for those that are not."""
    keys = list(given) if chosen is None else chosen
    absent = [key for key in keys if key not in given]
    if absent:
        raise ArgumentError(f"`{name}` is mapped over {absent[0]!r}, which this call does not give")
    found = axes_of(keys, axis, {key: key for key in keys})
    if all(place is None for place in found.values()):
        raise ArgumentError(f"there is nothing to map in this call of `{name}`")
    return {**dict.fromkeys(given), **found}


# Calls ------------------------------------------------------------------------------------------

_depth: ContextVar[int] = ContextVar("depth", default=0)
"""How many mapped functions are being run, each inside the one before."""


@contextmanager
def _index() -> Iterator[str]:
    """A letter for the cases of one mapped function, unlike those around it."""
    depth = _depth.get()
    token = _depth.set(depth + 1)
    try:
        yield "ijklmn"[depth] if depth < 6 else f"i{depth}"
    finally:
        _depth.reset(token)


class _Call(NamedTuple):
    """A call: the arguments, the values that they hold by name, the axis of each, their types."""

    name: str
    f: Callable[..., Any]
    bound: inspect.BoundArguments
    values: dict[str, Any]
    axes: dict[str, int | None]
    types: tuple[type, ...]

    @staticmethod
    def of(
        name: str,
        f: Callable[..., Any],
        bound: inspect.BoundArguments,
        chosen: list[str] | None,
        axis: object,
    ) -> _Call:
        """Take the arguments apart."""
        types: list[type] = []

        def is_value(tree: object) -> bool:
            types.append(type(tree))
            return _is_array(tree)

        by_parameter = _axes(name, list(bound.arguments), chosen, axis)
        values: dict[str, Any] = {}
        axes: dict[str, int | None] = {}
        for parameter, tree in bound.arguments.items():
            for leaf, value in leaves(tree, parameter, is_value):
                if leaf in values:
                    raise ArgumentError(f"two arguments of `{name}` would be named {leaf!r}")
                values[leaf] = value
                axes[leaf] = None if value is None else by_parameter[parameter]
        return _Call(name, f, bound, values, axes, tuple(types))

    def built(self, values: Mapping[str, Any], out_axis: int) -> Any:
        """The expressions of the batch. The function runs on variables that stand for one case."""
        cases: dict[Node, Node] = {}
        given = dict(values)
        with _index() as letter:
            for leaf, axis in self.axes.items():
                if axis is not None:
                    array = as_node(values[leaf])
                    place = self._place(leaf, array.ndim)
                    shape = _without(array.shape, place)
                    case = intern(VARIABLE, (), (f"{leaf}[{letter}]", shape, array.dtype))
                    cases[case], given[leaf] = moveaxis(array, place, 0), case
            count = common_size({f"`{case.attrs[0]}`": a.shape[0] for case, a in cases.items()})
            results = self._run(given)
        outputs = _nodes(results)
        return _refilled(results, batch_outputs(outputs, cases, count, out_axis))

    def computed(self, programs: dict[object, _Program], out_axis: int) -> Any:
        """The values for a batch of arrays, by a program that is made at the first such call."""
        arrays = {leaf: self._array(leaf) for leaf in self.values if self._is_input(leaf)}
        places = {leaf: self._place(leaf, np.ndim(arrays[leaf])) for leaf in self._mapped()}
        count = common_size({f"`{k}`": np.shape(arrays[k])[place] for k, place in places.items()})
        shapes = {leaf: _without(np.shape(a), places.get(leaf)) for leaf, a in arrays.items()}
        parts = {
            leaf: (shapes[leaf], _kind(leaf, arrays[leaf])) if leaf in arrays else value
            for leaf, value in self.values.items()
        }
        try:
            key = (self.types, *parts.items())
            hash(key)
        except TypeError:  # of no use as a key, so the program is made for this call
            return self._program(arrays, places, out_axis)(arrays, count)
        if key not in programs:
            programs[key] = self._program(arrays, places, out_axis)
        return programs[key](arrays, count)

    def _program(
        self, arrays: Mapping[str, Any], places: Mapping[str, int], out_axis: int
    ) -> _Program:
        """What computes the batch: sizes of one case are numbers, and that of the batch is open."""
        size = named(_free("batch", arrays))
        variables: dict[str, Node] = {}
        for k, (leaf, array) in enumerate(arrays.items()):
            shape: list[Size] = list(np.shape(array))
            if leaf in places:
                shape[places[leaf]] = size
            name = leaf if _is_usable(leaf) else _free(f"input{k}", arrays)
            variables[leaf] = variable(name, tuple(shape), _kind(leaf, array))
        results = self.built({**self.values, **variables}, out_axis)
        outputs = _nodes(results)
        others = [v for v in inputs(outputs) if v not in variables.values()]
        if others:
            raise ArgumentError(
                f"`{self.name}` contains {describe(others[0])} beside its arguments, so it has no "
                "value for arrays alone; make it an argument, or call it with expressions"
            )
        function = compile(outputs)
        names = {leaf: v.attrs[0] for leaf, v in variables.items() if v.attrs[0] in function.inputs}
        sized = str(size) in function.inputs

        def program(arrays: Mapping[str, Any], count: Size) -> Any:
            given = {name: arrays[leaf] for leaf, name in names.items()}
            return _refilled(results, function(**given, **({str(size): count} if sized else {})))

        return program

    def _run(self, given: Mapping[str, Any]) -> Any:
        """The results of the function for values that replace those of the call."""

        def run() -> Any:
            arguments = {
                parameter: mapped(lambda leaf, _: given[leaf], tree, parameter, _is_array)
                for parameter, tree in self.bound.arguments.items()
            }
            replaced = inspect.BoundArguments(self.bound.signature, OrderedDict(arguments))
            return self.f(*replaced.args, **replaced.kwargs)

        run.__name__ = self.name
        return from_function(run)

    def _mapped(self) -> list[str]:
        return [leaf for leaf, axis in self.axes.items() if axis is not None]

    def _is_input(self, leaf: str) -> bool:
        """Arrays and inexact numbers are inputs of a program; whole numbers are part of it."""
        value = self.values[leaf]
        number = isinstance(value, (np.ndarray, np.generic, float, complex))
        return self.axes[leaf] is not None or number or _is_array(value)

    def _array(self, leaf: str) -> Any:
        value = self.values[leaf]
        return value if isinstance(value, (float, complex)) else np.asarray(value)

    def _place(self, leaf: str, rank: int) -> int:
        """The axis along which the cases of an argument lie, counted from the front."""
        if not rank:
            raise ArgumentError(
                f"`{leaf}` is a scalar and has no cases; name in over= what is to be mapped, or "
                f"give it the axis None"
            )
        return axes_within((self.axes[leaf],), rank, f"`{leaf}`, which has {rank} axes")[0]


# Values -----------------------------------------------------------------------------------------


def _is_array(tree: object) -> bool:
    """Whether a list holds numbers alone, so that NumPy makes an array of it."""
    if not isinstance(tree, list) or not tree:
        return False
    return all(isinstance(v, (bool, int, float, complex, np.generic)) for _, v in leaves(tree, ""))


def _kind(leaf: str, array: object) -> str:
    code = np.asarray(array).dtype.kind
    if code not in KIND_OF_TYPE_CODE:
        raise ArgumentError(f"`{leaf}` must hold numbers to be mapped, not {array!r}")
    return KIND_OF_TYPE_CODE[code]


def _nodes(tree: object) -> list[Node]:
    return [node for _, node in leaves(tree, "") if isinstance(node, Node)]


def _without(shape: Sequence[Any], place: int | None) -> tuple[Any, ...]:
    return tuple(size for axis, size in enumerate(shape) if axis != place)


def _refilled(tree: Any, values: Iterable[Any]) -> Any:
    """A structure with other values in its places."""
    rest = iter(values)
    return mapped(lambda *_: next(rest), tree, "")


def _is_usable(name: str) -> bool:
    try:
        check_name(name, "variable")
    except ArgumentError:
        return False
    return True


def _free(name: str, taken: Container[str]) -> str:
    while name in taken:
        name += "_"
    return name
