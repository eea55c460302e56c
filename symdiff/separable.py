"""Whether a named size only ever indexes independent rows, whose results are folded at the end.

If so, a formula can be computed from parts of the rows, one after the other: each part gives
partial sums (or maxima, and so on), and when all rows have been seen the rest follows from these.
Every op declares how rows pass through it, so one walk over the graph finds the folds, or the first
expression in which rows meet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from symdiff.binding import as_nodes, inputs, size_names
from symdiff.dims import Dim, Size, names_in
from symdiff.errors import ArgumentError, describe, quote
from symdiff.node import Node, topological
from symdiff.ops.leaves import SIZE, VARIABLE, size_of, variable
from symdiff.ops.structure import BROADCAST_TO
from symdiff.registry import Fold
from symdiff.rewrite.engine import replaced
from symdiff.rewrite.opened import opened
from symdiff.rewrite.simplify import simplify
from symdiff.shown import Part, Rows, Sentence, Shown

_WORDS = {
    Fold.ADD: "sum",
    Fold.MULTIPLY: "product",
    Fold.MAXIMUM: "maximum",
    Fold.MINIMUM: "minimum",
    Fold.AND: "all",
    Fold.OR: "any",
}
_WIDTH = 70


@dataclass(frozen=True, slots=True, repr=False)
class Separation(Shown):
    """What `separable` found; true if the size is separable. It prints the parts, or the reason.

    size     the named size
    outputs  the expressions, in the form that was read
    axes     for each node that has rows, the axis along which they lie
    folds    the nodes whose results for parts of the rows combine to that for all, and how
    counts   the nodes that are the number of rows, where rows need it; it must be known beforehand
    made     nodes whose rows are all alike: what is the same for all rows, stretched
    reason   why not, if it is not separable
    """

    size: Dim
    outputs: tuple[Node, ...]
    axes: Mapping[Node, int]
    folds: Mapping[Node, Fold]
    counts: tuple[Node, ...]
    made: tuple[Node, ...]
    reason: str

    def __bool__(self) -> bool:
        return not self.reason

    def _parts_(self) -> list[Part]:
        if self.reason:
            return [(f"not separable over {self.size}: {self.reason}",)]
        return [(f"separable over {self.size}",), Rows((), _listed(self))]

    @property
    def variables(self) -> list[Node]:
        """The variables that have rows."""
        return [node for node in self.axes if node.op is VARIABLE]


def separable(expressions: Node | Sequence[Node], size: str | Dim | Node) -> Separation:
    """Say whether expressions can be computed from parts of the rows along `size`, in one pass.

    The result is true if every row is used by itself and all meet in sums, products, extrema,
    `any` or `all`; it prints these folds, and what is computed from them. If it is false, it prints
    the first expression in which rows meet, and what to do. Several expressions, such as a value
    and its gradients, share the pass. `sd.compile(…).stream` computes what is separable.

    Expressions are read as written, and simplified where that helps.

    Raises ArgumentError for a `size` that is no name, or that no variable has.

    >>> import symdiff as sd
    >>> X, w, y = sd.matrix("X", "n", "d"), sd.vector("w", "d"), sd.vector("y", "n")
    >>> loss = sd.mean((X @ w - y) ** 2)
    >>> print(separable([loss, sd.grad(loss, w)], "n"))
    separable over n
    each row of X, y  (X w − y)²; X w − y
    sum over n        part1 = sum((X w − y)²)
    sum over n        part2 = Xᵀ(X w − y)
    then              value1 = part1/n
    then              value2 = 2 part2/n
    >>> print(separable(y - sd.mean(y), "n"))
    not separable over n: `y - sum(y)/n` needs `sum(y)/n`, which takes all rows, before its own
    rows: that is two passes. Compute `sum(y)/n` in the first, and make it a variable in the second
    """
    outputs = opened(as_nodes(expressions), lambda op: op.body is not None and not op.elementwise)
    dim = _name_of(size)
    if dim not in (s for v in inputs(outputs) for s in v.shape):
        known = names_in(s for v in inputs(outputs) for s in v.shape if _is_name(s))
        raise ArgumentError(
            f"no variable has an axis of size {dim}; the named sizes of axes are: "
            f"{', '.join(known) or 'none'}"
        )
    written = _read(outputs, dim)
    if written and not written.counts:
        return written
    simplified = _read(simplify(outputs), dim)
    better = simplified and (not written or not simplified.counts)
    return simplified if better else written


def _name_of(size: str | Dim | Node) -> Dim:
    dim = size_of(size)
    if not isinstance(dim, Dim) or not dim.is_name:
        raise ArgumentError(f"rows are counted by a named size, such as 'n', not by {dim}")
    return dim


def _is_name(size: object) -> bool:
    return isinstance(size, Dim) and size.is_name


# Reading ----------------------------------------------------------------------------------------


def _read(outputs: Sequence[Node], size: Dim) -> Separation:
    """Follow the rows through the graph, up to the first expression that mixes them."""
    reader = _Reader(size)
    reasons = (reader.read(node) for node in topological(outputs))
    reason = next((reason for reason in reasons if reason), "")
    kept = next((node for node in outputs if node in reader.axes), None)
    if kept is not None and not reason:
        reason = (
            f"the result {describe(kept)} has all the rows, which no fold makes fewer. Sum over "
            f"{size}, or call the compiled function for one part of the rows after the other"
        )
    made, counts = tuple(reader.made), tuple(reader.counts)
    return Separation(size, tuple(outputs), reader.axes, reader.folds, counts, made, reason)


class _Reader:
    """Reads one node after the other, each after its arguments."""

    def __init__(self, size: Dim) -> None:
        self.axes: dict[Node, int] = {}
        self.folds: dict[Node, Fold] = {}
        self.counts: dict[Node, None] = {}
        self.made: dict[Node, None] = {}
        self._size = size
        self._late: set[Node] = set()
        """What is known when all rows have been seen."""
        self._numbers: dict[Node, dict[Node, None]] = {}
        """Of nodes without rows that depend on the number of rows, the nodes that say it."""

    def read(self, node: Node) -> str:
        """Note where the rows of a node are. Return what is wrong, or nothing."""
        axes = tuple([self.axes.get(arg) for arg in node.args])
        if any(axis is not None for axis in axes):
            return self._with_rows(node, axes)
        if node.op is SIZE:
            if str(self._size) in node.attrs.names:
                self._numbers[node] = {node: None}
            return ""
        late = next((arg for arg in node.args if arg in self._late), None)
        if self._is_mentioned((*node.shape, *node.op.sizes(node))):
            return self._new_rows(node, late)
        if late is not None:
            self._late.add(node)
        numbers = {number: None for arg in node.args for number in self._numbers.get(arg, ())}
        if numbers:
            self._numbers[node] = numbers
        return ""

    def _with_rows(self, node: Node, axes: tuple[int | None, ...]) -> str:
        for arg in node.args:
            if arg in self._late:
                return _two_passes(node, arg)
        place = node.op.rows(node, axes)
        if place is None or self._is_elsewhere(node, place):
            own = [arg for arg in node.args if arg in self.axes]
            return _rows_meet(node, own, self._size)
        if isinstance(place, Fold):
            self.folds[node] = place
            self._late.add(node)
        else:
            self.axes[node] = place
        for arg in node.args:
            self.counts.update(self._numbers.get(arg, {}))
        return ""

    def _new_rows(self, node: Node, late: Node | None) -> str:
        """Rows of a variable, or of what is the same for all rows."""
        if node.op not in (VARIABLE, BROADCAST_TO):
            return (
                f"the rows of {describe(node)} come from their places, not from a variable. Make "
                "it one; what takes an entry of each row at an index is sd.take_along_axis"
            )
        place = node.shape.index(self._size) if self._size in node.shape else None
        if place is None or self._is_elsewhere(node, place):
            return _other_sizes(node, self._size)
        if late is not None:
            return _two_passes(node, late)
        self.axes[node] = place
        if node.op is BROADCAST_TO:
            self.made[node] = None
            self.counts.update(self._numbers.get(node.args[0], {}))
        return ""

    def _is_elsewhere(self, node: Node, place: int | Fold) -> bool:
        """Whether a node mentions the size apart from the axis along which its rows lie."""
        others = (size for axis, size in enumerate(node.shape) if axis != place)
        return self._is_mentioned((*others, *node.op.sizes(node)))

    def _is_mentioned(self, sizes: tuple[Size, ...]) -> bool:
        return str(self._size) in names_in(sizes)


# Explaining -------------------------------------------------------------------------------------


def _two_passes(node: Node, late: Node) -> str:
    return (
        f"{quote(node)} needs {quote(late)}, which takes all rows, before its own rows: that is "
        f"two passes. Compute {quote(late)} in the first, and make it a variable in the second"
    )


def _rows_meet(node: Node, rows: Sequence[Node], size: Dim) -> str:
    if not any(str(size) in names_in([s]) for s in node.shape):
        return (
            f"{quote(node)} takes all rows together, and what it is for parts of them does not "
            "combine; sums, products, extrema, any and all do"
        )
    if node.shape.count(size) != 1:
        return _other_sizes(node, size)
    sources = " and ".join(dict.fromkeys(quote(arg) for arg in rows))
    return f"each row of {describe(node)} comes from several rows of {sources}"


def _other_sizes(node: Node, size: Dim) -> str:
    if node.shape.count(size) > 1:
        return (
            f"{describe(node)} has {size} twice: each row meets every other. What has each row "
            "once, such as X.T @ X, is separable"
        )
    return f"{describe(node)} has a size that depends on {size} and is another: rows are not alone"


# Printing ---------------------------------------------------------------------------------------


def _listed(found: Separation) -> list[Sentence]:
    """The rows, the folds by name, and what is computed from them."""
    from symdiff.show.text import pretty

    several = len(found.outputs) > 1
    outputs = [f"value{k}" if several else "value" for k in range(1, len(found.outputs) + 1)]
    names = _part_names(found, dict(zip(found.outputs, outputs, strict=True)))
    parts = {node: variable(name, node.shape, node.dtype) for node, name in names.items()}
    rows = dict.fromkeys(arg for node in found.folds for arg in node.args if arg in found.axes)
    made = [row for row in rows if row.args] or list(rows)
    owners = ", ".join(v.attrs[0] for v in found.variables)
    written = "; ".join(pretty(row, _WIDTH) for row in made)
    lines: list[Sentence] = [(f"each row of {owners}", written)]
    if found.counts:
        lines.append(("known beforehand", f"{found.size}, the number of rows"))
    for node, fold in found.folds.items():
        lines.append(
            (f"{_WORDS[fold]} over {found.size}", f"{names[node]} = {pretty(node, _WIDTH)}")
        )
    for name, node, after in zip(
        outputs, found.outputs, replaced(found.outputs, parts), strict=True
    ):
        if names.get(node) != name:
            lines.append(("then", f"{name} = {pretty(after, _WIDTH)}"))
    return lines


def _part_names(found: Separation, outputs: dict[Node, str]) -> dict[Node, str]:
    """Names for the folds: those of the outputs that they are, or others that nothing has."""
    order = topological(found.outputs)
    taken = {*(v.attrs[0] for v in order if v.op is VARIABLE), *size_names(order)}
    fresh = (f"part{k}" for k in range(1, len(found.folds) + len(taken) + 1))
    free = (name for name in fresh if name not in taken)
    return {node: outputs[node] if node in outputs else next(free) for node in found.folds}
