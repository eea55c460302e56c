"""What families of matrix ops share: shapes, transposes, and declaring a function of one matrix.

Matrices are in the last two axes; leading axes are batch axes, as in `np.linalg`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symdiff.dims import Shape, Size, broadcast, product
from symdiff.errors import ArgumentError, ShapeError, describe
from symdiff.node import Node, intern
from symdiff.ops.batching import Args, in_front, unchanged, with_rank
from symdiff.ops.contraction import transpose
from symdiff.ops.rows import batched
from symdiff.ops.structure import expand_dims
from symdiff.registry import (
    FUNCTIONS,
    Edge,
    Fold,
    Form,
    Op,
    Part,
    Pullback,
    Requirement,
    Sample,
    nothing_required,
)
from symdiff.template import Template, call, latex_call

Rule = Callable[[Node, int, Node], Node | None]
ShapeRule = Callable[[Node], Shape]


# Checks ---------------------------------------------------------------------------------------


def check_matrix(name: str, a: Node) -> None:
    """Refuse what has fewer than two axes."""
    if a.ndim < 2:
        raise ArgumentError(f"`{name}` needs a matrix, not {describe(a)}")


def check_square(name: str, a: Node) -> None:
    """Refuse what is no square matrix, nor a stack of them along leading axes."""
    check_matrix(name, a)
    if a.shape[-2] != a.shape[-1]:
        where = " in the last two axes" if a.ndim > 2 else ""
        raise ShapeError(
            f"`{name}` needs a square matrix{where}, not {describe(a)}: "
            f"size {a.shape[-2]} differs from size {a.shape[-1]}",
            (a.shape[-2], a.shape[-1]),
        )


def solution_shape(name: str, a: Node, b: Node) -> Shape:
    """The shape of what solves `a` for `b`, a vector or matrices; other shapes are refused."""
    check_square(name, a)
    if not b.ndim:
        raise ArgumentError(
            f"`{name}` needs a vector or a matrix on the right, not {describe(b)}; use inv(a)*b"
        )
    rows = b.shape[-2] if b.ndim > 1 else b.shape[0]
    if rows != a.shape[-1]:
        raise ShapeError(
            f"`{name}` cannot solve {describe(a)} for {describe(b)}: "
            f"size {a.shape[-1]} differs from size {rows}",
            (a.shape[-1], rows),
        )
    try:
        batch = broadcast(a.shape[:-2], b.shape[:-2])
    except ShapeError as error:
        raise ShapeError(
            f"`{name}` cannot broadcast the leading axes of {describe(a)} and {describe(b)}: "
            f"{error}",
            error.clash,
        ) from None
    return (*batch, rows, b.shape[-1]) if b.ndim > 1 else (*batch, rows)


def smaller_size(rows: Size, columns: Size) -> Size:
    """The smaller of two sizes; where that is open, a number, or else the number of columns.

    >>> from symdiff.dims import named
    >>> smaller_size(named("n"), 3), smaller_size(named("n"), named("d"))
    (3, d)
    """
    difference = rows - columns
    if isinstance(difference, int):
        return rows if difference < 0 else columns
    return rows if isinstance(rows, int) else columns


def smaller_size_required(name: str) -> Callable[[Node], tuple[Requirement, ...]]:
    """What `smaller_size` assumes of the argument of a node."""

    def requires(node: Node) -> tuple[Requirement, ...]:
        rows, columns = node.args[0].shape[-2:]
        larger = columns if smaller_size(rows, columns) is rows else rows
        difference = larger - smaller_size(rows, columns)
        if isinstance(difference, int):
            return ()
        reason = f"`{name}` of a matrix with {rows} rows and {columns} columns"
        return (Requirement(difference, 0, reason),)

    return requires


def solved_rows(node: Node, axes: tuple[int | None, ...]) -> int | Fold | None:
    """A system for each of the leading axes, or for each column on the right."""
    b = node.args[1]
    if b.ndim > 1 and axes == (None, b.ndim - 1):
        return node.ndim - 1
    return batched(2, min(b.ndim, 2))(node, axes)


def solved_batch(node: Node, args: Args) -> Node:
    """Vectors for one matrix are solved for as the columns of one right-hand side."""
    (own, vector), (a, b) = node.args, args
    if vector.ndim > 1:
        return in_front(2, 2)(node, args)
    if b is vector:
        return intern(node.op, args, node.attrs)
    if a.ndim == 2:
        return transpose(intern(node.op, (a, transpose(b)), node.attrs))
    columns = with_rank(vector, b, own.ndim - 1)
    solved = intern(node.op, (a, expand_dims(columns, columns.ndim)), node.attrs)
    return FUNCTIONS["squeeze"](solved, -1)


# Transposes and diagonals ---------------------------------------------------------------------


def transposed(a: Node) -> Node:
    """The transpose of the last two axes."""
    axes = tuple(range(a.ndim))
    return transpose(a, (*axes[:-2], axes[-1], axes[-2]))


def symmetric_part(a: Node) -> Node:
    """The mean of a matrix and its transpose."""
    return (a + transposed(a)) / 2


def skew_part(a: Node) -> Node:
    """Half the difference of a matrix and its transpose."""
    return (a - transposed(a)) / 2


def as_row(w: Node) -> Node:
    """A vector as one row, which scales the columns of a matrix beside which it is multiplied."""
    return expand_dims(w, w.ndim - 1)


def as_column(w: Node) -> Node:
    """A vector as one column, which scales rows."""
    return expand_dims(w, w.ndim)


# Declaring ------------------------------------------------------------------------------------


def same_shape(a: Node) -> Shape:
    """One matrix for each matrix, of its shape."""
    return a.shape


def one_per_row(a: Node) -> Shape:
    """One number for each row."""
    return a.shape[:-1]


def cubic(times: int) -> Callable[[Node], Size]:
    """So many times the cube of the smaller size, or that of the larger times its square."""

    def operations(node: Node) -> Size:
        *batch, rows, columns = node.args[0].shape
        least = smaller_size(rows, columns)
        most = columns if least is rows else rows
        return product((times, most, least, least, *batch))

    return operations


PROVEN_SYMMETRIC = "proven symmetric"
"""The attribute by which generated code knows that an argument is its own symmetric part."""


def of_symmetric_part(text: str) -> Callable[[Node], Template]:
    """A NumPy form that takes the symmetric part of its argument, unless that is proven symmetric.

    NumPy reads one triangle of the matrix, so that a function of its entries would not treat
    `a[i, j]` and `a[j, i]` alike.
    """
    direct = Template(text.format("{0}"))
    through = Template(text.format("_symmetric({0})"))
    return lambda node: direct if node.attrs == PROVEN_SYMMETRIC else through


def matrix_function(
    name: str,
    rule: Rule,
    *,
    numpy: Form,
    shape: ShapeRule = same_shape,
    square: bool = True,
    part: Part | None = None,
    operations: int = 1,
    samples: tuple[Sample, ...],
    reference: str,
    latex: Form | None = None,
    edges: tuple[Edge, ...] = (),
) -> Op:
    """Declare an op on one matrix, or on each one of a stack, whose value is float.

    `shape` gives the shape of the value, `operations` how often it counts the cube of the size.
    """

    def infer(args: tuple[Node, ...], attrs: Any) -> tuple[Shape, str]:
        (check_square if square else check_matrix)(name, args[0])
        return shape(args[0]), "float"

    word = name.replace("_", "\\_")
    return Op(
        name,
        infer,
        Pullback(rule),
        numpy=numpy,
        text=call(name),
        pretty=call(name),
        latex=latex or latex_call(f"\\operatorname{{{{{word}}}}}"),
        part=part,
        requires=nothing_required if square else smaller_size_required(name),
        rows=batched(2),
        batch=unchanged,
        operations=cubic(operations),
        edges=edges,
        samples=samples,
        reference=reference,
    )
