"""Every declaration of how rows pass through an op, on parts of the rows of the op's samples."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
from oracles import draw
from samples import SAMPLES, declared, each_op

import symdiff as sd
from symdiff.binding import size_names
from symdiff.dims import Dim, named, size_value
from symdiff.node import intern, topological
from symdiff.ops import lowered
from symdiff.ops.leaves import variable
from symdiff.ops.linear_algebra import SOLVE
from symdiff.ops.rows import part as part_of
from symdiff.registry import OPS, Fold

SIZES = {"n": 3, "m": 2}
ROWS = named("rows")

Axes = tuple[int | None, ...]


# Samples ------------------------------------------------------------------------------------------


def expressions(name: str) -> Iterator[tuple[sd.Node, dict[str, Any]]]:
    """The samples of an op or a function, with values for their variables."""
    for sample in SAMPLES[name]:
        variables = declared(sample)
        shapes = {v: [size_value(s, SIZES) for s in node.shape] for v, node in variables.items()}
        values = draw(shapes, sample.low, sample.high, sample.formula)
        kinds = {v: node.dtype for v, node in variables.items()}
        point = {v: of_kind(value, kinds[v]) for v, value in values.items()}
        yield sd.parse(sample.formula, **variables), point


def of_kind(values: Any, kind: str) -> Any:
    """Random numbers as they are, as whole numbers, or as their signs."""
    if kind in ("float", "complex"):
        return np.asarray(values, np.float64)
    return values > 0 if kind == "bool" else np.rint(values).astype(int)


def told(nodes: list[sd.Node], sizes: dict[str, int]) -> dict[str, int]:
    """Those of the sizes that no variable of the nodes tells."""
    known = {str(s) for v in sd.inputs(nodes) for s in v.shape if isinstance(s, Dim)}
    return {s: sizes[s] for s in size_names(topological(nodes)) if s not in known}


@cache
def steps(name: str) -> list[tuple[sd.Node, list[Any], Any]]:
    """The nodes of the samples that have arguments: with the values of these, and their own."""
    found: list[tuple[sd.Node, list[Any], Any]] = []
    for expression, point in expressions(name):
        order = topological([expression])
        given = {v.attrs[0]: point[v.attrs[0]] for v in sd.inputs(expression)}
        results = sd.evaluate(order, **given, **told(order, SIZES))
        value = dict(zip(order, results, strict=True))
        found += [(n, [value[arg] for arg in n.args], value[n]) for n in order if n.args]
    return found


def placements(node: sd.Node) -> Iterator[Axes]:
    """All that can be said of where the rows of the arguments lie."""
    choices = [[None, *range(arg.ndim)] for arg in node.args]
    return (axes for axes in itertools.product(*choices) if any(k is not None for k in axes))


# Parts --------------------------------------------------------------------------------------------


def on_parts(node: sd.Node, axes: Axes, place: int | Fold) -> sd.Node:
    """The same operation on arguments with any number of rows."""
    along = place if isinstance(place, int) else None
    found = part_of(node, axes, along, ROWS)
    args = [
        arg
        if arg.op.name == "constant" and axis is None  # some must be constants
        else variable(f"arg{k}", arg.shape, arg.dtype)
        for k, (arg, axis) in enumerate(zip(found.args, axes, strict=True))
    ]
    part = intern(node.op, tuple(args), found.attrs)
    assert part.shape == tuple(ROWS if k == along else size for k, size in enumerate(node.shape))
    assert part.op.rows(part, axes) == place
    return part


def computed(part: sd.Node, axes: Axes, values: list[Any], rows: slice) -> Any:
    """The value of an operation for some rows."""
    given = {
        arg.attrs[0]: value if axis is None else value[(slice(None),) * axis + (rows,)]
        for arg, value, axis in zip(part.args, values, axes, strict=True)
        if arg.op.name == "variable"
    }
    return sd.evaluate(part, **given, **told([part], SIZES))


def check(node: sd.Node, axes: Axes, values: list[Any], whole: Any) -> bool:
    """Whether rows are declared for these arguments; if they are, parts must give the whole."""
    place = node.op.rows(node, axes)
    if place is None:
        return False
    count = next(v.shape[k] for v, k in zip(values, axes, strict=True) if k is not None)
    if count < 2:
        return False
    part = on_parts(node, axes, place)
    first, rest = (computed(part, axes, values, rows) for rows in (slice(1), slice(1, None)))
    if isinstance(place, Fold):
        together = getattr(np, place.value)(first, rest)
    else:
        together = np.concatenate([first, rest], axis=place)
    assert np.asarray(together).dtype == np.asarray(whole).dtype
    np.testing.assert_allclose(together, whole, rtol=1e-12, atol=1e-12)
    return True


@each_op
def test_parts_of_the_rows_give_the_whole(name: str) -> None:
    for node, values, whole in steps(name):
        for axes in placements(node):
            check(node, axes, values, whole)


def test_ops_that_only_computing_has_keep_rows() -> None:
    X, Y, s = sd.matrix("X", "n", "m"), sd.matrix("Y", "n", "m"), sd.matrix("s", "n", 1)
    A, B = sd.tensor("A", "n", 2, 2), sd.tensor("B", "n", 2, "m")
    point = {"X": [[0.1, 0.7], [2.0, 0.3], [0.4, 0.6]], "Y": [[0.2, 0.8], [0.9, 0.1], [0.5, 0.5]]}
    point |= {
        "s": [[1.0], [2.0], [0.5]],
        "A": [[[3.0, 1.0], [1.0, 2.0]]] * 3,
        "B": np.ones((3, 2, 2)),
    }
    for node in (
        lowered.softmax_minus(X, Y, s, axes=(1,)),
        lowered.softmax_slope(X, axes=(1,)),
        lowered.minus_mean(X, Y, axes=(1,)),
        lowered.sech(X),
        lowered.sigmoid_minus(X, Y),
        intern(SOLVE, (A, B)),
    ):
        values = [np.asarray(point[arg.attrs[0]]) for arg in node.args]
        whole = sd.evaluate(node, **{v.attrs[0]: point[v.attrs[0]] for v in sd.inputs(node)})
        assert check(node, (0,) * len(values), values, whole)


# What is declared ---------------------------------------------------------------------------------

WITHOUT_ROWS = {
    *("variable", "constant", "size", "eye", "shifted_eye", "arange"),  # no arguments
    *("fftfreq", "rfftfreq", "rfft_weights"),
    *("whole", "part", "add_diagonal", "set_diagonal"),  # they belong to computing alone
    *("convolve", "kron", "last_written"),  # all entries meet
}
FOLDED = {"contract", "prod", "max", "min", "any", "all", "scatter_add", "add_along_axis"}


def test_ops_declare_their_rows() -> None:
    nodes = {node for family in SAMPLES for node, _, _ in steps(family)}
    found: dict[str, set[int | Fold | None]] = {name: set() for name in OPS}
    for node in nodes:
        found[node.op.name] |= {node.op.rows(node, axes) for axes in placements(node)}
    without = {name for name, rows in found.items() if not any(isinstance(k, int) for k in rows)}
    tried = {name for name, op in OPS.items() if op.samples} - {"off_kink"}
    assert without & tried == WITHOUT_ROWS & tried
    folded = {name for name, rows in found.items() if any(isinstance(k, Fold) for k in rows)}
    assert folded == FOLDED


def test_rows_that_meet_others_are_told() -> None:
    X, A, x = sd.matrix("X", "n", "n"), sd.matrix("A", "n", "m"), sd.vector("x", "n")
    for node, axes in (
        (X + x, (0, 0)),  # the rows of one are the columns of the other
        (A + sd.matrix("B", "n", "m"), (0, None)),  # the second has rows that nobody named
        (A + sd.vector("b", "m"), (0, 0)),
        (X @ X, (0, 0)),
        (X @ A, (1, None)),
        (sd.diag(X), (0,)),
        (sd.cumsum(A, axis=0), (0,)),
        (sd.softmax(A, axis=0), (0,)),
        (sd.sort(x), (0,)),
        (sd.inv(X), (0,)),
        (sd.reshape(A, -1), (0,)),
        (A[1:], (0,)),
        (sd.concatenate([A, A]), (0, 0)),
        (sd.logsumexp(x), (0,)),
    ):
        assert node.op.rows(node, axes) is None, node


def test_rows_are_where_the_index_goes() -> None:
    X, Y = sd.matrix("X", "n", "d"), sd.matrix("Y", "m", "d")
    product = X @ Y.T
    assert product.op.rows(product, (0, None)) == 0
    assert product.op.rows(product, (None, 0)) == 1
    assert product.op.rows(product, (1, 1)) is Fold.ADD
    assert product.op.rows(product, (1, None)) is None
    squares = X.T @ X
    assert squares.op.rows(squares, (0, 0)) is Fold.ADD


def test_rows_of_arguments_that_broadcast() -> None:
    X, c, b = sd.matrix("X", "n", "d"), sd.matrix("c", "n", 1), sd.vector("b", "d")
    for node, axes, place in (
        (X * c, (0, 0), 0),
        (X + b, (0, None), 0),
        (X + b, (1, 0), 1),
        (X * c, (1, None), 1),
        (X * c, (0, None), None),
    ):
        assert node.op.rows(node, axes) == place


@pytest.mark.parametrize("fold", Fold)
def test_a_fold_is_a_ufunc(fold: Fold) -> None:
    assert isinstance(getattr(np, fold.value), np.ufunc)
