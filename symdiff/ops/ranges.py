"""Numbers in a row: ranges, numbers between two ends, and grids and powers made of vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from symdiff.dims import Shape, Size, is_at_least_zero, spaced
from symdiff.errors import ArgumentError, ShapeError, describe
from symdiff.node import Node, intern
from symdiff.ops.axes import moveaxis
from symdiff.ops.batching import Args, aligned
from symdiff.ops.contraction import contract
from symdiff.ops.creation import kind_of, ones_like, zeros
from symdiff.ops.declare import broadcast_shape
from symdiff.ops.elementwise import power
from symdiff.ops.joining import as_arrays, new_axis, stack
from symdiff.ops.leaves import LEAF, as_node, constant, number_of, size_of, whole_number
from symdiff.ops.rows import elementwise
from symdiff.ops.sizes import symbolic
from symdiff.ops.structure import broadcast_to, expand_dims, latex_sizes, unbroadcast
from symdiff.registry import FUNCTIONS, Linear, Op, Requirement, Sample, composite, no_operations
from symdiff.template import Template, literal

__all__ = [
    "arange",
    "geomspace",
    "linspace",
    "logspace",
    "meshgrid",
    "vander",
]


# Ranges -----------------------------------------------------------------------------------------


class Range(NamedTuple):
    """Whole numbers from `start`, one `step` after the other, before `stop`; of some kind."""

    start: Size
    stop: Size
    step: int
    kind: str


def _range_length(bounds: Range) -> Size:
    distance = bounds.stop - bounds.start if bounds.step > 0 else bounds.start - bounds.stop
    step = abs(bounds.step)
    if isinstance(distance, int):
        return len(range(0, distance, step))
    return distance if step == 1 else (distance + (step - 1)) // step


def _range_requires(node: Node) -> tuple[Requirement, ...]:
    bounds: Range = node.attrs
    distance = bounds.stop - bounds.start if bounds.step > 0 else bounds.start - bounds.stop
    if is_at_least_zero(distance) or isinstance(distance, int):
        return ()
    return (Requirement(distance, 0, f"arange from {bounds.start} to {bounds.stop}"),)


def _range_form(write: Callable[[Size], str], prefix: str, as_float: str) -> Any:
    def form(node: Node) -> Template:
        bounds: Range = node.attrs
        parts = [bounds.stop] if bounds.start == 0 and bounds.step == 1 else [*bounds[:2]]
        numbers = [*parts, bounds.step] if bounds.step != 1 else parts
        dtype = as_float if bounds.kind == "float" else ""
        return literal(f"{prefix}arange({', '.join(map(write, numbers))}{dtype})")

    return form


def _range_latex(node: Node) -> Template:
    bounds = latex_sizes(", ".join(map(str, node.attrs[:3])))
    return Template(f"\\operatorname{{{{arange}}}}\\left({bounds}\\right)")


ARANGE = Op(
    "arange",
    infer=lambda args, bounds: ((_range_length(bounds),), bounds.kind),
    attrs=Range,
    derivative=LEAF,
    operations=no_operations,
    numpy=_range_form(spaced, "np.", ", dtype=dtype"),
    text=_range_form(str, "", ", dtype='float'"),
    pretty=_range_form(str, "", ", dtype='float'"),
    latex=_range_latex,
    requires=_range_requires,
    sizes=lambda node: symbolic(node.attrs[:2]),
    samples=(
        Sample("arange(n) * x + arange(n, dtype='float')", {"x": "n"}),
        Sample("x * arange(1, 2*n, 2) + arange(n, 0, -1) + arange(m, n + m)", {"x": "n", "y": "m"}),
        Sample("sum(x) * arange(3) + arange(1.0, 2.5, 0.5) + arange(0, -3, -1)", {"x": "n"}),
    ),
)


def arange(start: object, stop: object = None, step: object = 1, dtype: object = None) -> Node:
    """Return whole numbers from `start`, 0 by default, in steps, before `stop`.

    Bounds may be named sizes, or sums of them. Of floats, which must be numbers, it makes a
    constant array; for so many numbers between two ends use `linspace`.

    Raises ArgumentError for a step of 0, and for what is neither whole nor a number.

    >>> import symdiff as sd
    >>> sd.arange("n"), sd.arange(2, "n+2")
    (<arange(n) : (n,) int>, <arange(2, n + 2) : (n,) int>)
    """
    first, last = (0, start) if stop is None else (start, stop)
    parts = [_plain_number(part) for part in (first, last, step)]
    numbers = [part for part in parts if part is not None]
    if any(isinstance(number, float) for number in numbers):
        if len(numbers) < len(parts):
            raise ArgumentError("`arange` takes floats or symbolic sizes, not both; use linspace")
        return constant(np.arange(*numbers))
    jump = whole_number(step)
    if not isinstance(jump, int) or jump == 0:
        raise ArgumentError(f"the step of `arange` must be an int other than 0, not {jump}")
    kind = "int" if dtype is None else kind_of(dtype)
    if kind == "bool":
        raise ArgumentError("`arange` makes numbers; compare them to get booleans")
    return intern(ARANGE, (), Range(whole_number(first), whole_number(last), jump, kind))


FUNCTIONS["arange"] = arange


def _plain_number(value: object) -> float | None:
    number = number_of(value) if isinstance(value, Node) else value
    return number if isinstance(number, (int, float)) else None


class Steps(NamedTuple):
    """So many numbers, of which the last may or may not be the end."""

    length: Size
    endpoint: bool


def _infer_linspace(args: tuple[Node, ...], steps: Steps) -> tuple[Shape, str]:
    return (steps.length, *broadcast_shape("linspace", args)), "float"


def _linspace_transpose(node: Node, k: int, g: Node) -> Node:
    """Each number is a mean of both ends, with weights that are numbers from 0 to 1."""
    share = linspace(0.0, 1.0, *node.attrs)
    lead, indices = g.ndim - node.ndim, tuple(range(g.ndim))
    output = tuple(i for i in indices if i != lead)
    total = contract([share if k else 1 - share, g], [(lead,), indices], output)
    return unbroadcast(total, node.ndim - 1, node.args[k].shape)


def _linspace_form(write: Callable[[Size], str], prefix: str, suffix: str = "") -> Any:
    def form(node: Node) -> Template:
        length, endpoint = node.attrs
        open_end = "" if endpoint else ", endpoint=False"
        return Template(f"{prefix}linspace({{0}}, {{1}}, {write(length)}{open_end}{suffix})")

    return form


def _linspace_rows(node: Node, axes: tuple[int | None, ...]) -> int | None:
    place = elementwise(node, axes)
    return None if place is None else 1 + place


def _linspace_batch(node: Node, args: Args) -> Node:
    return moveaxis(intern(LINSPACE, aligned(node.args, args), node.attrs), 1, 0)


LINSPACE = Op(
    "linspace",
    infer=_infer_linspace,
    attrs=Steps,
    derivative=Linear(_linspace_transpose),
    numbers=True,
    numpy=_linspace_form(spaced, "np.", ", dtype=dtype"),
    text=_linspace_form(str, ""),
    pretty=_linspace_form(str, ""),
    latex=lambda node: Template(
        "\\operatorname{{linspace}}"
        f"_{{{{{latex_sizes(str(node.attrs.length))}}}}}\\left({{0}}, {{1}}\\right)"
    ),
    rows=_linspace_rows,
    batch=_linspace_batch,
    samples=(
        Sample("linspace(0, 1, n) * x + linspace(1, a, n, endpoint=False)", {"x": "n", "a": ""}),
        Sample("linspace(a, x, 4)", {"x": "n", "a": ""}),
        Sample("linspace(x, X, 3, axis=-1) + linspace(a, 2, 1)", {"x": "n", "X": "m 1", "a": ""}),
    ),
)


def linspace(
    start: object, stop: object, num: object = 50, endpoint: bool = True, *, axis: object = 0
) -> Node:
    """Return `num` numbers at equal distances from `start` to `stop`, or before it.

    Both ends may be arrays; the numbers then run along a new axis of the result.

    >>> import symdiff as sd
    >>> sd.linspace(0, sd.scalar("T"), "n")
    <linspace(0, T, n) : (n,) float>
    """
    ends = as_node(start), as_node(stop)
    if not isinstance(endpoint, bool):
        raise ArgumentError(f"`endpoint` must be True or False, not {endpoint!r}")
    numbers = intern(LINSPACE, ends, Steps(size_of(num), endpoint))
    place = new_axis(axis, numbers.ndim)
    return moveaxis(numbers, 0, place) if place else numbers


FUNCTIONS["linspace"] = linspace


@composite(
    Sample("logspace(a, 2, n) * x", {"a": "", "x": "n"}),
    Sample("logspace(0, a, 4, endpoint=False, base=2)", {"a": ""}),
)
def logspace(
    start: object, stop: object, num: object = 50, endpoint: bool = True, base: object = 10.0
) -> Node:
    """Return powers of `base`, whose exponents are at equal distances.

    >>> import symdiff as sd
    >>> sd.logspace(0, 2, "n").shape
    (n,)
    """
    return power(base, linspace(start, stop, num, endpoint))


@composite(
    Sample("geomspace(a, b, n) * x", {"a": "", "b": "", "x": "n"}, 0.5, 2),
    Sample("geomspace(1, a, 4, endpoint=False)", {"a": ""}, 0.5, 2),
)
def geomspace(start: object, stop: object, num: object = 50, endpoint: bool = True) -> Node:
    """Return `num` numbers from `start` to `stop`, each the same multiple of the one before.

    Both ends have one sign, and neither is 0.

    >>> import symdiff as sd
    >>> sd.geomspace(1, sd.scalar("a"), "n").shape
    (n,)
    """
    first, last = as_node(start), as_node(stop)
    return first * power(last / first, linspace(0.0, 1.0, num, endpoint))


# Grids and powers -------------------------------------------------------------------------------


@composite(
    Sample("meshgrid(x, y)[0] * meshgrid(x, y)[1]", {"x": "n", "y": "m"}),
    Sample(
        "meshgrid(x, y, x, indexing='ij')[1] * meshgrid(x, y, x, indexing='ij')[2]",
        {"x": "n", "y": "m"},
    ),
    Sample("meshgrid(x, y, sparse=True)[1] * meshgrid(x, y)[0]", {"x": "n", "y": "m"}),
)
def meshgrid(*vectors: object, indexing: str = "xy", sparse: bool = False) -> list[Node]:
    """Return for each vector an array of all combinations, in which it runs along its own axis.

    With "xy" the first vector runs along the second axis, as in plots; with "ij" along the first.
    `sparse` leaves the stretching to broadcasting.

    Raises ArgumentError for another indexing, ShapeError for what has more than one axis.

    >>> import symdiff as sd
    >>> [x.shape for x in sd.meshgrid(sd.vector("x", "n"), sd.vector("y", "m"))]
    [(m, n), (m, n)]
    """
    if indexing not in ("xy", "ij"):
        raise ArgumentError(f"`indexing` must be 'xy' or 'ij', not {indexing!r}")
    nodes = as_arrays("meshgrid", vectors)
    for node in nodes:
        if node.ndim > 1:
            raise ShapeError(f"`meshgrid` needs vectors, not {describe(node)}")
    count = len(nodes)
    axes = list(range(count))
    if indexing == "xy" and count > 1:
        axes[0], axes[1] = 1, 0
    shape: list[Size] = [1] * count
    for node, axis in zip(nodes, axes, strict=True):
        shape[axis] = node.shape[0] if node.ndim else 1
    grids: list[Node] = []
    for node, axis in zip(nodes, axes, strict=True):
        column = node if node.ndim else expand_dims(node, 0)
        grid = expand_dims(column, tuple(k for k in range(count) if k != axis))
        grids.append(grid if sparse else broadcast_to(grid, tuple(shape)))
    return grids


@composite(
    Sample("vander(x, 4) + vander(x, 4, increasing=True)", {"x": "n"}),
    Sample("vander(x) + vander(x, 1)", {"x": "3"}),
)
def vander(x: object, N: int | None = None, increasing: bool = False) -> Node:
    """Return the matrix whose columns are powers of a vector, the highest first.

    `N` is the number of columns, by default the size of the vector.

    Raises ArgumentError for what is no vector, and for a number of columns that is symbolic.

    >>> import symdiff as sd
    >>> sd.vander(sd.vector("x", "n"), 3).shape
    (n, 3)
    """
    x = as_node(x)
    if x.ndim != 1:
        raise ArgumentError(f"`vander` needs a vector, not {describe(x)}")
    columns = x.shape[0] if N is None else size_of(N)
    if not isinstance(columns, int):
        raise ArgumentError(f"`vander` needs an int as its number of columns, not {columns}")
    if not columns:
        return zeros((x.shape[0], 0), x.dtype)
    exponents = range(columns) if increasing else range(columns)[::-1]
    return stack([_powered(x, k) for k in exponents], 1)


def _powered(x: Node, k: int) -> Node:
    if k == 1:
        return x
    return power(x, k) if k else ones_like(x)
