"""Triangles of matrices: entries on one side of a diagonal are kept, the others are zero."""

from __future__ import annotations

from typing import Any, NamedTuple

from symdiff.dims import Size
from symdiff.errors import ArgumentError, describe
from symdiff.node import Node, intern
from symdiff.ops.batching import unchanged
from symdiff.ops.leaves import as_node, size_of, whole_number
from symdiff.ops.reads import moved
from symdiff.ops.rows import batched
from symdiff.ops.sizes import symbolic
from symdiff.ops.structure import broadcast_to, latex_sizes, ones
from symdiff.registry import FUNCTIONS, Linear, Op, Sample, composite, no_operations
from symdiff.template import Template

__all__ = [
    "tri",
    "tril",
    "triu",
]


class Side(NamedTuple):
    """Which triangle: "tril" or "triu", up to the diagonal `k` places above the main one."""

    name: str
    k: Size


def _same_triangle(node: Node, k: int, g: Node) -> Node:
    return intern(TRIANGLE, (g,), node.attrs)


def _form(prefix: str) -> Any:
    def form(node: Node) -> Template:
        side: Side = node.attrs
        return Template(f"{prefix}{side.name}({{0}}{'' if side.k == 0 else f', {side.k}'})")

    return form


def _latex(node: Node) -> Template:
    side: Side = node.attrs
    diagonal = "" if side.k == 0 else f"_{{{{{latex_sizes(str(side.k))}}}}}"
    return Template(f"\\operatorname{{{{{side.name}}}}}{diagonal}\\left({{0}}\\right)")


TRIANGLE = Op(
    "triangle",
    infer=lambda args, side: (args[0].shape, args[0].dtype),
    attrs=Side,
    derivative=Linear(_same_triangle),
    operations=no_operations,
    numpy=_form("np."),
    text=_form(""),
    pretty=_form(""),
    latex=_latex,
    title=lambda node: str(node.attrs.name),
    sizes=lambda node: symbolic([node.attrs.k]),
    complex=True,
    rows=batched(2),
    reads=moved,
    batch=unchanged,
    samples=(
        Sample("tril(A) @ triu(A, 1)", {"A": "n n"}),
        Sample("triu(K, -1) * tril(K, k=m)", {"K": "2 n m"}),
        Sample("tril(x)", {"x": "n"}),
    ),
)


def _triangle(name: str, x: object, k: object) -> Node:
    x = as_node(x)
    if not x.ndim:
        raise ArgumentError(f"`{name}` needs a matrix, not {describe(x)}")
    if x.ndim == 1:  # as in NumPy, a vector stands for a matrix with equal rows
        x = broadcast_to(x, (x.shape[0], x.shape[0]))
    return intern(TRIANGLE, (x,), Side(name, whole_number(k)))


def tril(x: object, k: object = 0) -> Node:
    """Return the lower triangle of each matrix: zeros above the `k`-th diagonal.

    Raises ArgumentError for a scalar.

    >>> import symdiff as sd
    >>> print(sd.tril(sd.matrix("A", "n", "n"), -1))
    tril(A, -1)
    """
    return _triangle("tril", x, k)


def triu(x: object, k: object = 0) -> Node:
    """Return the upper triangle of each matrix: zeros below the `k`-th diagonal.

    Raises ArgumentError for a scalar.

    >>> import symdiff as sd
    >>> print(sd.triu(sd.matrix("A", "n", "n")))
    triu(A)
    """
    return _triangle("triu", x, k)


FUNCTIONS["tril"] = tril
FUNCTIONS["triu"] = triu


@composite(Sample("tri(n, m, 1) * X + tri(n)[:, :1]", {"X": "n m"}))
def tri(n: object, m: object = None, k: object = 0) -> Node:
    """Return a matrix with ones on and below the `k`-th diagonal, and zeros elsewhere.

    >>> import symdiff as sd
    >>> sd.tri("n", "m").shape
    (n, m)
    """
    rows = size_of(n)
    return tril(ones((rows, rows if m is None else size_of(m))), k)
