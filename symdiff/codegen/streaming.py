"""Computing from rows that come in chunks what does not fit into memory at once.

What is the same for all rows is computed once, at the first chunk. Each chunk gives the folds of
its rows, which are combined in pairs, as in a tournament: rounding then grows with the logarithm of
the number of chunks. What depends on the folds is computed in the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from symdiff.binding import Bound, bind, size_names, split_names
from symdiff.codegen.chunks import Axes, Chunk, cut, read
from symdiff.codegen.compiled import Compiled
from symdiff.codegen.generate import compile
from symdiff.codegen.two_steps import in_two_steps
from symdiff.dims import Dim, names_in
from symdiff.errors import ArgumentError, InputError, describe
from symdiff.node import Node, topological
from symdiff.ops.leaves import INEXACT, KIND_OF_TYPE_CODE, VARIABLE, variable
from symdiff.plan import type_of_kind
from symdiff.progress import Progress
from symdiff.registry import Fold
from symdiff.rewrite.engine import replaced
from symdiff.separable import Separation, separable

Values: TypeAlias = "list[Any]"


# Which size -------------------------------------------------------------------------------------


def separation(
    outputs: Sequence[Node], inputs: Sequence[Node], over: str | Dim | None, in_chunks: set[str]
) -> Separation:
    """How outputs are computed from chunks: over a size, or over the only one that is possible.

    `in_chunks` names the inputs that come in chunks, if some do: they tell which size is meant.

    Raises ArgumentError where no size is separable, or more than one.
    """
    for name in {v.attrs[0] for v in inputs} & {"over", "rows"}:
        raise ArgumentError(f"an input is named {name!r}, as an option of `stream` is; rename it")
    if over is not None:
        sizes: Sequence[str | Dim] = [over]
    else:
        axes = (s for v in _variables_in(outputs) for s in v.shape)
        plain = [s for s in dict.fromkeys(axes) if isinstance(s, Dim) and s.is_name]
        exact = [s for s in plain if in_chunks == _having(inputs, s)]
        within = [s for s in plain if not in_chunks or in_chunks >= _having(inputs, s)]
        sizes = exact or within
    found = [separable(outputs, size) for size in sizes]
    possible = [each for each in found if each]
    if len(possible) == 1:
        return possible[0]
    if possible:
        names = " or ".join(str(each.size) for each in possible)
        raise ArgumentError(f"rows may be counted by {names}: say over={str(possible[0].size)!r}")
    if found:
        raise ArgumentError("\n".join(map(str, found)))
    if plain:
        raise ArgumentError(
            f"{', '.join(sorted(in_chunks))} must come in the chunks, not being given by name, but "
            "no named size is that of these inputs alone"
        )
    raise ArgumentError("no input has an axis with a named size, by which rows could be counted")


def _variables_in(outputs: Sequence[Node]) -> list[Node]:
    return [node for node in topological(outputs) if node.op is VARIABLE]


def _having(inputs: Sequence[Node], size: Dim) -> set[str]:
    return {v.attrs[0] for v in inputs if str(size) in names_in(v.shape)}


# The function -----------------------------------------------------------------------------------


class Streaming:
    """Some outputs as a function of rows that come in chunks, and of what all rows share.

    found   how the outputs come from the rows
    inputs  all inputs
    axes    those that have rows, with the axis along which these lie
    counts  by the name of a variable of the steps, the number that it is for so many rows
    """

    def __init__(
        self, inputs: Sequence[Node], found: Separation, options: Mapping[str, Any]
    ) -> None:
        """Compile what is computed once, for each chunk, and in the end, with these options."""
        self.found, self.inputs, self.axes = found, list(inputs), _row_axes(inputs, found)
        order = topological([*found.outputs, *inputs])
        taken = {*(v.attrs[0] for v in order if v.op is VARIABLE), *size_names(order)}
        counts = _stand_ins(found.counts, "count", taken)
        self.counts: dict[str, Dim] = {v.attrs[0]: node.attrs for node, v in counts.items()}
        of_rows = replaced([*found.folds, *found.made], counts)
        folds, made = of_rows[: len(found.folds)], of_rows[len(found.folds) :]
        rows = [*found.variables, *made]
        self._steps = in_two_steps(folds, rows, options) if folds else None
        totals = _stand_ins(found.folds, "total", taken)
        self._totals = {node: v.attrs[0] for node, v in totals.items()}
        self._rest = [node for node in found.outputs if node not in totals]
        after = replaced(self._rest, totals)
        self._after = compile(after, **options) if after else None

    def once(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """What all rows share, by the names that `of_rows` takes."""
        if self._steps is None or self._steps.first is None:
            return {}
        return dict(zip(self._steps.names, _called(self._steps.first, given), strict=True))

    def of_rows(self, given: Mapping[str, Any]) -> Values:
        """The folds of some rows."""
        return [] if self._steps is None else list(_called(self._steps.second, given))

    def outputs(self, folds: Values, given: Mapping[str, Any]) -> Values:
        """The outputs, from the folds of all rows."""
        totals = dict(zip(self._totals, folds, strict=True))
        if self._after is not None:
            named = {self._totals[node]: value for node, value in totals.items()}
            totals.update(zip(self._rest, _called(self._after, {**given, **named}), strict=True))
        outputs = self.found.outputs
        again = [node in outputs[:place] for place, node in enumerate(outputs)]
        return [
            np.copy(totals[node])[()] if copied else totals[node]
            for node, copied in zip(outputs, again, strict=True)
        ]


def _row_axes(inputs: Sequence[Node], found: Separation) -> dict[Node, int]:
    """Where the rows of inputs lie, of those also that no output needs."""
    name, axes = str(found.size), {}
    for v in inputs:
        having = [axis for axis, size in enumerate(v.shape) if name in names_in([size])]
        if having:
            if len(having) > 1 or v.shape[having[0]] != found.size:
                raise ArgumentError(f"{describe(v)} cannot be cut into rows along {name}")
            axes[v] = having[0]
    return axes


def _stand_ins(nodes: Iterable[Node], word: str, taken: set[str]) -> dict[Node, Node]:
    """A variable for each node, of a name that nothing has."""
    found: dict[Node, Node] = {}
    for k, node in enumerate(nodes, 1):
        name = f"{word}{k}"
        while name in taken:
            name += "_"
        found[node] = variable(name, node.shape, node.dtype)
    return found


def _called(function: Compiled, given: Mapping[str, Any]) -> Any:
    return function(**{name: given[name] for name in function.inputs})


# One run ----------------------------------------------------------------------------------------


class Tournament:
    """Combines values in pairs, and the results in pairs, as they come: the first with the second.

    Between two values there are as many roundings as a binary number of their count has digits.
    """

    def __init__(self, folds: Iterable[Fold]) -> None:
        self._ufuncs = [getattr(np, fold.value) for fold in folds]
        self._rounds: list[tuple[int, Values]] = []

    def add(self, values: Values) -> None:
        """Take one more value of each fold."""
        won = 0
        while self._rounds and self._rounds[-1][0] == won:
            values = self._combined(self._rounds.pop()[1], values)
            won += 1
        self._rounds.append((won, values))

    def result(self) -> Values:
        """The folds of all values; there must be some."""
        _, values = self._rounds[-1]
        for _, earlier in reversed(self._rounds[:-1]):
            values = self._combined(earlier, values)
        return values

    def __bool__(self) -> bool:
        return bool(self._rounds)

    def _combined(self, left: Values, right: Values) -> Values:
        pairs = zip(self._ufuncs, left, right, strict=True)
        return [ufunc(a, b) for ufunc, a, b in pairs]


class _Run:
    """What has been seen of the rows so far."""

    def __init__(
        self,
        function: Streaming,
        fixed: Mapping[Node, object],
        sizes: Mapping[str, int],
        rows: int | None,
    ) -> None:
        """`rows` is how many there will be, if that is known."""
        self._function, self._fixed, self._sizes = function, fixed, sizes
        self._size, self._expected = str(function.found.size), rows
        self._folded = Tournament(function.found.folds.values())
        self._shapes: dict[Node, tuple[int, ...]] = {}
        self._dtype: np.dtype[Any] | None = None
        self._shared: dict[str, Any] = {}
        self._once: dict[str, Any] = {}
        self._none: Bound | None = None
        self.chunks = self.rows = 0

    def take(self, chunk: Chunk) -> None:
        """Fold the rows of one chunk in; one without rows is only checked."""
        self.chunks += 1
        try:
            bound = self._bound(chunk)
            if self._dtype is None:
                self._begin(bound)
            if bound.sizes[self._size]:
                self._folded.add(self._of_rows(bound))
            else:
                self._none = bound
        except InputError as error:
            raise InputError(f"chunk {self.chunks}: {error}") from error
        self.rows += bound.sizes[self._size]

    def results(self) -> Values:
        """The outputs."""
        if self._expected not in (None, self.rows):
            raise InputError(f"{self._size} is given as {self._expected}, but has {self.rows} rows")
        if self._folded:
            folds = self._folded.result()
        elif self._none is not None:
            folds = self._of_rows(self._none)
        else:
            raise InputError("there are no chunks; a chunk without rows would tell the other sizes")
        kept = [self._in_precision(value) for value in folds]
        outputs = self._function.outputs(kept, {**self._shared, self._size: self.rows})
        return [self._in_precision(value) for value in outputs]

    def _bound(self, chunk: Chunk) -> Bound:
        """The values of all inputs with those of a chunk, which must be like those before."""
        for v, shape in self._shapes.items():
            _check_like(v, self._function.axes[v], chunk[v].shape, shape)
        bound = bind(self._function.inputs, {**self._fixed, **chunk}, self._sizes)
        if self._dtype not in (None, bound.dtype):
            raise InputError(f"its floats are {bound.dtype}, but {self._dtype} in chunk 1")
        return bound

    def _begin(self, bound: Bound) -> None:
        """Compute what all rows share."""
        self._shapes = {v: bound.values[v].shape for v in self._function.axes}
        self._dtype = bound.dtype
        fixed = {v.attrs[0]: bound.values[v] for v in self._fixed}
        sizes = {name: size for name, size in bound.sizes.items() if name != self._size}
        counts = {} if self._expected is None else {**sizes, self._size: self._expected}
        numbers = {name: size.value(counts) for name, size in self._function.counts.items()}
        self._shared = {**fixed, **sizes, **numbers}
        once = self._function.once(self._shared)
        self._once = {name: self._in_precision(value) for name, value in once.items()}

    def _of_rows(self, bound: Bound) -> Values:
        rows = {v.attrs[0]: bound.values[v] for v in self._function.axes}
        count = {self._size: bound.sizes[self._size]}
        return self._function.of_rows({**self._shared, **self._once, **rows, **count})

    def _in_precision(self, value: Any) -> Any:
        """A value in the float type of the call, which a step without floats does not know."""
        assert self._dtype is not None
        kind = KIND_OF_TYPE_CODE[value.dtype.kind] if hasattr(value, "dtype") else ""
        dtype = type_of_kind(kind, self._dtype)
        return value.astype(dtype, copy=False) if kind in INEXACT else value


def _check_like(v: Node, axis: int, shape: tuple[int, ...], first: tuple[int, ...]) -> None:
    """Refuse an array that differs from that in the first chunk in more than the number of rows."""
    if len(shape) != len(first) or any(
        a != b for k, (a, b) in enumerate(zip(shape, first, strict=True)) if k != axis
    ):
        raise InputError(
            f"{v.attrs[0]} has shape {shape}, but {first} in chunk 1; only axis {axis} may differ"
        )


# The public form --------------------------------------------------------------------------------


def stream(
    function: Streaming, chunks: Iterable[object] | None, rows: int | None, named: dict[str, object]
) -> Values:
    """The outputs, from chunks, or from arrays that are given by name as other inputs are.

    Raises InputError for inputs that are missing, unknown, or do not fit, for none at all, and for
    the number of rows where it is needed beforehand; ArgumentError for `rows` beside chunks.
    """
    size, axes = str(function.found.size), function.axes
    nodes = [*function.inputs, *topological(function.found.outputs)]
    given, sizes = split_names(function.inputs, size_names(nodes), named)
    expected = sizes.pop(size, None)
    required = [v for v in function.inputs if chunks is None or v not in axes]
    missing = [v.attrs[0] for v in required if v not in given]
    if missing:
        raise InputError(f"no value for {', '.join(missing)}")
    if chunks is None:
        parts, count = cut({v: given.pop(v) for v in axes}, axes, rows)
        expected = count if expected is None else expected
    else:
        if not isinstance(chunks, Iterable):
            raise ArgumentError(f"chunks come in an iterable, such as a list, not {chunks!r}")
        _check_in_chunks(axes, given, rows)
        parts = read(chunks, axes)
    if function.counts and expected is None:
        raise InputError(
            f"each row needs {size}, the number of all rows, before they have been counted: "
            f"give {size}="
        )
    run = _Run(function, given, sizes, expected)
    with Progress() as progress:
        for part in parts:
            run.take(part)
            progress.say(
                f"chunk {run.chunks}: {run.rows} rows" + f" of {expected}" * bool(expected)
            )
    return run.results()


def _check_in_chunks(axes: Axes, given: Mapping[Node, object], rows: int | None) -> None:
    """Refuse what is given by name although it comes in chunks, or although these are cut."""
    twice = [v.attrs[0] for v in axes if v in given]
    if twice:
        raise InputError(f"{', '.join(twice)} must come in the chunks, or all rows by name")
    if rows is not None:
        raise ArgumentError("`rows` says how arrays given by name are cut; chunks are cut already")
