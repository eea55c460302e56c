"""What is varied and what is given: expressions as functions of one flat vector."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from symdiff.binding import bind, size_names, split_names, variables_of
from symdiff.codegen.compiled import Compiled
from symdiff.codegen.generate import compile
from symdiff.derive.backprop import as_list
from symdiff.dims import names_in, size_value
from symdiff.errors import ArgumentError, InputError, quote, shape_text
from symdiff.node import Node, topological
from symdiff.ops.leaves import INEXACT, VARIABLE
from symdiff.optimise.packing import Array, Packing, named_values

Data: TypeAlias = "Mapping[str, object] | Mapping[Node, object] | Mapping[str | Node, object]"
Start: TypeAlias = "Mapping[str, object] | Mapping[Node, object] | object"


class Problem:
    """Variables to be found, and values for all others.

    Data and start values have one float type, that of the floating-point arrays together.

    expressions  what is computed: a loss or residuals first, then constraints
    sizes        the named sizes
    packing      the variables on a flat vector
    start        the flat vector of the start values, or None without any
    """

    def __init__(
        self,
        expressions: Sequence[Node],
        wrt: Node | Sequence[Node],
        data: Data | None,
        start: Start | None,
    ) -> None:
        self.expressions = tuple(expressions)
        self.wrt = checked_variables(wrt, self.expressions)
        order = topological([*self.expressions, *self.wrt])
        variables, sizes = variables_of(order), size_names(order)
        self._data, self._begin = _by_name(data), start
        known, numbers = self._sorted(variables, sizes)
        begin = {} if start is None else self._complete(start, "start")
        arrays = {v: a for v, a in begin.items() if np.ndim(a) or not v.ndim}  # type: ignore[arg-type]
        bound = bind([*known, *arrays], {**known, **arrays}, numbers)
        self.sizes = {name: bound.sizes[name] for name in sizes if name in bound.sizes}
        self._refuse_open_sizes(sizes)
        shapes = [tuple(size_value(s, self.sizes) for s in v.shape) for v in self.wrt]
        self.packing = Packing(self.wrt, shapes, bound.dtype)
        self.start = None if start is None else self._filled({**begin, **bound.values})
        self._known: dict[str, Any] = {
            **{v.attrs[0]: bound.values[v] for v in known},
            **self.sizes,
        }
        self._names = [str(v.attrs[0]) for v in self.wrt]

    def again(self, expressions: Sequence[Node], data: Data | None, start: Start | None) -> Problem:
        """The same variables and data for other expressions; data and start, if given, replace."""
        begin = self._begin if start is None else start
        return Problem(expressions, self.wrt, {**self._data, **_by_name(data)}, begin)

    def checked_start(self) -> Array:
        """The start. Raises InputError where there is none."""
        if self.start is None:
            self._refuse_missing({}, "start")
        assert self.start is not None  # some variable misses its start
        return self.start

    def values(self, x: Array) -> dict[str, Any]:
        """What is known by name at a point: data, sizes, and the variables."""
        return {**self._known, **dict(zip(self._names, self.packing.unravel(x), strict=True))}

    def function(self, outputs: Sequence[Node]) -> Callable[[Array], tuple[Any, ...]]:
        """Compile expressions as a function of the flat vector."""
        compiled = compile(list(outputs))
        return lambda x: called(compiled, self.values(x))

    def arrays(self, given: object, what: str = "values") -> list[Array]:
        """Arrays for all variables, given by name. Raises InputError for what does not fit."""
        found = self._complete(given, what)
        pairs = zip(self.wrt, self.packing.shapes, strict=True)
        return [_array(v, found[v], shape, what) for v, shape in pairs]

    # Parts

    def _filled(self, begin: Mapping[Node, object]) -> Array:
        return self.packing.ravel(self.arrays({v: begin[v] for v in self.wrt}, "start"))

    def _sorted(
        self, variables: Sequence[Node], sizes: Sequence[str]
    ) -> tuple[dict[Node, object], dict[str, int]]:
        """The data as arrays by variable and numbers by size."""
        named = self._data
        twice = [v for v in self.wrt if v.attrs[0] in named]
        if twice:
            name = twice[0].attrs[0]
            raise InputError(
                f"data has a value for {name}, which is optimised over: give it as a start, "
                f"start={{{name!r}: …}}"
            )
        others = [v for v in variables if v not in self.wrt]
        known, numbers = split_names(others, sizes, named)
        missing = [str(v.attrs[0]) for v in others if v not in known]
        if missing:
            example = ", ".join(f"{name!r}: …" for name in missing)
            raise InputError(
                f"no data for {', '.join(missing)}: give data={{{example}}}, or optimise over "
                f"{'it' if len(missing) == 1 else 'them'} too"
            )
        return known, numbers

    def _complete(self, given: object, what: str) -> dict[Node, object]:
        found = named_values(self.wrt, given, what)
        self._refuse_missing(found, what)
        return found

    def _refuse_missing(self, found: Mapping[Node, object], what: str) -> None:
        missing = [v for v in self.wrt if v not in found]
        if missing:
            v = missing[0]
            fills = " or a number that fills it" if v.ndim else ""
            raise InputError(
                f"{what} has no value for {v.attrs[0]}: give {what}={{{v.attrs[0]!r}: …}}, "
                f"{'an array of shape ' + shape_text(v.shape) if v.ndim else 'a number'}{fills}"
            )

    def _refuse_open_sizes(self, sizes: Sequence[str]) -> None:
        missing = next((name for name in sizes if name not in self.sizes), None)
        if missing is None:
            return
        message = f"no array tells the size {missing}"
        owner = next((v.attrs[0] for v in self.wrt if missing in names_in(v.shape)), None)
        if owner is not None:
            message += f" of {owner}; give an array to start from, start={{{owner!r}: …}}, or"
        else:
            message += ";"
        raise InputError(f"{message} give it with the data, data={{{missing!r}: …}}")


def called(function: Compiled, values: Mapping[str, Any]) -> tuple[Any, ...]:
    """Call a compiled function of several outputs with those values that it takes."""
    results: tuple[Any, ...] = function(**{name: values[name] for name in function.inputs})
    return results


def checked_variables(wrt: Node | Sequence[Node], expressions: Sequence[Node]) -> tuple[Node, ...]:
    """What is optimised over. Raises ArgumentError for what cannot be, or does not occur."""
    wanted = as_list(wrt)
    if not wanted:
        raise ArgumentError("there is nothing to optimise over: `wrt` is empty")
    present = variables_of(topological([*expressions, *wanted]))
    used = set(topological(expressions))
    for place, v in enumerate(wanted):
        if v.op is not VARIABLE:
            raise ArgumentError(f"{quote(v)} is no variable; optimise over the variables in it")
        if v.dtype not in INEXACT:
            raise ArgumentError(
                f"{quote(v)} is of kind {v.dtype}, which does not vary continuously, so nothing "
                "can be optimised over it; declare it with dtype='float' if it does"
            )
        if v in wanted[:place]:
            raise ArgumentError(f"`wrt` names {quote(v)} twice")
        if v not in used:
            known = ", ".join(str(u.attrs[0]) for u in present if u in used) or "none"
            raise ArgumentError(
                f"{quote(expressions[0])} does not depend on {quote(v)}; its variables are: {known}"
            )
    return tuple(wanted)


def _by_name(data: Data | None) -> dict[str, object]:
    if data is not None and not isinstance(data, Mapping):
        raise InputError(f"data gives arrays by name, data={{'X': X}}, not {type(data).__name__}")
    named: dict[str, object] = {}
    for key, value in (data or {}).items():
        variable = isinstance(key, Node) and key.op is VARIABLE
        named[str(key.attrs[0] if variable else key)] = value  # type: ignore[union-attr]
    return named


def _array(v: Node, value: object, shape: tuple[int, ...], what: str) -> Array:
    array = np.asarray(value)
    if array.dtype.kind not in ("cfiub" if v.dtype == "complex" else "fiub"):
        numbers = "numbers" if v.dtype == "complex" else "real numbers"
        raise InputError(f"{what}: {v.attrs[0]} must hold {numbers}, not {array.dtype}")
    if array.ndim and array.shape != shape:
        raise InputError(f"{what}: {v.attrs[0]} must have shape {shape}, not {array.shape}")
    return np.broadcast_to(array, shape)
